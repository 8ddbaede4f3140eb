"""Raising charges, taking money and giving it back; each step posts a ledger entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from cantinekit.clock import day_bounds
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.along import drop_along, products_along
from cantinekit.domain.passes.events import UnitsExpired, UnitsGivenBack, UnitsReturned, UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Pass, Spend, Wallet
from cantinekit.domain.passes.sharing import holders_wallets
from cantinekit.domain.payments import deferral as deferral  # what follows from units wherever money is moved
from cantinekit.domain.payments.events import (
    AttemptObserved,
    AttemptStarted,
    ChargedBack,
    ChargeLowered,
    ChargePaid,
    ChargeRaised,
    ChargeVoided,
    ChargeWrittenOff,
    CreditMoved,
    DepositDropped,
    DepositKept,
    LedgerPosted,
    OwedPaid,
    PaymentReturned,
    RefundAsked,
    RefundObserved,
    WriteOffReversed,
)
from cantinekit.domain.payments.records import (
    CREDIT,
    CREDITS,
    KEPT_DEPOSITS,
    LOSSES,
    MANDATE,
    OPENING,
    SPONSOR,
    SPONSORED,
    VOUCHER,
    Attempt,
    AttemptState,
    Charge,
    ChargeLine,
    ChargePart,
    Instalment,
    LedgerEntry,
    LedgerLine,
    LineRefund,
    PayerCredit,
    PayerPayment,
    Posting,
    Refund,
    RefundState,
    credit_id,
)
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.events import MetersMoved, MetersReturned
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.records import Meter, MeterMove, Sale, Scope, ScopeUnits
from cantinekit.domain.sales.scopes import loaded_scopes, scope_parts
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import AccountError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money, allocate
from cantinekit.plugins.ports import GatewayCapabilities

Amounts = Iterable[tuple[str, int]]


class Along(NamedTuple):
    """What is bought along with something else.

    Attributes:
        pass_ids: the passes.
        entitlement_ids: the units that they give.
    """

    pass_ids: tuple[str, ...] = ()
    entitlement_ids: tuple[str, ...] = ()


NOTHING_ALONG = Along()
Lines = Sequence[LineRefund]
Shared = Sequence[tuple[Collection[str] | None, int]]
"""Minor units of a charge, and of which products they are; ``None``: of all but the passes that were had along."""


def _post(draft: Draft, what: Posting, charge: Charge, subject: Subject, lines: Amounts) -> None:
    """Post a ledger entry, unless its lines come to nothing."""
    sums: dict[str, int] = {}
    for account, amount in lines:
        sums[account] = sums.get(account, 0) + amount
    if not any(sums.values()):
        return
    entry = LedgerEntry(
        id=draft.ids("led"),
        entity_id=charge.entity_id,
        place_id=charge.place_id,
        at=draft.now,
        what=what,
        subject=subject,
        currency=charge.amount.currency,
        lines=tuple(LedgerLine(account, amount) for account, amount in sorted(sums.items()) if amount),
        payer_id=charge.payer_id,
    )
    draft.add(LedgerPosted(entry))


def _billed(before: Charge | None, after: Charge) -> list[tuple[str, int]]:
    """The lines on the accounts of revenue and of deposits when what stands of a charge changes, or is new."""
    names = [line.product_id for line in after.lines] or ["other"]
    names += [KEPT_DEPOSITS] if after.lines else []
    now = after.earned_by_line()
    parts = zip(names, before.earned_by_line() if before else [0] * len(now), now, strict=True)
    other = OPENING if after.opening else SPONSORED if after.claim else ""
    earned = [(other or f"revenue/{name}", old - new) for name, old, new in parts]
    return [*earned, ("deposits", (before.deposit if before else 0) - after.deposit)]


def lines_for(lines: Iterable[ChargeLine], person_id: str | None, payer_id: str | None) -> tuple[ChargeLine, ...]:
    """The lines of a charge; they name whom they are for where somebody else pays."""
    if person_id is None or person_id == payer_id:
        return tuple(lines)
    return tuple(evolve(line, person_id=person_id) for line in lines)


def raise_charge(
    draft: Draft,
    priced: Priced,
    subject: Subject,
    place: Place,
    payer_id: str | None,
    *,
    later: Sequence[Instalment] = (),
    on_account: bool = False,
    due_on: date | None = None,
    along: Along = NOTHING_ALONG,
    person_id: str | None = None,
    organisation: bool = False,
    ordered_by_id: str | None = None,
    began_on: date | None = None,
) -> Charge:
    """Raise a charge of what is due of a price.

    Args:
        draft: what is decided so far.
        priced: the price.
        subject: what the charge is for.
        place: the place, whose operator is owed.
        payer_id: the person or the organisation who owes it, ``None`` for a walk-in.
        later: the parts that are due later, in any order.
        on_account: whether what it is for is had before it is paid.
        due_on: the local day on which what is on account is due; ``None``: no day was agreed.
        along: the passes that are bought along with it, and their units.
        person_id: whom it is for; ``None``: the payer, or nobody known.
        organisation: whether the payer is an organisation.
        ordered_by_id: who ordered on the account of the organisation; ``None``: whom it is for, or staff.
        began_on: of what is on account: its first local day where that was before it is entered; ``None``: it was not.
    """
    zero = Money.zero(priced.due.currency)
    charge = Charge(
        id=draft.ids("chg"),
        entity_id=place.entity_id,
        place_id=place.id,
        subject=subject,
        amount=priced.due,
        lines=lines_for(priced.lines, person_id, payer_id),
        raised_at=draft.now,
        tariff_version=priced.sale.tariff_version,
        paid=zero,
        refunded=zero,
        billed=priced.due,
        payer_id=payer_id,
        pass_ids=along.pass_ids,
        entitlement_ids=along.entitlement_ids,
        deposit=sum(line.amount.amount for line in priced.lines if line.kind == "held"),
        instalments=tuple(sorted(later, key=lambda part: (part.day is None, part.day or date.max))),
        on_account=on_account,
        due_on=due_on,
        stands=on_account,
        scopes=tuple(one.scope_id for one in priced.joins),
        organisation=organisation,
        ordered_by_id=ordered_by_id,
        sale_id=priced.sale.id if on_account else None,
        began_at=day_bounds(began_on, place.zone).start if began_on is not None else None,
    )
    draft.add(ChargeRaised(charge))
    post_raised(draft, charge)
    days = {part.day for part in charge.instalments} | {due_on}
    for day in sorted(day for day in days if day is not None):
        draft.later("expire", refer(charge), day_bounds(day, place.zone).start)
    return charge


def post_raised(draft: Draft, charge: Charge) -> None:
    """Post that a charge was raised."""
    _post(draft, "raised", charge, refer(charge), [("receivable", charge.amount.amount), *_billed(None, charge)])


def raise_opening(
    draft: Draft,
    id: str,
    subject: Subject,
    place: Place,
    payer_id: str,
    owed: Money,
    text: str,
    due_on: date,
    *,
    organisation: bool,
    tell: bool,
) -> Charge:
    """Raise a charge of what was owed in another system already: it is no revenue here.

    Args:
        draft: what is decided so far.
        id: the id of the charge.
        subject: the row that says so.
        place: the place, whose operator is owed.
        payer_id: the person or the organisation who owes it.
        owed: how much.
        text: what it is for.
        due_on: the local day on which it is due.
        organisation: whether the payer is an organisation.
        tell: whether the payer is told when it is due.
    """
    zero = Money.zero(owed.currency)
    charge = Charge(
        id=id,
        entity_id=place.entity_id,
        place_id=place.id,
        subject=subject,
        amount=owed,
        lines=(ChargeLine(OPENING, text, 1, owed),),
        raised_at=draft.now,
        tariff_version=OPENING,
        paid=zero,
        refunded=zero,
        billed=owed,
        payer_id=payer_id,
        on_account=True,
        due_on=due_on,
        stands=True,
        organisation=organisation,
        opening=True,
    )
    draft.add(ChargeRaised(charge))
    _post(draft, "taken over", charge, refer(charge), [("receivable", owed.amount), *_billed(None, charge)])
    if tell:
        draft.later("expire", refer(charge), day_bounds(due_on, place.zone).start)
    return charge


def post_change(draft: Draft, what: Posting, before: Charge) -> None:
    """Post what a change of what stands of a charge does to the receivables and to what is earned."""
    after = draft.state.need(Charge, before.id)
    lines = [("receivable", (after.billed - before.billed).amount), *_billed(before, after)]
    _post(draft, what, after, refer(after), lines)
    _reverse_loss(draft, before.id)


def write_off(draft: Draft, charge_id: str, amount: Money, reason: str) -> None:
    """Write a part of what is owed of a charge off: it stays earned, and is a loss.

    Args:
        draft: what is decided so far.
        charge_id: the charge.
        amount: how much, at most what is owed of its price.
        reason: why.
    """
    draft.add(ChargeWrittenOff(charge_id, amount, reason))
    charge = draft.state.need(Charge, charge_id)
    _post(draft, "written off", charge, refer(charge), [(LOSSES, amount.amount), ("receivable", -amount.amount)])


def _reverse_loss(draft: Draft, charge_id: str) -> None:
    """What was written off and was paid after all, or is not owed any more, is no loss."""
    charge = draft.state.need(Charge, charge_id)
    back = min(charge.written_off, -charge.outstanding.amount)
    if back <= 0:
        return
    draft.add(WriteOffReversed(charge_id, Money(back, charge.amount.currency)))
    _post(draft, "loss reversed", charge, refer(charge), [("receivable", back), (LOSSES, -back)])


def void_charge(draft: Draft, charge_id: str) -> None:
    """Void a charge: what was owed and not paid is no longer owed."""
    before = draft.state.need(Charge, charge_id)
    draft.add(ChargeVoided(charge_id))
    post_change(draft, "voided", before)


def take(
    draft: Draft,
    charge_id: str,
    account: str,
    return_url: str | None = None,
    means: str = "",
    amount: Money | None = None,
) -> bool:
    """Take what is owed of a charge, or a part of it, through a gateway account.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its legal entity loaded.
        account: the gateway account.
        return_url: where the gateway sends the payer back to.
        means: the gateway's name of a means of payment that the payer chose.
        amount: how much; ``None``: all that is owed.

    Returns:
        Whether the money is in hand, as cash at a desk is. Else the gateway is asked once this is stored.

    Raises:
        AccountError: no such account, or the legal entity may not use it.
    """
    charge = draft.state.need(Charge, charge_id)
    gateway = check_account(draft.state, charge.entity_id, account)
    attempt = Attempt(
        id=draft.ids("pay"),
        charge_id=charge.id,
        entity_id=charge.entity_id,
        account=account,
        amount=charge.outstanding if amount is None else amount,
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


def check_account(state: State, entity_id: str, account: str) -> GatewayCapabilities:
    """What a gateway account can do that a legal entity, which is loaded, may use.

    Raises:
        AccountError: no such account, or the legal entity may not use it.
    """
    gateway = state.accounts.get(account)
    if gateway is None:
        listed = ", ".join(sorted(state.accounts)) or "none"
        raise AccountError(f"there is no gateway account {shown(account)}; accounts: {listed}")
    if account not in state.need(LegalEntity, entity_id).accounts:
        raise AccountError(f"{entity_id} may not take money through the account {shown(account)}")
    return gateway


def take_vouchers(draft: Draft, charge_id: str, spends: Sequence[Spend]) -> None:
    """Pay a part of a charge with vouchers: the money was taken when they were sold, and is spent here.

    Args:
        draft: what is decided so far.
        charge_id: the charge.
        spends: the minor units of which entitlements; together at most what is owed.
    """
    charge = draft.state.need(Charge, charge_id)
    attempt = Attempt(
        id=draft.ids("pay"),
        charge_id=charge.id,
        entity_id=charge.entity_id,
        account=VOUCHER,
        amount=Money(sum(spend.units for spend in spends), charge.amount.currency),
        started_at=draft.now,
        spends=tuple(spends),
    )
    draft.add(AttemptStarted(attempt), UnitsSpent(attempt.spends, refer(attempt)))
    money_in(draft, attempt, attempt.amount, "settled")


def take_credit(draft: Draft, charge_id: str, amount: Money) -> None:
    """Pay a part of a charge with credit of its payer, which is loaded: the money came in before, and is used here.

    Args:
        draft: what is decided so far.
        charge_id: the charge.
        amount: how much, at most what is owed and what the payer has.
    """
    charge = draft.state.need(Charge, charge_id)
    attempt = Attempt(
        id=draft.ids("pay"),
        charge_id=charge.id,
        entity_id=charge.entity_id,
        account=CREDIT,
        amount=amount,
        started_at=draft.now,
    )
    draft.add(AttemptStarted(attempt), CreditMoved(charge.entity_id, charge.payer_id or "none", -amount))
    money_in(draft, attempt, amount, "settled")


def post_credit(draft: Draft, payment: PayerPayment) -> None:
    """Post what a payment changes of the credit of its payer by money that came in, or went out.

    Args:
        draft: what is decided so far.
        payment: the payment; its credit is what came in beyond the parts, or went out.
    """
    currency, more = (
        payment.amount.currency,
        payment.amount.amount - sum(part.amount.amount - part.by_credit for part in payment.parts),
    )
    if not more:
        return
    draft.add(CreditMoved(payment.entity_id, payment.payer_id, Money(more, currency)))
    entry = LedgerEntry(
        id=draft.ids("led"),
        entity_id=payment.entity_id,
        place_id=payment.place_id,
        at=draft.now,
        what="taken over" if payment.account == OPENING else "taken" if more > 0 else "refunded",
        subject=refer(payment),
        currency=currency,
        lines=tuple(LedgerLine(*line) for line in ((_purse(payment.account), more), (CREDITS, -more))),
        payer_id=payment.payer_id,
    )
    draft.add(LedgerPosted(entry))


def take_over_credit(draft: Draft, id: str, place: Place, payer_id: str, amount: Money, reference: str) -> PayerPayment:
    """Record what a payer paid in another system beyond what was owed there: it is their credit here.

    Args:
        draft: what is decided so far, with their credit.
        id: the id of the payment.
        place: the place, whose operator has the money.
        payer_id: the person or the organisation.
        amount: how much.
        reference: the row that says so.
    """
    payment = PayerPayment(
        id, payer_id, place.entity_id, place.id, OPENING, amount, draft.now, credit=amount.amount, reference=reference
    )
    draft.add(OwedPaid(payment))
    post_credit(draft, payment)
    return payment


def credit_wish(charge: Charge) -> Wish:
    """The credit of the payer of a charge; no wish where nobody known owes it."""
    known = charge.payer_id
    return PayerCredit, known and credit_id(charge.entity_id, known, charge.amount.currency)


def _purse(account: str) -> str:
    """The ledger account on which the money of a gateway account is."""
    own = {VOUCHER: "vouchers", CREDIT: CREDITS, OPENING: OPENING, SPONSOR: SPONSORED}
    return own.get(account, f"account/{account}")


def money_in(draft: Draft, attempt: Attempt, amount: Money, state: AttemptState, reference: str = "") -> None:
    """Record money that an attempt took; a charge that it settles gets a receipt, where the entity issues receipts.

    What was written off and comes after all is a loss no more. What of it is a deposit has an entry of its own, so that
    it is in no takings.
    """
    captured = attempt.captured + amount.amount
    charge = draft.state.need(Charge, attempt.charge_id)
    draft.add(
        AttemptObserved(attempt.id, state, captured, reference or attempt.reference, "", None),
        ChargePaid(charge.id, amount),
    )
    after = draft.state.need(Charge, charge.id)
    held = (after.paid_deposit - charge.paid_deposit).amount if charge.deposit else 0
    parts: tuple[tuple[Posting, int], ...] = (("taken", amount.amount - held), ("deposit taken", held))
    for what, part in parts:
        _post(draft, what, charge, refer(attempt), [(_purse(attempt.account), part), ("receivable", -part)])
    _reverse_loss(draft, charge.id)
    lost = draft.state.need(Charge, charge.id).written_off  # a receipt is for what was paid in full
    settled = (charge.state == "due" and after.state == "settled") or charge.written_off > lost
    if (
        settled
        and not lost
        and not charge.opening
        and not charge.claim
        and draft.state.need(LegalEntity, charge.entity_id).receipts is not None
    ):
        draft.later("document", refer(charge))


Part = tuple[Money, Literal["price", "deposit", "surplus"]]
"""A part of an amount to refund, and what it gives back."""


def refund(
    draft: Draft, attempt_id: str, amount: Money, reason: str, parts: Sequence[Part] = (), lines: Lines = ()
) -> None:
    """Give an amount of an attempt back: at once from a till, to a voucher or to credit, else by a task.

    What came by direct debit becomes credit of the payer: a debit cannot be sent back.

    Args:
        draft: what is decided so far.
        attempt_id: the attempt that took the money.
        amount: how much.
        reason: why.
        parts: what it gives back, each part as a refund of its own. Nothing: a surplus, which is held and was never
            owed, goes first, then the price, then the deposit.
        lines: how much of which lines of the charge its price gives back; nothing: of all by weight.
    """
    for part, of in parts or _parts_of_refund(draft, attempt_id, amount):
        mine = _first_of(lines, part.amount)[0] if of == "price" else []
        asked = _ask(draft, attempt_id, part, reason, of, mine, _goes_to(draft.state, attempt_id, of))
        gateway = draft.state.accounts.get(asked.account)
        if asked.account == VOUCHER:
            money_out(draft, asked, "settled")
            _to_vouchers(draft, asked)
        elif asked.account == SPONSOR:  # what the sponsor owes is lowered once the handler is done
            money_out(draft, asked, "settled")
        elif asked.account in (CREDIT, MANDATE):
            money_out(draft, asked, "settled", account=CREDIT)
            charge = draft.state.need(Charge, asked.charge_id)
            draft.add(CreditMoved(asked.entity_id, charge.payer_id or "none", asked.amount))
        elif gateway is not None and gateway.immediate:
            money_out(draft, asked, "settled")
        else:
            draft.later("refund", refer(asked))


def _goes_to(state: State, attempt_id: str, of: str) -> str:
    """The account to which what an attempt took goes back: its own, or credit of the payer where the bill says so.

    What was held beyond what is owed, and a deposit, goes back by the way it came; but of what a sponsor owes no more,
    which is held beyond it, as a price does.
    """
    attempt = state.need(Attempt, attempt_id)
    charge = state.need(Charge, attempt.charge_id)
    to_credit = charge.to_credit and (of == "price" or (of == "surplus" and charge.claim))
    return CREDIT if to_credit and attempt.account not in (VOUCHER, SPONSOR) else attempt.account


def _to_vouchers(draft: Draft, asked: Refund) -> None:
    """Put what is refunded to vouchers back on them: on the one that was spent last first."""
    attempt, rest = draft.state.need(Attempt, asked.attempt_id), asked.amount.amount
    before = attempt.refunded - rest
    back: list[Spend] = []
    for spend in reversed(attempt.spends):
        gone = min(before, spend.units)
        before -= gone
        units = min(rest, spend.units - gone)
        rest -= units
        back += [Spend(spend.entitlement_id, units)] if units else []
    return_units(draft, tuple(back), refer(attempt))


def refund_elsewhere(draft: Draft, attempt_id: str, amount: Money, reason: str, reference: str) -> list[Subject]:
    """Record refunds that were made elsewhere: like ``refund``, but no gateway is asked. Returns the refunds."""
    made = list[Subject]()
    for part, of in _parts_of_refund(draft, attempt_id, amount):
        asked = _ask(draft, attempt_id, part, reason, of)
        money_out(draft, asked, "settled", reference)
        made.append(refer(asked))
    return made


def _parts_of_refund(draft: Draft, attempt_id: str, amount: Money) -> list[Part]:
    """An amount to refund in its parts: first what was never owed, then the price, then the deposit."""
    charge, rest = draft.state.need(Charge, draft.state.need(Attempt, attempt_id).charge_id), amount.amount
    surplus = min(rest, max(0, -charge.outstanding.amount))
    deposit = min(rest - surplus, max(0, rest - surplus - charge.earned.amount))
    price = rest - surplus - deposit
    found: list[Part] = [
        (Money(surplus, amount.currency), "surplus"),
        (Money(price, amount.currency), "price"),
        (Money(deposit, amount.currency), "deposit"),
    ]
    return [one for one in found if one[0].amount > 0]


def _ask(
    draft: Draft, attempt_id: str, amount: Money, reason: str, of: str, lines: Lines = (), account: str = ""
) -> Refund:
    """Record that a refund is asked for; without an account it goes back to that of the attempt."""
    attempt = draft.state.need(Attempt, attempt_id)
    before = draft.state.need(Charge, attempt.charge_id)
    asked = Refund(
        id=draft.ids("ref"),
        charge_id=before.id,
        attempt_id=attempt.id,
        account=account or attempt.account,
        entity_id=before.entity_id,
        place_id=before.place_id,
        amount=amount,
        reason=reason,
        asked_at=draft.now,
        surplus=of == "surplus",
        deposit=of == "deposit",
        lines=tuple(lines),
    )
    draft.add(RefundAsked(asked))
    after = draft.state.need(Charge, before.id)
    owed = [("receivable", amount.amount)] if asked.surplus else _billed(before, after)
    _post(draft, "refund asked", after, refer(asked), [*owed, ("refunds payable", -amount.amount)])
    return asked


def money_out(draft: Draft, asked: Refund, state: RefundState, reference: str = "", account: str = "") -> None:
    """Record what became of a refund; the money leaves its own account, unless another one is named."""
    before, amount = draft.state.need(Charge, asked.charge_id), asked.amount.amount
    draft.add(RefundObserved(asked.id, state, reference or asked.reference))
    after = draft.state.need(Charge, asked.charge_id)
    if state == "settled":
        lines = [("refunds payable", amount), (_purse(account or asked.account), -amount)]
        _post(draft, "deposit returned" if asked.deposit else "refunded", after, refer(asked), lines)
    elif state == "declined":
        owed = [("receivable", -amount)] if asked.surplus else _billed(before, after)
        _post(draft, "refund declined", after, refer(asked), [("refunds payable", amount), *owed])


def charge_back(draft: Draft, attempt_id: str, lost: int, reason: str) -> None:
    """Record that the payer's bank took ``lost`` minor units of an attempt back for good; they stay earned."""
    before = draft.state.need(Attempt, attempt_id)
    draft.add(ChargedBack(attempt_id, lost, reason))
    charge, more = draft.state.need(Charge, before.charge_id), lost - before.lost
    _post(draft, "charged back", charge, refer(before), [("lost", more), (_purse(before.account), -more)])


