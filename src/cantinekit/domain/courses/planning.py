"""The meetings of a course as they are planned: what each needs is claimed beside the meetings before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import attrs

from cantinekit.domain.courses.commands import AddCourse
from cantinekit.domain.courses.records import Meeting, in_order
from cantinekit.domain.dates.claims import why_not
from cantinekit.domain.dates.records import DateClash
from cantinekit.domain.dates.repeats import period_of
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.pages import put_claims
from cantinekit.domain.places.records import Place
from cantinekit.domain.sessions.adding import times_of
from cantinekit.domain.sessions.claims import Needs, check_facilitators, session_claims
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    SeriesClashError,
    SoldOutError,
    TermsError,
    TooLateError,
    UnsuitableError,
)


def needs_of_each(c: AddCourse) -> list[Needs]:
    """What each meeting of a new course needs, in the order of the command."""
    return [Needs(space_id, c.with_units, c.facilitator_ids) for *_, space_id in c.meetings]


def plan_meetings(draft: Draft, c: AddCourse, place: Place) -> tuple[tuple[Meeting, ...], tuple[str, ...]]:
    """Plan the meetings of a new course, each with the claims on all that it needs.

    Returns:
        The meetings in the order of their start, and the names of the rules that they break with the override.

    Raises:
        TooLateError: a meeting would have begun.
        UnsuitableError: two meetings overlap; or a space is no room, is elsewhere, or has too few seats.
        SeriesClashError: some meetings cannot be had. It names all of them, with what is free instead.
    """
    wanted, found, clashes = list[Meeting](), list[Meeting](), list[DateClash]()
    rules: dict[str, None] = {}
    for needs, (day, starts, ends, _) in zip(needs_of_each(c), c.meetings, strict=True):
        if period_of(day, starts, ends, place.zone) is None:
            clashes.append(DateClash(day, "no such time", "the clock change skips it"))
            continue
        first, last, period = times_of(day, starts, ends, place.zone)
        if period.start <= draft.now:
            raise TooLateError(f"a meeting would have begun at {period.start.isoformat()}")
        meeting = Meeting(draft.ids("mtg"), first, last, period, needs.space_id, changed_at=draft.now)
        wanted.append(attrs.evolve(meeting, with_units=needs.with_units, facilitator_ids=needs.facilitator_ids))
    refuse_overlaps(wanted)
    state, now = draft.state, draft.now
    for meeting in in_order(wanted):
        needs = Needs.of(meeting)
        try:
            broken = check_facilitators(state, place, needs, meeting.id, meeting.period, now, c.override)
            placed = session_claims(state, place, needs, meeting.id, meeting.period, now, seats=c.seats)
        except (ClosedError, ConflictError, SoldOutError, TermsError) as refusal:
            clashes.append(_clash(meeting, refusal))
        else:
            rules |= dict.fromkeys(broken)
            state = state.put(put_claims(state, placed, now))
            found.append(attrs.evolve(meeting, placed=placed))
    if clashes:
        raise SeriesClashError(clashes, [one.starts.day for one in found])
    return in_order(found), tuple(rules)


def _clash(meeting: Meeting, refusal: ClosedError | ConflictError | SoldOutError | TermsError) -> DateClash:
    why, reason, clashes = why_not(refusal), str(refusal)[:1000], getattr(refusal, "clashes", ())
    return DateClash(meeting.starts.day, why, reason, meeting.period, clashes, refusal.nearest)


def refuse_overlaps(meetings: Sequence[Meeting]) -> None:
    """Refuse meetings of one course that are at the same time.

    Raises:
        UnsuitableError: two of them overlap.
    """
    for one, after in pairwise(in_order(meetings)):
        if one.period.overlaps(after.period):
            said = " and ".join(m.period.start.isoformat() for m in (one, after))
            raise UnsuitableError(f"two meetings of a course overlap: {said}")
