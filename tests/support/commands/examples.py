"""For each class of command an example that succeeds: what makes a house ready for it, and the command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.bank_answers import read_bank_answer
from cantinekit.money import Money
from cantinekit.reads.books import sealing
from support.houses import clock_house, debit_house
from support.houses.billing_house import booked, on_terms
from support.houses.issuing_house import ADDRESS, ZOE, charged, described, taxed
from support.houses.lasting_house import hold_plan, subscribe
from support.houses.lending_house import charge, lending, with_keys
from support.houses.small_house import HOURS, TARIFF, TODAY, House, period


def _held(house: House) -> str:
    return house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11), person_id="zoe")).value.id


def _requested(house: House) -> str:
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True)))
    return house.do(c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe")).value.id


def _offered(house: House) -> str:
    """A seat at the paid session that was offered to Eve from the waiting list."""
    first, _ = [
        house.do(c.Register(session_id="paid", person_id=person, account="desk")).value for person in ("zoe", "bob")
    ]
    waiting = house.do(c.Register(session_id="paid", person_id="eve")).value
    house.do(c.CancelRegistration(first.id))
    return waiting.id


def _crowded(house: House) -> str:
    """A registration at the free session, for which somebody waits."""
    first = house.do(c.Register(session_id="free", person_id="zoe")).value.id
    for person in ("bob", "eve"):
        house.do(c.Register(session_id="free", person_id=person))
    return first


def _kept(house: House) -> str:
    """The free session, of which a seat is kept for a group, and for another seat of which somebody waits."""
    house.do(c.KeepSeats("free", code="GROUP", seats=1))
    for person in ("zoe", "bob"):
        house.do(c.Register(session_id="free", person_id=person))
    return "free"


def _covered(house: House) -> str:
    """A seat at the paid session, for an entry of a carnet and the materials by card."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    return house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="card")).value.id


def _at_the_door(house: House) -> str:
    """A seat at the free session, for two, half an hour before it begins."""
    seat = house.do(c.Register(session_id="free", person_id="zoe", seats=2)).value.id
    house.clock.set(house.get(m.Session, "free").period.start - timedelta(minutes=30))
    return seat


def _over_session(house: House, *closed: c.Command) -> str:
    """The free session, once it is over."""
    house.do(c.MarkAttendance(_at_the_door(house)))
    house.clock.set(house.get(m.Session, "free").period.end)
    for command in closed:
        house.do(command)
    return "free"


def _trained(house: House) -> str:
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="learnt elsewhere"))
    return "zoe"


def _due(house: House) -> str:
    return house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe")).charges[0].id


TRANSFER = c.PayOwed(payer_id="zoe", place_id="paris", amount=Money(10000, "EUR"), account="desk")
"""100.00 for what is owed."""


def _owed(house: House) -> str:
    """The id of a charge of 20.00 on account."""
    return charge(
        house,
        c.Book(space_id="b", product_id="room", period=period(15, 16), person_id="zoe", on_account=True),
    ).id


def _in_credit(house: House) -> str:
    """Somebody who paid more than what was owed."""
    _owed(house)
    return house.do(TRANSFER).value.payer_id


