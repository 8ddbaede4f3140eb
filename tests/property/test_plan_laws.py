"""A plan that is changed costs what its days cost by each plan; what the timeline says of it is what is billed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.passes.timeline import Agreed
from cantinekit.errors import InputError, RefusedError
from cantinekit.money import Money
from support.houses.clock_house import local
from support.houses.one_list import eur, left, place, sell
from support.run.soak import scaled
from support.tariffs.lasting import STARTS, plans

DAY = timedelta(days=1)
NAMES = ("a", "b", "c")


def _run(house: Any) -> None:
    while house.cantine.run_due().done:
        pass


def _today(house: Any) -> date:
    return house.clock.now().astimezone(local(0).tzinfo).date()


def _billed(house: Any) -> int:
    """What was charged and still stands, in cents."""
    return sum(one.billed.amount for one in house.cantine.read.statement("zoe") if one.state != "void")


def _told(house: Any, plan: str, until: date) -> int:
    """What the timeline says that is billed by a day, in cents."""
    told = house.cantine.read.timeline(plan, until)
    sums = [one.price.amount for one in told.periods] + [one.due.amount for one in told.changes]
    return sum(sums)


def _do(house: Any, command: c.Command[Any]) -> bool:
    """Carry a command out, if it can be now: what its preview says is what it comes to."""
    try:
        told = house.cantine.preview(command, actor="desk")
    except (RefusedError, InputError):
        return False
    done = house.do(command)
    assert told.afterwards == done.afterwards
    return True


def _step(house: Any, plan: str, data: st.DataObject) -> None:
    """Change a plan at once, later or for days that are past; or withdraw that, pause, resume, extend, use a day."""
    today = _today(house)
    day = today + data.draw(st.integers(-20, 60)) * DAY
    change = c.ChangePass(plan, product_id=f"list/{data.draw(st.sampled_from(NAMES))}", day=day)
    until = day + data.draw(st.integers(0, 40)) * DAY
    others = [
        c.WithdrawPassChange(plan),
        c.PausePass(plan, first_day=day, until=until, reason="r", override="o"),
        c.ResumePass(plan),
        c.ExtendPass(plan, days=data.draw(st.integers(1, 9)), reason="r"),
        c.GiveNotice(plan),
        c.WithdrawNotice(plan),
        c.Sell([c.SellLine("list/day", facts={})], place_id="paris", person_id="zoe", account="desk"),
    ]
    command = data.draw(st.sampled_from([change, change, change, *others]))
    _do(house, command)


@settings(max_examples=scaled(10), deadline=None)
@given(plans(), st.sampled_from(STARTS), st.lists(st.integers(1, 45), min_size=3, max_size=7), st.data())
def test_what_the_timeline_says_is_billed(text: str, start: date, runs: list[int], data: st.DataObject) -> None:
    """Changed, paused, noticed and run at random, over clock changes and 29 February: what was told at the last change
    is what is billed, and the holder holds what the pass is.
    """
    with place(text, local(10, day=start)) as house:
        plan = sell(house, "a").value.id
        for days in runs:
            _step(house, plan, data)
            house.clock.advance(timedelta(days=days))
            if data.draw(st.booleans()):
                _run(house)
        _step(house, plan, data)
        until = _today(house) + 365 * DAY
        told = _told(house, plan, until)
        for _ in range(3):
            house.clock.set(local(1, day=min(until, _today(house) + data.draw(st.integers(1, 200)) * DAY)))
            _run(house)
        house.clock.set(local(23, day=until))
        _run(house)
        assert _billed(house) == told == _told(house, plan, until)
        sold = house.get(m.Pass, plan)
        assert [one.tariff_product for one in house.get(m.Wallet, "zoe").holdings] == [sold.tariff_product]
        last = [one.product for one in house.cantine.read.timeline(plan, until).changes]
        assert sold.tariff_product == (last[-1] if last else "a")


@settings(max_examples=scaled(10), deadline=None)
@given(plans(), st.sampled_from(STARTS), st.integers(0, 70), st.lists(st.integers(0, 40), max_size=3), st.data())
def test_the_parts_of_a_period_sum_to_it(
    text: str, start: date, later: int, days: list[int], data: st.DataObject
) -> None:
    """Changed in a period to other plans and back to the first one on the same day, all comes to nothing; and whatever
    it was changed to, what the plans had by their days is what stands.
    """
    with place(text, local(10, day=start)) as house:
        plan = sell(house, "a").value.id
        house.clock.advance(timedelta(days=later))
        _run(house)
        before, units = _billed(house), left(house, "days")
        here = _today(house)
        if _do(house, c.ChangePass(plan, product_id="list/b", day=here)):
            assert _do(house, c.ChangePass(plan, product_id="list/a", day=here))
            assert (_billed(house), left(house, "days")) == (before, units)
        for more in days:
            house.clock.advance(timedelta(days=more))
            _run(house)
            name = data.draw(st.sampled_from(NAMES))
            _do(house, c.ChangePass(plan, product_id=f"list/{name}"))
            assert _billed(house) == _told(house, plan, _today(house))
            assert all(one.billed.amount >= 0 for one in house.cantine.read.statement("zoe"))


@settings(max_examples=scaled(8), deadline=None)
@given(plans(), st.sampled_from(STARTS), st.integers(0, 70), st.integers(0, 50))
def test_the_same_plan_changes_nothing(text: str, start: date, later: int, ahead: int) -> None:
    """Changed to the plan that it has, today or on a day to come: nothing is stored but that it was asked."""
    with place(text, local(10, day=start)) as house:
        plan = sell(house, "a").value.id
        house.clock.advance(timedelta(days=later))
        _run(house)
        before, charges = house.get(m.Pass, plan), _billed(house)
        done = house.do(c.ChangePass(plan, product_id="list/a", day=_today(house) + ahead * DAY))
        assert (house.get(m.Pass, plan), _billed(house), done.afterwards) == (before, charges, None)


@settings(max_examples=scaled(6), deadline=None)
@given(plans(), st.sampled_from(STARTS), st.integers(0, 40), st.lists(st.integers(1, 30), min_size=4, max_size=4))
def test_the_order_in_which_facts_are_entered_does_not_matter(
    text: str, start: date, later: int, gaps: list[int]
) -> None:
    """Two changes to come and a pause between them, entered on one day in any order: the same timeline."""
    found = []
    for order in permutations(range(3)):
        with place(text, local(10, day=start)) as house:
            plan = sell(house, "a").value.id
            house.clock.advance(timedelta(days=later))
            _run(house)
            days = [_today(house) + sum(gaps[: number + 1]) * DAY for number in range(4)]
            facts = [
                c.ChangePass(plan, product_id="list/b", day=days[0]),
                c.PausePass(plan, first_day=days[1], until=days[2], reason="r", override="o"),
                c.ChangePass(plan, product_id="list/c", day=days[3]),
            ]
            try:
                for number in order:
                    house.do(facts[number])
            except (RefusedError, InputError):
                found.append(None)
                continue
            sold = house.get(m.Pass, plan)
            told = house.cantine.read.timeline(plan)
            found.append((told.periods, told.changes, told.units, sold.next_at, [one.day for one in sold.planned]))
    assume(None not in found)
    assert all(one == found[0] for one in found)


SAMPLE = """
[product.a]
sells = "plan"
rate = { price = 31.00 }
valid = { lasts = "1 month", ends = "the day before" }
prorate = { rule = "both ends", of = "days of the period" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.b]
sells = "plan"
rate = { price = 97.00 }
valid = { lasts = "1 month", ends = "the day before" }
prorate = { rule = "both ends", of = "days of the period" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
"""


def _there_and_back(house: Any) -> None:
    """To another plan and back on one day comes to nothing."""
    plan = sell(house, "a").value.id
    house.clock.advance(timedelta(days=10))
    house.do(c.ChangePass(plan, product_id="list/b"))
    house.do(c.ChangePass(plan, product_id="list/a"))
    assert _billed(house) == 3100


def _as_told(house: Any) -> None:
    """What the timeline says of a change to come is what is billed."""
    plan = sell(house, "a").value.id
    house.do(c.ChangePass(plan, product_id="list/b", day=_today(house) + 40 * DAY))
    told = house.cantine.read.timeline(plan, _today(house) + 90 * DAY)
    house.clock.advance(timedelta(days=90))
    _run(house)
    assert _billed(house) == sum(one.price.amount for one in told.periods) + sum(one.due.amount for one in told.changes)
    assert told.changes[0].due == eur(9700 - 3129 - (3100 - 1000))


def _uses_nothing(self: Agreed, number: int, whole: Money, day: date) -> Money:
    return whole * 0


def _a_day_more(self: Agreed, number: int, whole: Money, day: date) -> Money:
    return _USED(self, number, whole, day + DAY if self.sold.tariff_product == "a" else day)


_USED = Agreed.used


@pytest.mark.parametrize(
    ("law", "fault"), [(_as_told, _uses_nothing), (_as_told, _a_day_more)], ids=["nothing is used", "a day more"]
)
def test_planted_faults_are_seen(
    law: Callable[[Any], None], fault: Callable[..., Money], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controls: days that cost nothing, and a day too many of one of the plans, break a law."""
    for check in (_there_and_back, _as_told):
        with place(SAMPLE, local(10, day=date(2026, 6, 5))) as house:
            check(house)
    monkeypatch.setattr(Agreed, "used", fault)
    with place(SAMPLE, local(10, day=date(2026, 6, 5))) as house, pytest.raises(AssertionError):
        law(house)
