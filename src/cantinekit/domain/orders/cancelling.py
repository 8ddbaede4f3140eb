"""Cancelling lines of an order: the price list or the staff say what goes back, and what was given is taken back."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.orders.commands import CancelOrder, MeasureOrder
from cantinekit.domain.orders.events import OrderLinesCancelled
from cantinekit.domain.orders.measuring import line_of, meters_to_move, shares_of
from cantinekit.domain.orders.records import Order, OrderLine
from cantinekit.domain.orders.selling import read_order
from cantinekit.domain.passes.cancelling import REFUND, end_pass_by_list
from cantinekit.domain.passes.life_cycle import has_ended
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.payments.charging import return_deposit, return_meters, return_units
from cantinekit.domain.payments.differences import Shares, charge_more, first_charge, take_off
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import call_off
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.afterwards import split_moves
from cantinekit.domain.sales.comes_to import Afterwards, sum_up
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import explain_sale, tax_class_of, whole_sale
from cantinekit.domain.sales.question import begins, read_tariff
from cantinekit.domain.sales.records import Meter, Sale, SaleFacts, Scope
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import WrongStateError
from cantinekit.money import Money


def read_sold(uow: Uow, order_id: str, measured: MeasureOrder | None = None) -> Steps[Order]:
    """Load what it takes to change what was sold by an order, and give the order.

    Args:
        uow: the unit of work.
        order_id: the order.
        measured: what will be measured: the units that may cover it and the meters that it may move are loaded too.

    Raises:
        NotFoundError: there is no such order.
    """
    order = yield from uow.need(Order, order_id)
    ids = [id for id in (order.sale_id, *(line.sale_id for line in order.lines)) if id is not None]
    wishes: list[Wish] = [(Place, order.place_id), (LegalEntity, order.entity_id)]
    wishes += [wish for id in ids for wish in ((Sale, id), (SaleFacts, id))]
    wishes += [(Pass, line.pass_id) for line in order.lines]
    yield from read_order(uow, order_id, wishes, lambda: _then(uow.state, order, measured))
    if measured is not None:
        yield from uow.fetch(meters_to_move(uow.state, order, measured))
    return order


def _then(state: State, order: Order, measured: MeasureOrder | None) -> list[Wish]:
    """What the sale and the passes of an order lead to."""
    sale = state.need(Sale, order.sale_id or "")
    passes = [state.need(Pass, line.pass_id) for line in order.lines if line.pass_id is not None]
    wishes: list[Wish] = [(TariffText, sale.tariff_version), *((Scope, one.key) for one in sale.earlier)]
    wishes += [(Entitlement, id) for one in passes for id in one.entitlement_ids]
    wishes += [(Wallet, one.holder_id) for one in passes]
    if measured is not None:
        wishes += [(Entitlement, lot.entitlement_id) for lot in sale.lots]
        wishes += [(Meter, meter.meter_id) for meter in sale.meters]
    return wishes


def lines_of(order: Order, line: int | None) -> list[int]:
    """The numbers of the lines that are to be cancelled; of no line in particular those that stand and are no bookings
    or seats.

    Raises:
        InputError: there is no such line.
        WrongStateError: it is cancelled already, or a booking or a registration.
    """
    own = [number for number, one in enumerate(order.lines, 1) if one.state == "sold" and not one.is_apart]
    if line is None and own:
        return own
    if line is None or line_of(order, line).is_apart:
        raise WrongStateError(f"order {order.id}", state="one of bookings or seats: cancel the booking or registration")
    if line_of(order, line).state != "sold":
        raise WrongStateError(f"line {line} of order {order.id}", state="cancelled", wanted=["sold"])
    return [line]


def cancel_lines(draft: Draft, order: Order, numbers: Sequence[int], c: CancelOrder) -> None:
    """Cancel lines: their units, what they counted and what they cost goes back as far as it does.

    Args:
        draft: what is decided so far, with all that ``read_sold`` loads.
        order: the order.
        numbers: the lines, from 1.
        c: the reason, and what staff give back instead.
    """
    state, told = draft.state, dict[int, Afterwards]()
    passes = {number: state.need(Pass, id) for number in numbers if (id := order.lines[number - 1].pass_id)}
    vouchers = [number for number, sold in passes.items() if _gives_money(state, sold)]
    _cancel(draft, order, [number for number in numbers if number not in passes], told, c)
    # What was spent on the others is back on these by now.
    _cancel(draft, order, [number for number in passes if number not in vouchers], told, c)
    _take_off(draft, order, told, c.reason)
    before = dict(told)
    _cancel(draft, order, vouchers, told, c)
    _take_off(draft, order, {number: one for number, one in told.items() if number not in before}, c.reason)
    _return_deposits(draft, order, numbers, c.reason)
    draft.afterwards = sum_up([told[number] for number in numbers])
    if c.refund is not None:
        note_overrides(draft, [REFUND], c.reason, refer(order))
    draft.tell("order cancelled", order.person_id, refer(order))


def _gives_money(state: State, sold: Pass) -> bool:
    """Whether a pass is a voucher."""
    return any(state.need(Entitlement, id).money for id in sold.entitlement_ids)


def _cancel(draft: Draft, order: Order, numbers: Sequence[int], told: dict[int, Afterwards], c: CancelOrder) -> None:
    """Cancel lines, and return their units and what they counted; ``told`` gets what each comes to."""
    if not numbers:
        return
    lines = [order.lines[number - 1] for number in numbers]
    comes_to = [_comes_to(draft, order, number, c) for number in numbers]
    units = [one.split_units(line.spends) for line, one in zip(lines, comes_to, strict=True)]
    moves = [split_moves(line.meters, one.kept) for line, one in zip(lines, comes_to, strict=True)]
    due = sum_up(comes_to).due
    charge_id = _charge_fee(draft, order, lines[0], due) if due else None
    kept = tuple(stay for stay, _ in units), tuple(stay for stay, _ in moves)
    draft.add(OrderLinesCancelled(order.id, tuple(numbers), *kept, charge_id))
    return_units(draft, tuple(spend for _, back in units for spend in back), refer(order))
    return_meters(draft, net_moves(*(back for _, back in moves)))
    for number, one, (_, back) in zip(numbers, comes_to, units, strict=True):
        told[number] = attrs.evolve(one, units=back)


def _take_off(draft: Draft, order: Order, told: dict[int, Afterwards], reason: str) -> None:
    """Take off the charges of an order what goes back of its lines."""
    things = [(shares_of(order, order.lines[number - 1]), one.off) for number, one in told.items()]
    take_off(draft, things, reason, [{order.lines[number - 1].product_id} for number in told])


def _comes_to(draft: Draft, order: Order, number: int, c: CancelOrder) -> Afterwards:
    """What cancelling one line comes to; a pass that it gave is taken back. What has no time begins when it is sold."""
    line = order.lines[number - 1]
    sale, text = sale_of(draft.state, order, line)
    if line.pass_id is not None:
        return _pass_back(draft, draft.state.need(Pass, line.pass_id), sale, shares_of(order, line), c)
    label = draft.state.need(Sale, order.sale_id or "").items[number - 1].label
    item = next(one for one in sale.items if one.label == label)
    start = begins(item, read_tariff(text), sale.at)
    shares = shares_of(order, line)
    return call_off(draft, sale, text, draft.now, shares, c.reason, begins=start, item=label, refund=c.refund)


def _pass_back(draft: Draft, sold: Pass, sale: Sale, shares: Shares, c: CancelOrder) -> Afterwards:
    """Take a pass back that a line gave; of one that is over already nothing more goes back."""
    over = sold.state != "active" or has_ended(draft.state, sold, draft.now)
    found = None if over else end_pass_by_list(draft, sold, shares, c.reason, c.refund)
    return found or Afterwards.all_kept(Money.zero(sale.total.currency), "unpaid")


def sale_of(state: State, order: Order, line: OrderLine) -> tuple[Sale, str]:
    """The sale that priced a line last, with all facts, and the text of its version of the price list."""
    sale = state.need(Sale, line.sale_id or order.sale_id or "")
    return whole_sale(sale, state.get(SaleFacts, sale.id)), state.need(TariffText, sale.tariff_version).text


def _charge_fee(draft: Draft, order: Order, line: OrderLine, due: Money) -> str:
    """Charge what cancelling costs beyond the price."""
    (sale, text), place = sale_of(draft.state, order, line), draft.state.need(Place, order.place_id)
    label = draft.state.need(Sale, order.sale_id or "").items[order.lines.index(line)].label
    fee = said_line("cancelled", line.product_id, due, tax_class_of(sale, text, label), "penalty")
    first = first_charge(draft.state, order.charge_ids)
    return charge_more(draft, [fee], sale.tariff_version, refer(order), place, order.person_id, first=first).charge_id


def _return_deposits(draft: Draft, order: Order, numbers: Sequence[int], reason: str) -> None:
    """Return the deposits of lines, as far as they stand."""
    first = draft.state.need(Charge, order.charge_ids[0]) if order.charge_ids else None
    if first is None or not first.deposit:
        return
    sale, text = sale_of(draft.state, order, attrs.evolve(order.lines[0], sale_id=None))
    labels = {sale.items[number - 1].label for number in numbers}
    held = sum(one.amount.amount for one in explain_sale(sale, text).lines if one.kind == "held" and one.item in labels)
    if held:
        return_deposit(draft, first.id, Money(min(held, first.deposit), first.amount.currency), reason)
