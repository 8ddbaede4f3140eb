"""Feeds: what happens at a place, in a space, of a workshop, by a facilitator, or to a member, as calendars read it.

A feed of a place, a space, a facilitator or a workshop is for everybody: it has the sessions, which are public, and of
bookings only when they are. A feed of a member is for that person alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
from cantinekit.reads.records import Range, decoded
from cantinekit.reads.sessions import SessionReads
from cantinekit.records import Subject
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars import CalendarEvent, Feed, json_ld, json_ld_script, write_feed
from cantinekit.scheduling.calendars import veiled as without_texts
from cantinekit.scheduling.recurrence import Length, Series

FeedKind = Literal["place", "space", "facilitator", "workshop", "member"]
FeedState = Literal["confirmed", "tentative", "cancelled"]
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

    def event(self, as_of: datetime) -> CalendarEvent:
        """The entry as an event of a calendar.

        Args:
            as_of: its DTSTAMP where it is not known when it last changed; it has no LAST-MODIFIED then.
        """
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
        known = self.changed_at is not None
        event = CalendarEvent(series, self.changed_at or as_of, private=self.busy_only, undated=not known)
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
        window: the period of which it has entries, and of what was in it before it was moved.
        items: its entries by their start.
        as_of: the beginning of the day, in UTC, on which it was made.
    """

    subject: Subject
    name: str
    zone: str
    window: Period
    items: tuple[FeedItem, ...]
    as_of: datetime

    @property
    def secret(self) -> bool:
        """Whether it is for one person alone."""
        return self.subject.kind == "member"

    def ical(self) -> bytes:
        """The feed as iCalendar (RFC 5545); the same entries give the same bytes."""
        head = Feed(self.name or self.subject.kind, zone=self.zone)
        return b"".join(write_feed(head, (one.event(self.as_of) for one in self.items)))

    def json_ld(self) -> tuple[dict[str, Any], ...]:
        """The entries as Events of schema.org, without those that say only when."""
        named = (one.event(self.as_of) for one in self.items if not one.busy_only)
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
    as_of: datetime
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

        A place, a facilitator and a workshop have their sessions, a course one entry for each meeting; a space has
        the sessions in it, and the bookings of it and of what it shares its rooms with, which say only when. A member
        has bookings and seats, but not those that wait. What is cancelled stays in the feed, marked so, as long as
        its time is in the window; so does what was moved to another space, or is facilitated by others now. What was
        moved to a time beyond the window is there at that time. Nobody is named in it. Whoever may see the feed of a
        member, the host decides: ``cantinekit.feeds`` asks for the secret.

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
        asked = _Asked(Subject(kind, id), window, now, today, lang, link, domain)
        if kind == "member":
            return self._feed_of_member(asked)
        if kind == "place":
            self._there(m.Place, id)
            there, _ = self._sessions_of(asked, "place", id)
            own = (one for one in there if one.place_id == id)  # a space elsewhere that some left may have the same id
            return self._public(asked, id, _shown(asked, own))
        if kind == "workshop":
            workshop = self.need(m.Workshop, id)
            there, _ = self._sessions_of(asked, "place", workshop.place_id)
            some = _shown(asked, (one for one in there if one.workshop_id == id))
            return self._public(asked, workshop.place_id, some, workshop.title)
        space = self.need(m.Space, id)
        if kind == "space":
            return self._feed_of_space(asked, space)
        if space.use != m.FACILITATOR:
            raise NotFoundError("facilitator", id)
        there, _ = self._sessions_of(asked, "facilitator", id)
        led = _shown(asked, there, [id], lambda meeting: id in meeting.facilitator_ids)
        return self._public(asked, space.place_id, led)

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
        shown: Sequence[_Shown],
        name: str = "",
        own: Sequence[tuple[Row, m.Booking]] = (),
        others: Iterable[str] = (),
        leaves: Collection[str] = (),
    ) -> HouseFeed:
        """A feed for everybody: meetings of sessions in full, and when bookings are, those in rows and some by id. Of a
        space there are only those that have to do with its leaves.
        """
        keys = [Key(m.Place.kind, place_id), *(Key(m.Booking.kind, id) for id in others)]
        found = self._by_key([*keys, *(key for one in shown for key in _names(one.session, one.meeting))])
        place = found.need(m.Place, place_id)
        of_it = [one if not leaves else _of_space(found, one, leaves) for one in shown]
        items = [_session_item(asked, found, one) for one in of_it if one is not None]
        more = [(row, found.need(m.Booking, key.id)) for key, row in found.rows.items() if key.kind == m.Booking.kind]
        items += _busy_items(asked, place, [*own, *more], leaves)
        return _feed(asked, f"{name}, {place.name}" if name else place.name, place.zone, items)

    def _feed_of_space(self, asked: _Asked, space: m.Space) -> HouseFeed:
        """The sessions in a space, and when it is booked, by itself or by what shares its rooms."""
        leaves = set(space.leaves)
        keys = [Key(m.OccupancyPage.kind, m.page_id(leaf, day)) for leaf in space.leaves for day in asked.window.days()]
        keys += [Key(m.StandingPage.kind, m.standing_id(leaf)) for leaf in space.leaves]
        pages = [codec.decode(row) for row in self._by_key(keys).rows.values()]
        taken = {one.id for page in pages if isinstance(page, m.OccupancyPage | m.StandingPage) for one in page.claims}
        since = widened(asked.window, timedelta(days=LONG_CLAIM_DAYS), timedelta())
        of_leaves: list[Range] = [
            (m.Booking, field, *codec.between(id, since.start, since.end))
            for field in ("left", "space")
            for id in space.leaves
            if field == "left" or id != space.id
        ]
        there, ended = self._sessions_of(asked, "place", space.place_id, of_leaves)

        def may_be_here(meeting: m.Meeting) -> bool:  # what is cancelled has no claims, but its room
            claimed = any(placed.space_id in leaves for placed in meeting.placed)
            return claimed or meeting.space_id == space.id or meeting.state == "cancelled"

        shown = _shown(asked, there, leaves, may_be_here)
        own = self._of_whom(m.Booking, "space", space.id, since)
        sessions = {id for one in there for id in (one.id, *(meeting.id for meeting in one.meetings))}
        others = (taken | ended) - sessions - {one.id for _, one in own}
        return self._public(asked, space.place_id, shown, space.name, own, sorted(others), leaves | {space.id})

    # --- for one person --------------------------------------------------------------------------------------------

    def _feed_of_member(self, asked: _Asked) -> HouseFeed:
        """The bookings and the seats of a person."""
        id, since = asked.subject.id, widened(asked.window, _LONGEST, timedelta())
        gone = (m.Booking, "left", *codec.between(id, since.start, since.end))
        (left,), who = self._look([gone], [Key(m.Person.kind, id)])
        if not who:
            raise NotFoundError(m.Person.kind, id)
        ((key, body),) = who.items()
        person = decoded(m.Person, key.id, body)
        bookings = self._of_whom(m.Booking, "person", person.id, since)
        asked_for = Period(since.start, asked.now + timedelta(seconds=1))
        seats = self._of_whom(m.Registration, "person", person.id, asked_for)
        mine = [(row, one) for row, one in seats if one.state in _HAD]
        later = left.keys() - {one.id for _, one in bookings}
        keys = [Key(m.Session.kind, id) for _, seat in mine for id in _been_at(seat)]
        at = self._by_key([*keys, *(Key(m.Booking.kind, id) for id in sorted(later))])
        bookings += [(row, at.need(m.Booking, key.id)) for key, row in at.rows.items() if key.kind == m.Booking.kind]
        held = [
            (row, seat, shown)
            for row, seat in mine
            for id in _been_at(seat)
            for shown in _shown(asked, [at.need(m.Session, id)])
        ]
        booked = [
            (row, one)
            for row, one in bookings
            if one.person_id == person.id and (one.period.overlaps(asked.window) or _left_in(asked, one.left, [None]))
        ]
        keys = [key for *_, one in held for key in _names(one.session, one.meeting)]
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

    def _sessions_of(
        self, asked: _Asked, field: str, id: str, more: Sequence[Range] = ()
    ) -> tuple[list[m.Session], set[str]]:
        """The sessions by an index field of which a meeting is in the window of a feed, or was before it was moved; and
        the ids of what more ranges have.
        """
        since = begins_for(asked.window)
        within = codec.between(id, since.start, since.end)
        pages, _ = self._look([(m.Session, field, *within), (m.Session, "left", *within), *more])
        bodies = pages[0] | pages[1]
        return [decoded(m.Session, id, body) for id, body in bodies.items()], {id for page in pages[2:] for id in page}

    def _by_key(self, keys: Iterable[Key]) -> _Rows:
        """The rows of some keys that are there, each once."""
        return _Rows({row.key: row for row in self._rows_of(dict.fromkeys(keys))})


