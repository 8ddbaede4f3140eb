"""The integer IR: expressions over int64, their tables, and the programs that are made of them.

A comparison is 1 or 0, and every integer but 0 is true. Nothing is lazy: both branches of an ``if`` have to be valid,
whatever the condition says, because columns are computed whole. Names are free texts; no emitter ever writes one.
"""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import ClassVar, Literal

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Rounding

LOW, HIGH = -(2**63), 2**63 - 1
"""The bounds of a signed integer of 64 bits."""

Kind = Literal[
    "+", "-", "*", "//", "%", "half_up", "half_even", "up", "down", "min", "max", "if", "==", "<", "<=", "and", "or",
    "not",
]  # fmt: skip
ARITY: dict[Kind, int] = {
    "+": 2, "-": 2, "*": 2, "//": 2, "%": 2, "half_up": 2, "half_even": 2, "up": 2, "down": 2, "min": 2, "max": 2,
    "if": 3, "==": 2, "<": 2, "<=": 2, "and": 2, "or": 2, "not": 1,
}  # fmt: skip
DIVISIONS = frozenset[Kind]({"//", "%", "half_up", "half_even", "up", "down"})
TRUTHS = frozenset[Kind]({"==", "<", "<=", "and", "or", "not"})


def _writes(kind: Kind, *, turned: bool = False) -> Callable[[Expr, Expr | int], Op]:
    """The operator that builds an operation; ``turned``: of its right operand and its left one."""
    if turned:
        return lambda self, other: Op(kind, (lift(other), self))
    return lambda self, other: Op(kind, (self, lift(other)))


class Expr:
    """A node. Arithmetic, ``<``, ``<=``, ``>``, ``>=``, ``&``, ``|`` and ``~`` build nodes; ``==`` compares them."""

    __slots__ = ()

    __add__, __radd__ = _writes("+"), _writes("+", turned=True)
    __sub__, __rsub__ = _writes("-"), _writes("-", turned=True)
    __mul__, __rmul__ = _writes("*"), _writes("*", turned=True)
    __floordiv__, __rfloordiv__ = _writes("//"), _writes("//", turned=True)
    __mod__, __rmod__ = _writes("%"), _writes("%", turned=True)
    __lt__, __gt__ = _writes("<"), _writes("<", turned=True)
    __le__, __ge__ = _writes("<="), _writes("<=", turned=True)
    __and__, __or__ = _writes("and"), _writes("or")

    def __invert__(self) -> Op:
        return Op("not", (self,))

    def __bool__(self) -> bool:
        raise TypeError("an expression is neither true nor false before it is evaluated; build with when(), & and |")


def _is_int(value: object) -> bool:
    return type(value) is int and LOW <= value <= HIGH


def _are_ints(values: tuple[object, ...]) -> bool:
    return set(map(type, values)) == {int} and _is_int(min(values)) and _is_int(max(values))  # type: ignore[type-var]


def _need_name(value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"a name is a text, not {type(value).__name__}")


@attrs.frozen(order=False)
class Const(Expr):
    """An integer constant of 64 bits.

    Attributes:
        value: from -2**63 to 2**63 - 1.
    """

    value: int
    size: ClassVar[int] = 1
    depth: ClassVar[int] = 1

    def __attrs_post_init__(self) -> None:
        if not _is_int(self.value):
            raise InputError(f"a constant is an integer of 64 bits, not {shown(self.value)}")


@attrs.frozen(order=False)
class Var(Expr):
    """A reference to an input, a scan, or an earlier let.

    Attributes:
        name: the name of what is referred to.
    """

    name: str
    size: ClassVar[int] = 1
    depth: ClassVar[int] = 1

    def __attrs_post_init__(self) -> None:
        _need_name(self.name)


@attrs.frozen(order=False)
class Op(Expr):
    """An operation. The four roundings take a numerator and a denominator.

    Attributes:
        kind: its name, a key of ``ARITY``.
        args: the operands, as many as ``ARITY`` says.
    """

    kind: Kind
    args: tuple[Expr, ...]
    size: int = attrs.field(init=False, eq=False, repr=False)
    depth: int = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        size, depth, args = 1, 0, self.args
        if ARITY.get(self.kind) != len(args):
            raise InputError(f"no operation {shown(self.kind)} of {len(args)} expressions")
        for arg in args:
            if not isinstance(arg, _NODES):
                raise InputError(f"no operation {shown(self.kind)} of {len(args)} expressions")
            size += arg.size
            if arg.depth > depth:  # ``max`` takes five times as long
                depth = arg.depth
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "depth", 1 + depth)


