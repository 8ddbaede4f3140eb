"""Visits that are priced when they end: by the time that was spent, with the other visits of the day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import (
    AccountError,
    DuplicateError,
    IncompleteError,
    InputError,
    NoEntitlementError,
    SoldOutError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from support.houses.clock_house import CLOCK, clock_house, earned, euros, local
from support.houses.edges import accounts
from support.houses.small_house import House
from support.laws import house_laws

SUMMER_OVER, SUMMER_BEGINS = date(2026, 10, 25), date(2026, 3, 29)
"""The nights of Paris in which a clock is set back, and forward."""


def check_in(house: House, product: str = "hour", person: str | None = "zoe", **more: Any) -> m.Visit:
    return house.do(c.CheckIn(place_id="paris", product_id=product, person_id=person, **more)).value


def holds(house: House) -> None:
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- by the time that was spent --------------------------------------------------------------------------------------


def test_paid_by_the_time_spent():
    """R15. In at 10:00, out at 11:40, at 4 EUR an hour and at most 16 a day: 6.67, in cash when she leaves."""
    house = clock_house(local(10))
    visit = check_in(house)
    assert (visit.state, visit.charge_ids, visit.until) == ("open", (), local(18))
    house.clock.set(local(11, 40))
    done = house.do(c.CheckOut(visit.id, account="desk"))
    assert euros(done) == [667]
    assert done.quote.total == Money(667, "EUR")
    assert (done.value.state, done.value.closed_at) == ("closed", local(11, 40))
    assert accounts(house) == {"account/desk": 667, "revenue/hour": -667}
    holds(house)


def test_at_most_so_much_a_day():
    """R15. The cap is of the day: after 3 hours for 12.00 a second visit of 3 hours costs 4.00 more."""
    house = clock_house(local(9))
    first = check_in(house)
    house.clock.set(local(12))
    assert euros(house.do(c.CheckOut(first.id, account="desk"))) == [1200]
    second = check_in(house, account="desk")
    house.clock.set(local(15))
    assert euros(house.do(c.CheckOut(second.id))) == [400]
    assert accounts(house)["account/desk"] == 1600
    holds(house)


def test_merged_half_days_are_charged_as_one_day():
    """Two visits two hours apart are one stay: the first costs a half-day, the second what is missing to two."""
    house = clock_house(local(9))
    found = []
    for start, end in ((9, 11), (12, 12.5), (14, 17)):
        house.clock.set(local(0) + timedelta(hours=start))
        visit = check_in(house, "half")
        house.clock.set(local(0) + timedelta(hours=end))
        found.append(euros(house.do(c.CheckOut(visit.id, account="desk"))))
    assert found == [[1000], [], [1000]]
    holds(house)


def test_a_walk_in_pays_by_the_clock_too():
    """Nobody knows whether two walk-ins are one person: each visit is priced by itself, under the cap of a visit."""
    house = clock_house(local(9))
    one, two = check_in(house, person=None), check_in(house, person=None)
    house.clock.set(local(11))
    assert [euros(house.do(c.CheckOut(visit.id, account="desk"))) for visit in (one, two)] == [[800], [800]]
    holds(house)


def test_what_is_left_due_is_paid_afterwards():
    """A check-out without an account ends the visit all the same; what is due is paid when somebody takes it."""
    house = clock_house(local(10))
    visit = check_in(house)
    house.clock.set(local(11))
    (charge,) = house.do(c.CheckOut(visit.id)).charges
    assert (charge.state, charge.amount) == ("due", Money(400, "EUR"))
    house.wait(hours=30)
    paid = house.do(c.Pay(charge.id, account="card"))
    assert paid.value.state == "closed"
    assert house.get(m.Charge, charge.id).state == "settled"
    holds(house)


def test_a_preview_tells_what_leaving_now_would_cost():
    """Before the visitor leaves the desk sees the price, with its reasons, and nothing changes."""
    house = clock_house(local(10))
    visit = check_in(house)
    house.clock.set(local(11, 40))
    told = house.cantine.preview(c.CheckOut(visit.id), actor="desk:ana")
    assert told.quote.total == Money(667, "EUR")
    assert house.get(m.Visit, visit.id).state == "open"


def test_what_is_refused_whatever_its_length_is_refused_at_the_door():
    """Without an entry that covers it nobody gets in; with one the visit costs as many as it has begun hours."""
    house = clock_house(local(9))
    with pytest.raises(NoEntitlementError):
        check_in(house, "ticket")
    house.do(c.SellPass(product_id="hours", place_id="paris", holder_id="zoe", account="desk"))
    visit = check_in(house, "ticket")
    house.clock.set(local(10, 30))
    house.do(c.CheckOut(visit.id))
    (units,) = house.all(m.Entitlement)
    assert units.left == 1
    holds(house)


def test_nobody_is_kept_from_leaving_by_the_price_list():
    """A stay beyond the entries that there are ends all the same: it has no price, and says why."""
    house = clock_house(local(9))
    house.do(c.SellPass(product_id="hours", place_id="paris", holder_id="zoe", account="desk"))
    visit = check_in(house, "ticket")
    house.clock.set(local(14))
    left = house.do(c.CheckOut(visit.id)).value
    assert (left.state, left.unpriced, house.all(m.Tab)[0].unpriced_ids) == ("closed", "limit_reached", (visit.id,))
    house.do(c.SellPass(product_id="hours", place_id="paris", holder_id="zoe", account="desk"))
    again = house.do(c.CorrectVisit(visit.id, closed_at=local(13, 59), reason="has bought entries")).value
    assert again.unpriced == ""
    assert sum(one.left for one in house.all(m.Entitlement)) == 1
    holds(house)


def test_a_promise_an_account_and_an_upgrade():
    """By the clock no price is promised, an account must exist at the door already, and no visit is made longer."""
    house = clock_house(local(10))
    quote = house.cantine.quote(c.CheckIn(place_id="paris", product_id="flat", person_id="zoe"))
    with pytest.raises(UnsuitableError, match="priced when the visit ends"):
        check_in(house, quote=quote)
    with pytest.raises(AccountError):
        check_in(house, account="nothing")
    visit = check_in(house)
    with pytest.raises(UnsuitableError, match="by the clock"):
        house.do(c.UpgradeVisit(visit.id, product_id="whole", account="desk"))
    flat = check_in(house, "flat", "bob", account="desk")
    with pytest.raises(UnsuitableError, match="by the clock"):
        house.do(c.UpgradeVisit(flat.id, product_id="hour", account="desk"))
    assert house.do(c.UpgradeVisit(flat.id, product_id="whole", account="desk")).value.until == local(18)


# --- late, missing and corrected sightings ---------------------------------------------------------------------------


def test_a_check_in_that_is_noted_late():
    """She came at 9:10 and was noted at 10:00: the time counts from 9:10, the log knows both instants."""
    house = clock_house(local(10))
    visit = check_in(house, at=local(9, 10), source="door")
    assert visit.opened_at == local(9, 10)
    house.clock.set(local(11, 10))
    assert euros(house.do(c.CheckOut(visit.id, account="desk"))) == [800]
    first, last = house.cantine.read.sightings(visit.id)
    assert (first.way, first.at, first.recorded_at, first.source) == ("in", local(9, 10), local(10), "door")
    assert (last.way, last.at, last.actor) == ("out", local(11, 10), "desk:ana")
    holds(house)


def test_a_whole_visit_that_is_noted_late_is_priced_with_the_day():
    """The morning is noted in the afternoon, while she is there again: the cap of the day holds for both."""
    house = clock_house(local(14))
    second = check_in(house, account="desk")
    late = house.do(
        c.CheckIn(place_id="paris", product_id="hour", person_id="zoe", at=local(9), left_at=local(12), account="desk")
    )
    assert (late.value.state, euros(late)) == ("closed", [1200])
    house.clock.set(local(17))
    assert euros(house.do(c.CheckOut(second.id))) == [400]
    with pytest.raises(DuplicateError):
        check_in(house, at=local(11), left_at=local(13))
    holds(house)


def test_a_flat_half_day_that_is_noted_late_is_over_and_left_due():
    """A half-day of the morning, noted in the afternoon: it takes no desk and awaits no payment, and can be paid."""
    house = clock_house(local(15))
    done = house.do(c.CheckIn(place_id="paris", product_id="flat", person_id="zoe", at=local(9), left_at=local(11)))
    assert (done.value.state, done.value.closed_at, done.value.placed) == ("closed", local(11), ())
    house.wait(minutes=20)
    house.cantine.run_due()
    house.do(c.Pay(done.charges[0].id, account="desk"))
    assert house.get(m.Pass, done.value.pass_id).state == "active"
    assert accounts(house) == {"account/desk": 800, "revenue/flat": -800}
    holds(house)


@pytest.mark.parametrize("account", [None, "desk", "card"])
def test_who_is_not_seen_leaving_is_charged_until_closing(account):
    """Nobody saw her leave: at closing the visit ends, and is charged to then. Nobody is there to pay: it is left due,
    whatever account the check-in named. A late check-out takes the rest off.
    """
    house = clock_house(local(16))
    visit = check_in(house, account=account)
    house.clock.set(local(18))
    house.cantine.run_due()
    ended = house.get(m.Visit, visit.id)
    assert (ended.state, ended.closed_at, ended.supposed) == ("closed", local(18), True)
    assert [charge.outstanding for charge in house.all(m.Charge)] == [Money(800, "EUR")]
    house.clock.set(local(19))
    done = house.do(c.CheckOut(visit.id, at=local(16, 30), account="desk"))
    assert (done.value.closed_at, done.value.supposed) == (local(16, 30), False)
    assert [(charge.state, charge.billed.amount) for charge in house.all(m.Charge)] == [("void", 0), ("settled", 200)]
    with pytest.raises(WrongStateError):
        house.do(c.CheckOut(visit.id, at=local(16, 20)))
    holds(house)


@pytest.mark.parametrize(("closed", "lines"), [((11), -400), ((13), 400)])
def test_a_correction_posts_the_difference(closed, lines):
    """Two hours that were one go back in part, two that were three are charged again: as lines of their own."""
    house = clock_house(local(10))
    visit = check_in(house)
    house.clock.set(local(12))
    house.do(c.CheckOut(visit.id, account="desk"))
    house.clock.set(local(15))
    done = house.do(c.CorrectVisit(visit.id, closed_at=local(closed), reason="left at another time", account="desk"))
    assert accounts(house)["account/desk"] == 800 + lines
    assert (len(done.value.charge_ids), len(house.all(m.Refund))) == ((2, 0) if lines > 0 else (1, 1))
    ways = [(one.way, one.at, one.source, one.reason) for one in house.cantine.read.sightings(visit.id)]
    assert ways[1:] == [
        ("out", local(12), "desk", ""),
        ("out", local(closed), "correction", "left at another time"),
    ]
    holds(house)


def test_a_correction_is_of_the_whole_day():
    """The first visit was an hour, not three: of the cap of 16 the second one, cut at 4.00, now costs its 12.00."""
    house = clock_house(local(9))
    first = check_in(house)
    house.clock.set(local(12))
    house.do(c.CheckOut(first.id, account="desk"))
    second = check_in(house)
    house.clock.set(local(15))
    house.do(c.CheckOut(second.id, account="desk"))
    assert accounts(house)["account/desk"] == 1600
    house.do(c.CorrectVisit(first.id, closed_at=local(10), reason="typing error"))
    assert accounts(house)["account/desk"] == 1600  # 4 + 12
    house.do(c.CorrectVisit(first.id, closed_at=local(9, 30), reason="typing error"))
    assert accounts(house)["account/desk"] == 1400
    holds(house)


def test_a_correction_to_another_day_moves_the_visit_to_its_tab():
    """It was yesterday: the cap of today is free again, that of yesterday is used."""
    house = clock_house(local(9))
    visit = check_in(house)
    house.clock.set(local(12))
    house.do(c.CheckOut(visit.id, account="desk"))
    before = timedelta(days=1)
    house.do(
        c.CorrectVisit(
            visit.id,
            opened_at=local(9) - before,
            closed_at=local(11) - before,
            reason="noted a day late",
            account="desk",
        )
    )
    assert accounts(house)["account/desk"] == 800
    assert {tab.id.rpartition("|")[2]: len(tab.stays) for tab in house.all(m.Tab)} == {"2026-11-23": 1, "2026-11-24": 0}
    holds(house)


def test_a_correction_of_an_open_visit_counts_when_it_ends():
    """While she is there only the beginning can be corrected; the price follows when she leaves."""
    house = clock_house(local(10))
    visit = check_in(house)
    house.clock.set(local(10, 30))
    with pytest.raises(InputError, match="ended by a check-out"):
        house.do(c.CorrectVisit(visit.id, closed_at=local(10, 20), reason="no"))
    house.do(c.CorrectVisit(visit.id, opened_at=local(9, 30), reason="came earlier"))
    assert house.all(m.Charge) == []
    assert euros(house.do(c.CheckOut(visit.id, account="desk"))) == [400]
    holds(house)


def test_a_flat_visit_keeps_its_price_when_its_times_are_corrected():
    """What had a fixed price keeps it; only the times are others."""
    house = clock_house(local(9))
    visit = check_in(house, "flat", account="desk")
    house.clock.set(local(11))
    house.do(c.CheckOut(visit.id))
    done = house.do(c.CorrectVisit(visit.id, opened_at=local(9, 0), closed_at=local(10), reason="left at ten")).value
    assert (done.closed_at, done.charge_ids) == (local(10), visit.charge_ids)
    assert accounts(house)["account/desk"] == 800
    holds(house)


def test_a_cancelled_visit_never_was():
    """The wrong person was checked in: money and units go back, the cap is free again, the log keeps both."""
    house = clock_house(local(9))
    wrong = check_in(house, person="bob")
    house.clock.set(local(12))
    house.do(c.CheckOut(wrong.id, account="desk"))
    done = house.do(c.CancelVisit(wrong.id, reason="it was somebody else")).value
    assert done.state == "cancelled"
    assert accounts(house) == {}
    assert [one.way for one in house.cantine.read.sightings(wrong.id)] == ["in", "out", "cancelled"]
    with pytest.raises(WrongStateError):
        house.do(c.CancelVisit(wrong.id, reason="twice"))
    flat = check_in(house, "flat", account="desk")
    house.do(c.CancelVisit(flat.id, reason="wrong product"))
    assert accounts(house) == {}
    assert check_in(house).state == "open"
    holds(house)


def test_cancelling_a_visit_that_is_over_frees_no_other():
    """She is there again when her morning is cancelled: she stays checked in, once."""
    house = clock_house(local(9))
    first = check_in(house)
    house.clock.set(local(10))
    house.do(c.CheckOut(first.id, account="desk"))
    check_in(house)
    house.do(c.CancelVisit(first.id, reason="no visit"))
    with pytest.raises(DuplicateError):
        check_in(house)
    holds(house)


def test_a_held_visit_is_cancelled_before_it_is_paid():
    """A half-day that waits for its payment is taken back: its desk is free and nothing is owed."""
    house = clock_house(local(9))
    visit = check_in(house, "flat")
    assert visit.state == "held"
    house.do(c.CancelVisit(visit.id, reason="wrong product"))
    assert [charge.state for charge in house.all(m.Charge)] == ["void"]
    holds(house)


def test_a_reopened_visit_is_charged_the_difference_when_it_ends():
    """She had only gone for lunch and was checked out: the visit goes on, and costs what it costs as a whole."""
    house = clock_house(local(9))
    visit = check_in(house)
    house.clock.set(local(11))
    house.do(c.CheckOut(visit.id, account="desk"))
    house.clock.set(local(11, 30))
    again = house.do(c.ReopenVisit(visit.id, reason="was not leaving")).value
    assert (again.state, again.closed_at) == ("open", None)
    with pytest.raises(DuplicateError):
        check_in(house)
    house.clock.set(local(12))
    assert euros(house.do(c.CheckOut(visit.id, account="desk")))[-1] == 400
    assert accounts(house)["account/desk"] == 1200
    assert [one.way for one in house.cantine.read.sightings(visit.id)] == ["in", "out", "reopened", "out"]
    holds(house)


def test_what_cannot_be_reopened():
    """A visit that is open, whose time is over, whose desk is taken, or whose person is there again."""
    house = clock_house(local(9))
    visit = check_in(house, space_id="box")
    with pytest.raises(WrongStateError):
        house.do(c.ReopenVisit(visit.id, reason="no"))
    house.clock.set(local(10))
    house.do(c.CheckOut(visit.id, account="desk"))
    other = check_in(house, person="bob", space_id="box")
    with pytest.raises(SoldOutError):
        house.do(c.ReopenVisit(visit.id, reason="no"))
    house.do(c.CheckOut(other.id, account="desk"))
    mine = check_in(house, space_id="box")
    with pytest.raises(DuplicateError):
        house.do(c.ReopenVisit(visit.id, reason="no"))
    house.do(c.CheckOut(mine.id, account="desk"))
    house.clock.set(local(18))
    with pytest.raises(TooLateError):
        house.do(c.ReopenVisit(visit.id, reason="no"))
    holds(house)


def test_instants_that_nobody_can_have_seen():
    """In the future, too long ago, an end before the beginning, an end without a beginning: refused."""
    house = clock_house(local(10))
    for wrong in (
        {"at": local(10, 1)},
        {"at": local(10) - timedelta(days=32)},
        {"left_at": local(9)},
        {"at": local(9), "left_at": local(9)},
        {"at": local(9), "left_at": local(11)},
    ):
        with pytest.raises(InputError):
            check_in(house, **wrong)
    visit = check_in(house, at=local(9))
    for command in (
        c.CheckOut(visit.id, at=local(10, 1)),
        c.CheckOut(visit.id, at=local(8, 59)),
        c.CorrectVisit(visit.id, reason="nothing"),
        c.CorrectVisit(visit.id, opened_at=local(10, 1), reason="future"),
    ):
        with pytest.raises(InputError):
            house.do(command)
    for reason in ("", "  "):
        with pytest.raises(InputError):
            c.CancelVisit(visit.id, reason=reason)


def test_the_same_time_is_not_noted_twice():
    """A correction onto another visit of the person in the same zone is refused; in another zone it is not."""
    house = clock_house(local(9))
    for start, end, space in ((9, 10, None), (11, 12, None), (11, 12, "lab")):
        house.clock.set(max(house.clock.now(), local(end)))
        check_in(house, at=local(start), left_at=local(end), space_id=space)
    first, second, _ = house.all(m.Visit)
    with pytest.raises(DuplicateError):
        house.do(c.CorrectVisit(first.id, closed_at=local(11, 30), reason="overlaps"))
    check_in(house)
    house.clock.set(local(13))
    with pytest.raises(DuplicateError):
        house.do(c.CorrectVisit(second.id, closed_at=local(12, 30), reason="overlaps the open one"))
    holds(house)


def test_goodwill_stays_given_when_the_day_is_derived_again():
    """Staff gave 2.00 back; a visit that was an hour longer is charged 4.00 more, and not the 2.00 again."""
    house = clock_house(local(10))
    visit = check_in(house)
    house.clock.set(local(12))
    (charge,) = house.do(c.CheckOut(visit.id, account="desk")).charges
    house.do(c.RefundCharge(charge.id, amount=Money(200, "EUR"), reason="goodwill"))
    house.clock.set(local(14))
    house.do(c.CorrectVisit(visit.id, closed_at=local(13), reason="stayed longer", account="desk"))
    assert accounts(house)["account/desk"] == 1000
    holds(house)


# --- zones -----------------------------------------------------------------------------------------------------------


def test_one_visit_in_each_zone():
    """From the open space to the workshop and into the box: a visit of each, and not twice in one of them."""
    house = clock_house(local(9))
    check_in(house)
    lab = check_in(house, "booth", space_id="lab")
    assert (lab.space_id, lab.zoned) == ("lab", True)
    for space in (None, "open", "lab"):
        with pytest.raises(DuplicateError):
            check_in(house, space_id=space)
    box = check_in(house, "booth", space_id="box")
    with pytest.raises(SoldOutError):
        check_in(house, "booth", "bob", space_id="box")
    assert {one.space_id for one in house.cantine.read.here("paris")} == {"open", "lab", "box"}
    assert [one.id for one in house.cantine.read.here("paris", "box")] == [box.id]
    house.clock.set(local(10))
    house.do(c.CheckOut(box.id, account="desk"))
    assert check_in(house, "booth", space_id="box").state == "open"
    holds(house)


def test_zones_share_the_cap_of_the_day():
    """Two hours of the open space and two begun hours of a box: 8 and 12 come to 16, the cap of both."""
    house = clock_house(local(9))
    desk, box = check_in(house), check_in(house, "booth", space_id="box")
    house.clock.set(local(11))
    assert euros(house.do(c.CheckOut(desk.id, account="desk"))) == [800]
    assert euros(house.do(c.CheckOut(box.id, account="desk"))) == [800]
    holds(house)


def test_a_zone_is_desks_of_the_place():
    """A meeting room, a desk of another place and nothing at all are no zones."""
    house = clock_house(local(9))
    for space in ("a1", "brest-open"):
        with pytest.raises(UnsuitableError):
            check_in(house, space_id=space)


# --- nights and clocks -----------------------------------------------------------------------------------------------


def night_house(day: date) -> House:
    """A place that never closes, with zones."""
    house = clock_house(local(20, day=day))
    house.do(
        c.AddPlace(name="Nuit", entity_id="asso", zone="Europe/Paris", currency="EUR", open_space_id="n-open", id="n")
    )
    house.do(c.AddSpace(place_id="n", name="Open space", use="desks", capacity=3, id="n-open"))
    return house


@pytest.mark.parametrize(
    ("day", "cents"), [(date(2026, 11, 20), 1200), (SUMMER_OVER, 1600), (SUMMER_BEGINS, 800)], ids=str
)
def test_a_night_in_which_the_clock_changes(day, cents):
    """From midnight to three on the wall clock: three hours, four where it is set back, two where it is set forward."""
    house = night_house(day - timedelta(days=1))
    house.clock.set(local(0, day=day))
    visit = house.do(c.CheckIn(place_id="n", product_id="hour", person_id="zoe")).value
    house.clock.set(local(3, day=day))
    assert euros(house.do(c.CheckOut(visit.id, account="desk"))) == [cents]
    holds(house)


def test_a_visit_over_midnight_is_of_the_day_on_which_it_began():
    """From 23:00 to 02:00: 12.00 on the evening's tab, whose cap leaves 4.00; the next day has a cap of its own."""
    house = night_house(date(2026, 11, 20))
    found = []
    for start, hours in ((20, 2), (23, 3), (27, 5)):
        house.clock.set(local(0, day=date(2026, 11, 20)) + timedelta(hours=start))
        visit = house.do(c.CheckIn(place_id="n", product_id="hour", person_id="zoe")).value
        house.wait(hours=hours)
        house.cantine.run_due()
        found.append(euros(house.do(c.CheckOut(visit.id, account="desk"))))
    assert found == [[800], [800], [1600]]
    holds(house)


