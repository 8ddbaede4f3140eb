"""Running sums in place of folds: which scans are, what is refused and why, and that nothing wraps."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import attrs
import duckdb
import numpy as np
import polars as pl
import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.kernel import (
    DOUBLE,
    EXACT,
    Expr,
    Input,
    Program,
    Scan,
    Span,
    TableLookup,
    Var,
    WindowError,
    emit_duckdb,
    emit_numpy,
    emit_polars,
    emit_python,
    equal,
    maximum,
    minimum,
    rounded,
    when,
    window_plan,
)
from cantinekit.pricing.kernel._carried import fewest
from cantinekit.pricing.kernel._windows import _Bounds
from cantinekit.pricing.kernel._zeros import Asking

HIGH = 2**63 - 1
X, START = Var("x"), Var("start")
USED, LEFT = Var("used"), Var("left")
ENGINES: dict[str, Callable[[Program], Any]] = {"polars": emit_polars, "duckdb": emit_duckdb}
each_engine = pytest.mark.parametrize("emit", ENGINES.values(), ids=list(ENGINES))
SUM = Scan("used", ("who",), "of")
BALANCE = Scan("left", ("who",), "of", "balance", "start")


def program(of: Expr, *scans: Scan, x: tuple[int, int] = (0, 1000), **lets: Expr) -> Program:
    """A program with the let ``of``, whose outputs are all lets and scans."""
    named = (*lets.items(), ("of", of))
    outputs = (*(name for name, _ in named), *(scan.name for scan in scans))
    return Program((Input("x", *x), Input("start", 0, 1000), Input("cold", 0, 1)), named, outputs, scans)


def table(length: int = 60, seed: int = 5) -> dict[str, Any]:
    numbers = np.random.default_rng(seed)
    who = numbers.integers(0, 4, length)
    return {
        "who": who, "x": numbers.integers(0, 30, length), "start": np.array([0, 7, 90, 200])[who],
        "cold": numbers.integers(0, 2, length),
    }  # fmt: skip


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return {name: column.tolist() for name, column in one.items()} == {
        name: column.tolist() for name, column in other.items()
    }


WANTED = Scan("left", ("who",), "wanted", "balance", "start")
SUMS = {
    "a sum": program(X * 2, SUM),
    "a count": program(when(X < 10, 0, X), attrs.evolve(SUM, kind="count")),
    "a sum over all rows": program(X * 2, attrs.evolve(SUM, key=())),
    "a cover in part": program(minimum(X, LEFT), WANTED, wanted=X),
    "a sum of what a sum has left": program(
        Var("rest") * 3, WANTED, SUM, wanted=when(Var("cold"), X, 0), rest=maximum(0, X - minimum(Var("wanted"), LEFT))
    ),
    "two sums of one key": program(X, SUM, Scan("other", ("who",), "twice"), twice=X * 2),
    "a sum of two keys": program(X, Scan("used", ("who", "cold"), "of"), Scan("other", ("cold",), "of")),
}  # fmt: skip


@each_engine
@pytest.mark.parametrize("name", SUMS)
def test_what_is_a_running_sum(name: str, emit: Callable[[Program], Any]) -> None:
    """Sums of what does not depend on them are what NumPy gives, also with what the keys had left behind before, and in
    rows that are sorted by the key.
    """
    of, rows = SUMS[name], table()
    opening = {scan.name: np.array([0, 3, 150, 40])[rows["who"]] for scan in of.scans}
    order = np.argsort(rows["who"], kind="stable")
    for given in (rows, {**rows, **opening}, {column: values[order] for column, values in rows.items()}):
        assert same(emit(of)(given), emit_numpy(of)(given))


REFUSED = {
    "a cap of what was charged": (program(minimum(X, maximum(0, 100 - USED)), SUM), "used"),
    "all or nothing": (program(when(X <= LEFT, X, 0), BALANCE), "left"),
    "two limits at once": (
        program(minimum(X, minimum(LEFT, maximum(0, 9 - USED))), BALANCE, Scan("used", ("who", "cold"), "of")), "left",
    ),
    "a condition of what was used": (program(when(USED < 50, X, 0), SUM), "used"),
}  # fmt: skip


@each_engine
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_running_sum_is_refused(name: str, emit: Callable[[Program], Any]) -> None:
    """What depends on itself is refused with the scan and a reason; NumPy folds it."""
    of, scan = REFUSED[name]
    with pytest.raises(WindowError, match="depends on itself") as caught:
        emit(of)
    assert (caught.value.name, caught.value.reason) == (scan, "fold")
    emit_numpy(of)(table())


@each_engine
def test_keys_that_are_far_apart(emit: Callable[[Program], Any]) -> None:
    """The values of a key may be as far apart as integers of 64 bits are: the groups are told apart, and each is added
    up in the order of its rows.
    """
    random = Random(3)
    ends = (-(2**63), -(2**62), -(2**31), 0, 1, 2**31, 2**62, HIGH)
    rows: dict[str, Any] = {name: np.array([random.choice(ends) for _ in range(400)]) for name in ("who", "where")}
    rows |= {"x": np.arange(400), "start": np.zeros(400, int), "cold": np.zeros(400, int)}
    for key in (("who",), ("who", "where"), ("where", "who", "cold")):
        used, priors = dict[tuple[int, ...], int](), list[int]()
        for row in range(400):
            mine = tuple(int(rows[name][row]) for name in key)
            priors.append(used.get(mine, 0))
            used[mine] = priors[-1] + row
        for kernel in (
            emit(program(X + 0, attrs.evolve(SUM, key=key))),
            emit_numpy(program(X + 0, attrs.evolve(SUM, key=key))),
        ):
            assert kernel(rows)["used"].tolist() == priors


@each_engine
def test_rows_that_are_sorted_at_first(emit: Callable[[Program], Any]) -> None:
    """A table whose first rows stand as if it were sorted by the key, and whose last ones do not, is not taken so."""
    rows = {**table(3000), "who": np.append(np.arange(2900), np.arange(100))}
    assert same(emit(program(X * 2, SUM))(rows), emit_numpy(program(X * 2, SUM))(rows))
    assert emit(program(X * 2, SUM))(rows)["used"][2900:].any()


@each_engine
def test_sums_are_exact_beyond_doubles(emit: Callable[[Program], Any]) -> None:
    """A sum beyond 2^53 is that of integers."""
    of = program(X, attrs.evolve(SUM, limit=2**61), x=(0, 2**60))
    rows = {"who": np.zeros(4, int), "start": np.zeros(4, int), "cold": np.zeros(4, int)}
    found = emit(of)({**rows, "x": np.array([2**53, 1, 2**59 + 1, 5])})
    assert found["used"].tolist() == [0, 2**53, 2**53 + 1, 2**53 + 2**59 + 2]


# --- ranges ----------------------------------------------------------------------------------------------------------


def test_an_engine_that_divides_doubles_gets_no_larger_numbers() -> None:
    """The largest intermediate is held against the limit of the engine: the last number that fits is accepted, the next
    is refused, although it is within 64 bits. That a double loses it is the control.
    """
    fits, leaves = program(X * (DOUBLE // 1000)), program(rounded(X * (DOUBLE // 1000 + 1), 1001))
    assert window_plan(fits, DOUBLE).largest == DOUBLE // 1000 * 1000
    with pytest.raises(WindowError, match="exact up to") as caught:
        window_plan(leaves, DOUBLE)
    assert (caught.value.name, caught.value.reason) == ("of", "range")
    assert window_plan(leaves).largest > DOUBLE
    assert int(float(DOUBLE + 2)) != DOUBLE + 2


def test_numbers_below_0_are_held_against_the_limit_too() -> None:
    """As far as a number is from 0, below it too, an engine has to be exact."""
    assert window_plan(program(X * -(DOUBLE // 1000)), DOUBLE).largest == DOUBLE // 1000 * 1000 - 1
    with pytest.raises(WindowError, match="exact up to"):
        window_plan(program(X * -(DOUBLE // 1000 + 1)), DOUBLE)


@each_engine
def test_rounding_up_is_not_refused_for_what_it_adds(emit: Callable[[Program], Any]) -> None:
    """A quotient is rounded up without the divisor being added, where that could leave 64 bits."""
    for high, d in ((HIGH, 9), (HIGH - 7, 9), (HIGH - 8, 9)):
        of = Program((Input("x", 0, high),), (("out", rounded(X, d, "up")),), ("out",))
        assert emit(of)({"x": np.array([0, 1, high])})["out"].tolist() == [0, 1, -(-high // d)]


@each_engine
@pytest.mark.parametrize("mode", ["half_up", "half_even", "up", "down"])
def test_divisions_are_exact_up_to_the_last_integer(emit: Callable[[Program], Any], mode: Any) -> None:
    """Beyond 2^53 a quotient is still that of integers, up to the end of what is proved."""
    of = Program((Input("x", 0, HIGH - 8), Input("d", 1, 9)), (("out", rounded(Var("x"), Var("d"), mode)),), ("out",))
    xs = [0, 1, 2**53 - 1, 2**53 + 1, 9007199254740993, HIGH - 9, HIGH - 8]
    rows = [(x, d) for x in xs for d in (1, 2, 3, 7, 8, 9)]
    columns = {"x": np.array([x for x, _ in rows]), "d": np.array([d for _, d in rows])}
    kernel = emit_python(of)
    assert emit(of)(columns)["out"].tolist() == [kernel(*row)[0] for row in rows]
    assert any(int(x / d) != x // d for x, d in rows)


def test_half_even_of_the_last_integer_is_refused() -> None:
    """A rounding that could be one more than the last integer is not given to an engine."""
    mode: Any = "half_even"
    of = Program((Input("x", 0, HIGH), Input("d", 1, 9)), (("out", rounded(Var("x"), Var("d"), mode)),), ("out",))
    with pytest.raises(WindowError, match=str(EXACT)):
        emit_polars(of)


@each_engine
@pytest.mark.parametrize("value", [-1, 1001])
def test_a_column_beyond_its_bounds_is_refused(emit: Callable[[Program], Any], value: int) -> None:
    """A single row beyond what is declared refuses the table, with the column and its bounds."""
    rows = table()
    rows["x"][17] = value
    with pytest.raises(InputError, match="'x' leaves its bounds, from 0 to 1000"):
        emit(program(X * 2))(rows)


def test_without_the_bounds_polars_would_wrap() -> None:
    """What is refused would be another number without a word (negative control)."""
    of = program(X * (HIGH // 1000))
    rows = {**table(1), "x": np.array([1001])}
    with pytest.raises(InputError, match="leaves its bounds"):
        emit_polars(of)(rows)
    kernel = attrs.evolve(emit_polars(of))
    wrapped = pl.DataFrame({"a0": rows["x"]}).select(kernel._value(kernel.plan.lets["r0"]))
    assert wrapped.item() < 0


@each_engine
def test_a_sum_without_a_limit_is_held_against_that_of_its_scan(emit: Callable[[Program], Any]) -> None:
    """The last prior that is permitted is, and one more is refused, as NumPy does."""
    of = program(X * 2, attrs.evolve(SUM, limit=20))
    rows = {"who": np.zeros(3, int), "start": np.zeros(3, int), "cold": np.zeros(3, int)}
    assert emit(of)({**rows, "x": np.array([4, 6, 900])})["used"].tolist() == [0, 8, 20]
    for kernel in (emit(of), emit_numpy(of)):
        with pytest.raises(InputError, match="grows beyond 20"):
            kernel({**rows, "x": np.array([4, 7, 900])})


@each_engine
def test_more_rows_than_a_sum_has_room_for_are_refused(emit: Callable[[Program], Any]) -> None:
    """So many rows that their sum could leave 64 bits are refused before they are computed."""
    of = program(X * (2**62 // 4000), attrs.evolve(SUM, limit=2**62))
    rows = table(5)
    with pytest.raises(InputError, match="5 rows can leave 64 bits"):
        emit(of)(rows)
    emit(of)({name: column[:4] for name, column in rows.items()})


# --- what is given ---------------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, Any]] = {
    "floats": ("x", np.array([1.0, 2.0])),
    "whole floats of Polars": ("x", pl.Series([1.0, 2.0])),
    "unsigned integers of 64 bits": ("x", np.array([1, 2], dtype=np.uint64)),
    "booleans": ("x", np.array([True, False])),
    "texts": ("x", np.array(["1", "2"])),
    "another length": ("x", np.array([1, 2, 3])),
    "a missing column": ("x", None),
    "a missing key": ("who", None),
    "a prior below nothing": ("used", np.array([0, -1])),
}


@each_engine
@pytest.mark.parametrize("name", WRONG)
def test_columns_that_are_none_are_refused(name: str, emit: Callable[[Program], Any]) -> None:
    """A column that is missing, of another type or another length is an error with its name."""
    column, values = WRONG[name]
    rows = {**table(2), column: values}
    if values is None:
        del rows[column]
    with pytest.raises(InputError, match=column if "length" not in name else "length"):
        emit(program(X * 2, SUM))(rows)


def test_a_column_with_a_null_is_refused() -> None:
    """Polars would carry a null on; a price has none."""
    with pytest.raises(InputError, match="'x' is no column of integers"):
        emit_polars(program(X * 2)).frame({"x": pl.Series([1, None]), "start": [0, 0], "cold": [0, 0]})


@each_engine
def test_no_rows_give_no_rows(emit: Callable[[Program], Any]) -> None:
    """A table without rows is answered by one."""
    found = emit(SUMS["a sum of what a sum has left"])({name: column[:0] for name, column in table().items()})
    assert all(len(column) == 0 for column in found.values())


@each_engine
def test_outputs_that_are_the_same_in_all_rows(emit: Callable[[Program], Any]) -> None:
    """A constant is as long as the table, also where no column is needed for it."""
    of = Program(
        (Input("x", 0, 5),), (("seven", X * 0 + 7), ("of", equal(1, 1))), ("seven", "n"), (Scan("n", (), "of"),)
    )
    assert {name: column.tolist() for name, column in emit(of)({"x": np.arange(3)}).items()} == {
        "seven": [7, 7, 7], "n": [0, 1, 2],
    }  # fmt: skip


HOSTILE = ('"; drop table rows; --', "^.*$", "*", "a'b", "a0", "row", "select", "é\n", "Row")


@each_engine
def test_no_name_is_read_as_anything_else(emit: Callable[[Program], Any]) -> None:
    """Whatever columns are called, they are columns: no wildcard, no statement, none of our own names."""
    for name in HOSTILE:
        key, scan, out = f"{name} k", f"{name} s", f"{name} o"
        lets = ((f"{name} w", Var(name) * 3), (out, minimum(Var(name) * 3, maximum(0, 50 - Var(scan)))))
        of = Program((Input(name, 0, 50),), lets, (out,), (Scan(scan, (key,), f"{name} w"),))
        found = emit(of)({name: np.array([9, 9, 9])}, {key: np.array(["x", "y", "x"])})
        assert {one: column.tolist() for one, column in found.items()} == {out: [27, 27, 23]}


@pytest.fixture
def connection() -> Iterator[Any]:
    """A connection; a relation of it is good as long as it is there."""
    with duckdb.connect() as made:
        yield made


def a_relation(connection: Any, rows: dict[str, Any]) -> Any:
    """The rows in a table of DuckDB, numbered from the last one."""
    connection.register("given_rows", {**rows, "number": np.arange(len(rows["x"]))[::-1].copy()})
    return connection.sql('select number, who as "the ""member""", x::smallint as x, start, cold from given_rows')


