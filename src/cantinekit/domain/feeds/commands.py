"""Commands about the secret address of a feed: making one, and revoking it."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import is_id
from cantinekit.domain.base import LEFT_OUT, Command, command
from cantinekit.domain.feeds.records import FeedLink, is_digest
from cantinekit.domain.people.records import Person


@command
@attrs.frozen(kw_only=True)
class ShareFeed(Command[FeedLink]):
    """Make a secret address of the feed of a person. ``Cantine.share_feed`` makes the token, and is what you want.

    The command has the hash of the token only: the secret is shown once to whoever made it, and is never stored. See
    docs/how-to/serve-feeds.md.

    Attributes:
        person_id: id of the person whose feed it opens.
        link_id: the id of the token, as ``new_feed_token`` gives it.
        digest: the SHA-256 of the token as 64 hexadecimal digits, as ``new_feed_token`` gives it.

    Raises:
        NotFoundError: there is no such person.
        WrongStateError: the person is being forgotten, or was.
        UnsuitableError: the person has 20 secret addresses: revoke one first.
        DuplicateError: there is an address with this id.
        InputError: ``digest`` is no such hash.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)
    link_id: str = attrs.field(validator=is_id)
    digest: str = attrs.field(validator=is_digest, repr=False, metadata=LEFT_OUT)


@command
@attrs.frozen(kw_only=True)
class RevokeFeed(Command[Person]):
    """Revoke a secret address of a feed: from now on it opens nothing, and nothing of it is stored.

    Attributes:
        link_id: the id of the address, as ``FeedLink.id``.

    Raises:
        NotFoundError: there is no such address.
    """

    link_id: str = attrs.field(validator=is_id, kw_only=False)


__all__ = [
    "RevokeFeed",
    "ShareFeed",
]
