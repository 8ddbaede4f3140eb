"""A law of questions of which only the length is known: a price that is told holds at whatever hour it begins."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import HealthCheck, given, settings

from cantinekit.clock import Period, day_bounds, local
from cantinekit.pricing import Item, Order, State
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
