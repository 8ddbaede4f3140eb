"""Problems of a calendar that was read, and what was done about them: limits, problems and their codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import cut, shown

Done = Literal["refused", "left-out", "changed", "noted"]
"""A component was refused; a line or a part was left out; it was read otherwise than it says; nothing had to."""

CODES: Mapping[str, str] = MappingProxyType(
    {
        # the file
        "too-large": "the text has more octets than the limit",
        "not-a-calendar": "no component was found in it",
        "encoding": "the octets are not UTF-8; they were read as another encoding, or marked where they could not be",
        "line-ends": "lines end with a lone CR, which RFC 5545 does not know",
        "version": "the calendar says another version than 2.0",
        "too-many-components": "the file has more components than the limit; the rest was not read",
        "too-many-problems": "more problems than the limit; the rest were counted, not told one by one",
        # its lines and components
        "line-too-long": "a line is longer than the limit",
        "line-malformed": "a line that is no name, parameters and value",
        "line-outside": "a line outside of every component",
        "outside-calendar": "a component outside of VCALENDAR",
        "end-missing": "a component without its END",
        "end-stray": "an END without its BEGIN",
        "too-deep": "components inside components beyond the limit",
        "too-many-properties": "a component has more lines than the limit",
        "component-unread": "a kind of component that is not read",
        # what a component says
        "no-uid": "an event without UID; one was made from what it says",
        "uid-changed": "a UID that cannot be an id here: too long, or with a character that ids do not have",
        "no-start": "an event without DTSTART",
        "value-invalid": "a value that cannot be read as what it must be",
        "value-twice": "a property that may come once came again with another value",
        "too-many-dates": "more EXDATE and RDATE values than the limit",
        "too-many-values": "more categories, attendees or conferences than the limit",
        "text-cut": "a text is longer than the limit",
        "link-invalid": "a link that is no absolute URI, or a colour that is no name",
        "text-controls": "control characters or lone surrogates in a text",
        "end-before-start": "an event that ends before it starts",
        "too-long": "an event that lasts longer than ten years",
        "end-and-duration": "DTEND and DURATION in one event",
        "length-zero": "a whole day that ends on the day on which it begins; it is read as one day",
        "status-unknown": "a STATUS that an event cannot have, or that is spelt otherwise",
        "year-out-of-range": "a date before the year 1000 or after 9997",
        "rule-unreadable": "a recurrence rule that cannot be read, or that costs too much",
        "rule-empty": "a recurrence rule without any part",
        "rule-contested": "a recurrence rule that programs read differently",
        "rule-until": "UNTIL of another type than DTSTART",
        "rule-start": "DTSTART is not a date of its own rule",
        "exrule": "EXRULE, which RFC 5545 dropped",
        "duplicate": "the same UID and RECURRENCE-ID came before",
        "override-alone": "a changed date of a series that is not in the file",
        "override-part": "a changed date that says otherwise who takes part, or whether it is private or takes up time",
        "override-type": "a changed date that is a day in a series with times, or a time in a series of days",
        "override-bad": "a changed date that cannot be laid on its series",
        "override-range": "RANGE=THISANDFUTURE",
        "override-repeats": "a changed date that has a rule of its own",
        "override-unknown": "a changed date that is no date of its series",
        "override-cancelled": "a changed date that cannot be read, and is cancelled all the same",
        "too-many-occurrences": "more occurrences in the window than the limit",
        "message": "a message that is no invitation, cancellation or answer about one event",
        # zones
        "zone-windows": "a zone of Windows; the IANA zone for it was taken",
        "zone-prefixed": "a zone with a prefix; the IANA name in it was taken",
        "zone-embedded": "a zone that only the file defines; the IANA zone with the same clock was taken",
        "zone-definition": "a VTIMEZONE that cannot be read, or has rules that no zone has",
        "zone-inexact": "a zone that only the file defines, and no IANA zone has its clock",
        "zone-differs": "a zone has the name of an IANA zone, and the file defines another clock for it",
        "zone-default": "an unknown zone; the zone of the calendar was taken",
        "zone-unknown": "an unknown zone; the zone of the reader was taken",
        "zone-floating": "a time without a zone; the zone of the calendar, or else of the reader, was taken",
        "zone-start": "a time without a zone beside a DTSTART that has one; that zone was taken",
        "zone-case": "a zone in another case than that of its IANA name",
        "zone-ignored": "a zone on a date or on a time in UTC",
    }
)


@attrs.frozen
class CalendarProblem:
    """Something in a calendar that could not be read as it stands.

    Attributes:
        code: a short name of the problem, such as "rule-start".
        line: the line of the text, from 1; 0 is the whole file.
        component: the component that it is in, such as ``VEVENT``.
        message: the problem in English.
        done: what became of it: "refused", "left-out", "changed" or "noted".
    """

    code: str
    line: int
    component: str
    message: str = attrs.field(converter=cut)
    done: Done

    def __str__(self) -> str:
        return f"line {self.line}: {self.component}: {self.message} ({self.code}, {self.done})"


@attrs.frozen
class CalendarLimits:
    """How much is read of a calendar that others wrote. What is over a limit is a problem, never a surprise.

    ``octets`` of the whole text; ``line``: octets of one line after unfolding; ``depth`` of components in components;
    ``components`` of a file; ``properties``: lines of one component; ``dates``: EXDATE and RDATE values of a component;
    ``values``: its categories or attendees; ``text``: characters of one text, of which a series takes 10,000;
    ``occurrences`` of all events in the window of a question; ``steps`` of all events that find nothing, such as dates
    that are left out by a rule; ``problems`` that are told one by one.
    """

    octets: int = 20_000_000
    line: int = 262_144
    depth: int = 8
    components: int = 100_000
    properties: int = 2_000
    dates: int = 10_000
    values: int = 500
    text: int = 10_000
    occurrences: int = 100_000
    steps: int = 1_000_000
    problems: int = 1_000

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(CalendarLimits):
            value = getattr(self, field.name)
            if type(value) is not int or value < 1:
                raise InputError(f"CalendarLimits.{field.name} is a positive integer, not {shown(value)}")


def _plain(text: str) -> str:
    """What others wrote, safe to show on one line."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


class Problems:
    """Collects problems up to the limit, and counts the rest by what was done."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.found: list[CalendarProblem] = []
        self.more = 0
        self.refused = 0

    def add(self, code: str, line: int, component: str, message: str, done: Done) -> None:
        assert code in CODES, code
        if done == "refused":
            self.refused += 1
        if len(self.found) < self.limit:
            self.found.append(CalendarProblem(code, line, _plain(component)[:40], _plain(message)[:300], done))
        else:
            self.more += 1

    def all(self) -> tuple[CalendarProblem, ...]:
        return tuple(self._told())

    def _told(self) -> Iterator[CalendarProblem]:
        yield from self.found
        if self.more:
            yield CalendarProblem("too-many-problems", 0, "VCALENDAR", f"{self.more} more problems", "noted")
