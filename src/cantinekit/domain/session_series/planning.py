"""Planning the dates of a series of sessions: which dates are asked for, and a session for each that can be had.

Each date gets a session of its own, so that whatever looks at sessions sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import attrs

from cantinekit.clock import Period, wall_times
from cantinekit.domain.dates.claims import look
from cantinekit.domain.dates.fields import MAX_SERIES_DATES
from cantinekit.domain.dates.records import DateClash
from cantinekit.domain.dates.repeats import find_days
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators_of
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.session_series.commands import ExtendSessions, PlanSessions, PlanSkipped, Themes
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.session_series.scope import named_dates
from cantinekit.domain.sessions.adding import new_session
from cantinekit.domain.sessions.claims import Needs, nearest_times
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State, refer
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import InputError, RuleError, SeriesClashError, TooLateError, WrongStateError


def new_dates(c: PlanSessions, place: Place) -> list[PlannedDate]:
    """The dates of a new series, in order.

    Raises:
        RuleError, InputError: as ``find_days`` and ``_deal`` do.
    """
    days = find_days(c, place.zone, skip=c.skip, until=c.until)
    return _dates(days, c.starts, c.ends, place.zone, c.seats, Needs.of(c), c.themes)


def further_dates(c: ExtendSessions, series: SessionSeries, place: Place) -> list[PlannedDate]:
    """The dates by which a series is extended, as it plans dates now.

    Raises:
        WrongStateError: its rule is planned to its end, or up to that day.
        RuleError: the series would have more dates than it may have; or as ``find_days`` does.
        InputError: as ``find_days`` and ``_deal`` do.
    """
    if series.until is None or c.until <= series.until:
        planned = "to the end of its rule" if series.until is None else f"up to {series.until.isoformat()}"
        raise WrongStateError(f"series {series.id}", state=f"planned {planned}")
    there = {
        one.day for one in series.dates
    }  # a session that was moved forward and has begun keeps the day of its date
    found = find_days(series, place.zone, skip=c.skip, after=series.until, until=c.until)
    days = [day for day in found if day not in there]
    if len(series.dates) + len(days) > MAX_SERIES_DATES:
        raise RuleError(f"a series has at most {MAX_SERIES_DATES} dates; plan another one after it")
    return _dates(days, series.starts, series.ends, place.zone, series.seats, Needs.of(series), c.themes)


def skipped_dates(state: State, c: PlanSkipped, series: SessionSeries, now: datetime) -> list[PlannedDate]:
    """The dates that are named, or all that were skipped and are not over.

    Raises:
        InputError: a day is no date of the series.
        WrongStateError: a named date was not skipped, or no date was.
        TooLateError: all dates that were skipped are over.
    """
    if c.days:
        dates = named_dates(series, c.days)
        for one in dates:
            if not one.skipped:
                session = state.get(Session, one.session_id) if one.session_id else None
                raise WrongStateError(f"the date {one.day.isoformat()}", state=session.state if session else one.why)
        return dates
    skipped = [one for one in series.dates if one.skipped]
    if not skipped:
        raise WrongStateError(f"series {series.id}", state="without skipped dates")
    left = [one for one in skipped if one.ends.instant > now]
    if not left:
        raise TooLateError("all skipped dates are over")
    return left


def _dates(
    days: Sequence[date], starts: time, ends: time, zone: str, seats: int, needs: Needs, themes: Themes
) -> list[PlannedDate]:
    """Dates as a series plans them, without sessions yet."""
    by_day = _deal(themes, days)
    return [
        PlannedDate(
            *wall_times(day, starts, ends, zone),
            seats,
            needs.space_id,
            theme=by_day.get(day, ""),
            with_units=needs.with_units,
            facilitator_ids=needs.facilitator_ids,
        )
        for day in days
    ]


def _deal(themes: Themes, days: Sequence[date]) -> Mapping[date, str]:
    """The theme of each day that has one: themes without a day go to the days in order.

    Raises:
        InputError: there are more themes than days, or one is for another day.
    """
    if len(themes) > len(days):
        raise InputError(f"there are {len(themes)} themes for {len(days)} dates")
    found = {day or free: theme for (day, theme), free in zip(themes, days, strict=False)}
    other = [day for day in found if day not in days]
    if other:
        raise InputError(f"themes name {other[0].isoformat()}, which is no date of the series")
    return found


@attrs.frozen
class Planned:
    """What came of planning dates.

    Attributes:
        dates: all of them, each with its session or with why it has none.
        sessions: the sessions of the dates that can be had.
        clashes: why each of the others cannot be had.
    """

    dates: tuple[PlannedDate, ...]
    sessions: tuple[Session, ...]
    clashes: tuple[DateClash, ...]

    def check_agreed(self, skip: Sequence[date]) -> None:
        """Refuse dates that cannot be had and that nobody agreed to leave out.

        Raises:
            SeriesClashError: the dates that cannot be had are not exactly those of ``skip``; or none can be had.
        """
        if not self.sessions or {one.day for one in self.clashes} != set(skip):
            raise SeriesClashError(self.clashes, [one.day for one in self.dates if one.session_id is not None], skip)


def plan_dates(draft: Draft, series: SessionSeries, dates: Sequence[PlannedDate]) -> Planned:
    """Make a session, with its claims, for each date that can be had."""
    workshop, place = draft.state.need(Workshop, series.workshop_id), draft.state.need(Place, series.place_id)
    by_day = {one.day: one for one in dates}
    made: dict[date, Session] = {}

    def claim(state: State, day: date, period: Period) -> tuple[Placed, ...]:
        one, decide_at = by_day[day], None
        if series.decide_before is not None:
            decide_at = period.start - series.decide_before
        times, minimum = (one.starts, one.ends, period), min(series.minimum, one.seats)
        id = draft.ids("ses")
        session, _ = new_session(state, workshop, id, times, one.seats, Needs.of(one), minimum, decide_at, draft.now)
        made[day] = attrs.evolve(session, series_id=series.id, theme=one.theme)
        return session.placed

    def nearest(state: State, day: date, period: Period) -> tuple[Period, ...]:
        return nearest_times(state, place, Needs.of(by_day[day]), "asked", period, draft.now)

    free, clashes = look(draft.state, {one.day: one.period for one in dates}, draft.now, claim, nearest)
    why = {one.day: one.why for one in clashes}
    after = tuple(
        attrs.evolve(one, session_id=made[one.day].id, why="", theme="")
        if one.day in free
        else attrs.evolve(one, why=why[one.day])
        for one in dates
    )
    return Planned(after, tuple(made[day] for day in free), tuple(clashes))


def announce_planned(draft: Draft, series: SessionSeries, sessions: Sequence[Session]) -> None:
    """Have each session decided in time, and tell each facilitator once of all dates that were planned."""
    for one in sessions:
        if one.decide_at is not None:
            draft.later("decide", refer(one), one.decide_at)
    who = dict.fromkeys(id for one in sessions for id in one.facilitator_ids)
    tell_facilitators_of(draft, "facilitations planned", refer(series), who)
