"""The clients of the storage bench: the same requests through this library and through the hand-written SQL.

Each client is a process with a connection of its own, which waits for rounds and answers with what became of them.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import attrs
from peers.bookings import TakenError

from cantinekit import Cantine, Period
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.errors import ConflictError, ContentionError

ROOMS, PEOPLE, SEATS, YEARS = 50, 500, 500, 3
FIRST_DAY = date(2027, 1, 1)
TARIFF = """
[tariff]
id = "net"
name = "Net"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[product.room]
rate = { price = 15.00, per = "1h" }
[product.seat]
rate = { price = 10.00 }
"""


@attrs.frozen
class House:
    """Where a house is, for either side: ``where`` is our URL or store, or the peer's DSN or path."""

    side: str
    backend: str
    where: Any
    schema: str = ""
    settings: Mapping[str, str | int] = {}


class Slot(NamedTuple):
    """A request of the wide load: a room, a person, an hour."""

    key: str
    room: str
    person: str
    start: datetime
    end: datetime


@attrs.frozen
class Round:
    """What a client does in a round: it books what it draws for some seconds, or takes seats for these people."""

    number: int
    start: float
    seconds: float = 0.0
    session: str = ""
    people: tuple[str, ...] = ()


@attrs.frozen
class Done:
    """What became of it: how long each acknowledged request took, in seconds, and how many were refused."""

    took: tuple[float, ...]
    refused: int
    again: int
    ended: float
    cpu: float


class Ours:
    """A client of a house of this library. Tasks are stored, not carried out."""

    def __init__(self, house: House) -> None:
        self.cantine = Cantine.open(
            house.where, payments={"desk": "manual://"}, notify=[RecordingNotifier()], effects="none"
        )

    @staticmethod
    def set_up(house: House, *, keep: bool = False) -> None:
        """``keep``: leave the store open, which was opened elsewhere."""
        ours = Ours(house)
        week = m.OpenHours.weekly(range(7), clock_time(9), clock_time(18))
        for command in [
            c.AddEntity(name="Asso", accounts=("desk",), id="asso"),
            c.AddPlace(name="Paris", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=week, id="paris"),
            c.PublishTariff(TARIFF),
            c.AddProduct(
                name="Room", entity_id="asso", pricelist_id="net", tariff_product="room", sells="booking", id="room"
            ),
            c.AddProduct(
                name="Seat", entity_id="asso", pricelist_id="net", tariff_product="seat", sells="seat", id="seat"
            ),
            *(c.AddSpace(place_id="paris", name=f"Room {n}", id=f"room{n}") for n in range(ROOMS)),
            *(c.AddPerson(name=f"Person {n}", email=f"p{n}@example.org", id=f"p{n}") for n in range(PEOPLE)),
            c.AddWorkshop(place_id="paris", title="Workshop", product_id="seat", id="workshop"),
        ]:
            ours.cantine.execute(command, actor="setup")
        if not keep:
            ours.close()

    def add_session(self, id: str, day: date) -> None:
        session = c.AddSession(
            workshop_id="workshop", day=day, starts=clock_time(18), ends=clock_time(20), seats=SEATS, id=id
        )
        self.cantine.execute(session, actor="setup")

    def book(self, slot: Slot) -> None:
        self.cantine.book(
            slot.room,
            Period(slot.start, slot.end),
            actor="bench",
            product_id="room",
            person_id=slot.person,
            account="desk",
            idempotency_key=slot.key,
        )

    def take_seat(self, key: str, session: str, person: str) -> None:
        self.cantine.register(session, person, actor="bench", account="desk", idempotency_key=key)

    def close(self) -> None:
        self.cantine.close()


class Theirs:
    """A client of a house of the hand-written SQL."""

    def __init__(self, house: House) -> None:
        if house.backend == "postgresql":
            from peers.bookings_postgres import PostgresBookings

            self.house: Any = PostgresBookings(house.where, house.schema)
        else:
            from peers.bookings_sqlite import SqliteBookings

            self.house = SqliteBookings(house.where, house.settings)

    @staticmethod
    def set_up(house: House) -> None:
        if house.backend == "postgresql":
            from peers.bookings_postgres import PostgresBookings

            PostgresBookings.set_up(house.where, house.schema, ROOMS, PEOPLE)
        else:
            from peers.bookings_sqlite import SqliteBookings

            SqliteBookings.set_up(house.where, house.settings, ROOMS, PEOPLE)

    def add_session(self, id: str, day: date) -> None:
        start = datetime.combine(day, clock_time(17), UTC)
        self.house.add_session(id, start, start + timedelta(hours=2), SEATS)

    def book(self, slot: Slot) -> None:
        self.house.book(slot.key, "bench", slot.room, slot.person, slot.start, slot.end)

    def take_seat(self, key: str, session: str, person: str) -> None:
        self.house.register(key, "bench", session, person)

    def close(self) -> None:
        self.house.close()


SIDES: dict[str, Any] = {"ours": Ours, "theirs": Theirs}


def draw(source: random.Random, key: str) -> Slot:
    """An hour of one of the rooms, within the opening hours, in the next years."""
    day = FIRST_DAY + timedelta(days=source.randrange(365 * YEARS))
    start = datetime.combine(day, clock_time(8 + source.randrange(8)), UTC)
    room, person = f"room{source.randrange(ROOMS)}", f"p{source.randrange(PEOPLE)}"
    return Slot(key, room, person, start, start + timedelta(hours=1))


def run_round(client: Any, me: int, wanted: Round) -> Done:
    """Do the requests of a round, one after the other; after contention the same request again."""
    took: list[float] = []
    refused = again = 0
    source = random.Random(f"{me} {wanted.number}")
    time.sleep(max(0.0, wanted.start - time.monotonic()))
    cpu, until, number = time.process_time(), wanted.start + wanted.seconds, 0
    people = iter(wanted.people)
    while True:
        key = f"{wanted.number}-{me}-{number}"
        person = next(people, None) if wanted.session else ""
        if person is None or (not wanted.session and time.monotonic() > until):
            break
        slot = None if wanted.session else draw(source, key)
        begun = time.perf_counter()
        while True:
            try:
                if slot is None:
                    client.take_seat(key, wanted.session, person)
                else:
                    client.book(slot)
                took.append(time.perf_counter() - begun)
            except ContentionError:
                again += 1
                continue
            except (ConflictError, TakenError):
                refused += 1
            break
        number += 1
    return Done(tuple(took), refused, again, time.monotonic(), time.process_time() - cpu)


def serve(house: House, me: int, line: Connection) -> None:
    """Be a client until nothing more is wanted."""
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns of each refusal within a pipeline
    client = SIDES[house.side](house)
    line.send(None)
    while (wanted := line.recv()) is not None:
        line.send(run_round(client, me, wanted))
    client.close()


class Clients:
    """So many client processes on one house."""

    def __init__(self, house: House, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.lines: list[Connection] = []
        self.processes = []
        for me in range(count):
            mine, other = context.Pipe()
            process = context.Process(target=serve, args=(house, me, other), daemon=True)
            process.start()
            self.lines.append(mine)
            self.processes.append(process)
        for line in self.lines:
            line.recv()

    def run(self, rounds: Sequence[Round]) -> list[Done]:
        """Let each client do its round; all of them answer."""
        for line, wanted in zip(self.lines, rounds, strict=True):
            line.send(wanted)
        return [line.recv() for line in self.lines]

    def close(self) -> None:
        for line in self.lines:
            line.send(None)
        for process in self.processes:
            process.join(30)
