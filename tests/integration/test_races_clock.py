"""Plain threads on PostgreSQL around the instant at which holds end, with fewer connections than threads.

One process, one right clock. Whoever pays may read it before the end and then wait for a connection, while others take
the hold for over and have what it kept.
"""

from __future__ import annotations

import random
import threading
import time as clocks
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.state import State
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import ContentionError, RefusedError
from cantinekit.plugins.ports import Key
from cantinekit.records import Request
from cantinekit.runtime import engine, loader
from support.houses import expiring_holds
from support.houses.expiring_holds import DAY, HOUR, MONTHS
from support.houses.small_house import START, House
from support.races.house_races import SEED
from support.run.soak import SOAK, scaled

PAIRS = scaled(60)
ROUNDS = 24
"""How often the control is tried at the most; the slower, the later, for a machine that has much else to do."""
RATE = 300
"""How many seconds pass in one: the time between reading a clock and storing is some milliseconds."""
BEFORE, AFTER = (0.11, 0.195), (0.205, 0.26)
"""When those begin who pay, and those who take the hold for over, in seconds; it ends at 0.2."""
pytestmark = pytest.mark.timeout(3600 if SOAK else 900)
Work = Callable[[], Any]


class Fast:
    """A clock that stands still at first, and then runs fast, from a minute before the holds end.

    ``slower``: how many times as long all takes as by ``RATE``.
    """

    def __init__(self, slower: int) -> None:
        self.slower = slower
        self._from: float | None = None

    def run(self) -> None:
        self._from = clocks.monotonic()

    @property
    def runs(self) -> bool:
        return self._from is not None

    def now(self) -> datetime:
        if self._from is None:
            return START
        return START + timedelta(minutes=14, seconds=RATE / self.slower * (clocks.monotonic() - self._from))


def waiting(read: Callable[..., Any], clock: Fast) -> Callable[..., Any]:
    """Reading that waits first once the clock runs, as for a connection: who comes first is served first, so some wait
    longer than others only where they are made to."""
    chance = random.Random(SEED)

    def late(*given: Any) -> Any:
        if clock.runs:
            clocks.sleep(clock.slower * chance.uniform(0, 0.1))
        return read(*given)

    return late


@contextmanager
def opened(url: str, slower: int = 1) -> Iterator[House]:
    """A house whose store has two connections for all threads."""
    clock = Fast(slower)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "FIRST_PAUSE", 0.004)
        patch.setattr(loader.Loader, "run", waiting(loader.Loader.run, clock))
        house = expiring_holds.furnished(url + ("&" if "?" in url else "?") + "pool_max=2")
        house.cantine._engine.clock = clock
        yield house
        house.storage.close()


@pytest.fixture
def house(pg_url: str) -> Iterator[House]:
    with opened(pg_url) as one:
        yield one


def insist(house: House, *commands: c.Command) -> None:
    """Do them one after the other, as a client who is told to come again; a refusal is one."""
    for command in commands:
        with suppress(RefusedError):
            while True:
                with suppress(ContentionError):
                    house.cantine._engine.run(command, "race")
                    break


def contend(house: House, pairs: list[tuple[Work, Work]]) -> None:
    """Let the clock run; of each pair the first begins before the hold ends, the other after it, in half a second."""
    shuffled, start = random.Random(SEED), threading.Barrier(2 * len(pairs) + 1)
    clock = house.cantine._engine.clock
    assert isinstance(clock, Fast)

    def work(after: float, do: Work) -> None:
        start.wait(timeout=300)
        clocks.sleep(clock.slower * after)
        do()

    with ThreadPoolExecutor(2 * len(pairs)) as pool:
        works = [
            (shuffled.uniform(*when), one) for pair in pairs for when, one in zip((BEFORE, AFTER), pair, strict=True)
        ]
        doing = [pool.submit(work, *one) for one in works]
        start.wait(timeout=300)
        clock.run()
        for one in doing:
            one.result()


