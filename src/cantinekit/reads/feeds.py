"""Feeds: what happens at a place, in a space, of a workshop, by a facilitator, or to a member, as calendars read it.

A feed of a place, a space, a facilitator or a workshop is for everybody: it has the sessions, which are public, and of
bookings only when they are. A feed of a member is for that person alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import attrs

from cantinekit import records as m
from cantinekit.clock import Period, local, widened
from cantinekit.common.arguments import checked
from cantinekit.common.typography import Lang
from cantinekit.domain.occupancy.records import LONG_CLAIM_DAYS, MAX_BOOKING_DAYS
from cantinekit.errors import InputError, NotFoundError
from cantinekit.errors.shown import shown
from cantinekit.messages.links import is_link
from cantinekit.plugins.ports import Key, Row
from cantinekit.reads.periods import begins_for
from cantinekit.reads.sessions import SessionReads, meetings_in
from cantinekit.records import Subject
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars import CalendarEvent, Feed, json_ld, json_ld_script, write_feed
from cantinekit.scheduling.calendars import veiled as without_texts
from cantinekit.scheduling.recurrence import Length, Series

FeedKind = Literal["place", "space", "facilitator", "workshop", "member"]
FeedState = Literal["confirmed", "tentative", "cancelled"]
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""The LAST-MODIFIED of what an earlier version of this library stored, which kept none."""
MAX_WEEKS = 104
"""The most weeks of a feed, before today and after it."""
_LONGEST = timedelta(days=MAX_BOOKING_DAYS)
"""How long before its end a booking may have begun, and a seat may have been asked for."""
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_ENDED = ("cancelled", "declined", "expired", "released")
_HAD = ("held", "confirmed", "cancelled")
"""The states of a registration that is or was a seat, and not a rank on a waiting list."""
T = TypeVar("T", bound=m.Record)


@attrs.frozen
class FeedItem:
    """One entry of a feed: a session, a meeting of a course, a booking, or a seat.

    Attributes:
        uid: its name for ever, also when it is moved or cancelled. Of a booking that is shown as busy it is a hash.
        period: from when until when.
        zone: IANA name of the zone of its place.
        state: ``confirmed``; ``tentative``: a hold, a request, or a session that is not decided yet; or ``cancelled``.
        kind: the kind of the record that it is of: "session", "booking" or "registration"; empty where it is only
            shown as busy.
        id: the id of that record; empty where it is only shown as busy.
        title: what it is: the title of the session with its theme, or the name of the space; empty where it is only
            shown as busy.
        location: the names of the space and the place, and the address; empty where it is only shown as busy.
        url: the address of a page about it; empty for none.
        sequence: how often it changed in what counts (RFC 5545, 3.8.7.4); it never goes down.
        changed_at: when it last changed, in UTC; ``None``: an earlier version stored it, which kept no time.
        meeting_id: the meeting of a course; ``None`` for anything else.
    """

    uid: str
    period: Period
    zone: str
    state: FeedState
    kind: str = ""
    id: str = ""
    title: str = ""
    location: str = ""
    url: str = ""
    sequence: int = 0
    changed_at: datetime | None = None
    meeting_id: str | None = None

    @property
    def busy_only(self) -> bool:
        """Whether it says only when, as a booking does in a feed for everybody."""
        return not self.kind

    def event(self) -> CalendarEvent:
        """The entry as an event of a calendar."""
        lasts, start = self.period.length, local(self.period.start, self.zone).replace(microsecond=0)
        if start.fold:  # of an hour that comes twice, a calendar says the second pass in UTC only
            start = start.astimezone(UTC)
        fields = {"title": self.title, "location": self.location, "url": self.url}
        series = Series(
            self.uid,
            start,
            Length(0, lasts.days * 86_400 + lasts.seconds),
            sequence=self.sequence,
            status=self.state,
            fields={name: text for name, text in fields.items() if text},
        )
        event = CalendarEvent(series, modified=self.changed_at or UNKNOWN, private=self.busy_only)
        return without_texts(event) if self.busy_only else event

    def data(self) -> dict[str, Any]:
        """The entry as JSON data: times on the wall of its zone, with their offset from UTC."""
        return {
            "uid": self.uid,
            "kind": self.kind or "busy",
            "id": self.id,
            "title": self.title,
            "location": self.location,
            "start": local(self.period.start, self.zone).isoformat(),
            "end": local(self.period.end, self.zone).isoformat(),
            "zone": self.zone,
            "state": self.state,
            "url": self.url,
        }


