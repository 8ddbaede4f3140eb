"""What is owed between legal entities follows from the events that use units, return them, or let them run out.

Nobody who uses units can forget it: what each handler decides is looked at, as for the periods of the books. Where the
legal entity that sold the units serves them itself there is nothing to read and nothing to post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction
from functools import wraps
from typing import Any, NamedTuple

from cantinekit.calendar import add_days
from cantinekit.clock import local
from cantinekit.domain.base import Subject
from cantinekit.domain.clearing.events import ClearingPosted
from cantinekit.domain.clearing.records import (
    CLEARING,
    ClearingAccount,
    ClearingLine,
    ClearingPair,
    ClearingRule,
    ClearingTerms,
    ClearingUse,
    account_id,
    pair_id,
    use_id,
)
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import UnitsExpired, UnitsReturned, UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.payments.events import LedgerPosted
from cantinekit.domain.payments.records import LedgerEntry, LedgerLine
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.money import Money
from cantinekit.plugins.ports import Key

Handle = Callable[[Any, Uow], Steps[Decision[Any]]]


class _Move(NamedTuple):
    """Units of an entitlement that one thing takes, or gives back (negative)."""

    entitlement_id: str
    subject: Subject
    units: int


class _Issuer(NamedTuple):
    """Who sold units: the legal entity, and its place."""

    entity_id: str
    place_id: str


def cleared(handle: Handle) -> Handle:
    """A handler whose decisions post what legal entities owe each other for the units that it moves.

    Args:
        handle: the handler. What clearing needs is loaded after it, and only where units are served by another legal
            entity than the one that sold them, or run out.
    """

    @wraps(handle)
    def run(c: Any, uow: Uow) -> Steps[Decision[Any]]:
        decision = yield from handle(c, uow)
        moves, gone = _moves(decision, uow.state)
        if not moves and not gone:
            return decision
        yield from uow.fetch(_unknown_wishes(uow.state, moves))
        across = [one for one in moves if _is_across(uow.state, one)]
        if not across and not gone:
            return decision
        yield from uow.fetch([*_wishes(uow.state, across), *_terms_of(uow.state, gone)])
        yield from uow.fetch([*_return_wishes(uow.state, across), *_expiry_wishes(uow.state, gone)])
        count = uow.decided
        for move in across:
            _post_move(uow, move)
        for id, units in gone.items():
            _post_expiry(uow, uow.state.need(Entitlement, id), units)
        return decision if uow.decided == count else uow.with_more(decision)

    return run


def _moves(decision: Decision[Any], state: State) -> tuple[list[_Move], dict[str, int]]:
    """How many units each thing takes of each entitlement after all, and how many run out of what was paid."""
    found: dict[tuple[str, Subject], int] = {}
    gone: dict[str, int] = {}
    for event in decision.events:
        if isinstance(event, UnitsSpent):
            sign, subject = 1, event.on
        elif isinstance(event, UnitsReturned):
            sign, subject = -1, event.of
        else:
            if isinstance(event, UnitsExpired):
                one = state.need(Entitlement, event.entitlement_id)
                if one.worth is not None and not one.money:
                    gone[one.id] = gone.get(one.id, 0) + event.units
            continue
        for spend in event.spends:
            if not state.need(Entitlement, spend.entitlement_id).money:
                key = spend.entitlement_id, subject
                found[key] = found.get(key, 0) + sign * spend.units
    return [_Move(id, subject, units) for (id, subject), units in found.items() if units], gone


# --- who sells, and who serves ---------------------------------------------------------------------------------------


def _place_of(state: State, subject: Subject) -> str | None:
    """The place that serves what uses units: as its record says, or the sale that is being made of it."""
    record = state.records.get(Key(subject.kind, subject.id))
    found: str | None = getattr(record, "place_id", None)
    if found is not None:
        return found
    sales = (one for one in state.records.values() if isinstance(one, Sale) and one.subject == subject)
    return next((sale.place_id for sale in sales), None)


def _issuer_id(state: State, one: Entitlement) -> str | None:
    """The legal entity that sold units; ``None``: only their pass says it, and was not loaded."""
    if one.worth is not None:
        return one.worth.entity_id
    if one.entity_id is not None:
        return one.entity_id
    sold = state.get(Pass, one.pass_id) if state.knows(Pass, one.pass_id) else None
    return sold.entity_id if sold is not None else None


def _issuer(state: State, one: Entitlement) -> _Issuer:
    """Who sold units that another legal entity serves."""
    if one.worth is not None:
        return _Issuer(one.worth.entity_id, one.worth.place_id)
    sold = state.need(Pass, one.pass_id)
    return _Issuer(sold.entity_id, sold.place_id)


def _is_at_home(state: State, move: _Move) -> bool:
    """Whether units are served at the place that sold them, so that nothing more has to be known."""
    worth = state.need(Entitlement, move.entitlement_id).worth
    return worth is not None and worth.place_id == _place_of(state, move.subject)


def _unknown_wishes(state: State, moves: Iterable[_Move]) -> list[Wish]:
    """What says who sells and who serves, as far as it was not loaded; of units of before, their passes."""
    wishes: list[Wish] = []
    for move in moves:
        if _is_at_home(state, move):
            continue
        one = state.need(Entitlement, move.entitlement_id)
        if _issuer_id(state, one) is None:
            wishes.append((Pass, one.pass_id))
        wishes.append((Place, _place_of(state, move.subject)))
    return wishes


def _is_across(state: State, move: _Move) -> bool:
    """Whether another legal entity serves units than the one that sold them; for a return as far as it is known."""
    if _is_at_home(state, move):
        return False
    place_id = _place_of(state, move.subject)
    if place_id is None:
        return move.units < 0
    return state.need(Place, place_id).entity_id != _issuer_id(state, state.need(Entitlement, move.entitlement_id))


# --- what is read ----------------------------------------------------------------------------------------------------


def _wishes(state: State, moves: Iterable[_Move]) -> list[Wish]:
    """What clearing of units reads that another legal entity serves."""
    wishes: list[Wish] = []
    for move in moves:
        one, place_id = state.need(Entitlement, move.entitlement_id), _place_of(state, move.subject)
        issuer_id = _issuer_id(state, one)
        wishes.append((ClearingUse, use_id(one.id, move.subject)))
        wishes.append((Place, one.worth.place_id) if one.worth is not None else (Pass, one.pass_id))
        if place_id is None or issuer_id is None:
            continue
        acceptor_id = state.need(Place, place_id).entity_id
        wishes += [
            (ClearingTerms, issuer_id),
            (ClearingPair, pair_id(issuer_id, acceptor_id)),
            (ClearingAccount, account_id(one.id, acceptor_id)),
        ]
    return wishes


def _return_wishes(state: State, moves: Iterable[_Move]) -> list[Wish]:
    """What clearing of returned units reads, by what was noted of their use."""
    wishes: list[Wish] = []
    for move in moves:
        one = state.need(Entitlement, move.entitlement_id)
        use = state.get(ClearingUse, use_id(one.id, move.subject))
        if move.units < 0 and use is not None:
            wishes.append((Place, use.place_id))
            wishes.append((ClearingPair, pair_id(_issuer(state, one).entity_id, use.acceptor_id)))
            wishes.append((ClearingAccount, account_id(one.id, use.acceptor_id)))
    return wishes


def _terms_of(state: State, gone: Iterable[str]) -> list[Wish]:
    """The rules of those who sold units that run out."""
    worths = [state.need(Entitlement, id).worth for id in gone]
    return [(ClearingTerms, worth.entity_id) for worth in worths if worth is not None]


def _expiry_wishes(state: State, gone: Iterable[str]) -> list[Wish]:
    """What clearing of units reads that run out, where somebody gets a part of them."""
    wishes: list[Wish] = []
    for id in gone:
        one = state.need(Entitlement, id)
        assert one.worth is not None
        terms = state.get(ClearingTerms, one.worth.entity_id)
        if terms is None or not terms.sharers():
            continue
        wishes.append((Place, one.worth.place_id))
        wishes += [(ClearingPair, pair_id(one.worth.entity_id, acceptor_id)) for acceptor_id in terms.sharers()]
        wishes += [(Place, rule.place_id) for rule in terms.rules]
    return wishes


# --- what is owed ----------------------------------------------------------------------------------------------------


def rounded(value: Fraction) -> int:
    """The nearest integer to a number that is not negative; halves go up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def price_of(rule: ClearingRule, one: Entitlement, units: int) -> int:
    """What a rule makes of so many units of an entitlement, all of them together, in minor units, rounded half up.

    Args:
        rule: the rule.
        one: the entitlement. Where nothing is known to have been paid for it, a share of that is nothing.
        units: how many of its units.
    """
    if rule.amount is not None:
        return rounded(rule.amount.amount * units * Fraction(one.smallest or 1))
    if one.worth is None:
        return 0
    return rounded(Fraction(rule.share or 0) * one.worth.amount.amount * units / one.bought)


