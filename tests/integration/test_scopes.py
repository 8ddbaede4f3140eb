"""What a price list prices as a whole over a scope, such as a person and a day, sold and given back by a house."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import permutations

import pytest

from cantinekit import commands as c
from cantinekit import pricing
from cantinekit import records as m
from cantinekit.money import Money
from cantinekit.runtime.gateway_observations import as_command
from support.houses.scoped_house import HEAD, charged, engine_price, left_over, scoped_house
from support.houses.small_house import START, TODAY, House, period
from support.laws import house_laws

TOMORROW = TODAY + timedelta(days=1)
LIST = (
    HEAD.format(id="scoped")
    + """
[product.hour]
choose = { take = "cheapest", compare = "rate", same = ["person", "day"] }
offer = [{ id = "time", price = 5.00, per = "1h" }, { id = "day", price = 12.00 }]
[product.block]
measure = { unit = "block", every = "2h", same = ["person", "day"] }
rate = { price = 8.00, per = "block" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.rising]
measure = { unit = "minute", same = ["person", "day"] }
rate = { upto = [{ upto = "1h", price = 5.00 }, { upto = "2h", price = 20.00 }, { price = 40.00 }] }
[product.ticketed]
measure = { unit = "ticket", every = "1h", same = ["person", "day"] }
cover = { by = "tickets", unit = "ticket", partial = true }
beyond = "rate"
rate = { price = 6.00, per = "ticket" }
[product.tickets]
sells = "grant"
rate = { price = 10.00 }
grant = { account = "tickets", units = 2, unit = "ticket" }
[product.plain]
rate = { price = 9.00 }
[product.seat]
measure = { unit = "block", every = "4h", same = ["person", "month"] }
rate = { price = 8.00, per = "block" }
[product.laser]
afterwards = ["grams"]
merge = { same = ["person", "day"], gap = "1h" }
rate = { flat = 2.00, price = 0.10, per = "grams" }
[facts]
grams = "number"
"""
)


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


@pytest.fixture
def house():
    """A house whose laws hold in the end."""
    found = scoped_house(LIST, ("hour", "block", "rising", "ticketed", "plain"))
    yield found
    house_laws.hold(found.storage, found.clock.now())
    house_laws.folds(found.storage)


def booked(house: House, start: float, end: float, product: str = "hour", account: str | None = "desk", **more):
    space, day = more.pop("space_id", "open"), more.pop("day", TOMORROW)
    asked = c.Book(
        space_id=space,
        product_id=f"s-{product}",
        period=period(start, end, day),
        person_id=more.pop("person_id", "zoe"),
        account=account,
        **more,
    )
    return house.do(asked)


def test_the_second_pays_the_difference(house):
    """The second booking of a day is priced together with the first: it costs the difference."""
    assert [one.amount for one in booked(house, 9, 11).charges] == [eur(1000)]
    assert [one.amount for one in booked(house, 13, 14).charges] == [eur(200)]  # the day, at 12.00
    assert booked(house, 15, 17).charges == ()
    assert [one.amount for one in booked(house, 9, 10, day=TODAY).charges] == [eur(500)]
    assert [one.amount for one in booked(house, 9, 10, space_id="a1", person_id="bob").charges] == [eur(500)]
    (scope,) = [one for one in house.all(m.Scope) if one.id.endswith(f"person=zoe/day={TOMORROW}")]
    assert [part.price for part in scope.parts] == [1000, 200, 0]
    assert [part.subject.kind for part in scope.parts] == ["booking"] * 3


def test_a_sale_can_be_computed_again(house):
    """The sale keeps what stood in the scope before it, and so is the same price when it is computed again."""
    booked(house, 9, 11)
    second = booked(house, 13, 14).value
    (sale,) = [one for one in house.all(m.Sale) if one.id == second.sale_id]
    assert [one.charged for one in sale.earlier] == [(("unknown", 1000),)]
    assert house.cantine.read.explain(m.Subject("booking", second.id))[0].total == eur(200)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)])
def test_any_order_gives_all_back(house, order):
    """What goes back of one is what the others cost less; cancelling all of them in any order gives all back."""
    bookings = [booked(house, 9, 10).value, booked(house, 11, 12).value, booked(house, 13, 14).value]
    assert charged(house) == 1200
    standing = 3
    for number in order:
        done = house.do(c.CancelBooking(bookings[number].id))
        standing -= 1
        assert charged(house) == 500 * standing
        assert done.afterwards.refund == eur(200 if standing == 2 else 500)
        assert done.given_back == done.afterwards.refund
        house_laws.hold(house.storage, house.clock.now())
    assert charged(house) == 0


def test_more_than_its_own_charge(house):
    """What goes back beyond the charge of the one that goes is taken off the charge of the one that went before."""
    first, second, third = (booked(house, hour, hour + 1).value for hour in (9, 11, 13))
    house.do(c.CancelBooking(first.id))
    house.do(c.CancelBooking(second.id))
    assert house.get(m.Charge, third.charge_id).billed == eur(200)
    done = house.do(c.CancelBooking(third.id))
    assert (done.afterwards.refund, done.afterwards.elsewhere) == (eur(500), eur(300))
    assert [house.get(m.Charge, one.charge_id).billed for one in (first, second, third)] == [eur(0)] * 3


def test_the_fee_is_of_what_it_was_worth(house):
    """The list's fee is a part of what the others cost less, and not of what was charged; it stays charged."""
    first = booked(house, 9, 10, "block").value
    second = booked(house, 11, 12, "block").value
    third = booked(house, 13, 14, "block").value
    assert [house.get(m.Charge, id).billed for one in (first, third) for id in one.charges] == [eur(800), eur(800)]
    assert second.charge_id is None
    done = house.do(c.CancelBooking(second.id))
    assert (done.afterwards.fee, done.afterwards.refund) == (eur(400), eur(400))
    assert charged(house) == 800 + 400
    done = house.do(c.CancelBooking(first.id))
    assert (done.afterwards.fee, done.afterwards.refund) == (eur(0), eur(0))
    assert charged(house) == 800 + 400
    done = house.do(c.CancelBooking(third.id))
    assert (done.afterwards.fee, done.afterwards.refund) == (eur(400), eur(400))
    assert charged(house) == 400 + 400


