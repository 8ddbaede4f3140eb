"""Laws of what is priced as a whole over a scope: a house charges what the engine says of what stands, and the fees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import pricing
from cantinekit import records as m
from cantinekit.domain.payments import together
from cantinekit.errors import ConflictError, SoldOutError
from support.houses.scoped_house import HEAD, charged, engine_price, left_over, scoped_house
from support.houses.small_house import START, TODAY, House, period
from support.laws import house_laws
from support.run.soak import scaled

DAYS = [TODAY + timedelta(days=number) for number in (1, 2)]
CANCEL = '\ncancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "%d%%" }] }\n'


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


@st.composite
def tariffs(draw: st.DrawFn) -> tuple[str, int]:
    """A price list with one product that is priced as a whole by the day, and the percentage that cancelling keeps."""
    price, day = draw(st.integers(1, 1500)), draw(st.integers(1, 6000))
    per = draw(st.sampled_from(["day", "week"]))
    forms = {
        "choose": f'choose = {{ take = "cheapest", compare = "rate", same = ["person", "{per}"] }}\n'
        f'offer = [{{ id = "time", price = {money(price)}, per = "1h" }}, {{ id = "day", price = {money(day)} }}]',
        "block": f'measure = {{ unit = "block", every = "90min", same = ["person", "{per}"] }}\n'
        f'rate = {{ price = {money(price)}, per = "block" }}',
        "merge": f'merge = {{ same = ["person", "{per}"], gap = "{draw(st.integers(1, 3))}h" }}\n'
        f'measure = {{ unit = "half-day", every = "3h", at_most = 3 }}\n'
        f'rate = {{ price = {money(price)}, per = "half-day" }}',
        "rising": f'measure = {{ unit = "minute", same = ["person", "{per}"] }}\n'
        f'rate = {{ upto = [{{ upto = "1h", price = {money(price)} }}, '
        f'{{ upto = "3h", price = {money(price + day)} }}, {{ price = {money(price + 3 * day)} }}] }}',
        "step": f'measure = {{ unit = "minute", step = "30min", minimum = "1h", same = ["person", "{per}"] }}\n'
        f'rate = {{ price = {money(price)}, per = "1h" }}',
    }
    form = draw(st.sampled_from(sorted(forms)))
    kept = draw(st.sampled_from([None, 0, 25, 50, 100]))
    listed = HEAD.format(id="scoped") + "[product.hour]\n" + forms[form]
    return listed + (CANCEL % kept if kept is not None else "\n"), kept or 0


@attrs.frozen
class Act:
    """What the person does: books a time, cancels one of what stands, or moves it to a time."""

    what: str
    number: int
    day: int
    start: int
    length: int


ACTS = st.builds(
    Act,
    what=st.sampled_from(["book", "book", "book", "cancel", "move"]),
    number=st.integers(0, 9),
    day=st.integers(0, len(DAYS) - 1),
    start=st.integers(8, 14),
    length=st.integers(1, 5),
)


def time_of(act: Act) -> tuple[float, float, date]:
    return act.start, act.start + act.length / 2, DAYS[act.day]


def orders_of(bookings: Sequence[m.Booking]) -> list[pricing.Order]:
    """Each booking as the order that it is, by the person at the instant of the purchase."""
    return [pricing.Order((pricing.Item("hour", one.period),), customer="zoe", as_of=START) for one in bookings]


def live(house: House, tariff: str, acts: Sequence[Act]) -> tuple[list[m.Booking], int]:
    """Do what the person does, and check the law after each: what stands in the order of its purchase, and the fees."""
    standing, fees = list[m.Booking](), 0
    for act in acts:
        try:
            if act.what == "book":
                asked = c.Book(
                    space_id="open",
                    product_id="s-hour",
                    period=period(*time_of(act)),
                    person_id="zoe",
                    account="desk",
                )
                standing.append(house.do(asked).value)
            elif standing:
                one = standing[act.number % len(standing)]
                if act.what == "cancel":
                    done = house.do(c.CancelBooking(one.id))
                    fees += done.afterwards.fee.amount
                    standing.remove(one)
                else:
                    done = house.do(c.MoveBooking(one.id, period=period(*time_of(act)), account="desk"))
                    standing.remove(one)
                    standing.append(done.value)
        except (ConflictError, SoldOutError):
            continue  # the space is full then
        assert charged(house) == engine_price(tariff, orders_of(standing)) + fees, act
        assert left_over(house) == 0
    return standing, fees


@settings(max_examples=scaled(60), deadline=None)
@given(tariffs(), st.lists(ACTS, min_size=2, max_size=9))
def test_charged_is_the_price_of_what_stands(listed, acts):
    """Whatever is booked, cancelled and moved: what is charged and was not given back is what the engine says of what
    stands, in the order in which it was bought, and the fees.
    """
    tariff, _ = listed
    house = scoped_house(tariff)
    live(house, tariff, acts)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


@settings(max_examples=scaled(25), deadline=None)
@given(tariffs(), st.lists(ACTS, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_all_cancelled_in_any_order(listed, acts, random):
    """In whatever order everything is cancelled, only the fees stay: all goes back where the list keeps nothing."""
    tariff, kept = listed
    house = scoped_house(tariff)
    standing, fees = live(house, tariff, acts)
    random.shuffle(standing)
    for one in standing:
        fees += house.do(c.CancelBooking(one.id)).afterwards.fee.amount
    assert charged(house) == fees
    assert fees == 0 or kept


RISING = (
    HEAD.format(id="scoped")
    + """
[product.hour]
measure = { unit = "minute", same = ["person", "day"] }
rate = { upto = [{ upto = "1h", price = 0.01 }, { upto = "3h", price = 0.02 }, { price = 0.04 }] }
"""
)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_what_was_taken_off_before_pays_for_nothing(order):
    """A booking that was made shorter, and longer after two others: all goes back, whichever is cancelled first."""
    house = scoped_house(RISING)
    acts = [Act("book", 0, 0, 8, 3), Act("move", 0, 0, 8, 1), Act("book", 0, 0, 8, 1), Act("book", 0, 0, 8, 2)]
    standing, _ = live(house, RISING, [*acts, Act("move", 0, 0, 8, 4)])
    for number in order:
        house.do(c.CancelBooking(standing[number].id))
    assert charged(house) == 0


def test_the_law_bites(monkeypatch):
    """Control: where what a sale was charged goes back and the others are not priced again, the law fails."""
    listed = (
        HEAD.format(id="scoped")
        + """
[product.hour]
choose = { take = "cheapest", compare = "rate", same = ["person", "day"] }
offer = [{ id = "time", price = 5.00, per = "1h" }, { id = "day", price = 12.00 }]
"""
    )
    acts = [Act("book", 0, 0, hour, 2) for hour in (8, 10, 12)] + [Act("cancel", 0, 0, 8, 1)]
    live(scoped_house(listed), listed, acts)
    monkeypatch.setattr(together, "find_gone", lambda *_: [])
    with pytest.raises(AssertionError):
        live(scoped_house(listed), listed, acts)
