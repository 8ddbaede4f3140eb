"""Rows that are read at one instant and decided on at a later one, as where reading waited in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from cantinekit.commands import Command, DecideSession
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.dispatch import HANDLERS
from cantinekit.domain.registrations.deciding import verdict
from cantinekit.domain.state import Find, Load, State, UnloadedError
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import CantineError
from cantinekit.plugins.ports import Storage
from cantinekit.records import Session
from cantinekit.runtime import codec
from cantinekit.runtime.engine import Engine
from cantinekit.runtime.loader import find_keys
from support.commands.at_hand import answered
from support.houses.small_house import CountingIds


class Waits:
    """A clock that says one instant the first times that it is asked, and a later one from then on."""

    def __init__(self, first: datetime, then: datetime, times: int = 1) -> None:
        self._left = [first] * times
        self._then = then

    def now(self) -> datetime:
        return self._left.pop() if self._left else self._then


def drive(storage: Storage, steps: Steps[Decision], before: Callable[[int], None]) -> Decision:
    """Run a handler on what is stored; ``before`` is told the number of each answer."""
    number = 0
    try:
        wish = next(steps)
        while True:
            if isinstance(wish, Find):
                found: Any = find_keys(storage, wish)
            else:
                rows = storage.load(wish.keys)
                found = {key: row and codec.decode(row) for key, row in zip(wish.keys, rows, strict=True)}
            number += 1
            before(number)
            wish = steps.send(found)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def answer(engine: Engine, command: Command[Any], at: datetime, now: datetime) -> tuple[Any, ...]:
    """What is decided now on rows that were read at an instant: all that is stored of it, or why nothing is."""
    handle, empty, answers = HANDLERS[type(command)].handle, State(accounts=engine.accounts), list[int]()
    early = ""
    try:
        drive(engine.storage, handle(command, Uow(empty, at, CountingIds())), answers.append)
    except CantineError as refusal:
        early = str(refusal)
    except (Prerequisite, UnloadedError):
        pass
    if not answers:
        return ("refused while reading",)
    uow = Uow(empty, at, CountingIds())

    def later(number: int) -> None:
        uow.now = now if number >= len(answers) else at

    try:
        one = drive(engine.storage, handle(command, uow), later)
    except UnloadedError:
        return ("not enough",)
    except Prerequisite as first:
        return ("first", first.commands)
    except CantineError as refusal:
        if str(refusal) == early:  # it was refused at the first instant, which is an answer too
            return ("refused while reading",)
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

    def handle(command: DecideSession, uow: Uow) -> Steps[Decision]:
        began = uow.now
        session = yield from uow.need(Session, command.session_id)
        if verdict(session, began) is not None:
            return (yield from handler.handle(command, uow))

        def loaded(wish: Load | Find) -> Any:
            return {} if isinstance(wish, Find) else {key: uow.state.records.get(key) for key in wish.keys}

        again = Uow(State(accounts=uow.state.accounts), uow.now, uow.ids)
        return answered(handler.handle(command, again), loaded)

    patch.setitem(HANDLERS, DecideSession, handler._replace(handle=handle))
