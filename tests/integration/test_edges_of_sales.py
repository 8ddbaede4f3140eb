"""The edges of what is sold: the instant of a start, the last unit, the begun minute, the half that is rounded up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import CurrencyError, DuplicateError, InputError, NotForSaleError, RefusedError
from cantinekit.money import Money
from support.houses.clock_house import clock_house, local
from support.houses.list_house import book, in_days, sell, selling
from support.houses.small_house import House, period
from support.laws import house_laws

LIST = """
due = "2 business days"
[facts]
grams = "number"
[product.carnet]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "carnet", unit = "entry", units = 1 }
[product.entry]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.entry.cancel]
delay = { unit = "day" }
keep = [{ from = 2, percent = "0%" }, { from = 0, percent = "50%" }]
no_show = "0%"
[product.hall]
rate = { price = 30.00, per = "1h" }
overrun = { price = 1.00, per = "1min" }
[product.studio]
rate = { price = 20.00 }
[product.studio.cancel]
delay = { unit = "hour" }
keep = [{ from = 0, percent = "50%" }, { from = "after the start", percent = "50%" }]
[product.capped]
rate = { price = 10.00, per = "1h" }
adjust = [{ id = "cap", at_most = 25.00, same = ["person", "day"] }]
[product.vault]
rate = { price = 50.00 }
move = { allowed = false }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, refuse = "on_quote", why = "ask us" }] }
[product.tea]
rate = { price = 2.00 }
[product.print]
afterwards = ["grams"]
rate = { flat = 1.20, price = 0.12, per = "grams" }
[product.gift]
sells = "grant"
rate = { price = 30.00 }
grant = { account = "gifts", unit = "EUR", value = 30.00 }
[order]
vouchers = "gifts"
"""
SOON, LATER = in_days(1), in_days(10)


@pytest.fixture
def house() -> House:
    return selling(LIST)


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


def left(house: House, account: str) -> int:
    return sum(one.left for one in house.all(m.Entitlement) if one.account == account)


def lawful(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_half_of_a_unit_that_stays_is_a_whole_one(house):
    """Of one unit of which the list keeps the half the unit stays spent: parts of units are rounded up."""
    sell(house, "carnet")
    booking = book(house, "entry", 10, SOON).value
    told = house.do(c.CancelBooking(booking.id)).afterwards
    assert (told.units, left(house, "carnet")) == ((), 0)
    lawful(house)


@pytest.mark.parametrize(("minutes", "back"), [(-1, 1200), (0, 1000)])
def test_what_goes_along_stays_from_the_start_on(house, minutes, back):
    """The list keeps the half of the studio, and says nothing of the tea, which is free until the studio begins."""
    booking = book(house, "studio", 10, SOON, extras={"tea": 1}).value
    house.clock.set(booking.period.start + timedelta(minutes=minutes))
    told = house.do(c.CancelBooking(booking.id)).afterwards
    assert (told.refund, told.fee) == (eur(back), eur(2200 - back))
    lawful(house)


def test_what_is_bought_for_a_later_day_has_not_begun(house):
    """Tea for next week is called off for nothing until that day begins; of today's all stays."""
    lines = [c.SellLine("own/tea", day=LATER), c.SellLine("own/tea")]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk")).value
    house.wait(minutes=1)
    assert house.do(c.CancelOrder(order.id, line=1)).afterwards.refund == eur(200)
    assert house.do(c.CancelOrder(order.id, line=2)).afterwards.refund == eur(0)
    lawful(house)


@pytest.mark.parametrize(("minutes", "back"), [(-1, 3000), (0, 0)])
def test_a_move_that_saves_gives_back_until_the_start(house, minutes, back):
    """Where the list is silent, a shorter time is cheaper until the booking begins, and not from then on."""
    booking = book(house, "hall", 10, SOON, hours=2).value
    house.clock.set(booking.period.start + timedelta(minutes=minutes))
    told = house.do(
        c.MoveBooking(booking.id, period=period(10, 11, SOON), account="desk", override="they leave")
    ).afterwards
    assert told.refund == eur(back)
    assert sum(one.kept.amount for one in house.all(m.Charge)) == 6000 - back
    lawful(house)


