"""Laws of sessions that repeat: after any edits they are where a naive list says, and nobody's seat is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.session_series import edits as _planned_edits
from cantinekit.errors import CantineError
from cantinekit.money import Money
from support.houses import small_house
from support.laws import house_laws
from support.races.steps import twin
from support.races.two_at_once import run_all
from support.run.soak import scaled, until_seen

NOW = datetime(2027, 3, 9, 8, 30, tzinfo=UTC)
"""A Tuesday, three weeks before the clocks change."""
FIRST = date(2027, 3, 11)
PARIS = ZoneInfo("Europe/Paris")
PEOPLE = ("zoe", "bob", "eve")
Place = tuple[date, int, str]
"""A day, an hour on the wall and a room; everything lasts two hours."""
BLOCKED: tuple[Place, ...] = ((FIRST + timedelta(weeks=2), 18, "b"), (FIRST + timedelta(days=13), 17, "a1"))

ELSEWHERE: Place = (FIRST - timedelta(days=1), 12, "b")
"""The session that the house has anyway."""


def begins(at: Place) -> datetime:
    return datetime.combine(at[0], time(at[1]), PARIS).astimezone(UTC)


def over(at: Place, now: datetime) -> bool:
    return begins(at) <= now


@attrs.frozen
class Meant:
    """One date in the list of the oracle: as the series plans it, and where its session is, if it has one."""

    planned: Place
    at: Place | None
    theme: str
    on: bool = True

    def begun(self, now: datetime) -> bool:
        return over(self.at or self.planned, now)

    def live(self, now: datetime) -> bool:
        return self.at is not None and self.on and not self.begun(now)


@attrs.frozen
class Oracle:
    """What becomes of a list of dates, step by step. It knows no pages and no rules of recurrence: only weeks."""

    dates: tuple[Meant, ...]
    hour: int = 18
    room: str = "b"

    def rewritten(self, now: datetime, from_day: date | None, new: Callable[[Meant], Meant]) -> Oracle:
        """With each date to come from a day on as ``new`` makes it."""
        return attrs.evolve(self, dates=tuple(new(d) if self.is_chosen(d, now, from_day) else d for d in self.dates))

    def is_chosen(self, one: Meant, now: datetime, from_day: date | None) -> bool:
        return not one.begun(now) and (from_day is None or one.planned[0] >= from_day)

    def any_chosen(self, now: datetime, from_day: date | None) -> bool:
        return any(self.is_chosen(one, now, from_day) for one in self.dates)

    def fits(self, before: Oracle, now: datetime) -> bool:
        """Whether nothing is twice in a room, nothing that moved begins before now, and each day is there once."""
        old = [one.at for one in before.dates]
        if any(one.at is not None and one.at not in old and over(one.at, now) for one in self.dates):
            return False
        days = [one.planned[0] for one in self.dates]
        taken = [*BLOCKED, *(one.at for one in self.dates if one.at is not None and one.on)]
        return len(set(days)) == len(days) and not any(
            clash(one, other) for number, one in enumerate(taken) for other in taken[:number]
        )


def clash(one: Place, other: Place) -> bool:
    rooms = ({"a1", "a2"} if at[2] == "a" else {at[2]} for at in (one, other))
    return not set.isdisjoint(*rooms) and one[0] == other[0] and abs(one[1] - other[1]) < 2


def moved(one: Meant, planned: Place, now: datetime) -> Meant:
    """With another plan; its session goes along if it was where it was planned, and can still move."""
    along = one.live(now) and one.at == one.planned
    return attrs.evolve(one, planned=planned, at=planned if along else one.at)


# --- the steps -------------------------------------------------------------------------------------------------------


class Machine:
    """A house and its oracle. Each step is done in both; the house refuses exactly what the oracle cannot do."""

    def __init__(self, seen: Counter[str]) -> None:
        self.house, self.seen = small_house.open_house(twin(furnished()), furnished=False, now=NOW), seen
        self.house.cantine._ids.counts.update(dict.fromkeys(("tsk", "bkg", "chg", "pay", "led", "sal", "sss"), 100))
        themes = [f"theme {n}" for n in range(5)]
        days = [FIRST + timedelta(weeks=n) for n in range(5)]
        self.oracle = Oracle(
            tuple(
                Meant((day, 18, "b"), None if (day, 18, "b") in BLOCKED else (day, 18, "b"), theme)
                for day, theme in zip(days, themes, strict=True)
            )
        )
        plan = c.PlanSessions(
            workshop_id="welding",
            day=FIRST,
            starts=time(18),
            ends=time(20),
            seats=3,
            rule="FREQ=WEEKLY",
            space_id="b",
            until=days[-1],
            themes=themes,
            skip=[days[2]],
            id="s",
        )
        self.house.do(plan)

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    def series(self) -> m.SessionSeries:
        return self.house.get(m.SessionSeries, "s")

    def try_it(self, name: str, command: c.Command, after: Oracle, possible: bool = True) -> None:
        """Carry it out in both, or in neither."""
        possible = possible and after.fits(self.oracle, self.now)
        try:
            self.house.do(command)
        except CantineError as error:
            refusal = error
        else:
            refusal = None
        assert (refusal is None) is possible, (command, refusal)
        self.oracle = after if possible else self.oracle
        self.seen[name if possible else "refused"] += 1

    def wait(self, days: int) -> None:
        self.house.wait(days=days)
        run_all(self.house)

    def change(self, week: int, hour: int, room: str) -> None:
        start, now = self.from_day(week), self.now
        after = attrs.evolve(self.oracle, hour=hour, room=room).rewritten(
            now, start, lambda one: moved(one, (one.planned[0], hour, room), now)
        )
        command = c.ChangeSessions("s", from_day=start, starts=time(hour), ends=time(hour + 2), space_id=room)
        self.try_it("all" if start is None else "following", command, after, self.oracle.any_chosen(now, start))

    def change_some(self, numbers: Iterable[int], hour: int) -> None:
        dates = [self.oracle.dates[n % len(self.oracle.dates)] for n in dict.fromkeys(numbers)]
        days = sorted({one.planned[0] for one in dates})

        def new(one: Meant) -> Meant:
            if one.planned[0] not in days:
                return one
            if one.at is None:
                return attrs.evolve(one, planned=(one.planned[0], hour, one.planned[2]))
            return attrs.evolve(one, at=(one.at[0], hour, one.at[2]))

        after = attrs.evolve(self.oracle, dates=tuple(map(new, self.oracle.dates)))
        command = c.ChangeSessions("s", days=days, starts=time(hour), ends=time(hour + 2))
        fine = all(one.on and not one.begun(self.now) for one in dates)
        self.try_it("some", command, after, fine)

    def to_weekday(self, week: int, shift: int) -> None:
        start, now = self.from_day(week), self.now
        chosen = [one for one in self.oracle.dates if self.oracle.is_chosen(one, now, start)]
        if not chosen:
            return
        first = chosen[0].planned[0] + timedelta(days=shift)
        days = {one.planned[0]: first + timedelta(weeks=number) for number, one in enumerate(chosen)}
        after = self.oracle.rewritten(now, start, lambda one: moved(one, (days[one.planned[0]], *one.planned[1:]), now))
        after = attrs.evolve(after, dates=tuple(sorted(after.dates, key=lambda one: one.planned[0])))
        self.try_it("weekday", c.ChangeSessions("s", from_day=start, rule="FREQ=WEEKLY", day=first), after)

    def cancel(self, week: int) -> None:
        start, now = self.from_day(week), self.now
        ends = [one for one in self.oracle.dates if self.oracle.is_chosen(one, now, start) and one.on]
        after = self.oracle.rewritten(now, start, lambda one: attrs.evolve(one, on=False))
        self.try_it("cancel", c.CancelSessions("s", reason="spring", from_day=start), after, bool(ends))

    def alone(self, number: int, shift: int, hour: int | None) -> None:
        """One session by itself: moved, or cancelled where no hour is said."""
        index = number % len(self.oracle.dates)
        one, id = self.oracle.dates[index], self.series().dates[index].session_id
        if id is None or not one.live(self.now):
            return
        if hour is None:
            command, new = c.CancelSession(id, reason="strike"), attrs.evolve(one, on=False)
        else:
            day = one.at[0] + timedelta(days=shift)
            command = c.MoveSession(id, day=day, starts=time(hour), ends=time(hour + 2))
            new = attrs.evolve(one, at=(day, hour, one.at[2]))
        dates = (*self.oracle.dates[:index], new, *self.oracle.dates[index + 1 :])
        self.try_it("alone" if hour else "one off", command, attrs.evolve(self.oracle, dates=dates))

    def extend(self, weeks: int) -> None:
        until = self.series().until
        days = [until + timedelta(weeks=n) for n in range(1, weeks + 1)]
        places = [(day, self.oracle.hour, self.oracle.room) for day in days]
        more = tuple(Meant(at, at, f"more {at[0]}") for at in places)
        after = attrs.evolve(self.oracle, dates=(*self.oracle.dates, *more))
        ended = any(begins(at) + timedelta(hours=2) <= self.now for at in places)
        command = c.ExtendSessions("s", until=days[-1], themes=[one.theme for one in more])
        self.try_it("extend", command, after, not ended)

    def had_later(self) -> None:
        skipped = [one for one in self.oracle.dates if one.at is None and one.on]
        left = [one for one in skipped if begins(one.planned) + timedelta(hours=2) > self.now]
        after = attrs.evolve(
            self.oracle,
            dates=tuple(attrs.evolve(one, at=one.planned) if one in left else one for one in self.oracle.dates),
        )
        self.try_it("had later", c.PlanSkipped("s"), after, bool(left))

    def register(self, number: int, person: str) -> None:
        index = number % len(self.oracle.dates)
        id = self.series().dates[index].session_id
        if id is None or not self.oracle.dates[index].live(self.now):
            return
        taken = {one.person_id for one in self.house.cantine.read.registrations(id) if one.state == "confirmed"}
        if person not in taken:
            self.house.do(c.Register(session_id=id, person_id=person, account="desk"))
            self.seen["register"] += 1

    def from_day(self, week: int) -> date | None:
        """The day of a date, for a change of it and those that follow; ``None`` for all."""
        return None if week < 0 else self.oracle.dates[week % len(self.oracle.dates)].planned[0]

    # --- what holds --------------------------------------------------------------------------------------------------

    def look(self, begun: dict[str, m.Session]) -> None:
        """The sessions are where the list says, the pages have them and no others, and no seat is lost."""
        read, dates = self.house.cantine.read, self.series().dates
        sessions = {one.id: one for one in self.house.all(m.Session) if one.series_id == "s"}
        assert [(one.day, one.starts.at.hour, one.space_id) for one in dates] == [d.planned for d in self.oracle.dates]
        for one, meant in zip(dates, self.oracle.dates, strict=True):
            assert (one.session_id is None) == (meant.at is None)
            if one.session_id is not None:
                found = sessions[one.session_id]
                assert (found.starts.day, found.starts.at.hour, found.space_id) == meant.at
                assert found.period.start == begins(meant.at)
                assert (found.state != "cancelled", found.theme) == (meant.on, meant.theme)
        rooms = {"a": ("a1", "a2"), "b": ("b",), "a1": ("a1",)}
        wanted = {(leaf, begins(at)) for at in (*BLOCKED, ELSEWHERE) for leaf in rooms[at[2]]}
        wanted |= {(leaf, begins(d.at)) for d in self.oracle.dates if d.at and d.on for leaf in rooms[d.at[2]]}
        pages = self.house.all(m.OccupancyPage)
        assert {(page.space_id, claim.start) for page in pages for claim in page.claims} == wanted
        for id, was in begun.items():
            assert sessions[id] == was
        for session in sessions.values():
            for seat in read.registrations(session.id):
                held = Money(0, "EUR") if session.state == "cancelled" else Money(1000, "EUR")
                assert seat.state == ("cancelled" if session.state == "cancelled" else "confirmed")
                assert self.house.get(m.Charge, seat.charge_id).held == held
        house_laws.hold(self.house.storage, self.now)

    def begun(self) -> dict[str, m.Session]:
        found = [one for one in self.house.all(m.Session) if one.series_id == "s" and one.period.start <= self.now]
        return {one.id: one for one in found}


@lru_cache(maxsize=1)
def furnished():
    """The house with its two bookings."""
    house = small_house.open_house(now=NOW)
    for day, hour, room in BLOCKED:
        start = begins((day, hour, room))
        house.do(
            c.Book(
                space_id=room,
                product_id="room",
                period=Period(start, start + timedelta(hours=2)),
                account="desk",
                override="a wake",
            )
        )
    return house.storage


WEEKS, HOURS, NUMBERS = st.integers(-1, 6), st.sampled_from([16, 17, 18, 19, 20]), st.integers(0, 8)
STEPS = st.one_of(
    st.tuples(st.just("change"), WEEKS, HOURS, st.sampled_from(["a", "b"])),
    st.tuples(st.just("change_some"), st.lists(NUMBERS, min_size=1, max_size=3), HOURS),
    st.tuples(st.just("to_weekday"), WEEKS, st.integers(-3, 6)),
    st.tuples(st.just("cancel"), st.integers(0, 8)),
    st.tuples(st.just("alone"), NUMBERS, st.integers(-1, 3), st.none() | HOURS),
    st.tuples(st.just("extend"), st.integers(1, 3)),
    st.tuples(st.just("had_later")),
    st.tuples(st.just("register"), NUMBERS, st.sampled_from(PEOPLE)),
    st.tuples(st.just("wait"), st.integers(1, 9)),
)


def walk(steps: Iterable[tuple], seen: Counter[str]) -> Machine:
    machine = Machine(seen)
    for name, *arguments in steps:
        begun = machine.begun()
        getattr(machine, name)(*arguments)
        run_all(machine.house)
        machine.look(begun)
    house_laws.folds(machine.house.storage)
    return machine


def test_sessions_are_where_a_list_of_dates_says_after_any_edits() -> None:
    """All, following, some, one by itself, another rule, cancelled, carried on, had later: as date by date by hand.

    What has begun never changes, the pages have what the list has, each seat is live at a session that takes place or
    ended with its money back; and what is refused is exactly what does not fit.
    """
    seen: Counter[str] = Counter()
    names = "all", "following", "some", "alone", "one off", "weekday", "cancel", "extend", "had later", "register"
    drawn = given(st.lists(STEPS, min_size=4, max_size=12))
    few = settings(max_examples=scaled(30), deadline=None)
    until_seen(lambda how: how(drawn(lambda steps: walk(steps, seen) and None))(), few, seen, (*names, "refused"))
    print(dict(seen))


def test_the_control_sees_an_override_that_is_dragged_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where a change takes along what was moved by itself, the law above sees it."""
    monkeypatch.setattr(m.PlannedDate, "agrees", lambda self, session: False)
    monkeypatch.setattr(_planned_edits.DateEdit, "moves", property(lambda self: self.session is not None))
    with pytest.raises(AssertionError):
        walk([("change", -1, 17, "b")], Counter())
