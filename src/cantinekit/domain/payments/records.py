"""Bookings that repeat: one record for all dates, and what of a shared charge is each date's."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import is_id, is_one_of, is_text, maybe_id
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.sales.records import MeterMove
from cantinekit.errors import InputError
from cantinekit.money import Money


@attrs.frozen
class ChargePart:
    """What of a charge is one date's: its share of the amount. The parts of all dates come to the charge exactly.

    ``meters`` are those of a booking that an earlier version made; what a booking moved is in ``Booking.meters`` since.
    """

    amount: Money = attrs.field()
    meters: tuple[MeterMove, ...] = ()


@attrs.frozen
class ChargeLine:
    """One line of a charge, as the price list made it."""

    product_id: str = attrs.field(validator=is_id)
    text: str = attrs.field(validator=is_text(500))
    quantity: int = attrs.field()
    amount: Money = attrs.field()
    tax_class: str = ""


@record("domain", fields=("place", "subject", "payer", "due"), person="payer")
@attrs.frozen
class Charge:
    """An amount that somebody owes for something. ``due`` until paid in full, then ``settled``; ``void`` if dropped.

    ``paid`` is what was taken for it, ``refunded`` what was given back of that or is being given back, ``lost`` what
    the payer's bank took back for good, in minor units. ``billed`` is what stands as earned: the amount, less what was
    dropped or given back. Money beyond it is not ours to keep. What is lost was earned, and is not owed again.
    ``meters``: what a charge of an earlier version moved; it is with what was sold since, which need not cost anything.
    """

    kind: ClassVar[str] = "charge"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    subject: Subject = attrs.field()
    amount: Money = attrs.field()
    lines: tuple[ChargeLine, ...] = attrs.field()
    raised_at: datetime = attrs.field(converter=instant)
    tariff_version: str = attrs.field(validator=is_id)
    paid: Money = attrs.field()
    refunded: Money = attrs.field()
    billed: Money = attrs.field()
    state: str = attrs.field(validator=is_one_of("due", "settled", "void"), default="due")
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    attempt_ids: tuple[str, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    lost: int = 0

    @property
    def kept(self) -> Money:
        """What was taken and not given back, whether it is still there or was lost."""
        return self.paid - self.refunded

    @property
    def held(self) -> Money:
        """What was taken and is still there: not given back, and not lost."""
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
    """One try to take the money of a charge through a gateway account. Its id is the key that the gateway sees.

    ``captured``, ``refunded`` and ``lost`` (to the payer's bank, for good) are sums in minor units.
    """

    kind: ClassVar[str] = "attempt"
    id: str = attrs.field(validator=is_id)
    charge_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    account: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    started_at: datetime = attrs.field(converter=instant)
    state: str = attrs.field(validator=is_one_of("started", "pending", "settled", "declined"), default="started")
    captured: int = 0
    refunded: int = 0
    reference: str = ""
    reason: str = ""
    next_url: str | None = None
    return_url: str | None = None
    means: str = ""
    lost: int = 0

    @property
    def left(self) -> Money:
        """What came through it and is still there: that much can go back."""
        return Money(self.captured - self.refunded - self.lost, self.amount.currency)

    def index(self) -> Index:
        yield "charge", composite(self.charge_id, self.started_at)


@record("domain", fields=("charge",))
@attrs.frozen
class Refund:
    """Money of an attempt that is given back. Its id is the key that the gateway sees.

    ``surplus``: it was never owed, because its charge was void or paid already.
    """

    kind: ClassVar[str] = "refund"
    id: str = attrs.field(validator=is_id)
    charge_id: str = attrs.field(validator=is_id)
    attempt_id: str = attrs.field(validator=is_id)
    account: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    reason: str = attrs.field(validator=is_text(500))
    asked_at: datetime = attrs.field(converter=instant)
    state: str = attrs.field(validator=is_one_of("started", "settled", "declined"), default="started")
    reference: str = ""
    surplus: bool = False

    def index(self) -> Index:
        yield "charge", composite(self.charge_id, self.asked_at)


@attrs.frozen
class LedgerLine:
    """An amount on a ledger account: positive is debit, negative is credit, in minor units."""

    account: str = attrs.field(validator=is_text(300))
    amount: int = attrs.field()


@record("domain", fields=("place",), immutable=True)
@attrs.frozen
class LedgerEntry:
    """One entry of the ledger. It is written once, and its lines sum to zero."""

    kind: ClassVar[str] = "ledger"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    at: datetime = attrs.field(converter=instant)
    what: str = attrs.field(
        validator=is_one_of("raised", "voided", "taken", "refund asked", "refunded", "refund declined", "charged back")
    )
    subject: Subject = attrs.field()
    currency: str = attrs.field(validator=is_text(3))
    lines: tuple[LedgerLine, ...] = attrs.field()

    def __attrs_post_init__(self) -> None:
        if sum(line.amount for line in self.lines) != 0:
            raise InputError("a ledger entry must sum to zero")

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.at)


__all__ = [
    "Attempt",
    "Charge",
    "ChargeLine",
    "ChargePart",
    "LedgerEntry",
    "LedgerLine",
    "Refund",
]
