"""Money for what was not used, where the price list says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import AccountError, TariffError
from support.houses.one_list import at, book, sell
from support.houses.papers import said, shop, state
from support.houses.small_house import TODAY, House

RULES = """
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]

[product.carnet]
sells = "grant"
tax = "full"
rate = { price = 90.00 }
grant = { account = "days", unit = "day", units = 10 }
cancel = { unused = "as paid" }

[product.room]
tax = "full"
rate = { price = 10.00, per = "1h" }
cover = { by = "days", unit = "day" }
deposit = { id = "key", price = 50.00 }
beyond = "rate"

[product.day]
tax = "full"
stay = "day"
rate = { price = 12.00 }

[product.plan]
sells = "plan"
tax = "full"
rate = { price = 100.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
sets_off = { product = "day", within = "7 days" }
"""


def till(house: House) -> int:
    """What the till has, in cents."""
    balance = dict(house.cantine.read.trial_balance("asso", TODAY + timedelta(60)))
    return balance["account/desk"].amount if "account/desk" in balance else 0


NOT_YET = pytest.mark.xfail(strict=True, raises=TariffError, reason="no price list can say it")


@NOT_YET
def test_what_is_left_of_a_carnet():
    """Of ten days for 90.00 three are used; seven go back at 9.00 each, and the credit note says seven days."""
    with shop(RULES) as house:
        carnet = sell(house, "carnet").value
        state(house)
        for day in range(3):
            book(house, "room", at(10, 11, TODAY + timedelta(7 + day)))
        before = till(house)
        house.do(c.CancelPass(carnet.id))
        assert before - till(house) == 6300
        assert said(tuple(one for one in state(house) if one.what == "credit note")) == [("carnet", "", 7, -6300)]


@NOT_YET
def test_an_earlier_day_is_set_off():
    """Who bought a day in the week before a plan pays 88.00 for the plan, as a line that says so."""
    with shop(RULES) as house:
        house.do(c.CheckIn(place_id="paris", product_id="list/day", person_id="zoe", account="desk"))
        state(house)
        sell(house, "plan")
        assert till(house) == 10000
        assert ("day", "", 1, -1200) in said(state(house))


@pytest.mark.xfail(strict=True, raises=AccountError, reason="a deposit is no account to pay from")
def test_a_deposit_pays():
    """The deposit of a booking that is over pays a plan, and no money is given back."""
    rules = RULES.replace('cancel = { unused = "as paid" }\n', "").replace(
        'sets_off = { product = "day", within = "7 days" }\n', ""
    )
    with shop(rules) as house:
        book(house, "room", at(10, 11))
        plan = sell(house, "plan", on_account=True)
        house.do(c.Pay(plan.charges[0].id, account="deposit"))
        assert till(house) == 1000 + 5000
        assert house.get(m.Charge, plan.charges[0].id).outstanding.amount == 5000
