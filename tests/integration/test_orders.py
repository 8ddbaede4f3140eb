"""Orders in a house: several things that are sold together, cancelled, measured afterwards and never paid."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import (
    IncompleteError,
    InputError,
    NotForSaleError,
    NotOverError,
    PriceChangedError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from support.houses.edges import accounts
from support.houses.issuing_house import described
from support.houses.shop_house import SHOP, open_shop
from support.houses.small_house import CANARIES, TODAY, snapshot
from support.laws import house_laws

TOMORROW = TODAY + timedelta(days=1)
LATER = TODAY + timedelta(days=7)
Line = c.SellLine


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


@pytest.fixture(params=["memory", "sqlite"])
def shop(request, tmp_path):
    """A house with a shop, whose laws hold in the end."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/house.db"
    house = open_shop(storage=url)
    yield house
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house_laws.keeps_private(house.storage, CANARIES)


def sell(house, *lines, person_id="zoe", account="desk", **more):
    return house.do(c.Sell(lines, place_id="paris", person_id=person_id, account=account, **more))


def charges(house, order):
    return [house.get(m.Charge, id) for id in house.get(m.Order, order.id).charge_ids]


def units(house, person_id):
    return {one.account: one.left for one in house.cantine.read.balance(person_id)}


# --- selling ---------------------------------------------------------------------------------------------------------


def test_several_things_are_one_charge(shop):
    """Each line has its part of one charge, whose lines say how many; what gives nothing to hold needs nobody."""
    done = sell(shop, Line("coffee", count=3), "lunch", person_id=None)
    order, (charge,) = done.value, done.charges
    assert (order.state, [(line.name, line.count) for line in order.lines]) == ("sold", [("coffee", 3), ("lunch", 1)])
    assert [line.part.amount for line in order.lines] == [eur(600), eur(1200)]
    assert (charge.amount, charge.state, charge.subject) == (eur(1800), "settled", m.Subject("order", order.id))
    assert [(line.text, line.quantity, line.amount) for line in charge.lines] == [
        ("coffee", 3, eur(600)),
        ("lunch", 1, eur(1200)),
    ]
    assert not shop.mail.messages


def test_extras_are_lines_too(shop):
    """What is bought along with an order is priced with it, and can be cancelled as its lines are."""
    order = sell(shop, Line("lunch", day=LATER), extras={"coffee": 2}).value
    assert [(line.name, line.count) for line in order.lines] == [("lunch", 1), ("coffee", 2)]
    assert shop.do(c.CancelOrder(order.id, line=1)).given_back == eur(1200)


def test_all_or_nothing(shop):
    """Where one line cannot be had nothing of the order is sold, and nothing is stored of it."""
    before = snapshot(shop.storage)
    with pytest.raises(IncompleteError, match="material"):
        sell(shop, "coffee", "3d print")
    with pytest.raises(UnsuitableError, match="held by somebody"):
        sell(shop, "coffee", "membership", person_id=None)
    with pytest.raises(UnsuitableError, match="one price list"):
        sell(shop, "coffee", "materials")
    assert snapshot(shop.storage) == before


def test_an_order_waits_for_its_payment(shop):
    """It is pending until it is paid, and what it gives cannot be used before; then its person is told."""
    shop.card.play(charges=("pending",))
    order = sell(shop, Line("lunch", day=TOMORROW), "ten entries", account="card").value
    assert (order.state, units(shop, "zoe")) == ("pending", {})
    charge = charges(shop, order)[0]
    shop.card.settle(charge.attempt_ids[0])
    shop.wait(minutes=5)
    shop.cantine.run_due()
    assert (shop.get(m.Order, order.id).state, units(shop, "zoe")) == ("sold", {"entries": 10})
    assert [message.template for message in shop.mail.messages] == ["order sold"]
    assert "lunch, ten entries" in shop.mail.messages[0].subject


def test_an_order_that_nobody_pays_expires(shop):
    """After 15 minutes: its code can be used again, its passes are gone, and who asked for it is told."""
    shop.do(c.SellPass(product_id="shop/ten entries", place_id="paris", holder_id="zoe", account="desk"))
    order = sell(shop, "coffee", Line("entry", count=2), "voucher", account=None, codes=("HALF",)).value
    assert (order.state, units(shop, "zoe")) == ("pending", {"entries": 8})
    shop.wait(minutes=15)
    shop.cantine.run_due()
    order = shop.get(m.Order, order.id)
    assert (order.state, charges(shop, order)[0].state, units(shop, "zoe")) == ("expired", "void", {"entries": 10})
    assert {sold.state for sold in shop.all(m.Pass) if sold.with_order} == {"cancelled"}
    assert shop.mail.messages[-1].template == "order expired"
    assert sell(shop, "coffee", codes=("HALF",)).charges[0].amount == eur(100)


