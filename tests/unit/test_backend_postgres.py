"""The PostgreSQL store, beyond the contract: URLs, the driver, connections and errors."""

from __future__ import annotations

import time

import psycopg
import pytest

from cantinekit.backends.postgres import PostgresStorage, _line, _statements, _store, drop_schema, open_postgres
from cantinekit.backends.postgres._connect import settings_of
from cantinekit.backends.postgres._line import TimedConnection
from cantinekit.errors import ContentionError, StorageError, UrlError
from cantinekit.plugins.ports import Change, Key
from cantinekit.plugins.sql.pool import Limits
from cantinekit.reads.views import create_views
from cantinekit.urls import BackendUrl
from support.postgres.postgres_stores import CANARY, after_each, finished, opened, put, schema_of, step_by_step, told

TIMERS = {
    "connect_timeout": "10",
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def test_what_libpq_is_told(monkeypatch):
    """Host, port, user, password, database and libpq's options come from the URL; a reference is revealed."""
    monkeypatch.setenv("PG_SECRET", "s3cret")
    url = BackendUrl.parse(
        "postgresql://cantine:env%3APG_SECRET@db.example.org:5433/main?sslmode=require&schema=a_1&timeout=5"
    )
    settings = settings_of(url)
    assert settings.conninfo == {
        "host": "db.example.org",
        "port": "5433",
        "user": "cantine",
        "password": "s3cret",
        "dbname": "main",
        "application_name": "cantinekit",
        "sslmode": "require",
        **TIMERS,
    }
    assert (settings.schema, settings.timeout) == ("a_1", 5.0)
    assert "s3cret" not in repr(settings)


def test_several_hosts_are_told():
    """Several hosts go to libpq with their ports; one without a port has libpq's."""
    url = BackendUrl.parse("postgresql://u:geheim@h1:5433,h2,[::1]:77/d?target_session_attrs=read-write")
    assert str(url) == "postgresql://u:***@h1:5433,h2,[::1]:77/d?target_session_attrs=***"
    conninfo = settings_of(url).conninfo
    assert (conninfo["host"], conninfo["port"]) == ("h1,h2,::1", "5433,,77")
    assert conninfo["target_session_attrs"] == "read-write"
    assert "port" not in settings_of(BackendUrl.parse("postgresql://h1,h2/d")).conninfo


def test_what_is_left_out_is_libpqs():
    """What the URL does not say is left to libpq, but for the timers; the schema is cantinekit."""
    settings = settings_of(BackendUrl.parse("postgresql:///?host=/run/pg"))
    assert settings.conninfo == {"host": "/run/pg", "application_name": "cantinekit", **TIMERS}
    assert (settings.schema, settings.timeout, settings.deadline) == ("cantinekit", 30.0, 60.0)
    assert settings.pool == Limits(most=10, keep=1, idle=300.0, lifetime=3600.0)


def test_times_and_sizes():
    """Deadline, timers and sizes of the pool are read from the URL; 0 switches off what can be switched off."""
    query = (
        "deadline=7.5&pool_max=3&pool_min=2&pool_idle=60&pool_lifetime=600&connect_timeout=5&keepalives_idle=20"
        "&tcp_user_timeout=0&port=5433,5434&host=a,b"
    )
    settings = settings_of(BackendUrl.parse(f"postgresql:///d?{query}"))
    assert (settings.deadline, settings.pool) == (7.5, Limits(most=3, keep=2, idle=60.0, lifetime=600.0))
    told = settings.conninfo
    assert (told["connect_timeout"], told["keepalives_idle"], told["tcp_user_timeout"]) == ("5", "20", "0")
    assert (told["host"], told["port"]) == ("a,b", "5433,5434")
    off = settings_of(BackendUrl.parse("postgresql:///d?deadline=0&pool_idle=0&pool_lifetime=0&pool_min=0"))
    assert (off.deadline, off.pool) == (None, Limits(most=10, keep=0, idle=None, lifetime=None))


@pytest.mark.parametrize(
    "query",
    [
        "options=-c%20x",
        "password=x",
        "schema=",
        "schema=A",
        "schema=pg_x",
        "schema=a-b",
        'schema=a"b',
        "schema=1a",
        "schema=" + "a" * 64,
        "schema=a.b",
        "timeout=0",
        "timeout=x",
        "timeout=inf",
        "timeout=nan",
        "deadline=0.5",
        "deadline=-1",
        "deadline=x",
        "pool_max=0",
        "pool_max=2.5",
        "pool_max=2&pool_min=3",
        "pool_min=x",
        "pool_idle=-1",
        "pool_lifetime=inf",
        "connect_timeout=1",
        "keepalives=2",
        "keepalives_count=1.5",
        "tcp_user_timeout=x",
        "port=x",
    ],
)
def test_options_that_are_refused(query):
    """An unknown option, a schema that is no plain name and a timeout out of range are refused."""
    with pytest.raises(UrlError):
        settings_of(BackendUrl.parse(f"postgresql://h/d?{query}"))


def test_a_schema_name_is_checked_without_a_url(pg_server):
    """The class refuses the same schema names as the URL."""
    with pytest.raises(UrlError, match="small letters"):
        PostgresStorage({}, schema="x; DROP SCHEMA public")


@pytest.mark.parametrize("name", ["information_schema", "pg_catalog", "pg_toast", "pg_temp", "pg_mine"])
def test_a_schema_of_the_server_is_refused(pg_url, pg_admin, name):
    """A schema that PostgreSQL keeps for itself is refused before anything is made, and nothing is made in it."""
    url = pg_url.replace(f"schema={schema_of(pg_url)}", f"schema={name}")
    for refuses in (open_postgres, drop_schema):
        with pytest.raises(UrlError, match=f"{name} belongs to PostgreSQL itself"):
            refuses(BackendUrl.parse(url))
    made = "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename IN ('record', 'schema_version')"
    assert pg_admin.execute(made, (name,)).fetchall() == [(0,)]


@pytest.mark.parametrize("name", ["select", "user", "table", "authorization", "s"])
def test_a_word_of_sql_may_be_a_schema(pg_url, name):
    """A schema that has the name of a word of SQL works as any other: rows, find, journal and views."""
    url = BackendUrl.parse(pg_url.replace(f"schema={schema_of(pg_url)}", f"schema={name}"))
    store = open_postgres(url)
    try:
        store.apply(Change(rows=put("a", f="v").rows, events=(told(),)))
        create_views(store)
        assert [row.id for row in store.find("k", "f").rows] == ["a"]
        assert store.load([Key("k", "a")])[0].version == len(store.journal()) == 1
    finally:
        store.close()
        drop_schema(url)


def test_the_driver_is_imported_when_a_store_is_opened():
    """Importing the package does not import psycopg; without it, opening says what to install."""
    script = """
        import sys
        sys.modules["psycopg"] = None
        from cantinekit.backends import postgres
        from cantinekit.errors import StorageError
        from cantinekit.urls import BackendUrl
        for call in (postgres.open_postgres, postgres.drop_schema):
            try:
                call(BackendUrl.parse("postgresql:///x"))
            except StorageError as error:
                print("pip install 'cantinekit[postgres]'" in str(error), error.retryable, error.__context__)
    """
    assert finished(script) == ["True", "False", "None"] * 2
    assert finished("import sys, cantinekit.backends.postgres; print('psycopg' in sys.modules)") == ["False"]


def test_another_name_of_the_package():
    """An attribute that the package does not have is an AttributeError."""
    from cantinekit.backends import postgres

    with pytest.raises(AttributeError, match="nothing"):
        postgres.nothing  # noqa: B018


@pytest.mark.parametrize("where", ["/nowhere", "127.0.0.1"])
def test_a_server_that_does_not_answer(where):
    """A server that cannot be reached is a retryable StorageError without the password."""
    with pytest.raises(StorageError, match="lost or refused") as refusal:
        open_postgres(BackendUrl.parse(f"postgresql://u:{CANARY.replace('@', '%40')}@/d?host={where}&port=1&timeout=2"))
    assert refusal.value.retryable
    assert "zoe" not in str(refusal.value)
    assert refusal.value.__context__ is None


def test_a_login_that_is_refused(pg_url):
    """A database that does not exist is a StorageError, in the words of a server that cannot be reached."""
    with pytest.raises(StorageError, match="lost or refused"):
        open_postgres(BackendUrl.parse(pg_url.replace("/postgres?", "/no_such_database?")))


def test_a_connection_that_was_cut(pg_storage, pg_admin):
    """Connections that the server has ended while nobody used them are replaced, and no call notices."""
    pg_storage.apply(put("a"))
    with pg_storage._pool.lend() as one, pg_storage._pool.lend() as two:
        cut = (one, two)
    for db in cut:
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (db.info.backend_pid,))
    pg_storage.apply(put("a", 2))
    assert pg_storage.load([Key("k", "a")])[0].version == 2
    assert all(db.closed for db in cut)


