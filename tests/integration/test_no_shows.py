"""Seats that nobody came to cost what the price list says once the sheet is closed; a correction takes that back."""

from __future__ import annotations

from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.runtime.outcome import Outcome
from support.houses.one_list import at, eur, left, place
from support.houses.small_house import TODAY, House, journal
from support.stores.around import Around

LIST = """
[product.hours]
sells = "grant"
valid = { lasts = "1 month", ends = "same day" }
grant = { account = "hours", unit = "1h", units = 6 }
rate = { price = 60.00 }
[product.seat]
rate = { price = 20.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "50%" }
[product.free]
rate = { price = 0.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = { percent = "0%", fee = 5.00 } }
[product.lesson]
cover = { by = "hours", unit = "1h" }
beyond = "rate"
rate = { price = 20.00, per = "1h" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[product.owed]
rate = { price = 10.00 }
cover = [{ by = "entries", unit = "entry" }]
beyond = { debt_at = "ticket" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[product.ticket]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "entries", unit = "entry", units = 1 }
[product.silent]
rate = { price = 20.00 }
[product.unsaid]
rate = { price = 20.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = { refuse = "unstated" } }
[product.held]
rate = { price = 20.00 }
deposit = { id = "tool", price = 15.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "50%" }
[product.block]
measure = { unit = "block", every = "4h", same = ["person", "day"] }
rate = { price = 8.00, per = "block" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "50%" }
[product.materials]
rate = { price = 8.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "0%" }
[product.room]
rate = { price = 20.00, per = "1h" }
cancel = { delay = { unit = "hour" }, keep = [{ from = 0, percent = "0%" }], no_show = "75%" }
[product.lunch]
rate = { price = 12.00 }
"""
TOMORROW = TODAY + timedelta(days=1)
OVER = at(20, 21, TOMORROW).start


def add_session(house: House, product: str = "seat", id: str = "ses", **more) -> None:
    """A session of two hours on the next evening, at a workshop of its own."""
    asked = {"product_id": f"list/{product}", "option_ids": ("list/materials",)}
    house.do(c.AddWorkshop(place_id="paris", title=id, id=f"w-{id}", **asked))
    asked = {"seats": 5, "starts": time(18), "ends": time(20), **more}
    house.do(c.AddSession(workshop_id=f"w-{id}", day=TOMORROW, id=id, **asked))


@pytest.fixture
def house():
    with place(LIST) as house:
        house.do(c.ChangePlace("paris", name="Paris", pricelist_id="list"))
        add_session(house)
        yield house


def seat(house: House, session: str = "ses", person: str = "zoe", **more) -> m.Registration:
    how = {} if more.get("on_account") else {"account": "desk"}
    return house.do(c.Register(session_id=session, person_id=person, **{**how, **more})).value


def close(house: House, session: str = "ses") -> Outcome:
    """The session is over, and its sheet is closed."""
    house.clock.set(max(OVER, house.clock.now()))
    return house.do(c.CloseSheet(session))


def correct(house: House, one: m.Registration, session: str = "ses", present: bool = True) -> None:
    """The sheet is opened again, somebody marked otherwise, and it is closed again."""
    house.do(c.ReopenSheet(session, reason="the list was wrong"))
    house.do(c.MarkAttendance(one.id, present=present))
    house.do(c.CloseSheet(session))


def kept(house: House, one: m.Registration) -> int:
    """What stands of all charges for a seat, in cents."""
    now = house.get(m.Registration, one.id)
    return sum(house.get(m.Charge, id).earned.amount for id in now.charges)


def paid(house: House, one: m.Registration) -> int:
    """What was paid of them and not given back, in cents."""
    return sum(house.get(m.Charge, id).kept.amount for id in house.get(m.Registration, one.id).charges)


def types(house: House) -> list[str]:
    return [entry.type for entry in journal(house.storage)]


# --- the sheet is closed ---------------------------------------------------------------------------------------------


