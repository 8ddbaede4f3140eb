"""The page on what reads cost names every read, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from cantinekit.reads.reader import Reader

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "what-reads-cost.md"


def test_every_read_says_what_it_costs():
    """Each public method of the reader is in the first column of the table."""
    cells = [line.split("|")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == {name for name in dir(Reader) if not name.startswith("_")}
