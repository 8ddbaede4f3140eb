"""Measuring a line of an order after its use: what it costs more is charged, what it costs less goes back."""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.orders.commands import MeasureOrder
from cantinekit.domain.orders.events import OrderMeasured
from cantinekit.domain.orders.records import Order, OrderLine
from cantinekit.domain.passes.events import UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Spend
from cantinekit.domain.payments.charging import back_moves, return_units, take, take_vouchers
from cantinekit.domain.payments.differences import charge_more, difference, first_charge, take_off
from cantinekit.domain.payments.records import Charge, ChargeShare
from cantinekit.domain.payments.together import find_anew, stand_anew
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.afterwards import units_beyond
from cantinekit.domain.sales.answers import units_due
from cantinekit.domain.sales.events import MetersMoved, PriceMade
from cantinekit.domain.sales.measuring import Measured, measuring
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import at_most
from cantinekit.domain.sales.question import build_order, read_tariff
from cantinekit.domain.sales.records import Meter, Sale, SaleFacts, SaleLot
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.state import State, Wish, refer
from cantinekit.errors import IncompleteError, InputError, WrongStateError
from cantinekit.money import Money
from cantinekit.pricing import Refusal


def measure_line(draft: Draft, order: Order, c: MeasureOrder) -> None:
    """Price a line again with what was measured, and charge the difference or give it back.

    Args:
        draft: what is decided so far, with all that ``read_sales`` and ``read_order`` load.
        order: the order.
        c: the line and what was measured.

    Raises:
        WrongStateError: nothing of the line is left to be measured.
        InputError: there is no such line, or a fact is none that it is measured by.
        IncompleteError: something that is measured is not said.
        NotForSaleError: the price list has no price for it.
    """
    line = _line(order, c)
    sale, place = draft.state.need(Sale, order.sale_id or ""), draft.state.need(Place, order.place_id)
    text, label = draft.state.need(TariffText, sale.tariff_version).text, sale.items[c.line - 1].label
    found = measuring(
        sale,
        draft.state.get(SaleFacts, sale.id) if sale.private_facts else None,
        text,
        label,
        c.facts,
        id=draft.ids("sal"),
        product_id=line.product_id,
        lots=_lots(draft.state, order, line, sale),
        meters=_meters(draft.state, order, c),
        others=[move for one in order.lines if one is not line for move in one.meters],
    )
    draft.add(PriceMade(found.sale))
    if found.private is not None:
        draft.keep([found.private])
    due = units_due(draft.state, found.quote, read_tariff(text), found.sale.lots)
    spends = (*found.spends, *(Spend(lot, units) for lot, units in sorted(due.items())))
    more, less = units_beyond(spends, line.spends), units_beyond(line.spends, spends)
    if more:
        draft.add(UnitsSpent(more, refer(order)))
    return_units(draft, less, refer(order))
    moved = net_moves(found.moves, back_moves(line.meters))
    if moved:
        draft.add(MetersMoved(moved))
    anew = find_anew(draft.state, sale, label, found.sale, found.private)
    owed = found.more if anew is None else Money(anew.more, place.currency) + found.quote.debt - found.debt_before
    share = _charge(draft, order, line, found, owed, place, c) if owed.amount > 0 else None
    draft.add(OrderMeasured(order.id, c.line, found.sale.id, spends, found.moves, share))
    shares = shares_of(order, line)
    if owed.amount < 0:
        (rest,) = take_off(draft, [(shares, -owed)], _MEASURED, [{line.product_id}])
        owed = Money.sum((one.amount for one in rest), place.currency) - Money.sum(
            (one.amount for one in shares), place.currency
        )
    if anew is not None:
        stand_anew(draft, anew, owed.amount, share, _MEASURED)


_MEASURED = "measured"
"""Why money goes back of a line that costs less than before."""


def meters_to_move(state: State, order: Order, c: MeasureOrder) -> list[Wish]:
    """The meters on which a line may depend once it is measured, and did not before.

    Args:
        state: has the sale of the order and its version of the price list.
        order: the order.
        c: the line and what was measured.
    """
    sale = state.need(Sale, order.sale_id or "")
    tariff = read_tariff(state.need(TariffText, sale.tariff_version).text)
    if c.line > len(sale.items) or not tariff.counts_for([sale.items[c.line - 1].tariff_product]):
        return []
    item, measures = sale.items[c.line - 1], order.lines[c.line - 1].measures
    said = {name: value for name, value in c.facts if name in measures}
    facts = tuple(sorted({**dict(item.facts), **said}.items()))
    asked = build_order([evolve(item, facts=facts)], sale.customer_id, sale.at, holds=sale.holds, codes=sale.codes)
    return [(Meter, id) for id in tariff.meters(asked)]


