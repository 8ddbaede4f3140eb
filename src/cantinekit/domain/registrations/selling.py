"""What a seat costs: what the price list is asked, the charge, and the seat that is confirmed once nothing is due."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.catalogue.finding import found_product, kept_product
from cantinekit.domain.catalogue.records import PriceList, Product, Sells
from cantinekit.domain.courses.prices import left_ids, wanted_of
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.giving import sell_priced
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.registrations.commands import MoveRegistration, Register, TakeSeat
from cantinekit.domain.registrations.events import SeatConfirmed, SeatPriced
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.seats import group_of
from cantinekit.domain.sales.prices import make_price
from cantinekit.domain.sales.question import Question, Wanted, sale_keys, wanted_extras
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State, Wish, refer
from cantinekit.errors import UnsuitableError


def sale_wishes(
    state: State,
    session: Session,
    option_ids: tuple[str, ...],
    person_id: str | None,
    c: SellingCommand[object],
) -> list[Wish]:
    """What the sale of a seat looks at beside the wallet of the person and the payer, which were looked for."""
    wishes: list[Wish] = [(Place, session.place_id), (LegalEntity, session.entity_id)]
    wishes += [(PriceList, session.pricelist_id), *sale_keys(state, [], person_id, c)]
    return [*wishes, *((Product, id) for id in (session.product_id, *option_ids))]


def seat_question(
    state: State,
    session: Session,
    product_id: str | None,
    option_ids: tuple[str, ...],
    seats: int,
    person_id: str | None,
    now: datetime,
    c: Register | TakeSeat | MoveRegistration,
) -> Question:
    """What the price list is asked for seats with their options and extras; nothing for free seats without any.

    Raises:
        UnsuitableError: something is bought along with a seat that has no price list.
    """
    had = isinstance(c, MoveRegistration)
    things = wanted_seats(state, session, product_id, option_ids, seats, now, c.facts, had=had)
    if c.extras and not things:
        raise UnsuitableError("a seat that nothing is paid for has no price list, by which extras could be sold")
    extras = wanted_extras(c.extras, things[0]) if things else []
    group = group_of(session, c.codes)
    groups = () if group is None else (group,)
    return Question((*things, *extras), session.place_id, person_id, c.codes, groups=groups, payer_id=c.payer_id)


def wanted_seats(
    state: State,
    session: Session,
    product_id: str | None,
    option_ids: tuple[str, ...],
    seats: int,
    now: datetime,
    facts: Facts,
    *,
    had: bool = False,
) -> list[Wanted]:
    """What is wanted for seats: their product, where they are not free, then their options; ``had``: they were sold."""
    place, named = state.need(Place, session.place_id), list[tuple[str, Sells]]()
    if product_id:
        named.append((product_id, "seat"))
    named += [(id, "option") for id in option_ids]
    find = kept_product if had else found_product
    return [wanted_of(find(state, id, place, use), session, seats, now, facts) for id, use in named]


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
    product_id, options = held.product_at(session), held.option_ids
    asked = seat_question(draft.state, session, product_id, options, held.seats, held.person_id, draft.now, c)
    subject, left = refer(held), left_ids(session, draft.now)
    if not asked.things:
        confirm(draft, held.id, left)
        return
    place = draft.state.need(Place, session.place_id)
    priced = make_price(draft.state, asked, subject=subject, now=draft.now, ids=draft.ids, promise=c.quote)
    sold = sell_priced(draft, priced, subject, place, held.person_id, c)
    moves, sale = priced.moves, priced.sale.id
    draft.add(SeatPriced(held.id, sold.charge_id, sold.spends, held.option_ids, expires, left, moves, sale))
    if sold.stands:
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
    draft.add(SeatConfirmed(registration_id, meeting_ids, draft.now))
    registration = draft.state.need(Registration, registration_id)
    draft.tell("seat confirmed", registration.person_id, refer(registration))
