"""Clients that book and issue without a pause, each a process with a ``Cantine`` of its own, and what they were told.

As a program: ``python tests/support high_availability.clients URL NUMBER FILE`` books until its standard input ends,
then finishes the request that it is at. A request is repeated with the same idempotency key until there is an
answer; only then a line about it goes into the file. Every other request is for a room that all clients want in the
same hours; the others are for a box that is this client's own. What is booked gets a receipt, and every third an
invoice, each by a request of its own; the clocks of the clients are apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import attrs

from cantinekit import commands as c
from cantinekit.cantine import Cantine, Outcome
from cantinekit.errors import BackendError, RefusedError
from support.houses.issuing_house import SELLER, TAXED, ZOE
from support.postgres.cluster import eventually
from support.processes.programs import program
from support.races.house_races import ACTOR, NOW, hour, open_house, set_up

CLIENTS = 4
OPTIONS = {"connect_timeout": 2, "deadline": 5, "pool_max": 2}
WHILE, ENOUGH = 6.0, 25
"""Seconds for which the clients work before a fault, and again after it; bookings of each that are enough."""
PAUSE = 0.1
"""Seconds before a request is repeated."""
ANSWER = 120.0
"""The most seconds that a request may go without an answer."""
APART = timedelta(seconds=20)
"""How far the clock of a client is behind that of the next: whoever issues in a series comes from another time."""


@attrs.frozen
class Issued:
    """What a client was told about a document: ``issued`` with its printed number, or the name of a refusal."""

    series: str
    charge: str
    said: str
    printed: str = ""
    replayed: bool = False
    failures: dict[str, int] = attrs.field(factory=dict)


@attrs.frozen
class Answer:
    """What a client was told: ``booked`` with the id of the booking, or the name of a refusal.

    ``asked`` and ``at`` are times of the monotonic clock, which all processes share. ``failures``: the errors before
    the answer, each with how often it came. ``replayed``: an earlier try had stored the booking. ``documents`` were
    asked for after it.
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
    documents: tuple[Issued, ...] = ()

    @classmethod
    def read(cls, line: str) -> Answer:
        """The answer that a line of a file holds."""
        values = json.loads(line)
        return cls(**{**values, "documents": tuple(Issued(**one) for one in values["documents"])})


def prepare(house: Cantine, people: int) -> None:
    """The house, with a room whose tax is known and a legal entity that issues documents."""
    set_up(house, people)
    room = c.AddProduct(
        name="Taxed room", entity_id="asso", pricelist_id="taxed", tariff_product="room", sells="booking", id="t-room"
    )
    for command in (*SELLER, c.PublishTariff(TAXED), room):
        house.execute(command, actor="setup")


def ask(house: Cantine, client: int, number: int) -> Answer:
    """One request, and where it books, the documents of it."""
    space, period = "glass" if number % 2 else f"box{client}", hour(number // 2)
    command = c.Book(space_id=space, product_id="t-room", period=period, person_id=f"p{client}", account="desk")
    key, asked = f"{client}-{number}", time.monotonic()
    wanted = client, key, space, period.start.isoformat(), period.end.isoformat(), asked
    reply, failures = insist(house, command, key)
    at = time.monotonic()
    if isinstance(reply, RefusedError):
        return Answer(*wanted, at, type(reply).__name__, failures=failures)
    charge = reply.value.charge_id
    documents = [issue(house, c.IssueDocument(charge_id=charge, series="receipts"), key)]
    if number % 3 == 0:
        documents.append(issue(house, c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE), key))
    return Answer(*wanted, at, "booked", reply.value.id, reply.replayed, failures, tuple(documents))


def issue(house: Cantine, command: c.IssueDocument, key: str) -> Issued:
    """One document of what the request with this key booked."""
    reply, failures = insist(house, command, f"{key} {command.series}")
    wanted = command.series, command.charge_id
    if isinstance(reply, RefusedError):
        return Issued(*wanted, type(reply).__name__, failures=failures)
    return Issued(*wanted, "issued", reply.value.printed, reply.replayed, failures)


def insist(house: Cantine, command: c.Command, key: str) -> tuple[Outcome | RefusedError, dict[str, int]]:
    """A request, repeated until it is answered: the answer, and the errors before it."""
    asked, failures = time.monotonic(), Counter[str]()
    while True:
        try:
            return house.execute(command, actor=ACTOR, idempotency_key=key), dict(failures)
        except RefusedError as refusal:
            return refusal, dict(failures)
        except BackendError as error:
            failures[str(error)] += 1
            if not error.retryable or time.monotonic() > asked + ANSWER:
                raise
            time.sleep(PAUSE)


class Clients:
    """So many clients at work."""

    def __init__(self, url: str, folder: Path) -> None:
        self.files = [folder / f"client{number}" for number in range(CLIENTS)]
        self.processes = []
        for number, path in enumerate(self.files):
            path.touch()
            command = [*program("high_availability.clients"), url, str(number), str(path)]
            with (folder / f"client{number}.log").open("wb") as log:
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log, cwd=folder)
            self.processes.append(process)

    def answers(self) -> list[Answer]:
        """All that was answered up to now, in the order of time."""
        lines = [line for path in self.files for line in path.read_text().split("\n")[:-1]]
        return sorted(map(Answer.read, lines), key=lambda answer: answer.at)

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
    house = open_house(url, now=NOW + client * APART)
    number = 0
    with path.open("a", buffering=1) as file:
        while not stop.is_set():
            file.write(json.dumps(attrs.asdict(ask(house, client, number))) + "\n")
            number += 1
    house.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
