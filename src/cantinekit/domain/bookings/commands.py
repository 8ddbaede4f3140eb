"""What can be asked of bookings: to hold or book a space, and to confirm, approve, decline or cancel a booking."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, instant
from cantinekit.common.fields import (
    are_ids,
    is_a,
    is_count,
    is_id,
    is_text,
    maybe,
    maybe_id,
    maybe_instant,
    maybe_text,
    to_ids,
)
from cantinekit.domain.base import Command, command
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.comes_to import RefundChoice, check_refund_reason, to_refund
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.spaces.equipment import to_units
from cantinekit.errors import InputError

CANCELLED = "booking cancelled"
"""The reason of a cancellation for which nobody gives one."""


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
    """Cancel a booking, a hold or a request before it ends.

    Of a booking that is confirmed goes back what the price list says that it was sold by: money, units of passes and
    what was counted. Where the list says nothing, all of it goes back until the booking starts, and nothing afterwards.
    Of a hold or a request all goes back. ``Outcome.afterwards`` says what it comes to, of a preview too.

    Attributes:
        booking_id: the booking; it may be a date of a series that is paid.
        reason: why, at most 500 characters; the refunds say it.
        refund: what staff give back in place of what the price list says: ``"all"``, ``"nothing"`` or an amount;
            ``None``: as the price list says. It is recorded as an override, and needs a reason of its own.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it is over already, or is a date of a series that is not paid yet.
        TooLateError: its period is over.
        NotForSaleError: the price list does not let it be cancelled, and staff do not say what goes back.
        InputError: staff give something else back and say no reason for it, or more than the booking costs.
        CurrencyError: the amount is in another currency than the booking.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default=CANCELLED, validator=is_text(500))
    refund: RefundChoice = attrs.field(default=None, converter=to_refund)

    def __attrs_post_init__(self) -> None:
        check_refund_reason(self.refund, self.reason, CANCELLED)


@command
@attrs.frozen(kw_only=True)
class MoveBooking(SellingCommand[Booking]):
    """Move a booking, a hold or a request to another time, of another length, or to another space of its place.

    It is one change: what it had is free and what it has then is taken, or nothing is changed. It keeps its id, and so
    the event in a calendar. The terms and opening hours of the space are looked at as for a new booking.

    A booking that is confirmed is priced anew by the version of the price list that it was sold by. The difference is
    charged or goes back, with the fee that the list asks for moving; where the list says nothing of moving, there is no
    fee, and nothing goes back once the booking has started. The move stands whether the difference is paid or not.
    A hold that waits for its payment waits for that of its new price. A deposit, and the days of parts that are still
    open, follow what the list says for the new time. The list is told what it was told when the booking was sold, and
    what the command says beside it. ``Outcome.afterwards`` says what it comes to.

    See docs/how-to/move-a-booking.md.

    Attributes:
        booking_id: the booking; it may be a date of a series that is paid.
        period: from when until when it is then, at most 732 days; it must not be over. ``None``: as it is.
        space_id: the space that it is in then, of the same place; ``None``: as it is.
        units: how many units of the space, from 1 to 10,000; ``None``: as it is.
        with_units: the pools of equipment that go with it then, with the units of each: a mapping or pairs of an id and
            a number; ``None``: as it is.
        override: why staff move it against opening hours, terms or what the list says of moving, at most 1,000
            characters; ``None``: nobody may break these rules.
        groups: the groups of the requester as the host knows them, checked against the audience of the space.

    Raises:
        NotFoundError: there is no such booking, space or pool of equipment.
        WrongStateError: it is over already, is a date of a series that is not paid yet, or is being paid; or the person
            was forgotten.
        TooLateError: it is over, the new period is, or its hold has run out.
        UnsuitableError: the space is of another place; or the space, its units or the equipment cannot be booked so.
        TermsError, ClosedError: the terms of a space or its opening hours do not allow it, and there is no override;
            or a space is closed for a time, which nobody overrides.
        ConflictError, SoldOutError: a space is taken, or has not that many units left.
        InputError: nothing is named that changes, or the period is longer than 732 days.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)
    period: Period | None = attrs.field(default=None, validator=maybe(is_a(Period)))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    units: int | None = attrs.field(default=None, validator=maybe(is_count()))
    with_units: tuple[tuple[str, int], ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(to_units)
    )
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if (self.period, self.space_id, self.units, self.with_units) == (None, None, None, None):
            raise InputError("name what changes: period, space_id, units or with_units")


@command
@attrs.frozen(kw_only=True)
class CheckInBooking(Command[Booking]):
    """Record that somebody came to what they had booked, so that it is not released.

    Attributes:
        booking_id: the booking.
        at: when they came, not later than now; ``None``: now. From an hour before the booking starts until it ends.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it is not confirmed, or somebody was checked in already.
        TooEarlyError: it is more than an hour before the booking starts.
        TooLateError: the booking is over.
        InputError: ``at`` is later than now.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)
    at: datetime | None = attrs.field(default=None, converter=maybe_instant)


