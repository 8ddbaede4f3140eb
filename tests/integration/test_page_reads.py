"""Reads that pages need: the calendar of a place, what there is by noun, what is for sale, what is somebody's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.calendar import add_days
from cantinekit.clock import Period
from cantinekit.errors import InputError, NotForSaleError, NotFoundError, RefusedError, WrongStateError
from cantinekit.money import Money
from cantinekit.reads import Listing, Offer
from support.houses import small_house
from support.houses.one_list import place
from support.houses.small_house import TODAY, period, utc
from support.stores.counting import Counting

SHOP = """
[facts]
public = ["town", "student"]
[product.plan]
name = "Abonnement"
sells = "plan"
valid = { lasts = "1 month", ends = "the day before" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
rate = { price = 90.00 }
[product.carnet]
name = "Carnet"
rate = { price = 40.00 }
sells = "grant"
grant = { account = "carnet", units = 5, unit = "entry" }
valid = { lasts = "90 days", first_day = "counts" }
adjust = [{ id = "member", percent = "-50%", when = { holds = "plan" } }]
[product.student]
name = "Étudiant"
sells = "plan"
valid = { lasts = "1 month", ends = "the day before" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
rate = [{ when = { public = "student" }, price = 10.00 }, { refuse = "not_for" }]
[product.coffee]
rate = { price = 2.00 }
"""


@pytest.fixture
def house():
    return small_house.open_house()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def stored(request, tmp_path):
    """A house in each kind of store."""
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/house.db"}.get(request.param)
    house = small_house.open_house(url or request.getfixturevalue("pg_url"))
    yield house
    house.cantine.close()


# --- the calendar ----------------------------------------------------------------------------------------------------


def test_today_is_that_of_the_place():
    """At half past eleven in the evening of UTC it is the next day in Paris, and not yet where the zone is behind."""
    house = small_house.open_house(now=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    house.do(c.AddPlace(name="Cayenne", entity_id="asso", zone="America/Cayenne", currency="EUR", id="cayenne"))
    assert house.cantine.read.today("paris") == date(2026, 11, 25)
    assert house.cantine.read.today("cayenne") == date(2026, 11, 24)


def test_a_week_says_those_beside_it(house):
    """The week of today, one by its name, by a day in it, and across the end of a year and a clock change."""
    read = house.cantine.read
    week = read.days("paris", "week")
    assert (week.first, week.last, week.name) == (date(2026, 11, 23), date(2026, 11, 29), "2026-W48")
    assert (week.before, week.after, week.present) == ("2026-W47", "2026-W49", True)
    assert week.period == Period(read.day("paris", week.first).start, read.day("paris", week.last).end)
    assert read.days("paris", "week", named="2026-11-25") == read.days("paris", "week", named="2026-W48") == week
    last = read.days("paris", "week", day=date(2027, 1, 1))
    assert (last.name, last.first, last.after, last.present) == ("2026-W53", date(2026, 12, 28), "2027-W01", False)
    assert read.days("paris", "week", named="2026-W43").period.length == timedelta(days=7, hours=1)


def test_a_month_and_a_day_say_those_beside_them(house):
    """A month begins on the first, also one of 28 days; a day may be one of 25 hours."""
    read = house.cantine.read
    month = read.days("paris", "month", named="2026-02")
    assert (month.first, month.last, month.before, month.after) == (
        date(2026, 2, 1),
        date(2026, 2, 28),
        "2026-01",
        "2026-03",
    )
    day = read.days("paris", named="2026-10-25")
    assert (day.first, day.last, day.before, day.after) == (day.first, day.first, "2026-10-24", "2026-10-26")
    assert day.period.length == timedelta(hours=25)
    assert read.days("paris").first == TODAY


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_pages_of_days_meet(house, by):
    """From one to the one after it and back, for two years: none is left out, none twice, each begins where the one
    before ends."""
    found = house.cantine.read.days("paris", by, day=date(2026, 1, 1))
    for _ in range(800 if by == "day" else 100 if by == "week" else 24):
        after = house.cantine.read.days("paris", by, named=found.after)
        assert (after.before, after.first, after.period.start) == (
            found.name,
            add_days(found.last, 1),
            found.period.end,
        )
        found = after


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("day", "2026-W48"),
        ("week", "2026-11"),
        ("week", "2026-W54"),
        ("week", "2026-W00"),
        ("month", "2026-13"),
        ("month", "2026-W48"),
        ("day", "2026-02-30"),
        ("day", "20261124"),
        ("day", ""),
        ("day", "9999-12-31"),
        ("day", "0001-01-01"),
        ("week", "9999-W52"),
        ("month", "0000-01"),
        ("month", "9999-12"),
    ],
)
def test_what_names_no_days_is_refused(house, by, name):
    """What somebody writes into an address, and days beyond the calendar, are an InputError and nothing else."""
    with pytest.raises(InputError):
        house.cantine.read.days("paris", by, named=name)
    with pytest.raises(InputError, match="named and day"):
        house.cantine.read.days("paris", by, named="2026-11-24", day=TODAY)


# --- what there is ---------------------------------------------------------------------------------------------------


def test_what_a_place_has_is_read_by_noun(stored):
    """Spaces, workshops, products and places by name: those of others are not in it, what is retired if asked for."""
    read = stored.cantine.read
    assert [one.id for one in read.places()] == ["brest", "nantes", "nuit", "paris"]
    assert [one.id for one in read.places("coop")] == ["nantes"]
    assert [one.id for one in read.spaces("paris")] == ["a", "open", "a1", "a2", "b"]
    assert [one.id for one in read.spaces("paris", use="desks")] == ["open"]
    assert [one.title for one in read.workshops("paris")] == ["Conférence", "Soudure"]
    assert read.workshops("brest") == ()
    assert [one.id for one in read.products("coop")] == ["coop-day"]
    assert [one.id for one in read.products("asso", sells="visit")] == ["day", "half-day"]
    stored.do(c.RetireSpace("b", day=TODAY + timedelta(days=2)))
    stored.do(c.RetireWorkshop("talk"))
    stored.do(c.RetireProduct("day"))
    assert "b" in [one.id for one in read.spaces("paris")], "it is let until then"
    stored.wait(days=3)
    assert "b" not in [one.id for one in read.spaces("paris")]
    assert "b" in [one.id for one in read.spaces("paris", retired=True)]
    assert [one.id for one in read.workshops("paris")] == ["welding"]
    assert len(read.workshops("paris", retired=True)) == 2
    assert [one.id for one in read.products("asso", sells="visit")] == ["half-day"]
    assert len(read.products("asso", sells="visit", retired=True)) == 2


def test_closures_of_a_place(stored):
    """What is closed in a period is listed by its start; what ended before it, begins after it, is of another place, or
    is retired is not. One takes it away by its id."""
    for space, hours in (("b", (12, 13)), ("a1", (10, 12)), ("b", (15, 16))):
        stored.do(c.CloseSpace(space, period=period(*hours), reason="retired"))
    stored.do(c.CloseSpace("n", period=period(10, 12), reason="works"))
    stored.do(c.RetireSpace("a2"))
    read = stored.cantine.read
    found = read.closures("paris", period(11, 15))
    assert [(one.space.id, one.closure.period, one.announced) for one in found] == [
        ("a1", period(10, 12), False),
        ("b", period(12, 13), False),
    ]
    assert [one.closure.period.start.hour for one in read.closures("paris")] == [10, 12, 15]
    stored.clock.advance(utc(12) - stored.clock.now())
    assert [one.closure.period.start.hour for one in read.closures("paris")] == [12, 15], "the first one is over"
    stored.do(c.ReopenSpace("a1", closure_id=found[0].closure.id))
    assert [one.space.id for one in read.closures("paris", period(11, 15))] == ["b"]


def test_the_text_of_the_list_that_is_in_force(house):
    """Now, before there was one, and once the next one begins."""
    read = house.cantine.read
    later = small_house.TARIFF.replace("price = 7.00", "price = 7.50")
    house.do(c.PublishTariff(later, since=utc(12)))
    now, then = read.tariff_text("net"), read.tariff_text("net", utc(12))
    assert now is not None
    assert then is not None
    assert ("7.00" in now.text, "7.50" in then.text) == (True, True)
    assert read.tariff_text("net", utc(0, day=date(2020, 1, 1))) is None
    with pytest.raises(NotFoundError):
        read.tariff_text("none")


# --- what is somebody's ----------------------------------------------------------------------------------------------


def test_my_registration_at_a_session(stored):
    """The live one of the person, in two round trips; nothing once it is given up, run out, or of somebody else."""
    read = stored.cantine.read
    assert read.registration_of("free", "zoe") is None
    seat = stored.do(c.Register(session_id="free", person_id="zoe")).value
    assert read.registration_of("free", "zoe") == seat
    assert read.registration_of("free", "bob") is None
    stored.do(c.CancelRegistration(seat.id))
    assert read.registration_of("free", "zoe") is None
    held = stored.do(c.Register(session_id="paid", person_id="zoe")).value
    assert read.registration_of("paid", "zoe") == held
    stored.wait(minutes=16)
    assert read.registration_of("paid", "zoe") is None, "the hold is over, though nothing has ended it"
    assert read.need(m.Registration, held.id).live


def test_a_rank_is_mine_until_registration_closes(house):
    """Who waits has a rank; once the session has begun there is nothing to wait for."""
    for who in ("zoe", "bob", "eve"):
        house.do(c.Register(session_id="free", person_id=who))
    waiting = house.cantine.read.registration_of("free", "eve")
    assert (waiting.state, waiting.live) == ("waiting", True)
    house.clock.advance(house.get(m.Session, "free").closes - house.clock.now())
    assert house.cantine.read.registration_of("free", "eve") is None
    assert house.cantine.read.registration_of("free", "zoe").state == "confirmed"


def test_passes_and_registrations_are_pages(stored):
    """The newest first, a page at a time, those that are over too, and nothing of anybody else."""
    read = stored.cantine.read
    for who in ("zoe", "bob", "zoe", "zoe"):
        stored.wait(minutes=1)
        stored.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=who, account="desk"))
    for session in ("free", "paid"):
        stored.wait(minutes=1)
        stored.do(c.Register(session_id=session, person_id="zoe"))
    stored.do(c.CancelPass("pas_4", reason="a mistake"))
    first = read.passes("zoe", limit=2)
    assert [(one.id, one.live) for one in first.items] == [("pas_4", False), ("pas_3", True)]
    assert read.passes("zoe", after=first.next, limit=2) == Listing((stored.get(m.Pass, "pas_1"),))
    one = read.registrations_of("zoe", limit=1)
    assert [two.session_id for two in (*one.items, *read.registrations_of("zoe", after=one.next).items)] == [
        "paid",
        "free",
    ]
    assert read.registrations_of("bob") == Listing()


def cancelling(thing: Any) -> c.Command[Any]:
    if isinstance(thing, m.Booking):
        return c.CancelBooking(thing.id)
    return c.CancelPass(thing.id, reason="why") if isinstance(thing, m.Pass) else c.CancelRegistration(thing.id)


def test_what_can_be_cancelled_is_what_the_command_takes(house):
    """Whatever holdings say can be cancelled is cancelled by a preview, and what not is refused; while it is on, used,
    over, given up, and while it waits for its order or a hold is over, which nobody may cancel any more."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe"))
    for hour, account in ((9, "desk"), (13, "desk"), (15, None)):
        house.do(
            c.Book(space_id="b", product_id="room", period=period(hour, hour + 1), person_id="zoe", account=account)
        )
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.do(c.Register(session_id="paid", person_id="zoe"))
    held = house.do(c.HoldSpace(space_id="a1", product_id="room", period=period(13, 14), person_id="zoe")).value
    house.do(c.Sell([c.SellLine(booking_id=held.id)], place_id="paris", person_id="zoe"))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="desk", facts={}))
    said = set[tuple[str, bool]]()
    for lapse in ({}, {"minutes": 10}, {"hours": 6}, {"days": 2}, {"days": 300}):
        house.wait(**lapse)
        held = house.cantine.read.holdings("zoe")
        things: list[tuple[Any, bool]] = [(one.sold, one.can_cancel) for one in held.passes.items]
        things += [(one.booking, one.can_cancel) for one in held.bookings.items]
        things += [(one.registration, one.can_cancel) for one in held.seats.items]
        for thing, can in things:
            try:
                house.cantine.preview(cancelling(thing), actor="zoe")
            except RefusedError:
                assert not can, thing
            else:
                ran_out = thing.state in ("held", "requested") and thing.expires <= house.clock.now()
                assert can or ran_out, thing
            assert thing.live or not can
            said.add((thing.kind, can))
    assert len(said) == 6
    assert [thing.id for thing, can in things if can] == ["pas_2"], "which was never paid"


