"""What somebody holds, for a price list that asks, by what they have learnt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cantinekit.clock import day_bounds
from cantinekit.domain.attendance.records import Training, training_id
from cantinekit.domain.state import State, Wish


def holding_wishes(asked: Iterable[str], person_id: str | None) -> list[Wish]:
    """What ``trainings_held`` looks at: one row for each name that a price list asks for, and none where it asks none.

    Args:
        asked: what the price list asks whether the customer holds it, without what it sells itself: the names of
            ``Tariff.asked_trainings``.
        person_id: the customer; nobody has learnt nothing.
    """
    return [(Training, training_id(person_id, name)) for name in sorted(asked)] if person_id is not None else []


def trainings_held(state: State, asked: Iterable[str], person_id: str | None, day: date, zone: str) -> frozenset[str]:
    """Those of the names that a price list asks for which the customer holds by what they have learnt.

    A training is held under the id of its workshop, on every local day of which it counts at some moment: the day on
    which it was learnt is the first one.

    Args:
        state: the trainings, as ``holding_wishes`` has them loaded.
        asked: the same names.
        person_id: the customer; nobody has learnt nothing.
        day: the local day that counts.
        zone: the IANA name of the zone in which it is that day.
    """
    if person_id is None:
        return frozenset()
    found = {name: state.get(Training, training_id(person_id, name)) for name in asked}
    learnt = {name: training for name, training in found.items() if training is not None}
    whole = day_bounds(day, zone) if learnt else None
    return frozenset(name for name, training in learnt.items() if whole is not None and training.touches(whole))
