"""The machine of members with sponsors: a town, a company and a person who pay shares of what others buy."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.issuing_house import ADDRESS
from support.laws.members_machine import ANY, CITIES, DAYS, Members

STATES = (
    "share of a period",
    "share of a booking",
    "share of a seat",
    "share of an order",
    "share given back",
    "month used up",
    "limit of a thing",
    "two sponsors of one charge",
    "bill of a sponsor",
    "share written off",
    "sponsor forgotten",
    "sponsorship ended",
)
"""What the runs of the machine must have seen."""
EUR = "EUR"


class Sponsored(Members):
    """Members of whose charges others pay shares; the town is billed each month."""

    seen: ClassVar[Counter[str]] = Counter()

    def set_up(self) -> None:
        super().set_up()
        self.house.do(
            c.AddOrganisation(name="Town", form="public body", address=ADDRESS, country="FR", lang="fr", id="town")
        )
        self.house.do(c.AddPerson(name="Ada", lang="fr", id="ada"))
        for city in CITIES:
            for payer in ("town", "ada"):
                said = m.BilledTo(payer.title(), ADDRESS, "FR")
                self.house.do(
                    c.AgreeBillingTerms(
                        entity_id=city, payer_id=payer, series="invoices", addressee=said, use_credit=city == CITIES[1]
                    )
                )

    def sponsor(self, sponsor: str, whom: str, city: str, **how: Any) -> Any:
        return self.run(
            c.AgreeSponsorship(
                entity_id=city, sponsor_id=sponsor, beneficiary_id=whom, **{"first_day": self.today, **how}
            )
        )

    @initialize(share=st.sampled_from(["1/2", "1/3", "1"]), first=st.booleans())
    def agree(self, share, first) -> None:
        """The town pays a share for one, the company 5.00 of each thing for another, and a person up to 30.00 a month
        for all of the company.
        """
        self.sponsor("town", "zoe", "asso", share=share)
        self.sponsor("works", "bob", "asso", at_most=Money(500, EUR))
        self.sponsor("ada", "works", "asso", share="9/10", at_most_a_month=Money(3000, EUR))
        self.sponsor("town", "works", "brest", share="2/7", product_ids=["net/a", "net/room"])
        self.subscribe("a", "asso", "zoe", True)
        self.book("zoe", "asso", first)
        self.book("bob", "asso", not first)
        self.seat("bob", "asso", first, False)
        self.use("bob", "asso", "2", True)
        self.give_back(0)
        self.cancel_booking(0)
        self.bill_sponsor("town", "asso")

    @rule(
        sponsor=st.sampled_from(["town", "ada", "works"]),
        whom=st.sampled_from(["zoe", "bob", "eve", "works"]),
        city=st.sampled_from(CITIES),
        share=st.sampled_from(["1/2", "1/3", "1", "0.99"]),
        most=st.sampled_from([None, None, 1, 500]),
        month=st.sampled_from([None, None, 700, 5000]),
        days=DAYS,
        lasts=st.none() | DAYS,
    )
    def another(self, sponsor, whom, city, share, most, month, days, lasts) -> None:
        first = self.today + timedelta(days=days)
        self.sponsor(
            sponsor,
            whom if whom != sponsor else "zoe",
            city,
            share=share,
            at_most=Money(most, EUR) if most else None,
            at_most_a_month=Money(month, EUR) if month else None,
            first_day=first,
            last_day=None if lasts is None else first + timedelta(days=lasts),
        )

    @rule(number=ANY, days=DAYS)
    def end_sponsorship(self, number, days) -> None:
        if one := self.pick(m.Sponsorship, number):
            done = self.run(c.EndSponsorship(one.id, last_day=self.today + timedelta(days=days)))
            self.seen["sponsorship ended"] += bool(done and done.events)

    @rule(payer=st.sampled_from(["town", "ada"]), city=st.sampled_from(CITIES))
    def bill_sponsor(self, payer, city) -> None:
        before = len(self.house.all(m.Document))
        self.bill(payer, city)
        self.seen["bill of a sponsor"] += len(self.house.all(m.Document)) - before

    @rule(gives_up=st.just(True))
    def forget_sponsor(self, gives_up) -> None:
        for one in [one for one in self.house.all(m.Charge) if one.payer_id == "ada" and one.state == "due"]:
            self.run(c.Pay(one.id, account="desk"))
        self.run(c.PayBack(payer_id="ada", place_id="brest", account="desk"))
        self.seen["sponsor forgotten"] += self.run(c.ForgetPerson("ada", gives_up=gives_up)) is not None

    @rule(number=ANY)
    def lose_a_claim(self, number) -> None:
        if found := [one for one in self.house.all(m.Charge) if one.claim and one.state == "due"]:
            done = self.run(c.WriteOff(found[number % len(found)].id, reason="gone"))
            self.seen["share written off"] += done is not None

    @invariant()
    def fair(self) -> None:
        """A sponsor pays no more than their share of what stands of the lines that they sponsor, rounded."""
        for charge in self.house.all(m.Charge):
            if not charge.sponsors or min(line.amount.amount for line in charge.lines) < 0:
                continue
            *earned, _ = charge.earned_by_line()
            for share in charge.sponsors:
                stays = sum(earned[number] for number in share.lines)
                whole = sum(charge.lines[number].amount.amount for number in share.lines)
                left = self.house.get(m.Attempt, share.attempt_id).left.amount
                assert left <= (2 * share.amount * stays + whole) // (2 * whole), (charge, share)

    def tally(self, records: Any) -> None:
        super().tally(records)
        kinds = {"pass": "a period", "booking": "a booking", "registration": "a seat", "order": "an order"}
        agreed = {one.id: one for one in records.of(m.Sponsorship)}
        for charge in records.of(m.Charge):
            self.seen["two sponsors of one charge"] += len(charge.sponsors) > 1
            for share in charge.sponsors:
                self.seen[f"share of {kinds.get(charge.subject.kind)}"] += 1
                most = agreed[share.sponsorship_id].at_most
                self.seen["limit of a thing"] += most is not None and share.amount == most.amount
        self.seen["share given back"] += sum(one.account == "sponsor" for one in records.of(m.Refund))
        for month in records.of(m.SponsoredMonth):
            most = agreed[month.id.split("|")[0]].at_most_a_month
            self.seen["month used up"] += most is not None and month.amount == most
