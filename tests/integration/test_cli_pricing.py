"""The commands of the pricing engine: what they print, and the code that they end with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from cantinekit.cli import main
from cantinekit.money import Money
from cantinekit.pricing import Tariff
from cantinekit.pricing.listing import price_list
from support.tariffs.files import FOLDER, HOUSE


def run(capsys, *argv: str) -> Any:
    """The exit code and both outputs of a command line."""
    try:
        code = main(list(argv))
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return SimpleNamespace(code=code, out=out.replace("\xa0", " "), err=err)


@pytest.fixture
def house(tmp_path) -> str:
    path = tmp_path / "house.toml"
    path.write_text(HOUSE, encoding="utf-8")
    return str(path)


def write(folder: Path, name: str, *swaps: tuple[str, str], text: str = HOUSE) -> str:
    """A price list in which parts are replaced."""
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


# --- check -----------------------------------------------------------------------------------------------------------


def test_check_says_how_many(capsys, house):
    """A price list whose examples come out right is one line and a summary, and the code is 0."""
    result = run(capsys, "check", house)
    first, last = result.out.splitlines()
    assert (result.code, first, result.err) == (0, f"{house}  5 examples", "")
    assert last.startswith("1 file, 5 examples, 0 failures, ")
    assert last.endswith(" s")


def test_check_shows_what_differs_and_why(capsys, tmp_path):
    """A wrong answer is shown beside the expected one, with the reasons of the price; the code is 1."""
    path = write(tmp_path, "wrong.toml", ("gross = 7.00", "gross = 6.00"))
    result = run(capsys, "check", path)
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[:4] == [
        f"{path}  5 examples, 1 failure",
        "  a student",
        "    expected gross 6.00 EUR",
        "    got      gross 7.00 EUR",
    ]
    assert "        Price: 1 half-day at 7.00 EUR: 7.00 EUR, list of 2026-01-01" in lines
    assert lines[-1].startswith("1 file, 5 examples, 1 failure, ")


def test_check_lists_every_problem_with_its_line(capsys, tmp_path):
    """A file that cannot be read is listed with line and what was probably meant; the others are checked."""
    bad = write(tmp_path, "bad.toml", ("measure = {", "mesure = {"), ("price = 80.00", 'price = "80"'))
    good = write(tmp_path, "good.toml")
    result = run(capsys, "check", str(tmp_path))
    assert result.code == 1
    number = 1 + Path(bad).read_text(encoding="utf-8").splitlines().index(
        'mesure = { unit = "half-day", every = "5h", at_most = 2 }'
    )
    lines = result.out.splitlines()
    assert lines[0] == f"{bad}  cannot be read"
    assert f"  {bad}:{number}: product.half-day.mesure: unknown key; did you mean 'measure'?" in lines
    assert any("product.carnet.rate[0].price: an amount such as 7.00 is needed" in line for line in lines)
    assert f"{good}  5 examples" in lines
    assert lines[-1].startswith("2 files, 5 examples, 0 failures, 1 unreadable, ")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.toml", None, "the file cannot be read: No such file"),
        ("empty.toml", b"", "'id' is needed"),
        ("binary.toml", b"\xff\xfe\x00", "the file cannot be read: it is not UTF-8 text"),
        ("broken.toml", b"[tariff\n", "broken.toml:1: "),
    ],
)
def test_check_of_what_cannot_be_read(capsys, tmp_path, name, content, said):
    """No file, no tariff, no text, no TOML: each is a problem that is listed, and the code is 1."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = run(capsys, "check", str(path))
    assert result.code == 1
    assert said in result.out
    assert result.err == ""


def test_check_of_a_folder_without_price_lists(capsys, tmp_path):
    """A folder in which nothing can be checked is an error, not a success."""
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    result = run(capsys, "check", str(tmp_path))
    assert (result.code, result.out) == (2, "")
    assert result.err == f"cantinekit: there is no price list (*.toml) in the folder {tmp_path}\n"


def test_check_as_data(capsys, tmp_path):
    """One JSON object a line for each example: file, id, expected and got as texts, and whether it is right."""
    path = write(tmp_path, "wrong.toml", ("gross = 7.00", "gross = 6.00"))
    result = run(capsys, "check", path, "--json")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 1
    assert [row["ok"] for row in rows] == [True, False, True, True, True]
    assert rows[1] == {
        "file": path,
        "id": "a student",
        "expected": "gross 6.00 EUR",
        "got": "gross 7.00 EUR",
        "ok": False,
    }


