"""People. A person's record is private: it is never in the journal, and is emptied when the person is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import format_instant, instant
from cantinekit.common.fields import is_count, is_id, is_one_of, is_text
from cantinekit.domain.base import record
from cantinekit.domain.index import Index


@record("private")
@attrs.frozen
class Person:
    """Somebody whom the place knows: a member, a visitor, a holder of passes. ``email`` may be empty.

    ``leaving`` while it is looked at whether the person can be forgotten, ``forgotten`` afterwards: then the row is
    empty, and stays so that its id is never given to anybody else. ``gives_up``: units that are left are given up.
    """

    kind: ClassVar[str] = "person"
    id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    email: str = attrs.field(validator=is_text(320), default="")
    lang: str = attrs.field(validator=is_one_of("fr", "en"), default="fr")
    state: str = attrs.field(validator=is_one_of("present", "leaving", "forgotten"), default="present")
    gives_up: bool = False


@record("private", named=False)
@attrs.frozen
class EmailHolder:
    """Whose an e-mail address is, so that one address is one person. Its id is a hash of the address."""

    kind: ClassVar[str] = "email"
    id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)


@attrs.frozen
class Kept:
    """How many records of a kind were kept when a person was forgotten.

    ``why`` is ``names nobody`` (only the id of the person is in them, and no record says any more whose it is) or
    ``legal duty`` (they name the person, and have to be kept).
    """

    kind: str = attrs.field(validator=is_id)
    count: int = attrs.field(validator=is_count(most=10**9))
    why: str = attrs.field(validator=is_one_of("names nobody", "legal duty"))


@record("domain", fields=("all",), immutable=True)
@attrs.frozen
class Erasure:
    """A person was forgotten, and this was kept. Its id is the person's."""

    kind: ClassVar[str] = "erasure"
    id: str = attrs.field(validator=is_id)
    at: datetime = attrs.field(converter=instant)
    kept: tuple[Kept, ...] = ()

    def index(self) -> Index:
        yield "all", format_instant(self.at)


__all__ = [
    "EmailHolder",
    "Erasure",
    "Kept",
    "Person",
]
