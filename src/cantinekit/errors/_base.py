"""The base of all errors, and values that are malformed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from cantinekit.errors.shown import cut

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_TEXTS = "cantinekit.messages.refusals"
"""Where the texts are: far above, and imported by this name when the first one is asked for."""


def _restore(cls: type[CantineError], args: tuple[Any, ...], data: dict[str, Any]) -> CantineError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(data)
    return error


class CantineError(Exception):
    """The base of all errors of cantinekit. They keep what they carry when they cross to another process.

    The message has at most 2,000 characters, whatever it repeats; what an error carries beside it is whole.

    Attributes:
        args: the message, and other arguments that Python shows with it; a text is cut at 2,000 characters.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*(cut(arg) if isinstance(arg, str) else arg for arg in args))

    def text(
        self, lang: Literal["fr", "en"] = "en", names: Mapping[str, str] | None = None, *, zone: str | None = None
    ) -> str:
        """What it says to a visitor, as a sentence; ``str`` of it is for developers and logs.

        A refusal and a malformed value say what is wrong, and where free times are near, when. Any other error is a
        fault on the side of the house: the sentence says so, and nothing of it.

        Args:
            lang: "fr" or "en".
            names: names by id, of spaces, workshops, products, people and so on; the texts of questions by their keys.
                What has no name is called by its id; ``None``: no names are known.
            zone: the IANA name of the zone of the place, in which times are written; ``None``: UTC, which is said.

        Raises:
            InputError: there are no texts in this language, or no zone of this name.
        """
        told: str = import_module(_TEXTS).tell(self, lang, names or {}, zone)
        return told

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

    Attributes:
        calendar: the name of the closure calendar.
        first: the first day that it knows.
        last: the last day that it knows.
    """

    def __init__(self, calendar: str, first: date, last: date) -> None:
        super().__init__(f"the closure calendar {calendar!r} knows its days from {first} to {last} only")
        self.calendar = calendar
        self.first = first
        self.last = last


class RowError(InputError):
    """A row of a table that is no usage.

    Args:
        message: what is wrong, for people.

    Attributes:
        row: its position in the table, from 0.
        column: the name of the column; empty: the row as a whole.
        problem: the code of what is wrong: "null", "duplicate", "naive", "float", "type", "range", "currency", "order"
            (the rows of an order disagree) or "value".
    """

    def __init__(self, row: int, column: str, problem: str, message: str) -> None:
        super().__init__(f"row {row}{f', column {column!r}' if column else ''}: {message}")
        self.row = row
        self.column = column
        self.problem = problem


class RuleError(InputError):
    """A recurrence rule that cannot be read, that has no date, or whose occurrences are more than are looked at."""


class UrlError(InputError):
    """A backend URL that cannot be read; the message never contains the secret parts of it."""