def return_payment(draft: Draft, attempt_id: str, amount: Money, reason: str) -> None:
    """Record that the payer's bank took a payment back: what is left of it is owed again.

    What was given back of it before, or of a charge that is void, is owed by nobody: that is lost.

    Args:
        draft: what is decided so far.
        attempt_id: the attempt that took the money.
        amount: how much the bank took back.
        reason: why.
    """
    before = draft.state.need(Attempt, attempt_id)
    charge = draft.state.need(Charge, before.charge_id)
    again = 0 if charge.state == "void" else max(0, min(amount.amount, before.left.amount))
    if again:
        draft.add(PaymentReturned(attempt_id, Money(again, amount.currency), reason))
        purse = _purse(before.account)
        _post(draft, "charged back", charge, refer(before), [("receivable", again), (purse, -again)])
    if lost := amount.amount - again:
        charge_back(draft, attempt_id, before.lost + lost, reason)


def sponsors_back(state: State, charge: Charge, by: int, lines: Lines = ()) -> dict[str, int]:
    """What sponsors get back where an amount is taken off the price of a charge: all beyond their share of the rest.

    Each time it is reckoned from the whole, so that several steps come to what one step would have.

    Args:
        state: the attempts of the charge.
        charge: the charge.
        by: how much is taken off, in minor units; what is beyond the price is left out.
        lines: how much of which lines it is; nothing: of all by weight.

    Returns:
        minor units by the id of the attempt.
    """
    if not charge.sponsors or by <= 0:
        return {}
    less = min(by, max(0, charge.earned.amount - charge.kept_deposit))
    *left, _ = charge.earned_by_line()
    if lines and sum(one.amount.amount for one in lines if one.amount) == less:
        for one in lines:
            left[one.line] -= one.amount.amount if one.amount else 0
    else:
        *left, _ = evolve(charge, billed=charge.billed - Money(less, charge.billed.currency)).earned_by_line()
    found = dict[str, int]()
    several = min(line.amount.amount for line in charge.lines) >= 0  # else all is earned by the first line
    for share in charge.sponsors:
        numbers = share.lines if several else range(len(left))
        whole = sum(charge.lines[n].amount.amount for n in numbers if charge.lines[n].kind != "held")
        stays = max(0, sum(left[n] for n in numbers))
        keeps = (2 * share.amount * stays + whole) // (2 * whole) if whole > 0 else 0
        back = state.need(Attempt, share.attempt_id).left.amount - keeps
        if back > 0:
            found[share.attempt_id] = back
    return found


