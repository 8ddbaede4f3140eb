"""A tariff as a plain price list in words."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing import REFUSAL_CODES, Refusal, Tariff
from cantinekit.pricing.listing import adjust_text, price_list, when_text
from cantinekit.pricing.listing._forms import table
from cantinekit.pricing.listing._texts import ENGLISH, FRENCH
from cantinekit.pricing.listing._words import Named, Say
from cantinekit.pricing.model.forms import COMBINATIONS, SAYABLE
from cantinekit.pricing.model.rules import ADJUST_KINDS, TOGETHER
from cantinekit.pricing.model.sections import Unit
from cantinekit.pricing.terms._term import RENEWALS
from cantinekit.pricing.terms._validity import COUNTS, ENDS
from support.tariffs.files import FILES, HOUSE

HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'

IN_ENGLISH = """
The house
=========
house, EUR, Europe/Paris, prices with tax, tax: standard
a price without a unit is for one piece
the list of the day of use holds

Half a day [half-day]
---------------------
                                                   from 2025-01-01        from 2026-01-01
  category: student                          6.00 EUR per half-day  7.00 EUR per half-day
  price              10.00 EUR per half-day
  Counted in half-days: begun blocks of 5h, at most 2 half-days
  Covered by Carnet: 1 unit per half-day, also in part
  What is not covered is charged
  day: at most 15.00 EUR (for each person and day)
  Saturday: 2.00 EUR more, once per booking [begins on Sat]

Room [room]
-----------
  price
    up to 4h  50.00 EUR per hour (a begun one counts in full)
    beyond    180.00 EUR
  Has to be told: persons
  Not sold (full): over capacity (12 persons) [persons: from 13]
  Deposit keys: 20.00 EUR per booking
  Calling off: 7 days before or earlier: 0% is kept; later than that: 50% is kept; 5.00 EUR per booking more where something is kept

Shelf [shelf]
-------------
  by category and lang
                   fr        en
    visitor  3.00 EUR  4.00 EUR
    student  2.00 EUR         -

Carnet [carnet] (units to be used later)
----------------------------------------
  price  80.00 EUR
  Needs Membership (added where it is missing)
  Gives 10 half-days, account Carnet
  Lasts: 6 months, ends the day before

Membership [membership] (a membership)
--------------------------------------
  price  20.00 EUR
  Lasts: to the end of the calendar year

Month [month] (a plan)
----------------------
  price  price on request (ask at the desk)
  Contract: periods of 1 month, at least 3 periods, renewed for the same period, ends with a period, notice 1 month before, the day on which it is said does not count

Codes
  SPRING: -10%, until 2026-06-30

Taxes
  standard: 20% (from 2014-01-01)

What is asked
  category: visitor or student
  student-card: yes or no
  days: a number, also a part
  persons: a number
  budget: an amount
  note: a text
  extras: several of coffee, screen
  count_of_keys: a number
  lang: fr or en

Opening hours
  Mon to Wed: 09:00-19:00
  Sat: 10:00-12:00
