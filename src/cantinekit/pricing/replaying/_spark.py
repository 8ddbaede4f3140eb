"""A replay on a cluster of Spark: whole customers go to the workers, each of whom prices them by the columns of NumPy.

The customers are dealt to groups by a hash, so that a group has about ``GROUP`` rows and all rows of its customers; the
state before the first row is dealt likewise, and meets its rows in a cogroup. What a group answers is one table of
rows, meters, lots and counts, which Spark keeps; the driver sees the counts alone. A list whose products count for
everybody has one group.
"""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs

from cantinekit.common.extras import need
from cantinekit.errors import InputError, RowError, TariffError
from cantinekit.errors.shown import shown
from cantinekit.pricing.replaying._answers import FIGURES
from cantinekit.pricing.replaying._batch import everybodys
from cantinekit.pricing.replaying._fold import Standing
from cantinekit.pricing.replaying._frames import Table, is_spark
from cantinekit.pricing.replaying._replay import Replay, ReplayReport, named, replay
from cantinekit.pricing.replaying._usages import OWN, usages_of
from cantinekit.pricing.tariff import Tariff
from cantinekit.pricing.values import FrozenMap, Lot

GROUP = 100_000
"""How many rows a group has, more or less: its tables lie in the memory of one worker."""
TOGETHER = 10_000_000
"""How many rows one worker takes where all rows have to be in one group."""
_NUMBER, _GROUP, _STATE = "cantinekit number", "cantinekit group", "cantinekit state"
"""The columns beside those of the usages; no fact has a blank in its name."""
_PLACES = 2**33
"""In the numbers that Spark gives to rows the partition counts so many."""
ROW, METER, LOT, TOLD = range(4)
"""What a row of the table of a group is."""
_WHOLE = (*FIGURES, "tax", "used", "left", "bought", "expires")
_TEXT = ("refused", "way", "customer", "meter", "lot", "account", "told")


@attrs.frozen
class Job:
    """What each group is told.

    Attributes:
        source: the text of the price list.
        version: the version that it has on the driver.
        whole: whether ids are whole numbers.
        meters: those of everybody, where there is one group.
    """

    source: str
    version: str
    whole: bool
    meters: Mapping[str, int]


def replay_spark(
    tariff: Tariff,
    usages: Any,
    engine: str | None,
    meters: Mapping[str, int],
    lots: Mapping[str, Iterable[Lot]],
) -> Replay:
    """Replay a DataFrame of Spark.

    Args:
        tariff: the price list.
        usages: the DataFrame.
        engine: "spark" or ``None``.
        meters: what the meters have counted before the first row.
        lots: what customers hold before it.

    Raises:
        InputError: another engine or kind of frame, columns that no replay takes, too many rows for one group, or
            workers that read another price list.
        RowError: a row that is no usage; ``row`` is its place in the order of the partitions.
    """
    if not is_spark(usages):
        raise InputError(f"the engine 'spark' replays a DataFrame of Spark, not {type(usages).__name__}")
    if engine not in (None, "spark"):
        raise InputError(f"the engine {shown(engine)} has no DataFrame of Spark, whose rows stay with the workers")
    return _Spread(tariff, usages, Standing.of(meters, lots, tariff.zone)).run()