def _sponsors_first(draft: Draft, charge: Charge, by: int, lines: Lines, reason: str) -> tuple[int, Lines]:
    """Give sponsors back what an amount off the price of a charge leaves them: how much, and what lines are left."""
    total, rest = 0, lines
    for attempt_id, part in sponsors_back(draft.state, charge, by, lines).items():
        back = Money(part, charge.amount.currency)
        mine, rest = _first_of(rest, part)
        refund(draft, attempt_id, back, reason, parts=[(back, "price")], lines=mine)
        total += part
    return total, rest


def parts_back(
    state: State, charge: Charge, most: int, *, last_first: bool = False, lines: Lines = ()
) -> list[tuple[Attempt, Money]]:
    """The attempts by which up to ``most`` minor units of a charge can go back, and how much by each.

    Together never more than is held of the charge: of one attempt a bank may have taken more than was left. Sponsors
    get what is beyond their share of what stands then, the others the rest, and what they have not sponsors too.

    Args:
        state: the attempts of the charge.
        charge: the charge.
        most: how much at most, in minor units.
        last_first: whether the last attempt gives back first: the price is paid before a deposit. No sponsor pays one.
        lines: how much of which lines it is; nothing: of all by weight.
    """
    rest = min(most, charge.held.amount)
    surplus = max(0, -charge.outstanding.amount)
    theirs = {} if last_first else sponsors_back(state, charge, rest - surplus, lines)
    rest -= sum(theirs.values())
    attempts = [state.need(Attempt, id) for id in charge.attempt_ids]
    own = [one for one in attempts if one.account != SPONSOR]
    sponsors = [one for one in attempts if one.account == SPONSOR] if not last_first else []
    for attempt in [*(reversed(own) if last_first else own), *sponsors]:
        more = min(rest, attempt.left.amount - theirs.get(attempt.id, 0))
        if more > 0:
            theirs[attempt.id] = theirs.get(attempt.id, 0) + more
            rest -= more
    given = reversed(attempts) if last_first else attempts
    return [(one, Money(part, charge.amount.currency)) for one in given if (part := theirs.get(one.id, 0))]