def test_a_payment_that_comes_too_late_goes_back(shop):
    """The order has expired: the money is given back, and nothing is sold."""
    shop.card.play(charges=("pending",))
    order = sell(shop, "coffee", account="card").value
    attempt = charges(shop, order)[0].attempt_ids[0]
    shop.wait(minutes=15)
    shop.cantine.run_due()
    shop.card.settle(attempt)
    shop.wait(hours=1)
    shop.cantine.run_due()
    assert (shop.get(m.Order, order.id).state, shop.get(m.Attempt, attempt).left) == ("expired", eur(0))


def test_an_order_on_account_is_had_at_once(shop):
    """It is sold, and its charge stands until it is paid; somebody else may owe it."""
    order = sell(shop, "coffee", "ten entries", account=None, on_account=True, payer_id="bob").value
    (charge,) = charges(shop, order)
    assert (order.state, charge.state, charge.payer_id, units(shop, "zoe")) == ("sold", "due", "bob", {"entries": 10})
    shop.wait(hours=1)
    shop.cantine.run_due()
    shop.do(c.Pay(charge.id, account="desk"))
    assert (shop.get(m.Order, order.id).state, charges(shop, order)[0].state) == ("sold", "settled")


def test_a_promised_price_holds_or_is_refused(shop):
    """The price of a basket is promised: it is charged while its list stays, and refused once another is in force."""
    basket = c.Sell([Line("coffee", count=2), "lunch"], place_id="paris", person_id="zoe", account="desk")
    promised = shop.cantine.quote(basket)
    shop.wait(minutes=14)
    assert shop.do(attrs.evolve(basket, quote=promised)).charges[0].amount == promised.total == eur(1600)
    promised = shop.cantine.quote(basket)
    shop.do(c.PublishTariff(SHOP.replace("price = 2.00", "price = 2.50")))
    with pytest.raises(PriceChangedError, match=r"16\.00 EUR and is now 17\.00 EUR"):
        shop.do(attrs.evolve(basket, quote=promised))
    assert shop.do(basket).charges[0].amount == eur(1700)


def test_the_short_form_sells_and_cancels(shop):
    """``cantine.sell`` takes names and lines; ``cantine.cancel`` knows orders; one key sells once."""
    cantine = shop.cantine
    asked = {"place_id": "paris", "person_id": "zoe", "account": "desk", "actor": "ana", "idempotency_key": "k"}
    first = cantine.sell([Line("lunch", day=LATER), "coffee"], **asked)
    assert cantine.sell([Line("lunch", day=LATER), "coffee"], **asked).value == first.value
    done = cantine.cancel(first.value.id, actor="ana")
    assert (done.value.state, done.afterwards.refund, done.afterwards.fee) == ("cancelled", eur(1200), eur(200))


def test_orders_are_read_by_person_and_by_day(shop):
    """The oldest first; a day is that of the place."""
    first = sell(shop, "coffee").value
    shop.wait(days=1)
    second, other = sell(shop, "coffee").value, sell(shop, "lunch", person_id=None).value
    read = shop.cantine.read
    assert [order.id for order in read.orders("zoe")] == [first.id, second.id]
    assert [order.id for order in read.orders_on("paris", TOMORROW)] == [second.id, other.id]
    assert read.orders_on("brest", TODAY) == ()


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_one_line_is_cancelled_by_its_list(shop):
    """The list keeps the half on the day before; the rest of the order stands."""
    order = sell(shop, Line("lunch", day=TOMORROW), Line("coffee", day=TOMORROW)).value
    shown = shop.cantine.preview(c.CancelOrder(order.id, line=1), actor="ana").afterwards
    done = shop.do(c.CancelOrder(order.id, line=1))
    assert done.afterwards == shown
    assert (shown.fee, shown.refund, shown.why) == (eur(600), eur(600), "kept")
    assert [line.state for line in done.value.lines] == ["cancelled", "sold"]
    assert done.value.state == "sold"
    assert "lunch" in shop.mail.messages[-1].text
    with pytest.raises(WrongStateError, match="line 1"):
        shop.do(c.CancelOrder(order.id, line=1))
    assert shop.do(c.CancelOrder(order.id)).afterwards.refund == eur(200)


