"""Commands about seats at workshops, and about money."""

from __future__ import annotations

import attrs

from cantinekit.commands._base import Command, PricePromise, to_promise
from cantinekit.model._fields import are_ids, is_a, is_count, is_id, is_means, is_text, maybe_id, maybe_text, to_ids
from cantinekit.money import Money


@attrs.frozen
class Register(Command):
    """Ask for a seat at a session: a seat, or a rank on the waiting list.

    ``seats``: how many, for whoever brings guests. All of them are had, or waited for, together; each has its options.
    """

    session_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    seats: int = attrs.field(default=1, validator=is_count())


@attrs.frozen
class TakeSeat(Command):
    """Take a seat that was offered from the waiting list; without ``option_ids`` with those that were asked for."""

    registration_id: str = attrs.field(validator=is_id)
    option_ids: tuple[str, ...] | None = attrs.field(
        default=None,
        converter=attrs.converters.optional(to_ids),
        validator=attrs.validators.optional(are_ids),
    )
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)


@attrs.frozen
class CancelRegistration(Command):
    """Give a seat or a rank up before the session starts: what was spent and paid goes back, the next is promoted."""

    registration_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="registration cancelled", validator=is_text(500))


@attrs.frozen
class ChangeSeats(Command):
    """Change the seats of a session: more promotes who waits, fewer than are taken is refused."""

    session_id: str = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count(least=0))


@attrs.frozen
class Pay(Command):
    """Pay what is still due of a charge through an account: again, or for the first time.

    ``means`` is the gateway's name of a means of payment that the payer chose with it, such as ``pm_...`` of Stripe.
    """

    charge_id: str = attrs.field(validator=is_id)
    account: str = attrs.field(validator=is_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    means: str = attrs.field(default="", validator=is_means)


@attrs.frozen
class RefundCharge(Command):
    """Give money of a charge back, all of it or a part, whatever becomes of what it was for."""

    charge_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))
