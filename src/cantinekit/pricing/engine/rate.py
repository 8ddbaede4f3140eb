"""The rate phase: from what is left to price to lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

import attrs

from cantinekit.money import Money, Rounding
from cantinekit.pricing.combine import PriceStep, combine, cut
from cantinekit.pricing.engine.ask import MINUTE, PIECE, Ask, RefusedItem, incomplete
from cantinekit.pricing.engine.lines import WorkLine, plain, rounded
from cantinekit.pricing.engine.measure import Measured, StayGroup
from cantinekit.pricing.format.kinds import show_span
from cantinekit.pricing.format.prices import show_price
from cantinekit.pricing.format.read import span
from cantinekit.pricing.model.conditions import NUMBERS
from cantinekit.pricing.model.forms import (
    AmountShare,
    BracketRow,
    Grid,
    Offered,
    Price,
    Refuse,
    Sets,
    Steps,
    Tiers,
    Upto,
)
from cantinekit.pricing.model.once import times
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Per, Rate

T = TypeVar("T")
STAYS = ("day", "half-day", "night", "week", "month", "session")


def pick(lists: Sequence[tuple[date | None, T]], day: date | None) -> tuple[date | None, T] | None:
    """The last list that begins on the day or before; ``None`` if there is none."""
    return next((entry for entry in reversed(lists) if entry[0] is None or (day and entry[0] <= day)), None)


def stop(said: Refuse, product: str, currency: str, pieces: int) -> RefusedItem:
    """What the tariff itself says instead of a price, for a number of pieces."""
    n = times(said.once_per, pieces, PIECE)
    low, high = (None if minor is None else Money(minor * n, currency) for minor in said.bounds)
    return RefusedItem(said.code, product, why=said.why, low=low, high=high)


def grid_cell(grid: Grid, ask: Ask, product: str, column: str = "") -> int | Fraction:
    """The amount of a cell. Raises ``RefusedItem`` where it is a hole, or an axis is not known."""
    key = tuple(str(ask.fact(axis)) for axis in grid.by) + ((column,) if column else ())
    if key not in grid.cells:
        raise RefusedItem("unpublished", f"{product}: {', '.join(key)}")
    return grid.cells[key]


@attrs.define
class Rated:
    """The lines of a rate, amounts due in other units, facts that are measured later, and notes for the trace."""

    lines: list[WorkLine]
    values: dict[str, Any]
    in_units: dict[str, Fraction] = attrs.field(factory=dict)
    pending: tuple[str, ...] = ()


@attrs.define
class _Part:
    """Quantity, unit, printed price of one unit, and the exact amount."""

    quantity: Fraction
    unit: str
    printed: int | Fraction | None
    amount: Fraction


@attrs.define
class Flats:
    """For how many stays the amount beside the price was taken: it is due once for a stay, not for each part of it."""

    taken: int = 0
    _seen: dict[str, int] = attrs.field(factory=dict)

    def due(self, rate: Rate, piece: Measured) -> int:
        """For how many stays of this piece it is due."""
        if rate.flat is None or not piece.split or not piece.groups:
            return piece.stays
        band = piece.groups[0].ask.band
        self._seen[band] = self._seen.get(band, 0) + piece.stays
        more = max(0, self._seen[band] - self.taken)
        self.taken += more
        return more


def rate_lines(rate: Rate, product: Product, measured: Measured, ask: Ask, flats: int | None = None) -> Rated:
    """The lines of a rate, with the amount beside it for so many stays (all, where nothing is said).

    Raises:
        RefusedItem: the list has no price.
    """
    found = pick(rate.lists, ask.price_day(product.price_date) if rate.dated else None)
    if found is None:
        raise RefusedItem("unpublished", f"{product.id}, {ask.price_day(product.price_date)}")
    since, form = found
    values: dict[str, Any] = {"since": since.isoformat()} if since else {}
    if isinstance(form, Refuse):
        raise stop(form, product.id, ask.parts.currency, measured.stays)
    work = _Work(rate, product, measured, ask, values)
    values |= {"quantity": 1, "unit": PIECE, "printed": ""}
    rated = Rated([], values)
    n = measured.stays if flats is None else flats
    if rate.flat is not None and n:
        rated.lines.append(work.line(_Part(Fraction(n), PIECE, rate.flat, Fraction(rate.flat * n))))
    rated.pending = tuple(name for name in product.afterwards if name not in ask.item.facts)
    part = None if rated.pending else work.price(form, rated)
    if part is not None and rate.each:
        each = ask.number(rate.each if rate.each in ask.parts.facts else rate.each + "s")
        part = attrs.evolve(part, quantity=part.quantity * each, amount=part.amount * each)
    if part is not None:
        line = work.line(part)
        rated.lines.append(line)
        printed = "" if part.printed is None else show_price(part.printed, ask.parts.currency)
        values |= {"quantity": plain(part.quantity), "unit": part.unit, "printed": printed}
    amount = sum(rounded(line.exact, work.mode) for line in rated.lines)
    rated.values |= {"amount": str(Money(amount, ask.parts.currency))}
    return rated


@attrs.define
class _Work:
    rate: Rate
    product: Product
    measured: Measured
    ask: Ask
    values: dict[str, Any]

    @property
    def mode(self) -> Rounding:
        return self.ask.parts.head.rounding

    @property
    def groups(self) -> tuple[StayGroup, ...]:
        return self.measured.groups

    @property
    def stays(self) -> int:
        return sum(group.n for group in self.groups)

    def line(self, part: _Part) -> WorkLine:
        """A line, exact: it is rounded after the percentages that follow."""
        rate, product = self.rate, self.product
        band = f" ({self.ask.band})" if self.ask.band else ""
        return WorkLine(
            self.ask.id,
            product.id,
            (rate.name or product.name) + band,
            part.quantity,
            part.unit,
            part.printed if isinstance(part.printed, int) else None,
            part.amount,
            rate.tax or product.tax,
            rate.prices or product.prices or "incl",
            rate.kind or product.kind,
            (*product.tags, *rate.tags),
            rate.floor,
        )

    def price(self, form: Any, rated: Rated) -> _Part | None:
        if isinstance(form, Price):
            for unit, number in form.in_units:
                rated.in_units[unit] = rated.in_units.get(unit, Fraction(0)) + number * self._units()
            return None if form.minor is None else self._per_unit(form.minor)
        if isinstance(form, Grid):
            return self._per_unit(self._cell(form, self.rate.by))
        if isinstance(form, Upto):
            return self._upto(form)
        if isinstance(form, Steps):
            return self._steps(form)
        if isinstance(form, Sets):
            return self._sets(form)
        if isinstance(form, Tiers):
            return self._tiers(form)
        if isinstance(form, Offered):
            return self._offered(form)
        assert isinstance(form, AmountShare)
        base = self.ask.fact(form.of)
        assert isinstance(base, Money)
        self.values["base"] = str(base)
        return _Part(Fraction(self.stays), PIECE, None, form.share * base.amount * self.stays)

    # --- what a price is for ---

    def _cell(self, grid: Grid, by: Sequence[str], column: str = "") -> int | Fraction:
        minor = grid_cell(grid, self.ask, self.product.id, column)
        self.values["cell"] = ", ".join([*(str(self.ask.fact(axis)) for axis in by), *filter(None, [column])])
        return minor

    def _units(self) -> Fraction:
        """For how many units a price is due; exact where a part of a unit counts."""
        per = self.rate.per
        if per is None:
            return Fraction(self.stays)
        return sum((self._due(size, per.minutes or 1) * n for size, n in self._sizes_of(per)), Fraction(0))

    def _sizes_of(self, per: Per) -> list[tuple[Fraction, int]]:
        """What a price is due for of each stay, in minutes or in units, and how often."""
        if per.minutes is None:
            return self._sizes(per.unit)
        self._need_length()
        return [(Fraction(group.size), group.n) for group in self.groups]

    def _need_length(self) -> None:
        """A price for a length needs the beginning and the end."""
        if self.measured.unit == PIECE:
            raise incomplete("period")

    def _due(self, size: Fraction, minutes: int = 1) -> Fraction:
        """For how many units, or lengths of so many minutes, a price is due: at least the first ones, in full where a
        begun one counts.
        """
        per = self.rate.per
        if per is not None and per.first is not None and per.first_price is None:
            size = max(size, Fraction(per.first))
        return Fraction(-(-size // minutes)) if per is not None and per.started else size / minutes

    def _sizes(self, unit: str) -> list[tuple[Fraction, int]]:
        """How many of a named unit there are, and how often: what is measured of each stay, what a fact of that name
        says of each, else the pieces themselves, all of them together.
        """
        per = self.rate.per
        measured = self.measured
        if self.product.measure is not None and unit == measured.unit:
            return [(group.size * measured.scale, group.n) for group in self.groups]
        every = per.every if per else None
        for name in (unit, unit + "s"):
            declared = self.ask.parts.facts.get(name)
            if declared in NUMBERS or (every and declared == "money"):
                return [(self.ask.number(name) / (every.n if every else 1), self.stays)]
        if unit in STAYS and self.ask.timed:
            raise RefusedItem("unstated", f"{unit}: how a stay is counted")
        return [(Fraction(self.stays), 1)]

    def _per_unit(self, minor: int | Fraction) -> _Part:
        per = self.rate.per
        if per is not None and per.first_price is not None:
            return self._first(minor)
        units = self._units()
        if per is not None and per.minutes and not per.started:
            minutes = units * per.minutes
            return _Part(minutes, MINUTE, minor if per.minutes == 1 else None, minor * units)
        return _Part(units, PIECE if per is None else per.unit, minor, minor * units)

    def _first(self, minor: int | Fraction) -> _Part:
        """The first units have a price of their own, due in full once begun; the rest follows."""
        per = self.rate.per
        assert per is not None
        assert per.first is not None
        assert per.first_price is not None
        amount, units = Fraction(0), Fraction(0)
        for size, n in self._sizes_of(per):
            rest = max(Fraction(0), size - per.first) / (per.minutes or 1)
            rest = Fraction(-(-rest // 1)) if per.started else rest
            amount += (per.first_price + minor * rest) * n
            units += size * n
        return _Part(units, MINUTE if per.minutes else per.unit, None, amount)

    # --- forms ---

    def _upto(self, form: Upto) -> _Part:
        """The whole length, count or number of each stay picks its row; the printed bounds are inclusive."""
        amounts: list[tuple[Fraction, int]] = []
        if not form.of and all(row.upto is None or row.upto[1] for row in form.rows):
            self._need_length()
        together = self.measured.unit == PIECE and not form.of
        for group in self.groups[:1] if together else self.groups:
            size = self.ask.number(form.of) if form.of else Fraction(group.size) * self.measured.scale
            size = Fraction(self.stays) if together else size
            row = next(row for row in form.rows if row.upto is None or size <= row.upto[0])
            pieces, times = (self.stays, 1) if together else (1, group.n)
            amounts.append((self._row(row, group, pieces), times))
        one = {amount for amount, _ in amounts}
        whole = sum((amount * n for amount, n in amounts), Fraction(0))
        printed = one.pop() if len(one) == 1 else None
        n = Fraction(sum(n for _, n in amounts))
        return _Part(n, PIECE, int(printed) if printed is not None and printed.denominator == 1 else None, whole)

    def _row(self, row: BracketRow, group: StayGroup, pieces: int) -> Fraction:
        """The amount of a row for a number of pieces together."""
        if row.refuse:
            raise RefusedItem(row.refuse, self.product.id, why=row.why)
        assert row.price is not None
        if not row.per:
            return Fraction(row.price)
        minutes = span(row.per)
        if minutes:
            self._need_length()
            length = Fraction(group.size, minutes)
            return row.price * (Fraction(-(-length // 1)) if row.started else length)
        if self.product.measure is not None and row.per == self.measured.unit:
            return row.price * group.size * self.measured.scale
        units = sum((self._due(size) * n for size, n in self._sizes(row.per)), Fraction(0))
        return row.price * units / max(1, self.stays) * pieces

    def _steps(self, form: Steps) -> _Part:
        steps = [PriceStep(row.size[0], row.price or 0) for row in form.rows]
        timed = form.rows[0].size[1]
        if timed:
            self._need_length()
        sizes = [(group.size, group.n) for group in self.groups]
        if not timed and self.product.measure is None:
            sizes = [(self.stays, 1)]
        amount, used = 0, []
        for size, n in sizes:
            found = combine(steps, size, form.combination)  # type: ignore[arg-type]
            if found is None:
                raise RefusedItem("not_sold", f"{self.product.id}: {show_span(size) if timed else size}")
            amount += found.price * n
            used += [show_span(step.size) if timed else str(step.size) for step in found.steps] * n
        self.values |= {"steps": "+".join(used[:50]), "combination": form.combination}
        if any(row.price is None for row in form.rows):
            raise RefusedItem("unpublished", self.product.id, self.values)
        return _Part(Fraction(sum(n for _, n in sizes)), PIECE, None, Fraction(amount))

    def _sets(self, form: Sets) -> _Part:
        wanted: list[tuple[frozenset[str], int]] = []
        if form.axis == "session":
            wanted = [(touched, group.n) for group in self.groups for touched in group.sessions]
        else:
            value = self.ask.fact(form.axis)
            assert isinstance(value, tuple)
            wanted = [(frozenset(value), 1)]
        head = tuple(str(self.ask.fact(axis)) for axis in form.by)
        published = {frozenset(name[-1].split("+")): minor for name, minor in form.cells.items() if name[:-1] == head}
        amount, parts = Fraction(0), []
        for touched, n in wanted:
            found = cut(touched, published, form.cover) if published else None  # type: ignore[arg-type]
            if found is None:
                raise RefusedItem("unpublished", f"{self.product.id}: {', '.join((*head, *sorted(touched)))}")
            amount += found.price * n
            parts += ["+".join(sorted(part)) for part in found.sets]
        self.values["cell"] = " | ".join(parts)
        if form.axis == "session":
            return _Part(Fraction(len(parts)), PIECE, None, amount)
        return self._per_unit(int(amount))

    def _tiers(self, form: Tiers) -> _Part:
        if form.of:
            number = self.ask.number(form.of)
        elif self.product.measure is not None:
            number = self.measured.total * self.measured.scale
        else:
            number = Fraction(self.stays)
        low, amount = Fraction(0), Fraction(0)
        if form.mode == "package":
            block, row_price = form.rows[0].upto or 1, form.rows[0].price or 0
            return _Part(number, PIECE, None, Fraction(row_price * -(-number // block)))
        for row in form.rows:
            price = self._cell(form.grid, self.rate.by, row.column) if form.grid and row.column else row.price
            assert price is not None
            last = row.upto is None or number <= row.upto
            if form.mode == "graduated":
                high = number if last else Fraction(row.upto or 0)
                amount += price * (high - low)
                low = high
            elif last:
                amount = price * number
            if last:
                break
        if form.of:
            amount *= self.stays
        return _Part(number, self.measured.unit if self.product.measure else PIECE, None, amount)

    def _offered(self, form: Offered) -> _Part:
        value = self.ask.look(form.fact)
        minor = value.amount if isinstance(value, Money) else form.suggestion
        if minor is None:
            self.ask.fact(form.fact)
            raise AssertionError
        self.values["offered"] = "said" if isinstance(value, Money) else "suggestion"
        if minor < form.at_least:
            raise RefusedItem("from", self.product.id, low=Money(form.at_least * self.stays, self.ask.parts.currency))
        return _Part(Fraction(self.stays), PIECE, minor, Fraction(minor * self.stays))