def give_back(draft: Draft, charge_id: str, most: int, reason: str, lines: Lines = ()) -> int:
    """Give up to ``most`` minor units of a charge back by the attempts that took them. Returns how many.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its attempts loaded.
        most: how much at most.
        reason: why.
        lines: how much of which lines of the charge it is; nothing: of all by weight.
    """
    parts = parts_back(draft.state, draft.state.need(Charge, charge_id), most, lines=lines)
    for attempt, part in parts:
        before = draft.state.need(Charge, charge_id).earned.amount
        refund(draft, attempt.id, part, reason, lines=lines)
        _, lines = _first_of(lines, before - draft.state.need(Charge, charge_id).earned.amount)
    return sum(part.amount for _, part in parts)


def _first_of(lines: Lines, amount: int) -> tuple[list[LineRefund], list[LineRefund]]:
    """The first of these parts of lines that come to an amount, and what is left of them; none where they do not."""
    if sum(one.amount.amount for one in lines if one.amount) < amount:
        return [], []
    found, rest = list[LineRefund](), list[LineRefund]()
    for one in lines:
        assert one.amount is not None
        part = Money(min(amount, one.amount.amount), one.amount.currency)
        amount -= part.amount
        found += [LineRefund(one.line, part)] if part else []
        rest += [LineRefund(one.line, one.amount - part)] if one.amount != part else []
    return found, rest


