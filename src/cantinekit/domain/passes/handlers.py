"""Selling what is held, giving it, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from cantinekit import pricing
from cantinekit.clock import MAX_INSTANT, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.finding import found_product, read_product, sold_product
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.organisations.presence import organisation_wishes, present_holder
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.cancelling import cancel_pass_by_list, check_live
from cantinekit.domain.passes.changing import change_pass, day_of_change, withdraw_change
from cantinekit.domain.passes.commands import (
    CancelPass,
    ChangePass,
    EndPass,
    ExtendPass,
    GiveNotice,
    GrantPass,
    GrantUnits,
    PausePass,
    ResumePass,
    SellPass,
    TransferPass,
    WithdrawNotice,
    WithdrawPassChange,
)
from cantinekit.domain.passes.counting import counted_units, size_of
from cantinekit.domain.passes.ending import end_pass, give_notice, withdraw_notice
from cantinekit.domain.passes.giving import give_lasting, give_pass, sell_priced
from cantinekit.domain.passes.life_cycle import activate_pass, read_pass
from cantinekit.domain.passes.pausing import extend_pass, pause_pass, resume_pass
from cantinekit.domain.passes.plans import payer_wishes
from cantinekit.domain.passes.records import Pass, Wallet
from cantinekit.domain.passes.renewing import agreed_wishes, caught_up, read_agreed, read_change, versions_between
from cantinekit.domain.passes.transferring import check_transfer, transfer_pass, transfer_wishes
from cantinekit.domain.payments.charging import read_charge_parts
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.answers import Given, GivenUnits, part_of, show_part
from cantinekit.domain.sales.prices import make_price
from cantinekit.domain.sales.question import (
    Question,
    read_prices,
    read_tariff,
    sale_keys,
    version_of,
    wanted,
    wanted_extras,
)
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import CurrencyError, InputError, NotForSaleError, UnsuitableError
from cantinekit.pricing.terms import last_day

GIVEN = "given without a sale"
"""The name of the rule that staff override who give what others buy."""


@handles(SellPass)
def sell_pass(c: SellPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Sell what is held to its holder; it is active, and its units can be spent, once it is paid."""
    began = uow.now  # the price list and its meters are chosen by this instant
    holder: list[Wish] = [(Person, c.holder_id), (Wallet, c.holder_id), (Person, c.payer_id)]
    yield from read_product(uow, c.product_id, c.place_id, (Pass, c.id), (Place, c.place_id), *holder)
    place = uow.state.need(Place, c.place_id)
    product = sold_product(uow.state, c.product_id, place, "pass")
    yield from uow.fetch([(LegalEntity, place.entity_id), *sale_keys(uow.state, [product], c.holder_id, c)])
    first = c.first_day or local(began, place.zone).date()
    main = wanted(product, facts=c.facts, count=c.count, day=first, until=c.last_day)
    asked = Question((main, *wanted_extras(c.extras, main)), place.id, c.holder_id, c.codes, payer_id=c.payer_id)
    yield from read_prices(uow, asked, began)

    refuse_twice(uow.state, Pass, c.id)
    present_holder(uow.state, c.holder_id)
    _check_sold_at(product, place)
    tariff = read_tariff(uow.state.need(TariffText, version_of(uow.state, asked.things, uow.now)).text)
    if product.tariff_product in tariff.products:
        _gives(tariff, product)
    subject = Subject(Pass.kind, c.id or uow.ids("pas"))
    priced = make_price(uow.state, asked, subject=subject, now=uow.now, ids=uow.ids, promise=c.quote)
    sell_priced(uow, priced, subject, place, c.holder_id, c, places={"1": product.places})
    return uow.done_at(Pass, subject.id)


def _check_sold_at(product: Product, place: Place) -> None:
    """Refuse what the operator of a place does not sell.

    Raises:
        UnsuitableError: it is another's.
    """
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")


