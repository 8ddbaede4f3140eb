"""What lasts in a house: renewed, given again, ended by notice or before, and what its timeline says of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.clock_house import local
from support.houses.lasting_house import LAST, subscribe
from support.houses.one_list import eur, left, place
from support.houses.small_house import open_house

MARCH = date(2026, 3, 16)
STUDIO = """
[tariff]
id = "studio"
name = "Studio"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.studio]
sells = "plan"
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "month end" }
valid = { lasts = "1 month", ends = "the day before" }
prorate = { rule = "both ends", of = "days of the period" }
rate = { price = 310.00 }
"""


@pytest.fixture
def house():
    """The place of one list, on 16 March at ten."""
    with place("[product.coffee]\nrate = { price = 1.00 }", local(10, day=MARCH)) as found:
        yield found


def on(house, day: date, hour: int = 9) -> None:
    """Let the clock run to an hour of a day, and do what has become due."""
    house.clock.set(local(hour, day=day))
    house.cantine.run_due()


def charged(house, person: str = "zoe") -> list[int]:
    """What was charged to somebody and still stands, in cents, the oldest first."""
    return [one.billed.amount for one in house.cantine.read.statement(person) if one.state != "void"]


def test_a_contract_runs_month_by_month(house):
    """The rest of March, then whole months; hours that are left stay, pages do not; each charge stands on account."""
    desk = subscribe(house, person="zoe")
    first = house.get(m.Pass, desk)
    assert (first.last_day, first.held_until, charged(house)) == (date(2026, 3, 31), None, [15484])
    on(house, date(2026, 4, 1), 0)
    on(house, date(2026, 5, 1), 0)
    assert charged(house) == [15484, 30000, 30000]
    assert (left(house, "hours"), left(house, "prints")) == (12, 50)
    renewed = house.cantine.read.statement("zoe")[-1]
    assert (renewed.on_account, renewed.stands, renewed.state, renewed.payer_id) == (True, True, "due", "zoe")
    house.do(c.Pay(renewed.id, account="desk"))
    assert house.get(m.Charge, renewed.id).state == "settled"


def test_a_run_that_is_late_carries_on_what_was_missed(house):
    """Nobody ran what was due for two months: both are charged, and she held the plan all the time."""
    desk = subscribe(house)
    house.clock.set(local(9, day=date(2026, 5, 20)))
    assert house.get(m.Pass, desk).held_on(date(2026, 5, 20))
    house.cantine.run_due()
    house.cantine.run_due()
    assert (charged(house), house.get(m.Pass, desk).last_day) == ([15484, 30000, 30000], date(2026, 5, 31))
    assert left(house, "hours") == 12


def test_one_that_is_entered_late_is_as_if_it_had_been_entered_then(house):
    """Sold on 16 March as of 1 February: February as it was sold, March with what is due."""
    desk = subscribe(house, first_day=date(2026, 2, 1))
    house.cantine.run_due()
    assert (charged(house), house.get(m.Pass, desk).last_day) == ([30000, 30000], date(2026, 3, 31))


def test_one_that_nobody_pays_is_not_renewed(house):
    """A plan that waits for its first payment lapses with its first period: nothing more is charged."""
    house.do(c.PublishTariff(LAST))
    desk = house.do(c.SellPass(product_id="last/desk", place_id="paris", holder_id="zoe"))
    on(house, date(2026, 4, 1), 0)
    assert (house.get(m.Pass, desk.value.id).state, charged(house)) == ("cancelled", [])


def test_one_that_is_paid_late_catches_up(house):
    """A plan is paid after units of it were given again: it has them."""
    text = """
    [tariff]
    id = "weekly"
    name = "Weekly"
    currency = "EUR"
    timezone = "Europe/Paris"
    prices = "incl"
    [product.plan]
    sells = "plan"
    rate = { price = 40.00 }
    term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
    grant = { account = "days", unit = "day", units = 2, renews = "week", rollover = true }
    """
    house.do(c.PublishTariff(text))
    plan = house.do(c.SellPass(product_id="weekly/plan", place_id="paris", holder_id="zoe"))
    on(house, date(2026, 4, 1))
    house.do(c.Pay(plan.charges[0].id, account="desk"))
    house.cantine.run_due()
    assert (charged(house), left(house, "days")) == ([4000], 6)


def test_notice_ends_it_and_can_be_withdrawn(house):
    """Notice on 2 April is over on 2 May, and the minimum is June: it ends then; withdrawn, it goes on."""
    desk = subscribe(house)
    on(house, date(2026, 4, 2))
    told = house.cantine.read.timeline(desk)
    assert (told.end, told.earliest_end, told.last_notice) == (None, date(2026, 6, 30), date(2026, 5, 31))
    given = house.do(c.GiveNotice(desk))
    assert (given.value.end, given.value.notice_day) == (date(2026, 6, 30), date(2026, 4, 2))
    assert (given.afterwards.due, given.afterwards.fee, given.afterwards.why) == (eur(60000), eur(0), "notice")
    assert house.cantine.read.timeline(desk).deadlines == ()
    with pytest.raises(e.WrongStateError, match="2026-06-30"):
        house.do(c.GiveNotice(desk))
    back = house.do(c.WithdrawNotice(desk)).value
    assert (back.end, back.notice_day, back.held_until) == (None, None, None)
    units = [house.get(m.Entitlement, id) for id in back.entitlement_ids]
    assert {(one.account, one.expires and one.expires.date()) for one in units} == {
        ("hours", None),
        ("prints", date(2026, 4, 30)),
    }
    house.do(c.GiveNotice(desk, day=date(2026, 3, 20)))
    on(house, date(2026, 6, 30), 23)
    assert left(house, "hours") == 16
    on(house, date(2026, 7, 1), 0)
    assert (charged(house), left(house, "hours"), left(house, "prints")) == ([15484, 30000, 30000, 30000], 0, 0)
    with pytest.raises(e.WrongStateError, match="ended on 2026-06-30"):
        house.do(c.WithdrawNotice(desk))


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        (
            "fr",
            (
                "Résiliation notée\u00a0: desk",
                "Le dernier jour est le 30/06/2026.",
                "votre contrat continue\u00a0: desk",
            ),
        ),
        ("en", ("Notice noted: desk", "The last day is 2026-06-30.", "your contract goes on: desk")),
    ],
)
def test_who_has_the_contract_is_told_of_a_notice(house, lang, texts):
    """Notice is confirmed to the holder with the last day, and so is that it is withdrawn, in their language."""
    house.do(c.ChangePerson("zoe", lang=lang))
    desk = subscribe(house, person="zoe")
    on(house, date(2026, 4, 2))
    before = len(house.mail.received)
    with pytest.raises(e.WrongStateError):
        house.do(c.WithdrawNotice(desk))
    house.do(c.GiveNotice(desk))
    house.do(c.WithdrawNotice(desk))
    given, withdrawn = house.mail.received[before:]
    assert (given.to, given.subject) == ("zoe@example.org", texts[0])
    assert texts[1] in given.text
    assert texts[2] in withdrawn.text
    house.cantine.preview(c.GiveNotice(desk), actor="ana")
    assert len(house.mail.received) == before + 2


def test_notice_that_is_withdrawn_on_the_last_day(house):
    """Withdrawn on the last day of the contract: it is renewed the next day as if nothing had been said."""
    locker = subscribe(house, "locker")
    on(house, date(2026, 6, 15))
    assert house.do(c.GiveNotice(locker)).value.end == date(2026, 6, 15)
    house.do(c.WithdrawNotice(locker))
    on(house, date(2026, 6, 16), 0)
    assert charged(house) == [1000] * 4


def test_a_notice_of_long_ago_is_refused(house):
    """It would have ended it before today: that is another command."""
    locker = subscribe(house, "locker")
    on(house, date(2026, 7, 20))
    with pytest.raises(e.InputError, match=r"2026-07-15.*EndPass"):
        house.do(c.GiveNotice(locker, day=date(2026, 7, 10)))


def test_an_early_end_costs_what_the_list_says(house):
    """Ended on 10 April: 20 of 30 days go back; of two agreed months half is owed; units go that day."""
    desk = subscribe(house)
    on(house, date(2026, 4, 1), 0)
    house.do(c.Pay(house.cantine.read.statement("zoe")[-1].id, account="desk"))
    on(house, date(2026, 4, 10))
    told = house.cantine.preview(c.EndPass(desk, reason="she moves away"), actor="desk:ana").afterwards
    ended = house.do(c.EndPass(desk, reason="she moves away"))
    assert (told, ended.given_back) == (ended.afterwards, eur(20000))
    assert (ended.afterwards.fee, ended.afterwards.refund, ended.afterwards.due) == (eur(30000), eur(20000), eur(30000))
    assert charged(house) == [15484, 10000, 30000]
    assert [line.kind for line in house.cantine.read.statement("zoe")[-1].lines] == ["penalty"]
    assert (ended.value.state, ended.value.held_on(date(2026, 4, 10)), left(house, "hours")) == ("active", True, 8)
    on(house, date(2026, 4, 11), 0)
    assert (left(house, "hours"), left(house, "prints")) == (0, 0)
    on(house, date(2026, 7, 1))
    assert charged(house) == [15484, 10000, 30000]


def test_it_is_ended_once_by_the_list(house):
    """Who ended it on a day, and ends it earlier then, says what goes back beside what did: the same days go back once.
    A notice that was given before cannot be withdrawn any more."""
    desk = subscribe(house)
    on(house, date(2026, 4, 3))
    house.do(c.GiveNotice(desk))
    house.do(c.EndPass(desk, day=date(2026, 4, 20), reason="moved away"))
    before = charged(house)
    with pytest.raises(e.WrongStateError, match="ended on 2026-04-20"):
        house.do(c.EndPass(desk, day=date(2026, 4, 10), reason="earlier"))
    with pytest.raises(e.WrongStateError, match="ended on 2026-04-20"):
        house.do(c.WithdrawNotice(desk))
    assert charged(house) == before
    told = house.do(c.EndPass(desk, day=date(2026, 4, 10), reason="earlier", refund=eur(10000))).afterwards
    assert (told.off, told.refund, told.fee) == (eur(10000), eur(0), eur(0))  # nothing was paid yet
    assert house.get(m.Pass, desk).end == date(2026, 4, 10)
    assert sum(before) - sum(charged(house)) == 10000


def test_staff_give_back_what_is_left_at_most(house):
    """All that goes back of a period that was cut short before is what is left of it."""
    desk = subscribe(house)
    on(house, date(2026, 4, 3))
    house.do(c.EndPass(desk, day=date(2026, 4, 20), reason="moved away"))
    period = next(one for one in house.cantine.read.statement("zoe") if one.id == house.get(m.Pass, desk).period_charge)
    told = house.do(c.EndPass(desk, day=date(2026, 4, 10), reason="all of it", refund="all")).afterwards
    assert told.off == period.billed
    assert house.get(m.Charge, period.id).billed == eur(0)


def test_a_later_period_that_it_ends_in_costs_its_days(house):
    """It is ended on a day of a period that has not begun: nothing of the present one goes back, and that one costs the
    days until the end."""
    desk = subscribe(house)
    on(house, date(2026, 4, 3))
    house.do(c.EndPass(desk, day=date(2026, 5, 10), reason="moves away in May"))
    on(house, date(2026, 5, 1), 1)
    on(house, date(2026, 6, 1), 1)
    fee = house.cantine.read.statement("zoe")
    assert [one.billed.amount for one in fee if one.lines[0].kind == "revenue"] == [15484, 30000, 9677]


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 5, 1), [968]),
        (date(2026, 5, 31), [30000]),
        (date(2026, 6, 10), [30000, 10000]),
    ],
    ids=["on its first day", "on its last day", "in the one after it"],
)
def test_each_later_period_costs_its_days_until_the_end(house, day, later):
    """Of the periods that begin after it was ended the one with the end costs its days, and those before it all."""
    desk = subscribe(house)
    on(house, date(2026, 4, 3))
    house.do(c.EndPass(desk, day=day, reason="moves away"))
    for month in (5, 6, 7):
        on(house, date(2026, month, 1), 1)
    found = house.cantine.read.statement("zoe")
    assert [one.billed.amount for one in found if one.lines[0].kind == "revenue"] == [15484, 30000, *later]


def test_a_notice_that_ends_within_a_period_leaves_its_price(house):
    """Only an early end cuts the price of a period: of a contract that ends with a month, within one, it is whole."""
    house.do(c.PublishTariff(STUDIO))
    asked = {"product_id": "studio/studio", "place_id": "paris", "holder_id": "zoe", "on_account": True}
    sold = house.do(c.SellPass(**asked)).value
    ends = house.do(c.GiveNotice(sold.id)).value.end
    for month in (4, 5, 6):
        on(house, date(2026, month, 17))
    assert (ends, charged(house)) == (date(2026, 4, 30), [31000, 31000])


def test_what_ended_before_its_present_period_has_a_timeline(house):
    """Ended as of the day before the period that runs: its timeline ends there, whatever was charged since."""
    desk = subscribe(house)
    on(house, date(2026, 4, 3))
    house.do(c.EndPass(desk, day=date(2026, 3, 31), reason="moved away", refund="all"))
    told = house.cantine.read.timeline(desk)
    assert (told.end, told.periods[-1].last_day) == (date(2026, 3, 31), date(2026, 3, 31))


def test_staff_give_back_what_is_left_of_what_was_paid(house):
    """Of a period that was paid and cut short before, all that goes back is what did not go back then."""
    desk = subscribe(house)
    on(house, date(2026, 4, 3))
    charge = house.get(m.Pass, desk).period_charge
    house.do(c.Pay(charge, account="desk"))
    first = house.do(c.EndPass(desk, day=date(2026, 4, 20), reason="moved away"))
    again = house.do(c.EndPass(desk, day=date(2026, 4, 10), reason="all of it", refund="all"))
    assert (first.given_back, again.given_back) == (eur(10000), eur(20000))
    assert (again.afterwards.refund, again.afterwards.fee) == (eur(20000), eur(0))
    assert house.get(m.Charge, charge).kept == eur(0)


def test_staff_may_end_it_otherwise(house):
    """Nothing is owed for the end, and what staff say goes back; it is kept as an override."""
    desk = subscribe(house)
    ended = house.do(c.EndPass(desk, reason="the roof leaks", refund=Money(5000, "EUR")))
    assert (ended.afterwards.why, ended.afterwards.fee, ended.given_back) == ("staff", eur(0), eur(5000))
    assert [(one.rule, one.reason) for one in house.all(m.Override)] == [("refund by the price list", "the roof leaks")]
    with pytest.raises(e.InputError, match="more than"):
        house.do(c.EndPass(subscribe(house, person="bob"), reason="the roof leaks", refund=Money(99900, "EUR")))


def test_what_the_list_does_not_say_of_an_early_end_is_refused(house):
    """A locker has a minimum and no price of ending before: staff decide; without an agreed rest it costs nothing."""
    locker = subscribe(house, "locker")
    with pytest.raises(e.NotForSaleError):
        house.do(c.EndPass(locker, reason="she moves away"))
    assert house.do(c.EndPass(locker, reason="she moves away", refund="nothing")).afterwards.fee == eur(0)
    other = subscribe(house, "locker", person="bob")
    on(house, date(2026, 6, 15))
    assert house.do(c.EndPass(other, reason="he moves away")).afterwards.due == eur(0)


def test_a_pass_without_a_contract_can_be_ended(house):
    """A membership of the year ends on the day that staff say; there is no notice of it."""
    year = subscribe(house, "year")
    with pytest.raises(e.UnsuitableError):
        house.do(c.GiveNotice(year))
    assert house.do(c.EndPass(year, reason="she moves away")).value.last_day == MARCH


def test_a_contract_that_was_renewed_is_not_cancelled(house):
    """What was sold months ago is not taken back: it is ended."""
    desk = subscribe(house)
    on(house, date(2026, 4, 1))
    with pytest.raises(e.UnsuitableError, match="notice"):
        house.do(c.CancelPass(desk))


def test_who_has_a_contract_is_not_forgotten(house):
    """A contract that would be renewed is in the way; once it is over, it is not."""
    locker = subscribe(house, "locker")
    with pytest.raises(e.NotOverError):
        house.do(c.ForgetPerson("zoe"))
    house.do(c.EndPass(locker, reason="she leaves", refund="nothing"))
    on(house, date(2026, 3, 18))
    assert house.do(c.ForgetPerson("zoe"))


def test_the_version_in_force_prices_a_renewal(house):
    """A list that prices by the day of renewal: a version for May prices May, and the timeline says so."""
    desk = subscribe(house)
    dearer = LAST.replace("300.00", "330.00")
    house.do(c.PublishTariff(dearer, since=local(0, day=date(2026, 5, 1))))
    told = house.cantine.read.timeline(desk, date(2026, 5, 31))
    assert [one.price for one in told.periods] == [eur(15484), eur(30000), eur(33000)]
    on(house, date(2026, 5, 1), 0)
    assert charged(house) == [15484, 30000, 33000]


def test_a_version_without_a_price_leaves_the_agreed_one(house):
    """A version in which the product is not sold any more changes nothing for who has it."""
    subscribe(house)
    gone = LAST.replace("rate = { price = 300.00 }", 'rate = { refuse = "not_sold", why = "no more desks" }')
    house.do(c.PublishTariff(gone, since=local(0, day=date(2026, 4, 1)), override="no more desks"))
    on(house, date(2026, 4, 1), 0)
    assert charged(house) == [15484, 30000]


NEED = """
[tariff]
id = "last"
name = "Facts"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "renewal"
[facts]
student = ["no", "yes"]
[product.desk]
sells = "plan"
rate = { by = "student", no = 300.00, yes = 200.00 }
[product.desk.term]
period = "1 month"
minimum = 1
renewal = "monthly"
ends = "period end"
notice = "1 month"
notice_day = "counts"
"""


@pytest.mark.parametrize(
    ("newer", "amount"),
    [
        ("rate = { price = 310.00 }", 31000),
        ('rate = { by = "student", non = 310.00, oui = 210.00 }', 20000),
        (None, 20000),
    ],
    ids=["without the fact", "other words", "without the product"],
)
def test_a_version_is_told_what_it_knows(house, newer, amount):
    """A later version without a fact, with other words of it or without the product renews, ends and is told all the
    same: by itself where it has a price for what it knows, else by the version that sold it."""
    house.do(c.PublishTariff(NEED))
    desk = house.do(
        c.SellPass(product_id="last/desk", place_id="paris", holder_id="zoe", account="desk", facts={"student": "yes"})
    ).value.id
    text = NEED.replace('rate = { by = "student", no = 300.00, yes = 200.00 }', newer or "rate = { price = 1.00 }")
    text = text.replace('["no", "yes"]', '["non", "oui"]') if newer and "non" in newer else text
    if newer == "rate = { price = 310.00 }":
        text = text.replace('[facts]\nstudent = ["no", "yes"]\n', "")
    if newer is None:
        text = text.replace("product.desk", "product.other")
    house.do(c.PublishTariff(text))
    on(house, date(2026, 4, 16), 0)
    assert charged(house) == [20000, amount]
    assert [one.price for one in house.cantine.read.timeline(desk).periods][1] == eur(amount)
    assert house.do(c.GiveNotice(desk)).value.end == date(2026, 5, 15)


def test_who_ends_it_need_not_wait_for_the_run(house):
    """On 3 April nobody has run yet what was due on the first: notice, its withdrawal and an early end begin April
    themselves, and the run that comes afterwards changes nothing."""
    desk = subscribe(house)
    house.clock.set(local(9, day=date(2026, 4, 3)))
    house.do(c.GiveNotice(desk))
    assert (charged(house), house.get(m.Pass, desk).last_day) == ([15484, 30000], date(2026, 4, 30))
    house.do(c.WithdrawNotice(desk))
    house.do(c.EndPass(desk, reason="moved away", refund="nothing"))
    house.cantine.run_due()
    assert charged(house) == [15484, 30000]


def test_an_end_before_the_run_begins_no_further_period(house):
    """An end on a day before the period that nobody has run yet charges nothing of that period."""
    desk = subscribe(house)
    house.clock.set(local(9, day=date(2026, 4, 3)))
    house.do(c.EndPass(desk, day=date(2026, 3, 31), reason="moved away", refund="nothing"))
    house.cantine.run_due()
    assert charged(house) == [15484]


def test_the_agreed_version_prices_all_where_the_list_says_so(house):
    """A list that prices by the day of purchase: what was agreed stays."""
    text = LAST.replace('price_date = "renewal"', 'price_date = "purchase"')
    house.do(c.PublishTariff(text))
    desk = house.do(c.SellPass(product_id="last/desk", place_id="paris", holder_id="zoe", account="desk")).value.id
    house.do(c.PublishTariff(text.replace("300.00", "330.00")))
    on(house, date(2026, 4, 1), 0)
    assert charged(house) == [15484, 30000]
    assert house.get(m.Pass, desk).periods[0].charge_id == house.cantine.read.statement("zoe")[-1].id


def test_a_renewal_has_a_price_of_its_own_and_no_deposit(house):
    """Who holds the plan pays less for the next month; the deposit and the joining fee are paid once."""
    text = """
    [tariff]
    id = "own"
    name = "Own"
    currency = "EUR"
    timezone = "Europe/Paris"
    prices = "incl"
    [product.joining]
    sells = "fee"
    rate = { price = 15.00 }
    [product.month]
    sells = "plan"
    needs = { product = "joining", add = true }
    rate = [{ when = { holds = "month" }, price = 60.00 }, { price = 75.00 }]
    deposit = { id = "key", price = 25.00 }
    term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
    """
    house.do(c.PublishTariff(text))
    sold = house.do(c.SellPass(product_id="own/month", place_id="paris", holder_id="zoe", account="desk")).value
    assert charged(house) == [11500]
    on(house, date(2026, 4, 16), 0)
    assert charged(house) == [11500, 6000]
    told = house.cantine.read.timeline(sold.id, date(2026, 4, 16))
    assert [one.price for one in told.periods] == [eur(7500), eur(6000)]


MEMBERS = """
[tariff]
id = "own"
name = "Own"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.membership]
sells = "membership"
rate = { price = 10.00 }
valid = { lasts = "2 months", ends = "the day before" }
[product.desk]
sells = "plan"
rate = [{ when = { holds = "membership" }, price = 60.00 }, { price = 75.00 }]
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
"""


def buy(house, product: str, **more):
    """Zoé buys what a product of the list ``own`` gives."""
    return house.do(
        c.SellPass(product_id=f"own/{product}", place_id="paris", holder_id="zoe", account="desk", **more)
    ).value


def prices(house, sold: str, until: date) -> list[int]:
    """What the periods of a pass cost, in cents, as its timeline says."""
    return [one.price.amount for one in house.cantine.read.timeline(sold, until).periods]


def test_a_renewal_asks_what_is_held_on_its_first_day(house):
    """Who is no member any more pays what others pay, and less again after a new membership; the timeline says so."""
    house.do(c.PublishTariff(MEMBERS))
    buy(house, "membership")
    desk = buy(house, "desk").id
    june = date(2026, 6, 16)
    assert prices(house, desk, june) == [6000, 6000, 7500, 7500]
    on(house, date(2026, 4, 16))
    on(house, date(2026, 5, 16))
    buy(house, "membership", first_day=june)
    assert prices(house, desk, june) == [6000, 6000, 7500, 6000]
    on(house, june)
    assert charged(house) == [1000, 6000, 6000, 7500, 1000, 6000]


def test_what_was_charged_for_a_period_stays_what_it_cost(house):
    """A membership that is taken back later changes what comes, and not what the timeline says of periods before."""
    house.do(c.PublishTariff(MEMBERS))
    membership = buy(house, "membership").id
    desk = buy(house, "desk").id
    on(house, date(2026, 4, 16))
    house.do(c.CancelPass(membership, refund="nothing", reason="she left the association"))
    assert prices(house, desk, date(2026, 5, 16)) == [6000, 6000, 7500]


def test_an_early_end_is_a_share_of_what_the_period_cost(house):
    """A member's month of 60.00 that ends after a third is 40.00 less, also where she is no member any more."""
    plan = 'valid = { month = "calendar" }\nprorate = { rule = "both ends", of = "days of the month" }\n'
    ends = 'end_early = { smaller_of = [{ periods = 1 }, { share = "0%" }] }\nterm = '
    house.do(c.PublishTariff(MEMBERS.replace("term = ", plan + ends)))
    membership = buy(house, "membership", first_day=date(2026, 3, 1)).id
    desk = buy(house, "desk", first_day=date(2026, 3, 1)).id
    on(house, date(2026, 4, 1), 0)
    on(house, date(2026, 4, 10))
    house.do(c.CancelPass(membership, refund="nothing", reason="she left the association"))
    ended = house.do(c.EndPass(desk, reason="she moves"))
    assert (ended.afterwards.refund, ended.afterwards.dropped) == (eur(0), eur(4000))  # it is not paid yet
    assert charged(house) == [1000, 6000, 2000]


