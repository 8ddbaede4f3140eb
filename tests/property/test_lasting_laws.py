"""What the timeline of a pass says of the time to come is what is charged and given, over random contracts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
from support.houses.clock_house import local
from support.houses.one_list import HEAD, place, sell
from support.run.soak import scaled
from support.tariffs.lasting import RATES, STARTS, VALIDS, contracts


def test_random_contracts_are_contracts() -> None:
    """Each of the kinds of contracts is a price list."""
    texts = [
        '[product.plan]\nsells = "plan"\n'
        + rate
        + "\n"
        + valid
        + 'term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }\n'
        for rate in RATES
        for valid in VALIDS
    ]
    for text in texts:
        assert Tariff.load(HEAD + text).products["plan"].term


@settings(max_examples=scaled(25), deadline=None)
@given(contracts(), st.sampled_from(STARTS), st.lists(st.integers(1, 70), min_size=3, max_size=9), st.data())
def test_what_the_timeline_says_is_charged(text: str, start: date, runs: list[int], data: st.DataObject) -> None:
    """Whenever what is due is run: the charges are the periods, and the units are those, that were told at the sale."""
    try:
        Tariff.load(HEAD + text)
    except TariffError:
        assume(False)
    with place(text, local(10, day=start)) as house:
        plan = sell(house, "plan").value.id
        until = start + timedelta(days=sum(runs))
        told = house.cantine.read.timeline(plan, until)
        for days in runs:
            house.clock.advance(timedelta(days=days))
            while house.cantine.run_due().done:
                pass
        sold = house.get(m.Pass, plan)
        charges = [one.amount for one in house.cantine.read.statement("zoe")]
        assert charges == [one.price for one in told.periods]
        assert [(one.first_day, one.last_day) for one in sold.periods] == [
            (one.first_day, one.last_day) for one in told.periods[1:]
        ]
        assert sold.last_day == told.periods[-1].last_day
        assert house.cantine.read.timeline(plan, until).periods == told.periods
        given_units = Counter[str]()
        for one in house.all(m.Entitlement):
            given_units[one.account] += one.bought
        said = Counter[str]()
        for one in told.units:
            said[one.account] += one.units
        assert given_units == said
        if sold.end is None and data.draw(st.booleans()):
            ended = house.do(c.GiveNotice(plan))
            today = house.clock.now().astimezone(local(0).tzinfo).date()
            assert ended.value.end == house.cantine.read.timeline(plan, today).end
            assert ended.value.end >= today
            house.clock.set(local(1, day=ended.value.end + timedelta(days=1)))
            while house.cantine.run_due().done:
                pass
            owed = sum(one.amount.amount for one in house.cantine.read.statement("zoe"))
            assert owed == sum(one.amount for one in charges) + ended.afterwards.due.amount
            assert house.cantine.read.balance("zoe") == ()
