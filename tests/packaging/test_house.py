"""The rules of the house: docstrings, names, and what may not stand in a file."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src" / "cantinekit").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PLUGINS = sorted((ROOT / "examples" / "plugins").iterdir())
APPS = sorted((ROOT / "examples" / "apps").iterdir())
PLUGIN_MODULES = sorted(path for project in (*PLUGINS, *APPS) for path in (project / "src").rglob("*.py"))
PLUGIN_TESTS = sorted(path for plugin in PLUGINS for path in (plugin / "tests").rglob("*.py"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    """The files under version control; in an unpacked source distribution all files."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]


# --- modules ---


@pytest.mark.parametrize("path", [*MODULES, *PLUGIN_MODULES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_say_what_they_hold(path):
    """Each module opens with a docstring, and postpones the evaluation of annotations where it has any code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AnnAssign) for node in tree.body):
        first = tree.body[1]
        assert isinstance(first, ast.ImportFrom)
        assert first.module == "__future__"


def test_every_test_states_its_promise():
    """Each test function has a docstring, or is in a class of the conformance kit that has them."""
    missing = [
        f"{path.name}:{node.name}"
        for path in [*TESTS, *PLUGIN_TESTS]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert missing == []


# --- names ---

BANNED = {
    "pass_": "pass_id",
    "user": "person or actor",
    "reservation": "booking",
    "ticket": "pass or seat",
    "user_id": "person_id",
    "room_id": "space_id",
    "class_": "another word",
    "type_": "kind",
    "id_": "the id of what",
    "tz": "zone",
    "timezone": "zone",
    "dt": "the instant of what",
    "price_cents": "a Money",
    "cents": "a Money",
}


def parameters(path: Path):
    """The names of all parameters of public functions, and of all fields of public classes, of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            spec = node.args
            for argument in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]:
                yield node.name, argument.arg
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    yield node.name, part.target.id


@pytest.mark.parametrize("path", [*MODULES, *PLUGIN_MODULES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_glossary(path):
    """No public parameter or field has a name for which the glossary has another word."""
    own = {"urls.py": {"user"}}.get(path.name, set())  # the user of a URL is what RFC 3986 calls it
    found = [
        f"{where}: {name}, better {BANNED[name]}" for where, name in parameters(path) if name in BANNED.keys() - own
    ]
    assert found == []


# --- what may not stand in a file ---

HOSTS = re.compile(
    "|".join(["py" + r"pi\.org", "python" + r"hosted\.", "registry" + r"\.npmjs", r"deb\.deb" + r"ian\."])
)
MACHINE = re.compile(
    "|".join([r"/wo" + r"rk/", r"/ro" + r"ot/", r"/fa" + r"rm/", r"/ho" + r"me/[a-z]", r"/tm" + r"p/[A-Za-z_]+/"])
)


@pytest.mark.parametrize(
    ("pattern", "sample"), [(HOSTS, "https://py" + "pi.org/simple"), (MACHINE, "/ho" + "me/ana/x")]
)
def test_forbidden_texts(pattern, sample):
    """No tracked file names a package registry's host or a path of somebody's machine."""
    assert pattern.search(sample)
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data and (match := pattern.search(data.decode("utf-8", "replace"))):
            found.append(f"{path.relative_to(ROOT)}: {match[0]}")
    assert found == []


TOP = {
    "files": {
        ".gitignore",
        "CHANGELOG.md",
        "CODE_OF_CONDUCT.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "SECURITY.md",
        "constraints-lowest.txt",
        "constraints.txt",
        "pyproject.toml",
    },
    "folders": {".ci", "bench", "changelog.d", "docs", "examples", "src", "tests"},
}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="an unpacked source distribution has fewer files")
def test_what_stands_at_the_top():
    """The top level has these files and folders, and ``examples`` holds whole projects only: plug-ins, applications."""
    parts = [path.relative_to(ROOT).parts for path in tracked()]
    assert {first for first, *rest in parts if not rest} == TOP["files"]
    assert {first for first, *rest in parts if rest} == TOP["folders"]
    assert {part[1] for part in parts if part[0] == "examples"} == {"apps", "plugins"}
    for plugin in PLUGINS:
        assert {"pyproject.toml", "README.md", "src", "tests"} <= {path.name for path in plugin.iterdir()}
    for app in APPS:
        assert {"pyproject.toml", "README.md", "src"} <= {path.name for path in app.iterdir()}


def test_nothing_large_is_tracked():
    """No tracked file is larger than 400 kB."""
    assert [path.name for path in tracked() if path.stat().st_size > 400_000] == []


# --- how to run it ---

TARGETS = [
    "help",
    "demo",
    "app",
    "quick",
    "test",
    "test-ha",
    "test-spark",
    "soak",
    "check",
    "bench",
    "docs",
    "lint",
    "types",
    "format",
]


@pytest.mark.parametrize("target", TARGETS)
def test_make_targets(target):
    """Each target exists, is declared phony, and the help and CONTRIBUTING.md say how to do the same without make."""
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
    assert target in re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()
    if target == "help":
        assert ".DEFAULT_GOAL := help" in MAKEFILE
    else:
        assert re.search(rf"@echo 'make {target} ", MAKEFILE)
        assert f"make {target}`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "test"), [("ha", "test_asynchronous_replication_loses"), ("spark", "test_rows_stay_with_the_workers")]
)
def test_the_clusters_are_left_out(folder, test):
    """``make test`` does not collect what needs a cluster of Patroni or Spark, ``make test-ha`` and ``make test-spark``
    do.
    """
    pytest_of = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    others = [f"--ignore={path}" for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != folder]
    for named, found in (((), False), ((f"tests/{folder}",), True)):
        listed = subprocess.run([*pytest_of, *others, *named], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (test in listed.stdout) == found, listed.stdout + listed.stderr


def test_ci_is_make_check():
    """``.ci/run`` is executable, stops at the first failure, requires what is shared, and runs ``make check``."""
    path = ROOT / ".ci" / "run"
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in text
    assert "CANTINEKIT_REQUIRE_SHARED=1" in text
    assert text.rstrip().endswith("make check")


def test_fragments():
    """Each fragment of the change log has a type that is known, and says something."""
    types = "breaking|added|changed|fixed|deprecated"
    for path in (ROOT / "changelog.d").iterdir():
        assert path.name == "README.md" or re.fullmatch(rf"[+\w-]+\.({types})\.md", path.name)
        assert path.read_text(encoding="utf-8").strip(), path.name
