"""The conformance kit: what an outside backend subclasses, or runs, to be proved.

``StorageContract`` is the contract of a store, written as tests; ``run_storage_contract`` runs it without pytest, and
``check_storage_url`` behind a URL. ``StorageMachine`` compares a store with the one in memory (needs Hypothesis).
"""

from __future__ import annotations

from cantinekit.testing._run import PromiseResult, run_storage_contract
from cantinekit.testing._storage_contract import StorageContract, promises

__all__ = ["PromiseResult", "StorageContract", "promises", "run_storage_contract"]
