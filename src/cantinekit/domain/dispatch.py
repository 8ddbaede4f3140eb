"""All handlers, and carrying a command out on records that are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from cantinekit.domain.attendance import handlers as attendance
from cantinekit.domain.base import KINDS, Command, Record
from cantinekit.domain.booking_series import handlers as booking_series
from cantinekit.domain.booking_series import life_cycle as booking_series_life
from cantinekit.domain.bookings import handlers as bookings
from cantinekit.domain.bookings import life_cycle as booking_life
from cantinekit.domain.catalogue import handlers as catalogue
from cantinekit.domain.courses import handlers as courses
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.documents import handlers as documents
from cantinekit.domain.facilitators import handlers as facilitators
from cantinekit.domain.handling import HANDLERS, handler_of
from cantinekit.domain.life_cycles import handlers as life_cycles
from cantinekit.domain.passes import handlers as passes
from cantinekit.domain.passes import life_cycle as pass_life
from cantinekit.domain.payments import elsewhere
from cantinekit.domain.payments import handlers as payments
from cantinekit.domain.people import handlers as people
from cantinekit.domain.places import handlers as places
from cantinekit.domain.registrations import handlers as registrations
from cantinekit.domain.registrations import life_cycle as registration_life
from cantinekit.domain.session_series import handlers as session_series
from cantinekit.domain.sessions import handlers as sessions
from cantinekit.domain.spaces import handlers as spaces
from cantinekit.domain.state import Find, Load, State, UnloadedError
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits import handlers as visits
from cantinekit.domain.visits import life_cycle as visit_life
from cantinekit.domain.workshops import handlers as workshops
from cantinekit.plugins.ports import Key

T = TypeVar("T")
_MODULES = (
    attendance,
    booking_series,
    booking_series_life,
    bookings,
    booking_life,
    catalogue,
    courses,
    documents,
    facilitators,
    life_cycles,
    passes,
    pass_life,
    elsewhere,
    payments,
    people,
    places,
    registrations,
    registration_life,
    session_series,
    sessions,
    spaces,
    visits,
    visit_life,
    workshops,
)
"""Importing them declares their handlers and life cycles."""


def decide(state: State, command: Command[Any], now: datetime, ids: Ids) -> Decision:
    """What a command comes to on the records of a state. A handler sees those of them only that it asked for.

    Raises:
        RefusedError: it is understood and refused; one of its subclasses says why.
        InputError: it makes no sense.
        Prerequisite: something that ran out has to be ended first.
        UnloadedError: the state lacks a record that the command needs.
    """
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


__all__ = ["HANDLERS", "answered", "decide", "handler_of"]
