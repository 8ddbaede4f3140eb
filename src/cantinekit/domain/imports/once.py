"""That a row of another system is taken over once, and what is looked at of every row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from cantinekit.clock import local
from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.imports.events import RowTakenOver
from cantinekit.domain.imports.records import Imported
from cantinekit.domain.imports.rows import ImportCommand, fingerprint
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import InputError, RequestMismatchError
from cantinekit.errors.shown import shown

MOST_DAYS = 36_600
"""How many days before or after today what is taken over may begin, or be paid until: a century."""


def answered(uow: Uow, c: ImportCommand[Any]) -> Decision[Any] | None:
    """What a row was answered with before; ``None``: it is new.

    Args:
        uow: has looked the row up.
        c: the command.

    Raises:
        RequestMismatchError: it was taken over before, with another content.
    """
    before = uow.state.get(Imported, c.source)
    if before is None:
        return None
    if before.fingerprint != fingerprint(c):
        raise RequestMismatchError(f"source: {shown(c.source)} was taken over before, with another content")
    return uow.done_with(before.made)


def check_day(c: ImportCommand[object], now: datetime, zone: str) -> date:
    """Refuse a day that is to come, and say which day it is.

    Args:
        c: the command.
        now: the instant of the decision.
        zone: the time zone of the place.

    Raises:
        InputError: the day is to come.
    """
    today = local(now, zone).date()
    if c.day > today:
        raise InputError(f"day: {c.day} is to come")
    return today


def check_near(name: str, day: date | None, today: date) -> None:
    """Refuse a day that is a century away: it is a slip of the pen, and takes long to count to.

    Raises:
        InputError: it is.
    """
    if day is not None and abs((day - today).days) > MOST_DAYS:
        raise InputError(f"{name}: {day} is more than a century away")


def note_row(draft: Draft, c: ImportCommand[object], made: Subject) -> None:
    """Note that a row was taken over, so that the same again changes nothing."""
    draft.add(RowTakenOver(Imported(c.source, c.day, fingerprint(c), made, draft.now)))
