"""The secret in the address of a feed: made from randomness that is passed in, kept as a hash, compared in constant
time, revoked. Pure: who stores the records and where is the host's business.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime

import attrs

from cantinekit.clock import instant
from cantinekit.domain.base import Subject
from cantinekit.errors import InputError

ID_BYTES, SECRET_BYTES = 9, 32
_TEXT = re.compile(r"ckf_([A-Za-z0-9_-]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_PURPOSE = b"cantinekit feed token 1\x00"


def _maybe(moment: datetime | None) -> datetime | None:
    return None if moment is None else instant(moment)


@attrs.frozen
class FeedToken:
    """What is stored of a token.

    Attributes:
        id: the part of the token by which the record is looked up; not a secret.
        subject: whose feed it opens.
        digest: SHA-256 of the token, from which the secret cannot be found.
        created: when it was made.
        revoked: from when on it opens nothing; ``None``: it is live.
    """

    id: str
    subject: Subject
    digest: bytes = attrs.field(repr=False)
    created: datetime = attrs.field(converter=instant)
    revoked: datetime | None = attrs.field(default=None, converter=_maybe)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.digest, bytes) or len(self.digest) != hashlib.sha256().digest_size:
            raise InputError("FeedToken.digest is a hash of 32 bytes")


def new_feed_token(subject: Subject, now: datetime, random: Callable[[int], bytes]) -> tuple[str, FeedToken]:
    """A token to show once, and the record to store.

    Args:
        subject: whose feed it opens.
        now: when it is made.
        random: gives as many unpredictable bytes as it is asked for: ``secrets.token_bytes`` in production.

    Raises:
        InputError: ``random`` gave another number of bytes.
    """
    parts = random(ID_BYTES), random(SECRET_BYTES)
    for part, size in zip(parts, (ID_BYTES, SECRET_BYTES), strict=True):
        if not isinstance(part, bytes) or len(part) != size:
            raise InputError(f"random({size}) must give {size} bytes")
    name, secret = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    text = f"ckf_{name}_{secret}"
    return text, FeedToken(name, subject, _digest(text), now)


def feed_token_id(text: str) -> str | None:
    """The id by which to look a token up; ``None`` when the text is no token.

    Args:
        text: what a client sent.
    """
    found = _TEXT.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found else None


def feed_token_opens(text: str, stored: FeedToken | None, subject: Subject) -> bool:
    """Whether a token opens the feed of a subject.

    The same work is done whether there is no record, a revoked one, one for another feed or a wrong secret, so that the
    time it takes reveals nothing.

    Args:
        text: what a client sent.
        stored: the record with the id of the token; ``None`` if there is none.
        subject: whose feed is asked for.
    """
    digest = stored.digest if stored is not None else bytes(hashlib.sha256().digest_size)
    same = hmac.compare_digest(_digest(text if isinstance(text, str) else ""), digest)
    live = stored is not None and stored.revoked is None and stored.subject == subject
    return same and live and feed_token_id(text) == (stored.id if stored is not None else None)


def revoked(token: FeedToken, now: datetime) -> FeedToken:
    """The record of a token that opens nothing from now on; a token that was revoked before keeps that instant.

    Args:
        token: the record.
        now: from when on it opens nothing.
    """
    return token if token.revoked is not None else attrs.evolve(token, revoked=now)


def _digest(text: str) -> bytes:
    return hashlib.sha256(_PURPOSE + text.encode("utf-8", "replace")).digest()
