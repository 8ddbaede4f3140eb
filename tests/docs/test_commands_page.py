"""The reference of commands is equal to the code, and what it says that a command may raise, the command raises."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors
from cantinekit import records as m
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.sales.selling import SellingCommand
from support.commands.cases import ALSO, DOES, RAISES, House
from support.pages.reference import raised, said

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
EVERY = [*c.COMMANDS, *c.SYSTEM_COMMANDS]
NEVER = LifeCycle._field_defaults["awaits"]
SHARED = attrs.fields_dict(SellingCommand)
"""The fields that every selling command takes."""
PAIRS = [(cls, error) for cls in EVERY for error in RAISES.get(cls, ())]


def section(cls: type) -> str:
    heading = "## What every selling command takes" if cls is SellingCommand else f"### {cls.__name__}"
    _, _, rest = PAGE.partition(f"\n{heading}\n")
    return re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]


def listed_values(cls: type) -> set[str]:
    """The classes that the page names for ``Outcome.value``."""
    return set(re.findall(r"`(\w+)`", re.search(r"^Gives: (.*)$", section(cls), re.MULTILINE)[1]))


def default_of(field: attrs.Attribute) -> str:
    if field.default is attrs.NOTHING:
        return ""
    if isinstance(field.default, attrs.Factory):
        return f"`{field.default.factory()!r}`"
    return f"`{field.default!r}`"


def test_every_command_is_there():
    """Each command has a section, and no section is about anything else."""
    assert sorted(re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)) == sorted(cls.__name__ for cls in EVERY)
    assert set(DOES) == set(RAISES) == set(EVERY)


def own_fields(cls: type) -> list[attrs.Attribute]:
    """The fields that the section of a class has a row for: not those that the section of the base has."""
    inherits = cls is not SellingCommand and issubclass(cls, SellingCommand)
    return [field for field in attrs.fields(cls) if not inherits or field.name not in SHARED]


@pytest.mark.parametrize("cls", [SellingCommand, *EVERY])
def test_fields(cls):
    """The table of a command has its own fields with their types, defaults and meanings, in order, none without one.
    What every selling command takes has a table of its own.
    """
    pipe = re.compile(r" (?<!\\)\| ?")
    rows = [pipe.split(row)[:-1] for row in re.findall(r"^\| (`\w+` \| `.*)$", section(cls), re.MULTILINE)]
    meanings = said(cls).meanings
    assert list(meanings) == [field.name for field in own_fields(cls)]
    assert rows == [
        [f"`{f.name}`", f"`{f.type}`".replace("|", r"\|"), default_of(f), meanings.get(f.name, "").replace("|", r"\|")]
        for f in own_fields(cls)
    ]


@pytest.mark.parametrize("cls", EVERY)
def test_what_every_selling_command_takes(cls):
    """A command that sells leads to the section on the fields and errors of all of them, which leads back to it; of
    another command nothing of that is said.
    """
    here, sells = section(cls), issubclass(cls, SellingCommand)
    link, names = "](#what-every-selling-command-takes)", ", ".join(f"`{name}`" for name in SHARED)
    assert (f"And [what every selling command takes{link}: {names}." in here) == sells
    assert (f"And [what every selling command may raise{link}." in here) == sells
    assert (f"[`{cls.__name__}`](#{cls.__name__.lower()})" in section(SellingCommand)) == sells


@pytest.mark.parametrize("cls", EVERY)
def test_purpose(cls):
    """What the code says of a command, the page says."""
    assert said(cls).text in section(cls)


def listed_errors(cls: type) -> list[str]:
    """The errors in the list of a section, in its order."""
    points = re.findall(r"^- (.*?): ", section(cls).partition("May raise:\n")[2], re.MULTILINE)
    return [name for point in points for name in re.findall(r"`(\w+)`", point)]


@pytest.mark.parametrize("cls", EVERY)
def test_errors_listed(cls):
    """The errors on the page are those of the docstring, each once, and for each of them there is a case below. Some
    of those of every selling command have one too: as many as the command can meet.
    """
    listed = listed_errors(cls)
    assert listed == raised(cls)
    assert len(set(listed)) == len(listed)
    shared = listed_errors(SellingCommand) if issubclass(cls, SellingCommand) else []
    assert {*listed} <= {error.__name__ for error in RAISES[cls]} <= {*listed, *shared}
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
    assert listed_values(cls) == given


def test_what_is_paid_may_be_of_every_kind():
    """The page names every kind that can be paid for, and every kind that ends by itself."""
    ends = {m.KINDS[kind].cls.__name__ for kind in LIFE_CYCLES}
    paid = {m.KINDS[kind].cls.__name__ for kind, life in LIFE_CYCLES.items() if life.awaits is not NEVER}
    for cls, kinds in ((c.Pay, paid), (c.ObserveCharge, paid), (c.Expire, ends)):
        assert listed_values(cls) == kinds
