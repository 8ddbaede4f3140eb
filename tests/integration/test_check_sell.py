"""``cantinekit check --sell``: what it prints, and that a fault of a house or of a list is found."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from cantinekit.cli import main
from cantinekit.domain.payments import together
from cantinekit.domain.sales import answers, prices
from cantinekit.living import live
from cantinekit.money import Money
from cantinekit.pricing import Tariff

ROOMS = """\
[tariff]
id = "rooms"
name = "Rooms"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"

[tax.standard]
rates = [{ from = 2014-01-01, rate = "20%" }]

[product.room]
rate = { price = 10.00, per = "hour" }
cancel = { delay = { unit = "hour" }, keep = [{ from = 24, percent = "0%" }, { from = 0, percent = "50%" }] }

[advice.hours]
unit = "hour"
offers = [{ product = "room", units = 1 }]

[examples]
defaults = { day = 2026-03-04 }
list = [
  { id = "two hours", product = "room", hours = 2, gross = 20.00, net = 16.67, tax = 3.33 },
  { id = "called off at the last moment", product = "room", hours = 2, cancelled = 1, fee = 10.00, refund = 10.00 },
  { id = "what two hours cost at least", need = "hours", units = 2, gross = 20.00 },
]
"""


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    """The exit code and both outputs of a command line."""
    code = main(list(argv))
    out, err = capsys.readouterr()
    return SimpleNamespace(code=code, out=out, err=err)


def write(folder: Path, text: str, name: str = "rooms.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_what_is_lived_is_counted(capsys, tmp_path):
    """A list that a house sells as it says is one line, and the last line says how many examples were lived."""
    path = write(tmp_path, ROOMS)
    result = run(capsys, "check", "--sell", path)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [f"{path}  3 examples", "lived 2 of 3 examples; 1 ask for no sale"]


def test_a_list_whose_example_is_wrong_is_found(capsys, tmp_path):
    """An example that the house does not live is shown with its line, what it expects and what the house has."""
    path = write(tmp_path, ROOMS.replace("net = 16.67", "net = 16.66"))
    result = run(capsys, "check", "--sell", path)
    assert result.code == 1
    assert result.out.splitlines() == [
        f"{path}  3 examples, 1 failure",
        f"  {path}:23: two hours",
        "    expected gross 20.00 EUR, net 16.66 EUR, tax 3.33 EUR",
        "    got      gross 20.00 EUR, net 16.67 EUR, tax 3.33 EUR",
        "lived 1 of 3 examples; 1 ask for no sale",
    ]


def test_several_lists_are_counted_together(capsys, tmp_path):
    """A folder is lived list by list."""
    write(tmp_path, ROOMS)
    write(tmp_path, ROOMS.replace('id = "rooms"', 'id = "others"'), "others.toml")
    result = run(capsys, "check", "--sell", str(tmp_path))
    assert (result.code, result.out.splitlines()[-1]) == (0, "lived 4 of 6 examples; 2 ask for no sale")


def test_as_data(capsys, tmp_path):
    """``--json`` prints an object for each example, which says what became of it and where it stands."""
    result = run(capsys, "check", "--sell", "--json", write(tmp_path, ROOMS))
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(row["id"], row["kind"], row["line"], row["ok"]) for row in rows] == [
        ("two hours", "lived", 23, True),
        ("called off at the last moment", "lived", 24, True),
        ("what two hours cost at least", "no sale", 25, True),
    ]
    assert rows[1]["got"] == "fee 10.00 EUR, refund 10.00 EUR"


def test_what_cannot_be_read_is_told_as_without_it(capsys, tmp_path):
    """A file that is no price list is listed with its problems, and counted."""
    result = run(capsys, "check", "--sell", write(tmp_path, "[tariff]\n"))
    assert result.code == 1
    assert result.out.splitlines()[-1] == "lived 0 of 0 examples; 1 unreadable"


# --- controls: a fault of the house is found -------------------------------------------------------------------------


def lived(text: str = ROOMS) -> dict[str, tuple[str, str]]:
    """What became of the examples of a list, and what the house has, by id."""
    return {one.id: (one.kind, one.got) for one in live(Tariff.load(text))}


def test_a_charge_of_a_cent_more_is_found(monkeypatch):
    """A house that charges a cent more than its price list says does not live an example that names the price."""
    right = prices.charge_lines

    def dearer(*args):
        first, *rest = right(*args)
        return (attrs.evolve(first, amount=first.amount + Money(1, "EUR")), *rest)

    monkeypatch.setattr(prices, "charge_lines", dearer)
    assert lived()["two hours"][0] == "differs"


def test_a_fee_of_a_cent_more_is_found(monkeypatch):
    """A house that keeps a cent more of what is called off does not live an example that names the fee."""
    right = together.cancelling

    def dearer(*args, **named):
        found = right(*args, **named)
        cent = Money(1, "EUR")
        return attrs.evolve(found, fee=found.fee + cent, refund=found.refund - cent)

    monkeypatch.setattr(together, "cancelling", dearer)
    assert lived()["called off at the last moment"] == ("differs", "fee 10.01 EUR, refund 9.99 EUR")


PASSES = """\
[tariff]
id = "passes"
name = "Passes"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[product.carnet]
sells = "grant"
rate = { price = 50.00 }
grant = { account = "days", unit = "day", units = 10 }
valid = { lasts = "6 months", ends = "the day before" }

