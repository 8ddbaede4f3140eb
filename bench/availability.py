"""Free rooms and first free times of a busy index, beside bare arrays with bisect and beside interval trees.

1,000 rooms and a year of bookings, 1.7 million of them. All sides answer the same questions, the answers are compared,
questions go to the sides by turns, and what is printed are ratios from this run (of memory on a tenth of the rooms).
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from peers.busy_arrays import Arrays, Lists

from cantinekit.clock import Period
from cantinekit.domain.spaces.terms import Terms
from cantinekit.records import OpenHours, Space
from cantinekit.scheduling.availability import Availability, Bookable, Bookables, BusyIndex, Filter, Question
from cantinekit.scheduling.opening import OpeningCalendar

ROOMS, DAYS = 1_000, 365
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
OPENS, CLOSES, STEP = 8 * 60, 20 * 60, 15
GOALS = {
    "which are free": 1.1,
    "first free 2 h": 1.1,
    "first free 8 h": 1.1,
    "which are free, numpy": 0.3,
    "first free 2 h, numpy": 0.3,
    "first free 8 h, numpy": 0.3,
    "insert": 2.0,
    "remove": 2.0,
    "availability: which are free": 3.0,
    "availability: first free 2 h": 3.0,
    "memory": 0.1,
}
"""The most that each may cost, in times of what the bare loop costs; memory in times of what interval trees take."""


def bookings(rooms: int, seed: int = 1) -> list[list[tuple[int, int]]]:
    """For each room its bookings of a year in minutes from its start: 4.6 a day, a quarter of an hour to four hours."""
    random = Random(seed)
    every = []
    for _ in range(rooms):
        room = []
        for day in range(DAYS):
            at = day * 24 * 60 + OPENS
            last = day * 24 * 60 + CLOSES
            while True:
                at += random.choice((0, 0, 0, 15, 15, 30, 45, 60, 90))
                length = random.choice((30, 60, 60, 90, 120, 120, 180, 240))
                if at + length > last:
                    break
                room.append((at, at + length))
                at += length
        every.append(room)
    return every


def instant(minute: int) -> datetime:
    return FIRST + timedelta(minutes=minute)


def rows(every: Sequence[Sequence[tuple[int, int]]]) -> Iterator[tuple[str, datetime, datetime, int]]:
    for room, found in enumerate(every):
        for start, end in found:
            yield f"room-{room}", instant(start), instant(end), 1


def questions(count: int, seed: int = 2) -> list[tuple[int, int]]:
    """Two hours within opening time, on days of the year but the last month."""
    random = Random(seed)
    days = [random.randrange(DAYS - 31) * 24 * 60 for _ in range(count)]
    return [
        (day + start, day + start + 120) for day in days for start in (random.randrange(OPENS, CLOSES - 120, STEP),)
    ]


def month(start: int) -> list[tuple[int, int]]:
    """The opening times of the next 30 days, from a moment on."""
    day = start // (24 * 60) * 24 * 60
    windows = [(day + n * 24 * 60 + OPENS, day + n * 24 * 60 + CLOSES) for n in range(30)]
    return [(max(first, start), last) for first, last in windows if last > start]


def period(start: int, end: int) -> Period:
    return Period(instant(start), instant(end))


class Race:
    """The sides of one question, timed by turns."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.ratios: dict[str, float] = {}
        self.wrong: list[str] = []

    def run(
        self,
        name: str,
        bare: Callable[..., Any],
        ours: Callable[..., Any],
        asked: Sequence[tuple[Any, Any]],
        same: Callable[[Any, Any], bool],
    ) -> None:
        """Ask both sides all questions, each in its own words, and compare the answers."""
        differ = sum(not same(bare(*theirs), ours(*mine)) for theirs, mine in asked)
        if differ:
            self.wrong.append(f"{name}: {differ} of {len(asked)} answers differ")
        costs: list[tuple[float, float]] = []
        gc.collect()
        gc.disable()
        for turn in range(self.rounds):
            spent = [0.0, 0.0]
            sides = ((0, bare), (1, ours)) if turn % 2 else ((1, ours), (0, bare))
            for words in asked:  # by turns for each question: what else the machine does hits both alike
                for side, call in sides:
                    begun = time.perf_counter()
                    call(*words[side])
                    spent[side] += time.perf_counter() - begun
            costs.append((spent[0] / len(asked), spent[1] / len(asked)))
        gc.enable()
        least = min(theirs for theirs, _ in costs)
        self.add(name, statistics.median(mine / theirs for theirs, mine in costs), f"{least * 1e6:.1f} us")

    def add(self, name: str, ratio: float, bare: str) -> None:
        """Print a ratio, and keep it."""
        self.ratios[name] = ratio
        late = "" if ratio <= GOALS[name] else "   MISSED"
        print(f"{name:<32} {ratio:>6.2f} (at most {GOALS[name]}){late:<10} the bare one: {bare}", flush=True)


def ask_index(race: Race, every: Sequence[Sequence[tuple[int, int]]], index: BusyIndex, count: int) -> None:
    """The index's own calls, beside the bare loops."""
    bare, columns, asked = Arrays(every), index.columns(), questions(count)
    names, numbers = [f"room-{n}" for n in range(len(every))], list(range(len(every)))

    def same_rooms(theirs: list[int], mine: list[str]) -> bool:
        return [names[n] for n in theirs] == mine

    def same_first(theirs: tuple[int, int] | None, mine: tuple[str, Period] | None) -> bool:
        if theirs is None or mine is None:
            return theirs is mine
        return (names[theirs[0]], instant(theirs[1])) == (mine[0], mine[1].start)

    whole = [(one, (period(*one),)) for one in asked]
    race.run("which are free", bare.free, index.free, whole, same_rooms)
    race.run("which are free, numpy", bare.free, columns.free, whole, same_rooms)
    for hours in (2, 8):
        first = []
        for start, _ in asked:
            windows = month(start)
            mine = [period(*one) for one in windows]
            first.append(((windows, hours * 60, numbers), (mine, timedelta(hours=hours))))
        race.run(f"first free {hours} h", bare.first_free, index.first_free, first, same_first)
        race.run(f"first free {hours} h, numpy", bare.first_free, columns.first_free, first, same_first)


