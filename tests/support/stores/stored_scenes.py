"""The houses of the walk through all that is stored: what is done in each of them, by the public face alone.

There is one for the example of each command, and one for each scene, in which what no example reaches comes about.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway
from cantinekit.clock import Clock, ManualClock
from cantinekit.errors import RefusedError
from cantinekit.money import Money
from cantinekit.urls import Secret
from support.commands import examples
from support.houses import (
    billing_house,
    clock_house,
    club_house,
    counting_house,
    debit_house,
    issuing_house,
    lending_house,
    small_house,
)
from support.houses.lasting_house import hold_plan, subscribe
from support.houses.shop_house import shop
from support.houses.small_house import HOURS, TODAY, House, period

LEASES_OVER = 3
"""Minutes, after which ``run_due`` may take a task over from the call that has begun it."""
TOMORROW = TODAY + timedelta(days=1)
EUR = "EUR"
MEMBERS = small_house.TARIFF.replace(
    'rate = { price = 15.00, per = "1h" }',
    'rate = { price = 15.00, per = "1h" }\nadjust = [{ id = "member", when = { member = true }, percent = "-10%" }]',
).replace("[product.half-day]", '[facts]\nmember = "yes/no"\n[product.half-day]')
"""The price list with a room that costs members less."""
GIFT = Money(700, EUR)
LASTING = 'sells = "grant"\nvalid = { lasts = "90 days", first_day = "counts" }\n'


def refused(house: House, command: c.Command) -> None:
    """Ask for what is refused, also where the journal has it for a while."""
    with suppress(RefusedError):
        house.do(command)
        raise AssertionError(f"{command} was not refused")


def due(house: House, **lapse: float) -> None:
    """Let time pass, and carry out what is due then."""
    house.wait(**lapse)
    house.cantine.run_due()


def attempt(house: House, charge_id: str) -> str:
    """The last try to be paid for a charge."""
    return house.get(m.Charge, charge_id).attempt_ids[-1]


def told(house: House, *observations) -> None:
    """The card provider tells of its charges."""
    house.cantine.receive("card", *house.card.webhook(*observations))


def narrowed(house: House) -> None:
    """Spaces with fewer units and closures: refused, dropping holds that ran out; and with more units."""
    house.do(
        c.Book(space_id="open", product_id="desk", period=period(10, 14), units=2, person_id="zoe", account="desk")
    )
    refused(house, c.ChangeCapacity("open", capacity=1))
    house.do(c.ChangeCapacity("open", capacity=5))
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11), person_id="zoe"))
    house.wait(minutes=20)
    house.do(c.CloseSpace("b", period=period(9, 12), reason="works"))
    house.do(c.CloseSpace("n", period=period(9, 12, TODAY + timedelta(days=400)), reason="works"))
    house.do(c.Book(space_id="n", product_id="room", period=period(0, 24 * 70), person_id="bob", account="desk"))


def forgotten(house: House) -> None:
    """Somebody who is forgotten: not while something is open, then with all that is kept of them."""
    house.do(c.Book(space_id="b", product_id="room", period=period(10, 11, TOMORROW), person_id="zoe"))
    charge = house.do(
        c.Book(space_id="a", product_id="room", period=period(10, 11), person_id="zoe", account="card")
    ).charges[0]
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.Register(session_id="free", person_id="zoe"))
    refused(house, c.ForgetPerson("zoe"))
    due(house, days=2)
    house.do(c.ForgetPerson("zoe", gives_up=True))
    told(house, house.card.dispute(attempt(house, charge.id)))
    due(house, days=2)


def marked(house: House) -> None:
    """Who was there, corrected: a training that is lost, and a mark that is taken back."""
    seat = house.do(c.Register(session_id="free", person_id="zoe", seats=2)).value.id
    house.clock.set(house.get(m.Session, "free").period.start)
    house.do(c.MarkAttendance(seat))
    due(house, hours=3)
    house.do(c.CloseSheet("free"))
    house.do(c.ReopenSheet("free", reason="she was not there"))
    house.do(c.MarkAttendance(seat, present=False))
    other = house.do(c.Register(session_id="paid", person_id="bob", account="desk")).value.id
    house.clock.set(house.get(m.Session, "paid").period.start - timedelta(minutes=20))
    house.do(c.MarkAttendance(other))
    house.do(c.CancelRegistration(other, reason="ill"))
    house.do(c.ChangePrerequisites("welding", prerequisites=("talk",), valid_months=24))
    house.do(
        c.GrantTraining(
            person_id="eve", workshop_id="talk", reason="elsewhere", until=house.clock.now() + timedelta(days=90)
        )
    )


def late(house: House) -> None:
    """Seats, offered seats and a room that are paid late, by a card that hesitates; and such as are not paid at all."""
    house.card.play(charges=("pending",))
    first = house.do(
        c.Register(
            session_id="paid",
            person_id="zoe",
            option_ids=("materials",),
            account="card",
            return_url="https://coop.example/back",
        )
    )
    house.do(c.Register(session_id="paid", person_id="bob", account="card"))
    for person in ("eve", "ida"):
        house.do(c.Register(session_id="paid", person_id=person))
    due(house, minutes=16)
    told(house, house.card.settle(attempt(house, first.charges[0].id)))
    due(house, minutes=16)
    house.do(c.ChangeSeats("paid", seats=3))
    held = house.do(
        c.HoldSpace(space_id="a", product_id="room", period=period(12, 13), person_id="bob", minutes=30)
    ).value.id
    paid = house.do(c.ConfirmBooking(held, account="card")).charges[0]
    due(house, minutes=16)
    told(house, house.card.settle(attempt(house, paid.id)))
    due(house, hours=1)


def retaken(house: House) -> None:
    """A seat that is had again, because its payment came after its hold and it was still free."""
    house.card.play(charges=("pending",))
    seat = house.do(c.Register(session_id="paid", person_id="zoe", account="card"))
    house.wait(minutes=16)
    told(house, house.card.settle(attempt(house, seat.charges[0].id)))
    house.do(c.Register(session_id="paid", person_id="bob"))
    house.wait(minutes=16)
    house.do(c.Register(session_id="paid", person_id="eve"))
    house.wait(minutes=16)
    house.do(c.ChangeSeats("paid", seats=4))
    due(house, hours=1)


def reserved(house: House) -> None:
    """Seats for leaders and followers, of which some are held, had and waited for; and seats of a group."""
    option = {"entity_id": "asso", "pricelist_id": "net", "tariff_product": "materials", "sells": "option"}
    for id in ("leader", "follower"):
        house.do(c.AddProduct(name=id, id=id, **option))
    house.do(
        c.AddWorkshop(
            place_id="paris",
            title="Tango",
            product_id="seat",
            option_ids=("leader", "follower"),
            quotas={"leader": 1, "follower": 1},
            id="tango",
        )
    )
    house.do(c.ChangeWorkshop("tango", quotas={"leader": 2, "follower": 2}))
    day = TODAY + timedelta(days=3)
    house.do(c.AddSession(workshop_id="tango", day=day, starts=time(18), ends=time(20), seats=6, id="dance"))
    house.do(c.KeepSeats("dance", code="CLUB", seats=2))
    house.do(c.Register(session_id="dance", person_id="zoe", option_ids=("follower",), account="desk"))
    house.do(c.Register(session_id="dance", person_id="bob", option_ids=("follower",), codes=("CLUB",)))
    house.do(c.Register(session_id="dance", person_id="eve", option_ids=("follower",)))
    house.do(c.Register(session_id="dance", person_id="ida", option_ids=("leader",), codes=("CLUB",), account="desk"))
    house.do(c.ChangeSeats("dance", seats=7, quotas={"leader": 3}))
    house.do(c.KeepSeats("dance", code="CLUB", seats=3))
    house.do(c.Register(session_id="paid", person_id="max"))
    house.wait(minutes=16)
    house.do(c.KeepSeats("paid", code="CLUB", seats=1))


def stays(house: House) -> None:
    """Visits that become longer, with and without their payment; units that run out; codes; somebody let in."""
    house.card.play(charges=("pending",))
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="max", account="card"))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")).value.id
    house.do(c.CheckIn(place_id="paris", product_id="half-day", account="card"))
    other = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk")).value.id
    house.do(c.UpgradeVisit(other, product_id="day", account="card", return_url="https://coop.example/back"))
    due(house, minutes=20)
    house.do(c.UpgradeVisit(other, product_id="day", account="desk"))
    house.do(c.CheckOut(visit))
    house.do(c.ChangeOpenings(place_id="brest", hours=[one for one in HOURS if one.weekday != 1]))
    house.do(c.CheckIn(place_id="brest", product_id="day", person_id="eve", account="desk", override="a key holder"))
    due(house, days=2)
    due(house, days=2)


BY_CLOCK = """
[tariff]
id = "by-clock"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "use"
tax = "std"
[tax.std]
rates = [{ from = 2014-01-01, rate = "20%" }]
[facts]
member = "yes/no"
[product.hour]
rate = { price = 4.00, per = "1h" }
adjust = [{ id = "cap", at_most = 16.00, same = ["person", "day"] }]
[product.hours]
sells = "grant"
grant = { account = "hours", unit = "begun hour", units = 3 }
rate = { price = 9.00, per = "piece" }
[product.ticket]
measure = { unit = "begun hour", every = "1h" }
cover = { by = "hours", unit = "begun hour", partial = true }
beyond = "refuse"
rate = { refuse = "not_sold" }
[product.owed]
measure = { unit = "begun hour", every = "1h" }
cover = { by = "hours", unit = "begun hour", partial = true }
beyond = { debt_at = "hours" }
rate = { refuse = "not_sold" }
[coupon.TRY]
percent = "-25%"
"""


def front_desk(house: House) -> None:
    """Visits by the clock: in zones, on account, owed, without a price; noted late, corrected, taken back, reopened."""
    house.do(c.PublishTariff(BY_CLOCK, since=house.clock.now() - timedelta(days=3)))
    house.do(c.AddSpace(place_id="paris", name="Workshop", use="desks", capacity=2, id="lab"))
    for person in ("zoe", "max"):
        house.do(c.SellPass(product_id="by-clock/hours", place_id="paris", holder_id=person, account="desk"))

    def come(product: str, person: str | None, **more) -> str:
        asked = c.CheckIn(place_id="paris", product_id=f"by-clock/{product}", person_id=person, **more)
        return house.do(asked).value.id

    first = come("hour", "zoe", account="card", facts={"member": True}, codes=["TRY"], source="door")
    lab = come("ticket", "zoe", space_id="lab")
    walk_in = come("hour", None, account="desk")
    owed = come("owed", "bob", payer_id="eve", on_account=True)
    due(house, hours=2)
    for visit in (first, lab, walk_in, owed):
        house.do(c.CheckOut(visit))
    house.do(c.ReopenVisit(first, reason="was not leaving"))
    come("ticket", "max", space_id="lab")
    unseen = come("hour", "ida")
    due(house, hours=6, minutes=30)
    house.do(c.CheckOut(unseen, at=house.clock.now() - timedelta(hours=5), source="door"))
    early = house.clock.now() - timedelta(days=1, hours=8)
    late = come("ticket", "zoe", space_id="lab", at=early, left_at=early + timedelta(hours=3))
    house.do(c.CorrectVisit(lab, opened_at=early - timedelta(hours=2), closed_at=early, reason="it was the day before"))
    house.do(c.CorrectVisit(first, closed_at=house.clock.now() - timedelta(hours=5), reason="left before noon"))
    house.do(c.CancelVisit(late, reason="somebody else"))
    house.do(c.CancelVisit(walk_in, reason="a visit of a friend"))


def counts(house: House) -> None:
    """Sales that are counted: free hours, entries and ranks, given back; a longer stay that counts; a limit."""
    house.do(c.PublishTariff(counting_house.COUNTED, since=house.clock.now() - timedelta(hours=1)))
    for name, sells in counting_house.SELLS:
        house.do(
            c.AddProduct(
                name=name,
                entity_id="asso",
                pricelist_id="counted",
                tariff_product=name,
                sells=sells,
                id=f"c-{name}",
            )
        )
    house.do(c.AddWorkshop(place_id="paris", title="Gravure", product_id="c-seat", id="etching"))
    for number in range(4):
        house.do(
            c.AddSession(
                workshop_id="etching",
                day=TOMORROW + timedelta(days=number),
                starts=time(18),
                ends=time(20),
                seats=2,
                id=f"e{number}",
            )
        )
    for hour in (10, 12, 14):
        booked = house.do(
            c.Book(space_id="b", product_id="c-room", period=period(hour, hour + 2), person_id="zoe", account="card")
        ).value.id
    house.do(c.CancelBooking(booked))
    held = house.do(c.HoldSpace(space_id="b", product_id="c-room", period=period(14, 15), person_id="zoe")).value.id
    house.do(c.ConfirmBooking(held, account="desk"))
    seats = [house.do(c.Register(session_id=f"e{n}", person_id="zoe", account="desk")).value.id for n in range(3)]
    house.do(c.CancelRegistration(seats[2]))
    for _ in range(2):
        house.do(c.SellPass(product_id="c-card", place_id="paris", holder_id="zoe", account="card"))
    stay = house.do(c.CheckIn(place_id="paris", product_id="c-stay", person_id="zoe")).value.id
    house.do(c.UpgradeVisit(stay, product_id="c-long", account="desk"))
    house.card.play(charges=("pending",))
    other = house.do(c.CheckIn(place_id="paris", product_id="c-stay", person_id="bob")).value.id
    house.do(c.UpgradeVisit(other, product_id="c-long", account="card"))
    house.do(c.AddWorkshop(place_id="paris", title="Poterie", product_id="c-course", id="pottery"))
    evenings = [(TODAY + timedelta(days=n), time(18), time(20)) for n in (1, 2, 3)]
    house.do(c.AddCourse(workshop_id="pottery", meetings=evenings, seats=3, id="bowls"))
    house.do(c.Register(session_id="bowls", person_id="zoe"))
    house.do(c.Register(session_id="bowls", person_id="bob"))
    thursdays = c.BookSeries(
        space_id="a",
        product_id="c-room",
        day=TODAY + timedelta(days=2),
        starts=time(10),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=3",
    )
    series = house.do(attrs.evolve(thursdays, person_id="zoe", account="desk")).value
    house.do(c.CancelBooking(series.booking_ids[1]))
    due(house, minutes=20)
    house.clock.set(house.get(m.Session, "bowls").meetings[0].period.end)
    house.do(c.CancelSession("bowls", reason="no clay"))
    due(house, hours=1)


def admitted(house: House) -> None:
    """A workshop with an audience, ages, bursaries and questions, and who registers for it."""
    questions = [
        m.RegistrationQuestion("size", "Taille", "Size", "choice", ("S", "M"), required=True),
        m.RegistrationQuestion("allergy", "Allergies", "Allergies"),
        m.RegistrationQuestion("guests", "Accompagnants", "Guests", "count"),
        m.RegistrationQuestion("bike", "À vélo", "By bike", "yes_no"),
    ]
    house.do(
        c.AddProduct(
            name="bursary", entity_id="asso", pricelist_id="net", tariff_product="materials", sells="seat", id="bursary"
        )
    )
    admission = m.Admission(["makers"], 16, 99, (), m.Quota(seats=1), "bursary", questions)
    house.do(
        c.AddWorkshop(
            place_id="paris",
            title="Laser",
            product_id="seat",
            option_ids=("materials",),
            id="laser",
            prerequisites=("talk",),
            valid_months=12,
            admission=admission,
        )
    )
    house.do(c.ChangeAdmission("talk", admission=m.Admission(members_of=["carnet"], bursaries=m.Quota(percent=50))))
    house.do(
        c.AddSession(
            workshop_id="laser",
            day=TOMORROW + timedelta(days=3),
            starts=time(18),
            ends=time(20),
            seats=2,
            space_id="a",
            id="beam",
        )
    )
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="elsewhere"))
    answers = {"size": "S", "allergy": "nuts", "guests": 2, "bike": True}
    asked = c.Register(
        session_id="beam",
        person_id="zoe",
        account="card",
        groups=["makers"],
        born=TODAY.replace(year=1990),
        answers=answers,
    )
    house.do(attrs.evolve(asked, bursary=True))
    house.do(attrs.evolve(asked, person_id="bob", override="a guest", answers={"size": "M"}, seats=2))
    house.do(c.Register(session_id="beam", person_id="lou", at_door=False, override="a friend", answers={"size": "M"}))


def money(house: House) -> None:
    """Payments of all ends: declined, lost, refused, disputed, given back elsewhere; and what fits nothing."""
    house.card.play(charges=("declined", "lost", "settled"), refunds=("declined", "pending", "outage", "settled"))
    first = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card")).charges[0].id
    house.do(c.Pay(first, account="card", means="pm_1"))
    due(house, minutes=5)
    for amount in (500, 600, 700):
        house.do(c.RefundCharge(first, amount=Money(amount, EUR), reason="goodwill"))
    due(house, minutes=5)
    pending = [one.key for one in house.card.refunds if one.status == "pending"]
    told(house, house.card.settle(pending[0]))
    told(house, house.card.refund_elsewhere(attempt(house, first), 100))
    second = (
        house.do(c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="bob", account="card"))
        .charges[0]
        .id
    )
    told(house, house.card.dispute(attempt(house, second), 300))
    house.do(c.RecordChargeback(attempt(house, second), lost=Money(500, EUR), reason="dispute lost"))
    house.do(
        c.RecordRefund(attempt_id=attempt(house, second), amount=Money(100, EUR), reason="cash", reference="till 7")
    )
    strange = attrs.evolve(house.card.lookup(attempt(house, second)), key="pay_99", event_id="e-99")
    told(house, strange)
    unpaid = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="eve")).value.id
    house.do(c.CancelPass(unpaid, reason="changed her mind"))
    house.card.play(charges=("pending",))
    third = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="ida", account="card")).charges[0].id
    told(house, house.card.decline(attempt(house, third)))
    house.do(c.Pay(third, account="desk"))
    house.card.play(charges=("outage",))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="max", account="card"))
    for _ in range(12):
        due(house, days=3)


def dates(house: House) -> None:
    """Series of bookings with dates of their own, equipment and facts, held for their payment, called off in part."""
    house.do(c.PublishTariff(MEMBERS))
    pool = house.do(c.AddSpace(place_id="paris", name="Projector", use="equipment", capacity=2, id="pool")).value.id
    house.card.play(charges=("pending", "settled"))
    first = TODAY + timedelta(days=2)
    asked = c.BookSeries(
        space_id="a",
        product_id="room",
        day=first,
        starts=time(10),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=4",
        rdates=(first + timedelta(days=1),),
        exdates=(first + timedelta(days=7),),
        person_id="zoe",
        account="card",
        facts={"member": True},
        with_units={pool: 1},
    )
    house.do(asked)
    due(house, minutes=20)
    taken = c.Book(
        space_id="a1",
        product_id="room",
        period=period(9, 10, first + timedelta(days=14)),
        account="desk",
        facts={"member": False},
    )
    taken = house.do(taken).value.id
    series = house.do(attrs.evolve(asked, skip=(first + timedelta(days=14),))).value
    house.do(c.CancelBooking(taken))
    house.do(c.RetrySkipped(series.id, account="desk"))
    house.do(
        c.Book(
            space_id="b",
            product_id="room",
            period=period(10, 11),
            account="desk",
            with_units={pool: 2},
            facts={"member": True},
        )
    )
    house.do(c.CancelSeries(series.id, from_date=first + timedelta(days=2), reason="moved away"))
    again = house.do(attrs.evolve(asked, space_id="b", rule="FREQ=DAILY;COUNT=3", rdates=(), exdates=())).value
    third = first + timedelta(days=1)
    short = attrs.evolve(asked, day=third, rule="FREQ=DAILY;COUNT=3", skip=(third,), rdates=(), exdates=())
    house.do(c.CancelSeries(house.do(short).value.id))
    house.do(c.CancelSeries(again.id))


def opened(house: House) -> None:
    """Opening hours with seasons, closed days and extra openings; terms of all kinds; what goes against them."""
    openings = m.Openings(
        [m.Season("winter", TODAY, TODAY + timedelta(days=90), m.OpenHours.weekly(range(5), time(10), time(16)))],
        [m.ClosedDays.on("public holiday", "Noël", TODAY.replace(month=12, day=25))],
        [m.ExtraOpening("market", TODAY + timedelta(days=5), 600, 1500)],
    )
    house.do(c.ChangeOpenings(place_id="paris", hours=HOURS, openings=openings))
    house.do(c.ChangeOpenings(place_id="paris", hours=HOURS, openings=openings, space_id="b"))
    terms = m.Terms(
        before=timedelta(minutes=15),
        after=timedelta(minutes=30),
        notice=timedelta(hours=1),
        horizon=timedelta(days=60),
        shortest=timedelta(hours=1),
        longest=timedelta(hours=4),
        step=timedelta(minutes=30),
        grid=timedelta(minutes=30),
        features={"projector", "piano"},
        audience={"makers"},
        approval=True,
        answer_within=timedelta(hours=12),
        trainings={"talk"},
    )
    house.do(c.ChangeTerms("b", terms=terms))
    slots = [m.FixedSlot(time(9), time(12), {0, 1}), m.FixedSlot(time(13), time(18), {1}, {"makers"})]
    house.do(c.ChangeTerms("a", terms=m.Terms(slots=slots, any_time={"staff"})))
    house.do(c.ChangeTerms("n", terms=m.Terms(months=2, in_a_row=timedelta(hours=6))))
    house.do(c.ChangeTerms("a1", terms=m.Terms(days=30)))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="elsewhere"))
    house.do(
        c.Book(
            space_id="b", product_id="room", period=period(10, 12), person_id="zoe", account="card", groups=["makers"]
        )
    )
    house.do(
        c.Book(
            space_id="b", product_id="room", period=period(13, 14), person_id="bob", account="card", override="a guest"
        )
    )
    house.do(c.AddSpace(place_id="paris", name="Auditorium", parts=("a1", "b"), seats=40, id="hall"))
    due(house, days=1)


def issued(house: House) -> None:
    """Documents of all types, automatic receipts, over the end of a year."""
    issuing_house.taxed(issuing_house.described(house))
    billed = c.Book(space_id="a", product_id="t-room", period=period(15, 16), person_id="zoe", on_account=True)
    later = house.do(billed).charges[0].id
    house.do(c.IssueDocument(charge_id=later, series="invoices", addressee=issuing_house.ZOE))
    house.do(
        c.OpenSeries(entity_id="asso", name="wide", documents="receipt", prefix="W-", zone="Europe/Paris", width=9)
    )
    house.do(c.AutomateReceipts("asso", series="receipts"))
    charge = (
        house.do(c.Book(space_id="a", product_id="t-room", period=period(10, 12), person_id="zoe", account="card"))
        .charges[0]
        .id
    )
    house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=issuing_house.ZOE))
    house.do(c.RefundCharge(charge, amount=Money(500, EUR), reason="goodwill"))
    house.do(c.IssueCreditNote(charge_id=charge, series="credits", refund_id=house.all(m.Refund)[0].id))
    exempt = (
        house.do(c.Book(space_id="b", product_id="t-club-room", period=period(10, 12), person_id="bob", account="desk"))
        .charges[0]
        .id
    )
    house.do(c.IssueDocument(charge_id=exempt, series="invoices", addressee=m.BilledTo("Canary-Bob", ("Rue 1",), "FR")))
    house.wait(days=45)
    later = (
        house.do(
            c.Book(space_id="a", product_id="t-room", period=period(10, 12, TODAY + timedelta(days=46)), account="desk")
        )
        .charges[0]
        .id
    )
    house.do(c.IssueDocument(charge_id=later, series="invoices", addressee=issuing_house.ZOE))
    house.do(c.AutomateReceipts("asso"))


def billed(house: House) -> None:
    """Bills of an organisation and of somebody: by hand, on their days, taken through an account, corrected, ended."""
    billing_house.on_terms(issuing_house.taxed(house))
    terms = attrs.evolve(billing_house.TERMS, payer_id="zoe", billing_day=30, account="card")
    house.do(attrs.evolve(terms, addressee=issuing_house.ZOE))
    gone = billing_house.booked(house)
    billing_house.booked(house, 2, "t-club-room", person_id="bob")
    billing_house.booked(house, 3, payer_id=None)
    chased = attrs.evolve(billing_house.TERMS, account="card", days_until_due=1, retries=[2], reminders=[2])
    house.do(chased)
    house.card.play(charges=["declined"])
    house.do(billing_house.CLOSE)
    house.cantine.run_due()
    house.do(c.CancelBooking(gone.subject.id))
    house.do(c.IssueCreditNote(charge_id=gone.id, series="credits"))
    due(house, days=7)
    house.card.play(charges=["settled"])
    due(house, days=1)
    house.do(attrs.evolve(chased, use_credit=True))
    again = billing_house.booked(house, 2)
    house.do(billing_house.CLOSE)
    house.do(c.RefundCharge(again.id, amount=Money(1000, EUR), reason="the room was cold"))
    billing_house.booked(house)
    house.do(billing_house.CLOSE)
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))


def debited(house: House) -> None:
    """Bills by direct debit: one is settled and comes back, one is rejected and waits again, one is paid at the desk;
    then the mandate has ended, and somebody else is debited.
    """
    debit_house.signed(billing_house.on_terms(issuing_house.taxed(house)), retries=[20], reminders=[30])
    house.do(attrs.evolve(debit_house.SIGN, bic="COBADEFFXXX"))
    bills = [debit_house.waiting(house, hours) for hours in (1, 2, 3)]
    house.do(c.Pay(bills[-1].charge_ids[0], account="desk"))
    paid, other = debit_house.collected(house).debit_ids
    back = debit_house.booking_of(paid, "15.00", "MD06")
    debit_house.answered(house, debit_house.booked_at_bank(debit_house.booking_of(paid, "15.00")))
    debit_house.answered(house, debit_house.rejected((other, "AM04")))
    debit_house.answered(house, debit_house.booked_at_bank(back, message="B2"))
    debit_house.answered(house, debit_house.booked_at_bank(back, debit_house.booking_of("old-1", "9.00"), message="B3"))
    house.do(c.EndMandate(entity_id="asso", payer_id="works"))
    due(house, days=25)
    house.do(attrs.evolve(debit_house.SIGN, payer_id="zoe", reference="RUM-ZOE"))
    house.do(attrs.evolve(debit_house.BY_MANDATE, payer_id="zoe", addressee=issuing_house.ZOE, days_until_due=1))
    billing_house.booked(house, payer_id="zoe")
    house.do(attrs.evolve(billing_house.CLOSE, payer_id="zoe"))
    debit_house.collected(house, collect_on=date(2027, 1, 6))


def courses(house: House) -> None:
    """A course: late joiners, a meeting that is moved or cancelled, marks and sheets of meetings, cancelled in part."""
    person = house.do(c.AddFacilitator(person_id="lou", place_id="paris", id="lou-teaches", hours=HOURS)).value.id
    other = house.do(c.AddFacilitator(person_id="max", place_id="paris")).value.id
    pool = house.do(c.AddSpace(place_id="paris", name="Torches", use="equipment", capacity=3, id="torches")).value.id
    asked = attrs.evolve(examples.ON_MONDAYS, facilitator_ids=(person,), with_units={pool: 1}, override="evening")
    course = house.do(asked).value
    zoe = house.do(c.Register(session_id="course", person_id="zoe", account="card")).value.id
    house.do(c.Register(session_id="course", person_id="bob", account="desk"))
    house.do(c.Register(session_id="course", person_id="eve", seats=2))
    house.do(c.Register(session_id="course", person_id="ida"))
    fourth = c.MoveMeeting(session_id="course", meeting_id=course.meetings[3].id, starts=time(17), with_units={pool: 2})
    house.do(attrs.evolve(fourth, facilitator_ids=(person, other), override="evening"))
    first = course.meetings[0]
    house.clock.set(first.period.start)
    house.do(c.MarkAttendance(zoe, meeting_id=first.id))
    house.clock.set(first.period.end)
    house.do(c.CloseSheet("course", walk_ins=1, meeting_id=first.id))
    house.do(c.ReopenSheet("course", reason="another came", meeting_id=first.id))
    house.do(c.CloseSheet("course", walk_ins=2, meeting_id=first.id))
    house.do(c.CancelMeeting(session_id="course", meeting_id=course.meetings[1].id, reason="the teacher is ill"))
    house.clock.set(course.meetings[2].period.start - timedelta(minutes=30))
    house.do(c.MarkAttendance(zoe, meeting_id=course.meetings[2].id))
    house.do(c.CancelRegistration(zoe, reason="moves away"))
    house.do(c.ChangeSeats("course", seats=5))
    due(house, minutes=5)
    house.card.play(charges=("pending",))
    late = house.do(c.Register(session_id="course", person_id="max", account="card")).charges[0].id
    told(house, house.card.settle(attempt(house, late)))
    house.clock.set(course.meetings[3].period.start - timedelta(hours=1, minutes=5))
    between = house.do(c.Register(session_id="course", person_id="lou", account="card")).charges[0].id
    house.wait(minutes=10)
    told(house, house.card.settle(attempt(house, between)))
    house.do(c.CancelSession("course", reason="the teacher left"))
    due(house, hours=1)
    days = [house.clock.now().date() + timedelta(days=n) for n in (1, 2, 3)]
    house.do(
        c.AddCourse(
            workshop_id="talk",
            meetings=[(day, time(10), time(11)) for day in days],
            seats=1,
            late_joiners=True,
            id="free-course",
        )
    )
    seat = house.do(c.Register(session_id="free-course", person_id="zoe")).value.id
    house.do(c.Register(session_id="free-course", person_id="bob"))
    house.clock.set(house.get(m.Session, "free-course").meetings[0].period.end)
    house.do(c.CancelRegistration(seat))
    due(house, hours=1)


def planned(house: House) -> None:
    """Planned sessions with all that they may have: changed, decided, called off, one by one and together."""
    person = house.do(c.AddFacilitator(person_id="lou", place_id="paris", id="lou-teaches")).value.id
    pool = house.do(c.AddSpace(place_id="paris", name="Torches", use="equipment", capacity=3, id="torches")).value.id
    wake = period(17, 18, TODAY + timedelta(days=10))
    house.do(c.Book(space_id="a1", product_id="room", period=wake, account="desk", override="a wake"))
    asked = attrs.evolve(
        examples.FRIDAYS,
        rdates=(TODAY + timedelta(days=5),),
        exdates=(TODAY + timedelta(days=17),),
        minimum=1,
        decide_before=timedelta(hours=24),
        facilitator_ids=(person,),
        with_units={pool: 2},
    )
    series = house.do(asked).value
    house.do(c.Register(session_id=series.session_ids[0], person_id="zoe", account="card"))
    house.do(c.ChangeSessions(series.id, seats=5, with_units={pool: 1}))
    house.do(c.ChangeTheme(series.session_ids[0], theme="tungsten"))
    house.do(c.ExtendSessions(series.id, until=TODAY + timedelta(days=40), themes=("lap joints",)))
    house.do(c.MoveSession(series.session_ids[1], starts=time(17), facilitator_ids=(person,), with_units={pool: 3}))
    due(house, days=2)
    due(house, days=3)
    house.do(c.CancelSessions(series.id, reason="no gas", days=(TODAY + timedelta(days=10),)))
    house.do(c.CancelSessions(series.id, reason="no gas", from_day=TODAY + timedelta(days=11)))
    due(house, hours=1)


def alive(house: House) -> None:
    """What is open at once: claims of months, groups that wait, held seats, equipment, units that came back."""
    pool = house.do(c.AddSpace(place_id="paris", name="Projector", use="equipment", capacity=2, id="pool")).value.id
    person = house.do(c.AddFacilitator(person_id="lou", place_id="brest")).value.id
    session = c.AddSession(
        workshop_id="talk",
        day=TOMORROW + timedelta(days=1),
        starts=time(9),
        ends=time(10),
        seats=2,
        space_id="b",
        id="early",
    )
    decided = house.clock.now() + timedelta(hours=5)
    house.do(attrs.evolve(session, minimum=2, decide_at=decided, with_units={pool: 1}))
    brest = c.AddSession(
        workshop_id="talk", day=TODAY + timedelta(days=4), starts=time(9), ends=time(10), seats=2, id="brest"
    )
    house.do(attrs.evolve(brest, facilitator_ids=(person,), override="he comes by train"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    covered = house.do(c.Register(session_id="paid", person_id="zoe")).value.id
    house.do(c.CancelRegistration(covered))
    house.do(c.Register(session_id="paid", person_id="zoe"))
    house.do(c.Register(session_id="free", person_id="bob", seats=2))
    house.do(c.Register(session_id="free", person_id="eve", seats=2))
    house.card.play(charges=("pending",))
    house.do(c.Register(session_id="paid", person_id="ida", account="card"))
    house.do(c.HoldSpace(space_id="n", product_id="room", period=period(9, 10), person_id="ida"))
    house.do(c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="ida", account="card"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="ida", account="card"))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk")).value.id
    house.do(c.UpgradeVisit(visit, product_id="day", account="card"))
    house.do(c.SellPass(product_id="mini", place_id="brest", holder_id="max", account="card"))
    house.do(c.ChangePerson("max", name="Canary-Maximilian"))
    house.do(c.PublishTariff(small_house.TARIFF.replace("80.00", "85.00"), since=house.clock.now() + timedelta(days=9)))


def entries(house: House) -> None:
    """What is paid with entries of a carnet: rooms, passes, and a course that is called off between its meetings."""
    covered = 'cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]\n'
    text = MEMBERS.replace("[product.room]\n", f"[product.room]\n{covered}")
    ten = 'grant = { account = "carnet", units = 10, unit = "entry" }'
    two = 'grant = { account = "mini", units = 2, unit = "entry" }'
    text += f"[product.ten]\nrate = {{ price = 80.00 }}\n{ten}\n{LASTING}"
    text += f"[product.two]\nrate = {{ price = 18.00 }}\n{covered}{two}\n{LASTING}"
    house.do(c.PublishTariff(text))
    house.do(
        c.AddProduct(
            name="Ten",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="ten",
            sells="pass",
            places=("paris",),
            id="ten",
        )
    )
    house.do(
        c.AddProduct(
            name="Two",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="two",
            sells="pass",
            id="two",
        )
    )
    house.do(c.SellPass(product_id="ten", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.SellPass(product_id="two", place_id="paris", holder_id="zoe"))
    house.do(c.Book(space_id="a1", product_id="room", period=period(10, 11), person_id="zoe", facts={"member": True}))
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True)))
    house.do(c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", facts={"member": True}))
    course = house.do(examples.ON_MONDAYS).value
    house.do(c.Register(session_id="course", person_id="zoe"))
    house.do(c.Register(session_id="course", person_id="bob", option_ids=("materials",), account="card"))
    house.do(c.Register(session_id="course", person_id="eve"))
    house.clock.set(course.meetings[1].period.end)
    house.do(c.CancelSession("course", reason="no gas"))
    due(house, minutes=5)


def members(house: House) -> None:
    """What is held: a membership by a fact of the person, a carnet of half hours to come, a plan, all by its list."""
    house.do(c.PublishTariff(club_house.CLUB))
    house.do(c.SetFact("zoe", name="student", value=True))
    house.do(c.SellPass(product_id="club/club", place_id="paris", holder_id="zoe", account="card"))
    hours = c.SellPass(product_id="club/hours", place_id="paris", holder_id="bob", count=2, first_day=TOMORROW)
    house.do(attrs.evolve(hours, facts={"student": False}, codes=("SUMMER",)))
    house.do(c.SellPass(product_id="club/resident", place_id="paris", holder_id="eve", account="desk", payer_id="zoe"))
    house.do(c.Book(space_id="a", product_id="club/room", period=period(10, 11), person_id="zoe", codes=("SUMMER",)))
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True)))
    asked = c.Book(space_id="b", product_id="club/room", period=period(10, 11), person_id="zoe")
    house.do(attrs.evolve(asked, codes=("SUMMER",), extras={"coffee": 2}))
    house.do(attrs.evolve(asked, space_id="a1", period=period(12, 13), account="desk", extras={"hours": 1}))


def companies(house: House) -> None:
    """Organisations: what one is, pays, holds and shares, its fact, its people with a limit; another is forgotten."""
    issuing_house.taxed(issuing_house.described(house))
    for command in (*clock_house.set_up(), c.PublishTariff(club_house.CLUB)):
        house.do(command)
    works = c.AddOrganisation(name="Works", address=("1 quai", "35000 Rennes"), country="FR", lang="en", id="works")
    house.do(attrs.evolve(works, vat_number="FR40303265045", registration="303265045", email="works@example.org"))
    house.do(c.SetOrganisationFact("works", name="student", value=True, proof="seen"))
    for person, role in (("zoe", "admin"), ("bob", "member")):
        joins = c.Affiliate(organisation_id="works", person_id=person, role=role, first_day=TODAY)
        house.do(attrs.evolve(joins, at_most=1))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="works", account="desk"))
    house.do(c.SellPass(product_id="club/club", place_id="paris", holder_id="zoe", payer_id="works", account="card"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob"))
    ordered = c.Book(space_id="a", product_id="t-room", period=period(10, 11), person_id="bob")
    ordered = attrs.evolve(ordered, payer_id="works", ordered_by_id="zoe", on_account=True)
    (charge,) = house.do(ordered).charges
    house.do(c.IssueDocument(charge_id=charge.id, series="invoices"))
    clocked = c.CheckIn(place_id="paris", product_id="hour", person_id="eve", payer_id="works", on_account=True)
    visit = house.do(attrs.evolve(clocked, ordered_by_id="zoe")).value.id
    house.do(c.AddOrganisation(name="Home", form="household", id="home"))
    child = c.Affiliate(organisation_id="home", person_id="eve", role="dependant", first_day=TODAY, last_day=TOMORROW)
    house.do(c.EndAffiliation(house.do(child).value.id, last_day=TODAY))
    house.wait(minutes=60)
    house.do(c.CheckOut(visit))
    refused(house, c.ForgetOrganisation("works"))
    house.do(c.ForgetOrganisation("home", gives_up=True))


def sponsored(house: House) -> None:
    """Somebody of whose bookings and visits an organisation pays shares, up to a limit; some of it goes back."""
    house.do(c.AddOrganisation(name="Town", form="public body", id="town"))
    agreed = c.AgreeSponsorship(entity_id="asso", sponsor_id="town", beneficiary_id="zoe", share="1/2", first_day=TODAY)
    house.do(attrs.evolve(agreed, at_most=Money(500, EUR), at_most_a_month=Money(800, EUR), id="spo"))
    booked = c.Book(space_id="a", product_id="room", period=period(10, 11), person_id="zoe", account="desk")
    first = house.do(booked).value.id
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="card"))
    house.do(c.CancelBooking(first))
    house.do(c.PayOwed(payer_id="town", place_id="paris", amount=Money(1000, EUR), account="desk"))
    house.do(c.EndSponsorship("spo", last_day=TOMORROW))
    due(house, days=2)


def reminded(house: House) -> None:
    """A session and the end of a pass of which people are reminded; an invoice of which a sponsor pays a share."""
    house.do(c.SetReminders("paris", session=timedelta(hours=2), end=timedelta(days=7)))
    house.do(c.Register(session_id="free", person_id="bob"))
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value
    issuing_house.taxed(issuing_house.described(house))
    house.do(c.AddOrganisation(name="Town", form="public body", id="town"))
    house.do(
        c.AgreeSponsorship(entity_id="asso", sponsor_id="town", beneficiary_id="bob", share="1/2", first_day=TODAY)
    )
    booked = c.Book(space_id="a", product_id="t-room", period=period(15, 16), person_id="bob", account="desk")
    charge = house.do(booked).charges[0].id
    house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=issuing_house.ZOE))
    house.clock.set(house.get(m.Session, "free").period.start - timedelta(hours=1))
    house.cantine.run_due()
    assert sold.last_day is not None
    house.clock.set(datetime.combine(sold.last_day - timedelta(days=5), time(12), UTC))
    house.cantine.run_due()


def reported(house: House) -> None:
    """Who is counted by facts, comes in two months, has roles, and is forgotten after another who was counted too."""
    house.do(c.ChangePlace("paris", publics=[m.Public("status", ("student", "job-seeker"))]))
    for role in ("volunteer", "board"):
        house.do(c.GiveRole(entity_id="asso", person_id="eve", role=role, first_day=TODAY, last_day=TOMORROW))
    house.do(c.EndRole(entity_id="asso", person_id="eve", role="board", last_day=TODAY))
    house.do(c.GiveRole(entity_id="asso", person_id="bob", role="voting member", first_day=TODAY))
    for status, until in (("student", TOMORROW), ("job-seeker", None)):
        house.do(c.SetFact("bob", name="status", value=status, until=until))
        house.do(c.SetFact("eve", name="status", value=status, until=until))
        for person in ("bob", "eve"):
            visit = house.do(c.CheckIn(place_id="paris", product_id="day", person_id=person, account="desk")).value.id
            house.do(c.CheckOut(visit))
        due(house, days=20)
    house.do(c.ForgetPerson("bob", gives_up=True))
    house.do(c.SetFact("zoe", name="status", value="student"))
    house.do(c.SetFact("zoe", name="status", value="job-seeker", until=TOMORROW))
    house.do(c.SetFact("zoe", name="status", value="student"))
    house.do(c.ForgetPerson("eve", gives_up=True))


def lent(house: House) -> None:
    """Deposits, a down payment, a bill, vouchers; what stands before all of it is paid."""
    lending_house.lending(house)
    keys = house.do(lending_house.with_keys("card")).charges[0].id
    house.do(c.KeepDeposit(keys, amount=Money(2000, EUR), reason="a key was lost"))
    house.do(c.ReturnDeposit(keys))
    house.do(lending_house.the_hall("card"))
    house.do(lending_house.a_gift("card"))
    house.do(lending_house.with_keys("card", hour=12))
    billed = house.do(attrs.evolve(lending_house.with_keys(None, hour=14), on_account=True)).charges[0].id
    house.do(c.ReturnDeposit(billed))
    gift = house.do(attrs.evolve(lending_house.a_gift(None), on_account=True)).value.id
    house.do(c.CancelPass(gift, refund=Money(2000, EUR), reason="half of it is meant to stay"))


def lost(house: House) -> None:
    """What is written off, all of it and in part; and paid after all."""
    lending_house.lending(house)
    for hour in (10, 12):
        billed = house.do(attrs.evolve(lending_house.with_keys(None, hour), on_account=True)).charges[0].id
        house.do(c.ReturnDeposit(billed))
        amount = Money(500, EUR) if hour == 10 else None
        house.do(c.WriteOff(billed, amount=amount, reason="gone abroad"))
    house.do(c.Pay(billed, account="desk", amount=Money(700, EUR)))


def in_credit(house: House) -> None:
    """One amount for several charges, what is left over, what is paid with that, goes back to it, and is paid back."""
    lending_house.lending(house)
    for hour in (10, 12):
        house.do(attrs.evolve(lending_house.with_keys(None, hour), on_account=True))
    paid = c.PayOwed(payer_id="zoe", place_id="paris", amount=Money(25000, EUR), account="desk", reference="T-1")
    house.do(paid)
    owed = house.do(attrs.evolve(lending_house.with_keys(None, 14), on_account=True)).charges[0].id
    house.do(c.PayOwed(payer_id="zoe", place_id="paris", account="credit"))
    house.do(attrs.evolve(paid, amount=Money(9500, EUR), reference="", charge_ids=(owed,)))
    house.do(c.RefundCharge(owed, amount=Money(1500, EUR), reason="the room was cold"))
    house.do(c.PayBack(payer_id="zoe", place_id="paris", amount=Money(1000, EUR), account="desk"))


def jointly(house: House) -> None:
    """Several charges by one payment: declined, then taken, and some of it goes back; another one waits."""
    lending_house.lending(house)
    billed = [attrs.evolve(lending_house.with_keys(None, hour), on_account=True) for hour in (10, 12, 14, 16)]
    ids = [house.do(one).charges[0].id for one in billed]
    asked = c.PayTogether(charge_ids=ids[:2], account="card", return_url="https://house.example/back", means="pm_7")
    house.card.play(charges=["declined", "pending"])
    for command in (asked, asked, attrs.evolve(asked, charge_ids=ids[2:])):
        house.do(command)
    told(house, house.card.settle(house.get(m.Attempt, attempt(house, ids[0])).joint_id))
    house.do(c.RefundCharge(ids[0], amount=Money(100, EUR), reason="the room was cold"))


def lent_later(house: House) -> None:
    """A hall that is moved before all of it is paid; a room that is released, and whose people come after all."""
    lending_house.lending(house)
    hall = house.do(lending_house.the_hall("card")).value
    later = lending_house.PARTY + timedelta(days=10)
    house.do(c.MoveBooking(hall.id, period=period(10, 12, later)))
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    keys = house.do(lending_house.with_keys("card")).value
    house.do(lending_house.with_keys("card", 12))
    house.clock.set(period(10, 11).start + timedelta(minutes=15))
    house.cantine.run_due()
    house.do(c.UndoRelease(keys.id))
    house.clock.set(period(12, 13).start + timedelta(minutes=15))
    house.cantine.run_due()


def closed(house: House) -> None:
    """Two periods that are closed one after the other, days that are owed, codes without a chart behind them."""
    lending_house.lending(house)
    house.do(c.SellPass(product_id="lend/plan", place_id="paris", holder_id="zoe", account="desk"))
    house.wait(days=2)
    for day in (TODAY, TOMORROW):
        house.do(c.ClosePeriod("asso", until=day))
    codes = {"receivable": ("411000", "Clients")}
    house.do(c.MapAccounts("asso", accounts=codes, journals={"sales": ("VT", "Ventes")}, base=""))


def cleared(house: House) -> None:
    """Entries of two carnets that another legal entity served, by several rules and by none; one that went
    back, one that was disputed, some that ran out, and two statements.
    """
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="eve", account="desk"))
    come = {"place_id": "nantes", "product_id": "coop-day", "account": "till"}
    house.do(c.CheckOut(house.do(c.CheckIn(person_id="eve", **come)).value.id))
    half = {"other_id": "coop", "share": "1/2", "expired": "1/3", "first_day": TODAY, "id": "half"}
    house.do(c.AgreeClearing("asso", **half))
    house.do(c.AgreeClearing("asso", amount=Money(350, EUR), product_id="carnet", first_day=TOMORROW, id="each"))
    house.do(c.CheckIn(person_id="zoe", **come))
    wrong = house.do(c.CheckIn(person_id="eve", **come)).value
    house.do(c.CancelVisit(wrong.id, reason="a wrong button"))
    visit = house.do(c.CheckIn(person_id="eve", **come)).value
    house.wait(days=2)
    house.cantine.run_due()
    house.do(c.CloseClearing("asso", other_id="coop", until=TODAY))
    used = next(one for one in house.all(m.ClearingLine) if one.subject.id == visit.id)
    house.do(c.DisputeClearing((used.id,), reason="nobody came"))
    house.do(c.CloseClearing("coop", other_id="asso", until=TOMORROW))
    house.do(c.EndClearing("asso", rule_id="half", last_day=TODAY + timedelta(days=9)))


def cleared_by_invoices(house: House) -> None:
    """Two entries of a carnet that another legal entity served and invoiced with tax; one was disputed since."""
    for entity, vat in (("asso", ""), ("coop", "FR40303265045")):
        house.do(c.DescribeEntity(entity, address=("1 quai",), country="FR", vat_number=vat))
    for entity in ("asso", "coop"):
        for name, documents in (("I", "invoice"), ("N", "credit note")):
            house.do(c.OpenSeries(entity_id=entity, name=name, documents=documents, prefix=name, zone="Europe/Paris"))
    numbers = {"invoices": "I", "credit_notes": "N"}
    house.do(c.InvoiceClearing("coop", **numbers, tax="standard", rate="20%", days_until_due=30))
    why = {"mention": "Exonération, art. 261-7-1° du CGI", "code": "VATEX-EU-132-1I"}
    house.do(c.InvoiceClearing("asso", **numbers, tax="exempt", **why))
    house.do(c.AgreeClearing("asso", other_id="coop", share="1/2", first_day=TODAY, id="half"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    for _ in range(2):
        visit = c.CheckIn(place_id="nantes", product_id="coop-day", person_id="zoe", account="till")
        house.do(c.CheckOut(house.do(visit).value.id))
    house.wait(days=1)
    house.do(c.CloseClearing("asso", other_id="coop", until=TODAY))
    house.do(c.DisputeClearing((house.all(m.ClearingLine)[0].id,), reason="nobody came"))


FEES = """
[tariff]
id = "fees"
name = "What is called off late"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.hall]
cover = { by = "carnet", unit = "entry", beyond = "rate" }
rate = { price = 30.00 }
adjust = [{ id = "most for a day", at_most = 90.00, same = ["person", "day"] }]
cancel = { delay = { unit = "hour" }, keep = [{ from = 24, percent = "0%" }, { from = 0, percent = "50%" }] }
overrun = { price = 10.00, per = "1h" }
[product.talk]
rate = [{ when = { weekday = "wed" }, price = 12.00 }, { price = 5.00 }]
move = { fee = 2.00 }
"""


def called_off(house: House) -> None:
    """What is called off late, of which a half stays: money, entries and what counts; seats that move for a fee."""
    house.do(c.PublishTariff(FEES))
    units = c.GrantUnits(
        account="carnet", units=2, pricelist_id="net", place_id="paris", holder_id="zoe", reason="a gift"
    )
    house.do(units)
    booked = c.Book(space_id="b", product_id="fees/hall", period=period(10, 11), person_id="zoe", account="card")
    for person in ("zoe", "bob"):
        one = house.do(attrs.evolve(booked, person_id=person)).value.id
        house.do(c.CancelBooking(one))
    weekly = c.BookSeries(
        space_id="b", product_id="fees/hall", day=TODAY, starts=time(14), ends=time(15), rule="FREQ=WEEKLY;COUNT=3"
    )
    house.do(c.CancelSeries(house.do(attrs.evolve(weekly, person_id="eve", account="card")).value.id))
    house.do(c.AddWorkshop(place_id="paris", title="Reliure", product_id="fees/talk", id="binding"))
    for id, at in (("first", 10), ("second", 14)):
        added = c.AddSession(workshop_id="binding", day=TOMORROW, starts=time(at), ends=time(at + 1), seats=1, id=id)
        house.do(added)
    seat = house.do(c.Register(session_id="first", person_id="zoe", account="desk")).value.id
    house.do(c.Register(session_id="second", person_id="bob"))
    house.wait(minutes=20)
    house.do(c.MoveRegistration(registration_id=seat, session_id="second", account="desk"))
    cheaper = TOMORROW + timedelta(days=1)
    house.do(c.AddSession(workshop_id="binding", day=cheaper, starts=time(10), ends=time(11), seats=1, id="third"))
    seat = house.do(c.Register(session_id="first", person_id="eve", account="desk")).value.id
    house.do(c.MoveRegistration(registration_id=seat, session_id="third"))
    late = house.do(attrs.evolve(booked, person_id="bob", period=period(15, 16))).value.id
    house.clock.set(period(15, 16).end + timedelta(minutes=40))
    for minutes, reason in ((30, ""), (10, "somebody else had stayed")):
        until = period(15, 16).end + timedelta(minutes=minutes)
        house.do(c.RecordOverrun(late, until=until, reason=reason, account="desk"))


def clocked(house: House) -> None:
    """Visits by the clock: in zones, with units, corrected, without a price, and with one again."""
    for command in clock_house.set_up():
        house.do(command)
    for product, space in (("session", None), ("booth", "lab")):
        asked = c.CheckIn(place_id="paris", product_id=product, person_id="zoe", space_id=space)
        house.do(asked)
    house.do(c.SellPass(product_id="sessions", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.SellPass(product_id="hours", place_id="paris", holder_id="bob", account="desk"))
    long = house.do(c.CheckIn(place_id="paris", product_id="ticket", person_id="bob")).value.id
    house.clock.set(clock_house.local(15))
    whole, booth = (one.id for one in house.all(m.Visit) if one.person_id == "zoe")
    for visit in (whole, booth, long):
        house.do(c.CheckOut(visit))
    house.do(c.CorrectVisit(whole, closed_at=clock_house.local(11), reason="left earlier"))
    house.do(c.CorrectVisit(booth, closed_at=clock_house.local(11), reason="left earlier"))


COPIES = """
[tariff]
id = "copies"
name = "Copies"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[facts]
pages = "number"
[units.sheet]
[product.copies]
afterwards = ["pages"]
rate = { price = 0.10, per = "pages", in_units = { sheet = 1 } }
[product.trial]
rate = { price = 1.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, price = 1.00, fee = 5.00 }] }
"""


def booked_along(house: House) -> None:
    """Holds that are sold with an order: paid, and never paid."""
    for hour, account in ((9, "desk"), (10, None)):
        asked = c.HoldSpace(space_id="b", product_id="room", period=period(hour, hour + 1, TOMORROW), person_id="zoe")
        slot = house.do(asked).value.id
        lines = [c.SellLine("carnet"), c.SellLine(booking_id=slot)]
        house.do(c.Sell(lines, place_id="paris", person_id="zoe", account=account))
    due(house, minutes=16)


def seated_along(house: House) -> None:
    """Seats that are sold with an order: one given up and one moved; and never paid, so that who waits gets one."""
    house.do(
        c.AddSession(
            workshop_id="welding", day=TOMORROW + timedelta(days=1), starts=time(18), ends=time(20), seats=2, id="later"
        )
    )
    asked = [c.Register(session_id="paid", person_id=id, option_ids=("materials",)) for id in ("zoe", "bob")]
    order = c.Sell([*asked, "carnet"], place_id="paris", person_id="zoe")
    house.do(order)
    house.do(c.Register(session_id="paid", person_id="eve"))
    due(house, minutes=16)
    house.do(c.CancelSession("paid", reason="ill"))
    asked = [attrs.evolve(one, session_id="later") for one in asked]
    sold = house.do(attrs.evolve(order, lines=[*asked, "materials"], account="desk")).value
    house.do(c.CancelRegistration(sold.registration_ids[1]))
    house.do(
        c.AddSession(
            workshop_id="welding", day=TOMORROW + timedelta(days=2), starts=time(18), ends=time(20), seats=2, id="last"
        )
    )
    house.do(c.MoveRegistration(registration_id=sold.registration_ids[0], session_id="last"))


def ordered(house: House) -> None:
    """Baskets: paid by two means, cancelled in part and whole, measured for more and for less, and never paid; pages
    that take sheets, and what costs more called off than had.
    """
    shop(house)
    line = c.SellLine
    house.do(c.SetFact("zoe", name="student", value=True, proof="card seen"))
    sold = house.do(
        c.Sell(
            [
                line("lunch", day=TOMORROW),
                "voucher",
                "locker",
                line("ten entries", day=TOMORROW),
                line("entry", count=2),
            ],
            place_id="paris",
            person_id="zoe",
            account="card",
            codes=("HALF",),
            extras={"coffee": 2},
        )
    ).value.id
    house.do(c.CancelOrder(sold, line=1, reason="ill"))
    house.do(c.CancelOrder(sold, refund="all", reason="the kitchen is closed"))
    made = house.do(
        c.Sell(
            ["print", line("3d print", facts={"material": "resin"}), "ticket", line("gift", facts={"given": GIFT})],
            place_id="paris",
            person_id="bob",
            account="desk",
        )
    ).value.id
    house.do(c.MeasureOrder(made, line=1, facts={"pages": 120}, account="card"))
    house.do(c.MeasureOrder(made, line=2, facts={"grams": 0}))
    house.do(c.CancelOrder(made, line=2, refund=Money(100, EUR), reason="it broke"))
    unpaid = house.do(c.Sell(["coffee"], place_id="paris", person_id="eve")).value.id
    house.do(c.CancelOrder(unpaid))
    house.do(c.Sell(["ticket", "coffee"], place_id="paris", person_id="eve"))
    due(house, minutes=16)
    house.do(c.PublishTariff(COPIES))
    units = c.GrantUnits(
        account="sheet", units=500, pricelist_id="copies", place_id="paris", holder_id="ida", reason="a gift"
    )
    house.do(units)
    both = c.Sell(["copies/copies", "copies/trial"], place_id="paris", person_id="ida", account="desk")
    later = house.do(both).value.id
    house.do(c.MeasureOrder(later, line=1, facts={"pages": 80}, account="desk"))
    house.do(c.CancelOrder(later, line=2))
    house.do(attrs.evolve(both, account=None))


TOGETHER = """
[tariff]
id = "together"
name = "Priced together"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.block]
measure = { unit = "block", every = "2h", same = ["person", "day"] }
rate = { price = 8.00, per = "block" }
adjust = [{ id = "most for a month", at_most = 100.00, same = ["person", "month"] }]
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.ticketed]
measure = { unit = "ticket", every = "2h", same = ["person", "day"] }
cover = { by = "tickets", unit = "ticket", partial = true }
beyond = "rate"
rate = { price = 6.00, per = "ticket" }
"""


def together(house: House) -> None:
    """What is priced as a whole: bookings of a day that share blocks and tickets, of which some are called off."""
    house.do(c.PublishTariff(TOGETHER))
    units = c.GrantUnits(
        account="tickets", units=5, pricelist_id="together", place_id="paris", holder_id="zoe", reason="a gift"
    )
    house.do(units)
    for product, space, day, gone in (
        ("block", "a1", TOMORROW, (0, 2)),
        ("ticketed", "a2", TOMORROW, (0, 2)),
        ("block", "a1", TODAY + timedelta(days=2), (1,)),
    ):
        asked = c.Book(space_id=space, product_id=f"together/{product}", period=period(9, 10, day), person_id="zoe")
        booked = [
            house.do(attrs.evolve(asked, period=period(hour, hour + 1, day), account="desk")).value.id
            for hour in (9, 11, 13)
        ]
        for number in gone:
            house.do(c.CancelBooking(booked[number]))


def waiting(house: House) -> None:
    """What is begun and waits for ``run_due``: charges, refunds, messages, a narrowing, somebody who is leaving."""
    house.do(c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", account="card"))
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="card")).value.id
    house.cantine.run_due()
    house.do(c.CancelPass(sold))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="eve", account="card"), key="k-1")
    house.do(c.ChangeCapacity("open", capacity=1), key="k-2")
    house.do(c.CloseSpace("a1", period=period(10, 11), reason="works"))
    house.do(c.ForgetPerson("lou", gives_up=True), key="k-3")
    house.do(c.AddOrganisation(name="Leaves", id="leaves"))
    house.do(c.ForgetOrganisation("leaves", gives_up=True))


KEEPS = """
[tariff]
id = "keeps"
name = "Keeps"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[product.kept-room]
rate = { price = 20.00, per = "1h" }
adjust = [{ id = "cap", at_most = 500.00, same = ["person", "month"] }]
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
move = { fee = 2.00 }
cancel = { delay = { unit = "hour" }, fee = 1.00, keep = [{ from = 0, percent = "50%" }], no_show = "50%" }
[product.kept-seat]
rate = { price = 10.00 }
move = { fee = 2.00 }
cancel = { delay = { unit = "hour" }, fee = 1.00, keep = [{ from = 0, percent = "50%" }] }
"""
"""A price list that keeps a half, and asks a fee for moving."""


def afterwards(house: House) -> None:
    """Bookings and seats that are moved, released, and cancelled for a part of what they cost."""
    house.do(c.PublishTariff(KEEPS))
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15), at_most_ahead=5)))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))

    def booked(person: str, start: int, end: int, **more: object) -> str:
        asked = c.Book(
            space_id="b",
            product_id="keeps/kept-room",
            period=period(start, end, TOMORROW),
            person_id=person,
            account="desk",
            **more,
        )
        return house.do(asked).value.id

    house.do(c.CancelBooking(booked("zoe", 9, 10)))
    moved = booked("bob", 9, 10)
    house.do(c.MoveBooking(moved, period=period(9, 11, TOMORROW)))
    house.do(c.CancelBooking(moved))
    missed, came = booked("bob", 9, 10), booked("eve", 14, 15)
    series = house.do(
        c.BookSeries(
            space_id="b",
            product_id="keeps/kept-room",
            day=TODAY + timedelta(days=7),
            starts=time(10),
            ends=time(12),
            rule="FREQ=WEEKLY;COUNT=3",
            person_id="bob",
            account="desk",
        )
    ).value
    house.do(c.MoveBooking(series.booking_ids[1], period=period(13, 14, TODAY + timedelta(days=15))))
    house.do(c.MoveBookingSeries(series.id, from_date=TODAY + timedelta(days=20), ends=time(13)))
    house.do(c.CancelSeries(series.id))
    house.do(c.AddWorkshop(place_id="paris", title="Reliure", product_id="keeps/kept-seat", id="binding"))
    for number in (1, 2):
        house.do(
            c.AddSession(
                workshop_id="binding",
                day=TODAY + timedelta(days=4 + number),
                starts=time(18),
                ends=time(20),
                seats=3,
                id=f"binding-{number}",
            )
        )
    seat = house.do(c.Register(session_id="binding-1", person_id="zoe", account="desk")).value.id
    house.do(c.Register(session_id="binding-2", person_id="eve"))
    house.wait(minutes=20)
    house.do(c.MoveRegistration(registration_id=seat, session_id="binding-2"))
    house.do(c.CancelRegistration(seat))
    house.clock.set(period(9, 10, TOMORROW).start + timedelta(minutes=15))
    house.cantine.run_due()
    house.do(c.UndoRelease(missed))
    house.clock.set(period(14, 15, TOMORROW).start)
    house.do(c.CheckInBooking(came))
    house.do(c.UndoCheckIn(came))
    due(house, minutes=15)


def lasting(house: House) -> None:
    """What lasts: renewed with its units, noticed and gone on, ended before its time by the list and by staff."""
    first = subscribe(house)
    second = subscribe(house, person="bob", on_account=True)
    third = subscribe(house, "locker", person="eve")
    subscribe(house, person="ida", on_account=True, first_day=TODAY - timedelta(days=3))
    house.do(c.GiveNotice(first))
    house.do(c.WithdrawNotice(first))
    due(house, days=9)
    house.do(c.GiveNotice(first))
    house.do(c.EndPass(second, day=house.clock.now().date(), reason="she moves away"))
    house.do(c.EndPass(third, day=house.clock.now().date(), reason="the lock is broken", refund="all"))
    due(house, days=31)


def paused(house: House) -> None:
    """What lasts and is paused: until a day, until it is resumed, over renewals; and longer by free days."""
    first, second = subscribe(house), subscribe(house, "locker", person="bob")
    today = house.clock.now().date()
    house.do(c.PausePass(first, first_day=today + timedelta(days=3), reason="she is away", override="a hard case"))
    house.do(c.ExtendPass(second, days=5, reason="the lock was broken"))
    until = today + timedelta(days=50)
    house.do(
        c.PausePass(second, first_day=today + timedelta(days=10), until=until, reason="he travels", override="asked")
    )
    due(house, days=40)
    house.do(c.ResumePass(first))
    house.do(c.ResumePass(second, day=house.clock.now().date() + timedelta(days=2)))
    house.do(c.PausePass(subscribe(house, person="eve"), reason="she is ill", override="a hard case"))
    due(house, days=40)


def changed(house: House) -> None:
    """Plans that change: at once to a dearer one, on a day to come to a cheaper one, and a change that is withdrawn."""
    first, second = hold_plan(house), hold_plan(house, "office", person="bob")
    today = house.clock.now().date()
    house.do(c.ChangePass(first, product_id="plans/office", account="desk"))
    house.do(c.ChangePass(second, product_id="plans/desk", day=today + timedelta(days=12)))
    house.do(c.ChangePass(second, product_id="plans/office", day=today + timedelta(days=40)))
    house.do(c.WithdrawPassChange(second, day=today + timedelta(days=40)))
    third = hold_plan(house, person="eve")
    works = house.do(c.AddOrganisation(name="Works", id="team")).value.id
    house.do(c.TransferPass(first, holder_id=works, payer_id=works, reason="the team has it"))
    house.do(c.ChangePass(third, product_id="plans/office", day=today + timedelta(days=70)))
    due(house, days=40)


GIVES = """
[tariff]
id = "gives"
name = "Gives"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[facts]
site = ["north", "south"]
[order]
coupons = "one of"
[product.hours]
sells = "grant"
rate = { price = 40.00 }
grant = { account = "hours", unit = "1h", units = 4 }
[coupon.FEW]
percent = "-50%"
limit = { at_most = 5, same = ["site"] }
"""


def given(house: House) -> None:
    """Gifts: claimed, redirected and withdrawn, left to lapse, and one that waits for its payment; of an organisation,
    with a code that is counted, of a pass that one place takes.
    """
    house.do(c.PublishTariff(GIVES))
    works = house.do(c.AddOrganisation(name="Works", id="givers")).value.id
    counted = c.GiftPass(product_id="gives/hours", place_id="paris", buyer_id=works, on_account=True, codes=("FEW",))
    counted = attrs.evolve(counted, lang="en", facts={"site": "north"})
    house.do(attrs.evolve(counted, count=2))
    half = house.do(counted).value.id
    house.do(c.WithdrawGift(half, refund=Money(1000, EUR), reason="half of it is meant to stay"))
    house.do(c.GiftPass(product_id="local", place_id="paris", buyer_id="bob", account="desk"))
    asked = c.GiftPass(
        product_id="carnet",
        place_id="paris",
        buyer_id="zoe",
        account="desk",
        email="lou@example.org",
        name="Lou",
        message="Happy birthday!",
        claim_until=house.clock.now().date() + timedelta(days=30),
    )
    house.do(c.ClaimPass(house.do(asked).value.code, holder_id="bob"))
    house.do(c.WithdrawGift(house.do(c.RedirectGift(house.do(asked).value.id, email="eve@example.org")).value.id))
    house.do(asked)
    house.do(attrs.evolve(asked, account=None, claim_until=None))
    due(house, days=40)


OWES = """
[tariff]
id = "owes"
name = "Owes"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[product.owed-room]
rate = { price = 20.00 }
deposit = { id = "damage", price = 50.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.owed-entry]
rate = { price = 10.00 }
cover = [{ by = "owed", unit = "entry" }]
beyond = { debt_at = "ticket" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[product.ticket]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "owed", unit = "entry", units = 1 }
[product.badge]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
rate = { price = 30.00 }
deposit = { id = "badge", price = 5.00 }
"""
"""A price list with deposits and debts."""


def owed(house: House) -> None:
    """What is owed of a thing alone: a half of a room beside a badge, a debt of who does not come and of who does."""
    house.do(c.PublishTariff(OWES))
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))

    def booked(product: str, start: int, **more: object) -> str:
        asked = {"space_id": "b", "product_id": f"owes/{product}", "period": period(start, start + 1, TOMORROW)}
        return house.do(c.Book(**asked, person_id="zoe", on_account=True, **more)).value.id

    house.do(c.CancelBooking(booked("owed-room", 8, extras={"badge": 1})))
    missed = booked("owed-entry", 9)
    booked("owed-entry", 14)
    held = c.HoldSpace(space_id="a1", product_id="owes/owed-room", period=period(9, 10, TOMORROW), person_id="bob")
    lines = [c.SellLine(booking_id=house.do(held).value.id), c.SellLine("owes/owed-room")]
    house.do(c.Sell(lines, place_id="paris", person_id="bob", account="desk"))
    house.clock.set(period(9, 10, TOMORROW).start + timedelta(minutes=15))
    house.cantine.run_due()
    house.do(c.UndoRelease(missed))
    house.clock.set(period(14, 15, TOMORROW).start + timedelta(minutes=15))
    house.cantine.run_due()
    due(house, minutes=15)


MISSES = """
[tariff]
id = "misses"
name = "Misses"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[product.missed-hours]
sells = "grant"
rate = { price = 60.00 }
grant = { account = "missed", unit = "1h", units = 6 }
[product.missed-lesson]
cover = { by = "missed", unit = "1h" }
beyond = "refuse"
rate = { price = 20.00, per = "1h" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[product.missed-fee]
rate = { price = 0.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = { percent = "0%", fee = 5.00 } }
[product.missed-entry]
rate = { price = 10.00 }
cover = [{ by = "owing", unit = "entry" }]
beyond = { debt_at = "missed-ticket" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[product.missed-ticket]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "owing", unit = "entry", units = 1 }
[product.missed-block]
measure = { unit = "block", every = "4h", same = ["person", "day"] }
rate = { price = 8.00, per = "block" }
adjust = [{ id = "cap", at_most = 30.00, same = ["person", "month"] }]
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "50%" }
"""
"""A price list that says what it costs not to come."""


def missed(house: House) -> None:
    """Seats that nobody came to: units, a fee, a debt, a block that is shared; and all but the last were there."""
    house.do(c.PublishTariff(MISSES))
    house.do(
        c.SellPass(product_id="misses/missed-hours", place_id="paris", holder_id="zoe", account="desk"),
    )
    seats = {}
    for number, name in enumerate(("lesson", "fee", "lesson", "entry", "block", "block")):
        id = f"missed-{number}"
        house.do(c.AddWorkshop(place_id="paris", title=name, product_id=f"misses/missed-{name}", id=f"w-{id}"))
        asked = {"starts": time(12), "ends": time(14), "seats": 2, "id": id}
        house.do(c.AddSession(workshop_id=f"w-{id}", day=TOMORROW, **asked))
        seats[id] = house.do(c.Register(session_id=id, person_id="zoe", on_account=True)).value.id
    house.clock.set(period(15, 16, TOMORROW).start)
    for id in seats:
        house.do(c.CloseSheet(id))
    house.cantine.run_due()
    for id in list(seats)[:2]:
        house.do(c.ReopenSheet(id, reason="she was there"))
        house.do(c.MarkAttendance(seats[id]))
    due(house, minutes=15)


SCENES: dict[str, Callable[[House], None]] = {
    scene.__name__: scene
    for scene in (
        narrowed,
        forgotten,
        marked,
        late,
        retaken,
        reserved,
        stays,
        front_desk,
        counts,
        admitted,
        money,
        dates,
        opened,
        issued,
        billed,
        debited,
        courses,
        planned,
        alive,
        entries,
        members,
        companies,
        reported,
        sponsored,
        reminded,
        lent,
        closed,
        cleared,
        cleared_by_invoices,
        called_off,
        clocked,
        together,
        booked_along,
        seated_along,
        ordered,
        waiting,
        afterwards,
        lasting,
        paused,
        changed,
        given,
        owed,
        missed,
        lent_later,
        lost,
        in_credit,
        jointly,
    )
}


def example(cls: type[c.Command]) -> Callable[[House], None]:
    """The example of a command, with all that follows from it."""

    def scene(house: House) -> None:
        command = examples.EXAMPLES[cls](house)
        if isinstance(command, c.SystemCommand):
            house.wait(minutes=LEASES_OVER)
        else:
            house.do(command, actor="ana", key="k-1")
        house.cantine.run_due()

    return scene


WALK: dict[str, Callable[[House], None]] = {
    **{cls.__name__: example(cls) for cls in (*c.COMMANDS, *c.SYSTEM_COMMANDS)},
    **SCENES,
}


class Following:
    """A clock that tells the time of another, which can be given later."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def now(self) -> datetime:
        return self.clock.now()


def walk(name: str) -> House:
    """A house of the walk, in the end."""
    clock = Following(ManualClock(small_house.START))
    card = FakeGateway(secrets=[Secret("whsec")], clock=clock)
    notify = (RecordingNotifier(), RecordingNotifier())
    house = small_house.open_house(card=card, notify=notify, effects="none" if WALK[name] is waiting else "all")
    clock.clock = house.clock
    WALK[name](house)
    return house