def test_a_release_is_undone_with_the_last_unit(house):
    """A unit that came back when nobody came is spent again although it is the last one."""
    house.do(c.ChangeTerms("a1", terms=m.Terms(release_after=timedelta(minutes=15))))
    sell(house, "carnet")
    booking = book(house, "entry", 10, SOON).value
    house.clock.set(booking.period.start + timedelta(minutes=16))
    house.cantine.run_due()
    assert left(house, "carnet") == 1
    after = house.do(c.UndoRelease(booking.id)).value
    assert (after.state, left(house, "carnet")) == ("confirmed", 0)
    lawful(house)


def test_each_begun_minute_of_an_overrun_counts(house):
    """A minute and one second are two minutes, and nobody can have stayed until later than now."""
    booking = book(house, "hall", 10, SOON).value
    house.clock.set(booking.period.end + timedelta(minutes=5))
    for late in (timedelta(minutes=5, seconds=1), timedelta(hours=1)):
        with pytest.raises(InputError):
            house.do(c.RecordOverrun(booking.id, until=booking.period.end + late))
    until = booking.period.end + timedelta(minutes=1, seconds=1)
    assert house.do(c.RecordOverrun(booking.id, until=until, account="desk")).afterwards.due == eur(200)
    lawful(house)


def test_an_overrun_is_corrected_with_a_reason(house):
    """More is charged, less goes back, and of one that never was all goes back: what stands is what the last one costs.
    Without a reason it is recorded once.
    """
    booking = book(house, "hall", 10, SOON).value
    end = booking.period.end
    house.clock.set(end + timedelta(minutes=50))

    def until(minutes, reason="the clock was wrong", account="desk"):
        at = end + timedelta(minutes=minutes)
        told = house.do(c.RecordOverrun(booking.id, until=at, account=account, reason=reason))
        now = house.get(m.Booking, booking.id)
        more = [house.get(m.Charge, share.charge_id) for share in now.more]
        assert [one.earned for one in more] == [share.amount for share in now.more]
        stands = sum(one.held.amount + one.outstanding.amount for one in more)
        return told.afterwards.off.amount, told.afterwards.due.amount, stands, now.overran_until

    with pytest.raises(InputError):
        until(0)
    assert until(10, "") == (0, 1000, 1000, end + timedelta(minutes=10))
    with pytest.raises(RefusedError, match="reason"):
        until(20, "")
    assert until(30) == (0, 2000, 3000, end + timedelta(minutes=30))
    assert until(5) == (2500, 0, 500, end + timedelta(minutes=5))
    assert until(0) == (500, 0, 0, None)
    assert until(40, "", account=None) == (0, 4000, 4000, end + timedelta(minutes=40))
    assert until(15) == (2500, 0, 1500, end + timedelta(minutes=15))
    assert house.get(m.Charge, house.get(m.Booking, booking.id).charges[-1]).state == "due"
    lawful(house)


def test_a_refusal_says_what_was_asked(house):
    """What cannot be moved says so, what cancelling costs is not called a price, a product that is not there is named,
    and what is wrong with several things is said once.
    """
    vault = book(house, "vault", 10, SOON).value
    basket = ["own/tea", c.SellLine("own/tea", count=2)]
    wrong = {
        c.MoveBooking(vault.id, period=period(10, 11, LATER)): "vault: it cannot be moved",
        c.CancelBooking(vault.id): "what cancelling costs: vault: price on request (ask us)",
        c.Sell(basket, place_id="paris", extras={"ghost": 1}): "there is no product 'ghost' in the price list",
        c.Sell(basket, place_id="paris", codes=("X",)): "code X: not for this customer",
    }
    for command, said in wrong.items():
        with pytest.raises(NotForSaleError) as refused:
            house.do(command)
        assert (str(refused.value), bool(refused.value.refusals)) == (said, True)


