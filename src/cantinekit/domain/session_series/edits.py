"""Edits of sessions that repeat: of some dates, of one and those that follow, or of all.

A session that is elsewhere than its date plans was moved by itself: as in RFC 5545 such an override stays where it is
when the series changes, unless it is named. What is changed of named dates makes overrides of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.clock import Period, WallTime, wall_times
from cantinekit.domain.adapter import adapt
from cantinekit.domain.base import Command, Subject
from cantinekit.domain.dates.claims import fetch_series_pages, look
from cantinekit.domain.dates.repeats import first_days
from cantinekit.domain.decision import Decision, Ids, Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.occupancy.pages import drop_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.ends import set_seats
from cantinekit.domain.registrations.handlers import verdict
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.session_series.commands import ChangeSessions
from cantinekit.domain.session_series.events import SessionsChanged
from cantinekit.domain.session_series.planning import needs_of, period_at
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.session_series.scope import chosen_dates, fetch_people, fetch_sessions, session_of
from cantinekit.domain.sessions.claims import (
    Needs,
    beside_pages,
    check_facilitators,
    nearest_times,
    needed_leaves,
    session_claims,
)
from cantinekit.domain.sessions.commands import DecideSession
from cantinekit.domain.sessions.handlers import check_decision, concerned, move, taken_by
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, fetch, refer
from cantinekit.errors import InputError, SeriesClashError, TooLateError, UnsuitableError


@attrs.frozen
class Step:
    """What a change does to one date: how it is planned after it; its session, where that can still change; and where
    the session goes, with how many seats.
    """

    after: PlannedDate
    session: Session | None
    to: PlannedDate

    @property
    def moves(self) -> bool:
        return self.session is not None and (not self.to.agrees(self.session) or self.needs != _had(self.session))

    @property
    def reseats(self) -> bool:
        return self.session is not None and self.to.seats != self.session.capacity

    @property
    def needs(self) -> Needs:
        """What the session needs where it goes."""
        return needs_of(self.to)

    @property
    def times(self) -> tuple[WallTime, WallTime, Period]:
        return self.to.starts, self.to.ends, Period(self.to.starts.instant, self.to.ends.instant)

    @property
    def decide_at(self) -> datetime | None:
        """When it is decided whether the session takes place: as long before its start as it was."""
        assert self.session is not None
        if self.session.state != "planned" or self.session.decide_at is None:
            return self.session.decide_at
        return self.to.starts.instant - (self.session.period.start - self.session.decide_at)


def _had(session: Session) -> Needs:
    return Needs(session.space_id, session.with_units, session.facilitator_ids)


@attrs.frozen
class Edit:
    """What a change comes to: a step for each date that it is about, and the series after it.

    Where a new rule has no day left for a date that was skipped or cancelled, there is no step for it: it is no date of
    the series any more.
    """

    steps: tuple[Step, ...]
    series: SessionSeries

    @property
    def moving(self) -> list[Step]:
        return [one for one in self.steps if one.moves]


def _edit(state: State, c: ChangeSessions, now: datetime) -> Edit:
    """What a change comes to.

    Raises:
        TooLateError: no date that it is about is to come.
        UnsuitableError, InputError: as for a new rule.
    """
    series = state.need(SessionSeries, c.series_id)
    zone, chosen = state.need(Place, series.place_id).zone, chosen_dates(state, series, c.from_day, c.days, now)
    if not chosen:
        raise TooLateError(f"series {series.id} has no date to come that can be changed")
    changed = series if c.days else _as_changed(series, c, zone)
    days = tuple(one.day for one in chosen)
    kept = [one for one in series.dates if one.day not in days]
    if c.rule is not None:
        days = first_days(changed, zone, len(chosen) + 1)
        more, days = len(days) > len(chosen), days[: len(chosen)]
        _check_days(state, days, chosen, kept)
        changed = attrs.evolve(changed, until=days[-1] if more else None)
    steps = tuple(_step(state, c, one, day, zone) for one, day in zip(chosen, days, strict=False))
    dates = sorted([*kept, *(one.after for one in steps)], key=lambda one: one.day)
    return Edit(steps, attrs.evolve(changed, dates=tuple(dates)))


def _as_changed(series: SessionSeries, c: ChangeSessions, zone: str) -> SessionSeries:
    """What a series plans for dates to come, after a change of all of it or from a day on."""
    changed = attrs.evolve(
        series,
        starts=c.starts or series.starts,
        ends=c.ends or series.ends,
        space_id=c.space_id or series.space_id,
        seats=c.seats or series.seats,
        **_extras(c, series),
    )
    if c.starts is not None or c.ends is not None or c.rule is not None:
        changed = attrs.evolve(changed, zone=zone)
    if c.rule is not None and c.day is not None:
        changed = attrs.evolve(changed, day=c.day, rule=c.rule, rdates=c.rdates, exdates=c.exdates)
    return changed


def _check_days(state: State, days: Sequence[date], chosen: Sequence[PlannedDate], kept: Sequence[PlannedDate]) -> None:
    """Refuse a new rule that has no day for a session, or one that the series has already.

    Raises:
        UnsuitableError: a session would be without a day: nobody's seat goes without somebody saying so.
        InputError: a day is one of a date that stays.
    """
    over = chosen[len(days) :]
    left = [one.day.isoformat() for one in over if (session := session_of(state, one)) and session.state != "cancelled"]
    if left:
        raise UnsuitableError(
            f"the rule has {len(days)} dates for {len(chosen)}; cancel the sessions from {left[0]} on first"
        )
    twice = {one.day for one in kept}.intersection(days)
    if twice:
        raise InputError(f"{min(twice).isoformat()} is a date of the series already")


def _step(state: State, c: ChangeSessions, one: PlannedDate, day: date, zone: str) -> Step:
    session = session_of(state, one)
    if session is None or session.state == "cancelled":
        after = _changed(c, one, day, zone)
        return Step(after, None, after)
    own = attrs.evolve(
        one,
        starts=session.starts,
        ends=session.ends,
        space_id=session.space_id,
        seats=session.capacity,
        with_units=session.with_units,
        facilitator_ids=session.facilitator_ids,
    )
    if c.days:
        return Step(one, session, _changed(c, own, own.day, zone))
    after = _changed(c, one, day, zone)
    to, names = after if one.agrees(session) else own, ("seats", "with_units", "facilitator_ids")
    ours = {name: getattr(after if getattr(own, name) == getattr(one, name) else own, name) for name in names}
    return Step(after, session, attrs.evolve(to, **ours))


def _changed(c: ChangeSessions, one: PlannedDate, day: date, zone: str) -> PlannedDate:
    """A date with what is to be changed; times that stay keep the zone in which they were planned."""
    starts, ends = one.starts, one.ends
    if day != one.day or c.starts is not None or c.ends is not None:
        starts, ends = wall_times(day, c.starts or starts.at, c.ends or ends.at, zone)
    rest = {"space_id": c.space_id or one.space_id, "seats": c.seats or one.seats, **_extras(c, one)}
    return attrs.evolve(one, starts=starts, ends=ends, **rest)


def _extras(c: ChangeSessions, before: SessionSeries | PlannedDate) -> dict[str, Any]:
    """The equipment and the facilitators after a change."""
    return {
        "with_units": before.with_units if c.with_units is None else c.with_units,
        "facilitator_ids": before.facilitator_ids if c.facilitator_ids is None else c.facilitator_ids,
    }


def _read_change(c: ChangeSessions, now: datetime) -> Reads:
    state = yield from fetch_sessions(c.series_id, c.from_day, c.days, [(Space, c.space_id)])
    edit = _edit(state, c, now)
    state = yield from fetch(state, [wish for one in edit.moving for wish in one.needs.spaces])
    asked = [(needed_leaves(state, one.needs), period_at(one.to.starts, one.to.ends)) for one in edit.moving]
    also = [wish for one in edit.moving if one.session for wish in taken_by(one.session)]
    also += [wish for one in edit.moving for wish in beside_pages(state, one.needs)]
    state = yield from fetch_series_pages(state, asked, also)
    # A date that begins meanwhile is left out, and by a new rule those after it go to other days: any of them may move.
    people = [one.session for one in edit.steps if one.moves or one.reseats or c.rule is not None]
    return (yield from fetch_people(state, people, guarded=True))


def _end_first(steps: Sequence[Step], now: datetime) -> None:
    """What ran out is ended first: sessions are decided, and seats go to who waits."""
    sessions = [one.session for one in steps if one.session is not None]
    due: list[Command[Any]] = [DecideSession(one.id) for one in sessions if verdict(one, now) is not None]
    for session in (one.session for one in steps if one.reseats):
        if session is not None and session.waiting:
            over = [seat.registration_id for seat in session.held if not seat.live(now)]
            due += [Expire(Subject(Registration.kind, id)) for id in over]
    if due:
        raise Prerequisite(*due)


def _change(state: State, c: ChangeSessions, now: datetime, ids: Ids) -> Decision:
    draft, series = Draft(state, now, ids), state.need(SessionSeries, c.series_id)
    edit = _edit(state, c, now)
    _end_first(edit.steps, now)
    placed = _place(state, series, edit.moving, now)
    if edit.series == series and not any(one.moves or one.reseats for one in edit.steps):
        return draft.decision(refer(series))
    draft.add(SessionsChanged(edit.series, c.from_day, c.days, c.reason))
    for one in edit.steps:
        if one.session is not None and one.moves:
            people = concerned(state, one.session.id)
            move(draft, one.session, one.times, one.needs, placed[one.after.day], one.decide_at, people)
        if one.session is not None and one.reseats:
            set_seats(draft, draft.state.need(Session, one.session.id), one.to.seats)
    return draft.decision(refer(series))


def _place(
    state: State, series: SessionSeries, moving: Sequence[Step], now: datetime
) -> Mapping[date, tuple[Placed, ...]]:
    """The claims of all sessions where they go; what any of them leaves is in nobody's way.

    Raises:
        SeriesClashError: some cannot be had; all of them are named.
    """
    place, by_day = state.need(Place, series.place_id), {one.after.day: one for one in moving}
    state = state.put(drop_claims(state, [one for step in moving for one in _left_by(state, step)]))

    def claim(state: State, day: date, period: Period) -> tuple[Placed, ...]:
        step = by_day[day]
        assert step.session is not None
        if period.start <= now:
            raise TooLateError(f"the session would have begun at {period.start.isoformat()}")
        if step.session.state == "planned":
            check_decision(step.decide_at, period, now)
        id, kept = step.session.id, step.session.placed
        check_facilitators(state, place, step.needs, id, period, now, None, kept=kept)
        return session_claims(state, place, step.needs, id, period, now, seats=step.to.seats, kept=kept)

    def nearest(state: State, day: date, period: Period) -> tuple[Period, ...]:
        session = by_day[day].session
        assert session is not None
        return nearest_times(state, place, by_day[day].needs, session.id, period, now)

    times = {one.after.day: period_at(one.to.starts, one.to.ends) for one in moving}
    free, clashes = look(state, times, now, claim, nearest)
    if clashes:
        raise SeriesClashError(clashes, list(free))
    return free


def _left_by(state: State, step: Step) -> list[Placed]:
    """What a session claims and does not keep: what it needs at the same time stays where it is."""
    assert step.session is not None
    needed = needed_leaves(state, step.needs)
    return [
        one
        for one in step.session.placed
        if one.space_id not in needed or one.claim.booked != period_at(step.to.starts, step.to.ends)
    ]


adapt(ChangeSessions, _read_change, _change)
