"""Bookings a second through this library, beside hand-written SQL that stores the same facts with the same durability.

Eight client processes; rounds alternate between the two sides, so that what else the machine does hits both. ``wide``:
an hour of one of 50 rooms within three years. ``hot``: 500 people take the 500 seats of one session. What is timed is
a whole request with its idempotency key, from the call to the acknowledgement; tasks are carried out afterwards and
timed apart. The goal is half of what the SQL does. Afterwards both stores are looked through.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import attrs
from storing import sizes
from storing.clients import FIRST_DAY, PEOPLE, SEATS, SIDES, Clients, Done, House, Round

from cantinekit import records as m
from cantinekit.plugins.ports import MAX_KEYS
from cantinekit.plugins.registry import Registry
from support.houses import small_house
from support.laws import house_laws

GOAL = 0.5


@attrs.define
class Measured:
    """What the rounds of one side and load came to."""

    rates: list[float] = attrs.field(factory=list)
    took: list[float] = attrs.field(factory=list)
    refused: int = 0
    again: int = 0
    cpu: float = 0.0

    def add(self, answers: Sequence[Done], start: float) -> None:
        acknowledged = [one for answer in answers for one in answer.took]
        self.rates.append(len(acknowledged) / (max(answer.ended for answer in answers) - start))
        self.took += acknowledged
        self.refused += sum(answer.refused for answer in answers)
        self.again += sum(answer.again for answer in answers)
        self.cpu += sum(answer.cpu for answer in answers)

    def at(self, share: float) -> float:
        """A quantile of the times, in milliseconds."""
        return sorted(self.took)[min(len(self.took) - 1, int(len(self.took) * share))] * 1000

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def __str__(self) -> str:
        return (
            f"{self.rate:7.0f}/s (rounds {', '.join(f'{one:.0f}' for one in self.rates)}), "
            f"p50 {self.at(0.5):.1f} ms, p99 {self.at(0.99):.1f} ms, "
            f"CPU of the client {self.cpu / len(self.took) * 1e3:.2f} ms, "
            f"{len(self.took)} acknowledged, {self.refused} refused, {self.again} sent again"
        )


def compare(houses: Sequence[House], options: Any) -> tuple[dict[tuple[str, str], Measured], list[str]]:
    """Alternate the rounds of both sides; what they came to, and what is wrong in the stores afterwards."""
    found: dict[tuple[str, str], Measured] = {}
    clients = {}
    for house in houses:
        SIDES[house.side].set_up(house)
        clients[house.side] = Clients(house, options.clients)
    number = 0
    for load in options.loads:
        for turn in range(-2 if load == "wide" else -1, options.rounds):  # the first ones warm up, and do not count
            for house in houses:
                number += 1
                wanted = _rounds(house, load, number, options)
                start = wanted[0].start
                answers = clients[house.side].run(wanted)
                if turn >= 0:
                    found.setdefault((load, house.side), Measured()).add(answers, start)
                found.setdefault(("all", house.side), Measured()).add(answers, start)
    for each in clients.values():
        each.close()
    wrong = []
    for house in houses:
        wrong += [f"{house.side}, {house.backend}: {word}" for word in look(house, found.pop(("all", house.side)))]
    return found, wrong


def _rounds(house: House, load: str, number: int, options: Any) -> list[Round]:
    if load == "hot":
        session, setter = f"ses{number}", SIDES[house.side](house)
        setter.add_session(session, FIRST_DAY + timedelta(days=number))
        setter.close()
    start = time.monotonic() + 0.05
    if load == "wide":
        return [Round(number, start, options.seconds)] * options.clients
    people = [f"p{n}" for n in range(PEOPLE)]
    return [
        Round(number, start, session=session, people=tuple(people[me :: options.clients]))
        for me in range(options.clients)
    ]


def look(house: House, every: Measured) -> list[str]:
    """What is wrong in a store after all rounds."""
    client = SIDES[house.side](house)
    try:
        if house.side == "theirs":
            return client.house.wrong(len(every.took))
        return look_at_ours(client.cantine, len(every.took))
    finally:
        client.close()


def look_at_ours(cantine: Any, acknowledged: int) -> list[str]:
    records = house_laws.hold(cantine._storage, datetime.now(UTC))
    house_laws.folds(cantine._storage)
    made = [one for one in records.values() if isinstance(one, m.Booking | m.Registration)]
    wrong = [] if len(made) == acknowledged else [f"{acknowledged} acknowledged, {len(made)} stored"]
    for session in house_laws.of(records, m.Session):
        if session.confirmed != SEATS or session.held or session.waiting:
            taken = f"{session.confirmed} seats for good and {len(session.held)} held"
            wrong.append(f"{taken}, {len(session.waiting)} waiting at {session.id}")
    entries = len(house_laws.of(records, m.LedgerEntry))
    rows = map(small_house._decode, small_house._all_rows(cantine._storage))
    messages = sum(isinstance(one, m.Task) and one.work == "message" for one in rows)
    if (entries, messages) != (2 * acknowledged, acknowledged):
        wrong.append(f"{entries} ledger entries and {messages} messages of {acknowledged}")
    return wrong


def carry_out(house: House, limit: int) -> str:
    """How fast what waits is carried out by one worker."""
    client = SIDES["ours"](house)
    begun = time.perf_counter()
    report = client.cantine.run_due(limit=limit)
    took = time.perf_counter() - begun
    client.close()
    return f"{report.done / took:.0f} messages/s carried out by one worker ({report.done} of them)"


def measure_sizes(backend: str, folder: Path, keys: int) -> list[str]:
    """What large batches take, on a store of their own."""
    if backend == "postgresql":
        from support.postgres import postgres_server

        url = postgres_server.fresh_url()
    else:
        url = "memory://" if backend == "memory" else f"sqlite:///{folder / 'sizes.db'}"
    store = Registry.load().storage(url)
    told = [sizes.loading(store, keys), sizes.changing(store)]
    house = House("ours", backend, store)
    SIDES["ours"].set_up(house, keep=True)
    client = SIDES["ours"](house)
    told.append(sizes.booking_years(client.cantine))
    client.close()
    return told


def postgres_houses() -> tuple[list[House], str]:
    from support.postgres import postgres_server

    dsn = postgres_server.server_dsn()
    with postgres_server.connect() as db:
        if "CANTINEKIT_TEST_PG_DSN" not in os.environ:  # that of the tests, which spares itself what is compared here
            db.execute("ALTER SYSTEM RESET fsync")
            db.execute("SELECT pg_reload_conf()")
            time.sleep(0.5)
        names = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        settings = [f"{name} {db.execute(f'SHOW {name}').fetchone()[0]}" for name in names]
        version = db.execute("SHOW server_version").fetchone()[0]
    ours, theirs = postgres_server.fresh_url(), f"peer_{uuid.uuid4().hex}"
    houses = [House("ours", "postgresql", ours), House("theirs", "postgresql", dsn, theirs)]
    return houses, f"PostgreSQL {version}, {', '.join(settings)}"


def sqlite_houses(folder: Path) -> tuple[list[House], str]:
    from cantinekit.backends.sqlite._connect import _SETTINGS, wal_is_safe

    settings = {"journal_mode": "wal" if wal_is_safe() else "delete", **_SETTINGS}
    houses = [
        House("ours", "sqlite", f"sqlite:///{folder / 'ours.db'}"),
        House("theirs", "sqlite", str(folder / "theirs.db"), settings=settings),
    ]
    told = ", ".join(f"{name} {value}" for name, value in settings.items())
    return houses, f"SQLite {sqlite3.sqlite_version}, {told}"


def report(found: dict[tuple[str, str], Measured], loads: Sequence[str]) -> list[str]:
    out = []
    for load in loads:
        ours, theirs = found[load, "ours"], found[load, "theirs"]
        ratio = ours.rate / theirs.rate
        out.append(f"  {load:4} ours   {ours}")
        out.append(f"  {load:4} theirs {theirs}")
        verdict = "met" if ratio >= GOAL else "not met"
        out.append(f"  {load:4} {ratio:.0%} of the hand-written SQL; goal {GOAL:.0%}: {verdict}")
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where something is wrong in a store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a wide round")
    parser.add_argument("--loads", nargs="*", default=["wide", "hot"])
    parser.add_argument("--backends", nargs="*", default=["postgresql", "sqlite", "memory"])
    parser.add_argument("--messages", type=int, default=500, help="that one worker carries out")
    parser.add_argument("--keys", type=int, default=MAX_KEYS, help="of the large load")
    options = parser.parse_args(arguments)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.0f}"
    print(f"Python {sys.version.split()[0]}, {machine}, {options.clients} client processes")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for backend in options.backends:
            if backend == "memory":
                print("memory")
                compared: list[House] = [House("ours", "memory", "memory://")]
            else:
                compared, told = postgres_houses() if backend == "postgresql" else sqlite_houses(Path(folder))
                print(told, flush=True)
                if options.loads:
                    found, bad = compare(compared, options)
                    print("\n".join(report(found, options.loads)))
                    print(f"  {carry_out(compared[0], options.messages)}", flush=True)
                    wrong += bad
            print("\n".join(f"  {line}" for line in measure_sizes(backend, Path(folder), options.keys)), flush=True)
    print("\n".join(wrong) or "both stores hold what was acknowledged, and nothing twice")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
