"""``cantinekit quote`` asks all that a price list answers: held units, several items, changes, terms, advice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cantinekit.cli import main

LIST = """
tariff = { id = "q", currency = "EUR", timezone = "Europe/Paris", prices = "incl", price_date = "purchase" }
facts = { who = ["a", "b"] }
[advice]
hours = { unit = "hour", offers = [{ product = "pack", units = 10 }, { product = "room", units = 1 }] }
[product]
member = { name = "Membership", sells = "membership", rate.price = 10.00, valid = { year = "calendar" } }
gift = { sells = "grant", rate.price = 20.00, grant = { account = "gift", unit = "EUR", value = 20.00 } }
[product.pack]
name = "Ten hours"
sells = "grant"
rate.price = 50.00
grant = { account = "hours", unit = "1h", units = 10 }
[product.room]
name = "Room"
rate = [{ when = { holds = "member" }, price = 8.00, per = "1h" }, { price = 10.00, per = "1h" }]
cover = { by = "hours", unit = "1h", partial = true }
beyond = "rate"
move = { delay = { unit = "day" }, rows = [{ from = 2, fee = 3.00 }] }
[product.room.cancel]
delay = { unit = "day" }
keep = [{ from = 7, percent = "0%" }, { from = 0, percent = "50%" }]
no_show = "100%"
[product.office]
sells = "plan"
rate = { price = 300.00, per = "month" }
[product.office.term]
period = "1 month"
minimum = 3
renewal = "monthly"
ends = "month end"
notice = "1 month"
notice_day = "counts"
[order]
vouchers = "gift"
"""
ROOM = "--product room --at 2026-11-24T09:00 --hours 5 --holds nothing"


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Ask a question; the exit code and what was printed, with plain spaces."""
    path = tmp_path / "q.toml"
    path.write_text(LIST)

    def asked(*words: str) -> tuple[int, str]:
        code = main(["quote", str(path), *words])
        out = capsys.readouterr()
        text = (out.out + out.err).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
        return code, text.replace(f"{tmp_path}/", "")

    return asked


def test_units_that_are_held_cover_and_pay(ask) -> None:
    """Hours cover, expired ones do not, and a voucher pays what is due."""
    code, text = ask(*ROOM.split(), "--held", "hours=2", "--held", "hours=9,expires=2026-11-01", "--held", "gift=20.00")
    assert (code, "Total: 30.00 EUR" in text, "due now: 10.00 EUR" in text) == (0, True, True)
    assert "lot held 2: expired" in text
    assert "Total: 50.00 EUR" in ask(*ROOM.split())[1], "the control"


@pytest.mark.parametrize(
    ("held", "said"),
    [("x=2", "no account 'x'"), ("hours", "--held is an account and its units"), ("hours=a", "--held is a number"),
     ("hours=1,expires=soon", "--held is a day"), ("hours=1,lot=2", "--held is an account and its units"),
     ("hours=0.25", "no number of the smallest units")],
)  # fmt: skip
def test_what_is_held_is_an_account_and_a_number(ask, held: str, said: str) -> None:
    """Anything else is an error in one line."""
    code, text = ask(*ROOM.split(), "--held", held)
    assert (code, text.count("\n")) == (2, 1)
    assert said in text


def test_several_items_are_one_order(ask) -> None:
    """What is bought before counts for what stands behind it; who asks may be said with any of them."""
    words = "--product member --day 2026-11-24 --and --product room --at 2026-11-24T09:00 --hours 2 --holds nothing"
    code, text = ask(*words.split())
    assert (code, "Total: 26.00 EUR" in text) == (0, True)
    three = " --and ".join(["--product room --minutes 60"] * 3)
    assert "Total: 30.00 EUR" in ask(*three.split(), "--holds", "nothing")[1]
    assert ask("--product", "room", "--and")[1].startswith("cantinekit: --product is needed")


