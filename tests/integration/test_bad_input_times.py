"""Clocks that jump, nights when the clock is changed, places that move: the right answer or a typed error."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, local
from cantinekit.errors import (
    CantineError,
    ConflictError,
    InputError,
    PriceChangedError,
    QuoteExpiredError,
    RefusedError,
    SoldOutError,
    TooLateError,
)
from cantinekit.money import Money
from support.houses import small_house
from support.laws import house_laws
from support.postgres import postgres_server

FOLD = date(2026, 10, 25)
"""In Paris the hour from two to three comes twice: 25 hours, 00:00Z to 02:00Z."""
GAP = date(2027, 3, 28)
"""In Paris the hour from two to three does not come: 23 hours; 01:00Z is three o'clock."""
SLOT = small_house.period(10, 11)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def make_house(request, tmp_path):
    """Opens houses on one kind of store."""
    urls, houses = [], []

    def url():
        if request.param == "memory":
            return "memory://"
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path}/{len(houses)}.db"
        request.getfixturevalue("pg_server")
        urls.append(postgres_server.fresh_url())
        return urls[-1]

    def make(**options):
        houses.append(small_house.open_house(url(), **options))
        return houses[-1]

    yield make
    for house in houses:
        house.cantine.close()
    for one in urls:
        postgres_server.drop(one)


def refused(house, command, *errors):
    """The command is refused by a typed error, and nothing is stored."""
    before = small_house.snapshot(house.storage)
    with pytest.raises(errors or CantineError) as caught:
        house.do(command)
    assert small_house.snapshot(house.storage) == before
    return caught.value


def at_rest(house):
    """After all that is due is done the laws hold."""
    while house.cantine.run_due().done:
        pass
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- ids ----------------------------------------------------------------------------------------------------------


NAMES = (
    """O'Neil"; DROP TABLE record; --""",
    "%_\\",
    "${x} {0} {s}",
    "日本 語",
    "e\u0301",
    "\u00e9",
    "\U0001f3e0",
    "\ufeff",
    "null",
    "x" * 200,
)


def test_ids_are_only_texts(make_house):
    """Quotes, wildcards, accents in two forms and 200 characters are ids like others: each finds its own."""
    house = make_house()
    for name in NAMES:
        house.do(c.AddPerson(name=name[:190], id=name))
        house.do(c.AddSpace(place_id="nuit", name=name, id=name))
        booking = house.do(
            c.Book(space_id=name, product_id="room", period=SLOT, person_id=name, account="desk"), actor=name, key=name
        ).value
        assert booking.space_id == name
        refused(house, c.Book(space_id=name, product_id="room", period=SLOT, account="desk"), ConflictError)
    for name in NAMES:
        assert [one.person_id for one in house.cantine.read.bookings(name)] == [name]
        assert len(list(house.cantine.read.history(m.Space, name))) == 1
        assert house.do(
            c.Book(space_id=name, product_id="room", period=SLOT, person_id=name, account="desk"), actor=name, key=name
        ).replayed
    agenda = house.cantine.read.agenda("nuit", small_house.TODAY)
    assert sorted(item.space_id for item in agenda) == sorted(NAMES)
    at_rest(house)


def test_ids_that_begin_alike_are_apart(make_house):
    """What belongs to an id is never listed under one that begins with it, or that it begins with."""
    house = make_house()
    names = ["a", "aa", "a ", "a!", "a{", "a}", "a~", "a\u00ff", "b"]
    for name in names:
        house.do(c.AddPerson(name=f"Person {name}", id=name))
        house.do(c.AddSpace(place_id="nuit", name=f"Room {name}", id=f"r{name}"))
        house.do(c.AddPlace(name=name, entity_id="asso", zone="Europe/Paris", currency="EUR", id=f"p{name}"))
        house.do(c.AddSpace(place_id=f"p{name}", name="Room", id=f"s{name}"))
        house.do(c.Book(space_id=f"r{name}", product_id="room", period=SLOT, person_id=name))
        house.do(c.Book(space_id=f"s{name}", product_id="room", period=SLOT, account="desk"))
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=name, account="desk"))
    for name in names:
        read = house.cantine.read
        assert {one.person_id for one in read.bookings(name)} == {name}
        assert [one.left for one in read.balance(name)] == [10]
        assert {charge.payer_id for charge in read.statement(name)} == {name}
        assert [item.space_id for item in read.agenda(f"p{name}", small_house.TODAY)] == [f"s{name}"]
        assert read.takings(f"p{name}", small_house.TODAY).total == Money(1500, "EUR")
        house.do(c.CloseSpace(f"r{name}", period=small_house.period(12, 13), reason="works"))
        with pytest.raises(ConflictError):
            house.do(c.ChangeCapacity(f"s{name}", capacity=0))


