"""Sponsors: a share of a price is another's to pay, from the sale to the bill, and back."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.sponsorships import following
from cantinekit.errors import (
    AccountError,
    CurrencyError,
    DuplicateError,
    InputError,
    NotFoundError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from support.houses import small_house
from support.houses.billing_house import CLOSE, billing, booking
from support.houses.issuing_house import ADDRESS, ZOE
from support.houses.lasting_house import LAST, hold_plan
from support.houses.one_list import eur
from support.houses.small_house import START, TODAY, period
from support.laws import book_laws, house_laws
from support.races.two_at_once import both_at_once, run_all
from support.stores.around import Around, WithoutVersions

HALF = c.AgreeSponsorship(entity_id="asso", sponsor_id="works", beneficiary_id="bob", share="1/2", first_day=TODAY)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def house():
    """A house that issues documents and bills an organisation, whose laws hold in the end."""
    house = billing()
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    book_laws.hold(house.storage, house.clock.now())
    house.cantine.close()


def agree(house, **how):
    return house.do(attrs.evolve(HALF, **how)).value


def own(house, **more):
    """A booking of bob's for which bob pays, of 15.00 an hour."""
    return booking(house, **{"person_id": "bob", "payer_id": None, "on_account": False, "account": "desk", **more})


def paid_by(house, charge_id):
    """What stands of a charge, and what each sponsor pays of it."""
    parts = house.cantine.read.sponsored(charge_id)
    return house.get(m.Charge, charge_id).billed, [(one.sponsor_id, one.amount) for one in parts]


def refused(error, house, command, *said):
    with pytest.raises(error) as caught:
        house.do(command)
    assert all(one in str(caught.value) for one in said), caught.value


# --- who pays what ---------------------------------------------------------------------------------------------------


def test_a_quote_says_who_pays_what_and_a_sale_does_it(house):
    """Half of 15.05 is another's: 7.53, rounded half up, and the person pays the other 7.52; the price is one."""
    agree(house)
    asked = own(house, hours=1, product="t-odd-room")
    quote = house.cantine.quote(asked)
    shown = house.cantine.preview(asked, actor="ana")
    assert [(one.sponsor_id, one.amount) for one in quote.sponsored] == [("works", eur(5000))]
    done = house.do(asked)
    assert [(one.payer_id, one.amount, one.claim) for one in done.charges] == [
        ("bob", eur(9999), False),
        ("works", eur(5000), True),
    ]
    assert [one.amount for one in shown.charges] == [one.amount for one in done.charges]
    mine, theirs = done.charges
    assert (mine.state, mine.paid, theirs.state, theirs.outstanding) == ("settled", eur(9999), "due", eur(5000))
    assert (done.pays.state, done.pays.charge) == ("paid", mine), "the page of a person does not ask for what is theirs"
    takings = house.cantine.read.takings(mine.place_id, TODAY)
    assert takings.taken == (("desk", eur(4999)),)
    assert takings.earned == (("t-odd-room", eur(9999)),)
    assert [one.person_id for one in theirs.lines] == ["bob"]
    assert house.cantine.read.statement("works") == (theirs,)


def test_a_page_that_shows_a_price_says_who_pays_what(house):
    """What a grid, a price and an offer say of a booking or a pass is what its quote says, also once a month is used
    up; they say nothing of sponsors to whom nobody is known, or of what the sponsor pays as the payer."""
    house.do(c.ChangeSpace("b", product_id="room"))
    agree(house, sponsor_id="zoe", beneficiary_id="works", share="1/3")
    agree(house, share="1/2", at_most_a_month=eur(1000))
    read, seen = house.cantine.read, []
    for hour in (10, 12, 14):
        row = next(one for one in read.grid("paris", TODAY, person_id="bob", length=HOUR).rows if one.space.id == "b")
        cell = next(one for one in row.free if one.period == period(hour, hour + 1))
        asked = c.Book(space_id="b", period=cell.period, person_id="bob", account="desk")
        wanted = house.cantine.quote(asked).sponsored
        assert row.quote(cell).sponsored == wanted
        assert read.price("room", "paris", period=cell.period, person_id="bob").sponsored == wanted
        assert read.price("room", "paris", period=cell.period).sponsored == ()
        seen.append([(one.sponsor_id, one.amount.amount) for one in wanted])
        house.do(attrs.evolve(asked, quote=row.quote(cell)))
    assert seen == [[("works", 750), ("zoe", 500)], [("works", 250), ("zoe", 500)], [("zoe", 500)]]
    (offer,) = (one for one in read.prices("paris", person_id="bob") if one.product.id == "carnet")
    sold = c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="desk")
    assert offer.quote.sponsored == house.cantine.quote(sold).sponsored != ()