def test_check_of_a_bad_file_as_data(capsys, tmp_path):
    """A file that cannot be read gives one object for each problem, without an id."""
    path = write(tmp_path, "bad.toml", ("measure = {", "mesure = {"), ("price = 80.00", 'price = "80"'))
    rows = [json.loads(line) for line in run(capsys, "check", path, "--json").out.splitlines()]
    assert len(rows) > 1
    assert {(row["file"], row["id"], row["ok"]) for row in rows} == {(path, "", False)}
    assert any("did you mean 'measure'?" in row["got"] for row in rows)


def test_check_of_an_example_that_cannot_be_asked(capsys, tmp_path):
    """An example that is an error says which one, as text and as data."""
    wrong = "hours = 3, persons = 4, until = 2026-11-01, gross = 150.00"
    path = write(tmp_path, "odd.toml", ("hours = 3, persons = 4, gross = 150.00", wrong))
    rows = [json.loads(line) for line in run(capsys, "check", path, "--json").out.splitlines()]
    assert all(row["got"] for row in rows)


def test_check_warns_of_what_no_house_publishes(capsys, tmp_path):
    """A list that is right and says no reason for its tax is warned of with its line, in words and as data; the exit
    code says that its examples come out."""
    path = write(
        tmp_path,
        "tea.toml",
        text='[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\nprices = "incl"\ntax = "not subject"\n'
        "[product.tea]\nrate = { price = 2.00 }\n",
    )
    result = run(capsys, "check", path)
    assert result.code == 0
    assert f"warning: {path}:6: tariff.tax: no document may state what bears no tax" in result.out
    (row,) = [json.loads(line) for line in run(capsys, "check", path, "--json").out.splitlines()]
    assert (row["kind"], row["ok"], row["id"]) == ("warning", True, "")
    assert "BR-E-10" in row["got"]


def test_check_prints_the_price_list(capsys, house):
    """``--print`` prints the price list in words before the result, in the language that is asked for."""
    for lang in ("fr", "en"):
        result = run(capsys, "check", house, "--print", "--lang", lang)
        expected = price_list(Tariff.load(house), lang).replace("\xa0", " ")
        assert result.code == 0
        assert result.out.startswith(expected + "\n\n")
        assert "5 examples" in result.out


def test_check_prints_either_data_or_words(capsys, house):
    """Data with a price list in between could not be read by a program."""
    result = run(capsys, "check", house, "--print", "--json")
    assert (result.code, result.out, result.err) == (2, "", "cantinekit: --json and --print do not go together\n")


def test_all_price_lists_of_the_tests(capsys):
    """The price lists of the tests are checked as one folder: every example comes out as it says."""
    result = run(capsys, "check", str(FOLDER))
    assert result.code == 0, result.out
    assert result.out.splitlines()[-1].startswith(f"{len(list(FOLDER.glob('*.toml')))} files, ")


# --- quote -----------------------------------------------------------------------------------------------------------


def test_quote_a_stay(capsys, house):
    """The facts of the price list are options; the price stands at the end, with its tax below it."""
    result = run(
        *(capsys, "quote", house, "--product", "half-day", "--category", "student"),
        *("--at", "2026-11-24T09:00", "--hours", "3.5"),
    )
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "[1] Half a day"
    assert "  Price: 1 half-day at 7.00 EUR: 7.00 EUR, list of 2026-01-01" in lines
    assert lines[-3:] == ["Total: 7.00 EUR", "  net: 5.83 EUR", "  tax: 1.17 EUR"]


def test_quote_in_french(capsys, house):
    """The reasons and the sums are in French where that is asked for."""
    result = run(
        *(capsys, "quote", house, "--product", "half-day", "--category", "visitor", "--lang", "fr"),
        *("--at", "2026-11-24T09:00", "--until", "18:00"),
    )
    assert result.out.splitlines()[-3:] == ["Total : 15,00 €", "  hors taxes : 12,50 €", "  taxe : 2,50 €"]


@pytest.mark.parametrize(
    "length",
    [
        ("--hours", "9"),
        ("--minutes", "540"),
        ("--until", "18:00"),
        ("--until", "2026-11-24T18:00"),
        ("--until", "2026-11-24T17:00+00:00"),
    ],
)
def test_quote_knows_several_ways_to_say_how_long(capsys, house, length):
    """Hours, minutes, and an end as a time or with its day say the same."""
    result = run(
        capsys, "quote", house, "--product", "half-day", "--category", "visitor", "--at", "2026-11-24T09:00", *length
    )
    assert "Total: 15.00 EUR" in result.out


