"""Occupancy: whether a claim fits, what is in its way, and where it would fit instead. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from cantinekit.clock import Period
from cantinekit.model import Claim, OccupancyPage, StandingPage

Spans = Iterable[tuple[datetime, datetime, int]]


def peak(spans: Spans, within: Period) -> int:
    """The most units that are taken at one moment of the period: the true peak, not the number of overlaps."""
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
    """The claims of a space that count now, each once, in the order of their start."""
    found = {claim.id: claim for page in pages for claim in page.claims if claim.live(now)}
    found.update((claim.id, claim) for claim in standing.claims if claim.live(now))
    return tuple(sorted(found.values(), key=lambda claim: (claim.start, claim.id)))


def fits(taken: int, capacity: int, units: int = 1, *, whole: bool = False) -> bool:
    """Whether units can be had where so many are taken at the peak; ``whole``: all of it, with nobody else there.

    This is the one rule by which a booking is refused and a free time is shown.
    """
    return taken == 0 < capacity if whole else taken + units <= capacity


def units_left(claims: Sequence[Claim], capacity: int, period: Period) -> int:
    """How many units are free through the whole period (never below 0)."""
    return max(0, capacity - peak(((c.start, c.end, c.units) for c in claims), period))


def in_the_way(claims: Sequence[Claim], period: Period) -> tuple[Period, ...]:
    """The periods of the claims that overlap this one."""
    return tuple(claim.period for claim in claims if claim.start < period.end and period.start < claim.end)


def free_periods(
    claims: Sequence[Claim], capacity: int, within: Sequence[Period], units: int = 1
) -> tuple[Period, ...]:
    """The stretches of ``within`` in which so many units are free, as long as they can be made."""
    found: list[Period] = []
    for window in within:
        edges = {window.start, window.end}
        for claim in claims:
            edges.update(edge for edge in (claim.start, claim.end) if window.start < edge < window.end)
        cuts = sorted(edges)
        begin: datetime | None = None
        for start, end in pairwise(cuts):
            taken = sum(c.units for c in claims if c.start < end and start < c.end)
            if taken + units <= capacity:
                begin = start if begin is None else begin
            elif begin is not None:
                found.append(Period(begin, start))
                begin = None
        if begin is not None:
            found.append(Period(begin, window.end))
    return tuple(found)


def common(first: Sequence[Period], second: Sequence[Period]) -> tuple[Period, ...]:
    """The stretches that lie in both; each input is in order and without overlaps."""
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
    """The windows, less the holes."""
    rest = list(windows)
    for hole in holes:
        cut: list[Period] = []
        for window in rest:
            if not window.overlaps(hole):
                cut.append(window)
                continue
            if window.start < hole.start:
                cut.append(Period(window.start, hole.start))
            if hole.end < window.end:
                cut.append(Period(hole.end, window.end))
        rest = cut
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
    """The periods of the wanted length that fit into what is free and start nearest to the wanted start, nearest first.

    They do not overlap each other, and none starts before ``earliest``. Where they may not start at any moment,
    ``starts`` gives for a moment the possible ones around it.
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
