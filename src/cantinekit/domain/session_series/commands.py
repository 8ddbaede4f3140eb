"""Commands about sessions that repeat: planned as one, carried on, changed and cancelled; and what each is about."""

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
"""What dates are about, each with its day; without one they are dealt out in the order of the dates."""


def to_themes(value: Any) -> Themes:
    """Take themes as a list of texts, in the order of the dates, or as a mapping of days to texts.

    Raises:
        InputError: it is neither.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InputError("themes are a list of texts, or a mapping of days to texts")
    given = list(value.items()) if isinstance(value, Mapping) else list(value)
    pairs = [one if isinstance(one, tuple) and len(one) == 2 else (None, one) for one in given]
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
@attrs.frozen
class PlanSessions(Command[SessionSeries]):
    """Plan sessions of a workshop on many dates: the first ``day``, those of the ``rule`` (RFC 5545) and ``rdates``.

    Times are of the wall clock of the place; an end at or before the start is on the next day. ``exdates`` are no dates
    of the series. A rule without an end is planned up to ``until``, and carried on by ``ExtendSessions``. ``skip``
    names exactly the dates that cannot be had and are left out. With a ``minimum`` it is decided ``decide_before`` the
    start of each session whether it takes place. ``themes``: what the dates are about, in their order, those that are
    left out among them; or by day. Each session claims its room, ``with_units`` of the equipment of the place and the
    facilitators together; these are told of all dates at once.
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
@attrs.frozen
class ExtendSessions(Command[SessionSeries]):
    """Carry a series of sessions on: plan the dates of its rule after those that are planned, up to ``until``.

    They are as the series plans them now. ``skip`` and ``themes`` are about the new dates, as in ``PlanSessions``.
    """

    series_id: str = attrs.field(validator=is_id)
    until: date = attrs.field(validator=is_day)
    themes: Themes = attrs.field(default=(), converter=to_themes)
    skip: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)


@command
@attrs.frozen
class PlanSkipped(Command[SessionSeries]):
    """Plan dates of a series of sessions that were left out, all of ``days`` or none; without any, all to come."""

    series_id: str = attrs.field(validator=is_id)
    days: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)


def _check_scope(from_day: date | None, days: tuple[date, ...]) -> None:
    if days and from_day is not None:
        raise InputError("from_day and days do not go together")


@command
@attrs.frozen
class ChangeSessions(Command[SessionSeries]):
    """Change the sessions of a series that have not begun: all, those from a day on, or those of some ``days``.

    A day is the one by which a date is named, also where its session was moved to another. What is not said stays. Each
    session is moved with its registrations, and everybody concerned is told once. One that was moved by itself stays
    where it is unless ``days`` names it, and keeps seats, equipment and facilitators of its own; what ``days`` changes
    counts as moved by itself. ``facilitator_ids`` and ``with_units`` are all that each is to have then.

    A ``rule`` begins on ``day``, takes the place of the one before, and gives each following date a new day: the first
    the first, and so on. Its ``rdates`` and ``exdates`` come with it. ``reason`` stays in the journal.
    """

    series_id: str = attrs.field(validator=is_id)
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
@attrs.frozen
class CancelSessions(Command[SessionSeries]):
    """Cancel the sessions of a series that have not begun: all, those from a day on, or those of some ``days``.

    Each is cancelled as by ``CancelSession``. Dates that were left out are given up.
    """

    series_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=is_told_reason)
    from_day: date | None = attrs.field(default=None, validator=maybe(is_day))
    days: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)

    def __attrs_post_init__(self) -> None:
        _check_scope(self.from_day, self.days)


@command
@attrs.frozen
class ChangeTheme(Command[Session]):
    """Say what a session is about, until it begins; an empty ``theme`` takes it away. Nobody is told."""

    session_id: str = attrs.field(validator=is_id)
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
