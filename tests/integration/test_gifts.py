"""Gifts: bought by one, claimed by whoever has the code, once; withdrawn, lapsed, redirected, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.runtime import engine
from support.houses import issuing_house
from support.houses.one_list import at, eur, left, place, sell
from support.houses.small_house import TODAY, journal, records
from support.laws import house_laws
from support.races.steps import twin
from support.races.two_at_once import both_at_once, later
from support.run.soak import scaled
from support.stores.around import Around, WithoutVersions
from support.stores.dying import Cut, DiesAt

LIST = """
[order]
vouchers = "voucher"
[facts]
student = "yes/no"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[product.carnet]
sells = "grant"
tax = "full"
rate = { price = 100.00 }
valid = { lasts = "3 months", ends = "the day before" }
grant = { account = "carnet", unit = "1h", units = 5 }
[product.member]
sells = "membership"
valid = { lasts = "1 year", ends = "the day before" }
rate = { price = 10.00 }
[product.club]
sells = "membership"
needs = { product = "member", add = true }
valid = { lasts = "1 year", ends = "the day before" }
rate = { price = 20.00 }
[product.reduced]
sells = "grant"
rate = [{ when = { student = true }, price = 5.00 }, { price = 50.00 }]
grant = { account = "carnet", unit = "1h", units = 2 }
[product.strict]
sells = "grant"
rate = { price = 40.00 }
grant = { account = "carnet", unit = "1h", units = 2 }
[[product.strict.cancel]]
delay = { unit = "day" }
keep = [{ from = 0, percent = "50%" }, { from = 7, percent = "0%" }]
no_show = { percent = "75%" }
[product.free]
sells = "grant"
rate = { price = 0.00 }
grant = { account = "carnet", unit = "1h", units = 1 }
[coupon.HALF]
percent = "-50%"
limit = { at_most = 1, same = ["person"] }
[coupon.CAMPUS]
percent = "-50%"
limit = { at_most = 1, same = ["student"] }
[product.month]
sells = "plan"
rate = { price = 60.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.rest]
sells = "membership"
valid = { month = "calendar" }
prorate = { rule = "both ends", of = "days of the period" }
rate = { price = 60.00 }
[product.room]
cover = { by = "carnet", unit = "1h", smallest = "0.5" }
beyond = "refuse"
rate = { price = 20.00, per = "1h" }
[product.trial]
sells = "grant"
rate = [{ when = { holds = "member" }, price = 50.00 }, { price = 5.00 }]
grant = { account = "carnet", unit = "1h", units = 1 }
[product.voucher]
sells = "grant"
rate = { price = 30.00 }
grant = { account = "voucher", unit = "EUR", value = 30.00 }
"""
ONE = timedelta(days=1)
UNTIL = TODAY + timedelta(days=30)


@pytest.fixture
def house():
    """A house with one price list, whose laws hold in the end."""
    with place(LIST) as house:
        yield house


def buy(house, product="carnet", buyer="zoe", **more):
    """Somebody buys a gift at the desk."""
    asked = c.GiftPass(product_id=f"list/{product}", place_id="paris", buyer_id=buyer, **{"account": "desk", **more})
    return house.do(asked)


def claim(house, code, holder="bob", **more):
    return house.do(c.ClaimPass(code, holder_id=holder, **more)).value


def gift(house, note):
    return house.get(m.Gift, note.id)


def balance(house, account):
    """What is on a ledger account at the end of today, in cents."""
    day = house.clock.now().date()
    return dict(house.cantine.read.trial_balance("asso", day)).get(account, eur(0)).amount


def states(house):
    return {one.id: one.state for one in house.all(m.Gift)}


def mails(house):
    """The messages so far, each with its address."""
    return [(one.template, one.to) for one in house.mail.messages]


# --- bought and claimed ----------------------------------------------------------------------------------------------


def test_nobody_has_a_right_until_it_is_claimed(house):
    """Zoe pays today; ten days later Bob has five hours, from that day on, and she never had any."""
    sold = buy(house)
    assert [(one.state, one.payer_id) for one in sold.charges] == [("settled", "zoe")]
    assert (house.all(m.Pass), house.all(m.Entitlement), left(house, "carnet")) == ([], [], 0)
    house.wait(days=10)
    held = claim(house, sold.value.code)
    day = TODAY + timedelta(days=10)
    assert (held.holder_id, held.first_day, held.last_day) == ("bob", day, day.replace(month=3, year=2027) - ONE)
    assert (left(house, "carnet"), left(house, "carnet", "bob")) == (0, 5)
    asked = c.Book(space_id="room", product_id="list/room", period=at(18, 20, day), person_id="bob")
    assert house.do(asked).value.state == "confirmed"
    assert (left(house, "carnet", "bob"), gift(house, sold.value).pass_ids) == (3, (held.id,))
    assert held.payer_id == "bob"  # what comes of it, such as a fee, is not the buyer's


def test_it_begins_on_a_day_that_is_said(house):
    """From today on; a day before today is refused."""
    code = buy(house).value.code
    with pytest.raises(e.InputError, match="before today"):
        claim(house, code, first_day=TODAY - ONE)
    held = claim(house, f" {code.upper()} ", first_day=TODAY + timedelta(days=7))
    assert held.first_day == TODAY + timedelta(days=7)
    with pytest.raises(e.NoEntitlementError):
        house.do(c.Book(space_id="room", product_id="list/room", period=at(18, 20), person_id="bob"))


def test_a_voucher_is_owed_as_one_once_it_is_claimed(house):
    """Until then what was paid for it is deferred; from then on it is money that its holder can spend."""
    sold = buy(house, "voucher")
    assert (balance(house, "deferred/list/voucher"), balance(house, "vouchers")) == (-3000, 0)
    claim(house, sold.value.code)
    assert (balance(house, "deferred/list/voucher"), balance(house, "vouchers")) == (0, -3000)
    other = house.do(c.SellPass(product_id="list/member", place_id="paris", holder_id="bob"))
    assert (other.value.state, left(house, "voucher", "bob")) == ("active", 2000)


def test_what_a_product_needs_is_given_with_it(house):
    """The club needs a membership: one code claims both, and the membership goes with the club."""
    sold = buy(house, "club")
    assert sum(one.amount.amount for one in sold.charges) == 3000
    held = claim(house, sold.value.code)
    passes = {one.tariff_product: one for one in house.all(m.Pass)}
    assert sorted(passes) == ["club", "member"]
    assert passes["member"].with_order == m.Subject("pass", held.id)
    assert [one.tariff_product for one in house.get(m.Wallet, "bob").holdings] == ["club", "member"]


def test_days_are_earned_from_the_claim_on(house):
    """A membership of a year: all of its price is owed until it is claimed, and then day by day."""
    sold = buy(house, "member")
    house.wait(days=100)
    assert balance(house, "deferred/list/member") == -1000
    claim(house, sold.value.code)
    assert -1000 < balance(house, "deferred/list/member") <= -990
    before = dict(house.cantine.read.trial_balance("asso", TODAY + timedelta(days=50)))
    assert before["deferred/list/member"] == eur(-1000)  # what was so on a day stays so
    house.wait(days=200)
    assert -500 < balance(house, "deferred/list/member") < -400


def test_the_document_is_the_buyers(house):
    """A receipt for the buyer states the tax of the sale, once: a claim issues none, and is no revenue twice."""
    house.do(c.DescribeEntity("asso", address=issuing_house.ADDRESS, country="FR"))
    house.do(c.OpenSeries(entity_id="asso", name="receipts", documents="receipt", prefix="R", zone="Europe/Paris"))
    sold = buy(house)
    document = house.do(c.IssueDocument(charge_id=sold.charges[0].id, series="receipts")).value
    claim(house, sold.value.code)
    assert [(one.rate, one.tax.amount) for one in document.taxes] == [("20%", 1667)]
    assert [one.payer_id for one in house.all(m.Charge)] == ["zoe"]
    booked = list(house.cantine.read.accounting_entries("asso", TODAY, TODAY))
    sums = {}
    for line in (line for one in booked for line in one.lines):
        sums[line.account] = sums.get(line.account, 0) + line.debit - line.credit
    assert {name: amount for name, amount in sums.items() if amount} == {
        "account/desk": 10000, "deferred/list/carnet": -8333, "tax/20%": -1667
    }  # fmt: skip


def test_an_organisation_gives_and_another_claims(house):
    """It pays later, on account; its gift is the other's, whose people use it."""
    for id in ("works", "guild"):
        house.do(c.AddOrganisation(name=id.title(), id=id, email=f"{id}@example.org"))
    house.do(c.Affiliate(organisation_id="guild", person_id="bob", role="member", first_day=TODAY))
    sold = buy(house, buyer="works", account=None, on_account=True)
    held = claim(house, sold.value.code, "guild")
    assert [(one.payer_id, one.organisation) for one in house.all(m.Charge)] == [("works", True)]
    assert (held.organisation, gift(house, sold.value).organisation) == (True, True)
    house.do(c.Book(space_id="room", product_id="list/room", period=at(18, 20), person_id="bob"))
    assert left(house, "carnet", "guild") == 3