def test_staff_decide(house):
    """Staff give back all of what it was worth, nothing or an amount; never more."""
    first, second = booked(house, 9, 11).value, booked(house, 13, 14).value
    kept = house.do(c.CancelBooking(second.id, refund="nothing", reason="too late"))
    assert (kept.afterwards.fee, charged(house)) == (eur(200), 1200)
    back = house.do(c.CancelBooking(first.id, refund=eur(300), reason="ill"))
    assert (back.afterwards.refund, charged(house)) == (eur(300), 900)


def test_what_those_that_stand_were_charged(house):
    """Where those that stand were charged more than they cost without it, what goes back is taken off their charges."""
    first = booked(house, 9, 10, "rising").value
    second = booked(house, 11, 12, "rising").value
    assert charged(house) == 2000
    done = house.do(c.CancelBooking(first.id))
    assert (done.afterwards.refund, done.afterwards.elsewhere) == (eur(1500), eur(1000))
    assert house.get(m.Charge, second.charge_id).billed == eur(500)
    assert house.do(c.CancelBooking(second.id)).afterwards.refund == eur(500)
    assert (charged(house), left_over(house)) == (0, 0)


def test_what_cannot_go_back_yet(house):
    """What one that waits for its payment is to pay stays as it is: the rest goes back when it goes."""
    first = booked(house, 9, 10, "rising").value
    booked(house, 11, 12, "rising", account=None)
    assert house.do(c.CancelBooking(first.id)).afterwards.refund == eur(500)
    assert (charged(house), left_over(house)) == (1500, 1000)
    house.wait(minutes=16)
    house.cantine.run_due()
    assert (charged(house), left_over(house)) == (0, 0)


def test_what_cost_nothing_takes_off_what_the_others_count():
    """A booking that cost nothing of its own goes: the others cost less, and count less under a cap that it never
    moved."""
    capped = """
[product.block]
measure = { unit = "block", every = "2h", same = ["person", "day"] }
rate = { price = 8.00, per = "block" }
adjust = [{ id = "month", at_most = 100.00, same = ["person", "month"] }]
"""
    house = scoped_house(HEAD.format(id="scoped") + capped, ("block",))
    second = [booked(house, hour, hour + 1, "block").value for hour in (9, 11, 13)][1]
    assert (second.charge_id, [one.used for one in house.all(m.Meter)]) == (None, [1600])
    assert house.do(c.CancelBooking(second.id)).afterwards.refund == eur(800)
    assert (charged(house) - left_over(house), [one.used for one in house.all(m.Meter)]) == (800, [800])
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_moved_to_another_day(house):
    """What is moved leaves its day and is the last of the other: both days cost what stands in them."""
    first, second = booked(house, 9, 11).value, booked(house, 13, 14).value
    booked(house, 9, 11, day=TOMORROW + timedelta(days=1))
    assert charged(house) == 1200 + 1000
    done = house.do(c.MoveBooking(first.id, period=period(13, 14, TOMORROW + timedelta(days=1)), account="desk"))
    assert charged(house) == 500 + 1200
    assert done.afterwards.refund == eur(500)
    house.do(c.MoveBooking(second.id, period=period(14, 15), account="desk"))
    assert charged(house) == 500 + 1200
    for one in (second, first):
        house.do(c.CancelBooking(one.id))
    assert charged(house) == 1000


