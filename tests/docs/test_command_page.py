"""What the pages say of the command is what it does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from _pages import page, rows

from cantinekit.cli import main
from cantinekit.demo import _run

ROOT = Path(__file__).parents[2]
PAGES = [path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts]


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_options_of_demo(capsys):
    """The table has the options of demo that its help has."""
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    helped = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help", "--debug"}
    assert {option for row in rows(page("command.md")) for option in re.findall(r"^--[a-z]+", row[0])} == helped


def test_contract_says_what_it_does(capsys):
    """The help of contract says that what is stored is not touched, and has no option to force anything."""
    with pytest.raises(SystemExit):
        main(["contract", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "what is stored there is not touched" in text
    assert "{fresh}" in text
    assert "--force" not in text + "".join(path.read_text(encoding="utf-8") for path in PAGES)


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_pages_say_how_to_start_it(path):
    """A page that shows the command in a console says that the virtual environment has to be active."""
    text = path.read_text(encoding="utf-8")
    assert "\n$ cantinekit " not in text or ". .venv/bin/activate" in text


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_pages_say_where_the_house_is(path):
    """A page that imports the small house links to it."""
    text = path.read_text(encoding="utf-8")
    assert "from house import" not in text or "[house.py](../examples/house.py)" in text


@pytest.mark.parametrize(
    ("started", "printed"),
    [
        ("{here}/.venv/bin/cantinekit", ".venv/bin/cantinekit"),
        (".venv/bin/cantinekit", ".venv/bin/cantinekit"),
        ("/opt/my env/bin/cantinekit", "'/opt/my env/bin/cantinekit'"),
        ("{path}/cantinekit", "cantinekit"),
        ("/usr/lib/python3/pytest/__main__.py", "cantinekit"),
    ],
)
def test_the_demonstration_names_the_program(started, printed, tmp_path, monkeypatch, capsys):
    """The last line of the demonstration is a command that can be typed where it was started."""
    here, path = tmp_path / "here", tmp_path / "path"
    here.mkdir()
    path.mkdir()
    (path / "cantinekit").touch(mode=0o755)
    monkeypatch.chdir(here)
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr("sys.argv", [started.format(here=here, path=path)])
    _run._hint("sqlite:///day.db")
    assert capsys.readouterr().err.endswith(f": {printed} demo --replay sqlite:///day.db\n")
