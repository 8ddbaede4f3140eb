"""Direct debits through the front door: mandates, collections, what the bank answers, and what becomes of the bill."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.bank_answers import read_bank_answer
from cantinekit.errors import (
    AccountError,
    CurrencyError,
    InputError,
    NotOverError,
    TooEarlyError,
    UnsuitableError,
    WrongStateError,
)
from support.houses.billing_house import CLOSE, booked
from support.houses.debit_house import (
    BY_MANDATE,
    COLLECT,
    DEBIT_DAY,
    IBAN,
    SIGN,
    answered,
    batch_booking,
    booked_at_bank,
    booking_of,
    collected,
    debiting,
    rejected,
    waiting,
    whole_file_rejected,
)
from support.houses.issuing_house import ZOE
from support.houses.one_list import eur
from support.houses.small_house import START, TODAY, rows
from support.laws import house_laws
from support.laws.debit_rules import check_file


@pytest.fixture
def house():
    """A house that collects by direct debit, and whose laws hold in the end."""
    house = debiting(retries=(20,), reminders=(30,))
    house.do(c.ChangeOrganisation("works", email="bills@example.org"))
    yield house
    assert house.cantine.read.tasks("dead") == ()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house.cantine.close()


def on(house, day):
    """Do what is due on a day, also what follows from it."""
    house.clock.set(START + (day - TODAY))
    while house.cantine.run_due().done:
        pass


def balance(house, bill):
    return house.cantine.read.bill_balance(bill.id)


def told(house, template):
    return [one for one in house.mail.messages if one.template == template]


def due(house, bill):
    return house.get(m.DueDebit, bill.id)


def debit(house, bill):
    return house.get(m.Debit, due(house, bill).debit_id)


# --- collecting ------------------------------------------------------------------------------------------------------


def test_all_that_is_due_is_in_one_file(house):
    """Two bills are collected: the file has both and their sum, the payer was told of both, and reads come again."""
    first, second = waiting(house), waiting(house, 2)
    made = collected(house)
    assert (made.total, len(made.debit_ids), made.left_out) == (eur(4500), 2, ())
    debits = house.cantine.read.debits(made.id)
    assert [(one.document_id, one.amount) for one in debits] == [(first.id, eur(1500)), (second.id, eur(3000))]
    file = house.cantine.read.debit_file(made.id)
    assert check_file(file) == []
    assert file.count(b"<SeqTp>RCUR</SeqTp>") == 1
    assert b"<MndtId>RUM-WORKS-1</MndtId><DtOfSgntr>2026-11-02</DtOfSgntr>" in file
    house.wait(minutes=90)
    assert house.cantine.read.debit_file(made.id) == file
    announced = told(house, "debit announced")
    assert [one.subject for one in announced] == ["Direct debit of 15.00 EUR on 2026-12-09", announced[1].subject]
    assert "mandate RUM-WORKS-1, creditor DE98ZZZ09999999999" in announced[0].text


def test_a_bill_is_collected_once(house):
    """What is with the bank is in no second collection, by itself or named, and nobody pays it twice."""
    bill = waiting(house)
    collected(house)
    for again in (COLLECT, attrs.evolve(COLLECT, document_ids=(bill.id,))):
        with pytest.raises((WrongStateError, UnsuitableError)) as caught:
            house.do(again)
        assert "no bill is due" in str(caught.value) or "it is with the bank" in str(caught.value)
    house.wait(minutes=60 * 24)
    with pytest.raises(WrongStateError, match="being paid already"):
        house.do(c.Pay(bill.charge_ids[0], account="desk"))
    assert len(house.all(m.Debit)) == 1


def test_the_payer_is_told_long_enough_before(house):
    """With fourteen days of notice a bill waits for a later debit; where fewer were agreed it does not."""
    bill = waiting(house)
    soon = attrs.evolve(COLLECT, collect_on=date(2026, 12, 8))
    house.wait(minutes=60 * 24)
    with pytest.raises(WrongStateError, match="its payer has to be told 14 days before"):
        house.do(soon)
    assert due(house, bill).state == "waiting"
    house.do(attrs.evolve(SIGN, notice_days=5))
    assert house.do(soon).value.total == eur(1500)


def test_what_is_being_paid_in_part_waits_as_a_whole(house):
    """One charge of a bill is at the page of a gateway: no part of the bill is debited, and once the payer has left the
    page all of it is."""
    house.card.play(charges=["pending"])
    booked(house)
    bill = waiting(house, 2)
    house.do(c.Pay(bill.charge_ids[0], account="card"))
    with pytest.raises(WrongStateError, match="it is being paid just now"):
        collected(house)
    house.wait(minutes=20)
    assert collected(house).total == bill.gross == eur(4500)


def test_what_cannot_be_collected_is_in_nobodys_way(house, monkeypatch):
    """Where the oldest bills are of payers without a mandate nothing is collected; the next time those behind are."""
    monkeypatch.setattr("cantinekit.domain.debits.handlers.MAX_BILLS", 1)
    without = waiting(house)
    house.do(c.EndMandate(entity_id="asso", payer_id="works"))
    with pytest.raises(WrongStateError, match="has ended"):
        collected(house)
    assert due(house, without).state == "refused"
    house.do(attrs.evolve(SIGN, reference="RUM-WORKS-2"))
    bill = waiting(house, 2)
    assert [one.document_id for one in house.cantine.read.debits(collected(house).id)] == [bill.id]


def test_what_is_not_due_yet_waits(house):
    """A bill that is due after the day of the debit is in no collection of it; named, it is refused."""
    house.do(attrs.evolve(BY_MANDATE, days_until_due=30))
    bill = waiting(house)
    with pytest.raises(WrongStateError, match="nothing \\(no bill is due\\)"):
        house.do(COLLECT)
    with pytest.raises(UnsuitableError, match="it is due on 2026-12-24"):
        house.do(attrs.evolve(COLLECT, document_ids=(bill.id,)))


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        (date(2026, 12, 12), "the banks do not collect on 2026-12-12"),
        (date(2026, 12, 25), "the banks do not collect on 2026-12-25"),
        (date(2026, 11, 24), "is before the next day of the banks, 2026-11-25"),
    ],
)
def test_banks_collect_on_their_days(house, day, problem):
    """A Saturday, Christmas and today are refused, with the reason, and nothing is stored."""
    waiting(house)
    before = rows(house.storage)
    with pytest.raises(InputError, match=problem):
        house.do(attrs.evolve(COLLECT, collect_on=day))
    assert rows(house.storage) == before


def test_a_wrong_creditor_is_refused(house):
    """The account and the identifier that are credited are checked by their digits."""
    waiting(house)
    for wrong, words in (
        ({"iban": "FR7630006000011234567890188"}, "the IBAN of the creditor is wrong"),
        ({"creditor_id": "DE99ZZZ09999999999"}, "the creditor identifier is wrong"),
    ):
        with pytest.raises(InputError, match=words):
            house.do(attrs.evolve(COLLECT, **wrong))


def test_what_cannot_be_collected_is_left_out(house):
    """A mandate that ended, another scheme, and what was paid meanwhile: the collection says why, and staff see it."""
    paid, gone = waiting(house), waiting(house, 2)
    house.do(c.Pay(paid.charge_ids[0], account="desk"))
    house.do(c.EndMandate(entity_id="asso", payer_id="works"))
    person = attrs.evolve(SIGN, payer_id="zoe", reference="RUM-ZOE", name="Canary-Zoe")
    house.do(person)
    house.do(attrs.evolve(BY_MANDATE, payer_id="zoe", days_until_due=14, addressee=ZOE))
    other = waiting_of(house, "zoe")
    made = collected(house)
    assert [(one.document_id, one.reason) for one in made.left_out] == [
        (paid.id, "nothing of it is owed"),
        (gone.id, "the mandate of the payer has ended (withdrawn)"),
    ]
    assert made.total == house.get(m.Debit, made.debit_ids[0]).amount == other.gross
    (refused,) = house.cantine.read.refused_debits("asso")
    assert (refused.document_id, refused.owed, refused.printed) == (gone.id, eur(3000), gone.printed)
    assert due(house, paid).state == "over"
    house.do(attrs.evolve(SIGN, reference="RUM-WORKS-2", scheme="b2b"))
    with pytest.raises(UnsuitableError, match="the mandate of its payer is b2b"):
        house.do(attrs.evolve(COLLECT, document_ids=(gone.id,)))
    between = house.do(attrs.evolve(COLLECT, document_ids=(gone.id,), scheme="b2b")).value
    assert b"<Cd>B2B</Cd>" in house.cantine.read.debit_file(between.id)
    assert house.cantine.read.refused_debits("asso") == ()


def waiting_of(house, payer):
    """A bill of another payer."""
    waits = attrs.evolve(CLOSE, payer_id=payer)
    booked(house, 3, payer_id=payer)
    return house.do(waits).value


def test_a_mandate_for_once_is_used_once(house):
    """Of two bills one is collected, as OOFF, and the mandate has ended; the other one is left to staff."""
    house.do(attrs.evolve(SIGN, once=True))
    first, second = waiting(house), waiting(house, 2)
    made = collected(house)
    assert [one.document_id for one in house.cantine.read.debits(made.id)] == [first.id]
    assert b"<SeqTp>OOFF</SeqTp>" in house.cantine.read.debit_file(made.id)
    assert [(one.document_id, one.reason) for one in made.left_out] == [
        (second.id, "the mandate of its payer is for one collection")
    ]
    assert house.get(m.DebitMandate, "asso|works").reason == "used"


def test_a_mandate_lapses(house):
    """Nothing is collected by a mandate that was not used for 36 months; one that was used meanwhile goes on."""
    house.do(attrs.evolve(SIGN, signed_on=date(2023, 12, 8)))
    bill = waiting(house)
    with pytest.raises(WrongStateError, match="was not used for 36 months, and has lapsed"):
        house.do(COLLECT)
    house.do(attrs.evolve(SIGN, signed_on=date(2023, 12, 9)))
    assert collected(house, document_ids=(bill.id,)).total == eur(1500)
    on(house, date(2027, 1, 4))
    waiting(house, 2)
    made = collected(house, collect_on=date(2027, 1, 19))
    assert check_file(house.cantine.read.debit_file(made.id)) == []


IN_YEN = """
[tariff]
id = "tokyo"
name = "Tokyo"
currency = "JPY"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[product.room]
rate = { price = 1200, per = "1h" }
"""


def test_other_currencies_are_refused(house):
    """A bill in yen is collected by no direct debit: the reason names the bill and the currency."""
    house.do(c.PublishTariff(IN_YEN))
    house.do(c.AddPlace(name="Tokyo", entity_id="asso", zone="Europe/Paris", currency="JPY", id="tokyo"))
    house.do(c.AddSpace(place_id="tokyo", name="Desk", use="room", capacity=1, id="desk-in-tokyo"))
    bill = waiting(house, product="tokyo/room", space_id="desk-in-tokyo")
    with pytest.raises(WrongStateError, match=re.escape(f"{bill.id}: it is in JPY, and direct debits are in EUR")):
        house.do(COLLECT)
    with pytest.raises(CurrencyError, match="it is in JPY, and direct debits are in EUR"):
        house.do(attrs.evolve(COLLECT, document_ids=(bill.id,)))


# --- mandates --------------------------------------------------------------------------------------------------------


def test_terms_by_mandate_need_one(house):
    """Terms with the account "mandate" are refused without a mandate in force."""
    house.do(c.EndMandate(entity_id="asso", payer_id="works"))
    for payer in ("works", "bob"):
        with pytest.raises(AccountError, match=f"{payer} has no mandate in force"):
            house.do(attrs.evolve(BY_MANDATE, payer_id=payer, addressee=ZOE))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"iban": "DE00370400440532013000"}, "the IBAN of the payer is wrong"),
        ({"bic": "NOBIC"}, "the BIC of the payer is wrong"),
        ({"reference": "é!"}, "the id of a mandate has"),
        ({"name": "—"}, "the payer has no name that a bank can write"),
        ({"notice_days": 15}, "notice_days"),
    ],
)
def test_a_mandate_that_a_bank_would_refuse_is_refused(house, wrong, words):
    """Each with its reason, which does not repeat what was given."""
    with pytest.raises(InputError, match=words) as caught:
        house.do(attrs.evolve(SIGN, **wrong))
    assert not any(str(value) in str(caught.value) for value in wrong.values() if value != 15)


def test_a_mandate_of_tomorrow_is_refused(house):
    """It is signed today at the latest, wherever that is."""
    with pytest.raises(TooEarlyError):
        house.do(attrs.evolve(SIGN, signed_on=TODAY + timedelta(days=2)))


def test_the_same_mandate_again_changes_nothing(house):
    """An IBAN with spaces is the same account; another one is another mandate."""
    before = rows(house.storage)
    house.do(attrs.evolve(SIGN, iban=" ".join([IBAN[:4], IBAN[4:]]).lower()))
    assert rows(house.storage) == before
    house.do(attrs.evolve(SIGN, iban="FR7630006000011234567890189", reference="RUM-2"))
    assert house.get(m.MandateAccount, "asso|works").iban == "FR7630006000011234567890189"


def test_accounts_are_private(house):
    """The journal knows no account, no name and no reference; an export has them; forgetting takes them."""
    bill = waiting(house)
    made = collected(house)
    events = json.dumps([str(entry) for entry in house.storage.journal(limit=1000)])
    assert not any(text in events for text in (IBAN, "RUM-WORKS-1", "Canary-Works"))
    exported = house.cantine.export_organisation("works").to_json()
    assert IBAN in exported
    assert "RUM-WORKS-1" in exported
    with pytest.raises(NotOverError):
        house.do(c.ForgetOrganisation("works"))
    answered(house, booked_at_bank(booking_of(made.debit_ids[0], "15.00")))
    assert balance(house, bill) == eur(0)
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))
    house.do(c.ForgetOrganisation("works"))
    house.cantine.run_due()
    assert house.all(m.MandateAccount) == []
    with pytest.raises(WrongStateError, match="without the account of dbt_1"):
        house.cantine.read.debit_file(made.id)


# --- what the bank answers -------------------------------------------------------------------------------------------


def test_a_settled_debit_pays_the_bill(house):
    """All its charges are paid, on the day the bank says so; the ledger has the money on the account of mandates."""
    bill = waiting(house)
    made = collected(house)
    answer = answered(house, booked_at_bank(booking_of(made.debit_ids[0], "15.00")))
    assert (answer.settled, answer.back, answer.known, answer.unmatched) == (1, 0, 0, ())
    assert (balance(house, bill), debit(house, bill).state, due(house, bill).state) == (eur(0), "settled", "collected")
    assert dict(house.cantine.read.trial_balance("asso", TODAY))["account/mandate"] == eur(1500)


def test_a_batch_is_settled_by_one_sum(house):
    """A bank that books a file in one sum settles all its debits, but those that came back; another sum, none."""
    bills = [waiting(house, hours) for hours in (1, 2)]
    made = collected(house)
    wrong = answered(house, booked_at_bank(batch_booking(made, "44.99")))
    assert [one.why for one in wrong.unmatched] == ["the amount is not that of what was collected, 45.00 EUR"]
    answered(house, rejected((made.debit_ids[0], "AM04")))
    answer = answered(house, booked_at_bank(batch_booking(made, "30.00"), message="B2"))
    assert (answer.settled, [balance(house, bill) for bill in bills]) == (1, [eur(1500), eur(0)])


def test_a_reject_lets_the_plan_go_on(house):
    """The bill is still owed, its payer is told, and it waits for a collection again on the next day of its plan."""
    bill = waiting(house)
    made = collected(house)
    answered(house, rejected((made.debit_ids[0], "AM04")))
    house.cantine.run_due()
    attempt = house.get(m.Attempt, house.get(m.Charge, bill.charge_ids[0]).attempt_ids[0])
    assert (attempt.state, attempt.reason) == ("declined", "direct debit came back (AM04)")
    assert (balance(house, bill), due(house, bill).reason) == (eur(1500), "AM04")
    assert [one.subject for one in told(house, "debit returned")] == [f"Direct debit returned: invoice {bill.printed}"]
    on(house, TODAY + timedelta(days=20))
    assert due(house, bill).state == "waiting"
    again = collected(house, collect_on=date(2026, 12, 29))
    assert [one.document_id for one in house.cantine.read.debits(again.id)] == [bill.id]
    answered(house, booked_at_bank(booking_of(again.debit_ids[0], "15.00")))
    on(house, TODAY + timedelta(days=60))
    assert (told(house, "bill reminder"), house.cantine.read.unpaid_bills("asso")) == ([], ())


def test_a_whole_file_can_be_rejected(house):
    """Each of its debits came back; named, they are collected again in a new file."""
    bills = [waiting(house, hours) for hours in (1, 2)]
    made = collected(house)
    answer = answered(house, whole_file_rejected(made))
    assert (answer.back, [due(house, one).reason for one in bills]) == (2, ["FF01", "FF01"])
    again = collected(house, document_ids=tuple(one.id for one in bills))
    assert (again.total, again.id) == (made.total, "ddc_2")


def test_what_comes_back_after_it_was_settled_is_owed_again(house):
    """After eight weeks a debit is refunded: the ledger says so, the bill is owed, and its plan goes on: staff are told
    at once where all its days are past."""
    bill = waiting(house)
    made = collected(house)
    answered(house, booked_at_bank(booking_of(made.debit_ids[0], "15.00")))
    on(house, TODAY + timedelta(days=56))
    assert told(house, "bill reminder") == []
    answered(house, booked_at_bank(booking_of(made.debit_ids[0], "15.00", "MD06"), message="B2"))
    on(house, TODAY + timedelta(days=56))
    charge = house.get(m.Charge, bill.charge_ids[0])
    assert (charge.state, charge.outstanding, balance(house, bill)) == ("due", eur(1500), eur(1500))
    entries = [one for one in house.all(m.LedgerEntry) if one.what == "charged back"]
    assert [[(line.account, line.amount) for line in one.lines] for one in entries] == [
        [("account/mandate", -1500), ("receivable", 1500)]
    ]
    assert due(house, bill).state == "waiting", "the retry of the plan that was not needed is made up for"
    assert len(told(house, "bill reminder")) == 1
    on(house, TODAY + timedelta(days=57))
    assert [one.document_id for one in house.cantine.read.unpaid_bills("asso")] == [bill.id]
    lines = house.cantine.read.payer_statement("works", "asso", TODAY, TODAY + timedelta(days=90)).lines
    assert [(one.what, one.paid) for one in lines if one.paid] == [("taken", eur(1500)), ("charged back", eur(-1500))]


def test_the_same_answer_again_changes_nothing(house):
    """Byte by byte, and as another file that says the same."""
    waiting(house)
    made = collected(house)
    content = booked_at_bank(booking_of(made.debit_ids[0], "15.00"))
    first = answered(house, content)
    before = rows(house.storage)
    assert answered(house, content) == first
    assert rows(house.storage) == before
    again = answered(house, booked_at_bank(booking_of(made.debit_ids[0], "15.00"), message="B9"))
    assert (again.settled, again.known) == (0, 1)
    assert house.all(m.Charge)[0].paid == eur(1500)


def test_what_nobody_knows_is_listed(house):
    """An unknown reference, another amount and a debit of somebody else change nothing, and are kept with the line."""
    bill = waiting(house)
    made = collected(house)
    answer = answered(
        house,
        booked_at_bank(
            booking_of("old-77", "12.00", "MD06"),
            booking_of(made.debit_ids[0], "15.01"),
            booking_of(made.debit_ids[0], "1500", currency="JPY"),
        ),
    )
    assert [(one.said.key, one.said.line) for one in answer.unmatched] == [("old-77", 3), ("dbt-1", 4), ("dbt-1", 5)]
    assert (balance(house, bill), house.get(m.DebitAnswer, answer.id)) == (eur(1500), answer)
    house.do(c.AddEntity(name="Other", id="other"))
    theirs = attrs.evolve(answer_of(booked_at_bank(booking_of(made.debit_ids[0], "15.00"))), entity_id="other")
    assert len(house.do(theirs).value.unmatched) == 1
    assert balance(house, bill) == eur(1500)


def answer_of(content):
    return c.RecordBankAnswer(entity_id="asso", answer=read_bank_answer(content))


@pytest.mark.parametrize(("reason", "over"), [("AC04", True), ("MD01", True), ("AM04", False), ("MS02", False)])
def test_a_mandate_ends_with_its_account(house, reason, over):
    """An account that is closed, or a mandate that is unknown, is not debited again; for want of money it is."""
    waiting(house)
    answered(house, rejected((collected(house).debit_ids[0], reason)))
    mandate = house.get(m.DebitMandate, "asso|works")
    assert (mandate.ended_on is not None, mandate.reason) == (over, reason if over else "")


def test_an_account_that_was_changed_meanwhile_is_not_ended(house):
    """What comes back from the account of before says nothing of the new one."""
    waiting(house)
    made = collected(house)
    house.do(attrs.evolve(SIGN, reference="RUM-WORKS-2", iban="FR7630006000011234567890189"))
    answered(house, rejected((made.debit_ids[0], "AC04")))
    assert house.get(m.DebitMandate, "asso|works").ended_on is None


def test_what_is_called_off_while_it_is_debited_becomes_credit(house):
    """The debit cannot be stopped: the money comes, and is credit of the payer, who gets it back from the till."""
    bill = waiting(house)
    made = collected(house)
    house.wait(minutes=20)
    house.do(c.CancelBooking(house.get(m.Charge, bill.charge_ids[0]).subject.id, reason="ill"))
    answered(house, booked_at_bank(booking_of(made.debit_ids[0], "15.00")))
    (credit,) = house.cantine.read.payer_credits("works")
    assert credit.amount == eur(1500)
    assert house.do(c.PayBack(payer_id="works", place_id="paris", account="desk")).value.amount == eur(-1500)


def test_what_was_given_back_before_it_came_back_is_lost(house):
    """Of a debit of 30.00, 10.00 were refunded; the bank takes 30.00: 20.00 are owed again, 10.00 are lost."""
    bill = waiting(house, 2)
    made = collected(house)
    answered(house, booked_at_bank(booking_of(made.debit_ids[0], "30.00")))
    house.do(c.RefundCharge(bill.charge_ids[0], amount=eur(1000), reason="cold"))
    answered(house, booked_at_bank(booking_of(made.debit_ids[0], "30.00", "MD06"), message="B2"))
    charge = house.get(m.Charge, bill.charge_ids[0])
    assert (charge.outstanding, charge.lost) == (eur(2000), 1000)
    for recorded in (
        c.RecordRefund(attempt_id=charge.attempt_ids[0], amount=eur(1), reason="by hand"),
        c.RecordChargeback(charge.attempt_ids[0], lost=eur(1), reason="by hand"),
    ):
        with pytest.raises(AccountError, match="is a direct debit"):
            house.do(recorded)


def test_a_card_is_not_asked_while_the_bank_is(house):
    """Terms that change to a card while a debit is with the bank: the plan leaves it alone until the bank answers."""
    bill = waiting(house)
    collected(house)
    house.do(attrs.evolve(BY_MANDATE, account="card", retries=(20,), reminders=()))
    on(house, TODAY + timedelta(days=21))
    assert len(house.get(m.Charge, bill.charge_ids[0]).attempt_ids) == 1


def test_nobody_is_reminded_while_the_bank_is_asked(house):
    """A bill that is being debited is neither asked for nor left to staff; once it comes back, what was missed is done
    at once."""
    bill = waiting(house)
    made = collected(house)
    on(house, TODAY + timedelta(days=60))
    assert (told(house, "bill reminder"), house.cantine.read.unpaid_bills("asso")) == ([], ())
    answered(house, rejected((made.debit_ids[0], "AM04")))
    on(house, TODAY + timedelta(days=60))
    assert (len(told(house, "bill reminder")), due(house, bill).state) == (1, "waiting")


def test_what_came_back_before_its_receipt_has_none(house):
    """A payment and its return in one answer: no receipt is issued, and no task is given up; once it is paid, there is
    one."""
    house.do(c.AutomateReceipts("asso", series="receipts"))
    bill = waiting(house)
    key = collected(house).debit_ids[0]
    answered(house, booked_at_bank(booking_of(key, "15.00"), booking_of(key, "15.00", "MD06")))
    on(house, TODAY)
    assert [one.what for one in house.all(m.Document)] == ["invoice"]
    house.do(c.Pay(bill.charge_ids[0], account="desk"))
    on(house, TODAY)
    assert [one.what for one in house.all(m.Document)] == ["invoice", "receipt"]


def test_nobody_is_forgotten_while_the_bank_is_asked(house):
    """Also where nothing of the bill is owed any more: the account is still in the file, and the money may come."""
    bill = waiting(house)
    made = collected(house)
    house.do(c.CancelBooking(house.get(m.Charge, bill.charge_ids[0]).subject.id, reason="ill"))
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))
    with pytest.raises(NotOverError, match="debit dbt_1"):
        house.do(c.ForgetOrganisation("works"))
    assert IBAN.encode() in house.cantine.read.debit_file(made.id)
    answered(house, rejected((made.debit_ids[0], "AM04")))
    house.do(c.ForgetOrganisation("works"))
    assert house.all(m.MandateAccount) == []


def test_debit_day_is_the_day_of_the_file(house):
    """The day in the file is the day that the payer was told."""
    waiting(house)
    assert f"<ReqdColltnDt>{DEBIT_DAY}</ReqdColltnDt>".encode() in house.cantine.read.debit_file(collected(house).id)
