"""The tutorial on a first plug-in works as it is printed: its files are written and its commands run.

A block behind "`path`:" is that file. A ``diff`` block changes the file that was named last: its lines with ``-`` or a
space are found there once, and replaced by those with ``+`` or a space. Of console blocks every command runs, and what
is printed below it must come out; ``...`` stands for anything. ``pip install`` goes into the fresh environment, without
a network.
"""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from support.processes.installed import fresh_environment, pip

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "first-plug-in.md"
BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<lang>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FOR_THE_READER = ("python3 -m venv", ". .venv/bin/activate", "pip install PATH-OF-THE-CLONE")
OFF_THE_PAGE = {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "120"}


class Reader:
    """Who follows the page from the top to the end."""

    def __init__(self, folder: Path, environment: Path) -> None:
        self.folder, self.environment = folder, environment
        self.named = folder
        self.ran: list[str] = []

    def follow(self, text: str) -> None:
        for block in BLOCK.finditer(text):
            names = re.findall(r"`([\w./-]+\.(?:py|toml))`:$", block["before"])
            if names:
                self.named = self.folder / names[-1]
            if block["lang"] == "console":
                self.run(block["body"])
            elif block["lang"] == "diff":
                self.change(block["body"])
            else:
                assert names, f"a block of a file that is not named: {block['body']}"
                self.named.write_text(block["body"], encoding="utf-8")

    def change(self, diff: str) -> None:
        lines = [(line[:1], line[1:]) for line in diff.splitlines(keepends=True)]
        old = "".join(line for mark, line in lines if mark in "- ")
        new = "".join(line for mark, line in lines if mark in "+ ")
        text = self.named.read_text(encoding="utf-8")
        assert text.count(old) == 1, (self.named, old)
        self.named.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, block: str) -> None:
        commands: list[tuple[str, list[str]]] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            else:
                commands[-1][1].append(line)
        for command, wanted in commands:
            if not command.startswith(FOR_THE_READER):
                told = self.told(shlex.split(command))
                self.ran.append(command)
                expected = "".join(f"{line}\n" for line in wanted)
                same = doctest.OutputChecker().check_output(
                    expected, told, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
                )
                assert same or not wanted, f"{command} printed\n{told}instead of\n{expected}"

    def told(self, command: list[str]) -> str:
        """What a command prints; one that the page does not know of fails."""
        match command:
            case ["cd", name]:
                self.folder = (self.folder / name).resolve()
                return ""
            case ["mkdir", "-p", *names]:
                for name in names:
                    (self.folder / name).mkdir(parents=True)
                return ""
            case ["pip", "install", "-e", ".[test]"]:
                pip(self.environment, "--no-deps", "--no-build-isolation", "-e", self.folder, cwd=self.folder)
                return ""
            case ["pytest" | "cantinekit" as module, *rest]:
                python = self.environment / "bin" / "python"
                argv = [python, "-m", module, *rest, *(["-p", "no:cacheprovider"] if module == "pytest" else [])]
                environment = {"PATH": "/usr/bin:/bin", **OFF_THE_PAGE}
                result = subprocess.run(
                    argv, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
                )
                assert not result.stderr, result.stderr
                return result.stdout
            case _:
                raise AssertionError(f"an unknown command: {command}")


@pytest.fixture
def reader(tmp_path) -> Reader:
    (tmp_path / "home").mkdir()
    return Reader(tmp_path / "home", fresh_environment(tmp_path / "fresh"))


def test_the_tutorial(reader):
    """From an empty folder every file, change and command works, and each kit is red and green as the page says."""
    home = reader.folder
    reader.follow(PAGE.read_text(encoding="utf-8"))
    assert len(reader.ran) >= 14
    assert {path.name for path in home.iterdir()} == {"cantinekit-shelf", "cantine-happy-hour"}


def test_a_wrong_page_fails(reader):
    """The control: a command that prints something else, an unknown one, and a change that does not fit, fail."""
    with pytest.raises(AssertionError, match="instead of"):
        reader.follow("\n\n```console\n$ cantinekit plugins\nnothing\n```\n")
    with pytest.raises(AssertionError, match="unknown command"):
        reader.follow("\n\n```console\n$ rm -r everything\n```\n")
    with pytest.raises(AssertionError, match="not named"):
        reader.follow("text\n\n```python\nx = 1\n```\n")
    with pytest.raises(AssertionError, match="gone"):
        reader.follow("`x.py`:\n\n```python\nx = 1\n```\n\nIn it:\n\n```diff\n-gone\n+there\n```\n")
