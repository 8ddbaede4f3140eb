"""Which dates of a series of sessions a command is about. No command is about a date that has begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from cantinekit.domain.registrations.deciding import check_open_to_seats
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State
from cantinekit.errors import InputError, TooLateError, WrongStateError


def chosen_dates(
    state: State, series: SessionSeries, from_day: date | None, days: Sequence[date], now: datetime
) -> list[PlannedDate]:
    """The dates to come that a command is about, with those that were skipped or given up.

    Args:
        state: the sessions of these dates.
        series: the series.
        from_day: the first day; ``None``: all dates, or those of ``days``.
        days: the days by which the dates are named; empty: all dates, or those from ``from_day`` on.
        now: the present instant.

    Raises:
        InputError: a day is no date of the series.
        WrongStateError: the session of a named date is cancelled, or a named date without a session was given up.
        TooLateError: the session of a named date has begun, or a named date without a session has.
    """
    if not days:
        found = [one for one in series.dates if from_day is None or one.day >= from_day]
        return [one for one in found if _to_come(state, one, now)]
    chosen = named_dates(series, days)
    for one in chosen:
        session = session_of(state, one)
        if session is not None:
            check_open_to_seats(session, now)
        elif not one.skipped:
            raise WrongStateError(one.day.isoformat(), state=one.why)
        elif not _to_come(state, one, now):
            raise TooLateError(f"{one.day.isoformat()} is over")
    return chosen


def named_dates(series: SessionSeries, days: Sequence[date]) -> list[PlannedDate]:
    """The dates of these days.

    Raises:
        InputError: a day is no date of the series.
    """
    by_day = {one.day: one for one in series.dates}
    for day in days:
        if day not in by_day:
            raise InputError(f"{day.isoformat()} is no date of the series")
    return [by_day[day] for day in days]


def session_of(state: State, one: PlannedDate) -> Session | None:
    """The session of a date; ``None`` where it has none."""
    return None if one.session_id is None else state.need(Session, one.session_id)


def _to_come(state: State, one: PlannedDate, now: datetime) -> bool:
    """Whether a date has not begun: by its session, which may have been moved, or by its own time."""
    session = session_of(state, one)
    return (one.starts.instant if session is None else session.period.start) > now
