"""Proofs that an output does not fall: which shapes the structure shows, what is tried, and what stays open."""

from __future__ import annotations

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.kernel import (
    Input,
    Lookup,
    Program,
    RangeError,
    Scan,
    Var,
    emit_python,
    equal,
    maximum,
    minimum,
    prove_monotone,
    rounded,
    when,
)

X, P, Z = Var("x"), Var("p"), Var("z")


def program(expr, *more, high=10_000_000, scans=()):
    inputs = (Input("x", 0, high), Input("p", 0, 10_000_000), Input("z", -100, 100))
    lets = tuple((f"l{number}", let) for number, let in enumerate((expr, *more)))
    return Program(inputs, (*lets, ("out", Var(f"l{len(more)}"))), ("out",), scans)


STEPS = when(X <= 60, 600, when(X <= 240, 1500, 2900))
RISING = {
    "the input itself": X,
    "what does not depend on it": P * Z,
    "a sum": X + P + Z,
    "a difference": X - P,
    "a product with what is not negative": X * P,
    "two negatives": (0 - X) * -3,
    "started units": rounded(X, 60, "up") * P,
    "a rounded price": rounded(X * P * 120, 10_000),
    "a price over what shrinks": 1000 // (20_000_000 - X),
    "half even": rounded(X, 7, "half_even"),
    "a cap and a floor": minimum(maximum(X * 3, P), 500),
    "what is beyond": maximum(X - 120, 0) * P,
    "a table": Lookup((0, 100, 100, 350), minimum(X // 60, 3)),
    "a falling table backwards": Lookup((350, 100, 100), 2 - minimum(X, 2)),
    "a table of another input": Lookup((5, 1, 9), P % 3) + X,
    "steps": STEPS,
    "steps upside down": when(X > 240, 2900, when(X > 60, 1500, 600)),
    "steps that are denied": when(~(X <= 60), 900, 600),
    "first hours, then more": when(X < 4, X * 200, 800 + (X - 4) * 50 * (X >= 4)),
    "a branch that rises by another input": when(Z < 3, X, X * 2 + 1),
    "two conditions": when((X > 5) & (P > 3), 10, 2),
    "one of two conditions": when((X > 5) | (P > 3), 10, 2),
    "a comparison": X > P,
    "a comparison with what falls": (0 - X) < P,
    "an equality that is decided": equal(X - X * 0, -1) + X,
    "a remainder that does nothing": X % 20_000_000,
    "a remainder within one turn": minimum(X, 59) % 60,
    "a truth of a number": X & 1,
    "a denied truth": ~(~(X & 1)),
    "a bent line": when(X <= 100, X * 3, when(X <= 200, 300 + (X - 100) * 2 * (X > 100), 500 + X)),
}


@pytest.mark.parametrize("name", RISING)
def test_the_structure_shows_what_rises(name):
    """The shapes of rising tariffs are proved over tens of millions of points without trying one."""
    proof = prove_monotone(program(RISING[name]), "out", "x")
    assert proof
    assert (proof.verdict, proof.by, proof.fall) == ("rises", "structure", None)


FALLING = {
    "a discount": (1000 - minimum(X, 1000), 0),
    "fewer over more": (rounded(1000, X + 1), 0),
    "steps that fall": (when(X <= 4, X * 50, 150), 4),
    "a falling rate for all units": (X * when(X < 10, 100, 80), 9),
    "a falling table": (Lookup((1, 5, 4), minimum(X, 2)), 1),
    "a remainder": (X % 60, 59),
    "an equality": (equal(X, 7), 7),
    "what is denied": (~(X > 3), 3),
    "a negative factor": (X * -1, 0),
    "far away": (when(X < 7_654_321, 5, 4), 7_654_320),
    "by another input": (X * Z, 0),
}


@pytest.mark.parametrize("name", FALLING)
def test_what_falls_is_shown_with_a_row(name):
    """The answer is no, with a row at which one more gives less."""
    expr, at = FALLING[name]
    shown = program(expr)
    proof = prove_monotone(shown, "out", "x")
    assert not proof
    assert proof.verdict == "falls"
    assert proof.fall is not None
    assert proof.fall.row["x"] == at
    kernel, row = emit_python(shown), dict(proof.fall.row)
    assert kernel(*row.values()) == (proof.fall.before,)
    assert kernel(*(row | {"x": at + 1}).values()) == (proof.fall.after,)
    assert proof.fall.after < proof.fall.before


def test_what_structure_cannot_show_is_tried_where_that_is_possible():
    """A sum whose parts go both ways is proved by trying each point, where there are few."""
    zigzag = X * 2 - X % 2
    small = prove_monotone(program(zigzag, high=1000), "out", "x")
    assert (small.verdict, small.by) == ("rises", "evaluation")
    large = prove_monotone(program(zigzag), "out", "x")
    assert (large.verdict, large.by, bool(large), large.fall) == ("unproved", "sample", False, None)


def test_only_the_arguments_that_matter_are_counted():
    """Inputs on which the output does not depend do not make the domain larger, those on which it does do."""
    zigzag = X * 2 - X % 2
    assert prove_monotone(program(zigzag, Var("l0"), high=99_999), "out", "x").by == "evaluation"
    assert prove_monotone(program(zigzag + Z, high=99_999), "out", "x").verdict == "unproved"
    assert prove_monotone(program(zigzag + Z, high=400), "out", "x").by == "evaluation"


def test_a_fall_between_two_points_of_a_sample_is_narrowed_down():
    """A fall is given as a step of one, also where only two far points were compared."""
    shape = maximum(3_333_333 - X, 0) + maximum(X - 9_000_000, 0) * P
    proof = prove_monotone(program(shape), "out", "x")
    assert proof.by == "sample"
    assert proof.fall is not None
    assert proof.fall.before - proof.fall.after == 1


def test_scans_stay_where_they_are():
    """What earlier rows left behind does not move with this row, and a larger balance is a larger balance."""
    cap = Scan("used", ("who",), "l0")
    shown = program(minimum(X, maximum(500 - Var("used"), 0)), scans=(cap,))
    assert prove_monotone(shown, "out", "x").by == "structure"
    carnet = Scan("left", ("who",), "l0", "balance", "x", limit=50)
    assert prove_monotone(program(minimum(P, Var("left")), scans=(carnet,)), "out", "x").by == "structure"
    rest = program(minimum(P, 1000), P - Var("left"), scans=(carnet,))
    assert prove_monotone(rest, "out", "x").verdict == "falls"


def test_the_free_start_of_a_balance_is_a_free_input():
    """A balance over a small limit and start is tried for each of both."""
    scan = Scan("left", (), "l0", "balance", "z", limit=3)
    shown = Program(
        (Input("x", 0, 20), Input("z", 0, 3)),
        (("l0", minimum(X, 1)), ("out", X * 2 - X % 2 + Var("left"))),
        ("out",),
        (scan,),
    )
    proof = prove_monotone(shown, "out", "x")
    assert (proof.verdict, proof.by) == ("rises", "evaluation")


def test_an_input_of_one_value_never_falls():
    """Where the input cannot grow, there is nothing to prove."""
    assert prove_monotone(program(0 - X, high=0), "out", "x")


def test_a_long_chain_is_not_followed_for_ever():
    """A chain of thousands of lets ends in an answer, not in an error of recursion."""
    lets = [X + 0]
    lets += [Var(f"l{number}") + (Var(f"l{number}") < 0) for number in range(3000)]
    proof = prove_monotone(program(*lets, high=50), "out", "x")
    assert proof.verdict == "rises"


def test_any_let_can_be_asked_for():
    """The subject may be a let or an input, not only an output of the program."""
    shown = program(X * 2, 100 - minimum(Var("l0"), 100))
    assert prove_monotone(shown, "l0", "x")
    assert prove_monotone(shown, "p", "x")
    assert not prove_monotone(shown, "out", "x")


@pytest.mark.parametrize(("of", "along"), [("nothing", "x"), ("out", "nothing"), ("out", "l0"), ("out", "used")])
def test_unknown_names_are_refused(of, along):
    """The subject has to exist, and only an input can be asked along."""
    with pytest.raises(InputError):
        prove_monotone(program(X, scans=(Scan("used", (), "l0"),)), of, along)


def test_a_program_that_is_not_proved_in_range_is_not_proved_at_all():
    """An overflow is found before the question is asked."""
    with pytest.raises(RangeError):
        prove_monotone(program(X * 2**62), "out", "x")
