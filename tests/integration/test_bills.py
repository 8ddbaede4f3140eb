"""Bills: one invoice for all that a payer was charged on account, closed by hand or on the billing day."""

from __future__ import annotations

import re
from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.bills import closing
from cantinekit.errors import (
    AccountError,
    DuplicateError,
    InputError,
    NotFoundError,
    TaxUnknownError,
    TooEarlyError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.plugins.ports import Change, Key
from cantinekit.runtime import codec
from support.houses import issuing_house, small_house
from support.houses.billing_house import CLOSE, TERMS, billing, booked
from support.houses.issuing_house import ZOE
from support.houses.one_list import eur
from support.houses.small_house import START, TODAY, period
from support.laws import house_laws


@pytest.fixture(params=["memory", "sqlite"])
def house(request, tmp_path):
    """A house that issues documents and bills an organisation, whose laws hold in the end."""
    house = billing(storage="memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'house.db'}")
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house.cantine.close()


def close(house, **more):
    return house.do(attrs.evolve(CLOSE, **more)).value


def charge_of(house, id):
    return house.get(m.Charge, id)


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_one_invoice_for_all_charges(house):
    """Three persons, two rates and none, one invoice: its taxes are by rate, its lines say whom they are for."""
    charges = [
        booked(house, 2),
        booked(house, 1, person_id="bob"),
        booked(house, 3, "t-club-room", person_id="eve"),
        booked(house, 1, "t-odd-room"),
    ]
    bill = close(house)
    assert (bill.what, bill.printed, bill.payer_id) == ("invoice", "F2026-000001", "works")
    assert bill.charge_ids == tuple(one.id for one in charges)
    assert [(one.person_id, one.gross) for one in bill.lines] == [
        ("zoe", eur(3000)),
        ("bob", eur(1500)),
        ("eve", eur(3600)),
        ("zoe", eur(9999)),
    ]
    assert [(one.category, one.rate, one.gross) for one in bill.taxes] == [
        ("E", "0%", eur(3600)),
        ("S", "20%", eur(14499)),
    ]
    assert (bill.gross, bill.paid) == (eur(18099), eur(0))
    assert bill.net + bill.tax + bill.residual == bill.gross
    assert house.cantine.read.addressee(bill.id).name == "Canary-Works"
    assert bill.due_on == TODAY + timedelta(days=15)
    for one in charges:
        now = charge_of(house, one.id)
        assert (now.invoice_id, now.due_on) == (bill.id, bill.due_on)
        assert house.cantine.read.documents_of(one.id) == (bill,)


def test_a_charge_is_on_one_invoice(house):
    """What was billed is on no other bill, and the same again, with nothing new, is the same bill."""
    booked(house)
    first = close(house)
    assert close(house) == first
    late = booked(house)
    second = close(house)
    assert (second.charge_ids, second.number) == ((late.id,), 2)
    assert close(house) == second
    assert len(house.all(m.Document)) == 2


def test_a_charge_that_has_an_invoice_is_not_billed(house):
    """An invoice of one charge that was asked for before is the one that it is on."""
    alone, other = booked(house), booked(house)
    invoice = house.do(c.IssueDocument(charge_id=alone.id, series="invoices")).value
    assert charge_of(house, alone.id).invoice_id == invoice.id
    assert close(house).charge_ids == (other.id,)
    with pytest.raises(DuplicateError):
        house.do(c.IssueDocument(charge_id=other.id, series="invoices", addressee=ZOE))
    again = house.do(c.IssueDocument(charge_id=other.id, series="invoices")).value
    assert again.charge_ids == (other.id,)


def test_it_is_billed_up_to_the_end_of_a_day(house):
    """What is charged at 23:59 is of the day, what comes at midnight is not."""
    house.clock.set(START + timedelta(hours=14, minutes=29))
    first = booked(house)
    house.wait(minutes=1)
    second = booked(house)
    assert close(house, until=TODAY).charge_ids == (first.id,)
    assert close(house).charge_ids == (second.id,)


def test_what_is_not_on_account_is_not_billed(house):
    """What is paid at once, and what another payer or another operator is owed, is on no bill of this one."""
    booked(house, payer_id=None, person_id="bob")
    booked(house, on_account=False, account="desk")
    with pytest.raises(WrongStateError, match="without anything to bill"):
        close(house)
    assert house.all(m.Document) == []


def test_what_was_owed_in_another_system_is_not_billed(house):
    """A debt that was taken over has its invoice there: it is on no bill here, and what is sold here is."""
    debt = c.ImportBalance(
        source="old 1", day=TODAY, place_id="paris", payer_id="works", owed=eur(4200), text="invoice 118 of last year"
    )
    owed = house.do(debt).value
    with pytest.raises(WrongStateError, match="without anything to bill"):
        close(house)
    sold = booked(house)
    assert close(house).charge_ids == (sold.id,)
    assert charge_of(house, owed.id).invoice_id is None


def test_what_was_paid_before_is_stated_as_paid(house):
    """A charge that was paid in full, and one in part: both are billed, and what is left is owed."""
    whole, part, rest = booked(house), booked(house, 2), booked(house)
    house.do(c.Pay(whole.id, account="desk"))
    house.do(c.Pay(part.id, account="desk", amount=eur(1000)))
    bill = close(house)
    assert (bill.gross, bill.paid) == (eur(6000), eur(2500))
    assert house.cantine.read.bill_balance(bill.id) == eur(3500)
    house.do(c.Pay(part.id, account="desk"))
    house.do(c.Pay(rest.id, account="desk"))
    assert house.cantine.read.bill_balance(bill.id) == eur(0)


def test_what_was_dropped_before_is_not_billed(house):
    """A booking that was cancelled is on no bill, and one that became cheaper is billed as it stands."""
    gone, stays = booked(house), booked(house)
    house.do(c.CancelBooking(gone.subject.id))
    bill = close(house)
    assert (bill.charge_ids, bill.gross) == ((stays.id,), eur(1500))


def test_what_is_dropped_afterwards_has_a_credit_note(house):
    """A booking that was billed and is cancelled: a credit note corrects its part of the bill, and only that."""
    gone, stays = booked(house, 2), booked(house, 1, "t-club-room")
    bill = close(house)
    house.do(c.CancelBooking(gone.subject.id))
    note = house.do(c.IssueCreditNote(charge_id=gone.id, series="credits")).value
    assert (note.corrects, note.gross, note.charge_id) == (bill.id, eur(-3000), gone.id)
    assert [(one.category, one.rate, one.tax) for one in note.taxes] == [("S", "20%", eur(-500))]
    assert house.cantine.read.bill_balance(bill.id) == eur(1200)
    with pytest.raises(WrongStateError, match="without anything dropped"):
        house.do(c.IssueCreditNote(charge_id=stays.id, series="credits"))


def test_what_is_refunded_afterwards_has_a_credit_note(house):
    """Money of a charge of a bill that is given back is corrected by line, in the numbers of the charge."""
    booked(house)
    paid = booked(house, 2)
    bill = close(house)
    house.do(c.Pay(paid.id, account="desk"))
    house.do(c.RefundLines(paid.id, lines=[m.LineRefund(0, eur(1200))], reason="noise"))
    refund = house.cantine.read.refunds(paid.id)[0]
    note = house.do(c.IssueCreditNote(charge_id=paid.id, series="credits", refund_id=refund.id)).value
    assert (note.corrects, note.gross, note.lines[0].position) == (bill.id, eur(-1200), 0)


def test_the_books_split_each_charge_by_its_own_rates(house):
    """The accounting entries of a charge of a bill have the tax of its own lines, not that of the whole bill."""
    one, exempt = booked(house, 2), booked(house, 3, "t-club-room")
    close(house)
    entries = list(house.cantine.read.accounting_entries("asso", TODAY, TODAY))
    sums = {}
    for entry in entries:
        for line in entry.lines:
            sums[line.account] = sums.get(line.account, 0) + line.credit - line.debit
    assert (sums["tax/20%"], sums["revenue/t-room"], sums["revenue/t-club-room"]) == (500, 2500, 3600)
    assert {one.amount, exempt.amount} == {eur(3000), eur(3600)}


def test_a_difference_is_billed_beside_what_it_is_of(house):
    """A booking that is moved to a longer time: its difference is a charge of its own, on the same bill."""
    first = booked(house)
    longer = period(24, 27)
    house.do(c.MoveBooking(first.subject.id, period=longer, on_account=True, payer_id="works"))
    bill = close(house)
    assert bill.gross == eur(4500)
    assert len(bill.parts) == 2


@pytest.mark.parametrize(
    ("lang", "bob"),
    [
        ("en", "| 2026-11-26 | room | 60 min | 0.2083 EUR | 20% | 12.50 EUR | 15.00 EUR |"),
        ("fr", "| 26/11/2026 | room | 60 min | 0,2083 € | 20 % | 12,50 € | 15,00 € |"),
    ],
)
def test_a_bill_is_printed_by_person_and_charge(house, lang, bob):
    """Each person has a table, and each line the day of its charge; the data of the bill groups them alike."""
    booked(house, 2)
    booked(house, person_id="bob")
    booked(house, 1, "t-club-room")
    bill = close(house)
    groups = [(who, [(part.charge_id, len(lines)) for part, lines in parts]) for who, parts in bill.by_person]
    first, second, third = bill.charge_ids
    assert groups == [("zoe", [(first, 1), (third, 1)]), ("bob", [(second, 1)])]
    text = house.cantine.read.print_document(bill.id, lang).replace("\u202f", " ").replace("\xa0", " ")
    of_zoe, of_bob = text.index("Canary-Zoe"), text.index("Canary-Bob")
    assert of_zoe < text.index("club-room") < of_bob < text.index(bob)


def test_a_bill_as_html_names_each_person_and_each_row(house):
    """The table of each person has a caption with the name, as text, and what is sold names the row, not its day."""
    house.do(c.ChangePerson("bob", name="<b>Bob</b> & Co"))
    booked(house)
    booked(house, person_id="bob")
    page = house.cantine.read.print_document_html(close(house).id, "en")
    assert re.findall("<caption>(.*)</caption>", page)[1:] == ["For &lt;b&gt;Bob&lt;/b&gt; &amp; Co", "Taxes"]
    assert re.findall('<tr>(.*)<th scope="row">(.*?)</th>', page) == [
        ("<td>2026-11-25</td>", "room"),
        ("<td>2026-11-26</td>", "room"),
        ("", "20%"),
    ]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_bills_that_are_refused(house):
    """A day to come, a payer without terms, a series of another type or operator: refused, and nothing is numbered."""
    booked(house)
    with pytest.raises(TooEarlyError):
        close(house, until=TODAY + timedelta(days=1))
    with pytest.raises(NotFoundError):
        close(house, payer_id="zoe")
    with pytest.raises(NotFoundError):
        close(house, entity_id="coop")
    with pytest.raises(UnsuitableError, match="numbers documents of the type receipt"):
        close(house, series="receipts")
    house.do(c.OpenSeries(entity_id="coop", name="theirs", documents="invoice", prefix="F", zone="Europe/Paris"))
    with pytest.raises(NotFoundError):
        close(house, series="theirs")
    assert house.all(m.Document) == []


def test_a_charge_whose_tax_nobody_knows_stops_its_bill(house):
    """The price list does not say the tax of a line: the bill is refused and names it, and nothing is lost."""
    booked(house)
    booked(house, 1, "t-free-room")
    with pytest.raises(TaxUnknownError):
        close(house)
    (told,) = house.cantine.read.preview_bills("asso", TODAY)
    assert (told.gross, bool(told.problem)) == (None, True)


def test_a_preview_at_the_end_of_the_calendar_is_refused(house):
    """A bill that would be due after the last day there is: it is said, and nothing breaks."""
    booked(house)
    with pytest.raises(InputError, match="beyond the calendar"):
        house.cantine.read.preview_bills("asso", date.max)


def test_without_a_vat_id_its_bill_is_refused_and_the_preview_says_so(house):
    """An invoice with tax states the VAT id of who sells: a preview says what closing the bill would refuse."""
    booked(house)
    house.do(c.DescribeEntity("asso", address=issuing_house.ADDRESS, country="FR"))
    (told,) = house.cantine.read.preview_bills("asso", TODAY)
    with pytest.raises(UnsuitableError, match="has no VAT id") as refused:
        close(house)
    assert (told.gross, told.problem) == (None, str(refused.value))


def test_several_currencies_are_several_invoices(house):
    """An invoice is in one currency: what a place in Geneva charged is on an invoice of its own."""
    house.do(c.AddPlace(name="Genève", entity_id="asso", zone="Europe/Zurich", currency="CHF", id="geneva"))
    text = issuing_house.TAXED.replace('id = "taxed"', 'id = "swiss"', 1).replace("EUR", "CHF")
    house.do(c.PublishTariff(text))
    here = booked(house)
    there = house.do(
        c.Sell(
            [c.SellLine("swiss/seat", facts={})], place_id="geneva", person_id="zoe", payer_id="works", on_account=True
        )
    ).charges[0]
    previews = house.cantine.read.preview_bills("asso", TODAY)
    close(house)
    bills = house.cantine.read.documents("asso", "invoices")
    assert [(one.charge_ids, one.gross.currency) for one in bills] == [((here.id,), "EUR"), ((there.id,), "CHF")]
    assert [one.gross for one in previews] == [one.gross for one in bills]
    assert house.cantine.read.billing_terms("asso", "works").bill_ids == tuple(one.id for one in bills)


APART = """
[tariff]
id = "apart"
name = "Apart"
currency = "EUR"
timezone = "Europe/Paris"
prices = "excl"
price_date = "purchase"
tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.dues]
kind = "outside scope"
mention = "Cotisation"
[product.dues]
rate = { price = 25.00 }
tax = "dues"
[product.print]
rate = { price = 0.33 }
"""


def test_what_is_outside_the_scope_of_vat_is_apart(house):
    """Dues of an association are on an invoice of their own (BR-O-11); the last bill names both, the first is given."""
    house.do(c.PublishTariff(APART))
    room = booked(house)
    sell = c.Sell(
        [c.SellLine("apart/dues", facts={})], place_id="paris", person_id="zoe", payer_id="works", on_account=True
    )
    house.wait(minutes=1)
    dues = house.do(sell).charges[0]
    first = close(house)
    assert first.charge_ids == (room.id,)
    assert close(house) == first
    both = house.cantine.read.documents("asso", "invoices")
    assert [(one.charge_ids, one.taxes[0].category) for one in both] == [((room.id,), "S"), ((dues.id,), "O")]
    assert house.cantine.read.billing_terms("asso", "works").bill_ids == tuple(one.id for one in both)


def test_prices_without_tax_beside_prices_with_it(house):
    """Charges of a list without tax and of one with it, three of each: one rate, whose parts sum to it to the cent."""
    house.do(c.PublishTariff(APART))
    sell = c.Sell(
        [c.SellLine("apart/print", facts={})], place_id="paris", person_id="zoe", payer_id="works", on_account=True
    )
    charges = [house.do(sell).charges[0] for _ in range(3)] + [booked(house, 1, "t-odd-room") for _ in range(3)]
    assert {one.amount for one in charges} == {eur(40), eur(9999)}
    bill = close(house)
    (tax,) = bill.taxes
    assert (bill.gross, tax.gross) == (eur(30117), eur(30117))
    assert tax.net + tax.tax + tax.residual == tax.gross
    for part in bill.parts:
        (own,) = part.taxes
        assert own.net + own.tax + own.residual == own.gross == part.gross
        assert bill.of(part.charge_id).net == own.net


@pytest.mark.parametrize(
    "wrong",
    [{"billing_day": 0}, {"billing_day": 32}, {"days_until_due": -1}, {"days_until_due": 366}, {"account": "|"}],
)
def test_terms_that_are_no_terms(wrong):
    """A billing day is from 1 to 31, a bill is due within a year, an account has the name of one."""
    with pytest.raises(InputError):
        attrs.evolve(TERMS, **wrong)


def test_terms_that_are_refused(house):
    """Nobody there, a series of receipts, no address, an account of another operator."""
    for wrong, error in (
        ({"payer_id": "nobody"}, NotFoundError),
        ({"series": "none"}, NotFoundError),
        ({"series": "receipts"}, UnsuitableError),
        ({"payer_id": "zoe"}, UnsuitableError),
        ({"account": "till"}, AccountError),
        ({"account": "none"}, AccountError),
    ):
        with pytest.raises(error):
            house.do(attrs.evolve(TERMS, **wrong))
    assert len(house.all(m.BillingTerms)) == 1


# --- previews --------------------------------------------------------------------------------------------------------


def test_a_preview_is_what_is_billed(house):
    """Page by page, what is previewed of each payer is what its bill states; nothing is stored by looking."""
    house.do(attrs.evolve(TERMS, payer_id="zoe", addressee=ZOE))
    house.do(attrs.evolve(TERMS, payer_id="bob", addressee=ZOE))
    booked(house, 2)
    booked(house, 1, "t-odd-room", payer_id=None)
    before = small_house.snapshot(house.storage)
    first = house.cantine.read.preview_bills("asso", TODAY, limit=1)
    second = house.cantine.read.preview_bills("asso", TODAY, limit=5, after=first[-1].payer_id)
    assert small_house.snapshot(house.storage) == before
    assert [one.payer_id for one in (*first, *second)] == ["works", "zoe"]
    for told in (*first, *second):
        bill = close(house, payer_id=told.payer_id)
        for name in ("lines", "taxes", "net", "tax", "residual", "gross", "paid", "parts", "due_on"):
            assert getattr(told, name) == getattr(bill, name), name
    assert house.cantine.read.preview_bills("asso", TODAY) == ()


def test_previews_that_are_refused(house):
    """A day is a date, a page has 1 to 1,000 payers, and the legal entity is there."""
    for wrong in ({"limit": 0}, {"limit": 1001}, {"day": START}):
        with pytest.raises(InputError):
            house.cantine.read.preview_bills(**{"entity_id": "asso", "day": TODAY, **wrong})
    with pytest.raises(NotFoundError):
        house.cantine.read.preview_bills("nobody", TODAY)


# --- on the billing day ----------------------------------------------------------------------------------------------


def on(house, day, hour=8):
    house.clock.set(START + (day - TODAY) + timedelta(hours=hour - 8))
    house.cantine.run_due()


def test_a_bill_is_closed_on_its_day(house):
    """On the first of the month the bill comes by itself, once, and the next one a month later."""
    first = booked(house)
    on(house, date(2026, 11, 30))
    assert house.all(m.Document) == []
    on(house, date(2026, 12, 1))
    on(house, date(2026, 12, 1), 9)
    (bill,) = house.all(m.Document)
    assert (bill.charge_ids, bill.issued_on, bill.due_on) == ((first.id,), date(2026, 12, 1), date(2026, 12, 16))
    assert house.cantine.read.billing_terms("asso", "works").next_on == date(2027, 1, 1)
    second = booked(house)
    on(house, date(2027, 1, 3))  # two days late: up to now
    assert [one.charge_ids for one in house.all(m.Document)] == [(first.id,), (second.id,)]
    on(house, date(2027, 2, 1))  # nothing to bill
    assert len(house.all(m.Document)) == 2
    assert house.cantine.read.billing_terms("asso", "works").next_on == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("billing_day", "days"),
    [
        (31, [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]),
        (24, [date(2026, 12, 24), date(2027, 1, 24)]),
        (25, [date(2026, 11, 25), date(2026, 12, 25)]),
    ],
)
def test_the_last_days_of_months(billing_day, days):
    """In a month that is shorter the bill is closed on its last day; the day of the agreement itself is not one."""
    found, day = [], TODAY
    for _ in days:
        day = closing.billing_day_after(day, billing_day)
        found.append(day)
    assert found == days


