"""Selling passes and taking them back; the validity of what they give."""

from __future__ import annotations

from datetime import datetime, timedelta

from cantinekit.clock import day_bounds, local
from cantinekit.domain.adapter import adapt
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Grant, Product
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.passes.commands import CancelPass, SellPass
from cantinekit.domain.passes.events import PassActivated, PassEnded, PassSold, UnitsExpired, UnitsGivenBack
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.payments.charging import (
    fetch_parts,
    raise_charge,
    return_meters,
    return_units,
    take,
    undo_charge,
    undo_wishes,
)
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.prices import fetch_tariff, make_price, sale_keys, voucher_accounts, wanted
from cantinekit.domain.state import Reads, State, fetch, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError, WrongStateError


def valid_until(grant: Grant, place: Place, now: datetime) -> datetime | None:
    """The end of the last local day on which units of a grant are valid; the day of the sale is the first."""
    if grant.valid_days is None:
        return None
    last = local(now, place.zone).date() + timedelta(days=grant.valid_days - 1)
    return day_bounds(last, place.zone).end


def _read_sell(c: SellPass, now: datetime) -> Reads:
    keys = [(Pass, c.id), (Product, c.product_id), (Place, c.place_id), (Person, c.holder_id), (Wallet, c.holder_id)]
    state = yield from fetch(State(), keys)
    product, place = state.need(Product, c.product_id), state.need(Place, c.place_id)
    state = yield from fetch(state, [(LegalEntity, place.entity_id), *sale_keys(state, [product], c.holder_id)])
    return (yield from fetch_tariff(state, [wanted(product, facts=c.facts)], c.holder_id, now))


def _sell(state: State, c: SellPass, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Pass, c.id)
    product, place = state.need(Product, c.product_id), state.need(Place, c.place_id)
    present(state, c.holder_id)
    if product.grant is None:
        raise UnsuitableError(f"{product.name} sells no passes")
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    draft, id = Draft(state, now, ids), c.id or ids("pas")
    subject = Subject(Pass.kind, id)
    priced = make_price(
        state,
        [wanted(product, facts=c.facts)],
        subject=subject,
        place=place,
        customer_id=c.holder_id,
        now=now,
        ids=ids,
        promise=c.quote,
    )
    if product.grant.account in voucher_accounts(state, priced.sale.tariff_version):
        raise UnsuitableError(
            f"{product.name} gives money on {product.grant.account!r}, and nothing can be paid with it"
        )
    draft.price = priced.quote
    charge = raise_charge(draft, priced, subject, place, c.holder_id) if priced.due else None
    sold = Pass(
        id,
        product.id,
        place.id,
        place.entity_id,
        c.holder_id,
        sold_at=now,
        tariff_version=priced.sale.tariff_version,
        state="pending",
        entitlement_ids=(ids("ent"),),
        charge_id=charge.id if charge else None,
        spends=priced.spends,
        meters=priced.moves,
    )
    given = _give(sold, product.grant, place, now)
    draft.add(PassSold(sold, (given,)), *priced.events())
    if given.expires is not None:
        draft.later("expire", refer(given), given.expires)
    if charge is None or (c.account and take(draft, charge.id, c.account, c.return_url)):
        _activate(draft, sold.id)
    return draft.decision(subject)


def _give(sold: Pass, grant: Grant, place: Place, now: datetime) -> Entitlement:
    return Entitlement(
        sold.entitlement_ids[0],
        sold.id,
        sold.holder_id,
        account=grant.account,
        bought=grant.units,
        left=grant.units,
        bought_at=now,
        expires=valid_until(grant, place, now),
        places=grant.places,
        priority=grant.priority,
        active=False,
    )


def _activate(draft: Draft, pass_id: str) -> None:
    sold = draft.state.need(Pass, pass_id)
    draft.add(PassActivated(sold.id, sold.entitlement_ids))
    draft.tell("pass sold", sold.holder_id, refer(sold))


def _read_cancel(c: CancelPass, now: datetime) -> Reads:
    return (yield from read_pass(State(), c.pass_id))


