"""What events do to records. Domain records are made by these functions only: folding the journal gives them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cantinekit.clock import Period, day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Record
from cantinekit.domain.occupancy.records import (
    LONG_CLAIM_DAYS,
    Claim,
    OccupancyPage,
    Placed,
    StandingPage,
    page_id,
    standing_id,
)
from cantinekit.domain.state import State

AnyPage = OccupancyPage | StandingPage


def put_claims(state: State, placed: Iterable[Placed], at: datetime) -> tuple[Record, ...]:
    """The pages with these claims on them, in place of those of the same ids, and without holds that ran out.

    A hold in whose place a claim is goes from every page that was looked at for it, also from one that the claim itself
    is not on: a long hold from the standing page, a short one from the pages of the days. Who makes the claim took that
    hold for over, so it must be over for everybody after, also for whose clock is behind.
    """
    pages: dict[str, AnyPage] = {}
    for one in placed:
        claim, long = one.claim, is_long(one.claim.start, one.claim.end)
        standing = pages.get(standing_id(one.space_id)) or state.need(StandingPage, standing_id(one.space_id))
        if long:
            pages[standing.id] = _with_claim(standing, claim, at)
        elif (without := _without_over(standing, claim, at)) is not standing:
            pages[standing.id] = without
        for id in page_ids(one.space_id, claim.period):
            page = pages.get(id) or state.get(OccupancyPage, id)
            if not long:
                pages[id] = _with_claim(page or _blank(one.space_id, id), claim, at)
            elif page is None:
                # A page that is not there cannot be guarded: making it is what keeps a short claim from slipping in.
                pages[id] = _blank(one.space_id, id)
            elif (less := _without_over(page, claim, at)) is not page:
                pages[id] = less
    return tuple(pages.values())


def _with_claim(page: AnyPage, claim: Claim, at: datetime) -> AnyPage:
    """The page with a claim, and without holds that ran out."""
    kept = [c for c in page.claims if c.id != claim.id and c.live(at)]
    return evolve(page, claims=tuple(sorted([*kept, claim], key=_claim_order)))


def _without_over(page: AnyPage, claim: Claim, at: datetime) -> AnyPage:
    """The page without holds that ran out in the time of a claim; itself where there are none."""
    kept = tuple(c for c in page.claims if c.live(at) or c.end <= claim.start or claim.end <= c.start)
    return page if len(kept) == len(page.claims) else evolve(page, claims=kept)


def drop_claims(state: State, placed: Iterable[Placed]) -> tuple[Record, ...]:
    """The pages without these claims. Several may be on one page: the visit's own, and that of its longer stay."""
    pages: dict[str, AnyPage] = {}
    for one in placed:
        claim = one.claim
        if is_long(claim.start, claim.end):
            standing = pages.get(standing_id(one.space_id)) or state.need(StandingPage, standing_id(one.space_id))
            pages[standing.id] = evolve(standing, claims=tuple(c for c in standing.claims if c.id != claim.id))
            continue
        for id in page_ids(one.space_id, claim.period):
            page = pages.get(id) or state.get(OccupancyPage, id)
            if page is not None:
                pages[id] = evolve(page, claims=tuple(c for c in page.claims if c.id != claim.id))
    return tuple(pages.values())


def move_claims(state: State, before: Iterable[Placed], after: Iterable[Placed], at: datetime) -> tuple[Record, ...]:
    """The pages with these claims in place of others of the same ids, which may be on other pages."""
    dropped = drop_claims(state, before)
    put = put_claims(state.put(dropped), after, at)
    return tuple({(one.kind, one.id): one for one in (*dropped, *put)}.values())


def _claim_order(claim: Claim) -> tuple[datetime, str]:
    return claim.start, claim.id


def _blank(space_id: str, id: str) -> OccupancyPage:
    return OccupancyPage(id, space_id, datetime.fromisoformat(id.rsplit("|", 1)[1]).date())


def is_long(start: datetime, end: datetime) -> bool:
    """Whether a claim stands on the standing page instead of the pages of its days."""
    return end - start > timedelta(days=LONG_CLAIM_DAYS)


def page_ids(space_id: str, period: Period) -> Iterable[str]:
    """The ids of the pages of a space that a period touches."""
    return (page_id(space_id, day) for day in period.days())


def local_days(period: Period, zone: str) -> Period:
    """The local days that a period touches, whole."""
    first, last = local(period.start, zone).date(), local(period.end - timedelta.resolution, zone).date()
    return Period(day_bounds(first, zone).start, day_bounds(last, zone).end)


def re_expire(placed: Iterable[Placed], expires: datetime | None) -> tuple[Placed, ...]:
    """The same claims, with another end of their hold (``None``: kept for good)."""
    return tuple(Placed(p.space_id, evolve(p.claim, expires=expires)) for p in placed)
