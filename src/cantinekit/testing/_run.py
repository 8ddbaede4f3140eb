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
    """What became of one promise.

    Attributes:
        name: the name of its test method.
        promise: the promise in one sentence.
        ok: whether it is kept; true where it was skipped.
        problem: what went wrong, in one line; empty if nothing did.
        seconds: how long the check took.
        skipped: which capability is not claimed, or which stage is missing; empty if it was checked.
        tried: false where the promise needs a stage and there is none, so that nothing is known.
        trace: where the problem arose, with the errors behind it, as Python prints it. It may hold what is stored.
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

    Args:
        open_storage: opens a fresh, empty store at each call.
        reopen: opens another handle on the data of a store in this process; needed only where ``opener`` does not do
            it.
        opener: makes, for a store that is durable or shared, a function that opens its data, here and, pickled, in
            other processes.
        only: names of the promises to check; ``None`` for all.
        scale: makes the large promises smaller; see ``StorageContract``.
        patience: seconds; see ``StorageContract``.
        deadline: seconds; see ``StorageContract``.
        report: called with each result as soon as it is known.
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
