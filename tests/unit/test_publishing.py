"""Publishing a price list: its examples, what is in use, what the house carries out; and what a publication changes."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import pricing
from cantinekit import records as m
from cantinekit.domain.catalogue import publishing
from cantinekit.errors import NotForSaleError, PublicationError, TariffError
from support.houses.small_house import TARIFF, House, open_house, utc

WITHOUT_ROOM = TARIFF.replace("[product.room]", "[product.hall]")
EXAMPLE = """
[[examples.list]]
id = "a half-day"
product = "half-day"
day = 2026-11-24
gross = {gross}
"""
MEMBERSHIP = TARIFF.replace("[product.room]", '[product.room]\nsells = "membership"')
NO_ID = TARIFF + '[product."desk|month"]\nrate = { price = 100.00 }\n'


@pytest.fixture
def house() -> House:
    return open_house()


def refused(house: House, text: str, **more) -> PublicationError:
    """Why a list is not published; nothing is stored."""
    before = house.get(m.PriceList, "net")
    with pytest.raises(PublicationError) as told:
        house.do(c.PublishTariff(text, **more))
    assert house.get(m.PriceList, "net") == before
    return told.value


def line_of(text: str, words: str) -> int:
    """The line of a text on which words stand."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_an_example_that_does_not_come_out_is_a_problem(house):
    """The error says which example of the list fails, what it expects and what it comes to, with path and line."""
    text = TARIFF + EXAMPLE.format(gross="9.00")
    (problem,) = refused(house, text).problems
    assert (problem.path, problem.line) == ("examples.list[0]", line_of(text, "[[examples.list]]"))
    assert "'a half-day' expects gross 9.00 EUR; it comes to gross 7.00 EUR" in problem.message
    house.do(c.PublishTariff(TARIFF + EXAMPLE.format(gross="7.00")))


def test_examples_are_asked_once_for_a_text(house, monkeypatch):
    """A preview and the publication of one text ask its examples once, however often it is decided again."""
    asked = []
    check = pricing.Tariff.check
    monkeypatch.setattr(pricing.Tariff, "check", lambda tariff: asked.append(tariff.version) or check(tariff))
    publishing.failed_examples.cache_clear()
    text = TARIFF + EXAMPLE.format(gross="7.00")
    house.cantine.preview(c.PublishTariff(text), actor="ana")
    house.do(c.PublishTariff(text))
    house.do(c.PublishTariff(text))
    assert len(asked) == 1


def test_a_product_in_use_must_not_vanish(house):
    """The error names what uses it, and the line on which the version before has it."""
    house.do(c.ChangeSpace("b", product_id="net/room"))
    (problem,) = refused(house, WITHOUT_ROOM).problems
    assert problem.path == "product.room"
    assert "product room; space b" in problem.message
    assert f"(line {line_of(TARIFF, '[product.room]')} of the version before)" in problem.message


def test_what_a_workshop_names_is_in_use(house):
    """A seat and an option that a workshop names by the list are in use, without a product of the catalogue."""
    for product in ("seat", "materials"):
        house.do(c.RetireProduct(product))
    house.do(
        c.AddWorkshop(place_id="paris", title="Vélo", product_id="net/seat", option_ids=("net/materials",), id="w")
    )
    text = TARIFF.replace("[product.seat]", "[product.chair]").replace("[product.materials]", "[product.stuff]")
    problems = refused(house, text).problems
    assert [problem.path for problem in problems] == ["product.materials", "product.seat"]
    assert all("workshop " in problem.message and "w" in problem.message for problem in problems)


def test_what_nothing_uses_may_vanish(house):
    """Once what names a product is retired or names another, it may go; what is new may come."""
    house.do(c.RetireProduct("room"))
    found = house.do(c.PublishTariff(WITHOUT_ROOM)).publication
    assert (found.of_fate("vanished"), found.of_fate("added")) == (("room",), ("hall",))
    assert found.problems == ()


