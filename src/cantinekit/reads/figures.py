"""Counting visits and sessions, for reports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import attrs

from cantinekit import records as m
from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, widened
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError
from cantinekit.reads.attendance import AttendanceReads
from cantinekit.reads.sessions import SessionReads, meetings_in


@attrs.frozen
class Attendance:
    """How many came to a place. Each meeting of a course counts as a session, on its day.

    Attributes:
        period: the period that is counted.
        visits: how many visits.
        unique_visitors: how many different people; a walk-in counts as one each time.
        walk_ins: visits of people whom the place does not know.
        sessions: how many sessions.
        seats_taken: seats of people who registered for them.
        seats_present: who was there by the attendance sheets: seats that are marked, and the walk-ins of closed sheets.
    """

    period: Period
    visits: int
    unique_visitors: int
    walk_ins: int
    sessions: int
    seats_taken: int
    seats_present: int = 0


@attrs.frozen
class MonthOfEvents:
    """The sessions that were held at a place in a month. Each meeting of a course counts as a session.

    Attributes:
        place_id: the place.
        month: the first day of the month.
        sessions: how many sessions were held.
        seats: how many seats at them were taken.
        sheets: of how many of them the attendance sheet is closed.
        present: how many people were there, by these sheets.
    """

    place_id: str
    month: date
    sessions: int
    seats: int
    sheets: int = 0
    present: int = 0


class FigureReads(SessionReads, AttendanceReads):
    """Counts visits and sessions."""

    @checked
    def attendance(self, place_id: str, day: date) -> Attendance:
        """Who came to a place on a local day.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        window = self.day(place_id, day)
        visits = [v for v in self._of(m.Visit, "place", place_id, window) if v.state not in ("lapsed", "cancelled")]
        known = {visit.person_id for visit in visits if visit.person_id is not None}
        walk_ins = sum(visit.person_id is None for visit in visits)
        held = [
            (session, one)
            for session in self._programme(place_id, window)
            for one in meetings_in(session, window)
            if one.state == "planned" and one.period.start >= window.start
        ]
        taken = sum(session.taken(self._now()) for session, _ in held)
        there = self._were_there(held)
        return Attendance(window, len(visits), len(known) + walk_ins, walk_ins, len(held), taken, there)

    @checked
    def events(self, place_ids: Iterable[str], year: int) -> tuple[MonthOfEvents, ...]:
        """The sessions that were held at places in a year, by place and by the month of the day on which they began.

        Those that were cancelled, or are not over, do not count. Months without any are left out. A course counts once
        for each meeting that was held: that is how often people came together. Its seats are those that are taken now.

        Args:
            place_ids: the places.
            year: the year on their calendars, from 1970 to 9997.

        Raises:
            NotFoundError: one of the places is not there.
            InputError: a year that is not from 1970 to 9997.
        """
        if not MIN_INSTANT.year <= year < MAX_INSTANT.year:
            raise InputError(f"year must be from {MIN_INSTANT.year} to {MAX_INSTANT.year - 1}")
        found: list[MonthOfEvents] = []
        for place_id in place_ids:
            days = Period(self.day(place_id, date(year, 1, 1)).start, self.day(place_id, date(year, 12, 31)).end)
            held: dict[date, list[tuple[m.Session, m.Meeting]]] = {}
            around = widened(days, timedelta(days=2), timedelta(days=2))
            for session in self._programme(place_id, around):
                for one in meetings_in(session, around):
                    day = one.starts.day
                    if one.state == "planned" and one.period.end <= self._now() and day.year == year:
                        held.setdefault(day.replace(day=1), []).append((session, one))
            found += [self._month(place_id, month, some) for month, some in sorted(held.items())]
        return tuple(found)

    def _month(self, place_id: str, month: date, held: list[tuple[m.Session, m.Meeting]]) -> MonthOfEvents:
        closed, seats = [of for of in held if of[1].sheet is not None], sum(session.confirmed for session, _ in held)
        return MonthOfEvents(place_id, month, len(held), seats, len(closed), self._were_there(closed))
