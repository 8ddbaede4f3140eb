"""The promises about giving money back."""

from __future__ import annotations

from cantinekit.money import Money
from cantinekit.testing._payment_base import PaymentBase, euros, refused, turned_down
from cantinekit.testing._storage_base import check, equal


class RefundPromises(PaymentBase):
    """Giving money back."""

    def test_a_refund_gives_the_amount_back(self) -> None:
        """A refund of all of a charge gives exactly that back, has a reference, and lookup tells it."""
        stage = self.stage("refunds")
        paid = self.paid(stage)
        result = stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(1000)))
        equal(result.status, "settled", "the status of a refund")
        check(result.reference != "", "a refund has no reference")
        if not stage.gateway.capabilities.immediate:
            self.money(stage, paid.key, 1000, 1000)

    def test_refunds_add_up_and_never_above_the_captured(self) -> None:
        """Partial refunds add up, and one that is more than is left gives nothing back."""
        stage = self.stage("outside", "refunds", "partial_refunds")
        paid, total = self.paid(stage), 0
        for part in (300, 1, 399):
            result = stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(part)))
            equal(result.status, "settled", f"a refund of {part} with {1000 - total} left")
            total += part
            self.money(stage, paid.key, 1000, total)
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(301))),
            "a refund of 301 with 300 left",
        )
        self.money(stage, paid.key, 1000, 700)
        stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(300)))
        self.money(stage, paid.key, 1000, 1000)

    def test_more_than_was_captured_is_not_given_back(self) -> None:
        """A refund of more than the charge, or of a charge that took nothing, gives nothing back."""
        stage = self.stage("outside", "refunds")
        paid = self.paid(stage)
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(1001))),
            "a refund of more than was captured",
        )
        self.money(stage, paid.key, 1000)
        stage.play(charges="declined")
        declined = stage.request(self.key(), euros(1000))
        if stage.gateway.charge(declined).status == "pending":
            stage.decline(declined.key)
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), declined.key, euros(1))),
            "a refund of a charge that was declined",
        )
        self.money(stage, declined.key, 0)

    def test_the_same_refund_key_twice_is_one_refund(self) -> None:
        """The same refund key twice is one refund, and the second answer is the first."""
        stage = self.stage("refunds")
        paid = self.paid(stage)
        amount = euros(400 if stage.gateway.capabilities.partial_refunds else 1000)
        request = stage.refund_request(self.key("ref"), paid.key, amount)
        first = stage.gateway.refund(request)
        equal(stage.gateway.refund(request), first, "the answer to a refund key that came before")
        if not stage.gateway.capabilities.immediate:
            self.money(stage, paid.key, 1000, amount.amount)

    def test_a_refund_key_with_another_amount_is_refused(self) -> None:
        """A refund key that comes again with another amount, or of another charge, is refused for good."""
        stage = self.stage("outside", "refunds", "partial_refunds")
        paid, other = self.paid(stage), self.paid(stage)
        key = self.key("ref")
        stage.gateway.refund(stage.refund_request(key, paid.key, euros(400)))
        refused(lambda: stage.gateway.refund(stage.refund_request(key, paid.key, euros(100))), "another amount")
        refused(lambda: stage.gateway.refund(stage.refund_request(key, other.key, euros(400))), "another charge")
        self.money(stage, paid.key, 1000, 400)
        self.money(stage, other.key, 1000)

    def test_an_unknown_charge_gives_nothing_back(self) -> None:
        """A refund of a charge that never was, or in another currency than the charge, gives nothing back."""
        stage = self.stage("outside", "refunds")
        paid = self.paid(stage)
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), self.key(), euros(1000))),
            "a refund of an unknown charge",
        )
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, Money(1000, "GBP"))),
            "a refund in another currency",
        )
        self.money(stage, paid.key, 1000)

    def test_a_declined_refund_is_a_result(self) -> None:
        """A refund that is declined is a result, no exception, and gives nothing back."""
        stage = self.stage("outside", "refunds")
        paid = self.paid(stage)
        stage.play(refunds="declined")
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(1000))),
            "a refund that the provider declines",
        )
        self.money(stage, paid.key, 1000)

    def test_a_pending_refund_counts(self) -> None:
        """A refund that has yet to arrive is pending, and leaves no more than the rest to be given back."""
        stage = self.stage("outside", "refunds", "partial_refunds")
        paid = self.paid(stage)
        stage.play(refunds="pending")
        waiting = stage.refund_request(self.key("ref"), paid.key, euros(700))
        equal(stage.gateway.refund(waiting).status, "pending", "the status of a refund that has yet to arrive")
        stage.play(refunds="settled")
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(301))),
            "a refund of 301 while 700 of 1000 are on their way",
        )
        stage.settle(waiting.key)
        self.money(stage, paid.key, 1000, 700)
        equal(stage.gateway.refund(waiting).status, "settled", "the status of a refund that has arrived")

    def test_a_refund_goes_on_after_a_lost_answer(self) -> None:
        """A refund whose answer was lost, or that met an outage, may come again under its key, and is made once."""
        stage = self.stage("outside", "refunds")
        parts = stage.gateway.capabilities.partial_refunds
        part = euros(250 if parts else 1000)
        first = self.paid(stage)
        second = first if parts else self.paid(stage)
        lost, out = (stage.refund_request(self.key("ref"), one.key, part) for one in (first, second))

        def back(*sums: int) -> None:
            for one, refunded in zip((first, second), (sum(sums),) * 2 if parts else sums, strict=True):
                self.money(stage, one.key, 1000, refunded)

        stage.play(refunds="lost")
        refused(lambda: stage.gateway.refund(lost), "a refund whose answer is lost", retryable=True)
        stage.play(refunds="outage")
        refused(lambda: stage.gateway.refund(out), "a refund in an outage", retryable=True)
        back(part.amount, 0)
        stage.play(refunds="settled")
        equal(stage.gateway.refund(lost).status, "settled", "the status of the refund whose answer was lost")
        back(part.amount, 0)
        equal(stage.gateway.refund(out).status, "settled", "the status of the refund that met an outage")
        back(part.amount, part.amount)

    def test_a_refund_waits_for_the_provider(self) -> None:
        """A refund that nobody answers, or that is one request too many, may come again in time, and is made once."""
        stage = self.stage("outside", "refunds")
        for play in ("hang", "busy"):
            paid = self.paid(stage)
            back = stage.refund_request(self.key("ref"), paid.key, euros(1000))
            stage.play(refunds=play)
            what = f"a refund where {play} is played"
            self.in_time(stage, lambda: refused(lambda: stage.gateway.refund(back), what, retryable=True))  # noqa: B023
            equal(stage.refunded(paid.key), 0, f"given back where {play} is played")
            stage.play(refunds="settled")
            result = self.tried_again(stage, lambda: stage.gateway.refund(back))  # noqa: B023
            equal(result.status, "settled", f"the status of a refund after {play}")
            self.money(stage, paid.key, 1000, 1000)

    def test_a_refund_that_the_provider_refuses(self) -> None:
        """A refund that the provider refuses (400) is refused for good or declined, and gives nothing back."""
        stage = self.stage("outside", "refunds")
        paid = self.paid(stage)
        stage.play(refunds="refused")
        back = stage.refund_request(self.key("ref"), paid.key, euros(1000))
        turned_down(lambda: stage.gateway.refund(back), "a refund that the provider refuses")
        self.money(stage, paid.key, 1000)

    def test_refunds_made_elsewhere_are_told(self) -> None:
        """What was given back at the provider itself is told, and leaves no more than the rest to be given back."""
        stage = self.stage("outside", "refunds", "partial_refunds")
        paid = self.paid(stage)
        stage.refund_elsewhere(paid.key, 600)
        self.money(stage, paid.key, 1000, 600)
        turned_down(
            lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(401))),
            "a refund of 401 with 400 left",
        )
        self.money(stage, paid.key, 1000, 600)

    def test_a_dispute_is_told(self) -> None:
        """What the payer's bank takes back is told as disputed, and changes neither what was captured nor refunded."""
        stage = self.stage("disputes")
        paid = self.paid(stage)
        equal(self.seen(stage, paid.key).disputed, 0, "disputed before there is a dispute")
        stage.dispute(paid.key, 1000)
        equal(self.seen(stage, paid.key).disputed, 1000, "disputed as lookup tells it")
        self.money(stage, paid.key, 1000)
        if stage.gateway.capabilities.refunds:
            turned_down(
                lambda: stage.gateway.refund(stage.refund_request(self.key("ref"), paid.key, euros(1000))),
                "a refund of what a bank has taken back",
            )
            self.money(stage, paid.key, 1000)

    def test_a_gateway_says_what_it_cannot_do(self) -> None:
        """A gateway that gives nothing back, or only all of a charge, refuses what it cannot do for good."""
        stage = self.stage()
        can = stage.gateway.capabilities
        if can.refunds and can.partial_refunds:
            check(not (can.immediate and can.webhooks), "nobody sends webhooks about money that is in hand")
            return
        paid = self.paid(stage)
        part = stage.refund_request(self.key("ref"), paid.key, euros(400))
        refused(lambda: stage.gateway.refund(part), "a refund that the gateway does not claim to make")
