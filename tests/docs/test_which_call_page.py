"""The table of calls for pages names what there is, and what it says of questions to the store holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit import Cantine, commands
from cantinekit.backends.postgres import PostgresStorage
from cantinekit.commands import Book
from cantinekit.reads import Reader
from cantinekit.records import Session
from cantinekit.scheduling.availability import Question
from support.houses import small_house

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "which-call-for-which-page.md").read_text(encoding="utf-8")
COSTS = {
    call: int(most)
    for call, most in re.findall(r"^\| [^|]+ \| \[?`([^`(]+)\([^`]*\)`[^|]* \| (\d+) \|$", PAGE, re.MULTILINE)
}
DAY, FIRST = small_house.period(0, 24), small_house.TODAY
ASKS = {
    "read.programme": lambda h, _: h.read.programme("paris", small_house.period(0, 24, day=FIRST.replace(day=25))),
    "read.programme_month": lambda h, _: h.read.programme_month("paris", FIRST, person_id="zoe"),
    "read.session_page": lambda h, _: h.read.session_page("paid", person_id="bob"),
    "read.need": lambda h, _: h.read.need(Session, "paid"),
    "read.registration_of": lambda h, _: h.read.registration_of("paid", "bob"),
    "read.prices": lambda h, _: h.read.prices("paris", person_id="zoe"),
    "read.upgrades": lambda h, _: h.read.upgrades("vis_1"),
    "read.spaces": lambda h, _: h.read.spaces("paris"),
    "read.closures": lambda h, _: h.read.closures("paris", DAY),
    "read.tariff_text": lambda h, _: h.read.tariff_text("net"),
    "read.may_register": lambda h, _: h.read.may_register("paid", "zoe"),
    "read.grid": lambda h, _: h.read.grid("paris", FIRST, product_id="room"),
    "read.room_week": lambda h, _: h.read.room_week("a", FIRST),
    "read.price": lambda h, _: h.read.price("room", "paris", period=small_house.period(10, 11)),
    "quote": lambda h, _: h.quote(Book(space_id="a", product_id="room", period=small_house.period(12, 13))),
    "read.payment_page": lambda h, charge: h.read.payment_page(charge),
    "read.desk": lambda h, _: h.read.desk("paris", FIRST),
    "read.holdings": lambda h, _: h.read.holdings("zoe"),
    "read.allowances": lambda h, _: h.read.allowances("zoe", "paris"),
    "read.people": lambda h, _: h.read.people("canary"),
    "read.names": lambda h, _: h.read.names(["b", "talk", "reg_1", "zoe"]),
    "read.here": lambda h, _: h.read.here("paris"),
    "read.takings_of": lambda h, _: h.read.takings_of("paris", FIRST.replace(day=1), FIRST),
    "read.attendance_of": lambda h, _: h.read.attendance_of("paris", FIRST.replace(day=1), FIRST),
    "find_free": lambda h, _: h.find_free(Question(small_house.period(10, 16))),
    "read.feed": lambda h, _: h.read.feed("place", "paris"),
}


@pytest.fixture
def counted(pg_url, monkeypatch):
    """A house in which something happened, the id of a charge, and how often its store was asked."""
    house = small_house.open_house(pg_url)
    cantine = house.cantine
    cantine.check_in("paris", "half-day", person_id="zoe", account="card", actor="desk")
    seat = cantine.register("paid", "bob", account="card", actor="web")
    cantine.book("b", small_house.period(10, 11), product_id="room", person_id="eve", actor="web")
    asked, call = [], PostgresStorage._call

    def counting(self, work, due=None):
        asked.append(work)
        return call(self, work, due)

    monkeypatch.setattr(PostgresStorage, "_call", counting)
    yield cantine, seat.charges[0].id, asked
    cantine.close()


def test_questions_to_the_store(counted):
    """Each read takes at most as many questions as the table says, once the process has asked it before."""
    cantine, charge, asked = counted
    assert set(COSTS) == set(ASKS)
    needed = {}
    for name, ask in ASKS.items():
        ask(cantine, charge)
        asked.clear()
        ask(cantine, charge)
        needed[name] = len(asked)
    assert {name: count for name, count in needed.items() if count > COSTS[name]} == {}


def test_calls_exist():
    """What the tables name as a call or a command is one."""
    for name in re.findall(r"`(?:\[`)?([a-z_.]+)\(", PAGE):
        owner, _, method = name.rpartition(".")
        assert name == "execute" or hasattr(Reader if owner else Cantine, method), name
    for name in re.findall(r"execute\((\w+)", PAGE):
        assert hasattr(commands, name), name
    for name in re.findall(r"`([a-z_]+)`", PAGE.split("## What its buttons do")[1].split("## What a page")[0]):
        assert hasattr(Cantine, name) or name in ("afterwards", "publication", "outstanding"), name