def test_quote_means_times_of_the_zone(capsys, house):
    """Nine o'clock is nine in Paris; a time with an offset is the instant that it says."""
    data = []
    for at in ("2026-11-24T09:00", "2026-11-24T08:00+00:00", "2026-11-24 09:00"):
        result = run(
            *(capsys, "quote", house, "--product", "half-day", "--category", "visitor", "--at", at),
            *("--hours", "4", "--customer", "zoe", "--format", "json"),
        )
        data.append(json.loads(result.out))
    assert data[0] == data[1] == data[2]


def test_quote_a_refusal(capsys, house):
    """No price is the code 1, and the refusal is printed."""
    result = run(
        *(capsys, "quote", house, "--product", "room", "--persons", "13"),
        *("--at", "2026-11-24T09:00", "--hours", "2"),
    )
    assert result.code == 1
    assert "  ! No price: Room: over capacity (12 persons)" in result.out.splitlines()
    assert result.out.splitlines()[-1] == "Known part: 0.00 EUR"


def test_quote_names_what_is_not_held(capsys, tmp_path):
    """A product that has to be held is called by the name that the price list gives it, in every form of the answer."""
    path = write(tmp_path, "needs.toml", ('name = "Shelf"\n', 'name = "Shelf"\nneeds = "membership"\n'))
    for lang, said in (("en", "needed, and not held: Membership"), ("fr", "nécessaire, mais non détenu : Membership")):
        for form in ("text", "markdown"):
            result = run(
                capsys, "quote", path, "--product", "shelf", "--holds", "nothing", "--lang", lang, "--format", form
            )
            assert result.code == 1
            assert said in result.out


def test_quote_names_each_of_what_is_not_held(capsys, tmp_path):
    """Where one of several products has to be held, each is called by its name, also in the reasons of a quote."""
    old = ('name = "Shelf"\n', 'name = "Shelf"\nneeds = { one_of = ["membership", "month"] }\n')
    path = write(tmp_path, "needs.toml", old)
    for held, code in (("nothing", 1), ("membership", 0)):
        result = run(
            capsys,
            "quote",
            path,
            "--product",
            "shelf",
            "--holds",
            held,
            "--day",
            "2026-11-24",
            "--category",
            "student",
            "--fact",
            "lang=fr",
        )
        assert result.code == code
        assert "Membership, Month" in result.out


def test_quote_says_what_is_missing(capsys, house):
    """A fact that the price needs and nobody said is refused as a question."""
    result = run(capsys, "quote", house, "--product", "half-day", "--at", "2026-11-24T09:00", "--hours", "2")
    assert result.code == 1
    assert "to be asked first: category" in result.out


def test_quote_as_data(capsys, house):
    """The whole answer as JSON: amounts are texts that can be read again, and the explanation is there."""
    result = run(
        capsys, "quote", house, "--product", "carnet", "--day", "2026-11-24", "--holds", "nothing", "--format", "json"
    )
    data = json.loads(result.out)
    assert (result.code, data["ok"], data["total"]) == (0, True, "100.00 EUR")
    assert Money.parse(data["gross"]) == Money(10000, "EUR")
    assert [line["product"] for line in data["lines"]] == ["carnet", "membership"]
    assert data["grants"][0] == {"account": "carnet", "units": 10, "unit": "half-day"}
    assert any(step["why"] == "added_product" for step in data["explanation"])
    refused = json.loads(run(capsys, "quote", house, "--product", "month", "--format", "json").out)
    assert [(stop["code"], stop["why"]) for stop in refused["refusals"]] == [("on_quote", "ask at the desk")]


def test_quote_with_what_is_held(capsys, house):
    """A membership that is held is not sold again."""
    result = run(capsys, "quote", house, "--product", "carnet", "--day", "2026-11-24", "--holds", "membership")
    assert "Total: 80.00 EUR" in result.out


def test_quote_with_a_code_and_a_day_of_purchase(capsys, house):
    """A code counts on the day of purchase."""
    question = ("quote", house, "--product", "membership", "--day", "2026-06-01", "--code", "SPRING")
    assert "Total: 18.00 EUR" in run(capsys, *question, "--as-of", "2026-06-01").out
    assert "Total: 20.00 EUR" in run(capsys, *question, "--as-of", "2026-07-01T10:00").out


def test_quote_several(capsys, house):
    """``--count`` asks for several of one thing."""
    assert (
        "Total: 60.00 EUR"
        in run(capsys, "quote", house, "--product", "membership", "--day", "2026-06-01", "--count", "3").out
    )


