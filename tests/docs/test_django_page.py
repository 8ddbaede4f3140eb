"""The page on Django works as it is printed, in a process of its own: the settings of Django are those of one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.processes.installed import call

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "use-in-a-django-project.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def run(environment: Path, folder: Path, blocks: list[str]) -> str:
    """Run the blocks of the page as the one program that they are."""
    program = folder / "page.py"
    program.write_text("\n".join(blocks), encoding="utf-8")
    path = str(ROOT / "docs" / "examples")
    return call(environment / "bin" / "python", "-W", "error", program, cwd=folder, PYTHONPATH=path)


def test_the_page(django_environment, tmp_path):
    """Every example of the page works, in a project with the installed plug-in, and prints what it says."""
    assert len(BLOCKS) >= 9
    told = run(django_environment, tmp_path, BLOCKS)
    assert "run_due inside a transaction of the host" in told
    assert re.search(r"\d+ done, 0 to be tried again, 0 given up", told)


def test_without_atomic_requests(django_environment, tmp_path):
    """The control: without ATOMIC_REQUESTS the view that fails has charged, and the page's program stops there."""
    blocks = [block.replace('"ATOMIC_REQUESTS": True,', "") for block in BLOCKS]
    assert blocks != BLOCKS
    with pytest.raises(AssertionError, match=r"assert \(card.charges, outbox.messages\) == \(\(\), \(\)\)"):
        run(django_environment, tmp_path, blocks)
