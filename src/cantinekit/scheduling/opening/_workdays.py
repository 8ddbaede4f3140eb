"""Working days in the three senses of French law and usage, and the terms that are counted in them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Literal

import attrs

from cantinekit.domain.places.openings import ClosedDays
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.scheduling._layers import Days

WorkdayKind = Literal["ouvrable", "ouvré", "franc"]
_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
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
    _public: Days[ClosedDays] = attrs.field(
        default=attrs.Factory(
            lambda self: Days(partial(_closed_for, self.holidays, ("public holiday",))), takes_self=True
        ),
        init=False,
        eq=False,
        repr=False,
    )
    _closed: Days[ClosedDays] = attrs.field(
        default=attrs.Factory(
            lambda self: Days(partial(_closed_for, self.holidays, ("closure", "public holiday"))), takes_self=True
        ),
        init=False,
        eq=False,
        repr=False,
    )

    def __attrs_post_init__(self) -> None:
        days = (*self.worked, self.rest)
        if not self.worked or any(type(day) is not int or not 0 <= day <= 6 for day in days):
            raise InputError("weekdays are 0 (Monday) to 6, and at least one is worked")

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a public holiday.

        Args:
            day: the day.
        """
        return self._public.at(day) is not None

    def is_ouvrable(self, day: date) -> bool:
        """Whether the day may be worked: no weekly rest day, no public holiday.

        Args:
            day: the day.
        """
        return day.weekday() != self.rest and not self.is_holiday(day)

    def is_ouvre(self, day: date) -> bool:
        """Whether the day is worked: one of the worked weekdays, no public holiday, no closure.

        Args:
            day: the day.
        """
        return day.weekday() in self.worked and self._closed.at(day) is None

    def count(self, first: date, last: date, kind: WorkdayKind) -> int:
        """How many days of a kind there are in a range of days; 0 where the last is before the first.

        Args:
            first: the first day.
            last: the last day, included.
            kind: "ouvrable", "ouvré" or "franc"; every day is *franc*.

        Raises:
            InputError: more than ``MAX_DAYS``, or an unknown kind.
        """
        days = (last - first).days + 1
        if days > MAX_DAYS:
            raise InputError(f"at most {MAX_DAYS} days can be counted")
        return sum(self._counts(first + n * _DAY, kind) for n in range(days))

    def _counts(self, day: date, kind: WorkdayKind) -> bool:
        if kind == "ouvrable":
            return self.is_ouvrable(day)
        if kind == "ouvré":
            return self.is_ouvre(day)
        if kind != "franc":
            raise InputError(f"a working day is ouvrable, ouvré or franc, not {shown(kind)}")
        return True

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
        if type(days) is not int or not 1 <= days <= MAX_DAYS:
            raise InputError(f"a term has from 1 to {MAX_DAYS} days")
        if kind == "franc":
            return self.prolonged(act + (days + 1) * _DAY)
        day, left = act, days
        for _ in range(8 * MAX_DAYS):
            day += _DAY
            left -= self._counts(day, kind)
            if not left:
                return day
        raise InputError(f"no {days} days of the kind {kind} are to come")

    def term(self, act: date, days: int) -> date:
        """The last day of a plain term in days: code de procédure civile, art. 641 and 642.

        The day of the act does not count, the last day does; it is prolonged where it is a Saturday, a Sunday or a
        public holiday.

        Args:
            act: the day of the act.
            days: the length of the term, from 1 to ``MAX_DAYS``.
        """
        if type(days) is not int or not 1 <= days <= MAX_DAYS:
            raise InputError(f"a term has from 1 to {MAX_DAYS} days")
        return self.prolonged(act + days * _DAY)

    def prolonged(self, day: date) -> date:
        """The day, or the next that is no Saturday, Sunday or public holiday (code de procédure civile, art. 642).

        Args:
            day: the day.
        """
        for _ in range(MAX_DAYS):
            if day.weekday() not in (_SATURDAY, _SUNDAY) and not self.is_holiday(day):
                return day
            day += _DAY
        raise InputError("no working day is to come")


def _closed_for(days: Sequence[ClosedDays], reasons: Collection[str]) -> list[ClosedDays]:
    return [one for one in days if one.why in reasons]
