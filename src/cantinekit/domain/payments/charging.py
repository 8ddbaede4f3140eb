"""Money in decisions: raising charges, taking money, giving it back. The ledger follows each step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import UnitsExpired, UnitsReturned
from cantinekit.domain.passes.records import Entitlement, Spend, Wallet
from cantinekit.domain.payments.events import (
    AttemptObserved,
    AttemptStarted,
    ChargedBack,
    ChargePaid,
    ChargeRaised,
    ChargeVoided,
    LedgerPosted,
    RefundAsked,
    RefundObserved,
)
from cantinekit.domain.payments.records import Attempt, Charge, ChargePart, LedgerEntry, LedgerLine, Refund
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.events import MetersMoved, MetersReturned
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.records import Meter, MeterMove
from cantinekit.domain.state import Reads, State, Wish, fetch, refer
from cantinekit.errors import AccountError
from cantinekit.errors.shown import shown
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
        draft.add(LedgerPosted(entry))


def _earned(before: Charge, after: Charge) -> list[tuple[str, int]]:
    """What changes on the revenue accounts when what stands as earned changes.

    What is earned is spread over the lines by their weight, each time anew: whatever the steps, the accounts end where
    one step would have brought them.
    """
    weights = [line.amount.amount for line in after.lines]
    if not sum(weights) or any(weight < 0 for weight in weights):
        name = after.lines[0].product_id if after.lines else "other"
        return [(f"revenue/{name}", (before.billed - after.billed).amount)]
    parts = zip(after.lines, before.billed.allocate(weights), after.billed.allocate(weights), strict=True)
    return [(f"revenue/{line.product_id}", (old - new).amount) for line, old, new in parts]


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
        billed=priced.due,
        payer_id=payer_id,
    )
    draft.add(ChargeRaised(charge))
    nothing = evolve(charge, billed=zero)
    lines = [("receivable", charge.amount.amount), *_earned(nothing, charge)]
    _post(draft, "raised", charge, refer(charge), lines)
    return charge


def void_charge(draft: Draft, charge_id: str) -> None:
    """What was owed and not paid is no longer owed."""
    before = draft.state.need(Charge, charge_id)
    draft.add(ChargeVoided(charge_id))
    after = draft.state.need(Charge, charge_id)
    lines = [("receivable", (after.billed - before.billed).amount), *_earned(before, after)]
    _post(draft, "voided", after, refer(after), lines)


def take(draft: Draft, charge_id: str, account: str, return_url: str | None = None, means: str = "") -> bool:
    """Take what is due of a charge through an account. True when the money is in hand: cash at a desk.

    Raises:
        AccountError: no such account, or the legal entity may not use it.
    """
    charge = draft.state.need(Charge, charge_id)
    gateway = draft.state.accounts.get(account)
    if gateway is None:
        listed = ", ".join(sorted(draft.state.accounts)) or "none"
        raise AccountError(f"there is no gateway account {shown(account)}; accounts: {listed}")
    if account not in draft.state.need(LegalEntity, charge.entity_id).accounts:
        raise AccountError(f"{charge.entity_id} may not take money through the account {shown(account)}")
    attempt = Attempt(
        id=draft.ids("pay"),
        charge_id=charge.id,
        entity_id=charge.entity_id,
        account=account,
        amount=charge.outstanding,
        started_at=draft.now,
        return_url=return_url,
        means=means,
    )
    draft.add(AttemptStarted(attempt))
    if gateway.immediate:
        money_in(draft, attempt, attempt.amount, "settled")
    else:
        draft.later("charge", refer(attempt))
    return gateway.immediate


def money_in(draft: Draft, attempt: Attempt, amount: Money, state: str, reference: str = "") -> None:
    """Money of a charge came in through an attempt; a charge that this settles gets its receipt, where one is due."""
    captured = attempt.captured + amount.amount
    charge = draft.state.need(Charge, attempt.charge_id)
    draft.add(
        AttemptObserved(attempt.id, state, captured, reference or attempt.reference, "", None),
        ChargePaid(charge.id, amount),
    )
    lines = [(f"account/{attempt.account}", amount.amount), ("receivable", -amount.amount)]
    _post(draft, "taken", charge, refer(attempt), lines)
    settled = charge.state == "due" and draft.state.need(Charge, charge.id).state == "settled"
    if settled and draft.state.need(LegalEntity, charge.entity_id).receipts is not None:
        draft.later("document", refer(charge))


def refund(draft: Draft, attempt_id: str, amount: Money, reason: str) -> None:
    """Give an amount of an attempt back: at once from a till, else by a task.

    What is held beyond what is owed goes first; it was never earned, and its refund says so.
    """
    for part, surplus in _parts_of_refund(draft, attempt_id, amount):
        asked = _ask(draft, attempt_id, part, reason, surplus)
        gateway = draft.state.accounts.get(asked.account)
        if gateway is not None and gateway.immediate:
            money_out(draft, asked, "settled")
        else:
            draft.later("refund", refer(asked))


def refund_elsewhere(draft: Draft, attempt_id: str, amount: Money, reason: str, reference: str) -> list[Subject]:
    """An amount of an attempt was given back elsewhere: as ``refund``, and nobody is asked to do it."""
    made = list[Subject]()
    for part, surplus in _parts_of_refund(draft, attempt_id, amount):
        asked = _ask(draft, attempt_id, part, reason, surplus)
        money_out(draft, asked, "settled", reference)
        made.append(refer(asked))
    return made


def _parts_of_refund(draft: Draft, attempt_id: str, amount: Money) -> list[tuple[Money, bool]]:
    """What of an amount was never earned, and what was."""
    charge = draft.state.need(Charge, draft.state.need(Attempt, attempt_id).charge_id)
    surplus = min(amount.amount, max(0, -charge.outstanding.amount))
    parts = ((surplus, True), (amount.amount - surplus, False))
    return [(Money(part, amount.currency), over) for part, over in parts if part > 0]


def _ask(draft: Draft, attempt_id: str, amount: Money, reason: str, surplus: bool) -> Refund:
    attempt = draft.state.need(Attempt, attempt_id)
    before = draft.state.need(Charge, attempt.charge_id)
    asked = Refund(
        id=draft.ids("ref"),
        charge_id=before.id,
        attempt_id=attempt.id,
        account=attempt.account,
        entity_id=before.entity_id,
        place_id=before.place_id,
        amount=amount,
        reason=reason,
        asked_at=draft.now,
        surplus=surplus,
    )
    draft.add(RefundAsked(asked))
    after = draft.state.need(Charge, before.id)
    owed = [("receivable", amount.amount)] if surplus else _earned(before, after)
    _post(draft, "refund asked", after, refer(asked), [*owed, ("refunds payable", -amount.amount)])
    return asked


def money_out(draft: Draft, asked: Refund, state: str, reference: str = "") -> None:
    """What became of a refund."""
    before, amount = draft.state.need(Charge, asked.charge_id), asked.amount.amount
    draft.add(RefundObserved(asked.id, state, reference or asked.reference))
    after = draft.state.need(Charge, asked.charge_id)
    if state == "settled":
        lines = [("refunds payable", amount), (f"account/{asked.account}", -amount)]
        _post(draft, "refunded", after, refer(asked), lines)
    elif state == "declined":
        owed = [("receivable", -amount)] if asked.surplus else _earned(before, after)
        _post(draft, "refund declined", after, refer(asked), [("refunds payable", amount), *owed])


def charge_back(draft: Draft, attempt_id: str, lost: int, reason: str) -> None:
    """The payer's bank has taken so much of an attempt back for good: a loss, while what was earned stays earned."""
    before = draft.state.need(Attempt, attempt_id)
    draft.add(ChargedBack(attempt_id, lost, reason))
    charge, more = draft.state.need(Charge, before.charge_id), lost - before.lost
    _post(draft, "charged back", charge, refer(before), [("lost", more), (f"account/{before.account}", -more)])


