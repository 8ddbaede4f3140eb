"""How long something lasts: nominal days and exact seconds, as RFC 5545, section 3.3.6, tells them apart."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import attrs

from cantinekit.clock import instant
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

DAY = 86_400
MAX_DAYS = 3_660
"""Ten years: nothing that is booked lasts longer."""
_TEXT = re.compile(
    r"\+?P(?:(?P<weeks>\d{1,6})W|(?:(?P<days>\d{1,6})D)?"
    r"(?P<time>T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?)"
)


@attrs.frozen(order=True)
class Length:
    """``days`` on the calendar, then ``seconds`` on a stopwatch.

    A day is nominal: from Saturday noon it ends on Sunday noon, be it 23, 24 or 25 hours later. ``Length(1, 0)`` and
    ``Length(0, 86400)`` differ on the two days of the year on which the clock changes.
    """

    days: int = 0
    seconds: int = 0

    def __attrs_post_init__(self) -> None:
        for name, most in (("days", MAX_DAYS), ("seconds", MAX_DAYS * DAY)):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= most:
                raise InputError(f"Length.{name} must be an integer from 0 to {most}, not {shown(value)}")

    @classmethod
    def between(cls, start: datetime | date, end: datetime | date) -> Length:
        """The length from ``start`` to ``end``: days between dates, exact seconds between instants.

        RFC 5545, section 3.8.5.3: where a series gives its end and no duration, all its members last exactly as long.

        Raises:
            InputError: the end lies before the start, one is a date and the other is not, or a fraction of a second.
        """
        if isinstance(start, datetime) and isinstance(end, datetime):
            span = instant(end) - instant(start)
            if span < timedelta() or span.microseconds:
                raise InputError(f"not a length in whole seconds: from {start.isoformat()} to {end.isoformat()}")
            return cls(0, span.days * DAY + span.seconds)
        if isinstance(start, datetime) or isinstance(end, datetime):
            raise InputError("start and end must both be dates or both be instants")
        if not isinstance(start, date) or not isinstance(end, date) or end < start:
            raise InputError(f"not a length in days: from {shown(start)} to {shown(end)}")
        return cls((end - start).days, 0)

    @classmethod
    def parse(cls, text: str) -> Length:
        """Read a duration of RFC 5545, such as ``PT1H30M``, ``P1D`` or ``P2W``.

        Args:
            text: the duration.

        Raises:
            InputError: no duration, a negative one, or one longer than ten years.
        """
        found = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if found is None or text[-1] in "PT":
            raise InputError(f"not a duration: {shown(text)}")
        number = {name: int(value or 0) for name, value in found.groupdict().items() if name != "time"}
        return cls(
            number["weeks"] * 7 + number["days"],
            number["hours"] * 3600 + number["minutes"] * 60 + number["seconds"],
        )

    def __str__(self) -> str:
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        clock = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if value)
        days = f"{self.days}D" if self.days else ""
        return f"P{days}T{clock}" if clock else f"P{days}" if days else "PT0S"

    def __bool__(self) -> bool:
        return bool(self.days or self.seconds)
