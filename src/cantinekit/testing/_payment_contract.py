"""``PaymentContract``: all promises of a payment gateway in one class, and running them without pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cantinekit.testing._payment_charges import ChargePromises
from cantinekit.testing._payment_refunds import RefundPromises
from cantinekit.testing._payment_values import PaymentValuePromises
from cantinekit.testing._payment_webhooks import WebhookPromises
from cantinekit.testing._run import PromiseResult, result_of
from cantinekit.testing.payment_stage import PaymentStage


class PaymentContract(ChargePromises, RefundPromises, WebhookPromises, PaymentValuePromises):
    """What every payment gateway promises; each ``test_`` method is one promise, its docstring the promise.

    Subclass it in a test module::

        class TestMyGateway(PaymentContract):
            def open_stage(self):
                return MyStage()

    A promise that the capabilities exclude is skipped.
    """


def payment_promises() -> tuple[tuple[str, str], ...]:
    """The (method name, sentence) of each promise, in the order of the written contract."""
    return tuple(
        (name, " ".join((method.__doc__ or "").split()))
        for room in PaymentContract.__bases__
        for name, method in vars(room).items()
        if name.startswith("test_")
    )


def run_payment_contract(
    open_stage: Callable[[], PaymentStage],
    *,
    only: Iterable[str] | None = None,
    deadline: float = PaymentContract.deadline,
    report: Callable[[PromiseResult], None] | None = None,
) -> tuple[PromiseResult, ...]:
    """Check a gateway, promise by promise.

    ``open_stage`` gives a fresh stage at each call. ``only`` names the promises to check. ``report`` is called with
    each result as soon as it is known. ``deadline``: see ``PaymentContract``.
    """
    bound = {"open_stage": lambda self: open_stage(), "deadline": deadline}
    contract = type("BoundPaymentContract", (PaymentContract,), bound)
    wanted = None if only is None else set(only)
    results = []
    for name, sentence in payment_promises():
        if wanted is None or name in wanted:
            results.append(result_of(contract(), name, sentence))
            if report is not None:
                report(results[-1])
    return tuple(results)
