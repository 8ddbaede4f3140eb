"""Every bench runs, on sizes that prove nothing but that it does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.stores.quick_folder import quick_folder

ROOT = Path(__file__).parents[2]
TINY = {
    "app_load.py": "--store sqlite --clients 3 --seconds 3",
    "availability.py": "--rooms 4 --rounds 1 --questions 2",
    "baskets.py": "--each 1 --lines 3",
    "bills.py": "--payers 2 12 --charges 3 --kills 1 --beside 2 --step 1 --preview",
    "calendars.py": "--events 20 --rounds 1",
    "contention.py": "--clients 2 --each 1",
    "documents.py": "--clients 2 --each 1",
    "engines.py": "--rows 2000 --rounds 1",
    "funder.py": "--visitors 50 --sessions 3 --rounds 1",
    "import_time.py": "--rounds 0",
    "pricing.py": "--rows 20 --rounds 1",
    "pricing_peers.py": "--rows 20 --rounds 1",
    "reads.py": "--rows 50",
    "recurrence.py": "--series 5 --rounds 1",
    "replay.py": "--rows 2000 --few 200 --rounds 1",
    "storage.py": "--clients 2 --rounds 1 --seconds 0.2 --loads wide --backends sqlite --messages 5 --keys 2000",
    "table.py": "--rounds 1 --sizes 50",
    "timelines.py": "--times 1 --rounds 1",
    "web_pages.py": "--rooms 3 --persons 5 --days 4 --pages 2",
}
ELSEWHERE = "recurring-ical-events"
"""The one peer that cannot be beside what the tests have: `make test-bench` runs it in an environment of its own."""


def run(script: str, arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, f"bench/{script}", *arguments.split()]
    with quick_folder() as folder:
        environment = {**os.environ, "TMPDIR": str(folder)}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=850
        )


def test_all_of_them():
    """Each file of bench/ is run here, but those of Spark, which ``make test-spark`` runs."""
    assert sorted([*TINY, "engines_spark.py", "replay_spark.py"]) == sorted(
        path.name for path in (ROOT / "bench").glob("*.py")
    )


@pytest.mark.timeout(900)
@pytest.mark.parametrize("script", TINY)
def test_it_runs(script):
    """A bench comes to its end and prints what it measured; it may miss a goal, and no peer is missing."""
    done = run(script, TINY[script])
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout
    absent = [line for line in done.stdout.splitlines() if "not installed" in line]
    assert [line for line in absent if not line.startswith(ELSEWHERE)] == []


def test_a_broken_bench_is_noticed():
    """The control: one that fails says so."""
    done = run("recurrence.py", "--series none")
    assert done.returncode == 2


def test_the_peer_elsewhere():
    """What is not run here is in the extra of the benches, and in what has to pass before a change is merged."""
    assert f'"{ELSEWHERE}>=' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8")
    (checked,) = re.findall(r"^check:\n((?:\t.*\n)+)", recipes, re.MULTILINE)
    assert " test-bench" in checked
    assert "bench/recurrence.py --series 12 --rounds 1 --all\n" in recipes
