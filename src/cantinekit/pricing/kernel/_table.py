"""The columns that are given to a kernel, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel._groups import Array
from cantinekit.pricing.kernel._ir import Program, Scan

Columns = Mapping[str, Any]
ColumnKernel = Callable[..., dict[str, Array]]


def column_of(np: Any, columns: Columns, name: str, low: int, high: int) -> Array:
    """A column of int64 within its bounds.

    Raises:
        InputError: it is missing, is not of integers, or leaves its bounds.
    """
    if name not in columns:
        raise InputError(f"the column {shown(name)} is missing")
    column = np.asarray(columns[name])
    if column.ndim != 1 or column.dtype.kind not in "iu" or not np.can_cast(column.dtype, np.int64):
        raise InputError(f"the column {shown(name)} is no column of integers of 64 bits")
    if len(column) and (int(column.min()) < low or int(column.max()) > high):
        raise InputError(outside(name, low, high))
    return column.astype(np.int64, copy=False)


def within(scan: Scan, low: int | None, high: int | None) -> None:
    """Refuse priors beyond the limit; a sum that has wrapped is seen at the row before, which is beyond too."""
    if (low is not None and low < 0) or (high is not None and high > scan.limit):
        raise InputError(beyond(scan))


def outside(column: str, low: int, high: int) -> str:
    """What is wrong where a row has a value that was not promised."""
    return f"the column {shown(column)} leaves its bounds, from {low} to {high}"


def beyond(scan: Scan) -> str:
    """What is wrong where a row sees more than the limit of a scan."""
    return f"scan {shown(scan.name)} grows beyond {scan.limit}"


@attrs.frozen(eq=False)
class Given:
    """The columns of a program, checked: its inputs, and what the keys of its scans had left behind."""

    inputs: dict[str, Array]
    opening: dict[str, Array]
    rows: int

    @classmethod
    def of(cls, np: Any, program: Program, columns: Columns, keys: Columns | None) -> Given:
        """The columns of a program.

        Raises:
            InputError: a column is missing, is not of integers, leaves its bounds, or has another length.
        """
        found = {one.name: column_of(np, columns, one.name, one.low, one.high) for one in program.inputs}
        opening = {s.name: column_of(np, columns, s.name, 0, s.limit) for s in program.scans if s.name in columns}
        lengths = {len(column) for column in (*found.values(), *opening.values())}
        if not program.inputs:
            lengths |= {len(np.asarray(column)) for column in (keys or {}).values()}
        if len(lengths) != 1:
            raise InputError("the columns need one length")
        return cls(found, opening, lengths.pop())
