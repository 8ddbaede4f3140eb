"""The columns that are given to a kernel of an engine with windows, checked and by identifiers of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel._groups import Array, key_columns
from cantinekit.pricing.kernel._ir import Program, Scan
from cantinekit.pricing.kernel._staged import Staged

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
        raise InputError(f"the column {shown(name)} leaves its bounds, from {low} to {high}")
    return column.astype(np.int64, copy=False)


def within(scan: Scan, low: int | None, high: int | None) -> None:
    """Refuse priors beyond the limit; a sum that has wrapped is seen at the row before, which is beyond too."""
    if (low is not None and low < 0) or (high is not None and high > scan.limit):
        raise InputError(f"scan {scan.name!r} grows beyond {scan.limit}")


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


@attrs.frozen(eq=False)
class Table:
    """The columns by identifier: ``a0`` and so on, ``o0`` of openings, ``k0`` of keys."""

    columns: dict[str, Array]
    rows: int
    openings: Mapping[str, str]
    named: Mapping[str, str]

    def opening(self, scan: str) -> str | None:
        """The column of what the keys of a scan had left behind; ``None``: nothing."""
        return self.openings.get(scan)

    def clustered(self, keys: Sequence[str]) -> bool:
        """Whether the rows are in the order of these columns, so that those of each key stand together."""
        ahead = self.columns[keys[-1]][1:] >= self.columns[keys[-1]][:-1]
        for key in reversed(keys[:-1]):
            column = self.columns[key]
            ahead = (column[1:] > column[:-1]) | ((column[1:] == column[:-1]) & ahead)
        return bool(ahead.all())

    def keys(self, names: Sequence[str]) -> list[str]:
        """The columns of a key."""
        return [self.named[name] for name in names]


def given_table(program: Program, stages: Staged, columns: Columns, keys: Columns | None) -> Table:
    """The columns of a program by identifier.

    Raises:
        InputError: as ``Given.of``, or a column of a key is missing.
    """
    np = import_module("numpy")
    given = Given.of(np, program, columns, keys)
    out = {stages.inputs[name]: column for name, column in given.inputs.items()}
    openings = {name: f"o{number}" for number, name in enumerate(given.opening)}
    out |= {openings[name]: column for name, column in given.opening.items()}
    names = list(dict.fromkeys(name for group in stages.groups for scan in group.scans for name in scan.key))
    named = {name: f"k{number}" for number, name in enumerate(names)}
    found = key_columns(np, names, {**columns, **(keys or {})}, given.rows)
    out |= dict(zip(named.values(), found, strict=True))
    if not out:
        out = {"a": np.zeros(given.rows, np.int64)}
    return Table(out, given.rows, openings, named)
