"""Checking in on an entitlement or by paying, staying longer, checking out, undoing it, and adding access codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from cantinekit import pricing
from cantinekit.clock import Period, day_bounds, local
from cantinekit.domain.attendance.trainings import learnt_for, space_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.finding import read_product, sold_product
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.handling import handles
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.occupancy.claims import check_free, closed_for, place_claims, read_pages
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.organisations.presence import check_payer
from cantinekit.domain.passes.giving import sell_priced
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.payments.charging import (
    PAYMENT_HOLD,
    back_moves,
    charge_parts,
    check_account,
    own_deposit,
    price_along,
    read_scopes,
    undo_wishes,
)
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.terms import OPENING_HOURS, Broken, check_rules, note_overrides, who_may
from cantinekit.domain.sales.afterwards import units_beyond
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import make_price
from cantinekit.domain.sales.question import Question, read_prices, read_tariff, sale_keys, version_of, wanted
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.sales.scopes import loaded_scopes
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.commands import (
    AddAccessCodes,
    CancelVisit,
    CheckIn,
    CheckOut,
    CorrectVisit,
    ReopenVisit,
    UpgradeVisit,
)
from cantinekit.domain.visits.deriving import (
    TabChange,
    change_of,
    check_sold,
    derive,
    left_due,
    paid_by,
    read_tabs,
    refuse_overlap,
    tab_wishes,
)
from cantinekit.domain.visits.events import (
    CodesAdded,
    UpgradeHeld,
    VisitCorrected,
    VisitEnded,
    VisitOpened,
    VisitReopened,
)
from cantinekit.domain.visits.life_cycle import at_its_end_or_before, read_visit
from cantinekit.domain.visits.records import Clocked, CodePool, Tab, Upgrade, Visit
from cantinekit.domain.visits.sightings import CORRECTION, LONGEST, check_instant, note_sighting
from cantinekit.domain.visits.stays import (
    end_visit,
    give_code,
    key_of,
    sell_own_pass,
    stay_ends,
    stay_of,
    stay_question,
    stay_scopes,
    stay_until,
    tab_period,
    undo_stay,
)
from cantinekit.domain.visits.tabs import likely_tabs, tab_id
from cantinekit.domain.visits.unique_keys import code_key, visit_key
from cantinekit.domain.visits.upgrades import apply_upgrade, drop_upgrade, give_difference_back
from cantinekit.errors import (
    ClosedError,
    DuplicateError,
    InputError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.scheduling.opening import OpeningCalendar, last_end, stay_end, stay_outside


@attrs.frozen
class _Entry:
    """What a check-in works with, once everything is read.

    Attributes:
        id: the id of the visit.
        place: the place.
        space: the zone.
        product: the product.
        tariff: the version of the price list that is in force when the visit begins.
        zone_id: the id of the zone; ``None`` for the open space of the place.
    """

    id: str
    place: Place
    space: Space
    product: Product
    tariff: pricing.Tariff
    zone_id: str | None

    @property
    def calendar(self) -> OpeningCalendar:
        return OpeningCalendar.of(self.place, self.space)

    @property
    def timed(self) -> bool:
        """Whether the visit is priced when it ends."""
        return stay_of(self.tariff, self.product.tariff_product) == "clock"

    @property
    def zoned(self) -> bool:
        return self.zone_id is not None

    def clocked(self, c: CheckIn, start: datetime) -> Clocked:
        """How the visit is priced when it ends."""
        found = Clocked(
            "-",
            self.place.entity_id,
            self.product.pricelist_id,
            self.product.tariff_product,
            tab_period(self.tariff),
            self.tariff.zone,
            c.facts,
            c.account,
            c.codes,
            c.on_account,
            c.payer_id,
            c.ordered_by_id,
        )
        return attrs.evolve(found, tab_id=tab_id(c.person_id, self.id, found, start))

    def questions(self, c: CheckIn, start: datetime, until: datetime) -> list[Question]:
        """What the price list is asked at the door: the stay; of one by the clock the shortest and the longest."""
        ends = [start + _SHORTEST, until] if self.timed else [until]
        periods = [Period(start, max(end, start + _SHORTEST)) for end in ends]
        alone = self.timed  # it is on a tab with the others
        return [
            stay_question(self.product, self.place.id, c.person_id, period, c, scoped=not alone) for period in periods
        ]


_SHORTEST = timedelta(minutes=1)
"""The shortest stay that a price list is asked for."""


@handles(CheckIn)
def check_in(c: CheckIn, uow: Uow) -> Steps[Decision[Visit]]:
    """Give somebody a desk for a stay: open at once where nothing is due yet or the money is in hand, else held."""
    _check_instants(c, uow.now)
    start = c.at or uow.now  # every batch is chosen by this instant, so that a decision at it finds all of its rows
    entry, once = yield from _read_entry(c, uow, start)

    now = uow.now
    start = c.at or now
    if c.person_id is not None:
        present(uow.state, c.person_id)
    if once is not None:
        _refuse_second(uow.state, once, c, now)
    if entry.space.place_id != entry.place.id or entry.space.use != "desks":
        zone = entry.space.name if entry.zoned else "the open space"
        raise UnsuitableError(f"{zone} of {entry.place.name} must be desks there")
    until, broken = _stay(uow.state, c, entry, start)
    rules = check_rules(broken, c.override)
    over = c.left_at is not None or until <= now
    ended = min(c.left_at or until, until) if over else None
    placed: tuple[Placed, ...] = ()
    if not over:
        placed = place_claims(entry.space, entry.id, Period(now, until), 1, None, buffers=False)
        check_free(uow.state, entry.space, entry.place, placed, now)
    visit = _open(c, uow, entry, Period(start, until), placed, over=over)
    note_overrides(uow, rules, c.override, refer(visit))
    note_sighting(uow, visit, "in", start, c.source)
    if once is not None and not over:
        uow.add(UniqueTaken(once, visit.id))
    if visit.state == "open" and not over:
        give_code(uow, visit)
    if ended is not None:
        uow.add(VisitEnded(visit.id, "closed", ended, c.left_at is None))
        if c.left_at is not None:
            note_sighting(uow, visit, "out", c.left_at, c.source)
        if visit.clocked is not None:
            change = change_of(visit, visit.clocked.tab_id, start, ended)
            how = paid_by(visit, c.account, c.return_url)
            derive(uow, change, uow.state.need(Visit, visit.id), entry.place, how, _NOTED_LATE)
    else:
        uow.later("expire", refer(visit), visit.expires or until)
    return uow.done_at(Visit, visit.id)


_NOTED_LATE = "a visit was noted late"


def _check_instants(c: CheckIn, now: datetime) -> None:
    """Refuse instants at which nobody can have come or left.

    Raises:
        InputError: one is in the future, too long ago or in the wrong order.
    """
    if c.at is not None:
        check_instant(c.at, "at", now)
    if c.left_at is not None:
        check_instant(c.left_at, "left_at", now)
        if c.at is None or c.left_at <= c.at:
            raise InputError("left_at goes with at, and is after it")


def _read_entry(c: CheckIn, uow: Uow, start: datetime) -> Steps[tuple[_Entry, str | None]]:
    """Load what a check-in needs. With it comes the id of the row that lets a person be in the zone once."""
    both = {visit_key(c.person_id, zone) for zone in (None, c.space_id)} if c.person_id is not None else set[str]()
    person: list[Wish] = [(Person, c.person_id), (Wallet, c.person_id), (Person, c.payer_id)]
    person += [(Unique, key) for key in sorted(both)]
    pool = (CodePool, c.place_id)
    yield from read_product(uow, c.product_id, c.place_id, (Place, c.place_id), pool, *person)
    place = uow.state.need(Place, c.place_id)
    product = sold_product(uow.state, c.product_id, place, "visit")
    space_id = _sold_at(product, place, c.space_id)
    zone_id = space_id if space_id != place.open_space_id else None
    once = visit_key(c.person_id, zone_id) if c.person_id is not None else None
    wishes: list[Wish] = [(Space, space_id), (LegalEntity, place.entity_id)]
    wishes += sale_keys(uow.state, [product], c.person_id, c)
    if once is not None and (taken := uow.state.get(Unique, once)):
        wishes.append((Visit, taken.holder))
    likely = likely_tabs(c.person_id, product, place, start) if c.at is not None else []
    wishes += [(Tab, id) for id in likely]
    yield from read_pages(uow, [space_id], _longest_stay(place, start, c.override), wishes)
    space, id = uow.state.need(Space, space_id), uow.ids("vis")
    version = version_of(uow.state, [wanted(product)], start)
    wishes = [(TariffText, version), *space_wishes([space], c.person_id)]
    tabs = [found for found in (uow.state.get(Tab, id) for id in likely) if found is not None]
    wishes += [(Charge, id) for tab in tabs for id in tab.charge_ids]
    wishes += [(Product, stay.product_id) for tab in tabs for stay in tab.stays]
    yield from uow.fetch(wishes)
    entry = _Entry(id, place, space, product, read_tariff(uow.state.need(TariffText, version).text), zone_id)
    until = stay_until(entry.calendar, entry.tariff, product, start)
    if c.at is None or not entry.timed:
        longest = entry.questions(c, start, until)[-1]
        yield from read_prices(uow, longest, start)
        return entry, once
    clocked = entry.clocked(c, start)
    yield from uow.fetch(tab_wishes(clocked, c.person_id, [clocked.tab_id]))
    ghost = _visit(c, entry, Period(start, until), clocked=clocked)
    yield from read_tabs(uow, clocked, c.person_id, place.id, [change_of(ghost, clocked.tab_id, start, until)])
    return entry, once


def _visit(c: CheckIn, entry: _Entry, period: Period, *, clocked: Clocked | None) -> Visit:
    """The visit as it begins, before anything is paid for it."""
    return Visit(
        entry.id,
        entry.place.id,
        entry.space.id,
        entry.product.id,
        period.start,
        period.end,
        c.person_id,
        clocked=clocked,
        zoned=entry.zoned,
    )


def _open(c: CheckIn, uow: Uow, entry: _Entry, period: Period, placed: tuple[Placed, ...], *, over: bool) -> Visit:
    """Open the visit, or hold it until it is paid. What is over already waits for nothing."""
    if entry.timed:
        return _open_clocked(c, uow, entry, period, placed)
    now, place, product = uow.now, entry.place, entry.product
    subject, expires = Subject(Visit.kind, entry.id), now + PAYMENT_HOLD
    (asked,) = entry.questions(c, period.start, period.end)
    priced = make_price(uow.state, asked, subject=subject, now=period.start, ids=uow.ids, promise=c.quote)
    sold = sell_priced(uow, priced, subject, place, c.person_id, c, late=True)
    paid, charge = sold.stands, uow.state.need(Charge, sold.charge_id) if sold.charge_id else None
    own = sell_own_pass(uow, charge, product, place, period.end, holder_id=c.person_id, paid=paid)
    stands = paid or over
    visit = attrs.evolve(
        _visit(c, entry, period, clocked=None),
        state="open" if stands else "held",
        expires=None if stands else expires,
        pass_id=own.id if own else None,
        spends=sold.spends,
        charge_ids=(charge.id,) if charge else (),
        placed=placed if stands else re_expire(placed, expires),
        meters=priced.moves,
        sale_id=priced.sale.id,
    )
    uow.add(VisitOpened(visit, now))
    return visit


def _open_clocked(c: CheckIn, uow: Uow, entry: _Entry, period: Period, placed: tuple[Placed, ...]) -> Visit:
    """Open a visit that is priced when it ends, unless the price list would refuse it whatever its length.

    Raises:
        UnsuitableError: a price is promised, or something is bought along.
    """
    if c.extras:
        raise UnsuitableError(f"{entry.product.name} is priced when the visit ends: sell what goes with it by itself")
    if c.quote is not None:
        raise UnsuitableError(f"{entry.product.name} is priced when the visit ends: no price can be promised before")
    today = local(uow.now, entry.place.zone).date()
    check_payer(uow.state, c.payer_id, c.person_id, c.ordered_by_id, today)
    clocked = entry.clocked(c, period.start)
    visit = attrs.evolve(_visit(c, entry, period, clocked=clocked), placed=placed)
    check_sold(uow, entry.questions(c, period.start, period.end), visit)
    if c.account is not None:
        check_account(uow.state, entry.place.entity_id, c.account)
    if c.at is not None:
        end = c.left_at or uow.now
        refuse_overlap(uow.state, clocked.tab_id, visit.id, visit.space_id, period.start, end)
    uow.add(VisitOpened(visit, uow.now))
    return visit


def _sold_at(product: Product, place: Place, space_id: str | None) -> str:
    """The id of the zone of a place for which a product is to be sold: its open space where none is named.

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
    found = space_id or place.open_space_id
    if found is None:
        raise UnsuitableError(f"{place.name} has no open space")
    return found


