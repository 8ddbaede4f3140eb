"""Reading what is stored: agenda, programme, balances, statements, takings, attendance, history, explanations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

import attrs

from cantinekit import records as m
from cantinekit import scheduling
from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, day_bounds, instant, widened
from cantinekit.common.arguments import checked
from cantinekit.common.fields import MAX_COUNT
from cantinekit.domain.occupancy.availability import answer_question, read_question
from cantinekit.domain.occupancy.journal_index import FED, JournalIndex
from cantinekit.domain.sales.prices import explain_sale
from cantinekit.domain.spaces.events import StandingEvent
from cantinekit.domain.spaces.terms import Terms
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.plugins.ports import MAX_KEYS, JournalEntry, Key
from cantinekit.pricing import Quote
from cantinekit.reads.attendance import AttendanceReads
from cantinekit.reads.documents import DocumentReads
from cantinekit.reads.facilitators import FacilitatorReads
from cantinekit.reads.registrations import AdmissionReads
from cantinekit.reads.session_series import ThemeReads
from cantinekit.runtime import codec
from cantinekit.scheduling.availability import Availability, Question
from cantinekit.scheduling.availability._rules import roomy
from cantinekit.scheduling.opening import OpeningCalendar, Verdict

T = TypeVar("T")


@attrs.frozen
class AgendaItem:
    """One thing that happens at a place: a booking, a visit or a session. ``label`` is what to show.

    Of a course each meeting is one, with its ``meeting_id`` and the ``id`` of the session.
    """

    period: Period
    kind: str
    id: str
    space_id: str | None
    label: str
    state: str
    units: int = 1
    meeting_id: str | None = None


@attrs.frozen
class Drifted:
    """A session that the wall clock puts at other instants than those at which it stands, and these.

    Of a course, ``meeting_id`` says which meeting.
    """

    session: m.Session
    starts: datetime
    ends: datetime
    meeting_id: str | None = None


@attrs.frozen
class Balance:
    """What is left on an account of a person, and of which entitlements, the first to be used first."""

    account: str
    left: int
    entitlements: tuple[m.Entitlement, ...]


@attrs.frozen
class Takings:
    """Money that came in and went out at a place in a period, by gateway account, and what was earned, by product."""

    period: Period
    currency: str
    taken: tuple[tuple[str, Money], ...]
    refunded: tuple[tuple[str, Money], ...]
    earned: tuple[tuple[str, Money], ...]
    lost: tuple[tuple[str, Money], ...] = ()

    @property
    def total(self) -> Money:
        """What was taken, less what was given back and what payers' banks took back."""
        went = [amount for _, amount in (*self.refunded, *self.lost)]
        return Money.sum((amount for _, amount in self.taken), self.currency) - Money.sum(went, self.currency)


@attrs.frozen
class Attendance:
    """How many came: visits, seats at sessions, and how many different people (a walk-in counts as one each time).

    ``seats_taken`` are those of people who registered; ``seats_present`` counts who was there, by the attendance
    sheets: seats that are marked, and on closed sheets people whom nobody knows. Each meeting of a course counts as a
    session, on its day.
    """

    period: Period
    visits: int
    unique_visitors: int
    walk_ins: int
    sessions: int
    seats_taken: int
    seats_present: int = 0


@attrs.frozen
class MonthOfEvents:
    """How many sessions were held at a place in a month, by its first day, and how many seats at them were taken.

    ``sheets``: of how many of them the attendance sheet is closed; ``present``: how many people were there, by these.
    Each meeting of a course counts as a session.
    """

    place_id: str
    month: date
    sessions: int
    seats: int
    sheets: int = 0
    present: int = 0


