"""All handlers, and carrying a command out on records that are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from cantinekit.domain.attendance import handlers as _attendance
from cantinekit.domain.base import KINDS, Command, Record
from cantinekit.domain.booking_series import ends as _series_ends
from cantinekit.domain.booking_series import handlers as _booking_series
from cantinekit.domain.bookings import handlers as _bookings
from cantinekit.domain.bookings import requests as _requests
from cantinekit.domain.catalogue import handlers as _catalogue
from cantinekit.domain.courses import handlers as _courses
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.documents import handlers as _documents
from cantinekit.domain.facilitators import handlers as _facilitators
from cantinekit.domain.handling import HANDLERS, handler_of
from cantinekit.domain.life_cycles import handlers as _life_cycles
from cantinekit.domain.passes import handlers as _passes
from cantinekit.domain.payments import elsewhere as _elsewhere
from cantinekit.domain.payments import handlers as _payments
from cantinekit.domain.people import handlers as _people
from cantinekit.domain.places import handlers as _places
from cantinekit.domain.registrations import ends as _seat_ends
from cantinekit.domain.registrations import handlers as _registrations
from cantinekit.domain.session_series import edits as _session_edits
from cantinekit.domain.session_series import ends as _session_ends
from cantinekit.domain.session_series import planning as _planning
from cantinekit.domain.sessions import handlers as _sessions
from cantinekit.domain.spaces import handlers as _spaces
from cantinekit.domain.state import Find, Load, State, UnloadedError
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits import handlers as _visits
from cantinekit.domain.visits import upgrades as _upgrades
from cantinekit.domain.workshops import handlers as _workshops
from cantinekit.plugins.ports import Key

T = TypeVar("T")
_MODULES = (
    _attendance,
    _series_ends,
    _booking_series,
    _bookings,
    _requests,
    _catalogue,
    _courses,
    _documents,
    _facilitators,
    _life_cycles,
    _passes,
    _elsewhere,
    _payments,
    _people,
    _places,
    _seat_ends,
    _registrations,
    _session_edits,
    _session_ends,
    _planning,
    _sessions,
    _spaces,
    _visits,
    _upgrades,
    _workshops,
)
"""Importing them declares their handlers."""


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