def lines_off(state: State, charge: Charge, of: Shared) -> tuple[LineRefund, ...]:
    """What of which lines is off when amounts are taken off a charge; nothing: they are of all lines by weight.

    What is more than these lines have left is of the others. Where an amount of the charge is negative (something is
    taken off), nobody can say of which line it is. What was kept of a deposit is no price: where something was, the
    lines are always said.

    Args:
        state: the passes that were had along with the charge.
        charge: the charge.
        of: the amounts, and of which products they are.
    """
    *left, kept = charge.earned_by_line()
    along, every = products_along(state, charge.pass_ids), range(len(left))
    named = [[n for n in every if _is_of(charge.lines[n], products, along)] for products, _ in of]
    whole = all(n in mine for mine in named for n in every if left[n])
    if not kept and (whole or min(line.amount.amount for line in charge.lines) < 0):
        return ()
    found = [0] * len(left)
    for mine, (_, amount) in zip(named, of, strict=True):
        rest = amount
        for some in (mine, every):
            weights = [left[n] if n in some else 0 for n in every]
            part = min(rest, sum(weights))
            rest -= part
            for n, share in enumerate(allocate(part, weights) if part else ()):
                found[n] += share
                left[n] -= share
    return tuple(LineRefund(n, Money(part, charge.amount.currency)) for n, part in enumerate(found) if part)


