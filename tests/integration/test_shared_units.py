"""Units of an organisation that those who belong to it use: in which order, how many, and how they come back."""

from __future__ import annotations

from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import NoEntitlementError
from cantinekit.runtime import engine
from support.commands import examples
from support.houses import clock_house, small_house
from support.houses.one_list import at, left, place, sell
from support.houses.small_house import TODAY, records
from support.laws import house_laws
from support.races.two_at_once import both_at_once
from support.stores.around import WithoutVersions

UNITS = """
[product.carnet]
sells = "grant"
rate = { price = 100.00 }
grant = { account = "carnet", unit = "1h", units = 5 }
[product.yearly]
sells = "grant"
rate = { price = 100.00 }
grant = { account = "carnet", unit = "1h", units = 5 }
valid = { lasts = "1 year", ends = "same day" }
[product.room]
cover = { by = "carnet", unit = "1h", smallest = "0.5", partial = true }
beyond = "rate"
rate = { price = 20.00, per = "1h" }
[product.strict]
cover = { by = "carnet", unit = "1h", smallest = "0.5" }
beyond = "refuse"
rate = { price = 20.00, per = "1h" }
"""


def join(house, person, organisation="works", **more):
    asked = c.Affiliate(organisation_id=organisation, person_id=person, role="member", first_day=TODAY)
    return house.do(attrs.evolve(asked, **more)).value


def book(house, person, start, hours=1, product="room", **more):
    asked = c.Book(
        space_id="room", product_id=f"list/{product}", period=at(start, start + hours), person_id=person, account="desk"
    )
    return house.do(attrs.evolve(asked, **more))


@pytest.fixture
def house():
    """A company that holds five hours, with two members; its laws hold in the end."""
    with place(UNITS) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        join(house, "zoe")
        join(house, "bob")
        sell(house, "carnet", "works")
        yield house


def used(house):
    """How many of the company's hours each person uses."""
    (mine,) = [one for one in house.all(m.Entitlement) if one.holder_id == "works"]
    return {one.person_id: mine.in_unit(one.units) for one in mine.users}


def test_a_paused_pass_is_shared_by_nobody(house):
    """While the company's pass is paused its people are refused, and told that it is; then they use it again."""
    book(house, "bob", 9, 5)
    hours = sell(house, "yearly", "works").value
    house.do(c.PausePass(hours.id, reason="moving", override="agreed"))
    with pytest.raises(NoEntitlementError, match=f"pass {hours.id} is paused"):
        book(house, "zoe", 15, product="strict")
    house.wait(days=1)
    house.do(c.ResumePass(hours.id))
    day = TODAY + timedelta(days=1)
    book(house, "zoe", 15, product="strict", period=at(15, 16, day))
    assert left(house, "carnet", "works") == 4


def test_own_units_go_first(house):
    """A member's own hours are used up before the first of the company, though these are older and expire as soon."""
    sell(house, "carnet", "zoe")
    book(house, "zoe", 9, 4)
    assert (left(house, "carnet"), left(house, "carnet", "works"), used(house)) == (1, 5, {})
    book(house, "zoe", 13, 3)
    assert (left(house, "carnet"), left(house, "carnet", "works"), used(house)) == (0, 3, {"zoe": 2})
    book(house, "bob", 16, 2)
    assert (left(house, "carnet", "works"), used(house)) == (1, {"bob": 2, "zoe": 2})


def test_others_use_nothing_of_it(house):
    """Who does not belong to the company pays, and so does a member before the first day and after the last one."""
    join(house, "eve", first_day=TODAY + timedelta(days=1))
    (zoe,) = house.cantine.read.organisations("zoe")
    house.do(c.EndAffiliation(zoe.id, last_day=TODAY - timedelta(days=1)))
    for hour, person in enumerate(("max", "eve", "zoe", None), 9):
        assert book(house, person, hour).charges[0].amount.amount == 2000
    assert left(house, "carnet", "works") == 5
    booked = book(house, "eve", 9, period=at(9, 10, TODAY + timedelta(days=1)))
    assert (booked.charges, left(house, "carnet", "works")) == ((), 4)