"""  # noqa: E501


def test_the_whole_list_in_english() -> None:
    """Every product has its prices in a table and its rules a line each; then come codes, taxes, facts and hours."""
    assert price_list(Tariff.load(HOUSE), "en") == IN_ENGLISH.strip()


def test_the_list_is_printed_in_the_order_of_the_file() -> None:
    """Products, facts, taxes, codes and bands are printed as they stand in the file; that order is no content."""
    pairs = {
        "product.small": "{ rate = { price = 1.00 } }",
        "product.Large": "{ rate = { price = 2.00 } }",
        "facts.zone": '["z", "a"]',
        "facts.age": '"number"',
        "tax.b": '{ rates = [{ from = 2014-01-01, rate = "20%" }] }',
        "tax.a": '{ kind = "exempt", mention = "m" }',
        "coupon.ZEST": "{ add = -1.00 }",
        "coupon.APPLE": "{ add = -2.00 }",
        "bands.late": '{ clock = "18:00-24:00" }',
        "bands.early": '{ clock = "06:00-09:00" }',
    }
    head = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris" }\n'
    lines = [f"{name} = {value}\n" for name, value in pairs.items()]
    one, other = Tariff.load(head + "".join(lines)), Tariff.load(head + "".join(reversed(lines)))
    first, second = price_list(one).splitlines(), price_list(other).splitlines()
    names = [name.partition(".")[2] for name in pairs]

    def order(shown: list[str]) -> list[str]:
        return sorted(names, key=lambda name: next(
            place for place, line in enumerate(shown) if line.strip().split(":")[0] == name
        ))  # fmt: skip

    pairs_of = list(zip(names[::2], names[1::2], strict=True))
    assert [pair for pair in pairs_of if order(first).index(pair[0]) > order(first).index(pair[1])] == []
    assert [pair for pair in pairs_of if order(second).index(pair[0]) < order(second).index(pair[1])] == []
    assert (one, hash(one), one.version, one.dump()) == (other, hash(other), other.version, other.dump())
    assert Tariff.load(one.dump()) == one


def test_the_whole_list_in_french() -> None:
    """The same list in French: its words, its commas, its days; what the tariff has named itself stays."""
    text = price_list(Tariff.load(HOUSE), "fr").replace("\xa0", " ")
    for line in (
        "house, EUR, Europe/Paris, prix taxes comprises, taxe : standard",
        "un prix sans unité vaut pour une pièce",
        "le tarif du jour d’utilisation s’applique",
        "10,00 € par demi-journée",
        "Couvert par Carnet : 1 unité par demi-journée, même en partie",
        "Ce qui n’est pas couvert est facturé",
        "day : au plus 15,00 € (par personne et par jour)",
        "Saturday : 2,00 € en plus, une fois par réservation [commence sam.]",
        "Pas vendu (full) : capacité dépassée (12 persons) [persons : à partir de 13]",
        "Annulation : au moins 7 jours avant : 0 % retenus ; plus tard : 50 % retenus",
        "Durée : 6 mois, se termine la veille",
        "préavis de 1 mois",
        "prix  sur devis (ask at the desk)",
        "SPRING : -10 %, jusqu’au 30/06/2026",
        "extras : plusieurs parmi coffee, screen",
        "lun. à mer. : 09:00-19:00",
    ):
        assert line in text
    assert len(text.splitlines()) == len(IN_ENGLISH.strip().splitlines())


def amounts(value: Any) -> set[Decimal]:
    """Every price in the data of a tariff's products."""
    if isinstance(value, dict):
        return set().union(*map(amounts, value.values())) if value else set()
    if isinstance(value, (list, tuple)):
        return set().union(*map(amounts, value)) if value else set()
    return {value} if isinstance(value, Decimal) else set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_printed_price_is_on_the_list(path: Path) -> None:
    """Every product and every amount of every price list stands in its list, in both languages."""
    tariff = Tariff.load(path)
    data = tariff.parts.data()["product"]
    for lang in ("fr", "en"):
        text = price_list(tariff, lang).replace(",", ".").replace("\xa0", " ").replace("\u202f", "")
        shown = {Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}
        for name, product in data.items():
            assert product.get("name", name).replace(",", ".").replace("\xa0", " ") in text
            assert (
                amounts({key: product[key] for key in ("rate", "offer", "adjust", "deposit") if key in product})
                <= shown
            )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_languages_say_as_much(path: Path) -> None:
    """No line is there in one language only."""
    tariff = Tariff.load(path)
    lines = [price_list(tariff, lang).splitlines() for lang in ("fr", "en")]
    assert len(lines[0]) == len(lines[1])
    assert all(line == line.rstrip() for line in lines[1])


