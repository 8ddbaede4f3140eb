"""Random price lists are lived by random customers: the house does what the list says, and no more.

What is compared, and how each question is built anew, is in ``support.laws.sold_lists``.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit.cantine import Cantine
from cantinekit.domain.bookings import ending
from cantinekit.domain.orders import cancelling as orders
from cantinekit.domain.passes import giving
from cantinekit.domain.sales import afterwards, prices
from cantinekit.money import Money
from support.laws.sold_lists import live
from support.run.soak import SOAK, half

SEEN = (
    "sold",
    "refused by the list",
    "UnsuitableError",
    "meters",
    "deposit",
    "debt",
    "due later",
    "voucher",
    "units",
    "own units",
    "all of it is back",
    "called off by the list",
    "called off where the list is silent",
    "moved",
    "nobody came",
    "stayed longer",
)
"""What the runs must have seen."""


@pytest.mark.timeout(7200 if SOAK else 900)
def test_a_random_list_is_lived_as_it_says(capsys):
    """What is charged, spent, counted, given, taken back and moved is what the list alone says, and the preview of each
    command is what it does. Who has the right facts, holdings and units is refused in the words of the list only; what
    is called off for nothing leaves nothing; and all laws of a house hold."""
    seen: Counter[str] = Counter()

    @settings(max_examples=half(120), deadline=None, database=None)
    @given(st.integers(0, 2**24 - 1))
    def law(seed: int) -> None:
        live(seed, seen)

    law()
    for seed in itertools.count():
        if all(seen[what] for what in SEEN):
            break
        assert seed < 400, [what for what in SEEN if not seen[what]]
        live(seed, seen)
    with capsys.disabled():
        print("\nrandom lists: " + ", ".join(f"{seen[what]} x {what}" for what in SEEN))


def too_much(owed: Callable[..., Any]) -> Callable[..., Any]:
    """One cent too much is owed."""

    def wrong(price: Any, currency: str, *before: Any) -> Any:
        due, now, later = owed(price, currency, *before)
        return due + Money(1, currency) if due else due, now, later

    return wrong


def changing(cancelling: Callable[..., Any]) -> Callable[..., Any]:
    """What calling off comes to is another thing each time that it is asked."""
    numbers = itertools.count()

    def wrong(*args: Any, **more: Any) -> Any:
        return cancelling(*args, **{**more, "refund": "all" if next(numbers) % 2 else more.get("refund")})

    return wrong


def nothing(_: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **more: None


HALF = Fraction(1, 2)
FAULTS: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "a cent too much is charged": (prices, "_owed", too_much),
    "units are not spent": (prices, "_sum", lambda _: lambda *several: {}),
    "vouchers are not taken": (giving, "take_now", lambda real: lambda draft, one, _, c: real(draft, one, (), c)),
    "meters stay moved": (ending, "return_meters", nothing),
    "meters of an order stay moved": (orders, "return_meters", nothing),
    "a debt stays": (
        afterwards,
        "debt_of",
        lambda real: lambda sale, text, items=None: Money.zero(sale.total.currency),
    ),
    "deposits stay": (orders, "_return_deposits", nothing),
    "half of a refund goes back": (
        orders,
        "take_off",
        lambda real: (
            lambda draft, things, why, of: real(
                draft, [(one, back.times(HALF, "down")) for one, back in things], why, of
            )
        ),
    ),
    "the preview is of another moment": (orders, "call_off", changing),
    "a preview is carried out": (Cantine, "preview", lambda _: Cantine.execute),
}


FIRST = {"units are not spent": 250, "meters of an order stay moved": 50, "deposits stay": 360}
"""The life with which a control begins that finds its fault late."""


def live_all(first: int, lives: int) -> None:
    """So many lives, one after the other."""
    for seed in range(first, first + lives):
        live(seed, Counter())


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FAULTS)
def test_the_law_bites(name, monkeypatch):
    """Control: a planted fault is found by some of such lives."""
    where, what, wrong = FAULTS[name]
    monkeypatch.setattr(where, what, wrong(getattr(where, what)))
    with pytest.raises(AssertionError):
        live_all(FIRST.get(name, 0), 400)
