"""A recurrence rule: read once, checked, and written in one canonical form. RFC 5545, section 3.3.10."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.errors import RuleError
from cantinekit.errors.shown import shown

Freq = Literal["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]
FREQS: tuple[Freq, ...] = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MAX_TEXT = 10_000
MAX_COUNT = 10_000
MAX_INTERVAL = 1_000_000_000
MAX_TIMES = 5_000
"""Of one day: hours times minutes times seconds."""
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?", re.ASCII)


@attrs.frozen(order=True)
class RecurrenceProblem:
    """Something about a rule or a series that other programs read in another way, or not at all.

    ``code`` is for programs and stays, ``message`` is for people.
    """

    code: str
    message: str


@attrs.frozen
class Until:
    """The last moment of a rule, itself included: a day, a wall time in the zone of the series, or an instant in UTC
    (RFC 5545).

    Attributes:
        day: the date.
        at: the time of day in whole seconds; ``None``: all of the day.
        utc: whether day and time are UTC; otherwise they are wall time in the zone of the series.
    """

    day: date
    at: time | None = None
    utc: bool = False

    def __attrs_post_init__(self) -> None:
        if isinstance(self.day, datetime) or not isinstance(self.day, date):
            raise RuleError("Until.day is a date")
        if self.at is not None and (not isinstance(self.at, time) or self.at.tzinfo is not None):
            raise RuleError("Until.at is a time of day without a zone")
        if self.at is not None and (self.at.microsecond or self.at.fold):
            raise RuleError("Until.at has whole seconds")
        if self.utc and self.at is None:
            raise RuleError("an instant has a time of day")

    @classmethod
    def instant(cls, moment: datetime) -> Until:
        """Up to an instant, the usual form for a series with times.

        Args:
            moment: an aware datetime in any zone; a fraction of a second is dropped.
        """
        utc = instant(moment)
        return cls(utc.date(), utc.time().replace(microsecond=0), True)

    @classmethod
    def parse(cls, text: str) -> Until:
        """Read ``20271231``, ``20271231T170000`` or ``20271231T170000Z``.

        Args:
            text: the value of UNTIL.
        """
        found = _STAMP.fullmatch(text)
        if found is None:
            raise RuleError(f"not a date or a time: UNTIL={shown(text)}")
        year, month, day, hour, minute, second, zulu = found.groups()
        try:
            stamp = date(int(year), int(month), int(day))
            at = None if hour is None else time(int(hour), int(minute), 59 if second == "60" else int(second))
        except ValueError as error:
            raise RuleError(f"no such date or time: UNTIL={text}") from error
        return cls(stamp, at, zulu is not None)

    def __str__(self) -> str:
        day = f"{self.day.year:04d}{self.day:%m%d}"
        return day if self.at is None else f"{day}T{self.at:%H%M%S}{'Z' if self.utc else ''}"

    @property
    def moment(self) -> datetime | None:
        """The instant, where it is one."""
        return datetime.combine(self.day, self.at, UTC) if self.utc and self.at is not None else None


def _until(value: Until | date | datetime | None) -> Until | None:
    if value is None or isinstance(value, Until):
        return value
    return Until.instant(value) if isinstance(value, datetime) else Until(value)


@attrs.frozen(order=True)
class ByDay:
    """One BYDAY value (RFC 5545, section 3.3.10).

    Attributes:
        nth: which of these weekdays of the month or the year, from -53 to 53, from the end if negative; 0: each of
            them.
        weekday: 0 (Monday) to 6.
    """

    nth: int
    weekday: int

    def __str__(self) -> str:
        return f"{self.nth or ''}{WEEKDAYS[self.weekday]}"


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(set(values))) if values != () else ()


def _part(least: int, most: int, *, signed: bool = False) -> Any:
    """A field with a list of numbers; ``signed`` ones count from the end as well, and are never 0."""

    def validate(_: Rule, attribute: attrs.Attribute[Any], value: tuple[int, ...]) -> None:
        for number in value:
            if type(number) is not int or not least <= (abs(number) if signed else number) <= most:
                name = attribute.name.upper()
                raise RuleError(
                    f"{name} has numbers from {'±' if signed else ''}{least} to {most}, not {shown(number)}"
                )

    return attrs.field(default=(), converter=_sorted, validator=validate)


@attrs.frozen
class Rule:
    """One RRULE or EXRULE (RFC 5545, section 3.3.10). Lists are sorted and have no doubles, so that equal rules are
    equal values.

    Attributes:
        freq: FREQ: the period in which the rule repeats.
        interval: INTERVAL: every so many units of ``freq``, from 1.
        count: COUNT: how many occurrences, from 1; excludes ``until``.
        until: UNTIL: the last moment, itself included; excludes ``count``.
        bysecond: BYSECOND, 0 to 59; 60 is read as 59.
        byminute: BYMINUTE, 0 to 59.
        byhour: BYHOUR, 0 to 23.
        byday: BYDAY: weekdays.
        bymonthday: BYMONTHDAY, 1 to 31, from the end if negative.
        byyearday: BYYEARDAY, 1 to 366, from the end if negative.
        byweekno: BYWEEKNO, 1 to 53, from the end if negative (ISO 8601 weeks).
        bymonth: BYMONTH, 1 to 12.
        bysetpos: BYSETPOS: which of the dates of one period, 1 to 366, from the end if negative.
        wkst: WKST: the weekday on which a week begins, 0 (Monday) to 6.
        notes: what ``parse`` ignored; not compared.

    Raises:
        RuleError: a part that is malformed or out of bounds.
    """

    freq: Freq
    interval: int = 1
    count: int | None = None
    until: Until | None = attrs.field(default=None, converter=_until)
    bysecond: tuple[int, ...] = _part(0, 59)
    byminute: tuple[int, ...] = _part(0, 59)
    byhour: tuple[int, ...] = _part(0, 23)
    byday: tuple[ByDay, ...] = attrs.field(default=(), converter=_sorted)
    bymonthday: tuple[int, ...] = _part(1, 31, signed=True)
    byyearday: tuple[int, ...] = _part(1, 366, signed=True)
    byweekno: tuple[int, ...] = _part(1, 53, signed=True)
    bymonth: tuple[int, ...] = _part(1, 12)
    bysetpos: tuple[int, ...] = _part(1, 366, signed=True)
    wkst: int = 0
    notes: tuple[RecurrenceProblem, ...] = attrs.field(default=(), eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.freq not in FREQS:
            raise RuleError(f"FREQ must be one of {', '.join(FREQS)}, not {shown(self.freq)}")
        for name, value, least, most in (
            ("INTERVAL", self.interval, 1, MAX_INTERVAL),
            ("COUNT", 1 if self.count is None else self.count, 1, MAX_COUNT),
            ("WKST", self.wkst, 0, 6),
        ):
            if type(value) is not int or not least <= value <= most:
                raise RuleError(f"{name} must be an integer from {least} to {most}, not {shown(value)}")
        if self.count is not None and self.until is not None:
            raise RuleError("COUNT and UNTIL exclude each other")
        for day in self.byday:
            if not isinstance(day, ByDay) or not -53 <= day.nth <= 53 or not 0 <= day.weekday <= 6:
                raise RuleError(f"BYDAY has weekdays with numbers from ±1 to 53, not {day!s:.40}")
        times = max(len(self.byhour), 1) * max(len(self.byminute), 1) * max(len(self.bysecond), 1)
        if times > MAX_TIMES and not self.is_sub_daily:
            raise RuleError(f"{times} times a day are more than {MAX_TIMES}")

    @property
    def is_sub_daily(self) -> bool:
        """Whether it repeats within a day: HOURLY, MINUTELY or SECONDLY."""
        return self.freq in ("HOURLY", "MINUTELY", "SECONDLY")

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read the value of an RRULE or EXRULE, or the whole line.

        Read although it is not in RFC 5545, and noted for ``lint``: a semicolon at the end (Google), parameters of the
        line (Apple), spaces after a comma, parts whose name begins with ``X-`` (RFC 2445), lower case, and
        ``RSCALE=GREGORIAN;SKIP=OMIT``, which says what is true without it.

        Args:
            text: the value, such as "FREQ=WEEKLY;BYDAY=MO", or the line.

        Raises:
            RuleError: it is no rule, or one that is refused: another RSCALE or SKIP (RFC 7529).
        """
        from cantinekit.scheduling.recurrence._read import read_rule

        return read_rule(text)

    def __str__(self) -> str:
        parts = [f"FREQ={self.freq}"]
        if self.until is not None:
            parts.append(f"UNTIL={self.until}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        for name in PARTS:
            if values := getattr(self, name):
                parts.append(f"{name.upper()}={','.join(map(str, values))}")
        if self.wkst or self.byweekno or (self.freq == "WEEKLY" and self.interval > 1):
            parts.append(f"WKST={WEEKDAYS[self.wkst]}")
        return ";".join(parts)

    def lint(self) -> tuple[RecurrenceProblem, ...]:
        """What is read differently elsewhere, or is against RFC 5545; empty for a rule that is safe to send."""
        from cantinekit.scheduling.recurrence._lint import lint_rule

        return lint_rule(self)


PARTS = (
    "bysecond",
    "byminute",
    "byhour",
    "byday",
    "bymonthday",
    "byyearday",
    "byweekno",
    "bymonth",
    "bysetpos",
)
"""The lists of a rule, in the order in which they are written."""
