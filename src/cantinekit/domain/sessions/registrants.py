"""Everybody who asked for a seat at a session: read them all, and tell who of them has a seat or waits."""

from __future__ import annotations

from cantinekit.domain.registrations.records import LIVE, Registration
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow


def read_registrations(uow: Uow, *session_ids: str, guarded: bool = False) -> Steps[None]:
    """Load everybody who asked for a seat at these sessions.

    Whoever gets a seat, waits or gives it up writes the session too, which is loaded before: so nobody is missed.
    Whoever is marked present does not write the session: where that counts, the registrations are ``guarded``.
    """
    found: list[Wish] = []
    for id in session_ids:
        keys = yield from uow.find(Registration, "session", f"{id}|", f"{id}}}")
        found += [(Registration, key.id) for key in keys]
    yield from uow.fetch(found if guarded else [], spare=found)


def concerned(state: State, session_id: str) -> list[Registration]:
    """Who has a seat at a session or waits, in the order of asking."""
    every = [r for r in state.records.values() if isinstance(r, Registration) and r.session_id == session_id]
    return sorted((one for one in every if one.state in LIVE), key=lambda one: (one.asked_at, one.id))