def parts_back(state: State, charge: Charge, most: int) -> list[tuple[Attempt, Money]]:
    """By which attempts up to so many minor units of a charge can go back, and how much of it by each.

    Never more than is held of the whole: where a bank took more of one attempt than was left of it, that is missing.
    """
    found, rest = list[tuple[Attempt, Money]](), min(most, charge.held.amount)
    for attempt_id in charge.attempt_ids:
        attempt = state.need(Attempt, attempt_id)
        part = min(rest, attempt.left.amount)
        if part > 0:
            found.append((attempt, Money(part, charge.amount.currency)))
            rest -= part
    return found


def give_back(draft: Draft, charge_id: str, most: int, reason: str) -> int:
    """Give up to so many minor units of a charge back, through the attempts that took them; how many that were."""
    parts = parts_back(draft.state, draft.state.need(Charge, charge_id), most)
    for attempt, part in parts:
        refund(draft, attempt.id, part, reason)
    return sum(part.amount for _, part in parts)


def undo_charge(draft: Draft, charge_id: str | None, reason: str) -> None:
    """Nothing is owed any more, and all that was paid goes back."""
    if charge_id is None:
        return
    charge = draft.state.need(Charge, charge_id)
    if charge.state == "due":
        void_charge(draft, charge_id)
    if charge.meters:  # of an earlier version
        draft.add(MetersReturned(charge_id))
    give_back(draft, charge_id, charge.held.amount, reason)


