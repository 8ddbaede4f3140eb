"""Laws of a worker that stood still: what is due is carried out in the order of its moment, however late it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.bills import life_cycle
from cantinekit.errors import RefusedError
from cantinekit.runtime import outbox
from support.houses.clock_house import local
from support.houses.issuing_house import ADDRESS, SELLER
from support.houses.one_list import HEAD, place
from support.houses.small_house import House
from support.run.soak import examples, scaled

SOLD = date(2027, 3, 10)
PLANS = """
tax = "full"
[tax.full]
rates = [{{ from = 2014-01-01, rate = "20%" }}]
[product.small]
sells = "plan"
rate = {{ price = {0}.00 }}
price_date = "renewal"
valid = {{ month = "calendar" }}
prorate = {{ rule = "both ends", of = "days of the month" }}
term = {{ period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }}
grant = {{ account = "days", unit = "day", units = 4, renews = "month" }}
[product.large]
sells = "plan"
rate = {{ price = {1}.00 }}
price_date = "renewal"
valid = {{ month = "calendar" }}
prorate = {{ rule = "both ends", of = "days of the month" }}
term = {{ period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }}
grant = {{ account = "days", unit = "day", units = 9, renews = "month" }}
[product.desk]
rate = {{ price = 5.00, per = "1h" }}
"""
TERMS = c.AgreeBillingTerms(
    entity_id="asso",
    payer_id="zoe",
    series="invoices",
    billing_day=28,
    days_until_due=15,
    addressee=m.BilledTo("Zoé", ADDRESS, country="FR"),
)
DOINGS = ("billing day", "price list", "notice")


@contextmanager
def billed_house() -> Iterator[House]:
    """A house whose member pays by one bill a month, on the 28th, for two plans: her own and Bob's."""
    with place(PLANS.format(30, 60), local(9, day=SOLD)) as house:
        for command in (
            *SELLER,
            TERMS,
        ):
            house.do(command)
        for holder in ("zoe", "bob"):
            house.do(
                c.SellPass(product_id="list/small", place_id="paris", holder_id=holder, payer_id="zoe", on_account=True)
            )
        yield house


def to(house: House, moment: datetime) -> None:
    house.clock.set(max(house.clock.now(), moment))


def run(house: House) -> None:
    """One call of the worker: all that is due, whatever it makes due is part of it."""
    house.cantine.run_due()


def each_minute(house: House, until: datetime) -> None:
    """A worker that runs each minute.

    It runs at the moments at which something is due and at no other: at the minutes between them it would find nothing,
    and a run that finds nothing changes nothing.
    """
    while True:
        waits = [one.leased_until or one.due for one in house.cantine.read.tasks()]
        ahead = min((one for one in waits if one <= until), default=None)
        if ahead is None:
            break
        to(house, ahead)
        run(house)
    to(house, until)


def late(house: House, until: datetime) -> None:
    """A worker that does nothing until then."""
    to(house, until)


def issued(house: House) -> list[m.Document]:
    return sorted(house.cantine.read.documents("asso", "invoices"), key=lambda one: one.number)


def bills(house: House) -> list[Any]:
    """What each bill states, and of which days; one that comes late is due on its own day at the earliest."""
    found = []
    for one in issued(house):
        lines = [(line.text, line.quantity, line.gross.amount) for line in one.lines]
        found.append((lines, one.supplied_from, one.supplied_until, one.gross.amount, one.tax.amount, len(one.parts)))
    return found


def charges(house: House) -> list[Any]:
    """When each charge was raised, and what it comes to."""
    return sorted((one.raised_at, one.amount.amount, one.billed.amount) for one in house.all(m.Charge))


def passes(house: House) -> list[Any]:
    """How long each pass is held, by its notice, and its periods."""
    return [
        (one.id, one.state, one.last_day, one.end, one.notice_day, [each.first_day for each in one.periods])
        for one in house.all(m.Pass)
    ]


def told(house: House) -> Counter[str]:
    """How often people were told what, whenever it was sent."""
    return Counter(one.template for one in house.mail.messages)


def same(house: House, other: House) -> None:
    for what in (charges, bills, passes, told):
        assert what(house) == what(other), what.__name__
    days = [[(one.issued_on, one.due_on) for one in issued(each)] for each in (house, other)]
    for (_, due_on), (issued_on, late_due_on) in zip(*days, strict=True):
        assert late_due_on == max(due_on, issued_on)


