"""Whether an output never falls when one input grows: by the structure of the program, else by trying every point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import prod
from typing import Literal

import attrs

from cantinekit.errors import InputError
from cantinekit.pricing.kernel._check import Span, check, op_span, scan_span
from cantinekit.pricing.kernel._ir import Const, Expr, Lookup, Op, Program, Var, walk
from cantinekit.pricing.kernel._plan import is_truth, reached, variables
from cantinekit.pricing.kernel._python import emit_python

FULL = 100_000
"""At most so many points are all tried."""
_SAMPLED = 2_000
Way = Literal["flat", "up", "down", "?"]
_FLIPPED: dict[Way, Way] = {"flat": "flat", "up": "down", "down": "up", "?": "?"}


@attrs.frozen
class Fall:
    """A row of arguments at which the output falls when the input grows by one."""

    row: Mapping[str, int]
    before: int
    after: int


@attrs.frozen
class Monotone:
    """What could be shown; it is true only where the output is proved never to fall."""

    verdict: Literal["rises", "falls", "unproved"]
    by: Literal["structure", "evaluation", "sample"]
    fall: Fall | None = None

    def __bool__(self) -> bool:
        return self.verdict == "rises"


def _join(*ways: Way) -> Way:
    """The way of what is at each point one of them, or grows with each of them."""
    moving = set(ways) - {"flat"}
    if not moving:
        return "flat"
    return moving.pop() if len(moving) == 1 else "?"


def _times(ways: tuple[Way, Way], spans: tuple[Span, Span]) -> Way:
    """The way of a product: each factor moves it by the sign of the other one."""
    moved: list[Way] = []
    for way, other in ((ways[0], spans[1]), (ways[1], spans[0])):
        if way == "flat" or other.low >= 0:
            moved.append(way)
        else:
            moved.append(_FLIPPED[way] if other.high <= 0 else "?")
    return _join(*moved)


@attrs.frozen(eq=False)
class _Box:
    """The program with ``along`` within a part of its range."""

    program: Program
    along: str
    part: Span
    lets: Mapping[str, Expr]
    boxes: dict[Span, _Box]
    env: dict[str, Span] = attrs.field(factory=dict, init=False)
    ways: dict[str, Way] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.boxes[self.part] = self
        for one in self.program.inputs:
            self.env[one.name] = self.part if one.name == self.along else Span(one.low, one.high)
            self.ways[one.name] = "up" if one.name == self.along else "flat"
        for scan in self.program.scans:
            self.env[scan.name] = scan_span(scan, self.env)
            self.ways[scan.name] = "up" if scan.start == self.along else "flat"
        for name, expr in self.program.lets:
            self.env[name] = self.span(expr)

    def within(self, part: Span) -> _Box:
        return self.boxes.get(part) or attrs.evolve(self, part=part)

    def span(self, expr: Expr) -> Span:
        """The bounds of an expression in this part; exact where ``along`` decides a condition."""
        if isinstance(expr, Const):
            return Span(expr.value, expr.value)
        if isinstance(expr, Var):
            return self.env[expr.name]
        if isinstance(expr, Lookup):
            at = self.span(expr.index)
            entries = expr.table[at.low : at.high + 1]
            return Span(min(entries), max(entries))
        if not isinstance(expr, Op):
            raise InputError(f"not an expression: {type(expr).__name__}")
        return op_span(expr.kind, [self.span(arg) for arg in expr.args])

    def way(self, expr: Expr) -> Way:
        """How an expression moves when ``along`` grows within this part and nothing else changes."""
        if isinstance(expr, Const) or self.span(expr).point:
            return "flat"
        if isinstance(expr, Var):
            if expr.name not in self.ways:
                self.ways[expr.name] = self.way(self.lets[expr.name])
            return self.ways[expr.name]
        if isinstance(expr, Lookup):
            return self._lookup(expr)
        return self._operation(expr) if isinstance(expr, Op) else "?"

    def _lookup(self, expr: Lookup) -> Way:
        at, way = self.span(expr.index), self.way(expr.index)
        entries = expr.table[at.low : at.high + 1]
        steps = list(pairwise(entries))
        if way == "flat" or all(a <= b for a, b in steps):
            return way
        return _FLIPPED[way] if all(a >= b for a, b in steps) else "?"

    def _operation(self, op: Op) -> Way:
        if op.kind == "if":
            return self._if(*op.args)
        ways = [self.truth(arg) if op.kind in ("and", "or", "not") else self.way(arg) for arg in op.args]
        if set(ways) == {"flat"}:
            return "flat"
        match op.kind:
            case "+" | "min" | "max" | "and" | "or":
                return _join(*ways)
            case "-" | "//" | "half_up" | "half_even" | "up" | "down":
                return _join(ways[0], _FLIPPED[ways[1]])
            case "<" | "<=":
                return _join(_FLIPPED[ways[0]], ways[1])
            case "not":
                return _FLIPPED[ways[0]]
            case "*":
                return _times((ways[0], ways[1]), (self.span(op.args[0]), self.span(op.args[1])))
            case "%":
                return self._remainder(*op.args)
        return "?"

    def _remainder(self, numerator: Expr, divisor: Expr) -> Way:
        n, d = self.span(numerator), self.span(divisor)
        same = n.high < d.low or (d.point and n.low // d.low == n.high // d.low)
        return self.way(numerator) if same else "?"

    def truth(self, expr: Expr) -> Way:
        """How the truth of an expression moves, as 0 and 1."""
        way = self.way(expr)
        return way if way == "flat" or is_truth(expr) or self.span(expr).low >= 0 else "?"

    def _threshold(self, condition: Expr) -> tuple[int, bool] | None:
        """For a condition on ``along`` alone: the last point before it changes, and whether it holds up to there."""
        if isinstance(condition, Var) and condition.name in self.lets:
            return self._threshold(self.lets[condition.name])
        if not isinstance(condition, Op):
            return None
        if condition.kind == "not":
            found = self._threshold(condition.args[0])
            return found and (found[0], not found[1])
        if condition.kind not in ("<", "<="):
            return None
        a, b = (self._alias(arg) for arg in condition.args)
        strict = condition.kind == "<"
        if a == Var(self.along) and self.span(b).point:
            return self.span(b).low - strict, True
        if b == Var(self.along) and self.span(a).point:
            return self.span(a).low - (not strict), False
        return None

    def _alias(self, expr: Expr) -> Expr:
        while isinstance(expr, Var) and expr.name in self.lets:
            expr = self.lets[expr.name]
        return expr

    def _if(self, condition: Expr, then: Expr, otherwise: Expr) -> Way:
        truth = self.span(condition)
        if not truth.low <= 0 <= truth.high or truth == Span(0, 0):
            return self.way(otherwise if truth == Span(0, 0) else then)
        found = self._threshold(condition)
        if found is not None and self.part.low <= found[0] < self.part.high:
            last, holds = found
            below, above = (then, otherwise) if holds else (otherwise, then)
            way = _join(
                self.within(Span(self.part.low, last)).way(below),
                self.within(Span(last + 1, self.part.high)).way(above),
            )
            left, right = self.within(Span(last, last)).span(below), self.within(Span(last + 1, last + 1)).span(above)
            if left.high <= right.low:
                return _join(way, "up")
            return _join(way, "down") if left.low >= right.high else "?"
        way, moves = _join(self.way(then), self.way(otherwise)), self.truth(condition)
        if moves == "flat":
            return way
        if moves == "?":
            return "?"
        first, second = self.span(then), self.span(otherwise)
        before, after = (second, first) if moves == "up" else (first, second)
        if before.high <= after.low:
            return _join(way, "up")
        return _join(way, "down") if before.low >= after.high else "?"


def _free(program: Program, of: str) -> dict[str, Span]:
    """The arguments on which an output depends, and their ranges."""
    lets = dict(program.lets)
    used = {of, *(name for let in reached(lets, [of]) for name in variables(lets[let]))}
    used |= {scan.start for scan in program.scans if scan.start is not None and scan.name in used}
    spans = {one.name: Span(one.low, one.high) for one in program.inputs if one.name in used}
    return spans | {scan.name: Span(0, scan.limit) for scan in program.scans if scan.name in used}


def _find(
    program: Program, of: str, along: str, points: Sequence[int], others: Iterable[Mapping[str, int]]
) -> Fall | None:
    """A fall between two of the points, which are in order, narrowed down to a step of one."""
    kernel, place = emit_python(attrs.evolve(program, outputs=(of,))), program.arguments.index(along)
    low = {one.name: one.low for one in program.inputs} | {one.name: 0 for one in program.scans}
    for other in others:
        row = [{**low, **other}[name] for name in program.arguments]

        def at(point: int, row: list[int] = row) -> int:
            row[place] = point
            value: int = kernel(*row)[0]
            return value

        values = [at(point) for point in points]
        for index in range(1, len(points)):
            if values[index] < values[index - 1]:
                first, last = points[index - 1], points[index]
                while last - first > 1:
                    middle = (first + last) // 2
                    first, last = (first, middle) if at(middle) < at(first) else (middle, last)
                return Fall({**low, **other, along: first}, at(first), at(last))
    return None


def _corners(spans: Mapping[str, Span]) -> Iterator[dict[str, int]]:
    for share in (0, 1, 2):
        yield {name: span.low + (span.high - span.low) * share // 2 for name, span in spans.items()}


def _sample(program: Program, span: Span) -> list[int]:
    """Points of a range around each constant of the program, and evenly spread ones."""
    constants = {node.value for _, expr in program.lets for node in walk(expr) if isinstance(node, Const)}
    near = {value + shift for value in constants for shift in (-1, 0, 1, 2)}
    step = max((span.high - span.low) // _SAMPLED, 1)
    spread = {point + shift for point in range(span.low, span.high + 1, step) for shift in (0, 1)}
    return sorted(point for point in near | spread if span.low <= point <= span.high)


def prove_monotone(program: Program, of: str, along: str) -> Monotone:
    """Prove that an output (or let) does not fall when an input grows by one and the other arguments stay.

    Where the structure does not show it and the free arguments have at most 100,000 combinations, all are tried.
    Otherwise a fall is looked for at some points, and without one the answer stays open.

    Raises:
        RangeError: the program cannot be proved safe.
        InputError: no such output or input.
    """
    spans = check(program)
    if of not in spans or along not in {one.name for one in program.inputs}:
        raise InputError(f"nothing is named {of!r}, or no input {along!r}")
    try:
        way = _Box(program, along, spans[along], dict(program.lets), {}).way(Var(of))
    except RecursionError:  # a chain of lets that is too long to be followed
        way = "?"
    if way in ("flat", "up"):
        return Monotone("rises", "structure")
    free, own = _free(program, of), spans[along]
    free.pop(along, None)
    ranges = {name: range(span.low, span.high + 1) for name, span in free.items()}
    if prod(span.high - span.low + 1 for span in (own, *free.values())) <= FULL:
        rows = (dict(zip(ranges, values, strict=True)) for values in product(*ranges.values()))
        fall = _find(program, of, along, range(own.low, own.high + 1), rows)
        return Monotone("falls" if fall else "rises", "evaluation", fall)
    fall = _find(program, of, along, _sample(program, own), _corners(free))
    return Monotone("falls" if fall else "unproved", "sample", fall)
