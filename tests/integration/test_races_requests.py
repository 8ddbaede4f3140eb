"""One idempotency key from many clients at once: one record, other content is refused, refusals are not kept."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.errors import ConflictError, ContentionError, RefusedError, RequestMismatchError
from cantinekit.plugins.registry import Registry
from support.races.house_races import ACTOR, NOW, bookings, hour, house_broken, open_house, set_up
from support.run import soak
from support.stores.around import Gathering, WithoutVersions

CLIENTS = 10
ROUNDS = soak.scaled(5)
pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request, tmp_path) -> Iterator[Any]:
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'cantine.db'}"}.get(request.param)
    opened = Registry.load().storage(url or request.getfixturevalue("pg_url"))
    yield opened
    opened.close()


def at_once(house: Cantine, *requests: Callable[[Cantine], Outcome]) -> list[Outcome | RefusedError]:
    """Send requests from as many clients at the same moment; each comes again after contention."""
    start = threading.Barrier(len(requests))

    def send(request: Callable[[Cantine], Outcome]) -> Outcome | RefusedError:
        start.wait(timeout=30)
        while True:
            try:
                return request(house)
            except RefusedError as refusal:
                return refusal
            except ContentionError:
                continue

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def asking(command: c.Command, key: str) -> Callable[[Cantine], Outcome]:
    return lambda house: house.execute(command, actor=ACTOR, idempotency_key=key)


def room(turn: int, units: int = 1, space: str = "small") -> c.Book:
    return c.Book(space_id=space, product_id="room", period=hour(turn), units=units, person_id="p0", account="desk")


def test_one_key_is_one_record(store):
    """Of ten clients with the same request and key one makes the booking, and all are answered with it."""
    house = open_house(store)
    set_up(house, people=2)
    for turn in range(ROUNDS):
        answers = at_once(house, *[asking(room(turn), f"key {turn}")] * CLIENTS)
        assert [type(answer) for answer in answers] == [Outcome] * CLIENTS, answers
        assert len({answer.value.id for answer in answers}) == 1
        assert len({answer.charges for answer in answers}) == 1
        assert Counter(answer.replayed for answer in answers) == {False: 1, True: CLIENTS - 1}
        assert len(bookings(house.read, "small", hour(turn))) == 1
    assert len(list(house.read.statement("p0"))) == ROUNDS
    assert house_broken(store) == []


def test_one_key_for_two_contents_is_one_of_them(store):
    """Of clients with one key for two contents, those with the one that was stored get it, the others a refusal."""
    house = open_house(store)
    set_up(house, people=2)
    for turn in range(ROUNDS):
        spaces = ["small", "box0"] * (CLIENTS // 2)
        answers = at_once(house, *(asking(room(turn, space=space), f"key {turn}") for space in spaces))
        made = {answer.value.id: answer.value.space_id for answer in answers if isinstance(answer, Outcome)}
        assert len(made) == 1, answers
        (space_id,) = made.values()
        for space, answer in zip(spaces, answers, strict=True):
            assert type(answer) is (Outcome if space == space_id else RequestMismatchError)
        assert sum(len(bookings(house.read, space, hour(turn))) for space in ("small", "box0")) == 1
    assert house_broken(store) == []


def test_a_refusal_is_not_remembered(store):
    """A key under which many clients were refused is free: once the room is, the same request gets it, once."""
    house = open_house(store)
    set_up(house, people=2)
    for turn in range(ROUNDS):
        taken = house.execute(
            c.Book(space_id="small", product_id="room", period=hour(turn), person_id="p1"), actor="setup"
        )
        refused = at_once(house, *[asking(room(turn), f"key {turn}")] * CLIENTS)
        assert {type(answer).__name__ for answer in refused} == {"ConflictError"}
        house.execute(c.CancelBooking(taken.value.id), actor="setup")
        answers = at_once(house, *[asking(room(turn), f"key {turn}")] * CLIENTS)
        assert Counter(answer.replayed for answer in answers) == {False: 1, True: CLIENTS - 1}
    assert house_broken(store) == []


def test_a_refused_narrowing_is_not_remembered(store):
    """What is announced and withdrawn is refused to all with its key; later the same request is done."""
    house = open_house(store)
    set_up(house, people=2)
    for turn in range(ROUNDS):
        booked = house.execute(room(turn), actor="setup")
        close = c.CloseSpace("small", period=hour(turn), reason="paint")
        refused = at_once(house, *[asking(close, f"close {turn}")] * CLIENTS)
        page = house.read.need(m.StandingPage, m.standing_id("small"))
        assert (len(page.closures), page.narrowing) == (turn, None)
        assert {type(answer).__name__ for answer in refused} == {"ConflictError"}
        house.execute(c.CancelBooking(booked.value.id), actor="setup")
        answers = at_once(house, *[asking(close, f"close {turn}")] * CLIENTS)
        assert [type(answer) for answer in answers] == [Outcome] * CLIENTS, answers
        closures = house.read.need(m.StandingPage, m.standing_id("small")).closures
        assert [one.period for one in closures] == [hour(n) for n in range(turn + 1)]
    assert house_broken(store) == []


def test_a_repeat_is_not_told_that_a_narrowing_holds_before_it_does(store):
    """After a crash between the announcement and the look, a repeat is to come again; then it gets the refusal."""
    house, crashing = open_house(store), open_house(store, effects="none")
    set_up(house, people=2)
    house.execute(room(0), actor="setup")
    close = c.CloseSpace("small", period=hour(0), reason="paint")
    crashing.execute(close, actor=ACTOR, idempotency_key="close")
    with pytest.raises(ContentionError):
        house.execute(close, actor=ACTOR, idempotency_key="close")
    house.execute(room(1), actor=ACTOR, idempotency_key="another hour is not concerned")
    house.run_due()
    with pytest.raises(ConflictError):
        house.execute(close, actor=ACTOR, idempotency_key="close")


def test_actors_do_not_share_keys(store):
    """The same key of ten actors is ten requests."""
    house = open_house(store)
    set_up(house, people=CLIENTS)
    works = [
        partial(
            Cantine.execute,
            command=c.Book(space_id=f"box{n}", product_id="room", period=hour(0)),
            actor=f"kiosk:{n}",
            idempotency_key="k",
        )
        for n in range(CLIENTS)
    ]
    answers = at_once(house, *works)
    assert len({answer.value.id for answer in answers}) == CLIENTS


def test_without_versions_a_key_is_many_records(store):
    """Control: on a store that forgets versions, ten clients with one key make more than one record."""
    gathering = Gathering(WithoutVersions(store))
    house = open_house(gathering)
    set_up(house, people=2)
    gathering.gather(CLIENTS)
    answers = at_once(house, *[asking(room(0), "key")] * CLIENTS)
    assert len({answer.value.id for answer in answers}) > 1
    assert len(bookings(house.read, "small", hour(0))) > 1
    assert house.now() == NOW
