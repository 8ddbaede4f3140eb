"""A store that keeps every promise, and all the stores with one planted fault each."""

from __future__ import annotations

from support.faults.stores import changes, edges, find, journal, questions, reads, refusals, rows, timed
from support.faults.stores.good_store import FAULTS, Good

__all__ = ["FAULTS", "Good", "fault"]

ROOMS = (
    rows,
    changes,
    find,
    questions,
    journal,
    reads,
    edges,
    refusals,
    timed,
)


def fault(name: str) -> type[Good]:
    """The faulty store of this name."""
    (store,) = (store for store in FAULTS if store.__name__ == name)
    return store
