"""What is due is leased a few tasks at a time: one change for several, none lost, and a share for each worker."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.runtime.outbox import MOST_LEASED
from support.houses.billing_house import TERMS, billing
from support.houses.issuing_house import ZOE
from support.houses.small_house import START
from support.races.two_at_once import later
from support.stores.around import Around

PAYERS = MOST_LEASED + 2
DECEMBER = timedelta(days=7)
LATE = DECEMBER + timedelta(minutes=3)
"""When the leases of the first of December are over."""


class Died(BaseException):
    """The process is gone."""


class Seen(Around):
    """Notes the changes that lease tasks and write nothing else, and dies, or is late, where it is told to."""

    def __init__(self, inner, dies_after=10_000, meanwhile=lambda: None):
        super().__init__(inner)
        self.leases = []
        self.dies_after = dies_after
        self.meanwhile = meanwhile

    def apply(self, change):
        if self.counts["apply"] == self.dies_after:
            raise Died
        if {row.kind for row in change.rows} == {m.Task.kind}:
            self.leases.append(len(change.rows))
            self.meanwhile, meanwhile = lambda: None, self.meanwhile
            meanwhile()
        super().apply(change)


@pytest.fixture
def store():
    """One more payer than the tasks that are leased at once, each with a bill on the first of December."""
    found = MemoryStorage()
    house = billing(storage=found)
    for number in range(PAYERS - 1):  # the organisation is one of them
        house.do(c.AddPerson(name="Payer", id=f"payer{number}"))
        house.do(attrs.evolve(TERMS, payer_id=f"payer{number}", addressee=ZOE))
    return found


def closed(house):
    """How many terms go on with January, and how often each of their tasks was begun."""
    terms = [one for one in house.all(m.BillingTerms) if one.next_on is not None and one.next_on.month == 1]
    tasks = [one for one in house.all(m.Task) if one.subject.kind == m.BillingTerms.kind and one.state == "done"]
    return len(terms), sorted(one.tries for one in tasks)


def test_several_are_leased_in_one_change(store):
    """Two changes lease them all; each is finished in the change that carries it out, and counts one try."""
    house = later(seen := Seen(store), DECEMBER)
    assert house.cantine.run_due().done == PAYERS
    assert seen.leases == [MOST_LEASED, PAYERS - MOST_LEASED]
    assert closed(house) == (PAYERS, [1] * PAYERS)


@pytest.mark.parametrize("after", [1, 2, MOST_LEASED, MOST_LEASED + 1])
def test_what_a_dead_worker_had_leased_is_carried_out_once_its_lease_is_over(store, after):
    """It dies after the lease, or after some of its commands: the others wait, and count no try for it."""
    with pytest.raises(Died):
        later(Seen(store, dies_after=after), DECEMBER).cantine.run_due()
    done = later(store, DECEMBER).cantine.run_due().done
    assert done == PAYERS - MOST_LEASED
    house = later(store, LATE)
    assert house.cantine.run_due().done == PAYERS - done - (after - 1)
    assert closed(house) == (PAYERS, [1] * PAYERS)


def test_a_task_that_workers_die_of_is_in_nobodys_way(store):
    """It is leased with others once; then by itself, which counts a try, so that the next worker goes on behind it."""

    class Deadly(Seen):
        def apply(self, change):
            if any(row.kind == m.BillingTerms.kind and row.id == "asso|payer1" for row in change.rows):
                raise Died
            super().apply(change)

    for delay in (DECEMBER, LATE):
        with pytest.raises(Died):
            later(Deadly(store), delay).cantine.run_due()
    house = later(Deadly(store), LATE)
    house.cantine.run_due()
    assert closed(house) == (PAYERS - 1, [1] * (PAYERS - 1))
    assert [one.tries for one in house.all(m.Task) if one.subject.id == "asso|payer1" and one.state != "done"] == [1]


def test_what_another_worker_has_is_left_to_it(store):
    """Another leases one of them between the look and the lease: that one is left alone, the others are carried out."""
    other = later(store, DECEMBER).cantine._engine
    task = next(one for one in later(store).all(m.Task) if one.subject.kind == m.BillingTerms.kind)
    lease = START + DECEMBER + timedelta(minutes=2)
    seen = Seen(store, meanwhile=lambda: other.save_task(attrs.evolve(task, tries=1, leased_until=lease)))
    house = later(seen, DECEMBER)
    assert house.cantine.run_due().done == PAYERS - 1
    assert closed(house)[0] == PAYERS - 1
    late = later(store, LATE)
    assert late.cantine.run_due().done == 1
    assert closed(late) == (PAYERS, [1] * (PAYERS - 1) + [2])


def test_it_tells_what_it_has_come_to(store):
    """Whoever shows a bar hears after each task what was done so far."""
    heard = []
    report = later(store, DECEMBER).cantine.run_due(told=heard.append)
    assert [one.done for one in heard] == list(range(1, PAYERS + 1))
    assert heard[-1] == report


def test_who_ends_it_from_there_loses_nothing(store):
    """An error of the one who listens ends the run; what is left is carried out by the next one."""

    def stop(report):
        if report.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        later(store, DECEMBER).cantine.run_due(told=stop)
    house = later(store, LATE)
    assert house.cantine.run_due().done == PAYERS - 3
    assert closed(house) == (PAYERS, [1] * PAYERS)
