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
windows apart, which can be many. A state is dropped where its price, with the least that its open needs can still cost,
is above that of an answer that is known. The count of states is bounded, never the answer approximated.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction

import attrs

from cantinekit.errors import InputError
from cantinekit.pricing.combine._offers import Scale, Window

MAX_STATES = 500_000
"""So many states are looked at before the search is refused; about three seconds."""

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


class _Floor:
    """What a state costs at least in the end.

    No window serves a unit for less than some rate. So ``y`` units from packs and the others from windows cost at least
    ``packs(y) - rate * y``, of which the least is known, and the rate for all units that are still to be paid.
    """

    def __init__(
        self, needs: Sequence[tuple[int, int]], scale: Scale, windows: Sequence[Window], packs: Sequence[int | None]
    ) -> None:
        self._scale = scale
        self._after = [0]  # how many units are needed from the need with this index on
        for _, units in reversed(needs):
            self._after.insert(0, self._after[0] + units)
        days = [day for day, _ in needs]
        rates: list[tuple[int, int]] = []
        for window in windows:
            spans = [self._after[at] - self._after[bisect_left(days, day + window.days)] for at, day in enumerate(days)]
            most = max(spans, default=1)
            rates.append((window.price, most if window.units is None else min(most, window.units)))
        self._price, self._per = min(rates, key=lambda rate: Fraction(*rate), default=(0, 1))
        self._packs: list[int] = []  # the least packs(y) - rate * y for y from here on, times the units of the rate
        for units in range(len(packs) - 1, -1, -1):
            weight = packs[units]
            if weight is not None:
                value = scale.price(weight) * self._per - self._price * units
                self._packs.append(min(value, self._packs[-1]) if self._packs else value)
            elif self._packs:
                self._packs.append(self._packs[-1])
        self._packs.reverse()

    def above(self, known: int, weight: int, to: int, left: int, lent: int) -> bool:
        """Whether a state before the need ``to``, with ``left`` units for packs and ``lent`` in open windows, is."""
        unpaid = left + max(self._after[to] - lent, 0)
        return self._scale.price(weight) * self._per + self._packs[left] + self._price * unpaid > known * self._per


@attrs.define
class PurchaseSearch:
    """One search: the needs as ``(day number, units)`` in order of days, and what may be bought for them."""

    needs: Sequence[tuple[int, int]]
    scale: Scale
    windows: Sequence[tuple[int, Window]]
    """With the number of each offer in the scale."""
    packs: Sequence[int | None]
    """For each number of units the least weight of the packs that serve them."""
    exact: bool
    known: int | None = None
    """The price of an answer that was found before; dearer ones are of no use."""
    states: int = 0
    _most: int = attrs.field(init=False)
    _floor: _Floor = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._most = max(units for units, weight in enumerate(self.packs) if weight is not None)
        self._floor = _Floor(self.needs, self.scale, [window for _, window in self.windows], self.packs)

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
                    self._move(here, layers[after], after, number, day)
            limited = any(window.units is not None for _, window in self.windows)
            for _ in range(units if limited else 1):
                here = self._serve(here, day, 1 if limited else units)
                if not self.exact:
                    here = _thinned(here)
            self._move(here, layers[at + 1], at + 1)
        return layers[-1].get((), {})

    def _count(self, states: States) -> None:
        self.states += sum(map(len, states.values()))
        if self.states > MAX_STATES:
            raise InputError("too many needs and offers to compare them all; ask for a shorter period")

    def _move(self, here: States, there: States, to: int, number: int | None = None, first: int = 0) -> None:
        """Go on to the need with this index, with an unlimited window bought on the way where a number is given."""
        self._count(here)
        day = self.needs[to][0] if to < len(self.needs) else None
        paid = 0 if number is None else self.scale.weights[number]
        for open_windows, row in here.items():
            running = tuple(window for window in open_windows if day is not None and window[0] >= day)
            if self.exact and len(running) < len(open_windows):
                continue  # a window ends with units that nobody used
            lent = sum(units for _, units in running)
            for left, (weight, chain) in row.items():
                weight += paid
                if self.known is None or not self._floor.above(self.known, weight, to, left, lent):
                    _put(there, running, left, weight, chain if number is None else (chain, number, first))

    def _after(self, open_windows: Open, day: int, units: int) -> list[tuple[Open, int, int | None]]:
        """What may hold after a day: the open windows, the units that are left to packs, the offer that was bought."""
        after: list[tuple[Open, int, int | None]] = []
        if open_windows:
            last, lends = open_windows[0]
            still: Open = ((last, lends - 1),) if lends > 1 else ()
            after.append((still + open_windows[1:], 0, None))
        else:
            after.append(((), units, None))
        for number, window in self.windows:
            last = day + window.days - 1
            if window.units is not None and (not open_windows or last < open_windows[0][0]):
                still = ((last, window.units - 1),) if window.units > 1 else ()
                after.append((still + open_windows, 0, number))
        return after

    def _serve(self, here: States, day: int, units: int) -> States:
        """Serve a unit of this day; several at once where only packs can serve them."""
        self._count(here)
        there: States = {}
        for open_windows, row in here.items():
            after = self._after(open_windows, day, units)
            for left, (weight, chain) in row.items():
                for new_open, more, bought in after:
                    if left + more <= self._most:
                        paid = 0 if bought is None else self.scale.weights[bought]
                        way = chain if bought is None else (chain, bought, day)
                        _put(there, new_open, left + more, weight + paid - units * self.scale.unit, way)
        return there
