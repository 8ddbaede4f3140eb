"""The forms of a price as expressions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from itertools import product as combinations
from math import lcm, prod
from operator import or_

import attrs

from cantinekit.pricing.combine import PriceStep, table
from cantinekit.pricing.compiled._inputs import Lowering, NotCompiledError, axis_values, dated, first
from cantinekit.pricing.engine.ask import MINUTE, PIECE
from cantinekit.pricing.engine.rate import STAYS
from cantinekit.pricing.format.read import span
from cantinekit.pricing.kernel import Expr, TableLookup, lift, maximum, minimum, when
from cantinekit.pricing.model.conditions import NUMBERS
from cantinekit.pricing.model.forms import Form, Grid, Price, Refuse, Steps, Upto
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Rate

MOST_STEPS = 24 * 60
_NO_PRICE = -1


@attrs.frozen
class Rest:
    """What is left to price: how many stays, the sum of their sizes, and whether the stays are whole."""

    size: Expr
    stays: Expr
    total: Expr
    whole: bool = True


@attrs.frozen
class CompiledRate:
    """One rate: its amount is ``number / den``; ``ok`` is 0 where it has no price. ``unit`` is that of the line.

    ``prints``: whether the line shows the price of one unit.
    """

    rate: Rate
    number: Expr
    den: int
    quantity: Expr
    printed: Expr
    ok: Expr
    unit: str
    scale: Fraction = Fraction(1)
    prints: bool = True
    pieces: bool = False
    """Whether a stay with a beginning and an end cannot be counted in it."""
    place: Expr = attrs.field(factory=lambda: lift(0))
    """Which dated list is in force."""


def price(low: Lowering, product: Product, rate: Rate, rest: Rest, unit: str, scale: Fraction) -> CompiledRate:
    """The amount of a rate for what is left.

    Raises:
        NotCompiledError: a form that only the phases know.
    """
    if rate.flat is not None or rate.floor or rate.each:
        raise NotCompiledError("a fixed amount beside, a floor, or a second number")
    forms = [form for _, form in rate.lists]
    if (rate.per and rate.per.every) or any(map(_fine, forms)):
        raise NotCompiledError("a price for so many of a fact, or below the smallest unit of money")
    day = low.price_day(product.price_date) if rate.dated else None
    place = dated(low, (start for start, _ in rate.lists), day)
    never = rate.lists[0][0] is not None
    if any(isinstance(form, (Upto, Steps)) for form in forms):
        if len(forms) != 1 or not rest.whole or scale != 1:
            raise NotCompiledError("dated rows, rows after a partial cover, or rows of parts of a unit")
        return attrs.evolve(_by_size(low, rate, forms[0], rest, place, never, unit), place=place)
    cell, ok = without_holes(low, _cell(low, rate, forms, place, never))
    return attrs.evolve(_per(low, product, rate, rest, unit, scale, cell, ok), place=place)


def _fine(form: Form) -> bool:
    """Whether a price is a part of a minor unit."""
    prices: list[object] = [form.minor] if isinstance(form, Price) else []
    prices += form.cells.values() if isinstance(form, Grid) else []
    prices += [row.price for row in form.rows] if isinstance(form, Upto) else []
    return any(isinstance(price, Fraction) for price in prices)


def _cell(low: Lowering, rate: Rate, forms: Sequence[Form], place: Expr, never: bool) -> TableLookup:
    if all(isinstance(form, (Price, Refuse)) for form in forms):
        if any(isinstance(form, Price) and form.in_units for form in forms):
            raise NotCompiledError("units that are not money")
        minors = [form.minor if isinstance(form, Price) else None for form in forms]
        values = [_NO_PRICE if minor is None else int(minor) for minor in minors]
        return TableLookup((_NO_PRICE, *values) if never else tuple(values), place)
    if all(isinstance(form, (Grid, Refuse)) for form in forms):
        return cells(low, [form if isinstance(form, Grid) else None for form in forms], place, never, rate.by)
    raise NotCompiledError("a form of price that is asked of the phases")


def without_holes(low: Lowering, found: TableLookup) -> tuple[Expr, Expr]:
    """The price of a cell, 0 in a hole, and whether it is none."""
    if min(found.table) >= 0:
        return low.let("cell", found), lift(1)
    index = low.once(f"at {found.index!r}", lambda: found.index)
    cell = low.let("cell", TableLookup(tuple(max(0, price) for price in found.table), index))
    known = tuple(int(price >= 0) for price in found.table)
    return cell, low.once(f"known {known} {index!r}", lambda: TableLookup(known, index))


def cells(
    low: Lowering, grids: Sequence[Grid | None], place: Expr, never: bool, by: tuple[str, ...] = ()
) -> TableLookup:
    """One table for all dated grids; a hole is -1."""
    axes = by or next(grid.by for grid in grids if grid is not None)
    # nothing may fit a derived axis; a fact always has one of its values
    values = [(*axis_values(low.parts, axis), *([None] if axis in low.parts.derived else [])) for axis in axes]
    rows: list[int] = [_NO_PRICE] * prod(map(len, values)) if never else []
    for grid in grids:
        names = combinations(*values)
        rows += [_NO_PRICE if grid is None or None in key else int(grid.cells.get(key, _NO_PRICE)) for key in names]  # type: ignore[arg-type]
    if len(rows) > 100_000:
        raise NotCompiledError("a very large grid")

    def index() -> Expr:
        at: Expr = place
        for axis, one in zip(axes, values, strict=True):
            at = at * len(one) + low.axis(axis)
        return at

    return TableLookup(tuple(rows), low.once(f"index {axes} {place!r}", index))


def _per(
    low: Lowering, product: Product, rate: Rate, rest: Rest, unit: str, scale: Fraction, cell: Expr, ok: Expr
) -> CompiledRate:
    per = rate.per
    if per is None:
        if not rest.whole and unit != PIECE:
            raise NotCompiledError("a price of the whole after a partial cover")
        n = rest.stays if rest.whole else rest.total
        return CompiledRate(rate, cell * n, 1, n, cell, ok, PIECE)
    if per.first is not None:
        raise NotCompiledError("a first unit of its own")
    if per.minutes is not None:
        return _length(rate, rest, unit, cell, ok, per.minutes, per.started)
    if product.measure is not None and per.unit == unit:
        if per.started:
            raise NotCompiledError("begun units of a measure")
        number = cell * rest.total * scale.numerator
        return CompiledRate(rate, number, scale.denominator, rest.total, cell, ok, per.unit, scale)
    if not rest.whole and unit != PIECE:
        raise NotCompiledError("a price by count after a partial cover")
    stays = rest.stays if rest.whole else rest.total
    for name in (per.unit, per.unit + "s"):
        if low.parts.facts.get(name) in NUMBERS:
            if per.started:
                raise NotCompiledError("begun units of a fact")
            n = low.let("units", low.numeric(name) * stays)
            return CompiledRate(rate, cell * n, 1, n, cell, ok, per.unit)
    if per.started:
        raise NotCompiledError("begun units that nobody counts")
    return CompiledRate(rate, cell * stays, 1, stays, cell, ok, per.unit, pieces=per.unit in STAYS)


def _length(rate: Rate, rest: Rest, unit: str, cell: Expr, ok: Expr, minutes: int, started: bool) -> CompiledRate:
    if unit != MINUTE:
        raise NotCompiledError("a length of what is not counted in minutes")
    if started:
        if not rest.whole:
            raise NotCompiledError("begun lengths after a partial cover")
        n = (rest.size + (minutes - 1)) // minutes * rest.stays
        return CompiledRate(rate, cell * n, 1, n, cell, ok, rate.per.unit if rate.per else "")
    return CompiledRate(rate, cell * rest.total, minutes, rest.total, cell, ok, MINUTE, prints=minutes == 1)


def _by_size(low: Lowering, rate: Rate, form: Form, rest: Rest, place: Expr, never: bool, unit: str) -> CompiledRate:
    ok: Expr = lift(0) < place if never else lift(1)
    if isinstance(form, Steps):
        if form.rows[0].size[1] != (unit == MINUTE) or any(row.price is None for row in form.rows) or unit == PIECE:
            raise NotCompiledError("steps of pieces, or without prices")
        steps = [PriceStep(row.size[0], row.price or 0) for row in form.rows]
        known = table(steps, form.combination, MOST_STEPS)  # type: ignore[arg-type]
        rows = tuple(_NO_PRICE if value is None else value for value in known)
        cell = low.let("cell", TableLookup(rows, minimum(rest.size, MOST_STEPS)))
        ok = ok & (rest.size <= MOST_STEPS) & (lift(0) <= cell)
        return CompiledRate(rate, maximum(0, cell) * rest.stays, 1, rest.stays, cell, ok, PIECE, prints=False)
    assert isinstance(form, Upto)
    if form.of or unit == PIECE:
        raise NotCompiledError("rows by a number")
    timed = any(row.upto and row.upto[1] for row in form.rows)
    if timed != (unit == MINUTE) and len(form.rows) > 1:
        raise NotCompiledError("rows by length of what is not counted in minutes")
    den = lcm(*(1 if row.started or not row.per else span(row.per) or 1 for row in form.rows))
    cases: list[tuple[Expr, Expr]] = []
    for row in form.rows:
        if row.refuse:
            worth, fine = lift(0), lift(0)
        else:
            worth, fine = _row(int(row.price or 0), row.per, row.started, rest, den, unit), lift(1)
        inside = lift(1) if row.upto is None else rest.size <= row.upto[0]
        ok = ok & reduce(or_, (before for before, _ in cases), fine | ~inside)
        cases.append((inside, worth))
    one = low.let("cell", first(cases, 0))
    return CompiledRate(rate, one * rest.stays, den, rest.stays, when(one % den <= 0, one // den, _NO_PRICE), ok, PIECE)


def _row(price: int, per: str, started: bool, rest: Rest, den: int, unit: str) -> Expr:
    minutes = span(per) if per else None
    if not per:
        return lift(price * den)
    if minutes is None:
        if per != unit:
            raise NotCompiledError("rows by a number")
        return rest.size * (price * den)
    if unit != MINUTE:
        raise NotCompiledError("a length of what is not counted in minutes")
    if started:
        return (rest.size + (minutes - 1)) // minutes * (price * den)
    return rest.size * (price * (den // minutes))
