"""What commands share: their base, promised prices, reasons for an override."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from datetime import datetime
from typing import Any

import attrs

from cantinekit.clock import instant
from cantinekit.errors import InputError
from cantinekit.errors._shown import shown
from cantinekit.model._fields import MAX_COUNT, check_id, check_text, is_a, is_count, is_id, is_text
from cantinekit.money import Money

MAX_EXTRAS = 50
"""How many pools of equipment may go with one booking."""
LEFT_OUT = {"fingerprint": "left out"}
"""Marks a field that no trace is kept of: two commands that differ in it only are the same request."""
KEYED = {"fingerprint": "keyed"}
"""Marks a field of personal data, which could be guessed from a plain hash of it."""


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


def to_units(value: Any) -> tuple[tuple[str, int], ...]:
    """Take units of pools, as pairs of an id and a count or as a mapping; each pool once.

    Raises:
        InputError: it is no such list.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError("with_units are ids of equipment with a number of units, for example [('projector', 1)]")
    for space_id, units in pairs:
        check_id(space_id, "with_units")
        if type(units) is not int or not 1 <= units <= MAX_COUNT:
            raise InputError(f"with_units must be integers from 1 to {MAX_COUNT}, not {shown(units)}")
    if len(pairs) > MAX_EXTRAS or len({space_id for space_id, _ in pairs}) != len(pairs):
        raise InputError(f"with_units names each pool once, and at most {MAX_EXTRAS} of them")
    return tuple(pairs)


def maybe_units(value: Any) -> tuple[tuple[str, int], ...] | None:
    return None if value is None else to_units(value)


def is_reason(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        is_text(1000)(_, attribute, value)
        if not value.strip():
            raise InputError("an override needs a reason")


class Command:
    """The base of all commands."""

    __slots__ = ()
