"""A decision that is carried over to another version of a row is the decision that would be made of that version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.registrations import handlers as _registering
from cantinekit.domain.registrations import holds as _holds
from cantinekit.domain.registrations import life_cycle as _paid_seats
from cantinekit.domain.registrations.records import LIVE
from cantinekit.errors import RefusedError
from cantinekit.plugins.ports import Key
from cantinekit.runtime.loader import ReadSet
from support.houses.small_house import START, CountingIds, House, open_house
from support.races.steps import twin
from support.run.soak import scaled, until_seen

DAY = date(2026, 12, 5)
OTHERS = st.sampled_from(("bob", "eve", "ida", "max", "lou"))
DEED = st.one_of(
    st.tuples(st.just("register"), OTHERS, st.sampled_from((1, 1, 1, 2)), st.sampled_from(("desk", None))),
    st.tuples(st.just("register"), OTHERS, st.just(1), st.sampled_from(("desk", None))),
    st.tuples(st.just("cancel"), OTHERS),
    st.tuples(st.just("pay"), OTHERS),
    st.tuples(st.just("wait"), st.sampled_from((1, 16))),
    st.tuples(st.just("expire"), OTHERS),
    st.tuples(st.just("seats"), st.sampled_from((2, 4, 6))),
    st.tuples(st.just("move"), st.sampled_from((10, 19))),
    st.tuples(st.just("cancel session")),
)
DEEDS = st.lists(DEED, max_size=4)
FIRST = st.one_of(
    DEEDS,
    st.sampled_from(
        [
            [("register", "bob", 1, None), ("wait", 16)],
            [("register", "bob", 2, "desk"), ("register", "eve", 2, "desk")],
        ]
    ),
)
"""What others did before: anything; a hold that is just over; no seat is left."""
MINE = st.sampled_from(("register", "register two", "register on account", "pay", "observe"))
WORTH_SEEING = ("carried over", "decided again", "nothing to carry", *(f"carried {one}" for one in ("register", "pay")))


def mine(house: House) -> m.Registration | None:
    """Zoe's live registration."""
    return next((r for r in house.all(m.Registration) if r.person_id == "zoe" and r.state in ("held", "waiting")), None)


def do(house: House, deed: str, *how: Any) -> None:
    """What others do; refusals change nothing."""
    live = {r.person_id: r for r in house.all(m.Registration) if r.state in LIVE}
    commands: dict[str, Callable[[], c.Command | None]] = {
        "register": lambda: c.Register(session_id="ses", person_id=how[0], seats=how[1], account=how[2]),
        "cancel": lambda: c.CancelRegistration(live[how[0]].id) if how[0] in live else None,
        "pay": lambda: (
            c.Pay(live[how[0]].charge_id, account="desk") if how[0] in live and live[how[0]].charge_id else None
        ),
        "expire": lambda: c.Expire(m.Subject("registration", live[how[0]].id)) if how[0] in live else None,
        "seats": lambda: c.ChangeSeats("ses", seats=how[0]),
        "move": lambda: c.MoveSession("ses", day=DAY, starts=time(how[0]), ends=time(how[0] + 2)),
        "cancel session": lambda: c.CancelSession("ses", reason="the teacher is ill"),
    }
    if deed == "wait":
        house.wait(minutes=how[0])
        return
    try:
        if (command := commands[deed]()) is not None:
            house.cantine._engine.run(command, "others")
    except RefusedError:
        pass


def decided(house: House, command: c.Command, now: datetime) -> tuple[Decision, ReadSet]:
    """What a command comes to at an instant on the rows as they are, with ids that are always the same."""
    engine, seen = house.cantine._engine, ReadSet(house.storage)
    ids, engine.ids, at = engine.ids, CountingIds(), house.clock.now()
    house.clock.set(now)
    try:
        with ExitStack() as held:
            return engine._decide(command, "zoe", None, seen, held)[0], seen
    finally:
        engine.ids = ids
        house.clock.set(at)


def said(decision: Decision) -> tuple[Any, ...]:
    """All of a decision but for the records afterwards."""
    return (
        decision.value,
        decision.events,
        decision.subjects,
        decision.effects,
        decision.private,
        decision.charge_ids,
        decision.price,
        decision.refusal,
        decision.removes,
    )


