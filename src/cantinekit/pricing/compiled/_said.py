"""The reasons for each possible result of a rule, from the numbers that a program returns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from cantinekit.money import Money
from cantinekit.pricing.combine import PriceStep, combine
from cantinekit.pricing.compiled._prices import CompiledRate
from cantinekit.pricing.compiled._writer import AmountTexts, Quantities
from cantinekit.pricing.engine.adjust import show_rate
from cantinekit.pricing.engine.cover import lots_of, states_of, take, why_covered, why_free
from cantinekit.pricing.format.kinds import show_span
from cantinekit.pricing.model.forms import Steps
from cantinekit.pricing.model.rules import Adjust, Cover
from cantinekit.pricing.quote import plain
from cantinekit.pricing.values import Lot

_WHYS = {"percent": "percent", "free": "free_of_charge", "round": "rounded", "add": "added", "replace": "replaced"}


@attrs.frozen
class AllowanceSaid:
    """What is said of an allowance."""

    cover: Cover
    shown: Quantities
    """Units in the words of the tariff."""

    def __call__(self, _: int, __: int, needed: int, taken: int, left: int | None) -> dict[str, Any]:
        label, unit = self.cover.label, self.cover.unit
        used = {"needed": self.shown[needed], "unit": unit, "units": self.shown[taken]}
        return {"account": label, "free": left, **used}

    def why(self, _: int, __: int, needed: int, taken: int, left: int | None) -> str:
        return why_free(needed, taken, left)


@attrs.frozen
class Account:
    """What is said of an account and of its lots."""

    cover: Cover
    shown: Quantities
    """Units in the words of the tariff."""

    def __call__(
        self, _: int, __: int, needed: int, taken: int, left: int, limit: int | None, notes: Any
    ) -> dict[str, Any]:
        shown = self.shown
        values = {"account": self.cover.account, "left": shown[left]}
        if limit is not None:
            values["limit"] = shown[limit]
        values["lots"] = notes
        values["needed"] = shown[needed]
        if shown.scale != 1:
            values["part"] = shown[1]
        values["unit"] = self.cover.unit
        values["units"] = shown[taken]
        return values

    def why(self, _: int, __: int, needed: int, taken: int, left: int, limit: int | None, notes: Any) -> str:
        return why_covered(needed, taken, left, limit, any_lot=bool(notes))


@attrs.frozen
class Cell:
    """What is said of a price: the quantity, the printed price, its cell and since when the list is in force."""

    priced: CompiledRate
    texts: AmountTexts
    axes: tuple[tuple[str, ...], ...]
    quantities: Quantities = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "quantities", Quantities(self.priced.scale, shown=True))

    def __call__(self, _: int, after: int, quantity: int, printed: int, place: int, *cell: int) -> dict[str, Any]:
        priced, rate = self.priced, self.priced.rate
        shown = quantity if priced.scale == 1 else self.quantities[quantity]
        values: dict[str, Any] = {"quantity": shown, "unit": priced.unit, "amount": self.texts[after]}
        values["printed"] = self.texts[printed] if priced.prints and printed >= 0 else ""
        since = rate.lists[place - (rate.lists[0][0] is not None)][0]
        values |= {"since": since.isoformat()} if since else {}
        form = rate.lists[0][1]
        if isinstance(form, Steps):
            values |= {"steps": _used(form, *cell), "combination": form.combination}
        elif cell:
            values["cell"] = ", ".join(names[number] for names, number in zip(self.axes, cell, strict=True))
        return dict(sorted(values.items()))


@attrs.frozen
class Adjusted:
    """What is said of an adjustment that was carried out."""

    rule: Adjust
    texts: AmountTexts

    def __call__(self, _: int, __: int, *numbers: Any) -> dict[str, Any]:
        rule, value = self.rule, self.rule.lists[0][1]
        if rule.kind == "percent":
            return {"percent": show_rate(value)}
        if rule.kind == "round":
            return {"step": str(Money(value, self.texts.currency))}
        if rule.kind == "free":
            return {}
        limit = self.texts[numbers[0]]
        if rule.kind == "at_most" and rule.same:
            _, used, key = numbers
            return {"limit": limit, "meter": key or "", "period": rule.period or "", "used": self.texts[used]}
        return {"add" if rule.kind == "add" else "limit": limit}

    def why(self, before: int, after: int, *numbers: Any) -> str:
        if self.rule.kind == "at_least":
            return "raised" if after > before else "above"
        if self.rule.kind == "at_most":
            end = "_item" if not self.rule.same else "" if numbers[2] else "_alone"
            return ("capped" if after < before else "within") + end
        return _WHYS[self.rule.kind]


def _used(form: Steps, size: int, stays: int) -> str:
    """The sizes that were put together."""
    found = combine([PriceStep(row.size[0], row.price or 0) for row in form.rows], size, form.combination)  # type: ignore[arg-type]
    assert found is not None
    timed = form.rows[0].size[1]
    used = [show_span(step.size) if timed else str(step.size) for step in found.steps] * stays
    return "+".join(used[:50])


def notes_of(
    cover: Cover, lots: tuple[Lot, ...], taken: int, moment: datetime | None, shown: Quantities
) -> tuple[Any, ...]:
    """What became of each lot of the account."""
    mine = lots_of(cover, lots)
    return tuple(take(cover, mine, taken, states_of(mine, moment), "", shown.scale)[1])


def notes_as_data(
    cover: Cover, lots: tuple[Lot, ...], taken: int, moment: datetime | None, shown: Quantities
) -> list[Any]:
    """The same as data; of one lot that does not expire without looking further."""
    lot = lots[0]
    if len(lots) == 1 and lot.account == cover.account and lot.expires is None:
        state = "empty" if not lot.left else "last_usable" if taken else "too_few"
        return [{"left": shown[lot.left], "lot": lot.id, "units": shown[taken], "why": state}]
    found: list[Any] = plain(notes_of(cover, lots, taken, moment, shown))
    return found
