"""The fake of HelloAsso's API: it has the published shapes, and refuses what is not documented."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from cantinekit.clock import ManualClock
from cantinekit.testing.fakehelloasso import CLIENT_ID, CLIENT_SECRET, FakeHelloAsso, Fault

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
PAGES = "/v5/organizations/fake-association/checkout-intents"
BODY = {
    "totalAmount": 1000,
    "initialAmount": 1000,
    "itemName": "Day",
    "backUrl": "https://x.invalid",
    "errorUrl": "https://x.invalid",
    "returnUrl": "https://x.invalid",
    "containsDonation": False,
    "metadata": {"ours": "1"},
}
META = {"createdAt", "updatedAt"}
ORDER = {
    *("id", "date", "formSlug", "formType", "organizationName", "organizationSlug", "organizationType"),
    *("organizationIsUnderColucheLaw", "checkoutIntentId", "meta"),
}
PAYMENT = {
    *("cashOutDate", "idCashOut", "cashOutState", "paymentReceiptUrl", "fiscalReceiptUrl", "id", "amount", "amountTip"),
    *("date", "paymentMeans", "installmentNumber", "state", "type", "meta", "paymentOffLineMean", "refundOperations"),
    "items",
}
DETAIL = {*ORDER, "payer", "items", "payments", "amount"}
REFUND = {"id", "amount", "cancelOrder", "creationDate", "state", "sendRefundMail", "paymentId"}
"""The names of the published models: order in short, payment, order, refund."""


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def fake(clock):
    with FakeHelloAsso(clock=clock) as server:
        yield server


def ask(fake, method, target, body=None, token=None):
    connection = http.client.HTTPConnection("127.0.0.1", fake.port, timeout=10)
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, target, sent, {"Authorization": f"Bearer {token}"} if token else {})
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def granted(fake, **form):
    return ask(fake, "POST", "/oauth2/token", urlencode(form).encode())


@pytest.fixture
def token(fake):
    _, answer = granted(fake, grant_type="client_credentials", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert answer.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    return answer["access_token"]


def test_tokens(fake, clock, token):
    """A token ends after half an hour; a refresh token serves once, and anything else is refused."""
    _, first = granted(fake, grant_type="client_credentials", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert ask(fake, "GET", "/v5/payments/1", token=token)[0] == 404
    clock.advance(timedelta(minutes=30))
    assert ask(fake, "GET", "/v5/payments/1", token=token)[0] == 401
    renew = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": first["refresh_token"]}
    assert [granted(fake, **renew)[0] for _ in range(2)] == [200, 400]
    for odd in ({}, {"grant_type": "password"}, {**renew, "client_id": "x"}, {**renew, "scope": "all"}):
        assert granted(fake, **odd)[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"totalAmount": 999},
        {"totalAmount": "1000"},
        {"totalAmount": True},
        {"totalAmount": 0, "initialAmount": 0},
        {"totalAmount": 2**31, "initialAmount": 2**31},
        {"itemName": ""},
        {"itemName": "x" * 251},
        {"itemName": None},
        {"returnUrl": "http://x.invalid"},
        {"containsDonation": "no"},
        {"metadata": "text"},
        {"metadata": {"long": "x" * 20_000}},
    ],
)
def test_a_page_that_is_not_as_documented_is_refused(fake, token, change):
    """Unknown members, other types, sums that do not fit, texts that are too long: 400, with errors as they look."""
    status, answer = ask(fake, "POST", PAGES, {**BODY, **change}, token)
    assert status == 400
    assert answer["errors"][0].keys() == {"code", "message"}
    assert fake.book.intents == {}


@pytest.mark.parametrize("name", [name for name in BODY if name != "metadata"])
def test_a_page_needs_all_its_members(fake, token, name):
    """Each member is needed but the metadata."""
    assert ask(fake, "POST", PAGES, {key: value for key, value in BODY.items() if key != name}, token)[0] == 400


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/v5/organizations/fake-association/payments?colour=red", 400),
        ("GET", "/v5/organizations/fake-association/payments?pageSize=101", 400),
        ("GET", "/v5/organizations/fake-association/payments?sortOrder=up", 400),
        ("GET", "/v5/organizations/fake-association/payments?from=yesterday", 400),
        ("GET", "/v5/organizations/another/payments", 403),
        ("GET", PAGES, 404),
        ("GET", f"{PAGES}/1", 404),
        ("GET", "/v5/orders/1", 404),
        ("POST", "/v5/payments/1/refund?amount=x", 400),
        ("DELETE", "/v5/payments/1", None),
    ],
)
def test_what_is_not_documented_is_refused(fake, token, method, target, status):
    """Another parameter, another association, and pages that are open, which nobody can list."""
    if status is None:
        connection = http.client.HTTPConnection("127.0.0.1", fake.port, timeout=10)
        connection.request(method, target)
        status = connection.getresponse().status
        connection.close()
        assert status == 501
        return
    assert ask(fake, method, target, token=token)[0] == status


def test_the_shapes_are_those_of_the_published_models(fake, token):
    """No object has a member that the published models lack; an order is told only of a page on which one pays."""
    _, made = ask(fake, "POST", PAGES, BODY, token)
    assert made.keys() == {"id", "redirectUrl"}
    where = f"{PAGES}/{made['id']}"
    assert ask(fake, "GET", where, token=token)[1].keys() == {"id", "redirectUrl", "metadata"}
    fake.pay(made["id"])
    _, intent = ask(fake, "GET", where, token=token)
    assert intent.keys() == {"id", "redirectUrl", "metadata", "order"}
    order, (payment,) = intent["order"], intent["order"]["payments"]
    assert order.keys() <= DETAIL
    assert payment.keys() <= PAYMENT
    assert payment["date"] == "2026-11-24T09:30:00.0000000+01:00"
    assert ask(fake, "GET", f"/v5/orders/{order['id']}", token=token)[1] == order
    _, detail = ask(fake, "GET", f"/v5/payments/{payment['id']}", token=token)
    assert detail.keys() <= {*PAYMENT, "order", "payer"}
    assert detail["order"].keys() <= ORDER
    _, listed = ask(fake, "GET", "/v5/organizations/fake-association/payments", token=token)
    assert (listed.keys(), listed["data"]) == ({"data", "pagination"}, [detail])
    _, back = ask(fake, "POST", f"/v5/payments/{payment['id']}/refund?comment=x", token=token)
    assert back.keys() == REFUND
    assert ask(fake, "POST", f"/v5/payments/{payment['id']}/refund", token=token)[0] == 409
    (operation,) = ask(fake, "GET", f"/v5/payments/{payment['id']}", token=token)[1]["refundOperations"]
    assert operation.keys() == {"id", "amount", "amountTip", "status", "meta"}
    assert (operation["id"], operation["status"]) == (back["id"], "Processed")


def test_notifications(fake, token):
    """One for the payment and one for the order, with the metadata; signed, where there is a key, over the raw body."""
    _, made = ask(fake, "POST", PAGES, BODY, token)
    fake.pay(made["id"])
    hooks = fake.notifications(key="secret")
    told = [json.loads(hook.body) for hook in hooks]
    assert [one["eventType"] for one in told] == ["Payment", "Order"]
    assert all(one.keys() == {"data", "eventType", "metadata"} and one["metadata"] == {"ours": "1"} for one in told)
    for hook in hooks:
        wanted = hmac.new(b"secret", hook.body, hashlib.sha256).hexdigest()
        assert hook.headers["x-ha-signature"] == wanted
    assert "x-ha-signature" not in fake.notifications()[0].headers


def test_faults(fake, token):
    """A fault meets as many requests as it says; what was made behind a lost answer nobody can pay."""
    fake.fail(Fault("after", "500", path=PAGES, times=1))
    assert ask(fake, "POST", PAGES, BODY, token)[0] == 500
    _, made = ask(fake, "POST", PAGES, BODY, token)
    lost = min(fake.book.intents)
    with pytest.raises(LookupError, match="nobody was told"):
        fake.pay(lost)
    fake.pay(made["id"])
    with pytest.raises(LookupError, match="paid already"):
        fake.pay(made["id"])
