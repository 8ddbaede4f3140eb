"""What can be asked of clearing: to agree a rule and to end it, to close a period, and to dispute lines."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs

from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    is_a,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe,
    maybe_id,
    to_ids,
)
from cantinekit.domain.base import Command, command
from cantinekit.domain.clearing.records import (
    ClearingInvoicing,
    ClearingPair,
    ClearingStatement,
    ClearingTax,
    ClearingTerms,
    to_share,
)
from cantinekit.errors import InputError
from cantinekit.money import Money, parse_rate


def _is_day(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a day: a date without a time."""
    if type(value) is not date:
        raise InputError(f"{attribute.name} is a date without a time")


@command
@attrs.frozen(kw_only=True)
class AgreeClearing(Command[ClearingTerms]):
    """Agree what a legal entity owes for units that it sells and another one serves, from a day on.

    It counts for what is used from then on; what was used before stays as it was posted. A rule that names the other
    legal entity goes before one that does not; then one that names the product, then one that names the account. Of
    rules for the same the latest that has begun counts. See docs/how-to/clear-between-cities.md.

    Attributes:
        entity_id: id of the legal entity that sells the units, and owes.
        other_id: id of the legal entity that serves them; ``None``: any other.
        product_id: the product of which the units are, by its id or as "<price list>/<product>"; ``None``: any.
        account: the account of the units, by its name in the price list; empty: any.
        first_day: the first local day on which it counts, at the place that serves: today or later.
        share: what part of what was paid for a unit is owed once it is used: a ``Fraction``, a ``Decimal``, or a text
            such as "3/5" or "60%", from 0 to 1; ``None``: ``amount`` says.
        amount: what is owed for one whole unit, not negative, and for a part of it a part; ``None``: ``share`` says.
        expired: what part of what was paid is owed to the other legal entity for units that nobody used, once they run
            out; only of a rule that names it.
        id: the id of the rule; ``None``: one is made up.

    Raises:
        NotFoundError: there is no such legal entity, product or price list.
        InputError: both are the same, or not one of share and amount is given; ``expired`` without ``other_id``.
        CurrencyError: their places have different currencies, or another one than the amount.
        TooLateError: the day is over.
        UnsuitableError: what runs out is given away more than once, or the other legal entity has no place.
        DuplicateError: there is a rule with this id.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    other_id: str | None = attrs.field(default=None, validator=maybe_id)
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: Code = attrs.field(default="", validator=is_text(200))
    first_day: date = attrs.field(validator=_is_day)
    share: Code | None = attrs.field(default=None, converter=to_share)
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    expired: Code = attrs.field(default="0", converter=to_share, validator=is_text(40))
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if self.entity_id == self.other_id:
            raise InputError(f"a legal entity clears with another one, not with itself: {self.entity_id}")
        if (self.share is None) == (self.amount is None):
            raise InputError("a rule has a share of what was paid, or an amount for each unit")
        if self.amount is not None and self.amount.amount < 0:
            raise InputError("amount is not negative")
        if self.expired != "0" and self.other_id is None:
            raise InputError("only a legal entity that is named gets a part of what runs out")


@command
@attrs.frozen(kw_only=True)
class EndClearing(Command[ClearingTerms]):
    """Let a rule of clearing end, or let it end on another day.

    Attributes:
        entity_id: id of the legal entity that sells the units.
        rule_id: id of the rule.
        last_day: the last local day on which it counts: today or later. Before its first day it never counts.

    Raises:
        NotFoundError: there is no such legal entity or rule.
        TooLateError: the day is over.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    rule_id: str = attrs.field(validator=is_id)
    last_day: date = attrs.field(validator=_is_day)


