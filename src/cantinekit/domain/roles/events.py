"""What becomes of the roles of a person."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.roles.records import Role, RoleName, Roles, roles_id
from cantinekit.domain.state import State


@event
@attrs.frozen
class RoleGiven(Event):
    """A person has a role at a legal entity.

    Attributes:
        entity_id: id of the legal entity.
        person_id: id of the person.
        role: the role with its days.
    """

    entity_id: str
    person_id: str
    role: Role

    def changes(self, state: State) -> tuple[Record, ...]:
        id = roles_id(self.entity_id, self.person_id)
        old = state.get(Roles, id) or Roles(id, self.entity_id, self.person_id)
        given = sorted([*old.given, self.role], key=lambda one: (one.first_day, one.role))
        return (evolve(old, given=tuple(given)),)


@event
@attrs.frozen
class RoleEnded(Event):
    """A role of a person ends on a day.

    Attributes:
        entity_id: id of the legal entity.
        person_id: id of the person.
        role: which role.
        first_day: its first day.
        last_day: its last local day; the day before the first one: it never counts.
    """

    entity_id: str
    person_id: str
    role: RoleName
    first_day: date
    last_day: date

    def changes(self, state: State) -> tuple[Record, ...]:
        old = state.need(Roles, roles_id(self.entity_id, self.person_id))
        given = (
            evolve(one, last_day=self.last_day)
            if (one.role, one.first_day) == (self.role, self.first_day) and _lasts_beyond(one, self.last_day)
            else one
            for one in old.given
        )
        return (evolve(old, given=tuple(given)),)


def _lasts_beyond(one: Role, day: date) -> bool:
    """Whether a role would be had after a day. One that never counted has the first day of another that did."""
    return one.last_day is None or one.last_day > day


__all__ = [
    "RoleEnded",
    "RoleGiven",
]
