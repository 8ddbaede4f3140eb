"""What a balance says of a day to come is what it says on that day, and what can be used then."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit.errors import NoEntitlementError
from cantinekit.reads import Balance
from cantinekit.reads import passes as reading
from support.houses.clock_house import local
from support.houses.one_list import at, place, sell
from support.houses.small_house import TODAY
from support.run.soak import scaled

LIST = """
[product.ten]
sells = "grant"
rate = { price = 20.00 }
grant = { account = "hours", units = 10, unit = "1h" }
valid = { lasts = "20 days", first_day = "counts" }

[product.three]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "hours", units = 3, unit = "1h" }
valid = { lasts = "6 days", first_day = "counts" }

[product.machine]
rate = { price = 5.00, per = "1h" }
cover = { by = "hours", unit = "1h", beyond = "refuse" }
"""


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


PASSES = st.lists(
    st.tuples(
        st.sampled_from(["ten", "three"]),
        st.integers(0, 12),
        st.none() | st.tuples(st.integers(0, 8), st.none() | st.integers(0, 6)),
    ),
    min_size=1,
    max_size=4,
)
"""What is bought, from which day on, and its pause: how many days after that, and how many days more it takes."""


def told(house: Any, on: date | None = None) -> tuple[Any, Any]:
    """What can be used on a day, and what only later."""
    found: tuple[Balance, ...] = house.cantine.read.balance("zoe", on)
    return (found[0].left, found[0].later) if found else (0, 0)


def can_use(house: Any, on: date) -> int:
    """For how many hours of a day a thing can be had that is sold for units alone."""
    for length in range(14, 0, -1):
        try:
            asked = c.Book(space_id="machine", product_id="list/machine", period=at(9, 9 + length, on), person_id="zoe")
            house.cantine.preview(asked, actor="test")
        except NoEntitlementError:
            continue
        return length
    return 0


def is_true(bought: list[Any], ahead: int) -> None:
    """What was told is what comes, whatever was bought.

    Args:
        bought: what, from when on, and its pause.
        ahead: how many days ahead is looked.
    """
    with place(LIST) as house:
        for product, first, pause in bought:
            sold = sell(house, product, first_day=day(first)).value
            if pause is not None:
                begins = day(first + min(pause[0], 4))
                until = None if pause[1] is None else begins + timedelta(days=pause[1])
                how = {"first_day": begins, "until": until, "reason": "abroad", "override": "staff"}
                house.do(c.PausePass(sold.id, **how))
        said = [told(house, day(number)) for number in range(ahead)]
        for number in range(ahead):
            assert told(house) == told(house, day(number)) == said[number], number
            assert can_use(house, day(number)) == min(14, said[number][0]), number
            house.clock.set(local(9, day=day(number + 1)))
            while house.cantine.run_due().done:
                pass


@settings(max_examples=scaled(15), deadline=None)
@given(PASSES, st.integers(1, 25))
def test_what_is_told_of_a_day_can_be_used_on_it(bought: list[Any], ahead: int) -> None:
    """The units of a day to come are those that the balance says on that day, and as many hours can be booked on it;
    what begins later, or is paused on it, is told apart."""
    is_true(bought, ahead)


def test_a_balance_that_counts_what_begins_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the law finds a balance that takes what begins later for what can be used."""
    real = reading.Balance

    def counted(account: str, left: Any, units: Any, later: Any = 0, to_come: Any = ()) -> Balance:
        return real(account, Fraction(left) + Fraction(later), units, 0, to_come)

    monkeypatch.setattr(reading, "Balance", counted)
    with pytest.raises(AssertionError):
        is_true([("ten", 3, None)], 2)
