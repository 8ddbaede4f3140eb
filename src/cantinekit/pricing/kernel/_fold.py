"""The scans of a table: running sums by group, and the fold of those that depend on themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.pricing.kernel._groups import Array, Groups, earlier, group, key_columns, ranks
from cantinekit.pricing.kernel._ir import Scan
from cantinekit.pricing.kernel._table import within

FEW = 24
"""Steps of fewer rows are folded one by one: vectors cost more than they save."""


@attrs.frozen(eq=False)
class Stage:
    """A compiled function from the columns ``takes`` to the columns ``gives``."""

    takes: tuple[str, ...]
    gives: tuple[str, ...]
    run: Callable[..., tuple[Any, ...]]


@attrs.frozen(eq=False)
class ScanStep:
    """Scans that are computed together after ``before`` has run."""

    scans: tuple[Scan, ...]
    before: Stage
    together: Stage | None
    """What they add up, from priors, for rows of different groups; nothing where one running sum will do."""
    singly: Stage | None
    """The same for one row, in integers of Python."""


@attrs.frozen(eq=False)
class ColumnTable:
    """One computation: the columns that are known, by identifier."""

    np: Any
    rows: int
    known: dict[str, Array]
    keys: Mapping[str, Any]
    opening: dict[str, Array]
    groups: dict[tuple[str, ...], Groups] = attrs.field(factory=dict, init=False)

    def full(self, value: Array) -> Array:
        """A column, also of what is the same in all rows."""
        column = self.np.asarray(value, dtype=self.np.int64)
        return column if column.shape == (self.rows,) else self.np.full(self.rows, column)

    def run(self, stage: Stage) -> None:
        values = stage.run(*(self.known[name] for name in stage.takes))
        self.known.update(zip(stage.gives, values, strict=True))

    def grouped(self, key: tuple[str, ...]) -> Groups:
        if key not in self.groups:
            self.groups[key] = group(self.np, key_columns(self.np, key, self.keys, self.rows), self.rows)
        return self.groups[key]

    def gain(self, scan: Scan, of: Array) -> Array:
        """What a row adds to the scan."""
        return (of != 0).astype(self.np.int64) if scan.kind == "count" else of


def prefix(table: ColumnTable, scan: Scan, priors: Mapping[str, str], sources: Mapping[str, str]) -> None:
    """The priors of a scan whose source is known in all rows."""
    of = table.gain(scan, table.full(table.known[sources[scan.name]]))
    column = earlier(table.np, of, table.grouped(scan.key)) + table.opening.get(scan.name, 0)
    if table.rows:
        within(scan, int(column.min()), int(column.max()))
    table.known[priors[scan.name]] = column


@attrs.frozen(eq=False)
class _Fold:
    """The running state: for each scan the sum of each group, and the priors found so far."""

    table: ColumnTable
    scans: tuple[Scan, ...]
    priors: Mapping[str, str]
    sources: Mapping[str, str]
    codes: dict[str, Array]
    sums: dict[str, Array]
    found: dict[str, Array]

    def together(self, stage: Stage, known: Mapping[str, Array], rows: Array) -> None:
        """Go on by one row in each of many groups."""
        here = {name: column[rows] for name, column in known.items()}
        for scan in self.scans:
            prior = self.sums[scan.name][self.codes[scan.name][rows]]
            if scan.name in self.table.opening:
                prior = prior + self.table.opening[scan.name][rows]
            within(scan, int(prior.min()), int(prior.max()))
            self.found[scan.name][rows] = here[self.priors[scan.name]] = prior
        values = dict(zip(stage.gives, stage.run(*(here[name] for name in stage.takes)), strict=True))
        for scan in self.scans:
            gain = self.table.gain(scan, self.table.np.asarray(values[self.sources[scan.name]]))
            self.sums[scan.name][self.codes[scan.name][rows]] += gain

    def singly(self, stage: Stage, known: Mapping[str, Array], rows: Array) -> None:
        """Go on row by row, in the order of the rows given, to the end of the table."""
        columns = {name: column[rows].tolist() for name, column in known.items()}
        found: dict[str, list[int]] = {scan.name: [] for scan in self.scans}
        columns |= {self.priors[name]: priors for name, priors in found.items()}
        takes = [columns[name] for name in stage.takes]
        places = [stage.gives.index(self.sources[scan.name]) for scan in self.scans]
        codes = [self.codes[scan.name][rows].tolist() for scan in self.scans]
        opening = [self.table.opening.get(scan.name) for scan in self.scans]
        opened = [None if one is None else one[rows].tolist() for one in opening]
        sums = [self.sums[scan.name].tolist() for scan in self.scans]
        each = list(zip(self.scans, places, codes, opened, sums, found.values(), strict=True))
        for row in range(len(rows)):
            for scan, _, code, start, total, priors in each:
                prior = total[code[row]] + (start[row] if start is not None else 0)
                within(scan, prior, prior)
                priors.append(prior)
            values = stage.run(*[column[row] for column in takes])
            for scan, place, code, _, total, _ in each:
                total[code[row]] += bool(values[place]) if scan.kind == "count" else values[place]
        for name, priors in found.items():
            self.found[name][rows] = priors


def fold(table: ColumnTable, step: ScanStep, priors: Mapping[str, str], sources: Mapping[str, str]) -> None:
    """The priors of scans that depend on themselves or on each other.

    The first rows of all groups go together, then the second ones, and so on as long as there are many; the rest goes
    row by row. A group is what has the same values in the key columns that the scans have in common.
    """
    if step.together is None or step.singly is None:
        raise InputError("these scans need no fold")
    np, names = table.np, [scan.name for scan in step.scans]
    common = tuple(name for name in step.scans[0].key if all(name in scan.key for scan in step.scans))
    groups = {scan.name: table.grouped(scan.key) for scan in step.scans}
    work = _Fold(
        table,
        step.scans,
        priors,
        sources,
        {name: groups[name].code for name in names},
        {name: np.zeros(len(groups[name].starts), dtype=np.int64) for name in names},
        {name: np.empty(table.rows, dtype=np.int64) for name in names},
    )
    takes = {*step.together.takes, *step.singly.takes} & set(table.known)
    known = {name: table.full(table.known[name]) for name in sorted(takes)}
    steps = ranks(np, table.grouped(common))
    many = sum(len(rows) >= FEW for rows in steps)
    for rows in steps[:many]:
        work.together(step.together, known, rows)
    if steps[many:]:
        work.singly(step.singly, known, np.concatenate(steps[many:]))
    table.known.update({priors[name]: work.found[name] for name in names})