def _longest_stay(place: Place, start: datetime, override: str | None) -> Period:
    """The longest time that a stay which begins at an instant can take, by the hours of the place.

    Raises:
        ClosedError: the place is closed, and there is no override.
    """
    calendar = OpeningCalendar.of(place)
    closing = last_end(calendar, start)
    if override is None and closing is None:
        raise ClosedError(place.name, closed_for(calendar.at(start)))
    midnight = day_bounds(local(start, place.zone).date(), place.zone).end
    return Period(start, closing if closing and override is None else max(closing or midnight, midnight))


def _stay(state: State, c: CheckIn, entry: _Entry, start: datetime) -> tuple[datetime, list[Broken]]:
    """When the stay ends, and the rules of the zone that it breaks, the first to be told first."""
    place, space, calendar, broken = entry.place, entry.space, entry.calendar, list[Broken]()
    until = stay_ends(calendar, entry.tariff, entry.product, start)
    if until is None:
        closed = place if not OpeningCalendar.of(place).at(start).open else space
        broken.append((OPENING_HOURS, ClosedError(closed.name, closed_for(calendar.at(start)))))
        until = stay_until(calendar, entry.tariff, entry.product, start)
    learnt = learnt_for(state, space, c.person_id, Period(start, until), start)
    return until, [*who_may(space, c.groups, learnt), *broken]


