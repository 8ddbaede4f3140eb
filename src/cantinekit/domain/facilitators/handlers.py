"""The handler of facilitators: a facilitator is added as a space of capacity 1 that is a person."""

from __future__ import annotations

from cantinekit.domain.decision import Decision
from cantinekit.domain.facilitators.commands import AddFacilitator
from cantinekit.domain.handling import handles
from cantinekit.domain.occupancy.records import StandingPage, standing_id
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.events import SpaceAdded
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.domain.state import refuse_twice
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import DuplicateError


def _once(person_id: str) -> str:
    """The id of the row that lets a person be one facilitator: as two they could be at two sessions at once."""
    return f"facilitator|{person_id}"


@handles(AddFacilitator)
def add_facilitator(c: AddFacilitator, uow: Uow) -> Steps[Decision[Space]]:
    """Add a person as a facilitator whose home is a place."""
    own = [(Space, c.id), (StandingPage, standing_id(c.id) if c.id else None)]
    yield from uow.fetch([*own, (Place, c.place_id), (Person, c.person_id), (Unique, _once(c.person_id))])

    refuse_twice(uow.state, Space, c.id)
    place, person = uow.state.need(Place, c.place_id), present(uow.state, c.person_id)
    taken = uow.state.get(Unique, _once(person.id))
    if taken is not None:
        raise DuplicateError("a facilitator who is this person", taken.holder)
    id = c.id or uow.ids("fac")
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
    uow.add(UniqueTaken(_once(person.id), id), SpaceAdded(space, 1))
    return uow.done(space)
