"""The reference pages of tariff files have every word that the reader knows, and none that it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import (
    REFUSAL_CODES,
    Advised,
    Bought,
    Change,
    Earlier,
    Granted,
    Item,
    Line,
    Lot,
    Order,
    Quote,
    Refusal,
    State,
    Step,
    Tariff,
    Terms,
    Use,
)
from cantinekit.pricing.format.kinds import Text
from cantinekit.pricing.format.records import keys_of
from cantinekit.pricing.model import cancel as ca
from cantinekit.pricing.model import examples as e
from cantinekit.pricing.model import forms as f
from cantinekit.pricing.model import later as lt
from cantinekit.pricing.model import measure as m
from cantinekit.pricing.model import product as p
from cantinekit.pricing.model import rules as r
from cantinekit.pricing.model import sections as s
from cantinekit.pricing.model._read_forms import FORMS
from cantinekit.pricing.model._read_plugged import PLUGGED_KEYS
from cantinekit.pricing.model.conditions import CLOCK_WORDS, QUANTIFIERS, RANGES, WORDS
from cantinekit.pricing.model.load import SECTIONS
from cantinekit.pricing.model.read_rules import _ADJUST_KEYS, _RATE_KEYS, ONCE_PER
from cantinekit.pricing.terms import Delay, Opening, Season, Term, Validity, Workdays

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "tariff"
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in sorted(FOLDER.glob("*.md"))}


def fields(cls: type, *more: str) -> set[str]:
    """The keys of a record that its own room reads: the names of its public fields."""
    return {field.name for field in attrs.fields(cls) if field.init and not field.name.startswith("_")} | set(more)


RECORDS: dict[tuple[str, str], list[type | set[str]]] = {
    ("index", "`[tariff]`"): [s.TariffHead],
    ("index", "`[derive]`"): [s.Fits],
    ("index", "`[units.<name>]`"): [s.Unit],
    ("index", "`[bands.<name>]`"): [s.Band],
    ("index", "`[opening]`"): [fields(Opening)],
    ("index", "`[calendar.<name>]`"): [fields(Workdays)],
    ("index", "`[tax.<class>]`"): [s.TaxTable],
    ("products", "Products"): [p.Product],
    ("products", "`needs`"): [p.ProductNeed],
    ("products", "`eligible`"): [p.Stop],
    ("products", "`merge`"): [m.Merge],
    ("products", "`measure`"): [m.Measure],
    ("products", "`split`"): [p.Split],
    ("products", "`rank`"): [p.Rank],
    ("products", "`cover`"): [r.Cover, r.Limit, {"beyond"}],
    ("products", "`grant`"): [p.ProductGrant],
    ("products", "`deposit`"): [p.Deposit],
    ("products", "`down_payment`"): [p.DownPayment],
    ("prices", "Prices"): [{*_RATE_KEYS, "lists"}],
    ("prices", "`upto`"): [f.BracketRow],
    ("prices", "`steps`"): [f.StepRow],
    ("prices", "`tiers`"): [f.TierRow],
    ("prices", "`offered`"): [f.Offered],
    ("prices", "`share`"): [f.AmountShare],
    ("prices", "`refuse`"): [f.Refuse],
    ("prices", "Offers"): [p.Choose],
    ("adjustments", "Adjustments, the order, coupons"): [{*_ADJUST_KEYS, "lists"}, set(r.ADJUST_KINDS)],
    ("adjustments", "Forms of plug-ins"): [set(PLUGGED_KEYS)],
    ("adjustments", "`[order]`"): [s.OrderRules],
    ("adjustments", "`[coupon.<code>]`"): [fields(s.Coupon) - {"rule", "start"} | {"from"}],
    ("afterwards", "`valid`"): [fields(Validity, "covers")],
    ("afterwards", "`term`"): [fields(Term), {"when"}],
    ("afterwards", "`prorate`"): [lt.Prorate],
    ("afterwards", "`cancel`"): [ca.CancelCost, ca.Keep, fields(Delay)],
    ("afterwards", "`move`"): [lt.MoveCost, lt.MoveRow],
    ("afterwards", "`end_early`"): [lt.EndEarly, lt.EndFee],
    ("afterwards", "`pause`"): [lt.PauseLimits],
    ("afterwards", "`overrun`"): [lt.Overrun],
    ("examples", "`[examples]`"): [{"defaults", "list"}],
    ("examples", "The question"): [e.Asked],
    ("examples", "Its setting"): [e.Setting, e.Held],
    ("examples", "What happens later"): [e.LaterExample],
    ("examples", "The answer"): [e.Expected],
    ("examples", "`[advice.<need>]`"): [s.AdviceSection, s.Offer],
    ("conditions", "What the engine knows by itself"): [{*RANGES, "band", "holds", "lacks", "code", "not"}],
    ("conditions", "The clock"): [{*CLOCK_WORDS, *QUANTIFIERS}],
}
CHOICES = {
    ("prices", "`steps`"): f.COMBINATIONS,
    ("prices", "`tiers`"): f.TIER_MODES,
    ("prices", "`refuse`"): f.SAYABLE,
    ("adjustments", "Groups"): r.TOGETHER,
}
ALSO = [s.TaxRate, s.MentionRow]
"""Records whose keys stand in the meaning of another key, not in a table of their own."""
CLASSES = [cls for parts in RECORDS.values() for cls in parts if isinstance(cls, type)] + ALSO


def section(page: str, title: str) -> str:
    """What stands between a heading and the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return re.sub(r"```.*?```", "", found[1], flags=re.DOTALL)