def test_who_does_not_come_is_charged_as_the_list_says(house):
    """Half of the price stays of whoever did not come; whoever came pays all of it."""
    zoe, bob = seat(house), seat(house, person="bob")
    house.clock.set(at(18, 19, TOMORROW).start)
    house.do(c.MarkAttendance(bob.id))
    close(house)
    assert [(kept(house, one), paid(house, one)) for one in (zoe, bob)] == [(1000, 1000), (2000, 2000)]
    missed = house.get(m.Registration, zoe.id).missed
    assert (missed.fee, missed.back, missed.at) == (eur(1000), eur(1000), OVER)
    assert (house.get(m.Registration, zoe.id).state, house.get(m.Registration, bob.id).missed) == ("confirmed", None)


def test_a_fee_is_charged_beside_the_price(house):
    """A fee for not coming to what cost nothing is a charge that stands, and is owed by whom the seat is for."""
    add_session(house, "free", "gift")
    one = seat(house, "gift")
    close(house, "gift")
    (charge,) = house.all(m.Charge)
    assert (charge.state, charge.outstanding, charge.payer_id) == ("due", eur(500), "zoe")
    assert [(line.said, line.kind) for line in charge.lines] == [("not come", "penalty")]
    assert house.get(m.Registration, one.id).missed.due == eur(500)


def test_units_come_back_as_the_list_says(house):
    """Half of the units of a seat that was paid with a pass come back."""
    add_session(house, "lesson", "les")
    house.do(c.SellPass(product_id="list/hours", place_id="paris", holder_id="zoe", account="desk"))
    one = seat(house, "les")
    assert left(house, "hours") == 4
    close(house, "les")
    assert left(house, "hours") == 5
    correct(house, one, "les")
    assert left(house, "hours") == 4
    assert house.get(m.Registration, one.id).missed is None


def test_a_list_that_says_nothing_keeps_all(house):
    """Without a word of it, or where the list does not say what stays, the seat keeps its price."""
    products = ("silent", "unsaid")
    for product in products:
        add_session(house, product, product)
    found = [seat(house, product) for product in products]
    for product in products:
        close(house, product)
    assert [(kept(house, one), house.get(m.Registration, one.id).missed) for one in found] == [(2000, None)] * 2
    assert "SeatMissed" not in types(house)


def test_a_free_session_has_nothing_to_settle(house):
    """Seats that nothing was paid for leave the sheet as it was: no task, and no registration is read for it."""
    house.do(c.AddWorkshop(place_id="paris", title="Talk", id="talk"))
    house.do(c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(18), ends=time(20), seats=5, id="open"))
    house.do(c.Register(session_id="open", person_id="zoe"))
    assert close(house, "open").messages == ()
    assert "SeatMissed" not in types(house)


def test_options_are_part_of_the_seat(house):
    """An option has its own rule: the seat keeps half, the materials that nobody used nothing."""
    one = seat(house, option_ids=("list/materials",))
    close(house)
    assert kept(house, one) == 1000
    correct(house, one)
    assert kept(house, one) == 2800


def test_a_deposit_stays_held(house):
    """What is held for the seat stays held, for staff to return or to keep; the price is charged by the list."""
    add_session(house, "held", "bench")
    one = seat(house, "bench")
    close(house, "bench")
    charge = house.get(m.Charge, one.charge_id)
    assert (charge.earned, charge.deposit, charge.paid_deposit) == (eur(1000), 1500, eur(1500))


def test_on_account_what_is_not_kept_is_owed_no_more(house):
    """A seat that is not paid yet is owed for what the list keeps; a correction owes the whole price again."""
    one = seat(house, on_account=True)
    close(house)
    assert sum(charge.outstanding.amount for charge in house.all(m.Charge)) == 1000
    correct(house, one)
    assert sum(charge.outstanding.amount for charge in house.all(m.Charge)) == 2000


def test_a_party_of_which_somebody_came_pays_all(house):
    """One of three seats was taken: somebody came, and the seats keep their price."""
    one = seat(house, seats=3)
    house.clock.set(at(18, 19, TOMORROW).start)
    house.do(c.MarkAttendance(one.id, seats=1))
    close(house)
    assert (kept(house, one), house.get(m.Registration, one.id).missed) == (6000, None)