def _refuse_second(state: State, once: str, c: CheckIn, now: datetime) -> None:
    """Refuse a second visit in a zone at the same time. One that is noted when it is over may be before the first.

    Raises:
        DuplicateError: the person has an open visit.
        Prerequisite: the time of that visit is over, so that it must be ended first.
    """
    taken = state.get(Unique, once)
    if taken is None or taken.holder is None:
        return
    visit = state.need(Visit, taken.holder)
    over = visit.until if visit.state == "open" else visit.expires
    if visit.upgrade is not None:
        over = visit.upgrade.expires
    if over is not None and over <= now:
        raise Prerequisite(Expire(refer(visit)))
    if c.left_at is None or c.left_at > visit.opened_at:
        raise DuplicateError("an open visit of this person", visit.id)


@handles(UpgradeVisit)
def upgrade_visit(c: UpgradeVisit, uow: Uow) -> Steps[Decision[Visit]]:
    """Make a visit longer: the whole is priced, and the difference to what was paid is charged or given back."""
    began = uow.now  # the price list and its meters are chosen by this instant
    visit = yield from uow.need(Visit, c.visit_id, (Product, c.product_id))
    wishes: list[Wish] = [(Place, visit.place_id), (Space, visit.space_id)]
    wishes += [(Pass, visit.pass_id), (Person, visit.person_id), (Person, c.payer_id)]
    wishes += undo_wishes(uow.state, visit.charge_ids, visit.spends, visit.person_id, visit.meters)
    yield from read_product(uow, c.product_id, visit.place_id, *wishes)
    product = sold_product(uow.state, c.product_id, uow.state.need(Place, visit.place_id), "visit")
    place, space = uow.state.need(Place, visit.place_id), uow.state.need(Space, visit.space_id)
    calendar = OpeningCalendar.of(place, space)
    first = uow.state.get(Pass, visit.pass_id) if visit.pass_id else None
    wishes = [(LegalEntity, place.entity_id), *sale_keys(uow.state, [product], visit.person_id, c)]
    wishes += [(Entitlement, id) for id in (first.entitlement_ids if first else ())]
    wishes += charge_parts(uow.state, visit.charge_ids)
    longest = stay_end(calendar, visit.opened_at, "day") or stay_outside(calendar, visit.opened_at, "day")
    period = Period(visit.opened_at, max(visit.until, longest))
    yield from read_pages(uow, [visit.space_id], period, wishes)
    version = version_of(uow.state, [wanted(product)], began)
    yield from uow.fetch([(TariffText, version)])
    tariff = read_tariff(uow.state.need(TariffText, version).text)
    if tariff.scoped and not visit.charge_ids:
        yield from uow.fetch([(Sale, visit.sale_id)])
    until = stay_until(calendar, tariff, product, visit.opened_at)
    whole = Period(visit.opened_at, max(visit.until, until))
    asked = stay_question(product, place.id, visit.person_id, whole, c, scoped=False)
    yield from read_prices(uow, asked, began, stay_scopes(uow.state, visit))

    if visit.clocked is not None or stay_of(tariff, product.tariff_product) == "clock":
        raise UnsuitableError("what is priced by the clock is made no longer: it is priced when the visitor leaves")
    _check_longer(visit, product, place, until, uow.now)
    listed = tariff.products.get(product.tariff_product)
    scope = listed.scope if listed is not None else ()
    if loaded_scopes(uow.state) or (scope and (visit.person_id is not None or "person" not in scope)):
        raise UnsuitableError("a stay that is priced together with others is made no longer: begin another after it")
    if visit.person_id is not None:
        present(uow.state, visit.person_id)
    subject, expires = refer(visit), uow.now + PAYMENT_HOLD
    placed: tuple[Placed, ...] = ()
    if until > visit.until:
        placed = place_claims(space, uow.ids("ext"), Period(visit.until, until), 1, None, buffers=False)
        check_free(uow.state, space, place, placed, uow.now)
    charges = [uow.state.need(Charge, id) for id in visit.charge_ids]
    before = Money.sum((_for_stay(uow.state, charge) for charge in charges), place.currency)
    if before.amount > 0:
        asked = attrs.evolve(asked, sold=min(charge.raised_at for charge in charges))
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
        held_before=sum(own_deposit(uow.state, charge) for charge in charges),
    )
    meters = net_moves(priced.moves, back_moves(moved))
    more, less = units_beyond(priced.spends, visit.spends), units_beyond(visit.spends, priced.spends)
    changed = attrs.evolve(priced, spends=more, moves=meters)
    sold = sell_priced(uow, changed, subject, place, visit.person_id, c, late=True)
    paid, charge = sold.stands, uow.state.need(Charge, sold.charge_id) if sold.charge_id else None
    own = sell_own_pass(
        uow, charge, product, place, until, holder_id=visit.person_id, paid=paid, supersedes=visit.pass_id
    )
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


