"""What an explanation says of a price in figures: before adjustments, by covers, by caps and by other adjustments."""

from __future__ import annotations

from fractions import Fraction

import attrs

from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import Product, product_path
from cantinekit.pricing.model.rules import Cover
from cantinekit.pricing.quote import Quote, Step

_CAPPED = "capped"
"""How the codes of caps begin that took something off."""


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


def stages(parts: Parts, answer: Quote) -> Stages:
    """The figures of a quote that has a price.

    Args:
        parts: the tariff that made it.
        answer: the quote.
    """
    covered, capped, discounted, taxed = Fraction(0), 0, 0, 0
    for step in answer.trace:
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
    base = answer.total.amount - taxed + capped + discounted
    return Stages(base, int(covered), capped, discounted)


def _units(parts: Parts, step: Step) -> Fraction:
    """The units of one cover, in the smallest ones."""
    if step.status != "applied" or "units" not in step.values:
        return Fraction(0)
    product = parts.products[step.product]
    for number, cover in enumerate(product.cover):
        if step.rule == f"{product_path(product.id)}.cover[{number}]":
            return Fraction(step.values["units"]) / part_of(parts, product, cover)
    return Fraction(0)


def part_of(parts: Parts, product: Product, cover: Cover) -> Fraction:
    """What one unit that a cover counts is worth in the words of the tariff.

    Args:
        parts: the tariff.
        product: the product that is covered.
        cover: one of its covers.
    """
    if not cover.free:
        return parts.smallest.get(cover.account, Fraction(1))
    rule = product.measure
    if rule is None or not rule.fact or cover.minutes or cover.unit != rule.unit:
        return Fraction(1)
    return rule.smallest or Fraction(1)
