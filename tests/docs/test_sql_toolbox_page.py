"""The page of the toolbox of SQL stores has all its public names, and each of them explains its parameters."""

from __future__ import annotations

import inspect
import re

import attrs
import pytest

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins import sql
from support.pages.reference import page, rows, section

NAMES = {row[0] for row in rows(page("sql-toolbox.md"))}


def named(cell: str) -> str:
    return cell.partition("(")[0]


def functions():
    """Every public function, and method of a public class, with its name."""
    for name in sql.__all__:
        one = getattr(sql, name)
        if inspect.isfunction(one):
            yield name, one
        elif inspect.isclass(one):
            for own, value in vars(one).items():
                made = value.__func__ if isinstance(value, classmethod) else value
                written = own == "__init__" and not attrs.has(one) and not getattr(one, "_is_protocol", False)
                if inspect.isfunction(made) and (written or not own.startswith("_")):
                    yield f"{name}.{own}", made


def test_the_names_are_sorted():
    """``__all__`` is complete as far as its modules have no underscore, and sorted."""
    assert sorted(sql.__all__) == sql.__all__


@pytest.mark.parametrize("name", sql.__all__)
def test_every_name_is_on_the_page(name):
    """The page has every public name of the toolbox, and every public method of its classes."""
    listed = {named(cell) for cell in NAMES}
    assert name in listed
    methods = {one for one, _ in functions() if one.startswith(f"{name}.") and not one.endswith("__")}
    assert methods <= listed


@pytest.mark.parametrize(
    ("name", "function"), list(functions()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_signatures_are_those_of_the_code(name, function):
    """The page has the parameters of every function and method, in their order."""
    name = name.removesuffix(".__init__")
    (cell,) = [cell for cell in NAMES if named(cell) == name]
    parameters = [one for one in inspect.signature(function).parameters if one not in ("self", "cls")]
    assert re.findall(r"(?:\(|, |\*, )(\w+): ", cell) == parameters


@pytest.mark.parametrize(
    ("name", "function"), list(functions()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_parameter_is_explained(name, function):
    """The docstring of every function and method says what each parameter means."""
    told = inspect.cleandoc(function.__doc__ or "")
    for parameter in inspect.signature(function).parameters:
        if parameter not in ("self", "cls"):
            assert re.search(rf"^    {parameter}: \S", told, re.MULTILINE), parameter


@pytest.mark.parametrize("name", [name for name in sql.__all__ if attrs.has(getattr(sql, name))])
def test_every_field_is_explained(name):
    """The docstring of every value class says what each field means."""
    told = inspect.cleandoc(getattr(sql, name).__doc__)
    for field in attrs.fields(getattr(sql, name)):
        assert re.search(rf"^    {field.name}: \S", told, re.MULTILINE), field.name


def test_the_tables(tmp_path):
    """The tables of the page are those of a store on the toolbox."""
    listed = {
        row[0]: re.sub(r" \([^)]*\)", "", row[1]).split(", ")
        for row in rows(section(page("sql-toolbox.md"), "The tables"))
    }
    storage = SqliteStorage(tmp_path / "a.db")
    with storage._pool.lend() as session:
        for table in listed.keys() - {"journal_head"}:
            assert [row[1] for row in session.rows(f"PRAGMA table_info({table})")] == listed[table]
    storage.close()
    assert listed.keys() == {"record", "record_index", "journal", "journal_subject", "journal_head"}
