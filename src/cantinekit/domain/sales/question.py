"""The whole question to a price list: what is wanted, by whom, what they hold and have, and which codes they gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache

import attrs

from cantinekit import pricing
from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.common.facts import Fact
from cantinekit.domain.attendance.learnt import holding_wishes, trainings_held
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.organisations.presence import organisation_of, organisation_wishes
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.records import Entitlement, Holding, Spend, Wallet
from cantinekit.domain.passes.sharing import AFTER_OWN, may_use, shared_holdings, shared_lots, shared_wallets
from cantinekit.domain.people.facts import facts_on
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.known_facts import known_facts
from cantinekit.domain.sales.records import Meter, Sale, SaleEarlier, SaleItem, SaleLot, Scope
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.sales.values import Extras, Facts
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, NotForSaleError, UnsuitableError


@lru_cache(maxsize=64)
def read_tariff(text: str) -> pricing.Tariff:
    """The price list of a text. The last 64 are kept: the same text is always the same price list."""
    return pricing.Tariff.load(text if "\n" in text else text + "\n")


@attrs.frozen
class Wanted:
    """A product to be priced, and how much of it.

    Attributes:
        product: the product.
        item: what the price list is asked.
        offers: facts that the house knows; a price list that declares them is told.
        for_other: whether somebody else than the customer has it: the facts of the customer do not count for it.
    """

    product: Product
    item: SaleItem
    offers: tuple[tuple[str, int | bool], ...] = ()
    for_other: bool = False

    def told(
        self, tariff: pricing.Tariff, place: Facts, person: Facts, organisation: Facts = ()
    ) -> tuple[Wanted, Facts]:
        """The same, with the facts that a price list declares and is told; and those of them that are private.

        Args:
            tariff: the price list.
            place: the facts of the place.
            person: the facts of the person that count on the day.
            organisation: the facts of the organisation that pays or holds, that count on the day.

        Raises:
            InputError: the caller stated a fact that the house sets.
        """
        own: dict[str, Fact] = {}
        if self.offers:
            types = tariff.facts
            own = {name: value for name, value in self.offers if _OFFERED.get(str(types.get(name))) is type(value)}
            if stated := sorted(own.keys() & {name for name, _ in self.item.facts}):
                raise InputError(f"facts: {', '.join(stated)} is set by the house; leave it out")
        if not (own or place or person or organisation):
            return self, ()
        facts, origins = known_facts(
            place,
            person,
            self.item.facts,
            tariff.facts,
            currency=tariff.currency,
            organisation_facts=organisation,
            set_by_house=own,
        )
        origin = dict(origins)
        private = tuple((name, value) for name, value in facts if origin[name] in ("organisation", "person"))
        every = tuple(sorted({**dict(facts), **own}.items()))
        return Wanted(self.product, evolve(self.item, facts=every)), private


_OFFERED = {"number": int, "decimal": int, "yes/no": bool}
"""The type that a fact of the house has, by the type that a price list declares."""


def wanted(product: Product, **details: object) -> Wanted:
    """A product, asked for with these details (period, day, count, facts)."""
    return Wanted(product, SaleItem(product.tariff_product, **details))  # type: ignore[arg-type]


def wanted_extras(extras: Extras, beside: Wanted, first: int | None = None) -> list[Wanted]:
    """What is bought along with something: on its day, with its facts, from its price list.

    Args:
        extras: products of the price list with how many of each.
        beside: what they are bought along with.
        first: the number by which the first of them is called; ``None``: all by their place in the order.
    """
    found = []
    for number, (name, count) in enumerate(extras):
        product = evolve(beside.product, id=f"{beside.product.pricelist_id}/{name}", name=name, tariff_product=name)
        label = str(first + number) if first is not None else ""
        found.append(Wanted(product, evolve(beside.item, tariff_product=name, count=count, label=label), beside.offers))
    return found


@attrs.frozen
class Question:
    """What a price list is asked.

    Attributes:
        things: what is wanted, all on one price list; nothing: there is nothing to ask.
        place_id: the place where it is sold.
        customer_id: who it is for, ``None`` for somebody unknown, who holds nothing.
        codes: the codes that they gave.
        scoped: whether what was charged before counts in the scopes that are priced as a whole; visits are priced with
            all of their tab instead.
        agreed: a sale that is changed: its version of the price list is asked, as of its instant; ``None``: the version
            in force now.
        groups: those of the codes for which the house keeps something: a price list that does not know one is not told
            of it.
        payer_id: the person or the organisation who is to pay; ``None``: whoever it is for.
        sold: when what is priced again was sold for money; ``None``: it was not, or ``agreed`` says it.
        last: what was asked last, and from what it was made: what is read and what is decided ask the same.
    """

    things: tuple[Wanted, ...]
    place_id: str
    customer_id: str | None
    codes: tuple[str, ...] = ()
    scoped: bool = True
    agreed: Sale | None = None
    groups: tuple[str, ...] = ()
    payer_id: str | None = None
    sold: datetime | None = None
    last: list[tuple[tuple[object, ...], Asked]] = attrs.field(factory=list, init=False, eq=False, repr=False)

    def codes_for(self, tariff: pricing.Tariff) -> tuple[str, ...]:
        """The codes that a price list is told."""
        hidden = set(self.groups) - set(tariff.asked_codes) if self.groups else ()
        return tuple(code for code in self.codes if code not in hidden) if hidden else self.codes

    def counts(self, tariff: pricing.Tariff) -> bool:
        """Whether its price may depend on a meter."""
        return tariff.counts_for(one.item.tariff_product for one in self.things)

    def version(self, state: State, now: datetime) -> str:
        """The id of the version of the price list that is asked. It raises what ``version_of`` raises."""
        return self.agreed.tariff_version if self.agreed is not None else version_of(state, self.things, now)

    def at(self, now: datetime) -> datetime:
        """The instant as of which it is asked."""
        return self.agreed.at if self.agreed is not None else now

    @property
    def paid_at(self) -> datetime | None:
        """When what is priced again was sold for money; units that were bought later do not cover it by themselves."""
        return self.agreed.at if self.agreed is not None and self.agreed.total.amount > 0 else self.sold


@attrs.frozen
class Asked:
    """A question as the price list gets it.

    Attributes:
        things: what is wanted, with all facts that the list is told.
        order: the order.
        holds: what the customer holds on the days that count, in the order of the names.
        private: the facts of the person and of the organisation among those that the list is told, with the place of
            each item from 0.
        meters: the meters on which its price may depend.
    """

    things: tuple[Wanted, ...]
    order: pricing.Order
    holds: tuple[str, ...]
    private: tuple[tuple[int, Facts], ...] = ()
    meters: tuple[str, ...] = ()

    @property
    def public_items(self) -> tuple[SaleItem, ...]:
        """The items without the facts of the person and of the organisation."""
        if not self.private:
            return tuple(one.item for one in self.things)
        hidden = {number: {name for name, _ in facts} for number, facts in self.private}
        return tuple(
            evolve(one.item, facts=tuple(fact for fact in one.item.facts if fact[0] not in hidden.get(number, ())))
            for number, one in enumerate(self.things)
        )


def ask(question: Question, state: State, tariff: pricing.Tariff, at: datetime) -> Asked:
    """The order that a question is, for a customer as of an instant.

    Args:
        question: the question.
        state: has the wallet of the customer, where there is one.
        tariff: the price list.
        at: the instant of the purchase.
    """
    place, person = state.need(Place, question.place_id), _person(state, question.customer_id)
    organisation = organisation_of(state, question.payer_id or question.customer_id)
    holds = _holds(question, state, tariff, [one.item for one in question.things], at)
    made_from = (tariff, at, place, person, organisation, holds)
    if question.last and question.last[0][0] == made_from:
        return question.last[0][1]
    told = [
        one.told(
            tariff,
            place.facts,
            () if one.for_other else _facts_of(person, one.item, tariff, at),
            _facts_of(organisation, one.item, tariff, at),
        )
        for one in question.things
    ]
    things, paid = tuple(one for one, _ in told), question.paid_at
    if paid is not None:
        things = tuple(evolve(one, item=evolve(one.item, sold=paid)) for one in things)
    items = [one.item for one in things]
    order = build_order(items, question.customer_id, at, holds=holds, codes=question.codes_for(tariff))
    private = tuple((number, facts) for number, (_, facts) in enumerate(told) if facts)
    asked = Asked(things, order, holds, private, tariff.meters(order) if question.counts(tariff) else ())
    question.last[:] = [(made_from, asked)]
    return asked


def _facts_of(person: Person | Organisation | None, item: SaleItem, tariff: pricing.Tariff, at: datetime) -> Facts:
    """The facts of a person or an organisation that count on the day of an item."""
    if person is None or not person.facts:
        return ()
    return facts_on(person, first_day(item, tariff, at))


def _person(state: State, id: str | None) -> Person | None:
    """A person, as far as they were loaded."""
    return state.get(Person, id) if id is not None and state.knows(Person, id) else None


def build_order(
    items: Sequence[SaleItem],
    customer_id: str | None,
    as_of: datetime,
    *,
    holds: Iterable[str] = (),
    codes: tuple[str, ...] = (),
) -> pricing.Order:
    """The order to the price list, for a customer as of an instant."""
    asked = tuple(
        pricing.Item(
            i.tariff_product,
            i.period,
            i.count,
            i.day,
            dict(i.facts),
            id=i.label or str(number),
            also=i.also,
            until=i.until,
            sold=i.sold,
        )
        for number, i in enumerate(items, 1)
    )
    return pricing.Order(asked, customer=customer_id, as_of=as_of, holds=frozenset(holds), codes=codes)


def _holds(
    question: Question, state: State, tariff: pricing.Tariff, items: Sequence[SaleItem], at: datetime
) -> tuple[str, ...]:
    """What the customer holds or shares on the first day of each item, of what the list asks: passes, and what was
    learnt.
    """
    if not tariff.asked_holds:
        return ()
    days = {first_day(item, tariff, at) for item in items}
    return tuple(sorted(frozenset.intersection(*(held_on(state, question.customer_id, tariff, day) for day in days))))


def held_on(state: State, customer_id: str | None, tariff: pricing.Tariff, day: date) -> frozenset[str]:
    """What a customer holds on a local day, of what a price list asks: what an organisation holds to which they belong
    on that day is theirs too.

    Args:
        state: has their wallet, where there is one, with those of ``shared_wallets``, and what ``holding_wishes`` names
            of the list.
        customer_id: who it is; somebody unknown holds nothing.
        tariff: the price list.
        day: the local day.
    """
    held = {
        one.tariff_product
        for one in _holdings(state, customer_id, day)
        if one.pricelist_id == tariff.id and one.held_on(day)
    }
    return trainings_held(state, tariff.asked_trainings, customer_id, day, tariff.zone) | (held & tariff.asked_holds)


def _holdings(state: State, customer_id: str | None, day: date) -> tuple[Holding, ...]:
    """What a customer holds, and on a local day shares, as far as the wallets were loaded; their own first."""
    wallet = _wallet(state, customer_id)
    return (*(wallet.holdings if wallet is not None else ()), *shared_holdings(state, customer_id, day))


def first_day(item: SaleItem, tariff: pricing.Tariff, at: datetime) -> date:
    """The local day on which an item begins: its own, else that of the purchase."""
    if item.period is not None:
        return local(item.period.start, tariff.zone).date()
    return item.day or local(at, tariff.zone).date()


def begins(item: SaleItem, tariff: pricing.Tariff, at: datetime) -> datetime:
    """When an item begins."""
    if item.period is not None:
        return item.period.start
    return at if item.day is None else max(at, day_bounds(item.day, tariff.zone).start)


# --- what it reads ---------------------------------------------------------------------------------------------------


def _wallet(state: State, customer_id: str | None) -> Wallet | None:
    """The wallet of a customer, as far as it was loaded."""
    if customer_id is None or not state.knows(Wallet, customer_id):
        return None
    return state.get(Wallet, customer_id)


def wallet_lots(state: State, customer_id: str | None) -> tuple[str, ...]:
    """The ids of the entitlements in a person's wallet, as far as it was loaded."""
    wallet = _wallet(state, customer_id)
    return wallet.entitlement_ids if wallet else ()


