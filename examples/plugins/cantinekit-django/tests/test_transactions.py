"""What is booked stands or falls with the transaction of the host, and nothing leaves the house before it stands."""

from __future__ import annotations

import sqlite3
import unittest
from contextlib import closing

import attrs
import pytest
from django.db import connections, transaction
from django.test import TestCase

import host
from cantinekit import Cantine, Registry, hookimpl
from cantinekit.errors import ConflictError, ContentionError, OpenTransactionError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key, Row, StorageCapabilities
from cantinekit_django.store import DjangoStorage


@pytest.fixture
def house(alias):
    """A house on a fresh database, in which the host has a table of its own."""
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE TABLE host_note (text text NOT NULL)")
    return host.open_house(DjangoStorage(alias), alias)


def note(house, text: str) -> None:
    with connections[house.alias].cursor() as cursor:
        cursor.execute("INSERT INTO host_note (text) VALUES (%s)", [text])


def notes(house) -> list[str]:
    with connections[house.alias].cursor() as cursor:
        cursor.execute("SELECT text FROM host_note ORDER BY text")
        return [text for (text,) in cursor.fetchall()]


# --- autocommit, commit, rollback ---


def test_autocommit(house):
    """Where no transaction is open a booking is stored on return; what follows from it waits for ``run_due``."""
    booking = house.book()
    connections[house.alias].close()
    assert house.bookings == ["held"]
    assert (house.card.charges, house.told) == ((), 0)
    assert house.cantine.run_due().dead == 0
    assert house.bookings == ["confirmed"]
    assert [charge.captured for charge in house.card.charges] == [1500]
    assert house.told == 1
    assert next(entry.type for entry in house.cantine.read.journal(host.about(booking))) == "BookingMade"
    house.cantine.run_due()
    assert (len(house.card.charges), house.told) == (1, 1)


def test_a_commit_of_the_host(house):
    """In a transaction that commits, the booking is stored with what the host wrote; the charge comes after."""
    with transaction.atomic(using=house.alias):
        note(house, "before")
        house.book()
        assert house.bookings == ["held"]
        note(house, "after")
    connections[house.alias].close()
    assert (house.bookings, notes(house)) == (["held"], ["after", "before"])
    assert (house.card.charges, house.told) == ((), 0)
    house.cantine.run_due()
    assert (house.bookings, len(house.card.charges), house.told) == (["confirmed"], 1, 1)


def test_a_rollback_of_the_host(house):
    """In a transaction that rolls back nothing is stored, charged or told, then and later."""
    before = host.stored(house)
    with host.rolled_back(house.alias):
        note(house, "before")
        house.book()
        assert host.stored(house) > before
    assert (host.stored(house), notes(house)) == (before, [])
    house.cantine.run_due()
    assert (house.bookings, house.card.charges, house.told) == ([], (), 0)
    assert house.book().state == "held"


def test_a_store_that_hides_the_transaction_does_charge(house):
    """The control: where the capability is switched off, a booking that is rolled back has been charged."""

    class Hiding(DjangoStorage):
        capabilities = StorageCapabilities()

    hiding = Cantine(Hiding(house.alias), gateways={"card": house.card}, clock=host.ManualClock(host.NOW))
    with host.rolled_back(house.alias):
        attrs.evolve(house, cantine=hiding).book()
    assert house.bookings == []
    assert [charge.captured for charge in house.card.charges] == [1500]


def test_a_savepoint_of_the_host(house):
    """What the host rolls back to a savepoint is gone, and what it did around it stays."""
    with transaction.atomic(using=house.alias):
        house.book(0)
        with host.rolled_back(house.alias):
            house.book(1)
        house.book(2)
    assert house.bookings == ["held", "held"]
    house.cantine.run_due()
    assert [charge.captured for charge in house.card.charges] == [1500, 1500]


# --- what is refused ---


def clash(store: DjangoStorage, what: str) -> None:
    """Have a change refused."""
    change = {
        "write": Change(rows=(Row("t", "kept", 1, "{}"), Row("t", "there", 7, "{}"))),
        "create": Change(rows=(Row("t", "kept", 1, "{}"), Row("t", "there", 1, "{}"))),
        "guard": Change(rows=(Row("t", "kept", 1, "{}"),), guards=(Guard(Key("t", "there"), 3),)),
        "remove": Change(rows=(Row("t", "kept", 1, "{}"),), removes=(Guard(Key("t", "missing"), 1),)),
    }[what]
    with pytest.raises(StaleVersionError):
        store.apply(change)


@pytest.mark.parametrize("what", ["write", "create", "guard", "remove"])
def test_after_a_clash_the_transaction_goes_on(house, what):
    """A change that is refused leaves the transaction of the host usable: it commits what else it did."""
    store = DjangoStorage(house.alias)
    store.apply(Change(rows=(Row("t", "there", 1, "{}"),)))
    with transaction.atomic(using=house.alias):
        note(house, "before")
        clash(store, what)
        store.apply(Change(rows=(Row("t", "new", 1, "{}"),)))
        note(house, "after")
    kept, there, new = store.load([Key("t", "kept"), Key("t", "there"), Key("t", "new")])
    assert (kept, there.version, new.version) == (None, 1, 1)
    assert notes(house) == ["after", "before"]


