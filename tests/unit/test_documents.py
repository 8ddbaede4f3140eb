"""Receipts, invoices and credit notes: what they state, what they refuse, and that they come once."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.documents import amounts
from cantinekit.domain.documents import handlers as decided
from cantinekit.domain.documents.amounts import percent
from cantinekit.errors import (
    DuplicateError,
    InputError,
    NotFoundError,
    TaxUnknownError,
    TextError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Guard
from cantinekit.runtime import codec
from support.houses import issuing_house, small_house
from support.houses.edges import neighbour
from support.houses.issuing_house import ADDRESS, ZOE, charged, issuing, taxed
from support.houses.small_house import open_house, period, utc
from support.laws import house_laws
from support.tariffs.tax_rules import stated_documents


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@pytest.fixture
def house():
    return issuing()


@pytest.fixture(autouse=True)
def amounts_keep_the_rules():
    """Whatever a test has issued, its amounts keep the rules of EN 16931."""
    with stated_documents():
        yield


def invoice(house, charge, addressee=ZOE, series="invoices"):
    return house.do(c.IssueDocument(charge_id=charge, series=series, addressee=addressee)).value


def receipt(house, charge):
    return house.do(c.IssueDocument(charge_id=charge, series="receipts")).value


def give_back(house, charge, amount):
    house.do(c.RefundCharge(charge, amount=eur(amount), reason="goodwill"))
    return house.cantine.read.refunds(charge)[-1].id


def credit(house, charge, refund=None, series="credits"):
    return house.do(c.IssueCreditNote(charge_id=charge, series=series, refund_id=refund)).value


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_count_up_from_one(house):
    """The documents of a series are numbered 1, 2, 3, printed with prefix, year and width; each series by itself."""
    charges = [charged(house) for _ in range(3)]
    assert [invoice(house, charge).printed for charge in charges] == [f"F2026-00000{n}" for n in (1, 2, 3)]
    assert receipt(house, charges[0]).printed == "R2026-000001"
    found = house.cantine.read.documents("asso", "invoices", 2026)
    assert [document.number for document in found] == [1, 2, 3]
    assert found == house.cantine.read.documents("asso", "invoices")
    assert house.cantine.read.documents("asso", "invoices", 2025) == ()
    assert all(one.whole for one in house.cantine.read.numbering("asso", "invoices"))


def test_a_new_year_begins_at_one_again(house):
    """In a new year of the series' zone the numbers begin at 1: 23:30 UTC on New Year's Eve is next year in Paris."""
    first = charged(house)
    second, third = charged(house), charged(house)
    house.clock.set(datetime(2026, 12, 31, 22, 30, tzinfo=UTC))
    assert invoice(house, first).printed == "F2026-000001"
    house.clock.set(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    found = invoice(house, second)
    assert (found.printed, found.issued_on) == ("F2027-000001", date(2027, 1, 1))
    assert invoice(house, third).printed == "F2027-000002"
    assert [(one.year, one.count, one.last) for one in house.cantine.read.numbering("asso", "invoices")] == [
        (2026, 1, 1),
        (2027, 2, 2),
    ]


def test_a_clock_that_goes_back_opens_no_year_again(house):
    """A clock that goes back, also over New Year, changes nothing: each document is later than the one before."""
    charges = [charged(house) for _ in range(3)]
    house.clock.set(datetime(2027, 1, 1, 8, tzinfo=UTC))
    found = [invoice(house, charges[0])]
    house.clock.set(datetime(2026, 12, 31, 8, tzinfo=UTC))
    found += [invoice(house, charge) for charge in charges[1:]]
    assert [document.printed for document in found] == [f"F2027-00000{n}" for n in (1, 2, 3)]
    assert all(one.issued_at < two.issued_at for one, two in pairwise(found))
    house_laws.hold(house.storage, house.clock.now())


def test_numbers_outgrow_their_width():
    """A number that needs more digits than the width has gets them."""
    series = m.NumberSeries("a|s", "a", "s", "invoice", "F", "Europe/Paris", 3)
    assert [series.printed(2026, number) for number in (1, 999, 1000)] == ["F2026-001", "F2026-999", "F2026-1000"]


def test_two_series_have_two_prefixes(house):
    """A prefix belongs to one series of a legal entity, so that no two documents have one number; others may use it."""
    with pytest.raises(DuplicateError) as refusal:
        house.do(c.OpenSeries(entity_id="asso", name="more", documents="invoice", prefix="F", zone="Europe/Paris"))
    assert refusal.value.holder == "asso|invoices"
    with pytest.raises(DuplicateError):
        house.do(c.OpenSeries(entity_id="asso", name="invoices", documents="invoice", prefix="G", zone="Europe/Paris"))
    house.do(c.OpenSeries(entity_id="coop", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"))
    house.do(c.OpenSeries(entity_id="asso", name="more", documents="invoice", prefix="F2-", zone="Europe/Paris"))
    assert invoice(house, charged(house), series="more").printed == "F2-2026-000001"


@pytest.mark.parametrize("prefix", ["F.", "F 1", "É", "x" * 21, "a|b", None, "\n"])
def test_prefixes_that_are_refused(prefix):
    """A prefix has letters, digits and - _ / + only, at most 20 of them."""
    with pytest.raises(InputError):
        c.OpenSeries(entity_id="asso", name="s", documents="invoice", prefix=prefix, zone="Europe/Paris")


@pytest.mark.parametrize(
    "wrong", [{"documents": "quote"}, {"zone": "Europe/Nowhere"}, {"width": 0}, {"width": 13}, {"name": "a|b"}]
)
def test_series_that_are_refused(wrong):
    """A series is of a known type, in a known zone, of 1 to 12 digits, and its name is an id."""
    good = {"entity_id": "a", "name": "s", "documents": "invoice", "prefix": "", "zone": "UTC"}
    c.OpenSeries(**good)
    with pytest.raises(InputError):
        c.OpenSeries(**{**good, **wrong})


# --- once ------------------------------------------------------------------------------------------------------------


def test_the_same_again_is_the_same_document(house):
    """Asked again, with a key or without, a charge has the invoice that it has, and nothing is stored."""
    charge = charged(house)
    first = invoice(house, charge)
    before = small_house.snapshot(house.storage)
    again = house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE))
    assert (again.value, again.events, again.replayed) == (first, (), False)
    assert small_house.snapshot(house.storage) == before
    house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE), key="k")
    assert house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE), key="k").replayed
    assert len(house.all(m.Document)) == 1


def test_something_else_again_is_refused(house):
    """A document never changes: another addressee, or another series, is refused and named."""
    charge = charged(house)
    first = invoice(house, charge)
    house.do(c.OpenSeries(entity_id="asso", name="more", documents="invoice", prefix="M", zone="Europe/Paris"))
    for command in (
        c.IssueDocument(charge_id=charge, series="invoices", addressee=attrs.evolve(ZOE, name="Malo")),
        c.IssueDocument(charge_id=charge, series="invoices"),
        c.IssueDocument(charge_id=charge, series="more", addressee=ZOE),
    ):
        with pytest.raises(DuplicateError) as refusal:
            house.do(command)
        assert refusal.value.holder == first.id
    assert receipt(house, charge).what == "receipt"
    assert [one.what for one in house.cantine.read.documents_of(charge)] == ["receipt", "invoice"]
    with pytest.raises(NotFoundError):
        house.cantine.read.documents_of("nothing")


# --- what they state -------------------------------------------------------------------------------------------------


def test_what_an_invoice_states(house):
    """Seller, number, dates, lines with net and rate, the tax of each rate, what was paid and what the law wants."""
    charge = charged(house, 2, account=None)
    found = invoice(house, charge)
    assert found.seller == m.Seller("Asso", ADDRESS, "FR", "123 456 789", "FR12345678901")
    assert (found.issued_on, found.supplied_from, found.supplied_until) == (
        date(2026, 11, 24),
        *[date(2026, 11, 25)] * 2,
    )
    (line,) = found.lines
    assert (line.text, line.quantity, line.unit, line.rate) == ("room", 120, "minute", "20%")
    assert (line.net, line.gross) == (eur(2500), eur(3000))
    assert found.taxes == (m.DocumentTax("S", "20%", eur(2500), eur(500), eur(0), eur(3000)),)
    assert (found.net, found.tax, found.gross, found.paid) == (eur(2500), eur(500), eur(3000), eur(0))
    assert found.mentions == ("Association loi 1901",)
    assert (found.payer_id, found.charge_id, found.entity_id) == ("zoe", charge, "asso")
    assert house.cantine.read.addressee(found.id) == ZOE
    assert house.get(m.Addressee, found.id).person_id == "zoe"


@pytest.mark.parametrize(("begins", "ends"), [(21, 23), (-1, 23)])
def test_what_ends_at_midnight_was_supplied_on_the_day_before(house, begins, ends):
    """A booking up to midnight of the place, or of a whole day, is of that day alone: the day after is not stated."""
    tomorrow = date(2026, 11, 25)
    start = utc(0, day=tomorrow)
    asked = Period(start + timedelta(hours=begins), start + timedelta(hours=ends))
    charge = (
        house.do(c.Book(space_id="n", product_id="t-room", period=asked, person_id="zoe", account="desk")).charges[0].id
    )
    found = invoice(house, charge)
    assert (found.supplied_from, found.supplied_until) == (tomorrow, tomorrow)


def test_rates_are_apart_and_exact(house):
    """Seat and materials have their own rates; a rate of the day of the session is taken, not that of the purchase."""
    house.do(c.AddWorkshop(place_id="paris", title="Soudure", product_id="t-seat", option_ids=("t-materials",), id="w"))
    sessions = {}
    for year in (2026, 2027):
        day = date(year, 12, 10) if year == 2026 else date(year, 1, 10)
        sessions[year] = house.do(
            c.AddSession(workshop_id="w", day=day, starts=time(18), ends=time(20), seats=5)
        ).value.id
    found = {}
    for year, session in sessions.items():
        done = house.do(c.Register(session_id=session, person_id="zoe", option_ids=("t-materials",), account="desk"))
        found[year] = receipt(house, done.charges[0].id)
    assert [(t.rate, t.net, t.tax, t.gross) for t in found[2026].taxes] == [
        ("10%", eur(909), eur(91), eur(1000)),
        ("20%", eur(667), eur(133), eur(800)),
    ]
    assert [t.rate for t in found[2027].taxes] == ["5.5%", "20%"]
    assert [line.rate for line in found[2027].lines] == ["5.5%", "20%"]
    assert found[2026].gross == found[2027].gross == eur(1800)


def test_what_no_net_amount_gives(house):
    """99.99 with 20 % has no net amount: the cent that is over is stated by itself, and the customer pays 99.99."""
    found = receipt(house, charged(house, product="t-odd-room"))
    assert (found.net, found.tax, found.residual, found.gross) == (eur(8333), eur(1667), eur(-1), eur(9999))


def test_an_exemption_is_mentioned(house):
    """What is exempt says why, in the words of the price list, beside the mentions of the legal entity."""
    found = invoice(house, charged(house, product="t-club-room"))
    assert [(tax.category, tax.rate, tax.tax) for tax in found.taxes] == [("E", "0%", eur(0))]
    assert found.mentions == ("Exonération de TVA, art. 261-7-1 du CGI", "Association loi 1901")
    assert found.lines[0].code == "VATEX-FR-CGI261-7"


def test_what_was_paid_before_is_taken_off(house):
    """The invoice of a longer stay has the whole stay, less what was paid before, at the same rate."""
    visit = house.do(c.CheckIn(place_id="paris", product_id="t-half-day", person_id="zoe", account="desk")).value
    house.do(c.UpgradeVisit(visit.id, product_id="t-day", account="desk"))
    charge = house.get(m.Visit, visit.id).charge_ids[-1]
    found = invoice(house, charge)
    assert [(line.text, line.gross, line.rate) for line in found.lines] == [
        ("day", eur(1000), "20%"),
        ("paid before", eur(-700), "20%"),
    ]
    assert (found.net, found.tax, found.gross) == (eur(250), eur(50), eur(300))
    refund = give_back(house, charge, 100)
    part = credit(house, charge, refund)
    assert (part.gross, part.net) == (eur(-100), eur(-83))
    rest = credit(house, charge, give_back(house, charge, 200))
    assert rest.gross == eur(-200)
    house_laws.hold(house.storage, house.clock.now())


def test_what_was_paid_before_at_another_rate_is_refused(house):
    """Where what was paid before was taxed otherwise no invoice can take it off, and none is made."""
    reduced = issuing_house.TAXED.replace("[product.half-day]\n", '[product.half-day]\ntax = "reduced"\n')
    house.do(c.PublishTariff(reduced))
    visit = house.do(c.CheckIn(place_id="paris", product_id="t-half-day", person_id="zoe", account="desk")).value
    house.do(c.UpgradeVisit(visit.id, product_id="t-day", account="desk"))
    with pytest.raises(UnsuitableError, match="allowances are more than the lines of category S at 10 %"):
        invoice(house, house.get(m.Visit, visit.id).charge_ids[-1])
    assert house.get(m.NumberSeries, "asso|invoices").last == 0


def test_net_prices_stay_as_they_are_printed(house):
    """On a price list without tax the nets of lines are the prices of the list, and the tax is added to their sum."""
    net = issuing_house.TAXED.replace('id = "taxed"', 'id = "net-list"').replace('"incl"', '"excl"')
    net = net.replace('tax = "unknown"', 'tax = "full"')  # else it could not be sold
    house.do(c.PublishTariff(net))
    house.do(
        c.AddProduct(
            name="seat", entity_id="asso", pricelist_id="net-list", tariff_product="seat", sells="seat", id="x-seat"
        )
    )
    house.do(
        c.AddProduct(
            name="materials",
            entity_id="asso",
            pricelist_id="net-list",
            tariff_product="materials",
            sells="option",
            id="x-materials",
        )
    )
    house.do(c.AddWorkshop(place_id="paris", title="Soudure", product_id="x-seat", option_ids=("x-materials",), id="w"))
    session = house.do(
        c.AddSession(workshop_id="w", day=date(2026, 12, 10), starts=time(18), ends=time(20), seats=5)
    ).value.id
    found = receipt(
        house,
        house.do(c.Register(session_id=session, person_id="zoe", option_ids=("x-materials",), account="desk"))
        .charges[0]
        .id,
    )
    assert [line.net for line in found.lines] == [eur(1000), eur(800)]
    assert (found.net, found.tax, found.gross) == (eur(1800), eur(260), eur(2060))


def test_an_issued_document_keeps_what_it_states(house):
    """A legal entity that moves states its new address on new documents; those that were issued stay."""
    first = invoice(house, charged(house))
    house.do(c.DescribeEntity("asso", address=("9 rue Neuve",)))
    assert house.cantine.read.document(first.id).seller.address == ADDRESS
    assert receipt(house, charged(house)).seller == m.Seller("Asso", ("9 rue Neuve",))
    assert house.do(c.DescribeEntity("asso", address=("9 rue Neuve",))).events == ()


@pytest.mark.parametrize(
    ("rate", "text"), [("1/5", "20%"), ("11/200", "5.5%"), ("0", "0%"), ("1", "100%"), ("21/1000", "2.1%")]
)
def test_rates_as_they_are_printed(rate, text):
    """A rate is printed exactly, without zeros that say nothing."""
    assert percent(Fraction(rate)) == text


# --- what is refused -------------------------------------------------------------------------------------------------


def test_what_no_document_is_made_of(house):
    """Refused, with nothing stored and no number taken: each with a typed error that says what is missing."""
    due, paid = charged(house, account=None), charged(house)
    unknown = charged(house, product="t-free-room")
    refused = {
        c.IssueDocument(charge_id=due, series="receipts"): WrongStateError,
        c.IssueDocument(charge_id=paid, series="invoices"): UnsuitableError,
        c.IssueDocument(charge_id=paid, series="invoices", addressee=m.BilledTo("Zoe")): UnsuitableError,
        c.IssueDocument(charge_id=paid, series="credits"): UnsuitableError,
        c.IssueDocument(charge_id=paid, series="nothing"): NotFoundError,
        c.IssueDocument(charge_id="nothing", series="receipts"): NotFoundError,
        c.IssueDocument(charge_id=unknown, series="receipts"): TaxUnknownError,
        c.IssueCreditNote(charge_id=paid, series="credits"): WrongStateError,
        c.IssueCreditNote(charge_id=paid, series="receipts"): UnsuitableError,
    }
    before = small_house.snapshot(house.storage)
    for command, error in refused.items():
        with pytest.raises(error):
            house.do(command)
    assert small_house.snapshot(house.storage) == before


def seat_and_materials(house, *changes):
    """The charge of a seat and of its materials, on a price list with these changes; what is charged is settled."""
    text = issuing_house.TAXED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    house.do(c.PublishTariff(text))
    house.do(c.AddWorkshop(place_id="paris", title="Soudure", product_id="t-seat", option_ids=("t-materials",), id="w"))
    asked = c.AddSession(workshop_id="w", day=date(2026, 12, 10), starts=time(18), ends=time(20), seats=5)
    session = house.do(asked).value.id
    done = house.do(c.Register(session_id=session, person_id="zoe", option_ids=("t-materials",), account="desk"))
    return done.charges[0].id


def test_what_may_not_be_issued_is_refused(house):
    """What is bought together and must not be on one document (EN 16931) is refused by name; nothing is stored."""
    held = '[tax.held]\nkind = "outside scope"\nmention = "Dépôt"\n[product.room]\n'
    materials = "[product.materials]\n"
    charge = seat_and_materials(house, ("[product.room]\n", held), (materials, f'{materials}tax = "held"\n'))
    before = small_house.snapshot(house.storage)
    with pytest.raises(UnsuitableError) as refusal:
        receipt(house, charge)
    rule = "BR-O-11: what is outside the scope goes into a document of its own"
    assert str(refusal.value) == f"no document can be made of it: {rule}"
    assert small_house.snapshot(house.storage) == before


REASON = """
[tax.young]
kind = "exempt"
mention = [{ from = 2026-11-24, text = "Exonération" }]
[product.tour]
tax = "young"
rate = { price = 5.00 }
"""


def test_what_was_had_before_its_reason_has_no_document(house):
    """What is sold for a day of before the list, on which nothing said why it bears no tax, is refused by name; from
    the first day of the reason on it has its document."""
    house.do(c.PublishTariff(issuing_house.TAXED + REASON))
    for day, said in ((small_house.TODAY, True), (date(2026, 11, 2), False)):
        line = c.SellLine("taxed/tour", day=day)
        charge = house.do(c.Sell([line], place_id="paris", person_id="zoe", account="desk")).charges[0].id
        if said:
            assert receipt(house, charge).mentions[0] == "Exonération"
            continue
        with pytest.raises(UnsuitableError, match=r"made of it: BR-E-10: category E does not say why it bears no tax$"):
            receipt(house, charge)


FREE = """
[product.gym]
tax = "reduced"
rate = { price = 0.00 }
overrun = { price = 4.40, per = "30min" }
"""


def test_more_of_what_was_free_is_taxed_as_it_is(house):
    """Who stays longer in what cost nothing owes it with the tax of the product: no line of the sale says it."""
    house.do(c.PublishTariff(issuing_house.TAXED + FREE))
    asked = c.Book(space_id="n", product_id="taxed/gym", period=period(11, 12), person_id="zoe", account="desk")
    booking = house.do(asked).value
    house.clock.set(booking.period.start)
    house.do(c.CheckInBooking(booking.id))
    until = booking.period.end + timedelta(minutes=30)
    house.clock.set(until)
    charge = house.do(c.RecordOverrun(booking.id, until=until, account="desk")).charges[0].id
    assert [(one.rate, one.tax, one.gross) for one in receipt(house, charge).taxes] == [("10%", eur(40), eur(440))]


def test_a_deposit_has_no_document(house):
    """What is held and what is owed beside a price is stated by no document: none is issued that is empty, and the
    receipts that come by themselves leave it out."""
    house.do(c.PublishTariff(issuing_house.TAXED + '[product.key]\nkind = "held"\nrate = { price = 20.00 }\n'))
    house.do(c.AutomateReceipts("asso", series="receipts"))
    charge = house.do(c.Sell(["taxed/key"], place_id="paris", person_id="zoe", account="desk")).charges[0].id
    house.wait(hours=1)
    assert house.all(m.Document) == []
    with pytest.raises(UnsuitableError, match=f"charge {charge} is a deposit or a debt, which no document states"):
        receipt(house, charge)


@pytest.mark.parametrize("name", ["net", "tax", "residual", "gross"])
def test_a_cent_too_many_is_found_in_what_is_stated(house, monkeypatch, name):
    """The control: a cent that is wrong in what the house states is found by the rules that hold in all tests here."""
    real = amounts.tax_document

    def wrong(lines, **more):
        doc = real(lines, **more)
        return attrs.evolve(doc, **{name: getattr(doc, name) + 1})

    charge = charged(house)
    with monkeypatch.context() as spoilt:
        spoilt.setattr(amounts, "tax_document", wrong)
        with pytest.raises(AssertionError, match="BR-CO-1"), stated_documents(), suppress(UnsuitableError):
            receipt(house, charge)


def test_the_unknown_tax_is_named(house):
    """Where the price list does not say a tax, the refusal has the texts of the lines."""
    with pytest.raises(TaxUnknownError) as refusal:
        invoice(house, charged(house, product="t-free-room"))
    assert refusal.value.lines == ("free-room",)


def test_a_seller_says_who_it_is():
    """Without an address no document is issued; without a VAT number none that states a tax to its customer."""
    house = taxed(open_house())
    house.do(c.OpenSeries(entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"))
    house.do(c.OpenSeries(entity_id="asso", name="receipts", documents="receipt", prefix="R", zone="Europe/Paris"))
    charge = charged(house)
    for command in (
        c.IssueDocument(charge_id=charge, series="receipts"),
        c.AutomateReceipts("asso", series="receipts"),
    ):
        with pytest.raises(UnsuitableError, match="address"):
            house.do(command)
    house.do(c.DescribeEntity("asso", address=ADDRESS))
    receipt(house, charge)
    with pytest.raises(UnsuitableError, match="BR-S-02"):
        invoice(house, charge)
    assert invoice(house, charged(house, product="t-club-room")).seller.vat_number == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"name": None}, {"name": "a\x00"}, {"address": "1 rue du Port"}, {"address": ("",)},
        {"address": ("a\nb",)}, {"address": ("x",) * 11}, {"country": "fr"}, {"country": "FRA"}, {"tax_number": 5},
    ],
)  # fmt: skip
def test_addressees_that_are_refused(wrong):
    """An addressee has a name, at most ten lines of address, and a country of two capital letters or none."""
    with pytest.raises((InputError, TextError)):
        m.BilledTo(**{"name": "Zoe", "address": ADDRESS, **wrong})


# --- credit notes ----------------------------------------------------------------------------------------------------


def test_a_refund_is_credited_once(house):
    """A refund has one credit note: its amount, at the rate of the invoice, to the same addressee; again the same."""
    charge = charged(house, 2)
    first = invoice(house, charge)
    refund = give_back(house, charge, 1001)
    found = credit(house, charge, refund)
    assert (found.printed, found.corrects, found.refund_id) == ("A2026-000001", first.id, refund)
    assert (found.net, found.tax, found.gross, found.paid) == (eur(-834), eur(-167), eur(-1001), eur(-1001))
    assert house.cantine.read.addressee(found.id) == ZOE
    before = small_house.snapshot(house.storage)
    assert credit(house, charge, refund) == found
    assert small_house.snapshot(house.storage) == before


def test_all_of_it_is_mirrored(house):
    """A credit note of all of a document has its amounts with the other sign, the cent that is over too."""
    charge = charged(house, product="t-odd-room")
    first = invoice(house, charge)
    found = credit(house, charge, give_back(house, charge, 9999))
    assert (found.net, found.tax, found.residual, found.gross) == (
        -first.net,
        -first.tax,
        -first.residual,
        -first.gross,
    )
    assert [line.net for line in found.lines] == [-line.net for line in first.lines]


def test_parts_come_to_the_whole(house):
    """However a charge is given back in parts, its credit notes come to what each rate was, and never to more."""
    house.do(c.AddWorkshop(place_id="paris", title="Soudure", product_id="t-seat", option_ids=("t-materials",), id="w"))
    session = house.do(
        c.AddSession(workshop_id="w", day=date(2026, 12, 10), starts=time(18), ends=time(20), seats=5)
    ).value.id
    charge = (
        house.do(c.Register(session_id=session, person_id="zoe", option_ids=("t-materials",), account="desk"))
        .charges[0]
        .id
    )
    first = invoice(house, charge)
    notes = [credit(house, charge, give_back(house, charge, part)) for part in (1, 333, 700, 766)]
    assert sum(note.gross.amount for note in notes) == -first.gross.amount
    for tax in first.taxes:
        back = [one.gross.amount for note in notes for one in note.taxes if one.rate == tax.rate]
        assert sum(back) == -tax.gross.amount
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_receipt_is_corrected_where_there_is_no_invoice(house):
    """Without an invoice a credit note corrects the receipt, and is for nobody by name if that was."""
    charge = charged(house)
    first = receipt(house, charge)
    found = credit(house, charge, give_back(house, charge, 500))
    assert found.corrects == first.id
    assert house.cantine.read.addressee(found.id) is None


def test_what_was_dropped_is_credited(house):
    """An invoice that was never paid and whose charge is dropped is taken back by a credit note without a refund."""
    booking = house.do(c.Book(space_id="n", product_id="t-room", period=period(30, 31), person_id="zoe"))
    charge = booking.charges[0].id
    first = invoice(house, charge)
    with pytest.raises(WrongStateError):
        credit(house, charge)
    house.do(c.CancelBooking(booking.value.id))
    found = credit(house, charge)
    assert (found.gross, found.paid, found.refund_id) == (-first.gross, eur(0), None)
    assert credit(house, charge) == found
    with pytest.raises(WrongStateError):
        house.do(c.IssueDocument(charge_id=charge, series="receipts"))


MEALS = """
[tariff]
id = "meals"
name = "Meals"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"