@pytest.mark.parametrize("needs", ['needs = "membership"', 'needs = { product = "membership", add = true }'])
def test_a_contract_goes_on_for_who_is_no_member_any_more(house, needs):
    """A list that sells the plan to members only has no other price: it goes on as agreed, and sells no membership."""
    house.do(c.PublishTariff(MEMBERS.replace("[product.desk]", f"[product.desk]\n{needs}")))
    buy(house, "membership")
    desk = buy(house, "desk").id
    assert prices(house, desk, date(2026, 6, 16)) == [6000] * 4
    for month in (4, 5, 6):
        on(house, date(2026, month, 16))
    assert charged(house) == [1000, *[6000] * 4]


def test_what_was_learnt_counts_at_each_renewal(house):
    """A list that asks for a training is told at the first day of each period whether it holds then."""
    trained = '[examples]\nlist = [{ id = "l", product = "desk", day = 2026-03-16, holds = "laser", gross = 60.00 }]\n'
    house.do(c.PublishTariff(MEMBERS.replace('holds = "membership"', 'holds = "laser"') + trained))
    house.do(c.AddWorkshop(place_id="paris", title="Laser", product_id="list/coffee", id="laser"))
    desk = buy(house, "desk").id
    assert prices(house, desk, date(2026, 4, 16)) == [7500, 7500]
    house.do(c.GrantTraining(person_id="zoe", workshop_id="laser", reason="she knows it"))
    assert prices(house, desk, date(2026, 4, 16)) == [7500, 6000]
    on(house, date(2026, 4, 16))
    assert charged(house) == [7500, 6000]


