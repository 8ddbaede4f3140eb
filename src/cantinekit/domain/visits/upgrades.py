"""Staying longer: an amendment. The whole is priced, and the difference to what was paid is charged.

Here too is what becomes of a visit, or of a longer stay, whose payment comes in or does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.adapter import adapt
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision, Ids, Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.occupancy.claims import can_claim, check_free, fetch_pages, place_claims
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.events import PassActivated, PassEnded
from cantinekit.domain.passes.records import Entitlement, Pass, Spend
from cantinekit.domain.payments.charging import (
    PAYMENT_HOLD,
    back_moves,
    charge_parts,
    give_back,
    raise_charge,
    return_meters,
    return_units,
    take,
    undo_charge,
    undo_wishes,
)
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import fetch_tariff, make_price, sale_keys
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, Wish, fetch, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.commands import CheckOut, UpgradeVisit
from cantinekit.domain.visits.events import UpgradeDropped, UpgradeHeld, VisitUpgraded
from cantinekit.domain.visits.handlers import (
    asked_stay,
    confirm_visit,
    drop_pass,
    end_visit,
    read_visit,
    sell_own_pass,
    stay_until,
    visit_pass,
)
from cantinekit.domain.visits.records import Upgrade, Visit
from cantinekit.errors import UnsuitableError, WrongStateError
from cantinekit.money import Money
from cantinekit.scheduling.opening import OpeningCalendar


def _read(c: UpgradeVisit, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Visit, c.visit_id), (Product, c.product_id)])
    visit, product = state.need(Visit, c.visit_id), state.need(Product, c.product_id)
    keys: list[Wish] = [
        (Place, visit.place_id),
        (Space, visit.space_id),
        (Pass, visit.pass_id),
        (Person, visit.person_id),
    ]
    state = yield from fetch(
        state, [*keys, *undo_wishes(state, visit.charge_ids, visit.spends, visit.person_id, visit.meters)]
    )
    place, space = state.need(Place, visit.place_id), state.need(Space, visit.space_id)
    until = max(visit.until, stay_until(OpeningCalendar.of(place, space), product, visit.opened_at))
    own = state.get(Pass, visit.pass_id) if visit.pass_id else None
    wishes: list[Wish] = [(LegalEntity, place.entity_id), *sale_keys(state, [product], visit.person_id)]
    wishes += [(Entitlement, id) for id in (own.entitlement_ids if own else ())]
    wishes += charge_parts(state, visit.charge_ids)
    state = yield from fetch_pages(state, [visit.space_id], Period(visit.opened_at, until), wishes)
    asked = asked_stay(product, visit.opened_at, until, c.facts)
    return (yield from fetch_tariff(state, [asked], visit.person_id, now))


def _check(visit: Visit, product: Product, place: Place, space: Space, now: datetime) -> datetime:
    """Until when the longer stay lasts, after all that may refuse it."""
    if visit.state != "open" or visit.upgrade is not None:
        wrong = "awaiting its payment" if visit.upgrade else visit.state
        raise WrongStateError(f"visit {visit.id}", state=wrong, wanted=["open"])
    if visit.until <= now:
        raise Prerequisite(Expire(refer(visit)))
    until = stay_until(OpeningCalendar.of(place, space), product, visit.opened_at)
    same = product.sells != "visit" or product.id == visit.product_id or product.entity_id != place.entity_id
    if same or until < visit.until:
        raise UnsuitableError(f"{product.name} is no longer stay than the one that is paid for")
    return until


def _upgrade(state: State, c: UpgradeVisit, now: datetime, ids: Ids) -> Decision:
    visit, product = state.need(Visit, c.visit_id), state.need(Product, c.product_id)
    place, space = state.need(Place, visit.place_id), state.need(Space, visit.space_id)
    until = _check(visit, product, place, space, now)
    if visit.person_id is not None:
        present(state, visit.person_id)
    draft, subject, expires = Draft(state, now, ids), refer(visit), now + PAYMENT_HOLD
    placed: tuple[Placed, ...] = ()
    if until > visit.until:
        placed = place_claims(space, ids("ext"), Period(visit.until, until), 1, None, buffers=False)
        check_free(state, space, place, placed, now)
    charges = [state.need(Charge, id) for id in visit.charge_ids]
    before = Money.sum((charge.kept for charge in charges), place.currency)
    moved = net_moves(visit.meters, *(charge.meters for charge in charges if charge.state == "settled"))
    priced = make_price(
        state,
        [asked_stay(product, visit.opened_at, until, c.facts)],
        subject=subject,
        place=place,
        customer_id=visit.person_id,
        now=now,
        ids=ids,
        promise=c.quote,
        paid_before=before,
        returned=visit.spends,
        released=moved,
    )
    draft.price = priced.quote
    meters = net_moves(priced.moves, back_moves(moved))
    more, less = _difference(priced.spends, visit.spends), _difference(visit.spends, priced.spends)
    draft.add(*attrs.evolve(priced, spends=more, moves=meters).events())
    charge = raise_charge(draft, priced, subject, place, visit.person_id) if priced.due else None
    paid = charge is None or bool(c.account and take(draft, charge.id, c.account, c.return_url))
    made = visit_pass(product, place, visit.person_id, priced, charge, until, visit.pass_id)
    own = sell_own_pass(draft, made, subject, paid)
    held = Upgrade(
        product.id,
        placed if paid else re_expire(placed, expires),
        until,
        expires,
        more,
        less,
        own.id if own else None,
        charge.id if charge else None,
        meters,
    )
    if paid:
        _apply(draft, visit, held)
        _give_difference_back(draft, visit, before - priced.sale.total)
    else:
        draft.add(UpgradeHeld(visit.id, held, now))
        draft.later("expire", subject, expires)
    return draft.decision(subject)


def _give_difference_back(draft: Draft, visit: Visit, over: Money) -> None:
    """What was paid for the first stay beyond the price of the whole."""
    rest = over.amount
    for charge_id in visit.charge_ids:
        rest -= give_back(draft, charge_id, rest, "the longer stay costs less")


def _difference(first: Iterable[Spend], second: Iterable[Spend]) -> tuple[Spend, ...]:
    """The units of the first that the second does not have."""
    other = {spend.entitlement_id: spend.units for spend in second}
    rest = [(spend.entitlement_id, spend.units - other.get(spend.entitlement_id, 0)) for spend in first]
    return tuple(Spend(id, units) for id, units in rest if units > 0)


def _apply(draft: Draft, visit: Visit, upgrade: Upgrade) -> None:
    """The stay is longer from now on; the first pass is superseded."""
    if upgrade.returns:
        return_units(draft, upgrade.returns, refer(visit))
    kept = {spend.entitlement_id: spend.units for spend in visit.spends}
    for spend, sign in (*((s, 1) for s in upgrade.spends), *((s, -1) for s in upgrade.returns)):
        kept[spend.entitlement_id] = kept.get(spend.entitlement_id, 0) + sign * spend.units
    spends = tuple(Spend(id, units) for id, units in sorted(kept.items()) if units)
    placed = re_expire(upgrade.placed, None)
    if visit.pass_id is not None:
        draft.add(PassEnded(visit.pass_id, "superseded"))
    longer = (visit.id, upgrade.product_id, upgrade.pass_id, upgrade.charge_id, upgrade.until, spends, placed)
    draft.add(VisitUpgraded(*longer, draft.now, upgrade.meters))
    draft.later("expire", refer(visit), upgrade.until)


def awaits_visit(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make a visit or a longer stay of it: it is not over, and the desk can be had."""
    visit = draft.state.need(Visit, subject.id)
    upgrade = visit.upgrade
    space, place = draft.state.need(Space, visit.space_id), draft.state.need(Place, visit.place_id)
    if upgrade is not None and upgrade.charge_id == charge_id:
        fits = can_claim(draft.state, space, place, upgrade.placed, draft.now)
        return visit.state == "open" and draft.now < upgrade.until and fits
    if visit.state != "held" or visit.until <= draft.now:
        return False
    return can_claim(draft.state, space, place, visit.placed, draft.now)


