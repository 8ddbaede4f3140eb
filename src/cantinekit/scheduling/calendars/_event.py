"""An event as calendars exchange it: a series with its texts, and who takes part. Frozen, checked at construction."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import check_text
from cantinekit.domain.base import Subject
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.scheduling.calendars._emit import uri
from cantinekit.scheduling.recurrence import Series
from cantinekit.scheduling.recurrence.values import Moment

FIELDS = (
    "uid",
    "title",
    "description",
    "location",
    "categories",
    "url",
    "color",
    "image",
    "conference",
    "conference_label",
)
"""The fields of a series that calendars have a place for; others stay with the host.

``uid`` is there when another system made the event and its UID is no id here. ``categories`` has one on each line.
``url``, ``image`` and ``conference`` are absolute URIs, ``color`` is a name of CSS3 such as ``tomato`` (RFC 7986,
section 5.9), ``conference_label`` says what the link is.
"""
LINKS = ("url", "image", "conference")
MAX_PEOPLE = 500
_COLOR = re.compile(r"[a-z]{3,30}", re.ASCII)

Role = Literal["CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT"]
Answer = Literal["NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"]
ROLES: tuple[Role, ...] = ("CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT")
ANSWERS: tuple[Answer, ...] = ("NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED")


@attrs.frozen
class Participant:
    """An organizer or attendee (RFC 5545, section 3.8.4.1).

    Attributes:
        address: a URI, as a rule ``mailto:`` and an e-mail address.
        name: the name that is shown (CN).
        role: ROLE of RFC 5545, section 3.2.16.
        answer: PARTSTAT of RFC 5545, section 3.2.12.
        rsvp: whether an answer is asked for.
    """

    address: str
    name: str = ""
    role: Role = "REQ-PARTICIPANT"
    answer: Answer = "NEEDS-ACTION"
    rsvp: bool = False

    def __attrs_post_init__(self) -> None:
        uri(self.address, "the address of a participant")
        check_text(self.name, "the name of a participant", limit=1_000)
        for value, names in ((self.role, ROLES), (self.answer, ANSWERS)):
            if value not in names:
                raise InputError(f"a participant has one of {', '.join(names)}, not {shown(value)}")

    def same(self, other: Participant) -> bool:
        """Whether two participants are one person: their addresses are equal without regard to case.

        Args:
            other: the other participant.
        """
        return self.address.casefold() == other.address.casefold()


def _maybe(moment: datetime | None) -> datetime | None:
    return None if moment is None else instant(moment)


def _people(values: Iterable[Participant]) -> tuple[Participant, ...]:
    found = tuple(values)
    if len(found) > MAX_PEOPLE or not all(isinstance(one, Participant) for one in found):
        raise InputError(f"attendees are at most {MAX_PEOPLE} values of Participant")
    return found


@attrs.frozen
class CalendarEvent:
    """A series and what goes with it into a calendar.

    Attributes:
        series: when it takes place, and its text.
        modified: when it was last changed: its DTSTAMP and LAST-MODIFIED, so that the same event always gives the same
            bytes.
        created: when it was made (CREATED); ``None``: not written.
        busy: whether it takes up time (TRANSP).
        private: whether it is marked as private (CLASS).
        organizer: who invites (ORGANIZER); needed in a message.
        attendees: who is invited (ATTENDEE); written only where people are asked for.
        subjects: the places, spaces, facilitators and members in whose feeds it belongs; never written.
        instance: the original start, where this is one date of a series that is not here; else ``None``.
        undated: whether it is not known when it was last changed: ``modified`` is its DTSTAMP then, which each event
            must have, and no LAST-MODIFIED is written, which it may have (RFC 5545, 3.8.7.2 and 3.8.7.3).

    Raises:
        InputError: a field of the series that a calendar cannot say.
    """

    series: Series
    modified: datetime = attrs.field(converter=instant)
    created: datetime | None = attrs.field(default=None, converter=_maybe)
    busy: bool = True
    private: bool = False
    organizer: Participant | None = None
    attendees: tuple[Participant, ...] = attrs.field(default=(), converter=_people)
    subjects: tuple[Subject, ...] = attrs.field(default=(), converter=tuple)
    instance: Moment | None = None
    undated: bool = False

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.series, Series):
            raise InputError(f"a CalendarEvent has a Series, not {type(self.series).__name__}")
        if self.series.fields:
            check_fields(self.series.fields)
        for override in self.series.overrides:
            check_fields(override.fields)
        if self.instance is not None and (self.series.rules or self.series.rdates or self.series.overrides):
            raise InputError("one date of a series does not repeat")

    @property
    def uid(self) -> str:
        """The UID as calendars know it: that of the series, or the field ``uid`` where it came from another system."""
        return self.text("uid") or self.series.uid

    def text(self, name: str) -> str:
        """A field of the series, empty if it has none.

        Args:
            name: the name of the field, such as "title".
        """
        return next((value or "" for key, value in self.series.fields if key == name), "")


def check_fields(fields: Iterable[tuple[str, str | None]]) -> None:
    """Whether the fields that calendars know can be written."""
    for name, value in fields:
        if not value:
            continue
        if name in LINKS:
            uri(value, f"the field {name}")
        elif name == "color" and not _COLOR.fullmatch(value):
            raise InputError(f"the field color is a name of CSS3 in small letters, not {shown(value)}")


def writable(event: CalendarEvent) -> CalendarEvent:
    """The event, if it can be written.

    Raises:
        InputError: an override holds for all later dates too.
    """
    if any(override.following for override in event.series.overrides):
        raise InputError(f"{event.uid}: a change of all later dates is not written; split the series first")
    return event
