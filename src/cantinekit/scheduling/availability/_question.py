"""What can be asked about free spaces, what a space asks of a booking, and what the answer is made of. All frozen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar

import attrs

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.model import MAX_BOOKING_DAYS, Space
from cantinekit.model._fields import MAX_COUNT, are_ids, is_a, is_count, to_ids
from cantinekit.scheduling.opening import OpeningCalendar, Verdict

NONE = timedelta(0)
MAX_ANSWERS = 1_000
MAX_LENGTH = timedelta(days=MAX_BOOKING_DAYS)


def _is_span(least: timedelta) -> Any:
    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, timedelta) or not least <= value <= 5 * MAX_LENGTH:
            raise InputError(f"{attribute.name} must be a timedelta from {least} on, not {value!r:.40}")

    return validate


_SPAN = _is_span(NONE)
_LENGTH = attrs.validators.optional(_is_span(timedelta.resolution))


def _names(values: Any) -> frozenset[str]:
    return frozenset(to_ids(values))


@attrs.frozen
class Terms:
    """What a space asks of a booking, beside what its record says.

    - ``before``, ``after``: buffers that have to be free around a booking: the one that is asked for.
    - ``notice``, ``horizon``: how long before its start it must be made, and how long before it may be.
    - ``shortest``, ``longest``, ``step``: its length; ``step`` counts from nothing, so that 30 minutes allow 1 h 30.
    - ``grid``: it begins at whole steps of this length from the local midnight of its day; none: at any time.
    - ``features``: what the space has. ``audience``: the groups who may have it; none: everybody.
    """

    before: timedelta = attrs.field(default=NONE, validator=_SPAN)
    after: timedelta = attrs.field(default=NONE, validator=_SPAN)
    notice: timedelta = attrs.field(default=NONE, validator=_SPAN)
    horizon: timedelta | None = attrs.field(default=None, validator=attrs.validators.optional(_SPAN))
    shortest: timedelta | None = attrs.field(default=None, validator=_LENGTH)
    longest: timedelta | None = attrs.field(default=None, validator=_LENGTH)
    step: timedelta | None = attrs.field(default=None, validator=_LENGTH)
    grid: timedelta | None = attrs.field(default=None, validator=_LENGTH)
    features: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    audience: frozenset[str] = attrs.field(default=frozenset(), converter=_names)


@attrs.frozen
class Bookable:
    """A space as a question sees it: its record, when it is open, and its terms."""

    space: Space
    calendar: OpeningCalendar
    terms: Terms = attrs.field(factory=Terms)


@attrs.frozen
class Filter:
    """Which spaces are asked for. What is not of this ``use``, or not among the ids, is not looked at, nor counted."""

    seats: int = attrs.field(default=0, validator=is_count(least=0))
    features: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    use: str | None = attrs.field(default=None, validator=attrs.validators.optional(attrs.validators.instance_of(str)))
    place_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    space_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    def looks_at(self, space: Space) -> bool:
        """Whether a space is among those that are asked about."""
        return (
            (self.use is None or space.use == self.use)
            and (not self.place_ids or space.place_id in self.place_ids)
            and (not self.space_ids or space.id in self.space_ids)
        )


@attrs.frozen
class Question:
    """Which spaces are free, and when.

    Without a ``length`` the whole of ``within`` is wanted. With one, the earliest time of that length in each space is
    looked for, within one stretch of its openings. ``groups`` are those that whoever asks is in. ``limit`` is how many
    free times are given; once they are found no space is looked at for a later one. ``near`` is how many near misses
    are given.
    """

    within: Period = attrs.field(validator=is_a(Period))
    length: timedelta | None = attrs.field(default=None, validator=_LENGTH)
    units: int = attrs.field(default=1, validator=is_count(most=MAX_COUNT))
    filter: Filter = attrs.field(factory=Filter, validator=is_a(Filter))
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    limit: int = attrs.field(default=MAX_ANSWERS, validator=is_count(most=MAX_ANSWERS))
    near: int = attrs.field(default=3, validator=is_count(least=0, most=50))

    def __attrs_post_init__(self) -> None:
        if max(self.wanted, self.within.length) > MAX_LENGTH:
            raise InputError(f"more than {MAX_LENGTH.days} days cannot be booked, nor asked for at once")
        if self.wanted > self.within.length:
            raise InputError("no time of that length lies within the period that is asked about")

    @property
    def wanted(self) -> timedelta:
        """How long it is wanted."""
        return self.within.length if self.length is None else self.length


# --- why not ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class Reason:
    """Why a space is not to be had; ``code`` names the class in a word or two."""

    code: ClassVar[str] = ""


@attrs.frozen
class TooSmall(Reason):
    """It has fewer seats than are wanted."""

    code: ClassVar[str] = "too small"
    seats: int
    wanted: int


@attrs.frozen
class LacksFeature(Reason):
    """It has not all the features that are wanted."""

    code: ClassVar[str] = "lacks feature"
    missing: tuple[str, ...]


@attrs.frozen
class NotYours(Reason):
    """It is for groups that whoever asks is not in."""

    code: ClassVar[str] = "not yours"
    audience: tuple[str, ...]


@attrs.frozen
class OneUnit(Reason):
    """It is made of parts, and had as one unit."""

    code: ClassVar[str] = "one unit"
    wanted: int


@attrs.frozen
class WrongLength(Reason):
    """It is not let for that long, so short, or for a length that is no whole step."""

    code: ClassVar[str] = "wrong length"
    shortest: timedelta | None
    longest: timedelta | None
    step: timedelta | None


@attrs.frozen
class TooSoon(Reason):
    """It would begin before it may: it is over, or the notice is too short."""

    code: ClassVar[str] = "notice"
    notice: timedelta


@attrs.frozen
class TooFar(Reason):
    """It would begin later than can be booked yet."""

    code: ClassVar[str] = "horizon"
    horizon: timedelta


@attrs.frozen
class OffGrid(Reason):
    """It would not begin at a whole step of the day."""

    code: ClassVar[str] = "grid"
    grid: timedelta


@attrs.frozen
class IsClosed(Reason):
    """It is not open, or not for so long, by the calendar of its openings or by a closure of its own."""

    code: ClassVar[str] = "closed"
    verdict: Verdict


@attrs.frozen
class IsFull(Reason):
    """Fewer units are left than are wanted."""

    code: ClassVar[str] = "full"
    wanted: int
    left: int


@attrs.frozen
class InBuffer(Reason):
    """It would be free, but not the time that it needs before or after."""

    code: ClassVar[str] = "buffer"
    before: timedelta
    after: timedelta


# --- the answer ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Slot:
    """A space and a time at which it is free."""

    space_id: str
    period: Period


@attrs.frozen
class Miss:
    """A space that nearly does: the only reason against it, and when it would be free instead, where that is known."""

    space_id: str
    reason: Reason
    instead: Period | None = None


def _frozen(values: Mapping[str, Reason]) -> Mapping[str, Reason]:
    return MappingProxyType(dict(values))


@attrs.frozen
class Availability:
    """The free times, the earliest first, then the smallest space that does; and why each other space has none.

    ``more`` is how many spaces are neither in ``free`` nor in ``reasons``, since the limit was reached before them.
    """

    free: tuple[Slot, ...]
    reasons: Mapping[str, Reason] = attrs.field(factory=dict, converter=_frozen)
    misses: tuple[Miss, ...] = ()
    more: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many spaces each reason stands against, by its code, the most first."""
        return dict(Counter(reason.code for reason in self.reasons.values()).most_common())
