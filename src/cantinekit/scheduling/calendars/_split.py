"""From lines to components, one at a time; a component that is broken takes no other with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import attrs

from cantinekit.scheduling.calendars._lines import unfolded
from cantinekit.scheduling.calendars._problems import CalendarLimits, Problems

CALENDAR = "VCALENDAR"
TOP = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
"""Components that stand in a calendar, never in each other."""
_HEAD = re.compile(rb"([A-Za-z0-9-]+)[:;]")


@attrs.define
class ContentLine:
    """One unfolded line; ``raw`` is not yet parsed, ``whole`` is false where it was over the limit."""

    number: int
    name: str
    raw: bytes
    whole: bool = True


@attrs.define
class RawComponent:
    """A component with the lines that its reader knows, and the components in it."""

    kind: str
    number: int
    lines: list[ContentLine] = attrs.field(factory=list)
    inner: list[RawComponent] = attrs.field(factory=list)
    calendar: int = -1
    """Which VCALENDAR of the file it is in, from 0; -1 outside of all."""
    fault: str = ""
    """Why it is refused: "told" where that was said already."""


@attrs.define
class Unread:
    """How often each component and property was met that nobody reads; bounded, whatever the file does."""

    counts: dict[str, int] = attrs.field(factory=dict)

    def add(self, name: str) -> None:
        if name in self.counts or len(self.counts) < 200:
            self.counts[name] = self.counts.get(name, 0) + 1
        else:
            self.counts["*"] = self.counts.get("*", 0) + 1


def split(
    data: bytes, limits: CalendarLimits, problems: Problems, known: Mapping[str, Collection[str]], unread: Unread
) -> Iterator[RawComponent]:
    """The components of the kinds in ``known`` that stand in a calendar, or by themselves, in the order of the text,
    with the lines named there. A calendar itself comes when it ends, with its own lines alone.

    A component without its END is refused: what it says may not be whole. Its neighbours are read.
    """
    return _Splitter(limits, problems, known, unread).run(data)


class _Splitter:
    def __init__(
        self, limits: CalendarLimits, problems: Problems, known: Mapping[str, Collection[str]], unread: Unread
    ) -> None:
        self.limits, self.problems, self.known, self.unread = limits, problems, known, unread
        self.names = {name.encode(): name for names in known.values() for name in names}
        self.stack: list[RawComponent] = []
        self.calendars = -1
        self.components = 0
        self.deeper = 0  # levels beyond the limit that are open

    def run(self, data: bytes) -> Iterator[RawComponent]:
        for number, raw, whole in unfolded(data, self.limits):
            found = _HEAD.match(raw)
            head = (found[1] if found else raw[:200].split(b":", 1)[0].split(b";", 1)[0].strip()).upper()
            if head == b"BEGIN":
                yield from self.begin(number, _word(raw))
                if self.components > self.limits.components:
                    message = f"more than {self.limits.components} components"
                    self.problems.add("too-many-components", number, CALENDAR, message, "refused")
                    return
            elif head == b"END":
                yield from self.end(number, _word(raw))
            else:
                self.line(number, head, raw, whole)
        while self.stack:
            yield from self.close(False, 0)

    def begin(self, number: int, kind: str) -> Iterator[RawComponent]:
        self.components += 1
        if kind == CALENDAR or kind in TOP:  # it stands in no component: what is open has lost its END
            while any(block.kind in TOP or kind == CALENDAR for block in self.stack):
                self.deeper = 0
                yield from self.close(False, number)
        if self.deeper or len(self.stack) >= self.limits.depth:
            if not self.deeper:
                message = f"more than {self.limits.depth} components inside each other"
                self.problems.add("too-deep", number, kind, message, "left-out")
                for block in self.stack:
                    block.fault = block.fault or "a component in it cannot be read"
            self.deeper += 1
            return
        block = RawComponent(kind, number)
        if kind == CALENDAR:
            self.calendars += 1
        elif not self.stack:
            self.problems.add("outside-calendar", number, kind, "it stands outside of VCALENDAR", "noted")
        block.calendar = self.calendars if any(one.kind == CALENDAR for one in (*self.stack, block)) else -1
        self.stack.append(block)

    def end(self, number: int, kind: str) -> Iterator[RawComponent]:
        if self.deeper:
            self.deeper -= 1
        elif not any(block.kind == kind for block in self.stack):
            self.problems.add("end-stray", number, kind, f"END:{kind} without its BEGIN", "left-out")
        else:
            while self.stack[-1].kind != kind:
                yield from self.close(False, number)
            yield from self.close(True, number)

    def close(self, ended: bool, number: int) -> Iterator[RawComponent]:
        block = self.stack.pop()
        if not ended and block.kind != CALENDAR:
            where = f"before line {number}" if number else "before the end of the text"
            self.problems.add("end-missing", block.number, block.kind, f"no END:{block.kind} {where}", "refused")
            block.fault = "told"
        elif not ended:
            self.problems.add("end-missing", block.number, CALENDAR, "no END:VCALENDAR", "noted")
        parent = self.stack[-1] if self.stack else None
        if block.kind == CALENDAR:
            yield block
        elif parent is None or parent.kind == CALENDAR:
            if block.kind not in self.known:
                self.unread.add(block.kind)
                self.problems.add("component-unread", block.number, block.kind, "it is not read", "left-out")
            elif not block.fault:
                yield block
            elif block.fault != "told":
                self.problems.add("too-deep", block.number, block.kind, block.fault, "refused")
        elif block.kind in self.known and parent.kind in self.known:
            parent.inner.append(block)
        else:
            self.unread.add(f"{parent.kind}/{block.kind}")

    def line(self, number: int, head: bytes, raw: bytes, whole: bool) -> None:
        if not self.stack:
            name = head.decode("ascii", "replace")
            self.problems.add("line-outside", number, "", f"{name[:40]!r} outside of every component", "left-out")
            return
        block = self.stack[-1]
        if self.deeper:
            return
        name = self.names.get(head) or head.decode("ascii", "replace")
        if not whole:
            message = f"{name[:40]} is longer than {self.limits.line} octets"
            self.problems.add("line-too-long", number, block.kind, message, "left-out")
        if name not in self.known.get(block.kind, ()):
            if b":" not in raw and whole:
                message = f"{name[:40]!r} is no name, parameters and value"
                self.problems.add("line-malformed", number, block.kind, message, "left-out")
            self.unread.add(f"{block.kind}/{name[:40]}")
        elif len(block.lines) < self.limits.properties:
            block.lines.append(ContentLine(number, name, raw, whole))
        elif not block.fault:
            message = f"more than {self.limits.properties} lines"
            self.problems.add("too-many-properties", block.number, block.kind, message, "refused")
            block.fault = "told"


def _word(raw: bytes) -> str:
    """The name after BEGIN or END."""
    return raw.partition(b":")[2][:60].strip().decode("ascii", "replace").upper()
