"""The roles that a person has, or had, at a legal entity."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import is_id, is_text, is_word, maybe
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.index import Index, composite

RoleName = Literal["volunteer", "voting member", "board"]
"""``volunteer``: works for it unpaid. ``voting member``: has a vote in its assembly. ``board``: sits on its board."""

MAX_ROLES = 100
"""How many roles a person can be given at one legal entity, past ones among them."""


@attrs.frozen
class Role:
    """A role from a day to a day.

    Attributes:
        role: "volunteer", "voting member" or "board".
        first_day: the first local day.
        last_day: the last one, included; ``None``: until further notice. The day before the first one: it never counts.
        given_at: when it was entered, in UTC.
    """

    role: RoleName = attrs.field(validator=is_word(RoleName))
    first_day: date = attrs.field(validator=is_day)
    last_day: date | None = attrs.field(validator=maybe(is_day))
    given_at: datetime = attrs.field(converter=instant)

    def counts_on(self, day: date) -> bool:
        """Whether it is had on a local day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def roles_id(entity_id: str, person_id: str) -> str:
    """The id of the roles of a person at a legal entity.

    Args:
        entity_id: id of the legal entity.
        person_id: id of the person.
    """
    return f"{entity_id}|{person_id}"


@record("domain", fields=("entity", "person"), person="person")
@attrs.frozen
class Roles:
    """All roles of a person at a legal entity. They are one row, so that no two of one kind can share a day.

    Attributes:
        id: the legal entity and the person.
        entity_id: id of the legal entity.
        person_id: id of the person.
        given: the roles in the order of their first days; those of one kind share no day.

    Index:
        entity: entity id, person id.
        person: person id, entity id.
    """

    kind: ClassVar[str] = "roles"
    id: str = attrs.field(validator=is_text(800))
    entity_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    given: tuple[Role, ...] = ()

    def on(self, day: date) -> tuple[RoleName, ...]:
        """The roles that are had on a local day."""
        return tuple(one.role for one in self.given if one.counts_on(day))

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.person_id)
        yield "person", composite(self.person_id, self.entity_id)


__all__ = [
    "Role",
    "RoleName",
    "Roles",
    "roles_id",
]