def test_seats_that_were_given_up_are_not_missed(house):
    """What is over when the sheet is closed is settled already, and nobody who waited is missed."""
    house.do(c.ChangeSeats("ses", seats=1))
    one = seat(house)
    waits = house.do(c.Register(session_id="ses", person_id="bob")).value
    house.do(c.CancelRegistration(one.id, reason="ill", refund="nothing"))
    close(house)
    assert "SeatMissed" not in types(house)
    assert house.get(m.Registration, waits.id).missed is None


# --- a correction ----------------------------------------------------------------------------------------------------


def test_a_correction_takes_it_all_back(house):
    """Somebody came after all: what went back is owed again, on a charge of its own that says why."""
    one = seat(house)
    close(house)
    correct(house, one)
    assert (kept(house, one), paid(house, one)) == (2000, 1000)
    again = house.get(m.Charge, house.get(m.Registration, one.id).charges[-1])
    assert [(line.said, line.amount, line.kind) for line in again.lines] == [("came after all", eur(1000), "revenue")]
    assert (again.state, again.payer_id) == ("due", "zoe")


def test_a_fee_is_given_back(house):
    """The fee of somebody who came after all is owed no more, or goes back where it was paid."""
    add_session(house, "free", "gift")
    one, bob = seat(house, "gift"), seat(house, "gift", "bob")
    close(house, "gift")
    house.do(c.Pay(house.get(m.Registration, bob.id).charges[-1], account="desk"))
    assert (kept(house, one), paid(house, bob)) == (500, 500)
    correct(house, one, "gift")
    correct(house, bob, "gift")
    assert [(kept(house, each), paid(house, each)) for each in (one, bob)] == [(0, 0), (0, 0)]


def test_there_and_back_again(house):
    """Missed, there after all, and missed again: each time it costs what the list says, and never more or less."""
    one, was = seat(house), []
    close(house)
    for present in (True, False, True, False):
        correct(house, one, present=present)
        was.append((kept(house, one), house.get(m.Registration, one.id).missed is None))
    assert was == [(2000, True), (1000, False), (2000, True), (1000, False)]


def test_a_mark_at_the_reopened_sheet_is_enough(house):
    """Somebody who is marked present was there, whether the sheet is closed again or not; opening it moves no money."""
    one = seat(house)
    close(house)
    house.do(c.ReopenSheet("ses", reason="zoe called"))
    assert kept(house, one) == 1000
    house.do(c.MarkAttendance(one.id))
    assert kept(house, one) == 2000


def test_closing_twice_settles_once(house):
    """The same sheet closed again, or reopened and closed as it was, changes nothing that is settled."""
    one = seat(house)
    close(house)
    close(house)
    house.do(c.ReopenSheet("ses", reason="walk-ins"))
    house.do(c.CloseSheet("ses", walk_ins=2))
    house.cantine.run_due()
    assert (types(house).count("SeatMissed"), kept(house, one)) == (1, 1000)


def test_what_staff_gave_back_before_is_not_given_twice(house):
    """Where staff gave most of the price back, less goes back; a correction owes again what went back, not more."""
    one = seat(house)
    house.do(c.RefundCharge(one.charge_id, amount=eur(1500), reason="she called"))
    close(house)
    missed = house.get(m.Registration, one.id).missed
    before = kept(house, one)
    assert before + missed.back.amount == 500
    correct(house, one)
    assert kept(house, one) == 500


def test_units_that_were_spent_meanwhile_are_not_there_to_take(house):
    """Units that came back and were spent again are not taken from anybody: the task says so, and staff decide."""
    add_session(house, "lesson", "les")
    add_session(house, "lesson", "other", starts=time(21), ends=time(22))
    house.do(c.SellPass(product_id="list/hours", place_id="paris", holder_id="zoe", account="desk"))
    one = seat(house, "les", seats=3)
    assert left(house, "hours") == 0
    close(house, "les")
    assert left(house, "hours") == 3
    seat(house, "other", seats=3)
    house.do(c.ReopenSheet("les", reason="the list was wrong"))
    house.do(c.MarkAttendance(one.id))
    (dead,) = [task for task in house.all(m.Task) if task.state == "dead"]
    assert (dead.subject.id, dead.work) == (one.id, "expire")
    assert house.get(m.Registration, one.id).missed is not None


