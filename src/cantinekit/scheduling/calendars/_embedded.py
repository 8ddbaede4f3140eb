"""A VTIMEZONE that a file brings along: its clock, and the IANA zone that has the same one (RFC 5545, 3.6.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache

import attrs

from cantinekit.clock import zone
from cantinekit.errors import InputError, RuleError
from cantinekit.scheduling.calendars._content import Prop, taken_apart, unescaped
from cantinekit.scheduling.calendars._split import RawComponent
from cantinekit.scheduling.recurrence import Rule

LINES = frozenset({"TZID", "X-LIC-LOCATION", "TZOFFSETFROM", "TZOFFSETTO", "DTSTART", "RRULE", "RDATE"})
KINDS = frozenset({"STANDARD", "DAYLIGHT"})
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?(?:/.*)?", re.ASCII)
_USUAL = (
    "Europe/Paris",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_SELDOM = ("America/Havana", "Asia/Gaza", "Australia/Lord_Howe", "Pacific/Chatham")
"""Clocks of their own that not every table for Windows has."""
_MOST = 2_000
"""RDATE values of one observance."""


@attrs.frozen
class Observance:
    """From when on which offset holds."""

    start: datetime
    before: timedelta
    after: timedelta
    rule: Rule | None
    dates: tuple[datetime, ...]

    def onsets(self, year: int) -> Iterator[datetime]:
        """In UTC, those of a year and its neighbours, and the last one before them."""
        found = sorted({self.start, *self.dates, *self._ruled(year)})
        first = datetime(max(year - 1, 2), 1, 1)
        earlier = [one for one in found if one < first][-1:]
        for one in (*earlier, *(one for one in found if first <= one < datetime(year + 2, 1, 1))):
            yield (one - self.before).replace(tzinfo=UTC)

    def _ruled(self, year: int) -> Iterator[datetime]:
        if self.rule is None:
            return
        until = self.rule.until
        last = min(year + 1, until.day.year if until else year + 1)
        if self.rule.count is not None:
            last = min(last, self.start.year + self.rule.count - 1)
        for one in range(max(self.start.year, last - 3), last + 1):
            for day in _days(self.rule, self.start.date(), one):
                onset = datetime.combine(day, self.start.time())
                if onset >= self.start and (until is None or onset.date() <= until.day):
                    yield onset


@attrs.frozen
class Embedded:
    """The clock that a VTIMEZONE describes."""

    tzid: str
    location: str | None
    observances: tuple[Observance, ...]
    _years: dict[int, list[tuple[datetime, timedelta, timedelta]]] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def fixed(self) -> bool:
        """Whether it never changes."""
        return len({one.after for one in self.observances}) == 1

    def offset(self, local: datetime) -> timedelta:
        """The offset of a wall time. Ambiguous times take the earlier offset; skipped times the offset before the
        gap.
        """
        onsets = self._onsets(local.year)
        held = onsets[0][1]
        for moment, before, after in onsets:
            if moment.replace(tzinfo=None) + max(before, after) <= local:
                held = after
            elif moment.replace(tzinfo=None) + before <= local:
                held = before
        return held

    def _onsets(self, year: int) -> list[tuple[datetime, timedelta, timedelta]]:
        if year not in self._years:
            found = [(at, one.before, one.after) for one in self.observances for at in one.onsets(year)]
            before = self.observances[0].before
            self._years[year] = sorted(found) or [(datetime(1000, 1, 1, tzinfo=UTC), before, before)]
        return self._years[year]

    def iana(self, year: int) -> str | None:
        """The IANA zone that shows the same time all through a year and the next."""
        onsets = self._onsets(year)
        moments = [datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=15 * n) for n in range(48)]
        moments += [at + by for at, _, _ in onsets for by in (-timedelta(minutes=1), timedelta())]
        first = datetime(year, 1, 1, tzinfo=UTC)
        moments = [at for at in moments if first <= at < datetime(year + 2, 1, 1, tzinfo=UTC)]
        wanted = [(at, self._held(onsets, at)) for at in moments]
        return next((name for name, there in self._zones() if not _differing(wanted, there, 0)), None)

    def near(self, year: int) -> tuple[str, int] | None:
        """The IANA zone that shows another time on the fewest days of a year and the next, if those are not more than
        one in ten, and on how many days it does. The likely zones come before all others: a definition with rules of
        years ago is more often meant for one of them than for a small zone that happens to be nearer.
        """
        noon = datetime(year, 1, 1, 12, tzinfo=UTC)
        days = [noon + timedelta(days=n) for n in range((datetime(year + 2, 1, 1) - datetime(year, 1, 1)).days)]
        held = {one: self._onsets(one) for one in (year, year + 1)}
        wanted = [(at, self._held(held[at.year], at)) for at in days]
        best, fewest = None, len(wanted) // 10 + 1
        for name, there in self._zones():
            if best is not None and not self._is_likely(name) and self._is_likely(best):
                break
            if (differing := _differing(wanted, there, fewest - 1)) < fewest:
                best, fewest = name, differing
        return None if best is None else (best, fewest)

    def _is_likely(self, name: str) -> bool:
        return name in (self.location, *_USUAL) or _mentions(self.tzid, name)

    def _zones(self) -> Iterator[tuple[str, tzinfo]]:
        """The IANA zones that it may be, the likely ones first."""
        names: list[str] = [self.location] if self.location else []
        for name in names + _candidates(self.tzid):
            try:
                yield name, zone(name)
            except InputError:
                continue

    @staticmethod
    def _held(onsets: list[tuple[datetime, timedelta, timedelta]], moment: datetime) -> timedelta:
        held = onsets[0][1]
        for at, _, after in onsets:
            if at <= moment:
                held = after
        return held


def _differing(wanted: list[tuple[datetime, timedelta]], there: tzinfo, most: int) -> int:
    """At how many moments a zone has another offset; no more are counted than one over ``most``."""
    found = 0
    for at, offset in wanted:
        if at.astimezone(there).utcoffset() != offset:
            found += 1
            if found > most:
                break
    return found


def embedded(block: RawComponent) -> Embedded | None:
    """The clock of a VTIMEZONE; ``None`` when it cannot be read, or has rules that no zone has."""
    try:
        props = {line.name: taken_apart(line.number, line.raw.decode("utf-8", "replace")) for line in block.lines}
        observances = tuple(_observance(inner) for inner in block.inner if inner.kind in KINDS)
    except (ValueError, KeyError, OverflowError, RuleError):
        return None
    if "TZID" not in props or not observances:
        return None
    location = props["X-LIC-LOCATION"].value.strip() if "X-LIC-LOCATION" in props else None
    return Embedded(unescaped(props["TZID"].value).strip().strip('"'), location, observances)


def _observance(block: RawComponent) -> Observance:
    lines = [taken_apart(line.number, line.raw.decode("utf-8", "replace")) for line in block.lines]
    one: dict[str, Prop] = {prop.name: prop for prop in lines}
    dates = [_stamp(text) for prop in lines if prop.name == "RDATE" for text in prop.value.split(",")]
    if len(dates) > _MOST:
        raise ValueError("more dates than a zone has")
    rule = Rule.parse(one["RRULE"].value) if "RRULE" in one and one["RRULE"].value.strip() else None
    if rule is not None:
        plain = rule.freq == "YEARLY" and rule.interval == 1 and len(rule.bymonth) < 2
        if not plain or rule.byyearday or rule.byweekno or rule.bysetpos or len(rule.byday) > 1:
            raise ValueError("not a rule of a zone")
    return Observance(
        _stamp(one["DTSTART"].value), _offset(one["TZOFFSETFROM"]), _offset(one["TZOFFSETTO"]), rule, tuple(dates)
    )


def _stamp(text: str) -> datetime:
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    if not 1000 <= year <= 9000:
        raise ValueError("no year of a zone")
    return datetime(year, month, day, hour, minute, second)


def _offset(prop: Prop) -> timedelta:
    found = _OFFSET.fullmatch(prop.value.strip())
    if found is None:
        raise ValueError("not an offset")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    if offset >= timedelta(days=1):
        raise ValueError("not an offset")
    return -offset if found[1] == "-" else offset


def _days(rule: Rule, start: date, year: int) -> Iterator[date]:
    """The days of a yearly rule with one month: a day of the month, a numbered weekday, or a weekday among days."""
    first = date(year, rule.bymonth[0] if rule.bymonth else start.month, 1)
    month = [first + timedelta(days=n) for n in range(31) if (first + timedelta(days=n)).month == first.month]
    if rule.bymonthday:
        numbers = {n if n > 0 else len(month) + 1 + n for n in rule.bymonthday}
        month = [day for day in month if day.day in numbers]
    elif not rule.byday:
        month = [day for day in month if day.day == start.day]
    if rule.byday:
        month = [day for day in month if day.weekday() == rule.byday[0].weekday]
        if nth := rule.byday[0].nth:
            month = month[nth - 1 : nth or None][:1] if nth > 0 else month[nth:][:1] if -nth <= len(month) else []
    yield from month


@cache
def _known() -> tuple[str, ...]:
    """One zone for each kind of clock there is, as CLDR lists them for Windows, then those that never change."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    fixed = ("Etc/UTC", *(f"Etc/GMT{n:+d}" for n in range(-14, 13) if n))
    return (*dict.fromkeys(WINDOWS_TO_OLSON.values()), *fixed)


def _candidates(tzid: str) -> list[str]:
    """Those first whose city the name of the zone mentions."""
    names: list[str] = list(dict.fromkeys((*_USUAL, *_known(), *_SELDOM)))
    return sorted(names, key=lambda name: not _mentions(tzid, name))


def _mentions(tzid: str, name: str) -> bool:
    return name.rpartition("/")[2].replace("_", " ").lower() in tzid.lower()
