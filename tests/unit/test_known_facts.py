"""What a price list is told of what the house knows: the later wins, nothing that it does not know passes."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import pricing
from cantinekit.domain.sales.known_facts import known_facts
from cantinekit.domain.sales.values import are_same, to_facts
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing.engine.facts import fits
from support.laws.any_record import FACT

LIST = """
[tariff]
id = "known"
name = "Known"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[facts]
site = ["port", "centre"]
offers = { set = ["sauna", "tea"] }
student = "yes/no"
age = "number"
factor = "decimal"
income = "money"
word = "text"
[product.day]
rate = { price = 10.00 }
"""
TARIFF = pricing.Tariff.load(LIST)
GOOD = {
    "site": ["port", "centre"],
    "offers": [("sauna",), ("sauna", "tea")],
    "student": [True, False],
    "age": [0, 17],
    "factor": [2, Decimal("2.5")],
    "income": [Money(0, "EUR"), Money(150, "EUR")],
    "word": ["x", "y"],
}
BAD = {
    "site": ["beach", True, ("port",)],
    "offers": ["sauna", ("sauna", "pool"), ()],
    "student": [1, "yes", 0],
    "age": [True, "17", Decimal("2.5"), Money(17, "EUR")],
    "factor": ["2.5", True],
    "income": [Money(150, "CHF"), Money(-1, "EUR"), 150],
    "word": [1, ("x",)],
}
"""Values that another price list may give the same words."""


def known(place=(), person=(), command=(), **more):
    return known_facts(
        to_facts(place), to_facts(person), to_facts(command), TARIFF.facts, currency=TARIFF.currency, **more
    )


def test_the_person_goes_before_the_place_and_the_command_before_both():
    """Of one name the value that is nearest to the buyer counts, and it is said where it came from."""
    found = known({"age": 1, "site": "port", "word": "x"}, {"age": 2, "word": "y"}, {"age": 3})
    assert found == (
        (("age", 3), ("site", "port"), ("word", "y")),
        (("age", "command"), ("site", "place"), ("word", "person")),
    )


@pytest.mark.parametrize(("name", "bad"), [(name, bad) for name, some in BAD.items() for bad in some])
def test_a_stored_fact_that_the_list_knows_otherwise_is_left_out(name, bad):
    """A stored value of another type or list neither passes nor hides the one below it; a command's value passes."""
    good = GOOD[name][0]
    for place, person, wanted in (
        (bad, None, ()),
        (None, bad, ()),
        (good, bad, (good, "place")),
        (bad, good, (good, "person")),
    ):
        below, above = (() if value is None else ((name, value),) for value in (place, person))
        facts, origins = known_facts(below, above, (), TARIFF.facts, currency="EUR")
        assert (facts, origins) == (((name, wanted[0]),), ((name, wanted[1]),)) if wanted else ((), ())
    said = known_facts(((name, good),), ((name, good),), ((name, bad),), TARIFF.facts, currency="EUR")
    assert said == (((name, bad),), ((name, "command"),))


@pytest.mark.parametrize(("name", "good"), [(name, good) for name, some in GOOD.items() for good in some])
def test_a_stored_fact_that_the_list_knows_passes(name, good):
    """The control: each value that the list takes passes, from the place and from the person."""
    assert known({name: good})[1] == ((name, "place"),)
    facts, origins = known({}, {name: good})
    assert are_same(facts, ((name, good),))
    assert origins == ((name, "person"),)


def test_a_list_that_declares_nothing_is_told_what_the_command_says():
    """What is undeclared passes from the command only, and the engine refuses it as ever."""
    facts, origins = known_facts((("a", 1),), (("b", 2),), (("c", 3),), {}, currency="EUR")
    assert (facts, origins) == ((("c", 3),), (("c", "command"),))
    with pytest.raises(InputError, match="declares no fact 'c'"):
        TARIFF.quote(pricing.Item("day", facts=dict(facts)))