def test_what_was_priced_together_is_settled_together(house):
    """Of two seats in one block of time the one that nobody came to leaves it: the other costs what it costs alone.

    A correction puts it back, and both cost what they cost together.
    """
    add_session(house, "block", "first")
    add_session(house, "block", "second", starts=time(20), ends=time(22))
    first, second = seat(house, "first"), seat(house, "second")
    assert (kept(house, first), kept(house, second)) == (800, 0)
    house.clock.set(at(22, 23, TOMORROW).start)
    house.do(c.MarkAttendance(second.id))
    close(house, "second")
    close(house, "first")
    assert house.get(m.Registration, first.id).missed.together
    missed = kept(house, first) + kept(house, second)
    correct(house, first, "first")
    assert (missed, kept(house, first) + kept(house, second)) == (800, 800)
    assert house.get(m.Registration, first.id).missed is None


def test_units_of_a_pass_that_is_over_are_gone(house):
    """What went back to a pass that is over by the time of the correction is taken from nobody, and nothing is owed."""
    add_session(house, "lesson", "les")
    house.do(c.SellPass(product_id="list/hours", place_id="paris", holder_id="zoe", account="desk"))
    one = seat(house, "les")
    close(house, "les")
    house.clock.advance(timedelta(days=40))
    house.cantine.run_due()
    correct(house, one, "les")
    after = house.get(m.Registration, one.id)
    assert (after.missed, [spend.units for spend in after.spends], after.charges) == (None, [1], ())


# --- a preview -------------------------------------------------------------------------------------------------------


def test_a_preview_says_what_it_comes_to(house):
    """The preview of the closing tells what goes back and what is charged, as it happens; it changes nothing."""
    add_session(house, "free", "gift")
    one, gift = seat(house), seat(house, "gift")
    house.clock.set(OVER)
    for close_it in (c.CloseSheet("ses"), c.CloseSheet("gift")):
        before = types(house)
        told = house.cantine.preview(close_it, actor="ana")
        assert types(house) == before
        done = house.do(close_it)
        assert (told.given_back, [charge.amount for charge in told.charges]) == (
            done.given_back,
            [charge.amount for charge in done.charges],
        )
        assert [entry.type for entry in told.events] == [entry.type for entry in done.events]
    assert (kept(house, one), kept(house, gift)) == (1000, 500)
    house.do(c.ReopenSheet("ses", reason="she was there"))
    told = house.cantine.preview(c.MarkAttendance(one.id), actor="ana")
    assert [charge.amount for charge in told.charges] == [eur(1000)]
    assert kept(house, one) == 1000


# --- a course --------------------------------------------------------------------------------------------------------


def add_course(house: House, **more) -> m.Session:
    """A course of three evenings."""
    house.do(c.AddWorkshop(place_id="paris", title="course", id="w-course", product_id="list/seat"))
    evenings = [(TOMORROW + timedelta(days=7 * week), time(18), time(20)) for week in range(3)]
    asked = {"workshop_id": "w-course", "meetings": evenings, "seats": 5, "id": "course", **more}
    return house.do(c.AddCourse(**asked)).value


def close_meeting(house: House, meeting: m.Meeting, *present: m.Registration) -> None:
    house.clock.set(max(meeting.period.start, house.clock.now()))
    for one in present:
        house.do(c.MarkAttendance(one.id, meeting_id=meeting.id))
    house.clock.set(max(meeting.period.end, house.clock.now()))
    house.do(c.CloseSheet("course", meeting_id=meeting.id))


def test_a_course_is_missed_by_who_came_to_no_meeting(house):
    """Once the sheets of all meetings are closed; one evening is enough not to have missed it."""
    course = add_course(house)
    zoe, bob = seat(house, "course"), seat(house, "course", "bob")
    first, second, third = course.meetings
    close_meeting(house, first)
    close_meeting(house, third)
    assert (kept(house, zoe), kept(house, bob)) == (2000, 2000)
    close_meeting(house, second)
    assert (kept(house, zoe), kept(house, bob)) == (1000, 1000)
    house.do(c.ReopenSheet("course", reason="bob was there", meeting_id=first.id))
    house.do(c.MarkAttendance(bob.id, meeting_id=first.id))
    assert (kept(house, zoe), kept(house, bob)) == (1000, 2000)
    house.do(c.CloseSheet("course", meeting_id=first.id))
    assert (kept(house, zoe), kept(house, bob)) == (1000, 2000)


