"""Price lists of made-up places, each with several forms together, and of neighbouring trades (a laundrette,
market stalls, ...); their amounts were worked out by hand, before the lists of the trades were written.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit.pricing import Tariff
from cantinekit.pricing.listing import price_list

FILES = sorted(
    path for name in ("mixed", "trades") for path in (Path(__file__).parents[1] / f"tariffs_{name}").glob("*.toml")
)


def test_they_are_there() -> None:
    """All lists, each with examples; twelve of each trade."""
    assert len(FILES) == 20
    assert all(len(Tariff.load(path).examples) >= 12 for path in FILES if path.parent.name == "tariffs_trades")
    assert all(len(Tariff.load(path).examples) >= 5 for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_amounts_come_out(path: Path) -> None:
    """Each worked example has the amount that was worked out by hand."""
    assert [f"{result.id}: {result.got}" for result in Tariff.load(path).check() if not result.ok] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_list_is_written_and_printed(path: Path) -> None:
    """The list is written and read again, and no key of it is printed in the spelling of the file."""
    tariff = Tariff.load(path)
    assert Tariff.load(tariff.dump()) == tariff
    for lang in ("en", "fr"):
        assert re.findall(r"\b\w+ = ", price_list(tariff, lang)) == []