def sale_keys(
    state: State,
    products: Iterable[Product],
    customer_id: str | None,
    c: SellingCommand[object] | None = None,
) -> list[Wish]:
    """What a sale reads once its products, the customer, their wallet and the payer were looked for.

    Args:
        state: has them.
        products: the products.
        customer_id: who it is for, ``None`` for somebody unknown.
        c: the command, which says who pays and who orders; ``None``: nothing is sold by it.
    """
    keys: list[Wish] = [(PriceList, product.pricelist_id) for product in products]
    keys.extend((Entitlement, id) for id in wallet_lots(state, customer_id))
    keys.extend(organisation_wishes(state, customer_id, c.payer_id if c is not None else None))
    keys.extend(shared_wallets(state, customer_id))
    if c is not None:
        keys.append((Wallet, c.ordered_by_id))
    return keys


def read_prices(uow: Uow, question: Question, now: datetime, also: Iterable[Wish] = ()) -> Steps[None]:
    """Load the version of the price list that is in force, then the meters and scopes on which the price depends.

    Args:
        uow: has loaded the price lists of the products, the place, the customer and their wallet.
        question: what will be asked; of nothing, only ``also`` is loaded.
        now: the instant that chooses the version.
        also: what is loaded together with the version.

    Raises:
        UnsuitableError: the products are on different price lists.
        NotForSaleError: the price list is not in force yet.
    """
    if not question.things:
        yield from uow.fetch(also)
        return
    version, at = question.version(uow.state, now), question.at(now)
    shared: list[Wish] = [(Entitlement, id) for id in shared_lots(uow.state, question.customer_id)]
    yield from uow.fetch([(TariffText, version), *shared, *also])
    tariff = read_tariff(uow.state.need(TariffText, version).text)
    learnt = holding_wishes(tariff.asked_trainings, question.customer_id)
    counts, scoped = question.counts(tariff), question.scoped and tariff.scoped
    if learnt and (counts or scoped):  # what is counted may depend on what is held
        yield from uow.fetch(learnt)
    wishes: list[Wish] = list(learnt)
    if counts or scoped:
        asked = ask(question, uow.state, tariff, at)
        wishes += [(Meter, meter) for meter in asked.meters]
        wishes += [(Scope, key) for key in (tariff.scopes(asked.order).values() if scoped else ())]
    yield from uow.fetch(wishes)


