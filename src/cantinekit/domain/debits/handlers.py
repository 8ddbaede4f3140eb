"""Direct debits: signing and ending mandates, collecting what is due, and recording what a bank answers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from cantinekit import sepa
from cantinekit.clock import local
from cantinekit.common.evolve import evolve
from cantinekit.domain.debits.answering import apply, collection_ids, debits_of, record_id
from cantinekit.domain.debits.collecting import (
    IN_EUR,
    Ready,
    check_ids,
    creditor_of,
    first_of,
    is_owed,
    ready,
    refused_by_banks,
    too_soon,
)
from cantinekit.domain.debits.commands import MAX_BILLS, CollectDebits, EndMandate, RecordBankAnswer, SignMandate
from cantinekit.domain.debits.events import (
    BankAnswerRead,
    DebitBegun,
    DebitLeftOut,
    DebitsCollected,
    MandateEnded,
    MandateSigned,
)
from cantinekit.domain.debits.records import (
    Debit,
    DebitAnswer,
    DebitCollection,
    DebitMandate,
    DebitPart,
    DueDebit,
    DueDebitState,
    LeftOut,
    MandateAccount,
    answer_id,
    mandate_id,
)
from cantinekit.domain.decision import Decision
from cantinekit.domain.documents.records import Document
from cantinekit.domain.handling import handles
from cantinekit.domain.index import composite
from cantinekit.domain.organisations.presence import present_holder
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.charging import read_charge_parts
from cantinekit.domain.payments.events import AttemptStarted
from cantinekit.domain.payments.records import MANDATE, Attempt, Charge
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import CurrencyError, InputError, TooEarlyError, UnsuitableError, WrongStateError
from cantinekit.money import Money

_AHEAD = timedelta(hours=14)
"""How far the local time of the zone that is most ahead is ahead of UTC: no mandate is signed on a later day."""


@handles(SignMandate)
def sign_mandate(c: SignMandate, uow: Uow) -> Steps[Decision[DebitMandate]]:
    """Record a mandate, in the place of one that was signed before."""
    id = mandate_id(c.entity_id, c.payer_id)
    payer = [(cls, c.payer_id) for cls in (Person, Organisation)]
    yield from uow.need(LegalEntity, c.entity_id, (DebitMandate, id), (MandateAccount, id), *payer)

    present_holder(uow.state, c.payer_id)
    if c.signed_on > (uow.now + _AHEAD).date():
        raise TooEarlyError(f"a mandate that is signed on {c.signed_on.isoformat()}")
    account = MandateAccount(id, c.payer_id, c.reference, c.name, c.iban, c.bic)
    try:
        problems = sepa.check_signed(sepa.Mandate(c.reference, c.name, c.iban, c.signed_on, bic=c.bic))
    except ImportError:
        raise InputError("mandates need the extra cantinekit[sepa], which knows the numbers of accounts") from None
    if problems:
        raise InputError("; ".join(problems))
    mandate = DebitMandate(id, c.entity_id, c.payer_id, c.scheme, c.once, c.signed_on, c.notice_days)
    old, kept = uow.state.get(DebitMandate, id), uow.state.get(MandateAccount, id)
    if kept == account and old is not None and evolve(old, last_on=None) == mandate:
        return uow.done(old)
    uow.keep([account])
    uow.add(MandateSigned(mandate))
    return uow.done(mandate)


@handles(EndMandate)
def end_mandate(c: EndMandate, uow: Uow) -> Steps[Decision[DebitMandate]]:
    """End the mandate of a payer."""
    mandate = yield from uow.need(DebitMandate, mandate_id(c.entity_id, c.payer_id))

    if mandate.ended_on is None:
        uow.add(MandateEnded(mandate.id, uow.now.date(), "withdrawn"))
    return uow.done(mandate)


@handles(CollectDebits)
def collect_debits(c: CollectDebits, uow: Uow) -> Steps[Decision[DebitCollection]]:
    """Collect the bills that are due by mandate, the oldest first; what cannot be collected is left out."""
    ids = c.document_ids or (yield from _waiting(c, uow))
    entity = yield from uow.need(LegalEntity, c.entity_id, *_bills(ids))
    dues = [uow.state.need(DueDebit, id) for id in ids]
    documents = [uow.state.need(Document, one.id) for one in dues if one.entity_id == entity.id]
    taken = first_of(documents)
    dues = [one for one in dues if one.id in taken]
    mandates: list[Wish] = [(cls, one.mandate_id) for one in dues for cls in (DebitMandate, MandateAccount)]
    charge_ids = [id for one in documents if one.id in taken for id in one.charge_ids]
    yield from uow.fetch([*mandates, *((Charge, id) for id in charge_ids)])
    yield from uow.fetch((Attempt, id) for one in charge_ids for id in uow.state.need(Charge, one).attempt_ids)

    if missing := [id for id in ids if c.document_ids and id not in taken]:
        raise UnsuitableError(f"invoice {missing[0]} is of another legal entity, or of more charges than can be taken")
    sorted_out = _sort_out(c, uow, dues)
    today = local(uow.now, dues[0].zone).date() if dues else uow.now.date()
    creditor = creditor_of(c, entity.name)
    for key, problem in refused_by_banks(creditor, sorted_out.found, c.collect_on, today).items():
        sorted_out.leave_out(c, dict(sorted_out.found)[key].due.id, problem, "refused")
    found = [(key, one) for key, one in sorted_out.found if one.due.id not in sorted_out.gone]
    id = uow.ids("ddc")
    check_ids([id, *(key for key, _ in found)])
    for bill_id, (state, why) in sorted_out.gone.items():
        uow.add(DebitLeftOut(bill_id, state, why if state == "refused" else ""))
    if not found:  # what cannot be collected is put aside all the same, so that it is not in the way of the next
        told = "; ".join(f"{one.document_id}: {one.reason}" for one in sorted_out.left_out[:20]) or "no bill is due"
        until = c.collect_on.isoformat()
        uow.refusal = WrongStateError(f"what {entity.id} can collect until {until}", state=f"nothing ({told})")
        return uow.done_with(refer(entity))
    collection = DebitCollection(
        id=id,
        entity_id=entity.id,
        scheme=c.scheme,
        collect_on=c.collect_on,
        made_at=uow.now,
        day=today,
        name=creditor.name,
        iban=creditor.iban,
        creditor_id=creditor.creditor_id,
        bic=creditor.bic,
        total=Money.sum((one.amount for _, one in found), "EUR"),
        debit_ids=tuple(key for key, _ in found),
        left_out=tuple(sorted_out.left_out),
    )
    uow.add(DebitsCollected(collection))
    for key, one in found:
        _begin(uow, key, one, collection)
    return uow.done(collection, [id for _, one in found for id, _ in one.parts])


class _SortedOut:
    """The bills that are collected, with the keys of their debits, and those that are left out."""

    def __init__(self) -> None:
        self.found = list[tuple[str, Ready]]()
        self.left_out = list[LeftOut]()
        self.gone: dict[str, tuple[DueDebitState, str]] = {}

    def leave_out(self, c: CollectDebits, id: str, why: str, state: DueDebitState) -> None:
        """Leave a bill out: it waits on, or no more.

        Raises:
            CurrencyError: it is named, and not in EUR.
            UnsuitableError: it is named, and cannot be collected.
        """
        if c.document_ids:
            raise (CurrencyError if why.endswith(IN_EUR) else UnsuitableError)(f"invoice {id}: {why}")
        self.left_out.append(LeftOut(id, why))
        if state != "waiting":
            self.gone[id] = state, why


def _sort_out(c: CollectDebits, uow: Uow, dues: list[DueDebit]) -> _SortedOut:
    """Which of these bills are collected, and why others are not."""
    done, used = _SortedOut(), set[str]()
    for due in dues:
        document = uow.state.need(Document, due.id)
        one = ready(uow, due, document, c, used)
        if not is_owed(uow, document):
            done.leave_out(c, due.id, "nothing of it is owed", "over")
        elif isinstance(one, str):
            done.leave_out(c, due.id, one, "refused")
        elif why := too_soon(uow, one, c.collect_on):
            done.leave_out(c, due.id, why, "waiting")
        else:
            used.add(due.mandate_id)
            done.found.append((uow.ids("dbt"), one))
    return done


def _waiting(c: CollectDebits, uow: Uow) -> Steps[tuple[str, ...]]:
    """The bills that wait and are due, the oldest first."""
    prefix = composite(c.entity_id, c.scheme)
    after = c.collect_on + timedelta(days=1)
    keys = yield from uow.find(DueDebit, "due", f"{prefix}|", composite(prefix, after.isoformat()))
    return tuple(key.id for key in keys[:MAX_BILLS])


def _bills(ids: tuple[str, ...]) -> list[Wish]:
    return [(cls, id) for id in ids for cls in (DueDebit, Document)]


def _begin(uow: Uow, key: str, one: Ready, collection: DebitCollection) -> None:
    """Put a bill into a collection: a try for each charge, which waits for the bank, and a notice to the payer."""
    parts = list[DebitPart]()
    for charge_id, amount in one.parts:
        attempt = Attempt(
            id=uow.ids("pay"),
            charge_id=charge_id,
            entity_id=collection.entity_id,
            account=MANDATE,
            amount=amount,
            started_at=uow.now,
            state="pending",
            reference=key,
        )
        uow.add(AttemptStarted(attempt))
        parts.append(DebitPart(charge_id, attempt.id, amount))
    mandate = one.mandate
    debit = Debit(
        id=key,
        collection_id=collection.id,
        entity_id=collection.entity_id,
        payer_id=one.due.payer_id,
        document_id=one.document.id,
        printed=one.document.printed,
        mandate_id=mandate.id,
        signed_on=mandate.signed_on,
        once=mandate.once,
        amount=one.amount,
        parts=tuple(parts),
    )
    uow.add(DebitBegun(debit, collection.collect_on))
    uow.keep([evolve(one.account, id=key)])
    if mandate.once:
        uow.add(MandateEnded(mandate.id, collection.day, "used"))
    uow.tell("debit announced", debit.payer_id, refer(debit))


@handles(RecordBankAnswer)
def record_bank_answer(c: RecordBankAnswer, uow: Uow) -> Steps[Decision[DebitAnswer]]:
    """Do what each line of an answer says, in its order; the same answer again changes nothing."""
    id = answer_id(c.entity_id, c.answer.digest)
    lines = c.answer.lines
    keys = {record_id(one.key) for one in lines if one.key} - {""}
    whole = {file_id for one in lines for file_id in collection_ids(one)}
    wishes: list[Wish] = [*((Debit, key) for key in keys), *((DebitCollection, file_id) for file_id in whole)]
    yield from uow.need(LegalEntity, c.entity_id, (DebitAnswer, id), *wishes)
    if (before := uow.state.get(DebitAnswer, id)) is not None:
        return uow.done(before)
    files = [uow.state.get(DebitCollection, file_id) for file_id in whole]
    yield from uow.fetch((Debit, debit_id) for one in files if one is not None for debit_id in one.debit_ids)
    about = [debit for line in lines for debit in debits_of(uow.state, line, c.entity_id)]
    yield from uow.fetch(_belongs(about))
    yield from read_charge_parts(uow, [part.charge_id for debit in about for part in debit.parts])

    counts = Counter[str]()
    unmatched = [found for line in lines if (found := apply(uow, line, c.entity_id, counts)) is not None]
    answer = DebitAnswer(
        id,
        c.entity_id,
        c.answer.kind,
        c.answer.message,
        uow.now,
        counts["settled"],
        counts["back"],
        counts["known"],
        tuple(unmatched),
    )
    uow.add(BankAnswerRead(answer))
    return uow.done(answer, [part.charge_id for debit in about for part in debit.parts])


def _belongs(debits: list[Debit]) -> list[Wish]:
    """What belongs to debits: their bills, mandates, accounts, charges and attempts."""
    found = list[Wish]()
    for one in debits:
        found += [(DueDebit, one.document_id), (DebitMandate, one.mandate_id)]
        found += [(MandateAccount, one.mandate_id), (MandateAccount, one.id)]
        for part in one.parts:
            found += [(Charge, part.charge_id), (Attempt, part.attempt_id)]
    return found
