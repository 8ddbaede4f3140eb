"""Clients that book without a pause, each a process with a ``Cantine`` of its own, and what they were told.

As a program: ``python _bookings.py URL NUMBER FILE`` books until its standard input ends, then finishes the request
that it is at. A request is repeated with the same idempotency key until there is an answer; only then a line about it
goes into the file. Every other request is for a room that all clients want in the same hours; the others are for a box
that is this client's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from _cluster import eventually
from _race_house import ACTOR, hour, open_house
from cantinekit import commands as c
from cantinekit.errors import BackendError, RefusedError

TESTS = Path(__file__).parents[1]
CLIENTS = 4
OPTIONS = {"connect_timeout": 2, "deadline": 5, "pool_max": 2}
WHILE, ENOUGH = 6.0, 25
"""Seconds for which the clients work before a fault, and again after it; bookings of each that are enough."""
PAUSE = 0.1
"""Seconds before a request is repeated."""
ANSWER = 120.0
"""The most seconds that a request may go without an answer."""


@attrs.frozen
class Answer:
    """What a client was told: ``booked`` with the id of the booking, or the name of a refusal.

    ``asked`` and ``at`` are times of the monotonic clock, which all processes share. ``failures``: the errors before
    the answer, each with how often it came. ``replayed``: an earlier try had stored the booking.
    """

    client: int
    key: str
    space: str
    start: str
    end: str
    asked: float
    at: float
    said: str
    booking: str = ""
    replayed: bool = False
    failures: dict[str, int] = attrs.field(factory=dict)


def ask(house: Any, client: int, number: int) -> Answer:
    """One request, repeated until it is answered."""
    space, period = "glass" if number % 2 else f"box{client}", hour(number // 2)
    command = c.Book(space, "room", period, person_id=f"p{client}", account="desk")
    key, asked, failures = f"{client}-{number}", time.monotonic(), Counter[str]()
    wanted = client, key, space, period.start.isoformat(), period.end.isoformat(), asked
    while True:
        try:
            outcome = house.execute(command, actor=ACTOR, idempotency_key=key)
        except RefusedError as refusal:
            return Answer(*wanted, time.monotonic(), type(refusal).__name__, failures=dict(failures))
        except BackendError as error:
            failures[str(error)] += 1
            if not error.retryable or time.monotonic() > asked + ANSWER:
                raise
            time.sleep(PAUSE)
        else:
            return Answer(*wanted, time.monotonic(), "booked", outcome.value.id, outcome.replayed, dict(failures))


class Clients:
    """So many clients at work."""

    def __init__(self, url: str, folder: Path) -> None:
        self.files = [folder / f"client{number}" for number in range(CLIENTS)]
        self.processes = []
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        for number, path in enumerate(self.files):
            path.touch()
            command = [sys.executable, __file__, url, str(number), str(path)]
            with (folder / f"client{number}.log").open("wb") as log:
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log, cwd=folder, env=environment)
            self.processes.append(process)

    def answers(self) -> list[Answer]:
        """All that was answered up to now, in the order of time."""
        lines = [line for path in self.files for line in path.read_text().split("\n")[:-1]]
        return sorted((Answer(**json.loads(line)) for line in lines), key=lambda answer: answer.at)

    def served(self, since: float) -> None:
        """Wait until the clients have worked for a while since a time, and each has booked enough."""

        def enough() -> bool:
            self.check()
            booked = Counter(one.client for one in self.answers() if one.said == "booked" and one.asked > since)
            return time.monotonic() > since + WHILE and all(booked[client] >= ENOUGH for client in range(CLIENTS))

        eventually(enough, ANSWER, pause=0.5)

    def check(self) -> None:
        """No client has ended by itself."""
        for process, path in zip(self.processes, self.files, strict=True):
            assert process.poll() is None, path.with_suffix(".log").read_text()[-3000:]

    def finish(self) -> list[Answer]:
        """Let each finish the request that it is at; all answers."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
        for process, path in zip(self.processes, self.files, strict=True):
            code = process.wait(ANSWER + 30)
            assert code == 0, path.with_suffix(".log").read_text()[-3000:]
        return self.answers()


@contextmanager
def clients(url: str, folder: Path) -> Iterator[Clients]:
    """Clients at work; they are gone afterwards."""
    started = Clients(url, folder)
    try:
        yield started
    finally:
        for process in started.processes:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def main(url: str, client: int, path: Path) -> None:
    """Be one of the clients."""
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    house = open_house(url)
    number = 0
    with path.open("a", buffering=1) as file:
        while not stop.is_set():
            file.write(json.dumps(attrs.asdict(ask(house, client, number))) + "\n")
            number += 1
    house.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