def test_without_a_look_a_cut_connection_fails(pg_url, pg_admin, monkeypatch):
    """Without the look before it is lent a cut connection fails in a retryable way, and the call after reconnects."""
    monkeypatch.setattr(_store, "usable", lambda line: True)
    storage = opened(pg_url)
    with storage._pool.lend() as db:
        pass
    pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (db.info.backend_pid,))
    with pytest.raises(StorageError, match="lost") as refusal:
        storage.apply(put("a"))
    assert refusal.value.retryable
    assert refusal.value.__context__ is None
    storage.apply(put("a"))
    storage.close()


def test_a_connection_that_was_cut_in_a_transaction(pg_storage, pg_admin, monkeypatch):
    """When the connection breaks in the middle of a change nothing of it is stored."""
    step_by_step(
        monkeypatch, lambda db: pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (db.info.backend_pid,))
    )
    with pytest.raises(StorageError) as refusal:
        pg_storage.apply(Change(rows=put("a").rows, events=(told(),)))
    assert refusal.value.retryable
    monkeypatch.undo()
    assert pg_storage.load([Key("k", "a")]) == [None]
    assert pg_storage.journal() == []


def test_no_text_of_psycopg_gets_through(pg_storage):
    """An error names the SQLSTATE; psycopg's text, which shows values of rows, is neither in it nor chained."""
    schema = pg_storage._schema
    with pg_storage._pool.lend() as db:
        db.execute(f"INSERT INTO {schema}.record_index VALUES ('k', 'mail', '{CANARY}', 'a')".encode())
        with pytest.raises(psycopg.errors.UniqueViolation, match=CANARY):
            db.execute(f"INSERT INTO {schema}.record_index VALUES ('k', 'mail', '{CANARY}', 'a')".encode())
    with pytest.raises(StorageError, match=r"^PostgreSQL could not do it \(23505\)$") as refusal:
        pg_storage.apply(put("a", mail=CANARY))
    assert not refusal.value.retryable
    assert refusal.value.__context__ is None
    assert refusal.value.__cause__ is None
    assert pg_storage.load([Key("k", "a")]) == [None]


