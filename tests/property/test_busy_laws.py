"""The busy index beside a list that is looked through minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cantinekit import records as m
from cantinekit import scheduling
from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.scheduling.availability import BusyIndex
from cantinekit.scheduling.availability._index import free_of
from support.run.soak import scaled

BASE = datetime(2026, 3, 1, tzinfo=UTC)
LONG = 48
"""The length of the little world, in minutes."""
SPACES = {"a": 1, "b": 1, "c": 1, "d": 3, "e": 0}


def at(n: int) -> datetime:
    return BASE + timedelta(minutes=n)


def span(a: int, b: int) -> Period:
    return Period(at(a), at(b))


@st.composite
def rows(draw: st.DrawFn) -> list[tuple[str, int, int, int]]:
    """Spans of any spaces: some overlap in rooms of one, some take a space whole."""
    found = []
    for _ in range(draw(st.integers(0, 24))):
        start = draw(st.integers(0, LONG - 1))
        units = draw(st.sampled_from([1, 1, 1, 1, 2, m.WHOLE]))
        found.append((draw(st.sampled_from(list(SPACES))), start, draw(st.integers(start + 1, LONG)), units))
    return found


@st.composite
def quiet_rows(draw: st.DrawFn) -> list[tuple[str, int, int, int]]:
    """Spans as bookings make them: one at a time in a room of one."""
    found = []
    for space_id in SPACES:
        cuts = sorted(draw(st.lists(st.integers(0, LONG), max_size=12, unique=True)))
        found += [(space_id, a, b, 1) for a, b in pairwise(cuts) if draw(st.booleans())]
    return draw(st.permutations(found))


ROWS = st.one_of(rows(), quiet_rows())


@st.composite
def periods(draw: st.DrawFn) -> tuple[int, int]:
    start = draw(st.integers(-5, LONG + 4))
    return start, draw(st.integers(start + 1, LONG + 8))


def index_of(found):
    return BusyIndex.from_rows([(id, at(a), at(b), units) for id, a, b, units in found], SPACES)


def taken(found, space_id, minute):
    return sum(units for id, a, b, units in found if id == space_id and a <= minute < b)


def fits(found, space_id, a, b, units):
    return max(taken(found, space_id, n) for n in range(a, b)) + units <= SPACES[space_id]


@given(ROWS, periods(), st.sampled_from([1, 1, 2]))
@settings(max_examples=scaled(150), deadline=None)
def test_peaks_and_free_spaces_are_those_of_a_brute_force(found, within, units):
    """The peak is the fullest minute, and free are the spaces in which the units fit in every minute; columns agree."""
    index, (a, b) = index_of(found), within
    for space_id in SPACES:
        assert index.peak(space_id, span(a, b)) == max(taken(found, space_id, n) for n in range(a, b))
        assert index.fits(space_id, span(a, b), units) == fits(found, space_id, a, b, units)
        empty = all(taken(found, space_id, n) == 0 for n in range(a, b))
        assert index.fits(space_id, span(a, b), whole=True) == (empty and SPACES[space_id] > 0)
    expected = [space_id for space_id in SPACES if fits(found, space_id, a, b, units)]
    assert index.free(span(a, b), units) == expected
    assert index.columns().free(span(a, b), units) == expected
    some = ("d", "b", "a")
    assert index.free(span(a, b), units, some) == [space_id for space_id in some if space_id in expected]
    assert index.columns(some).free(span(a, b), units) == index.free(span(a, b), units, some)


@given(ROWS, st.lists(periods(), min_size=1, max_size=3), st.integers(1, 12), st.sampled_from([1, 1, 2]))
@settings(max_examples=scaled(150), deadline=None)
def test_the_first_free_time_is_that_of_a_brute_force(found, windows, length, units):
    """The earliest time within the windows in order, of the first space that has it; and the earliest of each space."""
    windows = [one for n, one in enumerate(sorted(windows)) if all(one[0] >= p[1] for p in sorted(windows)[:n])]
    index, long = index_of(found), timedelta(minutes=length)
    firsts = {}
    for space_id in SPACES:
        for a, b in windows:
            starts = [n for n in range(a, b - length + 1) if fits(found, space_id, n, n + length, units)]
            if starts and space_id not in firsts:
                firsts[space_id] = span(starts[0], starts[0] + length)
    asked = [span(a, b) for a, b in windows]
    assert index.firsts(asked, long, units) == firsts
    order = list(SPACES)
    expected = min(firsts.items(), key=lambda one: (one[1].start, order.index(one[0])), default=None)
    assert index.first_free(asked, long, units) == expected
    assert index.columns().first_free(asked, long, units) == expected
    enough = index.firsts(asked, long, units, enough=1)
    assert enough.items() <= firsts.items()
    if expected is not None:
        assert min(enough.values()) == expected[1]


@given(ROWS, periods(), st.integers(1, 8), st.integers(2, 7), st.integers(0, 6), st.integers(0, 2))
@settings(max_examples=scaled(100), deadline=None)
def test_a_first_time_on_a_grid_is_that_of_a_brute_force(found, within, length, step, origin, most):
    """With a grid the earliest start is the first whole step at which at most so much is taken for so long."""
    index, (a, b) = index_of(found), within
    minute = 60_000_000
    zero = int(BASE.timestamp()) * 1_000_000
    for space_id in SPACES:
        expected = [
            n
            for n in range(a, b - length + 1)
            if (n - origin) % step == 0 and max(taken(found, space_id, k) for k in range(n, n + length)) <= most
        ]
        first = index.leaf(space_id).first(
            zero + a * minute, zero + b * minute, length * minute, most, step * minute, zero + origin * minute
        )
        assert first == (zero + expected[0] * minute if expected else None)
        free = free_of(index.leaf(space_id), span(a, b), most)
        minutes = {n for n in range(a, b) if taken(found, space_id, n) <= most}
        assert {(p.start - BASE) // timedelta(minutes=1) + k for p in free for k in range(p.minutes)} == minutes
        assert all(p.end < q.start for p, q in pairwise(free))


@given(ROWS, st.data())
@settings(max_examples=scaled(100), deadline=None)
def test_what_is_taken_off_again_leaves_no_trace(found, data):
    """However an index came to its content, row by row or at once, and whatever went again: it is equal."""
    index = BusyIndex()
    for space_id, capacity in SPACES.items():
        index.set_space(space_id, capacity)
    more = data.draw(ROWS)
    steps = data.draw(st.permutations([(*row, True) for row in found] + [(*row, False) for row in more]))
    for space_id, a, b, units, _ in steps:
        index.add(space_id, at(a), at(b), units)
    assert index == index_of([*found, *more])
    for space_id, a, b, units, stays in data.draw(st.permutations(steps)):
        if not stays:
            index.remove(space_id, at(a), at(b), units)
    assert index == index_of(found)


@given(rows())
@settings(max_examples=scaled(50), deadline=None)
def test_nothing_is_given_back_that_was_not_taken(found):
    """More than is taken cannot be given back, at no moment; what is refused changes nothing."""
    index = index_of(found)
    for space_id in SPACES:
        for a, b in ((0, LONG), (3, 9)):
            low = min(taken(found, space_id, n) for n in range(a, b))
            with pytest.raises(InputError, match="less than that is taken"):
                index.remove(space_id, at(a), at(b), low + 1)
    assert index == index_of(found)
    for a, b, units in ((5, 5, 1), (5, 4, 1), (1, 2, 0)):
        with pytest.raises(InputError):
            index.add("a", at(a), at(b), units)


@given(ROWS, periods(), st.integers(1, 3), st.integers(0, 4), st.booleans())
@settings(max_examples=scaled(75), deadline=None)
def test_a_booking_and_a_free_time_go_by_one_rule(found, within, units, capacity, whole):
    """What the sweep over claims says fits, the index says fits, for units and for whole spaces."""
    claims = [m.Claim(f"c{n}", at(a), at(b), u) for n, (id, a, b, u) in enumerate(found) if id == "d"]
    index = BusyIndex.from_rows([("d", c.start, c.end, c.units) for c in claims], {"d": capacity})
    peak = scheduling.peak(((c.start, c.end, c.units) for c in claims), span(*within))
    assert index.peak("d", span(*within)) == peak
    assert index.fits("d", span(*within), units, whole=whole) == scheduling.fits(peak, capacity, units, whole=whole)
    if not whole:
        left = scheduling.units_left(claims, capacity, span(*within))
        assert scheduling.fits(peak, capacity, units) == (left >= units)


class Claims(RuleBasedStateMachine):
    """Claims that are put, moved, dropped and run out, beside a dictionary."""

    @initialize()
    def begin(self) -> None:
        self.index, self.held, self.now = BusyIndex(BASE), {}, 0
        for space_id, capacity in SPACES.items():
            self.index.set_space(space_id, capacity)

    @rule(
        space=st.sampled_from(list(SPACES)),
        name=st.integers(0, 5),
        within=periods(),
        hold=st.one_of(st.none(), st.integers(1, 30)),
    )
    def put(self, space, name, within, hold):
        expires = None if hold is None else at(self.now + hold - 5)
        claim = m.Claim(f"c{name}", at(within[0]), at(within[1]), 1, expires)
        self.index.put(m.Placed(space, claim))
        self.held[space, claim.id] = claim

    @rule(space=st.sampled_from(list(SPACES)), name=st.integers(0, 5))
    def drop(self, space, name):
        self.index.drop(space, f"c{name}")
        self.held.pop((space, f"c{name}"), None)

    @rule(name=st.integers(0, 5))
    def drop_all(self, name):
        self.index.drop_all(f"c{name}")
        self.held = {key: claim for key, claim in self.held.items() if key[1] != f"c{name}"}

    @rule(minutes=st.integers(0, 9))
    def wait(self, minutes):
        self.now += minutes
        self.index.advance(at(self.now))

    @invariant()
    def says_what_is_live(self):
        live = [(key[0], c.start, c.end, 1) for key, c in self.held.items() if c.live(at(self.now))]
        assert self.index == BusyIndex.from_rows(live, SPACES)


TestClaims = Claims.TestCase
TestClaims.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