NAMED = {"who": 'the "member"'}
IN_DUCKDB = SUMS["a sum of what a sum has left"]


def test_a_relation_of_duckdb_is_answered_by_one(connection: Any) -> None:
    """A table of DuckDB is priced where it is; columns may be named otherwise, and the names are quoted."""
    rows = table()
    found = emit_duckdb(IN_DUCKDB).relation(a_relation(connection, rows), "number", NAMED).fetchnumpy()
    wanted = emit_numpy(IN_DUCKDB)({name: column[::-1] for name, column in rows.items()})
    order = np.argsort(found["number"])
    assert all(found[name][order].tolist() == column.tolist() for name, column in wanted.items())


@pytest.mark.parametrize("high", [2**7 - 1, 2**7, 2**15 - 1, 2**15, 2**31 - 1, 2**31, 2**40])
@pytest.mark.parametrize("sign", [1, -1])
def test_what_a_window_carries_keeps_its_value(high: int, sign: int, connection: Any) -> None:
    """What is carried past a sum for a later one may be of a smaller type, which holds the last value that there may
    be, above 0 and below.
    """
    far = Var("far")
    lets = (("far", X * sign), ("of", X * 1), ("more", maximum(far + USED, 0)), ("out", far + Var("other")))
    scans = (attrs.evolve(SUM, limit=high), Scan("other", (), "more", limit=2 * high))
    of = Program((Input("x", 0, high),), lets, ("far", "used", "other", "out"), scans)
    connection.register("given_rows", {"n": np.arange(3), "who": np.zeros(3, int), "x": np.array([high, 0, 0])})
    found = emit_duckdb(of).relation(connection.sql("from given_rows"), "n").order("n").project("far, used").fetchall()
    assert found == [(sign * high, 0), (0, high), (0, high)]


