"""What a treasurer looks at when a month is over: one read, whose sums are those of the reads that it is made of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import commands as c
from cantinekit.calendar import add_days
from cantinekit.errors import InputError, NotFoundError
from support.houses.billing_house import CLOSE, billing, booked
from support.houses.issuing_house import charged
from support.houses.on_both_stores import on_both_stores
from support.houses.one_list import eur
from support.houses.small_house import TODAY

house = on_both_stores(billing)
LAST = add_days(TODAY, 60)


def month_end(house, **named):
    return house.cantine.read.month_end("asso", TODAY, LAST, **named)


def sums(found):
    """What is to bill, to collect, late and taken."""
    return tuple(str(one) for one in (found.to_bill, found.current, found.overdue, found.taken))


def test_a_month_is_billed_collected_late_and_paid(house):
    """What is on no bill yet is to bill; on a bill it is to collect; after its day it is late; paid it was taken.

    What somebody pays at once is taken at once, and what is billed after the last day is not to bill.
    """
    assert sums(month_end(house)) == ("0.00 EUR",) * 4
    charge = booked(house, 2)
    charged(house)
    found = month_end(house)
    assert [(one.payer_id, one.gross) for one in found.bills] == [("works", charge.outstanding)]
    assert (sums(found), found.until) == (("30.00 EUR", "30.00 EUR", "0.00 EUR", "15.00 EUR"), TODAY)
    before = house.cantine.read.month_end("asso", add_days(TODAY, -30), add_days(TODAY, -1))
    assert (before.to_bill, before.until) == (eur(0), add_days(TODAY, -1))
    house.do(CLOSE)
    assert sums(month_end(house)) == ("0.00 EUR", "30.00 EUR", "0.00 EUR", "15.00 EUR")
    house.clock.advance(timedelta(days=16))
    late = month_end(house)
    assert sums(late) == ("0.00 EUR", "0.00 EUR", "30.00 EUR", "15.00 EUR")
    assert (late.until, [one.since for one in late.owing]) == (add_days(TODAY, 16), [add_days(TODAY, 15)])
    house.do(c.PayOwed(payer_id="works", place_id="paris", amount=eur(3000), account="desk"))
    paid = month_end(house)
    assert (paid.owing, sums(paid)) == ((), ("0.00 EUR", "0.00 EUR", "0.00 EUR", "45.00 EUR"))


def test_its_parts_are_those_of_the_reads(house):
    """Bills, what is owed and the takings of each place are what the reads of each say; part payments are taken off."""
    charge = booked(house, 2)
    house.do(c.Pay(charge.id, account="desk", amount=eur(500)))
    found, read = month_end(house), house.cantine.read
    assert found.bills == read.preview_bills("asso", found.until)
    assert found.owing == read.receivables("asso", found.until)
    assert {place.id: takings for place, takings in found.takings} == {
        place.id: read.takings_of(place.id, TODAY, LAST) for place in read.places("asso")
    }
    assert [place.name for place, _ in found.takings] == sorted(place.name for place in read.places("asso"))
    assert found.to_bill == eur(2500)


def test_a_bill_that_cannot_be_made_is_in_no_sum(house):
    """A bill with a problem is shown with it, and adds nothing to what would be billed."""
    booked(house, 1, "t-free-room")
    found = month_end(house)
    assert [bool(one.problem) for one in found.bills] == [True]
    assert (found.to_bill, found.current) == (eur(0), eur(400))


def test_what_cannot_be_asked(house):
    """No such legal entity, one without a place, and days in the wrong order are refused."""
    read = house.cantine.read
    house.do(c.AddEntity(name="New", accounts=("desk",), id="new"))
    with pytest.raises(NotFoundError):
        read.month_end("nobody", TODAY, LAST)
    with pytest.raises(InputError, match="place"):
        read.month_end("new", TODAY, LAST)
    with pytest.raises(InputError):
        read.month_end("asso", LAST, TODAY)
