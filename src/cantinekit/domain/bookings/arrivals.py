"""Whoever comes to what they booked is checked in; what nobody comes to is released, and charged as the list says."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from cantinekit.domain.bookings.commands import UndoRelease
from cantinekit.domain.bookings.ending import (
    beside_first,
    charged,
    end_booking,
    find_afterwards,
    item_of,
    products_of,
    sale_of,
    shares_of,
)
from cantinekit.domain.bookings.events import ReleaseUndone
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.courses.prices import returned
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import check_free
from cantinekit.domain.passes.events import UnitsSpent
from cantinekit.domain.passes.records import Entitlement
from cantinekit.domain.payments.charging import back_moves
from cantinekit.domain.payments.differences import Shares, charge_more, first_charge, take_off
from cantinekit.domain.payments.together import join_again
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.events import MetersMoved
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import agreement_of, tax_class_of
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import refer
from cantinekit.errors import WrongStateError
from cantinekit.money import Money

EARLY = timedelta(hours=1)
"""How long before a booking starts its people can be checked in."""
NOBODY_CAME = "nobody came"
"""Why a booking is released."""


def is_due(booking: Booking, draft: Draft) -> bool:
    """Whether it is time to release a booking to which nobody has come."""
    due = booking.release_at
    return booking.state == "confirmed" and booking.arrived_at is None and due is not None and due <= draft.now


def release(draft: Draft, booking: Booking) -> None:
    """Release a booking to which nobody came: its time is free, and it costs what the price list says."""
    told = find_afterwards(draft, booking, NOBODY_CAME, came=False)
    draft.afterwards = told
    end_booking(draft, booking.id, "released", NOBODY_CAME, told)


def undo_release(draft: Draft, booking: Booking, c: UndoRelease) -> None:
    """Let a booking that was released stand again: it must be free, and what went back is owed again.

    Raises:
        RefusedError: it is not free any more.
        WrongStateError: units that went back were spent meanwhile.
    """
    state, spaces = draft.state, dict.fromkeys([booking.space_id, *(id for id, _ in booking.with_units)])
    place = state.need(Place, booking.place_id)
    for space in (state.need(Space, id) for id in spaces):
        placed = [one for one in booking.placed if one.space_id in space.leaves]
        check_free(state, space, place, placed, draft.now, but=booking.id)
    spends = returned(booking.spends, booking.kept)
    for one in spends:
        if state.need(Entitlement, one.entitlement_id).left < one.units:
            raise WrongStateError(f"the units of entitlement {one.entitlement_id}", state="spent or over")
    if spends:
        draft.add(UnitsSpent(spends, refer(booking)))
    moves = net_moves(booking.meters, back_moves(booking.kept_meters))
    if moves:
        draft.add(MetersMoved(moves))
    draft.add(ReleaseUndone(booking.id, draft.now, _owe_again(draft, booking, place, c), booking.placed, draft.now))


def _owe_again(draft: Draft, booking: Booking, place: Place, c: UndoRelease) -> Shares:
    """Charge what the release gave back, the deposit too, or take off what it charged beyond the price."""
    nothing, version, tax = Money.zero(place.currency), "unknown", ""
    price = charged(draft.state, booking, place.currency)
    if (found := sale_of(draft.state, booking)) is not None:
        sale, text = found
        item, version = item_of(sale, booking), sale.tariff_version
        price = join_again(draft, sale.id, agreement_of(sale, text, item).total, item)
        tax = tax_class_of(sale, text, item)
    owed, debt = price - (booking.fee or nothing), booking.debt or nothing
    draft.afterwards = Afterwards(
        nothing, max(nothing, nothing - owed), max(nothing, owed) + debt, Fraction(1), "staff"
    )
    more = booking.more
    if owed.amount < 0:
        things = [(shares_of(draft.state, booking), nothing - owed)]
        (shares,) = take_off(draft, things, "release undone", [products_of(booking)])
        more = beside_first(booking, shares)
    lines = [said_line("release undone", booking.product_id, owed, tax)] if owed.amount > 0 else []
    lines += [said_line("release undone", booking.product_id, debt, tax, "debt")] if debt else []
    held = Money(booking.deposit, place.currency)
    lines += [said_line("release undone", booking.product_id, held, kind="held")] if held else []
    if not lines:
        return more
    share = charge_more(
        draft, lines, version, refer(booking), place, booking.person_id,
        account=c.account, return_url=c.return_url, first=first_charge(draft.state, booking.charges),
    )  # fmt: skip
    return (*more, share)
