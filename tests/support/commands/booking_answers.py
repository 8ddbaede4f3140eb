"""A question and a booking beside each other: whether they say the same of a time, and of what is proposed instead."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    RefusedError,
    SoldOutError,
    TermsError,
    TooLateError,
    UnsuitableError,
)
from cantinekit.scheduling.availability import Filter, InBuffer, IsClosed, IsFull, OneUnit, Question, Reason, TooSoon
from cantinekit.scheduling.availability.slots import slots_for
from support.houses.small_house import House, open_house


@lru_cache
def template() -> MemoryStorage:
    house = open_house()
    house.do(c.AddSpace(place_id="paris", name="Beamers", use="equipment", capacity=2, id="beamer"))
    return house.storage  # type: ignore[return-value]


def fresh() -> House:
    """A house with two beamers, made of a copy of the rows of one: setting one up takes long."""
    made, storage = template(), MemoryStorage()
    storage._rows, storage._journal = dict(made._rows), list(made._journal)
    storage._index = {key: list(found) for key, found in made._index.items()}
    storage._by_subject = {key: list(found) for key, found in made._by_subject.items()}
    return open_house(storage, furnished=False)


def refusal(house: House, command: c.Command) -> RefusedError | None:
    try:
        house.cantine.preview(command, actor="ana")
    except RefusedError as error:
        return error
    return None


def answer(house: House, asked: c.Book) -> Reason | None:
    question = Question(asked.period, None, asked.units, Filter(space_ids=(asked.space_id,)), asked.groups)
    found = house.cantine.find_free(question)
    assert len(found.free) + len(found.reasons) == 1
    return next(iter(found.reasons.values()), None)


def agrees(reason: Reason, error: RefusedError) -> bool:
    """Whether a refusal is the one that the reason stands for."""
    if isinstance(error, TermsError):
        return error.reason == reason or isinstance(reason, OneUnit)
    if isinstance(reason, TooSoon):
        return isinstance(error, TooLateError)
    expected: dict[type[Reason], tuple[type[RefusedError], ...]] = {
        IsClosed: (ClosedError,),
        IsFull: (ConflictError, SoldOutError, ClosedError),
        InBuffer: (ConflictError, SoldOutError, ClosedError),
        OneUnit: (UnsuitableError, ClosedError),
    }
    return isinstance(error, (*expected.get(type(reason), ()), TooLateError))


def say_the_same(house: House, asked: c.Book, seen: Counter[str]) -> None:
    """A time is free exactly when it can be booked, for the same reason if not; what is proposed can be booked."""
    reason, error = answer(house, asked), refusal(house, asked)
    seen["free" if reason is None else reason.code] += 1
    assert (reason is None) == (error is None), (reason, error)
    if reason is not None:
        assert agrees(reason, error), (reason, error)  # type: ignore[arg-type]
    slotted = slots_for(house.get(m.Space, asked.space_id).terms, asked.groups) is not None
    seen["slot taken"] += reason is None and slotted
    for near in getattr(error, "nearest", ()):
        seen["slot proposed" if slotted else "proposal"] += 1
        assert slotted or near.length == asked.period.length
        assert refusal(house, attrs.evolve(asked, period=near)) is None, near
