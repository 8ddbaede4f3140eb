"""Fixed slots as periods: those that lie in a period, and those that follow each other. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from operator import attrgetter

from cantinekit.clock import Period, local
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.scheduling.opening import OpeningCalendar

MAX_RUN = timedelta(days=7)
"""The longest time that slots which follow each other are let as one booking."""
_DAY = timedelta(days=1)
_CHANGE = timedelta(hours=3)
"""No clock change is longer, but for days that a zone skips."""
_Line = Mapping[datetime, Sequence[datetime]]
"""The ends of the slots of a period, in order, by their starts, in order."""


def slots_for(terms: Terms, groups: Collection[str] | None) -> tuple[FixedSlot, ...] | None:
    """The slots of which whoever is in these groups takes one; ``None``: they book at any time."""
    if groups is None or not terms.slots or not terms.any_time.isdisjoint(groups):
        return None
    return tuple(slot for slot in terms.slots if not slot.audience or not slot.audience.isdisjoint(groups))


def fixed_slots(
    terms: Terms,
    within: Period,
    *,
    zone: str,
    groups: Collection[str] = (),
    calendar: OpeningCalendar | None = None,
) -> tuple[Period, ...]:
    """The slots within a period that a requester may take, in order; none: the requester books any time.

    Whether a slot is free is answered by a question. Wall times are read as opening hours are.

    Args:
        terms: the terms of the space.
        within: the period to look at.
        zone: IANA name of the zone of the place.
        groups: the requester's groups as the host knows them.
        calendar: the opening calendar of the space: slots that it refuses are left out, as on a public holiday.
            ``None`` gives them all.
    """
    line = _line(slots_for(terms, groups) or (), within, zone, calendar)
    return tuple(Period(start, end) for start, ends in line.items() for end in ends)


def whole_days(period: Period, zone: str) -> timedelta | None:
    """The days of a period that ends at the time of day at which it begins, where they are not 24 hours each: a day on
    which the clock changes is a day all the same. ``None`` for any other period.
    """
    if not may_be_days(period.length):
        return None
    begins, ends = local(period.start, zone), local(period.end, zone)
    return ends.date() - begins.date() if begins.time() == ends.time() else None


def may_be_days(length: timedelta) -> bool:
    """Whether a length may be whole days with a clock change on one of them."""
    over = length % _DAY
    return length > _DAY - _CHANGE and bool(over) and not _CHANGE < over < _DAY - _CHANGE


def lasting(start: datetime, end: datetime, zone: str) -> timedelta:
    """How long a time is for terms that have a most: in whole days of the wall clock, where those are fewer hours."""
    exact = end - start
    return min(exact, whole_days(Period(start, end), zone) or exact)


def is_run(
    slots: Sequence[FixedSlot],
    period: Period,
    zone: str,
    longest: timedelta | None,
    calendar: OpeningCalendar | None = None,
) -> bool:
    """Whether a period is one of the slots, or several that follow each other and are not too long together; with a
    ``calendar`` each of them must be within the openings.
    """
    if lasting(period.start, period.end, zone) > MAX_RUN:
        return False
    return period.end in _ends(_line(slots, period, zone, calendar), period.start, longest, MAX_RUN, zone)


def runs(
    slots: Sequence[FixedSlot], within: Period, zone: str, wanted: timedelta, longest: timedelta | None, most: timedelta
) -> Iterator[Period]:
    """What can be had from each start of a slot on: the shortest that is long enough; else the longest that there is.

    They come in the order of their starts; none is longer than ``most``, nor several slots longer than ``longest``.
    """
    line = _line(slots, within, zone)
    for start in line:
        last: datetime | None = None
        for last in _ends(line, start, longest, most, zone):
            if last - start >= wanted:
                break
        if last is not None:
            yield Period(start, last)


@lru_cache(maxsize=256)
def _calendar(slots: tuple[FixedSlot, ...], zone: str) -> OpeningCalendar:
    """The slots as opening hours, by which their wall times are read."""
    return OpeningCalendar(zone, tuple(hours for slot in slots for hours in slot.hours))


def _line(slots: Sequence[FixedSlot], within: Period, zone: str, openings: OpeningCalendar | None = None) -> _Line:
    if not slots:
        return {}
    calendar, found = _calendar(tuple(slots), zone), set[Period]()
    for day in calendar.days(within):
        found.update(one for one in calendar.begins(day) if within.start <= one.start and one.end <= within.end)
    line: dict[datetime, list[datetime]] = {}
    for one in sorted(found, key=attrgetter("start", "end")):
        if openings is not None and openings.refuses(one) is not None:
            continue
        line.setdefault(one.start, []).append(one.end)
    return line


def _ends(line: _Line, start: datetime, longest: timedelta | None, most: timedelta, zone: str) -> Iterator[datetime]:
    """Where one slot that begins then, or several in a row, can end, the earliest first.

    One slot may be longer than ``longest``, several together not; nothing is longer than ``most``.
    """
    single = line.get(start, ())
    ahead, seen = list(single), set(single)
    while ahead:
        end = heappop(ahead)
        lasts = lasting(start, end, zone)
        if lasts > most:
            return
        short = longest is None or lasts <= longest
        if short or end in single:
            yield end
        for later in line.get(end, ()) if short else ():
            if later not in seen:
                seen.add(later)
                heappush(ahead, later)
