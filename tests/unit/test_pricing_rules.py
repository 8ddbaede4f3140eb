"""Forms that plug-ins bring: how a tariff names them, what its rule is told, and what happens when the rule fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError, TariffError
from cantinekit.money import MAX_MINOR, Money
from cantinekit.pricing import (
    About,
    FrozenMap,
    Item,
    Order,
    PricingRule,
    State,
    Tariff,
    diff,
    listing,
    plugged,
    register_rules,
    registered_rules,
)

HEAD = 'tariff = { id = "x", currency = "EUR", timezone = "Europe/Paris", prices = "incl", price_date = "use" }\n'
NTH_FORM = 'form = "every nth free"'
ODD_FORM = 'form = "odd", version = 1'
FORM = f'id = "tenth free", {NTH_FORM}, version = 1, with = {{ n = 10 }}'


def read_n(params, complain) -> int | None:
    """One number, ``n``."""
    for key in params:
        if key != "n":
            complain("unknown parameter", key)
    n = params.get("n")
    if type(n) is not int or n < 2:
        complain("a whole number from 2 up is needed", "n")
        return None
    return n


def take_off(n: int, amount: int, about: About) -> int:
    """Every nth piece for nothing."""
    return amount * (about.count - about.count // n) // about.count


NTH = PricingRule("every nth free", 1, "adjust", read_n, take_off, "every nth piece for nothing")


def rule(apply: Callable[..., Any], *, name: str = "odd", read: Any = None, version: int = 1) -> PricingRule:
    """A rule that takes any parameters."""
    return PricingRule(name, version, "adjust", read or (lambda params, complain: params), apply)


def visit(form: str = FORM, *, more: str = "") -> str:
    """A tariff with one product, visits at 5.00, and one form."""
    return f"{HEAD}[product.visit]\nrate = {{ price = 5.00 }}\n{more}adjust = {{ {form} }}\n"


ODD = visit('id = "odd", form = "odd", version = 1')


def load(text: str, *rules: PricingRule) -> Tariff:
    return Tariff.load(text, rules)


def problems(text: str, *rules: PricingRule) -> list[str]:
    """What is wrong with a tariff: path and message, and what was probably meant."""
    with pytest.raises(TariffError) as caught:
        load(text, *rules)
    return [f"{p.path}: {p.message}" + (f" ({p.suggestion})" if p.suggestion else "") for p in caught.value.problems]


def told(text: str, item: Item, order: Order | None = None) -> list[tuple[int, About]]:
    """What a rule called "odd" is told for this question: the amount, and the rest."""
    seen: list[tuple[int, About]] = []

    def listen(settings: Any, amount: int, about: About) -> int:
        seen.append((amount, about))
        return amount

    load(text, rule(listen)).quote(order or item)
    return seen


@pytest.fixture
def known(monkeypatch) -> None:
    """A process in which no rule is registered."""
    monkeypatch.setattr(plugged, "_known", {})


# --- the rule ---


@pytest.mark.parametrize("name", ["every nth free", "dégressif", "nth-free", "10e gratuite", "x"])
def test_names(name: str) -> None:
    """A name is small words, in any script, with single spaces between them."""
    assert rule(take_off, name=name).name == name


@pytest.mark.parametrize(
    "name", ["", " ", "Nth", "a  b", " a", "a ", "a\nb", "a/b", "-", "a.b", "x" * 201, None, 7, b"a"]
)
def test_other_names(name: Any) -> None:
    """A name in capitals, with signs, with spaces at its ends, too long or no text is refused."""
    with pytest.raises(InputError, match="is no name of a pricing rule"):
        rule(take_off, name=name)


@pytest.mark.parametrize("version", [0, -1, True, 1.0, "1", None, 10**6 + 1])
def test_other_versions(version: Any) -> None:
    """A version is a whole number from 1 up."""
    with pytest.raises(InputError, match="'odd': the version is a whole number from 1 up"):
        rule(take_off, version=version)


@pytest.mark.parametrize("phase", ["rate", "tax", "Adjust", "", None])
def test_other_phases(phase: Any) -> None:
    """A rule of a phase in which nothing from outside is carried out is refused, and told where it could be."""
    with pytest.raises(InputError, match=r"'odd': no rule is carried out in .*, only in 'adjust'"):
        PricingRule("odd", 1, phase, read_n, take_off)


def test_phase_is_declared() -> None:
    """There is no phase by default: a rule says in which it is carried out."""
    with pytest.raises(TypeError, match="phase"):
        PricingRule("odd", 1, read=read_n, apply=take_off)  # type: ignore[call-arg]


async def later(*_: Any) -> int:
    """A function that nobody would await."""
    return 0


@pytest.mark.parametrize(
    ("read", "apply", "what"), [(None, take_off, "read"), (read_n, 7, "apply"), (read_n, later, "apply")]
)
def test_other_functions(read: Any, apply: Any, what: str) -> None:
    """What cannot be called, or is async, is refused."""
    with pytest.raises(InputError, match=f"'odd': '{what}' is not a plain function"):
        PricingRule("odd", 1, "adjust", read, apply)


def test_other_summary() -> None:
    """The summary is a text."""
    with pytest.raises(InputError, match="the summary is not a text"):
        PricingRule("odd", 1, "adjust", read_n, take_off, summary=7)  # type: ignore[arg-type]


# --- which are known ---


@pytest.mark.usefixtures("known")
def test_register() -> None:
    """A registered rule can be named by every tariff that is read from then on."""
    assert "no plug-in with forms is loaded" in "".join(problems_of_registered(visit()))
    register_rules([NTH])
    assert Tariff.load(visit()).quote(Item("visit", count=10)).total == Money(4500, "EUR")
    assert dict(registered_rules()) == {("every nth free", 1): NTH}


def problems_of_registered(text: str) -> list[str]:
    with pytest.raises(TariffError) as caught:
        Tariff.load(text)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.usefixtures("known")
def test_register_again() -> None:
    """Registering a rule again changes nothing, also where its functions were made anew from the same text."""

    def make(share: int) -> PricingRule:
        return rule(lambda settings, amount, about: amount // share)

    register_rules([NTH, NTH, make(2)])
    register_rules([NTH, make(2)])
    assert len(registered_rules()) == 2
    with pytest.raises(InputError, match=r"two different pricing rules 'odd' \(version 1\)"):
        register_rules([make(3)])


@pytest.mark.usefixtures("known")
def test_register_another() -> None:
    """Two different rules with one name and version are refused, and then none of the call is registered."""
    register_rules([NTH])
    with pytest.raises(InputError, match=r"two different pricing rules 'every nth free' \(version 1\)"):
        register_rules([rule(take_off), rule(lambda *_: 0, name="every nth free", read=read_n)])
    assert list(registered_rules()) == [("every nth free", 1)]
    assert registered_rules()["every nth free", 1] is NTH


@pytest.mark.usefixtures("known")
def test_register_what_is_no_rule() -> None:
    """What is no rule is refused."""
    with pytest.raises(InputError, match="a PricingRule is needed, not a function"):
        register_rules([take_off])  # type: ignore[list-item]


@pytest.mark.usefixtures("known")
def test_registered_rules_are_a_copy() -> None:
    """What is known cannot be changed from outside, and what was asked for stays as it was."""
    before = registered_rules()
    register_rules([NTH])
    assert not before
    with pytest.raises(TypeError):
        registered_rules()["x", 1] = NTH  # type: ignore[index]


@pytest.mark.usefixtures("known")
def test_given_rules_are_all_there_are() -> None:
    """Rules that are given to ``load`` stand in the place of the registered ones, and are not registered."""
    register_rules([NTH])
    assert "no plug-in with forms is loaded" in problems(visit())[0]
    assert load(ODD, rule(take_off))
    assert list(registered_rules()) == [("every nth free", 1)]
    with pytest.raises(InputError, match="two different"):
        load(ODD, rule(take_off), rule(later_amount))


def later_amount(settings: Any, amount: int, about: About) -> int:
    return amount


def test_versions_side_by_side() -> None:
    """A plug-in can bring a second version of a rule: a list that was made for the first is read with the first."""
    both = (rule(lambda *_: 100), rule(lambda *_: 200, version=2))
    assert load(ODD, *both).quote(Item("visit")).total == Money(100, "EUR")
    assert load(ODD.replace("version = 1", "version = 2"), *both).quote(Item("visit")).total == Money(200, "EUR")


# --- in a file ---


WRITTEN = "is written in a way that is not read here; write it out, such as 7.5"
PROBLEMS = {
    'form = "every nth fre", version = 1': (
        ".form: no plug-in brings the form 'every nth fre'; known: 'every nth free', 'odd' (every nth free)"
    ),
    f"{NTH_FORM}, version = 2": ".version: the form 'every nth free' is there in version 1, not in 2",
    NTH_FORM: ": 'version' is needed: the version of the form that this list was made for",
    f'{NTH_FORM}, version = "1"': ".version: a whole number from 1 to 1000000 is needed",
    "form = 7, version = 1": ".form: a text is needed, not a number",
    f"{NTH_FORM}, version = 1, with = 7": ".with: a table is needed, not a number",
    f"{NTH_FORM}, version = 1, with = {{ n = 1 }}": ".with.n: every nth free: a whole number from 2 up is needed",
    f"{NTH_FORM}, version = 1, with = {{ n = 10, m = 1 }}": ".with.m: every nth free: unknown parameter",
    f"{NTH_FORM}, version = 1, with = {{ n = 1e5 }}": f".with.n: 1e5 {WRITTEN}",
    f"{ODD_FORM}, with = {{ t = 10:00:00 }}": (
        ".with.t: a text, a number, a date, a list or a table is needed, not that"
    ),
    f"{ODD_FORM}, with = {{ t = [1, [nan]] }}": f".with.t[1][0]: nan {WRITTEN}",
    f"{ODD_FORM}, with = {{ t = 9999999999999999 }}": ".with.t: this number is absurdly large",
    f'{ODD_FORM}, with = {{ t = "a\\nb" }}': (
        ".with.t: a text of at most 200 characters without control characters is needed"
    ),
    f'{ODD_FORM}, with = {{ "a\\nb" = 1 }}': ('.with."a\nb": a name has 1 to 200 characters and no control characters'),
    f'{ODD_FORM}, same = ["person"]': ".same: 'same' goes with 'at_most'",
    f'{ODD_FORM}, once_per = "day"': ".once_per: 'once_per' goes with an amount: 'add', 'at_least', 'at_most', 'replace'",
    f'{ODD_FORM}, mode = "up"': ".mode: 'mode' goes with 'round', or with 'rounds'",
    f"{ODD_FORM}, number = 10": ".number: unknown key",
}


@pytest.mark.parametrize("form", PROBLEMS)
def test_problems(form: str) -> None:
    """What is wrong with a form is a problem at its place, which says which forms there are."""
    found = problems(visit(f'id = "a", {form}'), NTH, rule(take_off))
    assert [each.removeprefix("product.visit.adjust[0]") for each in found] == [PROBLEMS[form]]


def test_a_form_and_another_kind() -> None:
    """A rule does one thing: a form beside a percentage is refused."""
    (found,) = problems(visit(FORM + ', percent = "-10%"'), NTH)
    assert "one thing that it does is needed" in found
    assert "'form'" in found


def test_too_many_parameters() -> None:
    """Lists and tables of more than a thousand entries are refused."""
    row = ", ".join(map(str, range(1_001)))
    assert (
        "more than 1000 entries"
        in problems(visit(f'id = "a", form = "odd", version = 1, with = {{ t = [{row}] }}'), rule(take_off))[0]
    )
    table = ", ".join(f"k{n} = 1" for n in range(1_001))
    assert (
        "more than 1000 entries"
        in problems(visit(f'id = "a", form = "odd", version = 1, with = {{ {table} }}'), rule(take_off))[0]
    )


@pytest.mark.parametrize("section", ["[order]\nadjust = { %s }\n", "[coupon.X]\n%s\n"])
def test_only_in_products(section: str) -> None:
    """A form stands with a product, whose count and length its rule is told; not in the order, nor in a coupon."""
    form = FORM if "order" in section else FORM.split(", ", 1)[1].replace(", ", "\n")
    found = problems(f"{HEAD}product.visit.rate = {{ price = 5.00 }}\n{section % form}", NTH)
    assert found[0].endswith("form: a form of a plug-in stands among the rules of a product")


class Unspeakable(Exception):
    """An error that fails when it is asked what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("n"), "KeyError: 'n'"),
        (RecursionError("deep"), "RecursionError: deep"),
        (Unspeakable(), "Unspeakable"),
    ],
)
def test_reading_that_raises(error: Exception, words: str) -> None:
    """A rule that raises while it reads its parameters is a problem that names it, and the file stays unread."""

    def read(params: Any, complain: Any) -> Any:
        raise error

    found = problems(ODD, rule(take_off, read=read))
    assert found == [f"product.visit.adjust[0].with: the pricing rule 'odd' (version 1) failed: {words}"]