def test_a_place_that_never_closes_ends_a_visit_after_a_day():
    """Nobody saw her leave a place that is always open: after 24 hours the visit is over."""
    house = night_house(date(2026, 11, 20))
    visit = house.do(c.CheckIn(place_id="n", product_id="hour", person_id="zoe")).value
    assert visit.until - visit.opened_at == timedelta(hours=24)
    house.wait(hours=25)
    house.cantine.run_due()
    assert house.get(m.Visit, visit.id).state == "closed"
    assert earned(house) == 1600
    holds(house)


# --- versions of the price list --------------------------------------------------------------------------------------


def test_a_day_is_priced_by_the_version_of_its_first_stay():
    """The price goes up at noon: a day that began before is priced by the version of its beginning, corrections too."""
    house = clock_house(local(9))
    house.do(c.PublishTariff(CLOCK.replace("price = 4.00", "price = 5.00"), since=local(12)))
    first = check_in(house)
    house.clock.set(local(10))
    house.do(c.CheckOut(first.id, account="desk"))
    house.clock.set(local(13))
    second = check_in(house)
    house.clock.set(local(14))
    assert euros(house.do(c.CheckOut(second.id, account="desk"))) == [400]
    house.do(c.CancelVisit(first.id, reason="was none"))
    assert earned(house) == 500
    holds(house)


