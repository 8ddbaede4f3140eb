"""Second scene: rooms and desks. What is taken is refused with its reasons, and a hold that ends frees its desk."""

from __future__ import annotations

from collections.abc import Iterator

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.demo._archive import Archive, Past
from cantinekit.demo._blocks import Block, Detail, GridBlock, LineBlock
from cantinekit.demo._stage import DemoStage, between
from cantinekit.demo._stage import moment as at
from cantinekit.demo._words import NONE, DemoWords

DESKS = 8
AFTERNOON = between((14, 0), (19, 0))
MEETING = cmd.Book(
    space_id="paris.ada",
    product_id="les-cantines.meeting-room",
    period=between((14, 0), (15, 0)),
    person_id="nadia",
    account="card",
)
OVERLAP = cmd.Book(
    space_id="paris.ada",
    product_id="les-cantines.meeting-room",
    period=between((14, 30), (15, 30)),
    person_id="bruno",
    account="card",
)
WHOLE = cmd.Book(
    space_id="paris.large",
    product_id="les-cantines.large-room",
    period=between((16, 0), (18, 0)),
    person_id="bruno",
    account="desk",
)
HALVES = tuple(
    cmd.Book(
        space_id=half,
        product_id="les-cantines.large-room",
        period=between((17, 0), (18, 0)),
        person_id="nadia",
        account="desk",
    )
    for half in ("paris.courtyard", "paris.street")
)
HOLD = cmd.HoldSpace(
    space_id="rennes.open", product_id="les-cantines.desk", period=AFTERNOON, person_id="malo", minutes=15
)
DESK = cmd.Book(space_id="rennes.open", product_id="les-cantines.desk", period=AFTERNOON, account="desk")


def play(stage: DemoStage) -> None:
    """From the meeting room to the last desk."""
    stage.do(at(12, 50), "web:nadia", MEETING)
    stage.refuse(at(12, 52), "web:bruno", OVERLAP)
    stage.do(at(12, 55), "desk:paris", WHOLE)
    for half in HALVES:
        stage.refuse(at(12, 57), "desk:paris", half)
    stage.do(at(13, 0), "web:malo", HOLD)
    stage.do_each(at(13, 2), "desk:rennes", "selling", [DESK] * (DESKS - 1))
    stage.refuse(at(13, 5), "desk:rennes", DESK)
    stage.wait_until(at(13, 16))
    stage.do(at(13, 17), "desk:rennes", DESK)
    stage.refuse(at(13, 18), "desk:rennes", DESK)


def tell(archive: Archive, words: DemoWords) -> Iterator[Block]:
    """Rooms, then desks."""
    yield from _meeting(archive.at(12, 50), words)
    yield from _refused(archive.at(12, 52), "12:52", OVERLAP, words)
    yield from _large(archive.at(12, 55), words)
    for half in HALVES:
        yield from _refused(archive.at(12, 57), "12:57", half, words)
    yield _free(archive.at(12, 57), words)
    yield from _hold(archive.at(13, 0), words)
    yield from _sold(archive.at(13, 2), words)
    yield from _refused(archive.at(13, 5), "13:05", DESK, words)
    yield from _expired(archive.at(13, 16), words)
    yield from _last(archive.at(13, 17), words)
    yield from _refused(archive.at(13, 18), "13:18", DESK, words)


def _meeting(past: Past, words: DemoWords) -> Iterator[Block]:
    yield from _booked(past, "12:50", "paris.ada", words)
    yield from words.mails(past.messages())


def _booked(past: Past, when: str, space_id: str, words: DemoWords) -> Iterator[Block]:
    booking, space = past.bookings(space_id)[-1], past.read.need(m.Space, space_id)
    charge = past.charge(booking.charge_id)
    by = words.by(past.attempts(charge)[-1].account)
    said = words(
        "booked",
        name=past.name(booking.person_id),
        space=space.name,
        period=words.span(booking.period),
        paid=words.money(charge.paid),
        by=by,
    )
    yield LineBlock(when, "Paris", said)
    yield words.reasons(past.prices(booking)[0])


def _refused(past: Past, when: str, command: cmd.Book, words: DemoWords) -> Iterator[Block]:
    """A refusal, had again from the house as it was."""
    space = past.read.need(m.Space, command.space_id)
    place = past.read.need(m.Place, space.place_id)
    who = past.name(command.person_id) if command.person_id else words("somebody")
    said = words("wants", name=who, space=space.name, period=words.span(command.period))
    yield LineBlock(when, place.name, said, "refused")
    yield from words.refusal(past.refusal(command), space)


def _large(past: Past, words: DemoWords) -> Iterator[Block]:
    yield from _booked(past, "12:55", "paris.large", words)
    space = past.read.need(m.Space, "paris.large")
    parts = [one.name for one in past.read.many(m.Space, space.parts) if one is not None]
    yield Detail(words("both", parts=words.names(parts)))


def _free(past: Past, words: DemoWords) -> GridBlock:
    spaces = [past.read.need(m.Space, id) for id in ("paris.large", "paris.courtyard", "paris.street", "paris.ada")]
    rows = []
    for space in spaces:
        free = past.read.availability(space.id, AFTERNOON, now=past.now)
        rows.append((space.name, words.spans(free) or NONE))
    return GridBlock(words("free"), (words("space"), words("free times")), tuple(rows))


def _hold(past: Past, words: DemoWords) -> Iterator[Block]:
    (held,) = past.bookings("rennes.open")
    until = words.time(held.expires) if held.expires else NONE
    period = words.span(held.period)
    yield LineBlock("13:00", "Rennes", words("hold", name=past.name(held.person_id), period=period, until=until))


def _sold(past: Past, words: DemoWords) -> Iterator[Block]:
    sold = [one for one in past.bookings("rennes.open") if one.state == "confirmed"]
    quotes = [quote for booking in sold for quote in past.prices(booking)]
    totals = {quote.total for quote in quotes}
    each = words.names([words.money(total) for total in sorted(totals, key=lambda total: total.amount)])
    yield LineBlock("13:02", "Rennes", words("desks sold", count=len(sold), each=each))
    yield words.reasons(quotes[0])
    yield _taken(past, words)


def _taken(past: Past, words: DemoWords) -> Detail:
    bookings = past.bookings("rennes.open")
    capacity = past.read.need(m.StandingPage, m.standing_id("rennes.open")).binding_capacity
    sold = sum(one.state == "confirmed" for one in bookings)
    held = sum(one.state == "held" for one in bookings)
    free = past.read.availability("rennes.open", AFTERNOON, now=past.now)
    left = words("a desk left") if free else words("no desk left")
    return Detail(words("desks", sold=sold, held=held, capacity=capacity, left=left))


def _expired(past: Past, words: DemoWords) -> Iterator[Block]:
    held = next(one for one in past.bookings("rennes.open") if one.person_id == "malo")
    yield LineBlock("13:16", "Rennes", words("expired", name=past.name("malo"), state=words.state(held)), "system")
    yield _taken(past, words)
    yield from words.mails(past.messages())


def _last(past: Past, words: DemoWords) -> Iterator[Block]:
    yield LineBlock("13:17", "Rennes", words("last desk"))
    yield _taken(past, words)