def test_what_ran_out_is_cancelled_by_nobody(house):
    """A hold of a room or of a seat whose time is over, and a seat at a session that falls through, cannot be given up
    any more, also before the work that ends them has run."""
    at = house.clock.now() + timedelta(minutes=30)
    few = {"starts": time(18), "ends": time(20), "seats": 9, "minimum": 2, "decide_at": at, "id": "few"}
    house.do(c.AddSession(workshop_id="talk", day=TODAY, **few))
    house.do(c.Book(space_id="b", product_id="room", period=period(13, 14), person_id="zoe"))
    for session in ("few", "paid"):
        house.do(c.Register(session_id=session, person_id="zoe"))

    def said() -> list[tuple[str, bool]]:
        held = house.cantine.read.holdings("zoe")
        seats = [(one.registration.state, one.can_cancel) for one in held.seats.items]
        return sorted([*seats, *((one.booking.state, one.can_cancel) for one in held.bookings.items)])

    assert said() == [("confirmed", True), ("held", True), ("held", True)]
    house.clock.advance(timedelta(minutes=31))
    assert said() == [("confirmed", False), ("held", False), ("held", False)]


def test_a_plan_can_be_cancelled_until_it_is_renewed():
    """A contract that goes on is ended by notice: from its second period on it cannot be cancelled, as the command
    says, and neither can what was bought along with something that is not paid yet."""
    with place(SHOP) as house:
        sold = house.do(c.SellPass(product_id="list/plan", place_id="paris", holder_id="zoe", account="desk")).value
        along = c.Book(
            space_id="room",
            product_id="list/coffee",
            period=period(12, 13),
            person_id="bob",
            extras={"carnet": 1},
        )
        house.do(along)
        said = {}
        for days in (0, 40):
            house.wait(days=days)
            held = [*house.cantine.read.holdings("zoe").passes.items, *house.cantine.read.holdings("bob").passes.items]
            for one in held:
                said[one.name, days] = one.can_cancel
                try:
                    house.cantine.preview(cancelling(one.sold), actor="web")
                except RefusedError:
                    assert not one.can_cancel
                else:
                    assert one.can_cancel
            house.cantine.run_due()
        house.cantine.run_due()
        assert house.get(m.Pass, sold.id).periods
        assert not house.cantine.read.holdings("zoe").passes.items[0].can_cancel
        assert said["Abonnement", 0]
        assert not said["Carnet", 0]