def _paid(house: House, account: str = "card") -> str:
    return (
        house.do(c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", account=account))
        .charges[0]
        .id
    )


def _beginning(house: House) -> str:
    """A booking that begins now, of a room that is released when nobody comes."""
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    booking = house.get(m.Charge, _paid(house)).subject.id
    house.clock.set(period(10, 11).start)
    return booking


def _arrived(house: House) -> str:
    """A booking to which somebody came."""
    booking = _beginning(house)
    house.do(c.CheckInBooking(booking))
    return booking


def _released(house: House) -> str:
    """A booking to which nobody came."""
    booking = _beginning(house)
    house.wait(minutes=15)
    house.cantine.run_due()
    return booking


def _overrun(house: House) -> c.RecordOverrun:
    """Somebody has stayed forty minutes longer in a room than was booked."""
    late = """
[tariff]
id = "late"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.hour]
rate = { price = 10.00, per = "1h" }
overrun = { price = 5.00, per = "30min" }
"""
    house.do(c.PublishTariff(late))
    booked = c.Book(space_id="b", product_id="late/hour", period=period(10, 11), person_id="zoe", account="desk")
    booking = house.do(booked).value.id
    left = period(10, 11).end + timedelta(minutes=40)
    house.clock.set(left)
    return c.RecordOverrun(booking, until=left, account="card")


def _another_session(house: House) -> str:
    """Another session of the workshop of the paid one."""
    added = c.AddSession(
        workshop_id="welding", day=TODAY + timedelta(days=2), starts=time(18), ends=time(20), seats=2, id="later"
    )
    return house.do(added).value.id


def _attempt(house: House) -> str:
    """An attempt that took money."""
    return house.get(m.Charge, _paid(house)).attempt_ids[0]


def _gift(house: House) -> m.GiftNote:
    """A carnet that Zoe gives, with its code."""
    asked = c.GiftPass(product_id="carnet", place_id="paris", buyer_id="zoe", account="card", email="lou@example.org")
    return house.do(asked).value


def _on_entry(house: House) -> str:
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    return house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")).value.id


def _by_clock(house: House) -> str:
    """A visit of an hour, priced by the clock and paid by card; half an hour ago its visitor was seen leaving."""
    for command in clock_house.set_up():
        house.do(command)
    visit = house.do(c.CheckIn(place_id="paris", product_id="hour", person_id="zoe", account="card")).value.id
    house.wait(minutes=60)
    house.do(c.CheckOut(visit))
    house.wait(minutes=30)
    return visit


def _narrowed(house: House) -> str:
    """A space whose narrowing was announced, and not yet settled."""
    house.cantine._engine.run(c.ChangeCapacity("open", capacity=1), "ana")
    return "open"


def _closure(house: House) -> str:
    return house.do(c.CloseSpace("b", period=period(10, 11), reason="works")).value.closures[0].id


def _on_account(house: House) -> str:
    """A legal entity that was not paid yet by a payer with terms: for two bookings."""
    on_terms(taxed(house))
    for _ in range(2):
        booked(house)
    return "asso"


def _mandated(house: House) -> str:
    """A legal entity that may collect from an organisation by direct debit."""
    debit_house.signed(on_terms(house))
    return "asso"


def _waiting_debit(house: House) -> str:
    """A legal entity with a bill that waits to be collected by direct debit."""
    debit_house.signed(on_terms(taxed(house)))
    return debit_house.waiting(house).entity_id


def _bank_answer(house: House) -> c.BankAnswer:
    """What a bank answers to a direct debit: it is settled."""
    _waiting_debit(house)
    (id,) = debit_house.collected(house).debit_ids
    return read_bank_answer(debit_house.booked_at_bank(debit_house.booking_of(id, "15.00")))


def _yesterday(house: House) -> date:
    """The day on which a carnet was sold, once it is over."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.wait(days=1)
    return TODAY


def _closed(house: House) -> str:
    """A period that was closed and not yet sealed."""
    house.cantine._engine.run(c.ClosePeriod("asso", until=_yesterday(house)), "ana")
    return m.closing_id("asso", TODAY)


def _served(house: House) -> str:
    """A clearing line: an entry of a carnet of Asso that was used at Coop, by a rule."""
    house.do(c.AgreeClearing("asso", other_id="coop", share="3/5", first_day=TODAY, id="fair"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.CheckIn(place_id="nantes", product_id="coop-day", person_id="zoe", account="till"))
    return house.all(m.ClearingLine)[0].id


def _invoicing(house: House) -> c.InvoiceClearing:
    """How Coop invoices, which has an address and both series."""
    house.do(c.DescribeEntity("coop", address=("1 quai",), country="FR", vat_number="FR40303265045"))
    for name, documents in (("I", "invoice"), ("N", "credit note")):
        house.do(c.OpenSeries(entity_id="coop", name=name, documents=documents, prefix=name, zone="Europe/Paris"))
    return c.InvoiceClearing("coop", invoices="I", credit_notes="N", tax="standard", rate="20%", days_until_due=30)


def _served_yesterday(house: House) -> date:
    """The day of such a line, once it is over."""
    _served(house)
    house.wait(days=1)
    return TODAY


def _leaving(house: House) -> str:
    """Somebody who is to be forgotten, which was announced and not yet looked at."""
    house.cantine._engine.run(c.ForgetPerson("lou"), "ana")
    return "lou"


def _organisation(house: House) -> str:
    return house.do(c.AddOrganisation(name="Canary Works", form="association", id="works")).value.id


def _volunteer(house) -> str:
    """The legal entity at which zoe is a volunteer."""
    role = c.GiveRole(entity_id="asso", person_id="zoe", role="volunteer", first_day=TODAY)
    return house.do(role).value.entity_id


def _sponsored(house: House) -> str:
    """A sponsorship of zoe by an organisation."""
    agreed = c.AgreeSponsorship(
        entity_id="asso", sponsor_id=_organisation(house), beneficiary_id="zoe", first_day=TODAY
    )
    return house.do(agreed).value.id


def _affiliated(house: House) -> str:
    belongs = c.Affiliate(organisation_id=_organisation(house), person_id="zoe", role="member", first_day=TODAY)
    return house.do(belongs).value.id


def _dissolving(house: House) -> str:
    """An organisation that is to be forgotten, to which somebody belongs; nobody has looked at it yet."""
    _affiliated(house)
    house.cantine._engine.run(c.ForgetOrganisation("works"), "ana")
    return "works"


def _to_remind(house: House) -> tuple[m.Subject, datetime]:
    """A booking whose person is to be reminded of it now, and when it begins."""
    house.do(c.SetReminders("paris", booking=timedelta(hours=2)))
    house.cantine.run_due()
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(15, 16), person_id="zoe", account="desk")
    ).value
    house.clock.set(booking.period.start - timedelta(hours=2))
    return m.Subject("booking", booking.id), booking.period.start


def _undecided(house: House) -> str:
    """A session with a minimum that is to be decided now."""
    due = house.clock.now() + timedelta(hours=1)
    added = c.AddSession(
        workshop_id="talk",
        day=TODAY + timedelta(days=2),
        starts=time(18),
        ends=time(20),
        seats=5,
        space_id="a",
        minimum=1,
        decide_at=due,
    )
    session = house.do(added).value.id
    house.do(c.Register(session_id=session, person_id="zoe"))
    house.clock.set(due)
    return session


def _started(house: House) -> str:
    """An attempt to take money, of which the gateway was not asked yet."""
    done = house.cantine._engine.run(
        c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"), "ana"
    )
    return house.get(m.Charge, done.charge_ids[0]).attempt_ids[0]


def _several(house: House) -> tuple[str, ...]:
    """The ids of two charges of one payer."""
    also = c.Book(space_id="b", product_id="room", period=period(16, 17), person_id="zoe", on_account=True)
    return _owed(house), charge(house, also).id


def _jointly(house: House) -> m.JointAttempt:
    """A payment of two charges, of which the gateway was not asked yet."""
    house.cantine._engine.run(c.PayTogether(charge_ids=_several(house), account="card"), "ana")
    (found,) = house.all(m.JointAttempt)
    return found


def _refunding(house: House) -> str:
    """A refund that the gateway was not asked for yet."""
    charge = _paid(house)
    house.cantine._engine.run(c.RefundCharge(charge, amount=Money(500, "EUR"), reason="goodwill"), "ana")
    return house.all(m.Refund)[0].id


def _over(house: House) -> m.Subject:
    subject = m.Subject("booking", _held(house))
    house.wait(minutes=20)
    return subject


def _invoiced(house: House) -> str:
    """A charge with an invoice, of which a part was given back."""
    charge = charged(taxed(described(house)), 2)
    house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE))
    house.do(c.RefundCharge(charge, amount=Money(500, "EUR"), reason="goodwill"))
    return charge


THURSDAYS = c.BookSeries(
    space_id="a",
    product_id="room",
    day=TODAY + timedelta(days=2),
    starts=time(10),
    ends=time(12),
    rule="FREQ=WEEKLY;COUNT=4",
    skip=(TODAY + timedelta(days=9),),
    person_id="zoe",
    account="card",
)


def _thursdays(house: House) -> c.BookSeries:
    """A series of four dates, of which the second is taken."""
    house.do(c.Book(space_id="a1", product_id="room", period=period(9, 10, TODAY + timedelta(days=9)), account="desk"))
    return THURSDAYS


def _series(house: House) -> str:
    return house.do(_thursdays(house)).value.id


def _skipped(house: House) -> str:
    """A series whose date that was taken is free now."""
    series, taken = _series(house), house.all(m.Booking)[0]
    house.do(c.CancelBooking(taken.id))
    return series


ON_MONDAYS = c.AddCourse(
    workshop_id="welding",
    meetings=[(date(2026, 11, 30) + timedelta(weeks=n), time(18), time(20), "a") for n in range(4)],
    seats=2,
    late_joiners=True,
    id="course",
)


def _first_of_course(house: House) -> str:
    """The first meeting of a course at which one has a seat and two wait."""
    first = house.do(ON_MONDAYS).value.meetings[0].id
    for person in ("zoe", "bob", "eve", "ida"):
        house.do(c.Register(session_id="course", person_id=person, account="desk"))
    return first


FRIDAYS = c.PlanSessions(
    workshop_id="welding",
    day=TODAY + timedelta(days=3),
    starts=time(18),
    ends=time(20),
    seats=4,
    rule="FREQ=WEEKLY",
    space_id="a",
    until=TODAY + timedelta(days=20),
    themes=("butt joints", "fillets"),
    skip=(TODAY + timedelta(days=10),),
)


def _fridays(house: House) -> c.PlanSessions:
    """Three sessions, of which the room of the second is taken."""
    house.do(
        c.Book(
            space_id="a1",
            product_id="room",
            period=period(17, 18, TODAY + timedelta(days=10)),
            account="desk",
            override="a wake",
        )
    )
    return FRIDAYS


def _planned(house: House) -> str:
    """A series of sessions with somebody at the first of them."""
    series = house.do(_fridays(house)).value
    house.do(c.Register(session_id=series.session_ids[0], person_id="zoe", account="desk"))
    return series.id


def _left_out(house: House) -> str:
    """A series of sessions whose date that was taken is free now."""
    series, taken = _planned(house), house.all(m.Booking)[0]
    house.do(c.CancelBooking(taken.id))
    return series


BASKET = c.Sell(
    [
        c.SellLine("room", period=period(10, 12, TODAY + timedelta(days=2))),
        c.SellLine("materials", count=3),
        "carnet",
        c.SellLine("seat", count=2, day=TODAY + timedelta(days=2)),
    ],
    place_id="paris",
    person_id="zoe",
    account="card",
)


def _weighed(house: House) -> str:
    """An order of which something is still to be weighed, for an amount that is asked for at once."""
    house.do(c.PublishTariff(PRINTS))
    prints = (c.SellLine("prints/print", facts={"colour": True}), "prints/paper")
    return house.do(c.Sell(prints, place_id="paris", person_id="zoe", account="card")).value.id


PRINTS = """
[tariff]
id = "prints"
name = "Prints"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
grams = "number"
colour = "yes/no"
[product.print]
afterwards = ["grams"]
rate = [{ when = { colour = true }, price = 0.20, per = "grams" }, { price = 0.12, per = "grams" }]
adjust = [{ id = "month", at_most = 30.00, same = ["person", "month"] }]
[product.paper]
rate = { price = 1.00 }
"""
"""A price list of what is weighed once it is made."""

SIZE = m.RegistrationQuestion("size", "Taille", "Size", "choice", ("S", "M"))

EXAMPLES: dict[type[c.Command], Callable[[House], Any]] = {
    c.AddEntity: lambda house: c.AddEntity(name="Mairie", accounts=("desk",), id="mairie"),
    c.AddPlace: lambda house: c.AddPlace(
        name="Rennes", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=HOURS, id="rennes"
    ),
    c.MovePlace: lambda house: c.MovePlace("brest", zone="America/Martinique"),
    c.SetPlaceFacts: lambda house: c.SetPlaceFacts(
        "brest", facts={"site": "port", "surcharge": Money(150, "EUR"), "factor": Decimal("1.25"), "offers": {"sauna"}}
    ),
    c.SetReminders: lambda house: c.SetReminders(
        "paris", booking=timedelta(hours=2), session=timedelta(days=1), end=timedelta(days=7)
    ),
    c.ChangeOpenings: lambda house: c.ChangeOpenings(
        place_id="paris",
        hours=HOURS,
        openings=m.Openings(closed=[m.ClosedDays.on("public holiday", "Noël", date(2026, 12, 25))]),
    ),
    c.AddSpace: lambda house: c.AddSpace(place_id="paris", name="Tout", parts=("a", "b"), id="all"),
    c.ChangeTerms: lambda house: c.ChangeTerms("b", terms=m.Terms(after=timedelta(minutes=30), features={"projector"})),
    c.ChangeCapacity: lambda house: c.ChangeCapacity("open", capacity=2),
    c.CloseSpace: lambda house: c.CloseSpace("b", period=period(10, 11), reason="works"),
    c.ReopenSpace: lambda house: c.ReopenSpace("b", closure_id=_closure(house)),
    c.AddProduct: lambda house: c.AddProduct(
        name="New",
        entity_id="asso",
        pricelist_id="net",
        tariff_product="carnet",
        sells="pass",
    ),
    c.PublishTariff: lambda house: c.PublishTariff(TARIFF.replace("80.00", "90.00")),
    c.ChangeProduct: lambda house: c.ChangeProduct("room", name="A room for an hour", tariff_product="desk"),
    c.RetireProduct: lambda house: c.RetireProduct("mini"),
    c.RestoreProduct: lambda house: c.RestoreProduct(house.do(c.RetireProduct("mini")).value.id),
    c.ChangeEntity: lambda house: c.ChangeEntity("asso", accounts=("desk", "card", "till"), pricelist_id="net"),
    c.ChangePlace: lambda house: c.ChangePlace(
        "paris",
        name="Paris Est",
        address=("2 quai du Port", "75010 Paris"),
        pricelist_id="net",
        publics=[m.Public("status", ("student", "job-seeker"))],
    ),
    c.ChangeSpace: lambda house: c.ChangeSpace("b", name="Blue room", seats=8, product_id="net/room"),
    c.RetireSpace: lambda house: c.RetireSpace("a", day=TODAY + timedelta(days=30)),
    c.RestoreSpace: lambda house: c.RestoreSpace(house.do(c.RetireSpace("n")).value.space_id),
    c.ChangeWorkshop: lambda house: c.ChangeWorkshop(
        "talk", title="A long talk", product_id="net/seat", option_ids=("materials",)
    ),
    c.RetireWorkshop: lambda house: c.RetireWorkshop("talk"),
    c.RestoreWorkshop: lambda house: c.RestoreWorkshop(house.do(c.RetireWorkshop("talk")).value.id),
    c.AddPerson: lambda house: c.AddPerson(name="Jo", email="jo@example.org", lang="fr"),
    c.ChangePerson: lambda house: c.ChangePerson("zoe", email="zoe@example.net", lang="fr"),
    c.SetFact: lambda house: c.SetFact("zoe", name="student", value=True, until=date(2027, 8, 31), proof="card seen"),
    c.PublishProfile: lambda house: c.PublishProfile(
        "zoe",
        place_id="paris",
        audience="network",
        headline="Canary weaving",
        skills=("Canary felt", "dyeing"),
        links=("https://example.org/canary",),
    ),
    c.WithdrawProfile: lambda house: c.WithdrawProfile(
        house.do(c.PublishProfile("zoe", place_id="paris", audience="members", name="Canary Zoe")).value.id
    ),
    c.ShareFeed: lambda house: c.ShareFeed("zoe", link_id="AbCdEfGh1234", digest="0f" * 32),
    c.RevokeFeed: lambda house: c.RevokeFeed(
        house.do(c.ShareFeed("zoe", link_id="ZyXwVuTs9876", digest="f0" * 32)).value.id
    ),
    c.ForgetPerson: lambda house: c.ForgetPerson("lou"),
    c.AddOrganisation: lambda house: c.AddOrganisation(
        name="Canary Works",
        address=("1 quai", "35000 Rennes"),
        country="FR",
        email="bills@example.org",
        lang="en",
        id="co",
    ),
    c.ChangeOrganisation: lambda house: c.ChangeOrganisation(_organisation(house), email="accounts@example.org"),
    c.SetOrganisationFact: lambda house: c.SetOrganisationFact(
        _organisation(house), name="student", value=True, until=date(2027, 8, 31), proof="statutes seen"
    ),
    c.ForgetOrganisation: lambda house: c.ForgetOrganisation(_organisation(house)),
    c.Affiliate: lambda house: c.Affiliate(
        organisation_id=_organisation(house), person_id="zoe", role="admin", first_day=TODAY
    ),
    c.EndAffiliation: lambda house: c.EndAffiliation(_affiliated(house), last_day=TODAY + timedelta(days=30)),
    c.GiveRole: lambda house: c.GiveRole(entity_id="asso", person_id="zoe", role="volunteer", first_day=TODAY),
    c.EndRole: lambda house: c.EndRole(
        entity_id=_volunteer(house), person_id="zoe", role="volunteer", last_day=TODAY + timedelta(days=30)
    ),
    c.AgreeSponsorship: lambda house: c.AgreeSponsorship(
        entity_id="asso",
        sponsor_id=_organisation(house),
        beneficiary_id="zoe",
        share="1/2",
        at_most_a_month=Money(3000, "EUR"),
        product_ids=("day",),
        first_day=TODAY,
    ),
    c.EndSponsorship: lambda house: c.EndSponsorship(_sponsored(house), last_day=TODAY + timedelta(days=30)),
    c.AddAccessCodes: lambda house: c.AddAccessCodes(place_id="brest", codes=("B1", "B2")),
    c.AddFacilitator: lambda house: c.AddFacilitator(person_id="zoe", place_id="brest", hours=HOURS),
    c.AddWorkshop: lambda house: c.AddWorkshop(
        place_id="paris", title="Couture", product_id="seat", option_ids=("materials",)
    ),
    c.ChangeAdmission: lambda house: c.ChangeAdmission(
        "welding", admission=m.Admission(["makers"], 16, bursaries=m.Quota(percent=50), questions=[SIZE])
    ),
    c.AddSession: lambda house: c.AddSession(
        workshop_id="talk", day=TODAY + timedelta(days=2), starts=time(18), ends=time(20), seats=12, space_id="a"
    ),
    c.AddCourse: lambda house: ON_MONDAYS,
    c.SellPass: lambda house: c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"),
    c.GrantPass: lambda house: c.GrantPass(
        product_id="carnet",
        place_id="paris",
        holder_id="zoe",
        reason="bought in the old system",
        first_day=TODAY - timedelta(days=90),
    ),
    c.GrantUnits: lambda house: c.GrantUnits(
        account="carnet",
        units=4,
        pricelist_id="net",
        place_id="paris",
        holder_id="zoe",
        reason="left in the old system",
        last_day=TODAY + timedelta(days=90),
        paid=Money(800, "EUR"),
    ),
    c.CancelPass: lambda house: c.CancelPass(
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card")).value.id
    ),
    c.GiveNotice: lambda house: c.GiveNotice(subscribe(house)),
    c.WithdrawNotice: lambda house: c.WithdrawNotice(house.do(c.GiveNotice(subscribe(house))).value.id),
    c.EndPass: lambda house: c.EndPass(subscribe(house), reason="she moves away"),
    c.PausePass: lambda house: c.PausePass(
        subscribe(house, "locker"), until=TODAY + timedelta(days=9), reason="she travels", override="agreed"
    ),
    c.ResumePass: lambda house: c.ResumePass(
        house.do(
            c.PausePass(
                subscribe(house, "locker"),
                first_day=TODAY + timedelta(days=3),
                reason="she travels",
                override="agreed",
            )
        ).value.id,
        day=TODAY + timedelta(days=5),
    ),
    c.ChangePass: lambda house: c.ChangePass(hold_plan(house), product_id="plans/office"),
    c.WithdrawPassChange: lambda house: c.WithdrawPassChange(
        house.do(c.ChangePass(hold_plan(house), product_id="plans/office", day=TODAY + timedelta(days=20))).value.id
    ),
    c.ExtendPass: lambda house: c.ExtendPass(subscribe(house), days=7, reason="the heating was broken"),
    c.TransferPass: lambda house: c.TransferPass(subscribe(house), holder_id="bob", reason="moved to another team"),
    c.GiftPass: lambda house: c.GiftPass(
        product_id="carnet",
        place_id="paris",
        buyer_id="zoe",
        account="card",
        email="lou@example.org",
        name="Lou",
        message="Happy birthday!",
        claim_until=TODAY + timedelta(days=60),
    ),
    c.ClaimPass: lambda house: c.ClaimPass(_gift(house).code, holder_id="bob"),
    c.RedirectGift: lambda house: c.RedirectGift(_gift(house).id, email="max@example.org"),
    c.WithdrawGift: lambda house: c.WithdrawGift(_gift(house).id),
    c.Sell: lambda house: BASKET,
    c.CancelOrder: lambda house: c.CancelOrder(house.do(BASKET).value.id),
    c.MeasureOrder: lambda house: c.MeasureOrder(_weighed(house), line=1, facts={"grams": 120}, account="card"),
    c.CheckIn: lambda house: c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="card"),
    c.UpgradeVisit: lambda house: c.UpgradeVisit(_on_entry(house), product_id="day", account="card"),
    c.CheckOut: lambda house: c.CheckOut(_on_entry(house)),
    c.CorrectVisit: lambda house: c.CorrectVisit(_by_clock(house), closed_at=house.clock.now(), reason="left later"),
    c.CancelVisit: lambda house: c.CancelVisit(_by_clock(house), reason="somebody else"),
    c.ReopenVisit: lambda house: c.ReopenVisit(_by_clock(house), reason="was still there"),
    c.HoldSpace: lambda house: c.HoldSpace(space_id="a", product_id="room", period=period(10, 11), person_id="zoe"),
    c.Book: lambda house: c.Book(
        space_id="open", product_id="desk", period=period(10, 14), units=2, person_id="zoe", account="card"
    ),
    c.ConfirmBooking: lambda house: c.ConfirmBooking(_held(house), account="card"),
    c.ApproveBooking: lambda house: c.ApproveBooking(_requested(house), account="card"),
    c.DeclineBooking: lambda house: c.DeclineBooking(_requested(house), reason="works"),
    c.CancelBooking: lambda house: c.CancelBooking(house.get(m.Charge, _paid(house)).subject.id),
    c.MoveBooking: lambda house: c.MoveBooking(
        house.get(m.Charge, _paid(house)).subject.id, period=period(12, 14), space_id="a", account="card"
    ),
    c.CheckInBooking: lambda house: c.CheckInBooking(_beginning(house)),
    c.UndoCheckIn: lambda house: c.UndoCheckIn(_arrived(house)),
    c.UndoRelease: lambda house: c.UndoRelease(_released(house), account="card"),
    c.RecordOverrun: _overrun,
    c.BookSeries: _thursdays,
    c.RetrySkipped: lambda house: c.RetrySkipped(_skipped(house), account="card"),
    c.MoveBookingSeries: lambda house: c.MoveBookingSeries(
        _series(house), starts=time(14), ends=time(17), account="card"
    ),
    c.CancelSeries: lambda house: c.CancelSeries(_series(house), from_date=TODAY + timedelta(days=16)),
    c.Register: lambda house: c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="card"),
    c.TakeSeat: lambda house: c.TakeSeat(_offered(house), option_ids=("materials",), account="card"),
    c.CancelRegistration: lambda house: c.CancelRegistration(_crowded(house)),
    c.MoveRegistration: lambda house: c.MoveRegistration(
        registration_id=_covered(house), session_id=_another_session(house)
    ),
    c.ChangeSeats: lambda house: (_crowded(house), c.ChangeSeats("free", seats=4))[1],
    c.KeepSeats: lambda house: c.KeepSeats(_kept(house), code="GROUP", seats=0),
    c.MoveSession: lambda house: (_crowded(house), c.MoveSession("free", starts=time(13), space_id="a"))[1],
    c.CancelSession: lambda house: (_covered(house), c.CancelSession("paid", reason="the kiln is broken"))[1],
    c.MoveMeeting: lambda house: c.MoveMeeting(
        session_id="course", meeting_id=_first_of_course(house), starts=time(17), space_id="b"
    ),
    c.CancelMeeting: lambda house: c.CancelMeeting(
        session_id="course", meeting_id=_first_of_course(house), reason="the teacher is ill"
    ),
    c.PlanSessions: _fridays,
    c.ExtendSessions: lambda house: c.ExtendSessions(_planned(house), until=TODAY + timedelta(days=30)),
    c.PlanSkipped: lambda house: c.PlanSkipped(_left_out(house)),
    c.ChangeSessions: lambda house: c.ChangeSessions(_planned(house), starts=time(17), space_id="b", reason="light"),
    c.CancelSessions: lambda house: c.CancelSessions(_planned(house), reason="the kiln is broken"),
    c.ChangeTheme: lambda house: c.ChangeTheme(house.get(m.Session, "paid").id, theme="tungsten"),
    c.MarkAttendance: lambda house: c.MarkAttendance(_at_the_door(house), seats=1),
    c.CloseSheet: lambda house: c.CloseSheet(_over_session(house), walk_ins=3),
    c.ReopenSheet: lambda house: c.ReopenSheet(_over_session(house, c.CloseSheet("free")), reason="somebody came late"),
    c.ChangePrerequisites: lambda house: c.ChangePrerequisites("welding", prerequisites=("talk",), valid_months=24),
    c.GrantTraining: lambda house: c.GrantTraining(
        person_id="zoe", workshop_id="welding", reason="learnt at another place"
    ),
    c.RevokeTraining: lambda house: c.RevokeTraining(
        person_id=_trained(house), workshop_id="talk", reason="used without goggles"
    ),
    c.Pay: lambda house: c.Pay(_due(house), account="card"),
    c.RefundCharge: lambda house: c.RefundCharge(_paid(house), amount=Money(500, "EUR"), reason="goodwill"),
    c.RefundLines: lambda house: c.RefundLines(_paid(house), lines=(0,), reason="the projector was broken"),
    c.ReturnDeposit: lambda house: c.ReturnDeposit(charge(lending(house), with_keys("card")).id),
    c.KeepDeposit: lambda house: c.KeepDeposit(
        charge(lending(house), with_keys("card")).id, amount=Money(2000, "EUR"), reason="a key was lost"
    ),
    c.PayOwed: lambda house: (_owed(house), TRANSFER)[1],
    c.PayTogether: lambda house: c.PayTogether(charge_ids=_several(house), account="desk"),
    c.PayBack: lambda house: c.PayBack(payer_id=_in_credit(house), place_id="paris", account="desk"),
    c.WriteOff: lambda house: c.WriteOff(_owed(house), reason="gone abroad"),
    c.RecordRefund: lambda house: c.RecordRefund(
        attempt_id=_attempt(house), amount=Money(500, "EUR"), reason="given in cash"
    ),
    c.RecordChargeback: lambda house: c.RecordChargeback(
        _attempt(house), lost=Money(500, "EUR"), reason="dispute lost"
    ),
    c.DescribeEntity: lambda house: c.DescribeEntity(
        "asso", address=ADDRESS, country="FR", registration="123 456 789", vat_number="FR12345678901"
    ),
    c.OpenSeries: lambda house: c.OpenSeries(
        entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"
    ),
    c.AutomateReceipts: lambda house: c.AutomateReceipts(described(house) and "asso", series="receipts"),
    c.IssueDocument: lambda house: c.IssueDocument(
        charge_id=charged(taxed(described(house))), series="invoices", addressee=ZOE
    ),
    c.IssueCreditNote: lambda house: c.IssueCreditNote(
        charge_id=_invoiced(house), series="credits", refund_id=house.all(m.Refund)[0].id
    ),
    c.AgreeBillingTerms: lambda house: c.AgreeBillingTerms(
        entity_id=described(house) and "asso", payer_id="zoe", series="invoices", addressee=ZOE
    ),
    c.EndBillingTerms: lambda house: c.EndBillingTerms(entity_id=on_terms(house) and "asso", payer_id="works"),
    c.CloseBill: lambda house: c.CloseBill(entity_id=_on_account(house), payer_id="works"),
    c.SignMandate: lambda house: attrs.evolve(debit_house.SIGN, entity_id=on_terms(house) and "asso"),
    c.EndMandate: lambda house: c.EndMandate(entity_id=_mandated(house), payer_id="works"),
    c.CollectDebits: lambda house: attrs.evolve(debit_house.COLLECT, entity_id=_waiting_debit(house)),
    c.RecordBankAnswer: lambda house: c.RecordBankAnswer(entity_id="asso", answer=_bank_answer(house)),
    c.ImportPass: lambda house: c.ImportPass(
        source="old 1",
        day=TODAY,
        product_id="carnet",
        place_id="paris",
        holder_id="zoe",
        first_day=TODAY - timedelta(days=90),
        units={"carnet": 3},
        value=Money(2400, "EUR"),
    ),
    c.ImportUnits: lambda house: c.ImportUnits(
        source="old 2",
        day=TODAY,
        account="carnet",
        units=4,
        pricelist_id="net",
        place_id="paris",
        holder_id="zoe",
        last_day=TODAY + timedelta(days=90),
        value=Money(3000, "EUR"),
    ),
    c.ImportPerson: lambda house: c.ImportPerson(
        source="old 6", day=TODAY, name="Canary Tao", email="canary-tao@example.org", lang="en", id="tao"
    ),
    c.ImportOrganisation: lambda house: c.ImportOrganisation(
        source="old 7",
        day=TODAY,
        name="Canary Works",
        form="association",
        address=("1 rue Canary", "35000 Rennes"),
        country="FR",
        vat_number="FR40303265045",
        email="canary-works@example.org",
        id="old-works",
    ),
    c.ImportAffiliation: lambda house: c.ImportAffiliation(
        source="old 8",
        day=TODAY,
        organisation_id=house.do(c.AddOrganisation(name="Canary Works", id="old-works")).value.id,
        person_id="zoe",
        role="member",
        first_day=TODAY - timedelta(days=90),
        at_most=3,
    ),
    c.ImportBalance: lambda house: c.ImportBalance(
        source="old 3", day=TODAY, place_id="paris", payer_id="zoe", owed=Money(4200, "EUR"), text="invoice F2026-118"
    ),
    c.ImportBooking: lambda house: c.ImportBooking(
        source="old 4",
        day=TODAY,
        space_id="a1",
        product_id="room",
        period=period(9, 11, TODAY - timedelta(days=7)),
        person_id="zoe",
    ),
    c.ContinueSeries: lambda house: c.ContinueSeries(
        source="old 5",
        day=TODAY,
        entity_id=described(house) and "asso",
        name=house.do(
            c.OpenSeries(entity_id="asso", name="old", documents="invoice", prefix="O", zone="Europe/Paris")
        ).value.name,
        year=2026,
        last=118,
    ),
    c.ClosePeriod: lambda house: c.ClosePeriod("asso", until=_yesterday(house)),
    c.MapAccounts: lambda house: c.MapAccounts(
        "asso",
        accounts={"account/card": ("512100", "Banque, carte"), "revenue/*": ("706100", "Prestations")},
        journals={"money": ("BC", "Banque, carte")},
    ),
    c.AgreeClearing: lambda house: c.AgreeClearing("asso", other_id="coop", share="3/5", first_day=TODAY),
    c.EndClearing: lambda house: c.EndClearing("asso", rule_id=_served(house) and "fair", last_day=TODAY),
    c.CloseClearing: lambda house: c.CloseClearing("asso", other_id="coop", until=_served_yesterday(house)),
    c.DisputeClearing: lambda house: c.DisputeClearing((_served(house),), reason="it was no day"),
    c.InvoiceClearing: lambda house: _invoicing(house),
    c.Expire: lambda house: c.Expire(_over(house)),
    c.SettleNarrowing: lambda house: c.SettleNarrowing(_narrowed(house)),
    c.SettleForgetting: lambda house: c.SettleForgetting(_leaving(house)),
    c.SettleForgettingOrganisation: lambda house: c.SettleForgettingOrganisation(_dissolving(house)),
    c.DecideSession: lambda house: c.DecideSession(_undecided(house)),
    c.Remind: lambda house: c.Remind(*_to_remind(house)),
    c.SealPeriod: lambda house: sealing(house.cantine.read, _closed(house)),
    c.ObserveCharge: lambda house: c.ObserveCharge(_started(house), state="settled", captured=8000, reference="ch_1"),
    c.ObserveJointAttempt: lambda house: (
        lambda one: c.ObserveJointAttempt(one.id, state="settled", captured=one.amount.amount, reference="ch_1")
    )(_jointly(house)),
    c.ObserveRefund: lambda house: c.ObserveRefund(_refunding(house), state="settled", reference="re_1"),
}


def other(command: c.Command) -> c.Command:
    """The same kind of command with another content."""
    import attrs

    for field in attrs.fields(type(command)):
        value = getattr(command, field.name)
        for changed in _others(field.name, value):
            try:
                found = attrs.evolve(command, **{field.name: changed})
            except ValueError:
                continue
            if found != command:
                return found
    raise AssertionError(f"no other content for {command}")


def _others(name: str, value: Any) -> tuple[Any, ...]:
    if name == "text":
        return (f"{value}\n# another line\n",)
    if isinstance(value, str):
        return (f"{value}x",)
    return (value + 1,) if type(value) is int else ()