# --- a clock that jumps -------------------------------------------------------------------------------------------


def test_clock_back_after_a_hold_was_given_to_another(make_house):
    """A hold that ran out and went to another is not had again when the clock jumps back an hour."""
    house = make_house()
    hold = house.do(c.HoldSpace(space_id="b", product_id="room", period=SLOT, person_id="zoe")).value
    owed = house.do(c.Book(space_id="a1", product_id="room", period=SLOT, person_id="zoe")).charges[0]
    house.wait(minutes=20)
    for space in ("b", "a1"):
        house.do(c.Book(space_id=space, product_id="room", period=SLOT, account="desk"))
    house.wait(hours=-1)
    refused(house, c.ConfirmBooking(hold.id, account="desk"), RefusedError)
    refused(house, c.Pay(owed.id, account="desk"), TooLateError)
    refused(house, c.Pay(owed.id, account="card"), TooLateError)
    house.wait(hours=1)
    at_rest(house)
    assert house.get(m.Charge, owed.id).state == "void"
    assert sorted(one.state for one in house.all(m.Booking)) == ["confirmed", "confirmed", "expired", "expired"]


def test_clock_back_after_a_card_hold_was_given_to_another(make_house):
    """A card that settles after the clock jumped back pays nothing that another has: the money goes back."""
    house = make_house(outcomes=("pending",))
    owed = house.do(c.Book(space_id="b", product_id="room", period=SLOT, person_id="zoe", account="card")).charges[0]
    house.wait(minutes=20)
    house.do(c.Book(space_id="b", product_id="room", period=SLOT, account="desk"))
    house.wait(hours=-1)
    house.card.settle(house.get(m.Charge, owed.id).attempt_ids[0])
    house.wait(hours=1)
    at_rest(house)
    assert house.get(m.Charge, owed.id).refunded == Money(1500, "EUR")
    assert [one.state for one in house.all(m.Booking)] == ["expired", "confirmed"]


def test_clock_back_after_a_seat_was_given_to_another(make_house):
    """A seat whose hold ran out and went to another is not taken twice when the clock jumps back."""
    house = make_house()
    owed = house.do(c.Register(session_id="paid", person_id="zoe")).charges[0]
    house.wait(minutes=20)
    for person in ("bob", "eve"):
        house.do(c.Register(session_id="paid", person_id=person, account="desk"))
    house.wait(hours=-1)
    refused(house, c.Pay(owed.id, account="desk"), TooLateError)
    session = house.get(m.Session, "paid")
    confirmed = [one for one in house.all(m.Registration) if one.state == "confirmed"]
    assert len(confirmed) == session.confirmed == session.capacity == 2
    house.wait(hours=1)
    at_rest(house)


def test_clock_back_after_an_offer_was_passed_on(make_house):
    """A seat that was offered, not taken and passed on cannot be taken when the clock jumps back."""
    house = make_house()
    first = house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value
    house.do(c.Register(session_id="paid", person_id="bob", account="desk"))
    offered = [house.do(c.Register(session_id="paid", person_id=person)).value for person in ("eve", "ida")]
    house.do(c.CancelRegistration(first.id))
    house.wait(hours=24, minutes=1)
    house.cantine.run_due()
    assert [house.get(m.Registration, one.id).state for one in offered] == ["expired", "held"]
    house.wait(hours=-1)
    refused(house, c.TakeSeat(offered[0].id, account="desk"), RefusedError)
    house.do(c.TakeSeat(offered[1].id, account="desk"))
    house.wait(hours=1)
    at_rest(house)


def test_clock_back_after_a_desk_was_given_to_another(make_house):
    """A visit that was held and never paid does not get its desk back from who has it now."""
    house = make_house()
    owed = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")).charges[0]
    house.wait(minutes=20)
    for _ in range(3):
        house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
    house.wait(hours=-1)
    refused(house, c.Pay(owed.id, account="desk"), TooLateError)
    house.wait(hours=1)
    at_rest(house)
    assert house.get(m.Visit, owed.subject.id).state == "lapsed"
    assert house.get(m.Charge, owed.id).state == "void"


