"""A series of sessions with equipment and facilitators: claimed with each date, told once, changed and handed over."""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, NotFoundError, UnsuitableError
from support.houses import small_house
from support.houses.facilitated_house import claimed, furnished
from support.houses.planned_workshop import sessions
from support.houses.thursdays import THURSDAY, refused, week
from support.laws import house_laws

PLAN = c.PlanSessions(
    workshop_id="welding",
    day=THURSDAY,
    starts=time(17),
    ends=time(19),
    seats=4,
    rule="FREQ=WEEKLY",
    space_id="a",
    until=week(3),
    id="thu",
    facilitator_ids=["ada"],
    with_units={"projector": 2},
)


@pytest.fixture
def house():
    opened = furnished()
    yield opened
    house_laws.hold(opened.storage, opened.clock.now())
    house_laws.folds(opened.storage)
    house_laws.keeps_private(opened.storage, small_house.CANARIES)


def who(house):
    return [one.facilitator_ids for one in sessions(house)]


def test_each_date_claims_all_that_it_needs_and_the_facilitator_is_told_once(house):
    """Room, projectors and facilitator are claimed on every date in one change; of four dates one message goes out."""
    done = house.do(PLAN)
    assert done.messages == (("facilitations planned", "zoe"),)
    text = house.mail.messages[-1].text
    assert all(week(n).strftime("%Y-%m-%d 17:00") in text for n in range(4)), text
    for one in sessions(house):
        assert [(p.space_id, p.claim.units) for p in one.placed if p.space_id in ("projector", "ada")] == [
            ("projector", 2),
            ("ada", 1),
        ]
        assert (one.facilitator_ids, one.with_units) == (("ada",), (("projector", 2),))
    assert len(claimed(house)["ada"]) == 4
    assert len(house.cantine.read.facilitations("ada", small_house.period(0, 24 * 30, THURSDAY))) == 4


@pytest.mark.parametrize(
    ("taken", "why", "word"),
    [
        ({"facilitator_ids": ["ada"]}, "taken", small_house.CANARIES[0]),
        ({"with_units": {"projector": 2}}, "sold out", "Projectors"),
    ],
)
def test_a_date_of_which_a_part_is_missing_is_named(house, taken, why, word):
    """Where the facilitator is elsewhere, or projectors lack, the date is told, with what is free instead."""
    house.do(c.AddSession(workshop_id="talk", day=week(1), starts=time(18), ends=time(20), seats=5, **taken))
    (clash,) = refused(house, PLAN).clashes
    assert (clash.day, clash.why) == (week(1), why)
    assert word in clash.reason
    assert clash.nearest
    series = house.do(attrs.evolve(PLAN, skip=[week(1)])).value
    assert [one.session_id is None for one in series.dates] == [False, True, False, False]
    near = clash.nearest[0]
    there = {"facilitator_ids": ["ada"], "with_units": {"projector": 2}}
    starts, ends = (time(moment.hour + 1, moment.minute) for moment in (near.start, near.end))
    house.do(c.AddSession(workshop_id="welding", day=week(1), starts=starts, ends=ends, seats=4, space_id="a", **there))


def test_away_is_a_clash_of_that_date(house):
    """A facilitator whose hours do not reach the date is no reason to refuse the others."""
    found = refused(house, attrs.evolve(PLAN, starts=time(19), ends=time(21))).clashes
    assert [one.why for one in found] == ["outside hours"] * 4


def test_what_is_no_facilitator_or_no_equipment_is_refused_at_once(house):
    """What is wrong at any time is no clash of dates."""
    refused(house, attrs.evolve(PLAN, facilitator_ids=["a"]), UnsuitableError)
    refused(house, attrs.evolve(PLAN, with_units={"a": 1}), UnsuitableError)
    refused(house, attrs.evolve(PLAN, facilitator_ids=["nobody"]), NotFoundError)
    with pytest.raises(InputError):
        attrs.evolve(PLAN, facilitator_ids=[f"f{n}" for n in range(100)])


