"""Sessions that repeat: one record for all dates of a workshop that were planned together."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import ClassVar

import attrs

from cantinekit.clock import WallTime, instant, zone
from cantinekit.common.fields import are_ids, is_count, is_id, is_span, is_text, maybe, maybe_id, maybe_text, to_ids
from cantinekit.common.typography import NO_BREAK
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import MAX_SERIES_DATES, are_days, is_day, is_wall_time, to_days
from cantinekit.domain.index import Index, composite
from cantinekit.domain.sessions.records import Session
from cantinekit.errors import InputError

MAX_THEME = 300
"""The most characters of a theme."""

MAX_AHEAD = timedelta(days=366)
"""The longest time before its start at which it is decided whether a session takes place."""


def titled(title: str, session: Session, lang: str = "en") -> str:
    """What a session is called: the title of its workshop, with its theme where it has one."""
    if not session.theme:
        return title
    return f"{title}{NO_BREAK if lang == 'fr' else ''}: {session.theme}"


@attrs.frozen
class PlannedDate:
    """One date of a series of sessions, as the series plans it, and the session that was made for it.

    Where and when the session is, what it is about and whether it takes place stands in the session alone; one that is
    elsewhere than its date plans was moved by itself. A date without a session was skipped: ``why`` is one of the words
    of ``DateClash``, or ``cancelled`` once it was given up, and ``theme`` is what it would be about.
    """

    starts: WallTime = attrs.field()
    ends: WallTime = attrs.field()
    seats: int = attrs.field(validator=is_count())
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    session_id: str | None = attrs.field(default=None, validator=maybe_id)
    why: str = attrs.field(default="", validator=is_text(50))
    theme: str = attrs.field(default="", validator=is_text(MAX_THEME))
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    @property
    def day(self) -> date:
        """The day by which the date is named, also where its session was moved to another."""
        return self.starts.day

    @property
    def skipped(self) -> bool:
        """Whether it has no session, and could still be had."""
        return self.session_id is None and self.why != "cancelled"

    def agrees(self, session: Session) -> bool:
        """Whether the session is where and when its date plans it."""
        return (session.starts, session.ends, session.space_id) == (self.starts, self.ends, self.space_id)


@record("domain", fields=("place", "workshop"))
@attrs.frozen
class SessionSeries:
    """Sessions of a workshop that were planned together: on the first ``day``, the days of the ``rule`` and ``rdates``.

    The times are those of the wall clock of ``zone``; an end at or before the start is on the next day. ``until``: how
    far the rule is planned; ``None``: to its end. What is said here holds for dates to come: each of the ``dates`` has
    its own. With a ``minimum`` each session is decided ``decide_before`` its start. What was changed, when, by whom and
    why is the history of the record in the journal.
    """

    kind: ClassVar[str] = "session_series"
    id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field(validator=is_text(100))
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    rule: str | None = attrs.field(validator=maybe_text(1000))
    seats: int = attrs.field(validator=is_count())
    planned_at: datetime = attrs.field(converter=instant)
    dates: tuple[PlannedDate, ...] = attrs.field()
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_before: timedelta | None = attrs.field(default=None, validator=maybe(is_span(timedelta(0), MAX_AHEAD)))
    until: date | None = attrs.field(default=None, validator=maybe(is_day))
    with_units: tuple[tuple[str, int], ...] = ()
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

    def of_session(self, session_id: str) -> PlannedDate | None:
        """The date for which a session was made."""
        return next((one for one in self.dates if one.session_id == session_id), None)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.planned_at)
        yield "workshop", composite(self.workshop_id, self.planned_at)


__all__ = [
    "MAX_THEME",
    "PlannedDate",
    "SessionSeries",
    "titled",
]