def _is_of(line: ChargeLine, products: Collection[str] | None, along: Collection[str]) -> bool:
    """Whether a line is of some products; ``None``: whether it is of no pass that was had along."""
    return line.product_id in products if products is not None else line.product_id not in along


def return_deposit(draft: Draft, charge_id: str, amount: Money, reason: str) -> None:
    """Return a part of the deposit of a charge: what was never paid of it is no longer owed, the rest is given back.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its attempts loaded.
        amount: how much, at most the deposit that stands.
        reason: why.
    """
    before = draft.state.need(Charge, charge_id)
    dropped = min(amount, before.unpaid_deposit)
    if dropped.amount > 0:
        draft.add(DepositDropped(charge_id, dropped))
        post_change(draft, "deposit dropped", before)
    back = amount - dropped
    for attempt, part in parts_back(draft.state, before, back.amount, last_first=True):
        refund(draft, attempt.id, part, reason, parts=[(part, "deposit")])


def return_deposit_of(draft: Draft, charge_id: str, held: int, reason: str) -> None:
    """Return the deposit of one thing, as far as a deposit of the charge stands.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its attempts loaded.
        held: what was asked for as the deposit of the thing, in minor units.
        reason: why.
    """
    charge = draft.state.need(Charge, charge_id)
    if back := min(held, charge.deposit):
        return_deposit(draft, charge_id, Money(back, charge.amount.currency), reason)


def own_deposit(state: State, charge: Charge) -> int:
    """What was asked for as a deposit, in minor units, and not for the passes that were had along with a charge.

    Args:
        state: the passes.
        charge: the charge.
    """
    along = products_along(state, charge.pass_ids)
    return sum(one.amount.amount for one in charge.lines if one.kind == "held" and one.product_id not in along)


def keep_deposit(draft: Draft, charge_id: str, amount: Money, reason: str) -> None:
    """Keep money that is held as the deposit of a charge: it becomes revenue of its own.

    Args:
        draft: what is decided so far.
        charge_id: the charge.
        amount: how much, at most the deposit that is paid.
        reason: why.
    """
    before = draft.state.need(Charge, charge_id)
    draft.add(DepositKept(charge_id, amount, reason))
    post_change(draft, "deposit kept", before)


def check_no_claim(charge: Charge, amount: Money) -> None:
    """Refuse to give back what a sponsor owes by itself: it is as much as their share of what was bought.

    What was paid beyond it goes back as of any charge.

    Args:
        charge: the charge.
        amount: how much is to be given back.

    Raises:
        WrongStateError: the charge is what a sponsor owes of another one.
    """
    if charge.claim and amount > max(Money.zero(amount.currency), -charge.outstanding):
        wrong = f"a share of charge {charge.subject.id}: give that one back, and the share goes with it"
        raise WrongStateError(f"charge {charge.id}", state=wrong)


def refund_lines(draft: Draft, charge_id: str, lines: Sequence[LineRefund], reason: str) -> None:
    """Give back money of single lines of a charge, by the attempts that took it, the first one first.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its attempts loaded.
        lines: the lines with how much of each, together at most what is held of the price.
        reason: why.
    """
    rest: Lines = lines
    total = sum(one.amount.amount for one in lines if one.amount)
    for attempt, part in parts_back(draft.state, draft.state.need(Charge, charge_id), total, lines=lines):
        own, rest = _first_of(rest, part.amount)
        refund(draft, attempt.id, part, reason, parts=[(part, "price")], lines=own)


def lower_charge(draft: Draft, charge_id: str, by: Money, reason: str, of: Shared = ()) -> int:
    """Take an amount off a charge: first what is not paid is no longer owed, then what was paid goes back.

    It is off the price: what is owed as a deposit stays owed. Returns how many minor units it was.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its attempts loaded.
        by: how much, nothing or more; what is beyond the charge is left out.
        reason: why; the refunds say it.
        of: of which products it is, each with its minor units; nothing: of what is no pass that was had along with it.
    """
    before = draft.state.need(Charge, charge_id)
    lines: Lines = lines_off(draft.state, before, of or [(None, by.amount)])
    back, lines = _sponsors_first(draft, before, by.amount, lines, reason)
    if back:
        before, by = draft.state.need(Charge, charge_id), by - Money(back, by.currency)
    owed = max(0, (before.outstanding - before.unpaid_deposit).amount) if before.state == "due" else 0
    dropped = min(by.amount, owed)
    if dropped and dropped == before.billed.amount:
        void_charge(draft, charge_id)
    elif dropped:
        mine, lines = _first_of(lines, dropped)
        draft.add(ChargeLowered(charge_id, Money(dropped, by.currency), tuple(mine)))
        post_change(draft, "lowered", before)
    return back + dropped + give_back(draft, charge_id, by.amount - dropped, reason, lines)


