"""A house on a connection of its host: what is booked stands or falls with the transaction of the host."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from typing import Any

import attrs
import psycopg
import pytest
from psycopg import pq
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader

from cantinekit import Cantine, Money, Registry, aio, hookimpl
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.postgres import _awaited, _joined, _statements
from cantinekit.backends.postgres._joined import JoinedStorage
from cantinekit.errors import (
    ConflictError,
    ContentionError,
    InputError,
    OpenTransactionError,
    SchemaError,
    StaleVersionError,
    StorageError,
)
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, LendingStorage, Row, StorageCapabilities
from cantinekit.urls import BackendUrl
from support.houses import small_house
from support.postgres.hosts_connections import connect
from support.postgres.postgres_stores import AT

WAIT = 20
HOUR = small_house.period(10, 11)


@attrs.define
class Host:
    """A house, a connection of its host with a table of its own, and what observers heard."""

    house: small_house.House
    url: str
    line: psycopg.Connection
    heard: list[str]
    schema: str
    lines: list[psycopg.Connection] = attrs.field(factory=list)

    @property
    def inside(self) -> Cantine:
        """The house on the connection of the host."""
        return self.house.cantine.within(self.line)

    @property
    def store(self) -> JoinedStorage:
        return self.house.cantine._storage.joining(self.line)

    def note(self, text: str) -> None:
        self.line.execute(f"INSERT INTO {self.schema}.host_note VALUES (%s)", [text])

    def notes(self) -> list[str]:
        with self.another(autocommit=True) as line:
            found = line.execute(f"SELECT text FROM {self.schema}.host_note ORDER BY text").fetchall()
        return [text for (text,) in found]

    def another(self, **how: Any) -> psycopg.Connection:
        """Another connection of the host, closed at the end of the test."""
        self.lines.append(connect(self.url, **how))
        return self.lines[-1]

    def visits(self) -> list[str]:
        return [one.person_id for one in self.house.cantine.read.find(m.Visit, "place")]

    def run_due(self) -> None:
        assert self.house.cantine.run_due().dead == 0


def visit(house: Cantine, person: str = "zoe", key: str | None = None) -> Any:
    command = c.CheckIn(place_id="paris", product_id="half-day", person_id=person, account="card")
    return house.execute(command, actor="web", idempotency_key=key)


@pytest.fixture
def host(pg_url):
    """A house on a fresh schema, and a host that is connected to the same database."""
    heard: list[str] = []

    class Observer:
        @hookimpl
        def cantinekit_events_recorded(self, events):
            heard.extend(event.type for event in events)

    house = small_house.open_house(pg_url)
    registry = Registry.load(plugins=[Observer()], entry_points=False)
    cantine = Cantine(
        house.storage, gateways=house.cantine._gateways, notifiers=(house.mail,), clock=house.clock, registry=registry
    )
    schema = BackendUrl.parse(pg_url).option("schema")
    with connect(pg_url) as line:
        line.execute(f"CREATE TABLE {schema}.host_note (text text NOT NULL)")
        line.commit()
        found = Host(attrs.evolve(house, cantine=cantine), pg_url, line, heard, schema)
        try:
            yield found
        finally:
            line.rollback()
            for one in found.lines:
                one.close()
            cantine.close()


# --- commit and rollback ---------------------------------------------------------------------------------------------


def test_a_commit_of_the_host(host):
    """What was stored in a transaction that commits is there with what the host wrote; the charge comes after."""
    host.note("before")
    done = visit(host.inside)
    host.note("after")
    assert done.value.state == "held"
    assert (host.visits(), host.notes()) == ([], [])
    host.line.commit()
    assert (host.visits(), host.notes()) == (["zoe"], ["after", "before"])
    assert host.house.card.charges == ()
    host.run_due()
    assert [charge.captured for charge in host.house.card.charges] == [700]
    assert host.house.get(m.Visit, done.value.id).state == "open"


def test_a_rollback_of_the_host(host):
    """Of a transaction that rolls back nothing is stored, charged or told, then and later; its key is free again."""
    before = small_house.rows(host.house.storage)
    host.note("before")
    visit(host.inside, key="form-1")
    assert [one.person_id for one in host.inside.read.find(m.Visit, "place")] == ["zoe"]
    host.line.rollback()
    host.run_due()
    assert small_house.rows(host.house.storage) == before
    assert (host.notes(), host.house.card.charges, host.heard) == ([], (), [])
    assert not visit(host.inside, key="form-1").replayed


def test_a_store_that_hides_the_transaction_does_charge(host, monkeypatch):
    """Control: where the store does not say that it joins, a visit that is rolled back has been charged."""
    monkeypatch.setattr(JoinedStorage, "capabilities", StorageCapabilities(durable=True, shared=True))
    visit(host.inside)
    host.line.rollback()
    assert host.visits() == []
    assert [charge.captured for charge in host.house.card.charges] == [700]


def test_a_savepoint_of_the_host(host):
    """What the host rolls back to a savepoint is gone, unheard too; what it did around it stays."""
    inside = host.inside
    visit(inside, "zoe")
    with host.line.transaction(force_rollback=True):
        visit(inside, "bob")
        inside.execute(c.AddPerson(name="Ann", lang="en"), actor="web")
    visit(inside, "eve")
    with host.line.transaction(force_rollback=True):
        visit(inside, "ida")
    host.line.commit()
    assert sorted(host.visits()) == ["eve", "zoe"]
    host.run_due()
    assert [charge.captured for charge in host.house.card.charges] == [700, 700]
    assert (host.heard.count("PassSold"), host.heard.count("PersonAdded")) == (2, 0)


def test_the_first_statement_may_be_a_write(host):
    """A connection that begins its transaction by itself has it begun by the house too: it is the host's to commit."""
    assert host.line.info.transaction_status == pq.TransactionStatus.IDLE
    host.store.apply(Change(rows=(Row("t", "a", 1, "{}"),)))
    host.line.rollback()
    assert host.house.storage.load([Key("t", "a")]) == [None]


