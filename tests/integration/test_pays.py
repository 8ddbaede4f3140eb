"""One answer for what a page does next of whoever has to pay: ``outcome.pays``."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit.runtime.outcome import Outcome
from support.houses.small_house import open_house, period

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
