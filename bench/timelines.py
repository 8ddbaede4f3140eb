"""What the timeline of a contract costs beside one quote, on SQLite: twelve months of it, in one run.

The contract is the plan of the tests that has all: months of the calendar, prorated, allowances with and without
roll-over, notice, a minimum, an early end. ``read.timeline`` is compared with ``Cantine.quote`` of the same plan, which
reads the store as well, and with ``Tariff.quote`` alone, which reads nothing. Each row has the ratio of CPU time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cantinekit import commands as c
from cantinekit.calendar import add_months
from cantinekit.pricing import Item, Order, Tariff
from support.houses.lasting_house import LAST, subscribe
from support.houses.small_house import TODAY, open_house

GOAL = 50
"""How many times the cost of one quote the timeline of twelve months may cost."""


def spent(work: Callable[[], Any], times: int, rounds: int) -> float:
    """The least CPU time of some rounds, in microseconds for each time; it was done once before."""
    work()
    costs = []
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(times):
            work()
        costs.append((time.process_time() - begun) / times * 1e6)
    return min(costs)


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where the timeline costs more than the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--months", type=int, nargs="*", default=[12, 24])
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        house = open_house(f"sqlite:///{folder}/house.db")
        desk = subscribe(house)
        read, ask = house.cantine.read, c.SellPass(product_id="last/desk", place_id="paris", holder_id="bob")
        asked = Order((Item("desk", day=TODAY),), as_of=house.clock.now())
        tariff = Tariff.load(LAST)
        quotes = {
            "Cantine.quote": spent(lambda: house.cantine.quote(ask), options.times, options.rounds),
            "Tariff.quote": spent(lambda: tariff.quote(asked), options.times, options.rounds),
        }
        print(f"Python {sys.version.split()[0]}, CPU time, least of {options.rounds} rounds")
        for name, cost in quotes.items():
            print(f"{name:>30} {cost:8.0f} us")
        good = True
        for months in options.months:
            until: date = add_months(TODAY, months)
            cost = spent(lambda until=until: read.timeline(desk, until), options.times, options.rounds)
            periods = len(read.timeline(desk, until).periods)
            ratios = ", ".join(f"{cost / quote:.1f} times {name}" for name, quote in quotes.items())
            print(f"timeline of {months} months, {periods:2} periods {cost:8.0f} us: {ratios}")
            good = good and (months != 12 or cost < GOAL * quotes["Cantine.quote"])
        house.cantine.close()
    print(f"twelve months under {GOAL} times one quote: {'met' if good else 'not met'}")
    return not good


if __name__ == "__main__":
    raise SystemExit(main())
