"""Taking over what another system knows, row by row."""

from __future__ import annotations

import attrs

from cantinekit.clock import day_bounds
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.bookings.events import BookingTakenOver
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.finding import found_product, read_product
from cantinekit.domain.catalogue.records import PriceList, TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.documents.events import SeriesContinued
from cantinekit.domain.documents.records import NumberSeries, series_id
from cantinekit.domain.handling import handles
from cantinekit.domain.imports.commands import (
    ContinueSeries,
    ImportAffiliation,
    ImportBalance,
    ImportBooking,
    ImportOrganisation,
    ImportPass,
    ImportPerson,
    ImportUnits,
)
from cantinekit.domain.imports.holdings import agreed_at, take_over_pass
from cantinekit.domain.imports.once import answered, check_day, check_day_anywhere, check_near, note_row, note_who
from cantinekit.domain.imports.opening import check_currency
from cantinekit.domain.imports.records import Imported, ImportedWho
from cantinekit.domain.organisations.adding import (
    affiliation_wishes,
    new_affiliation,
    new_organisation,
    organisation_keys,
)
from cantinekit.domain.organisations.commands import AddOrganisation, Affiliate
from cantinekit.domain.organisations.presence import (
    check_payer,
    organisation_of,
    organisation_wishes,
    present_holder,
)
from cantinekit.domain.organisations.records import Affiliation, Organisation
from cantinekit.domain.passes.counting import counted_units
from cantinekit.domain.passes.events import PassActivated, PassSold
from cantinekit.domain.passes.making import entitlement
from cantinekit.domain.passes.records import MAX_UNITS, Pass, TakenOver, Wallet, Worth
from cantinekit.domain.payments.charging import raise_opening, take_over_credit
from cantinekit.domain.payments.records import Charge, PayerCredit, PayerPayment, credit_id
from cantinekit.domain.people.adding import new_person, person_wishes
from cantinekit.domain.people.commands import AddPerson
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.prices import make_price
from cantinekit.domain.sales.question import Question, read_prices, read_tariff, sale_keys, version_of, wanted
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import (
    InputError,
    NotForSaleError,
    TooEarlyError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money


@handles(ImportPass)
def import_pass(c: ImportPass, uow: Uow) -> Steps[Decision[Pass]]:
    """Take over what somebody holds."""
    who: list[Wish] = [(Person, c.holder_id), (Wallet, c.holder_id), (Person, c.payer_id)]
    there: list[Wish] = [(Imported, c.source), (Pass, c.id), (Place, c.place_id), *who]
    yield from read_product(uow, c.product_id, c.place_id, *there)
    again = answered(uow, c)
    if again is not None:
        return again
    place = uow.state.need(Place, c.place_id)
    today = check_day(c, uow.now, place.zone)
    check_near("first_day", c.first_day, today)
    product = found_product(uow.state, c.product_id, place, "pass")
    payers = organisation_wishes(uow.state, c.holder_id, c.payer_id)
    yield from uow.fetch([*sale_keys(uow.state, [product], c.holder_id), *payers])
    then = agreed_at(uow.state.need(PriceList, product.pricelist_id), c.first_day, place.zone, uow.now)
    main = wanted(product, facts=c.facts, day=c.first_day)
    asked = Question((main,), place.id, c.holder_id, scoped=False, payer_id=c.payer_id)
    yield from read_prices(uow, asked, then)

    refuse_twice(uow.state, Pass, c.id)
    present_holder(uow.state, c.holder_id)
    check_payer(uow.state, c.payer_id, None, None, today)
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"product_id: {product.name} is not sold by the operator of {place.name}")
    subject = Subject(Pass.kind, c.id or uow.ids("pas"))
    tariff = read_tariff(uow.state.need(TariffText, version_of(uow.state, asked.things, then)).text)
    listed = tariff.products.get(product.tariff_product)
    if listed is not None and not (listed.sells or listed.grant):
        raise UnsuitableError(f"product_id: {product.name} gives nothing to hold")
    priced = make_price(uow.state, asked, subject=subject, now=then, ids=uow.ids)
    take_over_pass(uow, c, subject.id, priced, product, tariff, place, today)
    note_row(uow, c, subject)
    return uow.done_at(Pass, subject.id)


