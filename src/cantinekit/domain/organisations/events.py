"""What becomes of organisations and of who belongs to them. Who they are stands in private records, never here."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.organisations.records import Affiliation
from cantinekit.domain.passes.events import not_long_over
from cantinekit.domain.passes.records import Belonging, Wallet
from cantinekit.domain.people.records import Erasure
from cantinekit.domain.state import State


@event
@attrs.frozen
class OrganisationAdded(Event):
    """An organisation was added. Who it is is stored in a private record, not here.

    Attributes:
        organisation_id: id of the organisation.
    """

    organisation_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class OrganisationChanged(Event):
    """What is known of an organisation changed; what it is now is not said here.

    Attributes:
        organisation_id: id of the organisation.
    """

    organisation_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class OrganisationFactsChanged(Event):
    """What price lists know of an organisation changed; which fact, and what it is now, is not said here.

    Attributes:
        organisation_id: id of the organisation.
    """

    organisation_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # what is known of it stands in a private record, which no event makes


@event
@attrs.frozen
class OrganisationForgettingAnnounced(Event):
    """An organisation is to be forgotten, and takes part in nothing new while it is checked what is open.

    Attributes:
        organisation_id: id of the organisation.
    """

    organisation_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class OrganisationForgettingWithdrawn(Event):
    """An organisation cannot be forgotten, since something is open.

    Attributes:
        organisation_id: id of the organisation.
    """

    organisation_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class OrganisationForgotten(Event):
    """The private records of an organisation are empty or gone.

    Attributes:
        erasure: what was kept.
    """

    erasure: Erasure

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.erasure,)


@event
@attrs.frozen
class Affiliated(Event):
    """A person belongs to an organisation from a day on.

    Attributes:
        affiliation: who belongs to what, as what, from when to when.
    """

    affiliation: Affiliation

    def changes(self, state: State) -> tuple[Record, ...]:
        one = self.affiliation
        wallet = state.get(Wallet, one.person_id) or Wallet(one.person_id)
        mine = Belonging(one.id, one.organisation_id, one.role, one.first_day, one.last_day, one.at_most)
        return (one, evolve(wallet, belongs=(*not_long_over(wallet.belongs, one.made_at), mine)))


@event
@attrs.frozen
class AffiliationEnded(Event):
    """A person ceases to belong to an organisation.

    Attributes:
        affiliation_id: the affiliation.
        last_day: the last local day; the day before the first one: it never counts.
    """

    affiliation_id: str
    last_day: date

    def changes(self, state: State) -> tuple[Record, ...]:
        one = evolve(state.need(Affiliation, self.affiliation_id), last_day=self.last_day)
        wallet = state.need(Wallet, one.person_id)
        belongs = tuple(
            evolve(other, last_day=self.last_day) if other.affiliation_id == one.id else other
            for other in wallet.belongs
        )
        return (one, evolve(wallet, belongs=belongs)) if belongs != wallet.belongs else (one,)


__all__ = [
    "Affiliated",
    "AffiliationEnded",
    "OrganisationAdded",
    "OrganisationChanged",
    "OrganisationFactsChanged",
    "OrganisationForgettingAnnounced",
    "OrganisationForgettingWithdrawn",
    "OrganisationForgotten",
]