def test_a_meeting_that_is_cancelled_does_not_count(house):
    """Where the last meeting is cancelled, whoever came to none of the others has missed the course."""
    course = add_course(house)
    zoe, bob = seat(house, "course"), seat(house, "course", "bob")
    first, second, third = course.meetings
    close_meeting(house, first, bob)
    close_meeting(house, second)
    assert kept(house, zoe) == 2000
    house.do(c.CancelMeeting(session_id="course", meeting_id=third.id, reason="no teacher"))
    assert (kept(house, zoe), kept(house, bob)) == (1000, 2000)


def test_who_joined_late_missed_nothing_before(house):
    """Somebody who bought the last meeting is asked for that one alone."""
    course = add_course(house, late_joiners=True)
    first, second, third = course.meetings
    zoe = seat(house, "course")
    close_meeting(house, first, zoe)
    close_meeting(house, second)
    late = seat(house, "course", "bob")
    close_meeting(house, third)
    assert (kept(house, zoe), kept(house, late)) == (2000, 1000)


# --- lines of an order -----------------------------------------------------------------------------------------------


def test_a_seat_of_an_order_is_missed_by_itself(house):
    """Of two seats and a lunch of one order the seat that nobody came to loses half of its own; the rest stays."""
    lines = [attrs.evolve(c.Register(session_id="ses", person_id=who)) for who in ("zoe", "bob")]
    order = house.do(c.Sell([*lines, "lunch"], place_id="paris", person_id="zoe", account="desk"))
    zoe, bob = (house.get(m.Registration, id) for id in order.value.registration_ids)
    house.clock.set(at(18, 19, TOMORROW).start)
    house.do(c.MarkAttendance(zoe.id))
    close(house)
    charge = order.charges[0].id
    assert (house.get(m.Charge, charge).earned, house.get(m.Registration, zoe.id).missed) == (
        eur(2000 + 1000 + 1200),
        None,
    )
    correct(house, bob)
    again = house.get(m.Charge, house.get(m.Registration, bob.id).charges[-1])
    assert (again.amount, again.payer_id) == (eur(1000), "zoe")
    correct(house, bob, present=False)
    assert house.get(m.Charge, charge).earned + house.get(m.Charge, again.id).earned == eur(4200)


def test_a_booking_of_an_order_is_released_by_itself(house):
    """Nobody comes to a room of an order: three quarters of it stay, and the lunch is paid."""
    house.do(c.ChangeTerms("room", terms=m.Terms(release_after=timedelta(minutes=15))))
    period = at(10, 11, TOMORROW)
    held = house.do(c.HoldSpace(space_id="room", product_id="list/room", period=period, person_id="zoe")).value
    order = house.do(
        c.Sell([c.SellLine(booking_id=held.id), "lunch"], place_id="paris", person_id="zoe", account="desk")
    )
    house.clock.set(period.start + timedelta(minutes=15))
    house.cantine.run_due()
    assert house.get(m.Booking, held.id).state == "released"
    assert house.get(m.Charge, order.charges[0].id).earned == eur(1500 + 1200)
    house.do(c.UndoRelease(held.id, account="desk"))
    assert sum(house.get(m.Charge, id).earned.amount for id in house.get(m.Booking, held.id).charges) == 3200


# --- many of them, and people who are gone ---------------------------------------------------------------------------