def lower_claim(draft: Draft, claim_id: str, by: Money, reason: str) -> None:
    """Lower what a sponsor owes, as a part of their share went back: it is owed no more, and no loss; what was paid of
    it goes back. Where that cannot go back it stays held, and is the sponsor's.

    Args:
        draft: what is decided so far.
        claim_id: the claim, with its attempts loaded.
        by: how much, at most what stands of it.
        reason: why; the refunds say it.
    """
    before = draft.state.need(Charge, claim_id)
    if by == before.billed and not before.kept:
        void_charge(draft, claim_id)
        return
    draft.add(ChargeLowered(claim_id, by))
    post_change(draft, "lowered", before)
    after = draft.state.need(Charge, claim_id)
    surplus = max(0, -after.outstanding.amount)
    for attempt, part in parts_back(draft.state, after, surplus):
        surplus -= part.amount
        refund(draft, attempt.id, part, reason, parts=[(part, "surplus")])
    for attempt in [draft.state.need(Attempt, id) for id in after.attempt_ids]:
        had = min(surplus, attempt.lost)  # the sponsor's bank has it already, so that it is no loss
        surplus -= had
        if had:
            charge_back(draft, attempt.id, attempt.lost - had, reason)
            return_payment(draft, attempt.id, Money(had, by.currency), reason)


def lower_to(draft: Draft, charge_id: str, price: Money, held: Money, reason: str) -> None:
    """Lower a charge to a price and a deposit, at most what stands of each; what was paid beyond both goes back.

    What was paid of the price beyond the new one pays for the deposit.

    Args:
        draft: what is decided so far.
        charge_id: the charge, which is due, with its attempts loaded.
        price: the price.
        held: the deposit.
        reason: why; the refunds say it.
    """
    before = draft.state.need(Charge, charge_id)
    if drop := Money(before.deposit, price.currency) - held:
        draft.add(DepositDropped(charge_id, drop))
        post_change(draft, "deposit dropped", before)
    now = draft.state.need(Charge, charge_id)
    less = now.earned - price
    if back := _sponsors_first(draft, now, less.amount, lines_off(draft.state, now, [(None, less.amount)]), reason)[0]:
        now, less = draft.state.need(Charge, charge_id), less - Money(back, less.currency)
    if less:
        draft.add(ChargeLowered(charge_id, less, lines_off(draft.state, now, [(None, less.amount)])))
        post_change(draft, "lowered", now)
    after = draft.state.need(Charge, charge_id)
    moved = (after.paid_deposit - before.paid_deposit).amount
    for attempt, part in parts_back(draft.state, after, max(0, moved), last_first=True):
        shifts: tuple[tuple[Posting, int], ...] = (("taken", -part.amount), ("deposit taken", part.amount))
        for what, amount in shifts:
            _post(draft, what, after, refer(attempt), [(_purse(attempt.account), amount), ("receivable", -amount)])
    give_back(draft, charge_id, max(0, -after.outstanding.amount), reason)
    if after.state == "settled" and draft.state.need(LegalEntity, after.entity_id).receipts is not None:
        draft.later("document", refer(after))


def undo_charge(draft: Draft, charge_id: str | None, reason: str) -> None:
    """Void a charge where it is due, and give all that was paid back. What passes cost that were had along with it
    stays: each of them is called off by itself. What was kept of a deposit stays too.
    """
    if charge_id is None:
        return
    charge = draft.state.need(Charge, charge_id)
    never_stood = charge.state == "due" and not charge.stands
    if charge.pass_ids and not never_stood:
        _undo_mine(draft, charge, reason)
        return
    if charge.state == "due" and not charge.kept_deposit:
        void_charge(draft, charge_id)
    if charge.meters:  # of an earlier version
        draft.add(MetersReturned(charge_id))
    if charge.kept_deposit:
        _undo_but_kept(draft, charge, reason)
    else:
        give_back(draft, charge_id, charge.held.amount, reason)
    if never_stood:  # a voucher among them has its money back by now
        drop_along(draft, charge.pass_ids)


def _undo_but_kept(draft: Draft, charge: Charge, reason: str) -> None:
    """Undo all of a charge but for what was kept of its deposit."""
    price = charge.earned.amount - charge.kept_deposit
    surplus = max(0, -charge.outstanding.amount)
    if price + surplus > 0:
        every = {line.product_id for line in charge.lines}
        lower_charge(draft, charge.id, Money(price + surplus, charge.amount.currency), reason, [(every, price)])
    return_deposit_of(draft, charge.id, charge.deposit, reason)


def _undo_mine(draft: Draft, charge: Charge, reason: str) -> None:
    """Undo what of a charge is not for the passes that were had along with it, as far as it did not go back before."""
    nothing = Money.zero(charge.amount.currency)
    along = products_along(draft.state, charge.pass_ids)
    mine = [line for line in charge.lines if line.product_id not in along]
    price = Money.sum((line.amount for line in mine if line.kind != "held"), nothing.currency)
    kept = Money(charge.kept_deposit, nothing.currency)
    rest = charge.earned - kept - price_along(draft.state, charge)
    lower_charge(draft, charge.id, max(nothing, min(rest, price)), reason)
    return_deposit_of(draft, charge.id, own_deposit(draft.state, charge), reason)


def price_along(state: State, charge: Charge) -> Money:
    """What the passes came to that were had along with a charge and were not called off."""
    ids = [id for id in charge.pass_ids if state.need(Pass, id).state != "cancelled"]
    stay = products_along(state, tuple(ids))
    lines = (line.amount for line in charge.lines if line.product_id in stay and line.kind != "held")
    return Money.sum(lines, charge.amount.currency)


