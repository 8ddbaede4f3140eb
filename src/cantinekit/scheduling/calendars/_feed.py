"""A feed: events as a stream of bytes, one component at a time; what did not change is kept (RFC 5545, 7986)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from operator import attrgetter

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import check_text
from cantinekit.domain.base import Subject
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.scheduling.calendars._emit import put, put_text, uri
from cantinekit.scheduling.calendars._event import CalendarEvent, check_fields
from cantinekit.scheduling.calendars._freebusy import PRODID, wrapped
from cantinekit.scheduling.calendars._vtimezone import vtimezone
from cantinekit.scheduling.calendars._write import write_event, zone_of
from cantinekit.scheduling.recurrence import Length, Series

MEDIA_TYPE = "text/calendar; charset=utf-8"
_END = b"END:VCALENDAR\r\n"


@attrs.frozen
class Feed:
    """What a feed says of itself: for a place, a space, a facilitator or a member (RFC 7986, section 5).

    Attributes:
        name: the name that clients show (NAME).
        description: a text about it (DESCRIPTION).
        zone: IANA name of its zone (X-WR-TIMEZONE); ``None``: not written.
        color: a CSS3 colour name (COLOR).
        refresh: how often a client should look again (REFRESH-INTERVAL); most look when they like.
        source: the address of the feed, without a secret in it (SOURCE).
        url: the address of a page about it (URL).
        image: the address of a picture (IMAGE).

    Raises:
        InputError: a link that is none, a refresh of no time, a colour that is no name, an unknown zone.
    """

    name: str
    description: str = ""
    zone: str | None = None
    color: str | None = None
    refresh: Length = attrs.field(factory=lambda: Length(0, 3600))
    source: str | None = None
    url: str | None = None
    image: str | None = None

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "the name of a feed", limit=1_000)
        check_text(self.description, "the description of a feed", limit=10_000)
        check_fields([("color", self.color), ("url", self.url), ("image", self.image)])
        if self.source is not None:
            uri(self.source, "the source of a feed")
        if self.zone is not None:
            zone(self.zone)
        if not isinstance(self.refresh, Length) or not self.refresh:
            raise InputError("a feed is refreshed after a Length that is more than nothing")

    def head(self) -> bytes:
        """The lines of the calendar before its components."""
        from icalendar import Calendar

        lines = Calendar()
        put(lines, "VERSION", "2.0")
        put(lines, "PRODID", PRODID)
        put(lines, "CALSCALE", "GREGORIAN")
        put(lines, "METHOD", "PUBLISH")
        put_text(lines, "NAME", self.name)
        put_text(lines, "X-WR-CALNAME", self.name)
        put_text(lines, "DESCRIPTION", self.description)
        put_text(lines, "X-WR-CALDESC", self.description)
        put_text(lines, "X-WR-TIMEZONE", self.zone)
        put_text(lines, "COLOR", self.color)
        put(lines, "REFRESH-INTERVAL", str(self.refresh), {"VALUE": "DURATION"})
        put(lines, "X-PUBLISHED-TTL", str(self.refresh))
        if self.source is not None:
            put(lines, "SOURCE", self.source, {"VALUE": "URI"})
        if self.url is not None:
            put(lines, "URL", self.url)
        if self.image is not None:
            put(lines, "IMAGE", self.image, {"VALUE": "URI", "DISPLAY": "BADGE"})
        return bytes(lines.to_ical(sorted=False)).removesuffix(_END)


_REST = attrgetter(*(field.name for field in attrs.fields(CalendarEvent) if field.name != "series"))
_SERIES = attrgetter(
    *(field.name for field in attrs.fields(Series) if field.eq and field.name not in ("start", "exdates"))
)


def same(one: CalendarEvent, other: CalendarEvent) -> bool:
    """Whether two events are equal, sooner than ``==`` says it.

    Moments in one zone are compared as they stand; what is not so plain is left to ``==``.
    """
    if one is other:
        return True
    a, b = one.series, other.series
    if _SERIES(a) != _SERIES(b) or _REST(one) != _REST(other):
        return one == other
    if a.zone is not b.zone:
        return one == other
    return a.start == b.start and a.exdates == b.exdates


class WrittenComponents:
    """The components of a feed as they were last written, by UID. Written by one thread at a time.

    An event is written anew when it is not equal to what it was; its bytes are the same as without this. What a whole
    run did not ask for is forgotten at the end of it.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[CalendarEvent, bytes]] = {}
        self._next: dict[str, tuple[CalendarEvent, bytes]] = {}
        self.written = 0
        """How many events were written anew in the last run."""

    def __len__(self) -> int:
        return len(self._last)

    def begin(self) -> None:
        self._next, self.written = {}, 0

    def of(self, event: CalendarEvent) -> bytes:
        """The components of an event, from the cache if the event is unchanged.

        Args:
            event: the event.
        """
        uid = event.series.uid
        known = self._last.get(uid)
        if known is None or not same(known[0], event):
            known = (event, write_event(event))
            self.written += 1
        self._next[uid] = known
        return known[1]

    def end(self) -> None:
        self._last, self._next = self._next, {}


