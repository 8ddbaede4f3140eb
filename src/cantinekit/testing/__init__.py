"""The conformance kit: what an outside backend subclasses, or runs, to be proved.

``StorageContract`` is the contract of a store, written as tests; ``run_storage_contract`` runs it without pytest, and
``check_storage_url`` behind a URL. ``open_installed`` opens a URL in any process. ``StorageMachine`` compares a store
with the one in memory; it needs Hypothesis, and so is imported only when it is asked for. ``PricingRuleContract`` is
the contract of a pricing rule; ``check_pricing_rule`` checks one without pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cantinekit.testing._isolation import check_storage_url, open_installed
from cantinekit.testing._pricing_contract import PricingRuleContract, check_pricing_rule, pricing_rule_promises
from cantinekit.testing._run import PromiseResult, run_storage_contract
from cantinekit.testing._storage_contract import StorageContract, promises

if TYPE_CHECKING:
    from cantinekit.testing._storage_machine import StorageMachine

__all__ = [
    "PricingRuleContract",
    "PromiseResult",
    "StorageContract",
    "StorageMachine",
    "check_pricing_rule",
    "check_storage_url",
    "open_installed",
    "pricing_rule_promises",
    "promises",
    "run_storage_contract",
]


def __getattr__(name: str) -> Any:
    if name == "StorageMachine":
        try:
            from cantinekit.testing._storage_machine import StorageMachine
        except ModuleNotFoundError as error:
            if error.name != "hypothesis":
                raise
            raise ImportError("StorageMachine needs Hypothesis: install the extra cantinekit[testing]") from error
        return StorageMachine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
