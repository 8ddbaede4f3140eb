"""The cheapest windows for dated needs, by how many units they leave to packs.

Dynamic programming over the needed days in order. A state is the limited windows that are open and not used up, as
``(last day, units left)``, with the units that packs are to serve so far; for each only the least weight is kept.

Only some purchases need to be tried, because every other one can be turned into one of these at no cost by exchanging
which need is served by what:

- a window begins on a day whose need it serves;
- the open window that ends first serves, before a pack, and before a new window that would not end earlier still.

An unlimited window serves all needs of its days, and nothing else is used on them: a plan comes before tickets. It is
bought only where no other unlimited one is running.

Without limited windows there are at most days times (units + 1) states. With them, the states also tell the open
windows apart, which can be many: the count of states is bounded, not the answer approximated.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import attrs

from cantinekit.errors import InputError
from cantinekit.pricing.combine._offers import Scale, Window

MAX_STATES = 400_000
"""So many states are looked at before the search is refused; a second or two."""

Chain = tuple["Chain", int, int] | None
"""Windows bought so far, the last first: the earlier ones, the number of the offer, its first day."""
Open = tuple[tuple[int, int], ...]
States = dict[Open, dict[int, tuple[int, Chain]]]


def _put(states: States, open_windows: Open, left: int, weight: int, chain: Chain) -> None:
    row = states.setdefault(open_windows, {})
    held = row.get(left)
    if held is None or weight < held[0]:
        row[left] = (weight, chain)


def _thinned(states: States) -> States:
    """Without what leaves more to packs and is not better: right only where packs for fewer units never weigh more."""
    thin: States = {}
    for open_windows, row in states.items():
        best: int | None = None
        kept: dict[int, tuple[int, Chain]] = {}
        for left in sorted(row):
            if best is None or row[left][0] < best:
                best = row[left][0]
                kept[left] = row[left]
        thin[open_windows] = kept
    return thin


@attrs.define
class Search:
    """One search: the needs as ``(day number, units)`` in order of days, and what may be bought for them."""

    needs: Sequence[tuple[int, int]]
    scale: Scale
    windows: Sequence[tuple[int, Window]]
    """With the number of each offer in the scale."""
    most: int
    """Packs serve at most so many units."""
    exact: bool
    states: int = 0

    def run(self) -> dict[int, tuple[int, Chain]]:
        """For each number of units left to packs the least weight of the windows, and which they are.

        The weight counts the units of windows as unused, less all needs outside unlimited windows.

        Raises:
            InputError: more than MAX_STATES states.
        """
        days = [day for day, _ in self.needs]
        layers: list[States] = [{} for _ in range(len(days) + 1)]
        layers[0][()] = {0: (0, None)}
        for at, (day, units) in enumerate(self.needs):
            here, layers[at] = layers[at], {}
            if not self.exact:
                here = _thinned(here)
            for number, window in self.windows:
                if window.units is None:
                    after = bisect_left(days, day + window.days)
                    self._move(here, layers[after], days[after] if after < len(days) else None, number, day)
            for _ in range(units):
                here = self._serve_one(here, day)
                if not self.exact:
                    here = _thinned(here)
            self._move(here, layers[at + 1], days[at + 1] if at + 1 < len(days) else None)
        return layers[-1].get((), {})

    def _count(self, states: States) -> None:
        self.states += sum(map(len, states.values()))
        if self.states > MAX_STATES:
            raise InputError("too many needs and offers to compare them all; ask for a shorter period")

    def _move(self, here: States, there: States, day: int | None, number: int | None = None, first: int = 0) -> None:
        """Go on to the next day (None: the end), with an unlimited window bought on the way where a number is given."""
        self._count(here)
        for open_windows, row in here.items():
            running = tuple(window for window in open_windows if day is not None and window[0] >= day)
            if self.exact and len(running) < len(open_windows):
                continue  # a window ends with units that nobody used
            for left, (weight, chain) in row.items():
                if number is None:
                    _put(there, running, left, weight, chain)
                else:
                    _put(there, running, left, weight + self.scale.weights[number], (chain, number, first))

    def _serve_one(self, here: States, day: int) -> States:
        self._count(here)
        there: States = {}
        for open_windows, row in here.items():
            after: list[tuple[Open, int, int | None]] = []  # open windows, units left to packs, offer bought
            if open_windows:
                last, units = open_windows[0]
                still: Open = ((last, units - 1),) if units > 1 else ()
                after.append((still + open_windows[1:], 0, None))
            else:
                after.append(((), 1, None))
            for number, window in self.windows:
                last = day + window.days - 1
                if window.units is not None and (not open_windows or last < open_windows[0][0]):
                    still = ((last, window.units - 1),) if window.units > 1 else ()
                    after.append((still + open_windows, 0, number))
            for left, (weight, chain) in row.items():
                for new_open, more, bought in after:
                    if left + more <= self.most:
                        paid = 0 if bought is None else self.scale.weights[bought]
                        way = chain if bought is None else (chain, bought, day)
                        _put(there, new_open, left + more, weight + paid - self.scale.unit, way)
        return there