def test_visits_of_a_month_are_counted_together():
    """A cap of the month holds for the visits of all its days, in whichever order they are noted."""
    house = clock_house(local(9))
    house.do(c.PublishTariff(CLOCK.replace('same = ["person", "day"], pool', 'same = ["person", "month"], pool')))
    for day in (3, 0, 1):
        house.clock.set(max(house.clock.now(), local(17) + timedelta(days=3)))
        start = local(9) + timedelta(days=day)
        check_in(house, at=start, left_at=start + timedelta(hours=2), account="desk")
    (tab,) = house.all(m.Tab)
    assert (tab.id.rpartition("|")[2], len(tab.stays), earned(house)) == ("2026-11", 3, 1600)
    holds(house)


def test_presence_of_a_day():
    """Who was there on a day, from when to when: also who is still there, and none whose visit was cancelled."""
    house = clock_house(local(9))
    one, two = check_in(house), check_in(house, "flat", "bob", account="desk")
    gone = check_in(house, person=None)
    house.clock.set(local(10))
    house.do(c.CancelVisit(gone.id, reason="none"))
    house.do(c.CheckOut(one.id, account="desk"))
    found = house.cantine.read.presence("paris", house.clock.now().date())
    assert [(row.visit_id, row.person_id, row.came, row.left) for row in found] == [
        (one.id, "zoe", local(9), local(10)),
        (two.id, "bob", local(9), None),
    ]
    assert house.cantine.read.presence("paris", house.clock.now().date() - timedelta(days=1)) == ()
    assert attrs.astuple(found[0])[1] == "zoe"
    tab = house.cantine.read.tab(one.id)
    assert tab is not None
    assert [stay.visit_id for stay in tab.stays] == [one.id]
    assert house.cantine.read.tab(two.id) is None