def test_what_is_cancelled_afterwards_goes_back_to_who_paid(house):
    """Bob claims it and cancels it unused: Zoe has her money again."""
    sold = buy(house, account="card")
    house.cantine.run_due()
    held = claim(house, sold.value.code)
    house.do(c.CancelPass(held.id))
    house.cantine.run_due()
    (charge,) = house.all(m.Charge)
    assert (charge.payer_id, charge.refunded.amount, house.card.charges[0].refunded) == ("zoe", 10000, 10000)
    assert balance(house, "deferred/list/carnet") == 0


def test_what_costs_nothing_is_given_too(house):
    """There is no charge; it is claimed or withdrawn as any other."""
    first, second = buy(house, "free"), buy(house, "free")
    assert (first.charges, states(house)[first.value.id]) == ((), "open")
    assert claim(house, first.value.code).charge_id is None
    assert house.do(c.WithdrawGift(second.value.id)).value.state == "withdrawn"


# --- messages, and what is private -----------------------------------------------------------------------------------


def test_buyer_and_recipient_are_told(house):
    """Lou is nobody whom the house knows: the code and the message are sent there, and the buyer knows what becomes."""
    sold = buy(house, email="lou@else.where", name="Lou", message="Happy birthday!", lang="en", claim_until=UNTIL)
    texts = {one.to: one.text for one in house.mail.messages}
    for to in ("zoe@example.org", "lou@else.where"):
        assert sold.value.code in texts[to]
        assert UNTIL.isoformat() in texts[to]
    assert all(word in texts["lou@else.where"] for word in ("Hello Lou", "Zoe gives you", "Happy birthday!"))
    assert mails(house) == [("gift sold", "zoe@example.org"), ("gift received", "lou@else.where")]
    claim(house, sold.value.code)
    assert mails(house)[2:] == [("pass sold", "bob@example.org"), ("gift claimed", "zoe@example.org")]


