"""The toolbox of SQL stores, without a database: on a driver of DB-API whose connections do what the test says."""

from __future__ import annotations

import math
import re
import threading
import time
from datetime import UTC, datetime

import pytest

from cantinekit.errors import ContentionError, InputError, SchemaError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Row
from cantinekit.plugins.sql import (
    Database,
    ErrorCodes,
    Limits,
    Migration,
    PlannedChange,
    Session,
    SqlStore,
    entry_of,
    find_condition,
    migrate,
    page_of,
    pairs_text,
    read_pairs,
    record_lines,
    rows_of,
    split_statements,
    statements_of,
)
from cantinekit.plugins.store_checks import decode_cursor

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
ROW = Row("k", "a", 1, "{}", (("f", "x"), ("f", "y")))


class DriverError(Exception):
    """An error of the driver; its first argument is its code."""


class Connection:
    """A connection that notes each statement; ``answers`` are (pattern, rows or an exception, how often)."""

    def __init__(self, answers):
        self.answers = answers
        self.told = []
        self.closed = False
        self.due = None

    def cursor(self):
        return Cursor(self)

    def close(self):
        self.closed = True


class Cursor:
    def __init__(self, connection):
        self.connection = connection
        self.found = []

    def execute(self, statement, values=()):
        self.connection.told.append((" ".join(statement.split()), tuple(values)))
        for answer in self.connection.answers:
            if re.search(answer[0], statement) and answer[2]:
                answer[2] -= 1
                if isinstance(answer[1], BaseException):
                    raise answer[1]
                self.found = answer[1]
                return

    def executemany(self, statement, lines):
        for line in lines:
            self.execute(statement, line)

    def fetchall(self):
        return self.found


class Fake(Database):
    """A database that answers as the test says, with one step in its schema that was applied."""

    name = "Fake"
    error = DriverError
    codes = ErrorCodes(again=("40001", "23505"), contention=("55P03",), lost=("08",), later=("53",))
    migrations = "cantinekit.backends.sqlite"
    load = "LOAD"
    lock = "LOCK"
    tables = "TABLES"
    mark = "?"

    def __init__(self, *answers):
        self.answers = [[*answer, 1][:3] for answer in answers]
        self.opened = []

    def connect(self, due):
        self.opened.append(Connection(self.answers))
        return self.opened[-1]

    def usable(self, connection):
        return not connection.closed

    def limit(self, connection, due):
        connection.due = due

    def code(self, error):
        return error.args[0]

    def lock_schema(self, session):
        session.execute("LOCK SCHEMA")

    @property
    def told(self):
        """The statements of all connections, after those that looked at the schema."""
        return [statement for one in self.opened for statement, _ in one.told if statement != "TABLES"]


def opened(*answers, **options):
    """A store on such a database; there is nothing in its schema to do."""
    database = Fake(*answers)
    return SqlStore(database, migrations=(), **options), database


# --- a change ---


def test_a_planned_change_is_in_the_order_of_the_keys():
    """All that a change touches is listed in one order, whatever the order in which the caller names it."""
    rows = (Row("k", "c", 2, "{}"), Row("k", "b", 1, "{}"), Row("a", "z", 1, "{}"))
    change = Change(rows=rows, guards=(Guard(Key("j", "q"), 4),), removes=(Guard(Key("k", "a"), 7),))
    planned = PlannedChange.of(change)
    assert list(planned.expected.items()) == [
        (Key("a", "z"), 0),
        (Key("j", "q"), 4),
        (Key("k", "a"), 7),
        (Key("k", "b"), 0),
        (Key("k", "c"), 1),
    ]
    assert planned.created == (rows[2], rows[1])
    assert planned.updated == (rows[0],)
    assert planned.removed == (Key("k", "a"),)
    assert planned.changed == (Key("k", "a"), Key("k", "c"))


def test_a_change_that_no_store_should_apply_is_not_planned():
    """What ``check_change`` refuses is refused before anything is looked up."""
    with pytest.raises(InputError, match="twice"):
        PlannedChange.of(Change(rows=(ROW, ROW)))


def test_stale_keys_are_all_named():
    """Every row at another version is named, one that is missing and one that should not be there among them."""
    change = Change(rows=(ROW, Row("k", "b", 3, "{}")), guards=(Guard(Key("k", "c"), 1), Guard(Key("k", "d"), 5)))
    with pytest.raises(StaleVersionError) as caught:
        PlannedChange.of(change).check({ROW.key: 9, Key("k", "b"): 2, Key("k", "d"): 6})
    assert caught.value.keys == (ROW.key, Key("k", "c"), Key("k", "d"))
    PlannedChange.of(change).check({Key("k", "b"): 2, Key("k", "c"): 1, Key("k", "d"): 5})


