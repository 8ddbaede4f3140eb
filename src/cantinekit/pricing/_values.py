"""What a question to a tariff is made of: items, orders, and the state that the price depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TypeVar

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, instant
from cantinekit.errors import InputError
from cantinekit.money import MAX_MINOR

MAX_COUNT = 100_000
MAX_ITEMS = 1_000
MAX_TEXT = 200

V = TypeVar("V", covariant=True)
Fact = str | int | bool


class FrozenMap(Mapping[str, V]):
    """A mapping that cannot be changed and can be hashed; its keys are in order."""

    __slots__ = ("_data", "_hash")

    def __init__(self, pairs: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self._data: dict[str, V] = dict(sorted(dict(pairs).items()))
        self._hash: int | None = None

    def __getitem__(self, key: str) -> V:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(tuple(self._data.items()))
        return self._hash

    def __repr__(self) -> str:
        return repr(self._data)

    def __reduce__(self) -> tuple[type[FrozenMap[V]], tuple[dict[str, V]]]:
        return type(self), (self._data,)


def _text(value: object, what: str, *, empty: bool = False) -> None:
    if not isinstance(value, str):
        raise InputError(f"{what} is a text, not {type(value).__name__}")
    if not value and not empty:
        raise InputError(f"{what} is empty")
    if len(value) > MAX_TEXT or "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise InputError(f"{what} has a NUL, a lone surrogate or more than {MAX_TEXT} characters")


def _number(value: object, what: str, low: int, high: int) -> None:
    if type(value) is not int:
        raise InputError(f"{what} is an integer, not {type(value).__name__}")
    if not low <= value <= high:
        raise InputError(f"{what} is {value}; it must be from {low} to {high}")


def _facts(value: Mapping[str, Fact]) -> FrozenMap[Fact]:
    if not isinstance(value, Mapping):
        raise InputError(f"facts are a mapping, not {type(value).__name__}")
    for name, fact in value.items():
        _text(name, "the name of a fact")
        if isinstance(fact, str):
            _text(fact, f"fact {name!r}")
        elif type(fact) is not bool:
            _number(fact, f"fact {name!r}", 0, MAX_COUNT)
    return FrozenMap(value)


@attrs.frozen
class Item:
    """One thing that is asked for.

    ``count`` is how many of it, 1 to 100,000. ``period`` is one stay or booking; ``day`` the local day of use where
    there is no period. ``facts`` are the words that the tariff declares in ``[facts]``. ``id`` names the item in the
    lines and the trace; without one its place in the order does ("1", "2", ...).

    Raises:
        InputError: a value that no tariff could accept.
    """

    product: str
    period: Period | None = None
    count: int = 1
    day: date | None = None
    facts: Mapping[str, Fact] = attrs.field(factory=FrozenMap, converter=_facts)
    id: str = ""

    def __attrs_post_init__(self) -> None:
        _text(self.product, "the product")
        _text(self.id, "the id of an item", empty=True)
        _number(self.count, "the count", 1, MAX_COUNT)
        if self.period is not None and not isinstance(self.period, Period):
            raise InputError(f"a period is a Period, not {type(self.period).__name__}")
        if self.day is not None and (isinstance(self.day, datetime) or not isinstance(self.day, date)):
            raise InputError(f"a day is a date, not {type(self.day).__name__}")
        if self.day is not None and not MIN_INSTANT.year <= self.day.year < MAX_INSTANT.year:
            raise InputError(f"{self.day} is out of range (1970 to 9997)")


def _items(value: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(value)


@attrs.frozen
class Order:
    """Items that are priced together, in this order: the second sees what the first used.

    ``customer`` is whose caps and meters count. ``as_of`` is the moment of purchase: it picks the list where the
    tariff says ``price_date = "purchase"``.
    """

    items: tuple[Item, ...] = attrs.field(converter=_items)
    customer: str | None = None
    as_of: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.items) <= MAX_ITEMS or not all(isinstance(item, Item) for item in self.items):
            raise InputError(f"an order has 1 to {MAX_ITEMS} items")
        if self.customer is not None:
            _text(self.customer, "the customer")
        ids = [item.id or str(number) for number, item in enumerate(self.items, 1)]
        if len(set(ids)) != len(ids):
            raise InputError("two items of the order have one id")

    def named(self) -> Iterator[tuple[str, Item]]:
        """The items with their ids; the place in the order where an item has none."""
        for number, item in enumerate(self.items, 1):
            yield item.id or str(number), item


@attrs.frozen
class Lot:
    """Units of an entitlement that were bought together: ``left`` of them, in the unit of the account.

    Lots of one account are used by ``priority`` (the smallest number first), then the earliest expiry (none comes
    last), then the earliest purchase, then the id. A lot is over at ``expires`` and is not used from then on.
    """

    id: str
    account: str
    left: int
    bought: datetime = attrs.field(converter=instant)
    expires: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    priority: int = 0

    def __attrs_post_init__(self) -> None:
        _text(self.id, "the id of a lot")
        _text(self.account, "the account of a lot")
        _number(self.left, "what is left of a lot", 0, MAX_MINOR)
        _number(self.priority, "the priority of a lot", -MAX_COUNT, MAX_COUNT)

    @property
    def rank(self) -> tuple[int, bool, datetime, datetime, str]:
        """The place of the lot in the order of use."""
        return self.priority, self.expires is None, self.expires or self.bought, self.bought, self.id


def _meters(value: Mapping[str, int]) -> FrozenMap[int]:
    for key, used in value.items():
        _number(used, f"meter {key!r}", 0, MAX_MINOR)
    return FrozenMap(value)


def _lots(value: Iterable[Lot]) -> tuple[Lot, ...]:
    return tuple(value)


@attrs.frozen
class State:
    """What was there before the question: what the meters have counted, and the lots that may be used.

    A meter that is not named stands at 0.
    """

    meters: Mapping[str, int] = attrs.field(factory=FrozenMap, converter=_meters)
    lots: tuple[Lot, ...] = attrs.field(default=(), converter=_lots)

    def __attrs_post_init__(self) -> None:
        if not all(isinstance(lot, Lot) for lot in self.lots):
            raise InputError("lots are Lot values")
        if len({lot.id for lot in self.lots}) != len(self.lots):
            raise InputError("two lots have one id")
