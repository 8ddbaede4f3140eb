"""``helloasso://`` opened on the fake of HelloAsso's API, what tests ask it with, and two gateways with a fault."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cantinekit.backends.helloasso import HelloAssoGateway, open_helloasso
from cantinekit.clock import ManualClock
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, Observation, RefundRequest
from cantinekit.testing.fakehelloasso import FakeHelloAsso
from cantinekit.urls import BackendUrl

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
BACK = "https://cantine.invalid/paid"
TEN = Money(1000, "EUR")
PAGES = "/v5/organizations/fake-association/checkout-intents"


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def fake(clock):
    with FakeHelloAsso(clock=clock) as server:
        yield server


def opened(fake, clock, more="&timeout=5"):
    return open_helloasso(BackendUrl.parse(fake.url + more), clock)


@pytest.fixture
def gateway(fake, clock):
    return opened(fake, clock)


def asked(key="pay_1", amount=TEN, back=BACK, text="Day", means=""):
    return ChargeRequest(key, amount, "chg_1", "ent_1", text, back, means)


def back(reference="", amount=TEN, key="ref_1", charge_key="pay_1"):
    return RefundRequest(key, charge_key, reference, amount)


def paid(fake, gateway, key="pay_1"):
    """The reference of a charge that was paid."""
    result = gateway.charge(asked(key))
    fake.pay(result.reference)
    return result.reference


def fails(work, retryable):
    with pytest.raises(GatewayError) as caught:
        work()
    assert caught.value.retryable is retryable
    assert caught.value.__cause__ is None
    return str(caught.value)


class HandsOutTwo(HelloAssoGateway):
    """A gateway that forgets what it told: it says that no page is known, and makes another."""

    def lookup_reference(self, key, reference):
        seen = super().lookup_reference(key, reference)
        return seen if seen.captured else None

    def charge(self, request):
        self._pages.clear()
        return super().charge(request)


class Believes(HelloAssoGateway):
    """A gateway that takes a notification's word."""

    def read_webhook(self, body, headers, now):
        said = json.loads(body)
        amount, key = said["data"]["amount"], said["metadata"]["cantinekit_key"]
        captured = amount["total"] if isinstance(amount, dict) else amount
        return (Observation(key, "1", "1", "EUR", 1000, captured, 0, now),)
