"""Commands about passes: selling one, giving one, giving units, and taking a pass back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from cantinekit.common.fields import is_a, is_count, is_id, is_text, maybe, maybe_id, maybe_text
from cantinekit.domain.base import Command, command
from cantinekit.domain.dates.fields import maybe_day
from cantinekit.domain.passes.records import MAX_UNITS, Pass
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.comes_to import RefundChoice, check_refund_reason, to_refund
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.sales.values import Facts, to_facts
from cantinekit.errors import InputError
from cantinekit.money import Money


def _is_holder(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate the id of a holder, and say who that is where there is none."""
    if value is None:
        raise InputError(f"{attribute.name} is needed: the id of the person who can spend the units of the pass")
    is_id(_, attribute, value)


def _is_number(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a number of units of a price list: more than nothing, with at most four places."""
    if type(value) is int and 0 < value <= MAX_UNITS:
        return
    if isinstance(value, Decimal) and value.is_finite() and 0 < value <= MAX_UNITS:
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= -4:
            return
    raise InputError(f"{attribute.name} is a number from 0.0001 to {MAX_UNITS}, an integer or Decimal of four places")


@command
@attrs.frozen(kw_only=True)
class SellPass(SellingCommand[Pass]):
    """Sell what is held (a carnet, a plan, a membership) to its holder, who alone can spend its units.

    The price list says what it gives and how long it lasts. It is active, and its units can be spent, once nothing is
    due or the money is in hand.

    Attributes:
        product_id: the product, which gives something in the price list.
        place_id: the place where it is sold.
        holder_id: the person who holds it; ``None`` is refused (``InputError``).
        count: how many pieces, 1 to 10,000.
        first_day: the local day on which it begins, which may be past; ``None``: today.
        last_day: its last local day, where the price list leaves it open; ``None``: as the list says.
        id: the id of the pass; ``None``: one is made up.

    Raises:
        DuplicateError: there is a pass with this id.
        NotFoundError: there is no such product, place or person.
        WrongStateError: the holder is being forgotten, or was.
        UnsuitableError: the product gives nothing to hold, or is not sold by the operator of this place.
        InputError: the last day is before the first.
        TooLateError: its last day, or that of something that is bought along with it, is over.
    """

    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    holder_id: str = attrs.field(validator=_is_holder)
    count: int = attrs.field(default=1, validator=is_count())
    first_day: date | None = attrs.field(default=None, validator=maybe_day)
    last_day: date | None = attrs.field(default=None, validator=maybe_day)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.first_day is not None and self.last_day is not None and self.last_day < self.first_day:
            raise InputError("last_day is before first_day")


@command
@attrs.frozen(kw_only=True)
class GrantPass(Command[Pass]):
    """Give somebody what is held without selling it: a plan of another system that is taken over, a gift of the house.

    Nothing is charged. It gives the units that the price list says, unless they are left out.

    It is given once, and ends on its last day, or not at all, unless it is to be carried on (``renews``): then the
    period that runs is given, and what comes after it is as if it had been sold: each period is charged at its price,
    units are given again, and notice ends it.

    Attributes:
        product_id: the product, which gives something in the price list.
        place_id: the place whose operator gives it.
        holder_id: the person who holds it.
        reason: why, 1 to 1,000 characters; it is kept as an override.
        first_day: the local day on which it begins, which may be past; ``None``: today.
        last_day: its last local day; ``None``: as the price list says.
        with_units: whether it gives the units of the price list; without them ``GrantUnits`` gives what is left.
        renews: whether it is carried on as the price list says (``term``, ``renews``); else it is given once. The
            period that begins on ``first_day`` must be the one that runs, or one to come.
        facts: what the price list asks to know to price what comes: texts, integers, ``Decimal``, ``Money``, yes/no or
            several words. They count where it is carried on.
        id: the id of the pass; ``None``: one is made up.

    Raises:
        DuplicateError: there is a pass with this id.
        NotFoundError: there is no such product, place or person.
        WrongStateError: the holder is being forgotten, or was.
        UnsuitableError: the product gives nothing to hold, or is not sold by the operator of this place; or it is to be
            carried on, and nothing of it is renewed.
        NotForSaleError: the price list is not in force yet; or it is to be carried on, and has no price.
        TooLateError: it is to be carried on, and its first period is over.
        InputError: the last day is before the first.
    """

    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    holder_id: str = attrs.field(validator=_is_holder)
    reason: str = attrs.field(validator=is_reason)
    first_day: date | None = attrs.field(default=None, validator=maybe_day)
    last_day: date | None = attrs.field(default=None, validator=maybe_day)
    with_units: bool = attrs.field(default=True, validator=is_a(bool))
    renews: bool = attrs.field(default=False, validator=is_a(bool))
    facts: Facts = attrs.field(default=(), converter=to_facts)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if self.first_day is not None and self.last_day is not None and self.last_day < self.first_day:
            raise InputError("last_day is before first_day")


@command
@attrs.frozen(kw_only=True)
class GrantUnits(Command[Pass]):
    """Give somebody units on an account of a price list without selling them. The value is the pass that holds them.

    Attributes:
        account: the account of the price list, or one of its units that are no money.
        units: how many, in the unit of the price list: an integer, or a ``Decimal`` with at most four places. Money is
            written in its main unit: ``Decimal("12.50")``.
        pricelist_id: the price list.
        place_id: the place whose operator gives them.
        holder_id: the person who can spend them.
        reason: why, 1 to 1,000 characters; it is kept as an override.
        last_day: the last local day on which they can be spent; ``None``: without end.
        paid: what was paid for one whole unit elsewhere, which the price list may count; ``None``: not known.
        id: the id of the pass; ``None``: one is made up.

    Raises:
        DuplicateError: there is a pass with this id.
        NotFoundError: there is no such price list, place or person.
        WrongStateError: the holder is being forgotten, or was.
        UnsuitableError: the price list has no such account.
        NotForSaleError: the price list is not in force yet.
        InputError: the units are no whole number of the smallest part in which the account counts.
        CurrencyError: what was paid is in another currency.
    """

    account: str = attrs.field(validator=is_id)
    units: int | Decimal = attrs.field(validator=_is_number)
    pricelist_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    holder_id: str = attrs.field(validator=_is_holder)
    reason: str = attrs.field(validator=is_reason)
    last_day: date | None = attrs.field(default=None, validator=maybe_day)
    paid: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class CancelPass(Command[Pass]):
    """Take a pass back: what is left of its units cannot be spent any more, and the price list says what goes back.

    Where the list says nothing, all of the price goes back if the pass is not paid yet, has not begun, or has all its
    units; else nothing does. A contract that was renewed is ended by ``GiveNotice`` or ``EndPass``.

    Attributes:
        pass_id: the pass.
        reason: why, at most 500 characters; the refund says it.
        refund: what staff give back instead of what the list says: "all", "nothing" or an amount; it is kept as an
            override with the reason. ``None``: as the list says.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is over.
        UnsuitableError: it is a line of an order (``CancelOrder``); it is bought along with something else and not paid
            yet; it is a contract that was renewed; or staff name a refund of what was given.
        NotForSaleError: the price list does not say what goes back.
        InputError: staff give back more than was paid, or say no reason.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default="pass cancelled", validator=is_text(500))
    refund: RefundChoice = attrs.field(default=None, converter=to_refund)

    def __attrs_post_init__(self) -> None:
        check_refund_reason(self.refund, self.reason, "pass cancelled")


