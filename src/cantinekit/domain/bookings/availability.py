"""When a space can be booked by somebody, answered from the store: what it reads, and the answer."""

from __future__ import annotations

from datetime import timedelta

from cantinekit import scheduling
from cantinekit.clock import Period, widened
from cantinekit.domain.attendance.trainings import space_wishes
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.occupancy.pages import page_ids
from cantinekit.domain.occupancy.records import OccupancyPage, StandingPage, standing_id
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.ahead import find_person_bookings, too_many
from cantinekit.domain.rules.in_a_row import own_claims
from cantinekit.domain.rules.stretches import bookable, learnt_periods
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.plugins.ports import Key
from cantinekit.scheduling.availability.rules import roomy
from cantinekit.scheduling.occupancy import common
from cantinekit.scheduling.opening import OpeningCalendar


def stretches(
    uow: Uow,
    space_id: str,
    within: Period,
    units: int,
    length: timedelta | None,
    person_id: str | None,
    groups: frozenset[str],
) -> Steps[tuple[Period, ...]]:
    """The stretches of a period in which units of a space can be booked.

    Args:
        uow: reads what is asked about; its ``now`` is the instant of the question.
        space_id: the space.
        within: the period to look at.
        units: how many units are wanted.
        length: how long it is wanted; ``None``: as long as the terms allow.
        person_id: who would book; ``None``: nobody known.
        groups: the groups of the requester.

    Raises:
        NotFoundError: there is no such space or person.
        WrongStateError: the person is being forgotten, or was.
    """
    space = yield from uow.need(Space, space_id, (Person, person_id))
    if person_id is not None:
        present(uow.state, person_id)
    before, after = space.terms.before, space.terms.after
    wide = widened(within, before, after)
    limited = space.terms.in_a_row is not None or space.terms.at_most_ahead is not None
    ours: list[Wish] = []
    if person_id is not None and limited:
        ours = yield from find_person_bookings(uow, person_id, min(uow.now, within.start))
    yield from uow.fetch(
        [
            (Place, space.place_id),
            *((StandingPage, standing_id(leaf)) for leaf in space.leaves),
            *((OccupancyPage, id) for leaf in space.leaves for id in page_ids(leaf, wide)),
            *space_wishes([space], person_id),
            *ours,
        ]
    )
    state, now = _without_over(uow), uow.now
    if too_many(state, space, person_id, now) is not None:
        return ()
    calendar = OpeningCalendar.of(state.need(Place, space.place_id), space)
    free = calendar.open(within)
    whole = space.leaves != (space.id,)
    for leaf in space.leaves:
        standing = state.need(StandingPage, standing_id(leaf))
        pages = [page for id in page_ids(leaf, wide) if (page := state.get(OccupancyPage, id)) is not None]
        claims, capacity = scheduling.live_claims(pages, standing, now), standing.binding_capacity
        wanted = (min(1, capacity), 1) if whole else (capacity, units)
        gaps = scheduling.free_periods(claims, wanted[0], (wide,), wanted[1])
        free = roomy(gaps, free, before, after, standing.binding_closures)
    if whole and units != 1:
        return ()
    if space.retired is not None:
        free = common(free, [Period(within.start, space.retired)] if within.start < space.retired else [])
    learnt = learnt_periods(state, space, person_id, now)
    mine = own_claims(state, space, person_id, now)
    return bookable(free, space, calendar, now, length=length, groups=groups, learnt=learnt, mine=mine)


def _without_over(uow: Uow) -> State:
    """What was read, without holds that ran out: whoever books has them ended first."""
    over = {
        key
        for key, record in uow.state.records.items()
        if isinstance(record, Booking) and record.expires is not None and record.expires <= uow.now
    }
    records = {Key(*key): record for key, record in uow.state.records.items() if key not in over}
    return State(records, uow.state.actor, uow.state.accounts, uow.state.spare)
