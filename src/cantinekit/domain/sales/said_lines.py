"""Lines of charges that no price list writes: what they say is a word, which documents write in their language."""

from __future__ import annotations

from cantinekit.domain.payments.records import ChargeLine, LineKind, LineWord
from cantinekit.money import Money
from cantinekit.pricing import texts


def said_line(
    said: LineWord, product_id: str, amount: Money, tax_class: str = "", kind: LineKind = "revenue", detail: str = ""
) -> ChargeLine:
    """A line that says what no price list wrote.

    Args:
        said: the word for it.
        product_id: the product that it is about.
        amount: the amount, negative for what is taken off.
        tax_class: the tax class in the price list; empty without one.
        kind: what it counts as.
        detail: what it tells of, such as a number of minutes.
    """
    text = texts.charged(said, "en", detail)
    return ChargeLine(product_id, text, 1, amount, tax_class, kind, said=said, detail=detail)
