"""Tariff files that are wrong, hostile or absurd: refused whole, with every problem, its path and its line, quickly."""

from __future__ import annotations

import decimal
import time

import pytest

from cantinekit.errors import CantineError, TariffError
from cantinekit.pricing import Problem, Tariff

HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'
FACTS = '[facts]\ncategory = ["visitor", "member"]\nroom = ["blue", "red"]\nnight = "yes/no"\npersons = "number"\n'

LIMIT = 1.5
"""Seconds of processor time; a quiet machine takes a third of one."""


def problems(text: str) -> list[Problem]:
    with pytest.raises(TariffError) as caught:
        Tariff.load(text)
    found = list(caught.value.problems)
    assert found
    assert all(isinstance(problem, Problem) and problem.message for problem in found)
    return found


def product(body: str) -> str:
    return f"{HEAD}{FACTS}[product.desk]\n{body}\n"


ONE_PROBLEM = {
    "a negative price": ("rate = { price = -1.00 }", "product.desk.rate[0].price", "negative"),
    "too many decimals": ("rate = { price = 1.001 }", "product.desk.rate[0].price", "more decimals"),
    "an exponent": ("rate = { price = 1e2 }", "product.desk.rate[0].price", "no amount"),
    "nan": ("rate = { price = nan }", "product.desk.rate[0].price", "no amount"),
    "inf": ("rate = { price = inf }", "product.desk.rate[0].price", "no amount"),
    "minus inf": ("rate = { price = -inf }", "product.desk.rate[0].price", "no amount"),
    "an absurd price": ("rate = { price = 99999999999999 }", "product.desk.rate[0].price", "absurdly large"),
    "a hundred digits": (f"rate = {{ price = {'9' * 100}.00 }}", "product.desk.rate[0].price", "no amount"),
    "decimals that a context would round": (
        "rate = { price = 1.000000000000000000001 }",
        "product.desk.rate[0].price",
        "more decimals",
    ),
    "a price in quotes": ('rate = { price = "7.00" }', "product.desk.rate[0].price", "without quotes"),
    "a price that is a flag": ("rate = { price = true }", "product.desk.rate[0].price", "not true or false"),
    "a price that is a date": ("rate = { price = 2026-01-01 }", "product.desk.rate[0].price", "not a date"),
    "no rate": ('name = "Desk"', "product.desk", "'rate' is needed"),
    "an empty list of rates": ("rate = []", "product.desk.rate", "at least one rate"),
    "a rate that is a text": ('rate = "free"', "product.desk.rate", "a table or a list of tables"),
    "a rate that is a list of numbers": ("rate = [7.00]", "product.desk.rate[0]", "a table is needed"),
    "a rate without a price": ('rate = { per = "1h" }', "product.desk.rate[0]", "a price is needed"),
    "two forms in one rate": (
        'rate = { price = 1.00, refuse = "on_quote" }',
        "product.desk.rate[0]",
        "one form is needed",
    ),
    "a rate that is never reached": (
        "rate = [{ price = 1.00 }, { price = 2.00 }]",
        "product.desk.rate[1]",
        "never reached",
    ),
    "an unknown refusal": ('rate = { refuse = "nope" }', "product.desk.rate[0].refuse", "is not one of"),
    "a refusal that only a question can give": (
        'rate = { refuse = "incomplete" }',
        "product.desk.rate[0].refuse",
        "is not one of",
    ),
    "a refusal that is a number": ("rate = { refuse = 3 }", "product.desk.rate[0].refuse", "the code"),
    "'from' without its amount": ('rate = { refuse = "from" }', "product.desk.rate[0]", "'at_least' is needed"),
    "'between' upside down": (
        'rate = { refuse = "between", low = 9, high = 8 }',
        "product.desk.rate[0].low",
        "above 'high'",
    ),
    "no such length": ('rate = { price = 1, per = "1x" }', "product.desk.rate[0].per", "a length of time"),
    "a length of nothing": ('rate = { price = 1, per = "0h" }', "product.desk.rate[0].per", "a length of time"),
    "started without per": ("rate = { price = 1, started = true }", "product.desk.rate[0].started", "without 'per'"),
    "a started person": (
        'rate = { price = 1, per = "person", started = true }',
        "product.desk.rate[0].started",
        "for a length of time",
    ),
    "lists that overlap": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-01-01, price = 1 }, { from = 2026-01-01, price = 2 }] }',
        "product.desk.rate[0].lists",
        "must rise",
    ),
    "lists out of order": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-02-01, price = 1 }, { from = 2026-01-01, price = 2 }] }',
        "product.desk.rate[0].lists",
        "must rise",
    ),
    "a list without a day": (
        'price_date = "use"\nrate = { lists = [{ price = 1 }] }',
        "product.desk.rate[0].lists[0]",
        "'from' is a date",
    ),
    "a list from a moment": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-01-01T00:00:00Z, price = 1 }] }',
        "product.desk.rate[0].lists[0].from",
        "is a date",
    ),
    "no list at all": ('price_date = "use"\nrate = { lists = [] }', "product.desk.rate[0].lists", "a list is needed"),
    "a list that ends": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-01-01, until = 2026-02-01, price = 1 }] }',
        "product.desk.rate[0].lists[0].until",
        "unknown key",
    ),
    "dated prices without a price date": (
        "rate = { lists = [{ from = 2026-01-01, price = 1 }] }",
        "product.desk",
        "which day picks the list",
    ),
    "a dated cap without a price date": (
        "rate = { price = 1 }\nadjust = { id = 'c', lists = [{ from = 2026-01-01, at_most = 1 }] }",
        "product.desk",
        "which day picks the list",
    ),
    "an undeclared axis": ("rate = { by = 'rom', blue = 1 }", "product.desk.rate[0].by", "not declared"),
    "a grid by yes/no": ("rate = { by = 'night', blue = 1 }", "product.desk.rate[0].by", "not declared"),
    "a grid without axes": ("rate = { columns = ['a'], rows = [[1]] }", "product.desk.rate[0]", "'by' is needed"),
    "a grid without rows": (
        "rate = { by = 'room', columns = ['blue'], rows = [] }",
        "product.desk.rate[0]",
        "neither empty",
    ),
    "a short row": (
        "rate = { by = 'room', columns = ['blue', 'red'], rows = [[1]] }",
        "product.desk.rate[0].rows[0]",
        "2 prices",
    ),
    "a row twice": (
        "rate = { by = ['category', 'room'], columns = ['blue'], rows = [['member', 1], ['member', 2]] }",
        "product.desk.rate[0].rows[1]",
        "twice",
    ),
    "a row with a list for a name": (
        "rate = { by = ['category', 'room'], columns = ['blue'], rows = [[['member'], 1]] }",
        "product.desk.rate[0].rows[0]",
        "not a value of 'category'",
    ),
    "a column twice": (
        "rate = { by = 'room', columns = ['blue', 'blue'], rows = [[1, 2]] }",
        "product.desk.rate[0].columns",
        "twice",
    ),
    "an empty cell": (
        "rate = { by = 'room', columns = ['blue'], rows = [['']] }",
        "product.desk.rate[0].rows[0][0]",
        "an amount",
    ),
    "two axes on one line": ("rate = { by = ['room', 'category'], blue = 1 }", "product.desk.rate[0]", "'columns'"),
    "a price by an axis": ("rate = { by = 'room', price = 1 }", "product.desk.rate[0]", "'by' is for a grid"),
    "an open row in the middle": (
        "rate = { upto = [{ price = 1 }, { upto = '2h', price = 2 }, { price = 3 }] }",
        "product.desk.rate[0].upto[0]",
        "the last has none",
    ),
    "a closed last row": (
        "rate = { upto = [{ upto = '2h', price = 2 }] }",
        "product.desk.rate[0].upto[0]",
        "it is open",
    ),
    "bounds that fall": (
        "rate = { upto = [{ upto = '2h', price = 1 }, { upto = '1h', price = 2 }, { price = 3 }] }",
        "product.desk.rate[0].upto[1].upto",
        "must rise",
    ),
    "a total per hour": (
        "rate = { upto = [{ price = 1 }], per = '1h' }",
        "product.desk.rate[0].per",
        "not supported yet",
    ),
    "an undeclared condition": (
        "rate = [{ when = { mood = 'good' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].mood",
        "neither a word of conditions nor declared in [facts]",
    ),
    "an unknown value in a condition": (
        "rate = [{ when = { category = 'membre' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].category",
        "is not one of",
    ),
    "an unknown weekday": (
        "rate = [{ when = { weekday = 'sunday' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].weekday",
        "is not one of",
    ),
    "a yes/no that is a text": (
        "rate = [{ when = { night = 'yes' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].night",
        "true or false",
    ),
    "a condition on a number": (
        "rate = [{ when = { persons = 3 }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].persons",
        "not supported yet",
    ),
    "an empty condition": ("rate = { when = {}, price = 1 }", "product.desk.rate[0].when[0]", "empty condition"),
    "no condition in a list of them": (
        "rate = { when = [], price = 1 }",
        "product.desk.rate[0].when",
        "empty condition",
    ),
    "a condition of no values": (
        "rate = { when = { weekday = [] }, price = 1 }",
        "product.desk.rate[0].when[0].weekday",
        "never hold",
    ),
    "no axis": ("rate = { by = [], columns = ['x'], rows = [[1]] }", "product.desk.rate[0].by", "at least one axis"),
    "beyond an empty cover": (
        "rate = { price = 1 }\ncover = []\nbeyond = 'rate'",
        "product.desk.beyond",
        "without 'cover'",
    ),
    "a cover without beyond": (
        "rate = { price = 1 }\ncover = { by = 'c', unit = 'entry' }",
        "product.desk",
        "beyond = 'rate' or 'refuse'",
    ),
    "two minds about beyond": (
        "rate = { price = 1 }\ncover = { by = 'c', unit = 'entry', beyond = 'rate' }\nbeyond = 'refuse'",
        "product.desk.beyond",
        "twice",
    ),
    "beyond that is a debt": (
        "rate = { price = 1 }\ncover = { by = 'c', unit = 'entry' }\nbeyond = { debt_at = 'ticket' }",
        "product.desk.beyond",
        "supported yet",
    ),
    "beyond without cover": ("rate = { price = 1 }\nbeyond = 'rate'", "product.desk.beyond", "without 'cover'"),
    "one account twice": (
        "rate = { price = 1 }\nbeyond = 'rate'\ncover = [{ by = 'c', unit = 'entry' }, { by = 'c', unit = 'entry' }]",
        "product.desk.cover[1].by",
        "twice",
    ),
    "a part of the time with a price for the whole": (
        "rate = { price = 1 }\nbeyond = 'rate'\ncover = { by = 'c', unit = '1h', partial = true }",
        "product.desk.cover[0].partial",
        "for the whole",
    ),
    "a cover of heads": (
        "rate = { price = 1, per = 'person' }\nbeyond = 'rate'\ncover = { by = 'c', unit = 'person' }",
        "product.desk.cover[0].unit",
        "not supported yet",
    ),
    "cover and measure in two units": (
        "measure = { unit = 'half-day', every = '4h' }\nrate = { price = 1, per = 'half-day' }\nbeyond = 'rate'\n"
        "cover = { by = 'c', unit = '1h' }",
        "product.desk.cover[0].unit",
        "another unit",
    ),
    "rate and measure in two units": (
        "measure = { unit = 'half-day', every = '4h' }\nrate = { price = 1, per = '1h' }",
        "product.desk.rate[0].per",
        "measured in 'half-day'",
    ),
    "a block without a length": (
        "measure = { unit = 'half-day' }\nrate = { price = 1, per = 'half-day' }",
        "product.desk.measure",
        "'every' is needed",
    ),
    "a minimum above the most": (
        "measure = { unit = 'minute', minimum = '2h', at_most = '1h' }\nrate = { price = 1, per = '1h' }",
        "product.desk.measure.minimum",
        "above 'at_most'",
    ),
    "a cap without an id": (
        "rate = { price = 1 }\nadjust = { at_most = 1 }",
        "product.desk.adjust[0]",
        "'id' is needed",
    ),
    "a cap without an amount": (
        "rate = { price = 1 }\nadjust = { id = 'c' }",
        "product.desk.adjust[0]",
        "'at_most' is needed",
    ),
    "an id twice": (
        "rate = { price = 1 }\nadjust = [{ id = 'c', at_most = 1 }, { id = 'c', at_most = 2 }]",
        "product.desk.adjust[1].id",
        "twice",
    ),
    "a scope without a person": (
        "rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['day'] }",
        "product.desk.adjust[0].same",
        "names 'person'",
    ),
    "a scope of two periods": (
        "rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['person', 'day', 'week'] }",
        "product.desk.adjust[0].same",
        "one of 'day'",
    ),
    "a household": (
        "rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['person', 'day', 'household'] }",
        "product.desk.adjust[0].same",
        "not supported yet",
    ),
    "a plan": ("sells = 'plan'\nrate = { price = 1 }", "product.desk.sells", "not supported yet"),
    "a grant of nothing": (
        "sells = 'grant'\nrate = { price = 1 }\ngrant = { units = 0, unit = 'day' }",
        "product.desk.grant.units",
        "whole number from 1",
    ),
    "a grant without selling it": (
        "rate = { price = 1 }\ngrant = { units = 1, unit = 'day' }",
        "product.desk.grant",
        "sells = 'grant'",
    ),
    "a price date that is a guess": (
        "price_date = 'now'\nrate = { price = 1 }",
        "product.desk.price_date",
        "not one of",
    ),
    "the price date 'start'": (
        "price_date = 'start'\nrate = { price = 1 }",
        "product.desk.price_date",
        "supported yet",
    ),
    "prices without tax": ("prices = 'excl'\nrate = { price = 1 }", "product.desk.prices", "not supported yet"),
    "an undeclared tax class": ("tax = 'standrd'\nrate = { price = 1 }", "product.desk.tax", "no tax class"),
    "a long name": (f"name = '{'x' * 201}'\nrate = {{ price = 1 }}", "product.desk.name", "1 to 200 characters"),
    "a name with a NUL": ('name = "a\\u0000b"\nrate = { price = 1 }', "product.desk.name", "control characters"),
    "a name that is a number": ("name = 3\nrate = { price = 1 }", "product.desk.name", "not a number"),
    "an optional that is a text": ("optional = 'yes'\nrate = { price = 1 }", "product.desk.optional", "true or false"),
}