def _for_stay(state: State, charge: Charge) -> Money:
    """What of a charge was paid for a stay, or is still owed for it and stays so.

    Neither passes bought along are a stay, nor deposits, also those that were kept.
    """
    held = Money(charge.deposit + charge.kept_deposit, charge.amount.currency)
    return max(charge.kept, charge.billed) - held - price_along(state, charge)


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
    """End an open visit, or note late when somebody left whose time was over; what is by the clock is charged."""
    if c.at is not None:
        check_instant(c.at, "at", uow.now)
    yield from read_visit(uow, c.visit_id, at_its_end_or_before)

    visit = uow.state.need(Visit, c.visit_id)
    if visit.state != "open" and not (visit.supposed and visit.state == "closed" and c.at is not None):
        raise WrongStateError(f"visit {visit.id}", state=visit.state, wanted=["open"])
    at = c.at or uow.now
    if c.at is not None and at < visit.opened_at:
        raise InputError(f"at is before the visit began: {at.isoformat()} is before {visit.opened_at.isoformat()}")
    if visit.upgrade is not None:
        drop_upgrade(uow, visit, visit.upgrade, "left before it was paid")
        visit = uow.state.need(Visit, visit.id)
    ended = max(visit.opened_at, min(at, visit.until))
    note_sighting(uow, visit, "out", max(visit.opened_at, at), c.source)
    if visit.state == "open":
        end_visit(uow, visit, "closed", ended)
    else:
        uow.add(VisitCorrected(visit.id, visit.opened_at, ended))
    if visit.clocked is not None:
        change = change_of(visit, visit.clocked.tab_id, visit.opened_at, ended)
        how = paid_by(visit, c.account, c.return_url)
        place = uow.state.need(Place, visit.place_id)
        derive(uow, change, uow.state.need(Visit, visit.id), place, how, "the visitor left earlier")
    return uow.done(visit, uow.state.need(Visit, visit.id).charge_ids)


