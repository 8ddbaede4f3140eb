"""The conformance kit: what an outside backend subclasses, or runs, to be proved.

``StorageContract`` is the contract of a store, written as tests; ``run_storage_contract`` runs it without pytest, and
``check_storage_url`` behind a URL. ``PaymentContract`` is that of a payment gateway, which is played on a
``PaymentStage``; ``run_payment_contract`` runs it, ``check_payment_url`` behind a URL. ``NotifierContract`` is that of
a notifier, tried on a ``NotifierStage``; ``run_notifier_contract`` runs it, ``check_notifier_url`` behind a URL.
``open_installed`` opens a URL in any process. ``StorageMachine`` compares a store with the one in memory; it needs
Hypothesis. ``PricingRuleContract`` is the contract of a pricing rule; ``check_pricing_rule`` checks one. Each is
imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.testing._isolation import check_storage_url, open_installed
    from cantinekit.testing._notifier_contract import NotifierContract, notifier_promises, run_notifier_contract
    from cantinekit.testing._notifier_stage import Arrived, NotifierStage
    from cantinekit.testing._notifier_urls import check_notifier_url
    from cantinekit.testing._payment_contract import PaymentContract, payment_promises, run_payment_contract
    from cantinekit.testing._payment_doubles import FakeStage, ManualStage
    from cantinekit.testing._payment_helloasso import HelloAssoStage
    from cantinekit.testing._payment_stripe import StripeStage
    from cantinekit.testing._payment_urls import check_payment_url
    from cantinekit.testing._pricing_contract import PricingRuleContract, check_pricing_rule, pricing_rule_promises
    from cantinekit.testing._run import PromiseResult, run_storage_contract
    from cantinekit.testing._storage_contract import StorageContract, promises
    from cantinekit.testing._storage_machine import StorageMachine
    from cantinekit.testing.payment_stage import PaymentStage, Webhook

__all__ = [
    "Arrived",
    "FakeStage",
    "HelloAssoStage",
    "ManualStage",
    "NotifierContract",
    "NotifierStage",
    "PaymentContract",
    "PaymentStage",
    "PricingRuleContract",
    "PromiseResult",
    "StorageContract",
    "StorageMachine",
    "StripeStage",
    "Webhook",
    "check_notifier_url",
    "check_payment_url",
    "check_pricing_rule",
    "check_storage_url",
    "notifier_promises",
    "open_installed",
    "payment_promises",
    "pricing_rule_promises",
    "promises",
    "run_notifier_contract",
    "run_payment_contract",
    "run_storage_contract",
]

_HOMES = {
    "Arrived": "_notifier_stage",
    "FakeStage": "_payment_doubles",
    "HelloAssoStage": "_payment_helloasso",
    "ManualStage": "_payment_doubles",
    "NotifierContract": "_notifier_contract",
    "NotifierStage": "_notifier_stage",
    "PaymentContract": "_payment_contract",
    "PaymentStage": "payment_stage",
    "PricingRuleContract": "_pricing_contract",
    "PromiseResult": "_run",
    "StorageContract": "_storage_contract",
    "StorageMachine": "_storage_machine",
    "StripeStage": "_payment_stripe",
    "Webhook": "payment_stage",
    "check_notifier_url": "_notifier_urls",
    "check_payment_url": "_payment_urls",
    "check_pricing_rule": "_pricing_contract",
    "check_storage_url": "_isolation",
    "notifier_promises": "_notifier_contract",
    "open_installed": "_isolation",
    "payment_promises": "_payment_contract",
    "pricing_rule_promises": "_pricing_contract",
    "promises": "_storage_contract",
    "run_notifier_contract": "_notifier_contract",
    "run_payment_contract": "_payment_contract",
    "run_storage_contract": "_run",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: a child process of a promise needs next to nothing of the kit, and there are many."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(import_module(f"cantinekit.testing.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ImportError(f"{name} needs Hypothesis: install the extra cantinekit[testing]") from error
    globals()[name] = found
    return found
