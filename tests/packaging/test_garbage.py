"""The garbage collector leaves the tests alone, and still finds what a test leaves behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.run import garbage

TESTS = Path(__file__).parents[1]
FILE = """
def test_a_file_that_is_open():
    open(__file__)
"""
PROCESS = """
import subprocess, sys
def test_a_process_that_runs():
    subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
"""
CIRCLE = """
class Circle:
    def __init__(self):
        self.me, self.file = self, open(__file__)
def test_a_circle():
    Circle()
"""
MANY = """
def test_many_objects():
    kept = [[] for _ in range(100_000)]
"""


def test_it_is_at_work_and_does_not_look_at_the_tests():
    """What there was when the tests were collected is not looked at again; what they make is."""
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == garbage.YOUNG


@pytest.mark.parametrize(
    ("program", "failed", "leaks"),
    [
        (FILE, ["test_a_file_that_is_open"], True),
        (PROCESS, ["test_a_process_that_runs"], True),
        (CIRCLE + MANY, ["test_many_objects"], True),  # during which it is found
        (CIRCLE, [], True),  # found when all tests have ended
        (MANY, [], False),
    ],
    ids=["file", "process", "circle", "circle at the end", "control"],
)
def test_what_a_test_leaves_open_fails_the_run(program, failed, leaks, tmp_path):
    """A file or a process that a test forgets is an error, also where nothing but the collector finds it."""
    (tmp_path / "test_leaks.py").write_text(program, encoding="utf-8")
    options = ["-q", "-ra", "-W", "error", "-p", "no:cacheprovider", "-p", "support.run.garbage", "-c", os.devnull]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    found = [line.split("::")[1].split()[0] for line in said.splitlines() if line.startswith("FAILED ")]
    assert found == failed, said
    assert (done.returncode != 0) == ("ResourceWarning" in said) == leaks, said