@pytest.mark.parametrize(
    ("how", "first", "second"),
    [
        ({"share": "1/3"}, 500, 500),
        ({"share": "1", "at_most": eur(400)}, 400, 400),
        ({"share": "1", "at_most_a_month": eur(2000)}, 1500, 500),
        ({"share": "1/2", "at_most": eur(700), "at_most_a_month": eur(1000)}, 700, 300),
        ({"product_ids": ("t-room",)}, 750, 750),
        ({"product_ids": ("t-club-room",)}, None, None),
        ({"place_ids": ("nuit",)}, 750, 750),
        ({"place_ids": ("paris",)}, None, None),
        ({"first_day": TODAY + DAY}, None, None),
        ({"beneficiary_id": "eve"}, None, None),
    ],
)
def test_a_share_a_limit_of_each_thing_and_one_of_the_month(house, how, first, second):
    """A share, so much of each thing, so much a month, of some products, at some places, from a day on."""
    agree(house, **how)
    for wanted in (first, second):
        charge = house.do(own(house)).charges[0]
        assert paid_by(house, charge.id) == (eur(1500), [("works", eur(wanted))] if wanted else [])


def test_the_limit_of_a_month_is_of_the_month(house):
    """What was used up in one month is there again in the next, for each person of a company."""
    agree(house, sponsor_id="zoe", beneficiary_id="works", share="1", at_most_a_month=eur(2000))
    got = [paid_by(house, house.do(own(house, person_id=who)).charges[0].id)[1] for who in ("bob", "bob", "eve")]
    assert got == [[("zoe", eur(1500))], [("zoe", eur(500))], [("zoe", eur(1500))]]
    house.clock.set(START + timedelta(days=10))
    assert paid_by(house, house.do(own(house)).charges[0].id)[1] == [("zoe", eur(1500))]


def test_several_sponsors_never_pay_more_than_all_of_it(house):
    """Those who were agreed first come first; the last one pays what is left, and the person nothing."""
    agree(house, share="0.9")
    agree(house, sponsor_id="zoe", share="1/2")
    charge, *_ = house.do(own(house, account=None)).charges
    assert paid_by(house, charge.id)[1] == [("works", eur(1350)), ("zoe", eur(150))]
    assert (charge.state, house.all(m.Booking)[0].state) == ("settled", "confirmed")


def test_nobody_sponsors_what_they_owe_themselves(house):
    """Where the sponsor is the payer already, there is one charge."""
    agree(house)
    assert len(house.do(booking(house, person_id="bob")).charges) == 1


def test_vouchers_pay_what_the_sponsor_leaves(house):
    """A voucher pays the person's part and keeps the rest."""
    list_of_vouchers = """
[tariff]
id = "vou"
name = "Vouchers"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.card]
sells = "grant"
rate = { price = 20.00 }
grant = { account = "gifts", unit = "EUR", value = 20.00 }
[product.hall]
rate = { price = 15.00, per = "1h" }
[order]
vouchers = "gifts"
"""
    house.do(c.PublishTariff(list_of_vouchers))
    house.do(c.SellPass(product_id="vou/card", place_id="paris", holder_id="bob", account="desk"))
    agree(house)
    charge, *_ = house.do(own(house, product="vou/hall", account=None)).charges
    assert (charge.state, charge.paid) == ("settled", eur(1500))
    (card,) = house.cantine.read.balance("bob")
    assert card.left == 1250