def test_what_has_begun_stays_where_the_list_is_silent(shop):
    """A coffee is had when it is sold: cancelling gives nothing back, unless staff give it back and say why."""
    order = sell(shop, "coffee", "coffee").value
    assert shop.do(c.CancelOrder(order.id, line=1)).afterwards.refund == eur(0)
    with pytest.raises(InputError, match="give a reason"):
        c.CancelOrder(order.id, refund="all")
    done = shop.do(c.CancelOrder(order.id, refund=eur(150), reason="it was cold"))
    assert (done.given_back, done.afterwards.why) == (eur(150), "staff")
    assert [one.reason for one in shop.all(m.Override)] == ["it was cold"]
    two = sell(shop, "coffee", "lunch").value
    with pytest.raises(InputError, match="one line"):
        shop.do(c.CancelOrder(two.id, refund=eur(100), reason="cold"))
    with pytest.raises(InputError, match="more than the price"):
        shop.do(c.CancelOrder(two.id, line=1, refund=eur(201), reason="cold"))


def test_an_order_that_waits_is_cancelled_free(shop):
    """Nothing is owed any more; a single line of it is not cancelled."""
    order = sell(shop, "coffee", "lunch", account=None).value
    with pytest.raises(WrongStateError):
        shop.do(c.CancelOrder(order.id, line=1))
    done = shop.do(c.CancelOrder(order.id))
    assert (done.value.state, charges(shop, order)[0].state) == ("cancelled", "void")


def test_what_was_on_account_is_owed_no_more(shop):
    """A line of an order that is not paid yet lowers what is owed."""
    order = sell(shop, Line("lunch", day=LATER), "coffee", account=None, on_account=True).value
    shop.do(c.CancelOrder(order.id, line=1))
    assert charges(shop, order)[0].outstanding == eur(200)


def test_a_line_that_is_due_now_leaves_what_is_due_later(shop):
    """Cancelling it lowers what is due at once; the instalments of another line go with that line, and alone. What of a
    line was paid at once is kept against what is still owed.
    """
    parts = """[product.year]
rate = { price = 120.00 }
down_payment = { parts = 3, every = "1 month" }
[product.talk]
rate = { price = 20.00 }
[order]"""
    shop.do(c.PublishTariff(SHOP.replace("[order]", parts)))
    lines = (Line("talk", day=LATER), Line("year", day=LATER), Line("talk", day=TOMORROW))
    order = sell(shop, *lines, account=None, on_account=True).value

    def owed():
        (one,) = charges(shop, order)
        return one.outstanding, [part.amount for part in one.instalments]

    assert owed() == (eur(16000), [eur(4000), eur(4000)])
    shop.do(c.CancelOrder(order.id, line=1))
    assert owed() == (eur(14000), [eur(4000), eur(4000)])
    shop.do(c.Pay(order.charge_ids[0], account="desk", amount=eur(6000)))
    shop.do(c.CancelOrder(order.id, line=3))
    assert owed() == (eur(6000), [eur(4000), eur(2000)])
    back = shop.do(c.CancelOrder(order.id, line=2))
    assert (owed(), back.given_back) == ((eur(0), []), eur(6000))


def test_a_line_takes_back_what_it_gave(shop):
    """The pass of a line goes with it while nothing of it was used, and is no refund twice."""
    order = sell(shop, "ten entries", Line("coffee", day=TOMORROW)).value
    sold = order.lines[0].pass_id
    done = shop.do(c.CancelOrder(order.id, line=1))
    assert (done.given_back, shop.get(m.Pass, sold).state, units(shop, "zoe")) == (eur(8000), "cancelled", {})
    with pytest.raises(WrongStateError):
        shop.do(c.CancelPass(sold))
    other = sell(shop, "ten entries").value
    with pytest.raises(UnsuitableError, match="cancel that line"):
        shop.do(c.CancelPass(other.lines[0].pass_id))
    shop.do(c.CancelOrder(other.id))
    assert accounts(shop).get("account/desk") == 200


def test_a_pass_that_was_used_stays_paid(shop):
    """The list is silent and entries are gone: cancelling its line gives nothing back."""
    order = sell(shop, "ten entries").value
    sell(shop, "entry")
    done = shop.do(c.CancelOrder(order.id))
    assert (done.afterwards.refund, done.afterwards.fee) == (eur(0), eur(8000))


def test_deposits_go_back_with_their_line(shop):
    """The deposit of a locker is held, and returned when its line is cancelled; the price has begun and stays."""
    order = sell(shop, "locker", "coffee").value
    assert (charges(shop, order)[0].paid_deposit, order.lines[0].part.amount) == (eur(2000), eur(3500))
    done = shop.do(c.CancelOrder(order.id, line=1))
    assert (done.afterwards.fee, done.given_back, charges(shop, order)[0].deposit) == (eur(1500), eur(2000), 0)
    assert accounts(shop) == {"account/desk": 1700, "revenue/shop/coffee": -200, "revenue/shop/locker": -1500}


