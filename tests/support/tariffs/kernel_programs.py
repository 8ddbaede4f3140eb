"""Random programs of the kernel, their rows, and the fold over a dict that says what is right."""

from __future__ import annotations

import attrs
from hypothesis import strategies as st

from cantinekit.pricing.kernel import (
    Const,
    Expr,
    Input,
    Op,
    Program,
    RangeError,
    Scan,
    TableLookup,
    Var,
    equal,
    maximum,
    minimum,
    rounded,
    when,
)
from cantinekit.pricing.kernel._check import check, scan_span, span_of
from support.tariffs.kernel_reference import reference

MODES = ("half_up", "half_even", "up", "down")
small = st.integers(-12, 12)
constants = st.one_of(small, small, st.sampled_from([100, 600, 10_000, -250, 2**31, 2**40]))
tables = st.lists(st.integers(-50, 50), min_size=1, max_size=5).map(tuple)


@st.composite
def exprs(draw: st.DrawFn, names: tuple[str, ...], depth: int = 3) -> Expr:
    """An expression of the names, with divisors and indexes guarded as a writer would guard them."""
    if depth == 0 or draw(st.integers(0, 7)) == 0:
        return Var(draw(st.sampled_from(names))) if draw(st.integers(0, 3)) else Const(draw(constants))
    a, b = draw(exprs(names, depth - 1)), draw(exprs(names, depth - 1))
    what = draw(st.sampled_from(["sum", "product", "ratio", "least", "choice", "truth", "table", "rate"]))
    match what:
        case "sum":
            return a + b if draw(st.booleans()) else a - b
        case "product":
            return a * b
        case "ratio":
            divisor = Const(draw(st.integers(1, 12))) if draw(st.booleans()) else maximum(b, draw(st.integers(1, 3)))
            kind = draw(st.sampled_from([*MODES, "//", "%"]))
            return Op(kind, (maximum(a, 0), divisor))
        case "rate":
            factor, per = draw(st.integers(1, 120)), draw(st.sampled_from([2, 60, 100, 10_000]))
            return rounded(maximum(a, 0) * factor * 5, per, draw(st.sampled_from(MODES)))
        case "least":
            return minimum(a, b) if draw(st.booleans()) else maximum(a, b)
        case "choice":
            return when(draw(truths(names, depth - 1)), a, b)
        case "truth":
            return draw(truths(names, depth - 1)) * draw(small) + a
    table = draw(tables)
    return TableLookup(table, maximum(a, 0) % len(table))


@st.composite
def truths(draw: st.DrawFn, names: tuple[str, ...], depth: int) -> Expr:
    if depth > 0 and draw(st.booleans()):
        a, b = draw(truths(names, depth - 1)), draw(truths(names, depth - 1))
        return draw(st.sampled_from([a & b, a | b, ~a]))
    a, b = draw(exprs(names, max(depth - 1, 0))), draw(exprs(names, max(depth - 1, 0)))
    return draw(st.sampled_from([a < b, a <= b, equal(a, b), a > b, a >= b, a & b]))


@st.composite
def inputs(draw: st.DrawFn, name: str) -> Input:
    low = draw(st.sampled_from([0, 0, 1, -20]))
    return Input(name, low, low + draw(st.sampled_from([0, 1, 3, 40, 10_000])))


SCANS = (
    ("sum", ("person",), None),
    ("sum", ("person", "day"), None),
    ("count", ("day",), None),
    ("balance", ("person",), "start"),
    ("sum", (), None),
)


@st.composite
def programs(draw: st.DrawFn, scans: bool = True) -> Program:
    """A proved program; a let that cannot be proved is replaced by a constant."""
    ins = (*(draw(inputs(name)) for name in ("x", "y")), Input("start", 0, 500))
    chosen = draw(st.lists(st.sampled_from(SCANS), max_size=3)) if scans else []
    made = tuple(
        Scan(f"scan {number}", key, f"of {number}", kind, start, limit=10**6)
        for number, (kind, key, start) in enumerate(chosen)
    )
    spans = check(Program(ins, (), ()))
    spans |= {scan.name: scan_span(scan, spans) for scan in made}
    lets: list[tuple[str, Expr]] = []

    def let(name: str, expr: Expr) -> None:
        try:
            spans[name] = span_of(expr, spans, name)
        except RangeError:
            expr, spans[name] = Const(7), span_of(Const(7), {})
        lets.append((name, expr))

    for number in range(draw(st.integers(1, 5))):
        let(f"let {number}", draw(exprs(tuple(spans))))
    for number in range(len(made)):
        if draw(st.booleans()):
            amount, used = draw(exprs(tuple(spans), 1)), Var(draw(st.sampled_from(made)).name)
            let(f"of {number}", minimum(maximum(amount, 0), maximum(300 - used, 0)))
        else:
            let(f"of {number}", minimum(maximum(draw(exprs(tuple(spans), 2)), 0), 900))
    outputs = draw(st.lists(st.sampled_from(list(spans)), min_size=1, max_size=4))
    return Program(ins, tuple(lets), tuple(outputs), made)


@st.composite
def rows_of(draw: st.DrawFn, program: Program, most: int = 14) -> list[dict[str, int]]:
    """Rows within the bounds of the inputs, with their keys."""
    columns = {one.name: st.integers(one.low, one.high) for one in program.inputs}
    columns |= {"person": st.integers(0, 2), "day": st.integers(0, 2)}
    return draw(st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=most))


def fold(program: Program, rows: list[dict[str, int]]) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """For each row the priors that it sees, and all values, by a fold over a dict with the reference."""
    state: dict[tuple[object, ...], int] = {}
    priors, values = [], []
    for row in rows:
        places = {scan.name: (scan.name, *(row[name] for name in scan.key)) for scan in program.scans}
        prior = {name: state.get(place, 0) for name, place in places.items()}
        value = reference(program, {**row, **prior})
        for scan in program.scans:
            gain = int(value[scan.of] != 0) if scan.kind == "count" else value[scan.of]
            state[places[scan.name]] = prior[scan.name] + gain
        priors.append(prior)
        values.append(value)
    return priors, values


def showing_all(program: Program) -> Program:
    """The same program with everything as its output."""
    names = (*(one.name for one in program.inputs), *(one.name for one in program.scans))
    return attrs.evolve(program, outputs=(*names, *(name for name, _ in program.lets)))
