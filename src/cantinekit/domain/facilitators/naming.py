"""Facilitators as persons: what they are called, and what they are told of their sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, refer
from cantinekit.errors import UnsuitableError


def named(state: State, space: Space) -> Space:
    """A space with the name that people know: that of a facilitator is the name of the person, which no event holds."""
    if space.person_id is None:
        return space
    person = state.get(Person, space.person_id)
    return attrs.evolve(space, name=person.name) if person is not None and person.name else space


def facilitator(state: State, id: str) -> Space:
    """A facilitator who is to hold a session, with the name of the person.

    Raises:
        UnsuitableError: it is no facilitator.
        WrongStateError: the person is being forgotten, or was.
    """
    space = state.need(Space, id)
    if space.person_id is None:
        raise UnsuitableError(f"{space.name} is no facilitator")
    present(state, space.person_id)
    return named(state, space)


def tell_facilitators(
    draft: Draft, template: str, session: Session, ids: Iterable[str], start: datetime | None = None
) -> None:
    """Tell these facilitators of a session, or remind them of its meeting that begins at a ``start``."""
    tell_facilitators_of(draft, template, refer(session), ids, start)


def tell_facilitators_of(
    draft: Draft, template: str, about: Subject, ids: Iterable[str], start: datetime | None = None
) -> None:
    """Tell these facilitators of what they facilitate: a session, its meeting of a ``start``, or a series."""
    for id in ids:
        draft.tell(template, draft.state.need(Space, id).person_id, about, start)


def tell_who_had_meetings(draft: Draft, before: Session) -> None:
    """Tell the facilitators of a course of which a meeting was moved or cancelled: whether the course is theirs now, no
    longer theirs, or theirs on other dates.

    Args:
        draft: what was decided; its state holds the course as it is now.
        before: the course as it was.
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
    """The meetings of a course that somebody facilitates, when and where."""
    return [(one.id, one.period, one.space_id) for one in session.planned_meetings if id in one.facilitator_ids]
