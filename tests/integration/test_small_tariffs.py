"""Small price lists of made-up places, each about one promise of the format; their amounts were worked out by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit.pricing import Item, Order, State, Tariff
from cantinekit.pricing.compiled import _adjusting
from cantinekit.pricing.engine import order as phases
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_programs_say_what_the_phases_say(path: Path) -> None:
    """Each example that asks for a price has the same quote by the programs and by the phases."""
    tariff = Tariff.load(path)
    for example in tariff.examples:
        if example.buy:
            order, _ = example.order(tariff.zone)
            state = State(lots=example.lots(tariff.zone, tariff.smallest))
            assert tariff.quote(order, state) == phases.quote(tariff.parts, tariff.version, order, state), example.id


def test_a_program_that_forgets_the_pieces_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a program that takes a minimum of each piece for one of the item answers otherwise."""
    monkeypatch.setattr(_adjusting, "BOOKING", "piece")
    path = next(path for path in FILES if path.stem == "pieces")
    wrong = Tariff.load(path.read_text(encoding="utf-8").partition("[order]")[0])
    order = Order((Item("cup", count=3),))
    assert wrong.quote(order).total.amount == 2100
    assert phases.quote(wrong.parts, wrong.version, order, State()).total.amount == 3000
