"""What was taken as bars: as high as it was, the same scale for one currency, and the table to the cent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pictures import takings_picture
from cantinekit.reads import PeriodTakings, Takings
from support.pages.pictures import beyond, foreign, overlapping, root_of

FIRST = date(2026, 11, 1)
LONG = "Saint-Barthélemy-de-la-Réunion, dépôt de l’ancienne gare <1>"


def taken(*amounts, currency="EUR"):
    """The takings of days in a row: what was taken, or given back where it is less than nothing."""

    def one(start, days, amount):
        said = (("desk", Money(abs(amount), currency)),)
        return Takings(
            Period(start, start + timedelta(days=days)), currency, *(((), said) if amount < 0 else (said, ())), ()
        )

    start = datetime(2026, 11, 1, tzinfo=UTC)
    days = tuple(one(start + timedelta(days=at), 1, amount) for at, amount in enumerate(amounts))
    return PeriodTakings(days, one(start, len(days), sum(amounts)))


def bars(picture):
    """The bars by the name of their day: how high, and whether they stand on the line."""
    found = {}
    for group in ElementTree.fromstring(picture.svg()).iter("{http://www.w3.org/2000/svg}g"):
        if group.get("class") == "ck-cell":
            rects = group.findall("{http://www.w3.org/2000/svg}rect")
            found[group[0].text] = [(float(one.get("height")), one.get("class"), float(one.get("y"))) for one in rects]
    return found


def test_bars_are_as_high_as_what_was_taken():
    """A bar of twice as much is twice as high, also at another place; nothing has no bar, and its name all the same."""
    found = bars(takings_picture([("Nantes", taken(4000, 0, 2000)), ("Rennes", taken(1000, 0, 0))], FIRST, "en"))
    assert next(iter(found)) == "Nantes, Sunday 1 November 2026: 40.00 EUR"
    heights = [[high for high, _, _ in one] for one in found.values()]
    assert heights == [[110], [], [55], [27.5], [], []]


def test_what_went_back_hangs_below_the_line():
    """More given back than taken is a bar below the line, of another colour; bars and lines stay in the picture."""
    picture = takings_picture([("Nantes", taken(3000, -1000))], FIRST)
    up, down = (one[0] for one in bars(picture).values())
    assert (up[:2], down[:2]) == ((82.5, "ck-booking"), (27.5, "ck-session"))
    assert up[2] + up[0] == pytest.approx(down[2]), "both stand on the line"
    assert beyond(picture.svg()) == []


def test_another_currency_has_a_scale_of_its_own():
    """Francs are not measured by euros, and there is no sum of both."""
    picture = takings_picture([("Nantes", taken(4000)), ("Genève", taken(100, currency="CHF"))], FIRST, "en")
    assert [one[0][0] for one in bars(picture).values()] == [110, 110]
    assert picture.tables[0].head == ("Day", "Nantes", "Genève")
    assert picture.tables[0].rows[-1] == ("Total", "40.00 EUR", "1.00 CHF")


def test_the_table_has_each_day_to_the_cent():
    """The days, the places and their sums stand in the table, in both languages."""
    places = [("Nantes", taken(1234, -1)), ("Rennes", taken(0, 100))]
    english, french = (takings_picture(places, FIRST, lang).tables[0] for lang in ("en", "fr"))
    assert english.head == ("Day", "Nantes", "Rennes", "Total")
    assert english.rows == (
        ("Sunday 1 November 2026", "12.34 EUR", "0.00 EUR", "12.34 EUR"),
        ("Monday 2 November 2026", "-0.01 EUR", "1.00 EUR", "0.99 EUR"),
        ("Total", "12.33 EUR", "1.00 EUR", "13.33 EUR"),
    )
    assert french.rows[0] == ("dimanche 1er novembre 2026", "12,34\u00a0€", "0,00\u00a0€", "12,34\u00a0€")


@pytest.mark.parametrize("days", [1, 31, 62])
def test_long_names_and_many_days_stay_in_the_picture(days):
    """No text leaves the picture or lies on another, whatever a place is called and took; it loads nothing."""
    amounts = [(at % 7) * 123_456_789 - 100_000_000 for at in range(days)]
    picture = takings_picture([(LONG, taken(*amounts)), ("", taken(*[0] * days))], FIRST)
    assert beyond(picture.svg()) == []
    assert overlapping(picture.svg()) == []
    assert foreign(picture.svg()) == []
    assert root_of(picture.html()) is not None
    assert "<1>" not in picture.svg()


@pytest.mark.parametrize(
    ("places", "lang"),
    [
        ([], "en"),
        ([("a", taken(*[1] * 63))], "en"),
        ([("a", taken(1)), ("b", taken(1, 2))], "en"),
        ([("a", taken(1))], "de"),
    ],
)
def test_what_cannot_be_drawn(places, lang):
    """No place, too many days, places with different days, and another language are refused."""
    with pytest.raises(InputError):
        takings_picture(places, FIRST, lang)