@pytest.mark.parametrize("name", ONE_PROBLEM)
def test_one_mistake_is_one_problem_at_its_place(name: str) -> None:
    """A mistake in a product gives one problem, with the path of the key and the line on which it stands."""
    body, path, message = ONE_PROBLEM[name]
    found = problems(product(body))
    assert [problem.path for problem in found] == [path], [str(problem) for problem in found]
    assert message in found[0].message
    assert found[0].line is not None
    assert found[0].line >= 10


LATER = """
percent = "-10%"
add = 100.00
at_least = 5.00
replace = 1.00
free = true
round = 1.00
once_per = "booking"
rank = { from = 2 }
on = ["desk"]
""".strip().splitlines()


@pytest.mark.parametrize("line", LATER)
def test_an_adjustment_of_the_model_that_is_not_there_yet_is_refused_as_such(line: str) -> None:
    """What the tariff model names and this version does not carry out is refused, not ignored."""
    found = problems(product(f"rate = {{ price = 1 }}\nadjust = {{ id = 'x', {line} }}"))
    key = line.split(" ")[0]
    assert [(p.path, p.message) for p in found] == [(f"product.desk.adjust[0].{key}", "this key is not supported yet")]


@pytest.mark.parametrize(
    "line",
    [
        'needs = "membership"',
        'merge = { same = ["person", "day"], gap = "5h" }',
        "offer = [{ price = 1 }]",
        'choose = { take = "cheapest" }',
        'valid = { lasts = "1 month" }',
    ],
)
def test_a_product_key_of_the_model_that_is_not_there_yet_is_refused_as_such(line: str) -> None:
    """So it is for the keys of a product."""
    found = problems(product(f"rate = {{ price = 1 }}\n{line}"))
    assert [p.message for p in found] == ["this key is not supported yet"]