# --- what is for sale ------------------------------------------------------------------------------------------------


def named(offers: tuple[Offer, ...]) -> dict[str, str]:
    return {one.product.id: str(one.price) if one.refused is None else type(one.refused).__name__ for one in offers}


def test_the_prices_of_a_shop(house):
    """Each pass of the catalogue with its price for whoever asks, by name; what is retired is not for sale. Each price
    is that of the sale."""
    read = house.cantine.read
    house.do(c.RetireProduct("local"))
    found = read.prices("paris", person_id="zoe")
    assert named(found) == {"carnet": "80.00 EUR", "mini": "80.00 EUR"}
    for one in found:
        command = c.SellPass(product_id=one.product.id, place_id="paris", holder_id="zoe")
        assert one.quote == house.cantine.quote(command)
    assert named(read.prices("paris", sells="option")) == {"materials": "8.00 EUR"}
    assert named(read.prices("paris", sells="booking")) == {"desk": "IncompleteError", "room": "IncompleteError"}
    assert named(read.prices("nantes")) == {}
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    assert named(read.prices("paris", sells="visit", person_id="zoe")) == {"day": "0.00 EUR", "half-day": "0.00 EUR"}
    assert named(read.prices("paris", sells="visit")) == {"day": "10.00 EUR", "half-day": "7.00 EUR"}


