"""The objects of an association at HelloAsso, and what happens to them: pages, orders, payments, refunds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

Object = dict[str, Any]
PARIS = timezone(timedelta(hours=1))


class HelloAssoRefusal(Exception):
    """An answer that is an error: its status, and the code and the message in its body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: Object = {"errors": [{"code": code, "message": message}]}


class AssociationBook:
    """The objects of one association. Whoever calls it holds the lock of the server.

    Args:
        slug: the name of the association in addresses.
        now: tells the time.

    Attributes:
        refund_state: what becomes of refunds: ``Processed``, ``Processing``, or ``Refused``.
        names_intents: whether an order that comes with a payment names its page; HelloAsso says "if available".
        second_factor: whether a refund is refused until somebody types in a code.
    """

    def __init__(self, slug: str, now: Callable[[], datetime]) -> None:
        self.slug, self.now = slug, now
        self.intents: dict[int, Object] = {}
        self.orders: dict[int, Object] = {}
        self.payments: dict[int, Object] = {}
        self.notifications: list[Object] = []
        self.refund_state = "Processed"
        self.names_intents = True
        self.second_factor = False
        self._count = 20_000

    # --- pages ---

    def create_intent(self, body: Object) -> Object:
        """A new page. ``delivered`` says whether its address has got to anybody.

        Args:
            body: the JSON of the request.
        """
        id = self._id()
        url = f"https://www.fake-helloasso.invalid/associations/{self.slug}/checkout/{id:x}"
        self.intents[id] = {"id": id, "redirectUrl": url, "asked": body, "order": None, "delivered": False}
        return {"id": id, "redirectUrl": url}

    def intent(self, id: int) -> Object:
        """A page as the API returns it: with its order only if there is one, and metadata only if there were any.

        Args:
            id: id of the intent.
        """
        kept = self._found(self.intents, id)
        told = {name: kept[name] for name in ("id", "redirectUrl")}
        if "metadata" in kept["asked"]:
            told["metadata"] = kept["asked"]["metadata"]
        if kept["order"] is not None:
            told["order"] = self.order(kept["order"])
        return told

    def pay(self, id: int, state: str = "Authorized") -> Object:
        """The payer pays on a page; returns the payment.

        Args:
            id: id of the intent.
            state: the state of the payment.
        """
        kept = self.intents[id]
        if not kept["delivered"]:
            raise LookupError("nobody was told the address of this page")
        if kept["order"] is not None:
            raise LookupError("this page is paid already")
        order, payment, amount = self._id(), self._id(), kept["asked"]["totalAmount"]
        kept["order"] = order
        meta = {"createdAt": self._date(), "updatedAt": self._date()}
        self.orders[order] = {
            "id": order,
            "date": self._date(),
            "formSlug": "default",
            "formType": "Checkout",
            "organizationName": self.slug,
            "organizationSlug": self.slug,
            "organizationType": "Association1901",
            "organizationIsUnderColucheLaw": False,
            "checkoutIntentId": id,
            "meta": meta,
        }
        self.payments[payment] = {
            "id": payment,
            "amount": amount,
            "date": self._date(),
            "paymentMeans": "Card",
            "installmentNumber": 1,
            "cashOutState": "Transfered",
            "state": state,
            "meta": meta,
            "refundOperations": [],
            "of": order,
            "name": kept["asked"]["itemName"],
        }
        self.tell(payment)
        self.notifications.append(self._notification("Order", self.order(order), order))
        return self.payments[payment]

    def change(self, id: int, state: str) -> None:
        """Set the state of a payment, and record a notification about it.

        Args:
            id: id of the payment.
            state: its new state.
        """
        self.payments[id]["state"] = state
        self.tell(id)

    def payment_of(self, intent: int) -> Object:
        """The payment that was made on a page.

        Args:
            intent: id of the intent.
        """
        order = self.intents[intent]["order"]
        return next(one for one in self.payments.values() if one["of"] == order)

    # --- orders and payments as they are told ---

    def order(self, id: int) -> Object:
        """An order, with its items and payments.

        Args:
            id: id of the order.
        """
        kept = self._found(self.orders, id)
        paid = [one for one in self.payments.values() if one["of"] == id]
        total = sum(one["amount"] for one in paid)
        items = [{"id": id, "amount": total, "type": "Payment", "state": "Processed", "name": paid[0]["name"]}]
        return {
            **copy.deepcopy(kept),
            "payer": _PAYER,
            "items": items,
            "payments": [{"items": [{"id": id, "shareAmount": one["amount"]}], **_plain(one)} for one in paid],
            "amount": {"total": total, "vat": 0, "discount": 0},
        }

    def payment(self, id: int) -> Object:
        """A payment, with its order in short.

        Args:
            id: id of the payment.
        """
        kept = self._found(self.payments, id)
        order = copy.deepcopy(self.orders[kept["of"]])
        if not self.names_intents:
            del order["checkoutIntentId"]
        items = [{"id": kept["of"], "amount": kept["amount"], "type": "Payment", "state": "Processed"}]
        return {**_plain(kept), "order": order, "payer": _PAYER, "items": items}

    def list_payments(self, since: datetime | None, descending: bool) -> list[Object]:
        """Payments, by date.

        Args:
            since: only payments from this instant on; ``None``: all.
            descending: whether the latest comes first.
        """
        found = [self.payment(id) for id in self.payments]
        if since is not None:
            found = [one for one in found if datetime.fromisoformat(one["date"]) >= since]
        return sorted(found, key=lambda one: (one["date"], one["id"]), reverse=descending)

    # --- giving back ---

    def refund(self, id: int, amount: int = 0) -> Object:
        """Give back a payment, or a part of it; returns the operation.

        Args:
            id: id of the payment.
            amount: in minor units; 0: all of it.
        """
        payment = self._found(self.payments, id)
        if self.second_factor:
            raise HelloAssoRefusal(409, "AuthorizationErrors.MFA.AccessTokenRequired", "MFA token not found")
        if any(one["status"] == "Processing" for one in payment["refundOperations"]):
            raise _numbered(112, "One operation with the same type is currently processing.")
        if payment["state"] != "Authorized" or self.refund_state == "Refused":
            raise _numbered(113, "The transfer operation cannot be processed, the payment is not authorized.")
        back = sum(one["amount"] for one in payment["refundOperations"])
        amount = amount or payment["amount"] - back
        if amount > payment["amount"] - back:
            raise _numbered(119, "Operation bad state.")
        whole, done = back + amount == payment["amount"], self.refund_state == "Processed"
        meta = {"createdAt": self._date(), "updatedAt": self._date()}
        made = {"id": self._id(), "amount": amount, "amountTip": 0, "status": self.refund_state, "meta": meta}
        payment["refundOperations"].append(made)
        if whole:
            payment["state"] = "Refunded" if done else "Refunding"
        self.tell(id)
        told = {"id": made["id"], "amount": amount, "cancelOrder": False, "creationDate": self._date()}
        return {**told, "state": made["status"], "sendRefundMail": True, "paymentId": id}

    def end_refund(self, id: int) -> None:
        """The pending refunds of a payment arrive.

        Args:
            id: id of the payment.
        """
        for one in self.payments[id]["refundOperations"]:
            one["status"] = "Processed"
        self.change(id, "Refunded")

    # --- notifications ---

    def tell(self, id: int) -> None:
        """Record a notification about a payment as it is now.

        Args:
            id: id of the payment.
        """
        payment = self.payment(id)
        payment["order"].pop("checkoutIntentId", None)  # the published examples do not have it
        self.notifications.append(self._notification("Payment", payment, self.payments[id]["of"]))

    def _notification(self, kind: str, data: Object, order: int) -> Object:
        asked = self.intents[self.orders[order]["checkoutIntentId"]]["asked"]
        return copy.deepcopy({"data": data, "eventType": kind, "metadata": asked.get("metadata", {})})

    def _id(self) -> int:
        self._count += 1
        return self._count

    def _date(self) -> str:
        """An instant as HelloAsso writes it: in the time of Paris, with seven digits of a second."""
        text = self.now().astimezone(PARIS).isoformat(timespec="microseconds")
        return f"{text[:26]}0{text[26:]}"

    @staticmethod
    def _found(kept: dict[int, Object], id: int) -> Object:
        if id not in kept:
            raise HelloAssoRefusal(404, "NotFound", "The resource was not found.")
        return kept[id]


_PAYER = {"email": "john.doe@payer.invalid", "country": "FRA", "firstName": "John", "lastName": "Doe"}


def _plain(payment: Object) -> Object:
    return {name: copy.deepcopy(value) for name, value in payment.items() if name not in ("of", "name")}


def _numbered(code: int, message: str) -> HelloAssoRefusal:
    return HelloAssoRefusal(409, "Error", f"Code : {code} - {message}")
