"""What can be asked of the catalogue: to add, change and retire products, and to publish a price list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from cantinekit.common.fields import (
    are_ids,
    check_text,
    is_id,
    is_text,
    is_word,
    maybe,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.base import Command, command
from cantinekit.domain.catalogue.records import MAX_TARIFF_TEXT, PriceList, Product, Sells
from cantinekit.domain.rules.values import is_reason
from cantinekit.errors import InputError


@command
@attrs.frozen(kw_only=True)
class AddProduct(Command[Product]):
    """Add a product to the catalogue of a legal entity. Its price is in the price list.

    Attributes:
        name: the name that people see, at most 200 characters.
        entity_id: id of the legal entity.
        pricelist_id: id of the price list.
        tariff_product: its name in the price list.
        sells: what a sale makes: "visit", "pass", "booking", "seat", or "option" beside one of them.
        places: ids of the places that accept the units that it gives; none: all.
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken.
        NotFoundError: there is no such legal entity.
    """

    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    pricelist_id: str = attrs.field(validator=is_id)
    tariff_product: str = attrs.field(validator=is_id)
    sells: Sells = attrs.field(validator=is_word(Sells))
    places: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ChangeProduct(Command[Product]):
    """Change the name of a product of the catalogue, or what it is in a price list. What was sold stays as it is.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        product_id: id of the product.
        name: the new name, at most 200 characters; ``None``: as it is.
        pricelist_id: id of the price list from now on; ``None``: as it is.
        tariff_product: its name in the price list from now on; ``None``: as it is.

    Raises:
        NotFoundError: there is no such product; or it gets another price, and the list is not there, or the version in
            force has no such product.
    """

    product_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str | None = attrs.field(default=None, validator=maybe(is_text(200)))
    pricelist_id: str | None = attrs.field(default=None, validator=maybe_id)
    tariff_product: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class RetireProduct(Command[Product]):
    """Sell a product of the catalogue no more. What was sold as it stays, and is paid and cancelled as before.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        product_id: id of the product.

    Raises:
        NotFoundError: there is no such product.
        WrongStateError: it is retired already.
    """

    product_id: str = attrs.field(validator=is_id, kw_only=False)


@command
@attrs.frozen(kw_only=True)
class RestoreProduct(Command[Product]):
    """Sell a product again that was retired.

    Attributes:
        product_id: id of the product.

    Raises:
        NotFoundError: there is no such product.
        WrongStateError: it is not retired.
    """

    product_id: str = attrs.field(validator=is_id, kw_only=False)


def _is_price_list(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or len(value) > MAX_TARIFF_TEXT:
        raise InputError(f"a price list is a TOML text of at most {MAX_TARIFF_TEXT} characters")
    check_text(value, attribute.name, limit=MAX_TARIFF_TEXT)


@command
@attrs.frozen(kw_only=True)
class PublishTariff(Command[PriceList]):
    """Publish a price list: a first version of it, or the next. What was sold keeps the version that it was sold by.

    Its own worked examples are asked. It is compared with the version that is in force when it begins, and with what
    the house carries out. ``preview`` says what it changes for whom, in ``Outcome.publication``. The text that is in
    force can always be published again.

    See docs/how-to/change-a-price-list.md.

    Attributes:
        text: the text of its TOML file, at most 262,144 characters. The table ``[tariff]`` names the price list.
        since: from when it holds; ``None``: from now on.
        override: why it is published in spite of what speaks against it, at most 1,000 characters; ``None``: such a
            list is refused. It is recorded as an ``Override`` for each rule: "worked examples", "products in use",
            "taxes that are known". What the house does not carry out it never publishes.

    Raises:
        TariffError: the text is no price list; the error lists each fault with its place.
        PublicationError: a worked example does not come out, a product in use vanishes or sells something else, or
            the house does not carry out what the list says, or no document may state it (EN 16931); the error lists
            each problem with its place.
        CurrencyError: the versions published before are in another currency; or a place that has the list, or whose
            operator has it, sells in another.
        InputError: the text is longer than 262,144 characters.
    """

    text: str = attrs.field(repr=False, validator=_is_price_list, kw_only=False)
    since: datetime | None = attrs.field(default=None, converter=maybe_instant)
    override: str | None = attrs.field(default=None, validator=is_reason)


__all__ = [
    "AddProduct",
    "ChangeProduct",
    "PublishTariff",
    "RestoreProduct",
    "RetireProduct",
]