def test_a_contract_that_is_not_renewed_ends_by_itself(house):
    """Without renewal its last day is known from the start, and nothing is charged after it."""
    text = """
    [tariff]
    id = "fixed"
    name = "Fixed"
    currency = "EUR"
    timezone = "Europe/Paris"
    prices = "incl"
    [product.term]
    sells = "plan"
    rate = { price = 50.00 }
    term = { period = "1 month", minimum = 2, renewal = "none", ends = "period end" }
    """
    house.do(c.PublishTariff(text))
    sold = house.do(c.SellPass(product_id="fixed/term", place_id="paris", holder_id="zoe", account="desk")).value
    assert (sold.end, sold.last_day) == (date(2026, 5, 15), date(2026, 4, 15))
    on(house, date(2026, 5, 16), 0)
    assert charged(house) == [5000, 5000]
    with pytest.raises(e.WrongStateError):
        house.do(c.GiveNotice(sold.id))


def test_units_without_a_contract_come_until_the_last_day(house):
    """A year that was paid at once gives two days each month until its last day, and is charged once."""
    text = """
    [tariff]
    id = "paid"
    name = "Paid at once"
    currency = "EUR"
    timezone = "Europe/Paris"
    prices = "incl"
    [product.quarter]
    sells = "plan"
    rate = { price = 90.00 }
    valid = { lasts = "3 months", ends = "the day before" }
    grant = { account = "days", unit = "day", units = 2, renews = "month" }
    """
    house.do(c.PublishTariff(text))
    sold = house.do(c.SellPass(product_id="paid/quarter", place_id="paris", holder_id="zoe", account="desk")).value
    for day in (date(2026, 4, 16), date(2026, 5, 16)):
        assert left(house, "days") == 2
        on(house, day, 0)
    assert (left(house, "days"), house.get(m.Pass, sold.id).next_at) == (2, None)
    assert house.cantine.read.trial_balance("asso", date(2026, 5, 15))
    on(house, date(2026, 6, 16), 0)
    assert (left(house, "days"), charged(house)) == (0, [9000])


