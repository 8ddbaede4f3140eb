"""The programme of a month: the sessions with the seats that are left, who waits, and what a seat costs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import InputError, NotForSaleError, WrongStateError
from cantinekit.money import Money
from cantinekit.reads import ProgrammeItem
from support.houses import small_house
from support.houses.small_house import TODAY
from support.stores.counting import Counting


@pytest.fixture
def house():
    return small_house.open_house()


def month(house: small_house.House, day: date = TODAY, **more: Any) -> dict[str, ProgrammeItem]:
    return {one.session.id: one for one in house.cantine.read.programme_month("paris", day, **more)}


def test_a_month_with_seats_prices_and_who_waits(house):
    """Sessions by their start, with what is left, what a seat costs by the list, and how many wait."""
    found = month(house)
    assert list(found) == ["free", "paid"]
    assert (found["free"].left, found["free"].price, found["free"].open) == (2, Money.zero("EUR"), True)
    assert (found["paid"].left, found["paid"].price) == (2, Money(1000, "EUR"))
    assert found["paid"].title() == found["paid"].title("fr") == "Soudure"
    with pytest.raises(InputError, match="texts"):
        found["paid"].title("de")  # type: ignore[arg-type]
    for who in ("zoe", "bob", "eve"):
        house.do(c.Register(session_id="free", person_id=who))
    full = month(house)["free"]
    assert (full.left, full.waiting, full.open) == (0, 1, True)


def test_seats_that_are_left_can_be_had_at_that_price(house):
    """What it shows is what ``Register`` does: as many seats as are left are had at that price, one more waits."""
    shown = month(house, person_id="zoe")["paid"]
    for who in ("zoe", "bob"):
        done = house.do(c.Register(session_id="paid", person_id=who, account="desk"))
        assert (done.value.state, done.charges[0].amount) == ("confirmed", shown.price)
    assert house.do(c.Register(session_id="paid", person_id="eve")).value.state == "waiting"


def test_units_cover_a_seat_of_whoever_holds_them(house):
    """For a person with a carnet a seat costs what it costs them."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    assert month(house, person_id="zoe")["paid"].price == Money.zero("EUR")
    assert month(house)["paid"].price == Money(1000, "EUR")


def test_a_session_that_began_or_was_called_off_is_shown_and_closed(house):
    """They stay on the page; nobody can register."""
    house.do(c.CancelSession("paid", reason="ill"))
    house.wait(days=1, hours=6)
    found = month(house)
    assert [(one.open, one.left) for one in found.values()] == [(False, 0), (False, 0)]


def test_a_month_is_that_of_the_place(house):
    """A session of the last evening of a month, by the clock of the place, is in it, and in no other."""
    last = date(2026, 11, 30)
    house.do(c.AddSession(workshop_id="talk", day=last, starts=time(23), ends=time(23, 45), seats=3, id="late"))
    assert "late" in month(house, last)
    assert "late" not in month(house, date(2026, 12, 1))
    assert month(house, date(2026, 12, 31)) == {}
    with pytest.raises(InputError, match="month"):
        month(house, datetime(2026, 11, 1))


def test_a_seat_without_a_price_says_why(house):
    """A price list that is not in force yet is told with the session."""
    found = month(house, now=small_house.START - timedelta(days=300))["paid"]
    assert found.price is None
    assert isinstance(found.refused, NotForSaleError)


def test_many_sessions_take_six_round_trips():
    """The number of sessions does not matter."""
    storage, trips = Counting(MemoryStorage()), []
    house = small_house.open_house(storage)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    for number in range(12):
        before = storage.trips
        assert len(month(house, person_id="zoe")) == 2 + number
        trips.append(storage.trips - before)
        day = TODAY + timedelta(days=2)
        house.do(c.AddSession(workshop_id="welding", day=day, starts=time(9), ends=time(10), seats=number + 1))
    assert max(trips) == trips[0] <= 6


def test_a_session_that_falls_through_takes_nobody_before_its_task_has_run(house):
    """Too few have registered when that is decided: nobody can register or has to give a seat up any more, also while
    the work that calls it off is late."""
    due = small_house.START + timedelta(hours=1)
    house.do(
        c.AddSession(
            workshop_id="talk", day=TODAY, starts=time(18), ends=time(20), seats=9, minimum=2, decide_at=due, id="few"
        )
    )  # fmt: skip
    house.do(c.Register(session_id="few", person_id="zoe"))

    def told() -> tuple[bool, int, bool]:
        shown = month(house)["few"]
        return shown.open, shown.left, house.cantine.read.holdings("zoe").seats.items[0].can_cancel

    house.clock.set(due - timedelta(seconds=1))
    assert told() == (True, 8, True)
    house.clock.set(due)
    assert told() == (False, 0, False)
    with pytest.raises(WrongStateError):
        house.do(c.Register(session_id="few", person_id="bob"))
