"""Checks of what commands about sessions carry: reasons that people are told, minimums, and facilitators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from cantinekit.common.fields import check_text, to_ids
from cantinekit.domain.spaces.equipment import MAX_EXTRAS
from cantinekit.errors import InputError


def is_told_reason(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    """Validate a reason that everybody is told: 1 to 500 characters that are not all blank."""
    if not check_text(value, attribute.name, limit=500).strip():
        raise InputError("a reason must not be empty; everybody is told it")


def check_minimum(minimum: int, when: datetime | timedelta | None, seats: int, name: str = "decide_at") -> None:
    """Refuse a minimum that comes without its time of decision, or that cannot be reached.

    Args:
        minimum: the confirmed seats that are needed; 0 for no minimum.
        when: when it is decided, or how long before the start.
        seats: how many seats there are.
        name: what the field of ``when`` is called.

    Raises:
        InputError: one comes without the other, or the minimum is more than ``seats``.
    """
    if bool(minimum) != (when is not None):
        raise InputError(f"a minimum and {name} come together")
    if minimum > seats:
        raise InputError(f"a minimum of {minimum} cannot be reached with {seats} seats")


def to_facilitators(values: Iterable[str]) -> tuple[str, ...]:
    """Convert to a tuple of the ids of facilitators, at most 50."""
    found = to_ids(values)
    if len(found) > MAX_EXTRAS:
        raise InputError(f"a session has at most {MAX_EXTRAS} facilitators, not {len(found)}")
    return found


def maybe_facilitators(values: Iterable[str] | None) -> tuple[str, ...] | None:
    """Convert to a tuple of the ids of facilitators; ``None`` stays."""
    return None if values is None else to_facilitators(values)