def test_nobody_is_sent_a_code_that_counts_no_more():
    """Mails that wait while the gift is claimed are not sent: their code is dead by then. Others are."""
    with place(LIST) as house:
        house.cantine._engine.effects = "none"
        claim(house, buy(house, email="lou@else.where").value.code)
        buy(house)
        house.cantine.run_due()
        assert sorted(template for template, _ in mails(house)) == ["gift claimed", "gift sold", "pass sold"]


def test_the_journal_says_nothing_private(house):
    """Neither code nor address, name and message are in it, nor in any domain record; once it is claimed nowhere."""
    sold = buy(house, email="lou@else.where", name="Lou Lenoir", message="Happy birthday!")
    private = (sold.value.code, "else.where", "Lenoir", "birthday")
    rows = [one for key, one in records(house.storage).items() if key.kind != m.GiftNote.kind]
    told = f"{journal(house.storage)}{rows}"
    assert not [word for word in private if word in told]
    claim(house, sold.value.code)
    assert house.get(m.GiftNote, sold.value.id) == m.GiftNote(sold.value.id, "zoe")


def test_a_gift_with_the_id_of_a_person_is_not_sent_to_them(house):
    """Ids of gifts may be those of people: the recipient is who the buyer said."""
    buy(house, id="max", email="lou@else.where")
    assert mails(house) == [("gift sold", "zoe@example.org"), ("gift received", "lou@else.where")]


# --- codes -----------------------------------------------------------------------------------------------------------


