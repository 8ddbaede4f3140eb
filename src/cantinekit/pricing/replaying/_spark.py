"""A replay on a cluster of Spark: whole customers go to the workers, each of whom prices them by the columns of NumPy.

The customers are dealt to groups by a hash, so that a group has about ``GROUP`` rows and all rows of its customers,
with the state before the first row. A partition has several whole groups, which are priced one by one; what they answer
is packed (``_spark_groups``), and Spark keeps it; the driver sees the counts, and of few rows 64 bits of each id. A
list whose products count for everybody has one group. What there is before the first row may be DataFrames, whose rows
stay with the workers too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from cantinekit.common.extras import need
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown
from cantinekit.pricing.replaying._batch import everybodys
from cantinekit.pricing.replaying._frames import computed, is_spark
from cantinekit.pricing.replaying._opening import INSTANTS
from cantinekit.pricing.replaying._replay import Replay, ReplayReport
from cantinekit.pricing.replaying._spark_groups import (
    ANSWERS,
    HASH,
    IDS,
    LOTS,
    METERS,
    NUMBER,
    ROWS,
    TOLD,
    Batches,
    Job,
    columns_of,
    find_twice,
    price,
    unpack,
)  # fmt: skip
from cantinekit.pricing.replaying._spark_groups import (
    GROUP as OF_GROUP,
)
from cantinekit.pricing.replaying._spark_opening import BY, Opening, openings_of, place_of, refuse_alike
from cantinekit.pricing.replaying._usages import columns_asked, usages_of
from cantinekit.pricing.tariff import Tariff
from cantinekit.pricing.values import FrozenMap, Lot

GROUP = 250_000
"""How many rows a group has at most, more or less: it is priced at once."""
PARTITION = 1_000_000
"""How many rows a partition has at most, more or less: they lie in the memory of one worker."""
LEAST = 100_000
"""With fewer rows in each there are no further partitions: what each of them costs would be more than pricing them."""
PARTITIONS = 10_000
"""How many partitions there are at most: Spark cuts what it sends into one piece for each pair of partitions."""
TOGETHER = 10_000_000
"""How many rows, meters and lots one worker takes where all rows have to be in one group."""
BUCKET = 10_000_000
"""How many ids one worker compares with each other, more or less: 64 bits of each."""
HERE = 2_000_000
"""How many ids the driver compares, as it gets them with what was told: 16 MB of the 1 GiB that Spark gives it, and
lets it take of the workers, unless told otherwise. With more rows one more job is little beside pricing them.
"""
_FIRST = ("meters", "lots")
"""What is looked at before the usages."""


def replay_spark(
    tariff: Tariff,
    usages: Any,
    engine: str | None,
    meters: Mapping[str, int] | Any,
    lots: Mapping[str, Iterable[Lot]] | Any,
) -> Replay:
    """Replay a DataFrame of Spark.

    Args:
        tariff: the price list.
        usages: the DataFrame.
        engine: "spark" or ``None``.
        meters: what the meters have counted before the first row, by key or as a frame.
        lots: what customers hold before it, by customer or as a frame.

    Raises:
        InputError: another engine or kind of frame, columns that no replay takes, frames that Spark cannot compute,
            too many rows for one group, or workers that read another price list or got parts of a group.
        RowError: a row that is no usage, meter or lot; ``row`` is its place in the order of the partitions.

    A fault of ours in a worker is no matter of the input: it stays the error of Spark, with the worker's traceback.
    """
    if not is_spark(usages):
        raise InputError(f"the engine 'spark' replays a DataFrame of Spark, not {type(usages).__name__}")
    if engine not in (None, "spark"):
        raise InputError(f"the engine {shown(engine)} has no DataFrame of Spark, whose rows stay with the workers")

    def run() -> Replay:
        return _Spread(tariff, usages, openings_of(usages.sparkSession, meters, lots, tariff.zone)).run()

    # The traceback of a worker names it that has failed in what it does for us, and not in the caller's query.
    found: Replay = computed(run, need("pyspark.errors").PySparkException, ours="_spark_groups.py")
    return found


@attrs.define(eq=False)
class _Spread:
    tariff: Tariff
    usages: Any
    openings: list[Opening]
    sql: Any = attrs.field(factory=lambda: need("pyspark.sql.functions"))

    def run(self) -> Replay:
        frame, unused, whole = self._checked()
        self._refuse_torn(frame)
        rows, states, together = self._counted(frame)
        partitions, groups = (1, 1) if together else self._sizes(rows + states)
        buckets = -(-rows // BUCKET) if groups > 1 else 0
        job = Job(self.tariff.source, self.tariff.version, (), whole, buckets)
        answers = self._answers(job, self._dealt(frame, groups, hashed=buckets > 0 and not whole), partitions).persist()
        try:
            told, ids = _told(answers, IDS if rows <= HERE else TOLD)
            if any("wrong" in one for one in told):
                self._refuse(frame, attrs.evolve(job, buckets=0), partitions, groups, told)
            if len(told) > 1 and (list(find_twice(ids)) if rows <= HERE else _told_twice(answers, buckets)):
                self._refuse_twice(frame, whole)
        except BaseException:
            answers.unpersist()
            raise
        return Replay(
            _unpacked(answers, ROWS, whole).withColumn("version", self.sql.lit(self.tariff.version)),
            _report(told, unused),
            lambda: _unpacked(answers, METERS),
            lambda: self._lots(answers),
            lambda: _released(answers),
        )

    def _answers(self, job: Job, dealt: Any, partitions: int) -> Any:
        """What the groups answer, each of which lies in one partition."""
        job = attrs.evolve(job, columns=tuple(dealt.columns))

        def work(batches: Batches) -> Batches:
            return price(job, batches)

        plain = dealt.toDF(*(f"c{place}" for place in range(len(job.columns))))
        group = plain[f"c{job.columns.index(OF_GROUP)}"]
        spread = plain.repartitionById(partitions, self.sql.pmod(group, self.sql.lit(partitions)))
        return spread.mapInArrow(work, ANSWERS)

    # --- the rows to the workers ---

    def _checked(self) -> tuple[Any, tuple[str, ...], bool]:
        """The columns that are read, the names of the others, and whether ids are whole numbers."""
        names, parts = self.usages.columns, self.tariff.parts
        known = columns_asked(parts)
        read = [name for name in names if name in known]
        refuse_alike("usages", read, names)
        frame = self.usages.select([_column(self.sql, name) for name in read])
        head = frame.limit(0).toArrow()
        usages_of(head, parts)
        if "id" not in names:
            raise InputError("the column 'id' is missing: rows of Spark have no order that could number them")
        kind = head.schema.field("id").type
        types = need("pyarrow").types
        whole = types.is_integer(kind) or types.is_decimal(kind)
        return frame, tuple(name for name in names if name not in known), whole

    def _counted(self, frame: Any) -> tuple[int, int, bool]:
        """How many rows there are, how many meters and lots, and whether the rows have to be in one group."""
        sql, shared = self.sql, everybodys(self.tariff)
        wanted = _column(sql, "product").cast("string").isin(sorted(shared)) if shared else sql.lit(False)
        counts = frame.agg(sql.count(sql.lit(1)).alias("rows"), sql.max(wanted).alias("together"))
        for one in self.openings:
            if one.count is None:
                counts = counts.unionAll(one.frame.agg(sql.count(sql.lit(1)), sql.lit(False)))
        found, *states = counts.collect()
        more = sum(one.rows for one in states) + sum(one.count or 0 for one in self.openings)
        if found.together and found.rows + more > TOGETHER:
            raise InputError(
                f"the price list counts some of these products for everybody, which takes all rows in one order: "
                f"{found.rows}, and {more} meters and lots, are more than the {TOGETHER} that one worker takes"
            )
        return found.rows, more, bool(found.together)

    def _sizes(self, rows: int) -> tuple[int, int]:
        """Into how many partitions rows go, and into how many groups, of which each partition has as many."""
        context = getattr(self.usages.sparkSession, "sparkContext", None)  # a session of Spark Connect has none
        if context is None:
            cores = int(self.usages.sparkSession.conf.get("spark.sql.shuffle.partitions"))
        else:
            cores = context.defaultParallelism
        partitions = min(PARTITIONS, max(1, min(cores, -(-rows // LEAST)), -(-rows // PARTITION)))
        return partitions, partitions * max(1, -(-rows // (partitions * GROUP)))

    def _dealt(self, frame: Any, groups: int, *, hashed: bool) -> Any:
        """The rows with their groups, and the states of the customers with theirs; who is not named goes
        by the order, and without one by the id.
        """
        sql = self.sql
        alone = of_id = _column(sql, "id").cast("string")
        if "order" in frame.columns:
            order = _column(sql, "order").cast("string")
            named = sql.concat(sql.lit("order "), order)
            alone = sql.when(sql.coalesce(order, sql.lit("")) == "", alone).otherwise(named)
        by = sql.xxhash64(alone)
        if "customer" in frame.columns:
            customer = _column(sql, "customer").cast("string")
            by = sql.when(sql.coalesce(customer, sql.lit("")) == "", by).otherwise(sql.xxhash64(customer))
        added = [_group(sql, by, groups).alias(OF_GROUP), *([sql.xxhash64(of_id).alias(HASH)] if hashed else [])]
        dealt = frame.select("*", *added)
        for one in self.openings:
            rows = one.rows(numbered=NUMBER in frame.columns).withColumn(OF_GROUP, _group(sql, sql.col(BY), groups))
            dealt = dealt.unionByName(rows.drop(BY), allowMissingColumns=True)
        return dealt

    # --- what is wrong ---

    def _refuse(self, frame: Any, job: Job, partitions: int, groups: int, told: Iterable[Mapping[str, Any]]) -> None:
        """Raise what is wrong. Which row is the first of several the numbers say, without which rows go at first."""
        numbered = self._dealt(frame.withColumn(NUMBER, self.sql.monotonically_increasing_id()), groups, hashed=False)
        if all(one["wrong"][2] for one in told if "wrong" in one):
            told, _ = _told(self._answers(job, numbered, partitions))
        wrong = [tuple(one["wrong"]) for one in told if "wrong" in one]
        if not wrong:
            raise InputError("a row was wrong when it was read, and not when it was read again")
        number, column, problem, message = min(wrong, key=lambda one: (one[2] != "", _rank(one[1]), one))
        if not problem:
            raise InputError(message)
        of = {one.what: one.frame for one in self.openings}.get(column.partition(".")[0], frame)
        raise RowError(place_of(of, number), column, problem, message)

    def _refuse_twice(self, frame: Any, whole: bool) -> None:
        """Refuse an id that rows of several groups have: 64 bits of two are the same, and the ids say."""
        sql = self.sql
        of_id = _column(sql, "id").cast("bigint" if whole else "string").alias("id")
        rows = frame.select(of_id, sql.monotonically_increasing_id().alias("number"))
        later = sql.get(sql.sort_array(sql.collect_list("number")), sql.lit(1)).alias("later")
        if found := rows.groupBy("id").agg(later).where("later is not null").orderBy("later").first():
            message = f"{shown(found.id)} is the id of an earlier row"
            raise RowError(place_of(frame, found.later), "id", "duplicate", message)

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
            raise RowError(place_of(frame, found), "customer", "order", message)

    # --- the state ---

    def _lots(self, answers: Any) -> Any:
        times = {name: self.sql.timestamp_micros(name) for name in INSTANTS}
        return _unpacked(answers, LOTS).withColumns(times)


def _rank(column: str) -> int:
    """The place of what a column is of, in the order in which it is looked at."""
    what = column.partition(".")[0]
    return _FIRST.index(what) if what in _FIRST else len(_FIRST)


def _column(sql: Any, name: str) -> Any:
    """A column by its name, whatever signs it has."""
    return sql.col("`" + name.replace("`", "``") + "`")


def _group(sql: Any, by: Any, groups: int) -> Any:
    return sql.pmod(by, sql.lit(groups)).cast("int")


def _unpacked(answers: Any, kind: int, whole: bool = False) -> Any:
    """The rows of a kind, which workers unpack when somebody asks for them."""
    columns = columns_of(kind, whole)

    def work(batches: Batches) -> Batches:
        return unpack(columns, batches)

    schema = ", ".join(f"`{name}` {of}" for name, of in columns.items())
    return answers.where(f"kind = {kind}").select("data").mapInArrow(work, schema)


def _released(answers: Any) -> None:
    answers.unpersist()


def _told(answers: Any, least: int = TOLD) -> tuple[list[dict[str, Any]], Batches]:
    """What the groups have counted, or what is wrong with one; and their ids, where ``least`` is ``IDS``."""
    found = answers.where(f"kind >= {least}").select("told", "data").toArrow()
    told = [json.loads(one) for one in found["told"].drop_null().to_pylist()]
    _refuse_parts(told)
    return told, found.filter(found["told"].is_null()).to_batches()


def _told_twice(answers: Any, buckets: int) -> list[Any]:
    """What ``find_twice`` says where workers compare the ids."""
    ids = answers.where(f"kind = {IDS}").select("bucket", "data").repartitionById(buckets, "bucket")
    found: list[Any] = ids.mapInArrow(find_twice, "twice boolean").collect()
    return found


def _refuse_parts(told: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a group of which several partitions have got parts: the rows of a customer were in no one order."""
    if any(times > 1 for times in Counter(one["group"] for one in told).values()):
        raise InputError("the cluster has dealt the rows of a customer to several workers")


def _report(told: Iterable[Mapping[str, Any]], unused: tuple[str, ...]) -> ReplayReport:
    rows = orders = 0
    why, counts = dict[str, str](), {name: Counter[str]() for name in ("refused", "ways", "not_given")}
    for one in told:
        rows += one["rows"]
        orders += one["orders"]
        why |= one["why"]
        for name, counted in counts.items():
            counted.update(one[name])
    refused, ways, not_given = map(FrozenMap, counts.values())
    priced = rows - sum(refused.values())
    return ReplayReport("spark", rows, priced, refused, ways, FrozenMap(why), not_given, unused, orders)
