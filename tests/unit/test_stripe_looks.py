"""``stripe://``: what looking tells of a charge that waits for its payer, and what a refused look decides: nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cantinekit.backends.stripe import open_stripe
from cantinekit.clock import ManualClock
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, RefundRequest
from cantinekit.testing.fakestripe import AUTHENTICATED, KEY, SECRET, FakeStripe
from cantinekit.urls import BackendUrl

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
TEN = Money(1000, "EUR")


@pytest.fixture
def fake():
    with FakeStripe(clock=ManualClock(NOW)) as server:
        yield server


@pytest.fixture
def gateway(fake):
    opened = open_stripe(BackendUrl.parse(f"stripe://127.0.0.1:{fake.port}?key={KEY}&webhook={SECRET}&retries=0"))
    opened._clock = ManualClock(NOW)
    return opened


def asked(means="", key="pay_1"):
    return ChargeRequest(key, TEN, "chg_1", "ent_1", "Day", "https://cantine.invalid/paid", means)


def back(reference=""):
    return RefundRequest("ref_1", "pay_1", reference, TEN)


def refuse(fake, monkeypatch, method, status):
    """Answer requests of a method, or of any, with a refusal of this status."""
    honest, body = fake.answer, json.dumps({"error": {"type": "invalid_request_error", "message": "No."}}).encode()

    def answer(asked, target, headers, sent):
        return (status, body) if method in ("", asked) else honest(asked, target, headers, sent)

    monkeypatch.setattr(fake, "answer", answer)


@pytest.mark.parametrize("means", ["", AUTHENTICATED])
def test_a_charge_that_waits_is_told_with_its_address(fake, gateway, means):
    """Looking for a charge whose page is open, or whose bank waits for the payer, gives the address that charging gave,
    and none once it is paid."""
    made = gateway.charge(asked(means))
    assert made.next_url.startswith("https://")
    assert gateway.lookup("pay_1").next_url == made.next_url
    fake.pay(made.reference)
    seen = gateway.lookup("pay_1")
    assert (seen.captured, seen.next_url) == (1000, None)


def test_a_page_that_has_expired_has_no_address(fake, gateway):
    """Nobody is sent to a page that has expired."""
    made = gateway.charge(asked())
    fake.decline(made.reference)
    seen = gateway.lookup("pay_1")
    assert (seen.declined, seen.next_url) == ("the payment page has expired", None)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_look_that_is_refused_decides_nothing(fake, gateway, monkeypatch, status):
    """While looks are refused, a look and a refund may come again, and the refund is then made."""
    paid = gateway.charge(asked("pm_card_visa"))
    with monkeypatch.context() as during:
        refuse(fake, during, "GET", status)
        for work in (lambda: gateway.lookup("pay_1"), lambda: gateway.refund(back(paid.reference))):
            with pytest.raises(GatewayError, match=f"status {status}") as caught:
                work()
            assert caught.value.retryable
    assert gateway.refund(back(paid.reference)).status == "settled"


def test_a_refund_with_a_key_that_is_not_taken_may_come_again(fake, gateway, monkeypatch):
    """401 to the refund itself says nothing of the refund; 403 refuses it for good, and so does 401 to a charge."""
    paid = gateway.charge(asked("pm_card_visa"))
    calls = {401: lambda: gateway.refund(back(paid.reference)), 403: lambda: gateway.refund(back(paid.reference))}
    for status, work in calls.items():
        with monkeypatch.context() as during:
            refuse(fake, during, "POST", status)
            with pytest.raises(GatewayError) as caught:
                work()
            assert caught.value.retryable == (status == 401)
            with pytest.raises(GatewayError) as caught:
                gateway.charge(asked("pm_card_visa", key="pay_2"))
            assert not caught.value.retryable


def test_what_is_not_there_is_refused_for_good(gateway):
    """The control: a payment that Stripe does not know is an answer, and is not looked for again and again."""
    with pytest.raises(GatewayError, match="status 404") as caught:
        gateway.refund(back("pi_unknown"))
    assert not caught.value.retryable