def test_every_code_that_claims_nothing_is_refused_in_one_way(house):
    """One that never was, is dead, was used, is of a gift that is not paid, withdrawn or over: all sound the same."""
    claimed = buy(house).value.code
    claim(house, claimed)
    withdrawn = buy(house).value
    house.do(c.WithdrawGift(withdrawn.id))
    before = buy(house).value
    house.do(c.RedirectGift(before.id, email="max@else.where"))
    unpaid = buy(house, account=None).value.code
    short = buy(house, claim_until=TODAY).value.code
    house.wait(days=1)
    said = set()
    for code in ("never", claimed, withdrawn.code, before.code, unpaid, short, ""):
        with pytest.raises(e.RefusedError) as refused:
            claim(house, code, "eve")
        said.add((type(refused.value), str(refused.value)))
    assert said == {(e.UnsuitableError, "no gift can be claimed by this code")}
    assert left(house, "carnet", "eve") == 0


def test_another_recipient_has_another_code(house):
    """The old code is dead, the new one is sent to the new address, and the gift is the same."""
    old = buy(house, email="lou@else.where", message="For you").value
    new = house.do(c.RedirectGift(old.id, email="max@else.where", message="For you instead")).value
    assert (new.id, new.code == old.code, mails(house)[2:]) == (old.id, False, [("gift received", "max@else.where")])
    with pytest.raises(e.UnsuitableError):
        claim(house, old.code, "lou")
    assert claim(house, new.code, "max").holder_id == "max"
    with pytest.raises(e.WrongStateError, match="claimed"):
        house.do(c.RedirectGift(old.id))


# --- withdrawn, and over ---------------------------------------------------------------------------------------------


def test_a_gift_is_withdrawn_as_the_list_says(house):
    """Silent, all goes back. Else as of something that begins when the last day is over: free until a week before."""
    house.do(c.WithdrawGift(buy(house).value.id))
    early, late = (buy(house, "strict", claim_until=UNTIL).value.id for _ in range(2))
    assert house.do(c.WithdrawGift(early)).afterwards.refund == eur(4000)
    house.wait(days=28)
    told = house.do(c.WithdrawGift(late)).afterwards
    assert (told.refund, told.fee, told.kept) == (eur(2000), eur(2000), 0.5)
    assert sorted(one.refunded.amount for one in house.all(m.Charge)) == [2000, 4000, 10000]
    assert balance(house, "deferred/list/strict") == 0
    assert balance(house, "revenue/list/strict") == -2000
    with pytest.raises(e.WrongStateError, match="withdrawn"):
        house.do(c.WithdrawGift(late))


def test_staff_give_back_something_else(house):
    """With a reason, which is kept as an override; at most what was paid."""
    sold = buy(house).value.id
    with pytest.raises(e.InputError):
        house.do(c.WithdrawGift(sold, refund="nothing"))
    with pytest.raises(e.InputError):
        house.do(c.WithdrawGift(sold, refund=eur(10001), reason="too much"))
    house.do(c.WithdrawGift(sold, refund=eur(2500), reason="a part was used as a prize"))
    assert [one.refunded.amount for one in house.all(m.Charge)] == [2500]
    assert [one.reason for one in house.all(m.Override)] == ["a part was used as a prize"]


def test_what_nobody_claims_is_revenue_after_its_last_day(house):
    """Where the list says nothing all of it is kept; where it says what a no-show keeps, the rest goes back."""
    buy(house, claim_until=UNTIL)
    buy(house, "strict", claim_until=UNTIL)
    buy(house, "member")
    house.wait(days=29)
    house.cantine.run_due()
    assert set(states(house).values()) == {"open"}
    house.wait(days=2)
    house.cantine.run_due()
    assert sorted(states(house).values()) == ["lapsed", "lapsed", "open"]
    assert [balance(house, f"revenue/list/{name}") for name in ("carnet", "strict", "member")] == [-10000, -3000, 0]
    assert [balance(house, f"deferred/list/{name}") for name in ("carnet", "strict", "member")] == [0, 0, -1000]
    assert sorted(one.refunded.amount for one in house.all(m.Charge)) == [0, 0, 1000]
    assert mails(house).count(("gift lapsed", "zoe@example.org")) == 2


