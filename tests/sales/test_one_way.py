"""There is one way to sell, change, measure and end, and nothing of money stands on a thing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import attrs
import pytest

from cantinekit import records as m
from cantinekit.money import Money

ROOT = Path(__file__).parents[2]
DOMAIN = sorted((ROOT / "src" / "cantinekit" / "domain").rglob("*.py"))
GONE = ("ChargePart", "ChargeShare", "earned_by_line", "differences", "together", "jointly", "take_off")
"""What spread what changed over what did not."""
THINGS = (m.Booking, m.BookingSeries, m.Registration, m.Visit, m.Pass, m.Session)
"""What is held, had and used. None of them knows money."""

NOT_YET = pytest.mark.xfail(strict=True, raises=AssertionError, reason="each noun has a commerce of its own")


def defined() -> set[str]:
    """The names of all modules, classes and functions of the domain."""
    return {path.stem for path in DOMAIN} | {
        node.name
        for path in DOMAIN
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }


@NOT_YET
@pytest.mark.parametrize("name", GONE)
def test_what_spread_a_change_is_gone(name):
    """No module, class or function of the domain has the name of what spread a change over lines."""
    assert name not in defined()


def of_money(cls: type) -> list[str]:
    """The fields of a record that are money, or say which charge has some."""
    return [
        one.name
        for one in attrs.fields(cls)
        if Money in getattr(one.type, "__args__", (one.type,))
        or re.search(r"charge|fee|^kept$|kept_meters|deposit|debt|price$", one.name)
    ]


@pytest.mark.parametrize(
    "thing",
    [one if one is m.Session else pytest.param(one, marks=NOT_YET) for one in THINGS],
    ids=lambda thing: thing.__name__,
)
def test_a_thing_knows_no_money(thing):
    """A thing holds time, room, people and validity, and the line that it was sold by."""
    assert of_money(attrs.resolve_types(thing)) == []


def test_a_field_of_money_is_seen():
    """Control: a field that is money and one that names a charge are found."""

    @attrs.frozen
    class Wrong:
        id: str
        price: Money | None
        charge_ids: tuple[str, ...]

    assert of_money(attrs.resolve_types(Wrong, globals())) == ["price", "charge_ids"]


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="there is no such plug-in")
def test_a_new_thing_to_sell_needs_120_lines():
    """Lockers, that belong to a plan or are sold alone, are a plug-in of at most 120 lines of code, on public
    names only."""
    found = sorted((ROOT / "examples" / "plugins").glob("*locker*/**/*.py"))
    code = [path for path in found if "test" not in path.name]
    assert code
    lines = [line for path in code for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 120
    private = [line for line in lines if re.search(r"cantinekit\.domain|cantinekit\.\w*\._|import _", line)]
    assert private == []
