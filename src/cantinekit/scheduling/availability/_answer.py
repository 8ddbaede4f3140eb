"""The answer to a question about free spaces: by the same rules as a booking, for many spaces at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

import attrs

from cantinekit.clock import Period, day_bounds, local, widened
from cantinekit.model import Terms
from cantinekit.scheduling._occupancy import without
from cantinekit.scheduling.availability._index import BusyIndex, free_of
from cantinekit.scheduling.availability._leaf import Leaf, length_of, micros, moment
from cantinekit.scheduling.availability._question import (
    NONE,
    Availability,
    Bookable,
    Filter,
    InBuffer,
    IsClosed,
    IsFull,
    LacksFeature,
    Miss,
    NotYours,
    OneUnit,
    Question,
    Reason,
    Slot,
    TooFar,
    TooSmall,
    TooSoon,
)
from cantinekit.scheduling.availability._rules import grid_start, latest_start, mistimed, proposals, roomy, unfit
from cantinekit.scheduling.opening import OpeningCalendar, Verdict

_SCREENS = 128
_LOOKS = 8
"""How many of the spaces that are taken are looked at for near misses, the smallest that does first."""
_Key = tuple[Filter, frozenset[str], frozenset[str], timedelta, int]


@attrs.frozen
class _Group:
    """Spaces with the same calendar and terms that no fact about themselves rules out, the smallest first."""

    calendar: OpeningCalendar
    terms: Terms
    ids: tuple[str, ...]
    made_of_parts: frozenset[str]


@attrs.frozen
class _Screen:
    groups: tuple[_Group, ...]
    reasons: dict[str, Reason]
    small: tuple[str, ...]
    """What is too small only, the largest first."""


class Bookables:
    """Spaces that can be asked about. It never changes; what it has worked out about a filter it keeps."""

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
        """What is free of what the question asks for, and why the rest is not, as of an instant.

        Raises:
            NotFoundError: a leaf of one of the spaces is not in the index.
        """
        screen = self._screen(question)
        taken, found, opened, undecided = dict[str, Reason](), dict[str, Period](), _Opened(), 0
        for group in screen.groups:
            search = _Search(self._all, question, index, group, now, opened)
            search.into(found, taken)
            undecided += search.undecided
        order = self._place
        slots = sorted(found.items(), key=lambda slot: (slot[1].start, order[slot[0]]))
        free = tuple(Slot(space_id, period) for space_id, period in islice(slots, question.limit))
        misses = self._misses(question, index, now, taken, screen.small, opened) if question.near else ()
        return Availability(free, {**screen.reasons, **taken}, misses, len(found) - len(free) + undecided)

    # --- what rules a space out by itself --------------------------------------------------------------------------

    def _screen(self, question: Question) -> _Screen:
        key = (question.filter, question.groups, question.trainings, question.wanted, question.units)
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

    def _group(self, one: Bookable, ids: Iterable[str]) -> _Group:
        ids = tuple(ids)
        return _Group(one.calendar, one.terms, ids, frozenset(id for id in ids if self._all[id].space.leaves != (id,)))

    # --- near misses -----------------------------------------------------------------------------------------------

    def _misses(
        self,
        question: Question,
        index: BusyIndex,
        now: datetime,
        reasons: dict[str, Reason],
        small: Sequence[str],
        opened: _Opened,
    ) -> tuple[Miss, ...]:
        found: list[tuple[timedelta, int, Miss]] = []
        taken = (id for id, why in reasons.items() if isinstance(why, IsFull | InBuffer))
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
                _Search(self._all, fewer, index, self._group(one, [space_id]), now, opened).into(slots, {})
            if slots:
                why = TooSmall(one.space.seats, question.filter.seats)
                misses.append(Miss(space_id, why, slots[space_id]))
        return tuple(misses)


def _unfit(one: Bookable, question: Question) -> Reason | None:
    """What there is about a space itself, whatever is taken of it, that rules it out."""
    space, found = one.space, unfit(one.terms, question.wanted, question.groups, question.trainings)
    if found and isinstance(found[0], NotYours):
        return found[0]
    if space.seats < question.filter.seats:
        return TooSmall(space.seats, question.filter.seats)
    if missing := question.filter.features - one.terms.features:
        return LacksFeature(tuple(sorted(missing)))
    if question.units != 1 and space.leaves != (space.id,):
        return OneUnit(question.units)
    return found[0] if found else None


class _Opened(dict[tuple[int, Period], tuple[Period, ...]]):
    """When calendars are open within a period, for as long as one question is answered."""

    def of(self, calendar: OpeningCalendar, within: Period) -> tuple[Period, ...]:
        key = (id(calendar), within)
        found = self.get(key)
        if found is None:
            found = self[key] = calendar.open(within)
        return found


class _Search:
    """One question to the spaces of one group."""

    def __init__(
        self,
        every: dict[str, Bookable],
        question: Question,
        index: BusyIndex,
        group: _Group,
        now: datetime,
        opened: _Opened,
    ) -> None:
        self.opened, self.undecided = opened, 0
        self.every, self.question, self.index, self.group = every, question, index, group
        self.terms, self.wanted, self.now = group.terms, question.wanted, now
        self.earliest = max(question.within.start, now + self.terms.notice)
        self.latest = latest_start(self.terms, group.calendar.zone, now)

    def into(self, found: dict[str, Period], reasons: dict[str, Reason]) -> None:
        """Add the free times, and the reasons where there are none."""
        ids, index = self.group.ids, self.index
        windows, why = self.windows()
        if why is not None:
            reasons.update(dict.fromkeys(ids, why))
            return
        if self.terms.grid is not None and self.question.length is not None:
            hard = frozenset(ids)
        else:
            hard = self.group.made_of_parts | (index.closed() & set(ids) if index.has_closures else frozenset())
        easy = tuple(id for id in ids if id not in hard) if hard else ids
        times = self.easy(windows, easy, self.terms.before, self.terms.after, self.question.limit) if easy else {}
        for space_id in ids if hard else ():
            if space_id not in hard:
                continue
            first = self.first(space_id, windows, self.terms.before, self.terms.after)
            if first is not None:
                times[space_id] = first
        found.update(times)
        without_one = [id for id in ids if id not in times]
        if self.question.length is not None and len(times) >= self.question.limit:
            self.undecided = len(without_one)  # what comes later than enough others is not looked at to the end
        else:
            self.explain(windows, without_one, hard, reasons)

    def windows(self) -> tuple[tuple[Period, ...], Reason | None]:
        """Where the time can lie, for the calendar, the notice and the horizon; or why it can nowhere."""
        question, calendar, within = self.question, self.group.calendar, self.question.within
        if question.length is None:
            if reasons := mistimed(self.terms, within, calendar.zone, self.now):
                return (), reasons[0]
            verdict = calendar.refuses(within)
            return ((within,), None) if verdict is None else ((), IsClosed(verdict))
        end = within.end if self.latest is None else min(within.end, self.latest + self.wanted)
        if self.earliest + self.wanted > within.end:
            return (), TooSoon(self.terms.notice)
        if self.earliest + self.wanted > end:
            return (), TooFar(self.terms.horizon, self.terms.months)
        bounds = Period(self.earliest, end)
        windows = tuple(one for one in self.opened.of(calendar, bounds) if one.length >= self.wanted)
        if windows:
            return windows, None
        verdict = calendar.closed_in(bounds)
        assert verdict is not None
        return (), IsClosed(verdict)

    def on_grid(self, start: datetime) -> datetime:
        """The start, or the next moment at which a booking may begin."""
        return grid_start(self.terms, self.group.calendar.zone, start)

    def easy(
        self,
        windows: Sequence[Period],
        ids: tuple[str, ...],
        before: timedelta,
        after: timedelta,
        enough: int | None = None,
    ) -> dict[str, Period]:
        """The free times of spaces that are each one leaf without closures."""
        units = self.question.units
        if self.question.length is None:
            within = windows[0]
            return dict.fromkeys(self.index.free(widened(within, before, after), units, ids), within)
        if not before and not after:
            return self.index.firsts(windows, self.wanted, units, ids, enough=enough)
        wide = [widened(one, before, after) for one in windows]
        found = self.index.firsts(wide, self.wanted + before + after, units, ids, enough=enough)
        return {id: Period(time.start + before, time.end - after) for id, time in found.items()}

    def first(self, space_id: str, windows: Sequence[Period], before: timedelta, after: timedelta) -> Period | None:
        """The earliest time at which all leaves of a space are free at once."""
        space = self.every[space_id].space
        leaves = [self.index.leaf(leaf) for leaf in space.leaves]
        most = [self.most(leaf, space.leaves != (space_id,)) for leaf in leaves]
        length = length_of(self.wanted + before + after)
        wide = [piece for window in windows for piece in without([widened(window, before, after)], _closed(leaves))]
        for piece in wide:
            at, end = micros(piece.start), micros(piece.end)
            while True:
                begin = moment(at) + before
                begin = begin if self.question.length is None else self.on_grid(begin)
                at = micros(begin - before)
                firsts = [leaf.first(at, end, length, limit) for leaf, limit in zip(leaves, most, strict=True)]
                if None in firsts:
                    break
                latest = max(one for one in firsts if one is not None)
                if latest == at:
                    return Period(begin, begin + self.wanted)
                at = latest
        return None

    def most(self, leaf: Leaf, whole: bool) -> int:
        """The most that may be taken of a leaf already: ``fits`` the other way round."""
        if whole:
            return 0 if leaf.capacity > 0 else -1
        return leaf.capacity - self.question.units

    # --- why not ---------------------------------------------------------------------------------------------------

    def explain(
        self, windows: Sequence[Period], ids: Sequence[str], hard: frozenset[str], reasons: dict[str, Reason]
    ) -> None:
        """Why these spaces have no free time in any of the windows."""
        free: set[str] = set()
        buffer = InBuffer(self.terms.before, self.terms.after)
        if ids and (self.terms.before or self.terms.after):
            easy = tuple(id for id in ids if id not in hard)
            free = set(self.easy(windows, easy, NONE, NONE)) if easy else set()
            free.update(id for id in ids if id in hard and self.first(id, windows, NONE, NONE) is not None)
        full = IsFull(self.question.units, 0)
        for space_id in ids:
            if space_id in free:
                reasons[space_id] = buffer
            elif space_id in hard and (closed := self.closure(space_id, windows)) is not None:
                reasons[space_id] = closed
            elif self.question.units == 1:
                reasons[space_id] = full
            else:
                reasons[space_id] = IsFull(self.question.units, self.left(space_id))

    def closure(self, space_id: str, windows: Sequence[Period]) -> IsClosed | None:
        """The closure of the space's own that leaves no window long enough."""
        closures = [c for leaf in self.every[space_id].space.leaves for c in self.index.leaf(leaf).closures]
        rest = without(windows, (c.period for c in closures))
        if any(one.length >= self.wanted for one in rest):
            return None
        inside = [c for c in closures if any(c.period.overlaps(one) for one in windows)]
        return IsClosed(Verdict(False, "closure", inside[0].reason)) if inside else None

    def left(self, space_id: str) -> int:
        """How many units are free throughout; of several times that are asked about nothing is said."""
        if self.question.length is not None:
            return 0
        return max(0, self.index.leaf(space_id).capacity - self.index.peak(space_id, self.question.within))


def _closed(leaves: Iterable[Leaf]) -> tuple[Period, ...]:
    return tuple(closure.period for leaf in leaves for closure in leaf.closures)


def _nearest(one: Bookable, question: Question, index: BusyIndex, now: datetime, opened: _Opened) -> Period | None:
    """The free time of the wanted length that is nearest to the wanted one, on the local days that this touches."""
    within, terms, zone = question.within, one.terms, one.calendar.zone
    first, last = local(within.start, zone).date(), local(within.end - timedelta.resolution, zone).date()
    around = Period(day_bounds(first, zone).start, day_bounds(last, zone).end)
    free = opened.of(one.calendar, around)
    whole = one.space.leaves != (one.space.id,)
    group = _Group(one.calendar, terms, (one.space.id,), frozenset((one.space.id,) if whole else ()))
    search = _Search({one.space.id: one}, question, index, group, now, opened)
    wide = widened(around, terms.before, terms.after)
    for leaf_id in one.space.leaves:
        leaf = index.leaf(leaf_id)
        gaps = free_of(leaf, wide, search.most(leaf, whole))
        free = roomy(gaps, free, terms.before, terms.after, leaf.closures)
    found = proposals(free, within, terms, zone=zone, now=now, limit=1)
    return found[0] if found else None
