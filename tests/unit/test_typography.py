"""French texts are set as French is: spaces that do not break beside its marks and in its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.cli import _quote as cli
from cantinekit.clock import Period
from cantinekit.common.typography import NO_BREAK, THIN, french, money, number
from cantinekit.demo._texts import TEXTS as DEMO
from cantinekit.messages import TEXTS as MESSAGES
from cantinekit.messages import render
from cantinekit.money import Money
from cantinekit.pricing import Item, Lot, Order, PricingRule, Refusal, State, Tariff, refusals
from cantinekit.pricing import texts as _texts
from cantinekit.pricing.format import toml
from cantinekit.pricing.listing import _words, price_list
from cantinekit.pricing.model.load import NESTED
from support.tariffs.every_key import LISTS

LOOSE = re.compile(r" [:;!?»]|« | €| %|n° ")
"""A space that could break where none may."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Prix : 3", f"Prix{NO_BREAK}: 3"),
        (" : ", f"{NO_BREAK}: "),
        ("vraiment ? oui !", f"vraiment{NO_BREAK}? oui{NO_BREAK}!"),
        ("a ; b", f"a{NO_BREAK}; b"),
        ("« {low} »", f"«{NO_BREAK}{{low}}{NO_BREAK}»"),
        ("n° 3", f"n°{NO_BREAK}3"),
        ("09:00, sans espace", "09:00, sans espace"),
    ],
)
def test_a_sentence(text: str, shown: str) -> None:
    """A space before a tall mark, inside the quotation marks and behind "n°" does not break; twice set is once set."""
    assert french(text) == french(french(text)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("7.50", "7,50"),
        ("999", "999"),
        ("1234.50", f"1{THIN}234,50"),
        ("1234567", f"1{THIN}234{THIN}567"),
        (1000, f"1{THIN}000"),
        ("-30%", f"-30{NO_BREAK}%"),
        ("5.5%", f"5,5{NO_BREAK}%"),
        ("0.1234", "0,1234"),
    ],
)
def test_a_number(text: object, shown: str) -> None:
    """In French thousands are apart, decimals have a comma, and nothing breaks; in English it stays as it is."""
    assert number(text, "fr") == shown
    assert number(text, "en") == str(text)


def test_an_amount() -> None:
    """The sign of the euro, or the code of the currency, stands behind a space that does not break."""
    assert money(Money(123450, "EUR"), "fr") == f"1{THIN}234,50{NO_BREAK}€"
    assert money(Money(-1200, "JPY"), "fr") == f"-1{THIN}200{NO_BREAK}JPY"
    assert money(Money(123450, "EUR"), "en") == "1234.50 EUR"
    assert (money(None, "fr"), money("10%", "fr")) == ("", f"10{NO_BREAK}%")


def templates() -> Iterator[tuple[str, str]]:
    """Every French text that is written down."""
    for name, table in (("refusals", refusals.REASONS["fr"]), ("facets", refusals._FACETS["fr"])):
        yield from ((f"{name} {key}", text) for key, text in table.items())
    for table in (*_texts._SET["fr"], _words._WORDS["fr"], cli._WORDS["fr"]):
        yield from table.items()
    yield from ((name, text) for name, texts in MESSAGES.items() for text in texts["fr"])
    yield from ((name, texts["fr"]) for name, texts in DEMO.items())


def test_no_text_has_a_space_that_breaks_before_a_mark() -> None:
    """Of all French texts: explanations, refusals, the printed list, the command, messages and the demonstration."""
    found = dict(templates())
    assert len(found) > 400
    assert {name: text for name, text in found.items() if LOOSE.search(text)} == {}
    assert sum(NO_BREAK in text for text in found.values()) > 90


