"""The scheduling questions that real lists and pages raise, each answered by the library."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import ConflictError, TermsError
from cantinekit.money import Money
from cantinekit.pricing import Agreement, Cancel, Item, Order, Tariff
from cantinekit.scheduling.admission import BursariesGone
from cantinekit.scheduling.recurrence import Length, Series
from support.houses.small_house import House, open_house, period

PARIS = ZoneInfo("Europe/Paris")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TARIFFS = Path(__file__).parents[1] / "tariffs"


def weekly(uid: str, first: datetime, length: timedelta) -> Series:
    return Series(uid, first, Length(seconds=int(length.total_seconds())), ["FREQ=WEEKLY"])


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)


OPEN = {
    "open workshop, Wednesday": weekly("wed", at(date(2026, 1, 7), 18), 5 * HOUR),
    "open meeting": weekly("meet", at(date(2026, 1, 9), 12, 30), 90 * MINUTE),
    "open workshop, Friday": weekly("fri", at(date(2026, 1, 9), 12, 30), 5 * HOUR),
    "open workshop, Saturday": weekly("sat", at(date(2026, 1, 10), 9, 30), 3 * HOUR),
}


def friday_at_one() -> None:
    """Of what is open each week, the meeting and the workshop run side by side."""
    moment = at(date(2026, 11, 27), 13).astimezone(UTC)
    running = {name for name, series in OPEN.items() if list(series.between(Period(moment, moment + MINUTE)))}
    assert running == {"open meeting", "open workshop, Friday"}


def next_open_workshop() -> None:
    """From a Saturday at one the next workshop is on Wednesday at six."""
    moment = at(date(2026, 11, 28), 13)
    starts = [next(series.after(moment)).start for name, series in OPEN.items() if "workshop" in name]
    assert min(starts).astimezone(PARIS) == at(date(2026, 12, 2), 18)


def every_thursday() -> None:
    """The evening in the week of a Monday."""
    evenings = weekly("makers", at(date(2018, 1, 4), 18, 30), 3 * HOUR)
    (found,) = islice(evenings.after(at(date(2018, 3, 5), 0)), 1)
    assert found.start.astimezone(PARIS) == at(date(2018, 3, 8), 18, 30)


def three_months_ahead() -> None:
    """The first day on which a day in September may be booked is the same day in June; the day before is too early."""
    used = Period(datetime(2026, 9, 15, 9, tzinfo=PARIS), datetime(2026, 9, 15, 12, tzinfo=PARIS))
    house = open_house(now=datetime(2026, 6, 14, 23, 59, tzinfo=PARIS).astimezone(UTC))
    house.do(c.ChangeTerms("b", terms=m.Terms(months=3)))
    with pytest.raises(TermsError):
        house.do(c.Book(space_id="b", product_id="room", period=used, account="desk"))
    house.wait(minutes=1)
    house.do(c.Book(space_id="b", product_id="room", period=used, account="desk"))


def cancelled_after_the_deadline() -> None:
    """Cancelled at six the day before: the fee is the full price; the day ends at five, eleven days before too."""
    tariff = Tariff.load(TARIFFS / "fukuoka-red-brick.toml")
    tokyo = ZoneInfo("Asia/Tokyo")
    used = Period(datetime(2026, 9, 15, 9, tzinfo=tokyo), datetime(2026, 9, 15, 12, tzinfo=tokyo))
    item = Item("room", used, facts={"room": "room 1", "persons": 8, "non-profit": True})
    agreed = Agreement.of(item, tariff.quote(item))
    assert tariff.change(agreed, Cancel(datetime(2026, 9, 14, 18, tzinfo=tokyo))).fee == agreed.total
    early = tariff.change(agreed, Cancel(datetime(2026, 9, 4, 16, tzinfo=tokyo)))
    assert early.fee.amount == 0
    assert tariff.change(agreed, Cancel(datetime(2026, 9, 5, 18, tzinfo=tokyo))).fee.amount > 0


def seats_of(house: House, minimum: int, people: tuple[str, ...]) -> m.Session:
    """A paid session that is decided in two hours, with these people at it, after that instant."""
    decide = house.clock.now() + 2 * HOUR
    day = date(2026, 11, 26)
    house.do(
        c.AddSession(
            workshop_id="welding",
            day=day,
            starts=time(12),
            ends=time(15),
            seats=16,
            id="game",
            minimum=minimum,
            decide_at=decide,
        )
    )
    for person in people:
        house.do(c.Register(session_id="game", person_id=person, account="desk"))
    house.wait(hours=2)
    house.cantine.run_due()
    return house.get(m.Session, "game")


def below_the_minimum() -> None:
    """Three people for a game of four to sixteen: it is below its minimum."""
    assert seats_of(open_house(), 4, ("zoe", "bob", "eve")).state == "cancelled"
    assert seats_of(open_house(), 3, ("zoe", "bob", "eve")).state == "confirmed"


def one_in_ten_is_a_bursary() -> None:
    """About a tenth of twenty seats: two people have a bursary, the third is told that none is left, and may pay."""
    house = open_house()
    house.do(c.ChangeAdmission("welding", admission=m.Admission(bursaries=m.Quota(percent=10))))
    house.do(
        c.AddSession(workshop_id="welding", day=date(2026, 11, 26), starts=time(12), ends=time(15), seats=20, id="game")
    )
    for person in ("zoe", "bob"):
        assert house.do(c.Register(session_id="game", person_id=person, bursary=True)).charges == ()
    assert house.cantine.read.may_register("game", "eve", bursary=True) == (BursariesGone(2, 0, 1),)
    assert house.do(c.Register(session_id="game", person_id="eve", account="desk")).charges[0].paid == Money(
        1000, "EUR"
    )


def two_of_three() -> None:
    """Two bookings where three are needed: it is cancelled, nobody can have a seat any more, everybody is told and gets
    the money back."""
    house = open_house()
    assert seats_of(house, 3, ("zoe", "bob")).state == "cancelled"
    charges = [one for one in house.all(m.Charge) if one.payer_id in ("zoe", "bob")]
    assert [one.held for one in charges] == [Money(0, "EUR")] * 2
    told = {message.to for message in house.mail.messages if message.template == "session below minimum"}
    assert len(told) == 2


def another_theme_each_week() -> None:
    """Two Thursdays in a row of one weekly workshop: the same title, and not the same theme."""
    house = open_house()
    weekly = c.PlanSessions(
        workshop_id="talk",
        day=date(2026, 11, 26),
        starts=time(18, 30),
        ends=time(20),
        seats=12,
        rule="FREQ=WEEKLY;COUNT=8",
        themes=("soldering", "3D printing"),
    )
    series = house.do(weekly).value
    first, second, *_ = house.cantine.read.themes(series.id)
    assert (first.day, second.day) == (date(2026, 11, 26), date(2026, 12, 3))
    assert first.theme != second.theme
    for id in series.session_ids[:2]:
        house.do(c.Register(session_id=id, person_id="zoe"))
    subjects = [message.subject for message in house.mail.messages]
    assert subjects == ["Seat confirmed: Conférence: soldering", "Seat confirmed: Conférence: 3D printing"]


def without_the_lunch() -> None:
    """Who declines what is optional has the workshop, whole, and pays for nothing else."""
    house = open_house()
    house.do(
        c.AddSession(workshop_id="welding", day=date(2026, 11, 26), starts=time(12), ends=time(15), seats=4, id="lego")
    )
    seat = house.do(c.Register(session_id="lego", person_id="zoe", account="desk"))
    assert (seat.value.option_ids, house.get(m.Session, "lego").period.length) == ((), 3 * HOUR)
    assert seat.quote.total == Money(1000, "EUR")


def not_validated_yet() -> None:
    """What the team has not approved costs nothing to cancel."""
    house = open_house()
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True)))
    asked = house.do(c.Book(space_id="b", product_id="room", period=period(10, 12), person_id="zoe")).value
    ended = house.do(c.CancelBooking(asked.id))
    assert (asked.state, ended.value.state, ended.charges) == ("requested", "cancelled", ())


def a_quarter_of_an_hour_around() -> None:
    """Ten to twelve with a quarter of an hour before and after: the room is theirs from 9:45 to 12:15, at one price."""
    house = open_house()
    plain = house.cantine.quote(c.Book(space_id="b", product_id="room", period=period(10, 12))).total
    house.do(c.ChangeTerms("b", terms=m.Terms(before=15 * MINUTE, after=15 * MINUTE)))
    booked = house.do(c.Book(space_id="b", product_id="room", period=period(10, 12), account="desk"))
    assert [one.claim.period for one in booked.value.placed] == [period(9.75, 12.25)]
    assert booked.quote.total == plain
    with pytest.raises(ConflictError):
        house.do(c.Book(space_id="b", product_id="room", period=period(12.25, 13), account="desk"))


def members_only() -> None:
    """An outsider is refused what is for members."""
    house = open_house()
    house.do(c.ChangeTerms("b", terms=m.Terms(audience=["members"])))
    with pytest.raises(TermsError):
        house.do(c.Book(space_id="b", product_id="room", period=period(10, 12), account="desk"))
    house.do(c.Book(space_id="b", product_id="room", period=period(10, 12), account="desk", groups=["members"]))


def from_the_fourth_on() -> None:
    """The first three of a block are at the full price, the fourth is at less."""
    tariff = Tariff.load(TARIFFS / "pilgrim-centre.toml")
    london = ZoneInfo("Europe/London")
    facts = {"rooms": ["large room"], "regular": True, "series": "choir", "charity": True}
    facts |= {"after-ten": False, "cold-out-of-hours": False}
    weeks = [datetime(2026, 3, 2, 9, tzinfo=london) + timedelta(weeks=week) for week in range(6)]
    items = [Item("session", Period(start, start + 4 * HOUR), facts=facts) for start in weeks]
    quote = tariff.quote(Order(tuple(items)))
    totals = [
        sum(line.amount.amount for line in quote.lines if line.item == name) for name, _ in Order(tuple(items)).named()
    ]
    assert totals[0] == totals[1] == totals[2] > totals[3] == totals[4] == totals[5]


ANSWERS: dict[str, Callable[[], Any]] = {
    "T251": friday_at_one,
    "T252": next_open_workshop,
    "T254": every_thursday,
    "T260": three_months_ahead,
    "T261": cancelled_after_the_deadline,
    "T264": below_the_minimum,
    "T265": one_in_ten_is_a_bursary,
    "T267": two_of_three,
    "T268": another_theme_each_week,
    "T270": without_the_lunch,
    "T273": not_validated_yet,
    "T274": a_quarter_of_an_hour_around,
    "T276": members_only,
    "T278": from_the_fourth_on,
}


@pytest.mark.parametrize("question", ANSWERS)
def test_the_answer(question):
    """The library answers as the source does."""
    ANSWERS[question]()


def test_no_question_is_left_out(shared):
    """Each question about scheduling has an answer here."""
    cases = json.loads((shared / "tariffs" / "cases.json").read_text(encoding="utf-8"))
    asked = {case["id"] for case in cases if case["topic"] == "scheduling"}
    assert asked == ANSWERS.keys()
