"""Facts about sessions that repeat, and about what sessions are about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.occupancy.pages import put_claims
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State


@event
@attrs.frozen
class SessionsPlanned(Event):
    """Sessions of a workshop are planned on many dates as one: those that were had, and in the series the others."""

    series: SessionSeries
    sessions: tuple[Session, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.series, *_made(state, self.sessions, self.at))


@event
@attrs.frozen
class SessionsExtended(Event):
    """A series of sessions goes on up to ``until``: these ``dates`` with their sessions, and those left out."""

    series_id: str
    until: date
    dates: tuple[PlannedDate, ...]
    sessions: tuple[Session, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        series = _with_dates(state.need(SessionSeries, self.series_id), self.dates)
        series = evolve(series, until=self.until, zone=self.dates[-1].starts.zone)
        return (series, *_made(state, self.sessions, self.at))


@event
@attrs.frozen
class SkippedPlanned(Event):
    """Dates of a series of sessions that had been left out are planned: ``dates`` as they are now."""

    series_id: str
    dates: tuple[PlannedDate, ...]
    sessions: tuple[Session, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        series = _with_dates(state.need(SessionSeries, self.series_id), self.dates)
        return (series, *_made(state, self.sessions, self.at))


@event
@attrs.frozen
class SessionsChanged(Event):
    """What a series of sessions plans was changed: all of it, from a day on, or on some ``days``; ``series`` after it.

    What became of each session follows as an event of its own.
    """

    series: SessionSeries
    from_day: date | None
    days: tuple[date, ...]
    reason: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.series,)


@event
@attrs.frozen
class SessionsCancelled(Event):
    """Sessions of a series do not take place, and dates without one are ``given_up``.

    Each session follows with an event of its own.
    """

    series_id: str
    session_ids: tuple[str, ...]
    given_up: tuple[date, ...]
    reason: str

    def changes(self, state: State) -> tuple[Record, ...]:
        series = state.need(SessionSeries, self.series_id)
        given_up = (evolve(one, why="cancelled") for one in series.dates if one.day in self.given_up)
        return (_with_dates(series, given_up),)


@event
@attrs.frozen
class ThemeChanged(Event):
    """A session is about something else, or, without a theme, about nothing in particular."""

    session_id: str
    theme: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Session, self.session_id), theme=self.theme),)


def _made(state: State, sessions: Iterable[Session], at: datetime) -> tuple[Record, ...]:
    placed = [one for session in sessions for one in session.placed]
    return (*sessions, *put_claims(state, placed, at))


def _with_dates(series: SessionSeries, dates: Iterable[PlannedDate]) -> SessionSeries:
    """The series with these dates, in place of those of the same days."""
    by_day: dict[date, PlannedDate] = {one.day: one for one in (*series.dates, *dates)}
    return evolve(series, dates=tuple(by_day[day] for day in sorted(by_day)))


__all__ = [
    "SessionsCancelled",
    "SessionsChanged",
    "SessionsExtended",
    "SessionsPlanned",
    "SkippedPlanned",
    "ThemeChanged",
]
