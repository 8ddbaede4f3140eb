"""What the publication of a price list changes, and whom that concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import attrs

from cantinekit.pricing import ExampleResult, Problem

ProductFate = Literal["added", "vanished", "changed"]
"""What a publication does to a product of the price list."""


@attrs.frozen
class ProductChange:
    """A product of a price list that a publication adds, takes away or changes, and what it is used for.

    Retired products, spaces and workshops are left out: nothing is sold through them.

    Attributes:
        product: its name in the price list.
        fate: "added", "vanished" or "changed".
        product_ids: ids of the products of the catalogue that name it.
        space_ids: ids of the spaces that are booked as it where nothing else is named.
        workshop_ids: ids of the workshops whose seats, options or solidarity seats it prices.
        passes: how many live passes were sold as it; ``None``: not counted. ``Cantine.preview`` counts them,
            ``Cantine.execute`` does not.
    """

    product: str
    fate: ProductFate
    product_ids: tuple[str, ...] = ()
    space_ids: tuple[str, ...] = ()
    workshop_ids: tuple[str, ...] = ()
    passes: int | None = None

    @property
    def in_use(self) -> bool:
        """Whether the catalogue, a space or a workshop names it."""
        return bool(self.product_ids or self.space_ids or self.workshop_ids)


@attrs.frozen
class Publication:
    """What the publication of a version of a price list changes.

    Attributes:
        pricelist_id: id of the price list.
        version: the hash of the content that is published.
        since: the instant from which on it holds.
        before: the hash of the version that is in force at that instant; ``None``: there is none.
        products: the products that are added, vanish or change, in the order of their names.
        sections: the other sections of the list that change, such as "tax" or "order", in the order of the list.
        problems: what speaks against the publication, each with its path and its line; an override has passed over
            them, else ``PublicationError`` is raised, which has the publication.
        notes: what its author may not have meant: what some sales of it are refused for, by facts or by the day, such
            as a tax that is not known, and units that are never given again. Each has its path and its line; nothing of
            it speaks against the publication.
    """

    pricelist_id: str
    version: str
    since: datetime
    before: str | None = None
    products: tuple[ProductChange, ...] = ()
    sections: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    def of_fate(self, fate: ProductFate) -> tuple[str, ...]:
        """The names of the products that are added, vanish or change.

        Args:
            fate: which of the three.
        """
        return tuple(one.product for one in self.products if one.fate == fate)


@attrs.frozen
class CheckedTariff:
    """What a text of a price list comes to, beside the version that is in force.

    Attributes:
        problems: what speaks against its publication, each with its path and its line: faults of the text, worked
            examples that do not come out, products in use that vanish, and what the house does not carry out.
        examples: its worked examples with what became of each; none where the text is no price list.
        publication: what its publication would change, and for whom, whatever speaks against it; ``None`` where the
            text is no price list, or is in a currency that it cannot have.
    """

    problems: tuple[Problem, ...] = ()
    examples: tuple[ExampleResult, ...] = ()
    publication: Publication | None = None

    @property
    def ok(self) -> bool:
        """Whether ``PublishTariff`` takes it without an override."""
        return not self.problems


def with_passes(found: Publication, count: Callable[[Sequence[str]], Mapping[str, int]]) -> Publication:
    """A publication that says how many live passes each product has that vanishes or changes.

    Args:
        found: what a publication changes.
        count: gives the numbers of live passes by the ids of the products under which they were sold.
    """
    ids = {
        one.product: (*one.product_ids, f"{found.pricelist_id}/{one.product}")
        for one in found.products
        if one.fate != "added"
    }
    if not ids:
        return found
    numbers = count([id for some in ids.values() for id in some])
    counted = (
        attrs.evolve(one, passes=sum(numbers[id] for id in ids[one.product])) if one.product in ids else one
        for one in found.products
    )
    return attrs.evolve(found, products=tuple(counted))
