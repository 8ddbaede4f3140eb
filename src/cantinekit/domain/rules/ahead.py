"""The term ``at_most_ahead`` of a space: how many bookings of it one person may have that are not over.

They are found by the index of the person. Two bookings that a person makes at the same time do not see each other. So
each of them also writes a row of the person and the space, and the second is decided again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from cantinekit.clock import MIN_INSTANT
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.draft import Draft
from cantinekit.domain.index import composite
from cantinekit.domain.occupancy.records import MAX_BOOKING_DAYS
from cantinekit.domain.rules.in_a_row import live_of
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.scheduling.availability import TooManyAhead


def ahead_row(space: Space, person_id: str | None) -> list[Wish]:
    """The row that each booking of the space by the person writes; none where the space has no such term."""
    if space.terms.at_most_ahead is None or person_id is None:
        return []
    return [(Unique, f"ahead|{space.id}|{person_id}")]


def find_ahead(uow: Uow, space: Space, person_id: str | None) -> Steps[list[Wish]]:
    """The bookings of a person that may not be over, to be loaded; none where the space has no such term."""
    if person_id is None or not ahead_row(space, person_id):
        return []
    return (yield from find_person_bookings(uow, person_id, uow.now))


def find_person_bookings(uow: Uow, person_id: str, at: datetime) -> Steps[list[Wish]]:
    """The bookings of a person that may not be over at an instant, to be loaded."""
    since = max(MIN_INSTANT, at - timedelta(days=MAX_BOOKING_DAYS))
    keys = yield from uow.find(Booking, "person", composite(person_id, since), f"{person_id}}}")
    return [(Booking, key.id) for key in keys]


def too_many(
    state: State, space: Space, person_id: str | None, now: datetime, *, but: Collection[str] = (), also: int = 0
) -> TooManyAhead | None:
    """The refusal of one booking more than the person may have; ``None``: they may have it.

    Args:
        state: the records, with the bookings that ``find_ahead`` names.
        space: the space, whose term ``at_most_ahead`` is the most.
        person_id: the person; nobody in particular may have any number.
        now: the instant of the decision.
        but: the ids of bookings that do not count, such as those that are moved.
        also: how many they get with it.

    Raises:
        Prerequisite: the hold of one has expired, and has to be ended first.
    """
    most = space.terms.at_most_ahead
    if most is None or person_id is None:
        return None
    had = [one for one in live_of(state, space, person_id, now) if one.id not in but and now < one.period.end]
    return TooManyAhead(most) if len(had) + also >= most else None


def note_ahead(draft: Draft, space: Space, person_id: str | None, holder: str) -> None:
    """Write the row of the person and the space, so that another booking at the same time is decided again."""
    for _, id in ahead_row(space, person_id):
        assert id is not None
        draft.add(UniqueTaken(id, holder))
