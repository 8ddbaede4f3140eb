"""Checking in on an entitlement or by paying, staying longer, checking out, and adding access codes."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, day_bounds, local
from cantinekit.domain.attendance.trainings import learnt_for, space_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.handling import handles
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.occupancy.claims import check_free, closed_for, place_claims, read_pages
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.giving import sell_priced
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.payments.charging import (
    PAYMENT_HOLD,
    back_moves,
    charge_parts,
    undo_wishes,
)
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.terms import OPENING_HOURS, Broken, check_rules, note_overrides, who_may
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import make_price
from cantinekit.domain.sales.question import read_prices, sale_keys
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.commands import AddAccessCodes, CheckIn, CheckOut, UpgradeVisit
from cantinekit.domain.visits.events import CodesAdded, UpgradeHeld, VisitOpened
from cantinekit.domain.visits.life_cycle import read_visit
from cantinekit.domain.visits.records import CodePool, Upgrade, Visit
from cantinekit.domain.visits.stays import end_visit, give_code, sell_own_pass, stay_question, stay_until
from cantinekit.domain.visits.unique_keys import code_key, visit_key
from cantinekit.domain.visits.upgrades import apply_upgrade, drop_upgrade, give_difference_back, units_beyond
from cantinekit.errors import ClosedError, DuplicateError, InputError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from cantinekit.scheduling.opening import OpeningCalendar, stay_end, stay_outside


@handles(CheckIn)
def check_in(c: CheckIn, uow: Uow) -> Steps[Decision[Visit]]:
    """Give somebody a desk for a stay: open at once where nothing is due or the money is in hand, else held."""
    began = uow.now  # every batch is chosen by this instant, so that a decision at it finds all of its rows
    once = visit_key(c.person_id) if c.person_id is not None else None
    person: list[Wish] = [(Person, c.person_id), (Wallet, c.person_id), (Unique, once), (Person, c.payer_id)]
    place = yield from uow.need(Place, c.place_id, (Product, c.product_id), (CodePool, c.place_id), *person)
    product = uow.state.need(Product, c.product_id)
    space_id = _sold_at(product, place)
    longest = _longest_stay(place, began, c.override)
    wishes: list[Wish] = [(Space, space_id), (LegalEntity, place.entity_id)]
    wishes += sale_keys(uow.state, [product], c.person_id)
    if once is not None and (taken := uow.state.get(Unique, once)):
        wishes.append((Visit, taken.holder))
    yield from read_pages(uow, [space_id], longest, wishes)
    space = uow.state.need(Space, space_id)
    stays = Period(began, stay_until(OpeningCalendar.of(place, space), product, began))
    asked = stay_question(product, place.id, c.person_id, stays, c)
    yield from read_prices(uow, asked, began, space_wishes([space], c.person_id))

    now = uow.now
    if c.person_id is not None:
        present(uow.state, c.person_id)
        _refuse_second(uow.state, c.person_id, now)
    id = uow.ids("vis")
    if space.place_id != place.id or space.use != "desks":
        raise UnsuitableError(f"the open space of {place.name} must be desks there")
    subject, expires = Subject(Visit.kind, id), now + PAYMENT_HOLD
    until, broken = _stay(uow.state, c, place, space, product, now)
    rules = check_rules(broken, c.override)
    placed = place_claims(space, id, Period(now, until), 1, None, buffers=False)
    check_free(uow.state, space, place, placed, now)
    asked = stay_question(product, place.id, c.person_id, Period(now, until), c)
    priced = make_price(uow.state, asked, subject=subject, now=now, ids=uow.ids, promise=c.quote)
    sold = sell_priced(uow, priced, subject, place, c.person_id, c)
    paid, charge = sold.stands, uow.state.need(Charge, sold.charge_id) if sold.charge_id else None
    own = sell_own_pass(uow, charge, product, place, until, paid=paid)
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
        spends=sold.spends,
        charge_ids=(charge.id,) if charge else (),
        placed=placed if paid else re_expire(placed, expires),
        meters=priced.moves,
        sale_id=priced.sale.id,
    )
    uow.add(VisitOpened(visit, now))
    note_overrides(uow, rules, c.override, subject)
    if once is not None:
        uow.add(UniqueTaken(once, visit.id))
    if paid:
        give_code(uow, visit)
    uow.later("expire", subject, until if paid else expires)
    return uow.done_at(Visit, subject.id)


def _sold_at(product: Product, place: Place) -> str:
    """The id of the open space of a place, for which a product is to be sold.

    Raises:
        UnsuitableError: the product sells no visits there, or there is no open space.
        WrongStateError: the product is retired.
    """
    if product.retired is not None:
        raise WrongStateError(product.name, state="retired")
    if product.sells != "visit":
        raise UnsuitableError(f"{product.name} sells no visits")
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    if place.open_space_id is None:
        raise UnsuitableError(f"{place.name} has no open space")
    return place.open_space_id


def _longest_stay(place: Place, now: datetime, override: str | None) -> Period:
    """The longest time that a stay which begins now can take, by the hours of the place.

    Raises:
        ClosedError: the place is closed, and there is no override.
    """
    calendar = OpeningCalendar.of(place)
    closing = stay_end(calendar, now, "day")
    if override is None and closing is None:
        raise ClosedError(place.name, closed_for(calendar.at(now)))
    midnight = day_bounds(local(now, place.zone).date(), place.zone).end
    return Period(now, closing if closing and override is None else max(closing or midnight, midnight))


def _stay(
    state: State, c: CheckIn, place: Place, space: Space, product: Product, now: datetime
) -> tuple[datetime, list[Broken]]:
    """When the stay ends, and the rules of the open space that it breaks, the first to be told first."""
    calendar, broken = OpeningCalendar.of(place, space), list[Broken]()
    until = stay_end(calendar, now, product.stay)
    if until is None:
        closed = place if not OpeningCalendar.of(place).at(now).open else space
        broken.append((OPENING_HOURS, ClosedError(closed.name, closed_for(calendar.at(now)))))
        until = stay_outside(calendar, now, product.stay)
    learnt = learnt_for(state, space, c.person_id, Period(now, until), now)
    return until, [*who_may(space, c.groups, learnt), *broken]


def _refuse_second(state: State, person_id: str, now: datetime) -> None:
    """Refuse a second visit at the same time.

    Raises:
        DuplicateError: the person has an open visit.
        Prerequisite: the time of that visit is over, so that it must be ended first.
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