def test_an_index_of_another_hand_is_noticed(pg_storage):
    """Where index entries are not what the row says, a change is refused and nothing of it is stored."""
    pg_storage.apply(put("a", f="v"))
    with pg_storage._pool.lend() as db:
        db.execute(f"DELETE FROM {pg_storage._schema}.record_index".encode())
    with pytest.raises(StorageError, match="altered by another hand"):
        pg_storage.apply(put("a", 2, f="w"))
    assert pg_storage.load([Key("k", "a")])[0].version == 1


@pytest.mark.parametrize(
    ("state", "error", "retryable"),
    [
        ("40001", ContentionError, True),
        ("40P01", ContentionError, True),
        ("55P03", ContentionError, True),
        ("53300", StorageError, True),
        ("53100", StorageError, False),
        ("57P01", StorageError, True),
        ("57014", StorageError, True),
        ("25006", StorageError, True),
        ("25P03", StorageError, True),
        ("08006", StorageError, True),
        ("42501", StorageError, False),
    ],
)
def test_what_a_state_means(state, error, retryable):
    """Each SQLSTATE becomes one of our errors, and says whether to try again."""
    problem = _line.storage_error(psycopg.errors.lookup(state)(CANARY))
    assert type(problem) is error
    assert problem.retryable is retryable
    assert state in str(problem)
    assert CANARY not in str(problem)


def test_an_error_of_the_driver_itself():
    """An error without a SQLSTATE that is no lost connection is named by its class."""
    problem = _line.storage_error(psycopg.ProgrammingError(CANARY))
    assert str(problem) == "psycopg could not do it (ProgrammingError)"
    assert not problem.retryable
    assert _line.storage_error(psycopg.OperationalError(CANARY)).retryable


def test_a_lock_that_is_not_released(pg_url, pg_storage, pg_admin):
    """A change waits for a lock no longer than the timeout; it is then a ContentionError, and nothing is stored."""
    pg_storage.apply(put("a"))
    hurried = opened(pg_url, timeout=1)
    with pg_admin.transaction():
        pg_admin.execute(f"SELECT * FROM {schema_of(pg_url)}.record FOR UPDATE")
        begun = time.monotonic()
        with pytest.raises(ContentionError, match="55P03"):
            hurried.apply(Change(rows=(*put("a", 2).rows, *put("b").rows)))
        assert 0.8 < time.monotonic() - begun < 20
    assert [r and r.version for r in pg_storage.load([Key("k", "a"), Key("k", "b")])] == [1, None]
    hurried.apply(put("a", 2))
    hurried.close()


WAYS = {"session": after_each, "transaction": step_by_step}
LAX = "-c synchronous_commit=off -c default_transaction_isolation=serializable"


def seen_settings(seen):
    names = ("synchronous_commit", "transaction_isolation")
    return lambda db: seen.append([db.execute(f"SHOW {name}").fetchone()[0] for name in names])


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_commits_wait_for_the_disk(pg_url, monkeypatch, way):
    """A change is durable on return even where the server's setting says that commits need not wait."""
    storage, seen = opened(pg_url, options=LAX), []
    way(monkeypatch, seen_settings(seen))
    storage.apply(put("a"))
    assert seen == [["on", "read committed"]]
    storage.close()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_stronger_setting_stays(pg_url, monkeypatch, way):
    """A stronger setting than on is left as it is."""
    storage, seen = opened(pg_url, options="-c synchronous_commit=remote_apply"), []
    way(monkeypatch, seen_settings(seen))
    storage.apply(put("a"))
    assert seen == [["remote_apply", "read committed"]]
    storage.close()


