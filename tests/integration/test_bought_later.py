"""What was paid stays paid: a carnet that is bought later takes no ticket for it, unless the price list says so."""

from __future__ import annotations

from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
from support.houses.one_list import HEAD, at, book, left, place, sell

LIST = """
[product.carnet]
sells = "grant"
rate = {{ price = 20.00 }}
grant = {{ account = "tickets", units = 10, unit = "entry" }}
valid = {{ lasts = "90 days", first_day = "counts" }}

[product.desk]
rate = {{ price = 4.00, per = "1h" }}
adjust = {{ id = "most", at_most = 14.00, same = ["person", "day"] }}
cover = {{ by = "tickets", unit = "entry", beyond = "rate"{0} }}

[product.half]
stay = "half-day"
rate = {{ price = 8.00 }}
cover = {{ by = "tickets", unit = "entry", beyond = "rate"{0} }}

[product.full]
stay = "day"
rate = {{ price = 14.00 }}
cover = {{ by = "tickets", unit = "entry", takes = 2, beyond = "rate"{0} }}
"""
ON = ", bought_later = true"


def gone_back(house: Any) -> int:
    """What went back of all charges, in cents."""
    return sum(charge.refunded.amount for charge in house.all(m.Charge))


def stay(house: Any, hours: int) -> None:
    """So many hours at a desk, paid when they are over."""
    visit = house.do(c.CheckIn(place_id="paris", product_id="list/desk", person_id="zoe", account="desk")).value
    house.wait(hours=hours)
    house.do(c.CheckOut(visit.id))


def morning_and_afternoon(house: Any) -> None:
    """Two stays of a day that are priced together; the carnet is bought between them."""
    stay(house, 2)
    house.wait(hours=1)
    sell(house, "carnet")
    stay(house, 2)


def longer(house: Any) -> None:
    """A half-day that was paid, made a day of after the carnet is bought."""
    visit = house.do(c.CheckIn(place_id="paris", product_id="list/half", person_id="zoe", account="desk")).value
    house.wait(hours=1)
    sell(house, "carnet")
    house.do(c.UpgradeVisit(visit.id, product_id="list/full", account="desk"))


def moved(house: Any) -> None:
    """A booking that was paid, moved after the carnet is bought."""
    booking = book(house, "desk", at(14, 15)).value
    house.wait(minutes=5)
    sell(house, "carnet")
    house.do(c.MoveBooking(booking.id, period=at(15, 16), account="desk"))


@pytest.mark.parametrize(
    ("lives", "paid", "tickets", "turned"),
    [(morning_and_afternoon, 800, 9, 8), (longer, 1400, 10, 8), (moved, 400, 10, 9)],
)
def test_what_was_paid_stays_paid(lives, paid, tickets, turned):
    """A morning, a half-day or a booking that was paid goes not back for a ticket of a carnet that is bought after
    it; what comes later is covered. Where the list says ``bought_later`` it goes back, all of it."""
    with place(LIST.format("")) as house:
        lives(house)
        assert (gone_back(house), left(house, "tickets")) == (0, tickets)
        assert sum(charge.kept.amount for charge in house.all(m.Charge)) == paid + 2000
    with place(LIST.format(ON)) as house:
        lives(house)
        assert (gone_back(house), left(house, "tickets")) == ({800: 800, 1400: 800, 400: 400}[paid], turned)


def test_a_carnet_that_is_bought_before_the_end_covers_the_stay():
    """Who buys a carnet while they are there leaves with a ticket: nothing was paid for the stay yet."""
    with place(LIST.format("")) as house:
        visit = house.do(c.CheckIn(place_id="paris", product_id="list/desk", person_id="zoe", account="desk")).value
        house.wait(hours=3)
        sell(house, "carnet")
        assert house.do(c.CheckOut(visit.id)).charges == ()
        assert left(house, "tickets") == 9


def test_a_stay_that_took_a_ticket_takes_more_of_a_new_carnet():
    """Nothing was paid in money: a stay that is made longer takes tickets of a carnet that is bought meanwhile."""
    with place(LIST.format("")) as house:
        sell(house, "carnet")
        for _ in range(9):
            stay(house, 1)
        visit = house.do(c.CheckIn(place_id="paris", product_id="list/half", person_id="zoe", account="desk")).value
        assert left(house, "tickets") == 0
        sell(house, "carnet")
        assert house.do(c.UpgradeVisit(visit.id, product_id="list/full", account="desk")).value.charge_ids == ()
        assert (left(house, "tickets"), gone_back(house)) == (9, 0)


def test_an_explanation_says_that_units_were_bought_later():
    """The reasons of the price say why the carnet does not count, also when they are computed again from the sale."""
    with place(LIST.format("")) as house:
        moved(house)
        (booking,) = house.all(m.Booking)
        told = house.cantine.read.explain(m.Subject("booking", booking.id))[-1]
        assert "bought after this was paid" in told.explain("en")
        assert "acheté après ce paiement" in told.explain("fr")


def test_what_is_free_is_not_bought():
    """``bought_later`` of an allowance is a problem of the list."""
    free = 'cover = { free = 2, unit = "stay", same = ["person"], bought_later = true }'
    with pytest.raises(TariffError, match="bought_later"):
        Tariff.load(f'{HEAD}[product.desk]\n{free}\nbeyond = "rate"\nrate = {{ price = 4.00 }}\n')