def test_quote_as_markdown(capsys, house):
    """Markdown has the same total, in bold, and its sums as a list."""
    result = run(capsys, "quote", house, "--product", "membership", "--day", "2026-06-01", "--format", "markdown")
    assert result.out.startswith("### \\[1\\] Membership\n\n- Membership: 20.00 EUR\n")
    assert result.out.endswith("**Total: 20.00 EUR**\n\n- net: 16.67 EUR\n- tax: 3.33 EUR\n")


def test_quote_with_rich(capsys, house):
    """With rich the same sentences are set as a tree."""
    result = run(capsys, "quote", house, "--product", "membership", "--day", "2026-06-01", "--format", "rich")
    assert result.code == 0
    for text in ("[1] Membership", "Price: ", "Membership: 20.00 EUR", "Total: 20.00 EUR", "net: 16.67 EUR"):
        assert text in result.out


def test_quote_without_rich(capsys, house, monkeypatch):
    """Without rich one line says how to get it; nothing is printed."""
    monkeypatch.setitem(sys.modules, "rich.console", None)
    result = run(capsys, "quote", house, "--product", "membership", "--day", "2026-06-01", "--format", "rich")
    assert (result.code, result.out) == (2, "")
    assert result.err == "cantinekit: --format rich needs rich: pip install 'cantinekit[rich]'\n"


FACTS = (
    *("--day", "2026-11-24"),
    *("--category", "visitor", "--student-card", "yes", "--days", "2.5", "--persons", "4", "--budget", "12.50"),
    *("--note", "a word", "--extras", "coffee,screen", "--count_of_keys", "2", "--fact", "lang=fr"),
)


def test_quote_takes_every_type_of_fact(capsys, house):
    """Words, yes or no, numbers, amounts, texts and sets are read as the price list declares them."""
    question = ("quote", house, "--product", "shelf", *FACTS)
    assert "Total: 3.00 EUR" in run(capsys, *question).out
    assert "Total: 4.00 EUR" in run(capsys, *question[:-1], "lang=en").out


def test_quote_options_may_stand_before_the_price_list(capsys, house):
    """Options that every price list has may stand on either side of it."""
    result = run(
        capsys,
        "quote",
        "--product",
        "shelf",
        "--lang",
        "fr",
        house,
        *("--day", "2026-11-24"),
        "--category",
        "visitor",
        "--fact",
        "lang=fr",
    )
    assert "Total : 3,00 €" in result.out


def test_quote_helps_with_the_facts(capsys, house):
    """The help behind a price list names its facts and their values; one that clashes with an option is not there."""
    result = run(capsys, "quote", house, "--help")
    assert result.code == 0
    facts = result.out.split("facts of house:")[1]
    for text in ("--category VALUE", "visitor, student", "--student-card VALUE", "--extras VALUE", "coffee, screen"):
        assert text in facts
    assert "--lang" not in facts
    assert "--fact NAME=VALUE" in run(capsys, "quote", "--help").out


