"""Answers about free spaces beside a slow one that tries every minute; and the store, the journal and pages agree."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.scheduling.availability import (
    Bookable,
    Bookables,
    BusyIndex,
    Filter,
    InBuffer,
    IsClosed,
    IsFull,
    LacksFeature,
    NotYours,
    OffGrid,
    OneUnit,
    OutsideSlots,
    Question,
    TooFar,
    TooLongInARow,
    TooSmall,
    TooSoon,
    WrongLength,
)
from cantinekit.scheduling.opening import OpeningCalendar
from support.run.soak import half, until_seen

BASE = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""Nine o'clock, the beginning of the little world; its minutes are numbered from there."""
LONG = 40
FEATURES = ("projector", "screen")
CAPACITIES = {"a1": 1, "a2": 2, "b": 1, "c": 1, "desks": 3, "none": 0}


def at(n: float) -> datetime:
    return BASE + timedelta(minutes=n)


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def span(a: int, b: int) -> Period:
    return Period(at(a), at(b))


CALENDARS = st.sampled_from(
    [
        OpeningCalendar("UTC"),
        OpeningCalendar("UTC", (m.OpenHours(1, 9 * 60 + 5, 9 * 60 + 20), m.OpenHours(1, 9 * 60 + 24, 9 * 60 + 50))),
        OpeningCalendar("UTC", (), m.Openings(closed=[m.ClosedDays.on("public holiday", "x", BASE.date())])),
    ]
)
SHORT = st.integers(0, 6).map(minutes)


def slot(a: int, b: int, *audience: str) -> FixedSlot:
    return FixedSlot(time(9, a), time(9, b), audience=audience)


TERMS = st.builds(
    Terms,
    before=st.sampled_from([minutes(0), minutes(0), minutes(3)]),
    after=st.sampled_from([minutes(0), minutes(0), minutes(2)]),
    notice=st.sampled_from([minutes(0), minutes(0), minutes(8)]),
    horizon=st.sampled_from([None, None, minutes(25)]),
    shortest=st.sampled_from([None, None, minutes(4)]),
    longest=st.sampled_from([None, None, minutes(10)]),
    step=st.sampled_from([None, None, minutes(2)]),
    grid=st.sampled_from([None, None, minutes(5)]),
    features=st.sampled_from([(), ("projector",), FEATURES]),
    audience=st.sampled_from([(), (), ("staff",)]),
)
SLOTS = st.sampled_from(
    [
        {"slots": (slot(0, 6), slot(6, 12), slot(12, 19), slot(25, 35))},
        {"slots": (slot(2, 8), slot(2, 30), slot(8, 11), slot(10, 20, "staff"), slot(20, 24)), "any_time": ["members"]},
        {"slots": (slot(6, 15), slot(15, 18, "staff"), slot(15, 40, "owners"))},
    ]
)
SLOTTED = st.builds(
    lambda slots, **others: Terms(**others, **slots),
    SLOTS,
    before=st.sampled_from([minutes(0), minutes(3)]),
    notice=st.sampled_from([minutes(0), minutes(0), minutes(8)]),
    horizon=st.sampled_from([None, None, minutes(9)]),
    shortest=st.sampled_from([None, minutes(7)]),
    longest=st.sampled_from([None, None, minutes(10)]),
    grid=st.sampled_from([None, minutes(5)]),
    in_a_row=st.sampled_from([None, None, minutes(11)]),
)


@st.composite
def rooms(draw: st.DrawFn, terms: st.SearchStrategy[Terms] = TERMS) -> list[Bookable]:
    calendar, found = draw(CALENDARS), []
    shared = draw(terms)
    for id in (*CAPACITIES, "a"):
        leaves = ("a1", "a2") if id == "a" else (id,)
        parts = leaves if id == "a" else ()
        use = "desks" if id == "desks" else "room"
        space = m.Space(id, "paris", "asso", id, use, parts, leaves, draw(st.sampled_from([0, 4, 12])))
        own = draw(st.booleans())
        found.append(Bookable(space, draw(CALENDARS) if own else calendar, draw(terms) if own else shared))
    return found


@st.composite
def taken(draw: st.DrawFn) -> BusyIndex:
    index = BusyIndex()
    for id, capacity in CAPACITIES.items():
        closures = ()
        if draw(st.integers(0, 4)) == 0:
            start = draw(st.integers(0, LONG - 1))
            closures = (m.Closure(f"clo-{id}", span(start, draw(st.integers(start + 1, LONG))), "painting"),)
        index.set_space(id, capacity, closures)
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, LONG - 1))
            end = draw(st.integers(start + 1, min(LONG, start + 9)))
            units = draw(st.sampled_from([1, 1, 2])) if id == "desks" else 1
            if index.fits(id, span(start, end), units):
                index.add(id, at(start), at(end), units)
    return index


