"""A connection that is cut around a COMMIT: whoever repeats a request with its idempotency key has it done once."""

from __future__ import annotations

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import _soak
from _cluster import Cluster, folder
from _cutting_proxy import CuttingProxy
from _postgres_stores import step_by_step
from cantinekit.errors import BackendError
from cantinekit.model import LedgerEntry, Pass
from cantinekit.registry import Registry

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "examples"))
from house import open_house

REQUESTS = _soak.scaled(400)
CLIENTS = 4
CUTS = ("before", "sent", "answered")


@pytest.fixture(scope="module")
def cluster():
    with folder() as place, Cluster.made(place / "a") as one:
        yield one


def sell(cluster, schema, requests, key_of):
    """Sell carnets while commits are cut; gives the ids that were acknowledged, all that is stored, and the cuts.

    ``key_of(request, attempt)`` is the idempotency key; a request is repeated until it is answered.
    """
    chance, lock = random.Random(4), threading.Lock()

    def plan():
        with lock:
            return chance.choice(CUTS) if chance.random() < 0.3 else "pass"

    with CuttingProxy(cluster.port) as proxy:
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?schema={schema}&deadline=10&pool_max=4"
        cantine, _, _ = open_house(Registry.load().storage(url))
        proxy.plan = plan

        def ask(number):
            attempt = 0
            while True:
                try:
                    key = key_of(number, attempt)
                    sold = cantine.sell_pass("carnet", "paris", account="desk", actor="ana", idempotency_key=key)
                    return sold.value.id
                except BackendError as error:
                    if not error.retryable:
                        raise
                    attempt += 1

        with ThreadPoolExecutor(CLIENTS) as pool:
            acknowledged = list(pool.map(ask, range(requests)))
        proxy.plan = lambda: "pass"
        stored = [one.id for one in cantine.read.find(Pass, "place", "paris|")]
        taken = [entry for entry in cantine.read.find(LedgerEntry, "place", "paris|") if entry.what == "taken"]
        ledger = sum(line.amount for entry in taken for line in entry.lines if line.amount > 0)
        sold = sum(entry.type == "PassSold" for entry in cantine.read.journal())
        cantine.close()
        return acknowledged, stored, ledger, sold, proxy.counts


@pytest.mark.parametrize(("way", "requests"), [("session", REQUESTS), ("transaction", REQUESTS // 4)])
def test_the_same_key_is_done_once(cluster, monkeypatch, way, requests):
    """400 requests, three in ten commits cut before the server had them, right after, or instead of the answer: with
    the same key at each try nothing is lost and nothing done twice, in passes, ledger and journal. The same where each
    change travels with its COMMIT, as behind a pooler."""
    if way == "transaction":
        step_by_step(monkeypatch, lambda db: None)
    acknowledged, stored, ledger, sold, counts = sell(cluster, way, requests, lambda number, attempt: f"k{number}")
    assert all(counts[cut] >= requests // 40 for cut in CUTS), counts
    assert sorted(acknowledged) == sorted(stored)
    assert len(set(stored)) == len(stored) == sold == requests
    assert ledger == requests * 80_00
    print(f"{way}: {requests} requests, commits: {dict(counts)}; 0 lost, 0 twice")


def test_a_new_key_at_each_try_is_done_twice(cluster):
    """Control: with a new key at each try what was stored and not answered is stored again."""
    acknowledged, stored, _, sold, counts = sell(cluster, "new", 100, lambda number, attempt: f"k{number}.{attempt}")
    assert set(acknowledged) <= set(stored)
    assert len(set(acknowledged)) == 100
    assert len(stored) == sold
    assert len(stored) - 100 >= counts["answered"] // 2 > 0
    print(f"100 requests with new keys: {len(stored)} passes stored")