def _rule(state: State, issuer_id: str, one: Entitlement, place: Place, day: date) -> ClearingRule | None:
    """The rule for units that a place serves on a day; ``None``: there is none in the currency of the place."""
    terms = state.get(ClearingTerms, issuer_id)
    product_id = one.worth.product_id if one.worth is not None else None
    found = terms.rule(place.entity_id, product_id, one.account, day) if terms is not None else None
    if found is None:
        return None
    if found.amount is not None:
        return found if found.amount.currency == place.currency else None
    return found if one.worth is None or one.worth.amount.currency == place.currency else None


def open_day(pair: ClearingPair | None, now: datetime, place: Place) -> date:
    """The day on which a line counts that is posted now: today at the place, but never one of a statement.

    Args:
        pair: the pair; ``None``: it has no lines yet.
        now: the instant.
        place: the place that serves.
    """
    today = local(now, place.zone).date()
    if pair is None or pair.closed_until is None:
        return today
    return max(today, add_days(pair.closed_until, 1))


def _post_move(draft: Draft, move: _Move) -> None:
    """Post what is owed for units that a thing takes, or not any more for those that it gives back."""
    state, one = draft.state, draft.state.need(Entitlement, move.entitlement_id)
    use = state.get(ClearingUse, use_id(one.id, move.subject))
    issuer = _issuer(state, one)
    if move.units < 0:
        if use is not None and use.units:
            _post_return(draft, move, one, use, issuer)
        return
    place_id = _place_of(state, move.subject)
    assert place_id is not None
    place = state.need(Place, place_id)
    day = open_day(state.get(ClearingPair, pair_id(issuer.entity_id, place.entity_id)), draft.now, place)
    rule = _rule(state, issuer.entity_id, one, place, day)
    amount = 0
    if rule is not None:
        counted = state.get(ClearingAccount, account_id(one.id, place.entity_id))
        same = counted if counted is not None and counted.rule_id == rule.id else None
        before = same.units if same is not None else 0
        owed = same.amount if same is not None else 0
        amount = max(0, price_of(rule, one, before + move.units) - owed)
    line = ClearingLine(
        id=draft.ids("clr"),
        issuer_id=issuer.entity_id,
        acceptor_id=place.entity_id,
        day=day,
        at=draft.now,
        place_id=place.id,
        issuer_place_id=issuer.place_id,
        what="use",
        units=move.units,
        amount=Money(amount, place.currency),
        entitlement_id=one.id,
        account=one.account,
        product_id=one.worth.product_id if one.worth is not None else None,
        subject=move.subject,
        rule_id=rule.id if rule is not None else None,
    )
    post_line(draft, line, amount)


