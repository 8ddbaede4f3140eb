"""One answer for what a page does next of whoever has to pay: ``outcome.pays``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit.runtime.outcome import Outcome
from support.houses.small_house import TODAY, open_house, period

BOOK = c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")


def said(outcome: Outcome[Any]) -> tuple[str, str | None, bool, bool]:
    """The state, the charge, and whether there is a page of a gateway and a try that was declined."""
    pays = outcome.pays
    charge = pays.charge.id if pays.charge is not None else None
    return pays.state, charge, pays.next_url is not None, pays.declined is not None


@pytest.mark.parametrize(
    ("outcomes", "wanted"),
    [
        (("settled",), ("paid", "chg_1", False, False)),
        (("pending",), ("page", "chg_1", True, False)),
        (("declined",), ("unpaid", "chg_1", False, True)),
        (("outage",), ("pending", "chg_1", False, False)),
    ],
)
def test_what_the_gateway_says_is_what_the_page_does(outcomes: Any, wanted: Any) -> None:
    """Paid at once, a page to go to, declined, and no answer yet; a repeat of the request is told the same."""
    house = open_house(outcomes=outcomes)
    for _ in range(2):
        outcome = house.do(BOOK, key="form-1")
        assert said(outcome) == wanted
        assert outcome.pays.next_url == outcome.next_url
        assert outcome.pending == (outcome.pays.state in ("page", "pending"))


def test_what_is_not_paid_now_needs_no_page() -> None:
    """What is free, paid with units or on account is nothing to pay; what was bought without an account is unpaid."""
    house = open_house()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    assert said(house.do(c.Register(session_id="free", person_id="zoe")))[0] == "nothing"
    assert said(house.do(c.Register(session_id="paid", person_id="zoe"))) == ("nothing", None, False, False)
    assert said(house.do(attrs.evolve(BOOK, account=None, on_account=True)))[0] == "nothing"
    later = house.do(attrs.evolve(BOOK, account=None, period=period(14, 15)))
    assert said(later) == ("unpaid", later.charges[0].id, False, False)
    assert said(house.cantine.preview(attrs.evolve(BOOK, period=period(16, 17)), actor="web"))[0] == "pending"
    paid = house.do(c.Pay(later.charges[0].id, account="desk"))
    assert said(paid) == ("paid", later.charges[0].id, False, False)
    assert said(house.do(c.ChangePerson("zoe", name="Zoé")))[0] == "nothing"


def test_what_is_on_account_has_a_page_once_somebody_pays_it() -> None:
    """Whoever pays what is on account, as a sponsor pays their share, is told of the page, of a card that is declined,
    and that it is paid; the buyer is never sent to the page of the sponsor.
    """
    house = open_house(outcomes=("pending", "declined", "pending", "settled"))
    account = house.do(attrs.evolve(BOOK, account=None, on_account=True)).charges[0]
    assert said(house.do(c.Pay(account.id, account="card"))) == ("page", account.id, True, False)
    house.do(c.AgreeSponsorship(entity_id="asso", sponsor_id="bob", beneficiary_id="zoe", share="1/2", first_day=TODAY))
    booked = house.do(attrs.evolve(BOOK, period=period(14, 15), account="desk"))
    mine, claim = booked.charges
    assert (claim.claim, said(booked)) == (True, ("paid", mine.id, False, False))
    assert said(house.do(c.Pay(claim.id, account="card"))) == ("unpaid", claim.id, False, True)
    assert said(house.do(c.Pay(claim.id, account="card"))) == ("page", claim.id, True, False)
    assert said(house.do(c.CancelBooking(booked.value.id)))[0] == "nothing"
    other = house.do(attrs.evolve(BOOK, period=period(14, 15), account=None, on_account=True)).charges[0]
    assert said(house.do(c.Pay(other.id, account="card"))) == ("paid", other.id, False, False)


LENT = """
[tariff]
id = "lent"
name = "Lent"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.party]
rate = { price = 50.00, per = "1h" }
down_payment = { percent = "30%", rest = "14 days" }
"""


def test_who_paid_what_is_due_now_is_thanked() -> None:
    """After a down payment the page to come back to says that it is paid, and not that the rest is missing; on the day
    on which that is due it asks for it, and a try that comes to nothing is told.
    """
    house = open_house(outcomes=("settled", "declined", "settled"))
    house.do(c.PublishTariff(LENT))
    far = period(12, 14, TODAY + timedelta(days=57))
    booked = house.do(attrs.evolve(BOOK, product_id="lent/party", period=far))
    charge_id = booked.charges[0].id

    def page() -> tuple[str, bool]:
        found = house.cantine.read.payment_page(charge_id)
        return found.state, found.can_pay

    assert (booked.pays.state, booked.charges[0].outstanding.amount) == ("paid", 7000)
    assert page() == ("paid", False)
    house.clock.set(far.start - timedelta(days=14))
    assert page() == ("unpaid", True)
    assert said(house.do(c.Pay(charge_id, account="card"))) == ("unpaid", charge_id, False, True)
    assert page() == ("declined", True)
    assert said(house.do(c.Pay(charge_id, account="card")))[0] == "paid"
    assert page() == ("paid", False)
    unpaid = house.do(attrs.evolve(BOOK, space_id="a1", product_id="lent/party", period=far, account=None))
    assert house.cantine.read.payment_page(unpaid.charges[0].id).state == "unpaid"
