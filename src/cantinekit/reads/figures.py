"""Counting visits and sessions, for reports."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

import attrs

from cantinekit import records as m
from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, format_instant, widened
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError, NotFoundError
from cantinekit.plugins.ports import Key, Storage
from cantinekit.reads.attendance import AttendanceReads
from cantinekit.reads.day import instants_at
from cantinekit.reads.kept import Rows, Sums
from cantinekit.reads.periods import LONGEST, begins_for, check_days, local_days, near
from cantinekit.reads.records import Range, decoded
from cantinekit.reads.sessions import SessionReads, meetings_in
from cantinekit.runtime import codec


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


@attrs.frozen
class PeriodAttendance:
    """How many came to a place on some days.

    Attributes:
        days: how many on each local day, in order, also where nobody came.
        total: how many in all; who came on several days is one visitor.
    """

    days: tuple[Attendance, ...]
    total: Attendance


@attrs.define
class _Count:
    """Adds up who came."""

    visits: int = 0
    people: set[str] = attrs.field(factory=set)
    walk_ins: int = 0
    sessions: int = 0
    taken: int = 0
    there: int = 0

    @classmethod
    def all(cls, counts: Sequence[_Count]) -> _Count:
        people = set[str]().union(*(one.people for one in counts))
        added = [sum(some) for some in zip(*(one.numbers for one in counts), strict=True)]
        return cls(added[0], people, *added[1:])

    @property
    def numbers(self) -> tuple[int, ...]:
        return (self.visits, self.walk_ins, self.sessions, self.taken, self.there)

    def add_visit(self, person_id: str | None) -> None:
        self.visits += 1
        if person_id is None:
            self.walk_ins += 1
        else:
            self.people.add(person_id)

    def add_session(self, taken: int, there: int) -> None:
        self.sessions += 1
        self.taken += taken
        self.there += there

    def attendance(self, period: Period) -> Attendance:
        visits, walk_ins, *rest = self.numbers
        return Attendance(period, visits, len(self.people) + walk_ins, walk_ins, *rest)


class FigureReads(SessionReads, AttendanceReads):
    """Counts visits and sessions. What was counted is kept in the process as long as the rows are the same.

    Args:
        storage: the store.
        now: gives the present instant.
    """

    def __init__(self, storage: Storage, now: Callable[[], datetime]) -> None:
        super().__init__(storage, now)
        self._came: Sums[PeriodAttendance] = Sums()

    @checked
    def attendance(self, place_id: str, day: date) -> Attendance:
        """Who came to a place on a local day.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        return self.attendance_of(place_id, day, day).total

    @checked
    def attendance_of(self, place_id: str, first: date, last: date) -> PeriodAttendance:
        """Who came to a place on some local days, day by day and in all.

        It takes three round trips to the store, two where there are no sessions; in a store that cannot take fields out
        of rows one for each thousand visits. Where the days were asked for twice before and nothing has changed it
        takes one, in a store that can say so, and where something has changed one more.

        Args:
            place_id: the place.
            first: the first day on its calendar.
            last: the last one, at most 366 days later.

        Raises:
            NotFoundError: there is no such place.
            InputError: the last day is before the first one, or too late.
        """
        if self._memory is not None:
            return self._attendance_of(place_id, first, last)[0]
        asked = (place_id, first, last)
        return self._came.get(self._storage, asked, self._now(), lambda: self._attendance_of(place_id, first, last))

    def _attendance_of(self, place_id: str, first: date, last: date) -> tuple[PeriodAttendance, Rows, datetime]:
        """Who came on some local days, the rows that it is made of, and until when it is the same."""
        check_days(first, last)
        now = self._now()
        around, key = begins_for(near(first, last)), Key(m.Place.kind, place_id)
        planned: Range = (m.Session, "place", *instants_at(place_id, around))
        (programme,), places = self._look([planned], [key])
        if key not in places:
            raise NotFoundError(*key)
        days = local_days(codec.peek_body(key.kind, places[key])["zone"], first, last)
        whole, starts = Period(days[0].start, days[-1].end), [one.start for one in days]
        counts, begins = [_Count() for _ in days], [format_instant(one) for one in starts]
        ge, lt = codec.between(place_id, whole.start, whole.end)
        for _, at, person_id, state in self._columns(m.Visit, "place", ge, lt, ("opened_at", "person_id", "state")):
            if state not in ("lapsed", "cancelled"):
                counts[bisect_right(begins, at) - 1].add_visit(person_id)
        held = [
            (session, one)
            for session in (decoded(m.Session, *row) for row in programme.items())
            for one in meetings_in(session, whole)
            if one.state == "planned" and one.period.start >= whole.start
        ]
        for (session, one), there in zip(held, self._were_there(held), strict=True):
            counts[bisect_right(starts, one.period.start) - 1].add_session(session.taken(now), there)
        found = tuple(count.attendance(day) for count, day in zip(counts, days, strict=True))
        seats = [(m.Registration, "session", *codec.between(id)) for id in dict.fromkeys(one.id for one, _ in held)]
        rows = Rows((key,), (planned, (m.Visit, "place", ge, lt), *seats))
        ends = [seat.expires for session, _ in held for seat in session.held if seat.live(now)]
        return PeriodAttendance(found, _Count.all(counts).attendance(whole)), rows, min([MAX_INSTANT, *ends])

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
            around = widened(days, LONGEST, LONGEST)
            for session in self._programme(place_id, around):
                for one in meetings_in(session, around):
                    day = one.starts.day
                    if one.state == "planned" and one.period.end <= self._now() and day.year == year:
                        held.setdefault(day.replace(day=1), []).append((session, one))
            found += [self._month(place_id, month, some) for month, some in sorted(held.items())]
        return tuple(found)

    def _month(self, place_id: str, month: date, held: list[tuple[m.Session, m.Meeting]]) -> MonthOfEvents:
        closed, seats = [of for of in held if of[1].sheet is not None], sum(session.confirmed for session, _ in held)
        return MonthOfEvents(place_id, month, len(held), seats, len(closed), sum(self._were_there(closed)))