def test_without_a_savepoint_a_clash_would_end_the_transaction(house, monkeypatch):
    """The control: without the savepoint the transaction of the host can only be rolled back, and the store says so."""
    atomic = transaction.atomic
    monkeypatch.setattr("cantinekit_django.store.transaction.atomic", lambda using: atomic(using, savepoint=False))
    store = DjangoStorage(house.alias)
    store.apply(Change(rows=(Row("t", "there", 1, "{}"),)))
    with atomic(using=house.alias):
        note(house, "before")
        clash(store, "write")
        with pytest.raises(StorageError, match="can only be rolled back"):
            store.load([Key("t", "there")])
    assert notes(house) == []


def test_a_refusal_leaves_the_transaction_usable(house):
    """A booking that is refused, since the room is taken, leaves the transaction usable too."""
    house.book()
    with transaction.atomic(using=house.alias):
        note(house, "before")
        with pytest.raises(ConflictError):
            house.book()
        house.book(1)
    assert (house.bookings, notes(house)) == (["held", "held"], ["before"])


def test_run_due_waits_for_the_commit(house):
    """Inside a transaction of the host ``run_due`` is refused and does nothing; from ``on_commit`` it runs."""
    with transaction.atomic(using=house.alias):
        house.book()
        with pytest.raises(OpenTransactionError):
            house.cantine.run_due()
        transaction.on_commit(house.cantine.run_due, using=house.alias)
        assert (house.card.charges, house.told) == ((), 0)
    assert (house.bookings, len(house.card.charges), house.told) == (["confirmed"], 1, 1)


def test_autocommit_that_is_switched_off_by_hand(house):
    """A transaction that Django knows nothing of is refused for writes and for ``run_due``, and reads work in it."""
    transaction.set_autocommit(False, using=house.alias)
    try:
        assert house.bookings == []
        with pytest.raises(StorageError, match=r"use transaction.atomic\(\)"):
            house.book()
        with pytest.raises(OpenTransactionError):
            house.cantine.run_due()
    finally:
        transaction.rollback(using=house.alias)
        transaction.set_autocommit(True, using=house.alias)
    assert house.book().state == "held"


def test_tables_that_were_altered_by_another_hand(house):
    """Where an index line is not what its row says, a change of the row is refused, and nothing of it is stored."""
    store = DjangoStorage(house.alias)
    store.apply(Change(rows=(Row("t", "x", 1, "{}", (("f", "old"),)),)))
    with connections[house.alias].cursor() as cursor:
        cursor.execute("DELETE FROM cantinekit_row WHERE kind = 't' AND field = '=f'")
    before = host.stored(house)
    with pytest.raises(StorageError, match="altered by another hand"), transaction.atomic(using=house.alias):
        store.apply(Change(rows=(Row("t", "y", 1, "{}"), Row("t", "x", 2, "{}", (("f", "new"),)))))
    assert host.stored(house) == before
    assert [row and row.version for row in store.load([Key("t", "x"), Key("t", "y")])] == [1, None]


def test_a_locked_sqlite_file(fresh):
    """Where another connection keeps the write lock longer than ``timeout``, a change is refused as retryable."""
    alias = fresh("sqlite", OPTIONS={"transaction_mode": "IMMEDIATE", "timeout": 0.1})
    store = DjangoStorage(alias)
    with closing(sqlite3.connect(connections[alias].settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ContentionError, match="SQLITE_BUSY") as busy:
            store.apply(Change(rows=(Row("t", "x", 1, "{}"),)))
        other.execute("ROLLBACK")
    assert busy.value.retryable
    store.apply(Change(rows=(Row("t", "x", 1, "{}"),)))


def test_what_is_committed_is_on_the_disk(fresh):
    """A transaction in which something was stored is committed synchronously, also where the project has that off."""
    alias = fresh("postgresql", options={"options": "-c synchronous_commit=off"})
    store = DjangoStorage(alias)

    def setting() -> str:
        with connections[alias].cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return cursor.fetchone()[0]

    with transaction.atomic(using=alias):
        assert setting() == "off"
        store.apply(Change(rows=(Row("t", "x", 1, "{}"),)))
        assert setting() == "on"
    assert setting() == "off"


# --- observers and tests of the host ---


def test_observers_hear_after_the_commit(alias):
    """Observers hear of what was committed, once, and never of what was rolled back."""
    heard: list[str] = []

    class Observer:
        @hookimpl
        def cantinekit_events_recorded(self, events):
            heard.extend(event.type for event in events)

    registry = Registry.load(plugins=[Observer()], entry_points=False)
    house = host.open_house(DjangoStorage(alias), alias, registry)
    heard.clear()
    with host.rolled_back(alias):
        house.book(0)
    assert heard == []
    with transaction.atomic(using=alias):
        house.book(1)
        assert heard == []
    assert heard[0] == "BookingMade"
    assert heard == [entry.type for entry in house.cantine.read.journal()][-len(heard) :]


def test_in_a_test_case_of_the_host(house):
    """In Django's ``TestCase`` what follows runs in ``captureOnCommitCallbacks``, and all is undone after the test."""
    before = host.stored(house)

    class Booking(TestCase):
        databases = frozenset({house.alias})

        def test_it(self) -> None:
            """Book, and have what follows done at the end of the block."""
            with self.captureOnCommitCallbacks(using=house.alias, execute=True), transaction.atomic(using=house.alias):
                house.book()
                transaction.on_commit(house.cantine.run_due, using=house.alias)
                assert house.card.charges == ()
            assert (house.bookings, len(house.card.charges)) == (["confirmed"], 1)

    result = unittest.TestResult()
    unittest.TestSuite([Booking("test_it")]).run(result)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])
    assert host.stored(house) == before
