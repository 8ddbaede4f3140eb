"""Reading for a page of the programme: the sessions of a month with their seats and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import attrs

from cantinekit.calendar import add_months
from cantinekit.clock import Period, day_bounds
from cantinekit.common.arguments import checked
from cantinekit.common.typography import Lang, check_lang
from cantinekit.domain.catalogue.finding import split_name
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.payments.sponsoring import sponsored_quote
from cantinekit.domain.people.presence import present
from cantinekit.domain.registrations.deciding import check_open_to_seats, verdict
from cantinekit.domain.registrations.seats import group_of
from cantinekit.domain.registrations.selling import wanted_seats
from cantinekit.domain.sales.prices import find_answer
from cantinekit.domain.sales.question import Question
from cantinekit.domain.sales.selling import to_codes
from cantinekit.domain.sales.values import FactLike, Facts, to_facts
from cantinekit.domain.session_series.records import titled
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, RefusedError
from cantinekit.money import Money
from cantinekit.reads.grid import read_counted, read_sold
from cantinekit.reads.sessions import SessionReads, meetings_in
from cantinekit.records import Person, Place, PriceList, Product, Session, Wallet, Workshop


@attrs.frozen
class ProgrammeItem:
    """A session on a page of the programme.

    Attributes:
        session: the session, or course.
        workshop: its workshop.
        period: from when until when it is; of a course its first meeting in the month.
        left: how many seats somebody can have now; 0 where people wait for them.
        waiting: how many registrations are on the waiting list.
        open: whether people can register: for a seat where some are left, else for the waiting list.
        price: what a seat costs; zero where it is free. ``None`` where the price list has no price for it.
        refused: why the price list has none; ``None``: it has.
    """

    session: Session
    workshop: Workshop
    period: Period
    left: int
    waiting: int
    open: bool
    price: Money | None
    refused: RefusedError | None = attrs.field(default=None, eq=False)

    def title(self, lang: Lang = "en") -> str:
        """The title of the workshop, followed by the theme of the session where it has one.

        Args:
            lang: "fr" or "en".

        Raises:
            InputError: there are no texts in this language.
        """
        check_lang(lang)
        return titled(self.workshop.title, self.session, lang)


Prices = dict[tuple[object, ...], PriceQuote]
"""What was answered to questions about seats."""


class ProgrammeReads(SessionReads):
    """Answers what a page of the programme asks."""

    @checked
    def programme_month(
        self,
        place_id: str,
        month: date,
        *,
        person_id: str | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        now: datetime | None = None,
    ) -> tuple[ProgrammeItem, ...]:
        """The sessions of a month at a place, by their start, cancelled ones too: with the seats that are left, who
        waits, and what a seat costs. Of a course the month shows it once, by its first meeting in it.

        It takes at most six round trips, whatever the number of sessions.

        Args:
            place_id: the place.
            month: a day of the month, on the calendar of the place.
            person_id: for whom; ``None``: nobody known.
            facts: what the price list asks to know, by name.
            codes: codes that were given: of a group that seats are kept for, its seats are those that are left.
            now: the instant at which it is asked; ``None``: the present.

        Raises:
            NotFoundError: there is no such place or person.
            WrongStateError: the person is being forgotten, or was.
            InputError: a month is no date, or a fact is none that the price list knows.
        """
        if isinstance(month, datetime):
            raise InputError("month must be a date")
        uow, told = self._uow(now), to_facts(facts or {})
        self._read(read_people(uow, place_id, person_id))
        place = uow.state.need(Place, place_id)
        first = month.replace(day=1)
        days = (day_bounds(first, place.zone), day_bounds(add_months(first, 1) - timedelta(days=1), place.zone))
        within = Period(days[0].start, days[1].end)
        found = [(meetings_in(one, within)[0].period, one) for one in self._programme(place_id, within)]
        asked = Asked(place_id, person_id, told, to_codes(codes))
        self._read(read_sessions(uow, [one for _, one in found], asked))
        prices: Prices = {}
        items = (item_of(uow.state, one, period, asked, uow.now, prices)[0] for period, one in found)
        return tuple(sorted(items, key=lambda item: (item.period.start, item.session.id)))


@attrs.frozen
class Asked:
    """For whom a page is, and what they told.

    Attributes:
        place_id: the place.
        person_id: for whom; ``None``: nobody known.
        facts: what they told.
        codes: the codes that they gave.
    """

    place_id: str
    person_id: str | None
    facts: Facts
    codes: tuple[str, ...]

    def question(self, state: State, session: Session, now: datetime) -> Question:
        """What a seat of a session asks of the price list.

        Args:
            state: the records.
            session: the session.
            now: the instant.

        Raises:
            RefusedError: it cannot be asked.
        """
        things = wanted_seats(state, session, session.product_id, (), 1, now, self.facts)
        group = group_of(session, self.codes)
        groups = () if group is None else (group,)
        return Question(tuple(things), self.place_id, self.person_id, self.codes, groups=groups)


def read_people(uow: Uow, place_id: str, person_id: str | None) -> Steps[None]:
    """Load the place and whoever asks.

    Args:
        uow: the unit of work.
        place_id: the place.
        person_id: who asks; ``None``: nobody known.

    Raises:
        NotFoundError: there is no such place or person.
        WrongStateError: the person is being forgotten, or was.
    """
    yield from uow.need(Place, place_id, (Person, person_id), (Wallet, person_id))
    if person_id is not None:
        present(uow.state, person_id)


def read_sessions(uow: Uow, sessions: Sequence[Session], asked: Asked) -> Steps[None]:
    """Load the workshops of sessions, and what prices their seats.

    Args:
        uow: has what ``read_people`` loads.
        sessions: the sessions.
        asked: for whom, and what they told.
    """
    names = dict.fromkeys(one.product_id for one in sessions if one.product_id is not None)
    wishes: list[Wish] = [(Workshop, one.workshop_id) for one in sessions]
    wishes += [wish for name in names for wish in ((Product, name), (PriceList, split_name(name)[0]))]
    yield from uow.fetch(wishes)
    yield from read_sold(uow, tuple(names), asked.place_id, asked.person_id, None)
    questions = list[Question]()
    for session in sessions:
        try:
            questions.append(asked.question(uow.state, session, uow.now))
        except RefusedError:  # its price says so
            continue
    yield from read_counted(uow, [one for one in questions if one.things])


def item_of(
    state: State, session: Session, period: Period, asked: Asked, now: datetime, prices: Prices | None = None
) -> tuple[ProgrammeItem, PriceQuote | None]:
    """A session as it is on a page, and its price with the reasons where it has one.

    Args:
        state: has what ``read_people`` and ``read_sessions`` load.
        session: the session.
        period: from when until when the page says that it is.
        asked: for whom, and what they told.
        now: the instant.
        prices: the prices of equal questions, which are asked once; ``None``: there are no others.
    """
    group = group_of(session, asked.codes)
    try:
        check_open_to_seats(session, now)
        open = verdict(session, now) != "cancelled"  # its task may not have run yet
    except RefusedError:
        open = False
    full = session.is_full(now, 1, (), group)
    left = 0 if full or not open else max(0, session.room(now, (), group))
    found = _price(state, session, asked, now, {} if prices is None else prices)
    refused = found if isinstance(found, RefusedError) else None
    quote = found if isinstance(found, PriceQuote) else None
    free = Money.zero(state.need(Place, asked.place_id).currency) if found is None else None
    workshop = state.need(Workshop, session.workshop_id)
    price = quote.price.total if quote is not None else free
    return ProgrammeItem(session, workshop, period, left, len(session.waiting), open, price, refused), quote


def _price(
    state: State, session: Session, asked: Asked, now: datetime, prices: Prices
) -> PriceQuote | RefusedError | None:
    """What a seat costs, ``None``: it is free; of equal questions the price list is asked once."""
    try:
        question = asked.question(state, session, now)
        if not question.things:
            return None
        key = (question.things, question.codes, question.groups)
        if key not in prices:
            prices[key] = sponsored_quote(state, find_answer(state, question, now), question, now)
        return prices[key]
    except RefusedError as refused:
        return refused
