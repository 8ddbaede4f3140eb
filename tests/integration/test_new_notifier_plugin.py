"""``cantinekit new-plugin notification``: the project works as it is, installed as its author would."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from cantinekit.cli import _new_plugin, main
from cantinekit.testing import notifier_promises
from support.processes.installed import call, check_types, fresh_environment, pip
from support.run.soak import SOAK

TEMPLATES = Path(_new_plugin.__file__).parent / "notification_plug_in"
UNPLAYED = 4
"""The promises on a refusal, on a hang and on a long answer, which a folder cannot play, and on secrets, which it has
none of."""


@pytest.fixture
def project(tmp_path, capsys) -> Path:
    """A project as the command writes it."""
    assert main(["new-plugin", "notification", "pigeon-post", "--into", str(tmp_path)]) == 0
    assert "cantinekit-pigeon-post is written" in capsys.readouterr().out
    return tmp_path / "cantinekit-pigeon-post"


def test_what_is_written(project):
    """The command writes the project whole: no token of a template is left, every template is used."""
    files = [path for path in project.rglob("*") if path.is_file()]
    assert len(files) == len(_new_plugin.KINDS["notification"].files) == len(list(TEMPLATES.iterdir()))
    assert not any(re.search(r"@[A-Z]+@", file.read_text(encoding="utf-8")) for file in files)
    assert os.listdir(project.parent) == [project.name]


def test_the_code_is_clean(project):
    """The project passes a linter; in a soak strict types too, which take longer than all the rest."""
    for tool in ("ruff", "mypy"):
        pytest.importorskip(tool, reason="the tools of the extra dev are not installed")
    call(sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "120", project, cwd=project)
    if SOAK:
        check_types(project)


def test_it_works_as_it_is(project, tmp_path):
    """Built and installed as a wheel the plug-in is found, and its tests pass; a fault that is planted is caught."""
    environment = fresh_environment(tmp_path / "fresh")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    pip(environment, "--no-deps", wheel, cwd=project)
    told = run_tests(project, environment)
    assert int(re.search(r"(\d+) passed", told)[1]) > len(notifier_promises()) - UNPLAYED
    assert f" {UNPLAYED} skipped" in told
    contract = [environment / "bin" / "python", "-m", "cantinekit", "contract", "pigeon-post:///out"]
    played = call(*contract, "--stage", "stage:Stage", cwd=project / "tests")
    kept = len(notifier_promises()) - UNPLAYED
    assert played.splitlines()[-1] == f"{kept} promises kept, 0 broken, {UNPLAYED} not claimed"
    assert not (project / "tests" / "out").exists()
    call(*contract, "--send-to", "ana@example.org", cwd=project / "tests")
    assert len(list((project / "tests" / "out").iterdir())) == 1
    (installed,) = environment.rglob("cantinekit_pigeon_post/notifier.py")
    text = installed.read_text("utf-8")
    installed.write_text(text.replace("raise NotifierError(f", "print(f"), "utf-8")
    with pytest.raises(AssertionError, match=r"FAILED .*test_an_outage_may_be_tried_again"):
        run_tests(project, environment)


def run_tests(project: Path, environment: Path) -> str:
    return call(environment / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