@command
@attrs.frozen(kw_only=True)
class GiveNotice(Command[Pass]):
    """Give notice of a contract: it ends on the first day on which the price list lets it end.

    ``end`` of the pass is its last day, which its holder is told, and ``Outcome.afterwards.due`` what is still charged
    until then: the periods that have not begun yet, and the changes of its plan that are to come. Where these
    come to less than nothing it is nothing, and what goes back is told by ``read.timeline``.

    Attributes:
        pass_id: the pass.
        day: the local day on which notice was given, at most today; ``None``: today.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is not active, or its end is agreed already.
        UnsuitableError: its price list says of no contract; or it was given once and not sold.
        InputError: the day is to come or before the pass was sold, or by a notice of that day it would have ended
            before today: ``EndPass`` ends it.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    day: date | None = attrs.field(default=None, validator=maybe_day)


@command
@attrs.frozen(kw_only=True)
class WithdrawNotice(Command[Pass]):
    """Withdraw the notice that was given of a contract, while it lasts: it goes on as if none had been given, and its
    holder is told so.

    Attributes:
        pass_id: the pass.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is over, or no notice was given.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)


@command
@attrs.frozen(kw_only=True)
class EndPass(Command[Pass]):
    """End a pass on a day, before its agreed end. What is left of its units can be spent until the end of that day.

    The price list says what that costs (``end_early``): it is charged, to be paid later. Where the list prorates, the
    days of the present period after the end go back, and a later period that it ends in costs its days; a period that
    begins after the end goes back whole.

    Attributes:
        pass_id: the pass.
        day: its last local day: from the day before its present period on; ``None``: today.
        reason: why, 1 to 500 characters.
        refund: what of the present period staff give back instead: "all", "nothing" or an amount; then ending costs
            nothing, and it is kept as an override with the reason. ``None``: as the list says.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is not active, or ends by that day anyway; or it was ended before, and staff do not say what
            goes back beside what did.
        InputError: the day is before the present period, or staff give back more than that cost.
        UnsuitableError: it was given once and not sold.
        NotForSaleError: periods are agreed beyond that day, and the list does not say what ending before them costs.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    day: date | None = attrs.field(default=None, validator=maybe_day)
    reason: str = attrs.field(validator=is_text(500))
    refund: RefundChoice = attrs.field(default=None, converter=to_refund)

    def __attrs_post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError("a pass is ended for a reason: give it")


@command
@attrs.frozen(kw_only=True)
class PausePass(Command[Pass]):
    """Pause a pass from a day on. Nothing is charged meanwhile, nothing given, and nothing of it can be used.

    What was paid and not had comes back afterwards, to the day: a period that had begun is longer by the days of the
    pause, and what follows begins later. What was booked by it stays booked.

    Attributes:
        pass_id: the pass.
        first_day: the first local day of the pause, today or later; ``None``: today.
        until: its last local day, included; ``None``: it lasts until ``ResumePass``, or as long as the price list lets
            a pause last.
        reason: why, 1 to 1,000 characters; it is kept with the pass.
        override: why staff pause it although the price list says of no pauses, or not of this one, at most 1,000
            characters; it is kept as an override. ``None``: the price list decides.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is not active, ends before that day, or is paused on one of these days; or another pause
            comes of which nobody knows the end.
        UnsuitableError: it has no days: a stay, or an earlier version of this library sold it.
        InputError: the day is past or before the pass begins, ``until`` is before it, or there is no reason.
        NotForSaleError: the price list says of no pauses, or this one is too long, one too many in a year, or said too
            late; and there is no override.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    first_day: date | None = attrs.field(default=None, validator=maybe_day)
    until: date | None = attrs.field(default=None, validator=maybe_day)
    reason: str = attrs.field(validator=is_text(1000))
    override: str | None = attrs.field(default=None, validator=is_reason)

    def __attrs_post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError("a pass is paused for a reason: give it")


