"""Facts of people and organisations: which of them count on a day, and how one is set or taken away."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from cantinekit.common.facts import Fact
from cantinekit.domain.people.records import MAX_EARLIER, EarlierFact, PersonFact
from cantinekit.domain.sales.values import Facts, are_same


class Known(Protocol):
    """A person or an organisation, of whom price lists know something."""

    @property
    def facts(self) -> tuple[PersonFact, ...]: ...


def facts_on(person: Known | None, day: date) -> Facts:
    """What price lists know of a person or an organisation on a day, by name, in the order of the names.

    Args:
        person: the person or the organisation; of nobody nothing is known.
        day: the local day that counts, by the clock of the place: the day of use for what is used, of purchase for what
            is bought. A fact counts all of its last day, however long that is.
    """
    facts = () if person is None else person.facts
    return tuple((one.name, one.value) for one in facts if one.until is None or day <= one.until)


def with_fact(
    facts: tuple[PersonFact, ...], name: str, value: Fact | None, until: date | None, proof: str, now: datetime
) -> tuple[PersonFact, ...]:
    """Facts with one of them set, or taken away where ``value`` is ``None``; the same tuple where nothing changes."""
    old = next((one for one in facts if one.name == name), None)
    if value is None:
        return facts if old is None else tuple(one for one in facts if one is not old)
    if (
        old is not None
        and (old.until, old.proof) == (until, proof)
        and are_same(((name, old.value),), ((name, value),))
    ):
        return facts
    others = (one for one in facts if one is not old)
    before = () if old is None else (*old.earlier, EarlierFact(old.value, old.until, old.set_at))[-MAX_EARLIER:]
    made = PersonFact(name, value, until, proof, set_at=now, earlier=before)
    return tuple(sorted([*others, made], key=lambda one: one.name))
