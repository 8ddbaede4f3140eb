"""A report to funders as a page: it draws what the report shows, and no more."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import attrs
import pytest

from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pictures import funder_picture
from cantinekit.reads import FunderFigures, FunderReport, PublicCount

DAYS = date(2026, 1, 1), date(2026, 2, 28)


def figures(place, month, people):
    publics = (PublicCount("status", "student", people), PublicCount("status", "", None))
    counts = (people, None, None, 0, people, None if people is None else 90 * people, 1, 2, 2, None, 8, 61, 20)
    return FunderFigures(place, month, *counts, (("pass", Money(1234, "EUR")),), publics)


def report(*places):
    rows = [figures(place, month, people) for place in places for month, people in zip(DAYS, (40, None), strict=True)]
    rows = [attrs.evolve(one, month=one.month.replace(day=1)) for one in rows]
    rows += [figures(place, None, 50) for place in places]
    if len(places) > 1:
        rows += [figures(None, date(2026, 1, 1), 80), figures(None, date(2026, 2, 1), None), figures(None, None, 99)]
    return FunderReport(places, *DAYS, tuple(rows))


def test_the_page_has_bars_and_tables_in_both_languages():
    """It is well-formed, names places and months, and hours are hours and minutes."""
    for lang, month, hours in (("fr", "janvier 2026", "60 h 00"), ("en", "January 2026", "60 h 00")):
        page = funder_picture(report("paris"), {"paris": "Paris <1>"}, lang).html()
        ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
        assert "Paris &lt;1&gt;" in page
        assert month in page
        assert hours in page
        assert "12,34" in page or "12.34" in page
        assert "student" in page


def test_a_figure_that_is_not_shown_is_hatched_and_as_high_as_any_other():
    """Its bar says nothing of its size."""
    svg = funder_picture(report("paris"), lang="en").svg()
    bars = [one for one in ElementTree.fromstring(svg).iter() if one.get("class") == "ck-shut"]
    inside = [one.get("height") for one in bars if one.get("width") != "24"]
    assert inside == ["8", "8", "8"]
    assert "January 2026: 40" in svg
    assert "February 2026: *" in svg


def test_several_places_and_all_of_them():
    """Each place has its bars and tables, and all of them together; one without a name is called by its id."""
    found = funder_picture(report("paris", "brest"), {"paris": "Paris"}, "en")
    assert [one.caption for one in found.tables] == [
        f"{place}{of}" for place in ("Paris", "brest", "All places") for of in ("", ": revenue", ": status")
    ]


def test_another_language_is_refused():
    """A page is French or English."""
    with pytest.raises(InputError):
        funder_picture(report("paris"), lang="de")
