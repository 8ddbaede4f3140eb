"""Moving seats to another session of the same workshop: what they cost there by what was agreed, and the difference."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cantinekit.common.facts import Fact
from cantinekit.domain.attendance.trainings import TRAININGS, first_wishes, missing_trainings
from cantinekit.domain.catalogue.finding import read_products
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.courses.prices import left_ids, told_facts
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.moving import MovedThing, fee_within, find_move, move_held, new_price, settle_move
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import (
    charge_parts,
    read_scopes,
    undo_wishes,
)
from cantinekit.domain.payments.differences import first_charge, payer_of
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import MovedOut, move_out
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.commands import MoveRegistration
from cantinekit.domain.registrations.events import SeatMoved
from cantinekit.domain.registrations.giving_up import customer_of, deposits_of, products_of, seat_item, shares_of
from cantinekit.domain.registrations.holds import has_seat, ran_out, refuse_with_order
from cantinekit.domain.registrations.promotion import next_waiting, promote
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.seats import both, seat_key, unseated
from cantinekit.domain.registrations.selling import confirm, sale_wishes, seat_question
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.afterwards import sold_for, stays_had
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.past import agreed_sale, as_sold, debt_of
from cantinekit.domain.sales.past import sale_wishes as agreed_wishes
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.question import Question, Wanted, read_prices
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State, refer
from cantinekit.domain.uniques.events import UniqueFreed, UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import (
    AdmissionError,
    SoldOutError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.scheduling.admission import BursariesGone

MOVED = "seat moved"
"""Why money goes back."""


def read_seat_move(uow: Uow, c: MoveRegistration) -> Steps[None]:
    """Load what it takes to move seats: both sessions, who waits for the old seats, and how they were sold."""
    one = yield from uow.need(Registration, c.registration_id, (Session, c.session_id))
    new = uow.state.need(Session, c.session_id)
    wishes = undo_wishes(uow.state, one.charges, one.spends, one.person_id, one.meters)
    wishes += [(Person, one.person_id), (Wallet, one.person_id), (Person, c.payer_id), (Workshop, new.workshop_id)]
    wishes.append((Sale, one.sale_id))
    wishes += [(Unique, seat_key(session_id, one.person_id)) for session_id in (one.session_id, new.id)]
    old = yield from uow.need(Session, one.session_id, *wishes)
    customer_id = customer_of(uow.state, one)
    if customer_id != one.person_id:
        yield from uow.fetch([(Person, customer_id), (Wallet, customer_id)])
    wishes = [*sale_wishes(uow.state, new, one.option_ids, customer_id, c), *charge_parts(uow.state, one.charges)]
    wishes += first_wishes(uow.state, new, one.person_id)
    taken = uow.state.get(Unique, seat_key(new.id, one.person_id))
    wishes += [(Registration, taken.holder if taken else None), (Product, one.bursary_product_id)]
    wishes += agreed_wishes(uow.state, [one.sale_id])
    yield from uow.fetch([*wishes, *next_waiting(unseated(old, one), uow.now)])
    yield from read_products(uow, (one.product_at(new), *one.option_ids), new.place_id)
    yield from read_prices(uow, _question(uow, one, new, c), uow.now)
    yield from read_scopes(uow)


def _question(draft: Draft, one: Registration, new: Session, c: MoveRegistration) -> Question:
    """What the price list is asked for the seats at the new session: with what it was told when they were sold."""
    sale = draft.state.need(Sale, one.sale_id) if one.sale_id is not None else None
    if sale is not None:
        facts = {**_facts(draft.state, one, sale), **dict(c.facts)}
        codes = dict.fromkeys([*sale.codes, *c.codes])
        along = () if one.items else sale.items[1 + len(one.option_ids) :]
        extras = {item.tariff_product: item.count for item in along} | dict(c.extras)
        c = attrs.evolve(c, facts=facts, codes=tuple(codes), extras=extras)
    product_id, options, customer_id = one.product_at(new), one.option_ids, customer_of(draft.state, one)
    asked = seat_question(draft.state, new, product_id, options, one.seats, customer_id, draft.now, c)
    things = tuple(attrs.evolve(thing, for_other=customer_id != one.person_id) for thing in asked.things)
    if sale is not None:
        things = _as_sold(draft.state, one, sale, things)
    payer_id = c.payer_id or payer_of(draft.state, first_charge(draft.state, one.charges))
    return attrs.evolve(asked, things=things, agreed=sale, payer_id=payer_id)


def _as_sold(state: State, one: Registration, sale: Sale, things: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """What is wanted by the products that the seats were sold by, as these were; another session may have others."""
    named = [one.product_at(state.need(Session, one.session_id)), *one.option_ids]
    items = [item for item in sale.items if not one.items or item.label in one.items]
    had = dict(zip((id for id in named if id is not None), items, strict=False))
    found = list[Wanted]()
    for thing in things:
        if (item := had.get(thing.product.id)) is not None:
            product = as_sold(state, thing.product, sale, item)
            thing = attrs.evolve(
                thing, product=product, item=attrs.evolve(thing.item, tariff_product=product.tariff_product)
            )
        found.append(thing)
    return tuple(found)


def _facts(state: State, one: Registration, sale: Sale) -> dict[str, Fact]:
    """What the price list was told by whoever registered."""
    ours = told_facts(state.need(Session, one.session_id), one.asked_at)
    return {name: value for name, value in seat_item(sale, one).facts if name not in ours}


def move_seat(draft: Draft, one: Registration, new: Session, c: MoveRegistration) -> None:
    """Move seats that may be moved, after all that may refuse it.

    Args:
        draft: all that ``read_seat_move`` loads.
        one: the registration.
        new: the session to which it is moved.
        c: the command.
    """
    old = both(draft.state, one.id)[1]
    _check_seat(draft, one, old)
    rules = _check_new(draft, one, old, new, c)
    after = attrs.evolve(
        one,
        session_id=new.id,
        place_id=new.place_id,
        meeting_ids=left_ids(new, draft.now) if one.meeting_ids or new.meetings else (),
        moved_from=(*one.moved_from, old.id),
        kept_for=None,
        expires=min(one.expires, new.closes) if one.expires is not None else None,
        changed_at=draft.now,
    )
    after, broken = _price(draft, one, after, new, c)
    draft.add(
        SeatMoved(after, ran_out(new, draft.now)),
        UniqueFreed(seat_key(old.id, one.person_id)),
        UniqueTaken(seat_key(new.id, one.person_id), one.id),
    )
    note_overrides(draft, [*rules, *broken], c.override, refer(one))
    draft.tell(MOVED, one.person_id, refer(one))
    charge = draft.state.need(Charge, after.charge_id) if after.charge_id is not None else None
    had = charge is None or charge.stands or charge.covered
    if one.state == "held" and had:
        confirm(draft, one.id)
    elif one.state == "held" and after.expires != one.expires:
        draft.later("expire", refer(one), after.expires)
    promote(draft, old.id)


def _check_seat(draft: Draft, one: Registration, old: Session) -> None:
    """Refuse to move what is no seat, or what its person is at.

    Raises:
        WrongStateError: it is only offered or waits, is being paid, alone or with its order, or somebody was marked
            present.
        TooLateError: its hold is over.
    """
    refuse_with_order(one)
    if one.state not in ("held", "confirmed"):
        raise WrongStateError(f"registration {one.id}", state=one.state, wanted=["held", "confirmed"])
    if one.state == "held" and one.charge_id is None:
        raise WrongStateError(f"registration {one.id}", state="offered only; take the seat")
    if one.state == "held" and not has_seat(old, one, draft.now):
        raise TooLateError(f"the seat was held until {one.expires.isoformat() if one.expires else 'once'}")
    if one.marks:
        raise WrongStateError(f"registration {one.id}", state="one with attendance")


def _check_new(draft: Draft, one: Registration, old: Session, new: Session, c: MoveRegistration) -> list[str]:
    """The rules that are overridden to have the seats at the new session; or the refusal."""
    if new.id == old.id or new.workshop_id != old.workshop_id:
        raise UnsuitableError(f"session {new.id} is no other session of the same workshop")
    if new.is_full(draft.now, one.seats, one.option_ids):
        left = 0 if new.line else max(0, new.room(draft.now, one.option_ids))
        raise SoldOutError(f"session {new.id}", wanted=one.seats, left=left)
    workshop = draft.state.need(Workshop, new.workshop_id)
    quota = workshop.admission.bursaries
    if one.bursary and quota is not None and new.bursaries + one.seats > quota.of(new.capacity):
        left = max(0, quota.of(new.capacity) - new.bursaries)
        raise AdmissionError(workshop.title, [BursariesGone(quota.of(new.capacity), left, one.seats)])
    untrained = missing_trainings(draft.state, new, one.person_id, draft.now)
    if untrained is not None and c.override is None:
        raise untrained
    return [TRAININGS] if untrained is not None else []


def _price(
    draft: Draft, before: Registration, after: Registration, new: Session, c: MoveRegistration
) -> tuple[Registration, list[str]]:
    """The registration with its new price, and the rules that are broken; the difference is charged or goes back."""
    asked, place = _question(draft, before, new, c), draft.state.need(Place, new.place_id)
    if not asked.things and before.sale_id is None and not shares_of(draft, before):
        return after, []
    thing = _thing(draft, before, asked)
    if before.state == "held":
        priced, sold = move_held(draft, thing, asked, place, c)
        after = _sold(after, priced)
        if priced is None:
            after = attrs.evolve(after, charge_id=None)
        return after if sold is None else attrs.evolve(after, charge_id=sold.charge_id, spends=sold.spends), []
    out = _take_out(draft, before, place)
    priced = new_price(draft, thing, asked, c, out)
    total, old = Money.zero(place.currency), out.old
    if priced is not None:
        total = priced.sale.total + priced.quote.price.debt
    if priced is not None and before.sale_id is not None and not before.items:
        old -= stays_had(agreed_sale(draft.state, before.sale_id), priced.agreed(draft.state))
    told, rules = _find_move(draft, before, old, total, overridden=c.override is not None)
    shares = settle_move(draft, thing, priced, old, told, out, place, c)
    fees = before.move_fees + fee_within(told)
    after = attrs.evolve(after, more=shares if before.charge_id is None else shares[1:], move_fees=fees)
    if before.part is not None:
        after = attrs.evolve(after, part=attrs.evolve(before.part, amount=shares[0].amount))
    return _sold(after, priced), rules


def _thing(draft: Draft, one: Registration, asked: Question) -> MovedThing:
    """The seats as what is moved."""
    return MovedThing(
        refer(one),
        customer_of(draft.state, one),
        asked.things[0].product.id if asked.things else "seat",
        one.sale_id,
        one.charge_id,
        shares_of(draft, one),
        one.spends,
        one.meters,
        MOVED,
        one.items or None,
        products_of(draft, one),
        tuple(deposits_of(draft, one)),
    )


def _take_out(draft: Draft, before: Registration, place: Place) -> MovedOut:
    """Take seats out of the scopes in which they were priced, with what they cost."""
    shares = shares_of(draft, before)
    old = Money.sum((share.amount for share in shares), place.currency)
    if before.sale_id is not None:
        agreed = agreed_sale(draft.state, before.sale_id)
        old = _total(*agreed, before) + debt_of(*agreed, before.items or None)
    return move_out(draft, before.sale_id, old, shares, MOVED, before.items or None)


def _total(sale: Sale, text: str, one: Registration) -> Money:
    """What seats came to when they were sold, without deposits and debts."""
    if not one.items:
        return sale.total
    return Money(sold_for(sale, text, one.items), sale.total.currency)


def _find_move(
    draft: Draft, before: Registration, old: Money, new: Money, *, overridden: bool
) -> tuple[Afterwards, list[str]]:
    """What moving seats that cost ``old`` comes to, and the rules that are broken.

    Raises:
        NotForSaleError: the list does not let them be moved, and nobody overrides that.
    """
    state = draft.state
    if before.sale_id is None:
        return find_move(None, draft.now, old, new, overridden=overridden)
    agreed = agreed_sale(state, before.sale_id)
    item = seat_item(agreed[0], before)
    start, sold = state.need(Session, before.session_id).period.start, item.period
    at = draft.now if sold is None else draft.now - (start - sold.start)  # as long before the start as it is now
    label = item.label if before.items else None
    return find_move(agreed, at, old, new, overridden=overridden, item=label)


def _sold(one: Registration, priced: Priced | None) -> Registration:
    """The registration with a price."""
    if priced is None:
        return attrs.evolve(one, spends=(), meters=(), sale_id=None, items=())
    return attrs.evolve(one, spends=priced.spends, meters=priced.moves, sale_id=priced.sale.id, items=())
