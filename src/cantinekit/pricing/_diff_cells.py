"""The prices of a rate one by one, each with what it is for, so that two tariffs can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import partial

from cantinekit.money import Money
from cantinekit.pricing.format.kinds import show_percent, show_span
from cantinekit.pricing.format.prices import show_price
from cantinekit.pricing.model import forms
from cantinekit.pricing.model.rules import Rate

Cells = Mapping[str, Money | str]
"""Prices by what they are for; a text where there is no amount."""


def cells_on(rate: Rate | None, day: date, currency: str) -> Cells:
    """The prices that are in force on a day."""
    if rate is None:
        return {}
    held = [form for since, form in rate.lists if (since or date.min) <= day]
    found = dict(_cells(held[-1], currency)) if held else {}
    for name, minor in (("flat", rate.flat), ("first", rate.per.first_price if rate.per else None)):
        if minor is not None and held:
            found[name] = Money(minor, currency)
    return found


def _upto_label(row: forms.BracketRow, rows: int) -> str:
    label = f"up to {_size(row.upto)}" if row.upto else "beyond" if rows > 1 else ""
    return label + (f" per {row.per}" if row.per else "") + (" begun" if row.started else "")


def _money(currency: str, minor: int | Fraction | None) -> Money | str:
    if isinstance(minor, Fraction):
        return show_price(minor, currency)
    return "not published" if minor is None else Money(minor, currency)


def _cells(form: forms.Form, currency: str) -> Iterator[tuple[str, Money | str]]:
    """The prices of a form by what they are for."""
    money = partial(_money, currency)
    if isinstance(form, forms.Price):
        if form.minor is not None:
            yield "", money(form.minor)
        yield from ((f"in {unit}", f"{number} {unit}") for unit, number in form.in_units)
    elif isinstance(form, forms.Refuse):
        yield "", f"refused {form.code}" + "".join(f", {money(bound)}" for bound in form.bounds if bound is not None)
    elif isinstance(form, (forms.Grid, forms.Sets)):
        yield from ((", ".join(cell), money(minor)) for cell, minor in sorted(form.cells.items()))
    elif isinstance(form, forms.Upto):
        for row in form.rows:
            yield _upto_label(row, len(form.rows)), f"refused {row.refuse}" if row.refuse else money(row.price)
    elif isinstance(form, forms.Steps):
        yield from ((_size(row.size), money(row.price)) for row in form.rows)
    elif isinstance(form, forms.Tiers):
        for tier in form.rows:
            yield f"up to {tier.upto}" if tier.upto else "further", tier.column or money(tier.price)
        yield from _cells(form.grid, currency) if form.grid else ()
    elif isinstance(form, forms.Offered):
        yield from (("at least", money(form.at_least)), ("suggestion", money(form.suggestion)))
    elif isinstance(form, forms.AmountShare):
        yield f"of {form.of}", show_percent(form.share)


def _size(size: tuple[int, bool]) -> str:
    return show_span(size[0]) if size[1] else str(size[0])
