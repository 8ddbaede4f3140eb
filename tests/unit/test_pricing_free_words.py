"""Words of a price list that nothing declares: a misspelt one is a problem, one that is meant is not."""

from __future__ import annotations

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Order, Problem, Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris" }\n'


def problems(text: str) -> list[Problem]:
    """What is wrong with a file."""
    try:
        Tariff.load(HEAD + text)
    except TariffError as error:
        return list(error.problems)
    return []


def one(text: str) -> tuple[str, int | None, str | None]:
    """Path, line and suggestion of the only problem."""
    (found,) = problems(text)
    return found.path, found.line, found.suggestion


@pytest.mark.parametrize(
    ("facts", "word", "meant"),
    [
        ("", "persn", "person"),
        ("", "Person", "person"),
        ("", "hours", "hour"),
        ("", "heure", "hour"),
        ("", "half day", "half-day"),
        ("", "mnoth", "month"),
        ("", "tikcet", "ticket"),
        ('facts.seats = "number"\n', "seets", "seats"),
        ('facts.grams = "decimal"\n', "gramm", "gram"),
        (
            'product.x = { measure = { unit = "begun hour", every = "1h" }, rate = { price = 1 } }\n',
            "begunhour",
            "begun hour",
        ),
    ],
)
@pytest.mark.parametrize(
    "row", ["rate = {{ price = 1, per = {0} }}", "rate = {{ upto = [{{ price = 1, per = {0} }}] }}"]
)
def test_a_misspelt_unit(facts: str, word: str, meant: str, row: str) -> None:
    """A word after ``per`` that is like a unit, a number or the product is a problem, with place and suggestion."""
    path = "product.ticket.rate[0]" + (".upto[0].per" if "upto" in row else ".per")
    line = 2 + facts.count("\n")
    assert one(f"{facts}product.ticket = {{ {row.format(repr(word))} }}\n") == (path, line, meant)


@pytest.mark.parametrize("word", ["tour", "page", "poster", "séance", "plain", "booking", "month", "ticket"])
def test_a_word_for_a_piece(word: str) -> None:
    """The control: any other word is one for a piece."""
    assert problems(f"product.ticket = {{ rate = {{ price = 7, per = {word!r} }} }}\n") == []
    assert problems(f"product.ticket = {{ rate = {{ upto = {{ price = 7, per = {word!r} }} }} }}\n") == []


def test_a_unit_that_begins_like_a_length() -> None:
    """What begins with a digit is a length of time, or a misspelt one."""
    assert one("product.ticket = { rate = { price = 7, per = '1 hour' } }\n") == ("product.ticket.rate[0].per", 2, None)


def test_a_fact_that_is_no_number() -> None:
    """A price for each of a fact that is no number would count nothing."""
    text = "facts.category = ['a', 'b']\nproduct.p = { rate = { price = 1, per = 'category' } }\n"
    assert one(text) == ("product.p.rate[0].per", 3, None)


@pytest.mark.parametrize("key", ["holds", "lacks"])
@pytest.mark.parametrize(
    "place",
    [
        "product.p = {{ rate = [{{ when = {0}, price = 1 }}, {{ price = 2 }}] }}",
        "product.p = {{ rate = {{ price = 1 }}, adjust = {{ id = 'x', when = {{ not = {0} }}, percent = '-10%' }} }}",
        "product.p = {{ rate = {{ price = 1 }} }}\nderive.who = [{{ is = 'a', when = {0} }}, {{ is = 'b' }}]",
    ],
)
def test_a_misspelt_product(key: str, place: str) -> None:
    """What is held is a product of the file; another word is a problem, with the product that is meant."""
    member = "product.membership = { sells = 'membership', rate = { price = 1 } }\n"
    text = member + place.format(f"{{ {key} = 'membreship' }}") + "\n"
    (found,) = problems(text)
    assert (found.line, found.suggestion, found.path.rpartition(".")[2]) == (3 + place.count("\n"), "membership", key)
    assert "no product 'membreship'" in found.message
    assert "held in a worked example" in found.message
    assert problems(member + place.format(f"{{ {key} = 'membership' }}") + "\n") == []


def test_what_is_sold_elsewhere() -> None:
    """A membership that is not sold here is known by a worked example that holds it, also by way of the defaults."""
    text = "product.p = { rate = [{ when = { holds = 'museum pass' }, price = 1 }, { price = 2 }] }\n"
    assert one(text) == ("product.p.rate[0].when[0].holds", 2, None)
    for examples in (
        "examples.list = [{ id = 'x', product = 'p', holds = 'museum pass', gross = 1 }]\n",
        "[examples]\ndefaults = { holds = ['museum pass'] }\nlist = { id = 'x', product = 'p', gross = 1 }\n",
    ):
        assert problems(text + examples) == []
        assert all(result.ok for result in Tariff.load(HEAD + text + examples).check())


