"""Run the tests as a few processes of pytest side by side, each with whole files: ``python tests/lanes.py``.

pytest-xdist sends each test and its reports from process to process and collects all tests in every worker; here a
process collects only its own files. The files are dealt by their weight, so that the processes end at about the same
time. ``--quick`` takes the unit tests that need nothing but this process. All other options go to pytest; where they
name files, there is one lane of these. The last lines of the output say how each lane ended and which tests failed.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
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
CLUSTERS = ("ha", "spark")
"""The folders of which each has a target of its own."""
NO_TESTS = 5
"""The exit code of pytest where no test was selected."""
INTERRUPTED = 128 + signal.SIGINT
"""The exit code after Ctrl-C or SIGTERM."""
LAST_WORDS = 10.0
"""Seconds within which the last output of a lane that has ended is read."""
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
    """The test files, by path; not those of the clusters, which ``make test-ha`` and ``make test-spark`` run."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted(TESTS.rglob("test_*.py"))
        if path.relative_to(TESTS).parts[0] not in CLUSTERS
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
        super().__init__(daemon=True)
        self.number, self.last = number, ""
        self.report: list[str] = []
        # Bytecode is kept, whatever the environment says: the tests start hundreds of interpreters.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        cache = ["-o", f"cache_dir=.pytest_cache/lane-{number}"]
        if "no:cacheprovider" in " ".join([os.environ.get("PYTEST_ADDOPTS", ""), *arguments]):
            cache = []  # which nobody knows then
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", *cache, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            process_group=0,  # Ctrl-C reaches this process alone, which interrupts each lane once
        )
        self.start()

    def run(self) -> None:
        """Read what the process prints, to its end."""
        assert self.process.stdout is not None
        # Closed where reading fails too: the process then fails at its next line and does not wait for a reader.
        with self.process.stdout as lines:
            for line in lines:
                self.last = line.strip() or self.last
                if (self.report or line.startswith("=")) and "= test session starts =" not in line:
                    self.report.append(line)
                else:
                    print(f"{self.number}| {line}", end="", flush=True)

    def wait(self) -> int:
        """The exit code of the process, once it has ended and its report is read."""
        code = self.process.wait()
        self.join(LAST_WORDS)  # not for ever: a process that a dead lane left behind may hold its output open
        return code

    def summary(self, code: int) -> str:
        """How the lane ended, with the tests that failed, for the end of the whole run."""
        how = f"exit code {code}; {self.last}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        _, _, listed = "".join(self.report).rpartition("= short test summary info =")
        failed = [line for line in listed.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return "\n".join([f"lane {self.number}: {how}", *failed])


def interrupt(*_: object) -> None:
    """End the run at a signal."""
    raise KeyboardInterrupt


def is_test(option: str) -> bool:
    """Whether an option names a file or folder of tests."""
    path = Path(ROOT, option.partition("::")[0]).resolve()
    return not option.startswith("-") and path.is_relative_to(TESTS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the lanes; the exit code of the first that failed, and 130 where the run was interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--jobs", type=int, default=3, help="how many processes; some tests wait, so more than cores")
    parser.add_argument("--quick", action="store_true", help="only what needs nothing outside of the process")
    chosen, options = parser.parse_known_args(argv)
    if chosen.jobs < 1:
        parser.error(f"--jobs {chosen.jobs}: at least one")
    if any(map(is_test, options)):
        dealt: list[list[str]] = [[]]
    else:
        dealt = deal(quick_files() if chosen.quick else all_files(), weights(), chosen.jobs)
    # Also where a shell that runs this in the background has it ignored: the lanes would ignore it too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    lanes = [Lane(number, [*options, *files]) for number, files in enumerate(dealt, 1)]
    interrupted = False
    try:
        codes = [lane.wait() for lane in lanes]
    except KeyboardInterrupt:
        interrupted = True
        for lane in lanes:
            lane.process.send_signal(signal.SIGINT)
        codes = [lane.wait() for lane in lanes]
    for lane in lanes:
        print(f"--- lane {lane.number} ---\n{''.join(lane.report)}", flush=True)
    print(*(lane.summary(code) for lane, code in zip(lanes, codes, strict=True)), sep="\n", flush=True)
    if interrupted:
        return INTERRUPTED
    if set(codes) <= {NO_TESTS}:
        return NO_TESTS
    # A shell knows a process that a signal killed by 128 and the number of the signal.
    return next((code if code > 0 else 128 - code for code in codes if code not in (0, NO_TESTS)), 0)


if __name__ == "__main__":
    sys.exit(main())