def test_a_shop_has_what_the_price_list_sells():
    """What is held and not in the catalogue is for sale by its list: with the price of whoever asks, and refused by the
    list where it is not for them. What is in the catalogue is there once, under its own name."""
    with place(SHOP) as house:
        read = house.cantine.read
        assert read.prices("paris") == (), "the place has no price list"
        house.do(c.ChangePlace("paris", pricelist_id="list"))
        assert named(read.prices("paris")) == {
            "list/plan": "90.00 EUR",
            "list/carnet": "40.00 EUR",
            "list/student": "IncompleteError",
        }
        told = read.prices("paris", facts={"public": "town"})
        assert [one.product.name for one in told] == ["Abonnement", "Carnet", "Étudiant"]
        assert isinstance(told[2].refused, NotForSaleError)
        assert named(read.prices("paris", facts={"public": "student"}))["list/student"] == "10.00 EUR"
        house.do(c.SetFact("bob", name="public", value="student"))
        assert named(read.prices("paris", person_id="bob"))["list/student"] == "10.00 EUR"
        house.do(c.SellPass(product_id="plan", place_id="paris", holder_id="zoe", account="desk"))
        assert named(read.prices("paris", person_id="zoe"))["list/carnet"] == "20.00 EUR"
        house.do(
            c.AddProduct(
                name="Dix entrées",
                entity_id="asso",
                pricelist_id="list",
                tariff_product="carnet",
                sells="pass",
                id="ten",
            )
        )
        assert named(read.prices("paris"))["ten"] == "40.00 EUR"
        house.do(c.RetireProduct("ten"))
        assert read.prices("paris", facts={"public": "town"})[0].price == Money(9000, "EUR")
        assert not {"ten", "list/carnet"} & named(read.prices("paris")).keys()
        with pytest.raises(InputError, match="colour"):
            read.prices("paris", facts={"colour": "red"})


