"""A program as expressions of Polars: lets are columns, and a scan is a running sum over the rows of its key."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cantinekit.errors import InputError
from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._ir import Program, Scan
from cantinekit.pricing.kernel._staged import Staged, staged
from cantinekit.pricing.kernel._table import ColumnKernel, Table, given_table, within
from cantinekit.pricing.kernel._walk import Walk

Frame = Any
"""A lazy frame."""


class _Polars:
    """The operations of Polars."""

    def __init__(self, pl: Any) -> None:
        self.pl = pl
        self.whole = pl.Int64

    def const(self, value: int) -> Any:
        return self.pl.lit(value, dtype=self.whole)

    def column(self, name: str) -> Any:
        return self.pl.col(name)

    def entry(self, table: tuple[int, ...], index: Any) -> Any:
        return self.pl.lit(self.pl.Series(table, dtype=self.whole)).gather(index)

    def number(self, kind: str, a: Any, b: Any) -> Any:
        match kind:
            case "+":
                return a + b
            case "-":
                return a - b
            case "*":
                return a * b
            case "//":
                return a // b
            case "%":
                return a % b
            case "min":
                return self.pl.min_horizontal(a, b)
        return self.pl.max_horizontal(a, b)

    def compare(self, kind: str, a: Any, b: Any) -> Any:
        return a == b if kind == "==" else a < b if kind == "<" else a <= b

    def join(self, kind: str, a: Any, b: Any) -> Any:
        return a & b if kind == "and" else a | b

    def negate(self, a: Any) -> Any:
        return ~a

    def choose(self, condition: Any, then: Any, otherwise: Any) -> Any:
        return self.pl.when(condition).then(then).otherwise(otherwise)


def _computed(pl: Any, frame: Frame, stages: Staged, known: set[str], wanted: list[str]) -> Frame:
    """The frame with the lets that are wanted, and those that they need."""
    walk = Walk(_Polars(pl))
    for level in stages.levels(known, wanted):
        frame = frame.with_columns(walk.value(stages.lets[name]).alias(name) for name in level)
        known.update(level)
    return frame


def _scanned(pl: Any, frame: Frame, stages: Staged, scan: Scan, table: Table) -> Frame:
    """The frame with what the earlier rows of a scan's key have added up.

    Where the rows of each key stand together it is the sum of all rows before, less what that was where the key begins:
    that needs no window.
    """
    of = pl.col(stages.sources[scan.name])
    gain = (of != 0).cast(pl.Int64) if scan.kind == "count" else of
    total = gain.cum_sum()
    keys = table.keys(scan.key)
    if keys and table.clustered(keys):
        begun = pl.any_horizontal(pl.col(key) != pl.col(key).shift() for key in keys).fill_null(True)
        before = total - gain
        before = before - pl.when(begun).then(before).forward_fill()
    else:
        before = (total.over(keys) if keys else total) - gain
    opening = table.opening(scan.name)
    if opening is not None:
        before = before + pl.col(opening)
    return frame.with_columns(before.alias(stages.priors[scan.name]))


@cached
def emit_polars(program: Program) -> ColumnKernel:
    """Compile to a function of columns that Polars computes; needs Polars, NumPy and pyarrow.

    The function takes and gives the same as that of ``emit_numpy``.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
        WindowError: a scan depends on itself.
    """
    pl = import_module("polars")
    stages = staged(program).shallow()
    scans = stages.windows()

    def kernel(columns: Any, keys: Any = None) -> dict[str, Any]:
        table = given_table(program, stages, columns, keys)
        frame = pl.DataFrame(table.columns).lazy()
        known = set(stages.inputs.values())
        for scan in scans:
            frame = _computed(pl, frame, stages, known, [stages.sources[scan.name]])
            frame = _scanned(pl, frame, stages, scan, table)
            known.add(stages.priors[scan.name])
        frame = _computed(pl, frame, stages, known, list(stages.results.values()))
        priors = [stages.priors[scan.name] for scan in scans]
        found = frame.select(*priors, *stages.results.values()).collect()
        if found.height != table.rows:
            raise InputError("the columns need one length")
        for scan, prior in zip(scans, priors, strict=True):
            within(scan, found[prior].min(), found[prior].max())
        return {name: found[result].to_numpy() for name, result in stages.results.items()}

    return kernel
