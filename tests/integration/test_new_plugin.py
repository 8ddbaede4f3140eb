"""``cantinekit new-plugin``: the project that it writes works as it is, and what it refuses leaves nothing behind.

The project is built and installed as its author would, in a fresh virtual environment, without a network: that
environment sees the packages of the one in which the tests run, through a .pth file, and nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

import cantinekit
from cantinekit.cli import _new_plugin, main
from cantinekit.testing import promises
from support.processes.installed import SCALE, call, check_types, fresh_environment, install, make_small, pip
from support.stores.questions import QUESTIONS

TEMPLATES = Path(_new_plugin.__file__).parent / "storage_plug_in"
UNCLAIMED = 9 + QUESTIONS  # the promises of stores that are shared, and of questions beside the port
STORAGE = """
from cantinekit import hookimpl
from cantinekit.plugins.hookspecs import StorageBackend

@hookimpl
def cantinekit_storage_backends():
    return [StorageBackend("shelf", open=print)]
"""


def run(capsys, *argv: str) -> SimpleNamespace:
    """The exit code and both outputs of a command line."""
    try:
        code = main(["new-plugin", *argv])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return SimpleNamespace(code=code, out=out, err=err)


@pytest.fixture
def project(tmp_path, capsys) -> Path:
    """A project as the command writes it."""
    assert run(capsys, "storage", "cold-shelf", "--into", str(tmp_path)).code == 0
    return tmp_path / "cantinekit-cold-shelf"


@pytest.fixture
def environment(tmp_path) -> Path:
    """A fresh virtual environment that sees the packages of this one, cantinekit among them."""
    return fresh_environment(tmp_path / "fresh")


# --- what is written ---


def test_what_is_written(project, capsys):
    """The command writes the project that it names, whole: no token of a template is left, no other file is made."""
    files = sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())
    assert files == [
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "src/cantinekit_cold_shelf/__init__.py",
        "src/cantinekit_cold_shelf/store.py",
        "tests/test_contract.py",
        "tests/test_opening.py",
    ]
    for name in files:
        assert not re.search(r"@[A-Z]+@", (project / name).read_text(encoding="utf-8")), name
    assert os.listdir(project.parent) == [project.name]
    assert len(_new_plugin.KINDS["storage"].files) == len(list(TEMPLATES.iterdir())) == len(files)


def test_the_metadata(project):
    """The project asks for this version of cantinekit or a later one, and registers its package as a plug-in."""
    told = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["project"]["name"] == "cantinekit-cold-shelf"
    assert told["project"]["dependencies"] == [f"cantinekit>={metadata.version('cantinekit')}"]
    assert told["project"]["entry-points"] == {"cantinekit": {"cold-shelf": "cantinekit_cold_shelf"}}


def test_the_code_is_clean(project):
    """The project passes a linter, and strict types."""
    for tool in ("ruff", "mypy"):
        pytest.importorskip(tool, reason="the tools of the extra dev are not installed")
    call(sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "120", project, cwd=project)
    check_types(project)


# --- it works as it is ---


def test_the_wheel(project, environment):
    """Built and installed as a wheel the plug-in is found by its entry point, and its tests pass."""
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    pip(environment, "--no-deps", wheel, cwd=project)
    (project / "src").rename(project / "moved")  # what is tested is what was installed
    assert_tests_pass(project, environment)
    listed = call(environment / "bin" / "python", "-m", "cantinekit", "plugins", cwd=project)
    (line,) = [line for line in listed.splitlines() if "cold-shelf://" in line]
    assert line.split()[:4] == ["storage", "cold-shelf://", "cantinekit-cold-shelf", "0.1.0"]


def test_editable(project, environment):
    """Installed with ``pip install -e`` the check of a URL with {fresh} in it finds every promise kept at once."""
    pip(environment, "--no-deps", "--no-build-isolation", "-e", project, cwd=project)
    (project / "scratch").mkdir()
    python = environment / "bin" / "python"
    url = "cold-shelf:///scratch/{fresh}.log"
    told = call(python, "-m", "cantinekit", "contract", url, "--scale", SCALE, cwd=project)
    kept, broken, not_claimed = map(int, re.findall(r"\d+", told.splitlines()[-1]))
    assert (kept, broken, not_claimed) == (len(promises()) - UNCLAIMED, 0, UNCLAIMED)


def test_a_url_without_a_placeholder(project, environment):
    """The check of a URL of its store without {fresh} is one line that says what to write, and writes nothing."""
    pip(environment, "--no-deps", "--no-build-isolation", "-e", project, cwd=project)
    with pytest.raises(AssertionError, match=r"this store is not shared.* write \{fresh\} into the URL"):
        call(environment / "bin" / "python", "-m", "cantinekit", "contract", "cold-shelf:///x.log", cwd=project)
    assert (project / "x.log").read_text(encoding="utf-8") == "cantinekit-cold-shelf 1\n"


def test_its_tests_find_a_fault(project, environment):
    """The tests of the project fail when its store is broken: a change is written that does not fit the versions."""
    store = project / "src" / "cantinekit_cold_shelf" / "store.py"
    text = store.read_text(encoding="utf-8")
    assert "            if stale:\n" in text
    store.write_text(text.replace("            if stale:\n", "            if not change.rows and stale:\n"), "utf-8")
    pip(environment, "--no-deps", "--no-build-isolation", "-e", project, cwd=project)
    with pytest.raises(AssertionError, match=r"FAILED .*test_a_row_is_created_once"):
        own_tests(project, environment, "-k", "row_is")


def own_tests(project: Path, environment: Path, *options: str) -> str:
    """What the tests of the project say, with the large promises small."""
    make_small(project)
    return call(environment / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, cwd=project)


def assert_tests_pass(project: Path, environment: Path) -> None:
    told = own_tests(project, environment)
    assert int(re.search(r"(\d+) passed", told)[1]) > len(promises()) - UNCLAIMED
    assert f" {UNCLAIMED} skipped" in told
    assert "failed" not in told


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Shelf", "'Shelf' cannot be the name"),
        ("cold_shelf", "single hyphens"),
        ("cold--shelf", "single hyphens"),
        ("-shelf", "required: NAME"),
        ("shelf-", "cannot be the name"),
        ("2shelf", "a letter first"),
        ("étagère", "cannot be the name"),
        ("../shelf", "cannot be the name"),
        ("shelf\n", "cannot be the name"),
        ("", "cannot be the name"),
        ("s" * 41, "at most 40"),
        ("cantinekit-shelf", "leave cantinekit out"),
        ("cantinekit", "leave cantinekit out"),
        ("postgres", "postgres:// is reserved"),
        ("https", "https:// is reserved"),
        ("sqlite", "sqlite:// is taken by cantinekit "),
        ("manual", "manual:// is taken by cantinekit "),
    ],
)
def test_names_that_are_refused(capsys, tmp_path, name, words):
    """A name that can be no scheme, or is somebody's, is one line and the code 2; nothing is written."""
    result = run(capsys, "storage", name, "--into", str(tmp_path))
    assert (result.code, result.out) == (2, "")
    assert words in result.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_scheme_that_an_installed_plug_in_has(tmp_path):
    """The scheme of an installed plug-in is refused with its name and version; a broken plug-in stops nothing."""
    site, into = tmp_path / "site", tmp_path / "into"
    site.mkdir()
    into.mkdir()
    install(site, "cantine-shelf", STORAGE, version="2.0")
    install(site, "cantine-broken", "import a_driver_that_nobody_has\n")
    command = [sys.executable, "-m", "cantinekit", "new-plugin", "storage", "--into", str(into)]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    result = subprocess.run([*command, "shelf"], env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "cantinekit: shelf:// is taken by cantine-shelf 2.0: choose another name\n"
    assert list(into.iterdir()) == []
    result = subprocess.run([*command, "drawer"], env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")])
def test_what_exists_is_left_alone(capsys, tmp_path, make):
    """A folder, a file or a link of the project's name is an error and stays as it is."""
    make(tmp_path / "cantinekit-shelf")
    result = run(capsys, "storage", "shelf", "--into", str(tmp_path))
    assert (result.code, result.out) == (2, "")
    assert "cantinekit-shelf exists already" in result.err
    assert [path.name for path in tmp_path.rglob("*")] == ["cantinekit-shelf"]


@pytest.mark.parametrize("into", ["missing", "a-file"])
def test_no_folder(capsys, tmp_path, into):
    """A folder that is not there, or is none, is an error; it is not made."""
    (tmp_path / "a-file").touch()
    result = run(capsys, "storage", "shelf", "--into", str(tmp_path / into))
    assert (result.code, result.out, result.err) == (2, "", f"cantinekit: there is no folder {tmp_path / into}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a-file"]


def test_another_kind(capsys, tmp_path):
    """A kind of plug-in for which there is no template is refused with the kinds that there are."""
    result = run(capsys, "colour", "shelf", "--into", str(tmp_path))
    assert (result.code, result.out) == (2, "")
    for kind in ("notification", "payment", "storage"):
        assert kind in result.err.partition("choose from")[2]


@pytest.mark.parametrize("at", range(len(_new_plugin.KINDS["storage"].files)))
def test_nothing_is_half_written(capsys, tmp_path, monkeypatch, at):
    """When the disk is full at any of the files nothing of the project stays, and the error says why."""
    written = []
    original = Path.write_text

    def full(self, *arguments, **options):
        if len(written) == at:
            raise OSError(28, "No space left on device")
        written.append(self)
        return original(self, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    result = run(capsys, "storage", "shelf", "--into", str(tmp_path))
    assert (result.code, result.out, len(written)) == (2, "", at)
    assert result.err.endswith("cantinekit-shelf: No space left on device\n")
    assert list(tmp_path.iterdir()) == []


def test_two_at_once(tmp_path, monkeypatch):
    """When the project turns up while it is being written, that one stays and this one is an error."""
    original = _new_plugin._template

    def meanwhile(kind, name):
        (tmp_path / "cantinekit-shelf" / "theirs").mkdir(parents=True, exist_ok=True)
        return original(kind, name)

    monkeypatch.setattr(_new_plugin, "_template", meanwhile)
    with pytest.raises(cantinekit.errors.InputError, match="cannot be written"):
        _new_plugin.write_project(_new_plugin.KINDS["storage"], "shelf", tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["cantinekit-shelf", "theirs"]
