"""A connection that is cut around a COMMIT: whoever repeats a request with its idempotency key has it done once."""

from __future__ import annotations

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from itertools import count
from pathlib import Path

import pytest

from cantinekit import commands as c
from cantinekit.backends.postgres._writing import ChangeWriter
from cantinekit.errors import BackendError
from cantinekit.plugins.ports import Key
from cantinekit.plugins.registry import Registry
from cantinekit.records import LedgerEntry, Pass, Registration, Session
from cantinekit.runtime import hot_rows
from support.houses.small_house import open_house as open_test_house
from support.laws.house_laws import folds, hold
from support.postgres.cluster import Cluster, folder
from support.postgres.cutting_proxy import CuttingProxy
from support.postgres.postgres_stores import step_by_step
from support.run import soak

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "examples"))
from house import open_house

REQUESTS = soak.scaled(400)
CLIENTS = 4
CUTS = ("before", "sent", "answered")


@pytest.fixture(scope="module")
def cluster():
    with folder() as place, Cluster.made(place / "a") as one:
        yield one


def cut(proxy, share, requests, key_of, ask):
    """The ids that are acknowledged to some clients while a share of the commits is cut.

    ``key_of(request, attempt)`` is the idempotency key; a request is repeated until it is answered.
    """
    chance, lock = random.Random(4), threading.Lock()

    def plan():
        with lock:
            return chance.choice(CUTS) if chance.random() < share else "pass"

    def answered(number):
        for attempt in count():
            try:
                return ask(number, key_of(number, attempt)).value.id
            except BackendError as error:
                if not error.retryable:
                    raise

    proxy.plan = plan
    with ThreadPoolExecutor(CLIENTS) as pool:
        acknowledged = list(pool.map(answered, range(requests)))
    proxy.plan = lambda: "pass"
    return acknowledged


def sell(cluster, schema, requests, key_of):
    """Sell carnets while commits are cut; gives the ids that were acknowledged, all that is stored, and the cuts."""
    with CuttingProxy(cluster.port) as proxy:
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?schema={schema}&deadline=10&pool_max=4"
        cantine, _, _ = open_house(Registry.load().storage(url))
        people = (c.AddPerson(name=f"Holder {n}", email=f"holder-{n}@example.org") for n in range(20))
        holders = [cantine.execute(one, actor="ana").value.id for one in people]

        def ask(number, key):
            how = {"account": "desk", "actor": "ana", "idempotency_key": key}
            return cantine.sell_pass("carnet", "paris", holder_id=holders[number % len(holders)], **how)

        acknowledged = cut(proxy, 0.3, requests, key_of, ask)
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


def take_seats(cluster, schema, requests, key_of):
    """People take the seats of one session under its row lock while commits are cut.

    Gives who was acknowledged, and the house. What is new of a seat is written before the wait, and the rest with the
    COMMIT; both are cut.
    """
    with CuttingProxy(cluster.port) as proxy:
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?schema={schema}&deadline=10&pool_max=6"
        house = open_test_house(Registry.load().storage(url), effects="none")
        house.do(
            c.AddSession(
                workshop_id="welding",
                day=date(2026, 12, 5),
                starts=time(18),
                ends=time(20),
                seats=3 * requests,
                id="ses",
            )
        )
        for number in range(requests):
            house.do(c.AddPerson(name=f"Person {number}", email=f"p{number}@example.org", id=f"p{number}"))
        house.cantine._engine._queue.note([Key("session", "ses")])

        def ask(number, key):
            return house.do(c.Register(session_id="ses", person_id=f"p{number}", account="desk"), key=key)

        acknowledged = cut(proxy, 0.2, requests, key_of, ask)
        session, stored = house.get(Session, "ses"), [one.id for one in house.all(Registration)]
        hold(house.storage, house.clock.now())
        folds(house.storage)
        house.cantine.close()
        return acknowledged, stored, session, proxy.counts


def test_seats_under_the_lock_are_had_once(cluster, monkeypatch):
    """The same for seats that many want: whichever of the two messages is cut, with the same key at each try each has
    one seat, none is counted twice or half stored, and the books hold."""
    staged, stage = [], ChangeWriter.stage
    monkeypatch.setattr(hot_rows, "WANTED", 3600.0)
    monkeypatch.setattr(ChangeWriter, "stage", lambda *given: (staged.append(1), stage(*given))[1])
    requests = soak.scaled(100)
    acknowledged, stored, session, counts = take_seats(cluster, "locks", requests, lambda number, attempt: f"k{number}")
    assert all(counts[cut] >= requests // 40 for cut in CUTS), counts
    assert sorted(acknowledged) == sorted(stored)
    assert len(set(stored)) == len(stored) == session.confirmed == requests
    assert len(staged) >= requests
    print(f"{requests} seats under the lock, messages: {dict(counts)}; 0 lost, 0 twice")


def test_a_new_key_at_each_try_is_done_twice(cluster):
    """Control: with a new key at each try what was stored and not answered is stored again."""
    acknowledged, stored, _, sold, counts = sell(cluster, "new", 100, lambda number, attempt: f"k{number}.{attempt}")
    assert set(acknowledged) <= set(stored)
    assert len(set(acknowledged)) == 100
    assert len(stored) == sold
    assert len(stored) - 100 >= counts["answered"] // 2 > 0
    print(f"100 requests with new keys: {len(stored)} passes stored")
