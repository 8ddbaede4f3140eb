"""What the programs of a price list become on each engine, beside the same list by hand, over columns in memory.

Carnet, daily cap, weekend and evening, VAT; for the fold also a carnet that covers a row whole or not at all, and lots
that come and expire, which no running sum can say. All of them price the same rows of a year, the figures are compared
row by row, and the goals are ratios of CPU time in one run. Peak memory is that of a process of its own for each, the
median of the rounds.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import attrs
import duckdb
import numpy as np
import polars as pl
from peers.hand_columns import BY_DUCKDB, FIGURES, by_polars
from peers.memory import peak
from peers.town import town

from cantinekit.pricing import Tariff
from cantinekit.pricing.kernel import Const, Program, emit_duckdb, emit_numpy, emit_polars, emit_python

LIST = town("person", "day")
SUMS, WHOLE, LOTS = "sums", "all or nothing", "lots"
"""What a program has to fold: nothing but running sums, a carnet without a partial cover, or two lots with times."""
FIRST_DAY = 739_252
"""The first of January 2025."""
NAMES = {
    "axis room": "room", "axis category": "category", "minute": "minute", "day": "day", "count": "count",
    "start left carnet": "start", "tax day": "day", "scope person": "member", "scope day": "day",
}  # fmt: skip
"""The column of each input and key of the program."""
Columns = dict[str, Any]


@cache
def program(kind: str = SUMS) -> Program:
    """The program of the product, with the figures as its outputs; nothing was counted before the first row."""
    text = LIST.replace("partial = true, ", "") if kind == WHOLE else LIST
    found = Tariff.load(text)._programs.columns("half", lots=2 if kind == LOTS else 0)
    assert found is not None
    before = {meter.opening for meter in found.meters}
    inputs = tuple(one for one in found.program.inputs if one.name not in before)
    lets = (*((name, Const(0)) for name in sorted(before)), *found.program.lets)
    return attrs.evolve(found.program, inputs=inputs, lets=lets, outputs=FIGURES)


@cache
def usages(rows: int, *, clustered: bool = False) -> Columns:
    """Visits of a year in the order of time, or of member and day; each member has a hundred."""
    random = np.random.default_rng(1)
    members = max(1, rows // 100)
    moment = np.sort(random.integers(0, 365 * 14 * 60, rows))
    found = {
        "id": np.arange(rows), "member": random.integers(0, members, rows), "day": FIRST_DAY + moment // (14 * 60),
        "minute": 7 * 60 + moment % (14 * 60), "room": random.integers(0, 4, rows),
        "category": random.integers(0, 4, rows), "count": random.choice([1, 1, 1, 2, 3], rows),
    }  # fmt: skip
    found["start"] = np.where(found["member"] % 3 == 0, 50, 0)
    if clustered:
        order = np.lexsort((found["id"], found["day"], found["member"]))
        found = {name: column[order] for name, column in found.items()}
        found["id"] = np.arange(rows)
    return found


def given(columns: Columns, kind: str = SUMS) -> Columns:
    """The columns by the names of the program."""
    found = {name: columns[column] for name, column in NAMES.items()}
    if kind == LOTS:
        expires, held, day = FIRST_DAY + 60 + columns["member"] * 37 % 300, columns["start"] > 0, columns["day"]
        for place, (units, usable) in enumerate(((10, day < expires), (40, day >= expires - 40))):
            found[f"start left carnet lot {place}"] = np.where(held, units, 0)
            found[f"usable left carnet lot {place}"] = usable.astype(np.int64)
    return found


# --- the variants ----------------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class Variant:
    """A way to price the rows.

    Attributes:
        name: its name.
        ready: what is done before it is timed.
        run: what is timed.
        figures: the result as columns of NumPy in the order of the rows.
        clustered: whether the rows come by member and day.
        most: the most rows that it is tried with.
        kind: what its program has to fold.
    """

    name: str
    ready: Callable[[Columns], Any]
    run: Callable[[Any], Any]
    figures: Callable[[Any], Columns] = lambda found: found
    clustered: bool = False
    most: int = 10**9
    kind: str = SUMS


def of_frame(found: Any) -> Columns:
    return {name: found.get_column(name).to_numpy() for name in FIGURES}


def in_duckdb(columns: Columns) -> Any:
    """A connection with the rows in a table."""
    connection = duckdb.connect(config={"threads": 2})
    connection.register("given", columns)
    connection.execute("CREATE TABLE usages AS SELECT * FROM given")
    connection.unregister("given")
    return connection


def stored(connection: Any, relation: Any) -> Any:
    """The result as a table of the same connection."""
    connection.execute("DROP TABLE IF EXISTS priced")
    relation.to_table("priced")
    return connection


def of_duckdb(connection: Any) -> Columns:
    found = connection.execute(f"SELECT {', '.join(FIGURES)} FROM priced ORDER BY id").fetchnumpy()
    return {name: np.ma.getdata(column) for name, column in found.items()}


def generated_sql(connection: Any) -> Any:
    return stored(connection, emit_duckdb(program()).relation(connection.table("usages"), "id", NAMES))


def scalar_fold(columns: Columns, kind: str = SUMS) -> Columns:
    """Row by row, by integers of Python, with what each member and day has left behind in a dict."""
    one = program(kind)
    kernel = emit_python(attrs.evolve(one, outputs=(*FIGURES, *(scan.of for scan in one.scans))))
    inputs = [columns[each.name].tolist() for each in one.inputs]
    keys = [list(zip(*(columns[name].tolist() for name in scan.key), strict=True)) for scan in one.scans]
    states: list[dict[Any, int]] = [{} for _ in one.scans]
    out: list[tuple[int, ...]] = []
    for row, values in enumerate(zip(*inputs, strict=True)):
        priors = [state.get(key[row], 0) for state, key in zip(states, keys, strict=True)]
        found = kernel(*values, *priors)
        out.append(found)
        for state, key, prior, moved in zip(states, keys, priors, found[len(FIGURES) :], strict=True):
            state[key[row]] = prior + moved
    return {name: np.array([found[place] for found in out]) for place, name in enumerate(FIGURES)}


def as_frame(columns: Columns) -> Any:
    return pl.DataFrame(columns)


def program_frame(columns: Columns) -> Any:
    frame = as_frame(columns)
    return {name: frame.get_column(column) for name, column in NAMES.items()}


def hand_polars(frame: Any) -> Any:
    return by_polars(pl, frame.lazy()).collect()


def hand_sql(connection: Any) -> Any:
    return stored(connection, connection.sql(BY_DUCKDB))


def folds(kind: str) -> tuple[Variant, Variant]:
    """The fold by NumPy and by Python of what no running sum can say."""

    def ready(columns: Columns) -> Columns:
        return given(columns, kind)

    fast = Variant(f"numpy, {kind}", ready, lambda columns: emit_numpy(program(kind))(columns), kind=kind)
    slow = Variant(f"scalar, {kind}", ready, lambda columns: scalar_fold(columns, kind), most=200_000, kind=kind)
    return fast, slow


VARIANTS = (
    Variant("polars by hand", as_frame, hand_polars, of_frame),
    Variant("polars", program_frame, lambda frame: emit_polars(program()).frame(frame), of_frame),
    Variant(
        "polars, clustered", program_frame, lambda frame: emit_polars(program()).frame(frame), of_frame, clustered=True
    ),
    Variant("duckdb by hand", in_duckdb, hand_sql, of_duckdb),
    Variant("duckdb", in_duckdb, generated_sql, of_duckdb),
    Variant("numpy", given, lambda columns: emit_numpy(program())(columns)),
    Variant("numpy, clustered", given, lambda columns: emit_numpy(program())(columns), clustered=True),
    Variant("scalar fold", given, scalar_fold, most=200_000),
    *(variant for kind in (WHOLE, LOTS) for variant in folds(kind)),
)
GOALS = (
    ("polars", "polars by hand", 1.15),
    ("duckdb", "duckdb by hand", 1.25),
    ("polars, clustered", "polars by hand", 1 / 4),
    ("numpy", "scalar fold", 1 / 5),
    *((f"numpy, {kind}", f"scalar, {kind}", 1 / 5) for kind in (WHOLE, LOTS)),
)
MEMORY = (("polars", "polars by hand"), ("duckdb", "duckdb by hand"))


def spent(variant: Variant, ready: Any, rows: int) -> tuple[float, Any]:
    """CPU microseconds for a row, and the result."""
    begun = time.process_time()
    found = variant.run(ready)
    return (time.process_time() - begun) / rows * 1e6, found


def wrong(variant: Variant, found: Any, wanted: Columns) -> list[str]:
    """The figures in which a result differs, with the first row."""
    figures = variant.figures(found)
    out = []
    for name in FIGURES:
        places = np.flatnonzero(figures[name] != wanted[name][: len(figures[name])])
        if len(places) or len(figures[name]) == 0:
            out.append(f"{variant.name}: {name} differs in {len(places)} rows, from row {places[:1]}")
    return out


def measured(rows: int, rounds: int) -> tuple[dict[str, list[float]], list[str]]:
    """Microseconds for a row of each variant in each round, and where one differs; the rounds are interleaved."""
    costs: dict[str, list[float]] = {variant.name: [] for variant in VARIANTS}
    found: list[str] = []
    wanted = {}
    for kind, clustered in {(variant.kind, variant.clustered) for variant in VARIANTS}:
        columns = given(usages(rows, clustered=clustered), kind)
        wanted[kind, clustered] = emit_numpy(program(kind))(columns)
    ready = {}
    for variant in VARIANTS:
        columns = usages(rows, clustered=variant.clustered)
        ready[variant.name] = variant.ready({name: column[: variant.most] for name, column in columns.items()})
    for number in range(rounds + 1):
        for variant in VARIANTS:
            cost, result = spent(variant, ready[variant.name], min(rows, variant.most))
            if number:  # the first round warms up, and is compared
                costs[variant.name].append(cost)
            else:
                found += wrong(variant, result, wanted[variant.kind, variant.clustered])
    return costs, found


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where figures differ or a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help="price once by this variant, and print the peak of memory in MB")
    options = parser.parse_args(arguments)
    if options.one:
        variant = next(one for one in VARIANTS if one.name == options.one)
        variant.run(variant.ready(usages(min(options.rows, variant.most), clustered=variant.clustered)))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return 0
    versions = f"Polars {pl.__version__}, DuckDB {duckdb.__version__}, NumPy {np.__version__}"
    print(
        f"Python {sys.version.split()[0]}, {versions}; {options.rows} rows, least of {options.rounds} rounds, CPU time"
    )
    # first of all: a process begins with the peak of the one that starts it
    memory = {name: peak(__file__, name, options.rows, options.rounds) for pair in MEMORY for name in pair}
    costs, failed = measured(options.rows, options.rounds)
    least = {name: min(rounds) for name, rounds in costs.items()}
    print(f"{'':<24}{'us a row':>10}{'seconds':>9}{'peak MB':>9}")
    for variant in VARIANTS:
        name, rows = variant.name, min(options.rows, variant.most)
        note = "" if rows == options.rows else f"  ({rows} rows)"
        peaked = f"{memory[name]:>9.0f}" if name in memory else " " * 9
        print(f"{name:<24}{least[name]:>10.3f}{least[name] * rows / 1e6:>9.2f}{peaked}{note}")
    print("all figures identical row by row" if not failed else "\n".join(failed))
    for name, other, most in GOALS:
        ratio = least[name] / least[other]
        missed = ratio > most
        failed += [name] if missed else []
        print(f"{name} / {other}: {ratio:.3f}, goal at most {most:.2f}{' MISSED' if missed else ''}")
    for name, other in MEMORY:
        ratio = memory[name] / memory[other]
        failed += [f"memory of {name}"] if ratio > 1 else []
        print(f"peak of {name} / {other}: {ratio:.2f}, goal at most 1.00{' MISSED' if ratio > 1 else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
