"""What users expect of bookings after they were made: moved, cancelled, not used. Each is named by its story."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.money import Money
from support.houses.small_house import TODAY, House, open_house, period
from support.laws import house_laws

LIST = """
[tariff]
id = "fab"
name = "Fab"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[product.machine]
rate = { price = 20.00, per = "1h" }
move = { fee = 2.00, delay = { unit = "hour" }, from = 24 }
[product.hall]
rate = { price = 40.00, per = "1h" }
[product.hall.cancel]
delay = { unit = "hour" }
keep = [{ from = 72, percent = "0%" }, { from = 0, percent = "50%" }]
no_show = "100%"
[product.studio]
rate = { price = 10.00, per = "1h" }
cover = { id = "hours", free = 5, unit = "hour", beyond = "rate", same = ["person", "month"] }
cancel = { delay = { unit = "hour" }, keep = [{ from = 24, percent = "0%" }, { from = 0, percent = "100%" }] }
[product.let]
rate = { price = 100.00 }
"""


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@pytest.fixture
def house():
    """A house with this price list, whose laws hold in the end."""
    house = open_house()
    house.do(c.PublishTariff(LIST, override="for the stories"))
    for name in ("machine", "hall", "studio", "let"):
        house.do(
            c.AddProduct(name=name, entity_id="asso", pricelist_id="fab", tariff_product=name, sells="booking", id=name)
        )
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def book(house: House, product: str, at: Period, space: str = "b", **more):
    asked = {"person_id": "zoe", "account": "desk"} | more
    return house.do(c.Book(space_id=space, product_id=product, period=at, **asked))


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def test_c09_one_date_of_a_recurring_booking_moves(house):
    """C09: one date of a weekly booking is at another time; the others stay."""
    series = house.do(
        c.BookSeries(
            space_id="b",
            product_id="room",
            day=day(1),
            starts=time(10),
            ends=time(11),
            rule="FREQ=WEEKLY;COUNT=3",
            person_id="zoe",
            account="desk",
        )
    ).value
    moved = house.do(c.MoveBooking(series.booking_ids[1], period=period(15, 16, day(9))))
    assert moved.value.period == period(15, 16, day(9))
    after = house.get(m.BookingSeries, series.id)
    assert after.booking_ids == series.booking_ids
    others = [house.get(m.Booking, id).period.start.hour for id in (after.booking_ids[0], after.booking_ids[2])]
    assert others == [9, 9]  # in UTC
    assert moved.charges[-1].state == "settled"


def test_f19_a_machine_slot_moves_with_the_fee_of_the_list(house):
    """F19: a member moves her slot a day before for the fee of the list; later only staff can."""
    slot = book(house, "machine", period(10, 11, day(2))).value
    moved = house.do(c.MoveBooking(slot.id, period=period(10, 12, day(3)), account="desk"))
    assert moved.afterwards.fee == eur(200)
    assert moved.afterwards.due == eur(2000 + 200)
    assert sum(charge.paid.amount for charge in moved.charges) == 4200
    house.clock.set(period(9, 10, day(3)).start)
    with pytest.raises(e.NotForSaleError):
        house.do(c.MoveBooking(slot.id, period=period(14, 16, day(3))))
    late = house.do(c.MoveBooking(slot.id, period=period(14, 16, day(3)), override="the machine is broken"))
    assert late.afterwards.fee == eur(0)
    assert [one.rule for one in house.all(m.Override)] == ["moving"]


def test_i05_a_running_weekly_booking_moves_to_another_hour(house):
    """I05: the dates to come move in one step; what has taken place stays, and is in nobody's way."""
    series = house.do(
        c.BookSeries(
            space_id="b",
            product_id="room",
            day=day(1),
            starts=time(10),
            ends=time(11),
            rule="FREQ=WEEKLY;COUNT=4",
            person_id="zoe",
            account="desk",
        )
    ).value
    house.clock.set(period(12, 13, day(8)).start)
    moved = house.do(c.MoveBookingSeries(series.id, starts=time(16), ends=time(17)))
    starts = [house.get(m.Booking, id).period.start for id in moved.value.booking_ids]
    assert [one.hour for one in starts] == [9, 9, 15, 15]  # in UTC
    assert moved.afterwards.due == moved.afterwards.refund == eur(0)


