"""The page on telemetry has every event, span and fact, as the code says them, and every logger that there is."""

from __future__ import annotations

import re
from pathlib import Path

from cantinekit.common import telemetry
from support.pages.reference import page, rows, section

PAGE = page("telemetry.md")
SRC = Path(telemetry.__file__).parents[1]


def test_events_spans_and_facts():
    """Each of them is there with what the code says of it, in its order."""
    assert dict(map(tuple, rows(section(PAGE, "Events")))) == telemetry.EVENTS
    assert [name for name, _ in rows(section(PAGE, "Spans"))] == [f"cantinekit.{name}" for name in telemetry.SPANS]
    assert dict(map(tuple, rows(section(PAGE, "Facts")))) == telemetry.FACTS


def test_loggers():
    """The loggers of the page are those of the code."""
    named = set()
    for path in SRC.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "testing" not in path.parts:
            named |= set(re.findall(r'logging\.getLogger\("(cantinekit[\w.]*)"\)', text))
    assert {name for name, _ in rows(section(PAGE, "Telemetry"))} == named