AT = ("--at", "2026-11-24T09:00", "--hours", "2")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ((), "--product is needed: one of 'carnet', 'half-day'"),
        (("--product", "half-dya"), "no product 'half-dya'; did you mean 'half-day'?"),
        (("--product", "zzz"), "no product 'zzz'; there are 'carnet', 'half-day'"),
        (("--product", "shelf", "--category", "studnt"), "no value of 'category': 'studnt'; did you mean 'student'?"),
        (("--product", "shelf", "--fact", "categry=x"), "no fact 'categry'; did you mean 'category'?"),
        (("--product", "shelf", "--extras", "coffee,tea"), "no value of 'extras': 'tea'; there are 'coffee', 'screen'"),
        (("--product", "shelf", "--student-card", "maybe"), "fact 'student-card' is 'yes' or 'no', not 'maybe'"),
        (("--product", "shelf", "--persons", "2.5"), "fact 'persons' is a whole number, not '2.5'"),
        (("--product", "shelf", "--persons", "-1"), "fact 'persons' is a whole number, not '-1'"),
            (("--product", "shelf", "--persons"), "expected one argument"),
        (("--product", "shelf", "--persons=-1"), "fact 'persons' is a whole number, not '-1'"),
        (("--product", "shelf", "--days", "1e3"), "fact 'days' is a number, not '1e3'"),
        (("--product", "shelf", "--days", "nan"), "fact 'days' is a number, not 'nan'"),
        (("--product", "shelf", "--days", "٣"), "fact 'days' is a number"),
        (("--product", "shelf", "--budget", "12.345"), "not an amount of EUR: '12.345'"),
        (("--product", "shelf", "--budget", "3 USD"), "'3 USD' is not in EUR"),
        (("--product", "shelf", "--note", ""), "fact 'note' is empty"),
        (("--product", "shelf", "--persons", "1", "--persons", "2"), "fact 'persons' is given twice"),
        (("--product", "shelf", "--fact", "persons"), "'persons' is not of the form name=value"),
        (("--product", "shelf", "--colour", "red"), "unrecognized arguments: --colour red"),
        (("--product", "shelf", "--pers", "2"), "unrecognized arguments: --pers 2"),
        (("--product", "room", "--at", "2026-11-24"), "--at is a time such as 2026-11-24T09:00, not '2026-11-24'"),
        (("--product", "room", "--at", "tomorrow", "--hours", "1"), "--at is a time such as"),
        (("--product", "room", "--at", "2026-13-24T09:00", "--hours", "1"), "--at is a time such as"),
        (("--product", "room", "--at", "0001-01-01T00:00+00:00", "--hours", "1"), "out of range (1970 to 9997)"),
        (("--product", "room", "--at", "2026-03-29T02:30", "--hours", "1"), "does not exist in Europe/Paris"),
        (("--product", "room", "--at", "2026-11-24T09:00"), "with --at one of --hours, --minutes and --until"),
        (("--product", "room", *AT, "--until", "12:00"), "with --at one of --hours, --minutes and --until"),
        (("--product", "room", "--at", "2026-11-24T09:00", "--until", "08:00"), "a period must end after it starts"),
        (("--product", "room", "--at", "2026-11-24T09:00", "--until", "noon"), "--until is a time such as"),
        (("--product", "room", "--hours", "2", "--minutes", "120"), "either --hours or --minutes"),
        (("--product", "room", "--hours", "0"), "a length of whole minutes"),
        (("--product", "room", "--at", "2026-11-24T09:00", "--hours", "0.01"), "a length of whole minutes"),
        (("--product", "room", "--at", "2026-11-24T09:00", "--hours", "0"), "a length of whole minutes"),
        (("--product", "room", "--at", "2026-11-24T09:00", "--hours", "9999999"), "a length of whole minutes"),
        (("--product", "room", "--at", "2026-11-24T09:00", "--hours", "two"), "--hours is a number, not 'two'"),
        (("--product", "room", "--day", "24/11/2026"), "--day is a day such as 2026-11-24, not '24/11/2026'"),
        (("--product", "room", "--day", "2026-02-30"), "--day is a day such as 2026-11-24"),
        (("--product", "room", "--day", "20261124"), "--day is a day such as 2026-11-24"),
        (("--product", "room", "--as-of", "now"), "--as-of is a time such as 2026-11-24 or 2026-11-24T09:00"),
        (("--product", "room", "--count", "0"), "the count is 0"),
        (("--product", "room", "--count", "many"), "invalid int value: 'many'"),
        (("--product", "room", "--holds", "memebrship"), "no plan or membership 'memebrship'; did you mean 'mem"),
        (("--product", "room", "--lang", "de"), "invalid choice: 'de'"),
        (("--product", "room", "--format", "pdf"), "invalid choice: 'pdf'"),
        (("--product", "room", "--code", "A", "--code", "A"), "a code is given twice"),
    ],
)  # fmt: skip
def test_a_bad_question_is_an_error(capsys, house, question, said):
    """A question that cannot be asked ends with 2, prints nothing, and says what was wrong and probably meant."""
    result = run(capsys, "quote", house, *question)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("argv", [("quote",), ("quote", "--product", "x"), ("diff", "x.toml"), ("check",)])
def test_a_command_line_without_its_price_list(capsys, argv):
    """A price list is needed."""
    result = run(capsys, *argv)
    assert result.code == 2
    assert "the following arguments are required" in result.err


def test_a_price_list_that_cannot_be_read_is_one_line(capsys, tmp_path):
    """Asking a price list that cannot be read says where its first problem is and how many there are."""
    path = write(tmp_path, "bad.toml", ("measure = {", "mesure = {"), ("price = 80.00", 'price = "80"'))
    for argv in (("quote", path, "--product", "room"), ("diff", path, path)):
        result = run(capsys, *argv)
        assert (result.code, result.out) == (2, "")
        assert f"{path}:" in result.err
        assert " more)" in result.err
        assert len(result.err.splitlines()) == 1
    assert "No such file" in run(capsys, "quote", str(tmp_path / "none.toml")).err


