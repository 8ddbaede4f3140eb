"""Figures and lists: takings, attendance, agenda, balances, explanations and history of days that are played."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, NotFoundError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.reads import MonthOfEvents
from support.houses import small_house
from support.houses.small_house import TODAY, open_house, period, utc


def eur(amount):
    return Money(amount, "EUR")


# --- takings ----------------------------------------------------------------------------------------------------------


def test_takings_of_a_day():
    """Money counts by account on the day on which it moves; what was given back is apart; earnings are by product.

    A carnet is earned as it is used.
    """
    house = open_house()
    house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"))
    booked = house.do(c.Book(space_id="b", product_id="room", period=period(10, 12), account="card")).value
    house.do(c.Book(space_id="a1", product_id="room", period=period(10, 11)))
    house.do(c.CancelBooking(booked.id))
    takings = house.cantine.read.takings("paris", TODAY)
    assert takings.taken == (("card", eur(11000)), ("desk", eur(700)))
    assert takings.refunded == (("card", eur(3000)),)
    assert takings.total == eur(8700)
    assert dict(takings.earned) == {"half-day": eur(700), "room": eur(1500)}
    assert takings.period == house.cantine.read.day("paris", TODAY)
    assert house.cantine.read.takings("brest", TODAY).total == eur(0)


def test_takings_fall_on_the_day_of_the_money():
    """A booking that is paid tomorrow for the day after is tomorrow's money; its refund is of its own day."""
    house = open_house()
    owed = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe")).charges[0]
    house.wait(days=1)
    house.do(c.Pay(owed.id, account="desk"))
    house.wait(days=1)
    house.do(c.RefundCharge(owed.id, amount=eur(3000), reason="goodwill"))
    totals = [house.cantine.read.takings("paris", TODAY + timedelta(days=n)).total for n in range(-1, 4)]
    assert totals == [eur(0), eur(0), eur(8000), eur(-3000), eur(0)]


def test_takings_of_money_that_comes_and_goes_at_once():
    """Money that came too late and goes back leaves nothing taken in sum, nothing earned, and both movements shown."""
    house = open_house(outcomes=("pending",))
    owed = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    ).charges[0]
    house.wait(minutes=20)
    house.cantine.run_due()
    house.card.settle(house.get(m.Charge, owed.id).attempt_ids[0])
    house.wait(hours=1)
    house.cantine.run_due()
    takings = house.cantine.read.takings("paris", TODAY)
    assert (takings.taken, takings.refunded) == ((("card", eur(1500)),), (("card", eur(1500)),))
    assert takings.total == eur(0)
    assert sum(amount.amount for _, amount in takings.earned) == 0


@pytest.mark.parametrize("instant", ["first", "last", "before", "after"])
def test_takings_begin_and_end_at_midnight_on_the_wall(instant):
    """The first microsecond of the local day is in, the last is in, those beside them are not."""
    bounds = (datetime(2026, 11, 23, 23, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC))
    tick = timedelta(microseconds=1)
    at = {"first": bounds[0], "last": bounds[1] - tick, "before": bounds[0] - tick, "after": bounds[1]}[instant]
    house = open_house(now=at)
    house.do(c.SellPass(product_id="carnet", place_id="nuit", holder_id="zoe", account="desk"))
    taken = house.cantine.read.takings("nuit", TODAY).total
    assert taken == (eur(8000) if instant in ("first", "last") else eur(0))


# --- attendance -------------------------------------------------------------------------------------------------------


def test_attendance_of_a_day():
    """A person who comes twice is one visitor and two visits, each walk-in is one, and who never paid did not come."""
    house = open_house()
    for _ in range(2):
        visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
        house.wait(minutes=30)
        house.do(c.CheckOut(visit.id))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="eve"))
    house.wait(minutes=16)
    house.cantine.run_due()
    house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
    house.do(c.CheckIn(place_id="brest", product_id="half-day", person_id="zoe", account="desk"))
    found = house.cantine.read.attendance("paris", TODAY)
    assert (found.visits, found.unique_visitors, found.walk_ins) == (5, 4, 2)
    assert (found.sessions, found.seats_taken) == (0, 0)
    assert house.cantine.read.attendance("brest", TODAY).visits == 1
    assert house.cantine.read.attendance("paris", TODAY + timedelta(days=1)).visits == 0


