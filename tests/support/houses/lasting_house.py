"""What lasts in the houses of the tests: a price list of contracts, ``last``, and plans that are sold by it."""

from __future__ import annotations

from typing import Any

from cantinekit import commands as c

LAST = """
[tariff]
id = "last"
name = "What lasts"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "renewal"

[product.desk]
sells = "plan"
rate = { price = 300.00 }
valid = { month = "calendar" }
prorate = { rule = "both ends", of = "days of the month" }
grant = [
  { account = "hours", unit = "1h", units = 4, renews = "month", rollover = true },
  { account = "prints", unit = "page", units = 50, renews = "month" },
]
end_early = { smaller_of = [{ periods = 2 }, { share = "50%" }] }
[product.desk.term]
period = "1 month"
minimum = 3
renewal = "monthly"
ends = "month end"
notice = "1 month"
notice_day = "does not count"
stub = "does not count"

[product.locker]
sells = "plan"
rate = { price = 10.00 }
term = { period = "1 month", minimum = 3, renewal = "monthly", ends = "period end" }

[product.hours]
cover = { by = "hours", unit = "1h" }
beyond = "rate"
rate = { price = 5.00, per = "1h" }

[product.year]
sells = "membership"
rate = { price = 20.00 }
valid = { year = "calendar" }
"""

_CALENDAR = """
sells = "plan"
valid = { month = "calendar" }
prorate = { rule = "both ends", of = "days of the month" }
term = { period = "1 month", minimum = 3, renewal = "monthly", ends = "month end", stub = "does not count" }
"""
PLANS = f"""
[tariff]
id = "plans"
name = "Plans that change"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "renewal"

[facts]
student = "yes/no"

[product.desk]
{_CALENDAR}
rate = {{ price = 300.00 }}
grant = [
  {{ account = "hours", unit = "1h", units = 4, renews = "month", rollover = true }},
  {{ account = "prints", unit = "page", units = 50, renews = "month" }},
]

[product.office]
{_CALENDAR}
rate = {{ price = 450.00 }}
grant = {{ account = "hours", unit = "1h", units = 10, renews = "month" }}

[product.known]
{_CALENDAR}
rate = [{{ when = {{ student = true }}, price = 100.00 }}, {{ price = 200.00 }}]

[product.closed]
{_CALENDAR}
eligible = [{{ id = "closed", when = {{ count = {{ from = 1 }} }}, refuse = "not_sold" }}]
rate = {{ price = 500.00 }}

[product.locker]
sells = "plan"
rate = {{ price = 10.00 }}
term = {{ period = "1 month", minimum = 3, renewal = "monthly", ends = "period end" }}
"""


def hold_plan(house: Any, product: str = "desk", person: str = "zoe") -> str:
    """Sell a plan that can be changed, paid at the desk, in a house that may not have the list: the id of the pass."""
    house.do(c.PublishTariff(PLANS))
    done = house.do(c.SellPass(product_id=f"plans/{product}", place_id="paris", holder_id=person, account="desk"))
    return str(getattr(done, "value", done).id)


def subscribe(house: Any, product: str = "desk", person: str = "zoe", **more: Any) -> str:
    """Sell something that lasts, paid at the desk, in a house that may not have the list yet: the id of the pass."""
    house.do(c.PublishTariff(LAST))
    how = {} if more.get("on_account") else {"account": "desk"}
    done = house.do(c.SellPass(product_id=f"last/{product}", place_id="paris", holder_id=person, **{**how, **more}))
    return str(getattr(done, "value", done).id)
