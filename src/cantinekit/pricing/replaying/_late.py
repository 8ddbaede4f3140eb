"""What was priced before, with rows that come late, are corrected or withdrawn: what is to bill and to credit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.common.extras import arrow, compute, np
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown
from cantinekit.pricing.replaying._columns import HIGH, Array, Column
from cantinekit.pricing.replaying._differences import FIGURES, by_customer, by_product, differences
from cantinekit.pricing.replaying._fold import Standing
from cantinekit.pricing.replaying._frames import Table, is_spark, read
from cantinekit.pricing.replaying._late_keys import Keys
from cantinekit.pricing.replaying._late_rows import (
    CHANGES,
    MOVED,
    LateRows,
    joined,
    orders_of,
    places_of,
    read_late,
    rows_of,
)
from cantinekit.pricing.replaying._replay import BY_KIND, ENGINES, Engine, Replay, ReplayReport, replay
from cantinekit.pricing.replaying._usages import Usages, columns_asked, usages_of
from cantinekit.pricing.values import FrozenMap, Lot

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff


@attrs.frozen
class LateReport:
    """What became of late rows.

    Attributes:
        changes: how many rows of ``late`` are "late", "corrected" and "withdrawn".
        customers: how many customers were priced anew.
        everybody: whether that has changed what the list counts for everybody: then all customers who have rows of such
            products are among them.
        untouched: how many rows of ``before`` were neither priced nor changed.
        lines: how many lines there are.
        gross: what they come to, in minor units: to bill, or below 0 to credit.
        unused: the columns of ``before`` and ``late`` that no price of the list asks for.
        now: what became of the rows that were priced anew.
    """

    changes: Mapping[str, int]
    customers: int
    everybody: bool
    untouched: int
    lines: int
    gross: int
    unused: tuple[str, ...]
    now: ReplayReport


@attrs.frozen(eq=False, slots=False)
class LateReplay:
    """What late rows change. The frames are of the kind of ``before``; of a Parquet file they are Arrow tables.

    Attributes:
        differences: a line for each row whose answer is another, by customer, day and id: ``id``, ``customer``,
            ``product``, ``day`` (of use, else of the purchase; null: not known), ``change`` ("late", "corrected" or
            "withdrawn": the row itself; "moved": by others), ``by`` (the ids of the late rows that may have moved it,
            all of its customer, at most 20 of them; null where it was not moved) and ``causes`` (how many they are);
            then how much more each of ``base``, ``covered``, ``capped``, ``discounted``, ``gross``, ``net`` and ``tax``
            is, with ``was_`` and ``now_`` before the name what it was and is (null: there was or is no such row, or no
            price) and the refusals ``was_refused`` and ``now_refused``. What is not there counts as 0; a difference of
            net and tax is null where one of both is not known. A row that is corrected to another customer, product or
            day has two lines: what was is taken from the one, and what is is added to the other.
        rows: the answers to the rows that were priced anew, as ``Replay.rows`` has them: those of before that stand, in
            their order, then the late and the corrected ones.
        report: what became of the rows.
    """

    differences: Any
    rows: Any
    report: LateReport
    _now: Replay = attrs.field(repr=False)
    _keys: Keys = attrs.field(repr=False)
    _lines: Table = attrs.field(repr=False)
    _same: Callable[[Table], Any] = attrs.field(repr=False)
    _usages: Callable[[], Table] = attrs.field(repr=False)

    @cached_property
    def customers(self) -> Any:
        """What is to bill to each customer who was priced anew, and below 0 to credit: ``customer`` (null: nobody's),
        ``rows`` (that were priced anew), ``lines``, and the sums of ``gross``, ``net`` and ``tax`` (null: not known).

        Raises:
            InputError: a sum is beyond 64 bits.
        """
        return self._same(by_customer(self._keys, self._lines))

    @cached_property
    def products(self) -> Any:
        """The sums of the lines by ``month`` ("2026-03"; null: not known) and ``product``: ``lines``, ``gross``,
        ``net`` and ``tax``.

        Raises:
            InputError: a sum is beyond 64 bits.
        """
        return self._same(by_product(self._lines))

    @cached_property
    def meters(self) -> Any:
        """What the meters of the customers who were priced anew stand at afterwards, as ``Replay.meters`` has them.
        Those of everybody are among them where ``report.everybody`` is true.
        """
        return self._same(self._now.meters)

    @cached_property
    def lots(self) -> Any:
        """The lots of the customers who were priced anew afterwards, as ``Replay.lots`` has them."""
        return self._same(self._now.lots)

    @cached_property
    def usages(self) -> Any:
        """All usages as they are now, with the columns that the list asks for: ``before`` of the next late rows."""
        return self._same(self._usages())


def replay_late(
    tariff: Tariff,
    before: Any,
    late: Any,
    *,
    rows: Any = None,
    engine: Engine | None = None,
    meters: Mapping[str, int] = FrozenMap(),
    lots: Mapping[str, Iterable[Lot]] = FrozenMap(),
    told: Callable[[int], None] = lambda _: None,
) -> LateReplay:
    """Price anew what rows change that are reported late, corrected or withdrawn, after usages were priced. Needs the
    extra "replay".

    The rows of the customers of these rows are priced in order, the old customer and the new one of a corrected row,
    and where the list counts something for everybody those of all who have rows of such products. All others keep
    their answers and are not priced. The answers of before and the differences come to what ``replay`` gives for
    ``LateReplay.usages``, row by row.

    Args:
        tariff: the price list.
        before: the usages that were priced, as ``replay`` takes them, with the column ``id``; no DataFrame of Spark.
        late: what is reported, in the same columns; what a column does not say is not given, also in a corrected row.
            The column ``change`` says of a row that it is "late" (its id is not there yet), "corrected" (it stands in
            place of the row of the same id) or "withdrawn" (only its id is read). Null, or without the column, it is
            corrected where its id is there, else late. A fact of this name stands in ``fact.change``.
        rows: the answers of before, as ``Replay.rows`` has them, a row for each of ``before`` in any order; ``None``:
            the rows that are looked at are priced as they were.
        engine: who computes, as for ``replay``; left out: that of the frame ``before``, else "numpy".
        meters: what the meters had counted before the first row of ``before``, by key.
        lots: what customers held before it, by customer.
        told: is called with how many rows are done, as by ``replay``: each row of ``before`` as it was and as it is
            now, and each of ``late``. What is not priced is done at once, so that they come to twice the rows of
            ``before`` and those of ``late``, with which it is called last.

    Raises:
        InputError: no such engine, no such kind of frame, a column that is missing or of other values than in the other
            frame, or a package that is not installed.
        RowError: a row that is no usage, an id that is there already or is not there, or an answer of another version
            of the list; with the row, the column and the frame.
    """
    if engine is not None and engine not in ENGINES:
        raise InputError(f"no engine {shown(engine)}; there are {', '.join(ENGINES)}")
    if engine == "spark" or any(map(is_spark, (before, late, rows))):
        raise InputError("late rows are not replayed by Spark: an answer of before has to be found by its id")
    names = columns_asked(tariff.parts)
    frame, others = read(before, names), read(late, names | {"change"})
    chosen = engine or BY_KIND.get(frame.kind, "numpy")
    with rows_of("before"):
        usages = usages_of(frame.table, tariff.parts)
        usages = attrs.evolve(usages, unused=(*usages.unused, *frame.unused, *others.unused))
        if "id" not in frame.table.column_names:
            raise InputError("the column 'id' is missing")
    found = read_late(others.table, usages, tariff.parts)
    answers = None if rows is None else _answers(read(rows).table, tariff, usages)
    return _Derived(tariff, frame.table, usages, found, chosen, meters, lots, told).run(answers, frame.same)


@attrs.define(eq=False)
class _Derived:
    tariff: Tariff
    table: Table
    usages: Usages
    late: LateRows
    engine: Any
    meters: Mapping[str, int]
    lots: Mapping[str, Iterable[Lot]]
    told: Callable[[int], None]

    def run(self, answers: Table | None, same: Callable[[Table], Any]) -> LateReplay:
        keys = Keys(self.tariff, self.usages, self.late)
        self._refuse_orders(keys)
        held = {who: tuple(mine) for who, mine in self.lots.items()}
        standing = Standing.of(self.meters, held, self.tariff.zone)
        how: dict[str, Any] = {"engine": self.engine, "meters": keys.meters(standing), "lots": keys.lots(held)}
        old, stay = np.flatnonzero(keys.touched), np.flatnonzero(keys.touched & ~keys.changed)
        if answers is None:
            with rows_of("before", old):
                was = replay(
                    self.tariff, self._taken(old), told=self._ends_at(self.usages.length, len(old)), **how
                ).rows
        else:
            was = answers.take(arrow.array(old))
        usages = joined(self._taken(stay), self.late.table, self.tariff.parts)
        every = 2 * self.usages.length + len(self.late.change)
        with self._rows(stay):
            now = replay(self.tariff, usages, told=self._ends_at(every, usages.num_rows), **how)
        if every and not usages.num_rows:
            self.told(every)
        lines = differences(keys, was, now.rows)
        report = LateReport(
            FrozenMap({name: int((self.late.change == code).sum()) for code, name in enumerate(CHANGES[:MOVED])}),
            int(keys.customers.sum()),
            keys.everybody,
            self.usages.length - len(old),
            lines.num_rows,
            sum(lines.column("gross").to_pylist()),
            tuple(dict.fromkeys([*self.usages.unused, *self.late.usages.unused])),
            now.report,
        )
        return LateReplay(same(lines), same(now.rows), report, now, keys, lines, same, lambda: self._all(keys))

    def _ends_at(self, done: int, rows: int) -> Callable[[int], None]:
        """Tell how far a replay of so many rows is, after which ``done`` are done."""
        return lambda priced: self.told(done - rows + priced)

    def _refuse_orders(self, keys: Keys) -> None:
        """Refuse what changes an order without a customer, since the rows that it moves are found by the customer; and
        late rows that are no order with the rows of before that have the same one.
        """
        wrong = keys.changed & (self.usages.orders >= 0) & (self.usages.customers.codes < 0)
        before, late = (orders_of(table) for table in (self.table, self.late.table))
        new = compute.is_valid(late).to_numpy() & (self.late.usages.customers.codes < 0)
        for name, rows, places in (("before", wrong, None), ("late", new, self.late.places)):
            with rows_of(name, places):
                for row in np.flatnonzero(rows)[:1].tolist():
                    raise RowError(row, "customer", "order", "an order that late rows change needs a customer")
        if late.null_count < len(late):
            same = compute.and_(compute.is_valid(before), compute.is_in(before, value_set=late))
            stay = np.flatnonzero(same.to_numpy() & ~keys.changed)
            with self._rows(stay):
                usages_of(joined(self._taken(stay), self.late.table, self.tariff.parts), self.tariff.parts)

    def _taken(self, places: Array) -> Table:
        return self.table.take(arrow.array(places))

    def _all(self, keys: Keys) -> Table:
        stands = self._taken(np.flatnonzero(~keys.changed))
        return joined(stands, self.late.table, self.tariff.parts)

    @contextmanager
    def _rows(self, stay: Array) -> Iterator[None]:
        """Say of a row of some of before, and of the late ones behind them, which row of its own frame it is."""
        try:
            yield
        except RowError as error:
            places = np.concatenate([stay, self.late.places])
            with rows_of("before" if error.row < len(stay) else "late", places):
                raise


def _answers(table: Table, tariff: Tariff, before: Usages) -> Table:
    """The answers of before, in the order of the usages.

    Raises:
        InputError: a column is missing, or the ids are of another type.
        RowError: an answer that belongs to no row, is of another version of the list, or no answer at all.
    """
    with rows_of("rows"):
        names = ("id", *FIGURES, "refused", "version")
        for name in names:
            if table.column_names.count(name) != 1:
                raise InputError(f"the column {name!r} has to be there once")
        columns = {name: Column(name, table.column(name).combine_chunks()) for name in names}
        some = arrow.repeat(arrow.scalar("any", arrow.string()), table.num_rows)
        ids = usages_of(arrow.table({"id": table.column("id"), "product": some}), tariff.parts).ids
        columns["id"].refuse(arrow.array(places_of(ids, before.ids) < 0), "value", "{} is the id of no row of 'before'")
        version = columns["version"]
        version.refuse_null()
        other = compute.not_equal(version.texts(), tariff.version)
        version.refuse(other, "value", f"it is of version {{}} of the price list, and that is {tariff.version}")
        found = {name: columns[name].whole_numbers(-(HIGH // 2), HIGH // 2) for name in FIGURES}  # they are subtracted
        found["refused"] = columns["refused"].texts()
        both = compute.equal(compute.is_valid(found["gross"]), compute.is_valid(found["refused"]))
        columns["gross"].refuse(both, "value", "a row has either a price or a refusal")
    places = places_of(before.ids, ids)
    with rows_of("before"):
        for row in np.flatnonzero(places < 0)[:1].tolist():
            raise RowError(row, "id", "value", f"{shown(before.ids[row].as_py())} has no answer in 'rows'")
    return arrow.table({"id": ids, **found}).take(arrow.array(places))
