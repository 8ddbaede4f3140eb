"""What every row of another system has: where it is from, and the day as of which it was said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import TypeVar

import attrs

from cantinekit.clock import Period, format_instant
from cantinekit.common.fields import is_id
from cantinekit.domain.base import KEYED, Command
from cantinekit.domain.dates.fields import is_day
from cantinekit.money import Money

R = TypeVar("R", covariant=True)


@attrs.frozen(kw_only=True)
class ImportCommand(Command[R]):
    """The base of the commands that take something over from another system.

    Attributes:
        source: the key of the row, which is never given to another row; kept for ever.
        day: the local day as of which the other system said so, at most today.
    """

    source: str = attrs.field(validator=is_id)
    day: date = attrs.field(validator=is_day)


def fingerprint(c: ImportCommand[object]) -> str:
    """A hash of the content of a row, without what says who somebody is: the journal keeps it for ever. What is left
    out is no part of it, so that later versions may ask for more.
    """
    return _hashed([type(c).__name__, *_content(c, private=False)])


def private_fingerprint(c: ImportCommand[object]) -> str | None:
    """A hash of what a row says of who somebody is, which is kept with them alone; ``None``: it says nothing of it."""
    said = _content(c, private=True)
    return _hashed([type(c).__name__, c.source, *said]) if said else None


def _content(c: ImportCommand[object], *, private: bool) -> list[str]:
    """The fields of a row but its source: those that are personal data, or the others."""
    return [
        f"{field.name}={_said(value)}"
        for field in sorted(attrs.fields(type(c)), key=lambda field: field.name)
        if field.name != "source"
        and (field.metadata == KEYED) is private
        and (value := getattr(c, field.name)) != field.default
    ]


def _hashed(said: list[str]) -> str:
    return sha256("\x1f".join(said).encode()).hexdigest()


def _said(value: object) -> str:
    """A value in one spelling: 2 and 2.0 are the same number, 1 and yes are not."""
    if isinstance(value, tuple):
        return f"({','.join(_said(one) for one in value)})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return str(Fraction(value))
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if isinstance(value, Period):
        return f"{format_instant(value.start)}/{format_instant(value.end)}"
    if isinstance(value, date):
        return value.isoformat()
    return repr(value)
