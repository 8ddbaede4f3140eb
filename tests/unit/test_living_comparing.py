"""What a house has of a sale is compared with what an example expects, answer by answer."""

from __future__ import annotations

from cantinekit.errors import NotForSaleError, SoldOutError
from cantinekit.living.comparing import compare, refused
from cantinekit.money import Money
from cantinekit.pricing.quote import Refusal


def test_the_same_answers_are_the_same() -> None:
    """Amounts are compared as amounts of the list, and only those that the example names."""
    found = compare({"gross": 700, "net": 583}, {"gross": "7.00 EUR", "net": "5.83 EUR", "tax": "9.99 EUR"}, "EUR")
    assert (found.same, found.expected, found.got) == (
        True,
        "gross 7.00 EUR, net 5.83 EUR",
        "gross 7.00 EUR, net 5.83 EUR",
    )


def test_a_cent_is_a_difference() -> None:
    """One minor unit is enough."""
    assert not compare({"fee": 1450}, {"fee": "14.51 EUR"}, "EUR").same


def test_what_the_house_does_not_have_is_nothing() -> None:
    """An answer that no record has is told as nothing."""
    assert compare({"steps": "7h+3h"}, {}, "EUR").got == "steps nothing"


def test_a_refusal_is_told_by_its_code() -> None:
    """A refusal of the list is the answer to whatever was asked, with its bounds where the example names them."""
    stop = Refusal("from", "month", low=Money(15000, "EUR"))
    error = NotForSaleError("only a lowest price", refusals=[stop])
    assert refused(error, {"gross": 1}) == {"gross": "refused from"}
    assert refused(error, {"refused": "from", "at_least": 15000}) == {"refused": "from", "at_least": "150.00 EUR"}


def test_the_wanted_code_is_among_several() -> None:
    """Of several reasons the one that the example expects counts."""
    error = NotForSaleError("no", refusals=[Refusal("incomplete", "a"), Refusal("missing", "b")])
    assert refused(error, {"refused": "missing"}) == {"refused": "missing"}


def test_a_refusal_of_the_house_has_its_name() -> None:
    """What the list does not refuse is told by the error of the house, and is never what a list expects."""
    assert refused(SoldOutError("full", wanted=1, left=0), {"refused": "missing"}) == {"refused": "SoldOutError"}
