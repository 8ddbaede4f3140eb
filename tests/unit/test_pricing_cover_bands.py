"""Covers that depend on the band of time: what a part of a stay takes from an account, or has for nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Lot, State, Tariff
from cantinekit.pricing.listing import price_list

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
bands.day.clock = "08:00-18:00"
[product.room]
beyond = "rate"
rate = { by = "band", per = "1h", day = 10.00, evening = 15.00 }
"""
SPLIT = "split = { bands = 'day', outside = 'evening' }\n"


def cover(day: str, evening: str) -> str:
    return f"cover = [{{ {day}, when = {{ band = 'day' }} }}, {{ {evening}, when = {{ band = 'evening' }} }}]\n"


TAKES = cover("by = 'credits', unit = '1h'", "by = 'credits', unit = '1h', takes = 2")
PARTS = cover("by = 'credits', unit = '1h', partial = true", "by = 'credits', unit = '1h', takes = 2, partial = true")
HALVES = cover(
    "by = 'credits', unit = '1h', smallest = '0.5'", "by = 'credits', unit = '1h', smallest = '0.5', takes = 2"
)


def proves(body: str, *examples: str) -> Tariff:
    """The worked examples come out; the list is written and read again."""
    defaults = "defaults = { product = 'room', customer = 'anna', day = 2026-06-09 }"
    tariff = Tariff.load(f"{HEAD}{SPLIT}{body}\n[examples]\n{defaults}\nlist = [{', '.join(examples)}]\n")
    assert [f"{result.id}: {result.got}" for result in tariff.check() if not result.ok] == []
    assert tariff.check()
    assert Tariff.load(tariff.dump()) == tariff
    return tariff


def asked(at: str, held: float, used: float, gross: float, more: str = "") -> str:
    id = f"{at} {held} {more}".replace("'", "")
    return (
        f"{{ id = '{id}', at = ['{at}'], held = [{{ account = 'credits', units = {held} }}], "
        f"units_used = {used}, gross = {gross} {more} }}"
    )


@pytest.mark.parametrize("body", [TAKES, PARTS])
def test_credits_whose_number_depends_on_the_band(body: str) -> None:
    """An hour by day is a credit, one in the evening two; begun hours are those of each part."""
    proves(
        body,
        asked("09:00-11:00", 20, 2, 0),
        asked("19:00-21:00", 20, 4, 0),
        asked("17:00-19:00", 20, 3, 0),
        asked("17:30-19:30", 20, 5, 0),
        asked("07:00-09:00", 20, 3, 0),
        asked("17:00-19:00", 20, 6, 0, ", count = 2"),
    )


def test_a_part_that_is_covered_and_one_that_is_not() -> None:
    """All or nothing is of the parts for which the condition holds; with ``partial`` a part of them may be covered.
    What is left has the price of its own band."""
    proves(TAKES, asked("16:00-20:00", 5, 2, 30), asked("16:00-20:00", 1, 0, 50), asked("16:00-20:00", 0, 0, 50))
    proves(PARTS, asked("16:00-20:00", 5, 4, 15), asked("16:00-20:00", 1, 1, 40), asked("16:00-20:00", 6, 6, 0))


def test_halves_of_an_hour() -> None:
    """With ``smallest`` half hours are counted, each part by itself, twice as many in the evening."""
    proves(HALVES, asked("17:30-18:20", 20, 1.5, 0), asked("17:00-18:40", 20, 3, 0))


def test_an_allowance_of_one_band() -> None:
    """A plan that is free by day pays in the evening; an allowance of hours goes for its band only."""
    held = "holds = 'nothing'"
    proves(
        "cover = { free = 'all', unit = '1h', when = { band = 'day' } }",
        f"{{ id = 'a', at = ['16:00-20:00'], gross = 30, {held} }}",
        f"{{ id = 'b', at = ['16:00-18:00'], gross = 0, {held} }}",
    )
    two = "buy = [{ product = 'room', at = '18:00-20:00' }, { product = 'room', at = '20:00-22:00' }]"
    proves(
        "cover = { free = 3, unit = '1h', same = ['person', 'day'], when = { band = 'evening' } }",
        f"{{ id = 'c', at = ['16:00-20:00'], gross = 20, {held} }}",
        f"{{ id = 'd', {two}, gross = 15, {held} }}",
    )


def test_a_word_for_one_stay() -> None:
    """A ticket for a word covers the part of each stay for which the condition holds."""
    proves(
        "cover = { by = 'credits', unit = 'evening', when = { band = 'evening' } }",
        asked("16:00-20:00", 1, 1, 20),
        asked("16:00-20:00", 1, 0, 100, ", count = 2"),
        asked("16:00-18:00", 1, 0, 20),
    )


def test_the_condition_may_say_more() -> None:
    """A condition about the band and something else: both hold of the part. What is unknown is asked for."""
    when = "[{ band = 'day', weekday = 'tue' }, { not = { band = 'day' } }]"
    proves(
        f"cover = {{ by = 'credits', unit = '1h', when = {when} }}",
        asked("17:00-19:00", 9, 2, 0),
        asked("17:00-19:00", 9, 1, 10, ", day = 2026-06-10"),
    )
    proves(
        "cover = { by = 'credits', unit = '1h', when = { band = 'day', holds = 'plan' } }\n[product.plan]\n"
        "sells = 'plan'\nrate = { price = 1 }",
        "{ id = 'who?', at = ['17:00-19:00'], refused = 'incomplete' }",
        "{ id = 'no matter', at = ['18:00-19:00'], gross = 15 }",
    )


def test_it_is_printed_and_told() -> None:
    """The list says which band takes how much, and the explanation says of each cover what it took."""
    tariff = proves(PARTS, asked("17:00-19:00", 9, 3, 0))
    assert "Covered by credits: 2 units per hour, also in part [band: evening]" in price_list(tariff)
    stay = Item("room", Period(datetime(2026, 6, 9, 15, tzinfo=UTC), datetime(2026, 6, 9, 17, tzinfo=UTC)))
    lots = (Lot("lot", "credits", left=9, bought=datetime(2026, 6, 1, tzinfo=UTC)),)
    told = tariff.quote(stay, State(lots=lots)).explain("en")
    assert "account credits: 1 × 1h taken, out of 9" in told
    assert "account credits: 2 × 1h taken, out of 8" in told


def test_it_needs_a_split() -> None:
    """Without ``split`` there is no band that a cover could ask for."""
    with pytest.raises(TariffError, match="'band' is for parts of a stay"):
        Tariff.load(
            HEAD.replace('by = "band", per = "1h", day = 10.00, evening = 15.00', "price = 1, per = '1h'")
            + "cover = { by = 'credits', unit = '1h', when = { band = 'day' } }\n"
        )
