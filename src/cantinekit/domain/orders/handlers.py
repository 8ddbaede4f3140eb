"""Selling several things together, and cancelling them."""

from __future__ import annotations

from collections.abc import Sequence

from cantinekit.domain.catalogue.finding import read_products
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.handling import handles
from cantinekit.domain.orders.commands import CancelOrder, Sell
from cantinekit.domain.orders.events import OrderLinesCancelled
from cantinekit.domain.orders.records import Order
from cantinekit.domain.orders.selling import end_order, order_question, read_order, sell_order
from cantinekit.domain.passes.cancelling import REFUND
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import return_meters, return_units
from cantinekit.domain.payments.lowering import lower_charge
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.afterwards import cancelling, split_moves, split_units
from cantinekit.domain.sales.comes_to import Afterwards, sum_up
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.question import begins, read_prices, read_tariff, sale_keys
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, WrongStateError
from cantinekit.money import Money


@handles(Sell)
def sell(c: Sell, uow: Uow) -> Steps[Decision[Order]]:
    """Sell several things together."""
    began = uow.now  # the price list and its meters are chosen by this instant
    person: list[Wish] = [(Person, c.person_id), (Wallet, c.person_id), (Person, c.payer_id)]
    ids = [line.product_id for line in c.lines]
    yield from read_products(uow, ids, c.place_id, (Order, c.id), (Place, c.place_id), *person)
    place = uow.state.need(Place, c.place_id)
    question = order_question(uow.state, c)
    products = [thing.product for thing in question.things]
    yield from uow.fetch([(LegalEntity, place.entity_id), *sale_keys(uow.state, products, c.person_id)])
    yield from read_prices(uow, question, began)

    refuse_twice(uow.state, Order, c.id)
    if c.person_id is not None:
        present(uow.state, c.person_id)
    return uow.done_with(sell_order(uow, c, question))


@handles(CancelOrder)
def cancel_order(c: CancelOrder, uow: Uow) -> Steps[Decision[Order]]:
    """Cancel an order, or one line of it."""
    order = yield from uow.need(Order, c.order_id)
    sale = yield from uow.need(Sale, order.sale_id or "", (SaleFacts, order.sale_id), (Place, order.place_id))
    yield from uow.fetch([(TariffText, sale.tariff_version)])
    yield from read_order(uow, c.order_id)

    if order.state == "pending" and c.line is None:
        end_order(uow, order, "cancelled", c.reason)
        return uow.done(order, order.charge_ids)
    if order.state != "sold":
        raise WrongStateError(f"order {order.id}", state=order.state, wanted=["sold"])
    numbers = _asked(order, c.line)
    if isinstance(c.refund, Money) and len(numbers) > 1:
        raise InputError("an amount is given back for one line: name the line")
    _cancel_lines(uow, order, [(number, _comes_to(uow, number, sale, c)) for number in numbers], c)
    return uow.done(order, order.charge_ids)


def _asked(order: Order, line: int | None) -> list[int]:
    """The numbers of the lines that are to be cancelled.

    Raises:
        InputError: there is no such line.
        WrongStateError: it is cancelled already.
    """
    if line is None:
        return [number for number, one in enumerate(order.lines, 1) if one.state == "sold"]
    if line > len(order.lines):
        raise InputError(f"order {order.id} has {len(order.lines)} lines, and no line {line}")
    if order.lines[line - 1].state != "sold":
        raise WrongStateError(f"line {line} of order {order.id}", state="cancelled", wanted=["sold"])
    return [line]


def _comes_to(draft: Draft, number: int, sale: Sale, c: CancelOrder) -> Afterwards:
    """What cancelling one line comes to. What has no time begins when it is sold."""
    whole = whole_sale(sale, draft.state.get(SaleFacts, sale.id))
    text = draft.state.need(TariffText, sale.tariff_version).text
    item = whole.items[number - 1]
    start = begins(item, read_tariff(text), sale.at)
    return cancelling(whole, text, draft.now, begins=start, item=item.label or str(number), refund=c.refund)


def _cancel_lines(draft: Draft, order: Order, found: Sequence[tuple[int, Afterwards]], c: CancelOrder) -> None:
    """Cancel lines: their units, what they counted and what they cost goes back as far as it does."""
    lines = [order.lines[number - 1] for number, _ in found]
    units = [split_units(line.spends, one.kept) for line, (_, one) in zip(lines, found, strict=True)]
    moves = [split_moves(line.meters, one.kept) for line, (_, one) in zip(lines, found, strict=True)]
    numbers = tuple(number for number, _ in found)
    draft.add(OrderLinesCancelled(order.id, numbers, tuple(s for s, _ in units), tuple(s for s, _ in moves)))
    return_units(draft, tuple(spend for _, back in units for spend in back), refer(order))
    return_meters(draft, net_moves(*(back for _, back in moves)))
    together = sum_up([one for _, one in found])
    if order.charge_ids:
        lower_charge(draft, order.charge_ids[0], together.refund, c.reason)
    draft.afterwards = together
    if c.refund is not None:
        note_overrides(draft, [REFUND], c.reason, refer(order))
    draft.tell("order cancelled", order.person_id, refer(order))
