"""Reading what is for sale: the products of an operator, the text of a price list, and the prices of a shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.clock import local
from cantinekit.common.arguments import checked
from cantinekit.domain.catalogue.finding import beside_catalogue, default_list
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.organisations.presence import check_payer
from cantinekit.domain.payments.sponsoring import sponsored_quote
from cantinekit.domain.people.presence import present
from cantinekit.domain.sales.prices import find_answer
from cantinekit.domain.sales.question import Question, wanted
from cantinekit.domain.sales.selling import to_codes
from cantinekit.domain.sales.values import FactLike, Facts, to_facts
from cantinekit.domain.state import State
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import NotFoundError, RefusedError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.reads.grid import read_counted, read_sold
from cantinekit.reads.records import Range, RecordReads, decoded
from cantinekit.records import LegalEntity, Person, Place, PriceList, Product, Sells, TariffText, Wallet
from cantinekit.runtime import codec


@attrs.frozen
class Offer:
    """Something that is for sale at a place, with what it costs whoever asks.

    Attributes:
        product: the product: of the catalogue; or of the price list, its id then ``"<price list>/<product>"``.
        quote: its price with the reasons, and the promise that a command may carry; ``None``: it is refused.
        refused: why it cannot be bought; ``None``: it can.
    """

    product: Product
    quote: PriceQuote | None = None
    refused: RefusedError | None = None

    @property
    def price(self) -> Money | None:
        """What it costs, before anything that vouchers pay; ``None``: it is refused."""
        return None if self.quote is None else self.quote.total


class CatalogueReads(RecordReads):
    """Answers questions about what is for sale."""

    @checked
    def products(self, entity_id: str, *, sells: Sells | None = None, retired: bool = False) -> tuple[Product, ...]:
        """The products in the catalogue of a legal entity, by name.

        Args:
            entity_id: the legal entity.
            sells: what a sale of them makes: "visit", "pass", "booking", "seat" or "option"; ``None``: anything.
            retired: whether those are in it that are not sold any more.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        (found,), entity = self._look([_of_entity(entity_id)], [Key(LegalEntity.kind, entity_id)])
        if not entity:
            raise NotFoundError(LegalEntity.kind, entity_id)
        products = [decoded(Product, id, body) for id, body in found.items()]
        sold = (one for one in products if sells in (None, one.sells) and (retired or one.retired is None))
        return tuple(sorted(sold, key=_by_name))

    @checked
    def tariff_text(self, pricelist_id: str, at: datetime | None = None) -> TariffText | None:
        """The version of a price list that is in force at an instant, with its text; ``None``: none is yet.

        Args:
            pricelist_id: the price list.
            at: the instant; ``None``: the present.

        Raises:
            NotFoundError: there is no such price list.
        """
        version = self.need(PriceList, pricelist_id).version_at(at or self._now())
        return None if version is None else self.need(TariffText, version)

    @checked
    def prices(
        self,
        place_id: str,
        *,
        sells: Sells = "pass",
        person_id: str | None = None,
        day: date | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        payer_id: str | None = None,
        now: datetime | None = None,
    ) -> tuple[Offer, ...]:
        """What all that is for sale at a place costs, by name: the products of the catalogue of its operator; of passes
        also what its price list sells that the catalogue does not name.

        Each price is that of ``price``, for one of the product on the day; what has a time, such as a room, is refused
        for that. What has its price in another currency than the place is not in it. It takes at most six round trips,
        whatever is for sale, one more where a price list asks what somebody learnt.

        Args:
            place_id: the place.
            sells: what a sale makes: "pass", "visit", "seat" or "option"; "booking" too, whose time is not asked.
            person_id: for whom; ``None``: nobody known, who holds nothing.
            day: the local day: of a pass the first one; ``None``: today.
            facts: what the price lists ask to know, by name.
            codes: codes that were given, such as a coupon.
            payer_id: who would pay; ``None``: the person.
            now: the instant at which it is asked; ``None``: the present.

        Raises:
            NotFoundError: there is no such place, person or payer.
            WrongStateError: the person is being forgotten, or was.
            UnsuitableError: an organisation would pay, and the person is no admin of it.
            InputError: a fact is none that each of the price lists knows.
        """
        uow, told = self._uow(now), (to_facts(facts or {}), to_codes(codes))
        people = [(cls, id) for id in (person_id, payer_id) for cls in (Person, Wallet)]
        place = self._read(_need_place(uow, place_id, people))
        (found,), entity = self._look([_of_entity(place.entity_id)], [Key(LegalEntity.kind, place.entity_id)])
        catalogue = [decoded(Product, id, body) for id, body in found.items()]
        operator = [decoded(LegalEntity, key.id, body) for key, body in entity.items()]
        uow.state = uow.state.put([*catalogue, *operator])
        who = (person_id, day or local(uow.now, place.zone).date(), payer_id)
        return self._read(_read_prices(uow, place, catalogue, sells, who, *told))


def _need_place(uow: Uow, place_id: str, people: list[tuple[type[Any], str | None]]) -> Steps[Place]:
    """The place of the offers, and with it who asks."""
    place = yield from uow.need(Place, place_id, *people)
    return place


def _read_prices(
    uow: Uow,
    place: Place,
    catalogue: Sequence[Product],
    sells: Sells,
    who: tuple[str | None, date, str | None],
    facts: Facts,
    codes: tuple[str, ...],
) -> Steps[tuple[Offer, ...]]:
    """The offers of a place, with all that they read."""
    person_id, day, payer_id = who
    products = [one for one in catalogue if one.sells == sells and one.retired is None]
    list_id = default_list(uow.state, place) if sells == "pass" else None
    yield from uow.fetch([(PriceList, list_id), *((PriceList, one.pricelist_id) for one in catalogue)])
    yield from read_sold(uow, [one.id for one in products], place.id, person_id, payer_id)
    if person_id is not None:
        present(uow.state, person_id)
    check_payer(uow.state, payer_id, person_id, None, local(uow.now, place.zone).date())
    if list_id is not None:
        version = uow.state.need(PriceList, list_id).version_at(uow.now)
        if version is not None:
            products += beside_catalogue(catalogue, place, list_id, uow.state.need(TariffText, version), "pass")
    asked = [
        Question((wanted(one, day=day, facts=facts),), place.id, person_id, codes, payer_id=payer_id)
        for one in products
        if uow.state.need(PriceList, one.pricelist_id).currency == place.currency
    ]
    yield from read_counted(uow, asked)
    offers = [_offer(uow.state, one, uow.now) for one in asked]
    return tuple(sorted(offers, key=lambda one: _by_name(one.product)))


def _offer(state: State, question: Question, now: datetime) -> Offer:
    product = question.things[0].product
    try:
        return Offer(product, sponsored_quote(state, find_answer(state, question, now), question, now))
    except RefusedError as refused:
        return Offer(product, refused=refused)


def _of_entity(entity_id: str) -> Range:
    """The products of a legal entity."""
    return (Product, "entity", *codec.between(entity_id))


def _by_name(product: Product) -> tuple[str, str]:
    return product.name.casefold(), product.id
