"""Staying longer than was booked: what the price list wants for it is charged."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from cantinekit.domain.bookings.commands import RecordOverrun
from cantinekit.domain.bookings.ending import item_of, sale_of
from cantinekit.domain.bookings.events import BookingOverran
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.differences import charge_more, check_unpaid, first_charge, take_off
from cantinekit.domain.payments.records import Charge, ChargeShare
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.afterwards import overrunning
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.past import tax_class_of
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.state import State, refer
from cantinekit.errors import InputError, NotForSaleError, WrongStateError
from cantinekit.money import Money

LONGEST = timedelta(days=1)
"""The longest overrun that can be recorded."""
MINUTE = timedelta(minutes=1)


def record_overrun(draft: Draft, booking: Booking, c: RecordOverrun) -> None:
    """Charge what an overrun costs, each begun minute counted; or correct one that was recorded.

    Args:
        draft: what is decided so far; all that ``read_booking`` loads is there.
        booking: the booking.
        c: until when people stayed.

    Raises:
        WrongStateError: it is not confirmed; its overrun was recorded, and no reason is given; or that is being paid.
        InputError: nobody can have stayed until then.
        NotForSaleError: the price list does not say what it costs, or is not known.
    """
    again = booking.overran_until is not None
    if booking.state != "confirmed" or (again and not c.reason.strip()):
        state = "overrun already: a reason corrects it" if booking.state == "confirmed" else booking.state
        raise WrongStateError(f"booking {booking.id}", state=state, wanted=["confirmed"])
    none = again and c.until == booking.period.end
    if not none and not booking.period.end < c.until <= min(draft.now, booking.period.end + LONGEST):
        raise InputError("until is after the end of the booking, not in the future, and at most a day later")
    found = sale_of(draft.state, booking)
    if found is None:
        raise NotForSaleError(f"booking {booking.id} was sold before its price list was kept")
    sale, text = found
    place = draft.state.need(Place, booking.place_id)
    zero = Money.zero(place.currency)
    minutes = -((booking.period.end - c.until) // MINUTE)
    costs = zero if none else overrunning(sale, text, minutes, item=item_of(sale, booking))
    charged = tuple(share for share in booking.more if _is_overrun(draft.state, share))
    for share in charged:
        check_unpaid(draft, share.charge_id)
    before = Money.sum((share.amount for share in charged), zero.currency)
    due, back, more = max(zero, costs - before), max(zero, before - costs), booking.more
    if back:
        (left,) = take_off(draft, [(charged, back)], c.reason)
        now = {share.charge_id: share for share in left}
        more = tuple(now.get(share.charge_id, share) for share in more)
    if due:
        tax = tax_class_of(sale, text, item_of(sale, booking))
        line = said_line("stayed longer", booking.product_id, due, tax, detail=str(minutes))
        share = charge_more(
            draft, [line], sale.tariff_version, refer(booking), place, booking.person_id,
            account=c.account, return_url=c.return_url, first=first_charge(draft.state, booking.charges),
        )  # fmt: skip
        more = (*more, share)
    draft.add(BookingOverran(booking.id, None if none else c.until, more, c.reason if again else ""))
    draft.afterwards = Afterwards(costs, back, due, Fraction(1), "kept")


def _is_overrun(state: State, share: ChargeShare) -> bool:
    """Whether a charge is for a longer stay."""
    return any(line.said == "stayed longer" for line in state.need(Charge, share.charge_id).lines)
