"""What we read of HelloAsso's objects, as values of the port. Amounts are cents of euros."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import attrs

from cantinekit.clock import MIN_INSTANT, format_instant
from cantinekit.plugins.ports import Observation

Object = dict[str, Any]
KEY, CHARGE, ENTITY = "cantinekit_key", "cantinekit_charge", "cantinekit_entity"
AMOUNT, MADE = "cantinekit_amount", "cantinekit_made"
"""Our names in metadata. An intent tells neither its amount nor when it was made, so we write both into it."""
MAX_NUMBER = 2**31 - 1
"""The largest id and amount: both are 32-bit integers."""
PAGE_ENDS = timedelta(hours=24)
"""After so long nobody pays on a page any more. Not published; long, because nobody looks for the charge after it."""

STATES: dict[str, Literal["taken", "waits", "over"]] = {
    "Authorized": "taken",
    "Refunding": "taken",
    "Refunded": "taken",
    "Contested": "taken",
    "Pending": "waits",
    "Waiting": "waits",
    "WaitingBankValidation": "waits",
    "WaitingBankWithdraw": "waits",
    "WaitingAuthentication": "waits",
    "Init": "waits",
    "Unknown": "waits",
    "Error": "waits",
    "Inconsistent": "waits",
    "Corrected": "waits",
    "NoDonation": "waits",
    "Registered": "waits",
    "AuthorizedPreprod": "waits",
    "Refused": "over",
    "Canceled": "over",
    "Abandoned": "over",
    "Deleted": "over",
}
"""What each state of a payment comes to: money was taken, it may yet be, or it came to nothing. Any other waits."""


@attrs.frozen
class Operation:
    """A refund of a payment."""

    id: int
    amount: int
    state: str

    @classmethod
    def read(cls, of: Object) -> Operation:
        """From an answer to a refund (``state``), or from the list in a payment (``status``)."""
        return cls(number(of["id"]), number(of["amount"]), str(of["state"] if "state" in of else of["status"]))


@attrs.frozen
class Payment:
    """A payment of an order, and what was given back of it."""

    id: int
    amount: int
    state: str
    at: datetime
    operations: tuple[Operation, ...]

    @classmethod
    def read(cls, of: Object) -> Payment:
        return cls(
            number(of["id"]),
            number(of["amount"]),
            str(of["state"]),
            _instant(of["date"]),
            tuple(Operation.read(one) for one in of.get("refundOperations") or ()),
        )

    @property
    def taken(self) -> int:
        """What was taken from the payer."""
        return self.amount if STATES.get(self.state) == "taken" else 0

    @property
    def returned(self) -> int:
        """What was given back of that."""
        done = sum(one.amount for one in self.operations if one.state == "Processed")
        return self.taken if self.state == "Refunded" else min(done, self.taken)

    @property
    def contested(self) -> int:
        """What the payer's bank took back of the rest."""
        return self.taken - self.returned if self.state == "Contested" else 0


@attrs.frozen
class Intent:
    """A checkout intent: a page, and the payments that were made on it. ``key`` is empty if the page is not ours."""

    id: int
    key: str
    amount: int
    made: datetime
    payments: tuple[Payment, ...]

    @classmethod
    def read(cls, of: Object) -> Intent:
        ours = of.get("metadata")
        if not isinstance(ours, dict) or not all(isinstance(ours.get(name), str) for name in (KEY, AMOUNT, MADE)):
            return cls(number(of["id"]), "", 0, MIN_INSTANT, ())
        payments = (of.get("order") or {}).get("payments") or ()
        return cls(
            id=number(of["id"]),
            key=ours[KEY],
            amount=int(ours[AMOUNT]),
            made=_instant(ours[MADE]),
            payments=tuple(Payment.read(one) for one in payments),
        )

    @property
    def taken(self) -> int:
        """What was taken for it."""
        return sum(one.taken for one in self.payments)

    def ended(self, now: datetime) -> bool:
        """Whether nobody has begun to pay, and nobody can any more."""
        return not self.payments and now - self.made > PAGE_ENDS

    def observation(self, now: datetime) -> Observation:
        """What is known of it, as sums."""
        return Observation(
            key=self.key,
            reference=str(self.id),
            event_id="",
            currency="EUR",
            amount=self.amount,
            captured=self.taken,
            refunded=sum(one.returned for one in self.payments),
            at=max((one.at for one in self.payments), default=self.made),
            disputed=sum(one.contested for one in self.payments),
            declined="" if self.taken else self._problem(now),
        )

    def _problem(self, now: datetime) -> str:
        if self.ended(now):
            return "the payment page has expired"
        over = [one.state for one in self.payments if STATES.get(one.state) == "over"]
        return over[-1].lower() if over and len(over) == len(self.payments) else ""


@attrs.frozen
class OrderSummary:
    """An order in short. ``intent`` is 0 where it is not named; ``checkout``: it came about on a page."""

    id: int
    intent: int
    checkout: bool

    @classmethod
    def read(cls, of: Object) -> OrderSummary:
        return cls(number(of["id"]), number(of.get("checkoutIntentId") or 0), of.get("formType") == "Checkout")

    @classmethod
    def of_payment(cls, of: Object) -> OrderSummary:
        """The order of a payment; an empty one where the payment has none."""
        return cls.read(of["order"]) if of.get("order") else cls(0, 0, False)


def listed(of: Object) -> tuple[list[OrderSummary], str]:
    """The orders of a list of payments, and the token of what comes after them."""
    pagination = of.get("pagination") or {}
    return [OrderSummary.of_payment(one) for one in of["data"]], str(pagination.get("continuationToken") or "")


@attrs.frozen
class IntentPage:
    """The page of a new intent: where the payer goes."""

    id: int
    url: str

    @classmethod
    def read(cls, of: Object) -> IntentPage:
        url = of["redirectUrl"]
        if not (isinstance(url, str) and url.startswith("https://") and url.isprintable()):
            raise ValueError
        return cls(number(of["id"]), url)


def metadata(key: str, charge_id: str, entity_id: str, amount: int, now: datetime) -> dict[str, str]:
    """By what an intent is found again: never anything about a person."""
    return {KEY: key, CHARGE: charge_id, ENTITY: entity_id, AMOUNT: str(amount), MADE: format_instant(now)}


def number(value: object) -> int:
    """An id or an amount. Raises ``TypeError`` or ``ValueError`` for anything else."""
    if type(value) is not int:
        raise TypeError
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError
    return value


def _instant(text: str) -> datetime:
    """An instant with its zone. Raises ``TypeError`` or ``ValueError`` for anything else."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found.astimezone(UTC)
