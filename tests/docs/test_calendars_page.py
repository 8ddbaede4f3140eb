"""The reference page on calendars has every function with its signature, every field, every limit and every code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest

from cantinekit.scheduling import calendars
from cantinekit.scheduling.calendars._embedded import LINES as ZONE_LINES
from cantinekit.scheduling.calendars._pieces import LINES
from cantinekit.scheduling.calendars._programme import HEAD_LINES

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "calendars.md").read_text(encoding="utf-8")
NAMES = {name: getattr(calendars, name) for name in calendars.__all__}
VALUES = [
    name for name, value in NAMES.items() if inspect.isclass(value) and attrs.has(value) and name != "CalendarLimits"
]
FUNCTIONS = [name for name, value in NAMES.items() if inspect.isfunction(value)]


def section(heading: str) -> str:
    """What stands between a heading and the next."""
    _, _, rest = TEXT.partition(f"# {heading}\n")
    return re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(heading: str) -> list[str]:
    return re.findall(r"^\| `([\w-]+)`", section(heading), re.MULTILINE)


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    """Each value has a table with its fields, in their order."""
    assert rows(name) == [field.name for field in attrs.fields(NAMES[name])]


def test_functions():
    """Each function has a heading with its exact signature, and there is no heading of one that does not exist."""
    written = [f"{name}{inspect.signature(NAMES[name])}".replace("'", "") for name in FUNCTIONS]
    headings = [heading for heading in re.findall(r"^### (.*)$", TEXT, re.MULTILINE) if "(" in heading]
    assert sorted(headings) == sorted(written)
    assert len(written) > 20


def test_limits():
    """Each limit stands there with its default."""
    found = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", section("Limits"), re.MULTILINE)
    assert {name: int(value.replace(",", "")) for name, value in found} == attrs.asdict(calendars.CalendarLimits())


def test_codes():
    """Each code of a problem stands there with its meaning."""
    found = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", section("Problem codes"), re.MULTILINE)
    assert dict(found) == dict(calendars.CODES)


def test_every_name_is_there():
    """Each public name is on the page."""
    assert [name for name in NAMES if not re.search(rf"\b{name}\b", TEXT)] == []
    assert [field for field in calendars.FIELDS if f"`{field}`" not in TEXT] == []


def test_every_line_that_is_read_is_there():
    """Each line that is read stands in the table of what is read."""
    table = section("What is read")
    missing = {name for name in LINES | ZONE_LINES | HEAD_LINES if not re.search(rf"(?<![\w-]){name}(?![\w-])", table)}
    assert missing - {"X-CANTINEKIT-GAP"} == set()


def test_every_code_is_used():
    """No code is listed that nothing tells; each stands in the source outside of the list."""
    folder = Path(calendars.__file__).parent
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py") if file.name != "_problems.py")
    code += (folder / "_problems.py").read_text(encoding="utf-8").partition("class Problems")[2]
    assert [name for name in calendars.CODES if f'"{name}"' not in code] == []
