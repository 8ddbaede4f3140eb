"""Money in decisions: raising charges, taking money, giving it back. The ledger follows each step."""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit import events as ev
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._prices import Priced
from cantinekit.decisions._state import Reads, State, Wish, fetch, refer
from cantinekit.errors import AccountError
from cantinekit.model import (
    Attempt,
    Charge,
    Entitlement,
    LedgerEntry,
    LedgerLine,
    LegalEntity,
    MeterMove,
    Place,
    Refund,
    Spend,
    Subject,
    Wallet,
)
from cantinekit.money import Money

Amounts = Iterable[tuple[str, int]]


def _post(draft: Draft, what: str, charge: Charge, subject: Subject, lines: Amounts) -> None:
    sums: dict[str, int] = {}
    for account, amount in lines:
        sums[account] = sums.get(account, 0) + amount
    entry = LedgerEntry(
        id=draft.ids("led"),
        entity_id=charge.entity_id,
        place_id=charge.place_id,
        at=draft.now,
        what=what,
        subject=subject,
        currency=charge.amount.currency,
        lines=tuple(LedgerLine(account, amount) for account, amount in sorted(sums.items()) if amount),
    )
    if entry.lines:
        draft.add(ev.LedgerPosted(entry))


def _revenue(charge: Charge, amount: Money, sign: int) -> list[tuple[str, int]]:
    """An amount of a charge, spread over the revenue accounts of its lines by their weight."""
    weights = [line.amount.amount for line in charge.lines]
    if any(weight < 0 for weight in weights) or not sum(weights):
        name = charge.lines[0].product_id if charge.lines else "other"
        return [(f"revenue/{name}", sign * amount.amount)]
    parts = amount.allocate(weights)
    return [(f"revenue/{line.product_id}", sign * part.amount) for line, part in zip(charge.lines, parts, strict=True)]


# --- owing -----------------------------------------------------------------------------------------------------------


def raise_charge(draft: Draft, priced: Priced, subject: Subject, place: Place, payer_id: str | None) -> Charge:
    """Somebody owes what a price comes to."""
    zero = Money.zero(priced.due.currency)
    charge = Charge(
        id=draft.ids("chg"),
        entity_id=place.entity_id,
        place_id=place.id,
        subject=subject,
        amount=priced.due,
        lines=priced.lines,
        raised_at=draft.now,
        tariff_version=priced.sale.tariff_version,
        paid=zero,
        refunded=zero,
        payer_id=payer_id,
        meters=priced.moves,
    )
    draft.add(ev.ChargeRaised(charge))
    lines = [("receivable", charge.amount.amount), *_revenue(charge, charge.amount, -1)]
    _post(draft, "raised", charge, refer(charge), lines)
    return charge


def void_charge(draft: Draft, charge: Charge) -> None:
    """What was owed is no longer owed; the meters that it moved go back."""
    rest = charge.amount - charge.paid
    draft.add(ev.ChargeVoided(charge.id))
    _post(draft, "voided", charge, refer(charge), [("receivable", -rest.amount), *_revenue(charge, rest, 1)])
    _meters_back(draft, charge)


def _meters_back(draft: Draft, charge: Charge) -> None:
    moves = tuple(MeterMove(move.meter_id, -move.delta) for move in charge.meters)
    if moves:
        draft.add(ev.MetersMoved(moves))


# --- taking ----------------------------------------------------------------------------------------------------------


def take(draft: Draft, charge_id: str, account: str, return_url: str | None = None) -> bool:
    """Take what is due of a charge through an account. True when the money is in hand: cash at a desk.

    Raises:
        AccountError: no such account, or the legal entity may not use it.
    """
    charge = draft.state.need(Charge, charge_id)
    gateway = draft.state.accounts.get(account)
    if gateway is None:
        listed = ", ".join(sorted(draft.state.accounts)) or "none"
        raise AccountError(f"there is no gateway account {account!r}; accounts: {listed}")
    if account not in draft.state.need(LegalEntity, charge.entity_id).accounts:
        raise AccountError(f"{charge.entity_id} may not take money through the account {account!r}")
    attempt = Attempt(
        id=draft.ids("pay"),
        charge_id=charge.id,
        entity_id=charge.entity_id,
        account=account,
        amount=charge.amount - charge.paid,
        started_at=draft.now,
        return_url=return_url,
    )
    draft.add(ev.AttemptStarted(attempt))
    if gateway.immediate:
        money_in(draft, attempt, attempt.amount, "settled")
    else:
        draft.later("charge", refer(attempt))
    return gateway.immediate


