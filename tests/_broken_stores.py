"""A store that keeps every promise, and all the stores with one planted fault each."""

from __future__ import annotations

import _faults_changes
import _faults_edges
import _faults_find
import _faults_journal
import _faults_reads
import _faults_refusals
import _faults_rows
import _faults_timed
from _good_store import FAULTS, Good

__all__ = ["FAULTS", "Good", "fault"]

ROOMS = (
    _faults_rows,
    _faults_changes,
    _faults_find,
    _faults_journal,
    _faults_reads,
    _faults_edges,
    _faults_refusals,
    _faults_timed,
)


def fault(name: str) -> type[Good]:
    """The faulty store of this name."""
    (store,) = (store for store in FAULTS if store.__name__ == name)
    return store
