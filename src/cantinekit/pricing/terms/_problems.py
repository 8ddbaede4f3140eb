"""Problems of a rule, with their place: the error of this package, and the reader that collects problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

T = TypeVar("T")
D = TypeVar("D")
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


class TableReader:
    """Reads one table and remembers all that is wrong with it."""

    def __init__(self, data: object, keys: Sequence[str]) -> None:
        self.problems: list[TableProblem] = []
        self._data: dict[str, Any] = {}
        self._meant: set[str] = set()
        self._is_table = isinstance(data, Mapping)
        if not isinstance(data, Mapping):
            self.problem("", f"must be a table, not {shown(data)}")
            return
        for key, value in data.items():
            if key in keys:
                self._data[key] = value
            else:
                near = get_close_matches(key, keys, 1) if isinstance(key, str) and len(key) < 60 else []
                self._meant.update(near)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(keys)}"
                self.problem(str(key)[:60], f"is no key of this table; {hint}")

    def problem(self, path: str, text: str) -> None:
        self.problems.append(TableProblem(path, text))

    def has(self, key: str) -> bool:
        return key in self._data

    def need(self, key: str, hint: str = "") -> None:
        """Say that a key is missing, unless a misspelt one stands for it."""
        if self._is_table and key not in self._data and key not in self._meant:
            self.problem(key, f"is missing{hint}")

    def get(self, key: str, read: Callable[[Any], T], default: D) -> T | D:
        """The value of a key as ``read`` understands it; the default where it is missing or wrong."""
        if key not in self._data:
            return default
        try:
            return read(self._data[key])
        except TermsError as error:
            self.problems += [problem.under(key) for problem in error.problems]
        except InputError as error:
            self.problem(key, str(error))
        return default

    def build(self, make: Callable[[], T]) -> T:
        """What is made of the values.

        Raises:
            TermsError: with all the problems, those that ``make`` finds too where the values themselves are well.
        """
        if self.problems:
            raise TermsError(self.problems)
        return make()


def as_is(value: Any) -> Any:
    """The value, which the class itself will check."""
    return value


def rows(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    """Reads an array; a single value is an array of one."""

    def read_all(value: Any) -> tuple[T, ...]:
        values = value if isinstance(value, list | tuple) else [value]
        if len(values) > MAX_ROWS:
            raise InputError(f"has more than {MAX_ROWS} entries")
        found: list[T] = []
        problems: list[TableProblem] = []
        for number, each in enumerate(values):
            try:
                found.append(read(each))
            except TermsError as error:
                problems += [problem.under(f"[{number}]") for problem in error.problems]
            except InputError as error:
                problems.append(TableProblem(f"[{number}]", str(error)))
        if problems:
            raise TermsError(problems)
        return tuple(found)

    return read_all


def read_day(value: Any) -> date:
    """A TOML date, or the text of one."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise InputError(f"not a date: {shown(value)}; write it as 2026-12-25") from None
    return a_day(value, "this")
