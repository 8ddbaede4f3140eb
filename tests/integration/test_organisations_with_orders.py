"""Organisations that pay for seats of orders, for what is moved before or after it is paid, and with vouchers."""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from support.houses.one_list import at, cents, eur, left, place, sell
from support.houses.small_house import TODAY, House

LIST = """
[order]
vouchers = "gift"
[facts]
tier = ["none", "works"]
[product.voucher]
sells = "grant"
rate = { price = 50.00 }
grant = { account = "gift", unit = "EUR", value = 50.00 }
valid = { lasts = "1 year", ends = "same day" }
[product.seat]
rate = [{ when = { weekday = ["sat", "sun"] }, price = 15.00 }, { price = 10.00 }]
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%", fee = 2.00 }] }
[product.room]
rate = { price = 20.00, per = "1h" }
[product.hall]
rate = { price = 20.00, per = "1h" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }], no_show = "0%" }
[product.tiered]
rate = [{ when = { tier = "works" }, price = 6.00 }, { price = 10.00 }]
"""
DAY = TODAY + timedelta(days=3)
SATURDAY = TODAY + timedelta(days=4)
SEAT = c.Register(session_id="ses", person_id="zoe")
KID = attrs.evolve(SEAT, person_id="bob")


def add_session(house: House, day: date, id: str, product: str = "list/seat") -> None:
    house.do(c.AddSession(workshop_id=f"w-{product[5:]}", day=day, starts=time(18), ends=time(20), seats=3, id=id))


@pytest.fixture
def house():
    """A house in which Zoe is admin of a company and Bob a member of it, whose laws hold in the end."""
    with place(LIST) as house:
        for product in ("seat", "tiered"):
            house.do(c.AddWorkshop(place_id="paris", title=product, product_id=f"list/{product}", id=f"w-{product}"))
        add_session(house, DAY, "ses")
        add_session(house, SATURDAY, "sat")
        add_session(house, DAY, "tier", "list/tiered")
        add_session(house, SATURDAY, "later", "list/tiered")
        house.do(c.AddOrganisation(name="Canary Works", address=("1 quai",), id="works"))
        for person, role in (("zoe", "admin"), ("bob", "member")):
            house.do(
                c.Affiliate(organisation_id="works", person_id=person, role=role, first_day=TODAY, id=f"of-{person}")
            )
        yield house


def order(house: House, *lines: c.Register | c.SellLine, **more):
    asked = {"place_id": "paris", "person_id": "zoe", "payer_id": "works", "on_account": True, **more}
    return house.do(c.Sell(lines, **asked))


def end_admin_now(house: House) -> None:
    """Nobody is admin any more."""
    house.do(c.EndAffiliation("of-zoe", last_day=TODAY - timedelta(days=1)))


# --- seats of orders -------------------------------------------------------------------------------------------------


def test_an_admin_orders_seats_on_the_account_of_the_organisation(house):
    """The order says who pays and who orders; a line of it does not, and a member may not."""
    with pytest.raises(e.UnsuitableError, match="no admin"):
        order(house, SEAT, KID, person_id="bob")
    for said in ({"payer_id": "works"}, {"ordered_by_id": "zoe"}):
        with pytest.raises(e.InputError, match="the order says it"):
            order(house, attrs.evolve(SEAT, **said))
    (charge,) = order(house, SEAT, KID, person_id="bob", ordered_by_id="zoe").charges
    assert (charge.payer_id, charge.ordered_by_id, charge.amount) == ("works", "zoe", eur(2000))
    assert {line.person_id for line in charge.lines} == {"bob"}


def test_facts_of_the_organisation_count_for_all_seats(house):
    """It pays for the seat of somebody else too: what price lists know of it counts there as well."""
    house.do(c.SetOrganisationFact("works", name="tier", value="works"))
    mine, other = (attrs.evolve(one, session_id="tier") for one in (SEAT, KID))
    assert cents(order(house, mine, other)) == 1200
    bob = next(one for one in house.all(m.Registration) if one.person_id == "bob")
    moved = house.do(c.MoveRegistration(registration_id=bob.id, session_id="later"))
    assert (moved.afterwards.due, moved.afterwards.refund) == (eur(0), eur(0))
    own = attrs.evolve(mine, person_id="eve", facts={"tier": "none"})
    assert cents(order(house, own, person_id="eve", payer_id=None)) == 1000


