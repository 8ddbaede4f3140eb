"""Parts of a unit: an account in hours of which a booking takes half-hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Lot, Order, Quote, State, Tariff
from cantinekit.pricing.engine import order as engine
from cantinekit.pricing.listing import price_list

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)
HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'


def tariff(cover: str, more: str = "") -> Tariff:
    """A room at 12 an hour with a carnet of 20 hours."""
    return Tariff.load(
        f"{HEAD}product.carnet = {{ sells = 'grant', rate = {{ price = 200 }}, "
        "grant = { account = 'hours', unit = '1h', units = 20 } }\n"
        f"product.room = {{ cover = {cover}, beyond = 'rate', rate = {{ price = 12, per = '1h' }} }}\n{more}"
    )


def asked(list_: Tariff, minutes: int, left: int) -> Quote:
    """A stay, with so many of the smallest parts left; the programs and the phases say the same."""
    order = Order((Item("room", Period(NINE, NINE + timedelta(minutes=minutes))),))
    state = State(lots=(Lot("l", "hours", left, NINE),) if left else ())
    quote = list_.quote(order, state)
    assert quote == engine.quote(list_.parts, list_.version, order, state)
    return quote


def parts(quote: Quote) -> int:
    return sum(use.units for use in quote.uses)


@pytest.mark.parametrize(
    ("minutes", "left", "used", "euros"),
    [(90, 40, 3, 0), (70, 40, 3, 0), (60, 40, 2, 0), (1, 40, 1, 0), (90, 1, 1, 12), (90, 2, 2, 6), (90, 0, 0, 18)],
)
def test_half_hours_of_an_account_in_hours(minutes: int, left: int, used: int, euros: int) -> None:
    """Each begun half-hour takes half a unit, and what is left of the carnet covers a part."""
    found = asked(tariff("{ by = 'carnet', unit = '1h', smallest = '0.5', partial = true }"), minutes, left)
    assert (parts(found), found.total.amount) == (used, euros * 100)


@pytest.mark.parametrize(("left", "used", "euros"), [(3, 3, 0), (2, 0, 18)])
def test_all_or_nothing_in_half_hours(left: int, used: int, euros: int) -> None:
    """Without ``partial`` the whole stay is covered or nothing of it, also in parts."""
    found = asked(tariff("{ by = 'carnet', unit = '1h', smallest = '0.5' }"), 90, left)
    assert (parts(found), found.total.amount) == (used, euros * 100)


def test_what_the_control_takes() -> None:
    """The control: without ``smallest`` a begun hour is an hour, and the lot counts hours."""
    found = asked(tariff("{ by = 'carnet', unit = '1h', partial = true }"), 90, 20)
    assert parts(found) == 2


@pytest.mark.parametrize(("smallest", "used"), [("0.25", 6), ("0.1", 15), ("0.5", 3)])
def test_other_parts(smallest: str, used: int) -> None:
    """A part may be any that is whole minutes and fits into the unit without a rest."""
    list_ = tariff(f"{{ by = 'carnet', unit = '1h', smallest = '{smallest}', partial = true }}")
    assert parts(asked(list_, 90, 400)) == used
    assert list_.smallest["hours"].denominator == round(1 / float(smallest))


@pytest.mark.parametrize(("minutes", "used", "euros"), [(60, 2, 0), (61, 2, 0.2), (120, 2, 12)])
def test_a_limit_is_in_units(minutes: int, used: int, euros: float) -> None:
    """A limit says how many units may go, not how many parts; its meter counts the parts."""
    list_ = tariff(
        "{ by = 'carnet', unit = '1h', smallest = '0.5', partial = true, "
        "limit = { at_most = 1, same = ['person', 'day'] } }"
    )
    found = asked(list_, minutes, 40)
    assert (parts(found), found.total.amount) == (used, round(euros * 100))


def test_covers_of_one_account_in_different_parts() -> None:
    """What takes whole units of an account that is counted in parts elsewhere takes as many parts as make them."""
    list_ = tariff(
        "{ by = 'carnet', unit = '1h', smallest = '0.5' }",
        "product.laser = { cover = { by = 'carnet', unit = '1h', takes = 2 }, beyond = 'rate', "
        "rate = { price = 9, per = '1h' } }\n"
        "product.booth = { cover = { by = 'carnet', unit = 'a stay' }, beyond = 'rate', rate = { price = 5 } }\n"
        "product.stand = { cover = { by = 'carnet', unit = '1h', smallest = '0.2' }, beyond = 'rate', "
        "rate = { price = 9, per = '1h' } }\n",
    )
    assert list_.smallest["hours"] == Fraction(1, 10)
    stay = Period(NINE, NINE + timedelta(minutes=90))
    state = State(lots=(Lot("l", "hours", 200, NINE),))
    for product, used in (("room", 15), ("laser", 40), ("booth", 10), ("stand", 16)):
        item = Item(product) if product == "booth" else Item(product, stay)
        assert parts(list_.quote(Order((item,), as_of=NINE), state)) == used
    assert Tariff.load(list_.dump()) == list_
    assert "takes = 2" in list_.dump()


def test_what_is_granted_is_in_units() -> None:
    """Who buys 20 hours can use 40 half-hours of them in the same order."""
    list_ = tariff("{ by = 'carnet', unit = '1h', smallest = '0.5', partial = true }")
    stays = [Item("room", Period(NINE, NINE + timedelta(hours=11)), also=()) for _ in range(2)]
    quote = list_.quote(Order((Item("carnet"), *stays), as_of=NINE))
    assert [grant.units for grant in quote.grants] == [20]
    assert [use.units for use in quote.uses] == [22, 18]
    assert quote.total.amount == 20000 + 2 * 1200


def test_the_reasons_are_in_units() -> None:
    """Reasons and the printed list speak of hours, not of the parts that a lot counts; also where it is measured."""
    list_ = tariff("{ by = 'carnet', unit = '1h', smallest = '0.5', partial = true }")
    text = asked(list_, 90, 1).explain("en")
    assert "account hours: 0.5 × 1h taken of the 1.5 needed" in text
    assert "covered by lot l (0.5)" in text
    assert "Covered by hours: 1 unit per hour, in parts of 0.5, also in part" in price_list(list_)
    french = price_list(list_, "fr").replace("\xa0", " ")
    assert "Couvert par hours : 1 unité par heure, par parts de 0,5, même en partie" in french
    measured = Tariff.load(
        HEAD + "facts.presence = 'decimal'\n"
        "[product.desk]\nmeasure = { unit = 'day', fact = 'presence', smallest = '0.5' }\n"
        "cover = { by = 'days', unit = 'day', partial = true }\nbeyond = 'rate'\nrate = { price = 8, per = 'day' }\n"
    )
    lots = State(lots=(Lot("l", "days", 3, NINE),))
    text = measured.quote(Order((Item("desk", facts={"presence": 2}),), as_of=NINE), lots).explain("en")
    assert "Count: 1 × 2 a day" in text
    assert "account days: 1.5 a day taken of the 2 needed" in text


def test_it_is_content() -> None:
    """The part is written back, and another one is another tariff."""
    one = tariff("{ by = 'carnet', unit = '1h', smallest = '0.5' }")
    assert Tariff.load(one.dump()) == one
    assert one.version != tariff("{ by = 'carnet', unit = '1h' }").version


@pytest.mark.parametrize(
    ("cover", "path", "said"),
    [
        ("{ by = 'carnet', unit = 'stay', smallest = '0.5' }", "cover[0].smallest", "unit = '1h'"),
        ("{ by = 'carnet', unit = '1h', smallest = '0.07' }", "cover[0].smallest", "whole minutes"),
        ("{ by = 'carnet', unit = '1h', smallest = '0.4' }", "cover[0].smallest", "whole minutes"),
        ("{ by = 'carnet', unit = '1h', smallest = 1 }", "cover[0].smallest", "whole minutes"),
        ("{ by = 'carnet', unit = '1h', smallest = 0 }", "cover[0].smallest", "whole minutes"),
        ("{ free = 'all', unit = '1h', smallest = '0.5' }", "cover[0].smallest", "not for an allowance"),
    ],
)
def test_a_part_that_cannot_be(cover: str, path: str, said: str) -> None:
    """A part that is none, or that would change nothing, is a problem with its place."""
    with pytest.raises(TariffError) as error:
        tariff(cover)
    (found,) = error.value.problems
    assert found.path.removeprefix("product.room.") == path
    assert said in found.message
    assert found.line


def test_a_measure_in_parts_says_where_they_stand() -> None:
    """Who writes ``smallest`` into a measure of time is told about the one of a cover."""
    with pytest.raises(TariffError, match="a cover by a length of time has its own"):
        Tariff.load(
            HEAD + "product.p = { rate = { price = 1 }, "
            "measure = { unit = 'begun hour', every = '1h', smallest = '0.5' } }\n"
        )


def test_an_empty_lot_asks_for_no_day() -> None:
    """The day is asked for where a lot with units may be over; an empty one changes nothing."""
    cover = "cover = { by = 'gift', unit = 'x' }, beyond = 'rate'"
    list_ = Tariff.load(HEAD + f"product.p = {{ {cover}, rate = {{ price = 2 }} }}\n")
    order = Order((Item("p"),))
    for left, facets in ((0, []), (1, [("day",)])):
        state = State(lots=(Lot("l", "gift", left, NINE, expires=NINE + timedelta(days=9)),))
        quote = list_.quote(order, state)
        assert quote == engine.quote(list_.parts, list_.version, order, state)
        assert [stop.facets for stop in quote.refusals] == facets
