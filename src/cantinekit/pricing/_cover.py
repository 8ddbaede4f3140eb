"""The cover phase: which lots of which account cover how much, and why those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cantinekit.pricing._ask import Ask, Groups, incomplete
from cantinekit.pricing._model import Cover, Product
from cantinekit.pricing._quote import Use
from cantinekit.pricing._values import FrozenMap, Lot


@attrs.frozen
class Covered:
    """What one account did: the uses, what is left to price, and the reasons for the trace."""

    uses: tuple[Use, ...]
    rest: Groups
    why: str
    values: dict[str, Any]


def _units(size: int, cover: Cover, measured: bool) -> int:
    """How many units of the account one stay of this size takes."""
    if measured:
        return size
    return -(-size // cover.minutes) if cover.minutes else 1


def cover_with(cover: Cover, product: Product, groups: Groups, lots: Mapping[str, Lot], ask: Ask) -> Covered:
    """Cover as much as the account can: a part of it only where the tariff says ``partial``."""
    measured = product.measure is not None and product.measure.every is not None
    needed = sum(n * _units(size, cover, measured) for size, n in groups)
    mine = sorted((lot for lot in lots.values() if lot.account == cover.account), key=lambda lot: lot.rank)
    usable = [lot for lot in mine if _state(lot, ask) == "usable"]
    left = sum(lot.left for lot in usable)
    taken = min(needed, left) if cover.partial or left >= needed else 0
    uses, notes = _take(cover, mine, usable, taken, ask)
    if taken:
        why = "covered" if taken == needed else "partly_covered"
    elif not needed:
        why = "nothing_to_cover"
    else:
        why = "too_few" if left else "nothing_left" if mine else "no_lot"
    values = {"account": cover.account, "unit": cover.unit, "needed": needed, "left": left, "units": taken}
    return Covered(tuple(uses), _rest(groups, cover, measured, taken), why, values | {"lots": tuple(notes)})


def _state(lot: Lot, ask: Ask) -> str:
    if lot.expires is not None:
        if ask.moment is None:
            raise incomplete("day")
        if lot.expires <= ask.moment:
            return "expired"
    return "usable" if lot.left else "empty"


def _take(
    cover: Cover, mine: Sequence[Lot], usable: Sequence[Lot], taken: int, ask: Ask
) -> tuple[list[Use], list[FrozenMap[Any]]]:
    uses: list[Use] = []
    notes: list[FrozenMap[Any]] = []
    rest, place = taken, 0
    for lot in mine:
        state = _state(lot, ask)
        note: dict[str, Any] = {"lot": lot.id, "left": lot.left, "units": 0}
        if state == "usable":
            place += 1
            units = min(rest, lot.left)
            state = _first_because(lot, usable[place] if place < len(usable) else None) if units else "not_needed"
            if not taken:
                state = "too_few"
            if units:
                rest -= units
                note["units"] = units
                uses.append(Use(lot.id, cover.account, units, ask.id, state))
        notes.append(FrozenMap(note | {"why": state}))
    return uses, notes


def _first_because(lot: Lot, later: Lot | None) -> str:
    """Why a lot comes before the next one that could be used."""
    if later is None:
        return "last_usable"
    if lot.priority != later.priority:
        return "priority"
    if lot.expires != later.expires:
        return "expires_first"
    return "bought_first" if lot.bought != later.bought else "id"


def _rest(groups: Groups, cover: Cover, measured: bool, taken: int) -> Groups:
    """What the units do not cover; of one stay perhaps a part."""
    left: list[tuple[int, int]] = []
    for size, n in groups:
        units = _units(size, cover, measured)
        whole = min(n, taken // units)
        taken -= whole * units
        if taken and whole < n:
            left.append((size - taken * (cover.minutes or 1), 1))
            whole, taken = whole + 1, 0
        if whole < n:
            left.append((size, n - whole))
    return tuple(left)
