"""The plug-in for Django, built as a wheel and installed into a fresh environment: its own tests pass there.

They run in processes of their own, for Django's settings are those of a whole process: the storage contract and what it
does in a host, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest

from cantinekit.testing import promises
from support.processes.installed import call, count_passed, run_own_tests
from support.run import soak
from support.stores.questions import QUESTIONS

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "examples" / "plugins" / "cantinekit-django"


def test_the_wheel(django_wheel):
    """The wheel has every file of the package, its migrations too, no test, and the entry point."""
    package = PROJECT / "src" / "cantinekit_django"
    own = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(django_wheel) as wheel:
        assert {name for name in wheel.namelist() if ".dist-info/" not in name} == own
        assert "cantinekit_django/migrations/0001_initial.py" in own
        (points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
        assert wheel.read(points).decode().split() == ["[cantinekit]", "django", "=", "cantinekit_django"]


def test_the_command_shows_it(django_environment, tmp_path):
    """``cantinekit plugins`` of the environment shows the scheme, the distribution and its version."""
    told = call(django_environment / "bin" / "python", "-m", "cantinekit", "plugins", cwd=tmp_path)
    (line,) = [line for line in told.splitlines() if "django://" in line]
    assert line.split()[:4] == ["storage", "django://", "cantinekit-django", "0.1.0"]


def own_tests(environment: Path, folder: Path, dsn: str, *argv: str, **variables: str) -> str:
    return run_own_tests(PROJECT, environment, folder, *argv, CANTINEKIT_TEST_PG_DSN=dsn, **variables)


@pytest.mark.parametrize("database", ["TestSqlite", "TestPostgresql"])
def test_the_storage_contract(django_environment, pg_server, tmp_path, database):
    """The installed store keeps every promise of the storage contract, in a soak at full size; none is unclaimed but
    those on questions beside the port, of which it answers none.
    """
    scale = "1" if soak.SOAK else "0.02"
    options = ("-k", database, "tests/test_contract.py")
    told = own_tests(django_environment, tmp_path, pg_server, *options, CONTRACT_SCALE=scale)
    assert count_passed(told, skipped=QUESTIONS) == len(promises()) - QUESTIONS


@pytest.mark.parametrize("part", ["transactions", "requests", "journal", "statements", "settings", "machine"])
def test_in_a_host(django_environment, pg_server, tmp_path, part):
    """The installed store does what its tests say, in a project with transactions, requests and races."""
    told = own_tests(django_environment, tmp_path, pg_server, f"tests/test_{part}.py")
    assert count_passed(told) >= 2


def test_every_part_is_run():
    """No file of the project's tests is left out above."""
    listed = {"contract", "transactions", "requests", "journal", "statements", "settings", "machine"}
    assert {path.stem for path in (PROJECT / "tests").glob("test_*.py")} == {f"test_{part}" for part in listed}


def test_a_broken_store_is_found(django_environment, tmp_path):
    """The control: where the store compares no versions of what it creates, its tests fail and name the promise."""
    package = PROJECT / "src" / "cantinekit_django"
    broken = tmp_path / "broken" / "cantinekit_django"
    shutil.copytree(package, broken, ignore=shutil.ignore_patterns("__pycache__"))
    text = (broken / "_sqlite.py").read_text(encoding="utf-8")
    assert "        planned.check(" in text
    fault = text.replace("        planned.check(", "        planned.created or planned.check(")
    (broken / "_sqlite.py").write_text(fault, encoding="utf-8")
    only = ("-k", "TestSqlite and created_once", "tests/test_contract.py")
    with pytest.raises(AssertionError, match=r"FAILED .*TestSqlite::test_a_row_is_created_once"):
        own_tests(django_environment, tmp_path, "", *only, PYTHONPATH=str(broken.parent))


def test_the_versions_of_django():
    """The plug-in, the extra for the tests and the lowest constraints name the same oldest Django, a supported LTS."""
    plugin = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = [line for line in plugin["dependencies"] if line.startswith("django")]
    library = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert wanted in library["optional-dependencies"]["test"]
    lowest = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    assert f"Django=={wanted.partition('>=')[2]}" in lowest
    assert f"cantinekit>={library['version']}" in plugin["dependencies"]
