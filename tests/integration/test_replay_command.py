"""``cantinekit replay`` and ``cantinekit demo --year``: from a year, or from a store, to a report."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cantinekit import commands as c
from cantinekit.cli import main
from cantinekit.demo import _year
from cantinekit.pricing import Tariff, replay
from cantinekit.pricing.replaying import _answers
from cantinekit.whatif import LATE_FILES, REPORT_FILES, read_visits
from support.houses.small_house import CANARIES, TARIFF, TODAY, open_house, period

DEARER = TARIFF.replace("price = 7.00", "price = 8.00")
DAYS = ("--from", TODAY.isoformat(), "--until", (TODAY + timedelta(days=1)).isoformat())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A year of 40 visitors with its two lists."""
    found = tmp_path_factory.mktemp("year")
    assert main(["demo", "--year", "--visitors", "40", "--to", str(found)]) == 0
    return found


@pytest.fixture
def asked(folder):
    """The command that the demonstration prints, without where it writes."""
    new, visits, old = (str(folder / name) for name in (_year.PROPOSED, _year.VISITS, _year.TODAY))
    return ["replay", new, visits, "--against", old]


# --- the year --------------------------------------------------------------------------------------------------------


def test_the_year_is_always_the_same(folder, tmp_path, capsys):
    """Two years of the same number of visitors have the same rows, all of them of the year and charged."""
    assert main(["demo", "--year", "--visitors", "40", "--to", str(tmp_path), "--lang", "fr"]) == 0
    out = capsys.readouterr().out
    assert f"cantinekit replay {tmp_path / _year.PROPOSED} {tmp_path / _year.VISITS} --against" in out
    first, second = (read_visits(one / _year.VISITS).table for one in (folder, tmp_path))
    assert first.equals(second)
    assert first.column("charged").null_count == 0
    assert {one.year for one in first.column("bought").to_pylist()} == {_year.YEAR}


