"""Whoever has read the journal up to a number never finds a smaller one, however long transactions of the host are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction
from psycopg import IsolationLevel

import host
from cantinekit.errors import ContentionError, StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row
from cantinekit_django import _postgresql
from cantinekit_django.store import DjangoStorage

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
ABOUT = Key("t", "x")


def record(storage: DjangoStorage, *types: str) -> None:
    storage.apply(Change(events=tuple(JournalEntry(type, AT, "test", (ABOUT,), "{}") for type in types)))


def types(storage: DjangoStorage, after: int = 0) -> list[str]:
    return [entry.type for entry in storage.journal(after=after)]


def elsewhere(work: Callable[[], None]) -> None:
    """In another thread, and so on another connection of Django's."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert problems == []


def test_several_changes_in_one_transaction(alias):
    """The entries of several changes in one transaction of the host have rising numbers, and so have later ones."""
    storage = DjangoStorage(alias)
    record(storage, "1", "2")
    with transaction.atomic(using=alias):
        record(storage, "3", "4")
        with host.rolled_back(alias):
            record(storage, "undone", "undone")
        record(storage, "5")
        record(storage, "6")
    record(storage, "7")
    assert types(storage) == ["1", "2", "3", "4", "5", "6", "7"]
    numbers = [entry.number for entry in storage.journal()]
    assert numbers == sorted(set(numbers))
    assert [entry.type for entry in storage.journal(subject=ABOUT)] == types(storage)


def behind_a_long_transaction(storage: DjangoStorage) -> tuple[list[str], list[str]]:
    """What a reader finds while a transaction that has recorded is open and another has ended, and what afterwards."""
    record(storage, "before")
    last = storage.journal()[-1].number
    with transaction.atomic(using=storage.alias):
        record(storage, "long")
        elsewhere(lambda: record(storage, "quick"))
        found: list[JournalEntry] = []
        elsewhere(lambda: found.extend(storage.journal(after=last)))
        record(storage, "long still")
    last = found[-1].number if found else last
    return [entry.type for entry in found], types(storage, after=last)


def test_a_long_transaction_of_the_host(fresh):
    """What was recorded beside a long transaction appears when that has ended, so that its entries are not missed."""
    first, rest = behind_a_long_transaction(DjangoStorage(fresh("postgresql")))
    assert first == []
    assert rest == ["long", "long still", "quick"]


def test_without_the_bound_entries_are_missed(fresh, monkeypatch):
    """The control: a reader that takes all that is committed reads past the entries of the long transaction."""
    bound = "ELSE base + (oldest << {bits})"
    assert bound in _postgresql.JOURNAL
    monkeypatch.setattr(_postgresql, "JOURNAL", _postgresql.JOURNAL.replace(bound, "ELSE 9223372036854775807"))
    first, rest = behind_a_long_transaction(DjangoStorage(fresh("postgresql")))
    assert first == ["quick"]
    assert rest == []


def lines(alias: str, mark: str) -> list[int]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT number FROM cantinekit_journal WHERE subject_kind = %s ORDER BY number", [mark])
        return [number for (number,) in cursor.fetchall()]


def alter(alias: str, statement: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)


def test_a_dump_that_was_restored_into_another_cluster(fresh):
    """Where the journal is ahead of the server's transactions all of it is read, and what comes has larger numbers."""
    alias = fresh("postgresql")
    storage = DjangoStorage(alias)
    record(storage, "1", "2")
    alter(alias, "UPDATE cantinekit_journal SET number = number + (1::bigint << 50) WHERE subject_kind <> '!'")
    assert types(storage) == ["1", "2"]
    last = storage.journal()[-1].number
    record(storage, "3")
    record(storage, "4")
    assert types(storage, after=last) == ["3", "4"]
    assert len(lines(alias, "!")) == 2


def test_a_standby_that_was_promoted(fresh):
    """On another timeline numbers go on above all that can have been read on the old one, lost ones too."""
    alias = fresh("postgresql")
    storage = DjangoStorage(alias)
    record(storage, "1")
    alter(alias, "UPDATE cantinekit_journal SET subject_id = 'FFFFFFFF' WHERE subject_kind = '!'")
    assert types(storage) == ["1"]
    last = storage.journal()[-1].number
    record(storage, "2")
    (entry,) = storage.journal(after=last)
    assert entry.number > last + (_postgresql.MOST_LOST << _postgresql.BITS) // 2


def test_too_many_entries_in_one_transaction(fresh, monkeypatch):
    """A transaction that records more than its numbers have room for is refused, and what it recorded before stays."""
    monkeypatch.setattr(_postgresql, "BITS", 3)
    storage = DjangoStorage(fresh("postgresql"))
    with transaction.atomic(using=storage.alias):
        record(storage, *"123456")
        with pytest.raises(StorageError, match="at most 7 journal entries"):
            record(storage, "7", "8")
        record(storage, "7")
    record(storage, *"89")
    assert types(storage) == list("123456789")


@pytest.mark.parametrize("level", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE])
def test_stricter_isolation(fresh, level):
    """With a stricter isolation numbers rise as well, and a row that changed meanwhile is a clash, not a lost write."""
    storage = DjangoStorage(fresh("postgresql", options={"isolation_level": level}))
    with transaction.atomic(using=storage.alias):
        record(storage, "1")
        record(storage, "2")
    storage.apply(Change(rows=(Row("t", "x", 1, '{"by": "one"}'),)))
    with transaction.atomic(using=storage.alias):
        (row,) = storage.load([ABOUT])
        elsewhere(lambda: storage.apply(Change(rows=(Row("t", "x", 2, '{"by": "other"}'),))))
        with pytest.raises(ContentionError) as clash:
            storage.apply(Change(rows=(Row("t", "x", row.version + 1, '{"by": "one"}'),)))
        assert clash.value.retryable
    assert storage.load([ABOUT])[0].body == '{"by": "other"}'
    assert types(storage) == ["1", "2"]
    assert len(lines(storage.alias, "!")) == 1


def test_a_deadlock_is_a_clash(fresh):
    """Two transactions of the host that lock two rows in crossed order: one is refused, retryably, and can go on."""
    storage = DjangoStorage(fresh("postgresql"))
    storage.apply(Change(rows=(Row("t", "a", 1, "{}"), Row("t", "b", 1, "{}"))))
    both, clashes = threading.Barrier(2), []

    def cross(first: str, second: str) -> None:
        with transaction.atomic(using=storage.alias):
            storage.apply(Change(rows=(Row("t", first, 2, "{}"),)))
            both.wait(30)
            try:
                storage.apply(Change(rows=(Row("t", second, 3 if clashes else 2, "{}"),)))
            except StorageError as clash:
                clashes.append(clash)
                assert storage.load([Key("t", first)])[0].version == 2

    jobs = [lambda: cross("a", "b"), lambda: cross("b", "a")]
    threads = [threading.Thread(target=elsewhere, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [clash.retryable for clash in clashes] in ([True], [True, True])
    assert any(isinstance(clash, ContentionError) for clash in clashes)
