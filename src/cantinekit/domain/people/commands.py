"""People: adding them, changing what is known of them, forgetting them."""

from __future__ import annotations

import re
from typing import Any

import attrs

from cantinekit.common.fields import check_text, is_a, is_id, is_word, maybe, maybe_id
from cantinekit.domain.base import Command, SystemCommand, command
from cantinekit.domain.people.records import Erasure, Lang, Person
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
@attrs.frozen(kw_only=True)
class AddPerson(Command[Person]):
    """Add a person whom the place knows.

    Attributes:
        name: the name, not blank, at most 200 characters.
        email: the e-mail address, at most 320 characters, which belongs to one person; empty: none.
        lang: the language of messages, "fr" or "en".
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken, or somebody has the e-mail address.
    """

    name: str = attrs.field(validator=_is_name)
    email: str = attrs.field(default="", validator=_is_email)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ChangePerson(Command[Person]):
    """Change what is known of a person.

    Attributes:
        person_id: id of the person.
        name: the new name; ``None``: as it is.
        email: the new e-mail address, empty to remove it; ``None``: as it is.
        lang: the new language, "fr" or "en"; ``None``: as it is.

    Raises:
        NotFoundError: there is no such person.
        DuplicateError: somebody else has the e-mail address.
        WrongStateError: the person is being forgotten, or was.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str | None = attrs.field(default=None, validator=maybe(_is_name))
    email: str | None = attrs.field(default=None, validator=maybe(_is_email))
    lang: Lang | None = attrs.field(default=None, validator=maybe(is_word(Lang)))


@command
@attrs.frozen(kw_only=True)
class ForgetPerson(Command[Erasure]):
    """Forget who a person is, once nothing of theirs is open: their private records are emptied or removed.

    What was sold and what the law requires to be kept stays, and names nobody.

    See docs/how-to/forget-and-export.md.

    Attributes:
        person_id: id of the person.
        gives_up: whether units that are left expire with it; else they stand in the way.

    Raises:
        NotFoundError: there is no such person.
        NotOverError: something of the person is not over; the error names it, and the person stays.
        WrongStateError: the person is being forgotten, or was.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)
    gives_up: bool = attrs.field(default=False, validator=is_a(bool))


@command
@attrs.frozen(kw_only=True)
class SettleForgetting(SystemCommand[Erasure]):
    """Check what is open of a person who is to be forgotten, and forget the person or withdraw.

    Attributes:
        person_id: id of the person.

    Raises:
        NotFoundError: there is no such person.
        NotOverError: something of the person is not over; the error names it, and the person stays.
    """

    person_id: str = attrs.field(kw_only=False)


__all__ = [
    "AddPerson",
    "ChangePerson",
    "ForgetPerson",
    "SettleForgetting",
]
