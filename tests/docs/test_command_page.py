"""What the pages say of the command is what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit.cli import main
from cantinekit.demo import _run
from support.pages.reference import page, rows

ROOT = Path(__file__).parents[2]
PAGES = [path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts]


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def options_on_the_page(command: str) -> set[str]:
    """The options in the table of a command."""
    table = page("command.md").split(f"| option of `{command}` |")[1].split("\n\n")[0]
    return set(re.findall(r"`(--[a-z][a-z-]*)", table))


def options_of_the_help(capsys, command: str) -> set[str]:
    """The options in the help of a command, without those that all commands have."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    text = capsys.readouterr().out.split("options:")[1]
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z][a-z-]*)", text, re.MULTILINE)) - {"--help", "--debug"}


@pytest.mark.parametrize("command", ["demo", "check", "quote", "fake-bank"])
def test_options_of_a_command(capsys, command):
    """The table of a command has the options that its help has."""
    assert options_on_the_page(command) == options_of_the_help(capsys, command)


def test_all_commands_are_on_the_page(capsys):
    """The first table has a row for each command."""
    with pytest.raises(SystemExit):
        main(["--help"])
    helped = set(re.findall(r"^    ([a-z-]+)(?: |$)", capsys.readouterr().out, re.MULTILINE))
    table = page("command.md").split("| command | does |")[1].split("\n\n")[0]
    assert {row[0].split()[0] for row in rows(table)} == helped


def test_contract_says_what_it_does(capsys):
    """The help of contract says that what is stored is not touched, and has no option to force anything."""
    with pytest.raises(SystemExit):
        main(["contract", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "IT WRITES" in text
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
