"""Weekdays are written in one way, wherever a price list has them: a list, or one text with words and stretches."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Tariff
from cantinekit.pricing.listing import price_list
from cantinekit.pricing.schema import tariff_schema

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
product.room = { opening = "refuse", rate = { price = 10.00 } }
"""
OPENING = "opening = { hours = [{ days = %s, open = '09:00-18:00' }] }"
SEASON = (
    "opening = { hours = [{ days = 'mon', open = '09:00-18:00' }], "
    "seasons = { from = '01-01', to = '12-31', hours = [{ days = %s, open = '10:00-12:00' }] } }"
)
PLACES = {
    "opening": OPENING,
    "a season": SEASON,
    "calendar": OPENING % "'mon'" + "\ncalendar.c.weekdays = %s",
    "bands": OPENING % "'mon'" + "\nbands.b.weekday = %s",
    "a condition": OPENING % "'mon'" + "\nproduct.p.rate = { when = { weekday = %s }, price = 1 }",
}
PATHS = {"opening": "opening", "a season": "opening", "calendar": "calendar.c", "bands": "bands.b.weekday",
         "a condition": "product.p.rate[0].when[0].weekday"}  # fmt: skip
WRITTEN = [
    ("'sat'", "['sat']"),
    ("'mon-fri'", "['mon', 'tue', 'wed', 'thu', 'fri']"),
    ("'sat, sun'", "['sat', 'sun']"),
    ("'sat sun'", "['sat', 'sun']"),
    ("'sat-mon'", "['mon', 'sat', 'sun']"),
    ("['mon-wed', 'fri']", "['mon', 'tue', 'wed', 'fri']"),
]


def load(place: str, days: str) -> Tariff:
    return Tariff.load(HEAD + PLACES[place] % days + "\n")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("text", "named"), WRITTEN)
def test_one_text_and_a_list_are_the_same(place: str, text: str, named: str) -> None:
    """A text with weekdays is the list of them in each place: one content and one version, printed alike, and the
    file that is written from it loads to the same."""
    short, long = load(place, text), load(place, named)
    assert short == long
    assert short.version == long.version
    assert price_list(short) == price_list(long)
    assert Tariff.load(short.dump()) == short


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("'mo-fri'", "'mo-fri' is not one of"),
        ("'mon to fri'", "'to' is not one of"),
        ("'satt'", "'satt' is not one of"),
        ("['mon', 'x']", "'x' is not one of"),
        ("3", "needed"),
        ("['']", "needed"),
        ("[]", "at least one weekday|never hold"),
    ],
)
def test_what_is_no_weekday(place: str, days: str, said: str) -> None:
    """Another word, and no weekday at all, is a problem of that place in each of them."""
    with pytest.raises(TariffError, match=said) as error:
        load(place, days)
    assert {problem.path.removesuffix("[0]") for problem in error.value.problems} == {PATHS[place]}


def test_a_misspelt_weekday_has_a_suggestion() -> None:
    """The weekday that was probably meant is named in each of the places."""
    for place in PLACES:
        with pytest.raises(TariffError, match="did you mean 'sat'"):
            load(place, "'satt'")


def test_a_day_has_its_hours_once() -> None:
    """A day that two stretches name has its hours twice, and is a problem."""
    with pytest.raises(TariffError, match="wed has hours already"):
        load("opening", "'mon-wed wed-fri'")


def test_a_problem_in_a_section_is_the_only_one() -> None:
    """Opening hours or a calendar with a problem are there all the same: who needs them is not told that there are
    none."""
    with pytest.raises(TariffError) as error:
        Tariff.load(
            HEAD + "opening = { hours = [{ days = 'x', open = '09:00-18:00' }], holidays = [2026-05-01] }\n"
            "calendar.c.weekdays = 'y'\n"
            "product.q = { rate = { when = { holiday = true }, price = 1 }, sells = 'plan', "
            "valid = { lasts = '4 business days', first_day = 'counts', workdays = 'c' } }\n"
        )
    assert [problem.path for problem in error.value.problems] == ["opening", "calendar.c"]


def test_the_hours_hold() -> None:
    """The stretch means its days: open on Friday, closed on Saturday."""
    tariff = load("opening", "'mon-fri'")
    assert tariff.quote(Item("room", day=date(2026, 11, 27))).ok
    assert tariff.quote(Item("room", day=date(2026, 11, 28))).refusals[0].code == "not_at"


def test_the_schema_says_the_same() -> None:
    """One pattern stands in the schema for all of them."""
    keys = tariff_schema()["properties"]
    row = keys["opening"]["properties"]["hours"]["anyOf"][0]["properties"]["days"]
    calendar = keys["calendar"]["additionalProperties"]["properties"]["weekdays"]
    band = keys["bands"]["additionalProperties"]["properties"]["weekday"]
    assert row == calendar == {key: part for key, part in band.items() if key != "description"}
