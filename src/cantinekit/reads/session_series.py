"""Reading what sessions are about: the programme of dates and themes of a workshop, or of a series of its sessions."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.reads.records import RecordReads
from cantinekit.records import PlannedDate, Session, SessionSeries, Workshop


@attrs.frozen
class Themed:
    """A date of a programme.

    Attributes:
        day: the day on the calendar of the place: where the session is; of a skipped date, as it was planned.
        period: from when until when; ``None`` for a skipped date.
        theme: what the session is about; empty for nothing in particular.
        state: the state of its session, or ``skipped`` where there is no session.
        session_id: the session; ``None`` for a skipped date.
        series_id: the series that it is planned in; ``None`` for a session that was added by itself.
    """

    day: date
    period: Period | None
    theme: str
    state: str
    session_id: str | None
    series_id: str | None


class ThemeReads(RecordReads):
    """Answers questions about what sessions are about."""

    @checked
    def themes(self, id: str, within: Period | None = None) -> tuple[Themed, ...]:
        """The dates of a workshop or of a series of sessions in order, each with its theme; those within a period, or
        all. Sessions that are cancelled are among them, and dates that were left out and can still be had.

        Args:
            id: a workshop, or a series of sessions.
            within: the period to look at; ``None``: all dates.

        Raises:
            NotFoundError: no workshop and no series has this id.
        """
        if self.which((Workshop, SessionSeries), id) is SessionSeries:
            series = [self.need(SessionSeries, id)]
            sessions = [one for one in self.many(Session, series[0].session_ids) if one is not None]
        else:
            place_id = self.need(Workshop, id).place_id
            series = list(self._of(SessionSeries, "workshop", id))
            sessions = [one for one in self._of(Session, "place", place_id, within) if one.workshop_id == id]
        found = [
            *((one.period.start, _themed(one)) for one in sessions),
            *((one.starts.instant, _skipped(one, of)) for of in series for one in of.dates if one.skipped),
        ]
        chosen = [(at, one) for at, one in found if within is None or within.contains(at)]
        return tuple(one for _, one in sorted(chosen, key=lambda pair: (pair[0], pair[1].session_id or "")))


def _themed(one: Session) -> Themed:
    return Themed(one.starts.day, one.period, one.theme, one.state, one.id, one.series_id)


def _skipped(one: PlannedDate, series: SessionSeries) -> Themed:
    return Themed(one.day, None, one.theme, "skipped", None, series.id)
