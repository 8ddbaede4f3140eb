"""Giving people roles at a legal entity, and ending them."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.fields import is_id, is_word, maybe
from cantinekit.domain.base import Command, command
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.roles.records import RoleName, Roles
from cantinekit.errors import InputError


@command
@attrs.frozen(kw_only=True)
class GiveRole(Command[Roles]):
    """Say that a person has a role at a legal entity, from a day on. It gives no rights in the house.

    See docs/how-to/volunteers-and-votes.md.

    Attributes:
        entity_id: id of the legal entity.
        person_id: id of the person.
        role: "volunteer", "voting member" or "board"; a person may have several.
        first_day: the first local day, past or future.
        last_day: the last one, included; ``None``: until further notice.

    Raises:
        NotFoundError: there is no such legal entity or person.
        WrongStateError: the person is being forgotten, or was.
        DuplicateError: the person has the role there on one of these days already.
        UnsuitableError: the person was given 100 roles there.
        InputError: it ends before it begins.
    """

    entity_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    role: RoleName = attrs.field(validator=is_word(RoleName))
    first_day: date = attrs.field(validator=is_day)
    last_day: date | None = attrs.field(default=None, validator=maybe(is_day))

    def __attrs_post_init__(self) -> None:
        if self.last_day is not None and self.last_day < self.first_day:
            raise InputError("last_day is before first_day")


@command
@attrs.frozen(kw_only=True)
class EndRole(Command[Roles]):
    """Say on which day a role of a person ends, past or future: the one that would be had on the day after it.

    Attributes:
        entity_id: id of the legal entity.
        person_id: id of the person.
        role: "volunteer", "voting member" or "board".
        last_day: its last local day; the day before its first one: it never counts.

    Raises:
        NotFoundError: the person has no roles there.
        UnsuitableError: the person has not that role on the day after it, and none ends on it.
    """

    entity_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    role: RoleName = attrs.field(validator=is_word(RoleName))
    last_day: date = attrs.field(validator=is_day)


__all__ = [
    "EndRole",
    "GiveRole",
]
