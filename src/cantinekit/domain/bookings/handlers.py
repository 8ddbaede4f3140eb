"""Carrying out the commands about bookings: hold, book, confirm, approve, decline, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cantinekit.domain.attendance.trainings import space_wishes
from cantinekit.domain.bookings.arrivals import EARLY, undo_release
from cantinekit.domain.bookings.checking import booked_by, check_wanted
from cantinekit.domain.bookings.commands import (
    ApproveBooking,
    Book,
    CancelBooking,
    CheckInBooking,
    ConfirmBooking,
    DeclineBooking,
    HoldSpace,
    MoveBooking,
    RecordOverrun,
    UndoCheckIn,
    UndoRelease,
)
from cantinekit.domain.bookings.ending import (
    check_alone,
    check_cancel,
    end_booking,
    find_afterwards,
    note_refund,
    read_booking,
)
from cantinekit.domain.bookings.events import ArrivalUndone, BookingApproved, BookingArrived, BookingMade
from cantinekit.domain.bookings.moving import move_booking_to, read_move, release_time
from cantinekit.domain.bookings.overruns import record_overrun
from cantinekit.domain.bookings.records import Booking, BookingState
from cantinekit.domain.bookings.selling import (
    asked_product,
    booking_question,
    price_booking,
    read_sale,
    sell,
)
from cantinekit.domain.catalogue.finding import product_wishes, read_product
from cantinekit.domain.catalogue.records import PriceList, Product
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.handling import handles
from cantinekit.domain.occupancy.claims import likely_pages, read_pages, still_claimed
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.payments.differences import as_it_stands
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.ahead import ahead_row, find_ahead, note_ahead
from cantinekit.domain.rules.in_a_row import neighbour_wishes, note_row, row_wishes
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.question import read_prices, sale_keys
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, TooEarlyError, TooLateError, WrongStateError


@handles(HoldSpace)
def hold_space(c: HoldSpace, uow: Uow) -> Steps[Decision[Booking]]:
    """Hold a space for some minutes, without a price."""
    yield from _read_spaces(uow, c)
    yield from uow.fetch(neighbour_wishes(uow.state, uow.state.need(Space, c.space_id), c.person_id))

    expires = uow.now + timedelta(minutes=c.minutes)
    booking = _make(uow, c, "held", expires)
    uow.later("expire", refer(booking), expires)
    return uow.done(booking)


@handles(Book)
def book(c: Book, uow: Uow) -> Steps[Decision[Booking]]:
    """Book a space and sell the booking; or request it, where its terms or those of its equipment ask for approval."""
    yield from _read_spaces(uow, c)
    space = uow.state.need(Space, c.space_id)
    product = booked_by(uow.state, space, c.product_id)
    asked = booking_question(
        product, space.place_id, c.person_id, c.period, c.units, c.facts, c.codes, c.extras, c.payer_id
    )
    yield from read_prices(uow, asked, uow.now, neighbour_wishes(uow.state, space, c.person_id))

    spaces = [space, *(uow.state.need(Space, id) for id, _ in c.with_units)]
    answers = [one.terms.answer_within for one in spaces if one.terms.approval]
    if answers:
        expires = min(uow.now + min(answers), c.period.end)
        booking = _make(uow, c, "requested", expires)
        price_booking(uow, booking, asked, c.quote)  # it must be for sale, though nothing of it is sold yet
        uow.tell("booking requested", booking.person_id, refer(booking))
        uow.later("expire", refer(booking), expires)
    else:
        expires = uow.now + PAYMENT_HOLD
        booking = _make(uow, c, "held", expires)
        sell(uow, booking, asked, c, expires)
    return uow.done(booking)


def _read_spaces(uow: Uow, c: HoldSpace | Book) -> Steps[None]:
    """Load what a space, its equipment and its product come with, and the pages of the period."""
    wishes: list[Wish] = [(Space, c.space_id), (Person, c.person_id), (Wallet, c.person_id)]
    wishes += product_wishes(uow.state, c.product_id, None, uow.now)
    if isinstance(c, Book):
        wishes.append((Person, c.payer_id))
    ids = [c.space_id, *(id for id, _ in c.with_units)]
    likely = [wish for id in ids for wish in likely_pages(id, c.period)]
    yield from uow.fetch([*wishes, (Booking, c.id), *((Space, id) for id in ids)], likely)
    refuse_twice(uow.state, Booking, c.id)
    space = uow.state.need(Space, c.space_id)
    named = asked_product(space, c.product_id)
    known = uow.state.get(Product, named) if uow.state.knows(Product, named) else None
    wishes = [(Place, space.place_id), (LegalEntity, space.entity_id)]
    wishes += sale_keys(uow.state, [known] if known else [], c.person_id, c if isinstance(c, Book) else None)
    wishes += product_wishes(uow.state, named, space.place_id, uow.now)
    spaces = [uow.state.need(Space, id) for id in ids]
    wishes += [*space_wishes(spaces, c.person_id), *row_wishes(space, c.person_id), *ahead_row(space, c.person_id)]
    wishes += yield from find_ahead(uow, space, c.person_id)
    leaves = dict.fromkeys(leaf for one in spaces for leaf in one.leaves)
    yield from read_pages(uow, leaves, c.period, wishes)
    yield from read_product(uow, named, space.place_id)
    yield from uow.fetch([(PriceList, booked_by(uow.state, space, c.product_id).pricelist_id)])


def _make(draft: Draft, c: HoldSpace | Book, begins: BookingState, expires: datetime) -> Booking:
    """Make the booking, held or requested, after all that may refuse it."""
    state, now = draft.state, draft.now
    space = state.need(Space, c.space_id)
    product = booked_by(state, space, c.product_id)
    place, asks = state.need(Place, space.place_id), begins == "requested"
    id = c.id or draft.ids("bkg")
    rules, placed = check_wanted(state, product, c, id, expires, now, asks=asks)
    booking = Booking(
        id,
        place.id,
        space.id,
        product.id,
        c.period,
        c.units,
        begins,
        c.person_id,
        expires,
        placed=placed,
        with_units=c.with_units,
        facts=c.facts if isinstance(c, Book) and asks else (),
        codes=c.codes if isinstance(c, Book) and asks else (),
        extras=c.extras if isinstance(c, Book) and asks else (),
        release_at=release_time(space, c.period.start, now),
        changed_at=now,
    )
    draft.add(BookingMade(booking, now))
    note_row(draft, space, c.person_id, id)
    note_ahead(draft, space, c.person_id, id)
    note_overrides(draft, rules, c.override, refer(booking))
    return booking


@handles(ConfirmBooking)
def confirm_booking(c: ConfirmBooking, uow: Uow) -> Steps[Decision[Booking]]:
    """Sell a hold."""
    asked = yield from read_sale(uow, c.booking_id, c)

    booking = uow.state.need(Booking, c.booking_id)
    if booking.state != "held":
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=["held"])
    if booking.charge_id is not None:
        raise WrongStateError(f"booking {booking.id}", state="awaiting its payment; pay its charge")
    _check_stands(uow, booking, "the hold ended at")
    sell(uow, booking, asked, c, max(booking.expires or uow.now, uow.now + PAYMENT_HOLD))
    return uow.done(booking)


@handles(ApproveBooking)
def approve_booking(c: ApproveBooking, uow: Uow) -> Steps[Decision[Booking]]:
    """Make a hold of a request, and sell it."""
    asked = yield from read_sale(uow, c.booking_id, c)

    booking = _requested(uow.state, c.booking_id)
    _check_stands(uow, booking, "it was kept until")
    within = uow.state.need(Space, booking.space_id).terms.answer_within
    uow.add(BookingApproved(booking.id))
    held = uow.state.need(Booking, booking.id)
    sell(uow, held, asked, c, max(uow.now + PAYMENT_HOLD, min(uow.now + within, booking.period.end)))
    if uow.state.need(Booking, booking.id).state == "held":
        uow.tell("booking approved", booking.person_id, refer(booking))
    return uow.done(booking)


def _check_stands(draft: Draft, booking: Booking, until: str) -> None:
    """Refuse a hold or a request that can no longer become a booking.

    Raises:
        TooLateError: the period is over, or the claims do not stand any more; ``until`` begins the sentence.
        WrongStateError: its person was forgotten.
    """
    if booking.period.end <= draft.now:
        raise TooLateError(f"the period ended at {booking.period.end.isoformat()}")
    if booking.person_id is not None:
        present(draft.state, booking.person_id)
    if not still_claimed(draft.state, booking.placed, draft.now):
        raise TooLateError(f"{until} {booking.expires.isoformat() if booking.expires else 'once'}")


@handles(DeclineBooking)
def decline_booking(c: DeclineBooking, uow: Uow) -> Steps[Decision[Booking]]:
    """End a request for a reason."""
    yield from read_booking(uow, c.booking_id)

    booking = _requested(uow.state, c.booking_id)
    end_booking(uow, booking.id, "declined", c.reason)
    return uow.done(booking)


def _requested(state: State, booking_id: str) -> Booking:
    """The booking, which must be requested."""
    booking = state.need(Booking, booking_id)
    if booking.state != "requested":
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=["requested"])
    return booking


@handles(CancelBooking)
def cancel_booking(c: CancelBooking, uow: Uow) -> Steps[Decision[Booking]]:
    """End a booking, a hold or a request before its period is over."""
    yield from read_booking(uow, c.booking_id)

    booking = uow.state.need(Booking, c.booking_id)
    check_cancel(booking, uow.now)
    if booking.state == "confirmed":
        uow.afterwards = find_afterwards(uow, booking, c.reason, refund=c.refund)
        note_refund(uow, c.refund, c.reason, refer(booking))
    end_booking(uow, booking.id, "cancelled", c.reason, uow.afterwards)
    charges = uow.state.need(Booking, booking.id).charges
    if uow.afterwards is not None:
        uow.afterwards = as_it_stands(uow, uow.afterwards, refer(booking), charges)
    return uow.done(booking, charges)


@handles(MoveBooking)
def move_booking(c: MoveBooking, uow: Uow) -> Steps[Decision[Booking]]:
    """Move a booking to another time or space, and settle the difference."""
    yield from read_move(uow, c)

    booking = _paid_or_alone(uow.state, c.booking_id, ["requested", "held", "confirmed"])
    _check_stands(uow, booking, "it was held until")
    if (c.period or booking.period).end <= uow.now:
        raise TooLateError(f"the new period ended at {(c.period or booking.period).end.isoformat()}")
    move_booking_to(uow, c)
    return uow.done(booking, uow.state.need(Booking, booking.id).charges)


def _paid_or_alone(state: State, booking_id: str, wanted: Sequence[str]) -> Booking:
    """The booking, in one of these states, and of no series or order that is not paid yet.

    Raises:
        WrongStateError: it is in another state, or one with its series or order.
    """
    booking = state.need(Booking, booking_id)
    check_alone(booking, wanted)
    return booking


@handles(CheckInBooking)
def check_in_booking(c: CheckInBooking, uow: Uow) -> Steps[Decision[Booking]]:
    """Record that somebody came."""
    booking = yield from uow.need(Booking, c.booking_id)

    _paid_or_alone(uow.state, booking.id, ["confirmed"])
    if booking.arrived_at is not None:
        raise WrongStateError(f"booking {booking.id}", state="one whose people are checked in")
    at = c.at or uow.now
    if at > uow.now:
        raise InputError("nobody came later than now: at")
    if at < booking.period.start - EARLY:
        raise TooEarlyError(f"the booking starts at {booking.period.start.isoformat()}")
    if booking.period.end <= uow.now:
        raise TooLateError(f"the booking ended at {booking.period.end.isoformat()}")
    uow.add(BookingArrived(booking.id, at))
    return uow.done(booking)


@handles(UndoCheckIn)
def undo_check_in(c: UndoCheckIn, uow: Uow) -> Steps[Decision[Booking]]:
    """Take a check-in back; the booking is released when it is time."""
    booking = yield from uow.need(Booking, c.booking_id)

    _paid_or_alone(uow.state, booking.id, ["confirmed"])
    if booking.arrived_at is None:
        raise WrongStateError(f"booking {booking.id}", state="one to which nobody was checked in")
    if booking.period.end <= uow.now:
        raise TooLateError(f"the booking ended at {booking.period.end.isoformat()}")
    uow.add(ArrivalUndone(booking.id))
    if booking.release_at is not None:
        uow.later("expire", refer(booking), booking.release_at)
    return uow.done(booking)


@handles(UndoRelease)
def undo_release_of(c: UndoRelease, uow: Uow) -> Steps[Decision[Booking]]:
    """Let a booking that was released stand again, while its space is free."""
    yield from read_booking(uow, c.booking_id)
    booking = uow.state.need(Booking, c.booking_id)
    place = uow.state.need(Place, booking.place_id)
    wishes: list[Wish] = [(LegalEntity, place.entity_id), (Person, booking.person_id)]
    yield from uow.fetch([*wishes, *((Space, id) for id, _ in booking.with_units)])

    if booking.state != "released":
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=["released"])
    if booking.period.end <= uow.now:
        raise TooLateError(f"the booking ended at {booking.period.end.isoformat()}")
    if booking.person_id is not None:
        present(uow.state, booking.person_id)
    undo_release(uow, booking, c)
    return uow.done(booking, uow.state.need(Booking, booking.id).charges)


@handles(RecordOverrun)
def record_overrun_of(c: RecordOverrun, uow: Uow) -> Steps[Decision[Booking]]:
    """Charge what staying longer than booked costs."""
    yield from read_booking(uow, c.booking_id)
    booking = uow.state.need(Booking, c.booking_id)
    yield from uow.fetch([(LegalEntity, uow.state.need(Place, booking.place_id).entity_id)])

    record_overrun(uow, booking, c)
    return uow.done(booking, uow.state.need(Booking, booking.id).charges)