[product.day]
cover = [{ by = "days", unit = "day" }]
beyond = "rate"
rate = { price = 8.00 }

[product.guest]
needs = "carnet"
rate = { price = 3.00 }

[examples]
defaults = { day = 2026-03-04, holds = "nothing" }
list = [
  { id = "what it gives", product = "carnet", granted = 10, gross = 50.00, valid_until = 2026-09-03 },
  { id = "a day of it", product = "day", held = [{ account = "days", units = 1 }], units_used = 1, gross = 0.00 },
  { id = "a day without it", product = "day", gross = 8.00 },
  { id = "both at once", buy = [{ product = "carnet" }, { product = "day" }], gross = 50.00, units_used = 1 },
  { id = "a guest of somebody", product = "guest", refused = "missing" },
  { id = "a guest of who has one", product = "guest", holds = "carnet", gross = 3.00 },
  { id = "what nine days save", product = "carnet", instead_of = [{ product = "day", count = 9 }], saving = 22.00 },
]
"""


def test_what_is_held_is_lived():
    """What a customer holds and has is got before, and what was bought is read from passes and entitlements."""
    assert [kind for kind, _ in lived(PASSES).values()] == ["lived"] * 7


def test_a_unit_too_many_is_found(monkeypatch):
    """A house that gives a unit more than the price list says does not live an example that names the units."""
    right = answers.given_units

    def more(*args):
        return tuple(attrs.evolve(one, units=one.units + 1) for one in right(*args))

    monkeypatch.setattr(answers, "given_units", more)
    assert lived(PASSES)["what it gives"] == ("differs", "gross 50.00 EUR, valid_until 2026-09-03, granted 11")


def test_a_refusal_that_is_wanting_is_found():
    """An example that expects a refusal where the house sells is shown with what it costs."""
    found = lived(PASSES.replace('holds = "carnet", gross = 3.00', 'holds = "carnet", refused = "missing"'))
    assert found["a guest of who has one"] == ("differs", "gross 3.00 EUR")


def test_a_price_that_is_refused_is_found():
    """An example that expects a price where the house refuses is shown with the code of the refusal."""
    found = lived(PASSES.replace('product = "guest", refused = "missing"', 'product = "guest", gross = 3.00'))
    assert found["a guest of somebody"] == ("differs", "refused missing")


def test_what_would_be_over_is_no_sale():
    """An example may ask what last year's month cost; a house does not sell it any more, and that is no difference."""
    text = f"""{PASSES.split("[examples]")[0]}
    [product.month]
    sells = "plan"
    rate = {{ price = 30.00 }}
    valid = {{ month = "calendar" }}
    [examples]
    list = [
      {{ id = "last year", product = "month", day = 2025-03-03, as_of = 2026-03-03, gross = 30.00 }},
      {{ id = "now", product = "month", day = 2026-03-03, as_of = 2026-03-31, gross = 30.00 }},
    ]
    """
    found = {one.id: (one.kind, one.got) for one in live(Tariff.load(text))}
    assert found == {
        "last year": ("no sale", "a house does not sell what is over"),
        "now": ("lived", "gross 30.00 EUR"),
    }


def test_what_an_example_holds_is_held_at_each_renewal():
    """A plan that is cheaper for members is owed at their price for all of its months."""
    text = """
    [tariff]
    id = "own"
    currency = "EUR"
    timezone = "Europe/Paris"
    prices = "incl"
    [product.membership]
    sells = "membership"
    rate = { price = 10.00 }
    [product.desk]
    sells = "plan"
    rate = [{ when = { holds = "membership" }, price = 60.00 }, { price = 75.00 }]
    term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
    [examples]
    defaults = { product = "desk", day = 2026-03-03 }
    list = [
      { id = "a member", holds = "membership", leaves = 2026-07-10, owed = 300.00 },
      { id = "another", holds = "nothing", leaves = 2026-07-10, owed = 375.00 },
    ]
    """
    assert [one.got for one in live(Tariff.load(text)) if one.ok] == ["owed 300.00 EUR", "owed 375.00 EUR"]


def test_a_house_that_breaks_is_found(monkeypatch):
    """An error inside of the house is told with its example, and the others are lived all the same."""
    right = prices.charge_lines

    def broken(*args):
        (line,) = right(*args)
        if line.amount == Money(2000, "EUR"):
            raise KeyError("lost")
        return (line,)

    monkeypatch.setattr(prices, "charge_lines", broken)
    found = {one.id: one for one in live(Tariff.load(ROOMS.replace("hours = 2, gross = 20.00, net", "hours = 2, net")))}
    assert (found["two hours"].got, found["two hours"].why) == ("an error", "KeyError: 'lost'")
    assert found["what two hours cost at least"].kind == "no sale"
