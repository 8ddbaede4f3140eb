"""The terms of a space against a time: the one rule by which questions are answered and bookings taken. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from cantinekit.calendar import MINUTES_A_DAY, add_months, month_end, wall_instant
from cantinekit.clock import MAX_INSTANT, Period, day_bounds, local
from cantinekit.domain.occupancy.records import Closure
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.scheduling.availability.question import (
    NotTrained,
    NotYours,
    OffGrid,
    OutsideSlots,
    Reason,
    TooFar,
    TooLongInARow,
    TooSoon,
    WrongLength,
)
from cantinekit.scheduling.availability.slots import MAX_RUN, is_run, runs, slots_for, whole_days
from cantinekit.scheduling.occupancy import common, nearest, without


def broken_terms(
    terms: Terms,
    period: Period,
    *,
    zone: str,
    now: datetime,
    groups: Collection[str] = (),
    trainings: Collection[str] = (),
) -> tuple[Reason, ...]:
    """Every reason in the terms of a space against a booking, the most important first; none: the terms allow it.

    Args:
        terms: the terms of the space.
        period: when the booking would be.
        zone: IANA name of the zone of the place.
        now: the instant of the decision.
        groups: the requester's groups as the host knows them, checked against the audience of the space.
        trainings: ids of the workshops that the requester has completed.
    """
    days = whole_days(period, zone)
    return (*unfit(terms, period.length, groups, trainings, days), *mistimed(terms, period, zone, now, groups))


def unfit(
    terms: Terms,
    length: timedelta,
    groups: Collection[str],
    trainings: Collection[str] = (),
    days: timedelta | None = None,
) -> tuple[Reason, ...]:
    """What stands against whoever books, and against how long, whenever it is. ``days`` is the same length in days of
    the wall clock, where these are not 24 hours each; the terms are kept if either of the two keeps them.
    """
    found = not_for(terms, groups, trainings)
    wrong = _is_wrong(terms, length) and (days is None or _is_wrong(terms, days))
    if wrong and slots_for(terms, groups) is None:
        found.append(WrongLength(terms.shortest, terms.longest, terms.step))
    if terms.in_a_row is not None and min(length, days or length) > terms.in_a_row:
        found.append(TooLongInARow(terms.in_a_row, length))
    return tuple(found)


def _is_wrong(terms: Terms, length: timedelta) -> bool:
    short = terms.shortest is not None and length < terms.shortest
    long = terms.longest is not None and length > terms.longest
    return short or long or (terms.step is not None and bool(length % terms.step))


def not_for(terms: Terms, groups: Collection[str], trainings: Collection[str]) -> list[Reason]:
    """The reasons against the requester, whatever the time and the length."""
    found: list[Reason] = []
    if terms.audience and terms.audience.isdisjoint(groups):
        found.append(NotYours(tuple(sorted(terms.audience))))
    if missing := terms.trainings.difference(trainings):
        found.append(NotTrained(tuple(sorted(missing))))
    return found


def mistimed(
    terms: Terms, period: Period, zone: str, now: datetime, groups: Collection[str] | None
) -> tuple[Reason, ...]:
    """What stands against when it is; without ``groups`` nobody is asked to take a slot."""
    found: list[Reason] = []
    if period.end <= now or (terms.notice and period.start < now + terms.notice):
        found.append(TooSoon(terms.notice))
    last = latest_start(terms, zone, now)
    if last is not None and period.start > last:
        found.append(TooFar(terms.horizon, terms.months, terms.days))
    slots = slots_for(terms, groups)
    if slots is not None:
        if not is_run(slots, period, zone, terms.longest):
            found.append(OutsideSlots(slots, terms.longest))
    elif terms.grid is not None and grid_start(terms, zone, period.start) != period.start:
        found.append(OffGrid(terms.grid))
    return tuple(found)


def latest_start(terms: Terms, zone: str, now: datetime) -> datetime | None:
    """The last instant at which a booking that is made now may begin; ``None``: there is no horizon."""
    ends = [] if terms.horizon is None else [now + terms.horizon]
    if terms.months is not None:
        today = local(now, zone).date()
        day = add_months(today, terms.months)
        if day.year >= MAX_INSTANT.year:
            return min(ends, default=None)
        if today == month_end(today):
            day = month_end(day)  # the days that a shorter month lacks come with it
        ends.append(wall_instant(day, MINUTES_A_DAY, zone) - timedelta.resolution)
    if terms.days is not None:
        today = local(now, zone).date()
        if today.year + terms.days // 365 + 1 < MAX_INSTANT.year:
            ends.append(day_bounds(today + timedelta(days=terms.days), zone).end - timedelta.resolution)
    return min(ends, default=None)


def grid_start(terms: Terms, zone: str, moment: datetime) -> datetime:
    """The moment, or the next at which a booking may begin: whole steps from the midnight before it."""
    if terms.grid is None:
        return moment
    day = day_bounds(local(moment, zone).date(), zone)
    return min(day.start - (day.start - moment) // terms.grid * terms.grid, day.end)


def grid_starts(terms: Terms, zone: str, moment: datetime) -> tuple[datetime, ...]:
    """The last moment up to this one, and the first from it on, at which a booking may begin."""
    if terms.grid is None:
        return (moment,)
    day = day_bounds(local(moment, zone).date(), zone)
    return day.start + (moment - day.start) // terms.grid * terms.grid, grid_start(terms, zone, moment)


def roomy(
    free: Sequence[Period],
    windows: Sequence[Period],
    before: timedelta,
    after: timedelta,
    closures: Sequence[Closure] = (),
) -> tuple[Period, ...]:
    """Where in the windows a booking may lie that is free with its buffers: within ``free``, and in no closure."""
    found = without(free, (closure.period for closure in closures))
    found = tuple(Period(one.start + before, one.end - after) for one in found if one.length > before + after)
    return common(windows, found)


def proposals(
    free: Sequence[Period],
    wanted: Period,
    terms: Terms,
    *,
    zone: str,
    now: datetime,
    groups: Collection[str] | None,
    limit: int = 3,
) -> tuple[Period, ...]:
    """The nearest times of the wanted length within what is free at which the terms let a booking begin.

    Those who take slots are given slots, as many in a row as the wanted length needs, or fewer.
    """
    latest, earliest = latest_start(terms, zone, now), now + terms.notice
    slots = slots_for(terms, groups)
    if slots is not None:
        found = [run for one in free for run in slot_runs(slots, one, terms, zone, wanted.length)]
        found = [run for run in found if earliest <= run.start and (latest is None or run.start <= latest)]
        return _apart(sorted(found, key=lambda run: (abs(run.start - wanted.start), run.start)), limit)
    if latest is not None:
        last = latest + wanted.length
        free = [Period(one.start, min(one.end, last)) for one in free if one.start < last]
    starts = None if terms.grid is None else lambda moment: grid_starts(terms, zone, moment)
    return nearest(free, wanted, earliest=earliest, limit=limit, starts=starts)


def slot_runs(
    slots: Sequence[FixedSlot], within: Period, terms: Terms, zone: str, wanted: timedelta
) -> Iterable[Period]:
    """What the terms permit from each start of a slot on: the given length, or as long as possible."""
    most = MAX_RUN if terms.in_a_row is None else min(MAX_RUN, terms.in_a_row)
    return runs(slots, within, zone, wanted, terms.longest, most)


def _apart(periods: Iterable[Period], limit: int) -> tuple[Period, ...]:
    """The first of the periods that do not overlap each other."""
    chosen: list[Period] = []
    for one in periods:
        if len(chosen) < limit and not any(one.overlaps(other) for other in chosen):
            chosen.append(one)
    return tuple(chosen)