def test_clock_back_after_a_space_was_narrowed(make_house):
    """Capacity that was taken away past a hold is not claimed again by that hold when the clock jumps back."""
    house = make_house()
    hold = house.do(c.HoldSpace(space_id="a1", product_id="room", period=SLOT)).value
    other = house.do(c.HoldSpace(space_id="a2", product_id="room", period=SLOT)).value
    house.wait(minutes=20)
    house.do(c.ChangeCapacity("a1", capacity=0))
    house.do(c.CloseSpace("a2", period=SLOT, reason="works"))
    house.wait(hours=-1)
    refused(house, c.ConfirmBooking(hold.id, account="desk"), RefusedError)
    refused(house, c.ConfirmBooking(other.id, account="desk"), RefusedError)
    house.wait(hours=1)
    at_rest(house)


def test_clock_back_in_a_lease(make_house):
    """A task that failed is not run early when the clock jumps back, and the card is charged once in the end."""
    house = make_house(outcomes=("outage", "settled"))
    charge = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card")).charges[0]
    assert not house.card.charges
    house.wait(hours=-1)
    for _ in range(3):
        assert house.cantine.run_due().done == 0
        house.wait(minutes=10)
    house.wait(hours=1)
    at_rest(house)
    assert [one.captured for one in house.card.charges] == [8000]
    assert house.get(m.Charge, charge.id).state == "settled"


def test_clock_back_after_units_expired(make_house):
    """Units that expired stay expired; nobody checks in on them when the clock jumps back."""
    house = make_house()
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk"))
    house.clock.set(datetime(2026, 11, 25, 8, 30, tzinfo=UTC))
    house.cantine.run_due()
    house.clock.set(datetime(2026, 11, 24, 16, tzinfo=UTC))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    assert (visit.spends, len(visit.charge_ids)) == ((), 1)
    assert [one.expired for one in house.all(m.Entitlement) if one.bought == 2] == [2]
    house_laws.entitlements(small_house.records(house.storage))


def test_clock_back_before_what_was_done(make_house):
    """Leaving, cancelling and paying at a time before the beginning is either done in order or refused, never torn."""
    house = make_house()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    booking = house.do(c.Book(space_id="b", product_id="room", period=SLOT, account="card")).value
    seat = house.do(c.Register(session_id="paid", person_id="bob", account="card")).value
    house.wait(hours=-1)
    ended = house.do(c.CheckOut(visit.id)).value
    assert (ended.state, ended.closed_at) == ("closed", ended.opened_at)
    house.do(c.CancelBooking(booking.id))
    house.do(c.CancelRegistration(seat.id))
    house.cantine.read.agenda("paris", small_house.TODAY)
    house.wait(hours=1)
    at_rest(house)
    assert house.cantine.read.takings("paris", small_house.TODAY).total == Money(700, "EUR")


def test_quotes_hold_for_their_time_and_their_price_only(make_house):
    """A quote is honoured; past its time, under another price list or another use of the cap it is refused."""
    house = make_house()
    wish = c.Book(
        space_id="open", product_id="desk", period=small_house.period(10, 13), person_id="zoe", account="desk"
    )
    quoted = house.cantine.quote(wish)
    assert quoted.promise.total == Money(900, "EUR")
    promised = c.Book(
        space_id="open",
        product_id="desk",
        period=small_house.period(10, 13),
        person_id="zoe",
        account="desk",
        quote=quoted,
    )
    house.wait(minutes=15)
    refused(house, promised, QuoteExpiredError)
    house.wait(minutes=-1)
    house.do(
        c.Book(space_id="open", product_id="desk", period=small_house.period(14, 16), person_id="zoe", account="desk")
    )
    changed = refused(house, promised, PriceChangedError)
    assert (changed.old, changed.new) == (Money(900, "EUR"), Money(400, "EUR"))
    again = house.cantine.quote(wish)
    house.do(c.PublishTariff(small_house.TARIFF.replace("at_most = 10.00", "at_most = 20.00")))
    promised = c.Book(
        space_id="open",
        product_id="desk",
        period=small_house.period(10, 13),
        person_id="zoe",
        account="desk",
        quote=again,
    )
    changed = refused(house, promised, PriceChangedError)
    assert "another version" in changed.why
    last = house.cantine.quote(wish)
    done = house.do(
        c.Book(
            space_id="open",
            product_id="desk",
            period=small_house.period(10, 13),
            person_id="zoe",
            account="desk",
            quote=last,
        )
    )
    assert done.charges[0].amount == last.promise.total == Money(900, "EUR")
    house.wait(hours=1)
    ahead = house.cantine.quote(c.Book(space_id="b", product_id="room", period=SLOT, account="desk"))
    house.wait(hours=-1)
    refused(house, c.Book(space_id="b", product_id="room", period=SLOT, account="desk", quote=ahead), CantineError)


