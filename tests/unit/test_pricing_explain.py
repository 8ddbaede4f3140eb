"""The explanation of a quote: in French, in English, and as data."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import REFUSAL_CODES, Item, Lot, Order, Quote, Refusal, State, Tariff, refusals, texts

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TEXT = """
[tariff]
id = "t"
currency = "EUR"
timezone = "Europe/Paris"
price_date = "use"
[facts]
category = ["visitor", "member"]
[product.desk]
name = "Poste de travail"
measure = { unit = "half-day", every = "5h", at_most = 2 }
cover = [{ by = "carnet", unit = "half-day", partial = true }]
beyond = "rate"
rate = [
  { id = "members", when = { category = "member" }, price = 6.00, per = "half-day" },
  { lists = [{ from = 2025-09-01, price = 10.00 }], per = "half-day" },
]
adjust = [
  { id = "jour", at_most = 15.00, same = ["person", "day"] },
  { id = "members only", when = { category = "member" }, at_most = 9.00 },
]
[product.party]
rate = { refuse = "from", at_least = 150.00, why = "selon la formule" }
"""


def quote() -> Quote:
    visit = Item("desk", Period(NOW, NOW + timedelta(hours=8)), 2, facts={"category": "visitor"}, id="visite")
    order = Order((visit, Item("party", id="soirée")), "per_1")
    lots = (
        Lot("vieux", "carnet", 4, NOW - timedelta(days=400), NOW - timedelta(days=1)),
        Lot("neuf", "carnet", 1, NOW - timedelta(days=1), NOW + timedelta(days=90)),
        Lot("sans fin", "carnet", 1, NOW - timedelta(days=9)),
    )
    return Tariff.load(TEXT).quote(order, State(lots=lots))


FRENCH = """
[visite] Poste de travail
  Décompte : 2 × 2 half-day
  Droits : compte carnet : on prend 2 half-day sur 4 nécessaires, le solde est épuisé
    lot vieux : expiré
    lot neuf : 1, car il expire en premier
    lot sans fin : 1, c’est le seul encore utilisable
  Droits : ce qui n’est pas couvert est facturé
  Prix « members » : ne s’applique pas ici
  Prix : 2 half-day à 10,00 € : 20,00 €, tarif du 01/09/2025
  Ajustement « jour » : plafond de 15,00 € par jour, déjà 0,00 € : le montant est réduit
  Ajustement « members only » : ne s’applique pas ici
  = Poste de travail : 15,00 €
  = couvert par le lot neuf (1)
  = couvert par le lot sans fin (1)
[soirée] party
  ! Pas de prix : party : le tarif indique seulement « à partir de 150,00 € » (selon la formule)
Part connue : 15,00 €
"""

ENGLISH = """
[visite] Poste de travail
  Count: 2 × 2 half-day
  Entitlements: account carnet: 2 half-day taken of the 4 needed, nothing is left
    lot vieux: expired
    lot neuf: 1, because it expires first
    lot sans fin: 1, the only one left to use
  Entitlements: what is not covered is charged
  Price “members”: does not apply here
  Price: 2 half-day at 10.00 EUR: 20.00 EUR, list of 2025-09-01
  Adjustment “jour”: at most 15.00 EUR a day, 0.00 EUR so far: reduced
  Adjustment “members only”: does not apply here
  = Poste de travail: 15.00 EUR
  = covered by lot neuf (1)
  = covered by lot sans fin (1)
[soirée] party
  ! No price: party: the list only says “from 150.00 EUR” (selon la formule)