def test_a_version_that_begins_later_is_compared_with_that_before_it(house):
    """What counts is the version that is in force when the new one begins, also where it is published out of order."""
    later = house.clock.now() + timedelta(days=30)
    house.do(c.RetireProduct("room"))
    house.do(c.PublishTariff(WITHOUT_ROOM, since=later))
    assert house.do(c.PublishTariff(WITHOUT_ROOM, since=later + timedelta(days=1))).publication.products == ()
    found = house.do(c.PublishTariff(TARIFF + "\n[product.coffee]\nrate = { price = 1.00 }\n")).publication
    assert [(one.product, one.fate) for one in found.products] == [("coffee", "added")]


def test_a_product_must_not_sell_something_else(house):
    """A room that becomes a membership is a problem at the key that says so."""
    (problem,) = refused(house, MEMBERSHIP).problems
    assert (problem.path, problem.line) == ("product.room.sells", line_of(MEMBERSHIP, 'sells = "membership"'))
    assert problem.message.startswith("it sells membership from now on")
    assert problem.message.endswith("a use before")


def test_what_the_house_does_not_carry_out_is_a_problem(house):
    """A product that can have no id is refused, with its line, whatever reason is given."""
    for more in ({}, {"override": "we know better"}):
        (problem,) = refused(house, NO_ID, **more).problems
        assert (problem.path, problem.line) == ('product."desk|month"', line_of(NO_ID, "desk|month"))


def test_all_problems_come_at_once(house):
    """One error has the problems of all three kinds, in the order of their lines."""
    text = NO_ID.replace("[product.room]", "[product.hall]") + EXAMPLE.format(gross="9.00")
    problems = refused(house, text).problems
    assert {problem.path for problem in problems} == {"product.room", 'product."desk|month"', "examples.list[0]"}
    lines = [problem.line or 0 for problem in problems]
    assert lines == sorted(lines)
    assert isinstance(refused(house, text), TariffError)


def test_an_override_publishes_and_is_recorded(house):
    """With a reason it is published; each rule that is broken is recorded once, and the outcome has the problems."""
    text = TARIFF.replace("[product.room]", "[product.hall]") + EXAMPLE.format(gross="9.00")
    outcome = house.do(c.PublishTariff(text, override="the old system bills contracts"))
    assert len(outcome.publication.problems) == 2
    found = [one for one in house.all(m.Override) if one.subject == m.Subject("pricelist", "net")]
    assert sorted(one.rule for one in found) == ["products in use", "worked examples"]
    assert {one.reason for one in found} == {"the old system bills contracts"}


def test_an_override_that_breaks_nothing_is_not_recorded(house):
    """A list without problems leaves no override behind, whatever reason is given."""
    house.do(c.PublishTariff(TARIFF.replace("7.00", "7.50"), override="just in case"))
    assert [one for one in house.all(m.Override) if one.subject.kind == "pricelist"] == []


def test_the_text_in_force_is_published_again_without_a_question(house):
    """What was published with an override can be published once more, as when a host starts."""
    house.do(c.PublishTariff(WITHOUT_ROOM, override="the old system bills contracts"))
    outcome = house.do(c.PublishTariff(WITHOUT_ROOM))
    assert (outcome.publication.products, outcome.publication.problems) == ((), ())


