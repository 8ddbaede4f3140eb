"""For each class of command an example that succeeds: what makes a house ready for it, and the command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

from _documents import ADDRESS, ZOE, charged, described, taxed
from _house import HOURS, TARIFF, TODAY, House, period
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money


def _held(house: House) -> str:
    return house.do(c.HoldSpace("b", "room", period(10, 11), person_id="zoe")).value.id


def _requested(house: House) -> str:
    house.do(c.ChangeTerms("b", m.Terms(approval=True)))
    return house.do(c.Book("b", "room", period(10, 11), person_id="zoe")).value.id


def _offered(house: House) -> str:
    """A seat at the paid session that was offered to Eve from the waiting list."""
    first, _ = [house.do(c.Register("paid", person, account="desk")).value for person in ("zoe", "bob")]
    waiting = house.do(c.Register("paid", "eve")).value
    house.do(c.CancelRegistration(first.id))
    return waiting.id


def _crowded(house: House) -> str:
    """A registration at the free session, for which somebody waits."""
    first = house.do(c.Register("free", "zoe")).value.id
    for person in ("bob", "eve"):
        house.do(c.Register("free", person))
    return first


def _covered(house: House) -> str:
    """A seat at the paid session, for an entry of a carnet and the materials by card."""
    house.do(c.SellPass("carnet", "paris", "zoe", "desk"))
    return house.do(c.Register("paid", "zoe", ("materials",), "card")).value.id


def _at_the_door(house: House) -> str:
    """A seat at the free session, for two, half an hour before it begins."""
    seat = house.do(c.Register("free", "zoe", seats=2)).value.id
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
    house.do(c.GrantTraining("zoe", "talk", "learnt elsewhere"))
    return "zoe"


def _due(house: House) -> str:
    return house.do(c.SellPass("carnet", "paris", "zoe")).charges[0].id


def _paid(house: House, account: str = "card") -> str:
    return house.do(c.Book("b", "room", period(10, 11), person_id="zoe", account=account)).charges[0].id


def _attempt(house: House) -> str:
    """An attempt that took money."""
    return house.get(m.Charge, _paid(house)).attempt_ids[0]


def _on_entry(house: House) -> str:
    house.do(c.SellPass("carnet", "paris", "zoe", "desk"))
    return house.do(c.CheckIn("paris", "half-day", "zoe")).value.id


def _narrowed(house: House) -> str:
    """A space whose narrowing was announced, and not yet settled."""
    house.cantine._engine.run(c.ChangeCapacity("open", 1), "ana")
    return "open"


def _closure(house: House) -> str:
    return house.do(c.CloseSpace("b", period(10, 11), "works")).value.closures[0].id


def _leaving(house: House) -> str:
    """Somebody who is to be forgotten, which was announced and not yet looked at."""
    house.cantine._engine.run(c.ForgetPerson("lou"), "ana")
    return "lou"


def _undecided(house: House) -> str:
    """A session with a minimum that is to be decided now."""
    due = house.clock.now() + timedelta(hours=1)
    added = c.AddSession("talk", TODAY + timedelta(days=2), time(18), time(20), 5, "a", minimum=1, decide_at=due)
    session = house.do(added).value.id
    house.do(c.Register(session, "zoe"))
    house.clock.set(due)
    return session


def _started(house: House) -> str:
    """An attempt to take money, of which the gateway was not asked yet."""
    done = house.cantine._engine.run(c.SellPass("carnet", "paris", "zoe", "card"), "ana")
    return house.get(m.Charge, done.charge_ids[0]).attempt_ids[0]


def _refunding(house: House) -> str:
    """A refund that the gateway was not asked for yet."""
    charge = _paid(house)
    house.cantine._engine.run(c.RefundCharge(charge, Money(500, "EUR"), "goodwill"), "ana")
    return house.all(m.Refund)[0].id


def _over(house: House) -> m.Subject:
    subject = m.Subject("booking", _held(house))
    house.wait(minutes=20)
    return subject


def _invoiced(house: House) -> str:
    """A charge with an invoice, of which a part was given back."""
    charge = charged(taxed(described(house)), 2)
    house.do(c.IssueDocument(charge, "invoices", ZOE))
    house.do(c.RefundCharge(charge, Money(500, "EUR"), "goodwill"))
    return charge


THURSDAYS = c.BookSeries(
    "a",
    "room",
    TODAY + timedelta(days=2),
    time(10),
    time(12),
    "FREQ=WEEKLY;COUNT=4",
    skip=(TODAY + timedelta(days=9),),
    person_id="zoe",
    account="card",
)


def _thursdays(house: House) -> c.BookSeries:
    """A series of four dates, of which the second is taken."""
    house.do(c.Book("a1", "room", period(9, 10, TODAY + timedelta(days=9)), account="desk"))
    return THURSDAYS


def _series(house: House) -> str:
    return house.do(_thursdays(house)).value.id


def _skipped(house: House) -> str:
    """A series whose date that was taken is free now."""
    series, taken = _series(house), house.all(m.Booking)[0]
    house.do(c.CancelBooking(taken.id))
    return series


ON_MONDAYS = c.AddCourse(
    "welding",
    [(date(2026, 11, 30) + timedelta(weeks=n), time(18), time(20), "a") for n in range(4)],
    2,
    late_joiners=True,
    id="course",
)


def _first_of_course(house: House) -> str:
    """The first meeting of a course at which one has a seat and two wait."""
    first = house.do(ON_MONDAYS).value.meetings[0].id
    for person in ("zoe", "bob", "eve", "ida"):
        house.do(c.Register("course", person, account="desk"))
    return first


FRIDAYS = c.PlanSessions(
    "welding",
    TODAY + timedelta(days=3),
    time(18),
    time(20),
    4,
    "FREQ=WEEKLY",
    space_id="a",
    until=TODAY + timedelta(days=20),
    themes=("butt joints", "fillets"),
    skip=(TODAY + timedelta(days=10),),
)


def _fridays(house: House) -> c.PlanSessions:
    """Three sessions, of which the room of the second is taken."""
    house.do(c.Book("a1", "room", period(17, 18, TODAY + timedelta(days=10)), account="desk", override="a wake"))
    return FRIDAYS


def _planned(house: House) -> str:
    """A series of sessions with somebody at the first of them."""
    series = house.do(_fridays(house)).value
    house.do(c.Register(series.session_ids[0], "zoe", account="desk"))
    return series.id


def _left_out(house: House) -> str:
    """A series of sessions whose date that was taken is free now."""
    series, taken = _planned(house), house.all(m.Booking)[0]
    house.do(c.CancelBooking(taken.id))
    return series


SIZE = m.RegistrationQuestion("size", "Taille", "Size", "choice", ("S", "M"))

EXAMPLES: dict[type[c.Command], Callable[[House], Any]] = {
    c.AddEntity: lambda house: c.AddEntity("Mairie", accounts=("desk",), id="mairie"),
    c.AddPlace: lambda house: c.AddPlace("Rennes", "asso", "Europe/Paris", "EUR", HOURS, id="rennes"),
    c.MovePlace: lambda house: c.MovePlace("brest", "America/Martinique"),
    c.ChangeOpenings: lambda house: c.ChangeOpenings(
        "paris", HOURS, m.Openings(closed=[m.ClosedDays.on("public holiday", "Noël", date(2026, 12, 25))])
    ),
    c.AddSpace: lambda house: c.AddSpace("paris", "Tout", parts=("a", "b"), id="all"),
    c.ChangeTerms: lambda house: c.ChangeTerms("b", m.Terms(after=timedelta(minutes=30), features={"projector"})),
    c.ChangeCapacity: lambda house: c.ChangeCapacity("open", 2),
    c.CloseSpace: lambda house: c.CloseSpace("b", period(10, 11), "works"),
    c.ReopenSpace: lambda house: c.ReopenSpace("b", _closure(house)),
    c.AddProduct: lambda house: c.AddProduct("New", "asso", "net", "carnet", "pass", grant=m.Grant(5, "carnet", 30)),
    c.PublishTariff: lambda house: c.PublishTariff(TARIFF.replace("80.00", "90.00")),
    c.AddPerson: lambda house: c.AddPerson("Jo", "jo@example.org", "fr"),
    c.ChangePerson: lambda house: c.ChangePerson("zoe", email="zoe@example.net", lang="fr"),
    c.ForgetPerson: lambda house: c.ForgetPerson("lou"),
    c.AddAccessCodes: lambda house: c.AddAccessCodes("brest", ("B1", "B2")),
    c.AddFacilitator: lambda house: c.AddFacilitator("zoe", "brest", hours=HOURS),
    c.AddWorkshop: lambda house: c.AddWorkshop("paris", "Couture", "seat", ("materials",)),
    c.ChangeAdmission: lambda house: c.ChangeAdmission(
        "welding", m.Admission(["makers"], 16, bursaries=m.Quota(percent=50), questions=[SIZE])
    ),
    c.AddSession: lambda house: c.AddSession("talk", TODAY + timedelta(days=2), time(18), time(20), 12, "a"),
    c.AddCourse: lambda house: ON_MONDAYS,
    c.SellPass: lambda house: c.SellPass("carnet", "paris", "zoe", "card"),
    c.CancelPass: lambda house: c.CancelPass(house.do(c.SellPass("carnet", "paris", "zoe", "card")).value.id),
    c.CheckIn: lambda house: c.CheckIn("paris", "half-day", "zoe", "card"),
    c.UpgradeVisit: lambda house: c.UpgradeVisit(_on_entry(house), "day", "card"),
    c.CheckOut: lambda house: c.CheckOut(_on_entry(house)),
    c.HoldSpace: lambda house: c.HoldSpace("a", "room", period(10, 11), person_id="zoe"),
    c.Book: lambda house: c.Book("open", "desk", period(10, 14), 2, "zoe", "card"),
    c.ConfirmBooking: lambda house: c.ConfirmBooking(_held(house), "card"),
    c.ApproveBooking: lambda house: c.ApproveBooking(_requested(house), "card"),
    c.DeclineBooking: lambda house: c.DeclineBooking(_requested(house), "works"),
    c.CancelBooking: lambda house: c.CancelBooking(house.get(m.Charge, _paid(house)).subject.id),
    c.BookSeries: _thursdays,
    c.RetrySkipped: lambda house: c.RetrySkipped(_skipped(house), account="card"),
    c.CancelSeries: lambda house: c.CancelSeries(_series(house), TODAY + timedelta(days=16)),
    c.Register: lambda house: c.Register("paid", "zoe", ("materials",), "card"),
    c.TakeSeat: lambda house: c.TakeSeat(_offered(house), ("materials",), "card"),
    c.CancelRegistration: lambda house: c.CancelRegistration(_crowded(house)),
    c.ChangeSeats: lambda house: (_crowded(house), c.ChangeSeats("free", 4))[1],
    c.MoveSession: lambda house: (_crowded(house), c.MoveSession("free", starts=time(13), space_id="a"))[1],
    c.CancelSession: lambda house: (_covered(house), c.CancelSession("paid", "the kiln is broken"))[1],
    c.MoveMeeting: lambda house: c.MoveMeeting("course", _first_of_course(house), starts=time(17), space_id="b"),
    c.CancelMeeting: lambda house: c.CancelMeeting("course", _first_of_course(house), "the teacher is ill"),
    c.PlanSessions: _fridays,
    c.ExtendSessions: lambda house: c.ExtendSessions(_planned(house), TODAY + timedelta(days=30)),
    c.PlanSkipped: lambda house: c.PlanSkipped(_left_out(house)),
    c.ChangeSessions: lambda house: c.ChangeSessions(_planned(house), starts=time(17), space_id="b", reason="light"),
    c.CancelSessions: lambda house: c.CancelSessions(_planned(house), "the kiln is broken"),
    c.ChangeTheme: lambda house: c.ChangeTheme(house.get(m.Session, "paid").id, "tungsten"),
    c.MarkAttendance: lambda house: c.MarkAttendance(_at_the_door(house), seats=1),
    c.CloseSheet: lambda house: c.CloseSheet(_over_session(house), 3),
    c.ReopenSheet: lambda house: c.ReopenSheet(_over_session(house, c.CloseSheet("free")), "somebody came late"),
    c.ChangePrerequisites: lambda house: c.ChangePrerequisites("welding", ("talk",), 24),
    c.GrantTraining: lambda house: c.GrantTraining("zoe", "welding", "learnt at another place"),
    c.RevokeTraining: lambda house: c.RevokeTraining(_trained(house), "talk", "used without goggles"),
    c.Pay: lambda house: c.Pay(_due(house), "card"),
    c.RefundCharge: lambda house: c.RefundCharge(_paid(house), Money(500, "EUR"), "goodwill"),
    c.RecordRefund: lambda house: c.RecordRefund(_attempt(house), Money(500, "EUR"), "given in cash"),
    c.RecordChargeback: lambda house: c.RecordChargeback(_attempt(house), Money(500, "EUR"), "dispute lost"),
    c.DescribeEntity: lambda house: c.DescribeEntity("asso", ADDRESS, "FR", "123 456 789", "FR12345678901"),
    c.OpenSeries: lambda house: c.OpenSeries("asso", "invoices", "invoice", "F", "Europe/Paris"),
    c.AutomateReceipts: lambda house: c.AutomateReceipts(described(house) and "asso", "receipts"),
    c.IssueDocument: lambda house: c.IssueDocument(charged(taxed(described(house))), "invoices", ZOE),
    c.IssueCreditNote: lambda house: c.IssueCreditNote(_invoiced(house), "credits", house.all(m.Refund)[0].id),
    c.Expire: lambda house: c.Expire(_over(house)),
    c.SettleNarrowing: lambda house: c.SettleNarrowing(_narrowed(house)),
    c.SettleForgetting: lambda house: c.SettleForgetting(_leaving(house)),
    c.DecideSession: lambda house: c.DecideSession(_undecided(house)),
    c.ObserveCharge: lambda house: c.ObserveCharge(_started(house), "settled", 8000, reference="ch_1"),
    c.ObserveRefund: lambda house: c.ObserveRefund(_refunding(house), "settled", "re_1"),
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