@handles(ImportUnits)
def import_units(c: ImportUnits, uow: Uow) -> Steps[Decision[Pass]]:
    """Take over the units that somebody has left."""
    who: list[Wish] = [(Person, c.holder_id), (Wallet, c.holder_id)]
    yield from uow.fetch([(Imported, c.source), (Pass, c.id), (Place, c.place_id), (PriceList, c.pricelist_id), *who])
    again = answered(uow, c)
    if again is not None:
        return again
    place = uow.state.need(Place, c.place_id)
    today = check_day(c, uow.now, place.zone)
    version = uow.state.need(PriceList, c.pricelist_id).version_at(uow.now)
    if version is None:
        raise NotForSaleError(f"pricelist_id: the price list {c.pricelist_id} is not in force yet")
    yield from uow.fetch([(TariffText, version), *organisation_wishes(uow.state, c.holder_id)])

    refuse_twice(uow.state, Pass, c.id)
    present_holder(uow.state, c.holder_id)
    tariff = read_tariff(uow.state.need(TariffText, version).text)
    given = counted_units(tariff, c.account, c.units)
    check_currency("the price list", Money.zero(tariff.currency), place)
    if given.units > MAX_UNITS:
        raise InputError(f"units: {c.units} are too many")
    if c.last_day is not None and c.last_day < today:
        raise TooLateError(f"last_day: {c.last_day} is over, so that the units could not be spent")
    if c.value is not None:
        check_currency("value", c.value, place)
        if given.money:
            raise UnsuitableError("value: a voucher is worth what it is good for")
    amount = given.units if given.money else c.value.amount if c.value is not None else 0
    unit_id = uow.ids("ent")
    sold = Pass(
        c.id or uow.ids("pas"),
        f"{tariff.id}/{c.account}",
        place.id,
        place.entity_id,
        c.holder_id,
        sold_at=uow.now,
        tariff_version=version,
        state="pending",
        entitlement_ids=(unit_id,),
        pricelist_id=tariff.id,
        first_day=today,
        last_day=c.last_day,
        given=f"taken over: {c.source}",
        organisation=organisation_of(uow.state, c.holder_id) is not None,
        taken_over=TakenOver(c.source, today),
    )
    expires = day_bounds(c.last_day, place.zone).end if c.last_day is not None else None
    worth = Worth(sold.product_id, place.entity_id, place.id, Money(amount, place.currency)) if amount else None
    value = amount // given.units if amount and not given.money else None
    units = evolve(entitlement(unit_id, sold, evolve(given, value=value), uow.now, expires, ()), worth=worth)
    uow.add(PassSold(sold, (units,)))
    if expires is not None:
        uow.later("expire", refer(units), expires)
    uow.add(PassActivated(sold.id, sold.entitlement_ids))
    note_row(uow, c, refer(sold))
    return uow.done(sold)


@handles(ImportBalance)
def import_balance(c: ImportBalance, uow: Uow) -> Steps[Decision[Charge | PayerPayment]]:
    """Take over what somebody owes, or paid beyond that."""
    made: type[Charge | PayerPayment] = Charge if c.owed.amount > 0 else PayerPayment
    yield from uow.fetch([(Imported, c.source), (made, c.id), (Place, c.place_id), (Person, c.payer_id)])
    again = answered(uow, c)
    if again is not None:
        return again
    place = uow.state.need(Place, c.place_id)
    today = check_day(c, uow.now, place.zone)
    credit = [(PayerCredit, credit_id(place.entity_id, c.payer_id, place.currency))] if c.owed.amount < 0 else []
    yield from uow.fetch([*organisation_wishes(uow.state, c.payer_id), *credit])

    refuse_twice(uow.state, made, c.id)
    present_holder(uow.state, c.payer_id)
    check_currency("owed", c.owed, place)
    if c.owed.amount < 0:
        payment = take_over_credit(uow, c.id or uow.ids("pmt"), place, c.payer_id, -c.owed, c.source)
        note_row(uow, c, refer(payment))
        return uow.done(payment)
    charge = raise_opening(
        uow,
        c.id or uow.ids("chg"),
        Subject(Imported.kind, c.source),
        place,
        c.payer_id,
        c.owed,
        c.text,
        c.due_on or c.day,
        organisation=organisation_of(uow.state, c.payer_id) is not None,
        tell=c.due_on is not None and c.due_on > today,
    )
    note_row(uow, c, refer(charge))
    return uow.done(charge)


