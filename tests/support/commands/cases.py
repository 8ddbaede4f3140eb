"""What each command does and may raise, as cases that can be run: the reference of commands is held to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import attrs
from house import open_house

from cantinekit import Money, Period
from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.reads.books import sealing
from support.houses.lasting_house import LAST, hold_plan, subscribe

LIST = """
[tariff]
id = "taxed"
name = "With tax"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[product.room]
rate = { price = 12.00, per = "1h" }
"""
LENDS = """
[tariff]
id = "lends"
name = "With a deposit"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.keys]
rate = { price = 12.00, per = "1h" }
deposit = { id = "keys", price = 100.00 }
"""
TODAY = date(2026, 11, 24)
"""The local day on which the clock of the house stands."""
SIZES = m.Admission(
    questions=[m.RegistrationQuestion("size", "Taille", "Size", "choice", ("S", "M"), required=True)],
)
LEFT_TO = m.BilledTo("Zoé", ("1 rue du Port", "35000 Rennes"), "FR")

SIGNED = c.SignMandate(
    entity_id="asso",
    payer_id="zoe",
    reference="RUM-1",
    name="Zoé Le Goff",
    iban="DE89370400440532013000",
    signed_on=date(2026, 11, 2),
)
COLLECTED = c.CollectDebits(
    entity_id="asso",
    collect_on=date(2026, 12, 9),
    iban="FR7630006000011234567890189",
    creditor_id="DE98ZZZ09999999999",
)
ANSWERED = c.BankAnswer("camt.054", "B1", "0" * 64, ())

Case = Callable[["House"], c.Command]


class House:
    """The house of the examples, with short ways to bring it into a state."""

    def __init__(self) -> None:
        self.cantine, self.clock, self.outbox = open_house()

    def do(self, command: c.Command) -> Any:
        """Carry a command out, and give the record that it is about."""
        if isinstance(command, c.SystemCommand):
            done = self.cantine._engine.run(command, "system")
            return self.cantine.read.get(KINDS[done.value.kind], done.value.id)
        return self.cantine.execute(command, actor="test").value

    def charge(self, record: Any) -> m.Charge:
        if isinstance(record, m.GiftNote):
            record = self.cantine.read.need(m.Gift, record.id)
        ids = (record.charge_id,) if hasattr(record, "charge_id") else record.charge_ids
        return self.cantine.read.need(m.Charge, ids[-1])

    def carnet(self) -> Any:
        return self.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))

    def hold(self, **more: Any) -> Any:
        return self.do(c.HoldSpace(space_id="left", product_id="room", period=hour(14), **more))

    def visit(self, person_id: str | None = None) -> Any:
        return self.do(c.CheckIn(place_id="paris", product_id="half-day", person_id=person_id, account="desk"))

    def left(self, person_id: str | None = None) -> str:
        """The id of a visit whose visitor has left."""
        return self.do(c.CheckOut(self.visit(person_id).id)).id

    def seat(self, **more: Any) -> Any:
        return self.do(c.Register(session_id="wednesday", person_id="zoe", **more))

    def offered(self) -> Any:
        """A seat that is offered from the waiting list."""
        self.do(c.ChangeSeats("wednesday", seats=0))
        waiting = self.seat()
        self.do(c.ChangeSeats("wednesday", seats=1))
        return self.cantine.read.get(m.Registration, waiting.id)

    def attempt(self) -> m.Attempt:
        self.cantine._engine.effects = "none"
        return self.cantine.read.need(m.Attempt, self.charge(self.seat(account="card")).attempt_ids[-1])

    def refund(self) -> m.Refund:
        booking = self.do(c.Book(space_id="left", product_id="room", period=hour(14), account="card"))
        self.cantine._engine.effects = "none"
        self.do(c.CancelBooking(booking.id))
        return next(self.cantine.read.find(m.Refund, "charge"))

    def issuer(self) -> str:
        """A legal entity that issues documents, with a series of each type."""
        self.do(
            c.DescribeEntity(
                "asso",
                address=("2 quai du Port", "35000 Rennes"),
                country="FR",
                registration="123 456 789",
                vat_number="FR12345678901",
            )
        )
        for name, what in (("receipts", "receipt"), ("invoices", "invoice"), ("credits", "credit note")):
            self.do(
                c.OpenSeries(entity_id="asso", name=name, documents=what, prefix=name[0].upper(), zone="Europe/Paris")
            )
        return "asso"

    def taxed(self, account: str | None = "desk") -> str:
        """A charge of 12.00 whose tax is known, of a legal entity that issues documents."""
        self.issuer()
        self.do(c.PublishTariff(LIST))
        product = self.do(
            c.AddProduct(
                name="Taxed room", entity_id="asso", pricelist_id="taxed", tariff_product="room", sells="booking"
            )
        )
        return self.charge(
            self.do(c.Book(space_id="left", product_id=product.id, period=hour(14), person_id="zoe", account=account))
        ).id

    def invoiced(self, back: int = 500) -> str:
        """A charge with an invoice, of which so many cents were given back."""
        charge = self.taxed()
        self.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=LEFT_TO))
        self.do(c.RefundCharge(charge, amount=Money(back, "EUR"), reason="cold coffee"))
        return charge

    def refund_of(self, charge: str) -> str:
        return self.cantine.read.refunds(charge)[0].id

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))

    def product(self, sells: str, price: str | None = "rate = { price = 1.00 }", currency: str = "EUR") -> str:
        """The id of a product on a price list of its own, which has no price for it where none is given."""
        head = f'id = "own"\nname = "Own"\ncurrency = "{currency}"\ntimezone = "Europe/Paris"\nprices = "incl"'
        priced = (
            price
            if price and price.startswith("[")
            else f"[product.it]\n{price}"
            if price
            else "[product.other]\nrate = { price = 1.00 }"
        )
        given = (
            'sells = "grant"\ngrant = { account = "x", units = 1, unit = "entry" }\n'
            if sells == "pass" and price
            else ""
        )
        self.do(c.PublishTariff(f"[tariff]\n{head}\n{priced}\n{given}", override="as it came from the board"))
        return self.do(
            c.AddProduct(
                name="It",
                entity_id="asso",
                pricelist_id="own",
                tariff_product="it",
                sells=sells,
            )
        ).id

    def dearer(self) -> None:
        """A new version of the price list, in which everything costs more."""
        from house import PRICES

        self.do(c.PublishTariff(PRICES.replace(".00", ".50")))


KINDS = {cls.kind: cls for cls in vars(m).values() if isinstance(cls, type) and hasattr(cls, "kind") and attrs.has(cls)}


def hour(start: int, length: int = 1, day: int = 24) -> Period:
    first = datetime(2026, 11, day, start, tzinfo=UTC)
    return Period(first, first + timedelta(hours=length))


def quoted(h: House, command: c.Command) -> Any:
    return attrs.evolve(command, quote=h.cantine.quote(command))


def expired(h: House, command: c.Command) -> c.Command:
    promised = quoted(h, command)
    h.later(minutes=15)
    return promised


def changed(h: House, command: c.Command) -> c.Command:
    promised = quoted(h, command)
    h.dearer()
    return promised


CARD = '[product.it]\nrate = { price = 1.00 }\nsells = "grant"\ngrant = { account = "x", units = 1, unit = "entry" }\n'
ASKING = (
    '[facts]\nmember = "yes/no"\n[product.it]\nrate = [{ when = { member = true }, price = 1.00 }, { price = 2.00 }]'
)
COVERED = 'rate = { price = 1.00 }\ncover = [{ by = "club", unit = "entry", beyond = "refuse" }]'


def sale(make: Case, sells: str, using: Callable[[House, str], c.Command]) -> dict[type[Exception], Case]:
    """The refusals of all that has a price. ``make``: what could be had; ``using``: the same of another product."""
    return {
        e.InputError: lambda h: forged(h, make(h)),
        e.CurrencyError: lambda h: using(h, h.product(sells, currency="GBP")),
        e.NotForSaleError: lambda h: using(h, h.product(sells, None)),
        e.IncompleteError: lambda h: using(h, h.product(sells, ASKING)),
        e.NoEntitlementError: lambda h: using(h, h.product(sells, COVERED)),
        e.QuoteExpiredError: lambda h: expired(h, make(h)),
        e.PriceChangedError: lambda h: changed(h, make(h)),
        e.AccountError: lambda h: attrs.evolve(make(h), account="nowhere"),
    }


def forged(h: House, command: c.Command) -> c.Command:
    promise = h.cantine.quote(command).promise
    return attrs.evolve(command, quote=attrs.evolve(promise, valid_until=promise.valid_until + timedelta(days=1)))


def workshop(h: House, product: str, options: tuple[str, ...] = ()) -> str:
    """A session of a workshop with this product."""
    made = h.do(c.AddWorkshop(place_id="paris", title="Another", product_id=product, option_ids=options))
    return h.do(c.AddSession(workshop_id=made.id, day=date(2026, 11, 26), starts=time(18), ends=time(20), seats=2)).id


def hold_of(h: House, product: str) -> str:
    return h.do(c.HoldSpace(space_id="left", product_id=product, period=hour(14))).id


def offer_of(h: House, product: str) -> str:
    session = workshop(h, product)
    h.do(c.ChangeSeats(session, seats=0))
    waiting = h.do(c.Register(session_id=session, person_id="zoe"))
    h.do(c.ChangeSeats(session, seats=1))
    return waiting.id


THURSDAYS = c.BookSeries(
    space_id="left",
    product_id="room",
    day=date(2026, 11, 26),
    starts=time(15),
    ends=time(16),
    rule="FREQ=WEEKLY;COUNT=2",
    person_id="zoe",
    account="desk",
)


def skipped(h: House, product: str = "room") -> str:
    """The id of a series of which one date was left out, which has come free since."""
    taken = h.do(c.Book(space_id="left", product_id="room", period=hour(14, day=26), account="desk"))
    asked = attrs.evolve(THURSDAYS, product_id=product, skip=(date(2026, 11, 26),))
    series = h.do(asked).id
    h.do(c.CancelBooking(taken.id))
    return series


def repriced(h: House, price: str | None) -> c.Command:
    """What was left out of a series, once its price list says something else of the product."""
    series = skipped(h, h.product("booking"))
    h.product("booking", price)
    return c.RetrySkipped(series)


FRIDAYS = c.PlanSessions(
    workshop_id="soldering",
    day=date(2026, 11, 27),
    starts=time(18),
    ends=time(20),
    seats=4,
    rule="FREQ=WEEKLY",
    space_id="left",
    until=date(2026, 12, 11),
)
FIRST_FRIDAY = date(2026, 11, 27)
DAY = date(2026, 11, 24)
GIFT = c.GrantPass(product_id="carnet", place_id="paris", holder_id="zoe", reason="bought in the old system")
ENTRIES = c.GrantUnits(
    account="carnet", units=4, pricelist_id="house", place_id="paris", holder_id="zoe", reason="left in the old system"
)


PRESENT = c.GiftPass(product_id="carnet", place_id="paris", buyer_id="zoe", account="desk")
FEED = c.ShareFeed("zoe", link_id="AbCdEfGh1234", digest="0f" * 32)
PROFILE = c.PublishProfile("zoe", place_id="paris", audience="network", headline="weaving", skills=("felt",))
TAKEN_PERSON = c.ImportPerson(source="old 7", day=DAY, name="Tao", email="tao@example.org", id="tao")
TAKEN_ORGANISATION = c.ImportOrganisation(source="old 8", day=DAY, name="Old Works", id="old-works")


def _taken_member(h: House, **more: Any) -> c.ImportAffiliation:
    """Who belongs to an organisation that was taken over before."""
    h.do(TAKEN_ORGANISATION)
    row = c.ImportAffiliation(
        source="old 9", day=DAY, organisation_id="old-works", person_id="zoe", role="member", first_day=DAY
    )
    return attrs.evolve(row, **more)


TAKEN_PASS = c.ImportPass(
    source="old 1", day=DAY, product_id="carnet", place_id="paris", holder_id="zoe", first_day=date(2026, 9, 1)
)
TAKEN_UNITS = c.ImportUnits(
    source="old 2", day=DAY, account="carnet", units=4, pricelist_id="house", place_id="paris", holder_id="zoe"
)
TAKEN_DEBT = c.ImportBalance(
    source="old 3", day=DAY, place_id="paris", payer_id="zoe", owed=Money(4200, "EUR"), text="invoice F2026-118"
)
TAKEN_BOOKING = c.ImportBooking(source="old 4", day=DAY, space_id="left", period=hour(9, day=17), product_id="room")


def _numbers(h: House, **more: Any) -> c.ContinueSeries:
    """The numbers of a series that was just opened go on."""
    h.do(c.OpenSeries(entity_id="asso", name="old", documents="invoice", prefix="O", zone="Europe/Paris"))
    row = c.ContinueSeries(source="old 5", day=DAY, entity_id="asso", name="old", year=2026, last=118)
    return attrs.evolve(row, **more)


def _other(h: House, row: Any, **change: Any) -> Any:
    """A row that was taken over, with another content."""
    h.do(row)
    return attrs.evolve(row, **change)


TO_COME = DAY + timedelta(days=300)


def planned(h: House, **more: Any) -> str:
    """The id of a series of three sessions."""
    return h.do(attrs.evolve(FRIDAYS, **more)).id


def left_out(h: House) -> str:
    """The id of a series of sessions of which the first date was left out, which has come free since."""
    taken = h.do(c.Book(space_id="left", product_id="room", period=hour(17, day=27), account="desk", override="a wake"))
    series = planned(h, skip=(FIRST_FRIDAY,))
    h.do(c.CancelBooking(taken.id))
    return series


def crowded(h: House, skip: tuple[date, ...] = ()) -> str:
    """The id of a series whose sessions were given more seats than their room has; some dates may be left out."""
    room = h.do(c.AddSpace(place_id="paris", name="Small", seats=4)).id
    book = c.Book(space_id=room, product_id="room", period=hour(17, day=27), account="desk", override="a wake")
    taken = [h.do(book).id for _ in skip]
    series = planned(h, space_id=room, skip=skip)
    for id in taken:
        h.do(c.CancelBooking(id))
    h.do(c.ChangeSessions(series, seats=10))
    return series


def _known_well(h: House) -> str:
    id = _organisation(h)
    for number in range(100):
        h.do(c.SetOrganisationFact(id, name=f"fact {number}", value=number))
    return id


def _shares_much(h: House) -> bool:
    for number in range(20):
        h.do(c.ShareFeed("zoe", link_id=f"link {number}", digest="0f" * 32))
    return True


def _knows_much(h: House) -> bool:
    for number in range(100):
        h.do(c.SetFact("zoe", name=f"fact {number}", value=number))
    return True


def taken_on(h: House, day: int) -> None:
    h.do(c.Book(space_id="left", product_id="room", period=hour(17, day=day), account="desk", override="a wake"))


def after(h: House, command: c.Command, **span: float) -> c.Command:
    h.later(**span)
    return command


BASKET = c.Sell(
    [c.SellLine("materials", count=2, day=date(2026, 11, 25)), "carnet"],
    place_id="paris",
    person_id="zoe",
    account="desk",
)


def seats(*people: str) -> c.Command:
    """An order of a seat for each of these people."""
    lines = [c.Register(session_id="wednesday", person_id=id) for id in people]
    return c.Sell(lines, place_id="paris", person_id="zoe", account="desk")


def basket(h: House, product: str) -> c.Command:
    """The basket with one thing in it."""
    return attrs.evolve(BASKET, lines=(product,), account=None)


def _measured(h: House) -> str:
    """An order of something whose size is known once it is made."""
    sized = """[facts]
sheet = ["A3", "A2", "A1"]
[product.it]
afterwards = ["sheet"]
rate = { by = "sheet", A3 = 6.00, A2 = 12.00 }
"""
    return h.do(basket(h, h.product("option", sized))).id


def _never_back(h: House) -> str:
    """An order of something that its price list does not take back."""
    never = """[product.it]