def test_what_is_paid_for_a_period_is_earned_day_by_day(house):
    """Half of April is owed in the middle of April, and what was owed on a day stays so when later periods came."""
    subscribe(house)
    on(house, date(2026, 4, 15))
    middle = dict(house.cantine.read.trial_balance("asso", date(2026, 4, 15)))
    early = dict(house.cantine.read.trial_balance("asso", date(2026, 3, 23)))
    assert middle["deferred/last/desk"] == eur(-15000)
    on(house, date(2026, 6, 1))
    assert dict(house.cantine.read.trial_balance("asso", date(2026, 4, 15))) == middle
    assert dict(house.cantine.read.trial_balance("asso", date(2026, 3, 23))) == early
    assert early["deferred/last/desk"] == eur(-7742)


def grant(house, product: str, first: date, **more) -> m.Pass:
    """A plan of ``last`` that another system sold is taken over for Zoé, and goes on."""
    house.do(c.PublishTariff(LAST))
    given = c.GrantPass(
        product_id=f"last/{product}", place_id="paris", holder_id="zoe", reason="old till", first_day=first,
        renews=True, **more,
    )  # fmt: skip
    return house.do(given).value


def test_what_was_given_goes_on_if_it_is_said(house):
    """March was paid elsewhere: nothing is charged for it, April is, and its units come; notice ends it."""
    desk = grant(house, "desk", date(2026, 3, 1), with_units=False)
    assert (desk.contract, desk.last_day, desk.entitlement_ids) == (True, date(2026, 3, 31), ())
    assert house.all(m.Charge) == []
    told = house.cantine.read.timeline(desk.id, date(2026, 5, 1)).periods
    assert [one.price for one in told] == [eur(0), eur(30000), eur(30000)]
    on(house, date(2026, 4, 1), 0)
    assert (charged(house), left(house, "hours"), left(house, "prints")) == ([30000], 4, 50)
    assert house.cantine.read.statement("zoe")[0].on_account
    ended = house.do(c.GiveNotice(desk.id)).value
    assert ended.end == house.cantine.read.timeline(desk.id).end
    on(house, date(2026, 5, 1), 0)
    assert charged(house) == [30000, 30000]


