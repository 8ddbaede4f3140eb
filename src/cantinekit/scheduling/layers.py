"""Layers of overlapping stretches, of which the strongest counts. Pure."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T", bound=Any)
FEW = 32
"""Up to so many stretches of days are looked through one by one, which is sooner than putting them in order."""


def strongest(spans: Sequence[tuple[T, T]]) -> list[tuple[T, T, int]]:
    """What half-open spans cover, in stretches in order, each with the place of the first span that covers it.

    The spans come with the strongest first. It takes n log n steps, however they overlap.
    """
    waiting = sorted((start, place) for place, (start, end) in enumerate(spans) if start < end)
    edges = sorted({edge for start, end in spans if start < end for edge in (start, end)})
    found: list[tuple[T, T, int]] = []
    holding: list[int] = []
    begun = 0
    for start, end in pairwise(edges):
        while begun < len(waiting) and waiting[begun][0] <= start:
            heapq.heappush(holding, waiting[begun][1])
            begun += 1
        while holding and spans[holding[0]][1] <= start:
            heapq.heappop(holding)
        if not holding:
            continue
        if found and found[-1][2] == holding[0] and found[-1][1] == start:
            found[-1] = (found[-1][0], end, holding[0])
        else:
            found.append((start, end, holding[0]))
    return found


class DayRange(Protocol):
    """From a first local day to a last one, both included; without a last one it never ends."""

    @property
    def first(self) -> date: ...

    @property
    def last(self) -> date | None: ...


S = TypeVar("S", bound=DayRange)


class Days(Generic[S]):
    """Which of many stretches of days holds on a day: the first in their order that does.

    ``of`` gives them. It is called at the first question, so that whoever asks none pays for none.
    """

    def __init__(self, of: Callable[[], Iterable[S]]) -> None:
        self._of = of
        self._all: Sequence[S] | None = None
        self._found: list[tuple[int, int, int]] = []
        self._starts: list[int] = []

    def at(self, day: date) -> S | None:
        """The stretch that holds on a day."""
        if self._all is None:
            found = tuple(self._of())
            if len(found) > FEW:
                self._found = strongest(
                    [(one.first.toordinal(), (one.last or date.max).toordinal() + 1) for one in found]
                )
                self._starts = [start for start, _, _ in self._found]
            self._all = found
        if not self._starts:
            return next((one for one in self._all if one.first <= day and (one.last is None or day <= one.last)), None)
        at = bisect_right(self._starts, day.toordinal()) - 1
        return self._all[self._found[at][2]] if at >= 0 and day.toordinal() < self._found[at][1] else None