def test_a_deposit_a_fee_and_a_gift_are_not_shared(house):
    """A sponsor pays of prices. What is held, a fee for coming late or not at all, and a gift are the buyer's."""
    house.do(
        c.PublishTariff("""
[tariff]
id = "dep"
name = "With a deposit"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.hall]
rate = { price = 10.00, per = "1h" }
deposit = { id = "keys", price = 50.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%", fee = 4.00 }] }
[product.card]
sells = "grant"
rate = { price = 20.00 }
grant = { account = "gifts", unit = "entry", units = 2 }
""")
    )
    agree(house)
    charge, claim = house.do(own(house, product="dep/hall")).charges
    assert (charge.amount, charge.deposit, claim.amount) == (eur(6000), 5000, eur(500))
    gift = c.GiftPass(product_id="dep/card", place_id="paris", buyer_id="bob", account="desk")
    assert len(house.do(gift).charges) == 1


# --- afterwards ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"account": "desk"}, {"account": None, "on_account": True}], ids=["paid", "owed"])
@pytest.mark.parametrize(("refund", "stands", "theirs"), [("all", 0, 0), (eur(500), 1000, 500), ("nothing", 1500, 750)])
def test_what_goes_back_goes_back_to_each(house, how, refund, stands, theirs):
    """Of what is called off each pays the same share of what stays, whether the person has paid or owes."""
    agree(house)
    done = house.do(own(house, **how))
    house.do(c.CancelBooking(done.value.id, refund=refund, reason="closed"))
    left = [("works", eur(theirs))] if theirs else []
    assert paid_by(house, done.charges[0].id) == (eur(stands), left)
    claim = house.get(m.Charge, done.charges[1].id)
    assert (claim.outstanding, claim.state) == (eur(theirs), "due" if theirs else "void")


def test_what_the_sponsor_paid_goes_back_to_the_sponsor(house):
    """The sponsor has paid: the share goes back the way it came."""
    agree(house)
    done = house.do(own(house))
    house.do(c.Pay(done.charges[1].id, account="desk"))
    house.do(c.CancelBooking(done.value.id))
    refunds = [(one.account, one.amount.amount) for one in house.all(m.Refund)]
    assert sorted(refunds) == [("desk", 750), ("desk", 750), ("sponsor", 750)]


def test_what_goes_back_counts_for_the_month_no_more(house):
    """A limit of a month is free again once what used it was called off."""
    agree(house, share="1", at_most_a_month=eur(1500))
    done = house.do(own(house))
    assert paid_by(house, house.do(own(house)).charges[0].id)[1] == []
    house.do(c.CancelBooking(done.value.id))
    assert paid_by(house, house.do(own(house)).charges[0].id)[1] == [("works", eur(1500))]


def test_a_longer_stay_is_shared_as_well_and_a_shorter_one_too(house):
    """A booking is moved to two hours and back to one: the sponsor pays half of what it costs each time."""
    agree(house, share="1/3")
    done = house.do(own(house))
    first = done.charges[0].id
    for hours in (2, 1):
        at = period(24, 24 + hours)
        house.do(c.MoveBooking(done.value.id, period=at, account="desk"))
        charges = [one for one in house.all(m.Charge) if one.subject == m.Subject("booking", done.value.id)]
        sums = [paid_by(house, one.id) for one in charges]
        whole = sum(one.amount for one, _ in sums)
        theirs = sum(part.amount for _, parts in sums for _, part in parts)
        assert (whole, theirs) == (1500 * hours, 500 * hours), first


def test_a_hold_that_lapses_leaves_the_sponsor_nothing_to_pay(house):
    """What was never paid is not had, and its share is owed by nobody."""
    agree(house)
    done = house.do(own(house, account=None))
    assert done.value.state == "held"
    house.wait(hours=2)
    run_all(house)
    assert house.get(m.Booking, done.value.id).state == "expired"
    assert house.get(m.Charge, done.charges[1].id).state == "void"


def test_what_is_lost_of_a_sponsor_is_no_loss_once_it_is_called_off(house):
    """A claim is written off; the booking is called off afterwards: neither is owed, and nothing is lost."""
    agree(house)
    done = house.do(own(house))
    house.do(c.WriteOff(done.charges[1].id, reason="the town is broke"))
    assert house.get(m.Charge, done.charges[0].id).state == "settled"
    house.do(c.CancelBooking(done.value.id))
    assert (house.get(m.Charge, done.charges[1].id).written_off, house.get(m.Charge, done.charges[1].id).billed) == (
        0,
        eur(0),
    )


