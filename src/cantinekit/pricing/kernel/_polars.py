"""A program as Polars expressions: lazy frames, so that Polars finds what several expressions have in common."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._ir import HIGH, Const, Expr, Input, Op, Program, TableLookup, Var
from cantinekit.pricing.kernel._plan import is_truth
from cantinekit.pricing.kernel._table import Columns, outside, within
from cantinekit.pricing.kernel._windows import RunningSum, WindowPlan, window_plan

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod,
    "==": operator.eq, "<": operator.lt, "<=": operator.le, "and": operator.and_, "or": operator.or_,
}  # fmt: skip
_FEW = 1_000
"""So many rows are looked at first: most tables that are not sorted show it there."""


@attrs.frozen(eq=False)
class PolarsKernel:
    """A program over columns of Polars.

    Attributes:
        plan: the program as steps.
        polars: the module.
    """

    plan: WindowPlan
    polars: Any = attrs.field(repr=False)

    def __call__(self, columns: Columns, keys: Columns | None = None) -> dict[str, Any]:
        """The outputs as NumPy arrays; otherwise as ``frame``, and as the kernels of ``emit_numpy`` are called."""
        found = self.frame(columns, keys)
        return {name: found.get_column(name).to_numpy() for name in found.columns}

    def frame(self, columns: Any, keys: Any = None) -> Any:
        """The outputs as a frame, in the order of the rows.

        Args:
            columns: a Polars frame, or a mapping of columns, with a column of integers for each input, without nulls,
                in the order in which they are folded. It may have a column named like a scan: what its key had left
                behind before these rows, the same in all rows of a key.
            keys: the key columns likewise, where ``columns`` does not have them. Where the rows are sorted by the
                columns of a key, its sums need no windows.

        Raises:
            InputError: a column is missing, is not of integers, has nulls or leaves its bounds, a scan grows beyond its
                limit, or so many rows could leave 64 bits.
        """
        pl, plan = self.polars, self.plan
        given = self._given(columns, keys)
        if len({len(column) for column in given.values()}) != 1:
            raise InputError("the columns need one length")
        frame = pl.DataFrame(list(given.values()))
        plan.hold(len(frame))
        self._hold_bounds(frame)
        for stage in plan.stages(frame.columns, apart=True):
            lazy = frame.lazy()
            for lets in stage.levels:
                lazy = lazy.with_columns(map(self._let, lets))
            if not stage.sums:
                break
            made = sorted({*stage.kept, *(one.gain for one in stage.sums)}.difference(frame.columns))
            frame = pl.DataFrame([*frame, *lazy.select(made).collect()])
            frame = pl.DataFrame([*frame[[*stage.kept]], *(self._prior(frame, one) for one in stage.sums)])
        return lazy.select(pl.col(result).alias(name) for name, result in plan.results.items()).collect()

    # --- what is given ---

    def _given(self, columns: Any, keys: Any) -> dict[str, Any]:
        """The columns by their identifiers."""
        pl, plan = self.polars, self.plan
        given = {}
        for one in plan.program.inputs:
            if one.name not in columns:
                raise InputError(f"the column {shown(one.name)} is missing")
            given[plan.inputs[one.name]] = self._numbers(one.name, columns[one.name])
        for running in plan.each:
            if running.scan.name in columns:
                given[running.opening] = self._numbers(running.scan.name, columns[running.scan.name])
        for name, identifier in plan.keys.items():
            of = keys if keys is not None and name in keys else columns
            if name not in of:
                raise InputError(f"the key column {shown(name)} is missing")
            values = of[name]
            texts = getattr(getattr(values, "dtype", None), "kind", "") in ("O", "U")
            given[identifier] = pl.Series(values.tolist() if texts else values)
        if not given and keys:
            given["rows"] = pl.Series(next(iter(keys.values())))
        return {name: column.alias(name) for name, column in given.items()}

    def _numbers(self, name: str, values: Any) -> Any:
        pl = self.polars
        column = values if isinstance(values, pl.Series) else pl.Series(values)
        if not self._whole(column):
            raise InputError(f"the column {shown(name)} is no column of integers of 64 bits")
        return column.cast(pl.Int64)

    def _whole(self, column: Any) -> bool:
        """Whether it is a column of integers of 64 bits, without nulls."""
        pl = self.polars
        narrow = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)
        return column.dtype in narrow and not column.null_count()

    def _hold_bounds(self, frame: Any) -> None:
        """Hold the least and the greatest value of each column against what is declared."""
        pl, plan = self.polars, self.plan
        declared = [(plan.inputs[one.name], one) for one in plan.program.inputs]
        declared += [(one.opening, Input(one.scan.name, 0, one.scan.limit)) for one in plan.each]
        declared = [(name, one) for name, one in declared if name in frame.columns]
        if not declared or not len(frame):
            return
        ends = [pl.col(name).min().name.suffix(" least") for name, _ in declared]
        found = frame.select(ends + [pl.col(name).max() for name, _ in declared]).row(0, named=True)
        for name, one in declared:
            if found[f"{name} least"] < one.low or found[name] > one.high:
                raise InputError(outside(one.name, one.low, one.high))

    # --- sums ---

    def _prior(self, frame: Any, one: RunningSum) -> Any:
        """The prior of a scan.

        A window of Polars keeps a list of rows for each key, which takes five times as long: sorted by the key and the
        row, it is the sum over all rows less what it was where the key begins.
        """
        pl, key, gain, rows = self.polars, self.plan.key_of(one), self.polars.col(one.gain), None
        places = self._places(frame, key)
        if places is None:
            found = frame.lazy().select(gain.cum_sum().over(*key) - gain).collect().to_series()
        else:
            ordered = frame.get_column(one.gain)
            if not self._sorted(places):
                places = places.sort(in_place=True)
                rows = (places & (_shifted(frame) - 1)).cast(pl.UInt32)
                ordered = ordered.gather(rows)
            codes, before = pl.col("places") // _shifted(frame), gain.cum_sum() - gain
            prior = before - pl.when(codes != codes.shift(1)).then(before).otherwise(0).cum_max()
            found = pl.DataFrame([ordered, places]).lazy().select(prior).collect().to_series()
            del places, ordered
            if rows is not None:
                found = pl.zeros(len(frame), dtype=pl.Int64, eager=True).scatter(rows, found)
        if one.opening in frame.columns:
            found += frame.get_column(one.opening)
        within(one.scan, None, found.max())
        return found.alias(one.prior)

    def _places(self, frame: Any, key: Sequence[str]) -> Any:
        """A number by which rows are sorted by key and order; nothing where 64 bits are too few."""
        pl, code, size = self.polars, self.polars.lit(0, dtype=self.polars.Int64), _shifted(frame)
        for name in key:
            column = frame.get_column(name)
            if not self._whole(column):
                return None
            low, high = (column.min(), column.max()) if len(column) else (0, 0)
            code, size = code * (high - low + 1) + (pl.col(name).cast(pl.Int64) - low), size * (high - low + 1)
            if size > HIGH:
                return None
        places = code * _shifted(frame) + pl.int_range(len(frame), dtype=pl.Int64)
        return frame.lazy().select(places.alias("places")).collect().to_series()

    def _sorted(self, places: Any) -> bool:
        """Whether the rows of a key are one after the other, because the table is sorted by it."""
        return all(part.is_sorted() for part in (places.head(_FEW), places))

    # --- expressions ---

    def _integer(self, value: int) -> Any:
        return self.polars.lit(value, dtype=self.polars.Int64)

    def _let(self, name: str) -> Any:
        expr = self.plan.lets[name]
        return (self._truth(expr) if name in self.plan.asked else self._value(expr)).alias(name)

    def _value(self, expr: Expr) -> Any:
        """The expression of an integer."""
        pl = self.polars
        if isinstance(expr, Const):
            return self._integer(expr.value)
        if isinstance(expr, Var):
            return pl.col(expr.name)
        if isinstance(expr, TableLookup):
            return pl.lit(pl.Series(expr.table, dtype=pl.Int64)).gather(self._value(expr.index))
        if is_truth(expr):
            return self._truth(expr).cast(pl.Int64)
        assert isinstance(expr, Op)
        if expr.kind == "if":
            condition, then, otherwise = expr.args
            return pl.when(self._truth(condition)).then(self._value(then)).otherwise(self._value(otherwise))
        first, second = map(self._value, expr.args)
        if expr.kind in ("min", "max"):
            return (pl.min_horizontal if expr.kind == "min" else pl.max_horizontal)(first, second)
        return _OPERATORS[expr.kind](first, second)

    def _truth(self, expr: Expr) -> Any:
        """The expression of what counts as true or false."""
        if isinstance(expr, Var) and expr.name in self.plan.asked:
            return self.polars.col(expr.name)
        if not isinstance(expr, Op) or not is_truth(expr):
            return self._value(expr) != self._integer(0)
        if expr.kind == "not":
            return ~self._truth(expr.args[0])
        part = self._truth if expr.kind in ("and", "or") else self._value
        return _OPERATORS[expr.kind](part(expr.args[0]), part(expr.args[1]))


def _shifted(frame: Any) -> int:
    """The power of two by which a number is multiplied to have room for that of a row."""
    return 1 << len(frame).bit_length()


@cached
def emit_polars(program: Program) -> PolarsKernel:
    """Compile to Polars expressions; needs Polars.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
        WindowError: a scan depends on itself, or an intermediate can leave what Polars computes exactly.
    """
    return PolarsKernel(window_plan(program), import_module("polars"))
