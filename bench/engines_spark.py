"""The program of ``engines.py`` as SQL of Spark, beside the same list by hand, on a cluster of two workers.

The rows lie in a Parquet file. What is printed is wall-clock time and CPU time of all processes of Spark, the least of
some rounds, to rows that Spark has written to nowhere; the time in which the query is planned is part of both. All rows
are compared, by Spark.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from engines import FIGURES, NAMES, program, usages
from peers.hand_columns import BY_SPARK
from replay_spark import Clock, nowhere, session

from cantinekit.pricing.kernel import emit_spark

GOAL = 1.25
VARIANTS: dict[str, Callable[[Any], Any]] = {
    "by hand": lambda rows: rows.sparkSession.sql(BY_SPARK, usages=rows),
    "generated": lambda rows: emit_spark(program()).frame(rows, "id", NAMES),
}


def differing(one: Any, other: Any) -> int:
    """How many rows of two frames differ."""
    columns = ["id", *FIGURES]
    one, other = one.select(columns), other.select(columns)
    return int(one.exceptAll(other).count() + other.exceptAll(one).count())


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where the two disagree or the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--master", default="local-cluster[2,1,2048]", help="two workers of one core and 2 GiB each")
    options = parser.parse_args(arguments)
    if find_spec("pyspark") is None or not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        print("pyspark or Java is not installed here")
        return 0
    spark = session(options.master)
    print(f"pyspark {spark.version} on {options.master}, Python {sys.version.split()[0]}; {options.rows} rows")
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "usages.parquet")
        pq.write_table(pa.table(usages(options.rows)), path, row_group_size=100_000)
        rows = spark.read.parquet(str(path))
        wrong = differing(*(run(rows) for run in VARIANTS.values()))
        for _ in range(options.rounds):
            for name, run in VARIANTS.items():
                clock = Clock()
                nowhere(run(rows))
                clock.note(name)
                times[name].append(clock.times[name])
    spark.stop()
    for name, found in times.items():
        wall, cpu = (min(one[place] for one in found) for place in (0, 1))
        print(f"{name:<10}{wall:>7.2f} s wall-clock{cpu:>7.2f} s CPU")
    least = {name: min(cpu for _, cpu in found) for name, found in times.items()}
    ratio = least["generated"] / least["by hand"]
    print("all figures identical row by row" if not wrong else f"{wrong} rows differ")
    print(f"generated / by hand: {ratio:.3f}, goal at most {GOAL}; load {os.getloadavg()[0]:.0f}")
    return 1 if wrong or ratio > GOAL else 0


if __name__ == "__main__":
    raise SystemExit(main())