def test_what_was_given_to_go_on_has_units_of_the_period_that_runs(house):
    """The units of the period that runs last until they come again; nothing of it is owed or can be refunded."""
    desk = grant(house, "desk", date(2026, 3, 1))
    assert (left(house, "hours"), left(house, "prints")) == (4, 50)
    assert {one.worth for one in house.all(m.Entitlement)} == {None}
    with pytest.raises(e.UnsuitableError, match="was given"):
        house.do(c.CancelPass(desk.id, refund="all", reason="by mistake"))
    house.do(c.CancelPass(desk.id))
    on(house, date(2026, 4, 1), 0)
    assert (charged(house), left(house, "hours")) == ([], 0)


def test_what_was_given_to_go_on_can_be_ended_early(house):
    """Of the period that was given nothing goes back; what the list says of those that were agreed is owed."""
    desk = grant(house, "desk", date(2026, 3, 1))
    told = house.do(c.EndPass(desk.id, reason="she moves")).afterwards
    assert (told.refund, told.fee > eur(0)) == (eur(0), True)
    on(house, date(2026, 4, 1), 0)
    assert charged(house) == [told.fee.amount]


WEEKS = """
[tariff]
id = "weeks"
name = "Weeks"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.plan]
sells = "plan"
rate = { price = 40.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
grant = { account = "entries", unit = "entry", units = 3, renews = "week" }
"""


