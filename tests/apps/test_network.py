"""The invented network of the example application: on any day of the year it looks alive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

import tiers_lieu.seed
from cantinekit import Cantine, ManualClock
from cantinekit.backends.memory import MemoryStorage
from support.pages.tiers_lieu_site import Site
from tiers_lieu.seed import ENTITY, read_text, seed
from tiers_lieu.settings import Settings

DAYS = {
    "a Sunday": date(2026, 12, 6),
    "1 January": date(2027, 1, 1),
    "summer time begins": date(2026, 3, 29),
    "summer time ends": date(2026, 10, 25),
    "29 February": date(2028, 2, 29),
    "mid-August": date(2026, 8, 15),
}
SETTINGS = Settings(store="memory://", card="fake://", worker=False)
WEEK = timedelta(days=7)


def network(day: date) -> Cantine:
    """The network, set up at half past ten in Nantes or at half past eleven in summer."""
    now = datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)
    storage = MemoryStorage()
    seed(storage, SETTINGS.payments, now)
    return Cantine.open(storage, payments=SETTINGS.payments, clock=ManualClock(now))


def missing(house: Cantine, day: date) -> Iterator[str]:
    """What pages of the network would have nothing to show."""
    read = house.read
    for place in (one.id for one in read.places()):
        for nth in range(-11, 4):
            week = read.days(place, "week", day=day + nth * WEEK)
            which = f"{place}, week {nth}"
            if len(read.programme(place, week.period)) < 2:
                yield f"{which}: sessions"
            if nth > -10 and not read.booked(place, week.period):
                yield f"{which}: bookings"
            if nth <= 0 and not read.takings_of(place, week.first, week.last).total.total:
                yield f"{which}: takings"
            if nth < 0 and not read.attendance_of(place, week.first, week.last).total.visits:
                yield f"{which}: visits"
        desk = read.desk(place, day)
        if not desk.here:
            yield f"{place}: people who are here"
        if not [one for one in desk.items if one.kind == "booking"]:
            yield f"{place}: rooms that are taken today"
        if not [one for row in read.grid(place, day, length=timedelta(hours=1)).rows for one in row.free]:
            yield f"{place}: rooms that are free today"
    bills = read.documents(ENTITY, "invoices")
    if len({one.issued_on.month for one in bills}) < 2:
        yield "bills of two months"
    if not [one for one in bills if not read.bill_balance(one.id)]:
        yield "bills that are paid"
    if not read.unpaid_bills(ENTITY):
        yield "bills that are late"
    if not [one for one in read.receivables(ENTITY, day) if one.overdue]:
        yield "payers who are late"
    if not read.preview_bills(ENTITY, day + timedelta(days=31)):
        yield "what is to bill"


@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
def test_it_looks_alive_on_any_day(day):
    """On a Sunday, at the turn of the year, on days on which the clocks change, on a leap day and in mid-August there
    are sessions, bookings, takings and visits in each of the last weeks, sessions and bookings in the next ones, rooms
    that are taken and free today, people at each place, bills that are paid and bills that are late."""
    house = network(day)
    assert list(missing(house, day)) == []
    with Site.of(house, SETTINGS).visitor("karim") as visitor:
        admin = [f"/admin/{name}" for name in ("week", "prices", "closures", "figures", "month-end")]
        for url in ("/", "/rooms", "/me", "/desk", *admin):
            visitor.get(url)


def test_a_network_without_a_past_is_found(monkeypatch):
    """The control: where nothing happened, each of these things is missed."""

    def read(name: str) -> str:
        text = read_text(name)
        return text.partition("[past]")[0] + "[past]\nhappened = []\n" if name == "network.toml" else text

    monkeypatch.setattr(tiers_lieu.seed, "read_text", read)
    day = date(2026, 12, 6)
    found = set(missing(network(day), day))
    for what in ("takings", "visits", "bookings"):
        assert f"nantes, week -5: {what}" in found
    assert "nantes, week 0: takings" in found
    assert "nantes, week 3: bookings" in found
    for place in ("nantes", "rennes", "saint-denis"):
        assert {f"{place}: people who are here", f"{place}: rooms that are taken today"} <= found
    assert {"bills of two months", "bills that are paid", "bills that are late", "payers who are late"} <= found
    assert "what is to bill" in found
