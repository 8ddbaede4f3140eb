"""The page on taking payments says what each state of HelloAsso comes to, as the code does."""

from __future__ import annotations

import re
from pathlib import Path

from cantinekit.backends.helloasso import STATES

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "take-payments.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", PAGE.partition("### What a state comes to")[2], re.MULTILINE)


def test_each_state_is_on_the_page():
    """Each state has one line, which says money, pending or nothing, as the table of the code."""
    said = {state: text for states, text in ROWS for state in re.findall(r"`(\w+)`", states)}
    words = {"taken": "money was taken", "waits": "pending", "over": "it came to nothing"}
    assert said.keys() == STATES.keys()
    assert sum(len(re.findall("`", states)) for states, _ in ROWS) == 2 * len(STATES)
    assert all(said[state].startswith(words[kind]) for state, kind in STATES.items())
