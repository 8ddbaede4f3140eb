"""Reading for the page of one session: what the programme says of it, where it is, its price with the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from cantinekit.common.arguments import checked
from cantinekit.domain.catalogue.finding import split_name
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.registrations.seats import seat_key
from cantinekit.domain.sales.selling import to_codes
from cantinekit.domain.sales.values import FactLike, to_facts
from cantinekit.domain.state import Wish
from cantinekit.domain.uniques.records import Unique
from cantinekit.plugins.ports import Key
from cantinekit.reads.own import OwnReads
from cantinekit.reads.programme import Asked, ProgrammeItem, item_of, read_people, read_sessions
from cantinekit.records import Person, Place, PriceList, Product, Registration, Session, Space, Wallet, Workshop


@attrs.frozen
class SessionPage:
    """A session with what its page shows.

    Attributes:
        item: the session as the programme shows it; the period of a course is that of its first meeting.
        place: its place.
        space: its space; ``None``: it has none, or each meeting has its own.
        options: what can be had with a seat, in the order of the session.
        quote: what a seat costs, with the reasons, for whoever asks; ``None``: it is free, or ``item.refused`` says why
            there is no price.
        mine: the registration of whoever asks, or their rank on the waiting list, that is not over; ``None``: there is
            none, or nobody known asks.
    """

    item: ProgrammeItem
    place: Place
    space: Space | None
    options: tuple[Product, ...]
    quote: PriceQuote | None
    mine: Registration | None


class SessionPageReads(OwnReads):
    """Answers what the page of a session asks."""

    @checked
    def session_page(
        self,
        session_id: str,
        *,
        person_id: str | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        now: datetime | None = None,
    ) -> SessionPage:
        """A session with what its page shows: what ``programme_month`` says of it, its place, space and options, the
        price with its reasons, and the registration of whoever asks.

        It takes at most five round trips, however many sessions the place has.

        Args:
            session_id: the session.
            person_id: for whom; ``None``: nobody known.
            facts: what the price list asks to know, by name.
            codes: codes that were given: of a group that seats are kept for, its seats are those that are left.
            now: the instant at which it is asked; ``None``: the present.

        Raises:
            NotFoundError: there is no such session or person.
            WrongStateError: the person is being forgotten, or was.
            InputError: a fact is none that the price list knows.
        """
        told = (to_facts(facts or {}), to_codes(codes))
        read, uow = self.once(), self._uow(now)
        seat = seat_key(session_id, person_id) if person_id is not None else None
        read._know(_keys([(Session, session_id), (Person, person_id), (Wallet, person_id), (Unique, seat)]))
        session = read.need(Session, session_id)
        taken = read.get(Unique, seat) if seat is not None else None
        product_id = session.product_id
        list_id = split_name(product_id)[0] if product_id is not None else None
        named: list[Wish] = [(Place, session.place_id), (Workshop, session.workshop_id), (Space, session.space_id)]
        named += [(Product, product_id), (PriceList, list_id), (Registration, taken.holder if taken else None)]
        read._know(_keys([*named, *((Product, id) for id in session.option_ids)]))
        asked = Asked(session.place_id, person_id, *told)
        read._read(read_people(uow, session.place_id, person_id))
        read._read(read_sessions(uow, [session], asked))
        item, quote = item_of(uow.state, session, session.every_meeting[0].period, asked, uow.now)
        return SessionPage(
            item,
            read.need(Place, session.place_id),
            read.get(Space, session.space_id) if session.space_id is not None else None,
            tuple(one for one in read.many(Product, session.option_ids) if one is not None),
            quote,
            read.registration_of(session_id, person_id) if person_id is not None else None,
        )


def _keys(wishes: Sequence[Wish]) -> list[Key]:
    """The keys of what is wished for; nothing of what there is none."""
    return [Key(cls.kind, id) for cls, id in wishes if id is not None]
