"""The waiting list with parties of several seats, against a model that has nothing but lists.

Nobody is overtaken; no seats stay free that the next in line would take; seats are never above capacity. At a course
that admits late joiners too, whose first meetings are over while people register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.registrations import giving_up as _giving_up
from cantinekit.errors import RefusedError
from support.houses import small_house
from support.houses.small_house import House, open_house
from support.laws import house_laws
from support.run.soak import examples, scaled

DAY = date(2026, 12, 5)
HOLD, OFFER = timedelta(minutes=15), timedelta(hours=24)
PEOPLE = st.sampled_from(small_house.PERSONS)
REGISTER = st.tuples(st.just("register"), PEOPLE, st.sampled_from([1, 1, 2, 2, 3]), st.booleans())
CANCEL, TAKE = st.tuples(st.just("cancel"), PEOPLE), st.tuples(st.just("take"), PEOPLE)
SEATS = st.tuples(st.just("seats"), st.sampled_from([0, 1, 2, 3, 3, 4, 5]))
WAIT = st.tuples(st.just("wait"), st.sampled_from([5, 16, 16, 1441]))
SHRINK = st.just(("shrink",))
"""As few seats as are taken: a party that waits may be larger than that."""
DEEDS = st.one_of(REGISTER, REGISTER, REGISTER, CANCEL, CANCEL, SEATS, SHRINK, TAKE, WAIT)
CROWD = st.tuples(*(st.sampled_from([1, 1, 2, 3]) for _ in range(4)), st.booleans())
"""Four people who come first, and whether they pay."""


@attrs.define
class One:
    """Somebody in the model."""

    who: str
    seats: int
    expires: datetime | None = None


@attrs.define
class Model:
    """A session as three lists and a number. Each rule looks at all of it, and none is clever."""

    capacity: int
    paid: bool
    begins: datetime
    confirmed: list[One] = attrs.field(factory=list)
    held: list[One] = attrs.field(factory=list)
    waiting: list[One] = attrs.field(factory=list)
    seen: Counter[str] = attrs.field(factory=Counter)

    def free(self) -> int:
        return self.capacity - sum(one.seats for one in (*self.confirmed, *self.held))

    def first(self) -> One | None:
        """Who is next: the first for whom the session is large enough."""
        for one in self.waiting:
            if one.seats <= max(1, self.capacity):
                return one
        return None

    def who(self, person: str) -> One | None:
        every = [one for one in (*self.confirmed, *self.held, *self.waiting) if one.who == person]
        return every[0] if every else None

    def drop(self, person: str) -> None:
        for some in (self.confirmed, self.held, self.waiting):
            some[:] = [one for one in some if one.who != person]

    def promote(self, now: datetime) -> None:
        while (one := self.first()) is not None and one.seats <= self.free():
            self.seen["passed over"] += self.waiting[0] is not one
            self.waiting.remove(one)
            one.expires = min(now + OFFER, self.begins) if self.paid else None
            (self.held if self.paid else self.confirmed).append(one)
            self.seen["promotion"] += 1
            self.seen["promotion of a party"] += one.seats > 1
        self.seen["a party waits before free seats"] += bool(self.first()) and self.free() > 0

    def register(self, person: str, seats: int, pays: bool, now: datetime) -> bool:
        if self.who(person) or seats > max(1, self.capacity):
            return False
        one = One(person, seats)
        if self.first() or self.free() < seats:
            self.waiting.append(one)
        elif self.paid and not pays:
            one.expires = min(now + HOLD, self.begins)
            self.held.append(one)
        else:
            self.confirmed.append(one)
        return True

    def cancel(self, person: str, now: datetime) -> bool:
        if self.who(person) is None:
            return False
        self.drop(person)
        self.seen["give-back"] += 1
        self.promote(now)
        return True

    def change(self, seats: int, now: datetime) -> bool:
        if seats < self.capacity - self.free():
            return False
        self.capacity = seats
        self.promote(now)
        return True

    def expire(self, now: datetime) -> None:
        """One hold after the other, the first to run out first."""
        while over := sorted((o.expires, o.who) for o in self.held if o.expires and o.expires <= now):
            self.drop(over[0][1])
            self.seen["expiry"] += 1
            self.promote(now)


def add(house: House, paid: bool, seats: int, course: bool = False) -> Model:
    workshop, seats = "welding" if paid else "talk", max(1, seats)
    command: c.Command = c.AddSession(
        workshop_id=workshop, day=DAY, starts=time(18), ends=time(20), seats=seats, id="ses"
    )
    if course:
        meetings = [(DAY - timedelta(days=days), time(18), time(20)) for days in (10, 9, 7, 0)]
        command = c.AddCourse(workshop_id=workshop, meetings=meetings, seats=seats, late_joiners=True, id="ses")
    session = house.do(command).value
    return Model(session.capacity, paid, session.closes)


def registration(house: House, person: str) -> m.Registration | None:
    """The registration of a person that is not over, or the last one."""
    ours = [one for one in house.cantine.read.registrations("ses") if one.person_id == person]
    live = [one for one in ours if one.state in ("held", "confirmed", "waiting")]
    return (live or ours[-1:] or [None])[0]


def attempt(house: House, command: c.Command) -> bool:
    try:
        house.do(command)
    except RefusedError:
        return False
    return True


def step(house: House, model: Model, deed: tuple[Any, ...]) -> None:
    """Do it in both, and see that both say the same."""
    what, *rest = deed
    now = house.clock.now()
    one = registration(house, rest[0]) if what in ("cancel", "take") else None
    if what == "wait":
        house.wait(minutes=rest[0])
        while house.cantine.run_due().done:
            pass
        model.expire(house.clock.now())
    elif what == "register":
        person, seats, pays = rest
        done = attempt(
            house, c.Register(session_id="ses", person_id=person, account="desk" if pays else None, seats=seats)
        )
        assert done == model.register(person, seats, pays, now), deed
        model.seen["refusal"] += not done
    elif what == "shrink":
        step(house, model, ("seats", model.capacity - model.free()))
    elif what == "seats":
        assert attempt(house, c.ChangeSeats("ses", seats=rest[0])) == model.change(rest[0], now), deed
    elif what == "cancel" and one is not None:
        assert attempt(house, c.CancelRegistration(one.id)) == model.cancel(rest[0], now), deed
    elif what == "take" and one is not None and one.state == "held" and one.charge_id is None:
        assert attempt(house, c.TakeSeat(one.id, account="desk"))
        held = model.who(rest[0])
        assert held is not None
        model.held.remove(held)
        held.expires = None
        model.confirmed.append(held)


def compare(house: House, model: Model) -> None:
    """The waiting list in its order, who has how many seats, for good or until when, and how many are free."""
    session = house.get(m.Session, "ses")
    ours = {one.id: one for one in house.cantine.read.registrations("ses")}
    assert [(ours[id].person_id, ours[id].seats) for id in session.waiting] == [(o.who, o.seats) for o in model.waiting]
    for state, wanted in (("confirmed", model.confirmed), ("held", model.held)):
        found = {(one.person_id, one.seats, one.expires) for one in ours.values() if one.state == state}
        assert found == {(one.who, one.seats, one.expires) for one in wanted}, state
    assert session.free(house.clock.now()) == model.free() >= 0
    first = model.first()
    assert first is None or first.seats > model.free(), "seats stay free that the next in line would take"


def each(house: House, model: Model, deeds: Sequence[tuple[Any, ...]]) -> None:
    for deed in deeds:
        step(house, model, deed)
        compare(house, model)


def play(paid: bool, seats: int, course: bool, deeds: list[tuple[Any, ...]], seen: Counter[str]) -> None:
    house = open_house()
    model = add(house, paid, seats, course)
    model.seen = seen
    for deed in deeds:
        if house.clock.now() >= model.begins - timedelta(days=2):
            break
        before = seen["promotion"]
        step(house, model, deed)
        compare(house, model)
        begun = course and house.get(m.Session, "ses").period.start <= house.clock.now()
        seen["promotion of a late joiner"] += begun and seen["promotion"] > before
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house.cantine.close()


MUST_SEE = (
    "promotion",
    "promotion of a party",
    "promotion of a late joiner",
    "a party waits before free seats",
    "passed over",
    "expiry",
    "give-back",
    "refusal",
)


def law(seen: Counter[str], number: int = 0) -> None:
    @examples(number)
    @given(st.booleans(), st.integers(2, 4), st.booleans(), CROWD, st.lists(DEEDS, min_size=8, max_size=16))
    @settings(
        max_examples=scaled(50),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def holds(paid: bool, seats: int, course: bool, crowd: tuple[Any, ...], deeds: list[tuple[Any, ...]]) -> None:
        *sizes, pays = crowd
        first = [("register", who, size, pays) for who, size in zip(small_house.PERSONS, sizes, strict=False)]
        play(paid, seats, course, [*first, *deeds, ("wait", 16), ("wait", 1441)], seen)

    holds()


def test_the_list_is_as_the_model_has_it(capsys):
    """Over random sequences the house and the model agree after every step; each hard state is seen."""
    seen: Counter[str] = Counter()
    law(seen)
    for more in range(5):
        if not all(seen[state] for state in MUST_SEE):
            law(seen, more + 1)
    with capsys.disabled():
        print("\nwaiting list: " + ", ".join(f"{seen[state]} x {state}" for state in MUST_SEE))
    assert not [state for state in MUST_SEE if not seen[state]]


# Three seats, one of them taken by Zoe and one by Bob, whom a party of two and then Ida wait behind.
BEHIND = [("register", "zoe", 1, True), ("register", "bob", 2, True), ("register", "eve", 2, True)]
BEHIND += [("register", "ida", 1, True), ("cancel", "zoe")]


def test_a_party_is_not_overtaken_by_one():
    """One seat comes free; a party of two is first, one person behind it: nobody gets it until the second is free."""
    house = open_house()
    model = add(house, False, 3)
    each(house, model, BEHIND)
    assert [one.who for one in model.waiting] == ["eve", "ida"]
    assert model.free() == 1
    step(house, model, ("register", "max", 1, True))
    assert [one.who for one in model.waiting] == ["eve", "ida", "max"]
    step(house, model, ("cancel", "eve"))
    compare(house, model)
    assert [one.who for one in model.waiting] == ["max"]
    assert {one.who for one in model.confirmed} == {"bob", "ida"}


def test_filling_up_overtakes(monkeypatch):
    """Control: where whoever fits gets a free seat, the model finds that somebody was overtaken."""

    def fill(session: m.Session, now: datetime) -> tuple[str, ...]:
        found, free = [], session.free(now)
        for id, seats in session.line:
            if seats <= free:
                found.append(id)
                free -= seats
        return tuple(found)

    monkeypatch.setattr(m.Session, "next_in_line", fill)
    house = open_house()
    model = add(house, False, 3)
    with pytest.raises(AssertionError):
        each(house, model, BEHIND)


def test_without_promotion_seats_stay_free(monkeypatch):
    """Control: where a seat that is given up is given to nobody, the model finds that seats stay free."""
    monkeypatch.setattr(_giving_up, "promote", lambda draft, session_id: None)
    house = open_house()
    model = add(house, False, 3)
    with pytest.raises(AssertionError):
        each(house, model, [*BEHIND, ("cancel", "bob")])


def test_a_party_that_became_too_large_keeps_its_rank_and_stops_nobody():
    """The session shrinks below what the first asks for: who is behind goes on; it grows again: the first is first."""
    house = open_house()
    model = add(house, False, 4)
    smaller = [("register", "zoe", 2, True), ("register", "bob", 4, True), ("seats", 3)]
    each(house, model, [*smaller, ("register", "eve", 1, True), ("register", "ida", 1, True), ("cancel", "zoe")])
    assert [one.who for one in model.waiting] == ["bob"]
    assert {one.who for one in model.confirmed} == {"eve", "ida"}
    each(house, model, [("seats", 5), ("register", "max", 1, True)])
    assert [one.who for one in model.waiting] == ["bob", "max"]
    each(house, model, [("cancel", "eve")])
    assert {one.who for one in model.confirmed} == {"ida", "bob"}
