"""Local time during a booking: slices of local days, and conditions about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import attrs

from cantinekit.calendar import MINUTES_A_DAY, days_to
from cantinekit.clock import Period, day_bounds, local
from cantinekit.pricing.model.conditions import DateRange, OnClock
from cantinekit.pricing.terms import WEEKDAYS, Opening


@attrs.frozen
class Slice:
    """The part of a booking that lies on one local day, in minutes after midnight of the wall clock.

    ``start`` is ``None`` where only the day is known. ``elapsed`` are the minutes that really pass: on the days of a
    clock change they are not the difference.
    """

    day: date
    start: int | None = None
    end: int | None = None
    elapsed: int = 0


@lru_cache(maxsize=1024)
def slices(stretches: tuple[Period, ...], zone: str) -> list[Slice]:
    """The local days that the stretches touch, in order; the list is shared and must not be changed."""
    out: list[Slice] = []
    for stretch in stretches:
        last = local(stretch.end - timedelta.resolution, zone).date()
        for day in days_to(local(stretch.start, zone).date(), last):
            whole = day_bounds(day, zone)
            start, end = max(stretch.start, whole.start), min(stretch.end, whole.end)
            out.append(Slice(day, *_wall(start, end, whole, zone), Period(start, end).minutes))
    return out


def _wall(start: Any, end: Any, whole: Period, zone: str) -> tuple[int, int]:
    first = local(start, zone)
    low = first.hour * 60 + first.minute
    if end >= whole.end:
        return low, MINUTES_A_DAY
    last = local(end, zone)
    high = last.hour * 60 + last.minute + bool(last.second or last.microsecond)
    return (low, high) if high > low else (min(low, high), max(low, high) + 1)  # the hour that comes twice


def decide_clock(atoms: Sequence[OnClock], parts: Sequence[Slice], opening: Opening | None) -> bool | frozenset[str]:
    """Whether atoms of one quantifier hold together, or what has to be known first."""
    if not parts:
        return frozenset({"day"})
    quantifier = atoms[0].quantifier
    if quantifier == "starts":
        return _at(atoms, parts[0], parts[0].start, opening)
    if quantifier == "ends":
        last = parts[-1]
        return _at(atoms, last, None if last.end is None else last.end - 1, opening)
    missing: frozenset[str] = frozenset()
    for part in parts:
        found = _during(atoms, part, opening, whole=quantifier == "inside")
        if isinstance(found, frozenset):
            missing |= found
        elif found != (quantifier == "inside"):
            return quantifier != "inside"
    return missing or quantifier == "inside"


def _at(atoms: Sequence[OnClock], part: Slice, minute: int | None, opening: Opening | None) -> bool | frozenset[str]:
    hours = _hours(atoms, part.day, opening)
    if hours is None:
        return _on_days(atoms, part.day, opening)
    if not hours:
        return False
    return frozenset({"period"}) if minute is None else any(low <= minute < high for low, high in hours)


def _during(atoms: Sequence[OnClock], part: Slice, opening: Opening | None, *, whole: bool) -> bool | frozenset[str]:
    hours = _hours(atoms, part.day, opening)
    if hours is None:
        return _on_days(atoms, part.day, opening)
    if not hours:
        return False
    if part.start is None or part.end is None:
        return frozenset({"period"})
    inside = sum(overlap((part.start, part.end), each) for each in hours)
    return inside == part.end - part.start if whole else inside > 0


def _hours(atoms: Sequence[OnClock], day: date, opening: Opening | None) -> list[tuple[int, int]] | None:
    """The hours of a day in which atoms hold together; ``None`` where they do not constrain the hours."""
    found = next((atom.value for atom in atoms if atom.what == "clock"), None)
    return None if found is None else hours_of(found, day, lambda day: _on_days(atoms, day, opening))


def hours_of(stretches: Iterable[tuple[int, int]], day: date, fits: Callable[[date], bool]) -> list[tuple[int, int]]:
    """The hours of a day that belong to stretches on days that fit.

    What goes over midnight belongs to the day on which it begins: "20:00-02:00" on Saturdays is Saturday evening and
    the small hours of Sunday.
    """
    out: list[tuple[int, int]] = []
    today, before = fits(day), None
    for low, high in stretches:
        if low < high:
            out += [(low, high)] if today else []
            continue
        if before is None:
            before = fits(day - timedelta(days=1))
        out += [(low, MINUTES_A_DAY)] if today else []
        out += [(0, high)] if before else []
    return out


def unrolled(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of the day; one over midnight becomes two."""
    out: list[tuple[int, int]] = []
    for low, high in stretches:
        out += [(low, high)] if low < high else [(low, MINUTES_A_DAY), (0, high)]
    return out


def overlap(one: tuple[int, int], other: tuple[int, int]) -> int:
    """How many minutes two stretches share."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _on_days(atoms: Sequence[OnClock], day: date, opening: Opening | None) -> bool:
    return all(on_day(atom.what, atom.value, day, opening) for atom in atoms if atom.what != "clock")


def on_day(what: str, value: Any, day: date, opening: Opening | None) -> bool:
    """Whether a condition about the day holds."""
    if what == "weekday":
        return any(name == WEEKDAYS[day.weekday()] for name in value)
    if what == "date":
        assert isinstance(value, DateRange)
        return (value.first is None or value.first <= day) and (value.last is None or day <= value.last)
    if what == "season":
        first, last = value
        today = (day.month, day.day)
        return bool(first <= today <= last if first <= last else (today >= first or today <= last))
    return (opening is not None and opening.is_holiday(day)) is value
