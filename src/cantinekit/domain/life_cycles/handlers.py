"""Paying what is due, giving money back, and what gateways say; what has run out is ended here too."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.life_cycles.everything import LIFECYCLES
from cantinekit.domain.passes.handlers import expire_entitlement, read_entitlement
from cantinekit.domain.passes.records import Entitlement
from cantinekit.domain.state import Reads, State


def _read_expire(c: Expire, now: datetime) -> Reads:
    if c.subject.kind == Entitlement.kind:
        return (yield from read_entitlement(State(), c.subject.id))
    return (yield from LIFECYCLES[c.subject.kind].read(State(), c.subject.id, now))


def _expire(state: State, c: Expire, now: datetime, ids: Ids) -> Decision:
    draft = Draft(state, now, ids)
    if c.subject.kind == Entitlement.kind:
        expire_entitlement(draft, c.subject)
    else:
        LIFECYCLES[c.subject.kind].expire(draft, c.subject)
    return draft.decision(c.subject)


adapt(Expire, _read_expire, _expire)
