"""What somebody computes who sees a table with cells left out: the attack that suppression has to stand.

It shares nothing with what is tested: ranks of dense matrices of floats.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any

import numpy as np

from cantinekit.reads.suppression import Line


def computed(lines: Sequence[Line[Any]], hidden: Collection[Hashable]) -> set[Any]:
    """The cells that are left out and can be computed: those for which asking adds nothing to the equations.

    Args:
        lines: the sums that are known.
        hidden: the cells that are left out.
    """
    cells = sorted(hidden, key=str)
    matrix = [[(cell in line.parts) - (cell == line.total) for cell in cells] for line in lines]
    known = np.array([row for row in matrix if any(row)] or [[0] * len(cells)], dtype=float)
    rank = np.linalg.matrix_rank(known) if cells else 0
    return {
        cell
        for cell, asked in zip(cells, np.eye(len(cells)), strict=True)
        if np.linalg.matrix_rank(np.vstack([known, asked])) == rank
    }
