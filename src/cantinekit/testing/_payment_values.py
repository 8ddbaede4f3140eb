"""The promises about values, secrets and threads."""

from __future__ import annotations

import copy
import inspect
import io
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import attrs

from cantinekit.errors import GatewayError
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, GatewayCapabilities, Observation, PaymentGateway
from cantinekit.testing._payment_base import NOW, TEN, PaymentBase, euros
from cantinekit.testing._storage_base import check, equal
from cantinekit.testing.payment_stage import PaymentStage

CANARIES = ("4242424242424242", "FR7630006000011234567890189", "zoe.canary@example.org")
"""A card number, an IBAN and an address, planted in what a gateway is given: no log and no error may have them."""


class PaymentValuePromises(PaymentBase):
    """Values, secrets and threads."""

    def test_it_is_a_gateway(self) -> None:
        """A gateway has the methods of the port, none of them async, and says what it can in its capabilities."""
        gateway = self.stage().gateway
        check(isinstance(gateway, PaymentGateway), f"{type(gateway).__name__} lacks a method of the port")
        for name in ("charge", "refund", "lookup", "read_webhook"):
            check(not inspect.iscoroutinefunction(getattr(gateway, name)), f"{name} is async, and nobody awaits it")
        equal(type(gateway.capabilities), GatewayCapabilities, "the type of the capabilities")

    def test_results_are_values_of_the_port(self) -> None:
        """What comes back are the values of the port, with amounts that are integers and texts that are texts."""
        stage = self.stage()
        request = stage.request(self.key(), TEN)
        result = stage.gateway.charge(request)
        equal(type(result), ChargeResult, "the type of what charge gives")
        check(all(isinstance(text, str) for text in (result.reference, result.reason)), "a text is no str")
        if not stage.gateway.capabilities.immediate:
            seen = self.seen(stage, request.key)
            equal(type(seen), Observation, "the type of what lookup gives")
            amounts = (seen.amount, seen.captured, seen.refunded, seen.disputed)
            equal({type(amount) for amount in amounts}, {int}, "the types of the amounts of an observation")
            equal(seen.at.utcoffset(), timedelta(0), "the zone of an observation")

    def test_what_is_given_is_not_changed(self) -> None:
        """Requests, headers and capabilities are the same after a call as before it."""
        stage = self.stage()
        can = copy.copy(stage.gateway.capabilities)
        request = stage.request(self.key(), TEN)
        before = attrs.asdict(request, recurse=False)
        stage.gateway.charge(request)
        equal(attrs.asdict(request, recurse=False), before, "a request after the call")
        if stage.gateway.capabilities.webhooks:
            paid = self.paid(stage)
            hook = stage.webhook(paid.key, NOW)
            headers = dict(hook.headers)
            stage.gateway.read_webhook(hook.body, headers, NOW)
            equal(headers, dict(hook.headers), "the headers after the call")
        equal(stage.gateway.capabilities, can, "the capabilities after some calls")

    def test_secrets_and_canaries_are_in_no_text(self) -> None:
        """No secret, card number, IBAN or address is in a repr, in an error with all that led to it, or in a log."""
        stage = self.stage()
        with _logged() as log:
            texts = [repr(stage.gateway), str(stage.gateway), *(text for text in _errors(self, stage))]
        texts.append(log.getvalue())
        for word in (*stage.secrets, *CANARIES):
            for text in texts:
                at = text.find(word)
                check(at < 0, f"a secret or a canary is in a text, before which stands {text[max(0, at - 60) : at]!r}")

    def test_many_threads_at_once(self) -> None:
        """Charges, lookups and refunds from many threads at once are each made once, and do not mix."""
        stage = self.stage()
        immediate, done = stage.gateway.capabilities.immediate, list[ChargeRequest]()
        requests = [stage.request(self.key(), euros(100 + n)) for n in range(6)]

        def one(request: ChargeRequest) -> Callable[[], None]:
            def work() -> None:
                result = stage.gateway.charge(request)
                if not immediate:
                    if result.status == "pending":
                        stage.settle(request.key)
                    equal(self.seen(stage, request.key).amount, request.amount.amount, "the amount that lookup tells")
                done.append(request)

            return work

        self.together([one(request) for request in requests])
        equal(len(done), 6, "the charges that came through")
        if not immediate:
            for request in requests:
                self.money(stage, request.key, request.amount.amount)

    def test_one_key_from_many_threads(self) -> None:
        """One key from many threads at once is one charge: each is answered alike, or told to try again."""
        stage = self.stage("outside")
        for _ in range(3):
            request, results = stage.request(self.key(), TEN), list[ChargeResult]()

            def work(request: ChargeRequest = request, results: list[ChargeResult] = results) -> None:
                try:
                    results.append(stage.gateway.charge(request))
                except GatewayError as error:
                    check(error.retryable, "a key that is being charged was refused for good")

            self.together([work] * 4)
            check(len(results) > 0, "nobody was answered")
            equal(len({(r.status, r.reference) for r in results}), 1, "the number of answers to one key")
            if results[0].status == "pending":
                stage.settle(request.key)
            self.money(stage, request.key, 1000)


def _errors(contract: PaymentValuePromises, stage: PaymentStage) -> Iterator[str]:
    """The texts of every error that the kit can bring about, with the causes that are shown below them."""
    gateway, said = stage.gateway, " ".join(CANARIES)
    yield from _texts(lambda: gateway.charge(stage.request(contract.key(), TEN, said)))
    yield from _texts(lambda: gateway.charge(stage.request(contract.key(), euros(-1), said)))
    yield from _texts(lambda: gateway.read_webhook(said.encode(), {"Signature": said}, NOW))
    if gateway.capabilities.immediate:
        return
    known = contract.paid(stage)
    yield from _texts(lambda: gateway.charge(stage.request(known.key, euros(7), said)))
    for play in ("declined", "outage", "lost", "refused", "busy"):
        stage.play(charges=play, refunds=play)
        yield from _texts(lambda: gateway.charge(stage.request(contract.key(), TEN, said)))
        if gateway.capabilities.refunds:
            back = stage.refund_request(contract.key("ref"), known.key, TEN)
            yield from _texts(lambda back=back: gateway.refund(back))  # type: ignore[misc]
    if gateway.capabilities.webhooks:
        for secret in (-1, 0):
            hook = stage.signed(said.encode(), NOW, secret)
            yield from _texts(lambda hook=hook: gateway.read_webhook(hook.body, hook.headers, NOW))  # type: ignore[misc]


def _texts(work: Callable[[], object]) -> Iterator[str]:
    try:
        yield repr(work())
    except GatewayError as error:
        yield from (str(error), repr(error), "".join(traceback.format_exception(error)))
        cause = error.__cause__ or error.__context__
        while cause is not None:  # what is not shown by default is shown by reporters of errors
            yield from (str(cause), repr(cause))
            cause = cause.__cause__ or cause.__context__


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, at any level."""
    text = io.StringIO()
    root, handler = logging.getLogger(), logging.StreamHandler(text)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
