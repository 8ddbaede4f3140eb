"""Moving there and back restores claims, units, meters and money, wherever it goes, where the list asks no fee."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.money import Money
from support.houses import series_house
from support.houses.series_house import ALONE, START
from support.houses.small_house import House, period
from support.laws import house_laws

HOURS = st.integers(8, 15)
LENGTHS = st.integers(1, 3)
SPACES = st.sampled_from(["a1", "a2", "b"])
PRODUCTS = st.sampled_from(ALONE)


def standing(house: House) -> dict[str, Any]:
    """What the house comes to: its claims, the units that are left, the meters, and what is kept of each payer."""
    kept: dict[str | None, int] = {}
    for charge in house.all(m.Charge):
        kept[charge.payer_id] = kept.get(charge.payer_id, 0) + charge.kept.amount
    return {
        "claims": series_house.claims(house),
        "units": {one.id: (one.left, one.used) for one in house.all(m.Entitlement)},
        "meters": {one.id: one.used for one in house.all(m.Meter) if one.used},
        "money": kept,
        "owed": Money.sum((one.outstanding for one in house.all(m.Charge) if one.state == "due"), "EUR"),
    }


def check(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


@given(
    product=PRODUCTS,
    start=HOURS,
    length=LENGTHS,
    moves=st.lists(st.tuples(st.integers(0, 3), HOURS, LENGTHS, SPACES), min_size=1, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_a_booking_there_and_back(product, start, length, moves):
    """A booking that goes anywhere, over any other times, and comes back is as it was."""
    house = series_house.open_house()
    first = period(start, start + length, START)
    asked = c.Book(space_id="b", product_id=product, period=first, person_id="zoe", account="desk", override="x")
    booking = house.do(asked).value.id
    before = standing(house)
    for day, hour, hours, space in moves:
        there = period(hour, hour + hours, START + timedelta(days=day))
        house.do(c.MoveBooking(booking, period=there, space_id=space, account="desk", override="x"))
    house.do(c.MoveBooking(booking, period=first, space_id="b", account="desk", override="x"))
    assert standing(house) == before
    check(house)


@given(
    product=PRODUCTS,
    hours=st.lists(st.tuples(HOURS, LENGTHS), min_size=1, max_size=2),
    one=st.integers(0, 2),
    day=st.integers(0, 6),
)
@example(product="monthly", hours=[(8, 3)], one=0, day=3)  # one date costs more, the others less
@settings(max_examples=25, deadline=None)
def test_a_series_there_and_back(product, hours, one, day):
    """So is a series, of which one date goes its own way in between."""
    house = series_house.open_house()
    series = house.do(
        c.BookSeries(
            space_id="b",
            product_id=product,
            day=START,
            starts=time(10),
            ends=time(12),
            rule="FREQ=WEEKLY;COUNT=3",
            person_id="zoe",
            account="desk",
        )
    ).value
    before = standing(house)
    for hour, length in hours:
        moved = {"starts": time(hour + 1), "ends": time(hour + 1 + length), "space_id": "a1"}
        house.do(c.MoveBookingSeries(series.id, account="desk", override="x", **moved))
    there: Period = period(9, 10, START + timedelta(days=day))
    there_too = c.MoveBooking(series.booking_ids[one], period=there, space_id="a2", account="desk", override="x")
    house.do(there_too)
    back = c.MoveBookingSeries(series.id, starts=time(10), ends=time(12), space_id="b", account="desk", override="x")
    house.do(back)
    assert standing(house) == before
    check(house)


@given(product=PRODUCTS, hour=HOURS, length=LENGTHS, account=st.sampled_from(["desk", None]))
@settings(max_examples=25, deadline=None)
def test_what_is_moved_and_cancelled_leaves_nothing(product, hour, length, account):
    """A booking that is moved, paid for or not, and cancelled in time gives all of it back."""
    house = series_house.open_house()
    before = standing(house)
    asked = c.Book(
        space_id="b", product_id=product, period=period(9, 10, START), person_id="zoe", account="desk", override="x"
    )
    booking = house.do(asked).value.id
    there = period(hour, hour + length, START)
    house.do(c.MoveBooking(booking, period=there, account=account, override="x"))
    house.do(c.CancelBooking(booking))
    after = standing(house)
    assert {**after, "money": {}} == {**before, "money": {}}
    assert after["money"]["zoe"] == before["money"]["zoe"]
    check(house)