def test_another_billing_day_makes_another_period(house):
    """From the first to the fifteenth: one period is longer. The day of before brings nothing any more."""
    booked(house)
    house.do(attrs.evolve(TERMS, billing_day=15))
    on(house, date(2026, 12, 1))
    assert house.all(m.Document) == []
    on(house, date(2026, 12, 15))
    (bill,) = house.all(m.Document)
    assert bill.issued_on == date(2026, 12, 15)
    house.do(attrs.evolve(TERMS, billing_day=20))
    late = booked(house)
    on(house, date(2026, 12, 20))
    assert house.all(m.Document)[-1].charge_ids == (late.id,)


def test_the_same_terms_again_change_nothing(house):
    """Who agrees to the same again keeps the day of the next bill; other days until due are those of the next one."""
    before = len(list(house.storage.journal(limit=1000)))
    house.do(TERMS)
    assert len(list(house.storage.journal(limit=1000))) == before
    changed = house.do(attrs.evolve(TERMS, days_until_due=5)).value
    assert (changed.next_on, changed.days_until_due) == (date(2026, 12, 1), 5)


def test_terms_that_ended_bill_by_hand_only(house):
    """After the end no bill comes by itself; what is left is billed by hand. Terms can be agreed once more."""
    left = booked(house)
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))
    on(house, date(2026, 12, 1))
    assert house.all(m.Document) == []
    assert close(house).charge_ids == (left.id,)
    assert house.cantine.read.billing_terms("asso", "works").next_on is None
    assert house.do(TERMS).value.next_on == date(2027, 1, 1)


