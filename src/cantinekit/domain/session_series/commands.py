"""What can be asked of series of sessions: to plan, extend, change and cancel them; and what a session is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any

import attrs

from cantinekit.common.fields import are_ids, check_text, is_count, is_id, is_span, is_text, maybe, maybe_id, maybe_text
from cantinekit.domain.base import Command, command
from cantinekit.domain.dates.fields import MAX_SERIES_DATES, are_days, is_day, is_wall_time, to_days
from cantinekit.domain.session_series.records import MAX_AHEAD, MAX_THEME, SessionSeries
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.values import check_minimum, is_told_reason, maybe_facilitators, to_facilitators
from cantinekit.domain.spaces.equipment import maybe_units, to_units
from cantinekit.errors import InputError

Themes = tuple[tuple[date | None, str], ...]
"""What dates are about: pairs of a local day and a text; without days the texts are for the dates in their order."""


def to_themes(value: Mapping[date, str] | Iterable[str] | Themes) -> Themes:
    """Convert a list of texts, in the order of the dates, or a mapping of days to texts.

    Raises:
        InputError: it is neither, has more themes than a series has dates, or an empty theme or one that is too long.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InputError("themes are a list of texts, or a mapping of days to texts")
    given: list[Any] = list(value.items()) if isinstance(value, Mapping) else list(value)
    pairs: list[tuple[Any, Any]] = [one if isinstance(one, tuple) and len(one) == 2 else (None, one) for one in given]
    for day, theme in pairs:
        if day is not None and type(day) is not date:
            raise InputError(f"a theme is for a date, not for a {type(day).__name__}")
        if not check_text(theme, "a theme", limit=MAX_THEME).strip():
            raise InputError("a theme must not be empty; leave out the day that has none")
    days = [day for day, _ in pairs if day is not None]
    if len(pairs) > MAX_SERIES_DATES or len(set(days)) != len(days) or len(days) not in (0, len(pairs)):
        raise InputError(f"themes are at most {MAX_SERIES_DATES}, either all or none with a day, and each day once")
    return tuple(sorted(pairs)) if days else tuple(pairs)


@command
@attrs.frozen(kw_only=True)
class PlanSessions(Command[SessionSeries]):
    """Plan sessions of a workshop on many dates as one, at most 400 within ten years.

    Each date has a session of its own. The room, the equipment and the facilitators of each session are claimed
    together. Facilitators are told once of all dates. Nothing is stored unless the dates that cannot be had are exactly
    those of ``skip``.

    Attributes:
        workshop_id: the workshop.
        day: the first local day; a rule must name it too.
        starts: the time at which each date starts, on the wall clock of the place, in whole seconds.
        ends: the time at which each date ends; one at or before ``starts`` is on the next day.
        seats: how many seats each session has, from 1 to 10,000; no more than the room has.
        rule: the recurrence rule (RFC 5545) that gives the days, such as ``FREQ=WEEKLY;COUNT=10``, at most 1,000
            characters. It has no times of its own, and needs an end unless ``until`` is given. ``None``: only ``day``
            and ``rdates``.
        rdates: extra days beside those of the rule, none before ``day``.
        exdates: days of the rule that are no dates of the series.
        space_id: the room of each session, which is in the place; ``None`` for none.
        minimum: the confirmed seats without which a session does not take place, at most ``seats``; 0 for no minimum. A
            session with fewer of them when it is decided is cancelled. One that nothing has decided before it begins
            takes place.
        decide_before: how long before its start that is decided, at most 366 days and more than the 15 minutes of a
            payment. It comes with a minimum; ``None`` without.
        until: the last local day up to which the rule is planned; ``ExtendSessions`` plans more. ``None``: to its end.
        themes: what the dates are about, as texts in the order of the dates, skipped ones among them, or as a mapping
            of days to texts: at most 400, each of 1 to 300 characters. Dates beyond have none.
        skip: exactly the dates that cannot be had, which are skipped by consent; ``SeriesClashError.skip`` tells them.
        id: the id that the series gets, which must be free; ``None`` makes one.
        facilitator_ids: who facilitates each session, at most 50. Their home may be any place of the network.
        with_units: pools of equipment of the place for each session, each once with a number of units, as pairs or as a
            mapping; at most 50.

    Raises:
        NotFoundError: there is no such workshop, room, pool or facilitator.
        DuplicateError: the id is taken.
        RuleError: the rule cannot be read or does not do for a series.
        TooLateError: all dates are over.
        SeriesClashError: dates cannot be had that ``skip`` does not name, can be had although it names them, or none
            can be had. It says of each why, and what is free instead.
        UnsuitableError: the room is no room, is elsewhere, or has too few seats; equipment or a facilitator is none; or
            sessions would be decided too late to pay.
        WrongStateError: the workshop is retired; or a facilitator is being forgotten, or was.
        InputError: no date is left, days are named that are no dates of the series, there are more themes than dates,
            or a minimum comes without ``decide_before`` or is more than ``seats``.
    """

    workshop_id: str = attrs.field(validator=is_id)
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    seats: int = attrs.field(validator=is_count())
    rule: str | None = attrs.field(default=None, validator=maybe_text(1000))
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_before: timedelta | None = attrs.field(default=None, validator=maybe(is_span(timedelta(0), MAX_AHEAD)))
    until: date | None = attrs.field(default=None, validator=maybe(is_day))
    themes: Themes = attrs.field(default=(), converter=to_themes)
    skip: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_facilitators, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)

    def __attrs_post_init__(self) -> None:
        check_minimum(self.minimum, self.decide_before, self.seats, "decide_before")


