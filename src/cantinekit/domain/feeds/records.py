"""The secret address of a feed, as far as it is stored: what it is known by again, and never the secret itself."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import PrivateText, check_text, is_id
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars import FeedToken

MAX_FEEDS = 20
"""The most secret addresses of one person: one for each device and for each that was lost."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_digest(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate 32 bytes as hexadecimal digits. No refusal repeats them."""
    if not _DIGEST.fullmatch(check_text(value, attribute.name, limit=64)):
        raise InputError(f"{attribute.name} is a hash of 64 hexadecimal digits")


@record("private", fields=("person",), person="person", named=False)
@attrs.frozen
class FeedLink:
    """A secret address of the feed of a person. It is private: it goes when it is revoked, or the person is forgotten.

    Attributes:
        id: the part of the token by which it is looked up; not a secret.
        person_id: the person whose feed it opens.
        digest: the SHA-256 of the token as hexadecimal digits, from which nobody finds the token.
        made_at: when it was made, in UTC.

    Index:
        person: person id, made at.
    """

    kind: ClassVar[str] = "feed_link"
    id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    digest: PrivateText = attrs.field(validator=is_digest, repr=False)
    made_at: datetime = attrs.field(converter=instant)

    @property
    def token(self) -> FeedToken:
        """What a token that somebody sends is compared with."""
        return FeedToken(self.id, Subject("person", self.person_id), bytes.fromhex(self.digest), self.made_at)

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.made_at)


__all__ = [
    "MAX_FEEDS",
    "FeedLink",
]
