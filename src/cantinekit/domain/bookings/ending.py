"""Ending a booking before it took place: its time is free, and what the price list says of it goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Literal

import attrs

from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.events import BookingEnded
from cantinekit.domain.bookings.records import Booking, BookingEnd
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import read_pages
from cantinekit.domain.passes.cancelling import REFUND
from cantinekit.domain.payments.charging import (
    own_deposit,
    read_charge_parts,
    return_deposit_of,
    return_meters,
    return_units,
    undo_part,
    undo_wishes,
)
from cantinekit.domain.payments.differences import (
    Shares,
    charge_more,
    first_charge,
    share_of,
    take_all_off,
    take_off,
)
from cantinekit.domain.payments.records import Charge, ChargeShare
from cantinekit.domain.payments.together import call_off, undo_together
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.afterwards import split_moves
from cantinekit.domain.sales.comes_to import Afterwards, RefundChoice, Why
from cantinekit.domain.sales.past import agreed_sale, sale_wishes, tax_class_of
from cantinekit.domain.sales.records import Sale, Scope
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, NotForSaleError, TooLateError, WrongStateError
from cantinekit.money import Money


def read_booking(uow: Uow, booking_id: str) -> Steps[None]:
    """Load what it takes to confirm or end a booking."""
    booking = yield from uow.need(Booking, booking_id)
    wishes: list[Wish] = [(Space, booking.space_id), (Place, booking.place_id), (BookingSeries, booking.series_id)]
    wishes += undo_wishes(uow.state, booking.charges, booking.spends, booking.person_id, booking.meters)
    if booking.state in ("confirmed", "released"):  # how it ends, its price list says
        wishes.append((Sale, booking.sale_id))
    wishes += [(Scope, key) for key in booking.scopes]
    leaves = [one.space_id for one in booking.placed]
    yield from read_pages(uow, leaves, booking.period, wishes, booking.placed)
    yield from read_charge_parts(uow, booking.charges, sale_wishes(uow.state, [booking.sale_id]))


def check_alone(booking: Booking, wanted: Sequence[str]) -> None:
    """Refuse a booking that is in none of these states, or of a series or an order that is not paid yet.

    Raises:
        WrongStateError: it is in another state, or one with its series or order.
    """
    if booking.state not in wanted:
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=wanted)
    if booking.state == "held" and (booking.series_id is not None or booking.order_id is not None):
        with_it = "series" if booking.series_id is not None else "order"
        raise WrongStateError(f"booking {booking.id}", state=f"one with its {with_it} until that is paid")


def check_cancel(booking: Booking, now: datetime) -> None:
    """Refuse to cancel a booking that has ended, or whose time is over.

    Raises:
        WrongStateError: it has ended, or is one with its series or order.
        TooLateError: its time is over.
    """
    check_alone(booking, ["requested", "held", "confirmed"])
    if booking.period.end <= now:
        raise TooLateError(f"the booking ended at {booking.period.end.isoformat()}")


def sale_of(state: State, booking: Booking) -> tuple[Sale, str] | None:
    """The sale of a booking with all facts, and the text of its version; ``None``: booked before this was kept."""
    return None if booking.sale_id is None else agreed_sale(state, booking.sale_id)


def item_of(sale: Sale, booking: Booking) -> str | None:
    """The item of a sale that is for a date of a series, or a line of an order; ``None``: the sale is the booking's."""
    if sale.subject.kind == Booking.kind:
        return None
    if sale.subject.kind != BookingSeries.kind:
        return booking.item
    start = booking.period.start
    return next((one.label for one in sale.items if one.period is not None and one.period.start == start), None)


def dated_item(state: State, booking: Booking) -> str | None:
    """The item of its sale that is for a booking that was held, as far as its sale is loaded."""
    if booking.sale_id is None or not state.knows(Sale, booking.sale_id):
        return None
    return item_of(state.need(Sale, booking.sale_id), booking)