def test_a_payer_is_told_of_the_bill_and_of_its_day(house):
    """A message with the bill says what is still owed and by when, another comes on the day unless all is paid."""
    house.do(c.ChangeOrganisation("works", email="bills@example.org"))
    paid, rest = booked(house, 2), booked(house)
    house.do(c.Pay(paid.id, account="desk"))
    on(house, date(2026, 12, 1))
    (bill,) = house.all(m.Document)

    def told():
        return [(one.template, one.subject) for one in house.mail.messages if one.template.startswith("bill")]

    assert told() == [("bill issued", "Your invoice F2026-000001")]
    assert "15.00 EUR is still to be paid, by 2026-12-16" in house.mail.messages[-1].text
    on(house, date(2026, 12, 15))
    assert len(told()) == 1
    second = booked(house)
    close(house)
    on(house, date(2026, 12, 16))
    assert told()[-1] == ("bill due", "Invoice due: F2026-000001")
    assert "15.00 EUR of your invoice" in house.mail.messages[-1].text
    house.do(c.Pay(second.id, account="desk"))
    before = len(told())
    on(house, date(2027, 1, 20))  # all of the second bill is paid
    assert [one for one in told()[before:] if "due" in one[0]] == []
    assert house.cantine.read.bill_balance(bill.id) == eur(1500)
    assert charge_of(house, rest.id).state == "due"


