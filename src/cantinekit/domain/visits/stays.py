"""What a stay takes: how long it lasts, what the price list is asked for it, its own pass, its access code, its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from cantinekit import pricing
from cantinekit.clock import Period
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import PassEnded, PassSold, UnitsGivenBack, UnitsReturned, UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Pass, Spend
from cantinekit.domain.payments.charging import price_along, return_meters, return_units, undo_charge
from cantinekit.domain.payments.differences import share_of
from cantinekit.domain.payments.records import Charge, ChargeShare
from cantinekit.domain.payments.together import undo_shares, undo_together
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.question import Question, wanted, wanted_extras
from cantinekit.domain.sales.records import Sale, Scope
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.uniques.events import UniqueFreed
from cantinekit.domain.visits.commands import CheckIn, UpgradeVisit
from cantinekit.domain.visits.events import CodeGiven, VisitEnded
from cantinekit.domain.visits.records import CodePool, TabPeriod, Visit, VisitEnd
from cantinekit.domain.visits.unique_keys import visit_key
from cantinekit.scheduling.opening import OpeningCalendar, last_end, stay_end, stay_outside

StayOf = Literal["half-day", "day", "length", "cut", "clock"]
"""How long a visit lasts: as its product says, or ``clock``: until the visitor leaves, and is priced then."""


def stay_of(tariff: pricing.Tariff, tariff_product: str) -> StayOf:
    """How long a visit lasts that a product of a price list sells.

    Args:
        tariff: the price list.
        tariff_product: the name of the product in it; one that it does not have lasts until closing.

    Returns:
        What the product says with ``stay``; where it says nothing, "clock" if its price depends on the length of the
        stay, else "day": until closing.
    """
    product = tariff.products.get(tariff_product)
    if product is None:
        return "day"
    if product.stay is not None:
        return product.stay.word
    return "clock" if product.by_clock else "day"


def stay_ends(calendar: OpeningCalendar, tariff: pricing.Tariff, product: Product, start: datetime) -> datetime | None:
    """When a stay of a product ends that begins at an instant; ``None`` when it is closed then.

    Args:
        calendar: the opening hours of the zone.
        tariff: the price list, which says how long a stay lasts.
        product: the product.
        start: when the stay begins.
    """
    word, minutes = _stay(tariff, product)
    return last_end(calendar, start) if word == "clock" else stay_end(calendar, start, word, minutes)


def stay_until(calendar: OpeningCalendar, tariff: pricing.Tariff, product: Product, start: datetime) -> datetime:
    """When a stay of a product ends that begins at an instant, also where it is closed then.

    Args:
        calendar: the opening hours of the zone.
        tariff: the price list, which says how long a stay lasts.
        product: the product.
        start: when the stay begins.
    """
    word, minutes = _stay(tariff, product)
    return stay_ends(calendar, tariff, product, start) or stay_outside(calendar, start, word, minutes)


def _stay(tariff: pricing.Tariff, product: Product) -> tuple[StayOf, int]:
    """How long a stay lasts, with its minutes."""
    found, listed = stay_of(tariff, product.tariff_product), tariff.products.get(product.tariff_product)
    said = listed.stay if listed is not None else None
    return found, said.minutes if said is not None else 0


_LONGEST: tuple[TabPeriod, ...] = ("day", "week", "month", "year", "")


def tab_period(tariff: pricing.Tariff) -> TabPeriod:
    """The longest period in which a price list counts visits together that it prices by the clock; at least a day.

    Args:
        tariff: the price list.
    """
    scopes = list[tuple[str, ...]]()
    for product in tariff.products.values():
        if product.by_clock:
            parts = (product.merge, product.measure, product.choose, product.rank, *product.adjusts, *product.cover)
            scopes += [part.same for part in parts if part is not None]
            scopes += [cover.limit.same for cover in product.cover if cover.limit is not None]
    scopes += [rule.same for group in tariff.parts.order.adjust for rule in group.rules]
    return max((_period_of(same) for same in scopes if same), key=_LONGEST.index, default="day")


def _period_of(same: Iterable[str]) -> TabPeriod:
    return next((period for period in _LONGEST if period in same), "")


def stay_question(
    product: Product,
    place_id: str,
    person_id: str | None,
    period: Period,
    c: CheckIn | UpgradeVisit,
    *,
    scoped: bool,
) -> Question:
    """What the price list is asked for a stay; ``scoped``: together with what was charged before in its scope."""
    main = wanted(product, period=period, facts=c.facts)
    return Question(
        (main, *wanted_extras(c.extras, main)), place_id, person_id, c.codes, scoped=scoped, payer_id=c.payer_id
    )


def sell_own_pass(
    draft: Draft,
    charge: Charge | None,
    product: Product,
    place: Place,
    until: datetime,
    *,
    holder_id: str | None,
    paid: bool,
    supersedes: str | None = None,
) -> Pass | None:
    """Sell the pass of one unit that goes with a stay, and spend the unit on the stay.

    Args:
        draft: what is decided so far.
        charge: what is charged for the stay; where nothing is, there is no pass.
        product: the product of the stay.
        place: the place, the only one where the unit can be spent.
        until: when the stay ends, and the validity of the unit with it.
        holder_id: who comes, whoever pays; ``None`` for a walk-in.
        paid: whether the money is in hand, so that the pass is active at once.
        supersedes: the id of the pass of the shorter stay, where there is one.
    """
    if charge is None:
        return None
    unit_id = draft.ids("ent")
    sold = Pass(
        draft.ids("pas"),
        product.id,
        place.id,
        place.entity_id,
        holder_id,
        sold_at=draft.now,
        tariff_version=charge.tariff_version,
        state="active" if paid else "pending",
        entitlement_ids=(unit_id,),
        charge_id=charge.id,
        supersedes=supersedes,
    )
    unit = Entitlement(
        unit_id,
        sold.id,
        holder_id,
        account=product.tariff_product,
        bought=1,
        left=1,
        bought_at=draft.now,
        expires=until,
        places=(place.id,),
        active=paid,
    )
    draft.add(PassSold(sold, (unit,)), UnitsSpent((Spend(unit_id, 1),), charge.subject))
    return sold


def drop_own_pass(draft: Draft, pass_id: str | None, subject: Subject) -> None:
    """Take back a pass that was sold with a stay and never paid, with its unit."""
    if pass_id is None:
        return
    sold = draft.state.need(Pass, pass_id)
    for id in sold.entitlement_ids:
        one = draft.state.need(Entitlement, id)
        if one.used:
            draft.add(UnitsReturned((Spend(id, one.used),), subject))
        draft.add(UnitsGivenBack(id, one.left + one.used))
    draft.add(PassEnded(sold.id, "cancelled", draft.now))


def stay_scopes(state: State, visit: Visit) -> list[Wish]:
    """The scopes in which a stay was priced for which nothing was charged; the charges of others name theirs."""
    if visit.charge_ids or visit.sale_id is None or visit.clocked is not None:
        return []
    sale = state.get(Sale, visit.sale_id) if state.knows(Sale, visit.sale_id) else None
    return [(Scope, one.key) for one in sale.earlier] if sale is not None else []


def undo_stay(draft: Draft, visit: Visit, reason: str) -> None:
    """Give back what a stay of a fixed length took: its units, what it counted, and its price.

    Where it was priced together with others it is worth what these cost less without it.

    Args:
        draft: what is decided so far; ``read_visit`` has loaded what it takes.
        visit: the visit, which is over.
        reason: why; refunds say it.
    """
    subject = refer(visit)
    shares = tuple(_own_share(draft.state, id) for id in visit.charge_ids)
    told = undo_together(draft, visit.sale_id, shares, reason)
    return_units(draft, visit.spends if told is None else told.split_units(visit.spends)[1], subject)
    return_meters(draft, visit.meters)
    drop_own_pass(draft, visit.pass_id, subject)
    if told is not None:
        undo_shares(draft, shares, told, reason)
        return
    for charge_id in visit.charge_ids:
        undo_charge(draft, charge_id, reason)


def _own_share(state: State, charge_id: str) -> ChargeShare:
    """What of a charge is for a stay, and not for passes that were had along with it."""
    charge = state.need(Charge, charge_id)
    share = share_of(charge)
    if charge.state == "due" and not charge.stands:
        return share
    return ChargeShare(share.charge_id, share.amount - price_along(state, charge))


def give_code(draft: Draft, visit: Visit) -> None:
    """Give a visit the next access code of the place, if one is left and it has none."""
    pool = draft.state.get(CodePool, visit.place_id)
    if pool is not None and pool.codes and not visit.access_code:
        draft.add(CodeGiven(visit.place_id, visit.id, pool.codes[0]))


def end_visit(draft: Draft, visit: Visit, ended: VisitEnd, at: datetime, *, supposed: bool = False) -> None:
    """End a visit: its desk is free, and the person may check in again.

    Args:
        draft: what is decided so far.
        visit: the visit.
        ended: the state in which it is from now on.
        at: when it ended.
        supposed: whether nobody saw the visitor leave.
    """
    draft.add(VisitEnded(visit.id, ended, at, supposed))
    key = key_of(visit)
    if key is not None and visit.state in ("held", "open"):
        draft.add(UniqueFreed(key))


def key_of(visit: Visit) -> str | None:
    """The id of the row that a visit holds while it is open; ``None`` for a walk-in."""
    return visit_key(visit.person_id, visit.space_id if visit.zoned else None) if visit.person_id else None
