"""Facilitators: added as spaces of capacity 1 that are persons, called by their name, told of their sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.clock import Period
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._setup import refuse_twice
from cantinekit.decisions._state import Decision, Handler, Ids, Reads, State, fetch, present, refer
from cantinekit.errors import DuplicateError, UnsuitableError
from cantinekit.model import FACILITATOR, Person, Place, Session, Space, StandingPage, Subject, Unique, standing_id


def _once(person_id: str) -> str:
    """The id of the row that lets a person be one facilitator: else they could be at two sessions at once."""
    return f"facilitator|{person_id}"


def _read_add(c: cmd.AddFacilitator, now: datetime) -> Reads:
    own = [(Space, c.id), (StandingPage, standing_id(c.id) if c.id else None)]
    return (yield from fetch(State(), [*own, (Place, c.place_id), (Person, c.person_id), (Unique, _once(c.person_id))]))


def _add(state: State, c: cmd.AddFacilitator, now: datetime, ids: Ids) -> Decision:
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
    draft.add(ev.UniqueTaken(_once(person.id), id), ev.SpaceAdded(space, 1))
    return draft.decision(refer(space))


def named(state: State, space: Space) -> Space:
    """A space as people know it. The name of a facilitator is that of the person, which no event holds."""
    if space.person_id is None:
        return space
    person = state.get(Person, space.person_id)
    return attrs.evolve(space, name=person.name) if person is not None and person.name else space


def facilitator(state: State, id: str) -> Space:
    """Somebody who is to facilitate, by name.

    Raises:
        UnsuitableError: it is no facilitator.
        WrongStateError: the person is being forgotten, or was.
    """
    space = state.need(Space, id)
    if space.person_id is None:
        raise UnsuitableError(f"{space.name} is no facilitator")
    present(state, space.person_id)
    return named(state, space)


def tell_facilitators(draft: Draft, template: str, session: Session, ids: Iterable[str]) -> None:
    """Have these facilitators of a session told of it."""
    tell_facilitators_of(draft, template, refer(session), ids)


def tell_facilitators_of(draft: Draft, template: str, about: Subject, ids: Iterable[str]) -> None:
    """Have these facilitators told of what they are to facilitate."""
    for id in ids:
        draft.tell(template, draft.state.need(Space, id).person_id, about)


def tell_who_had_meetings(draft: Draft, before: Session) -> None:
    """Each facilitator of a course of which a meeting was moved or cancelled learns what it is to them: theirs, no
    longer theirs, or other dates.
    """
    after = draft.state.need(Session, before.id)
    had, have = before.facilitators(draft.now), after.facilitators(draft.now)
    for id in dict.fromkeys([*had, *have]):
        if _theirs(before, id) == _theirs(after, id):
            continue
        gone = any(one.state == "cancelled" for one in after.meetings if one not in before.meetings)
        if id not in had:
            template = "facilitation planned"
        else:
            template = "facilitation withdrawn" if id not in have and not gone else "facilitation changed"
        tell_facilitators(draft, template, before, [id])


def _theirs(session: Session, id: str) -> list[tuple[str, Period, str | None]]:
    """Which meetings of a course somebody facilitates, when and where."""
    return [(one.id, one.period, one.space_id) for one in session.planned_meetings if id in one.facilitator_ids]


HANDLERS = {cmd.AddFacilitator: Handler(_read_add, _add)}
