"""Commands of two processes on one store, in every order of their storage calls, and what a third one finds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.plugins.ports import Storage
from support.houses.small_house import START, House
from support.races.steps import Schedule, every_order, twin
from support.stores.around import Around


def later(storage: Storage, after: timedelta = timedelta(minutes=5), card: FakeGateway | None = None) -> House:
    """The house as another process finds it, so long after ``START``; by default the leases of the first are over."""
    clock, mail, card = ManualClock(START + after), RecordingNotifier(), card or FakeGateway()
    cantine = Cantine(storage, gateways={"desk": ManualGateway(), "card": card}, notifiers=(mail,), clock=clock)
    return House(cantine, clock, card, mail, storage)


def run_all(house: House) -> None:
    """Carry out what is due until nothing is."""
    while house.cantine.run_due().done:
        pass


def eight_workers(house: House) -> None:
    """Carry out what is due by eight workers at once, then what they left; several have to have had a share."""

    def work(_: int) -> int:
        done = 0
        while report := house.cantine.run_due().done:
            done += report
        return done

    with ThreadPoolExecutor(8) as pool:
        shares = list(pool.map(work, range(8)))
    house.wait(minutes=1)
    run_all(house)
    assert sum(share > 0 for share in shares) > 1, "one worker did everything, so that nothing was raced for"


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
