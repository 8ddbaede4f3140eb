"""Items, orders, lots and states: checked when they are made, frozen, hashable."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError, NaiveDatetimeError
from cantinekit.pricing import FrozenMap, Item, Lot, Order, State

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PERIOD = Period(NOW, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "values",
    [
        {"product": ""},
        {"product": 3},
        {"product": "x" * 201},
        {"product": "a\x00"},
        {"product": "\ud800"},
        {"count": 0},
        {"count": -1},
        {"count": 100_001},
        {"count": True},
        {"count": 1.0},
        {"count": "1"},
        {"period": (NOW, NOW)},
        {"period": "09:00-10:00"},
        {"day": NOW},
        {"day": "2026-11-24"},
        {"day": date(1969, 12, 31)},
        {"day": date(9998, 1, 1)},
        {"facts": [("a", 1)]},
        {"facts": {"": 1}},
        {"facts": {1: "a"}},
        {"facts": {"a": 1.5}},
        {"facts": {"a": None}},
        {"facts": {"a": ""}},
        {"facts": {"a": -1}},
        {"facts": {"a": 100_001}},
        {"facts": {"a": [3]}},
        {"facts": {"a": ("x", "")}},
        {"facts": {"a": {"x": 1}}},
        {"facts": {"a": Decimal("NaN")}},
        {"facts": {"a": Decimal("-0.5")}},
        {"facts": {"a": Decimal("0.12345")}},
        {"also": (PERIOD,)},
        {"period": PERIOD, "also": (PERIOD,)},
        {"until": NOW},
        {"facts": {"a": "x" * 201}},
        {"id": 3},
        {"id": "x" * 201},
    ],
)
def test_an_item_that_no_tariff_could_accept_is_refused_at_once(values: dict[str, object]) -> None:
    """Counts from 1 to 100,000, texts of reasonable length, facts that are words, numbers, money or yes and no."""
    with pytest.raises(InputError):
        Item(**{"product": "desk", **values})  # type: ignore[arg-type]


def test_two_spellings_of_a_fact_are_one_question() -> None:
    """Several words are a set, whatever their order; a decimal that is whole is an integer."""
    assert Item("desk", facts={"rooms": ["b", "a", "b"]}) == Item("desk", facts={"rooms": ("a", "b")})
    assert Item("desk", facts={"hours": Decimal("2.0")}) == Item("desk", facts={"hours": 2})
    assert Item("desk", facts={"hours": Decimal("2.50")}).facts == {"hours": Decimal("2.5")}


def test_an_item_is_frozen_and_hashable() -> None:
    """The facts are copied; a later change of the dict that was given changes nothing."""
    facts: dict[str, str | int | bool] = {"b": True, "a": "x"}
    item = Item("desk", PERIOD, 2, facts=facts, id="i")
    facts["b"] = False
    assert item.facts == {"a": "x", "b": True}
    assert list(item.facts) == ["a", "b"]
    assert {item: 1}[Item("desk", PERIOD, 2, facts={"a": "x", "b": True}, id="i")] == 1
    with pytest.raises(TypeError):
        item.facts["a"] = "y"  # type: ignore[index]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        item.count = 3  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(item)) == item
    assert attrs.evolve(item, count=5).facts == item.facts


def test_a_frozen_map_is_a_mapping() -> None:
    """In order of the keys, equal to a dict of the same content, hashable, and it says what is in it."""
    made = FrozenMap({"b": 2, "a": 1})
    assert dict(made) == {"a": 1, "b": 2}
    assert made == {"b": 2, "a": 1}
    assert made != {"a": 1}
    assert hash(made) == hash(FrozenMap([("a", 1), ("b", 2)]))
    assert len(made) == 2
    assert "a" in made
    assert repr(made) == "{'a': 1, 'b': 2}"
    assert pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(KeyError):
        made["c"]


def test_an_order_has_items_with_ids() -> None:
    """An item without an id is named by its place; two of one name are refused."""
    order = Order([Item("a"), Item("b", id="x"), Item("c")])
    assert [id for id, _ in order.named()] == ["1", "x", "3"]
    assert isinstance(order.items, tuple)
    for items in (
        [],
        [Item("a", id="2"), Item("b")],
        [Item("a", id="x"), Item("b", id="x")],
        ["a"],
        [Item("a")] * 1001,
    ):
        with pytest.raises(InputError):
            Order(items)  # type: ignore[arg-type]


def test_an_order_is_bought_at_an_instant() -> None:
    """`as_of` is an aware datetime and is kept in UTC; the customer is a text."""
    paris = timezone(timedelta(hours=1))
    assert Order((Item("a"),), as_of=datetime(2026, 11, 24, 9, tzinfo=paris)).as_of == NOW
    with pytest.raises(NaiveDatetimeError):
        Order((Item("a"),), as_of=datetime(2026, 11, 24, 9))
    for customer in ("", 3, "x" * 201):
        with pytest.raises(InputError):
            Order((Item("a"),), customer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        {"id": ""},
        {"account": ""},
        {"left": -1},
        {"left": 1.0},
        {"left": True},
        {"priority": "high"},
        {"bought": datetime(2026, 1, 1)},
        {"expires": datetime(2026, 1, 1)},
        {"expires": date(2026, 1, 1)},
    ],
)
def test_a_lot_that_cannot_be_is_refused_at_once(values: dict[str, object]) -> None:
    """Units are whole and not negative; instants are aware."""
    good = {"id": "l", "account": "c", "left": 1, "bought": NOW}
    assert Lot(**good).left == 1  # type: ignore[arg-type]
    with pytest.raises(InputError):
        Lot(**{**good, **values})  # type: ignore[arg-type]


def test_the_order_of_use_of_lots_is_total() -> None:
    """Priority, expiry (none last), purchase, id: any two lots have an order."""
    late = NOW + timedelta(days=9)
    lots = [
        Lot("1", "c", 1, NOW, late, priority=-1),
        Lot("2", "c", 1, NOW, NOW),
        Lot("3", "c", 1, NOW - timedelta(days=1), late),
        Lot("4", "c", 1, NOW, late),
        Lot("5", "c", 1, NOW - timedelta(days=2)),
        Lot("6", "c", 1, NOW - timedelta(days=2)),
        Lot("0", "c", 1, NOW - timedelta(days=9), NOW, priority=1),
    ]
    lots.reverse()
    assert [lot.id for lot in sorted(lots, key=lambda lot: lot.rank)] == ["1", "2", "3", "4", "5", "6", "0"]


def test_a_state_is_checked_and_frozen() -> None:
    """Meters are whole and not negative; no lot twice; a state is hashable."""
    lot = Lot("l", "c", 1, NOW)
    state = State({"k": 3}, [lot])
    assert state.lots == (lot,)
    assert hash(state) == hash(State({"k": 3}, (lot,)))
    for bad in ({"meters": {"k": -1}}, {"meters": {"k": 1.5}}, {"lots": (lot, lot)}, {"lots": ("l",)}):
        with pytest.raises(InputError):
            State(**bad)  # type: ignore[arg-type]


def test_an_order_at_another_time_is_that_order():
    """``Order.at`` changes the period of the only item, and nothing else; of several items it is refused."""
    item = Item("room", PERIOD, 2, facts={"who": "member"}, id="main")
    order = Order((item,), customer="zoe", as_of=PERIOD.start, holds=frozenset({"plan"}), codes=("A",))
    later = Period(PERIOD.end, PERIOD.end + PERIOD.length)
    assert order.at(later) == attrs.evolve(order, items=(attrs.evolve(item, period=later),))
    assert hash(order.at(later)) == hash(attrs.evolve(order, items=(attrs.evolve(item, period=later),)))
    with pytest.raises(ValueError, match="too many values"):
        Order((item, attrs.evolve(item, id="other"))).at(later)
