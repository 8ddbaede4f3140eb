"""Decisions: for each command what it reads, what it comes to, and what the events do to the records.

All of it is pure. ``reads(command, now)`` is a generator that yields ``Load`` or ``Find``, is sent records or keys, and
returns the state; ``decide(state, command, now, ids)`` returns a ``Decision``; ``evolve(state, event)`` the next state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cantinekit.commands import Command
from cantinekit.decisions import (
    _admission,
    _attendance,
    _bookings,
    _courses,
    _documents,
    _evolve_attendance,
    _evolve_courses,
    _evolve_documents,
    _evolve_planned,
    _evolve_series,
    _evolve_stays,
    _evolve_workshops,
    _facilitators,
    _money_elsewhere,
    _passes,
    _payments,
    _people,
    _planned,
    _planned_edits,
    _planned_ends,
    _requests,
    _seat_ends,
    _series_bookings,
    _series_ends,
    _sessions,
    _setup,
    _spaces,
    _upgrades,
    _visits,
    _workshops,
)
from cantinekit.decisions._admission import answer_may_register, read_may_register
from cantinekit.decisions._availability import answer_question, read_question
from cantinekit.decisions._draft import UNNAMED
from cantinekit.decisions._evolve import changes, evolve
from cantinekit.decisions._prices import explain_sale, read_tariff
from cantinekit.decisions._state import (
    Decision,
    Effect,
    Find,
    Handler,
    Ids,
    Load,
    Prerequisite,
    PriceQuote,
    Reads,
    State,
    UnloadedError,
)
from cantinekit.errors import InputError

HANDLERS: dict[type[Any], Handler] = {
    **_setup.HANDLERS,
    **_spaces.HANDLERS,
    **_facilitators.HANDLERS,
    **_passes.HANDLERS,
    **_visits.HANDLERS,
    **_upgrades.HANDLERS,
    **_bookings.HANDLERS,
    **_requests.HANDLERS,
    **_series_bookings.HANDLERS,
    **_series_ends.HANDLERS,
    **_admission.HANDLERS,
    **_sessions.HANDLERS,
    **_courses.HANDLERS,
    **_planned.HANDLERS,
    **_planned_edits.HANDLERS,
    **_planned_ends.HANDLERS,
    **_workshops.HANDLERS,
    **_seat_ends.HANDLERS,
    **_attendance.HANDLERS,
    **_payments.HANDLERS,
    **_money_elsewhere.HANDLERS,
    **_documents.HANDLERS,
    **_people.HANDLERS,
}
_RULES = (
    _evolve_stays,
    _evolve_series,
    _evolve_workshops,
    _evolve_courses,
    _evolve_planned,
    _evolve_attendance,
    _evolve_documents,
)
"""Importing them registers their rules."""


def _handler(command: Command) -> Handler:
    try:
        return HANDLERS[type(command)]
    except KeyError:
        raise InputError(f"not a command: {type(command).__name__}") from None


def reads(command: Command, now: datetime) -> Reads:
    """What the command needs to see: a generator of ``Load`` and ``Find`` that returns the state."""
    return _handler(command).reads(command, now)


def rebases(command: Command) -> bool:
    """Whether decisions on it can be carried over to other versions of the rows that many want."""
    return _handler(command).rebases


def decide(state: State, command: Command, now: datetime, ids: Ids) -> Decision:
    """What the command comes to.

    Raises:
        RefusedError: it is understood and refused; one of its subclasses says why.
        InputError: it makes no sense.
        Prerequisite: something that ran out has to be ended first.
    """
    return _handler(command).decide(state, command, now, ids)


__all__ = [
    "HANDLERS",
    "UNNAMED",
    "Decision",
    "Effect",
    "Find",
    "Handler",
    "Ids",
    "Load",
    "Prerequisite",
    "PriceQuote",
    "Reads",
    "State",
    "UnloadedError",
    "answer_may_register",
    "answer_question",
    "changes",
    "decide",
    "evolve",
    "explain_sale",
    "read_may_register",
    "read_question",
    "read_tariff",
    "reads",
    "rebases",
]