def test_l09_at_most_three_bookings_still_to_come(house):
    """L09: a fourth is refused, until one is over."""
    house.do(c.ChangeTerms("b", terms=m.Terms(at_most_ahead=3)))
    for number in range(3):
        book(house, "room", period(10, 11, day(number)))
    with pytest.raises(e.TermsError) as caught:
        book(house, "room", period(10, 11, day(3)))
    assert caught.value.reason.code == "ahead"
    book(house, "room", period(14, 15, day(3)), person_id="bob")
    house.clock.set(period(11, 12).start)
    book(house, "room", period(10, 11, day(3)))
    weekly = c.BookSeries(
        space_id="b",
        product_id="room",
        day=day(10),
        starts=time(10),
        ends=time(11),
        rule="FREQ=WEEKLY;COUNT=4",
        person_id="eve",
        account="desk",
    )
    with pytest.raises(e.SeriesClashError) as clash:
        house.do(weekly)
    assert [(one.day, one.why) for one in clash.value.clashes] == [(day(31), "terms")]


def test_l10_whole_days_over_the_clock_change(house):
    """L10: a room that is let by whole days is let on the day of the clock change too, for one day."""
    house.do(
        c.ChangeTerms("n", terms=m.Terms(shortest=timedelta(days=1), longest=timedelta(days=1), step=timedelta(days=1)))
    )
    summer, winter = date(2027, 3, 28), date(2027, 10, 31)
    for change, hours in ((summer, 23), (winter, 25)):
        before = 1 if change is summer else 2
        start = period(24 - before, 25, change - timedelta(days=1)).start
        whole = Period(start, start + timedelta(hours=hours))
        assert book(house, "let", whole, "n").charges[0].amount == eur(10000)


def test_q07_late_cancellation_keeps_half(house):
    """Q07: less than 72 hours before, half of the price is kept, and the room is free again; preview says it first."""
    slot = book(house, "hall", period(10, 12, day(2))).value
    told = house.cantine.preview(c.CancelBooking(slot.id), actor="zoe").afterwards
    assert (told.fee, told.refund, told.due) == (eur(4000), eur(4000), eur(0))
    done = house.do(c.CancelBooking(slot.id))
    assert done.given_back == eur(4000)
    assert (done.value.state, done.value.fee) == ("cancelled", eur(4000))
    book(house, "hall", period(10, 12, day(2)), person_id="bob")
    early = book(house, "hall", period(10, 12, day(9))).value
    assert house.do(c.CancelBooking(early.id)).given_back == eur(8000)
    kind = book(house, "hall", period(13, 14, day(2))).value
    assert house.do(c.CancelBooking(kind.id, refund="all", reason="her child is ill")).given_back == eur(4000)
    assert [one.reason for one in house.all(m.Override)] == ["her child is ill"]


def test_q08_nobody_comes(house):
    """Q08: nobody came to the booked room: after 15 minutes it is free, and charged as the list says."""
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    slot = book(house, "hall", period(10, 12)).value
    house.clock.set(period(10, 12).start + timedelta(minutes=14))
    house.cantine.run_due()
    assert house.get(m.Booking, slot.id).state == "confirmed"
    house.wait(minutes=1)
    house.cantine.run_due()
    gone = house.get(m.Booking, slot.id)
    assert (gone.state, gone.fee) == ("released", eur(8000))
    book(house, "hall", Period(house.clock.now(), gone.period.end), person_id="bob")
    with pytest.raises(e.ConflictError):
        house.do(c.UndoRelease(slot.id))


def test_q17_free_hours_come_back(house):
    """Q17: a booking on the free hours of the month is cancelled in time: the hours come back; too late, not."""
    first = book(house, "studio", period(9, 13, day(2)))
    assert first.charges == ()
    assert book(house, "studio", period(13, 15, day(2))).charges[0].amount == eur(1000)
    house.do(c.CancelBooking(first.value.id))
    again = book(house, "studio", period(9, 13, day(3)))
    assert again.charges == ()
    house.clock.set(period(0, 1, day(3)).start)
    house.do(c.CancelBooking(again.value.id))
    assert book(house, "studio", period(14, 15, day(3))).charges[0].amount == eur(1000)
