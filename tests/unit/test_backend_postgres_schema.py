"""The PostgreSQL store, beyond the contract: schemas, migrations and processes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from cantinekit.backends.postgres import _schema, drop_schema, open_postgres
from cantinekit.errors import SchemaError, StorageError
from cantinekit.plugins.ports import Key, Row
from cantinekit.plugins.sql.migrations import Migration, read_migrations
from cantinekit.urls import BackendUrl
from support.postgres.postgres_stores import finished, opened, put, schema_of, together

STEPS = read_migrations("cantinekit.backends.postgres")
NUMBERS = [step.version for step in STEPS]
NEXT = NUMBERS[-1] + 1


SECOND = Migration.of(NEXT, "ALTER TABLE record ADD COLUMN note text;\nCREATE TABLE extra (x integer);\n")
BROKEN = Migration.of(NEXT, "CREATE TABLE extra (x integer);\nINSERT INTO nowhere VALUES (1);\n")


def versions(pg_admin, url):
    rows = pg_admin.execute(f"SELECT version FROM {schema_of(url)}.schema_version ORDER BY version").fetchall()
    return [version for (version,) in rows]


def test_the_schema_is_written_down(pg_storage, pg_url, pg_admin):
    """schema_version holds number, checksum and instant of each migration, in the schema of the URL."""
    found = pg_admin.execute(f"SELECT * FROM {schema_of(pg_url)}.schema_version ORDER BY version").fetchall()
    assert [(version, sha256) for version, sha256, _ in found] == [(step.version, step.sha256) for step in STEPS]
    assert all(abs((at - datetime.now(UTC)).total_seconds()) < 60 for _, _, at in found)


def test_texts_that_are_compared_compare_by_bytes(pg_storage, pg_url, pg_admin):
    """Every text column that is part of a key has the collation C, whatever the locale of the database."""
    statement = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = %s AND column_name IN ('kind', 'id', 'field', 'value')
            AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    """
    assert pg_admin.execute(statement, (schema_of(pg_url),)).fetchall() == []


def test_bodies_are_jsonb(pg_storage, pg_url, pg_admin):
    """Bodies can be asked with the operators of JSONB."""
    pg_storage.apply(put("a", body='{"seats": [1, 2, 3]}'))
    ((seats,),) = pg_admin.execute(f"SELECT body -> 'seats' FROM {schema_of(pg_url)}.record").fetchall()
    assert seats == [1, 2, 3]


def test_two_schemas_are_two_stores(pg_fresh_url):
    """Two schemas in one database know nothing of each other."""
    first, second = (open_postgres(BackendUrl.parse(pg_fresh_url())) for _ in range(2))
    first.apply(put("a", f="v"))
    assert second.load([Key("k", "a")]) == [None]
    assert second.find("k", "f").rows == ()
    first.close()
    second.close()


def test_an_upgrade_keeps_what_is_there(pg_storage, pg_url, pg_admin):
    """A schema is brought to the next version with all rows, while it is in use."""
    pg_storage.apply(put("a", f="v"))
    upgraded = opened(pg_url, migrations=[*STEPS, SECOND])
    assert versions(pg_admin, pg_url) == [*NUMBERS, NEXT]
    assert upgraded.find("k", "f").rows == (Row("k", "a", 1, "{}", (("f", "v"),)),)
    upgraded.apply(put("a", 2))
    assert pg_storage.load([Key("k", "a")])[0].version == 2
    upgraded.close()


def test_a_newer_schema_is_refused(pg_url, pg_admin):
    """A schema that a newer library has upgraded is refused and left as it is."""
    opened(pg_url, migrations=[*STEPS, SECOND]).close()
    with pytest.raises(SchemaError, match="upgrade cantinekit"):
        open_postgres(BackendUrl.parse(pg_url))
    assert versions(pg_admin, pg_url) == [*NUMBERS, NEXT]


def test_a_changed_checksum_is_refused(pg_storage, pg_url, pg_admin):
    """A schema whose migration has another checksum is refused."""
    pg_admin.execute(f"UPDATE {schema_of(pg_url)}.schema_version SET sha256 = 'other'")
    with pytest.raises(SchemaError, match="not made by this library"):
        open_postgres(BackendUrl.parse(pg_url))


