"""Why a date of a series, or a meeting of a course, cannot be had."""

from __future__ import annotations

from datetime import date
from typing import Literal

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import is_text, is_word, maybe_id
from cantinekit.domain.dates.fields import is_day

DateClashWhy = Literal["outside hours", "closed", "terms", "taken", "sold out", "over", "no such time", "refused"]
"""Why a date cannot be had, in one word."""


@attrs.frozen
class DateClash:
    """Why a date of a series cannot be had, and what is free instead.

    Attributes:
        day: the local day of the date.
        why: ``outside hours``; ``closed`` by a closure; ``terms``: those of the space do not allow it; ``taken``;
            ``sold out``: not that many units are left; ``over``; ``no such time``: the clock change skips it; or
            ``refused`` for another reason.
        reason: the same in words, at most 1,000 characters.
        period: when the date is; ``None`` where there is no such time.
        clashes: the periods that are in the way.
        nearest: the free periods of the same length on that day, or slots of the day for those who take slots, at which
            all that is asked for is free.
        space_id: the space or the pool of equipment that cannot be had; ``None`` where it is no single one.
    """

    day: date = attrs.field(validator=is_day)
    why: DateClashWhy = attrs.field(validator=is_word(DateClashWhy))
    reason: str = attrs.field(validator=is_text(1000))
    period: Period | None = None
    clashes: tuple[Period, ...] = ()
    nearest: tuple[Period, ...] = ()
    space_id: str | None = attrs.field(default=None, validator=maybe_id)


__all__ = [
    "DateClash",
    "DateClashWhy",
]
