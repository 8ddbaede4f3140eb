"""How long one person may have a space without a gap: what is theirs around a time, and what keeps two at once apart.

Pages say what is taken, and bookings, loaded by the ids on the pages, whose it is. Two bookings of a person may be on
pages of different days, of which one may not be there yet: so each writes a row of the person and the space as well,
and of two at once one is decided again.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from cantinekit.scheduling.availability._slots import lasting

LIVE = ("requested", "held", "confirmed")


def row_wishes(space: Space, person_id: str | None) -> list[Wish]:
    """The row that every booking of the person there writes; none where the space has no such term."""
    if space.terms.in_a_row is None or person_id is None:
        return []
    return [(Unique, f"in a row|{space.id}|{person_id}")]


def neighbour_wishes(state: State, space: Space, person_id: str | None) -> list[Wish]:
    """The bookings that are on the pages of the space that were loaded."""
    if not row_wishes(space, person_id):
        return []
    found = [one for one in state.records.values() if isinstance(one, OccupancyPage | StandingPage)]
    ids = dict.fromkeys(claim.id for page in found if page.space_id in space.leaves for claim in page.claims)
    return [(Booking, id) for id in ids]


def own_claims(state: State, space: Space, person_id: str | None, now: datetime) -> list[Claim]:
    """The claims of what the person has of the space, as far as it was loaded; each booking has one here.

    Raises:
        Prerequisite: the hold of one has run out. It is ended first: paid by whose clock is behind, it would make a
            longer stretch with what is booked now.
    """
    if not row_wishes(space, person_id):
        return []
    bookings = [one for one in state.records.values() if isinstance(one, Booking) and one.state in LIVE]
    ours = [one for one in bookings if one.space_id == space.id and one.person_id == person_id]
    if over := [one for one in ours if one.expires is not None and one.expires <= now]:
        ends = dict.fromkeys(
            refer(one) if one.series_id is None else Subject(BookingSeries.kind, one.series_id) for one in over
        )
        raise Prerequisite(*(Expire(one) for one in ends))
    return [one.placed[0].claim for one in ours if one.placed]


def was_seen(state: State, space: Space, person_id: str | None, placed: Iterable[Placed]) -> bool:
    """Whether what the person has booked of the space since was decided with these claims in sight.

    Once their hold has ended somebody else may have had their time and taken them off their pages. What the person
    booked after that was not measured with them, so they are not had again, though their time be free.
    """
    ours = [one for one in placed if one.space_id in space.leaves]
    return not row_wishes(space, person_id) or on_pages(state, ours)


def too_long(space: Space, period: Period, mine: Iterable[Claim], zone: str) -> TooLongInARow | None:
    """Why a booking would make too long a stretch with what the person has; a gap that is buffers only is none.

    One that is too long by itself is refused by the terms as they stand.
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
    """Write the row, so that another booking of the person at the same time is decided again."""
    for _, id in row_wishes(space, person_id):
        assert id is not None
        draft.add(UniqueTaken(id, holder))
