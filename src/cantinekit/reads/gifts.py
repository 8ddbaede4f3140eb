"""Reading gifts: those that somebody gave, and those of a place that nobody has claimed yet."""

from __future__ import annotations

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.reads.records import RecordReads


class GiftReads(RecordReads):
    """Answers questions about gifts."""

    @checked
    def gifts(self, buyer_id: str) -> tuple[m.Gift, ...]:
        """The gifts that a person or an organisation gave, the oldest first; those that are over among them.

        Args:
            buyer_id: the person or the organisation.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._party(buyer_id)
        return self._in_order(self._of(m.Gift, "buyer", buyer_id), lambda one: one.sold_at)

    @checked
    def open_gifts(self, place_id: str) -> tuple[m.Gift, ...]:
        """The gifts that a place sold and that can be claimed, the oldest first. It costs by all gifts of the place.

        Args:
            place_id: the place.

        Raises:
            NotFoundError: there is no such place.
        """
        self._there(m.Place, place_id)
        return tuple(one for one in self._of(m.Gift, "place", place_id) if one.state == "open")