@pytest.mark.parametrize("form", ["tiers = []", "steps = {}", "sets = {}", "offered = true", 'first = "1h", price = 1'])
def test_a_rate_form_of_the_model_that_is_not_there_yet_is_refused_as_such(form: str) -> None:
    """So it is for the forms of a rate."""
    found = problems(product(f"rate = {{ {form} }}"))
    assert [p.message for p in found] == ["this key is not supported yet"]


def test_a_combination_that_is_not_there_yet_is_refused() -> None:
    """`together` is not carried out yet, so it is not accepted either."""
    found = problems(product("rate = { price = 1 }\nadjust = { together = 'unstated', rules = [] }"))
    assert {p.message for p in found} == {"this key is not supported yet"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("currancy", "currency"), ("timezon", "timezone"), ("price_dat", "price_date"), ("taxe", "tax")],
)
def test_a_misspelt_key_gets_a_suggestion(written: str, meant: str) -> None:
    """An unknown key is refused with the known key that is most like it."""
    found = problems(f'[tariff]\n{written} = "x"\n[product.a]\nrate = {{ price = 1 }}\n')
    first = next(p for p in found if p.path == f"tariff.{written}")
    assert first.suggestion == meant
    assert str(first) == f"line 2: tariff.{written}: unknown key; did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("body", "suggestion"),
    [
        ("rate = { prise = 1 }", "price"),
        ("rate = [{ when = { categori = 'member' }, price = 1 }, { price = 2 }]", "category"),
        ("rate = [{ when = { category = 'membre' }, price = 1 }, { price = 2 }]", "member"),
        ("rate = { by = 'rooms', blue = 1 }", "room"),
        ("rate = { price = 1 }\nadjust = { id = 'c', at_mots = 1 }", "at_most"),
        ("rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['persn', 'day'] }", "person"),
        ("rate = { refuse = 'on_qoute' }", "on_quote"),
        ("rate = { price = 1 }\nbeyond = 'rat'\ncover = { by = 'c', unit = 'e' }", "rate"),
        ("rate = { price = 1 }\nprice_date = 'purchas'", "purchase"),
    ],
)
def test_a_misspelt_word_gets_a_suggestion(body: str, suggestion: str) -> None:
    """So do the values that come from a closed list."""
    assert suggestion in {p.suggestion for p in problems(product(body))}