# --- the whole question ----------------------------------------------------------------------------------------------

ASKED = """
[tariff]
id = "asked"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "use"
due = "30 days"
[facts]
student = "yes/no"
[order]
vouchers = "purse"
[product.hour]
rate = { price = 4.00, per = "1h" }
adjust = [{ id = "student", when = { student = true }, percent = "-50%" }]
[product.member]
needs = "club"
rate = { price = 3.00, per = "1h" }
[product.joiner]
needs = { product = "club", add = true }
rate = { price = 3.00, per = "1h" }
[product.club]
sells = "membership"
rate = { price = 20.00 }
[product.purse]
sells = "grant"
grant = { account = "purse", unit = "EUR", value = 10.00 }
rate = { price = 10.00 }
[coupon.TRY]
percent = "-25%"
"""


@pytest.fixture
def asked() -> House:
    """A house with this price list, at nine."""
    house = clock_house(local(9))
    house.do(c.PublishTariff(ASKED, since=local(0) - timedelta(days=40)))
    return house


def leave(house: House, visit: m.Visit, hours: int = 2, **more: Any) -> list[int]:
    house.wait(hours=hours)
    return euros(house.do(c.CheckOut(visit.id, **more)))


def test_facts_and_codes_of_the_check_in_count_when_it_ends(asked):
    """Half for a student by the command, three quarters with the code, both together."""
    facts = {"student": True}
    assert leave(asked, check_in(asked, "asked/hour", facts=facts)) == [400]
    assert leave(asked, check_in(asked, "asked/hour", "bob", facts={"student": False}, codes=["TRY"])) == [600]
    assert leave(asked, check_in(asked, "asked/hour", "eve", facts=facts, codes=["TRY"])) == [300]
    holds(asked)


