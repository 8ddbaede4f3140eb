"""Commands about passes, visits and bookings."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.clock import Period
from cantinekit.commands._base import Command, Facts, PricePromise, is_reason, to_facts, to_promise, to_units
from cantinekit.errors import InputError
from cantinekit.model._fields import are_ids, is_a, is_count, is_id, is_text, maybe_id, maybe_text, to_ids


def _is_holder(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is None:
        raise InputError(f"{attribute.name} is needed: the id of the person who can spend the units of the pass")
    is_id(_, attribute, value)


@attrs.frozen
class SellPass(Command):
    """Sell a pass (a carnet, a day in advance) to its holder, who alone can spend its units.

    A product that gives money on an account of vouchers is refused, since nothing can be paid with such money yet.
    """

    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    holder_id: str = attrs.field(validator=_is_holder)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)


@attrs.frozen
class CancelPass(Command):
    """Cancel a pass of which nothing was used, and refund what was paid; an unpaid pass at any time."""

    pass_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="pass cancelled", validator=is_text(500))


@attrs.frozen
class CheckIn(Command):
    """Somebody comes to work: on an entitlement that covers the product, or by paying. A walk-in has no person.

    The place and its open space must be open. Of the terms of the open space ``audience``, ``trainings`` and
    ``approval`` apply, which say who may use it; ``groups`` are the groups of the visitor, which the host knows. With
    ``override``, a reason, staff let somebody in against these rules; a stay that begins while it is closed is as long
    as one that begins at the next opening of the day, or lasts to midnight. ``facts`` are those that the price list
    asks for, such as whether the customer owes the tax.
    """

    place_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@attrs.frozen
class UpgradeVisit(Command):
    """Stay longer than was paid for: the whole is priced, and the difference to what was paid is charged."""

    visit_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    facts: Facts = attrs.field(default=(), converter=to_facts)


@attrs.frozen
class CheckOut(Command):
    """The visitor leaves; the desk is free from now on."""

    visit_id: str = attrs.field(validator=is_id)


@attrs.frozen
class HoldSpace(Command):
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


@attrs.frozen
class Book(Command):
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


@attrs.frozen
class ConfirmBooking(Command):
    """Make a booking of a hold: it is priced now, and paid through the account. The terms held when it was held."""

    booking_id: str = attrs.field(validator=is_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)


@attrs.frozen
class ApproveBooking(Command):
    """Approve a booking that was asked for: it is priced now, and paid through the account or kept for its payment."""

    booking_id: str = attrs.field(validator=is_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)


@attrs.frozen
class DeclineBooking(Command):
    """Decline a booking that was asked for: it is free again. The reason is told to whoever asked, and kept."""

    booking_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="", validator=is_text(500))


@attrs.frozen
class CancelBooking(Command):
    """Give a booking, a hold or a request up before it ends: what was spent and paid goes back."""

    booking_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="booking cancelled", validator=is_text(500))
