"""The promises about what a provider sends unasked."""

from __future__ import annotations

import json
import random
import re
from datetime import timedelta
from types import MappingProxyType

from cantinekit.backends.payments.checks import check_observation
from cantinekit.errors import GatewayError
from cantinekit.plugins.ports import MAX_WEBHOOK_BYTES, Observation
from cantinekit.testing._payment_base import NOW, PaymentBase, euros, refused
from cantinekit.testing._storage_base import check, equal
from cantinekit.testing.payment_stage import PaymentStage, Webhook

RUBBISH = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"0",
    b'"text"',
    b"{",
    b"\xff\xfe\x00",
    b"\x00",
    b'{"observations": 5, "data": 5, "type": 5, "object": 5, "id": 5}',
    b'{"object": "event", "data": null, "type": "payment"}',
    b'{"a": NaN, "b": 1e999}',
    b'{"n": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
)


ODD = ("null", "true", "-1", "1e400", '""', '"\\u0000"', '"\\ud800"', '"' + "x" * 20_000 + '"', "[]", '{"a": 1}')
"""Values of JSON that hardly any place of a webhook takes."""


class WebhookPromises(PaymentBase):
    """What a provider sends unasked."""

    def test_a_webhook_tells_of_the_charge(self) -> None:
        """A webhook tells what lookup tells of the charge, and names the event."""
        stage = self.stage("webhooks")
        paid = self.paid(stage)
        seen, _ = self.told(stage, paid.key)
        known = self.seen(stage, paid.key)
        equal(_sums(seen), _sums(known), "the charge as a webhook tells it")
        equal(seen.reference, known.reference, "the reference as a webhook tells it")
        check(seen.event_id != "", "the observation of a webhook names no event")
        check(seen.at.tzinfo is not None, "the instant of an observation has no zone")

    def test_an_unsigned_webhook_is_refused(self) -> None:
        """A webhook without a readable signature is refused for good, and so is any where none are sent."""
        stage = self.stage()
        if not stage.gateway.capabilities.webhooks:
            refused(lambda: stage.gateway.read_webhook(b"{}", {}, NOW), "a webhook of a gateway that has none")
            return
        stage = self.stage("signed_webhooks")
        hook = _signed(self, stage)
        names = [name for name, value in hook.headers.items() if value != stage.signed(b"{}", NOW).headers.get(name)]
        check(names != [], "the signature is not among the headers")
        for value in ("", "t=", "t=1", "v1=ab", "é", "t=" + "9" * 400 + ",v1=ab", "t=-5,v1=00", "=,=,=", "t=٣,v1=00"):
            headers = {**hook.headers, **dict.fromkeys(names, value)}
            refused(lambda h=headers: stage.gateway.read_webhook(hook.body, h, NOW), f"the signature {value[:20]!r}")  # type: ignore[misc]
        refused(lambda: stage.gateway.read_webhook(hook.body, {}, NOW), "a webhook without headers")

    def test_a_wrong_secret_is_refused(self) -> None:
        """A webhook that was signed with another secret is refused for good."""
        stage = self.stage("webhooks", "signed_webhooks")
        hook = _signed(self, stage)
        forged = stage.signed(hook.body, NOW, -1)
        refused(lambda: stage.gateway.read_webhook(forged.body, forged.headers, NOW), "a wrong secret")

    def test_an_altered_body_is_refused(self) -> None:
        """A body that differs in one byte from the one that was signed is refused for good, a space included."""
        stage = self.stage("webhooks", "signed_webhooks")
        body, headers = _signed(self, stage)
        places = [0, len(body) // 3, len(body) // 2, len(body) - 1]
        altered = [body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] for at in places]
        for other in (*altered, body + b" ", b" " + body, body[:-1], json.dumps(json.loads(body), indent=3).encode()):
            refused(lambda other=other: stage.gateway.read_webhook(other, headers, NOW), "an altered body")  # type: ignore[misc]

    def test_what_a_webhook_claims_is_proved(self) -> None:
        """Whoever alters a webhook gets nothing told but what is true, or is refused."""
        stage = self.stage("webhooks")
        body, headers = _signed(self, stage)
        digits = [at for at in range(len(body)) if body[at : at + 1].isdigit()]
        forged = [body.replace(b"1000", b"9000"), body.replace(b"1000", b"1")]
        forged += [
            body[:at] + b"%d" % ((body[at] - 47) % 10) + body[at + 1 :] for at in digits[:: len(digits) // 30 + 1]
        ]
        for other in forged:
            try:
                found = stage.gateway.read_webhook(other, headers, NOW)
            except GatewayError:
                continue
            for seen in found:
                known = stage.gateway.lookup(seen.key)
                equal(_sums(seen), known and _sums(known), "what an altered webhook tells")

    def test_an_old_webhook_is_refused(self) -> None:
        """A signature that is an hour old, or an hour ahead, is refused for good; one of a minute is not."""
        stage = self.stage("webhooks", "signed_webhooks", "dated_webhooks")
        body, headers = _signed(self, stage)
        for away in (timedelta(hours=1), timedelta(hours=-1), timedelta(days=4000)):
            refused(lambda away=away: stage.gateway.read_webhook(body, headers, NOW + away), f"a signature {away} away")  # type: ignore[misc]
        for near in (timedelta(minutes=1), timedelta(minutes=-1)):
            check(len(stage.gateway.read_webhook(body, headers, NOW + near)) > 0, "a minute is too much")

    def test_either_secret_serves_while_they_change(self) -> None:
        """While secrets are changed, a webhook that either of them signed is read."""
        stage = self.stage("webhooks", "signed_webhooks")
        hook = _signed(self, stage)
        for number in range(stage.webhook_secrets):
            again = stage.signed(hook.body, NOW, number)
            found = stage.gateway.read_webhook(again.body, again.headers, NOW)
            check(len(found) > 0, f"nothing is read from a webhook that secret {number} signed")

    def test_header_names_are_in_any_case(self) -> None:
        """The names of headers may come in any case, in a mapping that cannot be written."""
        stage = self.stage("webhooks")
        body, headers = _signed(self, stage)
        for change in (str.lower, str.upper, str.title):
            given = MappingProxyType({change(name): value for name, value in headers.items()})
            check(len(stage.gateway.read_webhook(body, given, NOW)) > 0, "nothing is read with other cases")

    def test_an_oversized_webhook_is_refused(self) -> None:
        """A body that is larger than any webhook is refused for good, signed or not."""
        stage = self.stage("webhooks")
        for body in (b" " * (MAX_WEBHOOK_BYTES + 1), b'{"a": "' + b"x" * MAX_WEBHOOK_BYTES + b'"}'):
            hook = stage.signed(body, NOW)
            error = refused(lambda hook=hook: stage.gateway.read_webhook(hook.body, hook.headers, NOW), "its size")  # type: ignore[misc]
            check("large" in str(error) or "size" in str(error), "the error does not say that the body is too large")

    def test_a_signed_body_may_be_anything(self) -> None:
        """A body that was signed and is no webhook is refused for good or tells of nothing, and raises nothing else."""
        stage = self.stage("webhooks")
        for body in RUBBISH:
            hook = stage.signed(body, NOW)
            try:
                found = stage.gateway.read_webhook(hook.body, hook.headers, NOW)
            except Exception as error:
                refused(lambda error=error: _raise(error), f"the body {body[:20]!r}")  # type: ignore[misc]
            else:
                equal(list(found), [], f"what is read from {body[:20]!r}")

    def test_a_signed_webhook_with_odd_values(self) -> None:
        """A real webhook in which one value is of another kind, huge, deep or unwritable is refused for good, or what
        it tells are values of the port: nothing else is raised, signed or not.
        """
        stage = self.stage("webhooks")
        body, headers = _signed(self, stage)
        odd = [odd.encode() for odd in ODD] + [b"9" * 5_000, b"[" * 2_000 + b"]" * 2_000]
        for at in _values(body):
            for value in odd:
                other = body[: at.start()] + value + body[at.end() :]
                hook = stage.signed(other, NOW)
                what = f"a webhook with {value[:20]!r} in the place of {body[at.start() : at.end()][:20]!r}"
                try:
                    found = stage.gateway.read_webhook(hook.body, {**headers, **hook.headers}, NOW)
                except Exception as error:
                    refused(lambda error=error: _raise(error), what)  # type: ignore[misc]
                else:
                    for seen in found:
                        check_observation(seen)

    def test_a_webhook_that_comes_twice_says_the_same(self) -> None:
        """A webhook that comes again says the same under the same event, and another event has another id."""
        stage = self.stage("webhooks")
        paid, other = self.paid(stage), self.paid(stage)
        first, hook = self.told(stage, paid.key)
        for _ in range(2):
            (again,) = stage.gateway.read_webhook(hook.body, hook.headers, NOW)
            equal((again.event_id, *_sums(again)), (first.event_id, *_sums(first)), "a webhook that came again")
        check(self.told(stage, other.key)[0].event_id != first.event_id, "two events have one id")

    def test_each_event_has_an_id_of_its_own(self) -> None:
        """Whatever happens to one charge is an event of its own: the ids of its webhooks differ, so that who acts once
        on each id misses none.
        """
        stage = self.stage("webhooks")
        can = stage.gateway.capabilities
        paid = self.paid(stage)
        ids = [self.told(stage, paid.key)[0].event_id]
        parts = (300, 200) if can.partial_refunds else (1000,)
        for part in parts if can.refunds else ():
            stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(part)))
            ids.append(self.told(stage, paid.key)[0].event_id)
        if can.disputes and (can.partial_refunds or not can.refunds):
            stage.dispute(paid.key, 500)
            ids.append(self.told(stage, paid.key)[0].event_id)
        equal(len(set(ids)), len(ids), "the number of ids of so many events of one charge")

    def test_webhooks_are_sums_in_any_order(self) -> None:
        """Observations are sums since the beginning: late, repeated, in any order, they end where the provider is."""
        stage = self.stage("webhooks")
        can = stage.gateway.capabilities
        parts = (100, 250, 300) if can.partial_refunds else (1000,) if can.refunds else ()
        paid = self.paid(stage)
        hooks = [stage.webhook(paid.key, NOW)]
        for part in parts:
            stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(part)))
            hooks.append(stage.webhook(paid.key, NOW))
        given = random.Random(11).choices(hooks, k=12) + hooks[::-1]
        read = [seen for hook in given for seen in stage.gateway.read_webhook(hook.body, hook.headers, NOW)]
        equal({(s.key, s.amount, s.currency) for s in read}, {(paid.key, 1000, "EUR")}, "the charge in its webhooks")
        equal({s.captured for s in read}, {1000}, "captured as the webhooks tell it")
        equal(max(s.refunded for s in read), sum(parts), "refunded as the webhooks tell it in the end")
        possible = {sum(parts[:n]) for n in range(len(parts) + 1)}
        check({s.refunded for s in read} <= possible, "a webhook tells of another sum than there ever was")


def _values(body: bytes) -> list[re.Match[bytes]]:
    """Where the texts and numbers of a JSON text are, names of members left out; of many of them some."""
    every = re.finditer(rb'"(?:[^"\\]|\\.)*"(?P<name>\s*:)?|-?[0-9]+(?=\s*[,}\]])', body)
    found = [one for one in every if one["name"] is None]
    return found[:: len(found) // 25 + 1]


def _signed(contract: WebhookPromises, stage: PaymentStage) -> Webhook:
    """A webhook that is read as it is."""
    paid = contract.paid(stage)
    return contract.told(stage, paid.key)[1]


def _sums(seen: Observation) -> tuple[object, ...]:
    return seen.key, seen.currency, seen.amount, seen.captured, seen.refunded, seen.disputed, seen.declined


def _raise(error: Exception) -> None:
    raise error
