"""Where what the calendar has meets what an interval reaches. Both repeat, so that the next meeting is arithmetic."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from math import gcd

from cantinekit.scheduling.recurrence.effort import Effort


class Meeting:
    """The numbers that are in ``had`` modulo ``cycle``, and in ``reached`` modulo ``step``.

    By the Chinese remainder theorem two residues meet if and only if they are equal modulo the greatest common divisor
    of both. What meets nothing is taken out, so that nothing is left exactly where there is no such number at all.
    """

    def __init__(self, had: Iterable[int], cycle: int, reached: Iterable[int], step: int) -> None:
        common = gcd(cycle, step)
        had, reached = tuple(had), tuple(reached)
        shared = {one % common for one in had} & {one % common for one in reached}
        had = tuple(one for one in had if one % common in shared)
        reached = tuple(one for one in reached if one % common in shared)
        if len(reached) == 1:  # each residue of the calendar has one meeting in the least common multiple
            turns = step // common
            inverse = pow(cycle // common, -1, turns)
            had = tuple(one + cycle * ((reached[0] - one) // common * inverse % turns) for one in had)
            cycle, reached, step = cycle * turns, (0,), 1
        self._had, self._cycle = array("q", sorted(had)), cycle
        self._reached, self._step = array("q", sorted(reached)), step

    def first(self, at: int, last: int, effort: Effort) -> int | None:
        """The first of them from ``at`` on, or None where that is after ``last`` or there is none."""
        if not self._had:
            return None
        while at <= last:
            effort.spend()
            found = _from(self._had, self._cycle, at)
            at = _from(self._reached, self._step, found)
            if at == found:
                return found if found <= last else None
        return None


def _from(values: array[int], modulus: int, at: int) -> int:
    """The first number from ``at`` on that is one of the sorted residues."""
    turn, rest = divmod(at, modulus)
    place = bisect_left(values, rest)
    if place == len(values):
        turn, place = turn + 1, 0
    return turn * modulus + values[place]
