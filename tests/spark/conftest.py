"""A cluster of Spark with two workers, each a process of its own; see ``test_replay_spark``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

MASTER = "local-cluster[2,1,1024]"
"""Two workers with one core and 1 GiB each, in processes of their own."""
RESULTS = "500k"
"""What the driver takes of all workers together: rows of a large frame would be more."""


def java() -> str | None:
    """The Java that Spark would start."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")


def why_not() -> str:
    """Why there is no cluster; empty where there can be one."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed: pip install -c constraints.txt -e '.[spark,test]'"
    if java() is None:
        return "there is no Java, which Spark needs: apt-get install default-jre-headless, or set JAVA_HOME"
    return ""


def pytest_report_header() -> list[str]:
    """On what it runs, or why it does not."""
    if reason := why_not():
        return [f"Spark: all tests are skipped; {reason}"]
    from importlib.metadata import version

    told = subprocess.run([java() or "", "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
    return [f"Spark: pyspark {version('pyspark')} on {MASTER}, {told}"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What Spark says of the pandas beside it is no fault of a test."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("ignore::FutureWarning:pyspark"))


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session on the cluster."""
    if reason := why_not():
        pytest.skip(reason)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "America/New_York",  # not that of the list
        "spark.driver.maxResultSize": RESULTS,
    }
    session = SparkSession.builder.master(MASTER).config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
