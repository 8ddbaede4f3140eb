"""The promises about taking money."""

from __future__ import annotations

from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import FindsByReference
from cantinekit.testing._payment_base import NOW, TEN, PaymentBase, euros, refused, turned_down
from cantinekit.testing._storage_base import check, equal
from cantinekit.testing.payment_stage import PaymentStage, Play, Webhook


class ChargePromises(PaymentBase):
    """Taking money."""

    def test_a_paid_charge_is_taken_exactly(self) -> None:
        """Of a charge that is paid exactly its amount is taken, and its reference is told."""
        stage = self.stage()
        request = stage.request(self.key(), TEN)
        result = stage.gateway.charge(request)
        check(result.reference != "", "a charge has no reference")
        if stage.gateway.capabilities.immediate:
            equal(result.status, "settled", "the status of a charge of an immediate gateway")
            return
        if result.status == "pending":
            stage.settle(request.key)
        self.money(stage, request.key, 1000)
        equal(self.seen(stage, request.key).declined, "", "why a charge that is paid was declined")

    def test_the_same_key_twice_is_one_charge(self) -> None:
        """The same key twice is one charge, and the second answer is the first."""
        stage = self.stage()
        request = stage.request(self.key(), TEN)
        first = stage.gateway.charge(request)
        equal(stage.gateway.charge(request), first, "the answer to a key that came before")
        if not stage.gateway.capabilities.immediate:
            if first.status == "pending":
                stage.settle(request.key)
            self.money(stage, request.key, 1000)

    def test_other_keys_are_other_charges(self) -> None:
        """Two keys are two charges with two references, however alike the requests are."""
        stage = self.stage()
        one, two = (stage.gateway.charge(stage.request(self.key(), TEN)) for _ in range(2))
        check(one.reference != two.reference, "two charges have one reference")

    def test_a_key_with_another_amount_is_refused(self) -> None:
        """A key that comes again with another amount or currency is refused for good, and takes nothing more."""
        stage = self.stage("outside")
        request = self.paid(stage)
        for other in (euros(1001), euros(1), Money(1000, "GBP")):
            refused(lambda other=other: stage.gateway.charge(stage.request(request.key, other)), f"{other} after {TEN}")  # type: ignore[misc]
        self.money(stage, request.key, 1000)

    def test_a_decline_is_a_result(self) -> None:
        """A charge that is declined is a result with a reason, no exception, and takes nothing."""
        stage = self.stage("outside")
        stage.play(charges="declined")
        request = stage.request(self.key(), TEN)
        result = stage.gateway.charge(request)
        if result.status == "pending":
            stage.decline(request.key)
        else:
            equal(result.status, "declined", "the status of a charge that is declined")
            check(result.reason != "", "a decline has no reason")
        self.money(stage, request.key, 0)
        check(self.seen(stage, request.key).declined != "", "lookup does not say that the charge was declined")

    def test_a_declined_key_stays_declined(self) -> None:
        """A key that was declined stays so when it comes again, even where another charge would now be paid."""
        stage = self.stage("outside")
        stage.play(charges="declined")
        request = stage.request(self.key(), TEN)
        first = stage.gateway.charge(request)
        if first.status == "pending":
            stage.decline(request.key)
        stage.play(charges="settled")
        again = stage.gateway.charge(request)
        equal(again.status, first.status, "the status of a key that came before")
        self.money(stage, request.key, 0)

    def test_pending_tells_where_the_payer_goes(self) -> None:
        """A charge that waits for its payer is pending with the address where that is done, and has taken nothing."""
        stage = self.stage("redirects")
        stage.play(charges="pending")
        request = stage.request(self.key(), TEN)
        result = stage.gateway.charge(request)
        equal(result.status, "pending", "the status of a charge that waits for its payer")
        check((result.next_url or "").startswith("https://"), "a pending charge has no next_url")
        self.money(stage, request.key, 0)
        equal(self.seen(stage, request.key).declined, "", "why a charge that waits was declined")

    def test_what_was_pending_is_told(self) -> None:
        """A charge that was pending is told as captured when its payer has paid, and as declined when that failed."""
        stage = self.stage("redirects")
        stage.play(charges="pending")
        paid, failed = (stage.request(self.key(), TEN) for _ in range(2))
        for request in (paid, failed):
            stage.gateway.charge(request)
        stage.settle(paid.key)
        stage.decline(failed.key)
        self.money(stage, paid.key, 1000)
        self.money(stage, failed.key, 0)
        check(self.seen(stage, failed.key).declined != "", "lookup does not say that the charge failed")
        equal(self.seen(stage, paid.key).declined, "", "why a charge that is paid was declined")

    def test_an_outage_is_retryable(self) -> None:
        """A provider that does not answer is a GatewayError that may be retried, and then the same key is charged."""
        stage = self.stage("outside")
        stage.play(charges="outage")
        request = stage.request(self.key(), TEN)
        refused(lambda: stage.gateway.charge(request), "a charge in an outage", retryable=True)
        equal(stage.captured(request.key), 0, "taken in an outage")
        stage.play(charges="settled")
        if stage.gateway.charge(request).status == "pending":
            stage.settle(request.key)
        self.money(stage, request.key, 1000)

    def test_a_provider_that_hangs_is_retryable(self) -> None:
        """A provider that takes a request and never answers is a GatewayError in time, and then the key is charged."""
        stage = self.stage("outside")
        self._delayed(stage, "hang")

    def test_too_many_requests_may_be_retried(self) -> None:
        """A provider that was asked too much (429) is a GatewayError that may be retried, and the key charged later."""
        stage = self.stage("outside")
        self._delayed(stage, "busy")

    def _delayed(self, stage: PaymentStage, play: Play) -> None:
        stage.play(charges=play)
        request = stage.request(self.key(), TEN)
        what = f"a charge where {play} is played"
        self.in_time(stage, lambda: refused(lambda: stage.gateway.charge(request), what, retryable=True))
        equal(stage.captured(request.key), 0, f"taken where {play} is played")
        stage.play(charges="settled")
        if self.tried_again(stage, lambda: stage.gateway.charge(request)).status == "pending":
            stage.settle(request.key)
        self.money(stage, request.key, 1000)

    def test_what_the_provider_refuses_is_refused(self) -> None:
        """What the provider refuses (400) is refused for good or declined, takes nothing, and is not told as taken."""
        stage = self.stage("outside")
        stage.play(charges="refused")
        request = stage.request(self.key(), TEN)
        turned_down(lambda: stage.gateway.charge(request), "a charge that the provider refuses")
        equal(stage.captured(request.key), 0, "taken for a charge that the provider refuses")
        seen = stage.gateway.lookup(request.key)
        equal(seen and seen.captured, seen and 0, "captured of a charge that the provider refused")

    def test_lookup_in_an_outage_is_an_error(self) -> None:
        """Lookup that gets no answer is a GatewayError in time that may be retried, never None: who takes an outage for
        "never arrived" charges twice.
        """
        stage = self.stage("outside")
        known, unknown = self.paid(stage), self.key()
        hook = stage.webhook(known.key, NOW) if stage.gateway.capabilities.webhooks else None
        for look in ("outage", "busy", "hang"):
            stage.play(looks=look)
            for key in (known.key, unknown):
                what = f"a lookup where {look} is played"
                self.in_time(stage, lambda: refused(lambda: stage.gateway.lookup(key), what, retryable=True))  # noqa: B023
            if hook is not None:
                self.in_time(stage, lambda: self._read(stage, hook, known.key))
            stage.play(looks="answered")
            equal(self.tried_again(stage, lambda: self.seen(stage, known.key)).captured, 1000, "captured afterwards")
            equal(self.tried_again(stage, lambda: stage.gateway.lookup(unknown)), None, "lookup of an unknown key")

    def _read(self, stage: PaymentStage, hook: Webhook, key: str) -> None:
        """A webhook in an outage is read, or may come again."""
        try:
            found = stage.gateway.read_webhook(hook.body, hook.headers, NOW)
        except GatewayError as error:
            check(error.retryable, "a webhook that cannot be looked up in an outage is refused for good")
        else:
            equal({one.captured for one in found if one.key == key} - {1000}, set(), "captured as a webhook tells then")

    def test_lookup_tells_after_a_lost_answer(self) -> None:
        """A lost answer is a GatewayError that may be retried, and lookup tells of the charge if anybody can pay it."""
        stage = self.stage("outside")
        stage.play(charges="lost")
        request = stage.request(self.key(), TEN)
        refused(lambda: stage.gateway.charge(request), "a charge whose answer is lost", retryable=True)
        stage.play(charges="settled")
        if not stage.gateway.capabilities.finds_lost and stage.gateway.lookup(request.key) is None:
            equal(stage.captured(request.key), 0, "taken for a charge that lookup says nothing of")
            return
        if self.seen(stage, request.key).captured == 0:
            stage.settle(request.key)
        self.money(stage, request.key, 1000)

    def test_a_key_goes_on_after_a_lost_answer(self) -> None:
        """The key whose answer was lost may come again: the charge is answered, and made once."""
        stage = self.stage("outside")
        stage.play(charges="lost")
        request = stage.request(self.key(), TEN)
        refused(lambda: stage.gateway.charge(request), "a charge whose answer is lost", retryable=True)
        stage.play(charges="settled")
        if stage.gateway.charge(request).status == "pending":
            stage.settle(request.key)
        self.money(stage, request.key, 1000)

    def test_lookup_of_an_unknown_key_is_none(self) -> None:
        """Lookup of a key that never arrived is None, whatever else has been charged."""
        stage = self.stage()
        equal(stage.gateway.lookup(self.key()), None, "lookup of an unknown key")
        known = stage.request(self.key(), TEN)
        stage.gateway.charge(known)
        for key in (self.key(), known.key[:-1], known.key + "0", known.key.upper()):
            equal(stage.gateway.lookup(key), None, "lookup of a key that is like a known one")

    def test_lookup_tells_what_was_asked_for(self) -> None:
        """Lookup tells the key, the amount and the currency that were asked for, the reference, and an instant."""
        stage = self.stage("outside")
        request = stage.request(self.key(), Money(4321, "GBP"))
        try:
            result = stage.gateway.charge(request)
        except GatewayError as error:
            check(not error.retryable, "a currency that is not taken must be refused for good: GBP")
            request = stage.request(self.key(), euros(4321))
            result = stage.gateway.charge(request)
        seen = self.seen(stage, request.key)
        asked = (request.key, 4321, request.amount.currency)
        equal((seen.key, seen.amount, seen.currency), asked, "the charge as lookup tells it")
        equal(seen.reference, result.reference, "the reference as lookup tells it")
        check(seen.at.tzinfo is not None, "the instant of an observation has no zone")
        if isinstance(stage.gateway, FindsByReference):
            again = stage.gateway.lookup_reference(request.key, result.reference)
            equal(again and (again.key, again.amount, again.reference), (*asked[:2], seen.reference), "by reference")

    def test_lookup_changes_nothing(self) -> None:
        """Lookup may come as often as one likes: it says the same, and moves nothing."""
        stage = self.stage("outside")
        request = self.paid(stage)
        first = self.seen(stage, request.key)
        for _ in range(3):
            equal(self.seen(stage, request.key), first, "what lookup says when nothing has happened")
        self.money(stage, request.key, 1000)

    def test_nothing_or_less_is_refused(self) -> None:
        """A charge or a refund of nothing, or of less, is refused for good and begins nothing."""
        stage = self.stage()
        for amount in (0, -1, -1000):
            request = stage.request(self.key(), euros(amount))
            refused(lambda request=request: stage.gateway.charge(request), f"a charge of {amount}")  # type: ignore[misc]
            equal(stage.gateway.lookup(request.key), None, "lookup of a charge that was refused")
        if stage.gateway.capabilities.refunds:
            paid = self.paid(stage)
            for amount in (0, -1):
                back = stage.refund_request(self.key("ref"), paid.key, euros(amount))
                refused(lambda back=back: stage.gateway.refund(back), f"a refund of {amount}")  # type: ignore[misc]

    def test_currencies_keep_their_minor_units(self) -> None:
        """Amounts are minor units of their currency: none in JPY, two in EUR, three in TND, to the last one."""
        stage = self.stage("outside")
        for amount in (Money(500, "JPY"), Money(1999, "EUR"), Money(12_340, "TND")):
            try:
                request = self.paid(stage, amount)
            except GatewayError as error:
                check(not error.retryable, f"a currency that is not taken must be refused for good: {amount}")
                check(amount.currency != "EUR", "euros are refused")
                continue
            self.money(stage, request.key, amount.amount)
            equal(self.seen(stage, request.key).currency, amount.currency, "the currency as lookup tells it")

    def test_any_description_is_taken(self) -> None:
        """What is written in a description never stands in the way: empty, long, in any script, with line breaks."""
        stage = self.stage()
        for text in ("", "x" * 5000, "Café à l’étage — 席 \U0001f37d", "line\r\nX-Evil: 1", '"; DROP\x00', "\ud800"):
            result = stage.gateway.charge(stage.request(self.key(), TEN, text))
            check(result.status in ("settled", "pending"), f"a charge with the description {text[:20]!r} was declined")
