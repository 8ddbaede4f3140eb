"""The SQL views for reports, on SQLite and PostgreSQL: every column of every view is what the record says."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from typing import get_type_hints

import attrs
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.cli import main
from cantinekit.clock import Period, format_instant
from cantinekit.domain.base import Kind
from cantinekit.errors import StorageError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Guard
from cantinekit.plugins.registry import Registry
from cantinekit.reads.views import create_views, view_of
from cantinekit.runtime import codec
from cantinekit.runtime.codec import KINDS
from support.laws.any_record import strategy
from support.postgres import postgres_server
from support.run import soak

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


class OnSqlite:
    """A file, and what its driver gives for each type."""

    def __init__(self, path):
        self.url = f"sqlite:///{path}"
        self.path = path

    def select(self, text):
        with contextlib.closing(sqlite3.connect(self.path)) as db:
            cursor = db.execute(text)
            return [name for name, *_ in cursor.description], cursor.fetchall()

    def shown(self, type, value):
        if value is None:
            return None
        return {"instant": format_instant, "date": date.isoformat, "time": time.isoformat}.get(type, lambda v: v)(value)

    def read(self, type, value):
        return json.loads(value) if type == "json" and value is not None else value


class OnPostgres:
    """A schema, and what its driver gives for each type."""

    def __init__(self, url):
        self.url = url
        self.schema = url.rpartition("schema=")[2]

    def select(self, text):
        with postgres_server.connect() as db:
            db.execute(f"SET search_path TO {self.schema}")
            db.execute("SET TimeZone TO 'UTC'")
            cursor = db.execute(text)
            return [column.name for column in cursor.description], cursor.fetchall()

    def shown(self, type, value):
        return value

    def read(self, type, value):
        return value


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """A database with the views of all kinds, and a store on it."""
    if request.param == "sqlite":
        found = OnSqlite(tmp_path / "cantine.db")
    else:
        found = OnPostgres(request.getfixturevalue("pg_url"))
    found.store = Registry.load().storage(found.url)
    found.views = {view.kind: view for view in create_views(found.store, private=True)}
    yield found
    found.store.close()


TYPES = {bool: "boolean", int: "integer", str: "text", datetime: "instant", date: "date", time: "time"}


def flat(name, value, stored):
    """What a field comes to in columns, from its value: (column, type, value). Lists are as they are ``stored``."""
    if isinstance(value, Money):
        yield from [(f"{name}_minor", "integer", value.amount), (f"{name}_currency", "text", value.currency)]
    elif isinstance(value, Period):
        yield from [(f"{name}_start", "instant", value.start), (f"{name}_end", "instant", value.end)]
    elif isinstance(value, timedelta):
        yield name, "integer", value // timedelta.resolution
    elif isinstance(value, tuple | frozenset):
        yield name, "json", stored if stored is not None else []
    elif attrs.has(type(value)):
        yield from fields(value, stored or {}, f"{name}_")
    else:
        yield name, TYPES.get(type(value)), value


def fields(value, stored, prefix=""):
    for field in attrs.fields(type(value)):
        if field.init:
            yield from flat(prefix + field.name, getattr(value, field.name), stored.get(field.name))


def check(place, record):
    """Store it alone, and compare each column of its view."""
    row = codec.encode(record, 1)
    place.store.apply(Change(rows=(row,)))
    try:
        view = place.views[record.kind]
        names, rows = place.select(f"SELECT * FROM {view.name}")
        assert names == [column.name for column in view.columns]
        (values,) = rows
        wanted = {name: (type, one) for name, type, one in fields(record, json.loads(row.body))}
        for column, value in zip(view.columns, values, strict=True):
            type, one = wanted.pop(column.name, (None, None))
            assert place.read(column.type, value) == place.shown(column.type, one), column.name
            assert type in (None, column.type), column.name
        assert [one for _, one in wanted.values() if one is not None] == []
    finally:
        place.store.apply(Change(removes=(Guard(row.key, 1),)))


@pytest.mark.parametrize("kind", KINDS)
def test_each_column_is_what_the_record_says(place, kind):
    """For any record of a kind: each column of its view, selected, is the value of the record's field."""

    @settings(
        max_examples=soak.scaled(12),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(strategy(KINDS[kind].cls))
    def law(record):
        check(place, record)

    law()


def test_money_is_minor_units_and_currency(place):
    """Money is an integer in minor units and a currency; what a body leaves out is there with its default."""
    charge = m.Charge(
        "chg_1",
        "asso",
        "paris",
        m.Subject("booking", "bkg_1"),
        Money(1250, "EUR"),
        (),
        AT,
        "t1",
        paid=Money(0, "EUR"),
        refunded=Money(0, "EUR"),
        billed=Money(1250, "EUR"),
    )
    check(place, charge)
    place.store.apply(Change(rows=(codec.encode(charge, 1),)))
    _, rows = place.select("SELECT amount_minor, amount_currency, state, subject_kind, payer_id FROM report_charge")
    assert rows == [(1250, "EUR", "due", "booking", None)]
    _, rows = place.select("SELECT sum(billed_minor - paid_minor) AS owed FROM report_charge WHERE place_id = 'paris'")
    assert [int(owed) for (owed,) in rows] == [1250]


@pytest.mark.parametrize(
    ("name", "other"), [("paid_minor", "billed"), ("amount_currency", "x"), ("state", "x"), ("lines", "meters")]
)
def test_a_wrong_column_is_noticed(place, name, other):
    """Control: where a column is taken from another place of the body the comparison fails."""
    charge = m.Charge(
        "chg_1",
        "asso",
        "paris",
        m.Subject("booking", "bkg_1"),
        Money(1250, "EUR"),
        (m.ChargeLine("room", "Room", 1, Money(1250, "EUR")),),
        AT,
        "t1",
        paid=Money(0, "EUR"),
        refunded=Money(0, "EUR"),
        billed=Money(1250, "EUR"),
        state="settled",
    )
    check(place, charge)
    right = place.views["charge"]
    wrong = tuple(
        attrs.evolve(column, path=(other, *column.path[1:])) if column.name == name else column
        for column in right.columns
    )
    place.store.replace_views([attrs.evolve(right, columns=wrong)])
    with pytest.raises(AssertionError, match=name):
        check(place, charge)


def test_private_kinds_are_left_out(place):
    """Unless asked, there is no view of people, and one that was made goes."""
    columns = ["id", "name", "email", "lang", "state", "gives_up", "facts"]
    assert place.select("SELECT * FROM report_person") == (columns, [])
    made = create_views(place.store)
    assert {view.kind for view in made} == {kind for kind, spec in KINDS.items() if spec.kind_class != "private"}
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        place.select("SELECT * FROM report_person")
    assert place.select("SELECT * FROM report_charge")[1] == []


def test_views_are_made_anew(place):
    """Making them again changes nothing, also where a view with other columns stands under the name."""
    again = create_views(place.store, private=True)
    assert {view.kind: view for view in again} == place.views
    older = attrs.evolve(place.views["meter"], columns=place.views["meter"].columns[:1])
    place.store.replace_views([older])
    assert place.select("SELECT * FROM report_meter")[0] == ["id"]
    create_views(place.store)
    older = attrs.evolve(place.views["meter"], columns=place.views["meter"].columns[::-1])
    place.store.replace_views([older])
    create_views(place.store)
    assert place.select("SELECT * FROM report_meter")[0] == ["id", "used"]


@pytest.mark.parametrize("statement", ["DELETE FROM report_meter", "UPDATE report_meter SET id = 'x'"])
def test_views_take_no_writes(place, statement):
    """Nothing can be changed through a view."""
    place.store.apply(Change(rows=(codec.encode(m.Meter("m"), 1),)))
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.ObjectNotInPrerequisiteState)):
        place.select(statement)
    assert len(place.select("SELECT * FROM report_meter")[1]) == 1


