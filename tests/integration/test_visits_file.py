"""``cantinekit export URL --visits --parquet FILE``: what was sold, as a file that a replay reads."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cantinekit import commands as c
from cantinekit.cli import main
from cantinekit.cli._export import past_usages
from cantinekit.errors import InputError
from cantinekit.pricing import Tariff, replay
from cantinekit.whatif import _visits, read_visits, visits_of, write_visits
from support.houses.small_house import CANARIES, TARIFF, TODAY, open_house, period

DAYS = ("--from", TODAY.isoformat(), "--until", (TODAY + timedelta(days=1)).isoformat())


def visited(url="memory://"):
    """A house with a carnet of yesterday, and a day with visits and bookings."""
    house = open_house(url)
    house.do(c.SellPass(place_id="paris", product_id="carnet", holder_id="zoe", account="desk"))
    house.do(c.Book(space_id="open", product_id="desk", period=period(33, 35), person_id="bob", account="desk"))
    house.wait(days=1)
    for person, product in (("zoe", "day"), ("eve", "half-day")):
        account = None if person == "zoe" else "desk"
        house.do(c.CheckIn(place_id="paris", product_id=product, person_id=person, account=account))
    house.do(c.Book(space_id="open", product_id="desk", period=period(38, 40), person_id="bob", account="desk"))
    return house


def test_the_command_writes_what_was_sold(tmp_path, capsys):
    """The file has a row for each sale of the days, with facts, charges and ids, and no name or address of anybody."""
    url, file = f"sqlite:///{tmp_path}/house.db", tmp_path / "visits.parquet"
    visited(url).cantine.close()
    assert main(["export", url, "paris", "--visits", *DAYS, "--parquet", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: 5 rows\n"
    table = read_visits(file).table
    assert table.column("charged").to_pylist() == [8000, 600, 0, 700, 400]
    assert table.column("customer").to_pylist() == ["zoe", "bob", "zoe", "eve", "bob"]
    assert not any(canary.encode() in file.read_bytes() for canary in CANARIES)
    assert list(tmp_path.glob("*.part")) == []
    assert main(["export", url, "asso", "--visits", *DAYS, "--parquet", str(file)]) == 0
    assert main(["export", url, "coop", "--visits", *DAYS, "--parquet", str(file)]) == 0
    assert capsys.readouterr().out.endswith("5 rows\n" + f"{file}: 0 rows\n")


def test_the_list_of_today_comes_to_what_was_charged(tmp_path):
    """A file of the second day alone, replayed by its own list, is what was charged: units and meters of before it are
    in its metadata. Without them it is not.
    """
    usages = visited().cantine.read.usages(["paris"], TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    write_visits(usages, tmp_path / "visits.parquet")
    visits, tariff = read_visits(tmp_path / "visits.parquet"), Tariff.load(TARIFF)
    again = replay(tariff, visits.usages, lots=visits.lots, meters=visits.meters)
    assert again.rows.column("gross").to_pylist() == visits.column("charged") == [0, 700, 400]
    assert again.report.unused == ()
    assert replay(tariff, visits.usages).rows.column("gross").to_pylist() == [1000, 700, 600]


def test_row_groups_and_memory_are_the_same(tmp_path, monkeypatch):
    """A file of several row groups, and the table in memory, have the same rows, lots and meters."""
    monkeypatch.setattr(_visits, "GROUP", 2)
    usages, told = visited().cantine.read.usages(["paris"], TODAY, TODAY + timedelta(days=1)), []
    assert write_visits(usages, tmp_path / "visits.parquet", told.append) == 5
    assert told == [2, 4, 5]
    assert pq.ParquetFile(tmp_path / "visits.parquet").num_row_groups == 3
    file, memory = read_visits(tmp_path / "visits.parquet"), visits_of(usages)
    assert file.table.to_pylist() == memory.table.to_pylist()
    assert (file.lots, file.meters) == (memory.lots, memory.meters)


def test_days_are_a_year_up_to_yesterday():
    """Without --from and --until it is the year up to yesterday, at all places."""
    house = visited()
    usages = past_usages(house.cantine, None, None, None)
    assert (usages.first, usages.last) == (TODAY - timedelta(days=364), TODAY)
    assert set(usages.place_ids) == {"paris", "brest", "nuit", "nantes"}
    assert len(list(usages.rows())) == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--visits"], "--visits needs --parquet FILE"),
        (["--visits", "--parquet", "{}/v", "--names"], "--names does not go with --visits"),
        (["nowhere", "--visits", "--parquet", "{}/v"], "no place or entity with id 'nowhere'"),
        (["asso", *DAYS, "--parquet", "{}/v"], "--parquet goes with --visits"),
        (["asso", "--from", "2026-01-01"], "the entries of an entity need --until"),
        (["--visits", *DAYS, "--parquet", "{}/none/v"], "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, capsys, args, said):
    """Options that do not go together, and files that cannot be written, are one line and exit code 2."""
    url = f"sqlite:///{tmp_path}/house.db"
    open_house(url).cantine.close()
    assert main(["export", url, *(one.format(tmp_path) for one in args)]) == 2
    assert said in capsys.readouterr().err


def test_what_is_no_such_file(tmp_path):
    """A file that is none, one with a column twice, and one whose metadata is damaged are refused."""
    (tmp_path / "none.parquet").write_text("none")
    with pytest.raises(InputError, match="cannot be read"):
        read_visits(tmp_path / "none.parquet")
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["product", "product"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(InputError, match="one name"):
        read_visits(tmp_path / "twice.parquet")
    damaged = pa.table({"product": ["a"]})
    with pq.ParquetWriter(tmp_path / "damaged.parquet", damaged.schema) as writer:
        writer.write_table(damaged)
        writer.add_key_value_metadata({"cantinekit.before": "{"})
    with pytest.raises(InputError, match="metadata"):
        read_visits(tmp_path / "damaged.parquet")
