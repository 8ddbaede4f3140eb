"""Payment gateways with one planted fault each in what they make of webhooks."""

from __future__ import annotations

import contextlib
import itertools
import json

import attrs

from cantinekit.backends.payments import _signature
from cantinekit.common.fields import check_text
from cantinekit.errors import GatewayError
from support.faults.gateways import Broken, breaks

COUNT = itertools.count()


class Reads(Broken):
    """Reads a webhook in two steps, of which a fault replaces one."""

    def verify(self, body, headers, now):
        _signature.verify(body, headers, self._secrets, now)

    def parse(self, body):
        return _signature.read(body)

    def read_webhook(self, body, headers, now):
        self.verify(body, headers, now)
        return self.parse(body)


@breaks(
    "an_unsigned_webhook_is_refused",
    "a_wrong_secret_is_refused",
    "an_altered_body_is_refused",
    "what_a_webhook_claims_is_proved",
)
class ChecksNothing(Reads):
    def verify(self, body, headers, now):
        pass


@breaks("a_wrong_secret_is_refused")
class ChecksTheHeaderOnly(Reads):
    def verify(self, body, headers, now):
        if not headers.get(_signature.HEADER, "").startswith("t=") or "v1=" not in headers[_signature.HEADER]:
            raise GatewayError("unsigned", retryable=False)


@breaks("an_altered_body_is_refused")
class SignsWhatItParsed(Reads):
    def verify(self, body, headers, now):
        with contextlib.suppress(ValueError, RecursionError):
            body = json.dumps(json.loads(body)).encode()
        super().verify(body, headers, now)


@breaks("an_old_webhook_is_refused")
class HasNoWindow(Reads):
    def verify(self, body, headers, now):
        signed = next(value for name, value in headers.items() if name.lower() == _signature.HEADER.lower())
        with contextlib.suppress(ValueError, OverflowError, OSError):
            now = now.fromtimestamp(int(signed.partition("t=")[2].partition(",")[0]), now.tzinfo)
        super().verify(body, headers, now)


@breaks("an_old_webhook_is_refused")
class BelievesTheFuture(Reads):
    def verify(self, body, headers, now):
        try:
            super().verify(body, headers, now)
        except GatewayError as error:
            if "future" not in str(error) or int(headers[_signature.HEADER][2:12]) < now.timestamp():
                raise


@breaks("either_secret_serves_while_they_change")
class FirstSecretOnly(Reads):
    def verify(self, body, headers, now):
        _signature.verify(body, headers, self._secrets[:1], now)


@breaks("header_names_are_in_any_case")
class NamesInOneCase(Reads):
    def verify(self, body, headers, now):
        super().verify(body, {name: value for name, value in headers.items() if name == _signature.HEADER}, now)


@breaks("an_oversized_webhook_is_refused")
class ReadsAnySize(Reads):
    def parse(self, body):
        try:
            return super().parse(body)
        except GatewayError:
            return ()

    def verify(self, body, headers, now):
        _signature.verify(body[:1000] if len(body) > 1_000_000 else body, headers, self._secrets, now)


@breaks("a_signed_body_may_be_anything")
class StumblesOverBodies(Reads):
    def parse(self, body):
        return tuple(_signature._observation(row) for row in json.loads(body)["observations"])


@breaks("a_signed_body_may_be_anything")
class RubbishMayBeRetried(Reads):
    def parse(self, body):
        try:
            return super().parse(body)
        except GatewayError:
            raise GatewayError("cannot be read", retryable=True) from None


@breaks("a_webhook_tells_of_the_charge")
class NamesNoEvent(Reads):
    def parse(self, body):
        return tuple(attrs.evolve(seen, event_id="") for seen in super().parse(body))


@breaks("a_webhook_tells_of_the_charge")
class TellsNothing(Reads):
    def parse(self, body):
        super().parse(body)
        return ()


@breaks("a_webhook_that_comes_twice_says_the_same")
class CountsEvents(Reads):
    def parse(self, body):
        return tuple(attrs.evolve(seen, event_id=f"evt_{next(COUNT)}") for seen in super().parse(body))


@breaks("a_webhook_that_comes_twice_says_the_same")
class OneEvent(Reads):
    def parse(self, body):
        return tuple(attrs.evolve(seen, event_id="evt_1") for seen in super().parse(body))


@breaks("webhooks_are_sums_in_any_order")
class TellsSteps(Reads):
    def __init__(self):
        super().__init__()
        self.last = {}

    def parse(self, body):
        found = []
        for seen in super().parse(body):
            before = self.last.get(seen.key, 0)
            self.last[seen.key] = seen.refunded
            found.append(attrs.evolve(seen, refunded=abs(seen.refunded - before)))
        return tuple(found)


@breaks("each_event_has_an_id_of_its_own")
class OneEventForAll(Reads):
    def parse(self, body):
        return [attrs.evolve(seen, event_id=seen.reference) for seen in super().parse(body)]


@breaks("a_signed_webhook_with_odd_values")
class LetsErrorsOut(Reads):
    def parse(self, body):
        for row in json.loads(body)["observations"] if b"odd" in body or b"u0000" in body else ():
            check_text(row["key"], "a key")
        return super().parse(body)


@breaks("a_signed_webhook_with_odd_values")
class TellsWhatItWasTold(Reads):
    def parse(self, body):
        found = super().parse(body.replace(b"\\u0000", b"odd"))
        return [attrs.evolve(seen, key=seen.key.replace("odd", "\0")) for seen in found]
