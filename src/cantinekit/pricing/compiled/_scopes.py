"""What a program reads of the state and moves: meters of scopes, and units of accounts."""

from __future__ import annotations

import attrs

from cantinekit.pricing.compiled._inputs import MOST_UNITS, Lowering
from cantinekit.pricing.kernel import Expr, Var
from cantinekit.pricing.model._rules import Cover


@attrs.frozen
class Meter:
    """A scope that the program reads and moves: a cap, or an allowance."""

    kind: str
    owner: str
    rule: str
    same: tuple[str, ...]
    input: str
    moved: str
    applied: str


@attrs.frozen
class Spent:
    """An account that the program takes units of."""

    cover: Cover
    input: str
    taken: str


@attrs.define
class Scopes:
    """The meters of a program under construction."""

    low: Lowering
    product: str
    meters: list[Meter] = attrs.field(factory=list)

    def meter(self, kind: str, rule: str, same: tuple[str, ...], moved: str, applied: Expr, owner: str = "") -> Expr:
        """What was counted in a scope before; ``moved`` is the let by which it moves, ``applied`` whether it does."""
        owner = owner or self.product
        name = f"{kind} {owner} {rule} {' '.join(same)}"
        used = self.low.want("used", name, MOST_UNITS)
        for other in self.meters:
            if other.input == f"used {name}":
                used = used + Var(other.moved)
        flag = f"applied {moved}"
        self.low.build.let(flag, applied)
        self.meters.append(Meter(kind, owner, rule, same, f"used {name}", moved, flag))
        return used
