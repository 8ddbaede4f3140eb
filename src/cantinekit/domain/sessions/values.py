"""Commands about the sessions of workshops: when and where they are, and whether they take place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from cantinekit.common.fields import check_text, to_ids
from cantinekit.domain.spaces.equipment import MAX_EXTRAS
from cantinekit.errors import InputError


def is_told_reason(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not check_text(value, attribute.name, limit=500).strip():
        raise InputError("a reason must not be empty; everybody is told it")


def check_minimum(minimum: int, when: datetime | timedelta | None, seats: int, name: str = "decide_at") -> None:
    """Refuse a minimum without a word on when it is looked at, or one that cannot be reached."""
    if bool(minimum) != (when is not None):
        raise InputError(f"a minimum and {name} come together")
    if minimum > seats:
        raise InputError(f"a minimum of {minimum} cannot be reached with {seats} seats")


def to_facilitators(values: Iterable[str]) -> tuple[str, ...]:
    found = to_ids(values)
    if len(found) > MAX_EXTRAS:
        raise InputError(f"a session has at most {MAX_EXTRAS} facilitators, not {len(found)}")
    return found


def maybe_facilitators(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else to_facilitators(values)