def test_a_column_that_is_two_inputs_is_held_against_both(connection: Any) -> None:
    """The bounds of a column are those that all inputs have which it stands for, whichever comes first."""
    for bounds in ((9, 5), (5, 9)):
        inputs = tuple(Input(name, 0, high) for name, high in zip("ab", bounds, strict=True))
        kernel = emit_duckdb(Program(inputs, (("out", Var("a") + Var("b")),), ("out",)))
        for x, fits in ((5, True), (6, False)):
            given = kernel.relation(connection.sql(f"select 1 n, {x} x"), "n", {"a": "x", "b": "x"})
            if fits:
                assert given.fetchall() == [(1, 10)]
            else:
                with pytest.raises(duckdb.InvalidInputException, match="'x' leaves its bounds, from 0 to 5"):
                    given.fetchall()


@pytest.mark.parametrize("setting", ["default_order = 'desc'", "default_null_order = 'nulls_first'"])
def test_a_connection_does_not_turn_the_rows_around(setting: str, connection: Any) -> None:
    """Rows are added up from the first one on, of which the row without a number is the last, whatever order the
    connection has for who names none. The control: a window that names none goes by it.
    """
    connection.execute(f"set {setting}")
    given = connection.sql("select n, 1 who, 1 x, 0 start, 0 cold from (values (1), (2), (null)) t(n)")
    found = emit_duckdb(program(X + 0, Scan("used", ("who",), "of"))).relation(given, "n").project("n, used")
    assert set(found.fetchall()) == {(1, 0), (2, 1), (None, 2)}
    by_setting = given.query("given", "select n, sum(x) over (order by n rows unbounded preceding) - 1 from given")
    assert set(by_setting.fetchall()) != {(1, 0), (2, 1), (None, 2)}


