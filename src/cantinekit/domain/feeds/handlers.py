"""Making a secret address of a feed, and revoking it."""

from __future__ import annotations

from cantinekit.domain.decision import Decision
from cantinekit.domain.feeds.commands import RevokeFeed, ShareFeed
from cantinekit.domain.feeds.events import FeedRevoked, FeedShared
from cantinekit.domain.feeds.records import MAX_FEEDS, FeedLink
from cantinekit.domain.handling import handles
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.state import refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError
from cantinekit.plugins.ports import Key


@handles(ShareFeed)
def share_feed(c: ShareFeed, uow: Uow) -> Steps[Decision[FeedLink]]:
    """Make a secret address; the person is guarded, so that none is made while somebody is forgotten."""
    yield from uow.fetch([(Person, c.person_id), (FeedLink, c.link_id)])
    there = yield from uow.find(FeedLink, "person", f"{c.person_id}|", f"{c.person_id}}}")

    person = present(uow.state, c.person_id)
    refuse_twice(uow.state, FeedLink, c.link_id)
    if len(there) >= MAX_FEEDS:
        raise UnsuitableError(f"person {person.id} has {MAX_FEEDS} secret addresses of a feed: revoke one first")
    uow.add(FeedShared(person.id, c.link_id))
    uow.keep([FeedLink(c.link_id, person.id, c.digest, uow.now)])
    return uow.done_at(FeedLink, c.link_id)


@handles(RevokeFeed)
def revoke_feed(c: RevokeFeed, uow: Uow) -> Steps[Decision[Person]]:
    """Revoke a secret address, also of somebody who is being forgotten."""
    link = yield from uow.need(FeedLink, c.link_id)

    uow.add(FeedRevoked(link.person_id, link.id))
    uow.remove([Key(FeedLink.kind, link.id)])
    return uow.done_at(Person, link.person_id)
