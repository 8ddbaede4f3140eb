"""Lets as statements: what only one branch of a condition needs is computed in that branch alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from cantinekit.pricing.kernel._ir import Expr, Op
from cantinekit.pricing.kernel._plan import variables

_DEEPEST = 20
"""How deep branches are nested; a parser takes only so many indentations."""


@attrs.define(eq=False)
class StatementBlock:
    """Statements in order: a let, or a condition with a block for each way."""

    parent: StatementBlock | None = attrs.field(default=None, repr=False)
    depth: int = 0
    statements: list[tuple[str, Expr] | ConditionSplit] = attrs.field(factory=list)

    def inner(self) -> StatementBlock:
        return StatementBlock(self, self.depth + 1)


@attrs.define(eq=False)
class ConditionSplit:
    """Lets that are values of one condition; ``names`` are set in both ways, what else stands there is needed there."""

    condition: Expr
    then: StatementBlock
    otherwise: StatementBlock
    names: list[str] = attrs.field(factory=list)

    @property
    def single(self) -> tuple[str, Expr] | None:
        """The let as one expression, where nothing is gained by a statement."""
        if len(self.then.statements) != 1 or len(self.otherwise.statements) != 1:
            return None
        (then,), (otherwise,) = self.then.statements, self.otherwise.statements
        if isinstance(then, ConditionSplit) or isinstance(otherwise, ConditionSplit):
            return None
        return then[0], Op("if", (self.condition, then[1], otherwise[1]))


def _common(one: StatementBlock, other: StatementBlock) -> StatementBlock:
    """The innermost block that holds both."""
    while one is not other:
        if one.depth < other.depth:
            one, other = other, one
        assert one.parent is not None
        one = one.parent
    return one


def blocks(lets: Mapping[str, Expr], roots: Iterable[str]) -> StatementBlock:
    """The lets that the roots need, each in the innermost block that holds all of its uses.

    Lets are pure and each sees only earlier ones, so that they may be computed later, or not at all. Lets of one
    condition stay together, so that what they need is needed in one place.
    """
    roots = tuple(roots)
    whole, places = _tree(lets, roots, frozenset())
    torn = frozenset(condition for condition, found in places.items() if len(found) > 1)
    return _tree(lets, roots, torn)[0] if torn else whole


def _tree(
    lets: Mapping[str, Expr], roots: Iterable[str], outside: frozenset[Expr]
) -> tuple[StatementBlock, dict[Expr, set[int]]]:
    """The blocks, and in which ones each condition splits; those of ``outside`` do so in the outermost one only."""
    whole = StatementBlock()
    places: dict[Expr, set[int]] = {}
    homes: dict[str, StatementBlock] = dict.fromkeys(roots, whole)

    def use(expr: Expr, block: StatementBlock) -> None:
        for name in variables(expr):
            homes[name] = _common(homes[name], block) if name in homes else block

    for name, expr in reversed(list(lets.items())):
        home = homes.get(name)
        if home is None:
            continue
        if not isinstance(expr, Op) or expr.kind != "if" or home.depth >= _DEEPEST:
            home.statements.append((name, expr))
            use(expr, home)
            continue
        condition, then, otherwise = expr.args
        home = whole if condition in outside else home
        places.setdefault(condition, set()).add(id(home))
        after = home.statements[-1] if home.statements else None
        if not isinstance(after, ConditionSplit) or after.condition != condition:
            after = ConditionSplit(condition, home.inner(), home.inner())
            home.statements.append(after)
            use(condition, home)
        after.names.append(name)
        for block, value in ((after.then, then), (after.otherwise, otherwise)):
            block.statements.append((name, value))
            use(value, block)
    _in_order(whole)
    return whole, places


def _in_order(block: StatementBlock) -> None:
    """What was collected from the last let to the first, turned round."""
    block.statements.reverse()
    for statement in block.statements:
        if isinstance(statement, ConditionSplit):
            _in_order(statement.then)
            _in_order(statement.otherwise)


def used(block: StatementBlock) -> list[str]:
    """The names in all expressions, as often as they occur."""
    found: list[str] = []
    for statement in block.statements:
        if isinstance(statement, ConditionSplit):
            found += [*variables(statement.condition), *used(statement.then), *used(statement.otherwise)]
        else:
            found += variables(statement[1])
    return found