@attrs.frozen
class HouseFeed:
    """A feed: its entries, and the same as iCalendar, as schema.org JSON-LD and as JSON.

    Attributes:
        subject: what it is a feed of.
        name: the name that calendars show.
        zone: IANA name of its zone: that of the place; of a member that of the first entry, UTC without any.
        window: the period of which it has entries.
        items: its entries by their start.
    """

    subject: Subject
    name: str
    zone: str
    window: Period
    items: tuple[FeedItem, ...]

    @property
    def secret(self) -> bool:
        """Whether it is for one person alone."""
        return self.subject.kind == "member"

    def ical(self) -> bytes:
        """The feed as iCalendar (RFC 5545); the same entries give the same bytes."""
        head = Feed(self.name or self.subject.kind, zone=self.zone)
        return b"".join(write_feed(head, (one.event() for one in self.items)))

    def json_ld(self) -> tuple[dict[str, Any], ...]:
        """The entries as Events of schema.org, without those that say only when."""
        named = (one.event() for one in self.items if not one.busy_only)
        return tuple(json_ld(one, self.window, zone=self.zone) for one in named)

    def json_ld_text(self) -> str:
        """The same as the text of a ``<script type="application/ld+json">``: nothing in it ends the script."""
        return json_ld_script(self.json_ld())

    def json(self) -> str:
        """The entries as a JSON list, each as ``FeedItem.data``."""
        return json.dumps([one.data() for one in self.items], ensure_ascii=False)


@attrs.frozen
class _Asked:
    """How a feed is asked for."""

    subject: Subject
    window: Period
    now: datetime
    lang: Lang
    link: str
    domain: str

    def uid(self, *parts: str | None) -> str:
        name = "-".join(part for part in parts if part)
        return f"{name}@{self.domain}" if self.domain else name

    def url(self, kind: str, id: str) -> str:
        return self.link.replace("{kind}", kind).replace("{id}", quote(id, safe=""))


class _Rows:
    """Rows that were loaded, each read once however often it is asked for."""

    def __init__(self, rows: Mapping[Key, Row]) -> None:
        self.rows = rows
        self._read: dict[Key, m.Record] = {}

    def need(self, cls: type[T], id: str) -> T:
        """A record among them.

        Raises:
            NotFoundError: it is not among them.
        """
        key = Key(cls.kind, id)
        if key not in self._read:
            if key not in self.rows:
                raise NotFoundError(cls.kind, id)
            self._read[key] = codec.decode(self.rows[key])
        return self._read[key]  # type: ignore[return-value]