def test_a_fee_beyond_the_price_is_charged(shop):
    """What the list keeps is more than the line cost: the difference is a charge of its own."""
    fee = '[product.talk]\nrate = { price = 5.00 }\ncancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%", fee = 10.00 }] }\n[order]'  # noqa: E501
    shop.do(c.PublishTariff(SHOP.replace("[order]", fee)))
    order = sell(shop, Line("talk", day=TOMORROW)).value
    done = shop.do(c.CancelOrder(order.id, reason="ill"))
    more = charges(shop, done.value)[1]
    assert (done.afterwards.due, more.amount, more.state, more.lines[0].kind) == (
        eur(1000),
        eur(1000),
        "due",
        "penalty",
    )


# --- measuring -------------------------------------------------------------------------------------------------------


def test_what_is_measured_is_charged(shop):
    """The line is priced again by the version that sold it; what it costs more is a charge with its own lines."""
    order = sell(shop, "print", "coffee").value
    assert (order.lines[0].measures, order.lines[0].part.amount) == (("pages",), eur(0))
    shop.do(c.PublishTariff(SHOP.replace("price = 0.10", "price = 0.50")))
    done = shop.do(c.MeasureOrder(order.id, line=1, facts={"pages": 120}, account="desk"))
    (charge,) = done.charges
    assert [(line.text, line.quantity, line.amount) for line in charge.lines] == [("print", 120, eur(1200))]
    assert (charge.state, done.value.charge_ids, done.value.lines[0].measures) == (
        "settled",
        (*order.charge_ids, charge.id),
        (),
    )
    with pytest.raises(WrongStateError, match="priced in full"):
        shop.do(c.MeasureOrder(order.id, line=1, facts={"pages": 1}))


def test_a_measure_may_be_paid_later(shop):
    """Without an account the difference is due; what was sold stands, and a card pays it another day."""
    order = sell(shop, "print").value
    done = shop.do(c.MeasureOrder(order.id, line=1, facts={"pages": 30}))
    assert (done.charges[0].state, done.value.state) == ("due", "sold")
    shop.wait(days=3)
    shop.cantine.run_due()
    shop.do(c.Pay(done.charges[0].id, account="card"))
    assert [charge.state for charge in charges(shop, order)] == ["settled"]
    assert shop.get(m.Order, order.id).state == "sold"


def test_what_was_paid_before_is_taken_off(shop):
    """A line with a fixed part: the charge of the difference has the whole price, less what was paid."""
    order = sell(shop, Line("3d print", facts={"material": "filament"})).value
    assert charges(shop, order)[0].amount == eur(120)
    done = shop.do(c.MeasureOrder(order.id, line=1, facts={"grams": 200}, account="desk"))
    assert done.charges[0].amount == eur(2400)
    assert [(line.text, line.amount) for line in done.charges[0].lines] == [
        ("3d print", eur(120)),
        ("3d print", eur(2400)),
        ("paid before", eur(-120)),
    ]
    back = shop.do(c.CancelOrder(order.id, refund="all", reason="it broke"))
    assert (back.afterwards.refund, back.given_back) == (eur(2520), eur(2520))


def test_a_measure_that_comes_to_less_goes_back(shop):
    """What is measured makes the line cheaper: the difference is given back, and nothing is charged."""
    less = '[product.sheet]\nafterwards = ["pages"]\nrate = { price = 0.10, per = "pages", flat = 5.00 }\nadjust = [{ id = "big", when = { amount = { from = 20.00 } }, percent = "-90%" }]\n[order]'  # noqa: E501
    shop.do(c.PublishTariff(SHOP.replace("[order]", less)))
    order = sell(shop, "sheet", "coffee").value
    assert charges(shop, order)[0].amount == eur(700)
    done = shop.do(c.MeasureOrder(order.id, line=1, facts={"pages": 200}))
    assert (done.given_back, done.charges, len(done.value.charge_ids)) == (eur(250), (), 1)


def test_a_measure_is_paid_with_vouchers_first(shop):
    """What the voucher has left pays, and the account takes the rest."""
    order = sell(shop, "voucher", "print").value
    done = shop.do(c.MeasureOrder(order.id, line=2, facts={"pages": 350}, account="desk"))
    attempts = [shop.get(m.Attempt, id) for id in done.charges[0].attempt_ids]
    assert [(one.account, one.amount) for one in attempts] == [("voucher", eur(3000)), ("desk", eur(500))]
    assert units(shop, "zoe") == {}