@command
@attrs.frozen(kw_only=True)
class ResumePass(Command[Pass]):
    """Have a pass go on that is paused, or will be: the days that were not had come back from that day on.

    Attributes:
        pass_id: the pass.
        day: the first local day on which it is had again, today or later, at most the day after the pause as it was
            said; the first day of the pause, or one before it: there is no pause. ``None``: today.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is not active, or not paused.
        InputError: the day is past, or after the one on which it goes on by itself.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    day: date | None = attrs.field(default=None, validator=maybe_day)


@command
@attrs.frozen(kw_only=True)
class ExtendPass(Command[Pass]):
    """Give days on top of a pass, for nothing: its end moves, the plan stays the same.

    They come after the end that is agreed; where none is, after the present period, and what follows begins later.
    Units that expire with the days that move expire later, too. It is kept as an override.

    Attributes:
        pass_id: the pass.
        days: how many days, 1 to 36,600; ``None``: ``until`` says it. One of the two is needed.
        until: the last local day of what is longer; ``None``: ``days`` says it.
        reason: why, 1 to 1,000 characters; it is kept with the pass.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is not active, has ended, or is paused until it is resumed.
        UnsuitableError: it has no end that could move.
        InputError: neither ``days`` nor ``until`` is given, or both; ``until`` is no later than it lasts now; or there
            is no reason.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    days: int | None = attrs.field(default=None, validator=maybe(is_count(most=36_600)))
    until: date | None = attrs.field(default=None, validator=maybe_day)
    reason: str = attrs.field(validator=is_text(1000))

    def __attrs_post_init__(self) -> None:
        if (self.days is None) == (self.until is None):
            raise InputError("either days or until is needed")
        if not self.reason.strip():
            raise InputError("days are given for a reason: give it")


