"""Collecting by direct debit: which bills are due, what of each is owed, and why one is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import attrs

from cantinekit import sepa
from cantinekit.clock import local
from cantinekit.domain.debits.commands import CollectDebits
from cantinekit.domain.debits.records import Debit as DebitRecord
from cantinekit.domain.debits.records import DebitCollection, DebitMandate, DueDebit, MandateAccount
from cantinekit.domain.documents.records import Document
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.paying import under_way
from cantinekit.domain.payments.records import Charge
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

_ID = re.compile(r"[a-z]{1,4}_[A-Za-z0-9]{1,24}")
IN_EUR = ", and direct debits are in EUR"
MAX_CHARGES = 2000
"""After how many charges no further bill is collected: all of a collection is one change."""


@attrs.frozen
class Ready:
    """A bill that can be collected.

    Attributes:
        due: what is known of it.
        document: the bill.
        mandate: the mandate of its payer.
        account: the account of the mandate.
        parts: what is collected of each charge.
    """

    due: DueDebit
    document: Document
    mandate: DebitMandate
    account: MandateAccount
    parts: tuple[tuple[str, Money], ...]

    @property
    def amount(self) -> Money:
        """What is collected of it."""
        return Money.sum((amount for _, amount in self.parts), "EUR")


def first_of(documents: Iterable[Document]) -> list[str]:
    """The ids of the first of these bills whose charges one collection takes: one at least."""
    found, charges = list[str](), 0
    for one in documents:
        charges += len(one.charge_ids)
        if found and charges > MAX_CHARGES:
            break
        found.append(one.id)
    return found


def is_owed(draft: Draft, document: Document) -> bool:
    """Whether anything of a bill is still to be paid."""
    return any(_owed(draft, document, id).amount > 0 for id in document.charge_ids)


def _owed(draft: Draft, document: Document, charge_id: str) -> Money:
    charge = draft.state.need(Charge, charge_id)
    return charge.due_by(document.due_on) if charge.state == "due" else Money.zero(charge.amount.currency)


def ready(draft: Draft, due: DueDebit, document: Document, c: CollectDebits, used: Iterable[str]) -> Ready | str:
    """A bill with what is collected of it; or why it cannot be collected.

    Args:
        draft: what is decided so far, with the mandates, the charges and their attempts loaded.
        due: what is known of the bill.
        document: the bill.
        c: the command.
        used: the mandates by which something is collected already.
    """
    mandate = draft.state.get(DebitMandate, due.mandate_id)
    account = draft.state.get(MandateAccount, due.mandate_id)
    if document.gross.currency != "EUR":
        return f"it is in {document.gross.currency}{IN_EUR}"
    if mandate is None or account is None:
        return "its payer has signed no mandate"
    if unusable := mandate.unusable(c.collect_on):
        return unusable
    if mandate.scheme != c.scheme:
        return f"the mandate of its payer is {mandate.scheme}"
    if mandate.once and mandate.id in used:
        return "the mandate of its payer is for one collection"
    owed = [(id, _owed(draft, document, id)) for id in document.charge_ids]
    return Ready(due, document, mandate, account, tuple((id, amount) for id, amount in owed if amount.amount > 0))


def _is_being_paid(draft: Draft, charge_id: str) -> bool:
    return bool(under_way(draft, draft.state.need(Charge, charge_id)))


def too_soon(draft: Draft, one: Ready, collect_on: date) -> str:
    """Why a bill waits for a later collection; empty: it need not.

    Args:
        draft: what is decided so far.
        one: the bill.
        collect_on: the banking day on which the account is debited.
    """
    if one.due.state == "collecting":
        return "it is with the bank"
    if one.due.due_on > collect_on:
        return f"it is due on {one.due.due_on.isoformat()}"
    if any(_is_being_paid(draft, id) for id, _ in one.parts):  # of the rest nobody would know that it is left
        return "it is being paid just now"
    today, days = local(draft.now, one.due.zone).date(), one.mandate.notice_days
    if (collect_on - today).days < days:
        return f"its payer has to be told {days} days before"
    return ""


def refused_by_banks(
    creditor: sepa.Creditor, found: Sequence[tuple[str, Ready]], collect_on: date, today: date
) -> dict[str, str]:
    """What a bank would refuse of single debits, by their keys.

    Args:
        creditor: who collects.
        found: the debits, by their keys.
        collect_on: the banking day on which the accounts are debited.
        today: the local day.

    Raises:
        InputError: it would refuse all: the creditor or the day is wrong; or the extra ``sepa`` is not installed.
    """
    debits = [
        written(key, one.document.printed, one.amount, one.account, one.mandate, collect_on) for key, one in found
    ]
    problems: dict[str, str] = {}
    try:
        told = sepa.check_direct_debits(creditor, debits, collect_on=collect_on, today=today)
    except ImportError:
        raise InputError("direct debits need the extra cantinekit[sepa]") from None
    for sentence in told:
        key, _, problem = sentence.partition(": ")
        if any(key == debit.key for debit in debits):
            problems.setdefault(key, problem)
        elif debits or sentence != sepa.NOTHING:
            raise InputError(sentence)
    return problems


def written(
    key: str,
    text: str,
    amount: Money,
    account: MandateAccount,
    mandate: DebitMandate | DebitRecord,
    collect_on: date,
) -> sepa.Debit:
    """A debit as the file has it. Whether its mandate has lapsed was looked at before, and is not again.

    Args:
        key: its id.
        text: what the payer reads on the statement of account.
        amount: how much.
        account: the account, as it was when it was collected.
        mandate: the mandate, or the debit that knows what was signed.
        collect_on: the banking day on which the account is debited.
    """
    last = None if mandate.once else collect_on - timedelta(days=1)
    signed = sepa.Mandate(account.reference, account.name, account.iban, mandate.signed_on, last, bic=account.bic)
    return sepa.Debit(key, signed, amount, "OOFF" if mandate.once else "RCUR", text)


def check_ids(ids: Iterable[str]) -> None:
    """Refuse ids that do not come back from a bank as they were: with a hyphen for the underscore, and short.

    Args:
        ids: the ids of a collection and of its debits.

    Raises:
        InputError: the house makes such ids.
    """
    for id in ids:
        if not _ID.fullmatch(id):
            raise InputError(f"{shown(id)} is no id for a bank: a word, an underscore, 1 to 24 letters and digits")


def creditor_of(one: CollectDebits | DebitCollection, name: str) -> sepa.Creditor:
    """Who collects.

    Args:
        one: what states the account and the identifier.
        name: the name of the legal entity.
    """
    return sepa.Creditor(name, one.iban, one.creditor_id, one.bic)