def test_every_fact_is_said_and_no_other(shop):
    """A fact that is missing is named with the refusal; one that the line is not measured by is refused."""
    order = sell(shop, "print", "coffee").value
    with pytest.raises(IncompleteError) as missing:
        shop.do(c.MeasureOrder(order.id, line=1, facts={}))
    assert [refusal.facets for refusal in missing.value.refusals] == [("pages",)]
    with pytest.raises(InputError, match="not by grams"):
        shop.do(c.MeasureOrder(order.id, line=1, facts={"pages": 1, "grams": 1}))
    with pytest.raises(InputError, match="no line 9"):
        shop.do(c.MeasureOrder(order.id, line=9, facts={"pages": 1}))
    with pytest.raises(WrongStateError):
        shop.do(c.MeasureOrder(order.id, line=2, facts={"pages": 1}))
    shop.do(c.CancelOrder(order.id, line=1))
    with pytest.raises(WrongStateError, match="cancelled"):
        shop.do(c.MeasureOrder(order.id, line=1, facts={"pages": 1}))


def test_a_measured_price_is_explained_again(shop):
    """Its sale keeps all that it was made from: what was measured is public, facts of the person are not."""
    shop.do(c.SetFact("zoe", name="student", value=True, proof="card"))
    half = '[product.copy]\nafterwards = ["pages"]\nasks = ["student"]\nrate = [{ when = { student = true }, price = 0.05, per = "pages" }, { price = 0.10, per = "pages" }]\n[order]'  # noqa: E501
    shop.do(c.PublishTariff(SHOP.replace("[order]", half)))
    order = sell(shop, "coffee", "copy").value
    shop.do(c.SetFact("zoe", name="student", value=None))
    done = shop.do(c.MeasureOrder(order.id, line=2, facts={"pages": 100}, account="desk"))
    sale = shop.get(m.Sale, done.value.lines[1].sale_id)
    assert (done.charges[0].amount, sale.total, sale.private_facts) == (eur(500), eur(500), True)
    assert dict(sale.items[0].facts) == {"pages": 100, "site": "paris"}


# --- documents, people -----------------------------------------------------------------------------------------------


def test_one_receipt_states_several_rates(shop):
    """One document for the order, with the tax of each rate, and another for what was measured."""
    described(shop)
    order = sell(shop, Line("coffee", count=3), Line("lunch"), "print", "member-ticket").value
    (charge,) = charges(shop, order)
    receipt = shop.do(c.IssueDocument(charge_id=charge.id, series="receipts")).value
    assert (receipt.gross, len(receipt.lines)) == (eur(2700), 3)
    assert sorted((tax.rate, tax.gross) for tax in receipt.taxes) == [("10%", eur(1800)), ("20%", eur(900))]
    more = shop.do(c.MeasureOrder(order.id, line=3, facts={"pages": 60}, account="desk")).charges[0]
    assert shop.do(c.IssueDocument(charge_id=more.id, series="receipts")).value.gross == eur(600)


def test_orders_are_exported_and_outlive_who_bought(shop):
    """The export has the orders with their sales; who is forgotten keeps no name in them, and not while a line is to
    come.
    """
    order = sell(shop, Line("lunch", day=TOMORROW), "coffee").value
    exported = shop.cantine.export("zoe")
    assert [one.id for one in exported.records["order"]] == [order.id]
    assert [one.id for one in exported.records["sale"]] == [order.sale_id]
    with pytest.raises(NotOverError):
        shop.do(c.ForgetPerson("zoe"))
    shop.wait(days=3)
    kept = shop.do(c.ForgetPerson("zoe")).value.kept
    assert ("order", 1) in [(one.kind, one.count) for one in kept]


def test_a_list_that_takes_nothing_back_refuses(shop):
    """Where the list does not say what goes back, cancelling is refused and the order stands."""
    open_question = '[product.tour]\nrate = { price = 5.00 }\ncancel = { delay = { unit = "day" }, keep = [{ from = 0, refuse = "on_quote" }] }\n[order]'  # noqa: E501
    shop.do(c.PublishTariff(SHOP.replace("[order]", open_question)))
    order = sell(shop, Line("tour", day=TOMORROW), Line("coffee", day=TOMORROW)).value
    with pytest.raises(NotForSaleError):
        shop.do(c.CancelOrder(order.id))
    assert shop.get(m.Order, order.id).state == "sold"
