"""Running the storage promises without pytest."""

from __future__ import annotations

import time
import traceback
import unittest
from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from cantinekit.plugins.ports import Storage
from cantinekit.testing._storage_contract import StorageContract, promises


@attrs.frozen
class PromiseResult:
    """What became of one promise. ``skipped`` says which capability the store does not claim; ``ok`` is true then.

    ``tried`` is false where the promise needs a stage and there is none; ``skipped`` says so, and nothing is known.
    ``trace`` says where the problem arose, with the errors behind it, as Python prints it: that of a driver, where the
    store raised its own ``from`` it. It may hold what is stored.
    """

    name: str
    promise: str
    ok: bool
    problem: str = ""
    seconds: float = 0.0
    skipped: str = ""
    tried: bool = True
    trace: str = attrs.field(default="", repr=False)


def run_storage_contract(
    open_storage: Callable[[], Storage],
    reopen: Callable[[Storage], Storage] | None = None,
    *,
    opener: Callable[[Storage], Callable[[], Storage]] | None = None,
    only: Iterable[str] | None = None,
    scale: float = 1.0,
    patience: float = StorageContract.patience,
    deadline: float = StorageContract.deadline,
    report: Callable[[PromiseResult], None] | None = None,
) -> tuple[PromiseResult, ...]:
    """Check a store, promise by promise.

    ``open_storage`` gives a fresh, empty store at each call. Where the capabilities say durable or shared ``opener`` is
    needed too: it gives for such a store a function that opens its data, here and, pickled, in processes of their own.
    ``reopen`` gives another handle in this process, where that is not the same. ``only`` names the promises to check.
    ``report`` is called with each result as soon as it is known. For ``scale``, ``patience`` and ``deadline`` see
    ``StorageContract``.
    """
    settings = {"scale": scale, "patience": patience, "deadline": deadline}
    bound: dict[str, object] = {"open_storage": lambda self: open_storage(), **settings}
    if opener is not None:
        bound["opener"] = lambda self, storage: opener(storage)
    if reopen is not None:
        bound["reopen"] = lambda self, storage: reopen(storage)
    contract = type("BoundStorageContract", (StorageContract,), bound)
    wanted = None if only is None else set(only)
    results = []
    for name, sentence in promises():
        if wanted is None or name in wanted:
            results.append(result_of(contract(), name, sentence))
            if report is not None:
                report(results[-1])
    return tuple(results)


class _Contract(Protocol):
    def setup_method(self) -> None: ...
    def teardown_method(self) -> None: ...


def result_of(contract: _Contract, name: str, sentence: str) -> PromiseResult:
    """Check one promise of any contract."""
    begun = time.monotonic()
    problem = skipped = trace = ""
    try:
        contract.setup_method()
        try:
            getattr(contract, name)()
        finally:
            contract.teardown_method()
    except unittest.SkipTest as reason:
        skipped = str(reason)
    except AssertionError as error:
        problem, trace = str(error) or "an assertion failed", traceback.format_exc()
    except Exception as error:
        problem, trace = f"{type(error).__name__}: {error}", traceback.format_exc()
    return PromiseResult(name, sentence, not problem, problem, time.monotonic() - begun, skipped, trace=trace)
