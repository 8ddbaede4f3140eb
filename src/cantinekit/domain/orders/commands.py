"""Commands about orders: selling several things together, cancelling all or one of them, and measuring afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import is_a, is_count, is_id, is_text, listed, maybe, maybe_id, maybe_text
from cantinekit.domain.base import Command, command
from cantinekit.domain.dates.fields import maybe_day
from cantinekit.domain.orders.records import Order
from cantinekit.domain.registrations.commands import Register
from cantinekit.domain.sales.comes_to import RefundChoice, check_refund_reason, to_refund
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.sales.values import Facts, to_facts
from cantinekit.errors import InputError

MAX_LINES = 200
"""How many things an order may have."""


def _to_stretches(value: Iterable[Period]) -> tuple[Period, ...]:
    """Convert stretches of time to a tuple.

    Raises:
        InputError: one is no period.
    """
    found = listed(value, "stretches")
    if not all(isinstance(one, Period) for one in found):
        raise InputError("also are periods")
    return found


@attrs.frozen(kw_only=True)
class SellLine:
    """One thing to be sold.

    Attributes:
        product_id: the product: of the catalogue by its id, or of the price list of the place by its name; ``None``
            with a hold, which says the product.
        count: how many, 1 to 10,000.
        period: from when to when it is used, ``None`` where it has no time.
        day: the local day on which it is used or begins, ``None``: today.
        until: the last local day of something that lasts, where the price list leaves it open.
        facts: what the price list asks to know of this line; these win over the facts of the command.
        also: further stretches of the same use, in order, beside the period ("mornings and evenings only").
        booking_id: a hold of ``HoldSpace`` that becomes a booking with the order. It says the product, the period and
            how many; the line says facts only.
    """

    product_id: str | None = attrs.field(default=None, validator=maybe_id, kw_only=False)
    count: int = attrs.field(default=1, validator=is_count())
    period: Period | None = attrs.field(default=None, validator=maybe(is_a(Period)))
    day: date | None = attrs.field(default=None, validator=maybe_day)
    until: date | None = attrs.field(default=None, validator=maybe_day)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    also: tuple[Period, ...] = attrs.field(default=(), converter=_to_stretches)
    booking_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if (self.product_id is None) == (self.booking_id is None):
            raise InputError("a line is a product or a hold: product_id or booking_id")
        if self.booking_id is not None and (self.count != 1 or self.period or self.day or self.until):
            raise InputError("a hold says when it is and how many: leave count, period, day and until out")
        if self.period is not None and self.day is not None:
            raise InputError("a line has a period or a day: the period says the day")
        if self.also and self.period is None:
            raise InputError("further stretches need a first one: the period")
        stretches = [*([self.period] if self.period else []), *self.also]
        if any(after.start < before.end for before, after in pairwise(stretches)):
            raise InputError("the stretches of a line overlap or are not in order")


Line = SellLine | Register
"""A line of an order."""
_OF_THE_ORDER = ("codes", "quote", "account", "on_account", "payer_id", "ordered_by_id", "return_url", "extras")
"""What a command that is a line leaves to its order."""
_INSTEAD = {
    "Book": "hold the space with HoldSpace, and name the hold as booking_id of a SellLine",
    "SellPass": "name its product, by itself or in a SellLine",
}
"""What is said instead of a command that is no line."""


def _to_lines(value: Iterable[Line | str]) -> tuple[Line, ...]:
    """Convert things to lines: a text is the name of a product.

    Raises:
        InputError: they are too many or none, one is no line, or it says what the order says.
    """
    found = tuple(SellLine(one) if isinstance(one, str) else one for one in listed(value, "lines"))
    if not 1 <= len(found) <= MAX_LINES:
        raise InputError(f"an order has 1 to {MAX_LINES} lines, not {len(found)}")
    for one in found:
        if not isinstance(one, SellLine | Register):
            name = type(one).__name__
            instead = _INSTEAD.get(name, "lines are SellLine values, Register commands, or names of products")
            raise InputError(f"{name} is no line of an order: {instead}")
        if isinstance(one, Register):
            _check_seats(one)
    return found


def _check_seats(one: Register) -> None:
    """Refuse a registration that says what its order says, or that is made at the door.

    Raises:
        InputError: it does.
    """
    said = [name for name in _OF_THE_ORDER if getattr(one, name) not in (None, (), False)]
    if said:
        raise InputError(f"{', '.join(said)} of a Register line: the order says it, for all of its lines")
    if one.at_door:
        raise InputError("at_door of a Register line: whoever is at the door registers by themselves, and pays at once")


@command
@attrs.frozen(kw_only=True)
class Sell(SellingCommand[Order]):
    """Sell several things together: one price, one charge, one document; all of it or nothing.

    They are priced together, so that what the price list says across them counts (sets, minimums, a membership that the
    next line needs). What gives something to hold becomes a pass of the person; what is held of a space becomes a
    booking of theirs, and is cancelled and moved as any other. The order waits 15 minutes for its payment.

    ``Register`` is a line too: its seats are held while the order waits, and become a registration as any other. It
    says who registers for what; codes, how it is paid and what is bought along says the order. An order joins no
    waiting list: where the seats are too few, all of it is refused. What the person of the order holds and has left
    counts for all lines, their facts only for their own seats: those of somebody else the line says.

    See docs/how-to/sell-several-things.md.

    Attributes:
        lines: what is sold, 1 to 200 things: ``SellLine`` values, ``Register`` commands, or names of products.
        place_id: the place where it is sold.
        person_id: who it is for; ``None`` is a walk-in, who holds nothing.
        id: the id of the order; ``None``: one is made up.

    Raises:
        InputError: a line says what the order says, or two lines register one person for one session.
        DuplicateError: there is an order with this id; or somebody has a registration for a session.
        NotFoundError: there is no such product, place, person, hold or session.
        WrongStateError: a person is being forgotten, or was; a product is retired; a booking is no hold, or waits for
            its payment; or a session is cancelled.
        UnsuitableError: the products are on different price lists, or of another operator; a hold is of somebody else
            or elsewhere; a session is elsewhere or its seats are free; or what ``Register`` says.
        TooLateError: a hold or its period is over, the last day of something that is sold to be held, or people cannot
            register any more.
        SoldOutError: a session has too few seats that are free, or others wait for them.
        TrainingError, AdmissionError, AnswersError: somebody may not register, as ``Register`` says.
    """

    lines: tuple[SellLine | Register, ...] = attrs.field(converter=_to_lines, kw_only=False)
    place_id: str = attrs.field(validator=is_id)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        asked = Counter((one.session_id, one.person_id) for one in self.lines if isinstance(one, Register))
        twice = next((pair for pair, number in asked.items() if number > 1), None)
        if twice is not None:
            raise InputError(f"two lines register {twice[1]} for session {twice[0]}: seats says how many")


@command
@attrs.frozen(kw_only=True)
class CancelOrder(Command[Order]):
    """Cancel an order or one line of it: the price list says what goes back. Free where it says nothing and the thing
    has not begun; what has no time has begun when it is sold.

    A booking that was sold with the order is cancelled by ``CancelBooking``, a registration by ``CancelRegistration``:
    they are none of the lines that stand here.

    Attributes:
        order_id: the order.
        line: the number of the line, from 1; ``None``: all lines that stand.
        reason: why, at most 500 characters; the refunds say it.
        refund: what staff give back instead of what the list says: "all", "nothing" or an amount; it is kept as an
            override with the reason. ``None``: as the list says.

    Raises:
        NotFoundError: there is no such order.
        WrongStateError: the order or the line is over; or it is a booking or a registration.
        InputError: there is no such line; or staff give back more than the price, or say no reason.
        NotForSaleError: the price list does not say what goes back.
    """

    order_id: str = attrs.field(validator=is_id, kw_only=False)
    line: int | None = attrs.field(default=None, validator=maybe(is_count(most=MAX_LINES)))
    reason: str = attrs.field(default="order cancelled", validator=is_text(500))
    refund: RefundChoice = attrs.field(default=None, converter=to_refund)

    def __attrs_post_init__(self) -> None:
        check_refund_reason(self.refund, self.reason, "order cancelled")


@command
@attrs.frozen(kw_only=True)
class MeasureOrder(Command[Order]):
    """Say what was measured of a line after its use, such as printed pages: what it costs more is charged.

    Attributes:
        order_id: the order.
        line: the number of the line, from 1.
        facts: what was measured, by the names of the price list.
        account: the gateway account that takes the difference now; ``None``: it stays due, for ``Pay``.
        return_url: where the page of the gateway sends the payer back to, at most 2,000 characters; ``{charge_id}`` in
            it stands for the id of the charge.

    Raises:
        NotFoundError: there is no such order.
        WrongStateError: it is not sold, or nothing of the line is left to be measured.
        InputError: there is no such line, or a fact is none that the line is measured by.
        IncompleteError: something that is measured is not said.
        NotForSaleError: the price list has no price for it.
        AccountError: there is no such account, or the operator may not use it.
    """

    order_id: str = attrs.field(validator=is_id, kw_only=False)
    line: int = attrs.field(validator=is_count(most=MAX_LINES))
    facts: Facts = attrs.field(converter=to_facts)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))


__all__ = [
    "CancelOrder",
    "MeasureOrder",
    "Sell",
    "SellLine",
]
