"""Commands of two processes on one store, in every order of their storage calls, and what a third one finds."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.plugins.ports import Storage
from cantinekit.records import Task
from support.houses.small_house import START, House
from support.races.steps import Schedule, every_order, twin
from support.stores.around import Around


def later(storage: Storage, after: timedelta = timedelta(minutes=5), card: FakeGateway | None = None) -> House:
    """The house as another process finds it, so long after ``START``; by default the leases of the first are over."""
    clock, mail, card = ManualClock(START + after), RecordingNotifier(), card or FakeGateway()
    gateways = {"desk": ManualGateway(), "card": card}
    cantine = Cantine(storage, gateways=gateways, notifiers=(mail,), clock=clock, effects="all")
    return House(cantine, clock, card, mail, storage)


def run_all(house: House) -> None:
    """Carry out what is due until nothing is."""
    while house.cantine.run_due().done:
        pass


@contextmanager
def several_share(cantine: Cantine) -> Iterator[None]:
    """Hold back whoever carried out a task until a second worker carried one out too: so no worker does everything.

    At least two tasks have to be due. They are leased one by one, since a worker leases several that are due together.
    """
    outbox, sharing, several = cantine._outbox, set[int](), threading.Event()
    take_over = outbox._take_over

    def waiting(task: Task, *, leased: bool = False) -> str | None:
        outcome = take_over(task, leased=leased)
        if outcome is not None:
            sharing.add(threading.get_ident())
            if len(sharing) > 1:
                several.set()
            assert several.wait(timeout=120), "one worker did everything, so that nothing was raced for"
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "_take_over", waiting)
        patch.setattr("cantinekit.runtime.outbox.MOST_LEASED", 1)
        yield


def eight_workers(house: House) -> None:
    """Carry out what is due by eight workers at once, of whom several have a share, then what they left."""
    with several_share(house.cantine), ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: run_all(house), range(8)))
    house.wait(minutes=1)
    run_all(house)


def both_at_once(
    base: MemoryStorage,
    commands: Sequence[c.Command],
    fault: type[Around] = Around,
    *,
    kinds: Collection[str] | None = None,
    after: Sequence[timedelta] = (timedelta(), timedelta()),
) -> Iterator[tuple[Schedule, list[Any], Around]]:
    """Each order of the storage calls of two commands: what they came to, and the store afterwards.

    ``after``: how long after ``START`` it is for each of them. Their clocks need not agree.
    """
    ends: list[tuple[list[Any], Around]] = []

    def doing(number: int) -> Any:
        return lambda storage: later(storage, after[number]).cantine._engine.run(commands[number], "race")

    def run(schedule: Schedule) -> None:
        store = fault(twin(base))
        ends.append((schedule.run(store, [doing(0), doing(1)]), store))

    for schedule in every_order(run, kinds):
        yield schedule, *ends.pop()