def test_only_what_differs_of_the_index_is_written():
    """Pairs that a row keeps are neither deleted nor inserted; all of a row that goes are deleted."""
    change = Change(rows=(Row("k", "a", 2, "{}", (("f", "y"), ("g", "n"))),), removes=(Guard(Key("k", "b"), 1),))
    gone, fresh = PlannedChange.of(change).index_lines({Key("k", "a"): ROW.index, Key("k", "b"): (("f", "z"),)})
    assert gone == [("k", "f", "x", "a"), ("k", "f", "z", "b")]
    assert fresh == [("k", "g", "n", "a")]


def test_journal_numbers_follow_without_a_gap():
    """Entries are numbered from the first on, and a subject that one names twice finds it once."""
    entry = JournalEntry("t", AT, "me", (Key("k", "a"), Key("k", "a")), "{}")
    planned = PlannedChange.of(Change(events=(entry, entry)))
    assert [line[0] for line in planned.journal_lines(7)] == [7, 8]
    assert planned.subject_lines(7) == [("k", "a", 7), ("k", "a", 8)]
    assert entry_of(*planned.journal_lines(7)[0]) == JournalEntry("t", AT, "me", entry.subjects, "{}", 7)


# --- rows, pages, conditions ---


@pytest.mark.parametrize("text", ["", "a", 'q"\\/', "é\u2028\U0001f600", "\x01\t\n", "[],"])
def test_pairs_come_back(text):
    """Pairs of any texts come back from the column as they were."""
    pairs = (("f", text), (text, "v"))
    assert read_pairs(pairs_text(pairs)) == pairs
    assert read_pairs(pairs_text(())) == ()


def test_rows_are_in_the_order_of_the_keys():
    """``load`` gives a row for each key, also for one that occurs twice, and ``None`` where there is none."""
    keys = [ROW.key, Key("k", "none"), ROW.key]
    found = [(2, 1, "{}", pairs_text(ROW.index)), (0, 1, "{}", pairs_text(ROW.index))]
    assert rows_of(keys, found) == [ROW, None, ROW]


def test_a_page_has_a_cursor_where_more_follows():
    """The cursor stands after the last row of the page, and there is none after the last page."""
    found = [("x", "a", 1, "{}", "[]"), ("y", "b", 1, "{}", "[]")]
    page = page_of("k", found, 1)
    assert [row.id for row in page.rows] == ["a"]
    assert decode_cursor(page.next) == ("x", "a")
    assert page_of("k", found, 2).next is None


def test_a_condition_has_a_mark_for_each_value():
    """As many marks as values, and no text of the caller in the SQL."""
    condition, values = find_condition("?", "k'", "f", eq=None, ge="a", lt="z", position=("b", "i"), reverse=False)
    assert condition.count("?") == len(values)
    assert "'" not in condition
    assert values == ["k'", "f", "z", "b", "i"], "the cursor stands in place of the bound that it has passed"


def test_statements_have_the_marks_of_the_driver():
    """Each statement has the mark of the driver for each value, and reads a column of bytes as it is told."""
    statements = statements_of("%s", "STRAIGHT_JOIN", "CONVERT({} USING utf8mb4)")
    assert statements.create.count("%s") == 5
    assert "STRAIGHT_JOIN" in statements.journal_of_subject
    assert "CONVERT(i.value USING utf8mb4)" in statements.find("true", reverse=True)


# --- migrations ---


class Schema:
    """A schema in memory that notes whether it is locked."""

    def __init__(self, applied=()):
        self.steps = dict(applied)
        self.locks = 0
        self.meanwhile = {}

    def applied(self):
        return self.steps

    def locked(self):
        schema = self

        class Lock:
            def __enter__(self):
                schema.locks += 1
                schema.steps |= schema.meanwhile

            def __exit__(self, *told):
                pass

        return Lock()

    def run(self, migration):
        assert migration.version not in self.steps, "run twice"
        self.steps[migration.version] = migration.sha256


STEPS = (Migration.of(1, "CREATE TABLE a (x);\n"), Migration.of(2, "CREATE TABLE b (x);\n"))


def test_each_step_is_run_once():
    """What is missing is run in its order under the lock; with nothing missing no lock is taken."""
    schema = Schema({1: STEPS[0].sha256})
    migrate(schema, STEPS)
    migrate(schema, STEPS)
    assert list(schema.steps) == [1, 2]
    assert schema.locks == 1


def test_what_another_process_has_run_is_not_run_again():
    """What is missing is looked up again under the lock, where another process was first."""
    schema = Schema()
    schema.meanwhile = {step.version: step.sha256 for step in STEPS}
    migrate(schema, STEPS)
    assert schema.locks == 1


