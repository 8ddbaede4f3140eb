"""A calendar read as a programme: its events, each with its rules and changed dates, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time
from types import MappingProxyType

import attrs

from cantinekit.clock import zone as zone_named
from cantinekit.errors import CalendarError, InputError
from cantinekit.scheduling.calendars._content import properties, text_of
from cantinekit.scheduling.calendars._embedded import KINDS as OBSERVANCES
from cantinekit.scheduling.calendars._embedded import LINES as ZONE_LINES
from cantinekit.scheduling.calendars._embedded import Embedded, embedded
from cantinekit.scheduling.calendars._event import CalendarEvent
from cantinekit.scheduling.calendars._lines import octets
from cantinekit.scheduling.calendars._pieces import LINES, Piece, read_piece
from cantinekit.scheduling.calendars._problems import CalendarLimits, CalendarProblem, Problems
from cantinekit.scheduling.calendars._split import CALENDAR, RawComponent, Unread, split
from cantinekit.scheduling.calendars._zones import Zones, iana, prefixed, windows
from cantinekit.scheduling.recurrence import Length, Override, Series
from cantinekit.scheduling.recurrence.effort import MAX_STEPS, Effort, TooLongError

HEAD_LINES = frozenset({"VERSION", "PRODID", "METHOD", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE"})
HEAD: dict[str, Collection[str]] = {CALENDAR: HEAD_LINES, "VTIMEZONE": ZONE_LINES}
HEAD |= dict.fromkeys(OBSERVANCES, ZONE_LINES)
RANKING = frozenset({"UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"})
FEW = 100
"""Steps that each event may take, also where those of all together are used up."""
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""When an event was changed that does not say so."""


@attrs.frozen
class Head:
    """What a VCALENDAR says of itself.

    Attributes:
        name: its name (NAME or X-WR-CALNAME).
        method: METHOD of a message; ``None`` in a published calendar.
        zone: its zone (X-WR-TIMEZONE).
        product: the program that wrote it (PRODID).
        version: VERSION as it stands.
    """

    name: str = ""
    method: str | None = None
    zone: str | None = None
    product: str = ""
    version: str | None = None


@attrs.define
class Source:
    """A text that is read: its octets, the result of the first look, and the problems so far."""

    data: bytes
    reader: str
    limits: CalendarLimits
    problems: Problems
    heads: dict[int, Head] = attrs.field(factory=dict)
    zones: dict[int, Zones] = attrs.field(factory=dict)
    changes: list[RawComponent] = attrs.field(factory=list)
    steps: int = attrs.field(default=attrs.Factory(lambda self: self.limits.steps, takes_self=True))
    """How many steps that find nothing its events may still take together."""
    best: dict[tuple[int, bytes], tuple[tuple[int, bytes], int]] = attrs.field(factory=dict)
    """Of the events with one UID: how high the one that counts stands, and its line."""

    def of(self, calendar: int) -> Zones:
        return self.zones.setdefault(calendar, Zones(self.reader, None, {}, self.problems))

    @contextmanager
    def effort(self) -> Iterator[Effort]:
        """What questions about one event may cost."""
        effort = Effort(max(min(self.steps, MAX_STEPS), FEW))
        try:
            yield effort
        finally:
            self.steps -= effort.most - effort.left

    def look(self, block: RawComponent) -> None:
        """Keep a changed date, and of other events with one UID the line of that which counts."""
        if _is_change(block):
            self.changes.append(block)
        elif (mine := _known_as(block)) is not None:
            best = self.best.get(mine[0])
            if best is None or mine[1] > best[0]:
                self.best[mine[0]] = (mine[1], block.number)

    def blocks(self, known: Mapping[str, Collection[str]], unread: Unread) -> Iterator[RawComponent]:
        """All components, read again after the first look; only the problems of this reading are reported."""
        every = {**HEAD, **known}
        for block in split(self.data, self.limits, self.problems, every, unread):
            if block.kind not in (CALENDAR, "VTIMEZONE"):
                yield block


