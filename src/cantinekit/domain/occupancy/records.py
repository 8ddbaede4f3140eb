"""Occupancy: what is claimed of a space, a page a UTC day, and the standing page beside the days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

import attrs

from cantinekit.clock import Period, instant
from cantinekit.common.fields import MAX_COUNT, PublicText, is_count, is_id, is_text, maybe_id, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index

LONG_CLAIM_DAYS = 62
"""A claim that is longer than this, in days, or has no end, stands on the standing page."""

MAX_BOOKING_DAYS = 2 * 366
"""The longest booking, in days."""


@attrs.frozen
class Claim:
    """Units of a space that are taken for a time.

    Attributes:
        id: id of what has them, such as a booking.
        start: the first instant, buffers included.
        end: the last instant, not included.
        units: how many units.
        expires: the instant after which the claim counts no more; ``None``: never.
        before: how much at its start is a buffer.
        after: how much at its end is a buffer.
    """

    id: str = attrs.field(validator=is_id)
    start: datetime = attrs.field(converter=instant)
    end: datetime = attrs.field(converter=instant)
    units: int = attrs.field(validator=is_count(most=MAX_COUNT + 1))
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)

    def live(self, now: datetime) -> bool:
        """Whether it claims anything at the instant ``now``: at ``expires`` a hold is over."""
        return self.expires is None or now < self.expires

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def booked(self) -> Period:
        """The time that is booked, without the buffers around it."""
        return Period(self.start + self.before, self.end - self.after)

    @property
    def whole(self) -> bool:
        return self.units == WHOLE


WHOLE = MAX_COUNT + 1
"""The units of a claim that takes a leaf whole, whatever its capacity is or will be."""


@attrs.frozen
class Placed:
    """A claim and the space that it is on.

    Attributes:
        space_id: id of the undivided space.
        claim: the claim.
    """

    space_id: str = attrs.field(validator=is_id)
    claim: Claim = attrs.field()


@attrs.frozen
class Left:
    """Where something was before it was moved, so that a feed which had it can say that it is gone.

    Attributes:
        space_id: id of the undivided space, the pool or the facilitator; ``None``: of none, it is only at another time.
        period: when it was there last.
        at: when it left, came back, or was moved to another time, in UTC.
        times: how often it left.
        first: the earliest time that it had there; ``None``: the last one.
    """

    space_id: str | None = attrs.field(validator=maybe_id)
    period: Period = attrs.field()
    at: datetime = attrs.field(converter=instant)
    times: int = attrs.field(default=0, validator=is_count(least=0))
    first: Period | None = None

    @property
    def periods(self) -> tuple[Period, ...]:
        """When it was there last, and at the earliest."""
        return (self.period,) if self.first is None else (self.period, self.first)


def page_id(space_id: str, day: date) -> str:
    """The id of the occupancy page of a space on a UTC day.

    Args:
        space_id: id of the undivided space.
        day: the UTC day.
    """
    return f"{space_id}|{day.isoformat()}"


def standing_id(space_id: str) -> str:
    """The id of the standing page of a space.

    Args:
        space_id: id of the undivided space.
    """
    return f"{space_id}|always"


@record("domain", fields=("space",), named=False)
@attrs.frozen
class OccupancyPage:
    """The claims that touch a space on one UTC day.

    Attributes:
        id: space and day.
        space_id: id of the undivided space.
        day: the UTC day.
        claims: the claims, by start and id.

    Index:
        space: space id, UTC day.
    """

    kind: ClassVar[str] = "occupancy"
    id: str
    space_id: str = attrs.field(validator=is_id)
    day: date = attrs.field()
    claims: tuple[Claim, ...] = ()

    def index(self) -> Index:
        yield "space", self.id


@attrs.frozen
class Closure:
    """A period in which a space is not available.

    Attributes:
        id: id of the closure.
        period: when.
        reason: why; it is shown to whoever asks.
    """

    id: str = attrs.field(validator=is_id)
    period: Period = attrs.field()
    reason: PublicText = attrs.field(validator=is_text(500))


@attrs.frozen
class Narrowing:
    """Less capacity or a closure that has been announced: it binds new bookings, and is then confirmed or withdrawn.

    Attributes:
        id: id of the narrowing.
        capacity: the new capacity; ``None`` for a closure.
        closure: the closure; ``None`` for a capacity.
        retires: whether the closure is for good: the space is retired.
    """

    id: str = attrs.field(validator=is_id)
    capacity: int | None = None
    closure: Closure | None = None
    retires: bool = False


@record("domain", steady=True)
@attrs.frozen
class StandingPage:
    """What holds for a space on every day.

    Attributes:
        id: id of the page.
        space_id: id of the undivided space.
        capacity: the capacity in force.
        closures: its closures.
        claims: claims that last too long for occupancy pages.
        narrowing: a narrowing under way; ``None``: none.
    """

    kind: ClassVar[str] = "standing"
    id: str
    space_id: str = attrs.field(validator=is_id)
    capacity: int = attrs.field(validator=is_count(least=0))
    closures: tuple[Closure, ...] = ()
    claims: tuple[Claim, ...] = ()
    narrowing: Narrowing | None = None

    @property
    def binding_capacity(self) -> int:
        """The capacity that a new claim has to respect."""
        announced = self.narrowing.capacity if self.narrowing else None
        return self.capacity if announced is None else min(self.capacity, announced)

    @property
    def binding_closures(self) -> tuple[Closure, ...]:
        """The closures that a new claim has to respect."""
        announced = self.narrowing.closure if self.narrowing else None
        return self.closures if announced is None else (*self.closures, announced)


__all__ = [
    "LONG_CLAIM_DAYS",
    "MAX_BOOKING_DAYS",
    "WHOLE",
    "Claim",
    "Closure",
    "Left",
    "Narrowing",
    "OccupancyPage",
    "Placed",
    "StandingPage",
    "page_id",
    "standing_id",
]
