"""An explanation as Markdown."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.pricing import Item, Lot, Order, Quote, State, Tariff
from cantinekit.pricing.markdown import escape
from support.tariffs.files import FILES, HOUSE

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)


def quote(text: str = HOUSE) -> Quote:
    visit = Item("half-day", Period(NINE, NINE + timedelta(hours=9)), 2, facts={"category": "visitor"})
    lots = (
        Lot("old", "carnet", 4, NINE - timedelta(days=400), NINE - timedelta(days=1)),
        Lot("new", "carnet", 1, NINE),
    )
    return Tariff.load(text).quote(Order((visit, Item("month")), "zoe"), State(lots=lots))


ENGLISH = """
### \\[1\\] Half a day

- Half a day: 15.00 EUR
- covered by lot new (1)

1. Count: 2 × 2 half-day
2. Entitlements: account carnet: 1 half-day taken of the 4 needed, nothing is left
   - lot old: expired
   - lot new: 1, the only one left to use
3. Entitlements: what is not covered is charged
4. Price: does not apply here
5. Price: 3 half-day at 10.00 EUR: 30.00 EUR
6. Adjustment “day”: at most 15.00 EUR a day, 0.00 EUR so far: reduced
7. Adjustment “Saturday”: does not apply here

### \\[2\\] Month

- No price: Month: price on request (ask at the desk)

**Known part: 15.00 EUR**
"""


def test_a_quote_as_markdown() -> None:
    """What each item comes to is a list, what every rule did a numbered one, and the total stands at the end."""
    assert quote().explain("en", "markdown") == ENGLISH.strip()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_markdown_says_what_the_text_says(lang: str) -> None:
    """Both forms have the same sentences, in the same number."""
    text = quote().explain(lang)
    marks = re.sub(r"\\(.)", r"\1", quote().explain(lang, "markdown"))
    for line in text.splitlines()[:-1]:
        assert re.sub(r"^ *[=!]? ?", "", line) in marks
    assert text.splitlines()[-1] in marks


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_worked_example_can_be_explained(path: Path) -> None:
    """Every rule of every price list has its sentence, in both languages and both forms."""
    tariff = Tariff.load(path)
    asked = 0
    for example in tariff.examples:
        if example.later.need:
            continue
        order, _ = example.order(tariff.zone)
        done = tariff.quote(order, State(lots=example.lots(tariff.zone, tariff.smallest)))
        for lang in ("fr", "en"):
            assert done.explain(lang).count("\n") <= done.explain(lang, "markdown").count("\n")
        asked += 1
    assert asked


@pytest.mark.parametrize(
    "evil", ["<script>x</script>", "![x](y)", "**bold** _it_ `code`", "a | b", "~~no~~", "&amp;", "x\\", "# head"]
)
def test_what_somebody_wrote_is_text(evil: str) -> None:
    """Names and reasons of a tariff are neither marks nor HTML: what is rendered is what was written."""
    quoted = evil.replace("\\", "\\\\").replace('"', '\\"')
    shown = quote(HOUSE.replace("ask at the desk", quoted)).explain("en", "markdown")
    html = MarkdownIt("commonmark").render(shown)
    assert evil in unescape(html)
    assert set(re.findall(r"<(\w+)", html)) <= {"h3", "ul", "ol", "li", "p", "strong"}


def test_an_unescaped_text_would_be_a_mark() -> None:
    """The check above would notice a text that is put in as it is."""
    assert "<script>" in MarkdownIt("commonmark").render("- <script>x</script>")
    assert "<strong>" in MarkdownIt("commonmark").render("**bold**")


def test_a_text_of_several_lines_is_one() -> None:
    """A line break in a text does not end the line of the list."""
    assert escape("one\n\n# two") == "one \\# two"


def test_another_form_is_an_error() -> None:
    """There are two forms; a third is not answered in one of them."""
    with pytest.raises(InputError, match="no explanation as 'html'"):
        quote().explain("en", "html")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no texts in 'de'"):
        quote().explain("de", "markdown")