def test_what_the_bank_of_a_sponsor_took_back_is_not_given_back_again(house):
    """A bank took 2.00 of what the sponsor paid; the booking is called off: 5.50 go back, and nothing is lost."""
    agree(house)
    done = house.do(own(house))
    claim = done.charges[1].id
    house.do(c.Pay(claim, account="card"))
    taken = house.get(m.Charge, claim).attempt_ids[0]
    house.do(c.RecordChargeback(attempt_id=taken, lost=eur(200), reason="disputed"))
    house.do(c.CancelBooking(done.value.id))
    found = house.get(m.Charge, claim)
    assert (found.outstanding, found.held, found.lost) == (eur(0), eur(0), 0)
    assert [one.amount for one in house.all(m.Refund) if one.charge_id == claim] == [eur(550)]
    totals = dict(house.cantine.read.trial_balance("asso", TODAY))
    assert not [name for name in ("lost", "receivable", "sponsored") if totals.get(name)]


def test_a_claim_is_given_back_with_what_it_is_for_alone(house):
    """By itself a claim is not refunded, recorded as refunded, or paid by vouchers; each refusal says why."""
    agree(house)
    done = house.do(own(house))
    charge, claim = done.charges
    house.do(c.Pay(claim.id, account="desk"))
    ask = c.RefundCharge(claim.id, amount=eur(100), reason="r")
    refused(WrongStateError, house, ask, charge.id, "give that one back")
    refused(WrongStateError, house, c.RefundLines(claim.id, lines=[m.LineRefund(0)], reason="r"), charge.id)
    attempt = house.get(m.Charge, claim.id).attempt_ids[0]
    elsewhere = c.RecordRefund(attempt_id=attempt, amount=eur(100), reason="r")
    refused(WrongStateError, house, elsewhere, charge.id)
    share = house.get(m.Charge, charge.id).sponsors[0].attempt_id
    refused(AccountError, house, c.RecordRefund(attempt_id=share, amount=eur(100), reason="r"), "sponsor")
    refused(AccountError, house, c.RecordChargeback(attempt_id=share, lost=eur(100), reason="r"), "sponsor")
    second = house.do(own(house)).charges[1]
    refused(WrongStateError, house, c.Pay(second.id, account="voucher"), "money pays")
    house.do(c.RefundCharge(charge.id, amount=eur(301), reason="goodwill"))
    assert paid_by(house, charge.id) == (eur(1199), [("works", eur(600))])


# --- bills -----------------------------------------------------------------------------------------------------------


def test_the_bill_of_a_sponsor_is_what_was_previewed_and_has_no_tax(house):
    """The sponsor's share is on an invoice outside the scope of VAT; the tax of all of it is on the buyer's."""
    agree(house)
    done = house.do(own(house))
    (told,) = house.cantine.read.preview_bills("asso", TODAY)
    bill = house.do(CLOSE).value
    assert (told.gross, told.lines, told.taxes) == (bill.gross, bill.lines, bill.taxes)
    assert [(one.category, one.gross, one.tax) for one in bill.taxes] == [("O", eur(750), eur(0))]
    assert "art. 266" not in bill.mentions[0]
    assert "third party" in bill.mentions[0]
    mine = house.do(c.IssueDocument(charge_id=done.charges[0].id, series="invoices", addressee=ZOE)).value
    assert (mine.gross, mine.tax, mine.paid, mine.sponsored) == (eur(1500), eur(250), eur(1500), eur(750))
    printed = house.cantine.read.print_document(mine.id, "en")
    assert "- Paid: 15.00 EUR\n- Of which a third party pays: 7.50 EUR\n- Still to pay: 0.00 EUR\n" in printed
    house.do(c.CancelBooking(done.value.id))
    house.do(c.OpenSeries(entity_id="asso", name="back", documents="credit note", prefix="B", zone="Europe/Paris"))
    refunds = [one for one in house.all(m.Refund) if one.charge_id == done.charges[0].id]
    asked = [c.IssueCreditNote(charge_id=one.charge_id, series="back", refund_id=one.id) for one in refunds]
    asked.append(c.IssueCreditNote(charge_id=done.charges[1].id, series="back"))
    assert [house.do(one).value.gross for one in asked] == [eur(-750)] * 3


