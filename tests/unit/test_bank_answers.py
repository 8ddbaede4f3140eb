"""Answers of banks: what is read of them, and that hostile bytes get an error with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import Money
from cantinekit.bank_answers import MOST_BYTES, MOST_LINES, BankAnswer, BankLine, read_bank_answer
from cantinekit.errors import InputError
from support.houses.debit_house import booked_at_bank, booking_of, rejected

TRANSFER = booking_of("LOYER", "300.00").replace("IDDT", "RCDT")


def notice(*entries):
    return booked_at_bank(*entries)


def test_a_reject_names_the_debit_and_the_reason():
    """Of a status report only what was rejected is read; the line is where it stands."""
    accepted = b"<TxInfAndSts><OrgnlEndToEndId>dbt-9</OrgnlEndToEndId><TxSts>ACCP</TxSts></TxInfAndSts>"
    content = rejected(("dbt_1", "AC04"), ("dbt_2", "MD01")).replace(b"<TxInfAndSts>", accepted + b"<TxInfAndSts>", 1)
    found = read_bank_answer(content)
    assert (found.kind, found.message) == ("pain.002", "R1")
    assert [(one.what, one.key, one.reason, one.line) for one in found.lines] == [
        ("back", "dbt-1", "AC04", 3),
        ("back", "dbt-2", "MD01", 4),
    ]


def test_bookings_name_what_came_and_what_went():
    """Credits and returns of direct debits, with their amounts; a transfer and what is only pending are left out."""
    pending = booking_of("dbt_3", "1.00").replace("BOOK", "PDNG")
    reversed_ = booking_of("dbt_4", "2.00").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    content = notice(
        booking_of("dbt_1", "15.00"), TRANSFER, pending, booking_of("dbt_2", "30.00", "MD06"), reversed_
    ).replace(b"camt.054.001.08", b"camt.054.001.02")
    found = read_bank_answer(content)
    assert [(one.what, one.key, one.reason, one.amounts) for one in found.lines] == [
        ("settled", "dbt-1", "", (Money(1500, "EUR"),)),
        ("back", "dbt-2", "MD06", (Money(3000, "EUR"),)),
        ("back", "dbt-4", "", (Money(200, "EUR"),)),
    ]


def test_a_return_with_fees_has_both_amounts():
    """The bank may book the debit and its fee in one sum: what was debited is there too."""
    with_fee = booking_of("dbt_1", "18.50", "AM04").replace(
        "</Refs>", '</Refs><AmtDtls><InstdAmt><Amt Ccy="EUR">15.00</Amt></InstdAmt></AmtDtls>'
    )
    (line,) = read_bank_answer(notice(with_fee)).lines
    assert line.amounts == (Money(1500, "EUR"), Money(1850, "EUR"))


def test_answers_to_transfers_are_not_read():
    """A bank sends status reports of transfers by the same message."""
    content = rejected(("dbt_1", "AC04")).replace(b"pain.008.001.08", b"pain.001.001.09")
    assert read_bank_answer(content).lines == ()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
GOOD = booked_at_bank(booking_of("dbt_1", "15.00"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1 of the answer: no element found"),
        (b"<a>", "line 1 of the answer: no element found"),
        (b"\x00\x01", "line 1 of the answer"),
        (b"<a/>", "a pain.002 or a camt.054 is expected"),
        (GOOD.replace(b"camt.054", b"camt.053"), "a pain.002 or a camt.054 is expected"),
        (GOOD.replace(b"\n<Document", b"\n" + BOMB + b"<Document"), "line 2 of the answer: a document type"),
        (GOOD.replace(b"\n<Document", b"\n" + OUTSIDE + b"<Document"), "line 2 of the answer: a document type"),
        (GOOD.replace(b"15.00<", b"&a;<", 1), "line 3 of the answer: undefined entity"),
        (GOOD.replace(b"UTF-8", b"x-none"), "unknown encoding"),
        (GOOD.replace(b"15.00", b"1e3"), "line 3 of the answer: '1e3' is no amount"),
        (GOOD.replace(b"15.00", b"15.001"), "line 3 of the answer: not an amount of EUR"),
        (GOOD.replace(b'"EUR"', b'"XXQ"'), "line 3 of the answer"),
        (GOOD.replace(b"CRDT", b"PLUS"), "line 3 of the answer: a booking says CRDT or DBIT"),
        (GOOD.replace(b"dbt-1", b"d" * 101), "EndToEndId is too long"),
        (GOOD.replace(b"dbt-1", b"d" * 5000), "line 3 of the answer: a text of more than"),
        (GOOD.replace(b"<Ntry>", b"<x>" * 50 + b"</x>" * 50 + b"<Ntry>"), "deeper than 40"),
        (GOOD.replace(b"<Ntry>", b"<x/>" * 400_001 + b"<Ntry>"), "more than 400000 elements"),
        (rejected(("dbt_1", "A B!")), "'A B!' is no code of a reason"),
        (b" " * (MOST_BYTES + 1), "at most 10000000 bytes"),
        ("text", "is read from bytes, not str"),
        (GOOD.replace(b"BkToCstmrDbtCdtNtfctn", b"Other"), "camt.054 without BkToCstmrDbtCdtNtfctn"),
    ],
)
def test_hostile_bytes_get_an_error_with_its_line(content, words):
    """What is no such message, or is made to harm, is refused with the place and the reason; nothing is expanded."""
    with pytest.raises(InputError, match=words):
        read_bank_answer(content)


def test_an_answer_about_too_many_is_refused():
    """So many debits are in no collection; the limit itself is read."""
    entries = [booking_of(f"dbt_{n}", "1.00") for n in range(MOST_LINES)]
    assert len(read_bank_answer(notice(*entries)).lines) == MOST_LINES
    with pytest.raises(InputError, match="more than 2000 direct debits"):
        read_bank_answer(notice(*entries, booking_of("dbt_x", "1.00")))


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=4))
def test_broken_bytes_are_read_or_refused(at, bytes_):
    """Whatever is written over a good answer: it is read, or there is an ``InputError``, and never anything else."""
    content = GOOD[:at] + bytes_ + GOOD[at + len(bytes_) :]
    try:
        found = read_bank_answer(content)
    except InputError:
        return
    assert all(isinstance(one, BankLine) for one in found.lines)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "camt.053"},
        {"digest": "0"},
        {"lines": ("line",)},
        {"lines": [BankLine("back", "dbt-1")]},
        {"lines": (BankLine("back", "dbt-1"),) * (MOST_LINES + 1)},
    ],
)
def test_an_answer_that_is_made_by_hand_is_checked(wrong):
    """It can be, for a bank that answers by letter."""
    fields = {"kind": "pain.002", "message": "by hand", "digest": "0" * 64, "lines": (BankLine("back", "dbt-1"),)}
    assert BankAnswer(**fields).lines[0].what == "back"
    with pytest.raises(InputError):
        BankAnswer(**{**fields, **wrong})


@pytest.mark.parametrize("wrong", [{"what": "gone"}, {"amounts": (1,)}, {"line": 0}, {"reason": "x" * 36}])
def test_a_line_that_is_made_by_hand_is_checked(wrong):
    """Its word, its amounts, its line and its code."""
    with pytest.raises(InputError):
        BankLine(**{"what": "back", "key": "dbt-1", **wrong})