rate = { price = 1.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, refuse = "on_quote" }] }
"""
    return h.do(attrs.evolve(basket(h, h.product("option", never)), account="desk")).id


DOES: dict[type[c.Command], Case] = {
    c.AddEntity: lambda h: c.AddEntity(name="B"),
    c.AddPlace: lambda h: c.AddPlace(name="Brest", entity_id="asso", zone="Europe/Paris", currency="EUR"),
    c.MovePlace: lambda h: c.MovePlace("paris", zone="America/Martinique"),
    c.SetPlaceFacts: lambda h: c.SetPlaceFacts("paris", facts={"site": "centre"}),
    c.SetReminders: lambda h: c.SetReminders("paris", booking=timedelta(hours=2)),
    c.ChangeOpenings: lambda h: c.ChangeOpenings(
        place_id="paris", hours=m.OpenHours.weekly(range(5), time(9), time(19))
    ),
    c.AddSpace: lambda h: c.AddSpace(place_id="paris", name="Studio"),
    c.ChangeTerms: lambda h: c.ChangeTerms("left", terms=m.Terms(after=timedelta(minutes=30))),
    c.ChangeCapacity: lambda h: c.ChangeCapacity("open-space", capacity=2),
    c.CloseSpace: lambda h: c.CloseSpace("left", period=hour(14), reason="painting"),
    c.ReopenSpace: lambda h: c.ReopenSpace("left", closure_id=_closed_left(h)),
    c.AddProduct: lambda h: c.AddProduct(
        name="Bay", entity_id="asso", pricelist_id="house", tariff_product="room", sells="booking"
    ),
    c.PublishTariff: lambda h: c.PublishTariff(
        '[tariff]\nid = "b"\nname = "B"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\nprices = "incl"\n'
        "[product.x]\nrate = { price = 1.00 }\n"
    ),
    c.ChangeProduct: lambda h: c.ChangeProduct("room", name="Bay"),
    c.RetireProduct: lambda h: c.RetireProduct("desk"),
    c.RestoreProduct: lambda h: c.RestoreProduct(h.do(c.RetireProduct("desk")).id),
    c.ChangeEntity: lambda h: c.ChangeEntity("asso", accounts=("desk", "card", "terminal")),
    c.ChangePlace: lambda h: c.ChangePlace("paris", address=("2 quai du Port", "75010 Paris")),
    c.ChangeSpace: lambda h: c.ChangeSpace("left", product_id="room"),
    c.RetireSpace: lambda h: c.RetireSpace("right", day=date(2026, 12, 24)),
    c.RestoreSpace: lambda h: c.RestoreSpace(_retired(h)),
    c.ChangeWorkshop: lambda h: c.ChangeWorkshop("soldering", title="Soldering without lead"),
    c.RetireWorkshop: lambda h: c.RetireWorkshop("soldering"),
    c.RestoreWorkshop: lambda h: c.RestoreWorkshop(h.do(c.RetireWorkshop("soldering")).id),
    c.AddPerson: lambda h: c.AddPerson(name="Ana"),
    c.ChangePerson: lambda h: c.ChangePerson("zoe", email="zoe@example.net"),
    c.SetFact: lambda h: c.SetFact("zoe", name="student", value=True, proof="card seen"),
    c.PublishProfile: lambda h: PROFILE,
    c.WithdrawProfile: lambda h: c.WithdrawProfile(h.do(PROFILE).id),
    c.ShareFeed: lambda h: FEED,
    c.RevokeFeed: lambda h: c.RevokeFeed(h.do(FEED).id),
    c.ForgetPerson: lambda h: c.ForgetPerson("malo"),
    c.AddOrganisation: lambda h: c.AddOrganisation(name="Works", country="FR", vat_number="FR40303265045"),
    c.ChangeOrganisation: lambda h: c.ChangeOrganisation(_organisation(h), registration="552 008 443", country="FR"),
    c.SetOrganisationFact: lambda h: c.SetOrganisationFact(_organisation(h), name="student", value=True),
    c.ForgetOrganisation: lambda h: c.ForgetOrganisation(_organisation(h)),
    c.Affiliate: lambda h: c.Affiliate(organisation_id=_organisation(h), person_id="zoe", role="admin", first_day=DAY),
    c.EndAffiliation: lambda h: c.EndAffiliation(_affiliated(h), last_day=DAY),
    c.GiveRole: lambda h: c.GiveRole(entity_id="asso", person_id="zoe", role="board", first_day=DAY),
    c.EndRole: lambda h: c.EndRole(entity_id=_on_board(h), person_id="zoe", role="board", last_day=DAY),
    c.AgreeSponsorship: lambda h: _sponsoring(_organisation(h)),
    c.EndSponsorship: lambda h: c.EndSponsorship(_sponsored(h), last_day=DAY),
    c.AddFacilitator: lambda h: c.AddFacilitator(person_id="zoe", place_id="paris"),
    c.AddAccessCodes: lambda h: c.AddAccessCodes(place_id="paris", codes=("X1",)),
    c.AddWorkshop: lambda h: c.AddWorkshop(place_id="paris", title="Talk"),
    c.ChangeAdmission: lambda h: c.ChangeAdmission("soldering", admission=SIZES),
    c.AddSession: lambda h: c.AddSession(
        workshop_id="soldering", day=date(2026, 11, 27), starts=time(18), ends=time(20), seats=4
    ),
    c.AddCourse: lambda h: COURSE,
    c.SellPass: lambda h: c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"),
    c.GrantPass: lambda h: GIFT,
    c.GrantUnits: lambda h: ENTRIES,
    c.CancelPass: lambda h: c.CancelPass(h.carnet().id),
    c.GiveNotice: lambda h: c.GiveNotice(subscribe(h)),
    c.WithdrawNotice: lambda h: c.WithdrawNotice(h.do(c.GiveNotice(subscribe(h))).id),
    c.EndPass: lambda h: c.EndPass(subscribe(h), reason="she moves away"),
    c.PausePass: lambda h: c.PausePass(subscribe(h, "locker"), reason="she travels", override="agreed"),
    c.ResumePass: lambda h: c.ResumePass(_paused(h)),
    c.ChangePass: lambda h: c.ChangePass(hold_plan(h), product_id="plans/office"),
    c.WithdrawPassChange: lambda h: c.WithdrawPassChange(_planned(h)),
    c.ExtendPass: lambda h: c.ExtendPass(subscribe(h), days=7, reason="the heating was broken"),
    c.TransferPass: lambda h: c.TransferPass(subscribe(h), holder_id=_bob(h), reason="moved to another team"),
    c.GiftPass: lambda h: PRESENT,
    c.ClaimPass: lambda h: c.ClaimPass(h.do(PRESENT).code, holder_id=_bob(h)),
    c.RedirectGift: lambda h: c.RedirectGift(h.do(PRESENT).id, email="lou@example.org"),
    c.WithdrawGift: lambda h: c.WithdrawGift(h.do(PRESENT).id),
    c.Sell: lambda h: BASKET,
    c.CancelOrder: lambda h: c.CancelOrder(h.do(BASKET).id),
    c.MeasureOrder: lambda h: c.MeasureOrder(_measured(h), line=1, facts={"sheet": "A2"}, account="desk"),
    c.CheckIn: lambda h: c.CheckIn(place_id="paris", product_id="half-day", account="desk"),
    c.UpgradeVisit: lambda h: c.UpgradeVisit(h.visit().id, product_id="day", account="desk"),
    c.CheckOut: lambda h: c.CheckOut(h.visit().id),
    c.CorrectVisit: lambda h: c.CorrectVisit(_by_clock(h, left=True), closed_at=h.now, reason="left later"),
    c.CancelVisit: lambda h: c.CancelVisit(h.visit().id, reason="somebody else"),
    c.ReopenVisit: lambda h: c.ReopenVisit(h.left(), reason="was still there"),
    c.HoldSpace: lambda h: c.HoldSpace(space_id="left", product_id="room", period=hour(14)),
    c.Book: lambda h: c.Book(space_id="left", product_id="room", period=hour(14), account="desk"),
    c.ConfirmBooking: lambda h: c.ConfirmBooking(h.hold().id, account="desk"),
    c.ApproveBooking: lambda h: c.ApproveBooking(_requested(h), account="desk"),
    c.DeclineBooking: lambda h: c.DeclineBooking(_requested(h), reason="works"),
    c.CancelBooking: lambda h: c.CancelBooking(h.hold().id),
    c.MoveBooking: lambda h: c.MoveBooking(_booked(h), period=hour(15, 2), account="desk"),
    c.CheckInBooking: lambda h: c.CheckInBooking(_beginning(h)),
    c.UndoCheckIn: lambda h: c.UndoCheckIn(_arrived(h)),
    c.UndoRelease: lambda h: c.UndoRelease(_released(h)),
    c.RecordOverrun: lambda h: c.RecordOverrun(_over(h), until=hour(14).end + LATE),
    c.MoveBookingSeries: lambda h: c.MoveBookingSeries(h.do(THURSDAYS).id, starts=time(16), ends=time(18)),
    c.MoveRegistration: lambda h: c.MoveRegistration(
        registration_id=h.seat(account="desk").id, session_id=_other_session(h)
    ),
    c.BookSeries: lambda h: THURSDAYS,
    c.RetrySkipped: lambda h: c.RetrySkipped(skipped(h), account="desk"),
    c.CancelSeries: lambda h: c.CancelSeries(h.do(THURSDAYS).id),
    c.Register: lambda h: (
        h.do(c.ChangeAdmission("soldering", admission=SIZES))
        and c.Register(session_id="wednesday", person_id="zoe", account="desk", answers={"size": "M"})
    ),
    c.TakeSeat: lambda h: c.TakeSeat(h.offered().id, account="desk"),
    c.CancelRegistration: lambda h: c.CancelRegistration(h.seat().id),
    c.ChangeSeats: lambda h: c.ChangeSeats("wednesday", seats=5),
    c.KeepSeats: lambda h: c.KeepSeats("wednesday", code="GROUP", seats=1),
    c.MoveSession: lambda h: c.MoveSession("wednesday", starts=time(19), ends=time(21)),
    c.CancelSession: lambda h: c.CancelSession("wednesday", reason="the kiln is broken"),
    c.MoveMeeting: lambda h: c.MoveMeeting(session_id="course", meeting_id=_course(h), starts=time(19), ends=time(21)),
    c.CancelMeeting: lambda h: c.CancelMeeting(session_id="course", meeting_id=_course(h), reason="the kiln is broken"),
    c.PlanSessions: lambda h: FRIDAYS,
    c.ExtendSessions: lambda h: c.ExtendSessions(planned(h), until=date(2026, 12, 18)),
    c.PlanSkipped: lambda h: c.PlanSkipped(left_out(h)),
    c.ChangeSessions: lambda h: c.ChangeSessions(planned(h), starts=time(17)),
    c.CancelSessions: lambda h: c.CancelSessions(planned(h), reason="the kiln is broken"),
    c.ChangeTheme: lambda h: c.ChangeTheme("wednesday", theme="lead-free solder"),
    c.MarkAttendance: lambda h: c.MarkAttendance(_at_the_door(h)),
    c.CloseSheet: lambda h: after(h, c.CloseSheet("wednesday", walk_ins=2), days=2),
    c.ReopenSheet: lambda h: c.ReopenSheet(_closed_sheet(h), reason="a name was forgotten"),
    c.ChangePrerequisites: lambda h: c.ChangePrerequisites("soldering", prerequisites=(_another(h),), valid_months=12),
    c.GrantTraining: lambda h: c.GrantTraining(person_id="zoe", workshop_id="soldering", reason="learnt at school"),
    c.RevokeTraining: lambda h: c.RevokeTraining(person_id=_trained(h), workshop_id="soldering", reason="left it on"),
    c.Pay: lambda h: c.Pay(h.charge(h.seat()).id, account="desk"),
    c.RefundCharge: lambda h: c.RefundCharge(_paid(h), amount=Money(100, "EUR"), reason="cold coffee"),
    c.RefundLines: lambda h: c.RefundLines(_paid(h), lines=(0,), reason="no coffee"),
    c.ReturnDeposit: lambda h: c.ReturnDeposit(_with_deposit(h)),
    c.KeepDeposit: lambda h: c.KeepDeposit(_with_deposit(h), amount=Money(1000, "EUR"), reason="a key was lost"),
    c.PayOwed: lambda h: (_owed(h), _paying())[1],
    c.PayTogether: lambda h: _several(h),
    c.PayBack: lambda h: (h.do(_paying()), c.PayBack(payer_id="zoe", place_id="paris", account="desk"))[1],
    c.WriteOff: lambda h: c.WriteOff(_owed(h), reason="gone abroad"),
    c.RecordRefund: lambda h: c.RecordRefund(attempt_id=_attempt(h), amount=Money(100, "EUR"), reason="given in cash"),
    c.RecordChargeback: lambda h: c.RecordChargeback(_attempt(h), lost=Money(1000, "EUR"), reason="dispute lost"),
    c.DescribeEntity: lambda h: c.DescribeEntity("asso", address=("2 quai du Port", "35000 Rennes"), country="FR"),
    c.OpenSeries: lambda h: c.OpenSeries(
        entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"
    ),
    c.AutomateReceipts: lambda h: c.AutomateReceipts(h.issuer(), series="receipts"),
    c.IssueDocument: lambda h: c.IssueDocument(charge_id=h.taxed(), series="invoices", addressee=LEFT_TO),
    c.IssueCreditNote: lambda h: (
        lambda id: c.IssueCreditNote(charge_id=id, series="credits", refund_id=h.refund_of(id))
    )(h.invoiced()),
    c.AgreeBillingTerms: lambda h: c.AgreeBillingTerms(
        entity_id=h.issuer(), payer_id="zoe", series="invoices", addressee=LEFT_TO
    ),
    c.EndBillingTerms: lambda h: c.EndBillingTerms(entity_id=_on_terms(h), payer_id="zoe"),
    c.CloseBill: lambda h: c.CloseBill(entity_id=_unbilled(h), payer_id="zoe"),
    c.SignMandate: lambda h: attrs.evolve(SIGNED, entity_id=h.issuer()),
    c.EndMandate: lambda h: c.EndMandate(entity_id=_signed(h), payer_id="zoe"),
    c.CollectDebits: lambda h: attrs.evolve(COLLECTED, entity_id=_debited(h)),
    c.RecordBankAnswer: lambda h: c.RecordBankAnswer(entity_id=h.issuer(), answer=ANSWERED),
    c.ImportPass: lambda h: TAKEN_PASS,
    c.ImportUnits: lambda h: TAKEN_UNITS,
    c.ImportPerson: lambda h: TAKEN_PERSON,
    c.ImportOrganisation: lambda h: TAKEN_ORGANISATION,
    c.ImportAffiliation: lambda h: _taken_member(h),
    c.ImportBalance: lambda h: TAKEN_DEBT,
    c.ImportBooking: lambda h: TAKEN_BOOKING,
    c.ContinueSeries: lambda h: _numbers(h),
    c.ClosePeriod: lambda h: c.ClosePeriod("asso", until=_yesterday(h)),
    c.MapAccounts: lambda h: c.MapAccounts("asso", accounts={"account/desk": ("530000", "Caisse")}),
    c.AgreeClearing: lambda h: c.AgreeClearing("asso", other_id=_network(h), share="3/5", first_day=TODAY),
    c.EndClearing: lambda h: c.EndClearing("asso", rule_id=_cleared(h), last_day=TODAY),
    c.CloseClearing: lambda h: c.CloseClearing("asso", other_id=_network(h), until=_yesterday(h)),
    c.DisputeClearing: lambda h: c.DisputeClearing((_served(h),), reason="it was no day"),
    c.InvoiceClearing: lambda h: _invoicing(h),
    c.Expire: lambda h: c.Expire(m.Subject("booking", h.hold().id)),
    c.SettleNarrowing: lambda h: c.SettleNarrowing("left"),
    c.SettleForgetting: lambda h: c.SettleForgetting(_leaving(h)),
    c.SettleForgettingOrganisation: lambda h: c.SettleForgettingOrganisation(_dissolving(h)),
    c.DecideSession: lambda h: after(h, c.DecideSession(_with_minimum(h)), hours=2),
    c.Remind: lambda h: c.Remind(*_to_remind(h)),
    c.SealPeriod: lambda h: sealing(h.cantine.read, _closed(h)),
    c.ObserveCharge: lambda h: c.ObserveCharge(h.attempt().id, state="settled", captured=1000),
    c.ObserveJointAttempt: lambda h: (
        lambda one: c.ObserveJointAttempt(one.id, state="settled", captured=one.amount.amount)
    )(_jointly(h)),
    c.ObserveRefund: lambda h: c.ObserveRefund(h.refund().id, state="settled"),
}
"""For each command one that is carried out."""

_UNPAID: dict[str, c.Command] = {
    "booking": c.Book(space_id="left", product_id="room", period=hour(14), person_id="zoe"),
    "booking_series": attrs.evolve(THURSDAYS, account=None),
    "visit": c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe"),
    "pass": c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe"),
    "order": attrs.evolve(BASKET, account=None),
    "gift": attrs.evolve(PRESENT, account=None),
}
"""Besides a seat, all that is charged and waits for its payment."""


def _attempted(h: House, command: Any) -> m.Attempt:
    h.cantine._engine.effects = "none"
    charge = h.charge(h.do(attrs.evolve(command, account="card")))
    return h.cantine.read.need(m.Attempt, charge.attempt_ids[-1])


def _captured(h: House, command: Any) -> c.Command:
    attempt = _attempted(h, command)
    return c.ObserveCharge(attempt.id, state="settled", captured=attempt.amount.amount)


ALSO: dict[type[c.Command], list[Case]] = {
    c.ChangeOpenings: [
        lambda h: c.ChangeOpenings(
            place_id="paris", space_id="left", hours=m.OpenHours.weekly(range(5), time(9), time(19))
        )
    ],
    c.Pay: [lambda h, one=one: c.Pay(h.charge(h.do(one)).id, account="desk") for one in _UNPAID.values()],
    c.Remind: [
        lambda h: c.Remind(m.Subject("place", "paris")),
        lambda h: c.Remind(m.Subject("session", "wednesday")),
        lambda h: c.Remind(m.Subject("pass", h.carnet().id)),
    ],
    c.Expire: [
        *(lambda h, kind=kind, one=one: c.Expire(m.Subject(kind, h.do(one).id)) for kind, one in _UNPAID.items()),
        lambda h: c.Expire(m.Subject("registration", h.seat().id)),
        lambda h: c.Expire(m.Subject("entitlement", h.carnet().entitlement_ids[0])),
        lambda h: c.Expire(m.Subject("charge", h.do(_UNPAID["booking"]).charge_id)),
        lambda h: c.Expire(m.Subject("billing_terms", m.terms_id(_on_terms(h), "zoe"))),
        lambda h: c.Expire(m.Subject("document", h.do(_closing(h)).id)),
        lambda h: c.Expire(m.Subject("bill_chase", h.do(_closing(h, reminders=(3,))).id)),
    ],
    c.ImportBalance: [lambda h: attrs.evolve(TAKEN_DEBT, owed=Money(-4200, "EUR"))],
    c.ObserveCharge: [lambda h, one=one: _captured(h, one) for one in _UNPAID.values()],
}
"""Of commands that may be about records of several kinds one for each of the others."""


def _announced(h: House) -> Any:
    """A closure that is announced, and not yet looked at."""
    h.cantine._engine.effects = "none"
    return h.do(c.CloseSpace("left", period=hour(14), reason="painting"))


UNMOVED = "rate = { price = 1.00 }\nmove = { allowed = false }"
UNCANCELLED = (
    "rate = { price = 1.00 }\n"
    'cancel = { delay = { unit = "day" }, keep = [{ from = 0, refuse = "unstated", why = "not printed" }] }'
)


def _booked(h: House, price: str | None = None) -> str:
    """A booking that is paid; of a product with this price, or of the room as it is."""
    asked = DOES[c.Book](h)
    return h.do(asked if price is None else attrs.evolve(asked, product_id=h.product("booking", price))).id


def _thursdays(h: House, price: str) -> str:
    """A series that is paid, of a product with this price."""
    return h.do(attrs.evolve(THURSDAYS, product_id=h.product("booking", price))).id


def _beginning(h: House) -> str:
    """A booking that begins now, of a room that is released when nobody comes."""
    h.do(c.ChangeTerms("left", terms=m.Terms(release_after=timedelta(minutes=15))))
    booking = h.do(c.Book(space_id="left", product_id="room", period=hour(14), person_id="zoe", account="desk"))
    h.clock.set(hour(14).start)
    return booking.id


def _arrived(h: House) -> str:
    booking = _beginning(h)
    h.do(c.CheckInBooking(booking))
    return booking


def _released(h: House) -> str:
    booking = _beginning(h)
    h.later(minutes=15)
    h.cantine.run_due()
    return booking


LATE = timedelta(minutes=20)


def _in_francs(h: House) -> str:
    """The id of a price list in another currency than the place's."""
    head = '[tariff]\nid = "francs"\nname = "Francs"\ncurrency = "CHF"\ntimezone = "Europe/Paris"\nprices = "incl"\n'
    h.do(c.PublishTariff(f"{head}[product.tea]\nrate = {{ price = 2.00 }}\n"))
    return "francs"


