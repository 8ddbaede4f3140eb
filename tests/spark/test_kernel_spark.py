"""Programs as SQL of Spark, on a cluster of two workers: ``make test-spark``."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
import pytest

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel import (
    Expr,
    Input,
    Program,
    Scan,
    TableLookup,
    Var,
    _spark,
    _sql,
    emit_numpy,
    emit_spark,
    maximum,
    minimum,
    rounded,
    when,
)
from property.test_engine_laws import difference
from unit.test_kernel_windows import SUMS, table

LOW, HIGH = -(2**63), 2**63 - 1
LISTS = 8
X = Var("x")
ROOT = Path(__file__).parents[2]


def errors() -> Any:
    """Whatever Spark raises."""
    from pyspark.errors import PySparkException

    return PySparkException


@contextmanager
def settings(spark: Any, **changed: object) -> Iterator[None]:
    """Other settings of a session; a name has ``__`` in place of a point."""
    names = {name.replace("__", "."): str(value).lower() for name, value in changed.items()}
    before = {name: spark.conf.get(name) for name in names}
    for name, value in names.items():
        spark.conf.set(name, value)
    yield
    for name, value in before.items():
        spark.conf.set(name, value)


def in_spark(spark: Any, of: Program) -> Any:
    """A program over a DataFrame, in the order of its rows."""

    def run(rows: dict[str, Any]) -> dict[str, Any]:
        numbered = {**rows, "number": np.arange(len(next(iter(rows.values()))))}
        found = kernel.frame(spark.createDataFrame(pa.table(numbered)), "number").orderBy("number").toArrow()
        return {name: column.to_numpy() for name, column in zip(found.column_names, found.columns, strict=True)}

    kernel = emit_spark(of)
    return run


def test_random_lists_give_the_same(spark: Any) -> None:
    """Cover, price, discount, two caps and tax of random lists are the integers of Python, whatever Spark does where
    integers overflow.
    """
    seen: Counter[str] = Counter()
    for seed in range(LISTS):
        with settings(spark, spark__sql__ansi__enabled=seed % 2 == 0):
            found = difference(seed, seen, {"spark": partial(in_spark, spark)})
        assert not found, f"seed {seed}, {found}"
    print(dict(seen))
    assert seen["spark"] > LISTS // 2
    assert all(seen[name] for name in ("covered in part", "daily cap reached", "monthly cap reached", "rounding ties"))


@pytest.mark.parametrize("wrong", [{"divided": "/"}, {"total": "max"}])
def test_the_law_bites(spark: Any, wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a division of doubles, or another function than a sum, Spark differs or stops (negative control)."""
    monkeypatch.setattr(_spark, "DIALECT", attrs.evolve(_spark.DIALECT, **wrong))

    def noticed(seed: int) -> bool:
        try:
            return bool(difference(seed, Counter(), {"spark": partial(in_spark, spark)}))
        except errors():
            return True

    assert any(map(noticed, range(LISTS)))


@pytest.mark.parametrize("name", ["a count", "a sum over all rows", "a sum of what a sum has left"])
def test_what_is_a_running_sum(spark: Any, name: str) -> None:
    """Sums are what NumPy gives, also with what the keys had left behind before."""
    of, rows = SUMS[name], table()
    rows |= {scan.name: np.array([0, 3, 150, 40])[rows["who"]] for scan in of.scans}
    found, wanted = in_spark(spark, of)(rows), emit_numpy(of)(rows)
    assert {name: found[name].tolist() for name in wanted} == {name: column.tolist() for name, column in wanted.items()}


def test_a_row_without_a_number_is_the_last(spark: Any) -> None:
    """The one row whose place is null is added up after all others, as DuckDB does."""
    given = spark.sql("SELECT n, 1 AS who, 1 AS x, 0 AS other FROM VALUES (1), (2), (CAST(NULL AS INT)) t(n)")
    found = emit_spark(CHECKED).frame(given, "n").select("n", "used").collect()
    assert set(map(tuple, found)) == {(1, 0), (2, 2), (None, 4)}


@pytest.mark.parametrize("collation", ["UTF8_LCASE", "UTF8_BINARY_RTRIM"])
def test_a_collation_does_not_make_texts_the_same(spark: Any, collation: str) -> None:
    """Texts that differ by capitals or blanks are different keys and have an order, whatever collation their
    columns have. The control: a window by the column as it is adds them up together.
    """
    texts = "('1', 'Ann'), ('1b', 'ann'), ('1B', 'Ánn'), ('1B ', 'ann '), (CAST(NULL AS STRING), 'Ann')"
    columns = f"n COLLATE {collation} AS n, who COLLATE {collation} AS who, 1 AS x, 0 AS other"
    rows = spark.sql(f"SELECT {columns} FROM VALUES {texts} t(n, who)")
    of = attrs.evolve(CHECKED, outputs=("used", "whole"), scans=(*CHECKED.scans, Scan("whole", (), "of")))
    found = set(map(tuple, emit_spark(of).frame(rows, "n").collect()))
    assert found == {("1", 0, 0), ("1B", 0, 2), ("1B ", 0, 4), ("1b", 0, 6), (None, 2, 8)}
    by_column = rows.selectExpr("sum(2 * x) OVER (PARTITION BY who) AS used").collect()
    assert sum(row.used for row in by_column) > 2 * 2 * 2 + 3 * 2


