"""The scalar kernels: what the source looks like, that it is exact, and that it is nearly as fast as a hand's."""

from __future__ import annotations

import threading
import time

import attrs
import pytest

from cantinekit.money import round_ratio
from cantinekit.pricing.kernel import (
    Builder,
    Const,
    Input,
    Op,
    Program,
    Scan,
    TableLookup,
    Var,
    emit_numpy,
    emit_python,
    equal,
    maximum,
    minimum,
    python_source,
    rounded,
    when,
)
from cantinekit.pricing.kernel import _cache as cache
from support.tariffs.kernel_reference import reference

X, Y = Var("x"), Var("y")
MODES = ("half_up", "half_even", "up", "down")


def program(*lets, x=(0, 1000), y=(0, 1000), scans=(), outputs=None):
    named = tuple((f"l{number}", let) for number, let in enumerate(lets))
    return Program((Input("x", *x), Input("y", *y)), named, outputs or (named[-1][0],), scans)


def body(*lets, **more):
    """The statements of the plain kernel."""
    source, _ = python_source(program(*lets, **more))
    return [line.strip() for line in source.splitlines()[1:]]


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (X + 0, "a0"),
        (0 + X, "a0"),
        (X - 0, "a0"),
        (X * 1, "a0"),
        (2 * (X * 3), "(a0 * 6)"),
        ((X * 2) * (Y * 5), "((a0 * a1) * 10)"),
        (X + 1 + 2, "(a0 + 3)"),
        (1 + (X + -1), "a0"),
        (Const(2) * 3 + 4, "10"),
        (X * 0, "0"),
        (X - 5 * Const(1), "(a0 - 5)"),
        (X + -7, "(a0 + (-7))"),
        (rounded(X * 10, 100), "((a0 + 5) // 10)"),
        (rounded(X * 100, 10, "half_even"), "(a0 * 10)"),
        (rounded(X * 125 * 80, 10_000), "a0"),
        (rounded(X * Y * 30, 60), "(((a0 * a1) + 1) // 2)"),
        (rounded(X, 7), "((a0 + 3) // 7)"),
        (rounded(X, 4, "up"), "(-(-a0 // 4))"),
        (rounded(X * 6, 4, "down"), "((a0 * 3) // 2)"),
        (X * 4 // 8, "(a0 // 2)"),
        (rounded(X, Y + 1), "((a0 + (w1 := (a1 + 1)) // 2) // w1)"),
        (X % 2000, "a0"),
        (X // 2000, "0"),
        (X % 7, "(a0 % 7)"),
        (minimum(X, 2000), "a0"),
        (maximum(2000, X), "2000"),
        (minimum(X, 500), "(a0 if a0 <= 500 else 500)"),
        (maximum(X - Y, 0), "(w1 if (w1 := (a0 - a1)) >= 0 else 0)"),
        (when(X <= 1000, X, Y), "a0"),
        (when(X <= 10, X, Y), "(a0 if (a0 <= 10) else a1)"),
        (when(~(equal(X, 1)), X, Y), "(a1 if (a0 == 1) else a0)"),
        (when(~(X < 10), X, Y), "(a0 if (10 <= a0) else a1)"),
        ((X < 10) & (Y | X), "(1 if ((a0 < 10) and (a1 or a0)) else 0)"),
        ((X < 10) & ((X < 10) | (Y < 3)), "(1 if (a0 < 10) else 0)"),
        ((X < 10) | ((Y < 3) & (X < 10)), "(1 if (a0 < 10) else 0)"),
        ((X < 10) & (Y < 2000), "(1 if (a0 < 10) else 0)"),
        ((X < 10) | (Y < 0), "(1 if (a0 < 10) else 0)"),
        (X & (X | Y), "(1 if (a0 and (a0 or a1)) else 0)"),
        ((X < 10) + 1, "((1 if (a0 < 10) else 0) + 1)"),
        (TableLookup((5, 6, 7), X % 3), "t0[(a0 % 3)]"),
        (TableLookup((5, 6, 7), Const(1)), "6"),
        (TableLookup((5, 5), X % 2), "5"),
    ],
)
def test_what_is_written_is_simple(expr, text):
    """Constants are folded, rational factors reduced and what the bounds decide is left out; the value stays."""
    assert body(expr)[0] in (f"v0 = {text}", f"return ({text}, )")
    kernel, shown = emit_python(program(expr)), program(expr)
    for x, y in ((0, 0), (1, 2), (17, 3), (1000, 1000), (499, 501)):
        assert kernel(x, y) == (reference(shown, {"x": x, "y": y})["l0"],)