def test_a_preview_says_what_changes_for_whom(house):
    """Products that come and change, what names them, the other sections, and the live passes of each; nothing is
    stored.
    """
    house.do(c.ChangeSpace("b", product_id="net/room"))
    for person in ("zoe", "bob"):
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=person, account="desk"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="eve"))  # not paid: no live pass
    dearer = TARIFF.replace("80.00", "90.00", 1).replace("15.00", "16.00") + (
        '[product.coffee]\nrate = { price = 1.00 }\n[tax.full]\nrates = [{ from = 2014-01-01, rate = "20%" }]\n'
    )
    versions = house.get(m.PriceList, "net").versions
    found = house.cantine.preview(c.PublishTariff(dearer), actor="ana").publication
    assert house.get(m.PriceList, "net").versions == versions
    assert (found.pricelist_id, found.before, found.sections) == ("net", versions[-1].tariff_version, ("tax",))
    carnet, coffee, room = found.products
    assert (carnet.product, carnet.fate, carnet.passes) == ("carnet", "changed", 2)
    assert carnet.product_ids == ("carnet",)
    assert (coffee.product, coffee.fate, coffee.passes, coffee.in_use) == ("coffee", "added", None, False)
    assert (room.fate, room.space_ids, room.passes, room.in_use) == ("changed", ("b",), 0, True)
    executed = house.do(c.PublishTariff(dearer)).publication
    assert [one.passes for one in executed.products] == [None, None, None]


def test_a_pass_that_is_used_up_is_not_live(house):
    """Of the passes those count that have units left which are valid now."""
    for person in ("zoe", "bob"):
        house.do(c.SellPass(product_id="mini", place_id="paris", holder_id=person, account="desk"))
    assert house.cantine.read.live_passes(["mini", "carnet"]) == {"mini": 2, "carnet": 0}
    for product in ("half-day", "day"):
        house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe"))
        house.cantine.execute(c.CheckOut(house.all(m.Visit)[-1].id), actor="ana")
        assert product
    assert house.cantine.read.live_passes(["mini"]) == {"mini": 1}
    house.wait(days=2)
    assert house.cantine.read.live_passes(["mini"]) == {"mini": 0}


HEAD = '[tariff]\nid = "own"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'
DESK = "[product.desk]\nrate = { price = 12.00 }\n"
OFFERS = """prices = "excl"
tax = "open"
offer = [{ id = "one", price = 12.00 }, { id = "two", price = 9.00 }]
choose = { take = "cheapest", compare = "gross", tie = "first" }"""
TEA = "[product.tea]\nrate = { price = 2.00 }\n"


def told(problems) -> list[tuple[str, int | None]]:
    return [(one.path, one.line) for one in problems]


def test_a_list_without_tax_whose_tax_is_unknown_is_not_published(house):
    """Nothing of it could be sold: that is one problem, at the key that says that prices are without tax."""
    text = f'{HEAD}prices = "excl"\n{DESK}{TEA}'
    with pytest.raises(PublicationError) as found:
        house.do(c.PublishTariff(text))
    assert told(found.value.problems) == [("tariff.prices", 5)]
    assert "nothing of it can be sold since its tax is not known" in str(found.value)
    reason = '\n[tax."not subject"]\nmention = "TVA non applicable, art. 293 B du CGI"\n'
    for cure in (text.replace('"excl"', '"incl"'), text.replace('"excl"', '"excl"\ntax = "not subject"') + reason):
        assert house.do(c.PublishTariff(cure)).publication.problems == ()


def test_it_may_be_published_all_the_same(house):
    """With a reason it is: the override names the rule, and what is sold of it is refused."""
    house.do(c.PublishTariff(f'{HEAD}prices = "excl"\n{DESK}', override="the tax comes next week"))
    assert [one.rule for one in house.all(m.Override) if one.subject.id == "own"] == ["taxes that are known"]
    with pytest.raises(NotForSaleError, match="tax"):
        house.do(c.Sell(["own/desk"], place_id="paris"))


