"""The spaces that a booking asks for, the rules of these spaces that it breaks, and its claims on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import check_free, check_open, check_slots_open, place_claims
from cantinekit.domain.occupancy.records import Claim, Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.events import OverrideUsed
from cantinekit.domain.rules.in_a_row import too_long
from cantinekit.domain.rules.records import Override
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.domain.state import State
from cantinekit.errors import ClosedError, RefusedError, TermsError, UnsuitableError
from cantinekit.scheduling.availability import NeedsApproval, Reason, broken_terms
from cantinekit.scheduling.availability.rules import not_for

OPENING_HOURS = "opening hours"

Broken = tuple[str, RefusedError]
"""The name of a rule that is broken, and the refusal for it."""


@attrs.frozen
class Part:
    """One of the spaces of a booking.

    Attributes:
        space: the space.
        placed: the claims of the booking on it.
        others: the claims of the booking on its other spaces.
    """

    space: Space
    placed: tuple[Placed, ...]
    others: tuple[tuple[Space, Placed], ...]


def asked_spaces(
    state: State, space: Space, units: int, with_units: Iterable[tuple[str, int]]
) -> tuple[tuple[Space, int], ...]:
    """The space that is asked for and the equipment that goes with it, each with its units.

    Raises:
        UnsuitableError: the space is a facilitator; or something that is to go with it is no equipment, is of another
            place, or is a part of the space.
    """
    check_bookable(space)
    return ((space, units), *asked_equipment(state, state.need(Place, space.place_id), with_units, space))


def check_bookable(space: Space) -> None:
    """Refuse to book a facilitator.

    Raises:
        UnsuitableError: the space is one.
    """
    if space.use == FACILITATOR:
        raise UnsuitableError(f"{space.id} is a facilitator, whom nobody books: sessions ask for them")


def asked_equipment(
    state: State, place: Place, with_units: Iterable[tuple[str, int]], beside: Space | None
) -> list[tuple[Space, int]]:
    """The pools of equipment that are asked for, each with its units.

    Args:
        state: the records.
        place: the place of all of them.
        with_units: the ids of the pools, each with a number of units.
        beside: the space that they go with; ``None``: they are asked for by themselves.

    Raises:
        UnsuitableError: something is no equipment, is of another place, or is a part of the space.
    """
    found = [(state.need(Space, space_id), units) for space_id, units in with_units]
    for extra, _ in found:
        if extra.use != "equipment":
            raise UnsuitableError(f"{extra.name} does not go with anything else: only equipment does")
        if extra.place_id != place.id:
            raise UnsuitableError(f"{extra.name} is not in {place.name}")
        if beside is not None and set(extra.leaves) & set(beside.leaves):
            raise UnsuitableError(f"{extra.name} is what is booked, or a part of it")
    return found


def broken_rules(
    place: Place,
    space: Space,
    period: Period,
    groups: Collection[str],
    now: datetime,
    *,
    asks: bool = False,
    mine: Iterable[Claim] = (),
    trainings: Collection[str] = (),
    more: Reason | None = None,
) -> list[Broken]:
    """The rules of a space that a booking would break, in the order in which they are told.

    Staff may break them, with an override for each.

    Args:
        place: the place of the space.
        space: the space.
        period: when the booking is.
        groups: the groups of the requester.
        now: the instant of the decision.
        asks: whether the booking is requested only, so that it needs no approval yet.
        mine: the claims that the person has of the space.
        trainings: the workshops that the person has learnt.
        more: what else stands against it; ``None``: nothing.
    """
    reasons = [*broken_terms(space.terms, period, zone=place.zone, now=now, groups=groups, trainings=trainings)]
    if (row := too_long(space, period, mine, place.zone)) is not None:
        reasons.append(row)
    if more is not None:
        reasons.append(more)
    found: list[Broken] = [(reason.code, TermsError(space.name, reason)) for reason in reasons]
    try:
        check_open(place, period, space)
        check_slots_open(place, period, space, groups)
    except ClosedError as closed:
        found.append((OPENING_HOURS, closed))
    if space.terms.approval and not asks:
        found.append((NeedsApproval.code, TermsError(space.name, NeedsApproval())))
    return found


def who_may(space: Space, groups: Collection[str], trainings: Collection[str]) -> list[Broken]:
    """The terms of an open space that a visitor would break: its audience, its trainings, its approval.

    What terms say of times is about bookings: a visit begins now, and is as long as its product says.
    """
    told = [*not_for(space.terms, groups, trainings), *([NeedsApproval()] if space.terms.approval else ())]
    return [(reason.code, TermsError(space.name, reason)) for reason in told]


def check_rules(broken: Iterable[Broken], override: str | None) -> tuple[str, ...]:
    """The names of the rules that are broken with an override, each once; the first is refused where there is none.

    Raises:
        ClosedError: it is outside the opening hours, and there is no override.
        TermsError: the terms of a space do not allow it, and there is no override.
    """
    broken = list(broken)
    if broken and override is None:
        raise broken[0][1]
    return tuple(dict.fromkeys(rule for rule, _ in broken))


def note_overrides(draft: Draft, rules: Iterable[str], override: str | None, of: Subject) -> None:
    """Record who broke which rules, for which record, and why."""
    for rule in rules:
        used = Override(draft.ids("ovr"), rule, override or "", of, draft.state.actor, draft.now)
        draft.add(OverrideUsed(used))


def claim_all(
    state: State,
    now: datetime,
    place: Place,
    asked: Iterable[tuple[Space, int]],
    period: Period,
    claim_id: str,
    expires: datetime | None,
    groups: Collection[str],
) -> tuple[Placed, ...]:
    """The claims for all that is asked for, which must be free.

    Raises:
        RefusedError: one of the spaces is closed, is taken, or lacks units.
    """
    parts = split_claims(asked, period, claim_id, expires)
    check_all_free(state, place, parts, now, groups=groups)
    return all_claims(parts)


def check_all_free(
    state: State,
    place: Place,
    parts: Iterable[Part],
    now: datetime,
    *,
    but: str | None = None,
    kept: Collection[str] = (),
    groups: Collection[str] | None = None,
) -> None:
    """Refuse claims on several spaces where one of them does not fit; what is proposed has room for all of them.

    Args:
        state: the records.
        place: the place where it is booked or planned.
        parts: the spaces with their claims.
        now: the instant of the decision.
        but: the id of claims that are not in the way, such as those that are moved; ``None``: all are.
        kept: the ids of the spaces whose claims stand already.
        groups: the groups of the requester; ``None``: no slots are proposed.

    Raises:
        RefusedError: one of the spaces is closed, is taken, or lacks units.
    """
    for part in parts:
        if part.space.id not in kept:
            check_free(state, part.space, place, part.placed, now, but=but, beside=part.others, groups=groups)


def split_claims(
    asked: Iterable[tuple[Space, int]], period: Period, claim_id: str, expires: datetime | None
) -> tuple[Part, ...]:
    """The claims for all that is asked for, by space."""
    return to_parts([(space, place_claims(space, claim_id, period, units, expires)) for space, units in asked])


def to_parts(wanted: Iterable[tuple[Space, tuple[Placed, ...]]]) -> tuple[Part, ...]:
    """The claims of one booking on several spaces as parts, each of which knows the claims of the others."""
    wanted = tuple(wanted)
    every = [(space, one) for space, placed in wanted for one in placed]
    return tuple(Part(space, own, tuple(pair for pair in every if pair[0].id != space.id)) for space, own in wanted)


def all_claims(parts: Iterable[Part]) -> tuple[Placed, ...]:
    """The claims of a booking on all its spaces."""
    return tuple(one for part in parts for one in part.placed)
