"""The plug-in for MariaDB, built on the toolbox of SQL stores and installed: its own tests pass on a server of theirs.

``pip`` has no such server; on Debian it is in mariadb-server-core and mariadb-client-core. Without one, and without
``MARIADB_TEST_URL``, the tests here are skipped.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cantinekit.testing import promises
from support.processes.installed import call, count_passed, run_own_tests
from support.run import soak
from support.stores.questions import QUESTIONS

PROJECT = Path(__file__).parents[2] / "examples" / "plugins" / "cantinekit-mariadb"
PACKAGE = PROJECT / "src" / "cantinekit_mariadb"
PATH = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"


@pytest.fixture(scope="module", autouse=True)
def _server() -> None:
    installed = all(shutil.which(name, path=PATH) for name in ("mariadbd", "mariadb-install-db", "my_print_defaults"))
    if not (installed or "MARIADB_TEST_URL" in os.environ):
        pytest.skip("MariaDB is not installed, and MARIADB_TEST_URL names no server")


def test_the_storage_contract(example_environment, tmp_path):
    """The installed store keeps every promise of the storage contract, in a soak at full size; none is unclaimed but
    those on questions beside the port, of which it answers none.
    """
    options, scale = "tests/test_contract.py", "1" if soak.SOAK else "0.02"
    told = run_own_tests(PROJECT, example_environment, tmp_path, options, CONTRACT_SCALE=scale)
    assert count_passed(told, skipped=QUESTIONS) == len(promises()) - QUESTIONS


def test_a_server_that_is_not_as_it_should_be(example_environment, tmp_path):
    """The installed store does what its tests say of URLs, of a schema, and of a server that hangs or is lost."""
    told = run_own_tests(PROJECT, example_environment, tmp_path, "tests/test_opening.py")
    assert count_passed(told) >= 20


def test_a_store_that_locks_nothing_is_found(example_environment, tmp_path):
    """The control: where rows are compared without a lock, increments are lost and the contract says so."""
    broken = tmp_path / "broken" / "cantinekit_mariadb"
    shutil.copytree(PACKAGE, broken, ignore=shutil.ignore_patterns("__pycache__"))
    text = (broken / "database.py").read_text(encoding="utf-8")
    assert ' + "FOR UPDATE"' in text
    (broken / "database.py").write_text(text.replace(' + "FOR UPDATE"', ""), encoding="utf-8")
    shutil.copytree(PROJECT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    program = (
        "import sys, pytest; sys.path.insert(0, 'broken'); found = 'no_increment_is_lost or crossed_reads_and_writes'; "
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-k', found, 'tests/test_contract.py']) != 1)"
    )
    python = example_environment / "bin" / "python"
    told = call(python, "-c", program, cwd=tmp_path, CONTRACT_SCALE="0.2")
    assert "failed" in told


def test_it_costs_its_sql_and_no_more():
    """The whole store is fewer than 200 lines of Python and SQL that are neither blank nor a comment."""
    lines = [
        line
        for path in (*PACKAGE.glob("*.py"), *PACKAGE.glob("migrations/*.sql"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.lstrip().startswith(("#", "--"))
    ]
    assert len(lines) < 200, len(lines)
