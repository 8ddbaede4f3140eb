"""What a session or a meeting needs: a room, equipment and facilitators, which it claims together or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import attrs

from cantinekit.clock import Period
from cantinekit.domain.facilitators.naming import facilitator
from cantinekit.domain.occupancy.claims import home, nearest_free, place_claims, read_pages
from cantinekit.domain.occupancy.pages import page_ids
from cantinekit.domain.occupancy.records import OccupancyPage, Placed, StandingPage, standing_id
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import asked_equipment, broken_rules, check_all_free, check_rules, to_parts
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import ClosedError, TermsError, UnsuitableError


class _Needing(Protocol):
    """A record or a command that names what is needed."""

    @property
    def space_id(self) -> str | None: ...

    @property
    def with_units(self) -> tuple[tuple[str, int], ...]: ...

    @property
    def facilitator_ids(self) -> tuple[str, ...]: ...


@attrs.frozen
class Needs:
    """What a session or a meeting needs.

    Attributes:
        space_id: its room, which is in the place of the session; ``None`` for none.
        with_units: pools of equipment of that place, each with the number of units.
        facilitator_ids: who facilitates it. Their home may be any place of the network.
    """

    space_id: str | None
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, one: _Needing) -> Needs:
        """What a session, a meeting, or the command that adds it names."""
        return cls(one.space_id, one.with_units, one.facilitator_ids)

    @property
    def spaces(self) -> list[Wish]:
        """The spaces of all that is needed: the room, the pools and the facilitators."""
        ids = [self.space_id, *(id for id, _ in self.with_units), *self.facilitator_ids]
        return [(Space, id) for id in ids]


def read_needs(uow: Uow, needs: Needs, period: Period) -> Steps[None]:
    """Load what it takes to claim all that is needed for a period. Its spaces were loaded before."""
    leaves, wishes = needed_leaves(uow.state, needs), beside_pages(uow.state, needs)
    yield from read_pages(uow, leaves, period, wishes)


def needed_leaves(state: State, needs: Needs) -> tuple[str, ...]:
    """The leaf spaces of all that is needed, each once."""
    spaces = [state.need(Space, id) for _, id in needs.spaces if id is not None]
    return tuple(dict.fromkeys(leaf for space in spaces for leaf in space.leaves))


def beside_pages(state: State, needs: Needs) -> list[Wish]:
    """What has to be known besides the pages: the persons who facilitate, and the places of all spaces."""
    spaces = [state.need(Space, id) for _, id in needs.spaces if id is not None]
    return [*((Person, space.person_id) for space in spaces), *((Place, space.place_id) for space in spaces)]


def session_claims(
    state: State,
    place: Place,
    needs: Needs,
    id: str,
    period: Period,
    now: datetime,
    *,
    seats: int = 0,
    kept: Iterable[Placed] = (),
) -> tuple[Placed, ...]:
    """The claims of a session or a meeting on all that it needs, with the buffers of each space around them.

    Its own claims are not in its way. ``check_facilitators`` says whether its facilitators are available.

    Args:
        state: the spaces, their pages, and what ``beside_pages`` names.
        place: where the session is.
        needs: what it needs.
        id: its id, which its claims have.
        period: when it is.
        now: the present instant; claims that ran out by it count no more.
        seats: how many seats its room must have at least.
        kept: the claims that it has already. Those on spaces that it still needs at the same time stay as they are.

    Raises:
        UnsuitableError: something is not what it is asked for as, is elsewhere, or has too few seats.
        WrongStateError: a facilitator is being forgotten, or was.
        ClosedError: a closure covers some part of it.
        UnavailableError: a facilitator is away for some part of it.
        ConflictError: somebody has the room, or the facilitator.
        SoldOutError: too few units of the equipment are left.
    """
    wanted = _claims(state, place, needs, id, period)
    stand = _standing(wanted, kept)
    for space, _ in wanted:
        if space.use == "room" and space.id not in stand and space.seats and seats > space.seats:
            raise UnsuitableError(f"{space.name} has {space.seats} seats")
    wanted = [(space, stand.get(space.id, placed)) for space, placed in wanted]
    check_all_free(state, place, to_parts(wanted), now, but=id, kept=stand)
    return tuple(one for _, placed in wanted for one in placed)


def check_facilitators(
    state: State,
    place: Place,
    needs: Needs,
    id: str,
    period: Period,
    now: datetime,
    override: str | None,
    *,
    kept: Iterable[Placed] = (),
) -> tuple[str, ...]:
    """The names of the rules of facilitators that are broken with an override: their hours, and their terms.

    The parameters are those of ``session_claims``, and ``override``, the reason for which rules are broken. The rules
    of facilitators who have the session at that time already, by a claim that is ``kept``, are not checked again.

    Raises:
        UnavailableError: it is outside the hours of one of them, and there is no override.
        TermsError: the terms of one of them do not allow it, and there is no override.
    """
    wanted = _claims(state, place, needs, id, period)
    asked = [space for space, _ in wanted if space.use == FACILITATOR and space.id not in _standing(wanted, kept)]
    broken = [
        (space, one) for space in asked for one in broken_rules(home(state, space, place), space, period, (), now)
    ]
    if broken and override is None:
        first, (_, refusal) = broken[0]
        if isinstance(refusal, ClosedError | TermsError):
            refusal.nearest = _near(state, place, wanted, first, id, now)
    return check_rules((one for _, one in broken), override)


def nearest_times(
    state: State, place: Place, needs: Needs, id: str, period: Period, now: datetime
) -> tuple[Period, ...]:
    """The nearest times on that day at which a session could have all that it needs; none where it needs nothing."""
    wanted = _claims(state, place, needs, id, period)
    return _near(state, place, wanted, wanted[0][0], id, now) if wanted else ()


def _near(
    state: State, place: Place, wanted: Iterable[tuple[Space, tuple[Placed, ...]]], first: Space, id: str, now: datetime
) -> tuple[Period, ...]:
    every = [(space, one) for space, placed in wanted for one in placed]
    own = [one for space, one in every if space.id == first.id]
    beside = [(space, one) for space, one in every if space.id != first.id]
    return nearest_free(state, first, place, own, now, beside, but=id)


def _claims(
    state: State, place: Place, needs: Needs, id: str, period: Period
) -> list[tuple[Space, tuple[Placed, ...]]]:
    room = None if needs.space_id is None else _room(state, place, needs.space_id)
    asked = [] if room is None else [(room, 1)]
    asked += asked_equipment(state, place, needs.with_units, room)
    asked += [(facilitator(state, one), 1) for one in needs.facilitator_ids]
    return [(space, place_claims(space, id, period, units, None)) for space, units in asked]


def _room(state: State, place: Place, space_id: str) -> Space:
    space = state.need(Space, space_id)
    if space.place_id != place.id:
        raise UnsuitableError(f"{space.name} is not in {place.name}")
    if space.use != "room":
        raise UnsuitableError(f"{space.name} is no room; a session needs one, or none")
    return space


def _standing(
    wanted: Iterable[tuple[Space, tuple[Placed, ...]]], kept: Iterable[Placed]
) -> dict[str, tuple[Placed, ...]]:
    """The claims that stay, by the space that is needed: those that are kept for the same time and the same units."""
    there = {one.space_id: one for one in kept}
    found = {}
    for space, placed in wanted:
        ours = tuple(there[one.space_id] for one in placed if one.space_id in there)
        if [(o.space_id, o.claim.booked, o.claim.units) for o in ours] == [
            (p.space_id, p.claim.booked, p.claim.units) for p in placed
        ]:
            found[space.id] = ours
    return found


def claimed(every: Iterable[Placed]) -> list[Wish]:
    """The pages that hold these claims."""
    placed = tuple(every)
    days: list[Wish] = [(OccupancyPage, id) for one in placed for id in page_ids(one.space_id, one.claim.period)]
    return [*days, *((StandingPage, standing_id(one.space_id)) for one in placed)]


def taken_by(session: Session) -> list[Wish]:
    """The pages that hold the claims of a session and its meetings, and who facilitates it."""
    who = dict.fromkeys(id for one in session.every_meeting for id in one.facilitator_ids)
    return [*claimed(session.every_placed), *((Space, id) for id in who)]
