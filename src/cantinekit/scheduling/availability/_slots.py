"""Fixed slots as times: which of them lie in a period, and which follow each other. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from operator import attrgetter

from cantinekit.clock import MIN_INSTANT, Period, local
from cantinekit.model import FixedSlot, Terms
from cantinekit.scheduling.opening import OpeningCalendar

MAX_RUN = timedelta(days=7)
"""The longest time that slots which follow each other are let as one booking."""
_DAY = timedelta(days=1)
_Line = Mapping[datetime, Sequence[datetime]]
"""The ends of the slots of a period, in order, by their starts, in order."""


def slots_for(terms: Terms, groups: Collection[str] | None) -> tuple[FixedSlot, ...] | None:
    """The slots of which whoever is in these groups takes one; ``None``: they book at any time."""
    if groups is None or not terms.slots or not terms.any_time.isdisjoint(groups):
        return None
    return tuple(slot for slot in terms.slots if not slot.audience or not slot.audience.isdisjoint(groups))


def fixed_slots(terms: Terms, within: Period, *, zone: str, groups: Collection[str] = ()) -> tuple[Period, ...]:
    """The slots within a period of which whoever is in these groups takes one, in order; none: they book at any time.

    ``zone`` is that of the place. Wall times are read as those of opening hours are. Whether one of them is open and
    free is what a question answers.
    """
    line = _line(slots_for(terms, groups) or (), within, zone)
    return tuple(Period(start, end) for start, ends in line.items() for end in ends)


def is_run(slots: Sequence[FixedSlot], period: Period, zone: str, longest: timedelta | None) -> bool:
    """Whether a period is one of the slots, or several that follow each other and are not too long together."""
    if period.length > MAX_RUN:
        return False
    return period.end in _ends(_line(slots, period, zone), period.start, longest, MAX_RUN)


def runs(
    slots: Sequence[FixedSlot], within: Period, zone: str, wanted: timedelta, longest: timedelta | None, most: timedelta
) -> Iterator[Period]:
    """What can be had from each start of a slot on: the shortest that is long enough; else the longest that there is.

    They come in the order of their starts; none is longer than ``most``, nor several slots longer than ``longest``.
    """
    line = _line(slots, within, zone)
    for start in line:
        last: datetime | None = None
        for last in _ends(line, start, longest, most):
            if last - start >= wanted:
                break
        if last is not None:
            yield Period(start, last)


@lru_cache(maxsize=256)
def _calendar(slots: tuple[FixedSlot, ...], zone: str) -> OpeningCalendar:
    """The slots as opening hours, by which their wall times are read."""
    return OpeningCalendar(zone, tuple(hours for slot in slots for hours in slot.hours))


def _line(slots: Sequence[FixedSlot], within: Period, zone: str) -> _Line:
    if not slots:
        return {}
    calendar, found = _calendar(tuple(slots), zone), set[Period]()
    day, last = local(within.start, zone).date() - _DAY, local(within.end, zone).date()
    day = max(day, MIN_INSTANT.date())
    while day <= last:
        found.update(one for one in calendar.begins(day) if within.start <= one.start and one.end <= within.end)
        day += _DAY
    line: dict[datetime, list[datetime]] = {}
    for one in sorted(found, key=attrgetter("start", "end")):
        line.setdefault(one.start, []).append(one.end)
    return line


def _ends(line: _Line, start: datetime, longest: timedelta | None, most: timedelta) -> Iterator[datetime]:
    """Where one slot that begins then, or several in a row, can end, the earliest first.

    One slot may be longer than ``longest``, several together not; nothing is longer than ``most``.
    """
    single = line.get(start, ())
    ahead, seen = list(single), set(single)
    while ahead:
        end = heappop(ahead)
        if end - start > most:
            return
        short = longest is None or end - start <= longest
        if short or end in single:
            yield end
        for later in line.get(end, ()) if short else ():
            if later not in seen:
                seen.add(later)
                heappush(ahead, later)