def _over(h: House, overrun: str = 'overrun = { price = 5.00, per = "30min" }') -> str:
    """A booking that ended twenty minutes ago, of a product for which staying longer costs something."""
    product = h.product("booking", f"rate = {{ price = 1.00 }}\n{overrun}")
    booking = h.do(c.Book(space_id="left", product_id=product, period=hour(14), account="desk"))
    h.clock.set(hour(14).end + LATE)
    return booking.id


def _desks_taken(h: House) -> c.Command:
    """The release of all desks is to be undone, of which one was taken meanwhile."""
    h.do(c.ChangeTerms("open-space", terms=m.Terms(release_after=timedelta(minutes=15))))
    asked = c.Book(space_id="open-space", product_id="desk", period=hour(14), units=3, person_id="zoe", account="desk")
    booking = h.do(asked).id
    h.clock.set(hour(14).start + timedelta(minutes=15))
    h.cantine.run_due()
    h.do(attrs.evolve(asked, units=1, person_id="malo"))
    return c.UndoRelease(booking)


def _given_back(h: House) -> str:
    """A booking that was released, of which the price list keeps the half."""
    half = 'cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }], no_show = "50%" }'
    product = h.product("booking", f"rate = {{ price = 1.00 }}\n{half}")
    h.do(c.ChangeTerms("left", terms=m.Terms(release_after=timedelta(minutes=15))))
    booking = h.do(c.Book(space_id="left", product_id=product, period=hour(14), account="desk"))
    h.clock.set(hour(14, 1).start + timedelta(minutes=15))
    h.cantine.run_due()
    return booking.id


def _bursary_moved(h: House) -> c.Command:
    """A solidarity seat that is moved to a session whose only one is given."""
    quota = m.Admission(bursaries=m.Quota(seats=1), bursary_product_id="seat")
    h.do(c.ChangeAdmission("soldering", admission=quota))
    session = _other_session(h, seats=3)
    h.do(c.Register(session_id=session, person_id="malo", bursary=True, account="desk"))
    seat = h.seat(account="desk", bursary=True).id
    return c.MoveRegistration(registration_id=seat, session_id=session)


def _other_session(h: House, workshop_id: str = "soldering", **more: Any) -> str:
    """Another session, of the workshop of that on Wednesday."""
    asked = {"day": date(2026, 11, 26), "starts": time(18), "ends": time(20), "seats": 1} | more
    return h.do(c.AddSession(workshop_id=workshop_id, **asked)).id


def _requested(h: House, product: str = "room") -> str:
    """A booking that waits for an answer."""
    h.do(c.ChangeTerms("left", terms=m.Terms(approval=True)))
    return h.do(c.Book(space_id="left", product_id=product, period=hour(14), person_id="zoe")).id


def _repriced_request(h: House, price: str | None) -> c.Command:
    """What was requested, once its price list says something else of the product."""
    booking = _requested(h, h.product("booking"))
    h.product("booking", price)
    return c.ApproveBooking(booking)


def _never(h: House, product: str) -> c.Command:
    raise AssertionError("what is not for sale is refused when it is asked for")


def _mornings() -> m.Terms:
    return m.Terms(slots=[m.FixedSlot(time(9), time(12))])


def _for_staff(h: House) -> Any:
    """A room that only staff can have."""
    return h.do(c.ChangeTerms("left", terms=m.Terms(audience={"staff"})))


FRIDAY = c.AddSession(workshop_id="soldering", day=date(2026, 11, 27), starts=time(9), ends=time(10), seats=4)


def _facilitated(
    h: House, command: c.Command, hours: tuple[m.OpenHours, ...] = (), terms: m.Terms | None = None
) -> c.Command:
    """A command about a session that asks for Zoé too, a facilitator."""
    zoe = h.do(c.AddFacilitator(person_id="zoe", place_id="paris", hours=hours)).id
    h.do(c.ChangeTerms(zoe, terms=terms or m.Terms()))
    return attrs.evolve(command, facilitator_ids=(zoe,))


def _projected(h: House, command: c.Command) -> c.Command:
    """A command about a session that asks for one projector too many."""
    pool = h.do(c.AddSpace(place_id="paris", name="Projectors", use="equipment", capacity=3)).id
    return attrs.evolve(command, with_units=((pool, 4),))


def _paused(h: House) -> str:
    """A pass that is paused from today on."""
    return h.do(c.PausePass(subscribe(h, "locker"), reason="she travels", override="agreed")).id


def _planned(h: House) -> str:
    """A pass whose plan is to be changed in three weeks."""
    change = c.ChangePass(hold_plan(h), product_id="plans/office", day=date(2026, 12, 15))
    return h.do(change).id


def _without_days(h: House) -> str:
    """The pass of a stay, which is not had from a day on."""
    return h.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).pass_id


def _left_open(h: House) -> str:
    """A pass whose price list says what calling it off costs, but not for today."""
    rule = '{ delay = { unit = "day" }, when = { weekday = "sat" }, keep = [{ from = 0, percent = "50%" }] }'
    product = h.product("pass", f"rate = {{ price = 1.00 }}\ncancel = [{rule}]")
    return h.do(c.SellPass(product_id=product, place_id="paris", holder_id="zoe", account="desk")).id


def _open_gift(h: House) -> str:
    """A gift whose price list says what calling it off costs, but not for its last day."""
    rule = '{ delay = { unit = "day" }, when = { weekday = "sat" }, keep = [{ from = 0, percent = "50%" }] }'
    product = h.product("pass", f"rate = {{ price = 1.00 }}\ncancel = [{rule}]")
    return h.do(attrs.evolve(PRESENT, product_id=product, claim_until=date(2026, 11, 30))).id


def _of_forgotten(h: House) -> str:
    """A gift that was priced by what was known of an organisation, which was forgotten since."""
    h.do(c.AddOrganisation(name="Works", id="works"))
    h.do(c.SetOrganisationFact("works", name="member", value=True))
    product = h.product("pass", ASKING)
    gift = h.do(attrs.evolve(PRESENT, product_id=product, buyer_id="works")).id
    h.do(c.ForgetOrganisation("works"))
    h.cantine.run_due()
    return gift


def _bob(h: House) -> str:
    """Somebody else."""
    return h.do(c.AddPerson(name="Bob", id="bob")).id


def _withdrawn(h: House) -> str:
    """A plan whose next period is due, and which its price list sells until the end of November only."""
    until = "{ when = { date = { upto = 2026-11-30 } }, price = 300.00 }"
    rate = f'rate = [{until}, {{ refuse = "not_sold", why = "it is given up" }}]'
    h.do(c.PublishTariff(LAST.replace('"last"', '"short"').replace("rate = { price = 300.00 }", rate)))
    sold = h.do(c.SellPass(product_id="short/desk", place_id="paris", holder_id="zoe", account="desk")).id
    h.later(days=40)
    return sold


def _next_year(h: House) -> str:
    """A product on a price list ``next`` that is in force from next year on."""
    head = 'id = "next"\nname = "Next"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\nprices = "incl"'
    h.do(c.PublishTariff(f"[tariff]\n{head}\n{CARD}", since=datetime(2027, 1, 1, tzinfo=UTC)))
    listed = c.AddProduct(name="It", entity_id="asso", pricelist_id="next", tariff_product="it", sells="pass")
    return h.do(listed).id


def _yesterday(h: House) -> date:
    """A day that is over at all places."""
    return (h.cantine.now() - timedelta(days=2)).date()


def _closed(h: House) -> str:
    """A period that was closed and not yet sealed."""
    h.cantine._engine.run(c.ClosePeriod("asso", until=_yesterday(h)), "test")
    return m.closing_id("asso", _yesterday(h))


def _network(h: House) -> str:
    """Another legal entity, which takes the same carnets at its place."""
    h.do(c.AddEntity(name="Coop", accounts=("desk",), id="coop"))
    h.do(c.AddPlace(name="Nantes", entity_id="coop", zone="Europe/Paris", currency="EUR", id="nantes"))
    listed = {"entity_id": "coop", "pricelist_id": "house", "tariff_product": "day", "sells": "booking"}
    h.do(c.AddProduct(name="Day", id="coop-day", **listed))
    h.do(c.AddSpace(place_id="nantes", name="Desk", id="nantes-desk"))
    return "coop"


def _cleared(h: House) -> str:
    """A rule between both."""
    return h.do(c.AgreeClearing("asso", other_id=_network(h), share="3/5", first_day=TODAY)).rules[0].id


def _served(h: House) -> str:
    """A clearing line: an entry of a carnet that was used at the other legal entity."""
    _cleared(h)
    h.carnet()
    h.do(c.Book(space_id="nantes-desk", product_id="coop-day", period=hour(14), person_id="zoe", account="desk"))
    return next(h.cantine.read.find(m.ClearingLine, "pair")).id


def _stated(h: House) -> c.Command:
    """A statement up to the day before the last one that is over, for two who have one beyond it."""
    h.do(c.CloseClearing("asso", other_id=_network(h), until=_yesterday(h)))
    return c.CloseClearing("asso", other_id="coop", until=_yesterday(h) - timedelta(days=1))


def _invoicing(h: House, **more: Any) -> c.InvoiceClearing:
    """How Coop invoices, which has an address and both series."""
    h.do(c.DescribeEntity(_network(h), address=("1 quai",), country="FR"))
    for name, documents in (("I", "invoice"), ("N", "credit note")):
        h.do(c.OpenSeries(entity_id="coop", name=name, documents=documents, prefix=name, zone="Europe/Paris"))
    how = c.InvoiceClearing("coop", invoices="I", credit_notes="N", tax="exempt", mention="art. 261 B du CGI")
    return attrs.evolve(how, **more)


def _no_address(h: House) -> c.Command:
    """Coop would invoice what Asso owes it, of which no address is known."""
    h.do(_invoicing(h))
    h.do(c.AgreeClearing("asso", other_id="coop", share="3/5", first_day=TODAY))
    h.carnet()
    h.do(c.Book(space_id="nantes-desk", product_id="coop-day", period=hour(14), person_id="zoe", account="desk"))
    h.clock.advance(timedelta(days=1))
    return c.CloseClearing("asso", other_id="coop", until=TODAY)


def _elsewhere(h: House) -> str:
    """Another legal entity, whose place takes another currency."""
    h.do(c.AddEntity(name="Genossenschaft", id="coop"))
    return h.do(c.AddPlace(name="Biel", entity_id="coop", zone="Europe/Zurich", currency="CHF")).entity_id


def _given_away(h: House) -> c.Command:
    """A rule that gives away what runs out, all of which a third legal entity has."""
    h.do(c.AgreeClearing("asso", other_id=_network(h), share="0", expired="1", first_day=TODAY))
    h.do(c.AddEntity(name="Scop", id="scop"))
    h.do(c.AddPlace(name="Brest", entity_id="scop", zone="Europe/Paris", currency="EUR"))
    return c.AgreeClearing("asso", other_id="scop", share="0", expired="1%", first_day=TODAY)


def _disputed(h: House) -> c.Command:
    """A line that was taken back."""
    line = _served(h)
    h.do(c.DisputeClearing((line,), reason="it was no day"))
    return c.DisputeClearing((line,), reason="once more")


def _returned(h: House) -> c.Command:
    """The line of a return."""
    _served(h)
    h.do(c.CancelBooking(next(h.cantine.read.find(m.Booking, "place")).id))
    line = next(one for one in h.cantine.read.find(m.ClearingLine, "pair") if one.what == "return")
    return c.DisputeClearing((line.id,), reason="it was used")


def _leaving(h: House, person: str = "malo") -> str:
    """Somebody who is to be forgotten, which was announced and not yet looked at."""
    h.cantine._engine.run(c.ForgetPerson(person), "test")
    return person


def _on_terms(h: House, account: str = "") -> str:
    """A legal entity with which somebody has terms of payment."""
    h.issuer()
    return _agreed(h, account)


def _agreed(h: House, account: str = "") -> str:
    asked = c.AgreeBillingTerms(entity_id="asso", payer_id="zoe", series="invoices", addressee=LEFT_TO, account=account)
    return h.do(asked).entity_id


def _unbilled(h: House, account: str = "") -> str:
    """A legal entity that was not paid yet by a payer with terms."""
    h.taxed()
    room = next(one for one in h.cantine.read.find(m.Product, "entity") if one.name == "Taxed room")
    h.do(c.Book(space_id="left", product_id=room.id, period=hour(16), person_id="zoe", on_account=True))
    return _agreed(h, account)


def _signed(h: House, entity: str = "") -> str:
    """A legal entity that may collect from somebody by direct debit."""
    return h.do(attrs.evolve(SIGNED, entity_id=entity or h.issuer())).entity_id


def _debited(h: House) -> str:
    """A legal entity with a bill that waits to be collected by direct debit."""
    entity = _signed(h, _unbilled(h))
    _by_mandate(h, entity)
    return entity


def _by_mandate(h: House, entity: str) -> m.Document:
    """A bill that is collected by direct debit."""
    asked = c.AgreeBillingTerms(
        entity_id=entity, payer_id="zoe", series="invoices", addressee=LEFT_TO, account="mandate", days_until_due=10
    )
    h.do(asked)
    bill: m.Document = h.do(c.CloseBill(entity_id=entity, payer_id="zoe"))
    return bill


def _in_yen(h: House) -> c.CollectDebits:
    """A bill in another currency, which nobody collects by direct debit."""
    h.issuer()
    h.do(c.PublishTariff(LIST.replace("EUR", "JPY").replace("taxed", "tokyo").replace("12.00", "1200")))
    h.do(c.AddPlace(name="Tokyo", entity_id="asso", zone="Europe/Paris", currency="JPY", id="tokyo"))
    h.do(c.AddSpace(place_id="tokyo", name="Desk", use="room", capacity=1, id="desk-in-tokyo"))
    booked = c.Book(
        space_id="desk-in-tokyo", product_id="tokyo/room", period=hour(16), person_id="zoe", on_account=True
    )
    h.do(booked)
    _signed(h, "asso")
    return attrs.evolve(COLLECTED, document_ids=(_by_mandate(h, "asso").id,))


def _closing(h: House, **plan: Any) -> c.CloseBill:
    """A bill of a payer, with whom a plan was agreed for when it is not paid."""
    entity = _unbilled(h)
    h.do(c.AgreeBillingTerms(entity_id=entity, payer_id="zoe", series="invoices", addressee=LEFT_TO, **plan))
    return c.CloseBill(entity_id=entity, payer_id="zoe")


def _untaxed(h: House) -> str:
    """A payer with terms by a price list that does not say its taxes."""
    h.seat(on_account=True)
    return _on_terms(h)


def _without_account(h: House) -> str:
    """The same, where the operator may no longer use the account of the terms."""
    entity = _unbilled(h, "desk")
    h.do(c.ChangeEntity(entity, accounts=("card",)))
    return entity


def _organisation(h: House) -> str:
    return h.do(c.AddOrganisation(name="Works")).id


def _affiliated(h: House) -> str:
    return h.do(c.Affiliate(organisation_id=_organisation(h), person_id="zoe", role="member", first_day=DAY)).id


def _dissolving(h: House, id: str | None = None) -> str:
    """An organisation that is to be forgotten, which was announced and not yet looked at."""
    found = id or _organisation(h)
    h.cantine._engine.run(c.ForgetOrganisation(found), "test")
    return found


def _owing(h: House) -> str:
    """An organisation that owes a booking."""
    id = _organisation(h)
    h.do(c.Book(space_id="left", product_id="room", period=hour(14), payer_id=id, on_account=True))
    return id


def _on_board(h: House) -> str:
    """The legal entity on whose board zoe is."""
    return h.do(c.GiveRole(entity_id="asso", person_id="zoe", role="board", first_day=DAY)).entity_id


def _sponsoring(sponsor: str, **how: Any) -> c.AgreeSponsorship:
    """Half of what zoe buys is paid by another."""
    asked = {"entity_id": "asso", "beneficiary_id": "zoe", "share": "1/2", "first_day": DAY, **how}
    return c.AgreeSponsorship(sponsor_id=sponsor, **asked)


def _sponsored(h: House) -> str:
    """A sponsorship of zoe by an organisation."""
    return h.do(_sponsoring(_organisation(h))).id


def _often_sponsored(h: House) -> str:
    """The organisation that sponsors zoe as often as is possible."""
    id = _organisation(h)
    for _ in range(20):
        h.do(_sponsoring(id))
    return id


def _often_given(h: House) -> str:
    """The legal entity at which zoe was given as many roles as are possible, a day each."""
    for days in range(1, 101):
        day = DAY - timedelta(days=days)
        h.do(c.GiveRole(entity_id="asso", person_id="zoe", role="board", first_day=day, last_day=day))
    return "asso"


def _belongs_to_many(h: House) -> bool:
    for _ in range(50):
        _affiliated(h)
    return True


def _retired(h: House) -> str:
    """The id of a room that is retired."""
    room = h.do(c.AddSpace(place_id="paris", name="Attic")).id
    return h.do(c.RetireSpace(room)).space_id


def _narrow_over_a_booking(h: House) -> c.Command:
    h.do(c.Book(space_id="left", product_id="room", period=hour(14), account="desk"))
    _announced(h)
    return c.SettleNarrowing("left")


_LONG_AGO = timedelta(hours=20)


def _by_clock(h: House, *, left: bool = False) -> str:
    """The id of zoe's visit of an hour, priced by the clock; where she has left, that is half an hour ago."""
    product = h.product("visit", 'rate = { price = 4.00, per = "1h" }')
    visit = h.do(c.CheckIn(place_id="paris", product_id=product, person_id="zoe")).id
    h.later(hours=1)
    if left:
        h.do(c.CheckOut(visit))
        h.later(minutes=30)
    return visit