def test_debug_shows_where_an_error_came_from(house):
    """``--debug`` lets the error of a bad question out, on either side of the price list."""
    for argv in (("quote", "--debug", house), ("quote", house, "--debug")):
        with pytest.raises(Exception, match="--product is needed"):
            main(list(argv))


def test_quote_says_what_is_given(capsys, house):
    """What a product gives stands below the price, in both languages."""
    question = ("quote", house, "--product", "carnet", "--day", "2026-11-24", "--holds", "membership")
    assert "  gives: 10 half-day (carnet)" in run(capsys, *question).out.splitlines()
    assert "  donne : 10 half-day (carnet)" in run(capsys, *question, "--lang", "fr").out.splitlines()


def test_quote_says_how_much_a_voucher_is_worth(capsys, tmp_path):
    """Money that is given is an amount, and not a number of cents."""
    path = tmp_path / "gift.toml"
    path.write_text(
        'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
        'order.vouchers = "gifts"\n[product.gift]\nsells = "grant"\nrate = { price = 50.00 }\n'
        'grant = { account = "gifts", unit = "EUR", value = 60.00 }\n'
    )
    question = ("quote", str(path), "--product", "gift", "--day", "2026-11-24")
    assert "  gives: 60.00 EUR (gifts)" in run(capsys, *question).out.splitlines()
    assert "  donne : 60,00 € (gifts)" in run(capsys, *question, "--lang", "fr").out.splitlines()


def test_quote_says_what_is_measured_later(capsys, tmp_path):
    """A fact that is only measured afterwards is named below the part that is known."""
    rate = 'rate = { upto = [{ upto = "4h", price = 50.00, per = "1h", started = true }, { price = 180.00 }] }'
    path = write(tmp_path, "later.toml", ('asks = ["persons"]', 'afterwards = ["days"]'), (rate, RATE_BY_DAYS))
    result = run(capsys, "quote", path, "--product", "room", "--day", "2026-11-24", "--persons", "2")
    assert "  to be measured: days [1]" in result.out.splitlines()


RATE_BY_DAYS = 'rate = { price = 9.00, per = "days" }'


def test_facts_that_are_called_like_options(capsys, tmp_path):
    """A fact named like an option, or with a blank, a percent sign or a bracket in its name, is given by ``--fact``."""
    names = ('help = ["a%", "b"]', 'debug = "yes/no"', '"first order" = "yes/no"', '"[x]" = "number"', "lang =")
    path = write(tmp_path, "odd.toml", ("lang =", "\n".join(names)))
    assert run(capsys, "quote", path, "--help").code == 0
    facts = ("help=a%", "debug=yes", "first order=no", "[x]=3", "lang=fr", "category=visitor")
    given = [part for fact in facts for part in ("--fact", fact)]
    result = run(capsys, "quote", path, "--product", "shelf", "--day", "2026-11-24", *given)
    assert "Total: 3.00 EUR" in result.out
    assert "no value of 'help': 'c'" in run(capsys, "quote", path, "--product", "shelf", "--fact", "help=c").err


def test_the_help_survives_percent_signs(capsys, tmp_path):
    """Words of a fact are shown as they are written."""
    path = write(tmp_path, "odd.toml", ('category = ["visitor"', 'cut = ["50%", "%s"]\ncategory = ["visitor"'))
    assert "50%, %s" in run(capsys, "quote", path, "--help").out


# --- diff ------------------------------------------------------------------------------------------------------------


def test_diff_says_what_changed_for_whom(capsys, tmp_path, house):
    """Prices with their percentage and for whom they are, rules in words, and the examples that come out otherwise."""
    other = write(tmp_path, "new.toml", ("price = 7.00", "price = 7.70"), ("at_most = 15.00", "at_most = 18.00"))
    result = run(capsys, "diff", house, other)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[:2] == [f"--- {house} (house)", f"+++ {other} (house)"]
    assert "  ~ product.half-day.rate [category: student] from 2026-01-01: 7.00 EUR -> 7.70 EUR (+10.0 %)" in lines
    rule = "at most {} EUR (for each person and day)"
    changed = f"{rule.format('15.00')} -> {rule.format('18.00')} (+20.0 %)"
    assert f"  ~ product.half-day.adjust.day: {changed}" in lines
    assert '  ~ examples."two halves are a day": gross 15.00 EUR -> gross 18.00 EUR' in lines
    assert lines[-1] == "4 differences"
    assert lines.index("Prices") < lines.index("Rules") < lines.index("Examples with another answer")


