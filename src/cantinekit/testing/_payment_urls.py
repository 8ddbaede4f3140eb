"""Playing the payment contract on a gateway that a URL names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.errors import InputError
from cantinekit.ports import PaymentGateway
from cantinekit.testing._payment_contract import run_payment_contract
from cantinekit.testing._payment_doubles import FakeStage, ManualStage
from cantinekit.testing._payment_stage import PaymentStage
from cantinekit.testing._run import PromiseResult
from cantinekit.urls import BackendUrl


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
    """Play the payment contract on the gateway behind a URL, promise by promise.

    ``open`` opens a URL, for example ``Registry.load().gateway``. ``stage`` is called with a gateway that was opened
    anew for each promise. Without it the gateways of the library have stages of their own: those of ``stripe://`` and
    ``helloasso://`` talk to fakes on this machine, never to the provider, and their options are only checked.

    ``only`` names the promises to check. ``announce`` is called with a sentence that says what the check charges,
    before it does; ``report`` with each result as soon as it is known.

    Raises:
        UrlError: the URL cannot be opened.
        InputError: there is no stage for it.
    """
    gateway = open(url)
    where, make = _own(url, gateway) if stage is None else ("charges what its stage charges", lambda: stage(open(url)))
    if announce is not None:
        announce(where)
    return run_payment_contract(make, only=only, report=report)


def _own(url: str, gateway: PaymentGateway) -> tuple[str, Callable[[], PaymentStage]]:
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
    raise InputError(f"there is no stage for {scheme}://: name the one of its author, --stage MODULE:CLASS")