def test_a_newer_schema_is_refused():
    """A schema that knows more steps, or has run another text, is refused, and nothing is locked."""
    for applied in ({1: STEPS[0].sha256, 2: STEPS[1].sha256, 3: "x"}, {1: "another"}):
        schema = Schema(applied)
        with pytest.raises(SchemaError):
            migrate(schema, STEPS)
        assert schema.locks == 0


def test_statements_of_a_script():
    """A semicolon in a text or a comment ends no statement; a script that does not end is refused."""
    script = "-- a; b\nINSERT INTO t VALUES ('x;\ny');\nCREATE TABLE c (x);\n"
    assert [one.split()[-1] for one in split_statements(script)] == ["y');", "(x);"]
    with pytest.raises(SchemaError, match="complete"):
        list(split_statements("CREATE TABLE c (x)"))


def test_a_store_makes_its_schema():
    """An empty place gets the table of steps and the steps, under the lock, and each is noted with its checksum."""
    database = Fake()
    SqlStore(database, migrations=STEPS[:1]).close()
    told = [statement for statement, _ in database.opened[0].told if statement != "TABLES"]
    assert told[0] == "LOCK SCHEMA"
    assert told[1].startswith("CREATE TABLE schema_version")
    assert told[2:] == [
        "CREATE TABLE a (x);",
        "INSERT INTO schema_version (version, sha256, applied_at) VALUES (?, ?, ?)",
        "COMMIT",
    ]
    assert database.opened[0].told[-2][1][:2] == (1, STEPS[0].sha256)


def test_tables_of_something_else_are_refused():
    """A place with tables, and none of steps among them, belongs to something else; the connection is closed."""
    database = Fake(("TABLES", [("other",)], 9))
    with pytest.raises(SchemaError, match="something else"):
        SqlStore(database, migrations=STEPS)
    assert all(one.closed for one in database.opened)


def test_a_step_that_fails_ends_its_connection():
    """What breaks a step off closes the connection, with which its lock and its transaction go."""
    database = Fake(("CREATE TABLE b", DriverError("42601")))
    with pytest.raises(StorageError, match="42601"):
        SqlStore(database, migrations=STEPS)
    assert database.opened[0].closed


# --- a store ---


def held(version, pairs=()):
    return ("LOCK$", [(0, version, pairs_text(pairs))])


def test_a_change_is_one_transaction_in_its_order():
    """Begin, lock, write, take the numbers of the journal last, commit."""
    store, database = opened(held(1, ROW.index), ("SELECT last", [(5,)]))
    entry = JournalEntry("t", AT, "me", (ROW.key,), "{}")
    store.apply(Change(rows=(Row("k", "a", 2, "{}", (("f", "x"),)),), events=(entry,)))
    assert [" ".join(statement.split()[:3]) for statement in database.told] == [
        "BEGIN",
        "LOCK",
        "UPDATE record SET",
        "DELETE FROM record_index",
        "UPDATE journal_head SET",
        "SELECT last FROM",
        "INSERT INTO journal",
        "INSERT INTO journal_subject",
        "COMMIT",
    ]
    told = dict(database.opened[0].told)
    assert told["LOCK"] == ('[["k","a"]]',)
    assert told["DELETE FROM record_index WHERE kind = ? AND field = ? AND value = ? AND id = ?"] == (
        "k",
        "f",
        "y",
        "a",
    )
    assert next(values[0] for statement, values in database.opened[0].told if "INTO journal (" in statement) == 5


def test_a_stale_change_writes_nothing():
    """Where a version differs nothing is written and the transaction is rolled back."""
    store, database = opened(held(3))
    with pytest.raises(StaleVersionError):
        store.apply(Change(rows=(Row("k", "a", 2, "{}"),)))
    assert database.told == ["BEGIN", "LOCK", "ROLLBACK"]
    assert not database.opened[0].closed


def test_a_change_that_only_guards_writes_a_counter():
    """So that its commit waits for the durability of what it guards; one that writes needs no such thing."""
    store, database = opened(held(1))
    store.apply(Change(guards=(Guard(ROW.key, 1),)))
    assert database.told == ["BEGIN", "LOCK", "UPDATE journal_head SET guarded = guarded + 1", "COMMIT"]


def test_a_deadlock_is_tried_again():
    """What the server has undone is tried again as a whole, and the caller does not see it."""
    store, database = opened(("INSERT INTO record ", DriverError("40001"), 2))
    store.apply(Change(rows=(Row("k", "a", 1, "{}"),)))
    assert database.told.count("BEGIN") == 3
    assert database.told.count("ROLLBACK") == 2
    assert database.told[-1] == "COMMIT"


