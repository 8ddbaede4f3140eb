"""What users expect of memberships and plans: how long they last, when they are paid. Each is named by its story."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from support.houses.clock_house import local
from support.houses.one_list import at, book, cents, eur, left, place, sell
from support.houses.small_house import TODAY


def test_f13_staff_end_a_running_subscription():
    """F13: from then on the member has none: no price of the plan, no units of it, nothing to end twice."""
    text = """
    [product.month]
    sells = "plan"
    rate = { price = 30.00 }
    valid = { lasts = "1 month", ends = "the day before" }
    grant = { account = "credit", unit = "1h", units = 5 }
    [product.printer]
    cover = { by = "month", unit = "1h" }
    beyond = "rate"
    rate = [{ when = { holds = "month" }, price = 6.00, per = "1h" }, { price = 20.00, per = "1h" }]
    """
    with place(text) as house:
        plan = sell(house, "month").value
        assert cents(book(house, "printer", at(10, 11))) == 0
        ended = house.do(c.CancelPass(plan.id, refund=eur(1200), reason="she leaves the house"))
        assert (ended.value.state, ended.given_back) == ("cancelled", eur(1200))
        assert left(house, "credit") == 0
        assert cents(book(house, "printer", at(11, 12))) == 2000
        with pytest.raises(e.WrongStateError):
            house.do(c.CancelPass(plan.id))
        sell(house, "month")
        assert cents(book(house, "printer", at(12, 13))) == 0


def test_what_is_over_is_not_sold():
    """A month that ended yesterday is refused with its last day, by itself, along with something and in an order, and
    nothing is charged; on its last day it is sold.
    """
    text = """
    [product.month]
    sells = "plan"
    rate = { price = 30.00 }
    valid = { month = "calendar" }
    grant = { account = "credit", unit = "1h", units = 5 }
    [product.key]
    sells = "fee"
    rate = { price = 5.00 }
    valid = { lasts = "1 year", ends = "the day before" }
    """
    with place(text) as house:
        before = date(2026, 10, 5)
        with pytest.raises(e.TooLateError, match="2026-10-31"):
            sell(house, "month", first_day=before)
        with pytest.raises(e.TooLateError, match="month would be 2026-10-31"):
            sell(house, "key", first_day=before, extras={"month": 1})
        line = c.SellLine("list/month", day=before)
        with pytest.raises(e.TooLateError):
            house.do(c.Sell([line], place_id="paris", person_id="zoe", account="desk"))
        assert (house.all(m.Pass), house.all(m.Charge)) == ([], [])
        house.clock.set(local(23, day=date(2026, 11, 30)))
        assert sell(house, "month", first_day=date(2026, 11, 30)).value.last_day == date(2026, 11, 30)
        assert left(house, "credit") == 5


def test_a_contract_that_ended_before_it_was_sold_is_not_sold():
    """Its end counts, not that of its first period: one that goes on is sold, and what it owes since then follows."""
    text = """
    [product.desk]
    sells = "plan"
    rate = { price = 30.00 }
    term = { period = "1 month", minimum = 2, renewal = "none", ends = "period end" }
    """
    with place(text) as house:
        with pytest.raises(e.TooLateError, match="2026-11-23"):
            sell(house, "desk", first_day=date(2026, 9, 24))
        assert sell(house, "desk", first_day=date(2026, 9, 25)).value.end == date(2026, 11, 24)


CALENDAR_YEAR = """
[product.membership]
sells = "membership"
rate = { price = 10.00 }
valid = { year = "calendar", bought_from = "11-01" }
"""


@pytest.mark.parametrize(
    ("bought", "until"), [(date(2026, 10, 31), date(2026, 12, 31)), (date(2026, 11, 1), date(2027, 12, 31))]
)
def test_r01_a_membership_of_the_calendar_year(bought, until):
    """R01: it lasts until 31 December; taken from 1 November on it covers the next year too."""
    with place(CALENDAR_YEAR, local(10, day=bought)) as house:
        membership = sell(house, "membership")
        assert (cents(membership), membership.value.last_day) == (1000, until)


def test_f15_a_yearly_plan_in_twelve_parts():
    """F15: 600.00 for a year are paid in twelve monthly parts, by card and by cheque; the plan runs at once."""
    text = """
    [product.year]
    sells = "plan"
    rate = { price = 600.00 }
    valid = { lasts = "1 year", ends = "the day before" }
    down_payment = { parts = 12, every = "1 month" }
    """
    with place(text) as house:
        sold = sell(house, "year")
        (charge,) = sold.charges
        assert (sold.value.state, sold.value.last_day, charge.paid) == ("active", date(2027, 11, 23), eur(5000))
        days = [date(2026, 12, 24), *(date(2027, month, 24) for month in range(1, 11))]
        assert [(one.day, one.amount) for one in charge.instalments] == [(day, eur(5000)) for day in days]
        for number, day in enumerate(days):
            house.clock.set(local(9, day=day))
            house.cantine.run_due()
            paid = house.do(c.Pay(charge.id, account="card" if number % 2 else "cheques"))
            assert paid.charges[0].paid == eur(5000 * (number + 2))
        due = [one for one in house.mail.messages if one.template == "payment due"]
        assert (house.get(m.Charge, charge.id).state, len(due)) == ("settled", 11)


def test_r11_a_desk_for_the_calendar_month():
    """R11: it begins on the 1st, is due on the last day of the month before, and lasts to the end of the month."""
    text = """
    [product.permanent]
    sells = "plan"
    rate = { price = 220.00 }
    valid = { month = "calendar" }
    down_payment = { price = 0.00, rest = "1 day" }
    [product.desk]
    needs = "permanent"
    rate = { price = 0.00 }
    """
    with place(text) as house:
        desk = sell(house, "permanent", first_day=date(2026, 12, 1))
        assert (desk.value.first_day, desk.value.last_day) == (date(2026, 12, 1), date(2026, 12, 31))
        (charge,) = desk.charges
        assert [(one.day, one.amount) for one in charge.instalments] == [(date(2026, 11, 30), eur(22000))]
        house.clock.set(local(9, day=date(2026, 11, 30)))
        with pytest.raises(e.NoEntitlementError):
            book(house, "desk", at(10, 12, date(2026, 11, 30)), "office")
        house.cantine.run_due()
        assert ("payment due", "zoe@example.org") in {(one.template, one.to) for one in house.mail.messages}
        assert house.do(c.Pay(charge.id, account="card")).charges[0].state == "settled"
        for day in (date(2026, 12, 1), date(2026, 12, 31)):
            book(house, "desk", at(10, 12, day), "office")
        with pytest.raises(e.NoEntitlementError):
            book(house, "desk", at(10, 12, date(2027, 1, 1)), "office")


def test_t10_a_membership_at_a_free_price():
    """T10: who joins says what to pay, at least 1.00; who says nothing is asked for what is suggested."""
    text = """
    [facts]
    offered = "money"
    [product.membership]
    sells = "membership"
    rate = { offered = "offered", at_least = 1.00, suggestion = 15.00 }
    valid = { year = "calendar" }
    """
    with place(text) as house:
        given = sell(house, "membership", facts={"offered": eur(700)})
        assert (cents(given), given.value.state, given.value.last_day) == (700, "active", date(2026, 12, 31))
        assert cents(sell(house, "membership", "bob")) == 1500
        with pytest.raises(e.NotForSaleError):
            sell(house, "membership", "eve", facts={"offered": eur(50)})


def test_t15_no_second_membership_while_one_runs():
    """T15: a second adhésion is refused while the first one runs, until it is taken back; that of next year is sold."""
    text = """
    [product.membership]
    sells = "membership"
    eligible = { id = "one", when = { holds = "membership" }, refuse = "not_for", why = "your membership is running" }
    rate = { price = 10.00 }
    valid = { year = "calendar" }
    """
    with place(text) as house:
        first = sell(house, "membership").value
        with pytest.raises(e.NotForSaleError) as caught:
            sell(house, "membership")
        assert [one.why for one in caught.value.refusals] == ["your membership is running"]
        bobs = sell(house, "membership", "bob").value
        house.do(c.CancelPass(bobs.id))
        assert cents(sell(house, "membership", "bob")) == 1000
        house.clock.set(local(8, day=first.last_day))
        with pytest.raises(e.NotForSaleError):
            sell(house, "membership")
        after = sell(house, "membership", first_day=date(2027, 1, 1)).value
        assert after.last_day == date(2027, 12, 31)
        with pytest.raises(e.NotForSaleError):
            sell(house, "membership", first_day=date(2027, 12, 31))
        house.clock.set(local(8, day=date(2027, 1, 1)))
        with pytest.raises(e.NotForSaleError):
            sell(house, "membership")


def test_q05_a_company_shares_its_passes():
    """Q05: a member's own passes go first, then those of the company; it pays, and who came is told."""
    text = """
    [product.pack]
    sells = "grant"
    grant = { account = "days", unit = "day", units = 3 }
    rate = { price = 60.00 }
    [product.day]
    cover = { by = "pack", unit = "visit" }
    beyond = "rate"
    rate = { price = 25.00 }
    """
    with place(text) as house:
        house.do(c.AddOrganisation(name="Atelier du Port", id="works"))
        for person, role in (("zoe", "admin"), ("bob", "member")):
            house.do(c.Affiliate(organisation_id="works", person_id=person, role=role, first_day=TODAY))
        bought = sell(house, "pack", "works", on_account=True)
        assert (bought.charges[0].payer_id, cents(bought)) == ("works", 6000)
        sell(house, "pack", "zoe")

        def come(person: str) -> int:
            """What somebody pays who comes and leaves again."""
            visit = c.CheckIn(place_id="paris", product_id="list/day", person_id=person, account="desk")
            done = house.do(visit)
            house.do(c.CheckOut(done.value.id))
            return cents(done)

        assert [come("zoe") for _ in range(3)] == [0, 0, 0]
        assert (left(house, "days", "zoe"), left(house, "days", "works")) == (0, 3)
        assert [come("zoe"), come("bob"), come("ida"), come("bob"), come("bob")] == [0, 0, 2500, 0, 2500]
        (units,) = [one for one in house.all(m.Entitlement) if one.holder_id == "works"]
        assert (units.left, [(one.person_id, one.units) for one in units.users]) == (0, [("bob", 2), ("zoe", 1)])
        assert house.cantine.read.organisation_account("works").due == (house.get(m.Charge, bought.charges[0].id),)
