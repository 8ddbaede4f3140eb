"""The requests that the fake knows: which parameters they take, of which types, and what they do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs

from cantinekit.testing.fakehelloasso.book import AssociationBook, HelloAssoRefusal, Object

_NEEDED: dict[str, type] = {
    "totalAmount": int,
    "initialAmount": int,
    "itemName": str,
    "backUrl": str,
    "errorUrl": str,
    "returnUrl": str,
    "containsDonation": bool,
}
_MORE: dict[str, type] = {"terms": list, "payer": dict, "metadata": dict}
_INT32 = 2**31 - 1
_NUMBER = re.compile(r"[0-9]{1,10}")


@attrs.frozen
class HelloAssoRoute:
    """A method, the form of a path, the parameters that may be in the query, and the work."""

    method: str
    path: re.Pattern[str]
    query: frozenset[str]
    work: Callable[[AssociationBook, list[int], Mapping[str, str], bytes], Object]


def invalid(what: str) -> HelloAssoRefusal:
    """The refusal of a request that is not as documented."""
    return HelloAssoRefusal(400, "ArgumentInvalid", what)


def carried_out(book: AssociationBook, method: str, target: str, body: bytes) -> Object:
    """What a request answers. Raises ``HelloAssoRefusal``."""
    parts = urlsplit(target)
    for route in _ROUTES:
        found = route.path.fullmatch(parts.path)
        if found is None or route.method != method:
            continue
        slug, *ids = found.groups() if "slug" in route.path.groupindex else (book.slug, *found.groups())
        if slug != book.slug:
            raise HelloAssoRefusal(403, "Forbidden", "The JWT token hasn't the privileges or Roles for this action")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        for name in query:
            if name not in route.query:
                raise invalid(f"unknown parameter {name}")
        return route.work(book, [int(id) for id in ids], query, body)
    raise HelloAssoRefusal(404, "NotFound", "No such route.")


def _create(book: AssociationBook, ids: list[int], query: Mapping[str, str], body: bytes) -> Object:
    try:
        asked = json.loads(body)
    except ValueError:
        raise invalid("the body is no JSON") from None
    if not isinstance(asked, dict):
        raise invalid("the body is no object")
    for name, value in asked.items():
        if not isinstance(value, {**_NEEDED, **_MORE}.get(name, ())):
            raise invalid(f"{name} is unknown, or not of its type")
    if missing := _NEEDED.keys() - asked.keys():
        raise invalid(f"missing: {', '.join(sorted(missing))}")
    total, first = asked["totalAmount"], asked["initialAmount"]
    if isinstance(total, bool) or not 0 < total <= _INT32 or first + _later(asked) != total:
        raise invalid("totalAmount must be the sum of the initial amount and of the terms")
    if not 1 <= len(asked["itemName"]) <= 250:
        raise invalid("itemName has a length between 1 and 250")
    if not all(asked[name].startswith("https://") for name in ("backUrl", "errorUrl", "returnUrl")):
        raise invalid("a URL is not https")
    if len(json.dumps(asked.get("metadata", {}))) > 20_000:
        raise invalid("metadata is longer than 20000")
    return book.create_intent(asked)


def _later(asked: Object) -> int:
    return sum(int(one["amount"]) for one in asked.get("terms", []))


def _list(book: AssociationBook, ids: list[int], query: Mapping[str, str], body: bytes) -> Object:
    size, at = _number(query, "pageSize", 20), _number(query, "continuationToken", 0)
    if not 1 <= size <= 100 or query.get("sortOrder", "Desc") not in ("Asc", "Desc"):
        raise invalid("pageSize is 1 to 100, sortOrder Asc or Desc")
    try:
        since = datetime.fromisoformat(query["from"]) if "from" in query else None
    except ValueError:
        raise invalid("from is no date") from None
    rows = book.list_payments(since, query.get("sortOrder", "Desc") == "Desc")
    page = rows[at : at + size]
    token = str(at + len(page))
    return {"data": page, "pagination": {"pageSize": size, "pageIndex": 1, "continuationToken": token}}


def _refund(book: AssociationBook, ids: list[int], query: Mapping[str, str], body: bytes) -> Object:
    return book.refund(ids[0], _number(query, "amount", 0))


def _payment(book: AssociationBook, ids: list[int], query: Mapping[str, str], body: bytes) -> Object:
    return book.payment(ids[0])


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise invalid(f"{name} is no number")
    return int(text)


def _route(method: str, path: str, work: Callable[..., Any], *query: str) -> HelloAssoRoute:
    form = path.replace("SLUG", "(?P<slug>[^/]+)").replace("ID", "([0-9]{1,10})")
    return HelloAssoRoute(method, re.compile(f"/v5/{form}"), frozenset(query), work)


_ROUTES = (
    _route("POST", "organizations/SLUG/checkout-intents", _create),
    _route(
        "GET",
        "organizations/SLUG/checkout-intents/ID",
        lambda book, ids, query, body: book.intent(ids[0]),
        "withFailedRefundOperation",
    ),
    _route(
        "GET",
        "organizations/SLUG/payments",
        _list,
        *("from", "to", "pageIndex", "pageSize", "continuationToken", "states", "sortOrder", "sortField", "withCount"),
    ),
    _route("GET", "payments/ID", _payment, "withFailedRefundOperation"),
    _route("GET", "orders/ID", lambda book, ids, query, body: book.order(ids[0])),
    _route("POST", "payments/ID/refund", _refund, "comment", "cancelOrder", "sendRefundMail", "amount"),
)
