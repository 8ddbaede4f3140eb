"""Claims on pages made by hand: what fits, what still stands, what is open, and what is proposed instead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.clock import Period, WallTime
from cantinekit.domain.occupancy import claims
from cantinekit.domain.occupancy.pages import put_claims, re_expire
from cantinekit.domain.state import Load, State, UnloadedError
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import ClosedError, ConflictError, InputError, RefusedError, SoldOutError, UnsuitableError
from cantinekit.scheduling.opening import OpeningCalendar
from support.houses.small_house import HOURS, START, period, utc
from support.houses.states_by_hand import DESKS, PLACE, ROOM, WHOLE_ROOM, state

OPEN = attrs.evolve(PLACE, hours=HOURS)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""The days of 23 and of 25 hours in Paris."""
ALL_DAY = m.OpenHours.weekly(range(7), time(0), time(0))


def paris(day: date, hour: int, minute: int = 0) -> datetime:
    return WallTime(day, time(hour, minute), "Europe/Paris").instant


def known(space: m.Space, around: Period, *, capacity: int = 1, **standing: object) -> State:
    """A state in which the pages of a space around a period were looked for and are empty."""
    wide = Period(around.start - timedelta(days=1), around.end + timedelta(days=1))
    pages = [m.StandingPage(m.standing_id(leaf), leaf, capacity, **standing) for leaf in space.leaves]  # type: ignore[arg-type]
    absent = [(m.OccupancyPage, id) for leaf in space.leaves for id in claims.page_ids(leaf, wide)]
    return state(*pages, absent=absent)


def claimed(
    at: State, space: m.Space, within: Period, id: str = "other", units: int = 1, expires: datetime | None = None
) -> State:
    """The state with a claim of a space put on its pages."""
    placed = claims.place_claims(space, id, within, units, expires)
    return at.put(put_claims(at, placed, utc(0, day=date(2026, 1, 1))))


def fits(at: State, space: m.Space, within: Period, units: int = 1, *, now: datetime = START) -> None:
    claims.check_free(at, space, OPEN, claims.place_claims(space, "mine", within, units, None), now)


# --- the pages that a claim needs ------------------------------------------------------------------------------------


def test_a_claim_is_on_a_page_for_each_utc_day_that_it_touches() -> None:
    """An end at midnight does not touch the next day; a minute past midnight does."""
    assert list(claims.page_ids("b", period(9, 24))) == ["b|2026-11-24"]
    assert list(claims.page_ids("b", period(9, 24 + 1 / 60))) == ["b|2026-11-24", "b|2026-11-25"]


@pytest.mark.parametrize(("extra", "long"), [(timedelta(0), False), (timedelta.resolution, True)])
def test_more_than_62_days_are_long(extra: timedelta, long: bool) -> None:
    """62 days exactly are still on the pages of their days."""
    assert claims.is_long(START, START + timedelta(days=m.LONG_CLAIM_DAYS) + extra) is long


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 11, 24), 24)])
def test_local_days_are_as_long_as_they_are(day: date, hours: int) -> None:
    """The local day of a period is 23, 24 or 25 hours long, and an end at its midnight stays in it."""
    noon = Period(paris(day, 12), paris(day, 13))
    whole = claims.local_days(noon, "Europe/Paris")
    assert whole.length == timedelta(hours=hours)
    assert claims.local_days(whole, "Europe/Paris") == whole


def test_a_booking_takes_each_part_of_a_room_whole() -> None:
    """A room of parts is on the page of each of them, whatever their capacity; a plain one takes its units."""
    placed = claims.place_claims(WHOLE_ROOM, "x", period(9, 10), 1, None)
    assert [(one.space_id, one.claim.whole) for one in placed] == [("a1", True), ("a2", True)]
    (one,) = claims.place_claims(DESKS, "x", period(9, 10), 3, START)
    assert (one.space_id, one.claim.units, one.claim.whole, one.claim.expires) == ("open", 3, False, START)


def test_a_room_of_parts_is_one_unit() -> None:
    """Two units of a room that is made of parts make no sense."""
    with pytest.raises(UnsuitableError, match="Grande salle"):
        claims.place_claims(WHOLE_ROOM, "x", period(9, 10), 2, None)