def test_what_a_seat_of_an_order_costs_more_is_the_organisations(house):
    """A move that costs more and a fee are owed by who paid the order, though the admin is none any more."""
    sold = order(house, SEAT, KID)
    end_admin_now(house)
    bob = next(one for one in house.all(m.Registration) if one.person_id == "bob")
    moved = house.do(c.MoveRegistration(registration_id=bob.id, session_id="sat"))
    assert moved.afterwards.due == eur(500)
    cancelled = house.do(c.CancelRegistration(bob.id))
    assert cancelled.afterwards.due == eur(200)
    made = [one for one in house.all(m.Charge) if one.id != sold.charges[0].id]
    assert [(one.payer_id, one.organisation, one.amount) for one in made] == [
        ("works", True, eur(500)),
        ("works", True, eur(200)),
    ]


def test_a_release_that_is_undone_is_owed_again_by_the_organisation(house):
    """Nobody came and what was paid went back; as it stands again, the organisation owes it again."""
    house.do(c.ChangeTerms("room", terms=m.Terms(release_after=timedelta(minutes=15))))
    book = c.Book(space_id="room", product_id="list/hall", period=at(12, 13), person_id="zoe", payer_id="works")
    booked = house.do(attrs.evolve(book, account="desk")).value
    end_admin_now(house)
    house.clock.set(booked.period.start + timedelta(minutes=16))
    house.cantine.run_due()
    assert house.get(m.Booking, booked.id).state == "released"
    assert house.do(c.UndoRelease(booked.id)).afterwards.due == eur(2000)
    first, again = house.all(m.Charge)
    assert (first.kept, again.payer_id, again.organisation, again.amount) == (eur(0), "works", True, eur(2000))


# --- before it is paid -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ordered_by_id", [None, "zoe"])
def test_a_booking_that_waits_stays_the_organisations_when_it_is_moved(house, ordered_by_id):
    """The new charge is owed by whoever owed the one in whose place it comes; nobody is asked again who may order."""
    person = "zoe" if ordered_by_id is None else "bob"
    book = c.Book(space_id="room", product_id="list/room", period=at(12, 13), person_id=person, payer_id="works")
    held = house.do(attrs.evolve(book, ordered_by_id=ordered_by_id))
    end_admin_now(house)
    moved = house.do(c.MoveBooking(held.value.id, period=at(12, 14)))
    charge = house.get(m.Charge, moved.value.charge_id)
    assert charge.id != held.charges[0].id
    assert (charge.payer_id, charge.organisation, charge.ordered_by_id) == ("works", True, ordered_by_id)
    assert (charge.amount, {line.person_id for line in charge.lines}) == (eur(4000), {person})


def test_a_seat_that_waits_stays_the_organisations_when_it_is_moved(house):
    """The same for seats; another payer of the command is asked as ever."""
    held = house.do(attrs.evolve(SEAT, payer_id="works")).value
    end_admin_now(house)
    with pytest.raises(e.UnsuitableError, match="no admin"):
        house.do(c.MoveRegistration(registration_id=held.id, session_id="sat", payer_id="works"))
    moved = house.do(c.MoveRegistration(registration_id=held.id, session_id="sat")).value
    charge = house.get(m.Charge, moved.charge_id)
    assert (charge.payer_id, charge.organisation, charge.amount) == ("works", True, eur(1500))
    again = house.do(c.MoveRegistration(registration_id=held.id, session_id="ses", payer_id="bob")).value
    assert house.get(m.Charge, again.charge_id).payer_id == "bob"


# --- vouchers --------------------------------------------------------------------------------------------------------


def test_vouchers_of_an_organisation_pay_what_it_owes(house):
    """``Pay`` with the account "voucher" takes those of the organisation that owes; refunds go back to it."""
    sell(house, "voucher", "works")
    booked = house.do(
        c.Book(
            space_id="room",
            product_id="list/room",
            period=at(12, 14),
            person_id="bob",
            payer_id="works",
            ordered_by_id="zoe",
        )
    )
    assert left(house, "gift", "works") == 5000
    house.do(c.Pay(booked.charges[0].id, account="voucher"))
    assert house.get(m.Booking, booked.value.id).state == "confirmed"
    assert left(house, "gift", "works") == 1000
    (units,) = house.all(m.Entitlement)
    assert units.users == ()
    house.do(c.CancelBooking(booked.value.id, refund="all", reason="closed"))
    assert left(house, "gift", "works") == 5000


def test_vouchers_of_an_organisation_pay_nothing_of_its_people(house):
    """What a member owes is not paid by them, whether they buy or pay later."""
    sell(house, "voucher", "works")
    book = c.Book(space_id="room", product_id="list/room", period=at(12, 13), person_id="zoe", on_account=True)
    (charge,) = house.do(book).charges
    assert charge.outstanding == eur(2000)
    with pytest.raises(e.WrongStateError, match="vouchers of the payer"):
        house.do(c.Pay(charge.id, account="voucher"))
    assert left(house, "gift", "works") == 5000
