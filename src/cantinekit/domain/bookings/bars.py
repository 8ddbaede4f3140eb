"""A day of rooms as bars on one axis of time: what a page draws, step by step. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

import attrs

from cantinekit.calendar import MINUTES_A_DAY, merged, wall_instant
from cantinekit.clock import Period, local

MINUTE = timedelta(minutes=1)
HALF_AN_HOUR = 30
HOUR = 60
Window = tuple[int, int]
"""From which minute of the wall clock until which one an axis goes, counted from midnight; the last may be 1440."""


@attrs.frozen
class GridBar:
    """A stretch of the day on an axis of equal steps. The bars of a row follow one another without a gap.

    Attributes:
        period: from when until when.
        steps: how many steps of the axis it is long: the ``colspan`` of a cell of a table.
        why: in a word why nothing of it can be had, as ``GridCell.why`` says it: ``slot`` too where there is none, and
            ``wrong length`` where what is left is shorter than is wanted; empty where it is free.
        picks: of a free bar what can be picked in it: its steps, of which one or several in a row are taken, or the
            slot that it is. What is picked is asked for as any time is: the terms of the room may want it longer.
    """

    period: Period
    steps: int
    why: str = ""
    picks: tuple[Period, ...] = ()


def opening_window(day: date, opens: Sequence[Period], zone: str) -> Window | None:
    """From which minute until which one it is open on a day; ``None``: it is closed all day.

    Args:
        day: the local day.
        opens: when it is open, in order, within the day.
        zone: the zone of the place.
    """
    if not opens:
        return None
    whole_days = (local(opens[-1].end, zone).date() - day).days
    return _minute(opens[0].start, zone), MINUTES_A_DAY * whole_days + _minute(opens[-1].end, zone)


def _minute(moment: datetime, zone: str) -> int:
    """The minute of the day that the wall clock of a zone shows."""
    shown = local(moment, zone)
    return HOUR * shown.hour + shown.minute


@attrs.frozen
class Axis:
    """The steps of a day, from midnight on in equal parts of the wall clock.

    Attributes:
        steps: the steps; where the clock skips some these are not among them, and where it shows some twice one is
            longer.
        hours: the same as bars of an hour each, or of a step where that is longer: the head of a table.
    """

    steps: tuple[Period, ...] = ()
    hours: tuple[GridBar, ...] = ()

    @classmethod
    def of(cls, day: date, zone: str, window: Window | None, step: timedelta | None) -> Axis:
        """The axis of a day.

        Args:
            day: the local day.
            zone: the zone of the place.
            window: what the axis has to have; it begins and ends with whole hours. ``None``: there is none.
            step: how long a step is; ``None``: half an hour.
        """
        if window is None:
            return cls()
        each = step // MINUTE if step is not None else HALF_AN_HOUR
        whole = each if HOUR % each else HOUR
        first, last = window[0] // whole * whole, -(-window[1] // whole) * whole
        marks = [(minute, wall_instant(day, minute, zone)) for minute in range(first, last + 1, each)]
        shown = [(minute, at) for minute, at in marks if minute == last or _minute(at, zone) == minute]
        steps = [(minute, Period(start, end)) for (minute, start), (_, end) in pairwise(shown)]
        hours = [[step for _, step in some] for _, some in groupby(steps, lambda one: one[0] // whole)]
        return cls(
            tuple(step for _, step in steps),
            tuple(GridBar(Period(some[0].start, some[-1].end), len(some)) for some in hours),
        )

    def bars(self, free: Sequence[Period], why: Callable[[Period], str], *, slots: bool) -> Iterator[GridBar]:
        """The bars of a room.

        Args:
            free: the times at which it can be booked.
            why: says in a word why a step is in none of them.
            slots: whether one of these times is picked as it is, and no part of it.
        """
        stretches = sorted(free) if slots else merged(free)

        def of(step: Period) -> tuple[str, Period | None]:
            found = next((one for one in stretches if one.start <= step.start and step.end <= one.end), None)
            return ("", found if slots else None) if found is not None else (why(step), None)

        for (word, slot), some in groupby(self.steps, of):
            parts = tuple(some)
            picks = () if word else parts if slot is None else (slot,)
            yield GridBar(Period(parts[0].start, parts[-1].end), len(parts), word, picks)


__all__ = ["GridBar"]
