"""The answer to a question about free spaces: by the same rules as a booking, for many spaces at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

import attrs

from cantinekit.clock import Period, day_bounds, local, widened
from cantinekit.domain.spaces.terms import Terms
from cantinekit.scheduling.availability._index import BusyIndex, free_of
from cantinekit.scheduling.availability._search import Opened, Search, SpaceGroup
from cantinekit.scheduling.availability.question import (
    Availability,
    Bookable,
    Filter,
    InBuffer,
    IsFull,
    LacksFeature,
    Miss,
    NotYours,
    OneUnit,
    OutsideSlots,
    Question,
    Reason,
    Slot,
    TooSmall,
)
from cantinekit.scheduling.availability.rules import proposals, roomy, unfit
from cantinekit.scheduling.availability.slots import may_be_days, whole_days

_SCREENS = 128
_LOOKS = 8
"""How many of the spaces that are taken are looked at for near misses, the smallest that does first."""
_Key = tuple[Filter, frozenset[str], frozenset[str], timedelta, int, Period | None]


@attrs.frozen
class _Screen:
    groups: tuple[SpaceGroup, ...]
    reasons: dict[str, Reason]
    small: tuple[str, ...]
    """What is too small only, the largest first."""


class Bookables:
    """Spaces that can be asked about. It never changes, and caches what it has computed about a filter.

    Args:
        bookables: the spaces; of two with one id the later one counts.
    """

    def __init__(self, bookables: Iterable[Bookable]) -> None:
        ordered = sorted(bookables, key=lambda one: (one.space.seats, one.space.id))
        self._all = {one.space.id: one for one in ordered}
        self._place = {space_id: place for place, space_id in enumerate(self._all)}
        self._screens: dict[_Key, _Screen] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, space_id: str) -> Bookable:
        return self._all[space_id]

    @property
    def leaves(self) -> tuple[str, ...]:
        """The undivided spaces that all of them are made of."""
        return tuple(dict.fromkeys(leaf for one in self._all.values() for leaf in one.space.leaves))

    def ask(self, question: Question, index: BusyIndex, now: datetime) -> Availability:
        """The free times that a question asks for, and why there are no others, as of an instant.

        Args:
            question: what is asked for.
            index: what is taken.
            now: the instant of the question.

        Raises:
            NotFoundError: a leaf of one of the spaces is not in the index.
        """
        screen = self._screen(question)
        taken, found, opened, undecided = dict[str, Reason](), dict[str, Period](), Opened(), 0
        for group in screen.groups:
            search = Search(self._all, question, index, group, now, opened)
            search.into(found, taken)
            undecided += search.undecided
        order = self._place
        slots = sorted(found.items(), key=lambda slot: (slot[1].start, order[slot[0]]))
        free = tuple(Slot(space_id, period) for space_id, period in islice(slots, question.limit))
        misses = self._misses(question, index, now, taken, screen.small, opened) if question.near else ()
        return Availability(free, {**screen.reasons, **taken}, misses, len(found) - len(free) + undecided)

    # --- what rules a space out by itself --------------------------------------------------------------------------

    def _screen(self, question: Question) -> _Screen:
        key = (
            question.filter,
            question.groups,
            question.trainings,
            question.wanted,
            question.units,
            _day_asked(question),
        )
        found = self._screens.get(key)
        if found is None:
            if len(self._screens) >= _SCREENS:
                self._screens.clear()
            found = self._screens[key] = self._make_screen(question)
        return found

    def _make_screen(self, question: Question) -> _Screen:
        reasons: dict[str, Reason] = {}
        groups: dict[tuple[int, Terms], tuple[Bookable, list[str]]] = {}
        for space_id, one in self._all.items():
            if not question.filter.looks_at(one.space):
                continue
            reason = _unfit(one, question)
            if reason is not None:
                reasons[space_id] = reason
            else:
                groups.setdefault((id(one.calendar), one.terms), (one, []))[1].append(space_id)
        small = [id for id, why in reasons.items() if isinstance(why, TooSmall)]
        return _Screen(tuple(self._group(one, ids) for one, ids in groups.values()), reasons, tuple(small[::-1]))

    def _group(self, one: Bookable, ids: Iterable[str]) -> SpaceGroup:
        ids = tuple(ids)
        return SpaceGroup(
            one.calendar, one.terms, ids, frozenset(id for id in ids if self._all[id].space.leaves != (id,))
        )

    # --- near misses -----------------------------------------------------------------------------------------------

    def _misses(
        self,
        question: Question,
        index: BusyIndex,
        now: datetime,
        reasons: dict[str, Reason],
        small: Sequence[str],
        opened: Opened,
    ) -> tuple[Miss, ...]:
        found: list[tuple[timedelta, int, Miss]] = []
        taken = (id for id, why in reasons.items() if isinstance(why, IsFull | InBuffer | OutsideSlots))
        for space_id in islice(taken, _LOOKS) if question.length is None else ():
            instead = _nearest(self._all[space_id], question, index, now, opened)
            if instead is not None:
                shift = abs(instead.start - question.within.start)
                found.append((shift, self._place[space_id], Miss(space_id, reasons[space_id], instead)))
        found.sort(key=lambda entry: entry[:2])
        misses = [miss for _, _, miss in found[: question.near]]
        fewer = attrs.evolve(question, filter=attrs.evolve(question.filter, seats=0))
        for space_id in small[:_LOOKS]:
            one, slots = self._all[space_id], dict[str, Period]()
            if len(misses) >= question.near:
                break
            if _unfit(one, fewer) is None:
                Search(self._all, fewer, index, self._group(one, [space_id]), now, opened).into(slots, {})
            if slots:
                why = TooSmall(one.space.seats, question.filter.seats)
                misses.append(Miss(space_id, why, slots[space_id]))
        return tuple(misses)


def _day_asked(question: Question) -> Period | None:
    """The period that is asked about as a whole, where it may be days with a clock change on one of them."""
    whole = question.wanted == question.within.length
    return question.within if whole and may_be_days(question.wanted) else None


def _unfit(one: Bookable, question: Question) -> Reason | None:
    """What there is about a space itself, whatever is taken of it, that rules it out."""
    day = _day_asked(question)
    days = None if day is None else whole_days(day, one.calendar.zone)
    space, found = one.space, unfit(one.terms, question.wanted, question.groups, question.trainings, days)
    if found and isinstance(found[0], NotYours):
        return found[0]
    if space.seats < question.filter.seats:
        return TooSmall(space.seats, question.filter.seats)
    if missing := question.filter.features - one.terms.features:
        return LacksFeature(tuple(sorted(missing)))
    if question.units != 1 and space.leaves != (space.id,):
        return OneUnit(question.units)
    return found[0] if found else None


def _nearest(one: Bookable, question: Question, index: BusyIndex, now: datetime, opened: Opened) -> Period | None:
    """The free time of the wanted length that is nearest to the wanted one, on the local days that this touches."""
    within, terms, zone = question.within, one.terms, one.calendar.zone
    first, last = local(within.start, zone).date(), local(within.end - timedelta.resolution, zone).date()
    around = Period(day_bounds(first, zone).start, day_bounds(last, zone).end)
    free = opened.of(one.calendar, around)
    whole = one.space.leaves != (one.space.id,)
    group = SpaceGroup(one.calendar, terms, (one.space.id,), frozenset((one.space.id,) if whole else ()))
    search = Search({one.space.id: one}, question, index, group, now, opened)
    wide = widened(around, terms.before, terms.after)
    for leaf_id in one.space.leaves:
        leaf = index.leaf(leaf_id)
        gaps = free_of(leaf, wide, search.most(leaf, whole))
        free = roomy(gaps, free, terms.before, terms.after, leaf.closures)
    found = proposals(free, within, terms, zone=zone, now=now, groups=question.groups, limit=1)
    return found[0] if found else None