@attrs.define(eq=False)
class _Spread:
    tariff: Tariff
    usages: Any
    standing: Standing
    sql: Any = attrs.field(factory=lambda: need("pyspark.sql.functions"))

    def run(self) -> Replay:
        frame, unused, whole = self._checked()
        self._refuse_torn(frame)
        rows, together = self._counted(frame)
        everybody = {key: used for who, key, used in self.standing.meters.all() if not who}
        job = Job(self.tariff.source, self.tariff.version, whole, everybody if together else {})
        groups = 1 if together else max(1, -(-rows // GROUP))

        def work(usages: Table, state: Table) -> Table:
            return price_group(job, usages, state)

        # As many partitions as groups: each costs a start of Python, and nobody joins the 200 that there are else.
        sides = (one.repartition(groups, _GROUP) for one in (self._dealt(frame, groups), self._opening(groups)))
        mine, state = (one.groupBy(_GROUP) for one in sides)
        answers = mine.cogroup(state).applyInArrow(work, _spark_schema(whole)).persist()
        try:
            told = [json.loads(one.told) for one in answers.where(f"kind = {TOLD}").select("told").collect()]
            self._refuse(frame, [tuple(one["wrong"]) for one in told if "wrong" in one])
            self._refuse_twice(frame, answers)
        except BaseException:
            answers.unpersist()
            raise
        return Replay(
            self._rows(answers),
            _report(rows, told, unused),
            lambda: self._meters(answers, {} if together else everybody),
            lambda: self._lots(answers),
            lambda: _released(answers),
        )

    # --- the rows to the workers ---

    def _checked(self) -> tuple[Any, tuple[str, ...], bool]:
        """The columns that are read, the names of the others, and whether ids are whole numbers."""
        names, parts = self.usages.columns, self.tariff.parts
        if len({name.lower() for name in names}) != len(names):
            raise InputError("two columns have one name, capitals aside")
        known = {*OWN, *parts.facts, *(f"fact.{name}" for name in parts.facts)}
        frame = self.usages.select([_column(self.sql, name) for name in names if name in known])
        head = frame.limit(0).toArrow()
        usages_of(head, parts)
        if "id" not in names:
            raise InputError("the column 'id' is missing: rows of Spark have no order that could number them")
        kind = head.schema.field("id").type
        types = need("pyarrow").types
        whole = types.is_integer(kind) or types.is_decimal(kind)
        return frame, tuple(name for name in names if name not in known), whole

    def _counted(self, frame: Any) -> tuple[int, bool]:
        """How many rows there are, and whether they have to be in one group."""
        sql, shared = self.sql, everybodys(self.tariff)
        wanted = _column(sql, "product").cast("string").isin(sorted(shared)) if shared else sql.lit(False)
        found = frame.agg(sql.count(sql.lit(1)).alias("rows"), sql.max(wanted).alias("together")).first()
        if found.together and found.rows > TOGETHER:
            raise InputError(
                f"the price list counts some of these products for everybody, which takes all rows in one order: "
                f"{found.rows} are more than the {TOGETHER} that one worker takes"
            )
        return found.rows, bool(found.together)

    def _dealt(self, frame: Any, groups: int) -> Any:
        """The rows with their numbers and groups; who is not named goes by the order, and without one by the id."""
        sql = self.sql
        alone = _column(sql, "id").cast("string")
        if "order" in frame.columns:
            order = _column(sql, "order").cast("string")
            named = sql.concat(sql.lit("order "), order)
            alone = sql.when(sql.coalesce(order, sql.lit("")) == "", alone).otherwise(named)
        by = sql.xxhash64(alone)
        if "customer" in frame.columns:
            customer = _column(sql, "customer").cast("string")
            by = sql.when(sql.coalesce(customer, sql.lit("")) == "", by).otherwise(sql.xxhash64(customer))
        frame = frame.withColumn(_NUMBER, sql.monotonically_increasing_id())
        return frame.withColumn(_GROUP, sql.pmod(by, sql.lit(groups)))

    def _opening(self, groups: int) -> Any:
        """What each customer has before the first row, with the group."""
        arrow, sql = need("pyarrow"), self.sql
        meters: dict[str, dict[str, int]] = {}
        for who, key, used in self.standing.meters.all():
            if (customer := named(who)) is not None:
                meters.setdefault(customer, {})[key] = used
        lots = {who: [one.lot for one in held.values()] for who, held in self.standing.lots.items()}
        names = sorted(meters.keys() | lots.keys())
        states = [pickle.dumps((who, meters.get(who, {}), lots.get(who, []))) for who in names]
        table = arrow.table(
            {"customer": arrow.array(names, arrow.string()), _STATE: arrow.array(states, arrow.binary())}
        )
        opening = self.usages.sparkSession.createDataFrame(table)
        return opening.select(_STATE, sql.pmod(sql.xxhash64("customer"), sql.lit(groups)).alias(_GROUP))

    # --- what is wrong ---

    def _refuse(self, frame: Any, wrong: Sequence[tuple[int, str, str, str]]) -> None:
        """Raise what the groups have found, of several the first row."""
        if not wrong:
            return
        number, column, problem, message = min(wrong)
        if not problem:
            raise InputError(message)
        raise RowError(self._place(frame, number), column, problem, message)

    def _refuse_twice(self, frame: Any, answers: Any) -> None:
        """Refuse an id that rows of several groups have."""
        sql, rows = self.sql, answers.where(f"kind = {ROW}")
        twice = rows.groupBy("id").agg(sql.count(sql.lit(1)).alias("times")).where("times > 1").select("id")
        if not twice.limit(1).count():
            return
        numbers = sql.sort_array(sql.collect_list("number"))[1].alias("number")
        found = rows.join(twice, "id").groupBy("id").agg(numbers).orderBy("number").first()
        message = f"{shown(found.id)} is the id of an earlier row"
        raise RowError(self._place(frame, found.number), "id", "duplicate", message)

    def _refuse_torn(self, frame: Any) -> None:
        """Refuse an order of several customers, whose rows would go to several groups."""
        if not {"order", "customer"}.issubset(frame.columns):
            return
        sql, order = self.sql, _column(self.sql, "order").cast("string")
        who = sql.coalesce(_column(sql, "customer").cast("string"), sql.lit(""))
        rows = frame.select(order.alias("order"), who.alias("who"), sql.monotonically_increasing_id().alias("number"))
        rows = rows.where("coalesce(order, '') <> ''")
        firsts = rows.groupBy("order").agg(
            sql.min_by("who", "number").alias("first"), sql.count_distinct("who").alias("many")
        )
        found = rows.join(firsts.where("many > 1"), "order").where("who <> first").agg(sql.min("number")).first()[0]
        if found is not None:
            message = "the rows of an order have one customer; an earlier one has another"
            raise RowError(self._place(frame, found), "customer", "order", message)

    def _place(self, frame: Any, number: int) -> int:
        """The place of a row in the order of the partitions."""
        partition = self.sql.spark_partition_id().alias("partition")
        before = frame.select(partition).where(f"partition < {number // _PLACES}").count()
        return int(before + number % _PLACES)

    # --- the answers ---

    def _rows(self, answers: Any) -> Any:
        version = self.sql.lit(self.tariff.version).alias("version")
        return answers.where(f"kind = {ROW}").select("id", *FIGURES, "tax", "refused", version, "way")

    def _meters(self, answers: Any, everybody: Mapping[str, int]) -> Any:
        """The meters; those of everybody that no row could move are as they were."""
        arrow = need("pyarrow")
        found = answers.where(f"kind = {METER}").select("customer", "meter", "used")
        kept = {key: used for key, used in everybody.items() if used}
        if not kept:
            return found
        table = arrow.table(
            {
                "customer": arrow.nulls(len(kept), arrow.string()),
                "meter": arrow.array(list(kept), arrow.string()),
                "used": arrow.array(list(kept.values()), arrow.int64()),
            }
        )
        return found.union(self.usages.sparkSession.createDataFrame(table))

    def _lots(self, answers: Any) -> Any:
        times = [self.sql.timestamp_micros(name).alias(name) for name in ("bought", "expires")]
        return answers.where(f"kind = {LOT}").select("customer", "lot", "account", "left", *times)


def _column(sql: Any, name: str) -> Any:
    """A column by its name, whatever signs it has."""
    return sql.col("`" + name.replace("`", "``") + "`")


def _released(answers: Any) -> None:
    answers.unpersist()


def _report(rows: int, told: Iterable[Mapping[str, Any]], unused: tuple[str, ...]) -> ReplayReport:
    refused, ways, not_given = Counter[str](), Counter[str](), Counter[str]()
    why: dict[str, str] = {}
    orders = 0
    for one in told:
        orders += one["orders"]
        refused.update(one["refused"])
        ways.update(one["ways"])
        not_given.update(one["not_given"])
        why |= one["why"]
    return ReplayReport(
        "spark",
        rows,
        rows - refused.total(),
        FrozenMap(refused),
        FrozenMap(ways),
        FrozenMap(why),
        FrozenMap(not_given),
        unused,
        orders,
    )


def _spark_schema(whole: bool) -> Any:
    types = need("pyspark.sql.types")
    number, text = types.LongType(), types.StringType()
    kinds = {"kind": types.ByteType(), "number": number, "id": number if whole else text}
    kinds |= dict.fromkeys(_WHOLE, number) | dict.fromkeys(_TEXT, text)
    return types.StructType([types.StructField(name, kind) for name, kind in kinds.items()])


# --- on a worker -----------------------------------------------------------------------------------------------------


def price_group(job: Job, usages: Table, state: Table) -> Table:
    """Price the rows of some customers, by NumPy and what it leaves to others.

    Args:
        job: what all groups are told.
        usages: the rows with their numbers.
        state: what the customers have before the first row.

    Returns:
        rows, meters, lots and counts, or what is wrong, in one table.
    """
    meters, lots = dict(job.meters), {}
    for one in state[_STATE].to_pylist() if state.num_rows else ():
        who, counted, held = pickle.loads(one)
        meters |= counted
        lots[who] = held
    try:
        tariff = _tariff(job.source, job.version)
        try:
            return _answers(job, usages, _replayed(tariff, usages, meters, lots))
        except RowError:  # of several, that of the first row
            usages = usages.sort_by(_NUMBER)
            return _answers(job, usages, _replayed(tariff, usages, meters, lots))
    except RowError as error:
        where = f", column {error.column!r}" if error.column else ""
        message = str(error).removeprefix(f"row {error.row}{where}: ")
        wrong = (usages[_NUMBER][error.row].as_py(), error.column, error.problem, message)
    except (InputError, TariffError) as error:
        wrong = (0, "", "", str(error))
    return _filled(job, TOLD, {"told": [json.dumps({"wrong": wrong})]})


@lru_cache(8)
def _tariff(source: str, version: str) -> Tariff:
    found = Tariff.load(source + "\n")
    if found.version != version:
        raise InputError("a worker reads another price list: its cantinekit is of another version")
    return found


def _replayed(tariff: Tariff, usages: Table, meters: Mapping[str, int], lots: Mapping[str, Iterable[Lot]]) -> Replay:
    if usages.num_rows:
        return replay(tariff, usages.drop_columns([_NUMBER, _GROUP]), engine="numpy", meters=meters, lots=lots)
    nothing = need("pyarrow").table({"product": need("pyarrow").array([], "string")})
    return replay(tariff, nothing, engine="numpy", meters=meters, lots=lots)


def _answers(job: Job, usages: Table, found: Replay) -> Table:
    arrow, report = need("pyarrow"), found.report
    counts = (report.refused, report.ways, report.why, report.not_given)
    told: dict[str, Any] = dict(zip(("refused", "ways", "why", "not_given"), map(dict, counts), strict=True))
    told["orders"] = report.orders
    tables = [
        _filled(job, METER, _columns(found.meters)),
        _filled(job, LOT, _columns(found.lots)),
        _filled(job, TOLD, {"told": [json.dumps(told)]}),
    ]
    if usages.num_rows:
        rows = _columns(found.rows.drop_columns(["version"])) | {"number": usages[_NUMBER]}
        tables.append(_filled(job, ROW, rows))
    return arrow.concat_tables(tables)


def _columns(table: Table) -> dict[str, Any]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _filled(job: Job, kind: int, columns: Mapping[str, Any]) -> Table:
    """A table of the common columns, with nulls where there is nothing."""
    arrow = need("pyarrow")
    number, text = arrow.int64(), arrow.string()
    kinds = {"kind": arrow.int8(), "number": number, "id": number if job.whole else text}
    kinds |= dict.fromkeys(_WHOLE, number) | dict.fromkeys(_TEXT, text)
    length = len(next(iter(columns.values())))
    found = {"kind": arrow.repeat(arrow.scalar(kind, arrow.int8()), length), **columns}
    return arrow.table(
        {
            name: arrow.nulls(length, one) if name not in found else _cast(found[name], one)
            for name, one in kinds.items()
        }
    )


def _cast(values: Any, kind: Any) -> Any:
    arrow = need("pyarrow")
    return arrow.array(values, kind) if isinstance(values, list) else values.cast(kind)