HEADS = {
    "no tariff at all": ("[product.a]\nrate = { price = 1 }\n", {"tariff"}),
    "an unknown currency": (HEAD.replace("EUR", "EUX"), {"tariff.currency", ""}),
    "a bitcoin": (HEAD.replace("EUR", "BTC"), {"tariff.currency", ""}),
    "an unknown zone": (HEAD.replace("Europe/Paris", "Europe/Pari"), {"tariff.timezone", ""}),
    "a zone that is a path": (HEAD.replace("Europe/Paris", "../../etc/passwd"), {"tariff.timezone", ""}),
    "an id with spaces": (HEAD.replace('"t"', '"T 1"'), {"tariff.id", ""}),
    "an id that is a number": (HEAD.replace('"t"', "1"), {"tariff.id", ""}),
    "rounding by mood": (HEAD + 'rounding = "nicely"\n', {"tariff.rounding", ""}),
    "an unknown section": (HEAD + "[prodcut.desk]\nrate = { price = 1 }\n", {"prodcut", ""}),
    "a section that is a number": ("product = 3\n" + HEAD, {"product"}),
    "a product that is a number": (HEAD + "[product]\ndesk = 3\n", {"product.desk"}),
    "a fact that is a number": (HEAD + "[facts]\na = 3\n[product.d]\nrate = { price = 1 }\n", {"facts.a"}),
    "a fact of no values": (HEAD + "[facts]\na = []\n[product.d]\nrate = { price = 1 }\n", {"facts.a"}),
    "a fact with a value twice": (HEAD + "[facts]\na = ['x', 'x']\n[product.d]\nrate = { price = 1 }\n", {"facts.a"}),
    "a fact with a reserved name": (
        HEAD + "[facts]\nday = 'yes/no'\n[product.d]\nrate = { price = 1 }\n",
        {"facts.day"},
    ),
    "a tax of 120 %": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '120%' }]\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates[0].rate"},
    ),
    "a negative tax": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '-1%' }]\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates[0].rate"},
    ),
    "a tax that is a number": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = 0.2 }]\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates[0].rate"},
    ),
    "a tax without rates": (HEAD + "[tax.a]\n[product.d]\nrate = { price = 1 }\n", {"tax.a"}),
    "tax rates out of order": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '20%' }, { from = 2000-04-01, rate = '19.6%' }]\n"
        "[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates"},
    ),
    "a described unknown": (
        HEAD + "[tax.unknown]\nmention = 'x'\n[product.d]\nrate = { price = 1 }\n",
        {"tax.unknown"},
    ),
    "a reverse charge": (
        HEAD
        + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '20%' }]\nreverse = {}\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.reverse"},
    ),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_wrong_section_is_named(name: str) -> None:
    """Each mistake outside the products is at its path; what follows from it is not repeated."""
    text, paths = HEADS[name]
    found = {problem.path for problem in problems(text)}
    assert found & paths == found, found
    assert found - {""}