def cells(text: str) -> list[list[str]]:
    """The rows of the tables that begin with a word in code."""
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]


def words(cell: str) -> list[str]:
    """The keys in a cell: `price`, or `percent = "-30%"`; not the values, which have quotes."""
    found = re.findall(r"`([^`]+)`", cell)
    return [word.split(" = ")[0] for word in found if re.fullmatch(r"[a-z_]+( = .*)?", word)]


def quoted(text: str) -> set[str]:
    """The values that begin a row: `"cheapest"`."""
    return {word for row in cells(text) for word in re.findall(r'`"([^`"]+)"`', row[0])}


def expected(parts: list[type | set[str]]) -> set[str]:
    return {name for part in parts for name in (part if isinstance(part, set) else names(part))}


def names(cls: type) -> set[str]:
    return {info.name for _, info, _ in keys_of(cls)}


@pytest.mark.parametrize("place", RECORDS, ids=" ".join)
def test_the_tables_have_the_keys_of_the_reader(place: tuple[str, str]) -> None:
    """Every key of a record is a row of its table, and no row is anything else."""
    text = section(PAGES[place[0]], place[1])
    assert {word for row in cells(text) for word in words(row[0])} == expected(RECORDS[place])


@pytest.mark.parametrize("place", CHOICES, ids=" ".join)
def test_the_tables_of_values_are_whole(place: tuple[str, str]) -> None:
    """Every value of a closed list that has a table is a row of it, and no row is anything else."""
    assert quoted(section(PAGES[place[0]], place[1])) == set(CHOICES[place])


def test_a_wrong_table_is_noticed() -> None:
    """The control: a key too many, or one that is missing, makes another set."""
    page = "# `share`\n\n| key | meaning |\n|---|---|\n| `share` | needed; the share |\n| `off` | of what |\n"
    assert {word for row in cells(section(page, "`share`")) for word in words(row[0])} == {"share", "off"}
    assert names(f.AmountShare) == {"share", "of"}