@command
@attrs.frozen(kw_only=True)
class ExtendSessions(Command[SessionSeries]):
    """Plan the next dates of the rule of a series, as the series plans dates now.

    Facilitators are told once of all of them. Nothing is stored unless the dates that cannot be had are exactly those
    of ``skip``.

    Attributes:
        series_id: the series.
        until: the last local day up to which the rule is planned then.
        themes: what the new dates are about, as in ``PlanSessions``.
        skip: exactly the new dates that cannot be had, which are skipped by consent; ``SeriesClashError.skip`` tells
            them.

    Raises:
        NotFoundError: there is no such series.
        WrongStateError: the workshop is retired; its rule is planned to its end or up to that day already; or a
            facilitator is being forgotten, or was.
        RuleError: the series would have more than 400 dates, or one after ten years.
        SeriesClashError: dates cannot be had that ``skip`` does not name, can be had although it names them, or none
            can be had.
        UnsuitableError: the room, the equipment or a facilitator does not do any more; or sessions would be decided too
            late to pay.
        InputError: there is no new date up to that day, or days are named that are no new dates.
    """

    series_id: str = attrs.field(validator=is_id, kw_only=False)
    until: date = attrs.field(validator=is_day)
    themes: Themes = attrs.field(default=(), converter=to_themes)
    skip: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)


@command
@attrs.frozen(kw_only=True)
class PlanSkipped(Command[SessionSeries]):
    """Plan dates of a series that were skipped, as they were to be: all of them, or nothing is stored.

    Facilitators are told once of all of them.

    Attributes:
        series_id: the series.
        days: the skipped dates, by their local days; empty: all that are not over.

    Raises:
        NotFoundError: there is no such series.
        WrongStateError: the workshop is retired; a date was not skipped or was given up since, none was skipped, or a
            facilitator is being forgotten.
        TooLateError: all skipped dates are over.
        SeriesClashError: a date still cannot be had.
        UnsuitableError: the room, the equipment or a facilitator does not do any more; or a session would be decided
            too late to pay.
        InputError: a day is no date of the series.
    """

    series_id: str = attrs.field(validator=is_id, kw_only=False)
    days: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)


def _check_scope(from_day: date | None, days: tuple[date, ...]) -> None:
    """Refuse a first day together with days by name."""
    if days and from_day is not None:
        raise InputError("from_day and days do not go together")