Known part: 15.00 EUR
"""


@pytest.mark.parametrize(("lang", "text"), [("fr", FRENCH), ("en", ENGLISH)])
def test_a_quote_explains_itself(lang: str, text: str) -> None:
    """Every rule says what it did, every lot why it was used or not, every refusal why there is no price."""
    assert quote().explain(lang).replace("\xa0", " ") == text.strip()


def test_an_accepted_quote_ends_with_its_total() -> None:
    """The total stands at the end, in the words of the language."""
    done = Tariff.load(TEXT).quote(Item("desk", Period(NOW, NOW + timedelta(hours=1)), facts={"category": "member"}))
    assert done.explain("en").endswith("Total: 6.00 EUR")
    assert done.explain("fr").endswith("Total\xa0: 6,00\xa0€")


def test_the_explanation_is_data_for_json() -> None:
    """Each step has the rule, what became of it and the amounts before and after; it survives JSON."""
    steps = quote().explanation()
    assert json.loads(json.dumps(steps)) == steps
    rated = next(step for step in steps if step["rule"] == "product.desk.rate[1]")
    assert rated == {
        "item": "visite",
        "product": "desk",
        "phase": "rate",
        "rule": "product.desk.rate[1]",
        "id": "",
        "status": "applied",
        "why": "priced",
        "before": "0.00 EUR",
        "after": "20.00 EUR",
        "values": {
            "since": "2025-09-01",
            "quantity": 2,
            "unit": "half-day",
            "amount": "20.00 EUR",
            "printed": "10.00 EUR",
        },
    }
    cap = next(step for step in steps if step["id"] == "jour")
    assert (cap["before"], cap["after"]) == ("20.00 EUR", "15.00 EUR")
    assert cap["values"]["meter"] == "cap/t/desk/jour/person=per_1/day=2026-11-24"
    assert steps[-1]["status"] == "refused"
    assert steps[-1]["values"] == {"what": "party", "reason": "selon la formule"}


def test_each_rule_is_there_once_and_the_amounts_telescope() -> None:
    """The rules of the product in the order of the phases; each step begins where the one before it ended."""
    tariff, done = Tariff.load(TEXT), quote()
    steps = [step for step in done.explanation() if step["item"] == "visite"]
    assert [step["rule"] for step in steps] == [path for _, path, _ in tariff.products["desk"].rules()]
    assert [step["rule"].removeprefix("product.desk.") for step in steps] == [
        "measure",
        "cover[0]",
        "beyond",
        "rate[0]",
        "rate[1]",
        "adjust[0]",
        "adjust[1]",
    ]
    assert all(a["after"] == b["before"] for a, b in pairwise(steps))
    total = Money.sum((step.amount for step in done.trace if step.item == "visite"), "EUR")
    assert total == done.lines[0].amount


def test_what_came_after_a_refusal_was_not_come_to() -> None:
    """The refused rule says so, those behind it that they were not reached."""
    done = Tariff.load(TEXT).quote(Item("desk", Period(NOW, NOW + timedelta(hours=1))))
    assert [(step.rule.removeprefix("product.desk."), step.status, step.why) for step in done.trace] == [
        ("measure", "applied", "measured"),
        ("cover[0]", "not_applicable", "no_lot"),
        ("beyond", "applied", "rest_at_rate"),
        ("rate[0]", "refused", "incomplete"),
        ("rate[1]", "not_applicable", "not_reached"),
        ("adjust[0]", "not_applicable", "not_reached"),
        ("adjust[1]", "not_applicable", "not_reached"),
    ]
    assert "il manque une information\xa0: category" in done.explain("fr")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("code", REFUSAL_CODES)
def test_every_refusal_has_a_sentence(code: str, lang: str) -> None:
    """Each code of the closed list reads as a sentence that names what it is about."""
    refusal = Refusal(code, "the room", low=Money(100, "EUR"), high=Money(200, "EUR"), why="because")
    text = refusal.text(lang)
    assert "the room" in text
    assert text.endswith("(because)")
    assert "{" not in text
    if lang == "fr":
        assert re.search(r"\w\xa0:", text)


def test_what_is_missing_is_named_in_the_language() -> None:
    """The facets have names for people; a fact keeps the word of the tariff."""
    refusal = Refusal("incomplete", "day, as_of, period, category", facets=("day", "as_of", "period", "category"))
    assert refusal.text("fr").endswith("le jour, le moment de l’achat, l’heure de début et de fin, category")
    assert refusal.text("en").endswith("the day, the moment of purchase, the beginning and the end, category")


def test_both_languages_have_the_same_texts() -> None:
    """No code has a sentence in one language only, and both use the same values."""
    for table in (refusals.REASONS, refusals._FACETS, *texts._TABLES):
        assert set(table["fr"]) == set(table["en"])
        for code in table["fr"]:
            fields = [set(re.findall(r"\{(\w+)", table[lang][code])) for lang in ("fr", "en")]
            assert fields[0] - {"left", "unit"} == fields[1] - {"left", "unit"}, code
    assert set(refusals.REASONS["en"]) == set(REFUSAL_CODES)


def test_another_language_is_an_error() -> None:
    """There are two languages; a third is not answered in one of them."""
    with pytest.raises(InputError, match="no texts in 'de'"):
        quote().explain("de")
    with pytest.raises(InputError, match="no texts in 'de'"):
        Refusal("expired", "x").text("de")


def test_texts_of_a_tariff_are_not_templates() -> None:
    """Braces and percent signs in names, ids and reasons stay as they are written."""
    text = TEXT.replace('"jour"', '"{jour} %s"').replace("selon la formule", "{0} {what} %d").replace("Poste", "{x}")
    tariff = Tariff.load(text)
    item = Item("desk", Period(NOW, NOW + timedelta(hours=8)), 2, facts={"category": "visitor"}, id="{id}")
    explained = tariff.quote(Order((item, Item("party")), "per_1")).explain("en")
    assert "Adjustment “{jour} %s”" in explained
    assert "{x} de travail: 15.00 EUR" in explained
    assert "({0} {what} %d)" in explained
    assert "[{id}] {x} de travail" in explained


def test_a_yen_is_shown_as_a_yen() -> None:
    """Amounts are written with the decimals of their currency, in both languages."""
    text = '[tariff]\nid = "t"\ncurrency = "JPY"\ntimezone = "Asia/Tokyo"\n[product.desk]\nrate = { price = 700 }\n'
    done = Tariff.load(text).quote(Item("desk", day=date(2026, 11, 24)))
    assert done.explain("fr").endswith("Total\xa0: 700\xa0JPY")
    assert done.explain("en").endswith("Total: 700 JPY")
