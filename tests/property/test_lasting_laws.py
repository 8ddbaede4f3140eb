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

STARTS = (
    date(2027, 12, 31),
    date(2028, 1, 29),
    date(2028, 1, 31),
    date(2028, 2, 29),
    date(2028, 3, 26),  # the clock goes forward
    date(2027, 10, 31),  # the clock goes back
    date(2028, 3, 1),
    date(2028, 5, 16),
)
VALIDS = (
    "",
    'valid = { month = "calendar" }\nprorate = { rule = "both ends", of = "days of the month" }\n',
    'valid = { lasts = "1 month", ends = "the day before" }\n',
    'valid = { lasts = "10 days", first_day = "counts" }\n',
)
RATES = (
    "rate = { price = 31.00 }",
    'rate = [{ when = { holds = "plan" }, price = 20.00 }, { price = 31.00 }]',
    "rate = { lists = [{ from = 2020-01-01, price = 31.00 }, { from = 2028-03-15, price = 33.00 }] }",
)


@st.composite
def contracts(draw: st.DrawFn) -> str:
    """A plan with a contract, at times with units."""
    period = draw(st.sampled_from(["1 month", "2 months", "2 weeks", "10 days", "1 year"]))
    months = "month" in period or "year" in period
    ends = draw(st.sampled_from(["period end", "month end"])) if months else "period end"
    renewals = ["tacit, same period", "none", *(["monthly"] if months else [])]
    renewal = draw(st.sampled_from(renewals))
    term = f'period = "{period}", minimum = {draw(st.integers(1, 3))}, renewal = "{renewal}", ends = "{ends}"'
    if renewal != "none" and draw(st.booleans()):
        word = draw(st.sampled_from(["counts", "does not count"]))
        notice = draw(st.sampled_from(["1 month", "14 days", "1 week"]))
        term += f', notice = "{notice}", notice_day = "{word}"'
    if ends == "month end" and draw(st.booleans()):
        term += ', stub = "does not count"'
    grants = []
    for number in range(draw(st.integers(0, 2))):
        words = draw(st.sampled_from(["week", "month", "year", ""]))
        more = f', renews = "{words}", rollover = {str(draw(st.booleans())).lower()}' if words else ""
        grants.append(f'{{ account = "a{number}", unit = "piece", units = {draw(st.integers(1, 9))}{more} }}')
    day = draw(st.sampled_from(["purchase", "start", "renewal"]))
    return (
        f'[product.plan]\nsells = "plan"\nprice_date = "{day}"\n{draw(st.sampled_from(RATES))}\n'
        f"{draw(st.sampled_from(VALIDS))}term = {{ {term} }}\ngrant = [{', '.join(grants)}]\n"
    )


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
