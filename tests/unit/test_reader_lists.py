"""The lists that a reader gives: visits, bookings, registrations, refunds."""

from __future__ import annotations

import pytest

from cantinekit import commands as c
from cantinekit.money import Money
from support.houses import small_house


def test_visits_and_bookings_of_a_person():
    """A person's visits and bookings come in the order of their start, and nobody else's are among them."""
    house = small_house.open_house()
    for person, hour in (("zoe", 15), ("bob", 13)):
        house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id=person, account="desk"))
        house.do(
            c.Book(
                space_id="a1",
                product_id="room",
                period=small_house.period(hour, hour + 1),
                person_id=person,
                account="desk",
            )
        )
    house.do(
        c.Book(space_id="a2", product_id="room", period=small_house.period(11, 12), person_id="zoe", account="desk")
    )
    first = house.cantine.read.visits("zoe")[0]
    house.do(c.CheckOut(first.id))
    house.wait(hours=1)
    second = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    visits = house.cantine.read.visits("zoe")
    assert [(visit.id, visit.person_id) for visit in visits] == [(first.id, "zoe"), (second.id, "zoe")]
    assert visits[0].opened_at < visits[1].opened_at
    booked = house.cantine.read.bookings("zoe")
    assert [(one.space_id, one.period.start.hour) for one in booked] == [("a2", 11), ("a1", 15)]
    assert house.cantine.read.bookings("lou") == ()


def test_registrations_come_in_the_order_of_asking():
    """All who asked for a seat are listed, who has one, who waits and who gave up."""
    house = small_house.open_house()
    for person in ("zoe", "bob", "eve"):
        house.do(c.Register(session_id="free", person_id=person))
        house.wait(seconds=1)
    first = house.cantine.read.registrations("free")[0]
    house.do(c.CancelRegistration(first.id))
    found = [(one.person_id, one.state) for one in house.cantine.read.registrations("free")]
    assert found == [("zoe", "cancelled"), ("bob", "confirmed"), ("eve", "confirmed")]


def test_refunds_of_a_charge():
    """Each refund of a charge is listed with what became of it."""
    house = small_house.open_house()
    charge = house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="desk")
    ).charges[0]
    assert house.cantine.read.refunds(charge.id) == ()
    house.do(c.RefundCharge(charge.id, amount=Money(500, "EUR"), reason="a noisy room"))
    house.wait(seconds=1)
    house.do(c.RefundCharge(charge.id, amount=Money(200, "EUR"), reason="and a cold one"))
    refunds = house.cantine.read.refunds(charge.id)
    assert [(one.amount, one.state) for one in refunds] == [
        (Money(500, "EUR"), "settled"),
        (Money(200, "EUR"), "settled"),
    ]


@pytest.mark.parametrize(("lang", "amount"), [("fr", "5,00\u00a0€"), ("en", "5.00 EUR")])
def test_a_refund_is_told_as_people_write_amounts(lang, amount):
    """Who is given 5 euros back reads it with a comma in French, and with a point in English."""
    house = small_house.open_house()
    house.do(c.ChangePerson("zoe", lang=lang))
    charge = house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="card")
    ).charges[0]
    house.do(c.RefundCharge(charge.id, amount=Money(500, "EUR"), reason="a noisy room"))
    told = house.mail.received[-1]
    assert told.template == "refund settled"
    assert amount in told.text
    assert ("5.00" in told.text) is (lang == "en")
