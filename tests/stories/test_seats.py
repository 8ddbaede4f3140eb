"""What users expect of seats at workshops and events: codes, free prices, groups. Each is named by its story."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from support.houses.clock_house import local
from support.houses.one_list import cents, eur, place
from support.houses.small_house import House

SATURDAY = date(2026, 11, 28)


def evening(house: House, seats: int, product: str | None = "list/seat", options: tuple[str, ...] = ()) -> None:
    """An event on Saturday from 20 to 22, with so many seats."""
    house.do(c.AddWorkshop(place_id="paris", title="Soirée", product_id=product, option_ids=options, id="soiree"))
    starts, ends = local(20).time(), local(22).time()
    house.do(c.AddSession(workshop_id="soiree", day=SATURDAY, starts=starts, ends=ends, seats=seats, id="saturday"))


def register(house: House, person: str, **more):
    return house.do(c.Register(**{"session_id": "saturday", "person_id": person, "account": "desk", **more}))


def test_p04_a_code_opens_the_sale_for_one_ticket():
    """P04: the sale is not open; a code opens it and takes 25 % off one ticket; friends pay the full price."""
    text = """
    [product.seat]
    rank = { same = ["person"] }
    eligible = { id = "opens", when = { lead = { from = "3 days" }, not = { code = "FRIENDS" } }, refuse = "not_at" }
    rate = { price = 20.00 }
    adjust = { id = "friends", when = { code = "FRIENDS", rank = 1 }, percent = "-25%" }
    """
    with place(text) as house:
        evening(house, 6)
        with pytest.raises(e.NotForSaleError):
            register(house, "bob")
        with pytest.raises(e.NotForSaleError):
            register(house, "bob", codes=("FOES",))
        assert cents(register(house, "zoe", seats=3, codes=("FRIENDS",))) == 1500 + 2 * 2000
        house.clock.set(local(10, day=date(2026, 11, 27)))
        assert cents(register(house, "bob")) == 2000


FREE_PRICE = """
[facts]
offered = "money"
[product.seat]
rate = { offered = "offered", at_least = 2.00, suggestion = 10.00 }
"""


def test_r03_a_free_price_at_the_door():
    """R03: at the door of a workshop people say what they pay, at least 2.00; 10.00 is suggested."""
    with place(FREE_PRICE, local(19, 50, SATURDAY)) as house:
        evening(house, 5)
        quoted = house.cantine.quote(c.Register(session_id="saturday", person_id="zoe", at_door=True, account="desk"))
        assert quoted.total == eur(1000)
        paid = [
            cents(register(house, person, at_door=True, facts=facts))
            for person, facts in (("zoe", {}), ("bob", {"offered": eur(200)}), ("eve", {"offered": eur(2550)}))
        ]
        assert paid == [1000, 200, 2550]
        with pytest.raises(e.NotForSaleError) as caught:
            register(house, "ida", at_door=True, facts={"offered": eur(199)})
        assert caught.value.refusals[0].low == eur(200)
        assert house.get(m.Session, "saturday").confirmed == 3


def test_t09_a_seat_at_a_free_price():
    """T09: who takes a seat at an event says what to pay; it is charged, and goes back when the seat does."""
    with place(FREE_PRICE) as house:
        evening(house, 5)
        seat = register(house, "zoe", facts={"offered": eur(650)})
        assert (cents(seat), seat.value.state) == (650, "confirmed")
        assert house.do(c.CancelRegistration(seat.value.id)).given_back == eur(650)
        assert cents(register(house, "bob", seats=2, facts={"offered": eur(300)})) == 600


def seats(house: House) -> tuple[int, int]:
    """How many seats of the evening are somebody's for good, and how many nobody has."""
    session = house.get(m.Session, "saturday")
    return session.confirmed, session.free(house.clock.now())


def state(house: House, person: str) -> str:
    """How the last registration of somebody stands."""
    found = [one for one in house.all(m.Registration) if one.person_id == person]
    return max(found, key=lambda one: int(one.id.removeprefix("reg_"))).state


def test_p03_giving_up_what_is_kept_for_a_group_frees_just_that():
    """P03: sixty seats of a hundred are kept for a group. Who waits gets those that are given up, and no other.

    No seat is counted twice: neither for who has one with the code, nor where somebody of the group leaves.
    """
    with place("[product.seat]\nrate = { price = 5.00 }\n") as house:
        evening(house, 100)
        house.do(c.KeepSeats("saturday", code="ECOLE-DU-PONT", seats=60))
        assert seats(house) == (0, 40)
        register(house, "bob", seats=40)
        assert register(house, "eve", seats=50).value.state == "waiting"
        assert register(house, "ida", seats=10).value.state == "waiting"
        first = register(house, "zoe", seats=10, codes=("ECOLE-DU-PONT",))
        second = register(house, "max", seats=2, codes=("ECOLE-DU-PONT",))
        assert (cents(first), cents(second), seats(house)) == (5000, 1000, (52, 0))
        house.do(c.CancelRegistration(second.value.id))
        assert (seats(house), state(house, "eve")) == ((50, 0), "waiting")
        with pytest.raises(e.SoldOutError):
            register(house, "max", seats=51, codes=("ECOLE-DU-PONT",))
        house.do(c.KeepSeats("saturday", code="ECOLE-DU-PONT", seats=0))
        assert (seats(house), state(house, "eve"), state(house, "ida")) == ((50, 0), "held", "waiting")
        assert register(house, "max", codes=("ECOLE-DU-PONT",)).value.state == "waiting"
        house.do(c.CancelRegistration(first.value.id))
        assert (seats(house), state(house, "ida")) == ((40, 0), "held")


