"""The objects of a Stripe account, and what happens to them: payments, refunds, disputes, and their events."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from typing import Any

from cantinekit.testing.fakestripe import objects as _objects
from cantinekit.testing.fakestripe._forms import StripeRefusal, invalid
from cantinekit.testing.fakestripe.objects import Object

DECLINED, AUTHENTICATED = "pm_card_chargeDeclined", "pm_card_authenticationRequired"
"""Means of payment as in Stripe's test mode; any other that begins with ``pm_`` is paid at once."""
LEAST = {"eur": 50, "usd": 50, "gbp": 30, "chf": 50}
"""The smallest amounts of some currencies, in their minor units."""
_KEPT = ["intents", "charges", "refunds", "disputes", "sessions", "events", "refund_status", "_of_session", "_count"]
THREE_DECIMALS = ("bhd", "jod", "kwd", "omr", "tnd")


class AccountBook:
    """The objects of one account. Whoever calls it holds the lock of the server.

    Args:
        account: the id of the account.
        livemode: whether its objects say that they are real payments.
        now: tells the time, in seconds since 1970.
    """

    def __init__(self, account: str, livemode: bool, now: Callable[[], int]) -> None:
        self.account, self.livemode, self.now = account, livemode, now
        self.intents: dict[str, Object] = {}
        self.charges: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.disputes: dict[str, Object] = {}
        self.sessions: dict[str, Object] = {}
        self.events: list[Object] = []
        self.checkout, self.three_d_secure = "https://checkout.fake.invalid/c/pay", "https://hooks.fake.invalid/3ds"
        self.refund_status = "succeeded"
        self._of_session: dict[str, Object] = {}
        self._count = 0

    def dump(self) -> Object:
        """All that is in it, for a file."""
        return {name: getattr(self, name) for name in _KEPT}

    def load(self, kept: Object) -> None:
        """Take what a file has in the place of what is in it.

        Args:
            kept: what ``dump`` gave.
        """
        for name in _KEPT:
            setattr(self, name, kept[name])

    def told_as(self, of: Object) -> str:
        """What the payer is told that a Checkout session or a PaymentIntent is for.

        Args:
            of: the session or the PaymentIntent.
        """
        return str(self._of_session.get(of["id"], of).get("description") or "")

    def id(self, prefix: str) -> str:
        """A new id.

        Args:
            prefix: what it begins with, such as "pi".
        """
        self._count += 1
        digest = hashlib.sha256(f"{self.account}/{self.livemode}/{self._count}".encode()).hexdigest()
        return f"{prefix}_{digest[:24]}"

    def tell(self, type: str, about: Object) -> None:
        """Record an event with its object as it is now.

        Args:
            type: the type of the event, such as "charge.refunded".
            about: the object that it is about.
        """
        snapshot = copy.deepcopy(about)
        self.events.append(
            _objects.event(self.id("evt"), self.now(), type, snapshot, self.livemode, self.account),
        )

    # --- payments ---

    def create_intent(self, params: Object) -> Object:
        """A new PaymentIntent.

        Args:
            params: the parameters of the request.
        """
        check_amount(params["amount"], params["currency"])
        made = _objects.intent(self.id("pi"), self.now(), self.livemode, params)
        self.intents[made["id"]] = made
        self.tell("payment_intent.created", made)
        if params.get("confirm"):
            self.confirm(made, params)
        return made

    def confirm(self, of: Object, params: Object) -> None:
        """Try to take the money. Raises ``StripeRefusal`` (402) for a means of payment that is declined.

        Args:
            of: the PaymentIntent.
            params: the parameters of the request.
        """
        means = params.get("payment_method") or of["payment_method"]
        if of["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise invalid(
                f"You cannot confirm this PaymentIntent because it has a status of {of['status']}.",
                code="payment_intent_unexpected_state",
            )
        if not means:
            raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method.")
        if not means.startswith("pm_"):
            raise invalid(
                f"No such PaymentMethod: '{means}'", code="resource_missing", param="payment_method", status=400
            )
        of["payment_method"] = means
        if means == DECLINED:
            raise self.decline(of, "card_declined", "generic_decline")
        if means == AUTHENTICATED:
            of["status"] = "requires_action"
            where = params.get("return_url")
            of["next_action"] = (
                {
                    "type": "redirect_to_url",
                    "redirect_to_url": {"url": f"{self.three_d_secure}/{of['id']}", "return_url": where},
                }
                if where
                else {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
            )
            self.tell("payment_intent.requires_action", of)
        else:
            self.pay(of)

    def pay(self, of: Object) -> None:
        """The payer pays a PaymentIntent.

        Args:
            of: the PaymentIntent.
        """
        charge = _objects.charge(self.id("ch"), self.now(), of)
        self.charges[charge["id"]] = charge
        of.update(
            status="succeeded",
            amount_received=of["amount"],
            latest_charge=charge["id"],
            next_action=None,
            last_payment_error=None,
        )
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", of)

    def decline(self, of: Object, code: str, why: str) -> StripeRefusal:
        """A payment fails; returns the error that a confirmation answers with.

        Args:
            of: the PaymentIntent.
            code: Stripe's decline code.
            why: the message for the payer.
        """
        error = {
            "type": "card_error",
            "code": code,
            "decline_code": why,
            "message": "Your card was declined.",
        }
        of.update(status="requires_payment_method", next_action=None, last_payment_error=error)
        self.tell("payment_intent.payment_failed", of)
        more = {name: value for name, value in error.items() if name not in ("type", "message")}
        return StripeRefusal(402, error["type"], error["message"], **more, payment_intent=copy.deepcopy(of))

    def cancel(self, of: Object, reason: str | None) -> Object:
        """Cancel a PaymentIntent.

        Args:
            of: the PaymentIntent.
            reason: the cancellation reason of the request.
        """
        if of["status"] in ("succeeded", "canceled"):
            raise invalid(
                f"You cannot cancel this PaymentIntent because it has a status of {of['status']}.",
                code="payment_intent_unexpected_state",
            )
        of.update(status="canceled", canceled_at=self.now(), cancellation_reason=reason, next_action=None)
        self.tell("payment_intent.canceled", of)
        return of

    # --- Checkout ---

    def create_session(self, params: Object) -> Object:
        """A new Checkout session.

        Args:
            params: the parameters of the request.
        """
        id = self.id("cs_live" if self.livemode else "cs_test")
        made = _objects.session(id, self.now(), self.livemode, params, self.checkout)
        check_amount(made["amount_total"], made["currency"])
        self.sessions[made["id"]] = made
        self._of_session[made["id"]] = params.get("payment_intent_data", {})
        return made

    def complete(self, of: Object) -> Object:
        """The payer pays at Checkout: only now there is a PaymentIntent.

        Args:
            of: the Checkout session.
        """
        data = self._of_session[of["id"]]
        made = self.create_intent({**data, "amount": of["amount_total"], "currency": of["currency"]})
        made["payment_method"] = "pm_at_checkout"
        self.pay(made)
        of.update(status="complete", payment_status="paid", payment_intent=made["id"], url=None)
        self.tell("checkout.session.completed", of)
        return made

    def expire(self, of: Object) -> Object:
        """A Checkout session expires.

        Args:
            of: the Checkout session.
        """
        if of["status"] != "open":
            raise invalid('Only Checkout Sessions with a status in ["open"] can be expired.')
        of.update(status="expired", url=None)
        self.tell("checkout.session.expired", of)
        return of

    # --- giving back ---

    def create_refund(self, params: Object) -> Object:
        """A new refund.

        Args:
            params: the parameters of the request.
        """
        charge = self.charge_of(params)
        amount = params.get("amount", charge["amount_captured"] - charge["amount_refunded"])
        left = charge["amount_captured"] - charge["amount_refunded"]
        if any(d["charge"] == charge["id"] and d["status"] != "won" for d in self.real_disputes()):
            raise invalid("This charge has been charged back.", code="charge_disputed")
        if left == 0:
            raise invalid("Charge has already been refunded.", code="charge_already_refunded")
        if amount <= 0:
            raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
        if amount > left:
            raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
        status = self.refund_status
        made = _objects.refund(self.id("re"), self.now(), charge, amount, status, params.get("metadata", {}))
        self.refunds[made["id"]] = made
        if status == "failed":
            made["failure_reason"] = "lost_or_stolen_card"
        else:
            self._refunded(charge, amount)
        self.tell("refund.created", made)
        return made

    def end_refund(self, of: Object, status: str) -> None:
        """A pending refund arrives, or fails and no longer counts.

        Args:
            of: the refund.
            status: "succeeded" or "failed".
        """
        of["status"] = status
        if status == "failed":
            of["failure_reason"] = "lost_or_stolen_card"
            self._refunded(self.charges[of["charge"]], -of["amount"])
        self.tell("refund.updated" if status == "succeeded" else "refund.failed", of)

    def _refunded(self, charge: Object, amount: int) -> None:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self.tell("charge.refunded", charge)

    def create_dispute(self, charge: Object, amount: int, status: str) -> Object:
        """A new dispute.

        Args:
            charge: the charge.
            amount: in minor units.
            status: its status at Stripe.
        """
        made = _objects.dispute(self.id("du"), self.now(), charge, amount, status)
        self.disputes[made["id"]] = made
        charge["disputed"] = True
        self.tell("charge.dispute.created", made)
        return made

    def close_dispute(self, of: Object, status: str) -> None:
        """The bank decides a dispute.

        Args:
            of: the dispute.
            status: ``won`` or ``lost``.
        """
        of["status"] = status
        self.tell("charge.dispute.closed", of)

    def real_disputes(self) -> list[Object]:
        """The disputes that move money: an inquiry does not."""
        return [one for one in self.disputes.values() if not one["status"].startswith("warning_")]

    # --- finding ---

    def charge_of(self, params: Object) -> Object:
        """The charge that a request names, directly or by its PaymentIntent.

        Args:
            params: the parameters of the request.
        """
        id = params.get("charge")
        if params.get("payment_intent"):
            id = find(self.intents, params["payment_intent"], "payment_intent")["latest_charge"]
            if id is None:
                raise invalid("This PaymentIntent does not have a successful charge to refund.")
        if not id:
            raise invalid("One of the following params should be provided: payment_intent or charge.")
        return find(self.charges, id, "charge")


def find(kept: dict[str, Object], id: str, kind: str) -> Object:
    """The object with this id. Raises ``StripeRefusal`` (404)."""
    if id not in kept:
        raise invalid(f"No such {kind}: '{id}'", code="resource_missing", param="id", status=404)
    return kept[id]


def check_amount(amount: Any, currency: str) -> None:
    """Refuse what cannot be charged."""
    if currency != currency.lower() or len(currency) != 3:
        raise invalid(f"Invalid currency: {currency}", param="currency")
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount < LEAST.get(currency, 1):
        raise invalid("Amount must be at least the smallest of its currency", code="amount_too_small", param="amount")
    if amount > 99_999_999:
        raise invalid("Amount must be no more than 99999999", code="amount_too_large", param="amount")
    if currency in THREE_DECIMALS and amount % 10:
        raise invalid("The last digit of an amount with three decimals must be 0", param="amount")
