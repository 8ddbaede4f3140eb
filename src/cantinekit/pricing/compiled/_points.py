"""What a program has to tell of each declared rule, beside its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cantinekit.pricing.kernel import Expr, Program, Var, lift, when

PointKind = Literal["held", "condition", "measured", "cover", "beyond", "rate", "adjust"]


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
class Told:
    """A program that tells: for each point the names of its outputs."""

    program: Program
    names: tuple[Mapping[str, str], ...]


def telling(program: Program, points: tuple[Point, ...]) -> Told:
    """The program with an output for each expression of each point.

    What the lines come to behind a rule is computed only where the rule was carried out.
    """
    lets = list(program.lets)
    names: list[Mapping[str, str]] = []
    now: Expr = lift(0)

    known: dict[Expr, str] = {}

    def let(number: int, key: str, expr: Expr) -> str:
        if isinstance(expr, Var):
            return expr.name
        if expr not in known:
            known[expr] = f"told {number} {key}"
            lets.append((known[expr], expr))
        return known[expr]

    for number, point in enumerate(points):
        mine = {key: let(number, key, expr) for key, expr in point.exprs.items()}
        mine |= {f"rival {place}": let(number, f"rival {place}", expr) for place, (_, expr) in enumerate(point.rivals)}
        if point.after is not None and point.applied is not None:
            mine["after"] = let(number, "after", when(point.applied, point.after, now))
            now = Var(mine["after"])
        names.append(mine)
    outputs = tuple(dict.fromkeys(name for mine in names for name in mine.values()))
    return Told(attrs.evolve(program, lets=tuple(lets), outputs=outputs), tuple(names))
