"""What counts as held: what the customer has, and what stands before an item in its order, while it lasts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from cantinekit.pricing import Agreement, Item, MeasuredNow, Order, State, Tariff
from cantinekit.pricing.compiled import _entry
from cantinekit.pricing.engine import order as phases

DAY = date(2026, 5, 4)
LIST = Tariff.load(Path(__file__).parents[1] / "tariffs_small" / "holding.toml")


def order(*items: Item, holds: frozenset[str] | None = frozenset(), as_of: datetime | None = None) -> Order:
    return Order(items, as_of=as_of, holds=holds)


@pytest.mark.parametrize(
    "asked",
    [
        order(Item("month", day=DAY)),
        order(Item("month", day=DAY), Item("desk", day=DAY)),
        order(Item("desk", day=DAY), Item("month", day=DAY)),
        order(Item("year", day=date(2027, 1, 1)), Item("desk", day=DAY)),
        order(Item("month", day=DAY), Item("month", day=date(2026, 7, 1)), Item("desk", day=date(2026, 6, 20))),
        order(Item("desk", day=DAY), Item("desk", day=DAY), holds=frozenset({"year"})),
    ],
)
def test_programs_and_phases_hold_the_same(asked: Order) -> None:
    """What is held is the same by the programs and by the phases, wherever what is bought stands in the order."""
    assert LIST.quote(asked) == phases.quote(LIST.parts, LIST.version, asked, State())


def test_a_program_that_counts_the_order_as_held_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a program for which all that it asks for is held answers otherwise than the phases."""

    real = _entry._input

    def held(out: Any, compiled: Any, wanted: Any, number: int, *more: Any) -> None:
        if wanted.source == "held":
            out.add(f"a{number} = 1")
        else:
            real(out, compiled, wanted, number, *more)

    monkeypatch.setattr(_entry, "_input", held)
    fresh, asked = Tariff.load(LIST.source), order(Item("month", day=DAY))
    assert fresh.quote(asked).total.amount == 6000
    assert phases.quote(fresh.parts, fresh.version, asked, State()).total.amount == 7500


def test_nobody_said_what_is_held() -> None:
    """Where nobody said what is held the question is incomplete, unless the order itself answers it."""
    alone = LIST.quote(order(Item("desk", day=DAY), holds=None))
    assert [stop.facets for stop in alone.refusals] == [("holds",)]
    behind = LIST.quote(order(Item("month", day=DAY), Item("desk", day=DAY), holds=frozenset()))
    assert behind.total.amount == 7500 + 800


def test_days_that_are_not_known_are_asked_for() -> None:
    """Whether something lasts on a day cannot be told without its own day: the day or the purchase is asked for."""
    today = datetime(2026, 5, 4, 12, tzinfo=UTC)
    undated = LIST.quote(order(Item("year"), Item("desk", day=DAY)))
    assert [stop.facets for stop in undated.refusals] == [("as_of",)]
    assert LIST.quote(order(Item("year"), Item("desk", day=DAY), as_of=today)).total.amount == 2000 + 800
    whenever = LIST.quote(order(Item("year", day=DAY), Item("desk")))
    assert [stop.facets for stop in whenever.refusals] == [("day",)]


def test_what_is_refused_is_not_held() -> None:
    """A membership that has no price is not bought, and gives no price of a member."""
    text = LIST.source.replace("[product.desk]", "[product.guild]\nsells = 'membership'\nasks = 'town'\n"
                               "rate = { price = 9.00 }\n[product.desk]", 1)  # fmt: skip
    text = text.replace('holds = ["year", "month"]', 'holds = ["year", "guild"]')
    text = text.replace("[product.month]", 'facts = { town = "text" }\n[product.month]', 1)
    guild = Tariff.load(text)
    facts = {"town": "Lille"}
    assert guild.quote(order(Item("guild", day=DAY, facts=facts), Item("desk", day=DAY))).total.amount == 900 + 800
    assert guild.quote(order(Item("guild", day=DAY), Item("desk", day=DAY))).total.amount == 1200


def test_a_price_that_is_made_again_is_of_the_same_customer() -> None:
    """What an item needed and got is not sold once more when it is measured, and nothing is held by itself."""
    for asked in (order(Item("kiln", day=DAY)), order(Item("year", day=DAY), Item("desk", day=DAY))):
        quote = LIST.quote(asked)
        for id, _ in asked.named():
            change = LIST.change(Agreement.of(asked, quote, id), MeasuredNow({}))
            assert (change.refund.amount, change.due.amount) == (0, 0), id
    first = order(Item("month", day=DAY))
    assert LIST.change(Agreement.of(first, LIST.quote(first)), MeasuredNow({})).refund.amount == 0
