"""The outbox under kills: workers that sell and send through a real mail server are killed at any moment."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Key
from cantinekit.records import Task
from support.crashes import mail_worker
from support.houses import small_house
from support.processes.programs import program
from support.run.soak import SOAK
from support.servers.mail_server import MailServer
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if SOAK else 900)
KILLS = 100 if SOAK else 3
REFUSED = 0.05
"""The part of the mails that the server takes only later (451)."""


@attrs.frozen
class Figures:
    """What became of the messages of a run."""

    kills: int
    told: int
    sent: int
    lost: int
    early: int
    doubles: int

    def __str__(self) -> str:
        return (
            f"outbox, {self.kills} kills: {self.told} messages, {self.sent} mails, {self.lost} lost, "
            f"{self.early} before their commit, {self.doubles} doubles"
        )


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A house without messages, to begin each run with."""
    with quick_folder() as folder:
        storage = SqliteStorage(folder / "prepared.db")
        small_house.open_house(storage)
        storage.close()
        yield folder / "prepared.db"


@pytest.fixture
def home(prepared) -> Iterator[Path]:
    """A folder with such a house in it."""
    with quick_folder() as folder:
        shutil.copy(prepared, folder / "cantine.db")
        yield folder


def watching(storage: SqliteStorage, early: list[str]) -> Callable[[str], None]:
    """What looks, when a mail comes, whether its message is stored, and keeps those that are not."""

    def watch(message_id: str) -> None:
        id = message_id.removeprefix("<").partition("@")[0]
        if storage.load([Key(Task.kind, id)]) == [None]:
            early.append(id)

    return watch


def killed(home: Path, kills: int, *options: str, seed: int = 1) -> Figures:
    """So many workers, one after the other, each killed after any while; then one that ends what is left."""
    chance, path = random.Random(seed), home / "cantine.db"
    storage = SqliteStorage(path)
    early: list[str] = []
    with MailServer(script=tuple(chance.choices(["ok", "451"], [1 - REFUSED, REFUSED], k=100_000))) as server:
        server.watch, server.delay = watching(storage, early), 0.01
        command = [*program("crashes.mail_worker"), str(path), str(server.port)]
        acknowledged: list[str] = []
        for turn in range(kills):
            worker = subprocess.Popen([*command, str(10 * (turn + 1)), *options], stdout=subprocess.PIPE, text=True)
            assert worker.stdout is not None
            first = worker.stdout.readline()
            time.sleep(chance.random() * 0.3)
            worker.kill()
            with worker:
                acknowledged += (first + worker.stdout.read()).rpartition("\n")[0].splitlines()
        server.delay = 0.0
        for later in range(12):
            house = mail_worker.open_worker(str(path), server.port, 10 * (kills + 1) + 400 * later, *options)
            while house.run_due(limit=500).done:
                pass
            left = [one for one in house.read.tasks() if one.work == "message"]
            house.close()
            if not left:
                break
        came = Counter(str(one.mail["Message-ID"]).removeprefix("<").partition("@")[0] for one in server.taken)
    records = small_house.records(storage)
    tasks = [one for one in records.values() if isinstance(one, Task) and one.work == "message" and one.person_id]
    charges = {key.id for key in records if key.kind == "charge"}
    storage.close()
    assert {one.state for one in tasks} == {"done"}
    assert set(acknowledged) <= charges
    assert len(tasks) >= len(acknowledged) >= kills
    lost = [one.id for one in tasks if one.id not in came]
    return Figures(kills, len(tasks), came.total(), len(lost), len(early), came.total() - len(came))


def test_killed_workers_lose_nothing(home):
    """Every message arrives, none before its commit, and there are at most as many doubles as there were kills."""
    figures = killed(home, KILLS)
    print(figures)
    assert (figures.lost, figures.early) == (0, 0)
    assert figures.doubles <= figures.kills


def test_a_worker_that_is_done_before_it_sends_loses(home):
    """The control: where a message is called done before it is sent, the same kills lose some."""
    for seed in range(40):
        (home / str(seed)).mkdir()
        shutil.copy(home / "cantine.db", home / str(seed))
        figures = killed(home / str(seed), 1, "hasty", seed=seed)
        if figures.lost:
            break
    print("hasty", figures)
    assert figures.lost


def test_a_store_that_sends_first_is_early(home):
    """The control: where a message is sent before the change is stored, it is seen to be early."""
    storage, early = SqliteStorage(home / "cantine.db"), list[str]()
    for options, seen in ((), 0), (("eager",), 1):
        with MailServer() as server:
            server.watch = watching(storage, early)
            house = mail_worker.open_worker(str(home / "cantine.db"), server.port, 0, *options)
            house.execute(mail_worker.SALE, actor="desk:ana")
            house.close()
        assert len(early) == seen
    storage.close()