def shares_of(state: State, booking: Booking) -> Shares:
    """What of its charges is for a booking, the oldest first."""
    if booking.charge_id is None:
        return booking.more
    first = share_of(state.need(Charge, booking.charge_id))
    if booking.part is not None:
        first = attrs.evolve(first, amount=booking.part.price, deposit=booking.part.deposit)
    return (first, *booking.more)


def charged(state: State, booking: Booking, currency: str) -> Money:
    """What the charges of a booking came to."""
    return Money.sum((share.amount for share in shares_of(state, booking)), currency)


def find_afterwards(
    draft: Draft, booking: Booking, why: str, *, came: bool = True, refund: RefundChoice = None
) -> Afterwards:
    """What it comes to that a confirmed booking does not take place; it leaves the scopes in which it was priced.

    Args:
        draft: what is decided so far; the sale and its price list are loaded.
        booking: the booking.
        why: the reason; refunds say it.
        came: ``False``: nobody came, and nobody called it off.
        refund: what staff give back; ``None``: as the price list says.

    Raises:
        NotForSaleError: the price list does not allow it, and staff do not say what goes back.
        InputError: staff give back more than it costs.
        CurrencyError: what staff give back is in another currency.
    """
    state, start = draft.state, booking.period.start
    found = sale_of(state, booking)
    if found is None:
        told = _of_before(draft, booking, came, refund)
    else:
        sale, text = found
        item, mine = item_of(sale, booking), shares_of(state, booking)
        try:
            told = call_off(draft, sale, text, draft.now, mine, why, begins=start, came=came, item=item, refund=refund)
        except NotForSaleError:
            if came:
                raise
            # A list that lets nobody cancel gives nothing back to whoever does not come.
            told = call_off(draft, sale, text, draft.now, mine, why, begins=start, item=item, refund="nothing")
    return attrs.evolve(told, units=told.split_units(booking.spends)[1])


def _of_before(draft: Draft, booking: Booking, came: bool, refund: RefundChoice) -> Afterwards:
    """A booking that an earlier version of this library sold: free until it starts, nothing afterwards."""
    total = charged(draft.state, booking, draft.state.need(Place, booking.place_id).currency)
    if isinstance(refund, Money):
        if refund > total:
            raise InputError(f"refund is {refund}, more than the price of {total}")
        kept = Fraction(total.amount - refund.amount, total.amount) if total else Fraction(0)
        return Afterwards(total - refund, refund, Money.zero(total.currency), kept, "staff")
    free = refund == "all" if refund is not None else came and draft.now < booking.period.start
    why: Why = "staff" if refund is not None else "list silent"
    return Afterwards.all_back(total, why) if free else Afterwards.all_kept(total, why)


def find_undone(draft: Draft, booking: Booking, reason: str) -> Afterwards | None:
    """What it comes to that a booking never stood which was priced together with others; ``None`` where it was not."""
    item = dated_item(draft.state, booking)
    told = undo_together(draft, booking.sale_id, shares_of(draft.state, booking), reason, item)
    return attrs.evolve(told, units=told.split_units(booking.spends)[1]) if told is not None else None


def deposits_of(state: State, booking: Booking) -> list[tuple[str, int]]:
    """The charges of a booking, the oldest first, each with what of its deposit is for the booking and still stands."""
    found = [(share.charge_id, share.deposit) for share in booking.more]
    if booking.charge_id is not None:
        first = state.need(Charge, booking.charge_id)
        held = own_deposit(state, first) if booking.part is None else booking.part.deposit
        found = [(first.id, held), *found]
    return [(id, min(held, state.need(Charge, id).deposit)) for id, held in found]


def _return_deposits(draft: Draft, deposits: Sequence[tuple[str, int]], reason: str) -> None:
    for charge_id, held in deposits:
        return_deposit_of(draft, charge_id, held, reason)


