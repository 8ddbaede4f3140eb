"""Longer stays: an upgrade takes effect, is dropped, or costs less than was paid."""

from __future__ import annotations

from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.passes.events import PassEnded
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.charging import lower_charge, return_meters, return_units, undo_charge
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.state import refer
from cantinekit.domain.visits.events import UpgradeDropped, VisitUpgraded
from cantinekit.domain.visits.records import Upgrade, Visit
from cantinekit.domain.visits.stays import drop_own_pass
from cantinekit.money import Money


def apply_upgrade(draft: Draft, visit: Visit, upgrade: Upgrade) -> None:
    """Make a visit longer; the pass of the longer stay supersedes that of the first."""
    if upgrade.returns:
        return_units(draft, upgrade.returns, refer(visit))
    kept = {spend.entitlement_id: spend.units for spend in visit.spends}
    for spend, sign in (*((s, 1) for s in upgrade.spends), *((s, -1) for s in upgrade.returns)):
        kept[spend.entitlement_id] = kept.get(spend.entitlement_id, 0) + sign * spend.units
    spends = tuple(Spend(id, units) for id, units in sorted(kept.items()) if units)
    placed = re_expire(upgrade.placed, None)
    if visit.pass_id is not None:
        draft.add(PassEnded(visit.pass_id, "superseded", draft.now))
    longer = (visit.id, upgrade.product_id, upgrade.pass_id, upgrade.charge_id, upgrade.until, spends, placed)
    draft.add(VisitUpgraded(*longer, draft.now, upgrade.meters, upgrade.sale_id))
    draft.later("expire", refer(visit), upgrade.until)


def drop_upgrade(draft: Draft, visit: Visit, upgrade: Upgrade, reason: str) -> None:
    """Drop a longer stay that was not paid, and give back all that it took; the first stay remains."""
    draft.add(UpgradeDropped(visit.id))
    return_units(draft, upgrade.spends, refer(visit))
    return_meters(draft, upgrade.meters)
    drop_own_pass(draft, upgrade.pass_id, refer(visit))
    undo_charge(draft, upgrade.charge_id, reason)


def give_difference_back(draft: Draft, visit: Visit, over: Money) -> None:
    """Take off what a visit was charged beyond the price of the whole: what is owed first, else of the first charge."""
    rest = max(Money.zero(over.currency), over)
    charges = [draft.state.need(Charge, id) for id in visit.charge_ids]
    for charge in sorted(charges, key=lambda one: one.state != "due"):
        rest -= Money(lower_charge(draft, charge.id, rest, "the longer stay costs less"), rest.currency)
