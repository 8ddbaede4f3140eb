"""Bookings that are sold with an order: a hold is priced with it, confirmed once it is paid, and ends with it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from cantinekit.domain.bookings.events import BookingEnded, BookingPriced
from cantinekit.domain.bookings.records import Booking, BookingEnd
from cantinekit.domain.bookings.selling import booked_product, check_sale, confirm
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import can_claim, page_wishes, still_claimed
from cantinekit.domain.orders.commands import Sell, SellLine
from cantinekit.domain.orders.records import Order, OrderLine
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.in_a_row import was_seen
from cantinekit.domain.sales.question import Wanted, wanted
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish
from cantinekit.errors import TooLateError, UnsuitableError, WrongStateError


def hold_ids(c: Sell) -> list[str]:
    """The ids of the holds that an order is to sell."""
    return [one.booking_id for one in c.lines if isinstance(one, SellLine) and one.booking_id is not None]


def holds_of(state: State, c: Sell) -> list[Booking]:
    """The holds that an order is to sell."""
    return [state.need(Booking, id) for id in hold_ids(c)]


def booking_wishes(bookings: Iterable[Booking]) -> list[Wish]:
    """What it takes to confirm or end bookings: their spaces, and the pages that their claims are on."""
    wishes: list[Wish] = []
    for one in bookings:
        wishes.append((Space, one.space_id))
        for placed in one.placed:
            wishes += page_wishes([placed.space_id], placed.claim.period)[0]
    return wishes


def wanted_hold(state: State, line: SellLine, c: Sell, facts: Facts, label: str) -> Wanted:
    """What the price list is asked for a hold.

    Raises:
        NotFoundError: there is no such hold.
        UnsuitableError: it is of somebody else or elsewhere, or its product is not for bookings.
    """
    booking = state.need(Booking, line.booking_id or "")
    if (booking.place_id, booking.person_id) != (c.place_id, c.person_id):
        raise UnsuitableError(f"booking {booking.id} is of somebody else, or at another place")
    product = booked_product(state, booking)
    check_sale(state, product, state.need(Place, booking.place_id), booking.person_id)
    return wanted(product, period=booking.period, count=booking.units, facts=facts, label=label)


def check_hold(draft: Draft, booking: Booking) -> None:
    """Refuse what is no hold any more.

    Raises:
        WrongStateError: it is not held, or waits for its payment.
        TooLateError: the hold or its period is over.
    """
    if booking.state != "held":
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=["held"])
    if booking.charge_id is not None or booking.order_id is not None:
        raise WrongStateError(f"booking {booking.id}", state="awaiting its payment")
    if booking.period.end <= draft.now:
        raise TooLateError(f"the period ended at {booking.period.end.isoformat()}")
    if not still_claimed(draft.state, booking.placed, draft.now):
        raise TooLateError(f"the hold ended at {booking.expires.isoformat() if booking.expires else 'once'}")


def price_hold(draft: Draft, line: OrderLine, item: str, order: Order, scopes: tuple[str, ...]) -> None:
    """Give a hold what its line costs, takes and counts; it is held for as long as the order waits.

    Args:
        draft: what is decided so far.
        line: the line, with its share.
        item: which item of the sale it is.
        order: the order.
        scopes: the scopes in which it was priced together with others.
    """
    charge_id = order.charge_ids[0] if order.charge_ids else None
    taken = (line.booking_id or "", charge_id, line.spends, order.expires, draft.now, line.meters, order.sale_id)
    draft.add(BookingPriced(*taken, part=line.part, order_id=order.id, item=item, scopes=scopes))


def without_share(line: OrderLine) -> OrderLine:
    """The line of a booking or a registration as an order keeps it: what it costs, takes and counts, that says."""
    return attrs.evolve(line, part=None, spends=(), meters=()) if line.is_apart else line


def bookings_of(state: State, order: Order) -> list[Booking]:
    """The bookings of an order that wait for its payment."""
    return [one for id in order.booking_ids if (one := state.need(Booking, id)).state == "held"]


def can_have(draft: Draft, order: Order) -> bool:
    """Whether all bookings of an order can still be had."""
    return all(_can_have(draft, draft.state.need(Booking, id)) for id in order.booking_ids)


def _can_have(draft: Draft, one: Booking) -> bool:
    if one.state != "held" or one.period.end <= draft.now:
        return False
    space, place = draft.state.need(Space, one.space_id), draft.state.need(Place, one.place_id)
    seen = was_seen(draft.state, space, one.person_id, one.placed)
    return seen and can_claim(draft.state, space, place, one.placed, draft.now)


def confirm_bookings(draft: Draft, order: Order) -> None:
    """Confirm the bookings of an order that is paid."""
    for one in bookings_of(draft.state, order):
        confirm(draft, one.id)


def end_bookings(draft: Draft, order: Order, ended: BookingEnd) -> None:
    """End the bookings of an order that was never had: their time is free."""
    for one in bookings_of(draft.state, order):
        draft.add(BookingEnded(one.id, ended, at=draft.now))
