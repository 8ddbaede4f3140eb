"""Laws of loading: whatever the file says, it is a tariff or a list of problems."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from cantinekit.errors import TariffError
from cantinekit.pricing import Problem, Tariff
from cantinekit.pricing.format import toml
from cantinekit.pricing.format.records import key_names
from cantinekit.pricing.model.conditions import WORDS
from cantinekit.pricing.model.forms import AmountShare, BracketRow, Offered, Price, Refuse, StepRow, TierRow
from cantinekit.pricing.model.measure import Measure, Merge
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.product_parts import Deposit, ProductGrant, ProductNeed, Split
from cantinekit.pricing.model.rules import ADJUST_KINDS, Cover
from cantinekit.pricing.model.sections import OrderRules, TariffHead
from support.run.soak import scaled

GOOD = """[tariff]
id = "t"
currency = "EUR"
timezone = "Europe/Paris"
price_date = "use"
tax = "standard"
[facts]
category = ["visitor", "member"]
night = "yes/no"
rooms = { set = ["blue", "red"] }
persons = "number"
budget = "money"
[derive]
tide = [{ is = "high", when = { season = ["06-01", "09-15"] } }, { is = "low" }]
[bands]
evening = { clock = "18:00-23:00" }
[tax.standard]
rates = [{ from = 2014-01-01, rate = "20%" }]
[product.desk]
measure = { unit = "half-day", every = "5h", at_most = 2 }
cover = [{ by = "carnet", unit = "half-day", partial = true }]
beyond = "rate"
rate = [
  { when = { night = true, not = { weekday = ["sat"] } }, price = 6.00, per = "half-day" },
  { lists = [{ from = 2025-09-01, price = 10.00 }], per = "half-day" },
]
adjust = [{ id = "day", at_most = 15.00, same = ["person", "day"] }]
[product.hall]
rate = { by = ["category"], columns = ["visitor", "member"], rows = [[100.00, "-"]] }
[product.room]
measure = { unit = "minute", step = "30min" }
split = { bands = ["evening"], outside = "day", round = "whole" }
rate = [
  { when = { band = "evening" }, price = 12.00, per = "1h" },
  { upto = [{ upto = "4h", price = 30.00 }, { price = 50.00 }] },
]
deposit = { id = "key", price = 20.00 }
[product.studio]
cover = { id = "one", free = 1, unit = "hire", same = ["person", "year"] }
beyond = "rate"
rate = { price = 12.00, per = "1h", first = "2h", first_price = 20.00 }
adjust = { id = "heating", add = 5.00, when_covered = "due" }
[product.pass]
sells = "plan"
needs = [{ product = "hall", add = true }]
grant = { unit = "half-day", units = 10, account = "carnet" }
offer = [{ id = "one", price = 5.00 }, { id = "share", share = "1%", of = "budget" }]
choose = { take = "cheapest" }
valid = { lasts = "1 month", ends = "the day before" }
[product.rooms]
rate = { sets = "rooms", columns = ["blue", "red", "blue+red"], rows = [[5.00, 6.00, 9.00]] }
adjust = [{ together = "unstated", rules = [{ id = "m", when = { category = "member" }, percent = "-10%" },
  { id = "n", when = { persons = { from = 5 } }, add = -1.00 }] }]
