"""One of several processes that race on one store: a child that is told each round by a line, and answers by one.

As a program: ``python tests/support races.race_process URL [late]``; each line it reads is a JSON object with the race,
the round, the contenders that this process has and the instant of ``time.monotonic()`` at which to start. A process
that is ``late`` writes without comparing versions, a moment after it has decided.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cantinekit.cantine import Cantine
from cantinekit.plugins.ports import Change
from cantinekit.plugins.registry import Registry
from support.processes.programs import program
from support.races.house_races import RACES, Race, Tally, insist, open_house
from support.stores.around import WithoutVersions

PROCESSES = 4
EACH = 3
"""Contenders of each process, each in a thread of its own."""


class Late(WithoutVersions):
    """Writes what was decided a moment ago, whatever was written since."""

    def apply(self, change: Change) -> None:
        time.sleep(0.05)
        super().apply(change)


class Processes:
    """So many child processes on one store."""

    def __init__(self, url: str, *options: str) -> None:
        command = [*program("races.race_process"), url, *options]
        self.children = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]
        for child in self.children:
            self._hear(child)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children:
            child.communicate()

    def _hear(self, child: subprocess.Popen[str]) -> Any:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line, f"a child ended with {child.wait()}"
        return json.loads(line)

    def round(self, race: Race, turn: int) -> list[tuple[str, int]]:
        """Let all of them run a round at the same moment; the answers of all contenders."""
        start = time.monotonic() + 0.005
        for number, child in enumerate(self.children):
            who = list(range(number * EACH, (number + 1) * EACH))
            assert child.stdin is not None
            child.stdin.write(json.dumps({"race": race.name, "turn": turn, "who": who, "start": start}) + "\n")
            child.stdin.flush()
        return [(answer, again) for child in self.children for answer, again in self._hear(child)]


def run_race(race: Race, processes: Processes, house: Cantine, turns: range) -> tuple[Tally, list[str]]:
    """Run a race in these rounds, contended for by processes; the tally, and what was wrong."""
    tally, wrong = Tally(), list[str]()
    for turn in turns:
        race.prepare(house, turn)
        answers = processes.round(race, turn)
        tally.add(answers)
        wrong += [f"round {turn}: {word}" for word in race.broken(house.read, turn)]
        wrong += [f"round {turn}: {name}" for name, _ in answers if name not in {"won", *race.typed}]
    return tally, wrong


def main(arguments: Sequence[str]) -> None:
    """Be one of the processes."""
    storage = Registry.load().storage(arguments[0])
    house = open_house(Late(storage) if "late" in arguments else storage)
    print("[]", flush=True)
    with ThreadPoolExecutor(EACH) as pool:
        for line in sys.stdin:
            told = json.loads(line)
            race, turn = RACES[told["race"]](PROCESSES * EACH), told["turn"]

            def contend(who: int, race: Race = race, turn: int = turn, start: float = told["start"]) -> tuple[str, int]:
                time.sleep(max(0.0, start - time.monotonic()))
                return insist(house, race.command(turn, who), f"{race.name} {turn} {who}")

            print(json.dumps(list(pool.map(contend, told["who"]))), flush=True)
    house.close()


if __name__ == "__main__":
    main(sys.argv[1:])