@handles(CorrectVisit)
def correct_visit(c: CorrectVisit, uow: Uow) -> Steps[Decision[Visit]]:
    """Correct when a visit began or ended; what is by the clock is priced again."""
    if c.opened_at is None and c.closed_at is None:
        raise InputError("say what is corrected: opened_at, closed_at or both")
    for name, at in (("opened_at", c.opened_at), ("closed_at", c.closed_at)):
        if at is not None:
            check_instant(at, name, uow.now)
    yield from read_visit(uow, c.visit_id, lambda visit: _corrections(c, visit))
    visit = uow.state.need(Visit, c.visit_id)
    taken = uow.state.get(Unique, key) if (key := key_of(visit)) else None
    yield from uow.fetch([(Visit, taken.holder if taken else None)])

    opened, closed = _corrected(c, visit, uow.now)
    changes = _corrections(c, visit)
    _refuse_overlaps(uow.state, visit, taken, changes, opened, closed or uow.now)
    uow.add(VisitCorrected(visit.id, opened, closed, changes[-1].tab_id if changes else None))
    if c.opened_at is not None:
        note_sighting(uow, visit, "in", c.opened_at, CORRECTION, c.reason)
    if c.closed_at is not None:
        note_sighting(uow, visit, "out", c.closed_at, CORRECTION, c.reason)
    for change in changes if closed is not None else ():
        how = paid_by(visit, c.account, c.return_url) if c.account else left_due(visit)
        place = uow.state.need(Place, visit.place_id)
        derive(uow, change, uow.state.need(Visit, visit.id), place, how, c.reason[:500])
    return uow.done(visit, uow.state.need(Visit, visit.id).charge_ids)


