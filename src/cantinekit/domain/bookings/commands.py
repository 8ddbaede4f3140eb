"""What can be asked of bookings: to hold or book a space, and to confirm, approve, decline or cancel a booking."""

from __future__ import annotations

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import are_ids, is_a, is_count, is_id, is_text, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.spaces.equipment import to_units


@command
@attrs.frozen(kw_only=True)
class HoldSpace(Command[Booking]):
    """Keep units of a space free for some minutes, without a price. ``ConfirmBooking`` makes a booking of the hold.

    Attributes:
        space_id: the space; no facilitator.
        product_id: the product by which it will be sold, of the catalogue or of a price list; it must sell bookings,
            for the operator of the place. ``None``: that of the space.
        period: from when until when, at most 732 days; it must not be over.
        units: how many units of the space, from 1 to 10,000; a space made of parts is one unit.
        person_id: for whom it is held; ``None``: nobody in particular, who has no passes and is sent no messages.
        override: why staff hold it outside the opening hours or against the terms of the space, at most 1,000
            characters; ``None``: nobody may break these rules.
        minutes: how long it is held, from 1 minute to a week.
        groups: the groups of the requester as the host knows them, checked against the audience of the space.
        with_units: the pools of equipment of the place that go with it, with the units of each: a mapping or pairs of
            an id and a number, at most 50 pools.
        id: the id of the booking; ``None``: one is made.

    Raises:
        NotFoundError: there is no such space, product, person or pool of equipment.
        UnsuitableError: no product is named, and the space has none; the product is not for bookings, or not for those
            of this place; or the space, its units or the equipment cannot be booked like that.
        TooLateError: the period is over.
        TermsError, ClosedError: the terms of a space or its opening hours do not allow it, and there is no override;
            or a space is closed for a time, which nobody overrides.
        ConflictError, SoldOutError: a space is taken, or has not that many units left.
        WrongStateError: the person is being forgotten, or was; or the product is retired.
        InputError: the period is longer than 732 days.
        DuplicateError: another booking has the id.
    """

    space_id: str = attrs.field(validator=is_id)
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    period: Period = attrs.field(validator=is_a(Period))
    units: int = attrs.field(default=1, validator=is_count())
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    override: str | None = attrs.field(default=None, validator=is_reason)
    minutes: int = attrs.field(default=15, validator=is_count(most=7 * 24 * 60))
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class Book(SellingCommand[Booking]):
    """Book units of a space, with the equipment that goes with it.

    The booking is confirmed at once where nothing is due or the money is in hand. Else it is held for 15 minutes for
    its payment. Where the terms of a space ask for approval, the booking is requested only: it is kept as long as they
    give for an answer, and nothing is charged before somebody approves it.

    See docs/how-to/terms-of-a-space.md.

    Attributes:
        space_id: the space; no facilitator.
        product_id: the product by which it is sold, of the catalogue or of a price list; it must sell bookings, for the
            operator of the place. ``None``: that of the space.
        period: from when until when, at most 732 days; it must not be over.
        units: how many units of the space, from 1 to 10,000; a space made of parts is one unit.
        person_id: who has it and pays; ``None``: nobody in particular, who has no passes and is sent no messages.
        override: why staff book outside the opening hours or against the terms of the space, at most 1,000 characters;
            ``None``: nobody may break these rules.
        groups: the groups of the requester as the host knows them, checked against the audience of the space.
        with_units: the pools of equipment of the place that go with it, with the units of each: a mapping or pairs of
            an id and a number, at most 50 pools.
        id: the id of the booking; ``None``: one is made.

    Raises:
        NotFoundError: there is no such space, product, person or pool of equipment.
        UnsuitableError: no product is named, and the space has none; the product is not for bookings, or not for those
            of this place; or the space, its units or the equipment cannot be booked like that.
        TooLateError: the period is over.
        TermsError, ClosedError: the terms of a space or its opening hours do not allow it, and there is no override;
            or a space is closed for a time, which nobody overrides.
        ConflictError, SoldOutError: a space is taken, or has not that many units left.
        WrongStateError: the person is being forgotten, or was; or the product is retired.
        InputError: the period is longer than 732 days.
        DuplicateError: another booking has the id.
    """

    space_id: str = attrs.field(validator=is_id)
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    period: Period = attrs.field(validator=is_a(Period))
    units: int = attrs.field(default=1, validator=is_count())
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ConfirmBooking(SellingCommand[Booking]):
    """Make a booking of a hold: it is priced now, and confirmed or held for its payment as by ``Book``.

    The terms of the space are not looked at again: they allowed the hold.

    Attributes:
        booking_id: the hold.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it is not held, it waits for its payment already, or its person was forgotten.
        TooLateError: the hold or the period is over.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)


@command
@attrs.frozen(kw_only=True)
class ApproveBooking(SellingCommand[Booking]):
    """Approve a request: it is priced now with its own facts, and confirmed or held for its payment.

    It is held for its payment as long as the space lets a request wait for an answer, at most to the end of its period,
    but 15 minutes at least.

    Attributes:
        booking_id: the request.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it is not requested, or its person was forgotten.
        TooLateError: the time to answer or the period is over.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)


@command
@attrs.frozen(kw_only=True)
class DeclineBooking(Command[Booking]):
    """Decline a request: its time is free again.

    Attributes:
        booking_id: the request.
        reason: why, at most 500 characters; the requester is told, and the booking keeps it. Empty: no reason is given.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it is not requested.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default="", validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class CancelBooking(Command[Booking]):
    """Cancel a booking, a hold or a request before it ends: the units that it spent and what was paid go back.

    Attributes:
        booking_id: the booking; it may be a date of a series that is paid.
        reason: why, at most 500 characters; the refunds say it.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it is over already, or is a date of a series that is not paid yet.
        TooLateError: its period is over.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default="booking cancelled", validator=is_text(500))


__all__ = [
    "ApproveBooking",
    "Book",
    "CancelBooking",
    "ConfirmBooking",
    "DeclineBooking",
    "HoldSpace",
]