def opened(source: bytes | str, zone: str, limits: CalendarLimits, known: Collection[str]) -> Source:
    """A first look at a text: sizes, what calendars say of themselves, the zones that they define, the changed dates,
    and of events with one UID the one that counts. ``known`` are the lines of an event that will be read.

    Raises:
        CalendarError: too large a text, or one without any component.
        InputError: no text, or an unknown ``zone``.
    """
    zone_named(zone)
    problems = Problems(limits.problems)
    found = Source(octets(source, limits, problems), zone, limits, problems)
    quiet = Problems(1)
    defined: dict[int, dict[str, Embedded | None]] = {}
    lines: dict[int, RawComponent] = {}
    empty = True
    for block in split(found.data, limits, quiet, {**HEAD, "VEVENT": known}, Unread()):
        empty = False
        if block.kind == CALENDAR:
            lines[block.calendar] = block
        elif block.kind == "VEVENT":
            found.look(block)
        elif (clock := embedded(block)) is not None:
            defined.setdefault(block.calendar, {}).setdefault(clock.tzid, clock)
        else:
            problems.add("zone-definition", block.number, "VTIMEZONE", "it cannot be read", "left-out")
    for number, block in lines.items():
        head = _head(block, problems, limits)
        found.heads[number] = head
        default = head.zone and (iana(head.zone) or windows(head.zone) or prefixed(head.zone))
        found.zones[number] = Zones(zone, default or None, defined.get(number, {}), problems)
    if defined.get(-1):
        found.zones[-1] = Zones(zone, None, defined[-1], problems)
    if empty and not quiet.found:
        problems.add("not-a-calendar", 0, CALENDAR, "no component was found", "refused")
        raise CalendarError(problems.all())
    return found


def _head(block: RawComponent, problems: Problems, limits: CalendarLimits) -> Head:
    props = {prop.name: prop for prop in reversed(properties(block, Problems(1), frozenset()) or [])}

    def text(name: str) -> str:
        return text_of(props[name], CALENDAR, limits.text, problems).strip() if name in props else ""

    version = text("VERSION") or None
    if version not in (None, "2.0"):
        line = props["VERSION"].number
        problems.add("version", line, CALENDAR, f"version {version} is read as 2.0", "noted")
    method = text("METHOD").upper() or None
    return Head(text("NAME") or text("X-WR-CALNAME"), method, text("X-WR-TIMEZONE") or None, text("PRODID"), version)


@attrs.frozen
class Programme:
    """What a calendar says takes place.

    Attributes:
        events: the events, in the order of the text.
        problems: everything that could not be read as it stands.
        refused: how many components are in neither.
        heads: what each VCALENDAR of the text says of itself.
        unread: how many components and lines are not read at all, by name, such as ``VEVENT/VALARM``.
    """

    events: tuple[CalendarEvent, ...]
    problems: tuple[CalendarProblem, ...]
    refused: int
    heads: tuple[Head, ...]
    unread: MappingProxyType[str, int]


class Events:
    """The events of a calendar, read one at a time; only changed dates are held until their series comes.

    Iterate it once. ``problems``, ``refused`` and ``unread`` are complete when the last event was given.

    Args:
        source: the .ics text.
        zone: IANA name of the reader's zone: for times without a zone, and for unknown zones.
        limits: bounds on what is read; ``None``: the usual ones.
    """

    _known: Mapping[str, Collection[str]] = {"VEVENT": LINES}
    _message = False
    """Whether it is a message, in which the start may be missing and DTSTAMP says which is the newer."""

    def __init__(self, source: bytes | str, *, zone: str, limits: CalendarLimits | None = None) -> None:
        self._limits = limits or CalendarLimits()
        self.line = 0
        """In which line the event begins that was given last."""
        self._source = opened(source, zone, self._limits, self._known["VEVENT"])
        self._unread = Unread()

    @property
    def heads(self) -> tuple[Head, ...]:
        return tuple(self._source.heads[number] for number in sorted(self._source.heads))

    @property
    def problems(self) -> tuple[CalendarProblem, ...]:
        return self._source.problems.all()

    @property
    def refused(self) -> int:
        return self._source.problems.refused

    @property
    def unread(self) -> MappingProxyType[str, int]:
        return MappingProxyType(dict(sorted(self._unread.counts.items())))

    def __iter__(self) -> Iterator[CalendarEvent]:
        source = self._source
        changed = self._changed()
        seen: dict[tuple[int, str], int] = {}
        for block in source.blocks(self._known, self._unread):
            if block.kind != "VEVENT":
                self.other(block)
                continue
            if _is_change(block):
                continue  # read before
            known = _known_as(block)
            if known is not None and (line := source.best[known[0]][1]) != block.number:
                message = f"the event in line {line} has this UID, and the higher SEQUENCE or came first"
                source.problems.add("duplicate", block.number, "VEVENT", message, "left-out")
                continue
            piece = self.piece(block)
            if piece is None:
                continue
            key = (block.calendar, piece.uid)
            if key in seen:
                message = f"the UID {piece.uid[:60]!r} is that of the event in line {seen[key]}"
                source.problems.add("duplicate", piece.number, "VEVENT", message, "left-out")
                continue
            seen[key] = piece.number
            event = self.whole(piece, changed.pop(key, []))
            if event is not None:
                yield event
        for pieces in changed.values():
            for piece in pieces:
                message = f"its series {piece.uid[:60]!r} is not in the file; it stands for itself"
                source.problems.add("override-alone", piece.number, "VEVENT", message, "noted")
                if (event := self.whole(piece, [])) is not None:
                    yield event

    def piece(self, block: RawComponent) -> Piece | None:
        """What one component says; ``None`` if it is refused.

        Args:
            block: the component as it was split.
        """
        source = self._source
        return read_piece(block, source.of(block.calendar), source.limits, source.problems, brief=self._message)

    def whole(self, piece: Piece, changes: list[Piece]) -> CalendarEvent | None:
        """The event of a component with its changed dates; ``None`` if it is refused.

        Args:
            piece: what the component says.
            changes: its changed dates.
        """
        self.line = piece.number
        if self._message:
            piece.modified = piece.stamp
        return whole(piece, changes, self._source)

    def other(self, block: RawComponent) -> None:
        """Take in a component that is no event; a programme ignores it.

        Args:
            block: the component as it was split.
        """

    def _changed(self) -> dict[tuple[int, str], list[Piece]]:
        """The changed dates by calendar and UID, of two for one date the one that counts."""
        source = self._source
        found: dict[tuple[int, str], dict[object, Piece]] = {}
        for block in source.changes:
            piece = self.piece(block)
            if piece is None:
                continue
            dates = found.setdefault((block.calendar, piece.uid), {})
            other = dates.get(piece.recurrence_id)
            if other is not None:
                lost = other if piece.rank > other.rank else piece
                message = "another change of the same date counts: it has the higher SEQUENCE, is later, or came first"
                source.problems.add("duplicate", lost.number, "VEVENT", message, "left-out")
                if lost is piece:
                    continue
            dates[piece.recurrence_id] = piece
        return {key: list(dates.values()) for key, dates in found.items()}


