"""Weekdays as a list or as one text, wherever they stand: "mon", "mon-fri", "sat sun"."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.terms._problems import MAX_TEXT, WEEKDAYS, rows


def weekdays_in(text: str) -> tuple[tuple[int, ...], str]:
    """The weekdays of a text in its order, 0 for Monday, up to the first word that is not a weekday; and that word.

    There are blanks or commas between words and ranges. A range may go over the end of the week: "sat-mon" is Saturday,
    Sunday and Monday.

    Args:
        text: such as "mon-fri, sun".
    """
    out: list[int] = []
    for word in text.replace(",", " ").split():
        first, dash, last = word.partition("-")
        ends = last if dash else first
        if first not in WEEKDAYS or ends not in WEEKDAYS:
            return tuple(out), word
        start = WEEKDAYS.index(first)
        out += [(start + n) % 7 for n in range((WEEKDAYS.index(ends) - start) % 7 + 1)]
    return tuple(out), ""


def _weekdays(text: Any) -> tuple[int, ...]:
    days, unknown = weekdays_in(text) if isinstance(text, str) and len(text) <= MAX_TEXT else ((), "")
    if unknown:
        near = get_close_matches(unknown, WEEKDAYS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{shown(unknown)} is not one of {', '.join(WEEKDAYS)}, nor a stretch of them{hint}")
    if not days:
        raise InputError(f"weekdays such as 'mon' or 'mon-fri' are needed, not {shown(text)}")
    return days


def read_weekdays(value: Any) -> tuple[int, ...]:
    """Weekdays in the order of the list, 0 for Monday; one text may stand without a list.

    Raises:
        TermsError: with all the problems.
    """
    if value == []:
        raise InputError("names at least one weekday")
    return tuple(day for days in rows(_weekdays)(value) for day in days)