def undo_part(draft: Draft, charge_id: str | None, part: ChargePart | None, reason: str) -> None:
    """What one of several things cost goes back of the charge that they share; without a part all of it does.

    Of a charge of which some was given back before, never more than is left goes back.
    """
    if charge_id is None or part is None:
        undo_charge(draft, charge_id, reason)
        return
    if part.meters:  # of an earlier version
        draft.add(MetersReturned(charge_id, part.meters))
    give_back(draft, charge_id, part.amount.amount, reason)


def return_units(draft: Draft, spends: tuple[Spend, ...], of: Subject) -> None:
    """Units go back to the entitlements that they came from; where those are over, they expire there."""
    if not spends:
        return
    draft.add(UnitsReturned(spends, of))
    for id in dict.fromkeys(spend.entitlement_id for spend in spends):
        one = draft.state.need(Entitlement, id)
        if one.expires is not None and one.expires <= draft.now and one.left:
            draft.add(UnitsExpired(id, one.left))


def back_moves(moves: Iterable[MeterMove]) -> tuple[MeterMove, ...]:
    """The moves that undo these."""
    return tuple(MeterMove(move.meter_id, -move.delta) for move in moves)


def return_meters(draft: Draft, moves: Iterable[MeterMove]) -> None:
    """What something had moved the meters by is taken off them again: limits, allowances and ranks are as before it."""
    back = back_moves(moves)
    if back:
        draft.add(MetersMoved(back))


def undo_wishes(
    state: State,
    charge_ids: Iterable[str | None],
    spends: Iterable[Spend],
    person_id: str | None,
    meters: Iterable[MeterMove],
) -> list[Wish]:
    """What it takes to give a purchase back: its charges, their attempts once known, the units and meters it moved."""
    wishes: list[Wish] = [(Wallet, person_id), *((Entitlement, spend.entitlement_id) for spend in spends)]
    wishes.extend((Meter, move.meter_id) for move in meters)
    for id in charge_ids:
        wishes.append((Charge, id))
        charge = state.get(Charge, id) if id is not None and state.knows(Charge, id) else None
        wishes.extend(_parts(charge))
    return wishes


def _parts(charge: Charge | None) -> list[Wish]:
    """What hangs on a charge: its attempts, and the meters that it moved, where an earlier version raised it."""
    if charge is None:
        return []
    attempts: list[Wish] = [(Attempt, id) for id in charge.attempt_ids]
    return [*attempts, *((Meter, move.meter_id) for move in charge.meters)]


def charge_parts(state: State, charge_ids: Iterable[str | None]) -> list[Wish]:
    """What hangs on these charges, once they are loaded."""
    return [wish for id in charge_ids if id is not None for wish in _parts(state.get(Charge, id))]


def fetch_parts(state: State, charge_ids: Iterable[str | None]) -> Reads:
    """Load what hangs on these charges: their attempts, and the meters that they moved."""
    return (yield from fetch(state, charge_parts(state, charge_ids)))


PAYMENT_HOLD = timedelta(minutes=15)
"""How long something is kept while its payment is awaited."""
