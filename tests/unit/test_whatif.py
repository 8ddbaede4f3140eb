"""A small year under two price lists: each figure of the comparison, by hand."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cantinekit.errors import CurrencyError, InputError, RowError
from cantinekit.pricing import Item, Lot, Order, State, Tariff, replay_quotes
from cantinekit.reads.usages import PastUsage
from cantinekit.whatif import (
    STAGES,
    Check,
    Difference,
    Refused,
    Shares,
    Sums,
    Visits,
    _page,
    compare,
    prepare,
    show,
    summary,
    table_of,
    write_report,
)
from cantinekit.whatif._compare import KINDS, _why
from cantinekit.whatif._page import page
from cantinekit.whatif._plots import COLOURS, Bars, parts
from cantinekit.whatif._words import _EN, _FR, Words

HEAD = """
[tariff]
id = "t"
name = "Maison <A> & B"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
category = ["regular", "student"]
"""
OLD = Tariff.load(
    HEAD
    + """
[product.half]
name = "Half-day"
rate = [{ when = { category = "student" }, price = 5.00 }, { price = 7.00 }]
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.day]
rate = { price = 12.00 }
[product.late]
rate = { price = 4.00 }
[product.carnet]
sells = "grant"
grant = { account = "carnet", units = 2, unit = "entry" }
rate = { price = 10.00 }
"""
)
CARD = '[product.card]\nsells = "membership"\nrate = { price = 20.00 }\n'
CAP = 'adjust = [{ id = "whole day", at_most = 13.00, same = ["person", "day"], pool = "day" }]'
NEW = Tariff.load(
    HEAD
    + f"""