def test_re_expire_changes_the_end_of_the_hold_alone() -> None:
    """Everything else of a claim stays, on each leaf."""
    placed = claims.place_claims(WHOLE_ROOM, "x", period(9, 10), 1, START)
    kept = re_expire(placed, None)
    assert [one.claim.expires for one in kept] == [None, None]
    assert re_expire(kept, START) == placed


def wishes(leaves: Iterable[str], within: Period) -> Load:
    return next(claims.read_pages(Uow(State(), START, str), leaves, within))  # type: ignore[return-value]


def test_pages_for_proposals_are_read_and_not_relied_on() -> None:
    """The days around a short booking come in the same batch, spare; its own days and the standing page do not."""
    asked = wishes(["b"], period(9, 10))
    assert {key.id for key in asked.keys} == {"b|always", "b|2026-11-23", "b|2026-11-24", "b|2026-11-25"}
    assert {key.id for key in asked.spare} == {"b|2026-11-23", "b|2026-11-25"}


def test_a_longer_booking_reads_its_own_days_only() -> None:
    """Beyond two days nothing is proposed, so nothing more is read."""
    asked = wishes(["b"], period(0, 49))
    assert {key.id for key in asked.keys} == {"b|always", "b|2026-11-24", "b|2026-11-25", "b|2026-11-26"}
    assert not asked.spare


def test_a_booking_of_years_is_refused_before_anything_is_read() -> None:
    """Two years are the longest: one moment more is malformed."""
    longest = Period(START, START + timedelta(days=m.MAX_BOOKING_DAYS))
    assert len(wishes(["b"], longest).keys) == m.MAX_BOOKING_DAYS + 2
    with pytest.raises(InputError, match="732 days"):
        wishes(["b"], Period(START, longest.end + timedelta.resolution))


# --- whether claims stand --------------------------------------------------------------------------------------------

LONG = Period(START, START + timedelta(days=63))
SEVERAL = Period(utc(22), utc(22) + timedelta(days=2))


@pytest.mark.parametrize("within", [period(9, 10), SEVERAL, LONG], ids=["hour", "days", "long"])
@pytest.mark.parametrize("space", [ROOM, WHOLE_ROOM], ids=["room", "parts"])
def test_a_claim_stands_while_it_is_on_every_page(within: Period, space: m.Space) -> None:
    """On all its pages it stands; dropped from any one of them it does not."""
    placed = claims.place_claims(space, "mine", within, 1, None)
    at = claimed(known(space, within), space, within, "mine")
    assert claims.still_claimed(at, placed, START)
    carrying = [
        record
        for record in at.records.values()
        if isinstance(record, m.OccupancyPage | m.StandingPage) and record.claims
    ]
    expected = len(space.leaves) * (1 if within is LONG else len(list(within.days())))
    assert len(carrying) == expected
    for page in carrying:
        assert not claims.still_claimed(at.put([attrs.evolve(page, claims=())]), placed, START)


def test_a_claim_whose_page_is_not_there_does_not_stand() -> None:
    """A page that does not exist holds no claim."""
    placed = claims.place_claims(ROOM, "mine", period(9, 10), 1, None)
    assert not claims.still_claimed(known(ROOM, period(9, 10)), placed, START)


@pytest.mark.parametrize(("lapse", "stands"), [(-1, True), (0, False), (1, False)])
def test_a_hold_stands_up_to_its_end(lapse: int, stands: bool) -> None:
    """At the instant at which a hold expires it is over."""
    at = claimed(known(ROOM, period(9, 10)), ROOM, period(9, 10), "mine", expires=START)
    placed = claims.place_claims(ROOM, "mine", period(9, 10), 1, START)
    assert claims.still_claimed(at, placed, START + timedelta(seconds=lapse)) is stands


def test_no_claims_always_stand() -> None:
    """What claims nothing (a session without a room) can always be had."""
    assert claims.still_claimed(state(), (), START)
    assert claims.can_claim(state(), ROOM, OPEN, (), START)


def test_a_page_that_was_not_loaded_is_a_fault_not_a_free_page() -> None:
    """To look at a page that the reads forgot raises instead of finding it free."""
    with pytest.raises(UnloadedError):
        claims.still_claimed(state(), claims.place_claims(ROOM, "mine", period(9, 10), 1, None), START)


