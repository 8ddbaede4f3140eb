"""Claims on occupancy pages: which pages a booking needs, whether it fits, and what is free instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from cantinekit import scheduling
from cantinekit.clock import Period, widened
from cantinekit.domain.occupancy.pages import is_long, local_days, page_ids
from cantinekit.domain.occupancy.records import (
    MAX_BOOKING_DAYS,
    WHOLE,
    Claim,
    OccupancyPage,
    Placed,
    StandingPage,
    standing_id,
)
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.records import FACILITATOR, RETIRED, Space
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    InputError,
    RefusedError,
    SoldOutError,
    UnavailableError,
    UnsuitableError,
)
from cantinekit.scheduling.availability.question import TooLongInARow, WrongLength
from cantinekit.scheduling.availability.rules import mistimed, proposals, roomy, unfit
from cantinekit.scheduling.availability.slots import is_run, slots_for, whole_days
from cantinekit.scheduling.opening import OpeningCalendar, Verdict

SHORT = timedelta(days=2)
"""Up to this length a booking looks at the days around it too, to propose other times."""


def read_pages(
    uow: Uow, leaves: Iterable[str], period: Period, wishes: Iterable[Wish] = (), placed: Iterable[Placed] = ()
) -> Steps[None]:
    """Load the standing page and the pages of a period for these leaves, and whatever else is due in that batch.

    With the period come the buffers of the spaces on these leaves that were loaded before, and the pages of claims that
    are ``placed`` already. The pages of the days around a short period come along, for proposals.
    """
    if period.length > timedelta(days=MAX_BOOKING_DAYS):
        raise InputError(f"a booking of more than {MAX_BOOKING_DAYS} days cannot be made")
    leaves = tuple(leaves)
    keys, spare = page_wishes(leaves, with_buffers(uow.state, leaves, period, placed))
    yield from uow.fetch([*wishes, *keys], spare)


def page_wishes(leaves: Iterable[str], period: Period) -> tuple[list[Wish], list[Wish]]:
    """The standing pages and the pages of a period for these leaves; and, of a short one, those of the days around."""
    keys, spare = list[Wish](), list[Wish]()
    for leaf in leaves:
        keys.append((StandingPage, standing_id(leaf)))
        keys.extend((OccupancyPage, id) for id in page_ids(leaf, period))
        if period.length <= SHORT:
            spare.extend((OccupancyPage, id) for id in page_ids(leaf, _around(period)))
    return keys, spare


def with_buffers(state: State, leaves: Iterable[str], period: Period, placed: Iterable[Placed] = ()) -> Period:
    """The time whose pages a booking of these leaves needs: with the buffers of the spaces on them that were loaded,
    with what is in a row with it, and with claims that are ``placed`` already, whatever the terms were then.
    """
    wanted = set(leaves)
    spaces = [one for one in state.records.values() if isinstance(one, Space) and not wanted.isdisjoint(one.leaves)]
    times = [
        period,
        *(_reach(one.terms, period) for one in spaces),
        *(one.claim.period for one in placed),
    ]
    return Period(min(one.start for one in times), max(one.end for one in times))


def _reach(terms: Terms, period: Period) -> Period:
    further = terms.in_a_row or timedelta(0)
    return widened(period, terms.before + further, terms.after + further)


def likely_pages(space_id: str, period: Period) -> list[Wish]:
    """The pages that a short booking of a space needs if it is no more than itself, which is not known yet."""
    if period.length > SHORT:
        return []
    return [(StandingPage, standing_id(space_id)), *((OccupancyPage, id) for id in page_ids(space_id, _around(period)))]


def _around(period: Period) -> Period:
    return widened(period, timedelta(days=1), timedelta(days=1))


def place_claims(
    space: Space, claim_id: str, period: Period, units: int, expires: datetime | None, *, buffers: bool = True
) -> tuple[Placed, ...]:
    """The claims that a booking of a space for a period puts on its leaves, with the buffers of its terms around it.

    A space made of parts takes each of them whole.
    """
    whole = space.leaves != (space.id,)
    if whole and units != 1:
        raise UnsuitableError(f"{space.name} is made of parts and is booked as one unit")
    wide = widened(period, space.terms.before, space.terms.after) if buffers else period
    before, after = period.start - wide.start, wide.end - period.end
    claim = Claim(claim_id, wide.start, wide.end, WHOLE if whole else units, expires, before, after)
    return tuple(Placed(leaf, claim) for leaf in space.leaves)


def claims_on(state: State, leaf: str, period: Period, now: datetime, *, but: str | None = None) -> tuple[Claim, ...]:
    """The live claims of a leaf on the days of a period that were loaded, but for those of one booking."""
    pages = [state.get(OccupancyPage, id) for id in page_ids(leaf, period) if state.knows(OccupancyPage, id)]
    standing = state.need(StandingPage, standing_id(leaf))
    found = scheduling.live_claims((page for page in pages if page), standing, now)
    return tuple(claim for claim in found if claim.id != but)


def check_open(place: Place, period: Period, space: Space | None = None) -> None:
    """Refuse what is outside the openings of a place, or of a space in it.

    Within one local day it must be open throughout; what goes over several days must begin and end while it is open.

    Raises:
        ClosedError: it is not, by the openings of the place or, where these allow it, of the space, which is named; the
            reason says by which rule.
        UnavailableError: the space is a facilitator who is not available.
    """
    verdict = OpeningCalendar.of(place, space).refuses(period)
    if verdict is None:
        return
    if space is not None and space.use == FACILITATOR:
        raise UnavailableError(space.name, "outside their hours" if verdict.rule == "outside hours" else str(verdict))
    of_place = OpeningCalendar.of(place).refuses(period)
    if of_place is None and space is not None:
        raise ClosedError(space.name, closed_for(verdict))
    raise ClosedError(place.name, closed_for(of_place or verdict))


def check_slots_open(place: Place, period: Period, space: Space, groups: Collection[str]) -> None:
    """Refuse several slots in a row of which one is not within the openings, such as that of a public holiday.

    Raises:
        ClosedError: one of them is not.
    """
    slots = slots_for(space.terms, groups)
    if slots is None or not is_run(slots, period, place.zone, space.terms.longest):
        return
    calendar = OpeningCalendar.of(place, space)
    if is_run(slots, period, place.zone, space.terms.longest, calendar):
        return
    verdict = calendar.closed_in(period)
    assert verdict is not None
    whose = space if OpeningCalendar.of(place).is_open(period) else place
    raise ClosedError(whose.name, closed_for(verdict))


def closed_for(verdict: Verdict) -> str:
    """A rule by which it is closed, as the reason of a refusal."""
    return "outside its opening hours" if verdict.rule == "outside hours" else str(verdict)


def still_claimed(state: State, placed: Iterable[Placed], now: datetime) -> bool:
    """Whether these claims still stand: not past their hold, and on every page, where no other writer dropped them.

    The pages decide, not the clock alone: a clock that is behind must not take up what was given to somebody else.
    """
    placed = tuple(placed)
    return all(one.claim.live(now) for one in placed) and on_pages(state, placed)


def on_pages(state: State, placed: Iterable[Placed]) -> bool:
    """Whether these claims are on every page, where no other writer dropped them, whether or not their hold is over."""
    for one in placed:
        start, end = one.claim.start, one.claim.end
        if is_long(start, end):
            pages = [state.need(StandingPage, standing_id(one.space_id)).claims]
        else:
            found = [state.get(OccupancyPage, id) for id in page_ids(one.space_id, one.claim.period)]
            pages = [page.claims if page else () for page in found]
        if any(all(claim.id != one.claim.id for claim in claims) for claims in pages):
            return False
    return True


def can_claim(state: State, space: Space, place: Place, placed: tuple[Placed, ...], now: datetime) -> bool:
    """Whether these claims still stand, or could be made again now."""
    if not placed or still_claimed(state, placed, now):
        return True
    try:
        check_free(state, space, place, placed, now, but=placed[0].claim.id)
    except RefusedError:
        return False
    return True


def check_free(
    state: State,
    space: Space,
    place: Place,
    placed: Iterable[Placed],
    now: datetime,
    *,
    but: str | None = None,
    beside: Sequence[tuple[Space, Placed]] = (),
    groups: Collection[str] | None = None,
) -> None:
    """Refuse claims that do not fit, with what is in the way and the nearest free times.

    ``but``: the id of claims that are not in the way. ``beside`` are other claims of the same booking, which what is
    proposed has room for too. ``groups`` are those of whoever books; without them no slots are proposed.

    Raises:
        ClosedError: a closure covers some part of it, or the space is retired by then.
        UnavailableError: it is a facilitator, who is away.
        SoldOutError: several units can be had, but not that many are left.
        ConflictError: somebody has it.
    """
    placed = tuple(placed)
    if space.retired is not None and any(one.claim.booked.end > space.retired for one in placed):
        raise ClosedError(space.name, RETIRED)
    for one in placed:
        for closure in state.need(StandingPage, standing_id(one.space_id)).binding_closures:
            if closure.period.overlaps(one.claim.period):
                near = nearest_free(state, space, place, placed, now, beside, groups, but=but)
                refusal = UnavailableError if space.use == FACILITATOR else ClosedError
                raise refusal(space.name, closure.reason, nearest=near)
    for one in placed:
        period, standing = one.claim.period, state.need(StandingPage, standing_id(one.space_id))
        claims, capacity = claims_on(state, one.space_id, period, now, but=but), standing.binding_capacity
        taken = scheduling.peak(((c.start, c.end, c.units) for c in claims), period)
        if scheduling.fits(taken, capacity, one.claim.units, whole=one.claim.whole):
            continue
        near = nearest_free(state, space, place, placed, now, beside, groups, but=but)
        if space.use in ("desks", "equipment") and capacity > 0:
            wanted = 1 if one.claim.whole else one.claim.units
            raise SoldOutError(space.name, wanted=wanted, left=max(0, capacity - taken), nearest=near)
        clashes = scheduling.in_the_way(claims, period)
        itself = scheduling.peak(((c.start, c.end, c.units) for c in claims), one.claim.booked)
        buffered = scheduling.fits(itself, capacity, one.claim.units, whole=one.claim.whole)
        why = "is taken within the buffers around that time" if buffered else "is taken"
        raise ConflictError(f"{space.name} {why}", clashes=clashes, nearest=near)


def nearest_free(
    state: State,
    space: Space,
    place: Place,
    placed: Iterable[Placed],
    now: datetime,
    beside: Iterable[tuple[Space, Placed]] = (),
    groups: Collection[str] | None = None,
    *,
    but: str | None = None,
) -> tuple[Period, ...]:
    """The nearest times of the same length on the local day that can be booked, as far as its pages are known.

    The day is that of ``place``; each space is open by the clock of its own. ``but`` as in ``check_free``. They are
    slots where one of the spaces has them for ``groups``, and may be longer or shorter then.
    """
    wanted = [*((space, one) for one in placed), *beside]
    booked = wanted[0][1].claim.booked
    around = local_days(booked, place.zone)
    free: tuple[Period, ...] = (around,)
    for asked, one in wanted:
        claim, leaf = one.claim, one.space_id
        wide = widened(around, claim.before, claim.after)
        if not all(state.knows(OccupancyPage, id) for id in page_ids(leaf, wide)):
            return ()
        standing = state.need(StandingPage, standing_id(leaf))
        claims, capacity = claims_on(state, leaf, wide, now, but=but), standing.binding_capacity
        units, capacity = (1, min(1, capacity)) if claim.whole else (claim.units, capacity)
        gaps = scheduling.free_periods(claims, capacity, (wide,), units)
        windows = scheduling.common(free, OpeningCalendar.of(home(state, asked, place), asked).open(around))
        free = roomy(gaps, windows, claim.before, claim.after, standing.binding_closures)
    spaces = {space.id: space} | {asked.id: asked for asked, _ in wanted}
    lead = next((one for one in spaces.values() if slots_for(one.terms, groups) is not None), space)
    found = proposals(free, booked, lead.terms, zone=place.zone, now=now, groups=groups)
    others = [(one.terms, home(state, one, place).zone) for one in spaces.values() if one.id != lead.id]
    return tuple(one for one in found if not any(_against(*other, one, booked, now, groups) for other in others))


def _against(
    terms: Terms, zone: str, period: Period, booked: Period, now: datetime, groups: Collection[str] | None
) -> bool:
    """Whether the terms of what goes along do not allow a proposal: its time, or its length where that is another."""
    days = whole_days(period, zone)
    other = unfit(terms, period.length, groups or (), days=days) if period.length != booked.length else ()
    wrong = any(isinstance(reason, WrongLength | TooLongInARow) for reason in other)
    return wrong or bool(mistimed(terms, period, zone, now, groups))


def home(state: State, space: Space, place: Place) -> Place:
    """The place of a space, which is that of what is planned; of a facilitator it may be another."""
    return place if space.place_id == place.id else state.need(Place, space.place_id)