@attrs.frozen(order=False)
class TableLookup(Expr):
    """An entry of a table.

    Attributes:
        table: integers of 64 bits, at least one.
        index: which entry, from 0.
    """

    table: tuple[int, ...]
    index: Expr
    size: int = attrs.field(init=False, eq=False, repr=False)
    depth: int = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.table, tuple) or not self.table or not _are_ints(self.table):
            raise InputError("a table is a tuple of integers of 64 bits, at least one")
        if not isinstance(self.index, Expr):
            raise InputError("an index is an expression")
        (inner,) = children(self)
        object.__setattr__(self, "size", 1 + inner.size)
        object.__setattr__(self, "depth", 1 + inner.depth)


Node = Const | Var | Op | TableLookup
_NODES = (Const, Var, Op, TableLookup)


def children(expr: Expr) -> tuple[Node, ...]:
    """The operands of a node, in order."""
    if isinstance(expr, Op):
        return expr.args  # type: ignore[return-value]  # the constructors let nothing else in
    return (expr.index,) if isinstance(expr, TableLookup) else ()  # type: ignore[return-value]  # as above


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The node with each operand changed.

    Args:
        expr: a node.
        change: from an operand to another one of the same meaning for whoever asks.
    """
    if isinstance(expr, Op):
        args = tuple([change(arg) for arg in expr.args])
        return expr if all(map(operator.is_, args, expr.args)) else Op(expr.kind, args)
    if isinstance(expr, TableLookup):
        index = change(expr.index)
        return expr if index is expr.index else TableLookup(expr.table, index)
    return expr


def lift(value: Expr | int) -> Expr:
    """An integer as a constant; an expression is returned as it is.

    Args:
        value: an expression or an integer of 64 bits.
    """
    return value if isinstance(value, Expr) else _const(value)


@lru_cache(maxsize=256, typed=True)
def _const(value: int) -> Const:
    return Const(value)


def minimum(first: Expr | int, *more: Expr | int) -> Expr:
    """The least of the values.

    Args:
        first: an expression or an integer.
        more: further ones.
    """
    return reduce(lambda least, other: Op("min", (least, lift(other))), more, lift(first))


def maximum(first: Expr | int, *more: Expr | int) -> Expr:
    """The greatest of the values.

    Args:
        first: an expression or an integer.
        more: further ones.
    """
    return reduce(lambda greatest, other: Op("max", (greatest, lift(other))), more, lift(first))


def when(condition: Expr | int, then: Expr | int, otherwise: Expr | int) -> Op:
    """One of two values; both have to be valid whatever the condition is.

    Args:
        condition: true if it is not 0.
        then: the value where it is true.
        otherwise: the value where it is 0.
    """
    return Op("if", (lift(condition), lift(then), lift(otherwise)))


def equal(a: Expr | int, b: Expr | int) -> Op:
    """1 where two integers are the same, else 0.

    Args:
        a: an expression or an integer.
        b: an expression or an integer.
    """
    return Op("==", (lift(a), lift(b)))


def rounded(numerator: Expr | int, denominator: Expr | int, mode: Rounding = "half_up") -> Op:
    """The quotient as an integer.

    Args:
        numerator: must be proved to be 0 or more.
        denominator: must be proved to be positive.
        mode: how to round; see ``round_ratio``.
    """
    return Op(mode, (lift(numerator), lift(denominator)))


@attrs.frozen
class Input:
    """An argument of a program.

    Attributes:
        name: its name, any text.
        low: the least value that is promised, included.
        high: the greatest value that is promised, included.
    """

    name: str
    low: int
    high: int

    def __attrs_post_init__(self) -> None:
        _need_name(self.name)
        if not _is_int(self.low) or not _is_int(self.high) or self.low > self.high:
            raise InputError(
                f"input {shown(self.name)}: no range of 64 bits from {shown(self.low)} to {shown(self.high)}"
            )


@attrs.frozen
class Scan:
    """What the earlier rows with the same key have left behind, before this row.

    The *prior* starts at 0. The value of the scan is the prior, or for ``balance`` what is left: ``max(start - prior,
    0)``.

    Attributes:
        name: its name.
        key: the columns whose values make rows belong together.
        of: the let whose values are added up, or counted where they are not 0.
        kind: "sum" and "balance": the prior is the sum of ``of``; "count": the number of rows in which ``of`` is not 0.
        start: for ``balance``: the input that the prior is subtracted from.
        limit: the greatest prior, 0 or more.
    """

    name: str
    key: tuple[str, ...]
    of: str
    kind: Literal["sum", "count", "balance"] = "sum"
    start: str | None = None
    limit: int = 2**40

    def __attrs_post_init__(self) -> None:
        for name in (self.name, self.of, *self.key, *(() if self.start is None else (self.start,))):
            _need_name(name)
        if self.kind not in ("sum", "count", "balance") or (self.kind == "balance") != (self.start is not None):
            raise InputError(
                f"scan {shown(self.name)}: a sum, a count, or a balance with the input that it starts from"
            )
        if not _is_int(self.limit) or self.limit < 0:
            raise InputError(f"scan {shown(self.name)}: the limit is a non-negative integer of 64 bits")


@attrs.frozen
class Program:
    """A computation over integers of 64 bits.

    Attributes:
        inputs: the arguments with their bounds.
        lets: named expressions; each sees the inputs, the scans and the earlier lets.
        outputs: the names of the results.
        scans: what earlier rows have left behind.
    """

    inputs: tuple[Input, ...]
    lets: tuple[tuple[str, Expr], ...]
    outputs: tuple[str, ...]
    scans: tuple[Scan, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """What a compiled kernel takes, in order: the inputs, then the prior of each scan."""
        return (*(one.name for one in self.inputs), *(one.name for one in self.scans))


@attrs.define
class Builder:
    """Collects the parts of a program; each call gives the variable to go on with."""

    _inputs: list[Input] = attrs.field(factory=list, init=False)
    _lets: list[tuple[str, Expr]] = attrs.field(factory=list, init=False)
    _scans: list[Scan] = attrs.field(factory=list, init=False)

    def input(self, name: str, low: int, high: int) -> Var:
        """Add an input.

        Args:
            name: its name.
            low: the least value that is promised, included.
            high: the greatest value that is promised, included.
        """
        self._inputs.append(Input(name, low, high))
        return Var(name)

    def let(self, name: str, expr: Expr | int) -> Var:
        """Name an expression.

        Args:
            name: its name.
            expr: an expression over the names so far, or an integer.
        """
        self._lets.append((name, lift(expr)))
        return Var(name)

    def scan(self, scan: Scan) -> Var:
        """Add a scan.

        Args:
            scan: what earlier rows leave behind.
        """
        self._scans.append(scan)
        return Var(scan.name)

    def program(self, *outputs: str) -> Program:
        """The program of everything that was added.

        Args:
            outputs: the names of the results.
        """
        return Program(tuple(self._inputs), tuple(self._lets), outputs, tuple(self._scans))


def _expr_text(expr: Expr) -> str:
    match expr:
        case Const():
            return str(expr.value)
        case Var():
            return json.dumps(expr.name)
        case TableLookup():
            return f"(at {list(expr.table)} {_expr_text(expr.index)})"
    return f"({' '.join((expr.kind, *map(_expr_text, expr.args)))})" if isinstance(expr, Op) else repr(expr)


def canonical(program: Program) -> str:
    """The program as one text: two programs are the same if and only if their texts are.

    Args:
        program: the program.
    """
    lines = [f"input {json.dumps(one.name)} {one.low} {one.high}" for one in program.inputs]
    lines += [f"scan {json.dumps(attrs.astuple(one))}" for one in program.scans]
    lines += [f"let {json.dumps(name)} {_expr_text(expr)}" for name, expr in program.lets]
    return "\n".join([*lines, f"output {json.dumps(program.outputs)}"])


def digest(program: Program) -> str:
    """The SHA-256 of the canonical text, in hexadecimal.

    Args:
        program: the program.
    """
    return hashlib.sha256(canonical(program).encode()).hexdigest()