def test_many_seats_are_closed_by_few_reads(house):
    """The closing reads as many batches for twelve seats as for two, and settles each by a task of its own."""
    costs = []
    for many in (2, 12):
        add_session(house, id=f"s{many}", seats=12)
        for number in range(many):
            house.do(c.AddPerson(name="P", id=f"p{many}-{number}"))
            seat(house, f"s{many}", f"p{many}-{number}")
    house.clock.set(OVER)
    for many in (2, 12):
        store = Around(house.storage)
        engine = Cantine.open(store, payments={"desk": ManualGateway()}, clock=house.clock)._engine
        done = engine.run(c.CloseSheet(f"s{many}"), "desk")
        assert [task.work for task in done.tasks] == ["expire"] * many
        costs.append((store.counts["load"], store.counts["find"], store.counts["apply"]))
    assert costs[0] == costs[1] == (2, 1, 1)


def test_only_who_did_not_come_is_settled(house):
    """A closing has no task for whoever was there."""
    zoe, bob = seat(house), seat(house, person="bob")
    house.clock.set(at(18, 19, TOMORROW).start)
    house.do(c.MarkAttendance(bob.id))
    house.clock.set(OVER)
    done = house.cantine._engine.run(c.CloseSheet("ses"), "desk")
    assert [task.subject.id for task in done.tasks] == [zoe.id]


def test_whoever_is_forgotten_is_left_alone(house):
    """Nothing is asked of somebody who was forgotten before the sheet was closed."""
    one = seat(house)
    house.clock.set(OVER)
    house.do(c.ForgetPerson("zoe"))
    house.cantine.run_due()
    assert house.get(m.Person, "zoe").state == "forgotten"
    house.do(c.CloseSheet("ses"))
    assert (house.get(m.Registration, one.id).missed, kept(house, one)) == (None, 2000)
    assert not [task for task in house.all(m.Task) if task.state == "dead"]


def test_a_debt_falls_away_and_is_owed_again_as_one(house):
    """Half of the debt for an entry that was not there falls away with the no-show; a correction owes it as a debt."""
    add_session(house, "owed", "debts")
    one = seat(house, "debts", on_account=True)
    close(house, "debts")
    missed = house.get(m.Registration, one.id).missed
    assert (missed.back, missed.debt, kept(house, one)) == (eur(400), eur(400), 400)
    correct(house, one, "debts")
    again = house.get(m.Charge, house.get(m.Registration, one.id).charges[-1])
    assert [(line.amount, line.kind) for line in again.lines] == [(eur(400), "debt")]


def test_a_debt_that_staff_gave_back_is_not_owed_again(house):
    """Where staff gave the whole debt back before, nothing of it falls away, and a correction owes nothing."""
    add_session(house, "owed", "debts")
    one = seat(house, "debts")
    house.do(c.Pay(one.charge_id, account="desk"))
    house.do(c.RefundCharge(one.charge_id, amount=eur(800), reason="she is new"))
    close(house, "debts")
    correct(house, one, "debts")
    assert (kept(house, one), house.get(m.Registration, one.id).charges) == (0, (one.charge_id,))


def test_of_an_order_the_line_of_the_seat_loses_it(house):
    """What goes back is of the seat: the lunch of the order stands with all that it cost."""
    lines = [c.Register(session_id="ses", person_id="zoe"), "lunch"]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))
    close(house)
    charge = house.get(m.Charge, order.charges[0].id)
    earned = dict(zip([line.product_id for line in charge.lines], charge.earned_by_line(), strict=False))
    assert earned == {"list/seat": 1000, "list/lunch": 1200}


def test_two_seats_of_an_order_in_one_block(house):
    """Of two seats of one order that share a block one leaves it and stands in it again; the other stays in it."""
    add_session(house, "block", "first")
    add_session(house, "block", "second", starts=time(20), ends=time(22))
    lines = [c.Register(session_id=id, person_id="zoe") for id in ("first", "second")]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))
    first, _ = (house.get(m.Registration, id) for id in order.value.registration_ids)
    (before,) = house.all(m.Scope)
    house.clock.set(at(22, 23, TOMORROW).start)
    close(house, "first")
    (left_,) = house.all(m.Scope)
    correct(house, first, "first")
    (after,) = house.all(m.Scope)
    assert [len(scope.parts) for scope in (before, left_, after)] == [2, 1, 2]
    assert sum(charge.earned.amount for charge in house.all(m.Charge)) == 800