def _corrected(c: CorrectVisit, visit: Visit, now: datetime) -> tuple[datetime, datetime | None]:
    """When a visit began and ended, as it is corrected.

    Raises:
        WrongStateError: the visit is neither open nor closed.
        InputError: an open visit gets an end, it would end before it begins, or last too long.
    """
    if visit.state not in ("open", "closed"):
        raise WrongStateError(f"visit {visit.id}", state=visit.state, wanted=["open", "closed"])
    opened, closed = c.opened_at or visit.opened_at, c.closed_at or visit.closed_at
    if visit.state == "open" and c.closed_at is not None:
        raise InputError("the visit is open: it is ended by a check-out")
    if opened > (closed or min(now, visit.until)):
        raise InputError("a visit begins before it ends")
    if closed is not None and closed > opened + LONGEST:
        raise InputError(f"a visit lasts at most {LONGEST.days} days")
    return opened, closed


def _refuse_overlaps(
    state: State, visit: Visit, taken: Unique | None, changes: Iterable[TabChange], opened: datetime, until: datetime
) -> None:
    """Refuse a correction to a time at which the person was noted in the zone already.

    Raises:
        DuplicateError: another visit is of that time.
    """
    if taken is not None and taken.holder not in (None, visit.id):
        other = state.need(Visit, taken.holder)
        if until > other.opened_at:
            raise DuplicateError("an open visit of this person at that time", other.id)
    for change in changes:
        refuse_overlap(state, change.tab_id, visit.id, visit.space_id, opened, until)