def test_under_a_cap_what_goes_gives_back_what_it_was_charged(house):
    """The others keep their prices, and the cap gets back what its own sale took of it: the next is charged again."""
    first, second, third = (book(house, "capped", hour, SOON, hours=2) for hour in (9, 11, 13))
    charged = [sum(one.amount.amount for one in booked.charges) for booked in (first, second, third)]
    assert charged == [2000, 500, 0]
    assert house.do(c.CancelBooking(first.value.id)).given_back == Money(2000, "EUR")
    assert book(house, "capped", 9, SOON, hours=2).charges[0].amount == Money(2000, "EUR")
    assert book(house, "capped", 15, SOON).charges == ()
    lawful(house)


FRANCS = """
[tariff]
id = "francs"
name = "Francs"
currency = "CHF"
timezone = "Europe/Paris"
prices = "incl"
[product.tea]
rate = { price = 2.00 }
"""


def test_a_list_of_another_currency_is_the_list_of_no_place(house):
    """It is refused for a place, for a new one, and for an operator one of whose places would sell by it; a place that
    has a list of its own is in nobody's way.
    """
    house.do(c.PublishTariff(FRANCS))
    lyon = {"name": "Lyon", "entity_id": "asso", "zone": "Europe/Paris"}
    for wrong in (
        c.ChangePlace("paris", pricelist_id="francs"),
        c.ChangeEntity("asso", pricelist_id="francs"),
        c.AddPlace(currency="EUR", pricelist_id="francs", **lyon),
    ):
        with pytest.raises(CurrencyError, match="francs is in CHF"):
            house.do(wrong)
    house.do(c.AddPlace(currency="CHF", pricelist_id="francs", id="lyon", **lyon))
    for place in house.all(m.Place):
        if place.currency == "EUR":
            house.do(c.ChangePlace(place.id, pricelist_id="own"))
    house.do(c.ChangeEntity("asso", pricelist_id="francs"))
    assert house.get(m.LegalEntity, "asso").pricelist_id == "francs"


def test_a_voucher_pays_the_difference_that_was_measured_and_no_more(house):
    """What was paid by a voucher when it was sold is not taken again when it is measured."""
    sell(house, "gift")
    order = house.do(c.Sell(["own/print"], place_id="paris", person_id="zoe", account="desk")).value
    before = left(house, "gifts")
    house.do(c.MeasureOrder(order.id, line=1, facts={"grams": 50}, account="desk"))
    whole = sum(one.billed.amount for one in house.all(m.Charge) if one.subject.id == order.id)
    assert whole == 720
    assert (left(house, "gifts"), before - left(house, "gifts")) == (3000 - 720, 720 - (3000 - before))
    lawful(house)


THURSDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 28)


@pytest.mark.parametrize(
    ("said", "day", "due"),
    [
        ("2 business days", THURSDAY, date(2026, 11, 30)),
        ("2 business days", SATURDAY, date(2026, 12, 1)),
        ("36 hours", THURSDAY, date(2026, 11, 28)),
        ("24 hours", THURSDAY, date(2026, 11, 27)),
    ],
)
def test_the_day_of_an_invoice(said, day, due):
    """Two business days after a Thursday it is Monday; after a Saturday, Tuesday. Hours are whole days, rounded up."""
    house = selling(LIST.replace("2 business days", said))
    house.clock.set(period(9, 10, day).start)
    sale = c.Sell(["own/tea"], place_id="paris", person_id="zoe", on_account=True)
    assert house.do(sale).charges[0].due_on == due


@pytest.mark.parametrize(("seconds", "moved"), [(-1, False), (0, True)])
def test_what_is_being_paid_is_moved_once_its_hold_is_over(seconds, moved):
    """While a gateway may still answer, a hold is not moved to another price."""
    house = selling(LIST, outcomes=("pending",))
    held = book(house, "hall", 10, SOON, account="card").value
    (attempt,) = house.all(m.Attempt)
    house.clock.set(attempt.started_at + timedelta(minutes=15, seconds=seconds))
    longer = c.MoveBooking(held.id, period=period(10, 12, SOON))
    with pytest.raises(RefusedError) as refusal:
        house.do(longer)
    assert ("being paid" in str(refusal.value)) is not moved


