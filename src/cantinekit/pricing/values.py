"""The values of a question to a tariff: items, orders, and the state that the price depends on."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, instant
from cantinekit.common.facts import MAX_FACT, MAX_FACT_TEXT, MAX_PLACES, plain_number
from cantinekit.common.facts import Fact as Fact
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import MAX_MINOR, Money

MAX_COUNT = MAX_FACT
MAX_ITEMS = 1_000
MAX_TEXT = MAX_FACT_TEXT
MAX_LENGTH = 366 * 24 * 60

V = TypeVar("V", covariant=True)


class FrozenMap(Mapping[str, V]):
    """An immutable, hashable mapping; its keys are in order.

    Args:
        pairs: the content, a mapping or (key, value) pairs.
    """

    __slots__ = ("_hash", "plain")

    def __init__(self, pairs: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self.plain: dict[str, V] = pairs.plain if isinstance(pairs, FrozenMap) else dict(sorted(dict(pairs).items()))
        """The dictionary underneath, for reading only."""

    def __getitem__(self, key: str) -> V:
        return self.plain[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain)

    def __len__(self) -> int:
        return len(self.plain)

    def __contains__(self, key: object) -> bool:  # this and ``items``: without the way of ``Mapping`` over each key
        return key in self.plain

    def items(self) -> ItemsView[str, V]:
        """The (key, value) pairs, in the order of the keys."""
        return self.plain.items()

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            self._hash: int = hash(tuple(self.plain.items()))
            return self._hash

    def __repr__(self) -> str:
        return repr(self.plain)

    @classmethod
    def wrap(cls, data: dict[str, V]) -> FrozenMap[V]:
        """A map that takes over a dictionary without copying it.

        Args:
            data: a dictionary with its keys in order, which nobody else keeps.
        """
        made = object.__new__(cls)
        made.plain = data
        return made

    def __reduce__(self) -> tuple[type[FrozenMap[V]], tuple[dict[str, V]]]:
        return type(self), (self.plain,)


def frozen(value: Mapping[str, Any]) -> FrozenMap[Any]:
    """A mapping that nobody changes any more."""
    return value if type(value) is FrozenMap else FrozenMap(value)


def open_twin(cls: type) -> Any:
    """A class of the same fields that can be set one by one, for values that are known to be right.

    An object of it is filled and then given the real class: a quarter of the time that ``__init__`` takes.
    """
    return type(f"Open{cls.__name__}", cls.__bases__, {"__slots__": cls.__dict__["__slots__"]})


def as_tuple(value: Iterable[Any]) -> tuple[Any, ...]:
    """The same things, as a tuple."""
    return tuple(value)


def _as_set(value: Iterable[str] | None) -> frozenset[str] | None:
    return None if value is None else frozenset(value)


def _text(value: object, what: str, *, empty: bool = False) -> None:
    if not isinstance(value, str):
        raise InputError(f"{what} is a text, not {type(value).__name__}")
    if not value and not empty:
        raise InputError(f"{what} is empty")
    plain = value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value)
    if len(value) > MAX_TEXT or "\x00" in value or not plain:
        raise InputError(f"{what} has a NUL, a lone surrogate or more than {MAX_TEXT} characters")


def _number(value: object, what: str, low: int, high: int) -> None:
    if type(value) is not int:
        raise InputError(f"{what} is an integer, not {type(value).__name__}")
    if not low <= value <= high:
        raise InputError(f"{what} is {value}; it must be from {low} to {high}")


def _facts(value: Mapping[str, Fact]) -> FrozenMap[Fact]:
    if not isinstance(value, Mapping):
        raise InputError(f"facts are a mapping, not {type(value).__name__}")
    out: dict[str, Fact] = {}
    for name, fact in value.items():
        _text(name, "the name of a fact")
        out[name] = fact
        if isinstance(fact, str):
            _text(fact, f"fact {shown(name)}")
        elif isinstance(fact, (tuple, list, frozenset, set)):
            for word in fact:
                _text(word, f"fact {shown(name)}")
            out[name] = tuple(sorted(set(fact)))
        elif isinstance(fact, Decimal):
            plain = plain_number(fact)
            if plain is None:
                wanted = f"from 0 to {MAX_COUNT} with at most {MAX_PLACES} places"
                raise InputError(f"fact {shown(name)} is {fact}; it must be {wanted}")
            out[name] = plain
        elif not isinstance(fact, (bool, Money)):
            _number(fact, f"fact {shown(name)}", 0, MAX_COUNT)
    return FrozenMap(out)


def _day(value: date | None, what: str) -> None:
    if value is None:
        return
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InputError(f"{what} is a date, not {type(value).__name__}")
    if not MIN_INSTANT.year <= value.year < MAX_INSTANT.year:
        raise InputError(f"{value} is out of range (1970 to 9997)")


@attrs.frozen(weakref_slot=False)
class Item:
    """One thing that is asked for.

    Attributes:
        product: id of the product.
        period: one stay or booking.
        count: how many pieces, from 1 to 100,000.
        day: the local day of use or of the beginning, where there is no period.
        facts: values of the facts that the tariff declares in ``[facts]``.
        id: names the item in lines and trace; empty: its position in the order ("1", ...).
        also: further stretches of the same booking ("mornings and evenings only"), in order.
        until: the last day of something that lasts.
        minutes: the length, from 1 to 527,040 (366 days), where the beginning is unknown: what depends on the hours is
            then refused as ``incomplete``.
        sold: the instant at which it was sold for money, where it is priced again: units that were bought after it
            cover it only by a ``cover`` with ``bought_later``; ``None``: it is priced for the first time.

    Raises:
        InputError: a value that no tariff could accept.
    """

    product: str
    period: Period | None = None
    count: int = 1
    day: date | None = None
    facts: FrozenMap[Fact] = attrs.field(factory=FrozenMap, converter=_facts)
    id: str = ""
    also: tuple[Period, ...] = attrs.field(default=(), converter=as_tuple)
    until: date | None = None
    minutes: int | None = None
    sold: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))

    def __attrs_post_init__(self) -> None:
        _text(self.product, "the product")
        _text(self.id, "the id of an item", empty=True)
        _number(self.count, "the count", 1, MAX_COUNT)
        stretches = self.stretches
        for period in stretches:
            if not isinstance(period, Period):
                raise InputError(f"a period is a Period, not {type(period).__name__}")
        if self.also and self.period is None:
            raise InputError("further stretches need a first one")
        if self.also and any(after.start < before.end for before, after in pairwise(stretches)):
            raise InputError("the stretches of a booking overlap or are not in order")
        _day(self.day, "a day")
        _day(self.until, "the last day")
        if self.minutes is not None:
            _number(self.minutes, "the length in minutes", 1, MAX_LENGTH)
            if self.period is not None:
                raise InputError("either a period, or how many minutes it lasts")

    @property
    def stretches(self) -> tuple[Period, ...]:
        """All stretches of the booking, in order."""
        return () if self.period is None else (self.period, *self.also)


@attrs.frozen(weakref_slot=False)
class Order:
    """Items that are priced together, in this order: the second sees what the first used.

    Attributes:
        items: 1 or more items.
        customer: whose caps and meters count; ``None``: nobody's.
        as_of: the instant of the purchase, which picks the list where the tariff says ``price_date = "purchase"``.
        holds: ids of the plans, memberships and trainings that the customer has; ``None``: not known, which differs
            from none.
        codes: the coupons that are given, each once.
    """

    items: tuple[Item, ...] = attrs.field(converter=as_tuple)
    customer: str | None = None
    as_of: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    holds: frozenset[str] | None = attrs.field(default=None, converter=_as_set)
    codes: tuple[str, ...] = attrs.field(default=(), converter=as_tuple)

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.items) <= MAX_ITEMS or not all(isinstance(item, Item) for item in self.items):
            raise InputError(f"an order has 1 to {MAX_ITEMS} items")
        if self.customer is not None:
            _text(self.customer, "the customer")
        for word in sorted(self.holds or ()):
            _text(word, "what the customer holds")
        for code in self.codes:
            _text(code, "a code")
        if len(set(self.codes)) != len(self.codes):
            raise InputError("a code is given twice")
        ids = [item.id or str(number) for number, item in enumerate(self.items, 1)]
        if len(set(ids)) != len(ids):
            raise InputError("two items of the order have one id")

    def named(self) -> Iterator[tuple[str, Item]]:
        """The items with their ids; the place in the order where an item has none."""
        for number, item in enumerate(self.items, 1):
            yield item.id or str(number), item

    def at(self, period: Period) -> Order:
        """The same order at another time, of one item that has a period; what was checked before is not checked again.

        Args:
            period: the other time.
        """
        (item,) = self.items
        moved, after = _OpenItem(), _OpenOrder()
        moved.product, moved.period, moved.count, moved.day = item.product, period, item.count, None
        moved.facts, moved.id, moved.also, moved.until, moved.minutes = item.facts, item.id, (), item.until, None
        moved.sold = item.sold
        moved.__class__ = Item
        after.items, after.customer, after.as_of, after.holds = (moved,), self.customer, self.as_of, self.holds
        after.codes = self.codes
        after.__class__ = Order
        return after  # type: ignore[no-any-return]


_OpenItem, _OpenOrder = open_twin(Item), open_twin(Order)


@attrs.frozen(weakref_slot=False)
class Lot:
    """Units of an entitlement that were bought together.

    Lots of one account are used by ``priority``, then the earliest expiry (none comes last), then the earliest
    purchase, then the id.

    Attributes:
        id: id of the entitlement.
        account: the account that it fills.
        left: the units that are left, in the unit of the account, 0 or more.
        bought: when it was bought.
        expires: from when on it cannot be used; ``None``: never.
        priority: the smallest number is used first.
        value: what was paid for one unit, in minor units; ``None``: not known.
    """

    id: str
    account: str
    left: int
    bought: datetime = attrs.field(converter=instant)
    expires: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    priority: int = 0
    value: int | None = None

    def __attrs_post_init__(self) -> None:
        _text(self.id, "the id of a lot")
        _text(self.account, "the account of a lot")
        _number(self.left, "what is left of a lot", 0, MAX_MINOR)
        _number(self.priority, "the priority of a lot", -MAX_COUNT, MAX_COUNT)
        if self.value is not None:
            _number(self.value, "the value of a unit", 0, MAX_MINOR)

    def spent(self, units: int) -> Lot:
        """The lot after some of its units were used.

        Args:
            units: how many were used, at most what is left.
        """
        after = _OpenLot()
        after.id, after.account, after.left, after.bought = self.id, self.account, self.left - units, self.bought
        after.expires, after.priority, after.value = self.expires, self.priority, self.value
        after.__class__ = Lot
        return after  # type: ignore[no-any-return]

    @property
    def rank(self) -> tuple[int, bool, datetime, datetime, str]:
        """The place of the lot in the order of use."""
        return self.priority, self.expires is None, self.expires or self.bought, self.bought, self.id


_OpenLot = open_twin(Lot)


def _meters(value: Mapping[str, int]) -> FrozenMap[int]:
    for key, used in value.items():
        _number(used, f"meter {shown(key)}", 0, MAX_MINOR)
    return FrozenMap(value)


@attrs.frozen
class Earlier:
    """What was charged before in one scope that is priced as a whole, such as the visits of a person on one day.

    A later visit prices the whole again and charges the difference.

    Attributes:
        key: names the scope, as the quote gave it.
        stretches: the stays so far.
        quantity: the sum of what was measured, before steps and blocks.
        charged: (tax class, amount) pairs in minor units, as the list prints them.
        covered: (cover, units) pairs in the smallest units of the account: covers cover their part of the whole once
            more, and are not taken again.
    """

    key: str
    stretches: tuple[Period, ...] = attrs.field(default=(), converter=as_tuple)
    quantity: int = 0
    charged: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=as_tuple)
    covered: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=as_tuple)


@attrs.frozen(weakref_slot=False)
class State:
    """What was there before the question.

    Attributes:
        meters: what the meters have counted; one that is not named is at 0.
        lots: the lots that may be used.
        earlier: earlier stays that are priced together with this one.
    """

    meters: FrozenMap[int] = attrs.field(factory=FrozenMap, converter=_meters)
    lots: tuple[Lot, ...] = attrs.field(default=(), converter=as_tuple)
    earlier: tuple[Earlier, ...] = attrs.field(default=(), converter=as_tuple)

    def moved(self, meters: Mapping[str, int], lots: tuple[Lot, ...]) -> State:
        """The state after a quote, whose meters and lots were checked before.

        Args:
            meters: all meters after it.
            lots: all lots after it.
        """
        after = _OpenState()
        after.meters, after.lots, after.earlier = FrozenMap.wrap(dict(sorted(meters.items()))), lots, self.earlier
        after.__class__ = State
        return after  # type: ignore[no-any-return]

    def __attrs_post_init__(self) -> None:
        if not all(isinstance(lot, Lot) for lot in self.lots):
            raise InputError("lots are Lot values")
        if len({lot.id for lot in self.lots}) != len(self.lots):
            raise InputError("two lots have one id")
        if len({scope.key for scope in self.earlier}) != len(self.earlier):
            raise InputError("two earlier scopes have one key")


_OpenState = open_twin(State)
