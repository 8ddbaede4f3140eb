"""What users expect of the bill of the month: one for each payer. Each is named by its story."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import WrongStateError
from support.houses.clock_house import local
from support.houses.issuing_house import SELLER
from support.houses.one_list import at, book, eur, left, place, sell
from support.houses.small_house import House

CLUB = """
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]

[product.pt5]
sells = "plan"
tax = "full"
rate = { price = 75.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
grant = { account = "days", unit = "day", units = 5, renews = "month" }

[product.resident]
sells = "plan"
tax = "full"
rate = { price = 475.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }

[product.key]
sells = "plan"
tax = "full"
rate = { price = 100.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }

[product.day]
tax = "full"
rate = { price = 20.00 }

[product.room]
tax = "full"
rate = { price = 15.00, per = "1h" }
"""


@contextmanager
def club(now: datetime, *payers: str, rules: str = CLUB, **terms: Any) -> Iterator[House]:
    """A place whose members are billed on the first of the month, fifteen days net, by further terms of payment."""
    with place(rules, now) as house:
        for command in SELLER:
            house.do(command)
        for payer in payers:
            house.do(
                c.AgreeBillingTerms(
                    entity_id="asso",
                    payer_id=payer,
                    series="invoices",
                    days_until_due=15,
                    addressee=m.BilledTo(payer.title(), ("1 rue du Port", "35000 Rennes"), "FR"),
                    **{"billing_day": 1, **terms},
                )
            )
        yield house


def on(house: House, day: date, hour: int = 6) -> None:
    """Let the clock run to an hour of a day, and do what has become due."""
    house.clock.set(local(hour, day=day))
    house.cantine.run_due()


def bills(house: House, payer: str) -> list[int]:
    """What the bills of somebody come to, in cents, the oldest first."""
    found = house.cantine.read.documents("asso", "invoices")
    return [one.gross.amount for one in found if one.payer_id == payer]


def drop_in(house: House, person: str, **more: Any) -> None:
    """Somebody comes for a day, and pays later."""
    asked = c.Sell([c.SellLine("list/day", facts={})], place_id="paris", person_id=person, on_account=True, **more)
    house.do(asked)


def test_q10_the_coming_month_in_advance_and_the_last_one_in_arrears():
    """Q10: on the first every member is invoiced for the month to come, and for what was booked in the last one."""
    with club(local(10, day=date(2026, 6, 1)), "zoe", "bob") as house:
        for person in ("zoe", "bob"):
            sell(house, "pt5", person)  # June is paid at the desk
        book(house, "room", at(10, 12, date(2026, 6, 10)), "room", on_account=True)
        on(house, date(2026, 6, 30), 23)
        assert bills(house, "zoe") == []
        told = house.cantine.read.preview_bills("asso", date(2026, 6, 30))
        assert [(one.payer_id, one.gross) for one in told] == [("zoe", eur(3000))]
        on(house, date(2026, 7, 1), 1)
        assert (bills(house, "zoe"), bills(house, "bob")) == ([10500], [7500])
        first, second = house.cantine.read.documents("asso", "invoices")
        mine = first if first.payer_id == "zoe" else second
        assert {(one.supplied_from, one.gross) for one in mine.parts} >= {(date(2026, 6, 10), eur(3000))}
        assert (mine.issued_on, mine.due_on) == (date(2026, 7, 1), date(2026, 7, 16))
        on(house, date(2026, 8, 1), 1)
        assert (bills(house, "zoe"), bills(house, "bob")) == ([10500, 7500], [7500, 7500])


def test_q11_a_declined_card_is_tried_again_twice():
    """Q11: a card is declined: it is tried again twice, then staff are told; access stays for the time being."""
    with club(local(10, day=date(2026, 6, 1)), "zoe", account="card", retries=(3, 7)) as house:
        plan = sell(house, "pt5", "zoe").value
        house.card.play(charges=["declined"])
        tries = []
        for day in range(1, 12):
            on(house, date(2026, 7, day))
            tries.append(sum(one.account == "card" for one in house.all(m.Attempt)))
            assert bool(house.cantine.read.unpaid_bills("asso")) == (day >= 9)
        assert tries == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
        (told,) = house.cantine.read.unpaid_bills("asso")
        assert (told.payer_id, told.owed, told.since) == ("zoe", eur(7500), date(2026, 7, 9))
        assert [one.template for one in house.mail.messages].count("payment declined") == 3
        assert house.get(m.Pass, plan.id).state == "active"
        assert left(house, "days") == 5
        house.do(c.Pay(house.get(m.Document, told.document_id).charge_ids[0], account="desk"))
        assert house.cantine.read.unpaid_bills("asso") == ()


def test_n02_a_host_pays_for_guests():
    """N02: her own plan of 75, that of a guest with a key, a day of a third person: 270 for the host."""
    with club(local(10, day=date(2026, 6, 20)), "zoe", "bob", "eve") as house:
        sell(house, "pt5", "zoe", on_account=True)
        for product in ("pt5", "key"):
            sell(house, product, "bob", on_account=True, payer_id="zoe")
        drop_in(house, "eve", payer_id="zoe")
        bill = house.do(c.CloseBill(entity_id="asso", payer_id="zoe")).value
        assert bill.gross == eur(27000)
        by_person = [
            (person, sum(line.gross.amount for _, mine in parts for line in mine)) for person, parts in bill.by_person
        ]
        assert by_person == [(None, 7500), ("bob", 17500), ("eve", 2000)]
        for guest in ("bob", "eve"):
            with pytest.raises(WrongStateError, match="without anything to bill"):
                house.do(c.CloseBill(entity_id="asso", payer_id=guest))
        assert left(house, "days", "bob") == 5


def test_n05_backdated_by_two_weeks():
    """N05: it began two weeks ago: its period, its bill and the day on which that is due follow from that day."""
    with club(local(10, day=date(2026, 6, 20)), "zoe") as house:
        plan = sell(house, "resident", on_account=True, first_day=date(2026, 6, 6)).value
        assert (plan.first_day, plan.last_day) == (date(2026, 6, 6), date(2026, 7, 5))
        (told,) = house.cantine.read.preview_bills("asso", date(2026, 6, 6))
        bill = house.do(c.CloseBill(entity_id="asso", payer_id="zoe", until=date(2026, 6, 6))).value
        assert (bill.supplied_from, bill.issued_on) == (date(2026, 6, 6), date(2026, 6, 20))
        assert bill.due_on == told.due_on == house.get(m.Charge, plan.charge_id).due_on == date(2026, 6, 21)
        on(house, date(2026, 7, 6))
        on(house, date(2026, 8, 1), 1)
        assert bills(house, "zoe") == [47500, 47500]


@pytest.mark.parametrize(
    ("due", "first", "second"),
    [
        ("14 days", date(2026, 5, 20), date(2026, 6, 20)),
        ("10 business days", date(2026, 5, 20), date(2026, 6, 19)),
        ("1 month", date(2026, 6, 6), date(2026, 7, 6)),
    ],
)
def test_n05_without_terms_of_payment(due, first, second):
    """N05: what the price list says of when it is due counts from the day on which each period began, as if it had been
    entered then; a period that begins afterwards counts from its own day.
    """
    with place(f'due = "{due}"\n{CLUB}', local(10, day=date(2026, 6, 20))) as house:
        plan = sell(house, "resident", on_account=True, first_day=date(2026, 5, 6)).value
        house.cantine.run_due()
        found = sorted(house.all(m.Charge), key=lambda one: one.counts_from)
        assert [one.due_on for one in found] == [first, second]
        assert [one.counts_from for one in found] == [local(0, day=date(2026, 5, 6)), local(0, day=date(2026, 6, 6))]
        assert house.get(m.Pass, plan.id).last_day == date(2026, 7, 5)
        house.clock.set(local(9, day=date(2026, 7, 9)))  # three days late: the period is not backdated
        house.cantine.run_due()
        last = max(house.all(m.Charge), key=lambda one: one.raised_at)
        assert last.began_at is None


def test_n05_on_the_bill_of_the_month():
    """N05: on a bill of the month it is due with what else is there; alone, as on the bill that it has missed."""
    for renews, due in ((True, date(2026, 7, 16)), (False, date(2026, 7, 1))):
        with club(local(10, day=date(2026, 6, 20)), "zoe") as house:
            sell(house, "resident", on_account=True, first_day=date(2026, 6, 1))
            if renews:
                drop_in(house, "zoe")
            else:
                house.do(c.GiveNotice(house.all(m.Pass)[0].id))
            (told,) = house.cantine.read.preview_bills("asso", date(2026, 7, 1))
            on(house, date(2026, 7, 1), 1)
            (bill,) = house.cantine.read.documents("asso", "invoices")
            assert (bill.due_on, told.due_on) == (due, due)


def test_n07_backdated_with_an_end():
    """N07: it began two weeks ago and ends in two weeks: one bill of 75 for the running period, none after."""
    with club(local(10, day=date(2026, 6, 20)), "zoe") as house:
        plan = sell(house, "pt5", on_account=True, first_day=date(2026, 6, 6)).value
        house.do(c.EndPass(plan.id, day=date(2026, 7, 5), reason="a month only"))
        for month in (7, 8, 9):
            on(house, date(2026, month, 1), 8)
        assert bills(house, "zoe") == [7500]


def test_n08_another_member_pays():
    """N08: the package of one member is paid by another: both subscriptions are on the payer's bill, month by month."""
    with club(local(10, day=date(2026, 6, 1)), "zoe", "bob") as house:
        for product in ("resident", "key"):
            sell(house, product, "bob", on_account=True, payer_id="zoe")
        on(house, date(2026, 7, 1), 1)
        on(house, date(2026, 8, 1), 1)
        assert (bills(house, "zoe"), bills(house, "bob")) == ([115000, 57500], [])
        last = house.cantine.read.documents("asso", "invoices")[-1]
        assert {line.person_id for line in last.lines} == {"bob"}


@pytest.mark.parametrize(("key", "first"), [(False, 7500), (True, 17500)], ids=["as sold", "with a key"])
def test_n10_what_begins_in_a_week(key, first):
    """N10: sold today to begin in a week: the first bill is 75, and 175 where a key is added before it begins."""
    with club(local(10, day=date(2026, 6, 24)), "zoe") as house:
        sell(house, "pt5", on_account=True, first_day=date(2026, 7, 1))
        if key:
            house.clock.set(local(10, day=date(2026, 6, 28)))
            sell(house, "key", on_account=True, first_day=date(2026, 7, 1))
        on(house, date(2026, 7, 1), 1)
        assert bills(house, "zoe") == [first]


BY_DAYS = """
valid = { lasts = "1 month", ends = "the day before" }
prorate = { rule = "both ends", of = "days of the period" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
"""
TWO_PLANS = f"""
[tax.full]
rates = [{{ from = 2014-01-01, rate = "20%" }}]

[product.pt5]
sells = "plan"
tax = "full"
rate = {{ price = 75.00 }}
{BY_DAYS}
grant = {{ account = "days", unit = "day", units = 5, renews = "month" }}

[product.basic]
sells = "plan"
tax = "full"
rate = {{ price = 50.00 }}
{BY_DAYS}
grant = {{ account = "days", unit = "day", units = 3, renews = "month" }}

[product.day]
tax = "full"
cover = {{ by = "days", unit = "piece" }}
beyond = "rate"
rate = [
  {{ when = {{ holds = "pt5" }}, price = 20.00, per = "piece" }},
  {{ when = {{ holds = "basic" }}, price = 15.00, per = "piece" }},
  {{ price = 25.00, per = "piece" }},
]
"""


def test_n01_each_visit_is_of_the_bill_of_its_plan():
    """N01: PT5 until 19 June, Basic from 20 June: nine visits are on the first bill (75 + 4 x 20), five on the second
    (50 + 2 x 15).
    """
    with club(local(10, day=date(2026, 5, 20)), "zoe", rules=TWO_PLANS, billing_day=19) as house:
        plan = sell(house, "pt5", on_account=True).value
        house.do(c.ChangePass(plan.id, product_id="list/basic", day=date(2026, 6, 20), on_account=True))
        for day in (*range(1, 10), *range(21, 26)):
            on(house, date(2026, 6, day), 9)
            drop_in(house, "zoe")
        on(house, date(2026, 7, 19))
        assert bills(house, "zoe") == [7500 + 4 * 2000, 5000 + 2 * 1500]


def test_n11_two_weeks_of_a_plan():
    """N11: somebody is back for a plan of 7 to 21 June only: the bill is prorated."""
    with club(local(10, day=date(2026, 6, 1)), "zoe", rules=TWO_PLANS) as house:
        plan = sell(house, "pt5", on_account=True, first_day=date(2026, 6, 7)).value
        house.do(c.EndPass(plan.id, day=date(2026, 6, 21), reason="two weeks only"))
        for month in (7, 8):
            on(house, date(2026, month, 1), 8)
        assert bills(house, "zoe") == [3750]