def test_the_store_still_opens(place):
    """A store with views is opened again as usual."""
    Registry.load().storage(place.url).close()


def test_a_role_that_may_only_read_views(pg_url, pg_server):
    """A role with rights on views alone reads them and not the tables; the rights outlast making the views again."""
    store = Registry.load().storage(pg_url)
    create_views(store)
    schema, role = pg_url.rpartition("schema=")[2], "r_" + pg_url[-12:]
    with postgres_server.connect() as db:
        db.execute(f"CREATE ROLE {role}")
        try:
            db.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
            db.execute(f"GRANT SELECT ON {schema}.report_meter TO {role}")
            create_views(store)
            db.execute(f"SET ROLE {role}")
            assert db.execute(f"SELECT * FROM {schema}.report_meter").fetchall() == []
            for table in ("record", "journal", "report_charge"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(f"SELECT * FROM {schema}.{table}")
        finally:
            db.execute("RESET ROLE")
            db.execute(f"DROP OWNED BY {role}")
            db.execute(f"DROP ROLE {role}")
            store.close()


def test_a_store_without_sql():
    """A store without SQL is refused."""
    with pytest.raises(StorageError, match="SQLite or PostgreSQL"):
        create_views(MemoryStorage())


def test_what_a_view_could_not_tell():
    """A class whose default could not be told from what is stored gets no view."""

    @attrs.frozen
    class Odd:
        kind = "odd"
        id: str
        note: str | None = "none"

    @attrs.frozen
    class Full:
        kind = "full"
        id: str
        names: tuple[str, ...] = ("a",)

    for cls, words in ((Odd, "optional and has a default"), (Full, "must be empty")):
        cls.__annotations__ = get_type_hints(cls)
        with pytest.raises(TypeError, match=words):
            view_of(Kind(cls, "domain"))


def test_the_command_makes_them(place, capsys):
    """``cantinekit views URL`` names what it made; people only with ``--private``, and they go without it."""
    made = []
    for argv in (["views", place.url, "--private"], ["views", place.url]):
        assert main(argv) == 0
        made.append(capsys.readouterr().out.split())
    private = {"person", "organisation", "email", "addressee", "billing_address", "answers", "profile", "salefacts"}
    private |= {"feed_link", "forgotten_publics", "gift_note", "imported_who", "mandate_account"}
    assert set(made[0]) - set(made[1]) == {f"report_{kind}" for kind in private}
    names, rows = place.select("SELECT * FROM report_booking")
    assert (names[0], rows) == ("id", [])
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        place.select("SELECT * FROM report_person")


def test_the_command_makes_no_store(tmp_path, monkeypatch, capsys):
    """A file that is not there is one line and the code 2, as is a store without SQL; nothing is made."""
    monkeypatch.chdir(tmp_path)
    assert main(["views", "sqlite:///none.db"]) == 2
    assert capsys.readouterr().err == "cantinekit: there is no file none.db\n"
    assert main(["views", "memory://"]) == 2
    assert "SQLite or PostgreSQL" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
