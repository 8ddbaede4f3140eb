"""Facts about sessions that repeat, and about what sessions are about."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from cantinekit.events._base import Event
from cantinekit.model import PlannedDate, Session, SessionSeries


@attrs.frozen
class SessionsPlanned(Event):
    """Sessions of a workshop are planned on many dates as one: those that were had, and in the series the others."""

    series: SessionSeries
    sessions: tuple[Session, ...]
    at: datetime


@attrs.frozen
class SessionsExtended(Event):
    """A series of sessions goes on up to ``until``: these ``dates`` with their sessions, and those left out."""

    series_id: str
    until: date
    dates: tuple[PlannedDate, ...]
    sessions: tuple[Session, ...]
    at: datetime


@attrs.frozen
class SkippedPlanned(Event):
    """Dates of a series of sessions that had been left out are planned: ``dates`` as they are now."""

    series_id: str
    dates: tuple[PlannedDate, ...]
    sessions: tuple[Session, ...]
    at: datetime


@attrs.frozen
class SessionsChanged(Event):
    """What a series of sessions plans was changed: all of it, from a day on, or on some ``days``; ``series`` after it.

    What became of each session follows as an event of its own.
    """

    series: SessionSeries
    from_day: date | None
    days: tuple[date, ...]
    reason: str


@attrs.frozen
class SessionsCancelled(Event):
    """Sessions of a series do not take place, and dates without one are ``given_up``.

    Each session follows with an event of its own.
    """

    series_id: str
    session_ids: tuple[str, ...]
    given_up: tuple[date, ...]
    reason: str


@attrs.frozen
class ThemeChanged(Event):
    """A session is about something else, or, without a theme, about nothing in particular."""

    session_id: str
    theme: str
