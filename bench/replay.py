"""A year of usages under a price list with a carnet, a daily cap, a discount and VAT: ``replay`` by each engine.

The rows are the same for all, the results are compared row by row, and what is printed is CPU time in one run: of
each engine, and beside the same list written by hand for Polars and for DuckDB (``peers/replay_by_hand.py``).
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from peers.memory import peak
from peers.replay_by_hand import by_duckdb, by_polars
from peers.town import town

from cantinekit.pricing import Lot, Tariff, replay

LIST = town("person", "day", "room")
FIRST = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
COLUMNS = ("numpy", "polars", "duckdb")
FIGURES = ("base", "covered", "capped", "discounted", "gross", "net", "tax", "refused")


def usages(rows: int, seed: int = 1) -> pa.Table:
    """Visits of a year, of one customer in a hundred rows; in the order of their ids, not of the time."""
    random = np.random.default_rng(seed)
    people = max(1, rows // 100)
    day, hour = random.integers(0, 365, rows), random.integers(7, 21, rows)
    starts = (FIRST + day * 86_400 + hour * 3_600 + random.integers(0, 60, rows) * 60) * 10**6
    names = pa.array([f"m{number}" for number in range(people)])
    return pa.table(
        {
            "id": pa.array(np.arange(rows)),
            "customer": names.take(pa.array(random.integers(0, people, rows))),
            "product": pa.repeat(pa.scalar("half"), rows),
            "start": pa.array(starts).cast(pa.timestamp("us", "UTC")),
            "minutes": pa.array(random.choice([120, 240], rows)),
            "count": pa.array(random.choice([1, 1, 1, 2, 3], rows)),
            "room": pa.array(["s", "m", "l", "xl"]).take(pa.array(random.integers(0, 4, rows))),
            "category": pa.array(["visitor", "member", "student", "resident"]).take(
                pa.array(random.integers(0, 4, rows))
            ),
        }
    )


def carnets(rows: int) -> dict[str, list[Lot]]:
    """A carnet of 50 entries for every third customer."""
    bought = datetime(2024, 12, 31, tzinfo=UTC)
    people = range(0, max(1, rows // 100), 3)
    return {f"m{number}": [Lot("carnet", "carnet", 50, bought)] for number in people}


def spent(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """The least CPU time of some rounds, in seconds, and the result."""
    costs = []
    for _ in range(rounds):
        begun = time.process_time()
        found = work()
        costs.append(time.process_time() - begun)
    return min(costs), found


def variants(rows: int) -> dict[str, Callable[[], Any]]:
    """The whole call by each engine, and the same list by hand, each on rows of its own."""
    tariff, lots = Tariff.load(LIST), carnets(rows)
    given, units = usages(rows), pa.table({"customer": list(lots), "units": pa.array([50] * len(lots))})
    frame, few = pl.from_arrow(given), pl.from_arrow(units)
    return {
        "numpy": lambda: replay(tariff, given, engine="numpy", lots=lots),
        "polars": lambda: replay(tariff, frame, lots=lots),
        "polars by hand": lambda: by_polars(frame, few),
        "duckdb": lambda: replay(tariff, given, engine="duckdb", lots=lots),
        "duckdb by hand": lambda: by_duckdb(given, units),
    }


def by_hand(rows: int, rounds: int, found: Any) -> bool:
    """What the same list costs that is written by hand, on frames; whether it gives the same."""
    work = variants(rows)
    print(f"{'':>10} {'by hand':>9} {'replay':>9} {'ratio':>7}")
    for name in ("polars", "duckdb"):
        theirs, table = spent(work[f"{name} by hand"], rounds)
        mine, _ = spent(work[name], rounds)
        table = table.to_arrow() if name == "polars" else table
        if any(not table[one].combine_chunks().equals(found[one].combine_chunks()) for one in FIGURES[:-1]):
            print(f"{name} by hand gives something else")
            return False
        print(f"{name:>10} {theirs:>9.2f} {mine:>9.2f} {mine / theirs:>7.2f}")
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where two engines disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=20_000, help="rows that are priced one by one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help="price once by this variant, and print the peak of memory in MB")
    options = parser.parse_args(arguments)
    if options.one:
        variants(options.rows)[options.one]()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return 0
    # first of all: a process begins with the peak of the one that starts it
    memory = {name: peak(__file__, name, options.rows, options.rounds) for name in variants(0)}
    tariff = Tariff.load(LIST)
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, pyarrow {pa.__version__}, CPU time")
    print(f"{'engine':>10} {'rows':>9} {'seconds':>8} {'us a row':>9}")
    found: dict[tuple[str, int], Any] = {}
    asked = [("phases", options.few // 10), ("programs", options.few)]
    asked += [(engine, rows) for rows in (options.few, options.rows) for engine in COLUMNS]
    for engine, rows in asked:
        table, lots = usages(rows), carnets(rows)
        seconds, result = spent(
            lambda engine=engine, table=table, lots=lots: replay(tariff, table, engine=engine, lots=lots),
            options.rounds if engine in COLUMNS else 1,
        )
        found[engine, rows] = result
        print(f"{engine:>10} {rows:>9} {seconds:>8.2f} {seconds / rows * 1e6:>9.2f}  {dict(result.report.ways)}")
    for rows, first in ((options.few, "programs"), (options.rows, "numpy")):
        for engine in COLUMNS:
            one, other = found[first, rows].rows, found[engine, rows].rows
            if any(not one[name].equals(other[name]) for name in FIGURES):
                print(f"{engine} and {first} disagree")
                return 1
    if not by_hand(options.rows, options.rounds, found["numpy", options.rows].rows):
        return 1
    print("peak MB of a process of its own: " + ", ".join(f"{name} {most:.0f}" for name, most in memory.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
