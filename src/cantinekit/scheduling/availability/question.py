"""Questions about free spaces, the spaces that are asked about, and the parts of an answer. All frozen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import MAX_COUNT, are_ids, is_a, is_count, is_span, maybe, maybe_text, to_ids, to_names
from cantinekit.common.typography import Lang
from cantinekit.domain.occupancy.records import MAX_BOOKING_DAYS
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.domain.spaces.slots import FixedSlot, slot_times
from cantinekit.domain.spaces.terms import Terms
from cantinekit.errors import InputError
from cantinekit.scheduling.opening import OpeningCalendar, Verdict

NONE = timedelta(0)
MAX_ANSWERS = 1_000
MAX_LENGTH = timedelta(days=MAX_BOOKING_DAYS)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TOLD = 6
"""How many slots the text of a reason tells."""


def _own_terms(one: Bookable) -> Terms:
    return one.space.terms


@attrs.frozen
class Bookable:
    """A space as a question sees it.

    Attributes:
        space: its record.
        calendar: when it is open.
        terms: its terms; left out: those of the record.
    """

    space: Space
    calendar: OpeningCalendar
    terms: Terms = attrs.field(default=attrs.Factory(_own_terms, takes_self=True))


@attrs.frozen
class Filter:
    """Which spaces are asked for. A space of another use, or not among the ids, is neither looked at nor counted.

    Facilitators are looked at where they are asked for, by their use or by their ids.

    Attributes:
        seats: the fewest seats of a space; 0: any number.
        features: what a space must have, by name.
        use: the use of the space, such as "room"; ``None``: any but facilitators.
        place_ids: ids of the places to look at; none: all.
        space_ids: ids of the spaces to look at; none: all.
    """

    seats: int = attrs.field(default=0, validator=is_count(least=0))
    features: frozenset[str] = attrs.field(default=frozenset(), converter=to_names)
    use: str | None = attrs.field(default=None, validator=maybe_text(200))
    place_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    space_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    def looks_at(self, space: Space) -> bool:
        """Whether the filter looks at a space at all.

        Args:
            space: the space.
        """
        asked = space.use == self.use if self.use is not None else space.use != FACILITATOR or bool(self.space_ids)
        return (
            asked
            and (not self.place_ids or space.place_id in self.place_ids)
            and (not self.space_ids or space.id in self.space_ids)
        )


@attrs.frozen
class Question:
    """Which spaces are free, and when.

    Without a ``length`` the whole of ``within`` is wanted. With one, the earliest time of that length in each space is
    searched, within one stretch of its opening hours; a requester who takes slots is given the earliest slots that are
    at least that long, at each start the fewest.

    Attributes:
        within: the period that is asked about, at most 732 days.
        length: how long the time is to be; ``None``: as long as ``within``.
        units: how many units are wanted.
        filter: which spaces are asked for.
        groups: the requester's groups as the host knows them, checked against the audience of the space.
        limit: how many free times are given at most; once they are found, no other space is searched for a later one.
        near: how many near misses are given, from 0 to 50.
        trainings: ids of the workshops that the requester has completed, valid for the whole of ``within``.
    """

    within: Period = attrs.field(validator=is_a(Period))
    length: timedelta | None = attrs.field(default=None, validator=maybe(is_span(timedelta.resolution, MAX_LENGTH)))
    units: int = attrs.field(default=1, validator=is_count(most=MAX_COUNT))
    filter: Filter = attrs.field(factory=Filter, validator=is_a(Filter))
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=to_names)
    limit: int = attrs.field(default=MAX_ANSWERS, validator=is_count(most=MAX_ANSWERS))
    near: int = attrs.field(default=3, validator=is_count(least=0, most=50))
    trainings: frozenset[str] = attrs.field(default=frozenset(), converter=to_names)

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


def in_words(span: timedelta) -> str:
    """A length of time in words: ``"1 day 2 hours"``. What is left beyond whole seconds is not told."""
    minutes, seconds = divmod(span // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    return " ".join(f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in units if n) or "no time"


@attrs.frozen
class Reason:
    """Why a space is not available; ``code`` names the class in a word or two, its text is a sentence."""

    code: ClassVar[str] = ""

    def __str__(self) -> str:
        return self.code

    def text(self, lang: Lang = "en", names: Mapping[str, str] | None = None) -> str:
        """The reason as a clause for a visitor, such as "il y a 6 places, pas 10".

        Args:
            lang: "fr" or "en".
            names: names of groups, workshops, products and features by id or word; what has none is called by its id;
                ``None``: no names are known.

        Raises:
            InputError: there are no texts in this language.
        """
        from cantinekit.scheduling import reasons

        return reasons.of_reason(self, lang, names or {})


@attrs.frozen
class TooSmall(Reason):
    """The space has fewer seats than are wanted.

    Attributes:
        seats: its seats.
        wanted: the seats that are wanted.
    """

    code: ClassVar[str] = "too small"
    seats: int
    wanted: int

    def __str__(self) -> str:
        return f"it has {self.seats} seats, not {self.wanted}"


@attrs.frozen
class LacksFeature(Reason):
    """The space lacks features that are wanted.

    Attributes:
        missing: the features that it lacks.
    """

    code: ClassVar[str] = "lacks feature"
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"it has no {', no '.join(self.missing)}"


@attrs.frozen
class NotYours(Reason):
    """The requester is in none of the groups that it is for.

    Attributes:
        audience: the groups that it is for.
    """

    code: ClassVar[str] = "not yours"
    audience: tuple[str, ...]

    def __str__(self) -> str:
        return f"it is only for {', '.join(self.audience)}"


@attrs.frozen
class NotTrained(Reason):
    """It is for people who have learnt something first: ``missing`` are the ids of the workshops."""

    code: ClassVar[str] = "not trained"
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"something has to be learnt first: {', '.join(self.missing)}"


@attrs.frozen
class OneUnit(Reason):
    """The space is made of parts and has one unit, and more are wanted.

    Attributes:
        wanted: the units that are wanted.
    """

    code: ClassVar[str] = "one unit"
    wanted: int

    def __str__(self) -> str:
        return f"it is made of parts and had as one unit, not {self.wanted}"


@attrs.frozen
class WrongLength(Reason):
    """The space is not let for that length: too short, too long, or no whole number of steps.

    Attributes:
        shortest: the least length; ``None``: no limit.
        longest: the greatest length; ``None``: no limit.
        step: what a length must be a multiple of; ``None``: any length.
    """

    code: ClassVar[str] = "wrong length"
    shortest: timedelta | None
    longest: timedelta | None
    step: timedelta | None

    def __str__(self) -> str:
        least = [f"at least {in_words(self.shortest)}"] if self.shortest else []
        most = [f"at most {in_words(self.longest)}"] if self.longest else []
        steps = [f"whole steps of {in_words(self.step)}"] if self.step else []
        return f"its length must be {', '.join([*least, *most, *steps])}"


@attrs.frozen
class TooSoon(Reason):
    """The start is over, or the notice is too short.

    Attributes:
        notice: how long before its start a booking must be made.
    """

    code: ClassVar[str] = "notice"
    notice: timedelta

    def __str__(self) -> str:
        return f"it must be booked at least {in_words(self.notice)} before it begins" if self.notice else "it is over"


@attrs.frozen
class TooFar(Reason):
    """The start is later than can be booked yet. Where several limits are given, the nearest one counts.

    Attributes:
        horizon: how long before its start a booking may be made; ``None``: no such limit.
        months: the limit in calendar months of the place; ``None``: no such limit.
        days: the limit in local days of the place; ``None``: no such limit.
    """

    code: ClassVar[str] = "horizon"
    horizon: timedelta | None
    months: int | None = None
    days: int | None = None

    def __str__(self) -> str:
        span = [] if self.horizon is None else [in_words(self.horizon)]
        span += [] if self.months is None else [f"{self.months} month{'s' if self.months > 1 else ''}"]
        span += [] if not self.days else [f"{self.days} calendar day{'s' if self.days > 1 else ''}"]
        if self.days == 0:
            return "it can be booked on the day on which it begins only"
        nearer = ", whichever is nearer" if len(span) > 1 else ""
        return f"it can be booked from {' or '.join(span)} before it begins{nearer}"


@attrs.frozen
class OffGrid(Reason):
    """The start is not on the grid of the space.

    Attributes:
        grid: the step, counted from the start of the local day.
    """

    code: ClassVar[str] = "grid"
    grid: timedelta

    def __str__(self) -> str:
        return f"it begins at whole steps of {in_words(self.grid)} from midnight"


@attrs.frozen
class OutsideSlots(Reason):
    """The time is neither one of the fixed slots of the requester, nor several that follow each other without a gap.

    Attributes:
        slots: the slots that the requester may take.
        longest: the greatest length of several slots together; ``None``: no limit.
    """

    code: ClassVar[str] = "slot"
    slots: tuple[FixedSlot, ...]
    longest: timedelta | None

    def __str__(self) -> str:
        if not self.slots:
            return "it is let in fixed slots, none of which is for whoever asks"
        told = [_slot_in_words(one) for one in self.slots[:_TOLD]]
        told += [f"{len(self.slots) - _TOLD} more"] if len(self.slots) > _TOLD else []
        most = f", several in a row for at most {in_words(self.longest)}" if self.longest else ""
        return f"it is let in fixed slots: {', '.join(told)}{most}"


def _slot_in_words(slot: FixedSlot) -> str:
    days = "" if len(slot.weekdays) == len(_DAYS) else f" {' '.join(_DAYS[day] for day in slot.weekdays)}"
    return slot_times(slot) + days


@attrs.frozen
class TooLongInARow(Reason):
    """One person would have the space for too long without a gap. A question has no person, and so never gives this
    reason.

    Attributes:
        longest: the greatest permitted length.
        wanted: the length with the bookings before and after.
    """

    code: ClassVar[str] = "in a row"
    longest: timedelta
    wanted: timedelta

    def __str__(self) -> str:
        return f"one person has it for {in_words(self.longest)} in a row at most, not {in_words(self.wanted)}"


@attrs.frozen
class TooManyAhead(Reason):
    """One person would have too many bookings of the space that are not over. A question has no person, and so never
    gives this reason.

    Attributes:
        most: how many they may have.
    """

    code: ClassVar[str] = "ahead"
    most: int

    def __str__(self) -> str:
        return f"one person has at most {self.most} bookings of it that are still to come"


@attrs.frozen
class NeedsApproval(Reason):
    """It is asked for by ``Book`` and approved by somebody; it is neither held nor booked in a series without that."""

    code: ClassVar[str] = "approval"

    def __str__(self) -> str:
        return "it must be asked for, and approved"


@attrs.frozen
class IsClosed(Reason):
    """The space is not open, or not for so long, by its opening calendar or by a closure of its own.

    Attributes:
        verdict: the rule that says so.
    """

    code: ClassVar[str] = "closed"
    verdict: Verdict

    def __str__(self) -> str:
        return f"it is closed: {self.verdict}"


@attrs.frozen
class IsFull(Reason):
    """Fewer units are left than are wanted.

    Attributes:
        wanted: the units that are wanted.
        left: the units that are left at the peak.
    """

    code: ClassVar[str] = "full"
    wanted: int
    left: int

    def __str__(self) -> str:
        return f"it is taken: {self.wanted} wanted, {self.left} left"


@attrs.frozen
class InBuffer(Reason):
    """The space is free, but not the buffer that it needs before or after.

    Attributes:
        before: the buffer before a booking.
        after: the buffer after a booking.
    """

    code: ClassVar[str] = "buffer"
    before: timedelta
    after: timedelta

    def __str__(self) -> str:
        return f"it needs {in_words(self.before)} before and {in_words(self.after)} after, which are not free"


# --- the answer ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Slot:
    """A space and a time at which it is free.

    Attributes:
        space_id: the id of the space.
        period: when it is free.
    """

    space_id: str
    period: Period


@attrs.frozen
class Miss:
    """A space against which there is only one reason.

    Attributes:
        space_id: the id of the space.
        reason: the reason.
        instead: when it would be free instead; ``None`` if that is not known.
    """

    space_id: str
    reason: Reason
    instead: Period | None = None


def _frozen(values: Mapping[str, Reason]) -> Mapping[str, Reason]:
    return MappingProxyType(dict(values))


@attrs.frozen
class Availability:
    """The answer to a question: the free times, and why other spaces have none.

    Attributes:
        free: the free times, the earliest first, then the smallest space.
        reasons: the first reason against each space that has none, by its id.
        misses: the nearest misses, at most as many as the question asks for.
        more: how many spaces are in neither ``free`` nor ``reasons``, since the limit was reached before them.
    """

    free: tuple[Slot, ...]
    reasons: Mapping[str, Reason] = attrs.field(factory=dict, converter=_frozen)
    misses: tuple[Miss, ...] = ()
    more: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many spaces each reason stands against, by its code, the most first."""
        return dict(Counter(reason.code for reason in self.reasons.values()).most_common())