@handles(GrantPass)
def grant_pass(c: GrantPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Give somebody what is held without selling it: once, or to be carried on as its price list says."""
    began = uow.now
    holder: list[Wish] = [(Person, c.holder_id), (Wallet, c.holder_id)]
    yield from read_product(uow, c.product_id, c.place_id, (Pass, c.id), (Place, c.place_id), *holder)
    place = uow.state.need(Place, c.place_id)
    product = found_product(uow.state, c.product_id, place, "pass")
    today = local(began, place.zone).date()
    main = wanted(product, facts=c.facts, day=c.first_day or today, until=c.last_day)
    asked = Question((main,), place.id, c.holder_id, scoped=False)
    yield from uow.fetch(sale_keys(uow.state, [product], c.holder_id) if c.renews else [])
    tariff = yield from _read_tariff(uow, product.pricelist_id, organisation_wishes(uow.state, c.holder_id))
    if c.renews:
        yield from read_prices(uow, asked, began)

    refuse_twice(uow.state, Pass, c.id)
    present_holder(uow.state, c.holder_id)
    _check_sold_at(product, place)
    if c.renews:
        _gives(tariff, product)
        subject = Subject(Pass.kind, c.id or uow.ids("pas"))
        priced = make_price(uow.state, asked, subject=subject, now=uow.now, ids=uow.ids)
        made = give_lasting(
            uow, subject.id, priced, tariff, place, c.holder_id, c.reason, product.places, with_units=c.with_units
        )
    else:
        given = _granted(tariff, product, c, local(uow.now, place.zone).date())
        made = give_pass(uow, c.id, given, tariff, place, c.holder_id, c.reason, product.places)
    note_overrides(uow, [GIVEN], c.reason, refer(made))
    activate_pass(uow, made.id)
    return uow.done(made)


def _gives(tariff: pricing.Tariff, product: Product) -> pricing.Product:
    """A product in its price list, which gives something to hold.

    Raises:
        UnsuitableError: it gives nothing, or is not there.
    """
    listed = tariff.products.get(product.tariff_product)
    if listed is None or not (listed.sells or listed.grant):
        raise UnsuitableError(f"{product.name} gives nothing to hold")
    return listed


def _granted(tariff: pricing.Tariff, product: Product, c: GrantPass, today: date) -> Given:
    """What a product gives, by what the list says without a condition.

    Raises:
        UnsuitableError: it gives nothing to hold.
    """
    listed = _gives(tariff, product)
    first = c.first_day or today
    ends = c.last_day or (last_day(listed.valid, first) if listed.valid is not None else None)
    units = []
    for grant in listed.grant if c.with_units else ():
        amount = grant.units if grant.value is None else grant.value
        if amount is not None and not grant.when:
            size = part_of(tariff, grant.account)
            units.append(_units(tariff, grant.account, int(amount / size), grant.unit, None))
    unlimited = tuple(grant.account for grant in listed.grant if grant.units is None and grant.value is None)
    return Given("", listed.id, product.id, listed.sells, 1, first, ends, tuple(units), unlimited)  # type: ignore[arg-type]


def _units(tariff: pricing.Tariff, account: str, units: int, unit: str, value: int | None) -> GivenUnits:
    money = account in tariff.parts.money_accounts
    return GivenUnits(account, units, unit, show_part(part_of(tariff, account)), value, money)


def _read_tariff(uow: Uow, pricelist_id: str, also: Iterable[Wish]) -> Steps[pricing.Tariff]:
    """Load the version of a price list that is in force, and ``also`` with it.

    Raises:
        NotForSaleError: it is not in force yet.
    """
    found = yield from uow.need(PriceList, pricelist_id, *also)
    version = found.version_at(uow.now)
    if version is None:
        raise NotForSaleError(f"the price list {found.id} is not in force yet")
    text = yield from uow.need(TariffText, version)
    return read_tariff(text.text)


@handles(GrantUnits)
def grant_units(c: GrantUnits, uow: Uow) -> Steps[Decision[Pass]]:
    """Give somebody units without selling them."""
    holder: list[Wish] = [(Person, c.holder_id), (Wallet, c.holder_id)]
    yield from uow.fetch([(Pass, c.id), (Place, c.place_id), (PriceList, c.pricelist_id), *holder])
    tariff = yield from _read_tariff(uow, c.pricelist_id, organisation_wishes(uow.state, c.holder_id))

    refuse_twice(uow.state, Pass, c.id)
    present_holder(uow.state, c.holder_id)
    place, today = uow.state.need(Place, c.place_id), local(uow.now, uow.state.need(Place, c.place_id).zone).date()
    if c.last_day is not None and c.last_day < today:
        raise InputError("last_day is over: the units could not be spent")
    given = Given("", "", f"{tariff.id}/{c.account}", "", 1, today, c.last_day, (_counted_units(tariff, c),))
    made = give_pass(uow, c.id, given, tariff, place, c.holder_id, c.reason, ())
    note_overrides(uow, [GIVEN], c.reason, refer(made))
    activate_pass(uow, made.id)
    return uow.done(made)


def _counted_units(tariff: pricing.Tariff, c: GrantUnits) -> GivenUnits:
    """The units of the command in the smallest part in which their account counts.

    Raises:
        UnsuitableError: the list has no such account.
        InputError: they are no whole number of that part.
        CurrencyError: what was paid for them is in another currency.
    """
    counted = counted_units(tariff, c.account, c.units)
    if c.paid is None:
        return counted
    if c.paid.currency != tariff.currency:
        raise CurrencyError(f"paid is in {c.paid.currency}, the price list in {tariff.currency}")
    return evolve(counted, value=int(c.paid.amount * size_of(tariff, c.account)))


@handles(CancelPass)
def cancel_pass(c: CancelPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Take a pass back, and give back what its price list says."""
    sold = yield from uow.need(Pass, c.pass_id)
    sale: list[Wish] = [(Sale, sold.sale_id), (SaleFacts, sold.sale_id)]
    yield from read_pass(uow, c.pass_id, [*sale, (TariffText, sold.tariff_version), (Place, sold.place_id)])

    check_live(sold)
    cancel_pass_by_list(uow, sold, c)
    uow.tell("pass cancelled", sold.holder_id, refer(sold))
    return uow.done(sold, [sold.charge_id])


@handles(GiveNotice)
def give_notice_of(c: GiveNotice, uow: Uow) -> Steps[Decision[Pass]]:
    """Agree on the end of a contract."""
    sold = yield from uow.need(Pass, c.pass_id)
    yield from _read_all(uow, sold, _if_behind(uow, sold))
    give_notice(uow, caught_up(uow, sold), c)
    return uow.done(sold)


@handles(WithdrawNotice)
def withdraw_notice_of(c: WithdrawNotice, uow: Uow) -> Steps[Decision[Pass]]:
    """Let a contract go on."""
    sold = yield from uow.need(Pass, c.pass_id)
    yield from _read_all(uow, sold, _if_behind(uow, sold))
    withdraw_notice(uow, caught_up(uow, sold))
    return uow.done(sold)


@handles(EndPass)
def end_pass_of(c: EndPass, uow: Uow) -> Steps[Decision[Pass]]:
    """End a pass before its agreed end, and give back what its price list says."""
    sold = yield from uow.need(Pass, c.pass_id)
    yield from _read_all(uow, sold, [(Charge, id) for id in (sold.charge_id, *sold.period_charges)])
    yield from read_charge_parts(uow, sold.period_charges)
    end_pass(uow, caught_up(uow, sold, c.day), c)
    return uow.done(sold, sold.period_charges)


@handles(PausePass)
def pause_pass_of(c: PausePass, uow: Uow) -> Steps[Decision[Pass]]:
    """Pause a pass from a day on."""
    sold = yield from uow.need(Pass, c.pass_id)
    yield from uow.fetch(agreed_wishes(sold))
    pause_pass(uow, sold, c)
    return uow.done(sold)


@handles(ResumePass)
def resume_pass_of(c: ResumePass, uow: Uow) -> Steps[Decision[Pass]]:
    """Have a pass go on that is paused."""
    sold = yield from uow.need(Pass, c.pass_id)
    yield from uow.fetch(agreed_wishes(sold))
    resume_pass(uow, sold, c)
    return uow.done(sold)


@handles(ExtendPass)
def extend_pass_of(c: ExtendPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Give days on top of a pass."""
    sold = yield from uow.need(Pass, c.pass_id)
    yield from uow.fetch(agreed_wishes(sold))
    extend_pass(uow, sold, c)
    return uow.done(sold)


@handles(ChangePass)
def change_pass_of(c: ChangePass, uow: Uow) -> Steps[Decision[Pass]]:
    """Change the plan of a pass from a day on."""
    began = uow.now
    sold = yield from uow.need(Pass, c.pass_id)
    charges = tuple(dict.fromkeys((sold.charge_id, *sold.period_charges)))
    also: list[Wish] = [*agreed_wishes(sold), (Person, sold.holder_id), *((Charge, id) for id in charges)]
    yield from read_product(uow, c.product_id, sold.place_id, *also)
    place = uow.state.need(Place, sold.place_id)
    product = sold_product(uow.state, c.product_id, place, "pass", now=began)
    day, first = day_of_change(uow.state, sold, c.day, local(began, place.zone).date())
    main = wanted(product, facts=c.facts, count=sold.count, day=first)
    asked = Question((main,), place.id, sold.holder_id, scoped=False)
    since = min(began, datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1))
    keys = sale_keys(uow.state, [product], sold.holder_id)
    versions = versions_between(uow.state, sold, since, MAX_INSTANT)
    keys += [(LegalEntity, place.entity_id), *payer_wishes(uow.state, sold)]
    yield from read_charge_parts(uow, charges, [*keys, *((TariffText, id) for id in versions)])
    yield from read_prices(uow, asked, began)
    yield from _read_all(uow, sold, [])

    present = caught_up(uow, sold)
    day, _ = day_of_change(uow.state, present, day, local(uow.now, place.zone).date())
    _check_sold_at(product, place)
    priced = make_price(uow.state, asked, subject=refer(sold), now=uow.now, ids=uow.ids)
    change_pass(uow, present, c, day, priced)
    return uow.done(sold, present.period_charges)


@handles(WithdrawPassChange)
def withdraw_change_of(c: WithdrawPassChange, uow: Uow) -> Steps[Decision[Pass]]:
    """Let a pass go on as it is."""
    sold = yield from uow.need(Pass, c.pass_id)
    yield from _read_all(uow, sold, _if_behind(uow, sold))
    withdraw_change(uow, caught_up(uow, sold), c)
    return uow.done(sold)


@handles(TransferPass)
def transfer_pass_of(c: TransferPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Make a pass somebody else's."""
    who: list[Wish] = [(Person, c.holder_id), (Wallet, c.holder_id), (Person, c.payer_id)]
    sold = yield from uow.need(Pass, c.pass_id, *who)
    old = Organisation if sold.organisation else Person
    also = [(old, sold.holder_id), *organisation_wishes(uow.state, c.holder_id, c.payer_id)]
    yield from _read_all(uow, sold, [*also, (Charge, sold.charge_id)])
    yield from uow.fetch(transfer_wishes(uow.state, sold, c))

    check_transfer(uow, sold, c)
    present = caught_up(uow, sold)
    transfer_pass(uow, present, c)
    return uow.done(sold)


def _if_behind(uow: Uow, sold: Pass) -> list[Wish]:
    """What it takes besides to begin the period of a pass for which it is time."""
    return [(Charge, sold.charge_id)] if sold.next_at is not None and sold.next_at <= uow.now else []


def _read_all(uow: Uow, sold: Pass, also: list[Wish]) -> Steps[None]:
    """Load what a pass comes to from its present period on, wherever it is."""
    first, since = sold.period_first, uow.now
    if first is not None:
        since = min(since, datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1))
    yield from read_agreed(uow, sold, since, MAX_INSTANT, also)
    if _if_behind(uow, sold):
        yield from read_change(uow, sold)