def test_autocommit(host):
    """On a connection that commits by itself a command is a transaction of its own; what follows waits all the same."""
    inside = host.house.cantine.within(host.another(autocommit=True))
    visit(inside)
    assert host.visits() == ["zoe"]
    assert "PassSold" in host.heard
    assert host.house.card.charges == ()
    assert inside.run_due().done == 1
    assert len(host.house.card.charges) == 1


def test_a_transaction_on_a_connection_that_commits_by_itself(host):
    """A transaction that the host begins on such a connection is joined as any other."""
    line = host.another(autocommit=True)
    with line.transaction(force_rollback=True):
        visit(host.house.cantine.within(line))
    assert host.visits() == []


def test_run_due_inside_the_transaction(host):
    """``run_due`` on the connection of the host is refused inside its transaction; the house itself may run it."""
    visit(host.inside)
    with pytest.raises(OpenTransactionError):
        host.inside.run_due()
    assert host.house.cantine.run_due().done == 0
    host.line.commit()
    assert host.house.cantine.run_due().done == 1


def test_a_quote_and_a_preview_store_nothing(host):
    """A quote inside the transaction sees what it has stored, and stores nothing itself."""
    host.inside.execute(c.AddPerson(name="Ann", lang="en", id="ann"), actor="web")
    before = host.line.execute(f"SELECT count(*) FROM {host.schema}.record").fetchone()
    command = c.CheckIn(place_id="paris", product_id="half-day", person_id="ann", account="card")
    assert host.inside.quote(command).total == Money(700, "EUR")
    assert host.line.execute(f"SELECT count(*) FROM {host.schema}.record").fetchone() == before


def test_in_a_thread_of_an_async_application(host):
    """In a program with a loop the whole transaction is one call, made by one thread."""

    def order(house: Cantine) -> str:
        with connect(host.url) as line:
            line.execute(f"INSERT INTO {host.schema}.host_note VALUES ('order')")
            return visit(house.within(line)).value.id

    async def main():
        async with aio.Cantine(host.house.cantine) as house:
            found = await house.call(order, house.sync)
            assert (await house.read.need(m.Visit, found)).person_id == "zoe"
            assert (await house.run_due()).done == 1

    asyncio.run(main())
    assert len(host.house.card.charges) == 1


# --- clashes ---------------------------------------------------------------------------------------------------------


