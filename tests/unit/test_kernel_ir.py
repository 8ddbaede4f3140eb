"""The nodes of the kernel: how they are built, what they refuse, and the text that stands for a program."""

from __future__ import annotations

import attrs
import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.kernel import (
    Builder,
    Const,
    Input,
    Op,
    Program,
    Scan,
    TableLookup,
    Var,
    canonical,
    digest,
    equal,
    lift,
    maximum,
    minimum,
    rounded,
    when,
)
from support.tariffs.kernel_reference import evaluate, reference

X, Y = Var("x"), Var("y")


@pytest.mark.parametrize(
    ("expr", "kind", "args"),
    [
        (X + 1, "+", (X, Const(1))),
        (1 + X, "+", (Const(1), X)),
        (X - Y, "-", (X, Y)),
        (1 - X, "-", (Const(1), X)),
        (X * 2, "*", (X, Const(2))),
        (2 * X, "*", (Const(2), X)),
        (X // 2, "//", (X, Const(2))),
        (X % 2, "%", (X, Const(2))),
        (9 // X, "//", (Const(9), X)),
        (9 % X, "%", (Const(9), X)),
        (X < 3, "<", (X, Const(3))),
        (X <= 3, "<=", (X, Const(3))),
        (X > 3, "<", (Const(3), X)),
        (X >= 3, "<=", (Const(3), X)),
        (X & Y, "and", (X, Y)),
        (X | Y, "or", (X, Y)),
        (~X, "not", (X,)),
        (equal(X, 3), "==", (X, Const(3))),
        (when(X, 1, Y), "if", (X, Const(1), Y)),
        (rounded(X, 60), "half_up", (X, Const(60))),
        (rounded(X, 60, "half_even"), "half_even", (X, Const(60))),
        (minimum(X, 3), "min", (X, Const(3))),
        (maximum(X, 3), "max", (X, Const(3))),
    ],
)
def test_python_operators_build_nodes(expr, kind, args):
    """Each operator and builder gives the node of its kind, with integers as constants."""
    assert (expr.kind, expr.args) == (kind, args)


def test_equality_compares_nodes():
    """Two nodes are equal when they are the same tree; a comparison in the program is equal()."""
    assert Var("x") + 1 == X + 1
    assert X + 1 != X + 2
    assert hash(X + 1) == hash(Var("x") + 1)
    assert lift(3) == Const(3)
    assert lift(X) is X


@pytest.mark.parametrize("use", [lambda: bool(X), lambda: 1 < X < 3, lambda: X and Y, lambda: not X])
def test_no_expression_is_true_or_false_while_it_is_built(use):
    """An ``and`` or a chained comparison of Python would silently drop a half, so it is an error."""
    with pytest.raises(TypeError, match="neither true nor false"):
        use()


def test_minimum_and_maximum_take_any_number():
    """One value stays as it is; more are nested pairs."""
    assert minimum(X) is X
    assert evaluate(minimum(5, 3, 4), {}) == 3
    assert evaluate(maximum(5, 3, 9, 4), {}) == 9


@pytest.mark.parametrize(
    "make",
    [
        lambda: Const(True),
        lambda: Const(1.0),
        lambda: Const("1"),
        lambda: Const(2**63),
        lambda: Const(-(2**63) - 1),
        lambda: X + 0.5,
        lambda: X * None,
        lambda: Var(3),
        lambda: Op("+", (X,)),
        lambda: Op("+", (X, 1)),
        lambda: Op("**", (X, Y)),
        lambda: Op("if", (X, Y)),
        lambda: TableLookup((), X),
        lambda: TableLookup([1, 2], X),
        lambda: TableLookup((1, 2.0), X),
        lambda: TableLookup((1, 2**63), X),
        lambda: TableLookup((1,), 0),
        lambda: Input("x", 3, 2),
        lambda: Input("x", 0, 2**63),
        lambda: Input("x", 0.0, 1),
        lambda: Input(b"x", 0, 1),
        lambda: Scan("s", ("k",), "of", "median"),
        lambda: Scan("s", ("k",), "of", "balance"),
        lambda: Scan("s", ("k",), "of", "sum", "start"),
        lambda: Scan("s", ("k",), "of", limit=-1),
        lambda: Scan("s", (1,), "of"),
    ],
)
def test_what_is_no_integer_program_cannot_be_built(make):
    """Floats, bools, wide integers, wrong arities and empty tables are refused where they are written."""
    with pytest.raises(InputError):
        make()


def test_nodes_are_frozen():
    """A node that was proved cannot be changed afterwards."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Const(1).value = 2


def test_size_and_depth_count_what_a_walk_would_meet():
    """A node that is shared counts as often as it occurs, and is counted without a walk."""
    expr = X
    for _ in range(500):
        expr = expr + expr
    assert expr.size == 2**501 - 1
    assert expr.depth == 501
    assert TableLookup((1,), X + 1).size == 4


def build():
    build = Builder()
    x, y = build.input("x", 0, 10), build.input("y", 0, 5)
    used = build.scan(Scan("used", ("y",), "out"))
    build.let("out", minimum(x * y, 20 - minimum(used, 20)))
    build.let("late", TableLookup((1, 2), x < y))
    return build.program("out", "late")


def test_a_builder_collects_a_program():
    """Inputs, scans and lets come in the order of the calls; the arguments are inputs, then priors."""
    program = build()
    assert program.inputs == (Input("x", 0, 10), Input("y", 0, 5))
    assert [name for name, _ in program.lets] == ["out", "late"]
    assert program.arguments == ("x", "y", "used")
    assert program.outputs == ("out", "late")
    assert reference(program, {"x": 3, "y": 5, "used": 8}) == {"x": 3, "y": 5, "used": 8, "out": 12, "late": 2}


def test_the_canonical_text_is_the_program():
    """The text is stable across runs, quotes every name, and holds all that the meaning depends on."""
    assert canonical(build()).splitlines() == [
        'input "x" 0 10',
        'input "y" 0 5',
        'scan ["used", ["y"], "out", "sum", null, 1099511627776]',
        'let "out" (min (* "x" "y") (- 20 (min "used" 20)))',
        'let "late" (at [1, 2] (< "x" "y"))',
        'output ["out", "late"]',
    ]
    assert digest(build()) == digest(build())
    assert len(digest(build())) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": (Input("x", 0, 11), Input("y", 0, 5))},
        {"inputs": (Input("y", 0, 5), Input("x", 0, 10))},
        {"lets": build().lets[:1]},
        {"lets": (*build().lets, ("more", Const(1)))},
        {"outputs": ("late", "out")},
        {"outputs": ("late",)},
        {"scans": (Scan("used", ("x",), "out"),)},
        {"scans": (Scan("used", ("y",), "out", limit=5),)},
        {"scans": (Scan("used", ("y",), "out", "count"),)},
    ],
)
def test_whatever_is_changed_changes_the_digest(change):
    """No two programs that differ share a digest."""
    assert digest(attrs.evolve(build(), **change)) != digest(build())


def test_a_name_cannot_imitate_the_text_of_another_program():
    """Quotes and newlines in a name are escaped, so that two programs never have one text."""
    odd = Program((Input('x" 0 1\ninput "y', 0, 1),), (), ())
    two = Program((Input("x", 0, 1), Input("y", 0, 1)), (), ())
    assert canonical(odd) != canonical(two)
    assert len(canonical(odd).splitlines()) == 2


@pytest.mark.parametrize(("kind", "result"), [("sum", 30), ("count", 30), ("balance", 20)])
def test_the_reference_gives_a_scan_its_value(kind, result):
    """Of a sum or count the value is the prior, of a balance what is left of its start and never below zero."""
    start = "start" if kind == "balance" else None
    program = Program((Input("start", 0, 99),), (("of", Const(1)),), ("s",), (Scan("s", (), "of", kind, start),))
    assert reference(program, {"start": 50, "s": 30})["s"] == result
    assert reference(program, {"start": 10, "s": 30})["s"] == (0 if kind == "balance" else 30)


@pytest.mark.parametrize(
    ("expr", "error"),
    [
        (X // 0, ZeroDivisionError),
        (X % 0, ZeroDivisionError),
        (rounded(X, 0), InputError),
        (TableLookup((1, 2), X), IndexError),
        (TableLookup((1, 2), 0 - X), IndexError),
        (Y, KeyError),
    ],
)
def test_the_reference_hides_no_mistake(expr, error):
    """What the range proof refuses is an error in the slow evaluator too, also an index below zero."""
    with pytest.raises(error):
        evaluate(expr, {"x": 5})
