"""Numbers are 1, 2, 3... whatever clocks say, whatever is refused, repeated or rolled back, in whatever order."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.domain.documents import numbering as decided
from cantinekit.errors import BackendError, CantineError, ContentionError, RefusedError
from cantinekit.money import Money
from cantinekit.runtime import engine as _engine
from support.houses import small_house
from support.houses.issuing_house import SERIES, ZOE, charged, issuing
from support.laws import house_laws
from support.run.soak import SOAK, examples, scaled
from support.stores.document_stores import AsASequence, Failing, under
from support.tariffs.tax_rules import stated_documents

ANY = st.integers(0, 999)
EVE = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
LATER = date(2027, 6, 1)
MUST_SEE = (
    "issued", "again", "refused", "clock back", "clock back over New Year", "new year", "credit note",
    "rolled back", "clashed", "lost the answer", "failed to read", "by itself",
)  # fmt: skip


class Documents(RuleBasedStateMachine):
    """Charges, refunds and documents in a house whose clock goes back and forth and whose store fails."""

    seen: ClassVar[Counter[str]]
    store: ClassVar[Any] = lambda inner: inner

    @initialize(seed=ANY)
    def begin(self, seed: int) -> None:
        self.failing = Failing(MemoryStorage(), Random(seed))
        self.house = issuing(storage=type(self).store(self.failing))
        self.charges = [charged(self.house, 1 + n % 3, account="desk" if n % 4 else None) for n in range(14)]
        self.house.do(c.AutomateReceipts("asso", series="receipts" if seed % 3 else None))
        self.house.clock.set(EVE - timedelta(days=1))
        self.failing.on = True

    def ask(self, command: c.Command, key: str | None = None) -> Any:
        """Do it; where the store failed, the same again, as a client does."""
        for _ in range(60):
            try:
                done = self.house.do(command, key=key)
            except (BackendError, ContentionError):
                continue
            except RefusedError:
                self.seen["refused"] += 1
                return None
            self.note(done)
            return done
        raise AssertionError(f"{command} never went through")

    def note(self, done: Any) -> None:
        new = any(entry.type == "DocumentIssued" for entry in done.events)
        if isinstance(done.value, m.Document):
            self.seen["issued" if new else "again"] += 1
            if new:
                self.note_clock(done.value)

    def note_clock(self, document: m.Document) -> None:
        now = self.house.clock.now()
        if document.issued_at > now:
            self.seen["clock back"] += 1
            self.seen["clock back over New Year"] += document.issued_at.year > now.year
        self.seen["new year"] += document.number == 1 and document.year > 2026
        self.seen["credit note"] += document.what == "credit note"

    def house_refunds(self) -> list[m.Refund]:
        return sorted(self.house.all(m.Refund), key=lambda refund: int(refund.id.partition("_")[2]))

    @rule(number=ANY, series=st.sampled_from([name for name, _, _ in SERIES]), key=st.sampled_from([None, "a", "b"]))
    def issue(self, number: int, series: str, key: str | None) -> None:
        charge = self.charges[number % len(self.charges)]
        addressee = ZOE if series == "invoices" else None
        self.ask(
            c.IssueDocument(charge_id=charge, series=series, addressee=addressee),
            f"{key} {charge} {series}" if key else None,
        )

    @rule(number=ANY, cents=st.integers(1, 4000))
    def give_back(self, number: int, cents: int) -> None:
        self.ask(
            c.RefundCharge(self.charges[number % len(self.charges)], amount=Money(cents, "EUR"), reason="x"),
            f"refund {number}",
        )

    @rule(number=ANY)
    def credit(self, number: int) -> None:
        refunds = self.house_refunds()
        if refunds:
            refund = refunds[number % len(refunds)]
            self.ask(c.IssueCreditNote(charge_id=refund.charge_id, series="credits", refund_id=refund.id))

    @rule(number=ANY, cents=st.integers(1, 700))
    def give_back_and_credit(self, number: int, cents: int) -> None:
        self.issue(number, "invoices", None)
        self.give_back(number, cents)
        self.credit(len(self.house_refunds()) - 1)

    @rule(number=ANY)
    def around_new_year(self, number: int) -> None:
        for hours, which in ((3, number), (-3, number + 1)):
            self.house.clock.set(EVE + timedelta(hours=hours))
            self.issue(which, "invoices", None)

    @rule(number=ANY)
    def pay(self, number: int) -> None:
        self.ask(c.Pay(self.charges[number % len(self.charges)], account="desk"), f"pay {number}")

    @rule(wanted=st.booleans())
    def automate(self, wanted: bool) -> None:
        self.ask(c.AutomateReceipts("asso", series="receipts" if wanted else None))

    @rule(number=st.integers(1, 3))
    def sell(self, number: int) -> None:
        self.failing.on = False
        self.charges.append(charged(self.house, number, account="desk" if number > 1 else None, day=LATER))
        self.seen["by itself"] += bool(self.house.cantine.read.documents_of(self.charges[-1]))
        self.failing.on = True

    @rule(minutes=st.sampled_from([-3100, -1500, -60, 1, 1500, 3000]))
    def move_clock(self, minutes: int) -> None:
        self.house.clock.advance(timedelta(minutes=minutes))

    @rule()
    def work(self) -> None:
        try:
            self.house.cantine.run_due()
        except BackendError:
            self.seen["worker failed"] += 1

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "failing"):
            house_laws.documents(small_house.records(under(self.failing)))

    def teardown(self) -> None:
        if hasattr(self, "failing"):
            self.seen.update({way: self.failing.counts[way] for way in MUST_SEE if way in self.failing.counts})
            self.failing.on = False
            assert all(one.whole for name, _, _ in SERIES for one in self.house.cantine.read.numbering("asso", name))
            house_laws.folds(under(self.failing))


def run(machine: Any, count: int, number: int = 0, *, shrink: bool = True) -> None:
    log = logging.getLogger("cantinekit")
    level = log.level
    log.setLevel(logging.CRITICAL)  # tasks that fail are part of the plan
    try:
        run_state_machine_as_test(
            examples(number)(machine),
            settings=settings(
                max_examples=count,
                stateful_step_count=40,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=list(Phase) if shrink else [Phase.generate],
            ),
        )
    finally:
        log.setLevel(level)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Whoever was told to read again does so at once."""
    monkeypatch.setattr(_engine, "FIRST_PAUSE", 0.0)