@attrs.frozen
class _Shown:
    """A meeting in a feed.

    ``gone`` says where it was, where it is in the feed only because it was there before. ``times`` grows each time that
    it leaves the feed or comes back, which others who see the meeting need not know. ``before`` says where it was when
    it was there before, also where it may be there now.
    """

    session: m.Session
    meeting: m.Meeting
    gone: m.Left | None = None
    times: int = 0
    latest: datetime | None = None
    before: m.Left | None = None


def _left_in(asked: _Asked, left: Iterable[m.Left], ids: Collection[str | None]) -> m.Left | None:
    """Where something was last that is in the window of a feed and was at some of these spaces."""
    found = [one for one in left if one.space_id in ids and any(map(asked.window.overlaps, one.periods))]
    return max(found, key=lambda one: (one.at, one.period), default=None)


def _anywhere(meeting: m.Meeting) -> bool:
    """A place has all its meetings."""
    return True


def _shown(
    asked: _Asked,
    sessions: Iterable[m.Session],
    ids: Collection[str] = (),
    here: Callable[[m.Meeting], bool] = _anywhere,
) -> list[_Shown]:
    """The meetings that a feed has: those in its window, and those that were in it before they were moved.

    Args:
        asked: how the feed is asked for.
        sessions: the sessions that it may have.
        ids: the spaces that it is of; none where it is not of spaces.
        here: whether a meeting is there now.
    """
    found = []
    for session in sessions:
        for one in session.every_meeting:
            mine = [gone for gone in one.left if gone.space_id in ids]
            times, latest = 2 * sum(gone.times for gone in mine), _latest(*(gone.at for gone in mine))
            before = _left_in(asked, mine, ids)
            if here(one):
                if one.period.overlaps(asked.window) or _left_in(asked, one.left, ids or [None]):
                    found.append(_Shown(session, one, None, times, latest, before))
            elif before is not None:
                found.append(_Shown(session, one, before, times - 1, latest))
    return found


