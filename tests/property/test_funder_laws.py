"""Laws of the report to funders, in random houses: it counts what is there, tells of nobody, and forgets nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import Random

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import day_bounds, local
from cantinekit.plugins.ports import Change
from cantinekit.reads.suppression import LEAST, Line
from cantinekit.runtime import codec
from support.houses import small_house
from support.laws.differencing import computed
from support.run.soak import scaled

DAYS = date(2026, 1, 1), date(2026, 5, 31)
MONTHS = tuple(date(2026, month, 1) for month in range(1, 6))
PLACES = ("nuit", "brest", "paris")
VALUES = ("student", "job-seeker", "retired")
ZONE = "Europe/Paris"


def random_house(random):
    """A house whose places have few people in some months and many in others; people came before and come again."""
    house = small_house.open_house(now=datetime.fromisoformat("2026-08-01T12:00:00+00:00"))
    places = PLACES[: random.randint(1, 3)]
    people = [f"p{number}" for number in range(random.randint(5, 30))]
    for id in people:
        house.do(c.AddPerson(name=id, id=id))
        if random.random() < 0.8:
            house.do(c.SetFact(id, name="status", value=random.choice((*VALUES, "other"))))
    for place in places:
        house.do(c.ChangePlace(place, publics=[m.Public("status", VALUES)]))
    visits = []
    for place in places:
        for month in (date(2025, 12, 1), *MONTHS):
            some = random.sample(
                people, random.choice((0, 1, 2, 4, 5, len(people) // 2, len(people))) % (len(people) + 1)
            )
            walkers = [None] * random.choice((0, 0, 1, 3, 9))
            for who in (*some, *some[: len(some) // 2], *walkers):
                day = month + timedelta(days=random.randrange(28))
                begun = day_bounds(day, ZONE).start + timedelta(minutes=random.randrange(24 * 60))
                over = begun + timedelta(seconds=random.randrange(60 * 600))
                state = random.choice(("closed", "closed", "closed", "cancelled"))
                visits.append(m.Visit(f"v{len(visits)}", place, "n", "day", begun, over, who, state, over))
    house.storage.apply(Change(rows=tuple(codec.encode(one, 1) for one in visits)))
    return house, places, people, [one for one in visits if one.state == "closed"]


def counted(places, visits):
    """The figures by place and month, counted one by one: who came, visits, minutes and who was new."""
    people, seen, minutes, new = (defaultdict(kind) for kind in (set, int, int, set))
    firsts = {}
    for one in sorted(visits, key=lambda one: one.opened_at):
        if one.person_id is not None:
            firsts.setdefault(one.person_id, one)
    for one in visits:
        month = local(one.opened_at, ZONE).date().replace(day=1)
        if month in MONTHS:
            for spot in ((one.place_id, month), (one.place_id, None), (None, month), (None, None)):
                seen[spot] += 1
                minutes[spot] += (one.closed_at - one.opened_at) // timedelta(minutes=1)
                if one.person_id is not None:
                    people[spot].add(one.person_id)
                    if firsts[one.person_id] is one:
                        new[spot].add(one.person_id)
    return people, seen, minutes, new


def lines_of(report):
    """The sums that whoever has a report can take."""
    lines = [Line((place, None), tuple((place, month) for month in MONTHS)) for place in report.place_ids]
    if len(report.place_ids) > 1:
        months = (*MONTHS, None)
        lines += [Line((None, month), tuple((place, month) for place in report.place_ids)) for month in months]
        lines.append(Line((None, None), tuple((None, month) for month in MONTHS)))
    return lines


def left_out(report, name):
    return {(one.place_id, one.month) for one in report.rows if getattr(one, name) is None}


@pytest.mark.parametrize("seed", range(scaled(25)))
def test_a_report_counts_what_is_there_and_tells_of_nobody(seed):
    """What is shown is what is counted one by one, none of it is about one to four people, and what is left out cannot
    be computed: not from months and places, nor from who is new and who returns, nor from the other publics.
    """
    house, places, _, visits = random_house(Random(seed))
    report = house.cantine.read.funder_report(places, *DAYS, publics=["status"])
    people, seen, minutes, new = counted(places, visits)
    for one in report.rows:
        spot = one.place_id, one.month
        wanted = {"people": len(people[spot]), "visits": seen[spot], "minutes": minutes[spot], "new": len(new[spot])}
        for name, count in wanted.items():
            assert getattr(one, name) in (None, count)
        small = [one.people, one.new, one.returning, one.walk_ins, *(public.people for public in one.publics)]
        assert not set(range(1, LEAST)) & set(small)
        assert one.people is None or one.new is None or one.returning == one.people - one.new
    lines = lines_of(report)
    for name in ("people", "visits", "minutes", "walk_ins"):
        assert computed(lines, left_out(report, name)) == set()
    unseen = left_out(report, "people")
    for line in lines:  # what is left of a total is about the people in it, however often they came
        left = [people[part] for part in line.parts if part in unseen]
        assert line.total in unseen or not left or len(set().union(*left)) >= LEAST
    parts = [Line((line.total, "new"), tuple((part, "new") for part in line.parts)) for line in lines]
    shown = [(one.place_id, one.month) for one in report.rows if one.people is not None]
    parts += [Line((spot, "people"), ((spot, "new"), (spot, "returning"))) for spot in shown]
    hidden = {(spot, name) for name in ("new", "returning") for spot in left_out(report, name)}
    assert computed(parts, hidden) == set()
    values = [(one.fact, one.value) for one in report.total.publics]
    hidden = {
        ((one.place_id, one.month), value)
        for one in report.rows
        for value, public in zip(values, one.publics, strict=True)
        if public.people is None
    }
    publics = [
        Line((spot, "people"), tuple((spot, value) for value in values)) for spot in shown if spot[0] is not None
    ]
    for month in (*MONTHS, None) if len(places) > 1 else ():
        for value in values:
            publics.append(Line(((None, month), value), tuple(((place, month), value) for place in places)))
    assert computed(publics, hidden) == set()


@pytest.mark.parametrize("seed", range(scaled(10)))
def test_forgetting_changes_no_figure(seed):
    """Whoever is forgotten, one after the other in any order: each period of whole months has the same report."""
    random = Random(seed)
    house, places, people, _ = random_house(random)

    def reports():
        periods = [(first, last) for first in MONTHS for last in MONTHS if first <= last]
        ends = {month: (month + timedelta(days=31)).replace(day=1) - timedelta(days=1) for month in MONTHS}
        read = house.cantine.read
        return [read.funder_report(places, first, ends[last], publics=["status"]) for first, last in periods]

    before = reports()
    for id in random.sample(people, len(people) // 2):
        house.cantine.forget(id, actor="desk:ana")
    assert reports() == before
    for id in people:
        if house.get(m.Person, id).state == "present":
            house.cantine.forget(id, actor="desk:ana")
    assert reports() == before
