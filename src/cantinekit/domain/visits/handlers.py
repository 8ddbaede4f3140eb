"""Visits: checking in on an entitlement or by paying, and what a visit takes to end."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, day_bounds, local
from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.trainings import learnt_for, space_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision, Ids, Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.occupancy.claims import check_free, closed_for, fetch_pages, place_claims
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.passes.events import (
    PassActivated,
    PassEnded,
    PassSold,
    UnitsGivenBack,
    UnitsReturned,
    UnitsSpent,
)
from cantinekit.domain.passes.records import Entitlement, Pass, Spend, Wallet
from cantinekit.domain.payments.charging import PAYMENT_HOLD, charge_parts, raise_charge, take, undo_wishes
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.openings import Openings
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.terms import OPENING_HOURS, Broken, check_rules, note_overrides, who_may
from cantinekit.domain.sales.prices import Priced, Wanted, fetch_tariff, make_price, sale_keys, wanted
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, Wish, fetch, refer
from cantinekit.domain.uniques.events import UniqueFreed, UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.visits.codes import code_key
from cantinekit.domain.visits.commands import AddAccessCodes, CheckIn
from cantinekit.domain.visits.events import CodeGiven, CodesAdded, VisitConfirmed, VisitEnded, VisitOpened
from cantinekit.domain.visits.records import CodePool, Visit
from cantinekit.errors import ClosedError, DuplicateError, InputError, UnsuitableError
from cantinekit.scheduling.opening import OpeningCalendar, stay_end, stay_outside


def visit_key(person_id: str) -> str:
    """The id of the row that lets a person have one open visit."""
    return f"visit|{person_id}"


def stay_until(calendar: OpeningCalendar, product: Product, start: datetime) -> datetime:
    """Until when a stay lasts that begins then, by the openings of the open space, also while that is closed."""
    return stay_end(calendar, start, product.stay) or stay_outside(calendar, start, product.stay)


def asked_stay(product: Product, start: datetime, until: datetime, facts: Facts) -> Wanted:
    return wanted(product, period=Period(start, until), facts=facts)


def _read_check_in(c: CheckIn, now: datetime) -> Reads:
    keys: list[Wish] = [(Place, c.place_id), (Product, c.product_id), (CodePool, c.place_id)]
    if c.person_id is not None:
        keys += [(Person, c.person_id), (Wallet, c.person_id), (Unique, visit_key(c.person_id))]
    state = yield from fetch(State(), keys)
    place, product = state.need(Place, c.place_id), state.need(Product, c.product_id)
    calendar = OpeningCalendar.of(place)
    closing = stay_end(calendar, now, "day")
    if place.open_space_id is None or (closing is None and c.override is None):
        return state
    midnight = day_bounds(local(now, place.zone).date(), place.zone).end
    longest = Period(now, closing if closing and c.override is None else max(closing or midnight, midnight))
    wishes: list[Wish] = [(Space, place.open_space_id), (LegalEntity, place.entity_id)]
    wishes += sale_keys(state, [product], c.person_id)
    if c.person_id is not None and (open_visit := state.get(Unique, visit_key(c.person_id))):
        wishes.append((Visit, open_visit.holder))
    state = yield from fetch_pages(state, [place.open_space_id], longest, wishes)
    space = state.need(Space, place.open_space_id)
    if space.hours or space.openings != Openings():
        calendar = OpeningCalendar.of(place, space)
    until = stay_until(calendar, product, now)
    also = space_wishes([space], c.person_id)
    return (yield from fetch_tariff(state, [asked_stay(product, now, until, c.facts)], c.person_id, now, also))


def _check_in(state: State, c: CheckIn, now: datetime, ids: Ids) -> Decision:
    place, product = state.need(Place, c.place_id), state.need(Product, c.product_id)
    if product.sells != "visit":
        raise UnsuitableError(f"{product.name} sells no visits")
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    if place.open_space_id is None:
        raise UnsuitableError(f"{place.name} has no open space")
    verdict = OpeningCalendar.of(place).at(now)
    if not state.knows(Space, place.open_space_id) and not verdict.open:  # nothing more was read, since it is closed
        raise ClosedError(place.name, closed_for(verdict))
    if c.person_id is not None:
        present(state, c.person_id)
        _refuse_second(state, c.person_id, now)
    draft, id, space = Draft(state, now, ids), ids("vis"), state.need(Space, place.open_space_id)
    if space.place_id != place.id or space.use != "desks":
        raise UnsuitableError(f"the open space of {place.name} must be desks there")
    subject, expires = Subject(Visit.kind, id), now + PAYMENT_HOLD
    until, broken = _stay(state, c, place, space, product, now)
    rules = check_rules(broken, c.override)
    placed = place_claims(space, id, Period(now, until), 1, None, buffers=False)
    check_free(state, space, place, placed, now)
    priced = make_price(
        state,
        [asked_stay(product, now, until, c.facts)],
        subject=subject,
        place=place,
        customer_id=c.person_id,
        now=now,
        ids=ids,
        promise=c.quote,
    )
    draft.price = priced.quote
    charge = raise_charge(draft, priced, subject, place, c.person_id) if priced.due else None
    paid = charge is None or bool(c.account and take(draft, charge.id, c.account, c.return_url))
    own = sell_own_pass(draft, visit_pass(product, place, c.person_id, priced, charge, until), subject, paid)
    visit = Visit(
        id,
        place.id,
        space.id,
        product.id,
        now,
        until,
        c.person_id,
        state="open" if paid else "held",
        expires=None if paid else expires,
        pass_id=own.id if own else None,
        spends=priced.spends,
        charge_ids=(charge.id,) if charge else (),
        placed=placed if paid else re_expire(placed, expires),
        meters=priced.moves,
    )
    draft.add(VisitOpened(visit, now), *priced.events())
    note_overrides(draft, rules, c.override, subject)
    if c.person_id is not None:
        draft.add(UniqueTaken(visit_key(c.person_id), visit.id))
    if paid:
        give_code(draft, visit)
    draft.later("expire", subject, until if paid else expires)
    return draft.decision(subject)


def _stay(
    state: State, c: CheckIn, place: Place, space: Space, product: Product, now: datetime
) -> tuple[datetime, list[Broken]]:
    """Until when the stay lasts, and the rules of the open space that it breaks, the first to be told first."""
    calendar, broken = OpeningCalendar.of(place, space), list[Broken]()
    until = stay_end(calendar, now, product.stay)
    if until is None:
        closed = place if not OpeningCalendar.of(place).at(now).open else space
        broken.append((OPENING_HOURS, ClosedError(closed.name, closed_for(calendar.at(now)))))
        until = stay_outside(calendar, now, product.stay)
    learnt = learnt_for(state, space, c.person_id, Period(now, until), now)
    return until, [*who_may(space, c.groups, learnt), *broken]


def _refuse_second(state: State, person_id: str, now: datetime) -> None:
    """Refuse a second visit at the same time; one whose time is over is ended first.

    Raises:
        DuplicateError: the person is there already.
    """
    taken = state.get(Unique, visit_key(person_id))
    if taken is None or taken.holder is None:
        return
    visit = state.need(Visit, taken.holder)
    over = visit.until if visit.state == "open" else visit.expires
    if visit.upgrade is not None:
        over = visit.upgrade.expires
    if over is not None and over <= now:
        raise Prerequisite(Expire(refer(visit)))
    raise DuplicateError("an open visit of this person", visit.id)


@attrs.frozen
class OwnPass:
    """The pass that is bought with a stay: one unit, for this stay only."""

    product: Product
    place: Place
    holder_id: str | None
    tariff_version: str
    charge_id: str
    until: datetime
    supersedes: str | None = None


def visit_pass(
    product: Product,
    place: Place,
    holder_id: str | None,
    priced: Priced,
    charge: Charge | None,
    until: datetime,
    supersedes: str | None = None,
) -> OwnPass | None:
    """The pass that goes with a stay that something is paid for; none when entitlements covered it."""
    if charge is None:
        return None
    return OwnPass(product, place, holder_id, priced.sale.tariff_version, charge.id, until, supersedes)


def sell_own_pass(draft: Draft, own: OwnPass | None, subject: Subject, paid: bool) -> Pass | None:
    """Sell that pass, and spend its unit on the stay."""
    if own is None:
        return None
    unit_id = draft.ids("ent")
    sold = Pass(
        draft.ids("pas"),
        own.product.id,
        own.place.id,
        own.place.entity_id,
        own.holder_id,
        sold_at=draft.now,
        tariff_version=own.tariff_version,
        state="active" if paid else "pending",
        entitlement_ids=(unit_id,),
        charge_id=own.charge_id,
        supersedes=own.supersedes,
    )
    unit = Entitlement(
        unit_id,
        sold.id,
        own.holder_id,
        account=own.product.tariff_product,
        bought=1,
        left=1,
        bought_at=draft.now,
        expires=own.until,
        places=(own.place.id,),
        active=paid,
    )
    draft.add(PassSold(sold, (unit,)), UnitsSpent((Spend(unit_id, 1),), subject))
    return sold


def give_code(draft: Draft, visit: Visit) -> None:
    """The next access code of the place, if there is one: each code once."""
    pool = draft.state.get(CodePool, visit.place_id)
    if pool is not None and pool.codes and not visit.access_code:
        draft.add(CodeGiven(visit.place_id, visit.id, pool.codes[0]))


def read_visit(state: State, visit_id: str) -> Reads:
    """Load what it takes to confirm, upgrade or end a visit."""
    state = yield from fetch(state, [(Visit, visit_id)])
    visit = state.need(Visit, visit_id)
    upgrade = visit.upgrade
    spends = (*visit.spends, *(upgrade.spends if upgrade else ()), *(upgrade.returns if upgrade else ()))
    meters = (*visit.meters, *(upgrade.meters if upgrade else ()))
    wishes = undo_wishes(state, visit.charge_ids, spends, visit.person_id, meters)
    wishes += [(Space, visit.space_id), (Place, visit.place_id), (CodePool, visit.place_id)]
    wishes += [(Pass, visit.pass_id), (Pass, upgrade.pass_id if upgrade else None)]
    wishes += [(Unique, visit_key(visit.person_id) if visit.person_id else None)]
    until = max(visit.until, upgrade.until) if upgrade else visit.until
    state = yield from fetch_pages(state, [visit.space_id], Period(visit.opened_at, until), wishes)
    passes = [state.get(Pass, id) for id in (visit.pass_id, upgrade.pass_id if upgrade else None) if id]
    units: list[Wish] = [(Entitlement, id) for own in passes if own for id in own.entitlement_ids]
    units += charge_parts(state, visit.charge_ids)
    return (yield from fetch(state, units))


def end_visit(draft: Draft, visit: Visit, ended: str, at: datetime) -> None:
    """The desk is free, and the person may check in again."""
    draft.add(VisitEnded(visit.id, ended, at))
    if visit.person_id is not None:
        draft.add(UniqueFreed(visit_key(visit.person_id)))


def drop_pass(draft: Draft, pass_id: str | None, subject: Subject) -> None:
    """Take back a pass that was sold with a stay and never paid."""
    if pass_id is None:
        return
    sold = draft.state.need(Pass, pass_id)
    for id in sold.entitlement_ids:
        one = draft.state.need(Entitlement, id)
        if one.used:
            draft.add(UnitsReturned((Spend(id, one.used),), subject))
        draft.add(UnitsGivenBack(id, one.left + one.used))
    draft.add(PassEnded(sold.id, "cancelled"))


def confirm_visit(draft: Draft, visit: Visit) -> None:
    """A visit that was held is paid."""
    draft.add(VisitConfirmed(visit.id, re_expire(visit.placed, None), draft.now))
    if visit.pass_id is not None:
        sold = draft.state.need(Pass, visit.pass_id)
        draft.add(PassActivated(sold.id, sold.entitlement_ids))
    give_code(draft, visit)
    draft.later("expire", refer(visit), visit.until)


def _read_codes(c: AddAccessCodes, now: datetime) -> Reads:
    once = [(Unique, code_key(c.place_id, code)) for code in c.codes]
    return (yield from fetch(State(), [(Place, c.place_id), (CodePool, c.place_id), *once]))


def _add_codes(state: State, c: AddAccessCodes, now: datetime, ids: Ids) -> Decision:
    place = state.need(Place, c.place_id)
    if not c.codes:
        raise InputError("no codes are given")
    for code in c.codes:
        if state.get(Unique, code_key(place.id, code)) is not None:
            raise DuplicateError("an access code among these")
    draft = Draft(state, now, ids)
    draft.add(CodesAdded(place.id, c.codes))
    return draft.decision(Subject(CodePool.kind, place.id))


adapt(CheckIn, _read_check_in, _check_in)

adapt(AddAccessCodes, _read_codes, _add_codes)
