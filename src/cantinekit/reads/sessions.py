"""Reading sessions: the programme of a place, and sessions that a change of zone data has moved."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.reads.periods import begins_for
from cantinekit.reads.records import RecordReads


@attrs.frozen
class Drifted:
    """A session whose wall time is at other instants now than those at which it stands.

    Attributes:
        session: the session, as it stands.
        starts: the instant at which it would begin now.
        ends: the instant at which it would end now.
        meeting_id: which meeting of a course; ``None`` for a session that meets once.
    """

    session: m.Session
    starts: datetime
    ends: datetime
    meeting_id: str | None = None


class SessionReads(RecordReads):
    """Answers questions about sessions."""

    @checked
    def programme(self, place_id: str, within: Period) -> tuple[m.Session, ...]:
        """The sessions at a place of which a meeting touches a period, cancelled ones too; each once.

        Args:
            place_id: the place.
            within: the period to look at.

        Raises:
            NotFoundError: there is no such place.
        """
        self._there(m.Place, place_id)
        return self._programme(place_id, within)

    def _programme(self, place_id: str, within: Period) -> tuple[m.Session, ...]:
        found = self._of(m.Session, "place", place_id, begins_for(within))
        return tuple(session for session in found if meetings_in(session, within))

    @checked
    def drifted(self, place_id: str, within: Period) -> tuple[Drifted, ...]:
        """The sessions of a period whose wall time came to other instants when they were planned than it does now.

        A new edition of the zone data does that. They stand where they stood, and their space is kept for them there.

        Args:
            place_id: the place.
            within: the period to look at.

        Raises:
            NotFoundError: there is no such place.
        """
        return tuple(
            Drifted(session, one.starts.instant, one.ends.instant, one.id if session.meetings else None)
            for session in self.programme(place_id, within)
            for one in meetings_in(session, within)
            if (one.starts.instant, one.ends.instant) != (one.period.start, one.period.end)
        )


def meetings_in(session: m.Session, within: Period) -> tuple[m.Meeting, ...]:
    """The meetings of a session that touch a period, cancelled ones too; a session that meets once is one meeting.

    Args:
        session: the session.
        within: the period to look at.
    """
    return tuple(one for one in session.every_meeting if one.period.overlaps(within))
