"""Any order of decisions, clocks five minutes apart, any wait between reading and storing: nothing is sold twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.commands import DecideSession
from cantinekit.plugins.ports import Storage
from support.houses import expiring_holds
from support.houses.small_house import PERSONS, START
from support.laws import house_laws
from support.races import many_clocks, read_before
from support.races.many_clocks import World
from support.run.soak import half, scaled, until_seen

Judge = Callable[[Storage], list[str]]
HOW = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def live(program: tuple[Any, ...], seen: Counter[str], *judges: Judge) -> World:
    """Let a program run, and judge what is stored after each step of it."""
    clocks, opening, deeds = program
    world = World(clocks, seen)
    steps = [*(("do", 0, *one) for one in opening), *deeds]
    steps += [("store", 0, "end", 0, number) for number in range(len(deeds))]
    for step in steps:
        world.deed(*step)
        for judge in judges:
            assert judge(world.storage) == [], (step, judge.__name__)
    return world


def test_nothing_is_sold_twice_by_any_clock(capsys):
    """Whatever is held, taken, promoted, moved, paid and ended by processes whose clocks are apart, and however long
    each waits before it stores what it decided: never are more seats or units sold than there are, nor do more stand
    on the rows, holds that are over among them; and folding the journal gives these rows."""
    seen = Counter[str]()

    def law(how: Callable[[Any], Any]) -> None:
        @how
        @given(many_clocks.PROGRAM)
        def _law(program: tuple[Any, ...]) -> None:
            world = live(program, seen, expiring_holds.sold_twice, expiring_holds.overfull)
            house_laws.folds(world.storage)

        _law()

    until_seen(law, settings(HOW, max_examples=half(120)), seen, many_clocks.SEEN)
    with capsys.disabled():
        print("\nclocks: " + ", ".join(f"{seen[name]} x {name}" for name in many_clocks.SEEN))


@pytest.mark.parametrize("left", ["seats", "pages"])
@pytest.mark.parametrize(
    "judge", [expiring_holds.sold_twice, expiring_holds.overfull], ids=lambda judge: judge.__name__
)
def test_the_law_sees_what_is_left_on_its_row(monkeypatch, left, judge):
    """Control: where what is taken for over stays where it stands, the law fails soon: by what stands on the rows, and
    by what is sold for good."""
    expiring_holds.leave_holds(monkeypatch, seats=left == "seats", pages=left == "pages")
    examples = 0

    @settings(HOW, max_examples=3000, phases=[Phase.generate])
    @given(many_clocks.PROGRAM)
    def law(program: tuple[Any, ...]) -> None:
        nonlocal examples
        examples += 1
        live(program, Counter(), judge)

    with pytest.raises(AssertionError):
        law()
    print(f"{left}, {judge.__name__}: seen in example {examples}")


WAITS = (timedelta(milliseconds=1), timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=1))


def _at_the_edges(world: World) -> None:
    """What is done at the instants at which sessions are decided, begin and end."""
    house = world.houses[0]
    for minutes in (20, 36):
        house.clock.set(max(house.clock.now(), START + timedelta(minutes=minutes)))
        world._run(house, c.DecideSession("min"))
    session = house.get(m.Session, "ses")
    for at in (session.period.start, session.period.end):
        house.clock.set(at)
        offers = [one.id for one in house.all(m.Registration) if (one.state, one.charge_id) == ("held", None)]
        for command in (
            c.MoveSession("ses", day=session.starts.day + timedelta(days=1)),
            c.Register(session_id="ses", person_id=PERSONS[-1], account="desk"),
            c.Register(session_id="ses", person_id=PERSONS[-2], account="desk", at_door=True),
            *(c.TakeSeat(id, account="desk") for id in offers),
            c.ChangeSeats("ses", seats=5),
            c.Register(session_id="crs", person_id=PERSONS[-1], account="desk"),
            c.CheckIn(place_id="paris", product_id="half-day", person_id=PERSONS[-1], account="desk"),
        ):
            world._run(house, command)


def told_apart(monkeypatch: Any, examples: int, *, one: bool = False) -> tuple[Counter[str], list[Any]]:
    """Programs run, and each of their decisions is made on earlier reads too; with ``one`` until one differs."""
    total, wrong = Counter[str](), list[Any]()

    @settings(HOW, max_examples=examples, phases=[Phase.generate])
    @given(many_clocks.PROGRAM)
    def run(program: tuple[Any, ...]) -> None:
        if one and wrong:
            return
        with read_before.compared(monkeypatch, WAITS) as (counts, differ):
            world = live(program, Counter())
            _at_the_edges(world)
        total.update(counts)
        wrong.extend(differ)

    run()
    return total, wrong


def test_what_was_read_before_a_wait_is_enough_or_is_known_not_to_be(monkeypatch):
    """Rows are read at one instant and decided on at a later one: that comes to the same as rows that are read at the
    later one, with all events, messages and tasks; or the decision knows that it lacks rows, and is made at the first.
    """
    counts, differ = told_apart(monkeypatch, half(60))
    assert differ == []
    assert all(counts[name] for name in ("DecideSession", "Register", "Expire", "refused while reading"))


def test_a_decision_that_does_not_know_what_it_lacks_is_seen(monkeypatch):
    """Control: where nobody is read of a session that is not due yet, it is decided without them a moment later."""
    read_before.only_when_due(monkeypatch)
    differ: list[Any] = []
    for _ in range(6):  # sixty programs need not have one
        differ += told_apart(monkeypatch, scaled(60), one=True)[1]
        if differ:
            break
    assert {type(command) for command, *_ in differ} == {DecideSession}
