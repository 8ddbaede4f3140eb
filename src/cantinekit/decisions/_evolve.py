"""What events do to records. Domain records are made by these functions only: folding the journal gives them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import singledispatch

from cantinekit import events as ev
from cantinekit._replace import replace
from cantinekit.decisions._claims import is_long, page_ids
from cantinekit.decisions._state import State
from cantinekit.model import (
    Claim,
    CodePool,
    Entitlement,
    ListVersion,
    Meter,
    MeterMove,
    OccupancyPage,
    Pass,
    Place,
    Placed,
    PriceList,
    Record,
    Space,
    Spend,
    StandingPage,
    TariffText,
    Unique,
    Wallet,
    standing_id,
)
from cantinekit.scheduling.availability import StandingEvent, standing_after

AnyPage = OccupancyPage | StandingPage


@singledispatch
def changes(event: ev.Event, state: State) -> tuple[Record, ...]:
    """The records that the event changes, as they are after it."""
    raise TypeError(f"no rule for {type(event).__name__}")


def evolve(state: State, event: ev.Event) -> State:
    """The state after the event."""
    return state.put(changes(event, state))


# --- occupancy -----------------------------------------------------------------------------------------------------


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
    return replace(page, claims=tuple(sorted([*kept, claim], key=_claim_order)))


def _without_over(page: AnyPage, claim: Claim, at: datetime) -> AnyPage:
    """The page without holds that ran out in the time of a claim; itself where there are none."""
    kept = tuple(c for c in page.claims if c.live(at) or c.end <= claim.start or claim.end <= c.start)
    return page if len(kept) == len(page.claims) else replace(page, claims=kept)


def drop_claims(state: State, placed: Iterable[Placed]) -> tuple[Record, ...]:
    """The pages without these claims. Several may be on one page: the visit's own, and that of its longer stay."""
    pages: dict[str, AnyPage] = {}
    for one in placed:
        claim = one.claim
        if is_long(claim.start, claim.end):
            standing = pages.get(standing_id(one.space_id)) or state.need(StandingPage, standing_id(one.space_id))
            pages[standing.id] = replace(standing, claims=tuple(c for c in standing.claims if c.id != claim.id))
            continue
        for id in page_ids(one.space_id, claim.period):
            page = pages.get(id) or state.get(OccupancyPage, id)
            if page is not None:
                pages[id] = replace(page, claims=tuple(c for c in page.claims if c.id != claim.id))
    return tuple(pages.values())


def _claim_order(claim: Claim) -> tuple[datetime, str]:
    return claim.start, claim.id


def _blank(space_id: str, id: str) -> OccupancyPage:
    return OccupancyPage(id, space_id, datetime.fromisoformat(id.rsplit("|", 1)[1]).date())


# --- places and catalogue ------------------------------------------------------------------------------------------


@changes.register
def _(event: ev.EntityAdded, state: State) -> tuple[Record, ...]:
    return (event.entity,)


@changes.register
def _(event: ev.PlaceAdded, state: State) -> tuple[Record, ...]:
    return (event.place,)


@changes.register
def _(event: ev.PlaceMoved, state: State) -> tuple[Record, ...]:
    return (replace(state.need(Place, event.place_id), zone=event.zone),)


@changes.register
def _(event: ev.OpeningsChanged, state: State) -> tuple[Record, ...]:
    if event.space_id is None:
        return (replace(state.need(Place, event.place_id), hours=event.hours, openings=event.openings),)
    return (replace(state.need(Space, event.space_id), hours=event.hours, openings=event.openings),)


@changes.register
def _(event: ev.TermsChanged, state: State) -> tuple[Record, ...]:
    return (replace(state.need(Space, event.space_id), terms=event.terms),)


@changes.register
def _(event: ev.SpaceAdded, state: State) -> tuple[Record, ...]:
    return event.space, StandingPage(standing_id(event.space.id), event.space.id, event.capacity)


def _standing(state: State, space_id: str) -> StandingPage:
    return state.need(StandingPage, standing_id(space_id))


@changes.register
def _(event: StandingEvent, state: State) -> tuple[Record, ...]:
    return (standing_after(_standing(state, event.space_id), event),)


@changes.register
def _(event: ev.ProductAdded, state: State) -> tuple[Record, ...]:
    return (event.product,)


@changes.register
def _(event: ev.TariffPublished, state: State) -> tuple[Record, ...]:
    found = state.get(PriceList, event.pricelist_id) or PriceList(event.pricelist_id, event.currency)
    kept = [version for version in found.versions if version.since != event.since]
    versions = sorted([*kept, ListVersion(event.since, event.version)], key=lambda version: version.since)
    published = replace(found, versions=tuple(versions))
    if state.get(TariffText, event.version) is not None:  # a version never changes once it is there
        return (published,)
    return published, TariffText(event.version, event.text)