@pytest.mark.parametrize("account", ["desk", "card"])
def test_an_account_takes_the_money_with_the_bill(house, account):
    """Terms with an account: each charge of the bill is taken through it, what was paid and what is being paid not."""
    house.do(attrs.evolve(TERMS, account=account))
    paid, open_one = booked(house), booked(house, 2)
    house.do(c.Pay(paid.id, account="desk"))
    on(house, date(2026, 12, 1))
    (bill,) = house.all(m.Document)
    assert (bill.gross, bill.paid) == (eur(4500), eur(1500))
    house.cantine.run_due()
    now = charge_of(house, open_one.id)
    assert (now.state, len(now.attempt_ids)) == ("settled", 1)
    assert len(charge_of(house, paid.id).attempt_ids) == 1
    assert house.cantine.read.bill_balance(bill.id) == eur(0)


def test_what_is_being_paid_is_not_taken_with_the_bill(house):
    """The payer is at the page of the gateway for one charge when the bill is closed: only the other one is taken."""
    house.do(attrs.evolve(TERMS, account="card"))
    asked, other = booked(house), booked(house, 2)
    house.card.play(charges=["pending", "settled"])
    house.do(c.Pay(asked.id, account="card"))
    bill = house.do(CLOSE).value
    assert [len(charge_of(house, one.id).attempt_ids) for one in (asked, other)] == [1, 1]
    assert [one.amount for one in house.card.charges] == [1500, 3000]
    assert house.cantine.read.bill_balance(bill.id) == eur(1500)