[product.days]
measure = { unit = "day", days = true }
rate = { steps = [{ size = 1, price = 10.00 }, { size = 5, price = 40.00 }], combination = "cheapest" }
[coupon.HELLO]
percent = "-5%"
[order]
adjust = [{ id = "round", round = 0.05 }]
[examples]
list = [{ id = "one", product = "hall", category = "visitor", day = 2026-01-05, gross = 100.00 }]
"""

RECORDS = (Product, Measure, Merge, Split, Cover, ProductGrant, ProductNeed, Deposit, TariffHead, OrderRules)
RECORDS += (Price, Refuse, BracketRow, StepRow, TierRow, Offered, AmountShare)
KEYS = sorted(
    set(re.findall(r"[a-z_]+", GOOD))
    | {name for cls in RECORDS for name in key_names(cls)}
    | {"upto", "steps", "sets", "tiers", "lists", "buy", "held", *WORDS, *ADJUST_KINDS}
)
keys = st.one_of(st.sampled_from(KEYS), st.text("abcé .\"'\\[]{}#=", max_size=4))
leaves: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        ["1h", "day", "half-day", "member", "incl", "use", "rate", "20%", "-", "sat", "yes/no", "number", "on_quote"]
    ),
    st.text(max_size=5),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(-1000, 10**6, places=2, allow_nan=False),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)
sections = st.sampled_from(["tariff", "facts", "tax", "product", "examples", "extra"])


def load(text: str) -> Tariff | tuple[Problem, ...]:
    try:
        return Tariff.load(text)
    except TariffError as error:
        problems = error.problems
    lines = text.count("\n") + 1
    assert problems
    assert all(isinstance(problem, Problem) and str(problem) for problem in problems)
    assert all(problem.line is None or 1 <= problem.line <= lines for problem in problems)
    return problems


def write(data: dict[str, Any]) -> str:
    """A TOML text of any data; a datetime may be written by its own format."""
    return "".join(f"{toml._key(key)} = {toml.value(part)}\n" for key, part in data.items()) + "\n"


def test_the_good_file_is_good() -> None:
    """The negative control: without a change the file loads, and its example holds."""
    found = load(GOOD)
    assert isinstance(found, Tariff), found
    assert [result.ok for result in found.check()] == [True]


@settings(max_examples=scaled(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(sections, st.one_of(st.dictionaries(keys, trees, max_size=4), leaves), max_size=5))
def test_any_data_is_a_tariff_or_problems(data: dict[str, Any]) -> None:
    """No shape of data, in any place, leads to another error than the typed one."""
    found = load(write(data))
    assert isinstance(found, (Tariff, tuple))


def _paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else []
    return [path, *(found for key, part in children for found in _paths(part, (*path, key)))]


@settings(max_examples=scaled(200), deadline=None)
@given(st.data())
def test_a_good_file_with_one_change_is_a_tariff_or_problems(data: st.DataObject) -> None:
    """One value replaced by another, one key renamed, one left out: loaded and stable, or refused with a line."""
    tree, _ = toml.parse(GOOD)
    path = data.draw(st.sampled_from([path for path in _paths(tree) if path]))
    place = tree
    for part in path[:-1]:
        place = place[part]
    change = data.draw(st.sampled_from(["replace", "rename", "drop"]))
    if change == "replace":
        place[path[-1]] = data.draw(trees)
    elif change == "drop":
        del place[path[-1]]
    elif isinstance(place, dict):
        place[data.draw(keys)] = place.pop(path[-1])
    text = write(tree)
    found = load(text)
    event("loaded" if isinstance(found, Tariff) else "refused")
    if isinstance(found, Tariff):
        again = Tariff.load(found.dump())
        assert again == found
        assert again.version == found.version
        found.check()


@settings(max_examples=scaled(150), deadline=None)
@given(st.data())
def test_a_good_file_with_broken_bytes_is_a_tariff_or_problems(data: st.DataObject) -> None:
    """Characters put in, taken out or doubled anywhere: a typed error or a tariff, whatever the parser thinks."""
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 20)))
    junk = data.draw(st.text(st.sampled_from("\"'\\[]{}=,.#\n 0a-_\t\r\x00é"), max_size=6))
    found = load(GOOD[:start] + junk + GOOD[end:] + "\n")
    assert isinstance(found, (Tariff, tuple))


@settings(max_examples=scaled(150), deadline=None)
@given(st.dictionaries(st.text(max_size=6), trees, max_size=6))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    """The writer of TOML is understood by the parser: the same values, whatever the keys and texts."""
    read, lines = toml.parse(write(data))
    assert toml.canonical(read) == toml.canonical(data)
    assert all((key,) in lines for key in data if key.isalnum())


@settings(max_examples=scaled(150), deadline=None)
@given(st.text(st.sampled_from("\"'\\[]{}=,.#\n ab1-")))
def test_the_scan_of_lines_never_fails(text: str) -> None:
    """Any text is scanned: for lines that exist, or refused as too deep."""
    try:
        lines = toml._Scan().run(text)
    except toml.TomlError:
        return
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
