"""Pictures on the days on which the clock changes: 23 and 25 hours, the repeated hour twice, days that do not exist."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period, day_bounds
from cantinekit.pictures import Block, SpaceRow, SpaceUse, heat_map, month_agenda, occupancy, week_agenda
from cantinekit.pictures._days import bands, wall_hours
from support.pages.pictures import boxes, groups, root_of, table_rows

AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
ZONE = "Europe/Paris"
TWO_UTC_HOURS = Period(datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))
"""From 02:00 summer time to 03:00 winter time: the wall clock shows 02:00 to 03:00 twice."""


def open_all(day: date, zone: str = ZONE) -> tuple[SpaceRow, ...]:
    return (SpaceRow("a", "Salle A", (day_bounds(day, zone),)),)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 11, 24), ZONE, [*range(24)]),
        (AUTUMN, ZONE, [0, 1, 2, 2, *range(3, 24)]),
        (SPRING, ZONE, [0, 1, *range(3, 24)]),
        (date(2026, 11, 1), "America/Havana", [0, 0, *range(1, 24)]),
        (date(2027, 3, 14), "America/Havana", [*range(1, 24)]),
        (date(2026, 4, 5), "Australia/Lord_Howe", [0, 1, 1, *range(2, 24)]),
        (date(2026, 10, 4), "Australia/Lord_Howe", [*range(24)]),
        (date(2011, 12, 30), "Pacific/Apia", []),
        (date(2026, 10, 24), "America/Scoresbysund", [*range(24), 23]),
    ],
)
def test_the_hours_of_a_day(day, zone, hours):
    """A day has its hours in order, the repeated one twice; together they are the day, without a gap."""
    found = wall_hours(day, zone)
    assert [one.hour for one in found] == hours
    assert [one.again for one in found] == [hour in hours[:at] for at, hour in enumerate(hours)]
    if found:
        assert Period(found[0].period.start, found[-1].period.end) == day_bounds(day, zone)
        assert all(one.period.end == other.period.start for one, other in itertools.pairwise(found))


def test_half_an_hour_is_half_an_hour():
    """On Lord Howe the clock goes back by half an hour: 01:30 to 02:00 comes twice, and is half as wide."""
    lengths = {(one.hour, one.again): one.period.length for one in wall_hours(date(2026, 4, 5), "Australia/Lord_Howe")}
    assert lengths[1, False] == timedelta(hours=1)
    assert lengths[1, True] == timedelta(minutes=30)
    spring = {one.hour: one.period.length for one in wall_hours(date(2026, 10, 4), "Australia/Lord_Howe")}
    assert spring[2] == timedelta(minutes=30)


@pytest.mark.parametrize(("day", "minutes"), [(AUTUMN, 60), (SPRING, -60), (date(2026, 11, 24), 0)])
@pytest.mark.parametrize("dawn", range(8))
def test_bands_are_without_gaps(day, minutes, dawn):
    """Whatever hour the days begin at, nothing lies between them, and the change is in one of them."""
    days = [day + timedelta(days=n) for n in range(-2, 3)]
    found = bands(days, ZONE, dawn)
    assert all(one.period.end == other.period.start for one, other in itertools.pairwise(found))
    assert sorted({band.change for band in found} - {0}) == ([minutes] if minutes else [])


@pytest.mark.parametrize(
    ("day", "words", "hours"),
    [
        (AUTUMN, "25 h", ["00", "01", "02", "02 bis", *(f"{hour:02d}" for hour in range(3, 24))]),
        (SPRING, "23 h", ["00", "01", *(f"{hour:02d}" for hour in range(3, 24))]),
    ],
)
def test_a_day_of_a_clock_change(day, words, hours):
    """The axis has the hours that the day has, the repeated one twice, each as wide as any other; and it says so."""
    whole = Block(day_bounds(day, ZONE), "Nuit blanche", ("a",))
    picture = week_agenda(open_all(day), [whole], day, ZONE, place="P", days=1)
    marks = [box for box in boxes(root_of(picture.svg())) if {"ck-soft", "ck-small"} <= box.classes and box.top < 90]
    assert [box.words for box in marks] == hours
    steps = {round(other.left - one.left) for one, other in itertools.pairwise(marks)}
    assert len(steps) <= 2
    assert max(steps) - min(steps) <= 1
    assert words in picture.svg()
    assert words in table_rows(picture.html())[1][1][0]


def test_both_passes_of_an_hour():
    """What lies in the first and what lies in the second pass stand apart, and the table says which is which."""
    halves = [
        Period(TWO_UTC_HOURS.start + n * timedelta(minutes=30), TWO_UTC_HOURS.start + (n + 1) * timedelta(minutes=30))
        for n in range(4)
    ]
    blocks = [Block(half, f"n{n}", ("a",)) for n, half in enumerate(halves)]
    picture = week_agenda(open_all(AUTUMN), blocks, AUTUMN, ZONE, place="P", lang="en", days=1)
    drawn = [next(box for box in group.boxes if box.kind == "rect") for group in groups(picture.svg())]
    assert all(one.right <= other.left for one, other in itertools.pairwise(drawn))
    times = [row[1:3] for row in table_rows(picture.html())[0][1:]]
    assert times == [
        ["02:00 (1st time)", "02:30 (1st time)"],
        ["02:30 (1st time)", "02:00 (2nd time)"],
        ["02:00 (2nd time)", "02:30 (2nd time)"],
        ["02:30 (2nd time)", "03:00"],
    ]


def test_blocks_are_as_long_as_they_last():
    """Two hours of real time are twice as wide as one, over the clock change too."""
    block = Block(TWO_UTC_HOURS, "deux heures", ("a",))
    hour = Block(Period(TWO_UTC_HOURS.end, TWO_UTC_HOURS.end + timedelta(hours=1)), "une", ("a",))
    svg = week_agenda(open_all(AUTUMN), [block, hour], AUTUMN, ZONE, place="P", days=1).svg()
    two, one = (next(box for box in group.boxes if box.kind == "rect") for group in groups(svg))
    assert two.right - two.left + 1 == pytest.approx(2 * (one.right - one.left + 1), abs=0.3)


def test_the_heat_map_of_a_clock_change():
    """The repeated hour has a column of its own; the other days say that they have no such hour."""
    use = SpaceUse("A", 1, (day_bounds(AUTUMN, ZONE),), ((TWO_UTC_HOURS, 1),))
    found = occupancy([use], AUTUMN - timedelta(days=1), AUTUMN, ZONE)
    assert (2, True) in found.hours
    assert [found.cells[AUTUMN, hour].percent for hour in ((1, False), (2, False), (2, True), (3, False))] == [
        0,
        100,
        100,
        0,
    ]
    assert (AUTUMN - timedelta(days=1), (2, True)) not in found.cells
    html = heat_map([use], AUTUMN - timedelta(days=1), AUTUMN, ZONE, place="P", lang="en").html()
    ((head, saturday, sunday),) = table_rows(html)
    assert dict(zip(head, saturday, strict=True))["02 h again"] == "there is no such hour"
    assert "25 h" in sunday[0]
    assert found.total().open == timedelta(hours=25)
    spring = SpaceUse("A", 1, (day_bounds(SPRING, ZONE),))
    assert occupancy([spring], SPRING, SPRING, ZONE).total().open == timedelta(hours=23)
    ((head, row),) = table_rows(heat_map([spring], SPRING, SPRING, ZONE, place="P").html())
    assert "02 h" not in head
    assert len(row) == 25


def test_a_day_that_the_zone_skipped():
    """Samoa had no 30 December 2011: the agenda, the month and the map say so, and the days around it are whole."""
    zone, first = "Pacific/Apia", date(2011, 12, 26)
    picture = week_agenda(open_all(date(2011, 12, 29), zone), [], first, zone, place="P", lang="en")
    assert picture.svg().count("there is no such day in this zone") == 1
    assert month_agenda([], [], date(2011, 12, 1), zone, place="P", lang="en").svg().count("there is no such day") == 2
    midnight = day_bounds(date(2011, 12, 31), zone).start
    early = Block(Period(midnight + timedelta(hours=1), midnight + timedelta(hours=2)), "early", ())
    night = Block(Period(midnight - timedelta(hours=30), midnight - timedelta(hours=20)), "night", ())
    assert len(groups(week_agenda([], [early, night], first, zone, place="P").svg())) == 3
    alone = week_agenda([], [], date(2011, 12, 30), zone, place="P", lang="en", days=1)
    assert "there is no such day" in alone.svg()
    html = heat_map([SpaceUse("a", 1)], first, date(2011, 12, 31), zone, place="P", lang="en").html()
    assert "Friday 30 December 2011 (there is no such day in this zone)" in html
    day = date(2011, 12, 30)
    assert "no such day" in heat_map([SpaceUse("a", 1)], day, day, zone, place="P", lang="en").html()


def test_an_hour_that_is_missing_is_no_missing_day():
    """Where only the hour is shown that the clock change skips, that day has nothing to show; it is not skipped."""
    before = SPRING - timedelta(days=1)
    start = day_bounds(before, ZONE).start + timedelta(hours=2)
    svg = week_agenda(
        [], [Block(Period(start, start + timedelta(hours=1)), "x")], before, ZONE, place="P", days=2
    ).svg()
    assert "rien à montrer" in svg
    assert "existe pas" not in svg


def test_a_month_notes_the_clock_change():
    """The cell of the day says that it has 25 or 23 hours."""
    assert "25 h" in month_agenda([], [], date(2026, 10, 1), ZONE, place="P").svg()
    assert "23 h" in month_agenda([], [], date(2027, 3, 1), ZONE, place="P").svg()
    assert " h : l’horloge" not in month_agenda([], [], date(2026, 11, 1), ZONE, place="P").svg()