def forgets(storage):
    """Let the session of the store's connection lose its settings, as a pooler would that nobody noticed."""
    with storage._pool.lend() as db:
        db.execute("RESET ALL")
        assert db.set_up
        return db


def test_a_session_that_lost_its_settings_is_noticed(pg_url, monkeypatch):
    """Where the settings of a session are gone, nothing is stored with weaker ones: the change travels in a transaction
    that brings its own, once."""
    storage = opened(pg_url, options=LAX, pool=Limits(keep=1, most=1))
    storage.apply(put("a"))
    db = forgets(storage)
    storage.apply(Change(rows=put("a", 2).rows, events=(told(),)))
    assert (db.prepares, len(storage.journal()), storage.load([Key("k", "a")])[0].version) == (False, 1, 2)
    storage.close()


def test_without_the_look_it_is_not_noticed(pg_url, monkeypatch):
    """Control: without the look at the settings such a change is committed without waiting for the disk."""
    look = "current_setting('synchronous_commit') = 'off'"
    blind = _statements.WRITE.replace(look, "false").replace("current_setting('transaction_isolation') <>", "'x' =")
    assert blind.count("current_setting") == 0
    monkeypatch.setattr(_statements, "WRITE", blind)
    storage, seen = opened(pg_url, options=LAX, pool=Limits(keep=1, most=1)), []
    storage.apply(put("a"))
    forgets(storage)
    after_each(monkeypatch, seen_settings(seen))
    storage.apply(put("a", 2))
    assert seen == [["off", "serializable"]]
    storage.close()


def test_a_change_is_one_message(pg_storage, monkeypatch):
    """A change is one statement and one round trip, also where nobody has begun a transaction."""
    pg_storage.apply(put("a"))
    sent, kept = [], TimedConnection.kept

    def counted(self, statement, values, *, commit=False):
        sent.append(commit)
        return kept(self, statement, values, commit=commit)

    monkeypatch.setattr(TimedConnection, "kept", counted)
    monkeypatch.setattr(TimedConnection, "say", None)
    monkeypatch.setattr(psycopg.Cursor, "execute", None)
    pg_storage.apply(Change(rows=put("a", 2).rows, events=(told(),)))
    assert sent == [False]


def prepared(storage):
    with storage._pool.lend() as db:
        return db.prepares, db.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0]


def test_statements_are_prepared(pg_storage):
    """Without a pooler the server keeps what is said to it again and again."""
    pg_storage.apply(put("a"))
    pg_storage.load([Key("k", "a")])
    assert prepared(pg_storage) == (True, 2)


def test_behind_a_pooler_nothing_is_prepared(pg_url, monkeypatch):
    """Where the process that answers is not the one that the connection was told of, a pooler stands in between: then
    nothing is prepared, however often it is said."""
    monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", property(lambda info: 1))
    storage = opened(pg_url, pool=Limits(keep=1, most=1))
    for version in range(1, 12):
        storage.apply(put("a", version))
        storage.load([Key("k", "a")])
        storage.find("k", "f")
        storage.journal()
    assert prepared(storage) == (False, 0)
    storage.close()


def test_a_statement_that_the_server_has_forgotten(pg_storage, monkeypatch):
    """Where prepared statements are gone they are prepared again; where they go each time, as behind a pooler that was
    not noticed, the call is done without them."""
    change = Change(rows=put("a").rows, events=(told(),))
    pg_storage.apply(change)
    with pg_storage._pool.lend() as db:
        db.execute("DEALLOCATE ALL", prepare=False)
        names = dict.fromkeys(db._prepared._names)
        assert names == {}  # psycopg notices its own; another's goes unseen
    pg_storage.apply(put("b"))
    with pg_storage._pool.lend() as db:
        db.pgconn.exec_(b"DEALLOCATE ALL")
    pg_storage.apply(Change(rows=put("c").rows, events=(told(),)))
    assert prepared(pg_storage)[0] is True
    keep = TimedConnection._keep

    def keeps_nothing(line, statement):
        name = keep(line, statement)
        line.pgconn.exec_(b"DEALLOCATE ALL")
        return name

    with pg_storage._pool.lend() as db:
        db.forget_kept()
    monkeypatch.setattr(TimedConnection, "_keep", keeps_nothing)
    pg_storage.apply(Change(rows=put("d").rows, events=(told(),)))
    assert [row and row.version for row in pg_storage.load([Key("k", name) for name in "abcd"])] == [1, 1, 1, 1]
    assert len(pg_storage.journal()) == 3
    assert prepared(pg_storage)[0] is False