@command
@attrs.frozen(kw_only=True)
class CloseClearing(Command[ClearingStatement]):
    """Close what two legal entities owe each other up to a day: issue the statement, and settle the lines in it.

    What is owed goes from ``clearing/<other>`` to ``statements/<other>`` in the ledger of each. No line comes into the
    days of a statement later; the next one begins on the day after. The same day again gives the same statement.

    Each of the two that invoices (``InvoiceClearing``) issues an invoice of what it served to the other one, and a
    credit note of what is taken back of earlier ones.

    Attributes:
        entity_id: id of one of the two legal entities.
        other_id: id of the other one.
        until: the last day; it is over at all places of both.

    Raises:
        NotFoundError: there is no such legal entity.
        InputError: both are the same.
        TooEarlyError: the day is not over yet at one of their places.
        WrongStateError: a statement goes beyond that day.
        UnsuitableError: an invoice would lack the address of one of the two, or the VAT id of who issues it.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    other_id: str = attrs.field(validator=is_id)
    until: date = attrs.field(validator=_is_day)

    def __attrs_post_init__(self) -> None:
        if self.entity_id == self.other_id:
            raise InputError(f"a legal entity clears with another one, not with itself: {self.entity_id}")


@command
@attrs.frozen(kw_only=True)
class DisputeClearing(Command[ClearingPair]):
    """Take lines back on which two legal entities do not agree. What they came to is posted the other way round today.

    It makes no difference whether they are in a statement: that stays, and the next one has the correction. Where an
    invoice has them a credit note takes them back at once.

    Attributes:
        line_ids: ids of the lines, 1 to 1,000: uses and expiries of two legal entities.
        reason: why, at most 1,000 characters; it says nothing of a person.

    Raises:
        NotFoundError: there is no such line.
        InputError: no line is named, or more than 1,000.
        UnsuitableError: they are not of the same two legal entities, or one is neither a use nor an expiry.
        WrongStateError: one was taken back before, or nothing is owed for it.
    """

    line_ids: tuple[str, ...] = attrs.field(converter=to_ids, validator=are_ids, kw_only=False)
    reason: PublicText = attrs.field(validator=is_text(1000))

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.line_ids) <= 1000:
            raise InputError(f"1 to 1000 lines are disputed at a time, not {len(self.line_ids)}")


@command
@attrs.frozen(kw_only=True)
class InvoiceClearing(Command[ClearingInvoicing]):
    """Say how a legal entity invoices to others what they owe it: from now on each statement has its invoices.

    What a statement has is owed with its tax in it, but where who buys owes the tax. See
    docs/how-to/clear-between-cities.md.

    Attributes:
        entity_id: id of the legal entity that is owed, and issues the invoices.
        invoices: the name of its number series of invoices; ``None``: it issues none any more.
        credit_notes: the name of its number series of credit notes, for what is taken back.
        tax: "standard" with a rate; or why there is none: "exempt", "not subject", "outside scope", or "reverse" where
            who buys owes it.
        rate: the rate as printed, such as "20%"; only of "standard".
        mention: the sentence that says why there is no tax, at most 1,000 characters; needed but for "standard".
        code: VATEX code of the mention; empty: none.
        days_until_due: how many days after its day an invoice is due, 0 to 3,650; ``None``: no day is agreed.

    Raises:
        NotFoundError: there is no such legal entity or series.
        InputError: tax, rate and mention do not fit.
        UnsuitableError: a series numbers other documents; or the legal entity has no address, or no VAT id to state
            with a rate.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    invoices: str | None = attrs.field(validator=maybe_id)
    credit_notes: str = attrs.field(validator=is_id)
    tax: ClearingTax = attrs.field(validator=is_word(ClearingTax))
    rate: Code = attrs.field(default="", validator=is_text(20))
    mention: PublicText = attrs.field(default="", validator=is_text(1000))
    code: Code = attrs.field(default="", validator=is_text(100))
    days_until_due: int | None = attrs.field(default=None, validator=maybe(is_count(least=0, most=3650)))

    def __attrs_post_init__(self) -> None:
        if self.tax == "standard":
            if self.mention or self.code:
                raise InputError("mention says why there is no tax: leave it out where there is a rate")
            parse_rate(self.rate)
        elif self.rate or not self.mention.strip():
            raise InputError(f"tax {self.tax} has no rate, and a mention that says why")


__all__ = [
    "AgreeClearing",
    "CloseClearing",
    "DisputeClearing",
    "EndClearing",
    "InvoiceClearing",
]
