"""Sessions that repeat, as they are planned: all dates as one, with consent to those left out; carried on; had later.

Each date is a session of its own, so that all that looks at sessions sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import attrs

from cantinekit.clock import Period, WallTime, wall_times
from cantinekit.domain.adapter import adapt
from cantinekit.domain.booking_series.records import DateClash
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.dates.claims import fetch_series_pages, look
from cantinekit.domain.dates.fields import MAX_SERIES_DATES
from cantinekit.domain.dates.repeats import find_days
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators_of
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.session_series.commands import ExtendSessions, PlanSessions, PlanSkipped, Themes
from cantinekit.domain.session_series.events import SessionsExtended, SessionsPlanned, SkippedPlanned
from cantinekit.domain.session_series.records import PlannedDate, SessionSeries
from cantinekit.domain.sessions.claims import Needs, beside_pages, nearest_times, needed_leaves
from cantinekit.domain.sessions.handlers import new_session
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Reads, State, Wish, fetch, refer, refuse_twice
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import InputError, RuleError, SeriesClashError, TooLateError, WrongStateError


def planned_date(
    day: date, starts: time, ends: time, zone: str, seats: int, needs: Needs, theme: str = ""
) -> PlannedDate:
    """A date as a series plans it, without a session yet."""
    first, end = wall_times(day, starts, ends, zone)
    who, units = needs.facilitator_ids, needs.with_units
    return PlannedDate(first, end, seats, needs.space_id, theme=theme, with_units=units, facilitator_ids=who)


def needs_of(one: PlanSessions | SessionSeries | PlannedDate) -> Needs:
    """What a session needs that is planned so."""
    return Needs(one.space_id, one.with_units, one.facilitator_ids)


def period_at(starts: WallTime, ends: WallTime) -> Period | None:
    """When that is; ``None`` where the clock change leaves nothing between its times."""
    return Period(starts.instant, ends.instant) if starts.instant < ends.instant else None


def _fetch_workshop(state: State, workshop: Workshop) -> Reads:
    """Load what a new session of a workshop is made from, and its place."""
    products = [workshop.product_id, *workshop.option_ids]
    return (yield from fetch(state, [(Place, workshop.place_id), *((Product, id) for id in products)]))


def _fetch_dates(state: State, dates: Sequence[PlannedDate]) -> Reads:
    """Load the pages of all that the dates need, in one batch."""
    asked = [(needed_leaves(state, needs_of(one)), period_at(one.starts, one.ends)) for one in dates]
    also = [wish for needs in dict.fromkeys(map(needs_of, dates)) for wish in beside_pages(state, needs)]
    return (yield from fetch_series_pages(state, asked, also))


def _read_plan(c: PlanSessions, now: datetime) -> Reads:
    keys: list[Wish] = [(SessionSeries, c.id), (Workshop, c.workshop_id)]
    state = yield from fetch(State(), [*keys, *needs_of(c).spaces])
    state = yield from _fetch_workshop(state, state.need(Workshop, c.workshop_id))
    return (yield from _fetch_dates(state, _asked(state, c)))


def _read_extend(c: ExtendSessions, now: datetime) -> Reads:
    state = yield from fetch(State(), [(SessionSeries, c.series_id)])
    series = state.need(SessionSeries, c.series_id)
    state = yield from fetch(state, [(Workshop, series.workshop_id), *needs_of(series).spaces])
    state = yield from _fetch_workshop(state, state.need(Workshop, series.workshop_id))
    return (yield from _fetch_dates(state, _asked_further(state, c)))


def _read_skipped(c: PlanSkipped, now: datetime) -> Reads:
    state = yield from fetch(State(), [(SessionSeries, c.series_id)])
    series = state.need(SessionSeries, c.series_id)
    state = yield from fetch(state, [(Session, one.session_id) for one in series.dates if one.day in c.days])
    dates = _asked_again(state, c, now)
    spaces = [wish for needs in dict.fromkeys(map(needs_of, dates)) for wish in needs.spaces]
    state = yield from fetch(state, [(Workshop, series.workshop_id), *spaces])
    state = yield from _fetch_workshop(state, state.need(Workshop, series.workshop_id))
    return (yield from _fetch_dates(state, dates))


def _asked(state: State, c: PlanSessions) -> list[PlannedDate]:
    """The dates of a new series, in order."""
    place = state.need(Place, state.need(Workshop, c.workshop_id).place_id)
    days = find_days(c, place.zone, skip=c.skip, until=c.until)
    themes = deal(c.themes, days)
    needs = needs_of(c)
    return [planned_date(day, c.starts, c.ends, place.zone, c.seats, needs, themes.get(day, "")) for day in days]


def _asked_further(state: State, c: ExtendSessions) -> list[PlannedDate]:
    """The dates that a series goes on with.

    Raises:
        WrongStateError: its rule is planned to its end, or up to that day.
        RuleError: these are more dates than a series may have.
    """
    series = state.need(SessionSeries, c.series_id)
    if series.until is None or c.until <= series.until:
        planned = "to the end of its rule" if series.until is None else f"up to {series.until.isoformat()}"
        raise WrongStateError(f"series {series.id}", state=f"planned {planned}")
    zone = state.need(Place, series.place_id).zone
    there = {one.day for one in series.dates}  # one that was moved forward and began keeps its day
    found = find_days(series, zone, skip=c.skip, after=series.until, until=c.until)
    days = [day for day in found if day not in there]
    if len(series.dates) + len(days) > MAX_SERIES_DATES:
        raise RuleError(f"a series has at most {MAX_SERIES_DATES} dates; plan another one after it")
    themes = deal(c.themes, days)
    return [
        planned_date(day, series.starts, series.ends, zone, series.seats, needs_of(series), themes.get(day, ""))
        for day in days
    ]


def _asked_again(state: State, c: PlanSkipped, now: datetime) -> list[PlannedDate]:
    """The dates that are named, or all that were skipped and are not over.

    Raises:
        InputError: a day is no date of the series.
        WrongStateError: a date was not skipped, or none was.
        TooLateError: all that was skipped is over.
    """
    series = state.need(SessionSeries, c.series_id)
    if c.days:
        dates = named(series, c.days)
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


def named(series: SessionSeries, days: Sequence[date]) -> list[PlannedDate]:
    """The dates of these days.

    Raises:
        InputError: one is no date of the series.
    """
    by_day = {one.day: one for one in series.dates}
    for day in days:
        if day not in by_day:
            raise InputError(f"{day.isoformat()} is no date of the series")
    return [by_day[day] for day in days]


def deal(themes: Themes, days: Sequence[date]) -> Mapping[date, str]:
    """Which day has which theme: those without a day go to the days in order.

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
class Had:
    """What became of dates: all of them as they are to be, the sessions of those that can be had, the other clashes."""

    dates: tuple[PlannedDate, ...]
    sessions: tuple[Session, ...]
    clashes: tuple[DateClash, ...]

    def agreed(self, skip: Sequence[date]) -> None:
        """Refuse what was not agreed to.

        Raises:
            SeriesClashError: other dates than those of ``skip`` cannot be had, or none can.
        """
        if not self.sessions or {one.day for one in self.clashes} != set(skip):
            raise SeriesClashError(self.clashes, [one.day for one in self.dates if one.session_id is not None], skip)


