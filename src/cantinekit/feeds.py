"""Feeds over HTTP, free of frameworks: a path or a token and headers go in, a status, headers and a body come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, get_args

import attrs

from cantinekit.common.fields import check_id
from cantinekit.common.typography import Lang
from cantinekit.errors import NotFoundError, TextError
from cantinekit.reads import Reader
from cantinekit.reads.feeds import FeedKind, HouseFeed
from cantinekit.records import FeedLink, Person, Subject
from cantinekit.scheduling.calendars import MEDIA_TYPE, etag, feed_token_id, feed_token_opens, matches

FORMATS = {
    ".ics": MEDIA_TYPE,
    ".jsonld": "application/ld+json; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}
"""The media types of a feed by the end of its path; a path without one of them is an .ics."""
PUBLIC_KINDS: tuple[FeedKind, ...] = tuple(kind for kind in get_args(FeedKind) if kind != "member")
"""What anybody may ask for by its id; the feed of a member has a token."""
_PLAIN = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))
_PUBLIC = (("Cache-Control", "public, max-age=300"), ("Access-Control-Allow-Origin", "*"))
_SECRET = (
    ("Cache-Control", "private, no-cache"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex"),
)


@attrs.frozen
class FeedResponse:
    """An answer, for any framework.

    Attributes:
        status: 200; 304 where the client has the feed as it is; or 404.
        headers: names and values.
        body: the bytes; empty for 304.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = attrs.field(repr=False)


class HasReads(Protocol):
    """A house, as far as a feed needs it."""

    read: Reader


def answer_feed(
    house: HasReads,
    path_or_token: str,
    headers: Mapping[str, str],
    *,
    weeks_before: int = 4,
    weeks_ahead: int = 26,
    lang: Lang = "en",
    link: str = "",
    domain: str = "",
) -> FeedResponse:
    """Answer a request for a feed, by GET or HEAD.

    A public feed has a path such as ``place/nantes.ics``: "place", "space", "facilitator" or "workshop", a slash and
    the id. That of a member has the token that ``Cantine.share_feed`` gave, such as ``ckf_….ics``. Each ends with .ics,
    .jsonld (schema.org) or .json (a plain list). An unknown id, a wrong token, a revoked one and one of somebody who
    was forgotten get the same answer.

    Args:
        house: the house.
        path_or_token: the path behind that of all feeds, already decoded; a slash at its beginning does not count.
        headers: the headers of the request; case does not count in their names.
        weeks_before: of how many weeks before today, 0 to 104.
        weeks_ahead: of how many weeks from today on, 1 to 104.
        lang: the language in which a title and a theme are put together, "fr" or "en".
        link: the address of the page of an entry, in which ``{kind}`` and ``{id}`` stand for those of its record.
        domain: what stands behind the @ of each UID; empty: nothing.

    Raises:
        InputError: the weeks are out of range, the link is no absolute http(s) URL or has another hole, or the domain
            is no host name.
        BackendError: the store failed.
    """
    name = path_or_token.removeprefix("/")
    ending = next((one for one in FORMATS if name.endswith(one)), "")
    subject, secret = _subject(house, name.removesuffix(ending))
    if subject is None:
        return FeedResponse(404, _PLAIN, b"there is no such feed\n")
    kind, id = subject
    try:
        feed = house.read.feed(
            kind, id, weeks_before=weeks_before, weeks_ahead=weeks_ahead, lang=lang, link=link, domain=domain
        )
    except NotFoundError:
        return FeedResponse(404, _PLAIN, b"there is no such feed\n")
    body = _written(feed, ending)
    tag = etag([body])
    about = (("ETag", tag), *(_SECRET if secret else _PUBLIC))
    asked = next((value for key, value in headers.items() if key.casefold() == "if-none-match"), None)
    if matches(asked, tag):
        return FeedResponse(304, about, b"")
    return FeedResponse(200, (("Content-Type", FORMATS[ending or ".ics"]), *about), body)


def _written(feed: HouseFeed, ending: str) -> bytes:
    if ending == ".jsonld":
        return feed.json_ld_text().encode()
    return feed.json().encode() if ending == ".json" else feed.ical()


def _subject(house: HasReads, name: str) -> tuple[tuple[FeedKind, str] | None, bool]:
    """What a path or a token asks for, and whether that is for one person alone; nothing where it opens nothing."""
    first, slash, id = name.partition("/")
    if slash:
        kind = next((one for one in PUBLIC_KINDS if one == first), None)
        return (None if kind is None or not _is_id(id) else (kind, id)), False
    link_id = feed_token_id(name)
    link = house.read.get(FeedLink, link_id) if link_id is not None else None
    stored = link.token if link is not None else None
    subject = stored.subject if stored is not None else Subject(Person.kind, "nobody")
    return (("member", subject.id) if feed_token_opens(name, stored, subject) else None), True


def _is_id(text: str) -> bool:
    try:
        check_id(text)
    except TextError:
        return False
    return True