def test_a_let_that_is_used_once_is_written_where_it_is_used():
    """Lets used once leave no variable, lets used twice one, and lets that nothing needs are not there at all."""
    once = body(X + 1, Var("l0") * Y, Var("l1") + 5)
    assert once == ["v2 = (((a0 + 1) * a1) + 5)", "return (v2, )"]
    twice = body(X + 1, Var("l0") * Var("l0"), X * 77, outputs=("l1",))
    assert twice == ["v0 = (a0 + 1)", "v1 = (v0 * v0)", "return (v1, )"]


def test_a_let_that_is_another_name_is_no_variable():
    """A let that is only an input, a constant or another let is replaced by it."""
    assert body(X, Var("l0") + 3, Var("l1"), Const(4), outputs=("l2", "l3", "x")) == [
        "v1 = (a0 + 3)",
        "return (v1, 4, a0, )",
    ]


def test_a_constant_input_is_written_as_its_value():
    """An input of one value takes part in the folding."""
    assert body(rounded(X * Y, 120), y=(20, 20)) == ["v0 = ((a0 + 3) // 6)", "return (v0, )"]


def test_a_balance_is_computed_from_its_prior():
    """The kernel takes the prior of a scan as its last argument and works out what is left."""
    scan = Scan("left", (), "l0", "balance", "y", limit=50)
    shown = program(minimum(X, Var("left")), scans=(scan,), outputs=("l0", "left"))
    assert shown.arguments == ("x", "y", "left")
    assert emit_python(shown)(7, 10, 4) == (6, 6)
    assert emit_python(shown)(7, 10, 40) == (0, 0)


def test_what_one_branch_needs_is_computed_there():
    """Lets of one condition stand under one ``if``; what only one way needs is not computed in the other."""
    lets = (X < 5, X * Y, Var("l1") + Var("l1"), when(Var("l0"), Var("l2") + Var("l1"), 0), when(Var("l0"), 7, Y))
    assert body(*lets, outputs=("l3", "l4")) == [
        "if (a0 < 5):",
        "v1 = (a0 * a1)",
        "v3 = ((v1 + v1) + v1)",
        "v4 = 7",
        "else:",
        "v3 = 0",
        "v4 = a1",
        "return (v3, v4, )",
    ]
    assert body(X < 5, when(Var("l0"), X, Y)) == ["v1 = (a0 if (a0 < 5) else a1)", "return (v1, )"]


def test_what_both_ways_need_is_computed_before():
    """A let that is used in both ways, or outside, stands before the condition."""
    lets = (X < 5, X * Y, when(Var("l0"), Var("l1") + 1, Var("l1")), when(Var("l0"), Var("l1"), Y))
    source = body(*lets, outputs=("l2", "l3"))
    assert source[:2] == ["v1 = (a0 * a1)", "if (a0 < 5):"]
    assert emit_python(program(*lets, outputs=("l2", "l3")))(4, 3) == (13, 12)
    assert emit_python(program(*lets, outputs=("l2", "l3")))(6, 3) == (18, 3)


@pytest.mark.parametrize("depth", [10, 60, 300])
def test_conditions_in_conditions_compile(depth):
    """However deep conditions depend on each other, there is a source that Python takes, and the value is right."""
    lets = [X + Y, X]
    for number in range(depth):
        lets.append(Var(f"l{len(lets) - 2}") + 1)
        lets.append(when(Var(f"l{len(lets) - 2}") < number, Var(f"l{len(lets) - 1}") + X, Var(f"l{len(lets) - 1}") * 1))
    shown = program(*lets)
    for x, y in ((0, 0), (3, 9), (17, 1)):
        assert emit_python(shown)(x, y) == (reference(shown, {"x": x, "y": y})[shown.outputs[0]],)