@command
@attrs.frozen(kw_only=True)
class ChangeSessions(Command[SessionSeries]):
    """Change the sessions of a series that have not begun: all, those from a day on, or those of some days.

    All of the change is made, or nothing. A day is the one by which a date is named, also where its session was moved
    to another. Each session is moved with its registrations. Everybody who has a seat or waits is told of another time
    or room, and facilitators of what it is to them.

    A session that was moved by itself stays where it is unless ``days`` names it, and keeps seats, equipment and
    facilitators of its own. What ``days`` changes counts as moved by itself. Without ``days`` the change also holds for
    dates that are planned later.

    Attributes:
        series_id: the series.
        from_day: the first day to change; ``None``: all dates, or those of ``days``. It does not go with ``days``.
        days: the days to change; empty: all dates, or those from ``from_day`` on.
        starts: the new time of the start, on the wall clock of the place, in whole seconds. ``None``, here as in all
            that follows but the days: as it was.
        ends: the new time of the end; one at or before the start is on the next day.
        space_id: the new room, which is in the place.
        seats: the new number of seats, from 1 to 10,000, not fewer than are taken. Those that come free go to who
            waits.
        rule: the recurrence rule (RFC 5545) that takes the place of the one before, at most 1,000 characters. It gives
            each date that is changed a new day: the first the first, and so on. It does not go with ``days``.
        day: the day on which the new rule begins; it comes with a rule.
        rdates: extra days beside those of the new rule, none before ``day``.
        exdates: days of the new rule that are no dates of the series.
        reason: why, at most 500 characters, for the journal; nobody is told it.
        facilitator_ids: all who are to facilitate each session, at most 50; an empty list for nobody.
        with_units: all equipment that each session is to have, as in ``PlanSessions``; an empty list for none.

    Raises:
        NotFoundError: there is no such series, room, pool or facilitator.
        TooLateError: no date to come is left to change, or a session that ``days`` names has begun.
        WrongStateError: a session that ``days`` names is cancelled, has more people than the new seats, or would be at
            another time although people are present; or a facilitator is being forgotten, or was.
        SeriesClashError: sessions cannot be had where they would go. It says of each why, and what is free instead.
        RuleError: the new rule cannot be read or does not do for a series.
        UnsuitableError: the new rule has fewer days than there are sessions; the room is no room, is elsewhere, or has
            too few seats; equipment or a facilitator is none; or a session would be decided too late to pay.
        InputError: nothing is to be changed, fields are given that do not go together, a day is no date of the series,
            or the new rule names the day of a date that stays.
    """

    series_id: str = attrs.field(validator=is_id, kw_only=False)
    from_day: date | None = attrs.field(default=None, validator=maybe(is_day))
    days: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    starts: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    ends: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    seats: int | None = attrs.field(default=None, validator=maybe(is_count()))
    rule: str | None = attrs.field(default=None, validator=maybe_text(1000))
    day: date | None = attrs.field(default=None, validator=maybe(is_day))
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    reason: str = attrs.field(default="", validator=is_text(500))
    facilitator_ids: tuple[str, ...] | None = attrs.field(
        default=None, converter=maybe_facilitators, validator=maybe(are_ids)
    )
    with_units: tuple[tuple[str, int], ...] | None = attrs.field(default=None, converter=maybe_units)

    def __attrs_post_init__(self) -> None:
        _check_scope(self.from_day, self.days)
        if (self.rule is None) != (self.day is None):
            raise InputError("a rule comes with the day on which it begins")
        if self.rule is None and (self.rdates or self.exdates):
            raise InputError("rdates and exdates come with a rule")
        if self.rule is not None and self.days:
            raise InputError("a rule is for all dates, or for those from a day on")
        asked = (self.starts, self.ends, self.space_id, self.seats, self.rule, self.facilitator_ids, self.with_units)
        if all(one is None for one in asked):
            raise InputError("nothing is to be changed")


@command
@attrs.frozen(kw_only=True)
class CancelSessions(Command[SessionSeries]):
    """Cancel the sessions of a series that have not begun, each as by ``CancelSession``: all, those from a day on, or
    those of some days.

    Dates that were skipped are given up. Everybody is told. The registrations are ended one by one: the first of them
    before ``execute`` returns, the others when due tasks are run.

    Attributes:
        series_id: the series.
        reason: why, 1 to 500 characters that are not all blank; everybody is told it, and it stays in the journal.
        from_day: the first day to cancel; ``None``: all dates, or those of ``days``. It does not go with ``days``.
        days: the days to cancel, by which the dates are named; empty: all dates, or those from ``from_day`` on.

    Raises:
        NotFoundError: there is no such series.
        TooLateError: no date to come is left to cancel, or a session that ``days`` names has begun.
        WrongStateError: a session that ``days`` names is cancelled, or a date was given up.
        InputError: a day is no date of the series, or ``from_day`` comes with ``days``.
    """

    series_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(validator=is_told_reason)
    from_day: date | None = attrs.field(default=None, validator=maybe(is_day))
    days: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)

    def __attrs_post_init__(self) -> None:
        _check_scope(self.from_day, self.days)


@command
@attrs.frozen(kw_only=True)
class ChangeTheme(Command[Session]):
    """Set what a session is about, while people can register for it. Nobody is told.

    Attributes:
        session_id: the session.
        theme: what it is about, at most 300 characters; empty for nothing in particular.

    Raises:
        NotFoundError: there is no such session.
        TooLateError: it has begun.
        WrongStateError: it is cancelled.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    theme: str = attrs.field(validator=is_text(MAX_THEME))


__all__ = [
    "CancelSessions",
    "ChangeSessions",
    "ChangeTheme",
    "ExtendSessions",
    "PlanSessions",
    "PlanSkipped",
    "Themes",
]
