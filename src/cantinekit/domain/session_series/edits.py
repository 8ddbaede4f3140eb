"""What a change of a series of sessions comes to, of some dates, of those from a day on, or of all.

A session that is elsewhere than its date plans was moved by itself. As an override in RFC 5545 does, it stays where it
is when the series changes, unless it is named. What is changed of named dates makes overrides of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.clock import Period, wall_times
from cantinekit.domain.dates.claims import look
from cantinekit.domain.dates.repeats import first_days
from cantinekit.domain.occupancy.pages import drop_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.session_series.commands import ChangeSessions
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.session_series.scope import chosen_dates, session_of
from cantinekit.domain.sessions.adding import Times, check_decision
from cantinekit.domain.sessions.claims import (
    Needs,
    check_facilitators,
    nearest_times,
    needed_leaves,
    session_claims,
)
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State
from cantinekit.errors import InputError, SeriesClashError, TooLateError, UnsuitableError


@attrs.frozen
class DateEdit:
    """What a change of a series does to one date.

    Attributes:
        after: the date as the series plans it after the change.
        session: the session of the date as it was; ``None`` where there is none that can still change.
        to: where and when the session is after the change, with how many seats, equipment and facilitators.
    """

    after: PlannedDate
    session: Session | None
    to: PlannedDate

    @property
    def moves(self) -> bool:
        """Whether the session gets another time, room, equipment or other facilitators."""
        return self.session is not None and not (self.to.agrees(self.session) and self.needs == Needs.of(self.session))

    @property
    def reseats(self) -> bool:
        """Whether the session gets another number of seats."""
        return self.session is not None and self.to.seats != self.session.capacity

    @property
    def needs(self) -> Needs:
        """What the session needs after the change."""
        return Needs.of(self.to)

    @property
    def times(self) -> Times:
        """When the session is after the change, which is a time that there is."""
        return self.to.starts, self.to.ends, Period(self.to.starts.instant, self.to.ends.instant)

    @property
    def decide_at(self) -> datetime | None:
        """When it is decided whether the session takes place: as long before its start as it was."""
        assert self.session is not None
        if self.session.state != "planned" or self.session.decide_at is None:
            return self.session.decide_at
        return self.to.starts.instant - (self.session.period.start - self.session.decide_at)


@attrs.frozen
class SeriesEdit:
    """What a change of a series comes to.

    Attributes:
        dates: what it does to each date that it is about. A date that was skipped or given up, and for which a new rule
            has no day left, is not among them: it is no date of the series any more.
        series: the series after the change.
    """

    dates: tuple[DateEdit, ...]
    series: SessionSeries

    @property
    def moving(self) -> list[DateEdit]:
        """The dates whose sessions move."""
        return [one for one in self.dates if one.moves]


def edit_series(state: State, c: ChangeSessions, now: datetime) -> SeriesEdit:
    """Work out what a change comes to, before anything of it is claimed.

    Raises:
        TooLateError: it is about no date to come, or a date that it names has begun.
        WrongStateError: a date that it names is cancelled.
        RuleError: the new rule cannot be read, does not begin on its day, or has times of its own.
        UnsuitableError: the new rule has too few days for the sessions.
        InputError: a day is no date of the series; or the new rule has the day of a date that stays.
    """
    series = state.need(SessionSeries, c.series_id)
    zone, chosen = state.need(Place, series.place_id).zone, chosen_dates(state, series, c.from_day, c.days, now)
    if not chosen:
        raise TooLateError(f"series {series.id} has no date to come that can be changed")
    changed = series if c.days else _changed_series(c, series, zone)
    days = tuple(one.day for one in chosen)
    kept = [one for one in series.dates if one.day not in days]
    if c.rule is not None:
        days = first_days(changed, zone, len(chosen) + 1)
        more, days = len(days) > len(chosen), days[: len(chosen)]
        _check_days(state, days, chosen, kept)
        changed = attrs.evolve(changed, until=days[-1] if more else None)
    edits = tuple(_edit_date(state, c, one, day, zone) for one, day in zip(chosen, days, strict=False))
    dates = sorted([*kept, *(one.after for one in edits)], key=lambda one: one.day)
    return SeriesEdit(edits, attrs.evolve(changed, dates=tuple(dates)))


def _changed_series(c: ChangeSessions, series: SessionSeries, zone: str) -> SessionSeries:
    """What a series plans for dates to come, after a change of all of it or from a day on."""
    changed = attrs.evolve(
        series,
        starts=c.starts or series.starts,
        ends=c.ends or series.ends,
        **_changed_rest(c, series),
    )
    if c.starts is not None or c.ends is not None or c.rule is not None:
        changed = attrs.evolve(changed, zone=zone)
    if c.rule is not None and c.day is not None:
        changed = attrs.evolve(changed, day=c.day, rule=c.rule, rdates=c.rdates, exdates=c.exdates)
    return changed


def _check_days(state: State, days: Sequence[date], chosen: Sequence[PlannedDate], kept: Sequence[PlannedDate]) -> None:
    """Refuse a new rule that has no day for a session, or one that the series has already.

    Raises:
        UnsuitableError: a session would be without a day. Nobody loses a seat unless a command cancels the session.
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


