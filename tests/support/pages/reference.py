"""Reading pages of the reference, their sections and tables, and the docstrings that they show."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import attrs

if (DOCS := str(Path(__file__).parents[3] / "docs")) not in sys.path:
    sys.path.append(DOCS)

from pages import CALLS as CALLS
from pages import PAGES as PAGES
from pages import calls_module as calls_module
from pages import index_of as index_of
from pages import raised as raised
from pages import said as said
from pages import written as written

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


def meaning_rows(cls: type) -> list[list[str]]:
    """A class as ``rows`` gives a table that says what its fields mean: name, type, meaning."""
    meanings = said(cls).meanings
    return [
        [field.name, field.type.replace("|", r"\|"), meanings.get(field.name, "").replace("|", r"\|").strip("`")]
        for field in attrs.fields(cls)
    ]