class Reader(AdmissionReads, DocumentReads, AttendanceReads, FacilitatorReads, ThemeReads):
    """Answers questions from the store. It changes nothing."""

    @checked
    def day(self, place_id: str, day: date) -> Period:
        """A local day of a place as a period: 23, 24 or 25 hours."""
        if isinstance(day, datetime) or not isinstance(day, date):
            raise InputError("a day is a date")
        return day_bounds(day, self.need(m.Place, place_id).zone)

    # --- what happens ----------------------------------------------------------------------------------------------

    @checked
    def agenda(self, place_id: str, day: date) -> tuple[AgendaItem, ...]:
        """All that touches a local day at a place, in the order of its start."""
        window = self.day(place_id, day)
        found: list[AgendaItem] = []
        named = lru_cache(maxsize=None)(self._name)
        for booking in self._booked(place_id, window):
            label = named(m.Space, booking.space_id)
            found.append(
                AgendaItem(booking.period, "booking", booking.id, booking.space_id, label, booking.state, booking.units)
            )
        for visit in self._of(m.Visit, "place", place_id, widened(window, timedelta(days=2), timedelta())):
            end = visit.closed_at or visit.until
            if visit.state != "lapsed" and end > visit.opened_at and Period(visit.opened_at, end).overlaps(window):
                label = named(m.Product, visit.product_id)
                found.append(
                    AgendaItem(Period(visit.opened_at, end), "visit", visit.id, visit.space_id, label, visit.state)
                )
        for session in self._programme(place_id, window):
            title = m.titled(named(m.Workshop, session.workshop_id, "title"), session)
            taken = session.taken(self._now())
            for one in meetings_in(session, window):
                state = "cancelled" if one.state == "cancelled" else f"{taken}/{session.capacity}"
                meeting_id = one.id if session.meetings else None
                found.append(
                    AgendaItem(one.period, "session", session.id, one.space_id, title, state, taken, meeting_id)
                )
        return tuple(sorted(found, key=lambda item: (item.period, item.kind, item.id)))

    @checked
    def booked(self, place_id: str, within: Period) -> tuple[m.Booking, ...]:
        """The bookings and live holds at a place that touch a period, by way of the occupancy pages of its days.

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

    def _name(self, cls: type[Any], id: str, field: str = "name") -> str:
        record = self.get(cls, id)
        return str(getattr(record, field)) if record is not None else id

    @checked
    def programme(self, place_id: str, within: Period) -> tuple[m.Session, ...]:
        """The sessions at a place of which a meeting touches a period, cancelled ones too; each once.

        Raises:
            NotFoundError: there is no such place.
        """
        self._there(m.Place, place_id)
        return self._programme(place_id, within)

    def _programme(self, place_id: str, within: Period) -> tuple[m.Session, ...]:
        before = widened(within, timedelta(days=2), timedelta())
        found = self._of(m.Session, "place", place_id, before)
        return tuple(session for session in found if meetings_in(session, within))

    @checked
    def drifted(self, place_id: str, within: Period) -> tuple[Drifted, ...]:
        """The sessions of a period whose wall time came to other instants when they were planned than it does now.

        A new edition of the zone data does that. They stand where they stood, and their space is kept for them there.

        Raises:
            NotFoundError: there is no such place.
        """
        return tuple(
            Drifted(session, one.starts.instant, one.ends.instant, one.id if session.meetings else None)
            for session in self.programme(place_id, within)
            for one in meetings_in(session, within)
            if (one.starts.instant, one.ends.instant) != (one.period.start, one.period.end)
        )

    @checked
    def availability(
        self, space_id: str, within: Period, *, units: int = 1, now: datetime | None = None
    ) -> tuple[Period, ...]:
        """When so many units of a space can be booked, within a period of at most 62 days: its place is open, and they
        are free with the buffers around. Of the other terms of the space nothing is said.

        Raises:
            NotFoundError: there is no such space.
            InputError: the period is longer, or ``units`` is less than 1.
        """
        if not 1 <= units <= MAX_COUNT:
            raise InputError(f"units must be from 1 to {MAX_COUNT}, not {shown(units)}")
        if within.length > timedelta(days=m.LONG_CLAIM_DAYS):
            raise InputError(f"at most {m.LONG_CLAIM_DAYS} days can be asked for at once")
        space = self.need(m.Space, space_id)
        place = self.need(m.Place, space.place_id)
        free = OpeningCalendar.of(place, space).open(within)
        before, after = space.terms.before, space.terms.after
        wide = widened(within, before, after)
        for leaf in space.leaves:
            days = [m.page_id(leaf, day) for day in wide.days()]
            standing = self.need(m.StandingPage, m.standing_id(leaf))
            pages = [page for page in self.many(m.OccupancyPage, days) if page is not None]
            claims = scheduling.live_claims(pages, standing, now or self._now())
            whole, capacity = space.leaves != (space.id,), standing.binding_capacity
            wanted = (min(1, capacity), 1) if whole else (capacity, units)
            gaps = scheduling.free_periods(claims, wanted[0], (wide,), wanted[1])
            free = roomy(gaps, free, before, after, standing.binding_closures)
        return free

    @checked
    def find_free(
        self, question: Question, *, terms: Mapping[str, Terms] | None = None, now: datetime | None = None
    ) -> Availability:
        """Which spaces are free, when first, and why each other is not.

        ``terms``: of spaces, by their id, in place of those that are stored.

        Raises:
            NotFoundError: a space or a place that the question names is not there.
            InputError: the answer would take more occupancy pages than can be read at once.
        """
        state = self._read(read_question(question, terms or {}))
        return answer_question(state, question, terms or {}, now or self._now())

    @checked
    def booked_outside(self, place_id: str, within: Period) -> tuple[tuple[m.Booking, Verdict], ...]:
        """The bookings within a period that lie outside the openings as they are now, each with the rule that says so.

        They were made before the openings changed, or with an override.

        Raises:
            NotFoundError: there is no such place.
        """
        place = self.need(m.Place, place_id)
        bookings = self._booked(place_id, within)
        spaces = dict(zip(ids := [b.space_id for b in bookings], self.many(m.Space, ids), strict=True))
        found = [(b, OpeningCalendar.of(place, spaces[b.space_id]).refuses(b.period)) for b in bookings]
        return tuple((booking, verdict) for booking, verdict in found if verdict is not None)

    @checked
    def busy_index(self, index: JournalIndex | None = None, *, since: datetime | None = None) -> JournalIndex:
        """What is taken of all spaces, in memory; an index that is given is brought up to date by the journal.

        A new one is read from the occupancy pages, one for each space and day with a claim; with ``since``, only from
        pages of days that have not ended at that instant. Bringing one up to date reads the journal entries that came
        since.

        Raises:
            InputError: ``since`` is given together with an index.
        """
        if index is None:
            index = self._begun_index(since)
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
        return index

    def _begun_index(self, since: datetime | None) -> JournalIndex:
        """An index of the pages as they stand. Whoever sees an entry sees the rows of its change, and of all before."""
        entry, after = self._last_entry(), MIN_INSTANT if since is None else instant(since)
        places = [place.id for place in self.find(m.Place, "all")]
        spaces = [space for id in places for space in self._of(m.Space, "place", id)]
        leaves = [space.id for space in spaces if space.leaves == (space.id,)]
        standing = [page for page in self.many(m.StandingPage, [m.standing_id(leaf) for leaf in leaves]) if page]
        first = max(MIN_INSTANT, after - timedelta(days=2))
        visits = [
            visit
            for id in places
            for visit in self.find(m.Visit, "place", codec.composite(id, first), codec.between(id)[1])
            if visit.state in ("held", "open")
        ]
        known = {page.space_id for page in standing}
        return JournalIndex.begun(entry, standing, self._pages(known, after), visits)

    def _pages(self, leaves: set[str], after: datetime) -> Iterator[m.OccupancyPage]:
        if after == MIN_INSTANT:
            yield from (page for page in self.find(m.OccupancyPage, "space") if page.space_id in leaves)
            return
        for leaf in sorted(leaves):
            yield from self.find(m.OccupancyPage, "space", m.page_id(leaf, after.date()), codec.between(leaf)[1])

    def _last_entry(self) -> int:
        """The number of the last entry of the journal, 0 where it is empty: by a few looks at single entries."""
        last, step = 0, 1
        while found := self._storage.journal(after=last + step, limit=1):
            last, step = found[0].number, 2 * step
        none = last + step
        while last < none:
            middle = (last + none) // 2
            found = self._storage.journal(after=middle, limit=1)
            last, none = (found[0].number, none) if found else (last, middle)
        return last

    # --- what people have ------------------------------------------------------------------------------------------

    @checked
    def balance(self, person_id: str, now: datetime | None = None) -> tuple[Balance, ...]:
        """What a person has left now, or had the chance to use at another instant, by account, in the order of use.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        now = now or self._now()
        accounts: dict[str, list[m.Entitlement]] = {}
        for one in self._of(m.Entitlement, "holder", person_id):
            if one.active and one.left and (one.expires is None or now < one.expires):
                accounts.setdefault(one.account, []).append(one)
        return tuple(
            Balance(account, sum(one.left for one in held), tuple(sorted(held, key=_order_of_use)))
            for account, held in sorted(accounts.items())
        )

    @checked
    def visits(self, person_id: str) -> tuple[m.Visit, ...]:
        """The visits of a person, the oldest first.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return tuple(self._of(m.Visit, "person", person_id))

    @checked
    def bookings(self, person_id: str) -> tuple[m.Booking, ...]:
        """The bookings of a person, by their start.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return tuple(self._of(m.Booking, "person", person_id))

    @checked
    def registrations(self, session_id: str) -> tuple[m.Registration, ...]:
        """Who asked for a seat at a session, in the order of asking.

        Raises:
            NotFoundError: there is no such session.
        """
        self._there(m.Session, session_id)
        return tuple(self._of(m.Registration, "session", session_id))

    @checked
    def refunds(self, charge_id: str) -> tuple[m.Refund, ...]:
        """What was given back of a charge, in the order of asking.

        Raises:
            NotFoundError: there is no such charge.
        """
        self._there(m.Charge, charge_id)
        return self._in_order(self._of(m.Refund, "charge", charge_id), lambda one: one.asked_at)

    @checked
    def statement(self, person_id: str) -> tuple[m.Charge, ...]:
        """What a person was charged, the oldest first; what was charged at one instant in the order of the journal.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return self._in_order(self._of(m.Charge, "payer", person_id), lambda one: one.raised_at)

    def _in_order(self, records: Iterable[T], instant: Callable[[T], datetime]) -> tuple[T, ...]:
        """Records by the instant at which they came; those of one instant as the journal tells of them."""
        found = list(records)
        same = Counter(map(instant, found))

        def rank(one: Any) -> tuple[datetime, int]:
            at = instant(one)
            first = self._storage.journal(subject=Key(one.kind, one.id), limit=1) if same[at] > 1 else ()
            return at, first[0].number if first else 0

        return tuple(sorted(found, key=rank))

    @checked
    def explain(self, subject: m.Subject) -> tuple[Quote, ...]:
        """The prices that were made for something, computed again from their inputs, with their reasons.

        Raises:
            NotFoundError: there is no such record.
            InputError: no record has the kind of the subject.
        """
        if subject.kind not in codec.KINDS:
            raise InputError(f"subject has the kind {shown(subject.kind)}, which no record has")
        self._there(codec.KINDS[subject.kind].cls, subject.id)
        sales = list(self._of(m.Sale, "subject", f"{subject.kind}|{subject.id}"))
        texts = self.many(m.TariffText, [sale.tariff_version for sale in sales])
        return tuple(explain_sale(sale, text.text) for sale, text in zip(sales, texts, strict=True) if text)

    # --- figures ---------------------------------------------------------------------------------------------------

    @checked
    def takings(self, place_id: str, day: date) -> Takings:
        """The money of a local day at a place. It costs by the entries of the ledger on that day, page by page."""
        window, currency = self.day(place_id, day), self.need(m.Place, place_id).currency
        sums: dict[str, dict[str, int]] = {"taken": {}, "refunded": {}, "earned": {}, "charged back": {}}
        for row in self._rows(m.LedgerEntry, "place", *codec.between(place_id, window.start, window.end)):
            entry = codec.peek(row)
            for line in entry["lines"]:
                family, _, name = line["account"].partition("/")
                column = (
                    sums["earned"] if family == "revenue" else sums.get(entry["what"]) if family == "account" else None
                )
                if column is not None:
                    column[name] = column.get(name, 0) + line["amount"]
        signs = {"taken": 1, "refunded": -1, "earned": -1, "charged back": -1}
        rows = {
            what: tuple((name, Money(signs[what] * amount, currency)) for name, amount in sorted(by.items()))
            for what, by in sums.items()
        }
        return Takings(window, currency, *rows.values())

    @checked
    def attendance(self, place_id: str, day: date) -> Attendance:
        """Who came to a place on a local day."""
        window = self.day(place_id, day)
        visits = [v for v in self._of(m.Visit, "place", place_id, window) if v.state != "lapsed"]
        known = {visit.person_id for visit in visits if visit.person_id is not None}
        walk_ins = sum(visit.person_id is None for visit in visits)
        held = [
            (session, one)
            for session in self._programme(place_id, window)
            for one in meetings_in(session, window)
            if one.state == "planned" and one.period.start >= window.start
        ]
        taken = sum(session.taken(self._now()) for session, _ in held)
        there = self._were_there(held)
        return Attendance(window, len(visits), len(known) + walk_ins, walk_ins, len(held), taken, there)

    @checked
    def events(self, place_ids: Iterable[str], year: int) -> tuple[MonthOfEvents, ...]:
        """The sessions that were held at places in a year, by place and by the month of the day on which they began.

        Those that were cancelled, or are not over, do not count. Months without any are left out. A course counts once
        for each meeting that was held: that is how often people came together. Its seats are those that are taken now.

        Raises:
            NotFoundError: one of the places is not there.
            InputError: a year that is not from 1970 to 9997.
        """
        if not MIN_INSTANT.year <= year < MAX_INSTANT.year:
            raise InputError(f"year must be from {MIN_INSTANT.year} to {MAX_INSTANT.year - 1}")
        found: list[MonthOfEvents] = []
        for place_id in place_ids:
            days = Period(self.day(place_id, date(year, 1, 1)).start, self.day(place_id, date(year, 12, 31)).end)
            held: dict[date, list[tuple[m.Session, m.Meeting]]] = {}
            around = widened(days, timedelta(days=2), timedelta(days=2))
            for session in self._programme(place_id, around):
                for one in meetings_in(session, around):
                    day = one.starts.day
                    if one.state == "planned" and one.period.end <= self._now() and day.year == year:
                        held.setdefault(day.replace(day=1), []).append((session, one))
            found += [self._month(place_id, month, some) for month, some in sorted(held.items())]
        return tuple(found)

    def _month(self, place_id: str, month: date, held: list[tuple[m.Session, m.Meeting]]) -> MonthOfEvents:
        closed, seats = [of for of in held if of[1].sheet is not None], sum(session.confirmed for session, _ in held)
        return MonthOfEvents(place_id, month, len(held), seats, len(closed), self._were_there(closed))

    @checked
    def history(self, cls: type[Any], id: str) -> Iterator[JournalEntry]:
        """The journal entries about a record, in order; also about one that is not there any more.

        Raises:
            NotFoundError: there is no such record, and there never was.
        """
        entries = self._entries(Key(cls.kind, id))
        first = next(entries, None)
        if first is None:
            self._there(cls, id)
        return chain(() if first is None else (first,), entries)

    @checked
    def journal(self, subject: Key | None = None, after: int = 0) -> Iterator[JournalEntry]:
        """The journal from a number on, page by page.

        Raises:
            InputError: ``after`` is less than 0.
        """
        if not 0 <= after < 2**63:
            raise InputError("after must be the number of a journal entry, or 0")
        return self._entries(subject, after)

    def _entries(self, subject: Key | None = None, after: int = 0) -> Iterator[JournalEntry]:
        while True:
            entries = self._storage.journal(subject=subject, after=after, limit=1000)
            yield from entries
            if len(entries) < 1000:
                return
            after = entries[-1].number

    @checked
    def tasks(self, state: str = "due") -> tuple[m.Task, ...]:
        """The tasks that wait (``due``), or that were given up (``dead``).

        Raises:
            InputError: another state.
        """
        if state not in ("due", "dead"):
            raise InputError(f"state must be due or dead, not {shown(state)}")
        return tuple(self.find(m.Task, state))

    def quarantine(self) -> tuple[m.Quarantined, ...]:
        """The observations of gateways that fit nothing so far."""
        return tuple(self.find(m.Quarantined, "open"))


def meetings_in(session: m.Session, within: Period) -> tuple[m.Meeting, ...]:
    """The meetings of a session that touch a period, cancelled ones too; one that meets once is one meeting."""
    return tuple(one for one in session.every_meeting if one.period.overlaps(within))


def _order_of_use(one: m.Entitlement) -> tuple[int, datetime, datetime, str]:
    return one.priority, one.expires or datetime.max.replace(tzinfo=UTC), one.bought_at, one.id