FEW = """from (values ('1', 'Ann'), ('1b', 'ann'), ('1B', 'Ánn'), (null, 'Ann')) t(n, who)
select n, 1 x, 0 start, 0 cold, who"""


@pytest.mark.parametrize("collation", ["nocase", "noaccent.nocase", "of the column"])
def test_a_connection_does_not_make_texts_the_same(collation: str, connection: Any) -> None:
    """Texts that differ by capitals or accents are different keys and have an order, whatever collation a connection or
    a column has. The control: a window by the column as it is adds them up together.
    """
    if collation == "of the column":
        connection.execute(
            "create table few (n text collate nocase, x int, start int, cold int, who text collate nocase)"
        )
        connection.execute(f"insert into few {FEW}")
    else:
        connection.execute(f"set default_collation = '{collation}'; create table few as {FEW}")
    rows = connection.table("few")
    of = program(X + 0, Scan("used", ("who",), "of"), Scan("whole", (), "of"))
    found = emit_duckdb(of).relation(rows, "n").project("n, used, whole")
    assert set(found.fetchall()) == {("1", 0, 0), ("1B", 0, 1), ("1b", 0, 2), (None, 1, 3)}
    by_setting = rows.query("few", "select sum(x) over (partition by who) from few").fetchall()
    assert {(3,), (4,)} & set(by_setting)


