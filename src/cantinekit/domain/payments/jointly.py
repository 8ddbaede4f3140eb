"""Taking the money of several charges of a payer by one payment of a gateway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.charging import check_account, money_in, refund, take
from cantinekit.domain.payments.events import (
    AttemptObserved,
    AttemptStarted,
    JointAttemptObserved,
    JointAttemptStarted,
)
from cantinekit.domain.payments.paying import TOO_LATE, had
from cantinekit.domain.payments.records import Attempt, AttemptState, Charge, JointAttempt, JointPart
from cantinekit.domain.state import State, refer
from cantinekit.money import Money

Amounts = Sequence[tuple[str, Money]]
"""Charges, each with how much of it, in the order in which they are paid."""
LESS = "less was taken than was asked for"
"""Why a part of a payment was declined that the gateway took only in part."""


class Seen(Protocol):
    """What a gateway says of a payment."""

    @property
    def state(self) -> AttemptState: ...
    @property
    def captured(self) -> int: ...
    @property
    def reference(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def next_url(self) -> str | None: ...


def take_jointly(
    draft: Draft, amounts: Amounts, account: str, return_url: str | None = None, means: str = ""
) -> JointAttempt | None:
    """Take money of several charges of one payer by one payment.

    One charge alone is taken by an attempt of its own, and so is each where the gateway gives back all of a payment or
    nothing: a charge that is called off could not be given back.

    Args:
        draft: what is decided so far, with the charges and the legal entity loaded.
        amounts: how much of which charges, each more than nothing; they have one payer, who is known.
        account: the gateway account.
        return_url: where the gateway sends the payer back to.
        means: the gateway's name of a means of payment that the payer chose.

    Returns:
        the payment; ``None``: each charge is taken by itself.

    Raises:
        AccountError: no such account, or the legal entity may not use it.
    """
    charges = [draft.state.need(Charge, id) for id, _ in amounts]
    gateway = check_account(draft.state, charges[0].entity_id, account)
    if len(charges) == 1 or not gateway.partial_refunds:
        for id, amount in amounts:
            take(draft, id, account, return_url, means, amount)
        return None
    payer_id = charges[0].payer_id
    assert payer_id is not None
    parts = tuple(JointPart(id, draft.ids("pay"), amount) for id, amount in amounts)
    joint = JointAttempt(
        draft.ids("joi"),
        payer_id,
        charges[0].entity_id,
        account,
        Money.sum((part.amount for part in parts), parts[0].amount.currency),
        draft.now,
        parts,
        return_url=return_url,
        means=means,
    )
    draft.add(JointAttemptStarted(joint))
    for part in parts:
        draft.add(
            AttemptStarted(
                Attempt(
                    part.attempt_id,
                    part.charge_id,
                    joint.entity_id,
                    account,
                    part.amount,
                    draft.now,
                    return_url=return_url,
                    means=means,
                    joint_id=joint.id,
                )
            )
        )
    if gateway.immediate:
        draft.add(JointAttemptObserved(joint.id, "settled", joint.amount.amount, "", "", None))
        for part in parts:
            money_in(draft, draft.state.need(Attempt, part.attempt_id), part.amount, "settled")
    else:
        draft.later("charge", refer(joint))
    return joint


def still_wanted(state: State, joint: JointAttempt) -> Iterator[tuple[str, Money]]:
    """What of the charges of a payment can still be taken: not what was paid otherwise, or is owed no more.

    Args:
        state: has the charges.
        joint: the payment.
    """
    for part in joint.parts:
        charge = state.need(Charge, part.charge_id)
        amount = min(part.amount, charge.outstanding)
        if charge.state == "due" and amount.amount > 0:
            yield charge.id, amount


def receive(draft: Draft, attempt: Attempt, more: Money, state: AttemptState, reference: str) -> None:
    """Record money of an attempt that came in, and what follows: what is over goes back, what it is for is had.

    Args:
        draft: what is decided so far, with the charge and all that belongs to it.
        attempt: the attempt.
        more: how much came in.
        state: what the gateway says of the attempt.
        reference: how the gateway calls the payment; empty: it does not say.
    """
    charge = draft.state.need(Charge, attempt.charge_id)
    money_in(draft, attempt, more, state, reference)
    paid = draft.state.need(Charge, charge.id)
    over = min(more.amount, max(0, -paid.outstanding.amount))
    if over > 0:  # what is held beyond what is owed goes back by the way it came
        reason, template = ("paid twice", "paid twice") if charge.state != "void" else (TOO_LATE, "paid too late")
        refund(draft, attempt.id, Money(over, more.currency), reason)
        draft.tell(template, charge.payer_id, charge.subject)
    had(draft, charge)


def receive_jointly(draft: Draft, joint: JointAttempt, seen: Seen) -> None:
    """Record money of a payment of several charges that came in: the first charges have it first.

    Args:
        draft: what is decided so far, with the charges, their attempts and all that belongs to them.
        joint: the payment.
        seen: what the gateway says; more was taken than before.
    """
    reference = seen.reference or joint.reference
    draft.add(JointAttemptObserved(joint.id, seen.state, seen.captured, reference, "", None))
    rest = seen.captured
    for part in joint.parts:
        mine = min(rest, part.amount.amount)
        rest -= mine
        attempt = draft.state.need(Attempt, part.attempt_id)
        if mine > attempt.captured:
            receive(draft, attempt, Money(mine - attempt.captured, joint.amount.currency), seen.state, reference)
        elif not mine and attempt.state != "declined":
            draft.add(AttemptObserved(attempt.id, "declined", 0, reference, LESS, None))


def follow(draft: Draft, joint: JointAttempt, seen: Seen) -> None:
    """Record what a gateway says of a payment of several charges where no money came in: it is that of each part.

    Args:
        draft: what is decided so far, with the attempts.
        joint: the payment.
        seen: what the gateway says.
    """
    reference, next_url = (
        seen.reference or joint.reference,
        (seen.next_url or joint.next_url) if seen.state == "pending" else None,
    )
    draft.add(JointAttemptObserved(joint.id, seen.state, joint.captured, reference, seen.reason, next_url))
    for part in joint.parts:
        attempt = draft.state.need(Attempt, part.attempt_id)
        draft.add(AttemptObserved(attempt.id, seen.state, attempt.captured, reference, seen.reason, next_url))