def test_attendance_of_sessions():
    """Sessions count on the day on which they begin, with the seats that are somebody's."""
    house = open_house()
    day = TODAY + timedelta(days=1)
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.do(c.Register(session_id="free", person_id="bob"))
    house.do(c.Register(session_id="free", person_id="eve"))
    house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    house.do(c.Register(session_id="paid", person_id="bob"))
    assert house.cantine.read.attendance("paris", day).seats_taken == 4
    house.wait(minutes=16)
    assert house.cantine.read.attendance("paris", day).seats_taken == 3
    late = house.do(c.AddSession(workshop_id="talk", day=day, starts=time(23), ends=time(2), seats=5)).value
    assert late.period.end.date() == day + timedelta(days=1)
    assert house.cantine.read.attendance("paris", day).sessions == 3
    assert house.cantine.read.attendance("paris", day + timedelta(days=1)).sessions == 0


# --- agenda -----------------------------------------------------------------------------------------------------------


def test_agenda_of_a_day():
    """All that touches the day, in the order of its start: bookings, visits and sessions, with what they are called."""
    house = open_house()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    later = house.do(c.Book(space_id="b", product_id="room", period=period(14, 15), account="desk")).value
    whole = house.do(c.Book(space_id="a", product_id="room", period=period(10, 12), account="desk")).value
    held = house.do(c.HoldSpace(space_id="open", product_id="desk", period=period(9, 10), units=2)).value
    gone = house.do(c.Book(space_id="b", product_id="room", period=period(16, 17), account="desk")).value
    house.do(c.CancelBooking(gone.id))
    session = house.do(c.AddSession(workshop_id="talk", day=TODAY, starts=time(19), ends=time(20), seats=5)).value
    house.do(c.Register(session_id=session.id, person_id="bob"))
    found = house.cantine.read.agenda("paris", TODAY)
    assert [(item.id, item.label, item.state, item.units) for item in found] == [
        (visit.id, "half-day", "open", 1),
        (held.id, "Open space", "held", 2),
        (whole.id, "Grande salle", "confirmed", 1),
        (later.id, "Salle B", "confirmed", 1),
        (session.id, "Conférence", "1/5", 1),
    ]
    house.wait(minutes=16)
    assert held.id not in [item.id for item in house.cantine.read.agenda("paris", TODAY)]


def test_agenda_shows_a_visit_as_long_as_it_was():
    """Who leaves early is shown until then, who stays longer until then, who never paid not at all."""
    house = open_house()
    early = house.do(c.CheckIn(place_id="paris", product_id="day", account="desk")).value
    longer = house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk")).value
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="eve"))
    house.wait(minutes=45)
    house.do(c.CheckOut(early.id))
    house.do(c.UpgradeVisit(longer.id, product_id="day", account="desk"))
    house.cantine.run_due()
    found = {item.id: item.period.end for item in house.cantine.read.agenda("paris", TODAY)}
    assert found == {early.id: utc(9, 15), longer.id: utc(17)}


def test_agenda_shows_what_began_long_before():
    """A booking of three months is on the agenda of each of its days, and of no other."""
    house = open_house()
    start = datetime(2026, 12, 1, 23, tzinfo=UTC)
    long = house.do(
        c.Book(
            space_id="n",
            product_id="room",
            period=m.Claim("x", start, start + timedelta(days=90), 1).period,
            account="desk",
        )
    ).value
    first, last = date(2026, 12, 2), date(2027, 3, 1)
    for day in (first, first + timedelta(days=45), last):
        assert [item.id for item in house.cantine.read.agenda("nuit", day)] == [long.id]
    for day in (first - timedelta(days=1), last + timedelta(days=1)):
        assert house.cantine.read.agenda("nuit", day) == ()