@pytest.mark.parametrize("kind", ["['a']", "{'a': 'a'}", "map {'a': 1}", "union_value(a := 'a')"])
def test_a_nested_key_is_refused(kind: str, connection: Any) -> None:
    """Texts within lists and structures could be the same by a collation: no key and no order is made of them."""
    given = connection.sql(f"select {kind} as who, {kind} as n, 1 x, 0 start, 0 cold")
    for of, row in ((program(X + 0, Scan("used", ("who",), "of")), "x"), (program(X + 0), "n")):
        with pytest.raises(InputError, match="is nested"):
            emit_duckdb(of).relation(given, row)


def test_columns_that_differ_by_capitals_are_two(connection: Any) -> None:
    """Each is read by its name as it stands. The control: SQL reads the first one for both."""
    given = connection.sql('select 1 as n, 5 as "X", 7 as x, 0 as start, 0 as cold')
    kernel = emit_duckdb(program(X + 0))
    assert [kernel.relation(given, "n", {"x": name}).fetchall() for name in ("X", "x")] == [[(1, 5)], [(1, 7)]]
    assert given.query("given", 'select "X", "x" from given').fetchall() == [(5, 5)]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ("* exclude x, x::double as x", "'x' is no column of integers"),
        ("* exclude start, '7' as start", "'start' is no column of integers"),
        ("* exclude cold", "'cold' is missing"),
        ('* exclude "the ""member"""', "member"),
        ("* exclude x, x::uint64 as x", "'x' is no column of integers"),
        ('*, x as used, 1.5 as "left"', "'left' is no column of integers"),
    ],
)
def test_a_relation_with_other_columns_is_refused(columns: str, problem: str, connection: Any) -> None:
    """A column that is missing or has another type is refused before anything is read."""
    with pytest.raises(InputError, match=problem):
        emit_duckdb(IN_DUCKDB).relation(a_relation(connection, table()).project(columns), "number", NAMED)


