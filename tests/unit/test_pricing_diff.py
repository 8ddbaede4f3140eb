"""What differs between two tariffs."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import attrs
import pytest

from cantinekit.pricing import Tariff
from cantinekit.pricing.diff import AREAS, Difference, difference
from support.tariffs.files import FILES, HOUSE

OLD = Tariff.load(HOUSE)


def after(*swaps: tuple[str, str], examples: bool = False) -> tuple[Difference, ...]:
    """What differs once parts of the house's price list are replaced; without examples unless they are asked for."""
    text = HOUSE
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    found = difference(OLD, Tariff.load(text))
    return found if examples else tuple(each for each in found if each.area != "example")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_tariff_does_not_differ_from_itself(path: Path) -> None:
    """Nothing differs between a tariff and the same content in another layout."""
    tariff = Tariff.load(path)
    assert difference(tariff, Tariff.load(tariff.dump())) == ()


def test_a_price_has_its_change_in_percent() -> None:
    """A price says for whom it is, what it was, what it is, and by how much it changed."""
    assert after(("price = 10.00", "price = 12.00")) == (
        Difference(
            "price", "changed", "product.half-day.rate", "", None, "10.00 EUR", "12.00 EUR", percent=Fraction(1, 5)
        ),
    )


def test_a_price_for_somebody() -> None:
    """A rate with a condition is told with the condition in words, and with the day from which its list holds."""
    assert after(("price = 7.00", "price = 6.30")) == (
        Difference(
            "price",
            "changed",
            "product.half-day.rate",
            "category: student",
            date(2026, 1, 1),
            "7.00 EUR",
            "6.30 EUR",
            Fraction(-1, 10),
        ),
    )


def test_a_new_list_is_compared_with_the_one_before_it() -> None:
    """A list that begins later says what was paid until then."""
    (found,) = after(("price = 7.00 }", "price = 7.00 }, { from = 2027-01-01, price = 7.70 }"))
    assert (found.since, found.before, found.after) == (date(2027, 1, 1), "7.00 EUR", "7.70 EUR")
    assert found.percent == Fraction(1, 10)


def test_a_list_that_is_gone_says_what_holds_instead() -> None:
    """Without a list the one before it goes on."""
    (found,) = after((",\n    { from = 2026-01-01, price = 7.00 }", ""))
    assert (found.since, found.what, found.before, found.after) == (
        date(2026, 1, 1),
        "changed",
        "7.00 EUR",
        "6.00 EUR",
    )


def test_an_earlier_list_is_an_addition() -> None:
    """Where there was no price before, nothing stands on the left, and no percentage."""
    (found,) = after(("[\n    { from = 2025-01-01", "[{ from = 2024-01-01, price = 5.00 }, { from = 2025-01-01"))
    assert (found.what, found.since, found.before, found.after) == ("added", date(2024, 1, 1), None, "5.00 EUR")
    assert found.percent is None


@pytest.mark.parametrize(
    ("old", "new", "whom", "texts"),
    [
        ('"student", 2.00', '"student", 2.50', "student, fr", ("2.00 EUR", "2.50 EUR")),
        ('2.00, "-"', "2.00, 3.00", "student, en", (None, "3.00 EUR")),
        ("price = 50.00", "price = 45.00", "up to 4h per 1h begun", ("50.00 EUR", "45.00 EUR")),
        ("{ price = 180.00 }", "{ price = 200.00 }", "beyond", ("180.00 EUR", "200.00 EUR")),
        ('refuse = "on_quote"', 'refuse = "unpublished"', "", ("refused on_quote", "refused unpublished")),
        ('{ refuse = "on_quote", why = "ask at the desk" }', "{ price = 0 }", "", ("refused on_quote", "0.00 EUR")),
    ],
)
def test_each_cell_of_a_form_is_told(old: str, new: str, whom: str, texts: tuple[str | None, str | None]) -> None:
    """Grids by their cells, rows by their bounds, a refusal as such."""
    found = [each for each in after((old, new)) if each.area == "price"]
    assert [(each.whom, each.before, each.after) for each in found] == [(whom, *texts)]


