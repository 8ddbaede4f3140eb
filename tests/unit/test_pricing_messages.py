"""What a writer of a price list is told about the mistakes that are made first."""

from __future__ import annotations

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris" }\n'


def told(body: str) -> list[str]:
    with pytest.raises(TariffError) as caught:
        Tariff.load(HEAD + body + "\n")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("product.a.rate = { price = 5,50 }", "written with a point"),
        ("product.a.rate = 5,50", "written with a point"),
        ("product.a.rate = { price = 5.50 € }", "without its currency"),
        ("product.a.rate = { share = 20%, of = 'x' }", "a percentage in quotes"),
        ("product.a = { rate = { price = 5 }, name = Demi }", "a text stands in quotes"),
        ("product.a = { rate = { price = 5 },\nname = 'Demi' }", "stands on one line"),
    ],
)
def test_a_file_that_is_no_toml_says_what_was_probably_meant(body: str, words: str) -> None:
    """Decimal commas, currency signs, bare words and tables over several lines are named, with their line."""
    (message,) = told(body)
    assert message.startswith("line 2: ")
    assert words in message


def test_other_mistakes_get_no_wrong_advice() -> None:
    """The control: what is none of these keeps the plain message, also where a comma or a brace is in a text."""
    (message,) = told('product.a = { name = "5,50 { €", rate = { price = 5 } } x')
    assert ";" not in message


A = "product.a.rate.price = 5\n"
RULE = "product.a = { rate.price = 5, adjust = "


@pytest.mark.parametrize(
    ("body", "place", "meant"),
    [
        ("product.a.price = 5", "product.a.price", "rate"),
        (RULE + "{ id = 'x', max = 20 } }", "product.a.adjust[0].max", "at_most"),
        (RULE + "{ id = 'x', discount = '5%' } }", "product.a.adjust[0].discount", "percent"),
        ("product.a.rate = { price = 5, when = { hours = 3 } }", "product.a.rate[0].when[0].hours", "minutes"),
        ("product.a.rate = { price = 5, unit = '1h' }", "product.a.rate[0].unit", "per"),
        (A + "examples.list = [{ id = 'x', product = 'a', total = 5 }]", "examples.list[0].total", "gross"),
    ],
)  # fmt: skip
def test_a_word_of_price_lists_leads_to_the_key(body: str, place: str, meant: str) -> None:
    """A word that a writer tries first is answered with the key that is meant, in one problem at its place."""
    (message,) = told(body)
    assert f" {place}: " in message
    assert message.endswith(f"did you mean {meant!r}?")


def test_a_fact_that_is_not_declared_is_called_so() -> None:
    """A condition about an undeclared fact says where facts are declared."""
    (message,) = told("product.a.rate = { price = 5, when = { member = true } }")
    assert message.endswith("member: neither a word of conditions nor declared in [facts]")


@pytest.mark.parametrize(
    "body",
    [
        "product.a.rate = { per = 'day', tiers = [{ price = 5 }], mode = 'graduated' }",
        "product.a.rate = { per = 'day', upto = [{ price = 5 }] }",
        "product.a = { measure = { unit = 's', sessions = { am = '09:00-12:00' } }, "
        "rate = { per = 's', sets = 'session', columns = ['am'], rows = [[5]] } }",
    ],
)
def test_a_unit_that_would_change_nothing_is_refused(body: str) -> None:
    """Beside a form that prices the whole, `per` would be ignored; so it is a problem."""
    (message,) = told(body)
    assert ".per: " in message
    assert "are totals" in message
