"""Paying what a payer owes by one amount, and paying credit back."""

from __future__ import annotations

from collections.abc import Sequence

from cantinekit.clock import local
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.index import between
from cantinekit.domain.life_cycles.table import LIFE_CYCLES
from cantinekit.domain.organisations.presence import organisation_of
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.charging import (
    charge_parts,
    check_account,
    post_credit,
    take,
    take_credit,
)
from cantinekit.domain.payments.commands import MAX_CHARGES, PayBack, PayOwed
from cantinekit.domain.payments.events import OwedPaid
from cantinekit.domain.payments.owing import OwedPart, oldest_first, owed_parts
from cantinekit.domain.payments.paying import credit_of, had, under_way
from cantinekit.domain.payments.records import CREDIT, Charge, PaidPart, PayerCredit, PayerPayment, credit_id
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.state import State
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import (
    AccountError,
    CurrencyError,
    DuplicateError,
    InputError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.plugins.ports import GatewayCapabilities


@handles(PayOwed)
def pay_owed(c: PayOwed, uow: Uow) -> Steps[Decision[PayerPayment]]:
    """Pay what a payer owes, what is due first first; what is left over is credit."""
    once = f"payment|{c.account}|{c.reference}" if c.reference else None
    place = yield from uow.need(Place, c.place_id, (Person, c.payer_id), (Organisation, c.payer_id), (Unique, once))
    if organisation_of(uow.state, c.payer_id) is None:
        uow.state.need(Person, c.payer_id)
    ids = c.charge_ids or (yield from _owed_by(uow, place.entity_id, c.payer_id))
    credit = credit_id(place.entity_id, c.payer_id, place.currency)
    yield from uow.fetch(
        [(LegalEntity, place.entity_id), (PayerCredit, credit), *((Charge, id) for id in ids)],
    )
    charges = [uow.state.need(Charge, id) for id in ids]
    yield from uow.side_by_side(_parts(uow, charge) for charge in charges)

    _check_amount(c.amount, place)
    if c.amount is None and c.account != CREDIT:
        raise InputError("amount says what came in")
    if c.account != CREDIT:
        _at_once(uow.state, place, c.account)
    payable = [one for one in charges if _can_be_paid(c, uow, one, place)]
    owed = [part for one in payable for part in _in_parts(uow.state, one)]
    have = credit_of(uow.state, place.entity_id, c.payer_id, place.currency)
    zero = Money.zero(place.currency)
    came_in, own = (zero, have if c.amount is None else c.amount) if c.account == CREDIT else (c.amount or zero, have)
    shares = _share(owed if c.charge_ids else oldest_first(owed), own, came_in)
    by_credit = sum(share[0] for share in shares.values())
    if c.account == CREDIT and (have < own or not by_credit or (c.amount and by_credit < c.amount.amount)):
        can = min(have, Money.sum((one.amount for one in owed), place.currency))
        wrong = f"{can}, not {c.amount}" if c.amount else f"{can}"
        raise WrongStateError(f"what credit of {c.payer_id} can pay", state=wrong)
    paid = sum(share[1] for share in shares.values())
    payment = PayerPayment(
        id=uow.ids("pmt"),
        payer_id=c.payer_id,
        entity_id=place.entity_id,
        place_id=place.id,
        account=c.account,
        amount=came_in,
        at=uow.now,
        parts=tuple(PaidPart(id, Money(sum(share), place.currency), share[0]) for id, share in shares.items()),
        credit=came_in.amount - paid - by_credit,
        reference=c.reference,
    )
    if once is not None:
        if (before := uow.state.get(Unique, once)) is not None:
            raise DuplicateError("a payment with this reference", before.holder)
        uow.add(UniqueTaken(once, payment.id))
    uow.add(OwedPaid(payment))
    for id, (credit_share, rest) in shares.items():
        before_it = uow.state.need(Charge, id)
        if credit_share:
            take_credit(uow, id, Money(credit_share, place.currency))
        if rest:
            take(uow, id, c.account, amount=Money(rest, place.currency))
        had(uow, before_it)
    post_credit(uow, payment)
    return uow.done(payment, shares)


def _owed_by(uow: Uow, entity_id: str, payer_id: str) -> Steps[tuple[str, ...]]:
    """The charges that a payer owes to a legal entity.

    Raises:
        WrongStateError: they are too many for one payment.
    """
    keys = yield from uow.find(Charge, "owed", *between(f"{entity_id}|{payer_id}"))
    if len(keys) > MAX_CHARGES:
        wrong = f"owing {len(keys)} charges, and one payment pays {MAX_CHARGES}: name them by charge_ids"
        raise WrongStateError(f"payer {payer_id}", state=wrong)
    return tuple(key.id for key in keys)


def _parts(uow: Uow, charge: Charge) -> Steps[None]:
    """Load what it takes to pay a charge."""
    readings = [uow.fetch(charge_parts(uow.state, [charge.id]))]
    if not charge.stands:
        readings.append(LIFE_CYCLES[charge.subject.kind].read(uow, charge.subject.id))
    yield from uow.side_by_side(readings)


def _check_amount(amount: Money | None, place: Place) -> None:
    """Refuse an amount that makes no sense.

    Raises:
        InputError: it is not more than nothing.
        CurrencyError: it is in another currency than that of the place.
    """
    if amount is not None and amount.currency != place.currency:
        raise CurrencyError(f"{place.id} takes {place.currency}, not {amount.currency}")
    if amount is not None and amount.amount <= 0:
        raise InputError("an amount to pay or to give back is more than nothing")


def _at_once(state: State, place: Place, account: str) -> GatewayCapabilities:
    """A gateway account whose money is in hand at once.

    Raises:
        AccountError: there is none, the legal entity may not use it, or it is asked for each payment.
    """
    gateway = check_account(state, place.entity_id, account)
    if not gateway.immediate:
        raise AccountError(f"a payment through {shown(account)} is not in hand at once: use Pay or PayTogether")
    return gateway


def _can_be_paid(c: PayOwed, uow: Uow, charge: Charge, place: Place) -> bool:
    """Whether a charge can be paid now. One that is named has to be.

    Raises:
        UnsuitableError: a charge that is named is of somebody else.
        WrongStateError: it is not due, or is being paid.
        TooLateError: what it is for can no longer be had.
    """
    ours = (charge.payer_id, charge.entity_id, charge.amount.currency)
    named = bool(c.charge_ids)
    if ours != (c.payer_id, place.entity_id, place.currency):
        if named:
            raise UnsuitableError(f"charge {charge.id} is not owed by {c.payer_id} to {place.entity_id}")
        return False
    attempts = under_way(uow, charge)
    if charge.state != "due" or attempts:
        if named:
            wrong = f"being paid already ({attempts[0].id})" if attempts else charge.state
            raise WrongStateError(f"charge {charge.id}", state=wrong, wanted=["due"])
        return False
    if not charge.stands and not LIFE_CYCLES[charge.subject.kind].awaits(uow, charge.subject, charge.id):
        if named:
            raise TooLateError(f"{charge.subject.kind} {charge.subject.id} can no longer be had")
        return False
    return True


def _in_parts(state: State, charge: Charge) -> tuple[OwedPart, ...]:
    """What is owed of a charge, by the days on which it is due at its place."""
    zone = state.need(Place, charge.place_id).zone
    return owed_parts(charge, local(charge.raised_at, zone).date())


def _share(owed: Sequence[OwedPart], credit: Money, amount: Money) -> dict[str, tuple[int, int]]:
    """What credit and an amount pay of each charge, in minor units: credit first, part by part."""
    own, rest = credit.amount, amount.amount
    shares: dict[str, tuple[int, int]] = {}
    for part in owed:
        first = min(own, part.amount.amount)
        second = min(rest, part.amount.amount - first)
        own, rest = own - first, rest - second
        before = shares.get(part.charge_id, (0, 0))
        if first or second:
            shares[part.charge_id] = before[0] + first, before[1] + second
    return shares


@handles(PayBack)
def pay_back(c: PayBack, uow: Uow) -> Steps[Decision[PayerPayment]]:
    """Pay credit back from an account whose money is in hand."""
    place = yield from uow.need(Place, c.place_id)
    credit = credit_id(place.entity_id, c.payer_id, place.currency)
    yield from uow.fetch([(LegalEntity, place.entity_id), (PayerCredit, credit)])

    _check_amount(c.amount, place)
    if not _at_once(uow.state, place, c.account).refunds:
        raise AccountError(f"the account {shown(c.account)} gives no money back")
    have = credit_of(uow.state, place.entity_id, c.payer_id, place.currency)
    amount = have if c.amount is None else c.amount
    if not have or amount > have:
        raise WrongStateError(
            f"credit of {c.payer_id}", state=f"{have}" if c.amount is None else f"{have}, not {amount}"
        )
    payment = PayerPayment(
        id=uow.ids("pmt"),
        payer_id=c.payer_id,
        entity_id=place.entity_id,
        place_id=place.id,
        account=c.account,
        amount=-amount,
        at=uow.now,
        credit=-amount.amount,
    )
    uow.add(OwedPaid(payment))
    post_credit(uow, payment)
    return uow.done(payment)
