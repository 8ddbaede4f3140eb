"""Bills that wait to be collected by direct debit: from when they are closed on, and again as their plan says."""

from __future__ import annotations

from cantinekit.domain.debits.events import DebitAwaited
from cantinekit.domain.debits.records import DebitMandate, DueDebit
from cantinekit.domain.documents.records import Document
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.state import State
from cantinekit.errors import AccountError


def check_mandate(state: State, mandate_id: str, payer_id: str) -> None:
    """Refuse to collect by a mandate that was not signed, or has ended.

    Args:
        state: the mandate was looked for.
        mandate_id: its id.
        payer_id: the person or the organisation who pays.

    Raises:
        AccountError: there is none in force.
    """
    mandate = state.get(DebitMandate, mandate_id)
    if mandate is None or mandate.ended_on is not None:
        raise AccountError(f"{payer_id} has no mandate in force: SignMandate records one")


def await_debit(draft: Draft, document: Document, mandate_id: str, payer_id: str, zone: str, *, chased: bool) -> None:
    """Have a bill wait for a collection.

    Args:
        draft: what is decided so far, with the mandate looked for.
        document: the bill.
        mandate_id: id of the mandate.
        payer_id: the person or the organisation who pays.
        zone: IANA name of the zone in which days are counted.
        chased: whether the bill is asked for again by its terms.
    """
    mandate = draft.state.get(DebitMandate, mandate_id)
    due = DueDebit(
        document.id,
        document.entity_id,
        payer_id,
        mandate_id,
        mandate.scheme if mandate is not None else "core",
        document.due_on or document.issued_on,
        zone,
        chased=chased,
    )
    draft.add(DebitAwaited(due))


def await_again(draft: Draft, document: Document, mandate_id: str, payer_id: str, zone: str) -> tuple[str, ...]:
    """Have a bill that came back wait for a collection again; one that waits, or is with the bank, is left alone.

    Args:
        draft: what is decided so far, with the mandate and what is known of the bill looked for, and its charges.
        document: the bill.
        mandate_id: id of the mandate.
        payer_id: the person or the organisation who pays.
        zone: IANA name of the zone in which days are counted.

    Returns:
        The charges that wait again.
    """
    before = draft.state.get(DueDebit, document.id)
    if before is not None and before.state in ("waiting", "collecting"):
        return ()
    await_debit(draft, document, mandate_id, payer_id, zone, chased=True)
    return tuple(id for id in document.charge_ids if draft.state.need(Charge, id).due_by(document.due_on).amount > 0)
