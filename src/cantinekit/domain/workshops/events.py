"""Events of workshops: one was added, changed or retired, or another admission holds."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.state import State
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.quotas import Quotas
from cantinekit.domain.workshops.records import Workshop


@event
@attrs.frozen
class WorkshopAdded(Event):
    """A workshop is in the programme.

    Attributes:
        workshop: the workshop as it was added.
    """

    workshop: Workshop

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.workshop,)


@event
@attrs.frozen
class AdmissionChanged(Event):
    """A workshop has another admission.

    Attributes:
        workshop_id: the workshop.
        admission: who may register from now on.
    """

    workshop_id: str
    admission: Admission

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Workshop, self.workshop_id), admission=self.admission),)


@event
@attrs.frozen
class WorkshopChanged(Event):
    """A workshop has another title, or its seats are sold as something else from now on.

    Attributes:
        workshop_id: the workshop.
        title: its title.
        product_id: the product that a seat is priced by; ``None``: it is free.
        option_ids: the products that somebody may buy with a seat.
        quotas: how many seats of a session there are for each of these options.
    """

    workshop_id: str
    title: PublicText
    product_id: str | None = None
    option_ids: tuple[str, ...] = ()
    quotas: Quotas = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        found = state.need(Workshop, self.workshop_id)
        sold = {"product_id": self.product_id, "option_ids": self.option_ids, "quotas": self.quotas}
        return (evolve(found, title=self.title, **sold),)


@event
@attrs.frozen
class WorkshopRetired(Event):
    """No more sessions of a workshop are planned.

    Attributes:
        workshop_id: the workshop.
        at: since when.
    """

    workshop_id: str
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Workshop, self.workshop_id), retired=self.at),)


@event
@attrs.frozen
class WorkshopRestored(Event):
    """A workshop that was retired is in the programme again.

    Attributes:
        workshop_id: the workshop.
    """

    workshop_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Workshop, self.workshop_id), retired=None),)


__all__ = [
    "AdmissionChanged",
    "WorkshopAdded",
    "WorkshopChanged",
    "WorkshopRestored",
    "WorkshopRetired",
]
