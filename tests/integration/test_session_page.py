"""The page of one session: what the programme says of it, where it is, what a seat costs and why, whether I have it."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import NotForSaleError, NotFoundError
from cantinekit.reads import ProgrammeItem, SessionPage
from support.houses import small_house
from support.houses.small_house import TODAY
from support.stores.counting import Counting
from support.stores.plain import Plain


@pytest.fixture
def house():
    return small_house.open_house()


def in_month(house: small_house.House, page: SessionPage, person_id: str | None = None) -> ProgrammeItem:
    """The session as the programme of the month shows it."""
    month = house.cantine.read.programme_month("paris", TODAY, person_id=person_id)
    return next(one for one in month if one.session.id == page.item.session.id)


@pytest.mark.parametrize("person_id", [None, "zoe"])
@pytest.mark.parametrize("id", ["free", "paid"])
def test_it_says_what_the_programme_says(house, id, person_id):
    """The session is that of the month, for nobody and for somebody with a carnet, before and after seats are taken;
    its price is that of the quote, which has reasons, and none where it is free."""
    read = house.cantine.read
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    for who in ("bob", "eve", "max"):
        page = read.session_page(id, person_id=person_id)
        assert page.item == in_month(house, page, person_id)
        assert (page.place.id, page.mine) == ("paris", None)
        assert (page.quote is None) is (id == "free")
        if page.quote is not None:
            assert page.quote.total == page.item.price
            assert page.quote.explain()
        house.do(c.Register(session_id=id, person_id=who, account="desk"))


def test_the_price_is_that_of_a_seat(house):
    """Whoever registers pays what it says, with the units that they hold."""
    for who, amount in (("zoe", 0), ("bob", 1000)):
        if not amount:
            house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=who, account="desk"))
        said = house.cantine.read.session_page("paid", person_id=who).quote
        assert said is not None
        done = house.do(c.Register(session_id="paid", person_id=who, account="desk"))
        assert sum(one.amount.amount for one in done.charges) == said.total.amount == amount


def test_it_says_whether_i_have_a_seat(house):
    """My seat or my rank is there until it is over, and nobody else's; so are the options and the space."""
    read = house.cantine.read
    seat = house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value
    page = read.session_page("paid", person_id="zoe")
    assert page.mine == seat
    assert [one.id for one in page.options] == ["materials"]
    assert page.space is None or page.space.id == page.item.session.space_id
    assert read.session_page("paid").mine is None
    assert read.session_page("paid", person_id="bob").mine is None
    house.do(c.CancelRegistration(seat.id))
    assert read.session_page("paid", person_id="zoe").mine is None


def test_a_course_is_shown_from_its_first_meeting_on(house):
    """The period is that of the first meeting, in whatever month it is asked."""
    days = [TODAY + timedelta(days=3), TODAY + timedelta(days=40)]
    meetings = tuple((day, time(9), time(10)) for day in days)
    course = house.do(c.AddCourse(workshop_id="talk", meetings=meetings, seats=4)).value
    page = house.cantine.read.session_page(course.id)
    assert page.item.period == course.every_meeting[0].period
    assert page.item == in_month(house, page)


def test_why_there_is_no_price(house):
    """Where the price list has none it is told, and there is no quote."""
    page = house.cantine.read.session_page("paid", now=small_house.START - timedelta(days=300))
    assert (page.quote, page.item.price) == (None, None)
    assert isinstance(page.item.refused, NotForSaleError)


def test_who_and_what_is_not_there(house):
    """A session and a person that are not there are not found."""
    for given in (("none", None), ("paid", "nobody")):
        with pytest.raises(NotFoundError):
            house.cantine.read.session_page(given[0], person_id=given[1])


def test_other_sessions_cost_nothing():
    """It takes five round trips at most, and reads no other session, however many the month has; a store that answers
    the port and no more gives the same. Control: the month reads them all."""
    storage = Counting(MemoryStorage())
    house = small_house.open_house(storage)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    for number in range(8):
        day = TODAY + timedelta(days=2)
        house.do(c.AddSession(workshop_id="welding", day=day, starts=time(9), ends=time(10), seats=number + 1))
    house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    storage.clear()
    page = house.cantine.read.session_page("paid", person_id="zoe")
    assert storage.trips <= 5
    assert storage.rows["session"] == 0
    assert page == Cantine.open(Plain(storage), clock=house.clock).read.session_page("paid", person_id="zoe")
    house.cantine.read.programme_month("paris", TODAY)
    assert storage.rows["session"] == 10
