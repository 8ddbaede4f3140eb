"""What a basket of twenty things costs against one of one thing: CPU of a sale in memory and on SQLite.

The target is at most three times as much: what is read, stored and charged is one order, however many lines it has.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cantinekit import commands as c
from cantinekit.cantine import random_ids
from support.houses.shop_house import open_shop

THINGS = ("coffee", "lunch", "locker", "entry", "member-ticket")


def basket(lines: int) -> c.Sell:
    """So many lines of things that cost, several of each."""
    sold = [c.SellLine(THINGS[number % len(THINGS)], count=1 + number % 3) for number in range(lines)]
    return c.Sell(sold, place_id="paris", person_id="zoe", account="desk")


def measure(url: str, sizes: list[int], each: int) -> dict[int, float]:
    """The median CPU of a sale in milliseconds, by the number of lines; the sizes take turns."""
    house = open_shop(storage=url, ids=random_ids) if url == "memory://" else open_shop(storage=url)
    took: dict[int, list[float]] = {size: [] for size in sizes}
    for size in sizes:
        house.do(basket(size))
    gc.disable()
    for _ in range(each):
        for size in sizes:
            begun = time.process_time()
            house.do(basket(size))
            took[size].append(time.process_time() - begun)
    gc.enable()
    house.cantine.close()
    return {size: statistics.median(times) * 1000 for size, times in took.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=200, help="how many sales of each size")
    parser.add_argument("--lines", type=int, default=20)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, url in (("memory", "memory://"), ("sqlite", f"sqlite:///{Path(folder) / 'baskets.db'}")):
            found = measure(url, [1, wanted.lines], wanted.each)
            one, many = found[1], found[wanted.lines]
            print(
                f"{name:8} one line {one:6.2f} ms, {wanted.lines} lines {many:6.2f} ms: {many / one:4.1f} times",
                flush=True,
            )


if __name__ == "__main__":
    main()
