"""The payment gateways of the library, each through the whole payment contract."""

from __future__ import annotations

import pytest

from cantinekit.testing import (
    FakeStage,
    HelloAssoStage,
    ManualStage,
    PaymentContract,
    StripeStage,
    run_payment_contract,
)
from support.payments.helloasso import Believes, HandsOutTwo


class TestFake(PaymentContract):
    def open_stage(self):
        return FakeStage()


class TestManual(PaymentContract):
    def open_stage(self):
        return ManualStage()


class TestStripeByCard(PaymentContract):
    def open_stage(self):
        return StripeStage("card")


class TestStripeByCheckout(PaymentContract):
    def open_stage(self):
        return StripeStage("checkout", "acct_kit")


_PARTS = {
    "test_refunds_add_up_and_never_above_the_captured",
    "test_a_refund_key_with_another_amount_is_refused",
    "test_a_pending_refund_counts",
    "test_refunds_made_elsewhere_are_told",
}
_SIGNED = {
    "test_an_unsigned_webhook_is_refused",
    "test_a_wrong_secret_is_refused",
    "test_an_altered_body_is_refused",
    "test_either_secret_serves_while_they_change",
}
_DATED = {"test_an_old_webhook_is_refused"}


class TestHelloAsso(PaymentContract):
    def open_stage(self):
        return HelloAssoStage()


class TestHelloAssoForPartners(PaymentContract):
    def open_stage(self):
        return HelloAssoStage(partner=True)


@pytest.mark.parametrize(("partner", "unclaimed"), [(False, _PARTS | _SIGNED | _DATED), (True, _PARTS | _DATED)])
def test_what_helloasso_does_not_claim(partner, unclaimed):
    """Nine promises are not claimed, five for partners: parts of payments, signatures, and the time of a signature."""
    results = run_payment_contract(lambda: HelloAssoStage(partner=partner), only=_PARTS | _SIGNED | _DATED)
    assert {result.name for result in results if result.skipped} == unclaimed
    assert all(result.ok for result in results)


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (HandsOutTwo, "test_the_same_key_twice_is_one_charge"),
        (Believes, "test_what_a_webhook_claims_is_proved"),
    ],
)
def test_a_broken_helloasso_is_caught(broken, promise):
    """The control: a gateway that hands out two pages for a key, or believes what it is told, breaks the contract."""

    def stage():
        made = HelloAssoStage()
        made.gateway.__class__ = broken
        return made

    (result,) = run_payment_contract(stage, only=[promise])
    assert not result.ok
