"""The range proof: each refusal names its let and its bounds, and the last number that fits is still accepted."""

from __future__ import annotations

import itertools
import pickle

import attrs
import pytest

from cantinekit.errors import InputError, TariffError
from cantinekit.pricing.kernel import (
    Const,
    Input,
    Op,
    Program,
    RangeError,
    Scan,
    Span,
    TableLookup,
    Var,
    check,
    emit_numpy,
    emit_python,
    equal,
    maximum,
    minimum,
    python_source,
    rounded,
    when,
)
from cantinekit.pricing.kernel._check import MAX_DEPTH, op_span
from cantinekit.pricing.kernel._ir import ARITY, DIVISIONS
from support.tariffs.kernel_reference import evaluate

HIGH, LOW = 2**63 - 1, -(2**63)
X, Y = Var("x"), Var("y")


def program(expr, x=(0, 10), y=(-5, 5), scans=(), **more):
    return Program((Input("x", *x), Input("y", *y)), (("out", expr),), ("out",), scans, **more)


@pytest.mark.parametrize(
    ("expr", "span"),
    [
        (X + Y, (-5, 15)),
        (X - Y, (-5, 15)),
        (X * Y, (-50, 50)),
        (Y * Y, (-25, 25)),
        (X // 3, (0, 3)),
        (X % 3, (0, 2)),
        (X % 20, (0, 10)),
        ((X + 20) % 100, (20, 30)),
        (rounded(X, 4), (0, 3)),
        (rounded(X, 4, "down"), (0, 2)),
        (rounded(X, 4, "half_even"), (0, 2)),
        (rounded(X + 1, 4, "up"), (1, 3)),
        (rounded(60, X + 1), (5, 60)),
        (minimum(X, 4), (0, 4)),
        (maximum(Y, 4), (4, 5)),
        (when(X, 7, Y), (-5, 7)),
        (when(X + 1, 7, Y), (7, 7)),
        (when(0, 7, Y), (-5, 5)),
        (equal(X, 3), (0, 1)),
        (equal(X, 11), (0, 0)),
        (equal(X * 0, 0), (1, 1)),
        (X < 11, (1, 1)),
        (X < 0, (0, 0)),
        (X <= 10, (1, 1)),
        (X < 10, (0, 1)),
        (~(X < 11), (0, 0)),
        ((X < 11) & (Y < 3), (0, 1)),
        ((X < 0) & (Y < 3), (0, 0)),
        ((X < 11) | (Y < 3), (1, 1)),
        (Y | 0, (0, 1)),
        (TableLookup((4, 9, -2, 7), minimum(X, 3)), (-2, 9)),
        (TableLookup((4, 9, -2, 7), minimum(X, 1)), (4, 9)),
    ],
)
def test_the_bounds_of_each_operation(expr, span):
    """The interval of every operation is the one that a person works out."""
    assert check(program(expr))["out"] == Span(*span)


@pytest.mark.parametrize("kind", sorted(ARITY))
def test_no_value_is_outside_of_its_interval(kind):
    """For all small intervals and all values in them, the result is inside; of single values the interval is exact."""
    low = 0 if kind in DIVISIONS else -2
    spans = [Span(a, b) for a in range(low, 4) for b in range(a, 4)]
    for args in itertools.product(spans, repeat=ARITY[kind]):
        if kind in DIVISIONS and args[1].low < 1:
            continue
        bounds = op_span(kind, args)
        found = set()
        for values in itertools.product(*(range(one.low, one.high + 1) for one in args)):
            found.add(evaluate(Op(kind, tuple(map(Const, values))), {}))
        assert bounds.low <= min(found)
        assert max(found) <= bounds.high
        if all(one.point for one in args):
            assert bounds.point


@pytest.mark.parametrize(
    ("expr", "problem", "span"),
    [
        (X * 2**62, r"\* can leave 64 bits", Span(0, 10 * 2**62)),
        (Y * 2**62 * 2, r"\* can leave 64 bits", Span(-5 * 2**62, 5 * 2**62)),
        (X + HIGH, r"\+ can leave", Span(HIGH, HIGH + 10)),
        (LOW - X, r"- can leave", Span(LOW - 10, LOW)),
        ((X + HIGH) - HIGH, r"\+ can leave", Span(HIGH, HIGH + 10)),
        (X // X, "divisor of // can be zero or less", Span(0, 10)),
        (X % Y, "divisor of % can be zero or less", Span(-5, 5)),
        (rounded(X, Y), "divisor of half_up can be zero or less", Span(-5, 5)),
        (when(X, 60 // X, 0), "divisor of // can be zero or less", Span(0, 10)),
        (Y // 2, "// divides what can be negative", Span(-5, 5)),
        (rounded(Y, 2, "half_even"), "half_even divides what can be negative", Span(-5, 5)),
        (rounded(X + (HIGH - 10), 2), "half_up adds half", Span(HIGH - 10, HIGH + 1)),
        (TableLookup((1, 2, 3), X), "index can leave the table of 3", Span(0, 10)),
        (TableLookup((1, 2, 3), Y), "index can leave the table of 3", Span(-5, 5)),
        (TableLookup(tuple(range(6)), Y), "index can leave the table of 6", Span(-5, 5)),
        (Var("z"), "nothing earlier is named 'z'", None),
        (Var("out"), "nothing earlier is named 'out'", None),
    ],
)  # fmt: skip
def test_what_cannot_be_proved_is_refused(expr, problem, span):
    """A refusal names the let, says which step it is, and gives the bounds that it found."""
    with pytest.raises(RangeError, match=problem) as caught:
        check(program(expr))
    assert caught.value.name == "out"
    assert caught.value.span == span
    assert str(caught.value).startswith("'out': ")
    assert span is None or f"from {span.low} to {span.high}" in str(caught.value)


@pytest.mark.parametrize(
    ("fits", "leaves"),
    [
        ((Const(HIGH - 10) + X), (Const(HIGH - 9) + X)),
        ((Const(LOW + 10) - X), (Const(LOW + 9) - X)),
        ((X * (HIGH // 10)), (X * (HIGH // 10 + 1))),
        (rounded(X + (HIGH - 11), 2), rounded(X + (HIGH - 10), 2)),
        (rounded(X + (HIGH - 10), 2, "up"), rounded(X + (HIGH - 9), 2, "up")),
        (TableLookup(tuple(range(11)), X), TableLookup(tuple(range(10)), X)),
        (7 // maximum(X, 1), 7 // X),
    ],
)
def test_the_proof_ends_exactly_where_the_range_ends(fits, leaves):
    """The last constant that fits is accepted and the next one refused."""
    check(program(fits))
    with pytest.raises(RangeError):
        check(program(leaves))


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (Program((Input("x", 0, 1), Input("x", 0, 1)), (), ()), "x"),
        (Program((Input("x", 0, 1),), (("x", Const(1)),), ()), "x"),
        (Program((), (("a", Const(1)), ("a", Const(1))), ()), "a"),
        (Program((Input("s", 0, 1),), (("of", Const(1)),), (), (Scan("s", (), "of"),)), "s"),
        (Program((), (("a", Var("b")), ("b", Const(1))), ()), "a"),
        (Program((), (("a", Const(1)),), ("b",)), "b"),
        (Program((Input("x", 0, 1),), (), (), (Scan("s", (), "x"),)), "s"),
        (Program((), (("of", Const(1)),), (), (Scan("s", (), "of", "balance", "of"),)), "s"),
        (Program((), ((3, Const(1)),), ()), "3"),
    ],
)
def test_names_are_defined_once_and_before_they_are_used(broken, name):
    """A name that is unknown, taken or used too early is refused by its name."""
    with pytest.raises(RangeError) as caught:
        check(broken)
    assert caught.value.name == name


def test_a_let_that_is_no_expression_is_refused():
    """An integer in the place of an expression is malformed."""
    with pytest.raises(InputError, match="int"):
        check(Program((), (("a", 3),), ()))


@pytest.mark.parametrize(
    ("expr", "scan", "problem"),
    [
        (Y, Scan("s", (), "out"), "the sum of 'out' can fall"),
        (X, Scan("s", (), "out", limit=HIGH - 9), "the sum can leave 64 bits"),
        (X, Scan("s", (), "out", "balance", "x", limit=HIGH - 9), "the sum can leave 64 bits"),
        (Y, Scan("s", (), "out", "count", limit=HIGH), "the sum can leave 64 bits"),
        (X, Scan("s", (), "out", "balance", "y", limit=HIGH), "the balance can leave 64 bits"),
    ],
)
def test_a_running_sum_grows_within_64_bits(expr, scan, problem):
    """What a scan adds up is not negative, and one more row beyond its limit still fits."""
    with pytest.raises(RangeError, match=problem) as caught:
        check(program(expr, scans=(scan,)))
    assert caught.value.name == "s"


def test_the_bounds_of_scans():
    """A sum is within its limit, and a balance between nothing and its start."""
    scans = (
        Scan("sum", (), "out", limit=HIGH - 10),
        Scan("count", (), "out", "count", limit=7),
        Scan("left", (), "out", "balance", "x", limit=4),
        Scan("debt", (), "out", "balance", "y", limit=4),
    )
    spans = check(Program((Input("x", 6, 10), Input("y", -9, -5)), (("out", X),), (), scans))
    assert [spans[one.name] for one in scans] == [Span(0, HIGH - 10), Span(0, 7), Span(2, 10), Span(0, 0)]


def test_what_is_too_large_is_refused_before_it_is_walked():
    """A tree that shares nodes has more nodes than memory; it is refused at once, by every door."""
    wide = X
    for _ in range(100):
        wide = minimum(wide, wide)
    for door in (check, emit_python, emit_numpy, python_source):
        with pytest.raises(RangeError, match="nodes"):
            door(program(wide))


def test_depth_has_a_bound():
    """The deepest let that is accepted compiles; one level more is refused."""
    deep = X
    for _ in range(MAX_DEPTH - 1):
        deep = minimum(deep, 9)
    assert emit_python(program(deep))(4, 0) == (4,)
    with pytest.raises(RangeError, match="nested deeper"):
        check(program(deep + 0))


def test_a_refusal_is_a_tariff_error_that_crosses_processes():
    """It belongs to the tree of errors of the library and keeps what it carries when it is pickled."""
    with pytest.raises(TariffError) as caught:
        check(program(X // Y))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.name, again.span) == (RangeError, str(caught.value), "out", Span(-5, 5))
    assert again.problems == caught.value.problems


@pytest.mark.parametrize("emit", [emit_python, emit_numpy, python_source])
def test_nothing_is_compiled_that_was_not_proved(emit):
    """Each emitter asks for the proof, also for lets that no output needs."""
    bad = attrs.evolve(program(X), lets=(("out", X), ("unused", X * HIGH)))
    with pytest.raises(RangeError, match="'unused'"):
        emit(bad)
