"""What commands share: their base, promised prices, reasons for an override."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import attrs

from cantinekit.clock import format_instant, instant, parse_instant
from cantinekit.common.fields import check_text, is_a, is_count, is_id
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money


@attrs.frozen
class PricePromise:
    """A price that was quoted: what it was made from, and until when it is honoured.

    Attributes:
        total: what all of it comes to, before anything that was paid is taken off.
        tariff_version: the version of the price list, by the hash of its text.
        semantics: the number of the rules of pricing that made it; another number is another price.
        made_at: when it was made.
        valid_until: until when a command that carries it is charged this price.
        meters: the counts that the price depends on, each as the id of its meter and how much of it was used.
    """

    total: Money = attrs.field(validator=is_a(Money))
    tariff_version: str = attrs.field(validator=is_id)
    semantics: int = attrs.field(validator=is_count(least=0))
    made_at: datetime = attrs.field(converter=instant)
    valid_until: datetime = attrs.field(converter=instant)
    meters: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> str:
        """The promise as JSON text, to keep between two requests of a web host. The text is not signed: keep it on the
        server, or sign it.
        """
        data = {
            "total": [self.total.amount, self.total.currency],
            "tariff_version": self.tariff_version,
            "semantics": self.semantics,
            "made_at": format_instant(self.made_at),
            "valid_until": format_instant(self.valid_until),
            "meters": self.meters,
        }
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str) -> PricePromise:
        """Read what ``to_json`` wrote.

        Raises:
            InputError: it is no such text.
        """
        try:
            data = json.loads(text)
            amount, currency = data.pop("total")
            made_at, valid_until = parse_instant(data.pop("made_at")), parse_instant(data.pop("valid_until"))
            meters = tuple((check_text(id, "a meter"), _integer(used)) for id, used in data.pop("meters"))
            return cls(Money(amount, currency), made_at=made_at, valid_until=valid_until, meters=meters, **data)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise InputError(f"this is no price promise: {type(error).__name__}") from None


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("an integer is needed")
    return value


class CarriesPromise(Protocol):
    """A quote: it carries the promise of its price."""

    @property
    def promise(self) -> PricePromise: ...


def to_promise(value: PricePromise | CarriesPromise | None) -> PricePromise | None:
    """Take a promise, or a quote that carries one.

    Raises:
        InputError: it is neither.
    """
    found = getattr(value, "promise", value)
    if found is not None and not isinstance(found, PricePromise):
        raise InputError(f"quote must come from Cantine.quote, not {type(value).__name__}")
    return found


Facts = tuple[tuple[str, str | int | bool], ...]
"""What a price list asks to know, by name, in the order of the names."""
FactsLike = Mapping[str, str | int | bool] | Sequence[tuple[str, str | int | bool]]
"""Facts as a host gives them: by name, or as pairs."""


def to_facts(value: FactsLike) -> Facts:
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
        elif type(fact) not in (int, bool) or abs(int(fact)) >= 2**63:
            raise InputError(f"the fact {shown(name)} must be a text, an integer of 64 bits or yes/no")
    return tuple(sorted(pairs))


__all__ = [
    "Facts",
    "PricePromise",
]