[product.half]
name = "Half-day"
rate = [{{ when = {{ category = "student" }}, price = 5.00 }}, {{ price = 8.00 }}]
cover = [{{ by = "carnet", unit = "entry", beyond = "rate" }}]
{CAP}
[product.day]
rate = {{ price = 12.00 }}
{CAP}
[product.carnet]
sells = "grant"
grant = {{ account = "carnet", units = 2, unit = "entry" }}
rate = {{ price = 10.00 }}
"""
)


def row(id: str, customer: str | None, product: str, day: date, hour: int = 9, **more: Any) -> dict[str, Any]:
    start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    said = {
        "id": id,
        "customer": customer,
        "product": product,
        "category": "regular",
        "start": start,
        "currency": "EUR",
    }
    return {**said, "bought": start, "charged": None, "version": OLD.version, "notes": [], **more}


ROWS = [
    row("1", "ann", "half", date(2025, 1, 10), charged=700),
    row("2", "ann", "half", date(2025, 1, 10), 13, charged=700),
    row("3", "ann", "day", date(2025, 2, 1), charged=1200),
    row("4", "bob", "half", date(2025, 1, 11), category="student", charged=500),
    row("5", "dan", "half", date(2025, 1, 31), 23, charged=600, version="before", notes=["amended"]),
    row("6", None, "day", date(2025, 2, 3), charged=1200),
    row("7", "cat", "late", date(2025, 2, 4), charged=400),
]


def visits(*rows: dict[str, Any]) -> Visits:
    return Visits(table_of(rows or ROWS))


@pytest.fixture(scope="module")
def found():
    return compare(NEW, OLD, visits())


@pytest.fixture(scope="module")
def text(found):
    """The page of the report."""
    return page(found, NEW, OLD, "en", "check.csv").text


def test_what_it_brings(found):
    """Sums of all rows, by month of the local day and by product; a row that a list refuses brings nothing under it."""
    assert found.total == Sums("", 7, 2600 + 500 + 700 + 1200 + 400, 2500 + 500 + 800 + 1200)
    assert found.months == (Sums("2025-01", 3, 1900, 1800), Sums("2025-02", 4, 3500, 3200))
    assert [(one.name, one.rows, one.change) for one in found.products] == [
        ("half", 4, 0),
        ("day", 2, 0),
        ("late", 1, -400),
    ]
    assert found.report_old.refused == {}
    assert sum(found.report_new.refused.values()) == 1


def test_who_pays_more(found):
    """Members by category and by tenths, without rows that one list alone has a price for and rows of nobody known."""
    assert [(one.id, one.rows, one.old, one.new) for one in found.members] == [
        ("ann", 3, 2600, 2500),
        ("bob", 1, 500, 500),
        ("cat", 0, 0, 0),
        ("dan", 1, 700, 800),
    ]
    assert found.by == "category"
    assert found.categories == (Shares("regular", 1, 0, 1, 3300, 3300, 1), Shares("student", 0, 1, 0, 500, 500))
    assert found.shares == Shares("", 1, 1, 1, 3800, 3800, 1)
    assert [(one.name, one.members) for one in found.tenths] == [("4", 1), ("7", 1), ("10", 1)]
    assert (found.nobody, found.only_old, found.only_new) == (
        Sums("", 1, 1200, 1200),
        Sums("", 1, 400, 0),
        Sums("", 0, 0, 0),
    )


def test_who_cannot_be_compared(found):
    """Members without a row that both lists have a price for are a group of their own: in the text, on the page and in
    the tables, and in no other group, no tenth and no sum of members. Where everybody can be compared nothing is said.
    """
    closed = Tariff.load(HEAD + "[product.other]\nrate = { price = 1.00 }")
    none = compare(closed, OLD, visits())
    assert none.shares == Shares("", 0, 0, 0, 0, 0, 4)
    assert (none.tenths, none.most, none.total.old, none.total.new) == ((), (), 5400, 0)
    assert {one.pays for one in none.members} == {"uncompared"}
    assert "Members: 0 pay more, 0 pay less, 0 pay the same, 4 cannot be compared" in summary(none, "en")
    for lang, card, told in (
        ("en", "cannot be compared", "none of their rows has a price under both lists: 1."),
        ("fr", "ne peut être comparé", "aucune de leurs lignes n’ayant un prix avec les deux grilles\xa0: 1."),
    ):
        text = page(found, NEW, OLD, lang, "check.csv").text
        assert f'<dt>{card}</dt><dd class="">1<small>' in text
        assert told in text
        assert told in "\n".join(summary(found, lang))
    rows = found.rows.select(["customer", "pays"]).to_pydict()
    assert dict(zip(*rows.values(), strict=True)) == {
        "ann": "less",
        "bob": "same",
        "dan": "more",
        "cat": "uncompared",
        None: None,
    }
    everybody = compare(NEW, OLD, visits(*ROWS[:5]))
    assert everybody.shares.uncompared == 0
    assert "compared" not in page(everybody, NEW, OLD, "en", "check.csv").text + "\n".join(summary(everybody, "en"))


def test_tenths_are_of_one_size():
    """Of 25 members each tenth has two or three, those who pay least first, and each member is in one of them; of fewer
    than ten some tenths have nobody, which the page says.
    """
    many = [row(str(n), f"m{n:02}", "half", date(2025, 3, 1), count=25 - n) for n in range(25)]
    found = compare(NEW, OLD, visits(*many))
    tenths = found.tenths
    assert "fewer than ten" not in page(found, NEW, OLD, "en", "check.csv").text
    assert [one.members for one in tenths] == [2, 3] * 5
    assert [one.old for one in tenths[:2]] == [700 * (1 + 2), 700 * (3 + 4 + 5)]
    assert sum(one.old for one in tenths) == sum(700 * (1 + n) for n in range(25))


def test_the_reasons_of_who_changes_most(found):
    """Equal rows of a member are together with what one list says and the other does not."""
    assert [(one.member.id, one.member.change, one.changed) for one in found.most] == [
        ("ann", -100, 2),
        ("dan", 100, 1),
    ]
    first, second = found.most[0].rows
    assert (first.count, first.product, first.old, first.new, first.change) == (1, "half", 700, 500, -200)
    assert first.why_old == ("Price: 1 × at 7.00 EUR: 7.00 EUR",)
    assert first.why_new == (
        "Price: 1 × at 8.00 EUR: 8.00 EUR",
        "Adjustment “whole day”: at most 13.00 EUR a day, 8.00 EUR so far: reduced",
    )
    assert (second.count, second.change) == (1, 100)


def test_a_reason_that_the_other_list_has_too_is_told_where_there_is_no_other():
    """Each list says what the other does not; one that says nothing of its own says all."""
    assert _why(("price",), ("price", "cap")) == (("price",), ("cap",))
    assert _why(("price", "cap"), ("price",)) == (("cap",), ("price",))


def test_the_list_of_today_and_what_was_charged(found):
    """Rows that were charged another amount are listed with what is known of the reason."""
    assert found.check == Check(
        7,
        6,
        5300,
        5400,
        (Difference("5", date(2025, 2, 1), "dan", "half", 600, 700, ("amended", "other version")),),
    )
    more = [
        row("1", "ann", "half", date(2025, 3, 1), charged=0),
        row("2", "ann", "gone", date(2025, 3, 1), charged=300),
        row("3", "ann", "day", date(2025, 3, 1), charged=1100),
        row("4", "ann", "day", date(2025, 3, 1)),
    ]
    check = compare(NEW, OLD, visits(*more)).check
    assert (check.rows, check.equal) == (3, 0)
    assert [one.why for one in check.differences] == [("units",), ("refused: unpublished",), ()]
    assert compare(NEW, OLD, visits(more[3])).check is None


def test_units_of_before_count():
    """Units that customers had before the first row cover rows under both lists; a carnet among the rows does too."""
    rows = [row("1", "ann", "half", date(2025, 3, 1)), row("2", "ann", "half", date(2025, 3, 2))]
    lot = Lot("l", "carnet", 1, datetime(2024, 1, 1, tzinfo=UTC))
    had = compare(NEW, OLD, Visits(table_of(rows), {"ann": (lot,)}))
    assert (had.total.old, had.total.new) == (700, 800)
    bought = compare(NEW, OLD, visits(row("0", "ann", "carnet", date(2025, 2, 1)), *rows))
    assert (bought.total.old, bought.total.new) == (1000, 1000)


def test_what_was_counted_before_counts():
    """Meters of before count under both lists, also where the list that is asked about has another id."""
    new = Tariff.load(NEW.source.replace('id = "t"', 'id = "u"'))
    at = row("1", "ann", "day", date(2025, 3, 1))
    (key,) = NEW.meters(Order((Item("day", day=date(2025, 3, 1)),), "ann"))
    found = compare(new, NEW, Visits(table_of([at]), {}, {key: 1000}))
    assert (found.total.old, found.total.new) == (300, 300)
    assert compare(new, NEW, visits(at)).total.new == 1200


@pytest.mark.parametrize("engine", ["phases", "programs"])
def test_every_engine_gives_the_same(found, engine):
    """Figures and rows do not depend on who answers; the report says who did."""
    other = compare(NEW, OLD, visits(), engine=engine)
    assert other.rows.equals(found.rows)
    assert (other.total, other.tenths, other.most, other.check) == (found.total, found.tenths, found.most, found.check)
    assert other.report_new.engine == engine
    with pytest.raises(InputError, match="no engine 'steam'"):
        compare(NEW, OLD, visits(), engine="steam")


def test_stages_are_told():
    """What watches is told of each stage as it begins, and of the rows of both lists together."""
    told: list[str] = []
    counted: list[int] = []
    compare(NEW, OLD, visits(), told=told.append, counted=counted.append)
    assert tuple(told) == STAGES
    assert counted == [7, 14]


def test_the_old_list_says_by_what_and_the_new_one_what_it_is_called():
    """Members are told by a fact of the old list that has words; products have the names of the new one."""
    more = NEW.source.replace("[facts]", '[facts]\narea = ["n", "s"]').replace("Half-day", "Half")
    found = compare(Tariff.load(more), OLD, visits(row("1", "ann", "half", date(2025, 3, 1), area="s")))
    assert (found.by, found.names["half"]) == ("category", "Half")


def test_the_last_category_that_is_known():
    """A member is of the category of the last row that has one."""
    days = [date(2025, 3, day) for day in (1, 2, 3)]
    words = ("regular", "student", None)
    rows = [
        row(str(at), "ann", "day", day, category=word) for at, (day, word) in enumerate(zip(days, words, strict=True))
    ]
    (ann,) = compare(NEW, OLD, visits(*rows)).members
    assert ann.category == "student"


def test_the_month_is_that_of_the_local_day_of_use():
    """A row is of the month in which it begins in the zone of the list, also where that is ahead by quarters of an
    hour; one without a beginning of that of its day, and one without a day of that of its purchase.
    """
    zone = HEAD.replace("Europe/Paris", "Asia/Kathmandu") + "[product.day]\nrate = { price = 12.00 }\n"
    bought = datetime(2025, 1, 31, 18, 14, tzinfo=UTC)
    begins = (datetime(2025, 1, 31, 18, 14, tzinfo=UTC), datetime(2025, 1, 31, 18, 15, tzinfo=UTC), None, None)
    days = (None, None, date(2025, 3, 1), None)
    said = pa.table(
        {
            "product": ["day"] * 4,
            "start": pa.array(begins, pa.timestamp("us", "UTC")),
            "day": pa.array(days, pa.date32()),
            "bought": pa.array([bought] * 4, pa.timestamp("us", "UTC")),
        }
    )
    tariff = Tariff.load(zone)
    found = compare(tariff, tariff, Visits(said))
    assert [(one.name, one.rows) for one in found.months] == [("2025-01", 2), ("2025-02", 1), ("2025-03", 1)]


def test_whole_numbers_only(found):
    """All figures are whole minor units, and those of the rows add up to the sums."""
    rows = found.rows
    assert all(rows.schema.field(name).type == pa.int64() for name in ("old", "new", "change", "charged"))
    assert sum(one or 0 for one in rows.column("old").to_pylist()) == found.total.old
    assert sum(one.old for one in found.months) == sum(one.old for one in found.products) == found.total.old
    assert not any(isinstance(value, float) for one in (found.total, *found.months) for value in vars_of(one))


def vars_of(one: Any) -> list[Any]:
    return [getattr(one, name) for name in ("rows", "old", "new", "change")]


@pytest.mark.parametrize(
    ("table", "error", "said"),
    [
        (pa.table({"product": ["half"], "charged": [7.0]}), InputError, "row 0, column 'charged': 7.0 is no whole"),
        (pa.table({"product": ["half"], "charged": ["7,00"]}), InputError, "units, in which 12.50 EUR is 1250"),
        (pa.table({"product": ["half"], "charged": [2**62 + 1]}), InputError, "'charged': 4611686018427387905 is out"),
        (pa.table({"product": ["half", None]}), RowError, "row 1, column 'product'"),
        (pa.table({"product": ["half"], "start": [datetime(2025, 1, 1)]}), RowError, "row 0, column 'start'"),
        (pa.table({"product": ["half"] * 2, "id": ["a", "a"]}), RowError, "row 1, column 'id'"),
        (pa.table({"product": ["half"], "currency": ["CHF"]}), RowError, "row 0, column 'currency'"),
        (pa.table({"count": [1]}), InputError, "the column 'product' is missing"),
    ],
)
def test_what_is_no_usage_is_refused(table, error, said):
    """A table with floats, nulls, naive times, ids that come twice or another currency is refused with the row."""
    with pytest.raises(error, match=re.escape(said)):
        compare(NEW, OLD, Visits(table))


def test_what_cannot_be_compared():
    """Lists in two currencies, and a fact that is no column, are refused."""
    with pytest.raises(CurrencyError):
        compare(Tariff.load(HEAD.replace("EUR", "CHF") + "[product.half]\nrate = { price = 7.00 }"), OLD, visits())
    with pytest.raises(InputError, match="no column 'status'"):
        compare(NEW, OLD, visits(), by="status")


def test_an_empty_customer_is_nobody():
    """An empty text names no member, as null does."""
    found = compare(NEW, OLD, visits(row("1", "", "day", date(2025, 3, 1)), row("2", None, "day", date(2025, 3, 1))))
    assert (found.members, found.nobody.rows) == ((), 2)


def test_a_row_without_a_version_is_of_no_other_one():
    """Where nobody says by which version a row was charged, that is no reason; units are one where less was charged."""
    rows = [
        row("1", "ann", "half", date(2025, 3, 1), charged=600, version=None),
        row("2", "ann", "half", date(2025, 3, 1), charged=800),
    ]
    check = compare(NEW, OLD, visits(*rows)).check
    assert [one.why for one in check.differences] == [("units",), ()]


def test_a_table_without_anything_but_products():
    """Rows without customers, days and charges are sums alone."""
    found = compare(OLD, OLD, Visits(pa.table({"product": ["day", "day"]})))
    assert (found.total, found.months, found.members, found.tenths, found.most, found.check, found.by) == (
        Sums("", 2, 2400, 2400),
        (),
        (),
        (),
        (),
        None,
        "",
    )
    assert "Le fichier ne dit pas ce qui a été facturé." in summary(found, "fr")
    assert found.nobody.rows == 2
    text = page(found, OLD, OLD, "en", "check.csv").text + "\n".join(summary(found, "en"))
    assert text.count("No row names a customer: who pays more and who less is not known.") == 2
    assert "0 members" not in text
    assert "Members: " not in text


def test_the_column_that_members_are_told_apart_by_is_used():
    """A column that no list asks for is named as such, but for the one that says the category of the members."""
    rows = pa.table(
        {"id": ["a"], "product": ["half"], "category": ["regular"], "customer": ["ann"], "town": ["Metz"], "age": [7]}
    )
    assert compare(NEW, OLD, Visits(rows)).unused == ("town", "age")
    assert compare(NEW, OLD, Visits(rows), by="town").unused == ("age",)


def test_what_has_no_price_is_said_with_its_reason():
    """The page and the text warn where rows have no price, and say of each product how many they are, which is the
    first, what the list says to it, and which product may be meant; where all have one nothing is said.
    """
    members = Tariff.load(HEAD + '[product.half]\nname = "Half-day"\nrate = { price = 9.00 }\nneeds = "card"\n' + CARD)
    rows = pa.table(
        {
            "id": ["a", "b", "c", "d", "e"],
            "product": ["half", "half", "Half", "late", "sauna"],
            "category": ["regular", None, "regular", "regular", "regular"],
            "holds": [[], ["card", "Card"], ["card"], [], []],
            "custommer": ["ann"] * 5,
        }
    )
    found = compare(members, OLD, Visits(rows))
    assert (found.both, found.unused, found.not_sold) == (Sums("", 0, 0, 0), ("custommer",), ("Card",))
    assert found.refused_old == (
        Refused("half", "incomplete", 1, "b", "to be asked first: category", True, ""),
        Refused("Half", "unpublished", 1, "c", "", False, "half"),
        Refused("sauna", "unpublished", 1, "e", "", False, ""),
    )
    assert [(one.product, one.codes, one.near) for one in found.refused_new][:1] == [("half", "missing", "")]
    for lang, wanted in (
        (
            "en",
            [
                "5 of 5 rows have no price under one of the lists, or under both, and bring",
                "Half-day (incomplete): 1, such as row b; to be asked first: category",
                "'Half' (unpublished): 1, such as row c; the list has no such product; perhaps 'half' is meant",
                "Columns of the file that neither list asks for: 'custommer'.",
                "What customers had, as the file says, and neither list has: 'Card'.",
            ],
        ),
        ("fr", ["5 lignes sur 5 n’ont pas de prix", "comme la ligne e\xa0; la grille n’a pas ce produit"]),
    ):
        for text in (page(found, members, OLD, lang, "x").text, "\n".join(summary(found, lang))):
            assert [one for one in wanted if one not in text and html.escape(one) not in text] == []
    same = "\n".join(summary(compare(OLD, OLD, Visits(rows)), "en"))
    assert "Rows that both lists refuse: 3." in same
    assert "no price" not in "\n".join(summary(compare(NEW, OLD, visits(*ROWS[:5])), "en"))


def test_so_many_kinds_are_asked_why():
    """Where a file names very many products that no list has, those with most rows are told of, and all are counted."""
    names = [f"hal{nth}" for nth in range(KINDS + 5)]
    found = compare(OLD, OLD, Visits(pa.table({"product": ["half", *names, *names[:KINDS]]})))
    kinds = [one for one in found.refused_old if not one.listed]
    assert [(one.rows, one.near) for one in kinds] == [(2, "half")] * KINDS + [(1, "")] * 5
    text = "\n".join(summary(found, "en"))
    assert f"Rows that both lists refuse: {len(names) + KINDS + 1}." in text
    assert text.count("such as row") == KINDS


def test_a_refusal_of_an_order_is_no_reason_of_a_row():
    """A row that is refused since another one of its order is has no reason of its own."""
    rows = pa.table({"id": ["a", "b"], "order": ["o", "o"], "product": ["day", "sauna"], "customer": ["ann"] * 2})
    found = compare(OLD, OLD, Visits(rows)).refused_old
    assert [(one.first, one.why, one.listed) for one in found] == [("a", "", True), ("b", "", False)]


# --- quotes ----------------------------------------------------------------------------------------------------------


def test_quotes_are_those_of_the_rows():
    """The quotes of a customer are those that the list gives with the state of the rows before."""
    table = visits().usages
    found = replay_quotes(NEW, table, {"ann"})
    assert list(found) == ["1", "2", "3"]
    assert [quote.total.amount for quote in found.values()] == [800, 500, 1200]
    order = Order((Item("half", day=date(2025, 1, 10), facts={"category": "regular"}),), "ann")
    (meter,) = NEW.meters(order)
    assert found["2"].trace[-1].why == NEW.quote(order, State(meters={meter: 800})).trace[-1].why


def test_quotes_of_what_is_counted_for_all():
    """Where something is counted for everybody together the rows of the others are looked at too."""
    cap = 'adjust = [{ id = "all", at_most = 10.00, same = ["category", "day"] }]'
    text = f"{HEAD}[product.half]\nrate = {{ price = 7.00 }}\n{cap}\n"
    rows = [row("1", "bob", "half", date(2025, 1, 10)), row("2", "ann", "half", date(2025, 1, 10), 10)]
    found = replay_quotes(Tariff.load(text), visits(*rows).usages, {"ann"})
    assert [(id, quote.total.amount) for id, quote in found.items()] == [("2", 300)]


# --- the report ------------------------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """What a page consists of, and whether its elements are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in ("meta", "col", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page(found, text):
    """A page is well-formed, has a table beside each picture, no script, nothing from elsewhere, no colour but by its
    name, and names of the lists as text.
    """
    outline = Outline(text)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.tags.count("svg") == 4
    assert outline.tags.count("table") >= outline.tags.count("svg") + len(found.most)
    assert "script" not in outline.tags
    assert not re.search(r"(src|href)=\"(?!#)|@import|url\((?!#)", text.replace('xmlns:xlink="', ""))
    assert not any(colour in text for colour in COLOURS.values())
    assert "Maison &lt;A&gt; &amp; B" in text
    assert "They are fewer than ten" in text
    assert Words("en", "EUR").money(found.total.new) in text
    assert "prefers-color-scheme: dark" in text


def test_nothing_that_somebody_has_written_is_read_as_html(monkeypatch):
    """Names of lists, products, members, rules, rows and reasons are text wherever they stand on the page. The
    control: each of them is there.
    """
    evil = "<blink>&\"'"
    names = dict.fromkeys(("list", "product", "rule", "member", "row", "note", "unknown"), "")
    names = {name: f"{name} {evil}" for name in names}
    written = {name: text.replace('"', '\\"') for name, text in names.items()}
    text = f'{HEAD}[product.half]\nname = "{written["product"]}"\nrate = {{ price = 7.00 }}\n'
    text = text.replace("Maison <A> & B", written["list"])
    rule = f'adjust = [{{ id = "{written["rule"]}", percent = "-50%" }}]\n'
    rows = [
        row(names["row"], names["member"], "half", date(2025, 3, 1), charged=1, notes=[names["note"]]),
        row("2", "ann", names["unknown"], date(2025, 3, 1), charged=1),
    ]
    old, new = Tariff.load(text), Tariff.load(text + rule)
    found = compare(new, old, visits(*rows))
    for name in ("columns", "changes", "parts"):
        monkeypatch.setattr(_page, name, lambda id, *_: f'<svg id="{id}"></svg>')  # pictures have a test of their own
    written_page = page(found, new, old, "en", "check.csv").text
    assert "blink>" not in written_page.replace("&lt;blink&gt;", "")
    assert [name for name in names if f"{name} &lt;blink&gt;&amp;" not in written_page] == []
    assert Outline(written_page).open == []


def test_pictures_say_what_they_show(text):
    """Each picture has a name and a sentence for who does not see it, and ids that no other one has."""
    for id in ("months", "products", "categories", "tenths"):
        assert f'aria-labelledby="{id}-name" aria-describedby="{id}-about"' in text
        assert f'<title id="{id}-name">' in text


def test_names_are_drawn_as_they_are():
    """What would be a formula to who draws, is a name: it is neither read as one, nor refused."""
    name = r"$5 a day, $\bad$ & <so> on"
    drawn = parts("products", f"title {name}", f"about {name}", Bars([name], [("less", "less")], [[1]]))
    written = ["".join(one.itertext()) for one in ElementTree.fromstring(drawn).iter() if one.tag.endswith("text")]
    assert name in written
    assert [f"title {name}", f"about {name}"] == [one.text for one in list(ElementTree.fromstring(drawn))[:2]]


def test_words_are_there_in_both_languages():
    """French and English have the same words with the same values, and each note of a usage has words."""
    notes = re.findall(r'"(\w+)" \(', PastUsage.__doc__ or "")
    assert len(notes) == 7
    assert {f"why {note}" for note in notes} <= _EN.keys()
    assert _EN.keys() == _FR.keys()
    fields = [{name: set(re.findall(r"{(\w+)}", text)) for name, text in words.items()} for words in (_EN, _FR)]
    assert fields[0] == fields[1]


@pytest.mark.parametrize(
    ("change", "base", "said"),
    [
        (1, 3, "+33.3"),
        (-1, 3, "−33.3"),
        (1, 2000, "+0.1"),
        (1, 2001, "0.0"),
        (0, 5, "0.0"),
        (25, 1000, "+2.5"),
        (5, 0, ""),
        (1, 80, "+1.3"),
        (-1, 80, "−1.3"),
        (1, -80, "−1.3"),
        (-1, -80, "+1.3"),
    ],
)
def test_percent_is_rounded_from_whole_numbers(change, base, said):
    """A share is a whole number of tenths of a percent, half away from zero, and nothing of nothing."""
    assert Words("en", "EUR").percent(change, base).removesuffix("\xa0%") == said


@pytest.mark.parametrize(
    ("count", "lang", "said"),
    [
        (0, "en", "0 pay more, of 0 members"),
        (1, "en", "1 pays more, of 1 member"),
        (2, "en", "2 pay more, of 2 members"),
        (0, "fr", "0 paie plus, sur 0 membre"),
        (1, "fr", "1 paie plus, sur 1 membre"),
        (2, "fr", "2 paient plus, sur 2 membres"),
        (1234, "fr", "1\u202f234 paient plus, sur 1\u202f234 membres"),
    ],
)
def test_one_and_several(count, lang, said):
    """One pays and several pay; nobody is several in English and one in French."""
    words = Words(lang, "EUR")
    assert f"{words.counted(count, 'more')}, {words.of(count, 'of members', members=count)}" == said


def test_a_report_of_one():
    """Of one row and one member nothing is told in the plural, in both languages, whatever was charged."""
    one = row("1", "ann", "half", date(2025, 1, 10), charged=700)
    for charged, lang, wanted in (
        (700, "en", ["1 visit or purchase (10", "1 pays more", "of 1 member<", "The member whose", "in the only row."]),
        (700, "fr", ["1 visite ou achat (", "paie plus<", "sur 1 membre<", "Le membre dont", "sur la seule ligne."]),
        (600, "en", ["is not what was charged in the only row. 6.00", "Other rows: 1, which is here"]),
        (600, "fr", ["ne donne pas ce qui", "Autres lignes\xa0: 1, qui est ici"]),
    ):
        found = compare(NEW, OLD, visits({**one, "charged": charged}))
        text = page(found, NEW, OLD, lang, "check.csv").text + "\n".join(summary(found, lang))
        assert [part for part in wanted if part not in text] == []


def test_the_short_text(found):
    """The summary says sums, products, members, categories, the check and what is left out."""
    text = "\n".join(summary(found, "en"))
    for part in (
        "7 visits and purchases (10 January to 4 February 2025), under",
        "Revenue: 54.00 EUR -> 50.00 EUR (−4.00 EUR, −7.4\xa0%)",
        "1 pays more, 1 pays less, 1 pays the same, 1 cannot be compared",
        "in 6 of 7 rows. In all 53.00 EUR were charged, and it comes to 54.00 EUR.",
        "Rows of nobody known: 1. They come to 12.00 EUR under the old list and to 12.00 EUR under the new one.",
        "Rows with a price under the old list alone: 1, which come to 4.00 EUR.",
    ):
        assert part in text


def test_the_files(found, tmp_path):
    """The folder has the page, its pictures, tables in minor units, and all rows; the same bytes each time."""
    files = write_report(found, NEW, OLD, tmp_path / "report", "fr")
    text = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert text == page(found, NEW, OLD, "fr", "check.csv").text
    assert sorted(path.name for path in files) == sorted(path.name for path in (tmp_path / "report").iterdir())
    pictures = [path for path in files if path.suffix == ".svg"]
    assert [path.stem for path in pictures] == ["months", "products", "categories", "tenths"]
    for path in pictures:
        drawn = ElementTree.parse(path).getroot()
        used = set(re.findall(r"var\(--(\w+)\)", path.read_text("utf-8")))
        assert all(f"--{name}:" in drawn[0].text for name in used), "it has its own colours"
    texts = {path.name: path.read_text("utf-8-sig") for path in files if path.suffix == ".csv"}
    assert "cat,regular,0,0,0,0,uncompared" in texts["members.csv"].splitlines()
    assert "regular,3,1,0,1,3300,3300,0,1" in texts["categories.csv"].splitlines()
    assert texts["months.csv"] == "month,rows,old,new,change\n2025-01,3,1900,1800,-100\n2025-02,4,3500,3200,-300\n"
    assert texts["products.csv"].splitlines()[1] == "half,Half-day,4,2600,2600,0"
    assert texts["members.csv"].splitlines()[1] == "ann,regular,3,2600,2500,-100,less"
    assert texts["check.csv"].splitlines()[1] == "5,2025-02-01,dan,half,600,700,amended; other version"
    assert pq.read_table(tmp_path / "report" / "rows.parquet").equals(found.rows)


def test_a_page_of_a_host(found, text):
    """A page gets the sentences of the summary, the pictures of the report, and who changes most, in its language."""
    shown = show(found, "en")
    lines = summary(found, "en")
    assert shown.said[0] == lines[0]
    assert set(shown.said) <= set(lines)
    assert "Revenue: 54.00 EUR -> 50.00 EUR (−4.00 EUR, −7.4\xa0%)" in shown.said
    assert any("1 pays more, 1 pays less" in one for one in shown.said)
    with_pictures = {name for name in ("months", "products", "categories", "tenths") if f'id="{name}-' in text}
    assert with_pictures == set(shown.pictures) != set()
    assert all(svg.startswith("<?xml") and "prefers-color-scheme: dark" in svg for svg in shown.pictures.values())
    most = {one.member.id: one.member for one in found.most}
    assert [id for id, *_ in shown.most] == list(most)
    id, old, new, change = shown.most[0]
    assert (old, new) == (f"{most[id].old / 100:.2f} EUR", f"{most[id].new / 100:.2f} EUR")
    assert change.lstrip("+−") == f"{abs(most[id].change) / 100:.2f} EUR"
    assert show(found, "fr").said != shown.said
    with pytest.raises(InputError):
        show(found, "de")


def test_a_package_that_is_missing(found, tmp_path, monkeypatch):
    """Without matplotlib there is the text, and a report is refused before any of it is written."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert summary(found, "en")
    with pytest.raises(InputError, match=r"needs matplotlib: pip install 'cantinekit\[replay\]'"):
        write_report(found, NEW, OLD, tmp_path / "report", "en")
    assert not (tmp_path / "report").exists()


def test_packages_are_imported_when_they_are_needed():
    """Importing the room and its command imports no package of the extra."""
    extras = "{'pyarrow', 'matplotlib', 'numpy'}"
    code = f"import sys, cantinekit.whatif, cantinekit.cli; print(sorted({extras} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_files_that_cannot_be_written(found, tmp_path):
    """A folder that is a file, and one in which no file can be made, are refused before anything is computed."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(found, NEW, OLD, tmp_path / "taken", "en")
    with pytest.raises(InputError, match="/proc cannot be written: "):
        prepare("/proc")
    prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_report_that_is_interrupted(found, tmp_path, monkeypatch):
    """Where writing ends before its time, no file is there in part and none is of another report than the others: the
    older one stands as a whole, or none.
    """
    other = compare(OLD, OLD, visits())
    old = {path: path.read_bytes() for path in write_report(other, OLD, OLD, tmp_path, "en")}

    def half(table, path, **_how):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pq, "write_table", half)
    for folder, left in ((tmp_path / "new", {}), (tmp_path, old)):
        with pytest.raises(KeyboardInterrupt):
            write_report(found, NEW, OLD, folder, "en")
        assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == left


