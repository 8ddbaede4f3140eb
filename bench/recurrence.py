"""How long it takes to find what is on: in a week that is far away, in a week of all workshops, in five years, and by
rules that never come about or not for years.

All peers are asked for the same series and the same windows in one run, and a ratio is printed only if the occurrences
are the same. Rounds are interleaved, CPU time; a ratio is the median of those inside the rounds. All peers are in the
extra ``bench``, which is an environment of its own: recurring-ical-events caps python-dateutil below the version that
the tests have::

    make bench-env && .venv-bench/bin/python bench/recurrence.py

A peer that cannot be imported is named, and with ``--all`` that is an error.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from peers.recurring import LASTS, PEERS, ZONE, Dateutil, DateutilInstants, Repeat, rare, workload

from cantinekit.clock import Period
from cantinekit.scheduling.recurrence import Length, Series

MANY = 1_000_000


class Ours:
    """Full occurrences where nothing else is said; the starts alone are what most peers give."""

    name = "cantinekit"

    def __init__(self, repeats: Sequence[Repeat]) -> None:
        length = Length(0, LASTS.seconds)
        self._series = [
            Series(str(number), one.start.replace(tzinfo=ZONE), length, [one.rule])
            for number, one in enumerate(repeats)
        ]

    def occurrences(self, window: Period) -> list[list[Any]]:
        return [list(one.between(window, limit=MANY)) for one in self._series]

    def starts(self, window: Period) -> list[list[Any]]:
        return [list(one.starts(window)) for one in self._series]


@frozen
class Row:
    """A question to several, and how many times faster ours has to be than each peer.

    ``cold`` asks what was built anew and was never asked, which is what a request to a server meets. What ours does in
    microseconds is done ``often`` in a round.
    """

    title: str
    repeats: Sequence[Repeat]
    window: tuple[datetime, datetime]
    peers: Sequence[type]
    goals: dict[str, float] = field(factory=dict)
    starts: bool = False
    cold: bool = False
    often: int = 1

    def ours(self) -> Callable[[], Any]:
        built = Ours(self.repeats)
        window = Period(*(moment.replace(tzinfo=ZONE) for moment in self.window))
        work = built.starts if self.starts else built.occurrences
        return lambda: work(window)

    def theirs(self, peer: type) -> Callable[[], Any]:
        built = peer(self.repeats)
        return lambda: built.between(*self.window)

    def differs(self) -> str | None:
        """The name of a peer that finds something else."""
        found = self.ours()()
        for peer in self.peers:
            if self.theirs(peer)() != [[peer.shown(one) for one in of] for of in self._plain(found, peer)]:
                return str(peer.name)
        return None

    def _plain(self, found: Sequence[Sequence[Any]], peer: type) -> Sequence[Sequence[Any]]:
        if self.starts or peer is DateutilInstants:
            return found
        return [[one.recurrence_id for one in of] for of in found]


def spent(works: Sequence[Callable[[], Any]]) -> float:
    """CPU seconds of one call."""
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        for work in works:
            work()
        return (time.process_time() - begun) / len(works)
    finally:
        gc.enable()


def measured(row: Row, rounds: int) -> list[str]:
    """Lines of text: a ratio for each peer."""
    costs: dict[str, list[float]] = {peer.name: [] for peer in row.peers}
    mine, own, theirs = [], [row.ours()] * row.often, {peer.name: row.theirs(peer) for peer in row.peers}
    for number in range(rounds + 1):
        if row.cold:
            own, theirs = [row.ours() for _ in own], {peer.name: row.theirs(peer) for peer in row.peers}
        first = spent(own)
        others = {name: spent([work]) for name, work in theirs.items()}
        if number:
            mine.append(first)
            for name, cost in others.items():
                costs[name].append(cost)
    lines = [f"{row.title}: {statistics.median(mine) * 1000:.3f} ms"]
    for name, values in costs.items():
        ratio = statistics.median(value / first for value, first in zip(values, mine, strict=True))
        goal = row.goals.get(name)
        verdict = "" if goal is None else f"   goal {goal:g}: {'reached' if ratio >= goal else 'MISSED'}"
        lines.append(f"    {name:<28}{ratio:>9.1f} x{verdict}")
    return lines


def rows(number: int, peers: Sequence[type]) -> list[Row]:
    """The questions. In five years only dateutil is asked: the others take half a minute, and hundreds of megabytes."""
    many = workload(number)
    one = [Repeat("FREQ=WEEKLY;BYDAY=TU", datetime(2026, 1, 6, 18))]
    far = datetime(2076, 1, 6), datetime(2076, 1, 13)
    week = datetime(2030, 1, 7), datetime(2030, 1, 14)
    years = datetime(2026, 1, 1), datetime(2031, 1, 1)
    seldom, decades = rare(max(number // 20, 8)), (datetime(2027, 1, 1), datetime(2061, 1, 1))
    away = {"python-dateutil": 500, "recurring-ical-events": 100}
    once = {"python-dateutil": 20, "recurring-ical-events": 20}
    all_in_a_week = f"{number} series, one week in 4 years"
    return [
        Row("7 days 50 years away, one weekly series, asked once", one, far, peers, away, cold=True, often=100),
        Row("7 days 50 years away, one weekly series, asked again and again", one, far, peers, often=100),
        Row(f"{all_in_a_week}, asked once", many, week, peers, cold=True),
        Row(f"{all_in_a_week}, asked again and again", many, week, peers, {"python-dateutil": 50}),
        Row(f"{number} series, 5 years, starts", many, years, [Dateutil], {"python-dateutil": 2}, starts=True),
        Row(
            f"{len(seldom)} rules without or with rare dates, 34 years, asked once",
            seldom,
            decades,
            peers,
            once,
            cold=True,
        ),
        Row(f"{number} series, 5 years, start and end as instants", many, years, [DateutilInstants]),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 when a peer finds other occurrences, or is missing where all are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--all", action="store_true", help="fail where a peer cannot be imported")
    options = parser.parse_args(arguments)
    there = [peer for peer in PEERS if importlib.util.find_spec(peer.package) is not None]
    asked = rows(options.series, there)
    for row in asked:
        if name := row.differs():
            print(f"{name} finds other occurrences: {row.title}")
            return 1
    print(
        f"Python {sys.version.split()[0]}, median of {options.rounds} interleaved rounds, CPU time; all find the same"
    )
    for row in asked:
        print("\n".join(measured(row, options.rounds)))
    missing = [peer for peer in PEERS if peer not in there]
    for peer in missing:
        print(f"{peer.name}: not installed")
    return int(options.all and bool(missing))


if __name__ == "__main__":
    raise SystemExit(main())