def test_a_series(house):
    """Dates of a series share the scope of their day with what was booked before; they end one by one, or together."""
    booked(house, 9, 10)
    series = house.do(
        c.BookSeries(
            space_id="open",
            product_id="s-hour",
            day=TOMORROW,
            starts=time(12),
            ends=time(14),
            rule="FREQ=DAILY;COUNT=2",
            person_id="zoe",
            account="desk",
        )
    ).value
    assert charged(house) == 1200 + 1000
    house.do(c.CancelBooking(series.booking_ids[0]))
    assert charged(house) == 500 + 1000
    house.do(c.CancelSeries(series.id))
    assert charged(house) == 500


def test_a_series_is_moved(house):
    """The dates of a series that are moved are priced again in the scopes of their days."""
    booked(house, 9, 10)
    series = house.do(
        c.BookSeries(
            space_id="open",
            product_id="s-hour",
            day=TOMORROW,
            starts=time(12),
            ends=time(14),
            rule="FREQ=DAILY;COUNT=2",
            person_id="zoe",
            account="desk",
        )
    ).value
    house.do(c.MoveBookingSeries(series.id, starts=time(13), ends=time(14), account="desk"))
    assert charged(house) == 1000 + 500
    house.do(c.CancelSeries(series.id))
    assert charged(house) == 500


def test_a_hold_that_nobody_paid(house):
    """What was held and never paid leaves its scope: what the others cost by now stays owed of its charge."""
    held = booked(house, 9, 10, account=None).value
    booked(house, 11, 12)
    third = booked(house, 13, 14).value
    assert charged(house) == 1200
    house.wait(minutes=16)
    house.cantine.run_due()
    assert house.get(m.Booking, held.id).state == "expired"
    assert charged(house) == 1000
    charge = house.get(m.Charge, held.charge_id)
    assert (charge.outstanding, charge.stands) == (eur(300), True)
    house.do(c.Pay(charge.id, account="desk"))
    house.do(c.CancelBooking(third.id))
    assert charged(house) == 500


def test_a_hold_that_nobody_shared(house):
    """What was held and never paid owes nothing where nothing was priced together with it."""
    held = booked(house, 9, 10, account=None).value
    house.wait(minutes=16)
    house.cantine.run_due()
    assert house.get(m.Charge, held.charge_id).state == "void"
    assert charged(house) == 0


def test_paid_too_late():
    """What is paid once its hold is over goes back, but for what pays for those that were priced together with it."""
    house = scoped_house(LIST, ("hour", "plain"), ("pending",))
    held = booked(house, 9, 10, account="card").value
    for hour in (11, 13):
        booked(house, hour, hour + 1)
    house.wait(minutes=16)
    booked(house, 9, 10, "plain", person_id="bob", units=3)
    (attempt,) = [one for one in house.all(m.Attempt) if one.account == "card"]
    house.card.settle(attempt.id)
    house.cantine._engine.run(as_command(attempt, house.card.lookup(attempt.id)), "gateway:card")
    house.cantine.run_due()
    assert house.get(m.Booking, held.id).state == "expired"
    charge = house.get(m.Charge, held.charge_id)
    assert (charge.paid, charge.refunded, charge.state) == (eur(500), eur(200), "settled")
    assert charged(house) == 1000 + 2700
    house_laws.hold(house.storage, house.clock.now())


def test_a_released_booking_stands_again(house):
    """A booking that was released leaves its scope; one whose release is undone is the last in it."""
    house.do(c.ChangeTerms(space_id="open", terms=m.Terms(release_after=timedelta(minutes=30))))
    first = booked(house, 9, 12, day=TODAY).value
    second = booked(house, 13, 14, day=TODAY).value
    assert charged(house) == 1200
    house.wait(hours=1, minutes=10)
    house.cantine.run_due()
    assert house.get(m.Booking, first.id).state == "released"
    assert charged(house) == 1200  # nothing goes back of what nobody came to
    house.do(c.UndoRelease(first.id, account="desk"))
    (scope,) = house.all(m.Scope)
    assert [part.subject.id for part in scope.parts] == [second.id, first.id]
    assert charged(house) == 1200


def test_units_go_to_those_that_stand(house):
    """A unit that covers all of a scope stays spent while the others need it, and comes back when they go."""
    house.do(c.SellPass(product_id="scoped/tickets", place_id="paris", holder_id="zoe", account="desk"))
    (lot,) = house.all(m.Entitlement)
    first = booked(house, 9, 9.5, "ticketed").value
    second = booked(house, 10, 10.5, "ticketed").value
    assert (house.get(m.Entitlement, lot.id).left, charged(house)) == (1, 1000)
    house.do(c.CancelBooking(first.id))
    assert (house.get(m.Entitlement, lot.id).left, charged(house)) == (1, 1000)
    house.do(c.CancelBooking(second.id))
    assert (house.get(m.Entitlement, lot.id).left, charged(house)) == (2, 1000)