def test_reading_that_refuses() -> None:
    """A rule that gives nothing refuses; one that complains and gives something refuses as well."""
    silent = rule(take_off, read=lambda params, complain: None)
    assert problems(ODD, silent) == ["product.visit.adjust[0].with: odd: these parameters are not for it"]
    loud = rule(take_off, read=lambda params, complain: [complain("no"), 7])
    assert problems(ODD, loud) == ["product.visit.adjust[0].with: odd: no"]


def test_parameters_are_frozen() -> None:
    """A rule gets the table as it is written, with exact numbers, and can change nothing in it."""
    got: list[Any] = []

    def read(params: Any, complain: Any) -> Any:
        got.append(params)
        return params

    text = visit(
        'id = "odd", form = "odd", version = 1, with = { a = 1.50, b = [1, [true]], c = { d = 2026-01-01 }, e = "" }'
    )
    tariff = load(text, rule(take_off, read=read))
    (params,) = got
    assert params == {"a": Decimal("1.50"), "b": (1, (True,)), "c": FrozenMap({"d": date(2026, 1, 1)}), "e": ""}
    with pytest.raises(TypeError):
        params["c"]["d"] = 1
    assert hash(tariff.parts.products["visit"].adjust) == hash(
        load(text, rule(take_off, read=read)).products["visit"].adjust
    )


