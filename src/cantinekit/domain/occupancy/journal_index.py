"""The effect of the events of the journal on a busy index, and on the standing page of a space. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from cantinekit.clock import MIN_INSTANT
from cantinekit.domain.base import Event
from cantinekit.domain.booking_series.events import (
    SeriesBooked,
    SeriesConfirmed,
    SeriesEnded,
    SeriesMoved,
    SkippedBooked,
)
from cantinekit.domain.bookings.events import (
    BookingConfirmed,
    BookingEnded,
    BookingMade,
    BookingMoved,
    BookingPriced,
    ReleaseUndone,
)
from cantinekit.domain.courses.events import MeetingCancelled, MeetingMoved
from cantinekit.domain.occupancy.events import HoldsDropped
from cantinekit.domain.occupancy.records import OccupancyPage, Placed, StandingPage, standing_id
from cantinekit.domain.session_series.events import SessionsExtended, SessionsPlanned, SkippedPlanned
from cantinekit.domain.sessions.events import SessionAdded, SessionCancelled, SessionMoved
from cantinekit.domain.spaces.events import (
    CapacityRaised,
    ClosureEnded,
    NarrowingAnnounced,
    NarrowingConfirmed,
    NarrowingWithdrawn,
    SpaceAdded,
    StandingEvent,
)
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.visits.events import (
    UpgradeDropped,
    UpgradeHeld,
    VisitConfirmed,
    VisitEnded,
    VisitOpened,
    VisitReopened,
    VisitUpgraded,
)
from cantinekit.domain.visits.records import Visit
from cantinekit.errors import NotFoundError
from cantinekit.scheduling.availability import BusyIndex


class JournalIndex(BusyIndex):
    """A busy index that the events of the journal keep up to date: from its first entry on, or from a later one on
    where it begins with the pages as they stood then (``begun``).
    """

    def __init__(self) -> None:
        super().__init__()
        self.entry = 0
        """The number of the last journal entry that was fed, for whoever feeds it to go on from."""
        self.kept = -1
        """The number of that entry when it was last written into a file; -1: it was not."""
        self.since = MIN_INSTANT
        """The instant from which on it knows what is taken."""
        self._pages: dict[str, StandingPage] = {}
        self._visits: dict[str, set[str]] = {}
        self._upgrades: dict[str, set[str]] = {}

    @staticmethod
    def begun(
        entry: int, standing: Iterable[StandingPage], pages: Iterable[OccupancyPage], visits: Iterable[Visit]
    ) -> JournalIndex:
        """An index that begins with pages, and is fed with the events after an entry.

        The pages may already include later entries; feeding these again changes nothing, except for changes of capacity
        and closures: give the standing pages of their spaces to ``stand`` last.

        Args:
            entry: the number of the last entry before the pages were read.
            standing: the standing pages of the spaces.
            pages: the occupancy pages.
            visits: those that may not be over; they say which claims belong to a longer stay, which no page does.
        """
        index = JournalIndex()
        every = list(standing)
        for page in every:
            index.stand(page)
        index._put_pages(every, pages)
        stays = list(visits)
        index.follow(
            {one.id: [placed.claim.id for placed in one.placed] for one in stays},
            {one.id: [placed.claim.id for placed in one.upgrade.placed] for one in stays if one.upgrade is not None},
        )
        index.entry = entry
        return index

    def follow(self, visits: Mapping[str, Iterable[str]], upgrades: Mapping[str, Iterable[str]]) -> None:
        """Note which claims belong to a longer stay, which no page does.

        Args:
            visits: the ids of the claims by the id of the visit.
            upgrades: the same of upgrades that are held.
        """
        self._visits.update((id, set(claims)) for id, claims in visits.items())
        self._upgrades.update((id, set(claims)) for id, claims in upgrades.items())

    def followed(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Which claims belong to a longer stay, and which to an upgrade that is held, by the id of the visit."""
        both = (self._visits, self._upgrades)
        visits, upgrades = ({id: sorted(claims) for id, claims in sorted(found.items())} for found in both)
        return visits, upgrades

    def stand(self, page: StandingPage) -> None:
        """Set the capacity and the closures of a space from its standing page; its claims stay as they are.

        Args:
            page: the standing page.
        """
        self._pages[page.space_id] = page
        self.set_space(page.space_id, page.binding_capacity, page.binding_closures)

    def feed(self, event: Event) -> None:
        """Apply one event; an event that claims nothing changes nothing. Holds end by ``advance``.

        Args:
            event: the next event of the journal.

        Raises:
            NotFoundError: it is about a space whose adding was not fed: the journal is fed from its beginning.
        """
        rule = _RULES.get(type(event))
        if rule is not None:
            rule(self, event)

    # --- what events do --------------------------------------------------------------------------------------------

    def _space_added(self, event: SpaceAdded) -> None:
        if event.space.leaves == (event.space.id,):
            self.stand(StandingPage(standing_id(event.space.id), event.space.id, event.capacity))

    def _space_changed(self, event: StandingEvent) -> None:
        page = self._pages.get(event.space_id)
        if page is None:
            raise NotFoundError(Space.kind, event.space_id)
        self.stand(event.after(page))

    def _put(self, placed: tuple[Placed, ...]) -> set[str]:
        for one in placed:
            self.put(one)
        return {one.claim.id for one in placed}

    def _booking_made(self, event: BookingMade) -> None:
        self._put(event.booking.placed)

    def _booking_priced(self, event: BookingPriced) -> None:
        for one in self.claims(event.booking_id):
            self.put(Placed(one.space_id, attrs.evolve(one.claim, expires=event.expires)))

    def _booking_confirmed(self, event: BookingConfirmed) -> None:
        self._put(event.placed)

    def _booking_moved(self, event: BookingMoved) -> None:
        self.drop_all(event.booking.id)
        self._put(event.booking.placed)

    def _release_undone(self, event: ReleaseUndone) -> None:
        self._put(event.placed)

    def _booking_ended(self, event: BookingEnded) -> None:
        self.drop_all(event.booking_id)

    def _series_booked(self, event: SeriesBooked | SkippedBooked) -> None:
        for booking in event.bookings:
            self._put(booking.placed)

    def _series_moved(self, event: SeriesMoved) -> None:
        for booking in event.bookings:
            self.drop_all(booking.id)
            self._put(booking.placed)

    def _series_confirmed(self, event: SeriesConfirmed) -> None:
        for one in (one for id in event.booking_ids for one in self.claims(id)):
            self.put(Placed(one.space_id, attrs.evolve(one.claim, expires=None)))

    def _series_ended(self, event: SeriesEnded) -> None:
        for id in event.booking_ids:
            self.drop_all(id)

    def _visit_opened(self, event: VisitOpened) -> None:
        self._visits[event.visit.id] = self._put(event.visit.placed)

    def _visit_confirmed(self, event: VisitConfirmed | VisitReopened) -> None:
        self._visits[event.visit_id] = self._put(event.placed)

    def _upgrade_held(self, event: UpgradeHeld) -> None:
        self._upgrades[event.visit_id] = self._put(event.upgrade.placed)

    def _visit_upgraded(self, event: VisitUpgraded) -> None:
        self._upgrades.pop(event.visit_id, None)
        self._visits.setdefault(event.visit_id, set()).update(self._put(event.placed))

    def _upgrade_dropped(self, event: UpgradeDropped) -> None:
        for claim_id in self._upgrades.pop(event.visit_id, ()):
            self.drop_all(claim_id)

    def _visit_ended(self, event: VisitEnded) -> None:
        for claim_id in self._visits.pop(event.visit_id, set()) | self._upgrades.pop(event.visit_id, set()):
            self.drop_all(claim_id)

    def _holds_dropped(self, event: HoldsDropped) -> None:
        for one in event.placed:
            self.drop(one.space_id, one.claim.id)

    def _session_added(self, event: SessionAdded) -> None:
        self._put(event.session.every_placed)

    def _sessions_planned(self, event: SessionsPlanned | SessionsExtended | SkippedPlanned) -> None:
        for session in event.sessions:
            self._put(session.placed)

    def _session_moved(self, event: SessionMoved) -> None:
        self.drop_all(event.session_id)
        self._put(event.placed)

    def _session_cancelled(self, event: SessionCancelled) -> None:
        for id in (event.session_id, *event.meeting_ids):
            self.drop_all(id)

    def _meeting_moved(self, event: MeetingMoved) -> None:
        self.drop_all(event.meeting_id)
        self._put(event.placed)

    def _meeting_cancelled(self, event: MeetingCancelled) -> None:
        self.drop_all(event.meeting_id)


