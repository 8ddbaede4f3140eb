"""What a host gets wrong is found by its type checker: mypy --strict and pyright, on the public names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

FOLDER = Path(__file__).parents[1] / "typing" / "mistakes"
FILES = sorted(path.name for path in FOLDER.glob("*.py"))
ERROR = re.compile(r"(\w+\.py):(\d+): error: ")


def marked(name: str) -> set[int]:
    """The line of a file that is wrong."""
    lines = (FOLDER / name).read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}


@cache
def by_mypy() -> dict[str, set[int]]:
    """The lines that mypy complains about, by file."""
    found: dict[str, set[int]] = {name: set() for name in FILES}
    with TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"]
        command += ["--config-file=", "--cache-dir", cache]
        told = subprocess.run([*command, *FILES], cwd=FOLDER, capture_output=True, text=True, check=False)
    for line in told.stdout.splitlines():
        if place := ERROR.match(line):
            found[place[1]].add(int(place[2]))
    return found


@cache
def by_pyright() -> dict[str, set[int]]:
    """The lines that pyright complains about, by file."""
    found: dict[str, set[int]] = {name: set() for name in FILES}
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    told = subprocess.run([*command, *FILES], cwd=FOLDER, capture_output=True, text=True, check=False)
    for one in json.loads(told.stdout)["generalDiagnostics"]:
        if one["severity"] == "error":
            found[Path(one["file"]).name].add(one["range"]["start"]["line"] + 1)
    return found


@pytest.mark.parametrize("name", FILES)
def test_mypy_finds_the_mistake(name):
    """mypy --strict complains about the line with the mistake, and about nothing else."""
    assert by_mypy()[name] == marked(name)


@pytest.mark.parametrize("name", FILES)
def test_pyright_finds_the_mistake(name):
    """pyright complains about the line with the mistake, and about nothing else."""
    assert by_pyright()[name] == marked(name)


def test_there_are_enough_mistakes():
    """Each file makes one mistake, and there are at least fifty."""
    assert len(FILES) >= 50
    assert all(len(marked(name)) == 1 for name in FILES)


def test_nothing_is_left_beside_the_mistakes():
    """The checkers write nothing into the folder that they read."""
    by_mypy(), by_pyright()
    assert {path.suffix for path in FOLDER.iterdir()} == {".py", ".md", ".json"}