def overtaken(host, monkeypatch, person="bob"):
    """Have a change of the host overtaken once, between its reading and its writing, by one of the house itself."""
    apply, once = JoinedStorage.apply, [person]

    def overtake(self, change):
        if once:
            visit(host.house.cantine, once.pop())
        apply(self, change)

    monkeypatch.setattr(JoinedStorage, "apply", overtake)


def test_a_clash_is_the_hosts_to_try_again(host, monkeypatch):
    """Rows that changed meanwhile are said, the transaction goes on, and a second try in it finds them as they are."""
    overtaken(host, monkeypatch)
    host.note("before")
    with pytest.raises(StaleVersionError):
        visit(host.inside)
    assert host.line.info.transaction_status == pq.TransactionStatus.INTRANS
    visit(host.inside)
    host.line.commit()
    assert (sorted(host.visits()), host.notes()) == (["bob", "zoe"], ["before"])


def test_a_clash_is_tried_again_where_no_transaction_is_open(host, monkeypatch):
    """On a connection that commits by itself the house tries again, as it always does."""
    overtaken(host, monkeypatch)
    visit(host.house.cantine.within(host.another(autocommit=True)))
    assert sorted(host.visits()) == ["bob", "zoe"]


@pytest.mark.parametrize("what", ["write", "create", "guard", "remove"])
def test_after_a_clash_the_transaction_goes_on(host, what):
    """A change that is refused leaves nothing of itself; what the transaction does before and after it is stored."""
    store = host.store
    store.apply(Change(rows=(Row("t", "there", 1, "{}"),)))
    kept = Row("t", "kept", 1, "{}")
    change = {
        "write": Change(rows=(kept, Row("t", "there", 7, "{}"))),
        "create": Change(rows=(kept, Row("t", "there", 1, "{}"))),
        "guard": Change(rows=(kept,), guards=(Guard(Key("t", "there"), 3),)),
        "remove": Change(rows=(kept,), removes=(Guard(Key("t", "missing"), 1),)),
    }[what]
    with pytest.raises(StaleVersionError):
        store.apply(change)
    store.apply(Change(rows=(Row("t", "new", 1, "{}"),)))
    host.line.commit()
    found = host.house.storage.load([Key("t", "kept"), Key("t", "there"), Key("t", "new")])
    assert [row and row.version for row in found] == [None, 1, 1]


@pytest.mark.parametrize("savepoint", [True, False])
def test_a_row_that_another_creates_at_that_moment(host, monkeypatch, savepoint):
    """A refusal of the server, as where another creates the same row at that moment, leaves the transaction usable.

    Control: without the savepoint it can only be rolled back, and the store says so.
    """
    host.house.storage.apply(Change(rows=(Row("t", "there", 1, "{}"),)))
    monkeypatch.setattr(_statements, "LOCK", _statements.LOCK.replace("written.version, guarded.version, ", ""))
    if not savepoint:
        monkeypatch.setattr(_joined.HostLine, "transaction", lambda line: nullcontext())
    store = host.store
    with pytest.raises(StaleVersionError):
        store.apply(Change(rows=(Row("t", "there", 1, "{}"),)))
    if savepoint:
        assert store.load([Key("t", "there")])[0].version == 1
    else:
        with pytest.raises(StorageError, match="can only be rolled back"):
            store.load([Key("t", "there")])


# --- races -----------------------------------------------------------------------------------------------------------


def room(house: Cantine, person: str) -> Any:
    return house.execute(c.Book(space_id="b", product_id="room", period=HOUR, person_id=person), actor="web")