@pytest.mark.parametrize(("other", "can"), [(period(9.5, 11), False), (period(10, 11), True)])
def test_a_hold_that_ran_out_can_be_had_again_while_nobody_has_it(other: Period, can: bool) -> None:
    """A payment that comes late gets the claims where they are still free; its own old claim is not in the way."""
    at = claimed(known(ROOM, period(9, 10)), ROOM, period(9, 10), "mine", expires=START)
    at = claimed(at, ROOM, other)
    placed = claims.place_claims(ROOM, "mine", period(9, 10), 1, START)
    assert claims.can_claim(at, ROOM, OPEN, placed, START + timedelta(hours=1)) is can


# --- whether it is free ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "free"),
    [(period(8, 9), True), (period(8, 9.25), False), (period(10, 11), True), (period(9.25, 9.5), False)],
)
def test_half_open_periods_may_touch(other: Period, free: bool) -> None:
    """What ends as the other begins fits; any overlap is refused with what is in the way."""
    at = claimed(known(ROOM, period(9, 10)), ROOM, other)
    if free:
        fits(at, ROOM, period(9, 10))
        return
    with pytest.raises(ConflictError) as caught:
        fits(at, ROOM, period(9, 10))
    assert caught.value.clashes == (other,)


def test_a_claim_of_another_day_of_a_long_booking_is_in_the_way() -> None:
    """Every day of a booking is looked at, not its first and last alone."""
    within = period(9, 9 + 72)
    middle = Period(START + timedelta(days=2), START + timedelta(days=2, hours=1))
    with pytest.raises(ConflictError) as caught:
        fits(claimed(known(ROOM, within), ROOM, middle), ROOM, within)
    assert caught.value.clashes == (middle,)


def test_a_claim_on_the_standing_page_is_in_the_way_of_a_short_one() -> None:
    """A resident's desk of months stands against an hour within it."""
    at = claimed(known(ROOM, LONG), ROOM, LONG)
    inside = Period(START + timedelta(days=30), START + timedelta(days=30, hours=1))
    with pytest.raises(ConflictError):
        fits(at, ROOM, inside)


def test_a_hold_that_ran_out_is_not_in_the_way() -> None:
    """At the instant of its expiry a hold is free to take, though it is on the page."""
    at = claimed(known(ROOM, period(9, 10)), ROOM, period(9, 10), expires=START)
    fits(at, ROOM, period(9, 10), now=START)
    with pytest.raises(ConflictError):
        fits(at, ROOM, period(9, 10), now=START - timedelta.resolution)


def test_the_peak_counts_and_not_the_number_of_claims() -> None:
    """Two claims one after the other leave the second desk free throughout."""
    at = known(DESKS, period(9, 12), capacity=2)
    at = claimed(claimed(at, DESKS, period(9, 10), "one"), DESKS, period(10, 12), "two")
    fits(at, DESKS, period(9, 12))
    with pytest.raises(SoldOutError) as caught:
        fits(at, DESKS, period(9, 12), 2)
    assert (caught.value.wanted, caught.value.left) == (2, 1)


@pytest.mark.parametrize("units", [3, m.WHOLE], ids=["more than is left", "whole"])
def test_a_refusal_never_says_that_fewer_than_none_are_left(units: int) -> None:
    """Where more is taken than there is to be, by a narrowing that is announced or by somebody who has all of it, none
    are left."""
    at = known(DESKS, period(9, 10), capacity=3, narrowing=m.Narrowing("nar", capacity=1))
    taken = m.Placed("open", m.Claim("other", utc(9), utc(10), units))
    with pytest.raises(SoldOutError) as caught:
        fits(at.put(put_claims(at, [taken], START)), DESKS, period(9, 10))
    assert (caught.value.wanted, caught.value.left) == (1, 0)


def test_a_whole_claim_needs_a_leaf_that_nobody_has_a_part_of() -> None:
    """A room of parts does not fit beside a claim on a part, though units of that part are left."""
    at = claimed(
        known(WHOLE_ROOM, period(9, 10), capacity=5),
        attrs.evolve(ROOM, id="a2", leaves=("a2",)),
        period(9, 10),
    )
    with pytest.raises(ConflictError):
        fits(at, WHOLE_ROOM, period(9, 10))
    fits(at, WHOLE_ROOM, period(10, 11))