@pytest.mark.parametrize("name", LISTS)
def test_printed_lists(name: str) -> None:
    """No printed list has a space that breaks before a mark or in a number, and English has none of these spaces."""
    rules = [PricingRule(form, 1, "adjust", lambda params, complain: params, lambda settings, amount, about: amount)
             for form in ("every nth free",)]  # fmt: skip
    tariff = Tariff.load(toml.write(LISTS[name], NESTED), rules=rules)
    assert LOOSE.findall(price_list(tariff, "fr")) == []
    assert not {NO_BREAK, THIN} & set(price_list(tariff, "en"))


LARGE = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts.people = "number"
[product.hall]
name = "Salle"
cover = { by = "carnet", unit = "1h", smallest = "0.5", partial = true }
beyond = "rate"
rate = { price = 1200.00, per = "1h", started = true }
adjust = [{ id = "tous", percent = "-12.5%" }, { id = "plafond", at_most = 20000.00, same = ["person", "day"] }]
cancel = { delay = { unit = "day" }, keep = [{ from = 1200, percent = "0%" }, { from = 0, price = 1500.00 }] }
[product.other]
rate = { upto = [{ upto = 1000, price = 1500.00 }, { refuse = "on_quote" }], of = "people" }
[coupon.SUN]
percent = "-1%"
limit = { at_most = 1000, same = ["person"] }
"""


def test_an_explanation_in_large_numbers() -> None:
    """Amounts, percentages and units of an explanation, and those of its refusals, are set in the same way."""
    tariff = Tariff.load(LARGE)
    start = datetime(2026, 6, 1, 8, tzinfo=UTC)
    lots = (Lot("l", "carnet", left=3, bought=start, expires=start + timedelta(days=9)),)
    stay = Item("hall", Period(start, start + timedelta(hours=4)))
    quote = tariff.quote(Order((stay, Item("other", facts={"people": 2000})), "anna"), State(lots=lots))
    text = quote.explain("fr")
    assert LOOSE.findall(text.replace("  ! ", "  ")) == []  # the mark before a refusal
    assert f"compte carnet{NO_BREAK}: on prend 1,5 × 1h" in text
    assert f"-12,5{NO_BREAK}%" in text
    assert f"20{THIN}000,00{NO_BREAK}€" in text
    assert "[1] Salle" in text
    assert f"à 1{THIN}200,00{NO_BREAK}€" in text
    assert f"Total{NO_BREAK}:" in text or f"Part connue{NO_BREAK}:" in text
    printed = price_list(tariff, "fr")
    assert LOOSE.findall(printed) == []
    amounts = set(re.findall(r"[\d\u202f,]+(?:\xa0€)?", printed))
    assert {f"1{THIN}200", f"1{THIN}000", f"1{THIN}500,00{NO_BREAK}€"} <= amounts
    refusal = Refusal("between", "Salle", low=Money(100000, "EUR"), high=Money(200000, "EUR"))
    assert refusal.text("fr") == (
        f"Salle{NO_BREAK}: le tarif indique seulement «{NO_BREAK}entre 1{THIN}000,00{NO_BREAK}€ "
        f"et 2{THIN}000,00{NO_BREAK}€{NO_BREAK}»"
    )


def test_a_message() -> None:
    """A mail has its subject and its text set so, and what it is about as it was written."""
    subject, text = render("seat offered", "fr", {"what": "Atelier : bois", "name": "Anna"})
    assert subject == f"Une place vous est proposée{NO_BREAK}: Atelier : bois"
    assert f"s’est libérée{NO_BREAK}: Atelier : bois" in text
    assert NO_BREAK not in "".join(render("seat offered", "en", {"what": "x"}))


def test_texts_of_a_tariff_stay_as_they_are() -> None:
    """What a tariff says itself is not set anew: a name keeps its spaces in both languages."""
    tariff = Tariff.load(LARGE.replace('"Salle"', '"Salle : la grande"'))
    quote = tariff.quote(Item("hall", day=date(2026, 6, 1)))
    assert "Salle : la grande" in price_list(tariff, "fr")
    assert not quote.ok
