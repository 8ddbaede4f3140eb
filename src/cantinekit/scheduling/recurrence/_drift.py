"""What a change of a rule, a zone or the zone data moved: old and new instants, paired by original start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period
from cantinekit.errors import InputError
from cantinekit.scheduling.recurrence._edits import Edit
from cantinekit.scheduling.recurrence._rekey import moved_by
from cantinekit.scheduling.recurrence.series import LIMIT, Series
from cantinekit.scheduling.recurrence.values import Moment, Occurrence, wall_key

Key = tuple[str, str]
MARGIN = timedelta(days=3)


@attrs.frozen
class Moved:
    """An occurrence that takes place at another time than before.

    Attributes:
        before: the occurrence as it was.
        after: the occurrence as it is.
    """

    before: Occurrence
    after: Occurrence

    @property
    def by(self) -> timedelta:
        """How much later it starts; negative if it is earlier."""
        return self.after.start - self.before.start


@attrs.frozen
class Drift:
    """The difference between two versions of a series in a window. Cancelled occurrences do not count.

    Attributes:
        moved: what takes place at another time.
        added: what is new.
        removed: what no longer takes place.
        same: how many occurrences stayed the same.
    """

    moved: tuple[Moved, ...] = ()
    added: tuple[Occurrence, ...] = ()
    removed: tuple[Occurrence, ...] = ()
    same: int = 0

    def __bool__(self) -> bool:
        return bool(self.moved or self.added or self.removed)


def with_zone(series: Series, zone: ZoneInfo) -> Series:
    """The same wall times in another ``ZoneInfo``: of another place, or of the same place in other zone data.

    Args:
        series: the series; not one of whole days.
        zone: the zone to put it in.

    Raises:
        InputError: a series of whole days, or a zone without a name.
    """
    if series.zone is None:
        raise InputError("whole days have no zone")
    nothing = timedelta()
    return attrs.evolve(
        series,
        start=moved_by(series.start, nothing, zone),
        rdates=tuple(attrs.evolve(one, start=moved_by(one.start, nothing, zone)) for one in series.rdates),
        exdates=tuple(moved_by(one, nothing, zone) for one in series.exdates),
        overrides=tuple(
            attrs.evolve(
                one,
                recurrence_id=moved_by(one.recurrence_id, nothing, zone),
                start=None if one.start is None else moved_by(one.start, nothing, zone),
            )
            for one in series.overrides
        ),
    )


def drift(
    before: Series | Iterable[Occurrence],
    after: Series | Iterable[Series],
    window: Period,
    *,
    edit: Edit | None = None,
    zone: str | None = None,
    limit: int = LIMIT,
) -> Drift:
    """Compare what took place in a window before a change with what takes place after it.

    An occurrence is in the result if it lies in the window on either side.

    Args:
        before: the series as it was, or the occurrences that were computed and stored with older zone data.
        after: the series as it is, or its parts after a split.
        window: the period to compare.
        edit: the edit between the two, which says how original starts moved.
        zone: IANA name of the zone of the place, for whole days.
        limit: the most occurrences to look at.

    Raises:
        RuleError: more than ``limit`` occurrences.
    """
    series = [after] if isinstance(after, Series) else list(after)
    margin = MARGIN + (abs(edit.shift) if edit is not None else timedelta())
    wide = Period(max(window.start - margin, MIN_INSTANT), min(window.end + margin, MAX_INSTANT - timedelta(seconds=1)))
    rename: Callable[[str, Moment], tuple[str, Moment]] = (
        edit.now if edit is not None else lambda uid, moment: (uid, moment)
    )
    known = before.between(wide, zone=zone, limit=limit) if isinstance(before, Series) else before
    old = {_key(*rename(one.uid, one.recurrence_id)): one for one in known if not one.cancelled}
    new = {_key(one.uid, one.recurrence_id): one for one in _live(series, wide, zone, limit)}
    by_uid = {one.uid: one for one in series}
    for one in old.values():  # moved far away, maybe
        uid, recurrence_id = rename(one.uid, one.recurrence_id)
        if _key(uid, recurrence_id) not in new and uid in by_uid:
            found = by_uid[uid].occurrence(recurrence_id, zone=zone)
            if found is not None and not found.cancelled:
                new[_key(uid, recurrence_id)] = found
    return _compared(old, new, window)


def _live(series: Iterable[Series], window: Period, zone: str | None, limit: int) -> Iterator[Occurrence]:
    for one in series:
        yield from (found for found in one.between(window, zone=zone, limit=limit) if not found.cancelled)


def _key(uid: str, recurrence_id: Moment) -> Key:
    """The series, and the numbers on the wall: two editions of zone data agree about those."""
    return uid, wall_key(recurrence_id)[0]


def _compared(old: dict[Key, Occurrence], new: dict[Key, Occurrence], window: Period) -> Drift:
    moved, same = [], 0
    for key, one in old.items():
        other = new.get(key)
        if other is None or not (_in(one, window) or _in(other, window)):
            continue
        if (one.start, one.end) == (other.start, other.end):
            same += 1
        else:
            moved.append(Moved(one, other))
    added = [one for key, one in new.items() if key not in old and _in(one, window)]
    removed = [one for key, one in old.items() if key not in new and _in(one, window)]
    return Drift(
        tuple(sorted(moved, key=lambda pair: pair.before.start)),
        tuple(sorted(added, key=lambda one: one.start)),
        tuple(sorted(removed, key=lambda one: one.start)),
        same,
    )


def _in(one: Occurrence, window: Period) -> bool:
    if one.start == one.end:
        return window.contains(one.start)
    return one.start < window.end and one.end > window.start
