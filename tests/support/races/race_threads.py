"""Forty threads against one house: the rounds of a race, and what they came to."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from cantinekit.cantine import Cantine
from support.races.house_races import PEOPLE, SEED, Race, Tally, insist

THREADS = 40


def run_race(
    race: Race,
    houses: Sequence[Cantine],
    turns: range,
    *,
    before: Callable[[], None] = lambda: None,
    stop_when_broken: bool = False,
) -> tuple[Tally, list[str]]:
    """Run a race in these rounds, contender by contender over these houses; the tally, and what was wrong.

    ``before`` is called before each round starts. The contenders come in an order that is shuffled by the seed.
    """
    tally, wrong, start = Tally(), list[str](), threading.Barrier(THREADS)
    shuffled = random.Random(SEED)

    def contend(turn: int, who: int) -> tuple[str, int]:
        start.wait(timeout=300)
        return insist(houses[who % len(houses)], race.command(turn, who), f"{race.name} {turn} {who}")

    with ThreadPoolExecutor(THREADS) as pool:
        for turn in turns:
            race.prepare(houses[0], turn)
            order = shuffled.sample(range(PEOPLE), PEOPLE)
            before()
            answers = list(pool.map(lambda who, turn=turn: contend(turn, who), order))
            tally.add(answers)
            wrong += [f"round {turn}: {word}" for word in race.broken(houses[0].read, turn)]
            wrong += [f"round {turn}: {name}" for name, _ in answers if name not in {"won", *race.typed}]
            if wrong and stop_when_broken:
                break
    return tally, wrong
