"""Dates that stand for times: in a series with times, a date means each start of that local day."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import attrs

from cantinekit.errors import InputError
from cantinekit.scheduling.recurrence._starts import MAX_DATES, Starts, starts_of
from cantinekit.scheduling.recurrence.effort import Effort
from cantinekit.scheduling.recurrence.values import Moment, Override

if TYPE_CHECKING:
    from cantinekit.scheduling.recurrence.series import Series


def exact(series: Series) -> Series:
    """The same series without dates that stand for times: each exclusion and override says which start it means.

    Raises:
        InputError: that would be more exclusions or overrides than a series has. RuleError: it takes too long.
    """
    exdates, overrides = series.exdates, series.overrides
    if not (exdates or overrides):
        return series
    timed = all(_is_time(one) for one in exdates) and all(_is_time(one.recurrence_id) for one in overrides)
    if series.all_day or timed:
        return series
    bare, effort = _bare(series), Effort()
    found: dict[Moment, None] = {}
    for one in exdates:
        found |= dict.fromkeys([one] if _is_time(one) else _on(bare, one, effort))
        _check(len(found))
    return attrs.evolve(series, exdates=tuple(found), overrides=_patches(overrides, bare, effort))


def exact_overrides(series: Series) -> tuple[Override, ...]:
    """The overrides alone, so that each says which start it means."""
    return _patches(series.overrides, _bare(series), Effort())


def _patches(overrides: tuple[Override, ...], bare: Starts, effort: Effort) -> tuple[Override, ...]:
    """The overrides with times. An override for a start takes precedence over one for its day; a change for all later
    dates begins at the first start of the day.
    """
    timed = [one for one in overrides if _is_time(one.recurrence_id)]
    known = {bare.instant(one.recurrence_id) for one in timed}
    for patch in overrides:
        if not _is_time(patch.recurrence_id):
            begins = _on(bare, patch.recurrence_id, effort)
            for begin in begins[:1] if patch.following else begins:
                if bare.instant(begin) not in known:
                    timed.append(attrs.evolve(patch, recurrence_id=begin))
            _check(len(timed))
    return tuple(timed)


def _bare(series: Series) -> Starts:
    return starts_of(attrs.evolve(series, exdates=(), overrides=()))


def _on(bare: Starts, day: Moment, effort: Effort) -> list[Moment]:
    return [bare.name_of(one) for one in islice(bare.on_day(day, effort), MAX_DATES + 1)]


def _is_time(moment: Moment) -> bool:
    return isinstance(moment, datetime)


def _check(number: int) -> None:
    if number > MAX_DATES:
        raise InputError(f"its days stand for more than {MAX_DATES} times")