def _edit_date(state: State, c: ChangeSessions, one: PlannedDate, day: date, zone: str) -> DateEdit:
    """What a change does to a date, which is on that day after it."""
    session = session_of(state, one)
    if session is None or session.state == "cancelled":
        after = _changed_date(c, one, day, zone)
        return DateEdit(after, None, after)
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
        return DateEdit(one, session, _changed_date(c, own, own.day, zone))
    after = _changed_date(c, one, day, zone)
    to, names = after if one.agrees(session) else own, ("seats", "with_units", "facilitator_ids")
    ours = {name: getattr(after if getattr(own, name) == getattr(one, name) else own, name) for name in names}
    return DateEdit(after, session, attrs.evolve(to, **ours))


def _changed_date(c: ChangeSessions, one: PlannedDate, day: date, zone: str) -> PlannedDate:
    """A date with what is to be changed. Times that stay keep the zone in which they were planned."""
    starts, ends = one.starts, one.ends
    if day != one.day or c.starts is not None or c.ends is not None:
        starts, ends = wall_times(day, c.starts or starts.at, c.ends or ends.at, zone)
    return attrs.evolve(one, starts=starts, ends=ends, **_changed_rest(c, one))


def _changed_rest(c: ChangeSessions, before: SessionSeries | PlannedDate) -> dict[str, Any]:
    """The room, the seats, the equipment and the facilitators after a change."""
    return {
        "space_id": c.space_id or before.space_id,
        "seats": c.seats or before.seats,
        "with_units": before.with_units if c.with_units is None else c.with_units,
        "facilitator_ids": before.facilitator_ids if c.facilitator_ids is None else c.facilitator_ids,
    }


def claims_of_moving(
    state: State, place: Place, moving: Sequence[DateEdit], now: datetime
) -> Mapping[date, tuple[Placed, ...]]:
    """The claims of all sessions that move, where they go, by the days of their dates after the change.

    What any of them leaves is in the way of none.

    Raises:
        SeriesClashError: some cannot be had. It names all of them.
    """
    by_day = {one.after.day: one for one in moving}
    state = state.put(drop_claims(state, [one for edit in moving for one in _left_by(state, edit)]))

    def claim(state: State, day: date, period: Period) -> tuple[Placed, ...]:
        edit = by_day[day]
        assert edit.session is not None
        if period.start <= now:
            raise TooLateError(f"the session would have begun at {period.start.isoformat()}")
        if edit.session.state == "planned":
            check_decision(edit.decide_at, period, now)
        id, kept = edit.session.id, edit.session.placed
        check_facilitators(state, place, edit.needs, id, period, now, None, kept=kept)
        return session_claims(state, place, edit.needs, id, period, now, seats=edit.to.seats, kept=kept)

    def nearest(state: State, day: date, period: Period) -> tuple[Period, ...]:
        session = by_day[day].session
        assert session is not None
        return nearest_times(state, place, by_day[day].needs, session.id, period, now)

    free, clashes = look(state, {one.after.day: one.to.period for one in moving}, now, claim, nearest)
    if clashes:
        raise SeriesClashError(clashes, list(free))
    return free


def _left_by(state: State, edit: DateEdit) -> list[Placed]:
    """What a session claims and does not keep. What it still needs at the same time stays where it is."""
    assert edit.session is not None
    needed = needed_leaves(state, edit.needs)
    return [one for one in edit.session.placed if one.space_id not in needed or one.claim.booked != edit.to.period]
