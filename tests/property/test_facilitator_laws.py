"""Sessions with rooms, equipment and facilitators, added, moved and cancelled at random, against a model of hours.

At every hour nobody facilitates two sessions, no room has two and no more projectors are out than there are; what a
session asks for is had exactly when all of it is free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import time
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.domain.sessions import claims
from cantinekit.errors import ConflictError, SoldOutError, UnavailableError
from support.houses.facilitated_house import DAY, claimed, furnished
from support.houses.small_house import House, open_house
from support.laws import house_laws
from support.races.steps import twin
from support.run.soak import scaled, until_seen

BASE = MemoryStorage()
PROJECTORS = 3
LEAVES = {None: (), "a": ("a1", "a2"), "a1": ("a1",), "a2": ("a2",), "b": ("b",)}
STARTS, HOURS = st.integers(7, 18), st.integers(1, 3)
ROOMS, UNITS = st.sampled_from(list(LEAVES)), st.integers(0, PROJECTORS)
WHO = st.sampled_from([(), ("ada",), ("bea",), ("ada", "bea"), ("bea", "ada")])
ADD = st.tuples(st.just("add"), STARTS, HOURS, ROOMS, UNITS, WHO)
MOVE = st.tuples(
    st.just("move"), st.integers(0, 9), *(st.none() | one for one in (st.tuples(STARTS, HOURS), ROOMS, UNITS, WHO))
)
CANCEL = st.tuples(st.just("cancel"), st.integers(0, 9))
MUST_SEE = ("add", "move", "cancel", "add refused", "move refused", "proposed")
SIZE = settings(max_examples=scaled(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
Refusal = UnavailableError | ConflictError | SoldOutError


@attrs.frozen
class Planned:
    """A session of the model: its hours of the day, and what it has in each of them."""

    starts: int
    ends: int
    room: str | None
    units: int
    who: tuple[str, ...]

    def taken(self) -> Counter[tuple[int, str]]:
        found = Counter[tuple[int, str]]()
        for hour in range(self.starts, self.ends):
            found.update((hour, one) for one in (*LEAVES[self.room], *self.who))
            found[hour, "projector"] += self.units
        return found

    @property
    def available(self) -> bool:
        """Whether it lies within the hours of those who facilitate it."""
        return not self.who or (self.starts >= 8 and self.ends <= 20)


def crowded(planned: list[Planned]) -> bool:
    """Whether something is had more often than it is there."""
    sums = sum((one.taken() for one in planned), Counter[tuple[int, str]]())
    return any(count > (PROJECTORS if what == "projector" else 1) for (_, what), count in sums.items())


def start() -> House:
    """The house with its facilitators, set up once."""
    if not BASE._rows:
        house = furnished(BASE)
        house.do(c.CancelSession("free", reason="none of this"))
    return open_house(twin(BASE), furnished=False)


def command_of(deed: Any, planned: dict[str, Planned], number: int) -> tuple[c.Command, str, Planned | None] | None:
    """A deed as a command, the session that it is about, and what that is to have then."""
    if deed[0] == "add":
        _, starts, hours, room, units, who = deed
        wanted = Planned(starts, starts + hours, room, units, who)
        id = f"s{number}"
        add = c.AddSession(
            workshop_id="talk",
            day=DAY,
            starts=time(wanted.starts),
            ends=time(wanted.ends),
            seats=5,
            space_id=room,
            id=id,
        )
        return attrs.evolve(add, facilitator_ids=who, with_units=out(units)), id, wanted
    if not planned:
        return None
    id = sorted(planned)[deed[1] % len(planned)]
    if deed[0] == "cancel":
        return c.CancelSession(id, reason="rain"), id, None
    _, _, when, room, units, who = deed
    old = planned[id]
    starts, ends = (old.starts, old.ends) if when is None else (when[0], when[0] + when[1])
    wanted = Planned(
        starts,
        ends,
        old.room if room is None else room,
        old.units if units is None else units,
        old.who if who is None else who,
    )
    move = c.MoveSession(
        id,
        starts=None if when is None else time(starts),
        ends=None if when is None else time(ends),
        space_id=room,
        facilitator_ids=who,
        with_units=None if units is None else out(units),
    )
    return move, id, wanted


def out(units: int) -> tuple[tuple[str, int], ...]:
    return (("projector", units),) if units else ()


def done(house: House, command: c.Command) -> Refusal | None:
    """Do it; gives the refusal of what cannot be had."""
    try:
        house.do(command)
    except (UnavailableError, ConflictError, SoldOutError) as refusal:
        return refusal
    return None


def proposed(refusal: Refusal, wanted: Planned) -> list[Planned]:
    """The same session at each of the times that the refusal proposes; all of them are whole hours."""
    starts = [one.start.hour + 1 for one in refusal.nearest]
    return [attrs.evolve(wanted, starts=at, ends=at + wanted.ends - wanted.starts) for at in starts]


def play(house: House, deeds: list[Any], seen: Counter[str]) -> None:
    """Do all of it, and hold what is stored against the model after each."""
    planned: dict[str, Planned] = {}
    for number, deed in enumerate(deeds):
        made = command_of(deed, planned, number)
        if made is None:
            continue
        command, id, wanted = made
        others = [one for other, one in planned.items() if other != id]
        before, refusal = claimed(house), done(house, command)
        if refusal is None:
            seen[deed[0]] += 1
            planned.pop(id, None)
            if wanted is not None:
                planned[id] = wanted
            else:
                assert house.get(m.Session, id).placed == ()
        else:
            seen[f"{deed[0]} refused"] += 1
            assert wanted is not None
            assert crowded([*others, wanted]) or not wanted.available, (command, refusal)
            assert claimed(house) == before
            for near in proposed(refusal, wanted):
                seen["proposed"] += 1
                assert near.available, (command, near)
                assert not crowded([*others, near]), (command, near)
        assert not crowded(list(planned.values())), command
    house_laws.hold(house.storage, house.clock.now())
    for id in planned:
        house.do(c.CancelSession(id, reason="all over"))
    assert claimed(house) == {}
    house_laws.folds(house.storage)


def test_all_that_a_session_needs_is_had_together():
    """A session is had exactly when its room, its projectors and its facilitators are free; cancelled it holds nothing.

    At each proposed time all of them are free. Each deed, each refusal and proposals were seen.
    """
    seen = Counter[str]()

    def law(how: Callable[[Any], Any]) -> None:
        @how
        @given(st.lists(st.one_of(ADD, ADD, ADD, MOVE, MOVE, CANCEL), min_size=6, max_size=16))
        def plays(deeds: list[Any]) -> None:
            play(start(), deeds, seen)

        plays()

    until_seen(law, SIZE, seen, MUST_SEE)
    print(dict(seen))


def test_without_the_check_somebody_is_at_two_sessions(monkeypatch):
    """Control: where claims are not held against what is free, the law finds who is at two sessions."""
    monkeypatch.setattr(claims, "check_all_free", lambda *args, **how: None)
    with pytest.raises(AssertionError, match="AddSession"):
        play(start(), [("add", 10, 2, "a1", 1, ("ada",)), ("add", 11, 2, "b", 1, ("ada",))], Counter())
