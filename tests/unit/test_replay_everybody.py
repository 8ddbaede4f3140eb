"""What a list counts for everybody: of which products a row sees what the rows of others have used."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from cantinekit.pricing import Tariff, replay, replay_quotes
from cantinekit.pricing.replaying._batch import everybodys

HEAD = """
[tariff]
id = "town"
currency = "EUR"
timezone = "Europe/Paris"
[facts]
room = ["s", "m"]
[product.seat]
rate = { price = 7 }
%s
[product.tea]
rate = { price = 3 }
"""
COUPON = HEAD % "" + '[coupon.SUN]\npercent = "-50%"\nlimit = { at_most = 1, same = ["room"] }\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HEAD % "", set()),
        (HEAD % 'adjust = { id = "day", at_most = 9, same = ["person", "day"] }', set()),
        (HEAD % 'adjust = { id = "day", at_most = 9, same = ["room", "day"] }', {"seat"}),
        (HEAD % 'cover = { id = "few", free = 2, unit = "piece", same = ["room", "day"] }\nbeyond = "rate"', {"seat"}),
        (HEAD % 'adjust = { id = "day", at_most = 9, same = ["room", "day"] }' + '[product.set]\nrate = { price = 1 }\n'
         'needs = { product = "seat", add = true }\n', {"seat", "set"}),
        (HEAD % "" + '[order]\nadjust = { id = "all", at_most = 9, same = ["person", "day"] }\n', set()),
        (HEAD % "" + '[order]\nadjust = { id = "all", at_most = 9, same = ["room", "day"] }\n', {"seat", "tea"}),
        (COUPON, {"seat", "tea"}),
        (COUPON.replace('["room"]', '["person"]'), set()),
    ],
)  # fmt: skip
def test_what_counts_for_everybody(text: str, found: set[str]) -> None:
    """It is the products with a scope without a person, those that add them to an order, and all of them where an order
    or a coupon has such a scope.
    """
    assert everybodys(Tariff.load(text)) == found


def test_quotes_with_a_coupon_that_others_use_up() -> None:
    """The quote of a customer is that of her row, also where somebody before her has used a coupon of everybody."""
    rows = pa.table(
        {
            "id": [1, 2],
            "customer": ["bob", "ann"],
            "product": ["seat", "seat"],
            "day": [date(2026, 3, 3), date(2026, 3, 4)],
            "room": ["s", "s"],
            "codes": [["SUN"], ["SUN"]],
        }
    )
    tariff = Tariff.load(COUPON)
    assert replay(tariff, rows).rows.column("gross").to_pylist() == [350, 700]
    assert replay_quotes(tariff, rows, {"ann"})[2].total.amount == 700