def read_pass(state: State, pass_id: str) -> Reads:
    """Load what it takes to activate a pass or take it back."""
    state = yield from fetch(state, [(Pass, pass_id)])
    sold = state.need(Pass, pass_id)
    units = [(Entitlement, id) for id in sold.entitlement_ids]
    wishes = undo_wishes(state, [sold.charge_id], sold.spends, sold.holder_id, sold.meters)
    state = yield from fetch(state, [*units, *wishes])
    return (yield from fetch_parts(state, [sold.charge_id]))


def _cancel(state: State, c: CancelPass, now: datetime, ids: Ids) -> Decision:
    sold = state.need(Pass, c.pass_id)
    if sold.state not in ("pending", "active"):
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["pending", "active"])
    for id in sold.entitlement_ids:
        one = state.need(Entitlement, id)
        if one.used or (sold.state == "active" and (one.left != one.bought or _is_over(one, now))):
            raise WrongStateError(f"pass {sold.id}", state="used or expired", wanted=["unused"])
    draft = Draft(state, now, ids)
    _end(draft, sold, c.reason)
    draft.tell("pass cancelled", sold.holder_id, refer(sold))
    return draft.decision(refer(sold), [sold.charge_id])


def _is_over(one: Entitlement, now: datetime) -> bool:
    return one.expires is not None and one.expires <= now


def _end(draft: Draft, sold: Pass, reason: str) -> None:
    """The house takes the units that are left back, and gives back what was spent and paid."""
    for id in sold.entitlement_ids:
        one = draft.state.need(Entitlement, id)
        if one.left:
            draft.add(UnitsGivenBack(id, one.left))
    draft.add(PassEnded(sold.id, "cancelled"))
    return_units(draft, sold.spends, refer(sold))
    return_meters(draft, sold.meters)
    undo_charge(draft, sold.charge_id, reason)


def awaits_pass(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make it usable: it waits for one, and some of its units are valid."""
    sold = draft.state.need(Pass, subject.id)
    if sold.state != "pending":
        return False
    units = [draft.state.need(Entitlement, id) for id in sold.entitlement_ids]
    return any(one.left and not _is_over(one, draft.now) for one in units)


def fulfil_pass(draft: Draft, subject: Subject, charge_id: str) -> None:
    """It is paid: it can be used."""
    _activate(draft, subject.id)


def lapse_pass(draft: Draft, subject: Subject, reason: str) -> None:
    """End a pass that was not paid while its units were valid."""
    sold = draft.state.need(Pass, subject.id)
    if sold.state == "pending":
        _end(draft, sold, reason)
        draft.tell("pass expired", sold.holder_id, subject)


def read_entitlement(state: State, entitlement_id: str) -> Reads:
    """Load what it takes to end units that are over, and their pass, where it was never paid."""
    state = yield from fetch(state, [(Entitlement, entitlement_id)])
    one = state.need(Entitlement, entitlement_id)
    state = yield from fetch(state, [(Wallet, one.holder_id), (Pass, one.pass_id)])
    return (yield from read_pass(state, one.pass_id)) if state.need(Pass, one.pass_id).state == "pending" else state


def expire_entitlement(draft: Draft, subject: Subject) -> None:
    """End the units that are left, if their time is over; nobody can pay for a pass any more that has no others."""
    one = draft.state.need(Entitlement, subject.id)
    if one.left and one.expires is not None and one.expires <= draft.now:
        draft.add(UnitsExpired(one.id, one.left))
    sold = draft.state.need(Pass, one.pass_id)
    if sold.state == "pending" and not awaits_pass(draft, refer(sold), sold.charge_id or ""):
        lapse_pass(draft, refer(sold), "not paid in time")


adapt(SellPass, _read_sell, _sell)

adapt(CancelPass, _read_cancel, _cancel)


def _read_pass_life(uow: Uow, id: str) -> Steps[None]:
    uow.state = yield from read_pass(uow.state, id)


LIFE_CYCLES[Pass.kind] = LifeCycle(
    read=_read_pass_life,
    awaits=awaits_pass,
    fulfil=fulfil_pass,
    lapse=lapse_pass,
)


def _read_entitlement_life(uow: Uow, id: str) -> Steps[None]:
    uow.state = yield from read_entitlement(uow.state, id)


LIFE_CYCLES[Entitlement.kind] = LifeCycle(read=_read_entitlement_life, expire=expire_entitlement)
