"""That a row of another system is taken over once, and what is looked at of every row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from cantinekit.clock import local
from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.imports.events import RowTakenOver
from cantinekit.domain.imports.records import Imported, ImportedWho
from cantinekit.domain.imports.rows import ImportCommand, fingerprint, private_fingerprint
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import InputError, RequestMismatchError
from cantinekit.errors.shown import shown

MOST_DAYS = 36_600
"""How many days before or after today what is taken over may begin, or be paid until: a century."""
_AHEAD = timedelta(hours=14)
"""How far the clocks that are ahead of all others are ahead of UTC."""


def answered(uow: Uow, c: ImportCommand[Any]) -> Decision[Any] | None:
    """What a row was answered with before; ``None``: it is new.

    Args:
        uow: has looked the row up, and where it is of somebody ``who_said`` too.
        c: the command.

    Raises:
        RequestMismatchError: it was taken over before, with another content.
    """
    before = uow.state.get(Imported, c.source)
    if before is None:
        return None
    who = uow.state.get(ImportedWho, c.source) if uow.state.knows(ImportedWho, c.source) else None
    if before.fingerprint != fingerprint(c) or (who is not None and who.fingerprint != private_fingerprint(c)):
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


def check_day_anywhere(c: ImportCommand[object], now: datetime) -> None:
    """Refuse a day that is to come wherever somebody is: a row of a person is of no place.

    Args:
        c: the command.
        now: the instant of the decision.

    Raises:
        InputError: the day is to come.
    """
    if c.day > (now + _AHEAD).date():
        raise InputError(f"day: {c.day} is to come")


def check_near(name: str, day: date | None, today: date) -> None:
    """Refuse a day that is a century away: it is a slip of the pen, and takes long to count to.

    Raises:
        InputError: it is.
    """
    if day is not None and abs((day - today).days) > MOST_DAYS:
        raise InputError(f"{name}: {day} is more than a century away")


def note_who(uow: Uow, c: ImportCommand[object], person_id: str) -> None:
    """Keep, with a person or an organisation alone, a hash of what a row said of who they are."""
    said = private_fingerprint(c)
    if said is not None:
        uow.keep([ImportedWho(c.source, person_id, said)])


def note_row(draft: Draft, c: ImportCommand[object], made: Subject) -> None:
    """Note that a row was taken over, so that the same again changes nothing."""
    draft.add(RowTakenOver(Imported(c.source, c.day, fingerprint(c), made, draft.now)))