def machine(**more: Any) -> Any:
    return type("Machine", (Documents,), {"seen": Counter(), **more})


@pytest.mark.timeout(7200 if SOAK else 900)
def test_numbers_have_no_gap(capsys):
    """No gap, no double, in the order of time: under clocks that go back, refusals, repeats, clashes and rollbacks; and
    the amounts of every document keep the rules of EN 16931."""
    found = machine()
    with stated_documents() as made:
        run(found, scaled(30))
        for more in range(5):
            if all(found.seen[state] for state in MUST_SEE):
                break
            run(found, 30, more + 1)
    assert {doc.credit for doc in made} == {False, True}
    with capsys.disabled():
        print("\ndocuments: " + ", ".join(f"{found.seen[state]} x {state}" for state in MUST_SEE))
    assert not [state for state in MUST_SEE if not found.seen[state]]


def test_numbers_of_a_sequence_have_gaps():
    """The control: with the number taken in a change of its own, before that of the document, the machine finds one."""
    with pytest.raises(AssertionError):
        run(machine(store=AsASequence), 60, shrink=False)


def test_dates_by_the_clock_alone_go_back(monkeypatch):
    """The control: with the instant of the clock, whatever was issued before, numbers go back with the time."""
    monkeypatch.setattr(decided, "max", lambda now, last: now, raising=False)
    with pytest.raises((AssertionError, CantineError)):
        run(machine(), 60, shrink=False)
