"""Values that commands about sales share: promised prices, and the facts that a price list asks for."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, Protocol

import attrs

from cantinekit.clock import format_instant, instant, parse_instant
from cantinekit.common.facts import MAX_FACT, MAX_FACT_TEXT, MAX_PLACES, plain_number
from cantinekit.common.facts import Fact as Fact
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


Facts = tuple[tuple[str, Fact], ...]
"""What a price list asks to know, by name, in the order of the names."""
FactLike = Fact | Sequence[str] | AbstractSet[str]
"""The value of a fact as a host gives it: several words in any order."""
FactsLike = Mapping[str, FactLike] | Sequence[tuple[str, FactLike]]
"""Facts as a host gives them: by name, or as pairs."""
MAX_FACTS = 100
"""How many facts may be given at once, and how many words one of them may have."""


def to_fact(value: FactLike, what: str) -> Fact:
    """Convert to the value of a fact, in one spelling: a whole decimal is an integer, words are in order, each once.

    The message of the error does not repeat the value, which may be private.

    Args:
        value: what was given.
        what: what it is, for the error.

    Raises:
        InputError: it is neither a text of 1 to 200 characters, an integer or a ``Decimal`` from 0 to 100,000 (with at
            most four decimals), yes/no, ``Money``, nor 1 to 100 words.
    """
    if type(value) is bool or isinstance(value, Money):
        return value
    if type(value) is str:
        return _word(value, what)
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes):
        if not 1 <= len(value) <= MAX_FACTS:
            raise InputError(f"{what} has {len(value)} words; 1 to {MAX_FACTS} are possible")
        return tuple(sorted({_word(word, what) for word in value}))
    number = plain_number(value) if type(value) is Decimal else None
    if type(value) is int and 0 <= value <= MAX_FACT:
        number = value
    if number is None:
        raise InputError(
            f"{what} must be a text, an integer or a Decimal from 0 to {MAX_FACT} with at most {MAX_PLACES} decimals,"
            " yes/no, Money or several words"
        )
    return number


def _word(value: object, what: str) -> str:
    if not check_text(value, what, limit=MAX_FACT_TEXT):
        raise InputError(f"{what} must not be empty")
    return str(value)


Extras = tuple[tuple[str, int], ...]
"""Products of the price list that are bought along with something, each with how many."""


def to_facts(value: FactsLike) -> Facts:
    """Convert names with values to facts in the order of their names.

    Raises:
        InputError: it is no mapping and no list of pairs, there are more than 100, a name comes twice, or a value is
            none of those that ``to_fact`` takes.
    """
    if value == ():
        return ()
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError("facts are names with values")
    if len(pairs) > MAX_FACTS:
        raise InputError(f"{len(pairs)} facts are too many, at most {MAX_FACTS}")
    found: dict[str, Fact] = {}
    for name, fact in pairs:
        _word(name, "the name of a fact")
        if name in found:
            raise InputError(f"the fact {shown(name)} is given twice")
        found[name] = to_fact(fact, f"the fact {shown(name)}")
    return tuple(sorted(found.items(), key=itemgetter(0)))


def are_same(one: Facts, other: Facts) -> bool:
    """Whether they are the same facts: to Python 1 and yes are equal, to a price list they are not."""
    return one == other and all(type(a) is type(b) for (_, a), (_, b) in zip(one, other, strict=True))


__all__ = [
    "Facts",
    "PricePromise",
]
