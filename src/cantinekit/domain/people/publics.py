"""Publics: by which facts of people a place counts those who come, and what is kept of those who are forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from cantinekit.clock import local
from cantinekit.common.evolve import evolve
from cantinekit.common.facts import Fact
from cantinekit.domain.people.forgetting import all_of
from cantinekit.domain.people.records import (
    EarlierFact,
    ForgottenPublic,
    ForgottenPublics,
    Person,
    PersonFact,
    forgotten_publics_id,
)
from cantinekit.domain.places.records import Place, Public
from cantinekit.domain.state import State
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.records import Visit

NOT_KNOWN = ""
"""The public of those of whom nothing is known, or another value than those that are counted."""
CAME = ("open", "closed")
"""The states of a visit by which somebody came."""


def public_on(facts: Iterable[PersonFact], public: Public, day: date, zone: str) -> str:
    """Of which public somebody was on a day, as it was known then; empty: nothing is known, or it is not counted.

    A value counts from the local day on which it was said to its last day, or to the day before another was said. What
    was said first counts for the days before it as well: people come before anybody asks them.

    Args:
        facts: the facts of the person.
        public: how the place counts.
        day: the local day.
        zone: the IANA name of the zone of the place.
    """
    fact = next((one for one in facts if one.name == public.fact), None)
    if fact is None:
        return NOT_KNOWN
    said: list[EarlierFact | PersonFact] = [*fact.earlier, fact]
    counts = [one for one in said if local(one.set_at, zone).date() <= day]
    one = counts[-1] if counts else said[0]
    return NOT_KNOWN if one.until is not None and one.until < day else _value(one.value, public.values)


def _value(value: Fact, counted: Sequence[str]) -> str:
    """The first of the counted values that a fact has."""
    words = {"yes"} if value is True else {"no"} if value is False else set[object]()
    if isinstance(value, str):
        words = {value}
    elif isinstance(value, tuple | frozenset):
        words = set(value)
    return next((one for one in counted if one in words), NOT_KNOWN)


def read_publics(uow: Uow, person: Person) -> Steps[None]:
    """Load what is needed to keep of which publics somebody was who is to be forgotten; nothing without facts.

    Args:
        uow: the unit of work, which has all visits of the person.
        person: the person.
    """
    if not person.facts:
        return
    visits = all_of(uow.state, Visit)
    yield from uow.fetch((Place, id) for id in sorted({one.place_id for one in visits}))
    ids = [forgotten_publics_id(*spot) for spot, counts in _counted(uow.state, person).items() if counts]
    if ids:
        yield from uow.fetch((ForgottenPublics, id) for id in ids)


def kept_publics(state: State, person: Person) -> list[ForgottenPublics]:
    """The counts by month and place, with those of somebody who is forgotten.

    Args:
        state: what ``read_publics`` loaded.
        person: the person, as long as it is known who it is.
    """
    kept = list[ForgottenPublics]()
    for (place_id, month), counts in (_counted(state, person) if person.facts else {}).items():
        if counts:
            id = forgotten_publics_id(place_id, month)
            old = state.get(ForgottenPublics, id) or ForgottenPublics(id, place_id, month)
            sums = Counter({(one.fact, one.value, one.next): one.people for one in old.counts})
            sums.update(counts)
            kept.append(evolve(old, counts=tuple(ForgottenPublic(*of, sums[of]) for of in sorted(sums, key=str))))
    return kept


Counts = Mapping[tuple[str, date], Sequence[tuple[str, str, date | None]]]


def _counted(state: State, person: Person) -> Counts:
    """Of which publics somebody was in each month at each place, and when the next month was."""
    last: dict[str, dict[date, date]] = defaultdict(dict)
    for visit in all_of(state, Visit):
        if visit.person_id == person.id and visit.state in CAME:
            day = local(visit.opened_at, state.need(Place, visit.place_id).zone).date()
            months = last[visit.place_id]
            months[day.replace(day=1)] = max(day, months.get(day.replace(day=1), day))
    found: dict[tuple[str, date], list[tuple[str, str, date | None]]] = {}
    for place_id, months in sorted(last.items()):
        place = state.need(Place, place_id)
        for month, day in sorted(months.items()):
            later = min((other for other in months if other > month), default=None)
            told = ((public.fact, public_on(person.facts, public, day, place.zone)) for public in place.publics)
            found[place_id, month] = [(fact, value, later) for fact, value in told if value]
    return found
