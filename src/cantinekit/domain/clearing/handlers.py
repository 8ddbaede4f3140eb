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
from cantinekit.domain.clearing.commands import (
    AgreeClearing,
    CloseClearing,
    DisputeClearing,
    EndClearing,
    InvoiceClearing,
)
from cantinekit.domain.clearing.events import (
    ClearingAgreed,
    ClearingClosed,
    ClearingEnded,
    ClearingInvoicingAgreed,
)
from cantinekit.domain.clearing.invoicing import (
    invoice_of,
    issue_credit_notes,
    issue_invoices,
    read_earlier,
    read_invoices,
    series_wishes,
    treatment,
)
from cantinekit.domain.clearing.posting import open_day, post_line
from cantinekit.domain.clearing.records import (
    CLEARING,
    STATED,
    ClearingInvoicing,
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
from cantinekit.domain.documents.numbering import check_type, seller_of
from cantinekit.domain.documents.records import Document, NumberSeries, series_id
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


def _places(uow: Uow, also: Sequence[Wish] = ()) -> Steps[list[Place]]:
    """All places, in the order of their ids; ``also`` is loaded with them."""
    keys = yield from uow.find(Place, "all", "", "\U0010ffff")
    yield from uow.fetch([*((Place, key.id) for key in keys), *also])
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
    both = (c.entity_id, c.other_id)
    wishes: list[Wish] = [(cls, id) for id in both for cls in (LegalEntity, ClearingInvoicing)]
    yield from uow.fetch([*wishes, (ClearingPair, pair_key), (ClearingStatement, statement_key)])
    for id in both:
        uow.state.need(LegalEntity, id)
    done = uow.state.get(ClearingStatement, statement_key)
    if done is not None:
        return uow.done(done)
    pair = uow.state.get(ClearingPair, pair_key)
    if pair is not None and pair.closed_until is not None and c.until <= pair.closed_until:
        raise WrongStateError(f"clearing of {c.entity_id} and {c.other_id}", state=f"closed up to {pair.closed_until}")
    places = [one for one in (yield from _places(uow, series_wishes(uow.state, both))) if one.entity_id in both]
    lines = yield from _lines(uow, pair_key, pair.closed_until if pair is not None else None, c.until)
    if pair is not None and any(uow.state.get(ClearingInvoicing, id) is not None for id in both):
        yield from read_earlier(uow, pair, lines)

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
    issue_invoices(uow, statement, lines, {place.entity_id: place.id for place in reversed(places)})
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
            *((ClearingInvoicing, one.acceptor_id) for one in lines),
        ]
    )
    pair = uow.state.need(ClearingPair, pairs[0])
    if any(uow.state.get(ClearingInvoicing, one.acceptor_id) is not None for one in lines):
        yield from read_invoices(uow, pair, lines)

    taken = list[tuple[Document, ClearingLine]]()
    for line in lines:
        invoice = invoice_of(uow.state, pair, line)
        back = _dispute(uow, line, c.reason, credited=invoice is not None)
        taken += [(invoice, back)] if invoice is not None else []
    entered = {one.acceptor_id: one.place_id for one in lines} | {one.issuer_id: one.issuer_place_id for one in lines}
    issue_credit_notes(uow, taken, entered)
    return uow.done_at(ClearingPair, pairs[0])


def _dispute(uow: Uow, line: ClearingLine, reason: str, *, credited: bool) -> ClearingLine:
    """Post the opposite of a line.

    Args:
        uow: the unit of work.
        line: the line.
        reason: why it is taken back.
        credited: whether a credit note is issued for it.

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
        credited=credited,
    )
    post_line(uow, back)
    return back


@handles(InvoiceClearing)
def invoice_clearing(c: InvoiceClearing, uow: Uow) -> Steps[Decision[ClearingInvoicing]]:
    """Say how a legal entity invoices, or that it does not any more."""
    invoices = series_id(c.entity_id, c.invoices) if c.invoices is not None else None
    notes = series_id(c.entity_id, c.credit_notes)
    wishes: list[Wish] = [(NumberSeries, invoices), (NumberSeries, notes), (ClearingInvoicing, c.entity_id)]
    entity = yield from uow.need(LegalEntity, c.entity_id, *wishes)

    for id, what in ((invoices, "invoice"), (notes, "credit note")):
        if id is not None:
            check_type(uow.state.need(NumberSeries, id), (what,))
    how = ClearingInvoicing(entity.id, invoices, notes, c.tax, c.rate, c.mention, c.code, c.days_until_due)
    seller_of(entity)
    if treatment(how).category == "S" and not entity.vat_number:
        raise UnsuitableError(f"{entity.name} has no VAT id yet, which a document with tax states (EN 16931, BR-S-02)")
    if how != uow.state.get(ClearingInvoicing, entity.id):
        uow.add(ClearingInvoicingAgreed(how))
    return uow.done(how)