def test_diff_marks_what_came_and_went(capsys, tmp_path, house):
    """A product that is gone has a minus, one that came a plus."""
    other = write(tmp_path, "new.toml", ('[product.shelf]\nname = "Shelf"', '[product.locker]\nname = "Locker"'))
    lines = run(capsys, "diff", house, other).out.splitlines()
    assert "  - product.shelf: Shelf" in lines
    assert "  + product.locker: Locker" in lines


def test_diff_of_the_same(capsys, house):
    """Between a price list and itself there is nothing."""
    result = run(capsys, "diff", house, house)
    assert (result.code, result.out.splitlines()[-1]) == (0, "0 differences")


def test_diff_as_data(capsys, tmp_path, house):
    """The same as JSON, with the percentage as a number."""
    other = write(tmp_path, "new.toml", ("price = 10.00", "price = 9.00"))
    rows = json.loads(run(capsys, "diff", house, other, "--json").out)
    assert rows[0] == {
        "area": "price",
        "what": "changed",
        "path": "product.half-day.rate",
        "whom": "",
        "since": None,
        "before": "10.00 EUR",
        "after": "9.00 EUR",
        "percent": -10.0,
    }
    assert {row["area"] for row in rows[1:]} == {"example"}
    assert json.loads(run(capsys, "diff", house, house, "--json").out) == []


# --- schema ----------------------------------------------------------------------------------------------------------


def test_schema_is_a_schema(capsys):
    """What is printed is a JSON Schema of draft 2020-12."""
    result = run(capsys, "schema")
    assert result.code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(result.out))


# --- the process -----------------------------------------------------------------------------------------------------


