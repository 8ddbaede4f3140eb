"""What a session needs: a room, equipment in units and facilitators, all of it claimed together or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.facilitators.naming import facilitator
from cantinekit.domain.occupancy.claims import fetch_pages, home, nearest_free, place_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import asked_equipment, broken_rules, check_all_free, check_rules, to_parts
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.domain.state import Reads, State, Wish
from cantinekit.errors import ClosedError, TermsError, UnsuitableError


@attrs.frozen
class Needs:
    """What a session asks for. Facilitators may be of any place of the network, the rest is where the session is."""

    space_id: str | None
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = ()

    @property
    def spaces(self) -> list[Wish]:
        """The records of all that is asked for."""
        ids = [self.space_id, *(id for id, _ in self.with_units), *self.facilitator_ids]
        return [(Space, id) for id in ids]


def fetch_needs(state: State, needs: Needs, period: Period, wishes: Iterable[Wish] = ()) -> Reads:
    """Load what it takes to claim all this, once its spaces were loaded, and whatever else is due in that batch."""
    return (yield from fetch_pages(state, needed_leaves(state, needs), period, [*wishes, *beside_pages(state, needs)]))


def needed_leaves(state: State, needs: Needs) -> tuple[str, ...]:
    """The leaves of all that is asked for, each once."""
    spaces = [state.need(Space, id) for _, id in needs.spaces if id is not None]
    return tuple(dict.fromkeys(leaf for space in spaces for leaf in space.leaves))


def beside_pages(state: State, needs: Needs) -> list[Wish]:
    """What has to be known besides the pages: who the facilitators are, and the places of all that is asked for."""
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
    """The claims of a session on all that it needs, with the buffers of each; its own claims are not in its way.

    Of what it has claimed already, ``kept``, that which it still needs at the same time stays as it is. Whether its
    facilitators are available is for ``check_facilitators`` to say.

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

    Those who have the session at that time already, in ``kept``, are not asked again.

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
    """The nearest times on that day at which a session could have all that it needs; none where that is nothing."""
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
    """Of which spaces the same time and the same units are claimed already, and those claims."""
    there = {one.space_id: one for one in kept}
    found = {}
    for space, placed in wanted:
        ours = tuple(there[one.space_id] for one in placed if one.space_id in there)
        if [(o.space_id, o.claim.booked, o.claim.units) for o in ours] == [
            (p.space_id, p.claim.booked, p.claim.units) for p in placed
        ]:
            found[space.id] = ours
    return found
