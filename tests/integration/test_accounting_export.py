"""The export for the accountant: codes, tax, the French file of entries, CSV, and what is in it of people."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import get_args

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine, random_ids
from cantinekit.cli import main
from cantinekit.domain.payments.records import Posting
from cantinekit.errors import CurrencyError, InputError, NotFoundError, UnmappedError, UnsuitableError
from cantinekit.money import Money
from cantinekit.reads import records as reading
from cantinekit.reads.fec import TEXTS, csv_lines, fec_lines
from support.houses.issuing_house import SERIES, ZOE
from support.houses.lending_house import a_gift, charge, open_lending, the_hall, with_keys
from support.houses.small_house import TODAY
from support.laws import book_laws, fec_rules
from support.stores.around import Around

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(params=["memory", "sqlite"])
def house(request, tmp_path):
    """A house that lends, whose laws of books hold in the end."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/house.db"
    house = open_lending(storage=url)
    described(house)
    yield house
    book_laws.hold(house.storage, house.clock.now())


def described(house, registration="123 456 789"):
    house.do(
        c.DescribeEntity(
            "asso", address=("2 quai du Port",), country="FR", registration=registration, vat_number="FR12123456789"
        )
    )


def booked(house, *days, **more):
    return list(house.cantine.read.accounting_entries("asso", *(days or YEAR), **more))


def lines(entry):
    return [(line.code, line.debit, line.credit) for line in entry.lines]


def totals(found):
    sums = {}
    for entry in found:
        for line in entry.lines:
            sums[line.code] = sums.get(line.code, 0) + line.debit - line.credit
    return {code: amount for code, amount in sums.items() if amount}


# --- entries ---------------------------------------------------------------------------------------------------------


def test_a_sale_with_tax_and_a_deposit(house):
    """A room for 15.00 with 20 % of tax in it, and 100.00 as a deposit: five accounts, three journals, in order."""
    house.do(with_keys())
    sold, taken, held = booked(house)
    assert (sold.journal, lines(sold)) == (
        "VE", [("411000", 11500, 0), ("165000", 0, 10000), ("706000", 0, 1250), ("445710", 0, 250)],
    )  # fmt: skip
    assert [line.account for line in sold.lines][2:] == ["revenue/keys", "tax/20%"]
    assert (taken.journal, lines(taken)) == ("BQ", [("512000", 1500, 0), ("411000", 0, 1500)])
    assert (held.what, lines(held)) == ("deposit taken", [("512000", 10000, 0), ("411000", 0, 10000)])
    assert [one.number for one in (sold, taken, held)] == [1, 2, 3]
    assert {one.day for one in (sold, taken, held)} == {TODAY}


def test_what_goes_back_takes_its_tax_with_it(house):
    """All of a charge that is called off leaves nothing on any account; a part its share of the tax."""
    one = charge(house, with_keys())
    house.do(c.RefundCharge(one.id, amount=Money(600, "EUR"), reason="noisy"))
    credit = next(entry for entry in booked(house) if entry.what == "refund asked")
    assert (credit.journal, lines(credit)) == ("VE", [("706000", 500, 0), ("445710", 100, 0), ("419800", 0, 600)])
    house.do(c.RefundCharge(one.id, amount=Money(900, "EUR"), reason="all of it"))
    house.do(c.ReturnDeposit(one.id))
    assert totals(booked(house)) == {}


def test_units_are_deferred_without_tax(house):
    """A voucher that is sold and used in part: what is owed of it is a liability, and no tax is in what it pays."""
    house.do(a_gift())
    assert totals(booked(house)) == {"512000": 4500, "419100": -5000, "706000": 417, "445710": 83}
    deferred = next(entry for entry in booked(house) if entry.what == "deferred")
    assert deferred.journal == "OD"