def do(house: House, doing: str, number: int) -> None:
    """Somebody changes something, whether the worker has run or not; what is refused changes nothing."""
    plans = sorted(one.id for one in house.all(m.Pass))
    one = plans[number % 2]
    command: c.Command[Any]
    if doing == "billing day":
        command = attrs.evolve(TERMS, billing_day=1 + number % 28)
    elif doing == "notice":
        command = c.GiveNotice(one)
    else:
        command = c.PublishTariff(HEAD + PLANS.format(30 + number % 5, 60 + number % 7))
    try:
        house.do(command)
    except RefusedError as error:
        Told.seen[f"refused: {type(error).__name__}"] += 1
    else:
        Told.seen[doing] += 1


class Told:
    """What was seen of all examples."""

    seen: ClassVar[Counter[str]] = Counter()


def lived(advance: Callable[[House, datetime], None], steps: list[tuple[int, str, int]], then: Any) -> None:
    """A house in which days pass and people change things, until all is carried out in the end."""
    with billed_house() as house:
        now = house.clock.now()
        for days, doing, number in steps:
            now += timedelta(days=days)
            advance(house, now)
            do(house, doing, number)
        end = now + timedelta(days=40)
        each_minute(house, end)
        then(house)


def both(steps: list[tuple[int, str, int]]) -> None:
    """The law: it makes no difference whether a worker ran each minute or not until it was all over."""
    lived(each_minute, steps, lambda house: lived(late, steps, lambda other: same(house, other)))


STEPS = st.lists(st.tuples(st.integers(1, 100), st.sampled_from(DOINGS), st.integers(0, 27)), min_size=1, max_size=4)


@examples(37)
@given(steps=STEPS)
@settings(max_examples=scaled(8), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def _law(steps: list[tuple[int, str, int]]) -> None:
    both(steps)


def test_stops_change_nothing_but_the_moment_of_sending() -> None:
    """Stops of up to 100 days, with changes of billing day, notice and price list in them: charges, bills and
    what people are told are those of a worker that ran each minute.
    """
    Told.seen.clear()
    _law()
    print(dict(Told.seen))
    assert set(DOINGS) <= {name for name, count in Told.seen.items() if count}


def test_the_law_finds_bills_that_do_not_wait_for_what_renews(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where due tasks are taken by kind, and a bill does not look for passes that are behind, it fails."""
    monkeypatch.setattr(life_cycle, "_carry_on", lambda uow, terms: iter(()))
    push = outbox._Ahead._push

    def by_kind(self: Any, tasks: Any) -> None:
        push(self, sorted(tasks, key=lambda one: one.subject.kind))
        self.tasks = [(datetime.min.replace(tzinfo=UTC), number, one) for _, number, one in self.tasks]

    monkeypatch.setattr(outbox._Ahead, "_push", by_kind)
    with pytest.raises(AssertionError):
        both([(80, "billing day", 0)])


# --- as it was seen --------------------------------------------------------------------------------------------------


def test_a_bill_waits_for_what_renews_on_its_day_whatever_task_is_older() -> None:
    """The billing day goes from the 28th to the 1st, and nothing runs from 27 May to 1 June: June is on that bill. The
    task of the 28th does nothing, and says so in the journal.
    """
    with billed_house() as house:
        each_minute(house, local(9, day=date(2027, 5, 27)))
        house.do(attrs.evolve(TERMS, billing_day=1))
        late(house, local(9, day=date(2027, 6, 1)))
        house.cantine.run_due()
        bill = issued(house)[-1]
        assert (bill.issued_on, bill.supplied_from, bill.supplied_until) == (
            date(2027, 6, 1),
            date(2027, 5, 1),
            date(2027, 6, 1),
        )
        assert [line.gross.amount for line in bill.lines] == [3000] * 4  # May and June, of two plans
        closed = [one for one in house.storage.journal(limit=10_000) if one.type == "BillClosed"]
        assert ['"moved":true' in one.body.replace(" ", "") for one in closed[-2:]] == [True, False]


def test_a_stop_of_months_is_made_up_for_by_one_run() -> None:
    """From March to the middle of July nothing runs: one run closes each of the bills, with its month."""
    with billed_house() as house:
        late(house, local(9, day=date(2027, 7, 15)))
        house.cantine.run_due()
        found = issued(house)
        assert [one.supplied_from.month for one in found] == [3, 4, 5, 6]
        assert house.cantine.read.billing_terms("asso", "zoe").next_on == date(2027, 7, 28)
        assert house.cantine.run_due().done == 0
