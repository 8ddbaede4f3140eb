"""Charges, the attempts to take their money, refunds, and the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import Code, PublicText, is_id, is_text, is_word, maybe_id
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.sales.records import MeterMove
from cantinekit.errors import InputError
from cantinekit.money import Money

ChargeState = Literal["due", "settled", "void"]
"""``due`` until it is paid in full, then ``settled``; ``void`` when it is no longer owed."""
AttemptState = Literal["started", "pending", "settled", "declined"]
"""``started``, ``pending`` while the gateway waits for the payer, then ``settled`` or ``declined``."""
RefundState = Literal["started", "settled", "declined"]
"""``started`` until the gateway has made it (``settled``) or declined it."""
Posting = Literal["raised", "voided", "taken", "refund asked", "refunded", "refund declined", "charged back"]
"""What a ledger entry records."""


@attrs.frozen
class ChargePart:
    """What one date of a booking series costs of the charge that all dates share; the parts sum to the charge exactly.

    Attributes:
        amount: its share of the amount.
        meters: how far it moved meters, of a series that an earlier version of this library made; since then
            ``Booking.meters`` says it.
    """

    amount: Money = attrs.field()
    meters: tuple[MeterMove, ...] = ()


@attrs.frozen
class ChargeLine:
    """One line of a charge, as the price list made it.

    Attributes:
        product_id: the product.
        text: what it says, at most 500 characters.
        quantity: how many; a part of a unit stands in ``text``.
        amount: the amount of the line, negative for what is taken off.
        tax_class: the tax class in the price list; empty without one.
    """

    product_id: str = attrs.field(validator=is_id)
    text: PublicText = attrs.field(validator=is_text(500))
    quantity: int = attrs.field()
    amount: Money = attrs.field()
    tax_class: Code = ""


@record("domain", fields=("place", "subject", "payer", "due"), person="payer")
@attrs.frozen
class Charge:
    """An amount that somebody owes for something.

    Attributes:
        id: its id.
        entity_id: the legal entity to which it is owed.
        place_id: the place.
        subject: what it is for.
        amount: what was owed when it was raised.
        lines: what it is made of.
        raised_at: when it was raised, in UTC.
        tariff_version: the id of the version of the price list.
        paid: what was taken for it.
        refunded: what of that was given back, or is being given back.
        billed: what stands as earned: the amount, less what was dropped or given back. Money beyond it goes back.
        state: ``due`` until it is paid in full, then ``settled``; ``void`` when it is no longer owed.
        payer_id: the person who owes it, ``None`` for a walk-in.
        attempt_ids: the attempts to take its money, the first one first.
        meters: how far it moved meters, of a charge that an earlier version of this library raised; since then what was
            sold says it.
        lost: what the payer's bank took back for good, in minor units. It was earned, and is not owed again.

    Index:
        place: place id, raised at.
        subject: kind, id.
        payer: person id, raised at.
        due: place id, raised at; while it is due.
    """

    kind: ClassVar[str] = "charge"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    subject: Subject = attrs.field()
    amount: Money = attrs.field()
    lines: tuple[ChargeLine, ...] = attrs.field()
    raised_at: datetime = attrs.field(converter=instant)
    tariff_version: Code = attrs.field(validator=is_id)
    paid: Money = attrs.field()
    refunded: Money = attrs.field()
    billed: Money = attrs.field()
    state: ChargeState = attrs.field(validator=is_word(ChargeState), default="due")
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    attempt_ids: tuple[str, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    lost: int = 0

    @property
    def kept(self) -> Money:
        """What was taken and not given back, also what was lost of it."""
        return self.paid - self.refunded

    @property
    def held(self) -> Money:
        """What was taken, and neither given back nor lost."""
        return self.kept - Money(self.lost, self.amount.currency)

    @property
    def outstanding(self) -> Money:
        """What is still owed; negative when more was kept than is owed."""
        return self.billed - self.kept

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.raised_at)
        yield "subject", composite(self.subject.kind, self.subject.id)
        if self.payer_id:
            yield "payer", composite(self.payer_id, self.raised_at)
        if self.state == "due":
            yield "due", composite(self.place_id, self.raised_at)


@record("domain", fields=("charge",))
@attrs.frozen
class Attempt:
    """One try to take the money of a charge through a gateway account.

    Attributes:
        id: its id, which the gateway gets as the key of the payment.
        charge_id: the charge.
        entity_id: the legal entity that takes the money.
        account: the gateway account.
        amount: what is to be taken.
        started_at: when it began, in UTC.
        state: ``started``, ``pending`` while the gateway waits for the payer, then ``settled`` or ``declined``.
        captured: what was taken, in minor units.
        refunded: what was given back or is being given back, in minor units.
        reference: how the gateway calls the payment; empty until it says so.
        reason: why it was declined; empty otherwise.
        next_url: where the payer goes to pay, ``None`` where the payer need not go anywhere.
        return_url: where the gateway sends the payer back to, ``None`` without such a page.
        means: the gateway's name of a means of payment that the payer chose; empty without one.
        lost: what the payer's bank took back for good, in minor units.

    Index:
        charge: charge id, started at.
    """

    kind: ClassVar[str] = "attempt"
    id: str = attrs.field(validator=is_id)
    charge_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    started_at: datetime = attrs.field(converter=instant)
    state: AttemptState = attrs.field(validator=is_word(AttemptState), default="started")
    captured: int = 0
    refunded: int = 0
    reference: Code = ""
    reason: PublicText = ""
    next_url: Code | None = None
    return_url: Code | None = None
    means: Code = ""
    lost: int = 0

    @property
    def left(self) -> Money:
        """What it took, and was neither given back nor lost: at most so much can go back."""
        return Money(self.captured - self.refunded - self.lost, self.amount.currency)

    def index(self) -> Index:
        yield "charge", composite(self.charge_id, self.started_at)


@record("domain", fields=("charge",))
@attrs.frozen
class Refund:
    """Money of an attempt that is given back.

    Attributes:
        id: its id, which the gateway gets as the key of the refund.
        charge_id: the charge.
        attempt_id: the attempt that took the money.
        account: the gateway account.
        entity_id: the legal entity that gives it back.
        place_id: the place.
        amount: how much.
        reason: why, at most 500 characters.
        asked_at: when it was decided, in UTC.
        state: ``started`` until the gateway has made it (``settled``) or declined it (``declined``).
        reference: how the gateway calls the refund; empty until it says so.
        surplus: whether the money was never owed, because the charge was void or paid already.

    Index:
        charge: charge id, asked at.
    """

    kind: ClassVar[str] = "refund"
    id: str = attrs.field(validator=is_id)
    charge_id: str = attrs.field(validator=is_id)
    attempt_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    reason: PublicText = attrs.field(validator=is_text(500))
    asked_at: datetime = attrs.field(converter=instant)
    state: RefundState = attrs.field(validator=is_word(RefundState), default="started")
    reference: Code = ""
    surplus: bool = False

    def index(self) -> Index:
        yield "charge", composite(self.charge_id, self.asked_at)


@attrs.frozen
class LedgerLine:
    """An amount on a ledger account.

    Attributes:
        account: the account (``receivable``, ``revenue/...``, ``account/...``), at most 300 characters.
        amount: minor units: positive is debit, negative is credit.
    """

    account: Code = attrs.field(validator=is_text(300))
    amount: int = attrs.field()


@record("domain", fields=("place",), immutable=True)
@attrs.frozen
class LedgerEntry:
    """One entry of the ledger. It is written once, and its lines sum to zero.

    Attributes:
        id: its id.
        entity_id: the legal entity whose ledger it is in.
        place_id: the place.
        at: when it was decided, in UTC.
        what: what it records.
        subject: the charge, attempt or refund that it records.
        currency: the ISO 4217 code of the currency of all lines.
        lines: the amounts, by account.

    Index:
        place: place id, at.
    """

    kind: ClassVar[str] = "ledger"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    at: datetime = attrs.field(converter=instant)
    what: Posting = attrs.field(validator=is_word(Posting))
    subject: Subject = attrs.field()
    currency: Code = attrs.field(validator=is_text(3))
    lines: tuple[LedgerLine, ...] = attrs.field()

    def __attrs_post_init__(self) -> None:
        if sum(line.amount for line in self.lines) != 0:
            raise InputError("a ledger entry must sum to zero")

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.at)


__all__ = [
    "Attempt",
    "AttemptState",
    "Charge",
    "ChargeLine",
    "ChargePart",
    "ChargeState",
    "LedgerEntry",
    "LedgerLine",
    "Posting",
    "Refund",
    "RefundState",
]