@pytest.mark.parametrize("value", ["null", "1001", "-1"])
def test_a_row_of_a_relation_that_is_none_is_an_error_of_duckdb(value: str, connection: Any) -> None:
    """A null or a value beyond its bounds in a single row stops the query."""
    columns = f"* exclude x, (case when number = 7 then {value} else x end)::bigint as x"
    found = emit_duckdb(IN_DUCKDB).relation(a_relation(connection, table()).project(columns), "number", NAMED)
    with pytest.raises(duckdb.InvalidInputException, match="'x' leaves its bounds"):
        found.fetchall()


def test_a_column_that_no_output_needs_is_held_against_its_bounds(connection: Any) -> None:
    """A single row beyond them stops the query, although the result would be the same without that column."""
    rows = {**table(), "cold": np.zeros(60, int)}
    found = emit_duckdb(program(X * 2)).relation(a_relation(connection, rows), "number")
    assert len(found.fetchall()) == 60
    rows["cold"][7] = 2
    found = emit_duckdb(program(X * 2)).relation(a_relation(connection, rows), "number")
    for read in (found.fetchall, found.project("number").fetchall, found.count("*").fetchall):
        with pytest.raises(duckdb.InvalidInputException, match="'cold' leaves its bounds, from 0 to 1"):
            read()


