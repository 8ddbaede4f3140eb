"""Programs of the kernel on engines with windows: exact division, running sums in the order of the rows, limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.kernel import (
    Builder,
    Input,
    Op,
    Program,
    Scan,
    TableLookup,
    Var,
    WindowError,
    duckdb_sql,
    emit_duckdb,
    emit_numpy,
    emit_polars,
    equal,
    minimum,
    rounded,
    when,
)

ENGINES = (emit_polars, emit_duckdb)
X = Var("x")
BIG = 2**62 + 1


def column(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def of(expr: Any, low: int = 0, high: int = BIG) -> Program:
    return Program((Input("x", low, high),), (("out", expr),), ("out",))


def summed(**scan: Any) -> Program:
    """The sum of earlier values, beside the values."""
    lets = (("of", X), ("out", Var("sum")))
    return Program((Input("x", 0, 100),), lets, ("out",), (Scan("sum", ("who",), "of", **scan),))


@pytest.mark.parametrize("emit", ENGINES)
@pytest.mark.parametrize("kind", ["//", "%", "half_up", "half_even", "up", "down"])
def test_division_is_exact(emit: Any, kind: Any) -> None:
    """What doubles cannot say is divided exactly, beyond 2^53 too, and ties go where they go in NumPy."""
    program = of(Op(kind, (X, Op("+", (minimum(X, 0), TableLookup((4,), minimum(X, 0)))))))
    values = column(0, 1, 2, 3, 5, 6, 7, 10, 2**53 + 1, 2**61 + 3, BIG)
    assert emit(program)({"x": values})["out"].tolist() == emit_numpy(program)({"x": values})["out"].tolist()
    thirds = of(Op(kind, (X, Op("+", (minimum(X, 0), TableLookup((3,), minimum(X, 0)))))))
    assert emit(thirds)({"x": values})["out"].tolist() == emit_numpy(thirds)({"x": values})["out"].tolist()


@pytest.mark.parametrize("emit", ENGINES)
def test_a_running_sum_goes_by_key_in_the_order_of_the_rows(emit: Any) -> None:
    """Each row sees the sum of the rows of its key before it; the first sees what was left behind."""
    kernel, who = emit(summed()), ["a", "b", "a", "b", "a"]
    rows = {"x": column(1, 2, 3, 4, 5)}
    assert kernel(rows, {"who": who})["out"].tolist() == [0, 0, 1, 2, 4]
    opened = rows | {"sum": column(10, 0, 10, 0, 10)}
    assert kernel(opened, {"who": who})["out"].tolist() == [10, 0, 11, 2, 14]
    counted = emit(summed(kind="count"))
    assert counted({"x": column(1, 0, 0, 4, 5)}, {"who": who})["out"].tolist() == [0, 0, 1, 0, 1]


@pytest.mark.parametrize("who", [["a", "a", "a", "b", "b"], ["a", "b", "b", "c", "a"], [3, 3, 4, 4, 4]])
def test_keys_that_stand_together_need_no_window(who: list[Any]) -> None:
    """Rows in the order of their keys have the sums that they have by windows, with what was left behind too."""
    rows = {"x": column(1, 2, 3, 4, 5), "sum": column(10, 10, 10, 10, 10)}
    found = emit_polars(summed())(rows, {"who": np.array(who)})["out"].tolist()
    assert found == emit_numpy(summed())(rows, {"who": np.array(who)})["out"].tolist()


@pytest.mark.parametrize("emit", [*ENGINES, emit_numpy])
def test_a_sum_beyond_its_limit_is_refused(emit: Any) -> None:
    """A prior that grows beyond the limit of its scan is an ``InputError``."""
    kernel = emit(summed(limit=5))
    assert kernel({"x": column(5, 9)}, {"who": ["a", "a"]})["out"].tolist() == [0, 5]
    with pytest.raises(InputError, match="grows beyond 5"):
        kernel({"x": column(5, 1, 9)}, {"who": ["a", "a", "a"]})


@pytest.mark.parametrize("emit", ENGINES)
def test_what_depends_on_itself_is_no_window(emit: Any) -> None:
    """A scan that adds up what depends on it is a ``WindowError`` that names it."""
    build = Builder()
    build.input("x", 0, 10)
    build.let("of", when(Var("sum") < 5, X, 0))
    build.scan(Scan("sum", (), "of"))
    with pytest.raises(WindowError, match="'sum'"):
        emit(build.program("of"))


@pytest.mark.parametrize("emit", ENGINES)
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "is missing"),
        ({"x": np.array([1.0])}, "is no column of integers"),
        ({"x": column(101)}, "leaves its bounds, from 0 to 100"),
        ({"x": column(1), "sum": column(1, 2)}, "the columns need one length"),
    ],
)
def test_wrong_columns(emit: Any, columns: Any, message: str) -> None:
    """Columns that are missing, of another type, out of bounds or of other lengths are refused as by NumPy."""
    with pytest.raises(InputError, match=message):
        emit(summed())(columns, {"who": ["a"]})


@pytest.mark.parametrize("emit", ENGINES)
def test_no_rows_and_no_inputs(emit: Any) -> None:
    """A program over no rows has empty columns; one without inputs is as long as its keys."""
    assert emit(of(X + 1, high=5))({"x": column()})["out"].tolist() == []
    build = Builder()
    build.let("of", 2)
    build.let("out", build.scan(Scan("sum", ("who",), "of")))
    assert emit(build.program("out", "of"))({}, {"who": [1, 2, 1]})["out"].tolist() == [0, 0, 2]


def test_an_overflow_would_be_an_error_in_sql() -> None:
    """In the text for DuckDB each integer has 64 bits, so that constants do not overflow at 32."""
    text = duckdb_sql(of(when(equal(X, 1), 2_000_000_000, 0) * 3), lambda _: None, list)
    assert "(2000000000)::BIGINT" in text or "(6000000000)::BIGINT" in text
    found = emit_duckdb(of(when(equal(X, 1), 2_000_000_000, 0) * 3))({"x": column(0, 1)})
    assert found["out"].tolist() == [0, 6_000_000_000]


@pytest.mark.parametrize("emit", ENGINES)
def test_deep_expressions(emit: Any) -> None:
    """What is nested deep is cut into several columns."""
    expr: Any = X
    for number in range(60):
        expr = rounded(expr + number, 2) + 1
    program = of(expr, high=10**6)
    values = column(0, 1, 999, 10**6)
    assert emit(program)({"x": values})["out"].tolist() == emit_numpy(program)({"x": values})["out"].tolist()