@pytest.mark.parametrize(
    "desk",
    [
        'prices = "excl"\nrate = { price = 12.00 }',
        'rate = { price = 12.00, prices = "excl" }',
        'prices = "excl"\nrate = [{ when = { date = { upto = 2020-01-01 } }, refuse = "not_at" }, { price = 12.00 }]',
        OFFERS,
        'prices = "incl"\ntax = "owed"\nrate = { price = 12.00 }',
    ],
)
def test_a_product_that_nobody_could_buy_is_not_published(house, desk):
    """Where all of its prices are without tax and it is not known, or hold one that the customer owes, at its line."""
    text = f"""{HEAD}{TEA}[product.desk]\n{desk}
[tax.open]
kind = "unknown"
[tax.owed]\nkind = "reverse"\nmention = "Autoliquidation"
"""
    with pytest.raises(PublicationError) as found:
        house.do(c.PublishTariff(text))
    assert told(found.value.problems) == [("product.desk", 7)]


UNSTATED = {
    "no reason at all": ('tax = "not subject"\n' + DESK, "tariff.tax", 5, "BR-E-10"),
    "no reason of one product": (DESK + TEA + 'tax = "not subject"\n', "product.tea.tax", 9, "BR-E-10"),
    "no reason of a price": (DESK[:-2] + ', tax = "not subject" }\n', "product.desk.tax", 5, "BR-E-10"),
    "a reason that holds later": (
        f'{DESK}tax = "club"\n[tax.club]\nkind = "exempt"\nmention = [{{ from = 2030-01-01, text = "Exonération" }}]\n',
        "tax.club.mention",
        10,
        "before 2030-01-01 .* BR-E-10",
    ),
    "a reason of the reverse charge that holds later": (
        f'{DESK}tax = "abroad"\n[tax.abroad]\nkind = "reverse"\nrates = [{{ from = 2014-01-01, rate = "20%" }}]\n'
        'mention = [{ from = 2030-01-01, text = "Autoliquidation" }]\n',
        "tax.abroad.mention",
        11,
        "BR-AE-10",
    ),
    "a rate that holds later": (
        f'{DESK}tax = "full"\n[tax.full]\nrates = [{{ from = 2030-01-01, rate = "20%" }}]\n',
        "tax.full.rates",
        9,
        "which rate it has",
    ),
    "outside the scope along with what is not": (
        f'{DESK}tax = "full"\nadjust = {{ id = "fund", add = 1.00, once_per = "piece", tax = "fund" }}\n'
        '[tax.full]\nrates = [{ from = 2014-01-01, rate = "20%" }]\n'
        '[tax.fund]\nkind = "outside scope"\nmention = "Hors champ"\n',
        "product.desk.adjust[0]",
        8,
        "BR-O-11",
    ),
    "outside the scope is needed by what is not": (
        f'{DESK}tax = "full"\nneeds = {{ product = "tea", add = true }}\n{TEA}tax = "fund"\n'
        '[tax.full]\nrates = [{ from = 2014-01-01, rate = "20%" }]\n'
        '[tax.fund]\nkind = "outside scope"\nmention = "Hors champ"\n',
        "product.desk.needs",
        8,
        "BR-O-11",
    ),
}


@pytest.mark.parametrize("name", UNSTATED)
def test_what_no_document_may_state_is_not_published(house, name):
    """A tax without its reason or its rate, and what needs two documents, are problems at their lines; no override
    helps, since what is sold by such a list has no document."""
    text, path, line, why = UNSTATED[name]
    text = HEAD + text
    for more in ({}, {"override": "we know better"}):
        (problem,) = refused(house, text, **more).problems
        assert (problem.path, problem.line) == (path, line), problem
        assert re.search(why, problem.message), problem
    assert house.cantine.check_tariff(text).problems == (problem,)
    assert house.cantine.check_tariff(text).publication.problems == (problem,)


def test_what_is_not_charged_needs_no_reason(house):
    """A class that nothing of the list is sold by, or of money that no document states, is no problem."""
    text = f"""{HEAD}{DESK}[product.key]\nkind = "held"\ntax = "not subject"\nrate = {{ price = 20.00 }}
[tax.later]\nkind = "exempt"\nmention = [{{ from = 2030-01-01, text = "Exonération" }}]
"""
    assert house.do(c.PublishTariff(text)).publication.problems == ()