def end_booking(draft: Draft, booking_id: str, ended: BookingEnd, reason: str, told: Afterwards | None = None) -> None:
    """End a booking and tell its person; the reason is kept where it was declined.

    Args:
        draft: what is decided so far.
        booking_id: the booking.
        ended: the state in which it is over.
        reason: why.
        told: what it comes to; ``None``: all goes back.
    """
    booking = draft.state.need(Booking, booking_id)
    if told is None:
        told = find_undone(draft, booking, reason)
    said = reason if ended == "declined" else ""
    deposits = deposits_of(draft.state, booking)
    stood = sum(held for _, held in deposits) if ended == "released" else 0
    if told is None or not (stays_charged(draft.state, booking, told) or booking.more or booking.move_fees):
        debt = told.debt if told is not None else None
        draft.add(BookingEnded(booking.id, ended, said, debt=debt, deposit=stood, at=draft.now))
        return_units(draft, booking.spends, refer(booking))
        return_meters(draft, booking.meters)
        take_all_off(draft, booking.more, reason)
        undo_part(draft, booking.charge_id, booking.part, reason, products_of(booking))
        _return_deposits(draft, deposits[len(deposits) - len(booking.more) :], reason)
    else:
        units, back = told.split_units(booking.spends)
        moves, off = split_moves(booking.meters, told.kept)
        more = settle(draft, booking, told, reason, "not come" if ended == "released" else "cancelled")
        draft.add(BookingEnded(booking.id, ended, said, told.fee, units, moves, more, told.debt, stood, draft.now))
        return_units(draft, back, refer(booking))
        return_meters(draft, off)
    draft.tell(f"booking {ended}", booking.person_id, refer(booking))


def stays_charged(state: State, booking: Booking, told: Afterwards) -> bool:
    """Whether something of what a booking was charged may stay: by its list, or for passes that were had along with it.

    Of a date of a series these are in its part of the charge.
    """
    along = booking.part is not None and booking.charge_id is not None
    return told.keeps or (along and bool(state.need(Charge, booking.charge_id or "").pass_ids))


def settle(
    draft: Draft, booking: Booking, told: Afterwards, reason: str, said: Literal["cancelled", "not come"] = "cancelled"
) -> Shares:
    """Give back what goes back, or charge what is due: the charges of the booking beside its first one.

    Args:
        draft: what is decided so far.
        booking: the booking.
        told: what it comes to that it ends.
        reason: why; the refunds say it.
        said: what the line of a fee says.
    """
    state, place, after = draft.state, draft.state.need(Place, booking.place_id), shares_of(draft.state, booking)
    if told.off:
        (after,) = take_off(draft, [(after, told.off)], reason, [products_of(booking)])
    _return_deposits(draft, deposits_of(draft.state, booking), reason)
    if told.due:
        found = sale_of(state, booking)
        version, tax = "unknown", ""
        if found is not None:
            version, tax = found[0].tariff_version, tax_class_of(*found, item_of(found[0], booking))
        line = said_line(said, booking.product_id, told.due, tax, "penalty")
        first = first_charge(state, booking.charges)
        after = (*after, charge_more(draft, [line], version, refer(booking), place, booking.person_id, first=first))
    return beside_first(booking, after)


def products_of(booking: Booking) -> frozenset[str] | None:
    """The products of which its share of a charge is: in an order its own; ``None``: all but the passes had along."""
    return frozenset({booking.product_id}) if booking.order_id is not None else None


def beside_first(booking: Booking, shares: Sequence[ChargeShare]) -> Shares:
    """The charges of a booking beside its first one."""
    return tuple(share for share in shares if share.charge_id != booking.charge_id)


def with_shares(booking: Booking, shares: Sequence[ChargeShare]) -> Booking:
    """The booking with what of its charges is for it then."""
    if booking.charge_id is None:
        return attrs.evolve(booking, more=tuple(shares))
    first = shares[0]
    part = booking.part
    if part is not None:
        held = Money(first.deposit, first.amount.currency)
        part = attrs.evolve(part, amount=first.amount + held, deposit=first.deposit)
    return attrs.evolve(booking, charge_id=first.charge_id, part=part, more=tuple(shares[1:]))


def note_refund(draft: Draft, refund: RefundChoice, reason: str, of: Subject) -> None:
    """Record that staff gave back something else than the price list says."""
    if refund is not None:
        note_overrides(draft, [REFUND], reason, of)