def test_what_parts_items_stands_between_them(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the price list it would part nothing, and is refused."""
    with pytest.raises(SystemExit):
        main(["quote", "--and", "q.toml"])
    assert "--and stands behind the price list" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("when", "kept"),
    [("8", "0.00"), ("3", "25.00"), ("2026-11-20T12:00", "25.00"), ("2026-11-24T10:00", "50.00"),
     ("after the start", "50.00"), ("no show", "50.00")],
)  # fmt: skip
def test_calling_off_is_asked_with_the_price(ask, when: str, kept: str) -> None:
    """By the delay, by the moment, after the start, and of who never came."""
    code, text = ask(*ROOM.split(), "--cancelled", when)
    assert (code, f"Called off:\n  kept: {kept} EUR" in text) == (0, True)


def test_changes_are_said_in_french_and_as_data(ask) -> None:
    """The same answer in another language, and for a program."""
    assert (
        "Annulation :\n  retenu : 25,00 €\n  remboursé : 25,00 €"
        in ask(*ROOM.split(), "--cancelled", "3", "--lang", "fr")[1]
    )
    found = json.loads(ask(*ROOM.split(), "--cancelled", "3", "--format", "json")[1])["change"]
    assert (found["fee"], found["refund"], found["refusals"]) == ("25.00 EUR", "25.00 EUR", [])


def test_moving_is_asked_with_the_price(ask) -> None:
    """A fee, or the reason why it cannot be moved, with the exit code of a question without an answer."""
    code, text = ask(*ROOM.split(), "--moved", "3", "--format", "markdown")
    assert (code, "Moved:\n\n- fee: 3.00 EUR" in text) == (0, True)
    assert ask(*ROOM.split(), "--moved", "1") == (
        1,
        ask(*ROOM.split())[1] + "Moved:\n  ! Room: too late to move: not at this time\n",
    )


def test_terms_are_asked_with_the_price(ask) -> None:
    """The days of a contract and what is owed; of something that only lasts its last day."""
    code, text = ask(*["--product", "office", "--day", "2026-03-01", "--terms", "--leaves", "2026-06-15"])
    assert (code, "can end on: 2026-05-31" in text, "owed in all: 1200.00 EUR (4)" in text) == (0, True, True)
    assert "notice until 2026-06-01 for the end on 2026-06-30" in text
    assert (
        "dernier jour : 31/12/2026"
        in ask(*["--product", "member", "--day", "2026-03-01", "--terms", "--lang", "fr"])[1]
    )
    words = "--product office --day 2026-03-01 --terms --notice 2026-05-02 --format json"
    assert json.loads(ask(*words.split())[1])["terms"][0]["earliest_end"] == "2026-06-30"


def test_advice_is_asked_by_its_need(ask) -> None:
    """So many units, or days; what has to be asked first is named, and there is an exit code for no answer."""
    code, text = ask("--need", "hours=12")
    assert code == 1
    assert "to be asked first: what the customer holds" in text
    code, text = ask("--need", "hours=12", "--holds", "nothing")
    assert (code, text.splitlines()[:3]) == (0, ["1 × Ten hours", "2 × Room", "Total: 70.00 EUR"])
    assert ask("--need", "hours=2026-11-24,2026-11-25", "--holds", "nothing")[1].startswith("2 × Room\n")
    assert ask("--need", "hours=12", "--holds", "nothing", "--need-exact")[0] == 0
    found = json.loads(ask("--need", "hours=12", "--holds", "nothing", "--format", "json")[1])
    assert (found["total"], found["purchases"][0]["times"]) == ("70.00 EUR", 1)


def test_advice_has_a_day_and_says_the_tax(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the tax depends on the day, '--day' gives it, and the answer has net and tax beside the total."""
    path = tmp_path / "taxed.toml"
    path.write_text(
        'tariff = { id = "taxed", currency = "EUR", timezone = "Europe/Paris", prices = "excl", tax = "standard" }\n'
        'tax.standard.rates = [{ from = 2014-01-01, rate = "20%" }]\n'
        "product.day.rate = { price = 10.00 }\n"
        'advice.days = { unit = "day", offers = [{ product = "day", units = 1 }] }\n'
    )
    assert main(["quote", str(path), "--need", "days=3"]) == 1
    assert "to be asked first: the day" in capsys.readouterr().out
    assert main(["quote", str(path), "--need", "days=3", "--day", "2026-05-04"]) == 0
    text = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
    assert text.splitlines() == ["3 × day", "Total: 36.00 EUR", "  net: 30.00 EUR", "  tax: 6.00 EUR"]
    assert main(["quote", str(path), "--need", "days=3", "--day", "2026-05-04", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [found[name] for name in ("total", "gross", "net", "tax")] == [
        *("36.00 EUR", "36.00 EUR", "30.00 EUR", "6.00 EUR")
    ]
    assert main(["quote", str(path), "--need", "days=2026-05-04", "--day", "2026-05-04"]) == 2
    assert "--day" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--need hours", "how many or when"),
        ("--need hors=3", "did you mean 'hours'"),
        ("--need hours=3 --product room", "--product does not go with it"),
        ("--need hours=3 --count 2", "--count does not go with it"),
        ("--need hours=3 --held hours=1", "--held does not go with it"),
        ("--need hours=3 --and --need hours=2", "--and does not go with it"),
        ("--product room --need-exact", "goes with --need"),
        ("--product office --notice 2026-01-01", "--notice goes with --terms"),
        ("--product office --terms", "--terms needs the first day"),
        ("--product room --minutes 60 --cancelled 1 --moved 1", "either --cancelled or --moved"),
        ("--product room --minutes 60 --holds nothing --cancelled soon", "--cancelled is a time"),
    ],
)
def test_options_that_do_not_go_together_are_refused(ask, words: str, said: str) -> None:
    """Nothing that is asked is ignored."""
    code, text = ask(*words.split())
    assert code == 2
    assert said in text


def test_a_hint_names_the_option_that_gives_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nights are given by their last day, on the day of the question; a length by hours on that day."""
    path = tmp_path / "n.toml"
    path.write_text(
        'tariff = { id = "n", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
        'product.night = { measure = { unit = "night", nights = true }, rate = { price = 30.00, per = "night" } }\n'
        'product.room.rate = { price = 3.00, per = "1h" }\n'
    )
    hints = {}
    for product in ("night", "room"):
        assert main(["quote", str(path), "--product", product, "--day", "2026-12-24"]) == 1
        hints[product] = [line for line in capsys.readouterr().out.splitlines() if "to be given with" in line]
    assert hints == {
        "night": ["  to be given with: --until 2026-12-26"],
        "room": ["  to be given with: --at 2026-12-24T09:00 --hours 3.5"],
    }
    given = ["--product", "night", "--day", "2026-12-24", "--until", "2026-12-26"]
    assert main(["quote", str(path), *given]) == 0, "what the hint says is enough"