def test_the_year_is_believable():
    """Most come seldom and few often; there are carnets, members, evenings and two half-days on one day, hardly anybody
    in August, nobody on Sundays and holidays, and no visit before it was paid for.
    """
    rows = list(_year._rows(_year.Random(_year.SEED), 1_500))
    counts: dict[str, int] = {}
    for row in rows:
        if "start" in row:
            counts[row["customer"]] = counts.get(row["customer"], 0) + 1
            assert row["start"] == row["bought"] < row["end"]
    often = sorted(counts.values(), reverse=True)
    assert len(counts) == 1_500
    assert often[len(often) // 2] <= 3 < 40 < often[0]
    products = {name: sum(row["product"] == name for row in rows) for name in (*_year.PRODUCTS, "carnet", "membership")}
    assert all(count > 20 for count in products.values())
    days = [row["bought"].date() for row in rows]
    august, march = (sum(day.month == month for day in days) for month in (8, 3))
    assert 0 < august < march / 3
    assert {day.weekday() for day in days} == set(range(6))
    assert not {(day.month, day.day) for day in days} & _year._HOLIDAYS
    assert {row["category"] for row in rows} == {"regular", "student", "jobseeker"}


def test_what_was_charged_is_what_the_engine_says(folder):
    """The amounts of the year are those of the phases, which are the meaning of a list."""
    visits, today = read_visits(folder / _year.VISITS), Tariff.load(folder / _year.TODAY)
    assert replay(today, visits.usages, engine="phases").rows.column("gross").to_pylist() == visits.column("charged")


@pytest.mark.parametrize(
    "args",
    [["--year", "--visitors", "0"], ["--year", "--replay", "x"], ["--to", "x"], ["--year", "--to", "{}/file/in"]],
)
def test_a_year_that_cannot_be_made(tmp_path, capsys, args):
    """No visitors, options of the day, and a folder that is none are refused with one line."""
    (tmp_path / "file").write_text("")
    assert main(["demo", *(one.format(tmp_path) for one in args)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# --- the command -----------------------------------------------------------------------------------------------------


def test_a_year_is_replayed(asked, tmp_path, capsys):
    """The text says what both lists bring, and that the old one is what was charged; the folder has the report."""
    assert main([*asked, "--to", str(tmp_path / "report")]) == 0
    out, err = capsys.readouterr()
    assert "Replayed, the old list is what was charged in all" in out
    assert "Revenue: " in out
    assert err == "", "no bar where nobody looks at it"
    assert (tmp_path / "report" / "report.html").is_file()
    assert pq.read_table(tmp_path / "report" / "rows.parquet").num_rows == read_visits(asked[2]).table.num_rows


def test_a_bar_is_shown_at_a_terminal(asked, tmp_path, capsys, monkeypatch):
    """At a terminal the error stream has a bar that goes by the rows of both lists and comes to its end. Without --to
    there is the text alone.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(_answers, "_STEP", 10)
    assert main([*asked, "--lang", "fr"]) == 0
    out, err = capsys.readouterr()
    assert "Recettes" in out
    assert "#" not in out
    rows = read_visits(asked[2]).table.num_rows
    shown = [int(part.partition("/")[0]) for part in err.split("] ")[1:]]
    assert shown == sorted(shown)
    assert {0, rows, 2 * rows} < set(shown)
    assert any(0 < count < rows for count in shown)
    assert err.endswith(f"{2 * rows + 3}/{2 * rows + 3}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_replayed(tmp_path, capsys):
    """What a house sold is what its list comes to, also for the second day alone; no name is in the report."""
    url = f"sqlite:///{tmp_path}/house.db"
    house = open_house(url)
    house.do(c.SellPass(place_id="paris", product_id="carnet", holder_id="zoe", account="desk"))
    house.do(c.Book(space_id="open", product_id="desk", period=period(33, 35), person_id="bob", account="desk"))
    house.wait(days=1)
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="eve", account="desk"))
    house.do(c.Book(space_id="open", product_id="desk", period=period(38, 40), person_id="bob", account="desk"))
    house.cantine.close()
    for name, text in (("old.toml", TARIFF), ("new.toml", DEARER)):
        (tmp_path / name).write_text(text)
    lists = [str(tmp_path / "new.toml"), "--against", str(tmp_path / "old.toml"), "--store", url, "--at", "paris"]
    assert main(["replay", *lists, *DAYS, "--to", str(tmp_path / "report")]) == 0
    assert "charged in all 5 rows" in capsys.readouterr().out
    written = b"".join(path.read_bytes() for path in (tmp_path / "report").iterdir())
    assert not any(canary.encode() in written for canary in CANARIES)
    assert main(["replay", *lists, "--from", DAYS[3], "--until", DAYS[3]]) == 0
    out = capsys.readouterr().out
    assert "charged in all 3 rows" in out
    assert "Revenue: 11.00 EUR -> 12.00 EUR (+1.00 EUR, +9.1" in out


def bad(folder: Path, **columns: object) -> str:
    """The path of a table that is wrong."""
    rows = {"product": pa.array(["half-day", "half-day"]), **{name: pa.array(one) for name, one in columns.items()}}
    pq.write_table(pa.table(rows), folder / "bad.parquet")
    return str(folder / "bad.parquet")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"count": [1.0, 2.0]}, "row 0, column 'count'"),
        ({"id": ["a", "a"]}, "row 1, column 'id'"),
        ({"count": [1, None]}, "row 1, column 'count'"),
        ({"currency": ["EUR", "CHF"]}, "row 1, column 'currency'"),
        ({"charged": [700, 2**63]}, "row 1, column 'charged'"),
    ],
)
def test_a_file_that_is_wrong(asked, tmp_path, capsys, columns, said):
    """A wrong row is one line with the row and the column, and exit code 2."""
    if "charged" in columns:
        columns = {"charged": pa.array(columns["charged"], pa.uint64())}
    asked[2] = bad(tmp_path, **columns)
    assert main(asked) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["{0}", "--against", "{0}"], "give one of them"),
        (["{0}", "{1}", "--against", "{0}", "--store", "memory://"], "give one of them"),
        (["{0}", "{1}", "--against", "{0}", "--at", "paris"], "--at goes with --store"),
        (["{0}", "{1}", "--against", "nothing.toml"], "nothing.toml"),
        (["{0}", "nothing.parquet", "--against", "{0}"], "there is no file 'nothing.parquet'"),
        (["{0}", "{1}", "--against", "{0}", "--by", "age"], "no column 'age'"),
        (["{0}", "{0}", "--against", "{0}"], "is no Parquet file, or only a part of one"),
    ],
)
def test_a_question_that_cannot_be_asked(folder, capsys, args, said):
    """Options that do not go together and files that are not there are one line and exit code 2."""
    assert main(["replay", *(one.format(folder / _year.TODAY, folder / _year.VISITS) for one in args)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "place", "how"),
    [
        ("rows.parquet", 2, "as it is"),
        ("report.html", 1, "dots"),
        ("months.svg", 4, "link to the folder"),
        ("check.csv", 2, "link to the file"),
        ("rows.parquet.part", 2, "dots"),
    ],
)
def test_what_is_read_is_not_written_over(asked, tmp_path, capsys, monkeypatch, name, place, how):
    """A report that would be written over a file that it is made of is refused with its path before anything is
    computed, however the path is written: the file stays as it was, and nothing is written beside it.
    """
    monkeypatch.setattr("cantinekit.whatif.compare", None)
    (tmp_path / "in").mkdir()
    (tmp_path / "folder").symlink_to("in")
    theirs = tmp_path / "in" / name
    theirs.write_bytes(content := Path(asked[place]).read_bytes())
    (tmp_path / "file").symlink_to(theirs)
    monkeypatch.chdir(tmp_path)
    asked[place] = {"as it is": str(theirs), "dots": f"./in/../in/{name}", "link to the folder": f"folder/{name}"}.get(
        how, "file"
    )
    assert main([*asked, "--to", "in"]) == 2
    err = capsys.readouterr().err
    assert f"written over {Path('in') / name}" in err
    assert err.count("\n") == 1
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "in").iterdir()] == [(name, content)]


def test_the_folder_of_the_visits_may_have_the_report(asked, tmp_path, capsys):
    """A report stands beside the files that it is made of where none of them has one of its names."""
    for place in (1, 2, 4):
        copy = tmp_path / Path(asked[place]).name
        copy.write_bytes(Path(asked[place]).read_bytes())
        asked[place] = str(copy)
    assert main([*asked, "--to", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {*REPORT_FILES, *(Path(asked[n]).name for n in (1, 2, 4))}


def test_examples_that_do_not_come_out_are_told_of(asked, tmp_path, capsys):
    """A list whose worked examples do not come out is replayed, and the error stream says so; else it is empty."""
    assert main(asked) == 0
    assert capsys.readouterr().err == ""
    text = Path(asked[1]).read_text("utf-8")
    asked[1] = str(tmp_path / "wrong.toml")
    Path(asked[1]).write_text(text.replace("rate = { price = 12.00 }", "rate = { price = 11.00 }"), "utf-8")
    assert main(asked) == 0
    said = "worked examples that do not come out: 1; cantinekit check says which"
    assert capsys.readouterr().err == f"cantinekit: {asked[1]}: {said}\n"


def test_nothing_was_sold(asked, tmp_path, capsys):
    """A file without a row is refused, and leaves the report of before."""
    assert main([*asked, "--to", str(tmp_path)]) == 0
    before = (tmp_path / "report.html").read_bytes()
    asked[2] = str(tmp_path / "none.parquet")
    pq.write_table(pa.table({"product": pa.array([], pa.string())}), asked[2])
    capsys.readouterr()
    assert main([*asked, "--to", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "cantinekit: nothing was sold: there is no row to price\n"
    assert (tmp_path / "report.html").read_bytes() == before


# --- late rows -------------------------------------------------------------------------------------------------------


@pytest.fixture
def reported(folder, tmp_path):
    """A visit of everybody who has one, an hour earlier; the first one is withdrawn, and one is late."""
    rows = read_visits(folder / _year.VISITS).usages.to_pylist()
    first = {row["customer"]: row for row in reversed(rows) if row["start"] is not None}
    some = sorted(first.values(), key=lambda row: row["id"])
    gone, late, *others = some
    found = [
        {"id": gone["id"], "change": "withdrawn", "product": None},
        {**late, "id": "paper", "change": "late"},
        *({**row, "customer": late["customer"], "change": "corrected"} for row in others[:25]),
    ]
    pq.write_table(pa.Table.from_pylist(found, pa.schema(_schema(folder))), tmp_path / "late.parquet")
    return ["replay", str(folder / _year.TODAY), str(folder / _year.VISITS), "--late", str(tmp_path / "late.parquet")]


def _schema(folder):
    return [*read_visits(folder / _year.VISITS).usages.schema, pa.field("change", pa.string())]


def test_late_rows_are_billed_and_credited(reported, tmp_path, capsys):
    """The text says what is to bill and to credit to whom, the largest amounts first and twenty of them; the folder has
    the lines and their sums, which come to the same.
    """
    assert main([*reported, "--to", str(tmp_path / "bill")]) == 0
    out, err = capsys.readouterr()
    assert "Rows reported afterwards: 1 late, 25 corrected, 1 withdrawn." in out
    assert "To credit: " in out
    assert "  and 4 more\n" in out
    assert err == ""
    lines = pq.read_table(tmp_path / "bill" / "differences.parquet")
    table = (tmp_path / "bill" / "customers.csv").read_text("utf-8-sig").splitlines()
    assert table[0] == "customer,rows,lines,gross,net,tax"
    assert sum(int(row.split(",")[3]) for row in table[1:]) == sum(lines["gross"].to_pylist())
    again = (tmp_path / "bill" / "differences.csv").read_text("utf-8-sig").splitlines()
    assert len(again) == 1 + lines.num_rows


def test_a_bar_goes_by_late_rows(reported, capsys, monkeypatch):
    """At a terminal the error stream has a bar from 0 to twice the rows and those that are reported, which comes to its
    end; where a row is refused its line is left too.
    """
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(_answers, "_STEP", 10)
    assert main(reported) == 0
    out, err = capsys.readouterr()
    assert "#" not in out
    rows, late = (pq.read_metadata(reported[place]).num_rows for place in (2, 4))
    shown = [int(part.partition("/")[0]) for part in err.split("] ")[1:]]
    assert shown == sorted(shown)
    assert shown[0] == 0
    assert any(rows < count < 2 * rows + late for count in shown)
    assert err.endswith(f"{2 * rows + late + 1}/{2 * rows + late + 1}\n")
    assert main([*reported, "--engine", "spark"]) == 2
    assert "\ncantinekit: late rows are not replayed by Spark" in capsys.readouterr().err


def test_late_rows_in_french(reported, folder, capsys):
    """In French, by another engine; where the list is not what was charged, it is said."""
    assert main([*reported, "--lang", "fr", "--engine", "duckdb"]) == 0
    out = capsys.readouterr().out
    assert "À rembourser\N{NO-BREAK SPACE}: " in out
    assert "autre montant que celui de la grille" not in out
    reported[1] = str(folder / _year.PROPOSED)
    assert main([*reported, "--lang", "fr"]) == 0
    assert "autre montant que celui de la grille" in capsys.readouterr().out


def test_late_rows_without_a_price(reported, tmp_path, capsys):
    """What the list has no price for is in no sum of what is to bill, and is said; without such rows nothing is."""
    assert main(reported) == 0
    assert "without a price" not in capsys.readouterr().out
    found = pq.read_table(reported[4]).to_pylist()
    (late,) = (row for row in found if row["change"] == "late")
    rows = pa.Table.from_pylist([{**late, "product": "sauna"}], pq.read_schema(reported[4]))
    pq.write_table(rows, tmp_path / "late.parquet")
    assert main(reported) == 0
    said = "Lines without a price, which are not billed: 1, such as row paper (unpublished)."
    assert said in capsys.readouterr().out.splitlines()


def test_late_rows_that_change_nothing(reported, folder, capsys):
    """Corrections that say what was there already make no line."""
    reported[4] = str(folder / _year.VISITS)
    assert main(reported) == 0
    assert "Nothing is to bill or to credit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--by", "category"], "--by goes with --against"),
        (["--engine", "spark"], "late rows are not replayed by Spark"),
        (["--store", "memory://"], "give one of them"),
        (["--to", "{}/late.parquet/x"], "cannot be written"),
    ],
)
def test_late_rows_that_cannot_be_asked(reported, tmp_path, capsys, args, said):
    """Options that do not go together are one line and exit code 2."""
    assert main([*reported, *(one.format(tmp_path) for one in args)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("place", [1, 2, 4])
def test_late_rows_are_not_written_over(reported, tmp_path, capsys, place):
    """What is to bill is not written over a file that it is computed of, and its files are those that are named."""
    theirs = tmp_path / "bill" / "differences.parquet"
    theirs.parent.mkdir()
    given, reported[place] = reported[place], str(theirs)
    theirs.write_bytes(content := Path(given).read_bytes())
    assert main([*reported, "--to", str(tmp_path / "bill")]) == 2
    assert f"written over {theirs}" in capsys.readouterr().err
    assert theirs.read_bytes() == content
    assert main([*reported, "--to", str(tmp_path / "other")]) == 0
    assert {path.name for path in (tmp_path / "other").iterdir()} == {*LATE_FILES}


def test_a_late_row_that_does_not_fit(reported, tmp_path, capsys):
    """An id that is not there is named with the row and the file, and exit code 2; a list is held against another one
    or rows are late, not both.
    """
    pq.write_table(pa.table({"id": ["nobody"], "change": ["withdrawn"]}), tmp_path / "late.parquet")
    assert main(reported) == 2
    assert "row 0, column 'id': withdrawn, but 'nobody' is the id of no row" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*reported, "--against", reported[1]])