def test_who_leaves_and_comes_at_one_instant_is_not_there_twice():
    """Two stays in one zone may touch; they may not overlap by a minute."""
    house = clock_house(local(17, 45))

    def stay(first, last):
        how = {"space_id": "lab", "person_id": "zoe", "account": "desk"}
        return house.do(c.CheckIn(place_id="paris", product_id="hour", at=first, left_at=last, **how))

    stay(local(10), local(11))
    stay(local(11), local(12))
    stay(local(9), local(10))
    with pytest.raises(DuplicateError):
        stay(local(11, 59), local(13))
    assert len(house.all(m.Visit)) == 3


DESK = """
[product.desk]
merge = { same = ["person", "day"], gap = "2h" }
rate = { price = 4.00, per = "1h" }
[product.units]
sells = "grant"
grant = { account = "hours", unit = "1h", units = 1 }
rate = { price = 3.00 }
[product.covered]
merge = { same = ["person", "day"], gap = "2h" }
rate = { price = 4.00, per = "1h" }
cover = [{ by = "hours", unit = "1h", partial = true }]
beyond = "rate"
[product.gift]
sells = "grant"
rate = { price = 30.00 }
grant = { account = "gifts", unit = "EUR", value = 30.00 }
[order]
vouchers = "gifts"
"""


def stay(house: House, product: str, first: int, last: int, account: str | None = "desk") -> m.Visit:
    """Zoé was there from one hour to another."""
    asked = c.CheckIn(
        place_id="paris",
        product_id=f"own/{product}",
        person_id="zoe",
        at=local(first),
        left_at=local(last),
        account=account,
    )
    return house.do(asked).value


def came_to(house: House) -> int:
    """What stands as earned for visits."""
    return sum(one.earned.amount for one in house.all(m.Charge) if one.subject.kind == "visit")


def test_a_voucher_pays_a_second_stay_once():
    """The stays of a day are priced together; a voucher pays what the second one adds, not all of it again."""
    house = selling(DESK)
    sell(house, "gift")
    house.clock.set(local(17, 45))
    stay(house, "desk", 10, 11)
    assert (came_to(house), left(house, "gifts")) == (400, 2600)
    stay(house, "desk", 12, 13)
    assert left(house, "gifts") == 3000 - came_to(house)
    assert all(one.outstanding.amount == 0 for one in house.all(m.Charge))
    lawful(house)


def test_the_last_unit_covers_a_stay_that_is_corrected():
    """Its only hour is spent on a stay; when the stay is corrected by some minutes the same hour covers it."""
    house = selling(DESK)
    sell(house, "units")
    house.clock.set(local(17, 45))
    visit = stay(house, "covered", 10, 11)
    assert (came_to(house), left(house, "hours")) == (0, 0)
    house.do(c.CorrectVisit(visit.id, opened_at=local(10, 5), closed_at=local(11, 5), reason="later", account="desk"))
    assert (came_to(house), left(house, "hours")) == (0, 0)
    lawful(house)


def test_what_was_paid_in_part_goes_back_when_a_stay_was_shorter():
    """Of a charge that is paid in part, a correction leaves what the stay costs and gives the rest back."""
    house = selling(DESK)
    house.clock.set(local(17, 45))
    visit = stay(house, "desk", 10, 14, account=None)
    (charge,) = house.all(m.Charge)
    house.do(c.Pay(charge.id, account="desk", amount=eur(1000)))
    house.do(c.CorrectVisit(visit.id, closed_at=local(11), reason="left at eleven"))
    kept = sum(one.kept.amount for one in house.all(m.Charge))
    owed = sum(one.outstanding.amount for one in house.all(m.Charge) if one.state == "due")
    assert (came_to(house), kept + owed) == (400, 400)
    lawful(house)
