"""The range proof: interval arithmetic over a program, so that no backend can wrap, divide by zero or miss a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cantinekit.errors import InputError, TariffError
from cantinekit.money import round_ratio
from cantinekit.pricing.kernel._ir import DIVISIONS, HIGH, LOW, Const, Expr, Kind, Op, Program, Scan, TableLookup, Var

MAX_DEPTH, MAX_SIZE = 200, 100_000
"""How deep one let may be nested, and how many nodes a program may have; what is used twice belongs in a let."""


class Span(NamedTuple):
    """An interval of integers.

    Attributes:
        low: its least value, included.
        high: its greatest value, included.
    """

    low: int
    high: int

    @property
    def point(self) -> bool:
        return self.low == self.high


TRUE, FALSE, EITHER = Span(1, 1), Span(0, 0), Span(0, 1)


class RangeError(TariffError):
    """A program that cannot be proved safe.

    Args:
        problem: what is wrong.

    Attributes:
        name: the let, input, scan or output for which it cannot be proved.
        span: the bounds that were found; ``None`` if the problem is another.
    """

    def __init__(self, name: str, problem: str, span: Span | None = None) -> None:
        super().__init__([f"{name!r}: {problem}" + (f", from {span.low} to {span.high}" if span else "")])
        self.name = name
        self.span = span


def _truth(span: Span) -> Span:
    if span == FALSE:
        return FALSE
    return EITHER if span.low <= 0 <= span.high else TRUE


def _less(a: Span, b: Span, slack: int) -> Span:
    """Whether ``a < b + slack``."""
    if a.high < b.low + slack:
        return TRUE
    return EITHER if a.low < b.high + slack else FALSE


def _remainder(n: Span, d: Span) -> Span:
    if n.high < d.low:
        return n
    if d.point and n.low // d.low == n.high // d.low:
        return Span(n.low % d.low, n.high % d.low)
    return Span(0, min(n.high, d.high - 1))


def _product(a: Span, b: Span) -> Span:
    corners = (a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
    return Span(min(corners), max(corners))


def _equal(a: Span, b: Span) -> Span:
    if a.high < b.low or b.high < a.low:
        return FALSE
    return TRUE if a.point and b.point else EITHER


def _either_way(condition: Span, then: Span, otherwise: Span) -> Span:
    truth = _truth(condition)
    if truth.point:
        return then if truth.low else otherwise
    return Span(min(then.low, otherwise.low), max(then.high, otherwise.high))


_SPANS: dict[Kind, Callable[..., Span]] = {
    "+": lambda a, b: Span(a.low + b.low, a.high + b.high),
    "-": lambda a, b: Span(a.low - b.high, a.high - b.low),
    "*": _product,
    "//": lambda n, d: Span(n.low // d.high, n.high // d.low),
    "%": _remainder,
    "min": lambda a, b: Span(min(a.low, b.low), min(a.high, b.high)),
    "max": lambda a, b: Span(max(a.low, b.low), max(a.high, b.high)),
    "if": _either_way,
    "==": _equal,
    "<": lambda a, b: _less(a, b, 0),
    "<=": lambda a, b: _less(a, b, 1),
    "and": lambda a, b: Span(min(_truth(a).low, _truth(b).low), min(_truth(a).high, _truth(b).high)),
    "or": lambda a, b: Span(max(_truth(a).low, _truth(b).low), max(_truth(a).high, _truth(b).high)),
    "not": lambda a: Span(1 - _truth(a).high, 1 - _truth(a).low),
}


def op_span(kind: Kind, args: Sequence[Span]) -> Span:
    """The bounds of an operation from those of its operands; exact where each of them is a single integer."""
    if kind in ("half_up", "half_even", "up", "down"):
        n, d = args
        return Span(round_ratio(n.low, d.high, kind), round_ratio(n.high, d.low, kind))
    return _SPANS[kind](*args)


def _division_problem(kind: Kind, n: Span, d: Span) -> tuple[str, Span] | None:
    if d.low <= 0:
        return f"the divisor of {kind} can be zero or less", d
    if n.low < 0:
        return f"{kind} divides what can be negative, which backends round in different ways", n
    if kind == "half_up" and n.high + d.high // 2 > HIGH:
        return "half_up adds half of the divisor and can leave 64 bits", Span(n.low, n.high + d.high // 2)
    return None


def span_of(expr: Expr, env: Mapping[str, Span], let: str = "") -> Span:
    """The bounds of an expression.

    Raises:
        RangeError: it can leave 64 bits, divide by what is not positive, or miss a table; or a name is unknown.
    """
    if isinstance(expr, Const):
        return Span(expr.value, expr.value)
    if isinstance(expr, Var):
        if expr.name not in env:
            raise RangeError(let, f"nothing earlier is named {expr.name!r}")
        return env[expr.name]
    if isinstance(expr, TableLookup):
        return entries(expr, span_of(expr.index, env, let), let)
    if not isinstance(expr, Op):
        raise InputError(f"not an expression: {type(expr).__name__}")
    return proved(expr.kind, [span_of(arg, env, let) for arg in expr.args], let)


def proved(kind: Kind, spans: Sequence[Span], let: str) -> Span:
    """The bounds of an operation.

    Raises:
        RangeError: it can leave 64 bits, or divide by what is not positive.
    """
    if kind in DIVISIONS and (problem := _division_problem(kind, *spans)):
        raise RangeError(let, *problem)
    span = op_span(kind, spans)
    if span.low < LOW or span.high > HIGH:
        raise RangeError(let, f"{kind} can leave 64 bits", span)
    return span


def entries(lookup: TableLookup, at: Span, let: str) -> Span:
    """The bounds of an entry of a table, from those of the index.

    Raises:
        RangeError: the index can miss the table.
    """
    if at.low < 0 or at.high >= len(lookup.table):
        raise RangeError(let, f"the index can leave the table of {len(lookup.table)}", at)
    reached = lookup.table[at.low : at.high + 1]
    return Span(min(reached), max(reached))


def scan_span(scan: Scan, env: Mapping[str, Span]) -> Span:
    """The bounds of the value of a scan."""
    if scan.start is None:
        return Span(0, scan.limit)
    start = env[scan.start]
    return Span(max(start.low - scan.limit, 0), max(start.high, 0))


def check_size(program: Program) -> None:
    """Refuse what is too deep or too large to be walked; takes no time itself."""
    total = 0
    for name, expr in program.lets:
        if not isinstance(expr, Const | Var | Op | TableLookup):
            raise InputError(f"not an expression: {type(expr).__name__}")
        total += expr.size
        if expr.depth > MAX_DEPTH:
            raise RangeError(name, f"nested deeper than {MAX_DEPTH}")
        if total > MAX_SIZE:
            raise RangeError(name, f"the program has more than {MAX_SIZE} nodes")


def check(program: Program) -> dict[str, Span]:
    """Prove that no step of the program can leave 64 bits; returns the bounds of each input, scan and let.

    The inputs and the priors of the scans are assumed to be within their declared bounds.

    Args:
        program: the program.

    Raises:
        RangeError: the first let, in order, for which it cannot be proved, or a name that is unknown or taken.
    """
    spans = given(program)
    for name, expr in program.lets:
        define(spans, name, span_of(expr, spans, name))
    check_ends(program, spans)
    return spans


def define(spans: dict[str, Span], name: str, span: Span) -> None:
    """Note the bounds of a new name."""
    if not isinstance(name, str) or name in spans:
        raise RangeError(str(name), "is no text" if not isinstance(name, str) else "the name is taken")
    spans[name] = span


def given(program: Program) -> dict[str, Span]:
    """The bounds of the inputs and of the values of the scans, before any let."""
    check_size(program)
    spans: dict[str, Span] = {}
    for one in program.inputs:
        define(spans, one.name, Span(one.low, one.high))
    inputs = frozenset(spans)
    for scan in program.scans:
        if scan.start is not None and scan.start not in inputs:
            raise RangeError(scan.name, f"no input is named {scan.start!r}")
        if scan.start is not None and spans[scan.start].low - scan.limit < LOW:
            raise RangeError(scan.name, "the balance can leave 64 bits", spans[scan.start])
        define(spans, scan.name, scan_span(scan, spans))
    return spans


def check_ends(program: Program, spans: Mapping[str, Span]) -> None:
    """Look at what the scans add up, and whether all outputs are there."""
    lets = {name for name, _ in program.lets}
    for scan in program.scans:
        if scan.of not in lets:
            raise RangeError(scan.name, f"no let is named {scan.of!r}")
        of = EITHER if scan.kind == "count" else spans[scan.of]
        if of.low < 0:
            raise RangeError(scan.name, f"the sum of {scan.of!r} can fall", of)
        if scan.limit + of.high > HIGH:
            raise RangeError(scan.name, "the sum can leave 64 bits", Span(0, scan.limit + of.high))
    for name in program.outputs:
        if name not in spans:
            raise RangeError(name, "the output is not defined")
