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

from cantinekit import commands as c
from cantinekit.cantine import random_ids
from cantinekit.errors import ContentionError
from cantinekit.plugins.registry import Registry
from support.houses.issuing_house import ZOE, issuing
from support.postgres import postgres_server
from support.stores.around import Around


def measure(url: str, clients: int, series: int, each: int) -> str:
    store = Around(Registry.load().storage(url))
    house = issuing(storage=store, ids=random_ids)
    house.do(
        c.AddProduct(
            name="Taxed",
            entity_id="asso",
            pricelist_id="taxed",
            tariff_product="card",
            sells="pass",
            id="taxed",
        )
    )
    for number in range(series):
        house.do(
            c.OpenSeries(
                entity_id="asso", name=f"s{number}", documents="invoice", prefix=f"S{number}-", zone="Europe/Paris"
            )
        )
    charges = [
        [house.do(c.SellPass(product_id="taxed", place_id="paris", holder_id="zoe")).charges[0].id for _ in range(each)]
        for _ in range(clients)
    ]
    store.counts.clear()
    again, took = count(), []

    def issue(client: int) -> None:
        for charge in charges[client]:
            begun = time.perf_counter()
            while True:
                try:
                    house.do(c.IssueDocument(charge_id=charge, series=f"s{client % series}", addressee=ZOE))
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
                    urls = {"memory": "memory://", "sqlite": f"sqlite:///{file}"}
                    url = urls.get(name) or postgres_server.fresh_url()
                    print(f"{name:10} {measure(url, clients, series, wanted.each)}", flush=True)
                    if name == "postgresql":
                        postgres_server.drop(url)


if __name__ == "__main__":
    main()
