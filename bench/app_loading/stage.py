"""The processes of a load: the store, the bank, the application, and what carries out what is due."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from datetime import time as clock_time
from pathlib import Path

import psutil

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit.calendar import add_days
from cantinekit.clock import local
from cantinekit.records import SessionSeries
from support.servers.free_ports import free_port
from tiers_lieu.houses import open_house
from tiers_lieu.settings import Settings

ROOT = Path(__file__).parents[2]
PATHS = [ROOT / "src", ROOT / "examples/apps/tiers-lieu/src", ROOT / "bench/app_loading"]
WORKSHOP = "contested"
SEATS, SESSIONS = 3, 60


class Process:
    """A process that is started, killed and started again, and whose CPU is counted over all its lives.

    Attributes:
        cpu: seconds of CPU that it and its children have used.
        log: what it wrote.
    """

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.command, self.environment, self.log = command, {**os.environ, **environment}, log
        self._before, self._now = 0.0, 0.0
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    @property
    def cpu(self) -> float:
        with suppress(psutil.Error):
            top = psutil.Process(self.process.pid)
            self._now = max(self._now, sum(sum(one.cpu_times()[:2]) for one in [top, *top.children(recursive=True)]))
        return self._before + self._now

    def kill(self) -> None:
        self._over(signal.SIGKILL)

    def stop(self) -> None:
        self._over(signal.SIGTERM)

    def _over(self, how: signal.Signals) -> None:
        self._before, self._now = self.cpu, 0.0
        self.process.send_signal(how)
        self.process.wait(60)

    def wait(self, url: str, seconds: float = 90) -> None:
        """Wait until it answers."""
        end = time.monotonic() + seconds
        while True:
            try:
                urllib.request.urlopen(url, timeout=5).close()
                return
            except OSError as problem:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise SystemExit(
                        f"{' '.join(self.command)} does not answer: {self.log.read_text()[-2000:]}"
                    ) from problem
            time.sleep(0.05)


class Stage:
    """All processes of a load.

    Attributes:
        store: the URL of the store.
        apps: the processes of the application.
        sites: their addresses.
        bank: the address of the bank.
        state: the file of the bank.
        dues: seconds of CPU that ``cantinekit due`` used.
    """

    def __init__(self, folder: Path, store: str, processes: int) -> None:
        self.folder, self.store = folder, store
        self.state = folder / "bank.json"
        ports = [free_port() for _ in range(processes + 1)]
        self.sites = [f"http://127.0.0.1:{port}" for port in ports[1:]]
        self.bank = f"http://127.0.0.1:{ports[0]}"
        card = f"fake://?page={self.bank}&secret=whsec_fakebank&state={self.state}"
        self.environment = {
            "PYTHONPATH": os.pathsep.join(map(str, PATHS)),
            "TIERS_LIEU_STORE": store,
            "TIERS_LIEU_CARD": card,
            "TIERS_LIEU_SECRET": "the secret of a load, which every process of the application has",
            "TIERS_LIEU_SESSIONS": str(folder / "sessions.db"),
        }
        python = [sys.executable, "-m"]
        self._bank = Process(
            [
                *(*python, "cantinekit", "fake-bank", "--port", str(ports[0])),
                *("--state", str(self.state), "--webhook", f"{self.sites[0]}/webhooks/card"),
            ],
            self.environment,
            folder / "bank.log",
        )
        self.apps = [
            Process(
                [*python, "tiers_lieu", "--port", str(port)],
                {**self.environment, "TIERS_LIEU_ADDRESS": site},
                folder / f"app{number}.log",
            )
            for number, (port, site) in enumerate(zip(ports[1:], self.sites, strict=True))
        ]
        self.dues = 0.0

    def set_up(self, clients: int) -> tuple[list[str], list[str], datetime]:
        """The invented network with people and seats to compete for: ids of people, of sessions, and the instant."""
        with open_house(Settings(store=self.store)) as house:
            people = [f"p{number}" for number in range(clients)]
            now = house.now()
            for command in _more(people, now):
                house.execute(command, actor="load")
            return people, _sessions(house), now

    @contextmanager
    def running(self) -> Iterator[None]:
        """The bank and the application run; what is left of them ends with the block."""
        everything = [self._bank, *self.apps]
        try:
            for one in everything:
                one.start()
            for one, url in zip(everything, [self.bank, *(f"{site}/sign-in" for site in self.sites)], strict=True):
                one.wait(url)
            yield
        finally:
            for one in everything:
                with suppress(AttributeError):
                    if one.process.poll() is None:
                        one.stop()

    def restart(self, number: int) -> None:
        """Start a process of the application that was killed, and wait until it answers."""
        self.apps[number].start()
        self.apps[number].wait(f"{self.sites[number]}/sign-in")

    def due(self, ahead: int = 0) -> str:
        """Carry out what is due, as ``cantinekit due`` does; gives what it says.

        Args:
            ahead: how many seconds the clock of that house is ahead.
        """
        one = Process(
            [sys.executable, "-m", "cantinekit", "due", "due_house:opened"],
            {**self.environment, "APP_LOAD_AHEAD": str(ahead)},
            self.folder / "due.log",
        )
        one.start()
        waited = psutil.Process(one.process.pid)
        while one.process.poll() is None:
            with suppress(psutil.Error):
                used = sum(waited.cpu_times()[:2])
            time.sleep(0.1)
        self.dues += used
        return one.log.read_text().strip().splitlines()[-1]

    @contextmanager
    def due_beside(self, every: float) -> Iterator[None]:
        """Carry out what is due again and again while the block runs."""
        over = threading.Event()

        def work() -> None:
            while not over.wait(every):
                self.due()

        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield
        finally:
            over.set()
            worker.join()

    def bank_cpu(self) -> float:
        return self._bank.cpu

    def tracebacks(self) -> list[str]:
        """What the processes wrote of errors that nobody caught."""
        texts = [one.log.read_text() for one in (self._bank, *self.apps)]
        return [text[max(0, text.rfind("Traceback")) :][:3000] for text in texts if "Traceback" in text]


def _more(people: list[str], now: datetime) -> Iterator[c.Command]:
    for id in people:
        yield c.AddPerson(name=f"Invented Person {id}", email=f"{id}@example.org", id=id)
    yield c.AddWorkshop(place_id="rennes", title="Contested", product_id="seat", option_ids=("materials",), id=WORKSHOP)
    first = add_days(local(now, "Europe/Paris").date(), 3)
    yield c.PlanSessions(
        workshop_id=WORKSHOP,
        day=first,
        starts=clock_time(12),
        ends=clock_time(13),
        seats=SEATS,
        rule="FREQ=DAILY",
        until=add_days(first, SESSIONS - 1),
        id=WORKSHOP,
    )


def _sessions(house: Cantine) -> list[str]:
    return [one.session_id for one in house.read.need(SessionSeries, WORKSHOP).dates if one.session_id]
