"""A house to race in: set up once, with a fresh session, room hour, carnet entry or capped day for each round.

Each race says what its contenders do, and looks at what is stored afterwards: ``broken`` lists what is wrong, in words.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock, Period
from cantinekit.commands import Command
from cantinekit.errors import ContentionError, RefusedError
from cantinekit.money import Money
from cantinekit.plugins.ports import Storage
from cantinekit.reads import Reader
from cantinekit.runtime import codec
from support.houses import issuing_house, small_house
from support.laws import house_laws
from support.run import soak

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
ROUNDS = int(os.environ.get("CANTINEKIT_ROUNDS", "1000" if soak.SOAK else "12"))
SEED = int(os.environ.get("CANTINEKIT_SEED", str(secrets.randbelow(10**9)) if soak.SOAK else "1"))
FIRST_DAY = date(2026, 12, 1)
PEOPLE = 40
SEATS = 10
ACTOR = "race:starter"
TARIFF = """
[tariff]
id = "net"
name = "Net"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
[product.day]
rate = { price = 10.00 }
[product.entry]
rate = { price = 9.00 }
sells = "grant"
grant = { account = "carnet", units = 1, unit = "entry" }
[product.room]
rate = { price = 15.00, per = "1h" }
[product.desk]
rate = { price = 3.00, per = "1h" }
adjust = [{ id = "cap", at_most = 10.00, same = ["person", "day"] }]
[product.nap]
rate = { price = 5.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "refuse" }]
[product.seat]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.materials]
rate = { price = 8.00 }
[product.gift]
rate = { price = 5.00 }
sells = "grant"
grant = { account = "gifts", unit = "EUR", value = 5.00 }
[product.treat]
rate = { price = 5.00 }
[product.coded]
rate = { price = 10.00 }
[product.first-free]
rate = { price = 4.00 }
cover = [{ id = "first", free = 1, unit = "entry", same = ["person", "month"] }]
beyond = "rate"
[order]
vouchers = "gifts"
[coupon.ONCE]
percent = "-50%"
on = "coded"
limit = { at_most = 1, same = ["person"] }
"""
CAP = 1000
"""What the tariff lets a person pay for desks on one day, in cents."""


def open_house(storage: str | Storage, *, now: datetime = NOW, **options: Any) -> Cantine:
    """The house on a store, at a clock that stands still: nothing runs out while a race is run."""
    payments = {"desk": "manual://"}
    return Cantine.open(storage, payments=payments, notify=(), clock=ManualClock(now), **options)


def set_up(cantine: Cantine, people: int = PEOPLE, *, accounts: Sequence[str] = ("desk",)) -> None:
    """Everything that stays the same from round to round."""
    products = [
        ("half-day", "visit"),
        ("day", "visit"),
        ("entry", "pass"),
        ("room", "booking"),
        ("desk", "booking"),
        ("nap", "booking"),
        ("seat", "seat"),
        ("materials", "option"),
    ]
    hours = m.OpenHours.weekly(range(7), time(9), time(18))
    commands: list[Command] = [
        c.AddEntity(name="Asso", accounts=tuple(accounts), id="asso"),
        c.AddPlace(
            name="Paris",
            entity_id="asso",
            zone="Europe/Paris",
            currency="EUR",
            hours=hours,
            open_space_id="open",
            id="paris",
        ),
        c.PublishTariff(TARIFF),
        c.AddSpace(place_id="paris", name="Open space", use="desks", capacity=people, id="open"),
        c.AddSpace(place_id="paris", name="Small room", id="small"),
        c.AddSpace(place_id="paris", name="Glass room", id="glass"),
        *(c.AddSpace(place_id="paris", name=f"Box {n}", id=f"box{n}") for n in range(people)),
        *(
            c.AddProduct(
                name=id,
                entity_id="asso",
                pricelist_id="net",
                tariff_product=id,
                sells=sells,
                id=id,
            )
            for id, sells in products
        ),
        *(c.AddPerson(name=f"Person {n}", email=f"p{n}@example.org", id=f"p{n}") for n in range(people)),
        c.AddWorkshop(place_id="paris", title="Free workshop", id="free"),
        c.AddWorkshop(place_id="paris", title="Paid workshop", product_id="seat", option_ids=("materials",), id="paid"),
    ]
    for command in commands:
        cantine.execute(command, actor="setup")


def hour(turn: int, count: int = 1) -> Period:
    """Another hour within the opening hours for each turn."""
    start = datetime.combine(FIRST_DAY + timedelta(days=turn // 8), time(8 + turn % 8), UTC)
    return Period(start, start + timedelta(hours=count))


@attrs.define
class Tally:
    """What became of the contenders of a race: how many won, which refusals there were, how often one came again."""

    won: int = 0
    refused: Counter[str] = attrs.field(factory=Counter)
    again: int = 0

    def add(self, answers: Iterable[tuple[str, int]]) -> None:
        """Count answers: ``won`` or the name of a refusal, each with how often the client came again."""
        for answer, again in answers:
            self.again += again
            if answer == "won":
                self.won += 1
            else:
                self.refused[answer] += 1

    def __str__(self) -> str:
        refusals = ", ".join(f"{n} {name}" for name, n in sorted(self.refused.items())) or "none"
        return f"{self.won} done, refused: {refusals}, came again after contention: {self.again}"


def insist(cantine: Cantine, command: Command, key: str, *, limit: int = 200) -> tuple[str, int]:
    """Do what a real client does: after contention, send the same request with the same key again."""
    for again in range(limit):
        try:
            cantine.execute(command, actor=ACTOR, idempotency_key=key)
        except RefusedError as refusal:
            return type(refusal).__name__, again
        except ContentionError:
            continue
        return "won", again
    raise AssertionError(f"{type(command).__name__} found contention {limit} times")


class Race:
    """One race: what is there to be had in a round, what each contender tries, and what must be true afterwards."""

    name: ClassVar[str]
    typed: ClassVar[frozenset[str]] = frozenset()
    """The refusals that a loser may get."""

    def __init__(self, contenders: int = PEOPLE) -> None:
        self.contenders = contenders

    @property
    def winners(self) -> int:
        """How many contenders get what they ask for: all but where there is one thing to be had."""
        return 1

    @property
    def turns(self) -> range:
        """The rounds of this race."""
        return range(ROUNDS)

    def prepare(self, cantine: Cantine, turn: int) -> None:
        """Put what is raced for into the house."""

    def command(self, turn: int, who: int) -> Command:
        """What contender ``who`` tries."""
        raise NotImplementedError

    def broken(self, reader: Reader, turn: int) -> list[str]:
        """What is wrong in the store after the round."""
        raise NotImplementedError


class SeatRace(Race):
    """Forty people ask for ten seats."""

    name = "10 seats"

    @property
    def winners(self) -> int:
        return self.contenders  # with a seat or a rank on the waiting list

    def prepare(self, cantine: Cantine, turn: int) -> None:
        day = FIRST_DAY + timedelta(days=turn)
        cantine.execute(
            c.AddSession(workshop_id="free", day=day, starts=time(18), ends=time(20), seats=SEATS, id=f"ses{turn}"),
            actor="setup",
        )

    def command(self, turn: int, who: int) -> Command:
        return c.Register(session_id=f"ses{turn}", person_id=f"p{who}")

    def broken(self, reader: Reader, turn: int) -> list[str]:
        session = reader.need(m.Session, f"ses{turn}")
        made = list(reader.find(m.Registration, "session", f"{session.id}|", f"{session.id}}}"))
        states = Counter(one.state for one in made)
        wrong = seats_broken(session, made)
        if states["confirmed"] != SEATS:
            wrong.append(f"{states['confirmed']} registrations are confirmed for {SEATS} seats")
        if session.taken(NOW) != SEATS or len(session.waiting) != len(made) - SEATS:
            wrong.append(f"{session.taken(NOW)} seats and {len(session.waiting)} waiting of {len(made)}")
        return wrong


def seats_broken(session: m.Session, made: Sequence[m.Registration]) -> list[str]:
    """What a session and its registrations disagree about; nobody may wait while a seat is free."""
    wrong = []
    if session.free(NOW) < 0:
        wrong.append(f"{session.id} has {session.taken(NOW)} seats of {session.capacity}")
    if session.waiting and session.free(NOW) > 0:
        wrong.append(f"somebody waits for {session.id} while a seat is free")
    confirmed = [one.id for one in made if one.state == "confirmed"]
    held = {one.id for one in made if one.state == "held"}
    if session.confirmed != len(confirmed) or {seat.registration_id for seat in session.held} != held:
        wrong.append(f"the seats of {session.id} are not those of its registrations")
    if set(session.waiting) != {one.id for one in made if one.state == "waiting"}:
        wrong.append(f"the waiting list of {session.id} is not that of its registrations")
    living = [one.person_id for one in made if one.state in ("held", "confirmed", "waiting")]
    if len(set(living)) != len(living):
        wrong.append(f"somebody is registered twice for {session.id}")
    return wrong


def bookings(reader: Reader, space_id: str, period: Period) -> list[m.Booking]:
    """What is booked of a space from the start of a period to its end."""
    ge, lt = codec.between(space_id, period.start, period.end)
    return [one for one in reader.find(m.Booking, "space", ge, lt) if one.state in ("held", "confirmed")]


class RoomRace(Race):
    """Forty people want one room in the same hour, and pay at the desk."""

    name = "1 room"
    typed = frozenset({"ConflictError"})

    def command(self, turn: int, who: int) -> Command:
        return c.Book(space_id="small", product_id="room", period=hour(turn), person_id=f"p{who}", account="desk")

    def broken(self, reader: Reader, turn: int) -> list[str]:
        found = bookings(reader, "small", hour(turn))
        paid = [reader.need(m.Charge, one.charge_id).paid for one in found if one.charge_id]
        wrong = [] if len(found) == 1 else [f"{len(found)} bookings of one room"]
        return wrong if paid == [Money(1500, "EUR")] * len(found) else [*wrong, f"paid for the room: {paid}"]


class EntryRace(Race):
    """A person asks for forty boxes at once and has one carnet entry left."""

    name = "last entry"
    typed = frozenset({"NoEntitlementError"})

    def prepare(self, cantine: Cantine, turn: int) -> None:
        person = c.AddPerson(name=f"Holder {turn}", id=f"holder{turn}")
        cantine.execute(person, actor="setup")
        sale = c.SellPass(
            product_id="entry", place_id="paris", holder_id=f"holder{turn}", account="desk", id=f"carnet{turn}"
        )
        cantine.execute(sale, actor="setup")

    def command(self, turn: int, who: int) -> Command:
        return c.Book(space_id=f"box{who}", product_id="nap", period=hour(2 * turn), person_id=f"holder{turn}")

    def broken(self, reader: Reader, turn: int) -> list[str]:
        (unit_id,) = reader.need(m.Pass, f"carnet{turn}").entitlement_ids
        unit = reader.need(m.Entitlement, unit_id)
        found = [one for n in range(PEOPLE) for one in bookings(reader, f"box{n}", hour(2 * turn))]
        spent = sum(spend.units for one in found for spend in one.spends)
        wrong = conserved(unit)
        if (unit.left, unit.used, spent, len(found)) != (0, 1, 1, 1):
            wrong.append(f"1 entry: left {unit.left}, used {unit.used}, spent {spent} on {len(found)} bookings")
        return wrong


def conserved(unit: m.Entitlement) -> list[str]:
    """What is wrong with the units of an entitlement."""
    if unit.bought == unit.left + unit.used + unit.expired + unit.given_back:
        return []
    return [f"{unit} does not add up"]


class EuroRace(Race):
    """A person has one euro left to pay under the cap of the day, and books forty boxes at once."""

    name = "last euro"

    @property
    def winners(self) -> int:
        return self.contenders  # the others pay nothing more

    def prepare(self, cantine: Cantine, turn: int) -> None:
        person = f"saver{turn}"
        cantine.execute(c.AddPerson(name=f"Saver {turn}", id=person), actor="setup")
        same_day = hour((2 * turn + 1) // 8 * 8, 3)
        nine = c.Book(space_id="open", product_id="desk", period=same_day, person_id=person, account="desk")
        cantine.execute(nine, actor="setup")

    def command(self, turn: int, who: int) -> Command:
        return c.Book(
            space_id=f"box{who}", product_id="desk", period=hour(2 * turn + 1), person_id=f"saver{turn}", account="desk"
        )

    def broken(self, reader: Reader, turn: int) -> list[str]:
        charges = reader.statement(f"saver{turn}")
        paid = sum(charge.paid.amount for charge in charges)
        found = sum(len(bookings(reader, f"box{n}", hour(2 * turn + 1))) for n in range(PEOPLE))
        wrong = [] if paid == CAP else [f"{paid} cents paid under a cap of {CAP}"]
        return wrong if found == self.contenders else [*wrong, f"{found} of {self.contenders} boxes are booked"]


class ClosingRace(Race):
    """Thirty-nine people want the one room in the same hour; one person closes it for that hour."""

    name = "room or closure"
    typed = frozenset({"ConflictError", "ClosedError"})

    @property
    def turns(self) -> range:
        return range(-(-ROUNDS // 5))

    def command(self, turn: int, who: int) -> Command:
        period = hour(turn)
        if who == turn * 7 % self.contenders:
            return c.CloseSpace("glass", period=period, reason=f"paint {turn}")
        return c.Book(space_id="glass", product_id="room", period=period, person_id=f"p{who}", account="desk")

    def broken(self, reader: Reader, turn: int) -> list[str]:
        page = reader.need(m.StandingPage, m.standing_id("glass"))
        closed = [one for one in page.closures if one.period == hour(turn)]
        found = bookings(reader, "glass", hour(turn))
        wrong = [] if page.narrowing is None else ["the room is being narrowed still"]
        return wrong if len(found) + len(closed) == 1 else [*wrong, f"{len(found)} bookings, {len(closed)} closures"]


class NumberRace(Race):
    """Forty clients issue the invoices of twenty charges in one series, two for each: twenty numbers are taken."""

    name = "next number"

    @property
    def winners(self) -> int:
        return self.contenders  # the second of a charge gets the document of the first

    @property
    def turns(self) -> range:
        return range(-(-ROUNDS // 10))

    def prepare(self, cantine: Cantine, turn: int) -> None:
        if cantine.read.get(m.NumberSeries, m.series_id("asso", "invoices")) is None:
            for command in (
                c.DescribeEntity(
                    "asso",
                    address=issuing_house.ADDRESS,
                    country="FR",
                    registration="123 456 789",
                    vat_number="FR12345678901",
                ),
                c.OpenSeries(entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"),
                c.PublishTariff(issuing_house.TAXED),
                c.AddProduct(
                    name="Taxed",
                    entity_id="asso",
                    pricelist_id="taxed",
                    tariff_product="card",
                    sells="pass",
                    id="taxed",
                ),
            ):
                cantine.execute(command, actor="setup")
        made = cantine._engine.ids
        for number in range(self.contenders // 2):
            known = f"chg-{turn}-{number}"
            cantine._engine.ids = lambda prefix, known=known: known if prefix == "chg" else made(prefix)
            cantine.execute(c.SellPass(product_id="taxed", place_id="paris", holder_id=f"p{number}"), actor="setup")
        cantine._engine.ids = made

    def command(self, turn: int, who: int) -> Command:
        return c.IssueDocument(charge_id=f"chg-{turn}-{who // 2}", series="invoices", addressee=issuing_house.ZOE)

    def broken(self, reader: Reader, turn: int) -> list[str]:
        charges, found = self.contenders // 2, reader.documents("asso", "invoices")
        wrong = [
            f"the numbers of the documents: {one}" for one in reader.numbering("asso", "invoices") if not one.whole
        ]
        if len(found) != charges * (turn + 1):
            wrong.append(f"{len(found)} documents of {charges * (turn + 1)} charges")
        if len({document.charge_id for document in found}) != len(found):
            wrong.append("a charge has two documents of one type")
        return wrong


class OnceRace(Race):
    """A person has a voucher, a code that is good once and a free entry, and books forty boxes at once: some by the
    code, some that may be free; the voucher pays whatever is first."""

    name = "voucher, code and free entry"
    PRODUCTS = ("treat", "coded", "first-free")

    @property
    def winners(self) -> int:
        return self.contenders  # the others pay the full price

    @property
    def turns(self) -> range:
        return range(-(-ROUNDS // 4))

    def slot(self, turn: int) -> Period:
        """An hour in which no other race books a box."""
        return hour(2 * (ROUNDS + turn))

    def prepare(self, cantine: Cantine, turn: int) -> None:
        person = f"once{turn}"
        cantine.execute(c.AddPerson(name=f"Once {turn}", id=person), actor="setup")
        gift = c.SellPass(product_id="net/gift", place_id="paris", holder_id=person, account="desk", id=f"gift{turn}")
        cantine.execute(gift, actor="setup")

    def command(self, turn: int, who: int) -> Command:
        product = self.PRODUCTS[who % 3]
        return c.Book(
            space_id=f"box{who}",
            product_id=f"net/{product}",
            period=self.slot(turn),
            person_id=f"once{turn}",
            account="desk",
            codes=("ONCE",) if product == "coded" else (),
        )

    def broken(self, reader: Reader, turn: int) -> list[str]:
        (unit_id,) = reader.need(m.Pass, f"gift{turn}").entitlement_ids
        unit = reader.need(m.Entitlement, unit_id)
        found = [one for n in range(PEOPLE) for one in bookings(reader, f"box{n}", self.slot(turn))]
        charges = [reader.need(m.Charge, one.charge_id) for one in found if one.charge_id]
        attempts = [reader.need(m.Attempt, id) for charge in charges for id in charge.attempt_ids]
        by_gift = sum(one.captured for one in attempts if one.account == "voucher")
        sold = Counter(one.product_id.removeprefix("net/") for one in found)
        coded = {one.id for one in found if one.product_id == "net/coded"}
        free = sum(one.product_id == "net/first-free" and one.charge_id is None for one in found)
        wrong = conserved(unit)
        if (unit.used, by_gift) != (500, 500):
            wrong.append(f"a voucher of 500 paid {by_gift} for bookings, {unit.used} of it is used")
        halved = sum(one.subject.id in coded and one.amount.amount == 500 for one in charges)
        if (halved, free) != (1, 1):
            wrong.append(f"{halved} bookings by a code that is good once, {free} that are free once")
        paid = sum(charge.paid.amount for charge in charges)
        due = 500 * sold["treat"] + 1000 * sold["coded"] - 500 + 400 * (sold["first-free"] - 1)
        return wrong if paid == due else [*wrong, f"paid for bookings: {paid} of {due}"]


RACES: dict[str, type[Race]] = {
    race.name: race for race in (SeatRace, RoomRace, EntryRace, EuroRace, ClosingRace, NumberRace, OnceRace)
}


def house_broken(storage: Any, now: datetime = NOW) -> list[str]:
    """Which laws of a house do not hold: ledger, units, claims, seats, meters, tasks, and rows against the journal."""
    while hasattr(storage, "inner"):
        storage = storage.inner
    wrong = []
    laws = (house_laws.hold, house_laws.settled, lambda storage, now: house_laws.folds(storage))
    for law in laws:
        try:
            law(storage, now)
        except AssertionError as error:
            wrong.append(f"a law is broken: {error}")
    dead = [small_house._decode(row) for row in storage.find(m.Task.kind, "dead").rows]
    return wrong + [f"task {task.work} was given up ({task.problem})" for task in dead]
