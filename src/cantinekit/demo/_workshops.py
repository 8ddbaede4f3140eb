"""Third and fourth scene: workshops. A waiting list that moves up, and a seat that a carnet and a card pay together."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._blocks import Block, Detail, LineBlock
from cantinekit.demo._network import read_text
from cantinekit.demo._stage import DemoStage
from cantinekit.demo._stage import moment as at
from cantinekit.demo._words import NONE, DemoWords

FREE, PAID = "repair.1", "soldering.1"
GUESTS = tuple(tomllib.loads(read_text("network.toml"))["people"])[5:]
"""Who wants a seat at the free workshop, in the order in which they come."""
SEATED, NEXT, LAST = GUESTS[:12], GUESTS[12], GUESTS[13]
LEAVES = GUESTS[4]
WITH_MATERIALS = ("les-cantines.materials",)


# --- the waiting list ------------------------------------------------------------------------------------------------


def play_free(stage: DemoStage) -> None:
    """The workshop fills up, two wait, one leaves."""
    stage.do_each(
        at(13, 30), "web:toulouse", "registering", [cmd.Register(session_id=FREE, person_id=id) for id in SEATED]
    )
    stage.do(at(13, 40), "web:toulouse", cmd.Register(session_id=FREE, person_id=NEXT))
    stage.do(at(13, 45), "web:toulouse", cmd.Register(session_id=FREE, person_id=LAST))
    (left,) = [
        one
        for one in stage.cantine.read.find(m.Registration, "person", f"{LEAVES}|", f"{LEAVES}}}")
        if one.session_id == FREE
    ]
    stage.do(at(14, 10), f"web:{LEAVES}", cmd.CancelRegistration(left.id))


def tell_free(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """The free workshop."""
    past = archive.at(13, 30)
    session = past.read.need(m.Session, FREE)
    title = past.read.need(m.Workshop, session.workshop_id).title
    said = words("fills", title=title, period=words.span(session.period), count=session.confirmed)
    yield LineBlock("13:30", "Toulouse", said)
    yield Detail(words("seats", taken=session.confirmed, capacity=session.capacity))
    yield Detail(words("sent", count=len(past.messages()), subject=past.messages()[0].subject))
    for hour, minute, who in ((13, 40, NEXT), (13, 45, LAST)):
        yield from _waits(archive.at(hour, minute), f"{hour}:{minute}", who, words)
    yield from _promoted(archive.at(14, 10), words)


def _waits(past: Past, when: str, who: str, words: DemoWords) -> Iterator[Block]:
    session, one = past.read.need(m.Session, FREE), past.registration(FREE, who)
    rank = session.waiting.index(one.id) + 1
    number = session.confirmed + rank
    yield LineBlock(when, "Toulouse", words("waits", name=past.name(who), number=number, rank=words.rank(rank)))
    yield from words.mails(past.messages())


def _promoted(past: Past, words: DemoWords) -> Iterator[Block]:
    session = past.read.need(m.Session, FREE)
    left, came = past.registration(FREE, LEAVES), past.registration(FREE, NEXT)
    said = words("leaves", name=past.name(LEAVES), state=words.state(left))
    yield LineBlock("14:10", "Toulouse", said)
    yield Detail(words("promoted", name=past.name(NEXT), state=words.state(came)))
    yield Detail(words("seats", taken=session.confirmed, capacity=session.capacity))
    first = past.read.many(m.Registration, session.waiting)
    names = words.names([past.name(one.person_id) for one in first if one is not None])
    yield Detail(words("waiting", names=names))
    yield from words.mails(past.messages(), whole="seat promoted")


# --- a seat that two things pay --------------------------------------------------------------------------------------


def play_paid(stage: DemoStage) -> None:
    """A seat in money; a seat by an entry and a card that is declined once; then it is given up."""
    stage.do(
        at(14, 50),
        "web:bruno",
        cmd.Register(session_id=PAID, person_id="bruno", option_ids=WITH_MATERIALS, account="card"),
    )
    made = stage.do(
        at(15, 0), "web:zoe", cmd.Register(session_id=PAID, person_id="zoe", option_ids=WITH_MATERIALS, account="card")
    )
    stage.do(at(15, 4), "web:zoe", cmd.Pay(made.charges[0].id, account="card"))
    stage.do(at(15, 30), "web:zoe", cmd.CancelRegistration(made.value.id))


def tell_paid(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """The paid workshop."""
    yield from _in_money(archive.at(14, 50), words)
    yield from _declined(archive.at(15, 0), words)
    yield from _settled(archive.at(15, 4), words)
    yield from _given_up(archive.at(15, 30), words)


def _in_money(past: Past, words: DemoWords) -> Iterator[Block]:
    one = past.registration(PAID, "bruno")
    session, charge = past.read.need(m.Session, PAID), past.charge(one.charge_id)
    title = past.read.need(m.Workshop, session.workshop_id).title
    yield LineBlock(
        "14:50", "Paris", words("in money", name=past.name("bruno"), title=title, paid=words.money(charge.paid))
    )
    yield words.reasons(past.prices(one)[0])
    yield from words.mails(past.messages())


def _unit(past: Past, one: m.Registration, words: DemoWords) -> Detail:
    """How the entitlement stands that the seat was taken from; it is named, so that it can be recognised."""
    sale = past.sale(one)
    unit = past.read.need(m.Entitlement, sale.lots[0].entitlement_id)
    return Detail(words("unit", id=unit.id, bought=unit.bought, left=unit.left, used=unit.used))


def _declined(past: Past, words: DemoWords) -> Iterator[Block]:
    one = past.registration(PAID, "zoe")
    charge = past.charge(one.charge_id)
    (attempt,) = past.attempts(charge)
    yield LineBlock("15:00", "Paris", words("seat", name=past.name("zoe"), due=words.money(charge.amount)))
    yield words.reasons(past.prices(one)[0])
    yield _unit(past, one, words)
    said = words("attempt", number=1, amount=words.money(attempt.amount), state=words.state(attempt))
    yield LineBlock("15:00", "Paris", said, "refused")
    until = words.time(one.expires) if one.expires else NONE
    yield Detail(words("seat kept", state=words.state(one), until=until))


def _settled(past: Past, words: DemoWords) -> Iterator[Block]:
    one = past.registration(PAID, "zoe")
    charge = past.charge(one.charge_id)
    last = past.attempts(charge)[-1]
    number = len(charge.attempt_ids)
    said = words("attempt", number=number, amount=words.money(last.amount), state=words.state(last))
    yield LineBlock("15:04", "Paris", said)
    yield Detail(words("seat now", state=words.state(one)))
    yield from words.mails(past.messages())


def _given_up(past: Past, words: DemoWords) -> Iterator[Block]:
    one = past.registration(PAID, "zoe")
    charge = past.charge(one.charge_id)
    yield LineBlock("15:30", "Paris", words("given up", name=past.name("zoe"), state=words.state(one)))
    yield _unit(past, one, words)
    (refund,) = past.read.find(m.Refund, "charge", f"{charge.id}|", f"{charge.id}}}")
    amount, by = words.money(refund.amount), words.by(refund.account)
    yield Detail(words("refund", amount=amount, by=by, state=words.state(refund)))
    yield from words.mails(past.messages())