def test_what_the_house_sets_is_told_by_nothing_that_is_stored():
    """A stored fact under a name that the house tells is left out, so that no buyer is told to leave it out."""
    assert known({"age": 1}, {"age": 2}, set_by_house={"age"}) == ((), ())
    assert known({"age": 1}, {}, {"age": 3}, set_by_house={"age"})[1] == (("age", "command"),)


NAMES = st.sampled_from([*GOOD, "other", "elsewhere"])
ANY_FACTS = st.dictionaries(
    NAMES, FACT | st.sampled_from([one for some in (*GOOD.values(), *BAD.values()) for one in some if one != ()])
).map(to_facts)


@given(ANY_FACTS, ANY_FACTS, ANY_FACTS)
def test_the_law_of_the_merge(place, person, command):
    """Each name has the value of the last that may say it; nothing undeclared passes but from a command; each fact has
    an origin, and it is the one that said it.
    """
    facts, origins = known_facts(place, person, command, TARIFF.facts, currency="EUR")
    said = {"place": dict(place), "person": dict(person), "command": dict(command)}

    def passes(origin, name):
        if name not in said[origin]:
            return False
        return origin == "command" or (
            name in TARIFF.facts and fits(said[origin][name], TARIFF.facts[name], TARIFF.currency)
        )

    for name in {*said["place"], *said["person"], *said["command"]}:
        last = next((origin for origin in ("command", "person", "place") if passes(origin, name)), None)
        assert dict(origins).get(name) == last
        if last is not None:
            assert are_same(((name, dict(facts)[name]),), ((name, said[last][name]),))
    assert [name for name, _ in facts] == [name for name, _ in origins] == sorted({name for name, _ in facts})


@given(ANY_FACTS, ANY_FACTS)
def test_what_is_stored_makes_no_error(place, person):
    """Whatever is stored, the price list prices: a buyer is never refused because of it."""
    facts, _ = known_facts(place, person, (), TARIFF.facts, currency="EUR")
    assert TARIFF.quote(pricing.Item("day", facts=dict(facts))).total == Money(1000, "EUR")


def test_the_law_would_see_a_merge_that_does_not_look():
    """The control: told all that is stored, the price list refuses."""
    for name, bad in (("other", 1), *((name, some[0]) for name, some in BAD.items())):
        with pytest.raises(InputError):
            TARIFF.quote(pricing.Item("day", facts={name: bad}))


# --- facts as they are given -----------------------------------------------------------------------------------------


def test_one_fact_has_one_spelling():
    """Whole decimals are integers, zeros at the end do not count, words are in order and each once."""
    given_ = {"a": Decimal("2.0"), "b": Decimal("2.50"), "c": ["y", "x", "y"], "d": {"x", "y"}, "e": Decimal("-0.0")}
    found = to_facts(given_)
    assert are_same(found, (("a", 2), ("b", Decimal("2.5")), ("c", ("x", "y")), ("d", ("x", "y")), ("e", 0)))
    assert str(dict(found)["b"]) == "2.5"


def test_yes_is_not_one():
    """Python takes yes and 1 for equal; as facts they are not the same."""
    values = [(1, True), (0, False)]
    for one, other in values:
        assert (("a", one),) == (("a", other),)
        assert not are_same((("a", one),), (("a", other),))
    for pair in product([1, True], repeat=2):
        assert are_same((("a", pair[0]),), (("a", pair[1]),)) == (type(pair[0]) is type(pair[1]))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20), FACT))
def test_what_is_converted_stays(facts):
    """To convert facts again changes nothing, whatever they are, and a price list takes each of them as it is."""
    found = to_facts(facts)
    assert are_same(to_facts(found), found)
    assert are_same(tuple(pricing.Item("day", facts=dict(found)).facts.items()), found)


@pytest.mark.parametrize("value", ["Canary", 12_345_678, Decimal("0.123456"), ["Canary", ""], b"Canary", "Canary\0"])
def test_an_error_does_not_repeat_a_value(value):
    """What is wrong with a fact is said without it, since it may be private."""
    value = value * 20 if value == "Canary" else value
    with pytest.raises(InputError) as caught:
        to_facts({"a": value * 20 if isinstance(value, str) else value})
    assert "Canary" not in str(caught.value)
    assert "123456" not in str(caught.value)
