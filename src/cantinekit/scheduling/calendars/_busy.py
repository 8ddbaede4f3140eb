"""A calendar read as busy time: events, VFREEBUSY and VAVAILABILITY within a window, merged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars._content import Prop, properties
from cantinekit.scheduling.calendars._freebusy import BusyKind, BusyPeriod, merged
from cantinekit.scheduling.calendars._moments import UnreadableError, When, ended, moment, moments
from cantinekit.scheduling.calendars._pieces import BUSY_LINES, TIMES, Piece, read_piece
from cantinekit.scheduling.calendars._problems import CalendarLimits, CalendarProblem
from cantinekit.scheduling.calendars._programme import Events, whole
from cantinekit.scheduling.calendars._split import RawComponent
from cantinekit.scheduling.calendars._zones import Zones
from cantinekit.scheduling.layers import strongest
from cantinekit.scheduling.occupancy import common, without
from cantinekit.scheduling.recurrence import Length, Series
from cantinekit.scheduling.recurrence.effort import TooLongError

FREE_LINES = frozenset({"DTSTART", "DTEND", "DURATION", "FREEBUSY"})
AVAILABILITY_LINES = frozenset({"DTSTART", "DTEND", "DURATION", "BUSYTYPE", "PRIORITY"})
_KINDS: dict[str, BusyKind] = {"BUSY": "busy", "BUSY-UNAVAILABLE": "unavailable", "BUSY-TENTATIVE": "tentative"}


@attrs.frozen
class Busy:
    """When a person or a system is busy in a window.

    Attributes:
        periods: busy periods in UTC that do not overlap.
        problems: what could not be read as it stands.
        refused: how many components are in neither: where it is not 0, there may be other busy times.
    """

    periods: tuple[BusyPeriod, ...]
    problems: tuple[CalendarProblem, ...]
    refused: int


def read_busy(source: bytes | str, window: Period, *, zone: str, limits: CalendarLimits | None = None) -> Busy:
    """Read an .ics text of a person or of another system as busy time within a window.

    Cancelled and transparent events do not count, tentative ones are "tentative", what a VAVAILABILITY leaves closed is
    "unavailable".

    Args:
        source: the .ics text.
        window: the period to look at.
        zone: IANA name of the reader's zone: for times without a zone, and for whole days.
        limits: bounds on what is read; ``None``: the usual ones.

    Raises:
        CalendarError: nothing can be read of it: it is too large, or no calendar.
        InputError: ``source`` is no text, or ``zone`` no zone.
    """
    reading = _BusyEvents(source, zone=zone, limits=limits)
    found = list(reading.busy(window))
    return Busy(merged(left_closed(reading.hours) + found), reading.problems, reading.refused)


@attrs.frozen
class Hours:
    """One VAVAILABILITY: the period that it covers, its priority, and when it is open."""

    priority: int
    span: Period
    kind: BusyKind
    open: tuple[Period, ...]


class _BusyEvents(Events):
    _known: Mapping[str, Collection[str]] = {
        "VEVENT": BUSY_LINES,
        "VFREEBUSY": FREE_LINES,
        "VAVAILABILITY": AVAILABILITY_LINES,
        "AVAILABLE": BUSY_LINES,
    }

    def __init__(self, source: bytes | str, *, zone: str, limits: CalendarLimits | None) -> None:
        super().__init__(source, zone=zone, limits=limits)
        self._zone = zone
        self._left = self._limits.occurrences
        self._window: Period | None = None
        self._hours: list[Hours] = []
        self._others: list[BusyPeriod] = []

    def busy(self, window: Period) -> Iterator[BusyPeriod]:
        self._window = window
        for event in self:
            if not event.busy or self.cancels(event.series):
                continue
            for start, end, status in self.occurrences(event.series, self.line, "VEVENT"):
                if status != "cancelled" and start < end:
                    yield BusyPeriod(start, end, "tentative" if status == "tentative" else "busy")
        yield from self._others

    def cancels(self, series: Series) -> bool:
        return series.status == "cancelled" and all(one.status in (None, "cancelled") for one in series.overrides)

    def occurrences(self, series: Series, line: int, kind: str) -> Iterator[tuple[datetime, datetime, str]]:
        """Those in the window, as long as the limit of all events together is not reached."""
        assert self._window is not None
        count = 0
        try:
            with self._source.effort() as effort:
                for one in series.between(self._window, zone=self._zone, limit=max(self._left, 1), effort=effort):
                    count += 1
                    yield max(one.start, self._window.start), min(one.end, self._window.end), one.status
        except TooLongError as error:
            self._source.problems.add("rule-unreadable", line, kind, f"{series.uid[:60]}: {error}", "refused")
        except InputError as error:
            message = f"{series.uid[:60]}: {error}"
            self._source.problems.add("too-many-occurrences", line, kind, message, "refused")
        self._left -= count

    def other(self, block: RawComponent) -> None:
        """A component that is no event."""
        source = self._source
        props = properties(block, source.problems, FREE_LINES | TIMES)
        if props is None:
            return
        zones = source.of(block.calendar)
        try:
            if block.kind == "VFREEBUSY":
                self._others.extend(self.free_busy(props, zones))
            elif block.kind == "VAVAILABILITY":
                self.availability(block, props, zones)
        except UnreadableError as error:
            source.problems.add(error.code, error.line or block.number, block.kind, str(error), "refused")
        except InputError as error:
            source.problems.add("value-invalid", block.number, block.kind, str(error), "refused")

    def free_busy(self, props: Iterable[Prop], zones: Zones) -> Iterator[BusyPeriod]:
        assert self._window is not None
        left = self._limits.occurrences
        for prop in props:
            if prop.name != "FREEBUSY":
                continue
            kind = (prop.param("FBTYPE") or "BUSY").upper()
            found = moments(prop, zones, "VFREEBUSY", left)
            left -= len(found)
            for start, end in found if kind != "FREE" else ():
                period = _period(start, end, prop)
                if period.overlaps(self._window):
                    first, last = max(period.start, self._window.start), min(period.end, self._window.end)
                    yield BusyPeriod(first, last, _KINDS.get(kind, "busy"))

    def availability(self, block: RawComponent, props: list[Prop], zones: Zones) -> None:
        assert self._window is not None
        window = self._window
        one = {prop.name: prop for prop in reversed(props)}
        start, end = window.start, window.end
        if (begins := one.get("DTSTART")) is not None:
            start = max(self.instant(moment(begins.value, begins, zones, block.kind)), start)
        if (ends := one.get("DTEND")) is not None:
            end = min(self.instant(moment(ends.value, ends, zones, block.kind)), end)
        elif (lasts := one.get("DURATION")) is not None and begins is not None:
            first = moment(begins.value, begins, zones, block.kind)
            end = min(_period(first, Length.parse(lasts.value.strip()), lasts).end, end)
        pieces = [read_piece(inner, zones, self._limits, self._source.problems) for inner in block.inner]
        open_times = [period for piece in pieces if piece is not None for period in self.open_times(piece)]
        if start < end:
            kind = _KINDS.get(one["BUSYTYPE"].value.strip().upper() if "BUSYTYPE" in one else "", "unavailable")
            text = one["PRIORITY"].value.strip() if "PRIORITY" in one else "0"
            priority = int(text) if text in "123456789" and text else 10  # 0 and absent are the weakest
            self._hours.append(Hours(priority, Period(start, end), kind, tuple(open_times)))

    def instant(self, when: When) -> datetime:
        if when.is_date:
            from cantinekit.clock import day_bounds

            assert not isinstance(when.local, datetime)
            return day_bounds(when.local, self._zone).start
        return when.instant()

    def open_times(self, piece: Piece) -> Iterator[Period]:
        event = whole(piece, [], self._source)
        if event is not None:
            for start, end, status in self.occurrences(event.series, piece.number, "AVAILABLE"):
                if start < end and status != "cancelled":
                    yield Period(start, end)

    @property
    def hours(self) -> Sequence[Hours]:
        """The VAVAILABILITY components, in the order of the file."""
        return self._hours


def left_closed(hours: Sequence[Hours]) -> list[BusyPeriod]:
    """What VAVAILABILITY components leave closed; where two hold, the one of the higher priority counts, and of two
    with the same the one that comes later. It takes n log n steps.
    """
    ordered = sorted(hours, key=lambda one: -one.priority)[::-1]
    ruled: list[list[Period]] = [[] for _ in ordered]
    for start, end, place in strongest([(one.span.start, one.span.end) for one in ordered]):
        ruled[place].append(Period(start, end))
    return [
        BusyPeriod(closed.start, closed.end, one.kind)
        for one, spans in zip(ordered, ruled, strict=True)
        for closed in common(spans, without((one.span,), one.open))
    ]


def _period(start: When, end: When | Length | None, prop: Prop) -> Period:
    if start.is_date or end is None or (isinstance(end, When) and end.is_date):
        raise UnreadableError("value-invalid", f"{prop.name}: not a period", prop.number)
    if isinstance(end, When):
        return Period(start.instant(), end.instant())
    return Period(start.instant(), ended(start, end))