def command_of(house: House, wish: str) -> c.Command | None:
    """Zoe's command; to pay she must hold a seat that is not paid."""
    if wish.startswith("register"):
        return c.Register(
            session_id="ses",
            person_id="zoe",
            seats=2 if wish == "register two" else 1,
            account="desk" if "on" in wish else None,
        )
    one = mine(house)
    if one is None or one.charge_id is None:
        return None
    if wish == "pay":
        return c.Pay(one.charge_id, account="desk")
    attempts = house.get(m.Charge, one.charge_id).attempt_ids
    return (
        c.ObserveCharge(attempts[-1], state="settled", captured=house.get(m.Attempt, attempts[-1]).amount.amount)
        if attempts
        else None
    )


@cache
def furnished(paid: bool) -> Any:
    """A house with a session of four seats that is decided on after twenty minutes."""
    house = open_house()
    due = START + timedelta(minutes=20)
    workshop = "welding" if paid else "talk"
    house.do(
        c.AddSession(
            workshop_id=workshop, day=DAY, starts=time(18), ends=time(20), seats=4, minimum=2, decide_at=due, id="ses"
        )
    )
    return house.storage


def carry_over(seen: Counter[str], wish: str, paid: bool, before: list[Any], between: list[Any]) -> None:
    """Decide, let others do something, carry over, and compare with what is decided then."""
    house = open_house(twin(furnished(paid)), ["pending"], effects="none", furnished=False)
    for deed in before:
        do(house, *deed)
    if wish in ("pay", "observe"):
        do(house, "register", "zoe", 1, "card" if wish == "observe" else None)
    command, now = command_of(house, wish), house.clock.now()
    if command is None:
        return
    try:
        decision, first = decided(house, command, now)
    except (RefusedError, Prerequisite):
        return
    key = Key("session", "ses")
    if not decision.rebases:
        seen["nothing to carry"] += 1
        return
    assert set(decision.rebases) == {key}
    for deed in between:
        do(house, *deed)
    keys = [one for one, version in first.versions.items() if one != key]
    moved = [row.version if row else 0 for row in house.storage.load(keys)] != [first.versions[one] for one in keys]
    record = decision.rebases[key](house.get(m.Session, "ses"), house.clock.now())
    if moved or record is None:
        seen["decided again"] += record is None
        return
    decided(house, command, house.clock.now())  # now that the lock is held it is not refused either
    again, _ = decided(house, command, now)
    assert said(again) == said(decision)
    assert {**decision.after.records, key: record} | again.after.records == {**decision.after.records, key: record}
    if house.storage.load([key])[0].version != first.versions[key]:
        seen["carried over"] += 1
        seen[f"carried {'register' if wish.startswith('register') else 'pay'}"] += 1


def test_what_is_carried_over_would_be_decided():
    """Whatever others did to a session since somebody's seat was decided on, whether with a hold or paid, and however
    long that took: either it has to be decided again, or it would be decided the same, with the same session
    afterwards, and is not refused at the instant when the lock is held."""
    seen = Counter[str]()

    def law(how: Callable[[Any], Any]) -> None:
        @how
        @given(MINE, st.booleans(), FIRST, DEEDS)
        def _law(wish: str, paid: bool, before: list[Any], between: list[Any]) -> None:
            carry_over(seen, wish, paid, before, between)

        _law()

    how = settings(max_examples=scaled(100), suppress_health_check=[HealthCheck.too_slow], deadline=None)
    until_seen(law, how, seen, WORTH_SEEING)


@pytest.mark.parametrize("wish", ["register", "pay"])
def test_the_law_sees_what_is_carried_over_in_error(monkeypatch, wish):
    """Control: where nobody looks whether the seat is still to be had, the law fails."""
    allow = _holds.may_rebase_seat
    for module in (_registering, _paid_seats):
        monkeypatch.setattr(
            module, "may_rebase_seat", lambda draft, of, id, would: allow(draft, of, id, lambda any, at: True)
        )
    taken = [("register", "bob", 2, "desk"), ("register", "eve", 2, "desk")]
    with pytest.raises((AssertionError, RefusedError, Prerequisite)):
        carry_over(Counter(), wish, wish == "pay", [], [("wait", 16), *taken])
