"""Sales: prices with all that they were made from; meters, which say how much of a limit is used; and scopes, which say
what was charged together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

import attrs

from cantinekit.clock import Period, instant
from cantinekit.common.fields import Code, PublicText, is_count, is_id, is_text, maybe_id, maybe_instant
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.sales.values import Facts
from cantinekit.money import Money


@record("domain", named=False)
@attrs.frozen
class Meter:
    """How much of a cap, an allowance, a quota or a rank is used in one scope and period.

    Attributes:
        id: what it counts, in which scope and period, as the price list names it; at most 500 characters.
        used: minor units under a cap on an amount, else uses or units.
    """

    kind: ClassVar[str] = "meter"
    id: str = attrs.field(validator=is_text(500))
    used: int = 0


@attrs.frozen
class MeterMove:
    """How far a purchase moved a meter.

    Attributes:
        meter_id: the meter.
        delta: minor units under a cap on an amount, else uses or units; negative where it moved back.
    """

    meter_id: str = attrs.field(validator=is_text(500))
    delta: int = attrs.field()


@attrs.frozen
class SaleItem:
    """One thing that was priced: a product of the price list, with what the list asks to know.

    Attributes:
        tariff_product: its name in the price list.
        period: from when to when, ``None`` where the product has no time.
        day: the local day, ``None`` where the price depends on none.
        count: how many, 1 to 10,000.
        facts: names and values that the price list asks for, in the order of the names.
        label: how the reasons of the price call it, at most 200 characters; empty: by its place in the order.
        until: the last local day of something that lasts; ``None``: it has none, or the list says it.
        also: further stretches of the same booking, in order.
        sold: when it was sold for money, where it is priced again, in UTC; of a stay that is priced when it has ended,
            when that was first done. ``None``: it is priced for the first time.
    """

    tariff_product: Code = attrs.field(validator=is_id)
    period: Period | None = None
    day: date | None = None
    count: int = attrs.field(validator=is_count(), default=1)
    facts: Facts = ()
    label: PublicText = attrs.field(default="", validator=is_text(200))
    until: date | None = None
    also: tuple[Period, ...] = ()
    sold: datetime | None = attrs.field(default=None, converter=maybe_instant)


@attrs.frozen
class SaleLot:
    """Units of an entitlement as they stood when a price was made.

    Attributes:
        entitlement_id: the entitlement.
        account: its account.
        left: how many units could be spent, 0 to 1,000,000,000.
        bought_at: when they were bought, in UTC.
        expires: when their validity ends, in UTC; ``None``: never.
        priority: the smallest number is spent first.
        value: what was paid for one unit, in minor units; ``None``: not known.
    """

    entitlement_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    left: int = attrs.field(validator=is_count(least=0, most=10**9))
    bought_at: datetime = attrs.field(converter=instant)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    priority: int = 0
    value: int | None = None


@attrs.frozen
class SaleMeter:
    """A meter as it stood when a price was made.

    Attributes:
        meter_id: the meter.
        used: how much was used.
    """

    meter_id: str = attrs.field(validator=is_text(500))
    used: int = 0


@attrs.frozen
class SaleEarlier:
    """What was charged before in a scope that is priced as a whole, as it stood when a price was made.

    Attributes:
        key: names the scope, as the price list does; at most 500 characters.
        stretches: the stays so far, in order.
        quantity: the sum of what was measured.
        charged: (tax class, minor units) pairs.
        covered: (cover, units) pairs.
    """

    key: Code = attrs.field(validator=is_text(500))
    stretches: tuple[Period, ...] = ()
    quantity: int = 0
    charged: tuple[tuple[Code, int], ...] = ()
    covered: tuple[tuple[Code, int], ...] = ()


@attrs.frozen
class ScopeUnits:
    """Units of an entitlement that a thing in a scope takes.

    Attributes:
        entitlement_id: the entitlement.
        units: how many.
    """

    entitlement_id: str = attrs.field(validator=is_id)
    units: int = attrs.field()


@attrs.frozen
class ScopeCharge:
    """What of a charge pays for a thing in a scope.

    Attributes:
        charge_id: the charge.
        amount: how much, in minor units.
    """

    charge_id: str = attrs.field(validator=is_id)
    amount: int = attrs.field()


@attrs.frozen
class ScopePart:
    """A thing that was priced in a scope and stands.

    Attributes:
        sale_id: the sale that priced it.
        item: how the sale calls it.
        subject: whose sale it is.
        tariff_version: the version of the price list that priced it.
        price: what it costs as things stand, in minor units: the difference that it makes to those before it.
        charged: what it was charged and did not get back, in minor units.
        spends: the units that it took when it was sold.
        moves: how far it moved meters when it was sold.
        freed: how far things moved meters before it that are gone since.
        paid: the charges that pay for it, the oldest first.
        given: what it got back since others went, in minor units.
    """

    sale_id: str = attrs.field(validator=is_id)
    item: PublicText = attrs.field(validator=is_text(500))
    subject: Subject = attrs.field()
    tariff_version: Code = attrs.field(validator=is_id)
    price: int = attrs.field()
    charged: int = attrs.field()
    spends: tuple[ScopeUnits, ...] = ()
    moves: tuple[MeterMove, ...] = ()
    freed: tuple[MeterMove, ...] = ()
    paid: tuple[ScopeCharge, ...] = ()
    given: int = 0


@record("domain", named=False)
@attrs.frozen
class Scope:
    """What was charged in a scope that a price list prices as a whole, such as the bookings of a person on one day.

    What stays charged in it is what ``parts`` cost, and the fees for those that are gone.

    Attributes:
        id: names the scope, as the price list does; at most 500 characters.
        earlier: what the price list is told of it by the next that is priced in it.
        parts: what stands, in the order in which it was bought.
        left: the charges of things that are gone, as far as they pay for those that stand.
        units: the units of things that are gone, as far as those that stand take them.
        moves: how much farther meters are moved than ``parts`` say, since things are gone.
        beside: what pays for those that stand and is on no charge that is named here; below 0, fees that their charges
            pay. In minor units.
    """

    kind: ClassVar[str] = "scope"
    id: str = attrs.field(validator=is_text(500))
    earlier: SaleEarlier = attrs.field()
    parts: tuple[ScopePart, ...] = ()
    left: tuple[ScopeCharge, ...] = ()
    units: tuple[ScopeUnits, ...] = ()
    moves: tuple[MeterMove, ...] = ()
    beside: int = 0

    @property
    def over(self) -> int:
        """What is charged in it beyond what its things cost, fees left out, in minor units."""
        charged = sum(part.charged for part in self.parts) + sum(one.amount for one in self.left)
        return charged + self.beside - sum(part.price for part in self.parts)


@record("domain", fields=("subject",), immutable=True)
@attrs.frozen
class Sale:
    """A price that was made, with all that it was made from, so that it can be computed again.

    Attributes:
        id: its id.
        subject: what was sold.
        place_id: the place.
        tariff_version: the id of the version of the price list.
        semantics: the number of the semantics of price lists under which it was made.
        at: the instant as of which it is the price, in UTC.
        items: what was priced.
        total: the price of the whole.
        customer_id: the customer, ``None`` for somebody unknown.
        lots: the units that the customer could spend.
        meters: the meters on which the price depends.
        paid_before: what an amendment takes off: what was paid for what it amends; ``None`` where nothing is amended.
        codes: the codes that were given.
        holds: what the customer held, by the names of the price list.
        earlier: what was charged before in each scope that is priced as a whole, nothing in one that it began.
        private_facts: whether it was made from facts of a person or an organisation too, which ``SaleFacts`` of the
            same id holds.

    Index:
        subject: kind, id, made at.
    """

    kind: ClassVar[str] = "sale"
    id: str = attrs.field(validator=is_id)
    subject: Subject = attrs.field()
    place_id: str = attrs.field(validator=is_id)
    tariff_version: Code = attrs.field(validator=is_id)
    semantics: int = attrs.field()
    at: datetime = attrs.field(converter=instant)
    items: tuple[SaleItem, ...] = attrs.field()
    total: Money = attrs.field()
    customer_id: str | None = attrs.field(default=None, validator=maybe_id)
    lots: tuple[SaleLot, ...] = ()
    meters: tuple[SaleMeter, ...] = ()
    paid_before: Money | None = None
    codes: tuple[Code, ...] = ()
    holds: tuple[Code, ...] = ()
    earlier: tuple[SaleEarlier, ...] = ()
    private_facts: bool = False

    def index(self) -> Index:
        yield "subject", composite(self.subject.kind, self.subject.id, self.at)


@record("private", fields=("person",), person="person", named=False)
@attrs.frozen
class SaleFacts:
    """The facts of a person, and of an organisation, from which a price was made. No event holds them, and they go with
    either of them.

    Attributes:
        id: the id of the sale.
        person_id: the person; the organisation where nobody is known whom the sale is for.
        facts: for each item of the sale that was told any, its place from 0 and the facts, in the order of the names.
        organisation_id: the organisation that pays; ``None``: none does.

    Index:
        person: person id, sale id; and organisation id, sale id.
    """

    kind: ClassVar[str] = "salefacts"
    id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    facts: tuple[tuple[int, Facts], ...] = attrs.field(default=(), repr=False)
    organisation_id: str | None = attrs.field(default=None, validator=maybe_id)

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.id)
        if self.organisation_id is not None and self.organisation_id != self.person_id:
            yield "person", composite(self.organisation_id, self.id)


__all__ = [
    "Meter",
    "MeterMove",
    "Sale",
    "SaleEarlier",
    "SaleFacts",
    "SaleItem",
    "SaleLot",
    "SaleMeter",
    "Scope",
    "ScopeCharge",
    "ScopePart",
    "ScopeUnits",
]