TEXTS = [
    visit(),
    ODD,
    visit(f'id = "a", {ODD_FORM}, with = {{ a = [{{ b = [1, 2.50] }}], "c d" = "é\\"", e = 2026-01-01T10:00:00Z }}'),
    visit('id = "a", when = { count = 2 }, on = ["visit"], form = "odd", version = 1'),
    visit(f'id = "a", lists = [{{ {ODD_FORM} }}, {{ from = 2026-01-01, {NTH_FORM}, version = 1, with = {{ n = 3 }} }}]'),
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_dump(text: str) -> None:
    """A tariff with forms is the same after writing and reading it, and written in one way."""
    tariff = load(text, NTH, rule(take_off))
    again = load(tariff.dump(), NTH, rule(take_off))
    assert (again, again.version, again.dump()) == (tariff, tariff.version, tariff.dump())


def test_content() -> None:
    """Name, version and parameters are content: another of them, another hash and another tariff."""
    both = (rule(take_off), rule(take_off, version=2), rule(take_off, name="even"))
    texts = [
        visit(f'id = "a", form = "odd", version = 1{more}')
        for more in ("", ", with = { n = 1 }", ", with = { n = 1.0 }", ", with = { n = true }")
    ]
    texts += [visit('id = "a", form = "odd", version = 2'), visit('id = "a", form = "even", version = 1')]
    tariffs = [load(text, *both) for text in texts]
    assert len({tariff.version for tariff in tariffs}) == len(texts)
    assert len({tariff.products["visit"].adjust for tariff in tariffs}) == len(texts)
    assert load(visit('id = "a", form = "odd", version = 1, with = {}'), *both) == tariffs[0]


def test_content_is_not_the_code() -> None:
    """The hash is of what is written: two processes with other code of one version have one hash."""
    assert load(ODD, rule(take_off)).version == load(ODD, rule(later_amount)).version


def test_in_words() -> None:
    """A price list in words names the form with its version and parameters; a difference shows both."""
    tariff = load(visit(), NTH)
    assert "tenth free: “every nth free” (a form of a plug-in, version 1): { n = 10 }" in listing.price_list(
        tariff, "en"
    )
    assert "tenth free : « every nth free » (une forme d’une extension, version 1) : { n = 10 }" in listing.price_list(
        tariff, "fr"
    ).replace("\xa0", " ")
    (found,) = diff.difference(tariff, load(visit().replace("n = 10", "n = 5"), NTH))
    assert (found.path, found.before, found.after) == (
        'product.visit.adjust."tenth free"',
        "“every nth free” (a form of a plug-in, version 1): { n = 10 }",
        "“every nth free” (a form of a plug-in, version 1): { n = 5 }",
    )


# --- in a quote ---


@pytest.mark.parametrize(("count", "total"), [(1, 500), (9, 4500), (10, 4500), (19, 9000), (20, 9000), (21, 9500)])
def test_amounts(count: int, total: int) -> None:
    """The rule says what it comes to."""
    assert load(visit(), NTH).quote(Item("visit", count=count)).total == Money(total, "EUR")


def test_explanation() -> None:
    """The step says which form it was, and what it made of which amount, in both languages."""
    quote = load(visit(), NTH).quote(Item("visit", count=10))
    assert "Adjustment “tenth free”: “every nth free” (version 1): 50.00 EUR becomes 45.00 EUR" in quote.explain("en")
    fr = quote.explain("fr").replace("\xa0", " ")
    assert "Ajustement « tenth free » : « every nth free » (version 1) : 50,00 € devient 45,00 €" in fr
    step = next(step for step in quote.trace if step.id == "tenth free")
    assert (step.phase, step.status, step.why, dict(step.values)) == (
        "adjust", "applied", "form", {"form": "every nth free", "version": 1},
    )  # fmt: skip


def test_what_it_is_told() -> None:
    """The rule is told product, count, length, day, facts and currency; the facts cannot be changed."""
    text = f'{HEAD}facts = {{ hall = ["a", "b"], heads = "number" }}\n[product.room]\n'
    text += 'measure = { unit = "minute", step = "1h" }\n'
    text += 'rate = { price = 12.00, per = "1h" }\nadjust = { id = "odd", form = "odd", version = 1 }\n'
    start = datetime(2026, 7, 14, 22, 30, tzinfo=UTC)
    item = Item("room", count=2, period=Period(start, start + timedelta(minutes=90)), facts={"hall": "a", "heads": 7})
    ((amount, about),) = told(text, item)
    assert amount == 2 * 2 * 1200
    assert about == About("room", 2, "EUR", 90, date(2026, 7, 15), None, FrozenMap({"hall": "a", "heads": 7}))
    with pytest.raises(TypeError):
        about.facts["hall"] = "b"  # type: ignore[index]


def test_what_is_not_known() -> None:
    """What the question does not say is ``None``."""
    assert told(ODD, Item("visit")) == [(500, About("visit", 1, "EUR"))]


def test_ranks() -> None:
    """For a product that ranks it is called for each part, with its count and its first rank."""
    more = 'rank = { same = ["person"] }\n'
    text = visit('id = "odd", form = "odd", version = 1, when = { rank = { from = 3 } }', more=more)
    (after,) = told(text, Item("visit"), Order((Item("visit", count=5),), customer="ana"))
    assert after == (1500, About("visit", 3, "EUR", rank=3))


def test_lines_and_order() -> None:
    """It bears on the lines that ``on`` names, after the rules before it and before those behind it."""
    text = f'{HEAD}[product.visit]\nrate = {{ price = 10.00, tags = ["base"] }}\nadjust = [\n'
    text += '  { id = "half", percent = "-50%" },\n  { id = "odd", on = "base", form = "odd", version = 1 },\n'
    text += '  { id = "fee", add = 1.00 },\n]\n'
    quote = load(text, rule(lambda settings, amount, about: amount - 99)).quote(Item("visit"))
    assert [step.after.amount for step in quote.trace if step.phase == "adjust"] == [500, 401, 501]
    assert quote.total == Money(501, "EUR")


def test_conditions_and_lists() -> None:
    """Conditions, dated lists and groups hold for a form as for every other rule."""
    dated = visit(
        f'id = "a", lists = [{{ from = 2026-01-01, {ODD_FORM} }}, '
        f"{{ from = 2026-02-01, {ODD_FORM}, with = {{ n = 2 }} }}]"
    )
    tariff = load(dated, rule(lambda params, amount, about: amount // params.get("n", 5)))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 1)]
    assert [tariff.quote(Item("visit", day=day)).total.amount for day in days] == [500, 100, 250]
    best = (
        f"{HEAD}[product.visit]\nrate = {{ price = 5.00 }}\n[[product.visit.adjust]]\ntogether = 'best for customer'\n"
    )
    best += "rules = [{ id = 'a', percent = '-10%' }, { id = 'odd', form = 'odd', version = 1 }]\n"
    assert load(best, rule(lambda *_: 449)).quote(Item("visit")).total.amount == 449
    assert load(best, rule(lambda *_: 451)).quote(Item("visit")).total.amount == 450


def test_shared_by_lines() -> None:
    """Several lines share the new amount by largest remainder, so that the sum is the amount of the rule."""
    text = f"{HEAD}[product.visit]\nrate = {{ price = 1.00 }}\n"
    text += "adjust = [{ id = 'a', add = 1.00 }, { id = 'b', add = 1.00 }, { id = 'odd', form = 'odd', version = 1 }]\n"
    quote = load(text, rule(lambda *_: 100)).quote(Item("visit"))
    assert [line.amount.amount for line in quote.lines] == [34, 33, 33]


def test_nothing_to_pay() -> None:
    """A rule is asked for an amount of 0 as well."""
    text = f"{HEAD}[product.visit]\nrate = {{ price = 0.00 }}\nadjust = {{ id = 'odd', form = 'odd', version = 1 }}\n"
    assert told(text, Item("visit")) == [(0, About("visit", 1, "EUR"))]


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("by nothing"), InputError("its own"), RecursionError(), Unspeakable()]
)
def test_a_rule_that_raises(error: Exception) -> None:
    """A rule that raises is an input error that names it and says what it was; the next question is answered."""
    fails = [True]

    def apply(settings: Any, amount: int, about: About) -> int:
        if fails:
            raise error
        return amount

    tariff = load(ODD, rule(apply))
    with pytest.raises(
        InputError, match=rf"the pricing rule 'odd' \(version 1\) failed: {type(error).__name__}"
    ) as caught:
        tariff.quote(Item("visit"))
    assert caught.value.__cause__ is error
    fails.clear()
    assert tariff.quote(Item("visit")).total == Money(500, "EUR")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "gave a NoneType, not an int of minor units"),
        (4.5, "gave a float, not an int of minor units"),
        (True, "gave a bool, not an int of minor units"),
        (Money(1, "EUR"), "gave a Money, not an int of minor units"),
        (-1, "gave less than 0"),
        (MAX_MINOR + 1, "gave an absurd amount"),
        pytest.param(10**5000, "gave an absurd amount", id="huge"),
    ],
)
def test_a_rule_that_gives_nonsense(answer: Any, words: str) -> None:
    """What is no amount in minor units is an input error that names the rule."""
    with pytest.raises(InputError) as caught:
        load(ODD, rule(lambda *_: answer)).quote(Item("visit"))
    assert str(caught.value) == f"the pricing rule 'odd' (version 1) {words}"