def condition(text: str) -> tuple[str, str]:
    tariff = Tariff.load(
        HEAD + '[facts]\nwho = ["a", "b"]\nopen = "yes/no"\nheads = "number"\nbudget = "money"\n'
        '[opening]\nhours = [{ days = "mon", open = "09:00-10:00" }]\nholidays = [2026-05-01]\n'
        f'[product.x]\nrank = {{ same = ["person"] }}\nrate = [{{ when = {text}, price = 1.00 }}, {{ price = 2.00 }}]\n'
    )
    when = tariff.products["x"].rate[0].when
    english, french = (when_text(when, lang, "EUR").replace("\xa0", " ") for lang in ("en", "fr"))
    return english, french


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ('{ who = ["a", "b"] }', "who: a or b", "who : a ou b"),
        ("{ open = false }", "open: no", "open : non"),
        ("{ heads = { from = 3 } }", "heads: from 3", "heads : à partir de 3"),
        ("{ heads = { upto = 12 } }", "heads: up to 12", "heads : jusqu’à 12"),
        ("{ heads = { from = 3, below = 12 } }", "heads: from 3 to below 12", "heads : de 3 à moins de 12"),
        ("{ heads = { from = 3, upto = 12 } }", "heads: from 3 to 12", "heads : de 3 à 12"),
        ("{ heads = 4 }", "heads: 4", "heads : 4"),
        ("{ budget = { below = 9.50 } }", "budget: below 9.50 EUR", "budget : moins de 9,50 €"),
        ('{ minutes = { upto = "1h30" } }', "length: up to 1h30", "durée : jusqu’à 1 h 30"),
        (
            '{ lead = { from = "7 days" } }',
            "asked so long before: from 7 days",
            "demandé à l’avance : à partir de 7 jours",
        ),
        ("{ rank = { from = 2 } }", "place in the order: from 2", "rang : à partir de 2"),
        ('{ weekday = "mon-wed" }', "begins on Mon to Wed", "commence lun. à mer."),
        ('{ touches = { weekday = ["sat", "sun"] } }', "touches on Sat, Sun", "touche sam., dim."),
        (
            '{ inside = { clock = "09:00-13:00" } }',
            "lies wholly in 09:00-13:00",
            "se tient entièrement entre 09:00-13:00",
        ),
        (
            '{ ends = { season = ["11-01", "03-31"] } }',
            "ends from 11-01 to 03-31 of every year",
            "finit du 01/11 au 31/03 de chaque année",
        ),
        ("{ date = { from = 2026-01-01 } }", "begins from 2026-01-01", "commence à partir du 01/01/2026"),
        ("{ date = { upto = 2026-01-01 } }", "begins up to 2026-01-01", "commence jusqu’au 01/01/2026"),
        ("{ date = 2026-01-01 }", "begins on 2026-01-01", "commence le 01/01/2026"),
        ("{ holiday = true }", "begins on a holiday", "commence un jour férié"),
        ("{ holiday = false }", "begins on no holiday", "commence hors jours fériés"),
        ('{ holds = ["x"] }', "holds x", "détient x"),
        ('{ lacks = "x" }', "does not hold x", "ne détient pas x"),
        ('{ code = "SUN" }', "with the code SUN", "avec le code SUN"),
        ('{ who = "a", not = { open = true } }', "who: a but not (open: yes)", "who : a sauf (open : oui)"),
        ('[{ who = "a" }, { open = true }]', "who: a or open: yes", "who : a ou open : oui"),
    ],
)
def test_a_condition_in_words(text: str, english: str, french: str) -> None:
    """Every kind of condition reads as a part of a sentence, in both languages."""
    assert condition(text) == (english, french)


def test_no_condition_is_no_words() -> None:
    """What always holds says nothing."""
    assert when_text((), "en", "EUR") == ""


