"""How long it takes to load many rows, and to store many pages in one change."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cantinekit import Period
from cantinekit.plugins.ports import Change, Key, Row

FEW = 1_500
PAGES = 365
GOAL = 40
PAGE = (
    '{"v":1,"id":"%s","space_id":"room","day":"2027-01-01","claims":[{"id":"c","start":"2027-01-01T08:00:00.000000Z"}]}'
)


def best(work: Callable[[], Any], times: int = 5) -> float:
    """The least time of some, in milliseconds: what else the machine does only ever adds to it."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took) * 1000


def row(kind: str, number: int, version: int = 1) -> Row:
    id = f"room|{number}"
    return Row(kind, id, version, PAGE % id, (("space", id),))


def loading(store: Any, keys_in_all: int) -> str:
    """Loading many rows, at most as many as a store has to take at once, beside loading 1,500."""
    for start in range(0, keys_in_all, 5_000):
        numbers = range(start, min(start + 5_000, keys_in_all))
        store.apply(Change(rows=tuple(row("page", number) for number in numbers)))
    keys = [Key("page", f"room|{number}") for number in range(keys_in_all)]
    many, few = best(lambda: store.load(keys)), best(lambda: store.load(keys[:FEW]))
    verdict = "met" if many <= GOAL * few else "not met"
    return (
        f"load of {keys_in_all} keys {many:.0f} ms, of {FEW} keys {few:.1f} ms: "
        f"{many / few:.1f} times; goal at most {GOAL}: {verdict}"
    )


def changing(store: Any) -> str:
    """A change that makes 365 pages, and one that writes them again."""
    made, written = iter(range(5)), iter(range(2, 7))

    def make() -> None:
        turn = next(made)
        store.apply(Change(rows=tuple(row(f"year{turn}", number) for number in range(PAGES))))

    def write() -> None:
        version = next(written)
        store.apply(Change(rows=tuple(row("year0", number, version) for number in range(PAGES))))

    return f"a change of {PAGES} pages: made in {best(make):.0f} ms, written again in {best(write):.0f} ms"


def booking_years(cantine: Any) -> str:
    """A booking of a year through the whole library, each of another room."""
    rooms = iter(range(5))
    start = datetime(2027, 1, 4, 9, tzinfo=UTC)

    def book() -> None:
        cantine.book(
            f"room{next(rooms)}", Period(start, start + timedelta(days=PAGES)), product_id="room", actor="bench"
        )

    return f"a booking of {PAGES} days, which makes a page for each: {best(book):.0f} ms"
