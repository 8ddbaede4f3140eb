"""What a price list may say and the house does not carry out: it is refused when the list is published.

Nothing that a list says is ignored. What is missing here is carried out: the page
``docs/reference/what-the-house-carries-out.md`` has a row for every key of the format.
"""

from __future__ import annotations

from collections.abc import Iterator

from cantinekit.common.fields import check_id
from cantinekit.errors import TextError
from cantinekit.pricing import Problem, Tariff
from cantinekit.pricing.format.toml import Path
from cantinekit.pricing.model.product import Product


def unsupported(tariff: Tariff) -> tuple[Problem, ...]:
    """Everything in a price list that the house does not carry out, each with its path and its line.

    Args:
        tariff: the price list.
    """
    return tariff.problems(
        (path, f"the house does not carry this out: {what}")
        for one in tariff.products.values()
        for path, what in _of(tariff.id, one)
    )


def _of(list_id: str, product: Product) -> Iterator[tuple[Path, str]]:
    path: Path = ("product", product.id)
    try:
        check_id(f"{list_id}/{product.id}")
    except TextError:
        yield path, "a product whose name is longer than an id may be, or holds a '|'"
    for key in ("merge", "measure", "choose"):
        same = getattr(getattr(product, key), "same", ())
        if product.by_clock and same and "person" not in same:
            yield (*path, key, "same"), "visits of several people that are priced together"


__all__ = [
    "unsupported",
]
