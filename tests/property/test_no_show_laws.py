"""Sheets that are closed, opened again and corrected in any order: a preview is what happens, nothing is left over."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import RefusedError
from support.houses.one_list import at, place
from support.houses.small_house import TODAY, House
from support.run import soak

LIST = """
[product.hours]
sells = "grant"
grant = { account = "hours", unit = "1h", units = 3 }
rate = { price = 60.00 }
[product.half]
rate = { price = 20.01 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "50%" }
[product.none]
rate = { price = 20.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "0%" }
[product.whole]
rate = { price = 20.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "100%" }
[product.fee]
rate = { price = 0.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = { percent = "0%", fee = 5.00 } }
[product.lesson]
cover = { by = "hours", unit = "1h", partial = true }
beyond = "rate"
rate = { price = 20.00, per = "1h" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[product.owed]
rate = { price = 10.00 }
cover = [{ by = "entries", unit = "entry" }]
beyond = { debt_at = "ticket" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[product.ticket]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "entries", unit = "entry", units = 1 }
[product.capped]
rate = { price = 20.00 }
adjust = [{ id = "cap", at_most = 30.00, same = ["person", "month"] }]
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "50%" }
[product.silent]
rate = { price = 20.00 }
"""
PRODUCTS = ("half", "none", "whole", "fee", "lesson", "owed", "capped", "silent")
TOMORROW = TODAY + timedelta(days=1)
PEOPLE = ("zoe", "bob")
DEEDS = st.lists(
    st.one_of(
        st.just(("close",)),
        st.just(("reopen",)),
        st.tuples(st.just("mark"), st.sampled_from(PEOPLE), st.integers(0, 2)),
        st.tuples(st.just("pay"), st.sampled_from(PEOPLE)),
    ),
    max_size=8,
)


def standing(house: House) -> dict[str, Any]:
    """What the house comes to: what is earned of each person, the units that are left, and how far meters are moved."""
    earned: dict[str | None, int] = {}
    for charge in house.all(m.Charge):
        earned[charge.payer_id] = earned.get(charge.payer_id, 0) + charge.earned.amount
    return {
        "earned": {who: amount for who, amount in earned.items() if amount},
        "units": {one.id: (one.left, one.used) for one in house.all(m.Entitlement)},
        "meters": {one.id: one.used for one in house.all(m.Meter) if one.used},
    }


def told(outcome: Outcome[Any]) -> tuple[Any, ...]:
    """What an outcome says of money, and what happened."""
    return (
        outcome.given_back,
        [(charge.amount, charge.earned, charge.state) for charge in outcome.charges],
        [entry.type for entry in outcome.events],
    )


def done(house: House, command: c.Command[Any]) -> None:
    """Do something, and compare it with its preview."""
    try:
        before = told(house.cantine.preview(command, actor="ana"))
    except RefusedError as refusal:
        before = (type(refusal),)
    try:
        after = told(house.do(command))
    except RefusedError as refusal:
        after = (type(refusal),)
    assert before == after


def pay(house: House, one: m.Registration) -> None:
    """Pay what is owed for a seat."""
    for id in house.get(m.Registration, one.id).charges:
        if house.get(m.Charge, id).state == "due":
            house.do(c.Pay(id, account="desk"))


def seats(house: House, product: str, on_account: bool) -> dict[str, m.Registration]:
    """Zoe has hours and two seats, Bob one: at a session of the next evening."""
    house.do(c.SellPass(product_id="list/hours", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.AddWorkshop(place_id="paris", title="W", id="w", product_id=f"list/{product}"))
    house.do(c.AddSession(workshop_id="w", day=TOMORROW, starts=time(18), ends=time(20), seats=5, id="ses"))
    how: dict[str, Any] = {"on_account": True} if on_account else {"account": "desk"}
    return {
        who: house.do(c.Register(session_id="ses", person_id=who, seats=many, **how)).value
        for who, many in (("zoe", 2), ("bob", 1))
    }


@soak.examples(1)
@given(product=st.sampled_from(PRODUCTS), on_account=st.booleans(), deeds=DEEDS)
@settings(max_examples=soak.scaled(60), deadline=None)
def test_in_any_order(product: str, on_account: bool, deeds: list[tuple[Any, ...]]) -> None:
    """Each closing and each mark does what its preview said. Once all are present it is as if nobody had been missed;
    once nobody is, it costs what it costs where nobody ever was marked.
    """
    with place(LIST) as house:
        mine = seats(house, product, on_account)
        house.clock.set(at(20, 21, TOMORROW).start)
        before = standing(house)
        for what, *rest in [*deeds, ("close",)]:
            if what == "mark":
                who, many = rest
                many = min(many, mine[who].seats)
                done(house, c.MarkAttendance(mine[who].id, present=many > 0, seats=many or None))
            elif what == "pay":
                pay(house, mine[rest[0]])
            else:
                done(house, c.CloseSheet("ses") if what == "close" else c.ReopenSheet("ses", reason="a mistake"))
        house.do(c.ReopenSheet("ses", reason="all were there"))
        for one in mine.values():
            done(house, c.MarkAttendance(one.id))
        done(house, c.CloseSheet("ses"))
        assert standing(house) == before
        house.do(c.ReopenSheet("ses", reason="nobody was there"))
        for one in mine.values():
            done(house, c.MarkAttendance(one.id, present=False))
        done(house, c.CloseSheet("ses"))
        missed = standing(house)
    with place(LIST) as house:
        seats(house, product, on_account)
        house.clock.set(at(20, 21, TOMORROW).start)
        done(house, c.CloseSheet("ses"))
        assert standing(house) == missed
