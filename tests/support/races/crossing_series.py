"""Two series that cross on one day, asked for at once by two threads: a round of forty days for each turn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date, timedelta

from cantinekit.cantine import Cantine
from cantinekit.commands import Command
from cantinekit.plugins.registry import Registry
from support.races.house_races import FIRST_DAY, insist, open_house, set_up
from support.stores.around import Around, Gathering
from support.stores.quick_folder import quick_folder

BACKENDS = ("memory", "sqlite")
DAILY = "FREQ=DAILY;COUNT=10"
THIRD = "FREQ=DAILY;INTERVAL=3;COUNT=5"
"""Every third day: begun on the last of the ten days, it shares that one with them."""


def round_of(turn: int) -> list[date]:
    """The days of a round."""
    first = FIRST_DAY + timedelta(days=40 * turn)
    return [first + timedelta(days=n) for n in range(40)]


@contextmanager
def racing(backend: str, fault: type[Around] = Around) -> Iterator[tuple[Gathering, Cantine]]:
    """A store on which two can be made to decide before either stores, and the house on it."""
    with quick_folder() as folder:
        url = "memory://" if backend == "memory" else f"sqlite:///{folder / 'cantine.db'}"
        with closing(Registry.load().storage(url)) as storage:
            store = Gathering(fault(storage))
            house = open_house(store)
            set_up(house, 3)
            yield store, house


def race(store: Gathering, house: Cantine, commands: tuple[Command, Command], turn: int) -> list[str]:
    """Both at once, neither stored before both have decided: what each was answered."""
    store.gather(2)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(insist, house, command, f"{turn} {n}") for n, command in enumerate(commands)]
        return sorted(answer.result()[0] for answer in both)
