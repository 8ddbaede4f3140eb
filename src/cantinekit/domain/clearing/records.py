"""What legal entities agreed on units that one sells and another one serves, and what they owe each other by it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import (
    Code,
    PublicText,
    is_a,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe,
    maybe_id,
)
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

ClearingWhat = Literal["use", "return", "expiry", "dispute"]
"""What a clearing line is of: units were used (``use``), a use was undone (``return``), units ran out (``expiry``), or
a line was taken back (``dispute``)."""
CLEARING = "clearing"
"""The name, among products and costs, of what is cleared: ``revenue/clearing`` and ``costs/clearing``. What is owed and
in no statement yet is on ``clearing/<the other legal entity>``."""
STATED = "statements"
"""What is owed by statements is on ``statements/<the other legal entity>``."""
_SHARE = re.compile(r"(?P<number>[0-9]+(\.[0-9]+|/(?P<below>[0-9]+))?)(?P<percent>%)?")
_LONGEST_SHARE = 40
_SMALLEST = 10**18


def to_share(value: Any) -> Any:
    """Convert a share to its exact text, such as "3/5"; ``None`` stays.

    Args:
        value: a ``Fraction``, a ``Decimal``, 0 or 1, or a text such as "3/5", "0.6" or "60%", of at most 40 characters;
            never a float.

    Raises:
        InputError: it is no such number, or not from 0 to 1.
    """
    if value is None:
        return None
    if type(value) is bool or not isinstance(value, str | int | Fraction | Decimal):
        raise InputError(f"a share is an exact number such as '3/5' or '60%', not {shown(value)}")
    if isinstance(value, int | Fraction) and (not 0 <= value <= 1 or value.denominator >= _SMALLEST):
        raise InputError(f"a share is from 0 to 1, and not finer than one in {_SMALLEST}, not {shown(value)}")
    text = str(value)
    shaped = _SHARE.fullmatch(text) if len(text) <= _LONGEST_SHARE else None
    if shaped is None or (shaped["below"] and not int(shaped["below"])):
        raise InputError(f"a share is an exact number such as '3/5' or '60%', not {shown(value)}")
    found = Fraction(shaped["number"]) / (100 if shaped["percent"] else 1)
    if not 0 <= found <= 1:
        raise InputError(f"a share is from 0 to 1, not {shown(value)}")
    return str(found)


def pair_id(one: str, other: str) -> str:
    """The id of a pair of legal entities, whichever is named first.

    Args:
        one: id of a legal entity.
        other: id of the other one.
    """
    return composite(*sorted((one, other)))


@attrs.frozen
class ClearingRule:
    """What a legal entity owes for units that it sold and another one serves.

    Attributes:
        id: its id.
        issuer_id: the legal entity that sells the units, and owes.
        acceptor_id: the legal entity that serves; ``None``: any other.
        product_id: the product of which the units are; ``None``: any.
        account: the account of the units, by its name in the price list; empty: any.
        first_day: the first local day on which it counts, at the place that serves.
        last_day: the last one, included; ``None``: it has no end.
        share: what part of what was paid for a unit is owed once it is used, such as "3/5"; ``None``: ``amount`` says.
        amount: what is owed for one whole unit; for a part of it a part of the amount. ``None``: ``share`` says.
        expired: what part of what was paid is owed for units that nobody used, once they run out; "0": nothing.
        agreed_at: when it was agreed, in UTC.
        place_id: the place of the legal entity that serves, in whose ledger what runs out is entered; ``None``: it is
            not needed.
    """

    id: str = attrs.field(validator=is_id)
    issuer_id: str = attrs.field(validator=is_id)
    acceptor_id: str | None = attrs.field(validator=maybe_id)
    product_id: str | None = attrs.field(validator=maybe_id)
    account: Code = attrs.field(validator=is_text(200))
    first_day: date = attrs.field()
    last_day: date | None = attrs.field()
    share: Code | None = attrs.field(converter=to_share)
    amount: Money | None = attrs.field(validator=maybe(is_a(Money)))
    expired: Code = attrs.field(converter=to_share)
    agreed_at: datetime = attrs.field(converter=instant)
    place_id: str | None = attrs.field(default=None, validator=maybe_id)

    @property
    def scope(self) -> tuple[str | None, str | None, str]:
        """What it is for: of rules with one scope that have begun, the latest counts."""
        return self.acceptor_id, self.product_id, self.account

    def fits(self, acceptor_id: str, product_id: str | None, account: str) -> bool:
        """Whether it is for some units.

        Args:
            acceptor_id: the legal entity that serves them.
            product_id: the product of which they are; ``None``: it is not known.
            account: their account.
        """
        return (
            self.acceptor_id in (None, acceptor_id)
            and self.product_id in (None, product_id)
            and self.account in ("", account)
        )


@record("domain", steady=True)
@attrs.frozen
class ClearingTerms:
    """The rules by which a legal entity owes others for units that it sold; its id is that of the legal entity.

    Attributes:
        id: id of the legal entity that sells the units.
        rules: all rules that were ever agreed, in the order in which they were.
    """

    kind: ClassVar[str] = "clearing_terms"
    id: str = attrs.field(validator=is_id)
    rules: tuple[ClearingRule, ...] = ()

    def rule(self, acceptor_id: str, product_id: str | None, account: str, day: date) -> ClearingRule | None:
        """The rule for units that another legal entity serves on a day; ``None``: there is none.

        A rule that names the legal entity that serves goes before one that does not; then one that names the product,
        then one that names the account. Of those with the same scope the latest that has begun counts: where it ended,
        none of them does.

        Args:
            acceptor_id: the legal entity that serves.
            product_id: the product of which the units are; ``None``: it is not known.
            account: their account.
            day: the local day at the place that serves.
        """
        latest: dict[tuple[str | None, str | None, str], ClearingRule] = {}
        for one in self.rules:
            if not one.fits(acceptor_id, product_id, account) or one.first_day > day:
                continue
            before = latest.get(one.scope)
            if before is None or before.first_day <= one.first_day:
                latest[one.scope] = one
        counts = [one for one in latest.values() if one.last_day is None or day <= one.last_day]
        return max(counts, key=_says_most, default=None)

    def sharers(self) -> tuple[str, ...]:
        """The legal entities that some rule gives a part of what runs out, in order."""
        return tuple(
            sorted({one.acceptor_id for one in self.rules if one.acceptor_id is not None and one.expired != "0"})
        )


def _says_most(rule: ClearingRule) -> tuple[bool, bool, bool]:
    """How much a rule says of what it is for."""
    return rule.acceptor_id is not None, rule.product_id is not None, bool(rule.account)


ClearingTax = Literal["standard", "exempt", "not subject", "outside scope", "reverse"]
"""The tax of what one legal entity invoices to another one: a rate, or why there is none."""


@record("domain", steady=True)
@attrs.frozen
class ClearingInvoicing:
    """How a legal entity invoices to others what they owe it by statements; its id is that of the legal entity.

    Attributes:
        id: id of the legal entity that is owed, and issues the invoices.
        invoices_id: id of the number series of its invoices; ``None``: it issues none any more.
        credit_notes_id: id of the number series of its credit notes.
        tax: the kind of its tax.
        rate: the rate as printed, such as "20%"; empty where there is none.
        mention: why there is no tax; empty where there is a rate.
        code: VATEX code of the mention; empty: none.
        days_until_due: how many days after its day an invoice is due; ``None``: no day is agreed.
    """

    kind: ClassVar[str] = "clearing_invoicing"
    id: str = attrs.field(validator=is_id)
    invoices_id: str | None = attrs.field(validator=maybe(is_text(300)))
    credit_notes_id: str = attrs.field(validator=is_text(300))
    tax: ClearingTax = attrs.field(validator=is_word(ClearingTax))
    rate: Code = attrs.field(default="", validator=is_text(20))
    mention: PublicText = attrs.field(default="", validator=is_text(1000))
    code: Code = attrs.field(default="", validator=is_text(100))
    days_until_due: int | None = attrs.field(default=None, validator=maybe(is_count(least=0, most=3650)))


@record("domain", fields=("all", "entity"))
@attrs.frozen
class ClearingPair:
    """Two legal entities that clear with each other. Each line of theirs writes it, so that none is missed by a close.

    Attributes:
        id: the ids of both, in their order.
        entity_id: the legal entity whose id comes first.
        other_id: the other one.
        lines: how many lines they have.
        closed_until: the last day for which a statement was made; ``None``: none was.

    Index:
        all: id.
        entity: entity id, for both.
    """

    kind: ClassVar[str] = "clearing_pair"
    id: str = attrs.field(validator=is_text(500))
    entity_id: str = attrs.field(validator=is_id)
    other_id: str = attrs.field(validator=is_id)
    lines: int = attrs.field(default=0, validator=is_count(least=0, most=10**12))
    closed_until: date | None = None

    def index(self) -> Index:
        yield "all", self.id
        yield "entity", composite(self.entity_id, self.id)
        yield "entity", composite(self.other_id, self.id)


@record("domain", named=False)
@attrs.frozen
class ClearingAccount:
    """What the uses of the units of one entitlement at one legal entity come to by the rule that counts for them.

    It is there for exact sums: what is owed for all uses is rounded once, and each use owes what that grows by.

    Attributes:
        id: the entitlement and the legal entity that serves.
        rule_id: the rule by which the last use was priced.
        units: how many units were used by it and not returned.
        amount: what was owed for them, in minor units.
    """

    kind: ClassVar[str] = "clearing_account"
    id: str = attrs.field(validator=is_text(500))
    rule_id: str | None = attrs.field(default=None, validator=maybe_id)
    units: int = attrs.field(default=0, validator=is_count(least=0, most=10**12))
    amount: int = attrs.field(default=0, validator=is_count(least=0, most=10**18))


@record("domain", named=False)
@attrs.frozen
class ClearingUse:
    """What is owed between legal entities for the units of one entitlement that one thing uses.

    Attributes:
        id: the entitlement, and the kind and id of what uses it.
        acceptor_id: the legal entity that serves.
        place_id: the place that serves.
        rule_id: the rule by which it was priced last; ``None``: there was none.
        units: how many units it uses at present.
        amount: what they were priced at, in minor units.
        disputed: what of that was taken back.
    """

    kind: ClassVar[str] = "clearing_use"
    id: str = attrs.field(validator=is_text(1000))
    acceptor_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    rule_id: str | None = attrs.field(default=None, validator=maybe_id)
    units: int = attrs.field(default=0, validator=is_count(least=0, most=10**12))
    amount: int = attrs.field(default=0, validator=is_count(least=0, most=10**18))
    disputed: int = attrs.field(default=0, validator=is_count(least=0, most=10**18))


def account_id(entitlement_id: str, acceptor_id: str) -> str:
    """The id of the clearing account of an entitlement.

    Args:
        entitlement_id: the entitlement.
        acceptor_id: the legal entity that serves.
    """
    return composite(entitlement_id, acceptor_id)


def use_id(entitlement_id: str, subject: Subject) -> str:
    """The id of what is owed for a use.

    Args:
        entitlement_id: the entitlement.
        subject: what uses its units.
    """
    return composite(entitlement_id, subject.kind, subject.id)


def dispute_id(line_id: str) -> str:
    """The id of the line that takes another one back: so that each is taken back once.

    Args:
        line_id: the line that is taken back.
    """
    return f"{line_id}.disputed"


@record("domain", fields=("pair",), immutable=True)
@attrs.frozen
class ClearingLine:
    """Something that changes what one legal entity owes another one. It is written once.

    Attributes:
        id: its id.
        issuer_id: the legal entity that sold the units, and owes for them.
        acceptor_id: the legal entity that serves, and gets it.
        day: the local day of the place, on which it counts.
        at: when it was decided, in UTC.
        place_id: the place that serves, in whose ledger the revenue is.
        issuer_place_id: the place that sold the units, in whose ledger the cost is.
        what: what it is of.
        units: how many units, in the smallest part in which their account counts; negative where they went back, 0 of a
            dispute.
        amount: what the issuer owes for it; negative where it owes less.
        entitlement_id: the entitlement.
        account: the account of the units.
        product_id: the product of which the units are; ``None``: it is not known.
        subject: what used the units; the entitlement of what ran out.
        rule_id: the rule by which it is owed; ``None``: there was none, and nothing is owed.
        corrects: the line that it takes back; ``None``: none.
        reason: why a line was taken back; empty otherwise.
        credited: whether a credit note was issued for it at once, since an invoice had what it takes back: no later
            document has it.

    Index:
        pair: the ids of both legal entities in their order, day.
    """

    kind: ClassVar[str] = "clearing_line"
    id: str = attrs.field(validator=is_id)
    issuer_id: str = attrs.field(validator=is_id)
    acceptor_id: str = attrs.field(validator=is_id)
    day: date = attrs.field()
    at: datetime = attrs.field(converter=instant)
    place_id: str = attrs.field(validator=is_id)
    issuer_place_id: str = attrs.field(validator=is_id)
    what: ClearingWhat = attrs.field(validator=is_word(ClearingWhat))
    units: int = attrs.field()
    amount: Money = attrs.field(validator=is_a(Money))
    entitlement_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    product_id: str | None = attrs.field(validator=maybe_id)
    subject: Subject = attrs.field()
    rule_id: str | None = attrs.field(default=None, validator=maybe_id)
    corrects: Code | None = None
    reason: PublicText = attrs.field(default="", validator=is_text(1000))
    credited: bool = False

    @property
    def pair_id(self) -> str:
        """The id of the pair of both legal entities."""
        return pair_id(self.issuer_id, self.acceptor_id)

    def owed_to(self, entity_id: str) -> int:
        """What of it one of the two legal entities gets, in minor units; negative: it owes that.

        Args:
            entity_id: the legal entity.
        """
        return self.amount.amount if entity_id == self.acceptor_id else -self.amount.amount

    def index(self) -> Index:
        yield "pair", composite(self.pair_id, self.day.isoformat())


@record("domain", fields=("pair",), immutable=True)
@attrs.frozen
class ClearingStatement:
    """What two legal entities owe each other for a period. It is written once, and no line comes into its days later.

    Attributes:
        id: the pair and the last day.
        entity_id: the legal entity whose id comes first.
        other_id: the other one.
        first: the first day; ``None``: from the first line on.
        until: the last day.
        lines: how many lines it has.
        balances: what the first of them gets, by currency; negative: it owes that. Empty: nothing is owed.
        issued_at: when it was issued, in UTC.

    Index:
        pair: the ids of both legal entities in their order, last day.
    """

    kind: ClassVar[str] = "clearing_statement"
    id: str = attrs.field(validator=is_text(600))
    entity_id: str = attrs.field(validator=is_id)
    other_id: str = attrs.field(validator=is_id)
    first: date | None = attrs.field()
    until: date = attrs.field()
    lines: int = attrs.field(validator=is_count(least=0, most=10**12))
    balances: tuple[Money, ...] = attrs.field()
    issued_at: datetime = attrs.field(converter=instant)

    @property
    def pair_id(self) -> str:
        """The id of the pair of both legal entities."""
        return pair_id(self.entity_id, self.other_id)

    def owed_to(self, entity_id: str) -> tuple[Money, ...]:
        """What one of the two legal entities gets, by currency; negative: it owes that.

        Args:
            entity_id: the legal entity.
        """
        return self.balances if entity_id == self.entity_id else tuple(-one for one in self.balances)

    def index(self) -> Index:
        yield "pair", composite(self.pair_id, self.until.isoformat())


def statement_id(pair: str, until: date) -> str:
    """The id of the statement of a pair by its last day.

    Args:
        pair: the pair.
        until: the last day.
    """
    return composite(pair, until.isoformat())


def balances(lines: Sequence[ClearingLine], entity_id: str) -> tuple[Money, ...]:
    """What a legal entity gets for lines, by currency in the order of its code; what comes to nothing is left out.

    Args:
        lines: lines of pairs that the legal entity is one of.
        entity_id: the legal entity.
    """
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.owed_to(entity_id)
    return tuple(Money(amount, currency) for currency, amount in sorted(sums.items()) if amount)


__all__ = [
    "ClearingAccount",
    "ClearingInvoicing",
    "ClearingLine",
    "ClearingPair",
    "ClearingRule",
    "ClearingStatement",
    "ClearingTax",
    "ClearingTerms",
    "ClearingUse",
    "ClearingWhat",
]
