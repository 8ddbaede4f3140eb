"""Laws of the integer kernel over random programs: all emitters agree, and every proof is right."""

from __future__ import annotations

import itertools
import re

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings, target
from hypothesis import strategies as st

from cantinekit.pricing.kernel import (
    Expr,
    Input,
    Op,
    Program,
    RangeError,
    Scan,
    Var,
    WindowError,
    _blocks,
    _cache,
    _check,
    _fold,
    _numpy,
    _plan,
    _python,
    canonical,
    check,
    digest,
    emit_duckdb,
    emit_numpy,
    emit_polars,
    emit_python,
    python_source,
)
from support.run.soak import half
from support.tariffs import kernel_programs as k
from support.tariffs.kernel_reference import reference

HIGH = 2**63 - 1


def slow(examples):
    return settings(
        max_examples=half(examples),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def columns_of(rows):
    return {name: np.array([row[name] for row in rows], dtype=np.int64) for name in rows[0]}


def in_columns(program, rows, few):
    """The table of the columnar kernel, in which steps of fewer rows are folded one by one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fold, "FEW", few)
        return emit_numpy(program)(columns_of(rows))


fews = st.sampled_from([1, 2, 3, 24])


@slow(120)
@given(st.data())
def test_all_emitters_agree_with_the_reference_row_by_row(data):
    """Scalar kernels, with all lets too, and columnar ones give what a fold with the slow evaluator gives."""
    program = data.draw(k.programs())
    rows = data.draw(k.rows_of(program))
    priors, values = k.fold(program, rows)
    plain, shown = emit_python(program), k.showing_all(program)
    traced = emit_python(shown)
    table = in_columns(program, rows, data.draw(fews))
    event(f"scans: {len(program.scans)}")
    for number, (row, prior, value) in enumerate(zip(rows, priors, values, strict=True)):
        arguments = [{**row, **prior}[name] for name in program.arguments]
        expected = tuple(value[name] for name in program.outputs)
        assert plain(*arguments) == expected
        everything = traced(*arguments)
        assert everything == tuple(value[name] for name in shown.outputs)
        assert tuple(int(table[name][number]) for name in program.outputs) == expected
        assert all(type(one) is int for one in (*everything, *plain(*arguments)))
    assert all(table[name].dtype == np.int64 and table[name].shape == (len(rows),) for name in program.outputs)


@slow(60)
@given(st.data())
def test_windows_give_what_numpy_gives(data):
    """Polars and DuckDB give the columns of NumPy, for programs of which no scan depends on itself."""
    program = data.draw(k.programs())
    columns = columns_of(data.draw(k.rows_of(program)))
    wanted = emit_numpy(program)(columns)
    for emit in (emit_polars, emit_duckdb):
        try:
            found = emit(program)(columns)
        except WindowError:
            event("a fold")
            continue
        event(f"scans: {len(program.scans)}")
        for name in program.outputs:
            assert found[name].dtype == np.int64
            assert found[name].tolist() == wanted[name].tolist()


@slow(80)
@given(st.data())
def test_all_lets_come_out_right_whatever_is_asked_for(data):
    """What is an output changes which lets are written where they are used, and never a value."""
    program = k.showing_all(data.draw(k.programs()))
    rows = data.draw(k.rows_of(program, 6))
    priors, values = k.fold(program, rows)
    table, plain = in_columns(program, rows, data.draw(fews)), emit_python(program)
    for number, (row, prior, value) in enumerate(zip(rows, priors, values, strict=True)):
        expected = tuple(value[name] for name in program.outputs)
        assert plain(*({**row, **prior}[name] for name in program.arguments)) == expected
        assert tuple(int(table[name][number]) for name in program.outputs) == expected


@slow(40)
@given(st.data())
def test_a_table_in_two_parts_gives_the_same_rows(data):
    """Rows that continue from what their keys had left behind are the rows of the whole table."""
    program = k.showing_all(data.draw(k.programs()))
    rows = data.draw(k.rows_of(program))
    cut = data.draw(st.integers(0, len(rows) - 1))
    kernel, whole = emit_numpy(program), emit_numpy(program)(columns_of(rows))
    _, values = k.fold(program, rows[:cut])
    left = {}
    for row, value in zip(rows[:cut], values, strict=True):
        for scan in program.scans:
            place = (scan.name, *(row[name] for name in scan.key))
            gain = int(value[scan.of] != 0) if scan.kind == "count" else value[scan.of]
            left[place] = left.get(place, 0) + gain
    rest = columns_of(rows[cut:])
    for scan in program.scans:
        opening = [left.get((scan.name, *(row[name] for name in scan.key)), 0) for row in rows[cut:]]
        rest[scan.name] = np.array(opening, dtype=np.int64)
    second = kernel(rest)
    for name in program.outputs:
        assert second[name].tolist() == whole[name][cut:].tolist()


@slow(80)
@given(st.data())
def test_every_let_stays_in_its_proven_interval(data):
    """At the corners and at random points within the bounds no let leaves the interval that was proved for it."""
    program = data.draw(k.programs())
    spans = check(program)
    ranges = {one.name: (one.low, one.high) for one in program.inputs}
    ranges |= {scan.name: (0, scan.limit) for scan in program.scans}
    corners = [dict(zip(ranges, corner, strict=True)) for corner in itertools.product(*ranges.values())]
    inner = st.fixed_dictionaries({name: st.integers(*ends) for name, ends in ranges.items()})
    for point in (*corners, *data.draw(st.lists(inner, max_size=10))):
        for name, value in reference(program, point).items():
            assert spans[name].low <= value <= spans[name].high


@st.composite
def towers(draw: st.DrawFn, depth: int = 4) -> Expr:
    """Sums and products of inputs that are not negative: their interval is exact."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return Var(draw(st.sampled_from(["x", "y"])))
    a, b = draw(towers(depth - 1)), draw(towers(depth - 1))
    return draw(st.sampled_from([a + b, a * b, a * b, Op("max", (a, b))]))


@slow(150)
@given(towers(), st.integers(1, 2**20), st.integers(1, 2**34))
def test_what_is_refused_can_leave_64_bits(expr, x, y):
    """Sums and products are refused exactly when the largest inputs give more than 64 bits (negative control)."""
    program = Program((Input("x", 0, x), Input("y", 0, y)), (("out", expr),), ("out",))
    exact = reference(program, {"x": x, "y": y})["out"]
    target(float(min(exact.bit_length(), 128)))
    if exact > HIGH:
        with pytest.raises(RangeError) as caught:
            check(program)
        assert caught.value.name == "out"
        event("refused")
    else:
        assert check(program)["out"].high == exact
        event("proved")


SAFE = re.compile(r"(?:def kernel\(|return|if|else|and|or|not|[abvtw]\d+(?:_\d+)?|\d+|:=|[-+*/%<>=(),:\[\]\s])*")
hostile = st.one_of(
    st.text(max_size=20),
    st.sampled_from(['");__import__("os").system("x")#', "'\n    return (0,)\n", "__import__", "a0", "v0", "b0", "w1"]),
    st.sampled_from(["kernel", "__builtins__", "\ud800", "\x00", "if", "t0", "v0_0", "return"]),
)


@slow(80)
@given(st.lists(hostile, min_size=4, max_size=4, unique=True), st.integers(0, 50), st.integers(0, 50))
def test_no_name_reaches_the_source(names, x, y):
    """Whatever things are called, the source has the same letters, and all emitters give the same numbers."""

    def named(one, two, scan, out):
        lets = ((out, Op("min", (Var(one) * 3, Var(two) + Var(scan)))),)
        return Program((Input(one, 0, 50), Input(two, 0, 50)), lets, (out,), (Scan(scan, (one,), out),))

    program = named(*names)
    source, tables = python_source(program)
    assert source == python_source(named("x", "y", "s", "out"))[0]
    assert SAFE.fullmatch(source)
    assert not tables
    assert emit_python(program)(x, y, 5) == (min(x * 3, y + 5),)
    columns = {names[0]: np.array([x, x]), names[1]: np.array([y, y])}
    first = min(x * 3, y)
    assert emit_numpy(program)(columns)[names[3]].tolist() == [first, min(x * 3, y + first)]


@slow(80)
@given(k.programs())
def test_all_sources_are_made_of_our_own_letters(program):
    """A generated source holds our identifiers, integers and operators, and nothing else."""
    source, tables = python_source(program)
    assert SAFE.fullmatch(source)
    assert all(type(entry) is int for table in tables.values() for entry in table)


@slow(40)
@given(k.programs(), k.programs())
def test_a_digest_stands_for_one_program(a, b):
    """Equal programs have one digest and one compiled kernel, different ones have two digests."""
    assert (digest(a) == digest(b)) == (a == b) == (canonical(a) == canonical(b))
    again = attrs.evolve(a, outputs=tuple(a.outputs))
    assert emit_python(again) is emit_python(a)


def planted(law, strategy):
    """The law over fresh programs, none of which was compiled before."""
    stated = settings(
        max_examples=2000,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return stated(given(strategy)(law.hypothesis.inner_test))


AGREE = planted(test_all_lets_come_out_right_whatever_is_asked_for, st.data())
INSIDE = planted(test_every_let_stays_in_its_proven_interval, st.data())
KEEP = planted(test_a_table_in_two_parts_gives_the_same_rows, st.data())
right_single = _blocks.ConditionSplit.single.fget
right_earlier, right_ranks, right_ratio = _fold.earlier, _fold.ranks, _plan._ratio

FAULTS = {
    "a prefix that holds its own row": (AGREE, _fold, "earlier", lambda np, of, at: right_earlier(np, of, at) + of),
    "a fold from the last row": (AGREE, _fold, "ranks", lambda np, at: right_ranks(np, at)[::-1]),
    "a count of what is there": (AGREE, _fold.ColumnTable, "gain", lambda self, scan, of: of),
    "an opening that is forgotten": (
        KEEP,
        _numpy,
        "prefix",
        lambda table, *more: _fold.prefix(forgetful(table), *more),
    ),
    "half even as up": (AGREE, _numpy, "_half_even", lambda n, d: -(-n // d)),
    "a factor that is lost": (AGREE, _plan, "_times", lambda rest, factor: rest),
    "a ratio that is not rounded as it says": (AGREE, _plan, "_ratio", lambda op: right_ratio(Op("up", op.args))),
    "a let that is used twice and written once": (AGREE, _python.Writer, "_twice", lambda self, expr: ("1", "1")),
    "a product of two corners": (INSIDE, _check, "_SPANS", {"*": lambda a, b: _check.Span(a[0] * b[0], a[1] * b[1])}),
    "a difference of the same ends": (
        INSIDE,
        _check,
        "_SPANS",
        {"-": lambda a, b: _check.Span(a[0] - b[0], a[1] - b[1])},
    ),
    "a branch that takes the other way": (AGREE, _blocks.ConditionSplit, "single", property(lambda self: turned(self))),
}


def turned(split):
    if (let := right_single(split)) is None:
        return None
    test, then, otherwise = let[1].args
    return let[0], Op("if", (test, otherwise, then))


def forgetful(table):
    return attrs.evolve(table, opening={})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_breaks_its_law(fault, monkeypatch):
    """Each law finds a kernel that was made wrong on purpose (negative control)."""
    law, owner, name, wrong = FAULTS[fault]
    monkeypatch.setattr(_cache, "digest", lambda program: object())
    monkeypatch.setattr(owner, name, {**getattr(owner, name), **wrong} if isinstance(wrong, dict) else wrong)
    with pytest.raises((AssertionError, ExceptionGroup)):
        law()
