"""When a space can be booked: the stretches of time in which no booking is refused that its terms allow. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from cantinekit.calendar import merged
from cantinekit.clock import MAX_INSTANT, Period
from cantinekit.domain.attendance.records import Training, training_id
from cantinekit.domain.occupancy.records import Claim
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import State
from cantinekit.scheduling.availability.rules import grid_start, latest_start, slot_runs, unfit
from cantinekit.scheduling.availability.slots import fixed_slots, is_run, lasting, slots_for
from cantinekit.scheduling.occupancy import common, without
from cantinekit.scheduling.opening import OpeningCalendar

MINUTE = timedelta(minutes=1)
LAST = MAX_INSTANT - timedelta.resolution


def bookable(
    free: Sequence[Period],
    space: Space,
    calendar: OpeningCalendar,
    now: datetime,
    *,
    length: timedelta | None,
    groups: Collection[str],
    learnt: Sequence[Period],
    mine: Iterable[Claim],
) -> tuple[Period, ...]:
    """The stretches of what is open and free in which a booking is accepted.

    Whoever takes slots is given slots, each by itself, or as many in a row as are as long as is wanted.

    Args:
        free: when the space is open and free with its buffers, in order.
        space: the space.
        calendar: when it is open.
        now: the instant of the question.
        length: how long it is wanted; ``None``: as long as the terms allow.
        groups: the groups of the requester.
        learnt: when all that the terms ask for is learnt, in order.
        mine: what the person has of the space, where the terms say how long that may be in a row.
    """
    terms, zone = space.terms, calendar.zone
    shortest = length or _shortest(terms)
    if unfit(terms, shortest, groups, terms.trainings):
        return ()
    begin, latest, slots = now + terms.notice, latest_start(terms, zone, now), slots_for(terms, groups)
    rest = without(common(free, learnt), _beside(terms, mine))
    if slots is None:
        end = LAST if latest is None else latest + shortest
        rest = common(rest, [Period(begin, end)] if begin < end else [])
        starts = [(grid_start(terms, zone, one.start), one.end) for one in rest]
        return tuple(Period(start, end) for start, end in starts if start + shortest <= end and start < end)
    found = dict[Period, None]()
    for one in rest:
        if length is None:
            found |= dict.fromkeys(fixed_slots(terms, one, zone=zone, groups=groups, calendar=calendar))
        else:
            found |= dict.fromkeys(run for run in slot_runs(slots, one, terms, zone, length) if run.length >= length)
    return tuple(
        run
        for run in found
        if begin <= run.start
        and (latest is None or run.start <= latest)
        and is_run(slots, run, zone, terms.longest, calendar)
        and (terms.in_a_row is None or lasting(run.start, run.end, zone) <= terms.in_a_row)
    )


def _shortest(terms: Terms) -> timedelta:
    """The shortest booking that terms allow, which is next to nothing where they say none."""
    least = terms.shortest or timedelta.resolution
    return -(-least // terms.step) * terms.step if terms.step else least


def _beside(terms: Terms, mine: Iterable[Claim]) -> list[Period]:
    """What the person has of the space, with the time directly beside it, where there is a most that is in a row."""
    if terms.in_a_row is None:
        return []
    gap = terms.grid or terms.step or MINUTE
    return [Period(one.start - terms.after - gap, one.end + terms.before + gap) for one in mine]


def learnt_periods(state: State, space: Space, person_id: str | None, now: datetime) -> tuple[Period, ...]:
    """When somebody has learnt all that a space asks for, from now on; nobody has learnt nothing.

    Args:
        state: the trainings of the person.
        space: the space.
        person_id: the person.
        now: what runs already counts from now on.
    """
    found: tuple[Period, ...] = (Period(now, LAST),)
    for id in space.terms.trainings:
        training = state.get(Training, training_id(person_id, id)) if person_id is not None else None
        ways = training.ways if training is not None else ()
        spans = [(way.since, way.until or LAST) for way in ways]
        found = common(found, merged(Period(start, end) for start, end in spans if start < end))
    return found
