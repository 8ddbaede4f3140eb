"""What somebody says of themselves to others. It is private: no event holds it, and it goes when it is withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import PrivateText, check_text, is_id, is_text, is_word, listed, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.directory.words import words_of
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError

Audience = Literal["members", "network", "everybody"]
"""To whom a profile is shown: the ``members`` of its place, the members of all places (``network``), or
``everybody``."""
SEES: dict[Audience, tuple[Audience, ...]] = {
    "members": ("members", "network", "everybody"),
    "network": ("network", "everybody"),
    "everybody": ("everybody",),
}
"""The profiles that are shown to whoever asks, by who asks: those for exactly these, and for more people."""
MAX_SKILLS = 20
MAX_LINKS = 10


def is_link(text: object, name: str) -> str:
    """A link of a profile: an address of the web, by https, to a host with a name.

    Args:
        text: what was given.
        name: the field, for the message.

    Raises:
        InputError: it is none. The message does not repeat it.
    """
    link = check_text(text, name, limit=500).strip()
    try:
        parts = urlsplit(link)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    plain = link.isprintable() and not any(one in link for one in " \\\"'<>`{}|^")
    named = "." in host.strip(".") and not host.startswith(".") and not host.replace(".", "").isdigit()
    if not plain or parts.scheme != "https" or not named or "@" in parts.netloc or port not in (None, 443):
        raise InputError(f"{name} are addresses such as https://example.org/zoe")
    return link


def to_links(values: Iterable[str]) -> tuple[str, ...]:
    """Convert links to a tuple of them, each once.

    Raises:
        InputError: they are more than 10, or one is no address by https.
    """
    found = tuple(dict.fromkeys(is_link(one, "links") for one in listed(values, "links")))
    if len(found) > MAX_LINKS:
        raise InputError(f"links are at most {MAX_LINKS}")
    return found


def to_skills(values: Iterable[str]) -> tuple[str, ...]:
    """Convert skills to a tuple of them, each once.

    Raises:
        InputError: they are more than 20, or one is blank or longer than 60 characters.
    """
    found = tuple(dict.fromkeys(check_text(one, "skills", limit=60).strip() for one in listed(values, "skills")))
    if len(found) > MAX_SKILLS or not all(found):
        raise InputError(f"skills are at most {MAX_SKILLS} texts, none of them blank")
    return found


@record("private", fields=("person", "name", "place", "word", "place_word"), person="person", named=False)
@attrs.frozen
class Profile:
    """What a person says of themselves, to those to whom they agreed to show it.

    Attributes:
        id: the id of the person.
        place_id: the place where they are at home: its members see what is shown to ``members``.
        audience: to whom it is shown.
        name: the name under which it is shown.
        headline: what they do, in a line.
        skills: what they can do, each in a few words.
        links: their pages, by https.
        published_at: when they agreed to what it says and to whom it is shown, in UTC.

    Index:
        person: person id.
        name: audience, words of the name, person id.
        place: place id, audience, words of the name, person id.
        word: audience, word, person id; for each word of the name, the headline and the skills.
        place_word: place id, audience, word, person id; for each of these.
    """

    kind: ClassVar[str] = "profile"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    audience: Audience = attrs.field(validator=is_word(Audience))
    name: PrivateText = attrs.field(validator=is_text(200), repr=False)
    headline: PrivateText = attrs.field(default="", validator=is_text(200), repr=False)
    skills: tuple[PrivateText, ...] = attrs.field(default=(), converter=to_ids, repr=False)
    links: tuple[PrivateText, ...] = attrs.field(default=(), converter=to_ids, repr=False)
    published_at: datetime = attrs.field(converter=instant, kw_only=True)

    @property
    def sorts_by(self) -> str:
        """The words of the name, by which profiles are listed."""
        return " ".join(words_of(self.name))[:100]

    @property
    def words(self) -> tuple[str, ...]:
        """The words by which it is found, in order, each once."""
        return tuple(sorted({word for text in (self.name, self.headline, *self.skills) for word in words_of(text)}))

    def index(self) -> Index:
        yield "person", f"{self.id}|"
        yield "name", composite(self.audience, self.sorts_by, self.id)
        yield "place", composite(self.place_id, self.audience, self.sorts_by, self.id)
        for word in self.words:
            yield "word", composite(self.audience, word, self.id)
            yield "place_word", composite(self.place_id, self.audience, word, self.id)


__all__ = [
    "Audience",
    "Profile",
]