def test_a_fact_of_the_person_counts_and_is_not_in_the_journal(asked):
    """Zoe is known to be a student: she pays half, and the sale keeps it apart."""
    asked.do(c.SetFact("zoe", name="student", value=True))
    assert leave(asked, check_in(asked, "asked/hour")) == [400]
    assert not [one for one in asked.cantine.read.journal() if "student" in one.body and one.type == "PriceMade"]
    holds(asked)


def test_a_fact_that_is_missing_is_asked_for_at_the_door(asked):
    """The list has to know: ``IncompleteError`` names what, before anybody is in."""
    with pytest.raises(IncompleteError) as error:
        check_in(asked, "asked/hour")
    assert error.value.facets == ("student",)


def test_what_is_needed_is_held_or_sold_before(asked):
    """A membership is asked for at the door; one that the list would add is sold before, not by the clock."""
    with pytest.raises(NoEntitlementError):
        check_in(asked, "asked/member")
    with pytest.raises(UnsuitableError, match="club"):
        check_in(asked, "asked/joiner")
    asked.do(c.SellPass(product_id="asked/club", place_id="paris", holder_id="zoe", account="desk"))
    assert leave(asked, check_in(asked, "asked/member")) == [600]
    assert leave(asked, check_in(asked, "asked/joiner")) == [600]
    holds(asked)