def test_as_a_process(house):
    """``python -m cantinekit check`` prints data that a program can read line by line."""
    command = [sys.executable, "-m", "cantinekit", "check", house, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [json.loads(line)["ok"] for line in done.stdout.splitlines()] == [True] * 5


def test_the_commands_are_read_late():
    """The command line does not import the engine before it is needed."""
    program = "import sys, cantinekit.cli; print('cantinekit.pricing' in sys.modules, 'rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


LENGTHS = """
tariff = { id = "lengths", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts = { category = ["student", "full price"], "how many" = "number" }
product.stay.rate = { price = 4.00, per = "1h" }
product.desk = { measure = { unit = "half-day", every = "5h" }, rate = { price = 10.00, per = "half-day" } }
product.halves = { measure = { unit = "half-day", cut = "13:00" }, rate = { price = 10.00, per = "half-day" } }
product.late.rate = [
  { when = { touches = { clock = "18:00-24:00" } }, price = 9.00, per = "1h" },
  { price = 5.00, per = "1h" },
]
product.weekend.rate = [{ when = { weekday = ["sat", "sun"] }, price = 9.00, per = "1h" }, { price = 5.00, per = "1h" }]
product.early.rate = [{ when = { lead = { from = "2 days" } }, price = 4.00, per = "1h" }, { price = 5.00, per = "1h" }]
product.member.rate = [{ when = { holds = "stay" }, price = 1.00 }, { price = 2.00 }]
product.by.rate = { by = "category", student = 3.00, "full price" = 5.00 }
product.pieces.rate = { price = 1.00, per = "how many" }
product.whole-day.rate = { price = 20.00, per = "day" }
"""


@pytest.mark.parametrize(
    ("argv", "total"),
    [
        (("stay", "--hours", "3.5"), "14.00"),
        (("stay", "--minutes", "100"), "6.67"),
        (("desk", "--hours", "6"), "20.00"),
        (("weekend", "--hours", "2", "--day", "2026-11-28"), "18.00"),
        (("by", "--hours", "2", "--category", "student"), "3.00"),
    ],
)
def test_quote_by_the_length_alone(capsys, tmp_path, argv, total):
    """Where the price does not depend on when it begins, a length is enough."""
    result = run(capsys, "quote", write(tmp_path, "lengths.toml", text=LENGTHS), "--product", *argv)
    assert result.code == 0
    assert result.out.splitlines()[-1] == f"Total: {total} EUR"


@pytest.mark.parametrize(
    ("argv", "option"),
    [
        (("halves", "--hours", "2"), "--at 2026-11-24T09:00"),
        (("late", "--hours", "2"), "--at 2026-11-24T09:00"),
        (("late", "--hours", "2", "--day", "2026-11-24"), "--at 2026-11-24T09:00"),
        (("stay",), "--at 2026-11-24T09:00 --hours 3.5"),
        (("weekend", "--hours", "2"), "--day 2026-11-24"),
        (("early", "--hours", "2"), "--as-of 2026-11-24"),
        (("member",), "--holds nothing"),
        (("by",), "--category student"),
        (("pieces",), "--fact 'how many=2'"),
    ],
)
def test_quote_says_how_to_give_what_is_missing(capsys, tmp_path, argv, option):
    """What the price depends on and the question does not say is named, with the option that says it."""
    path = write(tmp_path, "lengths.toml", text=LENGTHS)
    result = run(capsys, "quote", path, "--product", *argv)
    assert result.code == 1
    assert result.out.splitlines()[-1] == f"  to be given with: {option}"
    french = run(capsys, "quote", path, "--product", *argv, "--lang", "fr", "--format", "markdown")
    assert french.out.splitlines()[-1] == f"- à donner avec : {option}"


def test_quote_a_day_by_the_hour(capsys, tmp_path):
    """A price for a day is none for a length: how a stay is counted is not said, with an hour or without."""
    path = write(tmp_path, "lengths.toml", text=LENGTHS)
    for more in ((), ("--at", "2026-11-24T09:00")):
        result = run(capsys, "quote", path, "--product", "whole-day", "--hours", "3", *more)
        assert (result.code, "how a stay is counted" in result.out) == (1, True)


def test_quote_names_the_length_only_where_it_is_missing(capsys, tmp_path):
    """Who gave minutes is asked for the beginning alone: a second length would be refused."""
    path = write(tmp_path, "lengths.toml", text=LENGTHS)
    result = run(capsys, "quote", path, "--product", "halves", "--minutes", "120")
    assert result.out.splitlines()[-1] == "  to be given with: --at 2026-11-24T09:00"


LATER = """
tariff = { id = "later", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
[product.hall]
rate = { price = 300.00 }
down_payment = { price = 0, rest = "2 weeks" }
deposit = [{ id = "at once", price = 50.00 }, { id = "keys", price = 150.00, due = "4 weeks" }]
[product.month]
rate = { price = 310.00 }
valid = { month = "calendar" }
prorate = { rule = "both ends", of = "days of the month" }
"""


def test_quote_says_what_is_due_when(capsys, tmp_path):
    """What is due now is said beside what is due later, be it nothing; each later part has its day."""
    path = write(tmp_path, "later.toml", text=LATER)
    question = ("quote", path, "--product", "hall", "--day", "2026-06-09", "--as-of", "2026-01-05")
    lines = [line.strip() for line in run(capsys, *question).out.splitlines()]
    wanted = ["due now: 0.00 EUR", "due until 2026-05-12 (held): 150.00 EUR", "due until 2026-05-26: 300.00 EUR"]
    assert [line for line in lines if line.startswith("due ")] == wanted
    found = json.loads(run(capsys, *question, "--format", "json").out)["due_later"]
    assert [(row["amount"], row["kind"], row["day"]) for row in found] == [
        ("150.00 EUR", "held", "2026-05-12"),
        ("300.00 EUR", "revenue", "2026-05-26"),
    ]


def test_quote_a_part_of_a_month(capsys, tmp_path):
    """``--until`` without ``--at`` is the last day of something that lasts: ten days of a June of 30."""
    path = write(tmp_path, "later.toml", text=LATER)
    result = run(capsys, "quote", path, "--product", "month", "--day", "2026-06-01", "--until", "2026-06-10")
    assert result.out.splitlines()[-1] == "Total: 103.33 EUR"


def test_a_day_of_purchase_is_noon(capsys, tmp_path):
    """Without an hour the purchase is at noon: too late for what is to be ordered until 11:00."""
    text = LENGTHS + (
        "[[product.lunch.rate]]\nprice = 4.00\n"
        'when = { lead = { delay = { unit = "day", day_ends = "11:00" }, from = 1 } }\n'
        "[[product.lunch.rate]]\nprice = 5.00\n"
    )
    path = write(tmp_path, "lengths.toml", text=text)
    question = ("quote", path, "--product", "lunch", "--day", "2026-11-25", "--as-of")
    totals = [run(capsys, *question, bought).out.splitlines()[-1] for bought in ("2026-11-24", "2026-11-24T10:00")]
    assert totals == ["Total: 5.00 EUR", "Total: 4.00 EUR"]
