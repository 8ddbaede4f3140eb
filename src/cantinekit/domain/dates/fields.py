"""What fields of days and times of day accept: a local day, a time on the wall clock, a list of days of a series."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT
from cantinekit.common.fields import listed
from cantinekit.errors import InputError

MAX_SERIES_DATES = 400
"""The most dates of a series, of bookings or of sessions: every weekday of a year and a half."""


def is_day(_: object, attribute: attrs.Attribute[date], value: date) -> None:
    """Validate a local day within the years that an instant can have, 1970 to 9997."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InputError(f"{attribute.name} must be a date, not {type(value).__name__}")
    if not MIN_INSTANT.date() < value < MAX_INSTANT.date():
        raise InputError(f"{attribute.name}: {value.isoformat()} is out of range (1970 to 9997)")


def maybe_day(_: object, attribute: attrs.Attribute[date | None], value: date | None) -> None:
    """Validate the same, or ``None``."""
    if value is not None:
        is_day(_, attribute, value)  # type: ignore[arg-type]


def is_wall_time(_: object, attribute: attrs.Attribute[time], value: time) -> None:
    """Validate a time of day in whole seconds, without a zone."""
    if not isinstance(value, time) or value.tzinfo is not None or value.microsecond or value.fold:
        raise InputError(f"{attribute.name} is a time of day in whole seconds without a zone; the place has it")


def to_days(values: Iterable[date]) -> tuple[date, ...]:
    """Convert a list of days to a tuple in order. Where something else is in it, ``are_days`` refuses it."""
    found = listed(values, "dates")
    return tuple(sorted(found)) if all(type(value) is date for value in found) else found


def are_days(_: object, attribute: attrs.Attribute[tuple[date, ...]], value: tuple[date, ...]) -> None:
    """Validate days, each once, at most ``MAX_SERIES_DATES`` of them."""
    if len(value) > MAX_SERIES_DATES:
        raise InputError(f"{attribute.name} names {len(value)} dates, at most {MAX_SERIES_DATES}")
    for day in value:
        is_day(_, attribute, day)  # type: ignore[arg-type]
    if len(set(value)) != len(value):
        raise InputError(f"{attribute.name} names a date twice")


__all__ = [
    "MAX_SERIES_DATES",
]
