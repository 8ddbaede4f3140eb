"""Moving a booking: claims, terms, money, messages."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.money import Money
from support.houses import small_house
from support.houses.small_house import House, open_house, period
from support.laws import house_laws


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@pytest.fixture
def house():
    """A house whose laws hold in the end."""
    house = open_house()
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def booked(house: House, start: float = 10, end: float = 11, account: str | None = "desk", **more) -> m.Booking:
    asked = c.Book(
        space_id=more.pop("space_id", "b"),
        product_id=more.pop("product_id", "room"),
        period=period(start, end),
        person_id="zoe",
        account=account,
        **more,
    )
    return house.do(asked).value


def test_time_and_space_in_one(house):
    """What it had is free, what it has then is taken; id, price and charges stay where the price does."""
    one = booked(house)
    done = house.do(c.MoveBooking(one.id, period=period(13, 14), space_id="a1"))
    assert (done.value.id, done.value.space_id, done.value.period) == (one.id, "a1", period(13, 14))
    assert done.messages == (("booking moved", "zoe"),)
    assert done.afterwards.fee == done.afterwards.due == done.afterwards.refund == eur(0)
    booked(house)  # what it had
    with pytest.raises(e.ConflictError):
        booked(house, 13, 14, space_id="a1")


def test_longer_is_charged_and_shorter_goes_back(house):
    """Longer is charged at once, or stays owed; shorter goes back."""
    one = booked(house)
    longer = house.do(c.MoveBooking(one.id, period=period(10, 12), account="desk"))
    assert longer.afterwards.due == eur(1500)
    assert longer.charges[-1].amount == eur(1500)
    assert longer.charges[-1].state == "settled"
    owed = house.do(c.MoveBooking(one.id, period=period(10, 13)))
    assert owed.value.state == "confirmed"
    assert owed.charges[-1].state == "due"
    back = house.do(c.MoveBooking(one.id, period=period(10, 11)))
    assert (back.afterwards.refund, back.afterwards.dropped) == (eur(1500), eur(1500))
    assert back.given_back == eur(1500)
    assert [house.get(m.Charge, id).state for id in back.value.charges] == ["settled", "settled", "void"]


def test_owed_difference_is_paid_later(house):
    """A difference that is owed is paid like any charge, and the booking stays as it is."""
    one = booked(house)
    owed = house.do(c.MoveBooking(one.id, period=period(10, 13)))
    house.do(c.Pay(owed.charges[-1].id, account="card"))
    assert house.get(m.Charge, owed.charges[-1].id).state == "settled"
    assert house.get(m.Booking, one.id) == owed.value


def test_taken_changes_nothing(house):
    """Where the new time is taken, nothing is changed."""
    one, _ = booked(house), booked(house, 12, 13)
    with pytest.raises(e.ConflictError):
        house.do(c.MoveBooking(one.id, period=period(11.5, 12.5)))
    assert house.get(m.Booking, one.id) == one


def test_overlap_with_itself(house):
    """A booking is not in its own way."""
    one = booked(house)
    assert house.do(c.MoveBooking(one.id, period=period(10.5, 11.5))).value.period == period(10.5, 11.5)


def test_held_waits_for_its_new_price(house):
    """A hold that waits for its payment waits for that of its new price."""
    one = booked(house, account=None)
    moved = house.do(c.MoveBooking(one.id, period=period(10, 12)))
    assert (moved.value.state, moved.value.expires) == ("held", one.expires)
    assert house.get(m.Charge, one.charge_id).state == "void"
    house.do(c.Pay(moved.value.charge_id, account="desk"))
    assert house.get(m.Booking, one.id).state == "confirmed"


def test_no_show_is_released(house):
    """Nobody comes: the room is free, and costs what it costs."""
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    one, other = booked(house), booked(house, 12, 13)
    house.clock.set(period(10, 11).start + timedelta(minutes=15))
    house.cantine.run_due()
    gone = house.get(m.Booking, one.id)
    assert (gone.state, gone.fee) == ("released", eur(1500))
    again = house.do(c.UndoRelease(one.id))
    assert again.value.state == "confirmed"
    assert again.value.arrived_at is not None
    house.clock.set(period(12, 13).start)
    house.do(c.CheckInBooking(other.id))
    house.wait(minutes=30)
    house.cantine.run_due()
    assert house.get(m.Booking, other.id).state == "confirmed"
    house.do(c.UndoCheckIn(other.id))
    house.cantine.run_due()
    assert house.get(m.Booking, other.id).state == "released"


def test_who_books_what_runs_has_time_to_come(house):
    """A room that is booked after its start is released so long after it was booked, not at once."""
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    house.clock.set(period(10, 11).start + timedelta(minutes=20))
    one = booked(house)
    house.cantine.run_due()
    assert house.get(m.Booking, one.id).state == "confirmed"
    house.wait(minutes=15)
    house.cantine.run_due()
    assert house.get(m.Booking, one.id).state == "released"


LENT = """
[tariff]
id = "lent"
name = "Lent"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[product.hall]
rate = { price = 40.00, per = "1h" }
deposit = { id = "keys", price = 100.00 }
[product.hall.cancel]
delay = { unit = "day" }
keep = [{ from = 0, percent = "50%" }]
"""


def test_a_deposit_goes_back_whole(house):
    """The list keeps a part of the price when it is cancelled, and nothing of the deposit."""
    house.do(c.PublishTariff(LENT))
    one = booked(house, 10, 12, product_id="lent/hall")
    assert house.get(m.Charge, one.charge_id).paid == eur(8000 + 10000)
    done = house.do(c.CancelBooking(one.id))
    assert (done.afterwards.fee, done.afterwards.refund) == (eur(4000), eur(4000))
    assert done.given_back == eur(4000 + 10000)
    assert house.get(m.Charge, one.charge_id).deposit == 0


def test_what_is_on_account_is_owed_less(house):
    """Of what is paid later, the part that the list keeps is still owed; a difference of a move is owed too."""
    house.do(c.PublishTariff(LENT.replace('deposit = { id = "keys", price = 100.00 }\n', "")))
    one = booked(house, 10, 12, None, product_id="lent/hall", on_account=True)
    assert one.state == "confirmed"
    moved = house.do(c.MoveBooking(one.id, period=period(10, 13), on_account=True))
    assert [charge.outstanding for charge in moved.charges] == [eur(8000), eur(4000)]
    done = house.do(c.CancelBooking(one.id))
    assert done.afterwards.fee == eur(6000)
    owed = [house.get(m.Charge, id) for id in done.value.charges]
    assert [(charge.state, charge.outstanding) for charge in owed] == [("due", eur(6000)), ("void", eur(0))]
    assert done.refunds == ()


GONE = """
[tariff]
id = "gone"
name = "Gone"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.room]
rate = { price = 15.00, per = "1h" }
"""


def test_a_product_that_the_list_has_no_more_is_moved_as_it_was_sold(house):
    """What a newer version of the list sells no more was sold by the one before, and is moved by that: a booking, the
    dates of a series. A hold was not sold, and has no price any more: it says which product is gone."""
    house.do(c.PublishTariff(GONE))
    one = booked(house, product_id="gone/room")
    series = house.do(
        c.BookSeries(
            space_id="a2", product_id="gone/room", day=small_house.TODAY + timedelta(days=7), starts=time(10),
            ends=time(11), rule="FREQ=WEEKLY;COUNT=2", person_id="zoe", account="desk",
        )
    ).value  # fmt: skip
    held = house.do(c.HoldSpace(space_id="a1", product_id="gone/room", period=period(10, 11), person_id="zoe")).value
    house.do(c.PublishTariff(GONE.replace("product.room", "product.hall")))
    moved = house.do(c.MoveBooking(one.id, period=period(12, 14), account="desk"))
    assert moved.afterwards.due == eur(1500)
    later = house.do(c.MoveBookingSeries(series.id, starts=time(14), ends=time(16), account="desk"))
    assert later.afterwards.due == eur(3000)
    with pytest.raises(e.NotFoundError, match="gone/room"):
        house.do(c.ConfirmBooking(held.id, account="desk"))
    assert house.do(c.CancelBooking(one.id)).given_back == eur(3000)


def test_who_told_the_house_something_is_moved(house):
    """A person whose facts are kept moves a booking, and the price of the move knows them."""
    told = GONE.replace("[product.room]", '[facts]\nstudent = "yes/no"\n[product.room]')
    rates = 'rate = [{ when = { student = true }, price = 10.00, per = "1h" }, { price = 15.00, per = "1h" }]'
    told = told.replace('rate = { price = 15.00, per = "1h" }', rates)
    house.do(c.PublishTariff(told))
    house.do(c.SetFact("zoe", name="student", value=True))
    one = booked(house, product_id="gone/room")
    assert house.do(c.MoveBooking(one.id, period=period(12, 14), account="desk")).afterwards.due == eur(1000)
    house.do(c.SetFact("zoe", name="student", value=False))
    assert house.do(c.MoveBooking(one.id, period=period(12, 13))).given_back == eur(500)


def test_what_was_sold_is_moved_as_it_was_sold(house):
    """A product of the catalogue that is something else in the price list by now does not change what was sold: the new
    time is priced by what it was then, also where another price list has it now. What is sold next is the other."""
    one = booked(house)
    house.do(c.ChangeProduct("room", tariff_product="desk"))
    moved = house.do(c.MoveBooking(one.id, period=period(12, 14), account="desk"))
    assert moved.afterwards.due == eur(1500)
    house.do(c.PublishTariff(GONE))
    house.do(c.ChangeProduct("room", pricelist_id="gone", tariff_product="room"))
    again = house.do(c.MoveBooking(one.id, period=period(12, 15), extras={"materials": 1}, account="desk"))
    assert [line.product_id for line in again.charges[-1].lines] == ["room", "net/materials", "room"]
    assert again.afterwards.due == eur(1500 + 800)
    house.do(c.ChangeProduct("room", pricelist_id="net", tariff_product="desk"))
    assert house.get(m.Charge, booked(house, 16, 17, space_id="a1").charge_id).amount == eur(300)


@pytest.mark.parametrize("kept", [0, 4000])
def test_an_undone_release_takes_the_deposit_again(house, kept):
    """What a release returned of a deposit is held again once it is undone, less what was kept before; it goes back
    with the booking. Until it is paid it is owed."""
    house.do(c.PublishTariff(LENT))
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    one = booked(house, 10, 12, product_id="lent/hall")
    if kept:
        house.do(c.KeepDeposit(one.charge_id, amount=eur(kept), reason="a key was lost"))
    house.clock.set(one.release_at)
    house.cantine.run_due()
    released = house.get(m.Booking, one.id)
    assert (released.state, released.deposit) == ("released", 10000 - kept)
    assert house.get(m.Charge, one.charge_id).deposit == 0
    undone = house.do(c.UndoRelease(one.id))
    owed = undone.charges[-1]
    assert (owed.state, owed.deposit, owed.outstanding) == ("due", 10000 - kept, eur(4000 + 10000 - kept))
    assert undone.afterwards.due == eur(4000)  # of the price, of which the list keeps a half; the deposit is beside it
    house.do(c.Pay(owed.id, account="desk"))
    done = house.do(c.CancelBooking(one.id, refund="nothing", reason="they left a mess"))
    assert done.given_back == eur(10000 - kept)


def test_of_a_series_only_its_own_deposit_is_taken_again(house):
    """A date of a series that is released and comes after all holds its own deposit again; called off, it gives that
    back, and the other date keeps its own."""
    house.do(c.PublishTariff(LENT))
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    series = house.do(
        c.BookSeries(
            space_id="b", product_id="lent/hall", day=small_house.TODAY, starts=time(11), ends=time(12),
            rule="FREQ=WEEKLY;COUNT=2", person_id="zoe", account="desk",
        )
    ).value  # fmt: skip
    first, second = (house.get(m.Booking, id) for id in series.booking_ids)
    house.clock.set(first.release_at)
    house.cantine.run_due()
    undone = house.do(c.UndoRelease(first.id, account="desk"))
    assert undone.charges[-1].paid_deposit == eur(10000)
    assert house.do(c.CancelBooking(first.id, refund="nothing", reason="a mess")).given_back == eur(10000)
    assert house.get(m.Charge, second.charge_id).deposit == 10000
    assert house.do(c.CancelBooking(second.id, refund="nothing", reason="a mess")).given_back == eur(10000)


FEE = GONE.replace('id = "gone"', 'id = "fee"') + "move = { fee = 5.00 }\n"


@pytest.mark.parametrize(
    ("end", "paid", "fee_of"),
    [(13, 4500 + 500, "more"), (12, 3000 + 500, "more"), (11.5, 2250 + 500, "first"), (11.75, 3125, "both")],
)
def test_the_fee_of_a_move_was_had(house, end, paid, fee_of):
    """The fee of a move stays when the booking is called off afterwards: where it was charged, with the difference or
    alone, and where it was taken from what went back. What goes back is what is told."""
    house.do(c.PublishTariff(FEE))
    one = booked(house, 10, 12, product_id="fee/room")
    moved = house.do(c.MoveBooking(one.id, period=period(10, end), account="desk"))
    assert sum(house.get(m.Charge, id).kept.amount for id in moved.value.charges) == paid
    assert (moved.value.move_fees > 0) == (fee_of != "more")
    done = house.do(c.CancelBooking(one.id))
    assert done.afterwards.refund == done.given_back == eur(paid - 500)
    kept = [house.get(m.Charge, id).kept for id in done.value.charges]
    assert kept[-1] == eur({"more": 500, "first": 500, "both": 125}[fee_of])
    if fee_of == "more" and end == 12:  # nothing but the fee was charged: it is what is left
        assert kept == [eur(0), eur(500)]


def test_the_fee_of_moved_dates_was_had(house):
    """So it is of the dates of a series that are moved together, and of one that is moved twice."""
    house.do(c.PublishTariff(FEE))
    series = house.do(
        c.BookSeries(
            space_id="b", product_id="fee/room", day=small_house.TODAY + timedelta(days=7), starts=time(10),
            ends=time(12), rule="FREQ=WEEKLY;COUNT=2", person_id="zoe", account="desk",
        )
    ).value  # fmt: skip
    house.do(c.MoveBookingSeries(series.id, starts=time(14), ends=time(16), account="desk"))
    house.do(c.MoveBookingSeries(series.id, starts=time(14), ends=time(15)))
    first, second = series.booking_ids
    assert house.get(m.Booking, first).move_fees == 500
    for id in (first, second):
        done = house.do(c.CancelBooking(id))
        assert done.afterwards.refund == done.given_back == eur(1500)
    kept = sum(house.get(m.Charge, id).kept.amount for id in done.value.charges)
    assert kept == 4 * 500
