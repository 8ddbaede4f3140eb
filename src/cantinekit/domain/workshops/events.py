"""Facts about workshops, their sessions and seats."""

from __future__ import annotations

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.state import State
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.records import Workshop


@event
@attrs.frozen
class WorkshopAdded(Event):
    """A workshop is in the programme."""

    workshop: Workshop

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.workshop,)


@event
@attrs.frozen
class AdmissionChanged(Event):
    """A workshop has other rules of admission."""

    workshop_id: str
    admission: Admission

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Workshop, self.workshop_id), admission=self.admission),)


__all__ = [
    "AdmissionChanged",
    "WorkshopAdded",
]