def _corrections(c: CorrectVisit, visit: Visit) -> tuple[TabChange, ...]:
    """What a correction does to tabs: where the visit began in another period, it leaves a tab for another one."""
    if visit.clocked is None:
        return ()
    opened = c.opened_at or visit.opened_at
    closed = max(opened, c.closed_at or visit.closed_at or visit.until)
    tab = tab_id(visit.person_id, visit.id, visit.clocked, opened)
    moved = change_of(visit, tab, opened, closed)
    if tab == visit.clocked.tab_id:
        return (moved,)
    return TabChange(visit.clocked.tab_id, None, visit.id), moved


@handles(CancelVisit)
def cancel_visit(c: CancelVisit, uow: Uow) -> Steps[Decision[Visit]]:
    """Take a visit back that was none, with all that it took."""
    yield from read_visit(uow, c.visit_id, _off_its_tab)
    visit = uow.state.need(Visit, c.visit_id)
    if visit.clocked is None and not visit.charge_ids:  # nothing was charged, which may be for what others were
        yield from uow.fetch([(Sale, visit.sale_id)])
        yield from uow.fetch(stay_scopes(uow.state, visit))
        yield from read_scopes(uow)

    if visit.state not in ("held", "open", "closed"):
        raise WrongStateError(f"visit {visit.id}", state=visit.state, wanted=["held", "open", "closed"])
    reason = c.reason[:500]
    if visit.upgrade is not None:
        drop_upgrade(uow, visit, visit.upgrade, reason)
        visit = uow.state.need(Visit, visit.id)
    note_sighting(uow, visit, "cancelled", uow.now, CORRECTION, c.reason)
    end_visit(uow, visit, "cancelled", visit.closed_at or max(visit.opened_at, uow.now))
    for change in _off_its_tab(visit):
        place = uow.state.need(Place, visit.place_id)
        derive(uow, change, uow.state.need(Visit, visit.id), place, left_due(visit), reason)
    if visit.clocked is None:
        undo_stay(uow, visit, reason)
    return uow.done(visit, uow.state.need(Visit, visit.id).charge_ids)


def _off_its_tab(visit: Visit) -> tuple[TabChange, ...]:
    """A visit by the clock leaves its tab."""
    return (TabChange(visit.clocked.tab_id, None, visit.id),) if visit.clocked is not None else ()


@handles(ReopenVisit)
def reopen_visit(c: ReopenVisit, uow: Uow) -> Steps[Decision[Visit]]:
    """Undo a check-out: the desk is taken again from now on."""
    visit = yield from uow.need(Visit, c.visit_id)
    key = key_of(visit)
    wishes: list[Wish] = [(Space, visit.space_id), (Place, visit.place_id), (Person, visit.person_id), (Unique, key)]
    yield from read_pages(uow, [visit.space_id], Period(visit.opened_at, visit.until), wishes)

    now = uow.now
    if visit.state != "closed":
        raise WrongStateError(f"visit {visit.id}", state=visit.state, wanted=["closed"])
    if visit.until <= now:
        raise TooLateError(f"the time of visit {visit.id} is over: correct when it ended")
    if visit.person_id is not None:
        present(uow.state, visit.person_id)
    taken = uow.state.get(Unique, key) if key is not None else None
    if taken is not None and taken.holder is not None:
        raise DuplicateError("an open visit of this person", taken.holder)
    space, place = uow.state.need(Space, visit.space_id), uow.state.need(Place, visit.place_id)
    placed = place_claims(space, uow.ids("ext"), Period(now, visit.until), 1, None, buffers=False)
    check_free(uow.state, space, place, placed, now)
    note_sighting(uow, visit, "reopened", now, CORRECTION, c.reason)
    uow.add(VisitReopened(visit.id, visit.until, placed, now))
    if key is not None:
        uow.add(UniqueTaken(key, visit.id))
    uow.later("expire", refer(visit), visit.until)
    return uow.done_at(Visit, visit.id)


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