def _known_as(block: RawComponent) -> tuple[tuple[int, bytes], tuple[int, bytes]] | None:
    """The calendar and UID of an event, and which of several counts: the highest SEQUENCE, then the latest stamp."""
    values = {line.name: line.raw.partition(b":")[2].strip() for line in reversed(block.lines) if line.name in RANKING}
    if not values.get("UID"):
        return None
    sequence = values.get("SEQUENCE", b"")
    stamp = values.get("LAST-MODIFIED") or values.get("DTSTAMP") or b""
    return (block.calendar, values["UID"]), (int(sequence) if sequence.isdigit() and len(sequence) < 11 else 0, stamp)


def _is_change(block: RawComponent) -> bool:
    return any(line.name == "RECURRENCE-ID" for line in block.lines)


def read_programme(source: bytes | str, *, zone: str, limits: CalendarLimits | None = None) -> Programme:
    """Read an .ics text of another system as a programme.

    Args:
        source: the .ics text.
        zone: IANA name of the reader's zone: for times without a zone, and for unknown zones.
        limits: bounds on what is read; ``None``: the usual ones.

    Raises:
        CalendarError: nothing can be read of it: it is too large, or no calendar.
        InputError: ``source`` is no text, or ``zone`` no zone.
    """
    reading = Events(source, zone=zone, limits=limits)
    events = tuple(reading)
    return Programme(events, reading.problems, reading.refused, reading.heads, reading.unread)


def whole(piece: Piece, changes: list[Piece], source: Source) -> CalendarEvent | None:
    """The event of a piece with its changed dates; ``None`` when it is refused, which is told."""
    problems = source.problems
    try:
        series = Series(
            piece.uid,
            piece.start,
            piece.length,
            piece.rules,
            piece.rdates,
            piece.exdates,
            piece.exrules,
            gap=piece.gap,  # type: ignore[arg-type]
            sequence=piece.sequence,
            status=piece.status,
            fields=piece.fields,
            related_to=piece.related_to,
        )
        for change in changes:
            _in_zone(series, change, problems)
            _same_type(series, change, problems)
        with source.effort() as effort:
            series = _begun(series, piece, changes, problems, effort)
            changes = [one for one in changes if _is_known(series, one, problems, effort)]
        series = _laid(series, piece, changes, problems)
        _look_at(piece, changes, problems)
        return CalendarEvent(
            series,
            piece.modified or piece.stamp or UNKNOWN,
            created=piece.created,
            busy=piece.busy,
            private=piece.private,
            organizer=piece.organizer,
            attendees=piece.attendees,
            instance=piece.recurrence_id,
        )
    except TooLongError as error:
        problems.add("rule-unreadable", piece.number, "VEVENT", str(error), "refused")
    except InputError as error:
        problems.add("value-invalid", piece.number, "VEVENT", str(error), "refused")
    return None


