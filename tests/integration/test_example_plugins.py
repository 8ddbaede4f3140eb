"""The plug-ins of the examples, built as wheels and installed into a fresh environment: their own tests pass there.

What is true of every one of them is here; those for Django and for MariaDB, which need databases, have files of their
own too.
"""

from __future__ import annotations

import ast
import re
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from support.processes.installed import call, count_passed, run_own_tests

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "plugins"
ALL = sorted(path.name for path in EXAMPLES.iterdir())
SMALL = [name for name in ALL if name != "cantinekit-django"]


def metadata(name: str) -> dict:
    return tomllib.loads((EXAMPLES / name / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", SMALL)
def test_the_wheel(example_wheels, name):
    """The wheel has every file of the package, its data too, no test, and the entry point and the requirements."""
    package = EXAMPLES / name / "src" / name.replace("-", "_")
    own = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(example_wheels[name]) as wheel:
        assert {file for file in wheel.namelist() if ".dist-info/" not in file} == own
        (points,) = [file for file in wheel.namelist() if file.endswith("entry_points.txt")]
        assert wheel.read(points).decode().split()[0] == "[cantinekit]"
        (told,) = [file for file in wheel.namelist() if file.endswith("METADATA")]
        wanted = message_from_bytes(wheel.read(told)).get_all("Requires-Dist")
    assert set(metadata(name)["dependencies"]) == {line for line in wanted if "extra ==" not in line}


@pytest.mark.parametrize("name", [name for name in SMALL if name != "cantinekit-mariadb"])
def test_its_own_tests(example_environment, tmp_path, name):
    """The installed plug-in does what its tests say, where nothing but the wheel can be found."""
    told = run_own_tests(EXAMPLES / name, example_environment, tmp_path)
    assert count_passed(told) >= 10


@pytest.fixture(scope="module")
def listed(example_environment) -> str:
    """What ``cantinekit plugins`` of the environment prints."""
    return call(example_environment / "bin" / "python", "-m", "cantinekit", "plugins", cwd=example_environment)


@pytest.mark.parametrize("name", SMALL)
def test_the_command_shows_it(listed, name):
    """``cantinekit plugins`` shows what the distribution brings, with its version; nothing failed."""
    assert f"  {name} {metadata(name)['version']}  " in listed
    assert "left out" not in listed


def test_many_calendars_are_folded(listed):
    """The table shows some of the many calendars of one distribution, and how many more there are."""
    lines = [line for line in listed.splitlines() if "cantinekit-holidays 0.1.0" in line]
    assert len(lines) == 13
    assert re.fullmatch(r"\.\.\. +cantinekit-holidays 0\.1\.0 +\d{3} more up to public-zw; --json lists all", lines[-1])


@pytest.mark.parametrize("name", ALL)
def test_it_imports_nothing_private(name):
    """A plug-in uses what any other author can use: no module and no name of the library that begins with _."""
    modules = [path for part in ("src", "tests") for path in (EXAMPLES / name / part).rglob("*.py")]
    assert modules
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cantinekit":
                names = [*node.module.split("."), *(alias.name for alias in node.names)]
                assert not [word for word in names if word.startswith("_")], (path, names)


def test_what_they_need():
    """What an example needs beside the library is in the extra for the tests, its floor in the lowest constraints."""
    library = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = {*library["optional-dependencies"]["test"], *library["dependencies"], f"cantinekit>={library['version']}"}
    lowest = {line.lower() for line in (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()}
    for name in ALL:
        for line in metadata(name)["dependencies"]:
            assert line in known, (name, line)
            if not line.startswith("cantinekit"):
                package, _, floor = line.partition(">=")
                assert re.sub(r"(\.0)*$", "", f"{package}=={floor}") in {re.sub(r"(\.0)*$", "", pin) for pin in lowest}
