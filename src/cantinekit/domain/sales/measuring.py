"""Pricing a thing again once what is measured after its use is known, by the version that sold it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from cantinekit import pricing
from cantinekit.common.evolve import evolve
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargeLine
from cantinekit.domain.sales.afterwards import refuse_change
from cantinekit.domain.sales.past import agreement_of, debt_of, whole_sale
from cantinekit.domain.sales.prices import charge_lines
from cantinekit.domain.sales.question import read_tariff, to_earlier, to_lot
from cantinekit.domain.sales.records import MeterMove, Sale, SaleFacts, SaleLot, SaleMeter
from cantinekit.domain.sales.values import Facts
from cantinekit.money import Money
from cantinekit.pricing.calls.change import find_change


@attrs.frozen
class Measured:
    """A thing priced with what was measured.

    Attributes:
        sale: the new price of it alone, with all that it was made from; what it came to before is taken off.
        private: the facts of the person from which it was made; ``None``: none.
        quote: the new price with its reasons.
        lines: the lines of the new price.
        debt_before: what was owed before beside the price, such as for units that were not there.
        spends: the units that it takes, all of them.
        vouchers: the minor units of vouchers that may pay it.
        moves: how far it moves meters, in all.
    """

    sale: Sale
    private: SaleFacts | None
    quote: pricing.Quote
    lines: tuple[ChargeLine, ...]
    debt_before: Money
    spends: tuple[Spend, ...]
    vouchers: tuple[Spend, ...]
    moves: tuple[MeterMove, ...]

    @property
    def more(self) -> Money:
        """What it costs more than before; negative: less."""
        before = self.sale.paid_before or Money.zero(self.sale.total.currency)
        return self.quote.total + self.quote.debt - before - self.debt_before


def measuring(
    sale: Sale,
    private: SaleFacts | None,
    text: str,
    label: str,
    facts: Facts,
    *,
    id: str,
    product_id: str,
    lots: Sequence[SaleLot],
    meters: Mapping[str, int],
    others: Iterable[MeterMove],
) -> Measured:
    """Price one item of a sale again with what was measured, as things stood at the sale.

    Args:
        sale: the sale.
        private: the facts of the person from which it was made; ``None``: none.
        text: the version of the price list that priced it.
        label: the item.
        facts: what was measured.
        id: the id of the new sale.
        product_id: the product of the item, as ``Product.id``.
        lots: the units that may cover it.
        meters: the meters on which its price depends, as they stood before the sale.
        others: how far the other items of the sale moved meters.

    Raises:
        NotForSaleError, IncompleteError: the list has no price for it, or has to know more.
        UnsuitableError: the sale was made from facts of a person who was forgotten.
    """
    tariff = read_tariff(text)
    counted = dict(meters)
    for move in others:
        counted[move.meter_id] = counted.get(move.meter_id, 0) + move.delta
    state = pricing.State(meters=counted, lots=tuple(map(to_lot, lots)), earlier=tuple(map(to_earlier, sale.earlier)))
    asked = list[pricing.Order]()

    def ask(order: pricing.Order) -> pricing.Quote:
        asked.append(order)
        return tariff.quote(order, state)

    agreement = agreement_of(whole_sale(sale, private), text, label)
    change = find_change(tariff.parts, ask, agreement, pricing.MeasuredNow(dict(facts)))
    refuse_change(change, "what was measured")
    quote, order = change.quote, asked[0]
    assert quote is not None
    number = [one.label for one in sale.items].index(label)
    item, theirs = sale.items[number], dict(private.facts).get(number, ()) if private is not None else ()
    return Measured(
        evolve(
            sale,
            id=id,
            items=(evolve(item, facts=tuple(sorted({**dict(item.facts), **dict(facts)}.items()))),),
            total=quote.total,
            lots=tuple(lots),
            meters=tuple(SaleMeter(name, used) for name, used in sorted(counted.items())),
            holds=tuple(sorted(order.holds or ())),
            paid_before=agreement.total,
            private_facts=bool(theirs),
        ),
        evolve(private, id=id, facts=((0, theirs),)) if private is not None and theirs else None,
        quote,
        charge_lines(tariff, quote, {item.tariff_product: product_id}),
        debt_of(whole_sale(sale, private), text, [label]),
        _used(quote, money=False),
        _used(quote, money=True),
        tuple(MeterMove(name, delta) for name, delta in quote.meters if delta),
    )


def _used(quote: pricing.Quote, *, money: bool) -> tuple[Spend, ...]:
    """The units that a price takes, by their lots; ``money``: those of vouchers."""
    sums: dict[str, int] = {}
    for use in quote.uses:
        if use.money is money:
            sums[use.lot] = sums.get(use.lot, 0) + use.units
    return tuple(Spend(lot, units) for lot, units in sorted(sums.items()) if units)
