"""The rules by which files of direct debits are looked at find what is wrong: each rule is broken once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cantinekit import Money
from cantinekit.errors import InputError
from cantinekit.sepa import Creditor, Debit, Mandate, direct_debit_file
from support.laws.debit_rules import check_file

IBAN = "DE89370400440532013000"
FILE = direct_debit_file(
    Creditor("La Cantine", "FR7630006000011234567890189", "DE98ZZZ09999999999"),
    [
        Debit(f"dbt_{n}", Mandate(f"M-{n}", "Zoé Löwe", IBAN, date(2026, 1, 5)), Money(4900 + n, "EUR"), sequence, "F1")
        for n, sequence in enumerate(("RCUR", "RCUR", "OOFF"))
    ],
    collect_on=date(2026, 11, 25),
    message_id="ddc-1",
    now=datetime(2026, 11, 24, 8, 30, tzinfo=UTC),
)


def test_a_file_that_is_right():
    """What the library writes keeps all of them, with two sequence types too."""
    assert check_file(FILE) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"<NbOfTxs>3<", b"<NbOfTxs>2<", "NbOfTxs is not 3"),
        (b"<CtrlSum>147.03<", b"<CtrlSum>147.02<", "CtrlSum is not 147.03"),
        (b"<CtrlSum>98.01<", b"<CtrlSum>98.02<", "CtrlSum is not 98.01"),
        (IBAN.encode(), b"DE00370400440532013000", "an IBAN whose check digits do not fit"),
        (b"DE98ZZZ09999999999</Id><SchmeNm>", b"DE99ZZZ09999999999</Id><SchmeNm>", "a creditor identifier whose"),
        (b"dbt-1", b"dbt-0", "EndToEndId twice"),
        (b'Ccy="EUR"', b'Ccy="CHF"', "an amount that is not in euros"),
        (b">49.01<", b">49.010<", "the amount 49.010"),
        (b"<ChrgBr>SLEV</ChrgBr>", b"", "PmtInf without ChrgBr"),
        (b"<PmtMtd>DD</PmtMtd><BtchBookg>true</BtchBookg>", b"<BtchBookg>true</BtchBookg><PmtMtd>DD</PmtMtd>", "order"),
        (b"<MndtId>M-0</MndtId>", b"", "MndtRltdInf without MndtId"),
        (b"2026-11-25", b"2026-11-28", "a day on which banks are closed"),
        (b"<SeqTp>OOFF", b"<SeqTp>ONCE", "SeqTp is ONCE"),
        (b"Zoe Lowe", "Zoé Löwe".encode(), "Nm with a letter that not all banks take"),
        (b">2026-01-05<", b">2026-12-05<", "a mandate that is signed after the debit"),
        (b"<Cd>CORE</Cd></LclInstrm><SeqTp>O", b"<Cd>B2B</Cd></LclInstrm><SeqTp>O", "two schemes in one file"),
    ],
)
def test_each_rule_bites(old, new, problem):
    """The control: a file in which one thing is wrong is found."""
    assert old in FILE
    assert any(problem in found for found in check_file(FILE.replace(old, new)))


def test_a_file_is_of_one_scheme():
    """Core, or between businesses: another word is refused."""
    asked = {"collect_on": date(2026, 11, 25), "message_id": "m", "now": datetime(2026, 11, 24, tzinfo=UTC)}
    creditor = Creditor("La Cantine", "FR7630006000011234567890189", "DE98ZZZ09999999999")
    debit = Debit("d", Mandate("M", "Zoe", IBAN, date(2026, 1, 5)), Money(1, "EUR"), "RCUR", "F1")
    file = direct_debit_file(creditor, [debit], scheme="b2b", **asked)
    assert b"<LclInstrm><Cd>B2B</Cd></LclInstrm>" in file
    with pytest.raises(InputError, match="a scheme is one of core, b2b"):
        direct_debit_file(creditor, [debit], scheme="cor1", **asked)