# --- nights when the clock is changed ---------------------------------------------------------------------------------


NIGHTS = [pytest.param(FOLD, 25, id="autumn"), pytest.param(GAP, 23, id="spring")]


@pytest.mark.parametrize(("day", "hours"), NIGHTS)
def test_local_days_of_23_and_25_hours(make_house, day, hours):
    """The agenda, the free times and the takings of such a day are those of its 23 or 25 hours, whole and once."""
    house = make_house(now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=2))
    read, night = house.cantine.read, house.cantine.read.day("nuit", day)
    assert night.length == timedelta(hours=hours)
    free = house.cantine.availability("n", night)
    assert free == (night,)
    for number in range(hours):
        start = night.start + timedelta(hours=number)
        booked = house.do(
            c.Book(space_id="n", product_id="room", period=Period(start, start + timedelta(hours=1)), account="desk")
        )
        assert booked.charges[0].amount == Money(1500, "EUR")
    assert house.cantine.availability("n", night) == ()
    agenda = read.agenda("nuit", day)
    assert [item.period.start for item in agenda] == [night.start + timedelta(hours=n) for n in range(hours)]
    walls = [local(item.period.start, "Europe/Paris").hour for item in agenda]
    assert walls.count(2) == (2 if hours == 25 else 0)
    assert {item.id for item in agenda}.isdisjoint(item.id for item in read.agenda("nuit", day + timedelta(days=1)))
    refused(
        house,
        c.Book(space_id="n", product_id="room", period=Period(night.start, night.end), account="desk"),
        ConflictError,
    )
    at_rest(house)


def test_sessions_at_half_past_two(make_house):
    """Where half past two comes twice it is the first one, where it does not come it is half past three (RFC 5545)."""
    house = make_house(now=datetime(2026, 10, 20, 8, tzinfo=UTC))
    house.do(c.AddWorkshop(place_id="nuit", title="Nuit blanche", id="night"))
    twice = house.do(
        c.AddSession(workshop_id="night", day=FOLD, starts=time(2, 30), ends=time(4), seats=5, space_id="n")
    ).value
    assert twice.period == Period(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC))
    never = house.do(
        c.AddSession(workshop_id="night", day=GAP, starts=time(2, 30), ends=time(4), seats=5, space_id="n")
    ).value
    assert never.period == Period(datetime(2027, 3, 28, 1, 30, tzinfo=UTC), datetime(2027, 3, 28, 2, tzinfo=UTC))
    assert (never.starts.at, never.starts.zone) == (time(2, 30), "Europe/Paris")
    long = house.do(
        c.AddSession(workshop_id="night", day=GAP - timedelta(days=1), starts=time(23), ends=time(3), seats=5)
    ).value
    assert long.period.length == timedelta(hours=3)
    refused(
        house,
        c.AddSession(workshop_id="night", day=GAP, starts=time(2, 15), ends=time(2, 45), seats=5, space_id="n"),
        ConflictError,
    )
    refused(house, c.AddSession(workshop_id="night", day=GAP, starts=time(2, 30), ends=time(3), seats=5), InputError)
    refused(
        house,
        c.Book(space_id="n", product_id="room", period=Period(twice.period.start, twice.period.end), account="desk"),
        ConflictError,
    )
    assert [item.id for item in house.cantine.read.agenda("nuit", FOLD)] == [twice.id]
    assert [item.id for item in house.cantine.read.agenda("nuit", GAP)] == [long.id, never.id]


