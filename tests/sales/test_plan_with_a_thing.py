"""A plan that has a thing: "desk 7 until further notice"."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit.errors import ConflictError
from support.houses.clock_house import local
from support.houses.one_list import at, book, place
from support.houses.small_house import House

pytestmark = pytest.mark.xfail(strict=True, raises=TypeError, reason="a plan cannot have a space")

RULES = """
[product."fixed desk"]
sells = "plan"
rate = { price = 250.00 }
deposit = { id = "key", price = 100.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }

[product.hour]
rate = { price = 5.00, per = "1h" }
"""
FIRST = date(2026, 11, 2)


def desk(house: House) -> Outcome:
    """Zoé has the office from now on, until further notice."""
    more: dict[str, Any] = {"space_id": "office"}
    asked = c.SellPass(product_id="list/fixed desk", place_id="paris", holder_id="zoe", account="desk", **more)
    return house.do(asked)


def test_it_is_refused_to_others_without_an_end():
    """Nobody else can book it, not next week and not in five years."""
    with place(RULES, local(9, day=FIRST)) as house:
        desk(house)
        for day in (FIRST + timedelta(7), FIRST + timedelta(365 * 5)):
            with pytest.raises(ConflictError):
                book(house, "hour", at(10, 11, day), "office", person="bob")


def test_it_is_seen_in_the_grid():
    """The grid of a day shows it as taken, the whole day."""
    with place(RULES, local(9, day=FIRST)) as house:
        desk(house)
        grid = house.cantine.read.grid("paris", FIRST + timedelta(40))
        (row,) = (one for one in grid.rows if one.space_id == "office")
        assert [one.state for one in row.bars] == ["taken"]


def test_it_ends_with_the_plan():
    """Notice is given: others can book it from the day after the last one, and its deposit goes back."""
    with place(RULES, local(9, day=FIRST)) as house:
        plan = desk(house).value
        ended = house.do(c.GiveNotice(plan.id)).value.end
        assert ended is not None
        with pytest.raises(ConflictError):
            book(house, "hour", at(10, 11, ended), "office", person="bob")
        book(house, "hour", at(10, 11, ended + timedelta(1)), "office", person="bob")
        house.clock.set(local(9, day=ended + timedelta(2)))
        house.cantine.run_due()
        deposits = dict(house.cantine.read.trial_balance("asso", ended + timedelta(2))).get("deposits/list/fixed desk")
        assert deposits is None or deposits.amount == 0
