"""Publishing a price list: its worked examples, the version before it, what the house carries out, and its taxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache

import attrs

from cantinekit.clock import local
from cantinekit.domain.catalogue.publication import ProductChange, ProductFate, Publication
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.catalogue.stated import unstated
from cantinekit.domain.catalogue.taxes import taxes_unknown
from cantinekit.domain.catalogue.unsupported import never_again, unsupported
from cantinekit.domain.passes.records import plain
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.answers import part_of
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import CurrencyError
from cantinekit.plugins.ports import MAX_KEYS
from cantinekit.pricing import Problem, Tariff
from cantinekit.pricing.format.toml import Path
from cantinekit.pricing.model.product import product_path

EXAMPLES = "worked examples"
IN_USE = "products in use"
CARRIED_OUT = "what the house carries out"
TAXED = "taxes that are known"
"""The names of the rules that a publication may break."""
FIRM = (CARRIED_OUT,)
"""Those that no override breaks: what is sold by such a list would be refused afterwards."""

_EVERYTHING = ("", "\U0010ffff")
_FOUND = ((Product, "entity"), (Space, "place"), (Workshop, "place"))
"""What may name a product of a price list, each with an index of all records of its class."""


@lru_cache(maxsize=64)
def failed_examples(text: str) -> tuple[Problem, ...]:
    """The worked examples of a price list that do not come out as it says. They are asked once for each text.

    Args:
        text: the TOML text.
    """
    tariff = read_tariff(text)
    told = (
        (("examples", "list", number), f"the example {one.id!r} expects {one.expected}; it comes to {one.got}")
        for number, one in enumerate(tariff.check())
        if not one.ok
    )
    return tariff.problems(told)


def not_sold(tariff: Tariff, since: date) -> tuple[Problem, ...]:
    """What of a price list no house could sell or state, whatever it has.

    Args:
        tariff: the price list.
        since: the local day from which on it holds.
    """
    return (*unsupported(tariff), *unstated(tariff, since), *taxes_unknown(tariff, since).problems)


def read_uses(uow: Uow, pricelist_id: str, before: str | None) -> Steps[None]:
    """Load the version before, and all that may name a product of the price list. None of it is guarded.

    Args:
        uow: the unit of work.
        pricelist_id: the price list.
        before: the hash of the version before; ``None``: there is none.
    """
    every = []
    for cls, field in _FOUND:
        keys = yield from uow.find(cls, field, *_EVERYTHING)
        every += [(cls, key.id) for key in keys]
    yield from uow.fetch([(TariffText, before)], every[: MAX_KEYS - 1])
    for first in range(MAX_KEYS - 1, len(every), MAX_KEYS):
        yield from uow.fetch([], every[first : first + MAX_KEYS])


def read_sellers(uow: Uow) -> Steps[None]:
    """Load the places and their operators, who may have named a price list before it was published for the first time.

    They are compared. A place that is added at the same moment is not seen: what it sells by the list is refused.
    """
    every = []
    for cls in (Place, LegalEntity):
        keys = yield from uow.find(cls, "all", *_EVERYTHING)
        every += [(cls, key.id) for key in keys]
    for first in range(0, len(every), MAX_KEYS):
        yield from uow.fetch(every[first : first + MAX_KEYS])


def check_sellers(state: State, tariff: Tariff) -> None:
    """Refuse a price list by which a place could sell nothing: it named the list, or its operator did.

    Args:
        state: has what ``read_sellers`` loads.
        tariff: what is published.

    Raises:
        CurrencyError: its prices are in another currency than those of the place.
    """
    places = [one for one in state.records.values() if isinstance(one, Place)]
    for place in sorted(places, key=lambda one: one.id):
        list_id = place.pricelist_id or state.need(LegalEntity, place.entity_id).pricelist_id
        if list_id == tariff.id and place.currency != tariff.currency:
            sells = f"place {place.id} ({place.name}), which has this list, sells in {place.currency}"
            raise CurrencyError(f"price list {tariff.id} is in {tariff.currency}, and {sells}")


@attrs.frozen
class _Uses:
    """What names each product of a price list, by the names of the products."""

    products: Mapping[str, tuple[str, ...]]
    spaces: Mapping[str, tuple[str, ...]]
    workshops: Mapping[str, tuple[str, ...]]

    @property
    def named(self) -> set[str]:
        return {*self.products, *self.spaces, *self.workshops}

    def change(self, product: str, fate: ProductFate) -> ProductChange:
        """What becomes of a product, with what names it."""
        products, spaces, workshops = (one.get(product, ()) for one in (self.products, self.spaces, self.workshops))
        return ProductChange(product, fate, products, spaces, workshops)


def _uses(state: State, pricelist_id: str) -> _Uses:
    records = sorted((one for one in state.records.values() if one is not None), key=lambda one: one.id)
    products = [one for one in records if isinstance(one, Product) and one.pricelist_id == pricelist_id]
    listed = {one.id: one.tariff_product for one in products}

    def of(product_id: str | None) -> str | None:
        """The name in the price list of a product that something names; ``None``: it is of another list."""
        list_id, slash, name = (product_id or "").partition("/")
        return listed.get(product_id or "", name if slash and list_id == pricelist_id else None)

    spaces = [one for one in records if isinstance(one, Space) and one.retired is None]
    workshops = [one for one in records if isinstance(one, Workshop) and one.retired is None]
    return _Uses(
        _by_name((one.tariff_product, one.id) for one in products if one.retired is None),
        _by_name((of(one.product_id), one.id) for one in spaces),
        _by_name((of(id), one.id) for one in workshops for id in _priced_by(one)),
    )


def _priced_by(workshop: Workshop) -> tuple[str | None, ...]:
    return workshop.product_id, *workshop.option_ids, workshop.admission.bursary_product_id


def _by_name(pairs: Iterable[tuple[str | None, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for name, id in pairs:
        if name is not None:
            found.setdefault(name, {})[id] = None
    return {name: tuple(ids) for name, ids in found.items()}


def compare(state: State, tariff: Tariff, before: str | None, since: datetime) -> tuple[Publication, tuple[str, ...]]:
    """What a publication changes and what speaks against it, and the names of the rules that it would break.

    The text that is in force is published again without a question.

    Args:
        state: has what ``read_uses`` loads.
        tariff: what is published.
        before: the hash of the version that is in force when it begins; ``None``: there is none.
        since: when it begins.
    """
    found = Publication(tariff.id, tariff.version, since, before)
    if before == tariff.version:
        return found, ()
    old = read_tariff(state.need(TariffText, before).text) if before is not None else None
    uses = _uses(state, tariff.id)
    first = local(since, tariff.zone).date()
    taxes = taxes_unknown(tariff, first)
    problems = {
        EXAMPLES: failed_examples(tariff.source),
        IN_USE: tariff.problems([*_missing(tariff, old, uses), *_sells_else(tariff, old), *_counts_else(tariff, old)]),
        CARRIED_OUT: (*unsupported(tariff), *unstated(tariff, first)),
        TAXED: taxes.problems,
    }
    every = sorted((one for some in problems.values() for one in some), key=lambda one: (one.line or 0, one.path))
    changed = attrs.evolve(
        found,
        products=tuple(_changes(tariff, old, uses)),
        sections=tuple(_sections(tariff, old)),
        problems=tuple(every),
        notes=tuple(sorted((*taxes.notes, *never_again(tariff)), key=lambda one: (one.line or 0, one.path))),
    )
    return changed, tuple(rule for rule, some in problems.items() if some)


def _missing(tariff: Tariff, old: Tariff | None, uses: _Uses) -> Iterator[tuple[Path, str]]:
    """Products in use that the list does not have. What the version before has not either is no news."""
    for name in sorted(uses.named - tariff.products.keys()):
        if old is None or name in old.products:
            yield ("product", name), f"it is in use, and not in this list: {_told(uses.change(name, 'vanished'), old)}"


def _told(change: ProductChange, old: Tariff | None) -> str:
    """What uses a product that vanishes, and where the version before has it."""
    named = (("product", change.product_ids), ("space", change.space_ids), ("workshop", change.workshop_ids))
    used = "; ".join(f"{what} {', '.join(ids)}" for what, ids in named if ids)
    where = old.problems([(("product", change.product), "")])[0].line if old is not None else None
    return used + (f" (line {where} of the version before)" if where else "")


def _sells_else(tariff: Tariff, old: Tariff | None) -> Iterator[tuple[Path, str]]:
    for name, product in tariff.products.items():
        was = old.products.get(name) if old is not None else None
        if was is not None and was.sells != product.sells:
            what = f"{product_path(name)} sold {was.sells or 'a use'} before"
            yield ("product", name, "sells"), f"it sells {product.sells or 'a use'} from now on; {what}"


def _counts_else(tariff: Tariff, old: Tariff | None) -> Iterator[tuple[Path, str]]:
    """Accounts that count in another part of a unit: the units that people have count in the one before."""
    counted = {cover.account for one in old.products.values() for cover in one.cover} if old is not None else set()
    for name, product in tariff.products.items():
        for account in dict.fromkeys(cover.account for cover in product.cover if cover.account in counted):
            part, was = part_of(tariff, account), part_of(old, account) if old is not None else Fraction(1)
            if account and part != was:
                what = f"{plain(was)} of a unit, in which those that were sold are counted"
                yield ("product", name, "cover"), f"{account} would count in {plain(part)} of a unit; it was {what}"


def _changes(tariff: Tariff, old: Tariff | None, uses: _Uses) -> Iterator[ProductChange]:
    known = old.products if old is not None else {}
    for name in sorted({*tariff.products, *known}):
        if name not in known:
            yield uses.change(name, "added")
        elif name not in tariff.products:
            yield uses.change(name, "vanished")
        elif tariff.products[name] != known[name]:
            yield uses.change(name, "changed")


def _sections(tariff: Tariff, old: Tariff | None) -> Iterator[str]:
    """The sections beside products and examples that are not as they were."""
    if old is None:
        return
    after, before = tariff.parts.data(), old.parts.data()
    for name in dict.fromkeys([*before, *after]):
        if name not in ("product", "examples") and before.get(name) != after.get(name):
            yield name
