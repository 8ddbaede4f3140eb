"""Opening the store, its tables, and the command: what a project sets up, and what it is told where it has not."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import traceback
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections
from django.test import override_settings

import host
from cantinekit import Registry
from cantinekit.errors import SchemaError, StorageError, UrlError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.urls import BackendUrl
from cantinekit_django import open_store
from cantinekit_django.store import DjangoStorage
from conftest import SQLITE, add, on_postgresql, on_server, remove

ROW = Row("t", "x", 1, "{}", (("f", "v"),))


# --- opening ---


def test_it_is_found_by_its_entry_point(alias):
    """Installed, the plug-in is found, and a URL opens a store that keeps what was applied."""
    registry = Registry.load(strict=True)
    (backend,) = [backend for backend in registry.backends if backend.scheme == "django"]
    assert backend.distribution == "cantinekit-django"
    with closing(registry.storage(f"django://{alias}")) as storage:
        assert storage.capabilities.joins_host_transaction
        storage.apply(Change(rows=(ROW,)))
    with closing(registry.storage(f"django://{alias}/")) as storage:
        assert storage.load([Key("t", "x")]) == [ROW]


@pytest.mark.parametrize("rest", ["", "/default", "default/x", "default:5432", "ana@default", "default?schema=x"])
def test_urls_that_are_refused(rest):
    """A URL without an alias, or with anything but one, is refused."""
    with pytest.raises(UrlError):
        open_store(BackendUrl.parse(f"django://{rest}"))


def test_an_alias_that_is_not_there():
    """An alias that is not in DATABASES is refused, with those that are."""
    with pytest.raises(StorageError, match="has no 'missing'; it has default"):
        DjangoStorage("missing")


@pytest.mark.parametrize("mode", [None, "DEFERRED"])
def test_sqlite_without_the_write_lock(tmp_path, mode):
    """An SQLite database whose transactions begin without the write lock is refused, with what to write instead."""
    options = {} if mode is None else {"transaction_mode": mode}
    alias = add({**SQLITE, "NAME": str(tmp_path / "x.db"), "OPTIONS": options})
    try:
        with pytest.raises(StorageError, match=r"'OPTIONS': \{'transaction_mode': 'IMMEDIATE'\}"):
            DjangoStorage(alias)
    finally:
        remove(alias)


def test_another_database(monkeypatch):
    """A database that is neither PostgreSQL nor SQLite is refused by name."""
    monkeypatch.setattr(type(connections["default"]), "vendor", "mysql")
    with pytest.raises(StorageError, match="'default' is mysql; it must be PostgreSQL or SQLite"):
        DjangoStorage()


PROGRAM = """
import sys
from cantinekit import Registry
from cantinekit.errors import StorageError
registry = Registry.load(strict=True)
assert "django" not in sys.modules, "Django was imported before it was needed"
{setup}
try:
    registry.storage("django://default")
except StorageError as error:
    print(error)
