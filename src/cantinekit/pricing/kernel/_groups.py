"""Rows that share a key, in columns: sums over the earlier rows of a group, and ranks inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

Array = Any
"""A NumPy array of one dimension; NumPy is an extra, and imported by who computes."""


@attrs.frozen(eq=False)
class Groups:
    """How the rows fall into groups.

    Attributes:
        order: the rows group by group, each group in the order of its rows.
        starts: where in it each group begins.
        counts: how many rows each group has.
        code: which group each row is in.
    """

    order: Array
    starts: Array
    counts: Array
    code: Array


def _codes(np: Any, column: Array) -> tuple[Array, int]:
    """Numbers from 0 that are equal where the values are, and how many there may be of them."""
    if column.dtype.kind == "i" and len(column):
        low, high = int(column.min()), int(column.max())
        if high - low < 2**31:
            return column.astype(np.int64) - low, high - low + 1
    values, codes = np.unique(column, return_inverse=True)
    return codes.astype(np.int64), max(len(values), 1)


def combined(np: Any, columns: Sequence[Array], rows: int) -> Array:
    """A number for each row, equal where all columns are."""
    code, size = np.zeros(rows, dtype=np.int64), 1
    for column in columns:
        more, count = _codes(np, column)
        if size * count >= 2**62:
            code, size = _codes(np, np.unique(code, return_inverse=True)[1].astype(np.int64))
        code, size = code * count + more, size * count
    return code


def group(np: Any, columns: Sequence[Array], rows: int) -> Groups:
    """Group the rows by the columns; with no column all rows are one group.

    Args:
        np: NumPy.
        columns: the columns, each as long as the table.
        rows: how many rows there are.
    """
    code = combined(np, columns, rows)
    if rows and bool((code[1:] >= code[:-1]).all()):
        order, ordered = np.arange(rows), code
    elif (int(code.max(initial=0)) + 1) << (bits := rows.bit_length()) < 2**63:
        # sorted with the row in one number, so that there are no ties
        code <<= bits
        code |= np.arange(rows)
        code.sort()
        order, ordered = code & ((1 << bits) - 1), code >> bits
    else:
        order = np.argsort(code, kind="stable")
        ordered = code[order]
    first = np.ones(rows, dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(first)
    dense = np.empty(rows, dtype=np.int64)
    dense[order] = np.cumsum(first) - 1
    return Groups(order, starts, np.diff(starts, append=rows), dense)


def earlier(np: Any, of: Array, groups: Groups) -> Array:
    """For each row the sum over the earlier rows of its group, modulo 2**64."""
    ordered = of[groups.order]
    before = np.cumsum(ordered) - ordered
    prior = np.empty(len(of), dtype=np.int64)
    prior[groups.order] = before - np.repeat(before[groups.starts], groups.counts)
    return prior


def ranks(np: Any, groups: Groups) -> list[Array]:
    """The rows in steps: the first rows of all groups, then the second ones, and so on."""
    rank = np.arange(len(groups.order)) - np.repeat(groups.starts, groups.counts)
    rows = groups.order[np.argsort(rank, kind="stable")]
    ends = np.cumsum(np.bincount(rank)) if len(rank) else np.zeros(0, dtype=np.int64)
    return [rows[start:end] for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=False)]


def key_columns(np: Any, names: Sequence[str], columns: Mapping[str, Any], rows: int) -> list[Array]:
    """The columns of a key, each as long as the table.

    Raises:
        InputError: a column is missing or has another length.
    """
    found = []
    for name in names:
        if name not in columns:
            raise InputError(f"the key column {shown(name)} is missing")
        column = np.asarray(columns[name])
        if column.shape != (rows,):
            raise InputError(f"the key column {shown(name)} does not have {rows} rows")
        found.append(column)
    return found
