"""What a stay takes: how long it lasts, what the price list is asked for it, its own pass, its access code, its end."""

from __future__ import annotations

from datetime import datetime

from cantinekit.clock import Period
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import PassEnded, PassSold, UnitsGivenBack, UnitsReturned, UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Pass, Spend
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.question import Question, wanted, wanted_extras
from cantinekit.domain.uniques.events import UniqueFreed
from cantinekit.domain.visits.commands import CheckIn, UpgradeVisit
from cantinekit.domain.visits.events import CodeGiven, VisitEnded
from cantinekit.domain.visits.records import CodePool, Visit, VisitEnd
from cantinekit.domain.visits.unique_keys import visit_key
from cantinekit.scheduling.opening import OpeningCalendar, stay_end, stay_outside


def stay_until(calendar: OpeningCalendar, product: Product, start: datetime) -> datetime:
    """When a stay of a product ends that begins at an instant, also where it is closed then.

    Args:
        calendar: the opening hours of the open space.
        product: the product, which says how long a stay lasts.
        start: when the stay begins.
    """
    return stay_end(calendar, start, product.stay) or stay_outside(calendar, start, product.stay)


def stay_question(
    product: Product,
    place_id: str,
    person_id: str | None,
    period: Period,
    c: CheckIn | UpgradeVisit,
) -> Question:
    """What the price list is asked for a stay."""
    main = wanted(product, period=period, facts=c.facts)
    return Question((main, *wanted_extras(c.extras, main)), place_id, person_id, c.codes)


def sell_own_pass(
    draft: Draft,
    charge: Charge | None,
    product: Product,
    place: Place,
    until: datetime,
    *,
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
        charge.payer_id,
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
        charge.payer_id,
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


def give_code(draft: Draft, visit: Visit) -> None:
    """Give a visit the next access code of the place, if one is left and it has none."""
    pool = draft.state.get(CodePool, visit.place_id)
    if pool is not None and pool.codes and not visit.access_code:
        draft.add(CodeGiven(visit.place_id, visit.id, pool.codes[0]))


def end_visit(draft: Draft, visit: Visit, ended: VisitEnd, at: datetime) -> None:
    """End a visit: its desk is free, and the person may check in again."""
    draft.add(VisitEnded(visit.id, ended, at))
    if visit.person_id is not None:
        draft.add(UniqueFreed(visit_key(visit.person_id)))