@pytest.mark.parametrize(
    ("rate", "lines"),
    [
        ("{ steps = [{ size = '4h', price = 9.00 }, { size = '8h' }], combination = 'longest_first' }",
         ["4h  9.00 EUR", "8h  not published", "sizes put together: the largest first"]),
        ("{ tiers = [{ upto = 5, price = 3.00 }, { price = 2.00 }], mode = 'graduated' }",
         ["up to 5            3.00 EUR", "each further one   2.00 EUR", "each at the price of its row"]),
        ("{ tiers = [{ upto = 10, price = 3.00 }], mode = 'package' }", ["10 for  3.00 EUR"]),
        ("{ offered = 'gift', at_least = 5.00, suggestion = 8.00 }",
         ["price  as offered (gift), at least 5.00 EUR, suggested 8.00 EUR"]),
        ("{ share = '15%', of = 'gift' }", ["price  15% of gift"]),
        ("{ refuse = 'from', at_least = 90.00, why = 'by menu' }",
         ["price  the list only says “from 90.00 EUR per piece” (by menu)"]),
        ("{ price = 3.00, per = '1h', first = '1h', first_price = 4.00 }",
         ["price  3.00 EUR per hour (the first 1h: 4.00 EUR)"]),
        ("{ price = 3.00, per = '1h', first = '1h', flat = 1.00 }",
         ["price  3.00 EUR per hour (the first 1h in full, 1.00 EUR beside it)"]),
        ("{ price = 3.00, in_units = { TOK = 1.5 } }", ["price  3.00 EUR + 1.5 TOK"]),
        ("{ by = 'who', a = 1.00, b = 2.00 }", ["a  1.00 EUR", "b  2.00 EUR"]),
    ],
)  # fmt: skip
def test_each_form_of_a_price(rate: str, lines: list[str]) -> None:
    """Every form of a price is shown with what each amount is for."""
    text = (
        HEAD
        + '[facts]\nwho = ["a", "b"]\ngift = "money"\n[units.TOK]\ndecimals = 1\n'
        + f"[product.x]\nrate = {rate}\n"
    )
    shown = [" ".join(line.split()) for line in price_list(Tariff.load(text), "en").splitlines()]
    for line in lines:
        assert " ".join(line.split()) in shown


def test_rules_that_go_together() -> None:
    """Adjustments that do not simply follow one another stand under a line that says how they go together."""
    rules = '[{ id = "a", percent = "-10%" }, { id = "b", add = -3.00, once_per = "day" }]'
    text = HEAD + f'[product.x]\nrate = {{ price = 9.00 }}\nadjust = {{ together = "one of", rules = {rules} }}\n'
    assert "  one of these:\n  - a: -10%\n  - b: 3.00 EUR less, once per day" in price_list(Tariff.load(text), "en")
    french = price_list(Tariff.load(text), "fr").replace("\xa0", " ")
    assert "  l’une d’elles :\n  - a : -10 %\n  - b : 3,00 € en moins, une fois par jour" in french


def test_an_adjustment_on_one_line() -> None:
    """What an adjustment does can be said on one line, with its condition and without its name."""
    tariff = Tariff.load(HOUSE)
    rules = tariff.products["half-day"].adjusts
    assert adjust_text(rules[0], "en", "EUR") == "at most 15.00 EUR (for each person and day)"
    assert adjust_text(rules[1], "en", "EUR") == "2.00 EUR more, once per booking [begins on Sat]"


def test_both_languages_have_the_same_words() -> None:
    """No word has a text in one language only, units apart (an English unit is its own word), and the fields agree."""
    units = {word for word in FRENCH if word.startswith("unit ")}
    assert set(FRENCH) - units == {word for word in ENGLISH if not word.startswith("unit ")}
    assert {word for word in ENGLISH if word.startswith("unit ")} <= units
    for word in set(FRENCH) & set(ENGLISH):
        fields = [set(re.findall(r"\{(\w+)\}", words[word])) for words in (FRENCH, ENGLISH)]
        assert fields[0] == fields[1], word


def test_every_word_of_the_format_has_a_text() -> None:
    """Each way to combine, to adjust, to renew and to end has its words."""
    wanted = {*(f"how {word}" for word in COMBINATIONS), *(f"renewal {word}" for word in RENEWALS), *COUNTS}
    wanted |= {f"ends {word}" for word in ENDS} | (set(ADJUST_KINDS) - {"refuse"})
    wanted |= {f"together {word}" for word in TOGETHER if word != "all in order"}
    assert wanted <= set(ENGLISH)
    assert len(REFUSAL_CODES) == 15  # a new one needs a look at how a list says it


def test_names_of_a_tariff_are_not_templates() -> None:
    """Units, facts and names that look like words or templates of the list stay as they are written."""
    text = HEAD + '[facts]\nfirst = "number"\n"{low}" = ["x", "y"]\n'
    text += '[product."{n}"]\nname = "{colon} %s"\n'
    text += 'rate = { when = { first = 3, "{low}" = "x" }, price = 1.00, per = "from" }\n'
    shown = price_list(Tariff.load(text), "fr").replace("\xa0", " ")
    assert "{colon} %s [{n}]" in shown
    assert "first : 3, {low} : x  1,00 € par from" in shown


