"""Several workers run what is due at once: each charge, refund and message is carried out by one of them, once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.plugins.registry import Registry
from cantinekit.runtime.outbox import DueReport
from support.races.house_races import NOW, hour, house_broken, set_up
from support.races.two_at_once import several_share
from support.run import soak
from support.stores.around import Around, Gathering, WithoutVersions

WORKERS = 8
ROOMS = 12
ROUNDS = soak.scaled(2)
pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)


class Card(FakeGateway):
    """Counts how often it is asked for each key, and takes its time."""

    def __init__(self, pause: float = 0.001) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()
        self.pause = pause

    def charge(self, request):
        self.asked[request.key] += 1
        time.sleep(self.pause)
        return super().charge(request)

    def refund(self, request):
        self.asked[request.key] += 1
        return super().refund(request)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request, tmp_path) -> Iterator[Any]:
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'cantine.db'}"}.get(request.param)
    opened = Registry.load().storage(url or request.getfixturevalue("pg_url"))
    yield opened
    opened.close()


def open_house(store: Any, card: Card, mail: RecordingNotifier) -> Cantine:
    gateways = {"desk": ManualGateway(), "card": card}
    return Cantine(store, gateways=gateways, notifiers=[mail], clock=ManualClock(NOW), effects="none")


def all_at_once(house: Cantine) -> None:
    """Let all workers begin at the same moment, and carry out what is due until nothing is."""
    start = threading.Barrier(WORKERS)

    def work(_: int) -> None:
        start.wait(timeout=30)
        while house.run_due() != DueReport():
            pass

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))


def test_each_task_is_done_by_one_worker(store):
    """Of eight workers on one store, one asks the gateway for each charge and refund, and one sends each message."""
    store, card, mail = Around(store), Card(), RecordingNotifier()
    house = open_house(store, card, mail)
    set_up(house, people=ROOMS, accounts=("desk", "card"))
    for turn in range(ROUNDS):
        asked = [
            c.Book(space_id=f"box{n}", product_id="room", period=hour(turn), person_id=f"p{n}", account="card")
            for n in range(ROOMS)
        ]
        made = [house.execute(command, actor="race").value for command in asked]
        with several_share(house):
            all_at_once(house)
        assert [house.read.need(m.Booking, one.id).state for one in made] == ["confirmed"] * ROOMS
        for one in made:
            house.execute(c.CancelBooking(one.id), actor="race")
        all_at_once(house)
        assert {house.read.need(m.Charge, one.charge_id).held.amount for one in made} == {0}
    assert set(card.asked.values()) == {1}
    assert len(card.asked) == ROUNDS * ROOMS * 2
    assert len(mail.received) == len(mail.messages) == ROUNDS * ROOMS * 3
    assert house_broken(store) == []


def test_without_versions_a_task_is_done_twice(store):
    """Control: on a store that forgets versions, several workers take the same task, and the gateway is asked again."""
    gathering, card = Gathering(WithoutVersions(store)), Card(0.1)
    house = open_house(gathering, card, RecordingNotifier())
    set_up(house, people=2, accounts=("desk", "card"))
    house.execute(
        c.Book(space_id="box0", product_id="room", period=hour(0), person_id="p0", account="card"), actor="race"
    )
    gathering.gather(WORKERS)
    all_at_once(house)
    assert max(card.asked.values()) > 1