def ask_everything(race: Race, every: Sequence[Sequence[tuple[int, int]]], index: BusyIndex, count: int) -> None:
    """The whole question with openings, filter, reasons and near misses, beside the bare loop over the same rooms."""
    calendar = OpeningCalendar("UTC", OpenHours.weekly(range(7), time_of_day(OPENS // 60), time_of_day(CLOSES // 60)))
    names, random = [f"room-{n}" for n in range(len(every))], Random(4)
    made = []
    for name in names:
        space = Space(name, "paris", "asso", name, "room", (), (name,), random.randrange(4, 20))
        made.append(Bookable(space, calendar, Terms(features={"projector"} if random.random() < 0.5 else ())))
    rooms, bare, asked = Bookables(made), Arrays(every), questions(count)
    now = FIRST - timedelta(days=1)

    def same_rooms(theirs: list[int], mine: Availability) -> bool:
        counted = len(theirs) + sum(mine.counts.values()) == len(every)
        return counted and {names[n] for n in theirs} == {slot.space_id for slot in mine.free}

    def same_first(theirs: tuple[int, int] | None, mine: Availability) -> bool:
        if theirs is None or not mine.free:
            return theirs is None and not mine.free
        return instant(theirs[1]) == mine.free[0].period.start

    def ask(question: Question) -> Availability:
        return rooms.ask(question, index, now)

    whole = [(one, (Question(period(*one)),)) for one in asked]
    race.run("availability: which are free", bare.free, ask, whole, same_rooms)
    wanted = Filter(seats=12, features={"projector"})
    fitting = [n for n, one in enumerate(made) if one.space.seats >= 12 and "projector" in one.terms.features]
    first = []
    for start, _ in asked:
        within = Period(instant(start), instant(start) + timedelta(days=30))
        question = Question(within, timedelta(hours=2), filter=wanted, limit=1)
        first.append(((month(start), 120, fitting), (question,)))
    race.run("availability: first free 2 h", bare.first_free, ask, first, same_first)


def change_index(race: Race, every: Sequence[Sequence[tuple[int, int]]], index: BusyIndex, count: int) -> None:
    """Insert and remove, beside two lists for each room."""
    random, lists = Random(3), Lists(every)
    asked, seen = [], set()
    while len(asked) < count * 50:
        room = random.randrange(len(every))
        day = random.randrange(DAYS) * 24 * 60
        start, end = day + 21 * 60, day + 22 * 60  # after closing time, where nothing is
        if (room, day) not in seen:
            seen.add((room, day))
            asked.append(((room, start, end), (f"room-{room}", instant(start), instant(end))))
    costs: dict[str, list[float]] = {"insert": [], "remove": []}
    gc.collect()
    gc.disable()
    bare = {"insert": 0.0, "remove": 0.0}
    for _ in range(race.rounds):
        for name, calls in (("insert", (lists.insert, index.add)), ("remove", (lists.remove, index.remove))):
            took = []
            for side, call in enumerate(calls):
                words = [pair[side] for pair in asked]
                begun = time.process_time()
                for one in words:
                    call(*one)
                took.append((time.process_time() - begun) / len(asked))
            costs[name].append(took[1] / took[0])
            bare[name] = took[0]
    gc.enable()
    for name, ratios in costs.items():
        race.add(name, statistics.median(ratios), f"{bare[name] * 1e6:.2f} us")


def weigh(race: Race, every: Sequence[Sequence[tuple[int, int]]]) -> None:
    """What a tenth of the rooms takes in memory, here and as interval trees."""
    from peers.busy_trees import Trees

    some, taken = every[: max(1, len(every) // 10)], []
    for make in (lambda: Trees(some), lambda: BusyIndex.from_rows(rows(some))):
        gc.collect()
        tracemalloc.start()
        kept = make()
        gc.collect()
        taken.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        if isinstance(kept, Trees):
            trees = kept
        elif any(kept.free(period(*q)) != [f"room-{n}" for n in trees.free(*q)] for q in questions(20)):
            race.wrong.append("the trees answer otherwise")
    race.add("memory", taken[1] / taken[0], f"{taken[0] / sum(map(len, some)):.0f} bytes a booking")


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where answers differ or a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=ROOMS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["index", "question", "change", "memory"])
    parser.add_argument("--questions", type=int, default=60)
    options = parser.parse_args(arguments)
    every = bookings(options.rooms)
    print(f"Python {sys.version.split()[0]}, {options.rooms} rooms, {sum(map(len, every))} bookings; median of")
    print(f"{options.rounds} rounds: how many times what the bare one takes")
    race, index = Race(options.rounds), BusyIndex.from_rows(rows(every))
    for name, part in (("index", ask_index), ("question", ask_everything), ("change", change_index)):
        if options.only in (None, name):
            part(race, every, index, options.questions)
    if options.only in (None, "memory"):
        weigh(race, every)
    missed = [name for name, ratio in race.ratios.items() if ratio > GOALS[name]]
    for word in (*race.wrong, *(f"{name} misses its goal" for name in missed)):
        print(word)
    return 1 if race.wrong or missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
