"""Staff correct a line by an amount: it is said on the paper, stays when the line changes, and ends with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import Outcome
from cantinekit import commands as c
from support.houses.one_list import at, book, eur
from support.houses.papers import said, shop, state
from support.houses.small_house import TODAY, House

pytestmark = pytest.mark.xfail(strict=True, raises=AttributeError, reason="there is no command Correct")

RULES = """
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]

[product.hall]
tax = "full"
rate = { price = 10.00, per = "1h" }
move = { fee = 0.00, delay = { unit = "hour" }, from = 0 }
cancel = { delay = { unit = "hour" }, keep = [{ from = 0, percent = "0%" }] }
"""
DAY = TODAY + timedelta(7)


def corrected(house: House, amount: int = -500) -> Outcome:
    """A booking of two hours that is invoiced, and corrected by some cents."""
    booked = book(house, "hall", at(10, 12, DAY))
    state(house)
    house.do(c.Correct(booked.value.line_id, amount=eur(amount), reason="the heating was off"))
    return booked


def till(house: House) -> int:
    """What the till has, in cents."""
    balance = dict(house.cantine.read.trial_balance("asso", TODAY + timedelta(60)))
    return balance["account/desk"].amount if "account/desk" in balance else 0


def test_the_paper_says_it():
    """A correction is a line of its own kind on the credit note, with its reason."""
    with shop(RULES) as house:
        corrected(house)
        (note,) = state(house)
        assert note.what == "credit note"
        assert said((note,)) == [("hall", "", 1, -500)]
        assert [one.said for one in note.lines] == ["corrected"]
        assert "the heating was off" in note.lines[0].text


def test_who_and_why_are_in_the_journal():
    """The journal says who corrected it, and why."""
    with shop(RULES) as house:
        booked = corrected(house)
        story = house.cantine.read.sale(booked.value.id)
        (entry,) = (one for line in story.lines for one in line.entries if one.cause == "corrected")
        assert (entry.amount, entry.reason) == (eur(-500), "the heating was off")
        assert [one.actor for one in house.cantine.read.journal(reason="the heating was off").items] == ["ana"]


def test_it_stays_when_the_line_changes():
    """A booking that was corrected and becomes longer keeps its correction."""
    with shop(RULES) as house:
        booked = corrected(house)
        house.do(c.MoveBooking(booked.value.id, period=at(10, 13, DAY), account="desk"))
        assert till(house) == 3000 - 500


def test_it_ends_with_the_line():
    """A booking that was corrected and is called off has nothing left, of either."""
    with shop(RULES) as house:
        booked = corrected(house)
        house.do(c.CancelBooking(booked.value.id))
        assert till(house) == 0


def test_no_more_than_stands():
    """What is taken off a line is no more than it comes to."""
    with shop(RULES) as house:
        wrong = getattr(c, "Correct")  # noqa: B009
        booked = book(house, "hall", at(10, 12, DAY))
        with pytest.raises(ValueError, match=r"20\.00 EUR"):
            house.do(wrong(booked.value.line_id, amount=eur(-2001), reason="by mistake"))
