"""Raising charges, taking money and giving it back; each step posts a ledger entry."""

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
from cantinekit.domain.payments.records import (
    Attempt,
    AttemptState,
    Charge,
    ChargePart,
    LedgerEntry,
    LedgerLine,
    Posting,
    Refund,
    RefundState,
)
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.events import MetersMoved, MetersReturned
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.records import Meter, MeterMove
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import AccountError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

Amounts = Iterable[tuple[str, int]]


def _post(draft: Draft, what: Posting, charge: Charge, subject: Subject, lines: Amounts) -> None:
    """Post a ledger entry, unless its lines come to nothing."""
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
    """The lines on the revenue accounts when what stands as earned of a charge changes.

    What is earned is spread over the lines of the charge by their weight, each time from the whole: several steps bring
    the accounts where one step would have brought them.
    """
    weights = [line.amount.amount for line in after.lines]
    if not sum(weights) or any(weight < 0 for weight in weights):
        name = after.lines[0].product_id if after.lines else "other"
        return [(f"revenue/{name}", (before.billed - after.billed).amount)]
    parts = zip(after.lines, before.billed.allocate(weights), after.billed.allocate(weights), strict=True)
    return [(f"revenue/{line.product_id}", (old - new).amount) for line, old, new in parts]


def raise_charge(
    draft: Draft,
    priced: Priced,
    subject: Subject,
    place: Place,
    payer_id: str | None,
    pass_ids: tuple[str, ...] = (),
) -> Charge:
    """Raise a charge of what is due of a price.

    Args:
        draft: what is decided so far.
        priced: the price.
        subject: what the charge is for.
        place: the place, whose operator is owed.
        payer_id: the person who owes it, ``None`` for a walk-in.
        pass_ids: the passes that are bought along with it.
    """
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
        pass_ids=pass_ids,
    )
    draft.add(ChargeRaised(charge))
    nothing = evolve(charge, billed=zero)
    lines = [("receivable", charge.amount.amount), *_earned(nothing, charge)]
    _post(draft, "raised", charge, refer(charge), lines)
    return charge


def post_change(draft: Draft, what: Posting, before: Charge) -> None:
    """Post what a change of what stands of a charge does to the receivables and to what is earned."""
    after = draft.state.need(Charge, before.id)
    lines = [("receivable", (after.billed - before.billed).amount), *_earned(before, after)]
    _post(draft, what, after, refer(after), lines)


def void_charge(draft: Draft, charge_id: str) -> None:
    """Void a charge: what was owed and not paid is no longer owed."""
    before = draft.state.need(Charge, charge_id)
    draft.add(ChargeVoided(charge_id))
    after = draft.state.need(Charge, charge_id)
    lines = [("receivable", (after.billed - before.billed).amount), *_earned(before, after)]
    _post(draft, "voided", after, refer(after), lines)


def take(draft: Draft, charge_id: str, account: str, return_url: str | None = None, means: str = "") -> bool:
    """Take what is due of a charge through a gateway account.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its legal entity loaded.
        account: the gateway account.
        return_url: where the gateway sends the payer back to.
        means: the gateway's name of a means of payment that the payer chose.

    Returns:
        Whether the money is in hand, as cash at a desk is. Else the gateway is asked once this is stored.

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


def money_in(draft: Draft, attempt: Attempt, amount: Money, state: AttemptState, reference: str = "") -> None:
    """Record money that an attempt took; a charge that it settles gets a receipt, where the entity issues receipts."""
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

    A surplus, which is held and was never owed, goes first, as a refund of its own.
    """
    for part, surplus in _parts_of_refund(draft, attempt_id, amount):
        asked = _ask(draft, attempt_id, part, reason, surplus)
        gateway = draft.state.accounts.get(asked.account)
        if gateway is not None and gateway.immediate:
            money_out(draft, asked, "settled")
        else:
            draft.later("refund", refer(asked))


def refund_elsewhere(draft: Draft, attempt_id: str, amount: Money, reason: str, reference: str) -> list[Subject]:
    """Record refunds that were made elsewhere: like ``refund``, but no gateway is asked. Returns the refunds."""
    made = list[Subject]()
    for part, surplus in _parts_of_refund(draft, attempt_id, amount):
        asked = _ask(draft, attempt_id, part, reason, surplus)
        money_out(draft, asked, "settled", reference)
        made.append(refer(asked))
    return made


