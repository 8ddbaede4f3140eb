"""People: adding them, changing what is known of them, forgetting them."""

from __future__ import annotations

import re
from typing import Any

import attrs

from cantinekit.common.fields import check_text, is_a, is_id, is_one_of, maybe, maybe_id
from cantinekit.domain.base import Command, SystemCommand, command
from cantinekit.domain.people.records import Erasure, Person
from cantinekit.errors import InputError

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def _is_name(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not check_text(value, attribute.name, limit=200).strip():
        raise InputError(f"{attribute.name} must not be empty")


def _is_email(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate an e-mail address, as far as that goes without writing to it; an empty text is none."""
    address = check_text(value, attribute.name, limit=320).strip()
    if address and not _EMAIL.fullmatch(address):
        raise InputError(f"{attribute.name} is no e-mail address: it is written as name@example.org")


@command
@attrs.frozen
class AddPerson(Command[Person]):
    """Add a person whom the place knows. An e-mail address belongs to one person; an empty text means none."""

    name: str = attrs.field(validator=_is_name)
    email: str = attrs.field(default="", validator=_is_email)
    lang: str = attrs.field(default="fr", validator=is_one_of("fr", "en"))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen
class ChangePerson(Command[Person]):
    """Change what is known of a person; what is not given stays. An empty ``email`` takes the address away."""

    person_id: str = attrs.field(validator=is_id)
    name: str | None = attrs.field(default=None, validator=maybe(_is_name))
    email: str | None = attrs.field(default=None, validator=maybe(_is_email))
    lang: str | None = attrs.field(default=None, validator=maybe(is_one_of("fr", "en")))


@command
@attrs.frozen
class ForgetPerson(Command[Erasure]):
    """Forget who a person is, once nothing of theirs is open. With ``gives_up``, units that are left expire."""

    person_id: str = attrs.field(validator=is_id)
    gives_up: bool = attrs.field(default=False, validator=is_a(bool))


@command
@attrs.frozen
class SettleForgetting(SystemCommand[Erasure]):
    """Look at what is open of a person who is to be forgotten, and forget the person or let them stay."""

    person_id: str


__all__ = [
    "AddPerson",
    "ChangePerson",
    "ForgetPerson",
    "SettleForgetting",
]