def test_a_gift_that_is_paid_later_opens_then(house):
    """The code is known at once; the messages come when the money is in, and until then it claims nothing."""
    house.card._outcomes = ("pending",)
    sold = buy(house, account="card", email="lou@else.where")
    assert (states(house), mails(house)) == ({sold.value.id: "pending"}, [])
    house.card.settle(house.card.charges[0].key)
    house.wait(hours=7)
    house.cantine.run_due()
    assert [template for template, _ in mails(house)] == ["gift sold", "gift received"]
    assert claim(house, sold.value.code).state == "active"


def test_a_gift_that_is_never_paid_lapses(house):
    """After its last day nothing is owed for it; money that comes after that goes back."""
    house.card._outcomes = ("pending",)
    sold = buy(house, account="card", claim_until=TODAY)
    house.wait(days=1)
    house.cantine.run_due()
    assert (states(house), house.get(m.Charge, sold.charges[0].id).state) == ({sold.value.id: "lapsed"}, "void")
    house.card.settle(house.card.charges[0].key)
    house.wait(hours=7)
    house.cantine.run_due()
    assert house.card.charges[0].refunded == house.card.charges[0].captured > 0
    unpaid = buy(house, account=None).value
    house.do(c.WithdrawGift(unpaid.id))
    assert {one.outstanding.amount for one in house.all(m.Charge)} == {0}


# --- what is refused -------------------------------------------------------------------------------------------------


def test_what_nobody_can_give_is_refused(house):
    """What is renewed by itself, gives nothing, costs what is left of a month and would begin in another one, or goes
    with something else; a day that is over; a buyer who left.
    """
    for product in ("month", "room", "rest"):
        with pytest.raises(e.RefusedError):
            buy(house, product)
    with pytest.raises(e.InputError, match="one product"):
        buy(house, extras={"member": 1})
    with pytest.raises(e.TooLateError):
        buy(house, claim_until=TODAY - ONE)
    with pytest.raises(e.NotFoundError):
        buy(house, buyer="nobody")
    house.do(c.AddPerson(name="Gone", id="gone"))
    house.do(c.ForgetPerson("gone"))
    with pytest.raises(e.WrongStateError):
        buy(house, buyer="gone")
    code = buy(house).value.code
    with pytest.raises(e.WrongStateError):
        claim(house, code, "gone")
    with pytest.raises(e.NotFoundError):
        claim(house, code, "nobody")


def test_a_price_for_some_is_claimed_by_them(house):
    """Zoe said that it is for a student: somebody who is known to be none cannot claim it, and can be given another."""
    sold = buy(house, "reduced", facts={"student": True}).value
    house.do(c.SetFact(person_id="max", name="student", value=False))
    with pytest.raises(e.UnsuitableError, match="costs max"):
        claim(house, sold.code, "max")
    assert claim(house, sold.code, "bob").holder_id == "bob"


def test_what_an_organisation_holds_is_asked_of_who_claims(house):
    """A trial costs members more. Bob's guild is one, and so is he: what was bought for nobody is not for him."""
    house.do(c.AddOrganisation(name="Guild", id="guild"))
    house.do(c.Affiliate(organisation_id="guild", person_id="bob", role="member", first_day=TODAY))
    sell(house, "member", "guild")
    code = buy(house, "trial").value.code
    with pytest.raises(e.UnsuitableError, match="costs bob"):
        claim(house, code)
    assert claim(house, code, "eve").holder_id == "eve"


def test_what_counts_for_a_person_counts_when_it_is_claimed(house):
    """A code that the list takes once a person: Bob used his, so that he cannot claim what was bought by it; Eve can,
    and has used hers then, until her pass is cancelled.
    """
    sell(house, "member", "bob", codes=("HALF",))
    sold = buy(house, codes=("HALF",))
    assert [one.amount for one in sold.charges] == [eur(5000)]
    with pytest.raises(e.UnsuitableError):
        claim(house, sold.value.code, "bob")
    held = claim(house, sold.value.code, "eve")
    assert sell(house, "club", "eve", codes=("HALF",)).charges[0].amount == eur(3000)
    house.do(c.CancelPass(held.id))
    assert sell(house, "member", "eve", codes=("HALF",)).charges[0].amount == eur(500)


