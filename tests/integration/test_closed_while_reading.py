"""A session that begins between reading the clock and having the rows: what closes with it is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.registrations import handlers as registration_handlers
from cantinekit.domain.registrations import registering
from cantinekit.domain.sessions import handlers as session_handlers
from cantinekit.errors import TooLateError
from support.houses.small_house import House, open_house
from support.laws import house_laws
from support.races import read_before

Ask = Callable[[House], c.Command]


def registers(house: House) -> c.Command:
    return c.Register(session_id="paid", person_id="zoe", account="desk")


def waits(house: House) -> c.Command:
    for person in ("bob", "eve"):
        house.do(c.Register(session_id="paid", person_id=person, account="desk"))
    return c.Register(session_id="paid", person_id="zoe")


def takes(house: House) -> c.Command:
    """A seat is offered to Zoe until the session begins."""
    first = house.do(c.Register(session_id="paid", person_id="bob", account="desk")).value
    house.do(c.Register(session_id="paid", person_id="eve", account="desk"))
    zoe = house.do(c.Register(session_id="paid", person_id="zoe")).value
    house.clock.set(house.get(m.Session, "paid").period.start - timedelta(hours=1))
    house.do(c.CancelRegistration(first.id))
    return c.TakeSeat(zoe.id, account="desk")


def moves(house: House) -> c.Command:
    return c.MoveSession("paid", day=house.get(m.Session, "paid").starts.day + timedelta(days=1))


ASKS: dict[str, Ask] = {"registers": registers, "waits": waits, "takes the offer": takes, "moves it": moves}


def asked(house: House, ask: Ask) -> None:
    """Ask a moment before the session begins; it is there before, and its other rows when it has begun."""
    command, begins = ask(house), house.get(m.Session, "paid").period.start
    engine, clock = house.cantine._engine, house.clock
    clock.set(begins)
    engine.clock = read_before.Waits(begins - timedelta(milliseconds=1), begins, times=2)
    try:
        engine.run(command, "ana")
    finally:
        engine.clock = clock


@pytest.mark.parametrize("name", ASKS)
def test_what_closes_while_rows_are_read_is_closed(name: str) -> None:
    """Whoever asks just before a session begins and gets its rows just after it gets no seat and no rank, does not take
    an offer and does not move it: all of that is over once it has begun."""
    house = open_house()
    with pytest.raises(TooLateError):
        asked(house, ASKS[name])
    house_laws.folds(house.storage)


def when_read_only(patch: pytest.MonkeyPatch, modules: Sequence[Any], name: str) -> None:
    """As it was: that is looked at with the instant of reading, and not again."""
    original, asked = getattr(modules[0], name), list[bool]()

    def once(*given: Any, **more: Any) -> None:
        if not asked:
            original(*given, **more)
        asked.append(True)

    for module in modules:
        patch.setattr(module, name, once)


@pytest.mark.parametrize("name", ["registers", "waits", "moves it"])
def test_looked_at_when_read_only_it_is_had(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where it is looked at only with the instant of reading, a seat or a rank of a session that has begun is
    given, or it is moved."""
    house = open_house()
    command = ASKS[name](house)
    if name == "moves it":
        when_read_only(monkeypatch, [session_handlers], "check_open_to_seats")
    else:
        when_read_only(monkeypatch, [registration_handlers, registering], "check_session")
    asked(house, lambda house: command)
