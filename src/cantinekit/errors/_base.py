"""The base of all errors, and values that are malformed."""

from __future__ import annotations

from reprlib import Repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date


def _restore(cls: type[CantineError], args: tuple[Any, ...], data: dict[str, Any]) -> CantineError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(data)
    return error


def shown(value: object) -> str:
    """A value as a message shows it: at most 40 characters, and never an error of its own.

    An integer of more than 4,300 digits has no text, and a list that is nested deeply enough has none either.
    """
    if isinstance(value, str | bytes):
        value = value[:40]
    try:
        return _SHORT.repr(value)[:40]
    except Exception:  # what ``repr`` of a stranger's class raises is not ours to know
        return f"a value of the type {type(value).__name__}"[:40]


_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 42


class CantineError(Exception):
    """The base of all errors of cantinekit. They keep what they carry when they cross to another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


# --- malformed input -----------------------------------------------------------------------------------------------


class InputError(CantineError, ValueError):
    """A value that no rule could accept; raised before anything is looked up."""


class NaiveDatetimeError(InputError):
    """A datetime without a time zone was given where an instant is needed."""


class CurrencyError(InputError):
    """An unknown currency code, or amounts of two currencies in one sum."""


class TextError(InputError):
    """A text that cannot be stored: a NUL, a lone surrogate, or more than the permitted length."""


class UnknownDatesError(InputError):
    """A closure calendar has no data for some of the days that were asked for, and does not guess.

    ``calendar`` is its name; ``first`` and ``last`` are the days from which and up to which it knows all.
    """

    def __init__(self, calendar: str, first: date, last: date) -> None:
        super().__init__(f"the closure calendar {calendar!r} knows its days from {first} to {last} only")
        self.calendar = calendar
        self.first = first
        self.last = last


class RuleError(InputError):
    """A recurrence rule that cannot be read, that never matches, or whose occurrences are more than are looked at."""


class UrlError(InputError):
    """A backend URL that cannot be read; the message never contains the secret parts of it."""