@command
@attrs.frozen(kw_only=True)
class UndoCheckIn(Command[Booking]):
    """Undo a check-in of a booking that was a mistake. Where it is time to release the booking, it is released.

    Attributes:
        booking_id: the booking.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: nobody was checked in, or the booking is not confirmed.
        TooLateError: the booking is over.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)


@command
@attrs.frozen(kw_only=True)
class UndoRelease(Command[Booking]):
    """Undo the release of a booking whose people came after all, while its space is still free.

    It is confirmed again and its people are checked in. What the release gave back is owed again: money as a charge
    that stands, the deposit with it, units from the passes that they went back to.

    Attributes:
        booking_id: the booking.
        account: the gateway account through which what is owed again is paid now; ``None``: it is paid later.
        return_url: where the page of the gateway sends the payer back to, at most 2,000 characters.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it was not released, the units were spent meanwhile, or the person was forgotten.
        TooLateError: the booking is over.
        ClosedError, ConflictError, SoldOutError: the space is not free any more.
        AccountError: the account does not exist, or the operator may not use it.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))


@command
@attrs.frozen(kw_only=True)
class RecordOverrun(Command[Booking]):
    """Record that people stayed longer than they had booked: what that costs by the price list is charged.

    The price list is the one by which the booking was sold (its key ``overrun``). Nothing is claimed: it has happened.
    With a reason it corrects what was recorded before: what was charged too much is no longer owed or goes back, and
    what was charged too little is charged.

    Attributes:
        booking_id: the booking.
        until: when they left, after the end of the booking and not in the future, at most a day later. The end itself
            corrects what was recorded: nobody stayed longer.
        account: the gateway account through which it is paid now; ``None``: it is paid later (``Pay``).
        return_url: where the page of the gateway sends the payer back to, at most 2,000 characters.
        reason: why an overrun that was recorded is corrected, at most 500 characters. Empty: none was recorded yet.

    Raises:
        NotFoundError: there is no such booking.
        WrongStateError: it is not confirmed; its overrun was recorded, and there is no reason to correct it; or that is
            being paid.
        InputError: ``until`` is not after its end, in the future, or more than a day later.
        NotForSaleError: the price list does not say what staying longer costs, or has no price for it; or an earlier
            version of this library sold the booking, and did not keep by which list.
        AccountError: the account does not exist, or the operator may not use it.
    """

    booking_id: str = attrs.field(validator=is_id, kw_only=False)
    until: datetime = attrs.field(converter=instant)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    reason: str = attrs.field(default="", validator=is_text(500))


__all__ = [
    "ApproveBooking",
    "Book",
    "CancelBooking",
    "CheckInBooking",
    "ConfirmBooking",
    "DeclineBooking",
    "HoldSpace",
    "MoveBooking",
    "RecordOverrun",
    "UndoCheckIn",
    "UndoRelease",
]
