"""Selling what is priced: its charge, the passes that it gives, and what is due now; every sale goes through here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from cantinekit import pricing
from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.presence import check_payer, organisation_of
from cantinekit.domain.passes.events import PassSold, UnitsSpent
from cantinekit.domain.passes.life_cycle import activate_pass, end_of_days
from cantinekit.domain.passes.making import entitlement
from cantinekit.domain.passes.records import Entitlement, Pass, Spend, Worth
from cantinekit.domain.passes.renewing import lay_out, worth_by_days
from cantinekit.domain.payments.charging import Along
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.settling import owe, take_now
from cantinekit.domain.payments.together import note_paid
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import Given
from cantinekit.domain.sales.prices import OwnSpend, Priced
from cantinekit.domain.sales.records import MeterMove, Sale, ScopeCharge
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.state import State, refer
from cantinekit.errors import TooLateError, UnsuitableError
from cantinekit.money import Money, allocate


class Sold(NamedTuple):
    """What a sale came to.

    Attributes:
        charge_id: the charge; ``None`` where nothing is owed.
        spends: the units that were spent on it, those that it gave itself among them.
        own: the units that it gave itself and that were spent on it, each with the item on which.
        stands: whether it is had: nothing is due now, it is paid, or it is on account.
        passes: the ids of the passes that it gave, each with the item that gave it.
    """

    charge_id: str | None
    spends: tuple[Spend, ...]
    own: tuple[tuple[str, Spend], ...]
    stands: bool
    passes: tuple[tuple[str, str], ...] = ()


MEASURED = ("order",)
"""The kinds of what is sold whose use is measured afterwards."""


def check_measured_never(price: pricing.Quote) -> None:
    """Refuse what is measured after its use where nothing could be said of it then.

    Raises:
        UnsuitableError: it is measured; the lines of an order can be.
    """
    if facts := sorted({fact for _, fact in price.pending}):
        raise UnsuitableError(
            f"{', '.join(facts)} is measured afterwards: sell it as a line of an order, or the hold of it"
        )


def sell_priced(
    draft: Draft,
    priced: Priced,
    subject: Subject,
    place: Place,
    person_id: str | None,
    c: SellingCommand[object],
    *,
    places: Mapping[str, tuple[str, ...]] | None = None,
    late: bool = False,
    first: Charge | None = None,
) -> Sold:
    """Enter a price, raise its charge, take what is due now, and give what was bought to hold.

    Args:
        draft: what is decided so far.
        priced: the price.
        subject: what is sold. Where it is a pass, the first thing that is given has its id.
        place: the place where it is sold.
        person_id: who it is for, ``None`` for a walk-in.
        c: how it is paid.
        places: the places that accept the units that an item gives, by the item; one that is not there: all.
        late: whether what is sold has been had and is only entered now: what it gives may be over then.
        first: the charge in whose place the new one comes: its payer owes this too, unless the command names another.

    Raises:
        TooLateError: something that it gives is over: its last day is before today.
        NotFoundError: there is no such payer.
        WrongStateError: the payer is being forgotten, or was.
        UnsuitableError: it gives something to hold, and nobody is there to hold it; something of it is measured after
            its use, and it is no line of an order; or an organisation would pay, and the person who orders is no admin
            of it.
    """
    if first is None or c.payer_id is not None:
        check_payer(draft.state, c.payer_id, person_id, c.ordered_by_id, local(draft.now, place.zone).date())
    if subject.kind not in MEASURED:
        check_measured_never(priced.quote.price)
    draft.price = priced.quote
    priced.enter(draft)
    main = priced.gives[0] if priced.gives and subject.kind == Pass.kind else None
    laid = [
        lay_out(draft.state, _pass(draft, one, priced, subject, place, person_id, mine=one is main), one, priced, place)
        for one in priced.gives
    ]
    passes = [one for one, _ in laid]
    if not late:
        _refuse_over(passes, place, draft.now)
    along = [one for one in passes if one.id != subject.id]
    ids = tuple(one.id for one in along), tuple(id for one in along for id in one.entitlement_ids)
    charge = owe(
        draft, priced, subject, place, person_id, c, Along(*ids), first, main.first_day if main is not None else None
    )
    if charge is not None:
        note_paid(draft, priced.joins, [ScopeCharge(charge.id, charge.amount.amount - charge.deposit)])
    accepted = places or {}
    for one, given in laid:
        kept = _with_payer(draft.state, evolve(one, charge_id=charge.id if charge else None), charge, c)
        sold_pass(draft, kept, given, place, accepted.get(given.item, ()))
    own = _own_spends(draft, priced.own, passes)
    units = tuple((one.used_by, spend) for one, spend in own if not one.money)
    if units:
        draft.add(UnitsSpent(tuple(spend for _, spend in units), subject))
    settled = take_now(draft, charge, [*priced.vouchers, *(spend for one, spend in own if one.money)], c)
    if settled.stands:
        for one in passes:
            activate_pass(draft, one.id)
    elif main is not None:
        _lapse_later(draft, passes[0], place)
    spends = (*priced.spends, *(spend for _, spend in units))
    return Sold(settled.charge_id, spends, units, settled.stands, tuple((one.item, one.id) for one in passes))


def _with_payer(state: State, sold: Pass, charge: Charge | None, c: SellingCommand[object]) -> Pass:
    """A pass that names who pays it where that is not its holder, and so whatever comes of it."""
    payer_id = charge.payer_id if charge is not None else c.payer_id
    if payer_id is None or payer_id == sold.holder_id:
        return sold
    return evolve(sold, payer_id=payer_id, payer_organisation=organisation_of(state, payer_id) is not None)


def _refuse_over(passes: Iterable[Pass], place: Place, now: datetime) -> None:
    """Refuse to sell what nobody could have any more.

    Raises:
        TooLateError: the last day of one of the passes is before today.
    """
    today = local(now, place.zone).date()
    for one in passes:
        last = one.held_until
        if last is not None and last < today:
            raise TooLateError(f"the last day of {one.tariff_product} would be {last}, which is over")


def _lapse_later(draft: Draft, sold: Pass, place: Place) -> None:
    """Have a pass end that is not paid while its days last; units see to it where it gives any."""
    ends = end_of_days(sold, place)
    if ends is not None and (not sold.entitlement_ids or sold.contract or sold.next_at is not None):
        draft.later("expire", refer(sold), ends)


def _pass(
    draft: Draft, given: Given, priced: Priced, subject: Subject, place: Place, person_id: str | None, *, mine: bool
) -> Pass:
    """What a product gives to hold, pending until its sale stands; ``mine``: it is what is sold.

    Raises:
        UnsuitableError: nobody is there to hold it.
    """
    if person_id is None:
        raise UnsuitableError(f"{given.tariff_product} is held by somebody: name the person")
    return Pass(
        subject.id if mine else draft.ids("pas"),
        given.product_id,
        place.id,
        place.entity_id,
        person_id,
        sold_at=draft.now,
        tariff_version=priced.sale.tariff_version,
        state="pending",
        entitlement_ids=[draft.ids("ent") for _ in given.units],
        spends=priced.spends if mine else (),
        meters=priced.moves if mine else (),
        sells=given.sells,
        pricelist_id=priced.quote.price.tariff_id,
        tariff_product=given.tariff_product,
        first_day=given.first_day,
        last_day=given.last_day,
        count=given.count,
        unlimited=given.unlimited,
        sale_id=priced.sale.id,
        item=given.item,
        with_order=None if mine else subject,
        organisation=organisation_of(draft.state, person_id) is not None,
    )


def give_pass(
    draft: Draft,
    id: str | None,
    given: Given,
    tariff: pricing.Tariff,
    place: Place,
    holder_id: str,
    reason: str,
    places: tuple[str, ...],
) -> Pass:
    """Give somebody what nobody sells: a pass that is pending until it is activated.

    Args:
        draft: what is decided so far.
        id: the id of the pass; ``None``: one is made up.
        given: what it gives.
        tariff: the price list.
        place: the place whose operator gives it.
        holder_id: who holds it.
        reason: why.
        places: the places that accept its units; none: all.
    """
    made = _given(draft, id, given, tariff, place, holder_id, reason)
    return sold_pass(draft, made, given, place, places)


def give_lasting(
    draft: Draft,
    id: str,
    priced: Priced,
    tariff: pricing.Tariff,
    place: Place,
    holder_id: str,
    reason: str,
    places: tuple[str, ...],
    *,
    with_units: bool,
) -> Pass:
    """Give somebody what is carried on as if it had been sold: the period that runs is given, those after it are owed.

    Args:
        draft: what is decided so far.
        id: the id of the pass.
        priced: what the price list says of it; nothing of that is charged, spent or counted.
        tariff: the price list.
        place: the place whose operator gives it.
        holder_id: who holds it.
        reason: why.
        places: the places that accept its units; none: all.
        with_units: whether it gives the units of the period that runs.

    Raises:
        UnsuitableError: nothing of it is renewed.
        TooLateError: its first period, or all of it, is over.
    """
    given, today = next(one for one in priced.gives if one.item == "1"), local(draft.now, place.zone).date()
    given = evolve(given, paid=0, units=tuple(evolve(one, value=None) for one in given.units))
    made, given = lay_out(
        draft.state, _given(draft, id, given, tariff, place, holder_id, reason, priced), given, priced, place, today
    )
    if made.last_day is not None and made.last_day < today:
        raise TooLateError(
            f"the first period of {given.tariff_product} ended on {made.last_day}: give the one that runs"
        )
    if made.next_at is None:
        raise UnsuitableError(f"{given.tariff_product} is not renewed: its price list says of nothing that comes again")
    evolve(priced, spends=(), moves=(), joins=()).enter(draft)
    if not with_units:
        made, given = evolve(made, entitlement_ids=()), evolve(given, units=())
    return sold_pass(draft, made, given, place, places)


def hand_over(
    draft: Draft,
    given: Given,
    sale: Sale,
    tariff: pricing.Tariff,
    place: Place,
    holder_id: str,
    places: tuple[str, ...],
    *,
    charge_id: str | None,
    sold_at: datetime,
    meters: tuple[MeterMove, ...] = (),
    with_order: Subject | None = None,
) -> Pass:
    """Make what somebody else bought before a pass of its holder, who pays what comes; it can be used at once.

    Args:
        draft: what is decided so far.
        given: what it gives, with its days.
        sale: the sale that priced it.
        tariff: the version of the price list that priced it.
        place: the place where it was sold.
        holder_id: who holds it.
        places: the places that accept its units; none: all.
        charge_id: the charge of the sale; ``None``: nothing was due.
        sold_at: when it was sold, in UTC.
        meters: how far its price moved meters.
        with_order: what it was bought along with; ``None``: it was sold by itself.
    """
    made = evolve(
        _given(draft, None, given, tariff, place, holder_id, ""),
        sold_at=sold_at,
        count=given.count,
        sale_id=sale.id,
        charge_id=charge_id,
        meters=meters,
        with_order=with_order,
        payer_id=holder_id,
        payer_organisation=organisation_of(draft.state, holder_id) is not None,
    )
    sold_pass(draft, made, given, place, places)
    activate_pass(draft, made.id)
    return made


def _given(
    draft: Draft,
    id: str | None,
    given: Given,
    tariff: pricing.Tariff,
    place: Place,
    holder_id: str,
    reason: str,
    priced: Priced | None = None,
) -> Pass:
    """A pass that is given, pending until it is activated."""
    return Pass(
        id or draft.ids("pas"),
        given.product_id,
        place.id,
        place.entity_id,
        holder_id,
        sold_at=draft.now,
        tariff_version=tariff.version,
        state="pending",
        entitlement_ids=[draft.ids("ent") for _ in given.units],
        sells=given.sells,
        pricelist_id=tariff.id,
        tariff_product=given.tariff_product,
        first_day=given.first_day,
        last_day=given.last_day,
        unlimited=given.unlimited,
        sale_id=priced.sale.id if priced is not None else None,
        item=given.item,
        given=reason,
        organisation=organisation_of(draft.state, holder_id) is not None,
    )


def sold_pass(draft: Draft, sold: Pass, given: Given, place: Place, places: tuple[str, ...]) -> Pass:
    """Give a pass with its units, which expire at the end of its last day."""
    begins = day_bounds(given.first_day, place.zone).start
    ends = _end(given.last_day, place)
    by_days = sold.contract or any(one.renews for one in given.units)
    worths = _worths(given, sold, place.currency, by_days=by_days)
    units = tuple(
        evolve(
            entitlement(id, sold, one, draft.now, _end(one.last_day or given.last_day, place), places),
            begins=begins if begins > draft.now else None,
            worth=worth,
            entity_id=sold.entity_id if worth is None else None,
        )
        for id, one, worth in zip(sold.entitlement_ids, given.units, worths, strict=True)
    )
    by_days = by_days or not any(not one.money for one in given.units)
    if sold.last_day is not None and by_days and not sold.given:
        sold = evolve(sold, worth=worth_by_days(sold, given.paid, given.units, place.currency))
    draft.add(PassSold(sold, units))
    for one in units:
        if one.expires is not None:
            draft.later("expire", refer(one), one.expires)
    if ends is not None and not units:
        draft.later("expire", refer(sold), ends)
    return sold


def _end(day: date | None, place: Place) -> datetime | None:
    """When a local day is over; ``None`` without one."""
    return day_bounds(day, place.zone).end if day is not None else None


def _worths(given: Given, sold: Pass, currency: str, *, by_days: bool) -> list[Worth | None]:
    """What each of the units of a pass is worth: a voucher what it is good for, given or sold; the others share what is
    left, or are worth nothing by themselves where the pass is paid by the day, or was given.
    """
    money = sum(one.units for one in given.units if one.money)
    counted = [one for one in given.units if not one.money]
    rest = 0 if by_days else max(0, given.paid - money)
    shares = iter(allocate(rest, [1] * len(counted)) if counted else ())
    amounts = [one.units if one.money else 0 if sold.given else next(shares) for one in given.units]
    of = sold.product_id, sold.entity_id, sold.place_id
    return [Worth(*of, Money(amount, currency)) if amount > 0 else None for amount in amounts]


def _own_spends(draft: Draft, own: Iterable[OwnSpend], passes: Iterable[Pass]) -> list[tuple[OwnSpend, Spend]]:
    """The units of the entitlements of passes that the same sale spends."""
    left = {id: draft.state.need(Entitlement, id).left for one in passes for id in one.entitlement_ids}
    given: dict[tuple[str, str], list[str]] = {}
    for one in passes:
        for id in one.entitlement_ids:
            given.setdefault((one.item, draft.state.need(Entitlement, id).account), []).append(id)
    found: list[tuple[OwnSpend, Spend]] = []
    for spent in own:
        rest = spent.units
        for id in given[(spent.item, spent.account)]:
            part = min(rest, left[id])
            rest -= part
            left[id] -= part
            found += [(spent, Spend(id, part))] if part else []
    return found
