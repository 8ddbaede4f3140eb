"""Series of bookings that are moved from a date on, and single dates of them."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.money import Money
from support.houses import series_house
from support.houses.series_house import START, days
from support.houses.small_house import House, period
from support.laws import house_laws


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@pytest.fixture
def house():
    """A house with series, whose laws hold in the end."""
    house = series_house.open_house()
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def weekly(house: House, product: str = "plain", count: int = 4, **more) -> m.BookingSeries:
    asked = c.BookSeries(
        space_id="b",
        product_id=product,
        day=START,
        starts=time(10),
        ends=time(12),
        rule=f"FREQ=WEEKLY;COUNT={count}",
        person_id="zoe",
        account="desk",
        **more,
    )
    return house.do(asked).value


def dates(house: House, series: m.BookingSeries) -> list[m.Booking]:
    return [house.get(m.Booking, id) for id in house.get(m.BookingSeries, series.id).booking_ids]


def test_another_hour_from_a_date_on(house):
    """The dates to come are at another hour, in one step; what has been stays; nothing of the past is in the way."""
    series = weekly(house)
    first = dates(house, series)[0]
    house.clock.set(first.period.end)
    done = house.do(c.MoveBookingSeries(series.id, starts=time(14), ends=time(16)))
    after = dates(house, series)
    assert after[0] == first
    assert [one.period.start.hour for one in after[1:]] == [13, 13, 13]  # in UTC
    assert [one.id for one in after] == list(series.booking_ids)
    assert done.messages == (("series moved", "zoe"),)
    assert done.value.dates[0].starts_at == first.period.start
    assert done.afterwards.due == eur(0)
    house.do(c.Book(space_id="b", product_id="plain", period=period(9, 11, START + timedelta(weeks=1)), account="desk"))


def test_all_or_none(house):
    """Where one date cannot be had, nothing is moved."""
    series = weekly(house)
    house.do(c.Book(space_id="b", product_id="plain", period=period(13, 14, days(14)[0]), account="desk"))
    with pytest.raises(e.SeriesClashError) as caught:
        house.do(c.MoveBookingSeries(series.id, starts=time(14), ends=time(16)))
    assert [one.day for one in caught.value.clashes] == [days(14)[0]]
    assert house.get(m.BookingSeries, series.id) == series


def test_an_hour_that_overlaps_its_own(house):
    """The dates are not in their own way."""
    series = weekly(house)
    house.do(c.MoveBookingSeries(series.id, starts=time(11), ends=time(13)))
    assert {one.period.length for one in dates(house, series)} == {timedelta(hours=2)}


def test_longer_and_shorter(house):
    """Longer dates are charged together; shorter ones give back together; a date that is cancelled gives back its own
    price.
    """
    series = weekly(house)
    longer = house.do(c.MoveBookingSeries(series.id, ends=time(13), from_date=days(7)[0], account="desk"))
    assert longer.afterwards.due == eur(4500)
    cancelled = house.do(c.CancelBooking(dates(house, series)[-1].id))
    assert cancelled.given_back == cancelled.afterwards.refund == eur(4500)
    shorter = house.do(c.MoveBookingSeries(series.id, ends=time(11)))
    assert shorter.given_back == shorter.afterwards.refund == eur(1500 + 3000 + 3000)
    first = dates(house, series)[0]
    assert house.do(c.CancelBooking(first.id)).given_back == eur(1500)
    rest = house.do(c.CancelSeries(series.id))
    assert rest.given_back == eur(3000)


def test_a_difference_stays_owed_and_is_paid(house):
    """The difference of a series is owed where no account is named; it is paid like any charge."""
    series = weekly(house)
    owed = house.do(c.MoveBookingSeries(series.id, ends=time(13)))
    charge = owed.charges[-1]
    assert (charge.state, charge.amount) == ("due", eur(6000))
    house.do(c.Pay(charge.id, account="card"))
    assert house.get(m.Charge, charge.id).state == "settled"
    assert house.get(m.BookingSeries, series.id) == owed.value


def test_one_date(house):
    """One date is moved by itself, keeps its id and its day in the series, and gives back its own price in the end."""
    series = weekly(house)
    one = dates(house, series)[1]
    moved = house.do(c.MoveBooking(one.id, period=period(14, 15, days(8)[0])))
    assert moved.afterwards.refund == eur(1500)
    found = house.get(m.BookingSeries, series.id)
    assert found.dates[1] == m.SeriesDate(days(7)[0], "booked", one.id, starts_at=moved.value.period.start)
    assert house.do(c.CancelBooking(one.id)).given_back == eur(1500)


def test_units_and_caps(house):
    """Dates that entries of a carnet pay for, and dates under a cap, are priced anew together."""
    for product in ("covered", "monthly"):
        series = weekly(house, product)
        house.do(c.MoveBookingSeries(series.id, starts=time(14), ends=time(16)))
        before = dates(house, series)
        house.do(c.MoveBookingSeries(series.id, starts=time(10), ends=time(12)))
        assert [one.spends for one in dates(house, series)] == [one.spends for one in before]
        house.do(c.CancelSeries(series.id))
        assert sum(one.left for one in house.all(m.Entitlement)) == 6


def test_released_dates(house):
    """A date to which nobody comes is released by itself."""
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    series = weekly(house)
    first = dates(house, series)[0]
    house.clock.set(first.period.start + timedelta(minutes=15))
    house.cantine.run_due()
    assert house.get(m.Booking, first.id).state == "released"
    assert house.get(m.BookingSeries, series.id).dates[0].state == "cancelled"
    house.do(c.UndoRelease(first.id))
    assert house.get(m.BookingSeries, series.id).dates[0].state == "booked"


def test_dates_are_moved_as_they_were_sold(house):
    """A product of the catalogue that is something else in the price list by now does not change the dates that were
    sold; those that were sold since are priced by what it is now."""
    series = weekly(house, count=2)
    before = sum(one.part.price.amount for one in dates(house, series))
    house.do(c.ChangeProduct("plain", tariff_product="odd"))
    longer = house.do(c.MoveBookingSeries(series.id, starts=time(10), ends=time(14), account="desk"))
    assert longer.afterwards.due == eur(before)
