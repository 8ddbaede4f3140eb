"""The reference of scheduling has every public class of it, with its fields, its calls and its reasons."""

from __future__ import annotations

import inspect
import re

import attrs
import pytest

from cantinekit.domain.occupancy.journal_index import JournalIndex
from cantinekit.scheduling import admission, availability, opening
from support.pages.reference import page, said, section, titles

PAGE = page("scheduling.md")
MODULES = (opening, availability, admission)
ELSEWHERE = {"ClosureCalendar"}  # on the page of the hooks
CLASSES = {
    name: cls
    for module in MODULES
    for name, cls in ((name, getattr(module, name)) for name in module.__all__)
    if inspect.isclass(cls)
}
REASONS = {name: cls for name, cls in CLASSES.items() if issubclass(cls, availability.Reason)}
SECTIONS = {name: cls for name, cls in CLASSES.items() if name not in REASONS.keys() | ELSEWHERE}
SECTIONS["JournalIndex"] = JournalIndex  # a busy index, of the domain: the journal feeds it


def default_of(field: attrs.Attribute) -> str:
    if field.default is attrs.NOTHING:
        return ""
    if isinstance(field.default, attrs.Factory) and field.default.takes_self:
        return "those of `space`"
    value = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default
    return f"`{value!r}`"


def first_cells(text: str) -> list[str]:
    return [cell.replace(r"\|", "|") for cell in re.findall(r"^\| `((?:[^`]|\\`)*)` \|", text, re.MULTILINE)]


def calls_of(cls: type) -> list[str]:
    found = []
    for name, member in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            found.append(name)
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if inspect.isfunction(function):
            full = inspect.signature(function)
            kept = [one for one in full.parameters.values() if one.name not in ("self", "cls")]
            found.append(name + str(full.replace(parameters=kept)).replace("'", "").partition(" -> ")[0])
    return found


def test_every_class_is_there():
    """Each public class has a section or is among the reasons, and no section is about anything else."""
    assert sorted(titles(PAGE)) == sorted(SECTIONS)


@pytest.mark.parametrize("cls", SECTIONS.values(), ids=lambda cls: cls.__name__)
def test_section(cls):
    """A section has what the code says of the class, its fields with types, defaults and meanings, and its calls."""
    text = section(PAGE, cls.__name__)
    words, meanings, _ = said(cls)
    assert words in text
    if not attrs.has(cls):
        assert first_cells(text) == [*meanings, *calls_of(cls)]
        assert all(f"| `{name}` | {meaning} |" in text for name, meaning in meanings.items())
        return
    fields = [field for field in attrs.fields(cls) if field.init]
    assert first_cells(text) == [field.name for field in fields] + calls_of(cls)
    for field in fields:
        cells = [f"`{field.name}`", f"`{field.type}`".replace("|", r"\|"), default_of(field)]
        cells += [meanings[field.name].replace("|", r"\|")] if meanings else []
        assert f"| {' | '.join(cells)} |".replace("|  |", "| |") in text.replace("|  |", "| |")


def test_every_reason_is_there():
    """Each reason is in the table, with its code, its fields and what the code says of it."""
    table = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (.*) \| (.*) \|$", section(PAGE, "Reasons"), re.MULTILINE)
    assert {name: (code, re.findall(r"`(\w+)`", fields), text) for name, code, fields, text in table} == {
        name: (cls.code, [field.name for field in attrs.fields(cls)], " ".join(said(cls).text.split()))
        for name, cls in REASONS.items()
        if cls is not availability.Reason
    }


def test_every_function_is_there():
    """Each public function is named."""
    named = [(module, name) for module in MODULES for name in module.__all__]
    functions = [name for module, name in named if inspect.isfunction(getattr(module, name))]
    assert [name for name in functions if f"`{name}(" not in PAGE] == []