def _overlapping(h: House) -> c.Command:
    """The correction of a visit to a time at which its person was there again."""
    first = _by_clock(h, left=True)
    product = h.cantine.read.need(m.Visit, first).product_id
    second = h.do(c.CheckIn(place_id="paris", product_id=product, person_id="zoe")).id
    h.later(hours=1)
    h.do(c.CheckOut(second))
    return c.CorrectVisit(first, closed_at=h.now, reason="left later")


def _full_open_space(h: House) -> None:
    for _ in range(3):
        h.visit()


def _closed_left(h: House) -> str:
    """The id of a closure."""
    return h.do(c.CloseSpace("left", period=hour(8, 4, 25), reason="painting")).closures[0].id


def _to_remind(h: House) -> tuple[m.Subject, datetime]:
    """A booking whose person is to be reminded of it now, and when it begins."""
    h.do(c.SetReminders("paris", booking=timedelta(minutes=30)))
    booking = h.do(c.Book(space_id="left", product_id="room", period=hour(14), person_id="zoe", account="desk"))
    h.clock.set(booking.period.start - timedelta(minutes=30))
    return m.Subject("booking", booking.id), booking.period.start


def _with_minimum(h: House) -> str:
    """A session that needs two people, which is decided in an hour."""
    due = h.clock.now() + timedelta(hours=1)
    day = date(2026, 11, 27)
    return h.do(
        c.AddSession(
            workshop_id="soldering", day=day, starts=time(18), ends=time(20), seats=4, minimum=2, decide_at=due
        )
    ).id


COURSE = c.AddCourse(
    workshop_id="soldering",
    meetings=[(date(2026, 11, day), time(18), time(20), "left") for day in (26, 27, 28)],
    seats=4,
    id="course",
)


def _course(h: House, **more: Any) -> str:
    """The first meeting of a course."""
    return h.do(attrs.evolve(COURSE, **more)).meetings[0].id


def _off(h: House) -> Any:
    """A session that is cancelled."""
    return h.do(c.CancelSession("wednesday", reason="rain"))


def _many_groups(h: House) -> c.Command:
    """Seats for one group more than there may be."""
    h.do(c.ChangeSeats("wednesday", seats=100))
    for number in range(50):
        h.do(c.KeepSeats("wednesday", code=f"GROUP-{number}", seats=1))
    return c.KeepSeats("wednesday", code="ONE-MORE", seats=1)


def _at_the_door(h: House) -> str:
    """The id of a seat, once the doors are open."""
    seat = h.seat(account="desk").id
    h.later(hours=32)
    return seat


def _closed_sheet(h: House) -> str:
    h.do(after(h, c.CloseSheet("wednesday"), days=2))
    return "wednesday"


def _another(h: House) -> str:
    return h.do(c.AddWorkshop(place_id="paris", title="Safety")).id


def _trained(h: House) -> str:
    h.do(c.GrantTraining(person_id="zoe", workshop_id="soldering", reason="learnt at school"))
    return "zoe"


def _untrained(h: House) -> Any:
    """Soldering asks for something that nobody has learnt."""
    return h.do(c.ChangePrerequisites("soldering", prerequisites=(_another(h),)))


AT_DOOR = c.Register(session_id="wednesday", person_id="zoe", account="desk", at_door=True)


def _upgrade(h: House, product: str = "day") -> c.UpgradeVisit:
    return c.UpgradeVisit(h.visit().id, product_id=product, account="desk")


def _paid(h: House) -> str:
    """The id of a charge of 10.00 that is paid."""
    return h.charge(h.seat(account="desk")).id


def _owed(h: House) -> str:
    """The id of a charge on account."""
    return h.charge(
        h.do(c.Book(space_id="left", product_id="room", period=hour(14), person_id="zoe", on_account=True))
    ).id


def _several(h: House, **instead: Any) -> c.PayTogether:
    """A payment of two charges on account."""
    also = c.Book(space_id="left", product_id="room", period=hour(15), person_id="zoe", on_account=True)
    return c.PayTogether(**{"charge_ids": (_owed(h), h.charge(h.do(also)).id), "account": "desk"} | instead)


def _jointly(h: House) -> m.JointAttempt:
    """A payment of two charges, of which the gateway was not asked yet."""
    asked = _several(h, account="card")
    h.cantine._engine.effects = "none"
    h.do(asked)
    return next(h.cantine.read.find(m.JointAttempt, "payer"))


def _paying(**instead: Any) -> c.PayOwed:
    """A transfer of 100.00 for what is owed."""
    given = {"payer_id": "zoe", "place_id": "paris", "amount": Money(10000, "EUR"), "account": "desk"}
    return c.PayOwed(**given | instead)


def _by_credit(h: House) -> str:
    """The id of an attempt that took credit."""
    h.do(_paying())
    h.do(c.Pay(_owed(h), account="credit"))
    return h.cantine.read.statement("zoe")[-1].attempt_ids[-1]


def _with_deposit(h: House) -> str:
    """The id of a charge that is paid, of which 100.00 are held as a deposit."""
    h.do(c.PublishTariff(LENDS))
    h.do(
        c.AddProduct(
            name="Keys", entity_id="asso", pricelist_id="lends", tariff_product="keys", sells="booking", id="keys"
        )
    )
    return h.charge(h.do(c.Book(space_id="left", product_id="keys", period=hour(14), account="desk"))).id


def _attempt(h: House) -> str:
    """The id of an attempt that took 10.00."""
    return h.charge(h.seat(account="desk")).attempt_ids[0]


def _no_refunds(h: House) -> None:
    desk = h.cantine._engine.accounts["desk"]
    h.cantine._engine.accounts["desk"] = attrs.evolve(desk, refunds=False)


def _credited_elsewhere(h: House) -> c.IssueCreditNote:
    charge = h.invoiced()
    h.do(c.OpenSeries(entity_id="asso", name="others", documents="credit note", prefix="O", zone="Europe/Paris"))
    h.do(c.IssueCreditNote(charge_id=charge, series="others", refund_id=h.refund_of(charge)))
    return c.IssueCreditNote(charge_id=charge, series="credits", refund_id=h.refund_of(charge))


def _full_upgrade(h: House) -> c.UpgradeVisit:
    h.do(c.Book(space_id="open-space", product_id="desk", period=hour(13, 4), units=3, account="desk"))
    return _upgrade(h)