_RULES: dict[type[Event], Callable[[JournalIndex, Any], None]] = {
    SpaceAdded: JournalIndex._space_added,
    CapacityRaised: JournalIndex._space_changed,
    NarrowingAnnounced: JournalIndex._space_changed,
    NarrowingConfirmed: JournalIndex._space_changed,
    NarrowingWithdrawn: JournalIndex._space_changed,
    ClosureEnded: JournalIndex._space_changed,
    BookingMade: JournalIndex._booking_made,
    BookingPriced: JournalIndex._booking_priced,
    BookingConfirmed: JournalIndex._booking_confirmed,
    BookingEnded: JournalIndex._booking_ended,
    BookingMoved: JournalIndex._booking_moved,
    ReleaseUndone: JournalIndex._release_undone,
    SeriesBooked: JournalIndex._series_booked,
    SkippedBooked: JournalIndex._series_booked,
    SeriesConfirmed: JournalIndex._series_confirmed,
    SeriesMoved: JournalIndex._series_moved,
    SeriesEnded: JournalIndex._series_ended,
    VisitOpened: JournalIndex._visit_opened,
    VisitConfirmed: JournalIndex._visit_confirmed,
    VisitReopened: JournalIndex._visit_confirmed,
    UpgradeHeld: JournalIndex._upgrade_held,
    VisitUpgraded: JournalIndex._visit_upgraded,
    UpgradeDropped: JournalIndex._upgrade_dropped,
    VisitEnded: JournalIndex._visit_ended,
    HoldsDropped: JournalIndex._holds_dropped,
    SessionAdded: JournalIndex._session_added,
    SessionsPlanned: JournalIndex._sessions_planned,
    SessionsExtended: JournalIndex._sessions_planned,
    SkippedPlanned: JournalIndex._sessions_planned,
    SessionMoved: JournalIndex._session_moved,
    SessionCancelled: JournalIndex._session_cancelled,
    MeetingMoved: JournalIndex._meeting_moved,
    MeetingCancelled: JournalIndex._meeting_cancelled,
}
FED: frozenset[str] = frozenset(cls.__name__ for cls in _RULES)
"""The types of journal entries that say something to an index; the others need not even be read."""