[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]

[product.lunch]
rate = { price = 12.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
"""


def lunches(house, count=2):
    """The id of an order of lunches on account, a line each, and of its charge."""
    house.do(c.PublishTariff(MEALS))
    house.do(c.ChangePlace("paris", name="Paris", pricelist_id="meals"))
    days = [c.SellLine("lunch", day=small_house.TODAY + timedelta(days=one)) for one in range(1, count + 1)]
    done = house.do(c.Sell(days, place_id="paris", person_id="zoe", on_account=True))
    return done.value.id, done.charges[0].id


def test_an_invoice_states_what_stands(house):
    """What was called off in part before it was paid is off the lines of an invoice that comes afterwards, and there is
    nothing to credit; what is called off later is credited."""
    order, charge = lunches(house)
    house.do(c.CancelOrder(order, line=1))
    found = invoice(house, charge)
    assert (found.gross, found.paid) == (eur(1800), eur(0))
    assert sum(line.gross.amount for line in found.lines) == 1800
    with pytest.raises(WrongStateError, match="without anything dropped"):
        credit(house, charge)
    house.do(c.CancelOrder(order, line=2))
    assert credit(house, charge).gross == eur(-600)


def test_each_part_that_is_dropped_is_credited_once(house):
    """Of an invoice on account each thing that is called off has a credit note of its own; the same again is the last
    one, and a receipt of the rest states the rest."""
    order, charge = lunches(house)
    assert invoice(house, charge).gross == eur(2400)
    house.do(c.CancelOrder(order, line=1))
    first = credit(house, charge)
    assert (first.gross, first.paid, first.refund_id) == (eur(-600), eur(0), None)
    assert credit(house, charge) == first
    house.do(c.CancelOrder(order, line=2))
    second = credit(house, charge)
    assert (second.gross, second.id == first.id) == (eur(-600), False)
    assert credit(house, charge) == second
    house.do(c.Pay(charge, account="desk"))
    assert (receipt(house, charge).gross, receipt(house, charge).paid) == (eur(1200), eur(1200))


def test_credit_notes_that_are_refused(house):
    """A refund of another charge, one that is not through, one of what was never owed, and more than is left."""
    charge, other = charged(house, account="card"), charged(house)
    invoice(house, charge)
    invoice(house, other)
    elsewhere = give_back(house, other, 100)
    with pytest.raises(UnsuitableError, match="another charge"):
        credit(house, charge, elsewhere)
    house.cantine._engine.run(c.RefundCharge(charge, amount=eur(100), reason="goodwill"), "ana")
    waiting = house.cantine.read.refunds(charge)[-1].id
    with pytest.raises(WrongStateError, match="started"):
        credit(house, charge, waiting)
    refund = house.get(m.Refund, elsewhere)
    surplus = attrs.evolve(refund, surplus=True)
    with pytest.raises(UnsuitableError, match="never owed"):
        decided._refunded(surplus, house.get(m.Charge, other))
    key = codec.key_of(m.Subject(m.ChargeDocuments.kind, other))
    listed = house.get(m.ChargeDocuments, other)
    full = attrs.evolve(listed, credited=(1450,))
    house.storage._rows[key] = codec.encode(full, house.storage._rows[key].version)
    with pytest.raises(WrongStateError, match="credited but for"):
        credit(house, other, elsewhere)


# --- by itself -------------------------------------------------------------------------------------------------------


def test_receipts_come_by_themselves(house):
    """Where it is wanted a settled charge gets its receipt in a change of its own, after the one that settled it."""
    house.do(c.AutomateReceipts("asso", series="receipts"))
    for hour, account in ((30, "desk"), (31, "card")):
        done = house.do(c.Book(space_id="n", product_id="t-room", period=period(hour, hour + 1), account=account))
        (found,) = house.cantine.read.documents_of(done.charges[0].id)
        assert found.what == "receipt"
        assert done.events[-1].type == "DocumentIssued"
    due = charged(house, account=None)
    assert house.cantine.read.documents_of(due) == ()
    house.do(c.Pay(due, account="card"))
    assert [one.number for one in house.cantine.read.documents("asso", "receipts")] == [1, 2, 3]
    house.do(c.AutomateReceipts("asso"))
    assert house.do(c.AutomateReceipts("asso")).events == ()
    assert house.cantine.read.documents_of(charged(house)) == ()


def test_a_worker_issues_them_once(house):
    """Two workers that find the same task issue one receipt; one that was issued by hand meanwhile is left alone."""
    house.do(c.AutomateReceipts("asso", series="receipts"))
    house.cantine._engine.effects = "none"
    first, second = charged(house), charged(house)
    receipt(house, second)
    assert len(house.cantine.read.tasks()) == 2 + len([t for t in house.cantine.read.tasks() if t.work == "message"])
    other = neighbour(house, house.clock)
    assert house.cantine.run_due().dead == other.cantine.run_due().dead == 0
    assert [one.charge_id for one in house.cantine.read.documents("asso", "receipts")] == [second, first]
    assert not [task for task in house.cantine.read.tasks() if task.work == "document"]


def test_a_receipt_that_cannot_be_made_is_seen(house, caplog):
    """A settled charge whose tax is unknown keeps a task that was given up, and can be tried again; the sale stands."""
    house.do(c.AutomateReceipts("asso", series="receipts"))
    with caplog.at_level(logging.CRITICAL, "cantinekit"):
        charge = charged(house, product="t-free-room")
    assert house.get(m.Charge, charge).state == "settled"
    (task,) = house.cantine.read.tasks("dead")
    assert (task.work, task.subject.id, task.problem) == ("document", charge, "refused")
    house.do(c.AutomateReceipts("asso"))
    house.cantine.replay_task(task.id)
    assert house.cantine.run_due().done == 1


# --- people ----------------------------------------------------------------------------------------------------------


def test_names_and_addresses_are_private(house):
    """Whom a document is for stands in its addressee alone: not in the journal, the document, a task or an error."""
    charge = charged(house)
    invoice(house, charge)
    credit(house, charge, give_back(house, charge, 100))
    words = ("Canary-Zoe", "Canary-Street", "FR00000000001", *small_house.CANARIES)
    house_laws.keeps_private(house.storage, words)
    with pytest.raises(DuplicateError) as refusal:
        invoice(house, charge, attrs.evolve(ZOE, country="DE"))
    command = c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE)
    told = f"{refusal.value} {refusal.value!r} {ZOE!r} {command!r}"
    assert "Canary" not in told
    found = list(house.cantine.read.find(m.Addressee, "person", *codec.between("zoe")))
    assert [one.billed_to for one in found] == [ZOE, ZOE]


def test_whom_a_document_is_for_is_kept_when_a_person_is_forgotten(house):
    """Forgetting says that the addressees of documents stay by legal duty; an export has them and the documents."""
    charge = charged(house)
    first = invoice(house, charge)
    receipt(house, charge)
    export = house.cantine.export("zoe")
    assert [one.id for one in export.records["document"]] == [first.id, "asso|R2026-000001"]
    assert [one.billed_to for one in export.records["addressee"]] == [ZOE]
    assert "Canary-Street 1" in export.to_json()
    house.wait(days=90)
    erasure = house.do(c.ForgetPerson("zoe")).value
    kept = {one.kind: (one.count, one.why) for one in erasure.kept}
    assert kept["addressee"] == (1, "legal duty")
    assert kept["document"] == (2, "names nobody")
    assert house.cantine.read.addressee(first.id) == ZOE
    house_laws.folds(house.storage)


def test_the_control_of_names_sees_one(house):
    """The control: with the name in a document the look for names fails."""
    found = invoice(house, charged(house))
    row = house.storage._rows[codec.key_of(m.Subject(m.Document.kind, found.id))]
    leaky = attrs.evolve(found, mentions=("Canary-Zoe",))
    house.storage._rows[row.key] = codec.encode(leaky, row.version)
    with pytest.raises(AssertionError):
        house_laws.keeps_private(house.storage, ("Canary-Zoe",))


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_document_is_printed(house):
    """All that a document states is in its text, in both languages; a credit note names what it corrects."""
    charge = charged(house, 2)
    first = invoice(house, charge)
    read = house.cantine.read
    french = read.print_document(first.id)
    for word in (
        "# Facture F2026-000001", "Date\u00a0: 24/11/2026", "Prestation du 25/11/2026", "Asso", "1 rue du Port",
        "Immatriculation\u00a0: 123 456 789", "Numéro de TVA\u00a0: FR12345678901", "Canary-Zoe", "Canary-Street 1",
        "| room | 120 min | 0,2083\u00a0€ | 20\u00a0% | 25,00\u00a0€ | 30,00\u00a0€ |",
        "| 20\u00a0% | 25,00\u00a0€ | 5,00\u00a0€ | 30,00\u00a0€ |", "- Total TTC\u00a0: 30,00\u00a0€",
            "Association loi 1901",
        "- Reste à payer\u00a0: 0,00\u00a0€",
    ):  # fmt: skip
        assert word in french, word
    note = credit(house, charge, give_back(house, charge, 600))
    english = read.print_document(note.id, "en")
    for word in ("# Credit note A2026-000001", "corrects invoice F2026-000001 of 2026-11-24", "Given back: 6.00 EUR"):
        assert word in english, word
    assert "Cet avoir rectifie la facture F2026-000001 du 24/11/2026" in read.print_document(note.id)
    plain = read.print_document(receipt(house, charge).id, "en")
    assert plain.startswith("# Receipt R2026-000001\n")
    assert "Customer" not in plain
    for id, lang, error in (("nothing", "fr", NotFoundError), (first.id, "de", InputError)):
        with pytest.raises(error):
            read.print_document(id, lang)


def test_nothing_in_a_document_is_a_mark(house):
    """A name that looks like Markdown or HTML is printed as it is written."""
    bad = m.BilledTo("<b>*Zoe*|[x](y)", ("# rue",))
    text = house.cantine.read.print_document(invoice(house, charged(house), bad).id)
    assert r"\<b\>\*Zoe\*\|\[x\](y)" in text
    assert r"\# rue" in text


@pytest.mark.parametrize("year", [1969, 10_000, "2026", 2026.0, True])
def test_years_that_are_none(house, year):
    """A year is an integer that can be one."""
    with pytest.raises(InputError):
        house.cantine.read.documents("asso", "invoices", year)


def plant(house, change, number=2):
    """Change the document with this number behind the back of the library; ``None`` takes it away."""
    document = house.cantine.read.documents("asso", "invoices")[number - 1]
    key = codec.key_of(m.Subject(m.Document.kind, document.id))
    version, changed = house.storage.load([key])[0].version, change(document)
    if changed is None:
        house.storage.apply(Change(removes=(Guard(key, version),)))
    else:
        house.storage.apply(Change(rows=(codec.encode(changed, version + 1),)))


FAULTS = {
    "a gap": (lambda d: None, "missing", (2,)),
    "a double": (lambda d: attrs.evolve(d, number=1), "double", (1,)),
    "an earlier instant": (lambda d: attrs.evolve(d, issued_at=d.issued_at - timedelta(hours=1)), "backwards", (2,)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_amiss_is_found(house, name):
    """A number that is missing, one that is there twice, and one out of time are found by the report and by the law."""
    change, field, wanted = FAULTS[name]
    for _ in range(3):
        invoice(house, charged(house))
        house.wait(minutes=1)
    (good,) = house.cantine.read.numbering("asso", "invoices")
    assert good.whole
    assert (good.count, good.last) == (3, 3)
    house_laws.hold(house.storage, house.clock.now())
    plant(house, change)
    (found,) = house.cantine.read.numbering("asso", "invoices")
    assert not found.whole
    assert getattr(found, field) == wanted
    with pytest.raises((AssertionError, KeyError)):
        house_laws.hold(house.storage, house.clock.now())


def test_the_last_one_of_a_year_missing_is_found(house):
    """The last number of a year that is over is known: one that no document has is found in the next year too."""
    charges = [charged(house) for _ in range(3)]
    for charge in charges[:2]:
        invoice(house, charge)
    house.clock.set(datetime(2027, 1, 5, tzinfo=UTC))
    invoice(house, charges[2])
    assert house.get(m.NumberSeries, "asso|invoices").ended == ((2026, 2),)
    plant(house, lambda document: None)
    first, second = house.cantine.read.numbering("asso", "invoices")
    assert (first.year, first.missing, second.whole) == (2026, (2,), True)
    with pytest.raises((AssertionError, KeyError)):
        house_laws.hold(house.storage, house.clock.now())


def test_the_last_one_missing_is_found(house):
    """A series that has given a number which no document has is found, even if it is the last, or the only one."""
    invoice(house, charged(house))
    plant(house, lambda document: None, 1)
    (found,) = house.cantine.read.numbering("asso", "invoices")
    assert (found.count, found.missing, found.last) == (0, (1,), 1)
    with pytest.raises(NotFoundError):
        house.cantine.read.numbering("asso", "nothing")
    assert house.cantine.read.numbering("asso", "credits") == ()


# --- as HTML ---------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The tags of a page in their order, the names of their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.open += [tag] if tag != "br" else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_as_html_it_says_what_it_says_as_markdown(house, lang):
    """Every word of the Markdown is in the HTML. Its tables have captions and headers of rows and columns; nothing is
    styled, every tag is closed, and a name that looks like HTML is text."""
    named = attrs.evolve(ZOE, name="<b>Zo\u00e9</b> & Co")
    document = invoice(house, charged(house), addressee=named)
    read = house.cantine.read
    page = Page(read.print_document_html(document.id, lang, level=2))
    said = re.findall(r"\w+", read.print_document(document.id, lang))
    assert not page.open
    assert set(said) <= set(re.findall(r"\w+", page.text))
    assert named.name in page.text
    assert page.tags.count("caption") == page.tags.count("table") == 2
    assert page.attributes == {"lang", "scope", "class"}
    assert [page.tags.count(tag) for tag in ("h1", "h2", "h3", "b")] == [0, 1, 2, 0]


def test_as_html_its_heading_has_a_level_of_html(house):
    """A level that no heading can have with one below it is refused, and so is a language without texts."""
    read, id = house.cantine.read, invoice(house, charged(house)).id
    assert "<h1>" in read.print_document_html(id)
    for level in (0, 6, True):
        with pytest.raises(InputError, match="level"):
            read.print_document_html(id, level=level)
    with pytest.raises(InputError, match="language"):
        read.print_document_html(id, "de")