def test_a_sponsor_that_buys_too_has_two_invoices(house):
    """What is outside the scope of VAT is an invoice of its own (BR-O-11), beside what the company bought itself."""
    agree(house)
    house.do(own(house))
    house.do(booking(house))
    house.do(CLOSE)
    issued = [(one.gross.amount, one.tax.amount) for one in house.all(m.Document)]
    assert sorted(issued) == [(750, 0), (1500, 250)]


def test_accounts_and_figures_count_a_price_once(house):
    """Revenue, takings and the report to funders have the price once; the export balances and names the account."""
    agree(house)
    house.do(own(house))
    totals = dict(house.cantine.read.trial_balance("asso", TODAY))
    assert (totals["receivable"], totals.get("sponsored", eur(0))) == (eur(750), eur(0))
    lines = [line for one in house.cantine.read.accounting_entries("asso", TODAY, TODAY) for line in one.lines]
    assert sum(one.debit - one.credit for one in lines) == 0
    assert {one.code for one in lines if one.account == "sponsored"} == {"467300"}
    report = house.cantine.read.funder_report(["nuit"], TODAY.replace(day=1), TODAY)
    assert sum(one.amount for _, one in report.total.revenue) == 1500


# --- what lasts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how", [{"share": "2/3"}, {"share": "1", "at_most_a_month": eur(700)}, {"last_day": date(2027, 2, 15)}]
)
def test_what_the_timeline_says_of_a_year_is_what_both_are_charged(house, how):
    """Twelve months of a plan: who pays what of each period is told before, and charged so, to the cent."""
    house.do(c.PublishTariff(LAST))
    agree(house, **how)
    bought = c.SellPass(product_id="last/locker", place_id="paris", holder_id="bob", on_account=True)
    sold = house.do(bought).value
    until = TODAY + timedelta(days=365)
    told = house.cantine.read.timeline(sold.id, until).periods
    assert sum(bool(one.sponsored) for one in told) >= 3
    house.clock.set(START + timedelta(days=365))
    run_all(house)
    came = house.cantine.read.timeline(sold.id, until).periods
    assert [(one.price, one.sponsored) for one in came] == [(one.price, one.sponsored) for one in told]
    claims = [one for one in house.all(m.Charge) if one.claim]
    assert sum(one.amount.amount for one in claims) == sum(part.amount.amount for one in told for part in one.sponsored)
    assert all((one.payer_id == "works" and one.due_on is not None) or one.due_on is None for one in claims)


@pytest.mark.parametrize(
    ("how", "shared"),
    [({"share": "1/3"}, True), ({"share": "1", "at_most": eur(5000)}, False)],
    ids=["a share", "a limit of each thing"],
)
def test_what_a_change_of_plan_costs_is_shared_as_the_timeline_said(house, how, shared):
    """A plan is changed in the middle of a month: the difference is shared, unless the sponsor has a limit of each
    thing; the periods after it are too. All of it was told before, and the worker may be late.
    """
    agree(house, **how)
    sold = hold_plan(house, person="bob")
    house.do(c.ChangePass(sold, product_id="plans/office", day=date(2026, 12, 16), on_account=True))
    until = TODAY + timedelta(days=120)
    told = house.cantine.read.timeline(sold, until)
    assert [bool(one.sponsored) for one in told.changes] == [shared]
    assert all(one.sponsored for one in told.periods)
    house.clock.set(START + timedelta(days=125))
    run_all(house)
    came = house.cantine.read.timeline(sold, until)
    assert [one.sponsored for one in came.periods] == [one.sponsored for one in told.periods]
    assert [(one.due, one.sponsored) for one in came.changes] == [(one.due, one.sponsored) for one in told.changes]


