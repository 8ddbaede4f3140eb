"""Finding a product that somebody names: one of the catalogue by its id, or one of a price list by its name.

Whatever a price list has can be sold. A command names a product by

- the id of a product of the catalogue, which wins;
- ``"<price list>/<product>"``, such as ``"house/day"``;
- the bare name of a product, such as ``"day"``, of the price list of the place, or of its operator.

A product of a price list comes out as a ``Product`` whose id is ``"<price list>/<product>"``, however it was named:
what is sold keeps that id, and still names the same product when the place gets another price list. It is sold by the
operator of the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from cantinekit.domain.catalogue.records import PriceList, Product, Sells, TariffText
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import NotFoundError, WrongStateError
from cantinekit.pricing import Tariff

SLASH = "/"
"""Stands between a price list and its product."""


def split_name(product_id: str) -> tuple[str | None, str]:
    """The price list that a name of a product says, and the product; ``None``: it says none.

    Args:
        product_id: how a product is named. An id of a price list holds no slash; the name of a product may.
    """
    list_id, slash, name = product_id.partition(SLASH)
    return (list_id, name) if slash and list_id and name else (None, product_id)


def product_wishes(state: State, product_id: str | None, place_id: str | None, now: datetime) -> list[Wish]:
    """What has to be read next to know a product; nothing once all is there. Each answer may lead to the next.

    A product of the catalogue needs one batch, in which its id is looked up. A name with its price list needs two more
    rows, a bare name the place and perhaps its operator too.

    Args:
        state: what was read so far.
        product_id: how the product is named; ``None``: no product is named.
        place_id: the place where it is sold; ``None``: not known yet.
        now: the instant that chooses the version of a price list.
    """
    if product_id is None:
        return []
    list_id, _ = split_name(product_id)
    first: list[Wish] = [(Product, product_id), (Place, place_id)]
    if wishes := _unread(state, [*first, *([(PriceList, list_id)] if list_id else [])]):
        return wishes
    if state.get(Product, product_id) is not None:
        return []
    if list_id is None or state.get(PriceList, list_id) is None:
        place = state.get(Place, place_id) if place_id is not None else None
        if place is None:
            return []
        if place.pricelist_id is None and (wishes := _unread(state, [(LegalEntity, place.entity_id)])):
            return wishes
        list_id = default_list(state, place)
        if wishes := _unread(state, [(PriceList, list_id)]):
            return wishes
    found = state.get(PriceList, list_id) if list_id is not None else None
    return _unread(state, [(TariffText, found.version_at(now))]) if found is not None else []


def _unread(state: State, wishes: list[Wish]) -> list[Wish]:
    return [(cls, id) for cls, id in wishes if id is not None and not state.knows(cls, id)]


def default_list(state: State, place: Place) -> str | None:
    """The price list whose products are sold at a place by their bare names: its own, or that of its operator."""
    if place.pricelist_id is not None:
        return place.pricelist_id
    entity = state.get(LegalEntity, place.entity_id) if state.knows(LegalEntity, place.entity_id) else None
    return entity.pricelist_id if entity is not None else None


def read_product(uow: Uow, product_id: str | None, place_id: str | None, *also: Wish) -> Steps[None]:
    """Load all that it takes to know a product, in as few batches as possible.

    Args:
        uow: the unit of work.
        product_id: how the product is named; ``None``: no product is named.
        place_id: the place where it is sold; ``None``: only a product of the catalogue, or a name with its price list,
            is found.
        also: what is loaded together with the first batch.
    """
    more = also
    while (wishes := product_wishes(uow.state, product_id, place_id, uow.now)) or more:
        yield from uow.fetch([*wishes, *more])
        more = ()


def read_products(uow: Uow, product_ids: Iterable[str | None], place_id: str, *also: Wish) -> Steps[None]:
    """Load all that it takes to know several products of a place, in as few batches as possible.

    Args:
        uow: the unit of work.
        product_ids: how the products are named; ``None`` among them is none.
        place_id: the place where they are sold.
        also: what is loaded together with the first batch.
    """
    named, more = tuple(product_ids), also
    while (wishes := [wish for id in named for wish in product_wishes(uow.state, id, place_id, uow.now)]) or more:
        yield from uow.fetch([*wishes, *more])
        more = ()


def list_of(state: State, product_id: str) -> str | None:
    """The price list of a product that is kept by the id that it came out with; ``None``: there is no such product.

    Args:
        state: has looked the id up among the products of the catalogue.
        product_id: the id of a product of the catalogue, or ``"<price list>/<product>"``.
    """
    kept = state.get(Product, product_id)
    return kept.pricelist_id if kept is not None else split_name(product_id)[0]


def found_product(
    state: State, product_id: str, place: Place | None, use: Sells = "option", *, now: datetime | None = None
) -> Product:
    """The product that is named, of the catalogue or of a price list.

    Of a product of a price list ``sells`` follows from the list: "pass" where it gives something that is held (a grant,
    a plan, a membership, a fee), else what it is used for.

    Args:
        state: has what ``read_product`` loads.
        product_id: how the product is named.
        place: the place where it is sold; ``None``: none.
        use: what it is used for, which a product of a price list sells where it gives nothing that is held.
        now: the instant that chooses the version of the price list; ``None``: the last version that was loaded.

    Raises:
        NotFoundError: no product of the catalogue has this id, and no price list that could be meant has it.
    """
    list_id, name = split_name(product_id)
    if list_id is None or not state.knows(PriceList, list_id) or state.knows(Product, product_id):
        kept = state.get(Product, product_id)
        if kept is not None:
            return kept
    if list_id is None or state.get(PriceList, list_id) is None:
        list_id, name = (default_list(state, place) if place is not None else None), product_id
    tariff = _in_force(state, list_id, now)
    listed = tariff.products.get(name) if tariff is not None else None
    if listed is None or list_id is None or place is None:
        raise NotFoundError(Product.kind, product_id)
    sells: Sells = "pass" if listed.sells or listed.grant else use
    return Product(f"{list_id}{SLASH}{name}", listed.name, place.entity_id, list_id, name, sells)


def beside_catalogue(
    catalogue: Iterable[Product], place: Place, list_id: str, version: TariffText, sells: Literal["pass", "visit"]
) -> Iterator[Product]:
    """What a price list sells that the catalogue does not name.

    Args:
        catalogue: the products of the catalogue of the operator of the place.
        place: the place where it is sold.
        list_id: the price list.
        version: its version.
        sells: "pass": what is held; "visit": stays.
    """
    named = {one.tariff_product for one in catalogue if one.pricelist_id == list_id}
    for name, one in read_tariff(version.text).products.items():
        if (one.stay is not None if sells == "visit" else one.sells or one.grant) and name not in named:
            yield Product(f"{list_id}{SLASH}{name}", one.name, place.entity_id, list_id, name, sells)


def kept_product(state: State, product_id: str, place: Place, use: Sells) -> Product:
    """The product of something that was sold, by the id that it kept: also one that its price list has no more.

    Args:
        state: has what ``read_product`` loads.
        product_id: the id of a product of the catalogue, or ``"<price list>/<product>"``.
        place: the place where it was sold.
        use: what it was sold for.

    Raises:
        NotFoundError: there never was such a product.
    """
    try:
        return found_product(state, product_id, place, use)
    except NotFoundError:
        list_id, name = split_name(product_id)
        if list_id is None:
            raise
        return Product(product_id, name, place.entity_id, list_id, name, use)


def _in_force(state: State, list_id: str | None, now: datetime | None) -> Tariff | None:
    """The version of a price list that was loaded, by the instant or else the last."""
    found = state.get(PriceList, list_id) if list_id is not None else None
    versions = [one for one in found.versions if now is None or one.since <= now] if found is not None else []
    for version in reversed(versions):
        if state.knows(TariffText, version.tariff_version):
            return read_tariff(state.need(TariffText, version.tariff_version).text)
    return None


def sold_product(
    state: State, product_id: str, place: Place | None, use: Sells = "option", *, now: datetime | None = None
) -> Product:
    """The product that is named, which must still be sold. The parameters are those of ``found_product``.

    Raises:
        NotFoundError: there is no such product.
        WrongStateError: it is retired.
    """
    found = found_product(state, product_id, place, use, now=now)
    if found.retired is not None:
        raise WrongStateError(found.name, state="retired")
    return found


__all__ = [
    "beside_catalogue",
    "default_list",
    "found_product",
    "kept_product",
    "list_of",
    "product_wishes",
    "read_product",
    "read_products",
    "sold_product",
    "split_name",
]