@pytest.mark.parametrize(("day", "hours"), NIGHTS)
def test_half_days_on_such_days(make_house, day, hours):
    """A half-day is half of the opening hours as they really pass; by day nothing changes."""
    house = make_house(now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=2))
    house.do(
        c.AddPlace(
            name="Nocturne",
            entity_id="asso",
            zone="Europe/Paris",
            currency="EUR",
            hours=m.OpenHours.weekly(range(7), time(1), time(5)),
            open_space_id="late-open",
            id="late",
        )
    )
    house.do(c.AddSpace(place_id="late", name="Open space", use="desks", capacity=2, id="late-open"))
    opens = house.cantine.read.day("late", day).start + timedelta(hours=1)
    length = timedelta(hours=5 if hours == 25 else 3)
    house.clock.set(opens)
    half = house.do(c.CheckIn(place_id="late", product_id="half-day", account="desk")).value
    whole = house.do(c.CheckIn(place_id="late", product_id="day", account="desk")).value
    assert half.until - opens == length / 2
    assert whole.until - opens == length
    assert local(whole.until, "Europe/Paris").time() == time(5)
    house.clock.set(opens - timedelta(seconds=1))
    refused(house, c.CheckIn(place_id="late", product_id="day", account="desk"))
    house.clock.set(house.cantine.read.day("paris", day).start + timedelta(hours=hours - 24 + 10))
    assert local(house.clock.now(), "Europe/Paris").time() == time(10)
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk")).value
    assert visit.until - house.clock.now() == timedelta(hours=4, minutes=30)
    at_rest(house)


@pytest.mark.parametrize(("day", "hours"), NIGHTS)
def test_passes_and_figures_over_such_days(make_house, day, hours):
    """A pass of one day ends with that local day; money and visits count on the local day on which they fall."""
    house = make_house(now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=2))
    night = house.cantine.read.day("nuit", day)
    house.clock.set(night.start)
    house.do(c.SellPass(product_id="mini", place_id="nuit", holder_id="zoe", account="desk"))
    entitlement = house.all(m.Entitlement)[0]
    assert entitlement.expires == night.end
    house.clock.set(night.end - timedelta(microseconds=1))
    assert house.cantine.read.balance("zoe")[0].left == 2
    house.do(c.SellPass(product_id="carnet", place_id="nuit", holder_id="bob", account="desk"))
    house.clock.set(night.end)
    assert house.cantine.read.balance("zoe") == ()
    house.do(c.SellPass(product_id="carnet", place_id="nuit", holder_id="eve", account="desk"))
    read = house.cantine.read
    totals = [read.takings("nuit", day + timedelta(days=offset)).total.amount for offset in (-1, 0, 1)]
    assert totals == [0, 16000, 8000]


def test_opening_hours_around_the_change(make_house):
    """Booking ends when the place closes on the wall, whichever hours the clock takes away or gives twice."""
    house = make_house(now=datetime(2027, 3, 26, 12, tzinfo=UTC))
    for day, opens in ((GAP - timedelta(days=1), 8), (GAP, 7)):
        refused(
            house,
            c.Book(
                space_id="b", product_id="room", period=small_house.period(opens - 0.5, opens + 1, day), account="desk"
            ),
        )
        house.do(
            c.Book(space_id="b", product_id="room", period=small_house.period(opens, opens + 1, day), account="desk")
        )
        refused(
            house,
            c.Book(
                space_id="b", product_id="room", period=small_house.period(opens + 8, opens + 9.5, day), account="desk"
            ),
        )
        house.do(
            c.Book(
                space_id="b", product_id="room", period=small_house.period(opens + 8, opens + 9, day), account="desk"
            )
        )


# --- a place that moves -----------------------------------------------------------------------------------------------


def moving_house(make_house):
    """Brest with a room and bookings in it, before and after the hours that its local day will lose or gain."""
    house = make_house()
    house.do(c.AddSpace(place_id="brest", name="Salle C", id="c"))
    house.do(c.AddSession(workshop_id="talk", day=small_house.TODAY, starts=time(20), ends=time(22), seats=5))
    house.do(c.AddWorkshop(place_id="brest", title="Voile", id="sail"))
    kept = [
        house.do(
            c.Book(
                space_id="c",
                product_id="room",
                period=small_house.period(begin, begin + 1),
                account="desk",
                override="moving",
            )
        ).value
        for begin in (9, 14, 23.5, 26.5, 30)
    ]
    session = house.do(
        c.AddSession(
            workshop_id="sail",
            day=small_house.TODAY + timedelta(days=1),
            starts=time(18),
            ends=time(20),
            seats=5,
            space_id="c",
        )
    ).value
    visit = house.do(c.CheckIn(place_id="brest", product_id="day", person_id="zoe", account="desk")).value
    return house, [*kept, session], visit


