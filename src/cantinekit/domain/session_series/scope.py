"""Which dates of a series of sessions a command is about, and what it reads of them.

What has begun never changes, so that no command is about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.handlers import check_open_to_seats
from cantinekit.domain.session_series.planning import named
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.sessions.handlers import fetch_registrations
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, Wish, fetch
from cantinekit.errors import TooLateError, WrongStateError


def fetch_sessions(series_id: str, from_day: date | None, days: Sequence[date], wishes: Sequence[Wish] = ()) -> Reads:
    """Load a series with the dates that a command is about: their sessions, and the rooms that they are planned in."""
    state = yield from fetch(State(), [(SessionSeries, series_id), *wishes])
    series = state.need(SessionSeries, series_id)
    asked = [one for one in series.dates if (one.day in days if days else from_day is None or one.day >= from_day)]
    keys: list[Wish] = [(Place, series.place_id), *((Session, one.session_id) for one in asked)]
    return (yield from fetch(state, [*keys, *((Space, one.space_id) for one in asked)]))


def fetch_people(state: State, sessions: Iterable[Session | None], *, guarded: bool = False) -> Reads:
    """Load who has a seat at these sessions or waits; where nobody is, nothing is read. ``guarded``: as they are."""
    there = [one.id for one in sessions if one and (one.confirmed or one.held or one.waiting)]
    return (yield from fetch_registrations(state, *there, guarded=guarded))


def session_of(state: State, one: PlannedDate) -> Session | None:
    return None if one.session_id is None else state.need(Session, one.session_id)


def _to_come(state: State, one: PlannedDate, now: datetime) -> bool:
    """Whether a date has not begun: by its session, which may have been moved, or by its own time."""
    session = session_of(state, one)
    return (one.starts.instant if session is None else session.period.start) > now


def chosen_dates(
    state: State, series: SessionSeries, from_day: date | None, days: Sequence[date], now: datetime
) -> list[PlannedDate]:
    """The dates to come that a command is about, those that were skipped or cancelled too.

    Raises:
        InputError: a day is no date of the series.
        TooLateError, WrongStateError: a session that is named has begun, or is cancelled; a skipped date is given up.
    """
    if not days:
        found = [one for one in series.dates if from_day is None or one.day >= from_day]
        return [one for one in found if _to_come(state, one, now)]
    for one in named(series, days):
        session = session_of(state, one)
        if session is not None:
            check_open_to_seats(session, now)
        elif not one.skipped:
            raise WrongStateError(one.day.isoformat(), state=one.why)
        elif not _to_come(state, one, now):
            raise TooLateError(f"{one.day.isoformat()} is over")
    return named(series, days)
