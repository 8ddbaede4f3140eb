"""The soak is the same suite, larger."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import settings

from support.run import soak

TESTS = Path(__file__).parents[1]
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from support.run import soak\n"
    "from hypothesis import settings\n"
    "print(soak.scaled(3), settings().max_examples, *soak.pytest_report_header())"
)


def told(**environment: str) -> list[str]:
    clean = {name: value for name, value in os.environ.items() if name != "CANTINEKIT_SOAK"}
    command = [sys.executable, "-c", PROGRAM, str(TESTS)]
    result = subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True, check=True)
    return result.stdout.split()


def test_sizes():
    """A soak multiplies counts and examples, and says at the top of its report on what it ran."""
    assert told() == ["3", "50"]
    count, examples, *header = told(CANTINEKIT_SOAK="1")
    assert (int(count), int(examples)) == (3 * soak.FACTOR, 100 * soak.FACTOR)
    assert {"soak:", "cantinekit", "hypothesis"} <= set(header)


def test_profile_is_in_use():
    """The profile is loaded before any test is: no example fails because the machine was busy."""
    assert settings().deadline is None