def test_units_that_are_given_within_a_round_last_as_long_as_it(house):
    """A plan that is given in the middle of a week has the units of this week: they end with it, and come again."""
    house.do(c.PublishTariff(WEEKS))
    on(house, date(2026, 3, 18))
    house.do(
        c.GrantPass(
            product_id="weeks/plan", place_id="paris", holder_id="zoe", reason="old till", first_day=date(2026, 3, 1),
            renews=True,
        )
    )  # fmt: skip
    given = house.all(m.Entitlement)
    assert [(one.left, one.expires) for one in given] == [(3, datetime(2026, 3, 21, 23, tzinfo=UTC))]
    on(house, date(2026, 3, 22), 0)
    assert left(house, "entries") == 3


def test_what_cannot_go_on_is_not_given_so(house):
    """A first period that is over was paid elsewhere: the one that runs is given. What renews nothing is given once."""
    with pytest.raises(e.TooLateError, match="2026-02-28"):
        grant(house, "desk", date(2026, 2, 1))
    house.do(c.PublishTariff(MEMBERS))
    with pytest.raises(e.UnsuitableError, match="not renewed"):
        house.do(
            c.GrantPass(product_id="own/membership", place_id="paris", holder_id="zoe", reason="a gift", renews=True)
        )
    assert house.all(m.Pass) == []


