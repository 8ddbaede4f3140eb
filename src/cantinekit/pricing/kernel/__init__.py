"""The integer kernel: small typed programs over int64 that are proved in range and compiled to Python, NumPy,
Polars, DuckDB and Spark.

It knows nothing of tariffs. ``check`` proves a program; ``emit_python``, ``inline``, ``emit_numpy``, ``emit_polars``,
``emit_duckdb`` and ``emit_spark`` compile it.

::

    build = Builder()
    minutes, price = build.input("minutes", 0, 1440), build.input("price", 0, 100_000)
    build.let("gross", rounded(minutes * price, 60))
    program = build.program("gross")
    emit_python(program)(90, 600)  # (900,)
"""

from __future__ import annotations

from cantinekit.pricing.kernel._check import RangeError, Span, check
from cantinekit.pricing.kernel._duckdb import DuckdbKernel, emit_duckdb
from cantinekit.pricing.kernel._groups import Groups, group
from cantinekit.pricing.kernel._ir import (
    Builder,
    Const,
    Expr,
    Input,
    Op,
    Program,
    Scan,
    TableLookup,
    Var,
    canonical,
    digest,
    equal,
    lift,
    maximum,
    minimum,
    rebuild,
    rounded,
    when,
)
from cantinekit.pricing.kernel._numpy import emit_numpy
from cantinekit.pricing.kernel._plan import Plan, make_plan, variables
from cantinekit.pricing.kernel._polars import PolarsKernel, emit_polars
from cantinekit.pricing.kernel._python import Inline, emit_python, inline, python_source
from cantinekit.pricing.kernel._spark import SparkKernel, emit_spark
from cantinekit.pricing.kernel._table import ColumnKernel
from cantinekit.pricing.kernel._windows import DOUBLE, EXACT, WindowError, window_plan

__all__ = [
    "DOUBLE",
    "EXACT",
    "Builder",
    "ColumnKernel",
    "Const",
    "DuckdbKernel",
    "Expr",
    "Groups",
    "Inline",
    "Input",
    "Op",
    "Plan",
    "PolarsKernel",
    "Program",
    "RangeError",
    "Scan",
    "Span",
    "SparkKernel",
    "TableLookup",
    "Var",
    "WindowError",
    "canonical",
    "check",
    "digest",
    "emit_duckdb",
    "emit_numpy",
    "emit_polars",
    "emit_python",
    "emit_spark",
    "equal",
    "group",
    "inline",
    "lift",
    "make_plan",
    "maximum",
    "minimum",
    "python_source",
    "rebuild",
    "rounded",
    "variables",
    "when",
    "window_plan",
]