@changes.register
def _(
    event: ev.PersonAdded | ev.PersonChanged | ev.ForgettingAnnounced | ev.ForgettingWithdrawn, state: State
) -> tuple[Record, ...]:
    return ()  # who it is stands in a private record, which no event makes


@changes.register
def _(event: ev.PersonForgotten, state: State) -> tuple[Record, ...]:
    return (event.erasure,)


@changes.register
def _(event: ev.CodesAdded, state: State) -> tuple[Record, ...]:
    pool = state.get(CodePool, event.place_id) or CodePool(event.place_id)
    once = [Unique(code_key(event.place_id, code), event.place_id) for code in event.codes]
    return (replace(pool, codes=pool.codes + event.codes), *once)


def code_key(place_id: str, code: str) -> str:
    """The id of the row that lets an access code of a place exist once."""
    return f"code|{place_id}|{code}"


@changes.register
def _(event: ev.OverrideUsed, state: State) -> tuple[Record, ...]:
    return (event.override,)


@changes.register
def _(event: ev.UniqueTaken, state: State) -> tuple[Record, ...]:
    return (Unique(event.unique_id, event.holder),)


@changes.register
def _(event: ev.UniqueFreed, state: State) -> tuple[Record, ...]:
    return (Unique(event.unique_id, None),)


# --- passes --------------------------------------------------------------------------------------------------------


def _account(state: State, entitlements: Iterable[Entitlement]) -> tuple[Record, ...]:
    """The entitlements, and the wallets of their holders that list those with units left."""
    changed = tuple(entitlements)
    wallets: dict[str, Wallet] = {}
    for one in changed:
        if one.holder_id is None:
            continue
        held = wallets.get(one.holder_id) or state.get(Wallet, one.holder_id) or Wallet(one.holder_id)
        ids = [id for id in held.entitlement_ids if id != one.id]
        wallets[one.holder_id] = replace(held, entitlement_ids=(*ids, one.id) if one.left else tuple(ids))
    return (*changed, *wallets.values())


def _moved(state: State, spends: Iterable[Spend], sign: int) -> tuple[Record, ...]:
    found: dict[str, Entitlement] = {}
    for spend in spends:
        one = found.get(spend.entitlement_id) or state.need(Entitlement, spend.entitlement_id)
        units = sign * spend.units
        found[one.id] = replace(one, left=one.left - units, used=one.used + units)
    return _account(state, found.values())


@changes.register
def _(event: ev.PassSold, state: State) -> tuple[Record, ...]:
    return (event.sold, *_account(state, event.entitlements))


@changes.register
def _(event: ev.PassActivated, state: State) -> tuple[Record, ...]:
    active = [replace(state.need(Entitlement, id), active=True) for id in event.entitlement_ids]
    return (replace(state.need(Pass, event.pass_id), state="active"), *active)


@changes.register
def _(event: ev.PassEnded, state: State) -> tuple[Record, ...]:
    return (replace(state.need(Pass, event.pass_id), state=event.state),)


@changes.register
def _(event: ev.UnitsSpent, state: State) -> tuple[Record, ...]:
    return _moved(state, event.spends, 1)


@changes.register
def _(event: ev.UnitsReturned, state: State) -> tuple[Record, ...]:
    return _moved(state, event.spends, -1)


@changes.register
def _(event: ev.UnitsExpired, state: State) -> tuple[Record, ...]:
    one = state.need(Entitlement, event.entitlement_id)
    return _account(state, [replace(one, left=one.left - event.units, expired=one.expired + event.units)])


@changes.register
def _(event: ev.UnitsGivenBack, state: State) -> tuple[Record, ...]:
    one = state.need(Entitlement, event.entitlement_id)
    return _account(state, [replace(one, left=one.left - event.units, given_back=one.given_back + event.units)])


def net_moves(*several: Iterable[MeterMove]) -> tuple[MeterMove, ...]:
    """Several moves of the meters as one; those that come to nothing are left out."""
    sums: dict[str, int] = {}
    for moves in several:
        for move in moves:
            sums[move.meter_id] = sums.get(move.meter_id, 0) + move.delta
    return tuple(MeterMove(id, delta) for id, delta in sorted(sums.items()) if delta)


def move_meters(state: State, moves: Iterable[MeterMove], sign: int) -> tuple[Record, ...]:
    """The meters after these moves, or after they are taken back."""
    found: dict[str, Meter] = {}
    for move in moves:
        meter = found.get(move.meter_id) or state.get(Meter, move.meter_id) or Meter(move.meter_id)
        found[meter.id] = replace(meter, used=meter.used + sign * move.delta)
    return tuple(found.values())


@changes.register
def _(event: ev.MetersMoved, state: State) -> tuple[Record, ...]:
    return move_meters(state, event.moves, 1)
