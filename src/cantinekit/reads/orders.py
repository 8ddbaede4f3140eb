"""Reading orders: those of a person, and those that a place sold on a day."""

from __future__ import annotations

from datetime import date

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.reads.records import RecordReads


class OrderReads(RecordReads):
    """Answers questions about orders."""

    @checked
    def orders(self, person_id: str) -> tuple[m.Order, ...]:
        """The orders of a person, the oldest first.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return tuple(self._of(m.Order, "person", person_id))

    @checked
    def orders_on(self, place_id: str, day: date) -> tuple[m.Order, ...]:
        """The orders that a place sold on a local day, the oldest first; those that are over among them.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        return tuple(self._of(m.Order, "place", place_id, self.day(place_id, day)))
