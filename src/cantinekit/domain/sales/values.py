"""Values that commands about sales share: promised prices, and the facts that a price list asks for."""

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
    """A price that ``Cantine.quote`` promised: a command that carries it in time is charged this price, or refused.

    Attributes:
        total: what all of it comes to, before anything that was paid is taken off.
        tariff_version: the id of the version of the price list, which is the hash of its text.
        semantics: the number of the semantics of price lists that made it, 0 or more; others may give another price.
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
FactsLike = Mapping[str, str | int | bool] | Sequence[tuple[str, str | int | bool]]
"""Facts as a host gives them: by name, or as pairs."""


Extras = tuple[tuple[str, int], ...]
"""Products of the price list that are bought along with something, each with how many."""


def to_facts(value: FactsLike) -> Facts:
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
        elif type(fact) not in (int, bool) or abs(int(fact)) >= 2**63:
            raise InputError(f"the fact {shown(name)} must be a text, an integer of 64 bits or yes/no")
    return tuple(sorted(pairs))


__all__ = [
    "Facts",
    "PricePromise",
]
