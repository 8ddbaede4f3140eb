"""Net and tax of rows: by columns as by the phases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from cantinekit.pricing import Tariff, replay

LIST = """
[tariff]
id = "shop"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"
{head}
[facts]
kind = ["adult", "child", "guest"]
[tax.standard]
rates = [{{ from = 2014-01-01, rate = "20%" }}, {{ from = 2026-03-04, rate = "21%" }}]
[tax.reduced]
rates = {{ from = 2014-01-01, rate = "5.5%" }}
[tax.large]
rates = {{ from = 2014-01-01, rate = "100%" }}
[tax.abroad]
rates = {{ from = 2014-01-01, rate = "20%" }}
reverse = {{ kind = "child" }}
[tax.late]
rates = {{ from = 2026-03-04, rate = "20%" }}
[tax.school]
kind = "exempt"
mention = "exempt from tax"
[tax.small]
kind = "not subject"
mention = "no tax is due"
[product.desk]
price_date = "use"
{product}
"""
RATE = "\nrate = { price = 0.01 }"
SHAPES = {
    "with tax": RATE,
    "beside tax": 'prices = "excl"' + RATE,
    "reduced": 'tax = "reduced"' + RATE,
    "as much tax as price": 'tax = "large"' + RATE,
    "owed by the customer": 'tax = "abroad"' + RATE,
    "from a day on": 'tax = "late"' + RATE,
    "beside, from a day on": 'tax = "late"\nprices = "excl"' + RATE,
    "exempt": 'tax = "school"' + RATE,
    "not subject": 'tax = "small"' + RATE,
    "unknown": 'tax = "unknown"' + RATE,
    "unknown beside": 'tax = "unknown"\nprices = "excl"' + RATE,
    "of each rate": (
        'rate = [{ price = 0.01, tax = "reduced", when = { kind = "child" } }, '
        '{ price = 0.01, when = { kind = "guest" } }, '
        '{ price = 0.01, prices = "excl", tax = "large" }]'
    ),
    "of nothing": 'tax = "abroad"\ncover = { free = 20, unit = "piece", same = ["person", "day"] }\nbeyond = "rate"'
    + RATE,
}
REFUSED = 'unreachable = "refuse"'
CASES = (
    ("with tax", "", 70),
    ("beside tax", "", 70),
    ("reduced", "", 70),
    ("as much tax as price", "", 70),
    ("owed by the customer", "", 0),
    ("from a day on", "", 35),
    ("beside, from a day on", "", 35),
    ("exempt", "", 0),
    ("not subject", "", 70),
    ("unknown", "", 70),
    ("unknown beside", "", 0),
    ("of each rate", "", 70),
    ("of nothing", "", 40),
    ("with tax", 'rounding = "half_even"', 0),
    ("with tax", REFUSED, 58),
    ("reduced", REFUSED, 66),
    ("as much tax as price", REFUSED, 34),
    ("of each rate", REFUSED, 64),
)


@pytest.mark.parametrize(("shape", "head", "columns"), CASES)
def test_the_tax_of_a_row_is_that_of_the_phases(shape: str, head: str, columns: int) -> None:
    """Gross, net and refusal of each small amount, on the day before a rate changes and on the day itself, whatever the
    class of tax, the rounding of the list and what it says of prices that no net amount reaches. So many rows are
    answered by columns; what only the phases know is left to them, but not what comes to nothing.
    """
    tariff = Tariff.load(LIST.format(head=head, product=SHAPES[shape]))
    cases = [(date(2026, 3, day), count) for day in (3, 4) for count in range(1, 36)]
    given: dict[str, Any] = {
        "product": ["desk"] * len(cases),
        "day": [day for day, _ in cases],
        "count": [count for _, count in cases],
        "customer": [f"{number}" for number in range(len(cases))],
        "kind": [("adult", "child", "guest")[count % 3] for _, count in cases],
    }
    found, wanted = (replay(tariff, pa.table(given), engine=engine).rows for engine in ("numpy", "phases"))
    for name in ("gross", "net", "refused"):
        assert found[name].to_pylist() == wanted[name].to_pylist()
    assert found["way"].to_pylist().count("numpy") == columns


@pytest.mark.parametrize(("tax", "way"), [("small", "numpy"), ("standard", "phases")])
def test_rows_without_a_day_are_columns_where_the_tax_is_of_all_days(tax: str, way: str) -> None:
    """A row that says no day is answered by columns, unless a rate of tax depends on the day."""
    tariff = Tariff.load(LIST.format(head="", product=f'tax = "{tax}"{RATE}'))
    found = replay(tariff, pa.table({"product": ["desk", "desk"], "count": [1, 2]}))
    assert dict(found.report.ways) == {way: 2}
