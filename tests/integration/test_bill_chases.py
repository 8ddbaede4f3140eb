"""What is not paid of a bill is asked for again: collected, reminded of, and left to staff."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError
from support.houses.billing_house import CLOSE, TERMS, billing, booked
from support.houses.one_list import eur
from support.houses.small_house import START, TODAY
from support.laws import house_laws

CHASED = attrs.evolve(TERMS, account="card", retries=(3, 7), reminders=(5, 10))
FIRST = date(2026, 12, 1)


@pytest.fixture
def house():
    """A house that bills an organisation whose card is declined, and whose laws hold in the end."""
    house = billing()
    house.do(c.ChangeOrganisation("works", email="bills@example.org"))
    house.card.play(charges=["declined"])
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


def each_day(house, first, last):
    for n in range((last - first).days + 1):
        on(house, first + timedelta(days=n))


def happened(house, name):
    """The days on which an event of this name happened."""
    return [entry.at.date() for entry in house.storage.journal(limit=1000) if entry.type == name]


def collected(house):
    """The days on which the card was asked."""
    found = [one for one in house.all(m.Attempt) if one.account == "card"]
    return sorted(one.started_at.date() for one in found)


def reminded(house):
    return [one.subject for one in house.mail.messages if one.template == "bill reminder"]


def left(house):
    """What is left to staff: who owes how much, since when."""
    return [(one.payer_id, one.owed, one.since) for one in house.cantine.read.unpaid_bills("asso")]


# --- the plan --------------------------------------------------------------------------------------------------------


def test_each_day_of_the_plan_is_done_once(house):
    """Two retries, the day after staff are told, two reminders after the day it was due; nothing more afterwards."""
    house.do(CHASED)
    booked(house)
    each_day(house, FIRST, date(2026, 12, 29))
    assert collected(house) == [date(2026, 12, day) for day in (1, 4, 8)]
    assert happened(house, "BillLeftUnpaid") == [date(2026, 12, 9)]
    assert reminded(house) == ["Reminder: invoice F2026-000001"] * 2
    assert happened(house, "BillChased") == [date(2026, 12, day) for day in (4, 8, 9, 21, 26)]
    assert left(house) == [("works", eur(1500), date(2026, 12, 9))]
    (bill,) = house.cantine.read.unpaid_bills("asso")
    assert (bill.printed, bill.due_on) == ("F2026-000001", date(2026, 12, 16))
    assert "was due on 2026-12-16. 15.00 EUR is still to be paid" in house.mail.messages[-1].text


def test_without_a_plan_nothing_is_asked_for_again(house):
    """Terms of before have no plan: one attempt, no reminder, nothing that is left to staff, no record."""
    house.do(attrs.evolve(TERMS, account="card"))
    booked(house)
    each_day(house, FIRST, date(2026, 12, 29))
    assert collected(house) == [FIRST]
    assert (reminded(house), left(house), house.all(m.BillChase)) == ([], [], [])


def test_a_retry_that_succeeds_ends_the_plan(house):
    """The second attempt goes through: no third one, nobody is reminded, nothing is left to staff."""
    house.do(CHASED)
    booked(house)
    on(house, FIRST)
    house.card.play(charges=["settled"])
    each_day(house, date(2026, 12, 2), date(2026, 12, 29))
    assert collected(house) == [FIRST, date(2026, 12, 4)]
    assert (reminded(house), happened(house, "BillLeftUnpaid"), left(house)) == ([], [], [])


def test_what_was_paid_meanwhile_is_not_asked_for(house):
    """One charge of two is paid at the desk: the other one alone is collected again, until it is paid as well."""
    house.do(CHASED)
    paid, other = booked(house), booked(house, 2)
    on(house, FIRST)
    house.do(c.Pay(paid.id, account="desk"))
    on(house, date(2026, 12, 4))
    assert [len(house.get(m.Charge, one.id).attempt_ids) for one in (paid, other)] == [2, 2]
    house.do(c.Pay(other.id, account="desk"))
    each_day(house, date(2026, 12, 5), date(2026, 12, 29))
    assert len(collected(house)) == 3
    assert (reminded(house), left(house)) == ([], [])


def test_what_waits_for_an_answer_is_left_alone(house):
    """A direct debit is under way for a week: it is not collected a second time, and then it comes."""
    house.card.play(charges=["pending"])
    house.do(CHASED)
    charge = booked(house)
    each_day(house, FIRST, date(2026, 12, 8))
    assert collected(house) == [FIRST]
    house.card.settle(house.get(m.Charge, charge.id).attempt_ids[-1])
    each_day(house, date(2026, 12, 9), date(2026, 12, 12))
    assert house.get(m.Charge, charge.id).state == "settled"
    assert left(house) == []


def test_reminders_alone(house):
    """Without an account the payer is reminded; with the last reminder it is left to staff."""
    house.do(attrs.evolve(TERMS, reminders=[5, 10]))
    booked(house)
    each_day(house, FIRST, date(2026, 12, 25))
    assert (len(reminded(house)), left(house)) == (1, [])
    each_day(house, date(2026, 12, 26), date(2026, 12, 29))
    assert len(reminded(house)) == 2
    assert left(house) == [("works", eur(1500), date(2026, 12, 26))]


def test_days_that_were_missed_are_made_up_for_together(house):
    """Nothing ran for a month: one attempt, one reminder, and staff are told once that attempt has its answer."""
    house.do(CHASED)
    booked(house)
    on(house, FIRST)
    on(house, date(2026, 12, 31))
    assert collected(house) == [FIRST, date(2026, 12, 31)]
    assert (len(reminded(house)), left(house)) == (1, [])
    on(house, date(2027, 1, 1))
    assert left(house) == [("works", eur(1500), date(2027, 1, 1))]
    each_day(house, date(2027, 1, 2), date(2027, 1, 4))
    assert (len(collected(house)), len(reminded(house))) == (2, 1)


def test_a_bill_that_is_closed_by_hand_has_the_plan_too(house):
    """Who closes a bill by hand has it asked for again from that day."""
    house.do(CHASED)
    booked(house)
    bill = house.do(CLOSE).value
    assert house.get(m.BillChase, bill.id).retry_on == (date(2026, 11, 27), date(2026, 12, 1))


def test_a_bill_keeps_the_days_with_which_it_was_closed(house):
    """Other days are those of the next bill; the account is that of the terms now, a till among them."""
    house.do(CHASED)
    charge = booked(house)
    on(house, FIRST)
    house.do(attrs.evolve(CHASED, account="desk", retries=(1,), reminders=()))
    on(house, date(2026, 12, 3))
    assert house.get(m.Charge, charge.id).state == "due"
    on(house, date(2026, 12, 4))
    assert house.get(m.Charge, charge.id).state == "settled"
    each_day(house, date(2026, 12, 5), date(2026, 12, 29))
    assert (reminded(house), left(house)) == ([], [])


def test_terms_without_an_account_collect_no_more(house):
    """Where the account was taken out of the terms nothing is collected again; the payer is still reminded."""
    house.do(CHASED)
    booked(house)
    on(house, FIRST)
    house.do(TERMS)
    each_day(house, date(2026, 12, 2), date(2026, 12, 29))
    assert collected(house) == [FIRST]
    assert len(reminded(house)) == 2


def test_after_the_end_of_the_terms_staff_are_told_at_once(house):
    """Terms that have ended ask for nothing: on the next day of the plan what is owed is left to staff."""
    house.do(CHASED)
    booked(house)
    on(house, FIRST)
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))
    each_day(house, date(2026, 12, 2), date(2026, 12, 29))
    assert collected(house) == [FIRST]
    assert reminded(house) == []
    assert left(house) == [("works", eur(1500), date(2026, 12, 4))]
    assert happened(house, "BillLeftUnpaid") == [date(2026, 12, 4)]


def test_what_is_written_off_is_not_asked_for(house):
    """Nothing is owed of what was written off: the plan is over."""
    house.do(CHASED)
    charge = booked(house)
    on(house, FIRST)
    house.do(c.WriteOff(charge.id, reason="moved abroad"))
    each_day(house, date(2026, 12, 2), date(2026, 12, 29))
    assert (collected(house), reminded(house), left(house)) == ([FIRST], [], [])


@pytest.mark.parametrize("paid", [True, False], ids=["paid", "control"])
def test_what_is_paid_before_a_reminder_is_sent(house, paid):
    """Between the decision and the sending it is paid: the reminder is not sent. The control: unpaid, it is."""
    house.do(attrs.evolve(TERMS, reminders=[5]))
    charge = booked(house)
    bill = house.do(CLOSE).value
    house.clock.set(START + (bill.due_on - TODAY) + timedelta(days=5))
    house.cantine._engine.run(c.Expire(m.Subject(m.BillChase.kind, bill.id)), "system")
    assert happened(house, "BillChased") == [bill.due_on + timedelta(days=5)]
    if paid:
        house.do(c.Pay(charge.id, account="desk"))
    on(house, bill.due_on + timedelta(days=6))  # whoever decided it has not sent it
    assert len(reminded(house)) == (0 if paid else 1)
    assert len(left(house)) == (0 if paid else 1)


# --- what is asked ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["retries", "reminders"])
@pytest.mark.parametrize(
    ("days", "why"),
    [
        ((7, 3), "increase"),
        ((3, 3), "increase"),
        ((0,), "1 to 365"),
        ((-1,), "1 to 365"),
        ((366,), "1 to 365"),
        ((1, 2, 3, 4, 5, 6), "at most 5"),
        ((True,), "1 to 365"),
        ((1.5,), "1 to 365"),
        (("3",), "1 to 365"),
        (3, "at most 5"),
        ("3", "at most 5"),
        (None, "at most 5"),
    ],
)
def test_days_that_are_no_plan(name, days, why):
    """Days increase, are 1 to 365 and at most five."""
    with pytest.raises(InputError, match=f"{name} .*{why}"):
        attrs.evolve(TERMS, account="card", **{name: days})


def test_retries_need_an_account():
    """Nothing can be collected again where nothing is collected."""
    with pytest.raises(InputError, match="need an account"):
        attrs.evolve(TERMS, retries=(3,))


def test_a_plan_alone_changes_the_terms(house):
    """Another plan is another agreement; the same again is none."""
    before = len(happened(house, "BillingTermsAgreed"))
    assert house.do(CHASED).value.retries == (3, 7)
    house.do(CHASED)
    assert len(happened(house, "BillingTermsAgreed")) == before + 1
    assert house.cantine.read.billing_terms("asso", "works").reminders == (5, 10)


def test_unpaid_bills_page_by_page(house):
    """Each page goes on after the last bill of the one before; what was paid since is on none."""
    house.do(attrs.evolve(TERMS, days_until_due=1, reminders=[1]))
    charges = []
    for _ in range(3):
        charges.append(booked(house))
        house.do(CLOSE)
    each_day(house, TODAY + timedelta(days=1), TODAY + timedelta(days=3))
    read = house.cantine.read.unpaid_bills
    every = [one.document_id for one in read("asso")]
    assert len(every) == 3
    assert [one.document_id for one in read("asso", limit=2)] == every[:2]
    assert [one.document_id for one in read("asso", after=every[1], limit=2)] == every[2:]
    house.do(c.Pay(charges[0].id, account="desk"))
    assert [one.document_id for one in read("asso", limit=2)] == every[1:]
    for limit in (0, 1001):
        with pytest.raises(InputError):
            read("asso", limit=limit)
