"""What is taken of many spaces, in memory: quick answers to "which are free" and "when first". Pure but for itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from cantinekit.clock import MIN_INSTANT, Period, instant
from cantinekit.domain.occupancy.records import Claim, Closure, OccupancyPage, Placed, StandingPage
from cantinekit.domain.spaces.records import Space
from cantinekit.errors import NotFoundError
from cantinekit.scheduling.availability._leaf import GUARD, Leaf, length_of, micros, moment
from cantinekit.scheduling.occupancy import fits

if TYPE_CHECKING:
    from array import array

    from cantinekit.scheduling.availability._columns import BusyColumns

    _Group = tuple[list[tuple[str, array[int]]], list[tuple[str, Leaf]], dict[str, int]]
    # Spaces as the loops want them: plain ones of one unit with their times, all others, and the place of each.

ClaimRow = tuple[int, int, int, int | None, int, int]
"""A claim in microseconds since 1970: start, end, units, the end of the hold or ``None``, and its two buffers."""
Span = tuple[str, datetime, datetime, int]
"""Units of a space that are taken: the id of the space, the start, the end, how many."""
_GROUPS = 64
_NEAR = length_of(timedelta(days=3))


class BusyIndex:
    """What is taken of undivided spaces ("leaves"), as a step function of each.

    It is fed with rows, with occupancy pages, or with the events of the journal. Times are instants; all periods are
    half-open. A claim with an id can be replaced, moved and dropped; a plain span is removed by the same span. Holds
    end when ``advance`` has told the index that their time is over.

    An index is for one thread at a time, and decides nothing: the store does.

    Args:
        now: the instant against which holds expire at first.
    """

    def __init__(self, now: datetime = MIN_INSTANT) -> None:
        self.now = instant(now)
        self._leaves: dict[str, Leaf] = {}
        self._claims: dict[tuple[str, str], Claim | ClaimRow] = {}
        self._of_claim: dict[str, set[str]] = {}
        self._holds: list[tuple[datetime, str, str]] = []
        self.has_closures = False
        """Whether some space ever had a closure of its own."""
        self._lapsed: set[tuple[str, str]] = set()
        self._groups: dict[tuple[str, ...] | None, _Group] = {}

    @staticmethod
    def from_rows(rows: Iterable[Span], capacities: Mapping[str, int] | None = None) -> BusyIndex:
        """An index of plain spans.

        Args:
            rows: (space id, start, end, units), in any order.
            capacities: the units of each space by id; a space that is not named has one.

        Raises:
            InputError: a row is empty or runs backwards.
            NaiveDatetimeError: a datetime without a time zone.
        """
        spans: dict[str, list[tuple[int, int, int]]] = {space_id: [] for space_id in capacities or ()}
        for space_id, start, end, units in rows:
            span = micros(instant(start)), micros(instant(end)), units
            try:
                spans[space_id].append(span)
            except KeyError:
                spans[space_id] = [span]
        index, wanted = BusyIndex(), capacities or {}
        index._leaves = {id: Leaf.of(found, wanted.get(id, 1)) for id, found in spans.items()}
        return index

    @staticmethod
    def from_pages(standing: Iterable[StandingPage], pages: Iterable[OccupancyPage | None], now: datetime) -> BusyIndex:
        """An index of the claims on pages that count at an instant, each once.

        Args:
            standing: the standing pages of the spaces.
            pages: occupancy pages; ``None`` is ignored.
            now: the instant against which holds expire.
        """
        index = BusyIndex(now)
        every = list(standing)
        for page in every:
            index.set_space(page.space_id, page.binding_capacity, page.binding_closures)
        index._put_pages(every, (page for page in pages if page is not None))
        return index

    def _put_pages(self, standing: Iterable[StandingPage], pages: Iterable[OccupancyPage]) -> None:
        for some in (standing, pages):
            for page in some:
                for claim in page.claims:
                    self.put(Placed(page.space_id, claim))

    # --- spaces ----------------------------------------------------------------------------------------------------

    def __contains__(self, space_id: object) -> bool:
        return space_id in self._leaves

    def __len__(self) -> int:
        return len(self._leaves)

    def __iter__(self) -> Iterator[str]:
        return iter(self._leaves)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same of the same spaces: capacity, closures, and what is taken at each moment."""
        return self._said() == other._said() if isinstance(other, BusyIndex) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _said(self) -> dict[str, object]:
        return {id: (leaf.capacity, set(leaf.closures), leaf.steps()) for id, leaf in self._leaves.items()}

    def leaf(self, space_id: str) -> Leaf:
        """The undivided space with this id.

        Args:
            space_id: the id of the space.

        Raises:
            NotFoundError: it is not in the index.
        """
        found = self._leaves.get(space_id)
        if found is None:
            raise NotFoundError(Space.kind, space_id)
        return found

    def set_space(self, space_id: str, capacity: int, closures: Sequence[Closure] = ()) -> None:
        """Add a space, or replace its capacity and its own closures; what is taken stays.

        Args:
            space_id: the id of the space.
            capacity: its units.
            closures: closures of its own, besides its opening calendar.
        """
        leaf = self._leaves.get(space_id)
        self.has_closures = self.has_closures or bool(closures)
        if leaf is None:
            self._leaves[space_id] = Leaf(capacity, closures)
            self._groups.clear()
            return
        if capacity != leaf.capacity:
            self._groups.clear()
        leaf.capacity, leaf.closures = capacity, tuple(closures)

    def closed(self) -> set[str]:
        """The spaces that have closures of their own."""
        return {space_id for space_id, leaf in self._leaves.items() if leaf.closures}

    # --- changing --------------------------------------------------------------------------------------------------

    def add(self, space_id: str, start: datetime, end: datetime, units: int = 1) -> None:
        """Take units of a space for a period.

        Args:
            space_id: the id of the space.
            start: the first instant.
            end: the last instant, not included.
            units: how many units.

        Raises:
            NotFoundError: the space is not in the index.
            InputError: it is empty or runs backwards.
        """
        leaf = self._leaves.get(space_id)
        if leaf is None:
            raise NotFoundError(Space.kind, space_id)
        if not leaf.add(micros(instant(start)), micros(instant(end)), units):
            self._groups.clear()

    def remove(self, space_id: str, start: datetime, end: datetime, units: int = 1) -> None:
        """Give back units that were taken.

        Args:
            space_id: the id of the space.
            start: the first instant.
            end: the last instant, not included.
            units: how many units.

        Raises:
            NotFoundError: the space is not in the index.
            InputError: less than that is taken at some moment; nothing is changed.
        """
        leaf = self._leaves.get(space_id)
        if leaf is None:
            raise NotFoundError(Space.kind, space_id)
        leaf.remove(micros(instant(start)), micros(instant(end)), units)

    def put(self, placed: Placed) -> None:
        """Put a claim on its space, in place of the claim of the same id there. An expired claim takes nothing.

        Args:
            placed: the claim and its space.

        Raises:
            NotFoundError: the space is not in the index.
        """
        claim, key = placed.claim, (placed.space_id, placed.claim.id)
        if self._known(key) == claim:
            return
        self.leaf(placed.space_id)
        self.drop(*key)
        if claim.live(self.now):
            self.add(placed.space_id, claim.start, claim.end, claim.units)
        else:
            self._lapsed.add(key)
        self._claims[key] = claim
        self._of_claim.setdefault(claim.id, set()).add(placed.space_id)
        if claim.expires is not None:
            heappush(self._holds, (claim.expires, *key))

    def put_rows(self, rows: Iterable[tuple[str, str, ClaimRow]]) -> None:
        """Put many claims on spaces on which nothing is taken yet, in one go; those on spaces that are not in the index
        are left out.

        Args:
            rows: the id of the space, that of the claim, and the claim as ``rows`` gives it.
        """
        spans: dict[str, list[tuple[int, int, int]]] = {id: [] for id in self._leaves}
        now = micros(self.now)
        for space_id, claim_id, row in rows:
            if space_id not in spans:
                continue
            key, (start, end, units, expires, _, _) = (space_id, claim_id), row
            self._claims[key] = row
            self._of_claim.setdefault(claim_id, set()).add(space_id)
            if expires is not None:
                heappush(self._holds, (moment(expires), *key))
            if expires is None or now < expires:
                spans[space_id].append((start, end, units))
            else:
                self._lapsed.add(key)
        for space_id, found in spans.items():
            leaf = self._leaves[space_id]
            self._leaves[space_id] = made = Leaf.of(found, leaf.capacity)
            made.closures = leaf.closures
        self._groups.clear()

    def rows(self) -> Iterator[tuple[str, str, ClaimRow]]:
        """All claims as rows, each with the id of its space and its own; expired ones too, until they are dropped."""
        for (space_id, claim_id), claim in self._claims.items():
            yield space_id, claim_id, claim if isinstance(claim, tuple) else _row_of(claim)

    def claims(self, claim_id: str) -> tuple[Placed, ...]:
        """The claims with an id, on all spaces; expired ones too, until they are dropped.

        Args:
            claim_id: the id of the claims.
        """
        spaces = sorted(self._of_claim.get(claim_id, ()))
        found = ((space_id, self._known((space_id, claim_id))) for space_id in spaces)
        return tuple(Placed(space_id, claim) for space_id, claim in found if claim is not None)

    def _known(self, key: tuple[str, str]) -> Claim | None:
        """A claim that is there; of one that was put as a row the claim is made when it is first asked for."""
        found = self._claims.get(key)
        if isinstance(found, tuple):
            found = self._claims[key] = _claim_of(key[1], found)
        return found

    def drop(self, space_id: str, claim_id: str) -> None:
        """Remove a claim from a space; nothing happens if there is none.

        Args:
            space_id: the id of the space.
            claim_id: the id of the claim.
        """
        claim = self._known((space_id, claim_id))
        if claim is None:
            return
        del self._claims[space_id, claim_id]
        if (space_id, claim_id) in self._lapsed:
            self._lapsed.discard((space_id, claim_id))
        else:
            self.remove(space_id, claim.start, claim.end, claim.units)
        spaces = self._of_claim[claim_id]
        spaces.discard(space_id)
        if not spaces:
            del self._of_claim[claim_id]

    def drop_all(self, claim_id: str) -> None:
        """Remove a claim from every space that it is on.

        Args:
            claim_id: the id of the claim.
        """
        for space_id in tuple(self._of_claim.get(claim_id, ())):
            self.drop(space_id, claim_id)

    def advance(self, now: datetime) -> None:
        """Move the clock of the index: holds that have expired become free. An earlier instant changes nothing.

        Args:
            now: the instant.
        """
        self.now = max(self.now, instant(now))
        while self._holds and self._holds[0][0] <= self.now:
            key = heappop(self._holds)[1:]
            claim = self._known(key)
            if claim is not None and not claim.live(self.now) and key not in self._lapsed:
                self.remove(key[0], claim.start, claim.end, claim.units)
                self._lapsed.add(key)

    # --- asking ----------------------------------------------------------------------------------------------------

    def peak(self, space_id: str, period: Period) -> int:
        """The most units of a space that are taken at one moment of a period.

        Args:
            space_id: the id of the space.
            period: the period to look at.
        """
        return self.leaf(space_id).peak(micros(period.start), micros(period.end))

    def fits(self, space_id: str, period: Period, units: int = 1, *, whole: bool = False) -> bool:
        """Whether units of a space are free throughout a period; its closures are not looked at.

        Args:
            space_id: the id of the space.
            period: the period to look at.
            units: the units that are wanted.
            whole: whether the whole space is wanted, with nobody else there.
        """
        return fits(self.peak(space_id, period), self.leaf(space_id).capacity, units, whole=whole)

    def free(self, period: Period, units: int = 1, among: tuple[str, ...] | None = None) -> list[str]:
        """The spaces with enough units free throughout a period, in their order.

        Args:
            period: the period to look at.
            units: the units that are wanted.
            among: ids of the only spaces to look at; ``None``: all.

        Raises:
            NotFoundError: one of them is not in the index.
        """
        plain, counted, _ = self._groups.get(among) or self._group(among)
        start, end = micros(period.start), micros(period.end)
        found: list[str] = []
        if units == 1:
            for space_id, times in plain:
                place = bisect_right(times, start)
                if place & 1 and times[place] >= end:
                    found.append(space_id)
        if not counted:
            return found
        also = {id for id, leaf in counted if leaf.peak(start, end) + units <= leaf.capacity}
        also.update(found)
        return [id for id in (self._leaves if among is None else among) if id in also]

    def first_free(
        self, windows: Sequence[Period], length: timedelta, units: int = 1, among: tuple[str, ...] | None = None
    ) -> tuple[str, Period] | None:
        """The space that has units free the earliest, and when; ``None`` if there is none.

        Of several spaces it is the first in their order.

        Args:
            windows: periods in order that do not overlap; the result lies within one of them.
            length: how long the units have to be free.
            units: the units that are wanted.
            among: ids of the only spaces to look at; ``None``: all.
        """
        plain, counted, order = self._groups.get(among) or self._group(among)
        long = length_of(length)
        for window in windows:
            start, end = micros(window.start), micros(window.end)
            soon, best, who = start + long, end - long + 1, ""
            if soon > end:
                continue
            for space_id, times in plain if units == 1 else ():
                place = bisect_right(times, start)
                if place & 1:
                    if times[place] >= soon:
                        best, who = start, space_id
                        break
                    place += 1
                at = times[place]
                while at < best:
                    if times[place + 1] >= at + long:
                        best, who = at, space_id
                        break
                    place += 2
                    at = times[place]
            for space_id, leaf in counted:
                found = leaf.first(start, min(end, best + long), long, leaf.capacity - units)
                if found is not None and (found < best or order[space_id] < order[who]):
                    best, who = found, space_id
            if who:
                return who, _from(best, length)
        return None

    def firsts(
        self,
        windows: Sequence[Period],
        length: timedelta,
        units: int = 1,
        among: tuple[str, ...] | None = None,
        *,
        enough: int | None = None,
    ) -> dict[str, Period]:
        """The earliest free time of each space that has one.

        Args:
            windows: periods in order that do not overlap; a result lies within one of them.
            length: how long the units have to be free.
            units: the units that are wanted.
            among: ids of the only spaces to look at; ``None``: all.
            enough: after this many spaces were found, no later window is looked at; ``None``: all windows are.
        """
        some, counted, _ = self._groups.get(among) or self._group(among)
        plain = [(space_id, times, 0) for space_id, times in some] if units == 1 else []
        long, found, before = length_of(length), dict[str, Period](), -GUARD
        for window in windows:
            start, end = micros(window.start), micros(window.end)
            last, later, near = end - long, [], before <= start < before + _NEAR
            for space_id, times, place in plain:
                if near:  # a few steps on from where the last window ended
                    while times[place] <= start:
                        place += 1
                else:
                    place = bisect_right(times, start)
                at = start
                if not place & 1:
                    at = times[place]
                    place += 1
                while at <= last and times[place] < at + long:
                    at = times[place + 1]
                    place += 2
                if at <= last:
                    found[space_id] = _from(at, length)
                else:
                    later.append((space_id, times, place - 1))
            before = end
            rest = []
            for space_id, leaf in counted:
                first = leaf.first(start, end, long, leaf.capacity - units)
                if first is None:
                    rest.append((space_id, leaf))
                else:
                    found[space_id] = _from(first, length)
            plain, counted = later, rest
            if (not plain and not counted) or (enough is not None and len(found) >= enough):
                break
        return found

    def _group(self, among: tuple[str, ...] | None) -> _Group:
        leaves = [(id, self.leaf(id)) for id in (self._leaves if among is None else among)]
        plain = [(id, leaf.times) for id, leaf in leaves if leaf.levels is None and leaf.capacity == 1]
        counted = [(id, leaf) for id, leaf in leaves if leaf.levels is not None or leaf.capacity != 1]
        if len(self._groups) >= _GROUPS:
            self._groups.clear()
        self._groups[among] = plain, counted, {id: place for place, (id, _) in enumerate(leaves)}
        return self._groups[among]

    def columns(self, among: tuple[str, ...] | None = None) -> BusyColumns:
        """The index as it is now, in NumPy columns: the same answers in a third of the time. Needs the extra ``numpy``.

        Args:
            among: ids of the only spaces to take; ``None``: all.

        Raises:
            ImportError: NumPy is not installed.
        """
        from cantinekit.scheduling.availability._columns import BusyColumns

        return BusyColumns.of(self, tuple(self._leaves) if among is None else among)


@lru_cache(maxsize=4096)
def _from(start: int, length: timedelta) -> Period:
    """The period of a length from a moment on. Many spaces are free from the same moments."""
    begin = moment(start)
    return Period(begin, begin + length)


def free_of(leaf: Leaf, within: Period, most: int) -> tuple[Period, ...]:
    """The stretches of a period throughout which at most ``most`` units of a leaf are taken, as long as can be."""
    start, end = micros(within.start), micros(within.end)
    found: list[Period] = []
    at: int | None = start
    while at is not None and at < end:
        at = leaf.first(at, end, 1, most)
        if at is not None:
            until = leaf.free_until(at, end, most)
            found.append(Period(moment(at), moment(until)))
            at = until
    return tuple(found)


def _claim_of(id: str, row: ClaimRow) -> Claim:
    start, end, units, expires, before, after = row
    until = None if expires is None else moment(expires)
    return Claim(
        id, moment(start), moment(end), units, until, timedelta(microseconds=before), timedelta(microseconds=after)
    )


def _row_of(claim: Claim) -> ClaimRow:
    expires = None if claim.expires is None else micros(claim.expires)
    buffers = length_of(claim.before), length_of(claim.after)
    return micros(claim.start), micros(claim.end), claim.units, expires, *buffers
