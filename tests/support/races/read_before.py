"""Rows that are read at one instant and decided on at a later one, as where reading waited in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from cantinekit.commands import Command, DecideSession
from cantinekit.common.evolve import evolve
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.dispatch import HANDLERS, decide, reads
from cantinekit.domain.registrations.deciding import verdict
from cantinekit.domain.state import Find, Reads, State, UnloadedError, fetch
from cantinekit.errors import CantineError
from cantinekit.plugins.ports import Storage
from cantinekit.records import Session
from cantinekit.runtime import codec
from cantinekit.runtime.engine import Engine
from cantinekit.runtime.loader import find_keys
from support.houses.small_house import CountingIds


class Waits:
    """A clock that says one instant when it is first asked, and a later one from then on."""

    def __init__(self, first: datetime, then: datetime) -> None:
        self._left = [first]
        self._then = then

    def now(self) -> datetime:
        return self._left.pop() if self._left else self._then


def read(storage: Storage, command: Command, at: datetime) -> State:
    """What a command reads at an instant."""
    asking, found = reads(command, at), dict[Any, Any]()
    try:
        wish = next(asking)
        while True:
            if isinstance(wish, Find):
                found = find_keys(storage, wish)
            else:
                rows = storage.load(wish.keys)
                found = {key: row and codec.decode(row) for key, row in zip(wish.keys, rows, strict=True)}
            wish = asking.send(found)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def answer(engine: Engine, command: Command, at: datetime, now: datetime) -> tuple[Any, ...]:
    """What is decided now on rows that were read at an instant: all that is stored of it, or why nothing is."""
    try:
        state = read(engine.storage, command, at)
    except (CantineError, UnloadedError):
        return ("refused while reading",)
    try:
        one = decide(evolve(state, accounts=engine.accounts), command, now, CountingIds())
    except UnloadedError:
        return ("not enough",)
    except Prerequisite as first:
        return ("first", first.commands)
    except CantineError as refusal:
        return ("refused", type(refusal), str(refusal))
    return (one.value, one.events, one.effects, one.private, one.removes, one.charge_ids, str(one.refusal))


@contextmanager
def compared(patch: Any, waits: Iterable[timedelta]) -> Iterator[tuple[Counter[str], list[Any]]]:
    """Whatever is decided meanwhile is decided on earlier reads too: how often by sort of command, and which differ.

    A wait that is too long to be decided after is told apart: it is ``not enough``, and decided at the instant of
    reading.
    """
    counts, differ, original = Counter[str](), list[Any](), Engine._decide

    def both(self: Engine, command: Command, *rest: Any) -> Any:
        now = self.now()
        there = answer(self, command, now, now)
        for wait in waits:
            before = answer(self, command, now - wait, now)
            name = before[0] if before[0] in ("not enough", "refused while reading") else type(command).__name__
            counts[name] += 1
            same = before[0] in ("refused", "first") if there[0] == "refused while reading" else before == there
            if name == type(command).__name__ and not same:
                differ.append((command, wait, there, before))
        return original(self, command, *rest)

    with patch.context() as during:
        during.setattr(Engine, "_decide", both)
        yield counts, differ


def only_when_due(patch: Any) -> None:
    """As it was: who is concerned by a decision of a session is read only where it is due at that instant."""
    handler = HANDLERS[DecideSession]

    def reading(command: DecideSession, now: datetime) -> Reads:
        state = yield from fetch(State(), [(Session, command.session_id)])
        if verdict(state.need(Session, command.session_id), now) is None:
            return state
        return (yield from handler.reads(command, now))

    patch.setitem(HANDLERS, DecideSession, handler._replace(reads=reading))
