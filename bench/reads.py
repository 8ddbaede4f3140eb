"""What reads cost that many rows go into, and what removing rows costs: at a size, and at four times the size.

Rows are written straight through the port of the store. What is printed is CPU time a row, and the ratio of the whole
between both sizes: 4 says that the cost grows as the rows do. A new busy index is made of the pages, of those ahead,
and of the whole journal.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.clock import Period
from cantinekit.domain.occupancy.journal_index import JournalIndex
from cantinekit.plugins.ports import Change, Key
from cantinekit.runtime import codec
from support.houses import small_house

START = small_house.utc(0)
SECOND = timedelta(seconds=1)
BATCH = 1000


def write(storage: Any, records: Iterable[m.Record], events: Iterable[tuple[ev.Event, str]] = ()) -> None:
    """Store rows and journal entries, many in one change."""
    rows = [codec.encode(one, 1) for one in records]
    entries = [codec.encode_event(event, START, "bench", (Key("booking", id),)) for event, id in events]
    for at in range(0, max(len(rows), len(entries)), BATCH):
        storage.apply(Change(rows=tuple(rows[at : at + BATCH]), events=tuple(entries[at : at + BATCH])))


def bookings(rows: int) -> Iterator[m.Booking]:
    """Confirmed bookings of an hour, one after the other, half of them before the start of the bench."""
    begin = START - timedelta(hours=rows // 2)
    for number in range(rows):
        period = Period(begin + timedelta(hours=number), begin + timedelta(hours=number + 1))
        placed = (m.Placed("n", m.Claim(f"b{number:07d}", period.start, period.end, 1)),)
        yield m.Booking(placed[0].claim.id, "nuit", "n", "room", period, 1, "confirmed", "zoe", placed=placed)


def pages(every: Sequence[m.Booking]) -> Iterator[m.OccupancyPage]:
    """The occupancy pages of bookings that lie within a day each."""
    days: dict[Any, list[m.Claim]] = {}
    for one in every:
        days.setdefault(one.period.start.date(), []).append(one.placed[0].claim)
    for day, claims in days.items():
        yield m.OccupancyPage(m.page_id("n", day), "n", day, tuple(claims))


def told(every: Iterable[m.Booking]) -> Iterator[tuple[ev.Event, str]]:
    """What the journal says of bookings that were made and paid."""
    for one in every:
        yield ev.BookingMade(one, START), one.id
        yield ev.BookingConfirmed(one.id, one.placed, START), one.id


def sweeping(house: small_house.House, rows: int) -> Callable[[], Any]:
    """Done tasks and answered requests, all of which go."""
    about, many = m.Subject("booking", "b"), rows // 2
    write(house.storage, (m.Task(f"t{n * 7919 % many:07d}", "message", about, START, "done") for n in range(many)))
    write(house.storage, (m.Request(f"r{n * 7919 % many:07d}", "f", about, at=START + n * SECOND) for n in range(many)))
    return lambda: house.cantine.sweep(before=START + timedelta(days=365))


def taking(house: small_house.House, rows: int) -> Callable[[], Any]:
    """Entries of the ledger of one day."""
    lines = (m.LedgerLine("account/desk", 100), m.LedgerLine("receivable", -100))
    about, step = m.Subject("charge", "c"), timedelta(days=1) / (rows + 1)
    entries = (
        m.LedgerEntry(f"l{n:07d}", "coop", "nantes", START + n * step, "taken", about, "EUR", lines)
        for n in range(rows)
    )
    write(house.storage, entries)
    return lambda: house.cantine.read.takings("nantes", small_house.TODAY)


def exporting(house: small_house.House, rows: int) -> Callable[[], Any]:
    """The bookings of one person."""
    write(house.storage, bookings(rows))
    return lambda: house.cantine.export("zoe")


def indexing(house: small_house.House, rows: int) -> Callable[[], Any]:
    """Bookings on pages and in the journal; the index is made of all pages."""
    every = list(bookings(rows))
    write(house.storage, pages(every), told(every))
    return lambda: house.cantine.read.busy_index()


def indexing_ahead(house: small_house.House, rows: int) -> Callable[[], Any]:
    """As above, of the pages from now on: half of them."""
    indexing(house, rows)
    return lambda: house.cantine.read.busy_index(since=START)


def following(house: small_house.House, rows: int) -> Callable[[], Any]:
    """As above, of the whole journal."""
    indexing(house, rows)
    return lambda: house.cantine.read.busy_index(JournalIndex())


WORK = (sweeping, taking, exporting, indexing, indexing_ahead, following)


def spent(store: str, work: Callable[[small_house.House, int], Callable[[], Any]], rows: int) -> float:
    """The CPU time of it in a fresh house, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        storage = MemoryStorage() if store == "memory" else SqliteStorage(Path(folder) / "bench.db")
        ready = work(small_house.open_house(storage), rows)
        begun = time.process_time()
        ready()
        costs = time.process_time() - begun
        storage.close()
        return costs


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="the smaller size")
    parser.add_argument("--stores", nargs="*", default=["memory", "sqlite"], choices=["memory", "sqlite"])
    options = parser.parse_args(arguments)
    print(f"Python {sys.version.split()[0]}, CPU time, {options.rows} and {4 * options.rows} rows")
    print(f"{'':>15} {'store':>8} {'us a row':>9} {'4 times the rows, times the cost':>33}")
    for work in WORK:
        for store in options.stores:
            few, many = (spent(store, work, rows) for rows in (options.rows, 4 * options.rows))
            print(f"{work.__name__:>15} {store:>8} {many / options.rows / 4 * 1e6:>9.1f} {many / few:>33.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