def fulfil_visit(draft: Draft, subject: Subject, charge_id: str) -> None:
    """The visit or the longer stay is paid."""
    visit = draft.state.need(Visit, subject.id)
    upgrade = visit.upgrade
    if upgrade is None or upgrade.charge_id != charge_id:
        confirm_visit(draft, visit)
        return
    if upgrade.pass_id is not None:
        own = draft.state.need(Pass, upgrade.pass_id)
        draft.add(PassActivated(own.id, own.entitlement_ids))
    _apply(draft, visit, upgrade)


def lapse_visit(draft: Draft, subject: Subject, reason: str) -> None:
    """End what was held and not paid: the longer stay, or the whole visit."""
    visit = draft.state.need(Visit, subject.id)
    if visit.upgrade is not None:
        _drop_upgrade(draft, visit, visit.upgrade, reason)
    elif visit.state == "held":
        end_visit(draft, visit, "lapsed", draft.now)
        return_units(draft, visit.spends, subject)
        return_meters(draft, visit.meters)
        drop_pass(draft, visit.pass_id, subject)
        for charge_id in visit.charge_ids:
            undo_charge(draft, charge_id, reason)


def _drop_upgrade(draft: Draft, visit: Visit, upgrade: Upgrade, reason: str) -> None:
    draft.add(UpgradeDropped(visit.id))
    return_units(draft, upgrade.spends, refer(visit))
    return_meters(draft, upgrade.meters)
    drop_pass(draft, upgrade.pass_id, refer(visit))
    undo_charge(draft, upgrade.charge_id, reason)


def expire_visit(draft: Draft, subject: Subject) -> None:
    """End what is over: a hold that ran out, or a stay at its end."""
    visit = draft.state.need(Visit, subject.id)
    held_until = visit.upgrade.expires if visit.upgrade else visit.expires if visit.state == "held" else None
    if held_until is not None and held_until <= draft.now:
        lapse_visit(draft, subject, "the hold ran out")
        visit = draft.state.need(Visit, subject.id)
    if visit.state == "open" and visit.upgrade is None and visit.until <= draft.now:
        end_visit(draft, visit, "closed", visit.until)


def _read_check_out(c: CheckOut, now: datetime) -> Reads:
    return (yield from read_visit(State(), c.visit_id))


def _check_out(state: State, c: CheckOut, now: datetime, ids: Ids) -> Decision:
    visit, draft = state.need(Visit, c.visit_id), Draft(state, now, ids)
    if visit.state != "open":
        raise WrongStateError(f"visit {visit.id}", state=visit.state, wanted=["open"])
    if visit.upgrade is not None:
        _drop_upgrade(draft, visit, visit.upgrade, "left before it was paid")
        visit = draft.state.need(Visit, visit.id)
    end_visit(draft, visit, "closed", max(visit.opened_at, min(now, visit.until)))
    return draft.decision(refer(visit), visit.charge_ids)


adapt(UpgradeVisit, _read, _upgrade)

adapt(CheckOut, _read_check_out, _check_out)


def _read_visit_life(uow: Uow, id: str) -> Steps[None]:
    uow.state = yield from read_visit(uow.state, id)


LIFE_CYCLES[Visit.kind] = LifeCycle(
    read=_read_visit_life,
    awaits=awaits_visit,
    fulfil=fulfil_visit,
    lapse=lapse_visit,
    expire=expire_visit,
)