@pytest.mark.parametrize("name", [*HOSTILE, "given", "s0", "number"])
def test_no_name_of_a_relation_is_read_as_anything_else(name: str, connection: Any) -> None:
    """A table whose columns have any names is priced by them, and its own table stands."""
    connection.register("there", {"x": np.array([9, 9, 9]), "k": np.array([1, 2, 1]), "n": np.arange(3)})
    column, key, order = f"{name} x", name, f"{name} n"
    parts = (
        f'{old} as "{new.replace(chr(34), chr(34) * 2)}"' for old, new in (("x", column), ("k", key), ("n", order))
    )
    connection.execute(f"create table rows as select {', '.join(parts)} from there")
    lets = (("w", X * 3), ("out", minimum(X * 3, maximum(0, 50 - Var("s")))))
    of = Program((Input("x", 0, 50),), lets, ("out",), (Scan("s", ("k",), "w"),))
    found = emit_duckdb(of).relation(connection.table("rows"), order, {"x": column, "k": key})
    assert found.columns == [order, "out"]
    assert sorted(found.fetchall()) == [(0, 27), (1, 27), (2, 23)]
    assert connection.execute("select count(*) from rows").fetchone() == (3,)


@pytest.mark.parametrize("name", ["", "a\x00b"])
def test_a_name_that_no_column_of_sql_can_have_is_refused(name: str, connection: Any) -> None:
    """An output without a name, or with a NUL in it, is refused."""
    of = Program((Input("x", 0, 1000),), ((name, X * 2),), (name,))
    with pytest.raises(InputError, match="no column of SQL"):
        emit_duckdb(of).relation(a_relation(connection, table()), "number")


def test_columns_of_one_name_are_refused(connection: Any) -> None:
    """DuckDB takes no account of case: a result of which two columns would be one is refused."""
    with pytest.raises(InputError, match="one name"):
        emit_duckdb(IN_DUCKDB).relation(a_relation(connection, table()).project('*, number as "USED"'), "USED", NAMED)


def test_tables_and_conditions_are_what_they_are_in_python() -> None:
    """An entry of a table, and what counts as true, are the same on all engines."""
    lets = {
        "entry": TableLookup((5, -3, HIGH, -HIGH - 1), X % 4), "truth": (X & START) | ~Var("cold"),
        "chosen": when(START, X, -7), "not": ~X, "both": equal(X, START) + (X < START) * 2,
    }  # fmt: skip
    of = program(X, **lets)
    rows = table()
    for emit in ENGINES.values():
        assert same(emit(of)(rows), emit_numpy(of)(rows))


@each_engine
@pytest.mark.parametrize("length", [1, 3])
def test_tables_of_0_and_1(emit: Callable[[Program], Any], length: int) -> None:
    """An entry is the same of every such table, whether its ones stand side by side or not."""
    for entries in itertools.product((0, 1), repeat=length):
        of = program(TableLookup((*entries, 0), minimum(X, length)) * 5)
        rows = {**table(), "x": np.arange(60) % (length + 2)}
        assert emit(of)(rows)["of"].tolist() == [5 * (*entries, 0, 0)[x] for x in rows["x"]]


