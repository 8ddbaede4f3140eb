"""Fixed slots: the times at which a space is let as a whole, on the wall of its place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import Any

import attrs

from cantinekit.common.fields import Code, are_ids, to_names
from cantinekit.domain.places.openings import OpenHours
from cantinekit.errors import InputError

EVERY_DAY = tuple(range(7))

MAX_SLOTS = 100


def _is_minute(_: Any, attribute: attrs.Attribute[time], value: time) -> None:
    if not isinstance(value, time) or value.tzinfo is not None or value.second or value.microsecond or value.fold:
        raise InputError(f"{attribute.name} is a time of day in whole minutes without a zone; the place has it")


def _to_weekdays(values: Iterable[int] | int) -> tuple[int, ...]:
    found = tuple(values) if isinstance(values, Iterable) else (values,)
    if not found or not all(type(day) is int and day in EVERY_DAY for day in found) or len(set(found)) != len(found):
        raise InputError("weekdays are different integers from 0, Monday, to 6, for example range(5)")
    return tuple(sorted(found))


@attrs.frozen
class FixedSlot:
    """A time at which a space is let as a whole, on some weekdays, by the wall clock of its place.

    A night belongs to the day on which it begins.

    Attributes:
        starts: local time of the start.
        ends: local time of the end; at or before the start it is on the next day, so that 00:00 is 24:00.
        weekdays: 0 (Monday) to 6.
        audience: the groups who may take it; none: everybody.
    """

    starts: time = attrs.field(validator=_is_minute)
    ends: time = attrs.field(validator=_is_minute)
    weekdays: tuple[int, ...] = attrs.field(default=EVERY_DAY, converter=_to_weekdays)
    audience: frozenset[Code] = attrs.field(default=frozenset(), converter=to_names, validator=are_ids)

    @property
    def hours(self) -> tuple[OpenHours, ...]:
        """The same times as opening hours, one for each weekday."""
        return OpenHours.weekly(self.weekdays, self.starts, self.ends)


def slot_times(slot: FixedSlot) -> str:
    """The times of a slot in digits: "18:00-24:00".

    Args:
        slot: the slot.
    """
    ends = "24:00" if slot.ends == time() else f"{slot.ends:%H:%M}"
    return f"{slot.starts:%H:%M}-{ends}"


def to_slots(values: Iterable[FixedSlot]) -> tuple[FixedSlot, ...]:
    """Take fixed slots from any list of them.

    Raises:
        InputError: it is no such list, or has more than ``MAX_SLOTS``.
    """
    found = tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(one, FixedSlot) for one in found):
        raise InputError("slots are FixedSlot values, for example FixedSlot(time(9), time(13), range(5))")
    if len(found) > MAX_SLOTS:
        raise InputError(f"{len(found)} slots are too many, at most {MAX_SLOTS}")
    return found


__all__ = [
    "FixedSlot",
]
