"""``cantinekit new-plugin payment``: the project that it writes works as it is, and its tests find a fault."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from cantinekit.cli import _new_plugin, main
from cantinekit.testing import payment_promises
from support.processes.installed import call, check_types, fresh_environment, pip

TEMPLATES = Path(_new_plugin.__file__).parent / "payment_plug_in"
UNCLAIMED = 1  # disputes
OPENING = 7


@pytest.fixture
def project(tmp_path) -> Path:
    """A project as the command writes it."""
    assert main(["new-plugin", "payment", "sky-pay", "--into", str(tmp_path)]) == 0
    return tmp_path / "cantinekit-sky-pay"


@pytest.fixture
def installed(project, tmp_path) -> Path:
    """The Python of a fresh virtual environment in which the project is installed."""
    environment = fresh_environment(tmp_path / "fresh")
    pip(environment, "--no-deps", "--no-build-isolation", "-e", project, cwd=project)
    return environment / "bin" / "python"


def test_what_is_written(project):
    """The project is whole: no token of a template is left, and every template is used."""
    files = sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())
    assert files == [
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "src/cantinekit_sky_pay/__init__.py",
        "src/cantinekit_sky_pay/gateway.py",
        "src/cantinekit_sky_pay/provider.py",
        "tests/stage.py",
        "tests/test_contract.py",
        "tests/test_opening.py",
    ]
    for name in files:
        assert not re.search(r"@[A-Z]+@", (project / name).read_text(encoding="utf-8")), name
    assert len(_new_plugin.KINDS["payment"].files) == len(list(TEMPLATES.iterdir())) == len(files)


def test_the_code_is_clean(project):
    """The project passes a linter, and strict types."""
    for tool in ("ruff", "mypy"):
        pytest.importorskip(tool, reason="the tools of the extra dev are not installed")
    call(sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "120", project, cwd=project)
    check_types(project)


def test_its_tests_pass_and_find_a_fault(project, installed):
    """Installed, it is found, keeps every promise that it claims, by URL too; and a planted fault breaks one."""
    told = call(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert f"{len(payment_promises()) - UNCLAIMED + OPENING} passed, {UNCLAIMED} skipped" in told
    listed = call(installed, "-m", "cantinekit", "plugins", cwd=project)
    (line,) = [line for line in listed.splitlines() if "sky-pay://" in line]
    assert line.split()[:4] == ["payment", "sky-pay://", "cantinekit-sky-pay", "0.1.0"]
    played = call(
        installed, "-m", "cantinekit", "contract", "sky-pay://", "--stage", "stage:Stage", cwd=project / "tests"
    )
    kept = len(payment_promises()) - UNCLAIMED
    assert played.splitlines()[-1] == f"{kept} promises kept, 0 broken, {UNCLAIMED} not claimed"
    gateway = project / "src" / "cantinekit_sky_pay" / "gateway.py"
    text = gateway.read_text(encoding="utf-8")
    assert "request.amount.amount > payment.left" in text
    gateway.write_text(text.replace("request.amount.amount > payment.left", "not payment.state"), "utf-8")
    provider = project / "src" / "cantinekit_sky_pay" / "provider.py"
    provider.write_text(provider.read_text("utf-8").replace("if amount > payment.left:", "if amount < 0:"), "utf-8")
    with pytest.raises(AssertionError, match=r"FAILED .*test_more_than_was_captured_is_not_given_back"):
        call(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
