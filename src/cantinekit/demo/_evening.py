"""Seventh scene: the hall is let to a company for an evening. It is paid in parts and by two means, with a deposit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._blocks import Block, DayBlock, Detail, LineBlock
from cantinekit.demo._metz import CONTACT, HALL, PLACE, ledger
from cantinekit.demo._stage import DemoStage, between, moment
from cantinekit.demo._words import NONE, DemoWords
from cantinekit.money import Money

BOOKS, RESTS = date(2027, 12, 1), date(2028, 1, 7)
COMES, AFTER = date(2028, 1, 21), date(2028, 1, 22)
BOOKING = cmd.Book(
    space_id=HALL, period=between((18, 0), (22, 0), day=COMES), person_id=CONTACT, account="transfer", id="boo_hall"
)
COMPANY = m.BilledTo("Mirabelle Conseil SAS", ("12 place des Charrons", "57000 Metz"), country="FR")
BY_TRANSFER, DAMAGE = Money(20000, "EUR"), Money(4500, "EUR")
"""What the company chooses to pay by transfer, the rest going by card, and what the house keeps for a damage."""


def play(stage: DemoStage) -> None:
    """From the booking until the deposit is returned."""
    charge = stage.do(moment(17, 0, day=BOOKS), "desk:metz", BOOKING).charges[0]
    stage.do(moment(17, 5, day=BOOKS), "desk:metz", _document(charge, "invoices"))
    stage.wait_until(moment(9, 0, day=RESTS))
    by_transfer = cmd.Pay(charge.id, account="transfer", amount=BY_TRANSFER)
    stage.do(moment(10, 0, day=RESTS), "desk:metz", by_transfer)
    stage.do(moment(10, 5, day=RESTS), f"web:{CONTACT}", cmd.Pay(charge.id, account="card"))
    stage.wait_until(moment(9, 0, day=COMES))
    stage.do(moment(17, 45, day=COMES), "desk:metz", cmd.Pay(charge.id, account="card"))
    stage.do(moment(17, 50, day=COMES), "desk:metz", _document(charge, "receipts"))
    left = cmd.RecordOverrun("boo_hall", until=moment(22, 40, day=COMES), account="card")
    more = stage.do(moment(22, 45, day=COMES), "desk:metz", left).charges[-1]
    stage.do(moment(22, 50, day=COMES), "desk:metz", _document(more, "invoices"))
    reason = DemoWords(stage.lang)("lamp")
    stage.do(moment(10, 0, day=AFTER), "desk:metz", cmd.KeepDeposit(charge.id, amount=DAMAGE, reason=reason))
    stage.do(moment(10, 5, day=AFTER), "desk:metz", cmd.ReturnDeposit(charge.id))


def _document(charge: m.Charge, series: str) -> cmd.IssueDocument:
    return cmd.IssueDocument(charge_id=charge.id, series=series, addressee=COMPANY)


def tell(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """The evening, day by day."""
    yield DayBlock(words.day(BOOKS))
    yield from _booked(archive.at(17, 0, day=BOOKS), words)
    yield from _issued(archive.at(17, 5, day=BOOKS), "17:05", "invoice", words)
    yield DayBlock(words.day(RESTS))
    yield from _falls_due(archive.at(9, 0, day=RESTS), words)
    yield from _pays(archive.at(10, 0, day=RESTS), "10:00", words)
    yield from _pays(archive.at(10, 5, day=RESTS), "10:05", words)
    yield DayBlock(words.day(COMES))
    yield from _falls_due(archive.at(9, 0, day=COMES), words)
    yield from _pays(archive.at(17, 45, day=COMES), "17:45", words)
    yield from _issued(archive.at(17, 50, day=COMES), "17:50", "receipt", words)
    yield from _overran(archive.at(22, 45, day=COMES), words)
    yield from _issued(archive.at(22, 50, day=COMES), "22:50", "invoice", words)
    yield DayBlock(words.day(AFTER))
    yield from _kept(archive, archive.at(10, 0, day=AFTER), words)
    yield from _returned(archive.at(10, 5, day=AFTER), words)


def _charges(past: Past) -> tuple[m.Booking, tuple[m.Charge, ...]]:
    booking = past.read.need(m.Booking, "boo_hall")
    return booking, tuple(past.charge(id) for id in booking.charges)


def _booked(past: Past, words: DemoWords) -> Iterator[Block]:
    booking, (charge,) = _charges(past)
    said = words(
        "hall booked",
        name=past.name(CONTACT),
        space=past.read.need(m.Space, booking.space_id).name,
        period=words.day_span(booking.period),
        price=words.money(charge.earned),
    )
    yield LineBlock("17:00", "Metz", said)
    yield words.reasons(past.prices(booking)[0])
    (attempt,) = past.attempts(charge)
    yield Detail(words("down payment", amount=words.money(charge.paid), by=words.by(attempt.account)))
    yield from _to_come(charge, words)
    yield from words.mails(past.messages())


def _to_come(charge: m.Charge, words: DemoWords) -> Iterator[Detail]:
    """The parts of a charge that are due later."""
    for part in charge.instalments:
        day = words.day(part.day) if part.day else NONE
        yield Detail(words(f"later {part.kind}", day=day, amount=words.money(part.amount)))


def _issued(past: Past, when: str, what: m.DocumentType, words: DemoWords) -> Iterator[Block]:
    """The document of a kind that was issued last."""
    issued = [one for charge in _charges(past)[1] for one in past.read.documents_of(charge.id) if one.what == what][-1]
    billed = past.read.addressee(issued.id)
    said = words(what, number=issued.printed, company=billed.name if billed else NONE)
    yield LineBlock(when, "Metz", said)
    for line in issued.lines:
        yield Detail(words("document line", text=past.product(line.product_id), amount=words.money(line.gross)))
    yield Detail(words("document paid", paid=words.money(issued.paid)))
    yield Detail(words("mention", mention=issued.mentions[-1]))


def _falls_due(past: Past, words: DemoWords) -> Iterator[Block]:
    charge, today = _charges(past)[1][0], past.now.date()
    part = next(part for part in charge.instalments if part.day == today)
    amount = words.money(charge.due_by(today))
    yield LineBlock("09:00", "Metz", words(f"falls due {part.kind}", amount=amount), "system")
    yield from words.mails(past.messages())


def _pays(past: Past, when: str, words: DemoWords) -> Iterator[Block]:
    charge = _charges(past)[1][0]
    last = past.attempts(charge)[-1]
    amount, by, state = words.money(last.amount), words.by(last.account), words.state(last)
    yield LineBlock(when, "Metz", words("pays", name=past.name(CONTACT), amount=amount, by=by, state=state))
    yield Detail(words("paid so far", paid=words.money(charge.paid), whole=words.money(charge.amount)))
    if charge.paid_deposit:
        takings = words.money(past.read.takings(PLACE, past.now.date()).total)
        yield Detail(words("deposit held", deposit=words.money(charge.paid_deposit), takings=takings))


def _overran(past: Past, words: DemoWords) -> Iterator[Block]:
    booking, (_, more) = _charges(past)
    until = booking.overran_until or booking.period.end
    minutes = (until - booking.period.end).seconds // 60
    said = words("overran", until=words.time(until), minutes=minutes, booked=words.time(booking.period.end))
    yield LineBlock("22:45", "Metz", said)
    by, state = words.by(past.attempts(more)[-1].account), words.state(more)
    yield Detail(words("overrun paid", amount=words.money(more.paid), by=by, state=state))


def _kept(archive: Archive, past: Past, words: DemoWords) -> Iterator[Block]:
    (kept,) = archive.kept(past.now)
    yield LineBlock("10:00", "Metz", words("deposit kept", amount=words.money(kept.amount), reason=kept.reason))
    yield Detail(words("deposit left", amount=words.money(_charges(past)[1][0].paid_deposit)))


def _returned(past: Past, words: DemoWords) -> Iterator[Block]:
    _, (charge, _) = _charges(past)
    (refund,) = past.read.refunds(charge.id)
    amount, by = words.money(refund.amount), words.by(refund.account)
    yield LineBlock("10:05", "Metz", words("deposit back", amount=amount, by=by, state=words.state(refund)))
    yield from words.mails(past.messages())
    yield from ledger(past, AFTER, words)
