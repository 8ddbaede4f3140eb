"""Problems of a rule, with their place: the error of this package, and the reading of tables that collects problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar, cast

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

T = TypeVar("T")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_TEXT = 200
MAX_ROWS = 10_000


@attrs.frozen
class TableProblem:
    """One thing that is wrong with a table.

    Attributes:
        path: where it is, from the table that was read (``"seasons[0].from"``); "" is the whole table.
        text: what is wrong.
    """

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text

    def under(self, path: str) -> TableProblem:
        """The same problem, seen from the table around it.

        Args:
            path: where the table stands in the one around it.
        """
        joint = "" if not self.path or self.path.startswith("[") else "."
        return TableProblem(f"{path}{joint}{self.path}", self.text)


class TermsError(InputError):
    """A rule that cannot be. ``problems`` lists everything that is wrong with it, not only the first."""

    def __init__(self, problems: Iterable[TableProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def refuse(problems: Mapping[str, str | None]) -> None:
    """Raise what is wrong, by field; fields with ``None`` are well."""
    found = [TableProblem(name, text) for name, text in problems.items() if text]
    if found:
        raise TermsError(found)


def one_of(value: object, words: Sequence[str]) -> str | None:
    """Why the value is none of the words."""
    if isinstance(value, str) and value in words:
        return None
    return f"must be one of {', '.join(map(repr, words))}, not {shown(value)}"


def whole(value: object, low: int, high: int) -> str | None:
    """Why the value is no integer from ``low`` to ``high``."""
    if type(value) is int and low <= value <= high:
        return None
    return f"must be a whole number from {low} to {high}, not {shown(value)}"


def a_day(value: object, what: str) -> date:
    """The value, which is a date and no datetime."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InputError(f"{what} is a date, not {shown(value)}")
    return value


def in_order(value: Iterable[Any]) -> tuple[Any, ...]:
    """The different values, smallest first."""
    try:
        return tuple(sorted(set(value)))
    except TypeError:
        raise InputError("weekdays are numbers, holidays are dates; they cannot be mixed with anything else") from None


def _read(read: Callable[[Any], T], value: Any, path: str, problems: list[TableProblem]) -> T | None:
    """The value as a function reads it; what is wrong with it is noted under its path."""
    try:
        return read(value)
    except TermsError as error:
        problems += [problem.under(path) for problem in error.problems]
    except InputError as error:
        problems.append(TableProblem(path, str(error)))
    return None


def read_table(
    data: object,
    make: Callable[..., T],
    reads: Mapping[str, Callable[[Any], Any]],
    needed: Mapping[str, str] = MappingProxyType({}),
    more: Iterable[TableProblem] = (),
) -> T:
    """What is made of the values of a table.

    Args:
        data: the table.
        make: makes it of the values by their keys.
        reads: the keys that the table may have, each with the function that reads its value.
        needed: the keys that it has to have, each with a hint. A misspelt one is not said to be missing as well.
        more: what else is wrong.

    Raises:
        TermsError: with all the problems, those that ``make`` finds too where the values themselves are well.
    """
    if not isinstance(data, Mapping):
        raise TermsError([TableProblem("", f"must be a table, not {shown(data)}")])
    problems: list[TableProblem] = []
    meant: set[str] = set()
    for key in data:
        if key not in reads:
            near = get_close_matches(key, reads, 1) if isinstance(key, str) and len(key) < 60 else []
            meant.update(near)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(reads)}"
            problems.append(TableProblem(str(key)[:60], f"is no key of this table; {hint}"))
    missing = (key for key in needed if key not in data and key not in meant)
    problems += [TableProblem(key, f"is missing{needed[key]}") for key in missing]
    values = {key: _read(read, data[key], key, problems) for key, read in reads.items() if key in data}
    problems += more
    if problems:
        raise TermsError(problems)
    return make(**values)


def read_rule(data: object, rule: Callable[..., T], needed: str = "", **reads: Callable[[Any], Any]) -> T:
    """A rule from a table whose keys are the fields of its class; those without a default have to be there.

    Args:
        data: the table.
        rule: the class of the rule.
        needed: a hint for who leaves out a key that has to be there.
        reads: the functions that read some of the values; the class itself checks all others.

    Raises:
        TermsError: with all the problems.
    """
    fields = _fields(rule)
    missing = {field.name: needed for field in fields if field.default is attrs.NOTHING}
    return read_table(data, rule, {field.name: reads.get(field.name, as_is) for field in fields}, missing)


def _fields(rule: Any) -> list[attrs.Attribute[Any]]:
    return [field for field in attrs.fields(rule) if field.init]


def table_of(rule: Any, **spelt: Callable[[Any], Any]) -> dict[str, Any]:
    """The table of a rule: the fields that are not as left out.

    Args:
        rule: the rule.
        spelt: how the values of some fields are spelt; all others in the way of their type.
    """
    values = {field.name: (getattr(rule, field.name), field.default) for field in _fields(type(rule))}
    return {name: spelt.get(name, _spelt)(value) for name, (value, default) in values.items() if value != default}


def _spelt(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_spelt(each) for each in value]
    if hasattr(value, "data"):
        return value.data()
    return value if isinstance(value, int | str | date) else str(value)


def as_is(value: Any) -> Any:
    """The value, which the class itself will check."""
    return value


def rows(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    """Reads an array; a single value is an array of one."""

    def read_all(value: Any) -> tuple[T, ...]:
        values = value if isinstance(value, list | tuple) else [value]
        if len(values) > MAX_ROWS:
            raise InputError(f"has more than {MAX_ROWS} entries")
        problems: list[TableProblem] = []
        found = [_read(read, each, f"[{number}]", problems) for number, each in enumerate(values)]
        if problems:
            raise TermsError(problems)
        return cast(tuple[T, ...], tuple(found))

    return read_all


def read_day(value: Any) -> date:
    """A TOML date, or the text of one."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise InputError(f"not a date: {shown(value)}; write it as 2026-12-25") from None
    return a_day(value, "this")
