"""Sponsorships are agreed, and end on a day."""

from __future__ import annotations

from datetime import timedelta

from cantinekit.domain.catalogue.finding import split_name
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.organisations.presence import organisation_of, present_holder
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sponsorships.commands import AgreeSponsorship, EndSponsorship
from cantinekit.domain.sponsorships.events import SponsorshipAgreed, SponsorshipEnded
from cantinekit.domain.sponsorships.records import MAX_SPONSORS, Sponsorship
from cantinekit.domain.state import Wish, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import CurrencyError, NotFoundError, UnsuitableError

_DAY = timedelta(days=1)


@handles(AgreeSponsorship)
def agree_sponsorship(c: AgreeSponsorship, uow: Uow) -> Steps[Decision[Sponsorship]]:
    """Agree that a sponsor pays a share of what somebody buys."""
    both = (c.sponsor_id, c.beneficiary_id)
    wishes: list[Wish] = [(cls, id) for id in both for cls in (Person, Organisation)]
    wishes += [(LegalEntity, c.entity_id), (Wallet, c.beneficiary_id), (Sponsorship, c.id)]
    wishes += [(Place, id) for id in c.place_ids]
    wishes += [(Product, id) for id in c.product_ids]
    wishes += [(PriceList, split_name(id)[0]) for id in c.product_ids]
    yield from uow.fetch(wishes)
    yield from _read_places_and_lists(c, uow)

    refuse_twice(uow.state, Sponsorship, c.id)
    uow.state.need(LegalEntity, c.entity_id)
    for id in both:
        present_holder(uow.state, id)
    for id in c.product_ids:
        _check_product(uow, id)
    _check_places(c, uow)
    wallet = uow.state.get(Wallet, c.beneficiary_id)
    counting = [one for one in wallet.sponsors if one.shares_a_day(c.first_day, c.last_day)] if wallet else []
    if len(counting) >= MAX_SPONSORS:
        raise UnsuitableError(f"{c.beneficiary_id} has {MAX_SPONSORS} sponsorships on these days")
    made = Sponsorship(
        c.id or uow.ids("spo"),
        c.entity_id,
        c.sponsor_id,
        organisation_of(uow.state, c.sponsor_id) is not None,
        c.beneficiary_id,
        c.share,
        c.at_most,
        c.at_most_a_month,
        c.product_ids,
        c.place_ids,
        c.first_day,
        c.last_day,
        uow.now,
    )
    uow.add(SponsorshipAgreed(made))
    return uow.done(made)


def _read_places_and_lists(c: AgreeSponsorship, uow: Uow) -> Steps[None]:
    """Load the places of the legal entity where a limit has to be in their currency, and the price lists that name
    products.
    """
    wishes: list[Wish] = []
    if not c.place_ids and (c.at_most or c.at_most_a_month):
        keys = yield from uow.find(Place, "all", "", "\U0010ffff")
        wishes += [(Place, key.id) for key in keys]
    for id in c.product_ids:
        list_id = split_name(id)[0]
        found = uow.state.get(PriceList, list_id) if list_id is not None else None
        wishes += [(TariffText, one.tariff_version) for one in found.versions] if found is not None else []
    yield from uow.fetch(wishes)


def _check_product(uow: Uow, id: str) -> None:
    """Refuse a product that no line of a charge can name.

    Raises:
        NotFoundError: neither the catalogue nor a version of its price list has it.
    """
    if uow.state.get(Product, id) is not None:
        return
    list_id, name = split_name(id)
    found = uow.state.get(PriceList, list_id) if list_id is not None else None
    texts = [uow.state.need(TariffText, one.tariff_version) for one in found.versions] if found is not None else []
    if not any(name in read_tariff(one.text).products for one in texts):
        raise NotFoundError(Product.kind, id)


def _check_places(c: AgreeSponsorship, uow: Uow) -> None:
    """Refuse places of another legal entity, and limits in money that no place takes.

    Raises:
        NotFoundError: there is no such place.
        UnsuitableError: a place is of another legal entity.
        CurrencyError: a limit is in a currency that none of the places takes, or the limits are in two.
    """
    for id in c.place_ids:
        if uow.state.need(Place, id).entity_id != c.entity_id:
            raise UnsuitableError(f"place {id} is of another legal entity than {c.entity_id}")
    limits = {one.currency for one in (c.at_most, c.at_most_a_month) if one is not None}
    every = (one for one in uow.state.records.values() if isinstance(one, Place))
    places = [one for one in every if one.entity_id == c.entity_id]
    if len(limits) > 1 or not limits <= {one.currency for one in places}:
        raise CurrencyError(f"a limit is in the one currency of the places, not {', '.join(sorted(limits))}")


@handles(EndSponsorship)
def end_sponsorship(c: EndSponsorship, uow: Uow) -> Steps[Decision[Sponsorship]]:
    """End a sponsorship on a day; the same again changes nothing."""
    one = yield from uow.need(Sponsorship, c.sponsorship_id)
    yield from uow.fetch([(Wallet, one.beneficiary_id)])

    if c.last_day < one.first_day - _DAY:
        raise UnsuitableError(f"the sponsorship begins on {one.first_day.isoformat()}: it can end the day before")
    if one.last_day is not None and c.last_day > one.last_day:
        raise UnsuitableError(f"the sponsorship ends on {one.last_day.isoformat()}: agree a new one after it")
    if c.last_day != one.last_day:
        uow.add(SponsorshipEnded(one.id, c.last_day))
    return uow.done(one)