def test_nobody_who_is_gone_asks_for_prices(house):
    """Who is not there, or was forgotten, is refused, as by a sale."""
    with pytest.raises(NotFoundError):
        house.cantine.read.prices("paris", person_id="nobody")
    house.cantine.forget("max", actor="desk:ana")
    with pytest.raises((WrongStateError, NotFoundError)):
        house.cantine.read.prices("paris", person_id="max")


# --- what they cost --------------------------------------------------------------------------------------------------


def test_reads_of_pages_take_few_round_trips():
    """With forty rooms, workshops and products: one or two round trips for what is listed, six for all prices."""
    storage = Counting(MemoryStorage())
    house = small_house.open_house(storage)
    for number in range(40):
        house.do(c.AddSpace(place_id="paris", name=f"R{number}", id=f"r{number}"))
        house.do(c.AddWorkshop(place_id="paris", title=f"W{number}", id=f"w{number}"))
        more = {"entity_id": "asso", "pricelist_id": "net", "tariff_product": "carnet", "sells": "pass"}
        house.do(c.AddProduct(name=f"P{number}", id=f"p{number}", **more))
    house.do(c.SellPass(product_id="p1", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="desk"))
    house.do(c.Book(space_id="b", product_id="room", period=period(13, 14), person_id="zoe", account="desk"))
    read, within = house.cantine.read, period(0, 24)
    most = {
        "today": (1, lambda: read.today("paris")),
        "days": (1, lambda: read.days("paris", "week")),
        "places": (1, lambda: read.places("asso")),
        "spaces": (1, lambda: read.spaces("paris")),
        "workshops": (1, lambda: read.workshops("paris")),
        "products": (1, lambda: read.products("asso")),
        "closures": (2, lambda: read.closures("paris", within)),
        "tariff_text": (2, lambda: read.tariff_text("net")),
        "passes": (3, lambda: read.passes("zoe")),
        "registrations_of": (3, lambda: read.registrations_of("zoe")),
        "registration_of": (2, lambda: read.registration_of("free", "zoe")),
        "here": (2, lambda: read.here("paris", "open")),
        "bookings": (3, lambda: read.holdings("zoe", only="bookings")),
        "seats": (4, lambda: read.holdings("zoe", only="seats")),
        "prices": (6, lambda: read.prices("paris", person_id="zoe")),
    }
    for name, (trips, ask) in most.items():
        storage.calls.clear()
        ask()
        assert storage.calls.total() <= trips, (name, storage.calls)
