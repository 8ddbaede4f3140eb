"""The life cycle of passes and of the entitlements that they give: paid, taken back, or over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cantinekit.clock import day_bounds
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.passes.events import PassActivated, PassEnded, UnitsExpired, UnitsGivenBack
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.passes.renewing import read_renewal, renew_pass
from cantinekit.domain.payments.charging import read_charge_parts, return_meters, return_units, undo_charge, undo_wishes
from cantinekit.domain.payments.differences import share_of
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import undo_shares, undo_together
from cantinekit.domain.places.records import Place
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow


def read_pass(uow: Uow, pass_id: str, also: Iterable[Wish] = ()) -> Steps[None]:
    """Load what it takes to activate a pass or take it back, and ``also`` in the same batch."""
    sold = yield from uow.need(Pass, pass_id)
    units: list[Wish] = [(Entitlement, id) for id in sold.entitlement_ids]
    if sold.last_day is not None and (not units or _lasts(sold)):
        units.append((Place, sold.place_id))
    back = undo_wishes(uow.state, [sold.charge_id], sold.spends, sold.holder_id, sold.meters)
    yield from uow.fetch([*units, *back, *also])
    yield from read_charge_parts(uow, [sold.charge_id])


def _lasts(sold: Pass) -> bool:
    """Whether a pass is carried on: it is had by its days, whatever becomes of its units."""
    return sold.contract or sold.next_at is not None


def read_pass_life(uow: Uow, pass_id: str) -> Steps[None]:
    """Load what it takes to activate a pass or take it back, or to carry it on where it is had."""
    sold = yield from uow.need(Pass, pass_id)
    if sold.state == "active" and sold.next_at is not None:
        yield from read_renewal(uow, sold)
    else:
        yield from read_pass(uow, pass_id)


def read_entitlement(uow: Uow, entitlement_id: str) -> Steps[None]:
    """Load what it takes to end units that are over, and their pass, where it was never paid."""
    one = yield from uow.need(Entitlement, entitlement_id)
    yield from uow.fetch([(Wallet, one.holder_id), (Pass, one.pass_id)])
    if uow.state.need(Pass, one.pass_id).state == "pending":
        yield from read_pass(uow, one.pass_id)


def end_of_days(sold: Pass, place: Place) -> datetime | None:
    """When the last day of a pass is over at its place; ``None``: it has no end."""
    return day_bounds(sold.last_day, place.zone).end if sold.last_day is not None else None


def has_ended(state: State, sold: Pass, now: datetime) -> bool:
    """Whether a pass cannot be had any more: its units are over, or its last day where it has none or lasts.

    Args:
        state: has the entitlements of the pass, or its place where it has none or lasts.
        sold: the pass.
        now: the instant.
    """
    if sold.entitlement_ids and not _lasts(sold):
        return all(state.need(Entitlement, id).is_over(now) for id in sold.entitlement_ids)
    last = sold.last_day if sold.state == "pending" else sold.held_until
    if last is None:
        return False
    return day_bounds(last, state.need(Place, sold.place_id).zone).end <= now


def activate_pass(draft: Draft, pass_id: str) -> None:
    """Make a pass usable, and tell its holder."""
    sold = draft.state.need(Pass, pass_id)
    draft.add(PassActivated(sold.id, sold.entitlement_ids))
    draft.tell("pass sold", sold.holder_id, refer(sold))


def take_pass_back(draft: Draft, sold: Pass, reason: str) -> None:
    """Take the units that are left of a pass back, and give back what was spent and paid for it.

    The charge of what it was bought along with is not its own, and stays.
    """
    for id in sold.entitlement_ids:
        one = draft.state.need(Entitlement, id)
        if one.left:
            draft.add(UnitsGivenBack(id, one.left))
    draft.add(PassEnded(sold.id, "cancelled", draft.now, (), ()))
    own = sold.charge_id if sold.with_order is None else None
    shares = (share_of(draft.state.need(Charge, own)),) if own is not None else ()
    told = undo_together(draft, sold.sale_id, shares, reason) if shares else None
    return_units(draft, sold.spends if told is None else told.split_units(sold.spends)[1], refer(sold))
    return_meters(draft, sold.meters)
    if told is None:
        undo_charge(draft, own, reason)
    else:
        undo_shares(draft, shares, told, reason)


def awaits_pass(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make a pass usable: it waits for one, and it has not ended."""
    sold = draft.state.need(Pass, subject.id)
    return sold.state == "pending" and not has_ended(draft.state, sold, draft.now)


def fulfil_pass(draft: Draft, subject: Subject, charge_id: str) -> None:
    """Make a pass usable that is paid."""
    activate_pass(draft, subject.id)


def lapse_pass(draft: Draft, subject: Subject, reason: str) -> None:
    """End a pass that was not paid before it ended."""
    sold = draft.state.need(Pass, subject.id)
    if sold.state == "pending":
        take_pass_back(draft, sold, reason)
        draft.tell("pass expired", sold.holder_id, subject)


def expire_entitlement(draft: Draft, subject: Subject) -> None:
    """End the units that are left, if their time is over, and their pass, if a payment can no longer make it usable."""
    one = draft.state.need(Entitlement, subject.id)
    if one.left and one.is_over(draft.now):
        draft.add(UnitsExpired(one.id, one.left))
    sold = draft.state.need(Pass, one.pass_id)
    if sold.state == "pending":
        expire_pass(draft, refer(sold))


def expire_pass(draft: Draft, subject: Subject) -> None:
    """End a pass that a payment can no longer make usable; carry one on that is had."""
    sold = draft.state.need(Pass, subject.id)
    if sold.state == "active":
        renew_pass(draft, subject)
    elif sold.state == "pending" and has_ended(draft.state, sold, draft.now):
        lapse_pass(draft, subject, "not paid in time")


LIFE_CYCLES[Pass.kind] = LifeCycle(
    read=read_pass_life, awaits=awaits_pass, fulfil=fulfil_pass, lapse=lapse_pass, expire=expire_pass
)
LIFE_CYCLES[Entitlement.kind] = LifeCycle(read=read_entitlement, expire=expire_entitlement)
