"""The life cycle of an order: it awaits its payment, is sold once it is paid, and expires where it is not."""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.orders.events import OrderSold
from cantinekit.domain.orders.records import Order
from cantinekit.domain.orders.seated import is_called_off
from cantinekit.domain.orders.selling import can_have_apart, confirm_apart, end_order, read_order


def awaits_order(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make it sold: it waits for one, and its bookings and seats can be had."""
    order = draft.state.need(Order, subject.id)
    return order.state == "pending" and can_have_apart(draft, order)


def owed_order(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether it is owed for what was measured of an order that is sold."""
    return draft.state.need(Order, subject.id).state == "sold"


def fulfil_order(draft: Draft, subject: Subject, charge_id: str) -> None:
    """An order is paid. What was measured of it later is paid without more ado."""
    order = draft.state.need(Order, subject.id)
    if order.state == "pending":
        draft.add(OrderSold(order.id))
        confirm_apart(draft, order)
        draft.tell("order sold", order.person_id, subject)


def lapse_order(draft: Draft, subject: Subject, reason: str) -> None:
    """An order that waits will not be paid."""
    order = draft.state.need(Order, subject.id)
    if order.state == "pending":
        end_order(draft, order, "expired", reason)


def expire_order(draft: Draft, subject: Subject) -> None:
    """End an order that nobody paid in time, and one with a seat at a session that is called off."""
    order = draft.state.need(Order, subject.id)
    if order.state != "pending":
        return
    if is_called_off(draft.state, order):
        lapse_order(draft, subject, "session cancelled")
    elif order.expires is not None and order.expires <= draft.now:
        lapse_order(draft, subject, "not paid in time")


LIFE_CYCLES[Order.kind] = LifeCycle(
    read=read_order, awaits=awaits_order, fulfil=fulfil_order, lapse=lapse_order, expire=expire_order, owed=owed_order
)