def test_somebody_else_pays_on_account(asked):
    """Bob pays for zoe, 30 days later: the charge is his, stands, and no account is asked."""
    visit = check_in(asked, "asked/hour", facts={"student": False}, payer_id="bob", on_account=True)
    asked.wait(hours=2)
    (charge,) = asked.do(c.CheckOut(visit.id)).charges
    assert (charge.payer_id, charge.on_account, charge.due_on) == ("bob", True, date(2026, 12, 24))
    asked.wait(hours=1)
    (more,) = asked.do(c.CorrectVisit(visit.id, closed_at=asked.clock.now(), reason="left later")).charges[1:]
    assert (more.payer_id, more.on_account, more.amount) == ("bob", True, Money(400, "EUR"))
    holds(asked)


def test_vouchers_pay_what_is_due(asked):
    """A voucher of 10.00 pays a visit of 8.00, and 2.00 of the next; a correction puts money back on it."""
    asked.do(c.SellPass(product_id="asked/purse", place_id="paris", holder_id="zoe", account="desk"))
    facts = {"student": False}
    first = check_in(asked, "asked/hour", facts=facts)
    leave(asked, first)
    second = check_in(asked, "asked/hour", facts=facts)
    leave(asked, second, 1, account="desk")
    (voucher,) = asked.all(m.Entitlement)
    assert (voucher.left, voucher.used, accounts(asked)["account/desk"]) == (0, 1000, 1200)
    asked.do(c.CancelVisit(first.id, reason="was none"))
    (voucher,) = asked.all(m.Entitlement)
    assert (voucher.left, accounts(asked)["account/desk"]) == (600, 1000)
    holds(asked)


def test_nothing_is_bought_along(asked):
    """A coffee beside a visit by the clock is sold by itself."""
    with pytest.raises(UnsuitableError, match="by itself"):
        check_in(asked, "asked/hour", facts={"student": False}, extras={"club": 1})
