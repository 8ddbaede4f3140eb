"""Direct debits: the file is one that the schema and the checks take, and what a bank would refuse is said before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import Money
from cantinekit.errors import InputError
from cantinekit.sepa import (
    SCHEMA,
    Creditor,
    Debit,
    Mandate,
    check_direct_debits,
    direct_debit_file,
    is_banking_day,
    next_banking_day,
)

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
TODAY, NEXT = date(2026, 11, 24), date(2026, 11, 25)
IBAN, OTHER = "FR7630006000011234567890189", "DE89370400440532013000"
CREDITOR = Creditor("La Cantine — Nantes", IBAN, "DE98ZZZ09999999999")
MANDATE = Mandate("M-1", "Zoé Löwe", OTHER, date(2026, 1, 5))
DEBIT = Debit("pay_1", MANDATE, Money(4900, "EUR"), "FRST", "Abonnement de décembre")
SPACE = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}


def problems(*debits, creditor=CREDITOR, collect_on=NEXT, today=TODAY):
    return check_direct_debits(creditor, debits, collect_on=collect_on, today=today)


def changed(mandate=None, **fields):
    return attrs.evolve(DEBIT, mandate=attrs.evolve(MANDATE, **mandate or {}), **fields)


def written(*debits, **options):
    wanted = {"collect_on": NEXT, "message_id": "2026-11-24-1", "now": NOW, **options}
    return direct_debit_file(CREDITOR, debits, **wanted)


def texts(file, tag):
    return [node.text for node in ElementTree.fromstring(file).iterfind(f".//p:{tag}", SPACE)]


def test_a_file_says_what_was_asked():
    """The file has each debit with its amount to the cent, its mandate and its key, and the sums of all."""
    again = changed(
        {"id": "M-2", "last_collected": date(2026, 10, 1)}, key="pay_2", sequence="RCUR", amount=Money(1, "EUR")
    )
    file = written(DEBIT, again)
    assert sorted(texts(file, "InstdAmt")) == ["0.01", "49.00"]
    assert sorted(texts(file, "EndToEndId")) == ["pay-1", "pay-2"]
    assert sorted(texts(file, "MndtId")) == ["M-1", "M-2"]
    assert sorted(texts(file, "SeqTp")) == ["FRST", "RCUR"]
    assert (texts(file, "CtrlSum")[0], texts(file, "NbOfTxs")[0]) == ("49.01", "2")
    assert set(texts(file, "ReqdColltnDt")) == {"2026-11-25"}
    assert texts(file, "Dbtr/p:Nm") == ["Zoe Lowe"] * 2
    assert texts(file, "MsgId") == ["2026-11-24-1"]


def test_the_same_arguments_give_the_same_file():
    """Nothing in the file comes from a clock or from chance."""
    assert written(DEBIT) == written(DEBIT)
    assert written(DEBIT) != written(DEBIT, message_id="2026-11-24-2")


@pytest.mark.parametrize(
    ("debit", "said"),
    [
        (changed({"iban": "FR00BAD"}), "the IBAN of the payer is wrong"),
        (changed({"iban": IBAN[:-1] + "8"}), "the IBAN of the payer is wrong"),
        (changed({"iban": "DE89 3704 0044 0532 0130 00"}), "the IBAN of the payer is wrong"),
        (changed({"iban": OTHER.lower()}), "the IBAN of the payer is wrong"),
        (changed({"iban": ""}), "the IBAN of the payer is wrong"),
        (changed({"bic": "NOBIC"}), "the BIC of the payer is wrong"),
        (changed({"payer": "\u200b"}), "the payer has no name"),
        (changed({"signed_on": NEXT}), "signed in the future"),
        (changed({"ended": True}), "the mandate has ended"),
        (changed({"signed_on": date(2023, 11, 24)}), "has lapsed"),
        (changed({"last_collected": date(2026, 10, 1)}), "FRST is for a mandate that was never collected from"),
        (changed({"last_collected": date(2026, 10, 1)}, sequence="OOFF"), "OOFF is for a mandate"),
        (changed(sequence="FNAL"), "FNAL is for a mandate that was collected from before"),
        (changed(sequence="once"), "a collection is one of FRST, RCUR, FNAL, OOFF"),
        (changed({"last_collected": NEXT}, sequence="RCUR"), "it was collected from on 2026-11-25"),
        (changed({"id": "M" * 36}), "the id of a mandate"),
        (changed(key="é"), "a key has 1 to 35"),
        (changed(amount=Money(0, "EUR")), "the amount is not between"),
        (changed(amount=Money(10**11, "EUR")), "the amount is not between"),
        (changed(amount=Money(100, "GBP")), "direct debits are in EUR"),
        (changed(text="\x00"), "the text for the payer is empty"),
    ],
)
def test_what_a_bank_would_refuse(debit, said):
    """Each mistake that the schema lets pass, or turns into an error of a library, is said, and no file is made."""
    (problem,) = problems(debit)
    assert said in problem
    with pytest.raises(InputError, match=r"pay_1|é") as caught:
        written(debit)
    assert OTHER not in str(caught.value)


@pytest.mark.parametrize(
    ("collect_on", "said"),
    [
        (TODAY, "is before the next day of the banks, 2026-11-25"),
        (date(2020, 1, 2), "is before the next day"),
        (date(2026, 11, 28), "do not collect on 2026-11-28"),
        (date(2026, 12, 25), "do not collect on 2026-12-25"),
        (date(2027, 3, 26), "do not collect on 2027-03-26"),
        (datetime(2026, 11, 25, tzinfo=UTC), "a date, without a time"),
    ],
)
def test_when_banks_collect(collect_on, said):
    """A collection is on a day of the banks, at the earliest the next one."""
    assert said in problems(DEBIT, collect_on=collect_on)[0]


def test_the_creditor_is_checked():
    """The creditor's account and identifier have check digits too."""
    wrong = attrs.evolve(CREDITOR, iban=IBAN[:-1] + "8", creditor_id="FR12ZZZ123456", bic="x", name="")
    assert len(problems(DEBIT, creditor=wrong)) == 4


