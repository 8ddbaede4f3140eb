"""Conditions that need not be asked, because without them the value is 0 as well; columns compute both branches anyway.

Where nothing is left to price, a price, its discount and what a cap lets through are 0 by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from cantinekit.pricing.kernel._check import Span
from cantinekit.pricing.kernel._ir import DIVISIONS, Const, Expr, Op, Var, rebuild

Zeros = frozenset[str] | None
"""The names that make a value 0 where they are 0; ``None``: it is always 0."""
_NONE: frozenset[str] = frozenset()


def _both(one: Zeros, other: Zeros) -> Zeros:
    """What makes both values 0."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _either(one: Zeros, other: Zeros) -> Zeros:
    """What makes one of the values 0."""
    return None if one is None or other is None else one | other


@attrs.define
class Asking:
    """Lets with fewer conditions, of the same values.

    Attributes:
        span: the bounds of an expression.
        lets: the lets so far.
    """

    span: Callable[[Expr], Span]
    lets: dict[str, Expr] = attrs.field(factory=dict)
    _zeros: dict[str, Zeros] = attrs.field(factory=dict, init=False)

    def all(self, lets: Mapping[str, Expr]) -> dict[str, Expr]:
        """All lets, in order.

        Args:
            lets: lets of which each reads earlier ones, or what is no let.
        """
        for name, expr in lets.items():
            self.lets[name] = simple = self._simpler(expr)
            self._zeros[name] = self._of(simple)
        return self.lets

    def _opened(self, expr: Expr) -> Expr:
        return self.lets.get(expr.name, expr) if isinstance(expr, Var) else expr

    # --- what is 0 ---

    def _of(self, expr: Expr) -> Zeros:
        """What makes an expression 0."""
        if isinstance(expr, Const):
            return _NONE if expr.value else None
        if isinstance(expr, Var):
            return _either(frozenset({expr.name}), self._zeros.get(expr.name, _NONE))
        if not isinstance(expr, Op):
            return _NONE
        args, kind = expr.args, expr.kind
        if kind in DIVISIONS:
            return self._of(args[0])
        if kind in ("*", "and"):
            return _either(self._of(args[0]), self._of(args[1]))
        if kind in ("+", "-", "max", "or"):
            return _both(self._of(args[0]), self._of(args[1]))
        if kind == "min":
            found = _both(self._of(args[0]), self._of(args[1]))
            for one, other in ((args[0], args[1]), (args[1], args[0])):
                if self.span(other).low >= 0:
                    found = _either(found, self._of(one))
            return found
        if kind == "if":
            return _both(self._of(args[1]), self._of(args[2]))
        if kind == "<" and self.span(args[0]).low >= 0:
            return self._of(args[1])
        return _NONE

    # --- what need not be asked ---

    def _asks(self, expr: Expr) -> str:
        """The name of which a condition asks whether it is not 0; empty where it asks otherwise."""
        if isinstance(expr, Var) and not isinstance(self._opened(expr), Op):
            return expr.name
        expr = self._opened(expr)
        if isinstance(expr, Op) and expr.kind == "<" and expr.args[0] == Const(0) and isinstance(expr.args[1], Var):
            return expr.args[1].name if self.span(expr.args[1]).low >= 0 else ""
        return ""

    def _dropped(self, condition: Expr, zeros: Zeros) -> Expr | None:
        """The condition without what need not be asked; ``None``: nothing is left."""
        if isinstance(condition, Op) and condition.kind == "and":
            one, other = (self._dropped(arg, zeros) for arg in condition.args)
            return other if one is None else one if other is None else Op("and", (one, other))
        asked = self._asks(condition)
        return None if asked and (zeros is None or asked in zeros) else condition

    def _simpler(self, expr: Expr) -> Expr:
        expr = rebuild(expr, self._simpler)
        if not isinstance(expr, Op):
            return expr
        if expr.kind == "<" and expr.args[1] == Const(0):
            return self._sign(expr)
        if expr.kind == "+":
            return _telescoped(expr)
        if expr.kind != "if":
            return expr
        condition, then, otherwise = expr.args
        if isinstance(condition, Op) and condition.kind == "not":
            condition, then, otherwise = condition.args[0], otherwise, then
        left = self._dropped(condition, _both(self._of(then), self._of(otherwise)))
        return then if left is None or then == otherwise else Op("if", (left, then, otherwise))

    def _sign(self, expr: Op) -> Expr:
        """Whether a choice is below 0, where one branch is and the other one is not: the condition, or its opposite."""
        choice = self._opened(expr.args[0])
        if isinstance(choice, Op) and choice.kind == "if":
            condition, then, otherwise = choice.args
            if self.span(then).low >= 0 > self.span(otherwise).high:
                return Op("not", (condition,))
        return expr


def _telescoped(expr: Op) -> Op:
    """``(a - b) + (b - c)`` as ``a - c``."""
    one, other = expr.args
    if isinstance(one, Op) and isinstance(other, Op) and one.kind == other.kind == "-" and one.args[1] == other.args[0]:
        return Op("-", (one.args[0], other.args[1]))
    return expr