def lines_of(text: str, lang: str) -> list[str]:
    tariff = Tariff.load(HEAD + text)
    return [line.strip().replace("\xa0", " ") for line in price_list(tariff, lang).splitlines()]


def printed(text: str) -> tuple[list[str], list[str]]:
    return lines_of(text, "en"), lines_of(text, "fr")


def test_an_amount_that_is_given() -> None:
    """A voucher gives its amount, not units without limit."""
    english, french = printed(
        '[product.v]\nsells = "grant"\nrate = { price = 50.00 }\n'
        'grant = { account = "gifts", unit = "EUR", value = 60.00 }\n'
    )
    assert "Gives 60.00 EUR, account gifts" in english
    assert "Donne 60,00 €, compte gifts" in french


def test_units_that_a_cover_takes() -> None:
    """What is taken is said in units of the account, and what for: two units for an hour are not two hours."""
    english, french = printed(
        '[product.room]\ncover = [{ free = 4, unit = "1h", same = ["person", "month"] }, '
        '{ by = "k", unit = "1h", takes = 2 }]\n'
        'beyond = "rate"\nrate = { price = 5.00, per = "1h" }\n'
        '[product.k]\nname = "Carnet"\nsells = "grant"\nrate = { price = 9.00 }\n'
        'grant = { unit = "page", units = 20 }\n'
    )
    assert "Covered by Carnet: 2 units per hour" in english
    assert "Couvert par Carnet : 2 unités par heure" in french
    assert "4 hours for nothing for each person and month" in english
    assert "4 heures sans frais par personne et par mois" in french
    assert "Gives 20 pages, account Carnet" in english
    assert "Donne 20 pages, compte Carnet" in french


def test_a_place_in_an_order_has_its_scope() -> None:
    """The first of what, says the rank of the product."""
    english, french = printed(
        '[product.x]\nrank = { same = ["person", "year"] }\nrate = { price = 5.00 }\n'
        'adjust = { id = "first", when = { rank = 1 }, free = true }\n'
    )
    assert "first: for nothing [place for each person and year: 1]" in english
    assert "first : sans frais [rang par personne et par an : 1]" in french


def test_a_closed_season() -> None:
    """A season without hours is closed, and holidays are listed with their hours."""
    english, french = printed(
        '[opening]\nhours = [{ days = ["mon"], open = ["09:00-12:00"] }]\nholidays = [2026-05-01]\n'
        'seasons = [{ from = "07-01", to = "08-31", hours = [] }]\n[product.x]\nrate = { price = 1.00 }\n'
    )
    assert "from 07-01 to 08-31 of every year: closed" in english
    assert "du 01/07 au 31/08 de chaque année : fermé" in french
    assert english[-2:] == ["Holidays: 2026-05-01", "On holidays: closed"]
    assert french[-2:] == ["Jours fériés : 01/05/2026", "Les jours fériés : fermé"]


def test_a_first_list_that_has_always_held() -> None:
    """A list without a first day stands beside those that have one."""
    english, _ = printed(
        '[product.x]\nprice_date = "use"\nrate = { lists = [{ price = 1.00 }, { from = 2026-01-01, price = 2.00 }] }\n'
    )
    assert ["price", "1.00", "EUR", "2.00", "EUR"] in [line.split() for line in english]
    assert ["at", "first", "from", "2026-01-01"] in [line.split() for line in english]