@pytest.mark.parametrize(
    "day",
    [date.min, date.max, date(1969, 12, 31), date(9998, 1, 1), datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24", None],
)
def test_days_that_are_none(day):
    """A day out of range or of another type is a typed error, from each figure that takes a day."""
    read = open_house().cantine.read
    for ask in (read.agenda, read.takings, read.attendance, read.day):
        with pytest.raises(InputError):
            ask("paris", day)


@pytest.mark.parametrize("day", [date(1970, 1, 5), date(1971, 1, 1), date(9997, 12, 30)])
def test_days_at_the_edges(day):
    """The first and the last days have an agenda like others: nothing is on it."""
    read = open_house().cantine.read
    assert read.agenda("paris", day) == ()
    assert read.takings("paris", day).total == eur(0)
    assert read.attendance("paris", day).visits == 0


# --- balances ---------------------------------------------------------------------------------------------------------


def test_balance_in_the_order_of_use():
    """Units are listed by account, those that end first before the others, and are used in that order."""
    house = open_house()
    for product in ("carnet", "local", "mini"):
        house.do(c.SellPass(product_id=product, place_id="paris", holder_id="zoe", account="desk"))
        house.wait(minutes=1)
    (balance,) = house.cantine.read.balance("zoe")
    assert (balance.account, balance.left) == ("carnet", 13)
    assert [one.bought for one in balance.entitlements] == [2, 1, 10]
    for expected in ([1, 10], [10], [9]):
        visit = house.do(c.CheckIn(place_id="brest", product_id="half-day", person_id="zoe")).value
        house.do(c.CheckOut(visit.id))
        if expected == [1, 10]:
            visit = house.do(c.CheckIn(place_id="brest", product_id="half-day", person_id="zoe")).value
            house.do(c.CheckOut(visit.id))
        (balance,) = house.cantine.read.balance("zoe")
        assert [one.left for one in balance.entitlements] == expected


def test_balance_leaves_out_what_cannot_be_used():
    """What is not paid, used up, expired or given back is not in the balance of any day; another's never is."""
    house = open_house()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe"))
    assert house.cantine.read.balance("zoe") == ()
    gone = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value
    house.do(c.CancelPass(gone.id))
    assert house.cantine.read.balance("zoe") == ()
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk"))
    assert house.cantine.read.balance("bob") == ()
    end = datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert house.cantine.read.balance("zoe", TODAY) == house.cantine.read.balance("zoe")
    assert house.cantine.read.balance("zoe")[0].left == 2
    assert house.cantine.read.balance("zoe", TODAY + timedelta(days=1)) == ()
    house.clock.set(end - timedelta(microseconds=1))
    assert house.cantine.read.balance("zoe")[0].left == 2
    house.clock.set(end)
    assert house.cantine.read.balance("zoe") == ()
    for wrong in (house.clock.now(), "2026-11-24", date.max):
        with pytest.raises(InputError):
            house.cantine.read.balance("zoe", wrong)


# --- explanations and history -----------------------------------------------------------------------------------------


def test_prices_are_explained_as_they_were_charged():
    """Whatever is bought or published later, a price computed again comes to what was charged."""
    house = open_house()
    bought = [
        house.do(c.Book(space_id="open", product_id="desk", period=period(9, 11), person_id="zoe", account="desk")),
        house.do(c.Book(space_id="open", product_id="desk", period=period(11, 13), person_id="zoe", account="desk")),
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")),
        house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="card")),
        house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk")),
    ]
    subjects = [m.Subject(one.value.kind, one.value.id) for one in bought]
    before = [house.cantine.read.explain(subject) for subject in subjects]
    house.do(c.PublishTariff(small_house.TARIFF.replace("at_most = 10.00", "at_most = 1.00").replace("7.00", "99.00")))
    house.do(c.CancelBooking(bought[0].value.id))
    assert [one.charges[0].amount for one in bought] == [eur(600), eur(400), eur(8000), eur(800), eur(700)]
    for one, subject, explained in zip(bought, subjects, before, strict=True):
        (again,) = house.cantine.read.explain(subject)
        assert again == explained[0]
        assert again.total == one.quote.promise.total == one.charges[0].amount
        assert again.explain("en") == one.quote.explain("en")
        assert again.explain("fr") == one.quote.explain("fr")


def test_an_upgrade_is_explained_with_both_prices():
    """A stay that was lengthened has two prices; their difference is what was charged the second time."""
    house = open_house()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk")).value
    longer = house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk"))
    first, second = house.cantine.read.explain(m.Subject("visit", visit.id))
    assert (first.total, second.total) == (eur(700), eur(1000))
    assert longer.charges[-1].amount == second.total - first.total


