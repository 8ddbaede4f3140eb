"""The money of a sale can be read: its lines, their entries, and the whole story of each in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import commands as c
from support.houses.one_list import at, book, eur, place
from support.houses.small_house import TODAY

pytestmark = pytest.mark.xfail(strict=True, raises=AttributeError, reason="there is no read of a sale")

RULES = """
[product.hall]
rate = { price = 10.00, per = "1h" }
move = { fee = 2.00, delay = { unit = "hour" }, from = 0 }
"""
DAY = TODAY + timedelta(4)


def test_what_became_of_a_line():
    """Sold for 20.00, moved and shorter by an hour for 2.00: three entries, each with its cause and its day."""
    with place(RULES) as house:
        booked = book(house, "hall", at(10, 12, DAY))
        house.do(c.MoveBooking(booked.value.id, period=at(15, 16, DAY + timedelta(1)), account="desk"))
        (line,) = house.cantine.read.sale(booked.value.id).lines
        assert [(one.cause, one.nature, one.amount) for one in line.entries] == [
            ("sold", "price", eur(2000)),
            ("changed", "price", eur(-1000)),
            ("changed", "fee", eur(200)),
        ]
        assert line.entries[0].day == TODAY


def test_its_story_in_words():
    """The whole story of a line is said in words, in the language of the reader."""
    with place(RULES) as house:
        booked = book(house, "hall", at(10, 12, DAY))
        house.do(c.MoveBooking(booked.value.id, period=at(15, 16, DAY + timedelta(1)), account="desk"))
        (line,) = house.cantine.read.sale(booked.value.id).lines
        assert line.explain("en") == "sold 24 November 20.00 EUR; moved to 29 November: -10.00 EUR; fee 2.00 EUR"
