"""Commands about the directory: showing a profile, and withdrawing it."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.common.fields import check_text, is_id, is_text, is_word
from cantinekit.domain.base import KEYED, Command, command
from cantinekit.domain.directory.records import Audience, Profile, to_links, to_skills
from cantinekit.domain.people.records import Person
from cantinekit.errors import InputError


def _is_name(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a name of at most 200 characters, not blank; ``None``: that of the person."""
    if value is not None and not check_text(value, attribute.name, limit=200).strip():
        raise InputError(f"{attribute.name} must not be empty")


@command
@attrs.frozen(kw_only=True)
class PublishProfile(Command[Profile]):
    """Show what a person says of themselves in the directory. The host asks the person first: this is their consent.

    It takes the place of what was shown before. Nothing of it is in the journal but to whom it is shown. See
    docs/how-to/keep-a-directory.md.

    Attributes:
        person_id: id of the person.
        place_id: the place where they are at home: its members see what is shown to "members".
        audience: to whom it is shown: the "members" of that place, the members of all places ("network"), or
            "everybody".
        name: the name under which it is shown, not blank, at most 200 characters; ``None``: the name of the person as
            it is now.
        headline: what they do, in a line of at most 200 characters.
        skills: what they can do: at most 20 texts of at most 60 characters.
        links: their pages: at most 10 addresses by https, of at most 500 characters, to a host with a name.

    Raises:
        NotFoundError: there is no such person or place.
        WrongStateError: the person is being forgotten, or was.
        InputError: a link is no such address.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)
    place_id: str = attrs.field(validator=is_id)
    audience: Audience = attrs.field(validator=is_word(Audience))
    name: str | None = attrs.field(default=None, validator=_is_name, repr=False, metadata=KEYED)
    headline: str = attrs.field(default="", validator=is_text(200), repr=False, metadata=KEYED)
    skills: tuple[str, ...] = attrs.field(default=(), converter=to_skills, repr=False, metadata=KEYED)
    links: tuple[str, ...] = attrs.field(default=(), converter=to_links, repr=False, metadata=KEYED)


@command
@attrs.frozen(kw_only=True)
class WithdrawProfile(Command[Person]):
    """Withdraw a profile: it is gone at once, from the directory and from the store.

    Attributes:
        person_id: id of the person.

    Raises:
        NotFoundError: the person shows no profile.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)


__all__ = [
    "PublishProfile",
    "WithdrawProfile",
]