CLOSURE = m.Closure("cls", period(12, 13), "works")


@pytest.mark.parametrize("announced", [False, True])
def test_a_closure_binds_once_it_is_announced(announced: bool) -> None:
    """A closure refuses with its reason, also before it is confirmed; up to it and after it there is no bar."""
    closed = {"narrowing": m.Narrowing("n", closure=CLOSURE)} if announced else {"closures": (CLOSURE,)}
    at = known(ROOM, period(9, 18), **closed)
    with pytest.raises(ClosedError, match="works"):
        fits(at, ROOM, period(11, 12.5))
    fits(at, ROOM, period(11, 12))
    fits(at, ROOM, period(13, 14))


def test_less_capacity_binds_once_it_is_announced() -> None:
    """While a narrowing is under way the smaller number holds for new claims."""
    at = known(DESKS, period(9, 10), capacity=3, narrowing=m.Narrowing("n", capacity=1))
    fits(at, DESKS, period(9, 10))
    with pytest.raises(SoldOutError):
        fits(at, DESKS, period(9, 10), 2)


def test_desks_without_capacity_are_in_conflict_and_not_sold_out() -> None:
    """Where no unit exists at all there is nothing that could have been sold."""
    with pytest.raises(ConflictError):
        fits(known(DESKS, period(9, 10), capacity=0), DESKS, period(9, 10))


# --- what is proposed ------------------------------------------------------------------------------------------------

busy = st.lists(
    st.tuples(st.integers(32, 72), st.integers(1, 12), st.integers(1, 3)), min_size=1, max_size=8
)  # quarters of an hour of the UTC day, lengths, units


@given(busy, st.integers(36, 60), st.integers(2, 12), st.integers(1, 3), st.booleans())
def test_what_is_proposed_is_really_free(
    taken: list[tuple[int, int, int]], start: int, length: int, units: int, closed: bool
) -> None:
    """Each proposal is of the length that was asked, in the future and in the opening hours, and is accepted."""
    wanted = period(start / 4, (start + length) / 4)
    closures = (CLOSURE,) if closed else ()
    at = known(DESKS, wanted, capacity=3, closures=closures)
    for number, (begin, quarters, size) in enumerate(taken):
        at = claimed(at, DESKS, period(begin / 4, (begin + quarters) / 4), f"c{number}", size)
    try:
        fits(at, DESKS, wanted, units)
        return
    except RefusedError as error:
        caught = error
    if isinstance(caught, ClosedError):
        return
    assert isinstance(caught, SoldOutError)
    for near in caught.nearest:
        assert near.length == wanted.length
        assert near.start >= START
        assert _accepted(at, near, units)
    slots = [period(q / 4, (q + length) / 4) for q in range(34, 96 - length)]
    possible = [abs(slot.start - wanted.start) for slot in slots if _accepted(at, slot, units)]
    found = [abs(near.start - wanted.start) for near in caught.nearest]
    assert bool(found) == bool(possible), "a proposal is made whenever a quarter of an hour would do"
    assert not found or found[0] <= min(possible)


def _accepted(at: State, slot: Period, units: int) -> bool:
    try:
        claims.check_open(OPEN, slot)
        fits(at, DESKS, slot, units)
    except RefusedError:
        return False
    return True


def test_proposals_for_a_room_of_parts_are_free_in_every_part() -> None:
    """What is free in one part alone is not offered."""
    at = known(WHOLE_ROOM, period(9, 10))
    for leaf, within in (("a1", period(8, 12)), ("a2", period(12, 15))):
        at = claimed(at, attrs.evolve(ROOM, id=leaf, leaves=(leaf,)), within, f"on-{leaf}")
    with pytest.raises(ConflictError) as caught:
        fits(at, WHOLE_ROOM, period(9, 10))
    assert caught.value.nearest[0] == period(15, 16)


