"""What commands share: their base, promised prices, reasons for an override."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.model._fields import is_text
from cantinekit.money import Money


@attrs.frozen
class PricePromise:
    """A price that was quoted: what it was made from, and until when it is honoured."""

    total: Money
    tariff_version: str
    semantics: int
    made_at: datetime
    valid_until: datetime
    meters: tuple[tuple[str, int], ...] = ()


def to_promise(value: Any) -> PricePromise | None:
    """Take a promise, or a quote that carries one."""
    found = getattr(value, "promise", value)
    if found is not None and not isinstance(found, PricePromise):
        raise InputError(f"quote must come from Cantine.quote, not {type(value).__name__}")
    return found


def is_reason(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        is_text(1000)(_, attribute, value)
        if not value.strip():
            raise InputError("an override needs a reason")


class Command:
    """The base of all commands."""

    __slots__ = ()
