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


IDLE = {
    "measure = { unit = 'minute', gap = 'next' }, rate.price = 5": "'gap' goes with 'sessions'",
    "measure = { unit = 'minute', smallest = '0.5' }, rate.price = 5": "'smallest' goes with 'fact'",
    "cover = { free = 'all', unit = 'day', order = 'oldest first' }, rate.price = 5": "not for an allowance",
    "cover = { free = 'all', unit = 'day', limit = { at_most = 1, same = ['person'] } }, rate.price = 5": "not for an",
    "measure = { unit = 'd', fact = 'n', smallest = '0.5', at_most = 2 }, rate.price = 5": "not go with 'smallest'",
    "measure = { unit = 'd', fact = 'n', smallest = '0.5' }, rate = { price = 5, per = 'd' }, beyond = 'rate', "
    "cover = { free = 1, unit = 'd', same = ['person'] }": "not go with 'smallest'",
    "rate = { price = 5, per = 'hours' }": "did you mean 'hour'?",
    "rate = { price = 5, per = 'min' }": "did you mean 'minute'?",
    "rate = { price = 5, per = '1h' }, cover = { by = 'c', unit = 'houer' }, beyond = 'rate'": "did you mean 'hour'?",
    "move = { from = 3 }, rate.price = 5": "'from' needs 'delay'",
    "prorate = { rule = 'both ends', of = 'days of the month' }, rate.price = 5": "needs the period: 'valid'",
    "rate = { price = 5, when = { amount = 3 } }": "only adjustments can ask for it",
    "rate = { price = 5, when = { band = 'evening' } }": "there is no section [bands]",
    "rate.price = 5, adjust = { id = 'x', add = 5, on = 'cofee' }": "did you mean 'coffee'?",
}


@pytest.mark.parametrize("body", IDLE)
def test_a_key_that_could_never_matter_is_a_problem(body: str) -> None:
    """What would change nothing, or ask for what nobody can say, is refused where it stands."""
    (message,) = told("facts.n = 'decimal'\nproduct.coffee.rate.price = 1\nproduct.a = { " + body + " }")
    assert IDLE[body] in message


def test_a_band_needs_a_product_that_is_cut() -> None:
    """A condition about a band of time, and a grid by it, are for products with bands."""
    for rate in ("rate = { price = 5, when = { band = 'evening' } }", "rate = { by = 'band', evening = 5 }"):
        (message,) = told("bands.evening.clock = '18:00-22:00'\nproduct.a = { " + rate + " }")
        assert "split = { bands = [...] } is needed" in message


def test_what_has_an_effect_is_read() -> None:
    """The control: the same keys beside what they go with are no problem."""
    assert Tariff.load(
        HEAD
        + "bands.evening.clock = '18:00-22:00'\nproduct.coffee = { tags = 'extra', rate.price = 1 }\n"
        + "product.a = { split = { bands = 'evening', outside = 'day' }, rate = { by = 'band', evening = 5, day = 4 }, "
        + "adjust = [{ id = 'x', add = 5, on = ['extra', 'coffee'], when = { amount = { from = 3 } } }] }\n"
        + "product.c = { rate = { price = 5, per = 'tour' }, cover = { by = 'c', unit = 'tour' }, beyond = 'rate' }\n"
        + "product.b = { measure = { unit = 's', sessions = { am = '09:00-12:00' }, gap = 'next' }, rate.price = 5 }\n"
    )