def test_an_example_that_holds_what_nothing_knows() -> None:
    """What an example holds is a product, or what a condition asks for; "nothing" is nothing."""
    text = "product.membership = { sells = 'membership', rate = { price = 1 } }\n"
    text += "examples.list = [{ id = 'x', product = 'membership', "
    assert one(text + "holds = 'membreship', gross = 1 }]\n") == ("examples.list[0].holds", 3, "membership")
    assert problems(text + "holds = 'nothing', gross = 1 }]\n") == []


CODES = "coupon.REDUC20 = { percent = '-20%' }\n"
CODES += "product.p = { rate = [{ when = { code = 'REDUC2O' }, price = 1 }, { price = 2 }] }\n"


def test_a_misspelt_code() -> None:
    """A code that is like a coupon is a problem, unless a worked example gives it; any other code is free."""
    assert one(CODES) == ("product.p.rate[0].when[0].code", 3, "REDUC20")
    assert problems(CODES + "examples.list = { id = 'x', product = 'p', codes = 'REDUC2O', gross = 1 }\n") == []
    assert problems(CODES.replace("REDUC2O", "EARLY")) == []
    given = "examples.list = { id = 'x', product = 'p', codes = 'EARLY', gross = 1 }\n"
    assert one(CODES.replace("REDUC2O", "EARLI") + given) == ("product.p.rate[0].when[0].code", 3, "EARLY")


CARNET = (
    "product.carnet = { sells = 'grant', rate = { price = 9 }, grant = { account = 'half-days', unit = 'x' } }\n"
    "product.p = { cover = { by = 'half-day', unit = 'x' }, beyond = 'rate', rate = { price = 1 } }\n"
)


def test_a_misspelt_account() -> None:
    """An account that is like one that a grant fills is a problem, unless a worked example has units in it."""
    assert one(CARNET) == ("product.p.cover[0].by", 3, "half-days")
    held = "examples.list = { id = 'x', product = 'p', held = { account = 'half-day', units = 1 }, gross = 0 }\n"
    assert problems(CARNET + held) == []
    for name in ("half-days", "carnet", "their own"):
        assert problems(CARNET.replace("'half-day'", repr(name))) == []


def test_units_that_an_example_holds_in_no_account() -> None:
    """Units in an account that covers and pays nothing would change nothing; a product is not its account."""
    text = CARNET.replace("'half-day'", "'carnet'")
    for account, meant in (("carnet", "half-days"), ("half-dayz", "half-days")):
        held = (
            f"examples.list = {{ id = 'x', product = 'p', held = {{ account = '{account}', units = 1 }}, gross = 0 }}\n"
        )
        assert one(text + held) == ("examples.list[0].held[0].account", 4, meant)


def test_a_file_of_nonsense_is_read_in_time() -> None:
    """For a thousand words the engine stops looking for what was meant, and still says where they are wrong."""
    rates = ", ".join(f"{{ when = {{ holds = 'word{n:04}' }}, price = 1, per = 'pieceof{n:04}' }}" for n in range(900))
    coupons = "".join(f"coupon.CODE{n:04}.free = true\n" for n in range(900))
    found = problems(coupons + f"product.p = {{ rate = [{rates}] }}\n")
    assert len([each for each in found if "no product" in each.message]) == 900


@pytest.mark.parametrize(
    "text",
    [
        "product.p.rate = [{ when = { code = 'EARLY' }, price = 1 }, { price = 2 }]",
        "product.p.rate = [{ when = { not = { code = 'EARLY' } }, price = 2 }, { price = 1 }]",
        "derive.who = [{ is = 'early', when = { code = 'EARLY' } }, { is = 'late' }]\n"
        "product.p.rate = { by = 'who', early = 1, late = 2 }",
        "product.p.rate = { price = 2 }\norder.adjust = { id = 'x', when = { code = 'EARLY' }, add = -1 }",
    ],
)
def test_a_code_is_known_wherever_it_is_asked_for(text: str) -> None:
    """A code that some condition asks for is no unknown code: in a rate, an axis, the order, a ``not``."""
    tariff = Tariff.load(HEAD + text + "\n")
    prices = [tariff.quote(Order((Item("p"),), codes=codes)).total.amount for codes in (("EARLY",), ())]
    assert prices == [100, 200]
    assert tariff.quote(Order((Item("p"),), codes=("OTHER",))).refusals[0].code == "not_for"
