"""The cover phase: which lots of which account cover how much and why those, and what is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing._quote import Use
from cantinekit.pricing._values import FrozenMap, Lot
from cantinekit.pricing.engine._ask import MINUTE, Ask, incomplete
from cantinekit.pricing.engine._lines import plain
from cantinekit.pricing.engine._measure import Group, Measured
from cantinekit.pricing.model._rules import Cover


@attrs.frozen
class Covered:
    """What one source did: the uses, what is left to price, and the reasons for the trace."""

    uses: tuple[Use, ...]
    rest: tuple[Group, ...]
    why: str
    values: dict[str, Any]
    taken: int


def _units(group: Group, cover: Cover, measured: Measured) -> int:
    """How many units of the account one stay of the group takes."""
    if is_counted(cover, measured):
        return group.size * cover.takes
    if not cover.minutes:
        return cover.takes
    minutes = group.size if measured.unit == MINUTE else group.ask.minutes()
    return -(-minutes // cover.minutes) * cover.takes


def _needed(cover: Cover, measured: Measured) -> int:
    return sum(group.n * _units(group, cover, measured) for group in measured.groups)


def is_counted(cover: Cover, measured: Measured) -> bool:
    """Whether the account counts what the measure counts, and not lengths of time or stays."""
    return not cover.minutes and cover.unit == measured.unit


def cover_free(cover: Cover, measured: Measured, left: int | None) -> Covered:
    """What is free: all of it, or as much as is left of an allowance."""
    needed = _needed(cover, measured)
    taken = needed if left is None else min(needed, left)
    taken -= taken % cover.takes
    why = "nothing_to_cover" if not needed else "free" if taken == needed else "partly_free" if taken else "used_up"
    part = measured.scale if is_counted(cover, measured) else Fraction(1)
    values: dict[str, Any] = {"account": cover.label, "unit": cover.unit, "free": left}
    values |= {"needed": plain(needed * part), "units": plain(taken * part)}
    return Covered((), _rest(cover, measured, taken), why, values, taken)


def cover_with(
    cover: Cover, measured: Measured, lots: Mapping[str, Lot], ask: Ask, limit: int | None = None
) -> Covered:
    """Cover as much as the account can: a part of it only where the tariff says ``partial``."""
    needed = _needed(cover, measured)
    mine = sorted((lot for lot in lots.values() if lot.account == cover.account), key=lambda lot: rank_of(lot, cover))
    usable = [lot for lot in mine if _state(lot, ask) == "usable"]
    left = sum(lot.left for lot in usable)
    may = left if limit is None else min(left, limit)
    taken = min(needed, may) if cover.partial or may >= needed else 0
    taken -= taken % cover.takes
    uses, notes = _take(cover, mine, usable, taken, ask)
    if taken:
        why = "covered" if taken == needed else "partly_covered"
    elif not needed:
        why = "nothing_to_cover"
    elif limit is not None and limit < needed <= left:
        why = "limited"
    else:
        why = "too_few" if left else "nothing_left" if mine else "no_lot"
    part = ask.parts.smallest.get(cover.account, Fraction(1))
    counts = {"needed": needed, "left": left, "units": taken} | ({} if limit is None else {"limit": limit})
    values: dict[str, Any] = {"account": cover.account, "unit": cover.unit}
    values |= {name: plain(count * part) for name, count in counts.items()}
    values |= {} if part == 1 else {"part": plain(part)}
    return Covered(tuple(uses), _rest(cover, measured, taken), why, values | {"lots": tuple(notes)}, taken)


def rank_of(lot: Lot, cover: Cover) -> Any:
    """The place of a lot in the order in which a cover uses them."""
    return (lot.priority, lot.bought, lot.id) if cover.order == "oldest first" else lot.rank


def _state(lot: Lot, ask: Ask) -> str:
    if lot.expires is not None:
        if ask.moment is None and not lot.left:
            return "empty"
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
    rest, place, part = taken, 0, ask.parts.smallest.get(cover.account, Fraction(1))
    for lot in mine:
        state = _state(lot, ask)
        note: dict[str, Any] = {"lot": lot.id, "left": plain(lot.left * part), "units": 0}
        if state == "usable":
            place += 1
            units = min(rest, lot.left)
            following = usable[place] if place < len(usable) else None
            state = first_because(lot, following, cover) if units else "not_needed"
            if not taken:
                state = "too_few"
            if units:
                rest -= units
                note["units"] = plain(units * part)
                uses.append(Use(lot.id, cover.account, units, ask.id, state, lot.value))
        notes.append(FrozenMap(note | {"why": state}))
    return uses, notes


def first_because(lot: Lot, later: Lot | None, cover: Cover) -> str:
    """Why a lot comes before the next one that could be used."""
    if later is None:
        return "last_usable"
    if lot.priority != later.priority:
        return "priority"
    if lot.expires != later.expires and cover.order != "oldest first":
        return "expires_first"
    return "bought_first" if lot.bought != later.bought else "id"


def _rest(cover: Cover, measured: Measured, taken: int) -> tuple[Group, ...]:
    """What the units do not cover; of one stay perhaps a part, where units and sizes count the same thing."""
    left: list[Group] = []
    divides = is_counted(cover, measured) or (cover.minutes is not None and measured.unit == MINUTE)
    for group in measured.groups:
        units = _units(group, cover, measured)
        whole = group.n if not units else min(group.n, taken // units)
        taken -= whole * units
        if taken and whole < group.n and divides:
            part = taken // cover.takes * (cover.minutes or 1)
            left.append(attrs.evolve(group, size=group.size - part, n=1))
            whole, taken = whole + 1, 0
        if whole < group.n:
            left.append(attrs.evolve(group, n=group.n - whole))
    return tuple(left)