def test_all_problems_come_at_once() -> None:
    """A file with mistakes in several places gives all of them, in the order of the lines."""
    text = (
        '[tariff]\nid = "t"\ncurrency = "EUX"\ntimezone = "Europe/Paris"\ncolour = "red"\n'
        "[product.a]\nrate = { price = -1 }\n[product.b]\nrate = { price = 1.001 }\nnmae = 'B'\n"
        "[product.c]\ntiers = 1\nrate = { price = nan }\n"
    )
    found = problems(text)
    assert [(p.line, p.path) for p in found] == [
        (3, "tariff.currency"),
        (5, "tariff.colour"),
        (7, "product.a.rate[0].price"),
        (9, "product.b.rate[0].price"),
        (10, "product.b.nmae"),
        (12, "product.c.tiers"),
        (13, "product.c.rate[0].price"),
    ]
    with pytest.raises(TariffError, match=r"line 7: product\.a\.rate\[0\]\.price: -1 is negative"):
        Tariff.load(text)


def test_the_line_is_found_in_long_lists() -> None:
    """Entries over several lines, [[headers]] and quoted names have their own lines."""
    text = (
        f'{HEAD}[product."ten half-days"]\nrate = [\n  {{ price = 1 }},\n]\n'
        "[[product.b.rate]]\nwhen = { weekday = 'sat' }\nprice = 2\n[[product.b.rate]]\nprice = 'x'\n"
        "[product.c]\nrate = { by = ['a'], columns = ['x', 'y'], rows = [\n  [1.00,\n   -2.00],\n] }\n"
        "[facts]\na = ['x', 'y']\n"
        '[product."d e"]\nname = """\ntwo\nlines"""\nrate = { prize = 1 }\n'
    )
    found = {(p.line, p.path) for p in problems(text)}
    assert found == {
        (13, "product.b.rate[1].price"),
        (17, "product.c.rate[0].rows[0][1]"),
        (22, 'product."d e".name'),
        (25, 'product."d e".rate[0].prize'),
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tariff\nid = 1\n", 1),
        ('[tariff]\nid = "t"\nid = "u"\n', 3),
        ("[tariff]\nid = \n", 2),
        ("[tariff]\n[tariff]\n", 2),
        ("[a]\nb = { c = 1; d = 2 }\n", 2),
        ("\n\n\n!\n", 4),
    ],
)
def test_what_is_not_toml_says_where(text: str, line: int) -> None:
    """A text that is not TOML is one problem, with the line of the parser."""
    found = problems(text)
    assert [(p.path, p.line) for p in found] == [("", line)]