def _of_space(found: _Rows, shown: _Shown, leaves: Collection[str]) -> _Shown | None:
    """A meeting that may be in a space as the feed of it has it; ``None``: it never was there. Of one that is cancelled
    its room and its equipment say whether it was there at the end; else it is in the feed as what left before.
    """
    one = shown.meeting
    if shown.gone is not None or one.state != "cancelled":
        return shown
    room = found.need(m.Space, one.space_id).leaves if one.space_id is not None else ()
    if any(id in leaves for id in (*room, *(id for id, _ in one.with_units))):
        return shown
    return None if shown.before is None else attrs.evolve(shown, gone=shown.before)


def _names(session: m.Session, meeting: m.Meeting) -> Iterator[Key]:
    """What a meeting has its title and its location from."""
    yield Key(m.Workshop.kind, session.workshop_id)
    yield Key(m.Place.kind, session.place_id)
    if meeting.space_id is not None:
        yield Key(m.Space.kind, meeting.space_id)


def _feed(asked: _Asked, name: str, zone: str, items: Iterable[FeedItem]) -> HouseFeed:
    ordered = sorted(items, key=lambda one: (one.period, one.uid))
    return HouseFeed(asked.subject, name, zone, asked.window, tuple(ordered), asked.as_of)


def _where(found: _Rows, place: m.Place, space_id: str | None) -> str:
    names = [found.need(m.Space, space_id).name] if space_id is not None else []
    return ", ".join(one for one in (*names, place.name, *place.address) if one)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)


def _session_item(asked: _Asked, found: _Rows, shown: _Shown) -> FeedItem:
    """A meeting as everybody sees it; as cancelled where it is not in this feed any more."""
    session, meeting, gone = shown.session, shown.meeting, shown.gone
    place, course = found.need(m.Place, session.place_id), bool(session.meetings)
    open_yet = session.state == "planned" and session.decide_at is not None
    state: FeedState = "tentative" if open_yet else "confirmed"
    return FeedItem(
        asked.uid("session", session.id, meeting.id if course else None),
        meeting.period if gone is None else gone.period,
        place.zone,
        "cancelled" if meeting.state == "cancelled" or gone is not None else state,
        m.Session.kind,
        session.id,
        m.titled(found.need(m.Workshop, session.workshop_id).title, session, asked.lang),
        _where(found, place, meeting.space_id if gone is None else None),
        asked.url(m.Session.kind, session.id),
        meeting.sequence + shown.times,
        _latest(meeting.changed_at, session.changed_at, shown.latest),
        meeting.id if course else None,
    )


def _been_at(seat: m.Registration) -> tuple[str, ...]:
    """The ids of the sessions that a seat is and was at, each once."""
    return tuple(dict.fromkeys((seat.session_id, *seat.moved_from)))


def _state_of(booking: m.Booking, now: datetime) -> FeedState:
    if booking.state in _ENDED or (booking.expires is not None and booking.expires <= now):
        return "cancelled"
    return "confirmed" if booking.state == "confirmed" else "tentative"


def _busy_items(
    asked: _Asked, place: m.Place, bookings: Iterable[tuple[Row, m.Booking]], leaves: Collection[str]
) -> Iterator[FeedItem]:
    """Bookings as everybody sees them: only when; those that were moved elsewhere as cancelled. What was only asked for
    or held has left no trace when it ends.
    """
    for row, one in bookings:
        state, period = _state_of(one, asked.now), one.period
        never = state == "cancelled" and one.state not in ("cancelled", "released")
        here = one.space_id in leaves or any(placed.space_id in leaves for placed in one.placed)
        gone = _left_in(asked, one.left, leaves)
        if one.state == "requested" or never or (gone is None and not (here and period.overlaps(asked.window))):
            continue
        if not here and gone is not None:
            state, period = "cancelled", gone.period
        uid = asked.uid(sha256(f"cantinekit busy {one.id}".encode()).hexdigest()[:32])
        yield FeedItem(uid, period, place.zone, state, sequence=row.version, changed_at=one.changed_at)


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


def _seat_item(asked: _Asked, found: _Rows, row: Row, seat: m.Registration, shown: _Shown) -> FeedItem | None:
    """A seat at a meeting as the one sees it whose it is; ``None`` where it never was at that meeting."""
    session, meeting, course = shown.session, shown.meeting, bool(shown.session.meetings)
    if course and session.id == seat.session_id and meeting.id not in (*seat.meeting_ids, *seat.had):
        return None
    shown_as = _session_item(asked, found, shown)
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
