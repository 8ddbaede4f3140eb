"""What users expect of a plan that is changed: dearer or cheaper, at once or later. Each is named by its story."""

from __future__ import annotations

from datetime import date

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.clock_house import local
from support.houses.one_list import eur, left, place, sell

MONTHLY = 'term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }'
BY_DAYS = """
valid = { lasts = "1 month", ends = "the day before" }
prorate = { rule = "both ends", of = "days of the period" }
"""


def plan(name: str, price: int, more: str = "") -> str:
    """A plan that is renewed each month, and prorates."""
    return f'[product.{name}]\nsells = "plan"\nrate = {{ price = {price}.00 }}\n{BY_DAYS}{MONTHLY}\n{more}\n'


def charged(house, person: str = "zoe") -> list[int]:
    """What was charged to somebody and still stands, in cents, the oldest first."""
    return [one.billed.amount for one in house.cantine.read.statement(person) if one.state != "void"]


def on(house, day: date, hour: float = 9) -> None:
    """Let the clock run to an hour of a day, and do what has become due."""
    house.clock.set(local(hour, day=day))
    house.cantine.run_due()


DAYS = 'grant = {{ account = "days", unit = "day", units = {}, renews = "month" }}'
DAY = (
    '[product.day]\ncover = { by = "days", unit = "piece" }\nbeyond = "rate"\nrate = { price = 20.00, per = "piece" }\n'
)
HOUSE = (
    plan("pt5", 75, DAYS.format(5))
    + plan("pt5-key", 175, DAYS.format(5))
    + plan("pt10", 180, DAYS.format(10))
    + plan("pt10-key", 280, DAYS.format(10))
    + plan("t40", 720, DAYS.format(40))
    + plan("t20", 360, DAYS.format(20))
    + DAY
)


def test_q04_another_plan_in_the_middle_of_the_month():
    """Q04: the unused part of the old plan is credited, the new one charged pro rata, on one invoice."""
    with place(HOUSE, local(10, day=date(2026, 6, 1))) as house:
        sold = sell(house, "pt10").value
        on(house, date(2026, 6, 16))
        done = house.do(c.ChangePass(sold.id, product_id="list/t40", account="desk"))
        charge = done.charges[-1]
        assert [(line.product_id, line.said, line.amount) for line in charge.lines] == [
            ("list/t40", "", eur(36000)),
            ("list/pt10", "paid before", eur(-9000)),
        ]
        assert (charge.amount, charge.state, done.afterwards.due) == (eur(27000), "settled", eur(27000))
        assert (left(house, "days"), done.value.tariff_product) == (40, "t40")
        on(house, date(2026, 7, 1))
        assert charged(house) == [18000, 27000, 72000]


def test_n10_a_key_is_added_before_the_plan_starts():
    """N10: sold today to start in a week: the first bill is 75, and 175 once a key is added before it starts."""
    with place(HOUSE, local(10, day=date(2026, 6, 1))) as house:
        sold = sell(house, "pt5", first_day=date(2026, 6, 8), on_account=True).value
        assert charged(house) == [7500]
        done = house.do(c.ChangePass(sold.id, product_id="list/pt5-key", on_account=True))
        assert (sum(charged(house)), done.value.first_day, done.value.tariff_product) == (
            17500,
            date(2026, 6, 8),
            "pt5-key",
        )
        on(house, date(2026, 6, 8))
        assert left(house, "days") == 5
        on(house, date(2026, 7, 8))
        assert charged(house) == [7500, 10000, 17500]


INCLUDED = f"""
[product.resident]
sells = "plan"
rate = {{ price = 475.00 }}
{BY_DAYS}{MONTHLY}
grant = [
  {{ when = {{ more = false }}, account = "days", unit = "day", units = 5, renews = "month" }},
  {{ when = {{ more = true }}, account = "days", unit = "day", units = 10, renews = "month" }},
]
{DAY}
"""


def test_n13_five_included_days_become_ten():
    """N13: five included days become ten from today at the same price; bills stay 475, this month and the next."""
    with place('[facts]\nmore = "yes/no"\n' + INCLUDED, local(10, day=date(2026, 6, 1))) as house:
        sold = sell(house, "resident", facts={"more": False}).value
        house.do(c.Sell([c.SellLine("list/day", facts={"more": False})], place_id="paris", person_id="zoe"))
        on(house, date(2026, 6, 12))
        done = house.do(c.ChangePass(sold.id, product_id="list/resident", facts={"more": True}))
        assert (done.afterwards.due, done.afterwards.refund, left(house, "days")) == (eur(0), eur(0), 9)
        on(house, date(2026, 7, 1))
        assert (charged(house), left(house, "days")) == ([47500, 47500], 10)


def test_n14_the_team_goes_from_forty_to_twenty():
    """N14: it goes from T40 to T20 with the next period: a bill of 720, then 360."""
    with place(HOUSE, local(10, day=date(2026, 6, 1))) as house:
        sold = sell(house, "t40").value
        on(house, date(2026, 6, 12))
        planned = house.do(c.ChangePass(sold.id, product_id="list/t20", day=date(2026, 7, 1)))
        assert (planned.afterwards.due, planned.value.tariff_product, planned.value.planned[0].day) == (
            eur(0),
            "t40",
            date(2026, 7, 1),
        )
        told = house.cantine.read.timeline(sold.id, date(2026, 8, 1))
        assert [(one.product, one.price) for one in told.periods] == [
            ("t40", eur(72000)),
            ("t20", eur(36000)),
            ("t20", eur(36000)),
        ]
        on(house, date(2026, 8, 1))
        assert (charged(house), left(house, "days")) == ([72000, 36000, 36000], 20)
        assert house.get(m.Pass, sold.id).planned == ()


def test_n16_a_key_from_the_next_period_on():
    """N16: a member adds a key from the next period on: the coming bill and the one after are 280."""
    with place(HOUSE, local(10, day=date(2026, 6, 1))) as house:
        sold = sell(house, "pt10").value
        on(house, date(2026, 6, 20))
        house.do(c.ChangePass(sold.id, product_id="list/pt10-key", day=date(2026, 7, 1)))
        on(house, date(2026, 8, 2))
        assert charged(house) == [18000, 28000, 28000]


def test_n17_a_key_in_the_middle_of_the_period():
    """N17: a key in the middle of the period: the bill grows by about half a key, and only that is still owed."""
    with place(HOUSE, local(10, day=date(2026, 6, 1))) as house:
        sold = sell(house, "pt10").value
        on(house, date(2026, 6, 16))
        done = house.do(c.ChangePass(sold.id, product_id="list/pt10-key"))
        assert (charged(house), done.charges[-1].state, left(house, "days")) == ([18000, 5000], "due", 10)
        assert [one.outstanding for one in house.cantine.read.statement("zoe") if one.state == "due"] == [eur(5000)]
