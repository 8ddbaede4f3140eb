"""A tariff as a plain price list in words, to be held beside the paper one."""

from __future__ import annotations

from cantinekit.pricing.listing._adjust import adjust_text
from cantinekit.pricing.listing._conditions import when_text
from cantinekit.pricing.listing._list import price_list

__all__ = ["adjust_text", "price_list", "when_text"]