def write_feed(
    feed: Feed, events: Iterable[CalendarEvent], *, kept: WrittenComponents | None = None
) -> Iterator[bytes]:
    """The feed, piece by piece: head, then each event, before it the VTIMEZONE of a new zone, then the end.

    Only the names of zones and the UIDs are held. The same feed and events, with one version of the zone database, give
    the same bytes, with ``kept`` or without.

    Args:
        feed: what the feed says of itself.
        events: the events, in the order of the file.
        kept: a cache of the bytes of events between calls; ``None``: nothing is cached.

    Raises:
        InputError: two events with one UID; a change of all later dates, which has to be split off before.
    """
    zones: set[str] = set()
    seen: set[object] = set()
    if kept is not None:
        kept.begin()
    yield feed.head()
    for event in events:
        key = event.series.uid if event.instance is None else (event.series.uid, event.instance)
        if key in seen:
            raise InputError(f"two events with the UID {shown(event.series.uid)} in one feed")
        seen.add(key)
        name = zone_of(event)
        if name is not None and name not in zones:
            zones.add(name)
            yield vtimezone(name)
        yield write_event(event) if kept is None else kept.of(event)
    if kept is not None:
        kept.end()
    yield _END


def write_resource(event: CalendarEvent) -> bytes:
    """An event with its changed dates as a CalDAV server stores it: a calendar without METHOD (RFC 4791, section 4.1).

    Args:
        event: the event.
    """
    name = zone_of(event)
    return wrapped([*([] if name is None else [vtimezone(name)]), write_event(event, people=True)])


def etag(chunks: Iterable[bytes]) -> str:
    """A strong ETag (RFC 9110, section 8.8.3): it changes exactly when a byte does.

    Args:
        chunks: the bytes of the answer, in pieces.
    """
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return f'"{digest.hexdigest()[:43]}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names the ETag, so that 304 is the answer (RFC 9110, section 13.1.2).

    Args:
        if_none_match: the value of the header; ``None`` if it was not sent.
        tag: the ETag of the answer.
    """
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag in (one.strip().removeprefix("W/") for one in if_none_match[:8_000].split(","))


def events_of(subject: Subject, events: Iterable[CalendarEvent], *, private: bool) -> Iterator[CalendarEvent]:
    """The events of a place, a space, a facilitator or a member.

    Args:
        subject: whose events.
        events: all events.
        private: whether private events are given in full, as in a feed behind a secret; otherwise they say only when
            (see ``veiled``).
    """
    for event in events:
        if subject in event.subjects:
            yield event if private or not event.private else veiled(event)


def veiled(event: CalendarEvent) -> CalendarEvent:
    """The event with its times alone: no text, no people.

    Args:
        event: the event.
    """
    overrides = [attrs.evolve(one, fields=()) for one in event.series.overrides]
    kept = [(name, value) for name, value in event.series.fields if name == "uid"]
    series = attrs.evolve(event.series, fields=kept, overrides=overrides)
    return attrs.evolve(event, series=series, organizer=None, attendees=())
