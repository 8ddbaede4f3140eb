"""The reference of commands is equal to the code, and what it says that a command may raise, the command raises."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors
from cantinekit import records as m
from cantinekit.domain.life_cycles.table import LIFE_CYCLES
from support.commands.cases import ALSO, DOES, RAISES, House

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
EVERY = [*c.COMMANDS, *c.SYSTEM_COMMANDS]
PAIRS = [(cls, error) for cls in EVERY for error in RAISES[cls]]


def section(cls: type) -> str:
    _, _, rest = PAGE.partition(f"\n### {cls.__name__}\n")
    return re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]


def default_of(field: attrs.Attribute) -> str:
    if field.default is attrs.NOTHING:
        return ""
    if isinstance(field.default, attrs.Factory):
        return f"`{field.default.factory()!r}`"
    return f"`{field.default!r}`"


def test_every_command_is_there():
    """Each command has a section, in the order of the code, and no section is about anything else."""
    assert re.findall(r"^### (\w+)$", PAGE, re.MULTILINE) == [cls.__name__ for cls in EVERY]
    assert set(DOES) == set(RAISES) == set(EVERY)


@pytest.mark.parametrize("cls", EVERY)
def test_fields(cls):
    """The table of a command has its fields with their types and defaults, in their order."""
    rows = re.findall(r"^\| `(\w+)` \| `([^`]*)` \| (.*) \|$", section(cls), re.MULTILINE)
    fields = [(f.name, f.type.replace("|", r"\|"), default_of(f)) for f in attrs.fields(cls)]
    assert [(name, type, default.strip()) for name, type, default in rows] == fields


@pytest.mark.parametrize("cls", EVERY)
def test_purpose(cls):
    """What the code says of a command, the page says."""
    assert inspect.getdoc(cls).replace("``", "`") in section(cls)


@pytest.mark.parametrize("cls", EVERY)
def test_errors_listed(cls):
    """The errors on the page are those that a case below raises."""
    listed = re.findall(r"`(\w+Error)`", re.search(r"^May raise: (.*)$", section(cls), re.MULTILINE)[1])
    assert listed == [error.__name__ for error in RAISES[cls]]
    assert all(issubclass(getattr(errors, name), errors.CantineError) for name in listed)


@pytest.mark.parametrize(("cls", "error"), PAIRS, ids=lambda value: value.__name__)
def test_raises(cls, error):
    """The command raises the error that the page lists, that class and no other, and changes nothing."""
    house = House()
    with pytest.raises(error) as caught:
        house.do(RAISES[cls][error](house))
    assert type(caught.value) is error


@pytest.mark.parametrize("cls", EVERY)
def test_value(cls):
    """``Outcome.value`` is of the class that the page names, or of one of those, and of each of them in some case."""
    given = set()
    for case in (DOES[cls], *ALSO.get(cls, ())):
        house = House()
        value = house.do(case(house))
        assert getattr(m, type(value).__name__) is type(value)
        given.add(type(value).__name__)
    assert set(re.findall(r"`(\w+)`", re.search(r"^Gives: (.*)$", section(cls), re.MULTILINE)[1])) == given


def test_what_is_paid_may_be_of_every_kind():
    """What is charged for, and what ends by itself, is of each kind that has a life of its own: the page names all."""
    kinds = {getattr(m, one.__name__).__name__ for one in vars(m).values() if getattr(one, "kind", None) in LIFE_CYCLES}
    for cls, more in ((c.Pay, set()), (c.ObserveCharge, set()), (c.Expire, {"Entitlement"})):
        line = re.search(r"^Gives: (.*)$", section(cls), re.MULTILINE)[1]
        assert set(re.findall(r"`(\w+)`", line)) == kinds | more
