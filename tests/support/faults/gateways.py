"""Payment gateways with one planted fault each: what the payment contract has to find about money and values.

Each is the fake gateway but for its fault. ``BREAKS`` names the promises that a fault breaks for certain, without the
``test_``.
"""

from __future__ import annotations

import logging
import threading
import time
from types import SimpleNamespace

import attrs

from cantinekit.backends.payments import FakeGateway
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeResult, GatewayCapabilities, Observation
from cantinekit.testing import FakeStage
from cantinekit.testing._payment_doubles import SECRETS
from cantinekit.urls import Secret

BREAKS: dict[type[Broken], tuple[str, ...]] = {}
log = logging.getLogger("broken")


class Broken(FakeGateway):
    """The fake gateway without a fault. A key of the provider may have a ``#``: what stands before it is ours."""

    def __init__(self):
        super().__init__(secrets=[Secret(text) for text in SECRETS])

    def known(self, key):
        return next((charge for charge in self.charges if charge.key == key), None)


class BrokenStage(FakeStage):
    patience = 2.0

    """The provider counts all that was made for a key of ours, under whatever name the gateway has asked for it."""

    def captured(self, key):
        return sum(charge.captured for charge in self.fake.charges if charge.key.partition("#")[0] == key)

    def refunded(self, key):
        return sum(charge.refunded for charge in self.fake.charges if charge.key.partition("#")[0] == key)


def breaks(*promises):
    """Enter a fault into the table."""

    def enter(cls):
        BREAKS[cls] = promises
        return cls

    return enter


# --- charges ---


@breaks("a_paid_charge_is_taken_exactly")
class TakesLess(Broken):
    def charge(self, request):
        less = attrs.evolve(request, amount=Money(request.amount.amount - 1, request.amount.currency))
        return super().charge(less)


@breaks("the_same_key_twice_is_one_charge")
class TakesTwice(Broken):
    def charge(self, request):
        known = self.known(request.key)
        result = super().charge(request)
        if known is not None:
            super().charge(attrs.evolve(request, key=f"{request.key}#2"))
        return result


@breaks("the_same_key_twice_is_one_charge")
class AnswersAnew(Broken):
    count = 0

    def charge(self, request):
        self.count += 1
        return attrs.evolve(super().charge(request), reference=f"ch_{self.count}")


@breaks("other_keys_are_other_charges")
class OneReference(Broken):
    def charge(self, request):
        return attrs.evolve(super().charge(request), reference="ch_1")


@breaks("a_key_with_another_amount_is_refused")
class TakesAnyAmount(Broken):
    def charge(self, request):
        known = self.known(request.key)
        return super().charge(request if known is None else attrs.evolve(request, amount=known.money))


@breaks("a_key_with_another_amount_is_refused")
class MismatchMayBeRetried(Broken):
    def charge(self, request):
        known = self.known(request.key)
        if known is not None and known.money != request.amount:
            raise GatewayError("try again", retryable=True)
        return super().charge(request)


@breaks("a_decline_is_a_result")
class DeclineIsAnError(Broken):
    def charge(self, request):
        result = super().charge(request)
        if result.status == "declined":
            raise GatewayError("declined", retryable=False)
        return result


@breaks("a_decline_is_a_result")
class DeclineIsNotTold(Broken):
    def lookup(self, key):
        seen = super().lookup(key)
        return seen and attrs.evolve(seen, declined="")


@breaks("a_declined_key_stays_declined")
class TriesTheCardAgain(Broken):
    def charge(self, request):
        known = self.known(request.key)
        if known is not None and known.status == "declined":
            return super().charge(attrs.evolve(request, key=f"{request.key}#2"))
        return super().charge(request)


@breaks("pending_tells_where_the_payer_goes")
class PendingWithoutAddress(Broken):
    def charge(self, request):
        return attrs.evolve(super().charge(request), next_url=None)


