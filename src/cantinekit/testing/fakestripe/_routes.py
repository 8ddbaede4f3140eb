"""The endpoints: the parameters that each takes, and its effect on the objects of an account."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from cantinekit.testing.fakestripe import objects
from cantinekit.testing.fakestripe._book import AccountBook, find
from cantinekit.testing.fakestripe._forms import ANY_TEXTS, invalid, need
from cantinekit.testing.fakestripe.objects import Object

LAG = 60
"""How many seconds after its creation an object is found by search: Stripe promises no less."""
_PAGED: Object = {"limit": int, "starting_after": str, "expand": [str]}
_CREATED: Object = {"created": dict.fromkeys(("gt", "gte", "lt", "lte"), int)}
_INTENT: Object = {
    "amount": int,
    "automatic_payment_methods": {"allow_redirects": ("always", "never"), "enabled": bool},
    "confirm": bool,
    "currency": str,
    "customer": str,
    "description": str,
    "expand": [str],
    "metadata": ANY_TEXTS,
    "off_session": bool,
    "payment_method": str,
    "return_url": str,
    "statement_descriptor_suffix": str,
    "transfer_group": str,
}
_SESSION: Object = {
    "cancel_url": str,
    "client_reference_id": str,
    "customer_email": str,
    "expand": [str],
    "expires_at": int,
    "line_items": [
        {
            "price_data": {"currency": str, "product_data": {"name": str}, "unit_amount": int},
            "quantity": int,
        }
    ],
    "locale": str,
    "metadata": ANY_TEXTS,
    "mode": ("payment", "setup", "subscription"),
    "payment_intent_data": {"description": str, "metadata": ANY_TEXTS},
    "success_url": str,
}
_REFUND: Object = {
    "amount": int,
    "charge": str,
    "expand": [str],
    "metadata": ANY_TEXTS,
    "payment_intent": str,
    "reason": ("duplicate", "fraudulent", "requested_by_customer"),
}


class Route(NamedTuple):
    """An endpoint. ``work`` is given the book, the parts of the path, and the parameters."""

    method: str
    path: re.Pattern[str]
    schema: Object
    work: Callable[[AccountBook, tuple[str, ...], Object], Object]


def _create_intent(book: AccountBook, ids: tuple[str, ...], params: Object) -> Object:
    need(params, "amount", "currency")
    if not params.get("confirm") and ("return_url" in params or "off_session" in params):
        raise invalid("This parameter can only be passed with confirm=true", param="return_url")
    return book.create_intent(params)


def _confirm(book: AccountBook, ids: tuple[str, ...], params: Object) -> Object:
    found = find(book.intents, ids[0], "payment_intent")
    book.confirm(found, params)
    return found


def _create_session(book: AccountBook, ids: tuple[str, ...], params: Object) -> Object:
    need(params, "mode", "success_url", "line_items")
    for number, item in enumerate(params["line_items"]):
        price = item.get("price_data", {})
        if not (price.get("currency") and price.get("product_data", {}).get("name") and "unit_amount" in price):
            raise invalid("Missing required param", code="parameter_missing", param=f"line_items[{number}][price_data]")
        need(item, "quantity")
    return book.create_session(params)


def _all(name: str, url: str, *filters: str) -> Callable[[AccountBook, tuple[str, ...], Object], Object]:
    """A list, the newest first, as it is at this moment: lists do not lag behind."""

    def work(book: AccountBook, ids: tuple[str, ...], params: Object) -> Object:
        kept: dict[str, Object] = getattr(book, name)
        found = [one for one in reversed(kept.values()) if all(one[f] == params[f] for f in filters if f in params)]
        if "created" in params:
            found = [one for one in found if one["created"] >= params["created"].get("gte", 0)]
        if "starting_after" in params:
            after = find(kept, params["starting_after"], "object")
            found = found[found.index(after) + 1 :]
        return objects.listing(url, found, _limit(params))

    return work


def _limit(params: Object) -> int:
    limit: int = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Limit can range between 1 and 100", param="limit")
    return limit


def _search(book: AccountBook, ids: tuple[str, ...], params: Object) -> Object:
    """PaymentIntents by one member of their metadata, as far as they have been indexed."""
    need(params, "query")
    asked = re.fullmatch(r"metadata\['([^']+)'\]:'((?:[^'\\]|\\.)*)'", params["query"])
    if asked is None:
        raise invalid("The fake understands queries such as metadata['name']:'value' only", param="query")
    name, value = asked[1], re.sub(r"\\(.)", r"\1", asked[2])
    indexed = [one for one in reversed(book.intents.values()) if one["created"] <= book.now() - LAG]
    found = [one for one in indexed if one["metadata"].get(name, "").lower() == value.lower()]
    return objects.listing("/v1/payment_intents/search", found, _limit(params), search=True)


def _one(name: str, kind: str) -> Callable[[AccountBook, tuple[str, ...], Object], Object]:
    return lambda book, ids, params: find(getattr(book, name), ids[0], kind)


def _event(book: AccountBook, ids: tuple[str, ...], params: Object) -> Object:
    return find({one["id"]: one for one in book.events}, ids[0], "event")


def _events(book: AccountBook, ids: tuple[str, ...], params: Object) -> Object:
    found = [one for one in reversed(book.events) if params.get("type", one["type"]) == one["type"]]
    return objects.listing("/v1/events", found, _limit(params))


def _route(method: str, path: str, schema: Object, work: Any) -> Route:
    return Route(method, re.compile("/v1/" + path.replace("ID", "([A-Za-z0-9_]+)")), schema, work)


_SEEN: Object = {"expand": [str]}
ROUTES = (
    _route("POST", "payment_intents", _INTENT, _create_intent),
    _route(
        "GET",
        "payment_intents",
        {**_PAGED, **_CREATED, "customer": str},
        _all("intents", "/v1/payment_intents", "customer"),
    ),
    _route("GET", "payment_intents/search", {"query": str, "limit": int, "page": str, "expand": [str]}, _search),
    _route("GET", "payment_intents/ID", _SEEN, _one("intents", "payment_intent")),
    _route("POST", "payment_intents/ID/confirm", {**_SEEN, "payment_method": str, "return_url": str}, _confirm),
    _route(
        "POST",
        "payment_intents/ID/cancel",
        {**_SEEN, "cancellation_reason": ("abandoned", "duplicate", "fraudulent", "requested_by_customer")},
        lambda book, ids, params: book.cancel(
            find(book.intents, ids[0], "payment_intent"), params.get("cancellation_reason")
        ),
    ),
    _route("GET", "charges/ID", _SEEN, _one("charges", "charge")),
    _route("POST", "refunds", _REFUND, lambda book, ids, params: book.create_refund(params)),
    _route(
        "GET",
        "refunds",
        {**_PAGED, **_CREATED, "charge": str, "payment_intent": str},
        _all("refunds", "/v1/refunds", "charge", "payment_intent"),
    ),
    _route("GET", "refunds/ID", _SEEN, _one("refunds", "refund")),
    _route(
        "GET",
        "disputes",
        {**_PAGED, **_CREATED, "charge": str, "payment_intent": str},
        _all("disputes", "/v1/disputes", "charge", "payment_intent"),
    ),
    _route("POST", "checkout/sessions", _SESSION, _create_session),
    _route(
        "GET",
        "checkout/sessions",
        {**_PAGED, **_CREATED, "payment_intent": str},
        _all("sessions", "/v1/checkout/sessions", "payment_intent"),
    ),
    _route("GET", "checkout/sessions/ID", _SEEN, _one("sessions", "checkout.session")),
    _route(
        "POST",
        "checkout/sessions/ID/expire",
        _SEEN,
        lambda book, ids, params: book.expire(find(book.sessions, ids[0], "checkout.session")),
    ),
    _route("GET", "events", {**_PAGED, "type": str}, _events),
    _route("GET", "events/ID", _SEEN, _event),
)


def expanded(book: AccountBook, found: Object, params: Object) -> Object:
    """A copy of the answer, with the objects that were asked for in place of their ids."""
    answer = copy.deepcopy(found)
    kept = {"latest_charge": book.charges, "payment_intent": book.intents, "charge": book.charges}
    for path in params.get("expand", []):
        below = path.removeprefix("data.")
        for one in answer["data"] if path != below else [answer]:
            if below not in kept or below not in one:
                raise invalid(f"This property cannot be expanded ({path}).", param="expand")
            if one[below] is not None:
                one[below] = copy.deepcopy(kept[below][one[below]])
    return answer