def test_a_report_where_an_older_one_lies(found, tmp_path):
    """A report leaves no picture of an older one that it does not have itself, and touches nothing else: a file of
    somebody stays, also where it has the name of such a picture.
    """
    bare = compare(OLD, OLD, Visits(pa.table({"product": ["day"]})))
    fresh = {path.name for path in write_report(bare, OLD, OLD, tmp_path / "fresh", "en")}
    write_report(found, NEW, OLD, tmp_path, "en")
    (tmp_path / "fourths.svg").write_bytes((tmp_path / "tenths.svg").read_bytes())
    (tmp_path / "months.svg").write_text("<svg>of somebody</svg>")
    write_report(bare, OLD, OLD, tmp_path, "en")
    left = {path.name for path in tmp_path.iterdir()} - {"fresh"}
    assert left == fresh | {"fourths.svg", "months.svg"}
    assert (tmp_path / "months.svg").read_text() == "<svg>of somebody</svg>"


def test_notes_of_another_system():
    """Why a row was charged another amount may be said in words that no page explains: they are told as they stand.
    What is no list of texts is refused with its row.
    """
    rows = visits(ROWS[0] | {"charged": 600}).table.drop_columns("notes")
    said = Visits(rows.append_column("notes", pa.array([["<told> by hand", "amended"]])))
    found = compare(NEW, OLD, said)
    assert "&lt;told&gt; by hand, made longer" in page(found, NEW, OLD, "en", "check.csv").text
    for wrong in ("by hand", ["by hand", None], 5):
        other = Visits(rows.append_column("notes", pa.array([wrong])))
        with pytest.raises(InputError, match=r"row 0, column 'notes': .* is no list of texts"):
            compare(NEW, OLD, other)
