"""Making datetimes and occurrences by the thousand: what those of a series share is made once; days are added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._starts import Start
from cantinekit.scheduling.recurrence._walls import Wall
from cantinekit.scheduling.recurrence.values import Moment, Occurrence

if TYPE_CHECKING:
    from cantinekit.scheduling.recurrence.series import Series

_ORIGIN = datetime(2000, 1, 1)
_ORIGIN_DAY = _ORIGIN.toordinal()
_MOST = 2_000
"""Times of day that are remembered; only rules of every second have more."""
_MOST_DAYS = 20_000


_KNOWN_DAYS: dict[int, timedelta] = {}


def _days(day: int) -> timedelta:
    """The days from the origin to an ordinal: slow to make, and the same for all series."""
    if len(_KNOWN_DAYS) >= _MOST_DAYS:
        _KNOWN_DAYS.clear()
    found = _KNOWN_DAYS[day] = timedelta(day - _ORIGIN_DAY)
    return found


class Faces:
    """Datetimes by the second of the day that they show, on the day of origin; other days are added."""

    def __init__(self, zone: tzinfo) -> None:
        self._origin = _ORIGIN.replace(tzinfo=zone)
        self.known: dict[int, datetime] = {}

    def look(self, second: int) -> datetime:
        """The face that shows so many seconds after midnight, or before it if they are negative."""
        if len(self.known) >= _MOST:
            self.known.clear()
        found = self.known[second] = self._origin + timedelta(0, second)
        return found

    def of(self, starts: Iterable[Start], otherwise: Callable[[Start], Moment]) -> Iterator[Moment]:
        """What the wall shows at each start; where a clock change has a say, ``otherwise`` tells."""
        known, look, known_days = self.known, self.look, _KNOWN_DAYS
        for one in starts:
            if one[2] == "exact":
                local = one[1]
                day = local // DAY
                second = local - day * DAY
                yield (known.get(second) or look(second)) + (known_days.get(day) or _days(day))
            else:
                yield otherwise(one)


class _Open:
    """An occurrence that can be filled field by field and is then given its real class, in a fraction of the time."""

    __slots__ = Occurrence.__slots__  # type: ignore[attr-defined]  # attrs makes them


def maker(series: Series, wall: Wall, otherwise: Callable[[Start, int, int], Occurrence]) -> Callable[..., Occurrence]:
    """What makes an occurrence that nothing is overridden of, from its start and the instant of its end.

    Where a clock change has a say, ``otherwise`` makes it.
    """
    uid, status, fields, all_day = series.uid, series.status, series.fields, series.all_day
    walls, instants = Faces(wall.zone), Faces(UTC)
    of_wall, of_utc = walls.known, instants.known
    spans: dict[int, timedelta] = {}
    known_days = _KNOWN_DAYS

    def made(one: Start, end: int) -> Occurrence:
        begin, local, resolution, _ = one
        if resolution != "exact":
            return otherwise(one, begin, end)
        day = local // DAY
        midnight, days = day * DAY, known_days.get(day) or _days(day)
        second, second_in_utc, lasts = local - midnight, begin - midnight, end - begin
        span = spans.get(lasts)
        if span is None:
            span = spans[lasts] = timedelta(0, lasts)
        found: Any = _Open()
        found.uid, found.status, found.fields = uid, status, fields
        found.resolution, found.override = resolution, None
        found.start = start = (of_utc.get(second_in_utc) or instants.look(second_in_utc)) + days
        found.end = start + span
        on_wall = (of_wall.get(second) or walls.look(second)) + days
        found.recurrence_id = on_wall.date() if all_day else on_wall
        found.__class__ = Occurrence
        return found  # type: ignore[no-any-return]

    return made