def test_a_deadlock_is_not_tried_for_ever():
    """After so many tries, or where the time of the call is over, it is a contention."""
    for options, tries in (({"tries": 3}, 3), ({"deadline": 0.0}, 1)):
        store, database = opened(("INSERT INTO record ", DriverError("40001"), 99))
        store._tries, store._deadline = options.get("tries", 5), options.get("deadline", 60.0)
        with pytest.raises(ContentionError):
            store.apply(Change(rows=(Row("k", "a", 1, "{}"),)))
        assert database.told.count("BEGIN") == tries


def test_another_error_is_not_tried_again():
    """An error that means no more than itself is raised at once, with its code and nothing that the driver said."""
    store, database = opened(("LOAD", DriverError("22P02", "a private word"), 9))
    with pytest.raises(StorageError, match="22P02") as caught:
        store.load([ROW.key])
    assert not caught.value.retryable
    assert "private" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert database.told == ["LOAD"]


def test_what_the_driver_says_is_chained_for_its_author():
    """The control: a database that shows the errors of its driver has them chained."""
    store, database = opened(("LOAD", DriverError("22P02", "a private word")))
    database.shown = lambda error: error
    with pytest.raises(StorageError) as caught:
        store.load([ROW.key])
    assert isinstance(caught.value.__cause__, DriverError)


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("55P03", ContentionError, True),
        ("08006", StorageError, True),
        ("", StorageError, True),
        ("53300", StorageError, True),
        ("42601", StorageError, False),
    ],
)
def test_what_codes_mean(code, kind, retryable):
    """A lock, a lost connection with and without a code, a server that is full, and all the rest."""
    failure = Fake.codes.failure(code, "Fake")
    assert type(failure.error) is kind
    assert failure.error.retryable is retryable
    assert failure.lost == (code in ("08006", ""))


def test_a_connection_that_was_lost_is_closed_with_the_idle_ones():
    """A lost connection is closed, and so are those that lie idle; the next call opens a new one."""
    store, database = opened(("LOAD", DriverError("08006")))
    with store._pool.lend(), store._pool.lend():
        pass
    with pytest.raises(StorageError):
        store.load([ROW.key])
    assert [one.closed for one in database.opened] == [True, True]
    store.load([ROW.key])
    assert len(database.opened) == 3


@pytest.mark.parametrize("where", ["LOCK", "COMMIT", "BEGIN"])
def test_an_interrupt_ends_the_connection(where):
    """An interrupt in the middle of a change closes its connection: an answer may be on its way."""
    store, database = opened((where, KeyboardInterrupt()), held(1))
    with pytest.raises(KeyboardInterrupt):
        store.apply(Change(guards=(Guard(ROW.key, 1),)))
    assert database.opened[0].closed
    assert "ROLLBACK" not in database.told


def test_a_rollback_that_fails_ends_the_connection():
    """A connection that cannot roll back is not lent again."""
    store, database = opened(held(3), ("ROLLBACK", DriverError("XX000")))
    with pytest.raises(StaleVersionError):
        store.apply(Change(rows=(Row("k", "a", 2, "{}"),)))
    assert database.opened[0].closed


def test_a_transaction_that_is_left_open_goes_back():
    """The control: work that begins a transaction by hand and is broken off leaves it on a connection that is kept."""
    store, database = opened()

    def carelessly(session: Session) -> None:
        session.execute("BEGIN")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store._call(carelessly)
    assert database.told == ["BEGIN"]
    assert not database.opened[0].closed


def test_a_call_has_a_deadline():
    """Each use of a connection is told by when the call has to end; without a deadline, that it need not."""
    store, database = opened(deadline=5.0)
    before = time.monotonic()
    store.load([ROW.key])
    assert before + 4.9 < database.opened[0].due <= time.monotonic() + 5.0
    store, database = opened(deadline=None)
    store.load([ROW.key])
    assert database.opened[0].due == math.inf


def test_who_gets_no_connection_in_time_is_told():
    """A pool of one that is taken is a retryable error by the deadline of the call."""
    store, _ = opened(pool=Limits(most=1), deadline=0.1)
    with store._pool.lend():
        told = []

        def load():
            try:
                store.load([ROW.key])
            except StorageError as error:
                told.append(error.retryable)

        thread = threading.Thread(target=load)
        thread.start()
        thread.join(20)
    assert told == [True]


def test_a_closed_store_refuses():
    """After close every call is refused and all connections are closed; a second close does nothing."""
    store, database = opened()
    store.close()
    store.close()
    assert all(one.closed for one in database.opened)
    for call in (lambda: store.load([]), lambda: store.find("k", "f"), store.journal, lambda: store.apply(Change())):
        with pytest.raises(StorageError, match="closed"):
            call()


def test_lines_of_rows():
    """A line has what an INSERT and an UPDATE take, and pairs as the store writes them."""
    assert record_lines([ROW]) == [(1, "{}", '[["f","x"],["f","y"]]', "k", "a")]
    assert record_lines([ROW], lambda pairs: str(len(pairs)))[0][2] == "2"