def test_a_migration_that_fails_leaves_nothing(pg_storage, pg_url, pg_admin):
    """When a statement of a migration fails none of it is applied, and the old library still opens the schema."""
    with pytest.raises(StorageError, match="42P01"):
        opened(pg_url, migrations=[*STEPS, BROKEN])
    assert versions(pg_admin, pg_url) == NUMBERS
    assert pg_admin.execute("SELECT to_regclass(%s)", (f"{schema_of(pg_url)}.extra",)).fetchone() == (None,)
    open_postgres(BackendUrl.parse(pg_url)).close()


def test_many_open_a_new_schema_at_once(pg_url, pg_admin):
    """Stores that open a new schema at once all succeed, and it is migrated once."""
    stores = []
    assert together(*(lambda: stores.append(opened(pg_url)) for _ in range(6))) == [None] * 6
    assert versions(pg_admin, pg_url) == NUMBERS
    for store in stores:
        store.close()


def test_processes_open_and_count_at_once(pg_url):
    """Processes that open a new schema at once and count up one row lose no increment."""
    script = """
        import json, os
        from cantinekit.backends.postgres import open_postgres
        from cantinekit.errors import StorageError
        from cantinekit.plugins.ports import Change, Key, Row
        from cantinekit.urls import BackendUrl
        storage = open_postgres(BackendUrl.parse(os.environ["STORE"]))
        done = 0
        while done < 30:
            (row,) = storage.load([Key("k", "n")])
            n = json.loads(row.body)["n"] if row else 0
            try:
                storage.apply(Change(rows=(Row("k", "n", n + 1, json.dumps({"n": n + 1})),)))
                done += 1
            except StorageError as error:
                assert error.retryable
        storage.close()
    """
    assert together(*(partial(finished, script, STORE=pg_url) for _ in range(3))) == [None] * 3
    storage = open_postgres(BackendUrl.parse(pg_url))
    assert storage.load([Key("k", "n")])[0].version == 90
    storage.close()


def test_a_child_process_has_connections_of_its_own(pg_url):
    """After a fork parent and child both read and write, and the child's end does not cut the parent off."""
    script = """
        import os
        from cantinekit.backends.postgres import open_postgres
        from cantinekit.plugins.ports import Change, Key, Row
        from cantinekit.urls import BackendUrl
        storage = open_postgres(BackendUrl.parse(os.environ["STORE"]))
        storage.apply(Change(rows=(Row("k", "before", 1, "{}"),)))
        child = os.fork()
        if not child:
            storage.apply(Change(rows=(Row("k", "child", 1, "{}"),)))
            storage.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        storage.apply(Change(rows=(Row("k", "parent", 1, "{}"),)))
        print(sum(r is not None for r in storage.load([Key("k", n) for n in ("before", "child", "parent")])))
        storage.close()
    """
    assert finished(script, STORE=pg_url) == ["3"]


def test_an_old_server_is_refused(pg_url, monkeypatch):
    """A server older than PostgreSQL 15 is refused by name."""
    monkeypatch.setattr(_schema, "_OLDEST", 990_000)
    with pytest.raises(StorageError, match="PostgreSQL 15 or later is needed"):
        open_postgres(BackendUrl.parse(pg_url))


def test_a_database_without_utf8_is_refused(pg_url, pg_admin):
    """A database with another encoding than UTF-8 is refused."""
    pg_admin.execute("CREATE DATABASE plain ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        with pytest.raises(SchemaError, match="UTF-8"):
            open_postgres(BackendUrl.parse(pg_url.replace("/postgres?", "/plain?")))
    finally:
        pg_admin.execute("DROP DATABASE plain WITH (FORCE)")


def test_dropping_a_schema(pg_url, pg_admin):
    """A dropped schema is gone with all that was in it; dropping what is not there does nothing."""
    storage = open_postgres(BackendUrl.parse(pg_url))
    storage.apply(put("a"))
    storage.close()
    drop_schema(BackendUrl.parse(pg_url))
    drop_schema(BackendUrl.parse(pg_url))
    assert pg_admin.execute("SELECT to_regnamespace(%s)", (schema_of(pg_url),)).fetchone() == (None,)
    with pytest.raises(StorageError, match="lost or refused"):
        drop_schema(BackendUrl.parse("postgresql:///x?host=/nowhere"))
