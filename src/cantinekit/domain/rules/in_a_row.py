"""The term ``in_a_row`` of a space: for how long one person may have the space without a gap.

Pages say what is taken; the bookings that they name, which are loaded too, say whose it is. Two bookings that a person
makes at the same time may be on pages of different days, so that neither sees the other. So each of them also writes a
row of the person and the space, and the second is decided again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from cantinekit.clock import Period, widened
from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.occupancy.claims import on_pages
from cantinekit.domain.occupancy.records import Claim, OccupancyPage, Placed, StandingPage
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.scheduling.availability import TooLongInARow
from cantinekit.scheduling.availability.slots import lasting

LIVE = ("requested", "held", "confirmed")


def row_wishes(space: Space, person_id: str | None) -> list[Wish]:
    """The row that each booking of the space by the person writes; none where the space has no such term."""
    if space.terms.in_a_row is None or person_id is None:
        return []
    return [(Unique, f"in a row|{space.id}|{person_id}")]


def neighbour_wishes(state: State, space: Space, person_id: str | None) -> list[Wish]:
    """The bookings on those pages of the space that are loaded; none where the space has no such term."""
    if not row_wishes(space, person_id):
        return []
    found = [one for one in state.records.values() if isinstance(one, OccupancyPage | StandingPage)]
    ids = dict.fromkeys(claim.id for page in found if page.space_id in space.leaves for claim in page.claims)
    return [(Booking, id) for id in ids]


def own_claims(
    state: State, space: Space, person_id: str | None, now: datetime, but: Collection[str] = ()
) -> list[Claim]:
    """The claims of the bookings that the person has of the space, one a booking, as far as they are loaded.

    ``but``: the ids of bookings that do not count, such as those that are moved.

    Raises:
        Prerequisite: the hold of one has expired, and has to be ended first. Else a process whose clock is behind could
            still have it paid, and it would make too long a stretch with what is booked now.
    """
    if not row_wishes(space, person_id):
        return []
    ours = live_of(state, space, person_id, now)
    return [one.placed[0].claim for one in ours if one.placed and one.id not in but]


def live_of(state: State, space: Space, person_id: str | None, now: datetime) -> list[Booking]:
    """The bookings, holds and requests that a person has of a space, as far as they are loaded.

    Raises:
        Prerequisite: the hold of one has expired, and has to be ended first.
    """
    bookings = [one for one in state.records.values() if isinstance(one, Booking) and one.state in LIVE]
    ours = [one for one in bookings if one.space_id == space.id and one.person_id == person_id]
    if over := [one for one in ours if one.expires is not None and one.expires <= now]:
        ends = dict.fromkeys(
            refer(one) if one.series_id is None else Subject(BookingSeries.kind, one.series_id) for one in over
        )
        raise Prerequisite(*(Expire(one) for one in ends))
    return ours


def was_seen(state: State, space: Space, person_id: str | None, placed: Iterable[Placed]) -> bool:
    """Whether all that the person has booked of the space was decided with these claims in sight.

    Once a hold has expired, a booking of somebody else may have taken its claims off the pages. What the person booked
    after that was not measured together with the hold. So the hold cannot be had again, even where its time is free.
    """
    ours = [one for one in placed if one.space_id in space.leaves]
    return not row_wishes(space, person_id) or on_pages(state, ours)


def too_long(space: Space, period: Period, mine: Iterable[Claim], zone: str) -> TooLongInARow | None:
    """The refusal of a booking that makes too long a stretch with what the person has; ``None``: it does not.

    A gap that consists of buffers only is no gap. A booking that is too long by itself is refused by ``broken_terms``.

    Args:
        space: the space, whose term ``in_a_row`` is the longest stretch.
        period: when the booking is.
        mine: the claims that the person has of the space.
        zone: the time zone of the place, in which days are counted.
    """
    most = space.terms.in_a_row
    if most is None:
        return None
    wide, first, last = widened(period, space.terms.before, space.terms.after), period.start, period.end
    rest = list(mine)
    while joined := [one for one in rest if one.start <= wide.end and wide.start <= one.end]:
        wide = Period(min(wide.start, *(c.start for c in joined)), max(wide.end, *(c.end for c in joined)))
        first = min(first, *(one.booked.start for one in joined))
        last = max(last, *(one.booked.end for one in joined))
        rest = [one for one in rest if one not in joined]
    alone = last - first == period.length
    return TooLongInARow(most, last - first) if lasting(first, last, zone) > most and not alone else None


def note_row(draft: Draft, space: Space, person_id: str | None, holder: str) -> None:
    """Write the row of the person and the space, so that another booking at the same time is decided again."""
    for _, id in row_wishes(space, person_id):
        assert id is not None
        draft.add(UniqueTaken(id, holder))