@handles(ImportBooking)
def import_booking(c: ImportBooking, uow: Uow) -> Steps[Decision[Booking]]:
    """Take over a booking that took place."""
    yield from uow.fetch([(Imported, c.source), (Booking, c.id), (Space, c.space_id), (Person, c.person_id)])
    again = answered(uow, c)
    if again is not None:
        return again
    space = uow.state.need(Space, c.space_id)
    place = yield from uow.need(Place, space.place_id)

    check_day(c, uow.now, place.zone)
    refuse_twice(uow.state, Booking, c.id)
    if c.person_id is not None:
        present(uow.state, c.person_id)
    if c.period.end > uow.now:
        raise TooEarlyError("period: it is not over; what is to come is booked here")
    product_id = c.product_id or space.product_id
    if product_id is None:
        raise UnsuitableError(f"product_id: {space.name} has no product of its own, so that one is needed")
    booking = Booking(
        c.id or uow.ids("bkg"), space.place_id, space.id, product_id, c.period, c.units, "confirmed", c.person_id
    )
    uow.add(BookingTakenOver(booking))
    note_row(uow, c, refer(booking))
    return uow.done(booking)


@handles(ImportPerson)
def import_person(c: ImportPerson, uow: Uow) -> Steps[Decision[Person]]:
    """Take over who somebody is."""
    who = AddPerson(name=c.name, email=c.email, lang=c.lang, id=c.id)
    yield from uow.fetch([(Imported, c.source), (ImportedWho, c.source), *person_wishes(who)])
    again = answered(uow, c)
    if again is not None:
        return again

    check_day_anywhere(c, uow.now)
    person = new_person(uow, who)
    note_who(uow, c, person.id)
    note_row(uow, c, refer(person))
    return uow.done(person)


@handles(ImportOrganisation)
def import_organisation(c: ImportOrganisation, uow: Uow) -> Steps[Decision[Organisation]]:
    """Take over what is known of an organisation."""
    said = {field.name: getattr(c, field.name) for field in attrs.fields(AddOrganisation)}
    asked = AddOrganisation(**said)
    yield from uow.fetch([(Imported, c.source), (ImportedWho, c.source), *organisation_keys(asked)])
    again = answered(uow, c)
    if again is not None:
        return again

    check_day_anywhere(c, uow.now)
    organisation = new_organisation(uow, asked)
    note_who(uow, c, organisation.id)
    note_row(uow, c, refer(organisation))
    return uow.done(organisation)


@handles(ImportAffiliation)
def import_affiliation(c: ImportAffiliation, uow: Uow) -> Steps[Decision[Affiliation]]:
    """Take over who belongs to an organisation."""
    said = {field.name: getattr(c, field.name) for field in attrs.fields(Affiliate)}
    asked = Affiliate(**said)
    yield from uow.fetch([(Imported, c.source), *affiliation_wishes(asked)])
    again = answered(uow, c)
    if again is not None:
        return again

    check_day_anywhere(c, uow.now)
    made = new_affiliation(uow, asked)
    note_row(uow, c, refer(made))
    return uow.done(made)


@handles(ContinueSeries)
def continue_series(c: ContinueSeries, uow: Uow) -> Steps[Decision[NumberSeries]]:
    """Have the numbers of a series go on."""
    id = series_id(c.entity_id, c.name)
    yield from uow.fetch([(Imported, c.source), (NumberSeries, id)])
    again = answered(uow, c)
    if again is not None:
        return again

    series = uow.state.need(NumberSeries, id)
    today = check_day(c, uow.now, series.zone)
    if c.year > today.year:
        raise InputError(f"year: {c.year} is to come")
    if series.last or series.elsewhere is not None:
        raise WrongStateError(f"the series {series.name}", state=f"at {series.printed(series.year, series.last)}")
    uow.add(SeriesContinued(series.id, c.year, c.last))
    note_row(uow, c, refer(series))
    return uow.done(series)
