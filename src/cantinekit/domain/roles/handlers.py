"""Roles are given and ended in one row of a person and a legal entity."""

from __future__ import annotations

from datetime import date, timedelta

from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.roles.commands import EndRole, GiveRole
from cantinekit.domain.roles.events import RoleEnded, RoleGiven
from cantinekit.domain.roles.records import MAX_ROLES, Role, Roles, roles_id
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import DuplicateError, UnsuitableError

_DAY = timedelta(days=1)


@handles(GiveRole)
def give_role(c: GiveRole, uow: Uow) -> Steps[Decision[Roles]]:
    """Give somebody a role, once on each day."""
    id = roles_id(c.entity_id, c.person_id)
    yield from uow.fetch([(Roles, id), (LegalEntity, c.entity_id), (Person, c.person_id)])

    uow.state.need(LegalEntity, c.entity_id)
    present(uow.state, c.person_id)
    old = uow.state.get(Roles, id)
    given = old.given if old is not None else ()
    if any(one.role == c.role and _share_a_day(one, c.first_day, c.last_day) for one in given):
        raise DuplicateError(f"the role {c.role} of the person on one of these days", id)
    if len(given) >= MAX_ROLES:
        raise UnsuitableError(f"person {c.person_id} was given {MAX_ROLES} roles at {c.entity_id}")
    uow.add(RoleGiven(c.entity_id, c.person_id, Role(c.role, c.first_day, c.last_day, uow.now)))
    return uow.done_at(Roles, id)


def _share_a_day(one: Role, first: date, last: date | None) -> bool:
    """Whether a role is had on one of some days. One that never counts is not."""
    if one.last_day is not None and (one.last_day < one.first_day or one.last_day < first):
        return False
    return last is None or one.first_day <= last


@handles(EndRole)
def end_role(c: EndRole, uow: Uow) -> Steps[Decision[Roles]]:
    """End a role of somebody on a day."""
    found = yield from uow.need(Roles, roles_id(c.entity_id, c.person_id))

    mine = [one for one in found.given if one.role == c.role]
    goes_on = next((one for one in mine if one.counts_on(c.last_day + _DAY)), None)
    if goes_on is not None:
        uow.add(RoleEnded(c.entity_id, c.person_id, c.role, goes_on.first_day, c.last_day))
    elif not any(one.last_day == c.last_day for one in mine):
        day = (c.last_day + _DAY).isoformat()
        raise UnsuitableError(f"person {c.person_id} is no {c.role} of {c.entity_id} on {day}: there is nothing to end")
    return uow.done(found)