def test_nothing_to_explain():
    """What never had a price has no explanation; what does not exist is not found."""
    house = open_house()
    free = house.do(c.Register(session_id="free", person_id="zoe")).value
    assert house.cantine.read.explain(m.Subject("registration", free.id)) == ()
    with pytest.raises(NotFoundError):
        house.cantine.read.explain(m.Subject("booking", "never"))


def test_history_tells_the_life_of_a_record():
    """The history of a booking is what happened to it and its money, in order, with who did it and when."""
    house = open_house()
    held = house.do(
        c.HoldSpace(space_id="b", product_id="room", period=period(10, 11), person_id="zoe"), actor="host:kiosk"
    ).value
    house.wait(minutes=5)
    house.do(c.ConfirmBooking(held.id, account="desk"), actor="desk:ana")
    house.wait(minutes=5)
    house.do(c.CancelBooking(held.id), actor="zoe")
    found = [(entry.type, entry.actor, entry.at) for entry in house.cantine.read.history(m.Booking, held.id)]
    kinds = [type for type, _, _ in found]
    assert kinds[0] == "BookingMade"
    assert kinds.index("BookingConfirmed") < kinds.index("BookingEnded")
    assert [actor for type, actor, _ in found if type in ("BookingMade", "BookingConfirmed", "BookingEnded")] == [
        "host:kiosk",
        "desk:ana",
        "zoe",
    ]
    assert found[0][2] == small_house.START
    numbers = [entry.number for entry in house.cantine.read.journal()]
    assert numbers == sorted(set(numbers))
    with pytest.raises(NotFoundError):
        house.cantine.read.history(m.Booking, "never")


@pytest.mark.parametrize("seed", range(5))
def test_what_is_charged_at_one_instant_is_told_in_its_order(seed):
    """Charges and refunds of one instant come in the order in which they were made, whatever their ids are."""
    draw = random.Random(seed)
    house = open_house(ids=lambda prefix: f"{prefix}_{draw.getrandbits(64):016x}")
    hours = range(8, 15)
    made = [
        house.do(
            c.Book(space_id="b", product_id="room", period=period(hour, hour + 1), person_id="zoe", account="desk")
        )
        .charges[0]
        .id
        for hour in hours
    ]
    assert [charge.id for charge in house.cantine.read.statement("zoe")] == made
    amounts = [Money(cents, "EUR") for cents in (300, 100, 200, 500, 400)]
    for amount in amounts:
        house.do(c.RefundCharge(made[0], amount=amount, reason="cold"))
    assert [one.amount for one in house.cantine.read.refunds(made[0])] == amounts
    house.wait(minutes=1)
    later = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).charges[0].id
    assert [charge.id for charge in house.cantine.read.statement("zoe")] == [*made, later]


def test_statement_of_a_person():
    """A person's statement is what was charged, the oldest first, whatever became of it; a walk-in has none."""
    house = open_house()
    amounts = []
    for number, command in enumerate(
        (
            c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"),
            c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe"),
            c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="card"),
        )
    ):
        house.wait(minutes=1)
        amounts.append(house.do(command).charges[-1].amount)
        assert [charge.amount for charge in house.cantine.read.statement("zoe")] == amounts, number
    house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
    assert len(house.cantine.read.statement("zoe")) == 3
    assert house.cantine.read.statement("bob") == ()


# --- asking for what is not there -------------------------------------------------------------------------------------


