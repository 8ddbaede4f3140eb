"""A replay of a DataFrame of Spark, on a cluster of two workers: ``make test-spark``."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from cantinekit.common.extras import need
from cantinekit.errors import InputError, RowError
from cantinekit.pricing import Lot, Replay, Tariff, replay, replay_quotes
from cantinekit.pricing.replaying import _spark
from property.test_replay_laws import FIGURES, a_case, by_phases, frame_of, state_of
from unit.test_replay import GOOD, TOWN, WHOLE, WRONG, table
from unit.test_replay_opening import WRONG as WRONG_STATE
from unit.test_replay_opening import with_state

TIMED = """
[tariff]
id = "town"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"
[tax.standard]
rates = { from = 2014-01-01, rate = "20%" }
[facts]
room = ["s", "m"]
[product.desk]
price_date = "use"
rate = { by = "room", s = 4, m = 6 }
cover = { by = "carnet", unit = "entry", partial = true, when = { room = "s" } }
beyond = "rate"
adjust = [
  { id = "evening", percent = "-20%", when = { clock = "18:00-24:00" } },
  { id = "day", at_most = 10, same = ["person", "day"] },
]
"""
"""A carnet, a daily cap, a discount and VAT: all of it columns."""
COUNTED = """
[tariff]
id = "hall"
currency = "EUR"
timezone = "Europe/Paris"
[facts]
room = ["s", "m"]
[product.seat]
rate = { price = 7 }
adjust = { id = "house", at_most = 20, same = ["room", "day"] }
[product.other]
rate = { price = 3 }
"""
"""A cap that counts for everybody in a room."""
ROOT = Path(__file__).parents[2]
BOUGHT = datetime(2025, 1, 1, tzinfo=UTC)


def visits(count: int) -> pa.Table:
    """Visits of a week by one customer in eight rows, some of them nobody's."""
    numbers = range(count)
    return pa.table(
        {
            "id": [f"v{number}" for number in numbers],
            "customer": [None if number % 13 == 0 else f"m/{number * 7 % (count // 8)}" for number in numbers],
            "product": ["desk"] * count,
            "start": [datetime(2026, 3, 2 + number % 5, 7 + number % 14, tzinfo=UTC) for number in numbers],
            "minutes": [120] * count,
            "count": [1 + number % 3 for number in numbers],
            "room": ["s" if number % 2 else "m" for number in numbers],
            "noise": [0.5] * count,
        }
    )