BOMBS = {
    "a key of 60,000 parts": "a" + ".a" * 60_000 + " = 1\n",
    "a key of 60,000 quoted parts": '"a"' + '."a"' * 60_000 + " = 1\n",
    "a header of 60,000 parts": "[a" + ".a" * 60_000 + "]\n",
    "a list header of 60,000 parts": "[[a" + ".a" * 60_000 + "]]\n",
    "a bomb behind a string that ends in quotes": "k = { a = '''x'''', b" + ".b" * 60_000 + " = 1 }\n",
    "a bomb behind another such string": 'k = { a = """x"""", b' + ".b" * 60_000 + " = 1 }\n",
    "a bomb behind an escaped quote": 'k = { a = "\\"", b' + ".b" * 60_000 + " = 1 }\n",
    "60,000 brackets": "a = " + "[" * 60_000 + "\n",
    "60,000 closed brackets": "a = " + "[" * 60_000 + "]" * 60_000 + "\n",
    "60,000 braces": "a = " + "{a=" * 60_000 + "\n",
    "a number of 200,000 digits": "a = " + "9" * 200_000 + "\n",
    "a hexadecimal number of 200,000 digits": "a = 0x" + "f" * 200_000 + "\n",
    "a decimal of 200,000 digits": "a = 0." + "9" * 200_000 + "\n",
    "200,000 quotes": '"' * 200_000 + "\n",
    "200,000 quotes and backslashes": '"""\\' * 50_000 + "\n",
    "200,000 apostrophes": "a = " + "'" * 200_000 + "\n",
    "an open string": 'a = """' + "x" * 200_000 + "\n",
    "60,000 keys": "".join(f"k{n} = 1\n" for n in range(18_000)),
    "60,000 misspelt keys": "[tariff]\n" + "".join(f"currenc{n}=1\n" for n in range(14_000)),
    "8,000 products": HEAD + "".join(f"[product.p{n}]\nrate={{price=1}}\n" for n in range(8_000)),
    "10,000 rates": HEAD + "[product.a]\nrate = [" + "{price=1},\n" * 20_000 + "]\n",
    "10,000 caps": HEAD + "[product.a]\nrate={price=1}\nadjust = [" + "{id='a',at_most=1},\n" * 10_000 + "]\n",
    "a wide axis": HEAD
    + "[facts]\na = ["
    + ",".join(f"'v{n}'" for n in range(20_000))
    + "]\n[product.a]\nrate = { by = 'a', v1 = 1 }\n",
    "many facts": HEAD + "[facts]\n" + "".join(f"f{n}='number'\n" for n in range(10_000)),
    "wrong cells": HEAD
    + "[facts]\na = ['x','y']\nb=['u','v']\n[product.a]\nrate = { by = ['a','b'], columns = ['u'], rows = ["
    + "['zz',-1],\n" * 15_000
    + "] }\n",
    "deep conditions": HEAD
    + "[product.a]\nrate = { price = 1, when = "
    + "{ not = " * 9
    + "{ weekday = 'mon' }"
    + " }" * 9
    + " }\n",
    "too large": "#" + "x" * 256 * 1024 + "\n",
    "too large in bytes": "#" + "é" * 140_000 + "\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_no_time(name: str) -> None:
    """No file makes the reader slow or breaks it: a typed error, within the limit."""
    start = time.process_time()
    assert problems(BOMBS[name])
    assert time.process_time() - start < LIMIT


def test_a_large_honest_tariff_is_read_in_no_time() -> None:
    """The negative control: many products and rows are read, and read quickly."""
    rows = "".join(f'  ["r{n}", 10.00, 8.50],\n' for n in range(900))
    text = (
        f"{HEAD}[facts]\nroom = [{', '.join(f'{chr(34)}r{n}{chr(34)}' for n in range(900))}]\n"
        f'category = ["visitor", "member"]\n[product.grid.rate]\nby = ["room", "category"]\n'
        f'columns = ["visitor", "member"]\nrows = [\n{rows}]\n'
        + "".join(
            f'[product.p{n}]\nname = "Produit {n}"\nrate = {{ price = {n}.50, per = "1h" }}\n' for n in range(900)
        )
    )
    start = time.process_time()
    tariff = Tariff.load(text)
    assert time.process_time() - start < LIMIT
    assert len(tariff.products) == 901
    assert Tariff.load(tariff.dump()) == tariff


def test_a_file_that_cannot_be_read_is_a_tariff_error(tmp_path) -> None:
    """A missing file, a folder, other bytes than UTF-8 and a file that is too large are problems, not crashes."""
    (tmp_path / "latin.toml").write_bytes(b'[tariff]\nname = "\xe9"\n')
    (tmp_path / "large.toml").write_bytes(b"#" * (256 * 1024 + 1))
    for name in ("missing.toml", "", "latin.toml", "large.toml"):
        with pytest.raises(TariffError) as caught:
            Tariff.load(tmp_path / name)
        assert len(caught.value.problems) == 1
    with pytest.raises(TariffError):
        Tariff.load(str(tmp_path / "missing.toml"))


def test_a_surrogate_in_the_text_is_a_problem() -> None:
    """A text that could not be stored is refused like any other wrong name."""
    assert problems(product('name = "\ud800"\nrate = { price = 1 }'))


def test_the_context_of_decimal_has_no_say() -> None:
    """A host that has turned the precision of `decimal` down reads the same amounts and the same version."""
    text = product("rate = { price = 1234567.89 }")
    plain = Tariff.load(text)
    with decimal.localcontext() as context:
        context.prec = 3
        assert Tariff.load(text).version == plain.version
        assert Tariff.load(plain.dump()) == plain
        assert problems(product("rate = { price = 1.0000001 }"))


def test_errors_are_of_the_tree() -> None:
    """What is raised is one of ours, and its text names every problem."""
    with pytest.raises(CantineError) as caught:
        Tariff.load(product("rate = { price = -1 }\nx = 1"))
    assert str(caught.value).count("\n") == 1
