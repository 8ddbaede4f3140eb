"""Carrying a command out on records that are at hand, without a store or an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from cantinekit.domain.base import KINDS, Command, Record
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.dispatch import handler_of
from cantinekit.domain.state import Find, Load, State, UnloadedError
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.plugins.ports import Key

T = TypeVar("T")


def decide(state: State, command: Command[Any], now: datetime, ids: Ids) -> Decision[Any]:
    """What a command comes to on the records of a state. A handler sees those of them only that it asked for."""
    uow = Uow(State(actor=state.actor, accounts=state.accounts), now, ids)
    return answered(handler_of(command).handle(command, uow), lambda wish: _at_hand(wish, state))


def answered(steps: Steps[T], answer: Callable[[Load | Find], Mapping[Key, Record | None]]) -> T:
    """Run a generator to its end, with an answer to each of its wishes."""
    try:
        wish = next(steps)
        while True:
            wish = steps.send(answer(wish))
    except StopIteration as end:
        result: T = end.value
        return result


def _at_hand(wish: Load | Find, state: State) -> Mapping[Key, Record | None]:
    if isinstance(wish, Find):
        return _matching(wish, state)
    missing = [key for key in wish.keys if key not in state.records and key not in wish.spare]
    if missing and not state.complete:
        raise UnloadedError(f"{missing[0].kind} {missing[0].id} was not loaded")
    return {key: state.records.get(key) for key in wish.keys}


def _matching(wish: Find, state: State) -> Mapping[Key, Record | None]:
    of = [record for key, record in state.records.items() if key.kind == wish.kind and record is not None]
    found = [
        (value, record.id)
        for record in of
        for name, value in KINDS[wish.kind].index(record)
        if name == wish.field and wish.ge <= value < wish.lt
    ]
    return {Key(wish.kind, id): None for _, id in sorted(found)}