@pytest.mark.parametrize(
    ("product", "ends", "price"), [("carnet", False, 1000), ("carnet", True, 500), ("strict", True, 1000)]
)
def test_what_a_gift_has_used_comes_back_with_it(house, product, ends, price):
    """A code that the list takes once for all students: somebody else can use it once the gift that took it is
    withdrawn, where nothing of that is kept.
    """
    student = {"codes": ("CAMPUS",), "facts": {"student": True}}
    sold = buy(house, product, claim_until=TODAY + 5 * ONE, **student)
    if ends:
        house.do(c.WithdrawGift(sold.value.id))
    assert sell(house, "member", "eve", **student).charges[0].amount == eur(price)


# --- forgotten -------------------------------------------------------------------------------------------------------


def test_who_gave_it_is_forgotten(house):
    """The gift stays, and whoever has its code claims it; nothing private of it is left, and nobody redirects it."""
    sold = buy(house, email="lou@else.where", message="Happy birthday!", claim_until=UNTIL).value
    other = buy(house, "strict", claim_until=UNTIL).value
    assert "Happy birthday!" in str(house.cantine.export("zoe").to_json())
    house.do(c.ForgetPerson("zoe"))
    house.cantine.run_due()
    assert house.get(m.Person, "zoe").state == "forgotten"
    assert house.all(m.GiftNote) == []
    with pytest.raises(e.WrongStateError):
        house.do(c.RedirectGift(sold.id))
    assert claim(house, sold.code).state == "active"
    house.wait(days=31)
    house.cantine.run_due()
    assert (states(house)[other.id], house.all(m.GiftNote)) == ("lapsed", [])


def test_who_claimed_it_is_forgotten(house):
    """It is a pass as any other by then: the units are given up, and the buyer owes nothing."""
    claim(house, buy(house).value.code)
    house.do(c.ForgetPerson("bob", gives_up=True))
    house.cantine.run_due()
    assert house.get(m.Person, "bob").state == "forgotten"
    assert balance(house, "deferred/list/carnet") == 0


# --- laws ------------------------------------------------------------------------------------------------------------


@settings(max_examples=scaled(15), deadline=None)
@given(data=st.data())
def test_what_was_paid_is_held_refunded_or_earned(data):
    """Whatever becomes of gifts: paid is what is owed of those open, what went back, what was kept and what is held."""
    with place(LIST) as house:
        notes = []
        for _ in range(data.draw(st.integers(1, 10))):
            step = data.draw(st.sampled_from(("buy", "claim", "withdraw", "redirect", "wait")))
            note = data.draw(st.sampled_from(notes)) if notes else None
            try:
                if step == "buy":
                    until = data.draw(st.sampled_from((None, TODAY + timedelta(days=3), UNTIL)))
                    notes.append(buy(house, data.draw(st.sampled_from(("carnet", "strict"))), claim_until=until).value)
                elif step == "claim" and note:
                    claim(house, note.code, data.draw(st.sampled_from(("bob", "eve"))))
                elif step == "withdraw" and note:
                    house.do(c.WithdrawGift(note.id))
                elif step == "redirect" and note:
                    notes.append(house.do(c.RedirectGift(note.id)).value)
                elif step == "wait":
                    house.wait(days=data.draw(st.integers(1, 9)))
                    house.cantine.run_due()
            except (e.RefusedError, e.TooLateError):
                pass
            paid = sum(one.paid.amount for one in house.all(m.Charge))
            refunded = sum(one.refunded.amount for one in house.all(m.Charge))
            held = -sum(balance(house, f"deferred/list/{name}") for name in ("carnet", "strict"))
            kept = -sum(balance(house, f"revenue/list/{name}") for name in ("carnet", "strict"))
            assert paid == held + refunded + kept
            mine = [one for one in house.all(m.Gift) if one.state in ("pending", "open")]
            waiting = sum(worth.amount.amount for one in mine for worth in one.worth)
            assert held == waiting + sum(one.owed for one in house.all(m.Entitlement))
            house_laws.hold(house.storage, house.clock.now())


# --- at once, and cut ------------------------------------------------------------------------------------------------


@pytest.fixture
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


