"""Reading who facilitates: what they are called, their sessions, and which of those lie outside their hours now."""

from __future__ import annotations

import attrs

from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.reads.periods import begins_for
from cantinekit.reads.records import RecordReads
from cantinekit.records import Meeting, Person, Place, Session, Space
from cantinekit.scheduling.opening import OpeningCalendar, Verdict


@attrs.frozen
class Facilitation:
    """What somebody facilitates.

    Attributes:
        session: the session.
        meeting: the meeting of it; the only one of a session that meets once.
    """

    session: Session
    meeting: Meeting


class FacilitatorReads(RecordReads):
    """Answers questions about facilitators."""

    @checked
    def name_of(self, space_id: str) -> str:
        """The name of a space; of a facilitator the name of the person, which is personal data.

        Of somebody who was forgotten it is the id of the space.

        Args:
            space_id: the space.

        Raises:
            NotFoundError: there is no such space.
        """
        space = self.need(Space, space_id)
        person = self.get(Person, space.person_id) if space.person_id else None
        return person.name if person is not None and person.name else space.name

    @checked
    def facilitations(self, facilitator_id: str, within: Period) -> tuple[Facilitation, ...]:
        """The sessions and the meetings of courses that somebody facilitates and that touch a period, at any place, by
        their start; cancelled ones too.

        Args:
            facilitator_id: the space that makes somebody a facilitator.
            within: the period to look at.

        Raises:
            NotFoundError: there is no such facilitator.
        """
        self._there(Space, facilitator_id)
        sessions = self._of(Session, "facilitator", facilitator_id, begins_for(within))
        found = (Facilitation(session, one) for session in sessions for one in session.every_meeting)
        theirs = (one for one in found if facilitator_id in one.meeting.facilitator_ids)
        ours = [one for one in theirs if one.meeting.period.overlaps(within)]
        return tuple(sorted(ours, key=lambda one: (one.meeting.period, one.meeting.id)))

    @checked
    def facilitated_outside(self, facilitator_id: str, within: Period) -> tuple[tuple[Facilitation, Verdict], ...]:
        """The sessions and meetings within a period that lie outside the hours of their facilitator as they are now,
        each with the rule that says so.

        They were planned before the hours changed, or with an override.

        Args:
            facilitator_id: the space that makes somebody a facilitator.
            within: the period to look at.

        Raises:
            NotFoundError: there is no such facilitator.
        """
        space = self.need(Space, facilitator_id)
        calendar = OpeningCalendar.of(self.need(Place, space.place_id), space)
        planned = (one for one in self.facilitations(facilitator_id, within) if one.meeting.state != "cancelled")
        found = [(one, calendar.refuses(one.meeting.period)) for one in planned]
        return tuple((one, verdict) for one, verdict in found if verdict is not None)