def test_where_the_pages_of_the_day_are_not_known_nothing_is_proposed() -> None:
    """Nothing is guessed: without the pages of the local day a refusal comes without proposals."""
    within = period(9, 10)
    standing = m.StandingPage("b|always", "b", 1)
    at = claimed(state(standing, absent=[(m.OccupancyPage, "b|2026-11-24")]), ROOM, within)
    with pytest.raises(ConflictError) as caught:
        fits(at, ROOM, within)
    assert caught.value.nearest == ()


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_proposals_on_the_day_of_a_clock_change(day: date) -> None:
    """On days of 23 and 25 hours proposals stay within the local day and its opening hours."""
    place = attrs.evolve(PLACE, hours=ALL_DAY)
    wanted = Period(paris(day, 0, 30), paris(day, 0, 30) + timedelta(hours=2))
    at = claimed(known(ROOM, wanted), ROOM, wanted)
    placed = claims.place_claims(ROOM, "mine", wanted, 1, None)
    with pytest.raises(ConflictError) as caught:
        claims.check_free(at, ROOM, place, placed, datetime(2026, 1, 1, tzinfo=UTC))
    local = claims.local_days(wanted, "Europe/Paris")
    assert caught.value.nearest
    for near in caught.value.nearest:
        assert near.length == timedelta(hours=2)
        assert local.start <= near.start
        assert near.end <= local.end
        claims.check_free(at, ROOM, place, claims.place_claims(ROOM, "mine", near, 1, None), START)


# --- opening hours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("within", "is_open"),
    [
        (period(8, 17), True),  # 09:00 to 18:00 in Paris
        (period(7.99, 9), False),
        (period(16, 17.01), False),
        (period(8, 8 + 24 + 1), True),  # from an open hour to an open hour of the next day
        (period(8, 24), False),  # ends at one in the morning
        (period(7, 8 + 24 + 1), False),  # begins before it opens
        (period(9, 17 + 24), True),  # ends as it closes, on the next day
    ],
)
def test_a_booking_keeps_to_the_opening_hours(within: Period, is_open: bool) -> None:
    """Within a day throughout, over several days at both ends."""
    if is_open:
        claims.check_open(OPEN, within)
    else:
        with pytest.raises(ClosedError, match="Paris"):
            claims.check_open(OPEN, within)


def test_a_break_at_noon_is_not_booked_through() -> None:
    """Within one day a booking over the lunch break is refused, before and after it is not."""
    hours = (*m.OpenHours.weekly(range(7), time(9), time(12)), *m.OpenHours.weekly(range(7), time(14), time(18)))
    place = attrs.evolve(PLACE, hours=hours)
    claims.check_open(place, period(8, 11))
    claims.check_open(place, period(13, 17))
    with pytest.raises(ClosedError):
        claims.check_open(place, period(10, 14))


def test_a_place_without_hours_is_always_open() -> None:
    """No hours, no refusal: in the night and over the clock change."""
    for day in (SPRING, AUTUMN):
        claims.check_open(PLACE, Period(paris(day, 1), paris(day, 1) + timedelta(hours=5)))


@pytest.mark.parametrize(("day", "opens"), [(SPRING, 7), (AUTUMN, 8), (date(2026, 11, 24), 8), (date(2026, 7, 1), 7)])
def test_opening_hours_follow_the_wall_clock(day: date, opens: int) -> None:
    """Nine in the morning in Paris is another hour in UTC from the very day of the change on."""
    claims.check_open(OPEN, period(opens, opens + 9, day))
    with pytest.raises(ClosedError):
        claims.check_open(OPEN, period(opens - 0.25, opens + 1, day))
    with pytest.raises(ClosedError):
        claims.check_open(OPEN, period(opens + 8, opens + 9.25, day))


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 95), st.integers(1, 96))
def test_open_within_a_day_is_open_at_every_quarter(day: date, start: int, length: int) -> None:
    """The rule for one local day agrees with looking at the wall clock every quarter of an hour."""
    within = period(start / 4, (start + length) / 4, day)
    first, last = (moment.date() for moment in _wall(within))
    if first != last:
        return
    quarters = [within.start + timedelta(minutes=15) * n for n in range(length)]
    expected = all(time(9) <= moment.time() < time(18) for moment in (_local(quarter) for quarter in quarters))
    assert _is_open(within) is expected


def _local(moment: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo("Europe/Paris"))


def _wall(within: Period) -> tuple[datetime, datetime]:
    return _local(within.start), _local(within.end - timedelta.resolution)


def _is_open(within: Period) -> bool:
    try:
        claims.check_open(OPEN, within)
    except ClosedError:
        return False
    assert OpeningCalendar("Europe/Paris", HOURS).is_open(within)
    return True
