"""Receipts and invoices of charges that are no whole price: a longer booking, a fee, a visit that grew."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any, get_args

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import messages
from cantinekit import records as m
from cantinekit.domain.documents.amounts import PAID_BEFORE
from cantinekit.domain.payments.records import LineWord
from cantinekit.money import Money
from cantinekit.pricing.texts import charged
from support.houses.issuing_house import ZOE, issuing
from support.houses.small_house import House, period
from support.laws import house_laws

FEES = """
[tariff]
id = "fees"
name = "With tax and fees"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "10%" }]
[product.room]
rate = { price = 15.00, per = "1h" }
move = { fee = 2.00 }
overrun = { price = 6.00, per = "30min" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%", fee = 3.00 }] }
[product.lunch]
rate = { price = 11.00 }
tax = "reduced"
[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
[product.day]
rate = { price = 10.00 }
tax = "reduced"
"""


@pytest.fixture
def house():
    """A house that issues receipts by itself, whose laws hold in the end."""
    house = issuing()
    house.do(c.PublishTariff(FEES))
    for name, sells in (("room", "booking"), ("half-day", "visit"), ("day", "visit")):
        product = c.AddProduct(
            name=name, entity_id="asso", pricelist_id="fees", tariff_product=name, sells=sells, id=f"f-{name}"
        )
        house.do(product)
    house.do(c.AutomateReceipts("asso", series="receipts"))
    yield house
    house_laws.hold(house.storage, house.clock.now())


def booked(house: House, **more: Any) -> m.Booking:
    asked = c.Book(space_id="b", product_id="f-room", period=period(10, 11), person_id="zoe", account="desk", **more)
    return house.do(asked).value


def invoice(house: House, charge: m.Charge) -> m.Document:
    return house.do(c.IssueDocument(charge_id=charge.id, series="invoices", addressee=ZOE)).value


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def test_longer_booking_is_invoiced_as_a_difference(house):
    """What more a longer booking costs is invoiced: the new price, the fee, less what was paid, at the rate of all."""
    one = booked(house)
    more = house.do(c.MoveBooking(one.id, period=period(10, 12), account="desk")).charges[-1]
    found = invoice(house, more)
    assert [(line.gross, line.rate) for line in found.lines] == [
        (eur(3000), "20%"), (eur(-1500), "20%"), (eur(200), "20%"),
    ]  # fmt: skip
    assert (found.gross, found.net, found.tax) == (eur(1700), eur(1417), eur(283))
    assert len(house.cantine.read.documents("asso", "receipts")) == 2


def test_overrun_is_invoiced_at_the_rate_of_the_room(house):
    """Staying longer is taxed as the room is."""
    one = booked(house)
    house.clock.set(one.period.end + timedelta(hours=1))
    more = house.do(c.RecordOverrun(one.id, until=one.period.end + timedelta(minutes=30), account="desk")).charges[-1]
    found = invoice(house, more)
    assert [(line.text, line.gross, line.rate) for line in found.lines] == [
        ("stayed 30 minutes longer", eur(600), "20%"),
    ]  # fmt: skip


def test_cancellation_fee_is_invoiced_at_the_rate_of_the_room(house):
    """A fee beyond the price is a charge of its own, and taxed as the room is."""
    one = booked(house)
    done = house.do(c.CancelBooking(one.id, reason="ill"))
    fee = house.get(m.Charge, done.value.more[-1].charge_id)
    found = invoice(house, fee)
    assert [(line.gross, line.rate) for line in found.lines] == [(eur(300), "20%")]


def test_overrun_is_taxed_as_its_own_class(house):
    """Staying longer in a room that was sold with a lunch at another rate is taxed as the room is."""
    one = booked(house, extras={"lunch": 1})
    house.clock.set(one.period.end + timedelta(hours=1))
    more = house.do(c.RecordOverrun(one.id, until=one.period.end + timedelta(minutes=30), account="desk")).charges[-1]
    assert {line.rate for line in invoice(house, more).lines} == {"20%"}


def test_what_was_paid_at_two_rates_is_taken_off_at_both(house):
    """A room at 20 % with a lunch at 10 % is booked for longer: what was paid before is taken off at both rates."""
    one = booked(house, extras={"lunch": 1})
    more = house.do(c.MoveBooking(one.id, period=period(10, 12), account="desk")).charges[-1]
    (found,) = house.cantine.read.documents_of(more.id)  # the receipt came by itself
    assert [(line.position, line.text, line.gross, line.rate) for line in found.lines] == [
        (0, "room", eur(3000), "20%"),
        (1, "lunch", eur(1100), "10%"),
        (2, "paid before", eur(-1500), "20%"),
        (2, "paid before", eur(-1100), "10%"),
        (3, "fee for moving", eur(200), "20%"),
    ]
    assert [(tax.rate, tax.gross) for tax in found.taxes if tax.gross] == [("20%", eur(1700))]
    assert (found.gross, found.net, found.tax) == (eur(1700), eur(1417), eur(283))
    house.do(c.CancelBooking(one.id, refund="all", reason="flooded"))
    (refund,) = [one for one in house.all(m.Refund) if one.charge_id == more.id]
    credit = house.do(c.IssueCreditNote(charge_id=more.id, series="credits", refund_id=refund.id)).value
    assert (credit.gross, credit.tax) == (-refund.amount, -found.tax.times(Fraction(refund.amount.amount, 1700), "up"))


def test_a_line_of_before_that_was_paid_at_two_rates_is_taken_off_at_both():
    """A difference that was stored before words were kept says "paid before" in its text, and is split as well."""
    assert charged("paid before", "en") == PAID_BEFORE


def test_a_receipt_that_cannot_be_made_is_given_up_and_takes_no_number(house):
    """A half-day at 20 % becomes a day at 10 %: what was paid before would be more than all that there is at 20 %.

    The sale stands, its receipt is a task that was given up, and the next receipt has the next number.
    """
    visit = house.do(c.CheckIn(place_id="paris", product_id="f-half-day", person_id="zoe", account="desk")).value
    assert [one.number for one in house.cantine.read.documents("asso", "receipts")] == [1]
    house.do(c.UpgradeVisit(visit.id, product_id="f-day", account="desk"))
    charge = house.get(m.Charge, house.get(m.Visit, visit.id).charge_ids[-1])
    assert (charge.state, house.cantine.read.documents_of(charge.id)) == ("settled", ())
    (task,) = house.cantine.read.tasks("dead")
    assert (task.work, task.subject, task.problem) == ("document", m.Subject("charge", charge.id), "refused")
    booked(house)
    assert [one.number for one in house.cantine.read.documents("asso", "receipts")] == [1, 2]


# --- what lines say --------------------------------------------------------------------------------------------------


def test_documents_say_differences_and_fees_in_their_language(house):
    """What no price list wrote (paid before, the fee for moving, a longer stay) a document says in its language."""
    one = booked(house)
    moved = house.do(c.MoveBooking(one.id, period=period(10, 12), account="desk"))
    house.clock.set(moved.value.period.end + timedelta(hours=1))
    until = moved.value.period.end + timedelta(minutes=30)
    longer = house.do(c.RecordOverrun(one.id, until=until, account="desk"))
    texts = {
        "fr": (["room", "déjà facturé", "frais de modification"], ["30 min de plus que prévu"]),
        "en": (["room", "paid before", "fee for moving"], ["stayed 30 minutes longer"]),
    }
    documents = [invoice(house, done.charges[-1]) for done in (moved, longer)]
    for lang, expected in texts.items():
        for document, lines in zip(documents, expected, strict=True):
            assert [messages.line_text(line, lang) for line in document.lines] == lines
            text = house.cantine.read.print_document(document.id, lang)
            assert all(f"\n| {line} |" in text for line in lines)


@pytest.mark.parametrize(("came", "french"), [(True, "frais d’annulation"), (False, "frais d’absence")])
def test_documents_say_why_a_fee_is_due(house, came, french):
    """A fee for cancelling and one for not coming have a text each, in French and in English."""
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    one = booked(house)
    if came:
        house.do(c.CancelBooking(one.id, reason="ill"))
    else:
        house.clock.set(one.period.start + timedelta(minutes=20))
        house.cantine.run_due()
    fee = house.get(m.Charge, house.get(m.Booking, one.id).more[-1].charge_id)
    (line,) = invoice(house, fee).lines
    assert messages.line_text(line, "fr") == french
    assert messages.line_text(line, "en") == ("fee for cancelling" if came else "fee for not coming")


def test_a_line_of_before_says_what_it_said():
    """A line that was stored before words were kept is printed as it stands, in each language."""
    line = m.ChargeLine("room", "paid before", 1, eur(-100))
    assert [messages.line_text(line, lang) for lang in ("fr", "en")] == ["paid before", "paid before"]


def test_each_word_has_a_text():
    """Each word that a line of a charge may have is a sentence of its own in each language."""
    words = [word for word in get_args(LineWord) if word]
    for lang in ("fr", "en"):
        assert len({charged(word, lang, "30") for word in words} - {""}) == len(words)
    with pytest.raises(e.InputError):
        charged("moved", "de")