@handles(UpgradeVisit)
def upgrade_visit(c: UpgradeVisit, uow: Uow) -> Steps[Decision[Visit]]:
    """Make a visit longer: the whole is priced, and the difference to what was paid is charged or given back."""
    began = uow.now  # the price list and its meters are chosen by this instant
    visit = yield from uow.need(Visit, c.visit_id, (Product, c.product_id))
    product = uow.state.need(Product, c.product_id)
    wishes: list[Wish] = [(Place, visit.place_id), (Space, visit.space_id)]
    wishes += [(Pass, visit.pass_id), (Person, visit.person_id), (Person, c.payer_id)]
    wishes += undo_wishes(uow.state, visit.charge_ids, visit.spends, visit.person_id, visit.meters)
    yield from uow.fetch(wishes)
    place, space = uow.state.need(Place, visit.place_id), uow.state.need(Space, visit.space_id)
    until = stay_until(OpeningCalendar.of(place, space), product, visit.opened_at)
    period = Period(visit.opened_at, max(visit.until, until))
    asked = stay_question(product, place.id, visit.person_id, period, c)
    first = uow.state.get(Pass, visit.pass_id) if visit.pass_id else None
    wishes = [(LegalEntity, place.entity_id), *sale_keys(uow.state, [product], visit.person_id)]
    wishes += [(Entitlement, id) for id in (first.entitlement_ids if first else ())]
    wishes += charge_parts(uow.state, visit.charge_ids)
    yield from read_pages(uow, [visit.space_id], period, wishes)
    yield from read_prices(uow, asked, began)

    _check_longer(visit, product, place, until, uow.now)
    if visit.person_id is not None:
        present(uow.state, visit.person_id)
    subject, expires = refer(visit), uow.now + PAYMENT_HOLD
    placed: tuple[Placed, ...] = ()
    if until > visit.until:
        placed = place_claims(space, uow.ids("ext"), Period(visit.until, until), 1, None, buffers=False)
        check_free(uow.state, space, place, placed, uow.now)
    charges = [uow.state.need(Charge, id) for id in visit.charge_ids]
    before = Money.sum((charge.kept for charge in charges), place.currency)
    moved = net_moves(visit.meters, *(charge.meters for charge in charges if charge.state == "settled"))
    priced = make_price(
        uow.state,
        asked,
        subject=subject,
        now=uow.now,
        ids=uow.ids,
        promise=c.quote,
        paid_before=before,
        returned=visit.spends,
        released=moved,
    )
    meters = net_moves(priced.moves, back_moves(moved))
    more, less = units_beyond(priced.spends, visit.spends), units_beyond(visit.spends, priced.spends)
    sold = sell_priced(uow, attrs.evolve(priced, spends=more, moves=meters), subject, place, visit.person_id, c)
    paid, charge = sold.stands, uow.state.need(Charge, sold.charge_id) if sold.charge_id else None
    own = sell_own_pass(uow, charge, product, place, until, paid=paid, supersedes=visit.pass_id)
    upgrade = Upgrade(
        product.id,
        placed if paid else re_expire(placed, expires),
        until,
        expires,
        more,
        less,
        own.id if own else None,
        charge.id if charge else None,
        meters,
        priced.sale.id,
    )
    if paid:
        apply_upgrade(uow, visit, upgrade)
        give_difference_back(uow, visit, before - priced.sale.total)
    else:
        uow.add(UpgradeHeld(visit.id, upgrade, uow.now))
        uow.later("expire", subject, expires)
    return uow.done_at(Visit, subject.id)


