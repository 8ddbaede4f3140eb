"""Reading bookings: those of a place in a period, of a person, and those outside the hours of today."""

from __future__ import annotations

from datetime import timedelta

from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError
from cantinekit.plugins.ports import MAX_KEYS
from cantinekit.reads.records import RecordReads
from cantinekit.scheduling.opening import OpeningCalendar, Verdict


class BookingReads(RecordReads):
    """Answers questions about bookings."""

    @checked
    def booked(self, place_id: str, within: Period) -> tuple[m.Booking, ...]:
        """The bookings and live holds at a place that touch a period, by way of the occupancy pages of its days.

        Args:
            place_id: the place.
            within: the period to look at.

        Raises:
            NotFoundError: there is no such place.
            InputError: these are more pages than can be read at once; a shorter period takes fewer.
        """
        self._there(m.Place, place_id)
        return self._booked(place_id, within)

    def _booked(self, place_id: str, within: Period) -> tuple[m.Booking, ...]:
        spaces = [space for space in self._of(m.Space, "place", place_id) if space.use != m.FACILITATOR]
        leaves = dict.fromkeys(leaf for space in spaces for leaf in space.leaves)
        if len(leaves) * (within.length // timedelta(days=1) + 2) > MAX_KEYS:
            raise InputError(f"within is too long: it takes more than {MAX_KEYS} occupancy pages, one a space and day")
        pages = self.many(m.OccupancyPage, [m.page_id(leaf, day) for leaf in leaves for day in within.days()])
        always = self.many(m.StandingPage, [m.standing_id(leaf) for leaf in leaves])
        claims = dict.fromkeys(claim.id for page in (*pages, *always) if page for claim in page.claims)
        now = self._now()
        found = (one for one in self.many(m.Booking, list(claims)) if one and one.period.overlaps(within))
        return tuple(one for one in found if one.state == "confirmed" or (one.expires and now < one.expires))

    @checked
    def booked_outside(self, place_id: str, within: Period) -> tuple[tuple[m.Booking, Verdict], ...]:
        """The bookings within a period that lie outside the openings as they are now, each with the rule that says so.

        They were made before the openings changed, or with an override.

        Args:
            place_id: the place.
            within: the period to look at.

        Raises:
            NotFoundError: there is no such place.
        """
        place = self.need(m.Place, place_id)
        bookings = self._booked(place_id, within)
        spaces = dict(zip(ids := [b.space_id for b in bookings], self.many(m.Space, ids), strict=True))
        found = [(b, OpeningCalendar.of(place, spaces[b.space_id]).refuses(b.period)) for b in bookings]
        return tuple((booking, verdict) for booking, verdict in found if verdict is not None)

    @checked
    def bookings(self, person_id: str) -> tuple[m.Booking, ...]:
        """The bookings of a person, by their start.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return tuple(self._of(m.Booking, "person", person_id))
