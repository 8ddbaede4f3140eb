"""Law: giving back gives back exactly what the sale moved, whatever was sold, in any order, free or not."""

from __future__ import annotations

from collections import Counter
from datetime import date, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.booking_series import ending as _series_ends
from cantinekit.domain.bookings import ending as _bookings
from cantinekit.domain.passes import cancelling as _passes
from cantinekit.domain.registrations import giving_up as _giving_up
from cantinekit.errors import RefusedError
from support.houses.counting_house import counted, counted_house
from support.houses.small_house import House, period
from support.laws import house_laws
from support.run.soak import scaled, until_seen

ACCOUNTS = st.sampled_from(["desk", None])
ROOMS = st.builds(
    lambda day, start, hours, account, space: c.Book(
        space_id=space,
        product_id="c-room",
        period=period(start, start + hours, date(2026, 12, day)),
        person_id="zoe",
        account=account,
    ),
    st.integers(1, 4),
    st.integers(8, 12),
    st.integers(1, 4),
    ACCOUNTS,
    st.sampled_from(["b", "studio"]),
)
SERIES = st.builds(
    lambda day, hours, count, account: c.BookSeries(
        space_id="a1",
        product_id="c-room",
        day=date(2026, 12, day),
        starts=time(10),
        ends=time(10 + hours),
        rule=f"FREQ=DAILY;COUNT={count}",
        person_id="zoe",
        account=account,
    ),
    st.integers(1, 9),
    st.integers(1, 3),
    st.integers(2, 4),
    ACCOUNTS,
)
SEATS = st.builds(
    lambda number, seats, account: c.Register(
        session_id=f"etching-{number}", person_id="zoe", account=account, seats=seats
    ),
    st.integers(0, 3),
    st.integers(1, 2),
    ACCOUNTS,
)
PASSES = st.builds(
    lambda account: c.SellPass(product_id="c-card", place_id="paris", holder_id="zoe", account=account), ACCOUNTS
)
STAYS = st.just(c.CheckIn(place_id="paris", product_id="c-stay", person_id="bob"))
"""By somebody who has no pass: they are not paid."""


def give_back(house: House, sold: Any) -> None:
    """End what was sold, in the way in which it can be ended."""
    now: Any = house.get(type(sold), sold.id)
    if isinstance(now, m.Booking) and now.state == "requested":
        house.do(c.DeclineBooking(now.id, reason="no"))
    elif isinstance(now, m.Visit):
        house.wait(minutes=16)
        house.cantine.run_due()
    else:
        house.cantine.cancel(now.id, actor="desk:ana")


def sell_and_give_back(house: House, asked: list[c.Command], order: st.DataObject, seen: Counter[str]) -> None:
    house.do(
        c.CheckOut(house.do(c.CheckIn(place_id="paris", product_id="c-stay", person_id="bob")).value.id)
    )  # the free one of the day
    before, sold = counted(house), []
    for command in asked:
        try:
            outcome = house.do(command)
        except RefusedError:
            continue
        sold.append(outcome.value)
        seen[type(command).__name__] += 1
        seen["charged" if outcome.charges else "free"] += 1
    seen["counted"] += counted(house) != before
    while sold:
        one = sold.pop(order.draw(st.integers(0, len(sold) - 1)))
        if isinstance(one, m.BookingSeries) and order.draw(st.booleans(), "one date first"):
            booked = house.get(m.BookingSeries, one.id)
            if booked.state == "confirmed":
                house.do(c.CancelBooking(order.draw(st.sampled_from(booked.booking_ids))))
        if not _over(house, one):
            give_back(house, one)
        house_laws.hold(house.storage, house.clock.now())
    house.wait(minutes=16)
    house.cantine.run_due()
    assert counted(house) == before
    house_laws.folds(house.storage)


def _over(house: House, sold: Any) -> bool:
    """Whether it has ended by itself meanwhile."""
    return house.get(type(sold), sold.id).state in ("expired", "lapsed", "cancelled")


def test_giving_back_gives_back_what_the_sale_moved() -> None:
    """Meters and units are as before all sales once all of them are given back; the laws hold at each step."""
    seen: Counter[str] = Counter()

    def law(asked: list[c.Command], order: st.DataObject) -> None:
        sell_and_give_back(counted_house(), asked, order, seen)

    few = settings(max_examples=scaled(15), suppress_health_check=[HealthCheck.too_slow], deadline=None)
    cases = ("Book", "BookSeries", "Register", "SellPass", "CheckIn", "charged", "free", "counted")
    drawn = given(st.lists(st.one_of(ROOMS, SERIES, SEATS, PASSES, STAYS), min_size=2, max_size=7), st.data())
    until_seen(lambda how: how(drawn(law))(), few, seen, cases)


@pytest.mark.parametrize("where", [_bookings, _passes, _giving_up, _series_ends])
def test_the_control_sees_what_stays_counted(where: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where one kind of subject keeps what it counted, the laws of a house see it."""
    monkeypatch.setattr(where, "return_meters", lambda draft, moves: None)
    house = counted_house()
    commands: list[c.Command] = [
        c.Book(
            space_id="b", product_id="c-room", period=period(10, 12, date(2026, 12, 1)), person_id="zoe", account="desk"
        ),
        c.BookSeries(
            space_id="a1",
            product_id="c-room",
            day=date(2026, 12, 2),
            starts=time(10),
            ends=time(11),
            rule="FREQ=DAILY;COUNT=2",
            person_id="zoe",
            account="desk",
        ),
        c.Register(session_id="etching-0", person_id="zoe"),
        c.SellPass(product_id="c-card", place_id="paris", holder_id="zoe"),
    ]
    sold = [house.do(command).value for command in commands]
    for one in sold:
        give_back(house, one)
    with pytest.raises(AssertionError):
        house_laws.hold(house.storage, house.clock.now())
