"""One VEVENT, read: its times, its rules, its texts, and what had to be assumed. Series are put together elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import check_id
from cantinekit.errors import InputError, TextError
from cantinekit.scheduling.calendars._content import Prop, cleaned, properties, text_of, texts_of
from cantinekit.scheduling.calendars._event import ANSWERS, ROLES, Participant, check_fields
from cantinekit.scheduling.calendars._moments import UnreadableError, When, is_floating, length, moment, moments, utc
from cantinekit.scheduling.calendars._problems import CalendarLimits, Problems
from cantinekit.scheduling.calendars._split import RawComponent
from cantinekit.scheduling.calendars._zones import Zones
from cantinekit.scheduling.recurrence import Length, RDate, Rule
from cantinekit.scheduling.recurrence.values import MAX_SEQUENCE, Moment, Status

TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
"""The lines that say when: a component in which one of them cannot be read is refused."""
STATE = frozenset({"UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"})
STATE |= {"X-CANTINEKIT-GAP"}
TEXTS = {"SUMMARY": "title", "DESCRIPTION": "description", "LOCATION": "location"}
LINKS = {"URL": "url", "IMAGE": "image", "CONFERENCE": "conference"}
OTHERS = frozenset({"CATEGORIES", "COLOR", "CLASS", "CREATED", "ORGANIZER", "ATTENDEE", "RELATED-TO"})
LINES = TIMES | STATE | OTHERS | set(TEXTS) | set(LINKS)
BUSY_LINES = TIMES | STATE
SEVERAL = frozenset({"RRULE", "EXRULE", "RDATE", "EXDATE", "ATTENDEE", "CATEGORIES", "CONFERENCE", "IMAGE"})
SEVERAL |= {"RELATED-TO"}
FIELD_LENGTH = 10_000


@attrs.define
class Piece:
    """What one VEVENT says. ``start`` and the others are moments as a Series takes them."""

    number: int
    uid: str
    start: Moment
    length: Length
    recurrence_id: Moment | None = None
    floating: tuple[str, ...] = ()
    """Which of ``start`` and ``recurrence_id`` say no zone, so that they are in that of the series."""
    bare: bool = False
    """Whether only its date and status could be read."""
    following: bool = False
    rules: list[Rule] = attrs.field(factory=list)
    exrules: list[Rule] = attrs.field(factory=list)
    rdates: list[RDate] = attrs.field(factory=list)
    exdates: list[Moment] = attrs.field(factory=list)
    sequence: int = 0
    stamp: datetime | None = None
    modified: datetime | None = None
    created: datetime | None = None
    status: Status = "confirmed"
    busy: bool = True
    private: bool = False
    gap: str = "shift"
    related_to: str | None = None
    fields: dict[str, str] = attrs.field(factory=dict)
    organizer: Participant | None = None
    attendees: list[Participant] = attrs.field(factory=list)

    @property
    def rank(self) -> tuple[int, str]:
        """Which of several with one UID counts: the highest SEQUENCE, then the latest LAST-MODIFIED or DTSTAMP."""
        changed = self.modified or self.stamp
        return (self.sequence, changed.isoformat() if changed else "")


def read_piece(
    block: RawComponent, zones: Zones, limits: CalendarLimits, problems: Problems, *, brief: bool = False
) -> Piece | None:
    """The event of a block; ``None`` when it is refused, which is told. With ``brief`` it may lack its start."""
    off = _is_off(block)
    told = Problems(limits.problems) if off else problems
    props = properties(block, told, TIMES)
    if props is None and not off:
        return None
    try:
        if props is None:
            raise UnreadableError(told.found[-1].code, told.found[-1].message, told.found[-1].line)
        return _Reader(block, zones, limits, problems, brief).read(props)
    except UnreadableError as error:
        code, line, message = error.code, error.line or block.number, str(error)
    except InputError as error:  # a value within the grammar, and beyond what a series takes
        code, line, message = "value-invalid", block.number, str(error)
    finally:
        zones.beside = None
        for one in told.found if off else ():
            if one.done != "refused":
                problems.add(one.code, one.line, one.component, one.message, one.done)
    if off and (found := _called_off(block, zones, limits)) is not None:
        message = f"its date is cancelled, as it says; else it cannot be read: {message}"
        problems.add("override-cancelled", line, block.kind, message, "changed")
        return found
    problems.add(code, line, block.kind, message, "refused")
    return None


def _is_off(block: RawComponent) -> bool:
    """Whether it says that a date of a series is cancelled."""
    said = {line.name: line.raw.partition(b":")[2].strip().upper() for line in block.lines}
    return "RECURRENCE-ID" in said and said.get("STATUS") in (b"CANCELLED", b"CANCELED")


def _called_off(block: RawComponent, zones: Zones, limits: CalendarLimits) -> Piece | None:
    """The date that a cancelled change is about; ``None`` if that cannot be read either."""
    quiet = Problems(1)
    essential = [line for line in block.lines if line.name in ("UID", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP", "STATUS")]
    props = properties(attrs.evolve(block, lines=essential), quiet, TIMES)
    if props is None or not any(prop.name == "UID" for prop in props):
        return None
    try:
        found = _Reader(block, zones, limits, quiet, True).read(props)
    except (UnreadableError, InputError):
        return None
    finally:
        zones.beside = None
    found.bare = True
    return found


def as_moment(when: When) -> Moment:
    """A date, or an aware datetime in a zone with a name."""
    if isinstance(when.local, datetime):
        assert when.zone is not None
        return when.local.replace(tzinfo=zone(when.zone))
    return when.local


class _Reader:
    def __init__(
        self, block: RawComponent, zones: Zones, limits: CalendarLimits, problems: Problems, brief: bool
    ) -> None:
        self.brief = brief
        self.block, self.zones, self.limits, self.problems = block, zones, limits, problems
        self.one: dict[str, Prop] = {}
        self.many: dict[str, list[Prop]] = {}
        self.dates = 0

    def tell(self, code: str, prop: Prop | None, message: str, done: Any) -> None:
        self.problems.add(code, prop.number if prop else self.block.number, self.block.kind, message, done)

    def read(self, props: list[Prop]) -> Piece:
        for prop in props:
            if prop.name in SEVERAL:
                self.many.setdefault(prop.name, []).append(prop)
            elif prop.name not in self.one:
                self.one[prop.name] = prop
            elif self.one[prop.name].value != prop.value:
                if prop.name in TIMES:
                    raise UnreadableError("value-twice", f"{prop.name} came before with another value", prop.number)
                self.tell("value-twice", prop, f"{prop.name} came before with another value", "left-out")
        start = self.one.get("DTSTART") or self.stand_in()
        for name in ("RRULE", "EXRULE"):
            self.many[name] = [prop for prop in self.many.get(name, ()) if self.is_rule(prop)]
        self.zones.repeating = bool(self.many["RRULE"] or self.many["EXRULE"])
        begins = moment(start.value, start, self.zones, self.block.kind)
        if not begins.is_date and not is_floating(start):
            self.zones.beside = start.param("TZID") if not start.value.strip().upper().endswith("Z") else "UTC"
        piece = Piece(self.block.number, "", as_moment(begins), self.length(begins))
        self.repeats(piece, begins)
        self.zones.beside = None
        names = {"start": start, "recurrence_id": self.one.get("RECURRENCE-ID")}
        piece.floating = tuple(name for name, prop in names.items() if prop is not None and is_floating(prop))
        self.state(piece)
        self.texts(piece)
        self.people(piece)
        piece.uid = self.uid(piece)
        return piece

    def is_rule(self, prop: Prop) -> bool:
        if not prop.value.strip():
            self.tell("rule-empty", prop, f"{prop.name} is empty", "left-out")
        return bool(prop.value.strip())

    def stand_in(self) -> Prop:
        """What a cancellation or an answer may leave out (RFC 5546, section 3.2): the start."""
        found = self.one.get("RECURRENCE-ID") or self.one.get("DTSTAMP")
        if not self.brief or found is None:
            raise UnreadableError("no-start", "no DTSTART")
        self.tell("no-start", None, f"no DTSTART; {found.name} stands in its place", "changed")
        return attrs.evolve(found, params={name: found.params[name] for name in found.params if name == "TZID"})

    # --- when

    def length(self, start: When) -> Length:
        end, lasts = self.one.get("DTEND"), self.one.get("DURATION")
        if end is not None and lasts is not None:
            self.tell("end-and-duration", lasts, "DTEND is read, DURATION is not", "left-out")
        if end is None:
            if lasts is None:
                return Length(1) if start.is_date else Length()
            found = length(lasts.value, lasts)
            return self.whole_days(found, lasts) if start.is_date else found
        stop = moment(end.value, end, self.zones, self.block.kind)
        if stop.is_date != start.is_date:
            self.tell("value-invalid", end, "DTSTART and DTEND are a date and a time", "changed")
            if start.is_date:
                assert isinstance(stop.local, datetime)
                over = stop.local.time() > time()
                stop = When(stop.local.date() + timedelta(days=over), None)
            else:
                stop = When(datetime.combine(stop.local, time()), start.zone)
        return self.between(start, stop, end)

    def whole_days(self, found: Length, prop: Prop) -> Length:
        """A length as whole days, as dates last."""
        if found.days and not found.seconds:
            return found
        days = max(found.days + -(-found.seconds // 86_400), 1)
        self.tell("value-invalid", prop, f"a date lasts whole days: {found} is read as {days}", "changed")
        return Length(days)

    def between(self, start: When, stop: When, end: Prop) -> Length:
        if start.is_date:
            assert not isinstance(stop.local, datetime)
            days = (stop.local - _day(start.local)).days
            if days == 0:  # written by many for one day, although the end is exclusive
                self.tell("length-zero", end, "a whole day that ends on its first day is one day", "changed")
                return Length(1)
            if days < 0:
                raise UnreadableError("end-before-start", "it ends before it starts", end.number)
            return _length(days, 0, end)
        assert isinstance(stop.local, datetime)
        assert isinstance(start.local, datetime)
        if start.local.year < 1970 or stop.local.year < 1970:  # no instants; clocks were set by other rules anyway
            seconds = (stop.local - start.local).total_seconds()
        else:
            seconds = (stop.instant() - start.instant()).total_seconds()
        if seconds < 0:
            raise UnreadableError("end-before-start", "it ends before it starts", end.number)
        return _length(0, int(seconds), end)

    def _rule(self, name: str, prop: Prop, start: When) -> Rule:
        try:
            rule = Rule.parse("".join(prop.value.split()))
        except InputError as error:
            raise UnreadableError("rule-unreadable", f"{name}: {error}", prop.number) from error
        for problem in rule.lint():
            self.tell("rule-contested", prop, f"{name}: {problem.message}", "noted")
        if name == "EXRULE":
            self.tell("exrule", prop, "EXRULE is read", "noted")
        if rule.until is not None and (rule.until.at is None) != start.is_date:
            self.tell("rule-until", prop, f"UNTIL={rule.until} is of another type than DTSTART", "noted")
        return rule

    def repeats(self, piece: Piece, start: When) -> None:
        if start.drifts and self.zones.repeating:
            message = "it repeats in a zone whose clock no IANA zone has"
            raise UnreadableError("zone-inexact", message, self.one["DTSTART"].number)
        for name, rules in (("RRULE", piece.rules), ("EXRULE", piece.exrules)):
            rules.extend(self._rule(name, prop, start) for prop in self.many.get(name, ()))
        for prop in self.many.get("RDATE", ()):
            for when, end in self.list(prop):
                lasts = self.lasts(when, end, prop)
                if start.is_date and lasts is not None:
                    lasts = self.whole_days(lasts, prop)
                piece.rdates.append(RDate(as_moment(self.typed(when, start, prop)), lasts))
        for prop in self.many.get("EXDATE", ()):
            piece.exdates.extend(as_moment(when) for when, _ in self.list(prop))
        if (date := self.one.get("RECURRENCE-ID")) is not None:
            piece.recurrence_id = as_moment(moment(date.value, date, self.zones, self.block.kind))
            if (reach := date.param("RANGE")) is not None:
                piece.following = reach.upper() == "THISANDFUTURE"
                done = "noted" if piece.following else "left-out"
                self.tell("override-range", date, f"RANGE={reach}", done)
            if piece.rules or piece.rdates:
                self.tell("override-repeats", date, "RRULE and RDATE of one changed date are not read", "left-out")
                piece.rules, piece.rdates, piece.exrules, piece.exdates = [], [], [], []

    def list(self, prop: Prop) -> list[tuple[When, When | Length | None]]:
        found = moments(prop, self.zones, self.block.kind, self.limits.dates - self.dates)
        self.dates += len(found)
        return found

    def typed(self, when: When, start: When, prop: Prop) -> When:
        """An extra date with the time of the start where it has none."""
        if when.is_date and not start.is_date:
            assert isinstance(start.local, datetime)
            self.tell("value-invalid", prop, "an RDATE without a time takes that of DTSTART", "changed")
            return When(datetime.combine(when.local, start.local.time()), start.zone)
        return when

    def lasts(self, start: When, end: When | Length | None, prop: Prop) -> Length | None:
        return self.between(start, end, prop) if isinstance(end, When) else end

    # --- what

    def value(self, name: str, read: Callable[[Prop], Any], default: Any = None) -> Any:
        """The value of a line that says nothing about when; a bad one is told and left out."""
        prop = self.one.get(name)
        if prop is None:
            return default
        try:
            return read(prop)
        except (ValueError, InputError) as error:
            self.tell("value-invalid", prop, f"{name}: {error}", "left-out")
            return default

    def state(self, piece: Piece) -> None:
        def at(prop: Prop) -> datetime:
            return utc(prop.value, prop, self.zones, self.block.kind)

        piece.sequence = self.value("SEQUENCE", _sequence, 0)
        piece.stamp, piece.modified = self.value("DTSTAMP", at), self.value("LAST-MODIFIED", at)
        piece.created = self.value("CREATED", at)
        status = self.one.get("STATUS")
        word = status.value.strip().lower() if status else "confirmed"
        if word == "canceled":
            self.tell("status-unknown", status, "STATUS:CANCELED is read as CANCELLED", "changed")
            word = "cancelled"
        if word in ("confirmed", "tentative", "cancelled"):
            piece.status = cast(Status, word)
        else:
            self.tell("status-unknown", status, f"STATUS:{word}", "left-out")
        free = self.one.get("TRANSP")
        shown = self.one.get("X-MICROSOFT-CDO-BUSYSTATUS")
        piece.busy = not (free is not None and free.value.strip().upper() == "TRANSPARENT")
        if shown is not None and free is None:
            piece.busy = shown.value.strip().upper() != "FREE"
            if shown.value.strip().upper() == "TENTATIVE" and status is None:
                piece.status = "tentative"
        if (secret := self.one.get("CLASS")) is not None:
            piece.private = secret.value.strip().upper() != "PUBLIC"
        if (gap := self.one.get("X-CANTINEKIT-GAP")) is not None and gap.value.strip() == "skip":
            piece.gap = "skip"

    def texts(self, piece: Piece) -> None:
        most = min(self.limits.text, FIELD_LENGTH)
        for name, field in TEXTS.items():
            if (prop := self.one.get(name)) is not None:
                piece.fields[field] = text_of(prop, self.block.kind, most, self.problems)
        categories: list[str] = []
        for prop in self.many.get("CATEGORIES", ()):
            categories += texts_of(prop, self.block.kind, 200, self.limits.values, self.problems)
        if categories:
            one_line = dict.fromkeys(" ".join(text.split()) for text in categories)
            piece.fields["categories"] = "\n".join(list(one_line)[: self.limits.values])[:FIELD_LENGTH]
        for name, field in LINKS.items():
            given = [self.one[name]] if name in self.one else self.many.get(name, [])
            for prop in given[:1]:
                if name == "IMAGE" and (prop.param("VALUE") or "URI").upper() != "URI":
                    self.tell("link-invalid", prop, "an IMAGE that is not a link is not read", "left-out")
                else:
                    self.field(piece, prop, field, prop.value.strip())
            for prop in given[1:]:
                self.tell("too-many-values", prop, f"one {name} is read", "left-out")
        if "conference" in piece.fields and (label := self.many["CONFERENCE"][0].param("LABEL")):
            self.field(piece, self.many["CONFERENCE"][0], "conference_label", label[:1_000])
        if (prop := self.one.get("COLOR")) is not None:
            self.field(piece, prop, "color", prop.value.strip().lower())
        piece.fields = {name: value for name, value in piece.fields.items() if value}
        related = next(
            (p for p in self.many.get("RELATED-TO", ()) if (p.param("RELTYPE") or "PARENT") == "PARENT"), None
        )
        if related is not None:
            piece.related_to = _id(text_of(related, self.block.kind, 2_000, self.problems))

    def field(self, piece: Piece, prop: Prop, name: str, value: str) -> None:
        try:
            check_fields([(name, value)])
        except InputError as error:
            self.tell("link-invalid", prop, f"{prop.name}: {error}", "left-out")
        else:
            piece.fields[name] = value

    def people(self, piece: Piece) -> None:
        if (prop := self.one.get("ORGANIZER")) is not None:
            piece.organizer = self.person(prop)
        given = self.many.get("ATTENDEE", [])
        for prop in given[: self.limits.values]:
            if (person := self.person(prop)) is not None:
                piece.attendees.append(person)
        if len(given) > self.limits.values:
            message = f"{len(given)} attendees, {self.limits.values} are kept"
            self.tell("too-many-values", given[self.limits.values], message, "changed")

    def person(self, prop: Prop) -> Participant | None:
        role = (prop.param("ROLE") or "").upper()
        answer = (prop.param("PARTSTAT") or "").upper()
        name = cleaned(prop.param("CN") or "", prop, self.block.kind, 1_000, self.problems)
        address = prop.value.strip()
        if ":" not in address and "@" in address:
            self.tell("link-invalid", prop, f"{address[:60]} is read as mailto:", "changed")
            address = f"mailto:{address}"
        try:
            return Participant(
                address,
                name,
                role if role in ROLES else "REQ-PARTICIPANT",
                answer if answer in ANSWERS else "NEEDS-ACTION",
                (prop.param("RSVP") or "").upper() == "TRUE",
            )
        except InputError as error:
            self.tell("link-invalid", prop, f"{prop.name}: {error}", "left-out")
            return None

    def uid(self, piece: Piece) -> str:
        prop = self.one.get("UID")
        text = text_of(prop, self.block.kind, 5_000, self.problems).strip() if prop is not None else ""
        if text:
            found = _id(text)
            if found != text:
                piece.fields["uid"] = text[:FIELD_LENGTH]
                self.tell("uid-changed", prop, f"the UID {text[:60]!r} is read as {found}", "changed")
            return found
        said = f"{piece.start.isoformat()}|{piece.length}|{piece.fields.get('title', '')}"
        found = _hashed(said)
        self.tell("no-uid", prop, f"it was given the UID {found}", "changed")
        return found


def _id(text: str) -> str:
    try:
        return check_id(text)
    except TextError:
        return _hashed(text)


def _hashed(text: str) -> str:
    return f"sha256-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _day(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _length(days: int, seconds: int, prop: Prop) -> Length:
    try:
        return Length(days, seconds)
    except InputError as error:
        raise UnreadableError("too-long", "it lasts longer than ten years", prop.number) from error


def _sequence(prop: Prop) -> int:
    text = prop.value.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > MAX_SEQUENCE:
        raise ValueError(f"not a number from 0 to {MAX_SEQUENCE}: {text[:20]!r}")
    return int(text)
