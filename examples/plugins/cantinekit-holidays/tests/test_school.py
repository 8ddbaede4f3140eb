"""School holidays: what any true calendar fulfils, some days as they were published, and no day beyond the data."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from cantinekit.errors import UnknownDatesError
from cantinekit.scheduling.opening import french_holidays
from cantinekit_holidays import ZONES, cantinekit_closure_calendars
from cantinekit_holidays._school import known, school_years

CALENDARS = {one.name: one for one in cantinekit_closure_calendars() if one.name.startswith("fr-school-")}
FIRST, LAST = known()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "name"),
    [
        ("a", date(2026, 2, 7), "vacances d'hiver, zone A"),
        ("a", date(2026, 4, 19), "vacances de printemps, zone A"),
        ("b", date(2026, 2, 14), "vacances d'hiver, zone B"),
        ("c", date(2027, 2, 6), "vacances d'hiver, zone C"),
        ("b", date(2027, 5, 2), "vacances de printemps, zone B"),
        ("c", date(2026, 12, 19), "vacances de Noël, zone C"),
        ("a", date(2027, 8, 31), "vacances d'été, zone A"),
        ("b", date(2026, 5, 15), "pont de l'Ascension, zone B"),
        ("a", date(2026, 2, 6), None),
        ("a", date(2026, 4, 20), None),
        ("b", date(2027, 2, 19), None),
        ("c", date(2026, 9, 1), None),
    ],
)
def test_published_days(zone, day, name):
    """The first and the last days of holidays are those that were published, and the days beside them have school."""
    assert [one.name for one in CALENDARS[f"fr-school-{zone}"].closed(day, day)] == ([name] if name else [])


@pytest.mark.parametrize("zone", ZONES)
def test_a_true_calendar(zone):
    """Holidays do not overlap; school begins again on a working day; Christmas, New Year and All Saints are in them."""
    found = CALENDARS[f"fr-school-{zone}"].closed(FIRST, LAST)
    assert len(found) == 6 * len(school_years()) - 1
    public = {one.first for one in french_holidays(FIRST, LAST + 9 * DAY)}
    for one, following in pairwise(found):
        assert one.last < following.first
    for one in found:
        again = one.last + DAY
        assert again.weekday() < 5 or "pont" in one.name
        assert again not in public
        assert one.why == "school holidays"
        assert one.name.endswith(f", zone {zone.upper()}")
        if "hiver" in one.name or "printemps" in one.name:
            assert 15 <= (again - one.first).days <= 18
            assert one.first.weekday() == 5
    for year in school_years():
        for day in (date(year.starts.year, 11, 1), date(year.starts.year, 12, 25), date(year.summer.year, 1, 1)):
            assert any(one.holds(day) for one in found), day


def test_the_zones_take_turns():
    """In winter and in spring the three zones begin a week after each other; all other holidays are the same."""
    for year in school_years():
        for name, by_zone in year.holidays.items():
            if "hiver" in name or "printemps" in name:
                begins = sorted(by_zone[zone][0] for zone in "ABC")
                assert [after - before for before, after in pairwise(begins)] == [7 * DAY, 7 * DAY], (year.name, name)
            else:
                assert set(by_zone) == {"all"}


def test_every_year_names_its_source():
    """Each school year says where its dates are from, and follows the year before."""
    years = school_years()
    assert all(year.source.startswith(("arrêté du ", "jeu de données ")) for year in years)
    assert [year.name for year in years] == [f"{n}-{n + 1}" for n in range(2023, 2023 + len(years))]
    assert all(before.summer < after.starts for before, after in pairwise(years))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (FIRST - DAY, FIRST),
        (LAST, LAST + DAY),
        (date(1999, 1, 1), date(1999, 1, 2)),
        (date(2040, 1, 1), date(2040, 2, 1)),
    ],
)
def test_days_beyond_the_data(zone, first, last):
    """A single day beyond the data is an error with the days that are known; nothing is continued by a guess."""
    with pytest.raises(UnknownDatesError) as caught:
        CALENDARS[f"fr-school-{zone}"].closed(first, last)
    assert (caught.value.first, caught.value.last) == (FIRST, LAST)
    assert caught.value.calendar == f"fr-school-{zone}"


def test_the_last_summer_is_not_guessed():
    """The summer after the last year of the data has no known end, so its first day is already beyond them."""
    assert school_years()[-1].summer == LAST + DAY
    assert CALENDARS["fr-school-a"].closed(LAST, LAST) == ()