def test_a_person_uses_at_most_so_many(house):
    """A limit holds for all that the person uses at a time; what goes back can be used again; others are free of it."""
    join(house, "eve", at_most=2)
    first = book(house, "eve", 17, 2).value
    with pytest.raises(NoEntitlementError):
        book(house, "eve", 11, product="strict")
    assert book(house, "eve", 11).charges[0].amount.amount == 2000
    house.do(c.CancelBooking(first.id))
    assert (left(house, "carnet", "works"), used(house)) == (5, {})
    paid = book(house, "eve", 12, 3).charges[0]
    assert (paid.amount.amount, used(house)) == (2000, {"eve": 2})
    book(house, "bob", 15, 3)
    assert used(house) == {"bob": 3, "eve": 2}


def test_what_is_moved_takes_its_own_place(house):
    """Moving within the limit needs no further unit: those of before are given back first."""
    join(house, "eve", at_most=2)
    booking = book(house, "eve", 9, 2).value
    moved = house.do(c.MoveBooking(booking.id, period=at(14, 16)))
    assert (moved.charges, left(house, "carnet", "works"), used(house)) == ((), 3, {"eve": 2})
    house.do(c.MoveBooking(booking.id, period=at(14, 15)))
    assert (left(house, "carnet", "works"), used(house)) == (4, {"eve": 1})


def test_a_visit_and_an_order_use_it_and_give_it_back(house):
    """Each that sells takes shared units, and gives them back to the company when it is cancelled."""
    line = c.SellLine("list/room", period=at(10, 11))
    order = house.do(c.Sell([line], place_id="paris", person_id="zoe", account="desk")).value
    series = c.BookSeries(
        space_id="office", product_id="list/room", day=TODAY, starts=time(12), ends=time(13),
        rule="FREQ=DAILY;COUNT=2", person_id="bob", account="desk",
    )  # fmt: skip
    booked = house.do(series).value
    assert (left(house, "carnet", "works"), used(house)) == (2, {"bob": 2, "zoe": 1})
    house.do(c.CancelOrder(order.id))
    house.do(c.CancelSeries(booked.id))
    assert (left(house, "carnet", "works"), used(house)) == (5, {})


def test_two_organisations_share_with_one_person(house):
    """Both are used, and each keeps its own account of who used it."""
    house.do(c.AddOrganisation(name="Town", form="public body", id="town"))
    join(house, "zoe", "town")
    sell(house, "carnet", "town")
    book(house, "zoe", 9, 8)
    assert left(house, "carnet", "works") + left(house, "carnet", "town") == 2


# --- what comes back -------------------------------------------------------------------------------------------------


@pytest.fixture
def works():
    """The house of many things, where everybody belongs to a company that holds ten entries."""
    house = small_house.open_house()
    house.do(c.AddOrganisation(name="Works", id="works"))
    for person in small_house.PERSONS:
        join(house, person)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="works", account="desk"))
    yield house
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_visit_becomes_longer_and_is_taken_back(works):
    """What the longer stay takes instead is noted of the visitor, and all of it comes back."""
    visit = works.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk")).value
    assert (used(works), visit.spends[0].units) == ({"bob": 1}, 1)
    works.do(c.UpgradeVisit(visit.id, product_id="day", account="desk"))
    assert set(used(works)) == {"bob"}
    works.do(c.CancelVisit(visit.id, reason="was none"))
    assert (left(works, "carnet", "works"), used(works)) == (10, {})


def test_a_seat_is_moved_and_given_up(works):
    """The seat takes one entry of the company wherever it is, and none once it is given up or called off."""
    later = examples._another_session(works)
    seat = works.do(c.Register(session_id="paid", person_id="bob", account="desk")).value
    other = works.do(c.Register(session_id=later, person_id="eve", account="desk")).value
    assert used(works) == {"bob": 1, "eve": 1}
    works.do(c.MoveRegistration(registration_id=seat.id, session_id=later, account="desk"))
    assert used(works) == {"bob": 1, "eve": 1}
    works.do(c.CancelRegistration(seat.id))
    assert used(works) == {"eve": 1}
    works.do(c.CancelSession(later, reason="nobody is there to teach"))
    works.cantine.run_due()
    assert (left(works, "carnet", "works"), used(works), other.person_id) == (10, {}, "eve")


