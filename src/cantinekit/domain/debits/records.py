"""Mandates, bills that are collected by direct debit, collections with their debits, and answers of banks."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.bank_answers import BankLine
from cantinekit.clock import instant, zone
from cantinekit.common.fields import Code, PrivateText, PublicText, is_a, is_count, is_id, is_text, is_word
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.money import Money
from cantinekit.sepa import FORGOTTEN_AFTER, Scheme

DebitState = Literal["pending", "settled", "back"]
"""``pending`` until the bank answers, then ``settled``; ``back`` once it was rejected, returned or refunded."""
DueDebitState = Literal["waiting", "collecting", "collected", "refused", "over"]
"""``waiting`` for a collection, ``collecting`` while the bank has not answered, ``collected``; ``refused`` where it
came back, or where it cannot be collected; ``over`` where nothing was owed any more."""


def mandate_id(entity_id: str, payer_id: str) -> str:
    """The id of the mandate of a payer: that of the legal entity, and that of the payer.

    Args:
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation.
    """
    return f"{entity_id}|{payer_id}"


@record("domain", fields=("entity", "payer"), person="payer")
@attrs.frozen
class DebitMandate:
    """That a payer lets a legal entity collect by direct debit. The account is a ``MandateAccount`` of the same id.

    Attributes:
        id: legal entity and payer: a mandate that is signed later takes the place of the one before.
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.
        scheme: ``core``, or ``b2b`` between businesses.
        once: whether it is for one collection only.
        signed_on: the day of the signature.
        notice_days: how many days before the debit the payer is told at least, 1 to 14.
        last_on: the day of the last collection; ``None``: none was made.
        ended_on: the day on which it ended; ``None``: it is in force.
        reason: why it ended: ``withdrawn``, ``used``, or the code of a bank; empty: it did not.

    Index:
        entity: entity id, payer id.
        payer: payer id, entity id.
    """

    kind: ClassVar[str] = "debit_mandate"
    id: str = attrs.field(validator=is_text(500))
    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    scheme: Scheme = attrs.field(validator=is_word(Scheme))
    once: bool
    signed_on: date
    notice_days: int = attrs.field(validator=is_count(least=1, most=14))
    last_on: date | None = None
    ended_on: date | None = None
    reason: Code = attrs.field(default="", validator=is_text(35))

    def unusable(self, day: date) -> str:
        """Why nothing can be collected by it on a day; empty: it can.

        Args:
            day: the day of the debit.
        """
        if self.ended_on is not None:
            return f"the mandate of the payer has ended ({self.reason})"
        if (self.last_on or self.signed_on) + FORGOTTEN_AFTER < day:
            return "the mandate of the payer was not used for 36 months, and has lapsed"
        return ""

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.payer_id)
        yield "payer", composite(self.payer_id, self.entity_id)


@record("private", fields=("person",), person="person", named=False)
@attrs.frozen
class MandateAccount:
    """The account that a mandate lets be debited, or that a debit was collected from. It goes with the payer.

    Attributes:
        id: id of the mandate, or of the debit.
        person_id: id of the person or the organisation who pays.
        reference: the unique mandate reference that the payer's bank knows.
        name: the name of the holder of the account.
        iban: the IBAN of the account.
        bic: the BIC of the bank; empty: not stated.

    Index:
        person: person id, id.
    """

    kind: ClassVar[str] = "mandate_account"
    id: str = attrs.field(validator=is_text(500))
    person_id: str = attrs.field(validator=is_id)
    reference: PrivateText = attrs.field(validator=is_text(35))
    name: PrivateText = attrs.field(validator=is_text(200))
    iban: PrivateText = attrs.field(validator=is_text(34), repr=False)
    bic: PrivateText = attrs.field(default="", validator=is_text(35))

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.id)


@record("domain", fields=("due", "refused"))
@attrs.frozen
class DueDebit:
    """A bill that is collected by direct debit; its id is that of the invoice.

    Attributes:
        id: id of the invoice.
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.
        mandate_id: id of the mandate.
        scheme: the scheme of the mandate when the bill was to be collected.
        due_on: the local day on which the bill is due.
        zone: IANA name of the zone in which days are counted.
        state: whether it waits, is with the bank, was collected, was refused, or is over.
        debit_id: its last debit; ``None``: it was in no collection.
        reason: why it was refused: the code of a bank, or a sentence; empty: it was not.
        chased: whether the bill is asked for again by the terms of payment.

    Index:
        due: entity id, scheme, day, while it waits.
        refused: entity id, id of the invoice, while it is refused.
    """

    kind: ClassVar[str] = "due_debit"
    id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    mandate_id: str = attrs.field(validator=is_text(500))
    scheme: Scheme = attrs.field(validator=is_word(Scheme))
    due_on: date
    zone: Code = attrs.field(validator=is_text(100))
    state: DueDebitState = attrs.field(default="waiting", validator=is_word(DueDebitState))
    debit_id: str | None = None
    reason: PublicText = attrs.field(default="", validator=is_text(500))
    chased: bool = False

    def __attrs_post_init__(self) -> None:
        zone(self.zone)

    def index(self) -> Index:
        if self.state == "waiting":
            yield "due", composite(self.entity_id, self.scheme, self.due_on.isoformat())
        if self.state == "refused":
            yield "refused", composite(self.entity_id, self.id)


@attrs.frozen
class LeftOut:
    """A bill that was due and is not in a collection.

    Attributes:
        document_id: id of the invoice.
        reason: why.
    """

    document_id: str = attrs.field(validator=is_text(300))
    reason: PublicText = attrs.field(validator=is_text(500))


@record("domain", fields=("entity",), immutable=True)
@attrs.frozen
class DebitCollection:
    """Debits of one day that are handed to the bank in one file. ``read.debit_file`` writes it, the same each time.

    Attributes:
        id: its id; with ``-`` for ``_`` it is the id of the file, which the bank answers with.
        entity_id: id of the legal entity that collects.
        scheme: ``core`` or ``b2b``.
        collect_on: the banking day on which the accounts are debited.
        made_at: when it was made, in UTC.
        day: the local day on which it was made.
        name: the name of the legal entity.
        iban: the IBAN of the account that is credited.
        creditor_id: the SEPA creditor identifier.
        bic: the BIC of its bank; empty: not stated.
        total: the sum of its debits.
        debit_ids: its debits, in the order of the file.
        left_out: the bills that were due and are not in it.

    Index:
        entity: entity id, made at.
    """

    kind: ClassVar[str] = "debit_collection"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    scheme: Scheme = attrs.field(validator=is_word(Scheme))
    collect_on: date
    made_at: datetime = attrs.field(converter=instant)
    day: date
    name: PublicText = attrs.field(validator=is_text(200))
    iban: Code = attrs.field(validator=is_text(34))
    creditor_id: str = attrs.field(validator=is_text(35))
    bic: Code = attrs.field(validator=is_text(35))
    total: Money = attrs.field(validator=is_a(Money))
    debit_ids: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.made_at)


@attrs.frozen
class DebitPart:
    """What of a debit is of one charge of the bill.

    Attributes:
        charge_id: the charge.
        attempt_id: the attempt to take its money.
        amount: how much.
    """

    charge_id: str = attrs.field(validator=is_id)
    attempt_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field(validator=is_a(Money))


@record("domain", fields=("payer",), person="payer")
@attrs.frozen
class Debit:
    """The direct debit of one bill. The account is a ``MandateAccount`` of the same id.

    Attributes:
        id: its id; with ``-`` for ``_`` it is the end-to-end id, which the bank answers with.
        collection_id: the collection that it is in.
        entity_id: id of the legal entity that collects.
        payer_id: id of the person or the organisation who pays.
        document_id: id of the invoice.
        printed: its number, which the payer reads on the statement of account.
        mandate_id: id of the mandate.
        signed_on: the day of its signature.
        once: whether the mandate is for one collection only.
        amount: what is collected: the sum of the parts.
        parts: what of it is of each charge.
        state: ``pending``, ``settled`` or ``back``.
        reason: the code of the bank with which it came back; empty: it did not.

    Index:
        payer: payer id, id.
    """

    kind: ClassVar[str] = "debit"
    id: str = attrs.field(validator=is_id)
    collection_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    document_id: str = attrs.field(validator=is_text(300))
    printed: Code = attrs.field(validator=is_text(100))
    mandate_id: str = attrs.field(validator=is_text(500))
    signed_on: date
    once: bool
    amount: Money = attrs.field(validator=is_a(Money))
    parts: tuple[DebitPart, ...]
    state: DebitState = attrs.field(default="pending", validator=is_word(DebitState))
    reason: Code = attrs.field(default="", validator=is_text(35))

    def index(self) -> Index:
        yield "payer", composite(self.payer_id, self.id)


def answer_id(entity_id: str, digest: str) -> str:
    """The id of an answer of a bank: that of the legal entity, and the digest of the file.

    Args:
        entity_id: id of the legal entity.
        digest: the SHA-256 of the file.
    """
    return f"{entity_id}|{digest}"


@attrs.frozen
class UnmatchedLine:
    """What an answer says and nothing here is changed by.

    Attributes:
        said: the line of the answer.
        why: why it changed nothing.
    """

    said: BankLine = attrs.field(validator=is_a(BankLine))
    why: PublicText = attrs.field(validator=is_text(200))


@record("domain", fields=("entity",), immutable=True)
@attrs.frozen
class DebitAnswer:
    """An answer of a bank that was read, and what it came to.

    Attributes:
        id: legal entity and file: the same file is read once.
        entity_id: id of the legal entity.
        form: "pain.002" or "camt.054".
        message: the id that the bank gave it.
        read_at: when it was read, in UTC.
        settled: how many debits it settled.
        back: how many debits it says came back.
        known: how many lines said what was known before.
        unmatched: the lines that belong to no debit here, or not to what is known of it: somebody has to look.

    Index:
        entity: entity id, read at.
    """

    kind: ClassVar[str] = "debit_answer"
    id: str = attrs.field(validator=is_text(500))
    entity_id: str = attrs.field(validator=is_id)
    form: Code = attrs.field(validator=is_text(20))
    message: Code = attrs.field(validator=is_text(100))
    read_at: datetime = attrs.field(converter=instant)
    settled: int = 0
    back: int = 0
    known: int = 0
    unmatched: tuple[UnmatchedLine, ...] = ()

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.read_at)


__all__ = [
    "BankLine",
    "Debit",
    "DebitAnswer",
    "DebitCollection",
    "DebitMandate",
    "DebitPart",
    "DebitState",
    "DueDebit",
    "DueDebitState",
    "LeftOut",
    "MandateAccount",
    "UnmatchedLine",
    "mandate_id",
]