def test_control_flow_is_not_swallowed() -> None:
    """Who interrupts the program interrupts it."""

    def apply(*_: Any) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(ODD, rule(apply)).quote(Item("visit"))


def test_examples() -> None:
    """Worked examples prove a form; one whose rule fails is a failed example, and the others are still asked."""
    text = (
        visit()
        + "[examples]\nlist = [{ id = 'ten', product = 'visit', count = 10, gross = 45.00 }, "
        + "{ id = 'one', product = 'visit', gross = 5.00 }]\n"
    )
    assert [result.ok for result in load(text, NTH).check()] == [True, True]

    def apply(n: int, amount: int, about: About) -> int:
        return amount // (about.count - 1)

    broken = load(text, PricingRule("every nth free", 1, "adjust", read_n, apply)).check()
    assert [(result.ok, result.got) for result in broken][1] == (False, "an error")
    assert "the pricing rule 'every nth free' (version 1) failed: ZeroDivisionError" in broken[1].why


# --- beside the programs ---


def test_not_compiled() -> None:
    """A product with a form is answered by the phases; one without is compiled, in the same tariff."""
    text = f"{visit()}[product.desk]\nrate = {{ price = 5.00 }}\nadjust = {{ id = 'half', percent = '-50%' }}\n"
    tariff = load(text, NTH)
    assert tariff.quote(Item("visit", count=10)).total.amount == 4500
    assert tariff.quote(Item("desk", count=10)).total.amount == 2500
    programs = tariff._programs
    assert programs.of("visit") is None
    assert "form" in programs.reasons["visit"]
    assert programs.of("desk") is not None


def test_price_many() -> None:
    """A table of a product with a form is the fold of its quotes."""
    tariff = load(visit(), NTH)
    counts = [1, 9, 10, 11, 20, 100]
    found = tariff.price_many({"product": ["visit"] * len(counts), "count": counts})
    assert list(found.amount) == [tariff.quote(Item("visit", count=count)).total.amount for count in counts]


def test_state_is_left_alone() -> None:
    """A rule moves nothing: meters and lots are as they were."""
    state = State(meters={"a": 1})
    assert load(visit(), NTH).quote(Item("visit", count=10), state).state == state
