"""Somebody pays for another and is forgotten: what comes after that is asked of whom it is for, and of nobody else."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.domain.passes import giving, plans
from support.houses.one_list import at, place, sell
from support.houses.small_house import TODAY

LIST = """
[product.month]
sells = "plan"
rate = { price = 60.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.trial]
sells = "plan"
price_date = "renewal"
rate = [{ when = { holds = "trial" }, price = 60.00 }, { price = 0.00 }]
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.large]
sells = "plan"
rate = { price = 90.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.room]
rate = { price = 20.00, per = "1h" }
"""


@pytest.fixture
def house():
    """A house with one price list, whose laws hold in the end; Zoe buys on the account of Works, a company."""
    with place(LIST) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        house.do(c.Affiliate(organisation_id="works", person_id="zoe", role="admin", first_day=TODAY))
        yield house


def buy(house, payer, product="month"):
    """The id of a plan of Zoe that another pays."""
    asked = c.SellPass(product_id=f"list/{product}", place_id="paris", holder_id="zoe", payer_id=payer, account="desk")
    return house.do(asked).value.id


def forget(house, who):
    """Forget a person or an organisation."""
    house.do(c.ForgetOrganisation(who) if who == "works" else c.ForgetPerson(who))
    house.cantine.run_due()


def payers(house, subject_id):
    """Who owes each charge of a thing, the oldest first."""
    found = [one for one in house.all(m.Charge) if one.subject.id == subject_id]
    return [(one.payer_id, one.organisation) for one in sorted(found, key=lambda one: one.raised_at)]


def renew(house, days=40):
    house.wait(days=days)
    house.cantine.run_due()


def as_before(monkeypatch):
    """Passes are sold as an earlier version did: they do not say who pays them."""
    monkeypatch.setattr(giving, "_with_payer", lambda state, sold, charge, c: sold)


@pytest.mark.parametrize("stored", ["now", "before"])
def test_who_was_forgotten_is_asked_for_nothing_new(house, monkeypatch, stored):
    """Bob paid the first month of Zoe's plan and is forgotten: the next months are Zoe's to pay. So it is of a plan
    that an earlier version sold, which does not name its payer.
    """
    if stored == "before":
        as_before(monkeypatch)
    sold = buy(house, "bob")
    assert house.get(m.Pass, sold).payer_id == ("bob" if stored == "now" else None)
    forget(house, "bob")
    renew(house)
    assert payers(house, sold) == [("bob", False), ("zoe", False)]


def test_a_company_that_was_forgotten_is_asked_for_nothing(house):
    """A company that has paid nothing yet of a plan can be forgotten: then its months are Zoe's to pay."""
    sold = buy(house, "works", "trial")
    assert house.get(m.Pass, sold).payer_organisation
    forget(house, "works")
    renew(house)
    assert payers(house, sold) == [("zoe", False)]


@pytest.mark.parametrize("stored", ["now", "before"])
def test_who_paid_goes_on_paying(house, monkeypatch, stored):
    """Control: as long as they are known, whoever paid first pays each month."""
    if stored == "before":
        as_before(monkeypatch)
    mine, theirs = buy(house, "bob"), buy(house, "works")
    renew(house)
    assert (payers(house, mine), payers(house, theirs)) == ([("bob", False)] * 2, [("works", True)] * 2)


def test_the_fault_is_found_where_nobody_looks(house, monkeypatch):
    """Negative control: where nobody looks whether the payer is still known, Bob is charged after he was forgotten."""
    monkeypatch.setattr(plans, "_if_present", lambda state, id, organisation: id)
    sold = buy(house, "bob")
    forget(house, "bob")
    renew(house)
    assert payers(house, sold) == [("bob", False)] * 2


def test_a_payer_of_a_free_first_month_pays_the_next(house):
    """Nothing is owed for the first month, so no charge says who pays: the plan does."""
    sold = buy(house, "works", "trial")
    renew(house)
    assert payers(house, sold) == [("works", True)]


@pytest.mark.parametrize("stored", ["now", "before"])
def test_changes_and_ends_are_asked_of_the_holder(house, monkeypatch, stored):
    """The difference of a change of plan, and the next period, are not asked of who was forgotten."""
    if stored == "before":
        as_before(monkeypatch)
    sold = buy(house, "bob")
    forget(house, "bob")
    house.do(c.ChangePass(sold, product_id="list/large"))
    assert payers(house, sold) == [("bob", False), ("zoe", False)]


def test_a_transfer_names_the_holder_then(house):
    """Who takes over a plan whose payer was forgotten does not pay it unasked: the holder until now did."""
    sold = buy(house, "bob")
    forget(house, "bob")
    moved = house.do(c.TransferPass(sold, holder_id="max", reason="moved")).value
    assert (moved.payer_id, moved.payer_organisation) == ("zoe", False)
    handed = buy(house, "works")
    assert house.do(c.TransferPass(handed, holder_id="max", reason="moved")).value.payer_id == "works"


def test_a_company_that_pays_a_plan_no_more_is_forgotten(house):
    """Works paid Zoe's plan, which Max has taken over and pays: it stood in the way as long as Works did."""
    sold = buy(house, "works")
    with pytest.raises(e.NotOverError):
        forget(house, "works")
    house.do(c.TransferPass(sold, holder_id="max", payer_id="max", reason="moved"))
    forget(house, "works")
    renew(house)
    assert house.get(m.Organisation, "works").state == "forgotten"
    assert payers(house, sold) == [("works", True), ("max", False)]


def test_a_booking_that_moves_asks_nobody_forgotten(house):
    """Bob paid Zoe's booking and is forgotten: an hour more is Zoe's to pay. As long as he is known it is his."""
    for forgotten, payer in ((False, "bob"), (True, "zoe")):
        day = timedelta(days=1 + forgotten)
        hours = attrs.evolve(at(10, 11), start=at(10, 11).start + day, end=at(10, 11).end + day)
        asked = c.Book(space_id="room", product_id="list/room", period=hours, person_id="zoe", payer_id="bob")
        booking = house.do(attrs.evolve(asked, account="desk")).value.id
        if forgotten:
            forget(house, "bob")
        house.do(c.MoveBooking(booking, period=attrs.evolve(hours, end=hours.end + timedelta(hours=1)), account="desk"))
        assert payers(house, booking) == [("bob", False), (payer, False)]


def test_a_pass_of_its_payer_names_nobody(house):
    """Who buys for themselves is not named: the pass is stored as it always was."""
    assert house.get(m.Pass, sell(house, "month", "zoe").value.id).payer_id is None