def test_more_charges_than_a_bill_takes(house, monkeypatch):
    """An invoice is one record: what is beyond its limit is on the next one, on the same day."""
    monkeypatch.setattr(closing, "MAX_CHARGES", 2)
    monkeypatch.setattr("cantinekit.domain.bills.life_cycle.MAX_CHARGES", 2)
    charges = [booked(house) for _ in range(5)]
    on(house, date(2026, 12, 1))
    house.cantine.run_due()
    bills = house.cantine.read.documents("asso", "invoices")
    assert [len(one.parts) for one in bills] == [2, 2, 1]
    assert [id for one in bills for id in one.charge_ids] == [one.id for one in charges]
    assert house.cantine.read.billing_terms("asso", "works").next_on == date(2027, 1, 1)


def test_a_bill_that_could_not_be_issued_comes_once_that_is_put_right(house):
    """Nobody with an address: the task is given up and no number taken; new terms have the bill issued."""
    one = booked(house)
    house.do(c.ChangeOrganisation("works", address=()))
    on(house, date(2026, 12, 1))
    assert [task.problem for task in house.cantine.read.tasks("dead")] == ["refused"]
    (told,) = house.cantine.read.preview_bills("asso", date(2026, 12, 1))
    assert "states the name and the address" in told.problem
    house.do(attrs.evolve(TERMS, addressee=ZOE))
    house.cantine.run_due()
    (bill,) = house.all(m.Document)
    assert (bill.charge_ids, house.cantine.read.addressee(bill.id)) == ((one.id,), ZOE)
    assert house.cantine.read.billing_terms("asso", "works").next_on == date(2027, 1, 1)