def _make(draft: Draft, series: SessionSeries, dates: Sequence[PlannedDate]) -> Had:
    """A session for each date that can be had, with its claims."""
    workshop, place = draft.state.need(Workshop, series.workshop_id), draft.state.need(Place, series.place_id)
    by_day = {one.day: one for one in dates}
    made: dict[date, Session] = {}

    def claim(state: State, day: date, period: Period) -> tuple[Placed, ...]:
        one, decide_at = by_day[day], None
        if series.decide_before is not None:
            decide_at = period.start - series.decide_before
        times, minimum = (one.starts, one.ends, period), min(series.minimum, one.seats)
        id = draft.ids("ses")
        needs = needs_of(one)
        session, _ = new_session(state, workshop, id, times, one.seats, needs, minimum, decide_at, draft.now)
        made[day] = attrs.evolve(session, series_id=series.id, theme=one.theme)
        return session.placed

    def nearest(state: State, day: date, period: Period) -> tuple[Period, ...]:
        return nearest_times(state, place, needs_of(by_day[day]), "asked", period, draft.now)

    times = {one.day: period_at(one.starts, one.ends) for one in dates}
    free, clashes = look(draft.state, times, draft.now, claim, nearest)
    why = {one.day: one.why for one in clashes}
    after = tuple(
        attrs.evolve(one, session_id=made[one.day].id, why="", theme="")
        if one.day in free
        else attrs.evolve(one, why=why[one.day])
        for one in dates
    )
    return Had(after, tuple(made[day] for day in free), tuple(clashes))


def _follow(draft: Draft, series: SessionSeries, sessions: Sequence[Session]) -> None:
    """What comes after sessions were planned: each is decided in time, and each facilitator is told once."""
    for one in sessions:
        if one.decide_at is not None:
            draft.later("decide", refer(one), one.decide_at)
    who = dict.fromkeys(id for one in sessions for id in one.facilitator_ids)
    tell_facilitators_of(draft, "facilitations planned", refer(series), who)


def _plan(state: State, c: PlanSessions, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, SessionSeries, c.id)
    draft, dates = Draft(state, now, ids), _asked(state, c)
    if all(one.ends.instant <= now for one in dates):
        raise TooLateError("all dates of the series are over")
    place = state.need(Place, state.need(Workshop, c.workshop_id).place_id)
    series = SessionSeries(
        id=c.id or ids("sss"),
        workshop_id=c.workshop_id,
        place_id=place.id,
        zone=place.zone,
        day=c.day,
        starts=c.starts,
        ends=c.ends,
        rule=c.rule,
        seats=c.seats,
        planned_at=now,
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
    had = _make(draft, series, dates)
    had.agreed(c.skip)
    draft.add(SessionsPlanned(attrs.evolve(series, dates=had.dates), had.sessions, now))
    _follow(draft, series, had.sessions)
    return draft.decision(refer(series))


def _extend(state: State, c: ExtendSessions, now: datetime, ids: Ids) -> Decision:
    draft, series = Draft(state, now, ids), state.need(SessionSeries, c.series_id)
    had = _make(draft, series, _asked_further(state, c))
    had.agreed(c.skip)
    draft.add(SessionsExtended(series.id, c.until, had.dates, had.sessions, now))
    _follow(draft, series, had.sessions)
    return draft.decision(refer(series))


def _plan_skipped(state: State, c: PlanSkipped, now: datetime, ids: Ids) -> Decision:
    draft, series = Draft(state, now, ids), state.need(SessionSeries, c.series_id)
    had = _make(draft, series, _asked_again(state, c, now))
    had.agreed(())
    draft.add(SkippedPlanned(series.id, had.dates, had.sessions, now))
    _follow(draft, series, had.sessions)
    return draft.decision(refer(series))


adapt(PlanSessions, _read_plan, _plan)

adapt(ExtendSessions, _read_extend, _extend)

adapt(PlanSkipped, _read_skipped, _plan_skipped)