def test_reading_what_does_not_exist():
    """A record that is not there is None or a NotFoundError; a place that is not there has no day."""
    read = open_house().cantine.read
    assert read.get(m.Booking, "never") is None
    assert read.many(m.Booking, ["never", "never"]) == (None, None)
    for ask in (
        lambda: read.need(m.Booking, "never"),
        lambda: read.which((m.Booking, m.Pass), "never"),
        lambda: read.agenda("atlantis", TODAY),
        lambda: read.takings("atlantis", TODAY),
        lambda: read.availability("attic", period(9, 10)),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert read.which((m.Person, m.Place), "paris") is m.Place


@pytest.mark.parametrize("id", ["\ud800", "a\x00b", "x" * 20_000])
def test_reading_with_an_impossible_id(id):
    """An id that no store could hold is a typed error or simply not there, never an error of a driver."""
    found = None
    with suppress(InputError):
        found = open_house().cantine.read.get(m.Booking, id)
    assert found is None


def test_reading_changes_nothing():
    """No figure and no list changes a row or writes to the journal."""
    house = open_house()
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"))
    before, read = small_house.snapshot(house.storage), house.cantine.read
    read.agenda("paris", TODAY)
    read.takings("paris", TODAY)
    read.attendance("paris", TODAY)
    read.balance("zoe")
    read.statement("zoe")
    read.availability("a", period(9, 17))
    list(read.journal(Key("visit", "vis_1")))
    assert small_house.snapshot(house.storage) == before


def test_events_that_were_held():
    """By place and month of the wall on which they began: cancelled ones and those to come do not count; New Year's Eve
    belongs to the year in which it began, though it ends in the next one and begins in it by UTC elsewhere."""
    house = open_house(now=datetime(2026, 12, 30, 8, tzinfo=UTC))
    house.do(c.AddWorkshop(place_id="brest", title="Voile", id="sail"))
    evenings = {"eve": (date(2026, 12, 31), 22), "newyear": (date(2027, 1, 1), 0), "later": (date(2027, 1, 31), 18)}
    for id, (day, hour) in evenings.items():
        house.do(
            c.AddSession(workshop_id="sail", day=day, starts=time(hour), ends=time((hour + 3) % 24), seats=4, id=id)
        )
    house.do(c.AddSession(workshop_id="sail", day=date(2027, 1, 4), starts=time(10), ends=time(11), seats=4, id="off"))
    for person in ("zoe", "bob"):
        house.do(c.Register(session_id="eve", person_id=person))
    house.do(c.CancelSession("off", reason="too cold"))
    house.wait(days=10)
    read = house.cantine.read
    assert read.events(["brest"], 2026) == (MonthOfEvents("brest", date(2026, 12, 1), 1, 2),)
    assert read.events(["brest"], 2027) == (MonthOfEvents("brest", date(2027, 1, 1), 1, 0),)
    house.wait(days=30)
    assert read.events(["brest"], 2027) == (MonthOfEvents("brest", date(2027, 1, 1), 2, 0),)
    with pytest.raises(NotFoundError):
        read.events(["nowhere"], 2027)


def test_a_night_is_on_the_agenda_of_the_day_after():
    """A stay that began in the evening and lasts beyond midnight is on the agenda of both days."""
    house = open_house()
    night = m.OpenHours.weekly(range(7), time(18), time(3))
    house.do(c.ChangeOpenings(place_id="paris", hours=night))
    house.wait(hours=12)
    visit = house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="desk")).value
    for day in (TODAY, TODAY + timedelta(days=1)):
        assert visit.id in [item.id for item in house.cantine.read.agenda("paris", day)]
    assert visit.id not in [item.id for item in house.cantine.read.agenda("paris", TODAY + timedelta(days=2))]


def test_an_index_that_begins_during_a_stay_sees_it_end():
    """A stay, and a longer one that waits for its payment, that began before the index did are taken off it when
    somebody leaves early."""
    house = open_house()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.wait(hours=2)
    longer = house.do(c.UpgradeVisit(visit.id, product_id="day")).value.upgrade
    index = house.cantine.read.busy_index(since=house.clock.now())
    claims = [one.claim for one in (*visit.placed, *longer.placed)]
    assert [[one.claim for one in index.claims(claim.id)] for claim in claims] == [[claim] for claim in claims]
    house.do(c.CheckOut(visit.id))
    house.cantine.read.busy_index(index)
    assert [list(index.claims(claim.id)) for claim in claims] == [[], []]


def test_two_charges_of_one_instant_are_told_in_their_order():
    """The second of two has an id that comes first, and is told second."""
    numbers = iter(range(999, 0, -1))
    house = open_house(ids=lambda prefix: f"{prefix}_{next(numbers):03}")
    made = [
        house.do(
            c.Book(space_id="b", product_id="room", period=period(hour, hour + 1), person_id="zoe", account="desk")
        )
        .charges[0]
        .id
        for hour in (10, 11)
    ]
    assert made == sorted(made, reverse=True)
    assert [charge.id for charge in house.cantine.read.statement("zoe")] == made
