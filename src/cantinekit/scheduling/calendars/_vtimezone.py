"""VTIMEZONE for an IANA zone: its clock changes since 1970, the regular ones of today as rules (RFC 5545, 3.6.5)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from cantinekit.clock import zone
from cantinekit.scheduling.calendars._emit import put, put_text, wall

if TYPE_CHECKING:
    from icalendar import Component

FIRST, LAST = 1970, 2050
"""Years whose changes are looked at; what is regular up to the last goes on as a rule without end."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@attrs.frozen
class _Change:
    local: datetime
    """The wall time at which it comes, on the clock before it."""
    before: timedelta
    after: timedelta
    name: str
    daylight: bool

    @property
    def kind(self) -> tuple[timedelta, timedelta, str, bool]:
        return (self.before, self.after, self.name, self.daylight)


def _changes(there: tzinfo) -> list[_Change]:
    """All changes of the clock, found day by day and then to the second."""
    found = []
    moment = datetime(FIRST, 1, 1, tzinfo=UTC)
    state = _state(there, moment)
    while moment.year <= LAST:
        later = moment + timedelta(days=1)
        if (new := _state(there, later)) != state:
            low, high = moment, later
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if _state(there, middle) == state else (low, middle)
            before, after = state[0], _state(there, high)
            local = high.replace(tzinfo=None) + before
            found.append(_Change(local, before, after[0], after[1], after[2]))
            state = new
        moment = later
    return found


def _state(there: tzinfo, moment: datetime) -> tuple[timedelta, str, bool]:
    local = moment.astimezone(there)
    return (local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst()))


def _offset(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    rest = f"{seconds % 60:02}" if seconds % 60 else ""
    return f"{sign}{seconds // 3600:02}{seconds % 3600 // 60:02}{rest}"


@lru_cache(maxsize=256)
def vtimezone(tzid: str) -> bytes:
    """The component as bytes. Two calls with one version of the zone database give the same.

    Raises:
        InputError: no such IANA zone.
    """
    from icalendar import Timezone

    there = zone(tzid)
    component = Timezone()
    put_text(component, "TZID", tzid)
    changes = _changes(there)
    offset, name, daylight = _state(there, datetime(FIRST, 1, 1, tzinfo=UTC))
    _observance(component, _Change(datetime(FIRST, 1, 1), offset, offset, name, daylight), (), None)
    kinds: dict[tuple[object, ...], list[_Change]] = defaultdict(list)
    for change in changes:
        kinds[change.kind].append(change)
    for group in kinds.values():
        regular = _regular(group)
        if irregular := group[: len(group) - len(regular)]:
            _observance(component, irregular[0], irregular[1:], None)
        if regular:
            _observance(component, regular[0], (), _last_rule(regular))
    return bytes(component.to_ical(sorted=False))


def _rules(change: _Change) -> set[str]:
    """The ways to say the day: in its fifth week, and the last seven days of a month, there are two."""
    day = change.local
    head, weekday = f"FREQ=YEARLY;BYMONTH={day.month};BYDAY=", _DAYS[day.weekday()]
    ways = {f"{head}{(day.day - 1) // 7 + 1}{weekday}"}
    if (day + timedelta(days=7)).month != day.month:
        ways.add(f"{head}-1{weekday}")
    return ways


def _regular(group: list[_Change]) -> list[_Change]:
    """The changes at the end that come every year by one rule, if they go on to the last year that is looked at."""
    if group[-1].local.year != LAST:
        return []
    kept = [group[-1]]
    ways = _rules(group[-1])
    for change in reversed(group[:-1]):
        if change.local.year != kept[0].local.year - 1 or change.local.time() != kept[0].local.time():
            break
        if not ways & _rules(change):
            break
        ways &= _rules(change)
        kept.insert(0, change)
    return kept if len(kept) >= 5 else []


def _last_rule(group: list[_Change]) -> str:
    return sorted(set.intersection(*(_rules(change) for change in group)))[0]


def _observance(
    timezone: Component, first: _Change, more: tuple[_Change, ...] | list[_Change], rule: str | None
) -> None:
    from icalendar import TimezoneDaylight, TimezoneStandard

    one = TimezoneDaylight() if first.daylight else TimezoneStandard()
    put(one, "DTSTART", wall(first.local))
    put(one, "TZOFFSETFROM", _offset(first.before))
    put(one, "TZOFFSETTO", _offset(first.after))
    put_text(one, "TZNAME", first.name)
    if rule is not None:
        put(one, "RRULE", rule)
    for change in more:
        put(one, "RDATE", wall(change.local))
    timezone.add_component(one)
