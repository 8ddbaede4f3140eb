"""What is seen of visitors: how late it may be noted, and the log that no correction rewrites."""

from __future__ import annotations

from datetime import datetime, timedelta

from cantinekit.domain.draft import Draft
from cantinekit.domain.visits.events import Sighted
from cantinekit.domain.visits.records import Sighting, SightingWay, Visit
from cantinekit.errors import InputError

LATEST = timedelta(days=31)
"""How late a sighting may be noted or corrected."""
LONGEST = timedelta(days=2)
"""How long a visit may be corrected to be."""
CORRECTION = "correction"
"""The source of what corrects a sighting."""


def check_instant(at: datetime, name: str, now: datetime) -> None:
    """Refuse an instant that nobody can have seen yet, or that is too long ago to be noted.

    Args:
        at: when somebody is said to have come or left.
        name: the name of the field, for the message.
        now: the instant of the decision.

    Raises:
        InputError: it is in the future, or longer ago than ``LATEST``.
    """
    if at > now:
        raise InputError(f"{name} is in the future: {at.isoformat()} is after {now.isoformat()}")
    if at < now - LATEST:
        raise InputError(f"{name} is more than {LATEST.days} days ago: {at.isoformat()}")


def note_sighting(draft: Draft, visit: Visit, way: SightingWay, at: datetime, source: str, reason: str = "") -> None:
    """Note what was seen of a visitor, or what corrects it.

    Args:
        draft: what is decided so far.
        visit: the visit that it belongs to, which is loaded.
        way: whether the visitor came or left, or what was taken back.
        at: when that was.
        source: who or what saw it; ``CORRECTION`` for what corrects a sighting.
        reason: why it corrects what was seen; empty for what was seen.
    """
    seen = Sighting(
        draft.ids("sgt"),
        visit.place_id,
        visit.space_id,
        visit.id,
        way,
        at,
        draft.now,
        source,
        draft.state.actor,
        visit.person_id,
        reason,
        draft.state.need(Visit, visit.id).sighted + 1,
    )
    draft.add(Sighted(seen))
