"""Run the tests as a few processes of pytest side by side, each with whole files: ``python tests/lanes.py``.

pytest-xdist sends each test and its reports from process to process and collects all tests in every worker; here a
process collects only its own files. The files are dealt by their weight, so that the processes end at about the same
time. ``--quick`` takes the unit tests that need nothing but this process. All other options go to pytest; where they
name files, there is one lane of these.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
WEIGHTS = TESTS / "weights.txt"
"""A line for each heavy file: its seconds and its path. ``--durations=0`` tells them."""
LIGHT = 0.5
"""The weight of a file that has none."""
NO_TESTS = 5
"""The exit code of pytest where no test was selected."""
OUTSIDE = re.compile(
    r"\bpg_\w+|subprocess|sys\.executable|HTTPServer|support\.(?:postgres|processes|servers)\b|\"bench\""
)
"""What a test file names that needs a server, another process or a bench."""
LONG = (
    "test_calendars_corpus.py",
    "test_calendars_hostile.py",
    "test_pricing_listing_keys.py",
    "test_pricing_no_idle_key.py",
    "test_recurrence_hostile.py",
)
"""Unit tests that need no more than this process and yet take long."""


def weights() -> dict[str, float]:
    """The seconds of the heavy files, by path."""
    lines = (line.split() for line in WEIGHTS.read_text(encoding="utf-8").splitlines() if line)
    return {path: float(seconds) for seconds, path in lines}


def all_files() -> list[str]:
    """The test files, by path; not those of the cluster, which ``make test-ha`` runs."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted(TESTS.rglob("test_*.py"))
        if path.relative_to(TESTS).parts[0] != "ha"
    ]


def quick_files() -> list[str]:
    """The unit tests that need nothing outside of their process and take no long time."""
    return [
        path
        for path in all_files()
        if path.startswith("tests/unit/")
        and Path(path).name not in LONG
        and not OUTSIDE.search((ROOT / path).read_text(encoding="utf-8"))
    ]


def deal(files: Iterable[str], known: Mapping[str, float], count: int) -> list[list[str]]:
    """The files in so many lanes of about the same weight: the heaviest first, each to the lightest lane."""
    lanes: list[list[str]] = [[] for _ in range(count)]
    loads = [0.0] * count
    for path in sorted(files, key=lambda path: (-known.get(path, LIGHT), path)):
        lightest = loads.index(min(loads))
        lanes[lightest].append(path)
        loads[lightest] += known.get(path, LIGHT)
    return [sorted(lane) for lane in lanes if lane]


class Lane(threading.Thread):
    """One process of pytest: its progress is shown as it comes, its report is kept until all have ended."""

    def __init__(self, number: int, arguments: Sequence[str]) -> None:
        super().__init__()
        self.number, self.end, self.code = number, "", 0
        # Bytecode is kept, whatever the environment says: the tests start hundreds of interpreters.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-o", f"cache_dir=.pytest_cache/lane-{number}", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if self.end or line.startswith("="):
                self.end += line
            else:
                print(f"{self.number}| {line}", end="", flush=True)
        self.code = self.process.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the lanes; the exit code of the first that failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=3, help="how many processes; some tests wait, so more than cores")
    parser.add_argument("--quick", action="store_true", help="only what needs nothing outside of the process")
    chosen, options = parser.parse_known_args(argv)
    if any(option.startswith("tests") for option in options):
        dealt = [[]]
    else:
        dealt = deal(quick_files() if chosen.quick else all_files(), weights(), chosen.jobs)
    lanes = [Lane(number, [*options, *files]) for number, files in enumerate(dealt, 1)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    for lane in lanes:
        print(f"--- lane {lane.number} ---\n{lane.end}", flush=True)
    codes = [lane.code for lane in lanes]
    if set(codes) == {NO_TESTS}:
        return NO_TESTS
    return next((code for code in codes if code not in (0, NO_TESTS)), 0)


if __name__ == "__main__":
    sys.exit(main())
