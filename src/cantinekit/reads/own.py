"""Reading what is somebody's, as records and a page at a time: passes, and registrations."""

from __future__ import annotations

from cantinekit.common.arguments import checked
from cantinekit.domain.registrations.seats import seat_key
from cantinekit.domain.uniques.records import Unique
from cantinekit.errors import NotFoundError
from cantinekit.plugins.ports import Key
from cantinekit.reads.holdings import HoldingReads
from cantinekit.reads.paging import Listing, check_page
from cantinekit.reads.records import decoded
from cantinekit.records import Pass, Person, Registration, Session


class OwnReads(HoldingReads):
    """Answers questions about what is somebody's."""

    @checked
    def passes(self, person_id: str, *, after: str | None = None, limit: int = 50) -> Listing[Pass]:
        """The passes of a person or an organisation, the newest first, also those that are over. ``holdings`` says what
        is left of them, and leaves out those of visits.

        Args:
            person_id: the person or the organisation.
            after: ``next`` of the page before; ``None``: the first page.
            limit: the most passes of a page, 1 to 200.

        Raises:
            NotFoundError: there is nobody with this id.
            InputError: ``limit`` is out of bounds.
        """
        check_page(limit)
        self._party(person_id)
        return self._newest(Pass, "holder", person_id, after, limit)

    @checked
    def registrations_of(self, person_id: str, *, after: str | None = None, limit: int = 50) -> Listing[Registration]:
        """The registrations of a person, the one that was asked for last first, also those that are over. ``holdings``
        says of each when its session is and what is owed of it.

        Args:
            person_id: the person.
            after: ``next`` of the page before; ``None``: the first page.
            limit: the most registrations of a page, 1 to 200.

        Raises:
            NotFoundError: there is nobody with this id.
            InputError: ``limit`` is out of bounds.
        """
        check_page(limit)
        self._there(Person, person_id)
        return self._newest(Registration, "person", person_id, after, limit)

    @checked
    def registration_of(self, session_id: str, person_id: str) -> Registration | None:
        """The registration of a person for a session, or the rank on its waiting list, that is not over; ``None``:
        there is none. A hold that ran out is over.

        Args:
            session_id: the session.
            person_id: the person.

        Raises:
            NotFoundError: there is no such session, or nobody with this id.
        """
        once = Key(Unique.kind, seat_key(session_id, person_id))
        there = [Key(Session.kind, session_id), Key(Person.kind, person_id)]
        _, found = self._look((), [*there, once])
        for key in there:
            if key not in found:
                raise NotFoundError(key.kind, key.id)
        holder = decoded(Unique, once.id, found[once]).holder if once in found else None
        one = self.get(Registration, holder) if holder is not None else None
        if one is None:
            return None
        closes = decoded(Session, session_id, found[there[0]]).closes
        until = closes if one.state == "waiting" else one.expires
        return None if until is not None and until <= self._now() else one
