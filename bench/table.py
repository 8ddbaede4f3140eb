"""``price_many`` beside the fold of ``quote``, by programs and by phases: from how many rows on columns pay.

One product of ``realistic.toml`` without its codes and its pool, so that a program over columns can say it all. Both
price the same rows in one run, the amounts are compared, and what is printed are ratios of CPU time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from cantinekit.pricing import Item, Order, Quote, State, Tariff

FILE = Path(__file__).with_name("realistic.toml")
SIZES = (100, 300, 1_000, 3_000, 10_000)
PHASES = 300
"""The most rows of which the cost by phases is taken: they cost the same, row by row."""
ROOMS, CATEGORIES = ("S", "M", "L", "XL"), ("visitor", "member", "student", "resident")


def tariff() -> Tariff:
    """The hours of the realistic tariff, without codes and pools."""
    text = FILE.read_text()
    text = text[: text.index("[product.half]")].replace('pool = "day"\n', "")
    return Tariff.load(text[: text.index('[[product.hour.adjust]]\nid = "BIENVENUE10"')])


def rows(length: int, seed: int = 1) -> dict[str, Any]:
    """Columns of stays over a year, of one customer in ten rows."""
    random = Random(seed)
    first, many = date(2025, 1, 1), range(length)
    return {
        "product": ["hour"] * length,
        "customer": [f"m{random.randrange(max(1, length // 10))}" for _ in many],
        "day": np.array(sorted(first + timedelta(days=random.randrange(365)) for _ in many), dtype="datetime64[D]"),
        "minute": np.array([random.randrange(8 * 60, 22 * 60) for _ in many]),
        "minutes": np.array([30] * length),
        "room": [random.choice(ROOMS) for _ in many],
        "category": [random.choice(CATEGORIES) for _ in many],
        "persons": np.array([random.randrange(1, 13) for _ in many]),
        "units": np.array([random.randrange(1, 9) for _ in many]),
    }


def questions(table: dict[str, Any]) -> list[Order]:
    """The rows as orders; made before anything is timed."""
    from datetime import UTC, datetime

    from cantinekit.clock import Period

    out = []
    for place in range(len(table["product"])):
        day, minute = table["day"][place].item(), int(table["minute"][place])
        start = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=UTC)
        facts = {"room": table["room"][place], "category": table["category"][place]}
        numbers = {name: int(table[name][place]) for name in ("persons", "units")}
        item = Item("hour", Period(start, start + timedelta(minutes=30)), facts=facts | numbers)
        out.append(Order((item,), table["customer"][place]))
    return out


def fold(ask: Callable[[Order, State], Quote], orders: Sequence[Order]) -> list[int]:
    """Row by row; the meters are those of the customer, as a host keeps them."""
    states: dict[str | None, State] = {}
    out = []
    for order in orders:
        answer = ask(order, states.get(order.customer, State()))
        states[order.customer] = answer.state
        out.append(answer.total.amount)
    return out


def spent(work: Callable[[], Any], rounds: int) -> float:
    """The least CPU time of some rounds, in seconds."""
    costs = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        costs.append(time.process_time() - begun)
    return min(costs)


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where the two disagree or the columns were not used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args(arguments)
    what = tariff()
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, least of {options.rounds} rounds, CPU time")
    print(
        f"{'rows':>7} {'fold / columns':>15} {'columns, us a row':>18} {'fold, us a row':>15} {'phases, us a row':>17}"
    )
    for length in options.sizes:
        table = rows(length)
        orders = questions(table)
        found = what.price_many(table)
        few, amounts = orders[:PHASES], fold(what.quote, orders)
        if (
            found.columnar != ("hour",)
            or found.amount.tolist() != amounts
            or amounts[:PHASES] != fold(what._programs.full, few)
        ):
            print(f"{length:>7} the ways disagree, or no columns were used")
            return 1
        fast = spent(lambda table=table: what.price_many(table), options.rounds) / length
        slow = spent(lambda orders=orders: fold(what.quote, orders), options.rounds) / length
        slowest = spent(lambda few=few: fold(what._programs.full, few), 1) / len(few)
        print(f"{length:>7} {slow / fast:>15.2f} {fast * 1e6:>18.2f} {slow * 1e6:>15.2f} {slowest * 1e6:>17.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