def test_a_frame_of_polars_is_answered_by_one() -> None:
    """A frame has the columns of the inputs and the keys by name; narrow integers are permitted."""
    of = SUMS["a sum of what a sum has left"]
    rows = table()
    frame = pl.DataFrame({name: pl.Series(column).cast(pl.Int16) for name, column in rows.items()})
    found = emit_polars(of).frame(frame)
    assert found.columns == list(of.outputs)
    assert same({name: found[name].to_numpy() for name in found.columns}, emit_numpy(of)(rows))


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_is_asked_for_only_by_its_emitter(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package of an engine everything else works."""
    of = program(rounded(X * 4711, 7))
    monkeypatch.setitem(sys.modules, engine, None)
    assert emit_python(of)(7, 0, 0) == (4711,)
    with pytest.raises(ImportError):
        ENGINES[engine](of)(table())


@each_engine
def test_deep_expressions(emit: Callable[[Program], Any]) -> None:
    """What is nested deep is cut into several columns."""
    expr: Any = X
    for number in range(60):
        expr = rounded(expr + number, 2) + 1
    of = Program((Input("x", 0, 10**6),), (("out", expr),), ("out",))
    values = np.array([0, 1, 999, 10**6])
    assert emit(of)({"x": values})["out"].tolist() == emit_numpy(of)({"x": values})["out"].tolist()


# --- fewer columns, fewer conditions ---------------------------------------------------------------------------------


def enough(reads: dict[str, list[str]], there: set[str], wanted: set[str]) -> bool:
    """Whether all that is wanted can be computed from what is there."""
    known = set(there)
    for name, parts in reads.items():
        if parts and known.issuperset(parts):
            known.add(name)
    return known >= wanted


@pytest.mark.parametrize("seed", [*range(60), 638, 877])  # in the last ones a path has to be taken back
def test_a_window_carries_as_few_columns_as_can_be(seed: int) -> None:
    """No smaller set of names is enough for what is wanted: all of them are tried."""
    random = Random(seed)
    known = ["a", "b", "c", "d"][: random.randint(1, 4)]
    reads: dict[str, list[str]] = {}
    for number in range(random.randint(1, 7)):
        before = [*known, *reads]
        reads[f"v{number}"] = random.sample(before, min(len(before), random.randint(1, 3)))
    every = [*known, *reads]
    wanted = set(random.sample(every, random.randint(1, min(4, len(every)))))
    found = fewest(reads, known, sorted(wanted))
    assert enough(reads, found, wanted)
    for size in range(len(found)):
        assert not any(enough(reads, set(some), wanted) for some in itertools.combinations(every, size))


def asked_less(of: Expr, **lets: Expr) -> Expr:
    """What is left of an expression over ``x`` and ``y`` from 0 to 9, and ``z`` from -9 to 9."""
    bounds = _Bounds({"x": Span(0, 9), "y": Span(0, 9), "z": Span(-9, 9)})
    for name, expr in lets.items():
        bounds.spans[name] = bounds.of_expr(expr)
    return Asking(bounds.of_expr).all({**lets, "of": of})["of"]


Y, Z, MORE = Var("y"), Var("z"), Var("more")


@pytest.mark.parametrize(
    ("of", "left"),
    [
        (when(X > 0, X * Y, 0), X * Y),
        (when(X, X * Y, 0), X * Y),
        (when(~(X > 0), 0, X * Y), X * Y),
        (when((X > 0) & (Y < 3), rounded(X * 7, 4), 0), when(Y < 3, rounded(X * 7, 4), 0)),
        (when(X > 0, minimum(X, Y), X * 2), minimum(X, Y)),
        (when(X > 0, X + 1, 0), None),
        (when(X > 0, Y, 0), None),
        (when(Z > 0, Z * 2, 0), None),
        (when(X > 0, minimum(X, Z), 0), None),
        (when(X < 3, X, 0), None),
        (when(X > 0, X, -1) < 0, ~(X > 0)),
        (when(X > 0, Z, -1) < 0, None),
        ((X - Y) + (Y - Z), X - Z),
        ((X - Y) + (Z - Y), None),
        (when(X, MORE, 0), MORE),
    ],
)
def test_what_is_0_by_itself_is_not_asked(of: Expr, left: Expr | None) -> None:
    """A condition goes where without it the value is 0 as well, and stays where it is not."""
    assert asked_less(of, more=X * 3) == (of if left is None else left)


def test_sums_of_more_rows_than_duckdb_reads_at_once() -> None:
    """The sums of DuckDB keep the order of the rows where it has them in several parts, which threads could mix."""
    random, length = np.random.default_rng(8), 300_000
    columns = {"x": random.integers(0, 1000, length), "start": np.zeros(length, np.int64)}
    columns["cold"] = random.integers(0, 2, length)
    keys = {"who": random.integers(0, 5, length)}
    of = program(X * Var("cold"), SUM)
    found, expected = emit_duckdb(of)(columns, keys), emit_numpy(of)(columns, keys)
    assert all(np.array_equal(found[name], expected[name]) for name in of.outputs)
    assert not np.array_equal(found["used"][::-1], expected["used"])
