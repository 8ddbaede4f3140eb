"""Commands about passes, visits and bookings."""

from __future__ import annotations

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import are_ids, is_a, is_count, is_id, is_text, maybe_id, maybe_text, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.values import Facts, PricePromise, to_facts, to_promise
from cantinekit.domain.spaces.equipment import to_units


@command
@attrs.frozen
class HoldSpace(Command[Booking]):
    """Keep units of a space free for somebody, for so many minutes. The rest as in ``Book``."""

    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    period: Period = attrs.field(validator=is_a(Period))
    units: int = attrs.field(default=1, validator=is_count())
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    override: str | None = attrs.field(default=None, validator=is_reason)
    minutes: int = attrs.field(default=15, validator=is_count(most=7 * 24 * 60))
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)


@command
@attrs.frozen
class Book(Command[Booking]):
    """Book units of a space, with the equipment that goes with it.

    ``groups`` are those that whoever books is in, for terms with an audience: who is in which is the host's to know.
    ``with_units`` are pools of equipment of the place and how many units of each: a projector from a pool of three.
    ``override`` is the reason for which staff book outside the opening hours or against the terms of a space. Where a
    space asks for approval it is requested only: nothing is charged before somebody approves it.
    """

    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    period: Period = attrs.field(validator=is_a(Period))
    units: int = attrs.field(default=1, validator=is_count())
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    override: str | None = attrs.field(default=None, validator=is_reason)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)


@command
@attrs.frozen
class ConfirmBooking(Command[Booking]):
    """Make a booking of a hold: it is priced now, and paid through the account. The terms held when it was held."""

    booking_id: str = attrs.field(validator=is_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)


@command
@attrs.frozen
class ApproveBooking(Command[Booking]):
    """Approve a booking that was asked for: it is priced now, and paid through the account or kept for its payment."""

    booking_id: str = attrs.field(validator=is_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)


@command
@attrs.frozen
class DeclineBooking(Command[Booking]):
    """Decline a booking that was asked for: it is free again. The reason is told to whoever asked, and kept."""

    booking_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="", validator=is_text(500))


@command
@attrs.frozen
class CancelBooking(Command[Booking]):
    """Give a booking, a hold or a request up before it ends: what was spent and paid goes back."""

    booking_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="booking cancelled", validator=is_text(500))


__all__ = [
    "ApproveBooking",
    "Book",
    "CancelBooking",
    "ConfirmBooking",
    "DeclineBooking",
    "HoldSpace",
]
