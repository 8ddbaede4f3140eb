"""What a seat costs: what the price list is asked, the charge, and the seat that is confirmed once nothing is due."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.catalogue.records import PriceList, Product
from cantinekit.domain.courses.prices import left_ids, wanted_of
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.charging import PAYMENT_HOLD, raise_charge, take
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.registrations.commands import Register, TakeSeat
from cantinekit.domain.registrations.events import SeatConfirmed, SeatPriced
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sales.prices import Wanted, make_price, sale_keys
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State, Wish, refer


def sale_wishes(state: State, session: Session, option_ids: tuple[str, ...], person_id: str) -> list[Wish]:
    """What the sale of a seat looks at beside the wallet of the person, which is loaded already."""
    wishes: list[Wish] = [(Place, session.place_id), (LegalEntity, session.entity_id)]
    wishes += [(PriceList, session.pricelist_id), *sale_keys(state, [], person_id)]
    return [*wishes, *((Product, id) for id in (session.product_id, *option_ids))]


def wanted_seats(
    state: State,
    session: Session,
    product_id: str | None,
    option_ids: tuple[str, ...],
    seats: int,
    now: datetime,
    facts: Facts,
) -> list[Wanted]:
    """What the price list is asked for seats with their options; nothing for free seats without any."""
    ids = [*([product_id] if product_id else []), *option_ids]
    return [wanted_of(state.need(Product, id), session, seats, now, facts) for id in ids]


def hold_until(session: Session, now: datetime) -> datetime:
    """Until when a seat is held for its payment."""
    return min(now + PAYMENT_HOLD, session.closes)


def sell(draft: Draft, held: Registration, session: Session, c: Register | TakeSeat, expires: datetime) -> None:
    """Price a held seat and take what it costs; it is confirmed where nothing is due any more.

    Args:
        draft: what is decided.
        held: the registration, with the options that are bought.
        session: its session.
        c: the account, the promised price and the facts.
        expires: until when the seat is held where something stays due, in UTC.
    """
    things = wanted_seats(
        draft.state, session, held.product_at(session), held.option_ids, held.seats, draft.now, c.facts
    )
    subject, left = refer(held), left_ids(session, draft.now)
    if not things:
        confirm(draft, held.id, left)
        return
    place = draft.state.need(Place, session.place_id)
    priced = make_price(
        draft.state,
        things,
        subject=subject,
        place=place,
        customer_id=held.person_id,
        now=draft.now,
        ids=draft.ids,
        promise=c.quote,
    )
    draft.price = priced.quote
    draft.add(*priced.events())
    charge = raise_charge(draft, priced, subject, place, held.person_id) if priced.due else None
    charge_id = charge.id if charge else None
    draft.add(SeatPriced(held.id, charge_id, priced.spends, held.option_ids, expires, left, priced.moves))
    if charge is None or (c.account and take(draft, charge.id, c.account, c.return_url)):
        confirm(draft, held.id)
    else:
        draft.later("expire", subject, expires)


def confirm(draft: Draft, registration_id: str, meeting_ids: tuple[str, ...] = ()) -> None:
    """Confirm a held seat, and have the person told.

    Args:
        draft: what is decided.
        registration_id: the registration.
        meeting_ids: the meetings of a course that a free seat is for; a price has said them of any other.
    """
    draft.add(SeatConfirmed(registration_id, meeting_ids))
    registration = draft.state.need(Registration, registration_id)
    draft.tell("seat confirmed", registration.person_id, refer(registration))
