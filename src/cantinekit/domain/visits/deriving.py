"""What the visits on a tab come to: the price is derived from all of its stays, and the difference is charged or given
back. Whatever the order in which they were noted, the same stays come to the same sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.attendance.learnt import holding_wishes
from cantinekit.domain.catalogue.finding import found_product
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.presence import organisation_wishes
from cantinekit.domain.passes.giving import check_measured_never
from cantinekit.domain.passes.records import Entitlement, Wallet
from cantinekit.domain.passes.sharing import shared_lots, shared_wallets
from cantinekit.domain.payments.charging import (
    NOTHING_ALONG,
    back_moves,
    charge_parts,
    lower_charge,
    return_meters,
    return_units,
    void_charge,
)
from cantinekit.domain.payments.records import Charge, ChargeLine
from cantinekit.domain.payments.settling import owe, take_now
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.afterwards import units_beyond
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import Priced, at_most, make_price
from cantinekit.domain.sales.question import Question, Wanted, ask, read_tariff, wallet_lots
from cantinekit.domain.sales.records import Meter, SaleItem
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.events import TabPriced
from cantinekit.domain.visits.records import Clocked, Tab, TabLine, TabStay, Visit
from cantinekit.domain.visits.tabs import add_lines, minus, stay_order
from cantinekit.errors import DuplicateError, IncompleteError, NoEntitlementError, NotForSaleError, UnsuitableError
from cantinekit.money import Money


@attrs.frozen
class TabChange:
    """What happens to the stays of one tab.

    Attributes:
        tab_id: the tab.
        put: the stay of a visit, in place of the one that the tab has of it; ``None``: none.
        dropped: the id of a visit whose stay is taken off; ``None``: none.
    """

    tab_id: str
    put: TabStay | None = None
    dropped: str | None = None

    def stays(self, state: State) -> tuple[TabStay, ...]:
        """The stays of the tab afterwards, in their order."""
        tab = tab_of(state, self.tab_id)
        gone = {self.dropped, self.put.visit_id if self.put else None}
        kept = [stay for stay in tab.stays if stay.visit_id not in gone]
        return tuple(sorted([*kept, *([self.put] if self.put else ())], key=stay_order))


How = SellingCommand[object]
"""How what is charged is paid: the account, the payer, whether it is on account."""


def paid_by(visit: Visit, account: str | None, return_url: str | None) -> How:
    """How a difference is paid: through the account that is named, else as was said at check-in.

    Args:
        visit: the visit, which is priced by the clock.
        account: the gateway account; ``None``: the one of the check-in.
        return_url: where the gateway sends the payer back to.
    """
    said = visit.clocked
    assert said is not None
    on_account = said.on_account and account is None
    named = account or (None if on_account else said.account)
    return SellingCommand(
        account=named,
        on_account=on_account,
        payer_id=said.payer_id,
        ordered_by_id=said.ordered_by_id,
        return_url=return_url,
    )


def left_due(visit: Visit) -> How:
    """Nobody is there to pay: what is charged is left due."""
    said = visit.clocked
    assert said is not None
    return SellingCommand(on_account=said.on_account, payer_id=said.payer_id, ordered_by_id=said.ordered_by_id)


def tab_of(state: State, tab_id: str) -> Tab:
    """The tab, empty where nothing is on it yet."""
    return state.get(Tab, tab_id) or Tab(tab_id)


def stay_on_tab(visit: Visit, clocked: Clocked, start: datetime, end: datetime) -> TabStay | None:
    """The stay of a visit as it stands on its tab; ``None`` where no time was spent."""
    if end <= start:
        return None
    item = SaleItem(clocked.tariff_product, Period(start, end), facts=clocked.facts, label=visit.id)
    return TabStay(visit.id, visit.product_id, visit.space_id, item, clocked.codes)


def change_of(visit: Visit, tab_id: str, start: datetime, end: datetime) -> TabChange:
    """What the end of a visit, or its correction, does to a tab.

    Args:
        visit: the visit, which is priced by the clock.
        tab_id: the tab on which it is then.
        start: when it began.
        end: when it ended.
    """
    assert visit.clocked is not None
    stay = stay_on_tab(visit, visit.clocked, start, end)
    return TabChange(tab_id, stay, visit.id if stay is None else None)


def refuse_overlap(state: State, tab_id: str, visit_id: str, space_id: str, start: datetime, end: datetime) -> None:
    """Refuse a stay at a time at which the person was noted in the same zone already.

    Raises:
        DuplicateError: another visit on the tab is of that time.
    """
    for stay in tab_of(state, tab_id).stays:
        period = stay.item.period
        assert period is not None
        if stay.visit_id != visit_id and stay.space_id == space_id and period.start < end and start < period.end:
            raise DuplicateError("a visit of this person at that time", stay.visit_id)


# --- reading ---------------------------------------------------------------------------------------------------------


def tab_wishes(clocked: Clocked, person_id: str | None, tab_ids: Iterable[str]) -> list[Wish]:
    """What is loaded first to price tabs: the tabs, their price list, the person and their wallet, and the payer."""
    wishes: list[Wish] = [(PriceList, clocked.pricelist_id), (Wallet, person_id)]
    wishes += [(Person, person_id), (Person, clocked.payer_id)]
    return [*wishes, *((Tab, id) for id in tab_ids)]


def read_tabs(
    uow: Uow,
    clocked: Clocked,
    person_id: str | None,
    place_id: str,
    changes: Sequence[TabChange],
    also: Iterable[Wish] = (),
) -> Steps[None]:
    """Load, in two batches, what else it takes to price tabs, once ``tab_wishes`` are loaded.

    Args:
        uow: the unit of work.
        clocked: how the visit is priced.
        person_id: the visitor, ``None`` for a walk-in.
        place_id: the place of the visit, which is loaded.
        changes: what happens to the tabs.
        also: what is loaded together with the first batch.
    """
    tabs = [tab_of(uow.state, change.tab_id) for change in changes]
    stays = [change.stays(uow.state) for change in changes]
    wishes: list[Wish] = [*also, (LegalEntity, clocked.entity_id), *shared_wallets(uow.state, person_id)]
    wishes += [(Product, stay.product_id) for each in stays for stay in each]
    wishes += [(Entitlement, id) for id in wallet_lots(uow.state, person_id)]
    wishes += organisation_wishes(uow.state, clocked.payer_id)
    wishes += [(Entitlement, spend.entitlement_id) for tab in tabs for spend in tab.spends]
    wishes += [(Charge, id) for tab in tabs for id in tab.charge_ids]
    versions = [_version(uow.state, clocked, each[0]) if each else None for each in stays]
    yield from uow.fetch([*wishes, *((TariffText, version) for version in versions)])
    wishes = charge_parts(uow.state, (id for tab in tabs for id in tab.charge_ids))
    wishes += [(Entitlement, id) for id in shared_lots(uow.state, person_id)]
    wishes += [(Meter, move.meter_id) for tab in tabs for move in tab.meters]
    for version, each in zip(versions, stays, strict=True):
        if version is not None:
            tariff = read_tariff(uow.state.need(TariffText, version).text)
            learnt = holding_wishes(tariff.asked_trainings, person_id)
            if learnt:  # what is counted may depend on what is held
                yield from uow.fetch([*learnt, *wishes])
            if tariff.counts_for(stay.item.tariff_product for stay in each):
                question = _question(uow.state, each, person_id, place_id, clocked.payer_id)
                asked = ask(question, uow.state, tariff, _start(each[0]))
                wishes += [(Meter, id) for id in asked.meters]
    yield from uow.fetch(wishes)


def _start(stay: TabStay) -> datetime:
    assert stay.item.period is not None
    return stay.item.period.start


def _version(state: State, clocked: Clocked, first: TabStay) -> str:
    """The version of the price list by which a tab is priced: the one in force when its first stay began."""
    found = state.need(PriceList, clocked.pricelist_id).version_at(_start(first))
    if found is None:
        raise NotForSaleError(f"the price list {clocked.pricelist_id} was not in force yet")
    return found


def _question(
    state: State, stays: Sequence[TabStay], person_id: str | None, place_id: str, payer_id: str | None
) -> Question:
    """What the price list is asked: all stays in one order."""
    place = state.need(Place, place_id)
    things = tuple(Wanted(found_product(state, stay.product_id, place, "visit"), stay.item) for stay in stays)
    codes = tuple(dict.fromkeys(code for stay in stays for code in stay.codes))
    return Question(things, place_id, person_id, codes, scoped=False, payer_id=payer_id)


# --- deciding --------------------------------------------------------------------------------------------------------


def derive(draft: Draft, change: TabChange, visit: Visit, place: Place, how: How, reason: str) -> None:
    """Price a tab again after a change of its stays, and charge the difference or give it back.

    Args:
        draft: what is decided so far; ``read_tabs`` has loaded what it takes.
        change: what happens to the stays of the tab.
        visit: the visit that is the cause, and that a charge is for.
        place: the place of the visit.
        how: how a difference is paid.
        reason: why money goes back, at most 500 characters.
    """
    if change.put is not None:
        sold = _first_priced(draft, visit)
        change = attrs.evolve(change, put=attrs.evolve(change.put, item=attrs.evolve(change.put.item, sold=sold)))
    tab, stays = tab_of(draft.state, change.tab_id), change.stays(draft.state)
    priced, refused, why = _price(draft, tab, stays, visit, place)
    if priced is not None and visit.id not in refused:
        draft.price = priced.quote
    difference = add_lines(tab_lines(priced.lines) if priced else (), minus(tab.lines))
    spends, moves = (priced.spends, priced.moves) if priced else ((), ())
    more, less = units_beyond(spends, tab.spends), units_beyond(tab.spends, spends)
    meters = net_moves(moves, back_moves(tab.meters))
    if priced is not None:
        attrs.evolve(priced, spends=more, moves=meters).enter(draft)
    else:
        return_meters(draft, tab.meters)
    return_units(draft, less, refer(visit))
    owed, voided = _owed(draft.state, tab, difference)
    for id in voided:
        void_charge(draft, id)
    due = sum(line.amount for line in owed)
    charge = _charge(draft, tab, priced, owed, visit, place, how) if priced is not None and due > 0 else None
    draft.add(
        TabPriced(
            change.tab_id,
            visit.id,
            (change.put,) if change.put else (),
            (change.dropped,) if change.dropped else (),
            refused,
            why.get(visit.id, ""),
            difference,
            more,
            less,
            meters,
            charge.id if charge else None,
            voided,
            priced.sale.id if priced else None,
        )
    )
    if charge is not None and priced is not None:
        take_now(draft, charge, at_most(priced.vouchers, due), how)
    rest = -due
    for id in reversed(tab.charge_ids):
        if rest > 0:
            rest -= lower_charge(draft, id, Money(rest, place.currency), reason)


def _first_priced(draft: Draft, visit: Visit) -> datetime:
    """When a stay was charged first, however it was corrected since; where nothing was, it is priced now."""
    state = draft.state
    charges = [state.need(Charge, id) for id in visit.charge_ids if state.knows(Charge, id)]
    return min((charge.raised_at for charge in charges), default=draft.now)


def _charge(
    draft: Draft, tab: Tab, priced: Priced, owed: Sequence[TabLine], visit: Visit, place: Place, how: How
) -> Charge | None:
    """Raise the charge of a difference. It is all due at once: what was spent is known."""
    due = sum(line.amount for line in owed)
    lines = priced.lines if not tab.lines else _charge_lines(draft.state, owed, priced, place)
    whole = Money(due, place.currency)
    vouchers = Money(sum(spend.units for spend in at_most(priced.vouchers, due)), place.currency)
    raised = attrs.evolve(priced, lines=lines, later=(), due=whole, due_now=whole - vouchers)
    return owe(draft, raised, refer(visit), place, visit.person_id, how, NOTHING_ALONG, of_visit=True)


def _owed(state: State, tab: Tab, difference: tuple[TabLine, ...]) -> tuple[tuple[TabLine, ...], tuple[str, ...]]:
    """What is charged or given back (negative), and the ids of the charges that are voided first.

    Where less is owed than before, what was not paid yet is voided, the newest first, and the rest of it charged again.
    """
    owed, voided = difference, list[str]()
    for id in reversed(tab.charge_ids):
        charge = state.need(Charge, id)
        if sum(line.amount for line in owed) >= 0:
            break
        if charge.state == "due" and not charge.kept:
            voided.append(id)
            owed = add_lines(owed, tab_lines(charge.lines))
    return owed, tuple(voided)


def tab_lines(lines: Iterable[ChargeLine]) -> tuple[TabLine, ...]:
    """The lines of a charge, added up by product, tax class and kind."""
    return add_lines(TabLine(line.product_id, line.tax_class, line.amount.amount, line.kind) for line in lines)


def _charge_lines(state: State, owed: Iterable[TabLine], priced: Priced, place: Place) -> tuple[ChargeLine, ...]:
    """The lines of a charge of a difference: one for each product, tax class and kind, with the text of the product."""
    texts = {line.product_id: line.text for line in priced.lines}
    return tuple(
        ChargeLine(
            line.product_id,
            texts.get(line.product_id) or found_product(state, line.product_id, place, "visit").name,
            1,
            Money(line.amount, place.currency),
            line.tax_class,
            line.kind,
        )
        for line in owed
    )


def _price(
    draft: Draft, tab: Tab, stays: Sequence[TabStay], visit: Visit, place: Place
) -> tuple[Priced | None, tuple[str, ...], dict[str, str]]:
    """The price of the stays; ``None`` where none of them has one.

    The stays that the price list refuses are left out, found in their order: nobody is kept from leaving by a price
    list. With them come the ids of their visits, and the code of the refusal of each.
    """
    if not stays:
        return None, (), {}
    try:
        return _priced(draft, tab, stays, visit, place), (), {}
    except _REFUSED:
        pass
    good, best, why = list[TabStay](), None, dict[str, str]()
    for stay in stays:
        try:
            best = _priced(draft, tab, [*good, stay], visit, place)
            good.append(stay)
        except _REFUSED as refusal:
            why[stay.visit_id] = _code(refusal)
    return best, tuple(why), why


_REFUSED = (NotForSaleError, NoEntitlementError, IncompleteError)


def _code(refusal: Exception) -> str:
    found = getattr(refusal, "refusals", ())
    return str(found[0].code) if found else "missing"


def _priced(draft: Draft, tab: Tab, stays: Sequence[TabStay], visit: Visit, place: Place) -> Priced:
    return make_price(
        draft.state,
        _question(draft.state, stays, visit.person_id, place.id, visit.clocked.payer_id if visit.clocked else None),
        subject=refer(visit),
        now=_start(stays[0]),
        ids=draft.ids,
        returned=tab.spends,
        released=tab.meters,
    )


def check_sold(draft: Draft, questions: Sequence[Question], visit: Visit) -> None:
    """Refuse at the door what the price list would refuse whatever the length of the stay.

    Args:
        draft: what is decided so far; the price list and the meters of the questions are loaded.
        questions: the same stay in several lengths, the shortest first; one of them must have a price.
        visit: the visit that begins.

    Raises:
        NotForSaleError, NoEntitlementError, IncompleteError: the price list refuses, only an entitlement buys it and
            none covers it, or the list has to know more.
        UnsuitableError: something that it needs has to be bought before.
    """
    refusals = list[Exception]()
    for question in questions:
        try:
            priced = make_price(draft.state, question, subject=refer(visit), now=visit.opened_at, ids=draft.ids)
        except _REFUSED as refusal:
            refusals.append(refusal)
            continue
        check_measured_never(priced.quote.price)
        if priced.gives:
            names = ", ".join(given.tariff_product for given in priced.gives)
            raise UnsuitableError(f"{names} is needed and has to be bought before: what is by the clock sells nothing")
        return
    raise refusals[0]
