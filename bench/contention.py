"""Many clients book the same hour of one space: how often the rows kept changing, and how long a booking took.

All write one row, so each booking makes the others stale. The PostgreSQL is that of the tests, without fsync.
``--try TRIES FIRST LONGEST`` tries other pauses, in milliseconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "docs" / "examples"))

from house import MORNING, open_house

from cantinekit import Period
from cantinekit import commands as c
from cantinekit.errors import ContentionError
from cantinekit.plugins.registry import Registry
from cantinekit.runtime import engine
from support.postgres import postgres_server

HOUR = Period(MORNING + timedelta(hours=5), MORNING + timedelta(hours=6))


def race(url: str, clients: int, each: int) -> str:
    store = Registry.load().storage(url)
    tries = Counter()
    apply = store.apply

    def counting(change):
        tries["changes"] += 1
        apply(change)

    store.apply = counting
    cantine, _, _ = open_house(store)
    cantine.execute(
        c.AddSpace(place_id="paris", name="Hall", use="desks", capacity=clients * each, id="hall"), actor="bench"
    )
    tries.clear()
    took, refused = [], Counter()

    def book(client: int) -> None:
        for _ in range(each):
            begun = time.perf_counter()
            try:
                cantine.book("hall", HOUR, product_id="desk", actor=f"client {client}", account="desk")
            except ContentionError as error:
                refused["rows" if "kept changing" in str(error) else "locks"] += 1
            took.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(book, range(clients)))
    whole = time.perf_counter() - begun
    took.sort()
    cantine.close()
    return (
        f"{clients * each} requests, {sum(refused.values()):>4} refused ({dict(refused)}), "
        f"{tries['changes'] / len(took):5.1f} tries each, {len(took) / whole:6.0f}/s, "
        f"median {took[len(took) // 2] * 1000:5.0f} ms, longest {took[-1] * 1000:6.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--each", type=int, default=8)
    usual = [engine.MAX_TRIES, engine.FIRST_PAUSE * 1000, engine.LONGEST_PAUSE * 1000]
    parser.add_argument("--try", type=float, nargs=3, action="append", dest="settings")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for number, (tries, first, longest) in enumerate(wanted.settings or [usual]):
            engine.MAX_TRIES = int(tries)
            engine.FIRST_PAUSE, engine.LONGEST_PAUSE = first / 1000, longest / 1000
            urls = {
                "sqlite": f"sqlite:///{folder}/{number}.db",
                "postgresql, 10 connections": postgres_server.fresh_url(),
                f"postgresql, {wanted.clients} connections": f"{postgres_server.fresh_url()}&pool_max={wanted.clients}",
            }
            print(f"{tries:g} tries, pauses up to {first:g} ms at first, {longest:g} ms at most")
            for name, url in urls.items():
                print(f"  {name:<27} {race(url, wanted.clients, wanted.each)}")
                if url.startswith("postgresql"):
                    postgres_server.drop(url)


if __name__ == "__main__":
    main()
