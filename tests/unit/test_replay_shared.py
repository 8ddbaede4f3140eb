"""What several products count together, or use of each other's accounts: by columns as by the phases."""

from __future__ import annotations

from datetime import date
from random import Random

import pyarrow as pa
import pytest

from cantinekit.pricing import Lot, Tariff, replay
from unit.test_replay import at

LIST = """
[tariff]
id = "hall"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
room = ["s", "m"]
night = "yes/no"
persons = "number"
[derive]
crowd = [{ is = "many", when = { persons = { from = 2 } } }, { is = "few" }]
time = [{ is = "late", when = { night = true } }, { is = "early" }]
"""
PRICE = "rate = { by = 'room', s = 0.07, m = 0.05 }"
TAKING = 'beyond = "rate"\ncover = '
SAME = 'same = ["person", "day"], pool = "all"'


def with_products(**products: str) -> str:
    return LIST + "".join(f"[product.{name}]\n{PRICE}\n{rules}\n" for name, rules in products.items())


def capped(limit: str, same: str = SAME) -> str:
    return f'adjust = {{ id = "cap", at_most = {limit}, {same} }}'


RED = '{ by = "red", unit = "entry" }'
BLUE = '{ by = "blue", unit = "entry", partial = true }'
TWO_BLUE = '{ by = "blue", unit = "entry", takes = 2 }'
TWICE = f'adjust = [{{ id = "one", at_most = 0.40, {SAME} }}, {{ id = "two", at_most = 0.40, {SAME} }}]'
OF_B = 'same = ["person", "day"], pool = "b"'
IN_BOTH = f'adjust = [{{ id = "one", at_most = 0.30, {SAME} }}, {{ id = "two", at_most = 0.20, {OF_B} }}]'
BY_CROWD = '{ by = "crowd", many = 0.20, few = 0.11 }'
BY_TIME = '{ by = "time", late = 0.20, early = 0.11 }'
CASES: dict[str, tuple[str, str]] = {
    "accounts of their own": (with_products(a=TAKING + RED, b=TAKING + BLUE, c=f"{TAKING}[{BLUE}, {RED}]"), "numpy"),
    "one account in other units": (with_products(a=TAKING + BLUE, b=TAKING + TWO_BLUE), "numpy"),
    "one account, all or nothing": (with_products(a=TAKING + RED, b=TAKING + TWO_BLUE.replace("blue", "red")), "numpy"),
    "a pool": (with_products(a=capped("0.30"), b=capped("0.30")), "polars"),
    "a pool of two limits": (with_products(a=capped("0.30"), b=capped("0.20")), "numpy"),
    "a pool that one counts in twice": (with_products(a=TWICE, b=capped("0.40")), "numpy"),
    "a pool beside one account": (
        with_products(a=f'{TAKING}{BLUE}\n{capped("0.30")}', b=capped("0.30"), c=TAKING + BLUE),
        "polars",
    ),
    "two pools": (with_products(a=IN_BOTH, b=capped("0.20", OF_B), c=capped("0.30")), "polars"),
    "a limit by a number": (with_products(a=capped(BY_CROWD, 'same = ["person", "persons"]')), "polars"),
    "a limit by yes or no": (with_products(a=capped(BY_TIME, 'same = ["person", "night"]')), "polars"),
    "a limit by a number that is not shared": (with_products(a=capped(BY_CROWD)), "numpy"),
}  # fmt: skip


def rows(random: Random, names: list[str]) -> pa.Table:
    """Rows of two days by three customers."""
    pick, many = random.choice, range(60)
    return pa.table(
        {
            "product": [pick(names) for _ in many],
            "customer": [pick(["ann", "bob", "cy"]) for _ in many],
            "room": [pick(["s", "s", "m"]) for _ in many],
            "night": [pick([True, False]) for _ in many],
            "persons": [pick([1, 2, 3]) for _ in many],
            "count": [pick([1, 1, 2]) for _ in many],
            "day": [date(2026, 3, pick([3, 4])) for _ in many],
        }
    )


@pytest.mark.parametrize("case", CASES)
def test_what_products_share_is_counted_in_order(case: str) -> None:
    """Rows of products that count in one pool, or use the same accounts, each in its own place and unit, are what the
    phases make of them one by one; so are the meters and the lots afterwards, from those that there were before. They
    are windows where the limit is one number for all rows of a scope, and no cover is all or nothing.
    """
    text, way = CASES[case]
    tariff = Tariff.load(text)
    given = rows(Random(5), list(tariff.parts.products))
    mine = [Lot("r", "red", 9, at("2026-01-01")), Lot("b", "blue", 14, at("2026-01-01"))]
    lots = {"ann": mine, "bob": mine}
    meters = {"cap/hall/pool/all/person=ann/day=2026-03-03": 10, "cap/hall/pool/all/person=cy/day=2026-03-03": 40}
    found = replay(tariff, given, engine="polars", lots=lots, meters=meters)
    wanted = replay(tariff, given, engine="phases", lots=lots, meters=meters)
    same = [name for name in wanted.rows.column_names if name != "way"]
    assert found.rows.select(same).to_pylist() == wanted.rows.select(same).to_pylist()
    assert (found.meters, found.lots) == (wanted.meters, wanted.lots)
    assert dict(found.report.ways) == {way: len(given)}


def test_what_is_shared_stands_in_the_order_of_the_products() -> None:
    """Accounts, pools and what is said of them stand as the products do that have them first, in each process."""
    tariff = Tariff.load(with_products(a=f"{TAKING}{RED}\n{capped('0.30')}", b=TAKING + BLUE, c=capped("0.20", OF_B)))
    program = tariff._programs.columns("a", "b", "c")
    assert program is not None
    counted = ["used cap pool all person day", "used cap pool b person day", "left red", "left blue"]
    assert [meter.scope.input for meter in program.meters] == counted[:2]
    assert [balance.scan for balance in program.balances] == counted[2:]
    assert [name for name in program.program.outputs if name in counted] == counted
