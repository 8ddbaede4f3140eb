"""Facilitators: added as spaces of capacity 1 that are persons, called by their name, told of their sessions."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.commands import AddFacilitator
from cantinekit.domain.occupancy.records import StandingPage, standing_id
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.events import SpaceAdded
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.domain.state import Reads, State, fetch, refer, refuse_twice
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.errors import DuplicateError


def _once(person_id: str) -> str:
    """The id of the row that lets a person be one facilitator: else they could be at two sessions at once."""
    return f"facilitator|{person_id}"


def _read_add(c: AddFacilitator, now: datetime) -> Reads:
    own = [(Space, c.id), (StandingPage, standing_id(c.id) if c.id else None)]
    return (yield from fetch(State(), [*own, (Place, c.place_id), (Person, c.person_id), (Unique, _once(c.person_id))]))


def _add(state: State, c: AddFacilitator, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Space, c.id)
    place, person = state.need(Place, c.place_id), present(state, c.person_id)
    taken = state.get(Unique, _once(person.id))
    if taken is not None:
        raise DuplicateError("a facilitator who is this person", taken.holder)
    id = c.id or ids("fac")
    space = Space(
        id,
        place.id,
        place.entity_id,
        id,
        FACILITATOR,
        leaves=(id,),
        hours=c.hours,
        openings=c.openings,
        person_id=person.id,
    )
    draft = Draft(state, now, ids)
    draft.add(UniqueTaken(_once(person.id), id), SpaceAdded(space, 1))
    return draft.decision(refer(space))


adapt(AddFacilitator, _read_add, _add)
