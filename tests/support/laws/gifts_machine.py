"""A machine that gives, claims, redirects and withdraws, while people come, pay late, cancel and are forgotten."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from cantinekit import commands as c
from cantinekit import records as m
from support.houses import small_house
from support.laws.house_machine import ACCOUNTS, ANY, PEOPLE, Cards

STATES = ("gift claimed", "gift withdrawn", "gift lapsed", "gift redirected")
"""What the runs of the machine must have seen."""
WRITES = {"email": f"{small_house.CANARIES[1].lower()}@example.org", "message": small_house.CANARIES[2]}


class Gifts(Cards):
    """Gifts and their passes beside all that is done with payments. Codes are remembered also when they are dead."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.gifts: list[str] = []
        self.known: list[str] = []

    @rule(
        product=st.sampled_from(["carnet", "mini", "local"]),
        buyer=PEOPLE | st.just("works"),
        account=ACCOUNTS,
        days=st.sampled_from([None, 0, 1, 30]),
        on_account=st.sampled_from([False, False, True]),
    )
    def give(self, product: str, buyer: str, account: str | None, days: int | None, on_account: bool) -> None:
        today = self.house.clock.now().date()
        gift = c.GiftPass(
            product_id=product,
            place_id="paris",
            buyer_id=buyer,
            account=None if on_account else account,
            on_account=on_account,
            claim_until=None if days is None else today + timedelta(days=days),
            **WRITES,
        )
        self._keep(self.run(gift))

    def _keep(self, done: object) -> None:
        note = getattr(done, "value", None)
        if isinstance(note, m.GiftNote):
            self.known.append(note.code)
            self.gifts.append(note.id)

    @rule(number=ANY, holder=PEOPLE | st.just("works"), days=st.sampled_from([None, 0, 3]))
    def claim(self, number: int, holder: str, days: int | None) -> None:
        """Somebody claims by a code that is alive, where there is one; each fourth time by any that ever was."""
        alive = [one.code for one in self.house.all(m.GiftNote) if one.code]
        if codes := alive if alive and number % 4 else self.known:
            first = None if days is None else self.house.clock.now().date() + timedelta(days=days)
            self.run(c.ClaimPass(codes[number % len(codes)], holder_id=holder, first_day=first))

    @rule(number=ANY, person=PEOPLE)
    def give_and_claim(self, number: int, person: str) -> None:
        self.give("mini", "works", "desk", None, False)
        self.claim(number, person, None)

    @rule(number=ANY)
    def redirect(self, number: int) -> None:
        if self.gifts:
            self._keep(self.run(c.RedirectGift(self.gifts[number % len(self.gifts)], **WRITES)))

    @rule(person=PEOPLE)
    def give_in_vain(self, person: str) -> None:
        self.give("mini", person, "desk", 0, False)
        self.redirect(-1)
        self.days_pass(1)

    @rule(days=st.sampled_from([1, 2, 31]))
    def days_pass(self, days: int) -> None:
        self.house.wait(days=days)
        self.run_due()

    @rule(person=PEOPLE)
    def come(self, person: str) -> None:
        self.run(c.CheckIn(place_id="paris", product_id="half-day", person_id=person))

    @rule(number=ANY)
    def cancel_pass(self, number: int) -> None:
        if one := self.pick(m.Pass, number):
            self.run(c.CancelPass(one.id))

    @rule(number=ANY)
    def forget_a_buyer(self, number: int) -> None:
        if (one := self.pick(m.Gift, number)) and not one.organisation:
            self.run(c.ForgetPerson(one.buyer_id, gives_up=True))

    @rule(number=ANY, all_back=st.booleans())
    def withdraw(self, number: int, all_back: bool) -> None:
        if self.gifts:
            refund, reason = ("all", "goodwill") if all_back else (None, "gift withdrawn")
            self.run(c.WithdrawGift(self.gifts[number % len(self.gifts)], refund=refund, reason=reason))

    def tally(self) -> None:
        super().tally()
        for gift in self.house.all(m.Gift):
            self.seen[f"gift {gift.state}"] += 1
        journal = small_house.journal(self.house.storage)
        self.seen["gift redirected"] += sum(entry.type == "GiftRedirected" for entry in journal)
