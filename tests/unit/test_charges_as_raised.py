"""A bill taxes a charge by its own lines where these tell all, and comes to what pricing its sale again comes to."""

from __future__ import annotations

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.documents import amounts
from cantinekit.money import Money
from support.houses.billing_house import billing, booked, booking
from support.houses.issuing_house import TAXED


@pytest.fixture(scope="module")
def house():
    return billing()


def both(house, charge):
    """What the lines of a charge tell, and what pricing its sale again tells."""
    sale = house.get(m.Sale, charge.sale_id)
    text = house.get(m.TariffText, sale.tariff_version).text
    return amounts._as_raised(charge, sale, text), amounts._as_priced(charge, [(sale, text)])


@pytest.mark.parametrize("product", ["t-room", "t-club-room", "t-odd-room"])
def test_the_lines_tell_what_the_price_told(house, product):
    """Of a rate, of what is exempt, and of a price that no net amount gives: the same taxes, units and sale."""
    raised, priced = both(house, booked(house, 2, product))
    assert (list(raised.lines), raised.units, raised.sale) == (list(priced.lines), priced.units, priced.sale)


def test_what_the_lines_do_not_tell_is_priced_again(house):
    """A line of before classes or units were kept, a part of a unit, a charge that names no sale, another semantics."""
    charge = booked(house)
    (line,) = charge.lines
    sale = house.get(m.Sale, charge.sale_id)
    text = house.get(m.TariffText, sale.tariff_version).text
    for poorer in ({"tax_class": ""}, {"unit": ""}, {"quantity": 1, "text": "room (1/2 minute)"}):
        assert amounts._as_raised(attrs.evolve(charge, lines=(attrs.evolve(line, **poorer),)), sale, text) is None
    assert amounts._as_raised(attrs.evolve(charge, sale_id=None), sale, text) is None
    assert amounts._as_raised(charge, attrs.evolve(sale, semantics=1), text) is None
    assert amounts._as_raised(charge, attrs.evolve(sale, items=sale.items * 2), text) is None
    assert amounts._as_raised(attrs.evolve(charge, billed=Money(1, "EUR"), amount=Money(1, "EUR")), sale, text) is None
    assert amounts._as_raised(charge, sale, text) is not None


def test_the_nets_of_a_list_without_tax_are_those_it_prints(house):
    """On a list without tax the nets of the price are stated, which no line of a charge keeps."""
    text = TAXED[: TAXED.index("[product.free-room]")]
    house.do(c.PublishTariff(text.replace('"incl"', '"excl"').replace('"taxed"', '"net-of-tax"')))
    charge = house.do(booking(house, 1, "net-of-tax/room")).charges[0]
    raised, priced = both(house, charge)
    assert raised is None
    assert priced.nets == [Money(1500, "EUR")]
    assert charge.amount == Money(1800, "EUR")


def test_a_product_that_needs_another_is_priced_again(house):
    """What is needed along may be taxed with what is bought: only the price knows."""
    needy = TAXED.replace('"taxed"', '"needy"').replace("[product.room]\n", '[product.room]\nneeds = "card"\n')
    tariff = amounts.read_tariff(needy)
    order = amounts.past_order(house.get(m.Sale, booked(house).sale_id))
    assert tariff.products["room"].needs
    assert tariff.treatments_alone(order, ["full"]) is None
    assert amounts.read_tariff(TAXED).treatments_alone(order, ["full", "club"]) is not None
    assert amounts.read_tariff(TAXED).treatments_alone(order, []) == ()
