"""What README.md shows is what happens, and what it links to is there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cantinekit import Cantine, Period
from cantinekit.cli import main
from cantinekit.errors import ConflictError

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_example(tmp_path, monkeypatch, capsys):
    """The example has at most 20 lines, prints what it says, and the same hours are refused the second time."""
    monkeypatch.chdir(tmp_path)
    assert len(EXAMPLE.splitlines()) <= 20
    found: dict = {}
    exec(compile(EXAMPLE, "README.md", "exec"), found)
    said = EXAMPLE.splitlines()[-1].partition("  # ")[2]
    assert capsys.readouterr().out == f"{said}\n"
    hours = Period(found["start"], found["start"] + timedelta(hours=1))
    with Cantine.open("sqlite:///cantine.db") as cantine, pytest.raises(ConflictError) as caught:
        cantine.book("meeting", hours, actor="ana")
    assert caught.value.clashes[0].start == found["start"]
    assert all(free.length == hours.length and free.start > datetime.now(UTC) for free in caught.value.nearest)


def test_demo_excerpt(tmp_path, monkeypatch, capsys):
    """The excerpt of the demonstration is what it prints, piece by piece, in this order."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    excerpt = re.search(r"```text\n(.*?)\n```", README, re.DOTALL)[1]
    assert main(["demo", "--fast", "--lang", "en", "--db", "sqlite:///demo.db"]) == 0
    printed = capsys.readouterr().out
    at = 0
    for piece in excerpt.split("\n  …\n"):
        found = printed.find(f"\n{piece}\n", at)
        assert found >= 0, f"the demonstration does not print\n{piece}"
        at = found + len(piece)


def test_commands():
    """Each make target of the table is one, and what the table says to do without make is what ``make help`` says."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(PYTHON)", "python3").replace("$(JOBS)", "3")
    rows = re.findall(r"^\| [^|]* \| `make (\w+)` \| `([^`]*)` \|$", README, re.MULTILINE)
    assert [target for target, _ in rows] == ["app", "demo", "test"]
    for target, plain in rows:
        assert f"\n{target}: " in makefile
        assert plain in makefile


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links(path):
    """Each relative link of a page, and each file that it offers, is there."""
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    links += re.findall(r"\{download\}`[^<]*<([^>]+)>`", text)
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert missing == []
