"""Passes that last: how they begin, and how they are carried on, period by period and units by units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial

import attrs

from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.attendance.learnt import holding_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import PriceList, TariffText
from cantinekit.domain.draft import FOLLOWS, Draft
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.events import PassActivated, PassRenewed
from cantinekit.domain.passes.making import entitlement, spans_of
from cantinekit.domain.passes.plans import OnAccount, carry_out, is_organisation, named_payer, payer_wishes
from cantinekit.domain.passes.records import Entitlement, Pass, PassPeriod, PassPlan, Wallet, Worth
from cantinekit.domain.passes.sharing import shared_wallets
from cantinekit.domain.passes.timeline import Agreed, HeldPeriod, step
from cantinekit.domain.payments.charging import raise_charge, read_charge_parts
from cantinekit.domain.payments.due import began_before, due_on
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.sponsoring import take_sponsors
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import Given, GivenUnits
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.prices import Priced, price_again
from cantinekit.domain.sales.question import held_on, read_tariff
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError
from cantinekit.money import Money


def lay_out(
    state: State, sold: Pass, given: Given, priced: Priced, place: Place, since: date | None = None
) -> tuple[Pass, Given]:
    """A pass that is being sold, with the days of its contract and of its units, where its price list has any.

    Args:
        state: has the version of the price list.
        sold: the pass, for the days of one sale.
        given: what it gives.
        priced: its price.
        place: the place where it is sold.
        since: the local day from which on it is carried on, and its first units last; ``None``: its first day.
    """
    text = state.need(TariffText, priced.sale.tariff_version).text
    product = read_tariff(text).products[given.tariff_product]
    if not product.term and not any(one.renews for one in given.units):
        return sold, given
    agreed = agreed_now(state, sold, priced, place)
    days, contract = agreed.course, agreed.sold.contract
    end, last = days.end, days.period(0)[1]
    start = max(days.first_day, since or days.first_day)
    following = days.next_after(start)
    if following is not None and not contract and end is not None and following > end:
        following = None
    lasting = evolve(
        sold,
        contract=contract,
        last_day=min((one for one in (last, end) if one is not None), default=None),
        end=end if contract else None,
        next_at=day_bounds(following, place.zone).start if following is not None else None,
    )
    units = tuple(attrs.evolve(one, last_day=days.last_of(one, start, end)) for one in given.units)
    return lasting, attrs.evolve(given, last_day=end, units=units)


def agreed_now(state: State, sold: Pass, priced: Priced, place: Place) -> Agreed:
    """What is agreed about a pass that is being sold or taken over, by the version of its price list alone.

    Args:
        state: has the version of the price list.
        sold: the pass, for the days of one sale.
        priced: its price.
        place: the place where it is sold.
    """
    text = state.need(TariffText, priced.sale.tariff_version).text
    tariff = read_tariff(text)
    texts, none = {priced.sale.tariff_version: text}, PriceList(tariff.id, tariff.currency)
    sale = whole_sale(priced.sale, priced.private)
    agreed = Agreed(evolve(sold, contract=True), sale, texts, none, place.zone)
    return agreed if agreed.course.term is not None else Agreed(sold, sale, texts, none, place.zone)


def worth_by_days(sold: Pass, paid: int, units: Iterable[GivenUnits], currency: str) -> Worth | None:
    """What is owed of a pass day by day: what was paid for it, without what its vouchers are good for."""
    rest = paid - sum(one.units for one in units if one.money)
    return Worth(sold.product_id, sold.entity_id, sold.place_id, Money(rest, currency)) if rest > 0 else None


def _carry_on(draft: Draft, before: State, event: PassActivated) -> None:
    """Have a pass carried on that can be used from now on."""
    _carry_on_later(draft, draft.state.need(Pass, event.pass_id))


FOLLOWS[PassActivated] = _carry_on


def agreed_wishes(sold: Pass) -> list[Wish]:
    """What a timeline of a pass looks at, but for later versions of its price list; and who pays it: whoever was named
    when it was sold or transferred, or paid it in another system.
    """
    before = sold.taken_over
    return [
        (Sale, sold.sale_id),
        (SaleFacts, sold.sale_id),
        (TariffText, sold.tariff_version),
        (Place, sold.place_id),
        (PriceList, sold.pricelist_id),
        *(wish for one in sold.planned for wish in _plan_wishes(one.plan)),
        *((Entitlement, id) for id in sold.entitlement_ids),
        (Wallet, sold.holder_id),
        *([(Organisation if before.organisation else Person, before.payer_id)] if before is not None else []),
        (Organisation if sold.payer_organisation else Person, sold.payer_id),
    ]


def _plan_wishes(plan: PassPlan) -> list[Wish]:
    """What a timeline looks at of a plan that a pass has later."""
    return [(Sale, plan.sale_id), (SaleFacts, plan.sale_id), (TariffText, plan.tariff_version)]


def read_agreed(uow: Uow, sold: Pass, since: datetime, until: datetime, also: Iterable[Wish] = ()) -> Steps[None]:
    """Load what a timeline of a pass looks at, with the versions of its price list that are in force meanwhile.

    Args:
        uow: the unit of work.
        sold: the pass.
        since: the beginning of the first period that is looked at.
        until: the end of the last one.
        also: what is loaded with them.
    """
    yield from uow.fetch([*agreed_wishes(sold), *also])
    versions = versions_between(uow.state, sold, since, until)
    yield from uow.fetch(
        [
            *((TariffText, id) for id in versions),
            *payer_wishes(uow.state, sold),
            *shared_wallets(uow.state, sold.holder_id),
        ]
    )
    later = [one.plan.tariff_version for one in sold.planned]
    texts = [uow.state.get(TariffText, id) for id in (sold.tariff_version, *later, *versions)]
    asked = {name for one in texts if one is not None for name in read_tariff(one.text).asked_trainings}
    yield from uow.fetch(holding_wishes(asked, sold.holder_id))


def versions_between(state: State, sold: Pass, since: datetime, until: datetime) -> list[str]:
    """The versions of the price list of a pass that are in force between two instants, where it prices by them."""
    found = state.get(PriceList, sold.pricelist_id) if sold.pricelist_id is not None else None
    plans = [(sold.tariff_version, sold.tariff_product)]
    plans += [(one.plan.tariff_version, one.plan.tariff_product) for one in sold.planned]
    products = [
        read_tariff(text.text).products.get(name)
        for version, name in plans
        if (text := state.get(TariffText, version)) is not None
    ]
    if found is None or all(one is None or one.price_date != "renewal" for one in products):
        return []
    first = found.version_at(since)
    later = [one.tariff_version for one in found.versions if since < one.since <= until]
    return list(dict.fromkeys([*([first] if first is not None else []), *later]))


def agreed_of(state: State, sold: Pass) -> Agreed:
    """What was agreed about a pass, from records that ``read_agreed`` loads.

    Raises:
        UnsuitableError: it was given once and not sold; or it was sold by facts of a person who was forgotten.
    """
    if sold.sale_id is None or sold.pricelist_id is None or sold.first_day is None:
        raise UnsuitableError(f"pass {sold.id} was not sold: nothing was agreed about it")
    sale, pricelist = state.need(Sale, sold.sale_id), state.need(PriceList, sold.pricelist_id)
    later = [one.plan.tariff_version for one in sold.planned]
    ids = {sold.tariff_version, *later, *(one.tariff_version for one in pricelist.versions)}
    texts = {id: state.need(TariffText, id).text for id in ids if state.knows(TariffText, id)}
    zone = state.need(Place, sold.place_id).zone
    held = partial(held_on, state, sold.holder_id)
    planned = tuple((one, _sale_of(state, one.plan.sale_id)) for one in sold.planned)
    return Agreed(sold, whole_sale(sale, state.get(SaleFacts, sale.id)), texts, pricelist, zone, held, planned)


def _sale_of(state: State, id: str) -> Sale:
    """A sale with all facts."""
    return whole_sale(state.need(Sale, id), state.get(SaleFacts, id))


def read_renewal(uow: Uow, sold: Pass) -> Steps[None]:
    """Load what it takes to carry a pass on."""
    at = sold.next_at or uow.now
    since = at
    if sold.planned and sold.period_first is not None:
        since = min(since, day_bounds(sold.period_first, "UTC").start - timedelta(days=1))
    yield from read_agreed(uow, sold, since, at, [(Charge, sold.charge_id)])
    yield from read_change(uow, sold)


def read_change(uow: Uow, sold: Pass) -> Steps[None]:
    """Load what it takes beside to change the plan of a pass of which a change is planned: money may go back."""
    if sold.planned:
        ids = tuple(dict.fromkeys((sold.charge_id, *sold.period_charges)))
        yield from uow.fetch((Charge, id) for id in ids)
        yield from read_charge_parts(uow, ids)


def renew_pass(draft: Draft, subject: Subject) -> None:
    """Carry a pass on for whose next period or units it is time: it is charged, and the units are given.

    Nothing happens before that time, after its end, and a second time: the pass itself says what comes next.

    Raises:
        NotForSaleError: the price list has no price for the period.
    """
    sold = draft.state.need(Pass, subject.id)
    if sold.next_at is None or sold.next_at > draft.now:
        return
    place = draft.state.need(Place, sold.place_id)
    day = local(sold.next_at, place.zone).date()
    if sold.held_until is not None and day > sold.held_until:
        return
    agreed = agreed_of(draft.state, sold)
    changed = False
    while agreed.successor is not None and agreed.successor[0] <= day:
        change_next(draft, agreed, day)
        sold, changed = draft.state.need(Pass, sold.id), True
        agreed = agreed_of(draft.state, sold)
    found = step(agreed, day)
    if changed and found.period is None and not found.units:
        _carry_on_later(draft, sold)
        return
    period = _charged(draft, sold, agreed, found.period, found.units, place) if found.period is not None else None
    units = tuple(_given(draft, sold, one, place) for one in found.units)
    old = [id for id in sold.entitlement_ids if not draft.state.need(Entitlement, id).is_over(draft.now)]
    following = found.next_day
    if following is not None and not sold.contract and sold.last_day is not None and following > sold.last_day:
        following = None
    next_at = day_bounds(following, place.zone).start if following is not None else None
    draft.add(PassRenewed(sold.id, (*old, *(one.id for one in units)), units, next_at, period))
    for one in units:
        if one.expires is not None:
            draft.later("expire", refer(one), one.expires)
    _carry_on_later(draft, draft.state.need(Pass, sold.id))


def change_next(draft: Draft, agreed: Agreed, day: date) -> None:
    """Carry out the next change of plan of a pass, on a day on which it is carried on."""
    assert agreed.successor is not None
    sold = agreed.sold
    planned, sale = agreed.planned[0]
    after = attrs.evolve(agreed.with_plan(planned.plan, sale), planned=agreed.planned[1:])
    number = agreed.course.number_on(day)
    given = after.units(number, day, sold.planned_end)
    day_due = due_on(draft, planned.plan.tariff_version, draft.state.need(Place, sold.place_id))
    carry_out(draft, agreed, after, planned, day, since=day, given=given, paying=OnAccount(day_due))


def _carry_on_later(draft: Draft, sold: Pass) -> None:
    """Have a pass carried on when something comes next."""
    if sold.next_at is not None:
        draft.later("expire", refer(sold), sold.next_at)


def caught_up(draft: Draft, sold: Pass, day: date | None = None) -> Pass:
    """A pass once all is done for which it is time: whoever ends it, or gives notice, need not wait for ``run_due``.

    Args:
        draft: what is decided so far, with what ``read_agreed`` loads.
        sold: the pass.
        day: the last local day on which something may begin; ``None``: today.

    Raises:
        NotForSaleError: the price list has no price for a period.
    """
    zone = draft.state.need(Place, sold.place_id).zone
    while sold.next_at is not None and sold.next_at <= draft.now and sold.state == "active":
        if day is not None and local(sold.next_at, zone).date() > day:
            break
        renew_pass(draft, refer(sold))
        later = draft.state.need(Pass, sold.id)
        if later.next_at == sold.next_at:
            break
        sold = later
    return sold


def _given(draft: Draft, sold: Pass, one: GivenUnits, place: Place) -> Entitlement:
    """Units that are given again, where those before could be spent."""
    before = [draft.state.need(Entitlement, id) for id in sold.entitlement_ids]
    places = next((old.places for old in before), ())
    expires = day_bounds(one.last_day, place.zone).end if one.last_day is not None else None
    made = entitlement(draft.ids("ent"), sold, one, draft.now, expires, places)
    worth = (
        Worth(sold.product_id, sold.entity_id, sold.place_id, Money(one.units, place.currency)) if one.money else None
    )
    today = local(draft.now, place.zone).date()
    issuer = sold.entity_id if worth is None else None
    return evolve(made, active=True, worth=worth, entity_id=issuer, pauses=spans_of(sold, place.zone, today))


def _charged(
    draft: Draft, sold: Pass, agreed: Agreed, period: HeldPeriod, units: Iterable[GivenUnits], place: Place
) -> PassPeriod:
    """Charge a period: it stands on account, and is owed by whoever pays the pass."""
    version, order, quote = agreed.quote(period.first_day)
    tariff = read_tariff(agreed.texts[version])
    priced = price_again(agreed.sale, order, quote, tariff, sold.product_id, refer(sold), draft)
    priced.enter(draft)
    charge = None
    if priced.due:
        holder, payer = sold.holder_id, named_payer(draft.state, sold)
        since = began_before(draft, period.first_day, place) if _is_backdated(sold, period, place) else None
        day = due_on(draft, version, place, since)
        charge = raise_charge(
            draft,
            priced,
            refer(sold),
            place,
            payer or holder,
            on_account=True,
            due_on=day,
            person_id=holder,
            organisation=is_organisation(draft.state, sold, payer),
            began_on=since,
        )
        take_sponsors(draft, charge.id, holder, place, day=period.first_day)
    assert period.last_day is not None
    worth = worth_by_days(sold, priced.due.amount, units, place.currency)
    return PassPeriod(
        period.first_day, period.last_day, priced.sale.id, charge.id if charge else None, worth, quote.total
    )


def _is_backdated(sold: Pass, period: HeldPeriod, place: Place) -> bool:
    """Whether a period had begun before its pass was entered, so that it counts as if it had been entered then."""
    return period.first_day < local(sold.sold_at, place.zone).date()