def test_somebody_takes_over(house):
    """From a day on another facilitates: those before keep theirs, those of their own too, both are told."""
    house.do(PLAN)
    house.do(c.MoveSession(sessions(house)[3].id, facilitator_ids=["ada", "bea"]))
    done = house.do(c.ChangeSessions("thu", from_day=week(1), facilitator_ids=["bea"]))
    assert who(house) == [("ada",), ("bea",), ("bea",), ("ada", "bea")]
    assert sorted(set(done.messages)) == [("facilitation planned", "bob"), ("facilitation withdrawn", "zoe")]
    assert {one.with_units for one in sessions(house)} == {(("projector", 2),)}
    house.do(c.ExtendSessions("thu", until=week(4)))
    assert who(house)[4] == ("bea",)


def test_all_after_this_and_following(house):
    """A change of all dates reaches those before an earlier change too, and what each had is free again."""
    house.do(PLAN)
    house.do(c.ChangeSessions("thu", from_day=week(2), facilitator_ids=["bea"]))
    house.do(c.ChangeSessions("thu", facilitator_ids=[], with_units={"projector": 3}))
    assert who(house) == [()] * 4
    found = claimed(house)
    assert {"ada", "bea"}.isdisjoint(found)
    assert [units for _, _, units in found["projector"]] == [3] * 4


def test_a_hand_over_to_somebody_who_is_taken_changes_nothing(house):
    """The dates on which the other is elsewhere are named, and nothing is stored."""
    house.do(PLAN)
    house.do(
        c.AddSession(workshop_id="sail", day=week(2), starts=time(18), ends=time(20), seats=5, facilitator_ids=["bea"])
    )
    (clash,) = refused(house, c.ChangeSessions("thu", facilitator_ids=["bea"])).clashes
    assert (clash.day, clash.why) == (week(2), "taken")


def test_what_was_left_out_is_had_later_with_all_of_it(house):
    """A date that is planned later claims what the series planned for it; the facilitator is told."""
    other = house.do(
        c.AddSession(workshop_id="talk", day=week(1), starts=time(18), ends=time(20), seats=5, facilitator_ids=["ada"])
    ).value
    house.do(attrs.evolve(PLAN, skip=[week(1)]))
    house.do(c.CancelSession(other.id, reason="the talk is off"))
    done = house.do(c.PlanSkipped("thu"))
    assert ("facilitations planned", "zoe") in done.messages
    assert who(house) == [("ada",)] * 4


def test_what_is_carried_on_is_told_and_decided(house):
    """The facilitator is told once of the further dates, and each of them is decided in time."""
    house.do(attrs.evolve(PLAN, minimum=1, decide_before=timedelta(days=1)))
    done = house.do(c.ExtendSessions("thu", until=week(5)))
    assert done.messages == (("facilitations planned", "zoe"),)
    for further in sessions(house)[4:]:
        house.clock.set(further.decide_at)
        while house.cantine.run_due().done:
            pass
        assert house.get(m.Session, further.id).state == "cancelled"


def test_cancelling_frees_all_of_it(house):
    """Cancelled dates hold neither the projectors nor the facilitator, who is told of each."""
    house.do(PLAN)
    done = house.do(c.CancelSessions("thu", reason="the kiln is broken"))
    assert [to for name, to in done.messages if name == "facilitation cancelled"] == ["zoe"] * 4
    assert {"a1", "a2", "projector", "ada"}.isdisjoint(claimed(house))


def test_a_long_series_loads_in_few_round_trips(house):
    """Forty Thursdays with a room of two parts, projectors and two facilitators read in at most five batches."""
    reads = 0
    load = house.storage.load

    def counted(keys):
        nonlocal reads
        reads += 1
        return load(keys)

    house.storage.load = counted
    plan = attrs.evolve(PLAN, until=None, rule="FREQ=WEEKLY;COUNT=40", facilitator_ids=["ada", "bea"])
    house.cantine._engine.run(plan, "ana")
    assert reads <= 5
    reads = 0
    house.cantine._engine.run(c.ChangeSessions("thu", starts=time(16), ends=time(18)), "ana")
    assert reads <= 5
    assert date(2026, 11, 26) + timedelta(weeks=39) == sessions(house)[-1].starts.day
