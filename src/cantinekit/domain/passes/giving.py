"""Selling what is priced: its charge, the passes that it gives, and what is due now; every sale goes through here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cantinekit import pricing
from cantinekit.clock import day_bounds
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import PassSold, UnitsSpent
from cantinekit.domain.passes.life_cycle import activate_pass
from cantinekit.domain.passes.records import Entitlement, Pass, Spend
from cantinekit.domain.payments.settling import pay_now
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import Given
from cantinekit.domain.sales.prices import OwnSpend, Priced
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.state import refer
from cantinekit.errors import UnsuitableError


class Sold(NamedTuple):
    """What a sale came to.

    Attributes:
        charge_id: the charge; ``None`` where nothing is owed.
        spends: the units that were spent on it, those that it gave itself among them.
        own: the units that it gave itself and that were spent on it, each with the item on which.
        stands: whether it is had: nothing is due now, it is paid, or it is on account.
    """

    charge_id: str | None
    spends: tuple[Spend, ...]
    own: tuple[tuple[str, Spend], ...]
    stands: bool


def sell_priced(
    draft: Draft,
    priced: Priced,
    subject: Subject,
    place: Place,
    person_id: str | None,
    c: SellingCommand[object],
    *,
    places: Iterable[str] = (),
) -> Sold:
    """Enter a price, raise its charge, take what is due now, and give what was bought to hold.

    Args:
        draft: what is decided so far.
        priced: the price.
        subject: what is sold. Where it is a pass, the first thing that is given has its id.
        place: the place where it is sold.
        person_id: who it is for, ``None`` for a walk-in.
        c: how it is paid.
        places: the places that accept the units; none: all.

    Raises:
        UnsuitableError: it gives something to hold, and nobody is there to hold it.
    """
    draft.price = priced.quote
    priced.enter(draft)
    mine = priced.gives[0] if priced.gives and subject.kind == Pass.kind else None
    ids = {one.item: subject.id if one is mine else draft.ids("pas") for one in priced.gives}
    along = tuple(id for id in ids.values() if id != subject.id)
    settled = pay_now(draft, priced, subject, place, person_id, c, along)
    passes = [
        _pass(draft, one, ids[one.item], priced, subject, place, person_id, settled.charge_id, tuple(places))
        for one in priced.gives
    ]
    own = _spend_own(draft, priced.own, passes, subject)
    if settled.stands:
        for one in passes:
            activate_pass(draft, one.id)
    return Sold(settled.charge_id, (*priced.spends, *(spend for _, spend in own)), own, settled.stands)


def _pass(
    draft: Draft,
    given: Given,
    id: str,
    priced: Priced,
    subject: Subject,
    place: Place,
    person_id: str | None,
    charge_id: str | None,
    places: tuple[str, ...],
) -> Pass:
    """Give what a product gives, which is pending until its sale stands."""
    if person_id is None:
        raise UnsuitableError(f"{given.tariff_product} is held by somebody: name the person")
    mine = subject == Subject(Pass.kind, id)
    sold = Pass(
        id,
        given.tariff_product,
        place.id,
        place.entity_id,
        person_id,
        sold_at=draft.now,
        tariff_version=priced.sale.tariff_version,
        state="pending",
        entitlement_ids=[draft.ids("ent") for _ in given.units],
        charge_id=charge_id,
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
    )
    return sold_pass(draft, sold, given, place, places)


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
    made = Pass(
        id or draft.ids("pas"),
        given.tariff_product or given.units[0].account,
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
        given=reason,
    )
    return sold_pass(draft, made, given, place, places)


def sold_pass(draft: Draft, sold: Pass, given: Given, place: Place, places: tuple[str, ...]) -> Pass:
    """Give a pass with its units, which expire at the end of its last day."""
    begins = day_bounds(given.first_day, place.zone).start
    ends = day_bounds(given.last_day, place.zone).end if given.last_day is not None else None
    units = tuple(
        Entitlement(
            id,
            sold.id,
            sold.holder_id,
            account=one.account,
            bought=one.units,
            left=one.units,
            bought_at=draft.now,
            expires=ends,
            places=places,
            active=False,
            begins=begins if begins > draft.now else None,
            unit=one.unit,
            smallest=one.smallest,
            value=one.value,
            money=one.money,
        )
        for id, one in zip(sold.entitlement_ids, given.units, strict=True)
    )
    draft.add(PassSold(sold, units))
    for one in units:
        if one.expires is not None:
            draft.later("expire", refer(one), one.expires)
    return sold


def _spend_own(
    draft: Draft, own: Iterable[OwnSpend], passes: Iterable[Pass], subject: Subject
) -> tuple[tuple[str, Spend], ...]:
    """Spend units that the same sale gives."""
    given = {(one.item, draft.state.need(Entitlement, id).account): id for one in passes for id in one.entitlement_ids}
    spends = tuple((one.used_by, Spend(given[one.item, one.account], one.units)) for one in own)
    if spends:
        draft.add(UnitsSpent(tuple(spend for _, spend in spends), subject))
    return spends
