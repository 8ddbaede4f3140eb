"""The year of ``replay.py`` as DataFrames of Spark on a cluster of two workers: ``replay`` beside the same list in SQL.

The rows lie in Parquet files. What is printed is wall-clock time and CPU time of all processes of Spark, the best of
some rounds: of ``replay`` to the report, to rows that Spark has written to nowhere, and to the state of the customers
likewise; of the SQL form (``peers/replay_in_spark_sql.py``) the rows alone, rows that Spark keeps with what a replay
counts and a check of the ids ("SQL report"), and rows that Spark keeps with the state. Rows and state are compared, by
Spark.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from peers.replay_in_spark_sql import by_spark, with_report, with_state
from replay import FIGURES, LIST, carnets, usages

from cantinekit.pricing import Tariff, replay


def session(master: str) -> Any:
    """A session of Spark, whose workers have this Python."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    settings["spark.sql.session.timeZone"] = "Europe/Paris"  # for the SQL form, which has no zone of its own
    found = SparkSession.builder.master(master).config(map=settings).getOrCreate()
    found.sparkContext.setLogLevel("OFF")
    return found


def nowhere(frame: Any) -> None:
    """Compute all rows of a frame."""
    frame.write.format("noop").mode("overwrite").save()


TICKS = os.sysconf("SC_CLK_TCK")
_SEEN: dict[tuple[str, str], int] = {}
"""The CPU time of each process of ours when it was last seen, in ticks: workers of Python come and go."""


def cpu() -> float:
    """The CPU time of this process and all that it has started, in seconds; 0 where there is no ``/proc``."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[path.parent.name] = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
    mine, fresh = set(), {str(os.getpid())}
    while fresh:
        mine |= fresh
        fresh = {name for name, words in found.items() if words[1] in mine} - mine
    for name in mine & found.keys():
        words = found[name]
        _SEEN[name, words[19]] = int(words[11]) + int(words[12])
    return sum(_SEEN.values()) / TICKS


def print_of(frame: Any, names: Sequence[str]) -> tuple[int, int]:
    """How many rows a frame has, and the sum of the hashes of them all."""
    from pyspark.sql import functions as sql

    hashes = sql.sum(sql.xxhash64(*names).cast("decimal(38, 0)"))
    found = frame.agg(sql.count("*"), hashes).first()
    return found[0], int(found[1] or 0)


class Clock:
    """Wall-clock and CPU time since the beginning of a round, by what has been done."""

    def __init__(self) -> None:
        self.begun, self.times = (time.perf_counter(), cpu()), dict[str, tuple[float, float]]()

    def note(self, what: str) -> None:
        """Something is done."""
        self.times[what] = (time.perf_counter() - self.begun[0], cpu() - self.begun[1])


def ours(tariff: Tariff, usages: Any, lots: Any) -> tuple[Clock, Any]:
    """One round of ``replay``."""
    clock = Clock()
    found = replay(tariff, usages, lots=lots)
    clock.note("report")
    nowhere(found.rows)
    clock.note("rows")
    nowhere(found.meters)
    nowhere(found.lots)
    clock.note("state")
    return clock, found


def theirs(usages: Any, units: Any) -> tuple[list[Clock], tuple[Any, Any, Any]]:
    """One round of the SQL form: rows alone, with a report, and with the state."""
    clocks = [Clock()]
    nowhere(by_spark(usages, units))
    clocks[-1].note("SQL rows")
    clocks.append(Clock())
    counted = with_report(usages, units)
    nowhere(counted)
    clocks[-1].note("SQL report")
    counted.unpersist(blocking=True)
    clocks.append(Clock())
    found = with_state(usages, units)
    for frame in found:
        nowhere(frame)
    clocks[-1].note("SQL state")
    return clocks, found


def same(mine: Any, hand: tuple[Any, Any, Any]) -> bool:
    """Whether rows, meters and lots are the same."""
    priced, meters, lots = hand
    pairs = (
        (mine.rows, priced, ("id", *FIGURES[:-1])),
        (mine.meters, meters, ("customer", "meter", "used")),
        (mine.lots, lots, ("customer", "left")),
    )
    return all(print_of(one, names) == print_of(other, names) for one, other, names in pairs)


MANY = 1_000_000
"""More rows are taken once."""
STEPS = ("report", "rows", "state", "SQL rows", "SQL report", "SQL state")


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--master", default="local-cluster[2,1,2048]", help="two workers of one core and 2 GiB each")
    options = parser.parse_args(arguments)
    if find_spec("pyspark") is None or not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        print("pyspark or Java is not installed here")
        return 0
    spark, tariff = session(options.master), Tariff.load(LIST)
    print(f"pyspark {spark.version} on {options.master}, Python {sys.version.split()[0]}, pyarrow {pa.__version__}")
    print(f"seconds of wall-clock time, and of CPU\n{'rows':>9} " + " ".join(f"{step:>14}" for step in STEPS))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        # Once, since the first job starts the workers and their Pythons.
        for place, rows in enumerate([1_000, *options.rows]):
            path, lots = Path(folder, f"{rows}.parquet"), carnets(rows)
            pq.write_table(usages(rows), path, row_group_size=100_000)
            units = spark.createDataFrame(pa.table({"customer": list(lots), "units": pa.array([50] * len(lots))}))
            clocks: list[Clock] = []
            for number in range(options.rounds if place and rows <= MANY else 1):
                clock, found = ours(tariff, spark.read.parquet(str(path)), lots)
                others, hand = theirs(spark.read.parquet(str(path)), units)
                clocks += [clock, *others]
                if number == 0 and not same(found, hand):
                    print("the rows or the state differ")
                    failed = 1
                found.release()
                hand[0].unpersist()
            best = {step: [one.times[step] for one in clocks if step in one.times] for step in STEPS}
            if place:
                told = [
                    f"{min(wall for wall, _ in one):>7.1f}{min(used for _, used in one):>7.1f}" for one in best.values()
                ]
                print(f"{rows:>9} {' '.join(told)}   load {os.getloadavg()[0]:.0f}", flush=True)
    spark.stop()
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
