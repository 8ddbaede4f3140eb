"""No entry of a ledger is dated in a period that is closed.

Entries are dated by the instant at which they are decided, so only two ways lead into a closed period: a decision that
is made before the closing and stored after it, and a clock that goes back. Against the first, whoever posts has read
the place, which the closing writes: it is decided again. After the second the entry is of the first open instant.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event
from cantinekit.domain.decision import Decision
from cantinekit.domain.payments.events import LedgerPosted
from cantinekit.domain.places.records import Place
from cantinekit.domain.unit_of_work import Steps, Uow

Handle = Callable[[Any, Uow], Steps[Decision[Any]]]


def in_open_periods(handle: Handle) -> Handle:
    """A handler whose decisions post no entry in a closed period, and are stored only if none was closed meanwhile.

    Args:
        handle: the handler. The places of what it posts are loaded after it where it has not read them.
    """

    @wraps(handle)
    def run(c: Any, uow: Uow) -> Steps[Decision[Any]]:
        decision = yield from handle(c, uow)
        ids = {event.entry.place_id for event in decision.events if isinstance(event, LedgerPosted)}
        if not ids:
            return decision
        yield from uow.fetch([(Place, id) for id in sorted(ids)])
        places = {id: uow.state.need(Place, id) for id in ids}
        events = tuple(_dated(event, places) for event in decision.events)
        if events == decision.events and uow.state.spare == decision.after.spare:
            return decision
        entries = [event.entry for event in events if isinstance(event, LedgerPosted)]
        after = decision.after.over({}, uow.state.spare).put(entries)
        return evolve(decision, events=events, after=after)

    return run


def _dated(event: Event, places: dict[str, Place]) -> Event:
    """An event whose entry, if it has one, is not before the first open instant of its place."""
    if not isinstance(event, LedgerPosted):
        return event
    opens = places[event.entry.place_id].entries_from
    if opens is None or event.entry.at >= opens:
        return event
    return LedgerPosted(evolve(event.entry, at=opens))
