"""What the entries of a day add up to is kept in the process, and never shown once they are others."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.common.evolve import evolve
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Guard, Key
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.small_house import START, TODAY
from support.run.soak import scaled
from support.stores.plain import Plain

LAST = TODAY + timedelta(days=2)
PRODUCTS = ("day", "list/a", "list/b")


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, tmp_path):
    """A house in a store that can say which ranges have changed."""
    url = f"sqlite:///{tmp_path}/house.db" if request.param == "sqlite" else request.getfixturevalue("pg_url")
    house = small_house.open_house(url)
    yield house
    house.cantine.close()


def entry(id: str, random: Random) -> m.LedgerEntry:
    """Something that was earned or taken, in the days that are asked for or beside them."""
    amount, place = random.randrange(1, 900), random.choice(("paris", "paris", "paris", "brest"))
    at = START + timedelta(minutes=random.randrange(-600, 2000))
    what, account = random.choice(
        [("raised", f"revenue/{one}") for one in PRODUCTS] + [("taken", "account/desk"), ("refunded", "account/card")]
    )
    lines = (m.LedgerLine(account, -amount), m.LedgerLine("receivable", amount))
    return m.LedgerEntry(id, "asso", place, at, what, m.Subject("charge", "chg_1"), "EUR", lines)


def written(house: Any, *records: m.Record, removed: tuple[str, ...] = ()) -> None:
    """Write records past all commands, and remove entries of the ledger, as a rollback does."""
    removes = tuple(Guard(Key(m.LedgerEntry.kind, id), 1) for id in removed)
    house.storage.apply(Change(rows=tuple(codec.encode(one, 1) for one in records), removes=removes))


def shown(read: Any) -> tuple[Any, ...]:
    """The money of the days, and what a front desk shows of the first one."""
    return read.takings_of("paris", TODAY, LAST), read.takings("paris", TODAY), read.desk("paris", TODAY)


def differs(house: Any, random: Random, steps: int) -> int:
    """How often pages differ from those of a house that has just been opened on a store without any question, while
    entries are written and others go.
    """
    there, wrong = list[str](), 0
    for step in range(steps):
        fresh = [entry(f"e{step}-{n}", random) for n in range(random.choice((1, 1, 1, 4)))]
        removed = tuple(there.pop() for _ in range(min(len(there), random.choice((0, 1, 1, 1)))))
        written(house, *fresh, removed=removed)
        there += [one.id for one in fresh]
        other = small_house.open_house(Plain(house.storage), furnished=False)
        for _ in range(2):  # the second look is at what was kept
            wrong += shown(house.cantine.read) != shown(other.cantine.read)
    return wrong


def test_pages_are_those_of_a_house_without_memory(house):
    """Whatever is written or rolled back between two looks, pages are what is stored; a store without the question
    gives the same."""
    assert differs(house, Random(3), scaled(8)) == 0


def test_a_mark_that_only_counts_would_show_old_money(house, monkeypatch):
    """Control: with the number of entries as the mark, an entry in place of one that was rolled back is not seen."""
    real = house.storage.find_changed

    def counting(kind: str, field: str, ranges: Any, names: Any) -> Any:
        found = real(kind, field, [(ge, lt, "-") for ge, lt, _ in ranges], names)
        return [
            (f"{len(rows)}", None if f"{len(rows)}" == known else rows)
            for (_, rows), (_, _, known) in zip(found, ranges, strict=True)
        ]

    monkeypatch.setattr(house.storage, "find_changed", counting)
    assert differs(house, Random(3), 8) > 0


def test_a_day_whose_entries_are_the_same_is_not_read_again(house, monkeypatch):
    """Only the days to which an entry came are read; the second look at a month reads none."""
    read, real = [], house.storage.find_changed

    def noting(*asked: Any) -> Any:
        found = real(*asked)
        read.append([rows is not None for _, rows in found])
        return found

    monkeypatch.setattr(house.storage, "find_changed", noting)
    for _ in range(2):
        house.cantine.read.takings_of("paris", TODAY, LAST)
    house.do(c.CheckIn(place_id="paris", product_id="day", account="desk"))
    found = house.cantine.read.takings_of("paris", TODAY, LAST)
    assert read == [[True] * 3, [False] * 3, [True, False, False]]
    assert found.total.total != Money(0, "EUR")


def test_entries_of_an_earlier_schema_are_read_whole(house, monkeypatch):
    """Fields that a store takes out of entries are of the present schema, or they are not used, and not kept."""
    house.do(c.CheckIn(place_id="paris", product_id="day", account="desk"))
    found, asked = shown(house.cantine.read), []
    real = house.storage.find_changed

    def older(kind: str, field: str, ranges: Any, names: Any) -> Any:
        asked.append(ranges)
        marked = real(kind, field, [(ge, lt, "-") for ge, lt, _ in ranges], names)
        return [(mark, [(row[0], 0, *[None] * (len(row) - 2)) for row in rows]) for mark, rows in marked]

    monkeypatch.setattr(house.storage, "find_changed", older)
    assert shown(house.cantine.read) == found
    assert asked


def test_a_place_that_another_takes_over_names_what_its_catalogue_sells(house):
    """The operator is remembered, to be asked for in the same question, and looked up again where it is another."""
    written(
        house,
        evolve(
            entry("e", Random(1)),
            place_id="paris",
            at=START,
            what="raised",
            lines=(m.LedgerLine("revenue/net/day", -500), m.LedgerLine("receivable", 500)),
        ),
    )
    place, names = house.get(m.Place, "paris"), []
    for operator in ("asso", "asso", "coop", "coop"):
        row = house.storage.load([Key("place", "paris")])[0]
        house.storage.apply(Change(rows=(codec.encode(evolve(place, entity_id=operator), row.version + 1),)))
        names.append(dict(house.cantine.read.takings("paris", TODAY).earned))
    five = Money(500, "EUR")
    assert names == [{"day": five}, {"day": five}, {"coop-day": five}, {"coop-day": five}]