@command
@attrs.frozen(kw_only=True)
class ChangePass(Command[Pass]):
    """Change the plan of a pass that is renewed: from a day on it is another product, or the same one with other facts.

    In the period that runs the days of the old plan that are left are not owed any more and those of the new one are,
    as the price list prorates: the difference is one charge, or goes back. What is left of the units of the old plan
    goes; the new one gives its own in full, less what was used of the same account since they were given. Both are as
    before where the two plans give the same. Later periods cost what the new plan costs, and its terms count.

    A day to come is planned: it is carried out on that day, and can be withdrawn until then (``WithdrawPassChange``).
    The price is that of the version in force now. In a pause it waits for the end of the pause. To the plan that it
    has on that day nothing changes. ``Outcome.afterwards`` says what is charged or goes back; ``preview`` says it
    first. A deposit stays as it is.

    Attributes:
        pass_id: the pass.
        product_id: the new product, on the same price list.
        day: the first local day of the new plan, from the first day of the period that runs on; ``None``: today, or
            the first day of what has not begun.
        facts: what the price list asks to know, by name: texts, integers, ``Decimal``, ``Money``, yes/no or several
            words. Those of the person and of the place count too; those of the first sale do not.
        account: the gateway account that takes the difference now; ``None``: it stays due, for ``Pay``. What is planned
            stands on account, as a renewal does.
        on_account: the difference is paid later, on the day that the price list gives.
        return_url: where the page of the gateway sends the payer back to, at most 2,000 characters; ``{charge_id}`` in
            it stands for the id of the charge; ``None`` without such a page.

    Raises:
        NotFoundError: there is no such pass or product.
        WrongStateError: it is not active, ends before that day, or is paused today or then; its plan was changed after
            that day, or is to be changed on it.
        UnsuitableError: it is no contract, or the new product is none; it is on another price list, has other periods,
            is not sold by the operator of the place, or is sold with something else that is held; the period of that
            day was paid in another system; or the price list does not prorate, and the day is in the middle of a
            period.
        InputError: the day is before the period that runs; a fact that the price list does not know; or an account
            beside ``on_account``.
        NotForSaleError, IncompleteError: the price list refuses the new plan, or has to know more.
        AccountError: there is no such account, or the operator of the place may not use it.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    product_id: str = attrs.field(validator=is_id)
    day: date | None = attrs.field(default=None, validator=maybe_day)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    on_account: bool = attrs.field(default=False, validator=is_a(bool))
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))

    def __attrs_post_init__(self) -> None:
        if self.on_account and self.account is not None:
            raise InputError("a difference on account is paid later: leave the account out")


@command
@attrs.frozen(kw_only=True)
class WithdrawPassChange(Command[Pass]):
    """Give up a change of plan that is to come: the pass goes on as it is.

    Attributes:
        pass_id: the pass.
        day: the local day for which the change was planned; ``None``: the next one.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is not active, or no change is planned, or none for that day.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    day: date | None = attrs.field(default=None, validator=maybe_day)


@command
@attrs.frozen(kw_only=True)
class TransferPass(Command[Pass]):
    """Make a pass somebody else's from now on, with the units that are left of it. Nothing is charged.

    What the holder until now has booked, or does at the moment, stays theirs with the units that it took; what of it is
    cancelled gives them back to the pass, and so to the new holder. Sales, charges, documents and statements stay with
    who bought. What was due until now is done first: a period that has begun by then is charged as before.

    Attributes:
        pass_id: the pass.
        holder_id: the person or the organisation that holds it from now on.
        payer_id: the person or the organisation who pays what comes: periods, and changes of its plan. ``None``: who
            pays it now, which is who paid first, or else the holder until now.
        reason: why, 1 to 1,000 characters; it is kept in the journal, so that it names nobody.

    Raises:
        NotFoundError: there is no such pass, holder or payer.
        WrongStateError: it is not active, or has ended; or one of the two holders, or the payer, is being forgotten or
            was.
        UnsuitableError: it is theirs already; nobody holds it, or it goes with a visit; it is renewed and its price was
            made from facts of who bought it; or the price list would not sell it to the new holder, or for more.
        NotForSaleError: a period is due, and the price list has no price for it.
        InputError: there is no reason.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    holder_id: str = attrs.field(validator=is_id)
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    reason: str = attrs.field(validator=is_text(1000))

    def __attrs_post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError("a pass is transferred for a reason: give it")


__all__ = [
    "CancelPass",
    "ChangePass",
    "EndPass",
    "ExtendPass",
    "GiveNotice",
    "GrantPass",
    "GrantUnits",
    "PausePass",
    "ResumePass",
    "SellPass",
    "TransferPass",
    "WithdrawNotice",
    "WithdrawPassChange",
]