def test_a_nested_key_is_refused(spark: Any) -> None:
    """Texts within arrays and structures could be the same by a collation: no key is made of them."""
    rows = spark.sql("SELECT array('a') AS k, named_struct('a', 'a') AS s, 1 AS n, 1 AS x, 0 AS other")
    for name in ("k", "s"):
        with pytest.raises(InputError, match="is nested"):
            emit_spark(CHECKED).frame(rows, "n", {"who": name})


def test_the_ends_of_64_bits(spark: Any) -> None:
    """The first and the last integer are constants, entries, values and results; what is divided is not a double."""
    lets = {
        "low": when(X < 2**53, LOW, X), "entry": TableLookup((LOW, *range(-700, 700), HIGH), X % 1402),
        "third": rounded(X, 3, "down"), "even": rounded(X - 7, 2, "half_even"), "less": minimum(X, HIGH - 9) + LOW,
    }  # fmt: skip
    of = Program((Input("x", 7, HIGH),), tuple(lets.items()), tuple(lets))
    rows = {"x": np.array([7, 2**53 + 1, 1402, 1401 * 3, HIGH - 1, HIGH])}
    for ansi in (True, False):
        with settings(spark, spark__sql__ansi__enabled=ansi):
            found = in_spark(spark, of)(rows)
        assert {one: found[one].tolist() for one in lets} == {n: c.tolist() for n, c in emit_numpy(of)(rows).items()}


def test_deep_expressions(spark: Any) -> None:
    """What is nested deep is more than Spark resolves at once: several statements, none of which leaves a table."""
    expr: Expr = X
    for number in range(60):
        expr = rounded(expr + number, 2) + 1
    of = Program((Input("x", 0, 10**6),), (("out", expr),), ("out",))
    rows = {"x": np.array([0, 1, 999, 10**6])}
    assert in_spark(spark, of)(rows)["out"].tolist() == emit_numpy(of)(rows)["out"].tolist()
    assert spark.catalog.listTables() == []


# --- what is wrong in the rows ---------------------------------------------------------------------------------------

CHECKED = Program(
    (Input("x", 0, 1000), Input("other", 0, 1)), (("of", X * 2),), ("of", "used"), (Scan("used", ("who",), "of"),)
)


def checked(spark: Any, **changed: str) -> Any:
    """A hundred rows of a program, of which a column is another expression."""
    columns = {"n": "id", "who": "id % 3", "x": "id % 30", "other": "id % 2", **changed}
    rows = spark.range(100).selectExpr(*(f"{text} AS {name}" for name, text in columns.items()))
    return emit_spark(CHECKED).frame(rows, "n")


@pytest.mark.parametrize(("value", "ansi"), [("NULL", True), ("NULL", False), ("1001L", False), ("-1L", True)])
def test_a_row_that_is_none_stops_the_query(spark: Any, value: str, ansi: bool) -> None:
    """A null or a value beyond its bounds in a single row is an error with the column, whatever of the result is read,
    and whether an output needs the column or not; without that row there is none.
    """
    with settings(spark, spark__sql__ansi__enabled=ansi):
        assert checked(spark).count() == 100
        found = {one: checked(spark, **{one: f"CASE WHEN id = 77 THEN {value} ELSE 1L END"}) for one in ("x", "other")}
        for column, read in (
            ("x", found["x"].collect),
            ("x", found["x"].count),
            ("other", found["other"].select("n").count),
        ):
            with pytest.raises(errors(), match=f"the column '{column}' leaves its bounds, from 0 to 1"):
                read()


