"""A change of plan as it is carried out: what it comes to, one charge for the difference, and other units."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from fractions import Fraction

import attrs

from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.events import PassChanged, UnitsGivenBack
from cantinekit.domain.passes.making import entitlement, spans_of
from cantinekit.domain.passes.records import Entitlement, Pass, PlanChange, PlannedChange
from cantinekit.domain.passes.timeline import Agreed, Difference, exchanged, exchanged_accounts
from cantinekit.domain.payments.differences import charge_more, take_off
from cantinekit.domain.payments.records import Charge, ChargeLine, ChargeShare
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import GivenUnits
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.prices import charge_lines
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.state import State, Wish, refer
from cantinekit.errors import NotForSaleError
from cantinekit.money import Money

WHY = "another plan"
"""What a refund says that is given for a change of plan."""


@attrs.frozen
class OnAccount:
    """A difference that is paid later.

    Attributes:
        due_on: the local day on which it is due; ``None``: the price list does not say.
    """

    due_on: date | None


@attrs.frozen
class PaidNow:
    """A difference that is paid now, or stays due.

    Attributes:
        account: the gateway account that takes it; ``None``: it stays due.
        return_url: where the page of the gateway sends the payer back to.
    """

    account: str | None
    return_url: str | None


def comes_to(agreed: Agreed, after: Agreed, day: date) -> Difference:
    """What a change of plan comes to in the period that has its day.

    Raises:
        NotForSaleError: the price list has no price for the new plan; carries its reasons.
    """
    number = agreed.course.number_on(day)
    told = agreed.difference(after, number, day)
    if told is None:
        stops = after.quote(agreed.course.period(number)[0])[2].refusals
        said = "; ".join(stop.text("en") for stop in stops)
        raise NotForSaleError(f"the plan from {day} on: {said}", refusals=stops)
    return told


def is_beside(agreed: Agreed, day: date) -> bool:
    """Whether a change on a day comes to something beside the price of its period: one that begins a period to come is
    in its price.
    """
    begun = agreed.sold.period_first
    return begun is None or day <= begun or day != agreed.course.period(agreed.course.number_on(day))[0]


def told_of(due: Money) -> Afterwards:
    """What a change of plan comes to, as an answer says it.

    Args:
        due: what is charged; less than nothing: it goes back.
    """
    zero = due * 0
    return Afterwards(zero, max(zero, -due), max(zero, due), Fraction(1), "another plan")


def carry_out(
    draft: Draft,
    agreed: Agreed,
    after: Agreed,
    change: PlannedChange,
    day: date,
    *,
    since: date,
    given: Iterable[GivenUnits] = (),
    paying: OnAccount | PaidNow,
) -> None:
    """Change the plan of a pass from a day on, in the period that runs or with the one that begins.

    The difference is charged once, or goes back from the charges of the period. The units of the old plan that are left
    go; the new one gives its own, less what was used of their account since they were given.

    Args:
        draft: what is decided so far, with the charges of the period and what belongs to them.
        agreed: the pass with its old plan.
        after: the pass with the new plan.
        change: the change.
        day: the first local day of the new plan, in the present period or the first one of the next.
        since: the last local day whose periods and units have come; what comes after it is to come.
        given: the units that the new plan gives on that day anyway.
        paying: how the difference is paid.

    Raises:
        NotForSaleError: the price list has no price for the new plan; carries its reasons.
    """
    sold, place = agreed.sold, draft.state.need(Place, agreed.sold.place_id)
    told = comes_to(agreed, after, day)
    due = told.due if is_beside(agreed, day) else told.due * 0
    charge_id = None
    if due.amount > 0:
        charge_id = _charge(draft, agreed, after, day, told, place, paying)
    elif due.amount < 0:
        _give_back(draft, sold, -due)
    old, units = _exchange(draft, agreed, after, day, list(given), place)
    ids = (*old, *(one.id for one in units))
    made = PlanChange(day, change.said, sold.plan, told.had, told.whole, told.skipped, due, charge_id, ids)
    kept = [id for id in sold.entitlement_ids if not draft.state.need(Entitlement, id).is_over(draft.now)]
    changed = attrs.evolve(after, sold=evolve(after.sold, changes=(*sold.changes, made)))
    following = changed.next_after(since)
    first_price = after.sold.first_price
    assert first_price is not None
    draft.add(
        PassChanged(
            sold.id,
            change.plan,
            made,
            tuple(one for one, _ in after.planned),
            first_price,
            (*kept, *(one.id for one in units)),
            units,
            day_bounds(following, place.zone).start if following is not None else None,
        )
    )
    for one in units:
        if one.expires is not None:
            draft.later("expire", refer(one), one.expires)


def _charge(
    draft: Draft, agreed: Agreed, after: Agreed, day: date, told: Difference, place: Place, paying: OnAccount | PaidNow
) -> str:
    """Charge a difference: the days of the new plan, less those of the old one. Whoever owes the pass owes it."""
    sold, new = agreed.sold, after.sold
    version, order, quote = after.quote(after.course.period(after.course.number_on(day))[0])
    names = {order.items[0].product: new.product_id}
    lines = [line for line in charge_lines(read_tariff(after.texts[version]), quote, names) if line.kind != "held"]
    lines = _part_of(lines, told.whole - told.skipped)
    if told.credit:
        lines.append(said_line("paid before", sold.product_id, -told.credit))
    share = charge_more(
        draft,
        lines,
        version,
        refer(sold),
        place,
        sold.holder_id,
        payer_id=named_payer(draft.state, sold),
        account=paying.account if isinstance(paying, PaidNow) else None,
        return_url=paying.return_url if isinstance(paying, PaidNow) else None,
        on_account=isinstance(paying, OnAccount),
        due_on=paying.due_on if isinstance(paying, OnAccount) else None,
        day=day,
    )
    return share.charge_id


def named_payer(state: State, sold: Pass) -> str | None:
    """Who pays what comes of a pass where that is not its holder; ``None``: its holder.

    Whoever was named when it was sold or transferred; else whoever paid its first charge, which passes of earlier
    versions go by; else whoever paid it in another system. Who was forgotten meanwhile owes nothing new.

    Args:
        state: has what ``agreed_wishes`` of renewals and ``payer_wishes`` name.
        sold: the pass.
    """
    if sold.payer_id is not None:
        return _if_present(state, sold.payer_id, organisation=sold.payer_organisation)
    first = _first_of(state, sold)
    if first is not None:
        if first.payer_id in (None, sold.holder_id):
            return None
        return _if_present(state, first.payer_id, organisation=first.organisation)
    before = sold.taken_over
    return _if_present(state, before.payer_id, organisation=before.organisation) if before is not None else None


def is_organisation(state: State, sold: Pass, payer_id: str | None) -> bool:
    """Whether whoever pays what comes of a pass is an organisation.

    Args:
        state: has what ``named_payer`` looks at.
        sold: the pass.
        payer_id: who ``named_payer`` says; ``None``: its holder.
    """
    if payer_id is None:
        return sold.organisation
    return state.knows(Organisation, payer_id) and state.get(Organisation, payer_id) is not None


def payer_wishes(state: State, sold: Pass) -> list[Wish]:
    """Who paid the first charge of a pass, where the pass names nobody, as those of earlier versions do not.

    Args:
        state: has the charge.
        sold: the pass.
    """
    first = _first_of(state, sold) if sold.payer_id is None else None
    if first is None or first.payer_id == sold.holder_id:
        return []
    return [(Organisation if first.organisation else Person, first.payer_id)]


def _first_of(state: State, sold: Pass) -> Charge | None:
    """The first charge of a pass, where one is loaded."""
    known = sold.charge_id is not None and state.knows(Charge, sold.charge_id)
    return state.get(Charge, sold.charge_id) if known and sold.charge_id is not None else None


def _if_present(state: State, id: str | None, *, organisation: bool) -> str | None:
    """Who pays, unless they were forgotten."""
    if id is None:
        return None
    payer = state.need(Organisation, id) if organisation else state.need(Person, id)
    return id if payer.state == "present" else None


def _part_of(lines: Sequence[ChargeLine], part: Money) -> list[ChargeLine]:
    """Lines of a price, each with its share of a part of it; the last one has what rounding leaves."""
    whole = sum(line.amount.amount for line in lines)
    found, rest = list[ChargeLine](), part
    for number, line in enumerate(lines, 1):
        share = Money(round(Fraction(line.amount.amount * part.amount, whole)), part.currency) if whole else part * 0
        share = rest if number == len(lines) else share
        rest -= share
        found += [evolve(line, amount=share)] if share else []
    return found


def shares_of(draft: Draft, sold: Pass) -> tuple[ChargeShare, ...]:
    """What the charges of the present period of a pass still come to, the oldest first.

    Args:
        draft: what is decided so far, with these charges.
        sold: the pass.
    """
    charges = [draft.state.need(Charge, id) for id in sold.period_charges]
    return tuple(ChargeShare(one.id, max(one.earned, one.earned * 0)) for one in charges)


def products_of(sold: Pass) -> Collection[str]:
    """The products whose lines lose what goes back of the present period of a pass: of all plans that it had in it."""
    first = sold.period_first
    return {sold.product_id} | {one.before.product_id for one in sold.changes if first is None or one.day >= first}


def _give_back(draft: Draft, sold: Pass, amount: Money) -> None:
    """Take a difference off the charges of the present period: what is paid of it goes back."""
    take_off(draft, [(shares_of(draft, sold), amount)], WHY, [products_of(sold)])


# --- units -----------------------------------------------------------------------------------------------------------


def _exchange(
    draft: Draft, agreed: Agreed, after: Agreed, day: date, given: Sequence[GivenUnits], place: Place
) -> tuple[tuple[str, ...], tuple[Entitlement, ...]]:
    """Take back what is left of the units of the old plan, and give those of the new one in their place.

    Returns:
        the ids of the old ones, and the new ones.
    """
    sold, number = agreed.sold, agreed.course.number_on(day)
    instead = exchanged(agreed, after, number, day, sold.planned_end, given)
    live = [draft.state.need(Entitlement, id) for id in sold.entitlement_ids]
    live = [one for one in live if not one.money and not one.is_over(draft.now)]
    words = [*agreed.grants(number), *instead]
    old, found = list[str](), list[Entitlement]()
    for account in sorted(exchanged_accounts(agreed, after, number)):
        since = min((after.course.round_on(one.renews, day) for one in words if one.account == account), default=day)
        own = [one for one in live if one.account == account]
        again = [one.renews for one in agreed.grants(number) if one.account == account]
        mine = _of_round(own, sold, since, again, place)
        old += [one.id for one in mine]
        for one in mine:
            if one.left:
                draft.add(UnitsGivenBack(one.id, one.left))
        used = sum((one.used * Fraction(one.smallest or 1) for one in mine), Fraction(0))
        for new in (one for one in instead if one.account == account):
            size = Fraction(new.smallest or 1)
            less = min(new.units, math.ceil(used / size))
            used = max(Fraction(0), used - less * size)
            if less < new.units:
                made = attrs.evolve(new, units=new.units - less)
                found.append(_made(draft, after.sold, made, day, place, [one.places for one in live]))
    return tuple(old), tuple(found)


def _of_round(
    units: Sequence[Entitlement], sold: Pass, since: date, words: Sequence[str], place: Place
) -> list[Entitlement]:
    """Those of the units of an account that were given since a day, for the time until they are given again.

    Units that a worker who was late gave for several times have one day: of them the last ones are meant.

    Args:
        units: the units, the oldest first.
        sold: the pass.
        since: the first day of that time.
        words: after how long the units of the account are given again, for each that the plan gives.
        place: the place of the pass.
    """
    ids = {one.id for one in units}
    last = next((one for one in reversed(sold.changes) if one.day >= since and ids & set(one.entitlement_ids)), None)
    if last is not None:
        known = set(last.entitlement_ids)
        return [one for one in units if one.id in known or _given_on(one, sold, place) > last.day]
    found = [one for one in units if _given_on(one, sold, place) >= since]
    return found[-len(words) :] if words and all(words) and len(set(words)) == 1 else found


def _given_on(one: Entitlement, sold: Pass, place: Place) -> date:
    """The local day on which units of a pass were given, of its first ones its first day."""
    day = local(one.bought_at, place.zone).date()
    return max(day, sold.first_day) if sold.first_day is not None else day


def _made(
    draft: Draft, sold: Pass, one: GivenUnits, day: date, place: Place, places: Sequence[tuple[str, ...]]
) -> Entitlement:
    """Units of the new plan, where those of the old one could be spent."""
    expires = day_bounds(one.last_day, place.zone).end if one.last_day is not None else None
    begins = day_bounds(day, place.zone).start
    made = entitlement(draft.ids("ent"), sold, one, draft.now, expires, next(iter(places), ()))
    spans = spans_of(sold, place.zone, local(draft.now, place.zone).date())
    return evolve(made, active=True, pauses=spans, begins=begins if begins > draft.now else None)
