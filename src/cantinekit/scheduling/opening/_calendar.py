"""When a place or a space is open, and why it is closed at any other time. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import pairwise
from typing import Literal

import attrs

from cantinekit.calendar import MINUTES_A_DAY, days_to, merged, wall_instant
from cantinekit.clock import MIN_INSTANT, Period, local, zone
from cantinekit.domain.places.openings import (
    CLOSED_FOR,
    ClosedDays,
    ExtraOpening,
    OpenHours,
    Openings,
    Season,
)
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.scheduling.layers import Days, strongest
from cantinekit.scheduling.occupancy import common

Rule = Literal[
    "always open",
    "weekly hours",
    "season",
    "extra opening",
    "closure",
    "public holiday",
    "school holidays",
    "outside hours",
]
_STRONGER: tuple[Rule, ...] = ("extra opening", "season", "weekly hours", "always open")
_DAYS = 4096
_DAY = timedelta(days=1)
_FIRST_DAY = MIN_INSTANT.date()
_ALWAYS = Openings()


@attrs.frozen
class Verdict:
    """Whether it is open, and the rule that says so.

    Attributes:
        open: whether it is open.
        rule: the kind of rule that decides.
        name: the name of the season, the closure or the holiday; empty if the rule has none.
    """

    open: bool
    rule: Rule
    name: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}" if self.name else self.rule


@attrs.frozen
class Stretch:
    """A period throughout which one rule says whether it is open.

    Attributes:
        period: the period.
        verdict: whether it is open throughout, and by which rule.
    """

    period: Period
    verdict: Verdict


@attrs.frozen
class OpeningCalendar:
    """The openings of a place or of a space: weekly hours, seasons, closed days, exceptions, on the wall clock.

    - On a day of a season the hours of that season replace ``hours``; of several seasons the latest to begin counts.
    - On closed days no weekly hours begin. ``extra`` openings override that.
    - A night belongs to the day on which it opens: the night before a holiday goes on to its end.

    Ambiguous times take the earlier offset, skipped times the offset before the gap (RFC 5545, section 3.3.5). A day is
    23, 24 or 25 hours long.

    Attributes:
        zone: IANA name of the zone.
        hours: weekly hours; none: always open, except for what ``openings`` say.
        openings: seasons, closed days and extra openings.
        within: the calendar of the place, for a space: it is open when both are.
    """

    zone: str
    hours: tuple[OpenHours, ...] = ()
    openings: Openings = attrs.field(factory=Openings)
    within: OpeningCalendar | None = None
    _known: dict[date, tuple[tuple[Period, Verdict], ...]] = attrs.field(
        factory=dict, init=False, eq=False, repr=False
    )  # what begins on the days that were asked about: the same each time

    _closed: Days[ClosedDays] = attrs.field(
        default=attrs.Factory(lambda self: Days(partial(_by_reason, self.openings.closed)), takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )
    _seasons: Days[Season] = attrs.field(
        default=attrs.Factory(lambda self: Days(partial(_latest_first, self.openings.seasons)), takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )
    _extra: Mapping[date, Sequence[ExtraOpening]] = attrs.field(
        default=attrs.Factory(lambda self: _by_day(self.openings.extra), takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )

    def __attrs_post_init__(self) -> None:
        zone(self.zone)

    @classmethod
    def of(cls, place: Place, space: Space | None = None) -> OpeningCalendar:
        """The calendar of a place, or of a space in it. A facilitator's is their own: their home need not be open.

        What the standing page of a space says (its own closures) is not part of it.

        Args:
            place: the place.
            space: the space; ``None``: the calendar of the place itself.
        """
        if space is not None and space.use == FACILITATOR:
            return _kept(place.zone, space.hours, space.openings)
        own = _kept(place.zone, place.hours, place.openings)
        if space is None or not (space.hours or space.openings != _ALWAYS):
            return own
        return _kept(place.zone, space.hours, space.openings, own)

    # --- a day -----------------------------------------------------------------------------------------------------

    def day(self, day: date) -> tuple[Period, ...]:
        """The open periods that begin on a local day, also where they go on into the next one; stretches that touch are
        one.

        A day that the zone skipped (Samoa had no 30 December 2011) has none.

        Args:
            day: the local date.
        """
        own = tuple(merged(period for period, _ in self._begins(day)))
        if self.within is None or not own:
            return own
        return common(own, self.within.open(Period(own[0].start, own[-1].end)))

    def begins(self, day: date) -> tuple[Period, ...]:
        """The stretches of its own that begin on a local day, in order; those that touch or overlap stay apart.

        Args:
            day: the local date.
        """
        return tuple(period for period, _ in self._begins(day))

    def why(self, day: date) -> Verdict:
        """The rule for a local day as a whole: the hours that apply on it, or why no weekly hours begin.

        Args:
            day: the local date.
        """
        if self.within is not None and not (verdict := self.within.why(day)).open:
            return verdict
        return self._holding(day)[0]

    def _holding(self, day: date) -> tuple[Verdict, Sequence[tuple[int, int]]]:
        """What rules a local day, and the stretches that so begin on it: all but extra openings."""
        closed = self._closed.at(day)
        if closed is not None:
            return Verdict(False, closed.why, closed.name), ()
        season = self._seasons.at(day)
        if season is None and not self.hours:
            return Verdict(True, "always open"), ((0, MINUTES_A_DAY),)
        hours = self.hours if season is None else season.hours
        found = [(one.opens, one.closes) for one in hours if one.weekday == day.weekday()]
        if season is not None:
            return Verdict(bool(found), "season", season.name), found
        return (Verdict(True, "weekly hours") if found else Verdict(False, "outside hours")), found

    def _begins(self, day: date) -> tuple[tuple[Period, Verdict], ...]:
        """The stretches that begin on a local day, each with its rule, in order."""
        found = self._known.get(day)
        if found is None:
            if len(self._known) >= _DAYS:
                self._known.clear()
            found = self._known[day] = tuple(sorted(self._make(day), key=lambda one: one[0]))
        return found

    def _make(self, day: date) -> Iterator[tuple[Period, Verdict]]:
        if not _exists(day, self.zone):
            return
        for extra in self._extra.get(day, ()):
            yield from self._stretch(day, extra.opens, extra.closes, Verdict(True, "extra opening", extra.name))
        verdict, stretches = self._holding(day)
        for opens, closes in stretches:
            yield from self._stretch(day, opens, closes, verdict)

    def _stretch(self, day: date, opens: int, closes: int, verdict: Verdict) -> Iterator[tuple[Period, Verdict]]:
        start, end = wall_instant(day, opens, self.zone), wall_instant(day, closes, self.zone)
        if start < end:  # else the whole stretch lies in the hour that the clock change skips
            yield Period(start, end), verdict

    # --- a window --------------------------------------------------------------------------------------------------

    def open(self, window: Period) -> tuple[Period, ...]:
        """The open periods within a window; stretches that touch are one.

        Args:
            window: the period to look at.
        """
        own = merged(period for day in self.days(window) for period, _ in self._begins(day))
        return common(own, self.within.open(window) if self.within else (window,))

    def is_open(self, period: Period) -> bool:
        """Whether it is open throughout a period.

        Args:
            period: the period to look at.
        """
        return self.open(period) == (period,)

    def explain(self, window: Period) -> tuple[Stretch, ...]:
        """The window from its start to its end in stretches, each open or closed, with the rule that says so.

        Args:
            window: the period to look at.
        """
        own = self._explained(window)
        return own if self.within is None else _both(own, self.within.explain(window))

    def at(self, moment: datetime) -> Verdict:
        """Whether it is open at an instant, and why.

        Args:
            moment: an aware datetime in any zone.
        """
        return self.explain(Period(moment, moment + timedelta.resolution))[0].verdict

    def closed_in(self, period: Period) -> Verdict | None:
        """Why it is not open throughout a period: the rule at the first moment at which it is closed; ``None`` if it is
        open.

        Args:
            period: the period to look at.
        """
        if self.is_open(period):
            return None
        return next(one.verdict for one in self.explain(period) if not one.verdict.open)

    def refuses(self, period: Period) -> Verdict | None:
        """Why the openings do not permit a booking of a period; ``None`` if they do.

        Within one local day it must be open throughout; a booking over several days must begin and end while it is
        open.

        Args:
            period: the period to look at.
        """
        last = period.end - timedelta.resolution
        if local(period.start, self.zone).date() == local(last, self.zone).date():
            return self.closed_in(period)
        ends = (self.at(period.start), self.at(last))
        return next((verdict for verdict in ends if not verdict.open), None)

    def days(self, window: Period) -> Iterator[date]:
        """The local days whose stretches can reach into a window: from the day before it begins to that of its end.

        Args:
            window: the period to look at.
        """
        first, last = local(window.start, self.zone).date() - _DAY, local(window.end, self.zone).date()
        return days_to(max(first, _FIRST_DAY), last)

    def _explained(self, window: Period) -> tuple[Stretch, ...]:
        begun = [one for day in self.days(window) for one in self._begins(day) if one[0].overlaps(window)]
        begun.sort(key=lambda one: (_STRONGER.index(one[1].rule), one[0].start))
        spans = [(max(one.start, window.start), min(one.end, window.end)) for one, _ in begun]
        midnights = [wall_instant(day, 0, self.zone) for day in self.days(window)]
        found: list[Stretch] = []
        done = window.start
        for start, end, place in [*strongest(spans), (window.end, window.end, -1)]:
            cuts = midnights[bisect_right(midnights, done) : bisect_left(midnights, start)]
            for begin, until in pairwise([done, *cuts, start] if done < start else []):
                _append(found, Period(begin, until), self._closed_at(begin))
            if start < end:
                _append(found, Period(start, end), begun[place][1])
            done = end
        return tuple(found)

    def _closed_at(self, moment: datetime) -> Verdict:
        """Why it is closed at a moment in which no stretch is."""
        verdict = self._holding(local(moment, self.zone).date())[0]
        return Verdict(False, "outside hours", verdict.name) if verdict.open else verdict


@lru_cache(maxsize=64)
def _kept(
    zone: str, hours: tuple[OpenHours, ...], openings: Openings, within: OpeningCalendar | None = None
) -> OpeningCalendar:
    """The calendar of these openings: it knows the days that were asked about before."""
    return OpeningCalendar(zone, hours, openings, within)


def _by_reason(closed: Sequence[ClosedDays]) -> list[ClosedDays]:
    """Closed days, those whose reason is told first before the others."""
    return sorted(closed, key=lambda days: CLOSED_FOR.index(days.why))


def _latest_first(seasons: Sequence[Season]) -> list[Season]:
    return sorted(seasons, key=lambda season: season.first, reverse=True)


def _by_day(extra: Sequence[ExtraOpening]) -> Mapping[date, Sequence[ExtraOpening]]:
    found: dict[date, list[ExtraOpening]] = {}
    for one in extra:
        found.setdefault(one.day, []).append(one)
    return found


@lru_cache(maxsize=4096)
def _exists(day: date, zone: str) -> bool:
    """Whether the zone has this day at all."""
    return wall_instant(day, 0, zone) < wall_instant(day, MINUTES_A_DAY, zone)


def _append(found: list[Stretch], period: Period, verdict: Verdict) -> None:
    if found and found[-1].verdict == verdict:
        found[-1] = Stretch(Period(found[-1].period.start, period.end), verdict)
    else:
        found.append(Stretch(period, verdict))


def _both(own: Sequence[Stretch], place: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Two explanations of one window as one: open where both are; closed for the place's reason before the space's
    own.
    """
    found: list[Stretch] = []
    i = j = 0
    while i < len(own) and j < len(place):
        mine, other = own[i], place[j]
        start, end = max(mine.period.start, other.period.start), min(mine.period.end, other.period.end)
        _append(found, Period(start, end), other.verdict if not other.verdict.open else mine.verdict)
        if mine.period.end == end:
            i += 1
        if other.period.end == end:
            j += 1
    return tuple(found)
