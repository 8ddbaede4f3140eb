"""Laws of direct debits: a bill is with the bank once at a time, files sum to their bills, and what the banks say comes
to the same in any order.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache
from typing import ClassVar

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.bank_answers import BankAnswer, BankLine
from cantinekit.domain.debits import answering
from cantinekit.errors import RefusedError
from cantinekit.money import Money
from cantinekit.sepa import next_banking_day
from support.houses.debit_house import COLLECT, SIGN, debiting, key, waiting
from support.laws import house_laws
from support.laws.debit_rules import check_file
from support.run.soak import examples, scaled, until_seen

DOINGS = ("bill", "collect", "settled", "back", "batch", "file back", "pay", "day", "again")
OFTEN = (*DOINGS, "bill", "collect", "settled")
STEPS = st.lists(st.tuples(st.sampled_from(OFTEN), st.integers(0, 99)), min_size=4, max_size=16)
REASONS = ("AM04", "MS02", "MD06", "AC04")


class Told:
    """What was seen of all examples, so that nothing is left untried."""

    seen: ClassVar[Counter[str]] = Counter()


class Bank:
    """A house with its bank, and what the bank has said of each debit."""

    def __init__(self) -> None:
        self.house = debiting(retries=(1, 2, 3), reminders=(4,), days_until_due=0)
        self.house.do(attrs.evolve(SIGN, notice_days=1))
        self.said: dict[str, set[str]] = {}
        self.answers = list[BankAnswer]()

    def do(self, doing: str, number: int) -> None:
        """One step; what is refused changes nothing."""
        house = self.house
        debits = sorted(house.all(m.Debit), key=lambda one: int(one.id.partition("_")[2]))
        one = debits[number % len(debits)] if debits else None
        if doing == "bill":
            waiting(house, 1 + number % 3)
        elif doing == "collect":
            day = next_banking_day(house.clock.now().date() + timedelta(days=1))
            refused = tuple(found.document_id for found in house.cantine.read.refused_debits("asso"))
            if any(found.ended_on for found in house.all(m.DebitMandate)):
                house.do(attrs.evolve(SIGN, notice_days=1, reference=f"RUM-{number}"))
            house.do(attrs.evolve(COLLECT, collect_on=day, document_ids=refused if number % 2 else ()))
        elif doing == "day":
            house.wait(days=1)
            house.cantine.run_due()
        elif doing == "pay":
            charges = house.all(m.Charge)
            house.do(c.Pay(charges[number % len(charges)].id, account="desk") if charges else COLLECT)
        elif doing == "again" and self.answers:
            before = counts(house)
            house.do(c.RecordBankAnswer(entity_id="asso", answer=self.answers[number % len(self.answers)]))
            assert counts(house) == before
        elif one is not None and doing in ("settled", "back"):
            reason = REASONS[number % 4] if doing == "back" else ""
            self.tell([one], BankLine(doing, key(one.id), "", reason, (one.amount,)))
        elif one is not None and doing in ("batch", "file back"):
            mates = [found for found in debits if found.collection_id == one.collection_id]
            total = Money.sum((found.amount for found in mates), "EUR")
            word = "settled" if doing == "batch" else "back"
            self.tell(mates, BankLine(word, "", key(one.collection_id), "", (total,)))
        else:
            return
        Told.seen[doing] += 1

    def tell(self, debits: list[m.Debit], line: BankLine) -> None:
        """The bank says something, in an answer of its own."""
        for one in debits:
            self.said.setdefault(one.id, set()).add(line.what)
        answer = BankAnswer("camt.054", "B", f"{len(self.answers):064x}", (line,))
        self.answers.append(answer)
        assert self.house.do(c.RecordBankAnswer(entity_id="asso", answer=answer)).value.unmatched == ()


def counts(house) -> int:
    return len(house.storage.journal(limit=10_000))


def laws(bank: Bank) -> None:
    """What holds at any time."""
    house = bank.house
    debits, read = house.all(m.Debit), house.cantine.read
    for one in debits:
        said = bank.said.get(one.id, set())
        assert one.state == ("back" if "back" in said else "settled" if said else "pending")
        assert one.amount == Money.sum((part.amount for part in one.parts), "EUR")
    days = Counter((one.document_id, house.get(m.DebitCollection, one.collection_id).collect_on) for one in debits
                   if one.state != "back")  # fmt: skip
    assert all(count == 1 for count in days.values()), "a bill is debited at most once on a day"
    for made in house.all(m.DebitCollection):
        assert made.total == Money.sum((one.amount for one in read.debits(made.id)), "EUR")
    for bill in read.documents("asso", "invoices"):
        mine = [one for one in debits if one.document_id == bill.id]
        settled = Money.sum((one.amount for one in mine if one.state == "settled"), "EUR")
        by_hand = Money.sum(
            (Money(one.captured, "EUR") for one in house.all(m.Attempt)
             if one.account == "desk" and one.charge_id in bill.charge_ids), "EUR")  # fmt: skip
        assert settled + by_hand + read.bill_balance(bill.id) == bill.gross, "paid + open = billed"
        assert len([one for one in mine if one.state == "pending"]) <= 1


def test_debits_keep_their_laws():
    """Whatever is billed, collected, answered, paid by hand and told again: the laws hold after each step, and each
    kind of step was taken.
    """

    def law(tried):
        @tried
        @given(STEPS)
        def each(steps):
            bank = Bank()
            for doing, number in steps:
                try:
                    bank.do(doing, number)
                except RefusedError:
                    Told.seen["refused"] += 1
                laws(bank)
            for made in bank.house.all(m.DebitCollection)[:1]:
                assert check_file(bank.house.cantine.read.debit_file(made.id)) == []
            house_laws.hold(bank.house.storage, bank.house.clock.now())
            house_laws.folds(bank.house.storage)

        each()

    how = settings(max_examples=scaled(8), suppress_health_check=[HealthCheck.too_slow])
    until_seen(law, how, Told.seen, DOINGS)


def states(order: tuple[int, ...]) -> tuple[object, ...]:
    """What two bills come to once the bank said six things in an order."""
    house = debiting()
    bills = [waiting(house, hours) for hours in (1, 2)]
    first, second = house.do(COLLECT).value.debit_ids
    lines = (
        BankLine("settled", key(first)), BankLine("back", key(first), "", "MD06"), BankLine("settled", key(second)),
        BankLine("back", key(first), "", "MD06"), BankLine("settled", key(second)), BankLine("back", "other-1"),
    )  # fmt: skip
    for number in order:
        answer = BankAnswer("camt.054", "B", f"{number:064x}", (lines[number],))
        house.do(c.RecordBankAnswer(entity_id="asso", answer=answer))
    charges = [house.get(m.Charge, bill.charge_ids[0]) for bill in bills]
    return (
        [(one.state, one.paid, one.outstanding) for one in charges],
        [house.get(m.Debit, id).state for id in (first, second)],
        [house.get(m.DueDebit, bill.id).state for bill in bills],
        sum(len(one.unmatched) for one in house.all(m.DebitAnswer)),
    )


@cache
def as_it_came() -> tuple[object, ...]:
    """What they come to in the order in which the bank said them."""
    return states((0, 1, 2, 3, 4, 5))


@examples(1)
@settings(max_examples=scaled(8))
@given(st.permutations(range(6)))
def test_the_order_of_answers_does_not_matter(order):
    """Credits and returns that are read in any order, some of them twice, come to the same."""
    assert states(tuple(order)) == as_it_came()


def test_a_bank_that_is_taken_at_its_last_word_is_seen(monkeypatch):
    """The control: were a debit that came back settled by a credit that is read late, the order would matter."""

    def last_word(draft, line, entity_id, counts):
        for one in answering.debits_of(draft.state, line, entity_id):
            if one.state != line.what:
                draft.add(answering.DebitAnswered(one.id, line.what))

    monkeypatch.setattr("cantinekit.domain.debits.handlers.apply", last_word)
    assert states((0, 1, 2, 3, 4, 5))[1] != states((1, 3, 0, 2, 4, 5))[1]
