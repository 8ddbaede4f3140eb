"""Paying several charges by one payment of a gateway, and recording what the gateway says of it."""

from __future__ import annotations

from cantinekit.clock import local
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.life_cycles.table import LIFE_CYCLES
from cantinekit.domain.payments.charging import check_account, read_charge_parts
from cantinekit.domain.payments.commands import ObserveJointAttempt, PayTogether
from cantinekit.domain.payments.handlers.payments import says_more
from cantinekit.domain.payments.jointly import follow, receive_jointly, still_wanted, take_jointly
from cantinekit.domain.payments.paying import check_amount, had, under_way
from cantinekit.domain.payments.records import Attempt, Charge, JointAttempt
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.state import refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import AccountError, InputError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money


@handles(PayTogether)
def pay_together(c: PayTogether, uow: Uow) -> Steps[Decision[Charge]]:
    """Pay what is due of several charges by one payment; what each is for is fulfilled as by a payment of its own."""
    yield from uow.fetch((Charge, id) for id in c.charge_ids)
    charges = [uow.state.need(Charge, id) for id in c.charge_ids]
    entity_id = charges[0].entity_id
    yield from uow.side_by_side([uow.fetch([(LegalEntity, entity_id)]), *(_read(uow, one) for one in charges)])

    payer_id, currency = charges[0].payer_id, charges[0].amount.currency
    for one in charges:
        if one.payer_id is None or (one.payer_id, one.entity_id) != (payer_id, entity_id):
            raise UnsuitableError(f"charge {one.id} is not owed by {payer_id} to {entity_id}")
        if one.amount.currency != currency:
            raise UnsuitableError(f"charge {one.id} is in {one.amount.currency}, not {currency}")
    if not check_account(uow.state, entity_id, c.account).partial_refunds:
        raise AccountError(f"the account {shown(c.account)} gives back all of a payment or nothing: pay each by itself")
    due = [one for one in charges if one.state == "due"]
    for one in due:
        for attempt in under_way(uow, one):
            raise WrongStateError(f"charge {one.id}", state=f"being paid already ({attempt.id})", wanted=["due"])
        if not one.stands and not LIFE_CYCLES[one.subject.kind].awaits(uow, one.subject, one.id):
            raise TooLateError(f"{one.subject.kind} {one.subject.id} can no longer be had")
    amounts = _amounts(c, uow, due)
    if not amounts:
        raise WrongStateError(f"charge {charges[0].id}", state=charges[0].state, wanted=["due"])
    take_jointly(uow, amounts, c.account, c.return_url, c.means)
    for one in due:
        had(uow, one)
    return uow.done(charges[0], [id for id, _ in amounts])


def _read(uow: Uow, charge: Charge) -> Steps[None]:
    """Load what it takes to pay a charge, and to give it back where what it is for can no longer be had."""
    readings = [read_charge_parts(uow, [charge.id])]
    if not charge.stands:
        readings.append(LIFE_CYCLES[charge.subject.kind].read(uow, charge.subject.id))
    yield from uow.side_by_side(readings)


def _amounts(c: PayTogether, uow: Uow, charges: list[Charge]) -> list[tuple[str, Money]]:
    """How much of which charge is taken: what is due next of each, or of the first ones what the amount pays.

    Raises:
        InputError: the amount is not more than nothing.
        CurrencyError: it is in another currency.
        WrongStateError: less is owed.
    """
    if c.amount is None:
        found = list[tuple[str, Money]]()
        for one in charges:
            day = local(uow.now, uow.state.need(Place, one.place_id).zone).date()
            found.append((one.id, one.due_next(day)))
        return found
    for one in charges:
        check_amount(one, c.amount)
    rest, found = c.amount, []
    for one in charges:
        part = min(rest, one.outstanding)
        rest -= part
        found += [(one.id, part)] if part else []
    if rest:
        raise WrongStateError("what is to be paid together", state=f"{c.amount - rest}, not {c.amount}")
    return found


@handles(ObserveJointAttempt)
def observe_joint_attempt(c: ObserveJointAttempt, uow: Uow) -> Steps[Decision[JointAttempt]]:
    """Record what a gateway says of a payment of several charges."""
    joint = yield from uow.need(JointAttempt, c.joint_id)
    ids = [part.charge_id for part in joint.parts]
    yield from uow.fetch(
        [
            (LegalEntity, joint.entity_id),
            *((Charge, id) for id in ids),
            *((Attempt, part.attempt_id) for part in joint.parts),
        ]
    )
    if c.captured > joint.captured:
        yield from uow.side_by_side(_read(uow, uow.state.need(Charge, id)) for id in ids)

    if c.captured > joint.amount.amount:
        raise InputError(f"payment {joint.id} was to take {joint.amount}, not more")
    if c.captured > joint.captured:
        receive_jointly(uow, joint, c)
    elif joint.state in ("started", "pending") and says_more(joint, c):
        follow(uow, joint, c)
        wanted = list(still_wanted(uow.state, joint)) if c.state == "declined" else []
        may_use = joint.account in uow.state.accounts
        may_use = may_use and joint.account in uow.state.need(LegalEntity, joint.entity_id).accounts
        if c.changed and wanted and may_use:
            take_jointly(uow, wanted, joint.account, joint.return_url, joint.means)
        elif wanted:
            uow.tell("payment declined", joint.payer_id, refer(joint))
    return uow.done(joint, ids)