def test_without_the_bounds_it_would_be_another_number(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused would be an answer without a word (negative control)."""
    monkeypatch.setattr(_sql.Dialect, "held", lambda self, *told: "TRUE")
    found = checked(spark, x="CASE WHEN id = 77 THEN NULL ELSE -1L END", other="7L").collect()
    assert {row.of for row in found} == {-2, None}


LARGE = 2**62 - 1
GROWS = Program(
    (Input("x", 0, LARGE),), (("of", X * 1),), ("used",), (Scan("used", ("who",), "of", limit=2**62),)
)  # fmt: skip


@pytest.mark.parametrize("ansi", [True, False])
def test_a_sum_never_wraps(spark: Any, ansi: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prior beyond the limit stops the query. Without its condition it would be NULL, and with a plain sum one that
    has wrapped into the limit (negative controls).
    """

    def read(rows: int, opening: int, last: int) -> list[int]:
        given = spark.range(rows).selectExpr("id AS n", "1 AS who", f"{LARGE}L AS x", f"{opening}L AS used")
        return [row.used for row in emit_spark(GROWS).frame(given, "n").filter(f"n >= {last}").collect()]

    with settings(spark, spark__sql__ansi__enabled=ansi):
        assert read(2, 1, 1) == [2**62]
        for rows, opening, last in ((3, 0, 0), (6, 0, 5), (3, 2**62, 2)):
            with pytest.raises(errors(), match="scan 'used' grows beyond 4611686018427387904"):
                read(rows, opening, last)
        monkeypatch.setattr(_sql.Dialect, "held", lambda self, *told: "TRUE")
        assert read(6, 0, 5) == [None]
        if not ansi:
            monkeypatch.setattr(_spark, "DIALECT", attrs.evolve(_spark.DIALECT, total="sum"))
            assert read(6, 0, 5) == [5 * LARGE - 2**64]


# --- names, and what is left behind ----------------------------------------------------------------------------------

ODD = {
    "spark__sql__parser__escapedStringLiterals": True,
    "spark__sql__parser__quotedRegexColumnNames": True,
    "spark__sql__ansi__enforceReservedKeywords": True,
    "spark__sql__ansi__doubleQuotedIdentifiers": True,
    "spark__sql__caseSensitive": True,
}


HOSTILE = "a'b`c.d\"e\\'f ${spark.master} {given} %s; drop"


@pytest.mark.parametrize("odd", [{}, ODD])
def test_no_name_is_read_as_anything_else(spark: Any, odd: dict[str, object]) -> None:
    """Columns of any names are priced by them, with keys of texts, also by a session with other settings; and the
    message has the name as it is.
    """
    column, key, order, out = f"{HOSTILE} x", HOSTILE, f"{HOSTILE} n", f"{HOSTILE} o"
    lets = (("w", X * 3), (out, minimum(X * 3, maximum(0, 50 - Var("s")))))
    of = Program((Input("x", 0, 50),), lets, (out,), (Scan("s", ("k",), "w"),))
    given = spark.createDataFrame(pa.table({column: [9, 9, 9], key: ["y", "n", "y"], order: [0, 1, 2]}))
    with settings(spark, **odd):
        found = emit_spark(of).frame(given, order, {"x": column, "k": key})
        assert found.columns == [order, out]
        assert sorted(map(tuple, found.collect())) == [(0, 27), (1, 27), (2, 23)]
        low = attrs.evolve(of, inputs=(Input("x", 0, 8),))
        with pytest.raises(errors()) as caught:
            emit_spark(low).frame(given, order, {"x": column, "k": key}).collect()
        assert f"the column {shown(column)} leaves its bounds, from 0 to 8" in str(caught.value)


def test_nothing_is_computed_and_nothing_is_left(spark: Any) -> None:
    """A frame is a plan: no job has run for it, and the session has no more tables than before."""
    rows = spark.range(100).selectExpr("id AS n", "id % 3 AS who", "id % 30 AS x", "0 AS other")
    spark.sparkContext.setJobGroup("kernel", "")
    found = emit_spark(CHECKED).frame(rows, "n")
    assert not spark.sparkContext.statusTracker().getJobIdsForGroup("kernel")
    assert found.count() == 100
    assert spark.sparkContext.statusTracker().getJobIdsForGroup("kernel")
    assert spark.catalog.listTables() == []


def test_windows_of_one_customer_are_one_shuffle(spark: Any) -> None:
    """What is dealt by the customer is not dealt again for a customer and a day."""
    rest = maximum(0, X - minimum(X, Var("left")))
    scans = (Scan("left", ("who",), "of", "balance", "start"), Scan("used", ("who", "day"), "rest"))
    of = Program((Input("x", 0, 9), Input("start", 0, 9)), (("of", X + 0), ("rest", rest)), ("rest", "used"), scans)
    rows = spark.range(100).selectExpr("id AS n", "id % 3 AS who", "id % 5 AS day", "id % 9 AS x", "3 AS start")
    plan = emit_spark(of).frame(rows, "n")._jdf.queryExecution().executedPlan().toString()
    assert (plan.count("Exchange"), plan.count("Window ["), plan.count("Sort [")) == (1, 2, 2)


@pytest.mark.usefixtures("spark")
def test_the_bench_runs() -> None:
    """The bench beside the list by hand comes to its end, and both give the same rows."""
    command = [sys.executable, "bench/engines_spark.py", "--rows", "2000", "--rounds", "1", "--master", "local[2]"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert "identical row by row" in done.stdout, done.stdout + done.stderr
