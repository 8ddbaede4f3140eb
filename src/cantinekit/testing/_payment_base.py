"""The base of the payment promises: the factory to override, charges that are paid, refusals, threads."""

from __future__ import annotations

import threading
import time
import unittest
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, Observation
from cantinekit.testing._storage_base import check, equal
from cantinekit.testing.payment_stage import PaymentStage, Webhook

T = TypeVar("T")
NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
TEN = Money(1000, "EUR")


def euros(amount: int) -> Money:
    """So many minor units of euros."""
    return Money(amount, "EUR")


def refused(work: Callable[[], object], what: str, *, retryable: bool = False) -> GatewayError:
    """Fail unless the call raises ``GatewayError`` with this ``retryable``; gives the error."""
    try:
        result = work()
    except GatewayError as error:
        equal(error.retryable, retryable, f"retryable of the GatewayError for {what}")
        return error
    except Exception as other:
        raise AssertionError(f"{what} must raise GatewayError, raised {type(other).__name__}: {other}") from other
    raise AssertionError(f"{what} must raise GatewayError, gave {result!r}")


def turned_down(work: Callable[[], ChargeResult], what: str) -> None:
    """Fail unless the call is declined, or refused for good."""
    try:
        result = work()
    except GatewayError as error:
        check(not error.retryable, f"{what} must be refused for good, was refused as retryable")
    else:
        equal(result.status, "declined", what)


class PaymentBase:
    """The base of the payment promises. ``deadline``: how many seconds a promise with threads may take in all."""

    deadline: float = 60.0

    def open_stage(self) -> PaymentStage:
        """A gateway whose provider knows of no charge yet, at each call. Override it."""
        raise NotImplementedError("override open_stage: it returns a fresh PaymentStage at each call")

    def setup_method(self) -> None:
        """Called before each promise."""
        self._stages: list[PaymentStage] = []
        self._keys = count(1)

    def teardown_method(self) -> None:
        """Called after each promise: closes the stages that it opened."""
        while self._stages:
            self._stages.pop().close()

    def stage(self, *needs: str) -> PaymentStage:
        """A fresh stage; skips the promise where the gateway lacks a capability, or ``outside`` where it is immediate.

        ``outside`` is what a gateway has that is not immediate: a provider that can be asked, and can fail.
        """
        stage = self.open_stage()
        self._stages.append(stage)
        can = stage.gateway.capabilities
        for need in needs:
            if need == "outside":
                if can.immediate:
                    raise unittest.SkipTest("the gateway is immediate: there is nobody outside who could tell or fail")
            elif not getattr(can, need):
                raise unittest.SkipTest(f"the gateway does not claim {need}")
        return stage

    def key(self, word: str = "pay") -> str:
        """A key that this promise has not used yet."""
        return f"{word}_kit{next(self._keys):013}"

    def paid(self, stage: PaymentStage, amount: Money = TEN) -> ChargeRequest:
        """A charge that the payer has paid."""
        request = stage.request(self.key(), amount)
        result = stage.gateway.charge(request)
        if result.status == "pending":
            stage.settle(request.key)
        else:
            equal(result.status, "settled", "the status of a charge that is paid")
        return request

    def seen(self, stage: PaymentStage, key: str) -> Observation:
        """What lookup tells of a charge that the provider has."""
        seen = stage.gateway.lookup(key)
        if seen is None:
            raise AssertionError("lookup knows nothing of a charge that the provider has")
        return seen

    def told(self, stage: PaymentStage, key: str, now: datetime = NOW) -> tuple[Observation, Webhook]:
        """The one observation about the charge in the webhook that the provider sends, and the webhook."""
        hook = stage.webhook(key, now)
        found = [o for o in stage.gateway.read_webhook(hook.body, hook.headers, now) if o.key == key]
        equal(len(found), 1, "the number of observations of the charge in a webhook about it")
        return found[0], hook

    def money(self, stage: PaymentStage, key: str, captured: int, refunded: int = 0) -> None:
        """Fail unless the provider took and gave back this much, and lookup says so."""
        equal((stage.captured(key), stage.refunded(key)), (captured, refunded), "taken and given back by the provider")
        seen = self.seen(stage, key)
        equal((seen.captured, seen.refunded), (captured, refunded), "captured and refunded as lookup tells them")

    def in_time(self, stage: PaymentStage, work: Callable[[], object]) -> None:
        """Do something that the provider may never answer; fail where it takes longer than the stage's patience."""
        problems = list[BaseException]()

        def run() -> None:
            try:
                work()
            except BaseException as problem:
                problems.append(problem)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(stage.patience)
        check(not thread.is_alive(), f"a call that nobody answers takes longer than {stage.patience} s")
        if problems:
            raise problems[0]

    def tried_again(self, stage: PaymentStage, work: Callable[[], T]) -> T:
        """The final result of a call that may be told to wait: it is retried until the patience is over."""
        end = time.monotonic() + stage.patience
        while True:
            try:
                return work()
            except GatewayError as error:
                if not error.retryable or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def together(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Run the jobs in threads that begin at the same moment; the first exception among them is raised."""
        start, problems = threading.Barrier(len(jobs)), list[BaseException]()

        def run(job: Callable[[], None]) -> None:
            try:
                start.wait(self.deadline)
                job()
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
        end = time.monotonic() + self.deadline
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        if problems:
            raise problems[0]
        check(not any(t.is_alive() for t in threads), f"a call did not come back within {self.deadline} s")