def _line(order: Order, c: MeasureOrder) -> OrderLine:
    """The line that is measured; all of its facts must be said, and no others.

    Raises:
        WrongStateError, InputError, IncompleteError: as ``measure_line`` says.
    """
    line = line_of(order, c.line)
    if line.state != "sold" or not line.measures:
        state = "cancelled" if line.state != "sold" else "priced in full"
        raise WrongStateError(f"line {c.line} of order {order.id}", state=state, wanted=["to be measured"])
    said = {name for name, _ in c.facts}
    other = sorted(said - set(line.measures))
    if other:
        raise InputError(f"line {c.line} is measured by {', '.join(line.measures)}, and not by {', '.join(other)}")
    missing = tuple(name for name in line.measures if name not in said)
    if missing:
        refusals = tuple(Refusal("incomplete", name, facets=(name,)) for name in missing)
        raise IncompleteError(f"to be said of line {c.line}: {', '.join(missing)}", refusals=refusals)
    return line


def line_of(order: Order, number: int) -> OrderLine:
    """A line of an order by its number, from 1.

    Raises:
        InputError: there is no such line.
    """
    if number > len(order.lines):
        raise InputError(f"order {order.id} has {len(order.lines)} lines, and no line {number}")
    return order.lines[number - 1]


def _lots(state: State, order: Order, line: OrderLine, sale: Sale) -> tuple[SaleLot, ...]:
    """The units that may cover a line: what there was at the sale, and what the order gave, as far as it is left."""
    own = {spend.entitlement_id: spend.units for spend in line.spends}
    taken: dict[str, int] = {}
    for one in order.lines:
        for spend in one.spends if one is not line else ():
            taken[spend.entitlement_id] = taken.get(spend.entitlement_id, 0) + spend.units
    found = []
    for lot in sale.lots:
        left = state.need(Entitlement, lot.entitlement_id).left + own.get(lot.entitlement_id, 0)
        found.append(evolve(lot, left=max(0, min(lot.left - taken.get(lot.entitlement_id, 0), left))))
    known = {lot.entitlement_id for lot in sale.lots}
    for given in _given(state, order.charge_ids):
        if given.id not in known:
            left = given.left + own.get(given.id, 0)
            rest = (given.bought_at, given.expires, given.priority, given.value)
            found.append(SaleLot(given.id, given.account, left, *rest))
    return tuple(found)


def _meters(state: State, order: Order, c: MeasureOrder) -> dict[str, int]:
    """The meters on which a line depends now: as they stood at the sale, others as they stand."""
    sale = state.need(Sale, order.sale_id or "")
    new = {id: meter.used if (meter := state.get(Meter, id)) else 0 for _, id in meters_to_move(state, order, c) if id}
    return {**new, **{meter.meter_id: meter.used for meter in sale.meters}}


def _given(state: State, charge_ids: Iterable[str]) -> list[Entitlement]:
    """The units that were bought with charges, as far as they may be spent."""
    found = [state.need(Entitlement, id) for charge in charge_ids for id in state.need(Charge, charge).entitlement_ids]
    return [one for one in found if one.active]


def shares_of(order: Order, line: OrderLine) -> tuple[ChargeShare, ...]:
    """What of the charges of an order is for a line, the oldest first."""
    if line.part is None or not order.charge_ids:
        return line.more
    return (ChargeShare(order.charge_ids[0], line.part.price), *line.more)


def _charge(
    draft: Draft, order: Order, line: OrderLine, found: Measured, owed: Money, place: Place, c: MeasureOrder
) -> ChargeShare:
    """Charge what a line and its scope cost more: vouchers pay first, then the account of the command."""
    nothing = Money.zero(place.currency)
    lines = difference(found.lines, line.product_id, found.sale.paid_before or nothing, nothing, found.debt_before)
    later = owed - found.more
    if later:
        tax_class = next((one.tax_class for one in found.lines if one.product_id == line.product_id), "")
        lines = (*lines, said_line("together", line.product_id, later, tax_class))
    first = first_charge(draft.state, order.charge_ids)
    share = charge_more(draft, lines, found.sale.tariff_version, refer(order), place, order.person_id, first=first)
    vouchers = at_most(found.vouchers, draft.state.need(Charge, share.charge_id).owed_of_price.amount)
    if vouchers:
        take_vouchers(draft, share.charge_id, vouchers)
    if c.account is not None and draft.state.need(Charge, share.charge_id).state == "due":
        take(draft, share.charge_id, c.account, c.return_url)
    return share
