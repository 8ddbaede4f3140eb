"""What is stored of a day at a place, read in few round trips, and each row once.

Rows are looked at as JSON data and not made into records, but for sessions: a page of a day shows little of each of
many rows, and a record costs four times as much. An instant is compared by its text, which has the order of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from cantinekit import records as m
from cantinekit.clock import Period, day_bounds, format_instant, local, parse_instant
from cantinekit.errors import InputError, NotFoundError
from cantinekit.plugins.ports import MAX_KEYS, Key
from cantinekit.reads.kept import Asking
from cantinekit.reads.periods import LONGEST, begins_for, near
from cantinekit.reads.records import Found, Range, RecordReads, decoded
from cantinekit.reads.sessions import meetings_in
from cantinekit.reads.visits import is_here
from cantinekit.runtime import codec

Body = dict[str, Any]
"""The fields of a row as JSON data; one that has its default may be missing."""


_HOUR = timedelta(hours=1)


def instants_at(place_id: str, period: Period) -> tuple[str, str]:
    """The range of an index by place and instant.

    Args:
        place_id: the place.
        period: from when until when.
    """
    return codec.between(place_id, period.start, period.end)


def charges_of(body: Body) -> list[str]:
    """The charges of a booking, a visit or a registration, the oldest first.

    Args:
        body: its fields.
    """
    found = [body.get("charge_id"), *body.get("charge_ids", ())]
    if upgrade := body.get("upgrade"):
        found.append(upgrade.get("charge_id"))
    found += [share["charge_id"] for share in body.get("more", ())]
    return [id for id in found if id is not None]


class DayOfPlace:
    """What touches a local day at a place. What it reads comes in three steps, each of one round trip: the first one
    when it is made, then ``read_around``, then ``read_bookings``.

    Args:
        read: what reads rows.
        place_id: the place.
        day: the day on its calendar.
        lang: the language that titles of sessions are written in, "fr" or "en".
        here: whether the visits of the last two days are read too, and those of the next hour.
        asking: what asks for rows, where it is noted what is asked; ``None``: it is not.

    Raises:
        NotFoundError: there is no such place.
        InputError: the day is out of range.
    """

    def __init__(
        self,
        read: RecordReads,
        place_id: str,
        day: date,
        *,
        lang: str = "en",
        here: bool = False,
        asking: Asking | None = None,
    ) -> None:
        if isinstance(day, datetime):
            raise InputError("a day is a date")
        self._read = read
        self._ask = (asking or Asking(read)).look
        self._lang = lang
        self.now = read.now()
        self._now = format_instant(self.now)
        self._turns = list[str]()
        self._periods = dict[tuple[str, str], Period]()
        long = begins_for(near(day, day))
        ranges: list[Range] = [
            (m.Space, "place", *codec.between(place_id)),
            (m.Session, "place", *instants_at(place_id, long)),
            (m.Visit, "place", *instants_at(place_id, long)),
        ]
        if here:
            hour = self.now.replace(minute=0, second=0, microsecond=0)  # the same range is asked for a while
            lately = Period(hour - LONGEST, hour + 2 * _HOUR)
            self._turns.append(format_instant(lately.end))
            ranges.append((m.Visit, "place", *instants_at(place_id, lately)))
        at = Key(m.Place.kind, place_id)
        (spaces, sessions, visits, *more), places = self._ask(ranges, [at])
        if at not in places:
            raise NotFoundError(*at)
        self.place: m.Place = decoded(m.Place, place_id, places[at])
        self.window = day_bounds(day, self.place.zone)
        self._start, self._end = format_instant(self.window.start), format_instant(self.window.end)
        self._bodies: dict[Key, Body] = read._peeked({Key(m.Space.kind, id): body for id, body in spaces.items()})
        self._charges = dict[str, str]()
        self.sessions = list(self._on_the_day(sessions))
        found = visits | (more[0] if here else {})
        read_visits = codec.peek_bodies([(m.Visit.kind, body) for body in found.values()])
        came = dict(zip(found, read_visits, strict=True))
        self.visits = [came[id] for id in visits if self._is_visited(came[id])]
        self.here = [came[id] for id in (more[0] if here else ()) if self._is_here(came[id])]
        self.bookings: list[Body] = []

    # --- reading ---------------------------------------------------------------------------------------------------

    def read_around(self, more: Sequence[Range] = ()) -> tuple[list[str], list[Found]]:
        """Read what is claimed on the day, and what visits and sessions name.

        Args:
            more: ranges that are wanted too.

        Returns:
            the ids of what may be bookings; and the rows of these ranges.

        Raises:
            InputError: the place has more spaces than pages can be read at once.
        """
        spaces = [body for key, body in self._bodies.items() if key.kind == m.Space.kind]
        rooms = (space for space in spaces if space["use"] != m.FACILITATOR)
        leaves = list(dict.fromkeys(leaf for space in rooms for leaf in space.get("leaves", ())))
        days = list(self.window.days())
        pages = [Key(m.OccupancyPage.kind, m.page_id(leaf, day)) for leaf in leaves for day in days]
        pages += [Key(m.StandingPage.kind, m.standing_id(leaf)) for leaf in leaves]
        if len(pages) > MAX_KEYS:
            raise InputError(f"{len(leaves)} spaces are more than can be read at once")
        rows = self.load([*pages, *self._named_by_visits(), *self._named_by_sessions()], more)
        others = {body["id"] for body in self.visits} | {one.id for _, found in self.sessions for one in found}
        found = (self._bodies[key] for key in pages if key in self._bodies)
        claims = (claim for page in found for claim in page.get("claims", ()))
        ids = (claim["id"] for claim in claims if claim["start"] < self._end and self._start < claim["end"])
        return [id for id in dict.fromkeys(ids) if id not in others], rows

    def read_bookings(self, ids: Iterable[str], more: Iterable[Key] = ()) -> None:
        """Read the bookings among what is claimed, and who facilitates; then who booked.

        Args:
            ids: the ids of what may be bookings.
            more: other rows that are wanted.
        """
        keys = [Key(m.Booking.kind, id) for id in ids]
        people = (self._body(m.Space, id).get("person_id") for id in self._facilitators())
        self.load([*keys, *more, *_people(people)])
        bodies = (self._bodies[key] for key in keys if key in self._bodies)
        self.bookings = [body for body in bodies if self._is_booked(body)]

    def load(self, keys: Iterable[Key], ranges: Sequence[Range] = ()) -> list[Found]:
        """Read rows that are not known yet, in one round trip; in none where all are known.

        Args:
            keys: the names of the rows.
            ranges: ranges of which all rows are wanted.

        Returns:
            the rows of the ranges.
        """
        found, bodies = self._ask(ranges, (key for key in keys if key not in self._bodies))
        for key, body in bodies.items():
            if key.kind == m.Charge.kind:
                self._charges[key.id] = body
        self._bodies |= self._read._peeked({key: body for key, body in bodies.items() if key.kind != m.Charge.kind})
        return found

    def of_bookings(self, *, charges: bool) -> list[Key]:
        """What bookings name: who booked, and their charges.

        Args:
            charges: whether the charges are wanted.
        """
        owed = [id for body in self.bookings for id in charges_of(body)] if charges else []
        return [*_people(body.get("person_id") for body in self.bookings), *(Key(m.Charge.kind, id) for id in owed)]

    def _named_by_visits(self) -> Iterator[Key]:
        for body in (*self.visits, *self.here):
            yield Key(m.Product.kind, body["product_id"])
        yield from _people(body.get("person_id") for body in (*self.visits, *self.here))

    def _named_by_sessions(self) -> Iterator[Key]:
        for session, _ in self.sessions:
            yield Key(m.Workshop.kind, session.workshop_id)
        for id in self._facilitators():
            yield Key(m.Space.kind, id)

    def _facilitators(self) -> dict[str, None]:
        return dict.fromkeys(id for _, found in self.sessions for one in found for id in one.facilitator_ids)

    # --- what is of the day ----------------------------------------------------------------------------------------

    def _on_the_day(self, rows: Found) -> Iterator[tuple[m.Session, tuple[m.Meeting, ...]]]:
        for id, body in rows.items():
            session = decoded(m.Session, id, body)
            if meetings := meetings_in(session, self.window):
                yield session, meetings

    def _is_visited(self, body: Body) -> bool:
        end = body.get("closed_at") or body["until"]
        begin = body["opened_at"]
        there = body.get("state", "open") not in ("lapsed", "cancelled")
        return bool(there and begin < end and begin < self._end and self._start < end)

    def _is_booked(self, body: Body) -> bool:
        start, end = body["period"]
        there = start < self._end and self._start < end
        return bool(there and (body["state"] == "confirmed" or self.is_ahead(body.get("expires") or "")))

    def _is_here(self, visit: Body) -> bool:
        came = not self.is_ahead(visit["opened_at"])
        return came and is_here(visit, self._now) and self.is_ahead(visit["until"])

    # --- what time changes -----------------------------------------------------------------------------------------

    def is_ahead(self, at: str) -> bool:
        """Whether an instant is yet to come. Once it has, something else is shown.

        Args:
            at: the text of the instant.
        """
        if self._now < at:
            self._turns.append(at)
            return True
        return False

    def until(self) -> datetime:
        """The first instant at which the day is to be looked at anew, though nothing is written: one that is yet to
        come has come, or it is tomorrow.
        """
        today = day_bounds(local(self.now, self.place.zone).date(), self.place.zone)
        return min([today.end, *map(parse_instant, self._turns)])

    # --- what is shown ---------------------------------------------------------------------------------------------

    def person(self, id: str | None) -> str:
        """The name of a person who was loaded; empty of nobody, and of somebody who was forgotten.

        Args:
            id: the person, ``None``: nobody.
        """
        return str(self._body(m.Person, id).get("name", "")) if id is not None else ""

    def charge(self, id: str) -> str | None:
        """The body of a charge that was loaded; ``None``: there is none.

        Args:
            id: the charge.
        """
        return self._charges.get(id)

    def name(self, cls: type[Any], id: str, field: str = "name") -> str:
        """The name of a space, a product or a workshop that was loaded; its id where there is none.

        Args:
            cls: the class of the record.
            id: its id.
            field: the field of the name.
        """
        return str(self._body(cls, id).get(field, id))

    def _body(self, cls: type[Any], id: str) -> Body:
        return self._bodies.get(Key(cls.kind, id), {})

    def items(self) -> list[tuple[Body | m.Session, Body]]:
        """What happens on the day, in the order of its start: each with the fields of its item of an agenda."""
        return sorted([*self._booked_items(), *self._visit_items(), *self._session_items()], key=_place_in_order)

    def _period(self, start: str, end: str) -> Period:
        """A period of two texts. Many things begin and end at the same hours."""
        found = self._periods.get((start, end))
        if found is None:
            found = self._periods[start, end] = Period(parse_instant(start), parse_instant(end))
        return found

    def _booked_items(self) -> Iterator[tuple[Body | m.Session, Body]]:
        for body in self.bookings:
            yield (
                body,
                {
                    "period": self._period(*body["period"]),
                    "kind": "booking",
                    "id": body["id"],
                    "space_id": body["space_id"],
                    "label": self.name(m.Space, body["space_id"]),
                    "state": body["state"],
                    "units": body["units"],
                    "person_id": body.get("person_id"),
                    "person": self.person(body.get("person_id")),
                },
            )

    def _visit_items(self) -> Iterator[tuple[Body | m.Session, Body]]:
        for body in self.visits:
            yield (
                body,
                {
                    "period": self._period(body["opened_at"], body.get("closed_at") or body["until"]),
                    "kind": "visit",
                    "id": body["id"],
                    "space_id": body["space_id"],
                    "label": self.name(m.Product, body["product_id"]),
                    "state": body.get("state", "open"),
                    "person_id": body.get("person_id"),
                    "person": self.person(body.get("person_id")),
                },
            )

    def _session_items(self) -> Iterator[tuple[Body | m.Session, Body]]:
        for session, meetings in self.sessions:
            title = m.titled(self.name(m.Workshop, session.workshop_id, "title"), session, self._lang)
            taken = session.taken(self.now)
            for seat in session.held:
                self.is_ahead(format_instant(seat.expires))
            for one in meetings:
                yield (
                    session,
                    {
                        "period": one.period,
                        "kind": "session",
                        "id": session.id,
                        "space_id": one.space_id,
                        "label": title,
                        "state": "cancelled" if one.state == "cancelled" else f"{taken}/{session.capacity}",
                        "units": taken,
                        "meeting_id": one.id if session.meetings else None,
                        "organiser_ids": one.facilitator_ids,
                        "organisers": tuple(map(self._facilitator, one.facilitator_ids)),
                    },
                )

    def _facilitator(self, id: str) -> str:
        return self.person(self._body(m.Space, id).get("person_id")) or self.name(m.Space, id)


def _place_in_order(item: tuple[Body | m.Session, Body]) -> tuple[datetime, datetime, str, str]:
    fields = item[1]
    return fields["period"].start, fields["period"].end, fields["kind"], fields["id"]


def _people(ids: Iterable[str | None]) -> list[Key]:
    return [Key(m.Person.kind, id) for id in dict.fromkeys(ids) if id is not None]