def version_of(state: State, things: Sequence[Wanted], now: datetime) -> str:
    """The id of the version of their price list that is in force.

    Raises:
        UnsuitableError: the products are on different price lists.
        NotForSaleError: the price list is not in force yet.
    """
    lists = {thing.product.pricelist_id for thing in things}
    if len(lists) != 1:
        raise UnsuitableError("what is sold together must be on one price list")
    found = state.need(PriceList, lists.pop())
    version = found.version_at(now)
    if version is None:
        raise NotForSaleError(f"the price list {found.id} is not in force yet")
    return version


def usable_lots(
    state: State, question: Question, tariff: pricing.Tariff, now: datetime, returned: Sequence[Spend]
) -> tuple[SaleLot, ...]:
    """The units of a person that may be spent on what is wanted, vouchers among them, and after them those that an
    organisation shares with the person.

    Args:
        state: the wallet and its entitlements.
        question: what is wanted, and where.
        tariff: the price list.
        now: the instant of the decision.
        returned: units that an amendment gives back before the whole is priced.
    """
    back: dict[str, int] = {}
    for spend in returned:
        back[spend.entitlement_id] = back.get(spend.entitlement_id, 0) + spend.units
    ids = sorted({*wallet_lots(state, question.customer_id), *shared_lots(state, question.customer_id), *back})
    if not ids:
        return ()
    used = min(begins(thing.item, tariff, now) for thing in question.things)
    found: list[SaleLot] = []
    for id in ids:
        one = state.need(Entitlement, id)
        if one.has_begun(used) and one.valid_at(question.place_id, now) and not one.paused_at(used):
            left, priority = one.left + back.get(id, 0), one.priority
            if one.organisation and one.holder_id != question.customer_id:
                left = may_use(state, question.customer_id, one, local(used, tariff.zone).date(), back.get(id, 0))
                priority = AFTER_OWN
                if not left:
                    continue
            elif one.holder_id not in (None, question.customer_id):  # another's by now: those that it took, and no more
                left = back[id]
            found.append(SaleLot(id, one.account, left, one.bought_at, one.expires, priority, one.value))
    return tuple(found)


