"""The delay of a cancellation before the start, and the row of a table that it picks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeVar

import attrs

from cantinekit.calendar import MINUTES_A_DAY, add_days, format_clock
from cantinekit.clock import instant
from cantinekit.errors import InputError
from cantinekit.pricing.terms._opening import parse_clock
from cantinekit.pricing.terms._problems import one_of, read_rule, refuse, table_of, whole
from cantinekit.pricing.terms._validity import COUNTS, Counts
from cantinekit.pricing.terms._workdays import Calendars, Workdays, business_days_between, read_workdays

DelayUnit = Literal["day", "business day", "hour"]
DELAY_UNITS: tuple[DelayUnit, ...] = ("day", "business day", "hour")
T = TypeVar("T")


@attrs.frozen
class Delay:
    """How a delay before the start is counted.

    Attributes:
        unit: "day": from the local day of the notice to the local day of the start. "business day": the business days
            before the day of the start. "hour": whole hours that pass, also over a clock change.
        day_ends: a minute of the day, 1 to 1440: a notice given after it counts for the next day, one given at it is in
            time.
        notice_day: for business days: whether the day of the notice "counts" or "does not count".
        workdays: for business days: which days are business days.
    """

    unit: DelayUnit
    day_ends: int | None = None
    notice_day: Counts | None = None
    workdays: Workdays | None = None

    def __attrs_post_init__(self) -> None:
        refuse({"unit": one_of(self.unit, DELAY_UNITS)})
        texts: dict[str, str | None] = {}
        if self.day_ends is not None:
            texts["day_ends"] = (
                "hours have no end of the day" if self.unit == "hour" else whole(self.day_ends, 1, MINUTES_A_DAY)
            )
        if self.unit == "business day":
            missing = f"is missing: does the day of the notice count? One of {', '.join(map(repr, COUNTS))}"
            texts["notice_day"] = missing if self.notice_day is None else one_of(self.notice_day, COUNTS)
            wrong = not isinstance(self.workdays, Workdays)
            texts["workdays"] = "is missing: which days are business days?" if wrong else None
        else:
            for name in ("notice_day", "workdays"):
                texts[name] = "belongs to business days" if getattr(self, name) is not None else None
        refuse(texts)

    def data(self) -> dict[str, Any]:
        """The table that ``read_delay`` reads."""
        return table_of(self, day_ends=format_clock)


def delay_before(start: datetime, at: datetime, rule: Delay) -> int:
    """How long before a start an instant is, in whole units of the rule; -1 where it is after the start.

    Args:
        start: the start, in the zone of the place: days and times of day are read in it.
        at: the instant.
        rule: how the delay is counted.

    Raises:
        InputError: a datetime without a time zone, or holidays of a year are not known.
    """
    begins, given = instant(start), instant(at)
    if given > begins:
        return -1
    if rule.unit == "hour":
        return (begins - given) // timedelta(hours=1)
    here = given.astimezone(start.tzinfo)
    day, last = here.date(), start.date()
    clock = timedelta(hours=here.hour, minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
    if rule.day_ends is not None and clock > timedelta(minutes=rule.day_ends):
        day = add_days(day, 1)
    if rule.workdays is not None:
        return business_days_between(day, last, rule.workdays, count_first=rule.notice_day == "counts")
    return max(0, (last - day).days)


def pick(table: Sequence[tuple[int, T]], delay: int) -> T | None:
    """The row with the greatest ``from`` that a delay reaches; ``None`` where it reaches none.

    Args:
        table: ``(from, what holds)`` rows in any order.
        delay: in the unit of the table.

    Raises:
        InputError: two rows begin at the same delay.
    """
    if len({low for low, _ in table}) != len(table):
        raise InputError("two rows of the table begin at the same delay")
    reached = [row for row in table if row[0] <= delay]
    return max(reached, key=lambda row: row[0])[1] if reached else None


def read_delay(data: Any, calendars: Calendars | None = None) -> Delay:
    """Read ``{ unit = "day", day_ends = "17:00" }``; the keys are the fields of :class:`Delay`.

    Args:
        data: the table, as a parser of TOML gives it.
        calendars: calendars of business days that ``workdays`` may name.

    Raises:
        TermsError: with all the problems.
    """
    return read_rule(data, Delay, day_ends=parse_clock, workdays=partial(read_workdays, calendars=calendars))