def carnets(count: int) -> dict[str, list[Lot]]:
    """A carnet for every second customer, and for one who never came."""
    people = [f"m/{number}" for number in range(1, count // 8, 2)]
    return {who: [Lot("carnet", "carnet", 5, BOUGHT)] for who in [*people, "away"]}


def by_id(found: Replay) -> list[dict[str, Any]]:
    """The rows in the order of their ids."""
    rows = found.rows.toArrow() if hasattr(found.rows, "toArrow") else found.rows
    return [{name: row[name] for name in ("id", *FIGURES)} for row in rows.sort_by("id").to_pylist()]


class Local:
    """A replay whose frames of Spark are read."""

    def __init__(self, found: Replay) -> None:
        self.meters, self.lots = found.meters.toArrow(), found.lots.toArrow()


def same(found: Replay, other: Replay) -> bool:
    """Whether rows, meters and lots are the same."""
    return by_id(found) == by_id(other) and state_of(Local(found)) == state_of(other)  # type: ignore[arg-type]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of so few rows that each frame has several, several groups in a partition, and ids in several buckets,
    which workers compare.
    """
    monkeypatch.setattr(_spark, "GROUP", 10)
    monkeypatch.setattr(_spark, "PARTITION", 100)
    monkeypatch.setattr(_spark, "LEAST", 10)
    monkeypatch.setattr(_spark, "PARTITIONS", 3)
    monkeypatch.setattr(_spark, "BUCKET", 100)
    monkeypatch.setattr(_spark, "HERE", 0)


# --- the same answer -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("many")
def test_columns_give_the_same(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list with a carnet, a daily cap, a discount and VAT gives the rows, meters and lots that other engines give, as
    frames of Spark; all rows are priced by columns, and what is counted of everybody else stays as it was.
    """
    tariff, given, lots = Tariff.load(TIMED), visits(400), carnets(400)
    meters = {"cap/town/desk/day/person=m%2F1/day=2026-03-03": 300, "cap/town/desk/old/room=s/day=2026-03-03": 7}
    wanted = replay(tariff, given, engine="phases", meters=meters, lots=lots)
    told: list[int] = []
    groups: list[int] = []
    whole = _spark._refuse_parts

    def counted(parts: Any) -> None:
        groups.append(len({one["group"] for one in parts}))
        whole(parts)

    monkeypatch.setattr(_spark, "_refuse_parts", counted)
    found = replay(tariff, spark.createDataFrame(given), meters=meters, lots=lots, told=told.append)
    assert told == [given.num_rows]
    assert groups[0] > _spark.PARTITIONS
    assert same(found, wanted)
    assert type(found.rows) is type(found.meters) is type(found.lots) is type(spark.range(1))
    assert found.report.engine == "spark"
    assert dict(found.report.ways) == {"numpy": 400}
    assert (found.report.rows, found.report.priced, found.report.unused) == (400, 400, ("noise",))
    for name in ("covered", "capped", "discounted", "tax"):
        assert any(row[name] for row in by_id(found)), name
    found.release()
    assert same(found, wanted)


SETTINGS = {
    "spark.sql.ansi.enabled": ("false", "9223372036854775807L + 1L"),
    "spark.sql.session.timeZone": ("Asia/Tokyo", "date_format(timestamp_seconds(0), 'HH')"),
    "spark.sql.timestampType": ("TIMESTAMP_NTZ", "typeof(timestamp '2026-03-03 10:00:00')"),
    "spark.sql.mapKeyDedupPolicy": ("LAST_WIN", "map(1, 2, 1, 3)"),
    "spark.sql.caseSensitive": ("true", "named_struct('a', 1).A"),
    "spark.sql.execution.arrow.maxRecordsPerBatch": ("1", ""),
    "spark.sql.execution.arrow.useLargeVarTypes": ("true", ""),
}
"""Settings of a session, and an expression whose value they change; that of Arrow is seen in its batches."""


@pytest.mark.usefixtures("many")
def test_settings_of_a_session(spark: Any) -> None:
    """A frame has the answer of the phases whatever its session is set to and whatever collation its texts have, by
    which customers are the same that differ by capitals. The control: the settings change the value of an expression
    and the batches of a frame, and the collation counts fewer customers.
    """

    def seen(of: Any) -> list[Any]:
        values: list[Any] = []
        for _, text in SETTINGS.values():
            try:
                values.append(of.sql(f"SELECT {text} AS value").first().value if text else "")
            except PySparkException as error:
                values.append(error.getCondition())
        batches = of.createDataFrame(given).toArrow()["id"]
        return [*values[:-2], batches.num_chunks, batches.type]

    from pyspark.errors import PySparkException
    from pyspark.sql.functions import collate, count_distinct

    tariff, given, lots = Tariff.load(TIMED), visits(72), carnets(72)
    people = [who and (who.upper() if place % 2 else who) for place, who in enumerate(given["customer"].to_pylist())]
    given = given.set_column(given.column_names.index("customer"), "customer", pa.array(people))
    wanted = replay(tariff, given, engine="phases", lots=lots)
    other = spark.newSession()
    for name, (value, _) in SETTINGS.items():
        other.conf.set(name, value)
    assert all(one != two for one, two in zip(seen(spark), seen(other), strict=True))
    columns = {name: collate(name, "UTF8_LCASE") for name in ("id", "customer", "product", "room")}
    frame = other.createDataFrame(given).withColumns(columns)
    assert frame.agg(count_distinct("customer")).first()[0] < len({*people} - {None})
    assert same(replay(tariff, frame, lots=lots), wanted)


@pytest.mark.usefixtures("many")
def test_a_year_begins_with_what_the_year_before_has_left(spark: Any) -> None:
    """Visits that are replayed in two parts, the second from the meters and lots of the first as frames of Spark, come
    to what they come to at once, with everybody's meter as it was; the same frames as Arrow tables give it too. The
    control: without the meters or the lots they do not.
    """
    tariff, given, lots = Tariff.load(TIMED), visits(240), carnets(240)
    starts = [datetime(2026, 3, 2 + number // 48, 7 + number % 48 // 4, tzinfo=UTC) for number in range(240)]
    given = given.set_column(given.column_names.index("start"), "start", pa.array(starts))
    meters = {"cap/town/desk/day/person=m%2F1/day=2026-03-03": 300, "cap/town/desk/old/room=s/day=2026-03-03": 7}
    before, after = given.slice(0, 108), spark.createDataFrame(given.slice(108))
    wanted = replay(tariff, given, meters=meters, lots=lots)
    first = replay(tariff, spark.createDataFrame(before), meters=meters, lots=lots)
    second = replay(tariff, after, meters=first.meters, lots=first.lots)
    assert state_of(Local(second)) == state_of(wanted)  # type: ignore[arg-type]
    figures = {one["id"]: one for one in by_id(wanted)}
    assert by_id(second) == [figures[one["id"]] for one in by_id(second)]
    tables = replay(tariff, after, meters=first.meters.toArrow(), lots=first.lots.toArrow())
    assert by_id(tables) == by_id(second)
    assert state_of(Local(tables)) == state_of(wanted)  # type: ignore[arg-type]
    for state in ({"meters": first.meters}, {"lots": first.lots}):
        assert by_id(replay(tariff, after, **state)) != by_id(second)


STATE = {(one[0], one[2], one[3], one[4]): one for one in WRONG_STATE}
SEEN = (
    ("meters", 1, "used", "null"), ("meters", 0, "used", "float"), ("meters", 1, "used", "range"),
    ("meters", 1, "customer", "value"), ("lots", 1, "lot", "duplicate"), ("lots", 0, "bought", "naive"),
)  # fmt: skip


@pytest.mark.parametrize("what", SEEN)
def test_rows_that_are_no_state(spark: Any, what: tuple[str, int, str, str]) -> None:
    """What is wrong with a meter or a lot of a frame of Spark is the ``RowError`` of other frames: the row, the column,
    the problem and the words, whether a worker sees it or the type of the column says it.
    """
    frame, columns, row, column, problem = STATE[what]
    state, good = with_state(frame, columns), table(id=1, **GOOD)
    with pytest.raises(RowError) as wanted:
        replay(TOWN, good, **{frame: state})  # type: ignore[arg-type]
    given = spark.createDataFrame(state)
    if problem == "naive":
        given = given.withColumn(column, given[column].cast("timestamp_ntz"))
    with pytest.raises(RowError) as caught:
        replay(TOWN, spark.createDataFrame(good), **{frame: given})
    assert (caught.value.row, caught.value.column, caught.value.problem) == (row, f"{frame}.{column}", problem)
    assert problem == "naive" or str(caught.value) == str(wanted.value)  # the hour is that of the session


def test_frames_that_are_no_state(spark: Any) -> None:
    """A frame of Spark without a column, or beside rows that are not of Spark, is an ``InputError``; a column of nulls
    may be of any type.
    """
    good, held = spark.createDataFrame(table(id=1, **GOOD)), spark.createDataFrame(with_state("lots", {}))
    with pytest.raises(InputError, match="the column 'left' of lots is missing"):
        replay(TOWN, good, lots=held.drop("left"))
    with pytest.raises(InputError, match="stay with the workers"):
        replay(TOWN, table(id=1, **GOOD), lots=held)
    odd = held.selectExpr("customer", "lot", "account", "cast(left as decimal(30)) left", "bought", "1.5 noise",
        "cast(null as int) expires", "cast(null as string) value")  # fmt: skip
    found = replay(TOWN, good, lots=odd).lots.toArrow().sort_by("lot")
    assert found.equals(replay(TOWN, table(id=1, **GOOD), lots=with_state("lots", {})).lots.cast(found.schema))


@pytest.mark.parametrize("cores", [1, 2, 100])
def test_how_rows_are_dealt(cores: int) -> None:
    """Partitions are as many as there are cores, unless they would have few rows or too many; each has as many groups,
    none of which has too many rows. A session of Spark Connect says how many it shuffles to.
    """
    contexts = (
        SimpleNamespace(sparkContext=SimpleNamespace(defaultParallelism=cores)),
        SimpleNamespace(conf={"spark.sql.shuffle.partitions": str(cores)}),
    )
    for session in contexts:
        spread = _spark._Spread(TOWN, SimpleNamespace(sparkSession=session), [], sql=None)
        for rows in (0, 1, 100_000, 100_001, 10**6, 10**7, 3 * 10**9):
            partitions, groups = spread._sizes(rows)
            assert groups % partitions == 0
            assert groups * _spark.GROUP >= rows
            assert groups == partitions or (groups - partitions) * _spark.GROUP < rows
            assert partitions * _spark.PARTITION >= rows
            assert partitions >= min(cores, rows // _spark.LEAST)
            assert partitions <= max(1, -(-rows // _spark.LEAST))
        assert spread._sizes(10**8) == (max(cores, 100), 400)
        assert spread._sizes(10**11)[0] == _spark.PARTITIONS


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("seed", [0, 1, 2, 5, 8])
def test_random_lists_give_the_same(spark: Any, seed: int) -> None:
    """Random lists, of which columns say all, some or nothing, give the figures and the state of the phases; the report
    counts as that of NumPy does.
    """
    tariff, rows, meters, lots = a_case(seed)
    frame = frame_of(rows)
    found = replay(tariff, spark.createDataFrame(frame), engine="spark", meters=meters, lots=lots)
    assert same(found, by_phases(seed))
    local = replay(tariff, frame, engine="numpy", meters=meters, lots=lots).report
    assert found.report.refused == local.refused
    assert found.report.not_given == local.not_given
    assert found.report.priced == local.priced
    assert found.report.why.items() <= local.why.items() or not _spark.everybodys(tariff)


PEOPLE = [f"m{number}" for number in range(12)]
HALL = table(id=list(range(12)), product="seat", customer=PEOPLE, room="s", day=date(2026, 3, 3))


@pytest.mark.usefixtures("many")
def test_what_counts_for_everybody_is_one_group(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cap that counts for everybody takes all rows in one order, and gives the same; more rows than a worker takes
    are refused. Rows of other products are dealt. The control: dealt by customers, the answer would be another.
    """
    tariff, given, meters = (
        Tariff.load(COUNTED),
        spark.createDataFrame(HALL),
        {"cap/hall/seat/house/day=2026-03-03": 100},
    )
    wanted = replay(tariff, HALL, engine="phases", meters=meters)
    assert _spark.everybodys(tariff) == {"seat"}
    assert same(replay(tariff, given, meters=meters), wanted)
    monkeypatch.setattr(_spark, "TOGETHER", 11)
    with pytest.raises(InputError, match="counts some of these products for everybody"):
        replay(tariff, given, meters=meters)
    other = HALL.set_column(HALL.column_names.index("product"), "product", pa.array(["other"] * 12))
    found = replay(tariff, spark.createDataFrame(other), meters=meters)
    assert same(found, replay(tariff, other, engine="phases", meters=meters))
    monkeypatch.setattr(_spark, "everybodys", lambda _: frozenset())
    assert not same(replay(tariff, given, meters=meters), wanted)


@pytest.mark.usefixtures("many")
def test_a_group_that_is_not_whole(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Spark does not deal by groups, two partitions name one group, and no answer is given: whether customers are
    whole is seen, and not believed.
    """
    given = spark.createDataFrame(visits(40)).repartition(4)
    assert replay(Tariff.load(TIMED), given).report.rows == 40
    monkeypatch.setattr(type(given), "repartitionById", lambda frame, partitions, _: frame.repartition(partitions))
    with pytest.raises(InputError, match="rows of a customer to several workers"):
        replay(Tariff.load(TIMED), given)


@pytest.mark.usefixtures("many")
def test_names_with_points(spark: Any) -> None:
    """A fact in a column with a point in its name, which Spark reads as a part of a structure, is priced."""
    given = visits(40)
    wanted = replay(Tariff.load(TIMED), given, engine="phases")
    named = given.rename_columns(["fact.room" if name == "room" else name for name in given.column_names])
    assert same(replay(Tariff.load(TIMED), spark.createDataFrame(named)), wanted)


@pytest.mark.usefixtures("many")
def test_no_rows(spark: Any) -> None:
    """A frame without rows gives frames without rows, and the state as it was, also where that has several groups."""
    lots = {f"m{number}": [Lot("one", "carnet", 3, BOUGHT)] for number in range(30)}
    found = replay(TOWN, spark.createDataFrame(table(id=1, **GOOD)).where("id > 1"), lots=lots)
    assert found.rows.count() == found.report.rows == 0
    held = {who: {"one": ("carnet", 3, BOUGHT, None)} for who in lots}
    assert state_of(Local(found)) == ({}, held)  # type: ignore[arg-type]
    assert replay(TOWN, spark.createDataFrame(table(id=1, **GOOD)).where("id > 1")).lots.count() == 0


def test_rows_stay_with_the_workers(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame larger than what the driver takes of the workers is replayed, where it has more ids than the driver
    compares. The control: its rows are too many.
    """
    count = 150_000
    monkeypatch.setattr(_spark, "HERE", count - 1)
    monkeypatch.setattr(_spark, "GROUP", count // 3)
    given = spark.range(count).selectExpr(
        "id", "concat('customer number ', id % 9000) customer", "'desk' product", "'m' room",
        "date_add(date'2026-01-01', cast(id % 365 as int)) day",
    )  # fmt: skip
    found = replay(TOWN, given)
    assert found.report.ways == {"numpy": count}
    assert found.rows.where("gross > 0").count() + found.rows.where("gross = 0").count() == count
    with pytest.raises(Exception, match="maxResultSize"):
        found.rows.collect()
    found.release()


@pytest.mark.usefixtures("many")
def test_orders_are_whole(spark: Any) -> None:
    """Rows of one order are priced together, whosever they are; an order of two is refused by its row."""
    given = visits(80)
    people = given["customer"].to_pylist()
    orders = pa.array([number // 2 if number % 5 else None for number in range(80)], pa.int64())
    owners = pa.array([people[number - number % 2] for number in range(80)], pa.string())
    place = given.column_names.index("customer")
    rows = given.set_column(place, "customer", owners).append_column("order", orders)
    tariff = Tariff.load(TIMED)
    wanted = replay(tariff, rows, engine="phases", lots=carnets(80))
    found = replay(tariff, spark.createDataFrame(rows), lots=carnets(80))
    assert same(found, wanted)
    assert found.report.orders == wanted.report.orders > 20
    torn = rows.set_column(place, "customer", pa.array([f"m{number}" for number in range(80)]))
    with pytest.raises(RowError) as local:
        replay(tariff, torn)
    with pytest.raises(RowError) as wrong:
        replay(tariff, spark.createDataFrame(torn))
    assert (wrong.value.row, wrong.value.column, wrong.value.problem) == (local.value.row, "customer", "order")


# --- what is none ----------------------------------------------------------------------------------------------------

SAMPLE = (
    "a product that is null", "an id that is null", "ids twice", "texts twice as ids", "a count of floats",
    "money in floats", "a value of no axis", "another currency", "no currency", "naive times",
    "another day than that of the beginning", "a last day before the first",
)  # fmt: skip


@pytest.mark.parametrize(("what", "columns", "row", "column", "problem"), [one for one in WRONG if one[0] in SAMPLE])
def test_rows_that_are_none(
    spark: Any, what: str, columns: dict[str, Any], row: int, column: str, problem: str
) -> None:
    """What is wrong with a row is the ``RowError`` of other frames: the row, the column, the problem and the words."""
    values = {**GOOD, **columns}
    length = max(len(one) for one in values.values() if isinstance(one, list))
    given = table(**{name: one if isinstance(one, list) else [one] * length for name, one in values.items() if one})
    if "id" not in given.column_names:
        given = given.append_column("id", pa.array(range(length)))
    with pytest.raises(RowError) as wanted:
        replay(TOWN, given)
    frame = spark.createDataFrame(given)
    if problem == "naive":
        frame = frame.withColumn(column, frame[column].cast("timestamp_ntz"))
    with pytest.raises(RowError) as caught:
        replay(TOWN, frame)
    assert (caught.value.row, caught.value.column, caught.value.problem) == (row, column, problem), what
    assert problem == "naive" or str(caught.value) == str(wanted.value)  # the hour is that of the session


@pytest.mark.usefixtures("many")
def test_an_id_twice_in_several_groups(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that two customers have, a text or a number, is a ``RowError`` with the later row, whether workers or the
    driver compare ids, and what is wrong in several groups one with the first. Ids of which only 64 bits are the same
    are none that come twice.
    """
    given = visits(200)
    for ids, here in product((given.column("id").to_pylist(), list(range(200))), (0, 200)):
        ids[150] = ids[31]
        monkeypatch.setattr(_spark, "HERE", here)
        with pytest.raises(RowError, match=f"{ids[31]}.* is the id of an earlier row") as caught:
            replay(Tariff.load(TIMED), spark.createDataFrame(given.set_column(0, "id", pa.array(ids))))
        assert (caught.value.row, caught.value.column, caught.value.problem) == (150, "id", "duplicate")

    def find_always(batches: Any) -> Any:
        yield from (pa.record_batch({"twice": pa.array([True])}) for batch in batches if batch.num_rows)

    with monkeypatch.context() as patched:
        patched.setattr(_spark, "find_twice", find_always)
        for here in (0, 200):
            patched.setattr(_spark, "HERE", here)
            assert replay(Tariff.load(TIMED), spark.createDataFrame(given)).report.rows == 200
    rooms = given.column("room").to_pylist()
    rooms[187] = rooms[171] = "xl"
    place = given.column_names.index("room")
    with pytest.raises(RowError) as caught:
        replay(Tariff.load(TIMED), spark.createDataFrame(given.set_column(place, "room", pa.array(rooms))))
    assert (caught.value.row, caught.value.column, caught.value.problem) == (171, "room", "value")


def test_frames_that_are_none(spark: Any) -> None:
    """Columns that do not go together, rows without ids, names that differ by capitals where one of them is read,
    another engine or another kind of frame are an ``InputError``.
    """
    for what, given in WHOLE:
        if what != "a column twice":
            with pytest.raises(InputError):
                replay(TOWN, spark.createDataFrame(given.append_column("id", pa.array([1]))))
    good = spark.createDataFrame(table(id=1, **GOOD))
    with pytest.raises(InputError, match="'id' is missing"):
        replay(TOWN, good.drop("id"))
    with pytest.raises(InputError, match="two columns of usages have the name 'product', capitals aside"):
        replay(TOWN, good.withColumnRenamed("room", "Product"))
    assert replay(TOWN, good.selectExpr("*", "1 noise", "2 Noise")).report.unused == ("noise", "Noise")
    with pytest.raises(InputError, match="no DataFrame of Spark"):
        replay(TOWN, good, engine="numpy")
    with pytest.raises(InputError, match="stay with the workers"):
        replay_quotes(TOWN, good, ["ann"])
    with pytest.raises(InputError, match="not Table"):
        replay(TOWN, table(id=1, **GOOD), engine="spark")


def test_frames_that_cannot_be_computed(spark: Any) -> None:
    """A frame or lots whose query fails among the workers, and a column that Arrow cannot say, are an ``InputError``
    with what Spark says, whose error is kept; so are lots with two columns that differ by capitals.
    """
    good, held = spark.createDataFrame(table(id=1, **GOOD)), spark.createDataFrame(with_state("lots", {}))
    for frame, lots, text in (
        (good.selectExpr("*", "cast(raise_error('no such tip') as int) tip"), {}, "no such tip"),
        (good, held.selectExpr("* except (left)", "cast(raise_error('no units') as int) left"), "no units"),
        (good.selectExpr("*", "make_interval(1) customer"), {}, "CalendarIntervalType"),
    ):
        with pytest.raises(InputError, match=f"cannot be computed: .*{text}") as caught:
            replay(TOWN, frame, lots=lots)
        assert type(caught.value.__cause__).__module__.startswith("pyspark.errors")
    with pytest.raises(InputError, match="two columns of lots have the name 'left', capitals aside"):
        replay(TOWN, good, lots=held.selectExpr("*", "left as LEFT"))


def test_a_worker_with_another_list(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that reads another list of the text than the driver did is an ``InputError``, not another answer."""
    good = spark.createDataFrame(table(id=1, **GOOD))
    monkeypatch.setattr(_spark, "Job", lambda source, version, *rest: JOB(source, "of old", *rest))
    with pytest.raises(InputError, match="a worker reads another price list"):
        replay(TOWN, good)


def test_a_fault_in_a_worker(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in our own code in a worker reaches the caller as the error of Spark with the worker's traceback, and
    not as if the input were wrong. The control: the same error in a function of the caller is an ``InputError``.
    """
    good = spark.createDataFrame(table(id=1, **GOOD))

    def fail(batches: Any) -> Any:
        raise TypeError("no such customer")

    with pytest.raises(InputError, match=r"cannot be computed: .*no such customer"):
        replay(TOWN, good.mapInArrow(fail, good.schema))
    monkeypatch.setattr(_spark, "Job", lambda _, *rest: JOB(None, *rest))  # type: ignore[arg-type]
    with pytest.raises(need("pyspark.errors").PythonException, match="TypeError: unsupported operand") as caught:
        replay(TOWN, good)
    assert not isinstance(caught.value, InputError)


JOB = _spark.Job


@pytest.mark.usefixtures("spark")
def test_the_bench_runs() -> None:
    """The bench beside Spark SQL comes to its end, and both give the same rows."""
    command = [sys.executable, "bench/replay_spark.py", "--rows", "2000", "--master", "local[2]"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SQL state" in done.stdout
