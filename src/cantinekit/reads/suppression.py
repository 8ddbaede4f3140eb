"""Which cells of a table of people are not shown, so that no small one is shown or can be computed from the others.

**Primary**: a cell of at least one person and fewer than ``least`` people. A cell of nobody is shown.

**Complementary**: a table has lines, whose total is the sum of their parts. Whoever reads it can subtract what is shown
from a total that is shown, and combine several lines. Cells are hidden, one after the other, until

- in no line the total is shown and exactly one part is hidden, or the hidden parts are fewer than ``least`` people
  together, and in no line only the total is hidden;
- in the system of all lines, brought into its reduced row echelon form by exact fractions, no hidden cell stands alone,
  and no row with coefficients of one sign is about fewer than ``least`` people. A cell that stands alone in some
  combination of lines stands alone in that form, so that no cell can be computed exactly.

The next cell to hide is the smallest part of the line that is shown; then its total; then a part of nobody. It ends,
since each step hides a cell.

**Limits.** It is a heuristic: it hides enough, not as little as possible. It looks at what can be computed exactly, not
at bounds such as "no cell is negative". It looks at one table: two reports whose days or places overlap can be
subtracted from each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Generic, TypeVar

import attrs

K = TypeVar("K", bound=Hashable)
LEAST = 5
"""A cell of fewer people is not shown."""


@attrs.frozen
class Line(Generic[K]):
    """A sum that whoever reads a table knows.

    Attributes:
        total: the cell that is the sum.
        parts: the cells that it is the sum of.
    """

    total: K
    parts: tuple[K, ...]

    @property
    def cells(self) -> tuple[K, ...]:
        """Parts and total."""
        return (*self.parts, self.total)


def hidden_cells(
    people: Mapping[K, int],
    lines: Sequence[Line[K]],
    *,
    least: int = LEAST,
    together: Callable[[Collection[K]], int] | None = None,
    also: Iterable[K] = (),
    fixed: Collection[K] = (),
) -> frozenset[K]:
    """The cells of a table that are not shown.

    Args:
        people: how many people each cell is about.
        lines: the sums that are known.
        least: a cell of fewer people is hidden, unless it is of nobody.
        together: how many different people some cells are about; ``None``: the sum of theirs.
        also: cells that are hidden in any case.
        fixed: cells that are known from elsewhere, and cannot be hidden.
    """
    count = together or (lambda cells: sum(people[cell] for cell in cells))
    hidden = {*also, *(cell for cell, one in people.items() if 0 < one < least)}.difference(fixed)
    while True:
        leak = next((line for line in lines if _leaks(line, hidden, count, least)), None)
        found = None if leak is None else _next(leak, people, hidden, fixed)
        if found is None:
            found = _by_elimination(people, lines, hidden, fixed, count, least)
        if found is None:
            return frozenset(hidden)
        hidden.add(found)


def _leaks(line: Line[K], hidden: Collection[K], count: Callable[[Collection[K]], int], least: int) -> bool:
    """Whether subtracting within a line tells of a hidden cell, or of too few people."""
    parts = [cell for cell in line.parts if cell in hidden]
    if line.total in hidden:
        return not parts
    return bool(parts) and (len(parts) == 1 or count(parts) < least)


def _next(line: Line[K], people: Mapping[K, int], hidden: Collection[K], fixed: Collection[K]) -> K | None:
    """The cell of a line that is hidden next; ``None``: there is none."""
    shown = [cell for cell in line.parts if cell not in hidden and cell not in fixed]
    some = [cell for cell in shown if people[cell]]
    if some:
        return min(some, key=lambda cell: people[cell])
    if line.total not in hidden and line.total not in fixed:
        return line.total
    return shown[0] if shown else None


def _by_elimination(
    people: Mapping[K, int],
    lines: Sequence[Line[K]],
    hidden: Collection[K],
    fixed: Collection[K],
    count: Callable[[Collection[K]], int],
    least: int,
) -> K | None:
    """The cell that is hidden next because combining lines tells too much; ``None``: it does not."""
    for row in reduced(unknowns(lines, hidden)):
        alike = len({value > 0 for value in row.values()}) == 1
        if alike and (len(row) == 1 or count(list(row)) < least):
            found = _next_around(row, people, lines, hidden, fixed)
            if found is not None:
                return found
    return None


def _next_around(
    told: Collection[K], people: Mapping[K, int], lines: Sequence[Line[K]], hidden: Collection[K], fixed: Collection[K]
) -> K | None:
    """The cell that is hidden next of the lines of what is told; where they are hidden whole, of those that cross them,
    and so on.
    """
    around, rest = set(told), list(lines)
    while True:
        near = [line for line in rest if not around.isdisjoint(line.cells)]
        for line in near:
            found = _next(line, people, hidden, fixed)
            if found is not None:
                return found
        if not near:
            return None
        rest = [line for line in rest if line not in near]
        around.update(cell for line in near for cell in line.cells)


def unknowns(lines: Iterable[Line[K]], hidden: Collection[K]) -> list[dict[K, Fraction]]:
    """What the lines say of hidden cells: the coefficients of each in one equation a line.

    Args:
        lines: the sums that are known.
        hidden: the cells that are not shown.
    """
    rows = list[dict[K, Fraction]]()
    for line in lines:
        row = {cell: Fraction(1) for cell in line.parts if cell in hidden}
        if line.total in hidden:
            row[line.total] = Fraction(-1)
        if row:
            rows.append(row)
    return rows


def reduced(rows: Iterable[Mapping[K, Fraction]]) -> list[dict[K, Fraction]]:
    """The reduced row echelon form of equations, without empty rows.

    Args:
        rows: the coefficients of each equation, by unknown.
    """
    done: dict[K, dict[K, Fraction]] = {}
    for one in rows:
        row = dict(one)
        for pivot in [cell for cell in row if cell in done]:
            _subtract(row, done[pivot], pivot)
        if row:
            pivot, factor = next(iter(row.items()))
            row = {cell: value / factor for cell, value in row.items()}
            for other in done.values():
                if pivot in other:
                    _subtract(other, row, pivot)
            done[pivot] = row
    return list(done.values())


def _subtract(row: dict[K, Fraction], other: Mapping[K, Fraction], pivot: K) -> None:
    """Take off so much of another row that the pivot is gone."""
    factor = row[pivot]
    for cell, value in other.items():
        left = row.get(cell, Fraction(0)) - factor * value
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)