def _in_zone(series: Series, change: Piece, problems: Problems) -> None:
    """Put a changed date that says no zone in that of its series."""
    for name in change.floating if series.zone is not None else ():
        moment = getattr(change, name)
        if moment.tzinfo is not series.zone:
            message = f"{name.upper().replace('_', '-')} has no zone, and is read in that of its series"
            problems.add("zone-start", change.number, "VEVENT", message, "changed")
            setattr(change, name, moment.replace(tzinfo=series.zone))


def _begun(series: Series, piece: Piece, changes: list[Piece], problems: Problems, effort: Effort) -> Series:
    """The series, with its start as an extra date where a changed date says that it takes place although no rule has
    it.
    """
    place = None if series.zone else "UTC"
    if not series.rules or series.occurrence(series.start, zone=place, effort=effort) is not None:
        return series
    message, done = "DTSTART is not a date of its own rule; some programs show it all the same", "noted"
    if series.has_empty_rule:
        message = "its rule has no date from DTSTART on; some programs show DTSTART all the same"
    meant = (series.start, series.start.date()) if isinstance(series.start, datetime) else (series.start,)
    if any(series.own(one.recurrence_id) in meant for one in changes if one.recurrence_id is not None):
        added = attrs.evolve(series, rdates=[*series.rdates, series.start])
        if added.occurrence(series.start, zone=place, effort=effort) is not None:
            series, done = added, "changed"
            message = "DTSTART is not a date of its own rule; it is read as one, since a change of it is there"
    problems.add("rule-start", piece.number, "VEVENT", message, done)  # type: ignore[arg-type]
    return series


def _is_known(series: Series, change: Piece, problems: Problems, effort: Effort) -> bool:
    """Whether the series has the date that is changed; cancelling a date that it does not have changes nothing."""
    assert change.recurrence_id is not None
    place = None if series.zone else "UTC"
    if series.occurrence(change.recurrence_id, zone=place, effort=effort) is not None:
        return True
    message = f"{series.uid[:60]!r} has no date {change.recurrence_id.isoformat()} to change"
    done = "noted" if change.status == "cancelled" else "refused"
    problems.add("override-unknown", change.number, "VEVENT", message, done)  # type: ignore[arg-type]
    return False


def _same_type(series: Series, change: Piece, problems: Problems) -> None:
    """Give a changed date a time, or take it away, as its series has it."""
    timed = isinstance(change.start, datetime)
    if timed != series.all_day:
        return
    if timed:
        message, start = "it is read as a whole day", series.own(change.start)
        change.length = Length(1)
    else:
        message = "it is read from midnight on"
        start = datetime.combine(change.start, time(), series.zone)
    change.start = start
    problems.add("override-type", change.number, "VEVENT", message, "changed")


def _laid(series: Series, piece: Piece, changes: list[Piece], problems: Problems) -> Series:
    """The series with its changed dates; one that cannot be applied does not prevent the others."""
    if not changes:
        return series
    try:
        return attrs.evolve(series, overrides=[override(piece, change) for change in changes])
    except InputError:
        kept = []
        for change in changes:
            try:
                kept.append(attrs.evolve(series, overrides=[override(piece, change)]).overrides[0])
            except InputError as error:
                if change.status == "cancelled":
                    kept.append(Override(change.recurrence_id, status="cancelled"))  # type: ignore[arg-type]
                    message = f"its date is cancelled, as it says; else it cannot be laid on its series: {error}"
                    problems.add("override-cancelled", change.number, "VEVENT", message, "changed")
                else:
                    problems.add("override-bad", change.number, "VEVENT", str(error), "refused")
        return attrs.evolve(series, overrides=kept)


def _look_at(piece: Piece, changes: list[Piece], problems: Problems) -> None:
    """Tell of what a changed date cannot say."""
    for one in changes:
        if one.bare:
            continue
        own = (piece.busy, piece.private, piece.organizer, piece.attendees)
        if (one.busy, one.private, one.organizer, one.attendees) != own:
            message = "what it says of TRANSP, CLASS, ORGANIZER and ATTENDEE is not read; that of its series holds"
            problems.add("override-part", one.number, "VEVENT", message, "left-out")


def override(series: Piece, change: Piece) -> Override:
    """What a changed date says otherwise than its series."""
    assert change.recurrence_id is not None
    if change.bare:
        return Override(
            change.recurrence_id, status="cancelled", sequence=change.sequence, stamp=change.stamp or change.modified
        )
    patch: dict[str, str | None] = {name: None for name in series.fields if name not in change.fields}
    patch |= {name: text for name, text in change.fields.items() if series.fields.get(name) != text}
    return Override(
        change.recurrence_id,
        start=None if change.start == change.recurrence_id else change.start,
        length=None if change.length == series.length else change.length,
        status=None if change.status == series.status else change.status,
        fields=patch,
        following=change.following,
        sequence=change.sequence,
        stamp=change.stamp or change.modified,
    )