@pytest.mark.parametrize("mode", MODES)
def test_every_rounding_is_exact(mode):
    """For all small quotients, with a divisor that is constant or not, each emitter rounds as money does."""
    import numpy as np

    pairs = [(n, d) for n in range(40) for d in range(1, 14)]
    free = program(rounded(X, Y, mode), y=(1, 1000))
    table = emit_numpy(free)(
        {name: np.array(column) for name, column in zip("xy", zip(*pairs, strict=True), strict=True)}
    )
    assert table["l0"].tolist() == [round_ratio(n, d, mode) for n, d in pairs]
    for d in range(1, 14):
        fixed = program(rounded(X * 6, d * 3, mode))
        for n in range(40):
            assert emit_python(free)(n, d) == (round_ratio(n, d, mode),)
            assert emit_python(fixed)(n, 0) == (round_ratio(n * 2, d, mode),)


def test_the_greatest_numbers_are_exact():
    """Next to 2**63 the roundings are still right, in Python and in columns."""
    import numpy as np

    top = 2**63 - 1
    for mode in MODES:
        shown = program(rounded(X, 2, mode), rounded(X, Y, mode), x=(0, top - 1), y=(2, 3), outputs=("l0", "l1"))
        for x in (top - 1, top - 2, top - 3):
            expected = (round_ratio(x, 2, mode), round_ratio(x, 3, mode))
            table = emit_numpy(shown)({"x": np.array([x]), "y": np.array([3])})
            assert emit_python(shown)(x, 3) == expected == (int(table["l0"][0]), int(table["l1"][0]))


def test_a_long_chain_of_lets_compiles():
    """A thousand lets, each used once, make no expression that the parser of Python cannot take."""
    lets = [X + Y]
    for number in range(1000):
        lets.append(rounded(Var(f"l{number}") + 1, 2, "half_even") + (Var(f"l{number}") < 3))
    for emit in (emit_python, emit_numpy):
        emit(program(*lets))
    single = [X]
    single += [maximum(Var(f"l{number}") - 1, Y) for number in range(1000)]
    assert emit_python(program(*single))(1000, 5) == (5,)


@pytest.mark.parametrize("kind", ["half_even", "min", "if", "and"])
def test_a_deep_expression_compiles(kind):
    """The deepest let that is accepted is cut into several, whatever it is made of."""
    deep = X
    for _ in range(150):
        match kind:
            case "half_even":
                deep = Op("half_even", (deep + Y, maximum(Y, 2)))
            case "min":
                deep = minimum(Y, deep + 0)
            case "if":
                deep = when(deep < Y, deep if deep is X else Y, deep)
            case _:
                deep = Op("and", (deep, Y < 3)) if deep is X else Op("and", (Y < 3, deep))
        if deep.depth > 190 or deep.size > 5_000:
            break
    shown = program(deep)
    for x, y in ((5, 2), (0, 0), (1000, 1000)):
        expected = reference(shown, {"x": x, "y": y})["l0"]
        assert emit_python(shown)(x, y) == (expected,)


def test_kernels_see_no_builtins():
    """The scope of a kernel holds its tables, itself and nothing to call."""
    kernel = emit_python(program(TableLookup((5, 6, 7), X % 3) + Y))
    scope = kernel.__globals__
    assert scope["__builtins__"] == {}
    assert {name for name in scope if name != "__builtins__"} == {"kernel", "t0"}
    assert scope["t0"] == (5, 6, 7)


def test_a_kernel_is_compiled_once():
    """Equal programs share a kernel for each emitter, others do not."""
    one, two = program(X + 11), program(X + 12)
    assert emit_python(one) is emit_python(attrs.evolve(one))
    assert emit_python(one) is not emit_python(two)
    assert emit_python(one) is not emit_numpy(one)


