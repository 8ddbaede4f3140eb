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


CLUB = """
[product.club]
sells = "membership"
rate = { price = 60.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
grant = { account = "days", unit = "day", units = 5, renews = "month" }
pause = { at_most = "2 months", times = 1, ahead = "14 days" }

[product.year]
sells = "plan"
rate = { price = 240.00 }
valid = { lasts = "1 year", ends = "the day before" }
grant = { account = "days", unit = "day", units = 12 }

[product.day]
needs = { product = "club" }
cover = { by = "days", unit = "piece" }
beyond = "refuse"
rate = { price = 20.00, per = "piece" }

[product.door]
rate = [{ when = { holds = "club" }, price = 0.00, per = "1h" }, { price = 20.00, per = "1h" }]
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


def test_f12_staff_offer_free_days():
    """F12: staff offer ten days: the year ends ten days later with its units; it is the same plan at the same price."""
    with place(CLUB, local(10, day=date(2026, 6, 5))) as house:
        year = sell(house, "year").value
        assert year.last_day == date(2027, 6, 4)
        done = house.do(c.ExtendPass(year.id, days=10, reason="the heating was broken"))
        assert (done.value.last_day, done.value.tariff_product, done.charges) == (date(2027, 6, 14), "year", ())
        assert [one.reason for one in house.all(m.Override)] == ["the heating was broken"]
        on(house, date(2027, 6, 14), 23)
        assert (left(house, "days"), house.get(m.Pass, year.id).held_on(date(2027, 6, 14))) == (12, True)
        on(house, date(2027, 6, 15), 0)
        assert (left(house, "days"), charged(house)) == (0, [24000])


def test_f12_free_days_of_a_plan_that_goes_on():
    """F12: a plan that is renewed each month is renewed a week later, with its next units, for the same price."""
    with place(CLUB, local(10, day=date(2026, 6, 5))) as house:
        club = sell(house, "club").value
        assert house.do(c.ExtendPass(club.id, until=date(2026, 7, 11), reason="a gift")).value.last_day == date(
            2026, 7, 11
        )
        on(house, date(2026, 7, 11), 23)
        assert (charged(house), left(house, "days")) == ([6000], 5)
        on(house, date(2026, 7, 12), 0)
        assert (charged(house), house.get(m.Pass, club.id).last_day) == ([6000, 6000], date(2026, 8, 11))


def test_q01_paused_for_two_billing_cycles():
    """Q01: paused for two cycles: no charge, the door is not free, no unit is spent; the third is as agreed."""
    with place(CLUB, local(10, day=date(2026, 6, 5))) as house:
        club = sell(house, "club").value.id
        house.do(c.PausePass(club, first_day=date(2026, 7, 5), until=date(2026, 9, 4), reason="she travels"))
        told = house.cantine.read.timeline(club, date(2026, 10, 31))
        assert [(one.first_day, one.last_day) for one in told.periods] == [
            (date(2026, 6, 5), date(2026, 7, 4)),
            (date(2026, 9, 5), date(2026, 10, 4)),
            (date(2026, 10, 5), date(2026, 11, 4)),
        ]
        assert (told.on(date(2026, 8, 1)), told.pauses[0].days) == (None, 62)
        assert cents(book(house, "door", at(10, 11, date(2026, 7, 4)))) == 0
        on(house, date(2026, 8, 20))
        assert (charged(house), house.get(m.Pass, club).held_on(date(2026, 8, 20))) == (
            [
                6000,
            ],
            False,
        )
        assert cents(book(house, "door", at(10, 11, date(2026, 8, 20)))) == 2000
        with pytest.raises(e.RefusedError, match=f"pass {club} is paused"):
            house.do(c.Sell([c.SellLine("list/day", facts={})], place_id="paris", person_id="zoe"))
        on(house, date(2026, 9, 5), 0)
        assert (charged(house)[-1], left(house, "days")) == (6000, 5)
        assert cents(book(house, "door", at(10, 11, date(2026, 9, 5)))) == 0


def test_q01_paused_until_a_date_in_the_middle():
    """Q01: paused from the 20th until the 1st: the fifteen days that were paid come back, to the day."""
    with place(CLUB, local(10, day=date(2026, 6, 5))) as house:
        club = sell(house, "club").value.id
        house.do(c.Sell([c.SellLine("list/day", facts={})], place_id="paris", person_id="zoe"))
        done = house.do(c.PausePass(club, first_day=date(2026, 6, 20), until=date(2026, 7, 31), reason="she is ill"))
        assert done.value.last_day == date(2026, 8, 15)
        on(house, date(2026, 7, 31))
        assert charged(house) == [6000]
        on(house, date(2026, 8, 15), 23)
        assert (charged(house), left(house, "days")) == ([6000], 4)
        on(house, date(2026, 8, 16), 0)
        assert (charged(house), left(house, "days")) == ([6000, 6000], 5)


def test_q01_staff_pause_without_knowing_until_when():
    """Q01: the list lets nobody pause at once nor for so long; staff do, until she comes back, and it is kept why."""
    with place(CLUB, local(10, day=date(2026, 6, 5))) as house:
        club = sell(house, "club").value.id
        with pytest.raises(e.NotForSaleError, match="14 days before"):
            house.do(c.PausePass(club, reason="she is ill"))
        house.do(c.PausePass(club, reason="she is ill", override="a hard case"))
        assert [(one.rule, one.reason) for one in house.all(m.Override)] == [
            ("pauses by the price list", "a hard case")
        ]
        on(house, date(2026, 12, 1))
        assert (charged(house), house.get(m.Pass, club).held_until) == ([6000], None)
        back = house.do(c.ResumePass(club)).value
        assert (back.last_day, back.held_on(date(2026, 12, 1))) == (date(2026, 12, 30), True)
        assert left(house, "days") == 5
        on(house, date(2026, 12, 31), 0)
        assert (charged(house), left(house, "days")) == ([6000, 6000], 5)
