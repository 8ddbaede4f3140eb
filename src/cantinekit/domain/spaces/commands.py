"""What can be asked of spaces: to add, change and retire one, and to change its terms, capacity and closures."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import (
    are_ids,
    is_a,
    is_count,
    is_id,
    is_id_or_none,
    is_text,
    is_word,
    maybe,
    maybe_id,
    to_ids,
)
from cantinekit.domain.base import Command, SystemCommand, command
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.occupancy.records import StandingPage
from cantinekit.domain.spaces.records import AddedUse, Space
from cantinekit.domain.spaces.terms import Terms


@command
@attrs.frozen(kw_only=True)
class AddSpace(Command[Space]):
    """Add a room, desks that are sold one by one, or a pool of equipment.

    Attributes:
        place_id: id of the place.
        name: the name that people see, at most 200 characters.
        use: "room", "desks" or "equipment".
        capacity: how many units can be had at once, 1 to 10,000; 1 for a space with parts.
        parts: ids of the spaces of the same place that a room is made of; booking the room takes all of them.
        seats: how many people it seats, at most 10,000; 0: not stated.
        product_id: the product by which it is booked where no other is named, of the catalogue or of a price list;
            ``None``: each booking names one.
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken.
        NotFoundError: there is no such place, part or product.
        UnsuitableError: a space with parts is no room of capacity 1; or a part is a facilitator, or in another place;
            or the product sells no bookings, or another operator sells it.
        WrongStateError: a part or the product is retired.
    """

    place_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    use: AddedUse = attrs.field(default="room", validator=is_word(AddedUse))
    capacity: int = attrs.field(default=1, validator=is_count())
    parts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(default=0, validator=is_count(least=0))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ChangeSpace(Command[Space]):
    """Change the name of a space, how many it seats, or the product by which it is booked. What is booked stays.

    Its terms are changed by ``ChangeTerms``, its capacity by ``ChangeCapacity``, its hours by ``ChangeOpenings``.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        space_id: id of the space.
        name: the new name, at most 200 characters; ``None``: as it is.
        seats: how many people it seats from now on, at most 10,000; 0: not stated; ``None``: as it is.
        product_id: the product by which it is booked where no other is named, of the catalogue or of a price list;
            empty: each booking names one; ``None``: as it is.

    Raises:
        NotFoundError: there is no such space or product.
        UnsuitableError: the space is a facilitator; or the product sells no bookings, or another operator sells it.
        WrongStateError: the product is retired.
    """

    space_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str | None = attrs.field(default=None, validator=maybe(is_text(200)))
    seats: int | None = attrs.field(default=None, validator=maybe(is_count(least=0)))
    product_id: str | None = attrs.field(default=None, validator=is_id_or_none)


@command
@attrs.frozen(kw_only=True)
class RetireSpace(Command[StandingPage]):
    """Let a space no more, now or from a day on; where something is booked after that, this is refused.

    What is booked before takes place, and the space stays in history. A room that is made of the space cannot be booked
    either; the parts of a room that is retired can.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        space_id: id of the space.
        day: the local day from which on it is not let; ``None``: from now on.

    Raises:
        NotFoundError: there is no such space.
        ConflictError: something is booked after that; the error gives the periods and the ids of what is booked, and
            the space is let as before.
        WrongStateError: the space is retired or being narrowed already.
        TooLateError: the day is over.
    """

    space_id: str = attrs.field(validator=is_id, kw_only=False)
    day: date | None = attrs.field(default=None, validator=maybe(is_day))


@command
@attrs.frozen(kw_only=True)
class RestoreSpace(Command[Space]):
    """Let a space again that was retired.

    Attributes:
        space_id: id of the space.

    Raises:
        NotFoundError: there is no such space.
        WrongStateError: it is not retired, or not yet.
    """

    space_id: str = attrs.field(validator=is_id, kw_only=False)


@command
@attrs.frozen(kw_only=True)
class ChangeTerms(Command[Space]):
    """Replace what a space asks of a booking. What is booked or held stays as it is.

    See docs/how-to/terms-of-a-space.md.

    Attributes:
        space_id: id of the space.
        terms: what it asks from now on.

    Raises:
        NotFoundError: there is no such space.
        UnsuitableError: a facilitator gets fixed slots.
        InputError: the terms contradict each other or are out of bounds; making ``Terms`` refuses them.
    """

    space_id: str = attrs.field(validator=is_id, kw_only=False)
    terms: Terms = attrs.field(validator=is_a(Terms))


@command
@attrs.frozen(kw_only=True)
class ChangeCapacity(Command[StandingPage]):
    """Change how many units of a space can be had at once. Less is refused where more are booked.

    Attributes:
        space_id: id of the space.
        capacity: the units, 0 to 10,000.

    Raises:
        NotFoundError: there is no such space.
        ConflictError: more units are booked; the error gives the periods, and the capacity stays.
        WrongStateError: the space is being narrowed already.
        UnsuitableError: the space is made of parts, or a facilitator gets a capacity of more than 1.
    """

    space_id: str = attrs.field(validator=is_id, kw_only=False)
    capacity: int = attrs.field(validator=is_count(least=0))


@command
@attrs.frozen(kw_only=True)
class CloseSpace(Command[StandingPage]):
    """Close a space for a time; where something is booked in it, this is refused.

    Attributes:
        space_id: id of the space.
        period: from when until when it is closed.
        reason: why, at most 500 characters; it is shown to whoever asks.

    Raises:
        NotFoundError: there is no such space.
        ConflictError: something is booked in the period; the error gives the periods, and the space stays open.
        WrongStateError: the space is being narrowed already.
        UnsuitableError: the space is made of parts: close those.
    """

    space_id: str = attrs.field(validator=is_id, kw_only=False)
    period: Period = attrs.field(validator=is_a(Period))
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class ReopenSpace(Command[StandingPage]):
    """End a closure of a space before its time.

    Attributes:
        space_id: id of the space.
        closure_id: id of the closure.

    Raises:
        NotFoundError: there is no such space, or no such closure of it.
    """

    space_id: str = attrs.field(validator=is_id, kw_only=False)
    closure_id: str = attrs.field(validator=is_id)


@command
@attrs.frozen(kw_only=True)
class SettleNarrowing(SystemCommand[StandingPage]):
    """Check what is booked, and confirm an announced narrowing or withdraw it.

    Attributes:
        space_id: id of the space.

    Raises:
        NotFoundError: there is no such space.
        ConflictError: something is booked in the way; the narrowing is withdrawn.
    """

    space_id: str = attrs.field(kw_only=False)


__all__ = [
    "AddSpace",
    "ChangeCapacity",
    "ChangeSpace",
    "ChangeTerms",
    "CloseSpace",
    "ReopenSpace",
    "RestoreSpace",
    "RetireSpace",
    "SettleNarrowing",
]
