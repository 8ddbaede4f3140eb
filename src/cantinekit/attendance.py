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
from cantinekit import model as m
from cantinekit._records import RecordReads
from cantinekit.clock import Period, format_instant, instant, local
from cantinekit.errors import InputError, WrongStateError
from cantinekit.scheduling.calendars._web import CSV_MARK, csv_row

COLUMNS = ("registration", "person", "name", "seats", "present", "arrived", "state")
FORMAT = "cantinekit certificate 1"


@attrs.frozen
class SheetRow:
    """Somebody with a confirmed seat: how many of the seats are known to be there, since when, and the state.

    The state is ``present``, ``absent`` or ``unmarked``. Of an unmarked one nothing is said yet; once the sheet is
    closed it is absent.
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
    """The attendance of a session: who has a confirmed seat, in the alphabetical order of their names.

    ``confirmed``, ``present``, ``absent`` and ``unmarked`` count seats; the first is the sum of the others. People whom
    nobody knows, ``walk_ins``, are in none of them. Names are personal data. ``to_csv`` and ``to_markdown`` write it.
    """

    session_id: str
    title: str
    place: str
    period: Period
    zone: str
    rows: tuple[SheetRow, ...]
    closed_at: datetime | None = None
    walk_ins: int = 0

    @property
    def confirmed(self) -> int:
        """Seats of those who have one."""
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
        """Seats of which nothing is said yet; none once the sheet is closed."""
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

        Raises:
            InputError: no such language.
        """
        if lang not in messages.LANGUAGES:
            raise InputError(f"a language is one of {', '.join(messages.LANGUAGES)}, not {lang!r:.20}")
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
    """Somebody who had seats at a session and left ``seats`` of them empty. ``at``: when it began."""

    session_id: str
    registration_id: str
    person_id: str
    at: datetime
    seats: int


@attrs.frozen
class Certificate:
    """What a certificate of attendance says: who was at which workshop, when, and for how many minutes in all.

    ``number`` is the id of the registration, ``issued_at`` the instant at which the sheet was closed: the certificate
    says the same each time that it is asked for, until the sheet is reopened or a name is corrected. ``seal`` is a
    SHA-256 of all the rest, to hold a copy against what the store says: no signature, whoever has the text can compute
    it. ``data()`` is all of it as JSON data, ``to_json()`` its text. It is personal data.
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
            "minutes": self.minutes,
            "issued_at": format_instant(self.issued_at),
        }

    @property
    def seal(self) -> str:
        """The SHA-256 of what it says, as 64 hexadecimal digits."""
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

    def sheet(self, session_id: str) -> AttendanceSheet:
        """The attendance sheet of a session, as it stands. A cancelled session has nobody on it.

        Raises:
            NotFoundError: there is no such session.
        """
        session = self.need(m.Session, session_id)
        seated = self._seated(session)
        people = self.many(m.Person, [one.person_id for one in seated])
        rows = [
            SheetRow(
                one.id,
                one.person_id,
                person.name if person is not None else "",
                one.seats,
                one.present,
                one.mark.arrived if one.mark is not None else None,
                _state(session, one),
            )
            for one, person in zip(seated, people, strict=True)
        ]
        sheet = session.sheet
        return AttendanceSheet(
            session.id,
            m.titled(self.need(m.Workshop, session.workshop_id).title, session),
            self.need(m.Place, session.place_id).name,
            session.period,
            session.ends.zone,
            tuple(sorted(rows, key=lambda row: (_letters(row.name), row.name, row.registration_id))),
            sheet.closed_at if sheet is not None else None,
            sheet.walk_ins if sheet is not None else 0,
        )

    def _seated(self, session: m.Session) -> list[m.Registration]:
        """Who has a confirmed seat, in the order of asking."""
        if session.state == "cancelled":
            return []
        return [one for one in self._of(m.Registration, "session", session.id) if one.state == "confirmed"]

    def _were_there(self, sessions: Sequence[m.Session]) -> int:
        """How many people are known to have been at these sessions, on closed sheets with those whom nobody knows."""
        marked = sum(one.present for session in sessions for one in self._seated(session))
        return marked + sum(session.sheet.walk_ins for session in sessions if session.sheet is not None)

    def no_shows(self, person_id: str, since: datetime | None = None) -> tuple[NoShow, ...]:
        """The seats that a person had and left empty, at sessions whose sheet is closed, in the order of these.

        ``since``: only of sessions that began then or later.

        Raises:
            NaiveDatetimeError: ``since`` has no time zone.
        """
        first = None if since is None else instant(since)
        ours = [one for one in self._of(m.Registration, "person", person_id) if one.state == "confirmed"]
        sessions = self.many(m.Session, [one.session_id for one in ours])
        found = [show for one, of in zip(ours, sessions, strict=True) if of for show in _no_shows(of, [one])]
        return tuple(sorted((one for one in found if first is None or first <= one.at), key=_when))

    def no_shows_at(self, place_id: str, within: Period) -> tuple[NoShow, ...]:
        """The seats that were left empty at sessions of a place that began within a period, by session, whose sheet is
        closed.
        """
        sessions = [one for one in self._of(m.Session, "place", place_id, within) if one.sheet is not None]
        return tuple(sorted((show for of in sessions for show in _no_shows(of, self._seated(of))), key=_when))

    def certificate(self, registration_id: str) -> Certificate:
        """What a certificate of attendance says of somebody who was present at a session whose sheet is closed.

        The time is that of the session: nobody notes when people leave.

        Raises:
            NotFoundError: there is no such registration.
            WrongStateError: the sheet is open, the person was not present, or is forgotten.
        """
        one = self.need(m.Registration, registration_id)
        session, person = self.need(m.Session, one.session_id), self.need(m.Person, one.person_id)
        if session.sheet is None:
            raise WrongStateError(f"the attendance sheet of session {session.id}", state="open", wanted=["closed"])
        if one.state != "confirmed" or not one.present:
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
            (session.period,),
            session.ends.zone,
            session.period.length // timedelta(minutes=1),
            session.sheet.closed_at,
        )

    def trainings(self, person_id: str) -> tuple[m.Training, ...]:
        """What a person has learnt, by workshop, also where it does not hold any more; not what was taken back."""
        return tuple(one for one in self._of(m.Training, "person", person_id) if one.ways)


def _state(session: m.Session, one: m.Registration) -> str:
    if one.present:
        return "present"
    return "unmarked" if one.mark is None and session.sheet is None else "absent"


def _no_shows(session: m.Session, seated: Iterable[m.Registration]) -> Iterator[NoShow]:
    if session.sheet is None or session.state == "cancelled":
        return
    for one in seated:
        if one.seats > one.present:
            yield NoShow(session.id, one.id, one.person_id, session.period.start, one.seats - one.present)


def _when(one: NoShow) -> tuple[datetime, str, str]:
    return one.at, one.session_id, one.registration_id


def _letters(name: str) -> str:
    """A name as a list is sorted by: without accents, in small letters."""
    return "".join(ch for ch in normalize("NFKD", name) if not combining(ch)).casefold()
