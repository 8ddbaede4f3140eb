"""Occupancy: whether a claim fits, what it conflicts with, and where it would fit instead. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Protocol

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period
from cantinekit.domain.occupancy.records import Claim, OccupancyPage, StandingPage

_start = attrgetter("start")


class Taken(Protocol):
    """Units that are taken for a time: a claim, or as much of one as it takes to know what is free."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...

    @property
    def units(self) -> int: ...


Spans = Iterable[tuple[datetime, datetime, int]]


def peak(spans: Spans, within: Period) -> int:
    """The most units that are taken at one moment of a period: the true peak, not the number of overlaps.

    Args:
        spans: (start, end, units) of what is taken, half-open.
        within: the period to look at.
    """
    steps: list[tuple[datetime, int]] = []
    for start, end, units in spans:
        if start < within.end and within.start < end:
            steps.append((max(start, within.start), units))
            steps.append((end, -units))
    level = highest = 0
    for _, change in sorted(steps):  # at the same instant what ends (negative) comes before what starts: half-open
        level += change
        highest = max(highest, level)
    return highest


def live_claims(pages: Iterable[OccupancyPage], standing: StandingPage, now: datetime) -> tuple[Claim, ...]:
    """The claims of a space that count now, each once, in the order of their start.

    Args:
        pages: the occupancy pages of the days to look at.
        standing: the standing page of the space.
        now: the instant against which holds expire.
    """
    found = {claim.id: claim for page in pages for claim in page.claims if claim.live(now)}
    found.update((claim.id, claim) for claim in standing.claims if claim.live(now))
    return tuple(sorted(found.values(), key=lambda claim: (claim.start, claim.id)))


def fits(taken: int, capacity: int, units: int = 1, *, whole: bool = False) -> bool:
    """Whether units are free where others are taken: the one rule by which a booking is refused and a free time is
    shown.

    Args:
        taken: the units that are taken at the peak.
        capacity: the units of the space.
        units: the units that are wanted, 1 or more.
        whole: whether the whole space is wanted, with nobody else there.
    """
    return taken == 0 < capacity if whole else taken + units <= capacity


def units_left(claims: Sequence[Claim], capacity: int, period: Period) -> int:
    """How many units are free throughout a period, never below 0.

    Args:
        claims: what is taken.
        capacity: the units of the space.
        period: the period to look at.
    """
    return max(0, capacity - peak(((c.start, c.end, c.units) for c in claims), period))


def in_the_way(claims: Sequence[Claim], period: Period) -> tuple[Period, ...]:
    """The periods of the claims that overlap a period.

    Args:
        claims: what is taken.
        period: the period that is wanted.
    """
    return tuple(claim.period for claim in claims if claim.start < period.end and period.start < claim.end)


def free_periods(
    claims: Sequence[Taken], capacity: int, within: Sequence[Period], units: int = 1
) -> tuple[Period, ...]:
    """The stretches in which enough units are free, as long as possible.

    Args:
        claims: what is taken.
        capacity: the units of the space.
        within: the periods to look at, in order.
        units: the units that are wanted, 1 or more.
    """
    levels = _levels(claims)
    times = [at for at, _ in levels]
    found: list[Period] = []
    for window in within:
        begin: datetime | None = None
        for at in range(max(bisect_right(times, window.start) - 1, 0), len(times)):
            start, taken = levels[at]
            if start >= window.end:
                break
            if taken + units <= capacity:
                begin = max(start, window.start) if begin is None else begin
            elif begin is not None:
                found.append(Period(begin, start))
                begin = None
        if begin is not None:
            found.append(Period(begin, window.end))
    return tuple(found)


def above(claims: Sequence[Taken], most: int) -> list[tuple[datetime, datetime]]:
    """The stretches in which more than ``most`` units are taken, in order.

    Args:
        claims: what is taken.
        most: the most units that may be taken; less than 0: no instant has room.
    """
    if most < 0:
        return [(MIN_INSTANT, MAX_INSTANT)]
    if not most:
        return sorted((claim.start, claim.end) for claim in claims)
    found: list[tuple[datetime, datetime]] = []
    levels = _levels(claims)
    for (start, taken), (end, _) in pairwise(levels):
        if taken > most:
            found.append((start, end))
    return found


def _levels(claims: Sequence[Taken]) -> list[tuple[datetime, int]]:
    """From when on how many units are taken, from the beginning of time on."""
    changes: dict[datetime, int] = {}
    for claim in claims:
        changes[claim.start] = changes.get(claim.start, 0) + claim.units
        changes[claim.end] = changes.get(claim.end, 0) - claim.units
    return list(
        accumulate(sorted(changes.items()), lambda old, new: (new[0], old[1] + new[1]), initial=(MIN_INSTANT, 0))
    )


def common(first: Sequence[Period], second: Sequence[Period]) -> tuple[Period, ...]:
    """The stretches that lie in both sequences.

    Args:
        first: periods in order that do not overlap.
        second: periods in order that do not overlap.
    """
    found: list[Period] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i].start, second[j].start), min(first[i].end, second[j].end)
        if start < end:
            whole = start == first[i].start and end == first[i].end
            found.append(first[i] if whole else Period(start, end))
        if first[i].end < second[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)


def without(windows: Sequence[Period], holes: Iterable[Period]) -> tuple[Period, ...]:
    """The windows, less the holes.

    Args:
        windows: periods in order that do not overlap.
        holes: periods in any order.
    """
    ordered = sorted(holes, key=_start)
    ends = list(accumulate((hole.end for hole in ordered), max))
    rest: list[Period] = []
    for window in windows:
        start = window.start
        for at in range(bisect_right(ends, start), len(ordered)):
            hole = ordered[at]
            if hole.start >= window.end:
                break
            if start < hole.start:
                rest.append(Period(start, hole.start))
            start = max(start, hole.end)
        if start == window.start:
            rest.append(window)
        elif start < window.end:
            rest.append(Period(start, window.end))
    return tuple(rest)


def _around(moment: datetime, starts: Callable[[datetime], Iterable[datetime]] | None) -> Iterable[datetime]:
    return (moment,) if starts is None else starts(moment)


def nearest(
    free: Sequence[Period],
    wanted: Period,
    *,
    earliest: datetime,
    limit: int = 3,
    starts: Callable[[datetime], Iterable[datetime]] | None = None,
) -> tuple[Period, ...]:
    """The free periods that start nearest to a wanted one and are as long, nearest first. They do not overlap each
    other.

    Args:
        free: the periods that are free, in order.
        wanted: the period that was asked for.
        earliest: the instant before which none starts.
        limit: how many are given at most.
        starts: gives the permitted starts around an instant; ``None``: any instant is permitted.
    """
    rest, chosen = tuple(free), list[Period]()
    while len(chosen) < limit:
        bounds = [(max(window.start, earliest), window.end - wanted.length) for window in rest]
        found = [
            start
            for low, high in bounds
            if low <= high
            for start in _around(min(max(wanted.start, low), high), starts)
            if low <= start <= high
        ]
        if not found:
            break
        start = min(found, key=lambda start: (abs(start - wanted.start), start))
        chosen.append(Period(start, start + wanted.length))
        rest = without(rest, chosen[-1:])
    return tuple(chosen)