def paused_passes(state: State, question: Question, tariff: pricing.Tariff, now: datetime) -> tuple[str, ...]:
    """The passes of a person, or shared with them, that are paused now or when what is wanted is used, and so do not
    count.

    Args:
        state: the wallet and its entitlements.
        question: what is wanted, and where.
        tariff: the price list.
        now: the instant of the decision.
    """
    wallet = _wallet(state, question.customer_id)
    if wallet is None:
        return ()
    used = [begins(thing.item, tariff, now) for thing in question.things]
    days = {local(at, tariff.zone).date() for at in (now, *used)}
    held = [one.pass_id for day in days for one in _holdings(state, question.customer_id, day) if one.paused_on(day)]
    ids = (*wallet.entitlement_ids, *shared_lots(state, question.customer_id))
    units = [state.need(Entitlement, id) for id in ids]
    spent = [one.pass_id for one in units if one.active and any(one.paused_at(at) for at in (now, *used))]
    return tuple(sorted({*held, *spent}))


def to_lot(lot: SaleLot) -> pricing.Lot:
    """Units as the price list is told of them."""
    return pricing.Lot(
        lot.entitlement_id, lot.account, lot.left, lot.bought_at, lot.expires, lot.priority, value=lot.value
    )


def earlier_in(state: State, keys: Iterable[str]) -> tuple[SaleEarlier, ...]:
    """What was charged before in scopes, nothing in one that is not there yet; in the order of their keys."""
    found = [state.get(Scope, key) or Scope(key, SaleEarlier(key)) for key in sorted(set(keys))]
    return tuple(one.earlier for one in found)


def to_earlier(one: SaleEarlier) -> pricing.Earlier:
    """What was charged before in a scope, as the price list is told of it."""
    return pricing.Earlier(one.key, one.stretches, one.quantity, one.charged, one.covered)


def from_earlier(one: pricing.Earlier) -> SaleEarlier:
    """What is charged in a scope, as the price list says it."""
    return SaleEarlier(one.key, one.stretches, one.quantity, one.charged, one.covered)