def _outcomes(other, fault):
    """What comes of a claim against another decision at the same time, in every order of their calls."""
    with place(LIST) as house:
        note = buy(house, claim_until=UNTIL).value
        others = {
            "claim": c.ClaimPass(note.code, holder_id="eve"),
            "withdraw": c.WithdrawGift(note.id),
            "redirect": c.RedirectGift(note.id),
            "lapse": c.Expire(m.Subject("gift", note.id)),
        }
        commands = [c.ClaimPass(note.code, holder_id="bob"), others[other]]
        base = twin(house.storage)
    found = set()
    when = timedelta(days=30), timedelta(days=31 if other == "lapse" else 30)
    for _, ends, store in both_at_once(base, commands, fault, after=when):
        rows = list(records(store).values())
        holders = sorted(one.holder_id for one in rows if isinstance(one, m.Pass))
        (now,) = [one for one in rows if isinstance(one, m.Gift)]
        back = sum(one.amount.amount for one in rows if isinstance(one, m.Refund))
        done = sum(isinstance(one, engine.Committed) for one in ends)
        found.add((tuple(holders), now.state, back, done))
        if fault is Around:
            house_laws.hold(store, later(store, timedelta(days=31)).clock.now())
            house_laws.folds(store)
    return found


ONE_WINS = {
    "claim": {(("bob",), "claimed", 0, 1), (("eve",), "claimed", 0, 1)},
    "withdraw": {(("bob",), "claimed", 0, 1), ((), "withdrawn", 10000, 1)},
    "redirect": {(("bob",), "claimed", 0, 1), ((), "open", 0, 1)},
    "lapse": {(("bob",), "claimed", 0, 2), ((), "lapsed", 0, 1)},
}


@pytest.mark.parametrize("other", list(ONE_WINS))
def test_one_wins(other, without_pauses):
    """Two claims, or a claim against a withdrawal, another code or the end: one is done, and the other refused, or does
    nothing.
    """
    assert _outcomes(other, Around) == ONE_WINS[other]


@pytest.mark.parametrize("other", list(ONE_WINS))
def test_without_versions_both_win(other, without_pauses):
    """The control: in a store that compares no versions both are done somewhere."""
    assert _outcomes(other, WithoutVersions) - ONE_WINS[other]


@pytest.mark.parametrize("last", ["claim", "withdraw", "lapse"])
def test_a_gift_is_whole_wherever_it_is_cut(last):
    """Cut before and after each change of a sale and of what becomes of it: sent again, all is done once."""
    step, died, cuts = 0, True, 0
    while died:
        died = False
        for after in (False, True):
            with place(LIST) as house:
                base = twin(house.storage)
            storage = DiesAt(base, step, after=after)
            died, cuts = (True, cuts + 1) if _lives(storage, last) else (died, cuts)
            house = later(base, timedelta(days=40))
            assert _finish(house, last)
            house.cantine.run_due()
            (one,), (charge,) = house.all(m.Gift), house.all(m.Charge)
            refunded = charge.refunded.amount
            expected = {"claim": ("claimed", 1, 0), "withdraw": ("withdrawn", 0, 10000), "lapse": ("lapsed", 0, 0)}
            assert (one.state, len(house.all(m.Pass)), refunded) == expected[last]
            assert charge.paid.amount == 10000
            house_laws.hold(base, house.clock.now())
        step += 1
    assert cuts >= 4


def _lives(storage, last):
    """Whether the process died while a gift was sold, and claimed, withdrawn or left to lapse."""
    try:
        house = later(storage)
        note = _sold(house, last)
        if last != "lapse":
            house.do(_end(note, last), key="end")
        else:
            later(storage, timedelta(days=31)).cantine.run_due()
    except Cut:
        return True
    return False


def _sold(house, last):
    until = TODAY + timedelta(days=30 if last == "lapse" else 60)
    asked = c.GiftPass(product_id="list/carnet", place_id="paris", buyer_id="zoe", account="desk", claim_until=until)
    return house.do(asked, key="gift").value


def _end(note, last):
    return c.ClaimPass(note.code, holder_id="bob") if last == "claim" else c.WithdrawGift(note.id)


def _finish(house, last):
    """What a client does that does not know how far it came: it sends all again."""
    sold = [one for one in house.all(m.Gift) if one.state == "claimed"]
    if not sold:
        note = _sold(later(house.storage), last)
        if last != "lapse":
            house.do(_end(note, last), key="end")
    house.cantine.run_due()
    return True
