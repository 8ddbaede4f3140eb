"""The handlers of series of sessions: plan, extend, change and cancel them, and say what a session is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.domain.base import Command, Subject
from cantinekit.domain.dates.claims import read_series_pages
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.handling import handles
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.deciding import check_open_to_seats, verdict
from cantinekit.domain.registrations.promotion import set_seats
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.session_series.commands import (
    CancelSessions,
    ChangeSessions,
    ChangeTheme,
    ExtendSessions,
    PlanSessions,
    PlanSkipped,
)
from cantinekit.domain.session_series.edits import DateEdit, claims_of_moving, edit_series
from cantinekit.domain.session_series.events import (
    SessionsCancelled,
    SessionsChanged,
    SessionsExtended,
    SessionsPlanned,
    SkippedPlanned,
    ThemeChanged,
)
from cantinekit.domain.session_series.planning import (
    announce_planned,
    further_dates,
    new_dates,
    plan_dates,
    skipped_dates,
)
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.session_series.scope import chosen_dates, session_of
from cantinekit.domain.sessions.adding import workshop_wishes
from cantinekit.domain.sessions.calling_off import call_off
from cantinekit.domain.sessions.claims import Needs, beside_pages, needed_leaves, taken_by
from cantinekit.domain.sessions.commands import DecideSession
from cantinekit.domain.sessions.moving import move
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.registrants import concerned, read_registrations
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooLateError


@handles(PlanSessions)
def plan_sessions(c: PlanSessions, uow: Uow) -> Steps[Decision[SessionSeries]]:
    """Plan a new series: a session for each date that can be had, with consent to the dates that cannot."""
    workshop = yield from uow.need(Workshop, c.workshop_id, (SessionSeries, c.id), *Needs.of(c).spaces)
    yield from uow.fetch(workshop_wishes(workshop))
    place = uow.state.need(Place, workshop.place_id)
    dates = new_dates(c, place)
    yield from _read_pages(uow, dates)

    refuse_twice(uow.state, SessionSeries, c.id)
    if all(one.ends.instant <= uow.now for one in dates):
        raise TooLateError("all dates of the series are over")
    series = SessionSeries(
        id=c.id or uow.ids("sss"),
        workshop_id=c.workshop_id,
        place_id=place.id,
        zone=place.zone,
        day=c.day,
        starts=c.starts,
        ends=c.ends,
        rule=c.rule,
        seats=c.seats,
        planned_at=uow.now,
        dates=tuple(dates),
        rdates=c.rdates,
        exdates=c.exdates,
        space_id=c.space_id,
        minimum=c.minimum,
        decide_before=c.decide_before,
        until=c.until,
        with_units=c.with_units,
        facilitator_ids=c.facilitator_ids,
    )
    planned = plan_dates(uow, series, dates)
    planned.check_agreed(c.skip)
    uow.add(SessionsPlanned(attrs.evolve(series, dates=planned.dates), planned.sessions, uow.now))
    announce_planned(uow, series, planned.sessions)
    return uow.done(series)


@handles(ExtendSessions)
def extend_sessions(c: ExtendSessions, uow: Uow) -> Steps[Decision[SessionSeries]]:
    """Plan the next dates of the rule of a series, with consent to the dates that cannot be had."""
    series = yield from uow.need(SessionSeries, c.series_id)
    workshop = yield from uow.need(Workshop, series.workshop_id, *Needs.of(series).spaces)
    yield from uow.fetch(workshop_wishes(workshop))
    dates = further_dates(c, series, uow.state.need(Place, series.place_id))
    yield from _read_pages(uow, dates)

    planned = plan_dates(uow, series, dates)
    planned.check_agreed(c.skip)
    uow.add(SessionsExtended(series.id, c.until, planned.dates, planned.sessions, uow.now))
    announce_planned(uow, series, planned.sessions)
    return uow.done(series)


@handles(PlanSkipped)
def plan_skipped(c: PlanSkipped, uow: Uow) -> Steps[Decision[SessionSeries]]:
    """Plan dates of a series that were skipped: all of them, or nothing."""
    series = yield from uow.need(SessionSeries, c.series_id)
    yield from uow.fetch((Session, one.session_id) for one in series.dates if one.day in c.days)
    dates = skipped_dates(uow.state, c, series, uow.now)
    spaces = [wish for needs in dict.fromkeys(map(Needs.of, dates)) for wish in needs.spaces]
    workshop = yield from uow.need(Workshop, series.workshop_id, *spaces)
    yield from uow.fetch(workshop_wishes(workshop))
    yield from _read_pages(uow, dates)

    dates = skipped_dates(uow.state, c, series, uow.now)  # one may be over by the time that the pages are read
    planned = plan_dates(uow, series, dates)
    planned.check_agreed(())
    uow.add(SkippedPlanned(series.id, planned.dates, planned.sessions, uow.now))
    announce_planned(uow, series, planned.sessions)
    return uow.done(series)


def _read_pages(uow: Uow, dates: Sequence[PlannedDate], also: Iterable[Wish] = ()) -> Steps[None]:
    """Load what it takes to claim all that the dates need, whose spaces are loaded; and other records with it."""
    asked = [(needed_leaves(uow.state, Needs.of(one)), one.period) for one in dates]
    beside = [wish for needs in dict.fromkeys(map(Needs.of, dates)) for wish in beside_pages(uow.state, needs)]
    yield from read_series_pages(uow, asked, [*also, *beside])


@handles(ChangeSessions)
def change_sessions(c: ChangeSessions, uow: Uow) -> Steps[Decision[SessionSeries]]:
    """Change what a series plans, and move its sessions with their registrations; all of them, or nothing."""
    series = yield from _read_dates(uow, c, (Space, c.space_id))
    change = edit_series(uow.state, c, uow.now)
    yield from uow.fetch(wish for one in change.moving for wish in one.needs.spaces)
    taken = [wish for one in change.moving if one.session for wish in taken_by(one.session)]
    yield from _read_pages(uow, [one.to for one in change.moving], taken)
    # By a new rule any session may move: where a date begins while rows are read, those after it go to other days.
    affected = [one.session for one in change.dates if one.moves or one.reseats or c.rule is not None]
    yield from _read_people(uow, affected, guarded=True)

    change = edit_series(uow.state, c, uow.now)
    _end_first(change.dates, uow.now)
    placed = claims_of_moving(uow.state, uow.state.need(Place, series.place_id), change.moving, uow.now)
    if change.series == series and not any(one.moves or one.reseats for one in change.dates):
        return uow.done(series)
    uow.add(SessionsChanged(change.series, c.from_day, c.days, c.reason))
    for one in change.dates:
        if one.session is not None and one.moves:
            people = concerned(uow.state, one.session.id)
            move(uow, one.session, one.times, one.needs, placed[one.after.day], one.decide_at, people)
        if one.session is not None and one.reseats:
            set_seats(uow, uow.state.need(Session, one.session.id), one.to.seats)
    return uow.done(series)


def _end_first(dates: Sequence[DateEdit], now: datetime) -> None:
    """Have what ran out ended before a change: sessions are decided, and free seats go to those who wait.

    Raises:
        Prerequisite: a session is due to be decided; or a held seat ran out, and somebody waits for it.
    """
    sessions = [one.session for one in dates if one.session is not None]
    due: list[Command[Any]] = [DecideSession(one.id) for one in sessions if verdict(one, now) is not None]
    for session in (one.session for one in dates if one.reseats):
        if session is not None and session.waiting:
            over = [seat.registration_id for seat in session.held if not seat.live(now)]
            due += [Expire(Subject(Registration.kind, id)) for id in over]
    if due:
        raise Prerequisite(*due)


@handles(CancelSessions)
def cancel_sessions(c: CancelSessions, uow: Uow) -> Steps[Decision[SessionSeries]]:
    """Call off the sessions of a series that have not begun, and give up its dates without a session."""
    series = yield from _read_dates(uow, c)
    sessions, _ = _to_cancel(uow.state, c, series, uow.now)
    yield from uow.fetch(wish for one in sessions for wish in taken_by(one))
    yield from _read_people(uow, sessions)

    sessions, given_up = _to_cancel(uow.state, c, series, uow.now)  # one may have begun while its rows were read
    uow.add(SessionsCancelled(series.id, tuple(one.id for one in sessions), tuple(given_up), c.reason))
    return uow.done(series, [charge for one in sessions for charge in call_off(uow, one, c.reason)])


def _to_cancel(
    state: State, c: CancelSessions, series: SessionSeries, now: datetime
) -> tuple[list[Session], list[date]]:
    """The sessions that are cancelled, and the days of the skipped dates that are given up.

    Raises:
        TooLateError: there are none; or as ``chosen_dates``, like ``InputError`` and ``WrongStateError``.
    """
    chosen = chosen_dates(state, series, c.from_day, c.days, now)
    sessions = [session for one in chosen if (session := session_of(state, one)) and session.state != "cancelled"]
    given_up = [one.day for one in chosen if one.skipped]
    if not sessions and not given_up:
        raise TooLateError(f"series {series.id} has no date to come that can be cancelled")
    return sessions, given_up


def _read_dates(uow: Uow, c: ChangeSessions | CancelSessions, *also: Wish) -> Steps[SessionSeries]:
    """Load a series with the dates that a command is about: their sessions, and the rooms that they are planned in."""
    series = yield from uow.need(SessionSeries, c.series_id, *also)
    dates = [
        one for one in series.dates if (one.day in c.days if c.days else c.from_day is None or one.day >= c.from_day)
    ]
    sessions: list[Wish] = [(Session, one.session_id) for one in dates]
    yield from uow.fetch([(Place, series.place_id), *sessions, *((Space, one.space_id) for one in dates)])
    return series


def _read_people(uow: Uow, sessions: Iterable[Session | None], *, guarded: bool = False) -> Steps[None]:
    """Load everybody who has a seat at these sessions or waits, ``guarded`` as in ``read_registrations``.

    Nothing is read of sessions at which nobody is.
    """
    there = [one.id for one in sessions if one and (one.confirmed or one.held or one.waiting)]
    yield from read_registrations(uow, *there, guarded=guarded)


@handles(ChangeTheme)
def change_theme(c: ChangeTheme, uow: Uow) -> Steps[Decision[Session]]:
    """Say what a session is about."""
    session = yield from uow.need(Session, c.session_id)

    check_open_to_seats(session, uow.now)
    if c.theme != session.theme:
        uow.add(ThemeChanged(session.id, c.theme, uow.now))
    return uow.done(session)