RAISES: dict[type[c.Command], dict[type[Exception], Case]] = {
    c.AddEntity: {e.DuplicateError: lambda h: c.AddEntity(name="B", id="asso")},
    c.AddPlace: {
        e.DuplicateError: lambda h: c.AddPlace(
            name="B", entity_id="asso", zone="Europe/Paris", currency="EUR", id="paris"
        ),
        e.NotFoundError: lambda h: c.AddPlace(name="B", entity_id="nobody", zone="Europe/Paris", currency="EUR"),
        e.InputError: lambda h: c.AddPlace(name="B", entity_id="asso", zone="Europe/Nowhere", currency="EUR"),
        e.CurrencyError: lambda h: c.AddPlace(name="B", entity_id="asso", zone="Europe/Paris", currency="XYZ"),
    },
    c.MovePlace: {
        e.NotFoundError: lambda h: c.MovePlace("nowhere", zone="Europe/Paris"),
        e.InputError: lambda h: c.MovePlace("paris", zone="Europe/Nowhere"),
    },
    c.SetPlaceFacts: {e.NotFoundError: lambda h: c.SetPlaceFacts("nowhere", facts={})},
    c.SetReminders: {e.NotFoundError: lambda h: c.SetReminders("nowhere")},
    c.ChangeOpenings: {
        e.NotFoundError: lambda h: c.ChangeOpenings(place_id="nowhere"),
        e.UnsuitableError: lambda h: c.ChangeOpenings(
            place_id=h.do(c.AddPlace(name="Brest", entity_id="asso", zone="Europe/Paris", currency="EUR")).id,
            space_id="left",
        ),
        e.InputError: lambda h: c.ChangeOpenings(
            place_id="paris", hours=(m.OpenHours(0, 60, 120), m.OpenHours(0, 100, 200))
        ),
    },
    c.AddSpace: {
        e.DuplicateError: lambda h: c.AddSpace(place_id="paris", name="B", id="left"),
        e.NotFoundError: lambda h: c.AddSpace(place_id="paris", name="B", parts=("nowhere",)),
        e.UnsuitableError: lambda h: c.AddSpace(place_id="paris", name="B", use="desks", parts=("left", "right")),
        e.WrongStateError: lambda h: c.AddSpace(place_id="paris", name="B", parts=(_retired(h),)),
    },
    c.ChangeTerms: {
        e.NotFoundError: lambda h: c.ChangeTerms("nowhere", terms=m.Terms()),
        e.UnsuitableError: lambda h: c.ChangeTerms(
            h.do(c.AddFacilitator(person_id="zoe", place_id="paris")).id, terms=_mornings()
        ),
        e.InputError: lambda h: c.ChangeTerms("left", terms=m.Terms(before=timedelta(days=32))),
    },
    c.ChangeCapacity: {
        e.NotFoundError: lambda h: c.ChangeCapacity("nowhere", capacity=2),
        e.ConflictError: lambda h: (
            h.do(c.Book(space_id="open-space", product_id="desk", period=hour(14), units=3, account="desk"))
            and c.ChangeCapacity("open-space", capacity=2)
        ),
        e.WrongStateError: lambda h: _announced(h) and c.ChangeCapacity("left", capacity=2),
        e.UnsuitableError: lambda h: c.ChangeCapacity("large", capacity=2),
    },
    c.CloseSpace: {
        e.NotFoundError: lambda h: c.CloseSpace("nowhere", period=hour(14), reason="painting"),
        e.ConflictError: lambda h: h.hold() and c.CloseSpace("left", period=hour(14), reason="painting"),
        e.WrongStateError: lambda h: _announced(h) and c.CloseSpace("left", period=hour(15), reason="painting"),
        e.UnsuitableError: lambda h: c.CloseSpace("large", period=hour(14), reason="painting"),
    },
    c.ReopenSpace: {e.NotFoundError: lambda h: c.ReopenSpace("left", closure_id="nothing")},
    c.AddProduct: {
        e.DuplicateError: lambda h: c.AddProduct(
            name="B", entity_id="asso", pricelist_id="house", tariff_product="room", sells="booking", id="room"
        ),
        e.NotFoundError: lambda h: c.AddProduct(
            name="B", entity_id="nobody", pricelist_id="house", tariff_product="room", sells="booking"
        ),
    },
    c.PublishTariff: {
        e.TariffError: lambda h: c.PublishTariff("[tariff]\n"),
        e.CurrencyError: lambda h: c.PublishTariff(
            '[tariff]\nid = "house"\nname = "B"\ncurrency = "GBP"\ntimezone = "Europe/London"\nprices = "incl"\n'
            "[product.x]\nrate = { price = 1.00 }\n"
        ),
        e.InputError: lambda h: c.PublishTariff("#" * 300_000),
        e.PublicationError: lambda h: c.PublishTariff(LIST.replace('"taxed"', '"house"')),
    },
    c.ChangeProduct: {e.NotFoundError: lambda h: c.ChangeProduct("room", tariff_product="hall")},
    c.RetireProduct: {
        e.NotFoundError: lambda h: c.RetireProduct("nothing"),
        e.WrongStateError: lambda h: c.RetireProduct(h.do(c.RetireProduct("desk")).id),
    },
    c.RestoreProduct: {
        e.NotFoundError: lambda h: c.RestoreProduct("nothing"),
        e.WrongStateError: lambda h: c.RestoreProduct("desk"),
    },
    c.ChangeEntity: {
        e.NotFoundError: lambda h: c.ChangeEntity("asso", pricelist_id="nothing"),
        e.CurrencyError: lambda h: c.ChangeEntity("asso", pricelist_id=_in_francs(h)),
    },
    c.ChangePlace: {
        e.NotFoundError: lambda h: c.ChangePlace("paris", open_space_id="nothing"),
        e.CurrencyError: lambda h: c.ChangePlace("paris", pricelist_id=_in_francs(h)),
        e.UnsuitableError: lambda h: (
            h.do(c.AddPlace(name="Brest", entity_id="asso", zone="Europe/Paris", currency="EUR", id="brest"))
            and c.ChangePlace("brest", open_space_id="open-space")
        ),
        e.WrongStateError: lambda h: c.ChangePlace("paris", open_space_id=_retired(h)),
    },
    c.ChangeSpace: {
        e.NotFoundError: lambda h: c.ChangeSpace("left", product_id="house/hall"),
        e.UnsuitableError: lambda h: c.ChangeSpace("left", product_id="seat"),
        e.WrongStateError: lambda h: c.ChangeSpace("left", product_id=h.do(c.RetireProduct("desk")).id),
    },
    c.RetireSpace: {
        e.NotFoundError: lambda h: c.RetireSpace("nowhere"),
        e.ConflictError: lambda h: h.hold() and c.RetireSpace("left"),
        e.WrongStateError: lambda h: c.RetireSpace(_retired(h)),
        e.TooLateError: lambda h: c.RetireSpace("left", day=date(2026, 11, 23)),
    },
    c.RestoreSpace: {
        e.NotFoundError: lambda h: c.RestoreSpace("nowhere"),
        e.WrongStateError: lambda h: c.RestoreSpace("left"),
    },
    c.ChangeWorkshop: {
        e.NotFoundError: lambda h: c.ChangeWorkshop("soldering", product_id="nothing"),
        e.UnsuitableError: lambda h: c.ChangeWorkshop("soldering", product_id="materials"),
        e.WrongStateError: lambda h: (
            h.do(c.ChangeWorkshop("soldering", option_ids=()))
            and c.ChangeWorkshop("soldering", option_ids=(h.do(c.RetireProduct("materials")).id,))
        ),
    },
    c.RetireWorkshop: {
        e.NotFoundError: lambda h: c.RetireWorkshop("nothing"),
        e.WrongStateError: lambda h: c.RetireWorkshop(h.do(c.RetireWorkshop("soldering")).id),
    },
    c.RestoreWorkshop: {
        e.NotFoundError: lambda h: c.RestoreWorkshop("nothing"),
        e.WrongStateError: lambda h: c.RestoreWorkshop("soldering"),
    },
    c.AddPerson: {e.DuplicateError: lambda h: c.AddPerson(name="B", email=" ZOE@example.org")},
    c.ChangePerson: {
        e.NotFoundError: lambda h: c.ChangePerson("nobody", name="B"),
        e.DuplicateError: lambda h: c.ChangePerson("malo", email="ZOE@example.org"),
        e.WrongStateError: lambda h: c.ChangePerson(_leaving(h), name="B"),
    },
    c.PublishProfile: {
        e.NotFoundError: lambda h: attrs.evolve(PROFILE, place_id="nowhere"),
        e.WrongStateError: lambda h: attrs.evolve(PROFILE, person_id=_leaving(h)),
        e.InputError: lambda h: attrs.evolve(PROFILE, links=("http://example.org",)),
    },
    c.WithdrawProfile: {e.NotFoundError: lambda h: c.WithdrawProfile("malo")},
    c.ShareFeed: {
        e.NotFoundError: lambda h: attrs.evolve(FEED, person_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(FEED, person_id=_leaving(h)),
        e.DuplicateError: lambda h: attrs.evolve(FEED, link_id=h.do(FEED).id),
        e.UnsuitableError: lambda h: _shares_much(h) and FEED,
        e.InputError: lambda h: attrs.evolve(FEED, digest="no hash"),
    },
    c.RevokeFeed: {e.NotFoundError: lambda h: c.RevokeFeed("none")},
    c.SetFact: {
        e.NotFoundError: lambda h: c.SetFact("nobody", name="student", value=True),
        e.WrongStateError: lambda h: c.SetFact(_leaving(h), name="student", value=True),
        e.UnsuitableError: lambda h: _knows_much(h) and c.SetFact("zoe", name="student", value=True),
        e.InputError: lambda h: c.SetFact("zoe", name="student", value=None, proof="card seen"),
    },
    c.ForgetPerson: {
        e.NotFoundError: lambda h: c.ForgetPerson("nobody"),
        e.NotOverError: lambda h: h.carnet() and c.ForgetPerson("zoe"),
        e.WrongStateError: lambda h: c.ForgetPerson(_leaving(h)),
    },
    c.AddOrganisation: {
        e.DuplicateError: lambda h: c.AddOrganisation(name="Works", id="zoe"),
        e.InputError: lambda h: c.AddOrganisation(name="Works", vat_number="FR40303265046"),
    },
    c.ChangeOrganisation: {
        e.NotFoundError: lambda h: c.ChangeOrganisation("nobody", name="B"),
        e.WrongStateError: lambda h: c.ChangeOrganisation(_dissolving(h), name="B"),
        e.InputError: lambda h: c.ChangeOrganisation(_organisation(h), registration="552008443"),
    },
    c.SetOrganisationFact: {
        e.NotFoundError: lambda h: c.SetOrganisationFact("nobody", name="student", value=True),
        e.WrongStateError: lambda h: c.SetOrganisationFact(_dissolving(h), name="student", value=True),
        e.UnsuitableError: lambda h: c.SetOrganisationFact(_known_well(h), name="student", value=True),
        e.InputError: lambda h: c.SetOrganisationFact(_organisation(h), name="student", value=None, proof="seen"),
    },
    c.ForgetOrganisation: {
        e.NotFoundError: lambda h: c.ForgetOrganisation("nobody"),
        e.NotOverError: lambda h: c.ForgetOrganisation(_owing(h)),
        e.WrongStateError: lambda h: c.ForgetOrganisation(_dissolving(h)),
    },
    c.Affiliate: {
        e.NotFoundError: lambda h: c.Affiliate(
            organisation_id=_organisation(h), person_id="nobody", role="admin", first_day=DAY
        ),
        e.WrongStateError: lambda h: c.Affiliate(
            organisation_id=_dissolving(h), person_id="zoe", role="admin", first_day=DAY
        ),
        e.DuplicateError: lambda h: c.Affiliate(
            organisation_id=h.do(c.EndAffiliation(_affiliated(h), last_day=DAY)).organisation_id,
            person_id="zoe",
            role="admin",
            first_day=DAY,
        ),
        e.UnsuitableError: lambda h: (
            _belongs_to_many(h)
            and c.Affiliate(organisation_id=_organisation(h), person_id="zoe", role="admin", first_day=DAY)
        ),
        e.InputError: lambda h: c.Affiliate(
            organisation_id="works", person_id="zoe", role="admin", first_day=DAY, last_day=DAY - timedelta(days=1)
        ),
    },
    c.EndAffiliation: {
        e.NotFoundError: lambda h: c.EndAffiliation("none", last_day=DAY),
        e.UnsuitableError: lambda h: c.EndAffiliation(_affiliated(h), last_day=DAY - timedelta(days=2)),
    },
    c.GiveRole: {
        e.NotFoundError: lambda h: c.GiveRole(entity_id="asso", person_id="nobody", role="board", first_day=DAY),
        e.WrongStateError: lambda h: c.GiveRole(entity_id="asso", person_id=_leaving(h), role="board", first_day=DAY),
        e.DuplicateError: lambda h: c.GiveRole(entity_id=_on_board(h), person_id="zoe", role="board", first_day=DAY),
        e.UnsuitableError: lambda h: c.GiveRole(
            entity_id=_often_given(h), person_id="zoe", role="board", first_day=DAY
        ),
        e.InputError: lambda h: c.GiveRole(
            entity_id="asso", person_id="zoe", role="board", first_day=DAY, last_day=DAY - timedelta(days=1)
        ),
    },
    c.EndRole: {
        e.NotFoundError: lambda h: c.EndRole(entity_id="asso", person_id="zoe", role="board", last_day=DAY),
        e.UnsuitableError: lambda h: c.EndRole(entity_id=_on_board(h), person_id="zoe", role="volunteer", last_day=DAY),
    },
    c.AgreeSponsorship: {
        e.InputError: lambda h: _sponsoring(_organisation(h), share="0"),
        e.NotFoundError: lambda h: _sponsoring("nobody"),
        e.WrongStateError: lambda h: _sponsoring(_leaving(h)),
        e.UnsuitableError: lambda h: _sponsoring(_often_sponsored(h)),
        e.CurrencyError: lambda h: _sponsoring("malo", at_most=Money(500, "CHF")),
        e.DuplicateError: lambda h: _sponsoring("malo", id=_sponsored(h)),
    },
    c.EndSponsorship: {
        e.NotFoundError: lambda h: c.EndSponsorship("none", last_day=DAY),
        e.UnsuitableError: lambda h: c.EndSponsorship(_sponsored(h), last_day=DAY - timedelta(days=2)),
    },
    c.AddFacilitator: {
        e.DuplicateError: lambda h: (
            h.do(c.AddFacilitator(person_id="zoe", place_id="paris"))
            and c.AddFacilitator(person_id="zoe", place_id="paris")
        ),
        e.NotFoundError: lambda h: c.AddFacilitator(person_id="nobody", place_id="paris"),
        e.WrongStateError: lambda h: c.AddFacilitator(person_id=_leaving(h), place_id="paris"),
        e.InputError: lambda h: c.AddFacilitator(person_id="zoe", place_id="paris", hours="mornings"),
    },
    c.AddAccessCodes: {
        e.NotFoundError: lambda h: c.AddAccessCodes(place_id="nowhere", codes=("X1",)),
        e.DuplicateError: lambda h: (
            h.do(c.AddAccessCodes(place_id="paris", codes=("X1",)))
            and c.AddAccessCodes(place_id="paris", codes=("X2", "X1"))
        ),
        e.InputError: lambda h: c.AddAccessCodes(place_id="paris", codes=()),
    },
    c.AddWorkshop: {
        e.DuplicateError: lambda h: c.AddWorkshop(place_id="paris", title="B", id="soldering"),
        e.NotFoundError: lambda h: c.AddWorkshop(place_id="paris", title="B", product_id="nothing"),
        e.UnsuitableError: lambda h: c.AddWorkshop(place_id="paris", title="B", product_id="materials"),
        e.WrongStateError: lambda h: c.AddWorkshop(
            place_id="paris", title="B", product_id=h.do(c.RetireProduct("seat")).id
        ),
    },
    c.ChangeAdmission: {
        e.NotFoundError: lambda h: c.ChangeAdmission("nothing", admission=SIZES),
        e.UnsuitableError: lambda h: c.ChangeAdmission("soldering", admission=m.Admission(members_of=["seat"])),
        e.InputError: lambda h: c.ChangeAdmission("soldering", admission=m.Admission(youngest=18, oldest=16)),
    },
    c.AddSession: {
        e.DuplicateError: lambda h: c.AddSession(
            workshop_id="soldering", day=date(2026, 11, 27), starts=time(9), ends=time(10), seats=4, id="wednesday"
        ),
        e.NotFoundError: lambda h: c.AddSession(
            workshop_id="nothing", day=date(2026, 11, 27), starts=time(9), ends=time(10), seats=4
        ),
        e.TooLateError: lambda h: c.AddSession(
            workshop_id="soldering", day=date(2026, 11, 23), starts=time(9), ends=time(10), seats=4
        ),
        e.ConflictError: lambda h: c.AddSession(
            workshop_id="soldering", day=date(2026, 11, 25), starts=time(19), ends=time(21), seats=4, space_id="left"
        ),
        e.SoldOutError: lambda h: _projected(h, FRIDAY),
        e.ClosedError: lambda h: (
            _closed_left(h)
            and c.AddSession(
                workshop_id="soldering",
                day=date(2026, 11, 25),
                starts=time(10),
                ends=time(11),
                seats=4,
                space_id="left",
            )
        ),
        e.UnavailableError: lambda h: _facilitated(h, FRIDAY, hours=m.OpenHours.weekly([4], time(14), time(18))),
        e.TermsError: lambda h: _facilitated(h, FRIDAY, terms=m.Terms(notice=timedelta(days=7))),
        e.WrongStateError: lambda h: (lambda asked: _leaving(h, "zoe") and asked)(_facilitated(h, FRIDAY)),
        e.UnsuitableError: lambda h: c.AddSession(
            workshop_id="soldering",
            day=date(2026, 11, 27),
            starts=time(9),
            ends=time(10),
            seats=4,
            space_id="open-space",
        ),
        e.InputError: lambda h: c.AddSession(
            workshop_id="soldering", day=date(2026, 11, 27), starts=time(9), ends=time(10), seats=4, minimum=2
        ),
    },
    c.AddCourse: {
        e.DuplicateError: lambda h: attrs.evolve(COURSE, id="wednesday"),
        e.NotFoundError: lambda h: attrs.evolve(COURSE, workshop_id="nothing"),
        e.TooLateError: lambda h: after(h, COURSE, days=3),
        e.SeriesClashError: lambda h: (
            h.do(c.Book(space_id="left", product_id="room", period=hour(17, day=27), account="desk", override="late"))
            and COURSE
        ),
        e.WrongStateError: lambda h: (lambda asked: _leaving(h, "zoe") and asked)(_facilitated(h, COURSE)),
        e.UnsuitableError: lambda h: attrs.evolve(COURSE, meetings=[*COURSE.meetings, COURSE.meetings[0]]),
        e.InputError: lambda h: attrs.evolve(COURSE, meetings=COURSE.meetings[:1]),
    },
    c.SellPass: {
        e.DuplicateError: lambda h: c.SellPass(
            product_id="carnet", place_id="paris", holder_id="zoe", id=h.carnet().id
        ),
        e.NotFoundError: lambda h: c.SellPass(product_id="carnet", place_id="paris", holder_id="nobody"),
        e.WrongStateError: lambda h: c.SellPass(product_id="carnet", place_id="paris", holder_id=_leaving(h)),
        e.UnsuitableError: lambda h: c.SellPass(product_id="materials", place_id="paris", holder_id="zoe"),
        e.TooLateError: lambda h: c.SellPass(
            product_id="carnet", place_id="paris", holder_id="zoe", first_day=h.clock.now().date() - timedelta(days=400)
        ),
        **sale(DOES[c.SellPass], "pass", lambda h, id: c.SellPass(product_id=id, place_id="paris", holder_id="zoe")),
    },
    c.GrantPass: {
        e.DuplicateError: lambda h: attrs.evolve(GIFT, id=h.carnet().id),
        e.NotFoundError: lambda h: attrs.evolve(GIFT, holder_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(GIFT, holder_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(GIFT, product_id="room"),
        e.TooLateError: lambda h: (
            hold_plan(h) and attrs.evolve(GIFT, product_id="plans/locker", first_day=date(2026, 9, 1), renews=True)
        ),
        e.NotForSaleError: lambda h: attrs.evolve(GIFT, product_id=_next_year(h)),
        e.InputError: lambda h: attrs.evolve(GIFT, first_day=date(2026, 11, 24), last_day=date(2026, 11, 23)),
    },
    c.GrantUnits: {
        e.DuplicateError: lambda h: attrs.evolve(ENTRIES, id=h.carnet().id),
        e.NotFoundError: lambda h: attrs.evolve(ENTRIES, holder_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(ENTRIES, holder_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(ENTRIES, account="tea"),
        e.NotForSaleError: lambda h: _next_year(h) and attrs.evolve(ENTRIES, pricelist_id="next"),
        e.InputError: lambda h: attrs.evolve(ENTRIES, units=Decimal("2.5")),
        e.CurrencyError: lambda h: attrs.evolve(ENTRIES, paid=Money(800, "GBP")),
    },
    c.ImportPass: {
        e.RequestMismatchError: lambda h: _other(h, TAKEN_PASS, holder_id="malo"),
        e.InputError: lambda h: attrs.evolve(TAKEN_PASS, day=TO_COME),
        e.DuplicateError: lambda h: attrs.evolve(TAKEN_PASS, id=h.carnet().id),
        e.NotFoundError: lambda h: attrs.evolve(TAKEN_PASS, holder_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(TAKEN_PASS, holder_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(TAKEN_PASS, product_id="room"),
        e.TooLateError: lambda h: attrs.evolve(TAKEN_PASS, first_day=date(2024, 9, 1)),
        e.NotForSaleError: lambda h: attrs.evolve(TAKEN_PASS, product_id=h.product("pass", None)),
        e.IncompleteError: lambda h: attrs.evolve(TAKEN_PASS, product_id=h.product("pass", ASKING)),
        e.CurrencyError: lambda h: attrs.evolve(TAKEN_PASS, value=Money(800, "GBP")),
    },
    c.ImportUnits: {
        e.RequestMismatchError: lambda h: _other(h, TAKEN_UNITS, units=3),
        e.InputError: lambda h: attrs.evolve(TAKEN_UNITS, units=Decimal("2.5")),
        e.DuplicateError: lambda h: attrs.evolve(TAKEN_UNITS, id=h.carnet().id),
        e.NotFoundError: lambda h: attrs.evolve(TAKEN_UNITS, holder_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(TAKEN_UNITS, holder_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(TAKEN_UNITS, account="tea"),
        e.NotForSaleError: lambda h: _next_year(h) and attrs.evolve(TAKEN_UNITS, pricelist_id="next"),
        e.TooLateError: lambda h: attrs.evolve(TAKEN_UNITS, last_day=date(2026, 9, 1)),
        e.CurrencyError: lambda h: attrs.evolve(TAKEN_UNITS, value=Money(800, "GBP")),
    },
    c.ImportPerson: {
        e.RequestMismatchError: lambda h: _other(h, TAKEN_PERSON, name="Tea"),
        e.DuplicateError: lambda h: _other(h, TAKEN_PERSON, source="old 10", id="tea"),
        e.InputError: lambda h: attrs.evolve(TAKEN_PERSON, day=TO_COME),
    },
    c.ImportOrganisation: {
        e.RequestMismatchError: lambda h: _other(h, TAKEN_ORGANISATION, name="New Works"),
        e.DuplicateError: lambda h: attrs.evolve(TAKEN_ORGANISATION, id="zoe"),
        e.InputError: lambda h: attrs.evolve(TAKEN_ORGANISATION, country="FR", vat_number="FR40303265046"),
    },
    c.ImportAffiliation: {
        e.RequestMismatchError: lambda h: _other(h, _taken_member(h), role="admin"),
        e.NotFoundError: lambda h: _taken_member(h, person_id="nobody"),
        e.WrongStateError: lambda h: _taken_member(h, person_id=_leaving(h)),
        e.DuplicateError: lambda h: _other(h, _taken_member(h), source="old 10"),
        e.UnsuitableError: lambda h: _taken_member(h, role="dependant"),
        e.InputError: lambda h: _taken_member(h, day=TO_COME),
    },
    c.ImportBalance: {
        e.RequestMismatchError: lambda h: _other(h, TAKEN_DEBT, owed=Money(4300, "EUR")),
        e.InputError: lambda h: attrs.evolve(TAKEN_DEBT, day=TO_COME),
        e.DuplicateError: lambda h: attrs.evolve(TAKEN_DEBT, id=h.charge(h.carnet()).id),
        e.NotFoundError: lambda h: attrs.evolve(TAKEN_DEBT, payer_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(TAKEN_DEBT, payer_id=_leaving(h)),
        e.CurrencyError: lambda h: attrs.evolve(TAKEN_DEBT, owed=Money(800, "GBP")),
    },
    c.ImportBooking: {
        e.RequestMismatchError: lambda h: _other(h, TAKEN_BOOKING, units=2),
        e.InputError: lambda h: attrs.evolve(TAKEN_BOOKING, day=TO_COME),
        e.DuplicateError: lambda h: attrs.evolve(TAKEN_BOOKING, id=h.hold().id),
        e.NotFoundError: lambda h: attrs.evolve(TAKEN_BOOKING, person_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(TAKEN_BOOKING, person_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(TAKEN_BOOKING, product_id=None),
        e.TooEarlyError: lambda h: attrs.evolve(TAKEN_BOOKING, period=hour(14, day=28)),
    },
    c.ContinueSeries: {
        e.RequestMismatchError: lambda h: _other(h, _numbers(h), last=119),
        e.InputError: lambda h: _numbers(h, year=2030),
        e.NotFoundError: lambda h: _numbers(h, name="none"),
        e.WrongStateError: lambda h: _other(h, _numbers(h), source="old 6"),
    },
    c.GiveNotice: {
        e.NotFoundError: lambda h: c.GiveNotice("nothing"),
        e.WrongStateError: lambda h: c.GiveNotice(h.do(c.GiveNotice(subscribe(h))).id),
        e.UnsuitableError: lambda h: c.GiveNotice(subscribe(h, "year")),
        e.InputError: lambda h: c.GiveNotice(subscribe(h), day=date(2026, 12, 24)),
    },
    c.WithdrawNotice: {
        e.NotFoundError: lambda h: c.WithdrawNotice("nothing"),
        e.WrongStateError: lambda h: c.WithdrawNotice(subscribe(h)),
    },
    c.EndPass: {
        e.NotFoundError: lambda h: c.EndPass("nothing", reason="she moves away"),
        e.WrongStateError: lambda h: c.EndPass(h.do(c.CancelPass(subscribe(h))).id, reason="she moves away"),
        e.InputError: lambda h: c.EndPass(subscribe(h), day=date(2026, 11, 1), reason="she moves away"),
        e.UnsuitableError: lambda h: c.EndPass(h.do(GIFT).id, reason="she moves away"),
        e.NotForSaleError: lambda h: c.EndPass(subscribe(h, "locker"), reason="she moves away"),
    },
    c.PausePass: {
        e.NotFoundError: lambda h: c.PausePass("nothing", reason="she travels"),
        e.WrongStateError: lambda h: c.PausePass(_paused(h), reason="she travels"),
        e.UnsuitableError: lambda h: c.PausePass(_without_days(h), reason="she travels"),
        e.InputError: lambda h: c.PausePass(subscribe(h), first_day=date(2026, 11, 1), reason="she travels"),
        e.NotForSaleError: lambda h: c.PausePass(subscribe(h), reason="she travels"),
    },
    c.ResumePass: {
        e.NotFoundError: lambda h: c.ResumePass("nothing"),
        e.WrongStateError: lambda h: c.ResumePass(subscribe(h)),
        e.InputError: lambda h: c.ResumePass(_paused(h), day=date(2026, 11, 1)),
    },
    c.ChangePass: {
        e.NotFoundError: lambda h: c.ChangePass(hold_plan(h), product_id="plans/nothing"),
        e.WrongStateError: lambda h: c.ChangePass(h.do(c.CancelPass(hold_plan(h))).id, product_id="plans/office"),
        e.UnsuitableError: lambda h: c.ChangePass(hold_plan(h), product_id="plans/locker"),
        e.InputError: lambda h: c.ChangePass(hold_plan(h), product_id="plans/office", day=date(2026, 11, 1)),
        e.NotForSaleError: lambda h: c.ChangePass(hold_plan(h), product_id="plans/closed"),
        e.IncompleteError: lambda h: c.ChangePass(hold_plan(h), product_id="plans/known"),
        e.AccountError: lambda h: c.ChangePass(hold_plan(h), product_id="plans/office", account="nowhere"),
    },
    c.WithdrawPassChange: {
        e.NotFoundError: lambda h: c.WithdrawPassChange("nothing"),
        e.WrongStateError: lambda h: c.WithdrawPassChange(hold_plan(h)),
    },
    c.ExtendPass: {
        e.NotFoundError: lambda h: c.ExtendPass("nothing", days=7, reason="a gift"),
        e.WrongStateError: lambda h: c.ExtendPass(h.do(c.CancelPass(subscribe(h))).id, days=7, reason="a gift"),
        e.UnsuitableError: lambda h: c.ExtendPass(h.do(ENTRIES).id, days=7, reason="a gift"),
        e.InputError: lambda h: c.ExtendPass(subscribe(h), until=date(2026, 11, 1), reason="a gift"),
    },
    c.TransferPass: {
        e.NotFoundError: lambda h: c.TransferPass(subscribe(h), holder_id="nobody", reason="moved"),
        e.WrongStateError: lambda h: c.TransferPass(
            h.do(c.CancelPass(subscribe(h))).id, holder_id=_bob(h), reason="moved"
        ),
        e.UnsuitableError: lambda h: c.TransferPass(subscribe(h), holder_id="zoe", reason="moved"),
        e.InputError: lambda h: c.TransferPass(subscribe(h), holder_id="zoe", reason=" "),
        e.NotForSaleError: lambda h: c.TransferPass(_withdrawn(h), holder_id=_bob(h), reason="moved"),
    },
    c.CancelPass: {
        e.NotFoundError: lambda h: c.CancelPass("nothing"),
        e.WrongStateError: lambda h: (lambda sold: h.do(c.CancelPass(sold.id)) and c.CancelPass(sold.id))(h.carnet()),
        e.NotForSaleError: lambda h: c.CancelPass(_left_open(h)),
        e.UnsuitableError: lambda h: c.CancelPass(h.do(GIFT).id, refund="all", reason="moved away"),
        e.InputError: lambda h: c.CancelPass(h.carnet().id, refund=Money(9000, "EUR"), reason="moved away"),
    },
    c.GiftPass: {
        e.DuplicateError: lambda h: h.do(attrs.evolve(PRESENT, id="first")) and attrs.evolve(PRESENT, id="first"),
        e.NotFoundError: lambda h: attrs.evolve(PRESENT, buyer_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(PRESENT, buyer_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(PRESENT, product_id="materials"),
        e.TooLateError: lambda h: attrs.evolve(PRESENT, claim_until=date(2026, 11, 1)),
        **sale(DOES[c.GiftPass], "pass", lambda h, id: c.GiftPass(product_id=id, place_id="paris", buyer_id="zoe")),
    },
    c.ClaimPass: {
        e.NotFoundError: lambda h: c.ClaimPass(h.do(PRESENT).code, holder_id="nobody"),
        e.WrongStateError: lambda h: c.ClaimPass(h.do(PRESENT).code, holder_id=_leaving(h)),
        e.UnsuitableError: lambda h: c.ClaimPass("never", holder_id="zoe"),
        e.InputError: lambda h: c.ClaimPass(h.do(PRESENT).code, holder_id="zoe", first_day=date(2026, 11, 1)),
    },
    c.RedirectGift: {
        e.NotFoundError: lambda h: c.RedirectGift("nothing"),
        e.WrongStateError: lambda h: c.RedirectGift(h.do(c.WithdrawGift(h.do(PRESENT).id)).id),
    },
    c.WithdrawGift: {
        e.NotFoundError: lambda h: c.WithdrawGift("nothing"),
        e.WrongStateError: lambda h: c.WithdrawGift(h.do(c.WithdrawGift(h.do(PRESENT).id)).id),
        e.NotForSaleError: lambda h: c.WithdrawGift(_open_gift(h)),
        e.InputError: lambda h: c.WithdrawGift(h.do(PRESENT).id, refund=Money(9000, "EUR"), reason="moved away"),
        e.CurrencyError: lambda h: c.WithdrawGift(h.do(PRESENT).id, refund=Money(900, "GBP"), reason="moved away"),
        e.UnsuitableError: lambda h: c.WithdrawGift(_of_forgotten(h)),
    },
    c.Sell: {
        e.DuplicateError: lambda h: h.do(attrs.evolve(BASKET, id="first")) and attrs.evolve(BASKET, id="first"),
        e.NotFoundError: lambda h: attrs.evolve(BASKET, person_id="nobody"),
        e.WrongStateError: lambda h: attrs.evolve(BASKET, person_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(BASKET, person_id=None),
        e.TooLateError: lambda h: after(
            h, c.Sell([c.SellLine(booking_id=h.hold().id)], place_id="paris", account="desk"), minutes=16
        ),
        e.SoldOutError: lambda h: h.do(c.ChangeSeats("wednesday", seats=0)) and seats("zoe"),
        e.TrainingError: lambda h: _untrained(h) and seats("zoe"),
        e.AdmissionError: lambda h: (
            h.do(c.ChangeAdmission("soldering", admission=m.Admission(youngest=16))) and seats("zoe")
        ),
        e.AnswersError: lambda h: h.do(c.ChangeAdmission("soldering", admission=SIZES)) and seats("zoe"),
        **sale(DOES[c.Sell], "option", basket),
    },
    c.CancelOrder: {
        e.NotFoundError: lambda h: c.CancelOrder("nothing"),
        e.WrongStateError: lambda h: (lambda id: h.do(c.CancelOrder(id)) and c.CancelOrder(id))(h.do(BASKET).id),
        e.InputError: lambda h: c.CancelOrder(h.do(BASKET).id, line=3),
        e.NotForSaleError: lambda h: c.CancelOrder(_never_back(h)),
    },
    c.MeasureOrder: {
        e.NotFoundError: lambda h: c.MeasureOrder("nothing", line=1, facts={"sheet": "A3"}),
        e.WrongStateError: lambda h: c.MeasureOrder(h.do(BASKET).id, line=1, facts={"sheet": "A3"}),
        e.InputError: lambda h: c.MeasureOrder(_measured(h), line=1, facts={"sheet": "A3", "metres": 1}),
        e.IncompleteError: lambda h: c.MeasureOrder(_measured(h), line=1, facts={}),
        e.NotForSaleError: lambda h: c.MeasureOrder(_measured(h), line=1, facts={"sheet": "A1"}),
        e.AccountError: lambda h: c.MeasureOrder(_measured(h), line=1, facts={"sheet": "A3"}, account="nowhere"),
    },
    c.CheckIn: {
        e.NotFoundError: lambda h: c.CheckIn(place_id="paris", product_id="half-day", person_id="nobody"),
        e.DuplicateError: lambda h: (
            h.visit("zoe") and c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")
        ),
        e.ClosedError: lambda h: after(h, c.CheckIn(place_id="paris", product_id="half-day"), hours=12),
        e.TermsError: lambda h: (
            h.do(c.ChangeTerms("open-space", terms=m.Terms(audience={"members"})))
            and c.CheckIn(place_id="paris", product_id="half-day")
        ),
        e.SoldOutError: lambda h: _full_open_space(h) or c.CheckIn(place_id="paris", product_id="half-day"),
        e.ConflictError: lambda h: (
            h.do(c.ChangeCapacity("open-space", capacity=0)) and c.CheckIn(place_id="paris", product_id="half-day")
        ),
        e.WrongStateError: lambda h: c.CheckIn(place_id="paris", product_id="half-day", person_id=_leaving(h)),
        e.UnsuitableError: lambda h: c.CheckIn(place_id="paris", product_id="room"),
        **sale(DOES[c.CheckIn], "visit", lambda h, id: c.CheckIn(place_id="paris", product_id=id)),
    },
    c.UpgradeVisit: {
        e.NotFoundError: lambda h: c.UpgradeVisit("nothing", product_id="day"),
        e.WrongStateError: lambda h: (lambda v: h.do(c.CheckOut(v.id)) and c.UpgradeVisit(v.id, product_id="day"))(
            h.visit()
        ),
        e.SoldOutError: _full_upgrade,
        e.UnsuitableError: lambda h: _upgrade(h, "half-day"),
        **sale(DOES[c.UpgradeVisit], "visit", _upgrade),
    },
    c.CheckOut: {
        e.NotFoundError: lambda h: c.CheckOut("nothing"),
        e.WrongStateError: lambda h: (lambda v: h.do(c.CheckOut(v.id)) and c.CheckOut(v.id))(h.visit()),
        e.InputError: lambda h: c.CheckOut(h.visit().id, at=h.now + timedelta(hours=1)),
        e.AccountError: lambda h: c.CheckOut(_by_clock(h), account="nothing"),
    },
    c.CorrectVisit: {
        e.NotFoundError: lambda h: c.CorrectVisit("nothing", opened_at=h.now, reason="later"),
        e.InputError: lambda h: c.CorrectVisit(h.visit().id, reason="nothing at all"),
        e.WrongStateError: lambda h: (
            lambda v: h.do(c.CancelVisit(v.id, reason="x")) and c.CorrectVisit(v.id, opened_at=h.now, reason="later")
        )(h.visit()),
        e.DuplicateError: lambda h: _overlapping(h),
        e.NotForSaleError: lambda h: c.CorrectVisit(
            _by_clock(h, left=True), opened_at=h.now - _LONG_AGO, closed_at=h.now - _LONG_AGO / 2, reason="long ago"
        ),
        e.AccountError: lambda h: c.CorrectVisit(
            _by_clock(h, left=True), closed_at=h.now, reason="left later", account="nothing"
        ),
    },
    c.CancelVisit: {
        e.NotFoundError: lambda h: c.CancelVisit("nothing", reason="x"),
        e.WrongStateError: lambda h: (
            lambda v: h.do(c.CancelVisit(v.id, reason="x")) and c.CancelVisit(v.id, reason="x")
        )(h.visit()),
    },
    c.ReopenVisit: {
        e.NotFoundError: lambda h: c.ReopenVisit("nothing", reason="x"),
        e.WrongStateError: lambda h: c.ReopenVisit(h.visit().id, reason="x"),
        e.TooLateError: lambda h: after(h, c.ReopenVisit(h.left(), reason="x"), hours=12),
        e.DuplicateError: lambda h: (lambda id: h.visit("zoe") and c.ReopenVisit(id, reason="x"))(h.left("zoe")),
        e.SoldOutError: lambda h: (lambda id: _full_open_space(h) or c.ReopenVisit(id, reason="x"))(h.left()),
    },
    c.HoldSpace: {
        e.NotFoundError: lambda h: c.HoldSpace(space_id="nowhere", product_id="room", period=hour(14)),
        e.TooLateError: lambda h: c.HoldSpace(space_id="left", product_id="room", period=hour(7)),
        e.ClosedError: lambda h: c.HoldSpace(space_id="left", product_id="room", period=hour(20)),
        e.TermsError: lambda h: _for_staff(h) and c.HoldSpace(space_id="left", product_id="room", period=hour(14)),
        e.ConflictError: lambda h: h.hold() and c.HoldSpace(space_id="large", product_id="room", period=hour(14)),
        e.SoldOutError: lambda h: c.HoldSpace(space_id="open-space", product_id="desk", period=hour(14), units=4),
        e.WrongStateError: lambda h: c.HoldSpace(
            space_id="left", product_id="room", period=hour(14), person_id=_leaving(h)
        ),
        e.DuplicateError: lambda h: c.HoldSpace(space_id="left", product_id="room", period=hour(16), id=h.hold().id),
        e.UnsuitableError: lambda h: c.HoldSpace(space_id="left", product_id="half-day", period=hour(14)),
        e.InputError: lambda h: c.HoldSpace(space_id="left", product_id="room", period=hour(14, 733 * 24)),
    },
    c.Book: {
        e.NotFoundError: lambda h: c.Book(space_id="nowhere", product_id="room", period=hour(14)),
        e.TooLateError: lambda h: c.Book(space_id="left", product_id="room", period=hour(7)),
        e.ClosedError: lambda h: c.Book(space_id="left", product_id="room", period=hour(20)),
        e.TermsError: lambda h: (
            _for_staff(h) and c.Book(space_id="left", product_id="room", period=hour(14), groups=("members",))
        ),
        e.ConflictError: lambda h: h.hold() and c.Book(space_id="left", product_id="room", period=hour(14)),
        e.SoldOutError: lambda h: c.Book(space_id="open-space", product_id="desk", period=hour(14), units=4),
        e.WrongStateError: lambda h: c.Book(space_id="left", product_id="room", period=hour(14), person_id=_leaving(h)),
        e.DuplicateError: lambda h: c.Book(space_id="left", product_id="room", period=hour(16), id=h.hold().id),
        e.UnsuitableError: lambda h: c.Book(space_id="large", product_id="room", period=hour(14), units=2),
        **sale(DOES[c.Book], "booking", lambda h, id: c.Book(space_id="left", product_id=id, period=hour(14))),
    },
    c.ConfirmBooking: {
        e.NotFoundError: lambda h: c.ConfirmBooking("nothing"),
        e.WrongStateError: lambda h: c.ConfirmBooking(h.do(DOES[c.Book](h)).id),
        e.TooLateError: lambda h: after(h, c.ConfirmBooking(h.hold().id), minutes=15),
        **sale(
            lambda h: c.ConfirmBooking(h.hold(minutes=60).id, account="desk"),
            "booking",
            lambda h, id: c.ConfirmBooking(hold_of(h, id)),
        ),
    },
    c.ApproveBooking: {
        e.NotFoundError: lambda h: c.ApproveBooking("nothing"),
        e.WrongStateError: lambda h: c.ApproveBooking(h.hold().id),
        e.TooLateError: lambda h: after(h, c.ApproveBooking(_requested(h)), hours=8),
        **{
            error: case
            for error, case in sale(
                lambda h: c.ApproveBooking(_requested(h), account="desk"), "booking", _never
            ).items()
            if error in (e.InputError, e.QuoteExpiredError, e.PriceChangedError, e.AccountError)
        },
        e.NotForSaleError: lambda h: _repriced_request(h, None),
        e.NoEntitlementError: lambda h: _repriced_request(h, COVERED),
    },
    c.DeclineBooking: {
        e.NotFoundError: lambda h: c.DeclineBooking("nothing"),
        e.WrongStateError: lambda h: c.DeclineBooking(h.hold().id),
    },
    c.CancelBooking: {
        e.NotForSaleError: lambda h: c.CancelBooking(_booked(h, UNCANCELLED)),
        e.InputError: lambda h: c.CancelBooking(_booked(h), refund=Money(100_000, "EUR"), reason="more than it costs"),
        e.CurrencyError: lambda h: c.CancelBooking(_booked(h), refund=Money(1, "GBP"), reason="in pounds"),
        e.NotFoundError: lambda h: c.CancelBooking("nothing"),
        e.WrongStateError: lambda h: (lambda b: h.do(c.CancelBooking(b.id)) and c.CancelBooking(b.id))(h.hold()),
        e.TooLateError: lambda h: after(h, c.CancelBooking(h.do(DOES[c.Book](h)).id), hours=8),
    },
    c.MoveBooking: {
        e.NotFoundError: lambda h: c.MoveBooking("nothing", units=2),
        e.WrongStateError: lambda h: (lambda id: h.do(c.CancelBooking(id)) and c.MoveBooking(id, period=hour(16)))(
            _booked(h)
        ),
        e.TooLateError: lambda h: c.MoveBooking(_booked(h), period=hour(7)),
        e.UnsuitableError: lambda h: c.MoveBooking(_booked(h), space_id="large", units=2),
        e.TermsError: lambda h: (
            lambda id: _for_staff(h) and c.MoveBooking(id, period=hour(16), space_id="left", groups=("members",))
        )(_booked(h)),
        e.ClosedError: lambda h: c.MoveBooking(_booked(h), period=hour(20)),
        e.ConflictError: lambda h: (
            h.do(c.Book(space_id="left", product_id="room", period=hour(16), account="desk"))
            and c.MoveBooking(_booked(h), period=hour(16))
        ),
        e.SoldOutError: lambda h: c.MoveBooking(_booked(h), space_id="open-space", units=4),
        e.InputError: lambda h: c.MoveBooking(_booked(h), period=hour(14, 733 * 24)),
        e.AccountError: lambda h: c.MoveBooking(_booked(h), period=hour(14, 3), account="nowhere"),
        e.NotForSaleError: lambda h: c.MoveBooking(_booked(h, UNMOVED), period=hour(15)),
        e.QuoteExpiredError: lambda h: expired(h, DOES[c.MoveBooking](h)),
    },
    c.CheckInBooking: {
        e.NotFoundError: lambda h: c.CheckInBooking("nothing"),
        e.WrongStateError: lambda h: c.CheckInBooking(_arrived(h)),
        e.TooEarlyError: lambda h: c.CheckInBooking(_booked(h)),
        e.TooLateError: lambda h: after(h, c.CheckInBooking(_booked(h)), hours=8),
        e.InputError: lambda h: c.CheckInBooking(_beginning(h), at=hour(15).start),
    },
    c.UndoCheckIn: {
        e.NotFoundError: lambda h: c.UndoCheckIn("nothing"),
        e.WrongStateError: lambda h: c.UndoCheckIn(_booked(h)),
        e.TooLateError: lambda h: after(h, c.UndoCheckIn(_arrived(h)), hours=1),
    },
    c.UndoRelease: {
        e.NotFoundError: lambda h: c.UndoRelease("nothing"),
        e.WrongStateError: lambda h: c.UndoRelease(_booked(h)),
        e.TooLateError: lambda h: after(h, c.UndoRelease(_released(h)), hours=1),
        e.ClosedError: lambda h: (
            lambda id: h.do(c.CloseSpace("left", period=hour(14), reason="x")) and c.UndoRelease(id)
        )(_released(h)),
        e.ConflictError: lambda h: (
            lambda id: (
                h.do(c.Book(space_id="left", product_id="room", period=hour(14), account="desk")) and c.UndoRelease(id)
            )
        )(_released(h)),
        e.SoldOutError: _desks_taken,
        e.AccountError: lambda h: c.UndoRelease(_given_back(h), account="nowhere"),
    },
    c.RecordOverrun: {
        e.NotFoundError: lambda h: c.RecordOverrun("nothing", until=hour(14).end),
        e.WrongStateError: lambda h: (
            lambda id: (
                h.do(c.RecordOverrun(id, until=hour(14).end + LATE)) and c.RecordOverrun(id, until=hour(14).end + LATE)
            )
        )(_over(h)),
        e.InputError: lambda h: c.RecordOverrun(_over(h), until=hour(14).end),
        e.NotForSaleError: lambda h: c.RecordOverrun(_over(h, ""), until=hour(14).end + LATE),
        e.AccountError: lambda h: c.RecordOverrun(_over(h), until=hour(14).end + LATE, account="nowhere"),
    },
    c.MoveBookingSeries: {
        e.NotFoundError: lambda h: c.MoveBookingSeries("nothing", units=2),
        e.WrongStateError: lambda h: (
            lambda s: h.do(c.CancelSeries(s.id)) and c.MoveBookingSeries(s.id, starts=time(16), ends=time(17))
        )(h.do(THURSDAYS)),
        e.TooLateError: lambda h: c.MoveBookingSeries(h.do(THURSDAYS).id, from_date=date(2027, 1, 1), units=1),
        e.SeriesClashError: lambda h: c.MoveBookingSeries(h.do(THURSDAYS).id, starts=time(22), ends=time(23)),
        e.UnsuitableError: lambda h: c.MoveBookingSeries(h.do(THURSDAYS).id, space_id="large", units=2),
        e.InputError: lambda h: c.MoveBookingSeries(h.do(THURSDAYS).id, units=1, facts={"nothing": 1}),
        e.NotForSaleError: lambda h: c.MoveBookingSeries(_thursdays(h, UNMOVED), starts=time(16), ends=time(17)),
        e.AccountError: lambda h: c.MoveBookingSeries(h.do(THURSDAYS).id, ends=time(18), account="nowhere"),
    },
    c.MoveRegistration: {
        e.NotFoundError: lambda h: c.MoveRegistration(registration_id="nothing", session_id="wednesday"),
        e.WrongStateError: lambda h: (
            lambda r, s: h.do(c.CancelRegistration(r.id)) and c.MoveRegistration(registration_id=r.id, session_id=s)
        )(h.seat(account="desk"), _other_session(h)),
        e.TooLateError: lambda h: after(h, DOES[c.MoveRegistration](h), days=1, hours=12),
        e.UnsuitableError: lambda h: c.MoveRegistration(
            registration_id=h.seat(account="desk").id, session_id=workshop(h, "seat")
        ),
        e.DuplicateError: lambda h: (
            lambda r, s: (
                h.do(c.Register(session_id=s, person_id="zoe"))
                and c.MoveRegistration(registration_id=r.id, session_id=s)
            )
        )(h.seat(account="desk"), _other_session(h, seats=2)),
        e.TrainingError: lambda h: (
            lambda r, s: _untrained(h) and c.MoveRegistration(registration_id=r.id, session_id=s)
        )(h.seat(account="desk"), _other_session(h)),
        e.AdmissionError: lambda h: _bursary_moved(h),
        e.SoldOutError: lambda h: (
            lambda s: (
                h.do(c.Register(session_id=s, person_id="malo"))
                and c.MoveRegistration(registration_id=h.seat(account="desk").id, session_id=s)
            )
        )(_other_session(h)),
    },
    c.BookSeries: {
        e.NotFoundError: lambda h: attrs.evolve(THURSDAYS, space_id="nowhere"),
        e.TooLateError: lambda h: attrs.evolve(THURSDAYS, day=date(2026, 11, 5)),
        e.SeriesClashError: lambda h: h.do(THURSDAYS) and THURSDAYS,
        e.RuleError: lambda h: attrs.evolve(THURSDAYS, rule="FREQ=WEEKLY"),
        e.WrongStateError: lambda h: attrs.evolve(THURSDAYS, person_id=_leaving(h)),
        e.UnsuitableError: lambda h: attrs.evolve(THURSDAYS, product_id="half-day"),
        **sale(DOES[c.BookSeries], "booking", lambda h, id: attrs.evolve(THURSDAYS, product_id=id)),
    },
    c.RetrySkipped: {
        e.NotFoundError: lambda h: c.RetrySkipped("nothing"),
        e.TooLateError: lambda h: after(h, c.RetrySkipped(skipped(h)), days=9),
        e.SeriesClashError: lambda h: (
            lambda id: h.do(c.CloseSpace("left", period=hour(14, day=26), reason="x")) and c.RetrySkipped(id)
        )(skipped(h)),
        e.WrongStateError: lambda h: c.RetrySkipped(h.do(THURSDAYS).id),
        e.InputError: lambda h: c.RetrySkipped(skipped(h), dates=(date(2026, 11, 27),)),
        e.NotForSaleError: lambda h: repriced(h, None),
        e.NoEntitlementError: lambda h: repriced(h, COVERED),
        e.QuoteExpiredError: lambda h: expired(h, DOES[c.RetrySkipped](h)),
        e.PriceChangedError: lambda h: changed(h, DOES[c.RetrySkipped](h)),
        e.AccountError: lambda h: c.RetrySkipped(skipped(h), account="nowhere"),
    },
    c.CancelSeries: {
        e.NotForSaleError: lambda h: c.CancelSeries(_thursdays(h, UNCANCELLED)),
        e.InputError: lambda h: c.CancelSeries("any", refund=Money(100, "EUR"), reason="an amount"),
        e.NotFoundError: lambda h: c.CancelSeries("nothing"),
        e.WrongStateError: lambda h: (lambda s: h.do(c.CancelSeries(s.id)) and c.CancelSeries(s.id))(h.do(THURSDAYS)),
        e.TooLateError: lambda h: c.CancelSeries(h.do(THURSDAYS).id, from_date=date(2027, 1, 1)),
    },
    c.Register: {
        e.NotFoundError: lambda h: c.Register(session_id="wednesday", person_id="nobody"),
        e.DuplicateError: lambda h: h.seat() and c.Register(session_id="wednesday", person_id="zoe"),
        e.TooLateError: lambda h: after(h, c.Register(session_id="wednesday", person_id="zoe"), days=2),
        e.AdmissionError: lambda h: (
            h.do(c.ChangeAdmission("soldering", admission=m.Admission(youngest=16)))
            and c.Register(session_id="wednesday", person_id="zoe")
        ),
        e.AnswersError: lambda h: (
            h.do(c.ChangeAdmission("soldering", admission=SIZES))
            and c.Register(session_id="wednesday", person_id="zoe")
        ),
        e.WrongStateError: lambda h: c.Register(session_id="wednesday", person_id=_leaving(h)),
        e.UnsuitableError: lambda h: c.Register(session_id="wednesday", person_id="zoe", option_ids=("day",)),
        e.TrainingError: lambda h: _untrained(h) and c.Register(session_id="wednesday", person_id="zoe"),
        e.TooEarlyError: lambda h: c.Register(session_id="wednesday", person_id="zoe", at_door=True),
        e.SoldOutError: lambda h: h.do(c.ChangeSeats("wednesday", seats=0)) and after(h, AT_DOOR, days=1, hours=9),
        **sale(DOES[c.Register], "seat", lambda h, id: c.Register(session_id=workshop(h, id), person_id="zoe")),
    },
    c.TakeSeat: {
        e.NotFoundError: lambda h: c.TakeSeat("nothing"),
        e.WrongStateError: lambda h: c.TakeSeat(h.seat(account="desk").id),
        e.TooLateError: lambda h: after(h, c.TakeSeat(h.offered().id), hours=24),
        e.UnsuitableError: lambda h: c.TakeSeat(h.offered().id, option_ids=("day",)),
        **sale(DOES[c.TakeSeat], "seat", lambda h, id: c.TakeSeat(offer_of(h, id))),
    },
    c.CancelRegistration: {
        e.NotForSaleError: lambda h: c.CancelRegistration(
            h.do(c.Register(session_id=workshop(h, h.product("seat", UNCANCELLED)), person_id="zoe", account="desk")).id
        ),
        e.InputError: lambda h: c.CancelRegistration(
            h.seat(account="desk").id, refund=Money(100_000, "EUR"), reason="more than it costs"
        ),
        e.CurrencyError: lambda h: c.CancelRegistration(
            h.seat(account="desk").id, refund=Money(1, "GBP"), reason="in pounds"
        ),
        e.NotFoundError: lambda h: c.CancelRegistration("nothing"),
        e.WrongStateError: lambda h: (lambda r: h.do(c.CancelRegistration(r.id)) and c.CancelRegistration(r.id))(
            h.seat()
        ),
        e.TooLateError: lambda h: after(h, c.CancelRegistration(h.seat(account="desk").id), days=2),
    },
    c.ChangeSeats: {
        e.NotFoundError: lambda h: c.ChangeSeats("nothing", seats=3),
        e.TooLateError: lambda h: after(h, c.ChangeSeats("wednesday", seats=3), days=2),
        e.WrongStateError: lambda h: h.seat() and c.ChangeSeats("wednesday", seats=0),
        e.UnsuitableError: lambda h: c.ChangeSeats("wednesday", seats=5, quotas={"materials": 2}),
    },
    c.KeepSeats: {
        e.NotFoundError: lambda h: c.KeepSeats("nothing", code="GROUP", seats=1),
        e.TooLateError: lambda h: after(h, c.KeepSeats("wednesday", code="GROUP", seats=1), days=2),
        e.WrongStateError: lambda h: _off(h) and c.KeepSeats("wednesday", code="GROUP", seats=1),
        e.SoldOutError: lambda h: c.KeepSeats("wednesday", code="GROUP", seats=1000),
        e.InputError: _many_groups,
    },
    c.MoveSession: {
        e.NotFoundError: lambda h: c.MoveSession("wednesday", space_id="nowhere"),
        e.TooLateError: lambda h: c.MoveSession("wednesday", day=date(2026, 11, 23)),
        e.WrongStateError: lambda h: _off(h) and c.MoveSession("wednesday", starts=time(17)),
        e.ConflictError: lambda h: (
            h.do(c.Book(space_id="left", product_id="room", period=hour(9, day=26), account="desk"))
            and c.MoveSession("wednesday", day=date(2026, 11, 26), starts=time(10), ends=time(12))
        ),
        e.SoldOutError: lambda h: _projected(h, c.MoveSession("wednesday")),
        e.ClosedError: lambda h: (
            _closed_left(h) and c.MoveSession("wednesday", day=None, starts=time(10), ends=time(11))
        ),
        e.UnavailableError: lambda h: _facilitated(
            h, c.MoveSession("wednesday"), hours=m.OpenHours.weekly([2], time(9), time(19))
        ),
        e.TermsError: lambda h: _facilitated(h, c.MoveSession("wednesday"), terms=m.Terms(notice=timedelta(days=7))),
        e.UnsuitableError: lambda h: c.MoveSession("wednesday", space_id="open-space"),
        e.InputError: lambda h: c.MoveSession("wednesday", day=date(2027, 3, 28), starts=time(2, 30), ends=time(3)),
    },
    c.CancelSession: {
        e.NotFoundError: lambda h: c.CancelSession("nothing", reason="rain"),
        e.TooLateError: lambda h: after(h, c.CancelSession("wednesday", reason="rain"), days=2),
        e.WrongStateError: lambda h: _off(h) and c.CancelSession("wednesday", reason="rain"),
    },
    c.MoveMeeting: {
        e.NotFoundError: lambda h: h.do(COURSE) and c.MoveMeeting(session_id="course", meeting_id="nothing"),
        e.TooLateError: lambda h: c.MoveMeeting(session_id="course", meeting_id=_course(h), day=date(2026, 11, 23)),
        e.WrongStateError: lambda h: (
            lambda id: (
                h.do(c.CancelMeeting(session_id="course", meeting_id=id, reason="rain"))
                and c.MoveMeeting(session_id="course", meeting_id=id)
            )
        )(_course(h)),
        e.ConflictError: lambda h: (
            h.do(c.Book(space_id="left", product_id="room", period=hour(9, day=26), account="desk"))
            and c.MoveMeeting(session_id="course", meeting_id=_course(h), day=None, starts=time(10), ends=time(12))
        ),
        e.SoldOutError: lambda h: _projected(h, c.MoveMeeting(session_id="course", meeting_id=_course(h))),
        e.ClosedError: lambda h: (
            _closed_left(h)
            and c.MoveMeeting(
                session_id="course", meeting_id=_course(h), day=date(2026, 11, 25), starts=time(10), ends=time(11)
            )
        ),
        e.UnavailableError: lambda h: _facilitated(
            h,
            c.MoveMeeting(session_id="course", meeting_id=_course(h)),
            hours=m.OpenHours.weekly([3], time(9), time(19)),
        ),
        e.TermsError: lambda h: _facilitated(
            h, c.MoveMeeting(session_id="course", meeting_id=_course(h)), terms=m.Terms(notice=timedelta(days=7))
        ),
        e.UnsuitableError: lambda h: c.MoveMeeting(session_id="course", meeting_id=_course(h), space_id="open-space"),
        e.InputError: lambda h: c.MoveMeeting(
            session_id="course", meeting_id=_course(h), day=date(2027, 3, 28), starts=time(2, 30), ends=time(3)
        ),
    },
    c.CancelMeeting: {
        e.NotFoundError: lambda h: (
            h.do(COURSE) and c.CancelMeeting(session_id="course", meeting_id="nothing", reason="rain")
        ),
        e.TooLateError: lambda h: after(
            h, c.CancelMeeting(session_id="course", meeting_id=_course(h), reason="rain"), days=3
        ),
        e.WrongStateError: lambda h: (
            lambda id: (
                h.do(c.CancelMeeting(session_id="course", meeting_id=id, reason="rain"))
                and c.CancelMeeting(session_id="course", meeting_id=id, reason="rain")
            )
        )(_course(h)),
        e.UnsuitableError: lambda h: c.CancelMeeting(session_id="wednesday", meeting_id="wednesday", reason="rain"),
    },
    c.PlanSessions: {
        e.NotFoundError: lambda h: attrs.evolve(FRIDAYS, workshop_id="nothing"),
        e.DuplicateError: lambda h: planned(h, id="x") and attrs.evolve(FRIDAYS, id="x", space_id=None),
        e.TooLateError: lambda h: attrs.evolve(FRIDAYS, day=date(2026, 11, 6), until=date(2026, 11, 20)),
        e.SeriesClashError: lambda h: planned(h) and FRIDAYS,
        e.RuleError: lambda h: attrs.evolve(FRIDAYS, until=None),
        e.UnsuitableError: lambda h: attrs.evolve(FRIDAYS, space_id="open-space"),
        e.WrongStateError: lambda h: (lambda asked: _leaving(h, "zoe") and asked)(_facilitated(h, FRIDAYS)),
        e.InputError: lambda h: attrs.evolve(FRIDAYS, themes=("a", "b", "c", "d")),
    },
    c.ExtendSessions: {
        e.NotFoundError: lambda h: c.ExtendSessions("nothing", until=date(2026, 12, 18)),
        e.WrongStateError: lambda h: c.ExtendSessions(planned(h), until=date(2026, 12, 11)),
        e.SeriesClashError: lambda h: (
            planned(h, day=date(2026, 12, 18), until=date(2026, 12, 18))
            and c.ExtendSessions(planned(h), until=date(2026, 12, 18))
        ),
        e.RuleError: lambda h: c.ExtendSessions(planned(h), until=date(2037, 12, 4)),
        e.UnsuitableError: lambda h: c.ExtendSessions(crowded(h), until=date(2026, 12, 18)),
        e.InputError: lambda h: c.ExtendSessions(planned(h), until=date(2026, 12, 17)),
    },
    c.PlanSkipped: {
        e.NotFoundError: lambda h: c.PlanSkipped("nothing"),
        e.TooLateError: lambda h: after(h, c.PlanSkipped(left_out(h)), days=9),
        e.SeriesClashError: lambda h: (lambda id: taken_on(h, 27) or c.PlanSkipped(id))(left_out(h)),
        e.WrongStateError: lambda h: c.PlanSkipped(planned(h)),
        e.UnsuitableError: lambda h: c.PlanSkipped(crowded(h, skip=(FIRST_FRIDAY,))),
        e.InputError: lambda h: c.PlanSkipped(left_out(h), days=(date(2026, 11, 28),)),
    },
    c.ChangeSessions: {
        e.NotFoundError: lambda h: c.ChangeSessions(planned(h), space_id="nowhere"),
        e.TooLateError: lambda h: c.ChangeSessions(planned(h), from_day=date(2027, 1, 1), starts=time(17)),
        e.WrongStateError: lambda h: (
            lambda id: (
                h.do(c.CancelSessions(id, reason="rain", from_day=None, days=(FIRST_FRIDAY,)))
                and c.ChangeSessions(id, days=(FIRST_FRIDAY,), starts=time(17))
            )
        )(planned(h)),
        e.SeriesClashError: lambda h: (
            h.do(
                c.Book(space_id="right", product_id="room", period=hour(17, day=27), account="desk", override="a wake")
            )
            and c.ChangeSessions(planned(h), space_id="right")
        ),
        e.RuleError: lambda h: c.ChangeSessions(planned(h), rule="FREQ=WEEKLY;BYDAY=TU", day=FIRST_FRIDAY),
        e.UnsuitableError: lambda h: c.ChangeSessions(planned(h), rule="FREQ=WEEKLY;COUNT=2", day=date(2026, 12, 1)),
        e.InputError: lambda h: c.ChangeSessions(planned(h), days=(date(2026, 11, 28),), starts=time(17)),
    },
    c.CancelSessions: {
        e.NotFoundError: lambda h: c.CancelSessions("nothing", reason="rain"),
        e.TooLateError: lambda h: after(h, c.CancelSessions(planned(h), reason="rain"), days=30),
        e.WrongStateError: lambda h: (
            lambda id: (
                h.do(c.CancelSessions(id, reason="rain"))
                and c.CancelSessions(id, reason="rain", from_day=None, days=(FIRST_FRIDAY,))
            )
        )(planned(h)),
        e.InputError: lambda h: c.CancelSessions(planned(h), reason="rain", from_day=None, days=(date(2026, 11, 28),)),
    },
    c.ChangeTheme: {
        e.NotFoundError: lambda h: c.ChangeTheme("nothing", theme="solder"),
        e.TooLateError: lambda h: after(h, c.ChangeTheme("wednesday", theme="solder"), days=2),
        e.WrongStateError: lambda h: _off(h) and c.ChangeTheme("wednesday", theme="solder"),
    },
    c.MarkAttendance: {
        e.NotFoundError: lambda h: c.MarkAttendance("nothing"),
        e.WrongStateError: lambda h: c.MarkAttendance(h.seat().id),
        e.TooEarlyError: lambda h: c.MarkAttendance(h.seat(account="desk").id),
        e.UnsuitableError: lambda h: c.MarkAttendance(_at_the_door(h), seats=2),
    },
    c.CloseSheet: {
        e.NotFoundError: lambda h: c.CloseSheet("nothing"),
        e.TooEarlyError: lambda h: c.CloseSheet("wednesday"),
        e.WrongStateError: lambda h: _closed_sheet(h) and c.CloseSheet("wednesday", walk_ins=3),
        e.UnsuitableError: lambda h: h.do(COURSE) and c.CloseSheet("course"),
    },
    c.ReopenSheet: {
        e.NotFoundError: lambda h: c.ReopenSheet("nothing", reason="late"),
        e.WrongStateError: lambda h: c.ReopenSheet("wednesday", reason="late"),
        e.UnsuitableError: lambda h: h.do(COURSE) and c.ReopenSheet("course", reason="late"),
    },
    c.ChangePrerequisites: {
        e.NotFoundError: lambda h: c.ChangePrerequisites("soldering", prerequisites=("nothing",)),
        e.UnsuitableError: lambda h: c.ChangePrerequisites("soldering", prerequisites=("soldering",)),
    },
    c.GrantTraining: {
        e.NotFoundError: lambda h: c.GrantTraining(person_id="nobody", workshop_id="soldering", reason="x"),
        e.WrongStateError: lambda h: c.GrantTraining(person_id=_leaving(h), workshop_id="soldering", reason="x"),
        e.TooLateError: lambda h: c.GrantTraining(
            person_id="zoe", workshop_id="soldering", reason="x", until=h.clock.now()
        ),
    },
    c.RevokeTraining: {
        e.NotFoundError: lambda h: c.RevokeTraining(person_id="zoe", workshop_id="soldering", reason="x"),
        e.WrongStateError: lambda h: (lambda one: h.do(one) and one)(DOES[c.RevokeTraining](h)),
    },
    c.Pay: {
        e.NotFoundError: lambda h: c.Pay("nothing", account="desk"),
        e.WrongStateError: lambda h: c.Pay(h.charge(h.seat(account="desk")).id, account="desk"),
        e.TooLateError: lambda h: after(h, c.Pay(h.charge(h.seat()).id, account="desk"), days=2),
        e.AccountError: lambda h: c.Pay(h.charge(h.seat()).id, account="nowhere"),
        e.InputError: lambda h: c.Pay(h.charge(h.seat()).id, account="desk", amount=Money(0, "EUR")),
        e.CurrencyError: lambda h: c.Pay(h.charge(h.seat()).id, account="desk", amount=Money(1, "GBP")),
    },
    c.RefundLines: {
        e.NotFoundError: lambda h: c.RefundLines("nothing", lines=(0,), reason="x"),
        e.InputError: lambda h: c.RefundLines(_paid(h), lines=(7,), reason="x"),
        e.CurrencyError: lambda h: c.RefundLines(_paid(h), lines=((0, Money(100, "GBP")),), reason="x"),
        e.WrongStateError: lambda h: c.RefundLines(_paid(h), lines=((0, Money(1001, "EUR")),), reason="x"),
        e.AccountError: lambda h: _no_refunds(h) or c.RefundLines(_paid(h), lines=(0,), reason="x"),
    },
    c.ReturnDeposit: {
        e.NotFoundError: lambda h: c.ReturnDeposit("nothing"),
        e.InputError: lambda h: c.ReturnDeposit(_with_deposit(h), amount=Money(0, "EUR")),
        e.CurrencyError: lambda h: c.ReturnDeposit(_with_deposit(h), amount=Money(1, "GBP")),
        e.WrongStateError: lambda h: c.ReturnDeposit(_paid(h)),
        e.AccountError: lambda h: _no_refunds(h) or c.ReturnDeposit(_with_deposit(h)),
    },
    c.KeepDeposit: {
        e.NotFoundError: lambda h: c.KeepDeposit("nothing", amount=Money(1, "EUR"), reason="x"),
        e.InputError: lambda h: c.KeepDeposit(_with_deposit(h), amount=Money(0, "EUR"), reason="x"),
        e.CurrencyError: lambda h: c.KeepDeposit(_with_deposit(h), amount=Money(1, "GBP"), reason="x"),
        e.WrongStateError: lambda h: c.KeepDeposit(_with_deposit(h), amount=Money(10001, "EUR"), reason="x"),
    },
    c.PayOwed: {
        e.NotFoundError: lambda h: _paying(payer_id="nobody"),
        e.InputError: lambda h: _paying(amount=Money(0, "EUR")),
        e.CurrencyError: lambda h: _paying(amount=Money(1, "GBP")),
        e.UnsuitableError: lambda h: (
            _bob(h),
            _paying(charge_ids=(_owed(h),), payer_id="bob"),
        )[1],
        e.WrongStateError: lambda h: _paying(account="credit"),
        e.TooLateError: lambda h: (lambda one: after(h, _paying(payer_id=one.payer_id, charge_ids=(one.id,)), days=2))(
            h.charge(h.seat())
        ),
        e.AccountError: lambda h: _paying(account="card"),
        e.DuplicateError: lambda h: (h.do(_paying(reference="T-1")), _paying(reference="T-1"))[1],
    },
    c.PayTogether: {
        e.NotFoundError: lambda h: c.PayTogether(charge_ids=("nothing",), account="desk"),
        e.InputError: lambda h: _several(h, amount=Money(0, "EUR")),
        e.CurrencyError: lambda h: _several(h, amount=Money(1, "GBP")),
        e.UnsuitableError: lambda h: (
            _bob(h),
            c.PayTogether(
                charge_ids=(
                    _owed(h),
                    h.charge(h.do(c.Book(space_id="left", product_id="room", period=hour(15), person_id="bob"))).id,
                ),
                account="desk",
            ),
        )[1],
        e.WrongStateError: lambda h: _several(h, amount=Money(100_001, "EUR")),
        e.TooLateError: lambda h: after(
            h, c.PayTogether(charge_ids=(h.charge(h.seat()).id, _owed(h)), account="desk"), days=2
        ),
        e.AccountError: lambda h: _several(h, account="nowhere"),
    },
    c.PayBack: {
        e.NotFoundError: lambda h: c.PayBack(payer_id="zoe", place_id="nowhere", account="desk"),
        e.InputError: lambda h: c.PayBack(payer_id="zoe", place_id="paris", amount=Money(0, "EUR"), account="desk"),
        e.CurrencyError: lambda h: c.PayBack(payer_id="zoe", place_id="paris", amount=Money(1, "GBP"), account="desk"),
        e.WrongStateError: lambda h: c.PayBack(payer_id="zoe", place_id="paris", account="desk"),
        e.AccountError: lambda h: c.PayBack(payer_id="zoe", place_id="paris", account="card"),
    },
    c.WriteOff: {
        e.NotFoundError: lambda h: c.WriteOff("nothing", reason="x"),
        e.InputError: lambda h: c.WriteOff(_owed(h), amount=Money(0, "EUR"), reason="x"),
        e.CurrencyError: lambda h: c.WriteOff(_owed(h), amount=Money(1, "GBP"), reason="x"),
        e.WrongStateError: lambda h: c.WriteOff(_owed(h), amount=Money(100001, "EUR"), reason="x"),
    },
    c.RefundCharge: {
        e.NotFoundError: lambda h: c.RefundCharge("nothing", amount=Money(100, "EUR"), reason="x"),
        e.WrongStateError: lambda h: c.RefundCharge(_paid(h), amount=Money(1001, "EUR"), reason="x"),
        e.CurrencyError: lambda h: c.RefundCharge(_paid(h), amount=Money(100, "GBP"), reason="x"),
        e.AccountError: lambda h: _no_refunds(h) or c.RefundCharge(_paid(h), amount=Money(100, "EUR"), reason="x"),
        e.InputError: lambda h: c.RefundCharge(_paid(h), amount=Money(0, "EUR"), reason="x"),
    },
    c.RecordRefund: {
        e.AccountError: lambda h: c.RecordRefund(attempt_id=_by_credit(h), amount=Money(1, "EUR"), reason="x"),
        e.NotFoundError: lambda h: c.RecordRefund(attempt_id="nothing", amount=Money(100, "EUR"), reason="x"),
        e.WrongStateError: lambda h: c.RecordRefund(attempt_id=_attempt(h), amount=Money(1001, "EUR"), reason="x"),
        e.CurrencyError: lambda h: c.RecordRefund(attempt_id=_attempt(h), amount=Money(100, "GBP"), reason="x"),
        e.InputError: lambda h: c.RecordRefund(attempt_id=_attempt(h), amount=Money(0, "EUR"), reason="x"),
        e.DuplicateError: lambda h: (
            lambda id: (
                h.do(c.RecordRefund(attempt_id=id, amount=Money(1, "EUR"), reason="x", reference="re_1"))
                and c.RecordRefund(attempt_id=id, amount=Money(1, "EUR"), reason="x", reference="re_1")
            )
        )(_attempt(h)),
    },
    c.RecordChargeback: {
        e.AccountError: lambda h: c.RecordChargeback(_by_credit(h), lost=Money(1, "EUR"), reason="x"),
        e.NotFoundError: lambda h: c.RecordChargeback("nothing", lost=Money(100, "EUR"), reason="x"),
        e.WrongStateError: lambda h: c.RecordChargeback(_attempt(h), lost=Money(1001, "EUR"), reason="x"),
        e.CurrencyError: lambda h: c.RecordChargeback(_attempt(h), lost=Money(100, "GBP"), reason="x"),
        e.InputError: lambda h: c.RecordChargeback(_attempt(h), lost=Money(-1, "EUR"), reason="x"),
    },
    c.DescribeEntity: {
        e.NotFoundError: lambda h: c.DescribeEntity("nobody", address=("1 rue du Port",)),
        e.InputError: lambda h: c.DescribeEntity("asso", address=()),
    },
    c.OpenSeries: {
        e.NotFoundError: lambda h: c.OpenSeries(
            entity_id="nobody", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"
        ),
        e.DuplicateError: lambda h: c.OpenSeries(
            entity_id=h.issuer(), name="more", documents="invoice", prefix="I", zone="Europe/Paris"
        ),
        e.InputError: lambda h: c.OpenSeries(
            entity_id="asso", name="invoices", documents="invoice", prefix="F.", zone="Europe/Paris"
        ),
    },
    c.AutomateReceipts: {
        e.NotFoundError: lambda h: c.AutomateReceipts("asso", series="nothing"),
        e.UnsuitableError: lambda h: c.AutomateReceipts(h.issuer(), series="invoices"),
    },
    c.IssueDocument: {
        e.NotFoundError: lambda h: c.IssueDocument(charge_id=h.taxed(), series="nothing"),
        e.UnsuitableError: lambda h: c.IssueDocument(charge_id=h.taxed(), series="invoices"),
        e.WrongStateError: lambda h: c.IssueDocument(charge_id=h.taxed(None), series="receipts"),
        e.TaxUnknownError: lambda h: c.IssueDocument(charge_id=h.issuer() and _paid(h), series="receipts"),
        e.DuplicateError: lambda h: c.IssueDocument(
            charge_id=h.invoiced(), series="invoices", addressee=attrs.evolve(LEFT_TO, name="Malo")
        ),
    },
    c.IssueCreditNote: {
        e.NotFoundError: lambda h: c.IssueCreditNote(charge_id=h.invoiced(), series="credits", refund_id="nothing"),
        e.WrongStateError: lambda h: c.IssueCreditNote(charge_id=h.taxed(), series="credits"),
        e.UnsuitableError: lambda h: (
            lambda id: c.IssueCreditNote(charge_id=id, series="invoices", refund_id=h.refund_of(id))
        )(h.invoiced()),
        e.DuplicateError: _credited_elsewhere,
    },
    c.AgreeBillingTerms: {
        e.InputError: lambda h: c.AgreeBillingTerms(entity_id="asso", payer_id="zoe", series="invoices", retries=(3,)),
        e.NotFoundError: lambda h: c.AgreeBillingTerms(entity_id="nobody", payer_id="zoe", series="invoices"),
        e.WrongStateError: lambda h: c.AgreeBillingTerms(
            entity_id=h.issuer(), payer_id=_leaving(h), series="invoices", addressee=LEFT_TO
        ),
        e.UnsuitableError: lambda h: c.AgreeBillingTerms(entity_id=h.issuer(), payer_id="zoe", series="invoices"),
        e.AccountError: lambda h: c.AgreeBillingTerms(
            entity_id=h.issuer(), payer_id="zoe", series="invoices", addressee=LEFT_TO, account="nothing"
        ),
    },
    c.EndBillingTerms: {e.NotFoundError: lambda h: c.EndBillingTerms(entity_id="asso", payer_id="zoe")},
    c.CloseBill: {
        e.NotFoundError: lambda h: c.CloseBill(entity_id="asso", payer_id="zoe"),
        e.TooEarlyError: lambda h: c.CloseBill(entity_id=_on_terms(h), payer_id="zoe", until=date(2099, 1, 1)),
        e.WrongStateError: lambda h: c.CloseBill(entity_id=_on_terms(h), payer_id="zoe"),
        e.UnsuitableError: lambda h: c.CloseBill(entity_id=_unbilled(h), payer_id="zoe", series="receipts"),
        e.TaxUnknownError: lambda h: c.CloseBill(entity_id=_untaxed(h), payer_id="zoe"),
        e.AccountError: lambda h: c.CloseBill(entity_id=_without_account(h), payer_id="zoe"),
    },
    c.SignMandate: {
        e.NotFoundError: lambda h: attrs.evolve(SIGNED, entity_id="nobody"),
        e.InputError: lambda h: attrs.evolve(SIGNED, entity_id=h.issuer(), iban="DE00370400440532013000"),
        e.TooEarlyError: lambda h: attrs.evolve(SIGNED, entity_id=h.issuer(), signed_on=TODAY + timedelta(days=3)),
        e.WrongStateError: lambda h: attrs.evolve(SIGNED, entity_id=h.issuer(), payer_id=_leaving(h)),
    },
    c.EndMandate: {e.NotFoundError: lambda h: c.EndMandate(entity_id="asso", payer_id="zoe")},
    c.CollectDebits: {
        e.NotFoundError: lambda h: attrs.evolve(COLLECTED, entity_id=h.issuer(), document_ids=("nothing",)),
        e.InputError: lambda h: attrs.evolve(COLLECTED, entity_id=_debited(h), collect_on=date(2026, 12, 12)),
        e.CurrencyError: _in_yen,
        e.UnsuitableError: lambda h: attrs.evolve(
            COLLECTED,
            entity_id=_debited(h),
            collect_on=date(2026, 11, 27),
            document_ids=(h.cantine.read.documents("asso", "invoices")[0].id,),
        ),
        e.WrongStateError: lambda h: attrs.evolve(COLLECTED, entity_id=h.issuer()),
    },
    c.RecordBankAnswer: {e.NotFoundError: lambda h: c.RecordBankAnswer(entity_id="nobody", answer=ANSWERED)},
    c.ClosePeriod: {
        e.NotFoundError: lambda h: c.ClosePeriod("nobody", until=_yesterday(h)),
        e.TooEarlyError: lambda h: c.ClosePeriod("asso", until=_yesterday(h) + timedelta(days=2)),
        e.WrongStateError: lambda h: _closed(h) and c.ClosePeriod("asso", until=_yesterday(h)),
    },
    c.MapAccounts: {
        e.NotFoundError: lambda h: c.MapAccounts("nobody"),
        e.InputError: lambda h: c.MapAccounts("asso", accounts={"receivable": ("4 1 1", "Clients")}),
    },
    c.AgreeClearing: {
        e.NotFoundError: lambda h: c.AgreeClearing("asso", other_id="nobody", share="1/2", first_day=TODAY),
        e.InputError: lambda h: c.AgreeClearing("asso", other_id="asso", share="1/2", first_day=TODAY),
        e.CurrencyError: lambda h: c.AgreeClearing("asso", other_id=_elsewhere(h), share="1/2", first_day=TODAY),
        e.TooLateError: lambda h: c.AgreeClearing("asso", share="1/2", first_day=_yesterday(h)),
        e.UnsuitableError: _given_away,
        e.DuplicateError: lambda h: c.AgreeClearing("asso", share="1/2", first_day=TODAY, id=_cleared(h)),
    },
    c.EndClearing: {
        e.NotFoundError: lambda h: c.EndClearing("asso", rule_id="none", last_day=TODAY),
        e.TooLateError: lambda h: c.EndClearing("asso", rule_id=_cleared(h), last_day=_yesterday(h)),
    },
    c.CloseClearing: {
        e.NotFoundError: lambda h: c.CloseClearing("asso", other_id="nobody", until=_yesterday(h)),
        e.InputError: lambda h: c.CloseClearing("asso", other_id="asso", until=_yesterday(h)),
        e.TooEarlyError: lambda h: c.CloseClearing("asso", other_id=_network(h), until=TODAY),
        e.WrongStateError: _stated,
        e.UnsuitableError: _no_address,
    },
    c.InvoiceClearing: {
        e.NotFoundError: lambda h: _invoicing(h, invoices="none"),
        e.InputError: lambda h: _invoicing(h, mention=""),
        e.UnsuitableError: lambda h: _invoicing(h, invoices="N"),
    },
    c.DisputeClearing: {
        e.NotFoundError: lambda h: c.DisputeClearing(("none",), reason="unknown"),
        e.InputError: lambda h: c.DisputeClearing((), reason="nothing"),
        e.UnsuitableError: _returned,
        e.WrongStateError: _disputed,
    },
    c.Expire: {e.NotFoundError: lambda h: c.Expire(m.Subject("booking", "nothing"))},
    c.SettleNarrowing: {
        e.NotFoundError: lambda h: c.SettleNarrowing("nowhere"),
        e.ConflictError: _narrow_over_a_booking,
    },
    c.SettleForgettingOrganisation: {
        e.NotFoundError: lambda h: c.SettleForgettingOrganisation("nobody"),
        e.NotOverError: lambda h: c.SettleForgettingOrganisation(_dissolving(h, _owing(h))),
    },
    c.SettleForgetting: {
        e.NotFoundError: lambda h: c.SettleForgetting("nobody"),
        e.NotOverError: lambda h: h.carnet() and c.SettleForgetting(_leaving(h, "zoe")),
    },
    c.DecideSession: {e.NotFoundError: lambda h: c.DecideSession("nothing")},
    c.Remind: {e.NotFoundError: lambda h: c.Remind(m.Subject("booking", "nothing"))},
    c.SealPeriod: {e.NotFoundError: lambda h: c.SealPeriod("nothing", entries=0, digest="")},
    c.ObserveCharge: {
        e.NotFoundError: lambda h: c.ObserveCharge("nothing", state="settled", captured=1000),
        e.InputError: lambda h: c.ObserveCharge(h.attempt().id, state="settled", captured=1001),
    },
    c.ObserveJointAttempt: {
        e.NotFoundError: lambda h: c.ObserveJointAttempt("nothing", state="settled", captured=1000),
        e.InputError: lambda h: c.ObserveJointAttempt(_jointly(h).id, state="settled", captured=100_001),
    },
    c.ObserveRefund: {e.NotFoundError: lambda h: c.ObserveRefund("nothing", state="settled")},
}
"""For each command and each error that it may raise one that raises it."""