def test_a_mandate_is_collected_from_once_for_the_first_time():
    """Two first collections of one mandate, and two debits with one key, are not one file; two recurring are."""
    assert len(problems(DEBIT, attrs.evolve(DEBIT, key="pay_2"))) == 2
    assert "the key pay-1 is there 2 times" in problems(DEBIT, DEBIT)
    recurring = changed({"last_collected": date(2026, 10, 1)}, sequence="RCUR")
    assert problems(recurring, attrs.evolve(recurring, key="pay_2")) == ()
    assert problems() == ("there is nothing to collect",)


def test_many_problems_are_cut():
    """A file with many mistakes says the first twenty, and how many more there are."""
    wrong = [changed({"ended": True}, key=f"p{n}", sequence="RCUR") for n in range(50)]
    with pytest.raises(InputError, match="and 30 more"):
        written(*wrong)


@pytest.mark.parametrize("message_id", ["", "x" * 30, "é", "a b", "a/b"])
def test_the_message_id(message_id):
    """The name of a file is short and plain."""
    with pytest.raises(InputError, match="message id"):
        written(DEBIT, message_id=message_id)


def test_the_days_of_the_banks():
    """The banks are closed on six days beside the weekends, and Easter moves two of them."""
    closed = [
        d for n in range(365) if not is_banking_day(d := date(2026, 1, 1) + timedelta(days=n)) and d.weekday() < 5
    ]
    assert closed == [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25)]
    assert next_banking_day(date(2026, 4, 2)) == date(2026, 4, 7)


TEXT = st.text(min_size=1, max_size=200)


@settings(max_examples=10)
@given(TEXT, TEXT, st.integers(1, 10**11 - 1))
def test_any_text_makes_a_valid_file_or_is_refused(name, text, amount):
    """Whatever names and texts hold, the file is valid by the schema, or the mistake is said."""
    debit = changed({"payer": name}, text=text, amount=Money(amount, "EUR"))
    if not problems(debit):
        assert texts(written(debit), "InstdAmt") == [f"{amount // 100}.{amount % 100:02}"]
