"""Bookings that repeat: one record for all dates, and what of a shared charge is each date's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT
from cantinekit.errors import InputError

MAX_SERIES_DATES = 400
"""The most dates of one series of bookings: every weekday of a year and a half."""


def is_day(_: object, attribute: attrs.Attribute[date], value: date) -> None:
    """Validate a local day of the years that instants have."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InputError(f"{attribute.name} must be a date, not {type(value).__name__}")
    if not MIN_INSTANT.date() < value < MAX_INSTANT.date():
        raise InputError(f"{attribute.name}: {value.isoformat()} is out of range (1970 to 9997)")


def is_wall_time(_: object, attribute: attrs.Attribute[time], value: time) -> None:
    """Validate a time of day in whole seconds, without a zone."""
    if not isinstance(value, time) or value.tzinfo is not None or value.microsecond or value.fold:
        raise InputError(f"{attribute.name} is a time of day in whole seconds without a zone; the place has it")


def to_days(values: Any) -> tuple[date, ...]:
    """Convert to a tuple, in order, where it is a list of days; ``are_days`` refuses what is not."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(f"a list of dates is needed, not one {type(values).__name__}")
    found = tuple(values)
    return tuple(sorted(found)) if all(type(value) is date for value in found) else found


def are_days(_: object, attribute: attrs.Attribute[tuple[date, ...]], value: tuple[date, ...]) -> None:
    """Validate different days, at most as many as a series has."""
    if len(value) > MAX_SERIES_DATES:
        raise InputError(f"{attribute.name} names {len(value)} dates, at most {MAX_SERIES_DATES}")
    for day in value:
        is_day(_, attribute, day)  # type: ignore[arg-type]
    if len(set(value)) != len(value):
        raise InputError(f"{attribute.name} names a date twice")


__all__ = [
    "MAX_SERIES_DATES",
]
