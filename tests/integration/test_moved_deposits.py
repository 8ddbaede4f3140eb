"""Deposits, instalments and holds that are paid in part, where what they are for is moved to another time."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import WrongStateError
from cantinekit.money import Money
from support.houses.small_house import TODAY, House, open_house, period
from support.laws import house_laws

LIST = """
[tariff]
id = "lent"
name = "Lent"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[product.party]
rate = { price = 50.00, per = "1h" }
down_payment = { percent = "30%", rest = "14 days" }
deposit = { id = "damage", percent = "50%", due = "on the day" }
[product.room]
rate = { price = 50.00, per = "1h" }
deposit = { id = "damage", percent = "50%" }
[product.hall]
price_date = "use"
rate = [{ when = { weekday = "sat-sun" }, price = 20.00 }, { price = 40.00 }]
deposit = { id = "keys", price = 30.00, when = { weekday = "mon-fri" } }
[product.tool]
price_date = "use"
rate = { price = 10.00 }
deposit = { id = "tool", price = 5.00, when = { weekday = "mon-thu" } }
"""
FAR = TODAY + timedelta(days=57)
SATURDAY = TODAY + timedelta(days=4)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@pytest.fixture
def house():
    """A house that lends rooms, whose laws hold in the end."""
    house = open_house()
    house.do(c.PublishTariff(LIST))
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def booked(house: House, product: str, when, account: str | None = "desk", **more) -> m.Booking:
    asked = c.Book(space_id="b", product_id=f"lent/{product}", period=when, person_id="zoe", account=account, **more)
    return house.do(asked).value


def parts(charge: m.Charge) -> list[tuple[date | None, int, str]]:
    return [(part.day, part.amount.amount, part.kind) for part in charge.instalments]


def sent(house: House) -> list[str]:
    return [message.template for message in house.mail.messages]


def held(house: House, one: m.Booking) -> int:
    """What is held for a booking by now."""
    return sum(house.get(m.Charge, id).paid_deposit.amount for id in house.get(m.Booking, one.id).charges)


def test_open_parts_are_due_by_the_new_day(house):
    """What is still open is due when the list says for the new day; whoever owes it is told on that day, not before."""
    one = booked(house, "party", period(10, 14, FAR))
    later = FAR + timedelta(days=31)
    house.do(c.MoveBooking(one.id, period=period(10, 14, later)))
    charge = house.get(m.Charge, one.charge_id)
    rest = later - timedelta(days=14)
    assert parts(charge) == [(rest, 14000, "revenue"), (later, 10000, "held")]
    assert charge.due_by(rest - timedelta(days=1)) == eur(0)
    house.clock.set(period(9, 10, FAR - timedelta(days=14)).start)
    house.cantine.run_due()
    assert "payment due" not in sent(house)
    house.clock.set(period(9, 10, rest).start)
    house.cantine.run_due()
    assert "payment due" in sent(house)


def test_what_the_list_wants_by_now_is_due_today(house):
    """Moved to a day before which the list wants all of it, the open part of the price is due today."""
    one = booked(house, "party", period(10, 14, FAR))
    soon = TODAY + timedelta(days=8)
    house.do(c.MoveBooking(one.id, period=period(10, 14, soon)))
    charge = house.get(m.Charge, one.charge_id)
    assert parts(charge) == [(TODAY, 14000, "revenue"), (soon, 10000, "held")]
    assert charge.due_by(TODAY) == eur(14000)


def test_what_is_paid_keeps_the_days_on_which_it_was_due(house):
    """A charge of which all is paid says when its parts were due, also once what it is for is moved."""
    one = booked(house, "party", period(10, 14, FAR))
    house.do(c.Pay(one.charge_id, account="desk", amount=house.get(m.Charge, one.charge_id).outstanding))
    before = house.get(m.Charge, one.charge_id)
    house.do(c.MoveBooking(one.id, period=period(10, 14, FAR + timedelta(days=31))))
    after = house.get(m.Charge, one.charge_id)
    assert (before.state, parts(after)) == ("settled", parts(before))
    assert len(parts(after)) == 2


def test_more_is_due_as_the_list_says(house):
    """Of what it costs more is due at once what the list wants at once; the rest and the deposit on their days."""
    one = booked(house, "party", period(9, 13, FAR))
    done = house.do(c.MoveBooking(one.id, period=period(9, 17, FAR), account="desk"))
    more = done.charges[-1]
    rest = FAR - timedelta(days=14)
    assert done.afterwards.due == eur(20000)
    assert (more.amount, more.paid) == (eur(20000 + 10000), eur(6000))
    assert parts(more) == [(rest, 14000, "revenue"), (FAR, 10000, "held")]
    owed = sum(house.get(m.Charge, id).due_by(rest).amount for id in done.value.charges)
    assert owed == 40000 - 12000  # the list: 30 % of 400.00 are paid


def test_a_deposit_follows_the_price(house):
    """A deposit that is a share of the price is asked for or returned with what the price goes up or down, and the
    whole of it goes back in the end."""
    one = booked(house, "room", period(10, 12, FAR))
    longer = house.do(c.MoveBooking(one.id, period=period(10, 14, FAR), account="desk"))
    assert (longer.charges[-1].amount, held(house, one)) == (eur(10000 + 5000), 10000)
    shorter = house.do(c.MoveBooking(one.id, period=period(10, 11, FAR)))
    assert (shorter.given_back, shorter.afterwards.refund) == (eur(15000 + 7500), eur(15000))
    assert held(house, one) == 2500
    assert house.do(c.CancelBooking(one.id)).given_back == eur(5000 + 2500)


def test_a_deposit_that_only_some_days_ask_for(house):
    """Moved from a day without a deposit to one with it, it is asked for; the other way it goes back."""
    one = booked(house, "hall", period(10, 12, SATURDAY))
    there = house.do(c.MoveBooking(one.id, period=period(10, 12), account="desk"))
    assert (there.charges[-1].deposit, held(house, one)) == (3000, 3000)
    back = house.do(c.MoveBooking(one.id, period=period(10, 12, SATURDAY)))
    assert (back.given_back, held(house, one)) == (eur(2000 + 3000), 0)


def test_what_staff_did_with_a_deposit_stands(house):
    """What staff returned of a deposit is not asked for again by a move, and what they kept does not go back."""
    one = booked(house, "room", period(10, 12, FAR))
    house.do(c.KeepDeposit(one.charge_id, amount=eur(1000), reason="a scratch"))
    house.do(c.ReturnDeposit(one.charge_id, reason="a friend of the house"))
    same = house.do(c.MoveBooking(one.id, period=period(14, 16, FAR)))
    assert (same.value.charges, same.given_back, held(house, one)) == (one.charges, None, 0)


def test_the_deposits_of_a_series_follow(house):
    """The dates of a series that become longer ask for more as a deposit, shorter ones return it, and each date that is
    called off gives its own back."""
    series = house.do(
        c.BookSeries(
            space_id="b", product_id="lent/room", day=FAR, starts=time(10), ends=time(12),
            rule="FREQ=WEEKLY;COUNT=2", person_id="zoe", account="desk",
        )
    ).value  # fmt: skip
    first, second = (house.get(m.Booking, id) for id in series.booking_ids)
    house.do(c.MoveBookingSeries(series.id, ends=time(14), account="desk"))
    whole = {id: house.get(m.Charge, id).deposit for id in house.get(m.Booking, first.id).charges}
    assert list(whole.values()) == [10000, 10000]
    one = house.do(c.CancelBooking(first.id))
    assert one.given_back == eur(20000 + 10000)
    shorter = house.do(c.MoveBookingSeries(series.id, ends=time(11)))
    assert shorter.given_back == eur(15000 + 7500)
    assert house.do(c.CancelBooking(second.id)).given_back == eur(5000 + 2500)


def test_the_deposit_of_a_seat_follows(house):
    """A seat that is moved to a day with a deposit asks for it, and gives it back when it is given up."""
    house.do(c.AddWorkshop(place_id="paris", title="Tools", product_id="lent/tool", id="tools"))
    for id, day in (("friday", TODAY + timedelta(days=3)), ("monday", TODAY + timedelta(days=6))):
        house.do(c.AddSession(workshop_id="tools", day=day, starts=time(18), ends=time(20), seats=2, id=id))
    one = house.do(c.Register(session_id="friday", person_id="zoe", account="desk")).value
    moved = house.do(c.MoveRegistration(registration_id=one.id, session_id="monday", account="desk"))
    assert (moved.charges[-1].amount, moved.charges[-1].paid_deposit) == (eur(500), eur(500))
    assert house.do(c.CancelRegistration(one.id)).given_back == eur(1000 + 500)
    other = house.do(c.Register(session_id="monday", person_id="bob", account="desk")).value
    back = house.do(c.MoveRegistration(registration_id=other.id, session_id="friday"))
    assert back.given_back == eur(500)


RISING = """
[product.loan]
price_date = "use"
rate = { price = 10.00 }
deposit = [
  { id = "less", price = 5.00, when = { weekday = "fri" } },
  { id = "more", price = 10.00, when = { weekday = "mon" } },
]
"""


def test_what_a_move_returns_is_of_what_still_stands(house):
    """Staff returned the latest part of the deposit of a seat: where a move asks for less, what goes back is of the
    other one."""
    house.do(c.PublishTariff(LIST + RISING))
    house.do(c.AddWorkshop(place_id="paris", title="Tools", product_id="lent/loan", id="tools"))
    for id, day in (("friday", TODAY + timedelta(days=3)), ("monday", TODAY + timedelta(days=6))):
        house.do(c.AddSession(workshop_id="tools", day=day, starts=time(18), ends=time(20), seats=2, id=id))
    one = house.do(c.Register(session_id="friday", person_id="zoe", account="desk")).value
    more = house.do(c.MoveRegistration(registration_id=one.id, session_id="monday", account="desk")).charges[-1]
    assert more.paid_deposit == eur(500)
    house.do(c.ReturnDeposit(more.id, reason="a friend of the house"))
    back = house.do(c.MoveRegistration(registration_id=one.id, session_id="friday"))
    assert back.given_back == eur(500)
    assert sum(house.get(m.Charge, id).paid_deposit.amount for id in back.value.charges) == 0


def test_a_hold_that_is_paid_by_now_is_confirmed(house):
    """A hold of which some is paid, and which costs no more than that at its new time, is confirmed; what is paid
    beyond it goes back, and what was paid of the price is held as the deposit."""
    one = booked(house, "room", period(10, 12), None)
    house.do(c.Pay(one.charge_id, account="desk", amount=eur(10500)))
    done = house.do(c.MoveBooking(one.id, period=period(10, 11)))
    assert (done.value.state, done.given_back) == ("confirmed", eur(3000))
    assert (done.afterwards.due, done.afterwards.refund) == (eur(0), eur(3000))
    charge = house.get(m.Charge, one.charge_id)
    assert (charge.state, charge.earned, charge.paid_deposit) == ("settled", eur(5000), eur(2500))
    day = house.cantine.read.takings("paris", TODAY)
    assert (day.total, [amount for _, amount in day.deposits]) == (eur(5000), [eur(2500)])


def test_a_hold_that_is_paid_in_part_keeps_what_is_paid(house):
    """Where it still costs more than is paid, what is paid counts: at the same price, and at a lower one."""
    one = booked(house, "room", period(10, 12), None)
    house.do(c.Pay(one.charge_id, account="desk", amount=eur(4000)))
    same = house.do(c.MoveBooking(one.id, period=period(13, 15)))
    assert (same.value.state, same.given_back, same.afterwards.due) == ("held", None, eur(11000))
    less = house.do(c.MoveBooking(one.id, period=period(13, 14)))
    assert (less.value.charge_id, less.given_back, less.afterwards.due) == (one.charge_id, None, eur(3500))
    house.do(c.Pay(one.charge_id, account="desk"))
    assert house.get(m.Booking, one.id).state == "confirmed"


def test_a_hold_that_costs_more_is_paid_anew(house):
    """Where a hold costs more at its new time, what was paid of it goes back, and all of the new price is due."""
    one = booked(house, "room", period(10, 11), None)
    house.do(c.Pay(one.charge_id, account="desk", amount=eur(4000)))
    done = house.do(c.MoveBooking(one.id, period=period(10, 12)))
    assert (done.value.state, done.given_back) == ("held", eur(4000))
    assert (done.afterwards.due, done.afterwards.refund) == (eur(15000), eur(4000))


ODD = """
[product.odd]
price_date = "use"
rate = [{ when = { weekday = "sat-sun" }, price = 20.00 }, { price = 40.00 }]
deposit = { id = "keys", price = DEPOSIT, when = { weekday = "sat-sun" } }
"""


@pytest.mark.parametrize(
    ("first", "then", "deposit", "due"),
    [(TODAY, SATURDAY, "15.00", 3500), (SATURDAY, TODAY, "30.00", 4000)],
    ids=["a deposit that was none", "a price that is more"],
)
def test_a_hold_of_which_one_part_costs_more_is_paid_anew(house, first, then, deposit, due):
    """A hold that is paid in part and costs less in all is paid anew where its price, or its deposit, is more alone."""
    house.do(c.PublishTariff(LIST + ODD.replace("DEPOSIT", deposit)))
    one = booked(house, "odd", period(10, 11, first), None)
    house.do(c.Pay(one.charge_id, account="desk", amount=eur(1000)))
    done = house.do(c.MoveBooking(one.id, period=period(10, 11, then)))
    assert (done.given_back, done.afterwards.due, done.afterwards.refund) == (eur(1000), eur(due), eur(1000))
    assert done.value.charge_id != one.charge_id


HOLD = """
[product.bare]
price_date = "use"
rate = { price = 40.00 }
down_payment = [{ when = { weekday = "mon-fri" }, percent = "25%", rest = "on the day" }]
[product.badge]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
rate = { price = 30.00 }
[product.club]
price_date = "use"
needs = { product = "badge", add = true }
rate = [{ when = { weekday = "sat-sun" }, price = 20.00 }, { price = 40.00 }]
"""
MONDAY = TODAY + timedelta(days=6)


@pytest.mark.parametrize(
    ("first", "then", "due"),
    [(MONDAY, SATURDAY, 4000), (SATURDAY, MONDAY, 1000)],
    ids=["all at once by now", "a part at once by now"],
)
def test_a_hold_of_which_another_part_is_due_at_once_is_paid_anew(house, first, then, due):
    """Where it costs the same and another part of it is due at once, what was paid goes back, and that part is due."""
    house.do(c.PublishTariff(LIST + HOLD))
    one = booked(house, "bare", period(10, 11, first), None)
    house.do(c.Pay(one.charge_id, account="desk", amount=eur(500)))
    done = house.do(c.MoveBooking(one.id, period=period(10, 11, then)))
    assert (done.value.state, done.given_back) == ("held", eur(500))
    assert done.value.charge_id != one.charge_id
    assert house.get(m.Charge, done.value.charge_id).at_once == eur(due)


def test_a_hold_with_a_pass_along_is_paid_before_it_moves(house):
    """A hold with which a pass is bought, and of which some is paid, is not moved to less: it is paid first."""
    house.do(c.PublishTariff(LIST + HOLD))
    one = booked(house, "club", period(10, 11), None)
    house.do(c.Pay(one.charge_id, account="desk", amount=eur(1000)))
    with pytest.raises(WrongStateError, match="passes are bought; pay it first"):
        house.do(c.MoveBooking(one.id, period=period(10, 11, SATURDAY)))
    assert house.get(m.Charge, one.charge_id).kept == eur(1000)


def test_a_hold_of_which_nothing_is_paid_has_the_lines_of_its_new_time(house):
    """Where nothing is paid the charge of the old time is void, and that of the new one says what it is for."""
    one = booked(house, "room", period(10, 12), None)
    done = house.do(c.MoveBooking(one.id, period=period(10, 11)))
    assert house.get(m.Charge, one.charge_id).state == "void"
    (charge,) = done.charges[-1:]
    assert (charge.id, charge.amount) == (done.value.charge_id, eur(7500))
    assert [line.amount for line in charge.lines] == [eur(5000), eur(2500)]
