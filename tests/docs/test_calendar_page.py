"""The page of the calendar names what is public in it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from cantinekit import calendar

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "calendar.md").read_text(encoding="utf-8")


def test_every_function_is_there() -> None:
    """Each public function is in the table, with its parameters and the beginning of what the code says of it."""
    functions = {name: value for name in calendar.__all__ if callable(value := getattr(calendar, name))}
    functions = {name: inspect.unwrap(value) for name, value in functions.items() if not inspect.isclass(value)}
    found = {name: (names, text) for name, names, text in re.findall(r"^\| `(\w+)\((.*)\)` \| (.*)\. \|$", PAGE, re.M)}
    assert {name: names for name, (names, _) in found.items()} == {
        name: ", ".join(inspect.signature(value).parameters) for name, value in functions.items()
    }
    for name, (_, text) in found.items():
        assert inspect.getdoc(functions[name]).startswith(text)


def test_every_other_name_is_there() -> None:
    """Each public name is on the page."""
    assert [name for name in calendar.__all__ if f"`{name}" not in PAGE and f"## {name}" not in PAGE] == []