def waits_for_a_lock(host) -> None:
    """Come back once somebody waits for a lock of the transaction of the host."""
    pid = host.line.info.backend_pid
    with host.another(autocommit=True) as line:
        for _ in range(2000):
            found = line.execute("SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [pid])
            if found.fetchone() != (0,):
                return
            line.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("nobody waits")


def in_a_thread(work):
    """Start it; gives the thread, and a list for what it gives or raises."""
    found: list[Any] = []

    def run():
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, found


@pytest.mark.parametrize("committed", [True, False])
def test_the_house_waits_for_the_host(host, committed):
    """Who books a room that an open transaction of the host has booked waits for its end: then it is let, or free."""
    room(host.inside, "zoe")
    thread, found = in_a_thread(lambda: room(host.house.cantine, "bob"))
    waits_for_a_lock(host)
    host.line.commit() if committed else host.line.rollback()
    thread.join(WAIT)
    bookings = host.house.all(m.Booking)
    assert [one.person_id for one in bookings] == (["zoe"] if committed else ["bob"])
    assert isinstance(found[0], ConflictError) == committed


def test_two_transactions_that_want_each_others_rows(host):
    """Of two transactions that each hold a row which the other wants, one is told so; once it has ended the other
    goes on."""
    line = host.another()
    mine, theirs = host.store, host.house.storage.joining(line)
    host.house.storage.apply(Change(rows=(Row("t", "x", 1, "{}"), Row("t", "y", 1, "{}"))))
    mine.apply(Change(rows=(Row("t", "x", 2, "{}"),)))
    theirs.apply(Change(rows=(Row("t", "y", 2, "{}"),)))

    def crosses(store, line, id):
        try:
            store.apply(Change(rows=(Row("t", id, 2, "{}"),)))
        except ContentionError:
            line.rollback()
            raise
        line.commit()

    thread, found = in_a_thread(lambda: crosses(theirs, line, "x"))
    try:
        crosses(mine, host.line, "y")
        told = []
    except ContentionError as error:
        told = [error]
    thread.join(WAIT)
    assert len([one for one in (*told, *found) if isinstance(one, ContentionError)]) == 1
    assert [row.version for row in host.house.storage.load([Key("t", "x"), Key("t", "y")])] == [2, 2]


def racing(host, rounds=8):
    """In each round the host in its transaction and the house book one room at one moment; how often both got it."""
    both = 0
    for number in range(rounds):
        period = small_house.period(8 + number, 9 + number)
        start = threading.Barrier(2)

        def books(house, person, period=period, start=start):
            start.wait(WAIT)
            command = c.Book(space_id="n", product_id="room", period=period, person_id=person)
            return house.execute(command, actor="web")

        thread, theirs = in_a_thread(lambda books=books: books(host.house.cantine, "bob"))
        try:
            books(host.inside, "zoe")
            host.line.commit()
            mine = True
        except (StaleVersionError, ConflictError):
            host.line.rollback()
            mine = False
        thread.join(WAIT)
        assert mine or not isinstance(theirs[0], Exception)
        both += mine and not isinstance(theirs[0], Exception)
    return both


def test_a_race_for_a_room(host):
    """Of the host in its transaction and the house, exactly one gets a room that both want at one moment."""
    assert racing(host) == 0
    assert len(host.house.all(m.Booking)) == 8


def test_a_race_without_versions(host, monkeypatch):
    """Control: where a change of the host compares no versions, a room that was booked meanwhile is booked twice."""
    apply, once = JoinedStorage.apply, ["bob"]

    def careless(self, change):
        if once:
            room(host.house.cantine, once.pop())
        found = self.load([row.key for row in change.rows])
        there = {row.key: row for row in found if row is not None}
        rows = [attrs.evolve(r, version=there[r.key].version + 1) if r.key in there else r for r in change.rows]
        apply(self, attrs.evolve(change, rows=tuple(rows), guards=()))

    monkeypatch.setattr(JoinedStorage, "apply", careless)
    room(host.inside, "zoe")
    host.line.commit()
    assert sorted(one.person_id for one in host.house.all(m.Booking)) == ["bob", "zoe"]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_a_transaction_that_has_failed(host):
    """In a transaction that has failed the house says so, and does nothing."""
    with pytest.raises(psycopg.errors.DivisionByZero):
        host.line.execute("SELECT 1 / 0")
    with pytest.raises(StorageError, match="has failed before, and can only be rolled back"):
        visit(host.inside)
    host.line.rollback()
    visit(host.inside)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_another_isolation(host, level):
    """A stricter isolation shows old rows to every try: it is refused before anything is written."""
    host.line.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    with pytest.raises(StorageError, match=f"is {level}; it must be READ COMMITTED"):
        visit(host.inside)
    host.line.commit()
    assert host.visits() == []


def test_a_read_only_transaction(host):
    """A transaction that may only read is named as what it is; reads go on in it."""
    host.line.execute("SET TRANSACTION READ ONLY")
    with pytest.raises(StorageError, match="is read only"):
        visit(host.inside)
    assert host.inside.read.need(m.Person, "zoe").id == "zoe"


def test_what_is_no_connection(host):
    """Only a connection of psycopg that blocks is taken; and only by a store that can use one."""
    for wrong in (None, "postgresql://", object(), psycopg.AsyncConnection.__new__(psycopg.AsyncConnection)):
        with pytest.raises(InputError, match=r"must be a psycopg\.Connection, not"):
            host.house.cantine.within(wrong)
    with pytest.raises(InputError, match="works on no connection of the host"):
        small_house.open_house().cantine.within(host.line)
    assert isinstance(host.house.storage, LendingStorage)


def test_a_connection_that_is_closed(host):
    """A connection that is closed, or that the server has closed, is said; to try again on another may help."""
    inside = host.house.cantine.within(line := host.another())
    host.line.execute("SELECT pg_terminate_backend(%s)", [line.info.backend_pid])
    with pytest.raises(StorageError, match="lost or refused") as lost:
        visit(inside)
    assert lost.value.retryable
    with pytest.raises(StorageError, match="the connection of the host is closed"):
        visit(inside)


def test_a_connection_in_use(host):
    """In pipeline mode, and while rows are still being fetched, the house says that it cannot use the connection."""
    with host.line.pipeline(), pytest.raises(StorageError, match="pipeline mode"):
        visit(host.inside)
    with host.line.cursor() as cursor, cursor.copy("COPY (SELECT generate_series(1, 9)) TO STDOUT") as copy:
        next(iter(copy))
        with pytest.raises(StorageError, match="still busy"):
            visit(host.inside)
        assert len(list(copy)) == 8
    visit(host.inside)


def test_another_database(host):
    """A connection to a database without the tables of the house is named as that."""
    host.line.execute(f"ALTER SCHEMA {host.schema} RENAME TO {host.schema}_away")
    with pytest.raises(SchemaError, match="to the database of the house"):
        visit(host.inside)
    host.line.rollback()


def test_another_encoding(host):
    """A connection whose texts are not in UTF-8 is refused."""
    line = host.another()
    line.execute("SET client_encoding TO 'LATIN1'")
    with pytest.raises(StorageError, match="not in UTF-8"):
        host.house.cantine.within(line)


def test_closing_what_is_within(host):
    """Closing the house on the connection leaves the connection, its transaction and the house itself as they are."""
    inside = host.inside
    visit(inside)
    inside.close()
    with pytest.raises(StorageError, match="the store is closed"):
        visit(inside)
    host.line.commit()
    assert host.visits() == ["zoe"]


# --- what the host's connection is like ------------------------------------------------------------------------------


def test_a_connection_with_ways_of_its_own(host):
    """Row factories, loaders and search paths of the host's connection change nothing for the house."""

    class Shouting(TextLoader):
        def load(self, data):
            return str(super().load(data)).upper()

    line = host.another(row_factory=dict_row, autocommit=True)
    line.adapters.register_loader("text", Shouting)
    set_json_loads(lambda data: "nothing", line)
    line.execute("SET search_path TO pg_catalog")
    line.execute("SET DateStyle TO 'SQL, DMY'")
    inside = host.house.cantine.within(line)
    done = visit(inside)
    assert inside.read.need(m.Visit, done.value.id) == done.value
    assert [one.id for one in inside.read.find(m.Visit, "place")] == [done.value.id]
    assert list(inside.read.journal()) == list(host.house.cantine.read.journal())
    mine, theirs = inside.read, host.house.cantine.read
    assert mine.availability("b", HOUR) == theirs.availability("b", HOUR)
    assert mine.desk("paris", small_house.TODAY) == theirs.desk("paris", small_house.TODAY)
    assert mine.holdings("zoe") == theirs.holdings("zoe")
    assert mine.people("canary") == theirs.people("canary")
    first, second = (one.grid("paris", small_house.TODAY, product_id="room").rows for one in (mine, theirs))
    assert [row.free for row in first] == [row.free for row in second]


def settings(line) -> dict[str, str]:
    """The settings of a session, but for those of a language, which the server lists once it was used."""
    found = line.execute("SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'").fetchall()
    return dict(found)


def test_nothing_of_the_session_is_changed(host):
    """The house changes no setting of the session and leaves no statement, but for the durability of this commit."""
    host.line.execute("SET synchronous_commit TO off")
    host.line.commit()
    before = settings(host.line)
    visit(host.inside)
    assert settings(host.line) == {**before, "synchronous_commit": "on"}
    assert host.line.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    host.line.commit()
    assert settings(host.line) == before


# --- the journal -----------------------------------------------------------------------------------------------------


def told(type):
    return Change(events=(JournalEntry(type, AT, "me", (Key("k", "a"),), "{}"),))


def types(storage, after=0):
    return [entry.type for entry in storage.journal(subject=Key("k", "a"), after=after)]


def test_numbers_of_one_transaction(host):
    """The changes of one transaction are numbered in their order; entries of others come before or after as a whole."""
    store, own = host.store, host.house.storage
    store.apply(told("a1"))
    own.apply(told("b1"))
    with host.line.transaction(force_rollback=True):
        store.apply(told("gone"))
    store.apply(told("a2"))
    assert types(store) == []  # not b1 either: it is of a transaction that began after one that is still open
    host.line.commit()
    assert types(own) == ["a1", "a2", "b1"]


def test_numbers_that_begin_anew_are_refused(host, monkeypatch):
    """Control: if each change of a transaction began to count anew, the second would give a number again."""
    monkeypatch.setattr(_statements, "WRITE_OF_HOST", _statements.WRITE_OF_HOST.replace("given.largest & 65535", "0"))
    store = host.store
    store.apply(told("a1"))
    with pytest.raises(StorageError, match="23505"):
        store.apply(told("a2"))


def test_a_transaction_that_is_full(host):
    """A transaction has numbers for 65,535 entries; a change with more is refused, and what was stored before stays."""
    store = host.store
    store.apply(told("a1"))
    host.line.execute(f"UPDATE {host.schema}.journal_subject SET number = number + 65533 WHERE kind = 'k'")
    host.line.execute(f"UPDATE {host.schema}.journal SET number = number + 65533 WHERE type = 'a1'")
    store.apply(told("a2"))
    with pytest.raises(StorageError, match="at most 65535 journal entries"):
        store.apply(told("a3"))
    host.line.commit()
    assert types(host.house.storage) == ["a1", "a2"]


def test_a_server_that_has_moved(host):
    """Where the house has not noticed yet that the server is another one, it notices when the host writes."""
    with host.another(autocommit=True) as line:
        line.execute(f"UPDATE {host.schema}.meta SET value = value - 1 WHERE name = 'journal_timeline'")
    host.store.apply(told("a1"))
    host.line.commit()
    assert types(host.house.storage) == ["a1"]


# --- observers -------------------------------------------------------------------------------------------------------


def test_observers_are_told_after_the_commit(host):
    """Observers hear of a transaction when it has been committed and ``run_due`` is called; once, and in order."""
    visit(host.inside)
    host.run_due()
    assert host.heard == []
    host.line.commit()
    assert host.heard == []
    host.run_due()
    assert host.heard.count("PassSold") == 1
    host.run_due()
    assert host.heard.count("PassSold") == 1


def test_observers_hear_without_run_due(host, monkeypatch):
    """Where nobody calls ``run_due`` in this process, it is looked at what was committed all the same, now and then."""
    monkeypatch.setattr(_awaited, "MANY", 3)
    for number in range(3):
        host.inside.execute(c.AddPerson(name=f"Ann {number}", lang="en"), actor="web")
        host.line.commit()
    assert len(host.heard) >= 2


def test_observers_that_cannot_be_told_yet(host, monkeypatch):
    """Where the server does not answer, what waits for the commit goes on waiting."""
    visit(host.inside)
    host.line.commit()
    with monkeypatch.context() as patched:
        patched.setattr(_statements, "OPEN", "SELECT nonsense")
        with pytest.raises(StorageError):
            host.house.cantine.run_due()
    assert host.heard == []
    host.run_due()
    assert "PassSold" in host.heard
