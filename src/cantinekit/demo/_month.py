"""Sixth scene: a month of a member. A membership that comes with tickets, a visit, a room that is called off late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._blocks import Block, DayBlock, Detail, LineBlock
from cantinekit.demo._metz import MEMBER, PLACE, ROOM, ledger, set_up
from cantinekit.demo._stage import SETTER, DemoStage, between, moment
from cantinekit.demo._words import NONE, DemoWords
from cantinekit.money import Money

EVE, JOINS, COMES, BOOKS = date(2027, 11, 2), date(2027, 11, 3), date(2027, 11, 9), date(2027, 11, 15)
CALLS_OFF, MEETS, LAST = date(2027, 11, 17), date(2027, 11, 18), date(2027, 11, 30)
TICKETS = cmd.SellPass(product_id="metz/tickets", place_id=PLACE, holder_id=MEMBER, account="card")
VISIT = cmd.CheckIn(place_id=PLACE, product_id="metz/day", person_id=MEMBER)
MEETING = cmd.Book(
    space_id=ROOM, period=between((14, 0), (16, 0), day=MEETS), person_id=MEMBER, account="card", id="boo_metz"
)
CALL_OFF = cmd.CancelBooking("boo_metz")


def play(stage: DemoStage) -> None:
    """From the day before the member joins to the end of the month."""
    stage.do_each(moment(18, day=EVE), SETTER, "setting up metz", list(set_up(stage.lang)))
    stage.do(moment(9, 10, day=JOINS), f"web:{MEMBER}", TICKETS)
    stage.do(moment(9, 5, day=COMES), "kiosk:metz", VISIT)
    stage.do(moment(11, 0, day=BOOKS), f"web:{MEMBER}", MEETING)
    stage.do(moment(16, 0, day=CALLS_OFF), f"web:{MEMBER}", CALL_OFF)
    stage.wait_until(moment(23, 0, day=LAST))


def tell(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """The month, day by day."""
    yield DayBlock(words.day(JOINS))
    yield from _joins(archive.at(9, 10, day=JOINS), words)
    yield DayBlock(words.day(COMES))
    yield from _comes(archive.at(9, 5, day=COMES), words)
    yield DayBlock(words.day(BOOKS))
    yield from _books(archive.at(11, 0, day=BOOKS), words)
    yield DayBlock(words.day(CALLS_OFF))
    yield from _asks(archive.at(15, 58, day=CALLS_OFF), words)
    yield from _calls_off(archive.at(16, 0, day=CALLS_OFF), words)
    yield DayBlock(words.day(LAST))
    yield from _what_is_left(archive.at(23, 0, day=LAST), words)


def _joins(past: Past, words: DemoWords) -> Iterator[Block]:
    tickets, membership = past.passes(MEMBER)
    charge = past.charge(tickets.charge_id)
    said = words("joins", name=past.name(MEMBER), paid=words.money(charge.paid))
    yield LineBlock("09:10", "Metz", said)
    yield words.reasons(past.prices(tickets)[0])
    yield Detail(_lasts(past, membership, words))
    yield Detail(words("november rule"))
    yield Detail(_lasts(past, tickets, words))
    yield from words.mails(past.messages())


def _lasts(past: Past, held: m.Pass, words: DemoWords) -> str:
    first, last = (words.written(day) if day else NONE for day in (held.first_day, held.last_day))
    return words("lasts", product=past.product(held.product_id), first=first, last=last)


def _comes(past: Past, words: DemoWords) -> Iterator[Block]:
    visit = past.visit(PLACE, MEMBER)
    yield LineBlock("09:05", "Metz", words("check-in", name=past.name(MEMBER)))
    yield words.reasons(past.prices(visit)[0])
    (tickets,) = past.read.balance(MEMBER)
    (unit,) = tickets.entitlements
    yield Detail(words("balance", account=tickets.account, left=tickets.left, bought=unit.bought))


def _books(past: Past, words: DemoWords) -> Iterator[Block]:
    booking = past.read.need(m.Booking, CALL_OFF.booking_id)
    charge, space = past.charge(booking.charge_id), past.read.need(m.Space, booking.space_id)
    said = words(
        "booked",
        name=past.name(MEMBER),
        space=space.name,
        period=words.day_span(booking.period),
        paid=words.money(charge.paid),
        by=words.by(past.attempts(charge)[-1].account),
    )
    yield LineBlock("11:00", "Metz", said)
    yield words.reasons(past.prices(booking)[0])
    yield from words.mails(past.messages())


def _asks(past: Past, words: DemoWords) -> Iterator[Block]:
    """What calling off would come to, asked again of the house as it was."""
    booking, would = past.read.need(m.Booking, CALL_OFF.booking_id), past.preview(CALL_OFF).afterwards
    assert would is not None
    yield LineBlock("15:58", "Metz", words("asks", name=past.name(MEMBER)))
    yield Detail(words("would cost", fee=words.money(would.fee), refund=words.money(would.refund)))
    yield Detail(words("only asked", state=words.state(booking)))


def _calls_off(past: Past, words: DemoWords) -> Iterator[Block]:
    booking = past.read.need(m.Booking, CALL_OFF.booking_id)
    yield LineBlock("16:00", "Metz", words("calls off", name=past.name(MEMBER), state=words.state(booking)))
    yield Detail(words("fee kept", fee=words.money(booking.fee or Money.zero("EUR"))))
    for refund in past.read.refunds(booking.charge_id or "none"):
        amount, by = words.money(refund.amount), words.by(refund.account)
        yield Detail(words("refund", amount=amount, by=by, state=words.state(refund)))
    yield from words.mails(past.messages())


def _what_is_left(past: Past, words: DemoWords) -> Iterator[Block]:
    tickets, membership = past.passes(MEMBER)
    (balance,) = past.read.balance(MEMBER)
    (unit,) = balance.entitlements
    yield LineBlock("23:00", "Metz", words("month ends", name=past.name(MEMBER)))
    yield Detail(words("balance", account=balance.account, left=balance.left, bought=unit.bought))
    yield Detail(_lasts(past, tickets, words))
    yield Detail(_lasts(past, membership, words))
    charges = past.read.statement(MEMBER)
    paid, back = Money.sum((one.paid for one in charges), "EUR"), Money.sum((one.refunded for one in charges), "EUR")
    yield Detail(words("paid in all", paid=words.money(paid), back=words.money(back), rest=words.money(paid - back)))
    yield from ledger(past, LAST, words)
