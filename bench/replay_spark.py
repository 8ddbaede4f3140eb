"""The year of ``replay.py`` as DataFrames of Spark on a cluster of two workers: ``replay`` beside the same list in SQL.

The rows lie in Parquet files. What is printed is wall-clock time from the frame to the report, and to rows that Spark
has written to nowhere; of the SQL form (``peers/replay_in_spark_sql.py``) the latter. Both results
are compared row by row, by Spark.
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
from peers.replay_in_spark_sql import by_spark
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


def differences(one: Any, other: Any) -> int:
    """How many rows of two results are not the same."""
    names = ["id", *FIGURES[:-1]]
    one, other = one.select(names), other.select(names)
    return int(one.exceptAll(other).count() + other.exceptAll(one).count())


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--master", default="local-cluster[2,1,2048]", help="two workers of one core and 2 GiB each")
    options = parser.parse_args(arguments)
    if find_spec("pyspark") is None or not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        print("pyspark or Java is not installed here")
        return 0
    spark, tariff = session(options.master), Tariff.load(LIST)
    print(f"pyspark {spark.version} on {options.master}, Python {sys.version.split()[0]}, pyarrow {pa.__version__}")
    print(f"{'rows':>9} {'report':>8} {'rows too':>9} {'by SQL':>8}   seconds")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        # Once, since the first job starts the workers and their Pythons.
        for place, rows in enumerate([1_000, *options.rows]):
            path, lots = Path(folder, f"{rows}.parquet"), carnets(rows)
            pq.write_table(usages(rows), path, row_group_size=100_000)
            units = spark.createDataFrame(pa.table({"customer": list(lots), "units": pa.array([50] * len(lots))}))
            begun = time.perf_counter()
            found = replay(tariff, spark.read.parquet(str(path)), lots=lots)
            report = time.perf_counter() - begun
            nowhere(found.rows)
            whole = time.perf_counter() - begun
            begun = time.perf_counter()
            theirs = by_spark(spark.read.parquet(str(path)), units)
            nowhere(theirs)
            sql = time.perf_counter() - begun
            if place:
                print(f"{rows:>9} {report:>8.1f} {whole:>9.1f} {sql:>8.1f}", flush=True)
            if count := differences(found.rows, theirs):
                print(f"{count} rows differ")
                wrong = 1
            found.release()
    spark.stop()
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
