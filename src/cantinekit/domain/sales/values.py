"""What commands share: their base, promised prices, reasons for an override."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from datetime import datetime
from typing import Any

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import check_text, is_a, is_count, is_id
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money


@attrs.frozen
class PricePromise:
    """A price that was quoted: what it was made from, and until when it is honoured."""

    total: Money = attrs.field(validator=is_a(Money))
    tariff_version: str = attrs.field(validator=is_id)
    semantics: int = attrs.field(validator=is_count(least=0))
    made_at: datetime = attrs.field(converter=instant)
    valid_until: datetime = attrs.field(converter=instant)
    meters: tuple[tuple[str, int], ...] = ()


def to_promise(value: Any) -> PricePromise | None:
    """Take a promise, or a quote that carries one."""
    found = getattr(value, "promise", value)
    if found is not None and not isinstance(found, PricePromise):
        raise InputError(f"quote must come from Cantine.quote, not {type(value).__name__}")
    return found


Facts = tuple[tuple[str, str | int | bool], ...]
"""What a price list asks to know, by name, in the order of the names."""


def to_facts(value: Any) -> Facts:
    """Take facts as a mapping of names to texts, integers or yes/no.

    Raises:
        InputError: it is no such mapping.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError("facts are names with values")
    for name, fact in pairs:
        check_text(name, "the name of a fact", limit=200)
        if type(fact) is str:
            check_text(fact, name, limit=200)
        elif type(fact) not in (int, bool) or abs(fact) >= 2**63:
            raise InputError(f"the fact {shown(name)} must be a text, an integer of 64 bits or yes/no")
    return tuple(sorted(pairs))


__all__ = [
    "Facts",
    "PricePromise",
]
