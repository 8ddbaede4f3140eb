"""Expressions as those of another engine: one walk over the IR, and the few operations in which engines differ."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from cantinekit.pricing.kernel._ir import Const, Expr, Op, TableLookup, Var
from cantinekit.pricing.kernel._plan import is_truth

T = TypeVar("T")


class Dialect(Protocol[T]):
    """The operations of an engine; all integers have 64 bits, and what is divided is not negative."""

    def const(self, value: int) -> T:
        """A constant."""

    def column(self, name: str) -> T:
        """A column."""

    def entry(self, table: tuple[int, ...], index: T) -> T:
        """An entry of a table, from 0."""

    def number(self, kind: str, a: T, b: T) -> T:
        """A sum, difference, product, quotient, remainder, minimum or maximum of two integers."""

    def compare(self, kind: str, a: T, b: T) -> T:
        """A truth: "==", "<" or "<=" of two integers."""

    def join(self, kind: str, a: T, b: T) -> T:
        """A truth: "and" or "or" of two truths."""

    def negate(self, a: T) -> T:
        """The opposite of a truth."""

    def choose(self, condition: T, then: T, otherwise: T) -> T:
        """One of two integers."""


class Walk(Generic[T]):
    """The walk of one engine."""

    def __init__(self, dialect: Dialect[T]) -> None:
        """``dialect`` has the operations."""
        self.dialect = dialect

    def value(self, expr: Expr) -> T:
        """The expression as an integer.

        Args:
            expr: a node.
        """
        made = self.dialect
        match expr:
            case Const():
                return made.const(expr.value)
            case Var():
                return made.column(expr.name)
            case TableLookup():
                return made.entry(expr.table, self.value(expr.index))
            case Op() if is_truth(expr):
                return made.choose(self.truth(expr), made.const(1), made.const(0))
            case Op():
                return self._operation(expr)
        raise TypeError(type(expr).__name__)

    def truth(self, expr: Expr) -> T:
        """The expression as a truth: whether it is not 0.

        Args:
            expr: a node.
        """
        made = self.dialect
        if not isinstance(expr, Op) or not is_truth(expr):
            return made.negate(made.compare("==", self.value(expr), made.const(0)))
        if expr.kind in ("and", "or"):
            return made.join(expr.kind, self.truth(expr.args[0]), self.truth(expr.args[1]))
        if expr.kind == "not":
            return made.negate(self.truth(expr.args[0]))
        return made.compare(expr.kind, self.value(expr.args[0]), self.value(expr.args[1]))

    def _operation(self, op: Op) -> T:
        made = self.dialect
        if op.kind == "if":
            return made.choose(self.truth(op.args[0]), self.value(op.args[1]), self.value(op.args[2]))
        a, b = (self.value(arg) for arg in op.args)
        if op.kind == "half_up":
            half = made.number("//", b, made.const(2))
            if isinstance(op.args[1], Const):
                half = made.const(op.args[1].value // 2)
            return made.number("//", made.number("+", a, half), b)
        if op.kind in ("half_even", "up", "down"):
            return self._rounded(op.kind, a, b)
        return made.number(op.kind, a, b)

    def _rounded(self, kind: str, n: T, d: T) -> T:
        """A quotient in whole numbers, by what is left of the division."""
        made = self.dialect
        quotient, rest = made.number("//", n, d), made.number("%", n, d)
        if kind == "down":
            return quotient
        if kind == "up":
            more = made.negate(made.compare("==", rest, made.const(0)))
        else:
            over = made.number("-", d, rest)
            odd = made.compare("==", made.number("%", quotient, made.const(2)), made.const(1))
            more = made.join("or", made.compare("<", over, rest), made.join("and", made.compare("==", over, rest), odd))
        return made.number("+", quotient, made.choose(more, made.const(1), made.const(0)))
