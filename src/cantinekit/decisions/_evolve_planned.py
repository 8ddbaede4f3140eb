"""What events do to series of sessions and to what sessions are about. Importing this module registers the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from cantinekit import events as ev
from cantinekit._replace import replace
from cantinekit.decisions._evolve import changes, put_claims
from cantinekit.decisions._state import State
from cantinekit.model import PlannedDate, Record, Session, SessionSeries


def _made(state: State, sessions: Iterable[Session], at: datetime) -> tuple[Record, ...]:
    placed = [one for session in sessions for one in session.placed]
    return (*sessions, *put_claims(state, placed, at))


def _with_dates(series: SessionSeries, dates: Iterable[PlannedDate]) -> SessionSeries:
    """The series with these dates, in place of those of the same days."""
    by_day: dict[date, PlannedDate] = {one.day: one for one in (*series.dates, *dates)}
    return replace(series, dates=tuple(by_day[day] for day in sorted(by_day)))


@changes.register
def _(event: ev.SessionsPlanned, state: State) -> tuple[Record, ...]:
    return (event.series, *_made(state, event.sessions, event.at))


@changes.register
def _(event: ev.SessionsExtended, state: State) -> tuple[Record, ...]:
    series = _with_dates(state.need(SessionSeries, event.series_id), event.dates)
    series = replace(series, until=event.until, zone=event.dates[-1].starts.zone)
    return (series, *_made(state, event.sessions, event.at))


@changes.register
def _(event: ev.SkippedPlanned, state: State) -> tuple[Record, ...]:
    series = _with_dates(state.need(SessionSeries, event.series_id), event.dates)
    return (series, *_made(state, event.sessions, event.at))


@changes.register
def _(event: ev.SessionsChanged, state: State) -> tuple[Record, ...]:
    return (event.series,)


@changes.register
def _(event: ev.SessionsCancelled, state: State) -> tuple[Record, ...]:
    series = state.need(SessionSeries, event.series_id)
    given_up = (replace(one, why="cancelled") for one in series.dates if one.day in event.given_up)
    return (_with_dates(series, given_up),)


@changes.register
def _(event: ev.ThemeChanged, state: State) -> tuple[Record, ...]:
    return (replace(state.need(Session, event.session_id), theme=event.theme),)
