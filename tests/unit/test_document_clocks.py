"""Documents of several processes whose clocks differ, as after a failover to a machine whose clock is behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import random_ids
from cantinekit.domain.documents import numbering as decided
from support.houses.issuing_house import ZOE, charged, issuing
from support.houses.small_house import House, open_house
from support.laws import house_laws

NEW_YEAR = datetime(2026, 12, 31, 23, tzinfo=UTC)
"""Midnight in Paris."""
HOUR = timedelta(hours=1)


def two_processes(back: timedelta) -> tuple[House, House, list[str]]:
    """Two processes on one store just after New Year, the second with a clock that is behind; charges to invoice."""
    first = issuing(ids=random_ids)
    charges = [charged(first) for _ in range(5)]
    first.clock.set(NEW_YEAR + timedelta(minutes=1))
    second = open_house(first.storage, now=first.clock.now() - back, furnished=False, ids=random_ids)
    return first, second, charges


def issue(turns: list[House], charges: list[str]) -> list[m.Document]:
    """An invoice by each of these in turn."""
    pairs = zip(turns, charges, strict=False)
    return [
        house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE)).value for house, charge in pairs
    ]


@pytest.mark.parametrize("back", [timedelta(0), timedelta(seconds=1), HOUR, timedelta(days=400)])
def test_another_process_whose_clock_is_behind(back):
    """It goes on with the numbers of the year that was reached, each dated after the one before, to the microsecond."""
    first, second, charges = two_processes(back)
    found = issue([first, first, second, second, first], charges)
    assert [document.printed for document in found] == [f"F2027-00000{n}" for n in (1, 2, 3, 4, 5)]
    assert [two.issued_at - one.issued_at for one, two in pairwise(found)] == [timedelta(microseconds=1)] * 4
    assert {document.issued_on.isoformat() for document in found} == {"2027-01-01"}
    assert all(one.whole for one in first.cantine.read.numbering("asso", "invoices"))
    house_laws.hold(first.storage, first.clock.now())


@pytest.mark.parametrize(("back", "printed"), [(timedelta(seconds=1), "F2027-000003"), (HOUR, "F2026-000001")])
def test_by_its_own_clock_it_would_go_back(monkeypatch, back, printed):
    """The control: dated by its clock alone, its document is earlier than the one before, or of a year that is over."""
    monkeypatch.setattr(decided, "max", lambda now, last: now, raising=False)
    first, second, charges = two_processes(back)
    found = issue([first, first, second], charges)
    assert found[-1].printed == printed
    assert found[-1].issued_at < found[-2].issued_at
    assert not all(one.whole for one in first.cantine.read.numbering("asso", "invoices"))
