"""Paying what is due, giving money back, and recording what gateways say of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cantinekit.clock import local
from cantinekit.domain.base import Record
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.life_cycles.table import LIFE_CYCLES
from cantinekit.domain.payments.charging import (
    charge_parts,
    check_no_claim,
    credit_wish,
    keep_deposit,
    money_out,
    parts_back,
    read_charge_parts,
    refund,
    refund_lines,
    return_deposit,
    take,
    take_credit,
    take_vouchers,
    write_off,
)
from cantinekit.domain.payments.commands import (
    KeepDeposit,
    ObserveCharge,
    ObserveRefund,
    Pay,
    RefundCharge,
    RefundLines,
    ReturnDeposit,
    WriteOff,
)
from cantinekit.domain.payments.events import AttemptObserved, RefundObserved
from cantinekit.domain.payments.jointly import Seen, receive
from cantinekit.domain.payments.paying import check_amount, credit_part, had, under_way
from cantinekit.domain.payments.records import CREDIT, VOUCHER, Attempt, Charge, JointAttempt, LineRefund, Refund
from cantinekit.domain.payments.vouchers import read_vouchers, voucher_spends, voucher_wishes
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import AccountError, InputError, TooLateError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money


@handles(Pay, rebases=True)
def pay(c: Pay, uow: Uow) -> Steps[Decision[Record]]:
    """Take money of a charge that is due; what it is for is fulfilled once the part due at once is in hand."""
    charge = yield from uow.need(Charge, c.charge_id)
    parted = charge.instalments or charge.on_account
    wishes: list[Wish] = [(LegalEntity, charge.entity_id)]
    by_voucher, by_credit = c.account == VOUCHER, c.account == CREDIT
    wishes += voucher_wishes(charge) if by_voucher else [credit_wish(charge)] if by_credit else []
    yield from uow.fetch([*wishes, *charge_parts(uow.state, [charge.id])])
    if by_voucher:
        yield from read_vouchers(uow, charge)
    if not charge.stands:
        yield from LIFE_CYCLES[charge.subject.kind].read(uow, charge.subject.id)

    if not charge.can_be_paid:
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=["due"])
    day = local(uow.now, uow.state.need(Place, charge.place_id).zone).date() if parted else None
    amount = _to_pay(c, charge, under_way(uow, charge), day)
    if not charge.stands and not LIFE_CYCLES[charge.subject.kind].awaits(uow, charge.subject, charge.id):
        raise TooLateError(f"{charge.subject.kind} {charge.subject.id} can no longer be had")
    if by_voucher:
        take_vouchers(uow, charge.id, voucher_spends(uow, charge, amount, exactly=c.amount is not None))
    if by_credit:
        take_credit(uow, charge.id, credit_part(uow.state, charge, amount, exactly=c.amount is not None))
    if by_voucher or by_credit or take(uow, charge.id, c.account, c.return_url, c.means, amount):
        had(uow, charge)
    return uow.done_with(charge.subject, [charge.id])


def _to_pay(c: Pay, charge: Charge, attempts: Sequence[Attempt], day: date | None) -> Money:
    """How much a payment takes.

    Raises:
        WrongStateError: it is being paid already, or less is owed than is to be paid.
        InputError: it is not more than nothing.
        CurrencyError: it is in another currency.
    """
    lost = Money(charge.written_off, charge.amount.currency)
    if c.amount is None:
        for attempt in attempts:
            raise WrongStateError(f"charge {charge.id}", state=f"being paid already ({attempt.id})", wanted=["due"])
        return charge.due_next(day) or lost
    check_amount(charge, c.amount)
    left = charge.outstanding + lost - Money.sum((one.amount for one in attempts), charge.amount.currency)
    if c.amount > left:
        raise WrongStateError(f"what is to be paid of charge {charge.id}", state=f"{left}, not {c.amount}")
    return c.amount


@handles(ObserveCharge, rebases=True)
def observe_charge(c: ObserveCharge, uow: Uow) -> Steps[Decision[Record]]:
    """Record what a gateway says of an attempt: money that came in, an attempt that waits or was declined."""
    attempt = yield from uow.need(Attempt, c.attempt_id)
    yield from uow.fetch([(Charge, attempt.charge_id), (LegalEntity, attempt.entity_id)])
    charge = uow.state.need(Charge, attempt.charge_id)
    if c.captured > attempt.captured:
        if not charge.stands:
            yield from LIFE_CYCLES[charge.subject.kind].read(uow, charge.subject.id)
        yield from read_charge_parts(uow, [charge.id])

    if c.captured > attempt.amount.amount:
        raise InputError(f"attempt {attempt.id} was to take {attempt.amount}, not more")
    more = Money(c.captured - attempt.captured, attempt.amount.currency)
    if more.amount > 0:
        receive(uow, attempt, more, c.state, c.reference)
    elif attempt.state in ("started", "pending") and says_more(attempt, c):
        uow.add(
            AttemptObserved(
                attempt.id,
                c.state,
                attempt.captured,
                c.reference or attempt.reference,
                c.reason,
                (c.next_url or attempt.next_url) if c.state == "pending" else None,
            )
        )
        if c.state == "declined" and charge.state == "due":
            uow.tell("payment declined", charge.payer_id, refer(attempt))
    return uow.done_with(charge.subject, [charge.id])


def says_more(attempt: Attempt | JointAttempt, seen: Seen) -> bool:
    """Whether an observation says anything new. An attempt that is pending does not start again.

    Args:
        attempt: the attempt, as it is known.
        seen: what the gateway says.
    """
    if seen.state == "started" or (seen.state == attempt.state and seen.next_url in (None, attempt.next_url)):
        return False
    return seen.state != "settled"  # settled without money is no news


@handles(WriteOff)
def write_off_charge(c: WriteOff, uow: Uow) -> Steps[Decision[Charge]]:
    """Write off what is owed of a charge that was had; what was never paid of its deposit is dropped."""
    charge = yield from uow.need(Charge, c.charge_id)
    yield from uow.fetch(charge_parts(uow.state, [charge.id]))
    life = LIFE_CYCLES[charge.subject.kind] if not charge.stands else None  # what is taken over stands, and has none
    if life is not None:
        yield from life.read(uow, charge.subject.id)

    if charge.state != "due":
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=["due"])
    if c.amount is not None:
        check_amount(charge, c.amount)
    for attempt in under_way(uow, charge):
        raise WrongStateError(f"charge {charge.id}", state=f"being paid ({attempt.id})", wanted=["due"])
    if life is not None and (charge.pass_ids or not life.owed(uow, charge.subject, charge.id)):
        raise WrongStateError(f"charge {charge.id}", state="waiting for its payment; cancel what it is for")
    deposit = charge.unpaid_deposit
    owed = charge.outstanding - deposit
    amount = owed if c.amount is None else c.amount
    if not owed or (deposit and amount != owed):
        raise WrongStateError(f"charge {charge.id}", state=f"owing a deposit of {deposit}: ReturnDeposit drops it")
    if amount > owed:
        raise WrongStateError(f"what is owed of charge {charge.id}", state=f"{owed}, not {amount}")
    if deposit:
        return_deposit(uow, charge.id, deposit, c.reason)
    write_off(uow, charge.id, amount, c.reason)
    return uow.done(charge, [charge.id])


@handles(RefundCharge)
def refund_charge(c: RefundCharge, uow: Uow) -> Steps[Decision[Charge]]:
    """Ask the gateways of a charge to give money back, the first attempt first."""
    charge = yield from uow.need(Charge, c.charge_id)
    yield from read_charge_parts(uow, [charge.id])

    check_amount(charge, c.amount)
    check_no_claim(charge, c.amount)
    _check_back(uow.state, charge, c.amount)
    for attempt, part in parts_back(uow.state, charge, c.amount.amount):
        refund(uow, attempt.id, part, c.reason)
    return uow.done(charge, [charge.id])


@handles(RefundLines)
def refund_single_lines(c: RefundLines, uow: Uow) -> Steps[Decision[Charge]]:
    """Ask the gateways of a charge to give money of single lines back."""
    charge = yield from uow.need(Charge, c.charge_id)
    yield from read_charge_parts(uow, [charge.id])

    lines = [_whole(charge, one) for one in c.lines]
    total = Money.sum((one.amount for one in lines if one.amount), charge.amount.currency)
    surplus = max(Money.zero(total.currency), -charge.outstanding)
    check_no_claim(charge, total + surplus)
    _check_back(uow.state, charge, total, surplus)
    refund_lines(uow, charge.id, lines, c.reason)
    return uow.done(charge, [charge.id])


def _whole(charge: Charge, wanted: LineRefund) -> LineRefund:
    """A line to give back, with its amount.

    Raises:
        InputError: there is no such line, or it is a deposit.
        WrongStateError: less is left of it.
    """
    if wanted.line >= len(charge.lines):
        raise InputError(f"charge {charge.id} has {len(charge.lines)} lines, counted from 0: there is no {wanted.line}")
    if charge.lines[wanted.line].kind == "held":
        raise InputError(f"line {wanted.line} is a deposit: return it by ReturnDeposit")
    left = Money(charge.earned_by_line()[wanted.line], charge.amount.currency)
    amount = left if wanted.amount is None else wanted.amount
    if wanted.amount is not None:
        check_amount(charge, amount)
    if amount.amount <= 0 or amount > left:
        raise WrongStateError(f"what is left of line {wanted.line} of charge {charge.id}", state=str(left))
    return LineRefund(wanted.line, amount)


def _check_back(state: State, charge: Charge, amount: Money, surplus: Money | None = None) -> None:
    """Refuse to give an amount of the price back that is not there, or that its gateways cannot give back.

    Raises:
        WrongStateError: the charge is due, or less is held of it.
        AccountError: a gateway gives nothing back, or only all of it.
    """
    _check_settled(charge)
    held = charge.held - charge.paid_deposit - (surplus or Money.zero(amount.currency))
    if amount > held:
        raise WrongStateError(f"what is left to refund of charge {charge.id}", state=f"{held}, not {amount}")
    for attempt, part in parts_back(state, charge, amount.amount) if not charge.to_credit else ():
        _check_refunds(state, attempt, part.amount)


def _check_settled(charge: Charge) -> None:
    """Refuse to give back what is still to be paid before the thing sold can be had."""
    if charge.state == "due" and not charge.stands:
        raise WrongStateError(f"charge {charge.id}", state="due; cancel what it is for", wanted=["settled", "void"])


@handles(ReturnDeposit)
def give_deposit_back(c: ReturnDeposit, uow: Uow) -> Steps[Decision[Charge]]:
    """Return a deposit: what was never paid is no longer owed, the rest goes back by the way it came."""
    charge = yield from uow.need(Charge, c.charge_id)
    yield from read_charge_parts(uow, [charge.id])

    stands = Money(charge.deposit, charge.amount.currency)
    amount = stands if c.amount is None else c.amount
    if c.amount is not None:
        check_amount(charge, amount)
    _check_settled(charge)
    if amount.amount <= 0 or amount > stands:
        raise WrongStateError(f"the deposit of charge {charge.id}", state=f"{stands}")
    back = amount - min(amount, charge.unpaid_deposit)
    for attempt, part in parts_back(uow.state, charge, back.amount, last_first=True):
        _check_refunds(uow.state, attempt, part.amount)
    return_deposit(uow, charge.id, amount, c.reason)
    return uow.done(charge, [charge.id])


@handles(KeepDeposit)
def keep_a_deposit(c: KeepDeposit, uow: Uow) -> Steps[Decision[Charge]]:
    """Keep a deposit that is held: it is earned from now on."""
    charge = yield from uow.need(Charge, c.charge_id)

    check_amount(charge, c.amount)
    if c.amount > charge.paid_deposit:
        raise WrongStateError(
            f"the deposit that is held of charge {charge.id}", state=f"{charge.paid_deposit}, not {c.amount}"
        )
    keep_deposit(uow, charge.id, c.amount, c.reason)
    return uow.done(charge, [charge.id])


def _check_refunds(state: State, attempt: Attempt, amount: int) -> None:
    """Refuse what the gateway of an attempt cannot do.

    Raises:
        AccountError: it gives nothing back, or only all of it.
    """
    gateway = state.accounts.get(attempt.account)
    if gateway is not None and not gateway.refunds:
        raise AccountError(f"the account {shown(attempt.account)} gives no money back")
    if gateway is not None and not gateway.partial_refunds and amount != attempt.captured:
        raise AccountError(f"the account {shown(attempt.account)} gives back all of a payment or nothing")


@handles(ObserveRefund)
def observe_refund(c: ObserveRefund, uow: Uow) -> Steps[Decision[Refund]]:
    """Record what a gateway says of a refund: that it began, was made or was declined."""
    asked = yield from uow.need(Refund, c.refund_id)
    yield from uow.fetch([(Charge, asked.charge_id), (Attempt, asked.attempt_id), (Place, asked.place_id)])

    if asked.state == "started" and c.state == "started" and c.reference not in ("", asked.reference):
        uow.add(RefundObserved(asked.id, c.state, c.reference))
    elif asked.state == "started" and c.state != "started":
        money_out(uow, asked, c.state, c.reference)
        charge = uow.state.need(Charge, asked.charge_id)
        uow.tell(f"refund {c.state}", charge.payer_id, refer(asked))
    return uow.done(asked, [asked.charge_id])