def _check_longer(visit: Visit, product: Product, place: Place, until: datetime, now: datetime) -> None:
    """Refuse to make a visit longer that is not open, or by a product that is no longer stay.

    Raises:
        WrongStateError: the visit is not open, or awaits the payment of another upgrade.
        Prerequisite: its time is over, so that it must be ended first.
        UnsuitableError: the product sells no longer stay there.
    """
    if visit.state != "open" or visit.upgrade is not None:
        wrong = "awaiting its payment" if visit.upgrade else visit.state
        raise WrongStateError(f"visit {visit.id}", state=wrong, wanted=["open"])
    if visit.until <= now:
        raise Prerequisite(Expire(refer(visit)))
    same = product.sells != "visit" or product.id == visit.product_id or product.entity_id != place.entity_id
    if same or until < visit.until:
        raise UnsuitableError(f"{product.name} is no longer stay than the one that is paid for")


@handles(CheckOut)
def check_out(c: CheckOut, uow: Uow) -> Steps[Decision[Visit]]:
    """End an open visit now; a longer stay that was not paid is dropped."""
    yield from read_visit(uow, c.visit_id)

    visit = uow.state.need(Visit, c.visit_id)
    if visit.state != "open":
        raise WrongStateError(f"visit {visit.id}", state=visit.state, wanted=["open"])
    if visit.upgrade is not None:
        drop_upgrade(uow, visit, visit.upgrade, "left before it was paid")
        visit = uow.state.need(Visit, visit.id)
    end_visit(uow, visit, "closed", max(visit.opened_at, min(uow.now, visit.until)))
    return uow.done(visit, visit.charge_ids)


@handles(AddAccessCodes)
def add_access_codes(c: AddAccessCodes, uow: Uow) -> Steps[Decision[CodePool]]:
    """Put access codes into the pool of a place; a code that the place has or had is refused."""
    once: list[Wish] = [(Unique, code_key(c.place_id, code)) for code in c.codes]
    place = yield from uow.need(Place, c.place_id, (CodePool, c.place_id), *once)

    if not c.codes:
        raise InputError("no codes are given")
    if any(uow.state.get(Unique, id) is not None for _, id in once if id is not None):
        raise DuplicateError("an access code among these")
    uow.add(CodesAdded(place.id, c.codes))
    return uow.done_at(CodePool, place.id)
