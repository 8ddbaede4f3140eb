"""Products of price lists, sold without a product of the catalogue; and the product of a space."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.catalogue.finding import split_name
from cantinekit.errors import NotFoundError, UnsuitableError, WrongStateError
from support.houses.small_house import TARIFF, TODAY, House, open_house, period

TEN = period(10, 11)
MORE = TARIFF + (
    '[product.booth]\nrate = { price = 4.00, per = "1h" }\n'
    '[product.club]\nsells = "membership"\nrate = { price = 40.00 }\n'
    '[product."a / b"]\nrate = { price = 2.00 }\n'
)


@pytest.fixture
def house() -> House:
    found = open_house()
    found.do(c.PublishTariff(MORE))
    return found


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("room", (None, "room")),
        ("net/room", ("net", "room")),
        ("net/a / b", ("net", "a / b")),
        ("/room", (None, "/room")),
        ("net/", (None, "net/")),
    ],
)
def test_a_name_says_its_list_before_the_first_slash(name, parts):
    """A name with nothing before or behind the slash says no list."""
    assert split_name(name) == parts


def booked(house: House, **more):
    """The booking of room b, and what is due for it."""
    outcome = house.do(c.Book(space_id="b", period=TEN, person_id="zoe", account="desk", **more))
    return outcome.value, outcome.charges[0]


def test_a_product_of_a_list_is_sold_by_its_name(house):
    """A booking is sold by a product that only the list has; it keeps the name with its list."""
    booking, charge = booked(house, product_id="net/booth")
    assert (booking.product_id, booking.state, str(charge.amount)) == ("net/booth", "confirmed", "4.00 EUR")
    assert charge.lines[0].product_id == "net/booth"
    assert house.cantine.cancel(booking.id, actor="ana").value.state == "cancelled"


def test_nothing_is_added_to_the_catalogue(house):
    """A sale by a name stores no product."""
    before = house.all(m.Product)
    booked(house, product_id="net/booth")
    assert house.all(m.Product) == before


@pytest.mark.parametrize(
    "command", [c.ChangePlace("paris", pricelist_id="net"), c.ChangeEntity("asso", pricelist_id="net")]
)
def test_a_place_with_a_list_knows_bare_names(house, command):
    """The list of the place, or else of its operator, is meant where a name says no list."""
    with pytest.raises(NotFoundError):
        booked(house, product_id="booth")
    house.do(command)
    booking, _ = booked(house, product_id="booth")
    assert booking.product_id == "net/booth"


def test_the_list_of_the_place_comes_before_that_of_the_operator(house):
    """A place may have another list than its operator."""
    house.do(c.PublishTariff(MORE.replace('id = "net"', 'id = "east"').replace("4.00", "5.00")))
    house.do(c.ChangeEntity("asso", pricelist_id="net"))
    house.do(c.ChangePlace("paris", pricelist_id="east"))
    booking, charge = booked(house, product_id="booth")
    assert (booking.product_id, str(charge.amount)) == ("east/booth", "5.00 EUR")
    house.do(c.ChangePlace("paris", pricelist_id=""))
    assert house.get(m.Place, "paris").pricelist_id is None
    assert house.do(c.Book(space_id="b", product_id="booth", period=period(12, 13))).value.product_id == "net/booth"


def test_a_product_of_the_catalogue_wins(house):
    """An id of the catalogue is never taken for a name of the list."""
    house.do(c.ChangePlace("paris", pricelist_id="net"))
    assert booked(house, product_id="room")[0].product_id == "room"


def test_what_the_list_sells_is_no_booking(house):
    """What a list sells as something that is held is a pass, and nothing to book a room by."""
    with pytest.raises(UnsuitableError, match="sells no bookings"):
        booked(house, product_id="net/club")


@pytest.mark.parametrize("name", ["net/nothing", "nowhere/booth", "nothing"])
def test_a_name_of_nothing_is_not_found(house, name):
    """Neither a list that is not there nor a product that the list has not is found; the error says the name."""
    with pytest.raises(NotFoundError) as told:
        booked(house, product_id=name)
    assert (told.value.kind, told.value.id) == ("product", name)


def test_a_hold_by_a_name_becomes_a_booking(house):
    """A hold is confirmed by the version that is in force then, by the name that it keeps."""
    held = house.do(c.HoldSpace(space_id="b", product_id="net/booth", period=TEN, person_id="zoe")).value
    house.do(c.PublishTariff(MORE.replace("4.00", "6.00")))
    outcome = house.do(c.ConfirmBooking(held.id, account="desk"))
    assert (outcome.value.state, str(outcome.charges[0].amount)) == ("confirmed", "6.00 EUR")


def test_a_request_by_a_name_is_approved(house):
    """What waits for approval is priced by the name too."""
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True)))
    asked = house.do(c.Book(space_id="b", product_id="net/booth", period=TEN, person_id="zoe")).value
    assert house.do(c.ApproveBooking(asked.id, account="desk")).value.state == "confirmed"


def test_a_series_by_a_name(house):
    """A series of bookings is sold by a name, and its skipped dates too."""
    day = TODAY + timedelta(days=2)
    taken = house.do(c.HoldSpace(space_id="b", product_id="room", period=period(9, 10, day), minutes=2000)).value
    series = house.do(
        c.BookSeries(
            space_id="b",
            product_id="net/booth",
            day=day,
            starts=time(10),
            ends=time(11),
            rule="FREQ=DAILY;COUNT=3",
            skip=(day,),
            account="desk",
        )
    ).value
    assert (series.product_id, series.state) == ("net/booth", "confirmed")
    house.do(c.CancelBooking(taken.id))
    assert house.do(c.RetrySkipped(series.id, account="desk")).value.of_state("skipped") == ()


def test_seats_by_names(house):
    """A workshop names seats and options by the list; they are sold at once and from the waiting list."""
    workshop = c.AddWorkshop(place_id="paris", title="Vélo", product_id="net/seat", option_ids=("net/materials",))
    made = house.do(workshop).value
    session = house.do(
        c.AddSession(workshop_id=made.id, day=TODAY + timedelta(days=3), starts=time(10), ends=time(11), seats=1)
    ).value
    assert (session.pricelist_id, session.product_id) == ("net", "net/seat")
    seat = house.do(c.Register(session_id=session.id, person_id="zoe", option_ids=("net/materials",), account="desk"))
    assert str(seat.charges[0].amount) == "18.00 EUR"
    waiting = house.do(c.Register(session_id=session.id, person_id="bob")).value
    house.do(c.CancelRegistration(seat.value.id))
    assert house.do(c.TakeSeat(waiting.id, account="desk")).value.state == "confirmed"


def test_an_admission_names_a_membership_of_the_list(house):
    """Whoever is to be a member holds what the list sells as one; a bare name comes out with its list."""
    house.do(c.ChangePlace("paris", pricelist_id="net"))
    changed = house.do(c.ChangeAdmission("talk", admission=m.Admission(members_of=["club"]))).value
    assert changed.admission.members_of == ("net/club",)
    with pytest.raises(UnsuitableError):
        house.do(c.ChangeAdmission("talk", admission=m.Admission(members_of=["booth"])))


# --- the product of a space ---


def test_a_space_has_a_product(house):
    """A booking that names no product is sold by that of its space; another may be named."""
    house.do(c.ChangeSpace("b", product_id="net/booth"))
    assert house.cantine.book("b", TEN, person_id="zoe", actor="zoe").value.product_id == "net/booth"
    other = house.cantine.book("b", period(12, 13), product_id="room", actor="zoe").value
    assert other.product_id == "room"
    held = house.do(c.HoldSpace(space_id="b", period=period(13, 14))).value
    assert held.product_id == "net/booth"


def test_a_space_is_added_with_a_product(house):
    """The product is there from the beginning, by the id that it comes out with."""
    house.do(c.ChangePlace("paris", pricelist_id="net"))
    added = house.do(c.AddSpace(place_id="paris", name="Booth", product_id="booth", id="box")).value
    assert added.product_id == "net/booth"
    series = c.BookSeries(
        space_id="box", day=TODAY + timedelta(days=1), starts=time(10), ends=time(11), rule="FREQ=DAILY;COUNT=2"
    )
    assert house.do(series).value.product_id == "net/booth"


def test_a_space_without_a_product_needs_a_name(house):
    """A booking of a space that has no product names one, or is refused."""
    with pytest.raises(UnsuitableError, match="no product of its own"):
        booked(house)


def test_the_product_of_a_space_can_be_taken_away(house):
    """An empty text takes it away; a product that sells no bookings is not taken."""
    house.do(c.ChangeSpace("b", product_id="room"))
    with pytest.raises(UnsuitableError):
        house.do(c.ChangeSpace("b", product_id="net/club"))
    with pytest.raises(UnsuitableError, match="operator"):
        house.do(c.ChangeSpace("nantes-open", product_id="room"))
    assert house.do(c.ChangeSpace("b", product_id="")).value.product_id is None


def test_a_retired_product_is_not_sold_and_comes_back(house):
    """What is retired is sold by no command; what was sold as it stands; it can be sold again."""
    seat = house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value
    held = house.do(c.HoldSpace(space_id="b", product_id="room", period=TEN, person_id="zoe")).value
    for product in ("room", "half-day", "seat"):
        house.do(c.RetireProduct(product))
    with pytest.raises(WrongStateError, match="retired"):
        house.do(c.Book(space_id="b", product_id="room", period=period(12, 13)))
    with pytest.raises(WrongStateError, match="retired"):
        house.do(c.CheckIn(place_id="paris", product_id="half-day"))
    with pytest.raises(WrongStateError, match="retired"):
        house.do(c.AddWorkshop(place_id="paris", title="Vélo", product_id="seat"))
    assert house.do(c.ConfirmBooking(held.id, account="desk")).value.state == "confirmed"
    assert house.do(c.CancelRegistration(seat.id)).value.state == "cancelled"
    house.do(c.RestoreProduct("room"))
    assert house.do(c.Book(space_id="b", product_id="room", period=period(12, 13))).value.state == "held"
