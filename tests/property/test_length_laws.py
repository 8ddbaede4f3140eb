"""A law of questions of which only the length is known: a price that is told holds at whatever hour it begins."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as ch

from cantinekit.clock import Period, day_bounds, local
from cantinekit.money import Money
from cantinekit.pricing import Item, Order, State, Tariff
from support.run.soak import half
from support.tariffs.strategies import load, orders, states, tariffs

HOURS = (0, 7, 13, 22)


def _length_alone(item: Item, zone: str) -> Item:
    if item.period is None or item.also or item.period.minutes < 1:
        return item
    day = local(item.period.start, zone).date()
    return attrs.evolve(item, period=None, day=day, minutes=item.period.minutes)


def _from(item: Item, hour: int, zone: str) -> Item:
    """The item at an hour of its day."""
    if item.minutes is None:
        return item
    assert item.day is not None
    start = day_bounds(item.day, zone).start + timedelta(hours=hour)
    period = Period(start, start + timedelta(minutes=item.minutes))
    return attrs.evolve(item, period=period, day=None, minutes=None)


def test_a_price_for_a_length_holds_at_any_hour() -> None:
    """What is priced by its length alone costs the same, and uses the same, at whatever hour of the day it begins.

    Whatever depends on the hours is refused instead, and says that they are missing.
    """
    seen: Counter[str] = Counter()

    @settings(
        max_examples=half(700),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(tariffs(), orders(), states())
    def law(data: Any, order: Order, state: State) -> None:
        tariff = load(data)
        lots = tuple(attrs.evolve(lot, expires=None) for lot in state.lots)
        state = State(state.meters, lots)
        short = attrs.evolve(order, items=tuple(_length_alone(item, tariff.zone) for item in order.items))
        if not any(item.minutes for item in short.items):
            return
        quote = tariff.quote(short, state)
        for stop in quote.refusals:
            seen["hours missing"] += "period" in stop.facets
        if quote.refusals:
            return
        seen["priced"] += 1
        seen["covered"] += bool(quote.uses)
        for hour in HOURS:
            other = tariff.quote(
                attrs.evolve(short, items=tuple(_from(item, hour, tariff.zone) for item in short.items)), state
            )
            assert (other.lines, other.uses, other.total) == (quote.lines, quote.uses, quote.total), hour
            assert other.meters == quote.meters

    law()
    assert seen["priced"] > 5, seen
    assert seen["covered"], seen
    assert seen["hours missing"], seen


NIGHTS = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
bands.feast = { date = { from = 2026-12-24, upto = 2026-12-25 } }
bands.summer = { season = ["06-15", "09-15"] }
bands.winter = { season = ["11-15", "02-10"] }
bands.weekend = { weekday = "fri-sat", season = ["03-01", "05-31"] }
[product.nights]
split = { bands = ["feast", "summer", "winter", "weekend"], outside = "other" }
measure = { unit = "night", nights = true }
rate = { by = "band", per = "night", feast = 60.01, summer = 50.02, winter = 30.03, weekend = 45.04, other = 40.05 }
[product.days]
split = { bands = ["feast", "summer", "winter", "weekend"], outside = "other" }
measure = { unit = "day", days = true }
rate = { by = "band", per = "day", feast = 60.01, summer = 50.02, winter = 30.03, weekend = 45.04, other = 40.05 }
"""


def _own_price(day: date) -> int:
    """What a day or the night that begins on it costs, as the list says it, by another way than the engine's."""
    if (day.year, day.month, day.day) in ((2026, 12, 24), (2026, 12, 25)):
        return 6001
    if (6, 15) <= (day.month, day.day) <= (9, 15):
        return 5002
    if day.month == 12 or day.month == 1 or (day.month, day.day) >= (11, 15) or (day.month, day.day) <= (2, 10):
        return 3003
    return 4504 if day.isoweekday() in (5, 6) and 3 <= day.month <= 5 else 4005


@settings(max_examples=half(400))
@given(ch.dates(date(2026, 1, 1), date(2027, 12, 1)), ch.integers(1, 40), ch.integers(0, 23), ch.integers(0, 23))
def test_each_day_and_night_has_the_price_of_its_season(first: date, nights: int, comes: int, leaves: int) -> None:
    """A stay over a change of season costs what its days and nights cost, each by itself; whether its days are told
    or its hours. A night is of the day on which it begins.
    """
    tariff = Tariff.load(NIGHTS)
    days = [first + timedelta(days=n) for n in range(nights + 1)]
    zone = ZoneInfo("Europe/Paris")
    stay = Period(
        datetime.combine(first, time(comes), zone).astimezone(UTC),
        datetime.combine(days[-1], time(leaves, 30), zone).astimezone(UTC),
    )
    for product, own in (("nights", days[:-1]), ("days", days)):
        wanted = Money(sum(map(_own_price, own)), "EUR")
        assert tariff.quote(Item(product, day=first, until=days[-1])).gross == wanted
        assert tariff.quote(Item(product, stay)).gross == wanted
    assert tariff.quote(Item("days", day=first)).gross == Money(_own_price(first), "EUR")
