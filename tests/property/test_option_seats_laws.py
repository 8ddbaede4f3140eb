"""Laws of seats of options and of groups: none is counted twice, none stays free that the next in line would take.

The house laws say what is counted; here random registrations, payments, holds that run out, cancellations and other
numbers of seats try to break them.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.domain.registrations import giving_up, seats
from support.houses.clock_house import local
from support.houses.one_list import PERSONS, place
from support.houses.small_house import House
from support.laws import house_laws
from support.run.soak import scaled

LIST = """
[product.course]
rate = { price = 12.00 }
[product.leader]
rate = { price = 0.00 }
[product.follower]
rate = { price = 1.00 }
"""
OPTIONS = ((), ("leader",), ("follower",), ("leader", "follower"))
ROUNDS, STEPS = 25, 30


def dance(house: House, capacity: int, quotas: dict[str, int]) -> None:
    """A session with so many seats, and so many for each option."""
    for name in ("leader", "follower"):
        option = {"entity_id": "asso", "pricelist_id": "list", "tariff_product": name, "sells": "option"}
        house.do(c.AddProduct(name=name, id=name, **option))
    options = ("leader", "follower")
    house.do(
        c.AddWorkshop(
            place_id="paris", title="Tango", product_id="list/course", option_ids=options, quotas=quotas, id="tango"
        )
    )
    times = {"starts": local(20).time(), "ends": local(22).time()}
    house.do(c.AddSession(workshop_id="tango", day=date(2026, 11, 28), **times, seats=capacity, id="dance"))


def step(house: House, chance: random.Random, seen: Counter[str]) -> None:
    """Somebody does something; what is refused changes nothing."""
    live = [one for one in house.all(m.Registration) if one.state in ("held", "confirmed", "waiting")]
    what = chance.choice(["register"] * 5 + ["cancel"] * 2 + ["seat", "wait", "seats", "keep"])
    person, number = chance.choice(PERSONS), chance.choice((1, 1, 1, 2, 3))
    account = chance.choice(("desk", None))
    command: c.Command | None = None
    if what == "register":
        codes = ("CLUB",) if chance.random() < 0.3 else ()
        asked = {"session_id": "dance", "person_id": person, "seats": number, "account": account, "codes": codes}
        command = c.Register(option_ids=chance.choice(OPTIONS), **asked)
    elif what == "cancel" and live:
        command = c.CancelRegistration(chance.choice(live).id)
    elif what == "seat" and live:
        command = c.TakeSeat(chance.choice(live).id, account=account)
    elif what == "seats":
        quotas = {chance.choice(("leader", "follower")): chance.randrange(4)}
        command = c.ChangeSeats("dance", seats=chance.randrange(2, 7), quotas=quotas)
    elif what == "keep":
        command = c.KeepSeats("dance", code="CLUB", seats=chance.randrange(4))
    elif what == "wait":
        house.wait(minutes=chance.choice((5, 16, 700)))
        if chance.random() < 0.7:
            house.cantine.run_due()
    if command is not None:
        try:
            done = house.do(command)
        except e.RefusedError as refused:
            seen[type(refused).__name__] += 1
        else:
            seen[f"{what} {done.value.state}"] += 1


def check(house: House) -> None:
    """All laws of the house, and nobody waits for seats that they could have."""
    now = house.clock.now()
    house_laws.hold(house.storage, now)
    session = house.get(m.Session, "dance")
    assert session.free(now) >= 0
    if all(seat.live(now) for seat in session.held):
        assert session.next_in_line(now) == ()


def walk(seed: int, seen: Counter[str]) -> None:
    chance = random.Random(seed)
    with place(LIST) as house:
        dance(house, chance.randrange(2, 7), {"leader": chance.randrange(1, 4), "follower": chance.randrange(1, 4)})
        for _ in range(STEPS):
            step(house, chance, seen)
            check(house)


def walks(rounds: int) -> Counter[str]:
    """That many random walks, and what happened in them."""
    seen: Counter[str] = Counter()
    for seed in range(rounds):
        walk(seed, seen)
    return seen


def test_no_seat_is_counted_twice_and_none_stays_free():
    """Whatever happens to seats of options and of a group, the counts are those of the registrations."""
    seen = walks(scaled(ROUNDS))
    assert min(seen[f"register {state}"] for state in ("held", "confirmed", "waiting")) > 5, seen
    assert seen["seat confirmed"] > 2, seen
    assert seen["keep planned"] > 5, seen


def test_seats_that_nobody_is_given_are_found(monkeypatch):
    """Control: where nobody is promoted when a seat is given up, somebody waits for a seat that they could have."""
    monkeypatch.setattr(giving_up, "promote", lambda draft, session_id: None)
    with pytest.raises(AssertionError):
        walks(ROUNDS)


def test_a_count_that_forgets_who_leaves_is_found(monkeypatch):
    """Control: where a seat of an option that is given up stays counted, the house laws find it."""
    counted = seats._counted
    monkeypatch.setattr(seats, "_counted", lambda session, one, more: counted(session, one, max(0, more)))
    with pytest.raises(AssertionError):
        walks(ROUNDS)
