"""Many attempts at few rooms and seats, by processes with several threads each; what they came to, and what is stored.

As a program: ``python tests/support races.attempts URL PROCESS COUNT [late]``: so many attempts by each of the threads
of one of the processes; it prints how they ended. What is attempted follows from the seed. The days go by with the
attempts: on each there are three rooms for eight hours and a session of ten seats, and many more attempts than that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from random import Random

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.commands import Command
from cantinekit.plugins.registry import Registry
from support.processes.programs import program
from support.races.house_races import (
    FIRST_DAY,
    PEOPLE,
    SEATS,
    SEED,
    Tally,
    bookings,
    hour,
    insist,
    open_house,
    seats_broken,
    set_up,
)
from support.races.race_process import EACH, PROCESSES, Late

ROOMS = ("small", "glass", "box0")
HOURS = 8
A_DAY = 25
"""Attempts of each thread on one day."""


@attrs.frozen
class Attempts:
    """So many attempts by each thread of each process."""

    each: int

    @classmethod
    def of(cls, total: int) -> Attempts:
        """At least so many in all."""
        return cls(-(-total // (PROCESSES * EACH)))

    @property
    def total(self) -> int:
        return self.each * PROCESSES * EACH

    @property
    def days(self) -> range:
        return range(-(-self.each // A_DAY))

    def by(self, process: int, thread: int) -> Iterator[Command]:
        """What one thread attempts."""
        source = Random(f"{SEED} {process} {thread}")
        for number in range(self.each):
            day = number // A_DAY
            if source.random() < 0.6:
                room, period = source.choice(ROOMS), hour(day * HOURS + source.randrange(HOURS))
                yield c.Book(
                    space_id=room,
                    product_id="room",
                    period=period,
                    person_id=f"p{source.randrange(PEOPLE)}",
                    account="desk",
                )
            else:
                yield c.Register(session_id=f"ses{day}", person_id=f"p{source.randrange(PEOPLE)}")

    def all(self) -> Iterator[Command]:
        """What all of them attempt."""
        for process in range(PROCESSES):
            for thread in range(EACH):
                yield from self.by(process, thread)

    def prepare(self, house: Cantine) -> None:
        """A house, with a session on each of the days."""
        set_up(house)
        for day in self.days:
            session = c.AddSession(
                workshop_id="free",
                day=FIRST_DAY + timedelta(days=day),
                starts=time(18),
                ends=time(20),
                seats=SEATS,
                id=f"ses{day}",
            )
            house.execute(session, actor="setup")

    def run(self, url: str, *options: str) -> Tally:
        """Let all processes attempt at once."""
        command = [*program("races.attempts"), url]
        children = [
            subprocess.Popen(
                [*command, str(number), str(self.each), *options],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "CANTINEKIT_SEED": str(SEED)},  # a soak draws one for each process else
            )
            for number in range(PROCESSES)
        ]
        tally = Tally()
        for child in children:
            told, _ = child.communicate()
            assert child.returncode == 0, f"a child ended with {child.returncode}"
            tally.add(json.loads(told))
        return tally

    def broken(self, house: Cantine) -> tuple[int, int, list[str]]:
        """How many rooms are booked twice, how many seats are oversold, and what else is wrong: what nobody got
        although it was asked for, and sessions that do not fit their registrations."""
        asked = Counter(
            (one.space_id, one.period) if isinstance(one, c.Book) else one.session_id for one in set_of(self.all())
        )
        twice = oversold = 0
        wrong: list[str] = []
        for day in self.days:
            for room in ROOMS:
                for number in range(HOURS):
                    period = hour(day * HOURS + number)
                    found = len(bookings(house.read, room, period))
                    twice += max(0, found - 1)
                    if not found and asked[room, period]:
                        wrong.append(f"nobody has {room} on day {day} at {number}")
            session = house.read.need(m.Session, f"ses{day}")
            made = list(house.read.find(m.Registration, "session", f"{session.id}|", f"{session.id}}}"))
            seated = sum(one.state == "confirmed" for one in made)
            oversold += max(0, seated - SEATS)
            if seated < min(SEATS, asked[session.id]):
                wrong.append(f"{seated} seats are taken at {session.id}, {asked[session.id]} people asked")
            wrong += seats_broken(session, made)
        return twice, oversold, wrong


def set_of(commands: Iterator[Command]) -> Iterator[Command]:
    """Each booking, and each person that asks for a seat, once."""
    seen = set()
    for one in commands:
        what = (one.space_id, one.period) if isinstance(one, c.Book) else (one.session_id, one.person_id)
        if what not in seen:
            seen.add(what)
            yield one


def main(arguments: list[str]) -> None:
    """Be one of the processes."""
    url, process, each, *options = arguments
    storage = Registry.load().storage(url)
    house, attempts = open_house(Late(storage) if "late" in options else storage), Attempts(int(each))

    def attempt(thread: int) -> list[tuple[str, int]]:
        return [
            insist(house, one, f"{process} {thread} {number}")
            for number, one in enumerate(attempts.by(int(process), thread))
        ]

    with ThreadPoolExecutor(EACH) as pool:
        print(json.dumps([answer for answers in pool.map(attempt, range(EACH)) for answer in answers]))
    house.close()


if __name__ == "__main__":
    main(sys.argv[1:])