@breaks("pending_tells_where_the_payer_goes")
class PendingIsPaid(Broken):
    def charge(self, request):
        result = super().charge(request)
        return attrs.evolve(result, status="settled") if result.status == "pending" else result


@breaks("what_was_pending_is_told")
class RemembersTheFirstLook(Broken):
    def __init__(self):
        super().__init__()
        self.looks = {}

    def charge(self, request):
        result = super().charge(request)
        self.looks.setdefault(request.key, super().lookup(request.key))
        return result

    def lookup(self, key):
        return self.looks.get(key) or super().lookup(key)


@breaks("an_outage_is_retryable")
class OutageIsADecline(Broken):
    def charge(self, request):
        try:
            return super().charge(request)
        except GatewayError as error:
            if error.retryable:
                return ChargeResult("declined", reason="no answer")
            raise


@breaks("an_outage_is_retryable", "lookup_tells_after_a_lost_answer")
class OutageIsForGood(Broken):
    def charge(self, request):
        try:
            return super().charge(request)
        except GatewayError as error:
            raise GatewayError(str(error), retryable=False) from None


@breaks("lookup_tells_after_a_lost_answer")
class ForgetsWhatWasNotAnswered(Broken):
    def __init__(self):
        super().__init__()
        self.lost = set()

    def charge(self, request):
        try:
            return super().charge(request)
        except GatewayError:
            self.lost.add(request.key)
            raise

    def lookup(self, key):
        return None if key in self.lost else super().lookup(key)


@breaks("a_key_goes_on_after_a_lost_answer")
class AnotherKeyAfterALoss(Broken):
    def __init__(self):
        super().__init__()
        self.lost = set()

    def charge(self, request):
        if request.key in self.lost:
            return super().charge(attrs.evolve(request, key=f"{request.key}#2"))
        try:
            return super().charge(request)
        except GatewayError:
            self.lost.add(request.key)
            raise


@breaks("lookup_of_an_unknown_key_is_none")
class LooksUpByBeginning(Broken):
    def lookup(self, key):
        found = [charge.key for charge in self.charges if key.startswith(charge.key)]
        return super().lookup(found[0] if found else key)


@breaks("lookup_of_an_unknown_key_is_none")
class InventsWhatItDoesNotKnow(Broken):
    def lookup(self, key):
        return super().lookup(key) or Observation(key, "", "", "EUR", 0, 0, 0, self._clock.now(), declined="unknown")


@breaks("lookup_tells_what_was_asked_for")
class AllIsEuros(Broken):
    def lookup(self, key):
        seen = super().lookup(key)
        return seen and attrs.evolve(seen, currency="EUR")


@breaks("lookup_changes_nothing")
class LooksAreNow(Broken):
    def lookup(self, key):
        seen = super().lookup(key)
        return seen and attrs.evolve(seen, at=self._clock.now(), event_id=str(time.monotonic_ns()))


@breaks("nothing_or_less_is_refused")
class TakesNothing(Broken):
    def charge(self, request):
        if request.amount.amount <= 0:
            return ChargeResult("settled", "ch_0")
        return super().charge(request)


