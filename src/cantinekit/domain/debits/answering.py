"""What a bank answers to direct debits: which debits a line is about, and what becomes of them.

A debit that came back has come back, whatever was said before or is said later; else it is settled once the bank says
so. That is why the order in which answers are read does not matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from cantinekit.bank_answers import BankLine
from cantinekit.domain.base import Subject
from cantinekit.domain.debits.events import DebitAnswered, MandateEnded
from cantinekit.domain.debits.records import (
    Debit,
    DebitCollection,
    DebitMandate,
    DueDebit,
    MandateAccount,
    UnmatchedLine,
)
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.charging import money_in, refund, return_payment
from cantinekit.domain.payments.events import AttemptObserved
from cantinekit.domain.payments.records import Attempt, Charge
from cantinekit.domain.state import State, refer
from cantinekit.money import Money

_MANDATE_IS_OVER = frozenset({"AC01", "AC04", "AC06", "AC13", "AG01", "MD01", "MD07", "RC01"})
"""The reasons after which the same mandate would come back again: the account or its holder is gone, blocks debits or
knows no such mandate. A lack of money (AM04) or a refund without a word (MD06, MS02) is none of them."""
_CHASE = "bill_chase"
_KEY = re.compile(r"[A-Za-z0-9-]{1,60}")


def record_id(key: str) -> str:
    """The id of a record from what the bank writes for it; empty: no id of ours is written so.

    Args:
        key: an end-to-end id, or the id of a file.
    """
    return key.replace("-", "_", 1) if _KEY.fullmatch(key) else ""


def collection_ids(line: BankLine) -> tuple[str, ...]:
    """The ids that the collection can have that a line is about: the bank names the file, or its batch.

    Args:
        line: the line.
    """
    if line.key or not line.message:
        return ()
    found = (record_id(text) for text in (line.message, line.message.rpartition("-")[0]))
    return tuple(id for id in found if id)


def collection_of(state: State, line: BankLine, entity_id: str) -> DebitCollection | None:
    """The collection that a line is about; ``None``: it is about one debit, or about nothing that is here."""
    found = (state.get(DebitCollection, id) for id in collection_ids(line))
    return next((one for one in found if one is not None and one.entity_id == entity_id), None)


def debits_of(state: State, line: BankLine, entity_id: str) -> list[Debit]:
    """The debits that a line is about.

    Args:
        state: has the debit, or the collection with its debits.
        line: the line.
        entity_id: the legal entity that read the answer.
    """
    if line.key:
        one = state.get(Debit, record_id(line.key))
        return [one] if one is not None and one.entity_id == entity_id else []
    collection = collection_of(state, line, entity_id)
    if collection is None:
        return []
    debits = [state.need(Debit, id) for id in collection.debit_ids]
    if record_id(line.message) == collection.id:
        return debits
    batches = list(dict.fromkeys(one.once for one in debits))  # a file has one for each sequence type, in this order
    number = line.message.rpartition("-")[2]
    return [one for one in debits if str(batches.index(one.once) + 1) == number]


def apply(draft: Draft, line: BankLine, entity_id: str, counts: Counter[str]) -> UnmatchedLine | None:
    """Do what a line says. Returns the line where somebody has to look at it.

    Args:
        draft: what is decided so far, with the debits and all that belongs to their charges.
        line: the line.
        entity_id: the legal entity that read the answer.
        counts: is added to: how many debits are settled, came back, or were known before.
    """
    debits = debits_of(draft.state, line, entity_id)
    if not debits:
        return UnmatchedLine(line, "no debit of this legal entity has this reference")
    total, left = _sum(debits), _sum(one for one in debits if one.state != "back")  # a batch may be credited net
    sums = (total,) if line.key else (total, left)
    if line.amounts and (line.key or line.what == "settled") and not any(one in line.amounts for one in sums):
        return UnmatchedLine(line, f"the amount is not that of what was collected, {total}")
    news = [one for one in debits if one.state == "pending" or (one.state == "settled" and line.what == "back")]
    for one in news:
        if line.what == "settled":
            _settle(draft, one)
        else:
            _come_back(draft, one, line.reason)
    counts[line.what] += len(news)
    counts["known"] += not news
    return None


def _sum(debits: Iterable[Debit]) -> Money:
    return Money.sum((one.amount for one in debits), "EUR")


def _settle(draft: Draft, debit: Debit) -> None:
    """Pay the charges of a bill. What is not owed of one any more becomes credit of its payer."""
    for part in debit.parts:
        money_in(draft, draft.state.need(Attempt, part.attempt_id), part.amount, "settled", debit.id)
        charge = draft.state.need(Charge, part.charge_id)
        over = min(part.amount.amount, max(0, -charge.outstanding.amount))
        if over > 0:
            refund(draft, part.attempt_id, Money(over, part.amount.currency), "not owed any more when it was debited")
    draft.add(DebitAnswered(debit.id, "settled"))


def _come_back(draft: Draft, debit: Debit, reason: str) -> None:
    """Have the bill owed again, and its plan go on. A mandate that would come back once more ends."""
    why = f"direct debit came back ({reason})" if reason else "direct debit came back"
    for part in debit.parts:
        attempt = draft.state.need(Attempt, part.attempt_id)
        if debit.state == "settled":
            return_payment(draft, attempt.id, part.amount, why)
        else:
            draft.add(AttemptObserved(attempt.id, "declined", 0, debit.id, why, None))
    draft.add(DebitAnswered(debit.id, "back", reason))
    draft.tell("debit returned", debit.payer_id, refer(debit))
    if draft.state.need(DueDebit, debit.document_id).chased:
        draft.later("expire", Subject(_CHASE, debit.document_id))
    mandate = draft.state.need(DebitMandate, debit.mandate_id)
    own, now = (draft.state.get(MandateAccount, id) for id in (debit.id, debit.mandate_id))
    same = own is not None and now is not None and own.reference == now.reference
    if reason in _MANDATE_IS_OVER and mandate.ended_on is None and same:
        draft.add(MandateEnded(mandate.id, draft.now.date(), reason))
