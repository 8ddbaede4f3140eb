"""Trainings count as held: what a price list asks for, which rows are looked at, and on which days one is held."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit import pricing
from cantinekit import records as m
from cantinekit.clock import day_bounds
from cantinekit.domain.attendance.learnt import holding_wishes, trainings_held
from cantinekit.domain.state import State, UnloadedError
from cantinekit.domain.unit_of_work import Uow
from cantinekit.plugins.ports import Key
from support.houses.states_by_hand import state

DAY = date(2026, 11, 24)
PARIS = "Europe/Paris"
LIST = """
[tariff]
id = "lab"
name = "Lab"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "use"
[facts]
team = "yes/no"
[derive]
trained = [{ is = "yes", when = { holds = "safety" } }, { is = "no" }]
[product.member]
sells = "membership"
rate = { price = 30.00 }
[product.cleaning]
rate = { price = 5.00 }
[product.locker]
sells = "plan"
rate = { price = 9.00 }
[product.laser]
needs = [{ one_of = ["member", "locker"] }, { product = "cleaning", add = true }]
rate = [
  { price = 10.00, per = "1h", when = { holds = "member", not = { holds = "owner" } } },
  { price = 20.00, per = "1h", when = { lacks = ["welding"] } },
]
[examples]
defaults = { product = "laser", day = 2026-11-24, hours = 1 }
list = [
  { id = "all", holds = ["owner", "safety", "welding", "member"], refused = "unpublished" },
]
"""


def test_a_list_says_what_it_asks_for():
    """Names in conditions and needs, wherever they stand; trainings are those that are no products of the list."""
    tariff = pricing.Tariff.load(LIST)
    assert tariff.asked_holds == {"locker", "cleaning", "member", "owner", "welding", "safety"}
    assert tariff.asked_trainings == {"owner", "welding", "safety"}


def way(since: datetime, until: datetime | None = None) -> m.Learnt:
    return m.Learnt(since, until)


def learnt(*ways: m.Learnt) -> State:
    return state(m.Training("zoe|welding", "zoe", "welding", ways), complete=True)


def held(found: State, day: date = DAY, zone: str = PARIS) -> bool:
    names = trainings_held(found, ["laser", "welding"], "zoe", day, zone)
    assert names <= {"welding"}
    return bool(names)


WHOLE = day_bounds(DAY, PARIS)
MOMENT = timedelta(microseconds=1)
HOLDS = {
    "for good": ([way(WHOLE.start - timedelta(days=400))], True),
    "learnt on the day": ([way(WHOLE.end - MOMENT)], True),
    "learnt at the midnight after it": ([way(WHOLE.end)], False),
    "over at the midnight before it": ([way(WHOLE.start - timedelta(days=9), WHOLE.start)], False),
    "over on the day": ([way(WHOLE.start - timedelta(days=9), WHOLE.start + MOMENT)], True),
    "over at its end": ([way(WHOLE.start - timedelta(days=9), WHOLE.end)], True),
    "a second way": ([way(WHOLE.start - timedelta(days=9), WHOLE.start), way(WHOLE.start)], True),
    "taken back": ([], False),
}


@pytest.mark.parametrize(("ways", "holds"), HOLDS.values(), ids=HOLDS)
def test_a_training_is_held_on_each_day_of_which_it_counts_at_some_moment(ways, holds):
    """The day on which it was learnt is the first one, and that on which it ends the last."""
    assert held(learnt(*ways)) is holds


@pytest.mark.parametrize("zone", ["America/Santiago", "Africa/Cairo", "Europe/Paris", "Pacific/Auckland"])
@pytest.mark.parametrize("day", [date(2026, 9, 6), date(2026, 4, 4), date(2026, 10, 29), date(2027, 3, 28)])
def test_it_is_the_local_day_that_counts(zone, day):
    """A day is as long as it is where it is: also where it has no midnight, or an hour twice."""
    whole = day_bounds(day, zone)
    since = learnt(way(whole.end - MOMENT))
    assert not held(since, day - timedelta(days=1), zone)
    assert held(since, day, zone)
    until = learnt(way(datetime(2020, 1, 1, tzinfo=UTC), whole.start + MOMENT))
    assert held(until, day, zone)
    assert not held(until, day + timedelta(days=1), zone)


def test_nobody_has_learnt_nothing():
    """A walk-in, and whoever has no row, holds no training."""
    assert trainings_held(State(complete=True), ["welding"], None, DAY, PARIS) == frozenset()
    assert trainings_held(State(complete=True), ["welding"], "bob", DAY, PARIS) == frozenset()
    assert holding_wishes(["welding"], None) == []


def test_a_list_that_asks_for_no_training_costs_nothing():
    """Without a name there is no row to wish, and without a row there is no batch; with names there is one batch."""
    assert holding_wishes([], "zoe") == []

    def batches(asked):
        steps = Uow(State(), datetime(2026, 11, 24, tzinfo=UTC), lambda prefix: prefix).fetch(
            holding_wishes(asked, "zoe")
        )
        loads = []
        try:
            loads.append(next(steps))
            while True:
                loads.append(steps.send(dict.fromkeys(loads[-1].keys)))
        except StopIteration:
            return loads

    assert batches([]) == []
    (load,) = batches(["welding", "laser"])
    assert load.keys == (Key("training", "zoe|laser"), Key("training", "zoe|welding"))


def test_what_was_not_loaded_is_seen():
    """The control: without the wished rows the function does not guess."""
    with pytest.raises(UnloadedError):
        trainings_held(State(), ["welding"], "zoe", DAY, PARIS)
