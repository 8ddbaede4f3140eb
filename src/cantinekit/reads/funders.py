"""The report to those who fund places: how many came, for how long, to what, and what was earned, by month and place.

It is made of what is stored, each time that it is asked for: visits, registrations, bookings, the ledger. These keep
ids of people who were forgotten, and so the same figures. What is known of people goes when they are forgotten; of
those the counts by fact are kept without their ids, as ``ForgottenPublics``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_months
from cantinekit.clock import Period, day_bounds, format_instant, local, parse_instant, widened
from cantinekit.common.arguments import checked
from cantinekit.domain.base import index_field
from cantinekit.domain.people.publics import NOT_KNOWN, public_on
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.plugins.ports import MAX_KEYS, Key, Row
from cantinekit.plugins.sql import FindsFirst
from cantinekit.reads.figures import FigureReads
from cantinekit.reads.payments import PaymentReads
from cantinekit.reads.sessions import meetings_in
from cantinekit.reads.suppression import Line, hidden_cells
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars.web import CSV_MARK, csv_row
from cantinekit.scheduling.opening import OpeningCalendar

FORMAT = "cantinekit funder report 1"
HIDDEN = "*"
"""What a table has in place of a number that is not shown."""
MAX_MONTHS = 120
"""The most months of one report."""
LISTED = "price list"
"""The kind of revenue of what was sold by a price list, and is no product of the catalogue."""
_BAD = ("held", "lapsed", "cancelled")
_OF_VISIT = ("opened_at", "person_id", "state", "closed_at", "until")
_COUNTS = (
    "people", "new", "returning", "walk_ins", "visits", "minutes", "organisations", "sessions", "sheets", "seats",
    "present", "let_minutes", "opening_days",
)  # fmt: skip
Spot = tuple[int | None, int | None]
"""A place and a month by their numbers; ``None``: all of them."""


@attrs.frozen
class PublicCount:
    """How many of the people who came are of one public.

    Attributes:
        fact: the name of the fact.
        value: its value, one of those that the place counts; empty: another one, or nothing is known.
        people: how many people, of all places those of each place; ``None``: it is not shown.
    """

    fact: str
    value: str
    people: int | None


@attrs.frozen
class FunderFigures:
    """The figures of a place in a month, or of all of them. ``None`` stands for what is not shown.

    Attributes:
        place_id: the place; ``None``: all places of the report.
        month: the first day of the month; ``None``: the whole period.
        people: different people who came; each is known to the place.
        new: those of them whose first visit of all, to any place, was this month at this place.
        returning: the others.
        walk_ins: visits of people whom the place does not know.
        visits: visits, those of walk-ins among them. A visit is of the day on which it began.
        minutes: how long they were there, in whole minutes of each visit. It is the time that passes: a night on which
            the clocks change has an hour more or less.
        organisations: different organisations, but for households, to which somebody belonged who came, on that day.
        sessions: sessions that were held; each meeting of a course is one.
        sheets: of how many of them the attendance sheet is closed.
        seats: the seats at them that somebody had.
        present: who was there, by the closed sheets, with those who came without a seat.
        let_minutes: how long rooms were let, in minutes, by bookings that are over.
        opening_days: local days on which the place was open, by its opening hours as they are now.
        revenue: what was earned, by kind and currency: what the product of the catalogue sells, or "price list".
        publics: how many are of each public that was asked for.
    """

    place_id: str | None
    month: date | None
    people: int | None
    new: int | None
    returning: int | None
    walk_ins: int | None
    visits: int | None
    minutes: int | None
    organisations: int | None
    sessions: int
    sheets: int
    seats: int | None
    present: int | None
    let_minutes: int
    opening_days: int
    revenue: tuple[tuple[str, Money], ...] = ()
    publics: tuple[PublicCount, ...] = ()


@attrs.frozen
class FunderReport:
    """Who came to places in a period, and to what. No cell is about fewer than five people, or lets one be computed.

    Attributes:
        place_ids: the places.
        first_day: the first local day.
        last_day: the last one, included.
        rows: each place in each month, each place in all months, and for several places all of them together.
    """

    place_ids: tuple[str, ...]
    first_day: date
    last_day: date
    rows: tuple[FunderFigures, ...]

    @property
    def total(self) -> FunderFigures:
        """The figures of all places in the whole period."""
        return self.rows[-1]

    def figures(self, place_id: str | None = None, month: date | None = None) -> FunderFigures:
        """The figures of a place in a month.

        Args:
            place_id: the place; ``None``: all of them.
            month: the first day of the month; ``None``: the whole period.

        Raises:
            InputError: the report has no such figures.
        """
        wanted = self.place_ids[0] if place_id is None and len(self.place_ids) == 1 else place_id
        found = next((one for one in self.rows if (one.place_id, one.month) == (wanted, month)), None)
        if found is None:
            raise InputError(f"the report has no figures of {shown(place_id)} in {month}")
        return found

    def to_csv(self) -> bytes:
        """The figures as a table: UTF-8 with a mark, CRLF, quotes as in RFC 4180; ``*`` for what is not shown.

        Amounts are in minor units. The place of all places and the month of the whole period are empty.
        """
        kinds = sorted({(kind, sum.currency) for one in self.rows for kind, sum in one.revenue})
        publics = [(one.fact, one.value) for one in self.rows[-1].publics]
        names = [f"revenue {kind} {currency}" for kind, currency in kinds]
        names += [f"{fact}: {value or 'not known'}" for fact, value in publics]
        lines = [CSV_MARK + csv_row(("place", "month", *_COUNTS, *names))]
        for one in self.rows:
            earned = {(kind, sum.currency): sum.amount for kind, sum in one.revenue}
            counts = [getattr(one, name) for name in _COUNTS]
            counts += [earned.get(kind, 0) for kind in kinds]
            counts += [public.people for public in one.publics]
            month = "" if one.month is None else f"{one.month:%Y-%m}"
            lines.append(csv_row((one.place_id or "", month, *map(_cell, counts))))
        return b"".join(lines)

    def data(self) -> dict[str, Any]:
        """The report as JSON data; ``null`` for what is not shown, an amount is ``[minor units, currency]``."""
        return {
            "format": FORMAT,
            "places": list(self.place_ids),
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "rows": [
                {
                    "place": one.place_id,
                    "month": None if one.month is None else f"{one.month:%Y-%m}",
                    **{name: getattr(one, name) for name in _COUNTS},
                    "revenue": {kind: [sum.amount, sum.currency] for kind, sum in one.revenue},
                    "publics": [[public.fact, public.value, public.people] for public in one.publics],
                }
                for one in self.rows
            ],
        }

    def to_json(self) -> str:
        """The report as a JSON text."""
        return json.dumps(self.data(), ensure_ascii=False, indent=2)


def _cell(count: int | None) -> str:
    return HIDDEN if count is None else str(count)


class FunderReads(PaymentReads, FigureReads):
    """Reports to those who fund places."""

    @checked
    def funder_report(
        self, place_ids: Iterable[str], first_day: date, last_day: date, *, publics: Iterable[str] = ()
    ) -> FunderReport:
        """Who came to places in a period, for how long and to what, by month and place and in total.

        What is not over yet counts as far as it is over. See docs/how-to/report-to-funders.md.

        Args:
            place_ids: the places, each once.
            first_day: the first local day of each place.
            last_day: the last one, included; the period has at most 120 months.
            publics: facts by which people are counted, as the places say with ``ChangePlace(publics=...)``. Such a
                report is of whole months.

        Raises:
            NotFoundError: one of the places is not there.
            InputError: no place, a place twice, a period that ends before it begins or is too long, a place that does
                not count people by a fact, or a part of a month with publics.
        """
        ids = tuple(place_ids)
        if not ids or len(set(ids)) != len(ids):
            raise InputError("a report is of one or more places, each named once")
        months = _months(first_day, last_day)
        facts = tuple(publics)
        if facts and (first_day.day != 1 or (last_day + timedelta(days=1)).day != 1):
            raise InputError("publics are counted by whole months: begin on the first day of one, end on the last")
        made = _Made(self, [self.need(m.Place, id) for id in ids], months, first_day, last_day)
        made.read_visits()
        made.read_sessions()
        made.read_bookings()
        made.read_ledger()
        made.read_publics(facts)
        return FunderReport(ids, first_day, last_day, tuple(made.rows()))


def _months(first_day: date, last_day: date) -> list[date]:
    """The first days of the months of a period.

    Raises:
        InputError: it ends before it begins, or is too long.
    """
    if last_day < first_day:
        raise InputError("last_day is before first_day")
    month, found = first_day.replace(day=1), list[date]()
    while month <= last_day:
        found.append(month)
        if len(found) > MAX_MONTHS:
            raise InputError(f"a report has at most {MAX_MONTHS} months")
        month = add_months(month, 1)
    return found


class _Made:
    """What a report is made of, by the numbers of places and months."""

    def __init__(
        self, read: FunderReads, places: Sequence[m.Place], months: Sequence[date], first: date, last: date
    ) -> None:
        self.read, self.places, self.months, self.first, self.last = read, places, months, first, last
        self.now = read.now()
        self.people: dict[Spot, set[Any]] = defaultdict(set)
        self.walkers: dict[Spot, set[Any]] = defaultdict(set)
        self.newcomers: dict[Spot, set[Any]] = defaultdict(set)
        self.groups: dict[Spot, set[Any]] = defaultdict(set)
        self.seated: dict[Spot, set[Any]] = defaultdict(set)
        self.attended: dict[Spot, set[Any]] = defaultdict(set)
        self.sums: dict[tuple[str, Spot], int] = defaultdict(int)
        self.revenue: dict[Spot, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
        self.came: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        self.publics: dict[tuple[str, str], dict[Spot, int]] = {}
        self.facts: tuple[str, ...] = ()
        self.spots: list[tuple[int, int]] = [(p, k) for p in range(len(places)) for k in range(len(months))]
        self.bounds = [self._bounds(place) for place in places]

    def _bounds(self, place: m.Place) -> list[str]:
        """When each month of the report begins at a place, and when the last one ends, as texts of instants."""
        days = [max(self.first, month) for month in self.months]
        starts = [day_bounds(day, place.zone).start for day in days]
        return [format_instant(at) for at in (*starts, day_bounds(self.last, place.zone).end)]

    def window(self, p: int) -> Period:
        """The period of the report at a place."""
        return Period(parse_instant(self.bounds[p][0]), parse_instant(self.bounds[p][-1]))

    # --- what is read ----------------------------------------------------------------------------------------------

    def read_visits(self) -> None:
        """Who came and for how long, who was new, and the organisations that they belonged to."""
        present = format_instant(self.now)
        for p, k in self.spots:
            count = minutes = 0
            people, walkers = self.people[p, k], self.walkers[p, k]
            for id, at, person_id, state, closed_at, until in self._columns(m.Visit, p, k, _OF_VISIT):
                if state in _BAD or at > present:
                    continue
                if person_id is None:
                    walkers.add(id)
                else:
                    people.add(person_id)
                    self.came[person_id].append((at, p, k))
                count += 1
                minutes += _minutes(at, closed_at or min(until, present))
            self.sums["visits", (p, k)], self.sums["minutes", (p, k)] = count, minutes
        self._read_newcomers()
        self._read_groups()

    def _columns(self, cls: type[Any], p: int, k: int, names: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Id and fields of what is at a place in a month; ``None`` for a field that has its default."""
        place_id = self.places[p].id
        ge, lt = f"{place_id}|{self.bounds[p][k]}", f"{place_id}|{self.bounds[p][k + 1]}"
        return self.read._columns(cls, "place", ge, lt, names)

    def _read_newcomers(self) -> None:
        """Whose first visit of all is in the report, and where it is."""
        firsts = {id: min(some) for id, some in self.came.items()}
        ids = list(firsts)
        before = self._firsts(m.Visit, "person", [(f"{id}|", f"{id}|{firsts[id][0]}") for id in ids])
        for id, row in zip(ids, before, strict=True):
            at, p, k = firsts[id]
            if row is None or (_is_bad(row) and not self._came_before(id, at)):
                self.newcomers[p, k].add(id)

    def _came_before(self, id: str, at: str) -> bool:
        rows = self.read._rows(m.Visit, "person", f"{id}|", f"{id}|{at}")
        return any(not _is_bad(row) for row in rows)

    def _firsts(self, cls: type[Any], field: str, ranges: Sequence[tuple[str, str]]) -> Iterator[Row | None]:
        """The first row of each range, in few questions where the store can be asked for many."""
        index_field(cls.kind, field)
        storage = self.read._storage
        if not isinstance(storage, FindsFirst):
            for ge, lt in ranges:
                rows = storage.find(cls.kind, field, ge=ge, lt=lt, limit=1).rows
                yield rows[0] if rows else None
            return
        for at in range(0, len(ranges), MAX_KEYS):
            yield from storage.find_first(cls.kind, field, ranges[at : at + MAX_KEYS])

    def _read_groups(self) -> None:
        """The organisations of those who came."""
        belonged = dict[str, list[m.Affiliation]]()
        for one in self.read._found(m.Affiliation, "person"):
            if one.person_id in self.came:
                belonged.setdefault(one.person_id, []).append(one)
        ids = sorted({one.organisation_id for some in belonged.values() for one in some})
        forms = {one.id: one.form for one in self.read.many(m.Organisation, ids) if one is not None}
        for id, some in belonged.items():
            for at, p, k in self.came[id]:
                day = local(parse_instant(at), self.places[p].zone).date()
                for one in some:
                    if one.counts_on(day) and forms.get(one.organisation_id, "household") != "household":
                        self.groups[p, k].add(one.organisation_id)

    def _loaded(self, cls: type[Any], ids: Sequence[str]) -> Iterator[tuple[str, Row]]:
        """The rows of a class that there are, of some ids."""
        for at in range(0, len(ids), MAX_KEYS):
            some = ids[at : at + MAX_KEYS]
            for id, row in zip(some, self.read._storage.load([Key(cls.kind, id) for id in some]), strict=True):
                if row is not None:
                    yield id, row

    def read_sessions(self) -> None:
        """The sessions that were held, who had seats at them and who was there."""
        for p, place in enumerate(self.places):
            around = widened(self.window(p), _TWO_DAYS, _TWO_DAYS)
            for session in self.read._programme(place.id, around):
                held = [one for one in meetings_in(session, around) if self._is_held(one)]
                asked = self.read._asked(session) if held else []
                for meeting in held:
                    self._count_meeting((p, self.months.index(meeting.starts.day.replace(day=1))), meeting, asked)

    def _is_held(self, meeting: m.Meeting) -> bool:
        over = meeting.state == "planned" and meeting.period.end <= self.now
        return over and self.first <= meeting.starts.day <= self.last

    def _count_meeting(self, spot: Spot, meeting: m.Meeting, asked: Iterable[m.Registration]) -> None:
        self.sums["sessions", spot] += 1
        for one in asked:
            if one.has(meeting):
                self._count_seats("seats", self.seated, spot, one, one.seats)
                if meeting.sheet is not None:
                    self._count_seats("present", self.attended, spot, one, one.present_at(meeting))
        if meeting.sheet is not None:
            self.sums["sheets", spot] += 1
            self.sums["present", spot] += meeting.sheet.walk_ins
            self.attended[spot].update((meeting.id, number) for number in range(meeting.sheet.walk_ins))

    def _count_seats(self, name: str, who: dict[Spot, set[Any]], spot: Spot, one: m.Registration, seats: int) -> None:
        """Count seats, and who they are of: the person, and guests of whom only the number is known."""
        self.sums[name, spot] += seats
        if seats:
            who[spot].add(one.person_id)
            who[spot].update((one.id, number) for number in range(1, seats))

    def read_bookings(self) -> None:
        """How long rooms were let."""
        present = format_instant(self.now)
        for p, place in enumerate(self.places):
            rooms = {one.id for one in self.read._of(m.Space, "place", place.id) if one.use == "room"}
            for k in range(len(self.months)):
                for _, space_id, state, period in self._columns(m.Booking, p, k, ("space_id", "state", "period")):
                    start, end = json.loads(period) if isinstance(period, str) else period
                    if state == "confirmed" and space_id in rooms and end <= present:
                        self.sums["let_minutes", (p, k)] += _minutes(start, end)

    def read_ledger(self) -> None:
        """What was earned, by what the product sells; and on which days the place was open."""
        for p, place in enumerate(self.places):
            earned: dict[tuple[int, str, str], int] = defaultdict(int)
            for k in range(len(self.months)):
                for _, currency, lines in self._columns(m.LedgerEntry, p, k, ("currency", "lines")):
                    for line in json.loads(lines) if isinstance(lines, str) else lines:
                        family, _, name = line["account"].partition("/")
                        if family == "revenue":
                            earned[k, name, currency] -= line["amount"]
            names = self.read._product_names({name for _, name, _ in earned}, place.entity_id)
            products = sorted({names.get(name, name) for _, name, _ in earned})
            sells = {one.id: one.sells for one in self.read.many(m.Product, products) if one is not None}
            for (k, name, currency), amount in earned.items():
                self.revenue[p, k][sells.get(names.get(name, name), LISTED), currency] += amount
            calendar, day = OpeningCalendar.of(place), self.first
            while day <= self.last and day_bounds(day, place.zone).start <= self.now:
                self.sums["opening_days", (p, self.months.index(day.replace(day=1)))] += bool(calendar.day(day))
                day += timedelta(days=1)

    # --- by fact ---------------------------------------------------------------------------------------------------

    def read_publics(self, facts: tuple[str, ...]) -> None:
        """How many people are of each public: as it was known of them on the last day of the month or period on which
        they came. Of those who were forgotten it is read from what was kept.

        Raises:
            InputError: a place does not count people by one of the facts.
        """
        self.facts = facts
        if not facts:
            return
        wanted = list[dict[str, m.Public]]()
        for place in self.places:
            counted = {one.fact: one for one in place.publics}
            if missing := [fact for fact in facts if fact not in counted]:
                raise InputError(f"place {place.id} does not count people by {shown(missing[0])}: see ChangePlace")
            wanted.append(counted)
        known = [(fact, value) for fact in facts for value in _values(wanted, fact)]
        self.publics = {of: defaultdict(int) for of in known}
        for id, row in self._loaded(m.Person, list(self.came)):
            if '"facts"' in row.body:
                person: Any = codec.decode(row)
                self._count_person(person, self.came[id], wanted, facts)
        self._count_forgotten(wanted)
        for fact in facts:
            rest = self.publics[fact, NOT_KNOWN] = defaultdict(int)
            for spot, some in _with_totals(self.people, self.spots, by_place=True).items():
                told = sum(by[spot] for (name, value), by in self.publics.items() if name == fact and value)
                rest[spot] = len(some) - told

    def _count_person(
        self,
        person: m.Person,
        came: Iterable[tuple[str, int, int]],
        wanted: Sequence[Mapping[str, m.Public]],
        facts: Iterable[str],
    ) -> None:
        last: dict[tuple[int, int | None], str] = {}
        for at, p, k in came:
            for spot in [(p, k), (p, None)]:
                last[spot] = max(last.get(spot, ""), at)
        for spot, at in last.items():
            p = spot[0]
            for fact in facts:
                zone = self.places[p].zone
                value = public_on(person.facts, wanted[p][fact], local(parse_instant(at), zone).date(), zone)
                if value:
                    self.publics[fact, value][spot] += 1

    def _count_forgotten(self, wanted: Sequence[Mapping[str, m.Public]]) -> None:
        ids = [m.forgotten_publics_id(self.places[p].id, self.months[k]) for p, k in self.spots]
        for (p, k), kept in zip(self.spots, self.read.many(m.ForgottenPublics, ids), strict=True):
            for one in () if kept is None else kept.counts:
                by = self.publics.get((one.fact, one.value))
                if by is not None and one.value in wanted[p][one.fact].values:
                    by[p, k] += one.people
                    if one.next is None or one.next > self.months[-1]:
                        by[p, None] += one.people

    # --- what is shown ---------------------------------------------------------------------------------------------

    def rows(self) -> Iterator[FunderFigures]:
        """The figures of each place and month, with what must not be shown left out."""
        people, walkers = self._table(self.people), self._table(self.walkers)
        there = {spot: people[spot] | walkers[spot] for spot in people}
        groups, newcomers = self._table(self.groups), self._table(self.newcomers)
        lines = self._lines()
        no_people, no_walkers = _hidden(people, lines), _hidden(walkers, lines)
        no_visits = _hidden(there, lines, no_people)  # less the walk-ins they would be visits of these people
        no_seats, no_present = (_hidden(self._table(some), lines) for some in (self.seated, self.attended))
        parted = _hidden_parts(people, newcomers, no_people, lines)
        publics = {fact: self._hidden_publics(fact, people, no_people) for fact in self.facts}
        totals = {name: self._sums(name) for name in _COUNTS}
        revenue = self._revenue()
        for spot in people:
            new = len(newcomers[spot])
            yield FunderFigures(
                None if spot[0] is None else self.places[spot[0]].id,
                None if spot[1] is None else self.months[spot[1]],
                _shown(len(people[spot]), spot in no_people),
                _shown(new, (spot, "new") in parted),
                _shown(len(people[spot]) - new, (spot, "returning") in parted),
                _shown(len(walkers[spot]), spot in no_walkers),
                _shown(totals["visits"][spot], spot in no_visits),
                _shown(totals["minutes"][spot], spot in no_visits),
                _shown(len(groups[spot]), spot in no_people),
                totals["sessions"][spot],
                totals["sheets"][spot],
                _shown(totals["seats"][spot], spot in no_seats),
                _shown(totals["present"][spot], spot in no_present),
                totals["let_minutes"][spot],
                totals["opening_days"][spot],
                tuple((kind, Money(sum, currency)) for (kind, currency), sum in sorted(revenue[spot].items()) if sum),
                tuple(
                    PublicCount(fact, value, _shown(by[spot], (spot, value) in publics[fact]))
                    for (fact, value), by in self.publics.items()
                ),
            )

    def _table(self, sets: Mapping[Spot, set[Any]]) -> dict[Spot, set[Any]]:
        return _with_totals(sets, self.spots)

    def _lines(self) -> list[Line[Spot]]:
        """The sums that whoever reads a table knows: of the months of a place, and of the places of a month."""
        places, months = range(len(self.places)), range(len(self.months))
        lines: list[Line[Spot]] = [Line((p, None), tuple((p, k) for k in months)) for p in places]
        if len(places) > 1:
            lines += [Line((None, k), tuple((p, k) for p in places)) for k in (*months, None)]
            lines.append(Line((None, None), tuple((None, k) for k in months)))
        return lines

    def _sums(self, name: str) -> dict[Spot, int]:
        found: dict[Spot, int] = defaultdict(int)
        for spot in self.spots:
            for one in _within(spot):
                found[one] += self.sums[name, spot]
        return found

    def _revenue(self) -> dict[Spot, dict[tuple[str, str], int]]:
        found: dict[Spot, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
        for spot in self.spots:
            for of, amount in self.revenue[spot].items():
                for one in _within(spot):
                    found[one][of] += amount
        return found

    def _hidden_publics(
        self, fact: str, people: Mapping[Spot, set[Any]], no_people: Collection[Spot]
    ) -> frozenset[tuple[Spot, str]]:
        """Which counts of a fact are not shown. They add up to the people of a place, and over places."""
        by = {value: counts for (name, value), counts in self.publics.items() if name == fact}
        for some in by.values():
            _add_places(some, self.spots)
        counts = {(spot, value): some[spot] for spot in people for value, some in by.items()}
        fixed = {(spot, "people"): len(people[spot]) for spot in people if spot[0] is not None}
        lines = [
            Line((spot, "people"), tuple((spot, value) for value in by))
            for spot in people
            if spot[0] is not None and spot not in no_people
        ]
        if len(self.places) > 1:
            for k in (*range(len(self.months)), None):
                for value in by:
                    parts = tuple(((p, k), value) for p in range(len(self.places)))
                    lines.append(Line(((None, k), value), parts))
        also = [(spot, value) for spot in no_people for value in by]
        return hidden_cells({**counts, **fixed}, lines, also=also, fixed=set(fixed))


def _minutes(start: str, end: str) -> int:
    """The whole minutes from one instant to another."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)) // _MINUTE


def _is_bad(row: Row) -> bool:
    """Whether nobody came by a visit."""
    return codec.peek(row).get("state") in _BAD


_MINUTE, _TWO_DAYS = timedelta(minutes=1), timedelta(days=2)


def _values(wanted: Sequence[Mapping[str, m.Public]], fact: str) -> list[str]:
    """The values by which the places count a fact, each once, and last what is not known."""
    return [*dict.fromkeys(value for one in wanted for value in one[fact].values), NOT_KNOWN]


def _within(spot: Spot) -> tuple[Spot, ...]:
    """What a place in a month is counted in."""
    p, k = spot
    return spot, (p, None), (None, k), (None, None)


def _with_totals(
    sets: Mapping[Spot, set[Any]], spots: Sequence[tuple[int, int]], *, by_place: bool = False
) -> dict[Spot, set[Any]]:
    """What is in each place and month, in each place, and for several places in all of them.

    Where it is ``by_place``, only each place and month, and each place.
    """
    found: dict[Spot, set[Any]] = {}
    several = not by_place and len({p for p, _ in spots}) > 1
    ordered: list[Spot] = [*spots, *dict.fromkeys((p, None) for p, _ in spots)]
    if several:
        ordered += [*dict.fromkeys((None, k) for _, k in spots), (None, None)]
    for spot in ordered:
        found[spot] = set()
    for spot in spots:
        for one in _within(spot):
            if one in found:
                found[one] |= sets.get(spot, set())
    return found


def _add_places(counts: dict[Spot, int], spots: Sequence[tuple[int, int]]) -> None:
    """Add up what is counted at each place."""
    of: list[Spot] = [*spots, *dict.fromkeys((p, None) for p, _ in spots)]
    for p, k in of:
        counts[None, k] += counts[p, k]


def _hidden(sets: Mapping[Spot, set[Any]], lines: Sequence[Line[Spot]], also: Collection[Spot] = ()) -> frozenset[Spot]:
    """Which cells are not shown, by who is in each; some are hidden in any case."""
    counts = {spot: len(some) for spot, some in sets.items()}
    return hidden_cells(counts, lines, together=_union(lambda cell: sets[cell]), also=also)


def _union(of: Callable[[Any], set[Any]]) -> Callable[[Collection[Any]], int]:
    return lambda cells: len(set[Any]().union(*map(of, cells)))


def _hidden_parts(
    people: Mapping[Spot, set[Any]],
    newcomers: Mapping[Spot, set[Any]],
    no_people: Collection[Spot],
    lines: Sequence[Line[Spot]],
) -> frozenset[tuple[Spot, str]]:
    """Which of those who are new and who return are not shown: together they are the people, and who is new adds up."""
    sets: dict[tuple[Spot, str], set[Any]] = {(spot, "new"): some for spot, some in newcomers.items()}
    sets |= {(spot, "returning"): some - newcomers[spot] for spot, some in people.items()}
    sets |= {(spot, "people"): some for spot, some in people.items()}
    parted = [Line((spot, "people"), ((spot, "new"), (spot, "returning"))) for spot in people if spot not in no_people]
    parted += [Line((line.total, "new"), tuple((part, "new") for part in line.parts)) for line in lines]
    return hidden_cells(
        {cell: len(some) for cell, some in sets.items()},
        parted,
        together=_union(lambda cell: sets[cell]),
        also=[(spot, part) for spot in no_people for part in ("new", "returning")],
        fixed={cell for cell in sets if cell[1] == "people"},
    )


def _shown(count: int, hidden: bool) -> int | None:
    return None if hidden else count
