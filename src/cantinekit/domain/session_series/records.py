"""The record of a series of sessions: the rule of its dates, and each date as planned with the session made for it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import Period, WallTime, instant, zone
from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    is_count,
    is_id,
    is_span,
    is_text,
    is_word,
    maybe,
    maybe_id,
    maybe_text,
    to_ids,
)
from cantinekit.common.typography import NO_BREAK
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import MAX_SERIES_DATES, are_days, is_day, is_wall_time, to_days
from cantinekit.domain.dates.records import DateClashWhy
from cantinekit.domain.index import Index, composite
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.equipment import Units
from cantinekit.errors import InputError

MAX_THEME = 300
"""The most characters of a theme."""

MAX_AHEAD = timedelta(days=366)
"""The longest time before its start at which it is decided whether a session takes place."""

PlannedDateWhy = Literal[DateClashWhy, "cancelled", ""]
"""Why a planned date has no session, in one word; empty where it has one."""


def titled(title: str, session: Session, lang: str = "en") -> str:
    """The title of a session: that of its workshop, followed by its theme where it has one.

    Args:
        title: the title of the workshop.
        session: the session.
        lang: ``fr`` or ``en``; French sets a space before the colon.
    """
    if not session.theme:
        return title
    return f"{title}{NO_BREAK if lang == 'fr' else ''}: {session.theme}"


@attrs.frozen
class PlannedDate:
    """One date of a series of sessions as the series plans it, and the session that was made for it.

    Where and when the session is, what it is about and whether it takes place is stored in the session alone. A session
    that is elsewhere than its date plans was moved by itself.

    Attributes:
        starts: the planned start, on the wall clock of the zone in which it was planned.
        ends: the planned end, on the same clock.
        seats: the planned number of seats, from 1 to 10,000.
        space_id: the planned room; ``None`` for none.
        session_id: the session of the date, also one that was cancelled; ``None``: the date was skipped or given up.
        why: why there is no session: a word of ``DateClash`` for a date that was skipped, ``cancelled`` for one that
            was given up since. Empty where there is a session.
        theme: what a date without a session would be about, at most 300 characters; empty for nothing in particular.
            The theme of a session is in the session.
        with_units: the planned pools of equipment by their ids, each with its number of units.
        facilitator_ids: the planned facilitators.
    """

    starts: WallTime = attrs.field()
    ends: WallTime = attrs.field()
    seats: int = attrs.field(validator=is_count())
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    session_id: str | None = attrs.field(default=None, validator=maybe_id)
    why: PlannedDateWhy = attrs.field(default="", validator=is_word(PlannedDateWhy))
    theme: PublicText = attrs.field(default="", validator=is_text(MAX_THEME))
    with_units: Units = ()
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    @property
    def day(self) -> date:
        """The day by which the date is named, also where its session was moved to another."""
        return self.starts.day

    @property
    def period(self) -> Period | None:
        """When the date is planned; ``None`` where the clock change leaves nothing between its times."""
        start, end = self.starts.instant, self.ends.instant
        return Period(start, end) if start < end else None

    @property
    def skipped(self) -> bool:
        """Whether the date has no session, and can still be planned."""
        return self.session_id is None and self.why != "cancelled"

    def agrees(self, session: Session) -> bool:
        """Whether ``session`` is where and when this date plans it."""
        return (session.starts, session.ends, session.space_id) == (self.starts, self.ends, self.space_id)


@record("domain", fields=("place", "workshop"))
@attrs.frozen
class SessionSeries:
    """Sessions of a workshop that were planned together: on the first day, the days of a rule and extra days.

    What the series says holds for dates to come, as each of its dates has its own. What was changed, when, by whom and
    why is the history of the record in the journal.

    Attributes:
        id: the id of the series.
        workshop_id: the workshop of the sessions.
        place_id: the place of the workshop.
        zone: the time zone of the place when the times were planned last; the times are on the wall clock of this zone.
        day: the first day of the rule.
        starts: the time at which each date starts.
        ends: the time at which each date ends; one at or before ``starts`` is on the next day.
        rule: the recurrence rule (RFC 5545) that gives the days; ``None``: only ``day`` and ``rdates``.
        seats: how many seats each session has, from 1 to 10,000.
        planned_at: when the series was planned.
        dates: its dates in order, at most 400, each once. Other dates are refused with ``InputError``.
        rdates: extra days beside those of the rule.
        exdates: days that are no dates of the series although the rule names them.
        space_id: the room of each session; ``None`` for none.
        minimum: the confirmed seats without which a session does not take place; 0 for no minimum.
        decide_before: how long before its start that is decided; ``None`` without a minimum.
        until: the last day up to which the rule is planned; ``None``: to its end.
        with_units: the pools of equipment of each session by their ids, each with its number of units.
        facilitator_ids: the facilitators of each session.

    Index:
        place: place id, planned at.
        workshop: workshop id, planned at.
    """

    kind: ClassVar[str] = "session_series"
    id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    zone: Code = attrs.field(validator=is_text(100))
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    rule: Code | None = attrs.field(validator=maybe_text(1000))
    seats: int = attrs.field(validator=is_count())
    planned_at: datetime = attrs.field(converter=instant)
    dates: tuple[PlannedDate, ...] = attrs.field()
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_before: timedelta | None = attrs.field(default=None, validator=maybe(is_span(timedelta(0), MAX_AHEAD)))
    until: date | None = attrs.field(default=None, validator=maybe(is_day))
    with_units: Units = ()
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        days = [one.day for one in self.dates]
        if len(days) > MAX_SERIES_DATES or any(after <= day for day, after in pairwise(days)):
            raise InputError(f"a series has at most {MAX_SERIES_DATES} dates, each once and in order")

    @property
    def session_ids(self) -> tuple[str, ...]:
        """The sessions of the dates that have one, cancelled ones too."""
        return tuple(one.session_id for one in self.dates if one.session_id is not None)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.planned_at)
        yield "workshop", composite(self.workshop_id, self.planned_at)


__all__ = [
    "MAX_THEME",
    "PlannedDate",
    "PlannedDateWhy",
    "SessionSeries",
    "titled",
]
