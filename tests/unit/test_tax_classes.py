"""Tax classes: dated rates and mentions, and what cannot be a class."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import attrs
import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.tax import Mention, TaxClass, TaxError, Treatment
from support.tariffs.tax import ALL, FRANCHISE, HELD, MEMBERS, REVERSE, SWITCH, T10, T20, T55

NEW = Mention(SWITCH, "TVA non applicable, art. L. 223-1 du CIBS", "VATEX-FR-FRANCHISE", "Ord. 2025-1247")
STANDARD = TaxClass("normal", "standard", ((None, Fraction(196, 1000)), (date(2014, 1, 1), T20)))
FREE = TaxClass("free", "not subject", mentions=(FRANCHISE, NEW))


def test_a_rate_holds_from_its_day():
    """On the day from which a rate holds it holds already, and the day before it does not."""
    assert STANDARD.rate_on(date(2013, 12, 31)) == Fraction(196, 1000)
    assert STANDARD.rate_on(date(2014, 1, 1)) == T20
    assert STANDARD.rate_on(date.max) == T20
    assert STANDARD.rate_on(date.min) == Fraction(196, 1000)
    assert STANDARD.on(date(2014, 1, 1)) == Treatment("standard", "S", T20)


def test_a_mention_holds_from_its_day():
    """The mention of the old law stands until the day before the new one."""
    assert FREE.mention_on(SWITCH - timedelta(days=1)) == FRANCHISE
    assert FREE.mention_on(SWITCH) == NEW
    assert FREE.on(SWITCH).mention == NEW
    assert FREE.on(SWITCH - timedelta(days=1)).mention == FRANCHISE


def test_before_the_first_rate_the_tax_is_unknown():
    """A list that begins on a day says nothing about the days before it, and no rate is invented for them."""
    late = TaxClass("reduced", "standard", ((date(2014, 1, 1), T10),))
    assert late.rate_on(date(2013, 12, 31)) is None
    assert late.on(date(2013, 12, 31)) == Treatment("unknown", "", None)
    assert late.on(date(2014, 1, 1)).rate == T10


def test_before_the_first_mention_there_is_none():
    """A mention that begins on a day is not said before it."""
    late = TaxClass("free", "not subject", mentions=(NEW,))
    assert late.mention_on(SWITCH - timedelta(days=1)) is None
    assert late.on(SWITCH - timedelta(days=1)).mention is None


def test_six_kinds_are_six_things():
    """Standard, zero, exempt, not subject, outside, reverse and unknown differ in category, rate or tax group."""
    day = date(2026, 1, 1)
    classes = [
        STANDARD,
        TaxClass("zero", "standard", ((None, Fraction(0)),)),
        TaxClass("members", "exempt", mentions=(MEMBERS,)),
        TaxClass("free", "not subject", mentions=(FRANCHISE,)),
        TaxClass("held", "outside scope", mentions=(HELD,)),
        TaxClass("abroad", "reverse", ((None, T20),), mentions=(REVERSE,)),
        TaxClass("open", "unknown"),
    ]
    found = [each.on(day) for each in classes]
    assert [(t.kind, t.category, t.rate, t.taxed) for t in found] == [
        ("standard", "S", T20, True),
        ("standard", "Z", Fraction(0), True),
        ("exempt", "E", Fraction(0), True),
        ("not subject", "E", None, False),
        ("outside scope", "O", None, False),
        ("reverse", "AE", Fraction(0), True),
        ("unknown", "", None, False),
    ]
    assert len(set(found)) == 7
    assert [each.rate_on(day) for each in classes] == [t.rate for t in found]


def test_reverse_charge_knows_what_inclusive_prices_contain():
    """The rates of a reverse class are not due; they say what a published inclusive price contains, by day."""
    abroad = TaxClass("abroad", "reverse", ((date(2000, 1, 1), T20), (date(2030, 1, 1), T10)), mentions=(REVERSE,))
    assert abroad.rate_on(date(2026, 1, 1)) == 0
    assert abroad.on(date(2026, 1, 1)).contained == T20
    assert abroad.on(date(2030, 1, 1)).contained == T10
    assert abroad.on(date(1999, 1, 1)).contained is None


@pytest.mark.parametrize("category", ["AE", "K", "G"])
def test_reverse_is_also_delivery_within_the_union_and_export(category):
    """A reverse class may carry the category of an intra-community delivery or of an export."""
    assert TaxClass("x", "reverse", category=category, mentions=(REVERSE,)).on(SWITCH).category == category


def test_a_standard_class_that_falls_to_zero_changes_category():
    """On the days at 0 % the category is Z, as BR-S-05 wants a rate above 0 for S."""
    cut = TaxClass("masks", "standard", ((None, T20), (date(2021, 1, 1), Fraction(0)), (date(2022, 1, 1), T55)))
    assert [cut.on(date(y, 6, 1)).category for y in (2020, 2021, 2022)] == ["S", "Z", "S"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"kind": "standard"}, "needs rates"),
        ({"kind": "standard", "rates": ((None, Fraction(-1, 100)),)}, "between 0 and 100 %, not -1 %"),
        ({"kind": "standard", "rates": ((None, Fraction(101, 100)),)}, "between 0 and 100 %, not 101 %"),
        ({"kind": "standard", "rates": ((None, 0.2),)}, "a rate is a Fraction, not float"),
        ({"kind": "standard", "rates": ((None, 1),)}, "a rate is a Fraction, not int"),
        ({"kind": "standard", "rates": ((SWITCH, T20), (SWITCH, T10))}, "from which rates hold must rise"),
        ({"kind": "standard", "rates": ((SWITCH, T20), (None, T10))}, "from which rates hold must rise"),
        ({"kind": "standard", "rates": ((None, T20), (None, T10))}, "from which rates hold must rise"),
        ({"kind": "standard", "rates": ((datetime(2026, 1, 1, tzinfo=UTC), T20),)}, "rates hold from a date"),
        ({"kind": "standard", "rates": (("2026-01-01", T20),)}, "rates hold from a date"),
        ({"kind": "standard", "rates": ((None, T20),), "category": "E"}, "standard has the category S or Z, not 'E'"),
        ({"kind": "standard", "rates": ((None, T20),), "category": "Z"}, "the rate 0 only (BR-Z-05)"),
        ({"kind": "standard", "rates": ((None, T20),), "mentions": (MEMBERS,)}, "whose tax is charged has no mention"),
        ({"kind": "exempt"}, "is exempt needs a mention, the words on the bill"),
        ({"kind": "exempt", "mentions": (MEMBERS,), "rates": ((None, T20),)}, "a class that is exempt has no rates"),
        ({"kind": "exempt", "mentions": (MEMBERS,), "category": "O"}, "outside the scope"),
        ({"kind": "not subject"}, "(EN 16931, BR-E-10)"),
        ({"kind": "not subject", "mentions": (FRANCHISE,), "category": "O"}, "not subject has the category E, not 'O'"),
        ({"kind": "outside scope"}, "outside scope needs a mention, the words on the bill"),
        ({"kind": "outside scope", "mentions": (HELD,), "rates": ((None, T20),)}, "has no rates"),
        ({"kind": "reverse"}, 'write mention = "..." (EN 16931, BR-AE-10)'),
        ({"kind": "reverse", "category": "K"}, "(EN 16931, BR-IC-10)"),
        ({"kind": "reverse", "mentions": (REVERSE,), "category": "S"}, "AE or K or G"),
        ({"kind": "unknown", "rates": ((None, T20),)}, "a class that is unknown has no rates"),
        ({"kind": "unknown", "category": "S"}, "unknown has the category none, not 'S'"),
        ({"kind": "free"}, "the kind is one of standard, exempt"),
        ({"kind": "exempt", "mentions": (NEW, FRANCHISE)}, "from which mentions hold must rise"),
        ({"kind": "unknown", "id": " "}, "a tax class has an id"),
    ],
)
def test_what_cannot_be_a_class_is_refused(values, text):
    """A class that the law or the standard forbids is refused, and the message says by which rule."""
    with pytest.raises(TaxError) as caught:
        TaxClass(**{"id": "x", **values})
    assert any(text in problem for problem in caught.value.problems), caught.value.problems


def test_all_problems_come_at_once():
    """A class with several faults names each of them."""
    with pytest.raises(TaxError) as caught:
        TaxClass("x", "exempt", ((None, Fraction(2)), (None, T20)), "S")
    assert len(caught.value.problems) == 4
    assert all(problem.startswith("x: ") for problem in caught.value.problems)
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize("day", [datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01", None])
@pytest.mark.parametrize("method", ["rate_on", "mention_on", "on"])
@pytest.mark.parametrize("tax", [STANDARD, FREE], ids=lambda tax: tax.id)
def test_a_day_is_a_date(tax, method, day):
    """An instant is no day: whoever asks has to say in which zone."""
    with pytest.raises(InputError, match="a day is a date"):
        getattr(tax, method)(day)


@pytest.mark.parametrize("text", ["", "  ", None])
def test_a_mention_says_something(text):
    """A mention without a text is refused."""
    with pytest.raises(TaxError, match="a mention has a text"):
        Mention(None, text)


@pytest.mark.parametrize(
    "values",
    [
        ("standard", "S", Fraction(0)),
        ("standard", "Z", T20),
        ("standard", "S", None),
        ("standard", "S", T20, MEMBERS),
        ("standard", "S", T20, None, T20),
        ("standard", "S", Fraction(3, 2)),
        ("standard", "S", 0.2),
        ("exempt", "E", None, MEMBERS),
        ("exempt", "E", T20, MEMBERS),
        ("not subject", "E", Fraction(0), FRANCHISE),
        ("not subject", "O", None, FRANCHISE),
        ("outside scope", "O", Fraction(0), HELD),
        ("reverse", "AE", T20, REVERSE),
        ("reverse", "AE", None, REVERSE),
        ("reverse", "AE", Fraction(0), REVERSE, Fraction(-1)),
        ("unknown", "", Fraction(0)),
        ("unknown", "S", None),
        ("exempt", "E", Fraction(0), MEMBERS, T20),
    ],
)
def test_a_treatment_that_contradicts_itself_is_refused(values):
    """A rate where there is none, none where there is one, or a category of another kind is no treatment."""
    with pytest.raises(TaxError):
        Treatment(*values)


def test_treatments_are_values():
    """Treatments can be compared, hashed and not changed."""
    assert len(set(ALL)) == len(ALL)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ALL[0].rate = T10
