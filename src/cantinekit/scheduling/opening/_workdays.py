"""Working days in the three senses of French law and usage, and the terms that are counted in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import attrs

from cantinekit.calendar import WorkingDays, add_days
from cantinekit.domain.places.openings import ClosedDays
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

WorkdayKind = Literal["ouvrable", "ouvré", "franc"]
_SUNDAY = 6
MAX_DAYS = 10_000
"""The longest term, in days."""


@attrs.frozen
class Workdays:
    """Which days count where a term is in working days.

    - *jour ouvrable*: every day but the weekly rest day (``rest``, as a rule Sunday: code du travail, art. L3132-3)
      and the public holidays that are not worked (art. L3133-1 lists them).
    - *jour ouvré*: a day that is really worked, here ``worked`` (as a rule Monday to Friday) without public holidays
      and the closures of the house.
    - *jour franc*: a full day from 0 to 24 h, of any kind. Neither the day of the act nor the last day of the term
      counts. A term that would end on a Saturday, a Sunday or a public holiday ends on the next day that is none:
      code de procédure civile, art. 641 (the day of the act does not count) and 642 (a term expires at 24 h of its last
      day; it is prolonged to the next working day).

    Attributes:
        holidays: public holidays and closures; school holidays among them count as any other day.
        rest: the weekly rest day, 0 (Monday) to 6.
        worked: the weekdays that are worked, 0 (Monday) to 6.
    """

    holidays: tuple[ClosedDays, ...] = attrs.field(default=(), converter=tuple)
    rest: int = attrs.field(default=_SUNDAY)
    worked: tuple[int, ...] = attrs.field(default=(0, 1, 2, 3, 4), converter=tuple)
    _kinds: Mapping[WorkdayKind, WorkingDays] = attrs.field(init=False, eq=False, repr=False)
    _plain: WorkingDays = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        days = (*self.worked, self.rest)
        if not self.worked or any(type(day) is not int or not 0 <= day <= 6 for day in days):
            raise InputError("weekdays are 0 (Monday) to 6, and at least one is worked")

        public = [(one.first, one.last) for one in self.holidays if one.why == "public holiday"]
        closed = [(one.first, one.last) for one in self.holidays if one.why in ("closure", "public holiday")]
        kinds: dict[WorkdayKind, WorkingDays] = {
            "ouvrable": WorkingDays(set(range(7)) - {self.rest}, public),
            "ouvré": WorkingDays(self.worked, closed),
            "franc": WorkingDays(range(7)),
        }
        object.__setattr__(self, "_kinds", kinds)
        object.__setattr__(self, "_plain", WorkingDays(range(5), public))

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a public holiday.

        Args:
            day: the day.
        """
        return self._plain.is_free(day)

    def is_ouvrable(self, day: date) -> bool:
        """Whether the day may be worked: no weekly rest day, no public holiday.

        Args:
            day: the day.
        """
        return self._kinds["ouvrable"].works(day)

    def is_ouvre(self, day: date) -> bool:
        """Whether the day is worked: one of the worked weekdays, no public holiday, no closure.

        Args:
            day: the day.
        """
        return self._kinds["ouvré"].works(day)

    def _of(self, kind: WorkdayKind) -> WorkingDays:
        if kind not in self._kinds:
            raise InputError(f"a working day is ouvrable, ouvré or franc, not {shown(kind)}")
        return self._kinds[kind]

    def count(self, first: date, last: date, kind: WorkdayKind) -> int:
        """How many days of a kind there are in a range of days; 0 where the last is before the first.

        Args:
            first: the first day.
            last: the last day, included.
            kind: "ouvrable", "ouvré" or "franc"; every day is *franc*.

        Raises:
            InputError: more than ``MAX_DAYS``, or an unknown kind.
        """
        if (last - first).days >= MAX_DAYS:
            raise InputError(f"at most {MAX_DAYS} days can be counted")
        return self._of(kind).count(first, add_days(last, 1))

    def last_day(self, act: date, days: int, kind: WorkdayKind) -> date:
        """The last day of a term that an act starts; the day of the act does not count.

        *ouvrable* and *ouvré*: the day on which the count is full. *franc*: the day after that many full days, or the
        next one that is no Saturday, Sunday or public holiday. The term expires at 24 h of the day that is returned.

        Args:
            act: the day of the act.
            days: the length of the term, from 1 to ``MAX_DAYS``.
            kind: which days count.

        Raises:
            InputError: no days or too many, or none of the days to come counts.
        """
        _check_term(days)
        if kind == "franc":
            return self.prolonged(add_days(act, days + 1))
        return _within(self._of(kind).nth(add_days(act, 1), days), act, 8 * MAX_DAYS)

    def term(self, act: date, days: int) -> date:
        """The last day of a plain term in days: code de procédure civile, art. 641 and 642.

        The day of the act does not count, the last day does; it is prolonged where it is a Saturday, a Sunday or a
        public holiday.

        Args:
            act: the day of the act.
            days: the length of the term, from 1 to ``MAX_DAYS``.
        """
        _check_term(days)
        return self.prolonged(add_days(act, days))

    def prolonged(self, day: date) -> date:
        """The day, or the next that is no Saturday, Sunday or public holiday (code de procédure civile, art. 642).

        Args:
            day: the day.
        """
        return _within(self._plain.nth(day, 1), day, MAX_DAYS - 1)


def _check_term(days: int) -> None:
    if type(days) is not int or not 1 <= days <= MAX_DAYS:
        raise InputError(f"a term has from 1 to {MAX_DAYS} days")


def _within(found: date | None, since: date, most: int) -> date:
    if found is None or (found - since).days > most:
        raise InputError("no such working day is to come")
    return found