@pytest.mark.parametrize("place", RECORDS, ids=" ".join)
def test_what_is_needed_says_so(place: tuple[str, str]) -> None:
    """A key without which the table is refused is marked as needed, and no other."""
    records = [part for part in RECORDS[place] if isinstance(part, type) and part is not e.Asked]
    needed = {info.name for cls in records for _, info, _ in keys_of(cls) if info.required}
    optional = {info.name for cls in records for _, info, _ in keys_of(cls) if not info.required}
    for row in cells(section(PAGES[place[0]], place[1])):
        for word in words(row[0]):
            if word in needed ^ optional and (word in needed or word in optional):
                assert (row[1].startswith("needed")) == (word in needed), word


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_choice_is_on_the_pages(cls: type) -> None:
    """A word of a closed list is written in quotes, as it stands in a file."""
    text = "\n".join(PAGES.values())
    for _, info, _ in keys_of(cls):
        kinds = info.kind
        for word in kinds.choices if isinstance(kinds, Text) else ():
            assert f'"{word}"' in text or f"`{word}`" in text, f"{info.name} = {word!r}"


@pytest.mark.parametrize("cls", ALSO, ids=lambda cls: cls.__name__)
def test_small_records_are_in_the_text(cls: type) -> None:
    """The keys of a record without a table are written in code."""
    code = " ".join(re.findall(r"`([^`\n]+)`", "\n".join(PAGES.values())))
    assert all(re.search(rf"\b{name}\b", code) for name in names(cls))


def test_sections_conditions_forms_and_codes_are_whole() -> None:
    """The sections, the words of conditions, the keys of the forms and the codes of refusals are all there."""
    listed = {
        word for row in cells(section(PAGES["index"], "Tariff files")) for word in re.findall(r"`\[(\w+)\]`", row[0])
    }
    assert listed == set(SECTIONS)
    told = expected(RECORDS["conditions", "What the engine knows by itself"] + RECORDS["conditions", "The clock"])
    assert told == set(WORDS)
    forms = re.findall(r"^\| [^`|]+ \| (.*) \|$", section(PAGES["prices"], "Forms"), re.MULTILINE)
    assert {word for row in forms for word in words(row)} == {key for keys in FORMS.values() for key in keys}
    codes = [word for row in cells(section(PAGES["answers"], "Refusals")) for word in re.findall(r"`(\w+)`", row[0])]
    assert sorted(codes) == sorted(REFUSAL_CODES)
    seasons = section(PAGES["index"], "`[opening]`")
    assert all(f"{name} = " in seasons for name in ("from", "to", "hours"))
    assert fields(Season) == {"first", "last", "hours"}
    assert all(f'"{word}"' in PAGES["adjustments"] for word in ONCE_PER)
    assert all(f'"{word}"' in PAGES["index"] for word in (*s.FACT_WORDS, *r.MODES, *s.TAX_KINDS))


ANSWERS = [Quote, Step, Line, Use, Granted, Refusal, Change, Terms, Advised, Bought, State, Lot, Earlier, Item, Order]


@pytest.mark.parametrize("cls", [Tariff, *ANSWERS], ids=lambda cls: cls.__name__)
def test_questions_and_answers_are_all_there(cls: type) -> None:
    """What a question or an answer has is named on the page about them."""
    page = " ".join(re.findall(r"`([^`\n]+)`", PAGES["answers"]))
    public = [name for name, value in vars(cls).items() if isinstance(value, property | classmethod) or callable(value)]
    if cls in (State, Lot, Order, Item):
        public = []  # what these can do is the engine's
    hidden = {"parts", "source", "reasons"} | ({"product"} if cls is Terms else set())
    public += [field.name for field in attrs.fields(cls)]
    missing = [name for name in public if name[0] != "_" and name not in hidden and not re.search(rf"\b{name}\b", page)]
    assert missing == []


HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", price_date = "purchase" }
units.hour = {}
opening.hours = [{ days = ["mon"], open = ["09:00-18:00"] }]
[facts]
category = ["visitor", "member", "student", "full", "school"]
persons = "number"
staff = "number"
grams = "decimal"
days = "decimal"
cm = "number"
income = "money"
member = "yes/no"
rooms = { set = ["hall", "gallery"] }
"""
MEASURES = [row.split("`")[1] for row in section(PAGES["products"], "`measure`").splitlines() if row.startswith('| "')]
PRICES = [row[0].strip("`") for row in cells(section(PAGES["prices"], "`price`"))]
TABLE = "\n".join(line for line in section(PAGES["conditions"], "Facts").splitlines() if line.startswith("|"))
FACTS = re.findall(r"`([a-z]+ = [^`]+)`", TABLE)
KINDS = [row[0].strip("`") for row in cells(section(PAGES["adjustments"], "Adjustments, the order, coupons"))]


@pytest.mark.parametrize("text", MEASURES)
def test_ways_to_count_are_read(text: str) -> None:
    """Each way to count that the page shows is one that the reader takes."""
    assert Tariff.load(f"{HEAD}[product.a]\nmeasure = {text}\nrate = {{ price = 1 }}\n")


@pytest.mark.parametrize("text", PRICES)
def test_ways_to_write_a_price_are_read(text: str) -> None:
    """Each way to write a price that the page shows is one that the reader takes."""
    measure = 'measure = { unit = "half-day", every = "5h" }\n' if "half-day" in text else ""
    assert Tariff.load(f"{HEAD}[product.a]\n{measure}rate = {{ {text} }}\n")


@pytest.mark.parametrize("text", sorted(set(FACTS)))
def test_conditions_are_read(text: str) -> None:
    """Each condition about a fact that the page shows is one that the reader takes."""
    assert Tariff.load(f"{HEAD}[product.a]\nrate = {{ when = {{ {text} }}, price = 1 }}\n")


@pytest.mark.parametrize("text", [kind for kind in KINDS if " = " in kind and not kind.startswith("form")])
def test_adjustments_are_read(text: str) -> None:
    """Each adjustment that the page shows is one that the reader takes."""
    assert Tariff.load(f"{HEAD}[product.a]\nrate = {{ price = 1 }}\nadjust = {{ id = 'x', {text} }}\n")


def test_a_form_of_a_plug_in_needs_the_plug_in() -> None:
    """The kind that the page leaves to plug-ins is known to the reader, which asks for version and plug-in."""
    (text,) = [kind for kind in KINDS if kind.startswith("form")]
    with pytest.raises(TariffError, match="no plug-in") as caught:
        Tariff.load(
            f"{HEAD}[product.a]\nrate = {{ price = 1 }}\nadjust = {{ id = 'x', {text}, version = 1 }}\n", rules=()
        )
    assert len(caught.value.problems) == 1


def test_pages_have_enough_to_show() -> None:
    """The control: the snippets above are really found."""
    assert len(MEASURES) >= 9
    assert len(PRICES) >= 8
    assert len(set(FACTS)) >= 6
    assert len(KINDS) >= 16


@pytest.mark.parametrize("place", ["tariff.{}", "product.a.{}", "product.a.rate.{}", "product.a.adjust.{}", "{}"])
def test_a_word_that_no_page_has_is_refused(place: str) -> None:
    """The negative control: an unknown key is a problem in every table, so that the tables above are the whole."""
    text = (
        'tariff = { id = "t", currency = "EUR", timezone = "UTC" }\nproduct.a = { rate = { price = 1 }, '
        "adjust = { id = 'c', at_most = 1 } }\n"
    )
    inner = place.rpartition(".")[0]
    for table, start in (("tariff", "tariff = { "), ("product.a", "product.a = { "), ("product.a.rate", "rate = { "),
                         ("product.a.adjust", "adjust = { ")):  # fmt: skip
        if inner == table:
            text = text.replace(start, start + "nonsense = 1, ")
    text += "nonsense = 1\n" if not inner else ""
    with pytest.raises(TariffError) as caught:
        Tariff.load(text)
    assert any(problem.path.endswith("nonsense") for problem in caught.value.problems)
    assert "nonsense" not in "".join(PAGES.values())