def money_in(draft: Draft, attempt: Attempt, amount: Money, state: str, reference: str = "") -> None:
    """Money of a charge came in through an attempt."""
    captured = attempt.captured + amount.amount
    charge = draft.state.need(Charge, attempt.charge_id)
    draft.add(
        ev.AttemptObserved(attempt.id, state, captured, reference or attempt.reference, "", None),
        ev.ChargePaid(charge.id, amount),
    )
    lines = [(f"account/{attempt.account}", amount.amount), ("receivable", -amount.amount)]
    _post(draft, "taken", charge, refer(attempt), lines)


# --- giving back -----------------------------------------------------------------------------------------------------


def refund(draft: Draft, attempt_id: str, amount: Money, reason: str, *, surplus: bool = False) -> Refund:
    """Give an amount of an attempt back: at once from a till, else by a task.

    ``surplus``: the money was not owed, because the charge was void or paid already.
    """
    attempt = draft.state.need(Attempt, attempt_id)
    charge = draft.state.need(Charge, attempt.charge_id)
    asked = Refund(
        id=draft.ids("ref"),
        charge_id=charge.id,
        attempt_id=attempt.id,
        account=attempt.account,
        entity_id=charge.entity_id,
        place_id=charge.place_id,
        amount=amount,
        reason=reason,
        asked_at=draft.now,
        surplus=surplus,
    )
    draft.add(ev.RefundAsked(asked))
    lines = [*_owed_back(charge, asked, 1), ("refunds payable", -amount.amount)]
    _post(draft, "refund asked", charge, refer(asked), lines)
    gateway = draft.state.accounts.get(attempt.account)
    if gateway is not None and gateway.immediate:
        money_out(draft, asked, "settled")
    else:
        draft.later("refund", refer(asked))
    return asked


def _owed_back(charge: Charge, asked: Refund, sign: int) -> list[tuple[str, int]]:
    return [("receivable", sign * asked.amount.amount)] if asked.surplus else _revenue(charge, asked.amount, sign)


def money_out(draft: Draft, asked: Refund, state: str, reference: str = "") -> None:
    """What became of a refund."""
    charge = draft.state.need(Charge, asked.charge_id)
    draft.add(ev.RefundObserved(asked.id, state, reference or asked.reference))
    if state == "settled":
        lines = [("refunds payable", asked.amount.amount), (f"account/{asked.account}", -asked.amount.amount)]
        _post(draft, "refunded", charge, refer(asked), lines)
    elif state == "declined":
        lines = [("refunds payable", asked.amount.amount), *_owed_back(charge, asked, -1)]
        _post(draft, "refund declined", charge, refer(asked), lines)


def undo_charge(draft: Draft, charge_id: str | None, reason: str) -> None:
    """Nothing is owed any more, and all that was paid goes back through the attempts that took it."""
    if charge_id is None:
        return
    charge = draft.state.need(Charge, charge_id)
    if charge.state == "due":
        void_charge(draft, charge)
    elif charge.state == "settled" and charge.refunded < charge.paid:
        _meters_back(draft, charge)
    for attempt_id in charge.attempt_ids:
        attempt = draft.state.need(Attempt, attempt_id)
        rest = Money(attempt.captured - attempt.refunded, attempt.amount.currency)
        if rest.amount > 0:
            refund(draft, attempt_id, rest, reason)


def return_units(draft: Draft, spends: tuple[Spend, ...], of: Subject) -> None:
    """Units go back to the entitlements that they came from; where those are over, they expire there."""
    if not spends:
        return
    draft.add(ev.UnitsReturned(spends, of))
    for id in dict.fromkeys(spend.entitlement_id for spend in spends):
        one = draft.state.need(Entitlement, id)
        if one.expires is not None and one.expires <= draft.now and one.left:
            draft.add(ev.UnitsExpired(id, one.left))


def undo_wishes(
    state: State, charge_ids: Iterable[str | None], spends: Iterable[Spend], person_id: str | None
) -> list[Wish]:
    """What it takes to give a purchase back: its charges, their attempts once known, and the units it spent."""
    wishes: list[Wish] = [(Wallet, person_id), *((Entitlement, spend.entitlement_id) for spend in spends)]
    for id in charge_ids:
        wishes.append((Charge, id))
        charge = state.get(Charge, id) if id is not None and state.knows(Charge, id) else None
        wishes.extend((Attempt, attempt) for attempt in (charge.attempt_ids if charge else ()))
    return wishes


def fetch_attempts(state: State, charge_ids: Iterable[str | None]) -> Reads:
    """Load the attempts of these charges."""
    charges = [state.get(Charge, id) for id in charge_ids if id is not None]
    return (yield from fetch(state, [(Attempt, a) for charge in charges if charge for a in charge.attempt_ids]))
