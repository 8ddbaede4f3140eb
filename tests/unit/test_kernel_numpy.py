"""The columnar kernels: running sums, folds of what depends on itself, and the columns that are refused."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

import attrs
import numpy as np
import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.kernel import (
    Const,
    Input,
    Program,
    Scan,
    TableLookup,
    Var,
    _fold,
    emit_numpy,
    emit_python,
    equal,
    maximum,
    minimum,
    rounded,
    when,
)
from cantinekit.pricing.kernel._groups import group, ranks
from support.tariffs.kernel_reference import reference

X = Var("x")


def capped(*scans, **lets):
    named = tuple((name, expr) for name, expr in lets.items())
    outputs = (*lets, *(scan.name for scan in scans))
    return Program((Input("x", 0, 1000), Input("start", 0, 1000)), named, outputs, scans)


def run(program, x, start=None, **keys):
    columns = {"x": np.array(x, dtype=np.int64), "start": np.array(start or [0] * len(x), dtype=np.int64)}
    table = emit_numpy(program)(columns, {name: np.array(column) for name, column in keys.items()})
    return {name: column.tolist() for name, column in table.items()}


def folded(program, rows):
    """The same by a fold over a dict, with the reference."""
    state, table = {}, {name: [] for name in program.outputs}
    for row in rows:
        places = {scan.name: (scan.name, *(row[name] for name in scan.key)) for scan in program.scans}
        priors = {name: state.get(place, 0) for name, place in places.items()}
        values = reference(program, {**row, **priors})
        for scan in program.scans:
            state[places[scan.name]] = priors[scan.name] + (
                int(values[scan.of] != 0) if scan.kind == "count" else values[scan.of]
            )
        for name in program.outputs:
            table[name].append(values[name])
    return table


def test_a_sum_is_what_earlier_rows_of_the_key_left_behind():
    """The prefix is exclusive, goes by the order of the rows, and keys do not mix."""
    program = capped(Scan("used", ("who",), "of"), of=X * 2)
    assert run(program, [1, 2, 3, 4], who=[7, 8, 7, 7])["used"] == [0, 0, 2, 8]


def test_a_count_counts_the_rows_in_which_something_is():
    """A row whose let is 0 is not counted; any other value counts once."""
    program = capped(Scan("n", ("who",), "of", "count"), of=when(X < 10, 0, X))
    assert run(program, [5, 10, 99, 3, 10], who=[1, 1, 1, 1, 1])["n"] == [0, 0, 1, 2, 2]


def test_a_balance_is_used_up():
    """What is left of the start goes down to nothing and not below."""
    program = capped(Scan("left", ("who",), "of", "balance", "start"), of=X)
    assert run(program, [4, 4, 4, 4], start=[10] * 4, who=[1] * 4)["left"] == [10, 6, 2, 0]


def test_a_scan_without_a_key_runs_over_all_rows():
    """No key makes one group of the table."""
    assert run(capped(Scan("used", (), "of"), of=X), [1, 2, 3])["used"] == [0, 1, 3]


def test_a_cap_depends_on_its_own_past():
    """A scan of what was charged under the cap is folded, row after row."""
    used = Var("used")
    program = capped(Scan("used", ("who",), "of"), of=minimum(X, maximum(10 - used, 0)))
    table = run(program, [7, 7, 7, 4, 9], who=[1, 1, 1, 2, 2])
    assert table == {"of": [7, 3, 0, 4, 6], "used": [0, 7, 10, 0, 4]}


def test_all_or_nothing_is_a_fold():
    """A carnet that is only used when it is enough cannot be a running sum, and comes out right."""
    left = Var("left")
    program = capped(Scan("left", ("who",), "of", "balance", "start"), of=when(left >= X, X, 0))
    assert run(program, [3, 4, 2, 1], start=[5] * 4, who=[1] * 4)["of"] == [3, 0, 2, 0]


SCANS = {
    "a cap in a cap": (
        (Scan("day", ("who", "date"), "daily"), Scan("month", ("who",), "monthly")),
        {
            "daily": minimum(X, maximum(900 - Var("day"), 0)),
            "monthly": minimum(Var("daily"), maximum(4000 - Var("month"), 0)),
        },
    ),
    "two limits at once": (
        (Scan("week", ("who", "date"), "taken"), Scan("left", ("who",), "taken", "balance", "start")),
        {"taken": minimum(X, minimum(maximum(500 - Var("week"), 0), Var("left")))},
    ),
    "two keys that have nothing in common": (
        (Scan("person", ("who",), "taken"), Scan("house", ("date",), "taken")),
        {"taken": minimum(X, minimum(maximum(3000 - Var("person"), 0), maximum(2000 - Var("house"), 0)))},
    ),
    "a scan that needs one which is declared later": (
        (Scan("first", ("who",), "a"), Scan("second", ("date",), "b")),
        {"b": minimum(X, maximum(700 - Var("second"), 0)), "a": Var("b") + Var("second")},
    ),
    "a constant that is counted": (
        (Scan("n", ("who",), "one", "count"), Scan("sum", (), "five")),
        {"one": Const(1), "five": Const(5), "price": when(Var("n") < 3, 0, X) + Var("sum")},
    ),
    "each count limits the other": (
        (Scan("n", ("who",), "a", "count"), Scan("m", ("who", "date"), "b", "count")),
        {"a": equal(Var("m") % 2, 0) * X, "b": (Var("n") < 4) + 0},
    ),
}


@pytest.mark.parametrize("few", [1, 5, 1000])
@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("name", SCANS)
def test_chains_and_knots_of_scans_are_a_fold(name, clustered, few, monkeypatch):
    """Scans of scans, and scans that need each other over different keys, give what a fold over a dict gives."""
    monkeypatch.setattr(_fold, "FEW", few)
    scans, lets = SCANS[name]
    program, dice = capped(*scans, **lets), random.Random(5)
    rows = [
        {"x": dice.randint(0, 1000), "start": 1000, "who": dice.randint(0, 5), "date": dice.randint(0, 3)}
        for _ in range(300)
    ]
    if clustered:
        rows.sort(key=lambda row: (row["who"], row["date"]))
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    table = run(program, columns["x"], columns["start"], who=columns["who"], date=columns["date"])
    assert table == folded(program, rows)
    assert any(table[program.outputs[0]])


def test_a_key_that_holds_all_rows_takes_no_step_for_each(capsys):
    """One person with 60,000 rows is folded row by row, in far less time than a vector for each row would take."""
    program = capped(Scan("used", ("who",), "of"), of=minimum(X, maximum(10**7 - Var("used"), 0)))
    x = [number * 7919 % 1001 for number in range(60_000)]
    start = time.process_time()
    table = run(program, x, who=[3] * len(x))
    spent = time.process_time() - start
    with capsys.disabled():
        print(f"\n60,000 rows of one key: {spent:.2f} s")
    assert sum(table["of"]) == min(sum(x), 10**7)
    assert table["used"][-1] == sum(table["of"][:-1])
    assert spent < 1.5


@pytest.mark.parametrize("few", [1, 24])
def test_a_fold_goes_on_from_what_its_key_had_left_behind(few, monkeypatch):
    """What is given for a scan is there before the first row of the key, for steps of many rows and for single ones."""
    monkeypatch.setattr(_fold, "FEW", few)
    kernel = emit_numpy(capped(Scan("used", ("who",), "of"), of=minimum(X, maximum(10 - Var("used"), 0))))
    columns = {"x": [7, 7, 7], "start": [0] * 3, "used": [2, 9, 2]}
    assert kernel(columns, {"who": [1, 2, 1]})["used"].tolist() == [2, 9, 9]


def test_groups_of_all_lengths_are_one_fold():
    """Long groups end row by row after the short ones have gone in steps; nothing is lost between both."""
    program = capped(Scan("used", ("who",), "of"), of=minimum(X, maximum(5_000 - Var("used"), 0)))
    dice = random.Random(8)
    rows = [
        {"x": dice.randint(0, 300), "start": 0, "who": min(dice.randint(0, 90), dice.randint(0, 90))}
        for _ in range(3000)
    ]
    lengths = sorted(Counter(row["who"] for row in rows).values())
    assert lengths[0] < lengths[-_fold.FEW] < lengths[-1]
    table = run(program, [row["x"] for row in rows], who=[row["who"] for row in rows])
    assert table == folded(program, rows)


def test_a_scan_that_no_output_needs_is_not_computed():
    """Its key columns need not even be there."""
    program = attrs.evolve(capped(Scan("used", ("who",), "of"), of=X), outputs=("x",))
    assert run(program, [3, 4]) == {"x": [3, 4]}


def test_keys_may_be_texts_and_wide_numbers():
    """Whatever has an order can be a key; an input can be one as well."""
    program = capped(Scan("used", ("who", "x", "far"), "of"), of=X)
    table = run(program, [1, 1, 2, 1], who=["zoë", "bob", "zoë", "zoë"], far=[2**62, 5, 2**62, 2**62])
    assert table["used"] == [0, 0, 0, 1]


def test_many_wide_keys_do_not_mix():
    """The numbers of key values multiply beyond 64 bits and groups are still told apart."""
    program = capped(Scan("used", tuple("abcd"), "of"), of=X)
    columns = {name: [0, 2**30, 0, 2**30, 0] for name in "abc"}
    columns["d"] = [2**30, 0, 2**30, 0, 1]
    assert run(program, [1, 2, 4, 8, 16], **columns)["used"] == [0, 0, 1, 2, 0]


@pytest.mark.parametrize("key", ["ab", "abcd"])
def test_numbers_of_keys_that_fill_64_bits_keep_their_order(key):
    """Groups that differ in the highest bits alone are told apart, and each is added up in the order of its rows."""
    dice = random.Random(4)
    columns = {name: [dice.choice((0, 1, 2**29, 2**30 - 1)) for _ in range(300)] for name in key}
    used, priors = Counter(), []
    for x, mine in enumerate(zip(*columns.values(), strict=True)):
        priors.append(used[mine])
        used[mine] += x
    assert run(capped(Scan("used", tuple(key), "of"), of=X), range(300), **columns)["used"] == priors


def test_ranks_take_the_kth_row_of_each_group():
    """Step after step, each row once, and in a step no group twice."""
    groups = group(np, [np.array([3, 1, 3, 2, 3, 1])], 6)
    assert [step.tolist() for step in ranks(np, groups)] == [[1, 3, 0], [5, 2], [4]]
    assert ranks(np, group(np, [np.array([], dtype=np.int64)], 0)) == []


def test_no_rows_give_no_rows():
    """An empty table is a table, with scans and without."""
    used = Var("used")
    program = capped(Scan("used", ("who",), "of"), Scan("all", (), "x2"), of=minimum(X, 5 - minimum(used, 5)), x2=X * 2)
    assert run(program, [], who=[]) == {"of": [], "x2": [], "used": [], "all": []}


def test_outputs_are_whole_columns():
    """A constant, an input and a comparison are columns of int64 like any other."""
    program = capped(seven=Const(7), truth=X < 2, table=TableLookup((5, 6), equal(X, 1)))
    table = emit_numpy(attrs.evolve(program, outputs=("seven", "truth", "table", "x")))(
        {"x": np.array([1, 2], dtype=np.int8), "start": [0, 0]}
    )
    assert {name: column.tolist() for name, column in table.items()} == {
        "seven": [7, 7],
        "truth": [1, 0],
        "table": [6, 5],
        "x": [1, 2],
    }
    assert {column.dtype for column in table.values()} == {np.dtype(np.int64)}


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"x": [1]}, "'start' is missing"),
        ({"x": [1.0], "start": [1]}, "'x' is no column of integers"),
        ({"x": [True], "start": [1]}, "'x' is no column of integers"),
        ({"x": ["1"], "start": [1]}, "'x' is no column of integers"),
        ({"x": np.array([1], dtype=np.uint64), "start": [1]}, "'x' is no column of integers"),
        ({"x": [[1]], "start": [1]}, "'x' is no column of integers"),
        ({"x": 1, "start": [1]}, "'x' is no column of integers"),
        ({"x": [1, 1001], "start": [1, 1]}, "'x' leaves its bounds, from 0 to 1000"),
        ({"x": [-1, 1], "start": [1, 1]}, "'x' leaves its bounds"),
        ({"x": [1, 2], "start": [1]}, "one length"),
        ({"x": [1], "start": [1]}, "key column 'who' is missing"),
        ({"x": [1], "start": [1], "who": [1, 2]}, "'who' does not have 1 rows"),
        ({"x": [1], "start": [1], "who": [1], "used": [-1]}, "'used' leaves its bounds"),
        ({"x": [1], "start": [1], "who": [1], "used": [41]}, "'used' leaves its bounds"),
    ],
)
def test_columns_that_the_proof_does_not_cover_are_refused(columns, problem):
    """What is missing, no integer, uneven or out of bounds is an error before anything is computed."""
    kernel = emit_numpy(capped(Scan("used", ("who",), "of", limit=40), of=X))
    with pytest.raises(InputError, match=problem):
        kernel(columns)


@pytest.mark.parametrize("few", [1, 24])
@pytest.mark.parametrize("of", [X, minimum(X, maximum(61 - Var("used"), 0))])
def test_a_scan_that_grows_too_far_is_refused(of, few, monkeypatch):
    """The limit is part of the proof: a prior beyond it is an error, and one that reaches it is none."""
    monkeypatch.setattr(_fold, "FEW", few)
    program = capped(Scan("used", ("who",), "of", limit=40), of=of)
    assert run(program, [20, 20, 20], who=[1, 1, 1])["used"] == [0, 20, 40]
    with pytest.raises(InputError, match="'used' grows beyond 40"):
        run(program, [20, 21, 20], who=[1, 1, 1])


@pytest.mark.parametrize(("knot", "few"), [(False, 24), (True, 24), (True, 1)])
def test_a_sum_that_wraps_is_refused(knot, few, monkeypatch):
    """Sums over the table may wrap, sums over a key may not: a group beyond 64 bits is an error (negative control)."""
    monkeypatch.setattr(_fold, "FEW", few)
    top = 2**62 - 1
    of = minimum(X, top - minimum(Var("used"), 1)) if knot else X
    program = Program((Input("x", 0, top),), (("of", of),), ("used",), (Scan("used", ("who",), "of", limit=2**62),))
    kernel = emit_numpy(program)
    apart = kernel({"x": [top] * 6}, {"who": np.arange(6)})
    assert apart["used"].tolist() == [0] * 6
    for rows in (3, 4, 5, 6, 9):
        with pytest.raises(InputError, match="grows beyond"):
            kernel({"x": [top] * rows}, {"who": [1] * rows})


def test_without_a_proof_a_column_wraps():
    """NumPy gives a wrong number in silence where Python gives the right one: that is what the proof is for."""
    price, units = 2**40, 2**24
    assert int((np.array([price]) * np.array([units]))[0]) != price * units


def test_a_program_without_inputs_takes_its_length_from_the_keys():
    """Only the key columns say how many rows there are."""
    program = Program((), (("of", Const(2)),), ("used", "of"), (Scan("used", ("who",), "of"),))
    table = emit_numpy(program)({}, {"who": ["a", "b", "a"]})
    assert {name: column.tolist() for name, column in table.items()} == {"used": [0, 0, 2], "of": [2, 2, 2]}
    with pytest.raises(InputError, match="one length"):
        emit_numpy(program)({})


def test_the_columns_that_are_given_stay_as_they_are():
    """A kernel writes into no column of the caller."""
    x, start, who = np.arange(5), np.full(5, 9), np.array([1, 2, 1, 2, 1])
    kernel = emit_numpy(capped(Scan("left", ("who",), "of", "balance", "start"), of=minimum(X, Var("left"))))
    for column in (x, start, who):
        column.setflags(write=False)
    first = kernel({"x": x, "start": start}, {"who": who})
    again = kernel({"x": x, "start": start}, {"who": who})
    assert {name: column.tolist() for name, column in first.items()} == {
        name: column.tolist() for name, column in again.items()
    }


def test_numpy_is_asked_for_only_by_its_emitter(monkeypatch):
    """Without NumPy everything but the columnar kernels works, and those fail at once."""
    program = capped(of=rounded(X * 4711, 7))
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert emit_python(program)(7, 0) == (4711,)
    with pytest.raises(ImportError):
        emit_numpy(program)
