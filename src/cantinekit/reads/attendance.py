"""Reading attendance: the sheet of a session, who did not come, certificates, and what people have learnt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from unicodedata import combining, normalize

import attrs

from cantinekit import messages
from cantinekit import records as m
from cantinekit.clock import Period, format_instant, instant, local
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.reads.records import RecordReads, decoded
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars.web import CSV_MARK, csv_row

COLUMNS = ("registration", "person", "name", "seats", "present", "arrived", "state")
FORMAT = "cantinekit certificate 1"


@attrs.frozen
class SheetRow:
    """Somebody with a confirmed seat.

    Attributes:
        registration_id: the registration.
        person_id: the person.
        name: their name; personal data.
        seats: how many seats they have.
        present: how many of the seats are known to be there.
        arrived: when the first mark was made; ``None``: there is none.
        state: ``present``, ``absent`` or ``unmarked``, which says that it is not known yet. Once the sheet is closed an
            unmarked seat is absent.
    """

    registration_id: str
    person_id: str
    name: str
    seats: int
    present: int
    arrived: datetime | None
    state: str


@attrs.frozen
class AttendanceSheet:
    """The attendance of a session, or of a meeting of a course.

    ``confirmed``, ``present``, ``absent`` and ``unmarked`` count seats; the first is the sum of the others. Walk-ins
    are in none of them. Names are personal data. ``to_csv`` and ``to_markdown`` write it.

    Attributes:
        session_id: the session.
        title: the title of the workshop, with the theme of the session.
        place: the name of the place.
        period: from when until when.
        zone: the IANA name of the zone that times are written in.
        rows: who has a confirmed seat, in the alphabetical order of their names.
        closed_at: when the sheet was closed; ``None``: it is open.
        walk_ins: people without a registration, counted when the sheet was closed.
        meeting_id: the meeting of a course; ``None`` for a session that meets once.
    """

    session_id: str
    title: str
    place: str
    period: Period
    zone: str
    rows: tuple[SheetRow, ...]
    closed_at: datetime | None = None
    walk_ins: int = 0
    meeting_id: str | None = None

    @property
    def confirmed(self) -> int:
        """Seats of those who have a confirmed one."""
        return sum(row.seats for row in self.rows)

    @property
    def present(self) -> int:
        """Seats that are known to be there."""
        return sum(row.present for row in self.rows)

    @property
    def absent(self) -> int:
        """Seats that nobody came for."""
        return self.confirmed - self.present - self.unmarked

    @property
    def unmarked(self) -> int:
        """Seats of which it is not known yet; none once the sheet is closed."""
        return sum(row.seats for row in self.rows if row.state == "unmarked")

    def to_csv(self) -> bytes:
        """The rows as a table: UTF-8 with a mark, CRLF, quotes as in RFC 4180, times of the wall clock.

        A name that a spreadsheet would take for a formula gets an apostrophe before it.
        """
        lines = [CSV_MARK + csv_row(COLUMNS)]
        for row in self.rows:
            arrived = "" if row.arrived is None else local(row.arrived, self.zone).isoformat(timespec="seconds")
            ids = (row.registration_id, row.person_id)
            lines.append(csv_row((*ids, row.name, str(row.seats), str(row.present), arrived, row.state)))
        return b"".join(lines)

    def to_markdown(self, lang: str = "fr") -> str:
        """The sheet to print, with a column to sign in: in French a feuille d'émargement.

        Args:
            lang: "fr" or "en".

        Raises:
            InputError: no such language.
        """
        if lang not in messages.LANGUAGES:
            raise InputError(f"a language is one of {', '.join(messages.LANGUAGES)}, not {shown(lang)}")
        rows = [
            (row.name, row.seats, None if row.state == "unmarked" else row.present, self._local(row.arrived))
            for row in self.rows
        ]
        closed = self._local(self.closed_at)
        return messages.print_sheet(
            (self.title, self.place),
            (local(self.period.start, self.zone), local(self.period.end, self.zone)),
            rows,
            None if closed is None else (closed, self.walk_ins, (self.confirmed, self.present, self.absent)),
            lang,
        )

    def _local(self, moment: datetime | None) -> datetime | None:
        return None if moment is None else local(moment, self.zone)


@attrs.frozen
class NoShow:
    """Somebody who had seats at a session, or at a meeting of a course, and left some of them empty.

    Attributes:
        session_id: the session.
        registration_id: the registration.
        person_id: the person.
        at: when it began.
        seats: how many seats stayed empty.
        meeting_id: the meeting of a course; ``None`` for a session that meets once.
    """

    session_id: str
    registration_id: str
    person_id: str
    at: datetime
    seats: int
    meeting_id: str | None = None


@attrs.frozen
class Certificate:
    """A certificate of attendance. It says the same each time that it is asked for, until the sheet is reopened or a
    name is corrected. It is personal data.

    Attributes:
        number: the id of the registration.
        person: the name of the person.
        workshop: the title of the workshop, with the theme of the session.
        place: the name of the place.
        entity: the name of the legal entity.
        meetings: the meetings at which the person was present; a session that meets once is one.
        zone: the IANA name of the zone that times are written in.
        minutes: how long these meetings last in all, in whole minutes.
        issued_at: when the last of the sheets was closed.
        planned: how many meetings the course has, without those that were cancelled.
    """

    number: str
    person: str
    workshop: str
    place: str
    entity: str
    meetings: tuple[Period, ...]
    zone: str
    minutes: int
    issued_at: datetime
    planned: int = 1

    def _said(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "number": self.number,
            "person": self.person,
            "workshop": self.workshop,
            "place": self.place,
            "entity": self.entity,
            "meetings": [[format_instant(one.start), format_instant(one.end)] for one in self.meetings],
            "zone": self.zone,
            "planned": self.planned,
            "minutes": self.minutes,
            "issued_at": format_instant(self.issued_at),
        }

    @property
    def seal(self) -> str:
        """The SHA-256 of all the rest, as 64 hexadecimal digits, to compare a copy with the store. It is no signature:
        whoever has the text can compute it.
        """
        text = json.dumps(self._said(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def data(self) -> dict[str, Any]:
        """The certificate with its seal as JSON data: instants as UTC texts."""
        return {**self._said(), "seal": self.seal}

    def to_json(self) -> str:
        """The certificate as a JSON text."""
        return json.dumps(self.data(), ensure_ascii=False, indent=2)


class AttendanceReads(RecordReads):
    """Answers questions about attendance."""

    @checked
    def sheet(self, session_id: str, meeting_id: str | None = None) -> AttendanceSheet:
        """The attendance sheet of a session, or of a meeting of a course, as it stands. What is cancelled has nobody on
        it. Somebody who gave up a seat at a course is on the sheets of the meetings that had begun.

        Args:
            session_id: the session.
            meeting_id: the meeting of a course; ``None`` for a session that meets once.

        Raises:
            NotFoundError: there is no such session, or no such meeting.
            UnsuitableError: the session is a course and no meeting is named, or the other way round.
        """
        session = self.need(m.Session, session_id)
        meeting = session.the_meeting(meeting_id)
        seated = [one for one in self._asked(session) if one.has(meeting)]
        people = self.many(m.Person, [one.person_id for one in seated])
        rows = [
            SheetRow(
                one.id,
                one.person_id,
                person.name if person is not None else "",
                one.seats,
                one.present_at(meeting),
                mark.arrived if (mark := one.mark_at(meeting)) is not None else None,
                _state(meeting, one),
            )
            for one, person in zip(seated, people, strict=True)
        ]
        sheet = meeting.sheet
        return AttendanceSheet(
            session.id,
            m.titled(self.need(m.Workshop, session.workshop_id).title, session),
            self.need(m.Place, session.place_id).name,
            meeting.period,
            meeting.ends.zone,
            tuple(sorted(rows, key=lambda row: (_letters(row.name), row.name, row.registration_id))),
            sheet.closed_at if sheet is not None else None,
            sheet.walk_ins if sheet is not None else 0,
            meeting_id,
        )

    def _asked(self, session: m.Session) -> list[m.Registration]:
        """Everybody who asked for a seat, in that order."""
        return list(self._of(m.Registration, "session", session.id))

    def _were_there(self, held: Sequence[tuple[m.Session, m.Meeting]]) -> list[int]:
        """How many people are known to have been at each of these meetings, on closed sheets with the walk-ins."""
        ids = list(dict.fromkeys(session.id for session, _ in held))
        found, _ = self._look([(m.Registration, "session", *codec.between(id)) for id in ids])
        marked = [[decoded(m.Registration, *row) for row in rows.items() if _MARKED in row[1]] for rows in found]
        asked = dict(zip(ids, marked, strict=True))
        return [
            sum(one.present_at(of) for one in asked[session.id] if one.has(of)) + (of.sheet.walk_ins if of.sheet else 0)
            for session, of in held
        ]

    @checked
    def no_shows(self, person_id: str, since: datetime | None = None) -> tuple[NoShow, ...]:
        """The seats that a person had and left empty, at sessions and meetings whose sheet is closed, in their order.

        Args:
            person_id: the person.
            since: only of those that began then or later; ``None``: of all.

        Raises:
            NotFoundError: there is nobody with this id.
            NaiveDatetimeError: ``since`` has no time zone.
        """
        self._there(m.Person, person_id)
        first = None if since is None else instant(since)
        ours = list(self._of(m.Registration, "person", person_id))
        sessions = self.many(m.Session, [one.session_id for one in ours])
        found = [show for one, of in zip(ours, sessions, strict=True) if of for show in _no_shows(of, [one])]
        return tuple(sorted((one for one in found if first is None or first <= one.at), key=_when))

    @checked
    def no_shows_at(self, place_id: str, within: Period) -> tuple[NoShow, ...]:
        """The seats that were left empty at sessions and meetings of a place, in their order, where the sheet is
        closed.

        Args:
            place_id: the place.
            within: only of those that began in this period.

        Raises:
            NotFoundError: there is no such place.
        """
        self._there(m.Place, place_id)
        sessions = (of for of in self._of(m.Session, "place", place_id, within) if _has_closed(of, within))
        found = (show for of in sessions for show in _no_shows(of, self._asked(of)))
        return tuple(sorted((show for show in found if within.contains(show.at)), key=_when))

    @checked
    def certificate(self, registration_id: str) -> Certificate:
        """The certificate of attendance of somebody who was present at a session whose sheet is closed, or at some
        meeting of a course, once the sheets of all meetings that their seat was for are closed.

        The time is that of the session or the meetings: nobody notes when people leave.

        Args:
            registration_id: the registration.

        Raises:
            NotFoundError: there is no such registration.
            WrongStateError: a sheet is open, the person was not present, or is forgotten.
        """
        one = self.need(m.Registration, registration_id)
        session, person = self.need(m.Session, one.session_id), self.need(m.Person, one.person_id)
        theirs = [meeting for meeting in session.every_meeting if one.has(meeting)]
        closed = [meeting.sheet.closed_at for meeting in theirs if meeting.sheet is not None]
        if len(closed) < len(theirs):
            opened = next(meeting.id for meeting in theirs if meeting.sheet is None)
            named = f"{'meeting' if session.meetings else 'session'} {opened}"
            raise WrongStateError(f"the attendance sheet of {named}", state="open", wanted=["closed"])
        attended = tuple(meeting.period for meeting in theirs if one.present_at(meeting))
        if not attended:
            state = "absent" if one.state == "confirmed" else one.state
            raise WrongStateError(f"registration {one.id}", state=state, wanted=["present"])
        if person.state == "forgotten":
            raise WrongStateError(f"person {person.id}", state=person.state)
        place = self.need(m.Place, session.place_id)
        return Certificate(
            one.id,
            person.name,
            m.titled(self.need(m.Workshop, session.workshop_id).title, session),
            place.name,
            self.need(m.LegalEntity, session.entity_id or place.entity_id).name,
            attended,
            session.ends.zone,
            sum(period.length // timedelta(minutes=1) for period in attended),
            max(closed),
            len(session.planned_meetings),
        )

    @checked
    def trainings(self, person_id: str) -> tuple[m.Training, ...]:
        """What a person has learnt, by workshop, also what has expired; not what was revoked.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return tuple(one for one in self._of(m.Training, "person", person_id) if one.ways)


