"""Usages: the rows of a frame, checked and in columns of one type each, and a row as the question that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

import attrs

from cantinekit.clock import MAX_INSTANT, Period, day_bounds, day_shift, local
from cantinekit.common.extras import arrow, compute, np
from cantinekit.common.facts import MAX_PLACES, plain_number
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown
from cantinekit.money import MAX_MINOR, Money
from cantinekit.pricing.format.kinds_time import moment
from cantinekit.pricing.model.conditions import SetOf
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.replaying._columns import EPOCH, HIGH, Array, Coded, Column, everywhere, known
from cantinekit.pricing.replaying._frames import Frame, Table, coded, read
from cantinekit.pricing.values import MAX_COUNT, MAX_ITEMS, MAX_LENGTH, Fact, Item, Order

OWN = (
    "id", "order", "customer", "product", "count", "start", "end", "minutes", "also", "day", "until", "bought", "holds",
    "codes", "currency",
)  # fmt: skip
"""The columns beside the facts; a fact of one of these names stands in the column ``fact.`` and its name."""
_MICROS_A_DAY = 86_400 * 10**6
_MICROS_A_MINUTE = 60 * 10**6
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


class FactColumn(Protocol):
    """The values of a fact; ``Coded`` and ``Numbers`` can be read as columns, others row by row."""

    def __getitem__(self, row: int) -> Fact | None:
        """The value of a row; ``None``: not given."""


@attrs.frozen(eq=False)
class Numbers:
    """A fact that is a whole number, or one of its kinds.

    Attributes:
        numbers: the values, in int64; -1: not given.
        make: what a fact is made of a number.
    """

    numbers: Array
    make: Callable[[int], Fact] = int

    def __getitem__(self, row: int) -> Fact | None:
        number = int(self.numbers[row])
        return self.make(number) if number >= 0 else None


@attrs.frozen(eq=False, slots=False)
class Usages:
    """The rows of a frame. Arrays are of NumPy, in int64 (codes, days and minutes of a day in less), with -1 where
    nothing is known, unless it says otherwise.

    Attributes:
        parts: the tariff.
        length: how many rows there are.
        ids: the ids, an Arrow array of int64 or texts; the number of the row where the frame has none.
        products: the product of each row.
        customers: whose row it is; null: nobody's.
        counts: how many pieces.
        starts: the beginning, in microseconds of UTC since 1970.
        ends: the end likewise.
        minutes: the length of what has no known beginning.
        days: the ordinal of the local day of use.
        clock: the local minute of the day at which it begins.
        untils: the ordinal of the last day of something that lasts.
        bought: the purchase, in microseconds of UTC since 1970.
        bought_days: the ordinal of the local day of the purchase.
        holds: what the customer has; null: not known.
        codes: the coupons that are given.
        facts: the columns of the facts that the frame has; null: not given.
        also: the further stretches of the rows that have some.
        orders: a number for each row, the same for all rows of an order; -1: the row is a question of its own.
        first: by what rows are folded: the purchase, where that is not known the beginning.
        begins: the beginning, or that of the day.
        unused: the columns that no price of the tariff asks for.
    """

    parts: Parts
    length: int
    ids: Array
    products: Coded[str]
    customers: Coded[str]
    counts: Array
    starts: Array
    ends: Array
    minutes: Array
    days: Array
    clock: Array
    untils: Array
    bought: Array
    bought_days: Array
    holds: Coded[tuple[str, ...]]
    codes: Coded[tuple[str, ...]]
    facts: Mapping[str, FactColumn]
    also: Mapping[int, tuple[Period, ...]]
    orders: Array
    first: Array
    begins: Array
    unused: tuple[str, ...]

    @cached_property
    def order(self) -> Array:
        """The rows in the order in which they are folded: by purchase, beginning and id; those of an order by their ids
        where the first of them stands.
        """
        ascending = _ascending(self.ids)
        if ascending and self.first is self.begins and not self.several:
            return _sorted(self.first)
        by_id = np.arange(self.length) if ascending else compute.sort_indices(self.ids).to_numpy().astype(np.int64)
        found = by_id[np.lexsort((self.begins[by_id], self.first[by_id]))]
        if not self.several:
            return found
        places = np.empty(self.length, np.int64)
        places[found] = np.arange(self.length)
        stands = np.full(self.several, self.length)
        together = self.orders >= 0
        np.minimum.at(stands, self.orders[together], places[together])
        places[together] = stands[self.orders[together]]
        return by_id[np.argsort(places[by_id], kind="stable")]

    @cached_property
    def several(self) -> int:
        """How many orders of several rows there are."""
        return int(self.orders.max(initial=-1)) + 1

    @cached_property
    def together(self) -> Mapping[int, tuple[int, ...]]:
        """Of each row of an order: of the first one all rows in their order, of the others nothing."""
        found: dict[int, list[int]] = {}
        for row in self.order[self.orders[self.order] >= 0].tolist():
            found.setdefault(int(self.orders[row]), []).append(row)
        out: dict[int, tuple[int, ...]] = {}
        for rows in found.values():
            out |= dict.fromkeys(rows, ())
            out[rows[0]] = tuple(rows)
        return out

    @cached_property
    def apart(self) -> Array:
        """Whether a row is no question of one item and one stretch of time, which columns could answer."""
        found = self.orders >= 0
        found[list(self.also)] = True
        return found

    @cached_property
    def places(self) -> Array:
        """The place of each row in the order in which rows are folded."""
        places = np.empty(self.length, np.int64)
        places[self.order] = np.arange(self.length)
        return places

    @cached_property
    def by_customer(self) -> Array:
        """The rows in an order in which those of each customer are folded: as they stand, where they stand so."""
        codes, first = self.customers.codes, self.first
        if not (codes[1:] >= codes[:-1]).all():
            return self.order
        same = codes[1:] == codes[:-1]
        later = first[1:] > first[:-1]
        if self.first is self.begins and _ascending(self.ids):
            later |= first[1:] == first[:-1]
        return np.arange(self.length) if (later | ~same).all() else self.order

    def question(self, row: int) -> Order:
        """A row as the question that it is; of the first row of an order with all of its rows.

        Raises:
            RowError: no price list could accept it.
        """
        bought, held = int(self.bought[row]), self.holds[row]
        items = tuple(map(self._item, self.together.get(row, (row,)) if self.several else (row,)))
        try:
            as_of = None if bought < 0 else instant_of(bought)
            holds = None if held is None else frozenset(held)
            return Order(items, self.customers[row], as_of, holds, self.codes[row] or ())
        except InputError as error:
            raise RowError(row, "", "value", str(error)) from None

    def _item(self, row: int) -> Item:
        start, minutes, day, until = (int(one[row]) for one in (self.starts, self.minutes, self.days, self.untils))
        facts = {name: value for name, column in self.facts.items() if (value := column[row]) is not None}
        product = self.products[row]
        assert product is not None
        ends = int(self.ends[row])
        period = Period(instant_of(start), instant_of(ends)) if start >= 0 and ends >= 0 else None
        try:
            return Item(
                product,
                period,
                int(self.counts[row]),
                None if period or day < 0 else date.fromordinal(day),
                facts,
                also=self.also.get(row, ()),
                until=None if until < 0 else date.fromordinal(until),
                minutes=None if minutes < 0 else minutes,
            )
        except InputError as error:
            raise RowError(row, "", "value", str(error)) from None


def micros_of(instant: datetime) -> int:
    """The microseconds of an instant since 1970."""
    return (instant - _ZERO) // timedelta(microseconds=1)


def instant_of(micros: int) -> datetime:
    """An instant from its microseconds since 1970."""
    return _ZERO + timedelta(microseconds=micros)


def columns_asked(parts: Parts) -> frozenset[str]:
    """The columns that a price of a tariff may ask for."""
    return frozenset([*OWN, *parts.facts, *(f"fact.{name}" for name in parts.facts)])


def read_usages(usages: Any, parts: Parts) -> tuple[Frame, Usages]:
    """The rows of a frame; of its columns those that a price of the tariff may ask for, and of the others the names.

    Args:
        usages: what ``read`` takes.
        parts: the tariff.

    Raises:
        InputError: as ``read`` and ``usages_of``.
        RowError: as ``read`` and ``usages_of``.
    """
    frame = read(usages, columns_asked(parts))
    found = usages_of(frame.table, parts)
    return frame, attrs.evolve(found, unused=(*found.unused, *frame.unused))


def usages_of(table: Table, parts: Parts) -> Usages:
    """The rows of an Arrow table.

    Args:
        table: the rows, with the columns of ``OWN`` and those of the facts; only ``product`` has to be there.
        parts: the tariff.

    Raises:
        InputError: ``product`` is missing, a column comes twice, or two columns say the same.
        RowError: a row is no usage.
    """
    return _Reading(table, parts).read()


@attrs.define(eq=False)
class _Reading:
    table: Table
    parts: Parts

    def read(self) -> Usages:
        if len(set(self.table.column_names)) != len(self.table.column_names):
            raise InputError("two columns have one name")
        if "product" not in self.table.column_names:
            raise InputError("the column 'product' is missing")
        facts = self._facts()
        products = self._column("product")
        assert products is not None
        products.refuse_null()
        self._currency()
        ids = self._ids()
        starts, ends, minutes = self._times()
        days, clock = self._local(starts)
        days = self._days(days, starts)
        bought = self._bought()
        bought_days, _ = self._local(bought)
        own = {name for name in OWN if name in self.table.column_names}
        used = own | {column for _, column in facts}
        customers, holds, codes = self._named("customer"), self._words("holds"), self._codes()
        same = {"customer": customers.codes, "bought": bought, "holds": self._sets(holds), "codes": codes.codes}
        return Usages(
            self.parts,
            self.table.num_rows,
            ids,
            products.coded(Column.texts),
            customers,
            self._counts(),
            starts,
            ends,
            minutes,
            days,
            clock,
            self._days_of("until"),
            bought,
            bought_days,
            holds,
            codes,
            {name: self._fact(name, column) for name, column in facts},
            self._also(),
            self._orders(same),
            *self._moments(starts, days, bought),
            tuple(name for name in self.table.column_names if name not in used),
        )

    def _column(self, name: str) -> Column | None:
        if name not in self.table.column_names:
            return None
        found = coded(name, self.table.column(name))
        if arrow.types.is_string(found.type):  # joined chunks may be more than 32 bits can address
            found = found.cast(arrow.large_string())
        chunks = (found.unify_dictionaries() if arrow.types.is_dictionary(found.type) else found).combine_chunks()
        if isinstance(chunks, arrow.ChunkedArray):
            chunks = arrow.concat_arrays(chunks.chunks) if chunks.num_chunks else arrow.array([], found.type)
        return Column(name, chunks)

    def _nothing(self) -> Array:
        return everywhere(-1, self.table.num_rows)

    def _refuse(self, wrong: Array, column: str, problem: str, message: str) -> None:
        """Refuse the first row of a mask of NumPy."""
        rows = np.flatnonzero(wrong)
        if len(rows):
            raise RowError(int(rows[0]), column, problem, message)

    # --- who and what ---

    def _ids(self) -> Array:
        column = self._column("id")
        if column is None:
            return arrow.array(range(self.table.num_rows), arrow.int64())
        column.refuse_null()
        text = not arrow.types.is_integer(column.values.type) and not arrow.types.is_decimal(column.values.type)
        ids = column.texts() if text and len(column.values) else column.whole_numbers(-HIGH - 1, HIGH)
        seen: set[Any] = set()
        if not _ascending(ids) and len(compute.unique(ids)) != len(ids):
            for row, one in enumerate(ids.to_pylist()):
                if one in seen:
                    raise RowError(row, "id", "duplicate", f"{shown(one)} is the id of an earlier row")
                seen.add(one)
        return ids

    def _named(self, name: str) -> Coded[str]:
        column = self._column(name)
        if column is None:
            return Coded.nothing(self.table.num_rows)

        def named(one: Column) -> Array:
            texts = one.texts(numbers=True, empty=True)
            return compute.if_else(compute.equal(texts, ""), None, texts)

        return column.coded(named)

    def _counts(self) -> Array:
        column = self._column("count")
        if column is None:
            return everywhere(1, self.table.num_rows)
        column.refuse_null()
        return known(column.whole_numbers(1, MAX_COUNT, "whole numbers"))

    def _orders(self, same: Mapping[str, Array]) -> Array:
        """Which rows are one order, by the columns that all rows of an order have to have the ``same``."""
        named = self._named("order")
        codes = named.codes
        if not len(named.values):
            return codes
        counts = np.bincount(codes[codes >= 0], minlength=len(named.values))
        together = np.flatnonzero((codes >= 0) & (counts[codes] > 1))
        if not len(together):
            return self._nothing()
        orders = np.full(len(codes), -1, np.int64)
        firsts, mine = np.unique(codes[together], return_index=True, return_inverse=True)[1:]
        orders[together] = mine
        many = np.isin(codes, np.flatnonzero(counts > MAX_ITEMS))
        self._refuse(many, "order", "range", f"the order has more than {MAX_ITEMS} rows")
        for name, column in same.items():
            other = np.zeros(len(codes), bool)
            other[together] = column[together] != column[together[firsts]][mine]
            self._refuse(other, name, "order", f"the rows of an order have one {name}; an earlier one has another")
        return orders

    def _currency(self) -> None:
        column = self._column("currency")
        if column is not None:
            column.refuse_null()
            other = compute.not_equal(column.texts(), self.parts.currency)
            column.refuse(other, "currency", f"{{}}; the price list is in {self.parts.currency}")

    def _words(self, name: str) -> Coded[tuple[str, ...]]:
        column = self._column(name)
        return Coded.nothing(self.table.num_rows) if column is None else column.words()

    def _sets(self, words: Coded[tuple[str, ...]]) -> Array:
        """A number for each row, the same where the words are, in whatever order; -1: null."""
        places: dict[frozenset[str], int] = {}
        numbers = [places.setdefault(frozenset(one), len(places)) for one in words.values]
        return np.array([*numbers, -1], np.int64)[words.codes]

    def _codes(self) -> Coded[tuple[str, ...]]:
        found = self._words("codes")
        twice = [place for place, codes in enumerate(found.values) if len(set(codes)) != len(codes)]
        self._refuse(np.isin(found.codes, twice), "codes", "duplicate", "a code is given twice")
        return found

    # --- when ---

    def _times(self) -> tuple[Array, Array, Array]:
        """Beginnings and ends, and the lengths of what has no beginning."""
        begins, ended, length = self._column("start"), self._column("end"), self._column("minutes")
        if ended is not None and length is not None:
            raise InputError("either the column 'end' or the column 'minutes' says how long a usage lasts")
        if ended is not None and begins is None:
            raise InputError("the column 'end' needs the column 'start'")
        starts = self._nothing() if begins is None else known(begins.instants())
        if ended is not None:
            ends = known(ended.instants())
            self._refuse((starts < 0) & (ends >= 0), "end", "null", "an end without a beginning")
            self._refuse((starts >= 0) & (ends >= 0) & (ends <= starts), "end", "value", "it ends before it begins")
            return starts, ends, self._nothing()
        if length is None:
            return starts, self._nothing(), self._nothing()
        minutes = known(length.whole_numbers(1, MAX_LENGTH, "whole numbers"))
        ends = np.where((starts >= 0) & (minutes >= 0), starts + minutes * _MICROS_A_MINUTE, -1)
        self._refuse(ends >= micros_of(MAX_INSTANT), "minutes", "range", "the end is out of range (1970 to 9997)")
        return starts, ends, np.where(starts < 0, minutes, -1)

    def _also(self) -> Mapping[int, tuple[Period, ...]]:
        """The further stretches of the rows that have some: a list of instants, of each the beginning and the end."""
        column = self._column("also")
        if column is None:
            return {}
        rows, instants = column.listed_instants()
        found: dict[int, list[int]] = {}
        for row, micros in zip(rows.tolist(), instants.tolist(), strict=True):
            found.setdefault(row, []).append(micros)
        out: dict[int, tuple[Period, ...]] = {}
        for row, micros in found.items():
            try:
                pairs = zip(micros[::2], micros[1::2], strict=True)
                out[row] = tuple(Period(instant_of(start), instant_of(end)) for start, end in pairs)
            except (InputError, ValueError):
                message = "a beginning and a later end are needed of each stretch"
                raise RowError(row, "also", "value", message) from None
        return out

    def _local(self, starts: Array) -> tuple[Array, Array]:
        """The local day and minute of each beginning, by the zone of the tariff."""
        zone = self.parts.head.zone
        known_days = starts[starts >= 0] // _MICROS_A_DAY
        if not len(known_days):
            return self._nothing(), self._nothing()
        first = int(known_days.min())
        present = np.flatnonzero(np.bincount(known_days - first)).tolist()
        table = np.zeros(present[-1] + 1, np.int64)
        changing = np.zeros(present[-1] + 1, bool)
        for place in present:
            shift = day_shift(EPOCH + first + place, zone)
            changing[place] = shift is None
            table[place] = _micros(shift)
        places = np.where(starts >= 0, starts // _MICROS_A_DAY - first, present[0])
        shifts = table[places]
        among = np.flatnonzero(changing[places] & (starts >= 0)) if changing.any() else ()
        if len(among):  # clocks are moved at a whole second
            found, inverse = np.unique(starts[among] // 10**6, return_inverse=True)
            shifts[among] = np.array([_shift(second * 10**6, zone) for second in found.tolist()])[inverse]
        there = starts + shifts
        days = np.where(starts >= 0, there // _MICROS_A_DAY + EPOCH, -1).astype(np.int32)
        return days, np.where(starts >= 0, there % _MICROS_A_DAY // _MICROS_A_MINUTE, -1).astype(np.int16)

    def _days(self, found: Array, starts: Array) -> Array:
        """The day of each row: that of the beginning, or the one that is said."""
        said = self._days_of("day")
        wrong = (starts >= 0) & (said >= 0) & (said != found)
        self._refuse(wrong, "day", "value", "it is not the local day of the beginning")
        return np.where(starts >= 0, found, said).astype(np.int32)

    def _days_of(self, name: str) -> Array:
        column = self._column(name)
        return self._nothing() if column is None else known(column.days())

    def _bought(self) -> Array:
        """When each row was bought; of a day alone its noon."""
        zone = self.parts.head.zone
        column = self._column("bought")
        if column is None:
            return self._nothing()
        if not arrow.types.is_date(column.values.type):
            return known(column.instants())
        return self._of_days("bought", known(column.days()), lambda day: moment(day, zone))

    def _of_days(self, name: str, ordinals: Array, at: Callable[[date], datetime]) -> Array:
        """An instant of each day of a column, in microseconds; -1 where there is no day."""
        found, rows, inverse = np.unique(ordinals, return_index=True, return_inverse=True)
        instants = []
        for one, row in zip(found.tolist(), rows.tolist(), strict=True):
            try:
                instants.append(-1 if one < 0 else micros_of(at(date.fromordinal(one))))
            except InputError as error:  # a day at the border of time, whose zone begins or ends it beyond
                raise RowError(row, name, "range", str(error)) from None
        return np.array(instants, np.int64)[inverse]

    def _moments(self, starts: Array, days: Array, bought: Array) -> tuple[Array, Array]:
        """When each row was bought, where that is not known when it begins; and when it begins."""
        zone = self.parts.head.zone
        begins = starts
        if (starts < 0).any():
            alone = self._of_days("day", np.where(starts >= 0, -1, days), lambda day: day_bounds(day, zone).start)
            begins = np.where(starts >= 0, starts, alone)
        return (np.where(bought >= 0, bought, begins) if (bought >= 0).any() else begins), begins

    # --- facts ---

    def _facts(self) -> list[tuple[str, str]]:
        """The facts of the tariff that the table has, each with its column."""
        found = []
        for name in self.parts.facts:
            prefixed, plain = f"fact.{name}", name in self.table.column_names and name not in OWN
            if prefixed in self.table.column_names:
                if plain:
                    raise InputError(f"the columns {shown(name)} and {shown(prefixed)} are one fact")
                found.append((name, prefixed))
            elif plain:
                found.append((name, name))
        return found

    def _fact(self, name: str, of: str) -> FactColumn:
        declared, column = self.parts.facts[name], self._column(of)
        assert column is not None
        if isinstance(declared, SetOf):
            return self._set(column, declared)
        if isinstance(declared, tuple):
            return column.coded(lambda one: one.one_of(declared))
        read: dict[str, Callable[[Column], FactColumn]] = {
            "text": lambda one: one.coded(Column.texts),
            "yes/no": lambda one: Numbers(known(one.truths().cast(arrow.int64())), bool),
            "number": lambda one: Numbers(known(one.whole_numbers(0, MAX_COUNT, "whole numbers"))),
            "money": self._money,
            "decimal": self._decimal,
        }
        return read[declared](column)

    def _set(self, column: Column, declared: Sequence[str]) -> FactColumn:
        found = column.words()
        other = [place for place, words in enumerate(found.values) if not words or not set(words) <= set(declared)]
        wrong = np.isin(found.codes, other)
        self._refuse(wrong, column.name, "value", f"some of {', '.join(declared)} are needed")
        return found

    def _money(self, column: Column) -> FactColumn:
        currency = self.parts.currency
        return Numbers(known(column.whole_numbers(0, MAX_MINOR)), lambda minor: Money(minor, currency))

    def _decimal(self, column: Column) -> FactColumn:
        if not arrow.types.is_decimal(column.values.type):
            return Numbers(known(column.whole_numbers(0, MAX_COUNT, "exact decimals or whole numbers")))
        values: list[Decimal | None] = column.values.to_pylist()
        for row, value in enumerate(values):
            if value is not None and plain_number(value) is None:
                problem = f"{value} is not from 0 to {MAX_COUNT} with at most {MAX_PLACES} places"
                raise RowError(row, column.name, "range", problem)
        return values


def _ascending(ids: Array) -> bool:
    """Whether each id is greater than the one before it."""
    return bool(compute.all(compute.less(ids[:-1], ids[1:]), min_count=0).as_py()) if len(ids) else True


def _sorted(instants: Array) -> Array:
    """The rows in the order of their instants, and where these are the same in their own order.

    Of whole seconds the row stands behind them in one number, which takes half the time of a sort by places.
    """
    seconds = instants // 10**6
    seconds -= seconds.min(initial=HIGH)
    bits = len(seconds).bit_length()
    if int(seconds.max(initial=0)) >> (63 - bits) or (instants % 10**6).any():
        return np.argsort(instants, kind="stable")
    seconds <<= bits
    seconds |= np.arange(len(seconds))
    seconds.sort()
    seconds &= (1 << bits) - 1
    return seconds


def _shift(micros: int, zone: str) -> int:
    """By how many microseconds the clocks of a zone are ahead at an instant."""
    return _micros(local(instant_of(micros), zone).utcoffset())


def _micros(length: timedelta | None) -> int:
    return (length or timedelta()) // timedelta(microseconds=1)
