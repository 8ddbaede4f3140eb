"""The balances with which a year opens in the export: account by account those with which the year before ended."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cli import main
from cantinekit.errors import CurrencyError, NotFoundError, UnmappedError
from cantinekit.money import Money
from cantinekit.reads import Reader
from support.houses.lending_house import a_gift, charge, open_lending, the_hall, with_keys
from support.houses.small_house import TODAY, period
from support.laws import fec_rules
from support.stores.around import Around

FIRST, SECOND = (date(2026, 1, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 12, 31))


def lived(storage="memory://"):
    """A house that lends, with all kinds of money in two years: sales with tax, a deposit, a voucher, units, a plan
    that lasts over the end of the year, a refund, and money that a bank took back.
    """
    house = open_lending(storage=storage)
    registered = c.DescribeEntity("asso", address=("2 quai",), country="FR", registration="123 456 789")
    house.do(registered)
    house.do(the_hall())
    for day in (TODAY, date(2026, 12, 20), date(2027, 2, 1)):
        house.wait(days=(day - house.clock.now().date()).days)
        one = charge(house, attrs.evolve(with_keys(), period=period(10, 11, day)))
        house.do(a_gift("card"))
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"))
        house.do(c.SellPass(product_id="lend/plan", place_id="paris", holder_id="zoe", account="desk"))
        house.do(c.KeepDeposit(one.id, amount=Money(2000, "EUR"), reason="a key was lost"))
        house.do(c.RefundLines(one.id, lines=(0,), reason="cold"))
        house.do(c.RecordChargeback(house.all(m.Attempt)[-1].id, lost=Money(500, "EUR"), reason="dispute lost"))
    return house


@pytest.fixture(scope="module")
def house():
    """The same, for all who only read."""
    return lived()


def rows(house, days, **more):
    """The rows of the FEC of some days, which keeps the published rules."""
    fec = house.cantine.read.fec("asso", *days, **more)
    text = "".join(fec.lines)
    assert fec_rules.problems(fec.name, text) == []
    return fec_rules.rows_of(text)


def balances(found):
    """What rows come to by account, and by who owes it."""
    sums = Counter()
    for row in found:
        sums[row["CompteNum"], row["CompAuxNum"]] += fec_rules.amount(row["Debit"]) - fec_rules.amount(row["Credit"])
    return {account: amount for account, amount in sums.items() if amount}


def sheet(found):
    """The balances of the classes 1 to 5, and what 6 and 7 come to."""
    all_of = balances(found)
    kept = {key: amount for key, amount in all_of.items() if key[0][0] not in "67" and key[0][:2] != "12"}
    return kept, sum(amount for key, amount in all_of.items() if key[0][0] in "67" or key[0][:2] == "12")


def test_a_year_opens_as_the_one_before_ended(house):
    """The first entry of the second year is of the journal of openings, on its first day, and has account by account,
    and payer by payer, the balances of the end of the first; what was earned is the result.
    """
    before, after = rows(house, FIRST, opening=True), rows(house, SECOND, opening=True)
    opened = [row for row in after if row["JournalCode"] == "AN"]
    assert {(row["EcritureNum"], row["EcritureDate"], row["EcritureLib"]) for row in opened} == {
        ("1", "20270101", "À-nouveaux")
    }
    assert after[: len(opened)] == opened
    assert sheet(opened) == sheet(before)
    assert {row["CompteNum"][:3] for row in opened} >= {"120", "411", "419", "445", "487", "512"}
    assert not [row for row in opened if row["CompteNum"][0] in "67"]
    assert not [row for row in before if row["JournalCode"] == "AN"]


def test_the_year_ends_where_all_its_days_do(house):
    """The second year with its opening balances ends as the export of both years does, account by account; control:
    without them it does not.
    """
    both = sheet(rows(house, (FIRST[0], SECOND[1])))
    assert sheet(rows(house, SECOND, opening=True)) == both
    assert sheet(rows(house, SECOND)) != both
    assert rows(house, SECOND) == [
        {**row, "EcritureNum": str(int(row["EcritureNum"]) - 1)}
        for row in rows(house, SECOND, opening=True)
        if row["JournalCode"] != "AN"
    ]


def test_months_open_as_years_do(house):
    """Whatever day an export begins on, it opens with what stands at the end of the day before."""
    for day in (TODAY + timedelta(days=1), date(2026, 12, 21), date(2027, 1, 15), date(2027, 2, 2)):
        opened = [row for row in rows(house, (day, SECOND[1]), opening=True) if row["JournalCode"] == "AN"]
        assert sheet(opened) == sheet(rows(house, (FIRST[0], day - timedelta(days=1))))


def test_a_closed_year_opens_the_next_as_an_open_one():
    """Closing a year, and what is entered after it, changes nothing of what the next one opens with."""
    house = lived()
    before = rows(house, SECOND, opening=True)
    house.do(c.ClosePeriod("asso", until=FIRST[1]))
    house.cantine.run_due()
    assert rows(house, SECOND, opening=True)[: len(before)] == before


def test_a_loss_is_a_debit():
    """Who has earned nothing and lost something opens with a loss, on an account of its own."""
    house = open_lending(storage="memory://")
    house.do(c.DescribeEntity("asso", address=("2 quai",), country="FR", registration="123 456 789"))
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", on_account=True))
    house.do(c.WriteOff(sold.charges[0].id, reason="moved away"))
    opened = [row for row in rows(house, SECOND, opening=True) if row["JournalCode"] == "AN"]
    assert [(row["CompteNum"], row["Debit"], row["Credit"]) for row in opened] == [
        ("129000", "80,00", "0,00"),
        ("487000", "0,00", "80,00"),
    ]


def test_the_codes_of_the_accountant_count(house):
    """``MapAccounts`` says the journal and the accounts of the result; where nothing stands behind, they are asked for,
    and the account says what makes the result.
    """
    own = lived()
    own.do(
        c.MapAccounts(
            "asso",
            accounts={"result/profit": ("119000", "Report à nouveau")},
            journals={"opening": ("RAN", "Reports")},
        )
    )
    first, *_ = own.cantine.read.accounting_entries("asso", *SECOND, opening=True)
    assert (first.journal, first.what, first.entry_id) == ("RAN", "opening balances", "")
    assert "119000" in {line.code for line in first.lines}
    named = {name: ("9" + str(n).zfill(3), name) for n, name in enumerate(("revenue/*", "lost", "result/profit"))}
    rest = ("receivable", "deferred/*", "account/*", "deposits", "vouchers", "refunds payable", "tax/*")
    named |= {name: ("8" + str(n).zfill(3), name) for n, name in enumerate(rest)}
    journals = {kind: (kind[:2].upper(), kind) for kind in ("sales", "money", "other")}
    own.do(c.MapAccounts("asso", accounts=named, journals=journals, base=""))
    with pytest.raises(UnmappedError, match="journal opening"):
        list(own.cantine.read.accounting_entries("asso", *SECOND, opening=True))
    own.do(c.MapAccounts("asso", accounts=named, journals={**journals, "opening": ("EB", "Eröffnung")}, base=""))
    first, *_ = own.cantine.read.accounting_entries("asso", *SECOND, opening=True)
    assert not {line.account for line in first.lines if line.account.startswith(("revenue/", "lost"))}
    assert sum(line.debit - line.credit for line in first.lines) == 0


def test_a_house_that_begins_opens_with_nothing(house):
    """Where nothing was before there is no opening entry; an entity that is not there is refused."""
    assert rows(house, FIRST, opening=True) == rows(house, FIRST)
    with pytest.raises(NotFoundError):
        house.cantine.read.fec("nobody", *FIRST, opening=True)


def test_the_command_and_the_csv_have_them(tmp_path, capsys):
    """``cantinekit export --opening`` writes them first, in the FEC and in CSV."""
    url = f"sqlite:///{tmp_path}/house.db"
    house = lived(url)
    asked = ["export", url, "asso", "--from", "2027-01-01", "--until", "2027-12-31", "--to", str(tmp_path), "--opening"]
    assert main(asked) == 0
    assert main([*asked, "--as", "csv"]) == 0
    capsys.readouterr()
    fec = house.cantine.read.fec("asso", *SECOND, opening=True)
    assert (tmp_path / fec.name).read_bytes().decode() == "".join(fec.lines)
    csv = (tmp_path / "20270101-20271231.csv").read_text(encoding="utf-8")
    assert ",opening balances,À-nouveaux," in csv.splitlines()[1]


# --- other currencies ------------------------------------------------------------------------------------------------


class InPounds(Around):
    """A store in which the place takes pounds, and every entry is in them."""

    def load(self, keys):
        return [_pounds(row) for row in super().load(keys)]

    def find(self, kind, field, **how):
        page = super().find(kind, field, **how)
        return attrs.evolve(page, rows=[_pounds(row) for row in page.rows])


def _pounds(row):
    return attrs.evolve(row, body=row.body.replace('"EUR"', '"GBP"')) if row is not None else None


def test_another_currency_is_refused_at_once(house):
    """A FEC is kept in euros, and what the amounts are in euros nobody has said: it is refused before its first
    line. CSV has the currency of each line. A period without such an entry has a FEC, unless it opens with some.
    """
    read = Reader(InPounds(house.storage), house.clock.now)
    with pytest.raises(CurrencyError, match=r"GBP.*CSV"):
        read.fec("asso", *SECOND)
    quiet = date(2028, 1, 1), date(2028, 12, 31)
    with pytest.raises(CurrencyError, match="GBP"):
        read.fec("asso", *quiet, opening=True)
    assert len(list(read.fec("asso", date(2025, 1, 1), date(2025, 12, 31)).lines)) == 1
    assert ",GBP," in "".join(read.accounting_csv("asso", *SECOND, opening=True))
