"""Reading pages of the reference, their sections and tables, and the docstrings that they show."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import NamedTuple

import attrs

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def titles(text: str, level: int = 3) -> list[str]:
    """The headings of a level, in order."""
    return re.findall(rf"^{'#' * level} (.*)$", text, re.MULTILINE)


def section(text: str, title: str) -> str:
    """What stands between a heading and the next of any level."""
    _, found, rest = text.partition(f"# {title}\n")
    assert found, f"no section {title}"
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the table rows that begin with a name in code, without the code marks."""
    found = re.findall(r"^\| (`.*) \|$", text, re.MULTILINE)
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\) \|", line)] for line in found]


def field_rows(cls: type, columns: int) -> list[list[str]]:
    """A class as such a table has it: name, type and, in the third column, default."""
    made = []
    for field in attrs.fields(cls):
        default = "" if field.default is attrs.NOTHING else repr(field.default)
        made.append([field.name, field.type.replace("|", r"\|"), default][:columns])
    return made


class Said(NamedTuple):
    """A docstring as a page shows it: its text, what each field or parameter means, and when which error is raised."""

    text: str
    meanings: dict[str, str]
    errors: dict[str, str]


def said(one: object) -> Said:
    """The docstring of a class or function, taken apart; a meaning in one sentence has no full stop in a table."""
    text, *sections = re.split(
        r"^(Args|Attributes|Raises):\n", (inspect.getdoc(one) or "").replace("``", "`"), flags=re.M
    )
    found: dict[str, dict[str, str]] = {"Args": {}, "Attributes": {}, "Raises": {}}
    for name, lines in zip(sections[::2], sections[1::2], strict=True):
        for entry in re.split(r"^ {4}(?=\S)", lines, flags=re.MULTILINE)[1:]:
            what, _, meaning = " ".join(entry.split()).partition(": ")
            found[name][what] = meaning if ". " in meaning else meaning.removesuffix(".")
    return Said(text.strip(), found["Args"] | found["Attributes"], found["Raises"])
