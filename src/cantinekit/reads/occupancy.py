"""Reading what is free, and when."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cantinekit import records as m
from cantinekit.clock import MIN_INSTANT, Period, instant
from cantinekit.common.arguments import checked
from cantinekit.common.fields import MAX_COUNT
from cantinekit.domain.bookings import availability as booking
from cantinekit.domain.occupancy import availability
from cantinekit.domain.occupancy.journal_index import FED, JournalIndex
from cantinekit.domain.occupancy.kept_index import from_text, mark_of, to_text
from cantinekit.domain.occupancy.records import MAX_BOOKING_DAYS
from cantinekit.domain.spaces.events import StandingEvent
from cantinekit.domain.spaces.terms import Terms
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.reads.journal import JournalReads
from cantinekit.reads.periods import LONGEST
from cantinekit.reads.status import last_entry
from cantinekit.runtime import codec
from cantinekit.scheduling.availability import Availability, Question

KEPT_ENTRIES = 1000
"""After how many entries of the journal an index that is kept in a file is written again."""
KEPT_FOR = timedelta(days=31)
"""How much longer than is wanted an index of a file may reach back."""


class OccupancyReads(JournalReads):
    """Answers questions about what is free and what is taken."""

    @checked
    def availability(
        self,
        space_id: str,
        within: Period,
        *,
        units: int = 1,
        length: timedelta | None = None,
        person_id: str | None = None,
        groups: Sequence[str] = (),
        now: datetime | None = None,
    ) -> tuple[Period, ...]:
        """When units of a space can be booked. A booking in one of these stretches that is as long as the terms of the
        space allow, and begins where they let it, is accepted by them; each stretch has room for one.

        Nothing of it is over, within the notice, beyond the horizon, closed or taken, buffers included; it is for the
        groups of the requester, and covered by what they have learnt. Where the terms say how long one person may have
        it in a row, what lies directly beside the bookings of the person is left out. Whoever takes slots is given
        slots. Prices are not looked at: ``grid`` does.

        Args:
            space_id: the space.
            within: the period to look at, at most 62 days.
            units: how many units are wanted, from 1 to 10,000.
            length: how long it is wanted: then a stretch is as long at least, and of slots the fewest in a row are
                given. ``None``: any length; each slot by itself.
            person_id: who would book; ``None``: nobody known, who has learnt nothing.
            groups: the groups of the requester as the host knows them.
            now: the instant at which holds must not have run out; ``None``: the present.

        Raises:
            NotFoundError: there is no such space or person.
            WrongStateError: the person is being forgotten, or was.
            InputError: the period is longer, ``units`` is less than 1, or ``length`` is no length of a booking.
        """
        if not 1 <= units <= MAX_COUNT:
            raise InputError(f"units must be from 1 to {MAX_COUNT}, not {shown(units)}")
        if within.length > timedelta(days=m.LONG_CLAIM_DAYS):
            raise InputError(f"at most {m.LONG_CLAIM_DAYS} days can be asked for at once")
        if length is not None and not timedelta(0) < length <= timedelta(days=MAX_BOOKING_DAYS):
            raise InputError(f"length must be a timedelta of at most {MAX_BOOKING_DAYS} days, and not 0")
        uow = self._uow(now)
        return self._read(booking.stretches(uow, space_id, within, units, length, person_id, frozenset(groups)))

    @checked
    def find_free(
        self, question: Question, *, terms: Mapping[str, Terms] | None = None, now: datetime | None = None
    ) -> Availability:
        """Which spaces are free, when first, and why each other is not.

        Args:
            question: the spaces or the place, the length and the period that are asked about.
            terms: terms by the id of the space, in place of those that are stored.
            now: the instant at which the question is asked; ``None``: the present.

        Raises:
            NotFoundError: a space or a place that the question names is not there.
            InputError: the answer would take more occupancy pages than can be read at once.
        """
        return self._read(availability.find_free(self._uow(now), question, terms or {}))

    @checked
    def busy_index(
        self, index: JournalIndex | None = None, *, since: datetime | None = None, keep: Path | None = None
    ) -> JournalIndex:
        """What is taken of all spaces, in memory: a new index, or one that is brought up to date from the journal.

        A new one is read from the occupancy pages, one for each space and day with a claim; with ``keep`` from the file
        in which it was kept. Bringing one up to date reads the journal entries that came since.

        Args:
            index: the index to bring up to date; ``None``: a new one.
            since: read only pages of days that have not ended at this instant; for a new index.
            keep: a file in which the index is kept for the next start. It is written when it is not there yet, and
                again after each 1,000 entries of the journal. A file that is damaged, of another store, of another
                version of the library or of another time is made anew. It names bookings and spaces, and nobody.
                ``None``: it is not kept.

        Raises:
            InputError: ``since`` is given together with an index; or the file cannot be written.
        """
        kept = None
        if index is None:
            kept = self._kept_index(keep, since) if keep is not None else None
            index = self._begun_index(since) if kept is None else kept
        elif since is not None:
            raise InputError("since is for a new index: the one that is given has its beginning")
        changed = set[str]()
        for entry in self.journal(after=index.entry):
            if entry.type in FED:
                event = codec.decode_event(entry)
                if isinstance(event, StandingEvent):
                    changed.add(event.space_id)
                else:
                    index.feed(event)
            index.entry = entry.number
        for page in self.many(m.StandingPage, [m.standing_id(id) for id in sorted(changed)]):
            assert page is not None  # a space stays
            index.stand(page)
        index.advance(self._now())
        if keep is not None and (index.kept < 0 or index.entry >= index.kept + KEPT_ENTRIES):
            self._keep_index(index, keep)
        return index

    def _kept_index(self, keep: Path, since: datetime | None) -> JournalIndex | None:
        """The index of a file, if it is of this store and of this time."""
        try:
            kept = from_text(keep.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        wanted = MIN_INSTANT if since is None else instant(since)
        if kept is None or not kept.since <= wanted <= kept.since + KEPT_FOR or kept.mark != self._mark(kept.entry):
            return None
        index = kept.index(self._standing(place.id for place in self.find(m.Place, "all")), self._now())
        index.kept = kept.entry
        return index

    def _keep_index(self, index: JournalIndex, keep: Path) -> None:
        """Write an index into a file: at once, so that another process reads the one before or this one."""
        text = to_text(index, self._mark(index.entry))
        beside = keep.with_name(f"{keep.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            beside.touch(mode=0o600)
            beside.write_text(text, encoding="utf-8")
            beside.replace(keep)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise InputError(f"keep: the index cannot be written there: {error.strerror}") from error
        index.kept = index.entry

    def _mark(self, number: int) -> str:
        """What tells the journal entry of a number from one in another store."""
        found = self._storage.journal(after=number - 1, limit=1) if number else ()
        return mark_of(found[0] if found and found[0].number == number else None)

    def _standing(self, place_ids: Iterable[str]) -> list[m.StandingPage]:
        """The standing pages of the undivided spaces of places."""
        spaces = (space for id in place_ids for space in self._of(m.Space, "place", id))
        pages = self.many(m.StandingPage, [m.standing_id(one.id) for one in spaces if one.leaves == (one.id,)])
        return [page for page in pages if page is not None]

    def _begun_index(self, since: datetime | None) -> JournalIndex:
        """An index of the pages. A reader that sees an entry sees the rows of its change and of all before."""
        entry, after = last_entry(self._storage), MIN_INSTANT if since is None else instant(since)
        places = [place.id for place in self.find(m.Place, "all")]
        standing = self._standing(places)
        first = max(MIN_INSTANT, after - LONGEST)
        visits = [
            visit
            for id in places
            for visit in self.find(m.Visit, "place", codec.composite(id, first), codec.between(id)[1])
            if visit.state in ("held", "open")
        ]
        known = {page.space_id for page in standing}
        index = JournalIndex.begun(entry, standing, self._pages(known, after), visits)
        index.since = after
        return index

    def _pages(self, leaves: set[str], after: datetime) -> Iterator[m.OccupancyPage]:
        if after == MIN_INSTANT:
            yield from (page for page in self.find(m.OccupancyPage, "space") if page.space_id in leaves)
            return
        for leaf in sorted(leaves):
            yield from self.find(m.OccupancyPage, "space", m.page_id(leaf, after.date()), codec.between(leaf)[1])