_MARKED = '"marks"'
"""What is in the body of a registration of which anything is marked."""


def _state(meeting: m.Meeting, one: m.Registration) -> str:
    if one.present_at(meeting):
        return "present"
    return "unmarked" if one.mark_at(meeting) is None and meeting.sheet is None else "absent"


def _has_closed(session: m.Session, within: Period) -> bool:
    """Whether the sheet of a meeting is closed that begins in a period."""
    return any(one.sheet is not None and within.contains(one.period.start) for one in session.every_meeting)


def _no_shows(session: m.Session, asked: Iterable[m.Registration]) -> Iterator[NoShow]:
    meetings = [one for one in session.every_meeting if one.sheet is not None]
    for one, meeting in ((one, meeting) for one in asked for meeting in meetings if one.has(meeting)):
        if empty := one.seats - one.present_at(meeting):
            meeting_id = meeting.id if session.meetings else None
            yield NoShow(session.id, one.id, one.person_id, meeting.period.start, empty, meeting_id)


def _when(one: NoShow) -> tuple[datetime, str, str]:
    return one.at, one.session_id, one.registration_id


def _letters(name: str) -> str:
    """A name as a list is sorted by: without accents, in small letters."""
    return "".join(ch for ch in normalize("NFKD", name) if not combining(ch)).casefold()