# --- who pays --------------------------------------------------------------------------------------------------------


def test_a_person_is_billed_at_the_address_of_the_terms(house):
    """A person has no address but that of the terms; it is kept when these change, and goes with the person."""
    asked = attrs.evolve(TERMS, payer_id="zoe", addressee=ZOE)
    house.do(asked)
    house.do(attrs.evolve(asked, addressee=None, billing_day=5))
    booked(house, payer_id=None, account=None)
    bill = close(house, payer_id="zoe")
    assert house.cantine.read.addressee(bill.id) == ZOE
    house.do(c.Pay(bill.charge_ids[0], account="desk"))
    assert house.get(m.BillingAddress, "asso|zoe").billed_to == ZOE
    house.wait(days=40)
    house.cantine.run_due()
    house.do(c.ForgetPerson("zoe"))
    assert house.all(m.BillingAddress) == []
    assert house.cantine.read.addressee(bill.id) == ZOE  # the law wants it kept
    house.wait(days=40)
    house.cantine.run_due()
    assert house.cantine.read.billing_terms("asso", "zoe").next_on is None


def test_another_address_alone_is_kept(house):
    """Who moves has the next bill at the new address; the bill of before keeps the old one."""
    house.do(attrs.evolve(TERMS, addressee=ZOE))
    booked(house)
    first = close(house)
    moved = attrs.evolve(ZOE, address=("Canary-Quay 9", "29200 Brest"))
    house.do(attrs.evolve(TERMS, addressee=moved))
    booked(house)
    second = close(house)
    assert [house.cantine.read.addressee(one.id) for one in (first, second)] == [ZOE, moved]


# --- what an earlier version stored ----------------------------------------------------------------------------------


def test_charges_of_an_earlier_version():
    """A charge that does not name its invoice is not billed again; one that does not name its sale is billed alike."""
    house = billing()
    invoiced, other = booked(house), booked(house, 2)
    house.do(c.IssueDocument(charge_id=invoiced.id, series="invoices"))
    (told,) = house.cantine.read.preview_bills("asso", TODAY)
    for one in (invoiced, other):
        old = attrs.evolve(charge_of(house, one.id), sale_id=None, invoice_id=None)
        assert old.unbilled
        (row,) = house.storage.load([Key(m.Charge.kind, one.id)])
        house.storage.apply(Change((codec.encode(old, row.version + 1),)))
    bill = close(house)
    assert (bill.lines, bill.parts) == (told.lines, told.parts)
    assert bill.charge_ids == (other.id,)