@st.composite
def questions(draw: st.DrawFn) -> Question:
    start = draw(st.integers(0, LONG - 2))
    within = span(start, draw(st.integers(start + 1, LONG)))
    most = min(12, within.length // minutes(1))
    length = draw(st.one_of(st.none(), st.integers(1, most).map(minutes)))
    wanted = Filter(
        seats=draw(st.sampled_from([0, 0, 5])),
        features=draw(st.sampled_from([(), (), ("screen",)])),
        use=draw(st.sampled_from([None, None, "room"])),
    )
    groups = draw(st.sampled_from([(), ("staff", "members")]))
    return Question(within, length, draw(st.sampled_from([1, 1, 2])), wanted, groups)


@st.composite
def questions_about_slots(draw: st.DrawFn) -> Question:
    """At the bounds of slots mostly, of anybody."""
    start, end = sorted(
        draw(st.lists(st.sampled_from([0, 2, 6, 8, 12, 15, 18, 19, 20, 30, 40]), min_size=2, max_size=2, unique=True))
    )
    length = draw(st.sampled_from([None, None, 1, 3, 6, 9]))
    groups = draw(st.sampled_from([(), (), ("staff",), ("members",)]))
    if length is None:
        return Question(span(start, end), groups=groups)
    return Question(span(draw(st.integers(0, 9)), draw(st.integers(20, LONG))), minutes(length), groups=groups)


class Slow:
    """One space, asked minute by minute."""

    def __init__(self, one: Bookable, question: Question, index: BusyIndex, now: datetime) -> None:
        self.one, self.question, self.index, self.now = one, question, index, now
        self.fixed = question.length is None
        self.wanted = question.wanted

    def itself(self):
        space, terms, question = self.one.space, self.one.terms, self.question
        if terms.audience and not set(terms.audience) & set(question.groups):
            return NotYours
        if space.seats < question.filter.seats:
            return TooSmall
        if not question.filter.features <= terms.features:
            return LacksFeature
        if len(space.leaves) > 1 and question.units > 1:
            return OneUnit
        short = terms.shortest is not None and self.wanted < terms.shortest
        long = terms.longest is not None and self.wanted > terms.longest
        if self.runs() is None and (short or long or (terms.step and (self.wanted / terms.step) % 1)):
            return WrongLength
        if terms.in_a_row is not None and self.wanted > terms.in_a_row:
            return TooLongInARow
        return None

    def runs(self):
        """All that slots, joined in every way, make for whoever asks; nothing for those who book at any time."""
        terms, groups = self.one.terms, set(self.question.groups)
        if not terms.slots or terms.any_time & groups:
            return None
        mine = [one for one in terms.slots if not one.audience or one.audience & groups]
        single = {span(one.starts.minute, one.ends.minute) for one in mine}
        every = set(single)
        for _ in mine:
            every |= {Period(one.start, two.end) for one in every for two in single if one.end == two.start}
        return {one for one in every if one in single or not terms.longest or one.length <= terms.longest}

    def times(self):
        """The times to look at: those of each minute, or of each start of a slot the shortest that is long enough."""
        runs = self.runs()
        if runs is None or self.fixed:
            return [Period(start, start + self.wanted) for start in self.starts()]
        within = self.question.within
        most = self.one.terms.in_a_row or minutes(LONG)
        long = [one for one in runs if self.wanted <= one.length <= most]
        shortest = {one.start: one for one in sorted(long, key=lambda one: one.end, reverse=True)}
        found = [one for _, one in sorted(shortest.items())]
        return [one for one in found if within.start <= one.start and one.end <= within.end]

    def starts(self):
        within = self.question.within
        if self.fixed:
            return [within.start]
        first, last = within.start, within.end - self.wanted
        return [first + minutes(n) for n in range(int((last - first) / minutes(1)) + 1)] if last >= first else []

    def in_time(self, start):
        terms = self.one.terms
        if self.fixed:
            late = start + self.wanted <= self.now or (terms.notice and start < self.now + terms.notice)
        else:
            late = start < self.now + terms.notice
        return not late and (terms.horizon is None or start <= self.now + terms.horizon)

    def in_slot(self, period):
        runs = self.runs()
        return runs is None or period in runs

    def on_grid(self, start):
        if self.runs() is not None:
            return True
        midnight = start.replace(hour=0, minute=0)
        return self.one.terms.grid is None or (start - midnight) % self.one.terms.grid == minutes(0)

    def is_open(self, period):
        return self.one.calendar.is_open(period)

    def closed_itself(self, period):
        return any(c.period.overlaps(period) for leaf in self.one.space.leaves for c in self.index.leaf(leaf).closures)

    def unoccupied(self, period, before, after):
        wide = Period(period.start - before, period.end + after)
        whole = len(self.one.space.leaves) > 1
        if any(c.period.overlaps(wide) for leaf in self.one.space.leaves for c in self.index.leaf(leaf).closures):
            return False
        return all(self.index.fits(leaf, wide, self.question.units, whole=whole) for leaf in self.one.space.leaves)

    def may(self, period):
        timely = self.in_time(period.start) and self.on_grid(period.start) and self.in_slot(period)
        return timely and self.is_open(period) and not self.closed_itself(period)

    def answer(self):
        """The free period, or the class of the reason."""
        if (reason := self.itself()) is not None:
            return reason
        terms, times = self.one.terms, self.times()
        for one in times:
            if self.may(one) and self.unoccupied(one, terms.before, terms.after):
                return one
        bare = [one for one in times if self.may(one) and self.unoccupied(one, minutes(0), minutes(0))]
        return InBuffer if bare else None  # of the other reasons the first that holds for all starts: see below


@given(rooms(), taken(), questions(), st.integers(-10, 20))
@settings(max_examples=half(200), deadline=None)
def test_answers_are_those_of_a_slow_search(bookables, index, question, minute):
    """Each space is free at the first minute that suits in every way, or has a reason that is true of all minutes."""
    compare(bookables, index, question, at(minute))


def test_answers_about_slots_are_those_of_a_slow_search() -> None:
    """Whoever takes slots is given slots, or several in a row, by the same slow search; whoever does not, any time."""
    seen: Counter[object] = Counter()

    def law(bookables, index, question, minute) -> None:
        now = at(minute)
        free, reasons, misses = compare(bookables, index, question, now)
        slow = {one.space.id: Slow(one, question, index, now) for one in bookables}
        for id, period in free.items():
            runs = slow[id].runs()
            seen["any time" if runs is None else "slot" if period.length == question.wanted else "longer"] += 1
            assert runs is None or period in runs
        seen.update(type(why) for why in reasons.values())
        seen["instead"] += sum(isinstance(one.reason, OutsideSlots) for one in misses)

    values = given(rooms(SLOTTED), taken(), questions_about_slots(), st.integers(-10, 10))
    names = ("any time", "slot", "longer", "instead", OutsideSlots, IsFull, InBuffer, IsClosed, TooSoon, TooFar)
    until_seen(lambda how: how(values(law))(), settings(max_examples=half(200), deadline=None), seen, names)


def compare(bookables, index, question, now):
    """Hold the answer against the slow one; what is free, why the rest is not, and what nearly is."""
    found = Bookables(bookables).ask(question, index, now)
    free = {slot.space_id: slot.period for slot in found.free}
    asked = [one for one in bookables if question.filter.looks_at(one.space)]
    assert set(free) | set(found.reasons) == {one.space.id for one in asked}
    assert not set(free) & set(found.reasons)
    assert found.more == 0
    assert sum(found.counts.values()) == len(found.reasons)
    assert [s.period.start for s in found.free] == sorted(s.period.start for s in found.free)
    for one in asked:
        slow, space_id = Slow(one, question, index, now), one.space.id
        expected = slow.answer()
        if isinstance(expected, Period):
            assert free[space_id] == expected, space_id
            continue
        reason = found.reasons[space_id]
        if expected is not None:
            assert type(reason) is expected, space_id
            continue
        true_of_all = {
            TooSoon: lambda s, slow=slow: not slow.in_time(s.start),
            TooFar: lambda s, slow=slow: not slow.in_time(s.start),
            OffGrid: lambda s, slow=slow: not slow.on_grid(s.start),
            OutsideSlots: lambda s, slow=slow: not slow.in_slot(s),
            IsClosed: lambda s, slow=slow: not (slow.in_time(s.start) and slow.is_open(s)) or slow.closed_itself(s),
            IsFull: lambda s, slow=slow: not slow.may(s) or not slow.unoccupied(s, minutes(0), minutes(0)),
        }
        assert all(true_of_all[type(reason)](one) for one in slow.times()), (space_id, reason)
        if isinstance(reason, IsFull) and slow.fixed:
            assert reason.left < reason.wanted
    for miss in found.misses:
        assert miss.space_id in found.reasons
        assert found.reasons[miss.space_id] == miss.reason
        if miss.instead is not None:
            again = attrs.evolve(question, within=miss.instead, length=None, filter=Filter())
            (slot,) = (s for s in Bookables(bookables).ask(again, index, now).free if s.space_id == miss.space_id)
            assert slot.period == miss.instead
    return free, found.reasons, found.misses


@given(rooms(), taken(), questions(), st.integers(-10, 20), st.integers(1, 4))
@settings(max_examples=half(75), deadline=None)
def test_a_limit_gives_the_earliest(bookables, index, question, minute, limit):
    """With a limit come the earliest of the free times; every space asked about is free, refused or counted as more."""
    every = Bookables(bookables).ask(question, index, at(minute))
    some = Bookables(bookables).ask(attrs.evolve(question, limit=limit), index, at(minute))
    assert some.free == every.free[:limit]
    assert some.reasons.items() <= every.reasons.items()
    assert len(some.free) + len(some.reasons) + some.more == len(every.free) + len(every.reasons)
