"""What an explanation says of a price in figures: before adjustments, by covers, by caps and by other adjustments."""

from __future__ import annotations

from fractions import Fraction

import attrs

from cantinekit.pricing.engine.cover import part_of
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import product_path
from cantinekit.pricing.quote import Quote, Step

_CAPPED = "capped"
"""How the codes of caps begin that took something off."""
_CHARGED = ("revenue", "penalty")
"""The kinds of lines that are part of the price."""


@attrs.frozen
class Stages:
    """The figures of one row: ``gross`` is ``base - capped - discounted``, and tax where prices are without it.

    Attributes:
        base: what the rates come to, in minor units.
        covered: the units that accounts and allowances gave, in the smallest units of each.
        capped: what caps took off, in minor units.
        discounted: what all other adjustments took off; below 0 where they added.
    """

    base: int
    covered: int
    capped: int
    discounted: int


def stages(parts: Parts, answer: Quote, item: str = "") -> Stages:
    """The figures of a quote that has a price.

    Args:
        parts: the tariff that made it.
        answer: the quote.
        item: the id of an item, with what is bought along with it; empty: of all.
    """
    covered, capped, discounted, taxed = Fraction(0), 0, 0, 0
    for step in answer.trace:
        if item and not _of(step.item, item):
            continue
        moved = step.after.amount - step.before.amount
        if step.phase == "cover":
            covered += _units(parts, step)
        elif step.phase == "tax":
            taxed += moved
        elif step.phase in ("adjust", "order"):
            if step.why.startswith(_CAPPED):
                capped -= moved
            else:
                discounted -= moved
    base = (paid(answer, item)[0] if item else answer.total.amount) - taxed + capped + discounted
    return Stages(base, int(covered), capped, discounted)


def paid(answer: Quote, item: str) -> tuple[int, int | None]:
    """What is paid for an item of a quote and for what is bought along with it, and its net amount, where it is known.

    Args:
        answer: the quote.
        item: the id of the item.
    """
    lines = [line for line in answer.lines if line.kind in _CHARGED and _of(line.item, item)]
    nets = [None if line.net is None else line.net.amount for line in lines]
    known = answer.net is not None and None not in nets
    return sum(line.amount.amount for line in lines), sum(net or 0 for net in nets) if known else None


def _of(id: str, item: str) -> bool:
    """Whether it is an item, or what is bought along with it."""
    return id.partition("+")[0] == item


def _units(parts: Parts, step: Step) -> Fraction:
    """The units of one cover, in the smallest ones."""
    if step.status != "applied" or "units" not in step.values:
        return Fraction(0)
    product = parts.products[step.product]
    for number, cover in enumerate(product.cover):
        if step.rule == f"{product_path(product.id)}.cover[{number}]":
            return Fraction(step.values["units"]) / part_of(parts, product, cover)
    return Fraction(0)
