"""Playing the payment contract on a gateway that a URL names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.plugins.ports import PaymentGateway
from cantinekit.testing._payment_contract import payment_promises, run_payment_contract
from cantinekit.testing._payment_doubles import FakeStage, ManualStage
from cantinekit.testing._run import PromiseResult
from cantinekit.testing._untried import tried_alone
from cantinekit.testing.payment_stage import PaymentStage
from cantinekit.urls import BackendUrl

_ALONE = "test_it_is_a_gateway"


class StageMaker(Protocol):
    """A ``PaymentStage``, or a function: what gives the stage for a gateway that was opened from the URL."""

    def __call__(self, gateway: PaymentGateway) -> PaymentStage: ...


def check_payment_url(
    url: str,
    open: Callable[[str], PaymentGateway],
    *,
    stage: StageMaker | None = None,
    only: Iterable[str] | None = None,
    announce: Callable[[str], None] | None = None,
    report: Callable[[PromiseResult], None] | None = None,
) -> tuple[PromiseResult, ...]:
    """Check the payment contract on the gateway behind a URL, promise by promise.

    Without a ``stage`` the gateways of the library have stages of their own: those of ``stripe://`` and
    ``helloasso://`` talk to fakes on this machine, never to the provider, and their options are only checked. Of any
    other gateway only what can be seen without asking it is checked; the other promises are reported as not tried, with
    ``tried`` false.

    Args:
        url: the URL of the gateway.
        open: opens a URL, for example ``Registry.load().gateway``.
        stage: makes the stage of a gateway; it is called with a newly opened one for each promise.
        only: names of the promises to check; ``None`` for all.
        announce: called with a sentence that says what the check charges, before it charges anything.
        report: called with each result as soon as it is known.

    Raises:
        UrlError: the URL cannot be opened.
    """
    gateway = open(url)
    own = _own(url, gateway) if stage is None else ("charges what its stage charges", lambda: stage(open(url)))
    if own is None:
        checks = {_ALONE: lambda: run_payment_contract(lambda: PaymentStage(gateway), only=[_ALONE])[0]}
        return tried_alone(payment_promises(), checks, "PaymentContract", only=only, report=report)
    where, make = own
    if announce is not None:
        announce(where)
    return run_payment_contract(make, only=only, report=report)


def _own(url: str, gateway: PaymentGateway) -> tuple[str, Callable[[], PaymentStage]] | None:
    """What the check charges, and the stages of a gateway of the library."""
    scheme = BackendUrl.parse(url).scheme
    if isinstance(gateway, FakeGateway):
        return "plays with fake gateways of its own, and moves no money", FakeStage
    if isinstance(gateway, ManualGateway):
        return "asks the desk, which keeps nothing, and moves no money", lambda: ManualStage(gateway)
    if scheme == "stripe":
        from cantinekit.testing._payment_stripe import StripeStage

        return "talks to a fake of Stripe on this machine, and moves no money", StripeStage
    if scheme == "helloasso":
        from cantinekit.testing._payment_helloasso import HelloAssoStage

        return "talks to a fake of HelloAsso on this machine, and moves no money", HelloAssoStage
    return None