def test_a_plan_that_ends_early_gives_back_to_both(house):
    """What goes back of a period that is not had goes back by the shares."""
    house.do(c.PublishTariff(LAST))
    agree(house, share="1/3")
    sold = house.do(c.SellPass(product_id="last/locker", place_id="paris", holder_id="bob", account="desk")).value
    house.do(c.CancelPass(sold.id, refund=eur(600), reason="moved away"))
    (charge,) = [one for one in house.all(m.Charge) if not one.claim]
    billed, ((_, theirs),) = paid_by(house, charge.id)
    assert (billed, theirs) == (eur(400), eur(133))


# --- ending and forgetting -------------------------------------------------------------------------------------------


def test_a_sponsorship_ends_on_a_day(house):
    """After its last day the person pays all; what was charged stays as it is. It ends no later than it does."""
    one = agree(house)
    assert house.do(c.EndSponsorship(one.id, last_day=TODAY)).value.last_day == TODAY
    assert house.do(c.EndSponsorship(one.id, last_day=TODAY)).events == ()
    charge = house.do(own(house)).charges[0]
    house.wait(days=1)
    assert paid_by(house, house.do(own(house)).charges[0].id)[1] == []
    assert paid_by(house, charge.id)[1] == [("works", eur(750))]
    refused(UnsuitableError, house, c.EndSponsorship(one.id, last_day=TODAY + DAY), "agree a new one")
    refused(UnsuitableError, house, c.EndSponsorship(one.id, last_day=TODAY - 2 * DAY), "begins on")
    read = house.cantine.read.sponsorships
    assert [each.id for each in read("bob")] == [each.id for each in read("works")] == [one.id]
    assert read("bob", TODAY + DAY) == ()


def test_who_was_forgotten_sponsors_nothing_more(house):
    """A sponsor is forgotten once they owe nothing; then the person pays all of it, also of a plan that goes on."""
    house.do(c.PublishTariff(LAST))
    agree(house, sponsor_id="eve")
    sold = house.do(c.SellPass(product_id="last/locker", place_id="paris", holder_id="bob", on_account=True))
    with pytest.raises(Exception, match="eve"):
        house.do(c.ForgetPerson("eve"))
    house.do(c.Pay(sold.charges[1].id, account="desk"))
    house.do(c.ForgetPerson("eve"))
    refused(WrongStateError, house, attrs.evolve(HALF, sponsor_id="eve"), "eve")
    refused(WrongStateError, house, attrs.evolve(HALF, beneficiary_id="eve"), "eve")
    told = house.cantine.read.timeline(sold.value.id).periods
    assert [bool(one.sponsored) for one in told[:3]] == [True, False, False]
    house.wait(days=40)
    run_all(house)
    assert sum(one.claim for one in house.all(m.Charge)) == 1


def test_what_cannot_be_agreed_is_refused_with_its_reason(house):
    """A place of another, a product that nobody sells, and money that no place takes: each is named."""
    house.do(c.AddEntity(name="Other", id="other"))
    house.do(c.AddPlace(name="Else", entity_id="other", zone="Europe/Paris", currency="CHF", id="else"))
    refused(UnsuitableError, house, attrs.evolve(HALF, place_ids=("else",)), "else")
    refused(NotFoundError, house, attrs.evolve(HALF, product_ids=("vanished",)), "vanished")
    refused(NotFoundError, house, attrs.evolve(HALF, product_ids=("vanished/room",)), "vanished/room")
    refused(CurrencyError, house, attrs.evolve(HALF, at_most=Money(1, "CHF")), "CHF")
    for field in ("entity_id", "sponsor_id", "beneficiary_id"):
        refused(NotFoundError, house, attrs.evolve(HALF, **{field: "nobody"}), "nobody")
    agree(house, id="one")
    refused(DuplicateError, house, attrs.evolve(HALF, id="one"), "one")
    for wrong in ({"share": "0"}, {"at_most": eur(0)}, {"last_day": TODAY - DAY}, {"sponsor_id": "bob"}):
        with pytest.raises(InputError):
            attrs.evolve(HALF, **wrong)