def undo_part(
    draft: Draft,
    charge_id: str | None,
    part: ChargePart | None,
    reason: str,
    products: Collection[str] | None = None,
) -> None:
    """Give back what one of several things cost of the charge that they share, with its deposit; what of it was never
    paid is no longer owed. Without a part, undo the charge.

    Where some of the charge was given back before, at most what is left goes back.

    Args:
        draft: what is decided so far.
        charge_id: the charge; ``None``: nothing was charged.
        part: what of the charge is for the thing; ``None``: all of it.
        reason: why.
        products: the products that it is, whose lines lose it; ``None``: all but the passes that were had along.
    """
    if charge_id is None or part is None:
        undo_charge(draft, charge_id, reason)
        return
    if part.meters:  # of an earlier version
        draft.add(MetersReturned(charge_id, part.meters))
    lower_charge(draft, charge_id, part.price, reason, [(products, part.price.amount)])
    return_deposit_of(draft, charge_id, part.deposit, reason)


def return_units(draft: Draft, spends: tuple[Spend, ...], of: Subject) -> None:
    """Return units to their entitlements.

    Where the validity of these has ended the units expire at once, as do vouchers of somebody who was forgotten; where
    their pass was cancelled, or is not had yet, the house takes them back at once.
    """
    if not spends:
        return
    draft.add(UnitsReturned(spends, of))
    for id in dict.fromkeys(spend.entitlement_id for spend in spends):
        one = draft.state.need(Entitlement, id)
        if one.left and not one.active:
            draft.add(UnitsGivenBack(id, one.left))
        elif one.left and (one.is_over(draft.now) or (one.money and _is_forgotten(draft.state, one.holder_id))):
            draft.add(UnitsExpired(id, one.left))


def _is_forgotten(state: State, person_id: str | None) -> bool:
    """Whether nobody can have anything any more who has a voucher: with what vouchers paid come their holders."""
    if person_id is None or not state.knows(Person, person_id):
        return False
    person = state.get(Person, person_id)
    return person is not None and person.state == "forgotten"


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
    """What belongs to a charge: its place, its attempts, the vouchers and the credit that paid it, its scopes, the
    meters that an earlier version moved, and who owes it where that is an organisation, or not whom it is for.
    """
    if charge is None:
        return []
    found: list[Wish] = [(Place, charge.place_id), *((Attempt, id) for id in charge.attempt_ids)]
    if charge.organisation:
        found.append((Organisation, charge.payer_id))
    elif charge.for_another:
        found.append((Person, charge.payer_id))
    found += [(Entitlement, spend.entitlement_id) for spend in charge.vouchers]
    found += [credit_wish(charge)] if charge.by_credit or charge.to_credit or charge.debited else []
    found += [(Wallet, charge.payer_id), (Person, charge.payer_id)] if charge.vouchers else []  # nearly always theirs
    found += [*((Pass, id) for id in charge.pass_ids), *((Entitlement, id) for id in charge.entitlement_ids)]
    found += [(Scope, key) for key in charge.scopes]
    return [*found, *((Meter, move.meter_id) for move in charge.meters)]


def charge_parts(state: State, charge_ids: Iterable[str | None]) -> list[Wish]:
    """The places and attempts of charges that are loaded, the vouchers that paid them, and the meters that they moved;
    and the wallets of those whose units are loaded, to which units may go back.
    """
    found = [wish for id in charge_ids if id is not None for wish in _parts(state.get(Charge, id))]
    return [*found, *holders_wallets(state)]


def read_charge_parts(uow: Uow, charge_ids: Iterable[str | None], also: Iterable[Wish] = ()) -> Steps[None]:
    """Load the attempts of charges that are loaded, the vouchers that paid them with their wallets, and the meters.

    ``also`` is loaded in the same batch. With the scopes in which things were priced come all things in them.
    """
    ids = [id for id in charge_ids if id is not None]
    yield from uow.fetch([*charge_parts(uow.state, ids), *scope_parts(uow.state), *also])
    spends = [spend for id in ids if (charge := uow.state.get(Charge, id)) for spend in charge.vouchers]
    yield from uow.fetch([*_holders(uow.state, spends), *scope_parts(uow.state)])
    yield from read_scopes(uow)


def _wallets(state: State, spends: Iterable[Spend | ScopeUnits]) -> list[Wish]:
    """The wallets of those whose units these are; the entitlements are loaded."""
    return [(Wallet, state.need(Entitlement, spend.entitlement_id).holder_id) for spend in spends]


def _holders(state: State, spends: Iterable[Spend]) -> list[Wish]:
    """The wallets of those whose vouchers these are, and whether they are still known."""
    people = [state.need(Entitlement, spend.entitlement_id).holder_id for spend in spends]
    return [*_wallets(state, spends), *((Person, id) for id in people)]


def _meters(state: State, scopes: Iterable[Scope]) -> list[Wish]:
    """The meters on which the prices in these scopes depend: where something leaves, the others may move them."""
    sales = [state.need(Sale, part.sale_id) for scope in scopes for part in scope.parts]
    return [(Meter, one.meter_id) for sale in sales for one in sale.meters]


def read_scopes(uow: Uow) -> Steps[None]:
    """Load what it takes to take things out of the scopes that are loaded: nothing where none is."""
    scopes = loaded_scopes(uow.state)
    if not scopes:
        return
    yield from uow.fetch(scope_parts(uow.state))
    units = [one for scope in scopes for part in scope.parts for one in part.spends]
    units += [one for scope in scopes for one in scope.units]
    ids = [one.charge_id for scope in scopes for one in scope.left]
    ids += [one.charge_id for scope in scopes for part in scope.parts for one in part.paid]
    yield from uow.fetch([*_wallets(uow.state, units), *charge_parts(uow.state, ids), *_meters(uow.state, scopes)])
    spends = [spend for id in ids if (charge := uow.state.get(Charge, id)) for spend in charge.vouchers]
    yield from uow.fetch(_holders(uow.state, spends))


PAYMENT_HOLD = timedelta(minutes=15)
"""How long something is held while its payment is awaited."""
