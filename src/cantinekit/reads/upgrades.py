"""Reading for the front desk: to which longer stays a visitor could change, with the difference of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

import attrs

from cantinekit.commands import UpgradeVisit
from cantinekit.common.arguments import checked
from cantinekit.domain.catalogue.finding import beside_catalogue, default_list
from cantinekit.domain.decision import Decision, Prerequisite, PriceQuote
from cantinekit.domain.dispatch import handler_of
from cantinekit.domain.sales.values import FactLike
from cantinekit.domain.state import Find, Load, State
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import RefusedError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import MAX_KEYS, Key
from cantinekit.reads.records import decoded
from cantinekit.reads.visits import VisitReads
from cantinekit.records import Charge, LegalEntity, Place, PriceList, Product, Record, TariffText, Visit
from cantinekit.runtime import codec
from cantinekit.runtime.loader import find_keys


@attrs.frozen
class StayOffer:
    """A longer stay to which a visitor could change.

    Attributes:
        product: the product of the whole stay.
        until: when the visit would end at the latest; ``None``: it is refused.
        quote: the price of the whole stay with its reasons; ``None``: it is refused.
        difference: what is to pay beyond what was charged, a deposit included; negative: so much goes back; ``None``:
            it is refused.
        refused: why it cannot be had; ``None``: it can.
    """

    product: Product
    until: datetime | None = None
    quote: PriceQuote | None = None
    difference: Money | None = None
    refused: RefusedError | None = None


class UpgradeReads(VisitReads):
    """Answers to what visits could be changed."""

    @checked
    def upgrades(self, visit_id: str, *, facts: Mapping[str, FactLike] | None = None) -> tuple[StayOffer, ...]:
        """The longer stays to which an open visit could change, by name, each with the difference to pay.

        Each is decided as ``UpgradeVisit`` would decide it now, and nothing is stored. It looks at the products of the
        catalogue that sell visits, and at the stays of the price list of the place that the catalogue does not name.
        What is no longer stay than the present one, or cannot follow it, is not in it. There is nothing for a visit
        that is over, that awaits another upgrade, or that is priced by the clock. It takes at most nine round trips,
        whatever is for sale.

        Args:
            visit_id: the visit.
            facts: what the price lists ask to know, by name.

        Raises:
            NotFoundError: there is no such visit.
            InputError: a fact is none that each of the price lists knows.
        """
        visit = self.need(Visit, visit_id)
        now = self._now()
        if visit.state != "open" or visit.upgrade is not None or visit.clocked is not None or visit.until <= now:
            return ()
        state, products = self._stays(visit, now)
        charges = [state.need(Charge, id) for id in visit.charge_ids]
        before = Money.sum((one.billed for one in charges), state.need(Place, visit.place_id).currency)
        asked = [UpgradeVisit(visit.id, product_id=one.id, facts=facts or {}) for one in products]
        ids = count(1)
        uows = [Uow(state, now, lambda prefix: f"{prefix}_{next(ids)}") for _ in asked]
        decided = self._decide([handler_of(one).handle(one, uow) for one, uow in zip(asked, uows, strict=True)])
        found = zip(products, decided, strict=True)
        offers = (_offer(visit, before, product, one) for product, one in found if not isinstance(one, UnsuitableError))
        return tuple(sorted(offers, key=lambda one: (one.product.name.casefold(), one.product.id)))

    def _stays(self, visit: Visit, now: datetime) -> tuple[State, list[Product]]:
        """What sells visits at the place of one, and what was read for that."""
        place = self.need(Place, visit.place_id)
        keys = [Key(LegalEntity.kind, place.entity_id), *(Key(Charge.kind, id) for id in visit.charge_ids)]
        (rows,), bodies = self._look([(Product, "entity", *codec.between(place.entity_id))], keys)
        catalogue = [decoded(Product, id, body) for id, body in rows.items()]
        along = [decoded(LegalEntity if key == keys[0] else Charge, key.id, body) for key, body in bodies.items()]
        state = State().put([visit, place, *along, *catalogue])
        products = [one for one in catalogue if one.sells == "visit" and one.retired is None]
        list_id = default_list(state, place)
        pricelist = self.get(PriceList, list_id) if list_id is not None else None
        version = pricelist.version_at(now) if pricelist is not None else None
        if pricelist is not None and version is not None:
            text = self.need(TariffText, version)
            state = state.put([pricelist, text])
            products += beside_catalogue(catalogue, place, pricelist.id, text, "visit")
        return state, [one for one in products if one.id != visit.product_id]

    def _decide(self, readings: Sequence[Steps[Decision[Visit]]]) -> list[Decision[Visit] | RefusedError]:
        """Run what decides side by side: what they want next is read in one batch for all of them."""
        found: dict[int, Decision[Visit] | RefusedError] = {}
        answers: dict[int, Mapping[Key, Record | None] | None] = dict.fromkeys(range(len(readings)))
        while answers:
            wanted: dict[int, Load | Find] = {}
            for number, answer in answers.items():
                try:
                    reading = readings[number]
                    wanted[number] = next(reading) if answer is None else reading.send(answer)
                except StopIteration as end:
                    found[number] = end.value
                except RefusedError as refused:
                    found[number] = refused
                except Prerequisite:  # the command itself would end what ran out, and then be decided
                    found[number] = WrongStateError("something that the stay depends on", state="over")
            keys = list(dict.fromkeys(key for wish in wanted.values() if isinstance(wish, Load) for key in wish.keys))
            parts = (keys[at : at + MAX_KEYS] for at in range(0, len(keys), MAX_KEYS))
            loaded = {key: one for part in parts for key, one in self._loaded(Load(tuple(part))).items()}
            answers = {
                number: find_keys(self._storage, wish)
                if isinstance(wish, Find)
                else {key: loaded[key] for key in wish.keys}
                for number, wish in wanted.items()
            }
        return [found[number] for number in range(len(readings))]


def _offer(visit: Visit, before: Money, product: Product, decided: Decision[Visit] | RefusedError) -> StayOffer:
    """What a change comes to: what stands of all charges for the visit then, beyond what stands of them now."""
    if isinstance(decided, RefusedError):
        return StayOffer(product, refused=decided)
    after = decided.after.need(Visit, visit.id)
    until = after.upgrade.until if after.upgrade is not None else after.until
    assert decided.price is not None
    charges = [decided.after.need(Charge, id) for id in dict.fromkeys((*visit.charge_ids, *decided.charge_ids))]
    stands = Money.sum((one.billed for one in charges if not one.claim), before.currency)
    return StayOffer(product, until, decided.price, stands - before)
