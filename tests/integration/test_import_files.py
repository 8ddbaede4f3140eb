"""Files of another system: what is wrong with each row is said with its line and column, and nothing is stored."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.cli import main
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.taking_over import kind_of_file, read_rows
from support.houses.one_list import place
from support.houses.small_house import snapshot

TEXT = """
[facts]
student = "yes/no"
[product.young]
sells = "plan"
rate = [{ when = { student = true }, price = 30.00 }, { price = 50.00 }]
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.desk]
sells = "plan"
rate = { price = 50.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.carnet]
sells = "grant"
rate = { price = 80.00 }
grant = { account = "carnet", units = 10, unit = "entry" }
[product.room]
rate = { price = 10.00, per = "1h" }
"""
PASSES = """\
source,day,product_id,place_id,holder_id,first_day,paid_until,facts,units,value
old 1,2026-11-24,list/young,paris,zoe,2025-01-01,2026-11-30,student=yes,,
old 2,2026-11-24,list/young,paris,bob,2025-01-01,2026-12-31,student=no,,12.00 EUR
"""


@pytest.fixture
def house():
    """The place of one list, on 24 November at nine."""
    with place(TEXT) as found:
        yield found


def written(folder: Path, text: str, name: str = "passes.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(house, path: Path, **how: object) -> list[tuple[int, str, str]]:
    """The problems of a file: line, column and text; checking it stores nothing."""
    before = snapshot(house.storage)
    report = house.cantine.imports.check(read_rows(path), **(how or {"kind": kind_of_file(path)}))
    assert snapshot(house.storage) == before
    return [(one.row, one.field, one.text) for one in report.problems]


def test_a_file_is_checked_then_taken_over_then_known(house, tmp_path):
    """The dry run stores nothing, the run all of it, and the same again nothing more."""
    path = written(tmp_path, PASSES)
    before = snapshot(house.storage)
    told = house.cantine.imports.check(read_rows(path), kind="passes")
    assert (told.rows, told.taken, told.known, told.problems) == (2, 2, 0, ())
    assert snapshot(house.storage) == before
    done = house.cantine.imports.run(read_rows(path), kind="passes", actor="ana")
    assert done == told
    again = house.cantine.imports.run(read_rows(path), kind="passes", actor="ana")
    assert (again.taken, again.known) == (0, 2)
    assert house.cantine.imports.check(read_rows(path), kind="passes").known == 2
    assert [one.holder_id for one in house.all(m.Pass)] == ["zoe", "bob"]


def test_what_is_taken_over_can_be_read_back(house, tmp_path):
    """Each column of each row is in what the house has, and the row is known by its source."""
    path = written(tmp_path, PASSES)
    house.cantine.imports.run(read_rows(path), kind="passes", actor="ana")
    rows = [dict(row) for row in read_rows(path)]
    passes = {one.taken_over.source: one for one in house.all(m.Pass)}
    for row in rows:
        sold, noted = passes[row["source"]], house.get(m.Imported, row["source"])
        assert (noted.made.id, noted.day.isoformat()) == (sold.id, row["day"])
        assert (sold.product_id, sold.place_id, sold.holder_id) == (
            row["product_id"],
            row["place_id"],
            row["holder_id"],
        )
        assert (str(sold.first_day), str(sold.last_day)) == (row["first_day"], row["paid_until"])
        facts = dict(house.get(m.Sale, sold.sale_id).items[0].facts)
        assert facts == {"student": row["facts"] == "student=yes"}
        worth = sold.periods[0].worth
        assert (str(worth.amount) if worth else "") == row["value"]
        assert house.cantine.export(sold.holder_id).to_json().count(sold.id)


HEAD = "source,day,product_id,place_id,holder_id,first_day,paid_until,facts,units,value\n"
BAD = [
    ("old 1,2026-11-31,list/desk,paris,zoe,2025-01-01,2026-11-30,,,", "day", "no day 2026-11-31"),
    ("old 1,24.11.2026,list/desk,paris,zoe,2025-01-01,2026-11-30,,,", "day", "2026-11-30 is needed"),
    ("old 1,2026-11-24,list/tea,paris,zoe,2025-01-01,2026-11-30,,,", "product_id", "no product"),
    ("old 1,2026-11-24,list/desk,lyon,zoe,2025-01-01,2026-11-30,,,", "place_id", "no place"),
    ("old 1,2026-11-24,list/desk,paris,nobody,2025-01-01,2026-11-30,,,", "holder_id", "no person"),
    (",2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,", "source", "is needed"),
    ("old 1,2026-11-24,list/desk,paris,zoe,,2026-11-30,,,", "first_day", "is needed"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-15,,,", "paid_until", "one ends on 2026-10-31"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2024-11-30,,,", "paid_until", "before first_day"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,,,,", "paid_until", "needed"),
    ("old 1,2026-11-24,list/desk,paris,zoe,1971-01-01,9000-01-31,,,", "paid_until", "century"),
    ("old 1,2026-11-24,list/desk,paris,zoe,0001-01-01,2026-11-30,,,", "first_day", "out of range"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,student,,", "facts", "names with values"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,tea=yes,,", "", "tea"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,carnet=many,", "units", "a number"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,carnet=3,", "units", "gives none"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,free", "value", "currency"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,-5.00 EUR", "value", "more than nothing"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,5.00 GBP", "value", "GBP"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,1000000000000000000 EUR", "value", "out of range"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,5.001 EUR", "value", "decimals"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-10-31,,,5.00 EUR", "value", "is had"),
    ("old 1,2026-11-25,list/desk,paris,zoe,2025-01-01,2026-11-30,,,", "day", "to come"),
    ("old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,,,,", "", "cells"),
    ('old 1,2026-11-24,"list"x,paris,zoe,2025-01-01,2026-11-30,,,', "", "CSV"),
    ("old 1|2,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,", "source", "'|'"),
]


@pytest.mark.parametrize(("row", "field", "text"), BAD, ids=[f"{field}: {text}" for _, field, text in BAD])
def test_a_bad_row_names_its_line_and_column(house, tmp_path, row, field, text):
    """The row before and the one after are good; the bad one is told by its line, its column and what is wrong."""
    good = "good {},2026-11-24,list/desk,paris,bob,2025-01-01,2026-11-30,,,\n"
    path = written(tmp_path, HEAD + good.format(1) + row + "\n" + good.format(2))
    found = problems(house, path)
    assert [(line, column) for line, column, _ in found] == [(3, field)]
    assert text in found[0][2]
    report = house.cantine.imports.run(read_rows(path), kind="passes", actor="ana")
    assert (report.rows, report.taken, len(report.problems)) == (3, 2, 1)


def test_all_problems_of_a_row_are_listed(house, tmp_path):
    """Three columns that cannot be read are three problems, and a column that nobody knows is one."""
    path = written(
        tmp_path, HEAD.replace("value", "price") + "old 1,today,list/desk,paris,zoe,x,2026-11-30,,y=1.2.3,7\n"
    )
    assert [field for _, field, _ in problems(house, path)] == ["day", "first_day", "units", "price"]


def test_two_rows_of_one_source_are_one_or_a_problem(house, tmp_path):
    """The same row twice is one; another content under the same source is a problem, already in the dry run."""
    row = "old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,2026-11-30,,,\n"
    assert problems(house, written(tmp_path, HEAD + row + row)) == []
    found = problems(house, written(tmp_path, HEAD + row + row.replace("zoe", "bob")))
    assert [(line, field) for line, field, _ in found] == [(3, "source")]


def test_a_row_sees_what_the_rows_before_it_made(house, tmp_path):
    """A series can be continued once: the second row that does so is a problem of the dry run."""
    house.do(c.OpenSeries(entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"))
    text = "source;day;entity_id;name;year;last\n" + "".join(
        f"old {number};2026-11-24;asso;invoices;2026;118\n" for number in (1, 2)
    )
    found = problems(house, written(tmp_path, text, "series.csv"))
    assert [line for line, _, _ in found] == [3]
    many = text.replace(";118", f";{10**18}")
    assert {field for _, field, _ in problems(house, written(tmp_path, many, "series.csv"))} == {"last"}


def test_units_balances_and_bookings_have_their_columns(house, tmp_path):
    """One good row of each, and what is wrong with others: expired units, 10^18, a debt of nothing, a day to come."""
    units = "source,day,account,units,pricelist_id,place_id,holder_id,last_day,value\n"
    good = "u1,2026-11-24,carnet,4,list,paris,zoe,2027-01-31,32.00 EUR\n"
    assert problems(house, written(tmp_path, units + good, "units.csv")) == []
    for change, field in (
        (("2027-01-31", "2026-11-23"), "last_day"),
        ((",4,", f",{10**18},"), "units"),
        ((",4,", ",0,"), "units"),
        ((",4,", ",2.5,"), "units"),
        ((",4,", ",-1,"), "units"),
        (("carnet", "tea"), ""),
        ((",list,", ",none,"), "pricelist_id"),
    ):
        found = problems(house, written(tmp_path, units + good.replace(*change), "units.csv"))
        assert [column for _, column, _ in found] == [field], (change, found)
    owed = "source,day,place_id,payer_id,owed,text,due_on\nb1,2026-11-24,paris,zoe,42.00 EUR,invoice 7,\n"
    assert problems(house, written(tmp_path, owed, "balances.csv")) == []
    for change in ("0.00 EUR", "42", f"{10**18} EUR", "42,00 EUR"):
        text = owed.replace("42.00 EUR", f'"{change}"')
        assert [one[1] for one in problems(house, written(tmp_path, text, "balances.csv"))] == ["owed"], change
    past = "source,day,space_id,person_id,product_id,date,from,until\n"
    past += "h1,2026-11-24,room,zoe,list/room,2026-11-02,9:00,11:00\n"
    assert problems(house, written(tmp_path, past, "bookings.csv")) == []
    done = house.cantine.imports.run(read_rows(tmp_path / "bookings.csv"), kind="bookings", actor="ana")
    assert done.taken == 1
    (booking,) = house.all(m.Booking)
    assert (booking.period.start.isoformat(), booking.period.end.isoformat()) == (
        "2026-11-02T08:00:00+00:00",
        "2026-11-02T10:00:00+00:00",
    )
    for change in (
        ("2026-11-02", "2026-12-02"),
        ("2026-11-02", "2026-02-30"),
        ("9:00", "25:00"),
        ("room,zoe", "hall,zoe"),
    ):
        found = problems(house, written(tmp_path, past.replace("h1", "h2").replace(*change), "bookings.csv"))
        assert [column for _, column, _ in found] == ["period"], (change, found)


def test_json_lines_say_their_kind(house, tmp_path):
    """Rows of several kinds in one file, with the values of JSON; a line that is no object is a problem."""
    text = (
        '{"kind": "units", "source": "u1", "day": "2026-11-24", "account": "carnet", "units": 4,'
        ' "pricelist_id": "list", "place_id": "paris", "holder_id": "zoe"}\n'
        "\n[1]\n{\n"
        '{"kind": "tea", "source": "u2"}\n{"source": "u3"}\n'
        '{"kind": "units", "source": 7, "day": 3, "units": 1e999, "account": null, "pricelist_id": {}, "place_id": [],'
        ' "holder_id": true}\n' + '{"a": ' * 3 + str(7) * 5000 + "}}}\n"
    )
    path = written(tmp_path, text, "rows.jsonl")
    report = house.cantine.imports.check(read_rows(path))
    assert report.taken == 1
    assert [one.row for one in report.problems if one.field in ("", "kind")] == [3, 4, 5, 6, 8]
    assert {one.field for one in report.problems if one.row == 7} == {
        "source", "day", "units", "account", "pricelist_id", "place_id", "holder_id",
    }  # fmt: skip


def test_a_file_that_cannot_be_read_is_one_error(house, tmp_path):
    """Another encoding, heads that come twice, a name that says no kind, a kind that there is not."""
    latin = tmp_path / "passes.csv"
    latin.write_bytes(HEAD.encode() + "old é".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        house.cantine.imports.check(read_rows(latin), kind="passes")
    with pytest.raises(InputError, match="head"):
        list(read_rows(written(tmp_path, "source,source\n")))
    with pytest.raises(InputError, match="passes"):
        kind_of_file(tmp_path / "members.csv")
    with pytest.raises(InputError, match="kind"):
        house.cantine.imports.check([], kind="tea")
    with pytest.raises(InputError, match="read"):
        list(read_rows(tmp_path / "none.csv"))


def test_nothing_of_a_large_file_is_held(house):
    """Rows are taken one by one: the next is asked for when the one before it is done."""
    order: list[str] = []

    def rows():
        for number in range(3):
            order.append(f"asked {number}, {len(house.all(m.Charge))} there")
            yield {
                "source": f"b{number}", "day": date(2026, 11, 24), "place_id": "paris", "payer_id": "zoe",
                "owed": Money(100, "EUR"), "text": "coffee",
            }  # fmt: skip

    house.cantine.imports.run(rows(), kind="balances", actor="ana")
    assert order == ["asked 0, 0 there", "asked 1, 1 there", "asked 2, 2 there"]


def test_the_command_checks_and_takes_over(tmp_path, capsys):
    """A dry run prints all problems and exits with 1; the run takes over what is good, and again finds it known."""
    url = f"sqlite:///{tmp_path / 'house.db'}"
    path = written(tmp_path, HEAD + "old 1,2026-11-24,list/desk,paris,zoe,2025-01-01,x,,,\n")
    with Cantine.open(url) as cantine:
        for command in (
            c.AddEntity(name="Asso", accounts=(), id="asso"),
            c.AddPlace(name="Paris", entity_id="asso", zone="Europe/Paris", currency="EUR", id="paris"),
            c.AddPerson(name="Zoe", id="zoe"),
        ):
            cantine.execute(command, actor="setup")
    assert main(["import", str(path), url, "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert "row 2 (old 1): paid_until: a day such as 2026-11-30 is needed" in out
    assert out.splitlines()[-1] == "1 rows: 0 would be taken over, 0 known, 1 with problems"
    owed = "source,day,place_id,payer_id,owed,text\nb1,2020-11-24,paris,zoe,42.00 EUR,invoice 7\n"
    path = written(tmp_path, owed, "january.csv")
    assert main(["import", str(path), url, "--kind", "balances"]) == 0
    assert capsys.readouterr().out == "1 rows: 1 taken over, 0 known, 0 with problems\n"
    assert main(["import", str(path), url, "--kind", "balances"]) == 0
    assert capsys.readouterr().out == "1 rows: 0 taken over, 1 known, 0 with problems\n"
    assert main(["import", str(path), url]) == 2
    assert "called by what its rows are of" in capsys.readouterr().err
    assert main(["import", str(path), f"sqlite:///{tmp_path / 'none.db'}", "--kind", "units"]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_a_report_is_plain() -> None:
    """A problem of the row as a whole names no column."""
    from cantinekit.taking_over import RowProblem

    problem = RowProblem(4, "", "", "no CSV")
    assert str(problem) == "row 4: no CSV"
    assert str(attrs.evolve(problem, source="a", field="day")) == "row 4 (a): day: no CSV"
