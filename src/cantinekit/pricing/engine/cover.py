"""The cover phase: which lots of which account cover how much and why those, and what is free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.engine.ask import MINUTE, PIECE, Ask, incomplete
from cantinekit.pricing.engine.lines import plain
from cantinekit.pricing.engine.measure import Measured, StayGroup
from cantinekit.pricing.model.conditions import IsOneOf, atoms_of
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Cover
from cantinekit.pricing.quote import Use
from cantinekit.pricing.values import FrozenMap, Lot

NO_BEGINNINGS: Mapping[str, datetime] = FrozenMap()


@attrs.frozen
class Covered:
    """The result of one source: the uses, what is left to price, and the reasons for the trace."""

    uses: tuple[Use, ...]
    rest: tuple[StayGroup, ...]
    why: str
    values: dict[str, Any]
    taken: int


def _units(group: StayGroup, cover: Cover, measured: Measured) -> int:
    """How many units of the account one stay of the group takes."""
    if is_counted(cover, measured):
        return group.size * cover.takes
    if not cover.minutes:
        return cover.takes
    minutes = group.size if measured.unit == MINUTE else group.ask.minutes()
    return -(-minutes // cover.minutes) * cover.takes


def _whole(cover: Cover, measured: Measured) -> bool:
    """Whether a unit covers one whole stay, with all the parts that it was cut into."""
    return measured.split and not cover.minutes and (cover.unit != measured.unit or measured.unit == PIECE)


def _by_stay(cover: Cover, measured: Measured) -> bool:
    """Whether begun lengths are those of the stay, and not of each part that it was cut into."""
    return measured.split and bool(cover.minutes) and len({group.n for group in measured.groups}) == 1


def _begun(cover: Cover, measured: Measured) -> int:
    """How many begun lengths one stay has, with all its parts."""
    minutes = sum(group.size if measured.unit == MINUTE else group.ask.minutes() for group in measured.groups)
    return -(-minutes // (cover.minutes or 1))


def _needed(cover: Cover, measured: Measured) -> int:
    if _whole(cover, measured):
        return measured.stays * cover.takes
    if _by_stay(cover, measured):
        return measured.groups[0].n * _begun(cover, measured) * cover.takes
    return sum(group.n * _units(group, cover, measured) for group in measured.groups)


def parts_for(cover: Cover, measured: Measured, ask: Ask) -> tuple[Measured | None, tuple[StayGroup, ...]]:
    """What the cover bears on, ``None`` where its condition does not hold, and the parts for which it does not.

    A condition about the band holds of parts; everything else is asked of the whole stay.
    """
    if not measured.split or all(atom.name != "band" for atom in atoms_of(IsOneOf, cover.when)):
        return (measured if ask.holds(cover.when) else None), ()
    if not measured.groups:
        return measured, ()
    mine = [group for group in measured.groups if attrs.evolve(ask, band=group.ask.band).holds(cover.when)]
    others = tuple(group for group in measured.groups if group not in mine)
    return (attrs.evolve(measured, groups=tuple(mine)) if mine else None), others


def together(parts: Sequence[StayGroup], others: Sequence[StayGroup], before: Measured) -> Measured:
    """What is left of some parts and the others, in the order in which they were."""
    places = {group.ask.band: place for place, group in enumerate(before.groups)}
    left = sorted((*parts, *others), key=lambda group: places[group.ask.band])
    return attrs.evolve(before, groups=tuple(left))


def is_counted(cover: Cover, measured: Measured) -> bool:
    """Whether the account counts what the measure counts, and not lengths of time or stays."""
    return not cover.minutes and cover.unit == measured.unit


def part_of(parts: Parts, product: Product, cover: Cover) -> Fraction:
    """What one unit that a cover counts is worth in the words of the tariff."""
    if not cover.free:
        return parts.smallest.get(cover.account, Fraction(1))
    rule = product.measure
    if rule is None or not rule.fact or cover.minutes or cover.unit != rule.unit:
        return Fraction(1)
    return rule.smallest or Fraction(1)


def taken_before(cover: Cover, measured: Measured, before: int) -> tuple[int, int]:
    """How many of the units that were taken in the scope cover a part of the whole, and how many more are needed."""
    needed = _needed(cover, measured)
    again = min(before, needed)
    return again, needed - again


def still_covered(cover: Cover, measured: Measured, before: int) -> Measured:
    """The whole without what was covered in the scope before, where the cover takes nothing more."""
    again, _ = taken_before(cover, measured, before)
    return attrs.evolve(measured, groups=_rest(cover, measured, again)) if again else measured


def cover_free(cover: Cover, measured: Measured, left: int | None, before: int = 0) -> Covered:
    """The free part: all of it, or as much as is left of an allowance after what was free in the scope ``before``."""
    again, needed = taken_before(cover, measured, before)
    may = needed if left is None else left
    taken = min(needed, may) if cover.in_part or may >= needed else 0
    taken -= taken % cover.takes
    why = why_free(needed, taken, left)
    part = measured.scale if is_counted(cover, measured) else Fraction(1)
    values: dict[str, Any] = {"account": cover.label, "unit": cover.unit, "free": left}
    values |= {"needed": plain(needed * part), "units": plain(taken * part)}
    return Covered((), _rest(cover, measured, again + taken), why, values, taken)


def why_free(needed: int, taken: int, left: int | None) -> str:
    """The code of what became of an allowance."""
    if not needed:
        return "nothing_to_cover"
    if taken:
        return "free" if taken == needed else "partly_free"
    return "too_few_free" if left else "used_up"


def why_covered(needed: int, taken: int, left: int, limit: int | None, *, any_lot: bool) -> str:
    """The code of what became of an account."""
    limited = limit is not None and limit < min(needed, left)
    if taken:
        return "covered" if taken == needed else "partly_limited" if limited else "partly_covered"
    if not needed:
        return "nothing_to_cover"
    if limited:
        return "limited"
    return "too_few" if left else "nothing_left" if any_lot else "no_lot"


def lots_of(cover: Cover, lots: Iterable[Lot]) -> list[Lot]:
    """The lots of the account, in the order of use."""
    return sorted((lot for lot in lots if lot.account == cover.account), key=lambda lot: rank_of(lot, cover))


def cover_with(
    cover: Cover,
    measured: Measured,
    lots: Mapping[str, Lot],
    ask: Ask,
    limit: int | None = None,
    begins: Mapping[str, datetime] = NO_BEGINNINGS,
    before: int = 0,
) -> Covered:
    """Cover as much as the account can: a part of it only where the tariff says so.

    ``begins`` says when lots begin that are bought in the same order; ``before`` units were taken in the scope.
    """
    again, needed = taken_before(cover, measured, before)
    moment = ask.moment
    mine = lots_of(cover, lots.values())
    sold = None if cover.bought_later else ask.item.sold
    states = states_of(mine, moment, begins, sold)
    left = sum(lot.left for lot in mine if states[lot.id] == "usable")
    may = left if limit is None else min(left, limit)
    taken = min(needed, may) if cover.in_part or may >= needed else 0
    taken -= taken % cover.takes
    part = ask.parts.smallest.get(cover.account, Fraction(1))
    uses, notes = take(cover, mine, taken, states, ask.id, part)
    why = why_covered(needed, taken, left, limit, any_lot=bool(mine))
    counts = {"needed": needed, "left": left, "units": taken} | ({} if limit is None else {"limit": limit})
    values: dict[str, Any] = {"account": cover.account, "unit": cover.unit}
    values |= {name: plain(count * part) for name, count in counts.items()}
    values |= {} if part == 1 else {"part": plain(part)}
    rest = _rest(cover, measured, again + taken)
    return Covered(tuple(uses), rest, why, values | {"lots": tuple(notes)}, taken)


def rank_of(lot: Lot, cover: Cover) -> Any:
    """The place of a lot in the order in which a cover uses them."""
    return (lot.priority, lot.bought, lot.id) if cover.order == "oldest first" else lot.rank


def states_of(
    lots: Iterable[Lot],
    moment: datetime | None,
    begins: Mapping[str, datetime] = NO_BEGINNINGS,
    sold: datetime | None = None,
) -> dict[str, str]:
    """Which lots are usable, and why the others are not, by their ids."""
    return {lot.id: _state(lot, moment, begins, sold) for lot in lots}


def _state(lot: Lot, moment: datetime | None, begins: Mapping[str, datetime], sold: datetime | None) -> str:
    if lot.expires is not None or lot.id in begins:
        if moment is None and not lot.left:
            return "empty"
        if moment is None:
            raise incomplete("day")
        if lot.expires is not None and lot.expires <= moment:
            return "expired"
        if lot.id in begins and moment < begins[lot.id]:
            return "not_yet"
    if sold is not None and lot.bought > sold:
        return "bought_later"
    return "usable" if lot.left else "empty"


def take(
    cover: Cover,
    mine: Sequence[Lot],
    taken: int,
    states: Mapping[str, str],
    id: str,
    part: Fraction,
) -> tuple[list[Use], list[FrozenMap[Any]]]:
    """So many units of the lots in their order: what is used, and what became of each lot.

    Units are the smallest ones of the account; ``part`` is what one is worth in the words of the tariff; ``states``
    says which of the lots can be used.
    """
    uses: list[Use] = []
    notes: list[FrozenMap[Any]] = []
    usable = [lot for lot in mine if states[lot.id] == "usable"]
    rest, place = taken, 0
    for lot in mine:
        state = states[lot.id]
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
                uses.append(Use(lot.id, cover.account, units, id, state, lot.value))
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


def _rest(cover: Cover, measured: Measured, taken: int) -> tuple[StayGroup, ...]:
    """What the units do not cover; of one stay perhaps a part, where units and sizes count the same thing."""
    left: list[StayGroup] = []
    if _whole(cover, measured):
        free = dict.fromkeys((group.ask.band for group in measured.groups), taken // cover.takes)
        for group in measured.groups:
            whole = min(group.n, free[group.ask.band])
            free[group.ask.band] -= whole
            if whole < group.n:
                left.append(attrs.evolve(group, n=group.n - whole))
        return tuple(left)
    if _by_stay(cover, measured):
        return _rest_by_stay(cover, measured, taken // cover.takes)
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


def _rest_by_stay(cover: Cover, measured: Measured, taken: int) -> tuple[StayGroup, ...]:
    """What a number of lengths leaves of stays that are cut: whole stays are covered first, then the parts of one, in
    order.
    """
    whole, over = divmod(taken, max(1, _begun(cover, measured)))
    minutes = over * (cover.minutes or 1) if measured.unit == MINUTE else 0
    left: list[StayGroup] = []
    for group in measured.groups:
        n = group.n - whole
        part = min(group.size, minutes) if n > 0 else 0
        if part:
            minutes, n = minutes - part, n - 1
            if part < group.size:
                left.append(attrs.evolve(group, size=group.size - part, n=1))
        if n > 0:
            left.append(attrs.evolve(group, n=n))
    return tuple(left)
