"""Public holidays: the same days as the law says, the same on every machine, and no year of which days are missing."""

from __future__ import annotations

import warnings
from datetime import date, timedelta

import pytest
from dateutil.easter import easter
from holidays import country_holidays, list_supported_countries

from cantinekit import Registry
from cantinekit.errors import UnknownDatesError
from cantinekit.scheduling.opening import french_holidays
from cantinekit_holidays import cantinekit_closure_calendars, name_of
from cantinekit_holidays._public import FIRST_YEAR, LAST_YEAR
from cantinekit_holidays._regions import regions

CALENDARS = {one.name: one for one in cantinekit_closure_calendars()}


def days(name: str, first: date, last: date) -> list[tuple[date, str]]:
    return [(one.first, one.name) for one in CALENDARS[name].closed(first, last)]


def dates(name: str, year: int) -> set[date]:
    return {day for day, _ in days(name, date(year, 1, 1), date(year, 12, 31))}


def test_the_regions_are_those_of_the_package():
    """Every country and subdivision that is listed is known to the package, and in the version of the tests no more."""
    known = {code: set(parts) for code, parts in list_supported_countries(include_aliases=False).items()}
    mine = {code: set(parts) for code, parts in regions().items()}
    for code, parts in mine.items():
        assert parts <= known[code], code
    names = [name_of(code, part) for code, parts in regions().items() for part in ("", *parts)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "region"), [("public-fr", ""), ("public-fr-57", "alsace-moselle"), ("public-fr-974", "reunion")]
)
def test_as_the_law_says(name, region):
    """For France the days are those of the calendars built in, which are by the articles of the code du travail.

    In 2005 to 2007 the package leaves Whit Monday out, on which people worked for the new day of solidarity.
    """
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        law = {one.first for one in french_holidays(date(year, 1, 1), date(year, 12, 31), region)}
        missing = {easter(year) + timedelta(days=50)} if year in (2005, 2006, 2007) else set()
        assert dates(name, year) == law - missing, year


def test_where_the_two_differ():
    """In Guadeloupe and Martinique the package has days that are customs and not in the law: the names tell them."""
    for name, region in [("public-fr-971", "guadeloupe"), ("public-fr-972", "martinique")]:
        law = {one.first for one in french_holidays(date(2026, 1, 1), date(2026, 12, 31), region)}
        more = {text for day, text in days(name, date(2026, 1, 1), date(2026, 12, 31)) if day not in law}
        assert law < dates(name, 2026)
        assert "Fête de Victor Schoelcher" in more


@pytest.mark.parametrize("language", ["de", "fr", "en", "C", ""])
def test_names_do_not_depend_on_the_machine(language, monkeypatch):
    """The names are in the language of the country, whatever the locale of the process."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(variable, language)
    new_year = date(2026, 1, 1), date(2026, 1, 1)
    assert [days(f"public-{code}", *new_year)[0][1] for code in ("fr", "de", "it", "us")] == [
        "Jour de l'an",
        "Neujahr",
        "Capodanno",
        "New Year's Day",
    ]


@pytest.mark.parametrize(
    "name", ["public-us-ca", "public-gb-sct", "public-jp", "public-de-by", "public-ch-ge", "public-id"]
)
def test_a_day_does_not_depend_on_the_question(name):
    """A year alone has the same days as the same year among others, and a day alone those of its year."""
    whole = days(name, date(2024, 1, 1), date(2028, 12, 31))
    for year in range(2024, 2029):
        alone = days(name, date(year, 1, 1), date(year, 12, 31))
        assert alone == [one for one in whole if one[0].year == year]
        assert len(alone) >= 8
    for day, text in whole:
        assert (day, text) in days(name, day, day)


@pytest.mark.parametrize(
    ("name", "first", "last", "known"),
    [
        ("public-fr", date(2035, 12, 1), date(2036, 1, 1), (2001, 2035)),
        ("public-fr", date(2000, 12, 31), date(2001, 1, 1), (2001, 2035)),
        ("public-in", date(2036, 1, 1), date(2036, 12, 31), (2001, 2035)),
        ("public-lk", date(2026, 1, 1), date(2036, 1, 1), (None, None)),
    ],
)
def test_years_beyond_the_data(name, first, last, known):
    """Years that are not known whole are an error that says which are; the plug-in does not give what there is."""
    with pytest.raises(UnknownDatesError) as caught:
        CALENDARS[name].closed(first, last)
    error = caught.value
    assert error.calendar == name
    assert name in str(error)
    if known[0]:
        assert (error.first, error.last) == (date(known[0], 1, 1), date(known[1], 12, 31))
    assert CALENDARS[name].closed(error.last.replace(month=1, day=1), error.last)


def test_the_package_alone_would_leave_days_out():
    """The control: for 2036 the package gives Mauritius no Divali, and raises nothing, where for 2035 it has one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        texts = {year: " ".join(country_holidays("MU", years=year, language="en_MU").values()) for year in (2035, 2036)}
    assert "Divali" in texts[LAST_YEAR]
    assert "Divali" not in texts[LAST_YEAR + 1]
    assert texts[LAST_YEAR + 1]


def test_an_estimate_says_so():
    """A day that depends on a sighting of the moon has that in its name."""
    found = [text for _, text in days("public-id", date(2030, 1, 1), date(2030, 12, 31))]
    assert any("(perkiraan)" in text for text in found)


def test_through_the_registry():
    """The registry's own method asks it, and keeps the type of the error."""
    calendar = Registry.load(allow=["cantinekit-holidays"], strict=True).closure_calendar("public-be")
    assert calendar.closed(date(2026, 7, 21), date(2026, 7, 21))[0].why == "public holiday"
    with pytest.raises(UnknownDatesError):
        calendar.closed(date(2040, 1, 1), date(2040, 1, 2))
