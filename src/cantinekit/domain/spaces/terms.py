"""Terms: what a space asks of whoever books it."""

from __future__ import annotations

from datetime import timedelta

import attrs

from cantinekit.common.fields import Code, are_ids, is_a, is_count, is_span, maybe, to_names
from cantinekit.domain.occupancy.records import MAX_BOOKING_DAYS
from cantinekit.domain.spaces.slots import FixedSlot, to_slots
from cantinekit.errors import InputError

NOTHING = timedelta(0)

MAX_BUFFER = timedelta(days=31)

_BUFFER = is_span(NOTHING, MAX_BUFFER)

_SPAN = is_span(NOTHING, timedelta(days=5 * MAX_BOOKING_DAYS))

_LENGTH = is_span(timedelta.resolution, timedelta(days=5 * MAX_BOOKING_DAYS))


@attrs.frozen
class Terms:
    """What a space asks of a booking. They bind what is booked from then on; what is booked stays.

    - ``before``, ``after``: buffers around a booking, at most 31 days. They are taken with it, so that nothing else
      falls in them; two bookings in a row are apart by the ``after`` of the first and the ``before`` of the second.
    - ``notice``, ``horizon``: how long before its start it must be made, and how long before it may be. ``months``: the
      same as a horizon of the calendar: from the local day so many months before the day on which it begins, or the
      last of that month. ``days``: from the local day so many days before, at most 3660; 0: on the day itself only.
      Where several are given the nearest one counts.
    - ``shortest``, ``longest``, ``step``: its length; ``step`` counts from nothing, so that 30 minutes allow 1 h 30.
      A time that ends at the time of day at which it begins counts as whole days, also across a clock change.
    - ``in_a_row``: how long one person may have it without a gap, at most 31 days; a gap of buffers only is none.
    - ``grid``: it begins at whole steps of this length from the local midnight of its day; none: at any time.
    - ``features``: what the space has. ``audience``: the groups who may have it; none: everybody.
    - ``trainings``: the workshops that whoever books must have learnt, with a training that holds for all of the time.
    - ``slots``: it is let at these times only, but for the groups of ``any_time``, who book at any time. Whoever takes
      slots takes one whole, however long, or several that follow each other without a gap, together at most ``longest``
      and 7 days; ``shortest``, ``step`` and ``grid`` are not for them. Each of several must be within the openings.
    - ``release_after``: how long after its start a booking is released when nobody has been checked in, at most a day;
      none: never. It is charged as the price list says for whoever does not come.
    - ``at_most_ahead``: how many bookings of it one person may have that are not over, 1 to 10,000; none: any number.
    - ``approval``: a booking is asked for, and kept until it is approved or declined, for ``answer_within`` at most.

    Of a visit to an open space ``audience``, ``trainings`` and ``approval`` are asked; the rest is about the times of
    bookings.
    """

    before: timedelta = attrs.field(default=NOTHING, validator=_BUFFER)
    after: timedelta = attrs.field(default=NOTHING, validator=_BUFFER)
    notice: timedelta = attrs.field(default=NOTHING, validator=_SPAN)
    horizon: timedelta | None = attrs.field(default=None, validator=maybe(_SPAN))
    shortest: timedelta | None = attrs.field(default=None, validator=maybe(_LENGTH))
    longest: timedelta | None = attrs.field(default=None, validator=maybe(_LENGTH))
    step: timedelta | None = attrs.field(default=None, validator=maybe(_LENGTH))
    grid: timedelta | None = attrs.field(default=None, validator=maybe(_LENGTH))
    features: frozenset[Code] = attrs.field(default=frozenset(), converter=to_names, validator=are_ids)
    audience: frozenset[Code] = attrs.field(default=frozenset(), converter=to_names, validator=are_ids)
    approval: bool = attrs.field(default=False, validator=is_a(bool))
    answer_within: timedelta = attrs.field(default=timedelta(days=2), validator=_LENGTH)
    in_a_row: timedelta | None = attrs.field(default=None, validator=maybe(is_span(timedelta.resolution, MAX_BUFFER)))
    months: int | None = attrs.field(default=None, validator=maybe(is_count(most=120)))
    trainings: frozenset[Code] = attrs.field(default=frozenset(), converter=to_names, validator=are_ids)
    slots: tuple[FixedSlot, ...] = attrs.field(default=(), converter=to_slots)
    any_time: frozenset[Code] = attrs.field(default=frozenset(), converter=to_names, validator=are_ids)
    days: int | None = attrs.field(default=None, validator=maybe(is_count(least=0, most=3660)))
    release_after: timedelta | None = attrs.field(default=None, validator=maybe(is_span(NOTHING, timedelta(days=1))))
    at_most_ahead: int | None = attrs.field(default=None, validator=maybe(is_count()))

    def __attrs_post_init__(self) -> None:
        if self.shortest is not None and self.longest is not None and self.longest < self.shortest:
            raise InputError("the longest booking is shorter than the shortest")
        if self.horizon is not None and self.horizon < self.notice:
            raise InputError("nothing could be booked: the horizon is nearer than the notice")
        if self.days is not None and timedelta(days=self.days + 1, hours=2) <= self.notice:  # a long day included
            raise InputError("nothing could be booked: the days are nearer than the notice")
        if self.any_time and not self.slots:
            raise InputError("any_time names who needs no slot, and there are no slots")


__all__ = [
    "Terms",
]