def test_dates_of_a_series_are_moved(house):
    """All dates keep their units, those of the company."""
    series = c.BookSeries(
        space_id="office", product_id="list/room", day=TODAY, starts=time(12), ends=time(13),
        rule="FREQ=DAILY;COUNT=2", person_id="bob", account="desk",
    )  # fmt: skip
    booked = house.do(series).value
    house.do(c.MoveBookingSeries(booked.id, starts=time(15), ends=time(17)))
    assert (left(house, "carnet", "works"), used(house)) == (1, {"bob": 4})
    house.do(c.MoveBookingSeries(booked.id, starts=time(15), ends=time(16)))
    assert (left(house, "carnet", "works"), used(house)) == (3, {"bob": 2})


def test_a_visit_by_the_clock_takes_them_when_it_ends():
    """What is priced on leaving takes shared units then; corrected it takes others, and cancelled none."""
    house = clock_house.clock_house(clock_house.local(9))
    house.do(c.AddOrganisation(name="Works", id="works"))
    join(house, "bob")
    house.do(c.SellPass(product_id="hours", place_id="paris", holder_id="works", account="desk"))
    before = left(house, "hours", "works")
    visit = house.do(c.CheckIn(place_id="paris", product_id="ticket", person_id="bob")).value
    assert used(house) == {}
    house.clock.set(clock_house.local(11))
    house.do(c.CheckOut(visit.id, account="desk"))
    spent = before - left(house, "hours", "works")
    assert spent > 0
    assert used(house) == {"bob": spent}
    opened = house.get(m.Visit, visit.id).opened_at
    house.do(c.CorrectVisit(visit.id, closed_at=opened + timedelta(hours=1), reason="left earlier"))
    assert used(house) == {"bob": before - left(house, "hours", "works")}
    house.do(c.CancelVisit(visit.id, reason="was none"))
    assert (left(house, "hours", "works"), used(house)) == (before, {})
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


def _last_unit():
    """A company with one hour left, and what two of its members ask for at one moment."""
    with place(UNITS) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        join(house, "zoe")
        join(house, "bob")
        sell(house, "carnet", "works")
        book(house, "zoe", 9, 4)
        asked = [
            c.Book(space_id=space, product_id="list/strict", period=at(14, 15), person_id=person)
            for space, person in (("room", "zoe"), ("office", "bob"))
        ]
        return house.storage, asked


def _spent(store):
    found = [one for key, one in records(store).items() if key.kind == m.Entitlement.kind]
    (mine,) = [one for one in found if one.organisation]
    return mine.in_unit(mine.used), {one.person_id: mine.in_unit(one.units) for one in mine.users}


def test_two_members_cannot_both_use_the_last_unit(without_pauses):
    """In every order of their storage calls one of them gets it, and the other is refused."""
    base, asked = _last_unit()
    winners = set()
    for schedule, ends, store in both_at_once(base, asked):
        refused = [end for end in ends if isinstance(end, NoEntitlementError)]
        assert len(refused) == len([end for end in ends if isinstance(end, engine.Committed)]) == 1, schedule.names
        used, users = _spent(store)
        assert (used, sum(users.values())) == (5, 5)
        winners.add(tuple(sorted(users.items())))
        house_laws.folds(store)
    assert len(winners) == 2


def test_without_versions_both_would_use_it(without_pauses):
    """The control: in a store that checks no version of a row, some order of the calls gives the unit twice."""
    base, asked = _last_unit()
    ends = [both for _, both, _ in both_at_once(base, asked, WithoutVersions)]
    assert any(all(isinstance(end, engine.Committed) for end in both) for both in ends)