def test_days_to_come_are_no_revenue_of_the_period(house):
    """A plan of thirty days for 10.00: at the end of the day 9.67 are owed, tax included; the next month takes them
    up. Control: the ledger itself knows nothing of it.
    """
    house.do(c.SellPass(product_id="lend/plan", place_id="paris", holder_id="zoe", account="desk"))
    first, then = (TODAY, TODAY), (TODAY + timedelta(days=1), TODAY + timedelta(days=60))
    *_, owed = booked(house, *first)
    assert (owed.what, owed.journal, owed.day, lines(owed)) == (
        "days owed", "OD", TODAY, [("706000", 806, 0), ("487000", 0, 806)],
    )  # fmt: skip
    (back,) = booked(house, *then)
    assert (back.what, back.day, lines(back)) == ("days owed before", then[0], [("487000", 806, 0), ("706000", 0, 806)])
    assert not [one for one in house.all(m.LedgerEntry) if any("deferred" in line.account for line in one.lines)]
    assert totals([*booked(house, *first), *booked(house, *then)]) == totals(booked(house, first[0], then[1]))


def test_what_is_charged_comes_before_what_is_paid():
    """Entries of one instant stand by what they record, whatever ids they have: a sale, then its money."""
    house = open_lending(storage="memory://", ids=random_ids)
    described(house)
    for hour in (10, 11, 12, 13):
        house.do(with_keys(hour=hour))
        house.wait(minutes=1)
    found = [entry.what for entry in booked(house)]
    assert found == ["raised", "taken", "deposit taken"] * 4


def test_documents_prove_what_they_are_for(house):
    """An invoice is what proves a sale, once it is issued; what was issued after the period proves nothing in it."""
    for name, what, prefix in SERIES:
        house.do(c.OpenSeries(entity_id="asso", name=name, documents=what, prefix=prefix, zone="Europe/Paris"))
    one = charge(house, with_keys())
    house.wait(days=2)
    document = house.do(c.IssueDocument(charge_id=one.id, series="invoices", addressee=ZOE)).value
    assert booked(house)[0].piece == document.printed
    assert booked(house)[0].piece_day == document.issued_on
    assert booked(house, TODAY, TODAY)[0].piece == one.id
    assert booked(house)[1].piece == house.get(m.Charge, one.id).attempt_ids[0]


def test_a_period_is_days(house):
    """From a day to a day, both included; the other way round is refused, and so is somebody unknown."""
    house.do(with_keys())
    assert booked(house, TODAY - timedelta(days=5), TODAY - timedelta(days=1)) == []
    assert len(booked(house, TODAY, TODAY)) == 3
    with pytest.raises(InputError, match="not before it"):
        booked(house, TODAY, TODAY - timedelta(days=1))
    with pytest.raises(NotFoundError):
        house.cantine.read.accounting_entries("nobody", *YEAR)


# --- codes -----------------------------------------------------------------------------------------------------------


def test_codes_of_the_legal_entity_come_first(house):
    """What is mapped counts before the French plan, and what says most of an account before what says less."""
    house.do(with_keys())
    house.do(
        c.MapAccounts(
            "asso",
            accounts={
                "revenue/*": ("706100", "Location"),
                "revenue/keys": ("708300", "Locations diverses"),
                "account/desk": ("530000", "Caisse"),
            },
            journals={"money": ("CA", "Journal de caisse")},
        )
    )
    sold, taken, _ = booked(house)
    assert [line.code for line in sold.lines] == ["411000", "165000", "708300", "445710"]
    assert (taken.journal, taken.journal_label, taken.lines[0].code) == ("CA", "Journal de caisse", "530000")
    assert sold.journal == "VE"
    again = house.do(c.MapAccounts("asso", accounts={"revenue/keys": ("706200", "Salles")}))
    assert (again.value.journals, booked(house)[0].lines[2].code) == ((), "706200")
    assert house.do(c.MapAccounts("asso", accounts={"revenue/keys": ("706200", "Salles")})).events == ()


