"""Reading the calendar of a place: today there, and the day, week or month that a page shows."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Literal

import attrs

from cantinekit.calendar import add_days, month_end
from cantinekit.clock import Period, WallTime, local
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.reads.records import RecordReads
from cantinekit.records import Place

DaysBy = Literal["day", "week", "month"]
"""How many days a page shows: one, a week from Monday to Sunday, or a calendar month."""
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@attrs.frozen
class Days:
    """A day, a week or a month at a place, with those beside it.

    Attributes:
        by: which of the three.
        first: its first day.
        last: its last day, included.
        name: it, as it stands in an address: "2026-11-24", "2026-W48" (ISO 8601, as the field of a browser for weeks
            writes it) or "2026-11".
        before: the name of the one before.
        after: the name of the one after.
        period: from when until when.
        today: the present day at the place.
    """

    by: DaysBy
    first: date
    last: date
    name: str
    before: str
    after: str
    period: Period
    today: date

    @property
    def present(self) -> bool:
        """Whether the present day is in it."""
        return self.first <= self.today <= self.last


class CalendarReads(RecordReads):
    """Answers questions about the calendar of a place."""

    @checked
    def today(self, place_id: str) -> date:
        """The present day at a place.

        Args:
            place_id: the place.

        Raises:
            NotFoundError: there is no such place.
        """
        return local(self._now(), self.need(Place, place_id).zone).date()

    @checked
    def days(self, place_id: str, by: DaysBy = "day", *, named: str | None = None, day: date | None = None) -> Days:
        """A day, a week or a month at a place, and what those before and after it are called.

        Args:
            place_id: the place.
            by: which of the three: "day", "week" or "month".
            named: it, as it stands in an address: ``Days.name``, or that of a day in it; ``None``: the one that ``day``
                is in.
            day: a day that it has; ``None``: today. Not together with ``named``.

        Raises:
            NotFoundError: there is no such place.
            InputError: the name is none of such days, both are given, or the days are out of range.
        """
        if named is not None and day is not None:
            raise InputError("named and day say the same: give one")
        zone = self.need(Place, place_id).zone
        today = local(self._now(), zone).date()
        first = _first(by, _named_day(by, named) if named is not None else day or today)
        after, before = _next(by, first), _first(by, add_days(first, -1))
        last = add_days(after, -1)
        period = Period(*(WallTime(one, time(), zone).instant for one in (first, after)))
        return Days(by, first, last, _name(by, first), _name(by, before), _name(by, after), period, today)


def _named_day(by: DaysBy, name: str) -> date:
    """A day of what stands in an address.

    Args:
        by: what is asked for.
        name: the name of a day; or of a week or a month, where that is asked for.

    Raises:
        InputError: it is no such name.
    """
    try:
        if _DAY.fullmatch(name):
            return date.fromisoformat(name)
        if by == "week" and (found := _WEEK.fullmatch(name)):
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        if by == "month" and (found := _MONTH.fullmatch(name)):
            return date(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    raise InputError(f"named says no {by}: {shown(name)}")


def _first(by: DaysBy, day: date) -> date:
    """The first day of the week or the month that a day is in."""
    if by == "week":
        return add_days(day, 1 - day.isoweekday())
    return day.replace(day=1) if by == "month" else day


def _next(by: DaysBy, first: date) -> date:
    """The first day behind those that begin with a day."""
    if by == "month":
        return add_days(month_end(first), 1)
    return add_days(first, 7 if by == "week" else 1)


def _name(by: DaysBy, first: date) -> str:
    if by == "week":
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}"
    return first.isoformat()[:7] if by == "month" else first.isoformat()
