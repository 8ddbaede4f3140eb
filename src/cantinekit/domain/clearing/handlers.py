"""Agreeing and ending rules of clearing, closing its periods, and disputing its lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from cantinekit.calendar import add_days
from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Record
from cantinekit.domain.catalogue.records import PriceList, Product
from cantinekit.domain.clearing.commands import AgreeClearing, CloseClearing, DisputeClearing, EndClearing
from cantinekit.domain.clearing.events import ClearingAgreed, ClearingClosed, ClearingEnded
from cantinekit.domain.clearing.posting import open_day, post_line
from cantinekit.domain.clearing.records import (
    CLEARING,
    STATED,
    ClearingLine,
    ClearingPair,
    ClearingRule,
    ClearingStatement,
    ClearingTerms,
    ClearingUse,
    balances,
    dispute_id,
    pair_id,
    statement_id,
    use_id,
)
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.index import composite
from cantinekit.domain.payments.events import LedgerPosted
from cantinekit.domain.payments.records import LedgerEntry, LedgerLine
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import (
    CurrencyError,
    DuplicateError,
    NotFoundError,
    TooEarlyError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money

LINES = 10_000
"""How many lines are loaded at once."""


def _places(uow: Uow) -> Steps[list[Place]]:
    """All places, in the order of their ids."""
    keys = yield from uow.find(Place, "all", "", "\U0010ffff")
    yield from uow.fetch([(Place, key.id) for key in keys])
    return [uow.state.need(Place, key.id) for key in keys]


def _today(uow: Uow, places: Sequence[Place]) -> date:
    """The earliest day that is today at one of the places."""
    return min((local(uow.now, place.zone).date() for place in places), default=uow.now.date())


def _named(c: AgreeClearing) -> list[tuple[type[Record], str]]:
    """What has to be there: both legal entities, and the product, or the price list that its name begins with."""
    found: list[tuple[type[Record], str]] = [(LegalEntity, c.entity_id)]
    if c.other_id is not None:
        found.append((LegalEntity, c.other_id))
    if c.product_id is not None:
        listed, slash, _ = c.product_id.partition("/")
        found.append((PriceList, listed) if slash else (Product, c.product_id))
    return found


@handles(AgreeClearing)
def agree_clearing(c: AgreeClearing, uow: Uow) -> Steps[Decision[ClearingTerms]]:
    """Agree a rule, from today or a later day on."""
    yield from uow.fetch([*_named(c), (ClearingTerms, c.entity_id)])
    for cls, id in _named(c):
        uow.state.need(cls, id)
    places = yield from _places(uow)

    mine = [one for one in places if one.entity_id == c.entity_id]
    theirs = [one for one in places if one.entity_id != c.entity_id and c.other_id in (None, one.entity_id)]
    _check_currencies(c, mine, theirs)
    if c.first_day < (today := _today(uow, [*mine, *theirs])):
        raise TooLateError(f"a rule counts from {today} on: what was used before stays as it was posted")
    terms = uow.state.get(ClearingTerms, c.entity_id) or ClearingTerms(c.entity_id)
    if any(one.id == c.id for one in terms.rules):
        raise DuplicateError(f"clearing rule {c.id}")
    _check_expired(c, terms, theirs)
    rule = ClearingRule(
        id=c.id or uow.ids("rul"),
        issuer_id=c.entity_id,
        acceptor_id=c.other_id,
        product_id=c.product_id,
        account=c.account,
        first_day=c.first_day,
        last_day=None,
        share=c.share,
        amount=c.amount,
        expired=c.expired,
        agreed_at=uow.now,
        place_id=theirs[0].id if c.other_id is not None and theirs else None,
    )
    uow.add(ClearingAgreed(rule))
    return uow.done_at(ClearingTerms, c.entity_id)


def _check_currencies(c: AgreeClearing, mine: Sequence[Place], theirs: Sequence[Place]) -> None:
    """Refuse a rule between places that take different money; one for any other counts where they do not.

    Raises:
        CurrencyError: they do.
    """
    own = {one.currency for one in mine}
    others = {one.currency for one in theirs} if c.other_id is not None else set()
    amount = {c.amount.currency} if c.amount is not None else set()
    if len(own | others | amount) > 1:
        raise CurrencyError(f"one currency is cleared, not {', '.join(sorted(own | others | amount))}")


def _check_expired(c: AgreeClearing, terms: ClearingTerms, theirs: Sequence[Place]) -> None:
    """Refuse to give away what runs out more than once.

    Raises:
        UnsuitableError: the most that each legal entity gets comes to more than what was paid; or there is no place in
            whose ledger it could be.
    """
    if c.expired == "0" or c.other_id is None:
        return
    if not theirs:
        raise UnsuitableError(f"{c.other_id} has no place in whose ledger what runs out could be entered")
    most = {c.other_id: Fraction(c.expired)}
    for rule in terms.rules:
        if rule.acceptor_id is not None:
            most[rule.acceptor_id] = max(most.get(rule.acceptor_id, Fraction(0)), Fraction(rule.expired))
    if sum(most.values()) > 1:
        raise UnsuitableError("what runs out would be given away more than once")


@handles(EndClearing)
def end_clearing(c: EndClearing, uow: Uow) -> Steps[Decision[ClearingTerms]]:
    """Let a rule end on a day that is not over."""
    yield from uow.need(LegalEntity, c.entity_id, (ClearingTerms, c.entity_id))
    places = yield from _places(uow)

    terms = uow.state.get(ClearingTerms, c.entity_id) or ClearingTerms(c.entity_id)
    rule = next((one for one in terms.rules if one.id == c.rule_id), None)
    if rule is None:
        raise NotFoundError("clearing rule", c.rule_id)
    if c.last_day < (today := _today(uow, places)):
        raise TooLateError(f"a rule ends on {today} or later: what was used by it stays as it was posted")
    if c.last_day != rule.last_day:
        uow.add(ClearingEnded(c.entity_id, rule.id, c.last_day))
    return uow.done_at(ClearingTerms, c.entity_id)


@handles(CloseClearing)
def close_clearing(c: CloseClearing, uow: Uow) -> Steps[Decision[ClearingStatement]]:
    """Issue a statement of the lines up to a day that is over, and settle them.

    Each line writes the pair, as the statement does: a use that is decided meanwhile comes before it or after it.
    """
    pair_key = pair_id(c.entity_id, c.other_id)
    statement_key = statement_id(pair_key, c.until)
    wishes: list[Wish] = [(LegalEntity, c.entity_id), (LegalEntity, c.other_id), (ClearingPair, pair_key)]
    yield from uow.fetch([*wishes, (ClearingStatement, statement_key)])
    for id in (c.entity_id, c.other_id):
        uow.state.need(LegalEntity, id)
    done = uow.state.get(ClearingStatement, statement_key)
    if done is not None:
        return uow.done(done)
    pair = uow.state.get(ClearingPair, pair_key)
    if pair is not None and pair.closed_until is not None and c.until <= pair.closed_until:
        raise WrongStateError(f"clearing of {c.entity_id} and {c.other_id}", state=f"closed up to {pair.closed_until}")
    places = [one for one in (yield from _places(uow)) if one.entity_id in (c.entity_id, c.other_id)]
    lines = yield from _lines(uow, pair_key, pair.closed_until if pair is not None else None, c.until)

    for place in places:
        if day_bounds(c.until, place.zone).end > uow.now:
            raise TooEarlyError(f"{c.until} is not over yet at {place.name}")
    one, other = sorted((c.entity_id, c.other_id))
    statement = ClearingStatement(
        id=statement_key,
        entity_id=one,
        other_id=other,
        first=add_days(pair.closed_until, 1) if pair is not None and pair.closed_until is not None else None,
        until=c.until,
        lines=len(lines),
        balances=balances(lines, one),
        issued_at=uow.now,
    )
    uow.add(ClearingClosed(statement))
    for entity_id, their_id in ((one, other), (other, one)):
        for amount in statement.owed_to(entity_id):
            place = next(place for place in places if place.entity_id == entity_id)
            uow.add(LedgerPosted(_stated(uow, statement, place, their_id, amount)))
    return uow.done(statement)


def _lines(uow: Uow, pair: str, closed: date | None, until: date) -> Steps[list[ClearingLine]]:
    """The lines of a pair after what is closed, up to a day."""
    after = add_days(closed, 1).isoformat() if closed is not None else ""
    start, end = composite(pair, after), composite(pair, add_days(until, 1).isoformat())
    keys = yield from uow.find(ClearingLine, "pair", start, end)
    for first in range(0, len(keys), LINES):
        yield from uow.fetch([(ClearingLine, key.id) for key in keys[first : first + LINES]])
    return [uow.state.need(ClearingLine, key.id) for key in keys]


def _stated(uow: Uow, statement: ClearingStatement, place: Place, other_id: str, amount: Money) -> LedgerEntry:
    """What is owed goes from the lines to the statement, in the ledger of one of the two."""
    return LedgerEntry(
        id=uow.ids("led"),
        entity_id=place.entity_id,
        place_id=place.id,
        at=uow.now,
        what="stated",
        subject=refer(statement),
        currency=amount.currency,
        lines=(
            LedgerLine(f"{STATED}/{other_id}", amount.amount),
            LedgerLine(f"{CLEARING}/{other_id}", -amount.amount),
        ),
    )


@handles(DisputeClearing)
def dispute_clearing(c: DisputeClearing, uow: Uow) -> Steps[Decision[ClearingPair]]:
    """Post the opposite of lines, once, as far as something is owed for them."""
    wishes: list[Wish] = [(ClearingLine, id) for id in c.line_ids]
    yield from uow.fetch([*wishes, *((ClearingLine, dispute_id(id)) for id in c.line_ids)])
    lines = [uow.state.need(ClearingLine, id) for id in c.line_ids]
    pairs = sorted({one.pair_id for one in lines})
    if len(pairs) > 1:
        raise UnsuitableError(
            "the lines are not of the same two legal entities: dispute those of each pair by themselves"
        )
    yield from uow.fetch(
        [
            (ClearingPair, pairs[0]),
            *((Place, one.place_id) for one in lines),
            *((Place, one.issuer_place_id) for one in lines),
            *((ClearingUse, use_id(one.entitlement_id, one.subject)) for one in lines),
        ]
    )

    for line in lines:
        _dispute(uow, line, c.reason)
    return uow.done_at(ClearingPair, pairs[0])


def _dispute(uow: Uow, line: ClearingLine, reason: str) -> None:
    """Post the opposite of a line.

    Raises:
        UnsuitableError: it is neither a use nor an expiry.
        WrongStateError: it was taken back before, or nothing is owed for it.
    """
    if line.what not in ("use", "expiry"):
        raise UnsuitableError(f"line {line.id} is a {line.what}: only uses and expiries are taken back")
    if uow.state.get(ClearingLine, dispute_id(line.id)) is not None:
        raise WrongStateError(f"line {line.id}", state="taken back")
    owed = line.amount.amount
    if line.what == "use":
        use = uow.state.need(ClearingUse, use_id(line.entitlement_id, line.subject))
        owed = min(owed, use.amount - use.disputed)
    if owed <= 0:
        raise WrongStateError(f"line {line.id}", state="not owed")
    day = open_day(uow.state.get(ClearingPair, line.pair_id), uow.now, uow.state.need(Place, line.place_id))
    back = evolve(
        line,
        id=dispute_id(line.id),
        day=day,
        at=uow.now,
        what="dispute",
        units=0,
        amount=Money(-owed, line.amount.currency),
        corrects=line.id,
        reason=reason,
    )
    post_line(uow, back)
