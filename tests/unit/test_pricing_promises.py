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
