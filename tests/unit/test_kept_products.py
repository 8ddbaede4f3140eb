"""How the product of something that was sold is named again, without a store."""

from __future__ import annotations

import pytest

from cantinekit.domain.catalogue.finding import kept_product
from cantinekit.domain.state import State
from cantinekit.errors import NotFoundError
from cantinekit.plugins.ports import Key
from cantinekit.records import Place, PriceList, Product

PLACE = Place("paris", "Paris", "asso", "Europe/Paris", "EUR")


def knows(*keys: Key) -> State:
    """A state in which these rows were looked for and are not there."""
    return State(dict.fromkeys(keys))


def test_a_product_that_its_list_has_no_more_keeps_its_name():
    """What was sold by a product of a price list names it for ever, whether the list has it or not."""
    state = knows(Key(Product.kind, "list/gone"), Key(PriceList.kind, "list"))
    found = kept_product(state, "list/gone", PLACE, "booking")
    assert (found.id, found.pricelist_id, found.tariff_product, found.sells) == ("list/gone", "list", "gone", "booking")


def test_a_product_that_never_was_is_none():
    """An id that names no price list and no product of the catalogue is refused, and no product is made of it."""
    with pytest.raises(NotFoundError):
        kept_product(knows(Key(Product.kind, "ghost")), "ghost", PLACE, "booking")