def test_what_was_given_has_no_timeline():
    """A plan that was given once and not sold is not renewed: it lasts as it was given."""
    house = open_house()
    house.do(c.PublishTariff(LAST))
    given = house.do(c.GrantPass(product_id="last/locker", place_id="paris", holder_id="zoe", reason="a gift")).value
    assert (given.contract, given.next_at) == (False, None)
    with pytest.raises(e.UnsuitableError):
        house.cantine.read.timeline(given.id)
    with pytest.raises(e.UnsuitableError):
        house.do(c.EndPass(given.id, reason="it was a mistake"))


def test_an_order_sells_what_lasts(house):
    """A plan of an order is renewed by itself: the pass is charged, and not the order."""
    house.do(c.PublishTariff(LAST))
    line = c.SellLine("last/locker")
    order = house.do(c.Sell([line], place_id="paris", person_id="zoe", account="desk")).value
    on(house, date(2026, 4, 16), 0)
    renewed = house.cantine.read.statement("zoe")[-1]
    assert (renewed.subject.kind, renewed.subject.id, renewed.amount) == ("pass", order.lines[0].pass_id, eur(1000))
    assert renewed.on_account


def test_what_begins_at_this_instant_is_begun(house):
    """At the first instant of April, April is charged before notice is given, though nobody has run it yet."""
    desk = subscribe(house)
    house.clock.set(local(0, day=date(2026, 4, 1)))
    house.do(c.GiveNotice(desk))
    assert (charged(house), house.get(m.Pass, desk).last_day) == ([15484, 30000], date(2026, 4, 30))


def test_an_end_on_the_first_day_of_a_period_begins_it(house):
    """An end on 1 April, which nobody has run yet, begins April: it is charged, and it is the period that ends."""
    desk = subscribe(house)
    house.clock.set(local(9, day=date(2026, 4, 3)))
    house.do(c.EndPass(desk, day=date(2026, 4, 1), reason="moved away", refund="nothing"))
    assert charged(house) == [15484, 30000]
    assert house.get(m.Pass, desk).period_first == date(2026, 4, 1)