def test_what_depends_is_said_in_the_publication(house):
    """A price beside one that has a tax, one that units may cover, and one whose tax begins later, are notes."""
    text = f"""{HEAD}[facts]
who = ["firm", "person"]
[product.hall]
rate = [{{ when = {{ who = "firm" }}, price = 100.00, prices = "excl" }}, {{ price = 120.00 }}]
[product.desk]
prices = "excl"
cover = [{{ by = "days", unit = "visit", beyond = "rate" }}]
rate = {{ price = 12.00 }}
[product.carnet]
sells = "grant"
grant = {{ account = "days", unit = "visit", units = 10 }}
rate = {{ price = 100.00 }}
[product.tea]
prices = "excl"
tax = "later"
rate = {{ price = 2.00 }}
[product.key]
kind = "held"
prices = "excl"
rate = {{ price = 20.00 }}
[tax.later]
rates = [{{ from = 2027-01-01, rate = "20%" }}]
"""
    found = house.do(c.PublishTariff(text)).publication
    assert found.problems == ()
    assert [one.path for one in found.notes] == ["product.hall.rate[0]", "product.desk.rate[0]", "product.tea.rate[0]"]
    assert "before 2027-01-01, when its tax is not known" in found.notes[2].message
    assert house.do(c.Sell(["own/hall"], place_id="paris", facts={"who": "person"}, account="desk")).charges
    later = house.do(c.PublishTariff(text.replace("12.00", "13.00"), since=utc(10, day=date(2027, 1, 1)))).publication
    assert [one.path for one in later.notes] == ["product.hall.rate[0]", "product.desk.rate[0]"]


@pytest.mark.parametrize(
    ("lasts", "noted"),
    [
        ("", False),
        ('valid = { month = "calendar" }', True),
        ('valid = { lasts = "1 week", first_day = "counts" }', True),
        ('valid = { lasts = "1 month", ends = "the day before" }', True),
        ('valid = { lasts = "1 month", ends = "same day" }', False),
        ('valid = { year = "calendar" }', False),
        ('valid = { lasts = "5 business days", first_day = "counts", workdays = "of 2026" }', False),
        ('term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }', False),
        ('term = { period = "1 month", minimum = 1, renewal = "none", ends = "period end" }', True),
        ('term = { period = "1 month", minimum = 2, renewal = "none", ends = "period end" }', False),
    ],
)
def test_units_that_are_never_given_again_are_said(house, lasts, noted):
    """What is over before its units come again is a note at its line; without an end they always come again."""
    text = f"""{HEAD}{TEA}[product.plan]\nsells = "plan"\n{lasts}\nrate = {{ price = 30.00 }}
grant = {{ account = "hours", unit = "1h", units = 4, renews = "month" }}
[calendar."of 2026"]\nweekdays = "mon-fri"\nholidays = [2026-05-25]\n"""
    found = house.do(c.PublishTariff(text)).publication
    assert told(found.notes) == ([("product.plan.grant", line_of(text, "grant ="))] if noted else [])
    assert found.problems == ()


def test_a_first_version_must_have_what_names_it(house):
    """A product of the catalogue that names what its list has not is found when the list is published first."""
    house.do(
        c.AddProduct(name="Bay", entity_id="asso", pricelist_id="new", tariff_product="bay", sells="booking", id="bay")
    )
    text = TARIFF.replace('id = "net"', 'id = "new"')
    with pytest.raises(PublicationError, match="product bay"):
        house.do(c.PublishTariff(text))
    house.do(c.PublishTariff(text.replace("[product.room]", "[product.bay]")))


def test_a_product_whose_name_is_no_id_is_a_problem(house):
    """What could not be named in a command is refused when it is published."""
    text = TARIFF + '[product."tea | coffee"]\nrate = { price = 1.00 }\n'
    (problem,) = refused(house, text).problems
    assert problem.path == 'product."tea | coffee"'