def whole_agenda(house, place):
    """All items of the days around, day by day; each item with the days on which it is listed."""
    found: dict[str, list[date]] = {}
    for offset in range(-2, 4):
        day = small_house.TODAY + timedelta(days=offset)
        for item in house.cantine.read.agenda(place, day):
            found.setdefault(item.id, []).append(day)
    return found


def test_place_that_moves_loses_no_booking(make_house):
    """From Paris to Martinique and back: every booking stays at its instant, is seen, and keeps others out."""
    house, kept, visit = moving_house(make_house)
    for zone in ("America/Martinique", "Pacific/Kiritimati", "Europe/Paris"):
        house.do(c.MovePlace("brest", zone=zone))
        for one in kept:
            overlap = Period(one.period.start - timedelta(minutes=30), one.period.end - timedelta(minutes=30))
            error = refused(
                house,
                c.Book(space_id="c", product_id="room", period=overlap, account="desk", override="x"),
                ConflictError,
            )
            assert one.period in error.clashes
            assert one == house.get(type(one), one.id)
        listed = whole_agenda(house, "brest")
        assert listed.keys() == {visit.id, *(one.id for one in kept)}
        for one in kept:
            first, last = (local(t, zone).date() for t in (one.period.start, one.period.end - timedelta.resolution))
            assert listed[one.id] == sorted({first, last}), zone
        free = house.cantine.availability("c", Period(small_house.utc(0), small_house.utc(0) + timedelta(days=2)))
        assert not [gap for gap in free for one in kept if gap.overlaps(one.period)]
        at_rest(house)


def test_place_that_moves_has_new_hours_for_what_is_new(make_house):
    """After the move opening hours are those of the new wall clock; sessions keep the zone they were planned in."""
    house, kept, visit = moving_house(make_house)
    house.do(c.MovePlace("brest", zone="America/Martinique"))
    refused(house, c.Book(space_id="c", product_id="room", period=small_house.period(10, 11), account="desk"))
    house.do(c.Book(space_id="c", product_id="room", period=small_house.period(20, 21), account="desk"))
    refused(house, c.CheckIn(place_id="brest", product_id="day", person_id="bob", account="desk"))
    house.wait(hours=5)
    late = house.do(c.CheckIn(place_id="brest", product_id="day", person_id="bob", account="desk")).value
    assert late.until == small_house.utc(22)
    refused(house, c.CheckIn(place_id="brest", product_id="day", person_id="eve", account="desk"), SoldOutError)
    assert house.get(m.Session, kept[-1].id).starts.zone == "Europe/Paris"
    planned = house.do(
        c.AddSession(
            workshop_id="sail",
            day=small_house.TODAY + timedelta(days=2),
            starts=time(18),
            ends=time(20),
            seats=5,
            space_id="c",
        )
    ).value
    assert planned.period.start == datetime(2026, 11, 26, 22, tzinfo=UTC)
    upgraded = house.get(m.Visit, visit.id)
    assert upgraded.until == small_house.utc(17)
    house.wait(hours=4)
    at_rest(house)
    assert house.get(m.Visit, visit.id).state == "closed"


def test_pass_and_stay_survive_a_move(make_house):
    """A stay that began before the move can be lengthened and left after it, and units keep their last instant."""
    house, _, _ = moving_house(make_house)
    house.do(c.SellPass(product_id="mini", place_id="brest", holder_id="bob", account="desk"))
    expires = house.get(m.Pass, "pas_2").entitlement_ids and house.all(m.Entitlement)[-1].expires
    stay = house.do(c.CheckIn(place_id="brest", product_id="half-day", person_id="bob")).value
    house.do(c.MovePlace("brest", zone="America/Martinique"))
    longer = house.do(c.UpgradeVisit(stay.id, product_id="day", account="desk")).value
    assert longer.until >= stay.until
    house.do(c.CheckOut(stay.id))
    assert house.all(m.Entitlement)[-1].expires == expires
    at_rest(house)