FORMS = {
    "steps": "{ steps = [{ size = '4h', price = 9.00 }], combination = 'cheapest' }",
    "tiers": "{ tiers = [{ upto = 5, price = 9.00 }, { price = 2.00 }], mode = 'graduated' }",
    "offered": "{ offered = 'budget', at_least = 9.00 }",
    "share": "{ share = '9%', of = 'budget' }",
    "flat": "{ price = 5.00, per = '1h', flat = 9.00 }",
    "first": "{ price = 5.00, per = '1h', first = '1h', first_price = 9.00 }",
    "sets": "{ sets = 'extras', columns = ['coffee', 'screen'], rows = [[9.00, 3.00]] }",
    "in units": "{ in_units = { TOK = 9 } }",
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_has_its_cells(name: str) -> None:
    """A changed amount of any form is one difference of the area "price"."""
    head = HOUSE.split("[product.half-day]")[0] + "[units.TOK]\ndecimals = 0\n"
    texts = [f"{head}[product.x]\nrate = {FORMS[name].replace('9', number)}\n" for number in ("9", "8")]
    found = difference(*map(Tariff.load, texts))
    assert [(each.area, each.what) for each in found] == [("price", "changed")]
    assert "9" in str(found[0].before)
    assert "8" in str(found[0].after)


def test_products_come_and_go() -> None:
    """A product that is new or gone is told by its name, without its prices one by one."""
    shelf = HOUSE[HOUSE.index("[product.shelf]") : HOUSE.index("[product.carnet]")]
    locker = '[product.locker]\nname = "Locker"\nrate = { price = 9.00 }\n'
    found = after((shelf, locker))
    assert found == (
        Difference("product", "removed", "product.shelf", before="Shelf"),
        Difference("product", "added", "product.locker", after="Locker"),
    )


def test_rates_are_matched_by_what_tells_them_apart() -> None:
    """Another condition is another rate: one goes, one comes; a rate that only moved does not differ."""
    found = after(('when = { category = "student" }', 'when = { category = "visitor" }'))
    assert {(each.what, each.whom.split(",")[0]) for each in found} == {
        ("removed", "category: student"),
        ("added", "category: visitor"),
    }


def test_what_a_rate_says_beside_its_prices() -> None:
    """A begun hour that no longer counts in full is a changed rule."""
    found = after(('price = 10.00, per = "half-day"', 'price = 10.00, per = "half-day", tags = "desk"'))
    assert [(each.area, each.before, each.after) for each in found] == [
        ("rule", '{ per = "half-day" }', '{ tags = ["desk"], per = "half-day" }')
    ]


@pytest.mark.parametrize(
    ("old", "new", "before", "now", "percent"),
    [
        ("at_most = 15.00", "at_most = 18.00", "at most 15.00 EUR", "at most 18.00 EUR", Fraction(1, 5)),
        (
            "add = 2.00",
            "add = 1.00",
            "2.00 EUR more, once per booking",
            "1.00 EUR more, once per booking",
            Fraction(-1, 2),
        ),
        ("add = 2.00", 'percent = "5%"', "2.00 EUR more, once per booking", "+5%", None),
        (
            'weekday = ["sat"]',
            'weekday = ["sun"]',
            "2.00 EUR more, once per booking [begins on Sat]",
            "2.00 EUR more, once per booking [begins on Sun]",
            0,
        ),
    ],
)
def test_an_adjustment_in_words(old: str, new: str, before: str, now: str, percent: Fraction | None) -> None:
    """An adjustment says in words what it did and does, with its condition where that is what changed."""
    (found,) = after((old, new))
    assert found.area == "rule"
    assert str(found.before).split(" (")[0] == before
    assert str(found.after).split(" (")[0] == now
    assert found.percent == percent


def test_what_has_no_other_words_is_told_as_the_file_has_it() -> None:
    """Two rules that read alike are shown in the spelling of the file."""
    rule = '{ id = "cut", percent = "-33%", rounds = "discount" }'
    texts = [
        HOUSE.replace('{ id = "Saturday"', rule.replace("discount", what) + ',\n  { id = "Saturday"')
        for what in ("discount", "result")
    ]
    found = [each for each in difference(*map(Tariff.load, texts)) if each.area == "rule"]
    assert [("discount" in str(each.before), "result" in str(each.after)) for each in found] == [(True, True)]


def test_the_order_of_adjustments_counts() -> None:
    """Rules that changed places are one difference, since the order can change the price."""
    rules = HOUSE[HOUSE.index('  { id = "day"') : HOUSE.index("]\n\n[product.room]")]
    first, second = rules.splitlines()
    (found,) = after((rules, f"{second}\n{first}\n"))
    assert (found.area, found.whom) == ("rule", "order of the rules")
    assert (found.before, found.after) == ('["day", "Saturday"]', '["Saturday", "day"]')


def test_rules_by_their_names() -> None:
    """A case that is no longer sold, a deposit, a cover: each is told by its name."""
    found = after(
        ("from = 13", "from = 11"), ("price = 20.00 }\n\n[product.shelf]", "price = 30.00 }\n\n[product.shelf]")
    )
    assert {(each.area, each.path) for each in found} == {
        ("rule", "product.room.eligible.full"),
        ("rule", "product.room.deposit.keys"),
    }


@pytest.mark.parametrize(
    ("old", "new", "area", "path"),
    [
        ("minimum = 3", "minimum = 6", "terms", "product.month.term"),
        ('lasts = "6 months"', 'lasts = "1 year"', "terms", "product.carnet.valid"),
        ("fee = 5.00", "fee = 6.00", "terms", "product.room.cancel"),
        ('name = "Room"', 'name = "Large room"', "product", "product.room.name"),
        ('rate = "20%"', 'rate = "19%"', "tax", "tax.standard"),
        ('percent = "-10%"', 'percent = "-20%"', "order", "coupon.SPRING"),
        ('open = ["10:00-12:00"]', 'open = ["10:00-13:00"]', "tariff", "opening.hours"),
        ('note = "text"', 'remark = "text"', "tariff", "facts.note"),
        ('name = "The house"', 'name = "Our house"', "tariff", "tariff.name"),
        ('every = "5h"', 'every = "4h"', "rule", "product.half-day.measure"),
        ('beyond = "rate"', 'beyond = "refuse"', "rule", "product.half-day.beyond"),
    ],
)
def test_everything_else_has_its_area(old: str, new: str, area: str, path: str) -> None:
    """Terms, taxes, codes, facts and hours are told under the path at which they stand in the file."""
    assert (area, path) in {(each.area, each.path) for each in after((old, new))}


def test_examples_are_asked_on_both() -> None:
    """An example of either file whose answer differs says both answers, also where one of them is an error."""
    new = '{ id = "new", product = "room", remark = "x", hours = 1, persons = 1, gross = 50.00 }'
    found = after(
        ("price = 10.00", "price = 12.00"),
        ('note = "text"', 'remark = "text"'),
        ('{ id = "a student"', f'{new},\n  {{ id = "a student"'),
        examples=True,
    )  # fmt: skip
    told = {each.path: (each.before, each.after) for each in found if each.area == "example"}
    assert told['examples."one half"'] == ("gross 10.00 EUR", "gross 12.00 EUR")
    assert set(told) == {'examples."one half"', "examples.new"}
    assert str(told["examples.new"][0]).startswith("an error: ")
    assert told["examples.new"][1] == "gross 50.00 EUR"


def test_an_example_that_asks_something_else_now_is_asked_twice() -> None:
    """Where one id stands for two questions, both are asked on both tariffs."""
    found = after(
        ('{ id = "one half", product = "half-day", at = ["09:00-12:00"], gross = 10.00 }',
         '{ id = "one half", product = "half-day", at = ["09:00-18:00"], gross = 15.00 }'),
        ("price = 10.00", "price = 12.00"),
        ("at_most = 15.00", "at_most = 16.00"),
        examples=True,
    )  # fmt: skip
    told = {each.path: (each.before, each.after) for each in found if each.area == "example"}
    assert told['examples."one half"'] == ("gross 15.00 EUR", "gross 16.00 EUR")
    assert told['examples."one half (before)"'] == ("gross 10.00 EUR", "gross 12.00 EUR")


def test_another_currency_has_no_percentages() -> None:
    """Prices in two currencies are told, and not compared."""
    found = after(('currency = "EUR"', 'currency = "USD"'))
    prices = [each for each in found if each.area == "price"]
    assert ("10.00 EUR", "10.00 USD") in {(each.before, each.after) for each in prices}
    assert all(each.percent is None for each in found)


@pytest.mark.parametrize("pair", [("anticafe-2014", "anticafe-2015"), ("commons-hub-2026", "commons-hub-booking")])
def test_two_other_price_lists(pair: tuple[str, str]) -> None:
    """Any two price lists can be compared; turned round, each addition is a removal, in the same number."""
    tariffs = [Tariff.load(next(path for path in FILES if path.stem == name)) for name in pair]
    there, back = difference(*tariffs), difference(*tariffs[::-1])
    assert there
    assert [AREAS.index(each.area) for each in there] == sorted(AREAS.index(each.area) for each in there)
    counts = [[each.what for each in found if each.area != "example"] for found in (there, back)]
    assert counts[0].count("added") == counts[1].count("removed")
    assert counts[0].count("removed") == counts[1].count("added")


def test_differences_are_values() -> None:
    """A difference can be compared, hashed and not changed."""
    (found,) = after(("price = 10.00", "price = 12.00"))
    assert hash(found) == hash(attrs.evolve(found))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.path = "x"  # type: ignore[misc]
