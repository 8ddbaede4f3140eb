"""Staying longer than was booked: what the price list wants for it is charged."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from cantinekit.domain.bookings.commands import RecordOverrun
from cantinekit.domain.bookings.ending import item_of, sale_of
from cantinekit.domain.bookings.events import BookingOverran
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.differences import charge_more, first_charge
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.afterwards import overrunning
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.past import tax_class_of
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.state import refer
from cantinekit.errors import InputError, NotForSaleError, WrongStateError
from cantinekit.money import Money

LONGEST = timedelta(days=1)
"""The longest overrun that can be recorded."""
MINUTE = timedelta(minutes=1)


def record_overrun(draft: Draft, booking: Booking, c: RecordOverrun) -> None:
    """Charge what an overrun costs, each begun minute counted.

    Args:
        draft: what is decided so far; all that ``read_booking`` loads is there.
        booking: the booking.
        c: until when people stayed.

    Raises:
        WrongStateError: it is not confirmed, or its overrun was recorded.
        InputError: nobody can have stayed until then.
        NotForSaleError: the price list does not say what it costs, or is not known.
    """
    if booking.state != "confirmed" or booking.overran_until is not None:
        state = "overrun already" if booking.overran_until is not None else booking.state
        raise WrongStateError(f"booking {booking.id}", state=state, wanted=["confirmed"])
    if not booking.period.end < c.until <= min(draft.now, booking.period.end + LONGEST):
        raise InputError("until is after the end of the booking, not in the future, and at most a day later")
    found = sale_of(draft.state, booking)
    if found is None:
        raise NotForSaleError(f"booking {booking.id} was sold before its price list was kept")
    sale, text = found
    minutes = -((booking.period.end - c.until) // MINUTE)
    due = overrunning(sale, text, minutes, item=item_of(sale, booking))
    place, more = draft.state.need(Place, booking.place_id), booking.more
    if due:
        tax = tax_class_of(sale, text, item_of(sale, booking))
        line = said_line("stayed longer", booking.product_id, due, tax, detail=str(minutes))
        share = charge_more(
            draft, [line], sale.tariff_version, refer(booking), place, booking.person_id,
            account=c.account, return_url=c.return_url, first=first_charge(draft.state, booking.charges),
        )  # fmt: skip
        more = (*more, share)
    draft.add(BookingOverran(booking.id, c.until, more))
    draft.afterwards = Afterwards(due, Money.zero(due.currency), due, Fraction(1), "kept")