def test_an_account_without_a_code_is_named(house):
    """Without a chart behind it, an account that is not mapped refuses the export, and the error says which."""
    house.do(with_keys())
    house.do(c.MapAccounts("asso", accounts={"receivable": ("411000", "Clients")}, base=""))
    with pytest.raises(UnmappedError, match="journal sales"):
        booked(house)
    journals = {"sales": ("VE", "Ventes"), "money": ("BQ", "Banque"), "other": ("OD", "Divers")}
    house.do(c.MapAccounts("asso", accounts={"receivable": ("411000", "Clients")}, journals=journals, base=""))
    with pytest.raises(UnmappedError, match="deposits") as refused:
        booked(house)
    assert (refused.value.entity_id, refused.value.account) == ("asso", "deposits")
    house.do(c.MapAccounts("asso"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"receivable": "411000"},
        {"receivable": ("41", "Clients")},
        {"receivable": ("411000", " ")},
        {"re*ble": ("411000", "Clients")},
        {"": ("411000", "Clients")},
        "receivable",
        5,
        [m.AccountCode("lost", "654000", "Pertes"), m.AccountCode("lost", "655000", "Pertes")],
        [("lost", "654000", "Pertes")],
    ],
)
def test_a_wrong_mapping_is_refused(wrong):
    """A code has three to twenty letters and digits, a label is not empty, a ``*`` is last, nothing is said twice."""
    with pytest.raises(InputError):
        c.MapAccounts("asso", accounts=wrong)


def test_a_wrong_journal_is_refused():
    """A journal is one of three, with a code and a label."""
    for wrong in ({"bank": ("BQ", "Banque")}, {"money": ("B Q", "Banque")}, {"money": ("BQ", "")}):
        with pytest.raises(InputError):
            c.MapAccounts("asso", journals=wrong)


def test_another_country_says_its_codes(house):
    """Only in France, or where no country is said, the French codes are there by themselves."""
    house.do(with_keys())
    house.do(c.DescribeEntity("asso", address=("Hauptstr. 1",), country="DE"))
    with pytest.raises(UnmappedError):
        booked(house)
    house.do(c.MapAccounts("asso", base="fr"))
    assert len(booked(house)) == 3


# --- the FEC ---------------------------------------------------------------------------------------------------------


def fec(house, **more):
    found = house.cantine.read.fec("asso", *YEAR, **more)
    return found.name, "".join(found.lines)


