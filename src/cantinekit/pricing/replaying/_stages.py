"""What an explanation says of a price in figures: before adjustments, by covers, by caps and by other adjustments."""

from __future__ import annotations

from fractions import Fraction

from cantinekit.pricing.engine.cover import part_of
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import product_path
from cantinekit.pricing.quote import Quote, Step

_CAPPED = "capped"
"""How the codes of caps begin that took something off."""
_CHARGED = ("revenue", "penalty")
"""The kinds of lines that are part of the price."""


def stages(parts: Parts, answer: Quote, item: str = "") -> tuple[int, int, int, int, int, int]:
    """The figures of a quote that has a price, amounts in minor units: what the rates come to, the units that accounts
    and allowances gave (in the smallest units of each), what caps took off, what all other adjustments took off (below
    0 where they added), what is paid, and that without tax (-1: not known).

    What is paid is the first less the third and the fourth, and tax where prices are without it.

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
    gross, net = answer.total.amount, -1 if answer.net is None else answer.net.amount
    if item:
        gross, net = _paid(answer, item)
    return gross - taxed + capped + discounted, int(covered), capped, discounted, gross, net


def _paid(answer: Quote, item: str) -> tuple[int, int]:
    """What is paid for an item of a quote and for what is bought along with it, and its net amount (-1: not known)."""
    lines = [line for line in answer.lines if line.kind in _CHARGED and _of(line.item, item)]
    nets = [None if line.net is None else line.net.amount for line in lines]
    known = answer.net is not None and None not in nets
    return sum(line.amount.amount for line in lines), sum(net or 0 for net in nets) if known else -1


def _of(id: str, item: str) -> bool:
    """Whether it is an item, or what is bought along with it."""
    return id.partition("+")[0] == item


def _units(parts: Parts, step: Step) -> Fraction:
    """The units of one cover, in the smallest ones."""
    if step.status != "applied" or "units" not in step.values:
        return Fraction(0)
    product = parts.products[step.product]
    covers = {f"{product_path(product.id)}.cover[{number}]": cover for number, cover in enumerate(product.cover)}
    return Fraction(step.values["units"]) / part_of(parts, product, covers[step.rule])
