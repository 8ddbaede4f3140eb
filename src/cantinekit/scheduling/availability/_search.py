"""One question to spaces that are alike: which of them are free, when first, and why the others are not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs

from cantinekit.clock import Period, widened
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.scheduling.availability._index import BusyIndex
from cantinekit.scheduling.availability._leaf import Leaf, length_of, micros, moment
from cantinekit.scheduling.availability.question import (
    NONE,
    Bookable,
    InBuffer,
    IsClosed,
    IsFull,
    OutsideSlots,
    Question,
    Reason,
    TooFar,
    TooSoon,
)
from cantinekit.scheduling.availability.rules import grid_start, latest_start, mistimed, slot_runs
from cantinekit.scheduling.availability.slots import is_run, slots_for
from cantinekit.scheduling.occupancy import without
from cantinekit.scheduling.opening import OpeningCalendar, Verdict


@attrs.frozen
class SpaceGroup:
    """Spaces with the same calendar and terms that no fact about themselves rules out, the smallest first."""

    calendar: OpeningCalendar
    terms: Terms
    ids: tuple[str, ...]
    made_of_parts: frozenset[str]


class Opened(dict[tuple[int, Period], tuple[Period, ...]]):
    """When calendars are open within a period, for as long as one question is answered."""

    def of(self, calendar: OpeningCalendar, within: Period) -> tuple[Period, ...]:
        key = (id(calendar), within)
        found = self.get(key)
        if found is None:
            found = self[key] = calendar.open(within)
        return found


class Search:
    """One question to the spaces of one group."""

    def __init__(
        self,
        every: dict[str, Bookable],
        question: Question,
        index: BusyIndex,
        group: SpaceGroup,
        now: datetime,
        opened: Opened,
    ) -> None:
        self.opened, self.undecided = opened, 0
        self.every, self.question, self.index, self.group = every, question, index, group
        self.terms, self.wanted, self.now = group.terms, question.wanted, now
        self.earliest = max(question.within.start, now + self.terms.notice)
        self.latest = latest_start(self.terms, group.calendar.zone, now)

    def into(self, found: dict[str, Period], reasons: dict[str, Reason]) -> None:
        """Add the free times, and the reasons where there are none."""
        slots = slots_for(self.terms, self.question.groups)
        if slots is not None and self.question.length is not None:
            self.into_slots(slots, found, reasons)
            return
        windows, why = self.windows()
        if why is None:
            self.look(windows, found, reasons)
        else:
            reasons.update(dict.fromkeys(self.group.ids, why))

    def look(self, windows: Sequence[Period], found: dict[str, Period], reasons: dict[str, Reason]) -> None:
        """The same, in windows that the calendar and the terms leave."""
        ids, index = self.group.ids, self.index
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

    def into_slots(self, slots: tuple[FixedSlot, ...], found: dict[str, Period], reasons: dict[str, Reason]) -> None:
        """The same for those who take slots: each run of slots that is long enough is asked about by itself."""
        every, why = self.runs(slots)
        times, refused = dict[str, Period](), dict[str, Reason]()
        for run in every:
            free, against = dict[str, Period](), dict[str, Reason]()
            if (verdict := self.closed(slots, run)) is not None:
                against = dict.fromkeys(self.group.ids, IsClosed(verdict))
            else:
                exactly = attrs.evolve(self.question, within=run, length=None)
                Search(self.every, exactly, self.index, self.group, self.now, self.opened).look((run,), free, against)
            times = free | times
            for space_id, reason in against.items():
                refused[space_id] = min(refused.get(space_id, reason), reason, key=_nearness)
            if len(times) >= min(self.question.limit, len(self.group.ids)):
                break
        found.update(times)
        rest = [id for id in self.group.ids if id not in times]
        if len(times) >= self.question.limit:
            self.undecided = len(rest)
            return
        for space_id in rest:
            reason = refused.get(space_id, why)
            reasons[space_id] = IsFull(self.question.units, 0) if isinstance(reason, IsFull) else reason

    def closed(self, slots: tuple[FixedSlot, ...], run: Period) -> Verdict | None:
        """Why a run of slots is not within the openings: as a booking is not, or since one of its slots is not."""
        calendar = self.group.calendar
        if (verdict := calendar.refuses(run)) is not None:
            return verdict
        return None if is_run(slots, run, calendar.zone, self.terms.longest, calendar) else calendar.closed_in(run)

    def runs(self, slots: tuple[FixedSlot, ...]) -> tuple[list[Period], Reason]:
        """The runs of slots that are long enough and in time, by their start; and why there is none, if so."""
        every = slot_runs(slots, self.question.within, self.terms, self.group.calendar.zone, self.wanted)
        found = [run for run in every if run.length >= self.wanted]
        if not found:
            return [], OutsideSlots(slots, self.terms.longest)
        found = [run for run in found if self.earliest <= run.start]
        if not found:
            return [], TooSoon(self.terms.notice)
        found = [run for run in found if self.latest is None or run.start <= self.latest]
        return found, TooFar(self.terms.horizon, self.terms.months, self.terms.days)

    def windows(self) -> tuple[tuple[Period, ...], Reason | None]:
        """Where the time can lie, for the calendar, the notice and the horizon; or why it can nowhere."""
        question, calendar, within = self.question, self.group.calendar, self.question.within
        if question.length is None:
            if reasons := mistimed(self.terms, within, calendar.zone, self.now, question.groups):
                return (), reasons[0]
            slots = slots_for(self.terms, question.groups)
            verdict = calendar.refuses(within) if slots is None else self.closed(slots, within)
            return ((within,), None) if verdict is None else ((), IsClosed(verdict))
        end = within.end if self.latest is None else min(within.end, self.latest + self.wanted)
        if self.earliest + self.wanted > within.end:
            return (), TooSoon(self.terms.notice)
        if self.earliest + self.wanted > end:
            return (), TooFar(self.terms.horizon, self.terms.months, self.terms.days)
        bounds = Period(self.earliest, end)
        windows = tuple(one for one in self.opened.of(calendar, bounds) if one.length >= self.wanted)
        if windows:
            return windows, None
        for why, wider in (
            (TooFar(self.terms.horizon, self.terms.months), Period(self.earliest, within.end)),
            (TooSoon(self.terms.notice), within),
        ):  # what is open beyond the horizon, or before the notice, would do
            if wider != bounds and any(one.length >= self.wanted for one in self.opened.of(calendar, wider)):
                return (), why
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


def _nearness(reason: Reason) -> int:
    """How near to free it is, by the reason against one of several times."""
    return next((place for place, kind in enumerate((InBuffer, IsFull, IsClosed)) if isinstance(reason, kind)), 3)
