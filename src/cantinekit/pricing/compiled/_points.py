"""The outputs by which a program explains each declared rule, beside its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cantinekit.pricing.kernel import Expr, Program, Var

PointKind = Literal["held", "condition", "measured", "cover", "beyond", "rate", "adjust"]

CONDITIONS = ("holds", "fits", "force", "line")
"""The expressions of a point that are true or false."""


@attrs.frozen(eq=False)
class Point:
    """One declared rule: its place in the product, and the expressions by which it is told what became of it.

    ``rule`` is the rule itself, ``after`` what the lines come to behind it where it was carried out, ``rivals`` the
    ids and conditions of rules before it that keep it from being carried out, ``meter`` the number of its scope.
    """

    path: str
    kind: PointKind
    rule: Any = None
    exprs: Mapping[str, Expr] = attrs.field(factory=dict)
    applied: Expr | None = None
    after: Expr | None = None
    rivals: tuple[tuple[str, Expr], ...] = ()
    meter: int | None = None


@attrs.frozen
class TellingProgram:
    """A program that tells: for each point the names of its outputs, and what is computed after it where it is needed.

    ``late`` are the conditions of the point, and what the lines come to behind it where it was carried out.
    """

    program: Program
    names: tuple[Mapping[str, str], ...]
    late: tuple[Mapping[str, Expr], ...]


def telling(program: Program, points: tuple[Point, ...]) -> TellingProgram:
    """The program with an output for each number of each point."""
    lets = list(program.lets)
    known: dict[Expr, str] = {}

    def let(number: int, key: str, expr: Expr) -> str:
        if isinstance(expr, Var):
            return expr.name
        if expr not in known:
            known[expr] = f"told {number} {key}"
            lets.append((known[expr], expr))
        return known[expr]

    names: list[Mapping[str, str]] = []
    late: list[Mapping[str, Expr]] = []
    for number, point in enumerate(points):
        names.append({key: let(number, key, expr) for key, expr in point.exprs.items() if key not in CONDITIONS})
        mine = {key: expr for key, expr in point.exprs.items() if key in CONDITIONS}
        mine |= {f"rival {place}": expr for place, (_, expr) in enumerate(point.rivals)}
        if point.after is not None and point.applied is not None:
            mine |= {"applied": point.applied, "after": point.after}
        late.append(mine)
    outputs = tuple(dict.fromkeys(name for mine in names for name in mine.values()))
    return TellingProgram(attrs.evolve(program, lets=tuple(lets), outputs=outputs), tuple(names), tuple(late))
