"""What happens to series of sessions, and to what a session is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.occupancy.pages import put_claims
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State


@event
@attrs.frozen
class SessionsPlanned(Event):
    """Sessions of a workshop were planned on many dates as one.

    Attributes:
        series: the series as it is then, skipped dates among its dates.
        sessions: the sessions of the other dates, with their claims.
        at: the instant at which they were planned, by which claims that ran out are dropped.
    """

    series: SessionSeries
    sessions: tuple[Session, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.series, *_made(state, self.sessions, self.at))


@event
@attrs.frozen
class SessionsExtended(Event):
    """The next dates of a series of sessions were planned.

    Attributes:
        series_id: the series.
        until: the last local day up to which its rule is planned now.
        dates: the new dates, skipped ones among them.
        sessions: the sessions of those that were had, with their claims.
        at: the instant at which they were planned, by which claims that ran out are dropped.
    """

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
    """Dates of a series of sessions that had been skipped were planned.

    Attributes:
        series_id: the series.
        dates: these dates as they are now, in place of those of the same days.
        sessions: their sessions, with their claims.
        at: the instant at which they were planned, by which claims that ran out are dropped.
    """

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
    """What a series of sessions plans was changed. What became of each session follows as an event of its own.

    Attributes:
        series: the series after the change.
        from_day: the first day that was changed; ``None``: all dates to come, or those of ``days``.
        days: the days that were changed; empty: all dates to come, or those from ``from_day`` on.
        reason: why, at most 500 characters; empty where nobody said it.
    """

    series: SessionSeries
    from_day: date | None
    days: tuple[date, ...]
    reason: PublicText

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.series,)


@event
@attrs.frozen
class SessionsCancelled(Event):
    """Sessions of a series do not take place. What became of each session follows as an event of its own.

    Attributes:
        series_id: the series.
        session_ids: the sessions that are cancelled.
        given_up: the days of skipped dates that are given up.
        reason: why, at most 500 characters; everybody is told it.
    """

    series_id: str
    session_ids: tuple[str, ...]
    given_up: tuple[date, ...]
    reason: PublicText

    def changes(self, state: State) -> tuple[Record, ...]:
        series = state.need(SessionSeries, self.series_id)
        given_up = (evolve(one, why="cancelled") for one in series.dates if one.day in self.given_up)
        return (_with_dates(series, given_up),)


@event
@attrs.frozen
class ThemeChanged(Event):
    """What a session is about was changed.

    Attributes:
        session_id: the session.
        theme: what it is about, at most 300 characters; empty for nothing in particular.
        at: when; ``None``: an earlier version did not keep that.
    """

    session_id: str
    theme: PublicText
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        session = state.need(Session, self.session_id)
        return (evolve(session, theme=self.theme, changed_at=self.at or session.changed_at),)


def _made(state: State, sessions: Iterable[Session], at: datetime) -> tuple[Record, ...]:
    """Sessions that were made, and the pages with their claims."""
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
