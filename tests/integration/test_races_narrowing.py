"""Less capacity, a closure or the end of a space, against a booking: every order of their storage calls."""

from __future__ import annotations

from collections import Counter

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.domain.spaces.handlers import FOR_GOOD
from cantinekit.errors import ClosedError, ConflictError, RefusedError, SoldOutError
from cantinekit.reads import Reader
from support.races.house_races import NOW, bookings, hour, house_broken, open_house, set_up
from support.races.steps import Schedule, every_order, twin
from support.stores.around import Around, WithoutGuards

HOUR = hour(0)
LESS = c.ChangeCapacity("desks", capacity=1)
CLOSE = c.CloseSpace("small", period=HOUR, reason="paint")
DESK = c.Book(space_id="desks", product_id="desk", period=HOUR, person_id="p1", account="desk")
HELD = c.HoldSpace(space_id="desks", product_id="desk", period=HOUR, person_id="p1")
ROOM = c.Book(space_id="small", product_id="room", period=HOUR, person_id="p1", account="desk")
HALL = c.Book(space_id="hall", product_id="room", period=HOUR, person_id="p1", account="desk")
PAIRS = {
    "less capacity, a booking": (LESS, DESK, SoldOutError),
    "less capacity, a hold": (LESS, HELD, SoldOutError),
    "a closure, a booking": (CLOSE, ROOM, ClosedError),
    "the end of a room, a booking": (c.RetireSpace("small"), ROOM, ClosedError),
    "the end of a room of parts, a booking": (c.RetireSpace("hall"), HALL, ClosedError),
}


@pytest.fixture(scope="module")
def base() -> MemoryStorage:
    """Two desks, one of them booked, a free room, and a hall that is made of this room and another."""
    storage = MemoryStorage()
    house = open_house(storage)
    set_up(house, people=2)
    house.execute(c.AddSpace(place_id="paris", name="Two desks", use="desks", capacity=2, id="desks"), actor="setup")
    house.execute(c.AddSpace(place_id="paris", name="Hall", parts=("small", "glass"), id="hall"), actor="setup")
    house.execute(
        c.Book(space_id="desks", product_id="desk", period=HOUR, person_id="p0", account="desk"), actor="setup"
    )
    return storage


def execute(storage, command):
    """Do it as ``Cantine.execute`` does, without the reading of the result afterwards."""
    house = Cantine(storage, gateways={"desk": ManualGateway()}, clock=ManualClock(NOW))
    return house._outbox.run_inline(house._engine.run(command, "race:starter").tasks)


def in_every_order(base: MemoryStorage, pair: str, fault: type[Around], **how):
    """Each order of the calls: the two answers, and the store afterwards."""
    narrow, book, _ = PAIRS[pair]
    ends: list[tuple[list[object], Around]] = []

    def run(schedule: Schedule) -> None:
        store = fault(twin(base))
        works = [lambda storage: execute(storage, narrow), lambda storage: execute(storage, book)]
        ends.append((schedule.run(store, works), store))

    for schedule in every_order(run, **how):
        yield schedule, *ends.pop()


def broken(store: Around) -> list[str]:
    """What is wrong about the desks and the room."""
    reader = Reader(store, lambda: NOW)
    wrong = []
    for id in ("desks", "small", "hall"):
        page = reader.need(m.StandingPage, m.standing_id(id))
        count = len(bookings(reader, id, HOUR))
        if count > page.capacity:
            wrong.append(f"{count} bookings of {id}, capacity {page.capacity}")
        if count and page.closures:
            wrong.append(f"{id} is booked and closed")
        if page.narrowing is not None:
            wrong.append(f"{id} is being narrowed still")
        if (reader.need(m.Space, id).retired is None) != (FOR_GOOD not in (one.period.end for one in page.closures)):
            wrong.append(f"{id} is retired and let")
    return wrong


@pytest.mark.parametrize("pair", PAIRS)
def test_no_order_ends_with_more_booked_than_there_is(base, pair):
    """In every order of the storage calls one of the two is done and the other is refused, and what is stored fits."""
    orders, answers, clashes = 0, Counter[str](), 0
    refusal = PAIRS[pair][2]
    for schedule, (narrowed, booked), store in in_every_order(base, pair, Around):
        orders += 1
        clashes += store.counts["stale"]
        assert broken(store) == [], schedule.names
        assert isinstance(narrowed, ConflictError) != isinstance(booked, refusal), (narrowed, booked, schedule.names)
        answers["narrowed" if isinstance(booked, RefusedError) else "booked"] += 1
        if orders % 50 == 1:
            assert house_broken(store) == [], schedule.names
    print(f"{pair}: {orders} orders, {dict(answers)}, {clashes} clashes, none broken")
    assert len(answers) == 2
    assert clashes > 0


@pytest.mark.parametrize("pair", PAIRS)
def test_without_guards_some_orders_are_broken(base, pair):
    """On a store that forgets guards, some orders of the same calls end with more booked than there is."""
    orders, wrong = 0, []
    for schedule, _, store in in_every_order(base, pair, WithoutGuards):
        orders += 1
        wrong += [(word, schedule.names) for word in broken(store)]
    print(f"{pair}, without guards: {len(wrong)} of {orders} orders are broken")
    assert wrong
    assert all("bookings of desks" in word or "booked and closed" in word for word, _ in wrong)


@pytest.mark.parametrize("fault", [Around, WithoutGuards])
@pytest.mark.parametrize("pair", ["less capacity, a hold", "a closure, a booking"])
def test_the_orders_that_are_left_out_come_to_the_same(base, pair, fault):
    """What becomes of the two, and of the store, in all orders is what becomes of them in those that are tried."""

    def ends(*, whole: bool) -> tuple[int, set[tuple[object, ...]]]:
        tried = list(in_every_order(base, pair, fault, whole=whole))
        return len(tried), {
            (*(type(one) for one in answers), store.counts["stale"], *broken(store)) for _, answers, store in tried
        }

    (few, seen), (every, there) = ends(whole=False), ends(whole=True)
    assert seen == there
    assert few * 4 < every