def _parts_of_refund(draft: Draft, attempt_id: str, amount: Money) -> list[tuple[Money, bool]]:
    """An amount to refund in one or two parts, each with whether it is a surplus that was never owed."""
    charge = draft.state.need(Charge, draft.state.need(Attempt, attempt_id).charge_id)
    surplus = min(amount.amount, max(0, -charge.outstanding.amount))
    parts = ((surplus, True), (amount.amount - surplus, False))
    return [(Money(part, amount.currency), over) for part, over in parts if part > 0]


def _ask(draft: Draft, attempt_id: str, amount: Money, reason: str, surplus: bool) -> Refund:
    """Record that a refund is asked for."""
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


def money_out(draft: Draft, asked: Refund, state: RefundState, reference: str = "") -> None:
    """Record what became of a refund."""
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
    """Record that the payer's bank took ``lost`` minor units of an attempt back for good; they stay earned."""
    before = draft.state.need(Attempt, attempt_id)
    draft.add(ChargedBack(attempt_id, lost, reason))
    charge, more = draft.state.need(Charge, before.charge_id), lost - before.lost
    _post(draft, "charged back", charge, refer(before), [("lost", more), (f"account/{before.account}", -more)])


def parts_back(state: State, charge: Charge, most: int) -> list[tuple[Attempt, Money]]:
    """The attempts by which up to ``most`` minor units of a charge can go back, and how much by each.

    Together never more than is held of the charge: of one attempt a bank may have taken more than was left.
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
    """Give up to ``most`` minor units of a charge back by the attempts that took them. Returns how many."""
    parts = parts_back(draft.state, draft.state.need(Charge, charge_id), most)
    for attempt, part in parts:
        refund(draft, attempt.id, part, reason)
    return sum(part.amount for _, part in parts)


def undo_charge(draft: Draft, charge_id: str | None, reason: str) -> None:
    """Void a charge where it is due, and give all that was paid back."""
    if charge_id is None:
        return
    charge = draft.state.need(Charge, charge_id)
    if charge.state == "due":
        void_charge(draft, charge_id)
    if charge.meters:  # of an earlier version
        draft.add(MetersReturned(charge_id))
    give_back(draft, charge_id, charge.held.amount, reason)


def undo_part(draft: Draft, charge_id: str | None, part: ChargePart | None, reason: str) -> None:
    """Give back what one of several things cost of the charge that they share; without a part, undo the charge.

    Where some of the charge was given back before, at most what is left goes back.
    """
    if charge_id is None or part is None:
        undo_charge(draft, charge_id, reason)
        return
    if part.meters:  # of an earlier version
        draft.add(MetersReturned(charge_id, part.meters))
    give_back(draft, charge_id, part.amount.amount, reason)


def return_units(draft: Draft, spends: tuple[Spend, ...], of: Subject) -> None:
    """Return units to their entitlements; where the validity of these has ended, the units expire at once."""
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
    """Take moves off the meters again: limits, allowances and ranks are as before them."""
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
    """What has to be loaded to give a purchase back: its charges, its units and meters, and the wallet of its person.

    Where a charge is loaded already, its attempts too; else ``charge_parts`` names them afterwards.
    """
    wishes: list[Wish] = [(Wallet, person_id), *((Entitlement, spend.entitlement_id) for spend in spends)]
    wishes.extend((Meter, move.meter_id) for move in meters)
    for id in charge_ids:
        wishes.append((Charge, id))
        charge = state.get(Charge, id) if id is not None and state.knows(Charge, id) else None
        wishes.extend(_parts(charge))
    return wishes


def _parts(charge: Charge | None) -> list[Wish]:
    """The attempts of a charge, and the meters that it moved, where an earlier version of this library raised it."""
    if charge is None:
        return []
    attempts: list[Wish] = [(Attempt, id) for id in charge.attempt_ids]
    return [*attempts, *((Meter, move.meter_id) for move in charge.meters)]


def charge_parts(state: State, charge_ids: Iterable[str | None]) -> list[Wish]:
    """The attempts of charges that are loaded, and the meters that they moved."""
    return [wish for id in charge_ids if id is not None for wish in _parts(state.get(Charge, id))]


def read_charge_parts(uow: Uow, charge_ids: Iterable[str | None]) -> Steps[None]:
    """Load the attempts of charges that are loaded, and the meters that they moved."""
    yield from uow.fetch(charge_parts(uow.state, charge_ids))


PAYMENT_HOLD = timedelta(minutes=15)
"""How long something is held while its payment is awaited."""