def test_the_cache_has_an_end(monkeypatch):
    """The kernel that was used longest ago is forgotten first."""
    monkeypatch.setattr(cache, "KEPT", 3)
    made = []
    emit = cache.cached(lambda shown: made.append(shown) or object())
    programs = [program(X + number) for number in range(4)]
    first = emit(programs[0])
    for number in (1, 2, 0, 3):
        emit(programs[number])
    assert emit(programs[0]) is first
    assert len(made) == 4
    emit(programs[1])
    assert len(made) == 5


def test_threads_get_one_kernel():
    """Threads that ask for the same program at once all get the same kernel."""
    barrier, found = threading.Barrier(4), []
    emit = cache.cached(lambda shown: time.sleep(0.01) or object())

    def ask():
        barrier.wait()
        found.append(emit(program(X + 4711)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


PRICES = tuple(range(500, 500 + 96 * 35, 35))


def tariff():
    """A dated grid, weekend and evening, groups, a daily cap and a tax, as a list of a house has them."""
    build = Builder()
    names = {
        "list": 1,
        "product": 2,
        "room": 3,
        "category": 3,
        "units": 100,
        "weekend": 1,
        "start": 1439,
        "persons": 30,
    }
    dated, product, room, category, units, weekend, start, persons = (
        build.input(name, 0, high) for name, high in names.items()
    )
    spent = build.scan(Scan("spent", ("member", "day"), "charged"))
    at = ((dated * 3 + product) * 4 + room) * 4 + category
    price = build.let("price", TableLookup(PRICES, at))
    factor = build.let("factor", when(weekend, 125, when(start >= 1080, 80, 100)))
    group = build.let("group", when(persons >= 10, 90, when(persons >= 5, 95, 100)))
    gross = build.let("gross", rounded(price * units * factor * group, 10_000))
    cap = build.let("cap", TableLookup(PRICES, ((dated * 3 + 2) * 4 + room) * 4 + category))
    charged = build.let("charged", minimum(gross, maximum(cap - spent, 0)))
    build.let("net", rounded(charged * 100, 120))
    build.let("vat", charged - Var("net"))
    return build.program("charged", "net", "vat")


def by_hand(dated, product, room, category, units, weekend, start, persons, spent):
    price = PRICES[((dated * 3 + product) * 4 + room) * 4 + category]
    factor = 125 if weekend else 80 if start >= 1080 else 100
    group = 90 if persons >= 10 else 95 if persons >= 5 else 100
    gross = (price * units * factor * group + 5_000) // 10_000
    left = PRICES[((dated * 3 + 2) * 4 + room) * 4 + category] - spent
    if left < 0:
        left = 0
    charged = gross if gross <= left else left
    net = (charged * 5 + 3) // 6
    return charged, net, charged - net


ROWS = [(i % 2, i % 3, i % 4, i // 3 % 4, i % 9, i % 7 > 4, i * 37 % 1440, i % 12, i * 53 % 1500) for i in range(400)]


def seconds(function):
    start = time.process_time()
    for _ in range(12):
        for row in ROWS:
            function(*row)
    return time.process_time() - start


def test_a_kernel_is_nearly_as_fast_as_a_hand_written_function(capsys):
    """The kernel takes at most 1.25 times as long as integer Python by hand."""
    kernel = emit_python(tariff())
    assert [kernel(*row) for row in ROWS] == [by_hand(*row) for row in ROWS]
    ratio = 9.9
    for _ in range(20):  # the machine may be busy: the best of interleaved runs counts
        hand, fast = (
            min(times) for times in zip(*[[seconds(f) for f in (by_hand, kernel)] for _ in range(7)], strict=True)
        )
        ratio = min(ratio, fast / hand)
        if ratio <= 1.25:
            break
    with capsys.disabled():
        print(f"\nkernel / by hand: {ratio:.2f}")
    assert ratio <= 1.25
