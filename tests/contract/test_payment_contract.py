"""The payment gateways of the library, each through the whole payment contract."""

from __future__ import annotations

from cantinekit.testing import FakeStage, HelloAssoStage, ManualStage, PaymentContract, StripeStage


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


class TestHelloAsso(PaymentContract):
    def open_stage(self):
        return HelloAssoStage()


class TestHelloAssoForPartners(PaymentContract):
    def open_stage(self):
        return HelloAssoStage(partner=True)