@breaks("currencies_keep_their_minor_units")
class HundredthsOfYen(Broken):
    def charge(self, request):
        times = 100 if request.amount.currency == "JPY" else 1
        return super().charge(attrs.evolve(request, amount=request.amount * times))

    def lookup(self, key):
        seen = super().lookup(key)
        if seen is None or seen.currency != "JPY":
            return seen
        return attrs.evolve(seen, amount=seen.amount // 100, captured=seen.captured // 100)


@breaks("any_description_is_taken")
class RefusesLongTexts(Broken):
    def charge(self, request):
        if len(request.description) > 1000:
            raise GatewayError("the description is too long", retryable=False)
        return super().charge(request)


@breaks("a_provider_that_hangs_is_retryable", "lookup_in_an_outage_is_an_error")
class WaitsForEver(Broken):
    def charge(self, request):
        if self._outcomes == ("hang",):
            time.sleep(6)
        return super().charge(request)

    def lookup(self, key):
        if self._looks == "hang":
            time.sleep(6)
        return super().lookup(key)


@breaks("a_provider_that_hangs_is_retryable")
class HangIsADecline(Broken):
    def charge(self, request):
        if self._outcomes == ("hang",):
            return ChargeResult("declined", reason="no answer")
        return super().charge(request)


@breaks("too_many_requests_may_be_retried")
class TooManyIsForGood(Broken):
    def charge(self, request):
        if self._outcomes == ("busy",):
            raise GatewayError("status 429", retryable=False)
        return super().charge(request)


@breaks("too_many_requests_may_be_retried")
class TooManyIsDoneAllTheSame(Broken):
    def charge(self, request):
        if self._outcomes == ("busy",):
            self.play(charges=["lost"])
        return super().charge(request)


@breaks("what_the_provider_refuses_is_refused")
class RefusalIsAnOutage(Broken):
    def charge(self, request):
        if self._outcomes == ("refused",):
            raise GatewayError("status 400", retryable=True)
        return super().charge(request)


@breaks("what_the_provider_refuses_is_refused")
class RefusalIsSettled(Broken):
    def charge(self, request):
        if self._outcomes == ("refused",):
            return ChargeResult("settled", "ch_1")
        return super().charge(request)


@breaks("lookup_in_an_outage_is_an_error")
class KnowsNothingInAnOutage(Broken):
    def lookup(self, key):
        try:
            return super().lookup(key)
        except GatewayError:
            return None


@breaks("lookup_in_an_outage_is_an_error")
class LooksFailForGood(Broken):
    def lookup(self, key):
        try:
            return super().lookup(key)
        except GatewayError as error:
            raise GatewayError(str(error), retryable=False) from None


@breaks("lookup_in_an_outage_is_an_error")
class KnowsNothingWhenAskedTooMuch(Broken):
    def lookup(self, key):
        return None if self._looks == "busy" else super().lookup(key)


# --- refunds ---


@breaks("a_refund_waits_for_the_provider")
class RefundTooManyIsForGood(Broken):
    def refund(self, request):
        if self._refunds == ("busy",):
            raise GatewayError("status 429", retryable=False)
        return super().refund(request)


@breaks("a_refund_waits_for_the_provider")
class RefundWaitsForEver(Broken):
    def refund(self, request):
        if self._refunds == ("hang",):
            time.sleep(6)
        return super().refund(request)


@breaks("a_refund_that_the_provider_refuses")
class RefundRefusalIsAnOutage(Broken):
    def refund(self, request):
        if self._refunds == ("refused",):
            raise GatewayError("status 400", retryable=True)
        return super().refund(request)


@breaks("a_refund_gives_the_amount_back")
class RefundsWithoutReference(Broken):
    def refund(self, request):
        return attrs.evolve(super().refund(request), reference="")


@breaks("refunds_add_up_and_never_above_the_captured", "more_than_was_captured_is_not_given_back")
class GivesBackTooMuch(Broken):
    def refund(self, request):
        result = super().refund(request)
        if result.status == "declined" and self.known(request.charge_key) is not None:
            self.refund_elsewhere(request.charge_key, request.amount.amount)
            return attrs.evolve(result, status="settled")
        return result


@breaks("the_same_refund_key_twice_is_one_refund")
class GivesBackTwice(Broken):
    def refund(self, request):
        if any(refund.key == request.key for refund in self.refunds):
            super().refund(attrs.evolve(request, key=f"{request.key}#2"))
        return super().refund(request)


@breaks("a_refund_key_with_another_amount_is_refused")
class RefundKeyIsAll(Broken):
    def refund(self, request):
        known = next((refund for refund in self.refunds if refund.key == request.key), None)
        if known is not None:
            return ChargeResult(known.status, known.reference)
        return super().refund(request)


@breaks("an_unknown_charge_gives_nothing_back")
class RefundsStrangers(Broken):
    def refund(self, request):
        if self.known(request.charge_key) is None:
            return ChargeResult("settled", "re_1")
        return super().refund(request)


@breaks("a_declined_refund_is_a_result")
class DeclinedRefundIsAnOutage(Broken):
    def refund(self, request):
        result = super().refund(request)
        if result.status == "declined":
            raise GatewayError("declined", retryable=True)
        return result


@breaks("a_pending_refund_counts")
class PendingRefundIsDone(Broken):
    def refund(self, request):
        result = super().refund(request)
        return attrs.evolve(result, status="settled") if result.status == "pending" else result


@breaks("a_refund_goes_on_after_a_lost_answer")
class AnotherRefundKeyAfterALoss(Broken):
    def __init__(self):
        super().__init__()
        self.lost = set()

    def refund(self, request):
        if request.key in self.lost:
            return super().refund(attrs.evolve(request, key=f"{request.key}#2"))
        try:
            return super().refund(request)
        except GatewayError:
            self.lost.add(request.key)
            raise


@breaks("refunds_made_elsewhere_are_told")
class KnowsItsOwnRefunds(Broken):
    def lookup(self, key):
        seen = super().lookup(key)
        own = sum(r.amount for r in self.refunds if r.charge_key == key and r.status == "settled")
        return seen and attrs.evolve(seen, refunded=own)


@breaks("a_dispute_is_told")
class DisputeIsARefund(Broken):
    def lookup(self, key):
        seen = super().lookup(key)
        return seen and attrs.evolve(seen, refunded=seen.refunded + seen.disputed, disputed=0)


@breaks("a_gateway_says_what_it_cannot_do")
class GivesBackPartsUnsaid(Broken):
    @property
    def capabilities(self):
        return GatewayCapabilities(redirects=True, webhooks=True, partial_refunds=False)


# --- values, secrets, threads ---


@breaks("it_is_a_gateway")
class OwnWordForWhatItCan(Broken):
    @property
    def capabilities(self):
        return SimpleNamespace(**attrs.asdict(super().capabilities))


@breaks("results_are_values_of_the_port")
class AmountsAreFloats(Broken):
    def lookup(self, key):
        seen = super().lookup(key)
        return seen and attrs.evolve(seen, captured=float(seen.captured))


@breaks("what_is_given_is_not_changed")
class TakesTheHeaders(Broken):
    def read_webhook(self, body, headers, now):
        found = super().read_webhook(body, headers, now)
        headers.clear()
        return found


@breaks("secrets_and_canaries_are_in_no_text")
class ShowsItsSecret(Broken):
    def __repr__(self):
        return f"ShowsItsSecret({SECRETS[0]})"


@breaks("secrets_and_canaries_are_in_no_text")
class LogsRequests(Broken):
    def charge(self, request):
        log.debug("charging %s", request)
        return super().charge(request)


@breaks("secrets_and_canaries_are_in_no_text")
class QuotesInItsCause(Broken):
    def charge(self, request):
        try:
            return super().charge(request)
        except GatewayError as error:
            try:
                raise ValueError(f"the driver was asked for {request}")
            except ValueError:
                raise GatewayError("the driver failed", retryable=error.retryable) from None


@breaks("many_threads_at_once")
class OneRequestAtATime(Broken):
    current = None

    def charge(self, request):
        self.current = request
        time.sleep(0.005)
        return super().charge(self.current)


@breaks("one_key_from_many_threads")
class LooksThenCharges(Broken):
    def __init__(self):
        super().__init__()
        self.lock, self.count = threading.Lock(), 0

    def charge(self, request):
        known = self.known(request.key)
        time.sleep(0.005)
        if known is not None:
            return super().charge(request)
        with self.lock:
            self.count += 1
            first = self.known(request.key) is None
        return super().charge(request if first else attrs.evolve(request, key=f"{request.key}#{self.count}"))