def seats(house: House) -> list[tuple[Work, Work]]:
    """Sessions of two seats: one is held, one is paid, two people wait; who holds pays, who paid gives up."""
    pairs: list[tuple[Work, Work]] = []
    for number in range(PAIRS):
        starts, ends = _times(number)
        house.do(c.AddSession(workshop_id="welding", day=DAY, starts=starts, ends=ends, seats=2, id=f"s{number}"))
        made = [
            house.do(
                c.Register(session_id=f"s{number}", person_id=person, account="desk" if person == "bob" else None)
            ).value
            for person in ("zoe", "bob", "eve", "ida")
        ]
        offered = [c.TakeSeat(one.id, account="desk") for one in made[2:]]
        pays = partial(insist, house, c.Pay(made[0].charge_id, account="desk"))
        pairs.append((pays, partial(insist, house, c.CancelRegistration(made[1].id), *offered)))
    return pairs


def _times(number: int) -> tuple[Any, Any]:
    start = datetime(2026, 1, 1, 8 + number % 12)
    return start.time(), (start + timedelta(hours=1)).time()


def rooms(house: House) -> list[tuple[Work, Work]]:
    """Rooms that are held for months or an hour: who holds confirms, another books an hour or months."""
    pairs: list[tuple[Work, Work]] = []
    for number in range(PAIRS):
        held, wanted = (MONTHS, HOUR) if number % 2 else (HOUR, MONTHS)
        house.do(c.AddSpace(place_id="paris", name=f"Box {number}", id=f"box{number}"))
        one = house.do(c.HoldSpace(space_id=f"box{number}", product_id="room", period=held, person_id="zoe")).value
        other = c.Book(space_id=f"box{number}", product_id="room", period=wanted, person_id="bob", account="desk")
        pays = partial(insist, house, c.ConfirmBooking(one.id, account="desk"))
        pairs.append((pays, partial(insist, house, other)))
    return pairs


RACES = {"seats": seats, "rooms": rooms}


def decided_early(self: Any, command: Any, actor: str, asked: Any, seen: Any, held: ExitStack) -> Any:
    """As it was: the clock is read before the rows are."""
    now = self.now()
    uow = Uow(State(actor=actor, accounts=self.accounts), now, self.ids)
    request = Key(Request.kind, asked.id) if asked else None
    return self._loader.run(command, uow, request, seen, held, lambda: now), now


@pytest.mark.parametrize("reading", ["late", "early"])
@pytest.mark.parametrize("name", RACES)
def test_nothing_is_sold_twice_as_holds_end(name, reading, house, monkeypatch):
    """Whoever pays as a hold ends, and whoever has what it kept: of each pair one has it, never both. That does not
    rest on when the clock is read: it holds as well where that is before the rows are read, as it was."""
    if reading == "early":
        monkeypatch.setattr(engine.Engine, "_decide", decided_early)
    contend(house, RACES[name](house))
    assert expiring_holds.sold_twice(house.storage) == []
    assert expiring_holds.overfull(house.storage) == []
    sold = [one for cls in (m.Registration, m.Booking) for one in house.all(cls) if one.state == "confirmed"]
    assert len(sold) >= PAIRS, "somebody has each of them"


@pytest.mark.parametrize("name", RACES)
def test_as_it_was_something_is_sold_twice(name, pg_fresh_url):
    """Control: where the clock is read before the rows, and what is taken for over stays where it stands, the same
    threads sell something twice: some two pairs of sixty, and now and then none, so it is tried until one is."""
    for number in range(ROUNDS):
        with opened(pg_fresh_url(), 1 + number // 4) as house, pytest.MonkeyPatch.context() as patch:
            pairs = RACES[name](house)
            expiring_holds.leave_holds(patch)
            patch.setattr(engine.Engine, "_decide", decided_early)
            contend(house, pairs)
            if expiring_holds.sold_twice(house.storage):
                return
    pytest.fail(f"nothing was sold twice in {ROUNDS} rounds")
