"""Books of random houses: each export balances and is the ledger, whatever was closed and whatever came afterwards."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from cantinekit import commands as c
from cantinekit.errors import CantineError
from support.laws import book_laws
from support.laws import house_machine as machines
from support.laws import lending_machine as lending
from support.run.soak import SOAK, scaled

log = logging.getLogger("cantinekit")
SEEN = ("closed", "closed with entries", "closed again", "entries")
MORE = 10
"""How often a machine runs on, by chance, until it has seen all of these."""


class Closes:
    """Closes the books now and then, and looks at them in the end."""

    @rule(wait=st.integers(0, 2), days=st.integers(0, 2))
    def close_books(self, wait, days):
        """Close a day, some days later; what is in it stays as it was exported."""
        self.house.wait(days=wait)
        until, read = (self.house.clock.now() - timedelta(days=days)).date(), self.house.cantine.read
        before = list(read.accounting_entries("asso", until - timedelta(days=9), until))
        done = self.run(c.ClosePeriod("asso", until=until))
        if not isinstance(done, CantineError):
            self.seen["closed"] += 1
            self.seen["closed with entries"] += done.value.entries > 0
            self.seen["closed again"] += done.value.first is not None
            assert list(read.accounting_entries("asso", until - timedelta(days=9), until)) == before
            assert {account: sum_ for account, sum_ in _totals(done.value).items() if sum_} == {
                account: sum_ for account, sum_ in _stored(read, until).items() if sum_
            }

    def teardown(self):
        self.seen["entries"] += book_laws.hold(self.house.storage, self.house.clock.now())
        super().teardown()


def _totals(closing):
    """What the closed periods up to one come to, by what is earned and the other accounts."""
    found = Counter()
    for total in closing.totals:
        found[_family(total.account)] += total.debit - total.credit
    return found


def _stored(read, until):
    """The trial balance of a day, less that of the day before the period."""
    found, (*_, closing) = Counter(), read.closings("asso")
    for account, amount in read.trial_balance("asso", until):
        found[_family(account)] += amount.amount
    for account, amount in read.trial_balance("asso", closing.first - timedelta(days=1)) if closing.first else ():
        found[_family(account)] -= amount.amount
    return found


def _family(account):
    return "earned" if account.startswith(("revenue/", "deferred/")) else account


class Stays(Closes, machines.StaysAndCards):
    """Passes, visits and their money."""


class Rooms(Closes, machines.RoomsAndCards):
    """Rooms, of a place that is given other zones too."""


class Seats(Closes, machines.SeatsAndCards):
    """Seats and their money."""


class Lends(Closes, lending.Lending):
    """Deposits, down payments, vouchers and plans, with tax."""


def play(machine, *, derandomize):
    """Run a machine some times."""
    level = log.level
    log.setLevel(logging.CRITICAL)  # tasks that fail are part of the plan
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=scaled(8),
                stateful_step_count=40,
                derandomize=derandomize,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        log.setLevel(level)


@pytest.mark.timeout(7200 if SOAK else 900)
@pytest.mark.parametrize("base", [Stays, Rooms, Seats, Lends])
def test_books_hold(base, capsys):
    """Exports keep the rules of the law and balance, their totals are the trial balance, parts of a period sum to it,
    and no closed period changes.
    """
    machine = type("Machine", (base,), {"seen": Counter()})
    for again in range(MORE):
        play(machine, derandomize=not SOAK and not again)
        if all(machine.seen[one] for one in SEEN):
            break
    with capsys.disabled():
        print(f"\n{base.__name__}: " + ", ".join(f"{machine.seen[one]} x {one}" for one in SEEN))
    assert all(machine.seen[one] for one in SEEN)
