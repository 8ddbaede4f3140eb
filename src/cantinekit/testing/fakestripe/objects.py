"""The objects of the Stripe API that the fake knows, with every member that the SDK's types demand.

Tests hold each of them to the types of the SDK that is installed.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

_INTENT = """amount_details application application_fee_amount automatic_payment_methods canceled_at cancellation_reason
description last_payment_error latest_charge next_action on_behalf_of payment_method payment_method_options processing
receipt_email review setup_future_usage shipping source statement_descriptor statement_descriptor_suffix transfer_data
transfer_group customer payment_record"""
_CHARGE = """application application_fee application_fee_amount balance_transaction customer description
failure_balance_transaction failure_code failure_message on_behalf_of outcome payment_method receipt_email
receipt_number receipt_url review shipping source source_transfer statement_descriptor statement_descriptor_suffix
transfer transfer_data transfer_group"""
_REFUND = """balance_transaction description failure_balance_transaction failure_reason next_action receipt_number
source_transfer_reversal transfer_reversal customer payment_method pending_reason reason"""
_SESSION = """after_expiration allow_promotion_codes amount_subtotal amount_total billing_address_collection cancel_url
client_reference_id client_secret consent consent_collection currency customer customer_creation customer_details
customer_email invoice invoice_creation line_items locale payment_intent payment_link payment_method_options
phone_number_collection recovered_from setup_intent shipping_address_collection shipping_cost shipping_options
submit_type subscription success_url total_details url origin_context redirect_on_completion"""
_EVIDENCE = """access_activity_log billing_address cancellation_policy cancellation_policy_disclosure
cancellation_rebuttal
customer_communication customer_email_address customer_name customer_purchase_ip customer_signature
duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt
refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address
shipping_carrier shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"""


def _nothing(names: str) -> Object:
    return dict.fromkeys(names.split())


def intent(id: str, created: int, livemode: bool, params: Object) -> Object:
    """A PaymentIntent as it is when it has been created, with nothing paid."""
    known = ("description", "payment_method", "customer", "transfer_group", "statement_descriptor_suffix")
    return {
        **_nothing(_INTENT),
        "id": id,
        "object": "payment_intent",
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": params.get("automatic_payment_methods"),
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_{id[-8:]}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": params["currency"],
        "livemode": livemode,
        "metadata": params.get("metadata", {}),
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        **{name: params[name] for name in known if name in params},
    }


def charge(id: str, created: int, of: Object) -> Object:
    """The charge of a PaymentIntent that is paid in full."""
    return {
        **_nothing(_CHARGE),
        "id": id,
        "object": "charge",
        "amount": of["amount"],
        "amount_captured": of["amount"],
        "amount_refunded": 0,
        "billing_details": dict.fromkeys(("address", "email", "name", "phone", "tax_id")),
        "captured": True,
        "created": created,
        "currency": of["currency"],
        "customer": of["customer"],
        "description": of["description"],
        "disputed": False,
        "livemode": of["livemode"],
        "metadata": of["metadata"],
        "paid": True,
        "payment_intent": of["id"],
        "payment_method": of["payment_method"],
        "refunded": False,
        "status": "succeeded",
    }


def refund(id: str, created: int, of: Object, amount: int, status: str, metadata: dict[str, str]) -> Object:
    """A refund of a charge."""
    return {
        **_nothing(_REFUND),
        "id": id,
        "object": "refund",
        "amount": amount,
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "metadata": metadata,
        "payment_intent": of["payment_intent"],
        "status": status,
    }


def dispute(id: str, created: int, of: Object, amount: int, status: str) -> Object:
    """A dispute of a charge, or an inquiry where the status begins with ``warning_``."""
    return {
        "id": id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**_nothing(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + 7 * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": status.startswith("warning_"),
        "livemode": of["livemode"],
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "reason": "fraudulent",
        "status": status,
    }


def session(id: str, created: int, livemode: bool, params: Object, pages: str) -> Object:
    """A Checkout session that is open."""
    price = params["line_items"][0]["price_data"]
    total = sum(item["price_data"]["unit_amount"] * item["quantity"] for item in params["line_items"])
    return {
        **_nothing(_SESSION),
        "id": id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": created,
        "currency": price["currency"],
        "customer_email": params.get("customer_email"),
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "expires_at": params.get("expires_at", created + 86_400),
        "livemode": livemode,
        "metadata": params.get("metadata", {}),
        "mode": params["mode"],
        "payment_method_collection": "if_required",
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": params["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{pages}/{id}",
    }


def event(id: str, created: int, type: str, about: Object, livemode: bool, account: str) -> Object:
    """An event with a snapshot of what it is about."""
    return {
        "id": id,
        "object": "event",
        "api_version": None,
        "created": created,
        "data": {"object": about},
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
        **({"account": account} if account else {}),
    }


def listing(url: str, found: list[Object], limit: int, *, search: bool = False) -> Object:
    """A page of objects."""
    page: Object = {"data": found[:limit], "has_more": len(found) > limit, "url": url}
    return {**page, "object": "search_result", "next_page": None} if search else {**page, "object": "list"}
