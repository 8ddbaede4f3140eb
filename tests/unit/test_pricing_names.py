"""Products are called by their names in what is told of a quote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.pricing import Agreement, Cancel, Item, Order, Quote, Refusal, State, Tariff
from cantinekit.pricing.engine import order as engine

TEXT = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
product.m = { name = "Membership of the year", sells = "membership", rate = { price = 10.00 } }
product.big = { name = "The large hall", needs = "m", rate = { price = 4.00, per = "1h" } }
product.ask = { name = "The garden", rate = { refuse = "on_quote" } }
product.plain = { rate = { price = 1.00 } }
[product.off]
rate = { price = 9.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "10%" }] }
"""
START = datetime(2026, 6, 1, 8, tzinfo=UTC)
STAY = Period(START, START + timedelta(hours=2))


def quoted(item: Item, *, program: bool, holds: frozenset[str] | None = frozenset()) -> Quote:
    """A quote by a program, where there is one, or by the phases."""
    tariff, order = Tariff.load(TEXT), Order((item,), holds=holds)
    if program:
        return tariff.quote(order)
    return engine.quote(tariff.parts, tariff.version, order, State())


@pytest.mark.parametrize("program", [True, False])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_quote_knows_the_names(program: bool, form: str) -> None:
    """Without further words an explanation calls a product by its name, in its head, in refusals and in what must be
    held; one without a name by its id."""
    held = quoted(Item("big", STAY), program=program, holds=frozenset({"m"})).explain("en", form)  # type: ignore[arg-type]
    assert "The large hall\n" in held
    assert "Membership of the year: held" in held
    missing = quoted(Item("big", STAY), program=program).explain("en", form)  # type: ignore[arg-type]
    assert "needed, and not held: Membership of the year" in missing
    assert "The garden: price on request" in quoted(Item("ask"), program=program).explain("en", form)  # type: ignore[arg-type]
    assert "plain\n" in quoted(Item("plain"), program=program).explain("en", form)  # type: ignore[arg-type]


@pytest.mark.parametrize("program", [True, False])
def test_other_names_may_be_given(program: bool) -> None:
    """Names that are given are taken instead; with none of them there are ids."""
    quote = quoted(Item("big", STAY), program=program)
    assert "needed, and not held: m" in quote.explain("en", names={})
    assert "needed, and not held: Adhésion" in quote.explain("en", names={"m": "Adhésion"})
    assert quote.reasons.names == Tariff.load(TEXT).names


def test_a_product_that_is_not_sold_is_named_as_it_was_asked_for() -> None:
    """What the list does not have has no name."""
    assert "sauna: no published price" in quoted(Item("sauna"), program=True).explain("en")


@pytest.mark.parametrize("facet", ["day", "as_of", "at", "period", "until", "item", "holds"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_what_is_asked_for_has_words(facet: str, lang: str) -> None:
    """Everything but a fact that a refusal may ask for has words in both languages."""
    text = Refusal("incomplete", facet, facets=(facet,)).text(lang)
    assert not text.endswith(f" {facet}") or (facet, lang) in {("day", "en"), ("item", "en"), ("holds", "en")}
    assert len(text.partition(":")[2].split()) > 1


def test_the_moment_of_a_change_and_what_is_held_are_asked_for_in_words() -> None:
    """The facets that questions really lack: what the customer holds, and when something is called off."""
    who = quoted(Item("big", STAY), program=True, holds=None)
    assert "il manque une information\u00a0: ce que la personne détient" in who.explain("fr")
    assert "to be asked first: what the customer holds" in who.explain("en")
    tariff = Tariff.load(TEXT)
    order = Order((Item("off", STAY),))
    (stop,) = tariff.change(Agreement.of(order, tariff.quote(order)), Cancel()).refusals
    assert stop.facets == ("at",)
    assert stop.text("en") == "to be asked first: the moment of the change"
    assert stop.text("fr") == "il manque une information\u00a0: le moment du changement"
