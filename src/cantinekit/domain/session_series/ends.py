"""Sessions of a series that do not take place, and what a session is about."""

from __future__ import annotations

from datetime import date, datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.registrations.handlers import check_open_to_seats
from cantinekit.domain.session_series.commands import CancelSessions, ChangeTheme
from cantinekit.domain.session_series.events import SessionsCancelled, ThemeChanged
from cantinekit.domain.session_series.records import SessionSeries
from cantinekit.domain.session_series.scope import chosen_dates, fetch_people, fetch_sessions, session_of
from cantinekit.domain.sessions.handlers import call_off, taken_by
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Reads, State, fetch, refer
from cantinekit.errors import TooLateError


def _read_cancel(c: CancelSessions, now: datetime) -> Reads:
    state = yield from fetch_sessions(c.series_id, c.from_day, c.days)
    sessions = _to_cancel(state, c, now)[0]
    state = yield from fetch(state, [wish for one in sessions for wish in taken_by(one)])
    return (yield from fetch_people(state, sessions))


def _to_cancel(state: State, c: CancelSessions, now: datetime) -> tuple[list[Session], list[date]]:
    """The sessions that are cancelled, and the days of the skipped dates that are given up."""
    series = state.need(SessionSeries, c.series_id)
    chosen = chosen_dates(state, series, c.from_day, c.days, now)
    sessions = [session for one in chosen if (session := session_of(state, one)) and session.state != "cancelled"]
    given_up = [one.day for one in chosen if one.skipped]
    if not sessions and not given_up:
        raise TooLateError(f"series {series.id} has no date to come that can be cancelled")
    return sessions, given_up


def _cancel(state: State, c: CancelSessions, now: datetime, ids: Ids) -> Decision:
    draft, series = Draft(state, now, ids), state.need(SessionSeries, c.series_id)
    sessions, given_up = _to_cancel(state, c, now)
    draft.add(SessionsCancelled(series.id, tuple(one.id for one in sessions), tuple(given_up), c.reason))
    charges = [charge for one in sessions for charge in call_off(draft, one, c.reason)]
    return draft.decision(refer(series), charges)


def _read_theme(c: ChangeTheme, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Session, c.session_id)]))


def _theme(state: State, c: ChangeTheme, now: datetime, ids: Ids) -> Decision:
    draft, session = Draft(state, now, ids), state.need(Session, c.session_id)
    check_open_to_seats(session, now)
    if c.theme != session.theme:
        draft.add(ThemeChanged(session.id, c.theme))
    return draft.decision(refer(session))


adapt(CancelSessions, _read_cancel, _cancel)

adapt(ChangeTheme, _read_theme, _theme)
