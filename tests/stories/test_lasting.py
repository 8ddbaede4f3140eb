"""What users expect of what lasts: renewed, given again, ended by notice or before. Each is named by its story.

The organisations and monthly bills of some of these stories are not looked at here.
"""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from support.houses.clock_house import local
from support.houses.one_list import at, book, cents, eur, left, place, sell

PT5 = """
[product.pt5]
sells = "plan"
rate = { price = 75.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
grant = { account = "days", unit = "day", units = 5, renews = "month" }

[product.day]
cover = { by = "days", unit = "piece" }
beyond = "rate"
rate = { price = 20.00, per = "piece" }
"""
HOLDERS = """
[product.resident]
sells = "plan"
rate = { price = 475.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }

[product.door]
rate = [{ when = { holds = "resident" }, price = 0.00, per = "1h" }, { price = 20.00, per = "1h" }]
"""


def charged(house, person: str = "zoe") -> list[int]:
    """What was charged to somebody and still stands, in cents, the oldest first."""
    return [one.billed.amount for one in house.cantine.read.statement(person) if one.state != "void"]


def on(house, day: date, hour: float = 9) -> None:
    """Let the clock run to an hour of a day, and do what has become due."""
    house.clock.set(local(hour, day=day))
    house.cantine.run_due()


def test_n04_a_plan_of_five_days_a_month():
    """N04: it starts on 1 June with five days; the bill of July is 75."""
    with place(PT5, local(10, day=date(2026, 6, 1))) as house:
        sold = sell(house, "pt5")
        assert (cents(sold), sold.value.last_day, left(house, "days")) == (7500, date(2026, 6, 30), 5)
        on(house, date(2026, 6, 30), 23)
        assert charged(house) == [7500]
        on(house, date(2026, 7, 1), 0)
        assert charged(house) == [7500, 7500]
        assert house.get(m.Pass, sold.value.id).last_day == date(2026, 7, 31)
        told = house.cantine.read.timeline(sold.value.id, date(2026, 7, 31))
        assert [(one.first_day, one.price) for one in told.periods] == [
            (date(2026, 6, 1), eur(7500)),
            (date(2026, 7, 1), eur(7500)),
        ]


def test_q02_five_passes_a_month_that_do_not_roll_over():
    """Q02: five passes a month are included; those not used do not roll over, and the next five come by themselves."""
    with place(PT5, local(10, day=date(2026, 1, 31))) as house:
        sell(house, "pt5")
        house.do(c.Sell([c.SellLine("list/day", facts={})], place_id="paris", person_id="zoe"))
        assert (charged(house), left(house, "days")) == ([7500], 4)
        on(house, date(2026, 2, 27), 23)
        assert left(house, "days") == 4
        on(house, date(2026, 2, 28), 0)
        assert (charged(house), left(house, "days")) == ([7500, 7500], 5)


@pytest.mark.parametrize("again", [True, False], ids=["the next period was charged", "before it was charged"])
def test_n19_all_subscriptions_end_yesterday(again):
    """N19: a resident's plans end yesterday although they had a later end: no bill today, no right to come in."""
    with place(HOLDERS, local(10, day=date(2026, 6, 5))) as house:
        plans = [sell(house, "resident").value.id for _ in range(2)]
        assert cents(book(house, "door", at(11, 12, date(2026, 6, 5)))) == 0
        house.clock.set(local(9, day=date(2026, 7, 5)))
        if again:
            house.cantine.run_due()
            assert charged(house) == [47500] * 4
        for plan in plans:
            ended = house.do(c.EndPass(plan, day=date(2026, 7, 4), reason="she leaves the house"))
            assert (ended.value.state, ended.value.last_day) == ("cancelled", date(2026, 7, 4))
            assert (ended.afterwards.fee, ended.afterwards.due) == (eur(0), eur(0))
        house.cantine.run_due()
        assert charged(house) == [47500] * 2
        assert cents(book(house, "door", at(10, 11, date(2026, 7, 5)))) == 2000


def test_n20_a_plan_that_ended_yesterday():
    """N20: the plan of a member of a month ago ended yesterday: no bill today."""
    with place(HOLDERS, local(10, day=date(2026, 6, 5))) as house:
        plan = sell(house, "resident").value
        notice = house.do(c.GiveNotice(plan.id))
        assert (notice.value.end, notice.afterwards.due, notice.afterwards.why) == (date(2026, 7, 4), eur(0), "notice")
        on(house, date(2026, 7, 5))
        assert charged(house) == [47500]
        assert cents(book(house, "door", at(10, 11, date(2026, 7, 5)))) == 2000


def test_n22_a_plan_ends_today_and_would_be_renewed_tomorrow():
    """N22: it ends today, and the next period would begin tomorrow: no bill tomorrow."""
    with place(PT5, local(10, day=date(2026, 6, 5))) as house:
        plan = sell(house, "pt5").value
        on(house, date(2026, 7, 4), 18)
        ended = house.do(c.EndPass(plan.id, reason="she moves away"))
        assert (ended.value.state, ended.value.end, left(house, "days")) == ("active", date(2026, 7, 4), 5)
        on(house, date(2026, 7, 5))
        assert (charged(house), left(house, "days")) == ([7500], 0)
        with pytest.raises(e.WrongStateError):
            house.do(c.GiveNotice(plan.id))
