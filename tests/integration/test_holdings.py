"""What a members' page shows: what somebody holds, owes, has booked, is registered for, and what is left of a plan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import InputError, NotFoundError
from cantinekit.plugins.ports import Key
from cantinekit.reads import Holdings, Listing
from cantinekit.reads.holdings import _PARTS, UnitsLeft, _period_end
from support.houses import small_house
from support.houses.clock_house import local
from support.houses.issuing_house import charged, issuing
from support.houses.one_list import place, sell
from support.houses.small_house import TODAY, period
from support.stores.counting import Counting
from support.stores.plain import Plain

LIST = """
[product.plan]
sells = "plan"
valid = { lasts = "1 month", ends = "the day before" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
rate = { price = 90.00 }
[product.carnet]
rate = { price = 40.00 }
sells = "grant"
grant = { account = "carnet", units = 5, unit = "entry" }
valid = { lasts = "90 days", first_day = "counts" }
[product.evening]
cover = [
  { id = "two a month", free = 2, unit = "evening", same = ["person", "month"], when = { holds = "plan" } },
]
beyond = "rate"
rate = { price = 6.00 }
[product.hour]
cover = [{ free = 1, unit = "1h", same = ["person", "week"] }]
beyond = "rate"
rate = { price = 4.00, per = "1h" }
"""


def pages(read: Any, part: str, limit: int) -> list[Any]:
    """All items of one list of Zoé, a page at a time."""
    found: list[Any] = []
    after = None
    while True:
        held = read.holdings("zoe", only=part, after=after, limit=limit)
        assert all(getattr(held, other) == Listing() for other in _PARTS if other != part)
        page = getattr(held, part)
        assert len(page.items) <= limit
        found += page.items
        after = page.next
        if after is None:
            return found
        assert page.items


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def house(request, tmp_path):
    """Zoé with bookings, seats, charges and passes, in each kind of store; Bob has one of each too."""
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/house.db"}.get(request.param)
    house = small_house.open_house(url or request.getfixturevalue("pg_url"))
    for who in ("zoe", "bob"):
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=who, account="desk"))
    house.wait(minutes=1)
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk"))
    for hour in (13, 15):
        house.wait(minutes=1)
        house.do(
            c.Book(space_id="b", product_id="room", period=period(hour, hour + 1), person_id="zoe", account="desk")
        )
    house.do(c.Book(space_id="a1", product_id="room", period=period(13, 14), person_id="zoe", on_account=True))
    house.wait(minutes=1)
    house.do(c.Book(space_id="a2", product_id="room", period=period(16, 17), person_id="zoe", on_account=True))
    house.do(c.Book(space_id="a1", product_id="room", period=period(15, 16), person_id="bob", on_account=True))
    house.wait(minutes=1)
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.wait(minutes=1)
    house.do(c.Register(session_id="paid", person_id="zoe"))
    yield house
    house.cantine.close()


def test_what_is_paid_between_two_pages_loses_nothing(house):
    """The last charge of a page is paid before the next page is asked for: that has what follows all the same."""
    read = house.cantine.read
    every = [one.id for one in pages(read, "owed", 10)]
    first = read.holdings("zoe", only="owed", limit=1).owed
    house.do(c.Pay(first.items[0].id, account="desk"))
    behind = read.holdings("zoe", only="owed", after=first.next, limit=10).owed
    assert [first.items[0].id, *(one.id for one in behind.items)] == every


def test_all_that_a_member_has_is_on_one_page(house):
    """What is held has its units and their last day; what is booked and had at a session its name and what is owed of
    it; what is owed is there in all. The newest is first, and nothing is of anybody else."""
    held = house.cantine.read.holdings("zoe")
    assert [(one.name, [(u.account, u.left, u.bought, u.unit) for u in one.units]) for one in held.passes.items] == [
        ("mini", [("carnet", 2, 2, "entry")]),
        ("carnet", [("carnet", 9, 10, "entry")]),
    ]
    assert held.passes.items[0].units[0].expires == TODAY
    assert held.passes.items[1].units[0].expires == TODAY + timedelta(days=179)
    assert [(one.booking.period, one.owed.amount) for one in held.bookings.items if one.name == "Salle B"] == [
        (period(15, 16), 0),
        (period(13, 14), 0),
    ]
    assert [(one.name, one.owed.amount) for one in held.bookings.items if one.owed] == [
        ("Salle A2", 1500),
        ("Salle A1", 1500),
    ]
    starts = [one.booking.period.start for one in held.bookings.items]
    assert starts == sorted(starts, reverse=True)
    assert [(one.title, one.registration.state, one.owed.amount) for one in held.seats.items] == [
        ("Soudure", "confirmed", 0),
        ("Conférence", "confirmed", 0),
    ]
    assert held.seats.items[1].period == house.get(m.Session, "free").period
    charges = {one.id: one for one in house.cantine.read.statement("zoe")}
    owed = [one for one in charges.values() if one.outstanding.amount]
    assert list(held.owed.items) == owed[::-1]
    assert [str(one) for one in held.due] == ["30.00 EUR"]
    everything = repr(held)
    assert "bob" not in everything
    assert not any(canary in everything for canary in small_house.CANARIES)


@pytest.mark.parametrize("part", _PARTS)
def test_each_list_is_a_page_at_a_time(house, part):
    """Pages of one item have what a page of all has, in the same order, and a new page begins behind the last one."""
    read = house.cantine.read
    whole = getattr(read.holdings("zoe", limit=200), part)
    assert whole.next is None
    assert pages(read, part, 1) == pages(read, part, 2) == list(whole.items)
    assert len(whole.items) >= 2 or part == "documents"


def test_documents_are_the_newest_first():
    """Receipts of what was paid are listed by when they were issued."""
    house = issuing()
    ids = []
    for _ in range(3):
        house.wait(minutes=1)
        ids.append(house.do(c.IssueDocument(charge_id=charged(house), series="receipts")).value.id)
    found = pages(house.cantine.read, "documents", 2)
    assert [one.id for one in found] == ids[::-1]


def test_the_passes_of_visits_are_not_held(house):
    """A visit that is paid when it begins has a pass of its own, which nobody holds beyond it: pages of passes go past
    them, however many there are, and say the same; ``read.passes`` has all."""
    before = house.cantine.read.holdings("zoe").passes.items
    for _ in range(5):
        house.wait(minutes=1)
        visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="max", account="desk")).value
        house.do(c.CheckOut(visit.id))
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="max", account="desk"))
    house.do(c.Register(session_id="free", person_id="max"))
    read = house.cantine.read
    assert [one.name for one in read.holdings("max").passes.items] == ["mini"]
    storage = Counting(house.storage)
    counted = Cantine.open(storage, clock=house.clock).read
    for limit in (1, 20):
        storage.clear()
        counted.holdings("max", limit=limit)
        assert storage.trips <= 3
    assert len(read.passes("max").items) == 6
    assert read.holdings("zoe").passes.items == before
    with pytest.raises(InputError, match="cursor"):
        read.holdings("zoe", only="passes", after="x")
    for odd in ("x|", "|", "9|x", "2026-11-24T08:30:00.000000Z|"):
        assert isinstance(read.holdings("zoe", only="passes", after=odd), Holdings)


def test_what_is_spent_is_not_left(house):
    """Units that are spent are not left, and what is over is still listed, with its state."""
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"))
    held = house.cantine.read.holdings("zoe")
    assert sum(unit.left for one in held.passes.items for unit in one.units) == 10
    house.do(c.CancelBooking(held.bookings.items[0].booking.id))
    assert house.cantine.read.holdings("zoe").bookings.items[0].booking.state == "cancelled"
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe"))
    pending, paid, *_ = house.cantine.read.holdings("zoe").passes.items
    assert [(unit.left, unit.bought) for unit in pending.units] == [(0, 2)], "nobody can spend what is not paid"
    assert (paid.sold.product_id, [unit.expires for unit in paid.units]) == ("mini", [TODAY])
    assert [unit.percent for one in (pending, paid) for unit in one.units] == [0, 50]


@pytest.mark.parametrize(
    ("left", "bought", "percent"),
    [
        (0, 10, 0),
        (7, 10, 70),
        (10, 10, 100),
        (1, 1000, 1),
        (999, 1000, 99),
        (Fraction(7, 2), 4, 88),
        (Decimal("0.5"), Decimal("1.5"), 33),
        (0, 0, 0),
    ],
)
def test_a_bar_of_what_is_left(left, bought, percent):
    """A bar of what is left is empty only where nothing is left and full only where all is, in whole percent."""
    assert UnitsLeft("carnet", left, bought, "entry", None).percent == percent


def test_nobody_and_a_page_that_cannot_be(house):
    """Somebody who is not there, a list that there is not, ``after`` of no list, and a page of none are refused."""
    read = house.cantine.read
    with pytest.raises(NotFoundError):
        read.holdings("nobody")
    wrong: list[dict[str, Any]] = [{"only": "visits"}, {"after": "x"}, {"limit": 0}, {"limit": 201}]
    for given in wrong:
        with pytest.raises(InputError):
            read.holdings("zoe", **given)
    with pytest.raises(InputError, match="cursor"):
        read.holdings("zoe", only="bookings", after="x")
    assert read.holdings("zoe", only="owed", after="chg_none").owed == Listing()
    assert read.holdings("max") == Holdings("max")


def test_a_page_of_a_member_does_not_grow_with_the_house(house):
    """Hundreds of bookings of others change nothing of what is read."""
    before = house.cantine.read.holdings("zoe")
    for hour in range(9, 12):
        house.do(
            c.Book(
                space_id="a2",
                product_id="room",
                period=period(hour, hour + 1),
                person_id="eve",
                account="desk",
                override="busy",
            )
        )
    assert house.cantine.read.holdings("zoe") == before


# --- plans -----------------------------------------------------------------------------------------------------------


def evening(day: date) -> c.Book:
    """An evening of Zoé."""
    return c.Book(
        space_id="room",
        product_id="list/evening",
        period=Period(local(19, day=day), local(21, day=day)),
        person_id="zoe",
        account="desk",
    )


def test_a_plan_says_when_it_is_paid_next_and_what_is_left_of_it():
    """Two evenings a month are free while the plan is held: what is left goes down with each, never below nothing, is
    whole again in the next month, and nobody else has it. The plan says its next payment."""
    with place(LIST) as house:
        read = house.cantine.read
        assert read.allowances("zoe", "paris") == (), "the place has no price list of its own, and she holds nothing"
        house.do(c.ChangePlace("paris", pricelist_id="list"))
        assert [one.product for one in read.allowances("zoe", "paris")] == ["hour"]
        house.do(c.SellPass(product_id="list/plan", place_id="paris", holder_id="zoe", account="desk"))
        (plan,) = read.holdings("zoe").passes.items
        assert (plan.name, plan.next_day, str(plan.next_price)) == ("plan", date(2026, 12, 24), "90.00 EUR")
        left = []
        for ahead in range(1, 4):
            two, hour = read.allowances("zoe", "paris")
            assert (two.name, two.unit, two.free, two.until) == ("two a month", "evening", 2, date(2026, 11, 30))
            assert (hour.name, hour.unit, hour.left, hour.until) == ("free", "1h", 1, date(2026, 11, 29))
            assert two.left == two.free - two.used
            left.append(two.left)
            house.do(evening(TODAY + timedelta(days=ahead)))
        assert left == [2, 1, 0]
        assert read.allowances("zoe", "paris")[0].left == 0
        assert read.allowances("zoe", "paris", date(2026, 12, 3))[0].left == 2
        assert [one.product for one in read.allowances("bob", "paris")] == ["hour"]
        with pytest.raises(NotFoundError):
            read.allowances("nobody", "paris")
        with pytest.raises(NotFoundError):
            read.allowances("zoe", "nowhere")


def test_a_members_page_takes_few_round_trips():
    """With a plan, passes, bookings and bills: two round trips for all of it, and five for what is for nothing; another
    plan costs none. A reader for one page asks once for what both name, and takes two for the latter. A store that
    answers the port and no more gives the same."""
    with place(LIST) as house:
        house.do(c.ChangePlace("paris", pricelist_id="list"))
        for product in ("plan", "carnet", "carnet"):
            house.wait(minutes=1)
            house.do(c.SellPass(product_id=f"list/{product}", place_id="paris", holder_id="zoe", on_account=True))
        for ahead in (1, 2, 3):
            house.do(evening(TODAY + timedelta(days=ahead)))
        storage = Counting(house.storage)
        read = Cantine.open(storage, clock=house.clock).read
        plain = Cantine.open(Plain(house.storage), clock=house.clock).read
        trips = []
        for _ in range(2):
            page = read.once()
            for reader in (read, page):
                storage.clear()
                assert reader.holdings("zoe") == plain.holdings("zoe")
                trips.append(storage.trips)
                assert reader.allowances("zoe", "paris") == plain.allowances("zoe", "paris")
                trips.append(storage.trips)
            house.wait(minutes=1)
            house.do(c.SellPass(product_id="list/plan", place_id="paris", holder_id="zoe", on_account=True))
    assert trips[:4] == trips[4:]
    assert trips[:4] == [2, 7, 2, 4]


def test_a_reader_for_one_page_asks_once(house):
    """What a reader has read it does not ask for again, what is not there neither; the reader that it was made of, and
    the next one, see what changed. It is one reader, however often it is asked for."""
    page = house.cantine.read.once()
    assert page.once() is page
    assert not house.cantine.read.known()
    before = page.need(m.Person, "zoe")
    assert page.get(m.Person, "eva") is None
    assert set(page.known()) == {Key("person", "zoe"), Key("person", "eva")}
    house.do(c.ChangePerson("zoe", name="Zoé again"))
    house.do(c.AddPerson(name="Eva", email="eva@example.org", lang="fr", id="eva"))
    assert page.need(m.Person, "zoe") == before
    assert page.get(m.Person, "eva") is None
    for reader in (house.cantine.read, house.cantine.read.once()):
        assert reader.need(m.Person, "zoe").name == "Zoé again"
        assert reader.need(m.Person, "eva").name == "Eva"
        assert [one.id for one in reader.people("eva").items] == ["eva"]


def test_what_an_organisation_holds_gives_its_people_what_is_free():
    """Who belongs to an organisation that has the plan has its evenings for nothing, each so many; nobody else has."""
    with place(LIST) as house:
        house.do(c.AddOrganisation(name="Works", id="works"))
        house.do(c.Affiliate(organisation_id="works", person_id="zoe", role="member", first_day=TODAY))
        house.do(c.SellPass(product_id="list/plan", place_id="paris", holder_id="works", account="desk"))
        read = house.cantine.read
        assert [(one.name, one.left) for one in read.allowances("zoe", "paris")] == [("two a month", 2), ("free", 1)]
        assert read.allowances("bob", "paris") == ()
        house.do(evening(TODAY + timedelta(days=1)))
        assert read.allowances("zoe", "paris")[0].left == 1


def test_what_a_plan_that_ends_or_a_pass_costs_next_is_nothing():
    """Notice given: once no period follows there is no next payment. What is sold for a time never has one."""
    with place(LIST) as house:
        sold = house.do(c.SellPass(product_id="list/plan", place_id="paris", holder_id="zoe", account="desk")).value
        house.do(c.SellPass(product_id="list/carnet", place_id="paris", holder_id="zoe", account="desk"))
        house.do(c.GiveNotice(sold.id))
        carnet, plan = house.cantine.read.holdings("zoe").passes.items
        assert (carnet.next_day, carnet.next_price, plan.next_day, plan.next_price) == (None, None, None, None)
        assert plan.sold.end == date(2026, 12, 23)


def test_what_begins_later_or_is_paused_is_apart():
    """Units of a carnet are left on the days on which they can be spent, and told apart before them and in a pause; of
    what is over nothing is left, whether or not the task that ends it was carried out."""
    with place(LIST) as house:
        later = TODAY + timedelta(days=10)
        now, ahead = sell(house, "carnet").value, sell(house, "carnet", first_day=later).value

        def units(id):
            (found,) = (one.units[0] for one in house.cantine.read.holdings("zoe").passes.items if one.sold.id == id)
            return found.left, found.later, found.begins

        assert (units(now.id), units(ahead.id)) == ((5, 0, None), (0, 5, later))
        house.do(c.PausePass(now.id, reason="abroad", override="staff"))
        assert units(now.id) == (0, 5, None)
        house.do(c.ResumePass(now.id, day=TODAY + timedelta(days=1)))
        assert units(now.id) == (0, 5, TODAY + timedelta(days=1))
        house.wait(days=10)
        assert (units(now.id), units(ahead.id)) == ((5, 0, None), (5, 0, None))
        (found,) = house.cantine.read.balance("zoe")
        assert (found.left, found.later) == (10, 0)
        house.wait(days=100)
        assert (units(now.id), units(ahead.id)) == ((0, 0, None), (0, 0, None))
        assert house.cantine.read.balance("zoe") == ()


@pytest.mark.parametrize(
    ("same", "last"),
    [
        (("person", "day"), date(2026, 11, 24)),
        (("person", "week"), date(2026, 11, 29)),
        (("person", "month"), date(2026, 11, 30)),
        (("person", "year"), date(2026, 12, 31)),
        (("person",), None),
    ],
)
def test_the_period_of_an_allowance_ends(same, last):
    """A week ends on its Sunday, a month and a year on their last day; a scope without days never does."""
    assert _period_end(same, TODAY) == last
