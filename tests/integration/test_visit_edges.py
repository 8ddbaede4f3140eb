"""Visits at their edge: a longer stay that waits for its payment, leaving late, checking in again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import DuplicateError, TooLateError, WrongStateError
from cantinekit.money import Money
from support.houses.edges import Card, accounts, charge_of, hook, neighbour
from support.houses.small_house import House, open_house, period
from support.laws import house_laws


def waiting_upgrade(*, before_end: int = 5, card: Card | None = None) -> tuple[House, m.Visit]:
    """A house where zoe's half-day is about to end, and a day is held for her until it is paid."""
    house = open_house(card=card)
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.clock.set(visit.until - timedelta(minutes=before_end))
    upgraded = house.do(c.UpgradeVisit(visit.id, product_id="day", account="card" if card else None)).value
    assert upgraded.upgrade is not None
    return house, upgraded


def pending(house: House, visit: m.Visit) -> m.Charge:
    """The charge of the longer stay."""
    return house.get(m.Charge, visit.upgrade.charge_id)


# --- while an upgrade waits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [0, 6, 14])
def test_who_waits_for_a_longer_stay_is_still_there(minutes):
    """As long as an upgrade may be paid its person is there, past the end of the first stay too: no second check-in."""
    house, visit = waiting_upgrade()
    house.wait(minutes=minutes)
    with pytest.raises(DuplicateError, match=visit.id):
        house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"))
    assert house.do(c.Pay(pending(house, visit).id, account="desk")).value.product_id == "day"
    house_laws.hold(house.storage, house.clock.now())


def test_who_did_not_pay_the_longer_stay_may_come_again():
    """Once the upgrade ran out and the first stay is over, the person checks in anew; both are ended on the way."""
    house, visit = waiting_upgrade()
    house.wait(minutes=16)
    again = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    assert again.state == "open"
    first = house.get(m.Visit, visit.id)
    assert (first.state, first.closed_at, first.upgrade) == ("closed", visit.until, None)
    assert pending(house, visit).state == "void"
    assert accounts(house) == {"account/desk": 1400, "revenue/half-day": -1400}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


@pytest.mark.parametrize("minutes", [0, 6], ids=["before-the-end", "after-the-end"])
def test_who_leaves_while_an_upgrade_waits_drops_it(minutes):
    """Checking out ends the visit and the unpaid longer stay with it; nothing more is owed, and the desk is free."""
    house, visit = waiting_upgrade()
    house.wait(minutes=minutes)
    left = house.do(c.CheckOut(visit.id)).value
    assert (left.state, left.upgrade) == ("closed", None)
    assert left.closed_at == min(house.clock.now(), visit.until)
    assert pending(house, visit).state == "void"
    assert house.get(m.Pass, visit.upgrade.pass_id).state == "cancelled"
    assert accounts(house) == {"account/desk": 700, "revenue/half-day": -700}
    assert (
        house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value.state
        == "open"
    )
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_card_that_pays_the_longer_stay_after_leaving_is_refunded():
    """Money for a longer stay that comes in after its person has left goes back."""
    house, visit = waiting_upgrade(card=Card("pending"))
    attempt_id = pending(house, visit).attempt_ids[0]
    house.do(c.CheckOut(visit.id))
    assert hook(house, attempt_id, 300, 300) == ("recorded",)
    assert pending(house, visit).refunded == Money(300, "EUR")
    assert accounts(house) == {"account/desk": 700, "revenue/half-day": -700}
    house_laws.folds(house.storage)


def test_a_visit_is_upgraded_once_at_a_time():
    """A second upgrade is refused while one waits, and taken once that one ran out."""
    house, visit = waiting_upgrade(before_end=60)
    with pytest.raises(WrongStateError, match="awaiting its payment"):
        house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk"))
    house.wait(minutes=16)
    house.cantine.run_due()
    upgraded = house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk")).value
    assert (upgraded.product_id, upgraded.upgrade) == ("day", None)
    assert accounts(house)["account/desk"] == 1000
    house_laws.hold(house.storage, house.clock.now())


def test_the_end_of_the_first_stay_does_not_end_a_visit_that_may_be_longer():
    """Running the due tasks between the end of the first stay and of the hold leaves the upgrade to be paid."""
    house, visit = waiting_upgrade()
    house.wait(minutes=6)
    house.cantine.run_due()
    assert house.get(m.Visit, visit.id).state == "open"
    paid = house.do(c.Pay(pending(house, visit).id, account="desk")).value
    assert (paid.product_id, paid.until > visit.until) == ("day", True)
    house.clock.set(paid.until)
    house.cantine.run_due()
    assert (house.get(m.Visit, visit.id).state, house.get(m.Visit, visit.id).closed_at) == ("closed", paid.until)


def test_the_end_of_a_stay_whose_upgrade_is_dropped_late_is_the_first_end():
    """Where the hold on the longer stay runs out after the first stay's end, the visit ended when that did."""
    house, visit = waiting_upgrade()
    house.wait(minutes=16)
    house.cantine.run_due()
    ended = house.get(m.Visit, visit.id)
    assert (ended.state, ended.closed_at) == ("closed", visit.until)
    with pytest.raises(TooLateError if pending(house, visit).state == "due" else WrongStateError):
        house.do(c.Pay(pending(house, visit).id, account="desk"))


def test_an_early_clock_revives_no_longer_stay():
    """A longer stay whose hold ran out, and whose desk another has, cannot be paid by whoever's clock is behind."""
    house, visit = waiting_upgrade()
    house.do(
        c.Book(
            space_id="open", product_id="desk", period=Period(visit.until, visit.upgrade.until), units=2, account="desk"
        )
    )
    behind = neighbour(house, visit.upgrade.expires - timedelta(seconds=1))
    house.wait(minutes=16)
    house.do(
        c.Book(
            space_id="open", product_id="desk", period=Period(house.clock.now(), visit.upgrade.until), account="desk"
        )
    )
    with pytest.raises(TooLateError):
        behind.do(c.Pay(pending(house, visit).id, account="desk"))
    house.cantine.run_due()
    assert house.get(m.Visit, visit.id).state == "closed"
    house_laws.hold(house.storage, house.clock.now())


# --- leaving late ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("later", "late"), [(timedelta(hours=1), False), (timedelta(hours=20), True)])
def test_a_visit_does_not_outlast_what_was_paid(later, late):
    """Who checks out after the end of the stay was there until its end; who checks out before, until then."""
    house = open_house()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.clock.advance(later)
    left = house.do(c.CheckOut(visit.id)).value
    assert left.closed_at == (visit.until if late else house.clock.now())
    (shown,) = (one for one in house.cantine.read.agenda("paris", visit.opened_at.date()) if one.kind == "visit")
    assert shown.period.end == left.closed_at


def test_a_clock_that_steps_back_ends_no_visit_before_it_began():
    """Checking out by a clock that is behind the check-in closes the visit at the moment it was opened."""
    house = open_house()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.clock.advance(timedelta(minutes=-10))
    assert house.do(c.CheckOut(visit.id)).value.closed_at == visit.opened_at


def test_a_desk_is_free_after_a_late_check_out():
    """The end of a stay frees its desk whether or not its person checks out, and once only."""
    house = open_house()
    house.do(c.Book(space_id="open", product_id="desk", period=period(8, 17), units=2, account="desk"))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.clock.set(visit.until)
    second = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk")).value
    house.do(c.CheckOut(visit.id))
    assert house.get(m.Visit, second.id).state == "open"
    assert charge_of(house, second).state == "settled"
    house_laws.hold(house.storage, house.clock.now())
