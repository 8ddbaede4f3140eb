"""Tax: classes as dated data, and the tax of a document in integers.

A ``TaxClass`` resolved for a day is a ``Treatment``; lines with treatments make a ``TaxDocument``, per category and
rate. Everything is minor units and exact fractions; nothing here reads a clock or a currency.
"""

from __future__ import annotations

from cantinekit.pricing.tax._classes import Mention, TaxClass, TaxError, Treatment
from cantinekit.pricing.tax._extract import UnreachableError, extract, reachable, unreachable_prices
from cantinekit.pricing.tax.document import apart, tax_document
from cantinekit.pricing.tax.records import TaxDocument, TaxedLine, TaxGroup, Untaxed

__all__ = [
    "Mention",
    "TaxClass",
    "TaxDocument",
    "TaxError",
    "TaxGroup",
    "TaxedLine",
    "Treatment",
    "UnreachableError",
    "Untaxed",
    "apart",
    "extract",
    "reachable",
    "tax_document",
    "unreachable_prices",
]
