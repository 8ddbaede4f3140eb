"""The life cycle of charges: when a part of one falls due, whoever owes it is told."""

from __future__ import annotations

from cantinekit.clock import local
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.places.records import Place
from cantinekit.domain.unit_of_work import Steps, Uow


def read_charge(uow: Uow, charge_id: str) -> Steps[None]:
    """Load what it takes to say what is due of a charge."""
    charge = yield from uow.need(Charge, charge_id)
    yield from uow.fetch([(Place, charge.place_id)])


def tell_due(draft: Draft, subject: Subject) -> None:
    """Tell who owes a charge that a part of it is due today. Nothing else changes: what was sold stays sold."""
    charge = draft.state.need(Charge, subject.id)
    day = local(draft.now, draft.state.need(Place, charge.place_id).zone).date()
    if charge.state == "due" and charge.stands and charge.due_by(day).amount > 0:
        draft.tell("payment due", charge.payer_id, subject)


LIFE_CYCLES[Charge.kind] = LifeCycle(read=read_charge, expire=tell_due)