def _post_return(draft: Draft, move: _Move, one: Entitlement, use: ClearingUse, issuer: _Issuer) -> None:
    """Post the opposite of what a use came to, of the units that go back; without what was disputed of it."""
    place = draft.state.need(Place, use.place_id)
    units = min(-move.units, use.units)
    stays = use.units - units
    back = use.amount - use.amount * stays // use.units
    disputed = use.disputed - use.disputed * stays // use.units
    line = ClearingLine(
        id=draft.ids("clr"),
        issuer_id=issuer.entity_id,
        acceptor_id=use.acceptor_id,
        day=open_day(draft.state.get(ClearingPair, pair_id(issuer.entity_id, use.acceptor_id)), draft.now, place),
        at=draft.now,
        place_id=place.id,
        issuer_place_id=issuer.place_id,
        what="return",
        units=-units,
        amount=Money(disputed - back, place.currency),
        entitlement_id=one.id,
        account=one.account,
        product_id=one.worth.product_id if one.worth is not None else None,
        subject=move.subject,
        rule_id=use.rule_id,
    )
    post_line(draft, line, -back)


def _post_expiry(draft: Draft, one: Entitlement, units: int) -> None:
    """Post what is owed to others for units that run out, by the rules that give them a part of these."""
    assert one.worth is not None
    terms = draft.state.get(ClearingTerms, one.worth.entity_id)
    if terms is None:
        return
    issuer = _Issuer(one.worth.entity_id, one.worth.place_id)
    for acceptor_id in terms.sharers():
        pair = draft.state.get(ClearingPair, pair_id(issuer.entity_id, acceptor_id))
        day = open_day(pair, draft.now, draft.state.need(Place, issuer.place_id))
        rule = terms.rule(acceptor_id, one.worth.product_id, one.account, day)
        if rule is None or rule.place_id is None or rule.expired == "0":
            continue
        place = draft.state.need(Place, rule.place_id)
        amount = rounded(Fraction(rule.expired) * one.worth.amount.amount * units / one.bought)
        if place.currency != one.worth.amount.currency or not amount:
            continue
        line = ClearingLine(
            id=draft.ids("clr"),
            issuer_id=issuer.entity_id,
            acceptor_id=acceptor_id,
            day=day,
            at=draft.now,
            place_id=place.id,
            issuer_place_id=issuer.place_id,
            what="expiry",
            units=units,
            amount=Money(amount, place.currency),
            entitlement_id=one.id,
            account=one.account,
            product_id=one.worth.product_id,
            subject=Subject(Entitlement.kind, one.id),
            rule_id=rule.id,
        )
        post_line(draft, line, amount)


def post_line(draft: Draft, line: ClearingLine, priced: int = 0) -> None:
    """Decide a line, with an entry in the ledger of each of both legal entities where something is owed.

    Args:
        draft: what is decided so far.
        line: the line.
        priced: what the rule makes of its units, in minor units.
    """
    draft.add(ClearingPosted(line, priced))
    amount = line.amount.amount
    if not amount:
        return
    cost = (f"costs/{CLEARING}", amount), (f"{CLEARING}/{line.acceptor_id}", -amount)
    revenue = (f"{CLEARING}/{line.issuer_id}", amount), (f"revenue/{CLEARING}", -amount)
    sides = (line.issuer_id, line.issuer_place_id, cost), (line.acceptor_id, line.place_id, revenue)
    for entity_id, place_id, lines in sides:
        entry = LedgerEntry(
            id=draft.ids("led"),
            entity_id=entity_id,
            place_id=place_id,
            at=line.at,
            what="cleared",
            subject=Subject(line.kind, line.id),
            currency=line.amount.currency,
            lines=tuple(LedgerLine(name, part) for name, part in lines),
        )
        draft.add(LedgerPosted(entry))
