"""``NotifierContract``: all promises of a notifier in one class, and how they are checked without pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cantinekit.testing._notifier_delivery import DeliveryPromises, NotifierRefusalPromises
from cantinekit.testing._notifier_faults import FaultPromises, SecrecyPromises
from cantinekit.testing._notifier_stage import NotifierStage
from cantinekit.testing._run import PromiseResult, result_of


class NotifierContract(DeliveryPromises, NotifierRefusalPromises, FaultPromises, SecrecyPromises):
    """What every notifier promises; each ``test_`` method is one promise, its docstring the promise in a sentence.

    Subclass it in a test module::

        class TestMyNotifier(NotifierContract):
            def open_stage(self):
                return MyStage()

    A promise for which the far end would have to play a fault that it cannot play is skipped.
    """


def notifier_promises() -> tuple[tuple[str, str], ...]:
    """The (method name, sentence) of each promise, in the order of the written contract."""
    found = []
    for room in NotifierContract.__bases__:
        for name, method in vars(room).items():
            if name.startswith("test_"):
                found.append((name, " ".join((method.__doc__ or "").split())))
    return tuple(found)


def run_notifier_contract(
    open_stage: Callable[[], NotifierStage],
    *,
    only: Iterable[str] | None = None,
    report: Callable[[PromiseResult], None] | None = None,
) -> tuple[PromiseResult, ...]:
    """Check a notifier, promise by promise.

    ``open_stage`` gives a fresh stage at each call. ``only`` names the promises to check. ``report`` is called with
    each result as soon as it is known.
    """
    contract = type("BoundNotifierContract", (NotifierContract,), {"open_stage": lambda self: open_stage()})
    wanted = None if only is None else set(only)
    results = []
    for name, sentence in notifier_promises():
        if wanted is None or name in wanted:
            results.append(result_of(contract(), name, sentence))
            if report is not None:
                report(results[-1])
    return tuple(results)
