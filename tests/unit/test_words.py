"""The words of pages: days, times, periods, amounts, states and accounts as French and English have them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import attrs
import pytest

from cantinekit import records
from cantinekit.clock import Period
from cantinekit.domain.base import KINDS
from cantinekit.errors import InputError
from cantinekit.messages import words
from cantinekit.messages._states import FEMININE, STATES
from cantinekit.messages.refusals._words import KINDS as NAMED
from cantinekit.money import Money

PARIS = "Europe/Paris"
FIRST = datetime(2026, 12, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float, length: float = 1) -> Period:
    start = FIRST + hours * HOUR
    return Period(start, start + length * HOUR)


def plain(text: str) -> str:
    """A text with plain spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("said", "french", "english"),
    [
        (lambda lang: words.day(FIRST.date(), lang), "mardi 1er décembre 2026", "Tuesday 1 December 2026"),
        (lambda lang: words.day(date(2026, 8, 2), lang, year=False), "dimanche 2 août", "Sunday 2 August"),
        (lambda lang: words.dated(FIRST.date(), lang), "1er décembre 2026", "1 December 2026"),
        (lambda lang: words.month(FIRST.date(), lang), "décembre 2026", "December 2026"),
        (
            lambda lang: words.days(date(2026, 11, 9), date(2026, 11, 15), lang),
            "9 au 15 novembre 2026",
            "9 to 15 November 2026",
        ),
        (
            lambda lang: words.days(date(2026, 11, 30), date(2026, 12, 1), lang),
            "30 novembre au 1er décembre 2026",
            "30 November to 1 December 2026",
        ),
        (
            lambda lang: words.days(date(2026, 12, 30), date(2027, 1, 2), lang),
            "30 décembre 2026 au 2 janvier 2027",
            "30 December 2026 to 2 January 2027",
        ),
        (lambda lang: words.short_day(FIRST.date(), lang), "01/12/2026", "2026-12-01"),
        (lambda lang: words.short_moment(FIRST, PARIS, lang), "01/12/2026 09:00", "2026-12-01 09:00"),
        (lambda lang: words.clock(FIRST, PARIS, lang), "09:00", "09:00"),
        (lambda lang: words.time(FIRST, PARIS, lang), "9 h", "09:00"),
        (lambda lang: words.time(FIRST + HOUR / 12, PARIS, lang), "9 h 05", "09:05"),
        (lambda lang: words.times(at(0, 3), PARIS, lang), "9 h – 12 h", "09:00 – 12:00"),
        (lambda lang: words.times(at(9, 6), PARIS, lang), "18 h – 24 h", "18:00 – 24:00"),
        (
            lambda lang: words.moment(FIRST, PARIS, lang),
            "mardi 1er décembre 2026, 9 h",
            "Tuesday 1 December 2026, 09:00",
        ),
        (
            lambda lang: words.period(at(0, 3), PARIS, lang, year=False),
            "mardi 1er décembre, 9 h – 12 h",
            "Tuesday 1 December, 09:00 – 12:00",
        ),
        (
            lambda lang: words.period(at(9, 6), PARIS, lang, year=False),
            "mardi 1er décembre, 18 h – 24 h",
            "Tuesday 1 December, 18:00 – 24:00",
        ),
        (
            lambda lang: words.period(at(9, 24), PARIS, lang, year=False),
            "mardi 1er décembre, 18 h – mercredi 2 décembre, 18 h",
            "Tuesday 1 December, 18:00 – Wednesday 2 December, 18:00",
        ),
        (lambda lang: words.money(Money(123450, "EUR"), lang), "1 234,50 €", "1234.50 EUR"),
        (lambda lang: words.number("30%", lang), "30 %", "30%"),
        (lambda lang: words.account("card", lang), "par carte", "by card"),
        (lambda lang: words.account("till of Metz", lang), "till of Metz", "till of Metz"),
        (lambda lang: words.kind("booking", lang), "réservation", "booking"),
        (lambda lang: words.kind("registration", lang), "inscription", "registration"),
        (lambda lang: words.kind("credit note", lang), "avoir", "credit note"),
        (lambda lang: words.line_kind("held", lang), "caution", "deposit"),
        (lambda lang: words.state("cancelled", lang, "booking"), "annulée", "cancelled"),
        (lambda lang: words.state("cancelled", lang, "pass"), "annulé", "cancelled"),
        (lambda lang: words.state("open", lang, "visit"), "en cours", "in progress"),
        (lambda lang: words.state("3/12", lang, "session"), "3/12", "3/12"),
    ],
)
def test_french_and_english(said: Any, french: str, english: str) -> None:
    """Each is written as the language has it, at the wall of the place."""
    assert (plain(said("fr")), said("en")) == (french, english)


