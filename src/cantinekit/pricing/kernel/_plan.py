"""From a proved program to what the emitters write: identifiers of our own, simpler expressions, fewer lets.

Whatever is rewritten here keeps the value for every input within the bounds, and makes no intermediate larger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import gcd
from operator import is_
from typing import TypeVar

import attrs

from cantinekit.errors import InputError
from cantinekit.pricing.kernel._check import Span, check_ends, define, entries, given, proved, span_of
from cantinekit.pricing.kernel._ir import (
    HIGH,
    LOW,
    TRUTHS,
    Const,
    Expr,
    Kind,
    Op,
    Program,
    TableLookup,
    Var,
    children,
    maximum,
    rebuild,
)

T = TypeVar("T")
NESTED = 24
"""Expressions deeper than this are cut, because a parser takes only so many parentheses."""
_RATIOS = frozenset({"//", "half_up", "half_even", "up", "down"})


@attrs.frozen
class Plan:
    """A program in names of our own: ``a0``... for the arguments, ``v0``... for the lets, ``b0``... for balances.

    Attributes:
        arguments: the names of the arguments, in order.
        lets: the expression of each let and balance, in order.
        outputs: the results, each short: a constant, a variable, or that one is 0.
        traced: the lets of the program in order, each as short.
        late: expressions that are evaluated after the lets, not all of which have to be computed.
    """

    arguments: tuple[str, ...]
    lets: dict[str, Expr]
    outputs: tuple[Expr, ...]
    traced: tuple[Expr, ...]
    late: tuple[Expr, ...] = ()


def _apart(expr: Expr, kind: Kind, neutral: int) -> tuple[Expr, int]:
    """An expression without the constant that stands behind it in an operation, and that constant."""
    if isinstance(expr, Op) and expr.kind == kind and isinstance(expr.args[1], Const):
        return expr.args[0], expr.args[1].value
    return expr, neutral


def _times(rest: Expr, factor: int) -> Expr:
    return rest if factor == 1 else Op("*", (rest, Const(factor)))


def _product(a: Expr, b: Expr) -> Expr:
    factor, rest = 1, []
    for part in (a, b):
        inner, by = _apart(part, "*", 1)
        if isinstance(inner, Const):
            by *= inner.value
        else:
            rest.append(inner)
        factor *= by
    if not LOW <= factor <= HIGH:
        return Op("*", (a, b))
    return _times(rest[0] if len(rest) == 1 else Op("*", tuple(rest)), factor)


def _sum(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Const):
        a, b = b, a
    if not isinstance(b, Const):
        return Op("+", (a, b))
    rest, shift = _apart(a, "+", 0)
    if not LOW <= shift + b.value <= HIGH:
        return Op("+", (a, b))
    return Op("+", (rest, Const(shift + b.value))) if shift + b.value else rest


def _ratio(op: Op) -> Expr:
    numerator, denominator = op.args
    if not isinstance(denominator, Const):
        return op
    rest, factor = _apart(numerator, "*", 1)
    common = gcd(factor, denominator.value)
    numerator, divisor = _times(rest, factor // common), denominator.value // common
    return numerator if divisor == 1 else Op(op.kind, (numerator, Const(divisor)))


def _truths(op: Op, spans: list[Span]) -> Expr:
    """``x and x``, ``x and (x or y)`` and what is always true beside it are ``x``, where that is 0 or 1."""
    sure, other = ((1, 1), "or") if op.kind == "and" else ((0, 0), "and")
    for here, there in ((0, 1), (1, 0)):
        one, two = op.args[here], op.args[there]
        if spans[here].low < 0 or spans[here].high > 1:
            continue
        if spans[there] == sure or one == two:
            return one
        if isinstance(two, Op) and two.kind == other and one in two.args:
            return one
    return op


def _simpler(op: Op, spans: list[Span]) -> Expr:
    args = op.args
    match op.kind:
        case "+":
            return _sum(*args)
        case "-" if args[1] == Const(0):
            return args[0]
        case "*":
            return _product(*args)
        case "%" if spans[0].high < spans[1].low:
            return args[0]
        case "min" | "max":
            low, high = (0, 1) if op.kind == "min" else (1, 0)
            if spans[low].high <= spans[high].low:
                return args[0]
            return args[1] if spans[high].high <= spans[low].low else op
        case "if":
            test = args[0]
            if spans[0].low > 0 or spans[0].high < 0 or args[1] == args[2]:
                return args[1]
            return Op("if", (test.args[0], args[2], args[1])) if isinstance(test, Op) and test.kind == "not" else op
        case "and" | "or":
            return _truths(op, spans)
        case "not" if isinstance(args[0], Op) and args[0].kind in ("<", "<="):
            return Op("<" if args[0].kind == "<=" else "<=", (args[0].args[1], args[0].args[0]))
    return _ratio(op) if op.kind in _RATIOS else op


def simplify(expr: Expr, env: Mapping[str, Span], same: Mapping[str, Expr], let: str = "") -> tuple[Expr, Span]:
    """A simpler expression of the same value, and its bounds.

    Args:
        expr: An expression of a program.
        env: The bounds of all variables that it may read.
        same: What to write for a variable.
        let: Whose expression it is.

    Raises:
        RangeError: as ``span_of`` does.
    """
    if isinstance(expr, Const):
        return expr, Span(expr.value, expr.value)
    if isinstance(expr, Var):
        span = span_of(expr, env, let)
        return (Const(span.low) if span.point else same[expr.name]), span
    if isinstance(expr, TableLookup):
        index, at = simplify(expr.index, env, same, let)
        span = entries(expr, at, let)
        return (Const(span.low) if span.point else TableLookup(expr.table, index)), span
    if not isinstance(expr, Op):
        raise InputError(f"not an expression: {type(expr).__name__}")
    parts = [simplify(arg, env, same, let) for arg in expr.args]
    spans = [span for _, span in parts]
    span = proved(expr.kind, spans, let)
    if span.point:
        return Const(span.low), span
    args = tuple([arg for arg, _ in parts])
    return _simpler(expr if all(map(is_, args, expr.args)) else Op(expr.kind, args), spans), span


def _is_short(expr: Expr) -> bool:
    """Whether it may as well be written where it is used: a constant, a variable, or that one is 0."""
    if isinstance(expr, Op):
        return expr.kind == "not" and isinstance(expr.args[0], Var)
    return isinstance(expr, Const | Var)


def make_plan(program: Program, late: Iterable[Expr] = ()) -> Plan:
    """Prove a program, and late expressions over all of its names; rename and simplify both.

    Args:
        program: the program.
        late: expressions that are evaluated after it, not all of which have to be computed.

    Raises:
        RangeError: it cannot be proved.
    """
    env = given(program)
    arguments = tuple(f"a{number}" for number in range(len(program.arguments)))
    same: dict[str, Expr] = {
        name: Var(identifier) for name, identifier in zip(program.arguments, arguments, strict=True)
    }
    lets: dict[str, Expr] = {}

    def simpler(name: str, identifier: str, expr: Expr) -> Span:
        simple, span = simplify(expr, env, same, name)
        lets[identifier] = simple
        same[name] = simple if _is_short(simple) else Var(identifier)
        return span

    for number, scan in enumerate(program.scans):
        env[scan.name] = Span(0, scan.limit)
        if scan.start is not None:
            env[scan.name] = simpler(scan.name, f"b{number}", maximum(Var(scan.start) - Var(scan.name), 0))
    for number, (name, expr) in enumerate(program.lets):
        define(env, name, simpler(name, f"v{number}", expr))
    check_ends(program, env)

    def atoms(of: Iterable[str]) -> tuple[Expr, ...]:
        return tuple(simplify(Var(name), env, same)[0] for name in of)

    after = [simplify(expr, env, same, "late")[0] for expr in late]
    known: dict[Expr, Expr] = {expr: Var(name) for name, expr in lets.items() if is_truth(expr)} if after else {}
    after = [known.get(expr, expr) for expr in after]
    return Plan(arguments, lets, atoms(program.outputs), atoms(name for name, _ in program.lets), tuple(after))


def variables(expr: Expr) -> list[str]:
    """The names in an expression, as often as they occur.

    Args:
        expr: a node.
    """
    if isinstance(expr, Var):
        return [expr.name]
    found: list[str] = []
    for part in children(expr):
        if isinstance(part, Var):
            found.append(part.name)
        elif not isinstance(part, Const):
            found += variables(part)
    return found


def counted_in(expr: Expr) -> set[str]:
    """The names whose integer an expression computes with; of the others it only asks whether they are 0."""
    if isinstance(expr, Var):
        return {expr.name}
    parts, tests = children(expr), 0
    if isinstance(expr, Op):
        tests = len(parts) if expr.kind in ("and", "or", "not") else int(expr.kind == "if")
    counted = [part for at, part in enumerate(parts) if at >= tests or not isinstance(part, Var)]
    return set[str]().union(*map(counted_in, counted))


def reached(
    lets: Mapping[str, T],
    roots: Iterable[str],
    given: Iterable[str] = (),
    of: Callable[[T], Iterable[str]] = variables,  # type: ignore[assignment]  # lets are expressions as a rule
) -> list[str]:
    """The lets that are needed for the roots, in order, with none that is given; ``of`` says what one reads."""
    known, wanted = set(given), set(roots)
    for name in reversed(list(lets)):
        if name in wanted and name not in known:
            wanted.update(of(lets[name]))
    return [name for name in lets if name in wanted and name not in known]


@attrs.define
class Inliner:
    """Writes a let that is used once where it is used; ``once`` are such lets, ``waiting`` those not used yet."""

    once: frozenset[str]
    waiting: dict[str, Expr] = attrs.field(factory=dict)

    @classmethod
    def of(cls, roots: Iterable[str], names: Iterable[str]) -> Inliner:
        """For these names, as often as they are used, of which the roots have to stay variables."""
        counted, roots = Counter(names), set(roots)
        return cls(frozenset(name for name, count in counted.items() if count == 1 and name not in roots))

    def put(self, expr: Expr) -> Expr:
        """The expression, with what waits for it."""
        if not self.waiting or isinstance(expr, Const):
            return expr
        if isinstance(expr, Var):
            return self.waiting.pop(expr.name, expr)
        return rebuild(expr, self.put)

    def waits(self, name: str, expr: Expr) -> bool:
        """Whether a let is left out until it is used; what is nested deep is not."""
        flat = isinstance(expr, Const | Var) or (isinstance(expr, Op | TableLookup) and expr.depth <= NESTED // 2)
        if flat and name in self.once:
            self.waiting[name] = expr
            return True
        return False


def inlined(lets: Mapping[str, Expr], roots: Iterable[str]) -> dict[str, Expr]:
    """The lets that the roots need, in order; a let that is used once is written where it is used."""
    roots = list(roots)
    live = reached(lets, roots)
    inliner = Inliner.of(roots, (name for let in live for name in variables(lets[let])))
    done: dict[str, Expr] = {}
    for name in live:
        expr = inliner.put(lets[name])
        if not inliner.waits(name, expr):
            done[name] = expr
    return done


def cut(name: str, expr: Expr, emit: Callable[[str, Expr], None]) -> None:
    """Emit an expression as one let, or where it is nested too deep as several."""
    if isinstance(expr, Const | Var | Op | TableLookup) and expr.depth <= NESTED:
        emit(name, expr)
        return
    made = 0

    def short(node: Expr) -> Expr:
        nonlocal made
        node = rebuild(node, short)
        if isinstance(node, Op | TableLookup) and node.depth > NESTED:
            part, made = f"{name}_{made}", made + 1
            emit(part, node)
            return Var(part)
        return node

    emit(name, rebuild(expr, short))


def is_truth(expr: Expr) -> bool:
    """Whether the node is a comparison or made of them."""
    return isinstance(expr, Op) and expr.kind in TRUTHS
