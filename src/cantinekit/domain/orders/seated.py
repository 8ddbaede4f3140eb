"""Seats that are sold with an order: held while it waits for its payment, confirmed once it is paid, freed with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.attendance.trainings import first_wishes
from cantinekit.domain.courses.prices import left_ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.orders.commands import Sell
from cantinekit.domain.orders.records import Order, OrderEnd, OrderLine
from cantinekit.domain.payments.records import ChargePart
from cantinekit.domain.people.records import Person
from cantinekit.domain.registrations.admission import admission_of
from cantinekit.domain.registrations.commands import Register
from cantinekit.domain.registrations.events import SeatGivenUp, SeatPriced, SeatRetaken
from cantinekit.domain.registrations.holds import has_seat, ran_out
from cantinekit.domain.registrations.promotion import next_waiting, promote
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.registering import (
    ask_for_seats,
    check_session,
    hold_seats,
    kept_sold_out,
    seat_product,
)
from cantinekit.domain.registrations.seats import both, group_of, seat_key, seated, unseated, without_holds
from cantinekit.domain.registrations.selling import confirm, sale_wishes, wanted_seats
from cantinekit.domain.sales.item_moves import CHARGED, owner_of
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.question import Wanted
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.uniques.events import UniqueFreed
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import SoldOutError, UnsuitableError
from cantinekit.money import Money


def seats_of(c: Sell) -> list[Register]:
    """The seats that an order is to sell."""
    return [line for line in c.lines if isinstance(line, Register)]


# --- what is read ----------------------------------------------------------------------------------------------------


def session_wishes(c: Sell) -> list[Wish]:
    """What seats are asked of: their sessions and people, and whether these have a registration already."""
    wishes: list[Wish] = []
    for one in seats_of(c):
        wishes += [(Session, one.session_id), (Person, one.person_id)]
        wishes.append((Unique, seat_key(one.session_id, one.person_id)))
    return wishes


def seats_asked(state: State, c: Sell, now: datetime) -> list[tuple[Session, Register]]:
    """The seats of an order, each with its session.

    Raises:
        NotFoundError: there is no such session.
        WrongStateError, TooLateError, UnsuitableError: as ``Register`` says of a session for which nobody can register;
            or it is at another place.
    """
    found = []
    for one in seats_of(c):
        session = state.need(Session, one.session_id)
        check_session(session, one.option_ids, now)
        if session.place_id != c.place_id:
            raise UnsuitableError(f"session {session.id} is at another place")
        found.append((session, one))
    return found


def admission_wishes(state: State, c: Sell, asked: Sequence[tuple[Session, Register]]) -> list[Wish]:
    """What the workshops of seats are looked at for, and what their sale looks at."""
    wishes: list[Wish] = []
    for session, one in asked:
        taken = state.get(Unique, seat_key(session.id, one.person_id))
        wishes += [(Workshop, session.workshop_id), (Registration, taken.holder if taken else None)]
        wishes += sale_wishes(state, session, one.option_ids, c.person_id, c)
    return wishes


def training_wishes(state: State, asked: Sequence[tuple[Session, Register]]) -> list[Wish]:
    """What the people must have learnt, once the workshops are loaded."""
    return [wish for session, one in asked for wish in first_wishes(state, session, one.person_id)]


def bursary_products(state: State, asked: Sequence[tuple[Session, Register]]) -> list[str | None]:
    """How the products of solidarity seats are named, once the workshops are loaded."""
    return [admission_of(state, session).bursary_product_id for session, one in asked if one.bursary]


def seat_wishes(state: State, order: Order) -> list[Wish]:
    """What it takes to confirm or end the seats of an order that waits, once their registrations are loaded."""
    wishes: list[Wish] = []
    for one in seats_held(state, order):
        wishes += [(Session, one.session_id), (Unique, seat_key(one.session_id, one.person_id))]
    return wishes


def waiting_wishes(state: State, order: Order, now: datetime) -> list[Wish]:
    """Who is promoted where the seats of an order that waits come free, once their sessions are loaded."""
    sessions: dict[str, Session] = {}
    for one in seats_held(state, order):
        sessions[one.session_id] = unseated(sessions.get(one.session_id) or state.need(Session, one.session_id), one)
    return [wish for session in sessions.values() for wish in next_waiting(session, now)]


# --- what is sold ----------------------------------------------------------------------------------------------------


def groups_of(state: State, c: Sell) -> tuple[str, ...]:
    """Those of the codes of an order for which seats of its sessions are kept."""
    found = [group_of(state.need(Session, one.session_id), c.codes) for one in seats_of(c)]
    return tuple(dict.fromkeys(code for code in found if code is not None))


def wanted_seat(state: State, one: Register, c: Sell, facts: Facts, now: datetime) -> list[Wanted]:
    """What the price list is asked for seats: their product, then their options.

    Raises:
        NotFoundError: there is no such product.
        UnsuitableError: nothing of it is sold.
    """
    session = state.need(Session, one.session_id)
    product_id = seat_product(state, session, one)
    found = wanted_seats(state, session, product_id, one.option_ids, one.seats, now, facts)
    if not found:
        raise UnsuitableError(f"a seat at session {session.id} is free and is sold with no order: register by itself")
    return [evolve(thing, for_other=one.person_id != c.person_id) for thing in found]


def options_along(state: State, one: Register) -> int:
    """How many options follow the first thing of what is wanted for seats."""
    free = seat_product(state, state.need(Session, one.session_id), one) is None
    return len(one.option_ids) - (1 if free else 0)


def held_until(state: State, c: Sell, until: datetime) -> datetime:
    """Until when an order holds its seats for its payment: no longer than people can register."""
    return min([until, *(state.need(Session, one.session_id).closes for one in seats_of(c))])


def take_seats(draft: Draft, c: Sell, expires: datetime) -> dict[int, Registration]:
    """Hold the seats of an order, those of one session after another; each by the place of its line from 0.

    Raises:
        SoldOutError: too few seats are free, or others wait for them; nobody joins a waiting list with an order.
        CantineError: what ``Register`` says of a person who may not register.
    """
    found = dict[int, Registration]()
    for place, line in enumerate(c.lines):
        if not isinstance(line, Register):
            continue
        session = draft.state.need(Session, line.session_id)
        asked = ask_for_seats(draft, session, line, c.codes)
        if session.is_full(draft.now, line.seats, line.option_ids, asked.kept_for):
            if asked.kept_for is not None:
                raise kept_sold_out(session, asked, draft.now)
            left = 0 if session.line else max(0, session.room(draft.now, line.option_ids))
            what = f"session {session.id}, whose waiting list an order does not join"
            raise SoldOutError(what, wanted=line.seats, left=left)
        found[place] = hold_seats(draft, asked, session, expires)
    return found


def price_seats(
    draft: Draft, held: Registration, lines: Mapping[str, OrderLine], order: Order, priced: Priced, began: datetime
) -> None:
    """Give held seats what their lines cost, take and count.

    Args:
        draft: what is decided so far.
        held: the registration.
        lines: its lines with their shares, by the items of the sale.
        order: the order.
        priced: the price of the order.
        began: the instant as of which the meetings of a course are bought.

    Raises:
        UnsuitableError: something of it is measured after its use, which a seat is not.
    """
    pending = {fact for item, fact in priced.quote.price.pending if owner_of(item) in lines}
    if pending:
        raise UnsuitableError(f"{', '.join(sorted(pending))} is measured afterwards, and a seat is not measured")
    session, shares = draft.state.need(Session, held.session_id), tuple(lines.values())
    draft.add(
        SeatPriced(
            held.id,
            order.charge_ids[0] if order.charge_ids else None,
            tuple(spend for line in shares for spend in line.spends),
            held.option_ids,
            held.expires or order.sold_at,
            left_ids(session, began),
            net_moves(*(line.meters for line in shares)),
            order.sale_id,
            part=_part(lines, priced),
            order_id=order.id,
            items=tuple(lines),
        )
    )


def _part(lines: Mapping[str, OrderLine], priced: Priced) -> ChargePart | None:
    """What of the charge is for seats: without deposits, and without what they need and was bought along."""
    parts = [line.part.amount for line in lines.values() if line.part is not None]
    if not parts:
        return None
    beside = sum(
        line.amount.amount
        for line in priced.quote.price.lines
        if line.kind in CHARGED and owner_of(line.item) in lines and (line.kind == "held" or line.item not in lines)
    )
    whole = Money.sum(parts, parts[0].currency)
    return ChargePart(Money(max(0, whole.amount - beside), whole.currency))


# --- how it ends -----------------------------------------------------------------------------------------------------


def seats_held(state: State, order: Order) -> list[Registration]:
    """The registrations of an order that wait for its payment."""
    return [one for id in order.registration_ids if (one := state.need(Registration, id)).state == "held"]


def can_have_seats(draft: Draft, order: Order) -> bool:
    """Whether all seats of an order can still be had, together."""
    sessions: dict[str, Session] = {}
    for id in order.registration_ids:
        one, session = both(draft.state, id)
        session = sessions.get(session.id, session)
        if one.state != "held" or session.state == "cancelled" or session.closes <= draft.now:
            return False
        if not has_seat(session, one, draft.now):
            session = without_holds(session, ran_out(session, draft.now))
            if session.is_full(draft.now, one.seats, one.option_ids, one.kept_for):
                return False
        sessions[session.id] = seated(session, one, None)
    return True


def is_called_off(state: State, order: Order) -> bool:
    """Whether a session of an order that waits is cancelled: it cannot be had any more."""
    return any(state.need(Session, one.session_id).state == "cancelled" for one in seats_held(state, order))


def confirm_seats(draft: Draft, order: Order) -> None:
    """Confirm the seats of an order that is paid; after their hold has ended they are taken again."""
    for one in seats_held(draft.state, order):
        if has_seat(both(draft.state, one.id)[1], one, draft.now):
            confirm(draft, one.id)
        else:
            draft.add(SeatRetaken(one.id, draft.now))
            draft.tell("seat confirmed", one.person_id, refer(one))


def end_seats(draft: Draft, order: Order, ended: OrderEnd) -> None:
    """End the seats of an order that was never had, have their people told, and promote those who wait."""
    held = seats_held(draft.state, order)
    for one in held:
        session = draft.state.need(Session, one.session_id)
        called_off, template = session.state == "cancelled", f"seat {ended}"
        if called_off:
            template = "session below minimum" if session.reason == TOO_FEW else "session cancelled"
        draft.add(
            SeatGivenUp(one.id, "cancelled" if called_off else ended, at=draft.now),
            UniqueFreed(seat_key(one.session_id, one.person_id)),
        )
        draft.tell(template, one.person_id, refer(one))
    for id in dict.fromkeys(one.session_id for one in held):
        promote(draft, id)