def test_one_and_several() -> None:
    """Common words have a plural in both languages, which begins at 2 in French; a word of the tariff has the one that
    [units] gives it, or none."""
    english, french = (Say(lang, "EUR") for lang in ("en", "fr"))
    assert [english.many(n, "entry") for n in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
    assert [french.many(n, "séance") for n in (0, 1, 2)] == ["0 séance", "1 séance", "2 séances"]
    assert [french.many(Fraction(3, 2), unit) for unit in ("page", "jour ouvré")] == ["1,5 page", "1,5 jour ouvré"]
    assert french.many(3, "jour ouvré") == "3 jours ouvrés"
    assert (french.many(2, "tour"), english.many(2, "box")) == ("2 tour", "2 box")
    assert (french.many(3, "30min"), english.many(3, "1h")) == ("3 × 30\xa0min", "3 hours")
    assert (french.unit("couverts"), english.unit("persons")) == ("couvert", "person")
    given = Named(units={"box": Unit("Box", "Boxes"), "tour": Unit(plural="tours")})
    assert Say("en", "EUR", given).many(2, "box") == "2 Boxes"
    assert [Say("fr", "EUR", given).many(n, "tour") for n in (1, 2)] == ["1 tour", "2 tours"]


def test_thousands_are_set_apart_in_french() -> None:
    """A French reader sees a narrow no-break space between thousands; decimals and English amounts are left alone."""
    french = Say("fr", "EUR")
    assert french.money(123456789) == "1\u202f234\u202f567,89\xa0€"
    assert french.money(-100000) == "-1\u202f000,00\xa0€"
    assert french.money(99999) == "999,99\xa0€"
    assert french.number(Fraction(12345, 10000)) == "1,2345"
    assert Say("en", "EUR").money(100000) == "1000.00 EUR"
    assert Say("fr", "JPY").money(12000) == "12\u202f000\xa0JPY"


def test_two_products_of_one_name_are_told_apart() -> None:
    """A product is called by its name, with its id behind it where another one has the same name."""
    text = '[product.a]\nname = "Card"\nrate = { price = 1.00 }\n[product.b]\nname = "NAME"\nneeds = "a"\n'
    text += "rate = { price = 1.00 }\n"
    assert "Needs Card" in lines_of(text.replace("NAME", "Room"), "en")
    assert "Needs Card [a]" in lines_of(text.replace("NAME", "Card"), "en")


def test_every_refusal_that_a_list_may_state_has_words() -> None:
    """Each of them reads by itself, without the name of a product in front of it."""
    for code in SAYABLE:
        for lang in ("en", "fr"):
            text = Say(lang, "EUR")(f"refuse {code}", low="1.00", high="2.00")
            assert text.strip(" :\xa0") == text
            assert Refusal(code, "the hall").text(lang).replace("\xa0", " ").count(":") == 1


def test_another_language_is_an_error() -> None:
    """There are two languages; a third is not answered in one of them."""
    with pytest.raises(InputError, match="no texts in 'de'; there are fr, en"):
        price_list(Tariff.load(HOUSE), "de")
    with pytest.raises(InputError, match="no texts in 'de'"):
        when_text((), "de", "EUR")


def test_weekdays_are_told_in_stretches() -> None:
    """Three days and more in a row are a stretch; two are named."""
    say = Say("en", "EUR")
    assert say.weekdays(["mon", "tue", "thu", "fri", "sat"]) == "Mon, Tue, Thu to Sat"
    assert say.weekdays(["sun", "sat"]) == "Sat, Sun"


def test_columns_of_amounts_stand_to_the_right() -> None:
    """Amounts are aligned at their last digit; words, and amounts with a remark, at their first letter."""
    assert table([["a", "1.00 EUR"], ["bb", "10.00 EUR"]], "") == ["a    1.00 EUR", "bb  10.00 EUR"]
    assert table([["a", "1.00 EUR (x)"], ["bb", "10.00 EUR"]], "") == ["a   1.00 EUR (x)", "bb  10.00 EUR"]
    assert table([["a note"], ["a", "1"], ["b", "20"]], "  ") == ["  a note", "  a   1", "  b  20"]


CALLED_OFF = """facts = { who = ["resident", "other"] }
calendar.week = { weekdays = ["mon", "tue", "wed", "thu", "fri"], holidays = [] }
calendar.all = { weekdays = ["mon", "tue", "wed", "thu", "fri", "sat"], holidays = [] }
[product.hall]
rate = { price = 660.00 }
[[product.hall.cancel]]
when = { who = "resident" }
delay = [{ unit = "day" }, { unit = "business day", notice_day = "counts", workdays = "week" }]
keep = [
  { from = "10 business days", percent = "15%" },
  { from = 11, percent = "20%" },
  { from = "3 business days", percent = "75%", fee = 0 },
  { from = 0, price = 90 },
]
fee = 5.00
[[product.hall.cancel]]
delay = { unit = "day" }
keep = { from = 0, percent = "50%" }
"""


def test_calling_off_in_days_and_business_days_in_the_order_in_which_it_is_read() -> None:
    """The first row that is reached holds, so rows in two units stay in their order, each in its own unit."""
    head = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
    text = price_list(Tariff.load(head + CALLED_OFF), "en")
    assert [line.strip() for line in text.splitlines() if "Calling off" in line] == [
        "Calling off: 10 business days before or earlier: 15% is kept; 11 days before or earlier: 20% is kept; "
        "3 business days before or earlier: 75% is kept, without a fee; later than that: "
        "90.00 EUR per booking is kept; 5.00 EUR per booking more where something is kept "
        "(business days: calendar week, the day on which it is said counts) [who: resident]",
        "Calling off: at any time: 50% is kept",
    ]
    lines = [line.strip() for line in text.splitlines()]
    assert lines.index("week: Mon to Fri") < lines.index("all: Mon to Sat")


def test_how_often_how_early_and_how_many() -> None:
    """A line that is due for so many of a fact says so many; a move says how early even with 0; two packs are two."""
    text = """tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts = { copies = "number" }
[product.day]
rate = { price = 12.00 }
move = { delay = { unit = "hour" }, from = 0 }
adjust = { id = "prints", add = 3.00, once_per = "copies", every = 100 }
[advice.desk]
unit = "day"
offers = [{ product = "day", units = 1, count = 2 }]
"""
    lines = [line.strip() for line in price_list(Tariff.load(text), "en").splitlines()]
    assert "prints: 3.00 EUR more, for each begun 100 copies" in lines
    assert "Moving: 0.00 EUR, at least 0 hours before" in lines
    assert "desk (day): 2 × day (1 day)" in lines


def test_how_often_each_amount_is_due() -> None:
    """Each amount says whether it is of the booking or of each piece, in English and in French."""
    text = HEAD_OF_PIECES
    lines = [line.strip() for line in price_list(Tariff.load(text), "en").splitlines()]
    for line in (
        "a price without a unit is for one piece",
        "price  the list only says “between 50.00 EUR and 80.00 EUR per piece”",
        "least: at least 10.00 EUR per piece",
        "most: at most 60.00 EUR per booking",
        "Deposit bike: 50.00 EUR per piece",
        "Deposit file: 5.00 EUR per booking",
        "Due at once: 4.00 EUR per piece",
        "Calling off: at any time: 2.00 EUR per piece is kept; 1.00 EUR per booking more where something is kept",
        "Moving: 3.00 EUR per piece",
        "Staying longer: 3.00 EUR for each begun hour, per piece",
    ):
        assert line in lines, lines
    french = [line.strip() for line in price_list(Tariff.load(text), "fr").splitlines()]
    for line in ("least : au moins 10,00 € par pièce", "Dépôt bike : 50,00 € par pièce",
                 "Dépôt file : 5,00 € par réservation", "un prix sans unité vaut pour une pièce"):  # fmt: skip
        assert line.replace(" €", "\u00a0€").replace(" :", "\u00a0:") in french or line in french, french


HEAD_OF_PIECES = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
product.hall.rate = { refuse = "between", low = 50.00, high = 80.00 }
[product.bike]
rate = { price = 7.00 }
adjust = [{ id = "least", at_least = 10.00, once_per = "piece" }, { id = "most", at_most = 60.00 }]
deposit = [{ id = "bike", price = 50.00, once_per = "piece" }, { id = "file", price = 5.00 }]
down_payment = { price = 4.00, once_per = "piece" }
cancel = { delay = { unit = "day" }, fee = 1.00, keep = [{ from = 0, price = 2.00, once_per = "piece" }] }
move = { fee = 3.00, once_per = "piece" }
overrun = { price = 3.00, per = "1h", once_per = "piece" }
"""
