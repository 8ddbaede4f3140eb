"""Wall clocks: which instant a local second is, and the other way round. Remembered by the day, for each zone.

Local seconds and instants are both counted in seconds from the day with the ordinal 0, the latter in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from cantinekit.clock import Resolution
from cantinekit.scheduling.recurrence._length import DAY

_MAX_DAYS = 20_000
_MIDNIGHT = time()
_FAR = datetime(9998, 1, 1).toordinal() * DAY


def seconds(moment: datetime) -> int:
    """The seconds of the numbers that a datetime shows; its zone is not looked at, a fraction is dropped."""
    return moment.toordinal() * DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def local_of(moment: datetime | date) -> int:
    """The seconds that a datetime shows, or those of the midnight of a date."""
    return seconds(moment) if isinstance(moment, datetime) else moment.toordinal() * DAY


def shown(moment: int, zone: tzinfo | None = None) -> datetime:
    """The datetime that shows so many seconds."""
    day, second = divmod(moment, DAY)
    return datetime.combine(date.fromordinal(day), _MIDNIGHT, zone) + timedelta(seconds=second)


class Wall:
    """The wall clock of one zone. Two of the same name differ if they were read from different editions of tzdata."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.days: dict[int, int | None] = {}
        self._span = (0, 0), (0, 0)

    def offset(self, day: int) -> int | None:
        """The offset from UTC in seconds through a whole local day, or None for a day on which it changes."""
        try:
            return self.days[day]
        except KeyError:
            if len(self.days) >= _MAX_DAYS:
                self.days.clear()
            found = self.days[day] = self._look(day)
            return found

    def _look(self, day: int) -> int | None:
        offsets = {self._offset(day * DAY + hour * 3600, 0) for hour in (0, 6, 12, 18, 24)}
        return offsets.pop() if len(offsets) == 1 else None

    def _offset(self, local: int, fold: int) -> int:
        offset = shown(local, self.zone).replace(fold=fold).utcoffset()
        assert offset is not None
        return offset.days * DAY + offset.seconds

    def resolve(self, local: int) -> tuple[int, Resolution]:
        """The instant of a local second (RFC 5545, section 3.3.5). Ambiguous times take the earlier offset; skipped
        times the offset before the gap.
        """
        offset = self.offset(local // DAY)
        if offset is not None:
            return local - offset, "exact"
        first, second = self._offset(local, 0), self._offset(local, 1)
        return local - first, "exact" if first == second else "gap" if first < second else "fold"

    def exists(self, local: int) -> bool:
        """Whether the wall clock ever shows it."""
        return self.resolve(local)[1] != "gap"

    def local(self, moment: int) -> tuple[int, int]:
        """What the wall clock shows at an instant, and the fold: 1 in the second pass of an hour that comes twice."""
        found = (shown(moment, UTC)).astimezone(self.zone)
        return seconds(found), found.fold

    def span(self, lo: int, hi: int) -> tuple[int, int]:
        """Local seconds outside of which nothing resolves to between two instants; of the last window kept at hand."""
        known = self._span
        if known[0] != (lo, hi):
            known = self._span = (lo, hi), (self._edge(lo, min), self._edge(hi, max))
        return known[1]

    def _edge(self, moment: int, pick: Callable[[Iterable[int]], int]) -> int:
        if not DAY <= moment <= _FAR:
            return moment + pick((-DAY, DAY))
        local = self.local(moment)[0]
        if self.calm(local // DAY):
            return local
        return moment + pick([self._offset(local + by, fold) for by in (-DAY, 0, DAY) for fold in (0, 1)])

    def calm(self, day: int) -> bool:
        """Whether the offset does not change on a day, nor on those beside it."""
        return all(self.offset(near) is not None for near in (day - 1, day, day + 1))


@lru_cache(maxsize=128)
def wall(zone: tzinfo) -> Wall:
    """The wall clock of a zone."""
    return Wall(zone)
