"""What a series is made of and what comes out of it: extra dates, overrides, occurrences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Literal

import attrs

from cantinekit.clock import Period, Resolution
from cantinekit.common.fields import check_text, is_count, is_one_of, maybe, maybe_instant
from cantinekit.errors import InputError, NaiveDatetimeError
from cantinekit.scheduling.recurrence._length import Length

Status = Literal["confirmed", "tentative", "cancelled"]
STATUSES: tuple[Status, ...] = ("confirmed", "tentative", "cancelled")
Fields = tuple[tuple[str, str | None], ...]
"""Texts of the host by name, such as title and place; ``dict(fields)`` looks one up. None takes a text away."""
Moment = datetime | date
"""A time of a series: an aware datetime, or a date where the series is of whole days."""
MAX_FIELDS = 200
MAX_SEQUENCE = 2**31 - 1


def to_fields(value: Mapping[str, str | None] | Iterable[tuple[str, str | None]]) -> Fields:
    """Texts by name, sorted.

    Raises:
        InputError: too many; a name or a text that cannot be stored.
    """
    found = dict(value)
    if len(found) > MAX_FIELDS:
        raise InputError(f"at most {MAX_FIELDS} fields, not {len(found)}")
    for name, text in found.items():
        check_text(name, "the name of a field", limit=200)
        if text is not None:
            check_text(text, f"the field {name!r:.40}")
    return tuple(sorted(found.items()))


def merged(below: Fields, above: Fields) -> Fields:
    """The texts below, with those above laid over them."""
    return tuple((name, text) for name, text in merged_patch(below, above) if text is not None) if above else below


def merged_patch(below: Fields, above: Fields) -> Fields:
    """The same where a text that is taken away stays said, for patches of patches."""
    return tuple(sorted({**dict(below), **dict(above)}.items()))


def is_moment(_: object, attribute: attrs.Attribute[Moment], value: Moment) -> None:
    """Validate a date, or an aware datetime in whole seconds."""
    check_moment(value, attribute.name)


def check_moment(value: Moment, what: str) -> Moment:
    """A date, or an aware datetime in whole seconds.

    Raises:
        NaiveDatetimeError: a datetime without a zone: a floating time is given the zone of its place before.
        InputError: neither a date nor a datetime, or a fraction of a second.
    """
    if not isinstance(value, date):
        raise InputError(f"{what} must be a date or an aware datetime, not {type(value).__name__}")
    if not 2 <= value.year <= 9998:  # a zone may turn the very first and last days into a year that there is not
        raise InputError(f"{what}: {value.isoformat()} is out of range (the years 2 to 9998)")
    if isinstance(value, datetime):
        if value.tzinfo is None or value.utcoffset() is None:
            raise NaiveDatetimeError(f"{what}: {value.isoformat()} has no time zone; a floating time takes its place's")
        if value.microsecond:
            raise InputError(f"{what}: {value.isoformat()} has a fraction of a second, which no calendar can say")
    return value


def maybe_wall_key(value: Moment | None) -> tuple[str, str] | None:
    """The same, or None."""
    return None if value is None else wall_key(value)


def wall_key(value: Moment) -> tuple[str, str]:
    """What makes two moments the same here: the numbers on the wall and the name of the zone, not the instant."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + (" again" if value.fold else ""), str(value.tzinfo)
    return value.isoformat(), ""


@attrs.frozen
class RDate:
    """An extra date of a series (RFC 5545, section 3.8.5.2).

    Attributes:
        start: when it begins, of the same type as the start of the series.
        length: its own length where it is a PERIOD; ``None``: that of the series.
    """

    start: Moment = attrs.field(validator=is_moment, eq=wall_key)
    length: Length | None = None


def to_rdates(values: Iterable[RDate | Moment]) -> tuple[RDate, ...]:
    """Bare moments are extra dates of the usual length."""
    return tuple(value if isinstance(value, RDate) else RDate(value) for value in values)


@attrs.frozen
class Override:
    """What is different about one occurrence: a patch, keyed by ``recurrence_id``, its original start. In a series with
    times a date stands for each start of that local day that has no override of its own.

    Only what is given is changed. ``start`` moves it, ``length`` makes it shorter or longer, with the ``status``
    "cancelled" it does not take place and stays in sight, ``fields`` replace texts of the series. ``following`` lays
    the patch, and the same move, on all later occurrences too that have no override of their own
    (RANGE=THISANDFUTURE, RFC 5545, section 3.8.4.4: read, never written). Of several for one occurrence the highest
    ``sequence`` counts, then the latest ``stamp``.
    """

    recurrence_id: Moment = attrs.field(validator=is_moment, eq=wall_key)
    start: Moment | None = attrs.field(default=None, validator=maybe(is_moment), eq=maybe_wall_key)
    length: Length | None = None
    status: Status | None = attrs.field(default=None, validator=maybe(is_one_of(*STATUSES)))
    fields: Fields = attrs.field(default=(), converter=to_fields)
    following: bool = False
    sequence: int = attrs.field(default=0, validator=is_count(least=0, most=MAX_SEQUENCE))
    stamp: datetime | None = attrs.field(default=None, converter=maybe_instant)


@attrs.frozen(weakref_slot=False)
class Occurrence:
    """One occurrence of a series, as it takes place. ``uid`` and ``recurrence_id`` identify it, whatever was changed.

    Attributes:
        uid: uid of the series.
        recurrence_id: the original start on the wall clock of its zone (RECURRENCE-ID).
        start: when it begins, in UTC.
        end: when it ends, in UTC, not included; equal to ``start`` where a series has no length.
        resolution: "gap" if a clock change moved the start, "fold" if it chose one of two instants, else "exact".
        status: its status.
        fields: its (name, value) pairs, with those of its override.
        override: what was changed for it alone; ``None``: nothing.
    """

    uid: str
    recurrence_id: Moment = attrs.field(eq=wall_key)
    start: datetime
    end: datetime
    resolution: Resolution = "exact"
    status: Status = "confirmed"
    fields: Fields = ()
    override: Override | None = None

    @property
    def gap(self) -> bool:
        """Whether a clock change skipped its time, so that it was moved by the length of the gap."""
        return self.resolution == "gap"

    @property
    def fold(self) -> bool:
        """Whether its time came twice that day; it is the first of the two."""
        return self.resolution == "fold"

    @property
    def cancelled(self) -> bool:
        return self.status == "cancelled"

    @property
    def moved(self) -> bool:
        """Whether an override gave it another start."""
        return self.override is not None and self.override.start is not None

    @property
    def period(self) -> Period:
        """When it takes place.

        Raises:
            InputError: it has no length.
        """
        return Period(self.start, self.end)
