"""``helloasso://`` opened on the fake of HelloAsso's API, and what tests ask it with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cantinekit.backends.helloasso import open_helloasso
from cantinekit.clock import ManualClock
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.ports import ChargeRequest, RefundRequest
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
