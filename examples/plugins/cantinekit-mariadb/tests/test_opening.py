"""What the contract does not prove: the entry point, the URLs, and a server that is not as it should be."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing

import pymysql
import pytest

from cantinekit import Registry
from cantinekit.errors import ContentionError, SchemaError, StorageError, UrlError
from cantinekit.plugins.ports import Change, Guard, Key, Row
from cantinekit.plugins.sql import Limits, SqlStore
from cantinekit.urls import BackendUrl
from cantinekit_mariadb import open_mariadb
from cantinekit_mariadb.database import MariaDb

ROW = Row("space", "left", 1, '{"name": "Left"}')


@pytest.fixture
def url(fresh_url):
    return fresh_url()


@pytest.fixture
def store(url):
    with closing(open_mariadb(BackendUrl.parse(url))) as store:
        yield store


@pytest.fixture
def database(url):
    return BackendUrl.parse(url).path[1:]


def test_it_is_found_by_its_entry_point(url, fresh_url):
    """Installed, the plug-in is found, and a URL opens a store that keeps what was applied, apart from every other."""
    registry = Registry.load(strict=True)
    (backend,) = [backend for backend in registry.backends if backend.scheme == "mariadb"]
    assert backend.distribution == "cantinekit-mariadb"
    with closing(registry.storage(url)) as storage:
        storage.apply(Change(rows=(ROW,)))
    with closing(registry.storage(url)) as storage, closing(registry.storage(fresh_url())) as other:
        assert storage.load([ROW.key]) == [ROW]
        assert other.load([ROW.key]) == [None]


@pytest.mark.parametrize(
    "rest",
    ["", "host", "host/", "one,two/db", "host/db?size=3", "host/db?pool=0", "host/db?deadline=x", "host/a%60b", "/db"],
)
def test_urls_that_are_refused(rest):
    """A URL without a database or a host, with an unknown option or a value that is none is refused."""
    with pytest.raises(UrlError):
        open_mariadb(BackendUrl.parse(f"mariadb://{rest}"))


def test_a_newer_schema_is_refused(url, target, database):
    """Tables that a newer version has migrated are refused and left as they are."""
    open_mariadb(BackendUrl.parse(url)).close()
    with closing(pymysql.connect(**target, database=database, autocommit=True)) as db, db.cursor() as cursor:
        cursor.execute("INSERT INTO schema_version (version, sha256, applied_at) VALUES (2, 'x', '')")
    with pytest.raises(SchemaError, match="schema 2"):
        open_mariadb(BackendUrl.parse(url))


def test_a_step_that_broke_off_is_run_again(url, target, database):
    """Where making the tables was broken off half-way, the next process makes the rest."""
    open_mariadb(BackendUrl.parse(url)).close()
    with closing(pymysql.connect(**target, database=database, autocommit=True)) as db, db.cursor() as cursor:
        cursor.execute("DELETE FROM schema_version")
        cursor.execute("DROP TABLE journal_head")
    with closing(open_mariadb(BackendUrl.parse(url))) as store:
        store.apply(Change(rows=(ROW,)))
        assert store.load([ROW.key]) == [ROW]


def test_a_database_of_something_else_is_refused(url, target, database):
    """A database with tables of others is refused and left as it is."""
    with closing(pymysql.connect(**target, autocommit=True)) as db, db.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{database}`")
        cursor.execute(f"CREATE TABLE `{database}`.other (id INT)")
    with pytest.raises(SchemaError, match="something else"):
        open_mariadb(BackendUrl.parse(url))


def test_a_server_that_does_not_answer(database):
    """A server that takes the connection and says nothing is a retryable error by the deadline."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(StorageError) as caught:
            SqlStore(MariaDb({"host": "127.0.0.1", "port": silent.getsockname()[1], "user": "x"}, database, 1))
    assert caught.value.retryable
    assert time.monotonic() - began < 20


def test_a_statement_that_takes_too_long(target, database, fresh_url):
    """The server ends a statement by the deadline, and the caller may try again; the next call works."""
    with closing(SqlStore(MariaDb(target, BackendUrl.parse(fresh_url()).path[1:], 1))) as store:
        with pytest.raises(StorageError) as caught:
            store._call(lambda session: session.rows("SELECT SLEEP(30) FROM journal_head"))
        assert caught.value.retryable
        assert store.load([ROW.key]) == [None]


def test_a_lock_that_is_not_had(target, fresh_url):
    """A row that somebody keeps locked is a contention by the deadline, and nothing of the change is there."""
    name = BackendUrl.parse(fresh_url()).path[1:]
    with closing(SqlStore(MariaDb(target, name, 1), deadline=30.0)) as store:
        store.apply(Change(rows=(ROW,)))
        with closing(pymysql.connect(**target, database=name)) as db, db.cursor() as cursor:
            cursor.execute("SELECT * FROM record FOR UPDATE")
            with pytest.raises(StorageError) as caught:
                store.apply(Change(rows=(Row("space", "new", 1, "{}"),), guards=(Guard(ROW.key, 1),)))
        assert isinstance(caught.value, ContentionError) or caught.value.retryable
        assert store.load([Key("space", "new")]) == [None]


def test_a_connection_that_was_lost(store, target):
    """Where the server ends a connection the call says so and can be repeated; what was idle is not lent again."""
    ((own,),) = store._call(lambda session: session.rows("SELECT CONNECTION_ID()"))
    with closing(pymysql.connect(**target)) as db, db.cursor() as cursor:
        cursor.execute(f"KILL {own}")
    with pytest.raises(StorageError) as caught:
        store.load([ROW.key])
    assert caught.value.retryable
    assert store.load([ROW.key]) == [None]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_work_that_is_broken_off(store, error):
    """Whatever breaks a change off, nothing of it stays, and no lock either."""

    def break_off(session):
        session.execute("UPDATE journal_head SET last = 7")
        raise error

    with pytest.raises(error):
        store._call(lambda session: session.transact(break_off))
    assert store._call(lambda session: session.rows("SELECT last FROM journal_head FOR UPDATE")) == ((0,),)


def test_what_the_driver_says_is_not_shown(store):
    """The error names the code and quotes nothing, and the driver's is not chained."""
    with pytest.raises(StorageError) as caught:
        store._call(lambda session: session.rows("SELECT 'a private word' FROM nowhere"))
    assert "1146" in str(caught.value)
    assert "private" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_changes_that_exclude_each_other(url):
    """Of many at once who each want one row that the others guard, as many succeed as the versions allow."""
    with closing(open_mariadb(BackendUrl.parse(url))) as store:
        store.apply(Change(rows=(Row("k", "a", 1, "{}"), Row("k", "b", 1, "{}"))))
        done, refused = [], []

        def write(mine, other):
            try:
                store.apply(Change(rows=(Row("k", mine, 2, "{}"),), guards=(Guard(Key("k", other), 1),)))
                done.append(mine)
            except StorageError as error:
                refused.append(error)

        threads = [threading.Thread(target=write, args=pair) for pair in [("a", "b"), ("b", "a")] * 5]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(done) == 1
        assert [error.retryable for error in refused] == [True] * 9


def test_all_connections_are_taken(target, database, fresh_url):
    """Whoever gets no connection by the deadline of the call is told so, and may try again."""
    name = BackendUrl.parse(fresh_url()).path[1:]
    with closing(SqlStore(MariaDb(target, name, 5), pool=Limits(most=1), deadline=0.5)) as store, store._pool.lend():
        with pytest.raises(StorageError, match="came free") as caught:
            store.load([ROW.key])
        assert caught.value.retryable
