"""Small price lists of made-up places, each about one promise of the format; their amounts were worked out by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit.pricing import Tariff
from cantinekit.pricing.listing import price_list

FILES = sorted((Path(__file__).parents[1] / "tariffs_small").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_amounts_come_out(path: Path) -> None:
    """Each worked example has the amount that was worked out by hand."""
    results = Tariff.load(path).check()
    assert results
    assert [f"{result.id}: {result.got}, not {result.expected}" for result in results if not result.ok] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_list_is_written_and_printed(path: Path) -> None:
    """The list is written and read again, and no key of it is printed in the spelling of the file."""
    tariff = Tariff.load(path)
    assert Tariff.load(tariff.dump()) == tariff
    assert all(result.ok for result in Tariff.load(tariff.dump()).check())
    for lang in ("en", "fr"):
        assert re.findall(r"\b\w+ = ", price_list(tariff, lang)) == []
