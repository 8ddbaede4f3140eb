"""The reference page of tariff files has every word that the reader knows, and none that it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
from cantinekit.pricing._examples import _ASKED, _EXPECTED, _ORDER
from cantinekit.pricing._grids import SAYABLE
from cantinekit.pricing._load import _MODES, _PRODUCT_KEYS
from cantinekit.pricing._read import LATER
from cantinekit.pricing._rules import PERIODS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "tariff.md").read_text(encoding="utf-8")
CODE = " ".join(re.findall(r"```toml(.*?)```", PAGE, re.DOTALL) + re.findall(r"`([^`\n]+)`", PAGE))
RATE = ("id", "when", "per", "started", "by", "price", "columns", "rows", "upto", "refuse", "why", "lists", "from")
OTHER = (
    "every",
    "step",
    "minimum",
    "at_most",
    "unit",
    "partial",
    "beyond",
    "same",
    "person",
    "weekday",
    "not",
    "mention",
)


@pytest.mark.parametrize("word", sorted({*_PRODUCT_KEYS, *_ASKED, *_ORDER, *_EXPECTED, *RATE, *OTHER, *PERIODS}))
def test_every_key_is_on_the_page(word: str) -> None:
    """A key that a tariff may have is named in code type, alone or in an example."""
    assert re.search(rf"\b{re.escape(word)}\b", CODE), word


@pytest.mark.parametrize("code", [*SAYABLE, *_MODES])
def test_every_closed_word_is_on_the_page(code: str) -> None:
    """The codes that a tariff may state and the modes of rounding are listed."""
    assert f"`{code}`" in PAGE or f'`"{code}"`' in PAGE


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_every_toml_block_of_the_page_is_understood(block: str) -> None:
    """The snippets are read: beside products of the names that they use they have no unknown key."""
    head = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n[facts]\ncategory = ["visitor"]\n'
    names = ("desk", "day", "half-day", "party")
    body = "".join(f"[product.{name}]\nrate = {{ price = 1 }}\n" for name in names)
    if not block.startswith("["):
        body, block = body + '[product.x]\nrate = { price = 1, per = "1h" }\n', block
    assert Tariff.load(head + body + block)


def test_a_word_that_is_not_there_yet_is_refused_everywhere() -> None:
    """The negative control: in the head, a product, a rate and a cap, each later word is a problem."""
    for word in sorted(LATER - {"every", "start", "rules"}):
        text = (
            f'[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "UTC"\n{word} = 1\n[product.a]\n{word} = 1\n'
            f"rate = {{ price = 1, {word} = 1 }}\nadjust = {{ id = 'c', at_most = 1, {word} = 1 }}\n"
        )
        with pytest.raises(TariffError) as caught:
            Tariff.load(text)
        messages = [problem.message for problem in caught.value.problems]
        assert messages == ["this key is not supported yet"] * 4, word