def lived(house):
    """All kinds of money of a house."""
    house.do(the_hall())
    one = charge(house, with_keys())
    house.do(a_gift("card"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe"))
    house.do(c.KeepDeposit(one.id, amount=Money(2000, "EUR"), reason="a key was lost"))
    house.do(c.RefundLines(one.id, lines=(0,), reason="cold"))
    house.do(c.RecordChargeback(house.all(m.Attempt)[-1].id, lost=Money(500, "EUR"), reason="dispute lost"))
    return house


def test_the_fec_keeps_the_rules(house):
    """The file of a year keeps the published rules, has the name that the law wants, and balances."""
    name, text = fec(lived(house))
    assert name == "123456789FEC20261231.txt"
    assert fec_rules.problems(name, text) == []
    rows = fec_rules.rows_of(text)
    assert len({row["EcritureNum"] for row in rows}) == len(booked(house)) > 10
    assert sum(fec_rules.amount(row["Debit"]) - fec_rules.amount(row["Credit"]) for row in rows) == 0
    assert {row["JournalCode"] for row in rows} == {"VE", "BQ", "OD"}
    assert {row["CompteNum"][:3] for row in rows} >= {"411", "706", "445", "512", "487", "165", "419", "758", "654"}


def test_the_checker_bites(house):
    """Control: each rule that is broken in a good file is found."""
    name, text = fec(lived(house))
    head, *rows = text.split("\r\n")[:-1]
    first = rows[0].split("\t")

    def broken(column, value):
        cells = list(first)
        cells[fec_rules.COLUMNS.index(column)] = value
        return "\r\n".join([head, "\t".join(cells), *rows[1:]])

    wrong = [
        ("entries.txt", text),
        ("123456789FEC20261331.txt", text),
        ("123456789FEC20260101.txt", text),
        (name, text.replace("CompteLib", "CompteLabel", 1)),
        (name, text.replace("\t", ";")),
        (name, "\r\n".join([head, *rows[1:]])),
        (name, "\r\n".join([head, rows[0] + "\t", *rows[1:]])),
        (name, "\r\n".join([head, *rows[::-1]])),
        *((name, broken(column, "")) for column in fec_rules.MUST),
        (name, broken("EcritureDate", "2026-11-24")),
        (name, broken("EcritureDate", "20270101")),
        (name, broken("ValidDate", "20260101")),
        (name, broken("CompteNum", "CLI")),
        (name, broken("CompteLib", "Autre")),
        (name, broken("JournalLib", "Autre")),
        (name, broken("Debit", "430.00")),
        (name, broken("Debit", "1 430,00")),
        (name, broken("Debit", "1,00")),
        (name, broken("Credit", "430,00")),
        (name, broken("EcritureNum", "7")),
        (name, broken("CompAuxLib", "")),
        (name, broken("Idevise", "USD")),
        (name, broken("EcritureLet", "A")),
    ]
    assert [(number, one[0]) for number, one in enumerate(wrong) if not fec_rules.problems(*one)] == []


@pytest.mark.parametrize(
    ("registration", "name"),
    [
        ("123456789", "123456789"),
        ("123 456 789 00012", "123456789"),
        ("123.456.789", "123456789"),
        ("SIREN 123 456 789", "123456789"),
        ("SIRET : 123 456 789 00012", "123456789"),
    ],
)
def test_the_name_is_of_the_siren(house, registration, name):
    """A SIREN names the file, or the SIRET that begins with it."""
    described(house, registration)
    assert fec(house)[0] == f"{name}FEC20261231.txt"


@pytest.mark.parametrize("registration", ["", "12345678", "W123456789", "١٢٣٤٥٦٧٨٩"])
def test_without_a_siren_there_is_nofec_lines(house, registration):
    """A legal entity without such a number is refused; CSV it has all the same."""
    described(house, registration)
    with pytest.raises(UnsuitableError, match="SIREN"):
        fec(house)
    assert "".join(house.cantine.read.accounting_csv("asso", *YEAR)).startswith("number,journal,")


def test_a_code_of_no_french_account_is_refused(house):
    """The first three characters of an account are digits in a FEC."""
    house.do(with_keys())
    house.do(c.MapAccounts("asso", accounts={"receivable": ("CLI", "Clients")}))
    with pytest.raises(UnsuitableError, match="three digits"):
        fec(house)
    house.do(c.MapAccounts("asso"))


def test_a_fec_is_in_euros():
    """A legal entity that takes another currency has no FEC; CSV says the currency of each line."""
    house = open_lending(storage="memory://")
    described(house)
    entry = attrs.evolve(next(iter(booked_with(house))), currency="CHF")
    with pytest.raises(CurrencyError, match="CHF"):
        list(fec_lines([entry]))
    assert ",CHF," in "".join(csv_lines([entry]))


def booked_with(house):
    house.do(with_keys())
    return booked(house)


def test_texts_break_no_line(house):
    """A label with a tab or a line break is refused or has a blank there: a column stays a column."""
    entry = booked_with(house)[0]
    odd = attrs.evolve(entry, lines=tuple(attrs.evolve(line, label='a\tb|c\r\n"d"') for line in entry.lines))
    _, *rows = fec_lines([odd])
    assert [row.count("\t") for row in rows] == [17] * len(entry.lines)
    assert "a b c d" in rows[0]


# --- people ----------------------------------------------------------------------------------------------------------


def test_people_are_ids(house):
    """Without being asked for, no name is in an export; with names, the one who was forgotten is an id."""
    house.do(with_keys())
    name = house.get(m.Person, "zoe").name
    assert name not in fec(house)[1]
    receivable = booked(house)[0].lines[0]
    assert (receivable.party, receivable.party_name) == ("zoe", "zoe")
    assert booked(house, *YEAR, names=True)[0].lines[0].party_name == name
    assert name in fec(house, names=True)[1]
    before = fec(house)
    house.wait(minutes=1)
    house.do(c.ReturnDeposit(house.all(m.Charge)[0].id))
    house.wait(days=60)
    house.do(c.ForgetPerson("zoe"))
    assert house.get(m.Person, "zoe").state == "forgotten"
    named, text = fec(house, names=True)
    assert name not in text
    assert (named, text) == fec(house)
    assert text.startswith(before[1])


def test_an_organisation_is_named_as_people_are(house):
    """An organisation that owes is an id, and with names its name, until it is forgotten."""
    house.do(c.AddOrganisation(name="Canary Works", id="works"))
    house.do(c.Affiliate(organisation_id="works", person_id="zoe", role="admin", first_day=TODAY))
    house.do(attrs.evolve(with_keys(), payer_id="works"))
    receivable = booked(house)[0].lines[0]
    assert (receivable.party, receivable.party_name) == ("works", "works")
    assert booked(house, *YEAR, names=True)[0].lines[0].party_name == "Canary Works"
    house.do(c.ReturnDeposit(house.all(m.Charge)[0].id))
    house.wait(days=60)
    house.do(c.ForgetOrganisation("works"))
    assert "Canary" not in fec(house, names=True)[1]


# --- CSV and the command ---------------------------------------------------------------------------------------------


def test_the_csv_has_all_lines(house):
    """Each line of each entry is a row; no cell is a formula to a spreadsheet."""
    found = booked(lived(house))
    rows = list(csv.DictReader(io.StringIO("".join(house.cantine.read.accounting_csv("asso", *YEAR)))))
    assert len(rows) == sum(len(entry.lines) for entry in found)
    assert sum(int(row["debit"].replace(".", "")) for row in rows) == sum(
        line.debit for entry in found for line in entry.lines
    )
    assert {row["account"] for row in rows} >= {"receivable", "tax/20%", "revenue/keys"}
    odd = attrs.evolve(found[0], lines=tuple(attrs.evolve(line, label="=1+1") for line in found[0].lines))
    assert {row["label"] for row in csv.DictReader(io.StringIO("".join(csv_lines([odd]))))} == {"'=1+1"}


def test_the_command_writes_the_file(tmp_path, capsys):
    """``cantinekit export`` writes the FEC under its name, or CSV, and says where; what fails leaves nothing behind."""
    url = f"sqlite:///{tmp_path}/house.db"
    house = open_lending(storage=url)
    described(lived(house))
    expected = fec(house)
    asked = ["export", url, "asso", "--from", "2026-01-01", "--until", "2026-12-31", "--to", str(tmp_path / "out")]
    assert main(asked) == 2
    assert "cannot be written" in capsys.readouterr().err
    (tmp_path / "out").mkdir()
    assert main(asked) == 0
    path = tmp_path / "out" / expected[0]
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_bytes().decode() == expected[1]
    assert main([*asked, "--as", "csv"]) == 0
    assert (tmp_path / "out" / "20260101-20261231.csv").read_text().startswith("number,")
    house.do(c.MapAccounts("asso", base=""))
    path.unlink()
    assert main(asked) == 2
    assert "has no code" in capsys.readouterr().err
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["20260101-20261231.csv"]
    assert main(["export", f"sqlite:///{tmp_path}/none.db", *asked[2:]]) == 2
    with pytest.raises(SystemExit):
        main([*asked[:-2], "--from", "yesterday"])


# --- what it costs ---------------------------------------------------------------------------------------------------


class Counted(Around):
    """Counts the rows of the ledger that are read, and how many were read at once at most."""

    def __init__(self, inner):
        super().__init__(inner)
        self.rows = self.most = 0

    def find(self, kind, field, **how):
        page = super().find(kind, field, **how)
        if kind == m.LedgerEntry.kind:
            self.rows += len(page.rows)
            self.most = max(self.most, len(page.rows))
        return page


def test_an_export_reads_the_entries_of_its_days_only(monkeypatch):
    """A month of a longer life costs the rows of its entries; they come page by page, before the rest is read."""
    monkeypatch.setattr(reading, "PAGE", 20)
    house = open_lending(storage="memory://")
    for _ in range(3):
        for _ in range(120):
            visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk")).value
            house.do(c.CheckOut(visit.id))
            house.wait(seconds=1)
        house.wait(days=30)
    store = Counted(house.storage)
    with Cantine(store, clock=house.clock) as cantine:
        days = TODAY + timedelta(days=20), TODAY + timedelta(days=40)
        found = cantine.read.accounting_entries("asso", *days)
        next(found)
        assert (store.rows, store.most) == (220, 20)
        assert 1 + len(list(found)) == store.rows == 240


def test_every_entry_says_in_french_what_it_records():
    """Whatever an entry of the ledger records has a text of its own in the file of the accountant."""
    assert set(get_args(Posting)) <= set(TEXTS)
    assert len(set(TEXTS.values())) == len(TEXTS)
