"""What payers owe: their statements, and all receivables by age; both are the ledger, payer by payer."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.payments.owing import owed_parts
from cantinekit.errors import InputError, NotFoundError
from cantinekit.money import Money
from support.houses.issuing_house import ZOE, described
from support.houses.lending_house import charge, open_lending, the_hall, with_keys
from support.houses.on_both_stores import on_both_stores
from support.houses.small_house import TODAY


def eur(cents):
    return Money(cents, "EUR")


house = on_both_stores(open_lending)


def billed(house, hour=10, person="zoe") -> m.Charge:
    """A charge of 15.00 on account, due in a month."""
    one = charge(house, attrs.evolve(with_keys(None, hour), on_account=True, person_id=person))
    return house.do(c.ReturnDeposit(one.id)).value


def statement(house, first=TODAY, last=TODAY, payer="zoe"):
    return house.cantine.read.payer_statement(payer, "asso", first, last)


def told(found):
    return [(line.what, line.charged.amount, line.paid.amount, line.balance.amount) for line in found.lines]


# --- statements ------------------------------------------------------------------------------------------------------


def test_a_statement_has_charges_payments_refunds_and_losses_with_a_running_balance(house):
    """Each line says what it adds to what is owed and what was paid; the balance runs on."""
    one = billed(house)
    for command in (
        c.Pay(one.id, account="desk", amount=eur(1000)),
        c.RefundCharge(one.id, amount=eur(400), reason="cold"),
        c.WriteOff(one.id, amount=eur(300), reason="gone"),
    ):
        house.wait(minutes=1)
        house.do(command)
    found = statement(house)
    assert told(found) == [
        ("raised", 11500, 0, 11500),
        ("deposit dropped", -10000, 0, 1500),
        ("taken", 0, 1000, 500),
        ("refund asked", -400, -400, 500),
        ("written off", -300, 0, 200),
    ]
    assert (found.opening, found.closing, found.closing) == (eur(0), eur(200), house.get(m.Charge, one.id).outstanding)
    assert {line.charge_id for line in found.lines} == {one.id}
    assert {(line.day, line.place_id) for line in found.lines} == {(TODAY, "paris")}


def test_a_statement_opens_with_what_was_owed_before(house):
    """The opening balance of a day is the closing balance of the day before, whatever came since."""
    one = billed(house)
    house.wait(days=2)
    house.do(c.Pay(one.id, account="desk", amount=eur(500)))
    tomorrow, then = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
    assert statement(house).closing == statement(house, tomorrow, tomorrow).opening == eur(1500)
    assert statement(house, tomorrow, tomorrow).lines == ()
    later = statement(house, then, then)
    assert (later.opening, told(later), later.closing) == (eur(1500), [("taken", 0, 500, 1000)], eur(1000))
    assert told(statement(house, TODAY, then))[-1] == ("taken", 0, 500, 1000)
    assert statement(house, TODAY - timedelta(days=9), TODAY - timedelta(days=1)).closing == eur(0)


def test_a_statement_says_what_is_overdue(house):
    """A part is overdue the day after it was due; a later one is owed and not overdue."""
    hall = charge(house, the_hall())
    house.do(c.ReturnDeposit(hall.id))
    one = billed(house)
    rest = house.get(m.Charge, hall.id).instalments[0]
    found = statement(house, TODAY, rest.day)
    assert [(part.charge_id, part.due_on, part.amount) for part in found.owed] == [
        (hall.id, rest.day, eur(7000)),
        (one.id, one.due_on, eur(1500)),
    ]
    assert found.overdue == eur(0)
    assert statement(house, TODAY, rest.day + timedelta(days=1)).overdue == eur(7000)
    assert statement(house, TODAY, one.due_on + timedelta(days=1)).overdue == eur(8500)


def test_a_statement_names_the_documents(house):
    """The invoice of the charge on the line of the charge; lines without a document have none."""
    described(house)
    one = billed(house)
    invoice = house.do(c.IssueDocument(charge_id=one.id, series="invoices", addressee=ZOE)).value
    house.do(c.Pay(one.id, account="desk"))
    house.do(c.RefundCharge(one.id, amount=eur(1500), reason="cold"))
    (back,) = house.all(m.Refund)
    credit = house.do(c.IssueCreditNote(charge_id=one.id, series="credits", refund_id=back.id)).value
    named = {line.what: line.document for line in statement(house).lines}
    assert (named["raised"], named["taken"], named["refund asked"]) == (invoice.printed, "", credit.printed)


def test_deposits_and_declined_refunds_are_in_the_statement(house):
    """A deposit is charged, paid, and given back; where the bank declines that, it is as if it had not been asked."""
    one = charge(house, with_keys("card"))
    house.card.play(refunds=("declined",))
    house.wait(minutes=1)
    house.do(c.ReturnDeposit(one.id))
    assert told(statement(house)) == [
        ("raised", 11500, 0, 11500),
        ("taken", 0, 1500, 10000),
        ("deposit taken", 0, 10000, 0),
        ("refund asked", -10000, -10000, 0),
        ("refund declined", 10000, 10000, 0),
    ]


def test_statements_are_of_a_legal_entity_and_a_payer(house):
    """What somebody else owes is in theirs; a walk-in has none."""
    billed(house)
    billed(house, 12, "bob")
    house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
    assert (statement(house).closing, statement(house, payer="bob").closing) == (eur(1500), eur(1500))
    house.do(c.AddEntity(name="Other", id="other"))
    with pytest.raises(InputError, match="currency"):
        house.cantine.read.payer_statement("zoe", "other", TODAY, TODAY)
    assert house.cantine.read.payer_statement("zoe", "other", TODAY, TODAY, currency="EUR").lines == ()


def test_questions_that_make_no_sense(house):
    """Nobody, no legal entity, days the wrong way round."""
    read = house.cantine.read
    with pytest.raises(NotFoundError):
        read.payer_statement("nobody", "asso", TODAY, TODAY)
    with pytest.raises(NotFoundError):
        read.payer_statement("zoe", "nothing", TODAY, TODAY)
    with pytest.raises(InputError, match="day"):
        read.payer_statement("zoe", "asso", TODAY, TODAY - timedelta(days=1))


# --- receivables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "column"),
    [(-1, "current"), (0, "current"), (1, "days_30"), (30, "days_30"), (31, "days_60"), (60, "days_60"),
     (61, "days_90"), (90, "days_90"), (91, "older"), (4000, "older")],
)  # fmt: skip
def test_receivables_are_by_age(house, days, column):
    """Each age is in its column, to the day: what is due on the day is current."""
    one = billed(house)
    (found,) = house.cantine.read.receivables("asso", one.due_on + timedelta(days=days))
    assert (found.payer_id, found.organisation, found.total) == ("zoe", False, eur(1500))
    assert getattr(found, column) == eur(1500)
    assert found.since == (one.due_on if days > 0 else None)
    assert found.overdue == (eur(1500) if days > 0 else eur(0))


def test_receivables_are_the_ledger(house):
    """Payers, instalments, walk-ins and organisations sum to the balance of the receivable; credit is not taken off."""
    house.do(c.AddOrganisation(name="Works", id="works"))
    billed(house)
    charge(house, the_hall(person_id="bob"))
    charge(house, attrs.evolve(with_keys(None, 12), on_account=True, person_id=None, payer_id="works"))
    charge(house, attrs.evolve(with_keys(None, 14), person_id=None))
    found = house.cantine.read.receivables("asso", TODAY + timedelta(days=200))
    assert [(one.payer_id, one.organisation) for one in found] == [
        ("bob", False), ("works", True), ("zoe", False), (None, False)
    ]  # fmt: skip
    total = Money.sum((one.total for one in found), "EUR")
    assert total == dict(house.cantine.read.trial_balance("asso", TODAY))["receivable"]


def test_what_is_held_beyond_what_is_owed_is_off_what_is_current(house):
    """Money that came twice and could not go back makes the total less, as it makes the receivable less."""
    one = charge(house, with_keys(None))
    house.card.play(charges=("pending",), refunds=("declined",))
    house.do(c.Pay(one.id, account="card"))
    (asked,) = house.get(m.Charge, one.id).attempt_ids
    house.wait(minutes=20)
    house.cantine.run_due()
    house.cantine.receive("card", *house.card.webhook(house.card.settle(asked), now=house.clock.now()))
    house.cantine.run_due()
    (found,) = house.cantine.read.receivables("asso", TODAY + timedelta(days=200))
    assert (found.current, found.total, found.overdue) == (eur(-11500), eur(-11500), eur(0))


def test_parts_are_what_is_due_by_a_day(house):
    """Of each charge the parts of days up to a day sum to what is due by it."""
    hall = charge(house, the_hall())
    later = charge(house, attrs.evolve(the_hall(None), space_id="a1", on_account=True))
    for one in (hall, later):
        for paid in (0, 1000, 7000):
            charged = attrs.evolve(one, paid=one.paid + eur(paid))
            for day in (TODAY + timedelta(days=days) for days in range(0, 60, 5)):
                parts = [part for part in owed_parts(charged, TODAY) if part.due_on and part.due_on <= day]
                assert Money.sum((part.amount for part in parts), "EUR") == charged.due_by(day)
