"""A replay: the rows of a frame priced in order, with the state that they leave, in the kind of the frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from cantinekit.common.extras import arrow, compute, need, np
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel import ColumnKernel, Program, WindowError, emit_duckdb, emit_numpy, emit_polars
from cantinekit.pricing.replaying._answers import PHASES, PROGRAMS, WAYS, Answers
from cantinekit.pricing.replaying._batch import Batch, Counted, Emit
from cantinekit.pricing.replaying._fold import Pricer, Standing, fold
from cantinekit.pricing.replaying._frames import Table, is_spark
from cantinekit.pricing.replaying._opening import lots_of, meters_of
from cantinekit.pricing.replaying._shelf import named
from cantinekit.pricing.replaying._usages import Usages, read_usages
from cantinekit.pricing.values import FrozenMap, Lot

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff

Engine = Literal["phases", "programs", "numpy", "polars", "duckdb", "spark"]
ENGINES: tuple[str, ...] = get_args(Engine)
_EMITTERS: Mapping[str, Callable[[Program], ColumnKernel]] = {
    "numpy": emit_numpy,
    "polars": emit_polars,
    "duckdb": emit_duckdb,
}
_NOTHING: Mapping[str, Any] = FrozenMap()
BY_KIND = {"polars": "polars", "lazy": "polars", "duckdb": "duckdb"}
"""The engine that computes a kind of frame where none is named."""


@attrs.frozen
class ReplayReport:
    """What became of the rows.

    Attributes:
        engine: the engine that was asked.
        rows: how many rows there were.
        priced: how many of them have a price.
        refused: how many rows were refused, by the code of the refusal; of several refusals all codes in one text.
        ways: how many rows each way answered: the columns of "numpy", "polars" or "duckdb", "programs" or "phases".
        why: for each product with rows that were not answered by columns (by programs, where no columns were asked for)
            the reason; empty where it is a matter of the row or of what its customer holds.
        not_given: how many grants of units gave no lot, by why: "unlimited" (an account without a limit needs no lot to
            be counted), "nobody" (the row names no customer) or "no day".
        unused: the columns of the frame that no price of the list asks for.
        orders: how many orders of several rows there were. Their rows are in ``rows``, ``priced``, ``refused`` and
            ``ways`` one by one.
    """

    engine: str
    rows: int
    priced: int
    refused: Mapping[str, int]
    ways: Mapping[str, int]
    why: Mapping[str, str]
    not_given: Mapping[str, int]
    unused: tuple[str, ...]
    orders: int = 0


@attrs.frozen(eq=False, slots=False)
class Replay:
    """What a price list comes to for usages. The three frames are of the kind that was given; of a Parquet file they
    are Arrow tables.

    Attributes:
        rows: a row for each usage, in the order of the usages (in none where Spark has them, or a connection of DuckDB
            that preserves none), amounts in minor units: ``id`` (the number of the row from 0 where there was none),
            ``base`` (what the rates come to for what is not covered), ``covered`` (units that accounts and allowances
            gave, in the smallest units of each), ``capped`` and ``discounted`` (what caps and all other adjustments
            took off; below 0 where they added), ``gross`` (what is paid: ``base - capped - discounted``, and the tax
            where prices are without it), ``net`` and ``tax`` (null where the list does not say enough), ``refused``
            (codes; then all amounts are null, and the row moved nothing), ``version`` (that of the price list) and
            ``way`` (who answered). The rows of an order have each its part, which come to the price of the order: what
            a rule of the order or a coupon takes off is in those whose lines it took it off, and what is bought along
            with a row is in it. Where a row of an order is refused, all of them are, with the same codes.
        report: what became of the rows.
    """

    rows: Any
    report: ReplayReport
    _meters: Callable[[], Any] = attrs.field(repr=False)
    _lots: Callable[[], Any] = attrs.field(repr=False)
    _release: Callable[[], None] = attrs.field(default=lambda: None, repr=False)

    @cached_property
    def meters(self) -> Any:
        """What the meters of caps and allowances stand at afterwards: ``customer`` (null: everybody), ``meter`` (its
        key) and ``used``, for each that is not at 0.
        """
        return self._meters()

    @cached_property
    def lots(self) -> Any:
        """The lots of the customers afterwards: ``customer``, ``lot``, ``account``, ``left``, ``bought``, ``expires``
        (null: never), ``priority`` and ``value`` (null: not known).
        """
        return self._lots()

    def release(self) -> None:
        """Let go of what Spark keeps of the result, in memory and on disk; a frame that is asked for afterwards is
        computed anew. Other engines keep nothing.
        """
        self._release()


def replay(
    tariff: Tariff,
    usages: Any,
    *,
    engine: Engine | None = None,
    meters: Mapping[str, int] | Any = _NOTHING,
    lots: Mapping[str, Iterable[Lot]] | Any = _NOTHING,
    told: Callable[[int], None] = lambda _: None,
) -> Replay:
    """Price usages of the past by a price list, each with the state that all rows before it have left. Needs the extra
    "replay".

    Row by row the answer is that of ``Tariff.quote``. Rows are taken in the order of the purchase, where that is not
    known of the beginning, then of the beginning, then of the id, whatever their order in the frame is. An order of
    several rows stands where the first of them does, and sees the lots that are there on its first day of use.

    Args:
        tariff: the price list.
        usages: a Polars or pandas frame, an Arrow table, a DuckDB relation, the path of a Parquet file or a DataFrame
            of Spark. Its columns: ``product``; ``id`` (a text or a whole number, each once); ``customer`` (null or
            empty: nobody's); ``count``; ``start`` and ``end`` (times with a zone), or ``start`` and ``minutes``, or
            ``day``, or ``minutes`` alone; ``until`` (the last day of something that lasts); ``bought`` (a day, or a
            time with a zone); ``holds`` and ``codes`` (lists of texts; null: not known); ``currency``, which has to be
            that of the list; ``order`` (a text or a whole number, the same for all rows that are one order: they are
            priced together, by their ids, as ``Tariff.quote`` prices an order of several items; null or empty: the row
            is a question of its own); ``also`` (further stretches of one booking: a list of times with a zone, of each
            its beginning and its end); and the facts of the list by name, money in minor units, a null where one is not
            given. A fact that is named like one of the others stands in the column ``fact.`` and its name.
        engine: who computes, all with the same answer. "polars" and "duckdb" price whole columns by windows; what
            windows cannot add up (all-or-nothing cover, pools) they leave to "numpy", and what no column can say to
            "programs", row by row, which leave the rest to "phases". "spark" is that of a DataFrame of Spark, which
            needs the column ``id``, and has no other; each worker prices whole customers as "numpy" does. Left out:
            that of the frame, else "numpy".
        meters: what the meters have counted before the first row, by key (``Tariff.meters``); or a frame as
            ``Replay.meters`` is one, so that what one replay leaves is what the next one begins with. It is of any kind
            that ``usages`` can be of; one of Spark only where they are, and then it stays with the workers.
        lots: what customers hold before the first row, by customer; each lot is there from its purchase on. Or a frame
            as ``Replay.lots`` is one, likewise; where it has no column ``priority`` all are 0, and without ``value``
            none is known. Other columns of the two are not read. A lot that a row buys is named after the id of the
            row, so that rows after those of an earlier replay need other ids.
        told: is called with how many rows have an answer, each time that they are a thousand more, or many more where
            columns answer them at once, and once with all of them; by Spark with all of them only.

    Raises:
        InputError: no such engine, no such kind of frame, a column that is missing, or a package that is not installed.
        RowError: a row that is no usage, with the row, the column and what is wrong; or a row of an order with another
            customer, purchase, ``holds`` or ``codes`` than the rows before it. Of a row of ``meters`` or ``lots`` the
            column is named as in ``"meters.used"``; no meter comes twice, and no lot of one customer. A purchase whose
            lot would have the id of one that its customer held before it is one whose id comes twice.
    """
    if engine is not None and engine not in ENGINES:
        raise InputError(f"no engine {shown(engine)}; there are {', '.join(ENGINES)}")
    if engine == "spark" or is_spark(usages):
        from cantinekit.pricing.replaying._spark import replay_spark

        spread = replay_spark(tariff, usages, engine, meters, lots)
        told(spread.report.rows)
        return spread
    meters, lots = meters_of(meters), lots_of(lots)
    frame, rows = read_usages(usages, tariff.parts)
    frame = attrs.evolve(frame, table=None)  # what was made of it is enough
    found = replay_read(tariff, rows, engine or BY_KIND.get(frame.kind, "numpy"), meters, lots, told)
    return Replay(
        frame.same(found.rows),
        found.report,
        lambda: frame.same(found.meters.sort_by("meter").combine_chunks()),
        lambda: frame.same(found.lots),
    )


def replay_read(
    tariff: Tariff,
    rows: Usages,
    engine: str,
    meters: Mapping[str, int],
    lots: Mapping[str, Iterable[Lot]],
    told: Callable[[int], None] = lambda _: None,
) -> Replay:
    """A replay of usages that were read, as Arrow tables; the meters are in no order.

    Args:
        tariff: the price list.
        rows: the usages.
        engine: one of ``ENGINES``, without "spark".
        meters: what the meters have counted before the first row.
        lots: what customers hold before it.
        told: is told how many rows have been priced.

    Raises:
        InputError: a package that is missing.
        RowError: a row that is no usage.
    """
    standing = Standing.of(meters, lots, tariff.zone)
    out = Answers.of(tariff.parts, rows.length, told)
    counted: list[Counted] = []
    if engine in _EMITTERS:
        Batch(tariff._programs, rows, standing, out, _emitter(engine), counted).run()
    rest = rows.order[out.way[rows.order] < 0] if (out.way < 0).any() else out.way[:0]
    fold(Pricer(tariff._programs, programs=engine != "phases"), rows, rest.tolist(), standing, out)
    out.progress.tell()
    report = _report(tariff, engine, rows, standing, out)
    return Replay(
        out.table(rows.ids, tariff.version),
        report,
        lambda: meters_table(standing, counted),
        lambda: lots_table(standing),
    )


def _emitter(engine: str) -> Emit:
    """How an engine computes a program; one with a scan that depends on itself is folded by NumPy."""

    def emit(program: Program) -> tuple[ColumnKernel, int]:
        try:
            return _EMITTERS[engine](program), WAYS.index(engine)
        except WindowError:
            return emit_numpy(program), WAYS.index("numpy")

    for name in {engine, "numpy"}:
        need(name)
    return emit


def meters_table(standing: Standing, counted: Iterable[Counted]) -> Table:
    """The meters that are not at 0, in the columns of ``Replay.meters``."""
    text, whole = arrow.string(), arrow.int64()
    found = [(named(who), key, used) for who, key, used in standing.meters.all()]
    columns = [arrow.array([one[place] for one in found], (text, text, whole)[place]) for place in range(3)]
    tables = [arrow.table(columns, names=["customer", "meter", "used"])]
    table = arrow.concat_tables([*tables, *(one.table() for one in counted)])
    wanted = compute.and_(compute.is_valid(table["meter"]), compute.greater(table["used"], 0))
    return table.filter(wanted)


def lots_table(standing: Standing) -> Table:
    """The lots in the columns of ``Replay.lots``."""
    found = [(who, held.lot) for who in sorted(standing.lots) for held in standing.lots[who].values()]
    found.sort(key=lambda one: (one[0], one[1].id))
    instant = arrow.timestamp("us", "UTC")
    return arrow.table(
        {
            "customer": arrow.array([who for who, _ in found], arrow.string()),
            "lot": arrow.array([lot.id for _, lot in found], arrow.string()),
            "account": arrow.array([lot.account for _, lot in found], arrow.string()),
            "left": arrow.array([lot.left for _, lot in found], arrow.int64()),
            "bought": arrow.array([lot.bought for _, lot in found], instant),
            "expires": arrow.array([lot.expires for _, lot in found], instant),
            "priority": arrow.array([lot.priority for _, lot in found], arrow.int64()),
            "value": arrow.array([lot.value for _, lot in found], arrow.int64()),
        }
    )


def _report(tariff: Tariff, engine: str, usages: Usages, standing: Standing, out: Answers) -> ReplayReport:
    refused, ways = out.counts()
    slow = np.unique(usages.products.codes[out.way >= (PROGRAMS if engine in _EMITTERS else PHASES)])
    programs, by_columns = tariff._programs, engine in _EMITTERS
    reasons = {name: programs.column_reasons.get((name,), "") for name in usages.products.values}
    reasons = reasons if by_columns else programs.reasons
    names = [usages.products.values[code] for code in slow.tolist()]
    return ReplayReport(
        engine,
        usages.length,
        usages.length - sum(refused.values()),
        FrozenMap(refused),
        FrozenMap(ways),
        FrozenMap({name: reasons.get(name, "") for name in names}),
        FrozenMap(standing.not_given),
        usages.unused,
        usages.several,
    )