def test_p03_seats_are_kept_only_where_they_are_free():
    """P03: more than is free cannot be kept, nor what others wait for; and what is kept cannot be taken away."""
    with place("[product.seat]\nrate = { price = 5.00 }\n") as house:
        evening(house, 100)
        register(house, "bob", seats=50)
        with pytest.raises(e.SoldOutError):
            house.do(c.KeepSeats("saturday", code="GROUP", seats=60))
        house.do(c.KeepSeats("saturday", code="GROUP", seats=50))
        with pytest.raises(e.WrongStateError):
            house.do(c.ChangeSeats("saturday", seats=99))
        register(house, "eve")
        house.do(c.ChangeSeats("saturday", seats=100))
        with pytest.raises(e.SoldOutError):
            house.do(c.KeepSeats("saturday", code="OTHERS", seats=1))
        asked = register(house, "zoe", seats=20, codes=("GROUP",), account=None)
        assert seats(house) == (50, 0)
        house.wait(minutes=16)
        house.cantine.run_due()
        assert (house.get(m.Registration, asked.value.id).state, state(house, "eve")) == ("expired", "waiting")
        assert cents(register(house, "zoe", seats=50, codes=("GROUP",))) == 25000


DANCE = """
[product.course]
rate = { price = 12.00 }
[product.leader]
rate = { price = 0.00 }
[product.follower]
rate = { price = 0.00 }
"""


def test_t14_seats_for_leaders_and_for_followers():
    """T14: seats are left for leaders, none for followers; a seat that a follower gives up goes to one who waits."""
    with place(DANCE) as house:
        for name in ("leader", "follower"):
            house.do(
                c.AddProduct(
                    name=name, entity_id="asso", pricelist_id="list", tariff_product=name, sells="option", id=name
                )
            )
        house.do(
            c.AddWorkshop(
                place_id="paris",
                title="Tango",
                product_id="list/course",
                option_ids=("leader", "follower"),
                quotas={"leader": 2, "follower": 2},
                id="tango",
            )
        )
        times = {"starts": local(20).time(), "ends": local(22).time()}
        house.do(c.AddSession(workshop_id="tango", day=SATURDAY, **times, seats=4, id="saturday"))
        zoe = register(house, "zoe", option_ids=("follower",))
        assert (cents(zoe), zoe.value.state) == (1200, "confirmed")
        register(house, "bob", option_ids=("follower",))
        assert register(house, "eve", option_ids=("follower",)).value.state == "waiting"
        assert register(house, "ida", option_ids=("leader",)).value.state == "confirmed"
        house.do(c.CancelRegistration(zoe.value.id))
        assert (state(house, "eve"), seats(house)) == ("held", (2, 1))
        eve = next(one for one in house.all(m.Registration) if one.person_id == "eve")
        with pytest.raises(e.UnsuitableError):
            house.do(c.TakeSeat(eve.id, option_ids=("leader",), account="desk"))
        assert house.do(c.TakeSeat(eve.id, account="desk")).value.state == "confirmed"
        assert register(house, "max", option_ids=("leader",)).value.state == "confirmed"
        assert register(house, "lou", option_ids=("leader",)).value.state == "waiting"
        assert register(house, "zoe", option_ids=("follower",)).value.state == "waiting"
        ida = next(one for one in house.all(m.Registration) if one.person_id == "ida")
        house.do(c.CancelRegistration(ida.id))
        assert (state(house, "lou"), state(house, "zoe")) == ("held", "waiting")
        assert [one.seats - one.confirmed for one in house.get(m.Session, "saturday").quotas] == [1, 0]


def test_t14_the_seats_of_an_option_change():
    """T14: a session may have other seats of its options than its workshop; more of them go to who waits."""
    with place(DANCE) as house:
        for name in ("leader", "follower"):
            house.do(
                c.AddProduct(
                    name=name, entity_id="asso", pricelist_id="list", tariff_product=name, sells="option", id=name
                )
            )
        house.do(
            c.AddWorkshop(
                place_id="paris", title="Tango", product_id="list/course", option_ids=("leader", "follower"), id="tango"
            )
        )
        asked = c.AddSession(
            workshop_id="tango",
            day=SATURDAY,
            starts=local(20).time(),
            ends=local(22).time(),
            seats=4,
            quotas={"follower": 1},
            id="saturday",
        )
        with pytest.raises(e.UnsuitableError):
            house.do(attrs.evolve(asked, quotas={"singer": 1}))
        house.do(asked)
        register(house, "zoe", option_ids=("follower",))
        register(house, "bob", option_ids=("follower",))
        with pytest.raises(e.UnsuitableError):
            register(house, "eve", seats=2, option_ids=("follower",))
        assert register(house, "eve", seats=2, option_ids=("leader",)).value.state == "confirmed"
        house.do(c.ChangeSeats("saturday", seats=4, quotas={"follower": 2}))
        assert state(house, "bob") == "held"
        with pytest.raises(e.WrongStateError):
            house.do(c.ChangeSeats("saturday", seats=4, quotas={"follower": 1}))
        with pytest.raises(e.UnsuitableError):
            house.do(c.ChangeSeats("saturday", seats=4, quotas={"leader": 1}))
        assert seats(house) == (3, 0)
