"""How many documents a second: one client; several clients in one series, which wait for each other; one series each.

The stores are memory, SQLite on this disk as it is opened by default, and PostgreSQL as the tests have it (no fsync).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import _postgres
from _documents import ZOE, issuing
from _race_stores import Around
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import random_ids
from cantinekit.errors import ContentionError
from cantinekit.plugins.registry import Registry


def measure(url: str, clients: int, series: int, each: int) -> str:
    store = Around(Registry.load().storage(url))
    house = issuing(storage=store, ids=random_ids)
    house.do(c.AddProduct("Taxed", "asso", "taxed", "odd-room", "pass", grant=m.Grant(1, "taxed"), id="taxed"))
    for number in range(series):
        house.do(c.OpenSeries("asso", f"s{number}", "invoice", f"S{number}-", "Europe/Paris"))
    charges = [
        [house.do(c.SellPass("taxed", "paris", "zoe")).charges[0].id for _ in range(each)] for _ in range(clients)
    ]
    store.counts.clear()
    again, took = count(), []

    def issue(client: int) -> None:
        for charge in charges[client]:
            begun = time.perf_counter()
            while True:
                try:
                    house.do(c.IssueDocument(charge, f"s{client % series}", ZOE))
                    break
                except ContentionError:
                    next(again)
            took.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(issue, range(clients)))
    whole, took = time.perf_counter() - begun, sorted(took)
    found = [one for n in range(series) for one in house.cantine.read.numbering("asso", f"s{n}")]
    assert all(one.whole for one in found)
    assert sum(one.count for one in found) == clients * each
    house.cantine.close()
    each_tries, rate = store.counts["apply"] / len(took), len(took) / whole
    return (
        f"{clients} clients, {series} series: {rate:6.0f}/s, {each_tries:4.1f} tries each, {next(again)} came again, "
        f"median {took[len(took) // 2] * 1000:5.0f} ms, longest {took[-1] * 1000:6.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(wanted.rounds):
            for clients, series in ((1, 1), (wanted.clients, 1), (wanted.clients, wanted.clients)):
                for name in ("memory", "sqlite", "postgresql"):
                    file = Path(folder) / f"{turn}-{clients}-{series}.db"
                    url = {"memory": "memory://", "sqlite": f"sqlite:///{file}"}.get(name) or _postgres.fresh_url()
                    print(f"{name:10} {measure(url, clients, series, wanted.each)}", flush=True)
                    if name == "postgresql":
                        _postgres.drop(url)


if __name__ == "__main__":
    main()
