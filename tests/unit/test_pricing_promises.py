"""What a price list says is what it charges: refusals of keys that could be read in two ways."""

from __future__ import annotations

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'


def problem(body: str) -> str:
    """The one thing that is wrong with a list."""
    with pytest.raises(TariffError) as info:
        Tariff.load(HEAD + body)
    assert len(info.value.problems) == 1
    return str(info.value.problems[0])


def test_the_first_pieces_are_not_told_apart_by_rank() -> None:
    """'first' of pieces that a rank tells apart could be the first of each rank: it is refused with its place."""
    body = (
        "product.p = { rank = { same = ['person'] }, rate = [{ when = { rank = 1 }, price = 5.00 }, "
        "{ price = 2.00, per = 'piece', first = 10 }] }\n"
    )
    assert "rate[1].first" in problem(body)
    assert "rank" in problem(body)
    assert Tariff.load(HEAD + body.replace(", first = 10", "")).products["p"].rank is not None


def test_the_time_of_a_purchase_is_that_of_the_place() -> None:
    """A purchase has the time that the clocks of the place show; an offset would be another spelling of it: refused."""
    line = "product.p.rate = { price = 5.00 }\n[examples]\n"
    line += "list = [{ id = 'a', product = 'p', gross = 5.00, as_of = %s }]\n"
    assert "examples.list[0].as_of" in problem(line % "2026-05-02T18:30:00Z")
    found = Tariff.load(HEAD + line % "2026-05-02T18:30:00")
    order, _ = found.examples[0].order(found.zone)
    assert str(order.as_of) == "2026-05-02 16:30:00+00:00"
    day, _ = Tariff.load(HEAD + line % "2026-05-02").examples[0].order(found.zone)
    assert str(day.as_of) == "2026-05-02 10:00:00+00:00"
    assert Tariff.load(found.dump()) == found