class FeedReads(SessionReads):
    """Answers with feeds."""

    @checked
    def feed(
        self,
        kind: FeedKind,
        id: str,
        *,
        weeks_before: int = 4,
        weeks_ahead: int = 26,
        lang: Lang = "en",
        link: str = "",
        domain: str = "",
    ) -> HouseFeed:
        """The feed of a place, a space, a facilitator, a workshop or a member, in at most 5 round trips.

        A place, a facilitator and a workshop have their sessions, a course one entry for each meeting; a space has the
        sessions in it, and the bookings of it and of what it shares its rooms with, which say only when. A member has
        bookings and seats, but not those that wait. What is cancelled stays in the feed, marked so, as long as its
        time is in the window. Nobody is named in it. Whoever may see the feed of a member, the host decides:
        ``cantinekit.feeds`` asks for the secret.

        Args:
            kind: what it is a feed of.
            id: the place, the space, the space that makes somebody a facilitator, the workshop, or the person.
            weeks_before: of how many weeks before today, 0 to 104.
            weeks_ahead: of how many weeks from today on, 1 to 104.
            lang: the language in which a title and a theme are put together, "fr" or "en".
            link: the address of the page of an entry, in which ``{kind}`` and ``{id}`` stand for those of its record;
                empty: entries have no link.
            domain: what stands behind the @ of each UID, such as the host name of the house; empty: nothing. It stays
                the same for ever, or calendars show each entry twice.

        Raises:
            NotFoundError: there is no such record, or the space is no facilitator.
            InputError: the weeks are out of range, the link is no absolute http(s) URL or has another hole, or the
                domain is no host name.
        """
        if not (0 <= weeks_before <= MAX_WEEKS and 1 <= weeks_ahead <= MAX_WEEKS):
            raise InputError(f"a feed has 0 to {MAX_WEEKS} weeks before today, and 1 to {MAX_WEEKS} ahead")
        if domain and not _DOMAIN.fullmatch(domain):
            raise InputError(f"domain is a host name, not {shown(domain)}")
        if link and not is_link(link.replace("{kind}", kind).replace("{id}", "1")):
            raise InputError(f"an absolute http(s) URL is needed, with {{kind}} and {{id}}, not {shown(link)}")
        now = self._now()
        today = datetime.combine(now.date(), time(), UTC)  # by whole days, so that the same is the same all day
        window = Period(today - timedelta(weeks=weeks_before), today + timedelta(weeks=weeks_ahead))
        asked = _Asked(Subject(kind, id), window, now, lang, link, domain)
        if kind == "member":
            return self._feed_of_member(asked)
        if kind == "place":
            self._there(m.Place, id)
            return self._public(asked, id, _meetings(asked, self._programme(id, window)))
        if kind == "workshop":
            workshop = self.need(m.Workshop, id)
            there = self._programme(workshop.place_id, window)
            meetings = _meetings(asked, (one for one in there if one.workshop_id == id))
            return self._public(asked, workshop.place_id, meetings, workshop.title)
        space = self.need(m.Space, id)
        if kind == "space":
            return self._feed_of_space(asked, space)
        if space.use != m.FACILITATOR:
            raise NotFoundError("facilitator", id)
        led = _meetings(asked, self._of(m.Session, "facilitator", id, begins_for(window)))
        return self._public(asked, space.place_id, [one for one in led if id in one[1].facilitator_ids])

    @checked
    def feed_links(self, person_id: str) -> tuple[m.FeedLink, ...]:
        """The secret addresses of the feed of a person, the oldest first. Of none the secret is known.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        return tuple(self._of_person(m.FeedLink, person_id))

    # --- for everybody ---------------------------------------------------------------------------------------------

    def _public(
        self,
        asked: _Asked,
        place_id: str,
        meetings: Sequence[tuple[m.Session, m.Meeting]],
        name: str = "",
        own: Sequence[tuple[Row, m.Booking]] = (),
        others: Iterable[str] = (),
    ) -> HouseFeed:
        """A feed for everybody: meetings of sessions in full, and when bookings are, those in rows and some by id."""
        keys = [Key(m.Place.kind, place_id), *(Key(m.Booking.kind, id) for id in others)]
        found = self._by_key([*keys, *(key for one in meetings for key in _names(*one))])
        place = found.need(m.Place, place_id)
        items = [_session_item(asked, found, session, meeting) for session, meeting in meetings]
        more = [(row, found.need(m.Booking, key.id)) for key, row in found.rows.items() if key.kind == m.Booking.kind]
        items += _busy_items(asked, place, [*own, *more])
        return _feed(asked, f"{name}, {place.name}" if name else place.name, place.zone, items)

    def _feed_of_space(self, asked: _Asked, space: m.Space) -> HouseFeed:
        """The sessions in a space, and when it is booked, by itself or by what shares its rooms."""
        leaves = set(space.leaves)
        keys = [Key(m.OccupancyPage.kind, m.page_id(leaf, day)) for leaf in space.leaves for day in asked.window.days()]
        keys += [Key(m.StandingPage.kind, m.standing_id(leaf)) for leaf in space.leaves]
        pages = [codec.decode(row) for row in self._by_key(keys).rows.values()]
        taken = {one.id for page in pages if isinstance(page, m.OccupancyPage | m.StandingPage) for one in page.claims}
        there = _meetings(asked, self._programme(space.place_id, asked.window))
        meetings = [
            (session, one)
            for session, one in there
            if one.space_id == space.id or any(placed.space_id in leaves for placed in one.placed)
        ]
        since = widened(asked.window, timedelta(days=LONG_CLAIM_DAYS), timedelta())
        own = self._of_whom(m.Booking, "space", space.id, since)
        others = taken - {id for pair in meetings for id in (pair[0].id, pair[1].id)} - {one.id for _, one in own}
        return self._public(asked, space.place_id, meetings, space.name, own, sorted(others))

    # --- for one person --------------------------------------------------------------------------------------------

    def _feed_of_member(self, asked: _Asked) -> HouseFeed:
        """The bookings and the seats of a person."""
        person, since = self.need(m.Person, asked.subject.id), widened(asked.window, _LONGEST, timedelta())
        bookings = self._of_whom(m.Booking, "person", person.id, since)
        asked_for = Period(since.start, asked.now + timedelta(seconds=1))
        seats = self._of_whom(m.Registration, "person", person.id, asked_for)
        mine = [(row, one) for row, one in seats if one.state in _HAD]
        at = self._by_key(Key(m.Session.kind, id) for _, seat in mine for id in _been_at(seat))
        held = [
            (row, seat, session, meeting)
            for row, seat in mine
            for id in _been_at(seat)
            for session, meeting in _meetings(asked, [at.need(m.Session, id)])
        ]
        booked = [(row, one) for row, one in bookings if one.period.overlaps(asked.window)]
        keys = [key for *_, session, meeting in held for key in _names(session, meeting)]
        keys += [key for _, one in booked for key in (Key(m.Space.kind, one.space_id), Key(m.Place.kind, one.place_id))]
        found = self._by_key(keys)
        items = [_booking_item(asked, found, row, one) for row, one in booked]
        items += [item for one in held if (item := _seat_item(asked, found, *one)) is not None]
        return _feed(asked, person.name, items[0].zone if items else "UTC", items)

    # --- rows ------------------------------------------------------------------------------------------------------

    def _of_whom(self, cls: type[T], field: str, id: str, within: Period) -> list[tuple[Row, T]]:
        """The records of a class, and their rows, by an index field that begins with an id and ends in an instant."""
        rows = self._rows(cls, field, *codec.between(id, within.start, within.end))
        return [(row, codec.decode(row)) for row in rows]  # type: ignore[misc]

    def _by_key(self, keys: Iterable[Key]) -> _Rows:
        """The rows of some keys that are there, each once."""
        return _Rows({row.key: row for row in self._rows_of(dict.fromkeys(keys))})


def _meetings(asked: _Asked, sessions: Iterable[m.Session]) -> list[tuple[m.Session, m.Meeting]]:
    return [(session, one) for session in sessions for one in meetings_in(session, asked.window)]


def _names(session: m.Session, meeting: m.Meeting) -> Iterator[Key]:
    """What a meeting has its title and its location from."""
    yield Key(m.Workshop.kind, session.workshop_id)
    yield Key(m.Place.kind, session.place_id)
    if meeting.space_id is not None:
        yield Key(m.Space.kind, meeting.space_id)


def _feed(asked: _Asked, name: str, zone: str, items: Iterable[FeedItem]) -> HouseFeed:
    ordered = sorted(items, key=lambda one: (one.period, one.uid))
    return HouseFeed(asked.subject, name, zone, asked.window, tuple(ordered))


def _where(found: _Rows, place: m.Place, space_id: str | None) -> str:
    names = [found.need(m.Space, space_id).name] if space_id is not None else []
    return ", ".join(one for one in (*names, place.name, *place.address) if one)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)


def _session_item(asked: _Asked, found: _Rows, session: m.Session, meeting: m.Meeting) -> FeedItem:
    """A meeting as everybody sees it."""
    place, course = found.need(m.Place, session.place_id), bool(session.meetings)
    open_yet = session.state == "planned" and session.decide_at is not None
    state: FeedState = "tentative" if open_yet else "confirmed"
    return FeedItem(
        asked.uid("session", session.id, meeting.id if course else None),
        meeting.period,
        place.zone,
        "cancelled" if meeting.state == "cancelled" else state,
        m.Session.kind,
        session.id,
        m.titled(found.need(m.Workshop, session.workshop_id).title, session, asked.lang),
        _where(found, place, meeting.space_id),
        asked.url(m.Session.kind, session.id),
        meeting.sequence,
        _latest(meeting.changed_at, session.changed_at),
        meeting.id if course else None,
    )


def _been_at(seat: m.Registration) -> tuple[str, ...]:
    """The ids of the sessions that a seat is and was at, each once."""
    return tuple(dict.fromkeys((seat.session_id, *seat.moved_from)))


def _state_of(booking: m.Booking, now: datetime) -> FeedState:
    if booking.state in _ENDED or (booking.expires is not None and booking.expires <= now):
        return "cancelled"
    return "confirmed" if booking.state == "confirmed" else "tentative"


def _busy_items(asked: _Asked, place: m.Place, bookings: Iterable[tuple[Row, m.Booking]]) -> Iterator[FeedItem]:
    """Bookings as everybody sees them: only when. What was only asked for or held has left no trace when it ends."""
    for row, one in bookings:
        state = _state_of(one, asked.now)
        never = state == "cancelled" and one.state not in ("cancelled", "released")
        if one.state == "requested" or never or not one.period.overlaps(asked.window):
            continue
        uid = asked.uid(sha256(f"cantinekit busy {one.id}".encode()).hexdigest()[:32])
        yield FeedItem(uid, one.period, place.zone, state, sequence=row.version, changed_at=one.changed_at)


def _booking_item(asked: _Asked, found: _Rows, row: Row, booking: m.Booking) -> FeedItem:
    """A booking as the one sees it whose it is."""
    place = found.need(m.Place, booking.place_id)
    return FeedItem(
        asked.uid("booking", booking.id),
        booking.period,
        place.zone,
        _state_of(booking, asked.now),
        m.Booking.kind,
        booking.id,
        found.need(m.Space, booking.space_id).name,
        _where(found, place, booking.space_id),
        asked.url(m.Booking.kind, booking.id),
        row.version,
        booking.changed_at,
    )


def _seat_item(
    asked: _Asked, found: _Rows, row: Row, seat: m.Registration, session: m.Session, meeting: m.Meeting
) -> FeedItem | None:
    """A seat at a meeting as the one sees it whose it is; ``None`` where it never was at that meeting."""
    course = bool(session.meetings)
    if course and session.id == seat.session_id and meeting.id not in (*seat.meeting_ids, *seat.had):
        return None
    shown_as = _session_item(asked, found, session, meeting)
    off = session.id != seat.session_id or not (seat.state == "held" or seat.has(meeting))
    ran_out = seat.expires is not None and seat.expires <= asked.now
    state: FeedState = "tentative" if seat.state == "held" else shown_as.state
    return attrs.evolve(
        shown_as,
        uid=asked.uid("seat", seat.id, session.id, meeting.id if course else None),
        state="cancelled" if off or ran_out or meeting.state == "cancelled" else state,
        kind=m.Registration.kind,
        id=seat.id,
        url=asked.url(m.Registration.kind, seat.id),
        sequence=row.version + meeting.sequence,
        changed_at=_latest(seat.asked_at, seat.changed_at, shown_as.changed_at),
    )
