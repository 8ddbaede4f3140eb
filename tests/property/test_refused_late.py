"""Random price lists are published and lived for a quarter: no document is refused but for what the reference tells.

The table is in ``docs/reference/errors.md``, under "Refused late".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.catalogue import publishing
from cantinekit.errors import CantineError, TariffError
from cantinekit.living.house import DESK, ENTITY
from cantinekit.pricing import Tariff
from support.laws.sold_lists import Life, any_sold_list, sell_something, something_happens
from support.run.soak import SOAK
from support.tariffs import chance as ch
from support.tariffs import strategies as s

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
LISTS = 2000 if SOAK else 60
BUYER = m.BilledTo("Works", ("2 rue du Port",), "FR", "FR00000000001")


def told_late() -> list[str]:
    """What the table says of each refusal that comes late."""
    section = PAGE.read_text(encoding="utf-8").split("## Refused late")[1].split("\n## ")[0]
    return [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]


@ch.composite
def any_stated_list(draw: ch.Draw) -> dict[str, Any]:
    """A random list, whose taxes have at times no reason yet, or none at all."""
    data = draw(any_sold_list())
    taxes = {name: dict(table) for name, table in data["tax"].items()}
    if draw(s.maybe):
        taxes["exempt"] = {"mention": [{"from": s.DAY + timedelta(days=900), "text": "exempt"}]}
    if draw(s.maybe):
        del taxes["not subject"]
    return data | {"tax": taxes}


def refusals(seed: int, seen: Counter[str]) -> Iterator[CantineError]:
    """What the house of a random list refuses to state."""
    random = Random(seed)
    try:
        tariff = Tariff.load(s.spell(any_stated_list().draw(random)))
        if publishing.unstated(tariff, s.DAY):  # the house of a life publishes for the day from which it can
            raise TariffError(["not published"])
        life = Life.begin(tariff, seen)
    except TariffError:
        seen["not published"] += 1
        return
    seen["lived"] += 1
    for name, what, prefix in (("receipts", "receipt", "R"), ("credits", "credit note", "A")):
        life.house.do(c.OpenSeries(entity_id=ENTITY, name=name, documents=what, prefix=prefix, zone=life.tariff.zone))
    for _ in range(6):
        known = len(life.things)
        sell_something(life, random)
        if len(life.things) > known and random.random() < 0.5:
            something_happens(life, life.things[-1], random)
    life.wait(life.now + timedelta(days=92))
    for charge in life.every(m.Charge):
        if charge.state == "due":
            life.house.do(c.Pay(charge.id, account=DESK))
        for series in ("receipts", "invoices"):
            yield from stated(life, c.IssueDocument(charge_id=charge.id, series=series, addressee=BUYER), seen)
    for refund in life.every(m.Refund):
        note = c.IssueCreditNote(charge_id=refund.charge_id, refund_id=refund.id, series="credits")
        yield from stated(life, note, seen)


def stated(life: Life, command: Any, seen: Counter[str]) -> Iterator[CantineError]:
    """The refusal of a document; none where it is issued."""
    try:
        life.house.do(command)
    except CantineError as error:
        yield error
    else:
        seen["documents"] += 1


def not_in_the_table(seeds: range, seen: Counter[str]) -> list[tuple[int, str]]:
    """The refusals that the table does not tell."""
    rows, found = told_late(), list[tuple[int, str]]()
    for seed in seeds:
        for error in refusals(seed, seen):
            row = next((row for row in rows if row in str(error)), None)
            if row is None:
                found.append((seed, str(error)))
            seen[row or "?"] += 1
    return found


@pytest.mark.timeout(7200 if SOAK else 300)
def test_what_was_published_is_stated(capsys):
    """Each charge and each refund of a list that was published has its document, or is in the table."""
    seen: Counter[str] = Counter()
    assert not_in_the_table(range(LISTS), seen) == []
    assert seen["documents"] > LISTS
    assert seen["not published"]
    with capsys.disabled():
        print("\nrefused late: " + ", ".join(f"{count} x {what}" for what, count in seen.most_common()))


def test_the_law_bites(monkeypatch):
    """Control: where the reasons of taxes are looked at by the documents only, the lives find it."""
    monkeypatch.setattr(publishing, "unstated", lambda tariff, since: ())
    monkeypatch.setattr("cantinekit.living.house.stated_from", lambda tariff: None)
    found = not_in_the_table(range(60), Counter())
    assert any("BR-E-10" in told for _, told in found)
