"""Values that commands about sales share: promised prices, and the facts that a price list asks for."""

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
    """A price that ``Cantine.quote`` promised: a command that carries it in time is charged this price, or refused.

    Attributes:
        total: the price of the whole.
        tariff_version: the id of the version of the price list.
        semantics: the number of the semantics of price lists, 0 or more.
        made_at: when it was promised, in UTC.
        valid_until: until when it is honoured, in UTC; at most 15 minutes after ``made_at``.
        meters: the meters on which it depends, with how much was used.
    """

    total: Money = attrs.field(validator=is_a(Money))
    tariff_version: str = attrs.field(validator=is_id)
    semantics: int = attrs.field(validator=is_count(least=0))
    made_at: datetime = attrs.field(converter=instant)
    valid_until: datetime = attrs.field(converter=instant)
    meters: tuple[tuple[str, int], ...] = ()


def to_promise(value: Any) -> PricePromise | None:
    """Convert to a promise: a quote gives the one that it carries.

    Raises:
        InputError: it is neither.
    """
    found = getattr(value, "promise", value)
    if found is not None and not isinstance(found, PricePromise):
        raise InputError(f"quote must come from Cantine.quote, not {type(value).__name__}")
    return found


Facts = tuple[tuple[str, str | int | bool], ...]
"""What a price list asks to know, by name, in the order of the names."""


def to_facts(value: Any) -> Facts:
    """Convert a mapping of names to texts, integers or yes/no to facts in the order of their names.

    Raises:
        InputError: it is no such mapping, or a value is neither a text of at most 200 characters, an integer of 64 bits
            nor yes/no.
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
