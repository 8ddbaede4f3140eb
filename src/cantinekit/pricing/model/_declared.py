"""What a file declares, gathered before its rules are read: the words that they may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.model.conditions import FactType, Words
from cantinekit.pricing.model.sections import NOT_SUBJECT, UNKNOWN, derived_values
from cantinekit.pricing.terms import Opening

Data = dict[str, Any]
_TAGGED = ((), ("rate",), ("offer",), ("adjust",), ("adjust", "rules"))


def declared(
    top: TariffTable, facts: Mapping[str, FactType], units: Mapping[str, int], opening: Opening | None
) -> Words:
    """The words of a file; what is wrong with them is said where they are read."""
    products = [table.data for _, table in top.named("product")]
    examples = _examples(top)
    accounts = {name: _account(name, table.data) for name, table in top.named("product") if "grant" in table}
    granted = [*accounts.values(), *_texts(products, "grant", "account")]
    covers = [accounts.get(name, name) for name in _texts(products, "cover", "by")]
    return Words(
        facts=facts,
        derived=derived_values(top.table("derive")),
        products=tuple(top.table("product").data),
        accounts=accounts,
        taxes=(*top.table("tax").data, UNKNOWN, NOT_SUBJECT),
        bands=_unique([*top.table("bands").data, *_texts(products, "split", "outside")]),
        times=tuple(top.table("bands").data),
        units=units,
        has_hours=opening is not None,
        has_holidays=opening is not None and bool(opening.holidays),
        tags=_unique(tag for path in _TAGGED for tag in _texts([*products, top.table("order").data], *path, "tags")),
        counted=_unique([*_texts(products, "measure", "unit"), *_texts(products, "grant", "unit")]),
        codes=_unique([*top.table("coupon").data, *_texts(examples, "codes")]),
        held=_unique(_texts(examples, "holds")),
        filled=_unique([*granted, *_texts(examples, "held", "account")]),
        spent=_unique([*covers, *_texts([top.data], "order", "vouchers"), *granted]),
    )


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _texts(tables: list[Data], *path: str) -> Iterator[str]:
    """The texts under a path in each of the tables; a list on the way is each of its entries."""
    values: list[Any] = list(tables)
    for key in path:
        found = [value[key] for value in values if isinstance(value, dict) and key in value]
        values = [part for value in found for part in (value if isinstance(value, list) else [value])]
    yield from (value for value in values if isinstance(value, str))


def _examples(top: TariffTable) -> list[Data]:
    """The worked examples, and what holds for all of them."""
    section = top.data.get("examples")
    if not isinstance(section, dict):
        return []
    rows = section.get("list")
    return [row for row in (section.get("defaults"), *(rows if isinstance(rows, list) else [rows]))
            if isinstance(row, dict)]  # fmt: skip


def _account(name: str, product: Data) -> str:
    """Where the units of a product's first grant are kept: its own id, where nothing else is said."""
    grant = product.get("grant")
    first = grant[0] if isinstance(grant, list) and grant else grant
    account = first.get("account") if isinstance(first, dict) else None
    return account if isinstance(account, str) else name
