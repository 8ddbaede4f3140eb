"""The laws of a house, whatever is done to it and in whatever order."""

from __future__ import annotations

import itertools
import logging
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.passes import timeline
from cantinekit.reads import bills
from support.laws import dates_machine as dates
from support.laws import gifts_machine as gifts
from support.laws import house_machine as machines
from support.laws import lending_machine as lending
from support.laws import members_machine as members
from support.laws import owing_machine as owing
from support.laws import sponsors_machine as sponsors
from support.laws import visits_machine as visits
from support.run.soak import SOAK, examples, scaled

RUNS = {
    "stays": (machines.StaysAndCards, (*machines.STAYS, *machines.CARDS), 8),
    "rooms": (machines.RoomsAndCards, (*machines.ROOMS, *machines.CARDS), 8),
    "seats": (machines.SeatsAndCards, (*machines.SEATS, *machines.CARDS), 8),
    "dates": (dates.DatesAndCards, dates.DATES, 5),
    "gifts": (gifts.Gifts, gifts.STATES, 4),
    "lending": (lending.Lending, lending.STATES, 10),
    "owing": (owing.Owing, owing.STATES, 8),
    "members": (members.Members, members.STATES, 5),
    "sponsored": (sponsors.Sponsored, sponsors.STATES, 2),
    "visits": (visits.Desk, visits.STATES, 7),
    "house": (machines.House, ("refusal", "clash or sold out", "promotion", "upgrade", "refund"), 10),
}


RARE = () if SOAK else ("late payment, seat had again", "session below its minimum", "refund declined", "give-back")
"""Seen once in some dozens of runs; each has tests of its own, and must be seen here in a soak only."""
RARE_IN = () if SOAK else (("stays", "clash or sold out"),)
"""The same, of one machine: there are more desks than visitors at most times. Rooms clash all the time."""
MORE = 10
"""How often a machine runs on, by chance, until it has seen every hard state."""


def run(machine, count, steps, number=0):
    """Run a machine ``count`` times; another number means other steps."""
    log = logging.getLogger("cantinekit")
    level = log.level
    log.setLevel(logging.CRITICAL)  # tasks that fail are part of the plan
    try:
        run_state_machine_as_test(
            examples(number)(machine),
            settings=settings(
                max_examples=count,
                stateful_step_count=steps,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        log.setLevel(level)


@pytest.mark.timeout(7200 if SOAK else 900)
@pytest.mark.parametrize("name", RUNS)
def test_laws_hold(name, capsys):
    """Units, money, caps, seats and pages stay right, previews leave no trace, and the journal makes the rows."""
    base, states, count = RUNS[name]
    must_see = [state for state in states if state not in RARE and (name, state) not in RARE_IN]
    machine = type("Machine", (base,), {"seen": Counter()})
    run(machine, scaled(count), 50)
    for more in range(MORE):
        if all(machine.seen[state] for state in must_see):
            break
        run(machine, count, 50, more + 1)
    with capsys.disabled():
        print(f"\n{name}: " + ", ".join(f"{machine.seen[state]} x {state}" for state in states))
    assert not [state for state in must_see if not machine.seen[state]]


READ_BACK = """
import sys
from support.houses import small_house
from support.laws import house_laws
from cantinekit.backends.sqlite import open_sqlite
from cantinekit.urls import BackendUrl
storage = open_sqlite(BackendUrl.parse(sys.argv[1]))
house_laws.folds(storage)
print(len(small_house.journal(storage)))
"""


@pytest.mark.timeout(3600 if SOAK else 900)
def test_laws_hold_in_a_file_that_another_process_folds(tmp_path, capsys):
    """On SQLite the same laws hold, and a fresh process that folds the journal gets the rows that are stored."""
    numbers = itertools.count()
    folded = []

    class OnSqlite(machines.House):
        seen: ClassVar[Counter[str]] = Counter()
        url = staticmethod(lambda: f"sqlite:///{tmp_path}/{next(numbers)}.db")

        def teardown(self):
            super().teardown()
            path = self.house.storage._path
            command = [sys.executable, "-c", READ_BACK, f"sqlite:///{path}"]
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=Path(__file__).parents[1], timeout=300, check=False
            )
            assert done.returncode == 0, done.stderr
            folded.append(int(done.stdout))

    run(OnSqlite, scaled(4), 25)
    with capsys.disabled():
        print(f"\nsqlite: {len(folded)} houses read back, {sum(folded)} entries folded in processes of their own")
    assert len(folded) >= 4


def _all_but_one(*args):
    return _BILLS_OF(*args)[1:]


def _no_periods(*args, **options):
    return _PERIODS_UNTIL(*args, **options)[:-1]


_BILLS_OF, _PERIODS_UNTIL = bills.bills_of, timeline.periods_until


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [(bills, "bills_of", _all_but_one), (timeline, "periods_until", _no_periods)],
    ids=["a bill is not previewed", "a period is not told"],
)
def test_planted_faults_of_what_members_are_told_are_seen(module, name, fault, monkeypatch):
    """The controls: a preview without a bill, and a timeline without its last period, break a law of members."""

    def live():
        machine = type("Machine", (members.Members,), {"seen": Counter()})()
        machine.begin("asso", 40, 30000, False)
        machine.bill("zoe", "brest")
        machine.book("zoe", "brest", True)
        machine.bill("zoe", "brest")
        machine.teardown()

    live()
    monkeypatch.setattr(module, name, fault)
    with pytest.raises(AssertionError):
        live()


def test_what_a_seat_costs_after_its_bill_is_on_the_next_one():
    """A seat on account is missed and billed, and somebody came after all: what is owed again is on the next bill."""
    life = members.Members()
    life.seat("zoe", "asso", True, False)
    (first,) = life.house.all(m.Charge)
    life.bill("zoe", "asso")
    (seat,) = life.house.all(m.Registration)
    life.house.do(c.ReopenSheet(seat.session_id, reason="a mistake"))
    life.house.do(c.MarkAttendance(seat.id))
    life.house.do(c.CloseSheet(seat.session_id))
    life.due()
    life.bill("zoe", "asso")
    billed = [one.gross.amount for one in life.house.all(m.Document)]
    assert (billed, first.amount.amount) == ([1501, 500], 2001)
    life.laws()