def test_several_periods_stand_in_order_with_each_day_once() -> None:
    """Periods are written in the order of time whatever order they come in, and a day is not said again."""
    some = [at(4), at(24), at(0), at(3, 24)]
    assert plain(words.periods(some, PARIS, "fr", year=False)) == (
        "mardi 1er décembre, 9 h – 10 h, 13 h – 14 h ; mardi 1er décembre, 12 h – mercredi 2 décembre, 12 h ; "
        "mercredi 2 décembre, 9 h – 10 h"
    )
    assert words.periods([], PARIS, "en") == ""


def test_a_time_that_comes_twice_says_which() -> None:
    """In the hour that the clock repeats, a time says which of the two is meant; a skipped hour says nothing."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert plain(words.times(Period(first, first + HOUR), PARIS, "fr")) == "2 h 30 (1re fois) – 2 h 30 (2e fois)"
    assert words.clock(first + HOUR, PARIS, "en") == "02:30 (2nd time)"
    assert words.time(datetime(2026, 3, 29, 1, tzinfo=UTC), PARIS, "fr") == "3\u00a0h"


def test_spaces_do_not_break() -> None:
    """No space that could break stands beside a mark of French, in a time or in an amount; English stays as it is."""
    assert words.typeset("Venez : « ici » !", "fr") == "Venez\u00a0: «\u00a0ici\u00a0»\u00a0!"
    assert words.typeset("Come : here", "en") == "Come : here"
    assert words.time(FIRST, PARIS, "fr") == "9\u00a0h"


def states() -> set[tuple[str, str]]:
    """The states that records have, with their kinds."""
    found = set()
    for kind, of in KINDS.items():
        field = attrs.fields_dict(of.cls).get("state")
        hint = getattr(records, str(field.type), None) if field is not None else None
        found |= {(kind, state) for state in get_args(hint)}
    return found


def test_every_state_of_a_record_has_a_name() -> None:
    """Whatever state a record can be in, there is a word for it in both languages."""
    found = states()
    assert {("booking", "requested"), ("pass", "superseded"), ("charge", "void")} <= found
    assert {state for _, state in found} <= set(STATES)


def test_what_is_feminine_agrees() -> None:
    """The kinds whose states have a feminine ending are those that French calls so."""
    articles = {kind: NAMED["fr"].get(kind, "") for kind, _ in states()}
    assert {kind for kind, said in articles.items() if said.startswith("la ") and kind != "charge"} <= FEMININE
    assert not {kind for kind, said in articles.items() if said.startswith("le ")} & FEMININE
    assert [words.state(name, "fr", "order") for name in ("sold", "expired")] == ["vendue", "expirée"]


def test_a_language_without_texts_is_refused() -> None:
    """Every word refuses a language that there are no texts in."""
    period = at(0)
    calls = [
        lambda: words.day(FIRST.date(), "de"),
        lambda: words.days(FIRST.date(), FIRST.date(), "de"),
        lambda: words.month(FIRST.date(), "de"),
        lambda: words.short_moment(FIRST, PARIS, "de"),
        lambda: words.times(period, PARIS, "de"),
        lambda: words.moment(FIRST, PARIS, "de"),
        lambda: words.periods([], PARIS, "de"),
        lambda: words.money(Money(1, "EUR"), "de"),
        lambda: words.number(1, "de"),
        lambda: words.typeset("a", "de"),
        lambda: words.state("held", "de"),
        lambda: words.kind("booking", "de"),
        lambda: words.account("card", "de"),
        lambda: words.line_kind("held", "de"),
    ]
    for call in calls:
        with pytest.raises(InputError, match="de"):
            call()