def test_an_order(house):
    """The lines of an order share a scope with what was booked before, and are cancelled one by one."""
    booked(house, 9, 10)
    lines = [
        c.SellLine("scoped/hour", period=period(11, 12, TOMORROW)),
        c.SellLine("scoped/plain"),
        c.SellLine("scoped/hour", period=period(13, 14, TOMORROW)),
    ]
    order = house.do(c.Sell(place_id="paris", lines=lines, person_id="zoe", account="desk")).value
    assert charged(house) == 1200 + 900
    house.do(c.CancelOrder(order.id, line=1, reason="no"))
    assert charged(house) == 1000 + 900
    house.do(c.CancelOrder(order.id, reason="no"))
    assert charged(house) == 500 + 900  # what has no time has begun


def test_seats(house):
    """Seats of a month share a scope: the second costs the difference, and goes back for what the first costs less."""
    house.do(
        c.AddProduct(
            name="Seat", entity_id="asso", pricelist_id="scoped", tariff_product="seat", sells="seat", id="s-seat"
        )
    )
    house.do(c.AddWorkshop(place_id="paris", title="Couture", product_id="s-seat", id="sewing"))
    for number in (2, 3, 4):
        house.do(
            c.AddSession(
                workshop_id="sewing",
                day=TODAY + timedelta(days=number),
                starts=time(10),
                ends=time(12),
                seats=3,
                id=f"sewing-{number}",
            )
        )
    seats = [
        house.do(c.Register(session_id=f"sewing-{number}", person_id="zoe", account="desk")).value for number in (2, 3)
    ]
    assert charged(house) == 800
    seats[1] = house.do(c.MoveRegistration(registration_id=seats[1].id, session_id="sewing-4")).value
    assert charged(house) == 800
    done = house.do(c.CancelRegistration(seats[0].id))
    assert (done.afterwards.refund, charged(house)) == (eur(0), 800)
    done = house.do(c.CancelRegistration(seats[1].id))
    assert (done.afterwards.refund, charged(house)) == (eur(800), 0)


def test_measured_afterwards(house):
    """What is measured has its new price in its scope: it goes back whole when it is called off."""
    line = c.SellLine("scoped/laser", period=period(9, 10, TOMORROW))
    order = house.do(c.Sell(place_id="paris", lines=[line], person_id="zoe", account="desk")).value
    assert charged(house) == 200
    house.do(c.MeasureOrder(order.id, line=1, facts={"grams": 50}, account="desk"))
    (scope,) = house.all(m.Scope)
    assert [part.price for part in scope.parts] == [charged(house)] == [700]
    done = house.do(c.CancelOrder(order.id, line=1, reason="no"))
    assert (done.afterwards.refund, charged(house)) == (eur(700), 0)


def burnt(house, hour: int):
    """An hour at the laser cutter, whose weight is not known yet."""
    line = c.SellLine("scoped/laser", period=period(hour, hour + 1, TOMORROW))
    return house.do(c.Sell(place_id="paris", lines=[line], person_id="zoe", account="desk")).value


def burns(*weights: tuple[int, int]) -> int:
    """What the price list says of hours at the laser cutter with their weights, bought one after the other."""
    facts = [pricing.Item("laser", period(hour, hour + 1, TOMORROW), facts={"grams": grams}) for hour, grams in weights]
    return engine_price(LIST, [pricing.Order((one,), customer="zoe", as_of=START) for one in facts])


@pytest.mark.parametrize("weights", [(20, 40, 60), (10, 10, 30), (0, 0, 50), (70, 70, 70)])
@pytest.mark.parametrize("turn", list(permutations(range(3))))
def test_measured_after_others_were_bought(house, weights, turn):
    """In whatever order they are measured, all hours of a day come to what the list says of them; so does what is left
    when the first is cancelled.
    """
    orders = [burnt(house, 9 + number) for number in range(3)]
    for number in turn:
        house.do(c.MeasureOrder(orders[number].id, line=1, facts={"grams": weights[number]}, account="desk"))
    hours = [(9 + number, weights[number]) for number in range(3)]
    assert (charged(house), left_over(house)) == (burns(*hours), 0)
    house.do(c.CancelOrder(orders[0].id, line=1, refund="all", reason="no"))
    assert (charged(house), left_over(house)) == (burns(*hours[1:]), 0)


def test_a_list_without_scopes_keeps_none(house):
    """A sale that is priced for itself is in no scope."""
    booked(house, 9, 10, "plain")
    assert house.all(m.Scope) == []
    assert house.all(m.Charge)[0].scopes == ()