def test_twenty_sponsorships_count_on_a_day(house):
    """Of one beneficiary at most 20 count on the same day; one that begins when another has ended is none too many."""
    made = [agree(house) for _ in range(20)]
    refused(UnsuitableError, house, HALF, "20 sponsorships")
    agree(house, sponsor_id="zoe", beneficiary_id="eve")
    house.do(c.EndSponsorship(made[0].id, last_day=TODAY))
    refused(UnsuitableError, house, HALF, "20 sponsorships")
    agree(house, first_day=TODAY + DAY)


def test_a_sponsorship_counts_at_the_places_of_its_legal_entity(house):
    """Where it names no place it counts at all of its legal entity, and at none of another."""
    house.do(c.AddEntity(name="Other", id="other"))
    agree(house, entity_id="other")
    assert paid_by(house, house.do(own(house)).charges[0].id)[1] == []
    agree(house)
    assert paid_by(house, house.do(own(house)).charges[0].id)[1] == [("works", eur(750))]


def test_a_wallet_forgets_what_is_long_over(house):
    """What ended 60 days ago is still in the wallet, for a late correction; the next one drops it then."""
    old = agree(house, last_day=TODAY)
    for days, left in ((60, True), (61, False)):
        house.clock.set(START + days * DAY)
        new = agree(house)
        ids = [line.sponsorship_id for line in house.get(m.Wallet, "bob").sponsors]
        assert (old.id in ids, new.id in ids) == (left, True)


# --- races, crashes and costs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Around, WithoutVersions], ids=["", "control"])
def test_two_sales_at_once_share_one_limit(fault):
    """Of two bookings at once, in every order of their storage calls, the sponsor pays the limit of the month and no
    cent more; the control, where versions are not looked at, pays it twice.
    """
    house = small_house.open_house()
    house.do(c.AddOrganisation(name="Town", address=ADDRESS, country="FR", id="works"))
    house.do(attrs.evolve(HALF, share="1", at_most_a_month=eur(2000)))
    wants = [
        c.Book(space_id=space, product_id="room", period=period(hour, hour + 1), person_id="bob", account="desk")
        for space, hour in (("b", 13), ("n", 15))
    ]
    ends = set()
    for _, answers, store in both_at_once(house.storage, wants, fault):
        assert not any(isinstance(one, Exception) for one in answers), answers
        charges = [one for one in small_house.records(store.inner).values() if isinstance(one, m.Charge)]
        claims = sum(one.amount.amount for one in charges if one.claim)
        ends.add((len([one for one in charges if not one.claim]), claims))
        if fault is Around:
            house_laws.hold(store.inner, START)
    assert (ends == {(2, 2000)}) == (fault is Around), ends


def test_a_claim_that_is_not_lowered_is_seen(monkeypatch):
    """The control of the laws: where what goes back is not taken off what the sponsor owes, they do not hold."""
    house = billing()
    agree(house)
    done = house.do(own(house))
    monkeypatch.setattr(following, "lower_claim", lambda *args: 0)
    house.do(c.CancelBooking(done.value.id, refund=eur(500), reason="r"))
    with pytest.raises(AssertionError, match="sponsor"):
        house_laws.hold(house.storage, house.clock.now())


def test_what_is_known_of_a_sponsorship_is_exported(house):
    """Whoever is sponsored gets what is stored of it, as the sponsor does."""
    one = agree(house)
    for party in ("bob", "eve"):
        found = house.cantine.export(party).records.get(m.Sponsorship.kind, ())
        assert found == ((one,) if party == "bob" else ())
    assert house.cantine.export_organisation("works").records[m.Sponsorship.kind] == (one,)


def test_who_is_not_sponsored_costs_no_row_more(house):
    """A sale reads what it read before; of somebody who is sponsored it reads one batch more."""
    counts = []
    for prepare in (lambda: None, lambda: agree(house)):
        prepare()
        rows, load = [], house.storage.load

        def counting(keys, load=load, rows=rows):
            rows.append(len(keys))
            return load(keys)

        house.storage.load = counting
        house.do(own(house, account=None, on_account=True))
        del house.storage.load
        counts.append((len(rows), sum(rows)))
    (batches, _), (more, _) = counts
    assert more <= batches + 1