"""
WITHOUT = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=[])
django.setup()
"""


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        ("", "Django is not set up: call django.setup() first"),
        (WITHOUT, '"cantinekit_django" is not in INSTALLED_APPS'),
    ],
    ids=["not set up", "not installed"],
)
def test_a_project_that_is_not_ready(setup, words):
    """Without ``django.setup()``, and without the application, opening says what is missing. Django comes late."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(setup=setup)], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert words in result.stdout


# --- tables ---


def test_migrate(database, tmp_path):
    """Before ``migrate`` the store opens and says what to run; after it works; migrated to zero its tables are gone."""
    if database == "sqlite":
        alias = add({**SQLITE, "NAME": str(tmp_path / "x.db")})
    else:
        on_server("CREATE SCHEMA {}", tmp_path.name)
        alias = add(on_postgresql(f'"{tmp_path.name}"'))
    try:
        storage = DjangoStorage(alias)
        for call in (lambda: storage.load([Key("t", "x")]), lambda: storage.apply(Change(rows=(ROW,)))):
            with pytest.raises(SchemaError, match=r"run manage\.py migrate"):
                call()
        call_command("migrate", database=alias, verbosity=0)
        storage.apply(Change(rows=(ROW,)))
        assert storage.load([Key("t", "x")]) == [ROW]
        call_command("migrate", "cantinekit", "zero", database=alias, verbosity=0)
        assert connections[alias].introspection.table_names() == ["django_migrations"]
    finally:
        remove(alias)
        if database == "postgresql":
            on_server("DROP SCHEMA {} CASCADE", tmp_path.name)


def test_the_migrations_are_whole():
    """``makemigrations --check`` finds nothing to make: the migration in the package is what the models say."""
    call_command("makemigrations", "cantinekit", check=True, dry_run=True, verbosity=0)


def test_texts_compare_by_their_bytes(fresh):
    """On PostgreSQL the columns of both primary keys have the collation C, whatever the locale of the database."""
    with connections[fresh("postgresql")].cursor() as cursor:
        cursor.execute(
            """
            SELECT a.attname FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = a.attcollation
            WHERE a.attrelid IN ('cantinekit_row'::regclass, 'cantinekit_journal'::regclass) AND c.collname = 'C'
            """
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found == {"kind", "field", "value", "id", "subject_kind", "subject_id"}


def test_a_connection_that_is_lost(fresh):
    """A server that cannot be reached is a retryable error that says so, and shows no text of the driver."""
    alias = add({**on_postgresql("public"), "HOST": "127.0.0.1", "PORT": "1"})
    try:
        with pytest.raises(StorageError, match="lost or refused") as lost:
            DjangoStorage(alias).load([Key("t", "x")])
        assert lost.value.retryable
        assert lost.value.__context__ is None
    finally:
        remove(alias)


CANARY = "olga.canary@example.org FR7630006000011234567890189 4111111111111111"


def test_no_text_of_a_driver_gets_through(database, alias, caplog):
    """What a database says of a row that it refuses is in no log, and neither in the error nor behind it.

    The control: on PostgreSQL the driver's own error has the values of the row.
    """
    body = json.dumps({"mail": CANARY})
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX extra ON cantinekit_row (body)")
    storage = DjangoStorage(alias)
    storage.apply(Change(rows=(Row("t", "one", 1, body),)))
    with caplog.at_level(logging.DEBUG), pytest.raises(StorageError) as caught:
        storage.apply(Change(rows=(Row("t", "two", 1, body, (("mail", CANARY),)),)))
    told = ["".join(traceback.format_exception(caught.value)), caplog.text, repr(vars(caught.value))]
    assert not [text for text in told if CANARY in text]
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert storage.load([Key("t", "two")]) == [None]
    statement = (
        "INSERT INTO cantinekit_row (kind, field, value, id, version, body, pairs) VALUES ('t','','',%s,1,%s,'[]')"
    )
    with pytest.raises(IntegrityError) as direct, connections[alias].cursor() as cursor:
        cursor.execute(statement, ["three", body])
    assert (CANARY in str(direct.value)) == (database == "postgresql")


# --- the command ---


@pytest.fixture
def house(alias, monkeypatch):
    made = host.open_house(DjangoStorage(alias), alias)
    monkeypatch.setattr(host, "cantine", made.cantine, raising=False)
    monkeypatch.setattr(host, "open_cantine", lambda: made.cantine, raising=False)
    return made


def run_due(*argv: str) -> str:
    told = io.StringIO()
    call_command("cantinekit_run_due", *argv, stdout=told)
    return told.getvalue().strip()


@pytest.mark.parametrize("path", ["host.cantine", "host.open_cantine"])
def test_the_command(house, path):
    """``manage.py cantinekit_run_due`` carries out what is due in the house that the settings name, and says so."""
    house.book()
    with override_settings(CANTINEKIT=path):
        first = run_due("--limit", "1")
        assert first == "1 done, 0 to be tried again, 0 given up"
        while not run_due().startswith("0 done"):
            pass
    assert (house.bookings, len(house.card.charges), house.told) == (["confirmed"], 1, 1)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (None, "must name the house"),
        (7, "must name the house"),
        ("nowhere.cantine", "cannot be imported"),
        ("host.missing", "cannot be imported"),
        ("host.SESSIONS", "is no Cantine"),
        ("builtins.dict", "is no Cantine"),
    ],
)
def test_a_setting_that_names_no_house(path, words):
    """Where the settings name no house the command says so, and what to write."""
    with override_settings(CANTINEKIT=path), pytest.raises(CommandError, match=words):
        run_due()


def test_the_command_where_it_cannot_work(fresh, monkeypatch):
    """A limit that makes no sense and a store that fails are one line each."""
    with pytest.raises(CommandError, match="must be 1 or more"):
        run_due("--limit", "0")
    storage = DjangoStorage(fresh("sqlite"))
    monkeypatch.setattr(host, "cantine", host.Cantine(storage), raising=False)
    storage.close()
    with override_settings(CANTINEKIT="host.cantine"), pytest.raises(CommandError, match="StorageError: the store is"):
        run_due()
